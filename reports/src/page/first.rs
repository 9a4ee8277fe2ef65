//! The first screen: what was compared, on what machine, the verdict, the picture, what the backends can, and what the run allows to say.

use maud::{Markup, PreEscaped, html};
use switchback_bench::results::{AboutBackend, Capacity, Verdict};

use super::parts::{self, of, scenario_id, scrolling};
use super::{first_words, short};
use crate::extras::Extras;
use crate::findings::{Evidence, Finding, findings};
use crate::fit::LeftOut;
use crate::numbers::{Dimension, count, figure, quantity, tick};
use crate::plot::overview;
use crate::view::View;
use crate::view::overview::{Overview, Place};
use crate::words::{self, VerdictLine};

pub(super) fn head(view: &View<'_>, extras: &Extras) -> Markup {
    let environment = &view.run.environment;
    let failed = view.tally.ok < view.tally.asked() || !view.run.complete;
    html! {
        header {
            p class="brand" { "switchback" }
            h1 { "Ways to suspend a tasklet, compared" }
            p class="lead" {
                "A tasklet is a thread of control that costs little enough to have thousands of, and that hands values to others over channels: "
                "a sender waits for its receiver, and a receiver for its sender. A backend is one way to suspend it meanwhile. The same programs "
                "ran on all backends, each run proved that it did the work, and only then its time counts."
            }
            p class={ "verdict " (if failed { "bad" } else { "good" }) } { (VerdictLine::of(view)) "." }
            @if let Some(part) = words::part(view.run) {
                p class="warning" {
                    "This is " (part) " of a run. " code { "switchback-report merge" } " joins the results of its parts."
                }
            }
            @if let Some(why) = words::incomplete(view.run) {
                p class="warning" { "This run is incomplete: " (why) ". What is missing does not count above." }
            }
            @if let Some(why) = quick(view) { p class="warning" { (why) } }
            @if let Some(what) = left_out(view) {
                p class="warning" {
                    "This page leaves out " (what) " for length, passed ones first. They count above and are in the results file."
                }
            }
            p class="quiet" {
                @if !view.groups.is_empty() { (compared(view)) " \u{b7} " }
                (environment.cpu) ", " (environment.cores)
                (if environment.cores == 1 { " core" } else { " cores" })
                " \u{b7} " (first_words(&environment.rustc)) " \u{b7} commit " (short(&environment.commit))
            }
            @if !extras.links.is_empty() {
                p class="quiet" {
                    "Data: "
                    @for (i, link) in extras.links.iter().enumerate() {
                        @if i > 0 { ", " }
                        a href=(link) { (link) }
                    }
                }
            }
        }
    }
}

/// "14 backends and 12 peers (programs in other languages) in 45 scenarios of 8 families".
fn compared(view: &View<'_>) -> String {
    let counted = |number: usize, one: &str, more: &str| {
        format!("{} {}", count(number as u64), if number == 1 { one } else { more })
    };
    let families = view.families().filter(|(name, _)| name.is_some()).count();
    let peers = view.columns.iter().filter(|column| view.is_peer(column)).count();
    let mut text = counted(view.columns.len() - peers, "backend", "backends");
    if peers > 0 {
        let (one, more) =
            ("peer (a program in another language)", "peers (programs in other languages)");
        text.push_str(&format!(" and {}", counted(peers, one, more)));
    }
    text.push_str(&format!(" in {}", counted(view.groups.len(), "scenario", "scenarios")));
    if families > 0 {
        text.push_str(&format!(" of {}", counted(families, "family", "families")));
    }
    text
}

/// The warning over a run that is only a look: none of its figures come from more than one process.
fn quick(view: &View<'_>) -> Option<&'static str> {
    is_quick(view).then_some(
        "A quick look: every figure comes from a single process, so what differs from process to process is not seen. Not fit to be quoted.",
    )
}

/// True if it is known that no figure comes from more than one process.
pub(crate) fn is_quick(view: &View<'_>) -> bool {
    let timed = || view.whole.results.iter().filter(|row| row.verdict == Verdict::Ok);
    let known = timed().any(|row| row.processes.is_some());
    let one = timed().all(|row| row.processes.is_none_or(|processes| processes < 2));
    known && one
}

/// What has no room on the page; `None` if everything has.
fn left_out(view: &View<'_>) -> Option<String> {
    let LeftOut { results, probes, figures } = view.left_out;
    let whole = view.whole;
    let all = whole.scenarios.iter().map(|about| about.elsewhere.len()).sum();
    let kinds = [
        (results, whole.results.len(), "results"),
        (probes, whole.capacity.len(), "probes of capacity"),
        (figures, all, "figures from elsewhere"),
    ];
    let said = kinds.into_iter().filter(|(left, ..)| *left > 0);
    let said: Vec<String> = said.map(|(left, all, what)| of(left, all, what)).collect();
    (!said.is_empty()).then(|| said.join(" and "))
}

/// Findings, picture, capabilities and what each backend is.
pub(super) fn opening(view: &View<'_>) -> Markup {
    let found = findings(view);
    let overview = Overview::of(view);
    let able = capabilities(view);
    if found.is_empty() && overview.is_none() && able.is_none() {
        return html! {};
    }
    html! {
        section class="opening" aria-labelledby="overview" {
            h2 id="overview" { "At a glance" }
            @if !found.is_empty() {
                ul class="findings" { @for finding in &found { (told(view, finding)) } }
            }
            div class="beside-picture" {
                @if let Some(overview) = &overview { div { (picture(overview)) } }
                @if let Some(table) = &able { div id="capabilities" { (scrolling("What backends can", table)) } }
            }
            @if let Some(overview) = &overview {
                details {
                    summary { "The numbers of the picture" }
                    (scrolling("Cost over the families", &numbers(overview)))
                }
            }
            (kinds(view))
        }
    }
}

fn told(view: &View<'_>, finding: &Finding) -> Markup {
    let (target, words) = match &finding.evidence {
        Evidence::Failures => ("failures".to_owned(), "failures"),
        Evidence::Capabilities => ("capabilities".to_owned(), "capabilities"),
        Evidence::Capacity => ("capacity".to_owned(), "capacity"),
        Evidence::Scenario(anchor) => {
            let group = view.groups.iter().find(|group| group.anchor == *anchor);
            (group.map_or_else(|| "matrix".to_owned(), scenario_id), "figures")
        }
    };
    html! { li { (finding.text) " " a href={ "#" (target) } { (words) } } }
}

/// What the picture shows, in words: under it, and to those that cannot see it.
pub(crate) const ABOUT: &str = "How many times the cost of the best, geometric mean over the rows of a family, each a scenario at one size; the line reaches from the \
     least to the most. Logarithmic scale; less is better. A ring: some rows are missing. A cross: a cell failed. A dash: unsupported. Nothing: not measured.";

fn picture(overview: &Overview<'_>) -> Markup {
    let (families, backends) = overview.left_out;
    html! {
        figure class="overview" {
            @match overview::draw(overview, "Cost of all backends over the families of scenarios", ABOUT) {
                Ok(svg) => { (PreEscaped(svg)) }
                Err(why) => p { "The picture could not be drawn: " (why) ". Its numbers follow." }
            }
            figcaption {
                (ABOUT)
                @if backends > 0 { " " (count(backends as u64)) " more backends are in the matrix." }
                @if families > 0 { " " (count(families as u64)) " more families are in the matrix." }
            }
        }
    }
}

fn numbers(overview: &Overview<'_>) -> Markup {
    html! {
        table class="numbers" {
            caption { "Times the cost of the best, and in how many rows of the family: a row is a scenario at one size." }
            thead {
                tr {
                    th scope="col" { "Backend" }
                    @for family in &overview.families { th scope="col" class="figure" { (family) } }
                }
            }
            tbody {
                @for (backend, places) in overview.backends.iter().zip(&overview.places) {
                    tr {
                        th scope="row" { span class="name" { (backend) } }
                        @for (family, place) in places.iter().enumerate() {
                            td class="figure" { (number(place, overview.rows(family))) }
                        }
                    }
                }
            }
        }
    }
}

fn number(place: &Place, rows: usize) -> Markup {
    let verified = place.cells - place.failed - place.unsupported;
    html! {
        @match place.cost {
            Some(cost) => {
                "\u{d7}" (figure(cost.mean))
                @if place.is_partial(rows) { span class="under" { (of(verified, rows, "rows")) } }
            }
            None if place.failed > 0 => "failed",
            None if place.unsupported > 0 => "unsupported",
            None => "\u{2013}",
        }
    }
}

/// The claims with a column, by their names in the results.
const CLAIMS: [(&str, &str); 4] = [
    ("order_exact", "Exact order"),
    ("blocking", "C frames"),
    ("portable", "Pickles"),
    ("parallel", "Parallel"),
];

/// What the backends with a column of their own can; `None` if nothing is known.
fn capabilities(view: &View<'_>) -> Option<Markup> {
    let known = |backend: &str| {
        let about = view.run.backends.iter().find(|about| about.backend == backend);
        about.filter(|about| !about.capabilities.is_empty())
    };
    let blocked = |backend: &str| {
        view.run.capacity.iter().find(|found| found.backend == backend && found.probe == "blocked")
    };
    let claims = view.columns.iter().any(|backend| known(backend).is_some());
    let probes = view.columns.iter().any(|backend| blocked(backend).is_some());
    (claims || probes).then(|| {
        html! {
            table class="able" {
                caption {
                    @if claims { "What backends claim: the exact order of the model, to be suspended in C callbacks, to be pickled to bytes, to use several cores. " }
                    @if probes { "The tasklets that they keep alive." }
                }
                thead {
                    tr {
                        th scope="col" { "Backend" }
                        @if claims { @for (_, words) in CLAIMS { th scope="col" { (words) } } }
                        @if probes {
                            th scope="col" class="figure" { "Most alive" }
                            th scope="col" class="figure" { "Bytes each" }
                        }
                    }
                }
                tbody {
                    @for backend in &view.columns {
                        tr {
                            th scope="row" { (parts::backend(view, backend)) }
                            @if claims { @for (claim, _) in CLAIMS { (claimed(known(backend), claim)) } }
                            @if probes { (alive(blocked(backend))) }
                        }
                    }
                }
            }
        }
    })
}

fn claimed(about: Option<&AboutBackend>, claim: &str) -> Markup {
    match about.and_then(|about| about.capabilities.get(claim)) {
        Some(true) => html! { td class="yes" { "yes" } },
        Some(false) => html! { td class="absent" { "no" } },
        None => html! { td class="absent" { "?" } },
    }
}

fn alive(found: Option<&Capacity>) -> Markup {
    let short = |number: u64| match number {
        n if n >= 1_000_000 => format!("{}\u{a0}M", tick(n as f64 / 1e6)),
        n => count(n),
    };
    let Some(found) = found else { return html! { td {} td {} } };
    html! {
        td class="figure" {
            @match found.reached.filter(|_| found.verdict == Verdict::Ok) {
                Some(reached) => { @if reached == found.asked { "\u{2265}" } (short(reached)) }
                None => { (found.verdict) }
            }
        }
        td class="figure" {
            @if let Some(memory) = found.memory.last() { (quantity(memory.resident, Dimension::Bytes)) }
        }
    }
}

/// One line for each row that has words.
fn kinds(view: &View<'_>) -> Markup {
    let told: Vec<_> = view.run.backends.iter().filter(|about| !about.words.is_empty()).collect();
    html! {
        @if !told.is_empty() {
            dl class="kinds" {
                @for about in told { div { dt { (parts::backend(view, &about.backend)) } dd { (about.words) } } }
            }
        }
    }
}

//! The HTML page: its frame here, its parts in the modules below.

mod capacity;
mod changes;
mod closing;
mod conformance;
mod matrix;
mod mutants;
mod parts;
mod scenario;
mod thaw;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use switchback_bench::results::Run;

use crate::extras::Extras;
use crate::fit::{self, LeftOut, Shown};
use crate::view::View;
use crate::words::VerdictLine;

const CSS: &str = include_str!("report.css");

/// The whole page, within its limit.
pub(crate) fn render(run: &Run, extras: &Extras) -> String {
    let limit = fit::limit(fit::weight(run) + extras.weight());
    fit::within(limit, |most| {
        let shown = Shown::of(run, most);
        fit::safe(page(&View::of_part(&shown, run), extras, most))
    })
}

/// The page with at most so many rows of each kind.
fn page(view: &View<'_>, extras: &Extras, most: usize) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "switchback: " (VerdictLine::of(view)) }
                style { (PreEscaped(CSS)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the results" }
                (head(view))
                main id="main" {
                    (contents(view))
                    (matrix::section(view))
                    (conformance::section(&extras.conformance, most))
                    (mutants::section(&extras.mutants, most))
                    (thaw::section(&extras.thaw, most))
                    @if !view.groups.is_empty() {
                        section aria-labelledby="scenarios" {
                            h2 id="scenarios" { "Scenarios" }
                            @for group in &view.groups { (scenario::section(group)) }
                        }
                    }
                    (capacity::section(&view.run.capacity))
                    (closing::failures(view))
                    (changes::section(view, &extras.baseline, most))
                    (closing::environment(&view.run.environment))
                    (closing::method())
                    (closing::bias())
                    (closing::reading())
                }
            }
        }
    };
    page.into_string()
}

fn head(view: &View<'_>) -> Markup {
    let environment = &view.run.environment;
    let failed = view.tally.ok < view.tally.asked() || !view.run.complete;
    html! {
        header {
            p class="brand" { "switchback" }
            h1 { "Tasklet backends compared" }
            p class={ "verdict " (if failed { "bad" } else { "good" }) } { (VerdictLine::of(view)) "." }
            @if !view.run.complete {
                p class="warning" {
                    "This run is incomplete: it was interrupted, or its results were taken before the end. What is missing does not count above."
                }
            }
            @if let Some(what) = left_out(view) {
                p class="warning" {
                    "This page leaves out " (what) " for length, passed ones first. They count above and are in the results file."
                }
            }
            p class="quiet" {
                (environment.cpu) ", " (environment.cores)
                (if environment.cores == 1 { " core" } else { " cores" })
                " \u{b7} " (first_words(&environment.rustc)) " \u{b7} commit " (short(&environment.commit))
            }
        }
    }
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
    let said: Vec<String> = said.map(|(left, all, what)| parts::of(left, all, what)).collect();
    (!said.is_empty()).then(|| said.join(" and "))
}

fn contents(view: &View<'_>) -> Markup {
    let probes = view.run.capacity.iter().filter(|found| found.verdict.is_failure()).count();
    let failures = view.failures().len() + probes;
    html! {
        nav aria-label="Contents" {
            ul {
                li { a href="#matrix" { "All cells" } }
                li { a href="#conformance" { "Conformance" } }
                li { a href="#mutants" { "Faults seen" } }
                li { a href="#thaw" { "Freeze and thaw" } }
                @for group in &view.groups {
                    li { a href={ "#" (parts::scenario_id(group)) } { (group.title()) } }
                }
                li { a href="#capacity" { "Capacity" } }
                li { a href="#failures" { "Failures (" (failures) ")" } }
                li { a href="#changes" { "Changes" } }
                li { a href="#environment" { "Environment" } }
                li { a href="#method" { "Method" } }
                li { a href="#bias" { "Bias" } }
                li { a href="#reading" { "How to read this" } }
            }
        }
    }
}

/// `rustc 1.95.0 (59807616e 2026-04-14), host …` without what follows the version.
fn first_words(rustc: &str) -> String {
    rustc
        .split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end_matches([',', ';'])
        .to_owned()
}

/// A revision as people quote it: twelve characters, and the sign of uncommitted changes.
fn short(commit: &str) -> String {
    let (revision, changed) = commit.split_once('+').map_or((commit, ""), |(r, _)| (r, "+"));
    format!("{}{changed}", revision.chars().take(12).collect::<String>())
}

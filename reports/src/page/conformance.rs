use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::parts::{self, lacking, left_out, scrolling, shown};
use crate::fit::{COLUMNS, name, text};
use crate::input::{Backend, Case, Conformance, Counts, Input, Outcome, Verdict};
use crate::numbers::count;
use crate::view::{View, slug};

/// Groups whose columns fit a screen beside each other as they are; of more, the heads stand upright.
const FEW: usize = 9;

/// The conformance suite: backends down, groups of statements across.
pub(super) fn section(view: &View<'_>, input: &Input<Conformance>, most: usize) -> Markup {
    html! {
        section aria-labelledby="conformance" {
            h2 id="conformance" { "Conformance" }
            p {
                "Whether a backend keeps the rules, whatever it costs. Each case shows numbered statements of the model on the backend itself. "
                "A case counts as passed only if it ran and held: what a backend does not claim is unsupported and never part of a score."
            }
            @match input.present() {
                Some(conformance) => { (content(view, conformance, most)) }
                None => {
                    (lacking(input, "--conformance"))
                    p {
                        code class="command" { "cargo test" } " leaves those of each backend in the folder " code { "conformance" }
                        " beside the results of " code { "cargo bench" } ", which shows them too."
                    }
                }
            }
        }
    }
}

fn content(view: &View<'_>, conformance: &Conformance, most: usize) -> Markup {
    if conformance.backends.is_empty() {
        return html! { p { "The file lists no backend." } };
    }
    let groups = conformance.groups();
    let (groups, no_column) = shown(&groups, COLUMNS, "groups");
    let (backends, no_row) = shown(&conformance.backends, most, "backends");
    let all = backends.iter().map(|one| one.unexpected().count()).sum::<usize>();
    let mut room = most;
    let told: Vec<(&Backend, Vec<&Case>)> = backends
        .iter()
        .map(|backend| {
            let cases: Vec<&Case> = backend.unexpected().take(room).collect();
            room -= cases.len();
            (backend, cases)
        })
        .collect();
    let untold = all - (most - room);
    let dense = groups.len() > FEW;
    let table = html! {
        table class=(if dense { "matrix dense" } else { "matrix" }) {
            caption {
                "Cases that hold, of those that the backend claims; by group of statements."
                @if dense { " What is unsupported stands as unsup." }
            }
            thead {
                tr {
                    th scope="col" { "Backend" }
                    th scope="col" { "All" }
                    @for group in groups { th scope="col" { span class="name" { (name(group)) } } }
                }
            }
            tbody {
                @for backend in backends {
                    tr {
                        th scope="row" {
                            span class="name" { (parts::backend(view, &name(&backend.backend))) } (outcome(backend))
                        }
                        td { (cell(backend.counts(), dense)) }
                        @for group in groups {
                            td { (cell(backend.group(group), dense)) }
                        }
                    }
                }
            }
        }
    };
    html! {
        (scrolling("Conformance by group of statements", &table))
        (no_column) (no_row)
        @for (backend, cases) in told {
            (stopped(backend))
            @for case in cases { (failure(backend, case)) }
        }
        (left_out(untold, all, "unexpected cases"))
        (declared(backends, most))
    }
}

pub(super) fn outcome(backend: &Backend) -> Markup {
    let (class, words) = match backend.outcome {
        Outcome::AsExpected => ("ok", "as expected"),
        Outcome::Unexpected => ("failed", "unexpected results"),
        Outcome::CouldNotRun => ("failed", "could not run"),
    };
    html! { span class="under" { span class={ "badge " (class) } { (words) } } }
}

fn cell(counts: Counts, dense: bool) -> Markup {
    let asked = counts.asked();
    html! {
        @if asked == 0 && counts.others().next().is_none() {
            span class="under" { "no cases" }
        } @else {
            @if asked > 0 { strong { (count(counts.get(Verdict::Pass) as u64)) " of " (count(asked as u64)) } }
            @for (verdict, number) in counts.others() {
                span class="under" {
                    @if dense && verdict == Verdict::Unsupported {
                        span class="badge unsupported" { (count(number as u64)) " unsup." }
                    } @else { (tag(verdict, Some(number))) }
                }
            }
        }
    }
}

/// A verdict as a word, with how often it occurred; colour only repeats it.
pub(super) fn tag(verdict: Verdict, number: Option<usize>) -> Markup {
    let class = if verdict.is_unexpected() { "failed".to_owned() } else { slug(verdict.words()) };
    html! {
        span class={ "badge " (class) } {
            @if let Some(number) = number { (count(number as u64)) " " }
            (verdict.words())
        }
    }
}

/// Why a suite has no verdicts.
pub(super) fn stopped(backend: &Backend) -> Markup {
    html! {
        @if let Some(why) = &backend.why {
            article class="failure" {
                h3 { (name(&backend.backend)) " could not run" }
                pre tabindex="0" { (text(why)) }
                p { "Again: " code class="command" { (text(&backend.command)) } }
            }
        }
    }
}

/// A case that came out otherwise than declared, with its text and the command that repeats it.
pub(super) fn failure(backend: &Backend, case: &Case) -> Markup {
    html! {
        article class="failure" {
            h3 { (name(&backend.backend)) ": " code { (name(&case.id)) } " " (tag(case.verdict, None)) }
            pre tabindex="0" { (text(case.detail.as_deref().unwrap_or("no reason recorded"))) }
            p { "Again: " code class="command" { (text(case.replay.as_deref().unwrap_or(&backend.command))) } }
        }
    }
}

/// What was declared: failures with their reasons, and missing capabilities with the number of cases they cost.
fn declared(backends: &[Backend], most: usize) -> Markup {
    html! {
        details {
            summary { "What was declared, and the commands of the suites" }
            dl class="prose" {
                @for backend in backends {
                    @let known = known(backend);
                    @let (known, unsaid) = shown(&known, most, "reasons");
                    div {
                        dt { (name(&backend.backend)) }
                        dd {
                            p { code class="command" { (text(&backend.command)) } }
                            @let lacks = lacks(backend, most);
                            @if !lacks.is_empty() { p { "Not claimed: " (lacks) "." } }
                            @for (reason, cases) in known {
                                p {
                                    (text(reason)) ": "
                                    @for (at, case) in cases.iter().take(CASES).enumerate() {
                                        @if at > 0 { ", " }
                                        code { (name(&case.id)) }
                                    }
                                    @if let more @ 1.. = cases.len().saturating_sub(CASES) { " and " (count(more as u64)) " more" }
                                }
                            }
                            (unsaid)
                        }
                    }
                }
            }
        }
    }
}

/// Cases that are named for a reason.
const CASES: usize = 5;

/// The known failures by the reason that was declared, which is the first line of what is said of each.
fn known(backend: &Backend) -> Vec<(&str, Vec<&Case>)> {
    let mut known: Vec<(&str, Vec<&Case>)> = Vec::new();
    let mut places = BTreeMap::new();
    for case in backend.cases.iter().filter(|case| case.verdict == Verdict::KnownFail) {
        let reason = case.detail.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
        let at = *places.entry(reason).or_insert_with(|| {
            known.push((reason, Vec::new()));
            known.len() - 1
        });
        known[at].1.push(case);
    }
    known
}

/// "1 case", "12 cases".
fn of_cases(number: u64) -> String {
    format!("{} {}", count(number), if number == 1 { "case" } else { "cases" })
}

/// The capabilities that a backend lacks, with how many cases need each.
fn lacks(backend: &Backend, most: usize) -> String {
    let unsupported = backend.cases.iter().filter(|case| case.verdict == Verdict::Unsupported);
    let mut lacks: Vec<(&str, u64)> = Vec::new();
    let mut known = BTreeMap::new();
    for needs in unsupported.filter_map(|case| case.detail.as_deref()) {
        let mut own = BTreeSet::new();
        for need in needs.split(", ").filter(|need| own.insert(*need)) {
            let at = *known.entry(need).or_insert_with(|| {
                lacks.push((need, 0));
                lacks.len() - 1
            });
            lacks[at].1 += 1;
        }
    }
    let left = lacks.len().saturating_sub(most) as u64;
    let shown = lacks.iter().take(most);
    let mut said: Vec<String> =
        shown.map(|(need, cases)| format!("{} ({})", name(need), of_cases(*cases))).collect();
    if left > 0 {
        said.push(format!("and {} more, left out for length", count(left)));
    }
    said.join(", ")
}

use maud::{Markup, html};

use super::parts::{lacking, scrolling};
use crate::input::{Backend, Case, Conformance, Counts, Input, Outcome, Verdict};
use crate::numbers::count;
use crate::view::slug;

/// The conformance suite: backends down, groups of statements across.
pub(super) fn section(input: &Input<Conformance>) -> Markup {
    html! {
        section aria-labelledby="conformance" {
            h2 id="conformance" { "Conformance" }
            p {
                "Whether a backend keeps the rules, whatever it costs. Each case shows numbered statements of the model on the backend itself. "
                "A case counts as passed only if it ran and held: what a backend does not claim is unsupported and never part of a score."
            }
            @match input.present() {
                Some(conformance) => { (content(conformance)) }
                None => { (lacking(input, "--conformance")) }
            }
        }
    }
}

fn content(conformance: &Conformance) -> Markup {
    if conformance.backends.is_empty() {
        return html! { p { "The file lists no backend." } };
    }
    let groups = conformance.groups();
    let table = html! {
        table class="matrix" {
            caption { "Cases that hold, of those that the backend claims; by group of statements." }
            thead {
                tr {
                    th scope="col" { "Backend" }
                    th scope="col" { "All" }
                    @for group in &groups { th scope="col" { span class="name" { (group) } } }
                }
            }
            tbody {
                @for backend in &conformance.backends {
                    tr {
                        th scope="row" { span class="name" { (backend.backend) } (outcome(backend)) }
                        td { (cell(backend.counts())) }
                        @for group in &groups {
                            td { (cell(backend.group(group))) }
                        }
                    }
                }
            }
        }
    };
    html! {
        (scrolling("Conformance by group of statements", &table))
        @for backend in &conformance.backends { (failures(backend)) }
        (declared(conformance))
    }
}

fn outcome(backend: &Backend) -> Markup {
    let (class, words) = match backend.outcome {
        Outcome::AsExpected => ("ok", "as expected"),
        Outcome::Unexpected => ("failed", "unexpected results"),
        Outcome::CouldNotRun => ("failed", "could not run"),
    };
    html! { span class="under" { span class={ "badge " (class) } { (words) } } }
}

fn cell(counts: Counts) -> Markup {
    let asked = counts.asked();
    html! {
        @if asked == 0 && counts.others().next().is_none() {
            span class="under" { "no cases" }
        } @else {
            @if asked > 0 { strong { (count(counts.get(Verdict::Pass) as u64)) " of " (count(asked as u64)) } }
            @for (verdict, number) in counts.others() {
                span class="under" { (tag(verdict, Some(number))) }
            }
        }
    }
}

/// A verdict as a word, with how often it occurred; colour only repeats it.
fn tag(verdict: Verdict, number: Option<usize>) -> Markup {
    let class = if verdict.is_unexpected() { "failed".to_owned() } else { slug(verdict.words()) };
    html! {
        span class={ "badge " (class) } {
            @if let Some(number) = number { (count(number as u64)) " " }
            (verdict.words())
        }
    }
}

/// Every case that came out as nobody declared, with its text and the command that repeats it.
fn failures(backend: &Backend) -> Markup {
    html! {
        @if let Some(why) = &backend.why {
            article class="failure" {
                h3 { (backend.backend) " could not run" }
                pre tabindex="0" { (why) }
                p { "Again: " code class="command" { (backend.command) } }
            }
        }
        @for case in backend.unexpected() {
            article class="failure" {
                h3 { (backend.backend) ": " code { (case.id) } " " (tag(case.verdict, None)) }
                pre tabindex="0" { (case.detail.as_deref().unwrap_or("no reason recorded")) }
                p { "Again: " code class="command" { (case.replay.as_deref().unwrap_or(&backend.command)) } }
            }
        }
    }
}

/// What was declared: failures with their reasons, and missing capabilities with the number of cases they cost.
fn declared(conformance: &Conformance) -> Markup {
    let known = |backend: &'_ Backend| {
        backend
            .cases
            .iter()
            .filter(|c| c.verdict == Verdict::KnownFail)
            .cloned()
            .collect::<Vec<_>>()
    };
    html! {
        details {
            summary { "What was declared, and the commands of the suites" }
            dl class="prose" {
                @for backend in &conformance.backends {
                    div {
                        dt { (backend.backend) }
                        dd {
                            p { code class="command" { (backend.command) } }
                            @let lacks = lacks(backend);
                            @if !lacks.is_empty() { p { "Not claimed: " (lacks) "." } }
                            @for case in known(backend) {
                                p { code { (case.id) } ": " (case.detail.unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The capabilities that a backend lacks, with how many cases need each.
fn lacks(backend: &Backend) -> String {
    let unsupported = || backend.cases.iter().filter(|case| case.verdict == Verdict::Unsupported);
    let mut names: Vec<&str> = Vec::new();
    for name in unsupported().filter_map(|case| case.detail.as_deref()).flat_map(|d| d.split(", "))
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let cases = |name: &str| {
        let needs =
            |case: &&Case| case.detail.as_deref().is_some_and(|d| d.split(", ").any(|n| n == name));
        unsupported().filter(needs).count() as u64
    };
    let said = names.into_iter().map(|name| format!("{name} ({} cases)", count(cases(name))));
    said.collect::<Vec<_>>().join(", ")
}

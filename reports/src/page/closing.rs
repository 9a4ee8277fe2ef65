//! What follows the results: failures, environment, and how the numbers came about.

use maud::{Markup, html};
use switchback_bench::results::{Energy, Environment};

use super::parts::badge;
use crate::build;
use crate::numbers::figure;
use crate::view::View;
use crate::words::{reproduce, reproduce_probe};

/// Every failed cell with its text and the command that repeats it.
pub(super) fn failures(view: &View<'_>) -> Markup {
    let failures = view.failures();
    let probes: Vec<_> =
        view.run.capacity.iter().filter(|found| found.verdict.is_failure()).collect();
    html! {
        section aria-labelledby="failures" {
            h2 id="failures" { "Failures" }
            @if failures.is_empty() && probes.is_empty() { p { "None." } }
            @for row in failures {
                article class="failure" {
                    h3 { code { (row.id()) } " " (badge(row.verdict)) }
                    pre tabindex="0" { (row.why.as_deref().unwrap_or("no reason recorded")) }
                    p { "Again: " code class="command" { (reproduce(row)) } }
                }
            }
            @for found in probes {
                article class="failure" {
                    h3 { code { (found.id()) } " " (badge(found.verdict)) }
                    pre tabindex="0" { (found.why.as_deref().unwrap_or("no reason recorded")) }
                    p { "Again: " code class="command" { (reproduce_probe(found)) } }
                }
            }
        }
    }
}

/// "12,345 J in 600 s, 20.6 W, by 1 processor package".
fn energy(energy: &Energy) -> String {
    let Energy { joules, seconds, packages } = *energy;
    let watts =
        if seconds > 0.0 { format!(", {} W", figure(joules / seconds)) } else { String::new() };
    let plural = if packages == 1 { "" } else { "s" };
    format!(
        "{} J in {} s{watts}, in {packages} processor package{plural}, by all that ran there while cells were last measured",
        figure(joules),
        figure(seconds)
    )
}

/// Where and with what the run was made, and what it took.
pub(super) fn environment(environment: &Environment, took: Option<&Energy>) -> Markup {
    let energy = took.map(energy);
    let cores = environment.cores.to_string();
    let seed = environment.seed.map(|seed| seed.to_string());
    let facts = [
        ("Processor", Some(environment.cpu.as_str())),
        ("Logical cores", Some(cores.as_str())),
        ("System", Some(environment.kernel.as_str())),
        ("Compiler", Some(environment.rustc.as_str())),
        ("Profile", Some(environment.profile.as_str())),
        ("Commit", Some(environment.commit.as_str())),
        ("Started", environment.started.as_deref()),
        ("Seed of the sample order", seed.as_deref()),
        ("Energy", energy.as_deref()),
    ];
    html! {
        section aria-labelledby="environment" {
            h2 id="environment" { "Environment" }
            dl class="facts" {
                @for (name, fact) in facts.into_iter().filter_map(|(name, fact)| Some((name, fact?))) {
                    div { dt { (name) } dd { (fact) } }
                }
                @match &environment.build {
                    Some(found) => {
                        @for (name, fact) in build::facts(found) { div { dt { (name) } dd { (fact) } } }
                    }
                    None => { div { dt { "Build" } dd { "not known beyond the profile" } } }
                }
            }
        }
    }
}

pub(super) fn method() -> Markup {
    html! {
        section aria-labelledby="method" {
            h2 id="method" { "Method" }
            ul {
                li { "Work first: the digest of a cell's results and its counts must equal the scenario's law. If they do not, the cell gets a verdict and no time." }
                li { "All backends of one scenario and size are measured in one block, in turns, in an order shuffled anew every round, so that whatever disturbs the machine disturbs all of them." }
                li { "A ratio is taken within each round, between neighbours in time; the table gives the median of these ratios and a 95\u{a0}% confidence interval, which rests on ranks alone and is widened to hold the median of every process. Fewer than six samples bound nothing with that confidence, so they show no interval and no difference is claimed." }
                li { "The reference takes part twice. How far it differs from itself is the noise band of that size. A difference is claimed only if the whole interval lies outside the band." }
                li { "Backends on one thread are timed by the thread's CPU clock, all others by the wall clock; where both were read, both are given." }
            }
        }
    }
}

pub(super) fn bias() -> Markup {
    html! {
        section aria-labelledby="bias" {
            h2 id="bias" { "Bias" }
            p {
                "The people who wrote this harness also wrote some of the backends it compares, and know them best. The scenarios come from the "
                "world of tasklets and rendezvous channels; a runtime made for something else, such as parallel work on many cores or buffered "
                "queues, is asked here for what it was not made for. Foreign runtimes are driven through adapters, whose cost is part of their "
                "figures. One machine, one compiler and one build are one sample of each: another layout of the same code can move a small "
                "figure by more than the band."
            }
        }
    }
}

pub(super) fn reading(view: &View<'_>) -> Markup {
    let peaks = view.rows().any(|row| row.peak_memory.is_some());
    html! {
        section aria-labelledby="reading" {
            h2 id="reading" { "How to read this" }
            dl class="prose" {
                div {
                    dt { "Cell" }
                    dd { "One backend running one scenario at one size, named " code { "scenario/backend/size" } ", also as a filter for " code { "cargo bench" } "." }
                }
                div { dt { "Verified" } dd { "The cell did the scenario's work, all of it and no other." } }
                div { dt { "Unsupported" } dd { "The backend does not claim to be able to. Known before anything ran, and counted neither for nor against it." } }
                div { dt { "Different work" } dd { "The results are right, but another number of tasklets, messages or switches led to them. Its time would compare unlike things." } }
                div { dt { "Factor" } dd { "The time of the cell divided by that of the reference in the same round, median of all rounds: \u{d7}2 takes twice as long, \u{d7}0.5 half as long." } }
                @if peaks {
                    div { dt { "Peak memory" } dd { "What one iteration, in a process of its own, had resident at most beyond what the process held before it. Page tables and what the kernel keeps for threads are not in it." } }
                }
                div { dt { "No difference shown" } dd { "Not a proof of equality: this run could not tell the two apart." } }
                div {
                    dt { "Cost over a family" }
                    dd { "In each row, a scenario at one size, the cost divided by the best one; over the rows of a family, which is scenarios about the same thing, the geometric mean. It says which way of suspending suits a kind of program, not that two backends differ: the scenarios do." }
                }
                div { dt { "Knee" } dd { "A size from which the cost grows faster than before, by more than half a power of the size: often a cache or a limit of the system." } }
                div { dt { "Logarithmic scale" } dd { "Used, and said under the plot, where values span more than thirty times: equal distances are equal factors there." } }
            }
        }
    }
}

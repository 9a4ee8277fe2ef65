//! How far backends go: tasklets alive at once, calls nested, and the memory they take.

use maud::{Markup, PreEscaped, html};
use switchback_bench::results::{Capacity, Memory, Verdict};

use super::parts::{badge, scrolling, shown};
use crate::numbers::count;
use crate::plot::{self, Kind, Mark, Panel, Plot, Row};
use crate::words::reproduce_probe;

/// What a probe of blocked tasklets is called.
const BLOCKED: &str = "blocked";
/// Counts with a column.
const MOST_MARKS: usize = 8;
/// What a probe of nested calls is called.
const CALLS: &str = "calls";

pub(super) fn section(found: &[Capacity]) -> Markup {
    html! {
        section aria-labelledby="capacity" {
            h2 id="capacity" { "Capacity" }
            p {
                "How many tasklets a backend keeps alive at once, how deep calls nest in one of them, and what each takes. Every probe has a "
                "process to itself. It asks for more until there are as many as were asked for, the backend refuses, half of the memory "
                "that the system had left is taken, or the process ends. Then all come to their end: each blocked tasklet is woken with a "
                "value of its own, each call returns. What does not add up is no result, and where a process ended on the way, another one "
                "has confirmed the number that is shown."
            }
            @if found.is_empty() {
                p { "Not part of this run. " code class="command" { "cargo bench -- capacity" } " adds it." }
            } @else {
                (content(found))
            }
        }
    }
}

fn content(found: &[Capacity]) -> Markup {
    let marks = marks(found);
    // A few in every run; each of them is a column here and a panel above.
    let (marks, left_out) = shown(&marks, MOST_MARKS, "counts at which memory was told");
    html! {
        @if !marks.is_empty() { (figure(found, marks)) }
        (scrolling("Capacity of the backends", &table(found, marks)))
        (left_out)
        details {
            summary { "Commands that find out each row again" }
            ul class="commands" { @for one in found { li { code { (reproduce_probe(one)) } } } }
        }
    }
}

/// Counts of blocked tasklets at which a backend told its memory, ascending.
fn marks(found: &[Capacity]) -> Vec<u64> {
    let blocked = found.iter().filter(|one| one.probe == BLOCKED);
    let mut marks: Vec<u64> = blocked.flat_map(|one| &one.memory).map(|m| m.count).collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

fn backends(found: &[Capacity]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for one in found {
        if !names.contains(&one.backend.as_str()) {
            names.push(&one.backend);
        }
    }
    names
}

fn find<'a>(found: &'a [Capacity], backend: &str, probe: &str) -> Option<&'a Capacity> {
    found.iter().find(|one| one.backend == backend && one.probe == probe)
}

fn figure(found: &[Capacity], marks: &[u64]) -> Markup {
    let panels = marks.iter().map(|&mark| Panel {
        heading: format!("{} tasklets", count(mark)),
        rows: found.iter().filter(|one| one.probe == BLOCKED).map(|one| row(one, mark)).collect(),
    });
    let caption =
        "Bytes of physical memory for each blocked tasklet, without page tables; less is better.";
    let plot = Plot {
        id: "plot-of-capacity".to_owned(),
        title: "Capacity: bytes per blocked tasklet".to_owned(),
        description: format!("{caption} The table that follows holds the same numbers."),
        axis: "bytes per blocked tasklet".to_owned(),
        panels: panels.collect(),
        ratios: false,
    };
    html! {
        figure {
            @match plot::draw(&plot) {
                Ok(svg) => {
                    (PreEscaped(svg))
                    figcaption { (caption) }
                }
                Err(why) => figcaption { "The plot could not be drawn: " (why) ". Its numbers follow." }
            }
        }
    }
}

fn row(one: &Capacity, mark: u64) -> Row {
    let name = one.backend.clone();
    match one.at(mark) {
        Some(memory) => Row {
            name,
            text: bytes(memory.resident),
            mark: Some(Mark {
                kind: Kind::Backend,
                value: memory.resident,
                interval: None,
                band: None,
            }),
        },
        None => Row { name, text: stop(one), mark: None },
    }
}

/// Why there is no number at a mark.
fn stop(one: &Capacity) -> String {
    match one.reached {
        Some(reached) => format!("stops at {}", count(reached)),
        None => one.verdict.to_string(),
    }
}

/// Whole bytes: neighbours in a table shall be told apart.
fn bytes(value: f64) -> String {
    format!("{}\u{a0}B", count(value.round() as u64))
}

fn table(found: &[Capacity], marks: &[u64]) -> Markup {
    html! {
        table class="numbers" {
            caption { "Physical memory for each blocked tasklet, and under it that of page tables; then the most that were alive, all verified." }
            thead {
                tr {
                    th scope="col" { "Backend" }
                    @for &mark in marks { th scope="col" class="figure" { "Each of " (count(mark)) } }
                    th scope="col" { "Most blocked at once" }
                    th scope="col" { "Deepest calls" }
                }
            }
            tbody {
                @for backend in backends(found) {
                    @let blocked = find(found, backend, BLOCKED);
                    tr {
                        th scope="row" { span class="name" { (backend) } }
                        @for &mark in marks { td class="figure" { (each(blocked, mark)) } }
                        td class="why" { (most(blocked)) }
                        td class="why" { (most(find(found, backend, CALLS))) }
                    }
                }
            }
        }
    }
}

fn each(one: Option<&Capacity>, mark: u64) -> Markup {
    let tables = |memory: &Memory| format!("+ {}", bytes(memory.tables));
    html! {
        @match one.map(|one| (one, one.at(mark))) {
            Some((_, Some(memory))) => {
                strong { (bytes(memory.resident)) }
                span class="under" { (tables(memory)) }
            }
            Some((one, None)) => span class="under" { (stop(one)) },
            None => span class="under" { "not asked" },
        }
    }
}

fn most(one: Option<&Capacity>) -> Markup {
    let Some(one) = one else { return html! { span class="under" { "not asked" } } };
    html! {
        @match one.reached.filter(|_| one.verdict == Verdict::Ok) {
            Some(reached) => {
                strong { (count(reached)) }
                span class="under" {
                    @match &one.ended {
                        Some(why) => (why),
                        None => "as many as were asked for",
                    }
                }
            }
            None => {
                (badge(one.verdict))
                span class="under" { (one.why.as_deref().unwrap_or("no reason recorded")) }
            }
        }
    }
}

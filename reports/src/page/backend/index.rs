//! All backends on one page, a row each.

use maud::{Markup, html};
use switchback_bench::results::{Capacity, Verdict};

use super::{Subject, places};
use crate::extras::Extras;
use crate::fit;
use crate::input::Verdict as Judged;
use crate::numbers::{Dimension, count, quantity};
use crate::page::parts::{left_out, scrolling, shown};
use crate::page::{frame, short};
use crate::site::Pages;
use crate::view::View;

/// The index, within its limit.
pub(crate) fn index(view: &View<'_>, extras: &Extras, pages: &Pages) -> String {
    let limit = fit::limit(fit::weight(view.run) + extras.weight());
    let subjects: Vec<Subject<'_>> =
        pages.names.iter().map(|name| Subject::of(view, extras, name)).collect();
    fit::within(limit, |most| fit::safe(frame("backends", &content(view, pages, &subjects, most))))
}

fn content(view: &View<'_>, pages: &Pages, subjects: &[Subject<'_>], most: usize) -> Markup {
    let (kept, untold) = shown(subjects, most, "backends");
    let all = subjects.len() + pages.left_out;
    html! {
        p class="brand" { "switchback" }
        h1 { "Backends" }
        p class="lead" {
            "A backend is one way to suspend a tasklet. Each has a page with what it claims, what the conformance suite found, its place in "
            "every scenario, how far it goes, and its faults."
        }
        p class="quiet" { "Commit " (short(&view.run.environment.commit)) " \u{b7} " (view.run.environment.cpu) }
        nav aria-label="Other pages" { ul { li { a href=(pages.back(None)) { "The whole report" } } } }
        section aria-labelledby="backends" {
            h2 id="backends" { "All backends" }
            @if kept.is_empty() {
                p { "The results are about no backend." }
            } @else {
                (scrolling("All backends", &table(kept, pages)))
            }
            (untold)
            (left_out(pages.left_out, all, "backends"))
        }
    }
}

fn table(subjects: &[Subject<'_>], pages: &Pages) -> Markup {
    let judged = subjects.iter().any(|subject| subject.suite.is_some());
    let probed = subjects.iter().any(|subject| blocked(subject).is_some());
    let columns = 4 + 2 * usize::from(probed) + usize::from(judged);
    html! {
        table class="numbers" {
            caption {
                "Verified cells of those that were measured; rows in which no other backend is shown to be cheaper, of those in which another has a cost"
                @if judged { "; cases of the suite that hold, of those that the backend claims" }
                @if probed { "; the most tasklets that were alive at once" }
                "."
            }
            thead {
                tr {
                    th scope="col" { "Backend" }
                    th scope="col" { "How it suspends" }
                    th scope="col" class="figure" { "Verified" }
                    th scope="col" class="figure" { "First in" }
                    @if judged { th scope="col" class="figure" { "Cases" } }
                    @if probed {
                        th scope="col" class="figure" { "Most alive" }
                        th scope="col" class="figure" { "Bytes each" }
                    }
                }
            }
            @for band in subjects.chunk_by(|one, next| one.group() == next.group()) {
                tbody {
                    @if let Some(name) = band.first().map(Subject::group).filter(|name| !name.is_empty()) {
                        tr class="block" { th scope="rowgroup" colspan=(columns) { (name) } }
                    }
                    @for subject in band {
                        tr {
                            th scope="row" {
                                span class="name" {
                                    @match pages.neighbour(subject.name) {
                                        Some(page) => { a href=(page) { (subject.name) } }
                                        None => { (subject.name) }
                                    }
                                }
                            }
                            td class="prose-cell" { (subject.words()) }
                            td class="figure" { (part(subject.tally.ok, subject.tally.asked())) }
                            td class="figure" { @let (first, ranked) = places::led(&subject.places); (part(first, ranked)) }
                            @if judged { td class="figure" { (cases(subject)) } }
                            @if probed { (alive(blocked(subject))) }
                        }
                    }
                }
            }
        }
    }
}

fn part(part: usize, all: usize) -> String {
    if all == 0 {
        return "\u{2013}".to_owned();
    }
    format!("{} of {}", count(part as u64), count(all as u64))
}

fn cases(subject: &Subject<'_>) -> Markup {
    let Some(suite) = subject.suite else { return html! { "\u{2013}" } };
    let counts = suite.counts();
    html! {
        @if suite.why.is_some() {
            span class="badge failed" { "could not run" }
        } @else {
            (part(counts.get(Judged::Pass), counts.asked()))
            @let wrong = suite.unexpected().count();
            @if wrong > 0 { span class="under" { span class="badge failed" { (count(wrong as u64)) " unexpected" } } }
        }
    }
}

fn blocked<'a>(subject: &Subject<'a>) -> Option<&'a Capacity> {
    subject.capacity.iter().copied().find(|found| found.probe == "blocked")
}

fn alive(found: Option<&Capacity>) -> Markup {
    let Some(found) = found else {
        return html! { td class="figure" { "\u{2013}" } td class="figure" { "\u{2013}" } };
    };
    html! {
        td class="figure" {
            @match found.reached.filter(|_| found.verdict == Verdict::Ok) {
                Some(reached) => { @if reached == found.asked { "\u{2265}\u{a0}" } (count(reached)) }
                None => { (found.verdict) }
            }
        }
        td class="figure" {
            @if let Some(memory) = found.memory.last() { (quantity(memory.resident, Dimension::Bytes)) }
        }
    }
}

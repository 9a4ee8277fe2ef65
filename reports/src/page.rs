//! The HTML page: its frame here, its parts in the modules below.

pub(crate) mod backend;
mod capacity;
mod changes;
mod closing;
mod conformance;
pub(crate) mod first;
mod history;
mod matrix;
mod mutants;
mod parts;
mod scenario;
mod thaw;

use std::cell::RefCell;
use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use switchback_bench::results::Run;

use crate::baseline::Changes;
use crate::commands::diff;
use crate::commands::history::Class;
use crate::extras::Extras;
use crate::fit::{self, Shown};
use crate::input::Input;
use crate::numbers::count;
use crate::site::Pages;
use crate::view::{Group, View};
use crate::words::{VerdictLine, heading};

const CSS: &str = include_str!("report.css");

/// The whole page, within its limit.
pub(crate) fn render(run: &Run, extras: &Extras) -> String {
    render_linked(run, extras, None).0
}

/// The same with links to the pages of backends, and the ids of the headings of the scenarios that it shows.
pub(crate) fn render_linked(
    run: &Run,
    extras: &Extras,
    pages: Option<&Pages>,
) -> (String, Anchors) {
    let limit = fit::limit(fit::weight(run) + extras.weight());
    let anchors = RefCell::new(Anchors::new());
    let text = fit::within(limit, |most| {
        let shown = Shown::of(run, most);
        let view = View { pages, ..View::of_part(&shown, run) };
        let own =
            view.groups.iter().map(|group| (group.scenario.to_owned(), parts::scenario_id(group)));
        anchors.replace(own.collect());
        fit::safe(page(&view, extras, most))
    });
    (text, anchors.into_inner())
}

/// The id of the heading of each scenario.
pub(crate) type Anchors = BTreeMap<String, String>;

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
                (first::head(view, extras))
                main id="main" {
                    (first::opening(view))
                    (contents(view, extras))
                    (matrix::section(view))
                    @if is_told(&extras.conformance) { (conformance::section(view, &extras.conformance, most)) }
                    @if is_told(&extras.mutants) { (mutants::section(&extras.mutants, most)) }
                    @if is_told(&extras.thaw) { (thaw::section(&extras.thaw, most)) }
                    @if !view.groups.is_empty() {
                        section aria-labelledby="scenarios" {
                            h2 id="scenarios" { "Scenarios" }
                            @for group in &view.groups { (scenario::section(group)) }
                        }
                    }
                    @if !view.run.capacity.is_empty() { (capacity::section(&view.run.capacity)) }
                    @if failures(view) > 0 { (closing::failures(view)) }
                    @if is_told(&extras.baseline) { (changes::section(view, &extras.baseline, most)) }
                    (closing::environment(&view.run.environment, view.run.energy.as_ref()))
                    (closing::method())
                    (closing::bias())
                    (closing::reading(view))
                }
            }
        }
    };
    page.into_string()
}

/// The frame of a page that is no report of one run.
fn frame(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "switchback: " (title) }
                style { (PreEscaped(CSS)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the results" }
                main id="main" { (content) }
            }
        }
    };
    page.into_string()
}

/// Two runs compared.
pub(crate) fn of_changes(changes: &Changes<'_>, closed: &[String], most: usize) -> String {
    let class = if closed.is_empty() { "verdict good" } else { "verdict bad" };
    let content = html! {
        p class="brand" { "switchback" }
        h1 { "Two runs compared" }
        p class=(class) { (diff::summary(changes, closed)) }
        section aria-labelledby="changes" {
            h2 id="changes" { "What is different" }
            (changes::content(changes, most))
        }
    };
    frame("two runs compared", &content)
}

/// Trends over many runs, a part for each class of machines.
pub(crate) fn of_history(classes: &[Class<'_>], unread: &[String], most: usize) -> String {
    let changes = classes.iter().map(|class| class.changed().len()).sum::<usize>();
    let content = html! {
        p class="brand" { "switchback" }
        h1 { "Costs over time" }
        p class="verdict good" {
            (count(classes.iter().map(|class| class.runs.len() as u64).sum())) " runs on "
            (count(classes.len() as u64)) (if classes.len() == 1 { " class of machines" } else { " classes of machines" }) ": "
            (count(changes as u64)) (if changes == 1 { " change point." } else { " change points." })
        }
        p {
            "A change point is the first run whose figure differs from that of the run with which the level began, beyond the noise bands of both. "
            "Runs of different machines are not compared."
        }
        @for cause in unread.iter().take(most) { p class="warning" { "Not read: " (fit::text(cause)) } }
        @for (number, class) in classes.iter().take(most).enumerate() { (history::section(class, number, most)) }
    };
    frame("costs over time", &content)
}

/// True for what was given: a file that is broken is told as well.
const fn is_told<T>(input: &Input<T>) -> bool {
    !matches!(input, Input::Absent)
}

/// Cells and probes with an article in the section on failures.
fn failures(view: &View<'_>) -> usize {
    let probes = view.run.capacity.iter().filter(|found| found.verdict.is_failure()).count();
    view.failures().len() + probes
}

/// Where each part is: families rather than scenarios, if there are any.
fn contents(view: &View<'_>, extras: &Extras) -> Markup {
    let failures = failures(view);
    html! {
        nav aria-label="Contents" {
            ul {
                @if let Some(pages) = view.pages { li { a href=(pages.index_page()) { "Each backend" } } }
                li { a href="#matrix" { "All cells" } }
                @if is_told(&extras.conformance) { li { a href="#conformance" { "Conformance" } } }
                @if is_told(&extras.mutants) { li { a href="#mutants" { "Faults seen" } } }
                @if is_told(&extras.thaw) { li { a href="#thaw" { "Freeze and thaw" } } }
                @for (family, groups) in view.families() {
                    @match family {
                        Some(family) => { (entry(&heading(&family), groups.first())) }
                        None => { @for group in groups { (entry(group.title(), Some(group))) } }
                    }
                }
                @if !view.run.capacity.is_empty() { li { a href="#capacity" { "Capacity" } } }
                @if failures > 0 { li { a href="#failures" { "Failures (" (failures) ")" } } }
                @if is_told(&extras.baseline) { li { a href="#changes" { "Changes" } } }
                li { a href="#environment" { "Environment" } }
                li { a href="#method" { "Method" } }
                li { a href="#bias" { "Bias" } }
                li { a href="#reading" { "How to read this" } }
            }
        }
    }
}

fn entry(text: &str, group: Option<&Group<'_>>) -> Markup {
    html! {
        @if let Some(group) = group {
            li { a href={ "#" (parts::scenario_id(group)) } { (text) } }
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

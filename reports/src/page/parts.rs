//! Pieces used in several places of the page.

use maud::{Markup, html};
use switchback_bench::results::Verdict;

use crate::fit;
use crate::input::{Format, Input};
use crate::numbers::{count, figure};
use crate::view::{Group, View, slug};

/// Id of a scenario's heading. The prefix keeps names from outside apart from the page's own ids.
pub(super) fn scenario_id(group: &Group<'_>) -> String {
    format!("scenario-{}", group.anchor)
}

/// The name of a backend, which leads to its page if there is one.
pub(super) fn backend(view: &View<'_>, name: &str) -> Markup {
    html! {
        @match view.pages.and_then(|pages| pages.page_of(name)) {
            Some(page) => { a href=(page) { (name) } }
            None => { (name) }
        }
    }
}

/// A verdict as a word; colour only repeats it.
pub(super) fn badge(verdict: Verdict) -> Markup {
    html! { span class={ "badge " (slug(verdict.text())) } { (verdict.text()) } }
}

/// A ratio as a factor.
pub(super) fn factor(ratio: f64) -> String {
    format!("\u{d7}{}", figure(ratio))
}

/// What is said in place of a section whose file is missing or broken: how to make it, and how to show it.
pub(super) fn lacking<T: Format>(input: &Input<T>, option: &str) -> Markup {
    html! {
        @if let Input::Broken(why) = input { p class="warning" { (fit::text(why)) "." } }
        p {
            "Not part of this report. " code class="command" { (T::MADE_BY) } " makes the results; "
            code { "switchback-report run.json " (option) " " (T::FILE) } " shows them, and so does " code { "cargo bench" } " where "
            code { (T::FILE) } " lies beside its results."
        }
    }
}

/// `12 of 1,200 rows`.
pub(super) fn of(part: usize, all: usize, what: &str) -> String {
    format!("{} of {} {what}", count(part as u64), count(all as u64))
}

/// The first items as far as they are to be shown, and the sentence that says how many are not.
pub(super) fn shown<'a, T>(items: &'a [T], most: usize, what: &str) -> (&'a [T], Markup) {
    let kept = &items[..items.len().min(most)];
    (kept, left_out(items.len() - kept.len(), items.len(), what))
}

/// The sentence that says how many are not shown, if any.
pub(super) fn left_out(left: usize, all: usize, what: &str) -> Markup {
    html! {
        @if left > 0 { p class="warning" { (of(left, all, what)) " are left out here for length." } }
    }
}

/// A wide table in a box that scrolls by itself, so that the page does not. The box can be reached and scrolled from the keyboard.
pub(super) fn scrolling(label: &str, table: &Markup) -> Markup {
    html! { div class="scroll" role="region" aria-label={ (label) ", table" } tabindex="0" { (table) } }
}

//! Pieces used in several places of the page.

use maud::{Markup, html};
use switchback_bench::results::Verdict;

use crate::input::{Format, Input};
use crate::numbers::figure;
use crate::view::{Group, slug};

/// Id of a scenario's heading. The prefix keeps names from outside apart from the page's own ids.
pub(super) fn scenario_id(group: &Group<'_>) -> String {
    format!("scenario-{}", group.anchor)
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
        @if let Input::Broken(why) = input { p class="warning" { (why) "." } }
        p {
            "Not part of this report. " code class="command" { (T::MADE_BY) } " makes the results; "
            code { "switchback-report run.json " (option) " " (T::FILE) } " shows them, and so does " code { "cargo bench" } " where "
            code { (T::FILE) } " lies beside its results."
        }
    }
}

/// A wide table in a box that scrolls by itself, so that the page does not. The box can be reached and scrolled from the keyboard.
pub(super) fn scrolling(label: &str, table: &Markup) -> Markup {
    html! { div class="scroll" role="region" aria-label=(label) tabindex="0" { (table) } }
}

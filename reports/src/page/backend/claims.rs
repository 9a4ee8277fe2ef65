//! What a backend claims to be able to, and whether the suite found it so.

use std::collections::BTreeSet;

use maud::{Markup, html};
use serde_json::Value;

use super::Subject;
use crate::fit::name;
use crate::input::{Backend as Suite, Verdict};
use crate::numbers::count;
use crate::page::conformance::tag;
use crate::page::parts::{scrolling, shown};

/// The capabilities that the page has words for, by their names in the results. Others are shown by their names.
const KNOWN: [(&str, &str); 12] = [
    ("order_exact", "Events come in the order of the model, the same each time."),
    ("blocking", "A tasklet can wait inside plain functions and under callbacks of C."),
    ("portable", "A suspended tasklet can be written to bytes, read back and copied."),
    ("parallel", "Several threads run tasklets at once."),
    ("kill", "A tasklet can end another one."),
    ("throw", "A tasklet can raise an error in another one."),
    ("close", "Channels can be closed and opened, and carry errors."),
    ("deadlock", "A deadlock is reported instead of hanging."),
    ("control", "Tasklets can be taken out of the run queue, put back, and switched to."),
    ("status", "The state of tasklets and the balance of channels can be asked for."),
    ("fifo", "Of several that wait the first is served first."),
    ("buffer", "Values that a channel holds beyond those that receivers wait for."),
];

/// What is said of one capability.
struct Claim<'a> {
    name: &'a str,
    /// What it means; empty for one without words.
    words: &'static str,
    said: Said,
}

enum Said {
    Yes,
    No,
    Number(u64),
}

pub(super) fn section(subject: &Subject<'_>, most: usize) -> Markup {
    let claims = claims(subject);
    let (claims, untold) = shown(&claims, most, "claims");
    html! {
        section aria-labelledby="claims" {
            h2 id="claims" { "What it can and cannot do" }
            @if claims.is_empty() {
                p { "The results do not say what it claims." }
            } @else {
                p {
                    "What a backend claims is tried, and so is that it works no further than it claims. What it does not claim counts neither for nor against it."
                }
                (scrolling(&format!("Claims of {}", subject.name), &table(subject, claims)))
            }
            (untold)
        }
    }
}

/// The claims of the run and of the suite in one list: the known ones in their order, then the others by name.
fn claims<'a>(subject: &Subject<'a>) -> Vec<Claim<'a>> {
    let measured = subject.about.map(|about| &about.capabilities);
    let judged = subject.suite.map(|suite| &suite.capabilities);
    let said = |name: &str| -> Option<Said> {
        match judged.and_then(|all| all.get(name)) {
            Some(Value::Number(number)) => Some(Said::Number(number.as_u64().unwrap_or(0))),
            Some(Value::Bool(true)) => Some(Said::Yes),
            // A backend that throws can kill: the run says so, the suite need not.
            other => match (measured.and_then(|all| all.get(name)), other) {
                (Some(true), _) => Some(Said::Yes),
                (Some(false), _) | (None, Some(_)) => Some(Said::No),
                (None, None) => None,
            },
        }
    };
    let of_run = measured.into_iter().flatten().map(|(name, _)| name.as_str());
    let of_suite = judged.into_iter().flatten().map(|(name, _)| name.as_str());
    let names: BTreeSet<&str> = of_run.chain(of_suite).collect();
    let known = KNOWN.iter().filter_map(|(known, words)| Some((*names.get(known)?, *words)));
    let others = names.iter().filter(|name| KNOWN.iter().all(|(known, _)| known != *name));
    let all = known.chain(others.map(|name| (*name, "")));
    all.filter_map(|(name, words)| Some(Claim { name, words, said: said(name)? })).collect()
}

fn table(subject: &Subject<'_>, claims: &[Claim<'_>]) -> Markup {
    html! {
        table class="beside" {
            caption { "Claims" @if subject.suite.is_some() { ", and what the suite found about each" } "." }
            thead {
                tr {
                    th scope="col" { "Capability" }
                    th scope="col" { "Claimed" }
                    th scope="col" { "What it means" }
                    @if subject.suite.is_some() { th scope="col" { "Audit" } }
                }
            }
            tbody {
                @for claim in claims {
                    tr {
                        th scope="row" { code { (name(claim.name)) } }
                        (said(&claim.said))
                        td class="prose-cell" { (claim.words) }
                        @if let Some(suite) = subject.suite { td class="prose-cell" { (audit(suite, claim.name)) } }
                    }
                }
            }
        }
    }
}

fn said(said: &Said) -> Markup {
    match said {
        Said::Yes => html! { td { strong { "yes" } } },
        Said::No | Said::Number(0) => html! { td { span class="no" { "no" } } },
        Said::Number(number) => html! { td { strong { (count(*number)) } } },
    }
}

/// What the case about a claim says, and how many cases were not tried for the lack of it.
fn audit(suite: &Suite, claim: &str) -> Markup {
    let id = format!("claims::{claim}");
    let case = suite.cases.iter().find(|case| case.id == id);
    let needs = |detail: &str| detail.split(", ").any(|need| need == claim);
    let unsupported = suite.cases.iter().filter(|case| case.verdict == Verdict::Unsupported);
    let untried = unsupported.filter(|case| case.detail.as_deref().is_some_and(needs)).count();
    html! {
        @match case.map(|case| case.verdict) {
            Some(Verdict::Pass) => { span class="badge ok" { "as claimed" } " " }
            Some(other) => { (tag(other, None)) " " }
            None => {}
        }
        @if untried > 0 { (count(untried as u64)) (if untried == 1 { " case needs it" } else { " cases need it" }) }
        @if case.is_none() && untried == 0 { "no case of its own" }
    }
}

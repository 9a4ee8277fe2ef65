//! What is not tried any more, because earlier cases have shown it.
//!
//! A backend with one mistake fails hundreds of cases in the same way. Some of them are enough to
//! see it; the others cost time and hide what else is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::leaks::LEAK;
use super::pool::{CRASH, HANG};
use crate::{Case, Failure, basic};

/// Failures of one sign in a series after which the rest of the series is left out. One may be a
/// matter of that program, a second one shows that it is not, and a third one stays if the second
/// was cut short by the first.
const SAME: usize = 3;

/// What the limit of a case is divided by once another case hung: of 20 s, 1 s is left, a
/// hundred times what a case takes.
const SHORTER: u32 = 20;

/// Series of which every case says something else, so that only a hang leaves one out.
const SINGLE: &[&str] = &["smoke", "claims", "statements", "free"];

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    keep_going: bool,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// By series and sign: the first case, and how many there were.
    signs: BTreeMap<(String, String), (String, usize)>,
    leaks: BTreeSet<String>,
    hung: Option<String>,
}

impl Repeats {
    /// `keep_going`: nothing is left out or shortened.
    pub(super) fn new(keep_going: bool) -> Self {
        Self { keep_going, seen: Mutex::default() }
    }

    /// Why a case is not worth its time.
    pub(super) fn leaves_out(&self, case: &Case) -> Option<String> {
        let series = basic::series(case.id());
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = |((of, sign), (_, times)): &(&(String, String), &(String, usize))| {
            of == series && *times >= SAME && (sign == HANG || !SINGLE.contains(&series))
        };
        let ((_, sign), (first, times)) = seen.signs.iter().find(enough)?;
        let what = match sign.as_str() {
            HANG => "hang",
            sign if sign.starts_with(LEAK) => "leak",
            sign if sign.starts_with(CRASH) => "end of the process",
            sign if sign.starts_with(PANIC) => "panic",
            _ => "first divergence",
        };
        Some(format!("the same {what} as in {first} was seen {times} times"))
    }

    /// How long a case may take, and the case that made it less than it would be.
    pub(super) fn limit(&self, case: &Case) -> (Duration, Option<String>) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match &seen.hung {
            // What may hang has a short limit of its own.
            Some(hung) if !case.may_hang() => (case.time_limit() / SHORTER, Some(hung.clone())),
            _ => (case.time_limit(), None),
        }
    }

    /// What is known to leak.
    pub(super) fn leaks(&self) -> BTreeSet<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).leaks.clone()
    }

    /// Takes note of a case that fails.
    pub(super) fn note(&self, case: &Case, failure: &Failure) {
        let Some(sign) = failure.sign.as_deref().filter(|_| !self.keep_going) else { return };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaks) = sign.strip_prefix(LEAK) {
            seen.leaks.extend(leaks.split(',').map(str::to_owned));
        }
        if sign == HANG && seen.hung.is_none() {
            seen.hung = Some(case.id().to_owned());
        }
        let place = (basic::series(case.id()).to_owned(), sign.to_owned());
        seen.signs.entry(place).or_insert_with(|| (case.id().to_owned(), 0)).1 += 1;
    }
}

/// Begins the sign of a panic.
pub(super) const PANIC: &str = "panic: ";

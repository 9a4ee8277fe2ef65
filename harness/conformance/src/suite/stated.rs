//! The trials of numbered statements: recordings that pin one, and its direct checks.

use libtest_mimic::{Failed, Trial};
use switchback::{Backend, Capabilities, Portable};

use super::expectation::Expectation;
use super::smoke::Smoke;
use super::{Target, backend_rules, files};
use crate::checks::{self, Check};
use crate::statements::{self, Applies, Statement};
use crate::{Vector, missing, vector};

/// Recordings that pin a statement although they do not name it.
const FURTHER: &[(u16, &[&str])] = &[
    (1, &["q01"]),
    (2, &["q01", "q12"]),
    (3, &["q06"]),
    (4, &["q06"]),
    (5, &["q09", "q13"]),
    (6, &["q01", "q06"]),
    (9, &["q06"]),
    (10, &["q06"]),
    (11, &["q19"]),
    (13, &["q06"]),
    (18, &["q06", "q18"]),
    (20, &["q05", "q07"]),
    (22, &["q20"]),
    (23, &["q01"]),
    (25, &["c23"]),
    (26, &["q16"]),
    (31, &["k07"]),
    (33, &["q06"]),
    (34, &["q06"]),
    (40, &["q10"]),
    (43, &["q01", "c10"]),
    (44, &["k01"]),
    (85, &["r11"]),
    (89, &["d05"]),
    (102, &["c18", "c0m1"]),
    (103, &["c18", "c10"]),
    (115, &["d09"]),
    (125, &["k05"]),
    (141, &["k04"]),
    (143, &["k07"]),
    (163, &["k20"]),
    (170, &["q01", "q02", "t01"]),
    (183, &["t01"]),
];

/// The same order however tasklets are suspended: every recording says so.
const SAME_ORDER: u16 = 230;

/// Recordings of a statement.
fn recordings<'v>(statement: &Statement, core: &'v [Vector]) -> Vec<&'v Vector> {
    let id = format!("C{:03}", statement.number);
    let further = FURTHER.iter().find(|(number, _)| *number == statement.number);
    let further = further.map_or(&[][..], |(_, ids)| ids);
    let pins = |vector: &&Vector| {
        statement.number == SAME_ORDER
            || vector.covers.contains(&id)
            || further.contains(&vector.id.as_str())
    };
    core.iter().filter(pins).collect()
}

/// Capabilities that the direct checks of a statement need and the backend does not declare.
fn lacking(number: u16, offered: Capabilities) -> Vec<&'static str> {
    let throws = matches!(number, 20 | 124 | 125 | 140..=152 | 161 | 163..=165 | 181 | 182 | 240);
    let closes = matches!(number, 113..=115 | 117..=123 | 175 | 181 | 258);
    let deadlocks = matches!(number, 28 | 80..=84 | 87 | 89 | 181);
    let needs = [
        (true, offered.order_exact, "order_exact"),
        (true, offered.control, "control"),
        (throws, offered.throw, "throw"),
        (closes, offered.close, "close"),
        (deadlocks, offered.deadlock, "deadlock"),
        // Only who blocks in plain functions can call a channel in a callback.
        (number == 177, offered.blocking, "blocking"),
    ];
    needs.into_iter().filter(|(needed, has, _)| *needed && !has).map(|(.., name)| name).collect()
}

/// A trial per statement that is pinned by a recording or has a direct check.
pub(super) fn trials<B: Backend>(target: Target, smoke: &Smoke) -> Vec<Trial> {
    // A malformed file is reported by the trial of that file.
    let core = vector::core().unwrap_or_default();
    let checks = checks::all::<B>();
    let tried = |statement: &&Statement| statement.applies != Applies::No;
    let make = |statement: &Statement| {
        let pinned = recordings(statement, &core);
        let direct = checks.iter().filter(|(number, _)| *number == statement.number);
        let direct: Vec<Check> = direct.map(|(_, check)| *check).collect();
        (!pinned.is_empty() || !direct.is_empty())
            .then(|| trial::<B>(*statement, &pinned, direct, target, smoke))
    };
    statements::ALL.iter().filter(tried).filter_map(make).collect()
}

/// A trial per statement about pickles, for backends that make them.
pub(super) fn portable_trials<B: Portable>(target: Target, smoke: &Smoke) -> Vec<Trial> {
    let checks = checks::portable::<B>();
    let make = |(number, check): (u16, Check)| {
        let statement = statements::ALL.iter().find(|statement| statement.number == number)?;
        Some(trial::<B>(*statement, &[], vec![check], target, smoke))
    };
    checks.into_iter().filter_map(make).collect()
}

/// The trials about pickles of a backend that makes none.
pub(super) fn without_pickles() -> Vec<Trial> {
    let reason = "unsupported: portable";
    let make = |number: &u16| {
        Trial::test(name(*number), move || Err(reason.into()))
            .with_kind(reason)
            .with_ignored_flag(true)
    };
    checks::PORTABLE.iter().map(make).collect()
}

fn name(number: u16) -> String {
    format!("statements::C{number:03}")
}

fn trial<B: Backend>(
    statement: Statement,
    pinned: &[&Vector],
    direct: Vec<Check>,
    target: Target,
    smoke: &Smoke,
) -> Trial {
    let name = name(statement.number);
    let mut reasons = lacking(statement.number, B::CAPABILITIES);
    let mut recordings: Vec<(Vector, Expectation)> = Vec::new();
    for vector in pinned {
        let expectation = Expectation::of(vector, backend_rules::<B>());
        reasons.extend(missing(&vector.program, &expectation.trace, B::CAPABILITIES));
        recordings.push(((*vector).clone(), expectation));
    }
    if !reasons.is_empty() {
        reasons.sort_unstable();
        reasons.dedup();
        return super::unsupported(name, &reasons);
    }
    let smoke = smoke.clone();
    Trial::test(name.clone(), move || {
        smoke.gate::<B>(target)?;
        let replay = target.replay(&name);
        for check in direct {
            check().map_err(|error| failure(statement, &error, &replay))?;
        }
        for (vector, expectation) in &recordings {
            let name = format!("{name}, recording {}", vector.id);
            files::check::<B>(&name, vector, expectation, &replay)?;
        }
        Ok(())
    })
}

fn failure(statement: Statement, error: &switchback::Error, replay: &str) -> Failed {
    let Statement { number, sentence, .. } = statement;
    format!("must hold\n  C{number:03}  {sentence}\n\nfound\n  {error}\n\nreplay\n  {replay}")
        .into()
}

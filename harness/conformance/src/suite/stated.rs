//! The cases of numbered statements: recordings that pin one, and its direct checks.

use switchback::{Backend, Capabilities, Portable};

use super::expectation::Expectation;
use super::{Pick, Subject, files};
use crate::checks::{self, Check};
use crate::statements::{self, Applies, Statement};
use crate::{Case, Failure, Vector, group, missing, vector};

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
pub(super) fn lacking(number: u16, offered: Capabilities) -> Vec<&'static str> {
    let has = [
        ("order_exact", offered.order_exact),
        ("control", offered.control),
        ("throw", offered.throw),
        ("close", offered.close),
        ("deadlock", offered.deadlock),
        ("blocking", offered.blocking),
    ];
    has.into_iter()
        .filter(|(name, has)| !has && needs(number, name))
        .map(|(name, _)| name)
        .collect()
}

/// Whether the direct checks of a statement need that capability.
pub(super) fn needs(number: u16, capability: &str) -> bool {
    match capability {
        "order_exact" | "control" => true,
        "throw" => {
            matches!(number, 20 | 124 | 125 | 140..=152 | 161 | 163..=165 | 181 | 182 | 240)
        }
        "close" => matches!(number, 113..=115 | 117..=123 | 175 | 181 | 258),
        "deadlock" => matches!(number, 28 | 80..=84 | 87 | 89 | 181),
        // Only a backend that blocks in plain functions can call a channel in a callback.
        "blocking" => number == 177,
        _ => false,
    }
}

/// A case per statement that is pinned by a recording or has a direct check.
pub(super) fn cases<B: Backend>(pick: Pick<'_>) -> Vec<Case> {
    if pick.is_some_and(|id| !id.starts_with(PREFIX)) {
        return Vec::new();
    }
    // A test of this crate reads the file.
    let core = vector::core().unwrap_or_default();
    let checks = checks::all::<B>();
    let asked = |number: u16| pick.is_none_or(|id| id == format!("{PREFIX}C{number:03}"));
    let tried =
        |statement: &&Statement| statement.applies != Applies::No && asked(statement.number);
    let make = |statement: &Statement| {
        let pinned = recordings(statement, &core);
        let direct = checks.iter().filter(|(number, _)| *number == statement.number);
        let direct: Vec<Check> = direct.map(|(_, check)| *check).collect();
        (!pinned.is_empty() || !direct.is_empty()).then(|| case::<B>(*statement, &pinned, direct))
    };
    statements::ALL.iter().filter(tried).filter_map(make).collect()
}

/// A case per statement about pickles, for backends that make them.
pub(super) fn portable<B: Portable>() -> Vec<Case> {
    let checks = checks::portable::<B>();
    let make = |(number, check): (u16, Check)| {
        let statement = statements::ALL.iter().find(|statement| statement.number == number)?;
        Some(case::<B>(*statement, &[], vec![check]))
    };
    checks.into_iter().filter_map(make).collect()
}

/// The cases about pickles of a backend that makes none.
pub(super) fn without_pickles() -> Vec<Case> {
    let make = |number: &u16| {
        let never = || Err("there are no pickles".into());
        named(*number, never).lacks(["portable"])
    };
    checks::PORTABLE.iter().map(make).collect()
}

const PREFIX: &str = "statements::";

fn named(number: u16, body: impl Fn() -> Result<(), Failure> + Send + Sync + 'static) -> Case {
    let id = format!("C{number:03}");
    Case::new(format!("{PREFIX}{id}"), group::of_statement(number), [id], body)
}

fn case<B: Backend>(statement: Statement, pinned: &[&Vector], direct: Vec<Check>) -> Case {
    let subject = Subject::of::<B>();
    let mut reasons = lacking(statement.number, B::CAPABILITIES);
    let mut recordings: Vec<(Vector, Expectation)> = Vec::new();
    for vector in pinned {
        let expectation = Expectation::of(vector, subject.rules);
        reasons.extend(missing(&vector.program, &expectation.trace, B::CAPABILITIES));
        recordings.push(((*vector).clone(), expectation));
    }
    reasons.sort_unstable();
    let made = named(statement.number, move || {
        for check in &direct {
            check().map_err(|error| failure(statement, &error))?;
        }
        for (vector, expectation) in &recordings {
            let name = format!("{PREFIX}C{:03}, recording {}", statement.number, vector.id);
            files::check(&subject, &name, vector, expectation)?;
        }
        Ok(())
    })
    .lacks(reasons);
    // These try handles after the end of their run.
    let after = matches!(statement.number, 126 | 205 | 211..=214);
    if after { made.keeps_handles() } else { made }
}

fn failure(statement: Statement, error: &switchback::Error) -> String {
    let Statement { number, sentence, .. } = statement;
    format!("must hold\n  C{number:03}  {sentence}\n\nfound\n  {error}")
}

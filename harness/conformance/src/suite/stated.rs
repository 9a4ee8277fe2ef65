//! The cases of numbered statements: recordings that pin one, and its direct checks.

use switchback::{Backend, Portable};

use super::expectation::Expectation;
use super::files::{self, Pick};
use crate::statements::{self, Applies, Check, Pins, Statement};
use crate::{Case, Failure, Subject, Vector, missing, vector};

/// Whether a recording pins a statement.
fn pins(vector: &Vector, statement: &Statement) -> bool {
    let named = || vector.covers.iter().any(|id| id == statement.id);
    match statement.pins {
        Pins::All => true,
        Pins::Of(further) => further.contains(&vector.id.as_str()) || named(),
    }
}

/// A case per statement that is pinned by a recording or has a direct check.
pub(super) fn cases<B: Backend>(pick: Pick<'_>) -> Vec<Case> {
    if pick.is_some_and(|id| !id.starts_with(PREFIX)) {
        return Vec::new();
    }
    // A test of this crate reads the file.
    let core = vector::core().unwrap_or_default();
    let asked = |statement: &Statement| pick.is_none_or(|id| id == name(statement));
    let rows = statements::rows::<B>().into_iter();
    let tried = rows.filter(|(statement, _)| statement.applies != Applies::No && asked(statement));
    let made = tried.filter_map(|(statement, direct)| {
        let pinned: Vec<&Vector> = core.iter().filter(|vector| pins(vector, statement)).collect();
        let tried = !pinned.is_empty() || !direct.is_empty();
        tried.then(|| case::<B>(statement, &pinned, direct))
    });
    made.collect()
}

/// A case per statement about pickles, for backends that make them.
pub(super) fn portable<B: Portable>() -> Vec<Case> {
    let rows = statements::portable::<B>().into_iter().filter(|(statement, _)| statement.pickles);
    rows.map(|(statement, direct)| case::<B>(statement, &[], direct)).collect()
}

/// The cases about pickles of a backend that makes none.
pub(super) fn without_pickles() -> Vec<Case> {
    let about = statements::all().filter(|statement| statement.pickles);
    let make = |statement| {
        let never = || Err("there are no pickles".into());
        named(statement, never).lacks(["portable"])
    };
    about.map(make).collect()
}

const PREFIX: &str = "statements::";

fn name(statement: &Statement) -> String {
    format!("{PREFIX}{}", statement.id)
}

fn named(
    statement: &Statement,
    body: impl Fn() -> Result<(), Failure> + Send + Sync + 'static,
) -> Case {
    Case::new(name(statement), statement.group, [statement.id], body)
}

fn case<B: Backend>(statement: &'static Statement, pinned: &[&Vector], direct: Vec<Check>) -> Case {
    let subject = Subject::of::<B>();
    let mut reasons: Vec<&str> = statement.lacks(B::CAPABILITIES).collect();
    let mut recordings: Vec<(Vector, Expectation)> = Vec::new();
    for vector in pinned {
        let expectation = Expectation::of(vector, subject.rules);
        reasons.extend(missing(&vector.program, &expectation.trace, B::CAPABILITIES));
        recordings.push(((*vector).clone(), expectation));
    }
    reasons.sort_unstable();
    let made = named(statement, move || {
        for check in &direct {
            check().map_err(|error| failure(statement, &error))?;
        }
        for (vector, expectation) in &recordings {
            let name = format!("{}, recording {}", name(statement), vector.id);
            files::check(&subject, &name, vector, expectation)?;
        }
        Ok(())
    })
    .lacks(reasons);
    if statement.keeps_handles { made.keeps_handles() } else { made }
}

fn failure(statement: &Statement, error: &switchback::Error) -> String {
    let Statement { id, sentence, .. } = statement;
    format!("must hold\n  {id}  {sentence}\n\nfound\n  {error}")
}

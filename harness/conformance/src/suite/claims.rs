//! Whether a backend can do what it declares, and declares what it can do.
//!
//! Declared: what shows the capability must hold. Not declared: if all that shows it holds, the
//! declaration is wrong too, which is an unexpected pass. An operation that is not offered must
//! say so by [`Kind::Unsupported`], and nothing else.

mod parallel;
mod refusals;

use std::time::Duration;

use switchback::{Backend, Blocking, Capabilities, Channel, Error, tasklet};

use super::stated;
use crate::checks::{self, Check};
use crate::{Case, Failure, Verdict, group};

/// Limit of what may hang because the backend does not claim to notice.
const HANGS: Duration = Duration::from_secs(3);

/// The cases about capabilities that are no traits.
pub(super) fn cases<B: Backend>() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        ("order_exact", grant(|c| c.order_exact = true)),
        ("control", grant(|c| c.control = true)),
        ("throw", grant(|c| c.throw = true)),
        ("close", grant(|c| c.close = true)),
        ("deadlock", grant(|c| c.deadlock = true)),
    ]
    .into_iter()
    .map(|(name, grant)| checked::<B>(name, grant))
    .collect();
    cases.push(parallel::case::<B>());
    cases.push(refusals::case::<B>());
    cases
}

type Grant = fn(&mut Capabilities);

fn grant(grant: Grant) -> Grant {
    grant
}

fn named(name: &str, body: impl Fn() -> Result<(), Failure> + Send + Sync + 'static) -> Case {
    Case::new(format!("claims::{name}"), group::CLAIMS, [] as [&str; 0], body)
}

fn works_undeclared(name: &str) -> Failure {
    Failure {
        text: format!(
            "works although it is not declared: {name}\n\nnext step\n  declare `{name}` in \
             Backend::CAPABILITIES, so that it is tried in full"
        ),
        verdict: Some(Verdict::UnexpectedPass),
        ..Failure::default()
    }
}

/// The case of a capability that direct checks show, those that need nothing else undeclared.
fn checked<B: Backend>(name: &'static str, grant: Grant) -> Case {
    let with = |on: bool| {
        let mut capabilities = B::CAPABILITIES;
        if on {
            grant(&mut capabilities);
        }
        capabilities
    };
    let declared = with(true) == B::CAPABILITIES;
    let needs = |number: u16| stated::needs(number, name);
    let rest = |number: u16| stated::lacking(number, with(true)).is_empty();
    let mut shows: Vec<(u16, Check)> = checks::all::<B>();
    shows.retain(|(number, _)| needs(*number) && rest(*number));
    let case = named(name, move || {
        let failed = shows.iter().find_map(|(number, check)| Some((number, check().err()?)));
        match (declared, failed) {
            (true, Some((number, error))) => Err(format!(
                "declared, but does not work: {name}\n\nfound\n  C{number:03}: {error}"
            )
            .into()),
            (false, None) if !shows.is_empty() => Err(works_undeclared(name)),
            _ => Ok(()),
        }
    });
    // Among the checks are those of handles that outlive their run.
    let case = case.keeps_handles();
    if declared { case } else { case.limit(HANGS).hang_is_no_failure() }
}

/// The case of pickles. Whether they work is shown by the cases about them.
pub(super) fn portable<B: Backend>(implemented: bool) -> Case {
    named("portable", move || {
        by_trait("portable", B::CAPABILITIES.portable, implemented, "Portable")
    })
}

/// The case of a backend that blocks in plain functions.
pub(super) fn blocks<B: Blocking>() -> Case {
    named("blocking", || {
        let received = B::run(calls_plainly::<B>());
        match (B::CAPABILITIES.blocking, received) {
            (true, Ok(7)) => Ok(()),
            (true, other) => Err(format!(
                "declared, but does not work: blocking\n\nfound\n  a plain function sends 7 by \
                 Blocking::wait, main receives {other:?}"
            )
            .into()),
            (false, Ok(7)) => Err(works_undeclared("blocking")),
            (false, _) => Ok(()),
        }
    })
}

/// The case of one that does not.
pub(super) fn blocks_not<B: Backend>() -> Case {
    named("blocking", || by_trait("blocking", B::CAPABILITIES.blocking, false, "Blocking"))
}

fn by_trait(name: &str, declared: bool, implemented: bool, wanted: &str) -> Result<(), Failure> {
    match (declared, implemented) {
        (true, false) => Err(format!(
            "declared, but there is nothing of it: {name}\n\nnext step\n  implement the trait \
             switchback::{wanted}, or declare `{name}: false`"
        )
        .into()),
        (false, true) => Err(works_undeclared(name)),
        _ => Ok(()),
    }
}

/// Receives what a tasklet sends in a plain function.
#[tasklet]
async fn calls_plainly<B: Blocking>() -> Result<u64, Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(plain_sender(channel.clone()));
    let value: u64 = channel.receive().await?;
    Ok(value)
}

#[tasklet]
async fn plain_sender<B: Blocking>(channel: B::Channel<u64>) -> Result<(), Error> {
    plainly::<B>(&channel)
}

fn plainly<B: Blocking>(channel: &B::Channel<u64>) -> Result<(), Error> {
    B::wait(channel.send(7))
}

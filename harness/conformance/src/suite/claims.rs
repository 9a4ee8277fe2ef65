//! Whether a backend can do what it declares, and declares what it can do.
//!
//! Declared: what shows the capability must hold. Not declared: if all that shows it holds, the
//! declaration is wrong too, which is an unexpected pass. An operation that is not offered must
//! say so by [`Kind::Unsupported`], and nothing else.

mod claim;
mod parallel;
mod refusals;

use std::time::Duration;

use switchback::{Backend, Blocking, Capabilities, Channel, Error, tasklet};

use crate::needs::Need;
use crate::{Case, Failure, statements};
use claim::{named, works_undeclared};

/// Limit of what may hang because the backend does not claim to notice.
const HANGS: Duration = Duration::from_secs(3);

/// The cases about capabilities that are no traits.
pub(super) fn cases<B: Backend>() -> Vec<Case> {
    let mut cases: Vec<Case> = [
        (Need::OrderExact, Capabilities { order_exact: true, ..B::CAPABILITIES }),
        (Need::Control, Capabilities { control: true, ..B::CAPABILITIES }),
        (Need::Throw, Capabilities { throw: true, ..B::CAPABILITIES }),
        (Need::Close, Capabilities { close: true, ..B::CAPABILITIES }),
        (Need::Deadlock, Capabilities { deadlock: true, ..B::CAPABILITIES }),
    ]
    .into_iter()
    .map(|(need, with)| checked::<B>(need, with))
    .collect();
    cases.push(parallel::case::<B>());
    cases.push(refusals::case::<B>());
    cases
}

/// The case of a capability that direct checks show, those that need nothing else undeclared.
/// `with`: what is declared, and the capability.
fn checked<B: Backend>(capability: Need, with: Capabilities) -> Case {
    let (declared, name) = capability.offered(B::CAPABILITIES);
    let mut shows = statements::rows::<B>();
    shows.retain(|(statement, checks)| {
        !checks.is_empty() && statement.needs(capability) && statement.lacks(with).next().is_none()
    });
    let case = named(name, move || {
        let mut checks =
            shows.iter().flat_map(|(of, checks)| checks.iter().map(|check| (of.id, check)));
        let failed = checks.find_map(|(id, check)| Some((id, check().err()?)));
        match (declared, failed) {
            (true, Some((id, error))) => {
                Err(format!("declared, but does not work: {name}\n\nfound\n  {id}: {error}").into())
            }
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

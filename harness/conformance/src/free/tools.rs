//! What the cases share: assertions that name their statement, seeds, recorded operations.

use switchback::{Backend, Channel, Error, Kind, Tasklet, message, tasklet};

use super::history::{Act, Item, Lane, error};
use super::rules::Violation;
use super::statements::sentence;
use crate::case::{Case, Failure, group};
use crate::needs::Need;
use crate::variables::{SEED, number};

/// A case of backend `B`. `name` begins with the statement; `also`: further ones it shows.
pub(super) fn case<B: Backend>(
    name: &str,
    also: &[&str],
    needs: &[Need],
    body: impl Fn() -> Result<(), Failure> + Send + Sync + 'static,
) -> Case {
    let statement = name.split('_').next().unwrap_or_default();
    let statements = std::iter::once(&statement).chain(also).copied();
    let case = Case::new(format!("free::{name}"), group::FREE, statements, body);
    case.needing(needs, B::CAPABILITIES)
}

/// Runs a case once per seed: a few that never change, or the one in [`SEED`].
pub(super) fn each_seed(
    seeds: u64,
    run: impl Fn(u64) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let only = number(SEED)?;
    for seed in only.map_or(0..seeds, |seed| seed..seed.saturating_add(1)) {
        run(seed).map_err(|failure| Failure {
            text: format!("{}\nseed {seed}", failure.text),
            replay: vec![(SEED.to_owned(), seed.to_string())],
            ..failure
        })?;
    }
    Ok(())
}

/// Runs `main`; an error that [`hold`] made is the violation it names, any other one is of
/// `statement`.
pub(super) fn run<B: Backend, K: Tasklet<B>>(
    statement: &'static str,
    main: K,
) -> Result<K::Return, Failure> {
    B::run(main).map_err(|error| {
        if sentence(error.name()).is_empty() {
            refusal(statement, &format!("the program fails: {error}"))
        } else {
            refusal(error.name(), error.detail())
        }
    })
}

/// The text of a statement that does not hold.
pub(super) fn refusal(statement: &str, found: &str) -> Failure {
    format!("must hold\n  {statement}  {}\n\nfound\n  {found}", sentence(statement)).into()
}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Self {
        refusal(violation.statement, &violation.found)
    }
}

/// Fails in the name of a statement unless the condition holds.
pub(super) fn hold(statement: &str, what: &str, holds: bool) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::new(statement, what)) }
}

/// Fails in the name of a statement unless both are equal.
pub(super) fn same<T: PartialEq + std::fmt::Debug>(
    statement: &str,
    what: &str,
    actual: T,
    expected: T,
) -> Result<(), Error> {
    let differ = || Error::new(statement, format!("{what}: {actual:?} instead of {expected:?}"));
    if actual == expected { Ok(()) } else { Err(differ()) }
}

/// Fails in the name of a statement unless the operation was refused with one of the kinds.
pub(super) fn refused<T>(
    statement: &str,
    what: &str,
    result: Result<T, Error>,
    kinds: &[Kind],
) -> Result<(), Error> {
    let wrong = |found: String| Error::new(statement, format!("{what}: {found}, not {kinds:?}"));
    match result {
        Ok(_) => Err(wrong("done".to_owned())),
        Err(error) if kinds.contains(&error.kind()) => Ok(()),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// Numbers that look random and follow from a seed (splitmix64).
#[message]
#[derive(Copy, Debug)]
pub struct Random(pub u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A number in which every bit depends on every bit of the given one.
pub(super) fn mix(number: u64) -> u64 {
    let z = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A channel with its number in the history.
pub(super) type Pipe<B> = (u32, <B as Backend>::Channel<u64>);

/// Channels with the numbers 0, 1, ...
pub(super) fn pipes<B: Backend>(count: u32) -> Vec<Pipe<B>> {
    (0..count).map(|number| (number, B::channel())).collect()
}

/// Sends an item as step number `step` of this lane.
#[tasklet]
pub(super) async fn put<B: Backend>(
    lane: Lane,
    step: u64,
    pipe: Pipe<B>,
    number: u64,
) -> Result<(), Error> {
    lane.begin(step, pipe.0, Act::Send(Item { number, error: false }));
    let result: Result<(), Error> = pipe.1.send(number).await;
    lane.sent(&result);
    result
}

/// Sends an item as an error.
#[tasklet]
pub(super) async fn put_error<B: Backend>(
    lane: Lane,
    step: u64,
    pipe: Pipe<B>,
    number: u64,
) -> Result<(), Error> {
    lane.begin(step, pipe.0, Act::Send(Item { number, error: true }));
    let result: Result<(), Error> = pipe.1.send_error(error(number)).await;
    lane.sent(&result);
    result
}

/// Receives an item.
#[tasklet]
pub(super) async fn take<B: Backend>(lane: Lane, step: u64, pipe: Pipe<B>) -> Result<u64, Error> {
    lane.begin(step, pipe.0, Act::Receive);
    let result: Result<u64, Error> = pipe.1.receive().await;
    lane.took(&result);
    result
}

/// Yields now and then, as chance has it.
#[tasklet]
pub(super) async fn dawdle<B: Backend>(chance: u64) -> Result<(), Error> {
    if chance.is_multiple_of(4) {
        B::schedule().await?;
    }
    Ok(())
}

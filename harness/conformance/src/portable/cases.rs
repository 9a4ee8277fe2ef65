//! Recorded and random programs on journeys, as cases of the suite.

use std::cell::RefCell;
use std::time::Duration;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use switchback::Portable;

use super::program::{Moved, judge};
use super::{Points, Way};
use crate::variables::{CASES, number};
use crate::{Case, Failure, Program, generate, group, vector};

/// The ways, with their names in cases.
const WAYS: [(Way, &str); 4] = [
    (Way::Straight, "straight"),
    (Way::Bytes, "bytes"),
    (Way::Fork, "fork"),
    (Way::Beside, "beside"),
];

/// Random programs in a case.
pub const PROGRAMS: u32 = 100;
/// Seed of the random programs; the same ones in each way.
const SEED: u8 = 7;
/// A whole file of recordings, in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// What many journeys showed together.
#[derive(Debug, Default)]
pub struct Tally {
    /// Programs that were moved.
    pub programs: u64,
    /// Programs that the model has no trace for.
    pub undefined: u64,
    /// All points of all journeys.
    pub points: Points,
}

impl Tally {
    fn judge<B: Portable>(
        &mut self,
        name: &str,
        program: &Program,
        way: Way,
    ) -> Result<(), String> {
        match judge::<B>(name, program, way) {
            Moved::Same(travelled) => {
                self.programs += 1;
                self.points.add(travelled.points);
                Ok(())
            }
            Moved::Undefined => {
                self.undefined += 1;
                Ok(())
            }
            Moved::Different(text) => Err(text),
        }
    }

    /// Nothing was shown unless most programs were moved, at more than one point each.
    fn check(self, way: Way) -> Result<Self, String> {
        let moved = way == Way::Straight || self.points.moved > self.programs;
        if moved && self.programs > self.undefined {
            return Ok(self);
        }
        Err(format!("too little was moved to show anything: {self:?}"))
    }
}

/// Moves every recorded program in a way.
///
/// # Errors
/// The first program that does something else than the model, explained.
pub fn recordings<B: Portable>(way: Way) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for file in [vector::core(), vector::fuzz()] {
        for vector in file.map_err(|malformed| malformed.to_string())? {
            tally.judge::<B>(&vector.id, &vector.program, way)?;
        }
    }
    tally.check(way)
}

/// Moves random programs in a way.
///
/// # Errors
/// The smallest program found that does something else than the model, explained.
pub fn random<B: Portable>(way: Way, cases: u32) -> Result<Tally, String> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[SEED; 32]);
    let tally = RefCell::new(Tally::default());
    let result = TestRunner::new_with_rng(config, rng).run(&generate::programs(), |program| {
        let judged = tally.borrow_mut().judge::<B>("random program", &program, way);
        judged.map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => tally.into_inner().check(way),
        Err(TestError::Fail(reason, _)) => Err(reason.message().to_owned()),
        Err(other) => Err(other.to_string()),
    }
}

/// The cases of a backend that makes pickles.
pub(crate) fn cases<B: Portable>() -> Vec<Case> {
    let make = |(way, name): (Way, &str)| {
        let case = |what: &str, body: fn(Way) -> Result<Tally, String>| {
            let statements = ["C072", "C251", "C252", "C254", "C255", "C258"];
            Case::new(format!("portable::{name}::{what}"), group::PICKLES, statements, move || {
                body(way).map(drop).map_err(Failure::from)
            })
            .limit(LIMIT)
        };
        let asked = |way| {
            let cases = number(CASES)?.map_or(Ok(PROGRAMS), u32::try_from);
            random::<B>(way, cases.map_err(|_| format!("{CASES} is above {}", u32::MAX))?)
        };
        [case("recordings", recordings::<B>), case("random", asked)]
    };
    WAYS.into_iter().flat_map(make).collect()
}

//! The case of random programs, judged by the model.

use std::cell::Cell;
use std::time::Duration;

use proptest::strategy::Strategy as _;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use switchback::Kind;

use super::protocol::{self, Event as Said};
use crate::differ::Comparison;
use crate::variables::{CASES, SEED, number};
use crate::{Case, Event, Failure, Op, Program, Subject, generate, group, missing};

const NAME: &str = "random::programs";
/// Limit for all programs together.
const LIMIT: Duration = Duration::from_secs(120);

/// The case of random programs.
pub(super) fn programs(subject: &Subject) -> Case {
    // Stands for all programs: one with an op of every capability.
    let every = Program {
        main: vec![Op::Kill { tasklet: "main".to_owned() }, Op::Close { channel: "c".to_owned() }],
        ..Program::default()
    };
    let deadlock = [Event::Exit { error: Kind::Deadlock.text().to_owned() }];
    let lacking = missing(&every, &deadlock, subject.capabilities);
    let subject = subject.clone();
    Case::new(NAME, group::RANDOM, [] as [&str; 0], move || {
        let cases = number(CASES)?.unwrap_or(256);
        let first = number(SEED)?.unwrap_or(0);
        (0..cases).try_for_each(|i| program(&subject, first.wrapping_add(i)))
    })
    .lacks(lacking)
    .limit(LIMIT)
}

/// Tries the program of a seed; one that fails is shrunk first.
fn program(subject: &Subject, seed: u64) -> Result<(), Failure> {
    let set = |name: &str, value: u64| (name.to_owned(), value.to_string());
    let replay = vec![set(SEED, seed), set(CASES, 1)];
    // If the backend does not come back, this is how to do it again.
    protocol::say(&Said::Replay(replay.clone()));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tree = generate::programs().new_tree(&mut runner);
    let tree = tree.map_err(|reason| format!("no program for seed {seed}: {reason}"))?;
    // That of the smallest program that fails is the last one.
    let verdict = Cell::new(None);
    let tried = runner.run_one(tree, |program| {
        divergence(subject, &program).map_err(|failure| {
            verdict.set(failure.verdict);
            TestCaseError::fail(failure.text)
        })
    });
    let text = match tried {
        Ok(_) => return Ok(()),
        Err(TestError::Fail(reason, _)) => format!("seed {seed}, shrunk\n{}", reason.message()),
        Err(TestError::Abort(reason)) => format!("seed {seed}: {reason}"),
    };
    Err(Failure { text, replay, verdict: verdict.get(), ..Failure::default() })
}

/// How the backend departs from the model on a program; not at all if the model has no trace.
fn divergence(subject: &Subject, program: &Program) -> Result<(), Failure> {
    let Some(trace) = subject.model(program) else { return Ok(()) };
    subject.compare(&Comparison {
        name: NAME,
        about: "",
        covers: &[],
        program,
        expected: &trace,
        source: "model",
    })
}

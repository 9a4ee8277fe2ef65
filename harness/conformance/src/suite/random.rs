//! The trial of random programs, judged by the model.

use libtest_mimic::Trial;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use switchback::{Backend, Kind};

use super::smoke::Smoke;
use super::{BUDGET, CASES, Target, VECTORS, backend_rules, compare, trial};
use crate::differ::Case;
use crate::model::{self, Outcome};
use crate::{Event, Op, Program, Vector, generate};

/// The trial of random programs.
pub(super) fn programs<B: Backend>(target: Target, smoke: &Smoke) -> Trial {
    let name = "random::programs".to_owned();
    let smoke = smoke.clone();
    // Stands for all programs: one with an op of every capability.
    let every = Program {
        main: vec![Op::Kill { tasklet: "main".to_owned() }, Op::Close { channel: "c".to_owned() }],
        ..Program::default()
    };
    let deadlock = [Event::Exit { error: Kind::Deadlock.text().to_owned() }];
    trial::<B>(name, &every, &deadlock, move || {
        smoke.gate::<B>(target)?;
        let cases = std::env::var(CASES).ok().and_then(|n| n.parse().ok()).unwrap_or(256);
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let result = TestRunner::new(config).run(&generate::programs(), |program| {
            divergence::<B>(&program).map_or(Ok(()), |text| Err(TestCaseError::fail(text)))
        });
        match result {
            Ok(()) => Ok(()),
            Err(TestError::Fail(reason, _)) => Err(reason.message().into()),
            Err(other) => Err(other.to_string().into()),
        }
    })
}

/// How the backend departs from the model on a program; `None` too if the model has no trace.
fn divergence<B: Backend>(program: &Program) -> Option<String> {
    let Outcome::Complete(trace) = model::run(program, backend_rules::<B>(), BUDGET) else {
        return None;
    };
    let case = Case {
        name: "random::programs",
        about: "",
        covers: &[],
        program,
        expected: &trace,
        source: "model",
        replay: "",
    };
    let text = compare::<B>(&case)?;
    let line = Vector {
        id: "random".to_owned(),
        about: String::new(),
        covers: Vec::new(),
        tags: Vec::new(),
        program: program.clone(),
        trace,
    };
    Some(format!(
        "{text}\nreplay\n  save this line to a file and name it in {VECTORS}:\n{}\n",
        line.to_line()
    ))
}

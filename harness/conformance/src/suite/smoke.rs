//! The simplest program, tried before all others.

use std::sync::{Arc, OnceLock};

use libtest_mimic::{Failed, Trial};
use switchback::Backend;

use super::{BUDGET, Target, backend_rules, compare, trial};
use crate::differ::Case;
use crate::{Json, Op, Program, model};

/// Fails like the smoke program, so that a wrong adapter is not reported hundreds of times.
#[derive(Clone, Default)]
pub(super) struct Smoke(Arc<OnceLock<Option<String>>>);

impl Smoke {
    fn program() -> Program {
        let name = |name: &str| name.to_owned();
        let worker = vec![Op::Receive { channel: name("c") }, Op::Schedule { value: None }];
        Program {
            main: vec![
                Op::Spawn { tasklet: name("a"), body: name("worker") },
                Op::Schedule { value: None },
                Op::Send { channel: name("c"), value: Json::Int(1) },
                Op::RunOthers {},
                Op::Ring {},
            ],
            bodies: [(name("worker"), worker)].into(),
            schedule_callback: false,
            channel_callback: false,
        }
    }

    pub(super) fn trial<B: Backend>(&self, target: Target) -> Trial {
        let smoke = self.clone();
        trial::<B>("smoke".to_owned(), &Self::program(), &[], move || smoke.check::<B>(target))
    }

    /// The failure of the smoke program, worked out once.
    fn check<B: Backend>(&self, target: Target) -> Result<(), Failed> {
        let failure = self.0.get_or_init(|| {
            let program = Self::program();
            let expected = model::run(&program, backend_rules::<B>(), BUDGET).into_trace();
            let case = Case {
                name: "smoke",
                about: "the adapter of the backend is probably wrong: the simplest program fails",
                covers: &["C021".to_owned(), "C050".to_owned(), "C102".to_owned()],
                program: &program,
                expected: &expected.unwrap_or_default(),
                source: "model",
                replay: &target.replay("smoke"),
            };
            compare::<B>(&case)
        });
        failure.clone().map_or(Ok(()), |text| Err(text.into()))
    }

    pub(super) fn gate<B: Backend>(&self, target: Target) -> Result<(), Failed> {
        self.check::<B>(target).map_err(|_| "not tried: the trial `smoke` fails".into())
    }
}

//! What programs of the scenario language are run on: a backend, or a program in another language.
//!
//! ```text
//!   backend --interpret--+
//!                        +--> Subject --program--> events --> differ, or the rules without an order
//!   other process -------+
//! ```

use std::fmt;
use std::sync::Arc;

use switchback::{Backend, Capabilities};

use crate::differ::{Comparison, departure, explain};
use crate::model::{self, Rules};
use crate::watch::{self, Wanted};
use crate::{Event, Failure, Program, interpret};

/// Most events the model may need for a program; far more than any recording has.
const BUDGET: usize = 2000;
/// Events a backend may record beyond what is expected before it is cut off.
const SLACK: usize = 200;

/// Runs a program and gives its events, at most so many.
type Play = dyn Fn(&Program, usize) -> Result<Vec<Event>, Failure> + Send + Sync;

/// What programs of the scenario language are run on.
#[derive(Clone)]
pub struct Subject {
    /// What it claims.
    pub(crate) capabilities: Capabilities,
    /// What it must do where the reference and a backend differ.
    pub(crate) rules: Rules,
    play: Arc<Play>,
}

impl Subject {
    /// A backend.
    pub(crate) fn of<B: Backend>() -> Self {
        let play = |program: &Program, budget| Ok(interpret::run::<B>(program, budget));
        Self::new(B::CAPABILITIES, Rules::backend(B::CAPABILITIES.portable), play)
    }

    /// Something else that runs programs. An error of `play` is the failure of the case.
    #[must_use]
    pub fn new(
        capabilities: Capabilities,
        rules: Rules,
        play: impl Fn(&Program, usize) -> Result<Vec<Event>, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { capabilities, rules, play: Arc::new(play) }
    }

    /// Runs a program.
    ///
    /// # Errors
    /// Why there are no events.
    pub(crate) fn play(&self, program: &Program, budget: usize) -> Result<Vec<Event>, Failure> {
        (self.play)(program, budget)
    }

    /// The events that the model gives for a program.
    pub(crate) fn model(&self, program: &Program) -> Option<Vec<Event>> {
        model::run(program, self.rules, BUDGET).into_trace()
    }

    /// Runs a program and explains the difference, if there is one.
    pub(crate) fn compare(&self, wanted: &Comparison<'_>) -> Result<(), Failure> {
        watch::want(Some(Wanted {
            covers: wanted.covers.to_vec(),
            program: wanted.program.clone(),
            expected: wanted.expected.to_vec(),
        }));
        let actual = self.play(wanted.program, wanted.expected.len() + SLACK);
        watch::want(None);
        let actual = actual?;
        let Some(text) = explain(wanted, &actual) else { return Ok(()) };
        let sign = departure(wanted.expected, &actual);
        Err(Failure { text, sign, ..Failure::default() })
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("capabilities", &self.capabilities).finish_non_exhaustive()
    }
}

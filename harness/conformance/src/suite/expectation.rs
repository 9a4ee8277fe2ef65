//! What a backend must do with a recorded program.

use crate::model::{self, Quirks, Rules};
use crate::{Event, Vector};

/// Events the model may need beyond twice the recorded ones.
const ROOM: usize = 1000;

/// What a backend must do: the recording, or where our rules differ, the model.
pub(super) struct Expectation {
    pub(super) trace: Vec<Event>,
    /// The rules that make the difference.
    pub(super) changed_by: Vec<&'static str>,
}

impl Expectation {
    /// What a backend with these rules must do with a recording that is built in.
    ///
    /// Tests of this crate show that the rules change tagged recordings only.
    pub(super) fn of(vector: &Vector, rules: Rules) -> Self {
        if vector.tags.is_empty() { Self::recorded(vector) } else { Self::under(vector, rules) }
    }

    /// The recording as it is.
    fn recorded(vector: &Vector) -> Self {
        Self { trace: vector.trace.clone(), changed_by: Vec::new() }
    }

    /// The recording, or what the rules make of it.
    pub(super) fn under(vector: &Vector, rules: Rules) -> Self {
        let budget = 2 * vector.trace.len() + ROOM;
        let trace = |rules| model::run(&vector.program, rules, budget).into_trace();
        let changed = |rules| trace(rules).is_none_or(|trace| trace != vector.trace);
        let reference = Rules::REFERENCE;
        // A recording that the model does not reproduce is not for the model to correct.
        match trace(rules).filter(|trace| *trace != vector.trace) {
            Some(trace) if !changed(reference) => {
                let alone = [
                    (Rules { quirks: Quirks::Fixed, ..reference }, "fixed"),
                    (Rules { native_state: rules.native_state, ..reference }, "native"),
                    (Rules { typed_send: rules.typed_send, ..reference }, "typed"),
                ];
                let names = alone.into_iter().filter(|(rules, _)| changed(*rules));
                Self { trace, changed_by: names.map(|(_, name)| name).collect() }
            }
            _ => Self::recorded(vector),
        }
    }

    pub(super) fn source(&self) -> &'static str {
        if self.changed_by.is_empty() { "recorded" } else { "model" }
    }
}

//! What a backend must do with a recorded program.

use super::BUDGET;
use crate::model::{self, Quirks, Rules};
use crate::{Event, Op, Vector};

/// What a backend must do: the recording, or where our rules differ, the model.
pub(super) struct Expectation {
    pub(super) trace: Vec<Event>,
    /// The rules that make the difference.
    pub(super) changed_by: Vec<&'static str>,
}

impl Expectation {
    pub(super) fn new(vector: &Vector, rules: Rules) -> Self {
        let recorded = Self { trace: vector.trace.clone(), changed_by: Vec::new() };
        let touched = vector.program.all_ops().any(|op| {
            matches!(
                op,
                Op::Bind { .. }
                    | Op::Unbind { .. }
                    | Op::SetSlot { .. }
                    | Op::SendException { .. }
                    | Op::SendThrow { .. }
            )
        });
        if !touched && vector.tags.is_empty() {
            return recorded;
        }
        let under = |rules| model::run(&vector.program, rules, BUDGET).into_trace();
        let changed = |rules: Rules| under(rules).is_some_and(|trace| trace != vector.trace);
        let reference = Rules::REFERENCE;
        // A recording that the model does not reproduce is not for the model to correct.
        if changed(reference) || !changed(rules) {
            return recorded;
        }
        let alone = [
            (changed(Rules { quirks: Quirks::Fixed, ..reference }), "fixed"),
            (rules.native_state && changed(Rules { native_state: true, ..reference }), "native"),
            (rules.typed_send && changed(Rules { typed_send: true, ..reference }), "typed"),
        ];
        let changed_by = alone.into_iter().filter_map(|(by, name)| by.then_some(name)).collect();
        match under(rules) {
            Some(trace) => Self { trace, changed_by },
            None => recorded,
        }
    }

    pub(super) fn source(&self) -> &'static str {
        if self.changed_by.is_empty() { "recorded" } else { "model" }
    }
}

//! Which capabilities a program needs, and which of them a backend lacks.

use switchback::Capabilities;

use crate::{Event, Op, Program};

/// Names of the capabilities that running the program needs and the backend does not declare.
///
/// Reports of a deadlock are not visible in a program, so its trace is looked at too.
#[must_use]
pub fn missing(program: &Program, trace: &[Event], offered: Capabilities) -> Vec<&'static str> {
    let throws = program.all_ops().any(|op| {
        matches!(
            op,
            Op::Kill { .. }
                | Op::KillPending { .. }
                | Op::Throw { .. }
                | Op::ThrowPending { .. }
                | Op::RaiseException { .. }
        )
    });
    let closes = program.all_ops().any(|op| {
        matches!(
            op,
            Op::Close { .. }
                | Op::Open { .. }
                | Op::Closed { .. }
                | Op::Next { .. }
                | Op::Iterate { .. }
                | Op::SendException { .. }
                | Op::SendThrow { .. }
        )
    });
    let deadlocks = trace.iter().any(|event| match event {
        Event::Raised { error, .. } | Event::Exit { error } => is_deadlock(error),
        _ => false,
    });
    // Every program of the language looks at the order, and runs and slots are control.
    let needs = [
        (true, offered.order_exact, "order_exact"),
        (true, offered.control, "control"),
        (throws, offered.throw, "throw"),
        (closes, offered.close, "close"),
        (deadlocks, offered.deadlock, "deadlock"),
    ];
    needs.into_iter().filter(|(needed, has, _)| *needed && !has).map(|(.., name)| name).collect()
}

fn is_deadlock(error: &str) -> bool {
    use switchback::Kind;
    [Kind::Deadlock, Kind::MainReceiving, Kind::MainSending]
        .iter()
        .any(|kind| error.ends_with(kind.text()))
}

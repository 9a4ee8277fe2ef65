//! What is needed of a backend, and what of that one lacks.

use switchback::{Capabilities, Kind};

use crate::{Event, Op, Program};

/// What a case needs of a backend: a capability, or what several of them give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Blocking,
    Close,
    Control,
    Deadlock,
    Fifo,
    Kill,
    OrderExact,
    Portable,
    Rendezvous,
    Status,
    Throw,
}

impl Need {
    /// Whether it is offered, and its name.
    pub(crate) fn offered(self, by: Capabilities) -> (bool, &'static str) {
        match self {
            Self::Blocking => (by.blocking, "blocking"),
            Self::Close => (by.close, "close"),
            Self::Control => (by.control, "control"),
            Self::Deadlock => (by.deadlock, "deadlock"),
            Self::Fifo => (by.fifo || by.order_exact, "fifo"),
            Self::Kill => (by.kill || by.throw, "kill"),
            Self::OrderExact => (by.order_exact, "order_exact"),
            Self::Portable => (by.portable, "portable"),
            Self::Rendezvous => (by.buffer == 0, "rendezvous"),
            Self::Status => (by.status || by.control, "status"),
            Self::Throw => (by.throw, "throw"),
        }
    }

    /// Its name, if it is not offered.
    pub(crate) fn lacking(self, by: Capabilities) -> Option<&'static str> {
        let (offered, name) = self.offered(by);
        (!offered).then_some(name)
    }
}

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
        (true, Need::OrderExact),
        (true, Need::Control),
        (throws, Need::Throw),
        (closes, Need::Close),
        (deadlocks, Need::Deadlock),
    ];
    let needs = needs.into_iter().filter(|(needed, _)| *needed);
    needs.filter_map(|(_, need)| need.lacking(offered)).collect()
}

fn is_deadlock(error: &str) -> bool {
    [Kind::Deadlock, Kind::MainReceiving, Kind::MainSending]
        .iter()
        .any(|kind| error.ends_with(kind.text()))
}

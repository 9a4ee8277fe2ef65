//! Random programs over all ops, for comparing a backend with the model.
//!
//! Programs are finite: a body starts only bodies after it, and loops are short. What they do
//! beyond that is not tamed; the model says which ones have a defined trace.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{Json, Op, Program};

const BODIES: usize = 3;

/// Random programs.
pub fn programs() -> impl Strategy<Value = Program> {
    let bodies = (0..BODIES).map(|level| ops(level + 1, 2)).collect::<Vec<_>>();
    let flags = (any::<bool>(), any::<bool>());
    (vec(start(0), 1..4), vec(guarded(), 1..8), bodies, flags).prop_map(
        |(mut main, steps, bodies, (schedule_callback, channel_callback))| {
            main.extend(steps);
            // The tail drives what is left and shows it.
            let attempt = |op| Op::Try { body: vec![op], handler: Vec::new() };
            main.extend([attempt(Op::RunOthers {}), attempt(Op::RunOthers {}), Op::Ring {}]);
            let channels = ["c", "d"].map(|name| Op::Queue { channel: name.to_owned() });
            main.extend(channels);
            let bodies = bodies.into_iter().enumerate().map(|(i, ops)| (format!("b{i}"), ops));
            Program { main, bodies: bodies.collect(), schedule_callback, channel_callback }
        },
    )
}

/// An op of main, mostly inside a try, so that main lives long enough to see something.
fn guarded() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => vec(op(0, 1), 1..3).prop_map(|body| Op::Try { body, handler: Vec::new() }),
        1 => op(0, 2),
    ]
}

/// Ops of a body that may start the bodies from `first` on.
fn ops(first: usize, depth: u32) -> impl Strategy<Value = Vec<Op>> {
    vec(op(first, depth), 0..6)
}

fn op(first: usize, depth: u32) -> BoxedStrategy<Op> {
    let flat = prop_oneof![
        6 => scheduling(),
        6 => meeting(),
        3 => control(),
        3 => throwing(),
        3 => looking(),
        2 => setting(),
        if first < BODIES { 3 } else { 0 } => start(first.min(BODIES - 1)),
    ];
    if depth == 0 {
        return flat.boxed();
    }
    let inner = || vec(op(first, depth - 1), 0..4);
    prop_oneof![
        12 => flat,
        2 => (inner(), inner()).prop_map(|(body, handler)| Op::Try { body, handler }),
        1 => (inner(), inner()).prop_map(|(body, cleanup)| Op::Finally { body, cleanup }),
        1 => (0..4_u32, inner()).prop_map(|(times, body)| Op::Loop { times, body }),
        1 => (channel(), inner()).prop_map(|(channel, body)| Op::Iterate { channel, body }),
        1 => (op(first, depth - 1), any::<bool>(), 0..8_u8).prop_map(trapped),
    ]
    .boxed()
}

/// An op under a switch trap above or below zero, which is taken off again, mostly before its
/// tasklet ends.
fn trapped((op, below, lasts): (Op, bool, u8)) -> Op {
    let trap = |on| Op::SwitchTrap { delta: if on == below { -1 } else { 1 } };
    let cleanup = if lasts == 0 { Vec::new() } else { vec![trap(false)] };
    Op::Finally { body: vec![trap(true), op], cleanup }
}

fn names(pool: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(pool).prop_map(str::to_owned)
}

/// Tasklets; `zz` never exists.
fn tasklet() -> impl Strategy<Value = String> {
    prop_oneof![12 => worker(), 3 => Just("main".to_owned()), 1 => Just("zz".to_owned())]
}

fn worker() -> impl Strategy<Value = String> {
    names(&["t0", "t1", "t2", "t3"])
}

fn channel() -> impl Strategy<Value = String> {
    names(&["c", "c", "d"])
}

fn error() -> impl Strategy<Value = String> {
    names(&["E1", "E1", "E3", "TaskletExit", "StopIteration"])
}

fn value() -> impl Strategy<Value = Json> {
    prop_oneof![
        6 => (0..10_i64).prop_map(Json::Int),
        2 => Just(Json::Str("x".to_owned())),
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::Bool),
    ]
}

fn start(first: usize) -> impl Strategy<Value = Op> {
    let body = (first..BODIES).prop_map(|i| format!("b{i}"));
    (worker(), body, 0..10_u8).prop_map(|(tasklet, body, way)| match way {
        0 => Op::Unbound { tasklet, body },
        1 => Op::Bind { tasklet, body },
        2 | 3 => Op::New { tasklet, body },
        _ => Op::Spawn { tasklet, body },
    })
}

fn scheduling() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => prop::option::of(value()).prop_map(|value| Op::Schedule { value }),
        2 => prop::option::of(value()).prop_map(|value| Op::ScheduleRemove { value }),
        1 => Just(Op::RunOthers {}),
    ]
}

fn meeting() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (channel(), value()).prop_map(|(channel, value)| Op::Send { channel, value }),
        6 => channel().prop_map(|channel| Op::Receive { channel }),
        1 => (channel(), error())
            .prop_map(|(channel, error)| Op::SendException { channel, error }),
        1 => (channel(), error()).prop_map(|(channel, error)| Op::SendThrow { channel, error }),
        1 => (channel(), vec(value(), 0..3))
            .prop_map(|(channel, values)| Op::SendSequence { channel, values }),
        1 => channel().prop_map(|channel| Op::Next { channel }),
    ]
}

fn control() -> impl Strategy<Value = Op> {
    (tasklet(), 0..14_u8).prop_map(|(tasklet, way)| match way {
        0..3 => Op::Run { tasklet },
        3..5 => Op::Switch { tasklet },
        5..8 => Op::Insert { tasklet },
        8..10 => Op::Remove { tasklet },
        10 => Op::Setup { tasklet },
        11 => Op::Unbind { tasklet: "main".to_owned() },
        _ => Op::Unbind { tasklet },
    })
}

fn throwing() -> impl Strategy<Value = Op> {
    (tasklet(), error(), 0..6_u8).prop_map(|(tasklet, error, way)| match way {
        0 => Op::Kill { tasklet },
        1 => Op::KillPending { tasklet },
        2 => Op::Throw { tasklet, error },
        3 => Op::ThrowPending { tasklet, error },
        4 => Op::RaiseException { tasklet, error },
        _ => Op::Raise { error },
    })
}

fn looking() -> impl Strategy<Value = Op> {
    prop_oneof![
        tasklet().prop_map(|tasklet| Op::Status { tasklet }),
        tasklet().prop_map(|tasklet| Op::Slot { tasklet }),
        channel().prop_map(|channel| Op::Balance { channel }),
        channel().prop_map(|channel| Op::Closed { channel }),
        channel().prop_map(|channel| Op::Queue { channel }),
        value().prop_map(|value| Op::Log { value }),
        Just(Op::Ring {}),
        Just(Op::RunCount {}),
        Just(Op::Current {}),
        Just(Op::SwitchTrap { delta: 0 }),
        Just(Op::Return {}),
    ]
}

fn setting() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (channel(), -1..2_i32)
            .prop_map(|(channel, preference)| Op::Preference { channel, preference }),
        1 => (channel(), any::<bool>()).prop_map(|(channel, on)| Op::ScheduleAll { channel, on }),
        1 => channel().prop_map(|channel| Op::Close { channel }),
        1 => channel().prop_map(|channel| Op::Open { channel }),
        1 => any::<bool>().prop_map(|on| Op::BlockTrap { on }),
        1 => any::<bool>().prop_map(|on| Op::Handler { on }),
        2 => (tasklet(), value()).prop_map(|(tasklet, value)| Op::SetSlot { tasklet, value }),
    ]
}

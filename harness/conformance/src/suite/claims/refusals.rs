//! What a backend does not declare, it refuses: with [`Kind::Unsupported`], not by something else.

use switchback::{
    Backend, Capabilities, Channel, Control, Error, Kind, Preference, Value, tasklet,
};

use super::named;
use crate::suite::{SEED, number, protocol};
use crate::{Case, Failure};

/// A number of [`attempt`], the name of the operation, and whether it is a must.
type Optional = (u32, &'static str, fn(Capabilities) -> bool);

/// Optional operations by the capability that makes them a must.
const OPERATIONS: &[Optional] = &[
    (0, "schedule_value", |c| c.control),
    (1, "schedule_remove", |c| c.control),
    (2, "spawn_paused", |c| c.control),
    (3, "spawn_unbound", |c| c.control),
    (4, "bind", |c| c.control),
    (5, "run_queue", |c| c.control),
    (6, "switch_trap", |c| c.control),
    (7, "block_trap", |c| c.control),
    (8, "insert", |c| c.control),
    (9, "remove", |c| c.control),
    (10, "run of a tasklet", |c| c.control),
    (11, "switch", |c| c.control),
    (12, "setup", |c| c.control),
    (13, "unbind", |c| c.control),
    (14, "slot", |c| c.control),
    (15, "set_slot", |c| c.control),
    (16, "set_preference", |c| c.control),
    (17, "current", |c| c.control || c.status),
    (18, "main", |c| c.control || c.status),
    (19, "status", |c| c.control || c.status),
    (20, "balance", |c| c.control || c.status),
    (21, "throw", |c| c.throw),
    (22, "throw_pending", |c| c.throw),
    (23, "kill", |c| c.throw || c.kill),
    (24, "kill_pending", |c| c.throw || c.kill),
    (25, "close", |c| c.close),
    (26, "open", |c| c.close),
    (27, "is_closing", |c| c.close),
    (28, "send_error", |c| c.close),
];

/// Tries what is not declared, in an order that depends on the seed, each in a run of its own.
pub(super) fn case<B: Backend>() -> Case {
    named("refusals", || {
        let mut undeclared: Vec<_> =
            OPERATIONS.iter().filter(|(.., must)| !must(B::CAPABILITIES)).collect();
        shuffle(&mut undeclared, number(SEED)?.unwrap_or(0));
        let mut done = Vec::new();
        for (operation, name, _) in undeclared {
            match B::run(attempt::<B>(*operation)) {
                Ok(()) => done.push(*name),
                Err(error) if error.kind() == Kind::Unsupported => {}
                Err(error) => return Err(wrongly(name, &error)),
            }
        }
        if !done.is_empty() {
            done.sort_unstable();
            let done = done.join(", ");
            protocol::remark(format!("claims::refusals: not declared, done nevertheless: {done}"));
        }
        Ok(())
    })
}

fn wrongly(name: &str, error: &Error) -> Failure {
    let kind = error.kind();
    format!(
        "not declared, but not refused as unsupported: {name}\n\nfound\n  {kind:?}: {error}\n\n\
         next step\n  leave the default of the trait, which refuses with Kind::Unsupported, or \
         declare the capability"
    )
    .into()
}

/// Puts them in an order of the seed.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for i in (1..items.len()).rev() {
        // The generator of Knuth's MMIX; its upper bits are the good ones.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = usize::try_from(state >> 33).unwrap_or(0);
        items.swap(i, random % (i + 1));
    }
}

/// Waits for a value that does not come.
#[tasklet]
async fn waits<B: Backend>(channel: B::Channel<u64>) -> Result<(), Error> {
    let _value: Result<u64, Error> = channel.receive().await;
    Ok(())
}

#[tasklet]
async fn nothing<B: Backend>() -> Result<(), Error> {
    Ok(())
}

/// Tries one operation on a tasklet that waits or on its channel.
#[tasklet]
async fn attempt<B: Backend>(operation: u32) -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let other: B::Handle = B::spawn(waits(channel.clone()));
    match operation {
        0 => B::schedule_value(Value::Empty).await.map(drop),
        1 => B::schedule_remove(Value::Empty).await.map(drop),
        2 => B::spawn_paused(nothing::<B>()).map(drop),
        3 => B::spawn_unbound(nothing::<B>()).map(drop),
        4 => B::bind(&other, nothing::<B>()),
        5 => B::run_queue().map(drop),
        6 => B::switch_trap(0).map(drop),
        7 => B::block_trap(false).map(drop),
        8 => other.insert(),
        9 => other.remove(),
        10 => other.run().await.map(drop),
        11 => other.switch().await.map(drop),
        12 => other.setup(),
        13 => other.unbind(),
        14 => other.slot().map(drop),
        15 => other.set_slot(Value::Empty),
        16 => channel.set_preference(Preference::Caller),
        17 => B::current().map(drop),
        18 => B::main().map(drop),
        19 => other.status().map(drop),
        20 => channel.balance().map(drop),
        21 => other.throw(Error::new("E1", "")).await.map(drop),
        22 => other.throw_pending(Error::new("E1", "")),
        23 => other.kill().await.map(drop),
        24 => other.kill_pending(),
        25 => channel.close(),
        26 => channel.open(),
        27 => channel.is_closing().map(drop),
        _ => channel.send_error(Error::new("E1", "")).await,
    }
}

//! What a backend does not declare, it refuses: with [`Kind::Unsupported`], not by something else.

use switchback::{
    Backend, Capabilities, Channel, Control, Error, Kind, Preference, Value, message, tasklet,
};

use super::claim::named;
use crate::suite::protocol;
use crate::variables::{SEED, number};
use crate::{Case, Failure};

/// Declares the optional operations: name, and whether a backend of capabilities must have it.
macro_rules! optional {
    ($($operation:ident = $name:literal, $must:expr;)+) => {
        /// An operation that a backend may leave out.
        #[message]
        #[derive(Copy, Debug)]
        pub enum Optional {
            $(#[doc = $name] $operation,)+
        }

        impl Optional {
            const ALL: &[Self] = &[$(Self::$operation),+];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$operation => $name,)+
                }
            }

            fn is_a_must(self, capabilities: Capabilities) -> bool {
                let must: fn(Capabilities) -> bool = match self {
                    $(Self::$operation => $must,)+
                };
                must(capabilities)
            }
        }
    };
}

optional! {
    ScheduleValue = "schedule_value", |c| c.control;
    ScheduleRemove = "schedule_remove", |c| c.control;
    SpawnPaused = "spawn_paused", |c| c.control;
    SpawnUnbound = "spawn_unbound", |c| c.control;
    Bind = "bind", |c| c.control;
    RunQueue = "run_queue", |c| c.control;
    SwitchTrap = "switch_trap", |c| c.control;
    BlockTrap = "block_trap", |c| c.control;
    Insert = "insert", |c| c.control;
    Remove = "remove", |c| c.control;
    Run = "run of a tasklet", |c| c.control;
    Switch = "switch", |c| c.control;
    Setup = "setup", |c| c.control;
    Unbind = "unbind", |c| c.control;
    Slot = "slot", |c| c.control;
    SetSlot = "set_slot", |c| c.control;
    SetPreference = "set_preference", |c| c.control;
    Current = "current", |c| c.control || c.status;
    Main = "main", |c| c.control || c.status;
    Status = "status", |c| c.control || c.status;
    Balance = "balance", |c| c.control || c.status;
    Throw = "throw", |c| c.throw;
    ThrowPending = "throw_pending", |c| c.throw;
    Kill = "kill", |c| c.throw || c.kill;
    KillPending = "kill_pending", |c| c.throw || c.kill;
    Close = "close", |c| c.close;
    Open = "open", |c| c.close;
    IsClosing = "is_closing", |c| c.close;
    SendError = "send_error", |c| c.close;
}

/// Tries what is not declared, in an order that depends on the seed, each in a run of its own.
pub(super) fn case<B: Backend>() -> Case {
    named("refusals", || {
        let mut undeclared: Vec<_> =
            Optional::ALL.iter().filter(|one| !one.is_a_must(B::CAPABILITIES)).collect();
        shuffle(&mut undeclared, number(SEED)?.unwrap_or(0));
        let mut done = Vec::new();
        for operation in undeclared {
            match B::run(attempt::<B>(*operation)) {
                Ok(()) => done.push(operation.name()),
                Err(error) if error.kind() == Kind::Unsupported => {}
                Err(error) => return Err(wrongly(operation.name(), &error)),
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
async fn attempt<B: Backend>(operation: Optional) -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let other: B::Handle = B::spawn(waits(channel.clone()));
    match operation {
        Optional::ScheduleValue => B::schedule_value(Value::Empty).await.map(drop),
        Optional::ScheduleRemove => B::schedule_remove(Value::Empty).await.map(drop),
        Optional::SpawnPaused => B::spawn_paused(nothing::<B>()).map(drop),
        Optional::SpawnUnbound => B::spawn_unbound(nothing::<B>()).map(drop),
        Optional::Bind => B::bind(&other, nothing::<B>()),
        Optional::RunQueue => B::run_queue().map(drop),
        Optional::SwitchTrap => B::switch_trap(0).map(drop),
        Optional::BlockTrap => B::block_trap(false).map(drop),
        Optional::Insert => other.insert(),
        Optional::Remove => other.remove(),
        Optional::Run => other.run().await.map(drop),
        Optional::Switch => other.switch().await.map(drop),
        Optional::Setup => other.setup(),
        Optional::Unbind => other.unbind(),
        Optional::Slot => other.slot().map(drop),
        Optional::SetSlot => other.set_slot(Value::Empty),
        Optional::SetPreference => channel.set_preference(Preference::Caller),
        Optional::Current => B::current().map(drop),
        Optional::Main => B::main().map(drop),
        Optional::Status => other.status().map(drop),
        Optional::Balance => channel.balance().map(drop),
        Optional::Throw => other.throw(Error::new("E1", "")).await.map(drop),
        Optional::ThrowPending => other.throw_pending(Error::new("E1", "")),
        Optional::Kill => other.kill().await.map(drop),
        Optional::KillPending => other.kill_pending(),
        Optional::Close => channel.close(),
        Optional::Open => channel.open(),
        Optional::IsClosing => channel.is_closing().map(drop),
        Optional::SendError => channel.send_error(Error::new("E1", "")).await,
    }
}

//! What a backend claims, and what it counts.

use serde::{Deserialize, Serialize};

/// What a backend claims to offer. Plain data, audited by the conformance suite in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The event order is that of the model, exactly; otherwise only SPEC section 21 holds.
    pub order_exact: bool,
    /// Operations may be awaited in plain functions and foreign callbacks ([`Blocking`](crate::Blocking)).
    pub blocking: bool,
    /// Suspended tasklets can be written to bytes, read back and forked ([`Portable`](crate::Portable)).
    pub portable: bool,
    /// insert, remove, run, switch, bind and setup of tasklets, slots and introspection.
    pub control: bool,
    /// kill and throw.
    pub throw: bool,
    /// close and open of channels, and errors sent through them.
    pub close: bool,
    /// Deadlocks are reported, not hung.
    pub deadlock: bool,
    /// Several OS threads execute tasklets at once.
    pub parallel: bool,
}

/// Work done inside one `run`, counted by the backend itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Tasklets created by spawn, main not included.
    pub tasklets: Option<u64>,
    /// Most tasklets alive at one time, main not included.
    pub peak_alive: Option<u64>,
    /// Values that passed from a sender to a receiver.
    pub messages: Option<u64>,
    /// Times control moved from one tasklet to another.
    pub switches: Option<u64>,
}

//! What a backend claims, and what it counts.

use serde::{Deserialize, Serialize};

/// What a backend claims to offer. Plain data, audited by the conformance suite in both directions.
///
/// ```
/// use switchback::Capabilities;
/// // What is not named is not claimed.
/// const MINE: Capabilities = Capabilities { close: true, ..Capabilities::NONE };
/// assert_eq!(MINE.buffer, 0); // a rendezvous
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// The event order is that of the model, exactly; otherwise only SPEC section 21 holds.
    pub order_exact: bool,
    /// Operations may be awaited in plain functions and foreign callbacks ([`Blocking`](crate::Blocking)).
    pub blocking: bool,
    /// Suspended tasklets can be written to bytes, read back and forked ([`Portable`](crate::Portable)).
    pub portable: bool,
    /// insert, remove, run, switch, bind and setup of tasklets, slots and introspection.
    pub control: bool,
    /// kill and throw. On order-free backends they take effect at the target's next suspension
    /// point at the latest (N17, N19).
    pub throw: bool,
    /// kill alone; a backend with [`throw`](Self::throw) has it anyway.
    pub kill: bool,
    /// close and open of channels, and errors sent through them.
    pub close: bool,
    /// Deadlocks are reported, not hung, and `run_others` returns once no other tasklet can run
    /// (N14, N24).
    pub deadlock: bool,
    /// Several OS threads execute tasklets at once.
    pub parallel: bool,
    /// Values that a channel holds beyond those that receivers wait for: 0 for a rendezvous.
    /// With n > 0 a send completes while n others lie unreceived, and N03 is judged so.
    pub buffer: u32,
    /// The current and the main tasklet, the status of tasklets, the balance of channels; possibly
    /// stale (N28). A backend with [`control`](Self::control) has it anyway.
    pub status: bool,
    /// Of several waiters the first is served first (N06), which order-exact backends do anyway.
    pub fifo: bool,
}

impl Capabilities {
    /// Nothing is claimed, and channels are rendezvous channels. For `..Capabilities::NONE`.
    pub const NONE: Self = Self {
        order_exact: false,
        blocking: false,
        portable: false,
        control: false,
        throw: false,
        kill: false,
        close: false,
        deadlock: false,
        parallel: false,
        buffer: 0,
        status: false,
        fifo: false,
    };
}

/// Work done inside one `run`, counted by the backend itself; what it does not count is `None`. The
/// kernel counts in [audited](crate::Backend::audit) runs alone, which are not timed.
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

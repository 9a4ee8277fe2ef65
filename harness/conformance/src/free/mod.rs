//! Checks for backends without an exact order of events (SPEC section 21).
//!
//! ```text
//!   cases ---- a program on backend B ---> history ---> rules ---> passed, or a violation
//!     |                                                              with the operations around it
//!     +------- networks on B and in the model: the same values on every channel
//!     +------- programs that look at what they see themselves
//! ```
//!
//! Nothing here waits for a time to pass: what must happen is waited for, and the limit of the
//! case says when that was too long. They hold on order-exact backends as well.

mod chance;
mod closing;
mod errors;
mod held;
pub mod history;
mod kahn;
mod kills;
mod leftovers;
mod life;
mod meetings;
mod programs;
pub mod rules;
mod statements;
mod throws;
mod tools;
mod waiting;

use switchback::Backend;

pub use statements::{NOT_TRIED, STATEMENTS, sentence};

pub(crate) use programs::observe;

use crate::{Case, Subject};

/// The cases of something that runs programs and nothing else.
pub(crate) fn programs(subject: &Subject) -> Vec<Case> {
    vec![programs::meetings(subject), kahn::programs(subject)]
}

/// Every case for backend `B`, those it lacks capabilities for too.
#[must_use]
pub fn cases<B: Backend>() -> Vec<Case> {
    [
        meetings::cases::<B>(),
        kahn::cases::<B>(),
        closing::cases::<B>(),
        waiting::cases::<B>(),
        kills::cases::<B>(),
        throws::cases::<B>(),
        errors::cases::<B>(),
        life::cases::<B>(),
        leftovers::cases::<B>(),
        chance::cases::<B>(),
    ]
    .concat()
}

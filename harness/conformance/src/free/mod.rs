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
mod life;
mod meetings;
pub mod rules;
mod statements;
mod tools;
mod waiting;

use switchback::Backend;

pub use statements::{NOT_TRIED, STATEMENTS, sentence};

use crate::Case;

/// Every case for backend `B`, those it lacks capabilities for too.
#[must_use]
pub fn cases<B: Backend>() -> Vec<Case> {
    let mut cases = meetings::cases::<B>();
    cases.extend(kahn::cases::<B>());
    cases.extend(closing::cases::<B>());
    cases.extend(waiting::cases::<B>());
    cases.extend(kills::cases::<B>());
    cases.extend(errors::cases::<B>());
    cases.extend(life::cases::<B>());
    cases.extend(chance::cases::<B>());
    cases
}

//! Budgets, atomic sections and sequences on this backend.

#[path = "../../soft/tests/shared/mod.rs"]
mod shared;

use switchback_hard::Hard as Native;

include!("../../stacks/tests/shared/budgets.rs");

//! Budgets, atomic sections and sequences on this backend.

#[path = "../../soft/tests/shared/mod.rs"]
mod shared;

use switchback_poll::Poll;

shared::situations!(Poll);

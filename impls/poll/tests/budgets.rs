//! Budgets, atomic sections and sequences on this backend.

#[path = "../../soft/tests/shared/mod.rs"]
mod shared;

shared::situations!(switchback_poll::Poll);

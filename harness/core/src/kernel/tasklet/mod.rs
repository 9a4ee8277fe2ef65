//! Tasklets: their control blocks, the slot that a value passes through, handles, and their end.

pub(super) mod block;
pub(super) mod control;
#[cfg(test)]
mod counts;
pub(super) mod destructors;
pub(super) mod end;
pub(super) mod handle;
pub(super) mod slot;
pub(super) mod values;

//! What suspends tasklets, and how the operations find the kernel and reach it.

#[cfg(test)]
pub(super) mod alone;
pub(super) mod contract;
pub(super) mod here;
pub(super) mod operations;
pub(super) mod polled;
pub(super) mod shared;
pub(super) mod tags;

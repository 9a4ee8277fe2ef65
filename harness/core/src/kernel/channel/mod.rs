//! Channels: the queue of tasklets that wait, handles, and the operations.

pub(super) mod block;
pub(super) mod handle;
pub(super) mod ops;

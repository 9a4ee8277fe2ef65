//! Graphs of suspended tasklets and channels as bytes, back, and as copies.

pub(super) mod consistent;
pub(super) mod context;
pub(super) mod dump;
pub(super) mod fork;
pub(super) mod format;
pub(super) mod load;
pub(super) mod portable;
pub(super) mod program;
pub(super) mod waits;

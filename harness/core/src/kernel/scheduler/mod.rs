//! Which tasklet runs next: the ring of runnable tasklets, how control moves, budgets.

pub(super) mod budget;
pub(super) mod ops;
pub(super) mod ring;
pub(super) mod slow_path;

//! Where control blocks are: they never move, and are recycled.

#[cfg(switchback_no_pools)]
pub(super) mod apart;
#[cfg_attr(switchback_no_pools, allow(dead_code))]
pub(super) mod arena;
#[cfg(not(switchback_no_pools))]
pub(super) mod pages;

//! Budgets, atomic sections and sequences on this backend.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

#[path = "../../soft/tests/shared/mod.rs"]
mod shared;

use switchback_direct::Direct as Native;

include!("../../stacks/tests/shared/budgets.rs");

//! What happens where stacks end: at their guards, and when there are no more of them.
//!
//! Whatever may kill its process runs in another one, which is this program again, told to run
//! one test; there the test is the other half of itself.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

use switchback_direct::{Direct as Native, trim};

include!("../../stacks/tests/shared/limits.rs");

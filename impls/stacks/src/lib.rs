//! What backends with native stacks share. Programs do not use it; backends do.
//!
//! ```text
//! size      how large stacks are, and what a process says about that
//! region    Linux: many stacks in few mappings, guarded
//! overflow  Linux: the name of the tasklet whose stack is full, before the process dies of it
//! record    what that has to know of a stack
//! job       the arguments of a tasklet that has not begun, in place or in a box
//! ```

pub mod job;
#[cfg(target_os = "linux")]
pub mod overflow;
mod record;
#[cfg(target_os = "linux")]
pub mod region;
mod size;
#[cfg(target_os = "linux")]
mod valgrind;

pub use record::{List, Record};
pub use size::{Line, POOLED, Size, carve};

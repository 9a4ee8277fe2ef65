//! Random tasklet bodies, run in every form and as plain Rust.
//!
//! ```text
//! seed -> generate   a tree of text that is a function; the constructs in it are counted
//!           tree     printed twice: as a tasklet, and without `.await` as a plain function
//!         compile    hundreds of them as one program; rustc says which ones are refused
//!         runner     the program runs each in every form: result and log
//!         reduce     a function with a difference is made smaller while the difference stays
//!         record     what was seen, and how to see it again
//! ```
//!
//! `ci/forms` is the way to use it.

pub mod advice;
pub mod compile;
pub mod construct;
pub mod generate;
pub mod program;
pub mod random;
pub mod record;
pub mod reduce;
pub mod runner;
pub mod tree;
pub mod world;

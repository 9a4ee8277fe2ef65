//! The scenarios in plain Rust: what the tasklet versions are compared with.

pub mod factorial;

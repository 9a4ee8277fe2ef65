//! Small programs in `examples/`, each with its output at its head, which a test compares.
#![forbid(unsafe_code)]

/// The programs in README.md of the repository, compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

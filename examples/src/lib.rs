//! Small programs in `examples/`, each with its output at its head, which a test compares.
#![forbid(unsafe_code)]

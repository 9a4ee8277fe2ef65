//! Nothing: see the tests that Cargo.toml lists.

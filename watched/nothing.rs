//! Nothing: the tests that Cargo.toml lists are those of other packages.

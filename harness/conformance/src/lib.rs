//! Recorded programs, reference model and checks for backends.

//! The scenarios, written once, generic over the backend.

pub mod plain;
pub mod sax;

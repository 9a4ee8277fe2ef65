//! The scenarios, written once, generic over the backend.

//! Shows whether a backend keeps the rules of the model.

pub mod cursor;
mod event;
pub mod faults;
mod json;
pub mod model;
mod program;
pub mod vector;

pub use event::Event;
pub use json::Json;
pub use program::{Op, Program};
pub use vector::{Malformed, Vector};

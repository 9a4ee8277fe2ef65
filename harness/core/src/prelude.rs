//! What programs with tasklets use: `use switchback::prelude::*;`.

pub use crate::{
    Backend, Blocking, Channel, Control, Error, Generator, Iteration, Kind, Message, Portable,
    Tasklet, message, tasklet,
};

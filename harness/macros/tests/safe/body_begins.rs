//! What the generated code begins operations with is of no use to the code of a body.

#![forbid(unsafe_code)]

use switchback::{Backend, Error, frame::Entry, tasklet};

fn __here() {}

#[tasklet]
async fn begins<B: Backend>() -> Result<(), Error> {
    let entry = Entry::of(__here);
    drop(switchback::frame::begin::<B, _>(B::schedule(), entry));
    B::schedule().await
}

fn main() {}

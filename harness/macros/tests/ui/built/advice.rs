//! The pages beside this one with their advice followed. A page that passes also has the others
//! built, not only checked: their errors are found when code is made.

#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

#[message]
struct Handle(u64);

impl Drop for Handle {
    fn drop(&mut self) {}
}

fn open(n: u64) -> Handle {
    Handle(n)
}

#[tasklet]
async fn with_a_type<B: Backend>(n: u64) -> Result<u64, Error> {
    let handle: Handle = open(n);
    B::schedule().await?;
    Ok(n)
}

#[tasklet]
async fn ended_before<B: Backend>(n: u64) -> Result<u64, Error> {
    let handle = open(n);
    drop(handle);
    B::schedule().await?;
    Ok(n)
}

#[tasklet]
async fn bound_first<B: Backend>(n: u64) -> Result<u64, Error> {
    let handle: Handle = open(n);
    match handle {
        ref handle if handle.0 > 0 => B::schedule().await?,
        _ => {}
    }
    Ok(n)
}

fn main() {
    assert_eq!(Soft::run(with_a_type::<Soft>(1)), Ok(1));
    assert_eq!(Soft::run(ended_before::<Soft>(2)), Ok(2));
    assert_eq!(Soft::run(bound_first::<Soft>(3)), Ok(3));
}

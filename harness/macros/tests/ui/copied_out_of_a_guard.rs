#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[message]
struct Handle(u64);

impl Drop for Handle {
    fn drop(&mut self) {}
}

#[message]
struct Pair {
    first: Handle,
    second: Handle,
}

#[tasklet]
async fn local<B: Backend>(n: u64) -> Result<u64, Error> {
    let handle: Handle = Handle(n);
    let Handle(number) = handle;
    let number: u64 = number;
    B::schedule().await?;
    Ok(number)
}

#[tasklet]
async fn arm<B: Backend>(pair: Pair) -> Result<u64, Error> {
    match pair {
        Pair { first, second: Handle(n) } => {
            let first: Handle = first;
            let n: u64 = n;
            B::schedule().await?;
            Ok(n + first.0)
        }
    }
}

#[tasklet]
async fn received<B: Backend>(handles: B::Channel<Handle>) -> Result<u64, Error> {
    match handles.receive().await? {
        Handle(n) => {
            let n: u64 = n;
            B::schedule().await?;
            Ok(n)
        }
    }
}

#[tasklet]
async fn optional<B: Backend>(handle: Option<Handle>) -> Result<u64, Error> {
    if let Some(Handle(n)) = handle {
        let n: u64 = n;
        B::schedule().await?;
        return Ok(n);
    }
    Ok(0)
}

#[tasklet]
async fn looked_at<B: Backend>(handle: Handle) -> Result<bool, Error> {
    let seen: bool = matches!(handle, Handle(n) if n > 1);
    B::schedule().await?;
    Ok(seen)
}

fn open(n: u64) -> Handle {
    Handle(n)
}

#[tasklet]
async fn operand<B: Backend>(n: u64) -> Result<u64, Error> {
    Ok(u64::from(match open(n) {
        Handle(n) => n > 1,
    }) + looked_at::<B>(Handle(n)).await? as u64)
}

fn main() {}

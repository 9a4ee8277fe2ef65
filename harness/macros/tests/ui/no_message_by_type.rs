#![allow(unused)]

use switchback::{Backend, Channel, Error, Message, message, tasklet};

#[tasklet]
async fn pointer<B: Backend>(f: fn(i64) -> i64) -> Result<i64, Error> {
    B::schedule().await?;
    Ok(f(1))
}

#[tasklet]
async fn pointers<B: Backend>(n: i64) -> Result<i64, Error> {
    let all: Vec<(u8, Option<fn(i64) -> i64>)> = Vec::new();
    B::schedule().await?;
    Ok(n + all.len() as i64)
}

#[tasklet]
async fn any_length<B: Backend, const N: usize>(x: [i64; N]) -> Result<i64, Error> {
    B::schedule().await?;
    Ok(x[0])
}

#[tasklet]
async fn long<B: Backend>(n: u8) -> Result<u8, Error> {
    let bytes: [u8; 64] = [n; 64];
    B::schedule().await?;
    Ok(bytes[0])
}

#[message]
struct Job<const N: usize> {
    run: fn(),
    input: Box<[u8; N]>,
    output: [u8; 33],
}

/// What the messages say.
mod advice {
    use super::*;

    #[tasklet]
    async fn any_length<B: Backend, const N: usize>(x: [i64; N]) -> Result<i64, Error>
    where
        [i64; N]: Message,
    {
        B::schedule().await?;
        Ok(x[0])
    }

    #[message]
    struct Job<const N: usize>
    where
        [u8; N]: Message,
    {
        marker: std::marker::PhantomData<fn()>,
        input: [u8; N],
        output: [u8; 31],
    }
}

fn main() {}

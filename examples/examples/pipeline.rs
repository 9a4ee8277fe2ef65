//! The prime sieve: numbers pass a chain of tasklets, each of which holds back the multiples of one
//! prime. What comes out at the end is the next prime, which gets a tasklet of its own.
//!
//! ```text
//! 2 3 5 7 11 13 17 19 23 29 31 37 41 43 47
//! ```
#![forbid(unsafe_code)]

use switchback::{Backend, Channel, Error, tasklet};
use switchback_examples::say;
use switchback_soft::Soft;

#[tasklet]
async fn count<B: Backend>(out: B::Channel<u64>) -> Result<(), Error> {
    let mut number: u64 = 2;
    loop {
        out.send(number).await?;
        number += 1;
    }
}

#[tasklet]
async fn sift<B: Backend>(
    prime: u64,
    from: B::Channel<u64>,
    out: B::Channel<u64>,
) -> Result<(), Error> {
    loop {
        let number: u64 = from.receive().await?;
        if !number.is_multiple_of(prime) {
            out.send(number).await?;
        }
    }
}

#[tasklet]
async fn primes<B: Backend>(below: u64) -> Result<Vec<u64>, Error> {
    let mut primes: Vec<u64> = Vec::new();
    let mut end: B::Channel<u64> = B::channel();
    B::spawn(count(end.clone()));
    loop {
        let prime: u64 = end.receive().await?;
        if prime >= below {
            return Ok(primes);
        }
        primes.push(prime);
        let next: B::Channel<u64> = B::channel();
        B::spawn(sift(prime, end, next.clone()));
        end = next;
    }
}

fn main() -> Result<(), Error> {
    let primes = Soft::run(primes(50))?;
    say(primes.iter().map(u64::to_string).collect::<Vec<_>>().join(" "));
    Ok(())
}

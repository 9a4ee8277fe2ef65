//! Servers, calls and recursion.

use switchback::{Backend, Channel, Error, message, tasklet};

use crate::everywhere;

/// A division to do and where to send the result.
#[message]
pub struct Job<B: Backend> {
    pub dividend: i64,
    pub divisor: i64,
    pub reply: B::Channel<i64>,
}

#[tasklet]
pub async fn divider<B: Backend>(
    requests: B::Channel<(i64, i64, B::Channel<i64>)>,
) -> Result<(), Error> {
    loop {
        let (x, y, reply) = requests.receive().await?;
        reply.send(x / y).await?;
    }
}

#[tasklet]
pub async fn divide<B: Backend>(pairs: Vec<(i64, i64)>) -> Result<Vec<i64>, Error> {
    let requests = B::channel::<(i64, i64, B::Channel<i64>)>();
    let reply: B::Channel<i64> = B::channel();
    B::spawn(divider(requests.clone()));
    let mut quotients: Vec<i64> = Vec::new();
    for (x, y) in pairs {
        requests.send((x, y, reply.clone())).await?;
        quotients.push(reply.receive().await?);
    }
    Ok(quotients)
}

#[test]
fn a_server_answers_every_client() {
    let pairs = vec![(84, 2), (-9, 4), (7, 8)];
    let expected = pairs.iter().map(|(x, y)| x / y).collect();
    assert_eq!(everywhere!(divide(pairs.clone())), Ok(expected));
}

#[tasklet]
async fn worker<B: Backend>(jobs: B::Channel<Job<B>>) -> Result<(), Error> {
    loop {
        let job = jobs.receive().await?;
        job.reply.send(job.dividend / job.divisor).await?;
    }
}

#[tasklet]
async fn employ<B: Backend>(dividend: i64) -> Result<i64, Error> {
    let jobs = B::channel::<Job<B>>();
    let reply = B::channel::<i64>();
    let handle = B::spawn(worker(jobs.clone()));
    jobs.send(Job { dividend, divisor: 3, reply: reply.clone() }).await?;
    let quotient = reply.receive().await?;
    drop(handle);
    Ok(quotient)
}

#[test]
fn a_struct_with_a_channel_is_a_message() {
    assert_eq!(everywhere!(employ(21)), Ok(7));
}

#[tasklet]
async fn pong<B: Backend>(there: B::Channel<u64>, back: B::Channel<u64>) -> Result<(), Error> {
    loop {
        back.send(there.receive().await? + 1).await?;
    }
}

#[tasklet]
pub async fn ping<B: Backend>(rounds: u64) -> Result<u64, Error> {
    let there = B::channel::<u64>();
    let back = B::channel::<u64>();
    B::spawn(pong(there.clone(), back.clone()));
    let mut ball = 0u64;
    for _ in 0..rounds {
        there.send(ball).await?;
        ball = back.receive().await?;
    }
    Ok(ball)
}

#[test]
fn a_ball_goes_back_and_forth() {
    assert_eq!(everywhere!(ping(20)), Ok(20));
}

#[tasklet]
pub async fn factorial<B: Backend>(n: u64) -> Result<u64, Error> {
    if n < 2 {
        return Ok(1);
    }
    B::schedule().await?;
    Ok(n * factorial(n - 1).await?)
}

#[test]
fn a_tasklet_calls_itself() {
    assert_eq!(everywhere!(factorial(10)), Ok((1..=10).product()));
}

#[tasklet]
async fn fibonacci<B: Backend>(n: u64) -> Result<u64, Error> {
    if n < 2 {
        return Ok(n);
    }
    Ok(fibonacci(n - 1).await? + fibonacci(n - 2).await?)
}

#[test]
fn the_first_of_two_calls_is_kept_over_the_second() {
    let expected = (0..10).fold((0, 1), |(a, b), _| (b, a + b)).0;
    assert_eq!(everywhere!(fibonacci(10)), Ok(expected));
}

#[tasklet(recursive)]
async fn even<B: Backend>(n: u64) -> Result<bool, Error> {
    if n == 0 { Ok(true) } else { odd(n - 1).await }
}

#[tasklet]
async fn odd<B: Backend>(n: u64) -> Result<bool, Error> {
    if n == 0 {
        return Ok(false);
    }
    return even(n - 1).await;
}

#[test]
fn two_tasklets_call_each_other() {
    assert_eq!(everywhere!(even(7)), Ok(false));
    assert_eq!(everywhere!(even(12)), Ok(true));
}

#[tasklet]
pub async fn fails_at<B: Backend>(depth: u64, bottom: u64) -> Result<u64, Error> {
    if depth == bottom {
        return Err(Error::new("deep", "as asked"));
    }
    let below = fails_at(depth - 1, bottom).await?;
    Ok(below + 1)
}

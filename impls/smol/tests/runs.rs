//! On which thread tasks run, and runs inside others.

use std::thread;

use switchback::{Backend, Channel, Error, Kind, tasklet};
use switchback_smol::Smol;

#[tasklet]
async fn where_am_i<B: Backend>(to: B::Channel<String>) -> Result<(), Error> {
    to.send(format!("{:?}", thread::current().id())).await
}

/// The threads of main and of another tasklet.
#[tasklet]
async fn asks<B: Backend>() -> Result<[String; 2], Error> {
    let answers = B::channel::<String>();
    B::spawn(where_am_i(answers.clone()));
    let other: String = answers.receive().await?;
    Ok([here(), other])
}

fn here() -> String {
    format!("{:?}", thread::current().id())
}

#[test]
fn all_tasklets_run_on_the_thread_of_the_caller() {
    assert_eq!(Smol::run(asks()), Ok([here(), here()]));
}

/// A run in the middle of another one, whose channel works on afterwards and is refused inside.
#[tasklet]
async fn asks_inside<B: Backend>() -> Result<(u64, [String; 2], bool), Error> {
    let numbers = B::channel::<u64>();
    B::spawn(sends(numbers.clone()));
    let first: u64 = numbers.receive().await?;
    let inside: [String; 2] = Smol::run(asks())?;
    let refused: bool = is_refused(B::run(receives(numbers.clone())));
    let second: u64 = numbers.receive().await?;
    Ok((first + second, inside, refused))
}

fn is_refused(outcome: Result<u64, Error>) -> bool {
    outcome.is_err_and(|error| error.kind() == Kind::WrongScheduler)
}

#[tasklet]
async fn sends<B: Backend>(to: B::Channel<u64>) -> Result<(), Error> {
    to.send(1).await?;
    to.send(2).await
}

#[tasklet]
async fn receives<B: Backend>(from: B::Channel<u64>) -> Result<u64, Error> {
    from.receive().await
}

#[test]
fn a_run_inside_a_task_leaves_the_outer_run_as_it_was() {
    let (sum, threads, refused) = Smol::run(asks_inside()).expect("both runs end");
    assert_eq!((sum, refused), (3, true));
    assert_eq!(threads, [here(), here()]);
}

#[tasklet]
async fn yields_for_ever<B: Backend>() -> Result<(), Error> {
    loop {
        B::schedule().await?;
    }
}

/// Main has its turn while others are always ready, and its end ends them.
#[tasklet]
async fn is_not_starved<B: Backend>() -> Result<u64, Error> {
    B::spawn(yields_for_ever());
    B::spawn(yields_for_ever());
    let numbers = B::channel::<u64>();
    B::spawn(sends(numbers.clone()));
    let first: u64 = numbers.receive().await?;
    let second: u64 = numbers.receive().await?;
    Ok(first + second)
}

#[test]
fn tasklets_that_yield_for_ever_starve_no_other() {
    assert_eq!(Smol::run(is_not_starved()), Ok(3));
}

//! The small programs of the talk, printing what they printed there (S11).
//!
//! Shows the order of events, line by line, and nothing about speed. For order-exact backends: on
//! others the lines come in any order that the channels allow.
//!
//! Law: the transcripts recorded on Stackless 3.7.5, in `tests/talk.rs`.

mod divide;

use std::sync::{Mutex, MutexGuard, PoisonError};

use num_bigint::BigUint;
use switchback::{Backend, Channel, Error, Preference, Tasklet, message, tasklet};

use crate::factorial::{self, Number};

pub use divide::{divide, divide_forwarded, divide_uncaught, origin_is_kept};

/// What has been printed: for all threads, because a tasklet may be one.
static SCREEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Held by the program that has the screen.
static TURN: Mutex<()> = Mutex::new(());

fn screen() -> MutexGuard<'static, Vec<String>> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints a line: beside the scheduler, so that printing never switches.
fn say(line: impl Into<String>) {
    screen().push(line.into());
}

/// The lines that a main tasklet and its others print. Programs wait for each other.
fn printed<B: Backend>(main: impl Tasklet<B>) -> Result<Vec<String>, Error> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    screen().clear();
    let result = B::run(main).map(drop);
    let lines = std::mem::take(&mut *screen());
    result.map(|()| lines)
}

/// One tasklet that prints.
///
/// # Errors
/// What the backend fails with; the same holds for all programs here.
pub fn hello<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(hello_main())
}

#[tasklet]
async fn greet<B: Backend>(whom: String) -> Result<(), Error> {
    say(format!("Hello, {whom}"));
    Ok(())
}

#[tasklet]
async fn hello_main<B: Backend>() -> Result<(), Error> {
    B::spawn(greet("PyCon 2007!".to_owned()));
    B::run_others().await
}

/// Two tasklets run in the order they were made in.
///
/// # Errors
/// As [`hello`].
pub fn two_tasklets<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(two_main())
}

#[tasklet]
async fn two_main<B: Backend>() -> Result<(), Error> {
    B::spawn(greet("A".to_owned()));
    B::spawn(greet("B".to_owned()));
    B::run_others().await
}

/// Two tasklets that give way to each other.
///
/// # Errors
/// As [`hello`].
pub fn round_robin<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(robin_main())
}

#[tasklet]
async fn visit<B: Backend>(name: String) -> Result<(), Error> {
    say(format!("Hello, {name}"));
    B::schedule().await?;
    say(format!("Goodbye {name}"));
    Ok(())
}

#[tasklet]
async fn robin_main<B: Backend>() -> Result<(), Error> {
    B::spawn(visit("A".to_owned()));
    B::spawn(visit("B".to_owned()));
    B::run_others().await
}

/// One value through a channel.
///
/// # Errors
/// As [`hello`].
pub fn channel<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(channel_main())
}

#[tasklet]
async fn send_one<B: Backend>(channel: B::Channel<String>) -> Result<(), Error> {
    channel.send("Sent.".to_owned()).await
}

#[tasklet]
async fn receive_one<B: Backend>(channel: B::Channel<String>) -> Result<(), Error> {
    let line: String = channel.receive().await?;
    say(line);
    Ok(())
}

#[tasklet]
async fn channel_main<B: Backend>() -> Result<(), Error> {
    let channel = B::channel::<String>();
    B::spawn(send_one(channel.clone()));
    B::spawn(receive_one(channel));
    B::run_others().await
}

/// Two producers and a consumer on a channel with a preference, and maybe `schedule_all`.
///
/// # Errors
/// As [`hello`].
pub fn producers<B: Backend>(
    preference: Preference,
    schedule_all: bool,
) -> Result<Vec<String>, Error> {
    printed::<B>(market(Terms { preference, schedule_all }))
}

#[message]
struct Terms {
    preference: Preference,
    schedule_all: bool,
}

#[tasklet]
async fn consume<B: Backend>(items: B::Channel<String>) -> Result<(), Error> {
    say("Starting consumer");
    loop {
        let item: String = items.receive().await?;
        say(item);
    }
}

#[tasklet]
async fn produce<B: Backend>(
    name: String,
    wares: Vec<String>,
    items: B::Channel<String>,
) -> Result<(), Error> {
    say(format!("Starting {name}"));
    for ware in wares {
        items.send(ware).await?;
    }
    Ok(())
}

fn wares(of: &[&str]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}

#[tasklet]
async fn market<B: Backend>(terms: Terms) -> Result<(), Error> {
    let items = B::channel::<String>();
    items.set_preference(terms.preference)?;
    items.set_schedule_all(terms.schedule_all)?;
    B::spawn(consume(items.clone()));
    B::spawn(produce("producer1".to_owned(), wares(&["'A'", "'B'"]), items.clone()));
    B::spawn(produce("producer2".to_owned(), wares(&["1", "2", "3"]), items));
    B::run_others().await
}

/// Factorials by a tasklet and a channel per call.
///
/// # Errors
/// As [`hello`].
pub fn recursion<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(recursion_main())
}

#[tasklet]
async fn factorial_of<B: Backend>(n: u32) -> Result<Number, Error> {
    let answer = B::channel::<Number>();
    B::spawn(factorial::call(n, answer.clone()));
    answer.receive().await
}

#[tasklet]
async fn recursion_main<B: Backend>() -> Result<(), Error> {
    let five: Number = factorial_of(5u32).await?;
    say(format!("5! = {}", five.0));
    let large: Number = factorial_of(1_000u32).await?;
    let less_large: Number = factorial_of(998u32).await?;
    let ratio: BigUint = large.0 / less_large.0;
    say(format!("1000! / 998! = {ratio}"));
    Ok(())
}

/// A sender, a receiver and a bystander: where a rendezvous hands control on.
///
/// # Errors
/// As [`hello`].
pub fn cooperative<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(cooperative_main())
}

#[tasklet]
async fn receiving<B: Backend>(channel: B::Channel<String>) -> Result<(), Error> {
    say("Receiving tasklet started");
    let line: String = channel.receive().await?;
    say(line);
    say("Receiving tasklet finished");
    Ok(())
}

#[tasklet]
async fn sending<B: Backend>(channel: B::Channel<String>) -> Result<(), Error> {
    say("Sending tasklet started");
    channel.send("send from sending_tasklet".to_owned()).await?;
    say("sending tasklet finished");
    Ok(())
}

#[tasklet]
async fn another<B: Backend>() -> Result<(), Error> {
    say("Just another tasklet in the scheduler");
    Ok(())
}

#[tasklet]
async fn cooperative_main<B: Backend>() -> Result<(), Error> {
    let channel = B::channel::<String>();
    B::spawn(receiving(channel.clone()));
    B::spawn(sending(channel));
    B::spawn(another());
    B::run_others().await
}

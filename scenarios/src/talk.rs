//! The small programs of the talk, printing what they printed there (S11).
//!
//! Shows the order of events, line by line, and nothing about speed. For order-exact backends: on
//! others the lines come in any order that the channels allow.
//!
//! Law: the transcripts recorded on Stackless 3.7.5, in `tests/talk.rs`.

use std::cell::RefCell;

use num_bigint::BigUint;
use switchback::{Backend, Channel, Control, Error, Preference, Tasklet, message, tasklet};

use crate::factorial::{self, Number};

thread_local! {
    static SCREEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Prints a line: beside the scheduler, so that printing never switches.
fn say(line: impl Into<String>) {
    SCREEN.with_borrow_mut(|lines| lines.push(line.into()));
}

/// The lines that a main tasklet and its others print, all on this thread.
fn printed<B: Backend>(main: impl Tasklet<B>) -> Result<Vec<String>, Error> {
    SCREEN.take();
    let result = B::run(main).map(drop);
    let lines = SCREEN.take();
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

/// Questions with a reply channel in them: 8/4.
///
/// # Errors
/// As [`hello`].
pub fn divide<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(divide_main(8i64, 4i64))
}

/// Dividend, divisor, and where the quotient goes.
type Question<B> = (i64, i64, <B as Backend>::Channel<i64>);

fn quotient(x: i64, y: i64) -> Result<i64, Error> {
    x.checked_div(y).ok_or_else(|| Error::new("ZeroDivisionError", "division by zero"))
}

#[tasklet]
async fn divider<B: Backend>(questions: B::Channel<Question<B>>) -> Result<(), Error> {
    loop {
        let (x, y, reply): (i64, i64, B::Channel<i64>) = questions.receive().await?;
        reply.send(quotient(x, y)?).await?;
    }
}

#[tasklet]
async fn asker<B: Backend>(
    questions: B::Channel<Question<B>>,
    x: i64,
    y: i64,
) -> Result<(), Error> {
    let reply = B::channel::<i64>();
    questions.send((x, y, reply.clone())).await?;
    let answer = reply.receive().await?;
    say(format!("{x}/{y} = {answer}"));
    Ok(())
}

#[tasklet]
async fn divide_main<B: Backend>(x: i64, y: i64) -> Result<(), Error> {
    let questions = B::channel::<Question<B>>();
    B::spawn(divider(questions.clone()));
    B::spawn(asker(questions, x, y));
    B::run_others().await
}

/// 8/0 with nobody to catch the error: what main sees, in words.
///
/// # Errors
/// As [`hello`].
pub fn divide_uncaught<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(uncaught_main())
}

#[tasklet]
async fn uncaught_main<B: Backend>() -> Result<(), Error> {
    let questions = B::channel::<Question<B>>();
    let server: B::Handle = B::spawn(divider(questions.clone()));
    B::spawn(asker(questions, 8i64, 0i64));
    B::spawn(greet("says a bystander".to_owned()));
    let outcome: Result<(), Error> = B::run_others().await;
    say(match outcome {
        Ok(()) => "run() returned".to_owned(),
        Err(error) => format!("run() failed: {error}"),
    });
    say(if server.status()?.alive { "the divider lives" } else { "the divider is dead" });
    say(format!("{} others in the queue", B::run_queue()?.len() - 1));
    B::run_others().await?;
    say("run() returned");
    Ok(())
}

/// 8/0 with the error sent to the asker, who takes it for the answer.
///
/// # Errors
/// As [`hello`].
pub fn divide_forwarded<B: Backend>() -> Result<Vec<String>, Error> {
    printed::<B>(forwarded_main())
}

#[tasklet]
async fn careful_divider<B: Backend>(questions: B::Channel<Question<B>>) -> Result<(), Error> {
    loop {
        let (x, y, reply): (i64, i64, B::Channel<i64>) = questions.receive().await?;
        match quotient(x, y) {
            Ok(quotient) => reply.send(quotient).await?,
            Err(error) => reply.send_error(error).await?,
        }
    }
}

#[tasklet]
async fn careful_asker<B: Backend>(
    questions: B::Channel<Question<B>>,
    x: i64,
    y: i64,
) -> Result<(), Error> {
    let reply = B::channel::<i64>();
    questions.send((x, y, reply.clone())).await?;
    match reply.receive().await {
        Ok(answer) => say(format!("{x}/{y} = {answer}")),
        Err(error) if error.name() == "ZeroDivisionError" => say(format!("{x}/{y} = None")),
        Err(error) => return Err(error),
    }
    Ok(())
}

#[tasklet]
async fn forwarded_main<B: Backend>() -> Result<(), Error> {
    let questions = B::channel::<Question<B>>();
    B::spawn(careful_divider(questions.clone()));
    B::spawn(careful_asker(questions, 8i64, 0i64));
    B::run_others().await
}

/// An error that goes from server to asker to main is the very same error all the way.
///
/// # Errors
/// As [`hello`], or if the error of main is another one.
pub fn origin_is_kept<B: Backend>() -> Result<(), Error> {
    B::run(origin_main())
}

#[tasklet]
async fn refuse<B: Backend>(
    requests: B::Channel<B::Channel<i64>>,
    why: Error,
) -> Result<(), Error> {
    let reply: B::Channel<i64> = requests.receive().await?;
    reply.send_error(why).await
}

#[tasklet]
async fn request<B: Backend>(requests: B::Channel<B::Channel<i64>>) -> Result<(), Error> {
    let reply = B::channel::<i64>();
    requests.send(reply.clone()).await?;
    reply.receive().await?;
    Ok(())
}

#[tasklet]
async fn origin_main<B: Backend>() -> Result<(), Error> {
    let requests = B::channel::<B::Channel<i64>>();
    let why: Error = Error::new("Refused", "by the server");
    B::spawn(refuse(requests.clone(), why.clone()));
    B::spawn(request(requests));
    match B::run_others().await {
        Err(error) if error.same_origin(&why) => Ok(()),
        Err(error) => Err(error),
        Ok(()) => Err(Error::new("Lost", "no error reached main")),
    }
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

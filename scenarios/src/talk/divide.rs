//! A server that divides, and what becomes of a division by zero.

use switchback::{Backend, Channel, Control, Error, tasklet};

use super::{greet, printed, say};

/// Questions with a reply channel in them: 8/4.
///
/// # Errors
/// As [`hello`](super::hello).
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

/// 8/0 with the error uncaught: what main sees, in words.
///
/// # Errors
/// As [`hello`](super::hello).
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

/// 8/0 with the error sent to the asker, which takes it for the answer.
///
/// # Errors
/// As [`hello`](super::hello).
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
/// As [`hello`](super::hello), or if the error of main is another one.
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

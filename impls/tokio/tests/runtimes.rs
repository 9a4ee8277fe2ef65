//! Which threads tasks run on, and runs inside foreign runtimes.

use std::thread;

use switchback::{Backend, Channel, Error, tasklet};
use switchback_tokio::{TokioCurrent, TokioMulti};

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
    Ok([format!("{:?}", thread::current().id()), other])
}

fn here() -> String {
    format!("{:?}", thread::current().id())
}

#[test]
fn on_one_thread_everybody_runs_on_the_callers() {
    assert_eq!(TokioCurrent::run(asks()), Ok([here(), here()]));
}

#[test]
fn on_several_threads_nobody_runs_on_the_callers() {
    let threads = TokioMulti::run(asks()).expect("an answer");
    assert!(!threads.contains(&here()));
}

#[test]
fn a_run_inside_somebody_elses_runtime_is_no_panic() {
    let foreign = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let inside = foreign.block_on(async { (TokioCurrent::run(asks()), TokioMulti::run(asks())) });
    let (one, several) = inside;
    assert!(!one.expect("an answer").contains(&here()));
    assert!(!several.expect("an answer").contains(&here()));
    let foreign = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    let inside = foreign.block_on(async { tokio::spawn(async { TokioMulti::run(asks()) }).await });
    assert!(inside.expect("no panic").is_ok());
}

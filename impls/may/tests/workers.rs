//! Where coroutines run, and how many there can be.

use std::collections::BTreeSet;
use std::thread;

use switchback::{Backend, Channel, Control, Error, Kind, tasklet};
use switchback_may::{MOST_ALIVE, MayMany, MayOne};

#[tasklet]
async fn where_am_i<B: Backend>(
    gate: B::Channel<u64>,
    to: B::Channel<String>,
) -> Result<(), Error> {
    let before: String = format!("{:?}", thread::current().id());
    gate.receive().await?;
    to.send(format!("{before} {:?}", thread::current().id())).await
}

/// Names of the threads that many tasklets have run on, before and after they waited.
#[tasklet]
async fn asks_around<B: Backend>(tasklets: u64) -> Result<Vec<String>, Error> {
    let (gate, answers) = (B::channel::<u64>(), B::channel::<String>());
    for _ in 0..tasklets {
        B::spawn(where_am_i(gate.clone(), answers.clone()));
    }
    B::run_others().await?;
    let mut threads: Vec<String> = vec![format!("{:?}", thread::current().id())];
    for number in 0..tasklets {
        gate.send(number).await?;
        threads.push(answers.receive().await?);
    }
    Ok(threads)
}

fn threads<B: Backend>() -> BTreeSet<String> {
    let answers = B::run(asks_around(200)).expect("everybody answers");
    answers.iter().flat_map(|answer| answer.split(' ')).map(str::to_owned).collect()
}

#[test]
fn tasklets_of_one_worker_share_one_thread_which_is_not_the_callers() {
    let threads = threads::<MayOne>();
    assert_eq!(threads.len(), 1, "{threads:?}");
    assert!(!threads.contains(&format!("{:?}", thread::current().id())));
    // Another run is on the same worker.
    assert_eq!(threads, self::threads::<MayOne>());
}

#[test]
fn tasklets_of_many_workers_are_on_several_threads() {
    assert!(threads::<MayMany>().len() > 1);
}

#[tasklet]
async fn waits<B: Backend>(never: B::Channel<u64>) -> Result<(), Error> {
    never.receive().await.map(drop)
}

#[tasklet]
async fn too_many<B: Backend>(most: u64) -> Result<(bool, Error), Error> {
    let never = B::channel::<u64>();
    for _ in 0..most {
        B::spawn(waits(never.clone()));
    }
    B::run_others().await?;
    let beyond: B::Handle = B::spawn(waits(never));
    let alive: bool = beyond.status()?.alive;
    let refusal = B::run_others().await;
    refusal.err().map(|error| (alive, error)).ok_or_else(|| Error::new("nothing refused", ""))
}

#[test]
fn one_tasklet_too_many_is_an_error_in_main_and_the_others_go_on() {
    let most = u64::try_from(MOST_ALIVE).expect("a small number");
    let (alive, error) = MayOne::run(too_many(most)).expect("main goes on");
    assert_eq!((alive, error.kind()), (false, Kind::Exhausted));
    assert_eq!(error.detail(), format!("{MOST_ALIVE} tasklets are alive"));
}

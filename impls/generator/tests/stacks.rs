//! Stacks: how many there can be, that they are given back, and what ends the process.
//!
//! What ends its process runs in another one, which is this program again, told to run one test.
#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Output};

use generator::Gn;
use switchback::{Backend, Blocking, Channel, Control, Error, Kind, tasklet};
use switchback_generator::{Generator, MOST_STACKS, STACK};

const CHILD: &str = "SWITCHBACK_TEST_CHILD";

fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

/// Runs one test of this program in a process of its own.
fn child(test: &str) -> (Output, String) {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
    let output = command.output().expect("a child process");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

fn mappings() -> usize {
    fs::read_to_string("/proc/self/maps").expect("the mappings of this process").lines().count()
}

#[tasklet]
async fn waits<B: Backend>(never: B::Channel<u64>) -> Result<(), Error> {
    never.receive().await.map(drop)
}

/// One tasklet more than there are stacks; then all are killed and there is room again.
#[tasklet]
async fn too_many<B: Backend>(most: u64) -> Result<(bool, bool), Error> {
    let never = B::channel::<u64>();
    let mut all: Vec<B::Handle> = Vec::new();
    for _ in 0..most {
        all.push(B::spawn(waits(never.clone())));
    }
    B::run_others().await?;
    B::spawn(waits(never.clone()));
    let refusal: Result<(), Error> = B::run_others().await;
    let refused: bool = refusal.is_err_and(|error| error.kind() == Kind::Exhausted);
    for handle in all {
        handle.kill().await?;
    }
    let again: B::Handle = B::spawn(waits(never));
    B::run_others().await?;
    let room: bool = again.status()?.alive;
    Ok((refused, room))
}

#[test]
fn one_stack_too_many_is_an_error_and_all_stacks_are_given_back() {
    // In a process of its own: stacks and mappings are counted for all tests.
    if is_child() {
        let most = u64::try_from(MOST_STACKS).expect("a small number");
        let before = mappings();
        for _ in 0..2 {
            assert_eq!(Generator::run(too_many(most)), Ok((true, true)));
        }
        // The first generator, the allocator and thread-local values may keep some.
        let more = mappings().saturating_sub(before);
        assert!(more < 100, "{more} mappings more than before");
        println!("held");
    } else {
        let (output, said) = child("one_stack_too_many_is_an_error_and_all_stacks_are_given_back");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && printed.contains("held"), "{printed}{said}");
    }
}

#[tasklet]
async fn never_runs<B: Backend>() -> Result<(), Error> {
    Err(Error::new("it ran", ""))
}

/// Kills tasklets before their first instruction.
#[tasklet]
async fn kills_before_the_start<B: Backend>(tasklets: u64) -> Result<(), Error> {
    for _ in 0..tasklets {
        let handle: B::Handle = B::spawn(never_runs());
        handle.kill().await?;
    }
    B::run_others().await
}

#[test]
fn tasklets_that_never_start_give_their_stacks_back() {
    let most = u64::try_from(MOST_STACKS).expect("a small number");
    assert_eq!(Generator::run(kills_before_the_start(most + 1)), Ok(()));
}

/// Uses some 100 bytes of stack a level, and comes back.
#[inline(never)]
fn recurse(levels: u64) -> u64 {
    let weight = black_box([levels; 8]);
    if levels == 0 { 0 } else { 1 + recurse(levels - 1) + (weight[0] - levels) }
}

#[tasklet]
async fn digger<B: Backend>(levels: u64) -> Result<(), Error> {
    match recurse(levels) == levels {
        true => Ok(()),
        false => Err(Error::new("lost count", "")),
    }
}

#[tasklet]
async fn spawns_a_digger<B: Backend>(levels: u64) -> Result<(), Error> {
    B::spawn(digger(levels));
    B::run_others().await
}

#[test]
fn an_overflow_ends_the_process() {
    if is_child() {
        Generator::run(spawns_a_digger(100)).expect("100 levels are no problem");
        let overflowed = Generator::run(spawns_a_digger(1_000_000));
        println!("went on: {overflowed:?}");
    } else {
        let (output, said) = child("an_overflow_ends_the_process");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.signal(), Some(6), "{printed}{said}");
        assert!(said.contains("has overflowed its stack"), "{said}");
        assert!(!printed.contains("went on"), "{printed}");
    }
}

/// Receives inside a generator of its own.
#[inline(never)]
fn receives_inside(from: &switchback::kernel::Channel<Generator, u64>) -> Option<u64> {
    let receive =
        |_: generator::Scope<'_, '_, (), u64>| Generator::wait(from.receive()).unwrap_or(u64::MAX);
    Gn::<()>::new_scoped_local(receive).resume()
}

#[tasklet]
async fn sends<B: Backend>(to: B::Channel<u64>, value: u64) -> Result<(), Error> {
    to.send(value).await
}

/// The number that a tasklet sends to main, which receives it inside a generator.
fn meets() -> Option<u64> {
    let channel = Generator::channel::<u64>();
    Generator::spawn(sends(channel.clone(), 7));
    receives_inside(&channel)
}

#[tasklet]
async fn main_inside<B: Backend>() -> Result<u64, Error> {
    let met: Option<u64> = meets();
    met.ok_or_else(|| Error::new("nothing", ""))
}

#[test]
fn main_may_wait_inside_a_generator_of_its_own() {
    assert_eq!(Generator::run(main_inside()), Ok(7));
}

#[tasklet]
async fn inside<B: Backend>() -> Result<(), Error> {
    let received: Option<u64> = receives_inside(&Generator::channel::<u64>());
    println!("went on: {received:?}");
    Ok(())
}

#[tasklet]
async fn spawns_inside<B: Backend>() -> Result<(), Error> {
    B::spawn(inside());
    B::run_others().await
}

#[test]
fn a_tasklet_that_waits_inside_a_generator_of_its_own_ends_the_process() {
    if is_child() {
        let ended = Generator::run(spawns_inside());
        println!("went on: {ended:?}");
    } else {
        let (output, said) =
            child("a_tasklet_that_waits_inside_a_generator_of_its_own_ends_the_process");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.signal(), Some(6), "{printed}{said}");
        assert!(said.contains(&STACK.to_string()), "{said}");
        assert!(!printed.contains("went on"), "{printed}");
    }
}

struct Runs;

impl Drop for Runs {
    fn drop(&mut self) {
        let outcome = Generator::run(kills_before_the_start(3));
        println!("in a panic: {outcome:?}");
    }
}

#[test]
fn the_first_run_of_a_process_may_be_in_a_thread_that_panics() {
    if is_child() {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _runs = Runs;
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
    } else {
        let (output, said) = child("the_first_run_of_a_process_may_be_in_a_thread_that_panics");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{printed}{said}");
        assert!(printed.contains("in a panic: Ok(())"), "{printed}{said}");
    }
}

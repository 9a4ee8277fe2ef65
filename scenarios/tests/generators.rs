//! `B::generate` on every backend: what a producer sends is what the iterator gives, the end and
//! the error of the producer included, and a generator that is dropped stops its producer.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use switchback::{
    Backend, Blocking, Channel, Control, Error, Generator, Iteration, Kind, Portable, Tasklet,
    end_iteration, message, tasklet,
};

/// The guards that were dropped, by number.
static ENDED: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// Says in [`ENDED`] that it was dropped.
#[message]
struct Guard {
    number: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        ENDED.lock().unwrap().push(self.number);
    }
}

fn endings(number: u64) -> usize {
    ENDED.lock().unwrap().iter().filter(|ended| **ended == number).count()
}

/// A number for the guards of one test on one backend.
fn fresh() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(1);
    LAST.fetch_add(1, Ordering::Relaxed)
}

#[tasklet]
async fn count<B: Backend>(values: B::Channel<u64>, to: u64, guard: u64) -> Result<(), Error> {
    let guard: Guard = Guard { number: guard };
    let mut n: u64 = 0;
    while n < to {
        n += 1;
        values.send(n).await?;
    }
    drop(guard);
    Ok(())
}

#[tasklet]
async fn count_and_fail<B: Backend>(values: B::Channel<u64>) -> Result<(), Error> {
    values.send(1).await?;
    Err(Error::new("Overheated", "after one value"))
}

#[tasklet]
async fn sum<B: Backend>(to: u64, guard: u64) -> Result<u64, Error> {
    let numbers = B::generate::<u64, _>(|values| count(values, to, guard));
    let mut sum: u64 = 0;
    while let Some(number) = numbers.next().await? {
        sum = sum * 10 + number;
    }
    // The end stays.
    match numbers.next().await? {
        None => Ok(sum),
        Some(number) => Err(Error::new("TooMuch", number.to_string())),
    }
}

#[tasklet]
async fn failing<B: Backend>() -> Result<String, Error> {
    let numbers = B::generate::<u64, _>(count_and_fail);
    let first: Option<u64> = numbers.next().await?;
    let failure: String = match numbers.next().await {
        Ok(other) => format!("{other:?}"),
        Err(error) => error.to_string(),
    };
    let last: Option<u64> = numbers.next().await?;
    Ok(format!("{first:?}, {failure}, {last:?}"))
}

#[tasklet]
async fn leave<B: Backend>(guard: u64) -> Result<u64, Error> {
    let first: u64 = {
        let numbers = B::generate::<u64, _>(|values| count(values, 1_000_000, guard));
        let first: Option<u64> = numbers.next().await?;
        first.unwrap_or_default()
    };
    let mut turns: u64 = 0;
    while turns < 10 {
        turns += 1;
        B::schedule().await?;
    }
    Ok(first * 10 + endings(guard) as u64)
}

#[tasklet]
async fn never_asked<B: Backend>(guard: u64) -> Result<(), Error> {
    drop(B::generate::<u64, _>(|values| count(values, 3, guard)));
    B::schedule().await
}

#[tasklet]
async fn consume<B: Backend>(numbers: Generator<B, u64>) -> Result<u64, Error> {
    let mut sum: u64 = 0;
    while let Some(number) = numbers.next().await? {
        sum += number;
    }
    Ok(sum)
}

#[tasklet]
async fn two_consumers<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = B::channel();
    let sums: B::Channel<u64> = B::channel();
    B::spawn(wait_and_tell(numbers.clone(), sums.clone()));
    B::spawn(wait_and_tell(numbers.clone(), sums.clone()));
    numbers.send(4).await?;
    numbers.send(5).await?;
    end_iteration::<B, u64>(numbers).await?;
    Ok(sums.receive().await? + sums.receive().await?)
}

#[tasklet]
async fn wait_and_tell<B: Backend>(
    numbers: B::Channel<u64>,
    sums: B::Channel<u64>,
) -> Result<(), Error> {
    let mut sum: u64 = 0;
    while let Some(number) = numbers.next().await.item()? {
        sum += number;
    }
    sums.send(sum).await
}

/// Closes the channel where it should end the iteration.
#[tasklet]
async fn closes_only<B: Backend>(numbers: B::Channel<u64>) -> Result<(), Error> {
    numbers.send(1).await?;
    numbers.close()
}

#[tasklet]
async fn waits_for_the_end<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = B::channel();
    B::spawn(closes_only(numbers.clone()));
    let mut sum: u64 = 0;
    while let Some(number) = numbers.next().await.item()? {
        sum += number;
    }
    Ok(sum)
}

#[tasklet]
async fn for_loop<B: Blocking>(guard: u64) -> Result<u64, Error> {
    let mut sum: u64 = 0;
    for number in B::generate::<u64, _>(|values| count(values, 9, guard)) {
        sum += number?;
    }
    Ok(sum)
}

fn every<B: Backend>() {
    let name = B::NAME;
    let guard = fresh();
    assert_eq!(B::run(sum(4, guard)), Ok(1234), "{name}");
    assert_eq!(endings(guard), 1, "{name}");
    let empty = fresh();
    assert_eq!(B::run(sum(0, empty)), Ok(0), "{name}: a producer that sends nothing");
    assert_eq!(
        B::run(failing()).as_deref(),
        Ok("Some(1), Overheated: after one value, None"),
        "{name}"
    );
    let left = fresh();
    let told = B::run(leave(left)).expect(name);
    assert_eq!(told / 10, 1, "{name}");
    if B::CAPABILITIES.order_exact {
        assert_eq!(told % 10, 1, "{name}: the producer ends in its next turn");
    }
    assert_eq!(endings(left), 1, "{name}: the producer ends with the run at the latest");
    let never = fresh();
    assert_eq!(B::run(never_asked(never)), Ok(()), "{name}");
    assert!(endings(never) <= 1, "{name}");
    assert_eq!(B::run(two_consumers()), Ok(9), "{name}");
    if B::CAPABILITIES.deadlock {
        // On a backend that is not order-exact the channel may be closed before main waits.
        match B::run(waits_for_the_end()) {
            Ok(sum) => assert!(sum == 1 && !B::CAPABILITIES.order_exact, "{name}: {sum}"),
            Err(error) => {
                assert_eq!(error.kind(), Kind::MainReceiving, "{name}: {error}");
                assert!(error.to_string().contains("`end_iteration`"), "{name}: {error}");
            }
        }
    }
}

#[tasklet]
async fn left<B: Backend>(guard: u64) -> Result<Generator<B, u64>, Error> {
    Ok(B::generate::<u64, _>(|values| count(values, 9, guard)))
}

fn blocking<B: Blocking>() {
    assert_eq!(B::run(for_loop(fresh())), Ok(45), "{}", B::NAME);
    // An error is the last item, whatever it is: here there is no scheduler any more.
    let items: Vec<_> = B::run(left(fresh())).expect("a generator").take(3).collect();
    let [Err(error)] = items.as_slice() else { panic!("{}: {items:?}", B::NAME) };
    assert_eq!(error.kind(), Kind::WrongScheduler, "{}", B::NAME);
}

#[tasklet]
async fn split<B: Portable>(guard: u64) -> Result<String, Error> {
    let numbers = B::generate::<u64, _>(|values| count(values, 5, guard));
    let first: Option<u64> = numbers.next().await?;
    // The fork has a producer of its own, at the same place.
    let other: Generator<B, u64> = B::fork(&numbers)?;
    let second: Option<u64> = numbers.next().await?;
    let its: Option<u64> = other.next().await?;
    drop(other);
    let mut turns: u64 = 0;
    while turns < 3 {
        turns += 1;
        B::schedule().await?;
    }
    let ended: usize = endings(guard);
    let third: Option<u64> = numbers.next().await?;
    // A clone is another consumer.
    let clone: Generator<B, u64> = numbers.clone();
    let fourth: Option<u64> = clone.next().await?;
    drop(clone);
    let fifth: Option<u64> = numbers.next().await?;
    Ok(format!("{first:?} {second:?} {its:?} {ended} {third:?} {fourth:?} {fifth:?}"))
}

#[tasklet]
async fn freeze<B: Portable>(asked: u64) -> Result<Vec<u8>, Error> {
    let numbers = B::generate::<u64, _>(|values| count(values, 5, 0));
    let mut sum: u64 = 0;
    while sum < asked {
        sum += numbers.next().await?.unwrap_or(0);
    }
    let consumer: B::Handle = B::spawn_paused(consume(numbers))?;
    B::dump(&consumer, &B::program::<freeze::Call<B>>())
}

#[tasklet]
async fn thaw<B: Portable>(bytes: Vec<u8>) -> Result<bool, Error> {
    let consumer: B::Handle = B::load(&bytes, &B::program::<freeze::Call<B>>())?;
    consumer.insert()?;
    B::run_others().await?;
    Ok(!consumer.status()?.alive)
}

fn portable<B: Portable>() {
    let guard = fresh();
    assert_eq!(
        B::run(split(guard)).as_deref(),
        Ok("Some(1) Some(2) Some(2) 1 Some(3) Some(4) Some(5)"),
        "{}",
        B::NAME
    );
    assert_eq!(endings(guard), 2, "{}: the producer and its copy", B::NAME);
    // Before the producer has begun, and while it waits for a receiver.
    for asked in [0, 3] {
        let bytes = B::run(freeze(asked)).expect("what a generator keeps can be written");
        assert_eq!(B::run(thaw(bytes.clone())), Ok(true), "{}", B::NAME);
        // Half of a pickle makes nothing: its generator finds no producer to stop.
        for length in 0..bytes.len() {
            let refused = B::run(thaw(bytes[..length].to_vec())).expect_err("half of a pickle");
            assert_eq!(refused.kind(), Kind::BadPickle, "{}", B::NAME);
        }
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x11;
            let _ = B::run(thaw(bytes));
        }
    }
}

macro_rules! on {
    ($check:ident: $($test:ident $backend:ty),* $(,)?) => {$(
        #[test]
        fn $test() {
            $check::<$backend>();
        }
    )*};
}

on!(every:
    hard switchback_hard::Hard,
    soft switchback_soft::Soft,
    poll switchback_poll::Poll,
    baton switchback_baton::Baton,
    generator switchback_generator::Generator,
    threads switchback_threads::Threads,
    threads_deque switchback_threads::ThreadsDeque,
    threads_queue_1 switchback_threads::ThreadsQueue1,
    threads_queue_1000 switchback_threads::ThreadsQueue1000,
    may_one switchback_may::MayOne,
    may_many switchback_may::MayMany,
    tokio_current switchback_tokio::TokioCurrent,
    tokio_multi switchback_tokio::TokioMulti,
    smol switchback_smol::Smol,
);
on!(blocking:
    for_on_hard switchback_hard::Hard,
    for_on_baton switchback_baton::Baton,
    for_on_generator switchback_generator::Generator,
    for_on_threads switchback_threads::Threads,
    for_on_may switchback_may::MayMany,
);
on!(portable: soft_moves switchback_soft::Soft);

/// How many values come of a producer that would never end, and is killed after the first.
#[tasklet]
async fn killed<B: Backend>() -> Result<u64, Error> {
    let numbers = B::generate::<u64, _>(|values| count(values, u64::MAX, 0));
    let mut got: u64 = 0;
    while let Some(number) = numbers.next().await? {
        got += 1;
        if number == 1 {
            let producer: B::Handle = numbers.producer();
            producer.kill().await?;
        }
    }
    Ok(got)
}

#[test]
fn a_killed_producer_ends_the_iteration() {
    fn on<B: Backend>() {
        let got = B::run(killed()).expect(B::NAME);
        // Without an exact order the exit comes at the next suspension at the latest (N17).
        assert!(got == 1 || !B::CAPABILITIES.order_exact && got <= 2, "{}: {got}", B::NAME);
    }
    on::<switchback_hard::Hard>();
    on::<switchback_soft::Soft>();
    on::<switchback_poll::Poll>();
    on::<switchback_baton::Baton>();
    on::<switchback_tokio::TokioCurrent>();
    on::<switchback_threads::Threads>();
}

/// The tasklets of this file are tasklets of the frame form too.
#[test]
fn the_program_of_a_consumer_has_its_producer() {
    fn names<K: Tasklet<switchback_soft::Soft>>() -> Vec<&'static str> {
        switchback_soft::Soft::program::<K>().types().iter().map(|t| t.name).collect()
    }
    let names = names::<sum::Call<switchback_soft::Soft>>();
    assert!(names.contains(&"switchback::generate"), "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("::count")), "{names:?}");
}

/// A pickle of a generator that has not begun has the first state of its producer in it, so it is
/// refused when the code of the producer has changed.
#[test]
fn a_generator_changes_with_its_producer() {
    fn fingerprint<K: Tasklet<switchback_soft::Soft>>() -> u64 {
        let program = switchback_soft::Soft::program::<K>();
        let mut generators = program.types().iter().filter(|t| t.name == "switchback::generate");
        generators.next().expect("it generates").fingerprint
    }
    let of_count = fingerprint::<sum::Call<switchback_soft::Soft>>();
    assert_eq!(of_count, fingerprint::<leave::Call<switchback_soft::Soft>>());
    assert_ne!(of_count, fingerprint::<failing::Call<switchback_soft::Soft>>());
}

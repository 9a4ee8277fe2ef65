//! Suspended tasklets as bytes and as copies.

use std::sync::Mutex;

use switchback::{Backend, Channel, Control, Error, Kind, Portable, Value, tasklet};
use switchback_soft::Soft;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// The lines are common to all tests of this file.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn say(line: String) {
    LINES.lock().unwrap().push(line);
}

fn said() -> Vec<String> {
    std::mem::take(&mut LINES.lock().unwrap())
}

#[tasklet]
async fn enter<B: Backend>(level: u32, depth: u32, hi: B::Channel<String>) -> Result<u32, Error> {
    say(format!("enter {level}"));
    let mut below: u32 = 0;
    if level < depth {
        below = enter(level + 1, depth, hi).await?;
    } else {
        hi.send("hi".to_string()).await?;
    }
    say(format!("leave {level}"));
    Ok(below + 1)
}

#[tasklet]
async fn outermost<B: Backend>(depth: u32, hi: B::Channel<String>) -> Result<(), Error> {
    let levels = enter(1, depth, hi).await?;
    say(format!("{levels} levels"));
    Ok(())
}

type Hi = <Soft as Backend>::Channel<String>;
type Handle = <Soft as Backend>::Handle;

#[tasklet]
async fn freeze<B: Portable>(depth: u32) -> Result<Vec<u8>, Error> {
    let hi: B::Channel<String> = B::channel();
    let t = B::spawn(outermost(depth, hi.clone()));
    B::schedule().await?;
    let program = B::program::<outermost::Call<B>>();
    B::dump(&(t, hi), &program)
}

#[tasklet]
async fn thaw<B: Portable>(bytes: Vec<u8>) -> Result<String, Error> {
    let program = B::program::<outermost::Call<B>>();
    let (t, hi): (B::Handle, B::Channel<String>) = B::load(&bytes, &program)?;
    let status = t.status()?;
    assert!(status.alive && status.blocked);
    assert_eq!(hi.balance()?, 1);
    let value = hi.receive().await?;
    B::run_others().await?;
    assert!(!t.status()?.alive);
    Ok(value)
}

fn lines(word: &str, levels: impl Iterator<Item = u32>) -> Vec<String> {
    levels.map(|l| format!("{word} {l}")).collect()
}

#[test]
fn a_recursion_frozen_at_its_bottom_leaves_in_another_scheduler() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    for depth in [1, 9, 1_000] {
        let bytes = Soft::run(freeze(depth)).unwrap();
        let mut expected = lines("enter", 1..=depth);
        assert_eq!(said(), expected);
        assert_eq!(Soft::run(thaw(bytes)), Ok("hi".to_string()));
        expected = lines("leave", (1..=depth).rev());
        expected.push(format!("{depth} levels"));
        assert_eq!(said(), expected);
    }
}

#[tasklet]
async fn fork_twice<B: Portable>() -> Result<(), Error> {
    let hi: B::Channel<String> = B::channel();
    let t = B::spawn(outermost(2, hi.clone()));
    B::schedule().await?;
    let (t1, hi1) = B::fork(&(t.clone(), hi.clone()))?;
    let (t2, hi2) = B::fork(&(t1.clone(), hi1.clone()))?;
    for (t, hi) in [(t2, hi2), (t, hi), (t1, hi1)] {
        assert_eq!(hi.balance()?, 1);
        assert!(t.status()?.blocked);
        let pair: (B::Handle, B::Channel<String>) = (t, hi);
        PAIRS.with_borrow_mut(|p| p.push(Box::new(pair)));
    }
    Ok(())
}

thread_local! {
    static PAIRS: std::cell::RefCell<Vec<Box<dyn std::any::Any>>> =
        const { std::cell::RefCell::new(Vec::new()) };
}

#[tasklet]
async fn use_copies<B: Portable>() -> Result<(), Error> {
    fork_twice().await?;
    for _ in 0u32..3 {
        let boxed = PAIRS.with_borrow_mut(|p| p.remove(0));
        let (t, hi) = *boxed.downcast::<(B::Handle, B::Channel<String>)>().unwrap();
        let t: B::Handle = t;
        let hi: B::Channel<String> = hi;
        let word = hi.receive().await?;
        assert_eq!(word, "hi");
        B::run_others().await?;
        assert!(!t.status()?.alive);
        say("one copy done".to_string());
    }
    Ok(())
}

#[test]
fn copies_of_a_suspended_tasklet_run_independently() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    said();
    Soft::run(use_copies()).unwrap();
    let mut expected = lines("enter", 1..=2);
    for _ in 0..3 {
        expected.extend(lines("leave", (1..=2).rev()));
        expected.push("2 levels".to_string());
        expected.push("one copy done".to_string());
    }
    assert_eq!(said(), expected);
}

#[tasklet]
async fn answers<B: Backend>(out: B::Channel<u64>) -> Result<(), Error> {
    out.send(7).await?;
    Ok(())
}

#[tasklet]
async fn refusals<B: Portable>() -> Result<(), Error> {
    let program = B::program::<answers::Call<B>>();
    let me = B::current()?;
    assert_eq!(B::dump(&me, &program).unwrap_err().kind(), Kind::PickleCurrent);
    let out: B::Channel<u64> = B::channel();
    let t = B::spawn_paused(answers(out.clone()))?;
    let other = B::program::<outermost::Call<B>>();
    let error = B::dump(&t, &other).unwrap_err();
    assert_eq!(error.kind(), Kind::NotPicklable);
    assert!(error.to_string().contains("answers"), "{error}");

    let bytes = B::dump(&t, &program)?;
    let before = B::run_queue()?.len();
    let error = B::load::<B::Handle>(&bytes, &other).unwrap_err();
    assert_eq!(error.kind(), Kind::BadPickle);
    assert!(error.to_string().contains("answers is unknown"), "{error}");
    for cut in 0..bytes.len() {
        let error = B::load::<B::Handle>(&bytes[..cut], &program).unwrap_err();
        assert_eq!(error.kind(), Kind::BadPickle, "cut at {cut}");
    }
    let mut accepted: u32 = 0;
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            if B::load::<B::Handle>(&changed, &program).is_ok() {
                accepted += 1;
            }
        }
    }
    assert!((accepted as usize) < bytes.len() * 2, "{accepted} of {} mutants", bytes.len() * 8);
    assert_eq!(B::run_queue()?.len(), before);
    assert_eq!(out.balance()?, 0);
    Ok(())
}

#[test]
fn what_cannot_be_pickled_or_loaded_is_refused_by_name() {
    Soft::run(refusals()).unwrap();
}

#[tasklet]
async fn not_started<B: Portable>() -> Result<(), Error> {
    let out: B::Channel<u64> = B::channel();
    let bytes: Vec<u8> = {
        let t = B::spawn_paused(answers(out.clone()))?;
        B::dump(&(t, out), &B::program::<answers::Call<B>>())?
    };
    let program = B::program::<answers::Call<B>>();
    let (copy, _): (B::Handle, B::Channel<u64>) = B::load(&bytes, &program)?;
    assert!(copy.status()?.paused());
    copy.throw_pending(Error::new("early", ""))?;
    let result = B::run_others().await;
    assert_eq!(result.unwrap_err().name(), "early");
    let program = B::program::<answers::Call<B>>();
    let (copy, out): (B::Handle, B::Channel<u64>) = B::load(&bytes, &program)?;
    copy.insert()?;
    assert_eq!(out.receive().await?, 7);
    Ok(())
}

#[test]
fn a_tasklet_pickled_before_its_first_instruction_can_still_be_killed_there() {
    Soft::run(not_started()).unwrap();
}

#[tasklet]
async fn passes_a_value<B: Backend>(
    into: B::Channel<u64>,
    seen: B::Channel<u64>,
) -> Result<(), Error> {
    let value = into.receive().await?;
    seen.send(value + 1).await?;
    Ok(())
}

#[tasklet]
async fn value_in_flight<B: Portable>() -> Result<(), Error> {
    let (into, seen): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    into.set_preference(switchback::Preference::Caller)?;
    let t = B::spawn(passes_a_value(into.clone(), seen.clone()));
    B::schedule().await?;
    // The receiver is made runnable with the value in its slot, and does not run yet.
    into.send(41).await?;
    t.remove()?;
    assert!(matches!(t.slot()?, Value::Message(_)));
    let program = B::program::<passes_a_value::Call<B>>();
    let bytes = B::dump(&(t, seen), &program)?;
    let (copy, seen): (B::Handle, B::Channel<u64>) = B::load(&bytes, &program)?;
    copy.insert()?;
    assert_eq!(seen.receive().await?, 42);
    Ok(())
}

#[test]
fn a_value_on_its_way_is_in_the_pickle() {
    Soft::run(value_in_flight()).unwrap();
}

#[test]
fn handles_of_one_run_are_inert_in_the_next() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let bytes = Soft::run(freeze(1));
    assert!(bytes.is_ok());
    let stray: Hi = Soft::channel();
    assert_eq!(stray.balance().unwrap_err().kind(), Kind::WrongScheduler);
    let _: fn(&Handle) = |_| ();
}

#[tasklet]
async fn keeps<B: Backend>(next: Option<B::Handle>) -> Result<(), Error> {
    B::schedule().await?;
    drop(next);
    Ok(())
}

#[tasklet]
async fn long_chain<B: Backend>(length: u32) -> Result<(), Error> {
    let mut last: Option<B::Handle> = None;
    for _ in 0..length {
        last = Some(B::spawn_paused(keeps(last))?);
    }
    drop(last);
    Ok(())
}

#[test]
fn a_long_chain_of_unreachable_tasklets_is_freed_without_native_recursion() {
    let small = std::thread::Builder::new().stack_size(256 * 1024);
    let run = small.spawn(|| Soft::run(long_chain(100_000))).unwrap();
    assert_eq!(run.join().unwrap(), Ok(()));
}

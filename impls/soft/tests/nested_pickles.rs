//! User code that runs while a graph is written, read or copied: the graph is that of one kernel.

#![forbid(unsafe_code)]

use std::cell::RefCell;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback::{
    Backend, Channel, Control, Error, Kind, Message, Portable, Value,
    pickle::{Reader, Writer},
    tasklet,
};
use switchback_soft::Soft;

thread_local! {
    static SEEN: RefCell<Vec<Result<(), Kind>>> = const { RefCell::new(Vec::new()) };
}

fn note<T>(result: Result<T, Error>) {
    SEEN.with_borrow_mut(|seen| seen.push(result.map(drop).map_err(|error| error.kind())));
}

/// Runs a scheduler of its own whenever serde or a clone reaches it, and tries to put a tasklet and a
/// channel of that into the graph, and to take some out of it.
#[derive(Debug)]
struct Nosy;

#[tasklet]
async fn waits<B: Backend>() -> Result<(), Error> {
    B::schedule_remove(Value::Empty).await.map(drop)
}

#[tasklet]
async fn writes<B: Portable>() -> Result<(), Error> {
    let handle: B::Handle = B::spawn(waits());
    let channel: B::Channel<u64> = B::channel();
    B::schedule().await?;
    note(Writer::default().leaf(&handle));
    note(Writer::default().leaf(&channel));
    // A graph of its own is another thing.
    let program = B::program::<waits::Call<B>>();
    note(B::dump(&(handle, channel), &program));
    Ok(())
}

#[tasklet]
async fn reads<B: Portable>() -> Result<(), Error> {
    for number in 0..2u8 {
        note(Reader::new(&[number]).leaf::<B::Handle>());
        note(Reader::new(&[number]).leaf::<B::Channel<u64>>());
    }
    Ok(())
}

#[tasklet]
async fn clones<B: Portable>() -> Result<(), Error> {
    let handle: B::Handle = B::spawn(waits());
    note(if handle.clone() == handle { Ok(()) } else { Err(Error::new("copied", "")) });
    note(B::fork(&handle));
    Ok(())
}

impl Serialize for Nosy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        note(Soft::run(writes()));
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Nosy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer)?;
        note(Soft::run(reads()));
        Ok(Self)
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        note(Soft::run(clones()));
        Self
    }
}

impl Message for Nosy {}

fn seen() -> Vec<Result<(), Kind>> {
    SEEN.with_borrow_mut(std::mem::take)
}

#[tasklet]
async fn keeps<B: Backend>(numbers: B::Channel<u64>, nosy: Nosy) -> Result<(), Error> {
    let number: u64 = numbers.receive().await?;
    let _ = nosy;
    numbers.send(number + 1).await
}

type Roots<B> = (<B as Backend>::Channel<u64>, <B as Backend>::Handle, Nosy);

/// Sends one value through what was loaded or copied.
#[tasklet]
async fn goes_on<B: Portable>(forks: bool) -> Result<u64, Error> {
    let numbers: B::Channel<u64> = B::channel();
    let handle: B::Handle = B::spawn(keeps(numbers.clone(), Nosy));
    B::schedule().await?;
    seen();
    let roots: Roots<B> = (numbers, handle, Nosy);
    let program = B::program::<keeps::Call<B>>();
    let copy: Roots<B> = if forks {
        let copy: Roots<B> = B::fork(&roots)?;
        assert_eq!(seen(), [Ok(()), Ok(()), Ok(())].repeat(2));
        copy
    } else {
        let bytes: Vec<u8> = B::dump(&roots, &program)?;
        let no = Err(Kind::NotPicklable);
        assert_eq!(seen(), [no, no, Ok(()), Ok(())].repeat(2));
        let copy: Roots<B> = B::load(&bytes, &program)?;
        let no = Err(Kind::BadPickle);
        assert_eq!(seen(), [no, no, no, no, Ok(())].repeat(2));
        copy
    };
    let numbers: B::Channel<u64> = copy.0.clone();
    let handle: B::Handle = copy.1.clone();
    seen();
    numbers.send(4).await?;
    let number: u64 = numbers.receive().await?;
    assert!(handle.status()?.alive);
    Ok(number)
}

#[test]
fn a_scheduler_inside_of_dump_and_load_is_no_part_of_the_graph() {
    assert_eq!(Soft::run(goes_on(false)), Ok(5));
}

#[test]
fn a_scheduler_inside_of_fork_is_no_part_of_the_graph() {
    assert_eq!(Soft::run(goes_on(true)), Ok(5));
}

/// Does all it can to the tasklet that it gets before the graph is there.
#[derive(Debug)]
struct Eager(<Soft as Backend>::Handle);

fn meddle(handle: &<Soft as Backend>::Handle) {
    note(handle.insert());
    note(Soft::bind(handle, waits()));
    note(handle.unbind());
    note(handle.set_slot(Value::message(1u64)));
    note(handle.setup());
    note(handle.throw_pending(Kind::WrongType.into()));
}

impl Serialize for Eager {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Eager {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let handle = <Soft as Backend>::Handle::deserialize(deserializer)?;
        meddle(&handle);
        Ok(Self(handle))
    }
}

impl Clone for Eager {
    fn clone(&self) -> Self {
        let handle = self.0.clone();
        if handle != self.0 {
            meddle(&handle);
        }
        Self(handle)
    }
}

impl Message for Eager {}

fn with_roots() -> Result<(), Error> {
    let numbers = Soft::channel::<u64>();
    let handle = Soft::spawn_paused(keeps(numbers.clone(), Nosy))?;
    let program = Soft::program::<keeps::Call<Soft>>();
    let roots = (numbers, Eager(handle));
    let bytes = Soft::dump(&roots, &program)?;
    let refused = [
        Err(Kind::RunDead),
        Err(Kind::NativeState),
        Err(Kind::NativeState),
        Err(Kind::NativeState),
        Err(Kind::NotBound),
        Err(Kind::ThrowDead),
    ];
    seen();
    let loaded: (<Soft as Backend>::Channel<u64>, Eager) = Soft::load(&bytes, &program)?;
    assert_eq!(seen()[..6], refused);
    let copied = Soft::fork(&roots)?;
    assert_eq!(seen()[..6], refused);
    for (_, Eager(handle)) in [loaded, copied] {
        let status = handle.status()?;
        assert!(status.alive && !status.scheduled);
        handle.insert()?;
    }
    Ok(())
}

#[test]
fn a_tasklet_that_is_being_made_refuses_what_would_change_it() {
    assert_eq!(Soft::run(meddling()), Ok(()));
}

#[tasklet]
async fn meddling<B: Backend>() -> Result<(), Error> {
    with_roots()?;
    Ok(())
}

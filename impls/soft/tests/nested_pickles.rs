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

type Numbers = <Soft as Backend>::Channel<u64>;
type Handle = <Soft as Backend>::Handle;

/// Makes a channel and a tasklet when it is written or copied, which nothing else knows, and gives
/// them up before the graph is complete.
#[derive(Debug)]
struct Makes(Option<(Numbers, Handle)>);

fn made() -> (Numbers, Handle) {
    (Soft::channel(), Soft::spawn_paused(waits()).expect("a scheduler runs"))
}

impl Serialize for Makes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        made().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Makes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer).map(|made| Self(Some(made)))
    }
}

impl Clone for Makes {
    fn clone(&self) -> Self {
        Self(Some(made().clone()))
    }
}

impl Message for Makes {}

fn all_different(roots: (Makes, Makes, Makes)) -> Result<(), Error> {
    let (Makes(Some(a)), Makes(Some(b)), Makes(Some(c))) = roots else { panic!("all were made") };
    assert!(a.0 != b.0 && b.0 != c.0 && a.0 != c.0, "three channels");
    assert!(a.1 != b.1 && b.1 != c.1 && a.1 != c.1, "three tasklets");
    for handle in [a.1, b.1, c.1] {
        assert!(handle.status()?.alive);
    }
    Ok(())
}

/// The address of a block says what is in the graph, so no other block may get it meanwhile.
#[test]
fn what_serde_and_clones_make_and_drop_keeps_its_identity() {
    let make = || {
        let roots = (Makes(None), Makes(None), Makes(None));
        let program = Soft::program::<waits::Call<Soft>>();
        all_different(Soft::load(&Soft::dump(&roots, &program)?, &program)?)?;
        all_different(Soft::fork(&roots)?)?;
        Ok(())
    };
    run_here(make);
}

/// Forks something else when it is copied.
#[derive(Debug)]
struct Forks;

impl Serialize for Forks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Forks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Self)
    }
}

impl Clone for Forks {
    fn clone(&self) -> Self {
        let channel: Numbers = Soft::channel();
        note(Soft::fork(&channel).map(|copy| assert!(copy != channel)));
        Self
    }
}

impl Message for Forks {}

/// Clones its clone, when it is copied.
#[derive(Debug)]
struct Twice((Numbers, Handle), (Numbers, Handle));

impl Serialize for Twice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.0, &self.1).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Twice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer).map(|(one, two)| Self(one, two))
    }
}

impl Clone for Twice {
    fn clone(&self) -> Self {
        let copy = self.0.clone();
        Self(copy.clone(), copy)
    }
}

impl Message for Twice {}

#[test]
fn a_clone_of_a_copy_is_that_copy() {
    run_here(|| {
        let both = made();
        let Twice(one, two) = Soft::fork(&Twice(both.clone(), both.clone()))?;
        assert!(one == two, "one channel and one tasklet");
        assert!(one.0 != both.0 && one.1 != both.1, "copies");
        assert!(one.1.status()?.alive);
        Ok(())
    });
}

#[test]
fn a_fork_goes_on_behind_a_fork_in_a_clone() {
    run_here(|| {
        let handle = Soft::spawn_paused(waits())?;
        let channel: Numbers = Soft::channel();
        let roots = (Forks, channel, handle);
        seen();
        let copy: (Forks, Numbers, Handle) = Soft::fork(&roots)?;
        assert_eq!(seen(), [Ok(())]);
        assert!(copy.1 != roots.1 && copy.2 != roots.2, "copies, not the originals");
        assert!(roots.1.clone() == roots.1, "the fork has ended");
        Ok(())
    });
}

type Work = Box<dyn Fn() -> Result<(), Error>>;

thread_local! {
    static WORK: RefCell<Option<Work>> = const { RefCell::new(None) };
}

#[tasklet]
async fn works<B: Backend>() -> Result<(), Error> {
    let work = WORK.take();
    work.map_or(Ok(()), |work| work())
}

/// Runs `work` in the main tasklet.
fn run_here(work: impl Fn() -> Result<(), Error> + 'static) {
    WORK.set(Some(Box::new(work)));
    assert_eq!(Soft::run(works()), Ok(()));
}

/// Kernels come and go at the same addresses, and number their tasklets alike.
#[test]
fn handles_of_two_runs_are_not_equal() {
    thread_local! {
        static MADE: RefCell<Vec<(Numbers, Handle)>> = const { RefCell::new(Vec::new()) };
    }
    for _ in 0..4 {
        run_here(|| {
            let (channel, handle) = (Soft::channel::<u64>(), Soft::main()?);
            MADE.with_borrow_mut(|made| {
                assert!(made.iter().all(|old| old.0 != channel && old.1 != handle));
                assert!(made.iter().all(|old| old.0 == old.0.clone() && old.1 == old.1.clone()));
                made.push((channel, handle));
            });
            Ok(())
        });
    }
    // Here no kernel runs, and each still is what it was.
    MADE.with_borrow(|made| {
        for (i, a) in made.iter().enumerate() {
            for (j, b) in made.iter().enumerate() {
                assert_eq!((a.0 == b.0.clone(), a.1 == b.1.clone()), (i == j, i == j));
            }
        }
    });
}

//! Tasklets blocked on a channel that the graph does not reach (Q07), several roots, channels with
//! flags and waiters, whatever lies in slots, sealed pickles.

use std::{any::Any, cell::RefCell, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use switchback::{
    Backend, Channel, Control, Error, Kind, Message, Portable, Preference, Value,
    frame::FrameList,
    pickle::{Key, open, seal},
    tasklet,
};
use switchback_soft::Soft;

/// A channel that every process has one of, so that it is written as nothing.
#[derive(Clone)]
struct Console<B: Backend>(Arc<B::Channel<u64>>);

impl<B: Backend> Serialize for Console<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de, B: Backend> Deserialize<'de> for Console<B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer)?;
        Ok(Self(Arc::new(B::channel())))
    }
}

impl<B: Backend> Message for Console<B> {}

#[tasklet]
async fn asks<B: Backend>(console: Console<B>) -> Result<(), Error> {
    let n = console.0.receive().await?;
    assert_eq!(n, 5);
    Ok(())
}

#[tasklet]
async fn tells<B: Backend>(console: Console<B>) -> Result<(), Error> {
    console.0.send(5).await?;
    Ok(())
}

/// All functions of this file; those in `detached` may leave their channel behind.
fn program<B: Portable>(detached: &[&str]) -> FrameList {
    let mut list = B::program::<asks::Call<B>>();
    list.add::<B, tells::Call<B>>();
    list.add::<B, offers::Call<B>>();
    list.add::<B, fails_to::Call<B>>();
    list.add::<B, turns::Call<B>>();
    for name in detached {
        list.allow_detached(*name);
    }
    list
}

/// Refused by name; with the channel among the roots it comes along; detached if that is allowed.
#[tasklet]
async fn blocked_outside<B: Portable>(sending: bool) -> Result<(), Error> {
    let console: Console<B> = Console(Arc::new(B::channel()));
    let name: String = if sending { "outside::tells" } else { "outside::asks" }.to_owned();
    let t: B::Handle =
        if sending { B::spawn(tells(console.clone())) } else { B::spawn(asks(console.clone())) };
    B::schedule().await?;
    assert!(t.status()?.blocked);

    let error: Error = B::dump(&t, &program::<B>(&[])).unwrap_err();
    assert_eq!(error.kind(), Kind::NotPicklable);
    assert!(error.detail().contains(&name) && error.detail().contains("allow_detached"), "{error}");
    assert_eq!(B::dump(&t, &program::<B>(&["outside::somebody"])).unwrap_err(), error);
    assert_eq!(B::fork(&t).err(), Some(error));

    let with_channel = B::dump(&(t.clone(), B::Channel::clone(&console.0)), &program::<B>(&[]))?;
    let (copy, channel): (B::Handle, B::Channel<u64>) = B::load(&with_channel, &program::<B>(&[]))?;
    assert_eq!(channel.waiting()?, [copy]);

    let bytes = B::dump(&t, &program::<B>(&[&name]))?;
    let copy: B::Handle = B::load(&bytes, &program::<B>(&[]))?;
    assert!(copy.status()?.paused());
    let outcome: Result<Value<B>, Error> = copy.run().await;
    let outcome = outcome.unwrap_err();
    assert_eq!(outcome.kind(), Kind::NotPicklable);
    assert!(outcome.detail().contains("left out"), "{outcome}");

    // The original is where it was.
    assert_eq!(console.0.waiting()?, [t]);
    if sending {
        assert_eq!(console.0.receive().await?, 5);
    } else {
        console.0.send(5).await?;
    }
    Ok(())
}

#[test]
fn a_receiver_that_would_forget_its_channel_is_refused_unless_named() {
    Soft::run(blocked_outside(false)).unwrap();
}

#[test]
fn a_sender_that_would_forget_its_channel_is_refused_unless_named() {
    Soft::run(blocked_outside(true)).unwrap();
}

#[tasklet]
async fn offers<B: Backend>(n: u64, to: B::Channel<u64>) -> Result<(), Error> {
    to.send(n).await
}

#[tasklet]
async fn fails_to<B: Backend>(to: B::Channel<u64>) -> Result<(), Error> {
    to.send_error(Error::new("E7", "offered")).await
}

thread_local! {
    static COPIES: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Three senders, one of an error; flags; two roots that are one; a second, empty channel.
#[tasklet]
async fn queue_of_three<B: Portable>() -> Result<(), Error> {
    let (to, spare): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    B::spawn(offers(1, to.clone()));
    B::spawn(fails_to(to.clone()));
    B::spawn(offers(3, to.clone()));
    B::schedule().await?;
    to.close()?;
    to.set_preference(Preference::Sender)?;
    spare.set_schedule_all(true)?;
    let roots: Vec<B::Channel<u64>> = vec![to.clone(), spare, to.clone()];
    let bytes = B::dump(&roots, &program::<B>(&[]))?;
    let loaded = B::load::<Vec<B::Channel<u64>>>(&bytes, &program::<B>(&[]))?;
    for copies in [loaded, B::fork(&roots)?] {
        COPIES.with_borrow_mut(|c| c.push(Box::new(copies)));
    }
    for _ in 0u32..2 {
        let copies: Box<dyn Any> = COPIES.with_borrow_mut(|c| c.remove(0));
        let copies: Vec<B::Channel<u64>> = *copies.downcast().unwrap();
        let numbers: Vec<u64> = copies.iter().map(|c| c.number()).collect();
        assert!(numbers[0] == numbers[2] && numbers[0] != numbers[1]);
        assert_ne!(numbers[0], to.number());
        assert!(copies[0].is_closing()? && !copies[1].is_closing()?);
        assert_eq!((copies[0].balance()?, copies[1].balance()?), (3, 0));
        let queue: B::Channel<u64> = copies[0].clone();
        assert_eq!(queue.receive().await?, 1);
        let second: Result<u64, Error> = queue.receive().await;
        assert_eq!(second.unwrap_err().name(), "E7");
        assert_eq!(queue.receive().await?, 3);
        let fourth: Result<u64, Error> = queue.receive().await;
        assert_eq!(fourth.unwrap_err().kind(), Kind::Closed);
    }
    assert_eq!(to.balance()?, 3);
    Ok(())
}

#[test]
fn waiters_flags_and_offered_errors_come_along() {
    Soft::run(queue_of_three()).unwrap();
}

/// Says what is in its slot, which its code expects nothing of.
#[tasklet]
async fn turns<B: Backend>(seen: B::Channel<String>) -> Result<(), Error> {
    let value: Value<B> = B::schedule_remove(Value::Empty).await?;
    let text = match value {
        Value::Message(message) => match message.into_any().downcast::<u64>() {
            Ok(n) => format!("number {n}"),
            Err(_) => "another message".to_owned(),
        },
        Value::Tasklet(t) => format!("a tasklet, paused: {}", t.status()?.paused()),
        other => format!("{other:?}"),
    };
    seen.send(text).await
}

#[tasklet]
async fn slots<B: Portable>() -> Result<(), Error> {
    let (seen, numbers): (B::Channel<String>, B::Channel<u64>) = (B::channel(), B::channel());
    for kind in 0u32..3 {
        let t: B::Handle = B::spawn(turns(seen.clone()));
        B::schedule().await?;
        t.set_slot(match kind {
            0 => Value::message(41u64),
            1 => Value::Tasklet(B::spawn_paused(turns(seen.clone()))?),
            _ => Value::Tasklet(t.clone()),
        })?;
        if kind == 0 {
            let error: Error = B::dump(&t, &program::<B>(&[])).unwrap_err();
            assert!(error.detail().contains("a u64 waits in a slot"), "{error}");
        }
        let bytes = B::dump(&(t, numbers.clone(), seen.clone()), &program::<B>(&[]))?;
        let (copy, _, said): (B::Handle, B::Channel<u64>, B::Channel<String>) =
            B::load(&bytes, &program::<B>(&[]))?;
        copy.insert()?;
        let copied: B::Channel<String> = said;
        let expected = ["number 41", "a tasklet, paused: true", "a tasklet, paused: false"];
        let expected: String = expected[kind as usize].to_owned();
        assert_eq!(copied.receive().await?, expected);
    }
    Ok(())
}

#[test]
fn what_lies_in_a_slot_comes_back_whatever_it_is() {
    Soft::run(slots()).unwrap();
}

#[tasklet]
async fn sealed<B: Portable>() -> Result<(), Error> {
    let to: B::Channel<u64> = B::channel();
    let t = B::spawn(offers(9, to.clone()));
    B::schedule().await?;
    let key = Key::new(&[3; 32]);
    let mut stored = seal(&key, &B::dump(&(t, to), &program::<B>(&[]))?);
    let (_, copy): (B::Handle, B::Channel<u64>) =
        B::load(open(&key, &stored)?, &program::<B>(&[]))?;
    assert_eq!(copy.balance()?, 1);
    let last = stored.len() - 1;
    stored[last] ^= 1;
    let refused: Result<&[u8], Error> = open(&key, &stored).map_err(Error::from);
    assert_eq!(refused.unwrap_err().kind(), Kind::BadPickle);
    Ok(())
}

#[test]
fn a_sealed_pickle_is_opened_by_its_key_and_unchanged_only() {
    Soft::run(sealed()).unwrap();
}

/// Keeps what it reads for itself, and then refuses.
#[derive(Clone)]
struct Thief<B: Backend>(B::Handle);

thread_local! {
    static STOLEN: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

impl<B: Backend> Serialize for Thief<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, B: Backend> Deserialize<'de> for Thief<B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let handle = B::Handle::deserialize(deserializer)?;
        STOLEN.with_borrow_mut(|s| s.push(Box::new(handle)));
        Err(serde::de::Error::custom("caught"))
    }
}

impl<B: Backend> Message for Thief<B> {}

#[tasklet]
async fn theft<B: Portable>() -> Result<(), Error> {
    let seen: B::Channel<String> = B::channel();
    let t = B::spawn_paused(turns(seen))?;
    let bytes = B::dump(&Thief::<B>(t), &program::<B>(&[]))?;
    let error = B::load::<Thief<B>>(&bytes, &program::<B>(&[])).err().unwrap();
    assert!(error.detail().contains("caught"), "{error}");
    let stolen = *STOLEN.with_borrow_mut(|s| s.remove(0)).downcast::<B::Handle>().unwrap();
    assert!(!stolen.status()?.alive);
    assert_eq!(stolen.insert().unwrap_err().kind(), Kind::RunDead);
    // The tasklet made next is another one.
    let next = B::spawn_paused(turns(B::channel()))?;
    assert!(next != stolen && next.number() != stolen.number());
    drop(stolen);
    assert!(next.status()?.paused());
    Ok(())
}

#[test]
fn a_handle_kept_from_a_refused_pickle_is_of_a_dead_tasklet() {
    Soft::run(theft()).unwrap();
}

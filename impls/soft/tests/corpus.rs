//! Pickles made by earlier builds, in `corpus/`: what was written then is loaded now, and what
//! has changed since is refused by name.
//!
//! `SWITCHBACK_BLESS=1 cargo test -p switchback-soft --test corpus` writes those that are made by
//! this program. `corpus/README.md` says what the others are.

// What is kept over an await has its type written where it is made.
#![allow(clippy::type_complexity)]

use std::{fs, path::PathBuf};

use switchback::{
    Backend, Channel, Control, Error, Kind, Portable, Preference, Value, message, send_sequence,
    tasklet,
};
use switchback_soft::Soft;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/corpus", &format!("{name}.pickle")].iter().collect()
}

/// The committed bytes; with `SWITCHBACK_BLESS`, those that are made now.
fn kept(name: &str, make: impl FnOnce() -> Result<Vec<u8>, Error>) -> Vec<u8> {
    let made = make().expect("a pickle");
    if std::env::var_os("SWITCHBACK_BLESS").is_some() {
        fs::write(path(name), &made).expect("the corpus can be written");
    }
    let kept = committed(name);
    assert_eq!(
        made, kept,
        "{name} is written differently now: a change of the format needs another version number \
         in it, and a change of this test a new pickle (SWITCHBACK_BLESS=1)"
    );
    kept
}

fn committed(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}; see corpus/README.md"))
}

#[tasklet]
async fn down<B: Backend>(level: u32, depth: u32, hi: B::Channel<String>) -> Result<u32, Error> {
    let mut below: u32 = 0;
    if level < depth {
        below = down(level + 1, depth, hi).await?;
    } else {
        hi.send("hi".to_owned()).await?;
    }
    Ok(below + level)
}

#[tasklet]
async fn diver<B: Backend>(
    depth: u32,
    hi: B::Channel<String>,
    sum: B::Channel<u32>,
) -> Result<(), Error> {
    let levels: u32 = down(1, depth, hi).await?;
    sum.send(levels).await
}

#[tasklet]
async fn freeze_recursion<B: Portable>() -> Result<Vec<u8>, Error> {
    let (hi, sum): (B::Channel<String>, B::Channel<u32>) = (B::channel(), B::channel());
    let t = B::spawn(diver(300, hi.clone(), sum.clone()));
    B::schedule().await?;
    B::dump(&(t, hi, sum), &B::program::<diver::Call<B>>())
}

#[tasklet]
async fn thaw_recursion<B: Portable>(bytes: Vec<u8>) -> Result<(String, u32), Error> {
    let (_, hi, sum): (B::Handle, B::Channel<String>, B::Channel<u32>) =
        B::load(&bytes, &B::program::<diver::Call<B>>())?;
    let word = hi.receive().await?;
    let total = sum.receive().await?;
    Ok((word, total))
}

#[test]
fn a_recursion_in_the_middle_of_a_send() {
    let bytes = kept("recursion", || Soft::run(freeze_recursion()));
    assert_eq!(Soft::run(thaw_recursion(bytes)), Ok(("hi".to_owned(), 300 * 301 / 2)));
}

#[message]
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Number { value: i64, wide: u128 },
    Nothing,
}

#[message]
struct Parcel<B: Backend> {
    pieces: Vec<Piece>,
    reply: B::Channel<Result<Option<char>, Error>>,
}

#[tasklet]
async fn unpacks<B: Backend>(parcels: B::Channel<Parcel<B>>) -> Result<(), Error> {
    loop {
        let parcel = parcels.receive().await?;
        let answer: Result<Option<char>, Error> = match parcel.pieces.first() {
            Some(Piece::Text(text)) => Ok(text.chars().next()),
            Some(Piece::Number { value, wide }) => Err(Error::new("E", format!("{value} {wide}"))),
            _ => Ok(None),
        };
        parcel.reply.send(answer).await?;
    }
}

#[tasklet]
async fn posts<B: Backend>(
    parcels: B::Channel<Parcel<B>>,
    pieces: Vec<Piece>,
    reply: B::Channel<Result<Option<char>, Error>>,
) -> Result<(), Error> {
    parcels.send(Parcel { pieces, reply }).await
}

type Answer = Result<Option<char>, Error>;

/// Three parcels wait to be taken, in a channel that is closing and prefers senders; no tasklet has
/// begun to unpack.
#[tasklet]
async fn freeze_parcels<B: Portable>() -> Result<Vec<u8>, Error> {
    let parcels: B::Channel<Parcel<B>> = B::channel();
    let reply: B::Channel<Result<Option<char>, Error>> = B::channel();
    B::spawn(posts(parcels.clone(), vec![Piece::Text("ä".into())], reply.clone()));
    let number = Piece::Number { value: -5, wide: u128::MAX };
    B::spawn(posts(parcels.clone(), vec![number], reply.clone()));
    B::spawn(posts(parcels.clone(), vec![Piece::Nothing], reply.clone()));
    B::schedule().await?;
    let unpacker = B::spawn_paused(unpacks(parcels.clone()))?;
    parcels.set_preference(Preference::Caller)?;
    parcels.close()?;
    let mut program = B::program::<unpacks::Call<B>>();
    program.add::<B, posts::Call<B>>();
    B::dump(&(parcels, reply, unpacker), &program)
}

#[tasklet]
async fn thaw_parcels<B: Portable>(bytes: Vec<u8>) -> Result<Vec<String>, Error> {
    let mut program = B::program::<unpacks::Call<B>>();
    program.add::<B, posts::Call<B>>();
    let (parcels, reply, unpacker): (B::Channel<Parcel<B>>, B::Channel<Answer>, B::Handle) =
        B::load(&bytes, &program)?;
    assert!(parcels.is_closing()?);
    assert_eq!(parcels.balance()?, 3);
    unpacker.insert()?;
    let mut answers: Vec<String> = Vec::new();
    for _ in 0u32..3 {
        let answer = reply.receive().await?;
        answers.push(format!("{answer:?}"));
    }
    Ok(answers)
}

#[test]
fn messages_of_all_shapes_on_their_way() {
    let bytes = kept("parcels", || Soft::run(freeze_parcels()));
    let answers = Soft::run(thaw_parcels(bytes)).unwrap();
    let number = format!("Err(Error(User: E: -5 {}))", u128::MAX);
    assert_eq!(answers, ["Ok(Some('ä'))", &number, "Ok(None)"]);
}

#[tasklet]
async fn waits_for_kill<B: Backend>(log: B::Channel<String>) -> Result<(), Error> {
    let result: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    let name = result.err().map_or("no error".to_owned(), |e| e.name().to_owned());
    log.send(name).await
}

#[tasklet]
async fn freeze_states<B: Portable>() -> Result<Vec<u8>, Error> {
    let (log, items): (B::Channel<String>, B::Channel<u64>) = (B::channel(), B::channel());
    let bomb = B::spawn(waits_for_kill(log.clone()));
    let dead = B::spawn(send_sequence::<B, u64>(items.clone(), Vec::new()));
    let sequence = B::spawn(send_sequence::<B, u64>(items.clone(), vec![5, 6, 7]));
    assert_eq!(items.receive().await?, 5);
    B::schedule().await?;
    bomb.throw_pending(Error::new("E9", "later"))?;
    let mut program = B::program::<waits_for_kill::Call<B>>();
    program.add::<B, send_sequence::Call<B, u64>>();
    B::dump(&(vec![bomb, dead, sequence], log, items), &program)
}

#[tasklet]
async fn thaw_states<B: Portable>(bytes: Vec<u8>) -> Result<(String, Vec<u64>), Error> {
    let mut program = B::program::<waits_for_kill::Call<B>>();
    program.add::<B, send_sequence::Call<B, u64>>();
    let (all, log, items): (Vec<B::Handle>, B::Channel<String>, B::Channel<u64>) =
        B::load(&bytes, &program)?;
    let states: Vec<(bool, bool)> = all
        .iter()
        .map(|t| t.status().map(|s| (s.alive, s.blocked)))
        .collect::<Result<_, Error>>()?;
    assert_eq!(states, [(true, false), (false, false), (true, true)]);
    all[0].insert()?;
    let name = log.receive().await?;
    let mut rest: Vec<u64> = Vec::new();
    for _ in 0u32..2 {
        let item = items.receive().await?;
        rest.push(item);
    }
    Ok((name, rest))
}

#[test]
fn a_pending_error_a_dead_tasklet_and_half_a_sequence() {
    let bytes = kept("states", || Soft::run(freeze_states()));
    assert_eq!(Soft::run(thaw_states(bytes)), Ok(("E9".to_owned(), vec![6, 7])));
}

/// Was `hi.send("ho")` when `changed_function.pickle` was made.
#[test]
fn a_pickle_of_a_function_that_has_changed_since() {
    let error = Soft::run(thaw_recursion(committed("changed_function"))).unwrap_err();
    assert_eq!(error.kind(), Kind::BadPickle);
    assert!(error.detail().contains("corpus::down has changed since"), "{error}");
}

/// `wide` was a `u64` when `changed_message.pickle` was made.
#[test]
fn a_pickle_of_a_message_that_has_changed_since() {
    let error = Soft::run(thaw_parcels(committed("changed_message"))).unwrap_err();
    assert_eq!(error.kind(), Kind::BadPickle);
    assert!(error.detail().contains("message type corpus::Piece has changed"), "{error}");
}

/// `format_1.pickle` is `recursion` as the first format wrote it.
#[test]
fn a_pickle_of_an_earlier_format() {
    let error = Soft::run(thaw_recursion(committed("format_1"))).unwrap_err();
    assert_eq!(error.kind(), Kind::BadPickle);
    assert!(error.detail().contains("format version 1, this program reads 2"), "{error}");
}

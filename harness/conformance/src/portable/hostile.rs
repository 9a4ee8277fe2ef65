//! What hostile bytes are tried on: a small program, pickles of it in many states, and a
//! scheduler with bystanders that a refused pickle must leave as it was.
//!
//! The tasklets take a step in every loop and every call, so that a budget bounds whatever
//! forged frames make them do.

use std::fmt::Debug;

use switchback::{
    Backend, Budget, Channel, Control, Error, Kind, Portable, Preference, Status, Value,
    frame::FrameList, message, send_sequence, tasklet,
};

use super::mutate::Seed;

/// What a pickle here is of: tasklets, and two channels.
pub type Roots<B> = (
    Vec<<B as Backend>::Handle>,
    <B as Backend>::Channel<u64>,
    <B as Backend>::Channel<Request<B>>,
);

/// A message with a channel in it.
#[message]
#[derive(Debug)]
pub struct Request<B: Backend> {
    number: u64,
    words: Vec<String>,
    reply: B::Channel<u64>,
}

#[tasklet]
async fn waits<B: Backend>(channel: B::Channel<u64>, sum: u64) -> Result<(), Error> {
    let mut sum: u64 = sum;
    loop {
        let number = channel.receive().await?;
        sum = sum.wrapping_add(number);
    }
}

#[tasklet]
async fn dives<B: Backend>(level: u32, depth: u32, hi: B::Channel<u64>) -> Result<u64, Error> {
    B::checkpoint().await?;
    if level >= depth {
        hi.send(u64::from(level)).await?;
        return Ok(0);
    }
    let below = dives(level + 1, depth, hi).await?;
    Ok(below.wrapping_add(1))
}

#[tasklet]
async fn diver<B: Backend>(depth: u32, hi: B::Channel<u64>) -> Result<(), Error> {
    let levels: u64 = dives(0u32, depth, hi.clone()).await?;
    hi.send(levels).await
}

#[tasklet]
async fn serves<B: Backend>(requests: B::Channel<Request<B>>) -> Result<(), Error> {
    loop {
        let request: Request<B> = requests.receive().await?;
        let length = request.words.len() as u64;
        request.reply.send(request.number.wrapping_mul(length)).await?;
    }
}

#[tasklet]
async fn asks<B: Backend>(
    requests: B::Channel<Request<B>>,
    words: Vec<String>,
) -> Result<(), Error> {
    let reply: B::Channel<u64> = B::channel();
    for number in 0u64..3 {
        let request = Request { number, words: words.clone(), reply: reply.clone() };
        requests.send(request).await?;
        reply.receive().await?;
    }
    Ok(())
}

#[tasklet]
async fn keeps<B: Backend>(
    next: Option<B::Handle>,
    list: Vec<(u8, Option<i32>)>,
    text: String,
) -> Result<(), Error> {
    for (count, other) in list {
        B::schedule_remove(Value::Empty).await?;
        if other == Some(i32::from(count)) && text.is_empty() {
            B::schedule().await?;
        }
    }
    drop(next);
    Ok(())
}

/// Its functions.
#[must_use]
pub fn program<B: Portable>() -> FrameList {
    let mut list = B::program::<waits::Call<B>>();
    list.add::<B, diver::Call<B>>();
    list.add::<B, serves::Call<B>>();
    list.add::<B, asks::Call<B>>();
    list.add::<B, keeps::Call<B>>();
    list.add::<B, send_sequence::Call<B, u64>>();
    list
}

/// A pickle of a state by number, below [`STATES`].
#[tasklet]
async fn specimen<B: Portable>(state: u32) -> Result<Vec<u8>, Error> {
    let (numbers, requests): (B::Channel<u64>, B::Channel<Request<B>>) =
        (B::channel(), B::channel());
    let mut all: Vec<B::Handle> = Vec::new();
    prepare::<B>(state, &numbers, &requests, &mut all)?;
    B::schedule().await?;
    B::schedule().await?;
    if state == 6 {
        // Leaves a value with a receiver that does not run yet.
        numbers.set_preference(Preference::Caller)?;
        numbers.send(77).await?;
    }
    finish::<B>(state, &numbers, &all)?;
    B::dump(&(all, numbers, requests), &program::<B>())
}

/// Number of states that there are pickles of.
pub const STATES: u32 = 9;

fn prepare<B: Portable>(
    state: u32,
    numbers: &B::Channel<u64>,
    requests: &B::Channel<Request<B>>,
    all: &mut Vec<B::Handle>,
) -> Result<(), Error> {
    let word = |word: &str| word.to_owned();
    match state {
        // Receivers in a queue; one of them twice among the roots.
        0 => {
            all.extend((0..3).map(|sum| B::spawn(waits(numbers.clone(), sum))));
            all.push(all[0].clone());
        }
        // Senders: from deep down, and in the middle of a sequence.
        1 => {
            all.push(B::spawn(diver(5, numbers.clone())));
            all.push(B::spawn(send_sequence::<B, u64>(numbers.clone(), vec![1, 300, 70_000])));
        }
        // Channels in messages in slots.
        2 => all.extend([
            B::spawn(asks(requests.clone(), vec![word("a"), word("bc")])),
            B::spawn(asks(requests.clone(), Vec::new())),
        ]),
        // A tasklet that waits for a reply is reached through the channel of the reply.
        3 => all.extend([
            B::spawn(asks(requests.clone(), vec![word("x")])),
            B::spawn(serves(requests.clone())),
        ]),
        // Not started, paused, known to each other only.
        4 | 5 => {
            let mut next = None;
            for count in 0..4u8 {
                let list = vec![(count, None), (200, Some(-1))];
                next = Some(B::spawn_paused(keeps(next, list, word("text")))?);
            }
            all.extend(next);
        }
        6 => all.push(B::spawn(waits(numbers.clone(), 0))),
        // One deep call.
        7 => all.push(B::spawn(diver(60, numbers.clone()))),
        _ => all.extend([
            B::spawn(keeps(None, vec![(1, Some(1)); 3], String::new())),
            B::spawn(waits(numbers.clone(), 9)),
        ]),
    }
    Ok(())
}

fn finish<B: Portable>(
    state: u32,
    numbers: &B::Channel<u64>,
    all: &[B::Handle],
) -> Result<(), Error> {
    match state {
        // An error on its way, and a dead one.
        5 => all[0].throw_pending(Error::new("early", "before the first instruction")),
        6 => all[0].remove(),
        8 => {
            numbers.close()?;
            all[0].set_slot(Value::Tasklet(all[1].clone()))
        }
        _ => Ok(()),
    }
}

/// Pickles of all states.
///
/// # Errors
/// Those of the backend.
pub fn specimens<B: Portable>() -> Result<Vec<Vec<u8>>, Error> {
    (0..STATES).map(|state| B::run(specimen(state))).collect()
}

/// The pickles of all states as seeds, with the fields that the loader sees.
///
/// # Errors
/// Those of the backend.
pub fn seeds<B: Portable>() -> Result<Vec<Seed>, Error> {
    let probed = |bytes: Vec<u8>| Seed::probed(&bytes, |cut| refused_at::<B>(cut));
    Ok(specimens::<B>()?.into_iter().map(probed).collect())
}

/// The place that the error of a refused pickle names, in bytes.
fn refused_at<B: Portable>(bytes: &[u8]) -> Option<usize> {
    let text = B::run(refusal(bytes.to_vec())).ok()?;
    let (_, place) = text.split_once("at byte ")?;
    place.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[tasklet]
async fn refusal<B: Portable>(bytes: Vec<u8>) -> Result<String, Error> {
    let loaded: Result<Roots<B>, Error> = B::load(&bytes, &program::<B>());
    Ok(loaded.err().map(|error| error.to_string()).unwrap_or_default())
}

/// What became of a pickle.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// An error, and nothing had changed.
    Refused,
    /// It was loaded, and what it held was run for a while.
    Ran,
}

/// All that a refused pickle must leave alone.
#[derive(Debug, PartialEq)]
struct State {
    ring: Vec<u64>,
    tasklets: Vec<(Status, String)>,
    channels: Vec<(i64, bool, Vec<u64>)>,
    traps: (bool, i32),
    /// What the next tasklet or channel would be called.
    next: u64,
}

impl State {
    fn of<B: Portable>(all: &[B::Handle], channel: &B::Channel<u64>) -> Result<Self, Error> {
        let numbers = |list: Vec<B::Handle>| list.iter().map(Control::number).collect();
        let shown = |slot: Value<B>| match slot {
            Value::Tasklet(t) => format!("tasklet {}", t.number()),
            Value::Message(m) => format!("{:?}", m.into_any().downcast::<u64>().ok()),
            other => format!("{other:?}"),
        };
        let tasklets = all.iter().map(|t| Ok((t.status()?, shown(t.slot()?))));
        let block_trap = B::block_trap(false)?;
        B::block_trap(block_trap)?;
        Ok(Self {
            ring: numbers(B::run_queue()?),
            tasklets: tasklets.collect::<Result<_, Error>>()?,
            channels: vec![(
                channel.balance()?,
                channel.is_closing()?,
                numbers(channel.waiting()?),
            )],
            traps: (block_trap, B::switch_trap(0)?),
            next: B::channel::<u64>().number(),
        })
    }
}

fn differs(what: &str, expected: &dyn Debug, found: &dyn Debug) -> Error {
    Error::new("check", format!("{what}: {found:?} instead of {expected:?}"))
}

/// Loads a pickle beside others and looks whether they notice.
#[tasklet]
async fn beside<B: Portable>(bytes: Vec<u8>) -> Result<Fate, Error> {
    let channel: B::Channel<u64> = B::channel();
    let mut all: Vec<B::Handle> = vec![
        B::spawn(waits(channel.clone(), 1)),
        B::spawn(waits(channel.clone(), 2)),
        B::spawn_paused(keeps(None, vec![(0, None)], String::new()))?,
    ];
    B::schedule().await?;
    all.push(B::spawn(diver(2, channel.clone())));
    all[2].throw_pending(Error::new("own", ""))?;
    all[3].set_slot(Value::message(5u64))?;
    load_beside::<B>(&bytes, &all, &channel)
}

fn load_beside<B: Portable>(
    bytes: &[u8],
    all: &[B::Handle],
    channel: &B::Channel<u64>,
) -> Result<Fate, Error> {
    let before = State::of::<B>(all, channel)?;
    let loaded: Result<Roots<B>, Error> = B::load(bytes, &program::<B>());
    let fate = match &loaded {
        Ok(_) => Fate::Ran,
        Err(error) if error.kind() == Kind::BadPickle => Fate::Refused,
        Err(error) => return Err(differs("the error of a refusal", &Kind::BadPickle, error)),
    };
    // What was loaded does not disturb the others: it is paused, or blocked on channels of its own.
    let mut after = State::of::<B>(all, channel)?;
    // Asking for the next number takes one; what was loaded keeps those it got.
    after.next = if fate == Fate::Refused { after.next - 1 } else { before.next };
    if after != before {
        return Err(differs("the state behind a pickle", &before, &after));
    }
    Ok(fate)
}

/// Most steps that what was loaded may take.
const STEPS: u64 = 300;
/// Loads a pickle, writes it again, reads that, and runs both for a while.
#[tasklet]
async fn runs<B: Portable>(bytes: Vec<u8>) -> Result<(), Error> {
    let numbers: B::Channel<u64> = unpack::<B>(&bytes)?;
    for _ in 0u32..10 {
        let result: Result<Option<B::Handle>, Error> =
            B::run_for(Budget::steps(STEPS).total()).await;
        if result.is_ok() {
            break;
        }
    }
    let balance: i64 = numbers.balance()?;
    if balance < 0 {
        let _ = numbers.send(1).await;
    }
    if balance > 0 {
        let _ = numbers.receive().await;
    }
    Ok(())
}

/// Loads a pickle, makes all runnable that can be, and gives the channel.
fn unpack<B: Portable>(bytes: &[u8]) -> Result<B::Channel<u64>, Error> {
    let roots: Roots<B> = B::load(bytes, &program::<B>())?;
    let copies: Vec<B::Handle> = again::<B>(&roots)?;
    for tasklet in roots.0.iter().chain(&copies) {
        // Blocked and dead ones refuse.
        let _ = tasklet.insert();
    }
    Ok(roots.1)
}

/// What was loaded may be written again, unless that is refused with a reason; then the bytes
/// come back as they are.
fn again<B: Portable>(roots: &Roots<B>) -> Result<Vec<B::Handle>, Error> {
    let program = program::<B>();
    let bytes = match B::dump(roots, &program) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == Kind::NotPicklable => return Ok(Vec::new()),
        Err(error) => return Err(differs("the error of a dump", &Kind::NotPicklable, &error)),
    };
    let copies: Roots<B> = B::load(&bytes, &program)?;
    let twice = B::dump(&copies, &program)?;
    if twice != bytes {
        return Err(differs("bytes of what was loaded", &bytes, &twice));
    }
    Ok(copies.0)
}

/// Tries a pickle, hostile or not.
///
/// # Errors
/// What it should not have been able to do.
pub fn attack<B: Portable>(bytes: &[u8]) -> Result<Fate, Error> {
    let fate = B::run(beside(bytes.to_vec()))?;
    if fate == Fate::Ran {
        B::run(runs(bytes.to_vec()))?;
    }
    Ok(fate)
}

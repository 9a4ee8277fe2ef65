//! Pickles that another program put together: each part is well formed, and they disagree. All are
//! refused when they are loaded, with the function and the place, and nothing changes.

use switchback::{
    Backend, Channel, Control, Error, Kind, Portable, Value, message, pickle::Writer, tasklet,
};
use switchback_soft::Soft;

#[tasklet]
async fn inner_a<B: Backend>(hi: B::Channel<u64>) -> Result<u64, Error> {
    let n = hi.receive().await?;
    Ok(n)
}

#[tasklet]
async fn inner_b<B: Backend>(hi: B::Channel<u64>) -> Result<u64, Error> {
    let n = hi.receive().await?;
    Ok(n + 1)
}

/// Suspended in one of two calls.
#[tasklet]
async fn outer<B: Backend>(in_a: bool, hi: B::Channel<u64>) -> Result<(), Error> {
    let n: u64 = if in_a { inner_a(hi).await? } else { inner_b(hi).await? };
    assert!(n > 0);
    Ok(())
}

#[message]
struct Word(String);

/// Receives a number, sends a number, takes a turn, receives a word.
#[tasklet]
async fn several<B: Backend>(
    stops: u32,
    numbers: B::Channel<u64>,
    words: B::Channel<Word>,
) -> Result<(), Error> {
    if stops == 0 {
        numbers.receive().await?;
    } else if stops == 1 {
        numbers.send(7).await?;
    } else if stops == 2 {
        B::schedule_remove(Value::Empty).await?;
    } else {
        words.receive().await?;
    }
    Ok(())
}

/// The tasklet, and the channels that it may wait on.
type Roots<B> =
    (<B as Backend>::Handle, <B as Backend>::Channel<u64>, <B as Backend>::Channel<Word>);

#[tasklet]
async fn freeze<B: Portable>(stops: u32) -> Result<Vec<u8>, Error> {
    let (numbers, words): (B::Channel<u64>, B::Channel<Word>) = (B::channel(), B::channel());
    let t = B::spawn(several(stops, numbers.clone(), words.clone()));
    B::schedule().await?;
    B::dump(&(t, numbers, words), &B::program::<several::Call<B>>())
}

#[tasklet]
async fn freeze_call<B: Portable>(in_a: bool) -> Result<Vec<u8>, Error> {
    let hi: B::Channel<u64> = B::channel();
    let t = B::spawn(outer(in_a, hi));
    B::schedule().await?;
    B::dump(&t, &B::program::<outer::Call<B>>())
}

/// The state of a scheduler in which `bytes` were refused, before and after, and the refusal.
#[tasklet]
async fn refuse<B: Portable>(bytes: Vec<u8>, calls: bool) -> Result<Error, Error> {
    let bystander: B::Channel<u64> = B::channel();
    let t = B::spawn(inner_a_alone(bystander.clone()));
    B::schedule().await?;
    let before = (B::run_queue()?, bystander.waiting()?, t.status()?);
    let refusal = if calls {
        B::load::<B::Handle>(&bytes, &B::program::<outer::Call<B>>()).err()
    } else {
        B::load::<Roots<B>>(&bytes, &B::program::<several::Call<B>>()).err()
    };
    assert_eq!((B::run_queue()?, bystander.waiting()?, t.status()?), before);
    let next: B::Channel<u64> = B::channel();
    assert_eq!(next.number(), bystander.number() + 2, "a refused pickle used up numbers");
    refusal.ok_or_else(|| Error::new("check", "it was loaded"))
}

#[tasklet]
async fn inner_a_alone<B: Backend>(hi: B::Channel<u64>) -> Result<(), Error> {
    inner_a(hi).await.map(drop)
}

fn refusal(bytes: &[u8], calls: bool) -> String {
    let error = Soft::run(refuse(bytes.to_vec(), calls)).expect("a refusal");
    assert_eq!(error.kind(), Kind::BadPickle);
    assert!(error.detail().starts_with("at byte "), "{error}");
    error.to_string()
}

#[track_caller]
fn refused(bytes: &[u8], cause: &str) {
    let text = refusal(bytes, false);
    assert!(text.contains(cause), "{text}");
}

/// Where the head of the tasklet is: behind the roots, which are the numbers 0 0 1.
fn head(bytes: &[u8]) -> usize {
    let roots = bytes.windows(3).rposition(|w| w == [0, 0, 1]).expect("the roots");
    roots + 3
}

#[test]
fn a_callee_that_was_not_called_is_refused() {
    let a = Soft::run(freeze_call(true)).unwrap();
    let b = Soft::run(freeze_call(false)).unwrap();
    // The state of `outer` comes behind the table of types: with that of the one pickle in the
    // other, the caller waits for one function and the callee is the other.
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let mut forged = b.clone();
    forged[b.len() - same - 1] = a[a.len() - same - 1];
    let text = refusal(&forged, true);
    assert!(text.contains("inner_b is on top of forged::outer, which did not call it"), "{text}");
}

/// A pickle with `bytes` from the head on behind the tables of another.
fn with_tail(bytes: &[u8], tail: &[u8]) -> Vec<u8> {
    [&bytes[..head(bytes)], tail].concat()
}

/// Head, frame and queues of the tasklet suspended at `stops`.
struct Parts {
    whole: Vec<u8>,
    head: u8,
    frame: Vec<u8>,
}

/// One frame, outermost and innermost, and the two channels behind it.
fn parts(stops: u32) -> Parts {
    let whole = Soft::run(freeze(stops)).unwrap();
    let at = head(&whole);
    let waiting = match stops {
        0 => vec![32, 1, 0, 0],
        1 => vec![16, 1, 0, 0, 7],
        2 => vec![0, 0],
        _ => vec![0, 32, 1, 0],
    };
    let tail = &whole[at + 1..];
    let end = tail.len() - 1 - waiting.len();
    assert_eq!(tail[end..], [waiting.as_slice(), &[0]].concat(), "queues of {stops}");
    Parts { head: whole[at], frame: tail[..end].to_vec(), whole: whole.clone() }
}

const EMPTY: u8 = 1;
const VALUE: u8 = 1 | 3 << 4;
const LATE: u8 = 1 | 4 << 4;

/// The pickle of `stops` with another head, other queues and other values.
fn forge(stops: u32, head: u8, queues: &[u8], values: &[u8]) -> Vec<u8> {
    let Parts { whole, frame, .. } = parts(stops);
    with_tail(&whole, &[&[head], frame.as_slice(), queues, values].concat())
}

#[test]
fn what_the_tests_put_together_is_what_is_written() {
    for (stops, expected, queues, values) in [
        (0, EMPTY, vec![32, 1, 0, 0], vec![0]),
        (1, VALUE, vec![16, 1, 0, 0], vec![7, 0]),
        (3, EMPTY, vec![0, 32, 1, 0], vec![0]),
    ] {
        let Parts { whole, head, .. } = parts(stops);
        assert_eq!(head, expected);
        assert_eq!(forge(stops, head, &queues, &values), whole);
    }
}

#[test]
fn a_tasklet_in_a_queue_twice_is_refused() {
    refused(&forge(0, EMPTY, &[32, 2, 0, 0, 0], &[0]), "waits in two places");
}

#[test]
fn a_tasklet_in_two_queues_is_refused() {
    refused(&forge(0, EMPTY, &[32, 1, 0, 32, 1, 0], &[0]), "waits in two places");
}

#[test]
fn a_receiver_in_no_queue_is_refused() {
    refused(&forge(0, EMPTY, &[0, 0], &[0]), "several waits for a u64, but is in no queue");
}

#[test]
fn a_sender_in_no_queue_is_refused() {
    refused(&forge(1, VALUE, &[0, 0], &[7, 0]), "a receiver of u64, but is in no queue");
}

#[test]
fn a_receiver_queued_to_send_is_refused() {
    refused(&forge(0, EMPTY, &[16, 1, 0, 0], &[0]), "waits for a u64, but is queued to send");
}

#[test]
fn a_sender_queued_to_receive_is_refused() {
    refused(&forge(1, VALUE, &[32, 1, 0, 0], &[7, 0]), "but is queued to receive");
}

#[test]
fn a_sender_with_nothing_to_send_is_refused() {
    refused(&forge(1, EMPTY, &[16, 1, 0, 0], &[0]), "its slot has nothing to send");
}

#[test]
fn a_receiver_that_has_its_value_already_is_refused_in_a_queue() {
    refused(&forge(0, VALUE, &[32, 1, 0, 0], &[9, 0]), "its slot is not empty");
}

#[test]
fn a_queue_at_a_channel_of_other_items_is_refused() {
    refused(&forge(0, EMPTY, &[0, 32, 1, 0], &[0]), "waits on a channel of u64, but is queued at");
}

#[test]
fn a_value_of_another_type_than_the_code_receives_is_refused() {
    // A late value of the type of channel 1, the words.
    let values = [1, 0, 2, 2, b'h', b'i'];
    refused(
        &forge(0, LATE, &[0, 0], &values),
        "waits for a u64, but a forged::Word is in its slot",
    );
}

#[test]
fn a_tasklet_that_takes_a_turn_is_refused_in_a_queue() {
    refused(&forge(2, EMPTY, &[32, 1, 0, 0], &[0]), "waits for its turn, but is queued to receive");
}

#[test]
fn a_value_for_a_tasklet_that_waits_for_none_is_refused() {
    refused(&forge(2, VALUE, &[0, 0], &[9, 0]), "a message for a tasklet that waits for none");
}

#[test]
fn a_dead_tasklet_in_a_queue_is_refused() {
    let Parts { whole, .. } = parts(0);
    refused(&with_tail(&whole, &[0, 32, 1, 0, 0, 0]), "queued, but dead");
}

#[test]
fn a_waiter_that_does_not_exist_is_refused() {
    refused(&forge(0, EMPTY, &[32, 1, 5, 0], &[0]), "beyond the table of tasklets");
}

#[test]
fn a_channel_with_two_preferences_is_refused() {
    refused(&forge(0, EMPTY, &[32 | 12, 1, 0, 0], &[0]), "prefers both sides");
}

#[test]
fn counts_beyond_the_bytes_are_refused() {
    let whole = Soft::run(freeze(0)).unwrap();
    let counts = head(&whole) - 5;
    assert_eq!(whole[counts..counts + 2], [1, 2]);
    for count in [200u64, u64::from(u32::MAX), u64::MAX] {
        let mut number = Writer::default();
        number.number(count);
        let forged = [&whole[..counts], number.bytes(), &whole[counts + 1..]].concat();
        refused(&forged, "a length beyond the end of the bytes");
    }
}

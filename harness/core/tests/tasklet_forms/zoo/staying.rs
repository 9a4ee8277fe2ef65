//! Locals that loops keep over their awaits: looked at, copied, replaced, hidden by others of the
//! same name, moved away and back, and what becomes of them behind the loop.

use switchback::{Backend, Channel, Error, Kind, message, tasklet};

use super::counter;
use crate::everywhere;

#[tasklet]
async fn hidden<B: Backend>(rounds: u64) -> Result<Vec<u64>, Error> {
    let mut sum = 1u64;
    let mut seen: Vec<u64> = Vec::new();
    for round in 0..rounds {
        B::schedule().await?;
        let inner: u64 = {
            let sum = round * 10;
            sum + 1
        };
        sum += inner;
        let by_pattern: u64 = match Some(round) {
            Some(sum) if sum > 1 => sum,
            _ => 0,
        };
        B::schedule().await?;
        seen.push(sum + by_pattern);
    }
    Ok(seen)
}

#[test]
fn a_local_hidden_in_a_loop_is_another_one() {
    assert_eq!(everywhere!(hidden(4)), Ok(vec![2, 13, 36, 68]));
}

#[tasklet]
async fn captured<B: Backend>(factor: u64, rounds: u64) -> Result<String, Error> {
    let mut text = String::new();
    let mut total = 0u64;
    let mut left = rounds;
    while left > 0 {
        B::schedule().await?;
        let scaled = |n: u64| n * factor;
        let owned = move |n: u64| n + total;
        total = [left].map(scaled).map(owned)[0];
        let before: u64 = total - left * factor;
        assert_eq!(total, before + left * factor);
        text += &format!("{left}:{total} ");
        left -= 1;
        B::schedule().await?;
    }
    Ok(format!("{text}{total}"))
}

#[test]
fn closures_and_macros_take_what_a_loop_keeps() {
    assert_eq!(everywhere!(captured(3, 3)), Ok("3:9 2:15 1:18 18".to_owned()));
}

#[message]
#[derive(Debug, PartialEq)]
pub struct Reading {
    pub round: u64,
    pub total: u64,
}

#[tasklet]
async fn readings<B: Backend>(rounds: u64) -> Result<Vec<Reading>, Error> {
    let numbers: B::Channel<u64> = counter::<B>(5);
    let mut list: Vec<Reading> = Vec::new();
    let mut total = 0u64;
    let mut round = 0u64;
    loop {
        total += numbers.receive().await?;
        list.push(Reading { round, total });
        round += 1;
        if round == rounds {
            break;
        }
    }
    Ok(list)
}

#[test]
fn a_struct_takes_a_kept_local_by_its_name() {
    let expected = [(0, 5), (1, 11), (2, 18)].map(|(round, total)| Reading { round, total });
    assert_eq!(everywhere!(readings(3)), Ok(expected.to_vec()));
}

#[tasklet]
async fn one<B: Backend>(number: u64, to: B::Channel<u64>) -> Result<(), Error> {
    to.send(number).await
}

#[tasklet]
async fn replaced<B: Backend>(rounds: u64) -> Result<u64, Error> {
    let mut channel: B::Channel<u64> = B::channel();
    let mut sum = 0u64;
    for round in 0..rounds {
        B::spawn(one(round, channel.clone()));
        let number = channel.receive().await?;
        sum = sum * 10 + number;
        // The one moves away and another one takes its place, in every round.
        let before: B::Channel<u64> = channel;
        channel = B::channel();
        B::spawn(one(number + 5, B::Channel::clone(&before)));
        sum += before.receive().await?;
    }
    Ok(sum)
}

#[test]
fn channels_are_replaced_and_moved_in_a_loop() {
    let expected = (0..3u64).fold(0, |sum, round| sum * 10 + round + round + 5);
    assert_eq!(everywhere!(replaced(3)), Ok(expected));
}

#[tasklet]
async fn loops_and_ends<B: Backend>(first: u64, second: u64) -> Result<String, Error> {
    let numbers: B::Channel<u64> = counter::<B>(0);
    let results: B::Channel<String> = B::channel();
    let mut text = String::from("a");
    let before = numbers.receive().await?;
    for _ in 0..first {
        let n = numbers.receive().await?;
        text = text + &n.to_string();
    }
    B::schedule().await?;
    let mut count = before;
    while count < second {
        let more: u64 = numbers.receive().await?;
        count += 1;
        if more > 7 {
            // Out of both loops, with what the second one has kept.
            return Ok(format!("{text} left at {count}"));
        }
    }
    B::spawn(say(text, results.clone()));
    let said: String = results.receive().await?;
    Ok(said + "!")
}

#[tasklet]
async fn say<B: Backend>(text: String, to: B::Channel<String>) -> Result<(), Error> {
    to.send(text).await
}

#[test]
fn behind_a_loop_its_locals_go_on_or_are_gone() {
    assert_eq!(everywhere!(loops_and_ends(3, 2)), Ok("a123!".to_owned()));
    assert_eq!(everywhere!(loops_and_ends(0, 0)), Ok("a!".to_owned()));
    assert_eq!(everywhere!(loops_and_ends(2, 20)), Ok("a12 left at 6".to_owned()));
}

#[tasklet]
async fn fails_in<B: Backend>(round: u64) -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(0);
    let words: Vec<String> = vec!["x".to_owned(); 3];
    let mut sum = 0u64;
    loop {
        let n = numbers.receive().await?;
        if n == round {
            Err::<(), Error>(Kind::Closed.into())?;
        }
        sum += n + words.len() as u64;
        if sum > 40 {
            return Ok(sum);
        }
    }
}

#[test]
fn an_error_leaves_a_loop_and_what_it_kept() {
    assert_eq!(everywhere!(fails_in(4)), Err(Kind::Closed.into()));
    assert_eq!(everywhere!(fails_in(100)), Ok(42));
}

//! Loops whose conditions, heads and bodies await.

use switchback::{Backend, Channel, Error, Iteration, Kind, tasklet};

use super::counter;
use crate::everywhere;

#[tasklet]
async fn labels<B: Backend>(rows: u64, stop: u64) -> Result<Vec<(u64, u64)>, Error> {
    let numbers: B::Channel<u64> = counter::<B>(0);
    let mut seen: Vec<(u64, u64)> = Vec::new();
    'rows: for row in 0..rows {
        let mut column = 0u64;
        loop {
            let n = numbers.receive().await?;
            column += 1;
            if n % 7 == 3 {
                continue 'rows;
            }
            if n >= stop {
                break 'rows;
            }
            if column > 4 {
                break;
            }
            seen.push((row, n));
        }
    }
    Ok(seen)
}

#[test]
fn labels_leave_and_repeat_outer_loops() {
    let expected = |rows: u64, stop: u64| {
        let (mut numbers, mut seen) = (0.., Vec::new());
        'rows: for row in 0..rows {
            for column in 1.. {
                let n: u64 = numbers.next().unwrap_or_default();
                if n % 7 == 3 {
                    continue 'rows;
                }
                if n >= stop {
                    break 'rows;
                }
                if column > 4 {
                    break;
                }
                seen.push((row, n));
            }
        }
        seen
    };
    for (rows, stop) in [(3, 100), (10, 20), (0, 5)] {
        assert_eq!(everywhere!(labels(rows, stop)), Ok(expected(rows, stop)));
    }
}

#[tasklet]
async fn doubled_until<B: Backend>(limit: u64) -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(1);
    let mut sum = 0u64;
    while numbers.receive().await? * 2 < limit {
        if sum % 5 == 4 {
            sum += 100;
            continue;
        }
        sum += 1;
    }
    Ok(sum)
}

#[test]
fn a_while_condition_awaits_in_every_round() {
    let expected = (1..)
        .take_while(|n| n * 2 < 31)
        .fold(0, |sum, _: u64| if sum % 5 == 4 { sum + 100 } else { sum + 1 });
    assert_eq!(everywhere!(doubled_until(31)), Ok(expected));
}

#[tasklet]
async fn below<B: Backend>(n: u64, limit: u64) -> Result<Option<u64>, Error> {
    B::schedule().await?;
    Ok((n < limit).then_some(n))
}

#[tasklet]
async fn sum_below<B: Backend>(limit: u64) -> Result<u64, Error> {
    let numbers: B::Channel<u64> = counter::<B>(0);
    let mut sum = 0u64;
    while let Some(n) = below(numbers.receive().await?, limit).await? {
        B::schedule().await?;
        sum += n;
    }
    Ok(sum)
}

#[test]
fn while_let_ends_at_the_first_mismatch() {
    assert_eq!(everywhere!(sum_below(9)), Ok((0..9).sum()));
}

#[tasklet]
async fn offer<B: Backend>(
    last: u64,
    out: B::Channel<Result<(u64, String), Error>>,
) -> Result<(), Error> {
    for n in 0..last {
        out.send(Ok((n, format!("#{n}")))).await?;
    }
    loop {
        out.send(Err(Kind::StopIteration.into())).await?;
    }
}

#[tasklet]
async fn drain<B: Backend>(last: u64) -> Result<String, Error> {
    let input = B::channel::<Result<(u64, String), Error>>();
    B::spawn(offer(last, input.clone()));
    let mut text = String::new();
    'all: while let Some((n, name)) = input.receive().await?.item()? {
        B::schedule().await?;
        if n == 2 {
            continue 'all;
        }
        text.push_str(&name);
        B::schedule().await?;
        text.push_str(&n.to_string());
    }
    Ok(text)
}

#[test]
fn an_iteration_ends_with_none() {
    assert_eq!(everywhere!(drain(4)), Ok("#00#11#33".to_owned()));
}

#[tasklet]
async fn each<B: Backend>(words: Vec<String>, last: u64) -> Result<String, Error> {
    let numbers: B::Channel<u64> = counter::<B>(last);
    let mut text = String::new();
    for word in words {
        let n = numbers.receive().await?;
        text += &word;
        text += &n.to_string();
    }
    for n in 1..=numbers.receive().await? - last {
        B::schedule().await?;
        text += &n.to_string();
    }
    for n in (0..last).rev() {
        if n == 1 {
            break;
        }
        text += &n.to_string();
    }
    Ok(text)
}

#[test]
fn for_goes_through_vectors_and_ranges() {
    let words = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(everywhere!(each(words.clone(), 3)), Ok("a3b4122".to_owned()));
}

#[tasklet]
async fn pairs<B: Backend>(items: Vec<(u64, (bool, char))>) -> Result<String, Error> {
    let mut text = String::new();
    for (n, (upper, letter)) in items {
        B::schedule().await?;
        for i in 0..n {
            B::schedule().await?;
            text.push(if upper { letter.to_ascii_uppercase() } else { letter });
            text += &i.to_string();
        }
    }
    Ok(text)
}

#[test]
fn a_loop_takes_its_items_apart() {
    let items = vec![(2, (true, 'x')), (0, (true, 'y')), (1, (false, 'z'))];
    assert_eq!(everywhere!(pairs(items.clone())), Ok("X0X1z0".to_owned()));
}

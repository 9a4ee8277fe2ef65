//! Operations that are complete at once: the frame goes on without being suspended.

// A frame cannot keep an iterator that borrows, so loops over indices are what is tested.
#![allow(clippy::needless_range_loop)]

use switchback::{Backend, Channel, Error, tasklet};

use crate::everywhere;

#[tasklet]
async fn put<B: Backend>(value: u64, to: B::Channel<u64>) -> Result<(), Error> {
    to.send(value).await
}

/// One channel per value, with a sender that waits once it had its turn.
fn offers<B: Backend>(values: std::ops::Range<u64>) -> Vec<B::Channel<u64>> {
    let offer = |value| {
        let channel: B::Channel<u64> = B::channel();
        B::spawn(put(value, B::Channel::clone(&channel)));
        channel
    };
    values.map(offer).collect()
}

/// More awaits than the code of one state looks ahead.
#[tasklet]
async fn in_a_row<B: Backend>() -> Result<Vec<u64>, Error> {
    let all: Vec<B::Channel<u64>> = offers::<B>(0..9);
    B::schedule().await?;
    let mut got: Vec<u64> = Vec::new();
    got.push(all[0].receive().await?);
    got.push(all[1].receive().await?);
    got.push(all[2].receive().await?);
    let (a, b): (u64, u64) = (all[3].receive().await?, all[4].receive().await?);
    got.push(a);
    got.push(b);
    got.push(all[5].receive().await? + all[6].receive().await?);
    got.push(all[7].receive().await?);
    got.push(all[8].receive().await?);
    Ok(got)
}

#[test]
fn a_row_of_complete_operations_gives_each_output_to_its_place() {
    assert_eq!(everywhere!(in_a_row()), Ok(vec![0, 1, 2, 3, 4, 11, 7, 8]));
}

#[tasklet]
async fn around<B: Backend>(count: usize, suspend_at: usize) -> Result<u64, Error> {
    let all: Vec<B::Channel<u64>> = offers::<B>(0..count as u64);
    B::schedule().await?;
    let mut sum = 0u64;
    for i in 0..count {
        if i == suspend_at {
            B::schedule().await?;
            sum += 1_000;
        }
        sum = sum * 2 + all[i].receive().await?;
    }
    Ok(sum)
}

#[test]
fn a_loop_of_complete_operations_goes_on_behind_a_suspension() {
    for suspend_at in 0..6 {
        let expected =
            (0..5).fold(0, |sum, i| (sum + if i == suspend_at { 1_000 } else { 0 }) * 2 + i as u64);
        assert_eq!(everywhere!(around(5, suspend_at)), Ok(expected));
    }
}

#[tasklet]
async fn branches<B: Backend>(left: bool) -> Result<(u64, u64), Error> {
    let all: Vec<B::Channel<u64>> = offers::<B>(10..13);
    B::schedule().await?;
    let first: u64 = if left {
        all[0].receive().await?
    } else {
        let a = all[1].receive().await?;
        a * 100
    };
    let last = all[2].receive().await?;
    Ok((first, last))
}

#[test]
fn branches_meet_behind_complete_operations() {
    assert_eq!(everywhere!(branches(true)), Ok((10, 12)));
    assert_eq!(everywhere!(branches(false)), Ok((1_100, 12)));
}

fn limit(n: u64) -> u64 {
    n + 100
}

/// The local `limit` ends with its block, although the code behind it may be generated once
/// more as the way on from there.
#[tasklet]
async fn hidden<B: Backend>() -> Result<(u64, u64), Error> {
    let all: Vec<B::Channel<u64>> = offers::<B>(1..3);
    B::schedule().await?;
    let mut sum = 0u64;
    {
        let limit = all[0].receive().await?;
        sum += limit;
    }
    let n = all[1].receive().await?;
    Ok((sum, limit(n)))
}

#[test]
fn a_local_does_not_hide_a_function_behind_its_block() {
    assert_eq!(everywhere!(hidden()), Ok((1, 102)));
}

#[tasklet]
async fn refused<B: Backend>(at: usize) -> Result<u64, Error> {
    let all: Vec<B::Channel<u64>> = offers::<B>(0..3);
    B::schedule().await?;
    let mut seen = 0u64;
    for i in 0..3usize {
        seen += all[i].receive().await?;
        if i == at {
            return Err(Error::new("refused", seen.to_string()));
        }
    }
    Ok(seen)
}

#[test]
fn an_error_behind_a_complete_operation_ends_the_frame() {
    assert_eq!(everywhere!(refused(9)), Ok(3));
    for (at, seen) in [(0, "refused: 0"), (2, "refused: 3")] {
        assert_eq!(everywhere!(refused(at)).expect_err("refuses").to_string(), seen);
    }
}

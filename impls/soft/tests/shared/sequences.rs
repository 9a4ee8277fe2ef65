//! send_sequence.

use switchback::{Backend, Budget, Channel, Control, Error, Kind, send_sequence, tasklet};

use super::{said, say};

#[tasklet]
async fn report_sequence<B: Backend>(ch: B::Channel<u32>, items: Vec<u32>) -> Result<(), Error> {
    let sent = send_sequence::<B, u32>(ch, items).await;
    match sent {
        Ok(count) => say(format!("sent {count}")),
        Err(error) => say(error.kind().text()),
    }
    Ok(())
}

#[tasklet]
async fn receive_one_by_one<B: Backend>(items: Vec<u32>) -> Result<(), Error> {
    let ch: B::Channel<u32> = B::channel();
    B::spawn(report_sequence(ch.clone(), items.clone()));
    B::schedule().await?;
    for n in items {
        let n: u32 = n;
        assert_eq!(ch.balance()?, 1);
        assert_eq!(ch.receive().await?, n);
        say(format!("received {n}"));
        B::schedule().await?;
    }
    assert_eq!(ch.balance()?, 0);
    Ok(())
}

/// C116
pub fn every_item_is_a_send_and_their_number_comes_back<B: Backend>() {
    assert_eq!(B::run(receive_one_by_one(vec![5, 6])), Ok(()));
    assert_eq!(said(), ["received 5", "received 6", "sent 2"]);
    assert_eq!(B::run(receive_one_by_one(vec![])), Ok(()));
    assert_eq!(said(), ["sent 0"]);
}

#[tasklet]
async fn close_in_between<B: Backend>() -> Result<(), Error> {
    let ch: B::Channel<u32> = B::channel();
    B::spawn(report_sequence(ch.clone(), vec![5, 6]));
    B::schedule().await?;
    ch.close()?;
    assert_eq!(ch.receive().await?, 5);
    B::schedule().await
}

/// C116, C119: the first item was waiting already, the second would have to.
pub fn a_closed_channel_refuses_the_sequence<B: Backend>() {
    assert_eq!(B::run(close_in_between()), Ok(()));
    assert_eq!(said(), [Kind::Closed.text()]);
}

#[tasklet]
async fn take_all<B: Backend>(ch: B::Channel<u32>) -> Result<(), Error> {
    loop {
        let n = ch.receive().await?;
        say(format!("took {n}"));
    }
}

#[tasklet]
async fn interrupt_sequence<B: Backend>() -> Result<u32, Error> {
    let ch: B::Channel<u32> = B::channel();
    B::spawn(take_all(ch.clone()));
    B::spawn(report_sequence(ch, vec![5, 6, 7]));
    let mut stops: u32 = 0;
    while let Some(t) = B::run_for(Budget::steps(0).total()).await? {
        stops += 1;
        t.insert()?;
    }
    Ok(stops)
}

/// C071, C116
pub fn an_interrupted_sequence_goes_on_with_the_next_item<B: Backend>() {
    assert!(B::run(interrupt_sequence()).is_ok_and(|stops| stops >= 3));
    let (took, sent): (Vec<_>, Vec<_>) = said().into_iter().partition(|l| l.starts_with("took"));
    assert_eq!(took, ["took 5", "took 6", "took 7"]);
    assert_eq!(sent, ["sent 3"]);
}

//! A case that rests on chance, with the rate at which it is wrong.

use switchback::{Backend, Channel, Error, tasklet};

use super::tools::{case, refusal, run};
use crate::case::{Case, Failure};
use crate::needs::Need;

/// How often the case may fail for a backend that is right: once in 1,000,000,000 runs.
///
/// A backend that serves waiters in the order of their coming never fails it. One that serves
/// any waiter with the same chance, each time anew, fails it at this rate.
const FALSE_ALARMS: f64 = 1e-9;

/// Tasklets that wait to send.
const SENDERS: u32 = 4;

/// Values after which every sender has been served but for [`FALSE_ALARMS`].
///
/// One of n senders is passed over m times in a row with the chance (1 - 1/n)^m, any of them with
/// at most n times that: n (1 - 1/n)^m = rate gives m.
fn rounds(senders: u32, rate: f64) -> u32 {
    let senders = f64::from(senders);
    ((rate / senders).ln() / (1.0 - 1.0 / senders).ln()).ceil() as u32
}

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    let needs = [Need::Status, Need::Rendezvous];
    vec![case::<B>("N16_no_waiting_sender_is_passed_over_for_ever", &[], &needs, served::<B>)]
}

fn served<B: Backend>() -> Result<(), Failure> {
    let rounds = rounds(SENDERS, FALSE_ALARMS);
    let served = run::<B, _>("N16", serve::<B>(SENDERS, rounds))?;
    judge(&served, rounds)
}

fn judge(served: &[u32], rounds: u32) -> Result<(), Failure> {
    match served.iter().position(|times| *times == 0) {
        None => Ok(()),
        Some(starved) => {
            let found = format!(
                "sender {starved} waited while {rounds} values of the others were taken: {served:?}\n  \
                 (chance of this with an even choice among all who wait: {FALSE_ALARMS:e})"
            );
            Err(refusal("N16", &found))
        }
    }
}

/// Sends its number for ever.
#[tasklet]
async fn sender<B: Backend>(own: u32, channel: B::Channel<u32>) -> Result<(), Error> {
    loop {
        channel.send(own).await?;
    }
}

/// Main: takes a value whenever all senders wait; gives how often each was served.
#[tasklet]
async fn serve<B: Backend>(senders: u32, rounds: u32) -> Result<Vec<u32>, Error> {
    let channel: B::Channel<u32> = B::channel();
    for own in 0..senders {
        B::spawn(sender::<B>(own, channel.clone()));
    }
    let mut served: Vec<u32> = vec![0; senders as usize];
    for _ in 0..rounds {
        while channel.balance()? < i64::from(senders) {
            B::schedule().await?;
        }
        let own: u32 = channel.receive().await?;
        served[own as usize] += 1;
    }
    Ok(served)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_rounds_follows_from_the_rate() {
        assert_eq!(rounds(SENDERS, FALSE_ALARMS), 77);
        let chance = |rounds: i32| 4.0 * 0.75_f64.powi(rounds);
        assert!(chance(77) <= FALSE_ALARMS && chance(76) > FALSE_ALARMS);
    }

    #[test]
    fn a_sender_that_is_never_served_is_named_with_the_chance_of_a_false_alarm() {
        assert!(judge(&[20, 19, 19, 19], 77).is_ok());
        let failure = judge(&[76, 1, 0, 0], 77).expect_err("sender 2 starves");
        assert!(failure.text.contains("sender 2 waited while 77 values"), "{failure}");
        assert!(failure.text.contains("1e-9"), "{failure}");
    }
}

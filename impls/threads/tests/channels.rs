//! Values, errors and the end of channels between free threads.

mod support;

use std::sync::{Arc, Barrier};

use support::{Body, wait};
use switchback::{Backend, Channel, Error, Iteration, Kind};
use switchback_threads::{Channel as Crossed, Threads};

#[test]
fn a_value_passes_when_main_waits_first() {
    let got = Threads::run(Body(|| {
        let channel: Crossed<u64> = Threads::channel();
        let far = channel.clone();
        Threads::spawn(Body(move || wait(far.send(7))));
        wait(channel.receive())
    }));
    assert_eq!(got, Ok(7));
}

#[test]
fn a_value_passes_when_the_sender_waits_first() {
    let got = Threads::run(Body(|| {
        let channel: Crossed<String> = Threads::channel();
        let far = channel.clone();
        Threads::spawn(Body(move || wait(far.send("early".into()))));
        // Returns when the only other tasklet is blocked: the sender has waited first.
        wait(Threads::run_others())?;
        wait(channel.receive())
    }));
    assert_eq!(got.as_deref(), Ok("early"));
}

#[test]
fn a_sender_does_not_return_before_it_is_received() {
    let order = Threads::run(Body(|| {
        let data: Crossed<u8> = Threads::channel();
        let log: Crossed<u8> = Threads::channel();
        let (far, far_log) = (data.clone(), log.clone());
        Threads::spawn(Body(move || {
            wait(far.send(1))?;
            wait(far_log.send(2))
        }));
        wait(Threads::run_others())?;
        // No tasklet sends on the log while the first send is open.
        log.close()?;
        let early = wait(log.next()).item()?;
        log.open()?;
        Ok([early, Some(wait(data.receive())?), Some(wait(log.receive())?)])
    }));
    assert_eq!(order, Ok([None, Some(1), Some(2)]));
}

#[test]
fn many_senders_reach_one_receiver_each_in_its_own_order() {
    const SENDERS: usize = 8;
    const EACH: usize = 200;
    let seen = Threads::run(Body(|| {
        let channel: Crossed<(usize, usize)> = Threads::channel();
        for sender in 0..SENDERS {
            let channel = channel.clone();
            Threads::spawn(Body(move || {
                (0..EACH).try_for_each(|number| wait(channel.send((sender, number))))
            }));
        }
        let mut seen = vec![Vec::new(); SENDERS];
        for _ in 0..SENDERS * EACH {
            let (sender, number) = wait(channel.receive())?;
            seen[sender].push(number);
        }
        Ok(seen)
    }));
    assert_eq!(seen, Ok(vec![(0..EACH).collect::<Vec<_>>(); SENDERS]));
}

#[test]
fn many_senders_and_many_receivers_lose_nothing() {
    const PAIRS: u64 = 6;
    const EACH: u64 = 300;
    let (sum, counts) = Threads::audit(Body(|| {
        let channel: Crossed<u64> = Threads::channel();
        let sums: Crossed<u64> = Threads::channel();
        for pair in 0..PAIRS {
            let (to, from, sums) = (channel.clone(), channel.clone(), sums.clone());
            Threads::spawn(Body(move || {
                (0..EACH).try_for_each(|number| wait(to.send(pair * EACH + number)))
            }));
            Threads::spawn(Body(move || {
                let mut sum = 0;
                for _ in 0..EACH {
                    sum += wait(from.receive())?;
                }
                wait(sums.send(sum))
            }));
        }
        let mut total = 0;
        for _ in 0..PAIRS {
            total += wait(sums.receive())?;
        }
        Ok(total)
    }))
    .expect("every value has a receiver");
    assert_eq!(sum, (0..PAIRS * EACH).sum());
    assert_eq!(counts.tasklets, Some(2 * PAIRS));
    assert_eq!(counts.messages, Some(PAIRS * EACH + PAIRS));
}

#[test]
fn an_error_sent_is_the_very_error_received() {
    let sent = Error::new("NoSuchAccount", "42");
    let twin = sent.clone();
    let got = Threads::run(Body(move || {
        let channel: Crossed<u64> = Threads::channel();
        let far = channel.clone();
        Threads::spawn(Body(move || wait(far.send_error(twin))));
        Ok(wait(channel.receive()).err())
    }));
    assert!(got.expect("main returns").is_some_and(|error| error.same_origin(&sent)));
}

#[test]
fn an_iteration_ends_with_the_end_that_is_sent() {
    let items = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        let far = channel.clone();
        Threads::spawn(Body(move || {
            for item in [3, 1, 2] {
                wait(far.send(item))?;
            }
            wait(far.send_error(Kind::StopIteration.into()))
        }));
        let mut items = Vec::new();
        while let Some(item) = wait(channel.next()).item()? {
            items.push(item);
        }
        Ok(items)
    }));
    assert_eq!(items, Ok(vec![3, 1, 2]));
}

#[test]
fn a_closing_channel_serves_who_waits_and_refuses_who_would() {
    let kinds = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        let far = channel.clone();
        Threads::spawn(Body(move || wait(far.send(5))));
        wait(Threads::run_others())?;
        channel.close()?;
        let served = wait(channel.next()).item()?;
        let ended = wait(channel.next()).item()?;
        let refused = [wait(channel.receive()).map(drop), wait(channel.send(6))];
        let closing = channel.is_closing()?;
        Ok((served, ended, refused.map(|result| result.unwrap_err().kind()), closing))
    }));
    assert_eq!(kinds, Ok((Some(5), None, [Kind::Closed; 2], true)));
}

#[test]
fn closing_wakes_nobody_who_waits() {
    let got = Threads::run(Body(|| {
        let channel: Crossed<u8> = Threads::channel();
        let report: Crossed<u8> = Threads::channel();
        let (far, far_report) = (channel.clone(), report.clone());
        Threads::spawn(Body(move || {
            let item = wait(far.receive())?;
            wait(far_report.send(item))
        }));
        wait(Threads::run_others())?;
        channel.close()?;
        wait(channel.send(9))?;
        wait(report.receive())
    }));
    assert_eq!(got, Ok(9));
}

#[test]
fn a_channel_of_another_run_is_refused() {
    let channel: Crossed<u8> = Threads::channel();
    let far = channel.clone();
    let first = Threads::run(Body(move || {
        far.close()?;
        Ok(wait(far.receive()).unwrap_err().kind())
    }));
    let second = Threads::run(Body(move || wait(channel.receive())));
    assert_eq!(first, Ok(Kind::Closed));
    assert_eq!(second.unwrap_err().kind(), Kind::WrongScheduler);
}

#[test]
fn a_channel_is_in_no_pickle() {
    let channel: Crossed<u8> = Threads::channel();
    let error = switchback::pickle::Writer::default().leaf(&channel).unwrap_err();
    assert_eq!(error.kind(), Kind::NotPicklable);
    let error = switchback::pickle::Reader::new(&[0]).leaf::<Crossed<u8>>().unwrap_err();
    assert_eq!(error.kind(), Kind::BadPickle);
}

#[test]
fn values_written_before_a_send_are_seen_after_the_receive() {
    // The barrier makes both sides enter the channel together, so both orders occur.
    let total = Threads::run(Body(|| {
        let channel: Crossed<Vec<u32>> = Threads::channel();
        let far = channel.clone();
        let near_gate = Arc::new(Barrier::new(2));
        let gate = Arc::clone(&near_gate);
        Threads::spawn(Body(move || {
            for round in 0..500 {
                gate.wait();
                wait(far.send(vec![round; 3]))?;
            }
            Ok(())
        }));
        let mut total = 0;
        for _ in 0..500 {
            near_gate.wait();
            total += wait(channel.receive())?.iter().sum::<u32>();
        }
        Ok(total)
    }));
    assert_eq!(total, Ok(3 * (0..500).sum::<u32>()));
}

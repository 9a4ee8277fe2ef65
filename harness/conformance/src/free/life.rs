//! What tasklets see of themselves and of each other: N13, N15, N16, N25 to N28.

use std::sync::atomic::{AtomicU64, Ordering};

use switchback::{
    Backend, Channel, ChannelCallback, Control, Error, Iteration, Status, send_sequence, tasklet,
};

use super::held::Held;
use super::tools::{case, hold, refusal, run, same};
use crate::case::{Case, Failure};
use crate::needs::Need;

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    use Need::{Close, Control, Deadlock, Rendezvous, Status};
    vec![
        case::<B>("N13_what_a_sender_did_is_seen_by_its_receiver", &[], &[], || {
            run::<B, _>("N13", seen_by_receiver::<B>())
        }),
        case::<B>("N13_what_a_receiver_did_is_seen_by_its_sender", &[], &[Rendezvous], || {
            run::<B, _>("N13", seen_by_sender::<B>())
        }),
        case::<B>(
            "N15_a_paused_tasklet_runs_once_it_is_inserted",
            &[],
            &[Control, Deadlock],
            || run::<B, _>("N15", paused::<B>()),
        ),
        case::<B>("N16_all_who_yield_make_progress", &[], &[], || {
            run::<B, _>("N16", yielders::<B>())
        }),
        case::<B>("N25_what_has_ended_stays_so", &["N28"], &[Status], || {
            run::<B, _>("N25", sampled::<B>())
        }),
        case::<B>("N26_current_is_who_asks", &[], &[Status], || run::<B, _>("N26", asked::<B>())),
        case::<B>("N27_one_callback_per_operation", &[], &[Control, Close], callbacks::<B>),
        case::<B>("N28_status_is_read_while_all_run", &[], &[Status], || {
            run::<B, _>("N28", watched::<B>())
        }),
    ]
}

/// Plain numbers, each written by one tasklet; relaxed, so that only the channel orders them.
type Cells = Held<[AtomicU64; 64]>;

fn cells() -> Cells {
    Held::new([const { AtomicU64::new(0) }; 64])
}

fn write(cells: &Cells, number: u64) {
    cells.iter().for_each(|cell| cell.store(number, Ordering::Relaxed));
}

/// The oldest of the numbers.
fn oldest(cells: &Cells) -> u64 {
    cells.iter().map(|cell| cell.load(Ordering::Relaxed)).min().unwrap_or(0)
}

const ROUNDS: u64 = 300;

/// Writes, then sends.
#[tasklet]
async fn writes_and_sends<B: Backend>(
    written: Cells,
    channel: B::Channel<u64>,
) -> Result<(), Error> {
    let rounds: u64 = ROUNDS;
    for round in 0..rounds {
        write(&written, round + 1);
        channel.send(round + 1).await?;
    }
    Ok(())
}

#[tasklet]
async fn seen_by_receiver<B: Backend>() -> Result<(), Error> {
    let written: Cells = cells();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(writes_and_sends::<B>(written.clone(), channel.clone()));
    let rounds: u64 = ROUNDS;
    for _ in 0..rounds {
        let number: u64 = channel.receive().await?;
        let seen = oldest(&written);
        hold("N13", "what was written before a send is read after its receive", seen >= number)?;
    }
    Ok(())
}

/// Writes, then receives.
#[tasklet]
async fn writes_and_receives<B: Backend>(
    written: Cells,
    channel: B::Channel<u64>,
) -> Result<(), Error> {
    let rounds: u64 = ROUNDS;
    for round in 0..rounds {
        write(&written, round + 1);
        let _: u64 = channel.receive().await?;
    }
    Ok(())
}

#[tasklet]
async fn seen_by_sender<B: Backend>() -> Result<(), Error> {
    let written: Cells = cells();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(writes_and_receives::<B>(written.clone(), channel.clone()));
    let rounds: u64 = ROUNDS;
    for round in 0..rounds {
        channel.send(round).await?;
        let seen = oldest(&written);
        hold("N13", "what was written before a receive is read after its send", seen > round)?;
    }
    Ok(())
}

/// Counts its start.
#[tasklet]
async fn counted<B: Backend>(starts: Held<AtomicU64>) -> Result<(), Error> {
    starts.fetch_add(1, Ordering::SeqCst);
    B::schedule().await
}

#[tasklet]
async fn paused<B: Backend>() -> Result<(), Error> {
    let starts: Held<AtomicU64> = Held::new(AtomicU64::new(0));
    let handle: B::Handle = B::spawn_paused(counted::<B>(starts.clone()))?;
    B::run_others().await?;
    same("N15", "whether a paused tasklet is paused", handle.status()?.paused(), true)?;
    same("N15", "starts while paused", starts.load(Ordering::SeqCst), 0)?;
    handle.insert()?;
    handle.insert()?;
    B::run_others().await?;
    same("N15", "starts after it was inserted twice", starts.load(Ordering::SeqCst), 1)?;
    let removed: B::Handle = B::spawn(counted::<B>(starts.clone()));
    // Where others run at once it may have begun; then there is nothing to see.
    if removed.remove().is_ok() && starts.load(Ordering::SeqCst) == 1 {
        B::run_others().await?;
        same("N15", "starts of one that was removed", starts.load(Ordering::SeqCst), 1)?;
        removed.insert()?;
        B::run_others().await?;
        same("N15", "starts after it was inserted again", starts.load(Ordering::SeqCst), 2)?;
    }
    Ok(())
}

/// Yields until all tasklets, itself included, have yielded often enough.
#[tasklet]
async fn yielder<B: Backend>(
    turns: Cells,
    own: usize,
    many: usize,
    done: B::Channel<()>,
) -> Result<(), Error> {
    while turns[..many].iter().any(|turns| turns.load(Ordering::SeqCst) < 100) {
        B::schedule().await?;
        turns[own].fetch_add(1, Ordering::SeqCst);
    }
    done.send(()).await
}

#[tasklet]
async fn yielders<B: Backend>() -> Result<(), Error> {
    let (turns, done): (Cells, B::Channel<()>) = (cells(), B::channel());
    let many: usize = 12;
    for own in 0..many {
        B::spawn(yielder::<B>(turns.clone(), own, many, done.clone()));
    }
    for _ in 0..many {
        done.receive().await?;
    }
    Ok(())
}

/// Receives to the end.
#[tasklet]
pub(super) async fn drains<B: Backend>(channel: B::Channel<u64>, items: u64) -> Result<(), Error> {
    for _ in 0..items {
        let _: u64 = channel.receive().await?;
    }
    Ok(())
}

/// Starts pairs of tasklets that exchange `items` values; their handles and channels.
fn pairs<B: Backend>(many: u64, items: u64) -> (Vec<B::Handle>, Vec<B::Channel<u64>>) {
    let (mut handles, mut channels) = (Vec::new(), Vec::new());
    for _ in 0..many {
        let channel: B::Channel<u64> = B::channel();
        let values = (0..items).collect();
        handles.push(B::spawn(send_sequence::<B, u64>(channel.clone(), values)));
        handles.push(B::spawn(drains::<B>(channel.clone(), items)));
        channels.push(channel);
    }
    (handles, channels)
}

#[tasklet]
async fn sampled<B: Backend>() -> Result<(), Error> {
    let (handles, _): (Vec<B::Handle>, Vec<B::Channel<u64>>) = pairs::<B>(4, 100);
    let mut dead: Vec<bool> = vec![false; handles.len()];
    while dead.contains(&false) {
        for (dead, handle) in dead.iter_mut().zip(&handles) {
            let Status { alive, scheduled, blocked, .. } = handle.status()?;
            hold("N25", "what has ended is not alive again", !(*dead && alive))?;
            hold("N25", "who is blocked is alive and scheduled", !blocked || alive && scheduled)?;
            *dead = !alive;
        }
        B::schedule().await?;
    }
    Ok(())
}

/// Tells whether it was the current one whenever it looked.
#[tasklet]
async fn asks<B: Backend>(
    mine: B::Channel<B::Handle>,
    told: B::Channel<bool>,
) -> Result<(), Error> {
    let me: B::Handle = mine.receive().await?;
    let mut same: bool = B::current()? == me && B::current()? != B::main()?;
    for _ in 0..50_u64 {
        B::schedule().await?;
        same = same && B::current()? == me && B::current()?.number() == me.number();
    }
    told.send(same).await
}

#[tasklet]
async fn asked<B: Backend>() -> Result<(), Error> {
    let told: B::Channel<bool> = B::channel();
    let main: B::Handle = B::current()?;
    for _ in 0..8_u64 {
        let mine: B::Channel<B::Handle> = B::channel();
        let handle: B::Handle = B::spawn(asks::<B>(mine.clone(), told.clone()));
        mine.send(handle).await?;
        hold("N26", "main is current in main", B::current()? == main && B::main()? == main)?;
    }
    for _ in 0..8_u64 {
        let same: bool = told.receive().await?;
        hold("N26", "a tasklet is current in its own body", same)?;
    }
    Ok(())
}

/// Main: one receiver, one sender, an iteration that ends by an error.
#[tasklet]
async fn heard<B: Backend>(calls: Cells) -> Result<(), Error> {
    let heard: ChannelCallback<B> = std::rc::Rc::new(move |_, _, sending, _| {
        calls[usize::from(sending)].fetch_add(1, Ordering::SeqCst);
    });
    B::set_channel_callback(Some(heard))?;
    let channel: B::Channel<u64> = B::channel();
    B::spawn(send_sequence::<B, u64>(channel.clone(), (0..20).collect()));
    for _ in 0..20_u64 {
        let _: u64 = channel.receive().await?;
    }
    channel.close()?;
    let end: Result<u64, Error> = channel.next().await;
    same("N27", "item of a closed channel", end.item()?, None)?;
    B::set_channel_callback(None).map(drop)
}

fn callbacks<B: Backend>() -> Result<(), Failure> {
    let calls = cells();
    run::<B, _>("N27", heard::<B>(calls.clone()))?;
    let [receives, sends] = [0, 1].map(|i| calls[i].load(Ordering::SeqCst));
    if (receives, sends) == (20, 20) {
        return Ok(());
    }
    let found = format!("{receives} calls for 20 receives, {sends} calls for 20 sends");
    Err(refusal("N27", &found))
}

/// Looks at everything, many times.
#[tasklet]
async fn watcher<B: Backend>(
    handles: Vec<B::Handle>,
    channels: Vec<B::Channel<u64>>,
    done: B::Channel<()>,
) -> Result<(), Error> {
    for _ in 0..100_u64 {
        for handle in &handles {
            let Status { alive, blocked, .. } = handle.status()?;
            hold("N28", "who is blocked is alive", alive || !blocked)?;
        }
        for channel in &channels {
            let balance = channel.balance()?;
            // Two tasklets use it; a buffer may hold values that no receiver waits for.
            let most = 1 + i64::from(B::CAPABILITIES.buffer);
            hold("N28", "a balance is one that can be", (-1..=most).contains(&balance))?;
        }
        B::schedule().await?;
    }
    done.send(()).await
}

#[tasklet]
async fn watched<B: Backend>() -> Result<(), Error> {
    let found: (Vec<B::Handle>, Vec<B::Channel<u64>>) = pairs::<B>(4, 200);
    let done: B::Channel<()> = B::channel();
    for _ in 0..3_u64 {
        B::spawn(watcher::<B>(found.0.clone(), found.1.clone(), done.clone()));
    }
    for _ in 0..3_u64 {
        done.receive().await?;
    }
    Ok(())
}

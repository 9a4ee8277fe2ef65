//! Errors and other payloads: N02, N20, N31.

use switchback::{Backend, Channel, Control, Error, Iteration, Kind, send_sequence, tasklet};

use super::tools::{case, each_seed, hold, refused, run, same};
use crate::case::Case;
use crate::needs::Need;

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    use Need::{Close, Control, Deadlock, Throw};
    vec![
        case::<B>("N02_payloads_of_every_size", &[], &[], || run::<B, _>("N02", payloads::<B>())),
        case::<B>("N02_an_error_is_the_one_that_was_sent", &[], &[Close], || {
            run::<B, _>("N02", identity::<B>())
        }),
        case::<B>("N20_each_error_reaches_main_once", &[], &[], || {
            each_seed(10, |seed| run::<B, _>("N20", failures::<B>(1 + 3 * seed)))
        }),
        case::<B>("N20_an_error_reaches_main_where_it_waits", &[], &[], || {
            run::<B, _>("N20", interrupted::<B>())
        }),
        case::<B>("N20_run_others_raises_each_error", &["N14"], &[Deadlock], || {
            run::<B, _>("N20", raised_by_run::<B>())
        }),
        case::<B>("N31_an_error_of_its_own_ends_an_iteration", &["N30"], &[Close], || {
            run::<B, _>("N31", iterations::<B>())
        }),
        case::<B>("N31_what_has_ended_cannot_run", &[], &[Control], || {
            run::<B, _>("N31", ended::<B>())
        }),
        case::<B>("N31_nothing_is_thrown_at_what_has_ended", &[], &[Throw, Need::Status], || {
            run::<B, _>("N31", throw_at_ended::<B>())
        }),
    ]
}

/// Text, a list, an array that fits no slot.
type Load = (String, Vec<u64>, [u64; 32]);

fn load(size: u64) -> Load {
    let list: Vec<u64> = (0..size).collect();
    ("x".repeat(size as usize), list, std::array::from_fn(|i| size + i as u64))
}

const SIZES: [u64; 5] = [0, 1, 24, 1000, 20_000];

#[tasklet]
async fn payloads<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<Load> = B::channel();
    B::spawn(send_sequence::<B, Load>(channel.clone(), SIZES.map(load).to_vec()));
    let sizes: Vec<u64> = SIZES.to_vec();
    for size in sizes {
        let size: u64 = size;
        let got: Load = channel.receive().await?;
        hold("N02", "a payload arrives as it was sent", got == load(size))?;
    }
    let nothing: B::Channel<()> = B::channel();
    B::spawn(send_sequence::<B, ()>(nothing.clone(), vec![()]));
    nothing.receive().await
}

#[tasklet]
async fn sends_error<B: Backend>(channel: B::Channel<u64>, error: Error) -> Result<(), Error> {
    channel.send_error(error).await
}

#[tasklet]
async fn identity<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    for _ in 0..20_u64 {
        let error: Error = Error::from_error(std::io::Error::other("the original"));
        B::spawn(sends_error::<B>(channel.clone(), error.clone()));
        let got: Result<u64, Error> = channel.receive().await;
        let same_one = got.is_err_and(|got| got.same_origin(&error));
        hold("N02", "an error sent over a channel is the one that was raised", same_one)?;
    }
    Ok(())
}

#[tasklet]
async fn fails<B: Backend>(name: String) -> Result<(), Error> {
    B::schedule().await?;
    Err(Error::new(name, ""))
}

fn numbered(many: u64) -> Vec<String> {
    let mut names: Vec<String> = (0..many).map(|number| format!("failure {number}")).collect();
    names.sort();
    names
}

#[tasklet]
async fn failures<B: Backend>(many: u64) -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let survivor: B::Channel<u64> = B::channel();
    B::spawn(forwards::<B>(channel.clone(), survivor.clone()));
    for name in numbered(many) {
        B::spawn(fails::<B>(name));
    }
    let mut seen: Vec<String> = Vec::new();
    while (seen.len() as u64) < many {
        let yielded: Result<(), Error> = B::schedule().await;
        seen.extend(yielded.err().map(|error| error.name().to_owned()));
    }
    seen.sort();
    same("N20", "errors that main saw", seen, numbered(many))?;
    for _ in 0..20_u64 {
        B::schedule().await?;
    }
    channel.send(3).await?;
    let value: u64 = survivor.receive().await?;
    same("N20", "value through a tasklet that did not fail", value, 3)
}

/// Passes one value on.
#[tasklet]
pub(super) async fn forwards<B: Backend>(
    from: B::Channel<u64>,
    to: B::Channel<u64>,
) -> Result<(), Error> {
    let value: u64 = from.receive().await?;
    to.send(value).await
}

/// Fails after it was told to; its sibling answers later.
#[tasklet]
async fn interrupted<B: Backend>() -> Result<(), Error> {
    for round in 0..20_u64 {
        let (from, to): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
        B::spawn(forwards::<B>(from.clone(), to.clone()));
        B::spawn(fails::<B>("failure".to_owned()));
        // No tasklet sends before main does, so only the error can end this.
        let taken: Result<u64, Error> = to.receive().await;
        let name = taken.map_err(|error| error.name().to_owned());
        same("N20", "what ends the receive of main", name, Err("failure".to_owned()))?;
        from.send(round).await?;
        let value: u64 = to.receive().await?;
        same("N20", "value after the error", value, round)?;
    }
    Ok(())
}

#[tasklet]
async fn raised_by_run<B: Backend>() -> Result<(), Error> {
    for name in numbered(6) {
        B::spawn(fails::<B>(name));
    }
    let mut seen: Vec<String> = Vec::new();
    loop {
        let rested: Result<(), Error> = B::run_others().await;
        match rested {
            Ok(()) => break,
            Err(error) => seen.push(error.name().to_owned()),
        }
    }
    seen.sort();
    same("N20", "errors that run_others raised before all had ended", seen, numbered(6))
}

#[tasklet]
async fn iterations<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(sends_error::<B>(channel.clone(), Kind::StopIteration.into()));
    let item: Result<u64, Error> = channel.next().await;
    same("N31", "item after StopIteration was sent", item.item()?, None)?;
    B::spawn(sends_error::<B>(channel.clone(), Kind::StopIteration.into()));
    let taken: Result<u64, Error> = channel.receive().await;
    refused("N31", "receive of a StopIteration", taken, &[Kind::StopIteration])?;
    B::spawn(sends_error::<B>(channel.clone(), Error::new("E1", "")));
    let item: Result<u64, Error> = channel.next().await;
    let name = item.map_err(|error| error.name().to_owned());
    same("N31", "item after an error was sent", name, Err("E1".to_owned()))
}

#[tasklet]
async fn nothing<B: Backend>() -> Result<(), Error> {
    B::schedule().await
}

#[tasklet]
async fn ended<B: Backend>() -> Result<(), Error> {
    let handle: B::Handle = B::spawn(nothing::<B>());
    B::run_others().await?;
    refused("N31", "insert of what has ended", handle.insert(), &[Kind::RunDead])
}

#[tasklet]
async fn throw_at_ended<B: Backend>() -> Result<(), Error> {
    let handle: B::Handle = B::spawn(nothing::<B>());
    while handle.status()?.alive {
        B::schedule().await?;
    }
    let thrown: Result<switchback::Value<B>, Error> = handle.throw(Error::new("E1", "")).await;
    refused("N31", "throw at what has ended", thrown, &[Kind::ThrowDead])?;
    let killed: Result<switchback::Value<B>, Error> = handle.kill().await;
    hold("N31", "kill of what has ended does nothing", killed.is_ok())
}

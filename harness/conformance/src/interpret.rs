//! Runs a program on any backend, through the public traits only.
//!
//! One tasklet function serves every tasklet of every program. It keeps a number and a
//! [`Cursor`], both plain data, so it runs in all three forms. Ops that cannot suspend are
//! done between awaits by `advance`; each of the others is one arm with one await.

use std::rc::Rc;

use switchback::{
    Backend, Channel, ChannelCallback, Control, Error, ErrorHandler, Kind, Preference,
    ScheduleCallback, Value, tasklet,
};

use crate::cursor::{Cursor, Next};
use crate::living::Parcel;
use crate::recorder::{Registered, Run};
use crate::{Event, Json, Op, Program, differ, faults};

/// Runs a program on backend `B` and gives its trace.
///
/// A trace of more than `budget` events is cut off. An error of the backend itself, rather
/// than of the program, appears as a last event.
#[must_use]
pub fn run<B: Backend>(program: &Program, budget: usize) -> Vec<Event> {
    let registered = Registered::<B>::new(program, budget);
    let result = B::run(interpret(registered.number, Cursor::start("main", None)));
    registered.finish(&result)
}

/// What a tasklet has to await next.
pub(crate) enum Wish<B: Backend> {
    /// The body is over.
    Over(Result<(), Error>),
    /// schedule
    Schedule(Value<B>),
    /// schedule_remove
    ScheduleRemove(Value<B>),
    /// RUN
    RunOthers,
    /// run
    Run(B::Handle),
    /// switch
    Switch(B::Handle),
    /// kill
    Kill(B::Handle),
    /// throw, raise_exc
    Throw(B::Handle, Error),
    /// send, send_seq
    Send(B::Channel<Parcel>, Parcel),
    /// send_exc, send_throw
    SendError(B::Channel<Parcel>, Error),
    /// recv
    Receive(B::Channel<Parcel>),
    /// next, iter
    Next(B::Channel<Parcel>),
}

/// A tasklet of a program.
///
/// # Errors
/// What the body raised and did not catch.
#[tasklet]
pub(crate) async fn interpret<B: Backend>(run: u64, position: Cursor) -> Result<(), Error> {
    let mut cursor: Cursor = position;
    loop {
        let wish: Wish<B> = advance::<B>(run, &mut cursor);
        match wish {
            Wish::Over(result) => return result,
            Wish::Schedule(value) => {
                let result: Result<Value<B>, Error> = B::schedule_value(value).await;
                settle_value::<B>(run, &mut cursor, result);
            }
            Wish::ScheduleRemove(value) => {
                let result: Result<Value<B>, Error> = B::schedule_remove(value).await;
                settle_value::<B>(run, &mut cursor, result);
            }
            Wish::RunOthers => {
                let result: Result<(), Error> = B::run_others().await;
                settle_nothing::<B>(run, &mut cursor, result);
            }
            Wish::Run(handle) => {
                let target: B::Handle = handle;
                let result: Result<Value<B>, Error> = target.run().await;
                settle_value::<B>(run, &mut cursor, result);
            }
            Wish::Switch(handle) => {
                let target: B::Handle = handle;
                let result: Result<Value<B>, Error> = target.switch().await;
                settle_value::<B>(run, &mut cursor, result);
            }
            Wish::Kill(handle) => {
                let target: B::Handle = handle;
                let result: Result<Value<B>, Error> = target.kill().await;
                settle_value::<B>(run, &mut cursor, result);
            }
            Wish::Throw(handle, error) => {
                let target: B::Handle = handle;
                let result: Result<Value<B>, Error> = target.throw(error).await;
                settle_value::<B>(run, &mut cursor, result);
            }
            Wish::Send(pipe, value) => {
                let channel: B::Channel<Parcel> = pipe;
                let result: Result<(), Error> = channel.send(value).await;
                settle_nothing::<B>(run, &mut cursor, result);
            }
            Wish::SendError(pipe, error) => {
                let channel: B::Channel<Parcel> = pipe;
                let result: Result<(), Error> = channel.send_error(error).await;
                settle_nothing::<B>(run, &mut cursor, result);
            }
            Wish::Receive(pipe) => {
                let channel: B::Channel<Parcel> = pipe;
                let result: Result<Parcel, Error> = channel.receive().await;
                settle_parcel::<B>(run, &mut cursor, result);
            }
            Wish::Next(pipe) => {
                let channel: B::Channel<Parcel> = pipe;
                let result: Result<Parcel, Error> = channel.next().await;
                settle_parcel::<B>(run, &mut cursor, result);
            }
        }
    }
}

/// Takes the result of what was awaited. After the run is closed it does not matter.
fn settle<B: Backend>(run: u64, cursor: &mut Cursor, result: Result<Json, Error>) {
    if let Some(run) = Run::<B>::find(run) {
        run.ends(cursor.tasklet());
        run.record(|events| cursor.done(&run.program, result, events));
    }
}

fn settle_nothing<B: Backend>(run: u64, cursor: &mut Cursor, result: Result<(), Error>) {
    settle::<B>(run, cursor, result.map(|()| Json::Null));
}

fn settle_parcel<B: Backend>(run: u64, cursor: &mut Cursor, result: Result<Parcel, Error>) {
    settle::<B>(run, cursor, result.map(|parcel| parcel.value));
}

fn settle_value<B: Backend>(run: u64, cursor: &mut Cursor, result: Result<Value<B>, Error>) {
    if let Some(found) = Run::<B>::find(run) {
        settle::<B>(run, cursor, result.map(|value| found.show(value)));
    }
}

/// Does ops until one has to be awaited or the body is over.
fn advance<B: Backend>(number: u64, cursor: &mut Cursor) -> Wish<B> {
    let gone = || Wish::Over(Err(Kind::Exit.into()));
    let Some(run) = Run::<B>::find(number) else { return gone() };
    if run.enter()
        && let Err(error) = enter::<B>(number, &run)
    {
        return Wish::Over(Err(error));
    }
    loop {
        let next = run.record(|events| {
            let next = cursor.next(&run.program, events);
            if let Next::Over(Err(error)) = &next
                && cursor.tasklet() == "main"
            {
                events.push(Event::Exit { error: faults::text(error) });
            }
            next
        });
        let op = match next {
            None => return gone(),
            Some(Next::Over(result)) => {
                if cursor.tasklet() == "main" {
                    run.close();
                }
                return Wish::Over(result);
            }
            Some(Next::Do(op)) => op,
        };
        let result = match wish::<B>(&run, &op) {
            Ok(Some(wish)) => {
                run.begins(cursor.tasklet(), cursor.label(), differ::words(&op));
                return wish;
            }
            Ok(None) => perform::<B>(number, &run, &op),
            Err(error) => Err(error),
        };
        run.record(|events| cursor.done(&run.program, result, events));
    }
}

/// First thing in a scheduler: names main and installs the callbacks.
pub(crate) fn enter<B: Backend>(number: u64, run: &Run<B>) -> Result<(), Error> {
    run.name("main", B::main()?);
    if run.program.schedule_callback {
        let callback: ScheduleCallback<B> = Rc::new(move |previous, next| {
            if let Some(run) = Run::<B>::find(number) {
                let (previous, next) = (run.name_of(previous), run.name_of(next));
                run.record(|events| events.push(Event::Switch { previous, next }));
            }
        });
        B::set_schedule_callback(Some(callback))?;
    }
    if run.program.channel_callback {
        let callback: ChannelCallback<B> = Rc::new(move |channel, tasklet, sending, blocks| {
            if let Some(run) = Run::<B>::find(number) {
                let (channel, tasklet) = (run.channel_name(channel), run.name_of(tasklet));
                let event = Event::Operation { channel, tasklet, sending, blocks };
                run.record(|events| events.push(event));
            }
        });
        B::set_channel_callback(Some(callback))?;
    }
    Ok(())
}

pub(crate) fn handler<B: Backend>(number: u64) -> ErrorHandler<B> {
    Rc::new(move |tasklet, error| {
        if let Some(run) = Run::<B>::find(number) {
            let (tasklet, error) = (run.name_of(tasklet), faults::class(error));
            run.record(|events| events.push(Event::Handled { error, tasklet }));
        }
        Ok(())
    })
}

/// What to await for an op; `None` if it cannot suspend.
fn wish<B: Backend>(run: &Run<B>, op: &Op) -> Result<Option<Wish<B>>, Error> {
    let offered = |value: &Option<Json>| match value {
        Some(value) => Ok(Value::message(Parcel::from(value.clone()))),
        None => B::current().map(Value::Tasklet),
    };
    Ok(Some(match op {
        Op::Schedule { value } => Wish::Schedule(offered(value)?),
        Op::ScheduleRemove { value } => Wish::ScheduleRemove(offered(value)?),
        Op::RunOthers {} => Wish::RunOthers,
        Op::Run { tasklet } => Wish::Run(run.tasklet(tasklet)?),
        Op::Switch { tasklet } => Wish::Switch(run.tasklet(tasklet)?),
        Op::Kill { tasklet } => Wish::Kill(run.tasklet(tasklet)?),
        Op::Throw { tasklet, error } | Op::RaiseException { tasklet, error } => {
            Wish::Throw(run.tasklet(tasklet)?, faults::named(error))
        }
        Op::Send { channel, value } => Wish::Send(run.channel(channel), value.clone().into()),
        Op::SendException { channel, error } | Op::SendThrow { channel, error } => {
            Wish::SendError(run.channel(channel), faults::named(error))
        }
        Op::Receive { channel } => Wish::Receive(run.channel(channel)),
        Op::Next { channel } => Wish::Next(run.channel(channel)),
        _ => return Ok(None),
    }))
}

/// Does an op that cannot suspend.
fn perform<B: Backend>(number: u64, run: &Run<B>, op: &Op) -> Result<Json, Error> {
    let start = |tasklet: &String, body: &String| {
        interpret::<B>(number, Cursor::start(tasklet, Some(body)))
    };
    let int = |n: usize| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
    match op {
        Op::Log { value } => return Ok(value.clone()),
        Op::Raise { error } => return Err(faults::named(error)),
        Op::Spawn { tasklet, body } => run.name(tasklet, B::spawn(start(tasklet, body))),
        Op::New { tasklet, body } => run.name(tasklet, B::spawn_paused(start(tasklet, body))?),
        Op::Unbound { tasklet, body } => {
            run.name(tasklet, B::spawn_unbound(start(tasklet, body))?);
        }
        Op::Setup { tasklet } => run.tasklet(tasklet)?.setup()?,
        Op::Bind { tasklet, body } => B::bind(&run.tasklet(tasklet)?, start(tasklet, body))?,
        Op::Unbind { tasklet } => run.tasklet(tasklet)?.unbind()?,
        Op::Insert { tasklet } => run.tasklet(tasklet)?.insert()?,
        Op::Remove { tasklet } => run.tasklet(tasklet)?.remove()?,
        Op::KillPending { tasklet } => run.tasklet(tasklet)?.kill_pending()?,
        Op::ThrowPending { tasklet, error } => {
            run.tasklet(tasklet)?.throw_pending(faults::named(error))?;
        }
        Op::Preference { channel, preference } => {
            run.channel(channel).set_preference(match preference.signum() {
                -1 => Preference::Receiver,
                0 => Preference::Caller,
                _ => Preference::Sender,
            })?;
        }
        Op::ScheduleAll { channel, on } => run.channel(channel).set_schedule_all(*on)?,
        Op::Close { channel } => run.channel(channel).close()?,
        Op::Open { channel } => run.channel(channel).open()?,
        Op::Balance { channel } => return run.channel(channel).balance().map(Json::Int),
        Op::Closed { channel } => {
            let channel = run.channel(channel);
            let closing = channel.is_closing()?;
            let closed = closing && channel.balance()? == 0;
            return Ok([Json::Bool(closing), Json::Bool(closed)].into_iter().collect());
        }
        Op::Queue { channel } => return Ok(run.names_of(&run.channel(channel).waiting()?)),
        Op::BlockTrap { on } => drop(B::block_trap(*on)?),
        Op::SwitchTrap { delta } => return Ok(Json::Int(B::switch_trap(*delta)?.into())),
        Op::Handler { on } => drop(B::set_error_handler(on.then(|| handler::<B>(number)))?),
        Op::SetSlot { tasklet, value } => {
            run.tasklet(tasklet)?.set_slot(Value::message(Parcel::from(value.clone())))?;
        }
        Op::Slot { tasklet } => return Ok(run.show(run.tasklet(tasklet)?.slot()?)),
        Op::Status { tasklet } => return status::<B>(&run.tasklet(tasklet)?),
        Op::Ring {} => return Ok(run.names_of(&B::run_queue()?)),
        Op::RunCount {} => return Ok(int(B::run_queue()?.len())),
        Op::Current {} => return Ok(Json::Str(run.name_of(&B::current()?))),
        other => unreachable!("{} is awaited or walked by the cursor", other.name()),
    }
    Ok(Json::Null)
}

fn status<B: Backend>(tasklet: &B::Handle) -> Result<Json, Error> {
    let status = tasklet.status()?;
    let letters = [
        (status.alive, 'A'),
        (status.scheduled, 'S'),
        (status.blocked, 'B'),
        (status.paused(), 'P'),
        (status.current, 'C'),
        (status.main, 'M'),
    ];
    let holding = letters.into_iter().filter_map(|(holds, letter)| holds.then_some(letter));
    Ok(Json::Str(holding.collect()))
}

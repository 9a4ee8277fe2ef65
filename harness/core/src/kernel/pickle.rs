//! A graph of tasklets and channels as bytes.
//!
//! ```text
//! magic "SWBK", format version
//! functions    name and fingerprint of each frame type used
//! messages     names of the message types that lie in slots
//! counts       tasklets, channels
//! roots        the caller's value; handles in it are numbers
//! tasklets     flags, slot, frames outermost first        } in order of discovery
//! channels     flags, direction, waiters first to last    }
//! values       the messages in slots: tasklet, type, bytes
//! ```
//!
//! Written breadth first, so that neither deep calls nor long chains of references recurse.
//! Read into blocks that nothing else knows, checked, and only then made part of the scheduler.

use super::{
    Handle, Kernel,
    blocks::{
        ALIVE, ATOMIC, BLOCK_TRAP, CLOSING, Direction, MAIN, PARKED, PREFER_CALLER, PREFER_SENDER,
        Queue, SCHEDULE_ALL, Tasklet,
    },
    portable::{Context, FrameNumbers, Numbers, PortableDriver, context, within},
    slot::Content,
};
use crate::{Error, Kind, Message, frame::FrameList, pickle::Writer};

pub(super) const MAGIC: &[u8; 4] = b"SWBK";
pub(super) const VERSION: u16 = 1;

pub(super) const KEPT_FLAGS: u32 = ALIVE | BLOCK_TRAP | ATOMIC;
pub(super) const CHANNEL_FLAGS: u32 = CLOSING | SCHEDULE_ALL | PREFER_CALLER | PREFER_SENDER;

pub(super) const EMPTY: u8 = 0;
pub(super) const ITSELF: u8 = 1;
pub(super) const BOMB: u8 = 2;
pub(super) const VALUE: u8 = 3;

/// Refuses what cannot be part of a graph.
pub(super) fn may_leave(kernel: &Kernel, t: Tasklet) -> Result<(), Error> {
    if t == kernel.me() {
        return Err(Kind::PickleCurrent.into());
    }
    let why = if t.is(MAIN) {
        "the main tasklet"
    } else if t.is(PARKED) {
        "a tasklet inside run_others()"
    } else if !t.is(ALIVE) && t.function.borrow().is_some() {
        "a tasklet that is bound but not set up"
    } else if t.is(ALIVE) && t.body.get() == 0 {
        "a tasklet that could not be started"
    } else {
        return Ok(());
    };
    Err(Error::with_detail(Kind::NotPicklable, why))
}

pub(super) fn dump<D: PortableDriver, R: Message>(
    kernel: &Kernel,
    roots: &R,
    program: &FrameList,
) -> Result<Vec<u8>, Error> {
    let empty = Context::Dumping {
        channels: Numbers::default(),
        tasklets: Numbers::default(),
        messages: vec![std::any::type_name::<Handle<D>>()],
    };
    let mut types = FrameNumbers::new(program);
    let (parts, context) = within(empty, || {
        let (mut root, mut tasklets, mut values) =
            (Writer::default(), Writer::default(), Writer::default());
        root.leaf(roots)?;
        let (mut written, mut visited, mut count) = (0, 0, 0u64);
        let mut names = Vec::new();
        loop {
            if let Some(t) = found_tasklet(written) {
                may_leave(kernel, t)?;
                write_tasklet::<D>(t, &mut types, &mut tasklets)?;
                if let Some(name) = t.slot.message_name() {
                    write_value(t, written, name, &mut names, &mut values)?;
                    count += 1;
                }
                written += 1;
            } else if let Some(channel) = found_channel(visited) {
                channel.waiting().into_iter().for_each(|t| {
                    number(t);
                });
                visited += 1;
            } else {
                return Ok::<_, Error>((root, tasklets, values, count, names));
            }
        }
    });
    let (root, tasklets, values, count, names) = parts?;
    let Context::Dumping { channels, tasklets: found, messages } = context else {
        unreachable!("the context is the one given")
    };
    if let Some(unknown) = names.iter().find(|n| !messages.contains(n)) {
        let cause = format!("a {unknown} waits in a slot, but no channel for it is in the graph");
        return Err(Error::with_detail(Kind::NotPicklable, cause));
    }
    let mut out = Writer::default();
    out.raw(MAGIC);
    out.leaf(&VERSION)?;
    out.leaf(&(types.used().len() as u64))?;
    for t in types.used() {
        out.leaf(&(t.name, t.fingerprint))?;
    }
    out.leaf(&names)?;
    out.leaf(&(found.list.len() as u64, channels.list.len() as u64))?;
    out.raw(root.bytes());
    out.raw(tasklets.bytes());
    for channel in &channels.list {
        let waiters: Vec<u32> = channel
            .waiting()
            .into_iter()
            .map(|t| found.clone_number(t.raw()))
            .collect::<Option<_>>()
            .ok_or_else(|| Error::with_detail(Kind::NotPicklable, "a waiter was not found"))?;
        out.leaf(&(
            channel.flags.get(),
            channel.direction().map_or(0, Direction::sign) as i8,
            waiters,
        ))?;
    }
    out.leaf(&count)?;
    out.raw(values.bytes());
    Ok(out.into_bytes())
}

fn found_tasklet(i: usize) -> Option<Tasklet> {
    context(|c| match c {
        Some(Context::Dumping { tasklets, .. }) => tasklets.list.get(i).copied(),
        _ => None,
    })
}

fn found_channel(i: usize) -> Option<Queue> {
    context(|c| match c {
        Some(Context::Dumping { channels, .. }) => channels.list.get(i).copied(),
        _ => None,
    })
}

fn number(t: Tasklet) {
    context(|c| {
        if let Some(Context::Dumping { tasklets, .. }) = c {
            tasklets.number(t.raw(), t);
        }
    });
}

fn write_tasklet<D: PortableDriver>(
    t: Tasklet,
    types: &mut FrameNumbers<'_>,
    out: &mut Writer,
) -> Result<(), Error> {
    if let Some(channel) = t.channel.get() {
        context(|c| {
            if let Some(Context::Dumping { channels, .. }) = c {
                channels.number(channel.raw(), channel);
            }
        });
    }
    out.leaf(&(t.flags.get() & KEPT_FLAGS))?;
    match t.slot.content() {
        Content::Empty => out.leaf(&EMPTY)?,
        Content::Itself => out.leaf(&ITSELF)?,
        Content::Bomb => {
            out.leaf(&BOMB)?;
            t.slot.dump(out)?;
        }
        Content::Value => out.leaf(&VALUE)?,
        Content::Function => {
            return Err(Error::with_detail(Kind::NotPicklable, "a function in a slot"));
        }
    }
    if t.is(ALIVE) {
        // SAFETY: the tasklet is alive, not current and not native, so its body is a suspended
        // one of this driver.
        unsafe { D::dump(t.body.get(), types, out)? }
    }
    Ok(())
}

fn write_value(
    t: Tasklet,
    tasklet: usize,
    name: &'static str,
    names: &mut Vec<&'static str>,
    out: &mut Writer,
) -> Result<(), Error> {
    let message = names.iter().position(|n| *n == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    });
    out.leaf(&(tasklet as u64, message as u64))?;
    t.slot.dump(out)
}

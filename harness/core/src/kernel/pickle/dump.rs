//! A graph of tasklets and channels as bytes.
//!
//! ```text
//! magic "SWBK", format version
//! functions    name and fingerprint of each frame type used
//! messages     name and fingerprint of each message type in roots and frames; type of the roots
//! counts       tasklets, channels
//! roots        the caller's value; handles in it are numbers
//! heads        flags and slot of each tasklet             } in order of discovery
//! frames       of each that is alive, outermost first     }
//! channels     flags, direction, waiters first to last    }
//! values       the messages in slots whose tasklet's code says the type, in order of tasklets
//! late values  the others: tasklet, channel of such items, message
//! ```
//!
//! Written breadth first, so that neither deep calls nor long chains of references recurse.
//! Read into blocks that nothing else knows, checked, and only then made part of the scheduler.

use crate::kernel::{
    Handle, Kernel, Waits,
    channel::block::Queue,
    pickle::consistent::{self, Queued},
    pickle::context::{Context, Dumping, context, within},
    pickle::format::{
        BOMB, DETACHED, EMPTY, ITSELF, LATE, MAGIC, TASKLET, VALUE, VERSION, write_channel,
        write_head, write_type,
    },
    pickle::portable::{FrameNumbers, PortableDriver},
    pickle::waits::Item,
    tasklet::block::{ALIVE, MAIN, PARKED, Tasklet},
    tasklet::slot::Content,
};
use crate::{
    Error, Kind, Message, contain,
    frame::FrameList,
    pickle::{Reader, Writer},
    shape::{Shape, Shapes},
};

/// Refuses what cannot be part of a graph.
pub(super) fn may_leave(kernel: &Kernel, t: Tasklet) -> Result<(), Error> {
    if t == kernel.me() {
        return Err(Kind::PickleCurrent.into());
    }
    let why = if kernel.is_lent(t) {
        "a tasklet that user code is just looking at"
    } else if t.is(MAIN) {
        "the main tasklet"
    } else if t.is(PARKED) {
        "a tasklet inside run_others()"
    } else if !t.is(ALIVE) && matches!(t.slot.content(), Content::Function) {
        "a tasklet that is bound but not set up"
    } else if t.is(ALIVE) && t.body.get() == 0 {
        "a tasklet that could not be started"
    } else {
        return Ok(());
    };
    Err(refused(why))
}

pub(super) fn refused(why: impl Into<String>) -> Error {
    Error::with_detail(Kind::NotPicklable, why)
}

/// Says that `function` would forget what it waits for (Q07).
pub(super) fn left_out(function: &str) -> Error {
    refused(format!(
        "{function} is blocked on a channel that nothing in the graph refers to: add the channel \
         to the roots, or name the function in `FrameList::allow_detached`"
    ))
}

/// The fingerprint of a function together with the types of what it keeps, and those types.
pub(crate) fn describe(shapes: &mut Shapes, describe: fn(&mut Shapes), tokens: u64) -> u64 {
    tokens.rotate_left(1) ^ shapes.unnamed(describe)
}

pub(super) fn no_cycle(shapes: &Shapes) -> Result<(), String> {
    match shapes.in_itself() {
        Some(name) => Err(format!(
            "{name} contains itself: bytes that nest it deep enough would overflow the stack"
        )),
        None => Ok(()),
    }
}

pub(super) fn dump<D: PortableDriver, R: Message>(
    kernel: &Kernel,
    roots: &R,
    program: &FrameList,
) -> Result<Vec<u8>, Error> {
    let (parts, context) = within(kernel, Context::Dumping(Dumping::default()), || {
        contain("dump", || {
            let mut graph = Graph::<D>::new(kernel, program);
            graph.roots.leaf(roots)?;
            graph.collect()?;
            Ok(graph)
        })
    });
    let Context::Dumping(found) = context else { unreachable!("the context is the one given") };
    let bytes = parts.and_then(|graph| graph.assemble::<R>(&found));
    found.release(kernel);
    bytes
}

/// The parts of a pickle while its tasklets and channels are found.
struct Graph<'a, D: PortableDriver> {
    kernel: &'a Kernel,
    program: &'a FrameList,
    types: FrameNumbers<'a>,
    roots: Writer,
    frames: Writer,
    values: Writer,
    late: Writer,
    late_count: u64,
    /// What the slot of each tasklet is written as, and the tasklet in it.
    slots: Vec<(u8, u64)>,
    /// Blocked on channels that no handle was found for when they were written.
    unsettled: Vec<(u32, Tasklet, Waits)>,
    /// With messages whose type their code does not say.
    unnamed: Vec<(u32, Tasklet, Item)>,
    driver: std::marker::PhantomData<D>,
}

impl<'a, D: PortableDriver> Graph<'a, D> {
    fn new(kernel: &'a Kernel, program: &'a FrameList) -> Self {
        Self {
            kernel,
            program,
            types: FrameNumbers::new(program),
            roots: Writer::default(),
            frames: Writer::default(),
            values: Writer::default(),
            late: Writer::default(),
            late_count: 0,
            slots: Vec::new(),
            unsettled: Vec::new(),
            unnamed: Vec::new(),
            driver: std::marker::PhantomData,
        }
    }

    /// Writes what is found until nothing new is.
    fn collect(&mut self) -> Result<(), Error> {
        let mut visited = 0;
        loop {
            if let Some(t) = dumping(|d| d.tasklets.list.get(self.slots.len()).copied()) {
                self.tasklet(t)?;
            } else if let Some((channel, _)) = dumping(|d| d.channels.list.get(visited).copied()) {
                let waiters = channel.waiting();
                dumping(|d| {
                    waiters.into_iter().for_each(|t| {
                        d.tasklet(t);
                    });
                });
                visited += 1;
            } else if let Some((number, t, waits)) = self.unsettled.pop() {
                self.settle(number, t, waits)?;
            } else if let Some((number, t, item)) = self.unnamed.pop() {
                self.unnamed_value(number, t, item)?;
            } else {
                return Ok(());
            }
        }
    }

    fn tasklet(&mut self, t: Tasklet) -> Result<(), Error> {
        may_leave(self.kernel, t)?;
        let number = self.slots.len() as u32;
        self.slots.push((EMPTY, 0));
        if !t.is(ALIVE) {
            return self.slot(number, t, None);
        }
        // SAFETY: the tasklet is alive, not current and not native, so its body is a suspended
        // one of this driver.
        let waits = self.kernel.lend_body(t, |body| unsafe {
            D::dump(body, &mut self.types, &mut self.frames)?;
            Ok::<_, Error>(D::waits(body))
        })?;
        match t.channel.get() {
            Some(channel) if dumping(|d| d.channels.get(channel.address())).is_none() => {
                self.unsettled.push((number, t, waits));
                Ok(())
            }
            channel => {
                self.check(t, waits, channel)?;
                self.slot(number, t, waits.item())
            }
        }
    }

    fn check(&self, t: Tasklet, waits: Waits, channel: Option<Queue>) -> Result<(), Error> {
        let queued: Option<Queued> = channel.and_then(|channel| {
            let number = dumping(|d| d.channels.get(channel.address()))?;
            let carried = dumping(|d| d.channels.list.get(number as usize).map(|c| c.1));
            Some((channel.direction()?, carried))
        });
        match consistent::fault(t, waits, queued) {
            Some(fault) => Err(refused(format!("{} {fault}", name_of::<D>(t)))),
            None => Ok(()),
        }
    }

    /// Writes what is in the slot, or where it will be.
    fn slot(&mut self, number: u32, t: Tasklet, waited: Option<Item>) -> Result<(), Error> {
        let slot = match (t.slot.content(), t.slot.item()) {
            (Content::Empty, _) => EMPTY,
            (Content::Itself, _) => ITSELF,
            (Content::Bomb, _) => BOMB,
            (_, Some(item)) if waited == Some(item) => {
                self.kernel.lend(t, |slot| slot.dump(&mut self.values))?;
                VALUE
            }
            (_, Some(item)) if item == Item::of::<Handle<D>>() => {
                let mut other = Writer::default();
                t.slot.dump(&mut other)?;
                self.slots[number as usize].1 = Reader::new(other.bytes()).number()?;
                TASKLET
            }
            (_, Some(item)) => {
                self.unnamed.push((number, t, item));
                LATE
            }
            _ => return Err(refused("a function in a slot")),
        };
        self.slots[number as usize].0 = slot;
        Ok(())
    }

    /// A tasklet whose channel was not found before it: it may have been found since.
    fn settle(&mut self, number: u32, t: Tasklet, waits: Waits) -> Result<(), Error> {
        if t.channel.get().is_some_and(|c| dumping(|d| d.channels.get(c.address())).is_some()) {
            self.check(t, waits, t.channel.get())?;
            if t.slot.item().is_some() {
                self.slots[number as usize].0 = LATE;
                self.late_value(number, 0, t)?;
                return Ok(());
            }
            return self.slot(number, t, None);
        }
        let name = name_of::<D>(t);
        if !self.program.allows_detached(name) {
            return Err(left_out(name));
        }
        self.slots[number as usize].0 = DETACHED;
        Ok(())
    }

    /// A message whose type is that of some channel's items, which is how the loader knows it.
    fn unnamed_value(&mut self, number: u32, t: Tasklet, item: Item) -> Result<(), Error> {
        let Some(channel) = dumping(|d| d.carrier(item)) else {
            let name = item.name();
            return Err(refused(format!(
                "a {name} waits in a slot, but no channel for it is in the graph"
            )));
        };
        self.late_value(number, u64::from(channel) + 1, t)
    }

    fn late_value(&mut self, number: u32, channel: u64, t: Tasklet) -> Result<(), Error> {
        self.late_count += 1;
        self.late.number(u64::from(number));
        self.late.number(channel);
        self.kernel.lend(t, |slot| slot.dump(&mut self.late))
    }

    fn assemble<R: Message>(self, found: &Dumping) -> Result<Vec<u8>, Error> {
        let mut out = Writer::default();
        out.raw(MAGIC);
        out.number(VERSION);
        self.write_types::<R>(&mut out)?;
        out.number(found.tasklets.list.len() as u64);
        out.number(found.channels.list.len() as u64);
        out.raw(self.roots.bytes());
        for (t, slot) in found.tasklets.list.iter().zip(&self.slots) {
            write_head(*t, *slot, &mut out)?;
        }
        out.raw(self.frames.bytes());
        for (channel, _) in &found.channels.list {
            write_channel(*channel, found, &mut out)?;
        }
        out.raw(self.values.bytes());
        out.number(self.late_count);
        out.raw(self.late.bytes());
        Ok(out.into_bytes())
    }

    fn write_types<R: Message>(&self, out: &mut Writer) -> Result<(), Error> {
        let mut shapes = Shapes::default();
        let roots = shapes.unnamed(R::describe);
        out.number(self.types.used().len() as u64);
        for t in self.types.used() {
            write_type(t.name, describe(&mut shapes, t.describe, t.fingerprint), out)?;
        }
        no_cycle(&shapes).map_err(refused)?;
        out.number(shapes.list().len() as u64);
        for Shape { name, fingerprint, .. } in shapes.list() {
            write_type(name, *fingerprint, out)?;
        }
        out.raw(&roots.to_le_bytes());
        Ok(())
    }
}

fn dumping<R: Default>(look: impl FnOnce(&mut Dumping) -> R) -> R {
    context(|c| match c {
        Some(Context::Dumping(dumping)) => look(dumping),
        _ => R::default(),
    })
}

/// The function of a tasklet, for messages.
pub(super) fn name_of<D: PortableDriver>(t: Tasklet) -> &'static str {
    // SAFETY: asked of tasklets that are alive, not current and not native, and of loaded ones.
    if t.body.get() == 0 { "a tasklet without frames" } else { unsafe { D::name(t.body.get()) } }
}

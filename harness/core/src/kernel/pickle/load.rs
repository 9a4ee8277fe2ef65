//! The way back: bytes become blocks that nothing else knows, are checked, and only then made part
//! of the scheduler. What is refused leaves no trace. The format is drawn in `pickle`.

use std::rc::Rc;

use crate::kernel::{
    Handle, Kernel, Pages, Waits,
    channel::block::{ChannelBlock, Direction, PREFER_CALLER, PREFER_SENDER, Queue},
    pickle::consistent::{self, Queued},
    pickle::context::{Context, context, within},
    pickle::dump::name_of,
    pickle::format::{
        BOMB, CHANNEL_FLAGS, EMPTY, ITSELF, KEPT_FLAGS, LATE, MAGIC, RECEIVERS, SENDERS,
        SLOT_SHIFT, TASKLET, VALUE, VERSION,
    },
    pickle::portable::{FrameTypes, PortableDriver},
    pickle::program::read_types,
    pickle::waits::Item,
    tasklet::block::{ALIVE, BLOCK_TRAP, STAGED, Tasklet},
};
use crate::{
    Error, LoadBudget, Message, contain,
    frame::FrameList,
    pickle::{FrameAccount, Reader, bad},
};

/// Blocks on their way into the scheduler. Dropped before the end, they vanish without trace.
pub(super) struct Staged<'a, D: PortableDriver> {
    kernel: &'a Kernel,
    /// What the next block is named, before and behind those made here.
    numbers: (u64, u64),
    pub(super) tasklets: Rc<Vec<Tasklet>>,
    pub(super) channels: Vec<Queue>,
    driver: std::marker::PhantomData<D>,
}

impl<'a, D: PortableDriver> Staged<'a, D> {
    pub(super) fn new(kernel: &'a Kernel, tasklets: Vec<Tasklet>, channels: Vec<Queue>) -> Self {
        let numbers = (0, u64::MAX);
        let tasklets = Rc::new(tasklets);
        Self { kernel, numbers, tasklets, channels, driver: std::marker::PhantomData }
    }

    fn fresh(kernel: &'a Kernel, tasklets: usize, channels: usize) -> Self {
        let first = kernel.numbers.get();
        let tasklets = (0..tasklets).map(|_| {
            let t = kernel.tasklets.take();
            kernel.name(t);
            t.cold().start(STAGED);
            t
        });
        let channels = (0..channels).map(|_| {
            let c = kernel.channels.take();
            kernel.name_channel(c);
            c.refs.set(1);
            c
        });
        let (tasklets, channels) = (tasklets.collect(), channels.collect());
        let mut staged = Self::new(kernel, tasklets, channels);
        staged.numbers = (first, kernel.numbers.get());
        staged
    }

    /// Makes the blocks part of the scheduler: `waiters` in the order of the channels.
    pub(super) fn commit(mut self, flags: impl Iterator<Item = u32>, waiters: &Waiters) {
        let kept = KEPT_FLAGS.iter().fold(0, |kept, flag| kept | flag);
        for (&t, flags) in self.tasklets.iter().zip(flags) {
            t.cold().set_flags(flags & kept);
            if flags & ALIVE != 0 {
                self.kernel.count_alive();
            }
            if flags & BLOCK_TRAP != 0 {
                self.kernel.set_special(crate::kernel::BLOCK_TRAPS, true);
            }
        }
        let mut first = 0;
        for (&channel, &(direction, end)) in self.channels.iter().zip(&waiters.ends) {
            for &t in waiters.list.get(first..end).unwrap_or_default() {
                ChannelBlock::enqueue(channel, t, direction.unwrap_or(Direction::Sending));
            }
            first = end;
        }
        let (tasklets, channels) =
            (std::mem::take(&mut self.tasklets), std::mem::take(&mut self.channels));
        // They stay, and so do their numbers.
        self.numbers = (0, u64::MAX);
        for t in tasklets.iter().copied() {
            t.cold().forget();
            if t.cold().is_forgotten() && !t.blocked() {
                self.kernel.forgotten(t);
            }
        }
        for c in channels {
            self.kernel.drop_handle(c);
        }
    }
}

impl<D: PortableDriver> Drop for Staged<'_, D> {
    fn drop(&mut self) {
        for t in self.tasklets.iter() {
            let body = t.body.replace(0);
            // SAFETY: made by `load` or `fork` of this driver, and forgotten here.
            let abandon = || body == 0 || unsafe { D::abandon(body) };
            let content = t.slot.take_all();
            let kernel = self.kernel;
            // The hook reports a panic; the graph was refused, or what refuses it panicked.
            let _ = kernel.observe(kernel.executing(), || contain("", || Ok(abandon())));
            let _ = kernel.empty(content);
        }
        // In the order in which the arena had them. What a value that was read has kept a handle
        // of, and hidden it, stays a dead tasklet or a deserted channel until that is dropped.
        let mut kept = false;
        for t in self.tasklets.iter().copied().rev() {
            t.cold().forget();
            t.cold().set_flags(0);
            if t.cold().is_forgotten() {
                self.kernel.release(t);
            } else {
                kept = true;
            }
        }
        for c in self.channels.drain(..).rev() {
            c.refs.set(c.refs.get() - 1);
            match c.refs.get() {
                0 => self.kernel.channels.give(c),
                _ => kept = true,
            }
        }
        let (before, behind) = self.numbers;
        if self.kernel.numbers.get() == behind && !kept {
            self.kernel.numbers.set(before);
        }
    }
}

/// The fewest bytes of a tasklet, which is a dead one, and of a channel.
const FEWEST: usize = 1;

/// Bytes of memory for a tasklet while it is read: its block, and a place in each list. A tasklet
/// in a graph was reached through a handle, so it has two bytes at least: its head, and the number
/// in the handle.
const TASKLET_COSTS: usize =
    Pages::EACH + 2 * size_of::<Tasklet>() + size_of::<Head>() + size_of::<Option<Place>>();
const _: () = assert!(TASKLET_COSTS <= 128);
/// The same for a channel.
const CHANNEL_COSTS: usize = size_of::<ChannelBlock>()
    + size_of::<Queue>()
    + size_of::<(Queue, Option<Item>)>()
    + size_of::<(Option<Direction>, usize)>();
const _: () = assert!(CHANNEL_COSTS <= 128);

pub(super) fn load<D: PortableDriver, R: Message>(
    kernel: &Kernel,
    bytes: &[u8],
    program: &FrameList,
    budget: LoadBudget,
) -> Result<R, Error> {
    let mut input = Reader::within(bytes, budget);
    read_magic(&mut input)?;
    let types = read_types::<R>(&mut input, program)?;
    let (tasklets, channels) = (input.length()?, input.length()?);
    if u32::try_from(tasklets.max(channels)).is_err() {
        return Err(input.error("more tasklets or channels than handles can name"));
    }
    if (tasklets + channels) * FEWEST > input.rest().len() {
        return Err(input.error("more tasklets and channels than the bytes can hold"));
    }
    let costs = tasklets
        .saturating_mul(TASKLET_COSTS)
        .saturating_add(channels.saturating_mul(CHANNEL_COSTS));
    input.charge(costs, "what the pickle says it has of tasklets and channels")?;
    let staged = Staged::<D>::fresh(kernel, tasklets, channels);
    let loading = Context::Loading {
        channels: staged.channels.iter().map(|c| (*c, None)).collect(),
        tasklets: Rc::clone(&staged.tasklets),
    };
    let (read, _) = within(kernel, loading, || {
        contain("load", || read_graph::<D, R>(&mut input, (types, budget.for_frames()), &staged))
    });
    let (roots, heads, waiters) = read?;
    staged.commit(heads.iter().map(|head| head.flags), &waiters);
    Ok(roots)
}

fn read_magic(input: &mut Reader<'_>) -> Result<(), Error> {
    if !input.rest().starts_with(MAGIC) {
        return Err(input.error("not a pickle: it does not begin with SWBK"));
    }
    input.raw(MAGIC.len())?;
    let version = input.number()?;
    if version != VERSION {
        let cause = format!("format version {version}, this program reads {VERSION}");
        return Err(input.error(&cause));
    }
    Ok(())
}

/// The tasklets that wait on the channels, one channel after the other.
#[derive(Default)]
pub(super) struct Waiters {
    pub(super) list: Vec<Tasklet>,
    /// Of each channel the direction, and where its part of the list ends.
    pub(super) ends: Vec<(Option<Direction>, usize)>,
}

/// What is known of one tasklet while the rest is read.
struct Head {
    flags: u32,
    slot: u8,
    /// Where its frames begin.
    at: usize,
}

impl Head {
    /// What the tasklet waits for, if it is alive.
    fn waits<D: PortableDriver>(&self, t: Tasklet) -> Option<Waits> {
        // SAFETY: `read_graph` has loaded the bodies of those that are alive.
        (self.flags & ALIVE != 0).then(|| unsafe { D::waits(t.body.get()) })
    }
}

type Graph<R> = (R, Vec<Head>, Waiters);

fn read_graph<D: PortableDriver, R: Message>(
    input: &mut Reader<'_>,
    (mut types, mut account): (FrameTypes, FrameAccount),
    staged: &Staged<'_, D>,
) -> Result<Graph<R>, Error> {
    let roots: R = input.leaf()?;
    let mut heads = Vec::with_capacity(staged.tasklets.len());
    for t in staged.tasklets.iter() {
        heads.push(read_head::<D>(input, *t, staged)?);
    }
    for (t, head) in staged.tasklets.iter().zip(&mut heads) {
        head.at = input.position();
        if head.flags & ALIVE != 0 {
            t.body.set(input.frames(&mut account, |input| D::load(&mut types, input))?);
        }
    }
    let mut queues = vec![None; staged.tasklets.len()];
    // Each waits in one place at most.
    let list = Vec::with_capacity(staged.tasklets.len());
    let mut waiters = Waiters { list, ends: Vec::with_capacity(staged.channels.len()) };
    for (number, channel) in (0..).zip(&staged.channels) {
        let direction =
            read_channel(input, (number, *channel), staged, &mut queues, &mut waiters.list)?;
        waiters.ends.push((direction, waiters.list.len()));
    }
    for (t, head) in staged.tasklets.iter().zip(&heads) {
        if head.slot == VALUE {
            match head.waits::<D>(*t).and_then(Waits::item) {
                Some(item) => item.read(input, &t.slot)?,
                None => return Err(bad(head.at, "a message for a tasklet that waits for none")),
            }
        }
    }
    for _ in 0..input.length()? {
        read_late_value(input, staged, &mut heads)?;
    }
    if heads.iter().any(|head| head.slot == LATE) {
        return Err(input.error("a slot without its message"));
    }
    if !input.is_empty() {
        return Err(input.error("bytes left over"));
    }
    for ((t, head), queue) in staged.tasklets.iter().zip(&heads).zip(&queues) {
        check::<D>(*t, head, *queue)?;
    }
    Ok((roots, heads, waiters))
}

fn read_head<D: PortableDriver>(
    input: &mut Reader<'_>,
    t: Tasklet,
    staged: &Staged<'_, D>,
) -> Result<Head, Error> {
    let byte = input.byte()?;
    let (bits, slot) = (byte & ((1 << SLOT_SHIFT) - 1), byte >> SLOT_SHIFT);
    if bits >> KEPT_FLAGS.len() != 0 {
        return Err(input.error("unknown flags of a tasklet"));
    }
    let set = KEPT_FLAGS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 != 0);
    let flags = set.fold(0, |flags, (_, flag)| flags | flag);
    match slot {
        EMPTY | VALUE | LATE => {}
        ITSELF => t.slot.mark_itself(),
        BOMB => t.slot.set_bomb(input.leaf()?),
        TASKLET => {
            let number = usize::try_from(input.number()?).ok();
            match number.and_then(|number| staged.tasklets.get(number)) {
                Some(other) => t.slot.set(Handle::<D>::of(staged.kernel, *other)),
                None => return Err(input.error("a tasklet number beyond the table")),
            }
        }
        _ => return Err(input.error("an unknown kind of slot")),
    }
    Ok(Head { flags, slot, at: 0 })
}

/// The number of the channel in whose queue a tasklet is, and the direction.
type Place = (u32, Direction);

fn read_channel<D: PortableDriver>(
    input: &mut Reader<'_>,
    (number, channel): (u32, Queue),
    staged: &Staged<'_, D>,
    queues: &mut [Option<Place>],
    list: &mut Vec<Tasklet>,
) -> Result<Option<Direction>, Error> {
    let byte = u32::from(input.byte()?);
    let direction = match byte & !CHANNEL_FLAGS {
        0 => None,
        SENDERS => Some(Direction::Sending),
        RECEIVERS => Some(Direction::Receiving),
        _ => return Err(input.error("unknown flags of a channel")),
    };
    if byte & PREFER_CALLER != 0 && byte & PREFER_SENDER != 0 {
        return Err(input.error("a channel that prefers both sides"));
    }
    channel.set_flags(byte & CHANNEL_FLAGS);
    let Some(direction) = direction else { return Ok(None) };
    let count = input.length()?;
    if count == 0 {
        return Err(input.error("a direction of waiters, but no waiters"));
    }
    for _ in 0..count {
        let at = input.position();
        let waiter = usize::try_from(input.number()?).unwrap_or(usize::MAX);
        let (Some(t), Some(queue)) = (staged.tasklets.get(waiter), queues.get_mut(waiter)) else {
            return Err(bad(at, "a waiter beyond the table of tasklets"));
        };
        if queue.replace((number, direction)).is_some() {
            return Err(bad(at, "a tasklet that waits in two places"));
        }
        list.push(*t);
    }
    Ok(Some(direction))
}

fn read_late_value<D: PortableDriver>(
    input: &mut Reader<'_>,
    staged: &Staged<'_, D>,
    heads: &mut [Head],
) -> Result<(), Error> {
    let at = input.position();
    let tasklet = usize::try_from(input.number()?).unwrap_or(usize::MAX);
    let channel = usize::try_from(input.number()?).unwrap_or(usize::MAX);
    let (Some(t), Some(head)) = (staged.tasklets.get(tasklet), heads.get_mut(tasklet)) else {
        return Err(bad(at, "a message for a tasklet beyond the table"));
    };
    if head.slot != LATE {
        return Err(bad(at, "a message for a slot that expects none"));
    }
    head.slot = VALUE;
    let item = match channel.checked_sub(1) {
        None => head.waits::<D>(*t).and_then(Waits::item),
        Some(channel) => carried(channel),
    };
    match item {
        Some(item) => item.read(input, &t.slot),
        None => Err(bad(at, "a message of a type that no channel of the pickle carries")),
    }
}

/// What a channel turned out to carry.
fn carried(channel: usize) -> Option<Item> {
    context(|c| match c {
        Some(Context::Loading { channels, .. }) => {
            channels.get(channel).and_then(|(_, item)| *item)
        }
        _ => None,
    })
}

/// Whether tasklet, slot and queue agree with each other.
fn check<D: PortableDriver>(t: Tasklet, head: &Head, queue: Option<Place>) -> Result<(), Error> {
    let queued: Option<Queued> =
        queue.map(|(number, direction)| (direction, carried(number as usize)));
    let fault = match head.waits::<D>(t) {
        Some(waits) => consistent::fault(t, waits, queued),
        None => queued.map(|_| "is queued, but dead".to_owned()),
    };
    match fault {
        Some(fault) => Err(bad(head.at, &format!("{} {fault}", name_of::<D>(t)))),
        None => Ok(()),
    }
}

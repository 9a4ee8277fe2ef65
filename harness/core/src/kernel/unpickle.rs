//! The way back: bytes become blocks that nothing else knows, are checked, and only then made part
//! of the scheduler. What is refused leaves no trace. The format is drawn in `pickle`.

use super::{
    Handle, Kernel, Waits,
    blocks::{ALIVE, BLOCK_TRAP, STAGED, Tasklet},
    consistent::{self, Queued},
    context::{Context, context, within},
    format::{
        BOMB, CHANNEL_FLAGS, EMPTY, ITSELF, KEPT_FLAGS, LATE, MAGIC, RECEIVERS, SENDERS,
        SLOT_SHIFT, TASKLET, VALUE, VERSION,
    },
    pickle::name_of,
    portable::{FrameTypes, PortableDriver},
    program::read_types,
    waiters::{ChannelBlock, Direction, PREFER_CALLER, PREFER_SENDER, Queue},
    waits::Item,
};
use crate::{
    Error, Message, contain,
    frame::FrameList,
    pickle::{Reader, bad},
};

/// Blocks on their way into the scheduler. Dropped before the end, they vanish without trace.
pub(super) struct Staged<'a, D: PortableDriver> {
    kernel: &'a Kernel,
    /// What the next block is named, before and behind those made here.
    numbers: (u64, u64),
    pub(super) tasklets: Vec<Tasklet>,
    pub(super) channels: Vec<Queue>,
    driver: std::marker::PhantomData<D>,
}

impl<'a, D: PortableDriver> Staged<'a, D> {
    pub(super) fn new(kernel: &'a Kernel, tasklets: Vec<Tasklet>, channels: Vec<Queue>) -> Self {
        let numbers = (0, u64::MAX);
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

    /// Makes the blocks part of the scheduler: `waiters` per channel, with their direction.
    pub(super) fn commit(mut self, flags: &[u32], waiters: &[(Option<Direction>, Vec<Tasklet>)]) {
        let kept = KEPT_FLAGS.iter().fold(0, |kept, flag| kept | flag);
        for (&t, &flags) in self.tasklets.iter().zip(flags) {
            t.cold().set_flags(flags & kept);
            if flags & ALIVE != 0 {
                self.kernel.count_alive();
            }
            if flags & BLOCK_TRAP != 0 {
                self.kernel.set_special(super::BLOCK_TRAPS, true);
            }
        }
        for (&channel, (direction, list)) in self.channels.iter().zip(waiters) {
            for &t in list {
                ChannelBlock::enqueue(channel, t, direction.unwrap_or(Direction::Sending));
            }
        }
        let (tasklets, channels) =
            (std::mem::take(&mut self.tasklets), std::mem::take(&mut self.channels));
        // They stay, and so do their numbers.
        self.numbers = (0, u64::MAX);
        for t in tasklets {
            t.cold().forget();
            if t.cold().is_forgotten() && !t.blocked() {
                self.kernel.forgotten(t);
            }
        }
        for c in channels {
            c.refs.set(c.refs.get() - 1);
            if c.refs.get() == 0 {
                self.kernel.free_if_unused(c);
            }
        }
    }
}

impl<D: PortableDriver> Drop for Staged<'_, D> {
    fn drop(&mut self) {
        for t in &self.tasklets {
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
        for t in self.tasklets.drain(..).rev() {
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

pub(super) fn load<D: PortableDriver, R: Message>(
    kernel: &Kernel,
    bytes: &[u8],
    program: &FrameList,
) -> Result<R, Error> {
    let mut input = Reader::new(bytes);
    read_magic(&mut input)?;
    let types = read_types::<R>(&mut input, program)?;
    let (tasklets, channels) = (input.length()?, input.length()?);
    if (tasklets + channels) * FEWEST > input.rest().len() {
        return Err(input.error("more tasklets and channels than the bytes can hold"));
    }
    let staged = Staged::<D>::fresh(kernel, tasklets, channels);
    let loading = Context::Loading {
        channels: staged.channels.iter().map(|c| (*c, None)).collect(),
        tasklets: staged.tasklets.clone(),
    };
    let (read, _) = within(kernel, loading, || {
        contain("load", || read_graph::<D, R>(&mut input, types, &staged))
    });
    let (roots, flags, waiters) = read?;
    staged.commit(&flags, &waiters);
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

/// What a channel record says: who waits in which direction.
type Waiting = (Option<Direction>, Vec<Tasklet>);

/// What is known of one tasklet while the rest is read.
struct Head {
    flags: u32,
    slot: u8,
    waits: Option<Waits>,
    /// Where its frames begin.
    at: usize,
}

type Graph<R> = (R, Vec<u32>, Vec<Waiting>);

fn read_graph<D: PortableDriver, R: Message>(
    input: &mut Reader<'_>,
    types: FrameTypes,
    staged: &Staged<'_, D>,
) -> Result<Graph<R>, Error> {
    let roots: R = input.leaf()?;
    let mut heads = Vec::with_capacity(staged.tasklets.len());
    for t in &staged.tasklets {
        heads.push(read_head::<D>(input, *t, staged)?);
    }
    let mut types = types;
    for (t, head) in staged.tasklets.iter().zip(&mut heads) {
        head.at = input.position();
        if head.flags & ALIVE != 0 {
            t.body.set(D::load(&mut types, input)?);
            // SAFETY: `load` has just made it.
            head.waits = Some(unsafe { D::waits(t.body.get()) });
        }
    }
    let mut queues = vec![None; staged.tasklets.len()];
    let mut waiters = Vec::with_capacity(staged.channels.len());
    for (number, channel) in staged.channels.iter().enumerate() {
        waiters.push(read_channel(input, (number, *channel), staged, &mut queues)?);
    }
    for (t, head) in staged.tasklets.iter().zip(&heads) {
        if head.slot == VALUE {
            match head.waits.and_then(Waits::item) {
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
    Ok((roots, heads.iter().map(|head| head.flags).collect(), waiters))
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
    Ok(Head { flags, slot, waits: None, at: 0 })
}

/// The number of the channel in whose queue each tasklet is, and the direction.
type Queues = [Option<(usize, Direction)>];

fn read_channel<D: PortableDriver>(
    input: &mut Reader<'_>,
    (number, channel): (usize, Queue),
    staged: &Staged<'_, D>,
    queues: &mut Queues,
) -> Result<Waiting, Error> {
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
    let Some(direction) = direction else { return Ok((None, Vec::new())) };
    let count = input.length()?;
    if count == 0 {
        return Err(input.error("a direction of waiters, but no waiters"));
    }
    let mut list = Vec::with_capacity(count.min(staged.tasklets.len()));
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
    Ok((Some(direction), list))
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
        None => head.waits.and_then(Waits::item),
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
fn check<D: PortableDriver>(
    t: Tasklet,
    head: &Head,
    queue: Option<(usize, Direction)>,
) -> Result<(), Error> {
    let queued: Option<Queued> = queue.map(|(number, direction)| (direction, carried(number)));
    let fault = match head.waits {
        Some(waits) => consistent::fault(t, waits, queued),
        None => queued.map(|_| "is queued, but dead".to_owned()),
    };
    match fault {
        Some(fault) => Err(bad(head.at, &format!("{} {fault}", name_of::<D>(t)))),
        None => Ok(()),
    }
}

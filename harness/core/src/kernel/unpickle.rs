//! The way back: bytes become blocks that nothing else knows, are checked, and only then made part
//! of the scheduler. What is refused leaves no trace. The format is drawn in `pickle`.

use super::{
    Handle, Kernel,
    arena::Ptr,
    blocks::{
        ALIVE, BLOCK_TRAP, ChannelBlock, Direction, PREFER_CALLER, PREFER_SENDER, Queue, Tasklet,
    },
    pickle::{BOMB, CHANNEL_FLAGS, EMPTY, ITSELF, KEPT_FLAGS, MAGIC, VALUE, VERSION},
    portable::{Context, PortableDriver, context, decode, within},
    slot::Content,
};
use crate::{
    Error, Message,
    frame::{FrameList, FrameType},
    pickle::Reader,
};

/// Blocks on their way into the scheduler. Dropped before the end, they vanish without trace.
pub(super) struct Staged<'a, D: PortableDriver> {
    kernel: &'a Kernel,
    pub(super) tasklets: Vec<Tasklet>,
    pub(super) channels: Vec<Queue>,
    driver: std::marker::PhantomData<D>,
}

impl<'a, D: PortableDriver> Staged<'a, D> {
    pub(super) fn new(kernel: &'a Kernel, tasklets: Vec<Tasklet>, channels: Vec<Queue>) -> Self {
        Self { kernel, tasklets, channels, driver: std::marker::PhantomData }
    }

    fn fresh(kernel: &'a Kernel, tasklets: usize, channels: usize) -> Self {
        let tasklets = (0..tasklets).map(|_| {
            let t = kernel.tasklets.take();
            kernel.name(t);
            t.refs.set(1);
            t
        });
        let channels = (0..channels).map(|_| {
            let c = kernel.channels.take();
            kernel.name_channel(c);
            c.refs.set(1);
            c
        });
        let (tasklets, channels) = (tasklets.collect(), channels.collect());
        Self::new(kernel, tasklets, channels)
    }

    /// Makes the blocks part of the scheduler: `waiters` per channel, with their direction.
    pub(super) fn commit(mut self, flags: &[u32], waiters: &[(Option<Direction>, Vec<Tasklet>)]) {
        for (&t, &flags) in self.tasklets.iter().zip(flags) {
            t.flags.set(flags & KEPT_FLAGS);
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
        for t in tasklets {
            t.refs.set(t.refs.get() - 1);
            if t.refs.get() == 0 && !t.blocked() {
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
            if body != 0 {
                // SAFETY: made by `load` or `fork` of this driver, and forgotten here.
                unsafe { D::abandon(body) };
            }
            t.slot.clear();
        }
        for t in self.tasklets.drain(..) {
            t.refs.set(0);
            t.flags.set(0);
            self.kernel.tasklets.give(t);
        }
        for c in self.channels.drain(..) {
            c.refs.set(0);
            self.kernel.channels.give(c);
        }
    }
}

pub(super) fn load<D: PortableDriver, R: Message>(
    kernel: &Kernel,
    bytes: &[u8],
    program: &FrameList,
) -> Result<R, Error> {
    let mut input = Reader::new(bytes);
    let types = read_header(&mut input, program)?;
    let names: Vec<String> = input.leaf()?;
    let (tasklets, channels) = (input.length()?, input.length()?);
    if tasklets + channels > bytes.len() {
        return Err(input.error("more tasklets and channels than the bytes can hold"));
    }
    let staged = Staged::<D>::fresh(kernel, tasklets, channels);
    let loading = Context::Loading {
        channels: staged.channels.iter().map(|c| (*c, None)).collect(),
        tasklets: staged.tasklets.clone(),
        messages: vec![(std::any::type_name::<Handle<D>>(), decode::<Handle<D>>)],
    };
    let (read, _) = within(loading, || read_graph::<D, R>(&mut input, &types, &names, &staged));
    let (roots, flags, waiters) = read?;
    staged.commit(&flags, &waiters);
    Ok(roots)
}

fn read_header(input: &mut Reader<'_>, program: &FrameList) -> Result<Vec<FrameType>, Error> {
    if input.raw(MAGIC.len()).ok() != Some(MAGIC) {
        return Err(Reader::new(&[]).error("not a pickle: it does not begin with SWBK"));
    }
    let version: u16 = input.leaf()?;
    if version != VERSION {
        let cause = format!("format version {version}, this program reads {VERSION}");
        return Err(input.error(&cause));
    }
    let count = input.length()?;
    let mut types = Vec::with_capacity(count);
    for _ in 0..count {
        let (name, fingerprint): (String, u64) = input.leaf()?;
        let mut known = program.types().iter().filter(|t| t.name == name).peekable();
        if known.peek().is_none() {
            let cause = format!("{name} is unknown: it is not in the program given to load");
            return Err(input.error(&cause));
        }
        match known.find(|t| t.fingerprint == fingerprint) {
            Some(t) => types.push(*t),
            None => {
                let cause = format!("{name} has changed since the pickle was made");
                return Err(input.error(&cause));
            }
        }
    }
    Ok(types)
}

type Graph<R> = (R, Vec<u32>, Vec<(Option<Direction>, Vec<Tasklet>)>);

fn read_graph<D: PortableDriver, R: Message>(
    input: &mut Reader<'_>,
    types: &[FrameType],
    names: &[String],
    staged: &Staged<'_, D>,
) -> Result<Graph<R>, Error> {
    let roots: R = input.leaf()?;
    let mut flags = Vec::with_capacity(staged.tasklets.len());
    let mut expects_value = vec![false; staged.tasklets.len()];
    for (i, t) in staged.tasklets.iter().enumerate() {
        let kept: u32 = input.leaf()?;
        if kept & !KEPT_FLAGS != 0 {
            return Err(input.error("unknown flags of a tasklet"));
        }
        match input.leaf::<u8>()? {
            EMPTY => {}
            ITSELF => t.slot.mark_itself(),
            BOMB => t.slot.set_bomb(input.leaf()?),
            VALUE => expects_value[i] = true,
            _ => return Err(input.error("an unknown kind of slot")),
        }
        if kept & ALIVE != 0 {
            t.body.set(D::load(types, input)?);
        }
        flags.push(kept);
    }
    let mut waiters = Vec::with_capacity(staged.channels.len());
    let mut waits = vec![false; staged.tasklets.len()];
    for channel in &staged.channels {
        waiters.push(read_channel(input, *channel, staged, &flags, &mut waits)?);
    }
    for _ in 0..input.length()? {
        read_value(input, names, staged, &mut expects_value)?;
    }
    if expects_value.contains(&true) {
        return Err(input.error("a slot without its value"));
    }
    if !input.is_empty() {
        return Err(input.error("bytes left over"));
    }
    for (direction, list) in &waiters {
        let offers = |t: &Ptr<_>| !matches!(slot_of(*t), Content::Empty | Content::Itself);
        if list.iter().any(|t| offers(t) != (*direction == Some(Direction::Sending))) {
            return Err(input.error("a waiter whose slot disagrees with its direction"));
        }
    }
    Ok((roots, flags, waiters))
}

fn slot_of(t: Tasklet) -> Content {
    t.slot.content()
}

fn read_channel<D: PortableDriver>(
    input: &mut Reader<'_>,
    channel: Queue,
    staged: &Staged<'_, D>,
    flags: &[u32],
    waits: &mut [bool],
) -> Result<(Option<Direction>, Vec<Tasklet>), Error> {
    let (kept, direction): (u32, i8) = (input.leaf()?, input.leaf()?);
    if kept & !CHANNEL_FLAGS != 0 || kept & PREFER_CALLER != 0 && kept & PREFER_SENDER != 0 {
        return Err(input.error("unknown flags of a channel"));
    }
    channel.flags.set(kept);
    let count = input.length()?;
    let direction = match direction {
        0 => None,
        1 => Some(Direction::Sending),
        -1 => Some(Direction::Receiving),
        _ => return Err(input.error("an unknown direction of waiters")),
    };
    if direction.is_none() != (count == 0) {
        return Err(input.error("a direction that disagrees with the waiters"));
    }
    let mut list = Vec::with_capacity(count);
    for _ in 0..count {
        let i = input.leaf::<u32>()? as usize;
        match (staged.tasklets.get(i), waits.get_mut(i)) {
            (Some(t), Some(waiting)) if !*waiting && flags[i] & ALIVE != 0 => {
                *waiting = true;
                list.push(*t);
            }
            _ => return Err(input.error("a waiter that is unknown, dead or waits twice")),
        }
    }
    Ok((direction, list))
}

fn read_value<D: PortableDriver>(
    input: &mut Reader<'_>,
    names: &[String],
    staged: &Staged<'_, D>,
    expects: &mut [bool],
) -> Result<(), Error> {
    let (tasklet, message) = (input.leaf::<u64>()? as usize, input.leaf::<u64>()? as usize);
    if expects.get(tasklet) != Some(&true) {
        return Err(input.error("a value for a slot that expects none"));
    }
    expects[tasklet] = false;
    let decode = context(|c| match c {
        Some(Context::Loading { messages, .. }) => names
            .get(message)
            .and_then(|name| messages.iter().find(|(n, _)| n == name).map(|(_, d)| *d)),
        _ => None,
    });
    match decode {
        Some(decode) => decode(input, &staged.tasklets[tasklet].slot),
        None => Err(input.error("a message type that no channel of the pickle carries")),
    }
}

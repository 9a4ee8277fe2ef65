//! Handles inside pickles and forks: identity becomes a number, and a number a handle again.
//!
//! While a graph is written, read or copied, a context stands in a thread-local place; serde and
//! `Clone` of handles find it there. Outside of it a handle refuses to be written.

use std::{any::TypeId, cell::RefCell, collections::HashMap, fmt::Display};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{
    Channel, Driver, Handle, Kernel,
    blocks::{Queue, Tasklet},
    fork, kernel_here, pickle,
    slot::Slot,
    unpickle,
};
use crate::{
    Error, Kind, Message, Portable,
    frame::{FrameList, FrameType},
    pickle::{Reader, Writer},
};

/// A driver whose bodies are data.
pub trait PortableDriver: Driver {
    /// Writes the frames of a suspended body.
    ///
    /// # Errors
    /// [`Kind::NotPicklable`](crate::Kind) if a kept value refuses or a function is not in `types`.
    ///
    /// # Safety
    /// `body` comes from `create` or `load` of this driver and is suspended.
    unsafe fn dump(
        body: usize,
        types: &mut FrameNumbers<'_>,
        out: &mut Writer,
    ) -> Result<(), Error>;

    /// Makes a body of what `dump` wrote; `types` in the order of the pickle's table.
    ///
    /// # Errors
    /// [`Kind::BadPickle`](crate::Kind).
    fn load(types: &[FrameType], input: &mut Reader<'_>) -> Result<usize, Error>;

    /// A copy of a suspended body; handles in it become those of the copies.
    ///
    /// # Safety
    /// As for `dump`.
    unsafe fn fork(body: usize) -> usize;
}

/// Numbers the functions of a pickle in the order in which they turn up.
pub struct FrameNumbers<'a> {
    program: &'a FrameList,
    used: Numbers<FrameType>,
}

impl<'a> FrameNumbers<'a> {
    pub(crate) fn new(program: &'a FrameList) -> Self {
        Self { program, used: Numbers::default() }
    }

    /// The number of a function.
    ///
    /// # Errors
    /// [`Kind::NotPicklable`](crate::Kind) if no loader of this program would know it.
    pub fn number(&mut self, id: fn() -> TypeId, name: &str) -> Result<u32, Error> {
        // One function may have several addresses: a second number for one type is harmless.
        if let Some(number) = self.used.index.get(&(id as usize)) {
            return Ok(*number);
        }
        let known = self.program.types().iter().find(|t| (t.id)() == id());
        let Some(known) = known else {
            let cause = format!(
                "{name} is not in the program given: name a tasklet that calls or spawns it"
            );
            return Err(Error::with_detail(Kind::NotPicklable, cause));
        };
        Ok(self.used.number((id as usize) as *const (), *known))
    }

    pub(crate) fn used(&self) -> &[FrameType] {
        &self.used.list
    }
}

impl<D: PortableDriver> Portable for D {
    fn dump<R: Message>(roots: &R, program: &FrameList) -> Result<Vec<u8>, Error> {
        pickle::dump::<D, R>(kernel_here()?, roots, program)
    }

    fn load<R: Message>(bytes: &[u8], program: &FrameList) -> Result<R, Error> {
        unpickle::load::<D, R>(kernel_here()?, bytes, program)
    }

    fn fork<R: Message>(roots: &R) -> Result<R, Error> {
        fork::fork::<D, R>(kernel_here()?, roots)
    }
}

/// Reads a message of one type into a slot.
pub(crate) type Decode = fn(&mut Reader<'_>, &Slot) -> Result<(), Error>;

pub(crate) fn decode<T: Message>(input: &mut Reader<'_>, slot: &Slot) -> Result<(), Error> {
    slot.set(input.leaf::<T>()?);
    Ok(())
}

/// A numbered set in order of discovery.
pub(crate) struct Numbers<T> {
    pub(crate) list: Vec<T>,
    index: HashMap<usize, u32>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { list: Vec::new(), index: HashMap::new() }
    }
}

impl<T> Numbers<T> {
    pub(crate) fn clone_number(&self, address: *const ()) -> Option<u32> {
        self.index.get(&address.addr()).copied()
    }

    pub(crate) fn number(&mut self, address: *const (), item: T) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let list = &mut self.list;
        *self.index.entry(address.addr()).or_insert_with(|| {
            list.push(item);
            next
        })
    }
}

pub(crate) enum Context {
    /// Channels and tasklets found so far, and the message types seen with them.
    Dumping { channels: Numbers<Queue>, tasklets: Numbers<Tasklet>, messages: Vec<&'static str> },
    /// The blocks that stand for the numbers, the item type each channel turned out to have, and
    /// the message types that can be read.
    Loading {
        channels: Vec<(Queue, Option<TypeId>)>,
        tasklets: Vec<Tasklet>,
        messages: Vec<(&'static str, Decode)>,
    },
    /// Originals by number, with their copies.
    Forking {
        channels: Numbers<Queue>,
        tasklets: Numbers<Tasklet>,
        new_channels: Vec<Queue>,
        new_tasklets: Vec<Tasklet>,
    },
}

thread_local! {
    static CONTEXT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// Runs `work` with a context in place and gives the context back.
pub(crate) fn within<R>(context: Context, work: impl FnOnce() -> R) -> (R, Context) {
    /// Takes the context away also if the work panics.
    struct Place(Option<Context>);
    impl Drop for Place {
        fn drop(&mut self) {
            CONTEXT.with_borrow_mut(|c| *c = self.0.take());
        }
    }
    let place = Place(CONTEXT.replace(Some(context)));
    let result = work();
    let context = CONTEXT.with_borrow_mut(Option::take);
    drop(place);
    match context {
        Some(context) => (result, context),
        None => unreachable!("the context is taken here only"),
    }
}

pub(crate) fn context<R>(look: impl FnOnce(Option<&mut Context>) -> R) -> R {
    CONTEXT.with_borrow_mut(|c| look(c.as_mut()))
}

fn refused(error: impl Display) -> String {
    format!("{error} (channels and tasklets are written inside a pickle only)")
}

impl<B: Driver, T: Message> Serialize for Channel<B, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (_, block) = self.find().map_err(|e| ser::Error::custom(refused(e)))?;
        let number = context(|c| match c {
            Some(Context::Dumping { channels, messages, .. }) => {
                let name = std::any::type_name::<T>();
                if !messages.contains(&name) {
                    messages.push(name);
                }
                Ok(channels.number(block.raw(), block))
            }
            _ => Err(ser::Error::custom(refused("no pickle is being written"))),
        })?;
        serializer.serialize_u32(number)
    }
}

impl<'de, B: Driver, T: Message> Deserialize<'de> for Channel<B, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)? as usize;
        let kernel = kernel_here().map_err(de::Error::custom)?;
        context(|c| match c {
            Some(Context::Loading { channels, messages, .. }) => {
                let Some((block, item)) = channels.get_mut(number) else {
                    return Err(de::Error::custom("a channel number beyond the table"));
                };
                let id = TypeId::of::<T>();
                if *item.get_or_insert(id) != id {
                    return Err(de::Error::custom("one channel with two item types"));
                }
                let name = std::any::type_name::<T>();
                if !messages.iter().any(|(n, _)| *n == name) {
                    messages.push((name, decode::<T>));
                }
                Ok(Self::of(kernel, *block))
            }
            _ => Err(de::Error::custom(refused("no pickle is being read"))),
        })
    }
}

impl<B: Driver, T: Message> Message for Channel<B, T> {}

impl<B: Driver> Serialize for Handle<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (_, block) = self.find().map_err(|e| ser::Error::custom(refused(e)))?;
        let number = context(|c| match c {
            Some(Context::Dumping { tasklets, .. }) => Ok(tasklets.number(block.raw(), block)),
            _ => Err(ser::Error::custom(refused("no pickle is being written"))),
        })?;
        serializer.serialize_u32(number)
    }
}

impl<'de, B: Driver> Deserialize<'de> for Handle<B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)? as usize;
        let kernel = kernel_here().map_err(de::Error::custom)?;
        context(|c| match c {
            Some(Context::Loading { tasklets, .. }) => match tasklets.get(number) {
                Some(t) => Ok(Self::of(kernel, *t)),
                None => Err(de::Error::custom("a tasklet number beyond the table")),
            },
            _ => Err(de::Error::custom(refused("no pickle is being read"))),
        })
    }
}

impl<B: Driver> Message for Handle<B> {}

/// The block a clone of a handle should mean: a copy while forking, else the same.
#[cold]
#[inline(never)]
pub(crate) fn fork_channel(kernel: &Kernel, block: Queue) -> Queue {
    context(|c| match c {
        Some(Context::Forking { channels, new_channels, .. }) => {
            let number = channels.number(block.raw(), block) as usize;
            if number == new_channels.len() {
                let copy = kernel.channels.take();
                kernel.name_channel(copy);
                copy.flags.set(block.flags.get());
                copy.refs.set(1);
                new_channels.push(copy);
            }
            new_channels[number]
        }
        _ => block,
    })
}

/// As [`fork_channel`], for tasklets.
#[cold]
#[inline(never)]
pub(crate) fn fork_tasklet(kernel: &Kernel, block: Tasklet) -> Tasklet {
    context(|c| match c {
        Some(Context::Forking { tasklets, new_tasklets, .. }) => {
            let number = tasklets.number(block.raw(), block) as usize;
            if number == new_tasklets.len() {
                let copy = kernel.tasklets.take();
                kernel.name(copy);
                copy.refs.set(1);
                new_tasklets.push(copy);
            }
            new_tasklets[number]
        }
        _ => block,
    })
}

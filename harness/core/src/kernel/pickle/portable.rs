//! Handles inside pickles and forks: identity becomes a number, and a number a handle again.
//!
//! While a graph is written, read or copied, a context stands in a thread-local place; serde and
//! `Clone` of handles find it there. Outside of it a handle refuses to be written.

use std::any::TypeId;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::kernel::{
    Channel, Driver, Handle, Kernel,
    channel::block::Queue,
    kernel_here,
    pickle::context::{Context, Numbers, context, open},
    pickle::dump,
    pickle::fork,
    pickle::load,
    pickle::waits::{Item, Waits},
    tasklet::block::{STAGED, Tasklet},
};
use crate::{
    Error, Kind, LoadBudget, Message, Portable,
    frame::{FrameList, FrameType},
    pickle::{Reader, RowReader, RowWriter, Writer},
    shape::Shapes,
};

/// A driver whose bodies are data.
///
/// # Safety
/// What `load` and `fork` make is a body as [`Driver`] has it, in the state in which
/// [`waits`](Self::waits) says it is.
pub unsafe trait PortableDriver: Driver {
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

    /// Makes a body of what `dump` wrote. Every frame in it waits for the one that it called.
    /// Each is [charged](Reader::charge) before it is made.
    ///
    /// # Errors
    /// [`Kind::BadPickle`](crate::Kind), and what `charge` fails with.
    fn load(types: &mut FrameTypes, input: &mut Reader<'_>) -> Result<usize, Error>;

    /// A copy of a suspended body; handles in it become those of the copies.
    ///
    /// # Safety
    /// As for `dump`.
    unsafe fn fork(body: usize) -> usize;

    /// What a suspended body waits for.
    ///
    /// # Safety
    /// As for `dump`.
    unsafe fn waits(body: usize) -> Waits;

    /// The function of a suspended body: that of its outermost frame.
    ///
    /// # Safety
    /// As for `dump`.
    unsafe fn name(body: usize) -> &'static str;
}

/// Numbers the functions of a pickle in the order in which they turn up.
pub struct FrameNumbers<'a> {
    program: &'a FrameList,
    used: Numbers<FrameType>,
    /// The one asked for before, which most are.
    last: Option<(usize, u32)>,
    /// Where the frames go.
    pub rows: RowWriter,
}

impl<'a> FrameNumbers<'a> {
    pub(crate) fn new(program: &'a FrameList) -> Self {
        Self { program, used: Numbers::default(), last: None, rows: RowWriter::default() }
    }

    /// The number of a function.
    ///
    /// # Errors
    /// [`Kind::NotPicklable`](crate::Kind) if no loader of this program would know it.
    #[inline]
    pub fn number(&mut self, id: fn() -> TypeId, name: &str) -> Result<u32, Error> {
        match self.last {
            Some((address, number)) if address == id as usize => Ok(number),
            _ => self.number_anew(id, name),
        }
    }

    fn number_anew(&mut self, id: fn() -> TypeId, name: &str) -> Result<u32, Error> {
        // One function may have several addresses, one in each codegen unit, but has one number.
        let address = id as usize;
        let number = match self.used.get(address) {
            Some(number) => number,
            None => {
                let known = self.program.types().iter().find(|t| (t.id)() == id());
                let Some(known) = known else {
                    let cause = format!(
                        "{name} is not in the program given: name a tasklet that calls or spawns it"
                    );
                    return Err(Error::with_detail(Kind::NotPicklable, cause));
                };
                let apart = self.program.told_apart(known);
                apart.map_err(|cause| Error::with_detail(Kind::NotPicklable, cause))?;
                let number = self.used.number(known.id as usize, || *known);
                self.used.also(address, number);
                number
            }
        };
        self.last = Some((address, number));
        Ok(number)
    }

    pub(crate) fn used(&self) -> &[FrameType] {
        &self.used.list
    }
}

/// The functions of a pickle in the order of their numbers.
pub struct FrameTypes {
    /// What the program has for them.
    pub list: Vec<FrameType>,
    /// Where the frames come from.
    pub rows: RowReader,
}

impl<D: PortableDriver> Portable for D {
    fn dump<R: Message>(roots: &R, program: &FrameList) -> Result<Vec<u8>, Error> {
        let kernel = kernel_here::<D>()?;
        open()?;
        dump::dump::<D, R>(kernel, roots, program)
    }

    fn load_within<R: Message>(
        bytes: &[u8],
        program: &FrameList,
        budget: LoadBudget,
    ) -> Result<R, Error> {
        let kernel = kernel_here::<D>()?;
        open()?;
        load::load::<D, R>(kernel, bytes, program, budget)
    }

    fn fork<R: Message>(roots: &R) -> Result<R, Error> {
        let kernel = kernel_here::<D>()?;
        open()?;
        fork::fork::<D, R>(kernel, roots)
    }
}

const NOT_WRITTEN: &str = "channels and tasklets are written inside a pickle only";
const NOT_READ: &str = "channels and tasklets are read inside a pickle only";

impl<B: Driver, T: Message> Serialize for Channel<B, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (_, block) = self.find().map_err(ser::Error::custom)?;
        let number = context(|c| match c {
            Some(Context::Dumping(dumping)) => Some(dumping.channel(block, Item::of::<T>())),
            _ => None,
        });
        serializer.serialize_u32(number.ok_or_else(|| ser::Error::custom(NOT_WRITTEN))?)
    }
}

impl<'de, B: Driver, T: Message> Deserialize<'de> for Channel<B, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)? as usize;
        let kernel = kernel_here::<B>().map_err(de::Error::custom)?;
        let block = context(|c| match c {
            Some(Context::Loading { channels, .. }) => {
                let (block, carried) =
                    channels.get_mut(number).ok_or("a channel number beyond the table")?;
                let item = Item::of::<T>();
                if *carried.get_or_insert(item) != item {
                    return Err("one channel with two item types");
                }
                Ok(*block)
            }
            _ => Err(NOT_READ),
        });
        block.map(|block| Self::of(kernel, block)).map_err(de::Error::custom)
    }
}

impl<B: Driver, T: Message> Message for Channel<B, T> {
    fn describe(shapes: &mut Shapes) {
        shapes.word("channel");
        shapes.apart::<T>();
    }
}

impl<B: Driver> Serialize for Handle<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (_, block) = self.find().map_err(ser::Error::custom)?;
        let number = context(|c| match c {
            Some(Context::Dumping(dumping)) => Some(dumping.tasklet(block)),
            _ => None,
        });
        serializer.serialize_u32(number.ok_or_else(|| ser::Error::custom(NOT_WRITTEN))?)
    }
}

impl<'de, B: Driver> Deserialize<'de> for Handle<B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)? as usize;
        let kernel = kernel_here::<B>().map_err(de::Error::custom)?;
        let block = context(|c| match c {
            Some(Context::Loading { tasklets, .. }) => {
                tasklets.get(number).copied().ok_or("a tasklet number beyond the table")
            }
            _ => Err(NOT_READ),
        });
        block.map(|block| Self::of(kernel, block)).map_err(de::Error::custom)
    }
}

impl<B: Driver> Message for Handle<B> {
    fn describe(shapes: &mut Shapes) {
        shapes.word("tasklet");
    }
}

/// The block a clone of a handle should mean: a copy while forking, else the same.
#[cold]
#[inline(never)]
pub(crate) fn fork_channel(kernel: &Kernel, block: Queue) -> Queue {
    context(|c| match c {
        Some(Context::Forking { channels, new_channels, .. }) => {
            let held = || {
                block.hold();
                block
            };
            let number = channels.number(block.address(), held) as usize;
            if number == new_channels.len() {
                let copy = kernel.channels.take();
                kernel.name_channel(copy);
                copy.set_flags(block.flags());
                copy.refs.set(1);
                // A clone of the copy means the copy.
                channels.also(copy.address(), number as u32);
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
            let held = || {
                kernel.pin(block);
                block
            };
            let number = tasklets.number(block.address(), held) as usize;
            if number == new_tasklets.len() {
                let copy = kernel.tasklets.take();
                kernel.name(copy);
                copy.cold().start(STAGED);
                tasklets.also(copy.address(), number as u32);
                new_tasklets.push(copy);
            }
            new_tasklets[number]
        }
        _ => block,
    })
}

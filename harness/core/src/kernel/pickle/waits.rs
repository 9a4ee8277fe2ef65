//! What a suspended computation waits for, as far as its code says it: what a slot and a queue must
//! agree with.

use std::any::TypeId;

use crate::kernel::tasklet::slot::{Layout, Slot, Tag};
use crate::{Error, Message, pickle::Reader};

/// What a suspended frame goes on with.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Waits {
    /// Its first instruction.
    Start,
    /// The result of a callee: the function with this frame type and name.
    Callee(fn() -> TypeId, &'static str),
    /// A receiver for what it sends over a channel of such items.
    Sent(Item),
    /// What it receives over a channel of such items.
    Received(Item),
    /// Its next turn, with whatever is in its slot.
    Turn,
    /// The end of `run_others` or `run_for`, which only the scheduler that it runs in can bring.
    Others,
    /// Nothing: the code passes through this state and never stops there.
    Nothing,
}

impl Waits {
    pub(crate) fn sent<T: Message>() -> Self {
        Self::Sent(Item(Layout::<T>::TAG))
    }

    pub(crate) fn received<T: Message>() -> Self {
        Self::Received(Item(Layout::<T>::TAG))
    }

    /// The type of the message that passes.
    pub(crate) fn item(self) -> Option<Item> {
        match self {
            Self::Sent(item) | Self::Received(item) => Some(item),
            _ => None,
        }
    }

    /// In words, for messages.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Start => "its start".to_owned(),
            Self::Callee(_, name) => format!("the result of {name}"),
            Self::Sent(item) => format!("a receiver of {}", item.name()),
            Self::Received(item) => format!("a {}", item.name()),
            Self::Turn => "its turn".to_owned(),
            Self::Others => "the end of run_others or run_for".to_owned(),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}

/// The type of the values that a channel carries.
#[derive(Clone, Copy)]
pub struct Item(&'static Tag);

impl Item {
    pub(crate) fn of<T: Message>() -> Self {
        Self(Layout::<T>::TAG)
    }

    pub(crate) fn id(self) -> TypeId {
        #[cfg(test)]
        LOOKS.set(LOOKS.get() + 1);
        self.0.id
    }

    pub(crate) fn name(self) -> &'static str {
        (self.0.name)()
    }

    /// Reads one into an empty slot.
    pub(crate) fn read(self, input: &mut Reader<'_>, slot: &Slot) -> Result<(), Error> {
        (self.0.load)(input, slot)
    }
}

#[cfg(test)]
thread_local! {
    /// How often the type of an item was looked at.
    pub(super) static LOOKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl From<&'static Tag> for Item {
    fn from(tag: &'static Tag) -> Self {
        Self(tag)
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

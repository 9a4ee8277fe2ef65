//! The content of a transfer slot, seen from outside.

use std::any::Any;

use crate::{Backend, Error, Kind, Message};

/// What a transfer slot holds: nothing, a tasklet, a message or an error waiting to be raised.
pub enum Value<B: Backend> {
    /// Nothing.
    Empty,
    /// A tasklet: what `schedule()` leaves for its caller.
    Tasklet(B::Handle),
    /// A message of some type.
    Message(Box<dyn AnyMessage>),
    /// An error that will be raised on resumption: a bomb.
    Bomb(Error),
    /// The function of a tasklet that is not alive yet (C004).
    Function,
}

impl<B: Backend> Value<B> {
    /// A message as a value.
    pub fn message<T: Message>(message: T) -> Self {
        Self::Message(Box::new(message))
    }

    /// The message, if it is of type `T`.
    ///
    /// # Errors
    /// [`Kind::WrongType`] for anything else; the error itself if it is a bomb.
    pub fn into_message<T: Message>(self) -> Result<T, Error> {
        match self {
            Self::Message(any) => match any.into_any().downcast::<T>() {
                Ok(message) => Ok(*message),
                Err(_) => Err(Kind::WrongType.into()),
            },
            Self::Bomb(error) => Err(error),
            _ => Err(Kind::WrongType.into()),
        }
    }
}

impl<B: Backend> std::fmt::Debug for Value<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Tasklet(_) => f.write_str("Tasklet"),
            Self::Message(m) => write!(f, "Message({})", m.type_name()),
            Self::Bomb(e) => write!(f, "Bomb({e:?})"),
            Self::Function => f.write_str("Function"),
        }
    }
}

/// What keeps others from implementing [`AnyMessage`]: the kernel calls it in the middle of things.
mod sealed {
    pub trait Sealed {}
    impl<T: crate::Message> Sealed for T {}
}

/// A message whose type is known at run time only. Messages are, and nothing else.
pub trait AnyMessage: Send + sealed::Sealed {
    /// Gives it up for a downcast.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
    /// Looks at it for a downcast.
    fn as_any(&self) -> &dyn Any;
    /// Name of its type.
    fn type_name(&self) -> &'static str;
    /// Moves it into a transfer slot of the kernel.
    #[doc(hidden)]
    fn into_slot(self: Box<Self>, slot: &crate::kernel::Slot);
}

impl<T: Message> AnyMessage for T {
    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn type_name(&self) -> &'static str {
        std::any::type_name::<T>()
    }

    fn into_slot(self: Box<Self>, slot: &crate::kernel::Slot) {
        slot.set(*self);
    }
}

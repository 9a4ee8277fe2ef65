//! Channels as tasklets see them.

use serde::{Deserialize, Serialize};

use crate::{
    Backend, Error, Message, Operation,
    operation::{Refused, unsupported},
};

/// Which tasklet goes on when a channel operation meets its peer (SPEC section 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Preference {
    /// -1: the receiver goes on. The default.
    #[default]
    Receiver,
    /// 0: the caller goes on.
    Caller,
    /// +1: the sender goes on.
    Sender,
}

/// A rendezvous channel: a value passes when a sender and a receiver meet.
pub trait Channel<B: Backend>: Message + Sync {
    /// What it carries.
    type Item: Message;

    /// Hands over `value`; suspends until a receiver takes it.
    fn send(&self, value: Self::Item) -> impl Operation<B, Output = Result<(), Error>> + Send;

    /// Takes a value; suspends until a sender offers one.
    fn receive(&self) -> impl Operation<B, Output = Result<Self::Item, Error>> + Send;

    /// Hands over an error, which the receiver gets as its own result, origin kept (C113, C114).
    fn send_error(&self, _error: Error) -> impl Operation<B, Output = Result<(), Error>> + Send {
        Refused::new("send_error")
    }

    /// As `receive`, but ends with [`Kind::StopIteration`](crate::Kind) on a closing channel
    /// without senders (C121). [`Iteration::item`] turns that end into `None`.
    ///
    /// A producer that is done calls [`end_iteration`](crate::end_iteration()). Closing the channel
    /// does not tell a consumer that already waits: [`close`](Self::close) wakes no receiver. A
    /// [`Generator`](crate::Generator) does all this by itself.
    ///
    /// ```
    /// use switchback::{Backend, Channel, Error, Iteration, end_iteration, tasklet};
    ///
    /// #[tasklet]
    /// async fn squares<B: Backend>(squares: B::Channel<u64>) -> Result<(), Error> {
    ///     for n in 1..4u64 {
    ///         squares.send(n * n).await?;
    ///     }
    ///     end_iteration::<B, u64>(squares).await
    /// }
    ///
    /// #[tasklet]
    /// async fn sum<B: Backend>() -> Result<u64, Error> {
    ///     let numbers: B::Channel<u64> = B::channel();
    ///     B::spawn(squares(numbers.clone()));
    ///     let mut sum = 0u64;
    ///     while let Some(number) = numbers.next().await.item()? {
    ///         sum += number;
    ///     }
    ///     Ok(sum)
    /// }
    /// # fn main() {}
    /// ```
    fn next(&self) -> impl Operation<B, Output = Result<Self::Item, Error>> + Send {
        Refused::new("next")
    }

    /// Refuses operations that would block from now on (C118, C119). It wakes no receiver: to end
    /// an iteration, for consumers that wait too, use [`end_iteration`](crate::end_iteration()).
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::Kind), [`Kind::WrongScheduler`](crate::Kind).
    fn close(&self) -> Result<(), Error> {
        Err(unsupported::<B>("close"))
    }

    /// Takes [`close`](Self::close) back (C122).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn open(&self) -> Result<(), Error> {
        Err(unsupported::<B>("open"))
    }

    /// True after [`close`](Self::close), until [`open`](Self::open) (C118).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn is_closing(&self) -> Result<bool, Error> {
        Err(unsupported::<B>("is_closing"))
    }

    /// True after [`close`](Self::close), once no tasklet waits any more (C118).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn is_closed(&self) -> Result<bool, Error> {
        Ok(self.is_closing()? && self.balance()? == 0)
    }

    /// Waiting senders if positive, waiting receivers if negative (C112).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn balance(&self) -> Result<i64, Error> {
        Err(unsupported::<B>("balance"))
    }

    /// The queue: the waiting tasklets, first to be served first (C104).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn waiting(&self) -> Result<Vec<B::Handle>, Error> {
        Err(unsupported::<B>("waiting"))
    }

    /// Which side goes on after a rendezvous: the receiver, unless set (C111).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn preference(&self) -> Result<Preference, Error> {
        Err(unsupported::<B>("preference"))
    }

    /// Sets which side goes on after a rendezvous (C105-C109).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn set_preference(&self, _: Preference) -> Result<(), Error> {
        Err(unsupported::<B>("set_preference"))
    }

    /// Whether a rendezvous lets all other tasklets run first: not, unless set (C111).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn schedule_all(&self) -> Result<bool, Error> {
        Err(unsupported::<B>("schedule_all"))
    }

    /// Sets whether a rendezvous lets all other tasklets run first (C110).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn set_schedule_all(&self, _on: bool) -> Result<(), Error> {
        Err(unsupported::<B>("set_schedule_all"))
    }

    /// A number that names the channel in callbacks and messages.
    fn number(&self) -> u64 {
        0
    }
}

/// Turns the end of an iteration into `None`. [`Channel::next`] has an example of both its sides.
///
/// ```
/// use switchback::{Error, Iteration, Kind};
/// let end: Result<u64, Error> = Err(Kind::StopIteration.into());
/// assert_eq!(end.item(), Ok(None));
/// assert_eq!(Ok::<u64, Error>(1).item(), Ok(Some(1)));
/// ```
pub trait Iteration<T> {
    /// `Some` item, `None` at the end, any other error as it is.
    ///
    /// # Errors
    /// Everything but the end.
    fn item(self) -> Result<Option<T>, Error>;
}

impl<T> Iteration<T> for Result<T, Error> {
    fn item(self) -> Result<Option<T>, Error> {
        match self {
            Ok(item) => Ok(Some(item)),
            Err(error) if error.kind() == crate::Kind::StopIteration => Ok(None),
            Err(error) => Err(error),
        }
    }
}

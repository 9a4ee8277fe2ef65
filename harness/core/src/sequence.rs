//! Tasklets that come with the model.

use std::collections::VecDeque;

use crate::{Backend, Channel, Error, Kind, Message, tasklet};

/// Sends `items` one by one, each as a send of its own, and returns their number (C116).
///
/// A tasklet like any other: called with `.await`, spawned, or written to a pickle between two
/// items (C261).
///
/// ```
/// use switchback::{Backend, Channel, Error, send_sequence, tasklet};
///
/// #[tasklet]
/// async fn sum<B: Backend>() -> Result<u32, Error> {
///     let numbers: B::Channel<u32> = B::channel();
///     B::spawn(send_sequence::<B, u32>(numbers.clone(), vec![1, 2]));
///     Ok(numbers.receive().await? + numbers.receive().await?)
/// }
/// # fn main() {}
/// ```
///
/// # Errors
/// Those of the first send that fails; the items from there on are not sent.
#[tasklet]
pub async fn send_sequence<B: Backend, T: Message>(
    channel: B::Channel<T>,
    items: Vec<T>,
) -> Result<u64, Error> {
    let mut rest: VecDeque<T> = items.into();
    let mut sent: u64 = 0;
    while let Some(item) = rest.pop_front() {
        channel.send(item).await?;
        sent += 1;
    }
    Ok(sent)
}

/// Ends the iterations of all consumers: closes the channel, and hands the end to each receiver that
/// waits. A later [`next`](Channel::next) ends at once; values of senders that wait come first.
///
/// `close` alone wakes no receiver (C119), so a consumer that waits already would wait for ever.
///
/// ```
/// use switchback::{Backend, Channel, Error, Iteration, end_iteration, tasklet};
///
/// #[tasklet]
/// async fn produce<B: Backend>(numbers: B::Channel<u32>) -> Result<(), Error> {
///     numbers.send(1).await?;
///     numbers.send(2).await?;
///     end_iteration::<B, u32>(numbers).await
/// }
///
/// #[tasklet]
/// async fn sum<B: Backend>() -> Result<u32, Error> {
///     let numbers: B::Channel<u32> = B::channel();
///     B::spawn(produce(numbers.clone()));
///     let mut sum: u32 = 0;
///     while let Some(number) = numbers.next().await.item()? {
///         sum += number;
///     }
///     Ok(sum)
/// }
/// # fn main() {}
/// ```
///
/// # Errors
/// [`Kind::Unsupported`] on a backend without the capability
/// [`close`](crate::Capabilities::close); an error that is thrown at the caller meanwhile.
#[tasklet]
pub async fn end_iteration<B: Backend, T: Message>(channel: B::Channel<T>) -> Result<(), Error> {
    channel.close()?;
    loop {
        // Without a receiver that waits, a send over a closed channel fails at once (C119).
        match channel.send_error(Kind::StopIteration.into()).await {
            Ok(()) => {}
            Err(error) if error.kind() == Kind::Closed => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

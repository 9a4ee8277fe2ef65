//! Tasklets that come with the model.

use std::collections::VecDeque;

use crate::{Backend, Channel, Error, Message, tasklet};

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

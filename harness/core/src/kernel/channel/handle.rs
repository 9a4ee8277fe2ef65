//! The kernel's rendezvous channel.

use std::{fmt, marker::PhantomData};

use crate::kernel::{
    Driver, FORKING, Handle, Kernel,
    channel::block::{CLOSING, ChannelBlock, PREFER_CALLER, PREFER_SENDER, Queue, SCHEDULE_ALL},
    channel::ops::{Next, Receive, SendError, SendValue},
    driver::here::Place,
    driver::operations::Op,
    kernel_here, kernel_of, kernel_with,
    memory::arena::Loose,
    pickle::portable::fork_channel,
    plain_kernel_here,
    tasklet::handle::{NOWHERE, UNCOUNTED},
};
use crate::{Error, Message, Operation, Preference};

/// A rendezvous channel of kernel backend `B` for values of type `T`.
///
/// Two words: the address of its block, and the number of its kernel, which is checked before
/// the address is followed. Values of up to 24 bytes pass without allocation; larger ones are
/// boxed for the passage.
pub struct Channel<B: Driver, T> {
    block: Loose<ChannelBlock>,
    kernel: u64,
    types: PhantomData<fn() -> (B, T)>,
}

// SAFETY: the address is followed only after `kernel_of` found that this thread runs that very
// kernel; everywhere else the handle is inert. It holds no `T`.
unsafe impl<B: Driver, T> Send for Channel<B, T> {}
// SAFETY: as above.
unsafe impl<B: Driver, T> Sync for Channel<B, T> {}

impl<B: Driver, T> Channel<B, T> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        let found = plain_kernel_here::<B>().map_or_else(kernel_here::<B>, Ok);
        let Ok(kernel) = found else {
            return Self { block: Loose::dangling(), kernel: NOWHERE, types: PhantomData };
        };
        let block = kernel.channels.take();
        kernel.name_channel(block);
        Self::of(kernel, block)
    }

    #[inline(always)]
    pub(crate) fn of(kernel: &Kernel, block: Queue) -> Self {
        block.hold();
        Self { block: block.loose(), kernel: kernel.id, types: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn find(&self) -> Result<(&'static Kernel, Queue), Error> {
        self.lend().find()
    }

    /// The words of the handle, for an operation: one that points to the handle itself would
    /// keep it in memory, and a handle that lies in a frame could not stay there.
    #[inline(always)]
    fn lend(&self) -> Lent<'_, B, T> {
        Lent { block: self.block, kernel: self.kernel, lender: PhantomData }
    }
}

/// A channel as its operations hold it.
pub(crate) struct Lent<'a, B: Driver, T> {
    block: Loose<ChannelBlock>,
    kernel: u64,
    lender: PhantomData<&'a Channel<B, T>>,
}

impl<B: Driver, T> Clone for Lent<'_, B, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<B: Driver, T> Copy for Lent<'_, B, T> {}

impl<B: Driver, T> Lent<'_, B, T> {
    #[inline(always)]
    pub(crate) fn find(&self) -> Result<(&'static Kernel, Queue), Error> {
        let kernel = kernel_of(self.kernel)?;
        // SAFETY: the handle was made of a block of this kernel, which lives.
        Ok((kernel, unsafe { self.block.follow() }))
    }

    /// Itself as words, for an operation that is left for later.
    #[inline(always)]
    pub(crate) fn words(self) -> [usize; 2] {
        [self.block.expose(), self.kernel as usize]
    }

    /// What `words` gave. The number of the kernel is checked before the address is followed.
    pub(crate) fn of([block, kernel]: [usize; 2]) -> Self {
        Self { block: Loose::exposed(block), kernel: kernel as u64, lender: PhantomData }
    }

    /// As `find`, if nothing special is set.
    #[inline(always)]
    pub(crate) fn find_plain<'k>(&self, place: impl Place<'k>) -> Option<(&'k Kernel, Queue)> {
        let kernel = place.plain_of(self.kernel)?;
        // SAFETY: as in `find`.
        Some((kernel, unsafe { self.block.follow() }))
    }
}

// SAFETY: as for the handle.
unsafe impl<B: Driver, T> Send for Lent<'_, B, T> {}

impl Kernel {
    #[inline(always)]
    pub(crate) fn name_channel(&self, block: Queue) {
        let number = self.numbers.get() + 1;
        self.numbers.set(number);
        block.number.set(number);
        block.set_flags(0);
    }
}

impl<B: Driver, T: Message> crate::Channel<B> for Channel<B, T> {
    type Item = T;

    #[inline(always)]
    fn send(&self, value: T) -> impl Operation<B, Output = Result<(), Error>> + Send {
        Op::new(SendValue { channel: self.lend(), value })
    }

    #[inline(always)]
    fn receive(&self) -> impl Operation<B, Output = Result<T, Error>> + Send {
        Op::new(Receive { channel: self.lend() })
    }

    fn send_error(&self, error: Error) -> impl Operation<B, Output = Result<(), Error>> + Send {
        Op::new(SendError { channel: self.lend(), error })
    }

    #[inline(always)]
    fn next(&self) -> impl Operation<B, Output = Result<T, Error>> + Send {
        Op::new(Next { channel: self.lend() })
    }

    fn close(&self) -> Result<(), Error> {
        self.find().map(|(_, c)| c.put(CLOSING, true))
    }

    fn open(&self) -> Result<(), Error> {
        self.find().map(|(_, c)| c.put(CLOSING, false))
    }

    fn is_closing(&self) -> Result<bool, Error> {
        self.find().map(|(_, c)| c.is(CLOSING))
    }

    fn balance(&self) -> Result<i64, Error> {
        self.find().map(|(_, c)| c.balance())
    }

    fn waiting(&self) -> Result<Vec<Handle<B>>, Error> {
        let (kernel, channel) = self.find()?;
        Ok(channel.waiting().into_iter().map(|t| Handle::of(kernel, t)).collect())
    }

    fn preference(&self) -> Result<Preference, Error> {
        let (_, channel) = self.find()?;
        Ok(if channel.is(PREFER_CALLER) {
            Preference::Caller
        } else if channel.is(PREFER_SENDER) {
            Preference::Sender
        } else {
            Preference::Receiver
        })
    }

    fn set_preference(&self, preference: Preference) -> Result<(), Error> {
        let (_, channel) = self.find()?;
        channel.put(PREFER_CALLER, preference == Preference::Caller);
        channel.put(PREFER_SENDER, preference == Preference::Sender);
        Ok(())
    }

    fn schedule_all(&self) -> Result<bool, Error> {
        self.find().map(|(_, c)| c.is(SCHEDULE_ALL))
    }

    fn set_schedule_all(&self, on: bool) -> Result<(), Error> {
        self.find().map(|(_, c)| c.put(SCHEDULE_ALL, on))
    }

    fn number(&self) -> u64 {
        self.find().map_or(0, |(_, c)| c.number.get())
    }
}

impl<B: Driver, T> Clone for Channel<B, T> {
    #[inline]
    fn clone(&self) -> Self {
        if let Some(kernel) = kernel_with(self.kernel) {
            // SAFETY: as in `find`.
            let mut block = unsafe { self.block.follow() };
            if kernel.is_special(FORKING) {
                block = fork_channel(kernel, block);
            }
            return Self::of(kernel, block);
        }
        // Elsewhere the count cannot be touched: the copy must not lower it when it drops.
        Self { block: self.block, kernel: self.kernel | UNCOUNTED, types: PhantomData }
    }
}

impl<B: Driver, T> Drop for Channel<B, T> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(kernel) = kernel_with(self.kernel) {
            // SAFETY: as in `find`.
            kernel.drop_handle(unsafe { self.block.follow() });
        }
    }
}

impl<B: Driver, T> PartialEq for Channel<B, T> {
    fn eq(&self, other: &Self) -> bool {
        self.block == other.block && (self.kernel ^ other.kernel) & !UNCOUNTED == 0
    }
}

impl<B: Driver, T> fmt::Debug for Channel<B, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "channel of {}", B::NAME)
    }
}

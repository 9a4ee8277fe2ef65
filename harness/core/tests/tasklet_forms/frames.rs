//! The frame form: a loop that steps the innermost frame of the first runnable tasklet.
//!
//! Channels are numbers, so frames that hold them can be written down. That happens to every
//! frame of a tasklet whenever it is suspended: it goes on as the copy that was read back.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::VecDeque,
    marker::PhantomData,
};

use serde::{Deserialize, Serialize};
use switchback::{
    Backend, Begun, Capabilities, Channel, Control, Error, Kind, Message, Operation, Request,
    Tasklet,
    frame::{AsStep, Frame, Here, Step, Waits},
    pickle::{Reader, Writer},
};

type Any_ = Box<dyn Any>;

/// A frame of any function.
trait Activation {
    /// A request, or the result of the function.
    fn step(&mut self) -> Result<Request<'static>, Any_>;
    fn reload(&mut self) -> Result<(), Error>;
}

impl<F: Frame<Frames>> Activation for F {
    fn step(&mut self) -> Result<Request<'static>, Any_> {
        let step = match self.waits() {
            Waits::Start => self.start(Here::NOWHERE, AsStep),
            _ => Frame::step(self, Here::NOWHERE, AsStep),
        };
        match step {
            Step::Asks(request) => Ok(request),
            Step::Returned(result) => Err(Box::new(result)),
        }
    }

    fn reload(&mut self) -> Result<(), Error> {
        let bytes = |frame: &F| {
            let mut out = Writer::default();
            frame.dump(&mut out)?;
            Ok::<_, Error>(out.into_bytes())
        };
        RELOADING.set(true);
        let written = bytes(self)?;
        let mut input = Reader::new(&written);
        let read = F::load(&mut input)?;
        assert!(input.is_empty(), "{}: bytes left over", F::NAME);
        assert_eq!(bytes(&read)?, written, "{}: the copy writes other bytes", F::NAME);
        assert_eq!(bytes(&self.clone())?, written, "{}: the clone writes other bytes", F::NAME);
        *self = read;
        RELOADING.set(false);
        RELOADS.set(RELOADS.get() + 1);
        Ok(())
    }
}

#[derive(Default)]
struct Loop {
    /// Frames of each tasklet, innermost last. Number 0 is main.
    stacks: Vec<Vec<Box<dyn Activation>>>,
    runnable: VecDeque<usize>,
    current: usize,
    /// The frame asked for by `Request::Call`.
    called: Option<Box<dyn Activation>>,
    /// The result of the callee that returned.
    returned: Option<Any_>,
    /// What each tasklet received.
    received: Vec<Option<Any_>>,
    channels: Vec<Queues>,
}

/// The frames of one tasklet, which end from the inside out.
struct Stack(Vec<Box<dyn Activation>>);

impl Drop for Stack {
    fn drop(&mut self) {
        while let Some(frame) = self.0.pop() {
            drop(frame);
        }
    }
}

#[derive(Default)]
struct Queues {
    senders: VecDeque<(usize, Any_)>,
    receivers: VecDeque<usize>,
}

thread_local! {
    static LOOP: RefCell<Loop> = RefCell::default();
    static RELOADS: Cell<u64> = const { Cell::new(0) };
    static RELOADING: Cell<bool> = const { Cell::new(false) };
}

/// Frames written and read back on this thread.
pub fn reloads() -> u64 {
    RELOADS.get()
}

/// Whether copies of frames are being made and dropped, which the program does not see.
pub fn reloading() -> bool {
    RELOADING.get()
}

fn with<R>(act: impl FnOnce(&mut Loop) -> R) -> R {
    LOOP.with_borrow_mut(act)
}

impl Loop {
    fn add(&mut self, frame: Box<dyn Activation>) {
        self.runnable.push_back(self.stacks.len());
        self.stacks.push(vec![frame]);
        self.received.push(None);
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Frames;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle(usize);

impl Message for Handle {}
impl Control<Frames> for Handle {}

impl Backend for Frames {
    const NAME: &'static str = "frames";
    const CAPABILITIES: Capabilities = Capabilities {
        order_exact: false,
        blocking: false,
        portable: true,
        control: false,
        throw: false,
        close: false,
        deadlock: true,
        parallel: false,
        ..Capabilities::NONE
    };
    type Channel<T: Message> = Number<T>;
    type Handle = Handle;

    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error> {
        with(|l| {
            *l = Loop::default();
            l.add(Box::new(main.into_frame()));
        });
        while let Some(current) = with(|l| l.runnable.pop_front()) {
            let mut stack = Stack(with(|l| {
                l.current = current;
                std::mem::take(&mut l.stacks[current])
            }));
            let stack = &mut stack.0;
            while let Some(frame) = stack.last_mut() {
                match frame.step() {
                    Ok(Request::Call) => {
                        frame.reload()?;
                        stack.extend(with(|l| l.called.take()));
                    }
                    Ok(Request::Again) => {}
                    Ok(_) => break,
                    Err(result) => {
                        stack.pop();
                        if stack.is_empty() && current == 0 {
                            return *result.downcast().map_err(|_| Error::from(Kind::WrongType))?;
                        }
                        with(|l| l.returned = Some(result));
                    }
                }
            }
            stack.iter_mut().try_for_each(|frame| frame.reload())?;
            with(|l| l.stacks[current] = std::mem::take(stack));
        }
        Err(Kind::Deadlock.into())
    }

    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Handle {
        let frame = Box::new(tasklet.into_frame());
        with(|l| l.add(frame));
        Handle(with(|l| l.stacks.len()) - 1)
    }

    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Schedule
    }

    fn channel<T: Message>() -> Number<T> {
        with(|l| l.channels.push(Queues::default()));
        Number(with(|l| l.channels.len()) - 1, PhantomData)
    }

    fn frame_call<K: Tasklet<Self>>(callee: K) {
        let frame = Box::new(callee.into_frame());
        with(|l| l.called = Some(frame));
    }

    fn frame_return<K: Tasklet<Self>>() -> Result<K::Return, Error> {
        let result = with(|l| l.returned.take()).ok_or_else(|| Error::from(Kind::WrongType))?;
        *result.downcast().map_err(|_| Error::from(Kind::WrongType))?
    }
}

struct Schedule;

impl Operation<Frames> for Schedule {
    type Output = Result<(), Error>;

    unsafe fn begin(self, _: Here<'_>) -> Begun<'_, Self::Output> {
        with(|l| l.runnable.push_back(l.current));
        Begun::Asks(Request::Wait)
    }

    unsafe fn finish(_: Here<'_>) -> Self::Output {
        Ok(())
    }
}

/// A channel: its number.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Number<T>(usize, PhantomData<fn() -> T>);

impl<T> Clone for Number<T> {
    fn clone(&self) -> Self {
        Self(self.0, PhantomData)
    }
}

impl<T: Message> Message for Number<T> {}

struct Send_<T>(usize, T);
struct Receive<T>(usize, PhantomData<fn() -> T>);

impl<T: Message> Channel<Frames> for Number<T> {
    type Item = T;

    fn send(&self, value: T) -> impl Operation<Frames, Output = Result<(), Error>> + Send {
        Send_(self.0, value)
    }

    fn receive(&self) -> impl Operation<Frames, Output = Result<T, Error>> + Send {
        Receive::<T>(self.0, PhantomData)
    }
}

impl<T: Message> Operation<Frames> for Send_<T> {
    type Output = Result<(), Error>;

    unsafe fn begin(self, _: Here<'_>) -> Begun<'_, Self::Output> {
        with(|l| match l.channels[self.0].receivers.pop_front() {
            Some(receiver) => {
                l.received[receiver] = Some(Box::new(self.1));
                l.runnable.push_back(receiver);
                Begun::Done(Ok(()))
            }
            None => {
                let offer = (l.current, Box::new(self.1) as Any_);
                l.channels[self.0].senders.push_back(offer);
                Begun::Asks(Request::Wait)
            }
        })
    }

    unsafe fn finish(_: Here<'_>) -> Self::Output {
        Ok(())
    }
}

impl<T: Message> Operation<Frames> for Receive<T> {
    type Output = Result<T, Error>;

    unsafe fn begin(self, _: Here<'_>) -> Begun<'_, Self::Output> {
        with(|l| match l.channels[self.0].senders.pop_front() {
            Some((sender, value)) => {
                l.runnable.push_back(sender);
                let value = value.downcast().map(|value| *value);
                Begun::Done(value.map_err(|_| Kind::WrongType.into()))
            }
            None => {
                l.channels[self.0].receivers.push_back(l.current);
                Begun::Asks(Request::Wait)
            }
        })
    }

    unsafe fn finish(_: Here<'_>) -> Self::Output {
        let value = with(|l| l.received[l.current].take());
        let value = value.ok_or_else(|| Error::from(Kind::WrongType))?;
        value.downcast().map(|value| *value).map_err(|_| Kind::WrongType.into())
    }
}

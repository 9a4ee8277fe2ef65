//! The rendezvous channel of runtimes that wake by [`Waker`](std::task::Waker).
//!
//! ```text
//!   state, under one lock
//!     senders    [seat: value] [seat: value] ..    one of the two is always empty
//!     receivers  [seat: empty] [seat: empty] ..
//!
//!   an arrival   takes the first seat of the other side, leaves or takes the value, wakes its owner
//!                else sits down at the end of its own side
//!   a waiter     is met: its seat was taken; or called away: it takes its seat out itself
//! ```
//!
//! A seat leaves its queue exactly once, under the lock: so a waiter is either met or called
//! away, never both (N17), and the first to sit down is the first to be met (N06).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use switchback::{Error, Kind, Message, Operation, give_up};

use crate::backend::{Action, Free, Runtime, cannot_pickle};
use crate::member::Member;
use crate::sync::{self, Mutex, MutexGuard, lock};

/// A rendezvous channel. It belongs to the run that first uses it.
pub struct Rendezvous<R, T>(Arc<Shared<T>>, PhantomData<fn() -> R>);

pub(crate) struct Shared<T> {
    number: u64,
    state: Mutex<State<T>>,
}

struct State<T> {
    senders: VecDeque<Arc<Seat<T>>>,
    receivers: VecDeque<Arc<Seat<T>>>,
    closing: bool,
    /// The run that uses the channel; 0 before the first operation.
    run: u64,
}

/// One waiter.
struct Seat<T> {
    owner: Member,
    place: Mutex<Place<T>>,
}

enum Place<T> {
    /// A waiting sender's value.
    Offers(Result<T, Error>),
    /// A receiver waits.
    Wants,
    /// A sender was here; the value is the receiver's.
    Holds(Result<T, Error>),
    /// A receiver was here, or has taken what was held.
    Done,
}

/// Which queue a waiter is in.
#[derive(Clone, Copy)]
enum Side {
    Send,
    Receive,
}

impl<T: Send> Shared<T> {
    pub(crate) fn new() -> Self {
        let state =
            State { senders: VecDeque::new(), receivers: VecDeque::new(), closing: false, run: 0 };
        Self { number: sync::number(), state: Mutex::new(state) }
    }

    /// The state for an operation of `me`.
    fn enter(&self, me: &Member) -> Result<MutexGuard<'_, State<T>>, Error> {
        me.check()?;
        let mut state = lock(&self.state);
        if state.run == 0 {
            state.run = me.run().number();
        }
        if state.run != me.run().number() {
            return Err(Kind::WrongScheduler.into());
        }
        Ok(state)
    }

    pub(crate) async fn offer(&self, me: &Member, value: Result<T, Error>) -> Result<(), Error> {
        let seat = {
            let mut state = match self.enter(me) {
                Ok(state) => state,
                Err(refusal) => return give_up(refusal, || drop(value)),
            };
            if let Some(receiver) = state.receivers.pop_front() {
                receiver.meet(Place::Holds(value));
                drop(state);
                receiver.owner.wake();
                return Ok(());
            }
            let seat = state.sit_down(me, Side::Send, Place::Offers(value), Kind::Closed);
            // A refused sender drops its value itself, when nothing is locked any more.
            drop(state);
            seat.map_err(|(refusal, place)| refuse(refusal, place))?
        };
        if self.is_met(me, &seat, Side::Send).await {
            return Ok(());
        }
        Err(refuse(me.called_away(Kind::MainSending), seat.replace(Place::Done)))
    }

    pub(crate) async fn take(&self, me: &Member, nobody: Kind) -> Result<T, Error> {
        let seat = {
            let mut state = self.enter(me)?;
            if let Some(sender) = state.senders.pop_front() {
                let offered = sender.meet(Place::Done);
                drop(state);
                sender.owner.wake();
                return offered.into_value();
            }
            state
                .sit_down(me, Side::Receive, Place::Wants, nobody)
                .map_err(|(refusal, _)| refusal)?
        };
        if self.is_met(me, &seat, Side::Receive).await {
            return seat.replace(Place::Done).into_value();
        }
        let closing = lock(&self.state).closing;
        Err(me.called_away(Error::main_receiving(closing)))
    }

    /// Waits until a peer takes the seat; false if its owner was called away, and no peer has it.
    async fn is_met(&self, me: &Member, seat: &Arc<Seat<T>>, side: Side) -> bool {
        let mut waiting = Waiting { channel: self, me, seat, side, over: false };
        let met = poll_fn(|context| me.poll_until(context, || seat.is_met())).await;
        waiting.over = true;
        me.woke();
        // Called away, but a peer may come first: the one that takes the seat out of the queue
        // decides.
        met || !lock(&self.state).take_out(side, seat)
    }
}

/// A waiter whose future may be dropped before it is over.
struct Waiting<'a, T> {
    channel: &'a Shared<T>,
    me: &'a Member,
    seat: &'a Arc<Seat<T>>,
    side: Side,
    over: bool,
}

impl<T> Drop for Waiting<'_, T> {
    /// Gives the operation up: no peer meets a seat that is left. If one has come first, what it
    /// brought is dropped with the seat.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.me.woke();
        // A peer that came first has counted this tasklet as awake. Counted under the lock: a peer
        // that finds no seat must not take this tasklet for asleep.
        let mut state = lock(&self.channel.state);
        if state.take_out(self.side, self.seat) {
            self.me.run().wake();
        }
    }
}

/// The refusal, after what was offered has been dropped.
#[cold]
fn refuse<T>(refusal: Error, offered: Place<T>) -> Error {
    let refused: Result<Infallible, Error> = give_up(refusal, || drop(offered));
    match refused {
        Err(error) => error,
    }
}

impl<T> State<T> {
    fn queue(&mut self, side: Side) -> &mut VecDeque<Arc<Seat<T>>> {
        match side {
            Side::Send => &mut self.senders,
            Side::Receive => &mut self.receivers,
        }
    }

    /// A seat at the end of a queue; `nobody` is the error on a closing channel. A refused caller
    /// gets back what was to lie there.
    fn sit_down(
        &mut self,
        me: &Member,
        side: Side,
        place: Place<T>,
        nobody: Kind,
    ) -> Result<Arc<Seat<T>>, (Error, Place<T>)> {
        if self.closing {
            return Err((nobody.into(), place));
        }
        if let Err(deadlock) = me.fall_asleep() {
            return Err((deadlock, place));
        }
        let seat = Arc::new(Seat { owner: me.clone(), place: Mutex::new(place) });
        self.queue(side).push_back(Arc::clone(&seat));
        Ok(seat)
    }

    fn take_out(&mut self, side: Side, seat: &Arc<Seat<T>>) -> bool {
        let queue = self.queue(side);
        let at = queue.iter().position(|other| Arc::ptr_eq(other, seat));
        at.is_some_and(|at| queue.remove(at).is_some())
    }
}

impl<T> Seat<T> {
    /// Meets the owner, which is awake from now on; gives what was in the seat.
    fn meet(&self, left: Place<T>) -> Place<T> {
        self.owner.run().count_message();
        self.owner.run().meet();
        self.replace(left)
    }

    fn replace(&self, place: Place<T>) -> Place<T> {
        mem::replace(&mut *lock(&self.place), place)
    }

    fn is_met(&self) -> bool {
        matches!(*lock(&self.place), Place::Holds(_) | Place::Done)
    }
}

impl<T> Place<T> {
    fn into_value(self) -> Result<T, Error> {
        match self {
            Self::Offers(value) | Self::Holds(value) => value,
            // Only a sender's seat is in a sender's queue, and a receiver's is met by a value.
            Self::Wants | Self::Done => Err(Kind::Exit.into()),
        }
    }
}

impl<R: Runtime, T: Message> Rendezvous<R, T> {
    /// A channel that no tasklet has used yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Shared::new()), PhantomData)
    }
}

impl<R: Runtime, T: Message> Default for Rendezvous<R, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Runtime, T: Message> switchback::Channel<Free<R>> for Rendezvous<R, T> {
    type Item = T;

    fn send(&self, value: T) -> impl Operation<Free<R>, Output = Result<(), Error>> + Send {
        Action(async move { self.0.offer(&R::here()?, Ok(value)).await })
    }

    fn receive(&self) -> impl Operation<Free<R>, Output = Result<T, Error>> + Send {
        Action(async move { self.0.take(&R::here()?, Kind::Closed).await })
    }

    fn send_error(
        &self,
        error: Error,
    ) -> impl Operation<Free<R>, Output = Result<(), Error>> + Send {
        Action(async move { self.0.offer(&R::here()?, Err(error)).await })
    }

    fn next(&self) -> impl Operation<Free<R>, Output = Result<T, Error>> + Send {
        Action(async move { self.0.take(&R::here()?, Kind::StopIteration).await })
    }

    fn close(&self) -> Result<(), Error> {
        lock(&self.0.state).closing = true;
        Ok(())
    }

    fn open(&self) -> Result<(), Error> {
        lock(&self.0.state).closing = false;
        Ok(())
    }

    fn is_closing(&self) -> Result<bool, Error> {
        Ok(lock(&self.0.state).closing)
    }

    fn balance(&self) -> Result<i64, Error> {
        let state = lock(&self.0.state);
        Ok(state.senders.len() as i64 - state.receivers.len() as i64)
    }

    fn number(&self) -> u64 {
        self.0.number
    }
}

impl<R, T> Clone for Rendezvous<R, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

impl<R, T> fmt::Debug for Rendezvous<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({})", self.0.number)
    }
}

impl<R: Runtime, T: Message> Message for Rendezvous<R, T> {}

impl<R: Runtime, T> Serialize for Rendezvous<R, T> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(cannot_pickle::<R>("a channel")))
    }
}

impl<'de, R: Runtime, T> Deserialize<'de> for Rendezvous<R, T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(cannot_pickle::<R>("a channel")))
    }
}

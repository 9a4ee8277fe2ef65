//! The steps of channels: SPEC section 6.

use crate::kernel::{
    Driver, Here, Kernel, Later, Waits,
    channel::block::{CLOSING, ChannelBlock, Direction, Meeting},
    channel::handle::Lent,
    driver::here::{LaterFn, Place},
    driver::operations::{Step, Turn, away, begin_completely, or_done, settled},
    stranger,
    tasklet::block::Tasklet,
    tasklet::destructors::{take, take_nothing},
    tasklet::slot::Slot,
};
use crate::{
    Begun, Error, Kind, Message,
    contain::{dispose, first},
};

pub(crate) struct SendValue<'a, B: Driver, T> {
    pub(crate) channel: Lent<'a, B, T>,
    pub(crate) value: T,
}

/// Gives `value` to `peer`, which goes on.
#[inline(always)]
fn deliver<T: Message>(kernel: &Kernel, me: Tasklet, peer: Tasklet, value: T) -> Turn<()> {
    peer.slot.fill(value);
    me.slot.forget_itself();
    kernel.push(me);
    away(kernel, me, peer)
}

impl<B: Driver, T: Message> Step for SendValue<'_, B, T> {
    type Output = ();

    #[inline(always)]
    fn try_start<'k>(self, place: impl Place<'k>) -> Result<Turn<()>, Self> {
        if let Some((kernel, channel)) = self.channel.find_plain(place) {
            let me = place.me(kernel);
            match channel.meet(Direction::Receiving) {
                Some(Meeting::Only(peer)) if peer.slot.is_empty() => {
                    channel.dequeue_only(peer);
                    return Ok(deliver(kernel, me, peer, self.value));
                }
                Some(Meeting::First(peer)) if peer.slot.is_empty() => {
                    channel.dequeue_first(peer, Direction::Receiving);
                    return Ok(deliver(kernel, me, peer, self.value));
                }
                Some(Meeting::Nobody) => {
                    if let Some(next) = kernel.second() {
                        kernel.pop();
                        ChannelBlock::enqueue_first(channel, me, Direction::Sending);
                        me.slot.fill(self.value);
                        return Ok(away(kernel, me, next));
                    }
                }
                Some(Meeting::Others) => {
                    if let Some(next) = kernel.second() {
                        kernel.pop();
                        ChannelBlock::enqueue_behind(channel, me);
                        me.slot.fill(self.value);
                        return Ok(away(kernel, me, next));
                    }
                }
                _ => {}
            }
        }
        Err(self)
    }

    fn start(self) -> Turn<()> {
        let value = self.value;
        let (kernel, channel) = match self.channel.find() {
            Ok(found) => found,
            Err(refusal) => return Turn::Done(first(Err(refusal), dispose(value))),
        };
        let me = kernel.here();
        settled::<Self>(
            kernel,
            me,
            kernel.act(channel, Direction::Sending, move |slot| slot.fill(value)),
        )
    }

    #[inline(always)]
    fn leave<D: Driver>(self, here: Here<'_>) -> Begun<'_, Result<(), Error>> {
        let Ok((kernel, _)) = here.found() else { return Begun::Done(Err(stranger())) };
        kernel.parked.fill(self.value);
        let send: LaterFn<_> = |here, words| {
            let parked = here.found().map(|(kernel, _)| kernel.parked.take_fast::<T>());
            match parked.and_then(|value| value.ok_or_else(|| Kind::WrongType.into())) {
                Ok(value) => begin_completely::<D, _>(
                    SendValue { channel: Lent::<B, T>::of(words), value },
                    here,
                ),
                Err(error) => Ok(Err(error)),
            }
        };
        Later::leave(here, send, self.channel.words())
    }

    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<(), Error> {
        take_nothing(me)
    }

    #[inline(always)]
    fn finish_short(_: &Kernel, me: Tasklet) -> Option<()> {
        me.slot.is_empty().then_some(())
    }

    fn waits() -> Waits {
        Waits::sent::<T>()
    }

    fn keep(_: &Slot, (): ()) {}
}

pub(crate) struct Receive<'a, B: Driver, T> {
    pub(crate) channel: Lent<'a, B, T>,
}

impl<B: Driver, T: Message> Step for Receive<'_, B, T> {
    type Output = T;

    #[inline(always)]
    fn try_start<'k>(self, place: impl Place<'k>) -> Result<Turn<T>, Self> {
        if let Some((kernel, channel)) = self.channel.find_plain(place) {
            match channel.meet(Direction::Sending) {
                Some(Meeting::Only(peer)) => {
                    if let Some(value) = peer.slot.take_fast::<T>() {
                        channel.dequeue_only(peer);
                        kernel.push(peer);
                        return Ok(Turn::Done(Ok(value)));
                    }
                }
                Some(Meeting::First(peer)) => {
                    if let Some(value) = peer.slot.take_fast::<T>() {
                        channel.dequeue_first(peer, Direction::Sending);
                        kernel.push(peer);
                        return Ok(Turn::Done(Ok(value)));
                    }
                }
                Some(Meeting::Nobody) => {
                    if let Some(next) = kernel.second() {
                        let me = place.me(kernel);
                        me.slot.forget_itself();
                        kernel.pop();
                        ChannelBlock::enqueue_first(channel, me, Direction::Receiving);
                        return Ok(away(kernel, me, next));
                    }
                }
                Some(Meeting::Others) => {
                    if let Some(next) = kernel.second() {
                        let me = place.me(kernel);
                        me.slot.forget_itself();
                        kernel.pop();
                        ChannelBlock::enqueue_behind(channel, me);
                        return Ok(away(kernel, me, next));
                    }
                }
                None => {}
            }
        }
        Err(self)
    }

    fn start(self) -> Turn<T> {
        let (kernel, channel) = or_done!(self.channel.find());
        settled::<Self>(kernel, kernel.here(), kernel.act(channel, Direction::Receiving, |_| ()))
    }

    #[inline(always)]
    fn leave<D: Driver>(self, here: Here<'_>) -> Begun<'_, Result<T, Error>> {
        let receive: LaterFn<_> = |here, words| {
            begin_completely::<D, _>(Receive { channel: Lent::<B, T>::of(words) }, here)
        };
        Later::leave(here, receive, self.channel.words())
    }

    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<T, Error> {
        take(me)
    }

    #[inline(always)]
    fn finish_short(_: &Kernel, me: Tasklet) -> Option<T> {
        me.slot.take_fast()
    }

    fn waits() -> Waits {
        Waits::received::<T>()
    }

    fn keep(slot: &Slot, output: T) {
        slot.set(output);
    }
}

pub(crate) struct Next<'a, B: Driver, T> {
    pub(crate) channel: Lent<'a, B, T>,
}

impl<B: Driver, T: Message> Step for Next<'_, B, T> {
    type Output = T;

    #[inline(always)]
    fn try_start<'k>(self, place: impl Place<'k>) -> Result<Turn<T>, Self> {
        // A channel that is closing has a flag.
        let Self { channel } = self;
        Receive { channel }.try_start(place).map_err(|_| Self { channel })
    }

    fn start(self) -> Turn<T> {
        let (_, channel) = or_done!(self.channel.find());
        if channel.is(CLOSING) && channel.first(Direction::Sending).is_none() {
            return Turn::Done(Err(Kind::StopIteration.into()));
        }
        Receive { channel: self.channel }.start()
    }

    #[inline(always)]
    fn leave<D: Driver>(self, here: Here<'_>) -> Begun<'_, Result<T, Error>> {
        let next: LaterFn<_> =
            |here, words| begin_completely::<D, _>(Next { channel: Lent::<B, T>::of(words) }, here);
        Later::leave(here, next, self.channel.words())
    }

    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<T, Error> {
        take(me)
    }

    #[inline(always)]
    fn finish_short(_: &Kernel, me: Tasklet) -> Option<T> {
        me.slot.take_fast()
    }

    fn waits() -> Waits {
        Waits::received::<T>()
    }

    fn keep(slot: &Slot, output: T) {
        slot.set(output);
    }
}

pub(crate) struct SendError<'a, B: Driver, T> {
    pub(crate) channel: Lent<'a, B, T>,
    pub(crate) error: Error,
}

impl<B: Driver, T: Message> Step for SendError<'_, B, T> {
    type Output = ();

    fn start(self) -> Turn<()> {
        let (kernel, channel) = or_done!(self.channel.find());
        let (me, error) = (kernel.here(), self.error);
        settled::<Self>(
            kernel,
            me,
            kernel.act(channel, Direction::Sending, move |slot| slot.set_bomb(error)),
        )
    }

    fn finish(_: &Kernel, me: Tasklet) -> Result<(), Error> {
        take_nothing(me)
    }

    fn waits() -> Waits {
        Waits::sent::<T>()
    }

    fn keep(_: &Slot, (): ()) {}
}

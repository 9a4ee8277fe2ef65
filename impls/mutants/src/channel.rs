//! Channels of a mutant.

use serde::{Deserialize, Serialize};
use switchback::{
    Backend, Channel as _, Control, Error, Kind, Message, Operation, Preference, shape::Shapes,
};

use crate::{
    Claims, Fault, Handle, Mutant,
    act::{Act, Same},
    fault::{active, on},
    tricks::{self, AGAIN},
    via::Plain,
};

/// The channel of `B`, with the fault of the process in its operations.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Channel<B: Backend, T: Message> {
    base: B::Channel<T>,
}

impl<B: Backend, T: Message> Message for Channel<B, T> {
    fn describe(shapes: &mut Shapes) {
        B::Channel::<T>::describe(shapes);
    }
}

impl<B: Backend, T: Message> std::fmt::Debug for Channel<B, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "channel of a mutant of {}", B::NAME)
    }
}

impl<B: Backend, T: Message> Channel<B, T> {
    pub(crate) fn make() -> Self {
        let made = || Self { base: B::channel() };
        match active() {
            Fault::ChannelsShared => {
                let before = tricks::take::<B::Channel<T>>(0);
                let base = before.unwrap_or_else(|| {
                    let base: B::Channel<T> = B::channel();
                    tricks::keep(0, base.clone());
                    base
                });
                Self { base }
            }
            Fault::ScheduleAllAlways => {
                let channel = made();
                let _ = channel.base.set_schedule_all(true);
                channel
            }
            Fault::CallerPreferred => {
                let channel = made();
                tricks::prefer_the_caller::<B, _>(&channel.base);
                channel
            }
            Fault::KillTakesTheNext => {
                let channel = made();
                tricks::watch::<B, _>(channel.base.clone());
                channel
            }
            _ => made(),
        }
    }

    /// Whether a sender or a receiver would meet a peer.
    fn has_peer(&self, sending: bool) -> bool {
        self.base.balance().is_ok_and(|balance| if sending { balance < 0 } else { balance > 0 })
    }

    fn is_closing_now(&self) -> bool {
        self.base.is_closing().unwrap_or(false)
    }

    /// What a faulty operation does before it begins.
    fn before(&self, sending: bool) -> Result<(), Error> {
        let blocks = || !self.has_peer(sending);
        match active() {
            Fault::CloseRefusesPeers if self.is_closing_now() => Err(Kind::Closed.into()),
            Fault::DeadlockTooEarly if blocks() && tricks::nearly_alone::<B>() => {
                Err(Kind::Deadlock.into())
            }
            Fault::LifoWakeUp if self.has_peer(sending) => {
                tricks::last_first::<B, _>(&self.base);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn sends(
        &self,
        op: impl Operation<B, Output = Result<(), Error>>,
        spare: Option<T>,
    ) -> Result<(), Error> {
        self.before(true)?;
        let receiver = || self.base.waiting().ok()?.into_iter().next();
        match active() {
            Fault::SendLeaks => {
                std::mem::forget(spare);
                return tricks::end::<B, _>(op.wait());
            }
            Fault::ValueLost => return Ok(()),
            Fault::SendYieldsBefore => B::schedule().wait()?,
            Fault::LostWakeUp if self.has_peer(true) => {
                let receiver = receiver();
                tricks::prefer_the_caller::<B, _>(&self.base);
                op.wait()?;
                self.base.set_preference(Preference::Receiver)?;
                return receiver.map_or(Ok(()), |receiver| receiver.remove());
            }
            Fault::NotRendezvous if !self.has_peer(true) => {
                if let Some(value) = spare {
                    let base = self.base.clone();
                    B::spawn(Plain::new(move || base.send(value).wait()));
                }
                return Ok(());
            }
            _ => {}
        }
        let result = match (tricks::end::<B, _>(op.wait()), spare) {
            (Err(error), Some(value)) if error.name() == AGAIN => {
                return self.sends(self.base.send(value.clone()), Some(value));
            }
            (Ok(()), Some(value)) if on(Fault::ValueDuplicated) && self.wants_more() => {
                self.base.send(value).wait()
            }
            (result, _) => result,
        };
        match (active(), result) {
            (Fault::SendYieldsAfter, Ok(())) => B::schedule().wait(),
            (Fault::DeadlockSwallowed, Err(error)) if is_deadlock(&error) => Ok(()),
            (_, result) => result,
        }
    }

    /// Whether a value that is sent once more would be taken. Without introspection: yes.
    fn wants_more(&self) -> bool {
        self.base.balance().map_or(true, |balance| balance < 0)
    }

    fn receives(&self, op: impl Operation<B, Output = Result<T, Error>>) -> Result<T, Error> {
        self.before(false)?;
        if on(Fault::ErrorTwice)
            && let Some(error) = tricks::take::<Error>(self.base.number())
        {
            return Err(error);
        }
        let loses = on(Fault::WakeUpsLost) && !self.has_peer(false);
        match (active(), tricks::end::<B, _>(op.wait())) {
            (Fault::WakeUpsLost, Ok(_)) if loses && tricks::every_64th() => tricks::hang(),
            (Fault::LifoWakeUp, Err(error)) if error.name() == AGAIN => {
                self.receives(self.base.receive())
            }
            (Fault::ErrorSwallowed, Err(error)) if error.kind() == Kind::User => {
                self.receives(self.base.receive())
            }
            (Fault::ErrorTwice, Err(error)) if error.kind() == Kind::User => {
                tricks::keep(self.base.number(), error.clone());
                Err(error)
            }
            (Fault::ReceiveYieldsAfter, Ok(value)) => {
                B::schedule().wait()?;
                Ok(value)
            }
            (_, result) => result,
        }
    }

    fn iterates(&self, op: impl Operation<B, Output = Result<T, Error>>) -> Result<T, Error> {
        let drained = || self.is_closing_now() && !self.has_peer(false);
        match active() {
            Fault::NextStopsEarly if self.is_closing_now() => Err(Kind::StopIteration.into()),
            Fault::NextIgnoresClosing if drained() => Err(Kind::Closed.into()),
            Fault::NextNeverStops => match self.receives(op) {
                Ok(item) => {
                    tricks::keep(self.base.number(), item.clone());
                    Ok(item)
                }
                Err(error) if error.kind() == Kind::StopIteration => {
                    tricks::look::<T>(self.base.number()).ok_or(error)
                }
                Err(error) => Err(error),
            },
            _ => self.receives(op),
        }
    }
}

fn is_deadlock(error: &Error) -> bool {
    matches!(error.kind(), Kind::Deadlock | Kind::MainReceiving | Kind::MainSending)
}

impl<B: Backend, C: Claims<B>, T: Message> switchback::Channel<Mutant<B, C>> for Channel<B, T> {
    type Item = T;

    fn send(&self, value: T) -> impl Operation<Mutant<B, C>, Output = Result<(), Error>> + Send {
        let spare = tricks::spare(&value);
        Act::<B, _, Same, _>::new(self.base.send(value), move |op| self.sends(op, spare))
    }

    fn receive(&self) -> impl Operation<Mutant<B, C>, Output = Result<T, Error>> + Send {
        Act::<B, _, Same, _>::new(self.base.receive(), |op| self.receives(op))
    }

    fn send_error(
        &self,
        error: Error,
    ) -> impl Operation<Mutant<B, C>, Output = Result<(), Error>> + Send {
        let original = error.clone();
        let sent = match active() {
            Fault::SendErrorCopies => tricks::copy_of(&error),
            Fault::SendErrorForgetsItsKind => Error::new("lost", ""),
            _ => error,
        };
        Act::<B, _, Same, _>::new(self.base.send_error(sent), move |op| match active() {
            Fault::SendErrorIgnored => Ok(()),
            Fault::SendErrorRaisesInSender => {
                self.sends(op, None)?;
                Err(original)
            }
            _ => self.sends(op, None),
        })
    }

    fn next(&self) -> impl Operation<Mutant<B, C>, Output = Result<T, Error>> + Send {
        Act::<B, _, Same, _>::new(self.base.next(), |op| self.iterates(op))
    }

    fn close(&self) -> Result<(), Error> {
        match active() {
            Fault::CloseIgnored => return Ok(()),
            Fault::CloseWakes => {
                for waiter in self.base.waiting().unwrap_or_default() {
                    waiter.throw_pending(Kind::Closed.into())?;
                }
            }
            Fault::CloseLosesValues => {
                while self.has_peer(false) && self.base.receive().wait().is_ok() {}
            }
            _ => {}
        }
        self.base.close()
    }

    fn open(&self) -> Result<(), Error> {
        if on(Fault::OpenIgnored) { Ok(()) } else { self.base.open() }
    }

    fn is_closing(&self) -> Result<bool, Error> {
        let closing = self.base.is_closing()?;
        Ok(closing && !on(Fault::ClosingHidden))
    }

    fn is_closed(&self) -> Result<bool, Error> {
        match active() {
            Fault::ClosedWhileWaiting => self.base.is_closing(),
            _ => self.base.is_closed(),
        }
    }

    fn balance(&self) -> Result<i64, Error> {
        let balance = self.base.balance()?;
        Ok(match active() {
            Fault::BalanceNegated => -balance,
            Fault::BalanceZero => 0,
            Fault::BalanceCountsOne => balance.signum(),
            _ => balance,
        })
    }

    fn waiting(&self) -> Result<Vec<Handle<B>>, Error> {
        let mut waiting = self.base.waiting()?;
        match active() {
            Fault::WaitingReversed => waiting.reverse(),
            Fault::WaitingHidden => waiting.clear(),
            _ => {}
        }
        Ok(waiting.into_iter().map(Handle::new).collect())
    }

    fn preference(&self) -> Result<Preference, Error> {
        let preference = self.base.preference()?;
        Ok(if on(Fault::PreferenceUnknown) { Preference::Receiver } else { preference })
    }

    fn set_preference(&self, preference: Preference) -> Result<(), Error> {
        self.base.set_preference(match (active(), preference) {
            (Fault::PreferenceIgnored, _) => return Ok(()),
            (Fault::CallerPreferred, _) => Preference::Caller,
            (Fault::PreferenceSwapped, Preference::Receiver) => Preference::Sender,
            (Fault::PreferenceSwapped, Preference::Sender) => Preference::Receiver,
            (_, preference) => preference,
        })
    }

    fn schedule_all(&self) -> Result<bool, Error> {
        let all = self.base.schedule_all()?;
        Ok(all && !on(Fault::ScheduleAllUnknown))
    }

    fn set_schedule_all(&self, all: bool) -> Result<(), Error> {
        match active() {
            Fault::ScheduleAllIgnored => Ok(()),
            Fault::ScheduleAllAlways => self.base.set_schedule_all(true),
            _ => self.base.set_schedule_all(all),
        }
    }

    fn number(&self) -> u64 {
        if on(Fault::ChannelNumberWrong) { 1 } else { self.base.number() }
    }
}

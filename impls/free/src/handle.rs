//! A tasklet as others name it.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use switchback::{Control, Error, Kind, Message, Operation, Status, Value};

use crate::backend::{Action, Free, Runtime, cannot_pickle};
use crate::member::Member;

/// Names a tasklet. What needs a run queue of our own (insert, remove, bind ..) stays
/// [`Kind::Unsupported`].
pub struct Handle<R>(Option<Member>, PhantomData<fn() -> R>);

impl<R> Handle<R> {
    pub(crate) fn new(member: Member) -> Self {
        Self(Some(member), PhantomData)
    }

    /// What was spawned outside a run.
    pub(crate) fn nobody() -> Self {
        Self(None, PhantomData)
    }

    /// False once the tasklet has returned, and for one that could not be started: spawned
    /// outside `run`, after main's return, or beyond [`Runtime::MOST_ALIVE`].
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.0.as_ref().is_some_and(Member::is_alive)
    }
}

impl<R: Runtime> Handle<R> {
    fn hurl(&self, error: Error) -> Result<(), Error> {
        let Some(target) = &self.0 else { return Err(Kind::WrongScheduler.into()) };
        target.throw(R::current().as_ref(), error)
    }
}

impl<R: Runtime> Control<Free<R>> for Handle<R> {
    /// From any thread; a moment later it may be another.
    fn status(&self) -> Result<Status, Error> {
        let Some(member) = &self.0 else { return Ok(Status::default()) };
        let alive = member.is_alive();
        Ok(Status {
            alive,
            scheduled: alive,
            blocked: alive && member.is_blocked(),
            current: R::current().is_some_and(|here| here.is(member)),
            main: member.is_main(),
            restorable: false,
        })
    }

    /// The target hears of it in its operation under way or its next one; the caller goes on.
    fn throw(
        &self,
        error: Error,
    ) -> impl Operation<Free<R>, Output = Result<Value<Free<R>>, Error>> + Send {
        Action(async move { self.hurl(error).map(|()| Value::Empty) })
    }

    fn throw_pending(&self, error: Error) -> Result<(), Error> {
        self.hurl(error)
    }

    /// `u64::MAX` for one that was spawned outside a run.
    fn number(&self) -> u64 {
        self.0.as_ref().map_or(u64::MAX, Member::number)
    }
}

impl<R> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<R> PartialEq for Handle<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().zip(other.0.as_ref()).is_some_and(|(one, two)| one.is(two))
    }
}

impl<R> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(member) => write!(f, "Handle({})", member.number()),
            None => f.write_str("Handle(outside a run)"),
        }
    }
}

impl<R: Runtime> Message for Handle<R> {}

impl<R: Runtime> Serialize for Handle<R> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(cannot_pickle::<R>("a tasklet")))
    }
}

impl<'de, R: Runtime> Deserialize<'de> for Handle<R> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(cannot_pickle::<R>("a tasklet")))
    }
}

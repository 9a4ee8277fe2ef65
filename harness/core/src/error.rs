//! The one error type: a kind, a text, and for errors of user code the original.

use std::{fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor, value::SeqAccessDeserializer},
};

use crate::pickle::BOXED;

/// Why an operation failed. One variant per row of the error catalogue (SPEC section 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// The tasklet was killed (C146). Leaves a worker silently, leaves main as an error (C147).
    Exit,
    /// The last runnable tasklet cannot be blocked (C080, C084).
    Deadlock,
    /// The wake target waits to receive and no tasklet is left to send (C081).
    MainReceiving,
    /// The wake target waits to send and no tasklet is left to receive (C082).
    MainSending,
    /// The tasklet has `block_trap` set and the operation would block (C123).
    BlockTrap,
    /// The channel is closing and the operation would block (C119).
    Closed,
    /// End of an iteration: sent by users, or `next` on a closing channel without senders (C117, C121).
    StopIteration,
    /// The switch trap of the scheduler is set (C180).
    SwitchTrap,
    /// insert, run or switch of a blocked tasklet (C030).
    RunBlocked,
    /// insert, run or switch of a tasklet that is not alive (C031).
    RunDead,
    /// remove of a blocked tasklet (C033).
    RemoveBlocked,
    /// remove of the current tasklet (C034).
    RemoveCurrent,
    /// throw at a tasklet that is not alive (C143).
    ThrowDead,
    /// bind of the current tasklet (C009).
    BindCurrent,
    /// bind of a tasklet that is in the ring or on a channel (C010).
    BindScheduled,
    /// The tasklet holds native state, which cannot be discarded (C012).
    NativeState,
    /// The main tasklet cannot be unbound (C013).
    UnbindMain,
    /// setup of a tasklet that is alive (C015).
    SetupAlive,
    /// setup of a tasklet without a function (C016).
    NotBound,
    /// A channel operation inside a channel callback (C177).
    RecursiveChannel,
    /// A switch inside a schedule callback (C177, Q10).
    SwitchInCallback,
    /// The current tasklet cannot be pickled (C259).
    PickleCurrent,
    /// State, message or backend that has no portable form (C260).
    NotPicklable,
    /// Bytes that are no pickle of this program.
    BadPickle,
    /// The value found is not of the type asked for.
    WrongType,
    /// A handle of another scheduler, of another thread, or used outside `run`.
    WrongScheduler,
    /// The backend does not offer the operation; its capabilities say so.
    Unsupported,
    /// Stacks, threads or memory ran out.
    Exhausted,
    /// The tasklet panicked.
    Panicked,
    /// An error of user code, made with [`Error::new`] or [`Error::from_error`].
    User,
}

impl Kind {
    /// The reference's text for the kind, or a sentence of ours where it has none.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Exit => "TaskletExit",
            Self::Deadlock => "Deadlock: the last runnable tasklet cannot be blocked.",
            Self::MainReceiving => "the main tasklet is receiving without a sender available.",
            Self::MainSending => "the main tasklet is sending without a receiver available.",
            Self::BlockTrap => "this tasklet does not like to be blocked.",
            Self::Closed => "Send/receive operation on a closed channel",
            Self::StopIteration => "StopIteration",
            Self::SwitchTrap => "switch_trap",
            Self::RunBlocked => "You cannot run a blocked tasklet",
            Self::RunDead => "You cannot run an unbound(dead) tasklet",
            Self::RemoveBlocked => "You cannot remove a blocked tasklet.",
            Self::RemoveCurrent => "The current tasklet cannot be removed.",
            Self::ThrowDead => "You cannot throw to a dead tasklet",
            Self::BindCurrent => "can't (re)bind the current tasklet",
            Self::BindScheduled => "tasklet is scheduled",
            Self::NativeState => "tasklet has C state on its stack",
            Self::UnbindMain => "can't unbind the main tasklet",
            Self::SetupAlive => "tasklet is alive",
            Self::NotBound => "the tasklet was not bound to a function",
            Self::RecursiveChannel => "Recursive channel call due to callbacks!",
            Self::SwitchInCallback => "a callback must not switch tasklets",
            Self::PickleCurrent => "You cannot __reduce__ the tasklet which is current.",
            Self::NotPicklable => "the state cannot be pickled",
            Self::BadPickle => "the bytes are not a pickle of this program",
            Self::WrongType => "the transfer slot holds a value of another type",
            Self::WrongScheduler => {
                "the handle belongs to another scheduler or is used outside its run()"
            }
            Self::Unsupported => "the backend does not support the operation",
            Self::Exhausted => "out of stacks, threads or memory",
            Self::Panicked => "the tasklet panicked",
            Self::User => "error",
        }
    }
}

/// An error that travels: returned by operations, thrown at tasklets, sent over channels.
///
/// Clones share their origin, so an error forwarded to the asker is the one that was raised
/// (C114). One pointer wide, so that `Result<(), Error>` stays in a register.
///
/// ```
/// use switchback::{Error, Kind};
/// let error = Error::new("E1", "no such account");
/// assert_eq!(error.kind(), Kind::User);
/// assert_eq!(error.name(), "E1");
/// assert_eq!(error.to_string(), "E1: no such account");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: Kind,
    name: Box<str>,
    detail: Box<str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Errors are dropped in many places, in which a panic has nowhere to go: the panic hook reports
/// that of a source's destructor.
impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(source) = self.source.take() {
            let _ = crate::dispose(source);
        }
    }
}

impl Error {
    /// An error of user code with a name that handlers can match on, and a text for people.
    #[must_use]
    pub fn new(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::build(Kind::User, name.into(), detail.into(), None)
    }

    /// Wraps an error of another library, which stays reachable through `source()`.
    #[must_use]
    pub fn from_error(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        let detail = error.to_string();
        Self::build(Kind::User, String::new(), detail, Some(Box::new(error)))
    }

    /// An error of the model with a text that says more than the kind does.
    #[must_use]
    pub fn with_detail(kind: Kind, detail: impl Into<String>) -> Self {
        Self::build(kind, String::new(), detail.into(), None)
    }

    /// [`Kind::MainReceiving`]: main receives, and no tasklet is left that could send. If the channel
    /// is closing, the text says what would have ended an iteration: `close` wakes no receiver.
    ///
    /// ```
    /// use switchback::{Error, Kind};
    /// let error = Error::main_receiving(true);
    /// assert_eq!(error.kind(), Kind::MainReceiving);
    /// assert!(error.to_string().contains("`end_iteration`"));
    /// assert_eq!(Error::main_receiving(false), Kind::MainReceiving.into());
    /// ```
    #[must_use]
    pub fn main_receiving(closing: bool) -> Self {
        const HINT: &str = "the channel was closed while it waited, and `close` wakes no receiver; \
                            `end_iteration` closes it and tells each receiver that waits";
        if closing {
            Self::with_detail(Kind::MainReceiving, HINT)
        } else {
            Kind::MainReceiving.into()
        }
    }

    #[cold]
    fn build(
        kind: Kind,
        name: String,
        detail: String,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Inner { kind, name: name.into(), detail: detail.into(), source }))
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The name given to [`Error::new`]; empty for errors of the model.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The text given at construction; empty if the kind says it all.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// True if both are clones of one error.
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// True for the exit of a killed tasklet, which handlers should pass on (C152).
    #[must_use]
    pub fn is_exit(&self) -> bool {
        self.kind() == Kind::Exit
    }

    pub(crate) fn into_raw(self) -> *const () {
        Arc::into_raw(self.0).cast()
    }

    /// # Safety
    /// `raw` comes from `into_raw` and is used once.
    pub(crate) unsafe fn from_raw(raw: *const ()) -> Self {
        // SAFETY: promised by the caller.
        Self(unsafe { Arc::from_raw(raw.cast()) })
    }
}

impl From<Kind> for Error {
    #[cold]
    fn from(kind: Kind) -> Self {
        Self::build(kind, String::new(), String::new(), None)
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.same_origin(other)
            || (self.kind() == other.kind()
                && self.name() == other.name()
                && self.detail() == other.detail())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, detail) = (self.name(), self.detail());
        match (self.kind(), head.is_empty(), detail.is_empty()) {
            (Kind::User, false, true) => f.write_str(head),
            (Kind::User, false, false) => write!(f, "{head}: {detail}"),
            (Kind::User, true, false) => f.write_str(detail),
            (kind, _, true) => f.write_str(kind.text()),
            (kind, _, false) => write!(f, "{}: {detail}", kind.text()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.kind())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

/// A pickled error keeps kind, name and text; a wrapped foreign error becomes its text.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.kind(), self.name(), self.detail()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // For formats of bytes a new type is what is in it. To a pickle it says where a place on
        // the heap is taken, which is to be paid for first.
        if deserializer.is_human_readable() {
            return Parts::deserialize(deserializer).map(Self::of_parts);
        }
        deserializer.deserialize_newtype_struct(BOXED, Boxed)
    }
}

type Parts = (Kind, String, String);

impl Error {
    fn of_parts((kind, name, detail): Parts) -> Self {
        Self::build(kind, name, detail, None)
    }
}

struct Boxed;

impl<'de> Visitor<'de> for Boxed {
    type Value = Error;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BOXED)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Error, D::Error> {
        Parts::deserialize(deserializer).map(Error::of_parts)
    }

    /// A format that has no new types gives what is in one.
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Error, A::Error> {
        Parts::deserialize(SeqAccessDeserializer::new(seq)).map(Error::of_parts)
    }
}

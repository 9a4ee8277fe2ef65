//! What loading a pickle may cost. Memory is charged before it is taken, so that what a few bytes
//! claim is refused and not made.
//!
//! ```text
//! account   pays for                                                      unless the caller says otherwise
//! memory    tasklets, channels, queues, roots, messages, errors           256 KiB + 64 times the pickle
//! frames    suspended calls and all they keep: their bytes may stand      1 GiB
//!           for many of them, each told by its difference to the last
//! ```

use serde::{Deserialize, Serialize};

use super::Reader;
use crate::{Error, Kind, Message};

/// Bytes of memory for each byte of a pickle.
const FACTOR: usize = 64;
/// And so many more, whatever the pickle.
const BASE: usize = 256 << 10;
/// For frames and what they keep.
const FRAMES: usize = 1 << 30;

/// How much memory [`Portable::load_within`](crate::Portable::load_within) may take for a pickle.
///
/// It is charged before the memory is taken. A pickle that wants more is refused with
/// [`Kind::Exhausted`], and nothing has changed.
///
/// ```
/// use switchback::LoadBudget;
/// // For pickles of strangers, of which none should take more than 20 MiB.
/// let strict = LoadBudget::default().memory(4 << 20).frames(16 << 20);
/// assert_ne!(strict, LoadBudget::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LoadBudget {
    memory: Option<usize>,
    frames: Option<usize>,
}

impl LoadBudget {
    /// At most so many bytes for tasklets, channels, queues, roots and messages. Without it 64
    /// bytes for each byte of the pickle, and 256 KiB.
    #[must_use]
    pub fn memory(self, bytes: usize) -> Self {
        Self { memory: Some(bytes), ..self }
    }

    /// At most so many bytes for suspended calls and all that they keep. Without it 1 GiB.
    #[must_use]
    pub fn frames(self, bytes: usize) -> Self {
        Self { frames: Some(bytes), ..self }
    }
}

impl Message for LoadBudget {}

/// What is left of the part of a budget that pays at the moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub(super) left: usize,
    frames: bool,
    /// Something was refused for want of memory.
    exhausted: bool,
}

/// What frames may still take.
#[derive(Debug)]
pub(crate) struct FrameAccount(usize);

impl LoadBudget {
    pub(crate) fn for_frames(self) -> FrameAccount {
        FrameAccount(self.frames.unwrap_or(FRAMES))
    }
}

impl<'a> Reader<'a> {
    /// Starts at the first byte, with a budget of its own for the memory that it may take.
    #[must_use]
    pub fn within(bytes: &'a [u8], budget: LoadBudget) -> Self {
        let memory = bytes.len().saturating_mul(FACTOR).saturating_add(BASE);
        let left = budget.memory.unwrap_or(memory);
        let account = Account { left, frames: false, exhausted: false };
        Self { rest: bytes, end: bytes.len(), free: bytes.len() + super::FREE, account }
    }

    /// Charges memory to the budget, which is to be done before it is taken.
    ///
    /// # Errors
    /// [`Kind::Exhausted`] with what it was for, how much of it, and what to do, if there is no
    /// room for it.
    #[inline(always)]
    pub fn charge(&mut self, bytes: usize, what: &str) -> Result<(), Error> {
        match self.account.left.checked_sub(bytes) {
            Some(left) => {
                self.account.left = left;
                Ok(())
            }
            None => Err(self.over(bytes, what)),
        }
    }

    #[cold]
    #[inline(never)]
    fn over(&mut self, bytes: usize, what: &str) -> Error {
        let cause = self.too_much(bytes, what);
        self.refusal(&cause)
    }

    /// Lets another account pay for what `read` takes: frames do not count as memory.
    #[inline]
    pub(crate) fn frames<T>(
        &mut self,
        account: &mut FrameAccount,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let frames = Account { left: account.0, frames: true, exhausted: false };
        let memory = std::mem::replace(&mut self.account, frames);
        let value = read(self)?;
        account.0 = std::mem::replace(&mut self.account, memory).left;
        Ok(value)
    }

    /// The words for a charge that is refused.
    #[cold]
    pub(super) fn too_much(&mut self, bytes: usize, what: &str) -> String {
        self.account.exhausted = true;
        let Account { left, frames, .. } = self.account;
        let name = if frames { "frames" } else { "memory" };
        format!(
            "{what} would take {bytes} bytes, but of the budget for {name} {left} are left: to load \
             it all the same, give load_within a LoadBudget with more {name}"
        )
    }

    /// An error at this position: of the bytes, or of the budget if that is what they met.
    #[cold]
    pub(super) fn refusal(&mut self, cause: &str) -> Error {
        let kind = match std::mem::take(&mut self.account.exhausted) {
            true => Kind::Exhausted,
            false => Kind::BadPickle,
        };
        Error::with_detail(kind, format!("at byte {}: {cause}", self.position()))
    }
}

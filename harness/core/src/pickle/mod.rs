//! Bytes in and out of suspended state: leaves by postcard, identity by numbers, frames as rows.
//!
//! What is written by [`Writer`] is read by [`Reader`], which trusts nothing: lengths, depth and
//! items without bytes are bounded by the bytes that are there, memory by a [budget](LoadBudget).

mod budget;
mod leaf;
mod rows;
#[cfg(feature = "seal")]
mod seal;

use serde::{Serialize, de::DeserializeOwned};

use self::budget::Account;
use crate::{Error, Kind};

pub(crate) use budget::FrameAccount;
pub use budget::LoadBudget;
pub(crate) use leaf::BOXED;
pub use rows::{RowReader, RowWriter};
#[cfg(feature = "seal")]
pub use seal::{Key, SealError, open, seal};

/// Collects the bytes of a pickle.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

/// Appends what postcard makes.
struct Append<'a>(&'a mut Vec<u8>);

impl postcard::ser_flavors::Flavor for Append<'_> {
    type Output = ();

    #[inline(always)]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline(always)]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        match *bytes {
            // Most numbers are one byte, which is not worth a call.
            [byte] => self.0.push(byte),
            _ => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

impl Writer {
    /// Appends one value.
    ///
    /// # Errors
    /// [`Kind::NotPicklable`] with the value's own reason.
    #[inline]
    pub fn leaf<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let mut serializer = postcard::Serializer { output: Append(&mut self.bytes) };
        value.serialize(&mut serializer).map_err(|e| not_picklable(&e))
    }

    /// Appends a number, in as many groups of seven bits as it takes.
    #[inline]
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Bytes so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends bytes that are already encoded.
    #[inline]
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets the bytes, not their memory.
    #[inline]
    fn clear(&mut self) {
        self.bytes.clear();
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Gives the bytes up.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cold]
fn not_picklable(error: &postcard::Error) -> Error {
    let cause = match error {
        // Custom errors, whose text postcard does not keep.
        postcard::Error::SerdeSerCustom => "a value in it refuses to be written".to_owned(),
        other => other.to_string(),
    };
    Error::with_detail(Kind::NotPicklable, cause)
}

/// Reads a pickle from the front.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Offset of the end in the pickle.
    end: usize,
    /// Items without bytes of their own that may still come.
    free: usize,
    /// What may still be taken of memory.
    account: Account,
}

/// Items without bytes of their own that a pickle may have besides one per byte.
const FREE: usize = 4096;

impl<'a> Reader<'a> {
    /// Starts at the first byte, with the budget that pickles have by default.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::within(bytes, LoadBudget::default())
    }

    /// Reads bytes that stand for those at `at`: errors name that place.
    #[inline]
    fn standing_in<'b>(&self, bytes: &'b [u8], at: usize) -> Reader<'b> {
        Reader { rest: bytes, end: at + bytes.len(), ..*self }
    }

    /// Takes over what is left of what `other`, which stood in for this one, has used up.
    #[inline]
    fn goes_on(&mut self, other: &Reader<'_>) {
        (self.free, self.account) = (other.free, other.account);
    }

    /// Takes one value.
    ///
    /// # Errors
    /// [`Kind::BadPickle`] with the position in bytes; [`Kind::Exhausted`] if the budget does not
    /// suffice.
    #[inline]
    pub fn leaf<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        match T::deserialize(leaf::Leaf::new::<T>(self)) {
            Ok(value) => Ok(value),
            Err(refusal) => Err(self.refusal(refusal.text())),
        }
    }

    /// Takes a number that [`Writer::number`] has written.
    ///
    /// # Errors
    /// [`Kind::BadPickle`] if the bytes end early or stand for more than 64 bits.
    #[inline]
    pub fn number(&mut self) -> Result<u64, Error> {
        match self.varint() {
            Ok(number) => Ok(number),
            Err(refusal) => Err(self.error(refusal.text())),
        }
    }

    /// Takes a length that the remaining bytes can hold, one byte per item at least.
    ///
    /// # Errors
    /// [`Kind::BadPickle`].
    pub fn length(&mut self) -> Result<usize, Error> {
        let at = self.position();
        let length = self.number()?;
        match usize::try_from(length) {
            Ok(length) if length <= self.rest.len() => Ok(length),
            _ => Err(bad(at, "a length beyond the end of the bytes")),
        }
    }

    /// Takes `length` raw bytes.
    ///
    /// # Errors
    /// [`Kind::BadPickle`] if fewer are left.
    pub fn raw(&mut self, length: usize) -> Result<&'a [u8], Error> {
        match self.rest.split_at_checked(length) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => Err(self.error("the bytes end early")),
        }
    }

    /// Takes one raw byte.
    ///
    /// # Errors
    /// [`Kind::BadPickle`] at the end.
    #[inline]
    pub fn byte(&mut self) -> Result<u8, Error> {
        match self.rest.split_first() {
            Some((byte, rest)) => {
                self.rest = rest;
                Ok(*byte)
            }
            None => Err(self.error("the bytes end early")),
        }
    }

    /// The bytes not yet taken.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.end - self.rest.len()
    }

    /// True if nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// An error at this position.
    #[must_use]
    pub fn error(&self, cause: &str) -> Error {
        bad(self.position(), cause)
    }
}

#[cold]
pub(crate) fn bad(at: usize, cause: &str) -> Error {
    Error::with_detail(Kind::BadPickle, format!("at byte {at}: {cause}"))
}

//! Bytes in and out of suspended state: leaves by postcard, identity by numbers.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Kind};

/// Collects the bytes of a pickle.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Appends one value.
    ///
    /// # Errors
    /// [`Kind::NotPicklable`] with the value's own reason.
    pub fn leaf<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let bytes = std::mem::take(&mut self.bytes);
        self.bytes = postcard::to_extend(value, bytes)
            .map_err(|e| Error::with_detail(Kind::NotPicklable, e.to_string()))?;
        Ok(())
    }

    /// Bytes so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends bytes that are already encoded.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Gives the bytes up.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads a pickle from the front.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, total: bytes.len() }
    }

    /// Takes one value.
    ///
    /// # Errors
    /// [`Kind::BadPickle`] with the position in bytes.
    pub fn leaf<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let at = self.position();
        match postcard::take_from_bytes(self.rest) {
            Ok((value, rest)) => {
                self.rest = rest;
                Ok(value)
            }
            Err(e) => Err(bad(at, &e.to_string())),
        }
    }

    /// Takes a length that the remaining bytes can hold, one byte per item at least.
    ///
    /// # Errors
    /// [`Kind::BadPickle`].
    pub fn length(&mut self) -> Result<usize, Error> {
        let at = self.position();
        let length: u64 = self.leaf()?;
        if length > self.rest.len() as u64 {
            return Err(bad(at, "a length beyond the end of the bytes"));
        }
        Ok(usize::try_from(length).expect("bounded by a usize"))
    }

    /// Takes `length` raw bytes.
    ///
    /// # Errors
    /// [`Kind::BadPickle`] if fewer are left.
    pub fn raw(&mut self, length: usize) -> Result<&'a [u8], Error> {
        if length > self.rest.len() {
            return Err(bad(self.position(), "the bytes end early"));
        }
        let (head, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(head)
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.total - self.rest.len()
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
fn bad(at: usize, cause: &str) -> Error {
    Error::with_detail(Kind::BadPickle, format!("at byte {at}: {cause}"))
}

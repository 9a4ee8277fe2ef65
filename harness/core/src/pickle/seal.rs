//! Sealed pickles: for storage that others can write to. Without the key a pickle can neither be
//! made nor changed unnoticed. Every reader of the storage can still read the content.
//!
//! ```text
//! magic "SWBS"   seal, 32 bytes   pickle
//!                keyed BLAKE3 of the pickle
//! ```

use std::fmt;

use crate::{Error, Kind};

const MAGIC: &[u8; 4] = b"SWBS";
const SEAL: usize = blake3::OUT_LEN;

/// Keeps other uses of the same secret apart from this one.
const CONTEXT: &str = "switchback 2026-11-21 sealed pickles, format 1";

/// Keeps keys that are bound to something apart from all else.
const BOUND: &str = "switchback 2026-11-29 key of sealed pickles bound to bytes, format 1";

/// A secret of 32 bytes. It is never printed, compared or written.
///
/// Take the bytes from a random generator made for secrets, not from a password.
///
/// ```
/// use switchback::pickle::Key;
/// let key = Key::new(&[7; 32]);
/// assert_eq!(format!("{key:?}"), "Key(secret)");
/// ```
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// The key that stands for this secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(blake3::derive_key(CONTEXT, secret))
    }

    /// The key for one place, one time, or both: what it seals opens with the key bound to the same
    /// bytes only.
    ///
    /// A seal has no freshness: an attacker that may replace a stored pickle can put an older one
    /// back, or one of another place. Bind the key to the place against the one, and against the
    /// other to a number that rises with each dump and is kept where others cannot write.
    ///
    /// ```
    /// use switchback::pickle::{Key, SealError, open, seal};
    ///
    /// /// A pickle for each session in a store that others can write, and the number of the last
    /// /// one in a place that they cannot.
    /// struct Session {
    ///     secret: Key,
    ///     name: u64,
    ///     dumps: u64,
    /// }
    ///
    /// impl Session {
    ///     fn key(&self) -> Key {
    ///         let [name, dumps] = [self.name, self.dumps].map(u64::to_le_bytes);
    ///         self.secret.bound_to(&[name, dumps].concat())
    ///     }
    ///     fn freeze(&mut self, pickle: &[u8]) -> Vec<u8> {
    ///         self.dumps += 1;
    ///         seal(&self.key(), pickle)
    ///     }
    ///     fn thaw<'a>(&self, stored: &'a [u8]) -> Result<&'a [u8], SealError> {
    ///         open(&self.key(), stored)
    ///     }
    /// }
    ///
    /// let secret = Key::new(&[7; 32]);
    /// let mut one = Session { secret: secret.clone(), name: 1, dumps: 0 };
    /// let mut other = Session { secret, name: 2, dumps: 0 };
    /// let (old, foreign) = (one.freeze(b"poor"), other.freeze(b"rich"));
    /// assert_eq!(one.thaw(&old), Ok(b"poor".as_slice()));
    /// assert_eq!(one.thaw(&foreign), Err(SealError::Broken)); // a swap
    /// let new = one.freeze(b"spent");
    /// assert_eq!(one.thaw(&new), Ok(b"spent".as_slice()));
    /// assert_eq!(one.thaw(&old), Err(SealError::Broken)); // a replay
    /// ```
    #[must_use]
    pub fn bound_to(&self, bytes: &[u8]) -> Self {
        // Not a keyed hash: the seal of these bytes would be the same hash, and any reader could
        // see it.
        let mut hasher = blake3::Hasher::new_derive_key(BOUND);
        hasher.update(&self.0).update(bytes);
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(secret)")
    }
}

/// Why [`open`] refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The bytes do not begin as sealed ones do: perhaps a pickle that was never sealed.
    NotSealed,
    /// The bytes end within the seal.
    CutOff,
    /// The seal does not belong to these bytes and this key.
    Broken,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSealed => "not a sealed pickle: it does not begin with SWBS",
            Self::CutOff => "the bytes end within the seal",
            Self::Broken => {
                "the seal is broken: the bytes were changed, or sealed with another key"
            }
        })
    }
}

impl std::error::Error for SealError {}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::with_detail(Kind::BadPickle, error.to_string())
    }
}

/// The bytes of a pickle with a seal in front: 36 bytes more.
#[must_use]
pub fn seal(key: &Key, pickle: &[u8]) -> Vec<u8> {
    let seal = blake3::keyed_hash(&key.0, pickle);
    [MAGIC.as_slice(), seal.as_bytes(), pickle].concat()
}

/// The pickle in sealed bytes, if it is the one that was sealed with this key. The comparison
/// takes the same time wherever a wrong seal differs.
///
/// ```
/// use switchback::pickle::{Key, SealError, open, seal};
///
/// let key = Key::new(&[7; 32]);
/// let mut sealed = seal(&key, b"a pickle");
/// assert_eq!(open(&key, &sealed), Ok(b"a pickle".as_slice()));
/// sealed[40] ^= 1;
/// assert_eq!(open(&key, &sealed), Err(SealError::Broken));
/// ```
///
/// # Errors
/// [`SealError`]; as an [`Error`] it is one of [`Kind::BadPickle`].
pub fn open<'a>(key: &Key, sealed: &'a [u8]) -> Result<&'a [u8], SealError> {
    let rest = sealed.strip_prefix(MAGIC).ok_or(SealError::NotSealed)?;
    let (seal, pickle) = rest.split_first_chunk::<SEAL>().ok_or(SealError::CutOff)?;
    // `Hash` compares in constant time.
    if blake3::keyed_hash(&key.0, pickle) == blake3::Hash::from_bytes(*seal) {
        Ok(pickle)
    } else {
        Err(SealError::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_and_every_cut_breaks_the_seal() {
        let key = Key::new(&[1; 32]);
        let sealed = seal(&key, b"some bytes of a pickle");
        assert_eq!(open(&key, &sealed), Ok(b"some bytes of a pickle".as_slice()));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let expected = if bit < 32 { SealError::NotSealed } else { SealError::Broken };
            assert_eq!(open(&key, &changed), Err(expected), "bit {bit}");
        }
        for length in 0..sealed.len() {
            let expected = match length {
                0..4 => SealError::NotSealed,
                4..36 => SealError::CutOff,
                _ => SealError::Broken,
            };
            assert_eq!(open(&key, &sealed[..length]), Err(expected), "{length} bytes");
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let sealed = seal(&Key::new(&[1; 32]), b"mine");
        let error = open(&Key::new(&[2; 32]), &sealed).expect_err("another key");
        assert_eq!(error, SealError::Broken);
        assert_eq!(Error::from(error).kind(), Kind::BadPickle);
    }

    /// What PICKLES.md advises against replays and swaps, which a seal alone does not notice.
    #[test]
    fn a_key_per_place_and_dump_opens_only_what_belongs_there() {
        let one = Key::new(&[1; 32]);
        let (old, new) = (seal(&one, b"first"), seal(&one, b"second"));
        assert_eq!(open(&one, &old).and(open(&one, &new)), Ok(b"second".as_slice()), "a replay");

        let key = |place: &str| one.bound_to(place.as_bytes());
        let sealed = seal(&key("session 17, dump 42"), b"third");
        assert_eq!(open(&key("session 17, dump 42"), &sealed), Ok(b"third".as_slice()));
        for other in ["session 17, dump 43", "session 18, dump 42", ""] {
            assert_eq!(open(&key(other), &sealed), Err(SealError::Broken), "{other}");
        }
        assert_eq!(open(&one, &sealed), Err(SealError::Broken));
    }

    #[test]
    fn a_seal_of_the_bytes_is_not_the_key_bound_to_them() {
        let key = Key::new(&[1; 32]);
        let seal = &seal(&key, b"session 17")[4..36];
        assert_ne!(key.bound_to(b"session 17").0, *seal);
    }

    #[test]
    fn the_secret_is_not_the_key_of_the_hash() {
        let sealed = seal(&Key::new(&[1; 32]), b"mine");
        assert_ne!(sealed[4..36], *blake3::keyed_hash(&[1; 32], b"mine").as_bytes());
    }
}

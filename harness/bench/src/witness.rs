//! Proof that a timed run did the work it is timed for.
//!
//! A run gives a [`Witness`]: a digest of its ordered results and the counts its backend can vouch
//! for. The scenario gives the [`Law`]: what the witness must be. No agreement, no number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one iteration of a scenario says it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// [`Digest`] of the results in their order; 16 hexadecimal digits in JSON, where 64-bit numbers are not safe.
    #[serde(with = "hexadecimal")]
    pub digest: u64,
    /// Tasklets created, main not included.
    pub tasklets: Option<u64>,
    /// Most tasklets alive at one time, main not included.
    pub peak_alive: Option<u64>,
    /// Values that passed from a sender to a receiver.
    pub messages: Option<u64>,
    /// Times control moved from one tasklet to another.
    pub switches: Option<u64>,
}

impl Witness {
    /// A witness with a digest and no counts: what a timed run gives.
    #[must_use]
    pub const fn of(digest: u64) -> Self {
        Self { digest, tasklets: None, peak_alive: None, messages: None, switches: None }
    }
}

/// What the witness of a scenario at one size must be. A count left out may be anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Law {
    /// The digest of the right results.
    pub digest: u64,
    /// Tasklets to be created, main not included.
    pub tasklets: Option<u64>,
    /// Most tasklets to be alive at one time, main not included.
    pub peak_alive: Option<u64>,
    /// Values to be handed over.
    pub messages: Option<u64>,
    /// Switches to be made; for backends that must agree on them.
    pub switches: Option<u64>,
}

impl Law {
    /// A law on the results alone.
    #[must_use]
    pub const fn of(digest: u64) -> Self {
        Self { digest, tasklets: None, peak_alive: None, messages: None, switches: None }
    }

    /// Compares a witness with the law.
    ///
    /// A count that the backend does not keep is not a difference: foreign runtimes cannot
    /// count their switches. The results file shows it as missing.
    ///
    /// # Errors
    /// The first [`Difference`], results before counts.
    ///
    /// ```
    /// use switchback_bench::witness::{Law, Witness};
    /// let law = Law { messages: Some(1000), ..Law::of(7) };
    /// let short = Witness { messages: Some(999), ..Witness::of(7) };
    /// assert_eq!(law.check(&short).unwrap_err().to_string(), "messages: expected 1000, counted 999");
    /// ```
    pub fn check(&self, witness: &Witness) -> Result<(), Difference> {
        if self.digest != witness.digest {
            return Err(Difference::Results { expected: self.digest, found: witness.digest });
        }
        let counts = [
            ("tasklets", self.tasklets, witness.tasklets),
            ("peak alive", self.peak_alive, witness.peak_alive),
            ("messages", self.messages, witness.messages),
            ("switches", self.switches, witness.switches),
        ];
        for (name, law, count) in counts {
            if let (Some(expected), Some(counted)) = (law, count)
                && expected != counted
            {
                return Err(Difference::Count { name, expected, counted });
            }
        }
        Ok(())
    }
}

/// How a witness departs from its law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The results are wrong or in another order.
    Results {
        /// Digest of the law.
        expected: u64,
        /// Digest of the run.
        found: u64,
    },
    /// The results are right, the amount of work is not the scenario's.
    Count {
        /// Which count.
        name: &'static str,
        /// What the law says.
        expected: u64,
        /// What the backend counted.
        counted: u64,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Results { expected, found } => {
                write!(f, "results: expected digest {expected:016x}, found {found:016x}")
            }
            Self::Count { name, expected, counted } => {
                write!(f, "{name}: expected {expected}, counted {counted}")
            }
        }
    }
}

impl std::error::Error for Difference {}

/// Hash of a sequence of results: the same on every machine, build and run, sensitive to order.
///
/// Each word is mixed by a multiplication with an odd constant, an xor with the high half and a
/// rotation; text is cut into words of eight bytes, little end first, and closed with its length,
/// so that `"ab", "c"` and `"a", "bc"` differ. One multiplication per word keeps it out of the
/// figures it guards. Not for adversaries.
///
/// ```
/// use switchback_bench::witness::Digest;
/// let mut digest = Digest::new();
/// digest.push_str("Abbey Road");
/// digest.push_u64(1969);
/// assert_eq!(digest.finish(), {
///     let mut again = Digest::new();
///     again.push_bytes(b"Abbey Road");
///     again.push_u64(1969);
///     again.finish()
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    state: u64,
}

/// 2^64 divided by the golden ratio, made odd: its multiples fill the range evenly.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Digest {
    /// An empty digest.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: GOLDEN }
    }

    /// Adds a number.
    #[inline]
    pub const fn push_u64(&mut self, word: u64) {
        let mixed = (self.state ^ word).wrapping_mul(GOLDEN);
        self.state = (mixed ^ (mixed >> 32)).rotate_left(23).wrapping_add(GOLDEN);
    }

    /// Adds bytes and their length.
    #[inline]
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.push_u64(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.push_u64(u64::from_le_bytes(last));
        self.push_u64(bytes.len() as u64);
    }

    /// Adds text as its UTF-8 bytes.
    #[inline]
    pub fn push_str(&mut self, text: &str) {
        self.push_bytes(text.as_bytes());
    }

    /// The digest of all that was added.
    #[must_use]
    pub const fn finish(self) -> u64 {
        let mixed = (self.state ^ (self.state >> 29)).wrapping_mul(GOLDEN);
        mixed ^ (mixed >> 32)
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(digest: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{digest:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16)
            .map_err(|_| D::Error::custom(format!("{text:?} is not a hexadecimal digest")))
    }
}

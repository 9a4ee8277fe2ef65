//! Rows of bytes, each as its difference to the one before: frames of a recursion differ in a byte
//! or two.
//!
//! ```text
//! 0            a row follows as it is
//! n mask ..    n rows as long as the one before, at most 64 bytes; bit i of the mask says that
//!              byte i changes, and the changed bytes follow, row after row
//! ```
//!
//! Every row takes a byte at least: n rows without a change are written one by one.

use super::{Reader, Writer, bad};
use crate::Error;

/// The longest row that the next one can be compared with: one bit of a mask per byte.
const LONGEST: usize = 64;

/// Writes rows.
#[derive(Debug, Default)]
pub struct RowWriter {
    previous: Writer,
    /// Rows of one mask that are not written yet, with their changed bytes.
    count: u64,
    mask: u64,
    changed: Writer,
    /// The row being made.
    pub row: Writer,
}

impl RowWriter {
    /// Writes the row that was made.
    #[inline]
    pub fn end_row(&mut self, out: &mut Writer) {
        let row = self.row.bytes();
        let mask = difference(self.previous.bytes(), row);
        if mask != Some(self.mask) || mask == Some(0) || self.count == 0 {
            Self::flush(&mut self.count, self.mask, &mut self.changed, out);
        }
        match mask {
            Some(mask) if (mask.count_ones() as usize) + 1 < row.len() => {
                (self.count, self.mask) = (self.count + 1, mask);
                for at in Bits(mask) {
                    self.changed.push(row[at]);
                }
            }
            _ => {
                Self::flush(&mut self.count, self.mask, &mut self.changed, out);
                out.number(0);
                out.raw(row);
            }
        }
        std::mem::swap(&mut self.previous, &mut self.row);
        self.row.clear();
    }

    /// Writes what waits for more of its kind.
    pub fn end_rows(&mut self, out: &mut Writer) {
        Self::flush(&mut self.count, self.mask, &mut self.changed, out);
    }

    #[inline]
    fn flush(count: &mut u64, mask: u64, changed: &mut Writer, out: &mut Writer) {
        if *count > 0 {
            out.number(*count);
            out.number(mask);
            out.raw(changed.bytes());
            *count = 0;
            changed.clear();
        }
    }
}

/// Where two rows differ, if they can be compared.
#[inline]
fn difference(old: &[u8], new: &[u8]) -> Option<u64> {
    if old.len() != new.len() || new.len() > LONGEST {
        return None;
    }
    let bits = old.iter().zip(new).enumerate();
    Some(bits.fold(0, |mask, (at, (old, new))| mask | u64::from(old != new) << at))
}

/// Reads rows.
#[derive(Debug, Default)]
pub struct RowReader {
    /// The row before; empty if it is too long to be compared with.
    previous: Vec<u8>,
    /// Rows of one mask that are still to come, and where they began.
    count: u64,
    mask: u64,
    at: usize,
}

impl RowReader {
    /// Reads the next row by `read`, which is to take all of it.
    ///
    /// # Errors
    /// What `read` fails with; `BadPickle` for rows that are none.
    #[inline]
    pub fn row<T>(
        &mut self,
        input: &mut Reader<'_>,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.count == 0 {
            self.at = input.position();
            self.count = input.number()?;
            if self.count == 0 {
                return self.whole_row(input, read);
            }
            self.mask = input.number()?;
            let length = self.previous.len();
            if length == 0 || length < LONGEST && self.mask >> length != 0 {
                return Err(bad(self.at, "a change of a row that is not there"));
            }
            if self.mask == 0 && self.count > 1 {
                return Err(bad(self.at, "rows without bytes"));
            }
        }
        self.count -= 1;
        for at in Bits(self.mask) {
            self.previous[at] = input.byte()?;
        }
        let mut row = input.standing_in(&self.previous, self.at);
        let value = read(&mut row)?;
        input.goes_on(&row);
        if !row.is_empty() {
            return Err(bad(self.at, "bytes left over in a frame"));
        }
        Ok(value)
    }

    fn whole_row<T>(
        &mut self,
        input: &mut Reader<'_>,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let before = input.rest();
        let value = read(input)?;
        let row = &before[..before.len() - input.rest().len()];
        self.previous.clear();
        self.previous.extend_from_slice(if row.len() > LONGEST { &[] } else { row });
        Ok(value)
    }

    /// True if a run of rows is not at its end.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.count > 0
    }
}

/// The bits of a mask, lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let at = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(at)
    }
}

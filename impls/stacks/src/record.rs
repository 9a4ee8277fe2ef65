//! What the handler of overflows has to know of a stack.

use std::{cell::Cell, ptr};

use crate::Size;

/// A stack of a backend, in a list of all that its thread has made. It lies where the backend puts
/// it, and stays as long as the stack.
#[derive(Debug)]
pub struct Record {
    /// Name of the tasklet that has frames on the stack; none while it is idle.
    busy: Cell<Option<&'static &'static str>>,
    /// The stack of the thread that was made before it.
    older: Cell<*const Self>,
    /// Lowest address of the stack, of its guard page.
    pub limit: usize,
    /// What kind of stack it is.
    pub size: Size,
    /// Bodies of tasklets that run on it: from, and one more than the last.
    pub bodies: (usize, usize),
}

impl Record {
    /// An idle stack, in no list.
    #[must_use]
    pub const fn new(limit: usize, size: Size, bodies: (usize, usize)) -> Self {
        Self { busy: Cell::new(None), older: Cell::new(ptr::null()), limit, size, bodies }
    }

    /// A tasklet begins on the stack.
    #[inline(always)]
    pub fn begin(&self, name: &'static &'static str) {
        self.busy.set(Some(name));
    }

    /// The tasklet has ended.
    #[inline(always)]
    pub fn end(&self) {
        self.busy.set(None);
    }

    /// The name of the tasklet that has frames on the stack; nothing while it is idle.
    #[inline(always)]
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.busy.get().copied()
    }
}

/// All stacks that a thread has made, the newest first. A signal handler of the thread reads it: it
/// is changed by single stores.
#[derive(Debug)]
pub struct List(Cell<*const Record>);

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

impl List {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self(Cell::new(ptr::null()))
    }

    /// Adds a record that is in no list. It lives until it is taken out.
    pub fn push(&self, record: &'static Record) {
        record.older.set(self.0.get());
        self.0.set(record);
    }

    /// Takes all out, and keeps those that `keeps` says so of. The others may be gone when it
    /// returns.
    pub fn retain(&self, mut keeps: impl FnMut(&'static Record) -> bool) {
        let mut record = self.0.replace(ptr::null());
        // SAFETY: what is in the list lives.
        while let Some(this) = unsafe { record.as_ref() } {
            record = this.older.get();
            if keeps(this) {
                self.push(this);
            }
        }
    }

    /// Takes one out.
    pub fn remove(&self, gone: &Record) {
        let older = gone.older.get();
        if ptr::eq(self.0.get(), gone) {
            return self.0.set(older);
        }
        let mut newer = self.0.get();
        // SAFETY: what is in the list lives.
        while let Some(this) = unsafe { newer.as_ref() } {
            newer = this.older.get();
            if ptr::eq(newer, gone) {
                return this.older.set(older);
            }
        }
    }

    /// The record whose guard page has an address. For a signal handler: it reads, and takes no
    /// lock.
    #[cfg(target_os = "linux")]
    pub fn guarding(&self, address: usize) -> Option<&'static Record> {
        let page = crate::region::page();
        let mut record = self.0.get();
        // SAFETY: what is in the list lives.
        while let Some(this) = unsafe { record.as_ref() } {
            if (this.limit..this.limit + page).contains(&address) {
                return Some(this);
            }
            record = this.older.get();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_knows_what_was_pushed_and_not_taken_out() {
        let list = List::new();
        let make =
            |limit| &*Box::leak(Box::new(Record::new(limit, Size::Tasklet, (limit, limit + 1))));
        let records = [1, 2, 3, 4].map(make);
        let limits = |list: &List| {
            let mut limits = vec![];
            list.retain(|record| {
                limits.push(record.limit);
                true
            });
            limits.sort_unstable();
            limits
        };
        records.iter().for_each(|record| list.push(record));
        assert_eq!(limits(&list), [1, 2, 3, 4]);
        list.remove(records[3]);
        list.remove(records[1]);
        assert_eq!(limits(&list), [1, 3]);
        list.retain(|record| record.limit == 3);
        assert_eq!(limits(&list), [3]);
        list.remove(records[2]);
        assert_eq!(limits(&list), [0_usize; 0]);
    }
}

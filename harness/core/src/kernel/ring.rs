//! The circular list of runnable tasklets.
//!
//! ```text
//! ring in the words of the specification:    current  x  y  z
//!
//! as stored:    current      runs, linked nowhere
//!               end <-> x <-> y <-> z <-> end       the others, circular around a marker block
//! ```
//!
//! The primitives are those of SPEC section 2. Keeping current out of the list makes the
//! frequent moves short: blocking pops the first, a hand-over appends the caller, and nothing
//! that was just written has to be read again before control can move.

use super::{Kernel, blocks::Tasklet};

impl Kernel {
    /// The first of the others.
    #[inline(always)]
    pub(crate) fn second(&self) -> Option<Tasklet> {
        let end = self.end_mark;
        let first = end.next.get();
        if first == Some(end) { None } else { first }
    }

    /// Takes the first of the others out; it is `first`.
    #[inline(always)]
    pub(crate) fn pop(&self, first: Tasklet) {
        let after = first.next.replace(None);
        self.end_mark.next.set(after);
        if let Some(after) = after {
            after.prev.set(Some(self.end_mark));
        }
    }

    /// Puts `t` at the end of the others.
    #[inline(always)]
    pub(crate) fn push(&self, t: Tasklet) {
        let end = self.end_mark;
        let last = end.prev.replace(Some(t));
        t.prev.set(last);
        t.next.set(Some(end));
        if let Some(last) = last {
            last.next.set(Some(t));
        }
    }

    /// In the ring or in a channel queue.
    #[inline(always)]
    pub(crate) fn linked(&self, t: Tasklet) -> bool {
        t.next.get().is_some() || t.blocked() || self.current.get() == Some(t)
    }

    /// Puts `t` at the end of the ring: directly before current.
    pub(crate) fn append(&self, t: Tasklet) {
        if self.current.get().is_none() {
            self.current.set(Some(t));
        } else {
            self.push(t);
        }
    }

    /// Puts `t` directly after current.
    pub(crate) fn after_current(&self, t: Tasklet) {
        let end = self.end_mark;
        let second = end.next.replace(Some(t));
        t.prev.set(Some(end));
        t.next.set(second);
        if let Some(second) = second {
            second.prev.set(Some(t));
        }
    }

    /// Takes `t` out of the ring; if it was current, its successor becomes current.
    pub(crate) fn unlink(&self, t: Tasklet) {
        if self.current.get() == Some(t) {
            let second = self.second();
            if let Some(second) = second {
                self.pop(second);
            }
            self.current.set(second);
            return;
        }
        let (before, after) = (t.prev.replace(None), t.next.replace(None));
        if let (Some(before), Some(after)) = (before, after) {
            before.next.set(Some(after));
            after.prev.set(Some(before));
        }
    }

    /// Makes `t`, which is in the ring, current without changing the circular order.
    pub(crate) fn rotate_to(&self, t: Tasklet) {
        let Some(current) = self.current.get() else {
            self.current.set(Some(t));
            return;
        };
        if current == t {
            return;
        }
        self.push(current);
        // Moving the end mark to directly before `t` rotates the list.
        let end = self.end_mark;
        if let (Some(last), Some(first)) = (end.prev.get(), end.next.get()) {
            last.next.set(Some(first));
            first.prev.set(Some(last));
        }
        let before = t.prev.replace(Some(end));
        end.prev.set(before);
        end.next.set(Some(t));
        if let Some(before) = before {
            before.next.set(Some(end));
        }
        self.pop(t);
        self.current.set(Some(t));
    }

    /// The ring as a list, current first.
    pub(crate) fn ring(&self) -> Vec<Tasklet> {
        let others = std::iter::successors(self.second(), |t| {
            t.next.get().filter(|next| *next != self.end_mark)
        });
        self.current.get().into_iter().chain(others).collect()
    }
}

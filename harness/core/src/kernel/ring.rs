//! The circular list of runnable tasklets.
//!
//! ```text
//! ring in the words of the specification:    current  w  x  y  z
//!
//! as stored:    current      runs, linked nowhere
//!               next         w, linked nowhere; none only if current is alone
//!               end <-> x <-> y <-> z <-> end       the rest, circular around a marker block
//! ```
//!
//! The primitives are those of SPEC section 2. What limits a switch is how often a word that was
//! just stored has to be loaded again before the next tasklet is known; keeping the first two
//! apart from the list makes that one load for the frequent moves. A plain circular list
//! with current in it took 1.5 to 2 times as long.

use super::{Kernel, blocks::Tasklet};

impl Kernel {
    /// The successor of current.
    #[inline(always)]
    pub(crate) fn second(&self) -> Option<Tasklet> {
        self.next.get()
    }

    /// Takes the successor of current out.
    #[inline(always)]
    pub(crate) fn pop(&self) {
        let end = self.end_mark;
        let first = end.next.get();
        if first == Some(end) {
            self.next.set(None);
        } else {
            self.refill(first);
        }
    }

    #[inline(always)]
    fn refill(&self, first: Option<Tasklet>) {
        let end = self.end_mark;
        if let Some(first) = first {
            let after = first.next.replace(None);
            end.next.set(after);
            if let Some(after) = after {
                after.prev.set(Some(end));
            }
        }
        self.next.set(first);
    }

    /// Puts `t` at the end of the ring: directly before current.
    #[inline(always)]
    pub(crate) fn push(&self, t: Tasklet) {
        if self.next.get().is_none() {
            self.next.set(Some(t));
        } else {
            self.push_rest(t);
        }
    }

    #[inline(always)]
    fn push_rest(&self, t: Tasklet) {
        let end = self.end_mark;
        let last = end.prev.replace(Some(t));
        t.prev.set(last);
        t.next.set(Some(end));
        if let Some(last) = last {
            last.next.set(Some(t));
        }
    }

    fn push_rest_front(&self, t: Tasklet) {
        let end = self.end_mark;
        let first = end.next.replace(Some(t));
        t.prev.set(Some(end));
        t.next.set(first);
        if let Some(first) = first {
            first.prev.set(Some(t));
        }
    }

    /// In the ring or in a channel queue.
    #[inline(always)]
    pub(crate) fn linked(&self, t: Tasklet) -> bool {
        t.next.get().is_some() || t.blocked() || self.here() == t || self.next.get() == Some(t)
    }

    /// As `push`, also if the ring is empty.
    pub(crate) fn append(&self, t: Tasklet) {
        if self.here() == self.end_mark {
            self.set_current(t);
        } else {
            self.push(t);
        }
    }

    /// Puts `t` directly after current.
    pub(crate) fn after_current(&self, t: Tasklet) {
        if let Some(second) = self.next.replace(Some(t)) {
            self.push_rest_front(second);
        }
    }

    /// Takes `t` out of the ring; if it was current, its successor becomes current.
    pub(crate) fn unlink(&self, t: Tasklet) {
        if self.here() == t {
            self.set_current(self.second().unwrap_or(self.end_mark));
            self.pop();
        } else if self.next.get() == Some(t) {
            self.pop();
        } else {
            let (before, after) = (t.prev.replace(None), t.next.replace(None));
            if let (Some(before), Some(after)) = (before, after) {
                before.next.set(Some(after));
                after.prev.set(Some(before));
            }
        }
    }

    /// Makes `t`, which is in the ring, current without changing the circular order.
    pub(crate) fn rotate_to(&self, t: Tasklet) {
        let Some(current) = self.current().filter(|c| *c != t) else {
            self.set_current(t);
            return;
        };
        self.set_current(t);
        if self.next.get() == Some(t) {
            self.pop();
            self.push(current);
            return;
        }
        // Make the rest hold all but `t`'s new neighbours' marker, then move the marker to
        // directly before `t`: that rotates the list.
        self.push_rest(current);
        if let Some(second) = self.next.get() {
            self.push_rest_front(second);
        }
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
        self.pop();
        self.pop();
    }

    /// The ring as a list, current first.
    pub(crate) fn ring(&self) -> Vec<Tasklet> {
        let end = self.end_mark;
        let rest = std::iter::successors(end.next.get().filter(|t| *t != end), |t| {
            t.next.get().filter(|next| *next != end)
        });
        self.current().into_iter().chain(self.next.get()).chain(rest).collect()
    }
}

//! The circular list of runnable tasklets.
//!
//! ```text
//! ring in the words of the specification:    current  w  x  y  z
//!
//! as stored:    current      runs, linked nowhere
//!               next         w, linked nowhere; none only if current is alone
//!               head, tail   x <-> y <-> z
//! ```
//!
//! The primitives are those of SPEC section 2. What limits a switch is the number of words it
//! stores, and how often one that was just stored has to be loaded again before the next tasklet
//! is known; keeping the first two apart from the list makes both small for the frequent moves.
//! A plain circular list with current in it took 1.5 to 2 times as long.

use crate::kernel::{Kernel, memory::arena::Ptr, tasklet::block::Tasklet, unlikely};

/// Follows the last of the list, so that a tasklet in it always has a `next`.
// SAFETY: it is compared, and taken out of `next` before that is followed.
const END: Tasklet = unsafe { Ptr::dangling() };

/// Stands for current while the ring is empty.
// SAFETY: `current` tells it apart; `here` is for operations, which run while the ring has a
// tasklet.
pub(in crate::kernel) const NOBODY: Tasklet = unsafe { Ptr::dangling() };

impl Kernel {
    /// The successor of current.
    #[inline(always)]
    pub(crate) fn second(&self) -> Option<Tasklet> {
        self.next.get()
    }

    /// Takes the successor of current out.
    #[inline(always)]
    pub(crate) fn pop(&self) {
        let head = self.head.get();
        self.next.set(head);
        if let Some(head) = head {
            unlikely();
            let after = head.next.replace(None).filter(|t| *t != END);
            self.head.set(after);
            match after {
                Some(after) => after.prev.set(None),
                None => self.tail.set(None),
            }
        }
    }

    /// Puts `t` at the end of the ring: directly before current.
    #[inline(always)]
    pub(crate) fn push(&self, t: Tasklet) {
        if self.next.get().is_none() {
            self.next.set(Some(t));
        } else {
            unlikely();
            self.push_rest(t);
        }
    }

    /// Puts `me`, which is current, to the end and takes its successor `next` out.
    #[inline(always)]
    pub(crate) fn turn(&self, me: Tasklet) {
        if self.head.get().is_none() {
            self.next.set(Some(me));
        } else {
            unlikely();
            self.pop();
            self.push_rest(me);
        }
    }

    #[inline(always)]
    fn push_rest(&self, t: Tasklet) {
        let last = self.tail.replace(Some(t));
        t.prev.set(last);
        t.next.set(Some(END));
        match last {
            Some(last) => last.next.set(Some(t)),
            None => self.head.set(Some(t)),
        }
    }

    fn push_rest_front(&self, t: Tasklet) {
        let first = self.head.replace(Some(t));
        t.prev.set(None);
        t.next.set(Some(first.unwrap_or(END)));
        match first {
            Some(first) => first.prev.set(Some(t)),
            None => self.tail.set(Some(t)),
        }
    }

    /// In the ring or in a channel queue.
    #[inline(always)]
    pub(crate) fn linked(&self, t: Tasklet) -> bool {
        t.next.get().is_some() || t.blocked() || self.here() == t || self.next.get() == Some(t)
    }

    /// As `push`, also if the ring is empty.
    pub(crate) fn append(&self, t: Tasklet) {
        if self.here() == NOBODY {
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
            self.set_current(self.second().unwrap_or(NOBODY));
            self.pop();
        } else if self.next.get() == Some(t) {
            self.pop();
        } else {
            self.remove_rest(t);
        }
    }

    fn remove_rest(&self, t: Tasklet) {
        let (before, after) = (t.prev.replace(None), t.next.replace(None));
        let Some(after) = after else { return };
        match before {
            Some(before) => before.next.set(Some(after)),
            None => self.head.set(Some(after).filter(|t| *t != END)),
        }
        if after == END {
            self.tail.set(before);
        } else {
            after.prev.set(before);
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
        // All into the list, joined to a circle, which is cut open again directly before `t`.
        self.push_rest(current);
        if let Some(second) = self.next.get() {
            self.push_rest_front(second);
        }
        if let (Some(head), Some(tail), Some(before)) =
            (self.head.get(), self.tail.get(), t.prev.get())
        {
            tail.next.set(Some(head));
            head.prev.set(Some(tail));
            before.next.set(Some(END));
            self.tail.set(Some(before));
            self.head.set(Some(t));
            t.prev.set(None);
        }
        self.pop();
        self.pop();
    }

    /// The ring as a list, current first.
    pub(crate) fn ring(&self) -> Vec<Tasklet> {
        let rest = std::iter::successors(self.head.get(), |t| t.next.get().filter(|n| *n != END));
        self.current().into_iter().chain(self.next.get()).chain(rest).collect()
    }
}

//! The circular list of runnable tasklets.
//!
//! ```text
//!          current
//!             v
//!    +-> a -> b -> c -> d -+       b runs, c is next,
//!    +---------------------+       a is last: directly before current
//! ```
//!
//! The primitives are those of SPEC section 2.

use super::{Kernel, blocks::Tasklet};

impl Kernel {
    /// Puts `t` at the end: directly before current.
    #[inline(always)]
    pub(crate) fn append(&self, t: Tasklet) {
        match self.current.get() {
            Some(current) => self.link_before(t, current),
            None => {
                t.next.set(Some(t));
                t.prev.set(Some(t));
                self.current.set(Some(t));
            }
        }
    }

    /// Puts `t` directly before `place`.
    #[inline(always)]
    pub(crate) fn link_before(&self, t: Tasklet, place: Tasklet) {
        let last = place.prev.replace(Some(t));
        t.next.set(Some(place));
        t.prev.set(last);
        if let Some(last) = last {
            last.next.set(Some(t));
        }
    }

    /// Puts `t` directly after current.
    #[inline(always)]
    pub(crate) fn after_current(&self, t: Tasklet, current: Tasklet) {
        let second = current.next.replace(Some(t));
        t.prev.set(Some(current));
        t.next.set(second);
        if let Some(second) = second {
            second.prev.set(Some(t));
        }
    }

    /// Takes `t` out of the ring; if it was current, its successor becomes current.
    #[inline(always)]
    pub(crate) fn unlink(&self, t: Tasklet) {
        let (before, after) = (t.prev.get(), t.next.replace(None));
        let alone = after == Some(t);
        if let (Some(before), Some(after), false) = (before, after, alone) {
            before.next.set(Some(after));
            after.prev.set(Some(before));
        }
        if self.current.get() == Some(t) {
            self.current.set(if alone { None } else { after });
        }
    }

    /// The ring as a list, current first.
    pub(crate) fn ring(&self) -> Vec<Tasklet> {
        let mut ring = Vec::new();
        let Some(first) = self.current.get() else { return ring };
        let mut t = first;
        loop {
            ring.push(t);
            match t.next.get() {
                Some(next) if next != first => t = next,
                _ => return ring,
            }
        }
    }

    /// Gives the ring back the order it had.
    pub(crate) fn restore_ring(&self, ring: &[Tasklet]) {
        for t in self.ring() {
            t.next.set(None);
        }
        self.current.set(None);
        for &t in ring {
            self.append(t);
        }
    }
}

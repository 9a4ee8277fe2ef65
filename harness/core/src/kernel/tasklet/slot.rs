//! The transfer slot of a tasklet: nothing, one value of any message type, or a bomb.
//!
//! ```text
//!   tag                    payload (24 bytes)
//!   null                   -
//!   1                      -                      left by schedule()
//!   &SET_ITSELF            -                      the running tasklet put itself there
//!   &BOMB                  Error                  raised on resumption
//!   &FUNCTION              what was bound, or -   seen through `Control::slot` only
//!   &VALUE::<T>            T, or Box<T> if T is larger or stricter aligned
//! ```

mod tag;

use std::{
    any::TypeId,
    cell::{Cell, UnsafeCell},
    mem::MaybeUninit,
    ptr,
};

use self::tag::{BOMB, FUNCTION, Payload, SET_ITSELF};
pub(crate) use self::tag::{Layout, Tag};

use crate::kernel::{pickle::waits::Item, tasklet::block::Function, unlikely};
use crate::{AnyMessage, Error, Message, pickle::Writer};

/// The mark of `schedule`: an address that no tag has. It is a number, so that a comparison with it
/// needs no register, and it is compared at each switch.
const ITSELF: *const Tag = ptr::without_provenance(1);

/// What a slot holds, for code that is not on a hot path.
pub(crate) enum Content {
    Empty,
    Itself,
    Function,
    Bomb,
    Value,
}

/// Opaque outside the kernel.
pub struct Slot {
    tag: Cell<*const Tag>,
    payload: UnsafeCell<Payload>,
}

impl Default for Slot {
    fn default() -> Self {
        Self { tag: Cell::new(ptr::null()), payload: UnsafeCell::new([MaybeUninit::uninit(); 3]) }
    }
}

impl Slot {
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.tag.get().is_null()
    }

    #[inline(always)]
    pub(crate) fn is_bomb(&self) -> bool {
        ptr::eq(self.tag.get(), &raw const BOMB)
    }

    /// What is known of the content, if that is more than a mark.
    #[inline(always)]
    fn known(&self) -> Option<&'static Tag> {
        let tag = self.tag.get();
        // SAFETY: other tags are constants.
        (!tag.is_null() && tag != ITSELF).then(|| unsafe { &*tag })
    }

    pub(crate) fn content(&self) -> Content {
        let tag = self.tag.get();
        if tag.is_null() {
            Content::Empty
        } else if self.is_itself() || ptr::eq(tag, &raw const SET_ITSELF) {
            Content::Itself
        } else if ptr::eq(tag, &raw const FUNCTION) {
            Content::Function
        } else if self.is_bomb() {
            Content::Bomb
        } else {
            Content::Value
        }
    }

    /// Drops what is in it.
    pub(crate) fn clear(&self) {
        let known = self.known();
        self.tag.set(ptr::null());
        if let Some(tag) = known {
            // SAFETY: the payload is what the tag says.
            unsafe { (tag.drop)(self.payload.get()) }
        }
    }

    /// Moves the content out. Nothing is dropped.
    pub(crate) fn take_all(&self) -> Self {
        let content = Self::default();
        self.move_to(&content);
        content
    }

    /// Whether dropping the content runs no code of its type.
    pub(crate) fn is_inert(&self) -> bool {
        self.known().is_none_or(|tag| tag.inert)
    }

    /// Writes a value into a slot that is empty or marked.
    #[inline(always)]
    pub(crate) fn fill<T: Message>(&self, value: T) {
        debug_assert!(self.is_empty() || self.is_itself());
        // SAFETY: the slot is empty or has a mark without payload, so the payload is free.
        unsafe { Layout::<T>::put(self.payload.get(), value) }
        self.tag.set(Layout::<T>::TAG);
    }

    /// Replaces the content by a value.
    pub(crate) fn set<T: Message>(&self, value: T) {
        let before = self.take_all();
        self.fill(value);
        drop(before);
    }

    /// Puts an error into a slot that is empty or marked.
    pub(crate) fn set_bomb(&self, error: Error) {
        debug_assert!(self.is_inert());
        // SAFETY: the slot is empty, and a pointer fits.
        unsafe { self.payload.get().cast::<*const ()>().write(error.into_raw()) }
        self.tag.set(&raw const BOMB);
    }

    /// Holds what makes the computation of a tasklet that is not alive, if that is known.
    /// The slot is empty or marked.
    pub(crate) fn set_function(&self, function: Option<Function>) {
        debug_assert!(self.is_inert());
        // SAFETY: the slot is empty, and the two pointers of a function fit.
        unsafe { self.payload.get().cast::<Option<Function>>().write(function) }
        self.tag.set(&raw const FUNCTION);
    }

    /// Empties a slot that holds a function.
    pub(crate) fn take_function(&self) -> Option<Function> {
        if !matches!(self.content(), Content::Function) {
            return None;
        }
        self.tag.set(ptr::null());
        // SAFETY: the tag said so; the slot is empty from now on.
        unsafe { self.payload.get().cast::<Option<Function>>().read() }
    }

    #[inline(always)]
    pub(crate) fn is_itself(&self) -> bool {
        self.tag.get() == ITSELF
    }

    /// Marks an empty slot with its own tasklet. The mark of the current tasklet means nothing:
    /// it stays when the tasklet is resumed, so that one that does nothing but schedule stores no
    /// word for it, and goes with the next operation of another kind.
    #[inline(always)]
    pub(crate) fn mark_itself(&self) {
        debug_assert!(self.is_empty() || self.is_itself());
        if !self.is_itself() {
            self.tag.set(ITSELF);
        }
    }

    /// Turns the mark into content that [`forget_itself`](Self::forget_itself) leaves alone.
    pub(crate) fn keep_itself(&self) {
        if self.is_itself() {
            self.tag.set(&raw const SET_ITSELF);
        }
    }

    /// Empties the slot of the current tasklet, if all it holds is the mark.
    #[inline(always)]
    pub(crate) fn forget_itself(&self) {
        if self.is_itself() {
            unlikely();
            self.tag.set(ptr::null());
        }
    }

    /// Takes a `T` out if there is one.
    #[inline(always)]
    pub(crate) fn take_fast<T: Message>(&self) -> Option<T> {
        if !ptr::eq(self.tag.get(), Layout::<T>::TAG) {
            unlikely();
            // A constant may have one address per codegen unit, so in the end the type decides.
            if self.known().is_none_or(|tag| tag.id != TypeId::of::<T>()) {
                return None;
            }
        }
        self.tag.set(ptr::null());
        // SAFETY: the tag says that the payload holds a `T`; the slot is empty from now on.
        Some(unsafe { Layout::<T>::take(self.payload.get()) })
    }

    pub(crate) fn take_bomb(&self) -> Option<Error> {
        if !self.is_bomb() {
            return None;
        }
        self.tag.set(ptr::null());
        // SAFETY: the tag said that the payload holds an error; the slot is empty from now on.
        Some(unsafe { Error::from_raw(self.payload.get().cast::<*const ()>().read()) })
    }

    /// The message in it, which leaves it.
    pub(crate) fn take_message(&self) -> Option<Box<dyn AnyMessage>> {
        match self.content() {
            Content::Value => {
                let tag = self.tag.replace(ptr::null());
                // SAFETY: the payload is what the tag said; the slot is empty from now on.
                Some(unsafe { ((*tag).take)(self.payload.get()) })
            }
            _ => None,
        }
    }

    /// A copy of the message in it, if it holds one.
    pub(crate) fn message(&self) -> Option<Box<dyn AnyMessage>> {
        match self.content() {
            // SAFETY: the payload is what the tag says.
            Content::Value => Some(unsafe { ((*self.tag.get()).unbox)(self.payload.get()) }),
            _ => None,
        }
    }

    /// A copy of the error in it, if it is a bomb.
    pub(crate) fn bomb(&self) -> Option<Error> {
        let copy = Slot::default();
        if self.is_bomb() {
            self.copy_to(&copy);
        }
        copy.take_bomb()
    }

    pub(crate) fn copy_to(&self, to: &Slot) {
        let tag = self.tag.get();
        match self.content() {
            Content::Empty => to.clear(),
            Content::Itself => {
                to.clear();
                to.tag.set(tag);
            }
            // The copy only says that a function was there; it cannot be called.
            Content::Function => to.set_function(None),
            // SAFETY: the payload is what the tag says.
            Content::Bomb | Content::Value => unsafe { ((*tag).copy)(self.payload.get(), to) },
        }
    }

    /// The type of the message in it.
    pub(crate) fn item(&self) -> Option<Item> {
        match self.content() {
            // SAFETY: tags are constants.
            Content::Value => Some(unsafe { &*self.tag.get() }.into()),
            _ => None,
        }
    }

    /// Writes the value or error in it.
    pub(crate) fn dump(&self, out: &mut Writer) -> Result<(), Error> {
        let Some(tag) = self.known() else { return Ok(()) };
        // SAFETY: the payload is what the tag says.
        unsafe { (tag.dump)(self.payload.get(), out) }
    }

    /// Moves the content into an empty slot, emptying this one.
    pub(crate) fn move_to(&self, to: &Slot) {
        debug_assert!(to.is_empty());
        // SAFETY: `to` is empty; this slot forgets what it gave away.
        unsafe { to.payload.get().copy_from_nonoverlapping(self.payload.get(), 1) };
        to.tag.set(self.tag.replace(ptr::null()));
    }

    pub(crate) fn exchange(&self, other: &Slot) {
        let spare = Slot::default();
        self.move_to(&spare);
        other.move_to(self);
        spare.move_to(other);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.clear();
    }
}

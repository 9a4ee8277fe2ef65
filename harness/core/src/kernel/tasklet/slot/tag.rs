//! What lies in a slot, and what can be done with it: one constant per type.

use std::{
    any::TypeId,
    mem::{MaybeUninit, align_of, size_of},
};

use super::Slot;
use crate::{
    AnyMessage, Error, Message,
    kernel::tasklet::block::Function,
    pickle::{Reader, Writer},
};

pub(super) type Payload = [MaybeUninit<u64>; 3];

/// What a tag knows about the payload.
pub(crate) struct Tag {
    pub(in crate::kernel) id: TypeId,
    pub(in crate::kernel) name: fn() -> &'static str,
    /// Reads one from a pickle into the slot.
    pub(in crate::kernel) load: fn(&mut Reader<'_>, &Slot) -> Result<(), Error>,
    pub(super) drop: unsafe fn(*mut Payload),
    pub(super) copy: unsafe fn(*const Payload, &Slot),
    pub(super) unbox: unsafe fn(*const Payload) -> Box<dyn AnyMessage>,
    /// As `unbox`, but the original is gone afterwards.
    pub(super) take: unsafe fn(*const Payload) -> Box<dyn AnyMessage>,
    /// Whether `drop` does nothing.
    pub(super) inert: bool,
    pub(super) dump: unsafe fn(*const Payload, &mut Writer) -> Result<(), Error>,
}

fn load_nothing(_: &mut Reader<'_>, _: &Slot) -> Result<(), Error> {
    Ok(())
}
unsafe fn drop_nothing(_: *mut Payload) {}
unsafe fn copy_nothing(_: *const Payload, _: &Slot) {}
unsafe fn unbox_nothing(_: *const Payload) -> Box<dyn AnyMessage> {
    Box::new(())
}
unsafe fn dump_nothing(_: *const Payload, _: &mut Writer) -> Result<(), Error> {
    Ok(())
}
unsafe fn drop_bomb(payload: *mut Payload) {
    // SAFETY: the tag says that the payload holds an error.
    drop(unsafe { Error::from_raw(payload.cast::<*const ()>().read()) });
}
unsafe fn copy_bomb(payload: *const Payload, to: &Slot) {
    // SAFETY: as above; the original stays where it is, so the temporary must not be dropped.
    let error =
        std::mem::ManuallyDrop::new(unsafe { Error::from_raw(payload.cast::<*const ()>().read()) });
    to.set_bomb(Error::clone(&error));
}
unsafe fn drop_function(payload: *mut Payload) {
    // SAFETY: the tag says that the payload holds a function, or says that there is none.
    drop(unsafe { payload.cast::<Option<Function>>().read() });
}
unsafe fn dump_bomb(payload: *const Payload, out: &mut Writer) -> Result<(), Error> {
    // SAFETY: as above.
    let error =
        std::mem::ManuallyDrop::new(unsafe { Error::from_raw(payload.cast::<*const ()>().read()) });
    out.leaf(&*error)
}

const fn marker() -> Tag {
    Tag {
        id: TypeId::of::<Tag>(),
        name: std::any::type_name::<Tag>,
        load: load_nothing,
        drop: drop_nothing,
        copy: copy_nothing,
        unbox: unbox_nothing,
        take: unbox_nothing,
        inert: true,
        dump: dump_nothing,
    }
}

pub(super) static SET_ITSELF: Tag = marker();
pub(super) static FUNCTION: Tag = Tag { drop: drop_function, inert: false, ..marker() };
pub(super) static BOMB: Tag =
    Tag { drop: drop_bomb, copy: copy_bomb, dump: dump_bomb, inert: false, ..marker() };

/// How a `T` lies in a payload.
pub(crate) struct Layout<T>(std::marker::PhantomData<T>);

impl<T: Message> Layout<T> {
    pub(super) const INLINE: bool =
        size_of::<T>() <= size_of::<Payload>() && align_of::<T>() <= align_of::<Payload>();

    pub(in crate::kernel) const TAG: &'static Tag = &Tag {
        id: TypeId::of::<T>(),
        name: std::any::type_name::<T>,
        load: Self::load,
        drop: Self::drop,
        copy: Self::copy,
        unbox: Self::unbox,
        take: Self::take_boxed,
        inert: Self::INLINE && !std::mem::needs_drop::<T>(),
        dump: Self::dump,
    };

    /// # Safety
    /// The payload is free.
    #[inline(always)]
    pub(super) unsafe fn put(payload: *mut Payload, value: T) {
        if Self::INLINE {
            // SAFETY: size and alignment fit, and the caller says the place is free.
            unsafe { payload.cast::<T>().write(value) }
        } else {
            // SAFETY: a pointer fits.
            unsafe { payload.cast::<*mut T>().write(Box::into_raw(Box::new(value))) }
        }
    }

    /// # Safety
    /// The payload holds a `T`, which is gone afterwards.
    #[inline(always)]
    pub(super) unsafe fn take(payload: *const Payload) -> T {
        if Self::INLINE {
            // SAFETY: promised by the caller.
            unsafe { payload.cast::<T>().read() }
        } else {
            // SAFETY: `put` stored the pointer of a box.
            unsafe { *Box::from_raw(payload.cast::<*mut T>().read()) }
        }
    }

    pub(super) unsafe fn view<'a>(payload: *const Payload) -> &'a T {
        if Self::INLINE {
            // SAFETY: the tag says that the payload holds a `T`.
            unsafe { &*payload.cast::<T>() }
        } else {
            // SAFETY: as above, behind a box.
            unsafe { &*payload.cast::<*mut T>().read() }
        }
    }

    unsafe fn drop(payload: *mut Payload) {
        // SAFETY: called through the tag of `T` only.
        drop(unsafe { Self::take(payload) });
    }

    unsafe fn copy(payload: *const Payload, to: &Slot) {
        // SAFETY: called through the tag of `T` only.
        to.set(unsafe { Self::view(payload) }.clone());
    }

    unsafe fn unbox(payload: *const Payload) -> Box<dyn AnyMessage> {
        // SAFETY: called through the tag of `T` only.
        Box::new(unsafe { Self::view(payload) }.clone())
    }

    unsafe fn take_boxed(payload: *const Payload) -> Box<dyn AnyMessage> {
        // SAFETY: called through the tag of `T` only; the caller forgets the original.
        Box::new(unsafe { Self::take(payload) })
    }

    fn load(input: &mut Reader<'_>, slot: &Slot) -> Result<(), Error> {
        if !Self::INLINE {
            input.charge(size_of::<T>(), std::any::type_name::<T>())?;
        }
        slot.set(input.leaf::<T>()?);
        Ok(())
    }

    unsafe fn dump(payload: *const Payload, out: &mut Writer) -> Result<(), Error> {
        // SAFETY: called through the tag of `T` only.
        out.leaf(unsafe { Self::view(payload) })
    }
}

//! The arguments of a tasklet that has not begun: in place up to 128 bytes, else in a box.

use std::mem::MaybeUninit;

/// Place for one value of any type.
pub type Job = [MaybeUninit<u64>; 16];

/// What to do with a job: both consume it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Run the tasklet.
    Run,
    /// Drop its arguments.
    Drop,
}

const fn fits<K>() -> bool {
    size_of::<K>() <= size_of::<Job>() && align_of::<K>() <= align_of::<Job>()
}

/// Stores a value.
///
/// # Safety
/// The place is valid for writes, and unused.
#[inline(always)]
pub unsafe fn put<K>(place: *mut Job, tasklet: K) {
    // SAFETY: promised by the caller; size and alignment are checked.
    unsafe {
        if const { fits::<K>() } {
            place.cast::<K>().write(tasklet);
        } else {
            place.cast::<*mut K>().write(Box::into_raw(Box::new(tasklet)));
        }
    }
}

/// Takes a value out.
///
/// # Safety
/// The place holds a `K` stored by [`put`], which is gone afterwards.
#[inline(always)]
pub unsafe fn get<K>(place: *mut Job) -> K {
    // SAFETY: promised by the caller.
    unsafe {
        if const { fits::<K>() } {
            place.cast::<K>().read()
        } else {
            *Box::from_raw(place.cast::<*mut K>().read())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn values_come_back_whether_they_fit_or_not() {
        let mut place = [MaybeUninit::uninit(); 16];
        let shared = Rc::new(7);
        #[repr(align(32))]
        struct Wide(u8);
        // SAFETY: each value is taken out before the next is put in.
        unsafe {
            put(&raw mut place, ([1_u64; 15], Rc::clone(&shared)));
            assert_eq!(get::<([u64; 15], Rc<i32>)>(&raw mut place), ([1; 15], Rc::clone(&shared)));
            put(&raw mut place, ([2_u64; 16], Rc::clone(&shared)));
            assert_eq!(get::<([u64; 16], Rc<i32>)>(&raw mut place), ([2; 16], Rc::clone(&shared)));
            put(&raw mut place, Wide(3));
            assert_eq!(get::<Wide>(&raw mut place).0, 3);
        }
        assert_eq!(Rc::strong_count(&shared), 1);
    }
}

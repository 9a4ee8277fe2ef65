//! libc's `qsort_r`, whose comparison is a closure. There only on Linux with glibc: plain `qsort`
//! passes nothing to the comparison, and a thread-local variable in its place would be wrong as
//! soon as two tasklets of a thread sort at once.

use std::cmp::Ordering;
use std::convert::Infallible;
use std::ffi::{c_int, c_void};
use std::io::Write as _;
use std::marker::PhantomData;
use std::ops::Range;

use crate::Stop;

/// Sorts `values` by `compare`, which may suspend the stack that it runs on. Values without a size
/// are never compared.
///
/// ```
/// let mut values = [3, 1, 2];
/// switchback_c::sort::qsort(&mut values, i32::cmp);
/// assert_eq!(values, [1, 2, 3]);
/// ```
///
/// # Panics
/// If `compare` does: it is not called again, libc ends the sort, and the panic goes on. The values
/// are in any order then.
pub fn qsort<T: Copy>(values: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let compare = |a: &T, b: &T| Ok::<_, Infallible>(compare(a, b));
    match try_qsort(values, compare) {
        Ok(()) => {}
        Err(never) => match never {},
    }
}

/// As [`qsort`], with a comparison that may fail.
///
/// # Errors
/// The first error of `compare`, which is not called again. The values are in any order then.
///
/// # Panics
/// As [`qsort`].
pub fn try_qsort<T: Copy, E>(
    values: &mut [T],
    compare: impl FnMut(&T, &T) -> Result<Ordering, E>,
) -> Result<(), E> {
    if size_of::<T>() == 0 {
        return Ok(());
    }
    with(values, compare)
}

/// One sort under way, on the stack of its caller.
struct Sort<T, E, C> {
    compare: C,
    /// Addresses of the values.
    place: Range<usize>,
    stop: Option<Stop<E>>,
    of: PhantomData<fn(T)>,
}

fn with<T: Copy, E, C: FnMut(&T, &T) -> Result<Ordering, E>>(
    values: &mut [T],
    compare: C,
) -> Result<(), E> {
    let Range { start, end } = values.as_ptr_range();
    let place = start.addr()..end.addr();
    let mut sort = Sort { compare, place, stop: None, of: PhantomData::<fn(T)> };
    // SAFETY: the array has that many elements of that size, each of which may be copied byte by
    // byte, and is borrowed for this one call. `answer` takes elements of this type, and the sort
    // that it is given outlives the call, in which nothing else uses it.
    unsafe {
        libc::qsort_r(
            values.as_mut_ptr().cast(),
            values.len(),
            size_of::<T>(),
            Some(answer::<T, E, C>),
            (&raw mut sort).cast(),
        );
    }
    sort.stop.map_or(Ok(()), |stop| Err(stop.go_on()))
}

/// What libc calls to compare two elements.
///
/// # Safety
/// Called by `qsort_r` as `with` calls that.
unsafe extern "C" fn answer<T, E, C: FnMut(&T, &T) -> Result<Ordering, E>>(
    a: *const c_void,
    b: *const c_void,
    sort: *mut c_void,
) -> c_int {
    // SAFETY: the sort of this call, which is used by nothing else: libc calls for one answer at a
    // time, and no closure knows of the sort that it is in.
    let sort = unsafe { &mut *sort.cast::<Sort<T, E, C>>() };
    if sort.stop.is_some() {
        return 0;
    }
    let [a, b] = [a.cast::<T>(), b.cast::<T>()];
    if !sort.place.contains(&a.addr()) || !sort.place.contains(&b.addr()) {
        outside();
    }
    // SAFETY: they are within the array, in which libc moves by whole elements, and it changes none
    // while it waits for an answer.
    let (a, b) = unsafe { (&*a, &*b) };
    match Stop::caught(|| (sort.compare)(a, b)) {
        Ok(ordering) => ordering as c_int,
        Err(stop) => {
            sort.stop = Some(stop);
            0
        }
    }
}

/// Older versions of glibc sort by another method when memory is short, and that method leaves the
/// array if answers contradict each other. What follows cannot be known, so nothing may follow.
#[cold]
fn outside() -> ! {
    let text = "switchback-c: the answers of a comparison contradict each other, and qsort_r left \
                its array";
    let _ = writeln!(std::io::stderr(), "{text}");
    std::process::abort()
}

#[cfg(test)]
mod tests;

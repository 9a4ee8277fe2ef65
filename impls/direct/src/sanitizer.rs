//! Tells AddressSanitizer of each change of stacks, in the builds of `ci/asan`.

use std::{cell::Cell, cell::RefCell, collections::BTreeMap, ffi::c_void, ptr};

unsafe extern "C" {
    fn __sanitizer_start_switch_fiber(fake: *mut *mut c_void, bottom: *const c_void, size: usize);
    fn __sanitizer_finish_switch_fiber(
        fake: *mut c_void,
        old_bottom: *mut *const c_void,
        old_size: *mut usize,
    );
}

thread_local! {
    /// Top of each stack by its lowest address.
    static STACKS: RefCell<BTreeMap<usize, usize>> = const { RefCell::new(BTreeMap::new()) };
    /// Bounds of the stacks that hosts run on which are none of those, as the sanitizer told.
    static OUTSIDE: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

pub(crate) fn know(limit: usize, top: usize) {
    STACKS.with_borrow_mut(|stacks| stacks.insert(limit, top));
}

pub(crate) fn forget(limit: usize) {
    STACKS.with_borrow_mut(|stacks| stacks.remove(&limit));
}

/// The stack that an address lies in, in the sanitizer's way: lowest address, bytes.
fn bounds(address: usize) -> (usize, usize) {
    let known = STACKS.with_borrow(|stacks| {
        let (&limit, &top) = stacks.range(..=address).next_back()?;
        (address < top).then_some((limit, top - limit))
    });
    known.unwrap_or_else(|| OUTSIDE.get())
}

/// Before a switch to the stack pointer `to`.
pub(crate) fn leave(to: usize) -> *mut c_void {
    let (bottom, size) = bounds(to);
    let mut fake = ptr::null_mut();
    // SAFETY: a switch follows at once.
    unsafe { __sanitizer_start_switch_fiber(&raw mut fake, ptr::without_provenance(bottom), size) };
    fake
}

/// Switches to the stack pointer `to`, and never comes back. The sanitizer keeps variables of
/// functions in memory of its own, which is gone once it has heard of this: so no Rust code may
/// follow.
///
/// # Safety
/// As `switch::leave`.
pub(crate) unsafe fn leave_for_good(to: usize) -> ! {
    let (bottom, size) = bounds(to);
    // SAFETY: promised by the caller.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!(
            "call {start}",
            "mov rsp, r12",
            "pop rax",
            "jmp rax",
            start = sym __sanitizer_start_switch_fiber,
            in("rdi") 0,
            in("rsi") bottom,
            in("rdx") size,
            in("r12") to,
            options(noreturn)
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!(
            "bl {start}",
            "mov sp, x20",
            "ldr x9, [sp, #16]",
            "br x9",
            start = sym __sanitizer_start_switch_fiber,
            in("x0") 0,
            in("x1") bottom,
            in("x2") size,
            in("x20") to,
            options(noreturn)
        );
    }
}

/// After a switch, with what `leave` gave when this stack was left.
pub(crate) fn arrive(fake: *mut c_void) {
    let (mut bottom, mut size) = (ptr::null(), 0);
    // SAFETY: a switch has just come here.
    unsafe { __sanitizer_finish_switch_fiber(fake, &raw mut bottom, &raw mut size) };
    let from = bottom.addr();
    if STACKS.with_borrow(|stacks| !stacks.contains_key(&from)) {
        OUTSIDE.set((from, size));
    }
    crate::pool::end_given();
}

/// At the first frame of a stack.
pub(crate) fn begin() {
    arrive(ptr::null_mut());
}

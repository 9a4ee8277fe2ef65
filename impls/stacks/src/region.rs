//! Stacks on Linux: slots of a few large mappings, so that there may be more stacks than a process
//! may have mappings.
//!
//! ```text
//! region    | lines | slot | slot | slot | ...        one mapping: 16 slots, then 32, .. 4,096
//! lines     a cache line for each slot, up to the end of a page
//! slot      | guard page | ............. stack |      17 pages of 4 KiB: neighbours do not fall
//!           limit                            top      into the same cache sets
//! ```
//!
//! A guard is a mark in the page table (`MADV_GUARD_INSTALL`, Linux 6.13), which splits no mapping.
//! Older systems protect the page, which makes two mappings of each stack; the number of such
//! stacks is kept below three quarters of what the process may have.

#[cfg(switchback_no_pools)]
use std::alloc::{Layout, alloc, dealloc};
use std::{
    fs, io,
    ptr::NonNull,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use crate::{Line, POOLED, Size, valgrind};

/// `MADV_GUARD_INSTALL` of `linux/mman.h`, which the libc crate does not name.
const MADV_GUARD_INSTALL: libc::c_int = 102;
/// `MADV_GUARD_REMOVE`.
#[cfg(switchback_no_pools)]
const MADV_GUARD_REMOVE: libc::c_int = 103;

/// Slots of a thread's first region; each further one has twice as many, `DOUBLINGS` times.
const FEWEST: usize = 16;
const DOUBLINGS: usize = 8;

/// Address space that must be left beside a new region. A program that is refused a stack needs
/// this much to come to its end, since an allocation that fails would abort the process.
#[cfg(not(switchback_no_pools))]
const SPARE: usize = 16 * 1024 * 1024;

/// Set once the system refused to mark a guard.
static NO_MARKS: AtomicBool = AtomicBool::new(false);

/// Stacks of the process with protected guards.
static PROTECTED: AtomicUsize = AtomicUsize::new(0);

/// Bytes of a page.
#[must_use]
pub fn page() -> usize {
    static PAGE: OnceLock<usize> = OnceLock::new();
    *PAGE.get_or_init(|| {
        // SAFETY: asks for a number.
        usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
    })
}

/// A stack that was never used, and its line. Both belong to the [`Stacks`].
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Lowest address: a guard page begins there.
    pub limit: usize,
    /// One more than the highest address, a multiple of the page size.
    pub top: usize,
    /// A cache line beside those of the neighbours.
    pub line: NonNull<Line>,
}

/// The regions of an OS thread.
#[derive(Debug)]
pub struct Stacks(Vec<Region>);

impl Default for Stacks {
    fn default() -> Self {
        Self::new()
    }
}

impl Stacks {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A stack that was never used.
    ///
    /// # Errors
    /// There is no room for one; the limit to look at.
    pub fn take(&mut self, size: Size) -> io::Result<Place> {
        let same = |region: &&mut Region| region.size == size;
        let count = self.0.iter_mut().filter(same).count();
        if let Some(region) = self.0.iter_mut().rfind(|r| r.size == size && r.used < r.slots) {
            return region.next();
        }
        let many = POOLED && size != Size::Main;
        let slots = if many { FEWEST << count.min(DOUBLINGS) } else { 1 };
        let mut region = Region::reserve(slots, size)?;
        let first = region.next();
        self.0.push(region);
        first
    }

    /// Gives up the regions that hold none of the lines at the addresses `kept`.
    ///
    /// # Safety
    /// Nothing is on the other stacks, and they are not used again.
    pub unsafe fn release(&mut self, kept: &[usize]) {
        let (mut stay, go): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|region| kept.iter().any(|&line| region.holds(line)));
        for region in go {
            // SAFETY: promised by the caller.
            unsafe { region.unmap() };
        }
        self.0.append(&mut stay);
    }

    /// Gives up the region that holds the line at the address `line`, and one stack.
    ///
    /// # Safety
    /// Nothing is on that stack, and it is not used again.
    pub unsafe fn release_one(&mut self, line: usize) {
        if let Some(at) = self.0.iter().rposition(|region| region.holds(line)) {
            // SAFETY: promised by the caller.
            unsafe { self.0.remove(at).unmap() };
        }
    }
}

/// A mapping divided into slots, which are handed out from the first to the last.
#[derive(Debug)]
struct Region {
    start: *mut libc::c_void,
    slots: usize,
    used: usize,
    /// Of them, those whose guards are protected pages.
    protected: usize,
    size: Size,
    /// From one slot to the next, in bytes.
    stride: usize,
    /// What valgrind calls the used ones, if it runs this.
    known: Vec<valgrind::Stack>,
}

impl Region {
    /// With `slots` slots, or half, a quarter, .. of them if there is no room for more.
    fn reserve(mut slots: usize, size: Size) -> io::Result<Self> {
        let known = Vec::new();
        let stride = page() + size.bytes()?.next_multiple_of(page());
        loop {
            match map(lines(slots) + slots * stride) {
                Ok(start) => {
                    return Ok(Self { start, slots, used: 0, protected: 0, size, stride, known });
                }
                Err(_) if slots > FEWEST => slots /= 2,
                Err(cause) => {
                    return Err(io::Error::new(
                        cause.kind(),
                        format!(
                            "{cause}: no {} KiB of address space for stacks (limits are `ulimit -v`, \
                         `ulimit -d` and vm.overcommit_memory; SWITCHBACK_STACK_KIB sets the size of a stack)",
                            slots * stride / 1024
                        ),
                    ));
                }
            }
        }
    }

    /// The next slot, guarded.
    fn next(&mut self) -> io::Result<Place> {
        let limit = self.start.wrapping_byte_add(self.lines() + self.used * self.stride);
        if guard(limit)? {
            self.protected += 1;
        }
        let line = NonNull::new(self.start.cast::<Line>().wrapping_add(self.used));
        self.used += 1;
        let limit = limit.expose_provenance();
        let top = limit + self.stride;
        self.known.extend(valgrind::register(limit, top));
        Ok(Place { limit, top, line: line.ok_or(io::ErrorKind::InvalidData)? })
    }

    fn holds(&self, address: usize) -> bool {
        (self.start.addr()..self.start.addr() + self.length()).contains(&address)
    }

    /// Bytes before the first slot.
    fn lines(&self) -> usize {
        lines(self.slots)
    }

    fn length(&self) -> usize {
        self.lines() + self.slots * self.stride
    }

    /// # Safety
    /// Nothing is on its stacks, and they are not used again.
    unsafe fn unmap(self) {
        PROTECTED.fetch_sub(self.protected, Relaxed);
        // SAFETY: this is the mapping that `map` made; promised by the caller.
        unsafe { unmap(self.start, self.length()) };
    }
}

/// Bytes for the lines of so many slots.
fn lines(slots: usize) -> usize {
    (slots * size_of::<Line>()).next_multiple_of(page())
}

/// Address space of `length` bytes that takes memory only where it is touched, a page at a time.
#[cfg(not(switchback_no_pools))]
fn map(length: usize) -> io::Result<*mut libc::c_void> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping, at an address that the system chooses; what is unmapped is its end.
    unsafe {
        let start = libc::mmap(std::ptr::null_mut(), length + SPARE, access, kind, -1, 0);
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        libc::munmap(start.byte_add(length), SPARE);
        // Systems without huge pages refuse the advice, and need none.
        libc::madvise(start, length, libc::MADV_NOHUGEPAGE);
        Ok(start)
    }
}

/// # Safety
/// What `map` gave for this length is not used again.
#[cfg(not(switchback_no_pools))]
unsafe fn unmap(start: *mut libc::c_void, length: usize) {
    // SAFETY: promised by the caller. It cannot fail for a whole mapping, and if it did, the memory
    // would stay taken.
    unsafe { libc::munmap(start, length) };
}

/// A block of the allocator, which the sanitizer watches.
#[cfg(switchback_no_pools)]
fn map(length: usize) -> io::Result<*mut libc::c_void> {
    let start = Layout::from_size_align(length, page()).map(|layout| {
        // SAFETY: regions are not empty.
        unsafe { alloc(layout) }
    });
    match start {
        Ok(start) if !start.is_null() => Ok(start.cast()),
        _ => Err(io::ErrorKind::OutOfMemory.into()),
    }
}

/// # Safety
/// As above.
#[cfg(switchback_no_pools)]
unsafe fn unmap(start: *mut libc::c_void, length: usize) {
    // SAFETY: promised by the caller. Guards lie within, and the allocator may touch all of it.
    unsafe {
        libc::mprotect(start, length, libc::PROT_READ | libc::PROT_WRITE);
        libc::madvise(start, length, MADV_GUARD_REMOVE);
        dealloc(start.cast(), Layout::from_size_align_unchecked(length, page()));
    }
}

/// Makes a page fatal to touch; true if by protection.
fn guard(page: *mut libc::c_void) -> io::Result<bool> {
    if !NO_MARKS.load(Relaxed) {
        match mark(page) {
            Ok(()) => return Ok(false),
            // Not known to the system, or refused on locked memory.
            Err(cause) if cause.raw_os_error() == Some(libc::EINVAL) => {
                NO_MARKS.store(true, Relaxed)
            }
            Err(cause) => return Err(cause),
        }
    }
    protect(page, most_protected()).map(|()| true)
}

fn mark(address: *mut libc::c_void) -> io::Result<()> {
    // SAFETY: the page is part of a region and was never used.
    check(unsafe { libc::madvise(address, page(), MADV_GUARD_INSTALL) })
}

fn protect(address: *mut libc::c_void, most: usize) -> io::Result<()> {
    if PROTECTED.fetch_add(1, Relaxed) >= most {
        PROTECTED.fetch_sub(1, Relaxed);
        return Err(io::Error::other(format!(
            "{most} stacks have guard pages of their own, which is all that vm.max_map_count \
             leaves room for; raise it, or use Linux 6.13 or later, where guards cost nothing"
        )));
    }
    // SAFETY: the page is part of a region and was never used.
    check(unsafe { libc::mprotect(address, page(), libc::PROT_NONE) }).inspect_err(|_| {
        PROTECTED.fetch_sub(1, Relaxed);
    })
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Stacks with protected guards that a process may have: two mappings each, and a quarter of all
/// mappings for the rest of the program.
fn most_protected() -> usize {
    static MOST: OnceLock<usize> = OnceLock::new();
    *MOST.get_or_init(|| {
        let limit = fs::read_to_string("/proc/sys/vm/max_map_count");
        let limit = limit.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(65_530_usize);
        limit / 4 * 3 / 2
    })
}

/// Stacks that a process may have as far as the system limits their number: tried with a page of its
/// own. None if memory and address space are the only limits.
#[must_use]
pub fn most() -> Option<usize> {
    let length = page();
    let limits = match map(length) {
        Ok(start) => {
            let protects = guard(start).unwrap_or(true);
            if protects {
                PROTECTED.fetch_sub(1, Relaxed);
            }
            // SAFETY: the mapping is this function's own.
            unsafe { unmap(start, length) };
            protects
        }
        Err(_) => true,
    };
    limits.then(most_protected)
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};
    use std::{io::pipe, os::fd::AsRawFd as _, ptr};

    use super::*;

    /// For tests that take stacks: how many guards are protected is counted for the process.
    fn alone() -> impl Drop {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the byte can be read, found out without reading it.
    fn readable(address: usize) -> bool {
        let (_reader, writer) = pipe().unwrap();
        let byte = ptr::with_exposed_provenance::<libc::c_void>(address);
        // SAFETY: the system checks the address, and answers EFAULT.
        unsafe { libc::write(writer.as_raw_fd(), byte, 1) == 1 }
    }

    fn bounds(place: &Place) -> (usize, usize) {
        let line = place.line.addr().get();
        assert!(readable(line) && readable(line + size_of::<Line>() - 1));
        (place.limit, place.top)
    }

    #[test]
    fn every_stack_is_usable_down_to_its_guard() {
        let _alone = alone();
        let mut stacks = Stacks::new();
        for _ in 0..FEWEST + 3 {
            let (limit, top) = bounds(&stacks.take(Size::Tasklet).unwrap());
            assert_eq!(top - limit, page() + Size::Tasklet.bytes().unwrap());
            assert!(readable(top - 1) && readable(limit + page()));
            assert!(!readable(limit) && !readable(limit + page() - 1));
        }
        // SAFETY: nothing is on the stacks.
        unsafe { stacks.release(&[]) };
    }

    #[test]
    fn stacks_share_mappings_and_never_overlap() {
        let _alone = alone();
        let mut stacks = Stacks::new();
        let mut all: Vec<_> =
            (0..100).map(|_| bounds(&stacks.take(Size::Tasklet).unwrap())).collect();
        assert_eq!(stacks.0.iter().map(|region| region.slots).collect::<Vec<_>>(), [16, 32, 64]);
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        // SAFETY: nothing is on the stacks.
        unsafe { stacks.release(&[]) };
    }

    #[test]
    fn a_region_with_a_kept_stack_stays_and_the_others_go() {
        let _alone = alone();
        let mut stacks = Stacks::new();
        let places: Vec<_> = (0..=FEWEST).map(|_| stacks.take(Size::Tasklet).unwrap()).collect();
        let tops = [&places[0], &places[FEWEST]].map(|place| bounds(place).1);
        // SAFETY: nothing is on the stacks.
        unsafe { stacks.release(&[places[FEWEST].line.addr().get()]) };
        assert!(!readable(tops[0] - 1) && readable(tops[1] - 1));
        // SAFETY: as above.
        unsafe { stacks.release(&[]) };
        assert!(!readable(tops[1] - 1));
    }

    #[test]
    fn a_system_without_marks_protects() {
        let _alone = alone();
        NO_MARKS.store(true, Relaxed);
        let before = PROTECTED.load(Relaxed);
        let mut stacks = Stacks::new();
        let (limit, _) = bounds(&stacks.take(Size::Tasklet).unwrap());
        assert!(!readable(limit) && readable(limit + page()));
        assert_eq!(PROTECTED.load(Relaxed), before + 1);
        NO_MARKS.store(false, Relaxed);
        // SAFETY: nothing is on the stack.
        unsafe { stacks.release(&[]) };
        assert_eq!(PROTECTED.load(Relaxed), before);
    }

    #[test]
    fn a_system_with_marks_does_not_limit_the_number_of_stacks() {
        let _alone = alone();
        let before = PROTECTED.load(Relaxed);
        NO_MARKS.store(true, Relaxed);
        assert_eq!(most(), Some(most_protected()));
        NO_MARKS.store(false, Relaxed);
        let most = most();
        assert_eq!(most.is_none(), !NO_MARKS.load(Relaxed));
        assert_eq!(PROTECTED.load(Relaxed), before);
    }

    #[test]
    fn no_more_guards_are_protected_than_the_limit_allows() {
        let _alone = alone();
        let start = map(4 * page()).unwrap();
        let now = PROTECTED.load(Relaxed);
        let refused = protect(start, now).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("{now} stacks have guard pages")), "{refused}");
        assert!(readable(start.addr()));
        assert_eq!(PROTECTED.load(Relaxed), now);
        // SAFETY: the mapping is this test's own.
        unsafe { libc::munmap(start, 4 * page()) };
    }
}

//! One stack of the pool: guarded, and coloured so that tops do not share cache sets.
//!
//! ```text
//! limit                                    base                   top
//!   | guard page | ........... grows down <--- | what is carved | 0..15 x 64 B |
//! ```
//!
//! On Linux stacks are slots of [regions](crate::region); elsewhere each is a mapping of its own.

use std::{env, ffi::OsString, io, ptr::NonNull, sync::OnceLock};

#[cfg(windows)]
use corosensei::stack::StackTebFields;
use corosensei::stack::{Stack, StackPointer};

#[cfg(not(target_os = "linux"))]
pub(crate) use separate::Stacks;

#[cfg(target_os = "linux")]
pub(crate) use crate::region::Stacks;

/// Builds with a sanitizer free a stack when its tasklet has ended, so that it sees later uses.
/// They need larger ones: their frames are several times as large.
pub(crate) const POOLED: bool = !cfg!(switchback_no_pools);

/// The kind of tasklet that a stack is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// 64 KiB: a panic with a backtrace needs about 23.
    Tasklet,
    /// 8 MiB, as the first thread of a process has on Linux. Only touched pages cost memory.
    Main,
}

impl Size {
    /// The environment variable that sets it, in KiB.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::Tasklet => "SWITCHBACK_STACK_KIB",
            Self::Main => "SWITCHBACK_MAIN_STACK_KIB",
        }
    }

    /// Usable bytes.
    ///
    /// # Errors
    /// If the environment variable is no number of KiB from 16 to 1,048,576.
    pub(crate) fn bytes(self) -> io::Result<usize> {
        static SIZES: [OnceLock<Result<usize, String>>; 2] = [OnceLock::new(), OnceLock::new()];
        let (place, default) = match self {
            Self::Tasklet => (&SIZES[0], if POOLED { 64 } else { 512 }),
            Self::Main => (&SIZES[1], 8 * 1024),
        };
        let name = self.variable();
        place
            .get_or_init(|| kib(name, env::var_os(name), default))
            .clone()
            .map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))
    }
}

/// Bytes from a text that gives KiB.
fn kib(name: &str, text: Option<OsString>, default: usize) -> Result<usize, String> {
    let Some(text) = text else { return Ok(default * 1024) };
    match text.to_str().and_then(|text| text.parse().ok()) {
        Some(kib @ 16..=0x10_0000) => Ok(kib * 1024_usize),
        _ => Err(format!("{name}: {text:?} is not a number of KiB from 16 to 1048576")),
    }
}

/// Colours: stack `i` starts `(i mod 16) * 64` bytes lower. Page-aligned tops all fall into the
/// same cache sets; colouring is worth 2.6x in a rotation over 64 stacks.
const COLOURS: usize = 16;
const LINE: usize = 64;

/// A cache line beside the stack, for what each switch touches: lines of neighbours lie together.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line([u64; WORDS]);

/// What a sanitizer wants to know of a coroutine takes another line.
const WORDS: usize = LINE / 8 * if POOLED { 1 } else { 2 };

/// A stack that was never used, and its line, which belongs to the [`Stacks`] like the stack.
pub(crate) struct Place {
    pub(crate) stack: PooledStack,
    pub(crate) line: NonNull<Line>,
}

/// The memory belongs to the [`Stacks`] it was taken from, or on other systems than Linux to this.
pub(crate) struct PooledStack {
    base: StackPointer,
    #[cfg(target_os = "linux")]
    limit: StackPointer,
    #[cfg(not(target_os = "linux"))]
    inner: corosensei::stack::DefaultStack,
}

impl PooledStack {
    #[cfg(target_os = "linux")]
    pub(crate) fn new(limit: usize, top: usize) -> io::Result<Self> {
        let pointer = |address| StackPointer::new(address).ok_or(io::ErrorKind::InvalidInput);
        Ok(Self { base: pointer(top)?, limit: pointer(limit)? })
    }

    /// Takes `bytes` off the top of the `index`-th stack, at least its colour; gives their
    /// address, which is a multiple of 64.
    pub(crate) fn carve(&mut self, index: usize, bytes: usize) -> io::Result<StackPointer> {
        let taken = bytes.next_multiple_of(LINE) + index % COLOURS * LINE;
        let lower = self.base.get().checked_sub(taken).and_then(StackPointer::new);
        self.base = lower.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.base)
    }
}

// SAFETY: the stack is a slot of a region, or a `DefaultStack`, whose lowest page is a guard, less
// what was carved off its top, which is at most a few lines of 64 bytes of at least 16 KiB.
unsafe impl Stack for PooledStack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.base
    }

    #[inline]
    #[cfg(target_os = "linux")]
    fn limit(&self) -> StackPointer {
        self.limit
    }

    #[inline]
    #[cfg(not(target_os = "linux"))]
    fn limit(&self) -> StackPointer {
        self.inner.limit()
    }

    #[cfg(windows)]
    fn teb_fields(&self) -> StackTebFields {
        self.inner.teb_fields()
    }

    #[cfg(windows)]
    fn update_teb_fields(&mut self, stack_limit: usize, guaranteed_stack_bytes: usize) {
        self.inner.update_teb_fields(stack_limit, guaranteed_stack_bytes);
    }
}

/// Where regions are not known: stacks that own their memory.
#[cfg(not(target_os = "linux"))]
mod separate {
    use super::{Line, NonNull, Place, PooledStack, Size, Stack as _, WORDS, io};

    /// The lines of the stacks.
    pub(crate) struct Stacks(Vec<Box<Line>>);

    impl Stacks {
        pub(crate) const fn new() -> Self {
            Self(Vec::new())
        }

        /// A stack that was never used.
        pub(crate) fn take(&mut self, size: Size) -> io::Result<Place> {
            let inner = corosensei::stack::DefaultStack::new(size.bytes()?)?;
            let mut line = Box::new(Line([0; WORDS]));
            let address = NonNull::from(&mut *line);
            self.0.push(line);
            Ok(Place { stack: PooledStack { base: inner.base(), inner }, line: address })
        }

        /// Gives up the lines; a stack is given up with its coroutine. Lines in use are leaked.
        ///
        /// # Safety
        /// The others are not used again.
        pub(crate) unsafe fn release(&mut self, kept: &[usize]) {
            let held = |line: &Line| kept.contains(&std::ptr::from_ref(line).addr());
            self.0.drain(..).filter(|line| held(line)).for_each(std::mem::forget);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// For tests that take stacks: how many guards are protected is counted for the process.
    pub(crate) fn alone() -> impl Drop {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn a_size_that_is_no_number_names_its_variable() {
        let read = |text: &str| kib("SWITCHBACK_STACK_KIB", Some(text.into()), 64);
        assert_eq!(kib("SWITCHBACK_STACK_KIB", None, 64), Ok(65_536));
        assert_eq!(read("16"), Ok(16_384));
        assert_eq!(read("1048576"), Ok(1 << 30));
        for text in ["", "15", "1048577", "64K", "-1"] {
            let why =
                format!("SWITCHBACK_STACK_KIB: {text:?} is not a number of KiB from 16 to 1048576");
            assert_eq!(read(text), Err(why));
        }
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStringExt;
            let why = "SWITCHBACK_STACK_KIB: \"\\xFF\" is not a number of KiB from 16 to 1048576";
            let bytes = Some(OsString::from_vec(vec![0xff]));
            assert_eq!(kib("SWITCHBACK_STACK_KIB", bytes, 64), Err(why.to_owned()));
        }
    }

    #[test]
    fn carving_moves_the_tops_of_neighbours_apart() {
        let _alone = alone();
        let mut stacks = Stacks::new();
        let mut top = |index| {
            let mut stack = stacks.take(Size::Tasklet).expect("a stack").stack;
            let whole = stack.base().get();
            let carved = stack.carve(index, 100).expect("room").get();
            assert_eq!((carved, carved % LINE), (stack.base().get(), 0));
            whole - carved
        };
        assert_eq!([0, 1, 15, 16].map(&mut top), [128, 192, 128 + 15 * 64, 128]);
    }
}

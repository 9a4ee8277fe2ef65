//! How large stacks are, and what lies beside and on top of them.

use std::{env, ffi::OsString, io, sync::OnceLock};

/// Builds with a sanitizer free a stack when its tasklet has ended, so that it sees later uses.
/// They need larger ones: their frames are several times as large.
pub const POOLED: bool = !cfg!(switchback_no_pools);

/// The kind of tasklet that a stack is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 64 KiB: a panic with a backtrace needs about 23.
    Tasklet,
    /// 8 MiB, as the first thread of a process has on Linux. Only touched pages cost memory.
    Main,
}

impl Size {
    /// The environment variable that sets it, in KiB.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Tasklet => "SWITCHBACK_STACK_KIB",
            Self::Main => "SWITCHBACK_MAIN_STACK_KIB",
        }
    }

    /// Usable bytes.
    ///
    /// # Errors
    /// If the environment variable is no number of KiB from 16 to 1,048,576.
    pub fn bytes(self) -> io::Result<usize> {
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
/// Bytes of a cache line.
const LINE: usize = 64;

/// A cache line beside the stack, for what each switch touches: lines of neighbours lie together.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Line([u64; WORDS]);

impl Line {
    /// All zeros.
    pub const EMPTY: Self = Self([0; WORDS]);
}

/// What a sanitizer wants to know of a coroutine takes another line.
const WORDS: usize = LINE / 8 * if POOLED { 1 } else { 2 };

/// Address below which the `index`-th stack begins, if `bytes` are taken off its `top` and at least
/// its colour: a multiple of 64, if `top` is one. None if there is no such address.
#[must_use]
pub fn carve(top: usize, index: usize, bytes: usize) -> Option<usize> {
    top.checked_sub(bytes.next_multiple_of(LINE) + index % COLOURS * LINE)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let taken = |index| carve(1 << 20, index, 100).map(|top| (1 << 20) - top);
        assert_eq!([0, 1, 15, 16].map(taken), [128, 192, 128 + 15 * 64, 128].map(Some));
        assert_eq!(carve(64, 1, 1), None);
    }
}

//! C libraries that call back into Rust: libc's sort, and libexpat.
//!
//! ```text
//!   Rust                 C                Rust
//!   sort::qsort    -->   qsort_r    -->   the comparison    may suspend the whole stack
//!   Parser::parse  -->   XML_Parse  -->   the handler
//!                        returns    <--   caught there: a panic, an error
//!   goes on        <--
//! ```
//!
//! Nothing unwinds through C. A callback catches whatever comes, C is asked to return, and then it
//! goes on. That holds for a panic of the callback, for the error with which its operation is
//! killed, and for the payload by which some libraries unwind a suspended stack that they drop.
//! A stack that is given up without any of these leaks what lies on it and what C holds for it; no
//! C function is called for it again.
//!
//! Neither library keeps anything for a thread, so a callback may come back on another one.

#![deny(unsafe_op_in_unsafe_fn)]

#[cfg(feature = "expat")]
pub mod expat;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub mod sort;

/// Why a callback wants C to return.
#[cfg(any(feature = "expat", all(target_os = "linux", target_env = "gnu")))]
enum Stop<E> {
    /// It failed.
    Failed(E),
    /// It panicked, or its stack is to be unwound.
    Panicked(Box<dyn std::any::Any + Send>),
}

#[cfg(any(feature = "expat", all(target_os = "linux", target_env = "gnu")))]
impl<E> Stop<E> {
    /// Calls a callback of Rust from C.
    fn caught<T>(callback: impl FnOnce() -> Result<T, E>) -> Result<T, Self> {
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(callback)) {
            Ok(result) => result.map_err(Self::Failed),
            Err(payload) => Err(Self::Panicked(payload)),
        }
    }

    /// Goes on with it where C has returned.
    fn go_on(self) -> E {
        match self {
            Self::Failed(error) => error,
            Self::Panicked(payload) => std::panic::resume_unwind(payload),
        }
    }
}

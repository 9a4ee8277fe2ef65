//! Foreign code that calls back: real C, under whose frames tasklets switch.
//!
//! ```text
//!   a tasklet        C              a callback in Rust        another tasklet
//!   qsort      -->   qsort_r   -->  which is smaller?   --->  the judge
//!   parse      -->   XML_Parse -->  an element          --->  main, which iterates
//!                                   the whole stack waits, C's frames and all
//! ```
//!
//! Only backends that suspend the native stack can take part. `qsort` is there on Linux with glibc,
//! `expat` with the feature of that name, which needs libexpat. The calls into C are in the crate
//! `switchback_c`, which has all unsafe code of it.

#[cfg(feature = "expat")]
pub mod expat;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub mod qsort;

/// All scenarios of this folder that are there.
pub type Foreign = (Sort, Parse);

#[cfg(all(target_os = "linux", target_env = "gnu"))]
crate::list! {
    /// The sort of libc.
    pub struct Sort;
    blocking qsort;
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
crate::list! {
    /// The sort of libc: not on this system.
    pub struct Sort;
}

#[cfg(feature = "expat")]
crate::list! {
    /// The parser of libexpat.
    pub struct Parse;
    blocking expat;
}

#[cfg(not(feature = "expat"))]
crate::list! {
    /// The parser of libexpat: not without the feature `expat`.
    pub struct Parse;
}

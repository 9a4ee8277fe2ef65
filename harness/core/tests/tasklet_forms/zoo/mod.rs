//! Control flow around awaits, in all shapes. Each file has the tasklets and their tests.

pub mod basic;

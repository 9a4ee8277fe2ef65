//! Tells valgrind, if that runs the program, which memory is a stack: else it takes a switch for a
//! change of the stack pointer by megabytes, and what lies on the stack for uninitialised.
//!
//! Its requests are instructions that do nothing elsewhere (valgrind's manual, "The client request
//! mechanism"); the numbers are those of its header, which it keeps.

/// What valgrind calls a stack.
#[derive(Debug)]
pub(crate) struct Stack(usize);

const REGISTER: usize = 0x1501;
const DEREGISTER: usize = 0x1502;

/// Tells of the stack from `limit` up to `top`; none without valgrind.
#[cold]
pub(crate) fn register(limit: usize, top: usize) -> Option<Stack> {
    let answer = request([REGISTER, limit, top - 1, 0, 0, 0]);
    (answer != 0).then_some(Stack(answer))
}

impl Drop for Stack {
    fn drop(&mut self) {
        request([DEREGISTER, self.0, 0, 0, 0, 0]);
    }
}

/// The answer to a request; 0 without valgrind.
#[cfg(target_arch = "x86_64")]
fn request(words: [usize; 6]) -> usize {
    let answer;
    // SAFETY: rotations of a register by 64 bits in all, and an exchange of one with itself: they
    // change nothing. Valgrind reads the words and writes the answer.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            inout("rdi") 0_usize => _,
            in("rax") &raw const words,
            inout("rdx") 0_usize => answer,
            options(nostack)
        );
    }
    answer
}

#[cfg(target_arch = "aarch64")]
fn request(words: [usize; 6]) -> usize {
    let answer;
    // SAFETY: as above, in the words of this processor.
    unsafe {
        std::arch::asm!(
            "ror x12, x12, #3",
            "ror x12, x12, #13",
            "ror x12, x12, #51",
            "ror x12, x12, #61",
            "orr x10, x10, x10",
            inout("x12") 0_usize => _,
            inout("x3") 0_usize => answer,
            in("x4") &raw const words,
            options(nostack)
        );
    }
    answer
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn request(_: [usize; 6]) -> usize {
    0
}

//! The switch: saves what a computation needs to go on, and goes to another one.
//!
//! ```text
//! a suspended computation, from its stack pointer upwards
//!   x86_64    where it goes on | rbx | rbp
//!   aarch64   x19 | x29 | where it goes on | -
//! one that has not begun
//!   x86_64    base | (fiber)
//!   aarch64   -   | -   | base | - | (fiber)
//! ```
//!
//! Only two registers are saved here: those that a compiler does not let inline assembly say that
//! it changes. All others are told to be changed, so the compiler saves those that hold something
//! where the switch is, and no more. The switch is inlined, so each place that switches has a jump
//! of its own, which the processor predicts by what that place did before.
//!
//! What is not switched: the control words of floating point (`mxcsr`, the x87 control word,
//! `fpcr`), as with any function call, and the shadow stack. Linux gives a process a shadow stack
//! only if all of its parts are marked for it, which Rust's are not. To be fit for one, `go` would
//! have to write a restore token on the shadow stack it leaves and take the other's with `rstorssp`,
//! and the landing place would begin with `endbr64`, which indirect branch tracking asks for (`bti j`
//! on aarch64).

use std::arch::asm;

use crate::fiber::Fiber;

/// Bytes from the stack pointer of a fiber that has not begun to the fiber.
#[cfg(target_arch = "x86_64")]
pub(crate) const BELOW: usize = 8;
#[cfg(target_arch = "aarch64")]
pub(crate) const BELOW: usize = 32;

/// Where in words from its stack pointer a suspended computation says where it goes on.
#[cfg(target_arch = "x86_64")]
const GOES_ON: usize = 0;
#[cfg(target_arch = "aarch64")]
const GOES_ON: usize = 2;

// The first frame of each stack. It calls `entry`, which never returns, with the fiber, which lies
// above. An unwinder that comes here goes on in the code that runs the scheduler: the first word of a
// fiber points to that one's stack pointer, from which on its registers lie as `go` saved them. So
// 0x0f (DW_CFA_def_cfa_expression): the word that the first word of the fiber points to, and what
// `go` has pushed on top of it.
//
// The frame is marked as that of a signal: debuggers allow only there that the next stack lies
// lower. They look for it by the address after the call, which therefore belongs to it.
#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(
    ".pushsection .text.switchback_direct_base,\"ax\",@progbits",
    ".balign 16",
    ".hidden switchback_direct_base",
    ".globl switchback_direct_base",
    ".type switchback_direct_base,@function",
    "switchback_direct_base:",
    ".cfi_startproc",
    ".cfi_signal_frame",
    // DW_OP_breg7 (rsp) + 16, deref, deref, + 24
    ".cfi_escape 0x0f, 6, 0x77, 16, 0x06, 0x06, 0x23, 24",
    ".cfi_offset rip, -24",
    ".cfi_offset rbx, -16",
    ".cfi_offset rbp, -8",
    "lea rdi, [rsp]",
    "sub rsp, 16",
    "xor ebp, ebp",
    "call {entry}",
    "ud2",
    ".cfi_endproc",
    ".size switchback_direct_base, . - switchback_direct_base",
    ".popsection",
    entry = sym crate::fiber::entry,
);

#[cfg(target_arch = "aarch64")]
std::arch::global_asm!(
    ".pushsection .text.switchback_direct_base,\"ax\",@progbits",
    ".balign 16",
    ".hidden switchback_direct_base",
    ".globl switchback_direct_base",
    ".type switchback_direct_base,@function",
    "switchback_direct_base:",
    ".cfi_startproc",
    ".cfi_signal_frame",
    // DW_OP_breg31 (sp) + 32, deref, deref, + 32
    ".cfi_escape 0x0f, 6, 0x8f, 32, 0x06, 0x06, 0x23, 32",
    ".cfi_offset x19, -32",
    ".cfi_offset x29, -24",
    ".cfi_offset x30, -16",
    "add x0, sp, #32",
    "mov x29, xzr",
    "bl {entry}",
    "brk #1",
    ".cfi_endproc",
    ".size switchback_direct_base, . - switchback_direct_base",
    ".popsection",
    entry = sym crate::fiber::entry,
);

unsafe extern "C" {
    /// The first frame of a stack; it is jumped to, never called.
    fn switchback_direct_base();
}

/// Writes where `fiber` begins when something switches to it: [`BELOW`] bytes below the fiber.
///
/// # Safety
/// The memory below the fiber is its stack.
pub(crate) unsafe fn lay(fiber: *mut Fiber) {
    let word = fiber.cast::<usize>().wrapping_byte_sub(BELOW).wrapping_add(GOES_ON);
    // SAFETY: promised by the caller.
    unsafe { word.write(switchback_direct_base as *const () as usize) }
}

/// The fiber of a computation that has not begun; nothing if it has.
///
/// # Safety
/// `pointer` is the stack pointer of a suspended computation.
pub(crate) unsafe fn not_begun(pointer: usize) -> Option<*const Fiber> {
    let word = std::ptr::with_exposed_provenance::<usize>(pointer).wrapping_add(GOES_ON);
    // SAFETY: promised by the caller.
    let goes_on = unsafe { word.read() };
    (goes_on == switchback_direct_base as *const () as usize)
        .then(|| std::ptr::with_exposed_provenance(pointer + BELOW))
}

/// Suspends the code that calls it, whose stack pointer is written to `from`, and goes on at the
/// stack pointer `to`. Returns when something switches to what was written.
///
/// # Safety
/// `from` may be written. `to` is the stack pointer of a suspended computation of this thread, which
/// is not used again.
#[inline(always)]
pub(crate) unsafe fn go(from: *mut usize, to: usize) {
    #[cfg(switchback_no_pools)]
    let left = crate::sanitizer::leave(to);
    // SAFETY: promised by the caller. All registers that the code which executes until this
    // returns may change are saved here or told.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "push rbp",
            "push rbx",
            "lea rax, [rip + 2f]",
            "push rax",
            "mov [rdi], rsp",
            "mov rsp, rsi",
            "pop rax",
            "jmp rax",
            "2:",
            "pop rbx",
            "pop rbp",
            inlateout("rdi") from => _,
            inlateout("rsi") to => _,
            out("r12") _, out("r13") _, out("r14") _, out("r15") _,
            clobber_abi("sysv64"),
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!(
            "adr x9, 2f",
            "sub sp, sp, #32",
            "stp x19, x29, [sp]",
            "str x9, [sp, #16]",
            "mov x9, sp",
            "str x9, [x0]",
            "mov sp, x1",
            "ldr x9, [sp, #16]",
            "br x9",
            "2:",
            "ldp x19, x29, [sp]",
            "add sp, sp, #32",
            inlateout("x0") from => _,
            inlateout("x1") to => _,
            out("x20") _, out("x21") _, out("x22") _, out("x23") _, out("x24") _,
            out("x25") _, out("x26") _, out("x27") _, out("x28") _, lateout("lr") _,
            out("v8") _, out("v9") _, out("v10") _, out("v11") _,
            out("v12") _, out("v13") _, out("v14") _, out("v15") _,
            clobber_abi("C"),
        );
    }
    #[cfg(switchback_no_pools)]
    crate::sanitizer::arrive(left);
}

/// Goes on at the stack pointer `to`; what executes this is over.
///
/// # Safety
/// As `go`. Nothing has to be done on this stack any more.
pub(crate) unsafe fn leave(to: usize) -> ! {
    // SAFETY: promised by the caller.
    #[cfg(switchback_no_pools)]
    unsafe {
        crate::sanitizer::leave_for_good(to)
    }
    // SAFETY: promised by the caller.
    #[cfg(all(not(switchback_no_pools), target_arch = "x86_64"))]
    unsafe {
        asm!("mov rsp, {to}", "pop rax", "jmp rax", to = in(reg) to, options(noreturn));
    }
    // SAFETY: as above.
    #[cfg(all(not(switchback_no_pools), target_arch = "aarch64"))]
    unsafe {
        asm!("mov sp, {to}", "ldr x9, [sp, #16]", "br x9", to = in(reg) to, options(noreturn));
    }
}

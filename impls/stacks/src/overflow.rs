//! Names the tasklet whose stack overflowed before the process dies of it (Linux).
//!
//! A touched guard page raises SIGSEGV on the signal stack of the thread. The handler looks
//! whether the address is a guard of a stack of this thread, says so on the standard error, and
//! passes the signal on to the previous handler: std's handler, which looks for overflows of its
//! own threads, or the default action, which ends the process. A later handler that does not pass
//! the signal on takes the message away, nothing else.

use std::{
    fmt::{self, Write as _},
    mem, ptr,
    sync::OnceLock,
};

use libc::{c_int, c_void, sigaction, siginfo_t, stack_t};
use switchback::kernel::Kernel;

use crate::{Record, Size};

/// Bytes of a signal stack: the registers of the largest processors take some 11 KiB.
const SIGNAL_STACK: usize = 64 * 1024;

/// The previous handler of SIGSEGV.
static BEFORE: OnceLock<sigaction> = OnceLock::new();

/// The stack of this thread whose guard page has an address. Called by a signal handler: it reads,
/// and takes no lock.
pub type Find = fn(usize) -> Option<&'static Record>;

/// Where backends look; each has a place of its own, and puts its function there once.
static FINDS: [OnceLock<Find>; 8] = [const { OnceLock::new() }; 8];

/// A signal stack that this crate made for the thread, which it gives back.
#[derive(Debug)]
pub struct Watch {
    stack: *mut c_void,
}

impl Watch {
    /// Makes overflows of this thread's stacks known, which `find` knows. The handler is the
    /// process's and stays; a thread that std started has a signal stack already, others get one.
    /// Without either the process dies all the same, only without a word.
    #[must_use]
    pub fn begin(find: Find) -> Self {
        // The first place that is free or holds it already.
        let _ = FINDS.iter().find(|place| ptr::fn_addr_eq(*place.get_or_init(|| find), find));
        BEFORE.get_or_init(handle);
        let mut stack = ptr::null_mut();
        // SAFETY: asks, and sets what was just mapped.
        unsafe {
            let mut now: stack_t = mem::zeroed();
            if libc::sigaltstack(ptr::null(), &raw mut now) == 0
                && now.ss_flags & libc::SS_DISABLE != 0
            {
                let (access, kind) =
                    (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
                let start = libc::mmap(ptr::null_mut(), SIGNAL_STACK, access, kind, -1, 0);
                if start != libc::MAP_FAILED {
                    now = stack_t { ss_sp: start, ss_flags: 0, ss_size: SIGNAL_STACK };
                    libc::sigaltstack(&raw const now, ptr::null_mut());
                    stack = start;
                }
            }
        }
        Self { stack }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.stack.is_null() {
            return;
        }
        // SAFETY: the mapping was made by `begin`; the thread leaves it before it goes.
        unsafe {
            let mut now: stack_t = mem::zeroed();
            if libc::sigaltstack(ptr::null(), &raw mut now) == 0 && now.ss_sp == self.stack {
                now.ss_flags = libc::SS_DISABLE;
                libc::sigaltstack(&raw const now, ptr::null_mut());
            }
            libc::munmap(self.stack, SIGNAL_STACK);
        }
    }
}

/// Installs the handler; gives the one before.
fn handle() -> sigaction {
    // SAFETY: all zeros is a valid action; the handler keeps to what a handler may do.
    unsafe {
        let mut before: sigaction = mem::zeroed();
        let mut ours: sigaction = mem::zeroed();
        ours.sa_sigaction = on_fault as *const () as usize;
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        sigaction(libc::SIGSEGV, &raw const ours, &raw mut before);
        before
    }
}

unsafe extern "C" fn on_fault(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the system passes the information that SA_SIGINFO asks for.
    let (address, sent) = unsafe { ((*info).si_addr().addr(), (*info).si_code <= 0) };
    let full = || FINDS.iter().map_while(OnceLock::get).find_map(|find| find(address));
    if !sent && let Some(record) = full() {
        let mut text = Text { bytes: [0; 400], length: 0 };
        // What does not fit is cut off.
        let _ = describe(&mut text, record);
        // SAFETY: writes bytes of the buffer.
        unsafe { libc::write(libc::STDERR_FILENO, text.bytes.as_ptr().cast(), text.length) };
    }
    // SAFETY: as the system called this handler, so it calls the one before.
    unsafe { pass_on(signal, sent, info, context) }
}

fn describe(text: &mut Text, record: &'static Record) -> fmt::Result {
    let size = record.size;
    let kib = size.bytes().unwrap_or(0) / 1024;
    let name = record.name().unwrap_or("between two jobs");
    let main = size == Size::Main;
    write!(text, "\n{} {name}", if main { "main tasklet" } else { "tasklet" })?;
    // Numbers are the kernel's; a tasklet that is not current is in the middle of a switch.
    let (from, to) = record.bodies;
    let current =
        |kernel: &Kernel| (!main && (from..to).contains(&kernel.body())).then(|| kernel.number());
    // SAFETY: the stack is one of this thread, so what executes is a tasklet of its driver or, if
    // another one's scheduler is run inside of it, has another body. It reads.
    if let Ok(Some(number)) = unsafe { Kernel::with(current) } {
        write!(text, " (#{number})")?;
    }
    writeln!(text, " overflowed its stack of {kib} KiB")?;
    writeln!(
        text,
        "help: look for endless recursion and large local values, or set {}={} for larger stacks",
        size.variable(),
        kib * 4
    )
}

/// # Safety
/// The arguments are those of a signal handler, apart from `sent`: by a process, not a fault.
unsafe fn pass_on(signal: c_int, sent: bool, info: *mut siginfo_t, context: *mut c_void) {
    let before = BEFORE.get().map_or((libc::SIG_DFL, 0), |b| (b.sa_sigaction, b.sa_flags));
    // SAFETY: the action before was installed for these arguments; the default needs none.
    unsafe {
        match before {
            (libc::SIG_DFL | libc::SIG_IGN, _) => {
                libc::signal(signal, libc::SIG_DFL);
                // A fault comes again when the instruction is tried again; what was sent does not.
                if sent {
                    libc::raise(signal);
                }
            }
            (handler, flags) if flags & libc::SA_SIGINFO != 0 => {
                type Action = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
                mem::transmute::<usize, Action>(handler)(signal, info, context);
            }
            (handler, _) => {
                mem::transmute::<usize, unsafe extern "C" fn(c_int)>(handler)(signal);
            }
        }
    }
}

/// A text on the stack: a handler must not allocate.
struct Text {
    bytes: [u8; 400],
    length: usize,
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.length..];
        let count = text.len().min(room.len());
        room[..count].copy_from_slice(&text.as_bytes()[..count]);
        self.length += count;
        if count == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

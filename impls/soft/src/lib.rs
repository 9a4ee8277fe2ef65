//! Soft switching: a tasklet is a chain of heap frames, run by a loop.
//!
//! ```text
//! kernel's body -> innermost frame -> its caller -> .. -> outermost frame
//!
//! settle: loop { step the innermost frame of the current tasklet }
//!           a switch   the kernel chose another tasklet; go on with that
//!           a call     put the callee on top
//!           a return   take it off; its caller picks the value up
//! ```
//!
//! A step whose end is one of these goes on by itself for some time, as a chain of jumps, and the
//! loop does the rest. The native stack stays flat however deep tasklets call, because a call is a
//! request. And a suspended tasklet is data: it can be written down, read back and copied.

/// The README, so that its example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod frame;
mod pool;
mod portable;

use std::{
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use switchback::{
    Capabilities, Error, Kind, Tasklet,
    frame::Frame,
    kernel::{Driver, Form, Kernel},
    panicked,
};

use frame::{CALLEE, FramePtr, LINKS, RETURNED, Signal};

/// The backend. See the crate documentation for how it works and its README for costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Soft;

// SAFETY: a body is the address of the innermost frame of a chain, which steps replace by that of a
// callee or caller, and which is freed when the outermost one has returned, or by `abandon`. The loop
// steps the frame of the current tasklet, and first steps look into the slot. The kernel is lent to
// steps alone, which are this crate's.
unsafe impl Driver for Soft {
    const NAME: &'static str = "soft";
    const CAPABILITIES: Capabilities = Capabilities { portable: true, ..Capabilities::NONE };
    const FORM: Form = Form::Stepped;

    #[inline(always)]
    fn create<K: Tasklet<Self>>(_: &Kernel, tasklet: K) -> Result<usize, Error> {
        let tasklet = ManuallyDrop::new(tasklet);
        Ok(FramePtr::first(|| ManuallyDrop::into_inner(tasklet).into_frame()).body())
    }

    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
        if let Err(ending) = pool::open() {
            return kernel.give_up(ending, main);
        }
        let frame = FramePtr::main(main.into_frame());
        kernel.set_body(frame.body());
        Self::settle(kernel);
        match RETURNED.take() {
            Some(frame) => frame.take::<K::Frame>(),
            None => Err(Error::with_detail(Kind::BadPickle, "main did not return")),
        }
    }

    fn settle(kernel: &Kernel) {
        while let Err(panic) = catch_unwind(AssertUnwindSafe(|| run_frames(kernel))) {
            // The frame is poisoned; the tasklet ends with the panic as its error.
            // SAFETY: a body of this driver is the address of a frame, kept until the tasklet ends.
            let frame = unsafe { FramePtr::of_body(kernel.body()) };
            kernel.set_body(0);
            // The hook has reported further panics; the tasklet ends by the first one.
            let name = frame.map_or("", |frame| frame.outermost().table().name);
            let _ = frame.map(FramePtr::drop_chain);
            if kernel.at_main() {
                resume_unwind(panic);
            }
            kernel.end(Err(panicked(name, panic)));
        }
    }

    unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller.
        if let Some(frame) = unsafe { FramePtr::of_body(body) }
            && let Err(panicked) = frame.drop_chain()
        {
            // All frames are gone; the kernel makes an error of it.
            resume_unwind(Box::new(panicked.detail().to_owned()));
        }
        true
    }

    unsafe fn depth(body: usize) -> Option<u64> {
        // SAFETY: promised by the caller.
        let top = unsafe { FramePtr::of_body(body) }.filter(|frame| !frame.is_new());
        Some(std::iter::successors(top, |frame| frame.parent()).map(|_| 1).sum())
    }

    #[inline(always)]
    fn frame_call<K: Tasklet<Self>>(tasklet: K) {
        let tasklet = ManuallyDrop::new(tasklet);
        let frame = FramePtr::called(|| ManuallyDrop::into_inner(tasklet).into_frame());
        CALLEE.set(Some(frame));
    }

    #[inline(always)]
    fn frame_return<K: Tasklet<Self>>() -> Result<K::Return, Error> {
        match RETURNED.take() {
            Some(frame) => frame.take::<K::Frame>(),
            None => Err(nothing_returned(K::NAME)),
        }
    }

    fn frame_entry<F: Frame<Self>>() -> &'static (dyn std::any::Any + Send + Sync) {
        const { frame::entry::<F>() }
    }
}

/// Runs frames until main is current and has returned or waits elsewhere.
fn run_frames(kernel: &Kernel) {
    let mut next = None;
    loop {
        let me = next.unwrap_or_else(|| kernel.next());
        // SAFETY: a body of this driver is the address of a frame, kept until the tasklet ends.
        let Some(frame) = (unsafe { FramePtr::of_body(me.body()) }) else {
            if kernel.at_main() {
                return;
            }
            // A tasklet without frames: its slot says why.
            kernel.end(kernel.start());
            next = None;
            continue;
        };
        // The previous tasklet is not known here. `me` in its place is never wrong, only of no use.
        next = frame.step(kernel, me, LINKS, me);
        while next.is_none() {
            // What has left a signal is the innermost frame of the current tasklet.
            let me = kernel.next();
            // SAFETY: as above.
            let Some(frame) = (unsafe { FramePtr::of_body(me.body()) }) else { break };
            next = match frame::last() {
                Signal::Again => break,
                Signal::Call => frame::call(kernel, me, frame, LINKS, me),
                Signal::Left => frame.arrive(kernel, me, LINKS, me),
                Signal::Returned if frame.parent().is_some() => {
                    frame::back(kernel, me, frame, LINKS, me)
                }
                Signal::Returned => {
                    // Main.
                    me.set_body(0);
                    RETURNED.set(Some(frame));
                    return;
                }
            }
        }
    }
}

#[cold]
#[inline(never)]
fn nothing_returned(callee: &str) -> Error {
    Error::with_detail(Kind::BadPickle, format!("{callee} is no callee"))
}

const _: () = assert!(size_of::<Option<FramePtr>>() == size_of::<*const ()>());

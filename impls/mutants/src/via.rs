//! Tasklets of the mutant as tasklets of the real backend, in every form.

use std::marker::PhantomData;

use switchback::{
    Backend, Begun, Error, Operation, Tasklet,
    frame::{Frame, FrameList, Here, NoFrame, Outcome, Waits},
    pickle::{Reader, Writer},
    shape::Shapes,
};

use crate::{Claims, Fault, Mutant, fault::on, pickles, tricks};

/// A tasklet of `Mutant<B, C>` that `B` runs.
pub(crate) struct Via<B, C, K> {
    /// Taken out by whichever form runs it.
    tasklet: Option<K>,
    main: bool,
    /// How to drop what of this is elsewhere.
    elsewhere: Option<fn()>,
    backend: PhantomData<fn() -> (B, C)>,
}

impl<B, C, K: 'static> Via<B, C, K> {
    /// A tasklet whose arguments lie where those of others of its type do, in this thread.
    pub(crate) fn misplaced(tasklet: K) -> Self {
        tricks::put_down(tasklet);
        let elsewhere: fn() = || drop(tricks::pick_up::<K>());
        Self { tasklet: None, main: false, elsewhere: Some(elsewhere), backend: PhantomData }
    }

    /// Takes the tasklet back, or that of another one.
    fn return_here(&mut self) {
        if self.elsewhere.take().is_some() {
            self.tasklet = tricks::pick_up();
        }
    }
}

impl<B, C, K> Via<B, C, K> {
    pub(crate) fn main(tasklet: K) -> Self {
        Self { tasklet: Some(tasklet), main: true, elsewhere: None, backend: PhantomData }
    }

    pub(crate) fn worker(tasklet: K) -> Self {
        Self { tasklet: Some(tasklet), main: false, elsewhere: None, backend: PhantomData }
    }

    /// The tasklet, which runs now.
    fn run(mut self) -> K {
        match self.tasklet.take() {
            Some(tasklet) => tasklet,
            None => unreachable!("it is taken out once, when all of this goes"),
        }
    }
}

/// One that never ran.
impl<B, C, K> Drop for Via<B, C, K> {
    fn drop(&mut self) {
        if let Some(drop) = self.elsewhere.take() {
            drop();
        }
        let forgets = on(Fault::ArgumentsForgotten)
            || on(Fault::LeftoversForgotten) && tricks::main_has_ended();
        if forgets && !self.main {
            std::mem::forget(self.tasklet.take());
        }
    }
}

impl<B, C, K: Clone> Clone for Via<B, C, K> {
    fn clone(&self) -> Self {
        // What lies elsewhere is of a fault of the blocking form, which copies nothing.
        let tasklet = self.tasklet.clone();
        Self { tasklet, main: self.main, elsewhere: None, backend: PhantomData }
    }
}

impl<B: Backend, C: Claims<B>, K: Tasklet<Mutant<B, C>>> Operation<B> for Via<B, C, K> {
    type Output = Result<K::Return, Error>;

    fn wait(mut self) -> Self::Output {
        let main = self.main;
        self.return_here();
        let tasklet = self.run();
        tricks::body::<B, _>(main, || tasklet.wait())
    }

    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        self.run().into_future()
    }

    #[allow(unsafe_code)]
    unsafe fn awaited(self) -> impl Future<Output = Self::Output> + Send {
        // SAFETY: promised by the caller.
        unsafe { self.run().awaited() }
    }

    #[allow(unsafe_code)]
    unsafe fn begin(self, here: Here<'_>) -> Begun<'_, Self::Output> {
        // SAFETY: promised by the caller.
        unsafe { self.run().begin(here) }
    }

    #[allow(unsafe_code)]
    unsafe fn finish(here: Here<'_>) -> Self::Output {
        // SAFETY: promised by the caller.
        unsafe { K::finish(here) }
    }

    fn waits() -> Waits {
        K::waits()
    }

    fn frames(list: &mut FrameList) {
        K::frames(list);
    }
}

impl<B: Backend, C: Claims<B>, K: Tasklet<Mutant<B, C>>> Tasklet<B> for Via<B, C, K> {
    const NAME: &'static str = K::NAME;
    type Return = K::Return;
    type Frame = ViaFrame<B, C, K::Frame>;

    fn into_frame(self) -> Self::Frame {
        ViaFrame::new(self.run().into_frame())
    }
}

/// A frame of a tasklet of the mutant, stepped by the real backend.
pub(crate) struct ViaFrame<B, C, F> {
    frame: F,
    /// As it was before its first instruction, for faults that forget what came after.
    first: Option<Box<F>>,
    backend: PhantomData<fn() -> (B, C)>,
}

impl<B, C, F: Clone> ViaFrame<B, C, F> {
    pub(crate) fn new(frame: F) -> Self {
        let forgets = on(Fault::PickleOfTheStart) || on(Fault::ForkOfTheStart);
        let first = forgets.then(|| Box::new(frame.clone()));
        Self { frame, first, backend: PhantomData }
    }
}

impl<B, C, F: Clone> Clone for ViaFrame<B, C, F> {
    fn clone(&self) -> Self {
        match &self.first {
            Some(first) if on(Fault::ForkOfTheStart) => Self::new(F::clone(first)),
            _ => Self::new(self.frame.clone()),
        }
    }
}

#[allow(unsafe_code)]
// SAFETY: it is the other frame in all that it does.
unsafe impl<B: Backend, C: Claims<B>, F: Frame<Mutant<B, C>>> Frame<B> for ViaFrame<B, C, F> {
    type Return = F::Return;
    const NAME: &'static str = F::NAME;
    const FINGERPRINT: u64 = F::FINGERPRINT;

    fn start<'k, O: Outcome<'k, F::Return>>(&mut self, here: Here<'k>, outcome: O) -> O::Signal {
        self.frame.start(here, outcome)
    }

    fn step<'k, O: Outcome<'k, F::Return>>(&mut self, here: Here<'k>, outcome: O) -> O::Signal {
        self.frame.step(here, outcome)
    }

    fn dump(&self, out: &mut Writer) -> Result<(), Error> {
        match &self.first {
            Some(first) if on(Fault::PickleOfTheStart) => first.dump(out),
            _ => self.frame.dump(out),
        }
    }

    fn load(input: &mut Reader<'_>) -> Result<Self, Error> {
        F::load(input).map(Self::new)
    }

    fn waits(&self) -> Waits {
        match self.frame.waits() {
            Waits::Callee(frame, name) => Waits::Callee(pickles::type_here(frame), name),
            waits => waits,
        }
    }

    fn describe(shapes: &mut Shapes) {
        F::describe(shapes);
    }

    /// The list of the mutant has them already, and is turned into one of the backend as a whole.
    fn callees(_: &mut FrameList) {}
}

/// Names a frame type where a tasklet is asked for.
pub(crate) struct Named<B, C, F>(ViaFrame<B, C, F>);

impl<B: Backend, C: Claims<B>, F: Frame<Mutant<B, C>>> Operation<B> for Named<B, C, F> {
    type Output = Result<F::Return, Error>;
}

impl<B: Backend, C: Claims<B>, F: Frame<Mutant<B, C>>> Tasklet<B> for Named<B, C, F> {
    const NAME: &'static str = F::NAME;
    type Return = F::Return;
    type Frame = ViaFrame<B, C, F>;

    fn into_frame(self) -> Self::Frame {
        self.0
    }
}

/// A closure as a tasklet of a backend that runs the blocking form.
pub(crate) struct Plain<F>(F);

impl<F: FnOnce() -> Result<(), Error> + Send + 'static> Plain<F> {
    pub(crate) fn new(work: F) -> Self {
        Self(work)
    }
}

impl<B: Backend, F: FnOnce() -> Result<(), Error> + Send + 'static> Operation<B> for Plain<F> {
    type Output = Result<(), Error>;

    fn wait(self) -> Self::Output {
        (self.0)()
    }
}

impl<B: Backend, F: FnOnce() -> Result<(), Error> + Send + 'static> Tasklet<B> for Plain<F> {
    const NAME: &'static str = "plain";
    type Return = ();
    type Frame = NoFrame<()>;

    fn into_frame(self) -> NoFrame<()> {
        NoFrame::default()
    }
}

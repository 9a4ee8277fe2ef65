//! Operations of the real backend as operations of the mutant.

use std::marker::PhantomData;

use switchback::{
    Backend, Begun, Error, Operation, Value,
    kernel::{Here, Waits},
};

use crate::{Claims, Handle, Mutant, handle};

/// An operation of `B`. `deviate` is given it in the blocking form, which all backends with
/// faults in operations use; the other forms forward.
pub(crate) struct Act<B, O, M, D> {
    base: O,
    deviate: D,
    types: PhantomData<fn() -> (B, M)>,
}

impl<B, O, M, D> Act<B, O, M, D>
where
    B: Backend,
    O: Operation<B>,
    D: FnOnce(O) -> O::Output,
{
    pub(crate) fn new(base: O, deviate: D) -> Self {
        Self { base, deviate, types: PhantomData }
    }
}

impl<B, C, O, M, D> Operation<Mutant<B, C>> for Act<B, O, M, D>
where
    B: Backend,
    C: Claims<B>,
    O: Operation<B> + Send,
    M: Map<O::Output>,
    D: FnOnce(O) -> O::Output + Send,
{
    type Output = M::Out;

    fn wait(self) -> M::Out {
        M::map((self.deviate)(self.base))
    }

    fn into_future(self) -> impl Future<Output = M::Out> + Send {
        let base = self.base;
        async move { M::map(base.into_future().await) }
    }

    #[allow(unsafe_code)]
    unsafe fn awaited(self) -> impl Future<Output = M::Out> + Send {
        // SAFETY: promised by the caller; the future around it begins nothing else.
        let base = unsafe { self.base.awaited() };
        async move { M::map(base.await) }
    }

    #[allow(unsafe_code)]
    unsafe fn begin(self, here: Here<'_>) -> Begun<'_, M::Out> {
        // SAFETY: promised by the caller, and nothing else is done with what it asks for.
        match unsafe { self.base.begin(here) }.now(here) {
            Ok(output) => Begun::Done(M::map(output)),
            Err(request) => Begun::Asks(request),
        }
    }

    #[allow(unsafe_code)]
    unsafe fn finish(here: Here<'_>) -> M::Out {
        // SAFETY: promised by the caller.
        M::map(unsafe { O::finish(here) })
    }

    fn waits() -> Waits {
        O::waits()
    }
}

/// How an output of the real backend becomes one of the mutant.
pub(crate) trait Map<T> {
    type Out: Send;
    fn map(from: T) -> Self::Out;
}

/// The output holds nothing of the backend.
pub(crate) struct Same;

impl<T: Send> Map<T> for Same {
    type Out = T;

    fn map(from: T) -> T {
        from
    }
}

/// The output is a transfer slot.
pub(crate) struct Slot<C>(PhantomData<fn() -> C>);

impl<B: Backend, C: Claims<B>> Map<Result<Value<B>, Error>> for Slot<C> {
    type Out = Result<Value<Mutant<B, C>>, Error>;

    fn map(from: Result<Value<B>, Error>) -> Self::Out {
        from.map(handle::value)
    }
}

/// The output is the tasklet that a budget stopped, as `Option<B::Handle>` of the backend `B`.
pub(crate) struct Stopped<B>(PhantomData<fn() -> B>);

impl<B: Backend> Map<Result<Option<B::Handle>, Error>> for Stopped<B> {
    type Out = Result<Option<Handle<B>>, Error>;

    fn map(from: Result<Option<B::Handle>, Error>) -> Self::Out {
        from.map(|stopped| stopped.map(Handle::new))
    }
}

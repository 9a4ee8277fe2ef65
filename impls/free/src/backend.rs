//! The backend that a runtime gets.

use std::marker::PhantomData;

use switchback::{
    Backend, Blocking, Capabilities, Channel, Counts, Error, Kind, Message, Operation, Tasklet,
    contain,
};

use crate::handle::Handle;
use crate::member::Member;
use crate::run::Run;

/// How a runtime starts a tasklet, and how a tasklet waits. All else is the same for all of them.
pub trait Runtime: Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// Short name used in benchmark ids and reports.
    const NAME: &'static str;
    /// What the backend claims to offer.
    const CAPABILITIES: Capabilities;
    /// Most tasklets of one run that may be alive at one time, main not counted.
    const MOST_ALIVE: usize = usize::MAX;

    /// Its channel: [`Rendezvous`](crate::Rendezvous), or one of its own.
    type Channel<T: Message>: Channel<Free<Self>, Item = T>;

    /// Makes a channel.
    fn channel<T: Message>() -> Self::Channel<T>;

    /// Runs `body` as main, then [finishes](Member::finish) and waits for
    /// [the others](Member::others_ended).
    ///
    /// # Errors
    /// What main returns; what hinders the runtime from starting.
    fn run<K: Tasklet<Free<Self>>>(main: &Member, body: K) -> Result<K::Return, Error>;

    /// Starts `body`, which [lives](Member::live) as `member`.
    ///
    /// # Errors
    /// What hinders it, in words.
    fn start<K: Tasklet<Free<Self>>>(member: &Member, body: K) -> Result<(), String>;

    /// The tasklet that runs here.
    fn current() -> Option<Member>;

    /// Lets others run.
    fn pause() -> impl Future<Output = ()> + Send;

    /// Completes a future that is only ever woken through [`Member::listen`]. Runtimes of the
    /// future form leave it out.
    fn wait<F: Future>(_: F) -> F::Output {
        unreachable!("{} does not run tasklets in the blocking form", Self::NAME)
    }

    /// The tasklet that runs here.
    ///
    /// # Errors
    /// `WrongScheduler` outside `run`.
    fn here() -> Result<Member, Error> {
        Self::current().ok_or_else(|| Kind::WrongScheduler.into())
    }
}

/// A runtime whose [`wait`](Runtime::wait) works anywhere below a tasklet.
pub trait Stackful: Runtime {}

/// The backend of a runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct Free<R>(PhantomData<fn() -> R>);

impl<R: Stackful> Blocking for Free<R> {}

impl<R: Runtime> Backend for Free<R> {
    const NAME: &'static str = R::NAME;
    const CAPABILITIES: Capabilities = R::CAPABILITIES;

    type Channel<T: Message> = R::Channel<T>;
    type Handle = Handle<R>;

    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error> {
        Self::audit(main).map(|(value, _)| value)
    }

    fn audit<K: Tasklet<Self>>(main: K) -> Result<(K::Return, Counts), Error> {
        let member = Run::start();
        let value = R::run(&member, main)?;
        member.last_word()?;
        Ok((value, member.run().counts()))
    }

    /// What hinders the start is raised in main: [`Kind::Exhausted`] with
    /// [`Runtime::MOST_ALIVE`] tasklets alive, or with the words of the runtime.
    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Handle<R> {
        let Some(caller) = R::current() else { return Handle::nobody() };
        let member = match caller.run().enrol(R::MOST_ALIVE) {
            Ok(member) => member,
            Err(never) => return Handle::new(never),
        };
        // What is not started is dropped, and a destructor must not keep this from being counted.
        let started = contain(K::NAME, || Ok(R::start(&member, tasklet)));
        let started = started.unwrap_or_else(|panicked| Err(panicked.to_string()));
        if let Err(cause) = started {
            member.end(Err(Error::with_detail(Kind::Exhausted, cause)));
        }
        Handle::new(member)
    }

    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Action(async {
            let here = R::here()?;
            here.check()?;
            R::pause().await;
            here.check()
        })
    }

    fn channel<T: Message>() -> R::Channel<T> {
        R::channel()
    }

    /// Waits until every tasklet has ended or is blocked. Only main may call it.
    fn run_others() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Action(async { R::here()?.run_others().await })
    }

    fn current() -> Result<Handle<R>, Error> {
        R::here().map(Handle::new)
    }

    fn main() -> Result<Handle<R>, Error> {
        R::here().map(|here| Handle::new(here.run().main()))
    }
}

/// A future as an operation, in the form that the runtime runs.
pub struct Action<F>(pub F);

impl<R: Runtime, T: Send, F: Future<Output = T> + Send> Operation<Free<R>> for Action<F> {
    type Output = T;

    #[inline]
    fn wait(self) -> T {
        R::wait(self.0)
    }

    #[inline]
    fn into_future(self) -> impl Future<Output = T> + Send {
        self.0
    }
}

/// Why no handle or channel of such a backend is in a pickle.
#[must_use]
pub fn cannot_pickle<R: Runtime>(what: &str) -> String {
    format!("cannot pickle {what} of the {} backend: its waiters are {0}'s own", R::NAME)
}

//! The two schedulers of tokio.

use std::io;
use std::sync::OnceLock;
use std::thread;

use switchback::{Error, Kind, give_up};
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::task;

/// Which scheduler of tokio runs the tasklets.
pub trait Flavour: Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// Name of the backend.
    const NAME: &'static str;
    /// Whether several threads run tasklets at once.
    const PARALLEL: bool;

    /// Runs `main` to its end.
    ///
    /// # Errors
    /// Why there is no runtime.
    #[doc(hidden)]
    fn block_on<T: Send + 'static>(
        main: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error>;
}

/// One thread, the caller's; a runtime for each run.
#[derive(Clone, Copy, Debug, Default)]
pub struct CurrentThread;

/// One worker thread for each processor, at least two; one runtime for the process, which stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct MultiThread;

impl Flavour for CurrentThread {
    const NAME: &'static str = "tokio-current";
    const PARALLEL: bool = false;

    fn block_on<T: Send + 'static>(
        main: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let runtime = Builder::new_current_thread().build().map_err(|error| no_runtime(&error))?;
        runtime.block_on(main)
    }
}

impl Flavour for MultiThread {
    const NAME: &'static str = "tokio-multi";
    const PARALLEL: bool = true;

    fn block_on<T: Send + 'static>(
        main: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        static RUNTIME: OnceLock<Result<Runtime, Error>> = OnceLock::new();
        let runtime = RUNTIME.get_or_init(|| {
            let processors = thread::available_parallelism().map_or(1, Into::into);
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(processors.max(2)).thread_name("switchback-tokio");
            builder.build().map_err(|error| no_runtime(&error))
        });
        let runtime = runtime.as_ref().map_err(Clone::clone)?;
        // Main is a task too: else each message to it would wake a thread that is no worker.
        let main = runtime.spawn(main);
        runtime.block_on(main).unwrap_or_else(|_| Err(Kind::Panicked.into()))
    }
}

/// Runs main. Inside a task the thread must not simply wait: a worker hands its other tasks on
/// first, and where there is but one thread, main gets another.
pub(crate) fn complete<F: Flavour, T: Send + 'static>(
    main: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match Handle::try_current().map(|outer| outer.runtime_flavor()) {
        Err(error) if error.is_thread_local_destroyed() => give_up(ending(), || drop(main)),
        Err(_) => F::block_on(main),
        Ok(RuntimeFlavor::MultiThread) => task::block_in_place(|| F::block_on(main)),
        Ok(_) => {
            let apart = thread::Builder::new().spawn(|| F::block_on(main));
            let apart = apart.map_err(|error| no_runtime(&error))?;
            apart.join().unwrap_or_else(|_| Err(Kind::Panicked.into()))
        }
    }
}

fn ending() -> Error {
    Error::with_detail(Kind::Exhausted, "no tokio runtime: the thread is ending")
}

fn no_runtime(error: &io::Error) -> Error {
    Error::with_detail(Kind::Exhausted, format!("no tokio runtime: {error}"))
}

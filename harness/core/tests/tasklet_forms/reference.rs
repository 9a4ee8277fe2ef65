//! Plain Rust as the reference: a body is compiled as an ordinary function too, by rustc alone.
//!
//! What awaits there is ready at once, so the function is what the same tokens mean without
//! tasklets. Its value and its log, which destructors and calls of [`e`] write, are what each form
//! has to give.

use std::{cell::RefCell, panic::AssertUnwindSafe};

use switchback::{Error, message};

use crate::frames;

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Adds to the log, unless a frame is being written down and read back.
pub fn note(text: impl ToString) {
    if !frames::reloading() {
        LOG.with_borrow_mut(|log| log.push(text.to_string()));
    }
}

/// Logs `n` and gives `value`.
pub fn e<T>(n: u32, value: T) -> T {
    note(format!("e{n}"));
    value
}

/// Logs its destructor: `d` and its number.
#[message]
#[derive(Debug)]
pub struct Guard(pub i64);

impl Drop for Guard {
    fn drop(&mut self) {
        note(format!("d{}", self.0));
    }
}

impl Guard {
    pub fn number(&self) -> i64 {
        self.0
    }
}

pub fn guard(n: i64) -> Guard {
    Guard(n)
}

/// Logs its destructor as `b` and its number, and panics then, unless something else does.
#[message]
#[derive(Debug)]
pub struct Bomb(pub i64);

impl Drop for Bomb {
    fn drop(&mut self) {
        note(format!("b{}", self.0));
        if !frames::reloading() && !std::thread::panicking() {
            panic!("bomb {}", self.0);
        }
    }
}

/// Looks at a guard.
pub fn touch(guard: &Guard) -> i64 {
    note(format!("t{}", guard.0));
    guard.0
}

/// An error whose name is the number.
pub fn error(n: i64) -> Error {
    Error::new(n.to_string(), "")
}

pub fn fails(n: i64) -> Result<i64, Error> {
    note(format!("f{n}"));
    Err(error(n))
}

pub fn works(n: i64) -> Result<i64, Error> {
    note(format!("w{n}"));
    Ok(n)
}

/// Two numbers and a guard.
#[message]
#[derive(Debug)]
pub struct Pair {
    pub a: i64,
    pub b: i64,
}

/// What a run came to.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub result: Result<String, String>,
    pub log: String,
}

/// The result of `run`, or what it panics with, and what it logged.
pub fn seen<T: std::fmt::Debug>(run: impl FnOnce() -> Result<T, Error>) -> Seen {
    LOG.take();
    let result = std::panic::catch_unwind(AssertUnwindSafe(run));
    let result = match &result {
        Ok(Ok(value)) => Ok(format!("{value:?}")),
        Ok(Err(error)) => Err(error.name().to_owned()),
        Err(payload) => match payload.downcast_ref::<String>() {
            Some(text) => Err(format!("panic: {text}")),
            None => Err("panic".to_owned()),
        },
    };
    let log = LOG.take().join(" ");
    Seen { result, log }
}

/// What the bodies name when they are tasklets.
pub mod framed {
    #[allow(unused_imports)]
    pub use switchback::{Backend, Channel, Error, message, tasklet};

    #[allow(unused_imports)]
    pub use super::{Bomb, Guard, Pair, e, error, fails, guard, note, touch, works};

    /// 3x + 1.
    #[tasklet]
    pub async fn op<B: Backend>(x: i64) -> Result<i64, Error> {
        B::schedule().await?;
        Ok(3 * x + 1)
    }

    /// The error of that number.
    #[tasklet]
    pub async fn refuses<B: Backend>(x: i64) -> Result<i64, Error> {
        B::schedule().await?;
        Err(error(x))
    }

    /// Gives a guard.
    #[tasklet]
    pub async fn made<B: Backend>(n: i64) -> Result<Guard, Error> {
        B::schedule().await?;
        Ok(guard(n))
    }

    /// Takes a guard.
    #[tasklet]
    pub async fn eats<B: Backend>(guard: Guard) -> Result<i64, Error> {
        B::schedule().await?;
        Ok(touch(&guard))
    }

    /// 100 times the first and the second number.
    #[tasklet]
    pub async fn both<B: Backend>(x: i64, y: i64) -> Result<i64, Error> {
        B::schedule().await?;
        Ok(100 * x + y)
    }

    /// Panics while it holds a guard.
    #[tasklet]
    pub async fn bursts<B: Backend>(guard: Guard) -> Result<i64, Error> {
        loop {
            B::schedule().await?;
            let _b: Bomb = Bomb(touch(&guard));
        }
    }
}

/// What they name when they are plain functions.
pub mod plain {
    use std::future::{Ready, ready};

    #[allow(unused_imports)]
    pub use switchback::{Error, message};

    #[allow(unused_imports)]
    pub use super::{Bomb, Guard, Pair, e, error, fails, guard, note, touch, works};

    pub trait Backend {
        fn schedule() -> Ready<Result<(), Error>> {
            ready(Ok(()))
        }
    }

    pub struct Plain;
    impl Backend for Plain {}

    pub async fn op(x: i64) -> Result<i64, Error> {
        Ok(3 * x + 1)
    }

    pub async fn refuses(x: i64) -> Result<i64, Error> {
        Err(error(x))
    }

    pub async fn made(n: i64) -> Result<Guard, Error> {
        Ok(guard(n))
    }

    pub async fn eats(guard: Guard) -> Result<i64, Error> {
        Ok(touch(&guard))
    }

    pub async fn both(x: i64, y: i64) -> Result<i64, Error> {
        Ok(100 * x + y)
    }

    pub async fn bursts(guard: Guard) -> Result<i64, Error> {
        loop {
            let _b: Bomb = Bomb(touch(&guard));
        }
    }

    /// Nothing waits, so one poll is all it takes.
    pub fn run<T>(body: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut body = std::pin::pin!(body);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match body.as_mut().poll(&mut context) {
            std::task::Poll::Ready(result) => result,
            std::task::Poll::Pending => panic!("a plain function waits"),
        }
    }
}

/// A test that a body, given once, means the same as a plain function and in all forms. The result
/// and the log are written behind it, so that plain Rust is not taken for something else.
macro_rules! agrees {
    (@result Ok $value:expr) => { Ok(format!("{:?}", $value)) };
    (@result Err $name:expr) => { Err($name.to_string()) };
    (@result Panic $text:expr) => { Err(format!("panic: {}", $text)) };
    ($(
        $(#[doc = $doc:literal])*
        $name:ident($($argument:tt: $ty:ty = $value:expr),*) -> $output:ty; $body:tt
        $result:ident($expected:expr) $log:literal
    )*) => {$(
        #[allow(warnings, clippy::all)]
        mod $name {
            pub mod framed {
                use super::super::*;
                use $crate::reference::framed::*;

                #[tasklet]
                pub async fn $name<B: Backend>($($argument: $ty),*) -> Result<$output, Error>
                $body
            }
            pub mod plain {
                use super::super::*;
                use $crate::reference::plain::*;

                pub async fn $name<B: Backend>($($argument: $ty),*) -> Result<$output, Error>
                $body
            }
        }

        $(#[doc = $doc])*
        #[test]
        fn $name() {
            use switchback::Backend;
            use $crate::{
                frames::Frames, futures::Futures, reference::{plain, seen, Seen},
                threads::Threads,
            };
            let plain = seen(|| plain::run($name::plain::$name::<plain::Plain>($($value),*)));
            let expected = $crate::reference::agrees!(@result $result $expected);
            let expected = Seen { result: expected, log: $log.to_owned() };
            assert_eq!(plain, expected, "plain Rust");
            let blocking = seen(|| Threads::run($name::framed::$name::<Threads>($($value),*)));
            assert_eq!(blocking, plain, "the blocking form and plain Rust");
            let polled = seen(|| Futures::run($name::framed::$name::<Futures>($($value),*)));
            assert_eq!(polled, plain, "the future form and plain Rust");
            let stepped = seen(|| Frames::run($name::framed::$name::<Frames>($($value),*)));
            assert_eq!(stepped, plain, "the frame form and plain Rust");
        }
    )*};
}
pub(crate) use agrees;

//! What generated functions call: once as tasklets (`forms`), once as plain functions (`plain`).
//!
//! Both modules have the same names. Everything that can be observed is a line of one log, which
//! is common to all threads; a process runs one function at a time.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use serde::{Deserialize, Serialize};
use switchback::{Backend, Control, Error, Message, Portable, frame::FrameList, tasklet};

/// Lines after which a run is ended by an error: no loop of a generated function is that long.
const LIMIT: usize = 4000;

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Set while copies of frames are made and destroyed, which the body must not notice.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Adds a line.
pub fn note(line: String) {
    if !QUIET.load(Ordering::Relaxed) {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// Takes all lines.
pub fn noted() -> Vec<String> {
    std::mem::take(&mut *LOG.lock().unwrap_or_else(PoisonError::into_inner))
}

fn room() -> Result<(), Error> {
    let lines = LOG.lock().unwrap_or_else(PoisonError::into_inner).len();
    if lines < LIMIT { Ok(()) } else { Err(Error::new("long", "the log is full")) }
}

/// A value whose destructor is seen.
#[derive(Debug, Serialize, Deserialize)]
pub struct Guard {
    number: i64,
    /// Its destructor panics, unless something else does.
    bomb: bool,
}

impl Guard {
    /// Its number.
    pub fn id(&self) -> i64 {
        note(format!("id {}", self.number));
        self.number
    }

    /// Numbers that follow its own.
    pub fn list(&self) -> Vec<i64> {
        vec![self.number, self.number.wrapping_add(1)]
    }

    /// Its number, if it is even.
    pub fn even(&self) -> Option<i64> {
        (self.number % 2 == 0).then_some(self.number)
    }
}

impl Clone for Guard {
    fn clone(&self) -> Self {
        note(format!("clone {}", self.number));
        Self { number: self.number, bomb: self.bomb }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        note(format!("drop {}", self.number));
        if self.bomb && !QUIET.load(Ordering::Relaxed) && !std::thread::panicking() {
            panic!("bomb {}", self.number);
        }
    }
}

impl Message for Guard {}

/// A message with fields.
#[switchback::message]
#[derive(Debug, PartialEq)]
pub struct Pair {
    /// One number.
    pub a: i64,
    /// Another one.
    pub b: i64,
}

impl Pair {
    /// A number from all three.
    pub fn sum(&self, x: i64) -> i64 {
        note(format!("sum {x}"));
        self.a.wrapping_add(self.b).wrapping_add(x)
    }
}

/// A message with variants.
#[switchback::message]
#[derive(Debug, PartialEq)]
pub enum Shape {
    /// Nothing in it.
    Dot,
    /// One number.
    Line(i64),
    /// Two, named.
    Area {
        /// One number.
        w: i64,
        /// Another one.
        h: i64,
    },
}

/// A constant for patterns.
pub const LIMIT_OF_SHAPES: i64 = 7;

/// Logs `n` and gives `value` back.
pub fn e<T>(n: i64, value: T) -> T {
    note(format!("e {n}"));
    value
}

/// A guard with that number.
pub fn guard(number: i64) -> Guard {
    note(format!("guard {number}"));
    Guard { number, bomb: false }
}

/// A guard whose destructor panics.
pub fn bomb(number: i64) -> Guard {
    note(format!("bomb {number}"));
    Guard { number, bomb: true }
}

/// Looks at a guard.
pub fn touch(g: &Guard) -> i64 {
    note(format!("touch {}", g.number));
    g.number
}

/// Ends a guard, or whatever it is, inside a call.
pub fn take<T>(_: T) -> i64 {
    note("take".into());
    1
}

/// Fails for some numbers.
///
/// # Errors
/// If `x` is 3 modulo 5.
pub fn fails(x: i64) -> Result<i64, Error> {
    note(format!("fails {x}"));
    if x.rem_euclid(5) == 3 { Err(Error::new("fails", x.to_string())) } else { Ok(x) }
}

/// The last thing a function does with its result.
pub fn done<T: std::fmt::Debug>(value: T) -> T {
    note(format!("done {value:?}"));
    value
}

/// The function that some bodies hide by one of their own.
pub fn price() -> i64 {
    1
}

/// The constant that some bodies hide by one of their own.
pub const RATE: i64 = 10;

/// Names that bodies import.
pub mod names {
    /// Hides the `price` outside.
    pub fn price() -> i64 {
        3
    }
    /// Hides the `RATE` outside.
    pub const RATE: i64 = 30;
}

/// Formats, logs the line, and gives its length.
#[macro_export]
macro_rules! say {
    ($($arguments:tt)*) => {{
        let line = ::std::format!($($arguments)*);
        let length = line.len() as i64;
        $crate::world::note(line);
        length
    }};
}

/// A strict macro: both expressions, in order, once.
#[macro_export]
macro_rules! both {
    ($a:expr, $b:expr) => {{
        let a: i64 = $a;
        let b: i64 = $b;
        a.wrapping_mul(2).wrapping_add(b)
    }};
}

/// A lazy macro: the second expression only if the first is false.
#[macro_export]
macro_rules! ensure {
    ($c:expr, $e:expr) => {
        if !$c {
            $e
        }
    };
}

/// The tasklets.
pub mod forms {

    pub use switchback::{Backend, Error, Message, tasklet};

    pub use super::{
        Guard, LIMIT_OF_SHAPES, Pair, RATE, Shape, bomb, done, e, fails, guard, names, price, take,
        touch,
    };
    use super::{note, room};
    pub use crate::{both, ensure, say};

    /// 3x + 1, after a turn.
    #[tasklet]
    pub async fn op<B: Backend>(x: i64) -> Result<i64, Error> {
        room()?;
        note(format!("op {x}"));
        B::schedule().await?;
        Ok(x.wrapping_mul(3).wrapping_add(1))
    }

    /// Fails for some numbers, after a turn.
    #[tasklet]
    pub async fn risky<B: Backend>(x: i64) -> Result<i64, Error> {
        room()?;
        B::schedule().await?;
        fails(x)
    }

    /// Whether `x` is even.
    #[tasklet]
    pub async fn flag<B: Backend>(x: i64) -> Result<bool, Error> {
        room()?;
        note(format!("flag {x}"));
        B::schedule().await?;
        Ok(x % 2 == 0)
    }

    /// `x` as text.
    #[tasklet]
    pub async fn text<B: Backend>(x: i64) -> Result<String, Error> {
        note(format!("text {x}"));
        B::schedule().await?;
        Ok(format!("<{x}>"))
    }

    /// `x` if it is no multiple of 3.
    #[tasklet]
    pub async fn maybe<B: Backend>(x: i64) -> Result<Option<i64>, Error> {
        room()?;
        note(format!("maybe {x}"));
        B::schedule().await?;
        Ok((x % 3 != 0).then_some(x))
    }

    /// Two or three numbers.
    #[tasklet]
    pub async fn list<B: Backend>(x: i64) -> Result<Vec<i64>, Error> {
        room()?;
        note(format!("list {x}"));
        B::schedule().await?;
        Ok((0..2 + x.rem_euclid(2)).map(|i| x.wrapping_add(i)).collect())
    }

    /// A struct.
    #[tasklet]
    pub async fn pair<B: Backend>(x: i64) -> Result<Pair, Error> {
        note(format!("pair {x}"));
        B::schedule().await?;
        Ok(Pair { a: x, b: x.rem_euclid(4) })
    }

    /// Two numbers.
    #[tasklet]
    pub async fn two<B: Backend>(x: i64) -> Result<(i64, i64), Error> {
        note(format!("two {x}"));
        B::schedule().await?;
        Ok((x, x.wrapping_mul(2)))
    }

    /// A variant.
    #[tasklet]
    pub async fn shape<B: Backend>(x: i64) -> Result<Shape, Error> {
        note(format!("shape {x}"));
        B::schedule().await?;
        Ok(match x.rem_euclid(3) {
            0 => Shape::Dot,
            1 => Shape::Line(x),
            _ => Shape::Area { w: x, h: x.rem_euclid(5) },
        })
    }

    /// A guard.
    #[tasklet]
    pub async fn make<B: Backend>(x: i64) -> Result<Guard, Error> {
        room()?;
        B::schedule().await?;
        Ok(guard(x))
    }

    /// Keeps a guard for a turn and drops it.
    #[tasklet]
    pub async fn eat<B: Backend>(g: Guard) -> Result<i64, Error> {
        room()?;
        note("eat".into());
        B::schedule().await?;
        Ok(touch(&g))
    }

    /// Keeps any message for a turn and gives it back.
    #[tasklet]
    pub async fn same<B: Backend, T: Message>(value: T) -> Result<T, Error> {
        room()?;
        note("same".into());
        B::schedule().await?;
        Ok(value)
    }

    /// As `op`, for calls that name the backend.
    pub use op as op_of;
    /// As `same`, for calls that name the types.
    pub use same as same_of;
}

/// The same as plain functions.
pub mod plain {
    pub use switchback::Error;

    pub use super::{
        Guard, LIMIT_OF_SHAPES, Pair, RATE, Shape, bomb, done, e, fails, guard, names, price, take,
        touch,
    };
    use super::{note, room};
    pub use crate::{both, ensure, say};

    /// Any value.
    pub trait Message: Clone {}
    impl<T: Clone> Message for T {}

    /// The backend of plain functions.
    pub trait Backend {
        /// A turn of nothing.
        ///
        /// # Errors
        /// None.
        fn schedule() -> Result<(), Error> {
            Ok(())
        }
    }

    /// The only backend.
    #[derive(Clone, Copy, Debug)]
    pub struct Plain;
    impl Backend for Plain {}

    /// 3x + 1.
    pub fn op(x: i64) -> Result<i64, Error> {
        room()?;
        note(format!("op {x}"));
        Ok(x.wrapping_mul(3).wrapping_add(1))
    }

    /// 3x + 1.
    pub fn op_of<B: Backend>(x: i64) -> Result<i64, Error> {
        op(x)
    }

    /// Fails for some numbers.
    pub fn risky(x: i64) -> Result<i64, Error> {
        room()?;
        fails(x)
    }

    /// Whether `x` is even.
    pub fn flag(x: i64) -> Result<bool, Error> {
        room()?;
        note(format!("flag {x}"));
        Ok(x % 2 == 0)
    }

    /// `x` as text.
    pub fn text(x: i64) -> Result<String, Error> {
        note(format!("text {x}"));
        Ok(format!("<{x}>"))
    }

    /// `x` if it is no multiple of 3.
    pub fn maybe(x: i64) -> Result<Option<i64>, Error> {
        room()?;
        note(format!("maybe {x}"));
        Ok((x % 3 != 0).then_some(x))
    }

    /// Two or three numbers.
    pub fn list(x: i64) -> Result<Vec<i64>, Error> {
        room()?;
        note(format!("list {x}"));
        Ok((0..2 + x.rem_euclid(2)).map(|i| x.wrapping_add(i)).collect())
    }

    /// A struct.
    pub fn pair(x: i64) -> Result<Pair, Error> {
        note(format!("pair {x}"));
        Ok(Pair { a: x, b: x.rem_euclid(4) })
    }

    /// Two numbers.
    pub fn two(x: i64) -> Result<(i64, i64), Error> {
        note(format!("two {x}"));
        Ok((x, x.wrapping_mul(2)))
    }

    /// A variant.
    pub fn shape(x: i64) -> Result<Shape, Error> {
        note(format!("shape {x}"));
        Ok(match x.rem_euclid(3) {
            0 => Shape::Dot,
            1 => Shape::Line(x),
            _ => Shape::Area { w: x, h: x.rem_euclid(5) },
        })
    }

    /// A guard.
    pub fn make(x: i64) -> Result<Guard, Error> {
        room()?;
        Ok(guard(x))
    }

    /// Drops a guard.
    pub fn eat(g: Guard) -> Result<i64, Error> {
        room()?;
        note("eat".into());
        Ok(touch(&g))
    }

    /// Gives any value back.
    pub fn same<T: Message>(value: T) -> Result<T, Error> {
        room()?;
        note("same".into());
        Ok(value)
    }

    /// Gives any value back.
    pub fn same_of<B: Backend, T: Message>(value: T) -> Result<T, Error> {
        same(value)
    }
}

/// A generated tasklet with its arguments.
pub trait Case: Message {
    /// Spawns it.
    fn spawn<B: Backend>() -> B::Handle;
    /// What its pickles may contain.
    fn program<B: Portable>() -> FrameList;
}

/// Runs a case and replaces it by a copy whenever it is suspended: read back from bytes, or
/// forked, in turn. Gives the number of copies.
#[tasklet]
pub async fn reloading<B: Portable, C: Case>(case: C) -> Result<u64, Error> {
    let mut now: B::Handle = C::spawn::<B>();
    let mut copies = 0u64;
    loop {
        B::schedule().await?;
        if !now.status()?.alive {
            drop(case);
            return Ok(copies);
        }
        QUIET.store(true, Ordering::Relaxed);
        let copy: B::Handle = copied::<B, C>(&now, copies.is_multiple_of(2))?;
        now.kill().await?;
        QUIET.store(false, Ordering::Relaxed);
        copy.insert()?;
        now = copy;
        copies += 1;
    }
}

fn copied<B: Portable, C: Case>(now: &B::Handle, written: bool) -> Result<B::Handle, Error> {
    if !written {
        return B::fork(now);
    }
    let program = C::program::<B>();
    B::load(&B::dump(now, &program)?, &program)
}

/// The log goes on, also after a run that was cut off while it was quiet.
pub fn reset() {
    QUIET.store(false, Ordering::Relaxed);
    noted();
}

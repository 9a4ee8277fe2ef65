//! What the program of a batch does: runs each function in each form and says what it saw.
//!
//! It writes one line of JSON for each run, and before each run one that says what comes, so that
//! the program that started it knows which run has aborted or hangs.

use std::{
    env,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
};

use switchback::{Backend, Error, Tasklet};
use switchback_hard::Hard;
use switchback_poll::Poll;
use switchback_soft::Soft;
use switchback_tokio::TokioCurrent;

use crate::world::{self, Case};

/// One way to run a function: the text of its result.
pub type Run = fn() -> String;

/// A function of a batch and how to run it.
#[derive(Debug)]
pub struct Entry {
    /// Its number in the batch.
    pub number: u32,
    /// Name of each form and how to run it; the plain one first.
    pub runs: Vec<(&'static str, Run)>,
}

/// Names of the forms, as they stand in records.
pub const FORMS: [&str; 6] = ["plain", "hard", "soft", "soft reloaded", "poll", "tokio"];

/// Runs a tasklet and prints its result.
pub fn text<B: Backend, K: Tasklet<B>>(tasklet: K) -> String
where
    K::Return: std::fmt::Debug,
{
    shown(B::run(tasklet))
}

/// The text of a result.
pub fn shown<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error {}: {}", error.name(), error.detail()),
    }
}

/// Runs a case on `soft`, replaced by a copy at each suspension. A value is seen in the log.
pub fn reloaded<C: Case>(case: C) -> String {
    match Soft::run(world::reloading(case)) {
        Ok(_) => String::new(),
        Err(error) => format!("error {}: {}", error.name(), error.detail()),
    }
}

/// An [`Entry`](crate::runner::Entry) of the function `$f` with these types and arguments.
#[macro_export]
macro_rules! entry {
    ($n:literal, $f:ident [$($t:ty),*] ($($a:expr),* $(,)?)) => {{
        impl $crate::world::Case for Number<$n> {
            fn spawn<B: switchback::Backend>() -> B::Handle {
                #[allow(unused_imports)]
                use forms::*;
                B::spawn(forms::$f::<B $(, $t)*>($($a),*))
            }
            fn program<B: switchback::Portable>() -> switchback::frame::FrameList {
                #[allow(unused_imports)]
                use forms::*;
                B::program::<forms::$f::Call<B $(, $t)*>>()
            }
        }
        $crate::entry!(@runs $n, $f [$($t),*] ($($a),*))
    }};
    (@runs $n:literal, $f:ident [$($t:ty),*] ($($a:expr),*)) => {
        $crate::runner::Entry {
            number: $n,
            runs: vec![
                ("plain", || {
                    #[allow(unused_imports)]
                    use plain::*;
                    $crate::runner::shown(plain::$f::<Plain $(, $t)*>($($a),*))
                }),
                ("hard", || $crate::entry!(@run $crate::runner::OnHard, $f [$($t),*] ($($a),*))),
                ("soft", || $crate::entry!(@run $crate::runner::OnSoft, $f [$($t),*] ($($a),*))),
                ("soft reloaded", || $crate::runner::reloaded(Number::<$n>)),
                ("poll", || $crate::entry!(@run $crate::runner::OnPoll, $f [$($t),*] ($($a),*))),
                ("tokio", || $crate::entry!(@run $crate::runner::OnTokio, $f [$($t),*] ($($a),*))),
            ],
        }
    };
    (@run $b:ty, $f:ident [$($t:ty),*] ($($a:expr),*)) => {{
        #[allow(unused_imports)]
        use forms::*;
        $crate::runner::text::<$b, _>(forms::$f::<$b $(, $t)*>($($a),*))
    }};
}

/// The backend of the blocking form.
pub type OnHard = Hard;
/// The backend of the frame form.
pub type OnSoft = Soft;
/// The backend of the future form, in the kernel's order.
pub type OnPoll = Poll;
/// The backend of the future form on a foreign runtime.
pub type OnTokio = TokioCurrent;

/// What one run gave.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// The result as text, or the panic.
    pub result: String,
    /// The lines of the log.
    pub log: Vec<String>,
}

/// A line of the program of a batch.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Line {
    /// Number of the function.
    pub number: u32,
    /// Which form.
    pub form: usize,
    /// What it gave; none before it runs.
    pub seen: Option<Seen>,
}

/// `main` of a batch. Arguments: function and form to begin with.
pub fn main(entries: &[Entry]) {
    let mut arguments = env::args().skip(1).map(|a| a.parse::<usize>().unwrap_or(0));
    let from = (arguments.next().unwrap_or(0), arguments.next().unwrap_or(0));
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = std::io::stdout().lock();
    let mut say = |line: &Line| {
        let text = serde_json::to_string(line).unwrap_or_default();
        // If the other end is gone, no reader is left to tell.
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    };
    for entry in entries {
        for (form, (_, run)) in entry.runs.iter().enumerate() {
            if (entry.number as usize, form) < from {
                continue;
            }
            say(&Line { number: entry.number, form, seen: None });
            world::reset();
            let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
                format!("panicked: {}", text.unwrap_or_default())
            });
            let seen = Seen { result, log: world::noted() };
            say(&Line { number: entry.number, form, seen: Some(seen) });
        }
    }
}

//! The numbered statements of the model (SPEC section 20), each with its direct checks.
//!
//! ```text
//!   a file a group:  table of rows     id, sentence, recordings that pin it, needs => checks
//!                    tasklets          the checks, on the public traits
//! ```
//!
//! Checks need neither the language of the recordings nor the model, so they tell a fault of the
//! backend from one of the interpreter.

mod budgets;
mod callbacks;
mod channels;
mod closing;
mod deadlocks;
mod ends;
mod errors;
mod life;
mod pickles;
mod refusals;
mod ring;
mod row;
mod switching;
mod threads;
mod tools;
mod traps;

use switchback::{Backend, Portable};

pub use row::{Applies, Statement};
pub(crate) use row::{Check, Pins, Row};

/// Joins the tables.
macro_rules! tables {
    ($($table:ident)+) => {
        const TABLES: &[&[Statement]] = &[$($table::STATEMENTS),+];

        /// The statements with their checks, but those that need pickles.
        pub(crate) fn rows<B: Backend>() -> Vec<Row> {
            [$($table::rows::<B>()),+].concat()
        }

        /// The statements with their checks that need pickles.
        pub(crate) fn portable<B: Portable>() -> Vec<Row> {
            [$($table::portable::<B>()),+].concat()
        }
    };
}

// In the order of ids.
tables! {
    life ring budgets deadlocks channels closing errors callbacks traps threads switching
    pickles ends
}

/// All statements in the order of their ids.
pub fn all() -> impl Iterator<Item = &'static Statement> {
    TABLES.iter().copied().flatten()
}

/// The statement of an id such as `C020`.
///
/// ```
/// use switchback_conformance::statements;
/// let statement = statements::find("C034").expect("statement C034");
/// assert_eq!(statement.sentence, "remove of the current tasklet fails.");
/// assert!(statements::find("C999").is_none());
/// ```
#[must_use]
pub fn find(id: &str) -> Option<&'static Statement> {
    all().find(|statement| statement.id == id)
}

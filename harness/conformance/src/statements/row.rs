//! What a row of the tables of statements is.

use switchback::{Capabilities, Error};

use crate::needs::Need;

/// Whether a statement can hold for a Rust library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// As it stands.
    Yes,
    /// With a change that SPEC section 20 names.
    Adapt,
    /// Not at all: it is about the reference's own language or process.
    No,
}

/// The recordings that pin a statement, besides those that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pins {
    /// Those with these ids.
    Of(&'static [&'static str]),
    /// Every one.
    All,
}

/// One statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its id, such as `C020`.
    pub id: &'static str,
    /// What must hold.
    pub sentence: &'static str,
    /// Whether it can.
    pub applies: Applies,
    /// The group that its case is counted in.
    pub group: &'static str,
    /// Why no case tries it, although it applies with a change.
    pub untried: Option<&'static str>,
    /// What its checks need besides the order and control.
    pub(super) needs: &'static [Need],
    pub(crate) pins: Pins,
    /// Whether its checks keep handles after the end of their run.
    pub(crate) keeps_handles: bool,
    /// Whether its checks make pickles, so that only some backends can be tried.
    pub(crate) pickles: bool,
}

/// What every check needs: that all happens in the order of the model, and a look at tasklets.
const ALWAYS: &[Need] = &[Need::OrderExact, Need::Control];

impl Statement {
    /// Whether its checks need that.
    pub(crate) fn needs(&self, need: Need) -> bool {
        ALWAYS.contains(&need) || self.needs.contains(&need)
    }

    /// Names of the capabilities that its checks need and that are not offered.
    pub(crate) fn lacks(&self, offered: Capabilities) -> impl Iterator<Item = &'static str> {
        let needs = ALWAYS.iter().chain(self.needs);
        needs.filter_map(move |need| need.lacking(offered))
    }

    /// A recording of that id pins it although it does not name it.
    pub(super) const fn pinned_by(mut self, ids: &'static [&'static str]) -> Self {
        self.pins = Pins::Of(ids);
        self
    }

    /// Every recording pins it.
    pub(super) const fn pinned_by_all(mut self) -> Self {
        self.pins = Pins::All;
        self
    }

    pub(super) const fn needing(mut self, needs: &'static [Need]) -> Self {
        self.needs = needs;
        self
    }

    pub(super) const fn keeps_handles(mut self) -> Self {
        self.keeps_handles = true;
        self
    }

    pub(super) const fn untried(mut self, why: &'static str) -> Self {
        self.untried = Some(why);
        self
    }

    const fn new(id: &'static str, sentence: &'static str, applies: Applies) -> Self {
        Self {
            id,
            sentence,
            applies,
            group: "",
            untried: None,
            needs: &[],
            pins: Pins::Of(&[]),
            keeps_handles: false,
            pickles: false,
        }
    }
}

pub(super) const fn yes(id: &'static str, sentence: &'static str) -> Statement {
    Statement::new(id, sentence, Applies::Yes)
}

pub(super) const fn adapt(id: &'static str, sentence: &'static str) -> Statement {
    Statement::new(id, sentence, Applies::Adapt)
}

pub(super) const fn no(id: &'static str, sentence: &'static str) -> Statement {
    Statement::new(id, sentence, Applies::No)
}

/// A direct check, which runs on its own scheduler.
pub(crate) type Check = fn() -> Result<(), Error>;

/// A statement with its checks on one backend.
pub(crate) type Row = (&'static Statement, Vec<Check>);

/// Of the checks in a row those that are meant.
pub(super) fn checks<const N: usize>(checks: [Option<Check>; N]) -> Vec<Check> {
    checks.into_iter().flatten().collect()
}

/// A table of statements. A row is a statement and its checks:
///
/// ```text
/// yes("C180", "Under the switch trap ..").needing(&[..]) => [tasklet c180()];
///
/// tasklet EXPRESSION            a tasklet, which is run
/// function EXPRESSION           a function for a backend `B`, which runs what it needs
/// portable_tasklet, .._function the same for backends that make pickles
/// ```
///
/// A macro because what is said of a statement is known without a backend, and its checks only with
/// one: out of the same rows it makes a constant and a function for each kind of backend.
macro_rules! statements {
    ($($group:path {
        $($statement:expr $(=> [$($kind:ident $check:expr),+ $(,)?])?;)+
    })+) => {
        pub(super) const STATEMENTS: &[super::row::Statement] = &[$($(super::row::Statement {
            group: $group,
            pickles: false $($(|| super::row::statements!(@pickles $kind))+)?,
            ..$statement
        }),+),+];

        /// The rows with the checks for every backend.
        #[allow(clippy::extra_unused_type_parameters, reason = "a table may have no such check")]
        pub(super) fn rows<B: ::switchback::Backend>() -> Vec<super::row::Row> {
            let checks = [$($(
                super::row::checks([$($(super::row::statements!(@all B $kind $check)),+)?])
            ),+),+];
            STATEMENTS.iter().zip(checks).collect()
        }

        /// The rows with the checks for those that make pickles.
        #[allow(clippy::extra_unused_type_parameters, reason = "a table may have no such check")]
        pub(super) fn portable<B: ::switchback::Portable>() -> Vec<super::row::Row> {
            let checks = [$($(
                super::row::checks([$($(super::row::statements!(@portable B $kind $check)),+)?])
            ),+),+];
            STATEMENTS.iter().zip(checks).collect()
        }
    };
    (@pickles tasklet) => { false };
    (@pickles function) => { false };
    (@pickles portable_tasklet) => { true };
    (@pickles portable_function) => { true };
    (@all $B:ident tasklet $check:expr) => { Some(|| $B::run($check)) };
    (@all $B:ident function $check:expr) => { Some($check) };
    (@all $B:ident $portable:ident $check:expr) => { None };
    (@portable $B:ident portable_tasklet $check:expr) => { Some(|| $B::run($check)) };
    (@portable $B:ident portable_function $check:expr) => { Some($check) };
    (@portable $B:ident $all:ident $check:expr) => { None };
}

pub(super) use statements;

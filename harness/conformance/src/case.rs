//! One thing that is tried on a backend, by name.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use switchback::{Capabilities, Error};

use crate::Verdict;
use crate::needs::Need;

/// How long a case may take unless it says otherwise, before `SWITCHBACK_TIMEOUT_SCALE`.
pub const LIMIT: Duration = Duration::from_secs(20);

type Body = Arc<dyn Fn() -> Result<(), Failure> + Send + Sync>;

/// One thing that is tried: what it is called, what it shows, what it needs, how it is done.
///
/// ```
/// use switchback_conformance::{Case, group};
/// let case = Case::new("free::N01_pairs", group::FREE, ["N01"], || Ok(()));
/// assert!(case.run().is_ok());
/// let case = case.needs([(true, "close"), (false, "deadlock")]);
/// assert_eq!(case.missing(), ["deadlock"]);
/// ```
#[derive(Clone)]
pub struct Case {
    id: String,
    group: &'static str,
    statements: Vec<String>,
    missing: Vec<&'static str>,
    limit: Duration,
    may_hang: bool,
    keeps_handles: bool,
    body: Body,
}

impl Case {
    /// A case. `id`: unique, parts separated by `::`, no blanks. `group`: one of [`group`].
    /// `statements`: ids of the statements it shows, such as `C021` or `N04`.
    pub fn new<S: Into<String>>(
        id: impl Into<String>,
        group: &'static str,
        statements: impl IntoIterator<Item = S>,
        body: impl Fn() -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        Self {
            id: id.into(),
            group,
            statements: statements.into_iter().map(Into::into).collect(),
            missing: Vec::new(),
            limit: LIMIT,
            may_hang: false,
            keeps_handles: false,
            body: Arc::new(body),
        }
    }

    /// Says which capabilities it needs: whether the backend declares it, and its name. With one
    /// that is not declared the case is unsupported and never run.
    #[must_use]
    pub fn needs(self, capabilities: impl IntoIterator<Item = (bool, &'static str)>) -> Self {
        let lacking = capabilities.into_iter().filter(|(has, _)| !has).map(|(_, name)| name);
        self.lacks(lacking)
    }

    /// Says what it needs of a backend that declares `by`.
    #[must_use]
    pub(crate) fn needing(self, needs: &[Need], by: Capabilities) -> Self {
        self.lacks(needs.iter().filter_map(|need| need.lacking(by)))
    }

    /// Says which capabilities it needs that the backend does not declare.
    #[must_use]
    pub fn lacks(mut self, missing: impl IntoIterator<Item = &'static str>) -> Self {
        for name in missing {
            if !self.missing.contains(&name) {
                self.missing.push(name);
            }
        }
        self
    }

    /// Gives it another limit of time than [`LIMIT`].
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Says that it holds too if it does not come back: it tries what the backend does not
    /// claim to notice.
    #[must_use]
    pub fn hang_is_no_failure(mut self) -> Self {
        self.may_hang = true;
        self
    }

    /// Says that handles of it outlive its runs, so that a tasklet or a channel that is in use at
    /// the end of a run is no leak.
    #[must_use]
    pub fn keeps_handles(mut self) -> Self {
        self.keeps_handles = true;
        self
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The group it is counted in.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// Ids of the statements it shows.
    #[must_use]
    pub fn statements(&self) -> &[String] {
        &self.statements
    }

    /// Capabilities that it needs and the backend does not declare.
    #[must_use]
    pub fn missing(&self) -> &[&'static str] {
        &self.missing
    }

    /// How long it may take, before scaling.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        self.limit
    }

    /// Whether it holds too if it does not come back.
    #[must_use]
    pub fn may_hang(&self) -> bool {
        self.may_hang
    }

    /// Whether handles of it outlive its runs.
    #[must_use]
    pub fn has_handles_left(&self) -> bool {
        self.keeps_handles
    }

    /// Does it here, in this process and on this thread.
    ///
    /// # Errors
    /// Why it fails.
    pub fn run(&self) -> Result<(), Failure> {
        (self.body)()
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("id", &self.id)
            .field("group", &self.group)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}

/// Why a case fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What must hold and what was found, in several lines. The reporter adds the command that runs
    /// the case again.
    pub text: String,
    /// Variables that this command has to set, for cases that depend on chance.
    pub replay: Vec<(String, String)>,
    /// The verdict, if it is another one than [`Verdict::Fail`]: something works that the backend does
    /// not claim, or a process that the case has asked ended or was silent.
    pub verdict: Option<Verdict>,
    /// What failures of one cause have in common, in a few words: `leaked tasklets`, or how a trace
    /// departs first. Nothing if no other failure can be compared with this one.
    pub sign: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.to_string().into()
    }
}

/// Groups of cases, as columns of the report.
pub mod group {
    /// The simplest programs, tried before all others.
    pub const SMOKE: &str = "smoke";
    /// Whether the declared capabilities are the true ones.
    pub const CLAIMS: &str = "claims";
    /// Life of tasklets: C001 to C018.
    pub const LIFE: &str = "life";
    /// The ring and which tasklet runs next: C020 to C058.
    pub const SCHEDULER: &str = "scheduler";
    /// Runs with a budget, interrupts, atomic sections: C060 to C072, C185 to C187.
    pub const BUDGETS: &str = "budgets";
    /// Deadlocks and uncaught errors: C080 to C089.
    pub const DEADLOCKS: &str = "deadlocks";
    /// Channels: C100 to C127.
    pub const CHANNELS: &str = "channels";
    /// Errors thrown and kills: C140 to C153.
    pub const ERRORS: &str = "errors";
    /// Error handlers and callbacks: C160 to C177.
    pub const CALLBACKS: &str = "callbacks";
    /// Traps: C180 to C183.
    pub const TRAPS: &str = "traps";
    /// Several threads: C200 to C221.
    pub const THREADS: &str = "threads";
    /// Ways to suspend: C230 to C240.
    pub const SWITCHING: &str = "switching";
    /// Pickles: C250 to C269.
    pub const PICKLES: &str = "pickles";
    /// What is freed and when: C280 to C286.
    pub const ENDS: &str = "ends";
    /// Programs with a recorded trace.
    pub const RECORDINGS: &str = "recordings";
    /// Random programs, judged by the model.
    pub const RANDOM: &str = "random";
    /// Destructors, panics and re-entrancy: D01 to D16.
    pub const CHAOS: &str = "chaos";
    /// Rules of backends without an exact order: N01 to N32.
    pub const FREE: &str = "free";

    /// All groups in the order of reports.
    pub const ALL: &[&str] = &[
        SMOKE, CLAIMS, LIFE, SCHEDULER, BUDGETS, DEADLOCKS, CHANNELS, ERRORS, CALLBACKS, TRAPS,
        THREADS, SWITCHING, PICKLES, ENDS, CHAOS, RECORDINGS, RANDOM, FREE,
    ];
}

//! What is to be measured: a suite of blocks, a block of cells.

use std::{
    cell::LazyCell,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    rc::Rc,
};

use crate::{
    built::Compiled,
    capacity::Probe,
    clock::{Clock, Time},
    fault::Fault,
    lines,
    results::{About, AboutBackend},
    witness::{Law, Witness},
};

/// Does the work of a cell the given number of times and gives the witness of one iteration.
/// All iterations must be alike; [`repeat`] sees to that.
pub type Run = dyn FnMut(u64) -> Result<Witness, String>;

/// Has another program do the work of a cell the given number of times, and tells what it says.
type Tell = dyn FnMut(u64) -> Result<Told, Fault>;

/// What another program says of a sample that it took itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The witness of one iteration.
    pub witness: Witness,
    /// The time of all iterations, by the clocks of that program.
    pub time: Time,
    /// Wall time from the question to the answer, by the clock here, ns.
    pub outside: u64,
    /// The same for a question without iterations: what the program does before and after its work,
    /// and what lies between the processes.
    pub idle: u64,
    /// Time, ns, that both processes meanwhile were ready to run and had no processor, where the system
    /// tells.
    pub waited: u64,
}

/// Everything one `cargo bench` target measures. One visible list, made by the target's `main`.
#[derive(Debug)]
pub struct Suite {
    /// The blocks in the order of the report.
    pub blocks: Vec<Block>,
    /// What the scenarios of the blocks are about: goes into the results as it is. A scenario that
    /// is not among them has no words and no family.
    pub scenarios: Vec<About>,
    /// What the backends of the blocks are: goes into the results as it is, as far as they have
    /// results.
    pub backends: Vec<AboutBackend>,
    /// What finds out how far each backend goes, in the order of the report.
    pub capacity: Vec<Probe>,
    /// Renders the results file into an HTML file; its error text is printed, the results stay.
    pub report: fn(results: &Path, html: &Path) -> Result<(), String>,
    /// How the bench target was compiled: [`compiled!`](crate::compiled), called in the target.
    pub compiled: Compiled,
}

/// One scenario at one size on all backends: what is measured interleaved, and compared.
pub struct Block {
    pub(crate) scenario: String,
    pub(crate) size: u64,
    pub(crate) unit: String,
    pub(crate) law: SharedLaw,
    pub(crate) reference: Option<Cell>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) large: bool,
}

/// The law, or the text of a panic on the way to it.
pub(crate) type Found = Result<Law, String>;

pub(crate) type SharedLaw = Rc<LazyCell<Found, Box<dyn FnOnce() -> Found>>>;

fn share(law: impl FnOnce() -> Law + 'static) -> SharedLaw {
    let found = || catch_unwind(AssertUnwindSafe(law));
    Rc::new(LazyCell::new(Box::new(move || {
        found().map_err(|payload| lines::of_panic(&*payload).to_owned())
    })))
}

impl Block {
    /// A block without cells. `operation` is what one operation of its cells is, in words
    /// ("send and receive pair"); times are nanoseconds per operation. The law is asked for once,
    /// and only if a cell of the block is run.
    #[must_use]
    pub fn new(
        scenario: impl Into<String>,
        size: u64,
        operation: &str,
        law: impl FnOnce() -> Law + 'static,
    ) -> Self {
        Self {
            scenario: scenario.into(),
            size,
            unit: format!("nanoseconds per {operation}"),
            law: share(law),
            reference: None,
            cells: Vec::new(),
            large: false,
        }
    }

    /// Sets what the ratios divide by. It is measured twice in every round; the second time makes the noise band.
    #[must_use]
    pub fn reference(mut self, cell: Cell) -> Self {
        self.reference = Some(cell);
        self
    }

    /// Says that the block takes long: it is measured with `--effort full` only.
    #[must_use]
    pub const fn large(mut self) -> Self {
        self.large = true;
        self
    }

    /// Adds a backend.
    #[must_use]
    pub fn cell(mut self, cell: Cell) -> Self {
        self.cells.push(cell);
        self
    }

    /// The reference, if there is one, and the cells.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Cell> {
        self.reference.iter().chain(&self.cells)
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Cell> {
        self.reference.iter_mut().chain(&mut self.cells)
    }

    pub(crate) fn id(&self, cell: &Cell) -> String {
        format!("{}/{}/{}", self.scenario, cell.backend, self.size)
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(|cell| self.id(cell))).finish()
    }
}

/// One backend in a block.
pub struct Cell {
    pub(crate) backend: String,
    operations: LazyCell<f64, Box<dyn FnOnce() -> f64>>,
    pub(crate) clock: Clock,
    pub(crate) sampling: Sampling,
    pub(crate) law: Option<SharedLaw>,
    pub(crate) work: Work,
}

pub(crate) enum Work {
    Run { run: Box<Run>, audit: Option<Box<dyn FnMut() -> Result<Witness, String>>> },
    Told { begin: Option<Box<dyn FnMut()>>, tell: Box<Tell> },
    Unsupported(String),
}

/// How often a cell is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Many iterations in a sample, a sample in every round.
    #[default]
    Repeated,
    /// One iteration in each process, nothing before it: for cold starts.
    Once,
}

impl Cell {
    /// A cell timed by the thread CPU clock. One iteration of `run` performs `operations` operations.
    #[must_use]
    pub fn new(
        backend: impl Into<String>,
        operations: f64,
        run: impl FnMut(u64) -> Result<Witness, String> + 'static,
    ) -> Self {
        Self {
            backend: backend.into(),
            operations: LazyCell::new(Box::new(move || operations)),
            clock: Clock::default(),
            sampling: Sampling::default(),
            law: None,
            work: Work::Run { run: Box::new(run), audit: None },
        }
    }

    /// A cell whose work another program does, and times itself, by its own wall. Its clock is
    /// compared with the one here, and it is run until its times are stable before it is sampled.
    #[must_use]
    pub fn told(
        backend: impl Into<String>,
        operations: f64,
        tell: impl FnMut(u64) -> Result<Told, Fault> + 'static,
    ) -> Self {
        Self {
            clock: Clock::Wall,
            work: Work::Told { begin: None, tell: Box::new(tell) },
            ..Self::new(backend, operations, |_| Err(String::new()))
        }
    }

    /// A cell that the backend does not claim to be able to fill. `why` names the capability.
    #[must_use]
    pub fn unsupported(backend: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            work: Work::Unsupported(why.into()),
            ..Self::new(backend, 1.0, |_| Err(String::new()))
        }
    }

    /// Sets the clock of the published number.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how often the cell is run.
    #[must_use]
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// Adds one untimed run with counting switched on, whose witness must obey the law as well.
    /// Without it the witness of the timed runs is what the results show.
    #[must_use]
    pub fn audit(mut self, audit: impl FnMut() -> Result<Witness, String> + 'static) -> Self {
        if let Work::Run { audit: slot, .. } = &mut self.work {
            *slot = Some(Box::new(audit));
        }
        self
    }

    /// Sets what starts the other program of a cell that is told, without waiting for it. It is called
    /// while the cell before it is prepared, so that a program starts while another one works.
    #[must_use]
    pub fn begun_by(mut self, starts: impl FnMut() + 'static) -> Self {
        if let Work::Told { begin, .. } = &mut self.work {
            *begin = Some(Box::new(starts));
        }
        self
    }

    /// Starts the other program, if there is one.
    pub(crate) fn begin(&mut self) {
        if let Work::Told { begin: Some(begin), .. } = &mut self.work {
            begin();
        }
    }

    /// Whether another program does the work.
    pub(crate) const fn is_told(&self) -> bool {
        matches!(self.work, Work::Told { .. })
    }

    /// Sets a law of the cell's own: for a reference that does other work than its block.
    #[must_use]
    pub fn law(mut self, law: impl FnOnce() -> Law + 'static) -> Self {
        self.law = Some(share(law));
        self
    }

    /// Sets how many operations an iteration performs, where it takes time to find that out: it is asked for
    /// if a figure needs it.
    #[must_use]
    pub fn counted(mut self, operations: impl FnOnce() -> f64 + 'static) -> Self {
        self.operations = LazyCell::new(Box::new(operations));
        self
    }

    /// How many operations an iteration performs.
    pub(crate) fn operations(&self) -> f64 {
        *self.operations
    }

    pub(crate) fn is_supported(&self) -> bool {
        !matches!(self.work, Work::Unsupported(_))
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell")
            .field("backend", &self.backend)
            .field("clock", &self.clock)
            .field("supported", &self.is_supported())
            .finish_non_exhaustive()
    }
}

/// Runs `once` the given number of times and requires all witnesses to be alike.
///
/// # Errors
/// The first error of `once`, or which iteration differs from the first.
#[inline]
pub fn repeat(
    iterations: u64,
    mut once: impl FnMut() -> Result<Witness, String>,
) -> Result<Witness, String> {
    let first = once()?;
    for iteration in 1..iterations {
        let witness = once()?;
        if witness != first {
            return Err(format!("iteration {} of a sample differs from the first", iteration + 1));
        }
    }
    Ok(first)
}

//! A window whose handlers are straight functions, and the same window as a state machine.
//!
//! ```text
//!   user --events--> dispatcher --starts--> load(tab, document)
//!                        ^                    |  ask(question)   the worker of the tab thinks
//!                        +--- "I wait" -------+  saves itself
//!                    other events ..
//!                    answer of the worker --> +  goes on behind the question
//! ```
//!
//! A thread that has a window must return to its dispatcher after every event. A handler that needs
//! several answers is then cut into pieces, with what it knows saved between them: control flow is
//! turned inside out (S17). As a tasklet it is one function: it asks, says that it waits, and goes on
//! when the dispatcher has an answer for it, or hears that it was cancelled. [`load`](fn@load) is
//! that function, [`Machine`] the same by hand. Read them side by side.
//!
//! When an answer arrives is an event of the script, so both do the same in the same order, whatever
//! the worker needs.
//!
//! Law: the log of the window, line by line. Messages: each event; of each question itself, the
//! wait, the answer, and its way to the handler; each line that a handler shows, and its end; two for
//! the end of each worker.

use std::fmt;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::labour;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, draw, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "dispatcher",
    family: Family::Callbacks,
    words: Words {
        title: "Dispatcher",
        work: "A window with 8 tabs receives events: clicks that load or cancel, answers of \
               workers, repaints. A load asks a worker up to five times and lets the dispatcher \
               handle other events meanwhile. The size is the events.",
        shows: "What it costs to write a handler as a straight function: a tasklet that waits \
                in its middle, against a state machine that is left and entered for each event.",
        does_not_show: "A real window, or waiting for one. Workers answer at once in the state \
                        machine; in the tasklets they are tasklets, and asking them is part of \
                        the figure.",
        cost: "Linear in the events, with a handful of messages for each that finds a handler.",
        plot: Plot::Ratio,
    },
    operation: "event",
    size: "events of the window",
    origin: "the Stackless Python talks: a handler that is left for the dispatcher and goes on \
             when its reply comes",
    sizes: &[10_000],
    large: &[],
    small: &[20, 200],
    operations: |events| events,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("state-machine", state_machine)),
    beside: &[],
    elsewhere: &[],
};

/// Tabs of the window, with a worker each.
pub const TABS: u64 = 8;

/// Rounds of [`labour`] for an answer.
pub const COST: u64 = 25;

const SEED: u64 = 1_984;

/// What happens to a tab.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A click on "load", for the document with this number. Ignored while one is loaded.
    Load(u64),
    /// The worker has an answer. Ignored unless something is loaded.
    Answer,
    /// A click on "cancel". Ignored unless something is loaded.
    Cancel,
    /// The window must be painted again; the tab does not matter.
    Repaint,
}

/// What the dispatcher receives.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The tab that it is about.
    pub tab: u64,
    /// What happens.
    pub what: What,
}

/// What a tab shows.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// A document is being loaded.
    Loading(u64),
    /// So many of so many parts are there.
    Progress(u64, u64),
    /// The whole text, here a number.
    Text(u64),
    /// The load was cancelled.
    Cancelled,
}

/// A line in the log of the window.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// An event came.
    Came(Event),
    /// A tab shows something else.
    Tab(u64, Shows),
    /// All was painted, with so many tabs that load.
    Painted(u64),
    /// The window is closed; the workers have answered so many questions.
    Closed(u64),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Came(Event { tab, what }) => match what {
                What::Load(document) => write!(f, "click: load document {document} in tab {tab}"),
                What::Answer => write!(f, "an answer for tab {tab}"),
                What::Cancel => write!(f, "click: cancel tab {tab}"),
                What::Repaint => write!(f, "repaint"),
            },
            Self::Tab(tab, shows) => match shows {
                Shows::Loading(document) => write!(f, "- tab {tab}: loading document {document}"),
                Shows::Progress(part, parts) => write!(f, "- tab {tab}: {part} of {parts} parts"),
                Shows::Text(text) => write!(f, "- tab {tab}: text {:04x}", text >> 48),
                Shows::Cancelled => write!(f, "- tab {tab}: cancelled"),
            },
            Self::Painted(loading) => write!(f, "- painted, {loading} loading"),
            Self::Closed(answers) => write!(f, "closed after {answers} answers"),
        }
    }
}

impl Line {
    /// The hash of a log with this line added.
    fn digest(self, state: u64) -> u64 {
        let words = match self {
            Self::Came(Event { tab, what: What::Load(document) }) => [0, tab, document],
            Self::Came(Event { tab, what: What::Answer }) => [1, tab, 0],
            Self::Came(Event { tab, what: What::Cancel }) => [2, tab, 0],
            Self::Came(Event { tab, what: What::Repaint }) => [3, tab, 0],
            Self::Tab(tab, Shows::Loading(document)) => [4, tab, document],
            Self::Tab(tab, Shows::Progress(part, parts)) => [5, tab, part << 32 | parts],
            Self::Tab(tab, Shows::Text(text)) => [6, tab, text],
            Self::Tab(tab, Shows::Cancelled) => [7, tab, 0],
            Self::Painted(loading) => [8, loading, 0],
            Self::Closed(answers) => [9, answers, 0],
        };
        words.into_iter().fold(state, mix)
    }
}

fn digest(log: &[Line]) -> u64 {
    log.iter().fold(0, |state, line| line.digest(state))
}

/// So many events, chosen by chance; then every tab is cancelled, as the window closes.
#[must_use]
pub fn script(events: u64) -> Vec<Event> {
    let event = |number| {
        let what = match draw(SEED, 2 * number, 8) {
            0 | 1 => What::Load(number),
            2 => What::Repaint,
            3 if number % 2 == 0 => What::Cancel,
            _ => What::Answer,
        };
        Event { tab: draw(SEED, 2 * number + 1, TABS), what }
    };
    let closing = (0..TABS).map(|tab| Event { tab, what: What::Cancel });
    (0..events).map(event).chain(closing).collect()
}

// ---- What a worker is asked, and says.

fn how_many_parts(document: u64) -> u64 {
    mix(document, u64::MAX)
}

fn part_of(document: u64, part: u64) -> u64 {
    mix(document, part)
}

fn answer_to(question: u64) -> u64 {
    labour(question, COST)
}

/// How many parts a document has, from 1 to 4, as the worker says.
fn number_of_parts(answer: u64) -> u64 {
    1 + (answer >> 62)
}

// ---- The window with straight functions.

/// What a handler tells the dispatcher, which waits for it.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Show this.
    Show(Shows),
    /// Handle other events until there is an answer.
    Wait,
    /// The handler has ended.
    End,
}

/// A tab as its handler knows it.
#[message]
pub struct Tab<B: Backend> {
    questions: B::Channel<Option<u64>>,
    window: B::Channel<Act>,
    answer: B::Channel<Option<u64>>,
}

/// The handler of a click on "load".
#[tasklet]
pub async fn load<B: Backend>(tab: Tab<B>, document: u64) -> Result<(), Error> {
    tab.window.send(Act::Show(Shows::Loading(document))).await?;
    let Some(answer) = ask(tab.clone(), how_many_parts(document)).await? else {
        return cancelled(tab).await;
    };
    let parts: u64 = number_of_parts(answer);
    let mut text: u64 = 0;
    for part in 0..parts {
        tab.window.send(Act::Show(Shows::Progress(part, parts))).await?;
        let Some(answer) = ask(tab.clone(), part_of(document, part)).await? else {
            return cancelled(tab).await;
        };
        text = mix(text, answer);
    }
    tab.window.send(Act::Show(Shows::Text(text))).await?;
    tab.window.send(Act::End).await
}

/// The answer to a question, later; none if the load was cancelled meanwhile.
#[tasklet]
async fn ask<B: Backend>(tab: Tab<B>, question: u64) -> Result<Option<u64>, Error> {
    tab.questions.send(Some(question)).await?;
    tab.window.send(Act::Wait).await?;
    tab.answer.receive().await
}

#[tasklet]
async fn cancelled<B: Backend>(tab: Tab<B>) -> Result<(), Error> {
    tab.window.send(Act::Show(Shows::Cancelled)).await?;
    tab.window.send(Act::End).await
}

/// Answers questions, and at the end says how many.
#[tasklet]
async fn worker<B: Backend>(
    questions: B::Channel<Option<u64>>,
    answers: B::Channel<u64>,
) -> Result<(), Error> {
    let mut count: u64 = 0;
    while let Some(question) = questions.receive().await? {
        count += 1;
        answers.send(answer_to(question)).await?;
    }
    answers.send(count).await
}

#[tasklet]
async fn user<B: Backend>(script: Vec<Event>, events: B::Channel<Event>) -> Result<(), Error> {
    for event in script {
        events.send(event).await?;
    }
    Ok(())
}

/// The dispatcher; gives its log.
#[tasklet]
async fn window<B: Backend>(script: Vec<Event>) -> Result<Vec<Line>, Error> {
    let events: B::Channel<Event> = B::channel();
    let acts: B::Channel<Act> = B::channel();
    let mut tabs: Vec<Tab<B>> = Vec::new();
    let mut workers: Vec<B::Channel<u64>> = Vec::new();
    for _ in 0u64..TABS {
        let (questions, answers) = (B::channel::<Option<u64>>(), B::channel::<u64>());
        B::spawn(worker(questions.clone(), answers.clone()));
        tabs.push(Tab { questions, window: acts.clone(), answer: B::channel() });
        workers.push(answers);
    }
    let mut busy: Vec<bool> = vec![false; TABS as usize];
    let mut log: Vec<Line> = Vec::new();
    let count: u64 = script.len() as u64;
    B::spawn(user(script, events.clone()));
    for _ in 0..count {
        let event: Event = events.receive().await?;
        log.push(Line::Came(event));
        let at: usize = event.tab as usize;
        if event.what == What::Repaint {
            log.push(Line::Painted(loading(&busy)));
            continue;
        }
        if let What::Load(document) = event.what {
            if busy[at] {
                continue;
            }
            busy[at] = true;
            B::spawn(load(tabs[at].clone(), document));
        } else {
            if !busy[at] {
                continue;
            }
            let answers: B::Channel<u64> = workers[at].clone();
            let answer: u64 = answers.receive().await?;
            let wanted: bool = event.what == What::Answer;
            let tab: Tab<B> = tabs[at].clone();
            tab.answer.send(wanted.then_some(answer)).await?;
        }
        // The handler of the tab runs until it waits or ends.
        loop {
            match acts.receive().await? {
                Act::Show(shows) => log.push(Line::Tab(event.tab, shows)),
                Act::Wait => break,
                Act::End => {
                    busy[at] = false;
                    break;
                }
            }
        }
    }
    let mut answered: u64 = 0;
    for at in 0..workers.len() {
        let tab: Tab<B> = tabs[at].clone();
        tab.questions.send(None).await?;
        let answers: B::Channel<u64> = workers[at].clone();
        let count: u64 = answers.receive().await?;
        answered += count;
    }
    log.push(Line::Closed(answered));
    // Lets the last one end, which would be killed otherwise.
    B::schedule().await?;
    Ok(log)
}

fn loading(busy: &[bool]) -> u64 {
    busy.iter().filter(|busy| **busy).count() as u64
}

#[tasklet]
async fn digested<B: Backend>(script: Vec<Event>) -> Result<u64, Error> {
    let log: Vec<Line> = window(script).await?;
    Ok(digest(&log))
}

/// Handles so many events of [`script`].
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(events: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(digested(script(events)), counting)
}

/// The log of the window with straight functions.
///
/// # Errors
/// What the backend fails with.
pub fn with_tasklets<B: Backend>(script: Vec<Event>) -> Result<Vec<Line>, Error> {
    B::run(window(script))
}

// ---- The window as a state machine.

/// Where the load of a tab stands between two events: what `load` has in its locals, and the place
/// at which it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Idle,
    Parts { document: u64 },
    Part { document: u64, part: u64, parts: u64, text: u64 },
}

/// The window by hand, with counts of what the tasklets do for the same.
#[derive(Clone, Debug)]
pub struct Machine {
    stages: [Stage; TABS as usize],
    log: Vec<Line>,
    loads: u64,
    questions: u64,
    shown: u64,
}

impl Machine {
    /// Handles all events of a script.
    #[must_use]
    pub fn run(script: &[Event]) -> Self {
        let mut machine = Self {
            stages: [Stage::Idle; TABS as usize],
            log: Vec::new(),
            loads: 0,
            questions: 0,
            shown: 0,
        };
        script.iter().for_each(|event| machine.handle(*event));
        machine.log.push(Line::Closed(machine.questions));
        machine
    }

    /// The log of the window.
    #[must_use]
    pub fn log(&self) -> &[Line] {
        &self.log
    }

    fn handle(&mut self, event: Event) {
        self.log.push(Line::Came(event));
        let tab = event.tab;
        let stage = match (event.what, self.stages[tab as usize]) {
            (What::Load(document), Stage::Idle) => {
                self.loads += 1;
                self.show(tab, Shows::Loading(document));
                self.wait(Stage::Parts { document })
            }
            (What::Answer, Stage::Parts { document }) => {
                let parts = number_of_parts(answer_to(how_many_parts(document)));
                self.go_on(tab, Stage::Part { document, part: 0, parts, text: 0 })
            }
            (What::Answer, Stage::Part { document, part, parts, text }) => {
                let text = mix(text, answer_to(part_of(document, part)));
                self.go_on(tab, Stage::Part { document, part: part + 1, parts, text })
            }
            (What::Cancel, Stage::Parts { .. } | Stage::Part { .. }) => {
                self.show(tab, Shows::Cancelled);
                Stage::Idle
            }
            (What::Repaint, stage) => {
                let busy = self.stages.map(|stage| stage != Stage::Idle);
                self.log.push(Line::Painted(loading(&busy)));
                stage
            }
            (What::Load(_) | What::Answer | What::Cancel, stage) => stage,
        };
        self.stages[tab as usize] = stage;
    }

    /// Asks for the next part, or shows the text if all are there.
    fn go_on(&mut self, tab: u64, stage: Stage) -> Stage {
        match stage {
            Stage::Part { part, parts, .. } if part < parts => {
                self.show(tab, Shows::Progress(part, parts));
                self.wait(stage)
            }
            Stage::Part { text, .. } => {
                self.show(tab, Shows::Text(text));
                Stage::Idle
            }
            other => other,
        }
    }

    fn show(&mut self, tab: u64, shows: Shows) {
        self.shown += 1;
        self.log.push(Line::Tab(tab, shows));
    }

    const fn wait(&mut self, stage: Stage) -> Stage {
        self.questions += 1;
        stage
    }
}

/// The log of the window, and what its handlers cost as tasklets.
#[must_use]
pub fn law(events: u64) -> Law {
    let script = script(events);
    let machine = Machine::run(&script);
    let handlers = 4 * machine.questions + machine.shown + machine.loads;
    Law {
        tasklets: Some(1 + TABS + machine.loads),
        messages: Some(script.len() as u64 + handlers + 2 * TABS),
        ..Law::of(digest(&machine.log))
    }
}

/// The same events through [`Machine`].
///
/// # Errors
/// None.
pub fn state_machine(events: u64) -> Result<Witness, String> {
    Ok(Witness::of(digest(Machine::run(&script(events)).log())))
}

//! Where a tasklet is in its program, as plain data.
//!
//! ```text
//!   main                        levels of a cursor inside the inner send
//!   0: spawn a w                [ {at: 2, Body}, {at: 1, Guarded}, {at: 0, Repeated} ]
//!   1: recv c                   its label: 2t1.0
//!   2: try
//!      0: log 1
//!      1: loop 5
//!         0: send c 1   <--
//! ```
//!
//! The reference model and the interpreter walk programs with it; what an op does is theirs.
//! Being data, a cursor can stay in a frame over an await, be copied and be written down.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use switchback::{Error, Kind, Message};

use crate::living::{Living, TASKLETS};
use crate::{Event, Json, Op, Program, faults};

/// Position of one tasklet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cursor {
    tasklet: String,
    body: Option<String>,
    levels: Vec<Level>,
    /// Items sent by the `send_seq` that is under way.
    sent: Option<u32>,
    over: Option<Result<(), Error>>,
    /// Stands for the tasklet in the search for leaks.
    life: Living<TASKLETS>,
}

impl Message for Cursor {}

/// A list of ops that is under way, and the index of the op in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Level {
    at: usize,
    part: Part,
}

/// How a list of ops belongs to the op around it.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Part {
    Body,
    Repeated { left: u32 },
    Guarded,
    Handler,
    Covered,
    Cleanup { after: Leave },
    Item,
}

/// Why a list of ops is left.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Leave {
    Done,
    Return,
    Raise(Error),
}

/// What the tasklet wants next.
#[derive(Debug)]
pub enum Next<'p> {
    /// Do this op, then say how it went by [`Cursor::done`].
    Do(Cow<'p, Op>),
    /// The body is over: normally or by an error.
    Over(Result<(), Error>),
}

impl Cursor {
    /// Before the first op of a body, or of main for `None`.
    #[must_use]
    pub fn start(tasklet: &str, body: Option<&str>) -> Self {
        Self {
            tasklet: tasklet.to_owned(),
            body: body.map(str::to_owned),
            levels: vec![Level { at: 0, part: Part::Body }],
            sent: None,
            over: None,
            life: Living::new(),
        }
    }

    /// Name of the tasklet.
    #[must_use]
    pub fn tasklet(&self) -> &str {
        &self.tasklet
    }

    /// Goes on to the next op that the cursor cannot do itself, and records its begin.
    pub fn next<'p>(&mut self, program: &'p Program, events: &mut Vec<Event>) -> Next<'p> {
        loop {
            if let Some(result) = &self.over {
                return Next::Over(result.clone());
            }
            let ops = self.ops(program);
            let Some(op) = self.levels.last().and_then(|level| ops.get(level.at)) else {
                self.leave(Leave::Done, events);
                continue;
            };
            match op {
                Op::Loop { times: 0, .. } => self.step(),
                Op::Loop { times, .. } => self.enter(Part::Repeated { left: times - 1 }),
                Op::Try { .. } => self.enter(Part::Guarded),
                Op::Finally { .. } => self.enter(Part::Covered),
                Op::Iterate { channel, .. } => {
                    return Next::Do(Cow::Owned(Op::Next { channel: channel.clone() }));
                }
                Op::SendSequence { channel, values } => {
                    if self.sent.is_none() {
                        self.begin(op, events);
                    }
                    let sent = *self.sent.get_or_insert(0);
                    if let Some(value) = values.get(sent as usize) {
                        let (channel, value) = (channel.clone(), value.clone());
                        return Next::Do(Cow::Owned(Op::Send { channel, value }));
                    }
                    self.sent = None;
                    self.gave(Json::Int(sent.into()), events);
                }
                Op::Return {} => {
                    self.begin(op, events);
                    self.leave(Leave::Return, events);
                }
                _ => {
                    self.begin(op, events);
                    return Next::Do(Cow::Borrowed(op));
                }
            }
        }
    }

    /// Says how the op went that [`next`](Self::next) gave.
    pub fn done(
        &mut self,
        program: &Program,
        result: Result<Json, Error>,
        events: &mut Vec<Event>,
    ) {
        let at = self.levels.last().map_or(0, |level| level.at);
        match (self.ops(program).get(at), result) {
            (Some(Op::Iterate { .. }), Ok(value)) => {
                events.push(Event::Item { tasklet: self.name(), at: self.label(), value });
                self.enter(Part::Item);
            }
            (Some(Op::Iterate { .. }), Err(error)) => {
                if error.kind() == Kind::StopIteration {
                    events.push(Event::IterationEnd { tasklet: self.name(), at: self.label() });
                    self.step();
                } else {
                    self.leave(Leave::Raise(error), events);
                }
            }
            (Some(Op::SendSequence { .. }), Ok(_)) => {
                self.sent = self.sent.map(|sent| sent + 1);
            }
            (_, Ok(value)) => self.gave(value, events),
            (_, Err(error)) => {
                self.sent = None;
                events.push(Event::Raised {
                    tasklet: self.name(),
                    at: self.label(),
                    error: faults::text(&error),
                });
                self.leave(Leave::Raise(error), events);
            }
        }
    }

    fn name(&self) -> String {
        self.tasklet.clone()
    }

    fn begin(&self, op: &Op, events: &mut Vec<Event>) {
        let op = op.name().to_owned();
        events.push(Event::Begin { tasklet: self.name(), at: self.label(), op });
    }

    fn gave(&mut self, value: Json, events: &mut Vec<Event>) {
        events.push(Event::Gave { tasklet: self.name(), at: self.label(), value });
        self.step();
    }

    fn enter(&mut self, part: Part) {
        self.levels.push(Level { at: 0, part });
    }

    fn step(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.at += 1;
        }
    }

    /// Leaves the innermost list, and those around it as far as `how` reaches.
    fn leave(&mut self, mut how: Leave, events: &mut Vec<Event>) {
        while let Some(left) = self.levels.pop() {
            match (left.part, how) {
                (Part::Body, Leave::Raise(error)) => {
                    self.over = Some(Err(error));
                    return;
                }
                (Part::Body, _) => {
                    events.push(Event::End { tasklet: self.name() });
                    self.over = Some(Ok(()));
                    return;
                }
                (Part::Repeated { left }, Leave::Done) if left > 0 => {
                    return self.enter(Part::Repeated { left: left - 1 });
                }
                // The next item is asked for by the same op.
                (Part::Item, Leave::Done) => return,
                (Part::Guarded, Leave::Raise(error)) => {
                    events.push(Event::Caught {
                        tasklet: self.name(),
                        at: self.label(),
                        error: faults::text(&error),
                    });
                    return self.enter(Part::Handler);
                }
                (Part::Covered, after) => return self.enter(Part::Cleanup { after }),
                (Part::Cleanup { after: Leave::Done }, Leave::Done) => return self.step(),
                (Part::Cleanup { after }, Leave::Done) => how = after,
                (_, Leave::Done) => return self.step(),
                (_, other) => how = other,
            }
        }
    }

    /// The innermost list of ops.
    fn ops<'p>(&self, program: &'p Program) -> &'p [Op] {
        let mut ops = program.ops(self.body.as_deref());
        for (outer, inner) in self.levels.iter().zip(self.levels.iter().skip(1)) {
            ops = match (ops.get(outer.at), &inner.part) {
                (Some(Op::Try { handler: list, .. }), Part::Handler)
                | (Some(Op::Finally { cleanup: list, .. }), Part::Cleanup { .. }) => list,
                (
                    Some(
                        Op::Try { body: list, .. }
                        | Op::Finally { body: list, .. }
                        | Op::Loop { body: list, .. }
                        | Op::Iterate { body: list, .. },
                    ),
                    _,
                ) => list,
                _ => &[],
            };
        }
        ops
    }

    /// Index of the op, nested as the recordings write it.
    pub(crate) fn label(&self) -> String {
        let mut label = String::new();
        for level in &self.levels {
            label.push_str(match level.part {
                Part::Body => "",
                Part::Repeated { .. } => ".",
                Part::Guarded | Part::Covered => "t",
                Part::Handler => "h",
                Part::Cleanup { .. } => "f",
                Part::Item => "i",
            });
            label.push_str(&level.at.to_string());
        }
        label
    }
}

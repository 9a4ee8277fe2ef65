//! Tasklets, ring and channels, and the primitives on them (SPEC sections 1 and 2).

use std::collections::{BTreeMap, VecDeque};

use switchback::Error;

use crate::Json;

/// A tasklet: its place in `State::tasks`.
pub(super) type Id = usize;

/// The main tasklet.
pub(super) const MAIN: Id = 0;

/// Content of a transfer slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Slot {
    #[default]
    Empty,
    Value(Json),
    Tasklet(Id),
    /// An error waiting to be raised.
    Bomb(Error),
    /// What a tasklet has before it is set up.
    Function,
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) name: String,
    /// What `setup` starts.
    pub(super) body: String,
    pub(super) alive: bool,
    pub(super) started: bool,
    /// +1 waits to send, -1 waits to receive.
    pub(super) blocked: i64,
    pub(super) channel: String,
    pub(super) slot: Slot,
    pub(super) block_trap: bool,
    /// Suspended inside run().
    pub(super) parked: bool,
    /// Suspended inside a send.
    pub(super) sending: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) queue: Vec<Id>,
    pub(super) balance: i64,
    pub(super) preference: i32,
    pub(super) schedule_all: bool,
    pub(super) closing: bool,
}

impl Default for Channel {
    fn default() -> Self {
        Self { queue: Vec::new(), balance: 0, preference: -1, schedule_all: false, closing: false }
    }
}

/// Everything a refused operation must leave as it was.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) tasks: Vec<Task>,
    /// Element 0 is the running tasklet.
    pub(super) ring: VecDeque<Id>,
    /// Callers of run(), innermost last.
    pub(super) runs: Vec<Id>,
    pub(super) channels: BTreeMap<String, Channel>,
    pub(super) trap: i32,
    pub(super) handler: bool,
}

impl State {
    pub(super) fn new() -> Self {
        let mut state = Self {
            tasks: Vec::new(),
            ring: VecDeque::from([MAIN]),
            runs: Vec::new(),
            channels: BTreeMap::new(),
            trap: 0,
            handler: false,
        };
        state.create("main", "", true);
        state
    }

    pub(super) fn create(&mut self, name: &str, body: &str, alive: bool) -> Id {
        self.tasks.push(Task {
            name: name.to_owned(),
            body: body.to_owned(),
            alive,
            started: false,
            blocked: 0,
            channel: String::new(),
            slot: if alive { Slot::Empty } else { Slot::Function },
            block_trap: false,
            parked: false,
            sending: false,
        });
        self.tasks.len() - 1
    }

    /// A channel exists from its first mention.
    pub(super) fn channel(&mut self, name: &str) -> &mut Channel {
        self.channels.entry(name.to_owned()).or_default()
    }

    pub(super) fn append(&mut self, t: Id) {
        self.ring.push_back(t);
    }

    pub(super) fn after_current(&mut self, t: Id) {
        self.ring.insert(1, t);
    }

    pub(super) fn drop_current(&mut self) {
        self.ring.pop_front();
    }

    pub(super) fn drop(&mut self, t: Id) {
        self.ring.retain(|&other| other != t);
    }

    pub(super) fn rotate_to(&mut self, t: Id) {
        while self.ring.front().is_some_and(|&first| first != t) {
            self.ring.rotate_left(1);
        }
    }

    pub(super) fn current(&self) -> Option<Id> {
        self.ring.front().copied()
    }

    /// The tasklet that follows the running one; the running one itself if no other is runnable.
    pub(super) fn successor(&self) -> Option<Id> {
        self.ring.get(1).copied().or(self.current())
    }

    pub(super) fn linked(&self, t: Id) -> bool {
        self.tasks[t].blocked != 0 || self.ring.contains(&t)
    }

    pub(super) fn wake_target(&self) -> Id {
        self.runs.last().copied().unwrap_or(MAIN)
    }

    /// Puts `t` at the end of the queue of a channel.
    pub(super) fn block(&mut self, t: Id, channel: &str, direction: i64) {
        let waiting = self.channel(channel);
        waiting.queue.push(t);
        waiting.balance += direction;
        self.tasks[t].blocked = direction;
        self.tasks[t].channel = channel.to_owned();
    }

    /// Takes `t` off its channel, if it is on one.
    pub(super) fn unblock(&mut self, t: Id) {
        let direction = std::mem::take(&mut self.tasks[t].blocked);
        if direction != 0 {
            let name = std::mem::take(&mut self.tasks[t].channel);
            let channel = self.channel(&name);
            channel.queue.retain(|&other| other != t);
            channel.balance -= direction;
        }
    }
}

//! The scenario language (SPEC section 23) as a typed tree.
//!
//! A program is the ops of main plus named bodies for other tasklets. In files an op is an
//! array, name first: `["send", "c", 1]`. One table below holds the whole language.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Json;

/// A program: what main does, and the bodies it can start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Ops of the main tasklet.
    pub main: Vec<Op>,
    /// Ops of the others, by name.
    pub bodies: BTreeMap<String, Vec<Op>>,
    /// Record every real switch.
    pub schedule_callback: bool,
    /// Record every channel operation.
    pub channel_callback: bool,
}

/// One argument of an op, or a run of them.
trait Argument: Sized {
    /// Takes what it needs from the front of the arguments.
    fn take(arguments: &mut std::slice::Iter<'_, Value>) -> Result<Self, String>;
    /// Appends itself to the arguments.
    fn put(&self, arguments: &mut Vec<Value>);
}

/// Arguments that are one JSON value each.
macro_rules! plain_arguments {
    ($($type:ty, $what:literal, $read:expr, $write:expr;)*) => { $(
        impl Argument for $type {
            fn take(arguments: &mut std::slice::Iter<'_, Value>) -> Result<Self, String> {
                let value = arguments.next().ok_or(concat!("misses ", $what))?;
                let read: fn(&Value) -> Option<$type> = $read;
                read(value).ok_or_else(|| format!("wants {}, not {value}", $what))
            }

            fn put(&self, arguments: &mut Vec<Value>) {
                let write: fn(&$type) -> Value = $write;
                arguments.push(write(self));
            }
        }
    )* };
}
plain_arguments! {
    String, "a name", |v| v.as_str().map(Into::into), |s| s.as_str().into();
    bool, "true or false", Value::as_bool, |b| (*b).into();
    i32, "a small number", |v| v.as_i64()?.try_into().ok(), |n| (*n).into();
    u32, "a count", |v| v.as_u64()?.try_into().ok(), |n| (*n).into();
    Json, "a value", |v| Json::from_value(v).ok(), Json::to_value;
    Vec<Json>, "a list of values",
        |v| v.as_array()?.iter().map(|v| Json::from_value(v).ok()).collect(),
        |values| values.iter().map(Json::to_value).collect();
}

impl Argument for Option<Json> {
    fn take(arguments: &mut std::slice::Iter<'_, Value>) -> Result<Self, String> {
        if arguments.as_slice().is_empty() { Ok(None) } else { Json::take(arguments).map(Some) }
    }

    fn put(&self, arguments: &mut Vec<Value>) {
        if let Some(value) = self {
            value.put(arguments);
        }
    }
}

impl Argument for Vec<Op> {
    fn take(arguments: &mut std::slice::Iter<'_, Value>) -> Result<Self, String> {
        ops_from_value(arguments.next().ok_or("misses a list of ops")?)
    }

    fn put(&self, arguments: &mut Vec<Value>) {
        arguments.push(ops_to_value(self));
    }
}

/// Declares the ops with their names in files and their arguments in order.
macro_rules! language {
    ($( $(#[$meta:meta])* $op:ident $name:literal ($($argument:ident: $type:ty),*); )*) => {
        /// One step of a program.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the arguments are named by what they are")]
        pub enum Op { $( $(#[$meta])* $op { $($argument: $type),* }, )* }

        impl Op {
            /// Its name in files and events.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $( Self::$op { .. } => $name, )* }
            }

            /// Its arguments as written in files.
            fn arguments(&self) -> Vec<Value> {
                #[allow(unused_mut, reason = "ops without arguments")]
                let mut arguments = Vec::new();
                match self { $( Self::$op { $($argument),* } => { $($argument.put(&mut arguments);)* } )* }
                arguments
            }

            fn parse(name: &str, arguments: &mut std::slice::Iter<'_, Value>) -> Result<Self, String> {
                match name {
                    $( $name => Ok(Self::$op { $($argument: Argument::take(arguments)?),* }), )*
                    _ => Err("is not an operation of the language".to_owned()),
                }
            }
        }
    };
}
language! {
    /// Gives the value.
    Log "log" (value: Json);
    /// Leaves the body normally.
    Return "return" ();
    /// Creates a tasklet at the end of the ring.
    Spawn "spawn" (tasklet: String, body: String);
    /// Creates a paused tasklet.
    New "new" (tasklet: String, body: String);
    /// Creates a tasklet that has its function but is not alive.
    Unbound "unbound" (tasklet: String, body: String);
    /// Arms an unbound tasklet and appends it to the ring.
    Setup "setup" (tasklet: String);
    /// Gives a tasklet a new computation, paused.
    Bind "bind" (tasklet: String, body: String);
    /// Discards the computation.
    Unbind "unbind" (tasklet: String);
    /// Lets the others run; the value goes to the own slot, else the tasklet itself.
    Schedule "schedule" (value: Option<Json>);
    /// As schedule, and leaves the ring.
    ScheduleRemove "schedule_remove" (value: Option<Json>);
    /// Parks until no tasklet is runnable.
    RunOthers "RUN" ();
    /// Runs a tasklet now.
    Run "run" (tasklet: String);
    /// Runs a tasklet now and pauses the caller.
    Switch "switch" (tasklet: String);
    /// Appends a tasklet to the ring.
    Insert "insert" (tasklet: String);
    /// Takes a tasklet out of the ring.
    Remove "remove" (tasklet: String);
    /// Throws the exit now.
    Kill "kill" (tasklet: String);
    /// Throws the exit when the tasklet next runs.
    KillPending "killp" (tasklet: String);
    /// Raises an error in a tasklet now.
    Throw "throw" (tasklet: String, error: String);
    /// Raises an error in a tasklet when it next runs.
    ThrowPending "throwp" (tasklet: String, error: String);
    /// Raises a fresh error in a tasklet now.
    RaiseException "raise_exc" (tasklet: String, error: String);
    /// Hands over a value.
    Send "send" (channel: String, value: Json);
    /// Takes a value.
    Receive "recv" (channel: String);
    /// Hands over a fresh error.
    SendException "send_exc" (channel: String, error: String);
    /// Hands over an existing error.
    SendThrow "send_throw" (channel: String, error: String);
    /// Sends several values, one after the other; gives their number.
    SendSequence "send_seq" (channel: String, values: Vec<Json>);
    /// Receives, or stops the iteration on a closing channel without senders.
    Next "next" (channel: String);
    /// Does the ops once for every item received.
    Iterate "iter" (channel: String, body: Vec<Op>);
    /// Sets the preference: -1 receiver, 0 caller, 1 sender.
    Preference "pref" (channel: String, preference: i32);
    /// Sets whether a rendezvous lets all others run first.
    ScheduleAll "sall" (channel: String, on: bool);
    /// Refuses operations that would block from now on.
    Close "close" (channel: String);
    /// Takes close back.
    Open "open" (channel: String);
    /// Waiting senders, or receivers as a negative number.
    Balance "balance" (channel: String);
    /// Whether it is closing, and whether it is closed.
    Closed "closed" (channel: String);
    /// Names of the waiting tasklets.
    Queue "queue" (channel: String);
    /// Sets whether the own tasklet refuses to block.
    BlockTrap "block_trap" (on: bool);
    /// Changes the switch trap; gives the old value.
    SwitchTrap "switch_trap" (delta: i32);
    /// Installs or removes the error handler.
    Handler "handler" (on: bool);
    /// Overwrites a slot.
    SetSlot "tempval" (tasklet: String, value: Json);
    /// Looks at a slot.
    Slot "get_tempval" (tasklet: String);
    /// Raises an error here.
    Raise "raise" (error: String);
    /// Letters: alive, scheduled, blocked, paused, current, main.
    Status "status" (tasklet: String);
    /// Names of the runnable tasklets, current first.
    Ring "ring" ();
    /// Number of the runnable tasklets.
    RunCount "runcount" ();
    /// Name of the running tasklet.
    Current "current" ();
    /// Catches every error of the body, then does the handler.
    Try "try" (body: Vec<Op>, handler: Vec<Op>);
    /// Does the cleanup whichever way the body is left.
    Finally "finally" (body: Vec<Op>, cleanup: Vec<Op>);
    /// Repeats the body.
    Loop "loop" (times: u32, body: Vec<Op>);
}

impl Op {
    /// Reads an op from its array.
    ///
    /// # Errors
    /// Names the op and what is wrong with it.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        let Some([Value::String(name), arguments @ ..]) = value.as_array().map(Vec::as_slice)
        else {
            return Err(format!("{value} is not an array that starts with the name of an op"));
        };
        let mut arguments = arguments.iter();
        let op = Self::parse(name, &mut arguments).map_err(|why| format!("`{name}` {why}"))?;
        match arguments.next() {
            None => Ok(op),
            Some(extra) => Err(format!("`{name}` has an argument too many: {extra}")),
        }
    }

    /// The op as an array.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut array = vec![Value::from(self.name())];
        array.extend(self.arguments());
        Value::Array(array)
    }

    /// The lists of ops inside this one.
    #[must_use]
    pub fn parts(&self) -> Vec<&[Op]> {
        match self {
            Self::Try { body, handler: other } | Self::Finally { body, cleanup: other } => {
                vec![body, other]
            }
            Self::Loop { body, .. } | Self::Iterate { body, .. } => vec![body],
            _ => Vec::new(),
        }
    }

    /// The body it starts, if it starts one.
    #[must_use]
    pub fn started_body(&self) -> Option<&str> {
        match self {
            Self::Spawn { body, .. }
            | Self::New { body, .. }
            | Self::Unbound { body, .. }
            | Self::Bind { body, .. } => Some(body),
            _ => None,
        }
    }
}

/// Reads a list of ops.
pub(crate) fn ops_from_value(value: &Value) -> Result<Vec<Op>, String> {
    let items = value.as_array().ok_or_else(|| format!("{value} is not a list of ops"))?;
    let read = |(i, v)| Op::from_value(v).map_err(|why| format!("op {i}: {why}"));
    items.iter().enumerate().map(read).collect()
}

/// Writes a list of ops.
pub(crate) fn ops_to_value(ops: &[Op]) -> Value {
    ops.iter().map(Op::to_value).collect()
}

impl Program {
    /// The ops of a body, or of main for `None`. Empty for an unknown body.
    #[must_use]
    pub fn ops(&self, body: Option<&str>) -> &[Op] {
        body.map_or(&self.main, |name| self.bodies.get(name).map_or(&[], Vec::as_slice))
    }

    /// Every op, those inside others too, in no particular order.
    pub fn all_ops(&self) -> impl Iterator<Item = &Op> {
        let mut lists: Vec<&[Op]> = self.bodies.values().map(Vec::as_slice).collect();
        lists.push(&self.main);
        let mut current: &[Op] = &[];
        std::iter::from_fn(move || {
            while current.is_empty() {
                current = lists.pop()?;
            }
            let (op, rest) = current.split_first()?;
            current = rest;
            lists.extend(op.parts());
            Some(op)
        })
    }

    /// The object of the program: `main`, `bodies` and `callbacks`, as files have it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let bodies: serde_json::Map<String, Value> =
            self.bodies.iter().map(|(name, ops)| (name.clone(), ops_to_value(ops))).collect();
        let mut callbacks = Vec::new();
        if self.schedule_callback {
            callbacks.push("sched");
        }
        if self.channel_callback {
            callbacks.push("chan");
        }
        json!({ "main": ops_to_value(&self.main), "bodies": bodies, "callbacks": callbacks })
    }

    /// Checks that every body that is started exists.
    ///
    /// # Errors
    /// Names the first one that does not.
    pub fn check(&self) -> Result<(), String> {
        match self.all_ops().filter_map(Op::started_body).find(|b| !self.bodies.contains_key(*b)) {
            Some(body) => Err(format!("there is no body `{body}`")),
            None => Ok(()),
        }
    }
}

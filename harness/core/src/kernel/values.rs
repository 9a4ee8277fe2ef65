//! Transfer slots as values that the outside can look at.

use super::{
    Driver, Handle, Kernel,
    blocks::Tasklet,
    slot::{Content, Slot},
};
use crate::{Error, Value};

/// Puts `value` into the empty slot of `me`.
pub(crate) fn put_value<B: Driver>(me: Tasklet, slot: &Slot, value: Value<B>) {
    match value {
        Value::Empty => slot.clear(),
        Value::Tasklet(handle) if handle.find().is_ok_and(|(_, t)| t == me) => {
            slot.clear();
            slot.mark_itself();
        }
        other => keep_value(slot, other),
    }
}

pub(super) fn keep_value<B: Driver>(slot: &Slot, value: Value<B>) {
    match value {
        Value::Empty => slot.clear(),
        Value::Tasklet(handle) => slot.set(handle),
        Value::Message(message) => message.into_slot(slot),
        Value::Bomb(error) => slot.set_bomb(error),
        Value::Function => slot.set_function(None),
    }
}

/// A copy of what is in the slot of `t`.
pub(crate) fn view_value<B: Driver>(kernel: &Kernel, t: Tasklet) -> Value<B> {
    match t.slot.content() {
        Content::Empty => Value::Empty,
        Content::Itself => Value::Tasklet(Handle::of(kernel, t)),
        Content::Function => Value::Function,
        Content::Bomb => t.slot.bomb().map_or(Value::Empty, Value::Bomb),
        Content::Value => match t.slot.message() {
            Some(message) => match message.as_any().downcast_ref::<Handle<B>>() {
                Some(handle) => Value::Tasklet(handle.clone()),
                None => Value::Message(message),
            },
            None => Value::Empty,
        },
    }
}

/// Empties the slot of the running tasklet: the result of its operation.
pub(super) fn take_value<B: Driver>(kernel: &Kernel, t: Tasklet) -> Result<Value<B>, Error> {
    if let Some(error) = t.slot.take_bomb() {
        return Err(error);
    }
    let value = view_value(kernel, t);
    t.slot.clear();
    Ok(value)
}

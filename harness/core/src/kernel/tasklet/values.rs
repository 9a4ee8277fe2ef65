//! Transfer slots as values that the outside can look at.

use crate::kernel::{
    Driver, Handle, Kernel,
    tasklet::block::Tasklet,
    tasklet::slot::{Content, Slot},
};
use crate::{
    AnyMessage, Error, Value,
    contain::{contain, first},
};

/// Puts `value` into the empty slot of `me`.
pub(crate) fn put_value<B: Driver>(me: Tasklet, slot: &Slot, value: Value<B>) {
    match value {
        Value::Tasklet(handle) if handle.find().is_ok_and(|(_, t)| t == me) => slot.mark_itself(),
        other => keep_value(slot, other),
    }
}

/// As `put_value`, for a slot that belongs to no tasklet yet.
pub(in crate::kernel) fn keep_value<B: Driver>(slot: &Slot, value: Value<B>) {
    match value {
        Value::Empty => {}
        Value::Tasklet(handle) => slot.set(handle),
        Value::Message(message) => message.into_slot(slot),
        Value::Bomb(error) => slot.set_bomb(error),
        Value::Function => slot.set_function(None),
    }
}

/// A copy of what is in the slot of `t`. A clone that panics is an error.
pub(crate) fn view_value<B: Driver>(kernel: &Kernel, t: Tasklet) -> Result<Value<B>, Error> {
    Ok(match t.slot.content() {
        Content::Empty => Value::Empty,
        Content::Itself => Value::Tasklet(Handle::of(kernel, t)),
        Content::Function => Value::Function,
        Content::Bomb => t.slot.bomb().map_or(Value::Empty, Value::Bomb),
        Content::Value => {
            let copy = kernel.lend(t, |slot| contain("a clone", || Ok(slot.message())))?;
            copy.map_or(Value::Empty, of_message)
        }
    })
}

fn of_message<B: Driver>(message: Box<dyn AnyMessage>) -> Value<B> {
    if !message.as_any().is::<Handle<B>>() {
        return Value::Message(message);
    }
    match message.into_any().downcast::<Handle<B>>() {
        Ok(handle) => Value::Tasklet(*handle),
        Err(_) => Value::Empty,
    }
}

/// Empties the slot of the running tasklet: the result of its operation.
pub(in crate::kernel) fn take_value<B: Driver>(
    kernel: &Kernel,
    t: Tasklet,
) -> Result<Value<B>, Error> {
    let content = t.slot.take_all();
    let result = match content.content() {
        Content::Empty => Ok(Value::Empty),
        Content::Itself => Ok(Value::Tasklet(Handle::of(kernel, t))),
        Content::Function => Ok(Value::Function),
        Content::Bomb => content.take_bomb().map_or(Ok(Value::Empty), Err),
        Content::Value => Ok(content.take_message().map_or(Value::Empty, of_message)),
    };
    first(first(result, kernel.empty(content)), kernel.drop_held_of(t))
}

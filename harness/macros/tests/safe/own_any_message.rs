//! What a slot holds is a message: code of others would run while the kernel fills the slot.

#![forbid(unsafe_code)]

use std::any::Any;

use switchback::{AnyMessage, kernel::Slot};

struct Own;

impl AnyMessage for Own {
    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn type_name(&self) -> &'static str {
        "own"
    }

    fn into_slot(self: Box<Self>, slot: &Slot) {
        Box::new(7_u64).into_slot(slot);
    }
}

fn main() {}

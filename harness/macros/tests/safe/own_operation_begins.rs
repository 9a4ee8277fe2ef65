//! An operation of one's own that begins others in a frame: it would go on while its tasklet is away.

#![forbid(unsafe_code)]

use switchback::{Backend, Begun, Control, Error, Operation, Value, frame::Here};

struct Own<B: Backend>(B::Handle);

impl<B: Backend> Operation<B> for Own<B> {
    type Output = Result<Value<B>, Error>;

    unsafe fn begin(self, here: Here<'_>) -> Begun<'_, Self::Output> {
        let request = B::schedule_remove(Value::Empty).begin(here).now(here);
        let _ = self.0.unbind();
        request.map_or_else(Begun::Asks, Begun::Done)
    }
}

struct Safe<B: Backend>(B::Handle);

impl<B: Backend> Operation<B> for Safe<B> {
    type Output = Result<Value<B>, Error>;

    fn begin(self, here: Here<'_>) -> Begun<'_, Self::Output> {
        let request = B::schedule_remove(Value::Empty).begin(here).now(here);
        let _ = self.0.unbind();
        request.map_or_else(Begun::Asks, Begun::Done)
    }
}

fn main() {}

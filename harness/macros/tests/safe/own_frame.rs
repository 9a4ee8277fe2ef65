//! A frame of one's own that steps another one with its `here`: an operation that begins there moves
//! control away, and the code around it would go on.

#![forbid(unsafe_code)]

use switchback::{
    Backend, Control, Error, Tasklet, Value,
    frame::{AsStep, Frame, FrameList, Here, Outcome, Step, Waits},
    pickle::{Reader, Writer},
    shape::Shapes,
    tasklet,
};

#[tasklet]
async fn pauses<B: Backend>() -> Result<(), Error> {
    B::schedule_remove(Value::Empty).await.map(drop)
}

#[derive(Clone)]
struct Own;

impl<B: Backend> Frame<B> for Own {
    type Return = ();
    const NAME: &'static str = "own";
    const FINGERPRINT: u64 = 0;

    fn step<'k, O: Outcome<'k, ()>>(&mut self, here: Here<'k>, outcome: O) -> O::Signal {
        let me = B::current();
        let step: Step<'k, ()> = Tasklet::<B>::into_frame(pauses()).start(here, AsStep);
        let _ = me.and_then(|me| me.unbind());
        match step {
            Step::Asks(request) => outcome.asks(request),
            Step::Returned(result) => outcome.returned(result),
        }
    }

    fn dump(&self, _: &mut Writer) -> Result<(), Error> {
        Ok(())
    }

    fn load(_: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self)
    }

    fn waits(&self) -> Waits {
        Waits::Turn
    }

    fn describe(_: &mut Shapes) {}

    fn callees(_: &mut FrameList) {}
}

fn main() {}

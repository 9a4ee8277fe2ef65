//! The steps of the run queue and of other tasklets: SPEC sections 4, 5 and 8.

use crate::kernel::{
    Driver, Handle, Here, Kernel, Later, Waits,
    driver::here::Place,
    driver::operations::{Step, Turn, away, begin_completely, or_done, settled},
    kernel_of_thread,
    tasklet::block::Tasklet,
    tasklet::destructors::take_nothing,
    tasklet::slot::Slot,
    tasklet::values::{keep_value, put_value, take_value},
};
use crate::{Begun, Error, Value};

pub(crate) struct Schedule;

impl Step for Schedule {
    type Output = ();

    #[inline(always)]
    fn try_start<'k>(self, place: impl Place<'k>) -> Result<Turn<()>, Self> {
        if let Some(kernel) = place.plain() {
            let Some(next) = kernel.second() else { return Ok(Turn::Done(Ok(()))) };
            let me = place.me(kernel);
            me.slot.mark_itself();
            kernel.turn(me);
            return Ok(away(kernel, me, next));
        }
        Err(self)
    }

    fn start(self) -> Turn<()> {
        let kernel = or_done!(kernel_of_thread());
        settled::<Self>(kernel, kernel.here(), kernel.schedule(Slot::mark_itself))
    }

    #[inline(always)]
    fn leave<D: Driver>(self, here: Here<'_>) -> Begun<'_, Result<(), Error>> {
        Later::leave(here, |here, _| begin_completely::<D, _>(Self, here), [0; 2])
    }

    #[inline(always)]
    fn finish_short(_: &Kernel, me: Tasklet) -> Option<()> {
        me.slot.is_itself().then_some(())
    }

    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<(), Error> {
        if me.slot.is_itself() { Ok(()) } else { take_nothing(me) }
    }

    fn keep(_: &Slot, (): ()) {}
}

pub(crate) struct ScheduleValue<B: Driver> {
    pub(crate) value: Value<B>,
    pub(crate) remove: bool,
}

// SAFETY: a `Value` holds a message, a handle or an error, all of which are `Send`.
unsafe impl<B: Driver> Send for ScheduleValue<B> {}

impl<B: Driver> Step for ScheduleValue<B> {
    type Output = Value<B>;

    fn start(self) -> Turn<Value<B>> {
        let kernel = or_done!(kernel_of_thread());
        let me = kernel.here();
        let value = self.value;
        let put = move |slot: &Slot| put_value(me, slot, value);
        let result = if self.remove { kernel.schedule_remove(put) } else { kernel.schedule(put) };
        settled::<Self>(kernel, me, result)
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Value<B>, Error> {
        take_value(kernel, me)
    }

    fn keep(slot: &Slot, output: Value<B>) {
        keep_value(slot, output);
    }
}

pub(crate) struct RunOthers;

impl Step for RunOthers {
    type Output = ();

    fn start(self) -> Turn<()> {
        let kernel = or_done!(kernel_of_thread());
        let me = kernel.here();
        settled::<Self>(kernel, me, kernel.run_others())
    }

    fn waits() -> Waits {
        Waits::Others
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<(), Error> {
        kernel.return_from_run();
        take_nothing(me)
    }

    fn keep(_: &Slot, (): ()) {}
}

pub(crate) struct RunTasklet<'a, B: Driver> {
    pub(crate) tasklet: &'a Handle<B>,
    pub(crate) pause_me: bool,
}

impl<B: Driver> Step for RunTasklet<'_, B> {
    type Output = Value<B>;

    fn start(self) -> Turn<Value<B>> {
        let (kernel, t) = or_done!(self.tasklet.find());
        let me = kernel.here();
        settled::<Self>(kernel, me, kernel.run_tasklet(t, self.pause_me))
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Value<B>, Error> {
        take_value(kernel, me)
    }

    fn keep(slot: &Slot, output: Value<B>) {
        keep_value(slot, output);
    }
}

pub(crate) struct Throw<'a, B: Driver> {
    pub(crate) tasklet: &'a Handle<B>,
    pub(crate) error: Error,
}

impl<B: Driver> Step for Throw<'_, B> {
    type Output = Value<B>;

    fn start(self) -> Turn<Value<B>> {
        let (kernel, t) = or_done!(self.tasklet.find());
        let me = kernel.here();
        match kernel.throw(t, self.error) {
            Err(error) => Turn::Done(Err(error)),
            Ok(false) => Turn::Done(Ok(Value::Empty)),
            Ok(true) => settled::<Self>(kernel, me, Ok(())),
        }
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Value<B>, Error> {
        take_value(kernel, me)
    }

    fn keep(slot: &Slot, output: Value<B>) {
        keep_value(slot, output);
    }
}

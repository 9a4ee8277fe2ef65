//! The backend itself: everything of `B`, and what the fault of the process does instead.

use switchback::{
    Backend, Blocking, Budget, Capabilities, ChannelCallback, Control, Counts, Error, ErrorHandler,
    Kind, Message, Operation, ScheduleCallback, Tasklet, Value, frame::Frame,
};

use crate::{
    Channel, Claims, Fault, Handle, Mutant,
    act::{Act, Same, Slot, Stopped},
    callbacks::{self, Run},
    fault::{active, on},
    handle::{base_value, bound},
    pickles, tricks,
    via::Via,
};

impl<B: Blocking, C: Claims<B>> Blocking for Mutant<B, C> {}

/// What the blunt faults do as soon as a run begins.
fn begins<B: Backend, C: Claims<B>>() -> Result<Run, Error> {
    match active() {
        Fault::RunFails => return Err(Error::new("broken", "")),
        Fault::Hangs => tricks::hang(),
        Fault::Aborts => std::process::abort(),
        Fault::Overflows => drop(tricks::overflow(0)),
        Fault::NestedRunFails if B::current().is_ok() => return Err(Error::new("broken", "")),
        Fault::LateRunPanics => tricks::visits(),
        _ => {}
    }
    tricks::forget();
    Run::enter::<B, C>()
}

impl<B: Backend, C: Claims<B>> Backend for Mutant<B, C> {
    const NAME: &'static str = "mutant";
    const CAPABILITIES: Capabilities = C::CAPABILITIES;

    type Channel<T: Message> = Channel<B, T>;
    type Handle = Handle<B>;

    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error> {
        let _run = begins::<B, C>()?;
        let run = || B::run(Via::<B, C, K>::main(main));
        if on(Fault::RunReturnsEarly) { tricks::early(run) } else { run() }
    }

    fn audit<K: Tasklet<Self>>(main: K) -> Result<(K::Return, Counts), Error> {
        let _run = begins::<B, C>()?;
        B::audit(Via::<B, C, K>::main(main))
    }

    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Handle<B> {
        let worker = if on(Fault::StackReused) { Via::misplaced } else { Via::worker };
        let base = B::spawn(worker(tasklet));
        match active() {
            Fault::SpawnInFront => tricks::to_the_front::<B>(&base),
            Fault::SpawnPaused => drop(base.remove()),
            Fault::SpawnRunsAtOnce => drop(base.run().wait()),
            _ => {}
        }
        Handle::new(base)
    }

    fn channel<T: Message>() -> Channel<B, T> {
        Channel::make()
    }

    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Act::<B, _, Same, _>::new(B::schedule(), |op| match active() {
            Fault::ScheduleStays => Ok(()),
            Fault::ExitUnheard => tricks::forgive(op.wait(), Kind::Exit, || ()),
            Fault::ScheduleTwice => {
                op.wait()?;
                B::schedule().wait()
            }
            Fault::ScheduleSkipsOne => {
                tricks::rotate::<B>();
                op.wait()
            }
            _ => op.wait(),
        })
    }

    fn schedule_value(
        value: Value<Self>,
    ) -> impl Operation<Self, Output = Result<Value<Self>, Error>> + Send {
        Act::<B, _, Slot<C>, _>::new(
            B::schedule_value(base_value::<B, C>(value)),
            |op| match active() {
                Fault::ScheduleStays => Ok(Value::Empty),
                Fault::ScheduleLosesTheValue => op.wait().map(|_| Value::Empty),
                Fault::ScheduleSkipsOne => {
                    tricks::rotate::<B>();
                    op.wait()
                }
                Fault::ScheduleTwice => {
                    let value = op.wait()?;
                    B::schedule_value(value).wait()
                }
                _ => op.wait(),
            },
        )
    }

    fn schedule_remove(
        value: Value<Self>,
    ) -> impl Operation<Self, Output = Result<Value<Self>, Error>> + Send {
        let value = base_value::<B, C>(value);
        Act::<B, _, Slot<C>, _>::new(B::schedule_remove(value), |op| match active() {
            Fault::ScheduleRemoveStays => B::schedule_value(Value::Empty).wait(),
            Fault::ScheduleLosesTheValue => op.wait().map(|_| Value::Empty),
            _ => op.wait(),
        })
    }

    fn run_others() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Act::<B, _, Same, _>::new(B::run_others(), |op| match active() {
            Fault::RunOthersOnce => B::schedule().wait(),
            Fault::RunOthersSwallowsErrors => op.wait().or(Ok(())),
            Fault::RunOthersTwice => {
                op.wait()?;
                B::run_others().wait()
            }
            _ => op.wait(),
        })
    }

    fn spawn_paused<K: Tasklet<Self>>(tasklet: K) -> Result<Handle<B>, Error> {
        let base = B::spawn_paused(Via::<B, C, K>::worker(tasklet))?;
        if on(Fault::SpawnPausedInserts) {
            base.insert()?;
        }
        Ok(Handle::new(base))
    }

    fn spawn_unbound<K: Tasklet<Self> + Clone>(tasklet: K) -> Result<Handle<B>, Error> {
        let base = B::spawn_unbound(Via::<B, C, K>::worker(tasklet))?;
        if on(Fault::SpawnUnboundAlive) {
            base.setup()?;
            base.remove()?;
        }
        Ok(Handle::new(base))
    }

    fn bind<K: Tasklet<Self>>(handle: &Handle<B>, tasklet: K) -> Result<(), Error> {
        if on(Fault::BindIgnored) {
            return Ok(());
        }
        tricks::told(bound(B::bind(handle.base(), Via::<B, C, K>::worker(tasklet))))?;
        if on(Fault::BindInserts) { handle.base().insert() } else { Ok(()) }
    }

    fn current() -> Result<Handle<B>, Error> {
        let current = match active() {
            Fault::CurrentIsMain => B::main(),
            _ => B::current(),
        };
        match (current, active()) {
            (Err(error), Fault::CurrentAfterTheEnd) => {
                tricks::look(0).map(Handle::new).ok_or(error)
            }
            (current, _) => current.map(Handle::new),
        }
    }

    fn main() -> Result<Handle<B>, Error> {
        let main = if on(Fault::MainIsCurrent) { B::current() } else { B::main() };
        main.map(Handle::new)
    }

    fn run_queue() -> Result<Vec<Handle<B>>, Error> {
        let mut ring = B::run_queue()?;
        match active() {
            Fault::RunQueueReversed => ring.reverse(),
            Fault::RunQueueForgetsLast => drop(ring.pop()),
            Fault::RunQueueWithoutCurrent => drop(ring.remove(0)),
            Fault::InsertDuplicates | Fault::CallbackInsertsTwice => {
                ring.extend(tricks::look::<B::Handle>(0))
            }
            _ => {}
        }
        Ok(ring.into_iter().map(Handle::new).collect())
    }

    fn run_count() -> Result<usize, Error> {
        let count = B::run_count()?;
        Ok(if on(Fault::RunCountOneLess) { count - 1 } else { count })
    }

    fn switch_trap(delta: i32) -> Result<i32, Error> {
        match active() {
            Fault::TrapIgnored => B::switch_trap(0),
            Fault::TrapGivesTheNew => B::switch_trap(delta).map(|old| old + delta),
            Fault::WrongRefusal => B::switch_trap(delta).map_err(|_| Kind::WrongType.into()),
            _ => B::switch_trap(delta),
        }
    }

    fn block_trap(trapped: bool) -> Result<bool, Error> {
        match active() {
            Fault::BlockTrapIgnored => Ok(false),
            Fault::BlockTrapGivesTheNew => B::block_trap(trapped).map(|_| trapped),
            _ => B::block_trap(trapped),
        }
    }

    fn set_atomic(atomic: bool) -> Result<bool, Error> {
        match active() {
            Fault::AtomicIgnored => Ok(false),
            Fault::AtomicStays if !atomic => B::set_atomic(true),
            Fault::AtomicGivesTheNew => B::set_atomic(atomic).map(|_| atomic),
            _ => B::set_atomic(atomic),
        }
    }

    fn run_for(
        mut budget: Budget,
    ) -> impl Operation<Self, Output = Result<Option<Handle<B>>, Error>> + Send {
        match active() {
            Fault::BudgetIgnored => budget.steps = u64::MAX / 2,
            Fault::BudgetOneMore => budget.steps += 1,
            Fault::BudgetOneLess => budget.steps = budget.steps.saturating_sub(1),
            Fault::BudgetSoftIsHard => budget.soft = false,
            Fault::BudgetHardIsSoft => budget.soft = true,
            Fault::BudgetNeverTotal => budget.total = false,
            Fault::BudgetAlwaysTotal => budget.total = true,
            _ => {}
        }
        Act::<B, _, Stopped<B>, _>::new(B::run_for(budget), |op| {
            let stopped = op.wait()?;
            match (active(), &stopped) {
                (Fault::StoppedForgotten, _) => Ok(None),
                (Fault::StoppedRunnable, Some(tasklet)) => tasklet.insert().map(|()| stopped),
                _ => Ok(stopped),
            }
        })
    }

    fn checkpoint() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Act::<B, _, Same, _>::new(B::checkpoint(), |op| match active() {
            Fault::CheckpointIgnored => Ok(()),
            _ => op.wait(),
        })
    }

    fn set_error_handler(
        new: Option<ErrorHandler<Self>>,
    ) -> Result<Option<ErrorHandler<Self>>, Error> {
        callbacks::set_handler::<B, C>(new)
    }

    fn set_schedule_callback(
        new: Option<ScheduleCallback<Self>>,
    ) -> Result<Option<ScheduleCallback<Self>>, Error> {
        callbacks::set_schedule::<B, C>(new)
    }

    fn set_channel_callback(
        new: Option<ChannelCallback<Self>>,
    ) -> Result<Option<ChannelCallback<Self>>, Error> {
        callbacks::set_channel::<B, C>(new)
    }

    fn frame_call<K: Tasklet<Self>>(tasklet: K) {
        B::frame_call(Via::<B, C, K>::worker(tasklet));
    }

    fn frame_return<K: Tasklet<Self>>() -> Result<K::Return, Error> {
        B::frame_return::<Via<B, C, K>>()
    }

    fn frame_entry<F: Frame<Self>>() -> &'static (dyn std::any::Any + Send + Sync) {
        pickles::entry::<B, C, F>()
    }
}

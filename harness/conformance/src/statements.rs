//! The numbered statements of the model (SPEC section 20), a sentence each.

mod untried;

pub use untried::NOT_TRIED;

/// Whether a statement can hold for a Rust library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// As it stands.
    Yes,
    /// With a change that SPEC section 20 names.
    Adapt,
    /// Not at all: it is about the reference's own language or process.
    No,
}

/// One statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its number: 20 for `C020`.
    pub number: u16,
    /// What must hold.
    pub sentence: &'static str,
    /// Whether it can.
    pub applies: Applies,
}

/// The statement of an id such as `C020`.
///
/// ```
/// use switchback_conformance::statements;
/// let statement = statements::find("C034").expect("statement C034");
/// assert_eq!(statement.sentence, "remove of the current tasklet fails.");
/// assert!(statements::find("C999").is_none());
/// ```
#[must_use]
pub fn find(id: &str) -> Option<&'static Statement> {
    let number: u16 = id.strip_prefix('C')?.parse().ok()?;
    ALL.iter().find(|statement| statement.number == number)
}

const fn yes(number: u16, sentence: &'static str) -> Statement {
    Statement { number, sentence, applies: Applies::Yes }
}

const fn adapt(number: u16, sentence: &'static str) -> Statement {
    Statement { number, sentence, applies: Applies::Adapt }
}

const fn no(number: u16, sentence: &'static str) -> Statement {
    Statement { number, sentence, applies: Applies::No }
}

/// All statements in the order of their numbers.
pub const ALL: &[Statement] = &[
    // Identity, creation, binding, life cycle
    yes(1, "A scheduler has one main tasklet; a fresh ring holds main alone."),
    yes(2, "Code in a tasklet sees that tasklet as the current one."),
    yes(3, "A tasklet without a function is not alive, scheduled, blocked or paused."),
    adapt(4, "A function without arguments does not make a tasklet alive."),
    adapt(5, "Binding with arguments makes a tasklet alive and paused; run starts it."),
    yes(6, "Setting up makes a tasklet alive and puts it at the end of the ring."),
    adapt(7, "Binding arguments alone keeps the function bound before."),
    no(8, "Binding something that cannot be called is refused."),
    yes(9, "The current tasklet cannot be bound or unbound."),
    yes(10, "A tasklet in the ring or on a channel cannot be bound or unbound."),
    adapt(11, "Unbinding a paused tasklet drops its computation; no cleanup code runs."),
    adapt(12, "A tasklet with native state cannot be bound or unbound."),
    yes(13, "Main can never be unbound."),
    no(14, "A paused main may get another function."),
    yes(15, "Setting up a tasklet that is alive fails."),
    yes(16, "Setting up a tasklet whose function is used up or missing fails."),
    yes(17, "A finished tasklet may be bound and run again as the same tasklet."),
    yes(18, "A finished tasklet is not alive, not scheduled, and its slot is empty."),
    adapt(19, "Users can attach their own data to tasklets and channels."),
    // Ring operations
    yes(20, "A tasklet added to the ring goes to its end, just before the current one."),
    yes(21, "schedule passes control to the ring successor; the caller becomes last."),
    yes(22, "schedule gives its argument back; alone, it returns without a switch."),
    yes(23, "A caller of schedule still counts as scheduled while the others run."),
    yes(24, "schedule_remove takes its caller out of the ring, alive and paused."),
    adapt(25, "A resumed operation gives the content of the slot, which others may write."),
    yes(26, "When the last runnable removes itself, the innermost run returns."),
    yes(27, "A paused main is resumed when the ring runs empty."),
    yes(28, "Removing oneself as the last runnable while main is blocked deadlocks."),
    yes(29, "insert of a tasklet in the ring does not move it."),
    yes(30, "insert, run and switch of a blocked tasklet fail and leave it blocked."),
    yes(31, "insert, run and switch of a dead tasklet fail."),
    yes(32, "remove pauses a runnable tasklet and ignores one outside the ring."),
    yes(33, "remove of a blocked tasklet fails."),
    yes(34, "remove of the current tasklet fails."),
    yes(35, "run of a tasklet in the ring moves the current position, not the tasklets."),
    yes(36, "run of a paused tasklet puts it just before its caller and switches to it."),
    yes(37, "run of a blocked or dead tasklet is refused before anything changes."),
    yes(38, "run gives the slot of its caller, normally empty."),
    yes(39, "switch is run that also takes its caller out of the ring."),
    yes(40, "run or switch to oneself does nothing and gives the slot."),
    yes(41, "switch to a blocked tasklet fails and its caller stays in the ring."),
    yes(42, "The run count includes the current tasklet, not blocked or parked ones."),
    adapt(43, "The ring and the queue of a channel can be listed in order."),
    yes(44, "When a tasklet ends, its ring successor runs, not its creator or killer."),
    yes(45, "Many tasklets that yield many times all complete."),
    adapt(46, "A host outside of any tasklet can create tasklets and drive them."),
    // run and watchdogs
    yes(50, "run parks its caller until the ring is empty and gives nothing."),
    yes(51, "run with nobody else runnable returns at once."),
    yes(52, "run returns when all others are blocked or paused."),
    yes(53, "run without a timeout never gives a tasklet."),
    yes(54, "Open runs form a stack; the innermost caller is resumed first."),
    yes(55, "run in a worker does not return while main is in the ring."),
    yes(56, "run in a worker works while main is blocked, and the worker is resumed."),
    yes(57, "An uncaught error goes to the innermost run alone."),
    yes(58, "A run caller woken by hand makes the deeper callers runnable."),
    yes(59, "A deeper run caller that is runnable already is not inserted twice."),
    yes(60, "main may open a run inside a worker's run; it is then the innermost."),
    adapt(61, "A timeout interrupts a tasklet that runs too long and gives it, paused."),
    adapt(62, "A timeout gives nothing if the ring empties first."),
    adapt(63, "The budget of a timeout restarts at every switch."),
    adapt(64, "A total timeout covers the whole run."),
    adapt(65, "A soft timeout stops at the next ordinary switch only."),
    adapt(66, "An atomic tasklet is interrupted when it stops being atomic."),
    adapt(67, "A tasklet with native frames is not interrupted unless it asks for it."),
    adapt(68, "Only the outermost timeout is armed."),
    adapt(69, "A worker may own the timeout, and is then the one resumed."),
    yes(70, "An error raised by run leaves all other tasklets as they were."),
    adapt(71, "Interrupting tasklets that talk over channels loses no message."),
    adapt(72, "An interrupted tasklet can be pickled and its copy continued."),
    // Deadlock and uncaught errors
    yes(80, "main blocking as the only runnable tasklet gets the deadlock error."),
    yes(81, "main waiting to receive is told when the last other tasklet ends."),
    yes(82, "main waiting to send is told when the last other tasklet ends."),
    yes(83, "An uncaught error takes a blocked main off its channel and is raised there."),
    yes(84, "A worker blocking as the last runnable gets the deadlock error itself."),
    yes(85, "An uncaught error is delivered before the other runnable tasklets run."),
    yes(86, "An uncaught error is raised from whatever call its receiver is in."),
    adapt(87, "A deadlock error does not lose the value of a blocked sender."),
    adapt(88, "An error offered on a channel does not also surface from run."),
    yes(89, "After a failed attempt to block, queue and balance are as before."),
    // Channels
    yes(100, "send without a receiver blocks and raises the balance by one."),
    yes(101, "receive without a sender blocks and lowers the balance by one."),
    yes(102, "send to a waiting receiver does not block."),
    yes(103, "receive from a waiting sender does not block and gives its value."),
    yes(104, "Waiting tasklets are served in the order in which they blocked."),
    yes(105, "Preference receiver: send lets the waiting receiver run now."),
    yes(106, "Preference receiver: receive goes on, the sender is put at the end."),
    yes(107, "Preference sender: send goes on, the receiver is put at the end."),
    yes(108, "Preference sender: receive lets the waiting sender run now."),
    yes(109, "Preference caller: whoever completes the rendezvous goes on."),
    yes(110, "schedule_all puts the peer at the end and lets the ring successor run."),
    adapt(111, "The preference is receiver and schedule_all is off unless set."),
    yes(112, "The balance counts waiting senders, or receivers below zero."),
    yes(113, "An error sent over a channel is raised in the receiver."),
    adapt(114, "An existing error sent over a channel keeps its origin."),
    yes(115, "The sender of an error returns normally once it is received."),
    yes(116, "A sequence is sent item by item with full channel rules."),
    adapt(117, "Iterating a channel ends when StopIteration arrives."),
    yes(118, "close wakes nobody; closed means closing with an empty queue."),
    yes(119, "On a closing channel an operation that would block fails."),
    yes(120, "On a closing channel an operation that meets a peer succeeds."),
    yes(121, "Iterating a closing channel drains its senders, then stops."),
    yes(122, "open takes close back."),
    yes(123, "Under block_trap an operation that would block fails, nothing changed."),
    adapt(124, "A channel lives as long as a tasklet is blocked on it."),
    yes(125, "kill or throw takes a blocked tasklet off its channel first."),
    adapt(126, "A receiver of a dead thread stays queued; a send to it fails."),
    no(127, "Wrong argument counts are reported."),
    // Errors and kill
    yes(140, "throw raises in its target now, placed just before the caller."),
    yes(141, "A pending throw is raised when its target next runs; the last one counts."),
    yes(142, "A throw before the first instruction ends the tasklet without its body."),
    yes(143, "throw at a dead tasklet fails; the exit is ignored there."),
    no(144, "Malformed descriptions of errors are refused."),
    yes(145, "throw or kill of the current tasklet raises at once, pending or not."),
    yes(146, "kill throws the exit; a pending kill acts when the target next runs."),
    yes(147, "The exit ends a worker silently and may be caught; main gets an error."),
    yes(148, "raise_exception is a throw of a fresh error."),
    yes(149, "throw at a tasklet in the ring jumps to its place."),
    yes(150, "A pending throw takes its target off its channel to the end of the ring."),
    yes(151, "A pending throw does not move a tasklet in the ring."),
    adapt(152, "Handlers of ordinary errors do not catch the exit."),
    no(153, "The error being handled is private to each tasklet."),
    // Error handler and callbacks
    yes(160, "Setting the error handler gives the previous one."),
    yes(161, "An error taken by the handler vanishes."),
    yes(162, "An error of the handler replaces the original."),
    yes(163, "The handler sees errors thrown at tasklets that never started."),
    yes(164, "The handler runs in the dying tasklet and never sees the exit."),
    yes(165, "A pending throw reaches the handler only when its target runs."),
    yes(170, "The schedule callback is called once before every real switch."),
    yes(171, "Setting a schedule callback gives the previous one."),
    adapt(172, "A failing schedule callback does not prevent the switch."),
    yes(175, "The channel callback is called before every channel operation."),
    yes(176, "Setting a channel callback gives the previous one."),
    yes(177, "Channel operations in a channel callback fail."),
    // Traps and atomic
    yes(180, "Under the switch trap every operation that would switch fails."),
    yes(181, "A refused operation leaves everything as it was."),
    yes(182, "Errors about the target come before the switch trap."),
    yes(183, "Switching to oneself is allowed under the switch trap."),
    yes(185, "set_atomic gives the old value."),
    yes(186, "The atomic scope restores the value before it."),
    yes(187, "Atomic does not affect explicit switches and is not inherited."),
    // Threads
    adapt(200, "Every OS thread has its own scheduler."),
    adapt(201, "Tasklets of different threads can meet on one channel."),
    adapt(202, "A rendezvous across threads does not switch its caller."),
    adapt(203, "insert of a tasklet of another thread wakes that thread."),
    adapt(204, "run of a tasklet of another thread does not switch."),
    adapt(205, "switch to a tasklet of another thread fails."),
    adapt(206, "remove works across threads."),
    adapt(207, "throw across threads returns at once and raises there."),
    adapt(208, "bind_thread moves a soft tasklet that is not runnable."),
    adapt(209, "bind_thread refuses runnable tasklets."),
    adapt(210, "bind_thread refuses native state."),
    adapt(211, "bind_thread to an unknown scheduler fails."),
    adapt(212, "A tasklet without native state just stops when its thread ends."),
    adapt(213, "A tasklet with native state is killed when its thread ends."),
    adapt(214, "Operations on a tasklet of a dead thread work or fail cleanly."),
    adapt(215, "kill of a tasklet of a dead thread drops it and takes it off its channel."),
    no(216, "A pending throw during the end of a thread fails cleanly."),
    adapt(217, "A thread without runnable tasklets sleeps until another one wakes it."),
    adapt(218, "run may wait for work from other threads."),
    adapt(219, "A suspended computation can be moved to another thread by value."),
    no(220, "Destructors at the end of a thread may touch the scheduler."),
    adapt(221, "A tasklet running while its thread is torn down corrupts nothing."),
    // Soft and hard switching
    yes(230, "The event order is the same however tasklets are suspended."),
    adapt(231, "A tasklet is restorable if no native frame is below it."),
    adapt(232, "The caller of run is not restorable meanwhile."),
    adapt(233, "Switching works between soft and hard tasklets and from any stack depth."),
    adapt(234, "Soft switching can be turned off; then all state is native."),
    adapt(235, "A hand-written frame can suspend, resume and report errors."),
    no(236, "Every way of calling keeps the nesting level at zero."),
    no(237, "Failures of a native stack transfer leave the scheduler intact."),
    no(238, "Native stacks can be inspected."),
    no(239, "Runaway recursion is an error, not a crash."),
    adapt(240, "Suspending in cleanup code keeps the control flow around it."),
    // Pickling
    adapt(250, "A tasklet that never started pickles with its function and arguments."),
    adapt(251, "A suspended tasklet pickles at any depth and its copy goes on from there."),
    adapt(252, "Pickling copies: the original is untouched, copies are independent."),
    adapt(253, "Suspension in entry, body and exit of a scope survives pickling."),
    adapt(254, "Identity inside one pickle is kept, across pickles it is not."),
    adapt(255, "A blocked tasklet pickled with its channel comes back blocked on the copy."),
    adapt(256, "A blocked tasklet pickled without its channel comes back paused."),
    adapt(257, "Channel and waiters may be loaded in either order."),
    adapt(258, "Copies come back paused, with their flags and pending errors."),
    adapt(259, "The current tasklet cannot be pickled."),
    adapt(260, "Native state cannot be continued from a pickle."),
    adapt(261, "A tasklet inside a sequence of sends can be pickled."),
    adapt(262, "Errors being handled are restored with the tasklet."),
    no(263, "The reduced form of a tasklet has a fixed shape."),
    adapt(264, "Pickles work across encoders and versions of the format."),
    no(265, "Objects of the language that usually cannot be pickled can."),
    adapt(266, "Malformed frame state is refused, not crashed on."),
    no(267, "Flags per thread control optional content of pickles."),
    no(268, "Killing while deep structures are pickled corrupts nothing."),
    adapt(269, "A pickle can be continued in another process of the same program."),
    // Finalisation
    adapt(280, "Dropping a suspended soft tasklet frees it; its cleanup code does not run."),
    adapt(281, "Dropping a suspended native tasklet kills it; its cleanup code runs."),
    adapt(282, "Results and user data of finished tasklets may run code when dropped."),
    adapt(283, "Scheduler and channels keep their tasklets; finished ones are freed."),
    adapt(284, "Dropping a channel releases its waiters."),
    no(285, "Interpreter exit with suspended tasklets ends the process cleanly."),
    adapt(286, "The end of main leaves the other tasklets as they are."),
    // Debugging and C API
    no(290, "Trace functions are private to each tasklet."),
    no(291, "The C evaluation entry accepts foreign frames."),
    no(292, "Introspection flags of the module exist."),
    no(293, "Errors raised while a stack is unwound for a switch do not confuse it."),
];

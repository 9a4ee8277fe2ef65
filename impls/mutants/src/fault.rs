//! The faults: what a mutant does wrong, one sentence each.

use std::sync::OnceLock;

/// The variable of the environment that names the fault of a process; none if it is not set.
pub const VARIABLE: &str = "SWITCHBACK_FAULT";

/// Which backends a fault is put into, because it shows there only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// An order-exact one in the blocking form.
    Exact,
    /// One that makes pickles.
    Portable,
    /// A free one, on several threads.
    Free,
    /// One that declares all.
    Boasting,
    /// One that declares too little.
    Modest,
}

macro_rules! faults {
    ($($base:ident { $($name:ident $text:literal;)* })*) => {
        /// A rule that a mutant breaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            /// No rule at all.
            None,
            $($(#[doc = $text] $name,)*)*
        }

        impl Fault {
            /// All of them, [`None`](Self::None) left out.
            pub const ALL: &'static [Self] = &[$($(Self::$name),*),*];

            /// Its name in lists and results.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    Self::None => "None",
                    $($(Self::$name => stringify!($name),)*)*
                }
            }

            /// What it does wrong.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    Self::None => "nothing is wrong",
                    $($(Self::$name => $text,)*)*
                }
            }

            /// The backends it is put into.
            #[must_use]
            pub fn bases(self) -> &'static [Base] {
                match self {
                    Self::None => &[Base::Exact, Base::Portable, Base::Free],
                    $($(Self::$name => bases!($base),)*)*
                }
            }
        }
    };
}

macro_rules! bases {
    (exact) => {
        &[Base::Exact]
    };
    (portable) => {
        &[Base::Portable]
    };
    (free) => {
        &[Base::Free]
    };
    (boasting) => {
        &[Base::Boasting]
    };
    (modest) => {
        &[Base::Modest]
    };
    (both) => {
        &[Base::Exact, Base::Free]
    };
    (ordered) => {
        &[Base::Exact, Base::Portable]
    };
}

faults! {
    both {
        RunFails "run fails at once";
        Hangs "run never returns";
        Aborts "run ends the process";
        Overflows "run overflows the stack";
    }
    // ---- channels
    both {
        ValueLost "send does nothing and says that it is done";
        ValueDuplicated "a value that passed is sent once more if a further receiver waits";
        NotRendezvous "send does not wait for a receiver";
        ErrorSwallowed "a receiver skips an error that was sent and takes what comes next";
        ErrorTwice "an error that was sent is raised in the next receive too";
        SendErrorIgnored "sending an error does nothing and says that it is done";
        SendErrorRaisesInSender "a sent error is raised in its sender too";
        SendErrorForgetsItsKind "a sent error arrives as another one";
        CloseIgnored "close does nothing";
        OpenIgnored "open does nothing";
        CloseRefusesPeers "a closing channel refuses even those that meet a peer";
        ClosingHidden "a closing channel says that it is not";
        NextNeverStops "an iteration gives its last item for ever";
        NextStopsEarly "an iteration over a closing channel stops before the waiting senders are served";
        NextIgnoresClosing "an iteration over a closing channel fails instead of stopping";
        DeadlockHangs "a deadlock is not seen";
        DeadlockSwallowed "send says that it is done when a deadlock was found";
    }
    both {
        WakeUpsLost "every 64th receiver that has to wait is never woken";
    }
    exact {
        LifoWakeUp "the last waiter of a channel is served first";
        CloseWakes "close wakes the waiters";
        CloseLosesValues "close takes what the waiting senders offer, and it is lost";
        LostWakeUp "a receiver that got its value is not made runnable";
        DeadlockTooEarly "who would leave only one other runnable is told of a deadlock";
        DeadlockOfAnotherKind "all deadlocks are reported as one kind";
        DeadlockLeavesTheRing "a tasklet that is told of a deadlock goes behind the others";
        SendYieldsBefore "send lets others run before it looks for a receiver";
        SendYieldsAfter "send lets others run once more when it is done";
        ReceiveYieldsAfter "receive lets others run once more when it has its value";
        RefusalRotates "a refused channel operation lets the next tasklet lose its turn";
        RefusalTakesTheTrapOff "a switch trap refuses once only";
        SendErrorCopies "a sent error loses its origin";
        PreferenceIgnored "set_preference does nothing";
        PreferenceSwapped "receivers are preferred where senders should be, and the other way round";
        CallerPreferred "the caller always goes on, whatever the preference";
        ScheduleAllIgnored "set_schedule_all does nothing";
        ScheduleAllAlways "every channel lets everybody else run first";
        PreferenceUnknown "the preference that was set is not given back";
        ScheduleAllUnknown "whether everybody else runs first is not given back";
        ClosedWhileWaiting "a closing channel with waiters says that it is closed";
        BalanceZero "the balance is 0";
        BalanceCountsOne "the balance is at most 1, whoever waits";
        WaitingReversed "the waiters are listed last first";
        WaitingHidden "no waiters are listed";
        ChannelNumberWrong "all channels have one number";
        ChannelsShared "every second channel is the one before";
    }
    // ---- what free backends offer too
    both {
        RunOthersOnce "run gives up one turn only";
        RunOthersSwallowsErrors "run does not raise the errors of the others";
        AliveForever "an ended tasklet is said to be alive";
        ExitIsNoisy "the exit of a killed tasklet is raised in main";
        ThrowOfDead "throw at a dead tasklet does not fail";
        KillOfDeadRefused "kill of a dead tasklet fails";
        CurrentIsMain "the current tasklet is said to be main";
    }
    free {
        RunReturnsEarly "run returns when main ends, while others are still executing";
        SendLeaks "a copy of each value that is sent is never freed";
        ExitUnheard "schedule hides from a tasklet that it was told to end";
    }
    // ---- what shows in frames that are stepped too
    ordered {
        SpawnPaused "a new tasklet is not runnable";
        BalanceNegated "the balance has the other sign";
    }
    // ---- the ring
    exact {
        SpawnInFront "a new tasklet is next, not last";
        StackReused "a tasklet begins on the stack of an earlier one that has not begun, with its arguments";
        SpawnRunsAtOnce "a new tasklet runs before its creator goes on";
        ScheduleStays "schedule does not rotate";
        ScheduleTwice "schedule gives up two turns";
        ScheduleSkipsOne "schedule passes over the next one";
        ScheduleLosesTheValue "the value of schedule is gone when its caller is resumed";
        ScheduleRemoveStays "schedule_remove leaves its caller runnable";
        RunOthersTwice "run runs a second time";
        EndGoesToMain "main is next when a tasklet ends";
        MainEndRunsTheRest "the others go on when main has ended";
        InsertIgnored "insert does nothing";
        InsertMoves "insert moves a runnable tasklet to the end";
        InsertInFront "an inserted tasklet is next, not last";
        InsertDuplicates "a runnable tasklet that is inserted is listed twice";
        RemoveIgnored "remove does nothing";
        RemoveOfPausedRefused "remove of a paused tasklet fails";
        RunOnlyInserts "run of a tasklet makes it runnable only";
        RunMovesTheTarget "run of a tasklet takes it out of its place in the ring";
        RunTwice "a tasklet that is run is resumed twice";
        RunGivesATasklet "run of a tasklet gives a value";
        RunOfSelfYields "run of the running tasklet lets others run";
        SwitchIsRun "switch leaves its caller runnable";
        MainIsCurrent "the main tasklet is said to be the current one";
        CurrentAfterTheEnd "there is a current tasklet after the end of the run";
        RunQueueReversed "the run queue is listed last first";
        RunQueueForgetsLast "the last of the run queue is not counted";
        RunCountOneLess "the run count is one too low";
        NeighboursSwapped "the next and the previous tasklet are swapped";
        RunQueueWithoutCurrent "the current tasklet is not in the run queue";
    }
    // ---- state and life
    exact {
        NeverAlive "a paused tasklet is said to be dead";
        BlockedHidden "a blocked tasklet is said not to be";
        ScheduledHidden "a blocked tasklet is said not to be scheduled";
        PausedHidden "a paused tasklet is said to be scheduled";
        CurrentHidden "the current tasklet is said not to be";
        MainHidden "main is said not to be";
        RestorableWrong "what can be restored is said not to be, and the other way round";
        SlotHidden "every slot seems to be empty";
        SetSlotIgnored "set_slot does nothing";
        SlotOfTheCaller "set_slot writes the slot of its caller";
        HandlesAreEqual "all handles are equal";
        HandlesDiffer "no handle is equal to another of the same tasklet";
        SpawnPausedInserts "a tasklet that should be paused is runnable";
        SpawnUnboundAlive "a tasklet that should only have its function is alive";
        SetupDoesNotStart "setup leaves its tasklet out of the run queue";
        SetupOfAlive "setup of a tasklet that is alive does not fail";
        SetupOfUnbound "setup of a tasklet without a function does not fail";
        BindIgnored "bind does nothing";
        BindInserts "bind makes its tasklet runnable";
        BindOfCurrent "bind of the current tasklet does not fail";
        BindOfScheduled "bind of a scheduled tasklet does not fail";
        BindOfNative "bind of a tasklet with native state does not fail";
        UnbindIgnored "unbind does nothing";
        UnbindOfMain "unbind of main does not fail";
        InsertOfBlocked "insert of a blocked tasklet does not fail";
        InsertOfStranger "insert of a tasklet of another thread does not fail";
        InsertOfDead "insert of a dead tasklet does not fail";
        RemoveOfBlocked "remove of a blocked tasklet does not fail";
        RemoveOfCurrent "remove of the current tasklet does not fail";
        RunOfBlocked "run of a blocked tasklet does not fail";
        RunOfDead "run of a dead tasklet does not fail";
        SwitchOfBlocked "switch to a blocked tasklet does not fail";
        SwitchOfDead "switch to a dead tasklet does not fail";
    }
    // ---- errors
    exact {
        UncaughtSwallowed "an error that leaves a tasklet is lost";
        UncaughtTwice "an error that leaves a tasklet is raised twice";
        UncaughtGoesToMain "an error that leaves a tasklet goes to main, whoever called run";
        UncaughtLosesItsName "an error that leaves a tasklet is another one";
        MainErrorIsAnother "run fails with another error than main";
        MainResultIsAnother "run gives another number than main";
        ExitOfMainIsSilent "the exit of main is reported as another error";
        ThrowIgnored "throw does nothing";
        ThrowIsPending "throw waits until its target runs";
        ThrowDoesNotJump "a runnable target of throw is taken out of its place in the ring";
        ThrowStartsTheBody "a tasklet that has not started runs before an error is thrown at it";
        ThrowOfSelfIgnored "throw at the running tasklet does nothing";
        ThrowPendingIsNow "a pending throw does not wait";
        ThrowPendingMoves "a pending throw moves a runnable target to the end";
        ThrowPendingFirstCounts "of two pending errors the first is raised";
        KillIgnored "kill does nothing";
        KillIsPending "kill waits until its target runs";
        KillIsAnError "a killed tasklet gets an ordinary error";
        KillLeaks "what a killed sender offered is never freed";
        KillTakesTheNext "the waiter behind a killed one is killed too, and what it offered is lost";
        KillPendingIsNow "a pending kill does not wait";
        KillPendingIgnored "a pending kill does nothing";
    }
    // ---- handlers, callbacks, traps
    exact {
        PreviousCallbackLost "setting a callback does not give the previous one";
        HandlerIgnored "the error handler is not asked";
        HandlerOfAnother "the error handler is told of the wrong tasklet";
        HandlerErrorIgnored "an error of the error handler is lost";
        HandlerKeepsTheError "an error that the handler took is raised all the same";
        ScheduleCallbackMissed "the schedule callback is not called";
        ScheduleCallbackSwapped "the arguments of the schedule callback are swapped";
        ScheduleCallbackTwice "the schedule callback is called twice for a switch";
        ChannelCallbackMissed "the channel callback is not called";
        ChannelCallbackSwapped "the last two arguments of the channel callback are swapped";
        ChannelCallbackNeverBlocks "the channel callback is never told that an operation will block";
        ChannelCallbackOnlyForSends "the channel callback is not called for receives";
        TrapIgnored "the switch trap traps nothing";
        TrapGivesTheNew "switch_trap gives the new value instead of the old";
        TrapStopsSelf "the switch trap refuses a switch to oneself";
        TrapComesFirst "the switch trap is reported although the target is blocked";
        BlockTrapIgnored "the block trap traps nothing";
        BlockTrapGivesTheNew "block_trap gives the new value instead of the old";
    }
    // ---- destructors and panics
    exact {
        ArgumentsForgotten "the arguments of a tasklet that never runs are never freed";
        LeftoversForgotten "the arguments of a tasklet that is left at the end are never freed";
        PayloadForgotten "the payload of a panic is never freed";
        DestructorPanicEscapes "a panic of a destructor leaves the operation that runs it";
        DestructorPanicAborts "a panic of a destructor ends the process";
        DestructorPanicSwallowed "an operation says that it is done though a destructor panicked";
        RefusalInDestructorIsAnother "a channel refuses a destructor for the wrong reason";
        NestedRunFails "a scheduler cannot be run inside of another";
        LookRestoresTheSlot "a look at a slot puts back what was there, whatever was written since";
        LateRunPanics "a run in a thread that is ending panics";
        SlotBorrowed "set_slot panics while the value in that slot is being copied";
        CallbackInsertsTwice "a tasklet that a callback inserts is in the run queue twice";
    }
    // ---- budgets
    exact {
        BudgetIgnored "a budget stops nobody";
        BudgetOneMore "a budget allows a step too many";
        BudgetOneLess "a budget allows a step too few";
        BudgetSoftIsHard "a soft budget stops as a hard one does";
        BudgetHardIsSoft "a hard budget waits for an ordinary switch";
        BudgetNeverTotal "every budget starts again at a switch";
        BudgetAlwaysTotal "no budget starts again at a switch";
        StoppedForgotten "who was stopped by a budget is not named";
        StoppedRunnable "who was stopped by a budget stays in the run queue";
        CheckpointIgnored "a checkpoint is no step";
        AtomicIgnored "atomic sections are interrupted";
        AtomicStays "a tasklet is still atomic when its atomic section has ended";
        AtomicGivesTheNew "set_atomic gives the new value instead of the old";
    }
    // ---- pickles
    portable {
        DepthIsZero "the depth of the calls is 0";
        StalePickle "a pickle is the first one that was made of such roots";
        AliasingLoad "a pickle that is loaded twice gives the same tasklets";
        LoadGivesTheOriginal "a pickle that is loaded gives what was pickled, not a copy";
        AliasingFork "a fork is the original";
        CopyPanicEscapes "a panic of a clone leaves the fork, and one of a writer the pickle";
        PickleOfTheStart "a pickle holds the state that a tasklet started with";
        ForkOfTheStart "a fork holds the state that a tasklet started with";
        PickleOfCurrent "the current tasklet is pickled as nothing";
        RefusedPickleLeavesTraces "a refused pickle leaves the switch trap set";
        WrongRefusalOfPickle "a pickle is refused for the wrong reason";
        ChangedGraphCopied "a graph that changes while it is copied is copied once more, not refused";
    }
    // ---- claims
    free {
        WrongRefusal "what is not offered fails for another reason";
    }
    boasting {
        ClaimsTooMuch "capabilities are declared that it does not have";
    }
    modest {
        ClaimsTooLittle "capabilities that it has are not declared";
    }
}

impl Fault {
    /// The fault of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().chain(&[Self::None]);
        all.find(|fault| fault.name() == name).copied()
    }

    /// True for faults that only a look at what is left behind finds.
    #[must_use]
    pub fn leaks(self) -> bool {
        self == Self::KillLeaks
    }

    /// True for faults that nothing can pass, so that they say little about a single case.
    #[must_use]
    pub fn is_blunt(self) -> bool {
        matches!(self, Self::RunFails | Self::Hangs | Self::Aborts | Self::Overflows)
    }
}

static ACTIVE: OnceLock<Fault> = OnceLock::new();

/// The fault of this process, from [`VARIABLE`]; an unknown name is no fault.
pub(crate) fn active() -> Fault {
    *ACTIVE.get_or_init(|| {
        let name = std::env::var(VARIABLE).ok();
        name.and_then(|name| Fault::named(&name)).unwrap_or(Fault::None)
    })
}

pub(crate) fn on(fault: Fault) -> bool {
    active() == fault
}

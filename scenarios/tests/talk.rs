//! The programs of the talk print what they printed on Stackless 3.7.5, on every order-exact backend.

use switchback::{Backend, Error, Preference};
use switchback_baton::Baton;
use switchback_hard::Hard;
use switchback_poll::Poll;
use switchback_scenarios::talk;
use switchback_soft::Soft;

type Program = fn() -> Result<Vec<String>, Error>;

/// The transcript of a program on each order-exact backend.
macro_rules! on_all {
    ($program:ident $(, $argument:expr)*) => {
        [
            (Hard::NAME, (|| talk::$program::<Hard>($($argument),*)) as Program),
            (Soft::NAME, || talk::$program::<Soft>($($argument),*)),
            (Poll::NAME, || talk::$program::<Poll>($($argument),*)),
            (Baton::NAME, || talk::$program::<Baton>($($argument),*)),
        ]
    };
}

/// `expected` has one line after the other, `|` between them.
fn assert_prints(programs: [(&str, Program); 4], expected: &str) {
    for (backend, program) in programs {
        let lines = program().unwrap_or_else(|error| panic!("{backend}: {error}"));
        assert_eq!(lines.join(" | "), expected, "{backend}");
    }
}

#[test]
fn hello() {
    assert_prints(on_all!(hello), "Hello, PyCon 2007!");
}

#[test]
fn two_tasklets_run_in_order() {
    assert_prints(on_all!(two_tasklets), "Hello, A | Hello, B");
}

#[test]
fn tasklets_take_turns() {
    assert_prints(on_all!(round_robin), "Hello, A | Hello, B | Goodbye A | Goodbye B");
}

#[test]
fn a_value_passes_a_channel() {
    assert_prints(on_all!(channel), "Sent.");
}

#[test]
fn a_preferred_receiver_prints_before_the_next_producer_starts() {
    assert_prints(
        on_all!(producers, Preference::Receiver, false),
        "Starting consumer | Starting producer1 | 'A' | Starting producer2 | 1 | 'B' | 2 | 3",
    );
}

#[test]
fn producers_go_on_if_they_or_callers_are_preferred() {
    let expected =
        "Starting consumer | Starting producer1 | Starting producer2 | 'A' | 'B' | 1 | 2 | 3";
    assert_prints(on_all!(producers, Preference::Caller, false), expected);
    assert_prints(on_all!(producers, Preference::Sender, false), expected);
}

#[test]
fn schedule_all_lets_everybody_run_first() {
    assert_prints(
        on_all!(producers, Preference::Receiver, true),
        "Starting consumer | Starting producer1 | Starting producer2 | 'A' | 1 | 'B' | 2 | 3",
    );
}

#[test]
fn a_server_answers_on_the_channel_in_the_question() {
    assert_prints(on_all!(divide), "8/4 = 2");
}

#[test]
fn an_uncaught_error_leaves_run_and_the_others_stay_queued() {
    assert_prints(
        on_all!(divide_uncaught),
        "run() failed: ZeroDivisionError: division by zero | the divider is dead | \
         2 others in the queue | Hello, says a bystander | run() returned",
    );
}

#[test]
fn an_error_is_forwarded_to_the_asker() {
    assert_prints(on_all!(divide_forwarded), "8/0 = None");
}

#[test]
fn an_error_passed_on_keeps_its_origin() {
    let outcomes = [
        talk::origin_is_kept::<Hard>(),
        talk::origin_is_kept::<Soft>(),
        talk::origin_is_kept::<Poll>(),
        talk::origin_is_kept::<Baton>(),
    ];
    assert_eq!(outcomes, [Ok(()), Ok(()), Ok(()), Ok(())]);
}

#[test]
fn factorials_by_tasklets() {
    assert_prints(on_all!(recursion), "5! = 120 | 1000! / 998! = 999000");
}

#[test]
fn a_rendezvous_hands_control_to_the_receiver() {
    assert_prints(
        on_all!(cooperative),
        "Receiving tasklet started | Sending tasklet started | send from sending_tasklet | \
         Receiving tasklet finished | Just another tasklet in the scheduler | sending tasklet finished",
    );
}

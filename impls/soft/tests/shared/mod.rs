//! Situations of budgets, atomic sections and sequences, the same for every backend of the
//! kernel. Each test file lists them once with `situations!`.

pub mod atomic;
pub mod budgets;
pub mod sequences;
pub mod soft_budgets;

use std::cell::RefCell;

use switchback::{Backend, Error, tasklet};

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

pub fn say(line: impl Into<String>) {
    LINES.with_borrow_mut(|lines| lines.push(line.into()));
}

/// What was said since the last call, on this thread.
pub fn said() -> Vec<String> {
    LINES.take()
}

pub fn lines(name: &str, numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|n| format!("{name} {n}")).collect()
}

/// Passes `checkpoints` checkpoints and says its name and a number before each.
#[tasklet]
pub async fn busy<B: Backend>(name: String, checkpoints: u32) -> Result<(), Error> {
    for n in 0..checkpoints {
        say(format!("{name} {n}"));
        B::checkpoint().await?;
    }
    say(format!("{name} done"));
    Ok(())
}

/// The tests of one backend.
macro_rules! situations {
    ($backend:ty) => {
        shared::situations!($backend, atomic,
            the_old_value_comes_back,
            a_section_restores_what_was_before,
            a_new_tasklet_is_not_atomic_and_switches_happen,
            an_interrupt_waits_for_the_end_of_atomicity,
            an_interrupt_that_waited_is_forgotten_with_its_budget,
        );
        shared::situations!($backend, budgets,
            a_tasklet_over_its_budget_is_returned_paused_and_goes_on_where_it_was,
            an_operation_that_does_not_switch_is_a_step,
            a_run_queue_that_empties_in_time_gives_nobody,
            a_refused_run_leaves_no_budget_behind,
            a_budget_starts_again_at_every_switch,
            a_total_budget_does_not_start_again,
            the_ends_of_short_tasklets_use_up_a_total_budget,
            only_the_outermost_budget_counts_and_its_caller_goes_on,
            the_caller_may_be_a_worker_and_the_interrupted_one_main,
            an_error_ends_the_run_and_leaves_the_others_alone,
            an_error_for_the_caller_comes_before_an_interrupt,
            no_message_is_lost_however_often_both_ends_are_interrupted,
            a_trap_puts_an_interrupt_off,
            an_error_on_its_way_is_raised_before_an_interrupt,
            what_is_thrown_at_an_interrupted_tasklet_arrives_at_its_checkpoint,
        );
        shared::situations!($backend, soft_budgets,
            a_soft_budget_ends_at_the_next_switch_and_takes_nobody_out,
            the_end_of_a_tasklet_is_an_ordinary_switch,
            a_rendezvous_by_preference_is_not_interrupted,
            a_rendezvous_that_schedules_all_is_interrupted,
            a_soft_budget_respects_an_armed_caller_that_is_runnable,
            a_refused_switch_leaves_the_interrupt_to_the_next_one,
        );
        shared::situations!($backend, sequences,
            every_item_is_a_send_and_their_number_comes_back,
            a_closed_channel_refuses_the_sequence,
            an_interrupted_sequence_goes_on_with_the_next_item,
        );
    };
    ($backend:ty, $module:ident, $($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            shared::$module::$name::<$backend>();
        }
    )*};
}
pub(crate) use situations;

// Budgets, atomic sections and sequences on the backend that the including file calls `Native`; the
// situations are those of `shared`.

use shared::{lines, said, say};
use switchback::{AtomicSection, Backend, Blocking, Budget, Error, tasklet};

shared::situations!(Native);

/// A plain function that suspends inside its section, as only native stacks can.
fn foreign<B: Blocking>() -> Result<(), Error> {
    let section = AtomicSection::<B>::enter()?;
    for n in 0..5 {
        say(format!("inside {n}"));
        B::wait(B::checkpoint())?;
    }
    drop(section);
    say("outside 0");
    B::wait(B::checkpoint())?;
    say("outside 1");
    Ok(())
}

#[tasklet]
async fn calls_foreign<B: Blocking>() -> Result<(), Error> {
    foreign::<B>()
}

#[tasklet]
async fn watch_foreign<B: Blocking>() -> Result<(), Error> {
    let t: B::Handle = B::spawn(calls_foreign());
    assert_eq!(B::run_for(Budget::steps(2)).await?, Some(t));
    Ok(())
}

/// C066, C186
#[test]
fn a_section_held_over_operations_of_a_plain_function_puts_an_interrupt_off() {
    assert_eq!(Native::run(watch_foreign()), Ok(()));
    let mut expected = lines("inside", 0..5);
    expected.push("outside 0".to_string());
    assert_eq!(said(), expected);
}

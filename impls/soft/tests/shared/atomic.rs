//! Atomic sections.

use switchback::{AtomicSection, Backend, Budget, Control, Error, tasklet};

use super::{busy, lines, said, say};

#[tasklet]
async fn set_and_clear<B: Backend>() -> Result<Vec<bool>, Error> {
    let mut old: Vec<bool> = Vec::new();
    for on in [true, true, false, false] {
        old.push(B::set_atomic(on)?);
    }
    Ok(old)
}

/// C185
pub fn the_old_value_comes_back<B: Backend>() {
    assert_eq!(B::run(set_and_clear()), Ok(vec![false, true, true, false]));
    assert!(B::set_atomic(true).is_err(), "outside of a scheduler");
}

/// What the flag was before, inside and after a section.
fn around<B: Backend>() -> Result<(bool, bool, bool), Error> {
    let before = B::set_atomic(false)?;
    B::set_atomic(before)?;
    let inside = {
        let _section = AtomicSection::<B>::enter()?;
        let _nested = AtomicSection::<B>::enter()?;
        B::set_atomic(true)?
    };
    let after = B::set_atomic(before)?;
    Ok((before, inside, after))
}

#[tasklet]
async fn sections<B: Backend>() -> Result<(), Error> {
    assert_eq!(around::<B>()?, (false, true, false));
    B::set_atomic(true)?;
    assert_eq!(around::<B>()?, (true, true, true));
    Ok(())
}

/// C186
pub fn a_section_restores_what_was_before<B: Backend>() {
    assert_eq!(B::run(sections()), Ok(()));
}

#[tasklet]
async fn asks<B: Backend>() -> Result<(), Error> {
    say(format!("atomic: {}", B::set_atomic(false)?));
    Ok(())
}

#[tasklet]
async fn atomic_parent<B: Backend>() -> Result<(), Error> {
    B::set_atomic(true)?;
    B::spawn(asks());
    B::schedule().await?;
    say(format!("parent: {}", B::set_atomic(false)?));
    Ok(())
}

/// C187
pub fn a_new_tasklet_is_not_atomic_and_switches_happen<B: Backend>() {
    assert_eq!(B::run(atomic_parent()), Ok(()));
    assert_eq!(said(), ["atomic: false", "parent: true"]);
}

#[tasklet]
async fn atomic_for_a_while<B: Backend>() -> Result<(), Error> {
    B::set_atomic(true)?;
    busy("atomic".to_string(), 9).await?;
    B::set_atomic(false)?;
    busy("free".to_string(), 9).await
}

#[tasklet]
async fn watch_atomic<B: Backend>() -> Result<(), Error> {
    let t: B::Handle = B::spawn(atomic_for_a_while());
    let stopped = B::run_for(Budget::steps(6)).await?;
    assert_eq!(stopped, Some(t));
    Ok(())
}

/// C066: the budget is used up inside the section, the first checkpoint after it stops.
pub fn an_interrupt_waits_for_the_end_of_atomicity<B: Backend>() {
    assert_eq!(B::run(watch_atomic()), Ok(()));
    let mut expected = lines("atomic", 0..9);
    expected.extend(["atomic done".to_string(), "free 0".to_string()]);
    assert_eq!(said(), expected);
}

#[tasklet]
async fn atomic_over_two_runs<B: Backend>() -> Result<(), Error> {
    B::set_atomic(true)?;
    busy("atomic".to_string(), 3).await?;
    B::main()?.run().await?;
    B::set_atomic(false)?;
    busy("free".to_string(), 2).await
}

#[tasklet]
async fn watch_twice<B: Backend>() -> Result<(), Error> {
    B::spawn(atomic_over_two_runs());
    assert_eq!(B::run_for(Budget::steps(1)).await?, None);
    assert_eq!(B::run_for(Budget::steps(100)).await?, None);
    Ok(())
}

/// C066: what the first budget could not stop is no business of the second.
pub fn an_interrupt_that_waited_is_forgotten_with_its_budget<B: Backend>() {
    assert_eq!(B::run(watch_twice()), Ok(()));
    assert_eq!(said().last().map(String::as_str), Some("free done"));
}

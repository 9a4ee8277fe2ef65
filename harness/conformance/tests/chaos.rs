//! The matrix of destructors and panics: what a suite has of it, and the two ways in which Rust
//! itself ends the process, each tried in a process of its own.

use std::collections::BTreeSet;
use std::env;
use std::panic::panic_any;
use std::process::{Command, Output};
use std::thread;

use switchback::{Backend, Error, tasklet};
use switchback_conformance::chaos::{
    STATEMENTS,
    matrix::{self, Cause, Deed, MOST, Pair, Place, Trial, causes},
    sentence,
};
use switchback_hard::Hard;

fn pairs(trials: &[Trial]) -> BTreeSet<Pair> {
    trials.iter().flat_map(|trial| trial.pairs()).collect()
}

#[test]
fn a_suite_has_every_pair_of_deed_place_and_cause() {
    let (all, chosen) = (matrix::all(), matrix::chosen());
    assert_eq!(pairs(&chosen), pairs(&all));
    assert!(chosen.len() <= MOST, "{} trials", chosen.len());
    let once: BTreeSet<Trial> = chosen.iter().copied().collect();
    assert_eq!(once.len(), chosen.len(), "each once");
    assert!(once.is_subset(&all.iter().copied().collect()));
}

#[test]
fn a_suite_has_a_panic_in_every_place_for_every_cause() {
    let chosen = matrix::chosen();
    for &place in Place::ALL {
        for &cause in causes(place) {
            let trial = Trial { deed: Deed::Panics, place, cause };
            let aborts = place == Place::ThreadLocal;
            assert_eq!(chosen.contains(&trial), !aborts, "{}", trial.name());
        }
    }
}

#[test]
fn the_matrix_has_every_deed_every_place_and_every_cause() {
    let all = matrix::all();
    assert!(Deed::ALL.iter().all(|deed| all.iter().any(|trial| trial.deed == *deed)));
    assert!(Place::ALL.iter().all(|place| all.iter().any(|trial| trial.place == *place)));
    assert!(Cause::ALL.iter().all(|cause| all.iter().any(|trial| trial.cause == *cause)));
}

#[test]
fn every_rule_has_a_case_and_every_case_has_rules() {
    let cases = switchback_conformance::suite!(Hard).cases();
    let cases = cases.iter().filter(|case| case.id().starts_with("chaos::"));
    let shown: BTreeSet<String> =
        cases.flat_map(|case| case.statements().to_vec()).chain(rules()).collect();
    let known: BTreeSet<String> = STATEMENTS.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(shown, known);
    assert!(STATEMENTS.iter().all(|(id, _)| !sentence(id).is_empty()));
}

fn rules() -> impl Iterator<Item = String> {
    matrix::chosen().into_iter().flat_map(|trial| trial.rules()).map(str::to_owned)
}

#[test]
fn the_page_of_rules_has_their_sentences() {
    let page = include_str!("../../../SPEC.md").to_lowercase();
    for (id, sentence) in STATEMENTS {
        let row = format!(
            "| {} | {} |",
            id.to_lowercase(),
            sentence.trim_end_matches('.').to_lowercase()
        );
        assert!(page.contains(&row), "{row}");
    }
}

const CHILD: &str = "SWITCHBACK_TEST_CHILD";

/// Runs one test of this program in a process of its own, which is told that it is one.
fn child(test: &str) -> Output {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
    command.output().expect("a child process")
}

/// The process was ended by the abort of Rust, with these words.
fn aborted(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(words), "{said}");
    assert!(!output.status.success(), "{said}");
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(output.status.signal(), Some(6), "{said}");
    }
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any("a destructor");
    }
}

#[tasklet]
async fn panics_beside_a_bomb<B: Backend>() -> Result<(), Error> {
    let _bomb = Bomb;
    panics();
    Ok(())
}

fn panics() {
    panic_any("the body");
}

#[test]
fn rust_aborts_if_a_destructor_panics_while_a_panic_unwinds() {
    if env::var_os(CHILD).is_some() {
        let _ = Hard::run(panics_beside_a_bomb::<Hard>());
        return;
    }
    let output = child("rust_aborts_if_a_destructor_panics_while_a_panic_unwinds");
    aborted(&output, "panic in a destructor during cleanup");
}

#[tasklet]
async fn ends<B: Backend>() -> Result<(), Error> {
    B::schedule().await
}

#[test]
fn rust_aborts_if_a_thread_local_destructor_panics() {
    thread_local! {
        static BOMB: Bomb = const { Bomb };
    }
    if env::var_os(CHILD).is_some() {
        let ended = thread::spawn(|| {
            BOMB.with(|_| ());
            Hard::run(ends::<Hard>())
        });
        let _ = ended.join();
        return;
    }
    let output = child("rust_aborts_if_a_thread_local_destructor_panics");
    aborted(&output, "thread local panicked on drop");
}

//! The checks for backends without an exact order: complete, kept by a backend that keeps all
//! rules, and seen by one that does not.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::thread;

use serde::{Deserialize, Serialize};
use switchback::operation::{Block, Refused};
use switchback::{
    Backend, Capabilities, Channel, Control, Error, Kind, Message, Operation, Tasklet,
};
use switchback_conformance::{Case, Failure, free};
use switchback_soft::Soft;

/// Detached threads, and channels that refuse everything.
#[derive(Clone, Copy, Debug, Default)]
struct Detached;

impl Backend for Detached {
    const NAME: &'static str = "detached";
    const CAPABILITIES: Capabilities = Capabilities { buffer: 1, ..Capabilities::NONE };
    type Channel<T: Message> = Nowhere<T>;
    type Handle = Nobody;

    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error> {
        main.wait()
    }

    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Nobody {
        thread::spawn(move || tasklet.wait().map(drop));
        Nobody
    }

    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Block(|| {
            thread::yield_now();
            Ok(())
        })
    }

    fn channel<T: Message>() -> Nowhere<T> {
        Nowhere(PhantomData)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Nobody;

impl Message for Nobody {}
impl Control<Detached> for Nobody {}

#[derive(Clone, Serialize, Deserialize)]
#[serde(bound = "")]
struct Nowhere<T>(PhantomData<fn() -> T>);

impl<T: Message> Message for Nowhere<T> {}

impl<T: Message> Channel<Detached> for Nowhere<T> {
    type Item = T;

    fn send(&self, _: T) -> impl Operation<Detached, Output = Result<(), Error>> + Send {
        Refused::new("send")
    }

    fn receive(&self) -> impl Operation<Detached, Output = Result<T, Error>> + Send {
        Refused::new("receive")
    }
}

fn case<B: Backend>(name: &str) -> Case {
    let mut cases = free::cases::<B>().into_iter();
    cases.find(|case| case.id() == format!("free::{name}")).expect("the case is listed")
}

fn failure(case: &Case) -> Failure {
    case.run().expect_err("the backend breaks the rule")
}

#[test]
fn every_statement_has_a_case_or_a_reason() {
    let cases = free::cases::<Soft>();
    let tried: BTreeSet<&str> =
        cases.iter().flat_map(Case::statements).map(String::as_str).collect();
    for (id, sentence) in free::STATEMENTS {
        let named = cases.iter().any(|case| case.id().starts_with(&format!("free::{id}_")));
        let excused = free::NOT_TRIED.iter().any(|(excused, _)| excused == id);
        assert!(named != excused, "{id} ({sentence}) has a case: {named}, a reason: {excused}");
    }
    assert!(tried.iter().all(|id| !free::sentence(id).is_empty()), "{tried:?}");
    let ids: BTreeSet<&str> = cases.iter().map(Case::id).collect();
    assert_eq!(ids.len(), cases.len(), "no two cases have one name");
}

#[test]
fn a_backend_that_keeps_all_rules_passes_all_cases() {
    for case in free::cases::<Soft>() {
        assert_eq!(case.missing(), [""; 0], "{} on a backend that has all", case.id());
        assert_eq!(case.run(), Ok(()), "{}", case.id());
    }
}

#[test]
fn what_is_not_declared_is_unsupported_by_name() {
    let missing = |name: &str| case::<Detached>(name).missing().to_vec();
    assert_eq!(missing("N22_nobody_to_meet_after_close"), ["close"]);
    assert_eq!(missing("N06_senders_are_served_in_order"), ["fifo", "status", "rendezvous"]);
    assert_eq!(missing("N17_random_kills_lose_and_double_nothing"), ["kill"]);
    assert_eq!(missing("N24_all_wait_for_ever"), ["deadlock"]);
    assert_eq!(missing("N27_one_callback_per_operation"), ["control", "close"]);
    assert_eq!(missing("N03_fan_in"), [""; 0]);
}

#[test]
fn a_run_that_leaves_threads_behind_is_seen() {
    let failure = failure(&case::<Detached>("N14_nobody_executes_after_run"));
    assert!(failure.text.starts_with("must hold\n  N14  run returns at rest only"), "{failure}");
    assert!(failure.text.contains("ended, and run returned"), "{failure}");
}

#[test]
fn a_failure_that_depends_on_a_seed_names_it_and_how_to_set_it() {
    let failure = failure(&case::<Detached>("N10_networks_give_what_exact_backends_give"));
    let why = Error::with_detail(Kind::Unsupported, "receive on detached");
    assert!(failure.text.contains(&format!("the program fails: {why}")), "{failure}");
    assert!(failure.text.ends_with("\nseed 0"), "{failure}");
    assert_eq!(failure.replay, [("SWITCHBACK_SEED".to_owned(), "0".to_owned())]);
}

//! The suite on backends that offer nothing, and on one that offers all and keeps none of it.

use libtest_mimic::{Arguments, Conclusion, run};
use serde::{Deserialize, Serialize};
use switchback::operation::Refused;
use switchback::{
    Backend, Capabilities, Channel, Control, Error, Kind, Message, Operation, Tasklet,
};
use switchback_conformance::statements::{ALL, Applies, NOT_TRIED};
use switchback_conformance::suite::{NoPickles as _, Probe, Target, trials};

const TARGET: Target = Target { package: "inert", test: "conformance" };

/// Runs nothing. `CLAIMS`: whether it says otherwise.
#[derive(Clone, Copy, Debug, Default)]
struct Inert<const CLAIMS: bool>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Nobody;

impl Message for Nobody {}
impl<const CLAIMS: bool> Control<Inert<CLAIMS>> for Nobody {}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
struct Nowhere<T>(std::marker::PhantomData<fn() -> T>);

impl<T: Message> Message for Nowhere<T> {}

impl<T: Message, const CLAIMS: bool> Channel<Inert<CLAIMS>> for Nowhere<T> {
    type Item = T;

    fn send(&self, _: T) -> impl Operation<Inert<CLAIMS>, Output = Result<(), Error>> + Send {
        Refused::new("send")
    }

    fn receive(&self) -> impl Operation<Inert<CLAIMS>, Output = Result<T, Error>> + Send {
        Refused::new("receive")
    }
}

impl<const CLAIMS: bool> Backend for Inert<CLAIMS> {
    const NAME: &'static str = "inert";
    const CAPABILITIES: Capabilities = Capabilities {
        order_exact: CLAIMS,
        blocking: false,
        portable: false,
        control: CLAIMS,
        throw: CLAIMS,
        close: CLAIMS,
        deadlock: CLAIMS,
        parallel: false,
        ..Capabilities::NONE
    };

    type Channel<T: Message> = Nowhere<T>;
    type Handle = Nobody;

    fn run<K: Tasklet<Self>>(_: K) -> Result<K::Return, Error> {
        Err(Kind::Unsupported.into())
    }

    fn spawn<K: Tasklet<Self>>(_: K) -> Nobody {
        Nobody
    }

    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Refused::new("schedule")
    }

    fn channel<T: Message>() -> Nowhere<T> {
        Nowhere(std::marker::PhantomData)
    }
}

/// Runs the trials that match; gives what was printed too.
fn conclude<const CLAIMS: bool>(filter: &str) -> (Conclusion, String) {
    let log = format!("{}/{CLAIMS}-{}", env!("CARGO_TARGET_TMPDIR"), filter.replace(':', "-"));
    let arguments = Arguments {
        filter: Some(filter.to_owned()),
        logfile: Some(log.clone()),
        ..Arguments::default()
    };
    let conclusion = run(&arguments, trials::<Inert<CLAIMS>>(TARGET));
    (conclusion, std::fs::read_to_string(log).unwrap_or_default())
}

#[test]
fn what_a_backend_does_not_declare_is_ignored_with_the_reason_not_passed() {
    let trials = trials::<Inert<false>>(TARGET);
    let stated = trials.iter().filter(|trial| trial.name().starts_with("statements::")).count();
    assert_eq!(trials.len() - stated, 706);
    assert!(trials.iter().all(libtest_mimic::Trial::has_ignored_flag));
    let kind = |name: &str| {
        let found = trials.iter().find(|trial| trial.name() == name);
        found.map(|trial| trial.kind().to_owned()).unwrap_or_default()
    };
    assert_eq!(kind("vectors::core::q01"), "unsupported: order_exact, control");
    assert_eq!(kind("vectors::core::k01"), "unsupported: order_exact, control, throw");
    assert_eq!(kind("vectors::core::c17"), "unsupported: order_exact, control, close");
    assert_eq!(kind("vectors::core::d01"), "unsupported: order_exact, control, deadlock");
    let (conclusion, text) = conclude::<false>("vectors::core");
    assert!(text.contains("[unsupported: order_exact, control, close]"), "{text}");
    assert_eq!((conclusion.num_passed, conclusion.num_ignored), (0, 104));
}

#[test]
fn names_say_which_recordings_are_judged_by_the_model() {
    let trials = trials::<Inert<true>>(TARGET);
    let marked = |mark: &str| {
        let names = trials.iter().map(libtest_mimic::Trial::name);
        names.filter(|name| name.ends_with(mark)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(marked("-fixed").len(), 10);
    assert_eq!(marked("-native"), ["vectors::core::q19-native"]);
    assert_eq!(marked("-typed"), ["vectors::fuzz::full-0118-typed"]);
}

#[test]
fn a_backend_that_fails_the_simplest_program_is_not_tried_on_the_others() {
    let (conclusion, text) = conclude::<true>("smoke");
    assert!(text.contains("the adapter of the backend is probably wrong"), "{text}");
    assert_eq!((conclusion.num_passed, conclusion.num_failed), (0, 1));
    let (conclusion, text) = conclude::<true>("vectors::core::q0");
    assert_eq!(text.matches("not tried: the trial `smoke` fails").count(), 9, "{text}");
    assert_eq!((conclusion.num_passed, conclusion.num_failed), (0, 9));
}

#[test]
fn every_statement_that_applies_has_a_trial_or_a_reason_and_not_both() {
    let mut names = trials::<Inert<true>>(TARGET);
    names.extend((&Probe::<Inert<true>>::default()).trials(TARGET));
    let mut tried: Vec<&str> =
        names.iter().filter_map(|trial| trial.name().strip_prefix("statements::")).collect();
    tried.sort_unstable();
    assert!(tried.is_sorted_by(|a, b| a < b), "two trials of one statement: {tried:?}");
    let id = |number: u16| format!("C{number:03}");
    let untried: Vec<String> = NOT_TRIED.iter().map(|(number, _)| id(*number)).collect();
    for statement in ALL {
        let id = id(statement.number);
        let listed = [tried.contains(&id.as_str()), untried.contains(&id)];
        let wanted = if statement.applies == Applies::No { 0 } else { 1 };
        let found = listed.iter().filter(|listed| **listed).count();
        assert_eq!(found, wanted, "{id} is listed [as a trial, with a reason]: {listed:?}");
    }
    let known =
        |id: &String| ALL.iter().any(|statement| format!("C{:03}", statement.number) == *id);
    assert!(untried.iter().all(known), "a reason for an unknown statement: {untried:?}");
    assert!(NOT_TRIED.iter().all(|(_, reason)| !reason.is_empty()));
}

#[test]
fn statements_on_state_a_backend_cannot_write_down_are_unsupported_by_name() {
    let trials = (&Probe::<Inert<true>>::default()).trials(TARGET);
    assert!(trials.iter().any(|trial| trial.name() == "statements::C251"));
    let unsupported = |trial: &libtest_mimic::Trial| trial.kind() == "unsupported: portable";
    assert!(trials.iter().all(|trial| trial.has_ignored_flag() && unsupported(trial)));
}

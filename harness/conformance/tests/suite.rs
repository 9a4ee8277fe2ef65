//! The suite on backends that offer nothing, and on one that offers all and keeps none of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use switchback::operation::Refused;
use switchback::{
    Backend, Capabilities, Channel, Control, Error, Kind, Message, Operation, Tasklet,
};
use switchback_conformance::report::Report;
use switchback_conformance::statements::{self, Applies};
use switchback_conformance::suite::{NoPickles as _, Options, Probe, Suite, Target, judge, trials};
use switchback_conformance::{Case, Verdict, group};

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

/// The suite of the backend that claims everything or nothing, as `suite!` makes it.
fn suite_of<const CLAIMS: bool>() -> Suite {
    Suite::of::<Inert<CLAIMS>>(TARGET).with(|| (&Probe::<Inert<CLAIMS>>::default()).pickles())
}

/// Judges cases in this process, which an inert backend cannot harm.
fn judged<const CLAIMS: bool>(prefix: &str) -> Report {
    let suite = suite_of::<CLAIMS>();
    let cases = suite.cases();
    let only = cases.iter().map(Case::id).filter(|id| id.starts_with(prefix));
    let only = only.map(str::to_owned).collect();
    judge(&suite, &Options { only, in_process: true, jobs: 1, ..Options::default() })
}

#[test]
fn what_a_backend_does_not_declare_is_unsupported_before_anything_runs() {
    let suite = suite_of::<false>();
    let lacking = |id: &str| {
        let case = suite.case(id).unwrap_or_else(|| panic!("there is no case {id}"));
        case.missing().join(", ")
    };
    assert_eq!(lacking("vectors::core::q01"), "order_exact, control");
    assert_eq!(lacking("vectors::core::k01"), "order_exact, control, throw");
    assert_eq!(lacking("vectors::core::c17"), "order_exact, control, close");
    assert_eq!(lacking("vectors::core::d01"), "order_exact, control, deadlock");
    assert_eq!(lacking("statements::C251"), "portable");
    let report = judged::<false>("vectors::core");
    let core: Vec<_> =
        report.cases.iter().filter(|case| case.id.starts_with("vectors::core")).collect();
    assert_eq!(core.len(), 104);
    assert!(core.iter().all(|case| case.verdict == Verdict::Unsupported));
    assert_eq!((report.total(Verdict::Pass), report.exit_code()), (0, 0));
}

#[test]
fn the_trial_of_an_unsupported_case_is_ignored_with_the_reason() {
    let trials = trials::<Inert<false>>(TARGET);
    let trial = trials.iter().find(|trial| trial.name() == "vectors::core::c17");
    let trial = trial.expect("the recording is listed");
    assert_eq!(trial.kind(), "unsupported: order_exact, control, close");
    assert!(trial.has_ignored_flag());
}

#[test]
fn names_say_which_recordings_are_judged_by_the_model() {
    let cases = suite_of::<true>().cases();
    let marked = |mark: &str| {
        let names = cases.iter().map(Case::id);
        names.filter(|name| name.ends_with(mark)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(marked("-fixed").len(), 10);
    assert_eq!(marked("-native"), ["vectors::core::q19-native"]);
    assert_eq!(marked("-typed"), ["vectors::fuzz::full-0118-typed"]);
}

#[test]
fn a_backend_that_fails_the_simplest_case_is_not_tried_on_the_others() {
    let report = judged::<true>("");
    let first = report.case("smoke::main").expect("the case is there");
    assert_eq!(first.verdict, Verdict::Fail);
    let text = first.detail.as_deref().unwrap_or_default();
    assert!(text.starts_with("the adapter of the backend is probably wrong"), "{text}");
    assert_eq!(report.total(Verdict::Fail), 1);
    let other = report.case("vectors::core::q01").expect("the case is there");
    assert_eq!(other.verdict, Verdict::NotRun);
    let text = other.detail.as_deref().unwrap_or_default();
    assert_eq!(text, "not tried: the simplest cases fail, see `smoke::main`");
    assert_eq!(report.exit_code(), 1);
}

#[test]
fn a_case_is_made_alone_as_it_is_made_with_the_others() {
    let suite = suite_of::<true>();
    for case in suite.cases() {
        let alone = suite.case(case.id());
        let alone = alone.unwrap_or_else(|| panic!("{} is not found alone", case.id()));
        assert_eq!(alone.statements(), case.statements(), "{}", case.id());
    }
    assert!(suite.case("vectors::core::q0").is_none());
}

#[test]
fn every_case_has_a_name_of_its_own_without_blanks_and_a_known_group() {
    let mut names = BTreeSet::new();
    for case in suite_of::<true>().cases().into_iter().chain(suite_of::<false>().cases()) {
        assert!(group::ALL.contains(&case.group()), "{}: {}", case.id(), case.group());
        assert!(!case.id().contains(char::is_whitespace), "{}", case.id());
        names.insert(case.id().to_owned());
    }
    let cases = suite_of::<true>().cases();
    let distinct: BTreeSet<_> = cases.iter().map(Case::id).collect();
    assert_eq!(distinct.len(), cases.len());
    assert!(names.len() >= cases.len());
}

#[test]
fn a_known_failure_of_no_case_is_refused_before_anything_runs() {
    let suite = suite_of::<true>().known_failures([("statements::C999", "typo")]);
    let report = judge(&suite, &Options { in_process: true, ..Options::default() });
    assert_eq!(report.exit_code(), 2);
    let why = report.why.clone().unwrap_or_default();
    assert!(why.contains("names `statements::C999`, but there is no such case"), "{why}");
    assert_eq!(report.total(Verdict::Pass) + report.total(Verdict::Fail), 0);
}

#[test]
fn every_statement_that_applies_has_a_case_or_a_reason_and_not_both() {
    let cases = suite_of::<true>().cases();
    let mut tried: Vec<&str> =
        cases.iter().filter_map(|case| case.id().strip_prefix("statements::")).collect();
    tried.sort_unstable();
    assert!(tried.is_sorted_by(|a, b| a < b), "two cases of one statement: {tried:?}");
    for statement in statements::all() {
        let id = statement.id;
        let found = [tried.contains(&id), statement.untried.is_some()];
        let wanted = if statement.applies == Applies::No { 0 } else { 1 };
        let count = found.iter().filter(|found| **found).count();
        assert_eq!(count, wanted, "{id} has [a case, a reason to have none]: {found:?}");
        assert_ne!(statement.untried, Some(""), "{id}");
    }
    let known = |id: &&str| statements::find(id).is_some();
    assert!(tried.iter().all(known), "a case of an unknown statement: {tried:?}");
}

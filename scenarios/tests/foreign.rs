//! Tasklets that are suspended under the frames of C: several at once, killed, panicking.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use switchback::{Backend, Blocking, Channel, Error, Kind, message, tasklet};
use switchback_baton::Baton;
use switchback_c::sort;
use switchback_generator::Generator;
use switchback_hard::Hard;
use switchback_may::{MayMany, MayOne};

/// What is counted is counted for the process, so a test that counts runs alone.
fn alone() -> MutexGuard<'static, ()> {
    static TESTS: Mutex<()> = Mutex::new(());
    TESTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls a function for each backend that it is about.
macro_rules! each {
    ($function:ident) => {
        $function::<Hard>();
        $function::<Generator>();
        $function::<Baton>();
        $function::<MayOne>();
        $function::<MayMany>();
    };
}

fn panics_or_fails<B: Backend>(run: impl FnOnce() -> Result<(), Error>) {
    match catch_unwind(AssertUnwindSafe(run)) {
        Err(_) => assert!(B::CAPABILITIES.order_exact, "{}", B::NAME),
        Ok(outcome) => {
            let kind = outcome.map_err(|error| error.kind());
            assert_eq!(kind, Err(Kind::Panicked), "{}", B::NAME);
        }
    }
}

/// Sorts that have begun and not ended.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Counts in [`UNDER_WAY`] for as long as it lives.
#[message]
struct Sorting {
    step: u64,
}

impl Sorting {
    fn begin(step: u64) -> Self {
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        Self { step }
    }
}

impl Drop for Sorting {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Sorts numbers that are multiples of `step`, upwards or downwards, and gives way in each
/// comparison; sends how many comparisons saw another sort under way.
#[tasklet]
async fn sorter<B: Blocking>(
    step: u64,
    down: bool,
    done: B::Channel<(Vec<u64>, u64)>,
) -> Result<(), Error> {
    let mut numbers: Vec<u64> = (0..100).map(|n| (n * 37 % 100) * step).collect();
    let sorting: Sorting = Sorting::begin(step);
    let mut beside: u64 = 0;
    sort::try_qsort(&mut numbers, |a, b| {
        B::wait(B::schedule())?;
        beside += u64::from(UNDER_WAY.load(Ordering::SeqCst) > 1);
        assert!(a % sorting.step == 0 && b % sorting.step == 0, "a number of another sort");
        Ok::<_, Error>(if down { b.cmp(a) } else { a.cmp(b) })
    })?;
    drop(sorting);
    done.send((numbers, beside)).await
}

/// A channel of sorted numbers, with the comparisons made while the other sort was under way.
type Sorted<B> = <B as Backend>::Channel<(Vec<u64>, u64)>;

#[tasklet]
async fn two_sorts<B: Blocking>() -> Result<u64, Error> {
    let (up, down): (Sorted<B>, Sorted<B>) = (B::channel(), B::channel());
    B::spawn(sorter(3, false, up.clone()));
    B::spawn(sorter(5, true, down.clone()));
    let first: (Vec<u64>, u64) = up.receive().await?;
    let second: (Vec<u64>, u64) = down.receive().await?;
    assert!(first.0.into_iter().eq((0..100).map(|n| n * 3)));
    assert!(second.0.into_iter().eq((0..100).rev().map(|n| n * 5)));
    Ok(first.1.min(second.1))
}

#[test]
fn two_tasklets_sort_at_once() {
    fn check<B: Blocking>() {
        let beside = B::run(two_sorts()).expect(B::NAME);
        assert!(beside > 100 || !B::CAPABILITIES.order_exact, "{}: {beside}", B::NAME);
    }
    let _alone = alone();
    each!(check);
}

#[tasklet]
async fn panicking_sort<B: Blocking>() -> Result<(), Error> {
    let mut numbers: Vec<u64> = (0..50).rev().collect();
    let mut left: u64 = 10;
    sort::try_qsort(&mut numbers, |a, b| {
        B::wait(B::schedule())?;
        left = left.checked_sub(1).expect("more comparisons");
        Ok::<_, Error>(a.cmp(b))
    })
}

#[tasklet]
async fn waits_for_a_panic<B: Blocking>() -> Result<(), Error> {
    B::spawn(panicking_sort());
    let never: B::Channel<u64> = B::channel();
    never.receive().await.map(drop)
}

#[test]
fn a_panic_of_a_comparison_is_the_error_of_its_tasklet() {
    fn check<B: Blocking>() {
        let error = B::run(waits_for_a_panic()).expect_err(B::NAME);
        assert_eq!(error.kind(), Kind::Panicked, "{}", B::NAME);
        assert!(error.detail().contains("more comparisons"), "{}: {error}", B::NAME);
        panics_or_fails::<B>(|| B::run(panicking_sort()));
    }
    each!(check);
}

#[tasklet]
async fn endless_sort<B: Blocking>(asked: B::Channel<u64>) -> Result<(), Error> {
    let mut numbers: Vec<u64> = (0..50).rev().collect();
    let sorting: Sorting = Sorting::begin(1);
    let end: Result<(), Error> = sort::try_qsort(&mut numbers, |a, _| {
        B::wait(asked.send(*a))?;
        Ok(std::cmp::Ordering::Greater)
    });
    drop(sorting);
    assert_eq!(end.as_ref().map_err(Error::kind), Err(Kind::Exit));
    end
}

#[tasklet]
async fn leaves_a_sort<B: Blocking>() -> Result<(), Error> {
    let asked: B::Channel<u64> = B::channel();
    B::spawn(endless_sort(asked.clone()));
    asked.receive().await?;
    asked.receive().await?;
    Ok(())
}

#[test]
fn a_sort_whose_tasklet_is_killed_returns_with_the_exit() {
    fn check<B: Blocking>() {
        assert_eq!(B::run(leaves_a_sort()), Ok(()), "{}", B::NAME);
        assert_eq!(UNDER_WAY.load(Ordering::SeqCst), 0, "{}", B::NAME);
    }
    let _alone = alone();
    each!(check);
}

#[cfg(feature = "expat")]
mod expat {
    use std::error::Error as _;

    use switchback::{Control, Iteration};
    use switchback_c::expat::{Handler, ParseError, Parser, live};
    use switchback_scenarios::foreign::expat::{counted, iterated, parser};
    use switchback_scenarios::sax::iterate::outcome;
    use switchback_scenarios::sax::{Document, OwnedEvent};

    use super::*;

    fn check_outcome<B: Blocking>() {
        let document = Document::library(12);
        assert_eq!(B::run(iterated(document)), Ok(outcome(document)), "{}", B::NAME);
    }

    #[test]
    fn every_backend_iterates_over_all_names_in_order() {
        let _alone = alone();
        let before = live();
        assert_eq!(counted(Document::library(12)), Ok(outcome(Document::library(12))));
        each!(check_outcome);
        assert_eq!(live(), before);
    }

    #[tasklet]
    async fn first_fault<B: Blocking>(document: Document) -> Result<(u64, Error), Error> {
        let events: B::Channel<OwnedEvent> = B::channel();
        B::spawn(parser(document, events.clone()));
        let mut elements: u64 = 0;
        loop {
            match events.next().await.item() {
                Ok(Some(_)) => elements += 1,
                Ok(None) => return Err(Error::new("no fault", "")),
                Err(fault) => return Ok((elements, fault)),
            }
        }
    }

    fn check_fault<B: Blocking>() {
        for element in [0, 1, 300] {
            let document = Document::library(12).malformed(element);
            let text = document.text();
            let before = &text[..text.find("</wrong>").expect("the fault")];
            let line = before.lines().count().max(1) as u64;
            let (elements, fault) = B::run(first_fault(document)).expect(B::NAME);
            assert_eq!(elements, u64::from(element), "{}", B::NAME);
            let place = fault.source().and_then(|source| source.downcast_ref::<ParseError>());
            let place = place.expect("the parser's own error");
            assert_eq!(place.line, line, "{}: {place}", B::NAME);
            let behind = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64;
            // A mismatched tag is told at its name, behind `</`; a document cannot begin with one.
            let column = if element == 0 { 1 + behind + 1 } else { 1 + behind + 2 };
            assert_eq!(place.column, column, "{}: {place}", B::NAME);
            assert_eq!(fault.detail(), place.to_string(), "{}", B::NAME);
        }
    }

    #[test]
    fn the_iterator_gets_all_before_a_fault_and_then_its_line_and_column() {
        let _alone = alone();
        let before = live();
        each!(check_fault);
        assert_eq!(live(), before);
    }

    #[tasklet]
    async fn leaves<B: Blocking>() -> Result<OwnedEvent, Error> {
        let events: B::Channel<OwnedEvent> = B::channel();
        B::spawn(parser(Document::library(12), events.clone()));
        events.receive().await?;
        let second: OwnedEvent = events.receive().await?;
        assert!(live() > 0);
        Ok(second)
    }

    #[tasklet]
    async fn drops_its_iterator<B: Blocking>() -> Result<usize, Error> {
        {
            let names =
                B::generate::<OwnedEvent, _>(|events| parser::<B>(Document::library(12), events));
            names.next().await?;
            names.next().await?;
        }
        for _ in 0..3u64 {
            B::schedule().await?;
        }
        Ok(live())
    }

    #[tasklet]
    async fn kills<B: Blocking>() -> Result<usize, Error> {
        let events: B::Channel<OwnedEvent> = B::channel();
        let handle: B::Handle = B::spawn(parser(Document::library(12), events.clone()));
        events.receive().await?;
        events.receive().await?;
        handle.kill().await?;
        Ok(live())
    }

    fn check_leaving<B: Blocking>() {
        let before = live();
        assert_eq!(B::run(leaves()), Ok(OwnedEvent::Start("dict".into())), "{}", B::NAME);
        assert_eq!(live(), before, "{}: with the run", B::NAME);
        for main in [B::run(drops_its_iterator()), B::run(kills())] {
            let inside = main.unwrap_or_else(|error| panic!("{}: {error}", B::NAME));
            if B::CAPABILITIES.order_exact {
                assert_eq!(inside, before, "{}: at once", B::NAME);
            }
        }
        assert_eq!(live(), before, "{}", B::NAME);
    }

    #[test]
    fn a_parser_is_freed_when_its_iteration_is_left_or_its_tasklet_killed() {
        let _alone = alone();
        each!(check_leaving);
    }

    #[tasklet]
    async fn panicking_consumer<B: Blocking>() -> Result<(), Error> {
        let events: B::Channel<OwnedEvent> = B::channel();
        B::spawn(parser(Document::library(12), events.clone()));
        events.receive().await?;
        panic!("the consumer")
    }

    fn check_consumer<B: Blocking>() {
        let before = live();
        panics_or_fails::<B>(|| B::run(panicking_consumer()));
        assert_eq!(live(), before, "{}", B::NAME);
    }

    #[test]
    fn a_panic_of_the_consumer_frees_the_parser() {
        let _alone = alone();
        each!(check_consumer);
    }

    /// Goes on when a send fails, or panics instead.
    struct Stubborn<'a, B: Blocking>(&'a B::Channel<u64>, bool);

    impl<B: Blocking> Handler for Stubborn<'_, B> {
        type Error = Error;

        fn start(&mut self, _: &str) -> Result<(), Error> {
            let sent = B::wait(self.0.send(1));
            assert!(!self.1 || sent.is_ok(), "instead of the exit");
            Ok(())
        }
    }

    #[tasklet]
    async fn stubborn<B: Blocking>(out: B::Channel<u64>, panics: bool) -> Result<(), Error> {
        let text = Document::library(12).text().as_bytes();
        let _ = Parser::new().parse(text, true, &mut Stubborn::<B>(&out, panics));
        Ok(())
    }

    #[tasklet]
    async fn leaves_the_stubborn<B: Blocking>(panics: bool) -> Result<(), Error> {
        let out: B::Channel<u64> = B::channel();
        B::spawn(stubborn(out.clone(), panics));
        out.receive().await.map(drop)
    }

    fn check_panic_instead<B: Blocking>() {
        let before = live();
        let _ = B::run(leaves_the_stubborn(true));
        assert_eq!(live(), before, "{}", B::NAME);
    }

    #[test]
    fn a_handler_that_panics_instead_of_its_exit_frees_the_parser() {
        let _alone = alone();
        each!(check_panic_instead);
    }

    /// Backends in the kernel's order kill ten times and then give the stack up, as it is.
    #[test]
    fn a_handler_that_ignores_ten_exits_leaks_its_stack_and_its_parser() {
        let _alone = alone();
        let before = live();
        assert_eq!(Hard::run(leaves_the_stubborn(false)), Ok(()));
        assert_eq!(live(), before + 1, "given up");
        assert_eq!(MayOne::run(leaves_the_stubborn(false)), Ok(()));
        assert_eq!(live(), before + 1, "parsed to the end");
    }
}

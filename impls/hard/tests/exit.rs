//! `std::process::exit` in a tasklet: the destructors of thread-local values run while the run is
//! not at its end, and what they ask of the scheduler is refused.

#![forbid(unsafe_code)]

use std::{cell::RefCell, env, process::Command};

use switchback::{
    Backend, Blocking, Control, Error, Kind, Operation, Tasklet, frame::NoFrame, tasklet,
};
use switchback_baton::Baton;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
use switchback_direct::Direct;
use switchback_generator::Generator;
// Where there is no `direct`, another backend with stacks takes its place.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
use switchback_generator::Generator as Direct;
use switchback_hard::Hard;
use switchback_poll::Poll;
use switchback_soft::Soft;

type Deed = Box<dyn FnOnce() -> Option<Kind>>;

/// What a destructor does; it says on standard output what came of it.
#[derive(Default)]
struct Last(Vec<Deed>);

impl Drop for Last {
    fn drop(&mut self) {
        for deed in self.0.drain(..) {
            println!("refused: {:?}", deed());
        }
    }
}

thread_local! {
    /// Made before the run, so it is dropped after all that the run keeps for the thread.
    static LAST: RefCell<Last> = RefCell::default();
    static TEXT: RefCell<String> = RefCell::default();
}

fn at_the_end(deed: impl FnOnce() -> Option<Kind> + 'static) {
    LAST.with_borrow_mut(|last| last.0.push(Box::new(deed)));
}

fn kind<T>(result: Result<T, Error>) -> Option<Kind> {
    result.err().map(|error| error.kind())
}

struct Plain(fn() -> Result<(), Error>);

impl<B: Blocking> Operation<B> for Plain {
    type Output = Result<(), Error>;

    fn wait(self) -> Self::Output {
        (self.0)()
    }
}

impl<B: Blocking> Tasklet<B> for Plain {
    const NAME: &'static str = "plain";
    type Return = ();
    type Frame = NoFrame<()>;

    fn into_frame(self) -> NoFrame<()> {
        NoFrame::default()
    }
}

/// A destructor would switch to a tasklet that has not begun.
fn fresh<B: Blocking>() -> Result<(), Error> {
    B::spawn(Plain(|| {
        println!("the other one runs");
        Ok(())
    }));
    at_the_end(|| kind(B::wait(B::schedule())));
    std::process::exit(3)
}

/// A destructor would switch to a tasklet that has borrowed a value which is gone.
fn borrowed<B: Blocking>() -> Result<(), Error> {
    B::spawn(Plain(|| {
        TEXT.with_borrow_mut(|text| {
            *text = "on the heap".repeat(9);
            B::wait(B::schedule())?;
            println!("the other one reads {text}");
            Ok(())
        })
    }));
    B::wait(B::schedule())?;
    at_the_end(|| kind(B::wait(B::schedule())));
    std::process::exit(3)
}

#[tasklet]
async fn idle<B: Backend>(text: String) -> Result<(), Error> {
    B::schedule().await?;
    drop(text);
    Ok(())
}

/// Destructors would look into the frames of others, and free one.
#[tasklet]
async fn handles<B: Backend>() -> Result<(), Error> {
    let other: B::Handle = B::spawn(idle::<B>("a text".to_owned()));
    let paused: B::Handle = B::spawn_paused(idle::<B>("a text".to_owned()))?;
    B::schedule().await?;
    keep::<B>(other, paused);
    std::process::exit(3)
}

fn keep<B: Backend>(other: B::Handle, paused: B::Handle) {
    let spawned = || B::spawn(idle::<B>("a text".to_owned())).status();
    at_the_end(move || kind(other.recursion_depth()).or(kind(spawned())));
    at_the_end(move || kind(paused.unbind()));
}

/// A run before it has made what every run keeps for the thread. The value with the destructor is
/// made next, and what the backend keeps last, so that this is gone when the destructor runs.
fn between<B: Blocking>() -> Result<(), Error> {
    Soft::run(idle::<Soft>("a text".to_owned()))?;
    LAST.with_borrow_mut(|_| ());
    B::run(Plain(fresh::<B>))
}

const CASES: [&str; 13] = [
    "fresh hard",
    "fresh direct",
    "fresh generator",
    "fresh baton",
    "borrowed hard",
    "borrowed direct",
    "borrowed generator",
    "borrowed baton",
    "between hard",
    "between direct",
    "between baton",
    "handles soft",
    "handles poll",
];

fn run(case: &str) -> Result<(), Error> {
    match case {
        "fresh hard" => Hard::run(Plain(fresh::<Hard>)),
        "fresh direct" => Direct::run(Plain(fresh::<Direct>)),
        "fresh generator" => Generator::run(Plain(fresh::<Generator>)),
        "fresh baton" => Baton::run(Plain(fresh::<Baton>)),
        "borrowed hard" => Hard::run(Plain(borrowed::<Hard>)),
        "borrowed direct" => Direct::run(Plain(borrowed::<Direct>)),
        "borrowed generator" => Generator::run(Plain(borrowed::<Generator>)),
        "borrowed baton" => Baton::run(Plain(borrowed::<Baton>)),
        "between hard" => between::<Hard>(),
        "between direct" => between::<Direct>(),
        "between baton" => between::<Baton>(),
        "handles soft" => Soft::run(handles::<Soft>()),
        "handles poll" => Poll::run(handles::<Poll>()),
        other => panic!("no case is called {other}"),
    }
}

/// Makes a process of this program run one case.
const CASE: &str = "SWITCHBACK_EXIT_CASE";

#[test]
fn destructors_of_thread_local_values_have_no_scheduler_when_a_tasklet_exits() {
    if let Ok(case) = env::var(CASE) {
        if !case.starts_with("between") {
            LAST.with_borrow_mut(|_| ());
        }
        panic!("it came back with {:?}", run(&case));
    }
    let this = "destructors_of_thread_local_values_have_no_scheduler_when_a_tasklet_exits";
    // The stacks of generators are too small for what a sanitizer adds.
    let tried = |case: &&str| !cfg!(switchback_no_pools) || !case.contains("generator");
    for case in CASES.into_iter().filter(tried) {
        let program = env::current_exe().expect("this program");
        let arguments = ["--exact", this, "--nocapture", "--test-threads=1"];
        let output = Command::new(program).args(arguments).env(CASE, case).output();
        let output = output.expect("this program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(3), "{case}: {output:?}");
        let refused = said.matches("refused: Some(WrongScheduler)").count();
        assert_eq!(refused, if case.starts_with("handles") { 2 } else { 1 }, "{case}: {said}");
        assert!(!said.contains("the other one"), "{case}: {said}");
    }
}

//! What the laws of the scenarios in `sharing` do not say: a table that deadlocks, a window whose
//! two versions tell the same story, a battle that can be looked at.

use quick_xml::events::Event;
use switchback::{Backend, Kind};
use switchback_baton::Baton;
use switchback_generator::Generator;
use switchback_hard::Hard;
use switchback_may::{MayMany, MayOne};
use switchback_poll::Poll;
use switchback_scenarios::sharing::{arena, dispatcher, philosophers};
use switchback_smol::Smol;
use switchback_soft::Soft;
use switchback_threads::{Threads, ThreadsDeque, ThreadsQueue1, ThreadsQueue1000};
use switchback_tokio::{TokioCurrent, TokioMulti};

/// Main waits for a philosopher, and all of them for a fork.
fn reports_the_deadlock<B: Backend>() {
    assert!(B::CAPABILITIES.deadlock, "{}", B::NAME);
    let error = philosophers::greedy::<B>().expect_err("nothing to eat");
    assert!(
        matches!(error.kind(), Kind::Deadlock | Kind::MainReceiving),
        "{}: {:?}, {error}",
        B::NAME,
        error.kind()
    );
    assert_eq!(error.to_string(), error.kind().text(), "{}", B::NAME);
}

#[test]
fn philosophers_that_all_reach_left_first_are_a_deadlock_and_not_a_hang() {
    reports_the_deadlock::<Hard>();
    reports_the_deadlock::<Soft>();
    reports_the_deadlock::<Poll>();
    reports_the_deadlock::<Generator>();
    reports_the_deadlock::<Baton>();
    reports_the_deadlock::<Threads>();
    reports_the_deadlock::<ThreadsQueue1>();
    reports_the_deadlock::<ThreadsQueue1000>();
    reports_the_deadlock::<ThreadsDeque>();
    reports_the_deadlock::<MayOne>();
    reports_the_deadlock::<MayMany>();
    reports_the_deadlock::<TokioCurrent>();
    reports_the_deadlock::<TokioMulti>();
    reports_the_deadlock::<Smol>();
}

/// `small` of the law has the digests; here they are lines, for a reader of a failure.
#[test]
fn a_window_with_tasklets_and_one_by_hand_have_the_same_log() {
    let script = dispatcher::script(60);
    let by_hand = dispatcher::Machine::run(&script);
    let log = dispatcher::with_tasklets::<Soft>(script).expect("it works");
    assert_eq!(log, by_hand.log());
}

fn recorded<B: Backend>(seed: u64) -> arena::Outcome {
    let plan = arena::Plan { seed, bots: 20, ticks: 60, recorded: true };
    arena::with_tasklets::<B>(plan).unwrap_or_else(|error| panic!("{}: {error}", B::NAME))
}

#[test]
fn a_replay_is_the_same_on_stacks_and_on_frames() {
    let replay = arena::svg::replay(&recorded::<Hard>(7));
    assert_eq!(replay, arena::svg::replay(&recorded::<Soft>(7)));
    assert_ne!(replay, arena::svg::replay(&recorded::<Soft>(8)));
}

/// A picture that a browser takes: XML in which every element ends, small enough to be in a page, and
/// without a script.
#[test]
fn a_replay_is_a_small_picture_without_a_script() {
    for seed in 0..20 {
        let outcome = recorded::<Soft>(seed);
        let replay = arena::svg::replay(&outcome);
        assert!(replay.len() <= 60 << 10, "{} bytes", replay.len());
        let mut reader = quick_xml::Reader::from_str(&replay);
        let (mut groups, mut open) = (0, 0);
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("seed {seed}: {error}")) {
                Event::Start(element) => {
                    open += 1;
                    groups += u64::from(element.name().as_ref() == "g");
                    assert!(element.attributes().all(|attribute| attribute.is_ok()));
                    assert_ne!(element.name().as_ref(), "script");
                }
                Event::End(_) => open -= 1,
                Event::Eof => break,
                _ => (),
            }
        }
        // The start, and 60 ticks.
        assert_eq!((groups, open), (61, 0), "seed {seed}");
        assert!(replay.starts_with("<svg ") && replay.ends_with("</svg>\n"));
    }
}

#[test]
fn bots_fight() {
    let bots = recorded::<Soft>(7).bots;
    let energy: u32 = bots.iter().map(|bot| u32::from(bot.energy)).sum();
    let hits: u32 = bots.iter().map(|bot| bot.hits).sum();
    assert!(hits > 0, "{bots:?}");
    // Each has 3 at first, and a hit takes 1.
    assert_eq!(energy + hits, 3 * 20, "{bots:?}");
}

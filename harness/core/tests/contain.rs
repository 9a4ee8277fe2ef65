//! Panics as errors: payloads, sources of errors and arguments that panic when they are dropped.

use std::fmt;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use switchback::{Error, Kind, contain, dispose, give_up};

/// Counts how often it is dropped, and panics each time, with one less of itself.
#[derive(Clone, Debug)]
struct Bomb(Arc<AtomicU64>, u64);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        match self.1.checked_sub(1) {
            Some(left) => panic_any(Self(Arc::clone(&self.0), left)),
            None => panic_any("the last one"),
        }
    }
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bomb")
    }
}

impl std::error::Error for Bomb {}

fn bomb(levels: u64) -> (Bomb, Arc<AtomicU64>) {
    let dropped = Arc::new(AtomicU64::new(0));
    (Bomb(Arc::clone(&dropped), levels), dropped)
}

#[test]
fn a_panic_is_named_and_has_its_text() {
    type Body = fn() -> Result<(), Error>;
    let texts: [(Body, &str); 3] = [
        (|| panic!("lost the map"), "main::f: lost the map"),
        (|| panic!("lost {}", 2), "main::f: lost 2"),
        (|| panic_any(7_u8), "main::f: a panic without a text"),
    ];
    for (body, text) in texts {
        let error = contain("main::f", body).unwrap_err();
        assert_eq!((error.kind(), error.detail()), (Kind::Panicked, text));
    }
    let unnamed = contain("", || -> Result<(), Error> { panic!("no name") }).unwrap_err();
    assert_eq!(unnamed.detail(), "no name");
}

#[test]
fn a_payload_is_dropped_once_whatever_its_destructor_does() {
    let (payload, dropped) = bomb(0);
    let error = contain("main::f", move || -> Result<(), Error> { panic_any(payload) });
    assert_eq!(error.unwrap_err().kind(), Kind::Panicked);
    assert_eq!(dropped.load(SeqCst), 1);
}

#[test]
fn the_payload_of_a_payload_is_forgotten() {
    let (payload, dropped) = bomb(5);
    let error = contain("main::f", move || -> Result<(), Error> { panic_any(payload) });
    assert_eq!(error.unwrap_err().kind(), Kind::Panicked);
    assert_eq!(dropped.load(SeqCst), 1, "the second one leaks");
}

#[test]
fn an_error_whose_source_panics_is_dropped_without_a_panic() {
    let (source, dropped) = bomb(0);
    let error = Error::from_error(source);
    let copy = error.clone();
    drop(error);
    assert_eq!(dropped.load(SeqCst), 0);
    drop(copy);
    assert_eq!(dropped.load(SeqCst), 1);
}

#[test]
fn an_error_stays_and_the_exit_gives_way_to_a_panic() {
    let dropping = |reason: Error| {
        let (argument, dropped) = bomb(0);
        let error = give_up::<()>(reason, move || drop(argument)).unwrap_err();
        assert_eq!(dropped.load(SeqCst), 1);
        (error.kind(), error.name().to_owned())
    };
    assert_eq!(dropping(Error::new("E1", "")), (Kind::User, "E1".to_owned()));
    assert_eq!(dropping(Kind::Exit.into()), (Kind::Panicked, String::new()));
    let exit = give_up::<()>(Kind::Exit.into(), || ()).unwrap_err();
    assert_eq!(exit.kind(), Kind::Exit, "without a panic");
}

#[test]
fn what_is_disposed_of_tells_of_its_panic() {
    let (value, dropped) = bomb(0);
    let error = dispose(value).unwrap_err();
    assert_eq!((error.kind(), dropped.load(SeqCst)), (Kind::Panicked, 1));
    assert_eq!(dispose(7), Ok(()));
}

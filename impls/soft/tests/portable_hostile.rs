//! Changed pickles: refused without a trace, or run without harm.
//!
//! A short share runs here. All of them: see fuzz/README.md.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use switchback_conformance::portable::hostile::{Fate, attack, seeds, specimens};
use switchback_conformance::portable::mutate::Mutator;
use switchback_soft::Soft;

/// Number of changed pickles, and the number that their changes follow from.
const MUTATIONS: &str = "SWITCHBACK_MUTATIONS";
const SEED: &str = "SWITCHBACK_SEED";

/// Counts the bytes that are in use, and their maximum.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static PANICS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(LIVE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: promised by the caller.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that one pickle may take for a moment, all schedulers and checks included: so many, and
/// so many times its length. A tasklet is one byte at least, and some 500 bytes with its frames.
const MOST: (usize, usize) = (256 << 10, 1_000);
/// Bytes that a pool grows by at least. Less than that is not in a pool.
const POOL: usize = 1 << 10;
/// Bytes that may stay in pools from then on.
const KEPT: usize = 1 << 20;

fn number(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")),
        Err(_) => otherwise,
    }
}

#[test]
fn changed_pickles_are_refused_without_a_trace_or_run_without_harm() {
    for specimen in specimens::<Soft>().expect("good pickles") {
        assert_eq!(attack::<Soft>(&specimen), Ok(Fate::Ran));
    }
    let (count, seed) = (number(MUTATIONS, 20_000), number(SEED, 1));
    let mut mutator = Mutator::new(seeds::<Soft>().expect("good pickles"), seed);
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Relaxed);
        eprintln!("{panic}");
    }));
    let (mut refused, mut ran) = (0u64, 0u64);
    let mut before = LIVE.load(Relaxed);
    for i in 0..count {
        let bytes = mutator.pickle();
        PEAK.store(LIVE.load(Relaxed), Relaxed);
        let start = LIVE.load(Relaxed);
        match attack::<Soft>(&bytes) {
            Ok(Fate::Refused) => refused += 1,
            Ok(Fate::Ran) => ran += 1,
            Err(error) => panic!("mutation {i} of seed {seed}, {bytes:?}: {error}"),
        }
        let peak = PEAK.load(Relaxed) - start;
        let most = MOST.0 + MOST.1 * bytes.len();
        assert!(peak <= most, "mutation {i} of seed {seed} took {peak} bytes: {bytes:?}");
        let left = LIVE.load(Relaxed).saturating_sub(start);
        assert!(
            left == 0 || left >= POOL,
            "mutation {i} of seed {seed} leaks {left} bytes: {bytes:?}"
        );
        assert_eq!(PANICS.load(Relaxed), 0, "mutation {i} of seed {seed}: {bytes:?}");
        if i == 1_000 {
            before = LIVE.load(Relaxed);
        }
    }
    let kept = LIVE.load(Relaxed).saturating_sub(before);
    assert!(kept <= KEPT, "{kept} bytes stay behind {count} pickles");
    println!("{count} mutations of seed {seed}: {refused} refused, {ran} ran, {kept} bytes kept");
    assert!(refused > count / 4 && ran > count / 100, "{refused} refused, {ran} ran");
}

//! What a hostile pickle may cost: at most 64 bytes of memory for each of its bytes and for frames
//! what its budget allows, all of it charged before it is taken. An allocator counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use switchback::{
    Backend, Channel, Error, Kind, LoadBudget, Message, Portable, frame::FrameList, message,
    pickle::Writer, tasklet,
};
use switchback_soft::Soft;

/// Counts the bytes that are in use, their maximum, and what was asked for.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);
/// Held by the test that measures: the counts are those of the whole process.
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: the system's allocator does the work. A reallocation is a new block and then the end of
// the old one, so both count at that moment.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(LIVE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        CALLS.fetch_add(1, Relaxed);
        TAKEN.fetch_add(layout.size(), Relaxed);
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

/// Bytes of memory for each byte, as promised.
const FACTOR: usize = 64;
/// And so many more whatever the pickle: what is promised, and the chunks that blocks and frames
/// come from, of which the last is not full.
const CHUNKS: usize = (256 << 10) + (512 << 10);
/// Bytes of the hostile pickles: enough that what does not grow with them does not matter.
const LENGTH: usize = 1 << 20;

type Large = Option<[u64; 32]>;

#[message]
struct Words(Vec<String>, BTreeMap<u64, Large>);

#[tasklet]
async fn dives<B: Backend>(
    path: Vec<u64>,
    depth: u32,
    channel: B::Channel<u64>,
) -> Result<(), Error> {
    if depth == 0 {
        channel.receive().await?;
        return Ok(());
    }
    dives(path.clone(), depth - 1, channel).await?;
    assert!(path.len() < 64);
    Ok(())
}

/// What one attempt to load cost.
#[derive(Debug)]
pub struct Cost {
    /// Most bytes at one time.
    peak: usize,
    /// Blocks asked for, and their bytes.
    calls: usize,
    taken: usize,
    outcome: Result<(), Error>,
}

#[tasklet]
async fn load<B: Portable, R: Message>(bytes: Vec<u8>, budget: LoadBudget) -> Result<Cost, Error> {
    let program = B::program::<dives::Call<B>>();
    let (live, calls, taken) = (LIVE.load(Relaxed), CALLS.load(Relaxed), TAKEN.load(Relaxed));
    PEAK.store(live, Relaxed);
    let loaded = B::load_within::<R>(&bytes, &program, budget);
    Ok(Cost {
        peak: PEAK.load(Relaxed) - live,
        calls: CALLS.load(Relaxed) - calls,
        taken: TAKEN.load(Relaxed) - taken,
        outcome: loaded.map(drop),
    })
}

fn cost<R: Message>(bytes: &[u8], budget: LoadBudget) -> Cost {
    Soft::run(load::<Soft, R>(bytes.to_vec(), budget)).expect("it ends, whatever the bytes")
}

#[tasklet]
async fn empty<B: Portable, R: Message + Default>() -> Result<Vec<u8>, Error> {
    B::dump(&R::default(), &FrameList::default())
}

/// What stands in front of the counts in a pickle of such roots, without functions.
fn front<R: Message + Default>() -> Vec<u8> {
    let mut bytes = Soft::run(empty::<Soft, R>()).expect("a pickle of nothing");
    // No tasklets, no channels, roots that are one byte, no late values.
    assert_eq!(bytes.split_off(bytes.len() - 4), [0; 4]);
    bytes
}

/// A pickle put together by hand: the numbers behind the front, then one piece as often as it takes
/// to be [`LENGTH`] long, or `length`.
fn forged(front: &[u8], numbers: &[u64], piece: &[u8], length: usize) -> Vec<u8> {
    let mut out = Writer::default();
    out.raw(front);
    numbers.iter().for_each(|number| out.number(*number));
    while out.bytes().len() < length {
        out.raw(piece);
    }
    out.into_bytes()
}

type Channels<T> = (Vec<<Soft as Backend>::Channel<T>>, Vec<<Soft as Backend>::Handle>);

/// Roots of a type, and pickles of them of a length, named.
type Shape = (&'static str, fn(&[u8]) -> Cost, fn(usize) -> Vec<u8>);

fn default<R: Message>(bytes: &[u8]) -> Cost {
    cost::<R>(bytes, LoadBudget::default())
}

/// One for everything that is counted.
const SHAPES: &[Shape] = &[
    ("tasklets that are not there", default::<Vec<u8>>, |length| {
        forged(&front::<Vec<u8>>(), &[length as u64 - 200, 0], &[0], length)
    }),
    ("as many tasklets as are paid for, and no heads", default::<Vec<u8>>, |length| {
        forged(&front::<Vec<u8>>(), &[length as u64 / 2, 0, length as u64 / 2], &[1], length)
    }),
    ("channels that are not there", default::<Vec<u8>>, |length| {
        forged(&front::<Vec<u8>>(), &[0, length as u64 - 200], &[0], length)
    }),
    ("as many channels as are paid for", default::<Vec<u8>>, |length| {
        forged(&front::<Vec<u8>>(), &[0, length as u64 / 2, length as u64 / 2], &[1], length)
    }),
    ("tasklets and channels", default::<Vec<u8>>, |length| {
        let third = length as u64 / 3;
        forged(&front::<Vec<u8>>(), &[third, third, third - 200], &[0], length)
    }),
    ("waiters", default::<Vec<u8>>, |length| {
        let count = length as u64 / 4;
        let mut out = Writer::default();
        out.raw(&forged(&front::<Vec<u8>>(), &[count, 1, 0], &[], 0));
        (0..count).for_each(|_| out.raw(&[0]));
        // Receivers.
        out.raw(&[32]);
        out.number(count);
        (0..count).for_each(|waiter| out.number(waiter));
        out.into_bytes()
    }),
    ("small items", default::<Vec<u64>>, |length| {
        forged(&front::<Vec<u64>>(), &[0, 0, length as u64 - 200], &[1], length)
    }),
    ("items that are paid for, and one too few", default::<Vec<u64>>, |length| {
        let front = front::<Vec<u64>>();
        forged(&front, &[0, 0, (length - front.len()) as u64 - 5], &[1], length)
    }),
    ("large items that say nothing", default::<Vec<Large>>, |length| {
        forged(&front::<Vec<Large>>(), &[0, 0, length as u64 - 200], &[0], length)
    }),
    ("large items in boxes", default::<Vec<Box<Large>>>, |length| {
        forged(&front::<Vec<Box<Large>>>(), &[0, 0, length as u64 - 200], &[0], length)
    }),
    ("large items in boxes that may be missing", default::<Vec<Option<Box<Large>>>>, |length| {
        let front = front::<Vec<Option<Box<Large>>>>();
        forged(&front, &[0, 0, length as u64 / 2 - 200], &[1, 0], length)
    }),
    ("boxes in boxes", default::<Vec<Box<(Large, Box<Large>)>>>, |length| {
        let front = front::<Vec<Box<(Large, Box<Large>)>>>();
        forged(&front, &[0, 0, length as u64 / 2 - 200], &[0, 0], length)
    }),
    ("texts", default::<Vec<String>>, |length| {
        forged(&front::<Vec<String>>(), &[0, 0, length as u64 / 2], &[1, 97], length)
    }),
    ("texts without letters", default::<Vec<String>>, |length| {
        forged(&front::<Vec<String>>(), &[0, 0, length as u64 - 200], &[0], length)
    }),
    ("a text", default::<String>, |length| {
        forged(&front::<String>(), &[0, 0, length as u64 - 200], b"x", length)
    }),
    ("lists in lists", default::<Vec<Vec<u64>>>, |length| {
        forged(&front::<Vec<Vec<u64>>>(), &[0, 0, length as u64 / 2], &[1, 1], length)
    }),
    ("lists in lists, each as long as what is left", default::<Vec<Vec<Vec<Large>>>>, |length| {
        let long = length as u64 - 300;
        forged(&front::<Vec<Vec<Vec<Large>>>>(), &[0, 0, long, long - 9, long - 18], &[0], length)
    }),
    ("maps", default::<BTreeMap<u64, Large>>, |length| {
        let mut out = Writer::default();
        let count = length as u64 / 4;
        out.raw(&forged(&front::<BTreeMap<u64, Large>>(), &[0, 0, count], &[], 0));
        for key in 0..count {
            out.number(key);
            out.raw(&[0]);
        }
        out.into_bytes()
    }),
    ("messages of several parts", default::<Vec<Words>>, |length| {
        forged(&front::<Vec<Words>>(), &[0, 0, length as u64 / 6], &[2, 0, 0, 1, 7, 0], length)
    }),
    ("errors", default::<Vec<Error>>, |length| {
        forged(&front::<Vec<Error>>(), &[0, 0, length as u64 / 3], &[0, 0, 0], length)
    }),
    ("items without bytes", default::<Vec<()>>, |length| {
        forged(&front::<Vec<()>>(), &[0, 0, length as u64], &[0], length)
    }),
    ("errors in slots", default::<Vec<u8>>, |length| {
        forged(&front::<Vec<u8>>(), &[length as u64 / 4, 0, 0], &[2 << 4, 0, 0, 0], length)
    }),
    ("tasklets in slots", default::<Vec<u8>>, |length| {
        forged(&front::<Vec<u8>>(), &[length as u64 / 2, 0, 0], &[5 << 4, 1], length)
    }),
    ("late messages that take more than they say", default::<Channels<Large>>, |length| {
        let count = length as u64 / 8;
        let mut out = Writer::default();
        // Roots of no tasklets and one channel, whose number is 0.
        let empty = Soft::run(one_channel::<Soft>()).expect("a pickle");
        assert!(empty.ends_with(&[0, 1, 1, 0, 0, 0, 0]), "{empty:?}");
        out.raw(&empty[..empty.len() - 7]);
        [count, 1, 1, 0, 0].into_iter().for_each(|number| out.number(number));
        (0..count).for_each(|_| out.raw(&[4 << 4]));
        out.raw(&[0]);
        out.number(count);
        for tasklet in 0..count {
            out.number(tasklet);
            out.raw(&[1, 0]);
        }
        out.into_bytes()
    }),
    ("late messages that are not there", default::<Vec<u8>>, |length| {
        forged(&front::<Vec<u8>>(), &[1, 0, 0], &[4 << 4, 0xff, 0xff, 0x3f], length)
    }),
    ("functions", default::<Vec<u8>>, |length| {
        // The table of functions of a pickle of one, again and again.
        let bytes = Soft::run(dive::<Soft>(0u32, vec![])).expect("a pickle");
        let name = "pickle_costs::dives";
        let at = bytes.windows(name.len()).position(|w| w == name.as_bytes()).expect("its name");
        let entry = &bytes[at - 1..at + name.len() + 8];
        let count = (length / entry.len()) as u64;
        forged(&bytes[..5], &[count - 1], entry, length)
    }),
    ("messages", default::<Vec<u8>>, |length| {
        forged(&front::<Vec<u8>>()[..6], &[length as u64 - 200], &[0], length)
    }),
];

#[tasklet]
async fn one_channel<B: Portable>() -> Result<Vec<u8>, Error> {
    let channel: B::Channel<Large> = B::channel();
    let roots: (Vec<B::Channel<Large>>, Vec<B::Handle>) = (vec![channel], vec![]);
    B::dump(&roots, &FrameList::default())
}

/// A recursion that is blocked at its bottom, each call of which keeps `path`.
#[tasklet]
async fn dive<B: Portable>(depth: u32, path: Vec<u64>) -> Result<Vec<u8>, Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(dives(path, depth, channel.clone()));
    B::schedule().await?;
    B::dump(&channel, &B::program::<dives::Call<B>>())
}

#[test]
#[cfg_attr(switchback_no_pools, ignore = "blocks that lie apart from each other are larger")]
fn a_pickle_takes_64_bytes_of_memory_for_each_of_its_bytes_at_most() {
    let _alone = ALONE.lock();
    let mut costly = Vec::new();
    for (name, load, make) in SHAPES {
        let bytes = make(LENGTH);
        let Cost { peak, outcome, .. } = load(&bytes);
        let factor = peak as f64 / bytes.len() as f64;
        println!("{name}: {factor:.1} bytes for each of {}, {outcome:?}", bytes.len());
        if peak > FACTOR * bytes.len() + CHUNKS {
            costly.push(format!("{name}: {factor:.1} bytes for each"));
        }
    }
    assert_eq!(costly, [""; 0]);
}

/// Work in proportion: twice the bytes, twice the blocks and twice their bytes.
#[test]
fn a_pickle_of_twice_the_length_takes_twice_the_work() {
    let _alone = ALONE.lock();
    for (name, load, make) in SHAPES {
        let [one, two] = [LENGTH / 2, LENGTH].map(|length| load(&make(length)));
        // Chunks, and lists that double as they grow.
        assert!(two.calls <= 3 * one.calls + 200, "{name}: {one:?} {two:?}");
        assert!(two.taken <= 3 * one.taken + CHUNKS, "{name}: {one:?} {two:?}");
    }
}

#[track_caller]
fn refused(cost: &Cost, texts: &[&str]) {
    let error = cost.outcome.as_ref().expect_err("a refusal");
    assert_eq!(error.kind(), Kind::Exhausted, "{error}");
    assert!(error.detail().starts_with("at byte "), "{error}");
    for text in texts {
        assert!(error.detail().contains(text), "{error} does not say {text:?}");
    }
}

#[test]
fn a_claim_of_ten_million_tasklets_is_refused_before_anything_is_taken() {
    let _alone = ALONE.lock();
    let bytes = forged(&front::<Vec<u8>>(), &[9_999_000, 0], &[0], 10_000_000);
    let cost = default::<Vec<u8>>(&bytes);
    assert!(cost.peak < 64 << 10, "{} bytes", cost.peak);
    refused(
        &cost,
        &["of tasklets and channels would take 1", "of the budget for memory 640", "load_within"],
    );
}

#[test]
fn a_budget_of_the_caller_decides() {
    let _alone = ALONE.lock();
    let numbers = forged(&front::<Vec<u64>>(), &[0, 0, 100_000], &[1], 0);
    let numbers = [numbers, vec![1; 100_000], vec![0]].concat();
    let within = |memory| cost::<Vec<u64>>(&numbers, LoadBudget::default().memory(memory));
    // Eight bytes each, and a list that grows is there twice for a moment.
    let Cost { peak, outcome, .. } = within(3 * 800_000);
    assert_eq!(outcome, Ok(()));
    assert!((800_000..3 * 800_000).contains(&peak), "{peak}");
    let strict = within(700_000);
    assert!(strict.peak < 700_000, "{strict:?}");
    refused(&strict, &["room for", "of u64 would take", "of the budget for memory"]);
    let errors = forged(&front::<Vec<Error>>(), &[0, 0, 1_000], &[0, 0, 0], 4_000);
    let strict = cost::<Vec<Error>>(&errors, LoadBudget::default().memory(50_000));
    refused(&strict, &["an error would take 80 bytes"]);
    // A pickle of the program's own that is larger than is allowed to strangers.
    let large = forged(&front::<Vec<Large>>(), &[0, 0, 20_000], &[], 0);
    let large = [large, vec![0; 20_000], vec![0]].concat();
    refused(&default::<Vec<Large>>(&large), &["room for", "memory"]);
    let generous = LoadBudget::default().memory(20_000 * 264 * 3);
    assert_eq!(cost::<Vec<Large>>(&large, generous).outcome, Ok(()));
}

#[test]
fn frames_have_a_budget_of_their_own_with_all_they_keep() {
    let _alone = ALONE.lock();
    let depth = 20_000u32;
    let bytes = Soft::run(dive::<Soft>(depth, vec![7; 50])).expect("a pickle");
    // A call is told by its difference to the one before: a few bytes stand for a list of numbers.
    assert!(bytes.len() < 4 * depth as usize, "{} bytes", bytes.len());
    let within = |frames| {
        cost::<<Soft as Backend>::Channel<u64>>(&bytes, LoadBudget::default().frames(frames))
    };
    let whole = default::<<Soft as Backend>::Channel<u64>>(&bytes);
    assert_eq!(whole.outcome, Ok(()));
    assert!(whole.peak > 400 * depth as usize, "{whole:?}");
    for frames in [0, 100_000, 1_000_000] {
        let cost = within(frames);
        assert!(cost.peak <= frames + CHUNKS, "{frames}: {cost:?}");
        refused(&cost, &["of the budget for frames"]);
    }
    assert_eq!(within(600 * depth as usize).outcome, Ok(()));
}

#[test]
#[ignore = "a measurement"]
fn seconds_for_each_megabyte() {
    let _alone = ALONE.lock();
    for (name, load, make) in SHAPES {
        let seconds = [1, 2, 4, 8].map(|megabytes| {
            let bytes = make(megabytes << 20);
            let start = std::time::Instant::now();
            load(&bytes);
            format!("{:.1}", start.elapsed().as_secs_f64() * 1e3 / f64::from(megabytes as u32))
        });
        println!("{name}: {} ms per MiB at 1, 2, 4 and 8 MiB", seconds.join(", "));
    }
}

//! What a case leaves behind in its process.
//!
//! A backend may keep a thread or a stack for the next run, so one that grows once is no leak.
//! A case after which something is left is run again, and is found guilty of what each run adds.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use switchback::kernel::left;

use crate::Failure;
use crate::living::{self, TASKLETS, VALUES};
use crate::variables::scale;

/// Further runs of a case that left something.
const AGAIN: u32 = 4;
/// How long threads may take to end after a run, and after the last one; before scaling.
const SETTLE: Duration = Duration::from_millis(100);
const SETTLE_LAST: Duration = Duration::from_secs(2);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);

/// Begins the sign of a leak; what leaks follows, separated by commas.
pub(super) const LEAK: &str = "leak of ";

type Census = BTreeMap<&'static str, i64>;

/// What there is in this process now.
///
/// Tasklets are the cursors of programs, and with the kernel its blocks in use at the end of a
/// run; channels are those blocks, so that other backends show theirs by the memory they take
/// only. Stacks, threads and descriptors are counted on Linux only.
fn census(handles_left: bool) -> Census {
    let number = |n: u64| i64::try_from(if handles_left { 0 } else { n }).unwrap_or(i64::MAX);
    let mut census = Census::from([
        ("tasklets", living::count(TASKLETS) + number(left::tasklets())),
        ("channels", number(left::channels())),
        ("values", living::count(VALUES)),
    ]);
    if let Ok(maps) = std::fs::read_to_string("/proc/self/maps") {
        census.insert("stacks", stacks(&maps));
    }
    for (what, folder) in [("threads", "/proc/self/task"), ("descriptors", "/proc/self/fd")] {
        if let Ok(entries) = std::fs::read_dir(folder) {
            census.insert(what, i64::try_from(entries.count()).unwrap_or(i64::MAX));
        }
    }
    census
}

/// Mappings that can be written and lie directly above a small one that cannot be touched.
fn stacks(maps: &str) -> i64 {
    /// Largest guard of a stack, in bytes. What `malloc` reserves for a thread is far more.
    const GUARD: u64 = 64 * 1024;
    let mut guard_ends_at = None;
    let mut stacks = 0;
    for line in maps.lines() {
        let mut words = line.split(' ');
        let range = words.next().and_then(|range| range.split_once('-'));
        let Some((start, end)) = range else { continue };
        let address = |text| u64::from_str_radix(text, 16).unwrap_or(0);
        let (start, end) = (address(start), address(end));
        let access = words.next().unwrap_or_default();
        stacks += i64::from(access.starts_with("rw") && guard_ends_at == Some(start));
        let guard = access.starts_with("---") && end - start <= GUARD;
        guard_ends_at = guard.then_some(end);
    }
    stacks
}

/// What there is more than before, after waiting for that to go.
fn grown(before: &Census, handles_left: bool, patience: Duration) -> Census {
    let deadline = Instant::now() + patience.mul_f64(scale().unwrap_or(1.0));
    loop {
        let mut now = census(handles_left);
        now.retain(|what, count| {
            *count -= before.get(what).copied().unwrap_or(*count);
            *count > 0
        });
        if now.is_empty() || Instant::now() > deadline {
            return now;
        }
        thread::sleep(PAUSE);
    }
}

/// Runs the case; if it holds, looks for what it leaves behind. `handles_left`: handles may outlive
/// its runs, and what they belong to with them. `known`: what earlier cases were found to leak; if
/// nothing else is left, one more run shows it again.
pub(super) fn watched(
    handles_left: bool,
    known: &BTreeSet<String>,
    case: impl Fn() -> Result<(), Failure>,
) -> Result<(), Failure> {
    left::watch();
    let before = census(handles_left);
    case()?;
    let mut leaked = grown(&before, handles_left, SETTLE);
    let seen = leaked.keys().all(|what| known.contains(*what));
    let rounds = if seen { 1 } else { AGAIN };
    for again in 1..=rounds {
        if leaked.is_empty() {
            return Ok(());
        }
        let before = census(handles_left);
        case()?;
        let patience = if again == rounds && !seen { SETTLE_LAST } else { SETTLE };
        let more = grown(&before, handles_left, patience);
        leaked.retain(|what, _| more.contains_key(what));
        for (what, count) in &mut leaked {
            *count = (*count).min(more[what]);
        }
    }
    if leaked.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = leaked
        .iter()
        .map(|(what, count)| match count {
            1 => format!("1 {}", what.trim_end_matches('s')),
            _ => format!("{count} {what}"),
        })
        .collect();
    let text = format!(
        "leaked: each run leaves {} behind\n\nmust hold\n  what a run of the scheduler makes is \
         gone after it: tasklets, values, channels, stacks, threads, descriptors",
        named.join(", ")
    );
    let what: Vec<&str> = leaked.keys().copied().collect();
    let sign = Some(format!("{LEAK}{}", what.join(",")));
    Err(Failure { text, sign, ..Failure::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_what_lies_above_a_small_guard() {
        let maps = "\
            7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n\
            7f0000001000-7f0000011000 rw-p 00000000 00:00 0 \n\
            7f0000012000-7f0000013000 ---p 00000000 00:00 0 \n\
            7f0000014000-7f0000015000 rw-p 00000000 00:00 0 apart from its guard\n\
            7f0004021000-7f0008000000 ---p 00000000 00:00 0 an arena of malloc\n\
            7f0008000000-7f0008021000 rw-p 00000000 00:00 0 and the next one\n";
        assert_eq!(stacks(maps), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_has_a_stack_that_is_counted() {
        let count = || stacks(&std::fs::read_to_string("/proc/self/maps").expect("Linux has it"));
        let before = count();
        // Each waits until its sender is dropped.
        let waiting = (0..100).map(|_| std::sync::mpsc::channel::<()>());
        let (senders, threads): (Vec<_>, Vec<_>) =
            waiting.map(|(sender, told)| (sender, thread::spawn(move || told.recv()))).unzip();
        let after = count();
        drop(senders);
        assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
        // Other tests start and end threads too, but not that many.
        assert!(after >= before + 50, "{before} before, {after} after");
    }
}

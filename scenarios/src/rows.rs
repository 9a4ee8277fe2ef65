//! What the rows of a report are, in one line each: the shipped backends, and what stands beside them.

use switchback_bench::results::AboutBackend;

/// Names and words of the shipped backends.
const BACKENDS: &[(&str, &str)] = &[
    ("hard", "Hard switch: a pooled native stack for each tasklet, switched by corosensei."),
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    (
        "direct",
        "Direct switch: native stacks, from one of which control goes straight to the next.",
    ),
    ("soft", "Soft switch: each tasklet a heap frame, run by a loop; it can be written to bytes."),
    ("poll", "Each tasklet a Rust future, polled in the order of the kernel."),
    ("generator", "Stackful generators of the crate generator, in the order of the kernel."),
    ("baton", "An OS thread for each tasklet; the one that holds the baton runs."),
    ("threads", "Free OS threads that meet on crossbeam channels."),
    ("threads-queue-1", "Free OS threads with a queue of one value between them, no rendezvous."),
    ("threads-queue-1000", "Free OS threads with a queue of 1,000 values between them."),
    ("threads-deque", "Free OS threads with a deque under a lock, as one writes it by hand."),
    ("may-1", "Stackful coroutines of the crate may, on one worker thread."),
    ("may-n", "Stackful coroutines of the crate may, on several worker threads."),
    ("tokio-current", "Tasks of tokio on its current-thread runtime."),
    ("tokio-multi", "Tasks of tokio on its multi-thread runtime."),
    ("smol", "Tasks of async-executor, the executor of smol, on one thread."),
];

/// Group, name and words of rows that are no backends.
const OTHERS: &[(&str, &str, &str)] = &[
    ("reference", "corosensei", "A bare switch to a coroutine and back: no scheduler, no channel."),
    ("reference", "plain", "The same work as plain Rust, without tasklets."),
    ("beside", "naive", "The scheduler one writes first: shared pointers on native stacks."),
    ("beside", "lock-and-deque", "Two OS threads, a deque under a lock between them."),
    ("beside", "queue-of-1000", "Two OS threads, a queue of 1,000 values between them."),
];

/// What a shipped backend is; empty for all others.
pub(crate) fn words(backend: &str) -> &'static str {
    BACKENDS.iter().find(|(name, _)| *name == backend).map_or("", |(_, words)| words)
}

/// What is known of rows that are no backends.
pub(crate) fn known() -> impl Iterator<Item = AboutBackend> {
    OTHERS.iter().map(|(group, name, words)| AboutBackend {
        backend: (*name).to_owned(),
        group: (*group).to_owned(),
        words: (*words).to_owned(),
        ..AboutBackend::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Nothing, backends};

    #[test]
    fn every_shipped_backend_has_its_words_and_no_row_has_two() {
        let mut names: Vec<_> = backends::<Nothing>().iter().map(|column| column.name).collect();
        assert!(names.iter().eq(BACKENDS.iter().map(|(name, _)| name)), "{names:?}");
        names.extend(OTHERS.iter().map(|(_, name, _)| name));
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        let words = BACKENDS.iter().map(|(_, words)| words);
        for words in words.chain(OTHERS.iter().map(|(_, _, words)| words)) {
            assert!(words.ends_with('.') && words.len() <= 100, "{words}");
        }
    }
}

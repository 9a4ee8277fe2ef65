//! How long a process was ready to run and had no processor, by Linux's `/proc`.

use std::{fs, path::Path};

/// Threads that are looked at: a peer may have thousands, of which few do anything.
const THREADS: usize = 64;

/// Time, ns, that the threads of a process have waited for a processor since they began. 0 where the
/// system does not say; a thread that has ended no longer counts.
pub(crate) fn waited(process: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    threads.take(THREADS).map(|thread| of_thread(&thread.path())).sum()
}

/// The second number of `schedstat`: the documentation of Linux's scheduler, `sched-stats`.
fn of_thread(folder: &Path) -> u64 {
    let text = fs::read_to_string(folder.join("schedstat")).unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

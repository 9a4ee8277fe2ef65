//! Whether a process does nothing any more: all of its threads sleep, and none was woken meanwhile.
//!
//! On Linux only; elsewhere a case that hangs is found at its limit.

use std::time::{Duration, Instant};

/// Looks at the threads of one process from time to time.
#[derive(Debug)]
pub(super) struct Sleep {
    process: u32,
    long: Duration,
    /// Since when they sleep, and how often they had been woken then.
    since: Option<(Instant, u64)>,
}

impl Sleep {
    /// `long`: for how long nothing may happen.
    pub(super) fn new(process: u32, long: Duration) -> Self {
        Self { process, long, since: None }
    }

    /// Whether the process has slept for long, from the first of these looks on.
    pub(super) fn is_long(&mut self) -> bool {
        let switches = asleep(self.process);
        match (switches, self.since) {
            (None, _) => self.since = None,
            (Some(now), Some((since, before))) if now == before => {
                return since.elapsed() >= self.long;
            }
            (Some(now), _) => self.since = Some((Instant::now(), now)),
        }
        false
    }
}

/// How often the threads of a process have switched, if all of them sleep.
fn asleep(process: u32) -> Option<u64> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let mut sum = 0;
    for thread in threads {
        let status = std::fs::read_to_string(thread.ok()?.path().join("status")).ok()?;
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        // `S (sleeping)`: waits for something that may come; `R` runs or would like to.
        if !field("State:")?.trim_start().starts_with('S') {
            return None;
        }
        for name in ["voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"] {
            sum += field(name)?.trim().parse::<u64>().ok()?;
        }
    }
    Some(sum)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    /// Looks until the process is found to sleep; never ends if it is not.
    fn wait_for_sleep(process: u32) {
        let mut sleep = Sleep::new(process, Duration::from_millis(50));
        while !sleep.is_long() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_process_that_waits_for_its_input_sleeps() {
        let mut command = Command::new("cat");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let mut child = child.expect("cat can be started");
        wait_for_sleep(child.id());
        drop(child.stdin.take());
        assert!(child.wait().is_ok_and(|status| status.success()));
    }

    #[test]
    fn a_process_that_runs_does_not_sleep() {
        // This one, while it looks.
        let mut sleep = Sleep::new(std::process::id(), Duration::ZERO);
        assert!(!(0..100).any(|_| sleep.is_long()));
        assert_eq!(asleep(u32::MAX), None, "there is no such process");
    }
}

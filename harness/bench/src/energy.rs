//! The energy that processor packages took, where Linux lets a program read their counters.
//!
//! ```text
//! /sys/class/powercap/intel-rapl:0/           a package, of Intel or AMD     counted
//!                       name                  "package-0"
//!                       energy_uj             grows, then begins again at 0
//!                       max_energy_range_uj   after so much
//! /sys/class/powercap/intel-rapl:0:0/         a part of it                   not counted again
//! /sys/class/powercap/intel-rapl:1/name       "psys": the whole board        not counted
//! ```
//!
//! A counter may begin again within minutes, so it is looked at in between. If there was more time
//! between two looks than in which it could have begun again, there is no figure.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::results::Energy;

/// Where Linux has the counters.
pub const COUNTERS: &str = "/sys/class/powercap";

/// Time after which counters are looked at again.
const LOOK: Duration = Duration::from_secs(30);

/// A time so short is none: counters move in steps of a millisecond.
const SHORT: Duration = Duration::from_millis(100);

/// More than any package takes, in watts: a counter of `range` joules lasts `range / MOST` seconds.
const MOST: f64 = 1_000.0;

/// The counters of all packages.
#[derive(Debug)]
pub struct Meter {
    counters: Vec<Counter>,
    begun: Instant,
    looked: Instant,
    /// A counter could not be read any more, or may have begun again unseen.
    lost: bool,
}

#[derive(Debug)]
struct Counter {
    file: PathBuf,
    /// Where it begins again, in microjoules.
    range: u64,
    last: u64,
    /// Microjoules so far.
    sum: u64,
}

impl Meter {
    /// Begins to count; nothing if there is no package, or one that cannot be read: the rest alone would
    /// be taken for all.
    #[must_use]
    pub fn begin(folder: &Path, now: Instant) -> Option<Self> {
        let mut counters = Vec::new();
        for entry in fs::read_dir(folder).ok()? {
            let package = entry.ok()?.path();
            if is_package(&package) {
                counters.push(Counter::of(&package)?);
            }
        }
        (!counters.is_empty()).then_some(Self { counters, begun: now, looked: now, lost: false })
    }

    /// Looks at the counters if it is time to.
    pub fn look(&mut self, now: Instant) {
        if now.saturating_duration_since(self.looked) >= LOOK {
            self.read(now);
        }
    }

    /// What all packages took since the beginning.
    #[must_use]
    pub fn end(mut self, now: Instant) -> Option<Energy> {
        self.read(now);
        let sum: u64 = self.counters.iter().map(|counter| counter.sum).sum();
        let time = now.saturating_duration_since(self.begun);
        // A counter that stands still, as in some virtual machines, counts nothing.
        (!self.lost && sum > 0 && time >= SHORT).then(|| Energy {
            joules: sum as f64 / 1e6,
            seconds: time.as_secs_f64(),
            packages: self.counters.len(),
        })
    }

    fn read(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.looked);
        self.looked = now;
        for counter in &mut self.counters {
            let lasts = counter.range as f64 / 1e6 / MOST;
            if passed.as_secs_f64() >= lasts || !counter.read() {
                self.lost = true;
            }
        }
    }
}

/// Whether a folder is that of a whole package, by its name and what it says of itself.
fn is_package(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    let number = name.and_then(|name| name.strip_prefix("intel-rapl:"));
    let whole = number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    whole && fs::read_to_string(folder.join("name")).is_ok_and(|name| name.starts_with("package"))
}

impl Counter {
    fn of(package: &Path) -> Option<Self> {
        let file = package.join("energy_uj");
        let range = number(&package.join("max_energy_range_uj"))?;
        Some(Self { last: number(&file)?, file, range, sum: 0 })
    }

    /// Adds what came since the last time; false if it cannot be read.
    fn read(&mut self) -> bool {
        let Some(now) = number(&self.file) else { return false };
        let rest = self.range.saturating_sub(self.last);
        let grown = now.checked_sub(self.last).unwrap_or_else(|| rest.saturating_add(now));
        self.sum = self.sum.saturating_add(grown);
        self.last = now;
        true
    }
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use super::*;

    /// A made-up folder of counters.
    struct Made(PathBuf);

    impl Made {
        fn new(name: &str) -> Self {
            let folder = format!("switchback-energy-{}-{name}", process::id());
            let made = Self(env::temp_dir().join(folder));
            fs::create_dir_all(&made.0).unwrap();
            made
        }

        fn zone(&self, folder: &str, name: &str, energy: u64, range: u64) {
            let zone = self.0.join(folder);
            fs::create_dir_all(&zone).unwrap();
            fs::write(zone.join("name"), format!("{name}\n")).unwrap();
            fs::write(zone.join("energy_uj"), format!("{energy}\n")).unwrap();
            fs::write(zone.join("max_energy_range_uj"), format!("{range}\n")).unwrap();
        }
    }

    impl Drop for Made {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// 262 kJ, as of most processors: lasts 262 s at a thousand watts.
    const RANGE: u64 = 262_143_328_850;

    #[test]
    fn packages_are_added_up_and_their_parts_are_not() {
        let made = Made::new("sum");
        let begun = Instant::now();
        let zones = |of: [u64; 5]| {
            made.zone("intel-rapl:0", "package-0", of[0], RANGE);
            made.zone("intel-rapl:1", "package-1", of[1], RANGE);
            made.zone("intel-rapl:0:0", "core", of[2], RANGE);
            made.zone("intel-rapl:2", "psys", of[3], RANGE);
            made.zone("intel-rapl-mmio:0", "package-0", of[4], RANGE);
        };
        zones([1_000_000, 5_000_000, 0, 0, 0]);
        let meter = Meter::begin(&made.0, begun).unwrap();
        zones([3_500_000, 5_250_000, 77_000_000, 77_000_000, 77_000_000]);
        let energy = meter.end(begun + Duration::from_secs(2)).unwrap();
        assert_eq!(energy, Energy { joules: 2.75, seconds: 2.0, packages: 2 });
    }

    #[test]
    fn a_counter_that_begins_again_is_followed() {
        let made = Made::new("again");
        let begun = Instant::now();
        let at = |energy| made.zone("intel-rapl:0", "package-0", energy, RANGE);
        let after = |seconds| begun + Duration::from_secs(seconds);
        at(RANGE - 1_000_000);
        let mut meter = Meter::begin(&made.0, begun).unwrap();
        at(RANGE);
        meter.look(after(10));
        assert_eq!(meter.counters[0].sum, 0, "too early to look again");
        at(2_000_000);
        meter.look(after(40));
        at(1_500_000);
        meter.look(after(80));
        let energy = meter.end(after(90)).unwrap();
        let expected = (3_000_000 + RANGE - 500_000) as f64 / 1e6;
        assert!((energy.joules - expected).abs() < 1e-6, "{energy:?}, not {expected}");
    }

    #[test]
    fn a_counter_that_stands_still_is_no_figure() {
        let made = Made::new("still");
        let begun = Instant::now();
        made.zone("intel-rapl:0", "package-0", 5, RANGE);
        let meter = Meter::begin(&made.0, begun).unwrap();
        assert_eq!(meter.end(begun + Duration::from_secs(9)), None);
    }

    #[test]
    fn what_may_have_begun_again_unseen_is_no_figure() {
        let made = Made::new("unseen");
        let begun = Instant::now();
        let end = |seconds| {
            made.zone("intel-rapl:0", "package-0", 0, RANGE);
            let meter = Meter::begin(&made.0, begun).unwrap();
            made.zone("intel-rapl:0", "package-0", 1, RANGE);
            meter.end(begun + Duration::from_secs(seconds))
        };
        assert!(end(262).is_some());
        assert_eq!(end(263), None);
        assert_eq!(end(0), None, "in no time nothing was taken");
    }

    #[test]
    fn without_counters_that_can_be_read_there_is_no_figure() {
        let made = Made::new("none");
        let begun = Instant::now();
        let begins = || Meter::begin(&made.0, begun).is_some();
        assert!(Meter::begin(&made.0.join("nowhere"), begun).is_none());
        assert!(!begins(), "no zone");
        made.zone("intel-rapl:0:0", "core", 1, RANGE);
        made.zone("dtpm", "package-0", 1, RANGE);
        assert!(!begins(), "no package");
        made.zone("intel-rapl:0", "package-0", 1, RANGE);
        assert!(begins());
        made.zone("intel-rapl:1", "package-1", 1, RANGE);
        let meter = Meter::begin(&made.0, begun).unwrap();
        fs::remove_file(made.0.join("intel-rapl:1/energy_uj")).unwrap();
        assert!(!begins(), "one of two, as where only the superuser may read it");
        assert_eq!(meter.end(begun + Duration::from_secs(1)), None, "gone on the way");
    }
}

//! Figures from elsewhere that a scenario is read beside. They were not made by this program nor on the machine of the run.

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The talk on Stackless Python at PyCon 2007, on hardware of that year.
    Talk,
    /// The named runtime measured again for this project on a machine with two virtual cores.
    Again,
}

impl Source {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Talk => "talk, 2007",
            Self::Again => "measured again",
        }
    }
}

/// One figure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    /// The system and the variant.
    pub(crate) system: &'static str,
    pub(crate) source: Source,
    /// The value with its unit, as it was reported; empty if only the ratio was.
    pub(crate) value: &'static str,
    /// Ratio to the plain variant of the same source.
    pub(crate) ratio: Option<f64>,
}

const fn talk(system: &'static str, value: &'static str, ratio: f64) -> Figure {
    Figure { system, source: Source::Talk, value, ratio: Some(ratio) }
}

const fn again(system: &'static str, value: &'static str) -> Figure {
    Figure { system, source: Source::Again, value, ratio: None }
}

const fn again_ratio(system: &'static str, ratio: f64) -> Figure {
    Figure { system, source: Source::Again, value: "", ratio: Some(ratio) }
}

pub(crate) const FACTORIAL: &[Figure] = &[
    talk("plain Python", "2.93 ms", 1.0),
    talk("Stackless, recursive", "3.62 ms", 1.24),
    talk("Stackless, tasklets", "10.3 ms", 3.5),
    again_ratio("Stackless 3.7 soft", 4.3),
    again_ratio("PyPy stackless", 67.0),
];

pub(crate) const SAX: &[Figure] = &[
    talk("counter in handler", "1.46 s", 1.0),
    talk("Stackless iterator", "2.25 s", 1.54),
    talk("lock + deque", "2.34 s", 1.60),
    talk("Queue(1000)", "13.1 s", 9.0),
    again_ratio("Stackless 3.7 soft", 1.48),
    again_ratio("PyPy stackless", 1.9),
    again_ratio("greenlet", 1.9),
];

pub(crate) const PINGPONG: &[Figure] = &[
    again("Stackless 3.7 soft", "66 ns"),
    again("Stackless 3.7 hard", "98 ns"),
    again("PyPy stackless", "187 ns"),
    again("greenlet on CPython 3.11", "372 ns"),
    again("Go 1.19, one thread", "97 ns"),
    again("tokio current_thread, mpsc(1)", "107 ns"),
    again("may", "140\u{2013}220 ns"),
    again("crossbeam bounded(0) between OS threads", "8,000\u{2013}32,000 ns"),
    again("corosensei resume + suspend, the floor", "2.5 ns"),
];

pub(crate) const SCHEDULE: &[Figure] = &[
    again("Stackless 3.7 soft", "50 ns"),
    again("Stackless 3.7 hard", "136 ns; 1,376 ns at depth 100"),
    again("PyPy stackless", "186 ns"),
    again("greenlet on CPython 3.11", "152 ns"),
    again("Go 1.19, one thread", "50 ns"),
];

pub(crate) const SPAWN: &[Figure] = &[
    again("Stackless 3.7 soft", "208 ns"),
    again("Stackless 3.7 hard", "203 ns"),
    again("PyPy stackless", "2,043 ns"),
    again("greenlet on CPython 3.11", "7,416 ns"),
    again("Go 1.19, one thread", "137 ns"),
];

pub(crate) const PICKLE: &[Figure] = &[
    again("Stackless 3.7 soft, depth 10", "52 \u{b5}s, 917 bytes"),
    again("Stackless 3.7 soft, depth 100", "358 \u{b5}s, 5,528 bytes"),
    again("Stackless 3.7 soft, depth 1,000", "3,845 \u{b5}s, 58,638 bytes"),
    again("Stackless 3.7 hard, greenlet, Go", "impossible"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The talk gives times and ratios; a mistyped one of either would disagree with the other.
    #[test]
    fn ratios_of_the_talk_follow_from_its_times() {
        for figures in [FACTORIAL, SAX] {
            let time = |f: &Figure| f.value.split(' ').next().unwrap().parse::<f64>().unwrap();
            let plain = time(&figures[0]);
            for figure in figures.iter().filter(|f| f.source == Source::Talk) {
                let (ratio, stated) = (time(figure) / plain, figure.ratio.unwrap());
                assert!(
                    (ratio - stated).abs() <= 0.03,
                    "{}: {ratio} against {stated}",
                    figure.system
                );
            }
        }
    }
}

//! What all scenarios share: how a main tasklet becomes a witness.

use switchback::{Backend, Counts, Error, Tasklet};
use switchback_bench::witness::Witness;

/// Whether a run counts its work, which costs time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counting {
    /// As users run it: what is timed.
    #[default]
    Off,
    /// Through [`Backend::audit`]: what is compared with the counts of a law.
    On,
}

/// Runs `main`, whose return value is the digest of its results.
///
/// # Errors
/// What `main` fails with.
#[inline]
pub fn witness<B: Backend, K: Tasklet<B, Return = u64>>(
    main: K,
    counting: Counting,
) -> Result<Witness, Error> {
    match counting {
        Counting::Off => B::run(main).map(Witness::of),
        Counting::On => B::audit(main).map(|(digest, counts)| counted(digest, counts)),
    }
}

const fn counted(digest: u64, counts: Counts) -> Witness {
    let Counts { tasklets, peak_alive, messages, switches } = counts;
    Witness { digest, tasklets, peak_alive, messages, switches }
}

/// The witness of work that took two runs, one after the other.
#[must_use]
pub fn joined(digest: u64, first: Counts, second: Counts) -> Witness {
    let sum = |a: Option<u64>, b: Option<u64>| Some(a? + b?);
    Witness {
        digest,
        tasklets: sum(first.tasklets, second.tasklets),
        peak_alive: first.peak_alive.max(second.peak_alive),
        messages: sum(first.messages, second.messages),
        switches: sum(first.switches, second.switches),
    }
}

/// The next state of a running hash over a sequence of numbers, for tasklets that keep it over an
/// await. Sensitive to order; one multiplication, so that it stays out of the figures.
#[inline(always)]
#[must_use]
pub const fn mix(state: u64, value: u64) -> u64 {
    (state.rotate_left(23) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_depends_on_order_and_on_every_value() {
        let of = |values: &[u64]| values.iter().fold(0, |state, value| mix(state, *value));
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&[1, 2]), of(&[1, 3]));
        assert_ne!(of(&[1]), of(&[1, 1]));
    }
}

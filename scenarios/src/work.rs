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

/// The number with this index in the sequence of a seed, so that nothing has to keep a generator.
#[must_use]
pub const fn dice(seed: u64, index: u64) -> u64 {
    let state = mix(mix(seed, 1), index);
    mix(state, state >> 32)
}

/// As [`dice`], below `limit`.
///
/// ```
/// use switchback_scenarios::work::draw;
/// assert!((0..1_000).all(|index| draw(7, index, 6) < 6));
/// assert_ne!(draw(7, 0, 1 << 40), draw(8, 0, 1 << 40));
/// ```
#[must_use]
pub const fn draw(seed: u64, index: u64, limit: u64) -> u64 {
    // The high half: a multiplication moves nothing down.
    (((dice(seed, index) >> 32) as u128 * limit as u128) >> 32) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_depend_on_seed_and_index_and_fall_evenly() {
        assert_ne!(dice(1, 2), dice(2, 1));
        let (mut faces, mut drawn) = ([0_u32; 10], [0_u32; 10]);
        for index in 0..10_000 {
            faces[(dice(7, index) % 10) as usize] += 1;
            drawn[draw(7, index, 10) as usize] += 1;
        }
        for faces in [faces, drawn] {
            assert!(faces.iter().all(|count| (900..1_100).contains(count)), "{faces:?}");
        }
    }

    #[test]
    fn mixing_depends_on_order_and_on_every_value() {
        let of = |values: &[u64]| values.iter().fold(0, |state, value| mix(state, *value));
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&[1, 2]), of(&[1, 3]));
        assert_ne!(of(&[1]), of(&[1, 1]));
    }
}

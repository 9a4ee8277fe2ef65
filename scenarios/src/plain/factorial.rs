//! The factorial by plain recursion: the reference of the `factorial` scenario (S9).

use num_bigint::BigUint;
use switchback_bench::witness::Digest;

/// `n!`, one native call per factor, as the talk's plain version does it.
///
/// The native stack limits `n`: one that is too large overflows it.
///
/// ```
/// use switchback_scenarios::plain::factorial::factorial;
/// assert_eq!(factorial(5).to_string(), "120");
/// ```
// Kept out of line and unmerged, so that it stays a call per factor and never becomes a loop.
#[inline(never)]
#[must_use]
pub fn factorial(n: u32) -> BigUint {
    if n <= 1 {
        return BigUint::from(1_u32);
    }
    factorial(n - 1) * n
}

/// Digest of a number, for the witness: its value alone, not its length in memory.
#[must_use]
pub fn digest(number: &BigUint) -> u64 {
    let mut digest = Digest::new();
    digest.push_bytes(&number.to_bytes_le());
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_factorials_are_the_known_ones() {
        let known = [(0, 1_u64), (1, 1), (2, 2), (10, 3_628_800), (20, 2_432_902_008_176_640_000)];
        for (n, value) in known {
            assert_eq!(factorial(n), BigUint::from(value), "{n}!");
        }
    }

    #[test]
    fn a_hundred_factorial_has_its_known_digits() {
        let digits = factorial(100).to_string();
        assert_eq!(digits.len(), 158);
        assert!(digits.starts_with("93326215443944152681"), "{digits}");
        assert!(digits.ends_with(&"0".repeat(24)) && !digits.ends_with(&"0".repeat(25)));
    }

    #[test]
    fn neighbours_of_the_talk_differ_by_their_factors() {
        // The talk's check: 1000! / 998! = 999000.
        assert_eq!(factorial(1000) / factorial(998), BigUint::from(999_000_u32));
    }

    #[test]
    fn digests_tell_numbers_apart() {
        assert_eq!(digest(&factorial(998)), digest(&factorial(998)));
        assert_ne!(digest(&factorial(998)), digest(&factorial(999)));
        assert_ne!(digest(&factorial(2)), digest(&(factorial(2) << 8)));
    }
}

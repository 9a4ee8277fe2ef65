//! The order from basic to derived, in which cases are tried and failures are told.

use crate::group;

/// Beginnings of names, from what needs nothing but itself to what needs all of it. Of several that
/// fit a name the longest counts; the empty one fits all.
const TIERS: &[&[&str]] = &[
    &["smoke::"],
    &["statements::", "free::"],
    &["claims::"],
    &["vectors::core::"],
    &["portable::"],
    &[""],
    &["chaos::"],
    &["chaos::reach::"],
    &["vectors::fuzz::"],
    &["random::"],
    &["recorded::"],
];

/// Where a case stands: its tier, then its group, then its first statement.
pub(crate) fn rank(id: &str, group: &str, statements: &[String]) -> (usize, usize, String) {
    let longest = |tier: &[&str]| {
        let fitting = tier.iter().filter(|prefix| id.starts_with(*prefix));
        fitting.map(|prefix| prefix.len()).max()
    };
    let fitting = TIERS.iter().enumerate().filter_map(|(at, tier)| Some((longest(tier)?, at)));
    let tier = fitting.max().map_or(TIERS.len(), |(_, at)| at);
    let group = group::ALL.iter().position(|known| *known == group);
    (tier, group.unwrap_or(usize::MAX), statements.first().cloned().unwrap_or_default())
}

/// The cases that say the same in other programs: the first part of the name, and of recordings the
/// file as well.
pub(crate) fn series(id: &str) -> &str {
    let recordings = "vectors::";
    let first = id.strip_prefix(recordings).map_or(0, |_| recordings.len());
    let end = id[first..].find("::").map_or(id.len(), |at| first + at);
    &id[..end]
}

/// What a statement of any kind says; empty for an unknown id.
pub(crate) fn sentence(id: &str) -> &'static str {
    match id.as_bytes().first() {
        Some(b'C') => crate::statements::find(id).map_or("", |statement| statement.sentence),
        Some(b'N') => crate::free::sentence(id),
        _ => crate::chaos::sentence(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_cases_come_first_and_random_ones_last() {
        let mut cases = vec![
            ("vectors::fuzz::full-0001", group::RECORDINGS, ""),
            ("chaos::reach::x", group::CHAOS, ""),
            ("chaos::x", group::CHAOS, "D01"),
            ("mine::x", group::LIFE, ""),
            ("vectors::core::q01", group::RECORDINGS, "C001"),
            ("statements::C101", group::CHANNELS, "C101"),
            ("statements::C020", group::SCHEDULER, "C020"),
            ("statements::C002", group::LIFE, "C002"),
            ("smoke::main", group::SMOKE, ""),
        ];
        let wanted: Vec<_> = cases.iter().rev().copied().collect();
        cases.sort_by_key(|(id, group, statement)| rank(id, group, &[(*statement).to_owned()]));
        assert_eq!(cases, wanted);
    }

    #[test]
    fn the_matrix_of_destructors_is_one_series_and_so_is_a_file_of_recordings() {
        for (id, of) in [
            ("chaos::asks::in_flight_kill", "chaos"),
            ("vectors::core::q01", "vectors::core"),
            ("statements::C020", "statements"),
            ("alone", "alone"),
        ] {
            assert_eq!(series(id), of);
        }
    }

    #[test]
    fn every_kind_of_statement_has_its_sentence() {
        for id in ["C020", "N01", "D01"] {
            assert!(!sentence(id).is_empty(), "{id}");
        }
        assert_eq!(sentence("C999"), "");
    }
}

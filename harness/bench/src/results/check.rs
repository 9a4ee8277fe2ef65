//! What a results file must agree with beyond the types of its fields.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
};

use super::{Capacity, CellResult, Run, SCHEMA, Verdict};

/// A field that contradicts the format, or another field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Where, as `results[3].low`.
    pub place: String,
    /// What was expected and what was found.
    pub cause: String,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.cause)
    }
}

impl std::error::Error for Contradiction {}

type Checked = Result<(), Contradiction>;

fn wrong(place: impl Into<String>, cause: String) -> Checked {
    Err(Contradiction { place: place.into(), cause })
}

impl Run {
    /// Whether the results are what `FORMAT.md` says: times only with `ok` and in their order, each
    /// cell once, no more reached than asked for.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Checked {
        if self.schema != SCHEMA {
            return wrong("schema", format!("expected {SCHEMA}, found {}", self.schema));
        }
        let mut cells = Once::new("results");
        for (index, row) in self.results.iter().enumerate() {
            cells.enter(index, (row.scenario.as_str(), row.backend.as_str(), row.size), || {
                row.id()
            })?;
            result(&format!("results[{index}]"), row)?;
        }
        let mut probes = Once::new("capacity");
        for (index, found) in self.capacity.iter().enumerate() {
            let key = (found.backend.as_str(), found.probe.as_str());
            probes.enter(index, key, || found.id())?;
            capacity(&format!("capacity[{index}]"), found)?;
        }
        Ok(())
    }
}

/// Where each id stands.
struct Once<K> {
    list: &'static str,
    seen: BTreeMap<K, usize>,
}

impl<K: Ord> Once<K> {
    const fn new(list: &'static str) -> Self {
        Self { list, seen: BTreeMap::new() }
    }

    fn enter(&mut self, index: usize, key: K, id: impl FnOnce() -> String) -> Checked {
        match self.seen.entry(key) {
            Entry::Vacant(place) => {
                place.insert(index);
                Ok(())
            }
            Entry::Occupied(first) => {
                let (list, first) = (self.list, first.get());
                let cause =
                    format!("expected each id once, found {:?} as in {list}[{first}]", id());
                wrong(format!("{list}[{index}]"), cause)
            }
        }
    }
}

fn result(place: &str, row: &CellResult) -> Checked {
    let at = |field: &str| format!("{place}.{field}");
    let times = [("median", row.median), ("low", row.low), ("high", row.high)];
    if row.verdict == Verdict::Ok && row.median.is_none() {
        return wrong(at("median"), "expected a time with the verdict `ok`, found none".to_owned());
    }
    for (name, time) in times {
        if let Some(time) = time.filter(|_| row.verdict != Verdict::Ok) {
            let verdict = row.verdict;
            return wrong(
                at(name),
                format!("expected no time with the verdict `{verdict}`, found {time}"),
            );
        }
    }
    let others = [
        ("ratio", row.ratio),
        ("ratio_low", row.ratio_low),
        ("ratio_high", row.ratio_high),
        ("band", row.band),
        ("cpu", row.cpu),
        ("wall", row.wall),
    ];
    for (name, value) in times.into_iter().chain(others) {
        not_negative(place, name, value)?;
    }
    ascending(place, [("low", row.low), ("median", row.median), ("high", row.high)])?;
    let ratios =
        [("ratio_low", row.ratio_low), ("ratio", row.ratio), ("ratio_high", row.ratio_high)];
    ascending(place, ratios)
}

fn capacity(place: &str, found: &Capacity) -> Checked {
    let at = |field: &str| format!("{place}.{field}");
    match (found.verdict, found.reached) {
        (Verdict::Ok, None) => {
            let cause = "expected a number with the verdict `ok`, found none";
            return wrong(at("reached"), cause.to_owned());
        }
        (Verdict::Ok, Some(reached)) if reached > found.asked => {
            let asked = found.asked;
            let cause = format!("expected at most the {asked} asked for, found {reached}");
            return wrong(at("reached"), cause);
        }
        (Verdict::Ok, Some(_)) | (_, None) => {}
        (verdict, Some(reached)) => {
            let cause = format!("expected no number with the verdict `{verdict}`, found {reached}");
            return wrong(at("reached"), cause);
        }
    }
    let mut before = None;
    for (index, memory) in found.memory.iter().enumerate() {
        let place = format!("{place}.memory[{index}]");
        if let Some(before) = before.filter(|before| *before >= memory.count) {
            let cause = format!("expected more than {before} before it, found {}", memory.count);
            return wrong(format!("{place}.count"), cause);
        }
        before = Some(memory.count);
        not_negative(&place, "resident", Some(memory.resident))?;
        not_negative(&place, "tables", Some(memory.tables))?;
    }
    Ok(())
}

fn not_negative(place: &str, name: &str, value: Option<f64>) -> Checked {
    match value.filter(|value| *value < 0.0 || !value.is_finite()) {
        None => Ok(()),
        Some(value) => {
            let cause = format!("expected a number that is not negative, found {value}");
            wrong(format!("{place}.{name}"), cause)
        }
    }
}

/// What there is of three numbers ascends. Reading a decimal may move it by its last digit.
fn ascending(place: &str, numbers: [(&str, Option<f64>); 3]) -> Checked {
    let there = numbers.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    for ((less, low), (more, high)) in there.clone().zip(there.skip(1)) {
        if low > high * (1.0 + 1e-12) {
            let cause = format!("expected at most {more}, {high}, found {low}");
            return wrong(format!("{place}.{less}"), cause);
        }
    }
    Ok(())
}

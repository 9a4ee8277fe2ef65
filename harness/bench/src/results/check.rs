//! What a results file must agree with beyond the types of its fields.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt,
};

use super::{
    About, AboutBackend, Build, Capacity, CellResult, Energy, Environment, Run, SCHEMA, Shard,
    Verdict, number,
};

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
    /// cell once and beside its reference, names that can be read, no more reached than asked for.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Checked {
        if self.schema != SCHEMA {
            return wrong("schema", format!("expected {SCHEMA}, found {}", self.schema));
        }
        environment(&self.environment)?;
        let there: BTreeSet<_> = self.results.iter().map(|row| cell(row, &row.backend)).collect();
        let mut cells = Once::new("results");
        for (index, row) in self.results.iter().enumerate() {
            cells.enter(index, (row.scenario.as_str(), row.backend.as_str(), row.size), || {
                row.id()
            })?;
            let place = format!("results[{index}]");
            result(&place, row)?;
            // A reader looks for a cell, not for the 317th entry.
            figures(&place, row, self.environment.cores).map_err(|fault| Contradiction {
                cause: format!("{}, in the cell {}", fault.cause, row.id()),
                ..fault
            })?;
            // While a reference is measured again, its old result is gone already.
            let reference = row.reference.as_deref().filter(|_| self.complete);
            if let Some(name) = reference.filter(|name| !there.contains(&cell(row, name))) {
                let cause = format!(
                    "expected a backend with a result of the same scenario and size, found {name:?}"
                );
                return wrong(format!("results[{index}].reference"), cause);
            }
        }
        let mut scenarios = Once::new("scenarios");
        for (index, found) in self.scenarios.iter().enumerate() {
            scenarios.enter(index, found.scenario.as_str(), || found.scenario.clone())?;
            about(&format!("scenarios[{index}]"), found)?;
        }
        let mut backends = Once::new("backends");
        for (index, found) in self.backends.iter().enumerate() {
            backends.enter(index, found.backend.as_str(), || found.backend.clone())?;
            about_backend(&format!("backends[{index}]"), found)?;
        }
        let mut probes = Once::new("capacity");
        for (index, found) in self.capacity.iter().enumerate() {
            let key = (found.backend.as_str(), found.probe.as_str());
            probes.enter(index, key, || found.id())?;
            capacity(&format!("capacity[{index}]"), found)?;
        }
        self.energy.map_or(Ok(()), energy)?;
        if self.complete && !self.missing.is_empty() {
            let cause = format!("expected none of a complete run, found {}", self.missing.len());
            return wrong("missing", cause);
        }
        self.shard.as_ref().map_or(Ok(()), shard)
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

fn cell<'a>(row: &'a CellResult, backend: &'a str) -> (&'a str, u64, &'a str) {
    (&row.scenario, row.size, backend)
}

fn environment(environment: &Environment) -> Checked {
    countable("environment", "cores", Some(environment.cores as u64))?;
    if let Some(found) = &environment.build {
        build("environment.build", found)?;
    }
    match environment.started.as_deref().filter(|text| !is_time(text)) {
        None => Ok(()),
        Some(text) => {
            let cause = format!("expected a time in UTC as 2026-01-31T12:00:00Z, found {text:?}");
            wrong("environment.started", cause)
        }
    }
}

fn build(place: &str, found: &Build) -> Checked {
    const LEVELS: [&str; 6] = ["0", "1", "2", "3", "s", "z"];
    let texts =
        [("profile", &found.profile), ("target", &found.target), ("target_cpu", &found.target_cpu)];
    names(place, &texts.map(|(field, text)| (field, text.as_deref())))?;
    if let Some(level) = found.opt_level.as_deref().filter(|level| !LEVELS.contains(level)) {
        let cause = format!("expected one of {}, found {level:?}", LEVELS.join(", "));
        return wrong(format!("{place}.opt_level"), cause);
    }
    at_least_one(place, "codegen_units", found.codegen_units.map(u64::from))?;
    for (list, texts) in [("target_features", &found.target_features), ("flags", &found.flags)] {
        let texts = texts.as_deref().unwrap_or_default();
        if texts.len() > MOST_TEXTS {
            let cause = format!("expected at most {MOST_TEXTS}, found {}", texts.len());
            return wrong(format!("{place}.{list}"), cause);
        }
        for (index, text) in texts.iter().enumerate() {
            names(place, &[(&format!("{list}[{index}]"), Some(text))])?;
        }
    }
    Ok(())
}

/// Whether a text is a time as the format has it.
fn is_time(text: &str) -> bool {
    const FORM: &[u8] = b"0000-00-00T00:00:00Z";
    let fits = |(byte, form): (u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == *form,
    };
    let within = |from: usize, least: u32, most: u32| {
        text.get(from..from + 2)
            .and_then(|digits| digits.parse().ok())
            .is_some_and(|number: u32| (least..=most).contains(&number))
    };
    text.len() == FORM.len()
        && text.bytes().zip(FORM).all(fits)
        && within(5, 1, 12)
        && within(8, 1, 31)
        && within(11, 0, 23)
        && within(14, 0, 59)
        // A leap second is one.
        && within(17, 0, 60)
}

/// Names are shown, compared and made part of commands.
fn names(place: &str, names: &[(&str, Option<&str>)]) -> Checked {
    for (field, name) in names {
        if let Some(cause) = name.and_then(no_name) {
            return wrong(format!("{place}.{field}"), cause);
        }
    }
    Ok(())
}

/// Why a text is no name, if it is none.
pub fn no_name(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("expected a name, found an empty text".to_owned());
    }
    let bad = text.chars().find(|c| super::is_treacherous(*c) || c.is_control())?;
    Some(format!(
        "expected characters that can be seen and keep their order, found U+{:04X} in {text:?}",
        u32::from(bad)
    ))
}

/// What processors took: some of it, in some time, and no more than they can take.
fn energy(found: Energy) -> Checked {
    let Energy { joules, seconds, packages } = found;
    for (name, value) in [("joules", joules), ("seconds", seconds)] {
        not_negative("energy", name, Some(value))?;
        not_too_large("energy", name, Some(value))?;
        if value == 0.0 {
            return wrong(format!("energy.{name}"), "expected more than 0, found 0".to_owned());
        }
    }
    countable("energy", "packages", Some(packages as u64))?;
    let most = MOST_WATTS * packages as f64 * seconds;
    if joules > most {
        let cause = format!(
            "expected at most {}, {} W for each of {packages} packages in {} s, found {}",
            number(most),
            number(MOST_WATTS),
            number(seconds),
            number(joules)
        );
        return wrong("energy.joules", cause);
    }
    Ok(())
}

/// A count of what there is at least one of.
fn countable(place: &str, name: &str, number: Option<u64>) -> Checked {
    at_least_one(place, name, number)?;
    no_more_than(place, name, number, MOST_COUNT)
}

fn no_more_than(place: &str, name: &str, number: Option<u64>, most: u64) -> Checked {
    match number.filter(|number| *number > most) {
        None => Ok(()),
        Some(number) => {
            wrong(format!("{place}.{name}"), format!("expected at most {most}, found {number}"))
        }
    }
}

fn at_least_one(place: &str, name: &str, number: Option<u64>) -> Checked {
    match number {
        Some(0) => wrong(format!("{place}.{name}"), "expected at least 1, found 0".to_owned()),
        _ => Ok(()),
    }
}

fn result(place: &str, row: &CellResult) -> Checked {
    let at = |field: &str| format!("{place}.{field}");
    let texts = [
        ("scenario", Some(row.scenario.as_str())),
        ("backend", Some(row.backend.as_str())),
        ("unit", Some(row.unit.as_str())),
        ("reference", row.reference.as_deref()),
    ];
    names(place, &texts)?;
    if let Some(clock) =
        row.clock.as_deref().filter(|clock| !["thread CPU", "wall"].contains(clock))
    {
        return wrong(at("clock"), format!("expected `thread CPU` or `wall`, found {clock:?}"));
    }
    // In the measure of the scenario, which may be any.
    at_least_one(place, "size", Some(row.size))
}

/// What of a cell was counted and measured, on a machine of so many cores.
fn figures(place: &str, row: &CellResult, cores: usize) -> Checked {
    let at = |field: &str| format!("{place}.{field}");
    let samples = row.samples.map(|count| count as u64);
    let processes = row.processes.map(|count| count as u64);
    for (name, count) in
        [("samples", samples), ("iterations", row.iterations), ("processes", processes)]
    {
        countable(place, name, count)?;
    }
    if let Some((processes, samples)) = processes.zip(samples).filter(|(some, all)| some > all) {
        let cause =
            format!("expected at most one for each of {samples} samples, found {processes}");
        return wrong(at("processes"), cause);
    }
    no_more_than(place, "peak_memory", row.peak_memory, MOST_COUNT)?;
    no_more_than(place, "warm_up.samples", row.warm_up.map(|warm| warm.samples), MOST_COUNT)?;
    if let Some(witness) = &row.witness {
        let counts = [
            ("witness.tasklets", witness.tasklets),
            ("witness.peak_alive", witness.peak_alive),
            ("witness.messages", witness.messages),
            ("witness.switches", witness.switches),
        ];
        for (name, count) in counts {
            no_more_than(place, name, count, MOST_COUNT)?;
        }
    }
    let times = [("median", row.median), ("low", row.low), ("high", row.high)];
    if row.verdict == Verdict::Ok && row.median.is_none() {
        return wrong(at("median"), "expected a time with the verdict `ok`, found none".to_owned());
    }
    for (name, time) in times {
        if let Some(time) = time.filter(|_| row.verdict != Verdict::Ok) {
            let verdict = row.verdict;
            return wrong(
                at(name),
                format!("expected no time with the verdict `{verdict}`, found {}", number(time)),
            );
        }
    }
    if let Some(bytes) = row.peak_memory.filter(|_| row.verdict != Verdict::Ok) {
        let cause = format!("expected none with the verdict `{}`, found {bytes}", row.verdict);
        return wrong(at("peak_memory"), cause);
    }
    let quotients = [
        ("ratio", row.ratio),
        ("ratio_low", row.ratio_low),
        ("ratio_high", row.ratio_high),
        ("band", row.band),
    ];
    let others = [("cpu", row.cpu), ("wall", row.wall)];
    for (name, value) in times.into_iter().chain(quotients).chain(others) {
        not_negative(place, name, value)?;
    }
    for (name, value) in quotients {
        not_too_large(place, name, value)?;
    }
    computed(place, row, cores)?;
    ascending(place, [("low", row.low), ("median", row.median), ("high", row.high)])?;
    let ratios =
        [("ratio_low", row.ratio_low), ("ratio", row.ratio), ("ratio_high", row.ratio_high)];
    ascending(place, ratios)
}

/// Whether as much was computed as there was time for.
fn computed(place: &str, row: &CellResult, cores: usize) -> Checked {
    let Some((cpu, wall)) = row.cpu.zip(row.wall) else { return Ok(()) };
    let (most, what) = match row.clock.as_deref() {
        Some("thread CPU") => {
            (wall * ONE_THREAD, format!("{} times the wall time", number(ONE_THREAD)))
        }
        _ => (
            wall * cores as f64 * ALL_THREADS,
            format!("{} times the wall time of {cores} cores", number(ALL_THREADS)),
        ),
    };
    if cpu > most {
        let cause = format!("expected at most {}, {what}, found {}", number(most), number(cpu));
        return wrong(format!("{place}.cpu"), cause);
    }
    Ok(())
}

fn about(place: &str, found: &About) -> Checked {
    // What is left out is no name that cannot be read.
    let given = |text: &'_ str| !text.is_empty();
    let texts = [
        ("scenario", Some(found.scenario.as_str())),
        ("family", Some(found.family.as_str()).filter(|text| given(text))),
        ("title", Some(found.title.as_str()).filter(|text| given(text))),
    ];
    names(place, &texts)?;
    for (index, figure) in found.elsewhere.iter().enumerate() {
        let place = format!("{place}.elsewhere[{index}]");
        let texts = [("system", &figure.system), ("source", &figure.source)];
        names(&place, &texts.map(|(field, text)| (field, Some(text.as_str()))))?;
        not_negative(&place, "ratio", figure.ratio)?;
        not_too_large(&place, "ratio", figure.ratio)?;
    }
    Ok(())
}

fn about_backend(place: &str, found: &AboutBackend) -> Checked {
    let group = Some(found.group.as_str()).filter(|text| !text.is_empty());
    names(place, &[("backend", Some(found.backend.as_str())), ("group", group)])?;
    if found.capabilities.len() > MOST_TEXTS {
        let cause = format!("expected at most {MOST_TEXTS}, found {}", found.capabilities.len());
        return wrong(format!("{place}.capabilities"), cause);
    }
    for name in found.capabilities.keys() {
        names(place, &[("capabilities", Some(name))])?;
    }
    Ok(())
}

fn capacity(place: &str, found: &Capacity) -> Checked {
    let at = |field: &str| format!("{place}.{field}");
    let texts = [("backend", &found.backend), ("probe", &found.probe), ("unit", &found.unit)];
    names(place, &texts.map(|(field, text)| (field, Some(text.as_str()))))?;
    countable(place, "asked", Some(found.asked))?;
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
        no_more_than(&place, "count", before, MOST_COUNT)?;
        for (name, bytes) in [("resident", memory.resident), ("tables", memory.tables)] {
            not_negative(&place, name, Some(bytes))?;
            not_too_large(&place, name, Some(bytes))?;
        }
    }
    Ok(())
}

fn shard(found: &Shard) -> Checked {
    at_least_one("shard", "of", Some(found.of.into()))?;
    if found.of > Shard::MOST {
        return wrong("shard.of", format!("expected at most {}, found {}", Shard::MOST, found.of));
    }
    if found.parts.is_empty() {
        return wrong("shard.parts", "expected at least one, found none".to_owned());
    }
    let mut least = 1;
    for (index, &part) in found.parts.iter().enumerate() {
        if !(least..=found.of).contains(&part) {
            let cause = format!("expected a part from {least} to {}, found {part}", found.of);
            return wrong(format!("shard.parts[{index}]"), cause);
        }
        least = part + 1;
    }
    if found.settings.len() > MOST_TEXTS {
        let cause = format!("expected at most {MOST_TEXTS}, found {}", found.settings.len());
        return wrong("shard.settings", cause);
    }
    for name in found.settings.keys() {
        names("shard", &[("settings", Some(name))])?;
    }
    Ok(())
}

/// No compiler has more features of a target, and no command line as many flags.
const MOST_TEXTS: usize = 1000;

/// More than this is no quotient of two times, no share, and no memory, and no axis can be drawn for it.
const MOST: f64 = 1e18;

/// Largest count that a program can have reached: one in each nanosecond for eleven days, or the bytes of a petabyte.
const MOST_COUNT: u64 = 1_000_000_000_000_000;

/// By how much the CPU time of a thread may exceed the time on the wall: two clocks are not one, though nearly.
const ONE_THREAD: f64 = 2.0;

/// By how much the CPU time of all threads may exceed that of the cores in the time on the wall. That of other
/// programs ticks in steps of 10 ms, longer than some samples, and a quota of cores holds on the average only.
const ALL_THREADS: f64 = 10.0;

/// Ten times what the most powerful packages take: a counter is not read at the moment at which it is written.
const MOST_WATTS: f64 = 10_000.0;

fn not_negative(place: &str, name: &str, value: Option<f64>) -> Checked {
    match value.filter(|value| *value < 0.0 || !value.is_finite()) {
        None => Ok(()),
        Some(value) => {
            let value = number(value);
            let cause = format!("expected a number that is not negative, found {value}");
            wrong(format!("{place}.{name}"), cause)
        }
    }
}

fn not_too_large(place: &str, name: &str, value: Option<f64>) -> Checked {
    match value.filter(|value| *value > MOST) {
        None => Ok(()),
        Some(value) => {
            let cause = format!("expected at most {}, found {}", number(MOST), number(value));
            wrong(format!("{place}.{name}"), cause)
        }
    }
}

/// What there is of three numbers ascends. Reading a decimal may move it by its last digit.
fn ascending(place: &str, numbers: [(&str, Option<f64>); 3]) -> Checked {
    let there = numbers.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    for ((less, low), (more, high)) in there.clone().zip(there.skip(1)) {
        if low > high * (1.0 + 1e-12) {
            let (high, low) = (number(high), number(low));
            let cause = format!("expected at most {more}, {high}, found {low}");
            return wrong(format!("{place}.{less}"), cause);
        }
    }
    Ok(())
}

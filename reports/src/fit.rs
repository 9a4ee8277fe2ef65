//! How much of the results fits: a page is as large as a reader and a server can bear, whatever the results hold.
//!
//! ```text
//! results --weight--> limit = 128 KiB + 50 times that, at most 4 MiB
//!    |                  |
//!    +--Shown::of(most rows)--> page --longer than the limit?--> fewer rows, again
//! ```
//!
//! Names and texts from outside are cut, rows are left out, and both is said where it happens. Counts are those of all results.

use std::borrow::Cow;
use std::collections::BTreeSet;

use switchback_bench::results::{
    About, AboutBackend, Capacity, CellResult, Elsewhere, Environment, Run, visible,
};
use switchback_bench::witness::Digest;

use crate::numbers::count;

/// Bytes of every page that no result takes part in, and room for a few results.
const BASE: usize = 128 << 10;
/// Bytes of a page for each byte of the results.
const FACTOR: usize = 50;
/// Most bytes of a page.
const CEILING: usize = 4 << 20;
/// A row takes more than this in any page, so a page has no room for more rows.
const LEAST_ROW: usize = 1 << 10;

/// Columns that come from outside in a table: more cannot be read, and each of them makes every row longer.
pub(crate) const COLUMNS: usize = 32;
/// Characters of a name.
const NAME: usize = 120;
/// Characters of a fact about the machine or the sources.
const FACT: usize = 500;
/// Characters of a list in one line, such as the features of a processor.
const LIST: usize = 2_000;
/// Characters of a text, such as that of a failure.
const TEXT: usize = 16_384;

/// Bytes that a page may have if its results have `weight`.
pub(crate) const fn limit(weight: usize) -> usize {
    let wanted = weight.saturating_mul(FACTOR).saturating_add(BASE);
    if wanted < CEILING { wanted } else { CEILING }
}

/// Writes the page with as many rows in each section as the limit has room for.
pub(crate) fn within(limit: usize, page: impl Fn(usize) -> String) -> String {
    let mut most = limit / LEAST_ROW;
    loop {
        let text = page(most);
        if text.len() <= limit || most == 0 {
            return text;
        }
        // A page is longer than its rows, so this is a little too few rather than too many.
        most = (most * limit / text.len() * 15 / 16).min(most - 1);
    }
}

/// Fewest bytes of JSON that a run can have been read from.
pub(crate) fn weight(run: &Run) -> usize {
    let Environment { cpu, kernel, rustc, profile, commit, program, started, build, .. } =
        &run.environment;
    let facts = [cpu, kernel, rustc, profile, commit].into_iter().chain(program).chain(started);
    let built = build.iter().flat_map(|b| {
        let single = [&b.profile, &b.opt_level, &b.target, &b.target_cpu].into_iter().flatten();
        single.chain([&b.target_features, &b.flags].into_iter().flatten().flatten())
    });
    let row = |row: &CellResult| {
        let named = [&row.scenario, &row.backend, &row.unit].into_iter();
        let more = [&row.reference, &row.clock, &row.why, &row.reproduce].into_iter().flatten();
        ENTRY + letters(named.chain(more))
    };
    let probe = |found: &Capacity| {
        let named = [&found.backend, &found.probe, &found.unit].into_iter();
        let more = [&found.ended, &found.why, &found.reproduce].into_iter().flatten();
        ENTRY + MEMORY * found.memory.len() + letters(named.chain(more))
    };
    let about = |about: &About| {
        let figure =
            |f: &Elsewhere| FIGURE + letters([&f.system, &f.source, &f.date, &f.machine, &f.value]);
        let words = [&about.scenario, &about.family, &about.title, &about.work, &about.shows];
        let figures = about.elsewhere.iter().map(figure).sum::<usize>();
        ABOUT + figures + letters(words.into_iter().chain([&about.does_not_show, &about.cost]))
    };
    let kind = |about: &AboutBackend| {
        let claims = about.capabilities.keys().map(|name| CLAIM + name.len()).sum::<usize>();
        ABOUT + claims + letters([&about.backend, &about.group, &about.words])
    };
    letters(facts.chain(built))
        + run.backends.iter().map(kind).sum::<usize>()
        + run.scenarios.iter().map(about).sum::<usize>()
        + run.results.iter().map(row).sum::<usize>()
        + run.capacity.iter().map(probe).sum::<usize>()
}

/// Bytes of the keys and marks of the shortest row; a test holds it against such rows.
pub(crate) const ENTRY: usize = 60;
/// The same for an entry on memory.
const MEMORY: usize = 30;
/// The same for the words of a scenario, and for a figure from elsewhere.
const ABOUT: usize = 14;
/// The same for a claim of a backend.
const CLAIM: usize = 8;
const FIGURE: usize = 24;

/// Bytes of some texts. JSON writes a text with as many bytes, or more.
pub(crate) fn letters<'a>(texts: impl IntoIterator<Item = &'a String>) -> usize {
    texts.into_iter().map(String::len).sum()
}

/// What of a run is shown.
pub(crate) struct Shown {
    /// The rows that fit, with names and texts cut.
    pub(crate) run: Run,
    pub(crate) left_out: LeftOut,
}

/// How much is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Results without a row.
    pub(crate) results: usize,
    /// Probes without a row.
    pub(crate) probes: usize,
    /// Figures from elsewhere, of scenarios that are shown.
    pub(crate) figures: usize,
}

impl Shown {
    /// At most `most` results, failed ones first, as many probes, and as many figures from elsewhere, in the order of the run. Words
    /// stay with their scenario.
    pub(crate) fn of(run: &Run, most: usize) -> Self {
        let rows = first(&run.results, most, |row| row.verdict.is_failure());
        let found = first(&run.capacity, most, |found| found.verdict.is_failure());
        let (results, probes) = (run.results.len() - rows.len(), run.capacity.len() - found.len());
        let mut shown = Run::new(facts(&run.environment));
        (shown.complete, shown.energy) = (run.complete, run.energy);
        // Both are cut where they are put into words.
        (shown.shard, shown.missing) = (run.shard.clone(), run.missing.clone());
        let there: BTreeSet<&str> = rows.iter().map(|row| row.scenario.as_str()).collect();
        let (mut room, mut figures) = (most, 0);
        for about in run.scenarios.iter().filter(|a| there.contains(a.scenario.as_str())) {
            let kept = about.elsewhere.len().min(room);
            (room, figures) = (room - kept, figures + about.elsewhere.len() - kept);
            shown.scenarios.push(cut_about(about, kept));
        }
        let there: BTreeSet<&str> = rows.iter().map(|row| row.backend.as_str()).collect();
        let known = run.backends.iter().filter(|about| there.contains(about.backend.as_str()));
        shown.backends = known.take(most).map(cut_kind).collect();
        shown.results = rows.into_iter().map(cut_row).collect();
        shown.capacity = found.into_iter().map(cut_probe).collect();
        Self { run: shown, left_out: LeftOut { results, probes, figures } }
    }
}

/// At most `most` items, preferred ones first, in their order.
pub(crate) fn first<T>(items: &[T], most: usize, preferred: impl Fn(&T) -> bool) -> Vec<&T> {
    let wanted = items.iter().filter(|item| preferred(item)).count().min(most);
    let (mut wanted, mut others) = (wanted, most - wanted);
    let room = |item: &&T| {
        let left = if preferred(item) { &mut wanted } else { &mut others };
        *left = left.checked_sub(1)?;
        Some(())
    };
    let mut room = room;
    items.iter().filter(|item| room(item).is_some()).collect()
}

fn facts(environment: &Environment) -> Environment {
    let fact = |text: &String| cut(text, FACT).into_owned();
    Environment {
        cpu: fact(&environment.cpu),
        kernel: fact(&environment.kernel),
        rustc: fact(&environment.rustc),
        profile: fact(&environment.profile),
        commit: fact(&environment.commit),
        program: environment.program.as_ref().map(fact),
        started: environment.started.as_ref().map(fact),
        // Cut where it is put into words.
        build: environment.build.clone(),
        ..*environment
    }
}

fn cut_row(row: &CellResult) -> CellResult {
    CellResult {
        scenario: name(&row.scenario).into_owned(),
        backend: name(&row.backend).into_owned(),
        unit: name(&row.unit).into_owned(),
        reference: row.reference.as_deref().map(|text| name(text).into_owned()),
        clock: row.clock.as_deref().map(|text| name(text).into_owned()),
        why: row.why.as_deref().map(|why| text(why).into_owned()),
        reproduce: row.reproduce.as_deref().map(|command| cut(command, FACT).into_owned()),
        witness: row.witness,
        ..*row
    }
}

/// The words with the first so many figures.
fn cut_about(about: &About, figures: usize) -> About {
    let (name, text) = (|t: &String| name(t).into_owned(), |t: &String| text(t).into_owned());
    let figure = |figure: &Elsewhere| Elsewhere {
        system: name(&figure.system),
        source: name(&figure.source),
        date: name(&figure.date),
        machine: name(&figure.machine),
        value: name(&figure.value),
        ratio: figure.ratio,
    };
    About {
        scenario: name(&about.scenario),
        family: name(&about.family),
        title: name(&about.title),
        work: text(&about.work),
        shows: text(&about.shows),
        does_not_show: text(&about.does_not_show),
        cost: text(&about.cost),
        plot: about.plot,
        elsewhere: about.elsewhere.iter().take(figures).map(figure).collect(),
    }
}

fn cut_kind(about: &AboutBackend) -> AboutBackend {
    AboutBackend {
        backend: name(&about.backend).into_owned(),
        group: name(&about.group).into_owned(),
        words: cut(&about.words, FACT).into_owned(),
        // Of these, those with a column of their own are shown.
        capabilities: about.capabilities.clone(),
    }
}

fn cut_probe(found: &Capacity) -> Capacity {
    Capacity {
        backend: name(&found.backend).into_owned(),
        probe: name(&found.probe).into_owned(),
        unit: name(&found.unit).into_owned(),
        ended: found.ended.as_deref().map(|why| text(why).into_owned()),
        memory: found.memory.clone(),
        why: found.why.as_deref().map(|why| text(why).into_owned()),
        reproduce: found.reproduce.as_deref().map(|command| cut(command, FACT).into_owned()),
        ..*found
    }
}

/// A name from outside. One that is cut says so and differs from other names as before.
pub(crate) fn name(text: &str) -> Cow<'_, str> {
    let Some((kept, rest)) = split(text, NAME) else { return Cow::Borrowed(text) };
    let mut digest = Digest::new();
    digest.push_str(text);
    let digest = digest.finish() >> 32;
    Cow::Owned(format!("{kept}\u{2026} ({} more characters, digest {digest:08x})", count(rest)))
}

/// A text from outside, such as that of a failure.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    cut(text, TEXT)
}

/// A fact from outside, in one line.
pub(crate) fn fact(text: &str) -> Cow<'_, str> {
    cut(text, FACT)
}

/// A list from outside, in one line.
pub(crate) fn list(text: &str) -> Cow<'_, str> {
    cut(text, LIST)
}

fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match split(text, most) {
        None => Cow::Borrowed(text),
        Some((kept, rest)) => {
            Cow::Owned(format!("{kept}\u{2026} ({} more characters)", count(rest)))
        }
    }
}

/// The first `most` characters and the number of the others; `None` if there are none.
fn split(text: &str, most: usize) -> Option<(&str, u64)> {
    // A text has no more characters than bytes.
    let (end, _) = text.char_indices().nth(most)?;
    Some((&text[..end], text[end..].chars().count() as u64))
}

/// What a reader takes for something else is made visible. Text of ours has nothing of the kind, so whole pages can be passed
/// through it.
pub(crate) fn safe(text: String) -> String {
    match visible(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::{measured, run_of};
    use switchback_bench::results::Verdict;

    #[test]
    fn the_weight_is_never_more_than_the_file_has() {
        let short = |verdict, median: Option<f64>| {
            let mut row = CellResult::untimed("", "", 0, "", verdict, None);
            (row.median, row.reproduce) = (median, None);
            row
        };
        // What a file may leave out is left out, as nothing in this project would write it.
        let json = |value: serde_json::Value| {
            let fields = value.as_object().expect("an object").clone();
            let there = fields.into_iter().filter(|(_, value)| !value.is_null());
            serde_json::Value::Object(there.collect()).to_string().len()
        };
        for row in [short(Verdict::Ok, Some(1.0)), short(Verdict::Crash, None)] {
            assert!(json(serde_json::to_value(&row).expect("JSON")) >= ENTRY, "{row:?}");
        }
        let probe = r#"{"backend":"","probe":"","verdict":"ok","unit":"","asked":1,"reached":1}"#;
        let memory = r#"{"count":1,"resident":1,"tables":1}"#;
        assert!(probe.len() >= ENTRY && memory.len() >= MEMORY);
        let kind = r#"{"backend":"","capabilities":{"":true}}"#;
        assert!(kind.len() >= ABOUT + CLAIM);
        let (about, figure) = (r#"{"scenario":""}"#, r#"{"system":"","source":""}"#);
        assert!(about.len() >= ABOUT && figure.len() >= FIGURE);
        let run = run_of(vec![measured("a\n\u{1}\"\u{e9}\u{1f600}", "hard", 1, 1.0)]);
        assert!(weight(&run) < serde_json::to_string(&run).expect("JSON").len());
    }

    #[test]
    fn a_page_gets_the_rows_that_it_has_room_for_and_no_endless_trials() {
        for (fixed, each) in [(30_000, 700), (30_000, 90_000), (0, 1), (127 << 10, 100_000)] {
            let tried = std::cell::Cell::new(0);
            let page = |rows| {
                tried.set(tried.get() + 1);
                "x".repeat(fixed + each * rows)
            };
            let (limit, rows) = (limit(7_000), |text: &str| (text.len() - fixed) / each.max(1));
            let text = within(limit, page);
            assert!(text.len() <= limit && tried.get() <= 10, "{fixed} {each}: {}", tried.get());
            let best = ((limit - fixed) / each).min(limit / LEAST_ROW);
            assert!(rows(&text) >= best * 3 / 4, "{} of {best} rows", rows(&text));
        }
        assert_eq!(limit(usize::MAX), CEILING);
    }

    #[test]
    fn failures_are_shown_first_and_all_in_their_order() {
        let items = [1, 2, 13, 4, 15, 6, 17];
        let fails = |item: &i32| *item > 10;
        assert_eq!(first(&items, 5, fails), [&1, &2, &13, &15, &17]);
        assert_eq!(first(&items, 2, fails), [&13, &15]);
        assert_eq!(first(&items, 0, fails), [&0; 0]);
        assert_eq!(first(&items, 9, fails).len(), 7);
    }

    #[test]
    fn names_that_are_cut_say_so_and_stay_apart() {
        let long = "\u{e9}".repeat(5_000);
        let (one, other) = (format!("{long}a"), format!("{long}b"));
        assert!(name(&one).starts_with(&"\u{e9}".repeat(NAME)));
        assert!(name(&one).contains("\u{2026} (4,881 more characters, digest "));
        assert_ne!(name(&one), name(&other));
        assert_eq!(name(&long[..2 * NAME]), long[..2 * NAME]);
        assert!(text(&long.repeat(4)).ends_with("\u{2026} (3,616 more characters)"));
    }

    #[test]
    fn what_deceives_a_reader_is_seen() {
        let deceiving = "a\0b\u{202e}c\u{2066}d\u{1b}e\u{85}f\u{ffff}g\u{10fffe}h\u{200f}\u{fdd0}";
        let seen = r"a\u{0}b\u{202e}c\u{2066}d\u{1b}e\u{85}f\u{ffff}g\u{10fffe}h\u{200f}\u{fdd0}";
        assert_eq!(safe(deceiving.to_owned()), seen);
        let plain = "\u{5d0} e\u{301} \u{1f468}\u{200d}\u{1f469}\n\ttext";
        assert_eq!(safe(plain.to_owned()), plain);
    }
}

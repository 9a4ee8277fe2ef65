//! The run as a reader meets it: scenarios, inside them units, inside those sizes, inside those backends. Every number that sums up
//! others is made here and nowhere else, so that two places of a report cannot disagree.

pub(crate) mod overview;
pub(crate) mod standing;

use std::collections::{BTreeMap, BTreeSet};

use switchback_bench::results::{About, CellResult, FEWEST_SAMPLES, Run, Verdict};

use crate::fit::{COLUMNS, LeftOut, Shown};
use crate::numbers::Dimension;
use crate::site::Pages;
use crate::words::heading;

/// A run, grouped.
pub(crate) struct View<'a> {
    /// What is shown.
    pub(crate) run: &'a Run,
    /// What it is a part of; nearly always the same.
    pub(crate) whole: &'a Run,
    /// Scenarios, family by family; both in the order of the run, those without a family last.
    pub(crate) groups: Vec<Group<'a>>,
    /// Backends with a column of their own: those of a group of backends. Of what has no group, in the order of the run, what is more
    /// than a reference and takes part in at least half as many scenarios as the one that takes part in most.
    pub(crate) columns: Vec<&'a str>,
    /// The groups that these columns are listed in, side by side, each with the number of its columns; empty if the run has no groups.
    pub(crate) bands: Vec<(&'a str, usize)>,
    /// Whether some size has rows that are neither in a column nor the reference.
    pub(crate) beside: bool,
    pub(crate) tally: Tally,
    /// What is not shown.
    pub(crate) left_out: LeftOut,
    /// The pages of backends that this one leads to, if it is part of a site.
    pub(crate) pages: Option<&'a Pages>,
}

/// One scenario.
pub(crate) struct Group<'a> {
    pub(crate) scenario: &'a str,
    /// Unique on the page, fit for an HTML id.
    pub(crate) anchor: String,
    /// What its author says of it.
    pub(crate) about: Option<&'a About>,
    /// One per unit; nearly always a single one.
    pub(crate) series: Vec<Series<'a>>,
}

/// The results of a scenario in one unit.
pub(crate) struct Series<'a> {
    pub(crate) unit: &'a str,
    /// Sizes, ascending.
    pub(crate) blocks: Vec<Block<'a>>,
}

/// All backends at one size.
pub(crate) struct Block<'a> {
    pub(crate) size: u64,
    /// In the order of the run, the reference first.
    pub(crate) rows: Vec<&'a CellResult>,
}

/// How many cells have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) ok: usize,
    pub(crate) failed: usize,
    pub(crate) different: usize,
    pub(crate) crashed: usize,
    pub(crate) timed_out: usize,
    pub(crate) unsupported: usize,
}

impl<'a> View<'a> {
    pub(crate) fn of(run: &'a Run) -> Self {
        let mut groups: Vec<Group<'a>> = Vec::new();
        let (mut known, mut anchors) = (BTreeMap::new(), BTreeMap::new());
        let abouts: BTreeMap<_, _> =
            run.scenarios.iter().map(|about| (about.scenario.as_str(), about)).collect();
        let (mut series, mut blocks) = (BTreeMap::new(), BTreeMap::new());
        for row in &run.results {
            let at = *known.entry(row.scenario.as_str()).or_insert_with(|| {
                let anchor = unique(slug(&row.scenario), &mut anchors);
                let (scenario, about) = (row.scenario.as_str(), abouts.get(row.scenario.as_str()));
                groups.push(Group { scenario, anchor, about: about.copied(), series: Vec::new() });
                groups.len() - 1
            });
            let own = &mut groups[at].series;
            let series = *series.entry((at, row.unit.as_str())).or_insert_with(|| {
                own.push(Series { unit: &row.unit, blocks: Vec::new() });
                own.len() - 1
            });
            let own = &mut own[series].blocks;
            let block = *blocks.entry((at, series, row.size)).or_insert_with(|| {
                own.push(Block { size: row.size, rows: Vec::new() });
                own.len() - 1
            });
            own[block].rows.push(row);
        }
        for block in groups.iter_mut().flat_map(|g| &mut g.series).flat_map(|f| &mut f.blocks) {
            // Stable: among the others the order of the run stays.
            block.rows.sort_by_key(|row| !is_reference(row));
        }
        for series in groups.iter_mut().flat_map(|g| &mut g.series) {
            series.blocks.sort_by_key(|block| block.size);
        }
        let families = families(run);
        // Stable, as well: what has no family comes last.
        groups.sort_by_key(|group| families.get(group.family()).copied().unwrap_or(usize::MAX));
        let mut columns = candidates(run);
        // The others stand beside: what has no column is still named.
        columns.truncate(COLUMNS);
        let (columns, bands) = grouped(run, columns);
        let blocks = groups.iter().flat_map(|g| &g.series).flat_map(|f| &f.blocks);
        let beside = blocks.into_iter().any(|block| block.beside(&columns).next().is_some());
        let tally = Tally::of_run(run, None);
        Self {
            run,
            whole: run,
            groups,
            columns,
            bands,
            beside,
            tally,
            left_out: LeftOut::default(),
            pages: None,
        }
    }

    /// The part of a run that is shown. Counts and comparisons are those of the whole.
    pub(crate) fn of_part(shown: &'a Shown, whole: &'a Run) -> Self {
        Self {
            whole,
            tally: Tally::of_run(whole, None),
            left_out: shown.left_out,
            ..Self::of(&shown.run)
        }
    }

    /// The scenarios of each family with its heading; without one if no scenario has a family.
    pub(crate) fn families(&self) -> impl Iterator<Item = (Option<String>, &[Group<'a>])> {
        let any = self.groups.first().is_some_and(|group| !group.family().is_empty());
        self.groups.chunk_by(|one, next| one.family() == next.family()).map(move |groups| {
            let name = groups.first().map_or("", Group::family);
            let name = if name.is_empty() { "other" } else { name };
            (any.then(|| heading(name)), groups)
        })
    }

    /// Whether a column is that of a program in another language.
    pub(crate) fn is_peer(&self, column: &str) -> bool {
        self.run.backends.iter().any(|about| about.backend == column && about.group == PEERS)
    }

    /// The row as sentences call it: "hard", "the peer go".
    pub(crate) fn called(&self, column: &str) -> String {
        if self.is_peer(column) { format!("the peer {column}") } else { column.to_owned() }
    }

    /// Every row, grouped order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'a CellResult> {
        self.groups
            .iter()
            .flat_map(|g| &g.series)
            .flat_map(|f| &f.blocks)
            .flat_map(|b| b.rows.iter().copied())
    }

    /// The rows whose verdict makes the run fail, in grouped order.
    pub(crate) fn failures(&self) -> Vec<&'a CellResult> {
        self.rows().filter(|row| row.verdict.is_failure()).collect()
    }
}

/// The place of each family among those of the run.
fn families(run: &Run) -> BTreeMap<&str, usize> {
    let mut places = BTreeMap::new();
    for about in run.scenarios.iter().filter(|about| !about.family.is_empty()) {
        let next = places.len();
        places.entry(about.family.as_str()).or_insert(next);
    }
    places
}

/// Groups of rows that are no ways to suspend: they have no column, and stand beside.
pub(crate) const BESIDE: [&str; 2] = ["reference", "beside"];

/// The group of programs in other languages: they have columns, and are no backends.
pub(crate) const PEERS: &str = "peers";

/// The backends that columns are for, as many as there are.
fn candidates(run: &Run) -> Vec<&str> {
    let named = |beside: bool| -> BTreeSet<&str> {
        let grouped = run.backends.iter().filter(|about| !about.group.is_empty());
        let own = grouped.filter(|about| BESIDE.contains(&about.group.as_str()) == beside);
        own.map(|about| about.backend.as_str()).collect()
    };
    let (beside, ways) = (named(true), named(false));
    let mut scenarios: Vec<(&str, BTreeSet<&str>)> = Vec::new();
    let mut known = BTreeMap::new();
    let others = |row: &&CellResult| !is_reference(row) && !beside.contains(row.backend.as_str());
    for row in run.results.iter().filter(others) {
        let at = *known.entry(row.backend.as_str()).or_insert_with(|| {
            scenarios.push((&row.backend, BTreeSet::new()));
            scenarios.len() - 1
        });
        scenarios[at].1.insert(&row.scenario);
    }
    let most = scenarios.iter().map(|(_, own)| own.len()).max().unwrap_or(0);
    scenarios.retain(|(name, own)| 2 * own.len() >= most || ways.contains(name));
    scenarios.into_iter().map(|(backend, _)| backend).collect()
}

/// The backends that columns are for, in the order of columns, whether there is room for all of them or not.
pub(crate) fn backends(run: &Run) -> Vec<&str> {
    grouped(run, candidates(run)).0
}

/// The columns in the order of their groups, which is that of the run, and how many each group has. What has no group comes last.
fn grouped<'a>(run: &'a Run, mut columns: Vec<&'a str>) -> (Vec<&'a str>, Vec<(&'a str, usize)>) {
    let known: BTreeMap<&str, &str> =
        run.backends.iter().map(|about| (about.backend.as_str(), about.group.as_str())).collect();
    let group = |backend: &str| known.get(backend).copied().unwrap_or("");
    let mut order: Vec<&str> = Vec::new();
    for about in &run.backends {
        if !about.group.is_empty() && !order.contains(&about.group.as_str()) {
            order.push(&about.group);
        }
    }
    let place = |backend: &str| {
        let own = group(backend);
        order.iter().position(|name| *name == own).unwrap_or(usize::MAX)
    };
    columns.sort_by_key(|backend| place(backend));
    let mut bands: Vec<(&str, usize)> = Vec::new();
    for backend in &columns {
        let own = group(backend);
        match bands.last_mut() {
            Some((name, number)) if *name == own => *number += 1,
            _ => bands.push((own, 1)),
        }
    }
    if bands.iter().all(|(name, _)| name.is_empty()) {
        bands.clear();
    }
    (columns, bands)
}

impl<'a> Group<'a> {
    /// Its family; empty if it has none.
    pub(crate) fn family(&self) -> &'a str {
        self.about.map_or("", |about| &about.family)
    }

    /// Its heading: its title, or its id if it has none.
    pub(crate) fn title(&self) -> &'a str {
        self.about
            .map(|about| about.title.as_str())
            .filter(|t| !t.is_empty())
            .unwrap_or(self.scenario)
    }
}

impl<'a> Series<'a> {
    pub(crate) fn dimension(&self) -> Dimension {
        Dimension::of(self.unit)
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &'a CellResult> {
        self.blocks.iter().flat_map(|b| b.rows.iter().copied())
    }

    /// Backends in order of appearance.
    pub(crate) fn backends(&self) -> Vec<&'a str> {
        let mut seen = BTreeSet::new();
        self.rows().map(|row| row.backend.as_str()).filter(|name| seen.insert(*name)).collect()
    }
}

impl<'a> Block<'a> {
    /// What the ratios of this size divide by.
    pub(crate) fn reference(&self) -> Option<&'a str> {
        self.rows.iter().find_map(|row| row.reference.as_deref())
    }

    /// Noise bands of this size as shares (0.003 is 0.3 %), by the clock they were taken with; in the order of the rows.
    pub(crate) fn bands(&self) -> Vec<(Option<&'a str>, f64)> {
        let mut bands: Vec<(Option<&str>, f64)> = Vec::new();
        for row in &self.rows {
            let clock = row.clock.as_deref();
            if let Some(band) = row.band.filter(|_| bands.iter().all(|(known, _)| *known != clock))
            {
                bands.push((clock, band));
            }
        }
        bands
    }

    pub(crate) fn row(&self, backend: &str) -> Option<&'a CellResult> {
        self.rows.iter().copied().find(|row| row.backend == backend)
    }

    /// The rows without a column.
    pub(crate) fn beside(&self, columns: &[&str]) -> impl Iterator<Item = &'a CellResult> {
        self.rows
            .iter()
            .copied()
            .filter(|row| !is_reference(row) && !columns.contains(&row.backend.as_str()))
    }

    /// What a verified row costs: its ratio to the reference, or to the least median where there is no reference.
    pub(crate) fn cost(&self, row: &CellResult) -> Option<f64> {
        let ok = |row: &CellResult| row.median.filter(|_| row.verdict == Verdict::Ok);
        let median = ok(row)?;
        if self.reference_row().is_some() {
            return if is_reference(row) { Some(1.0) } else { row.ratio };
        }
        let least = self.rows.iter().filter_map(|row| ok(row)).fold(f64::INFINITY, f64::min);
        (least > 0.0).then_some(median / least)
    }

    /// The row everything else is divided by.
    pub(crate) fn reference_row(&self) -> Option<&'a CellResult> {
        self.rows.iter().copied().find(|row| is_reference(row))
    }
}

/// True if a row has so many samples that its intervals say something. Of a row that does not tell, it is taken for granted.
pub(crate) fn is_settled(row: &CellResult) -> bool {
    row.samples.is_none_or(|samples| samples >= FEWEST_SAMPLES)
}

/// The interval of a row's median, if it has enough samples for one.
pub(crate) fn interval(row: &CellResult) -> Option<(f64, f64)> {
    row.low.zip(row.high).filter(|_| is_settled(row))
}

/// The interval of a row's ratio, if it has enough samples for one.
pub(crate) fn ratio_interval(row: &CellResult) -> Option<(f64, f64)> {
    row.ratio_low.zip(row.ratio_high).filter(|_| is_settled(row))
}

/// "one sample", "5 samples": why a row has no interval; `None` if it has enough of them.
pub(crate) fn few_samples(row: &CellResult) -> Option<String> {
    match row.samples.filter(|_| !is_settled(row))? {
        1 => Some("one sample".to_owned()),
        few => Some(format!("{few} samples")),
    }
}

/// True for the row the ratios of its size divide by.
pub(crate) fn is_reference(row: &CellResult) -> bool {
    row.reference.as_deref() == Some(row.backend.as_str())
}

impl Tally {
    /// Counts the cells of each backend that has results.
    pub(crate) fn of_each(run: &Run) -> BTreeMap<&str, Self> {
        let mut tallies: BTreeMap<&str, Self> = BTreeMap::new();
        for row in &run.results {
            tallies.entry(&row.backend).or_default().add(row.verdict);
        }
        for found in &run.capacity {
            if let Some(tally) = tallies.get_mut(found.backend.as_str()) {
                tally.add(found.verdict);
            }
        }
        tallies
    }

    /// Counts cells by verdict, those of capacity among them: of all backends, or of one.
    pub(crate) fn of_run(run: &Run, backend: Option<&str>) -> Self {
        let wanted = |name: &str| backend.is_none_or(|wanted| wanted == name);
        let capacity = run.capacity.iter().filter(|found| wanted(&found.backend));
        Self::of(run.results.iter().filter(|row| wanted(&row.backend)))
            .and(capacity.map(|found| found.verdict))
    }

    /// Counts rows by verdict.
    pub(crate) fn of<'a>(rows: impl IntoIterator<Item = &'a CellResult>) -> Self {
        Self::default().and(rows.into_iter().map(|row| row.verdict))
    }

    fn and(self, verdicts: impl Iterator<Item = Verdict>) -> Self {
        let mut tally = self;
        verdicts.for_each(|verdict| tally.add(verdict));
        tally
    }

    fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Failed => &mut self.failed,
            Verdict::DifferentWork => &mut self.different,
            Verdict::Crash => &mut self.crashed,
            Verdict::Timeout => &mut self.timed_out,
            Verdict::Unsupported => &mut self.unsupported,
        } += 1;
    }

    /// Cells that were to be verified: all but the unsupported ones, which never raise a score.
    pub(crate) const fn asked(&self) -> usize {
        self.ok + self.failed + self.different + self.crashed + self.timed_out
    }
}

/// Letters, digits and single hyphens; "x" if nothing of the text is left.
pub(crate) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { "x".to_owned() } else { out.to_owned() }
}

/// The wanted name, or with the next free number. `taken` holds for each name the number to try next.
fn unique(wanted: String, taken: &mut BTreeMap<String, usize>) -> String {
    let mut name = wanted.clone();
    while let Some(next) = taken.get(&name) {
        let number = taken.get(&wanted).copied().unwrap_or(*next);
        taken.insert(wanted.clone(), number + 1);
        name = format!("{wanted}-{number}");
    }
    taken.insert(name.clone(), 2);
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::{measured, run_of};
    use switchback_bench::results::AboutBackend;

    #[test]
    fn sizes_ascend_and_the_reference_comes_first() {
        let run = run_of(vec![
            measured("factorial", "hard", 100, 2.0),
            measured("factorial", "plain", 100, 1.0),
            measured("factorial", "plain", 10, 1.0),
        ]);
        let view = View::of(&run);
        let blocks = &view.groups[0].series[0].blocks;
        let seen: Vec<_> =
            blocks.iter().flat_map(|b| &b.rows).map(|r| (r.size, r.backend.as_str())).collect();
        assert_eq!(seen, [(10, "plain"), (100, "plain"), (100, "hard")]);
        assert_eq!(view.columns, ["hard"]);
    }

    #[test]
    fn what_takes_part_in_few_scenarios_stands_beside() {
        let mut rows: Vec<_> =
            ["a", "b", "c"].map(|scenario| measured(scenario, "hard", 1, 1.0)).into();
        rows.push(measured("a", "naive", 1, 3.0));
        let run = run_of(rows);
        let view = View::of(&run);
        assert_eq!(view.columns, ["hard"]);
        let beside = |i: usize| view.groups[i].series[0].blocks[0].beside(&view.columns).count();
        assert_eq!((beside(0), beside(1), view.beside), (1, 0, true));
    }

    #[test]
    fn columns_stand_with_their_group_and_what_is_no_backend_has_none() {
        let names = ["tokio", "hard", "naive", "smol", "soft"];
        let mut run = run_of(names.map(|backend| measured("a", backend, 1, 1.0)).into());
        let about = |backend: &str, group: &str| AboutBackend {
            backend: backend.to_owned(),
            group: group.to_owned(),
            ..AboutBackend::default()
        };
        assert!(View::of(&run).bands.is_empty());
        run.backends = vec![
            about("hard", "order-exact"),
            about("tokio", "unordered"),
            about("soft", "order-exact"),
            about("naive", "beside"),
        ];
        let view = View::of(&run);
        assert_eq!(view.columns, ["hard", "soft", "tokio", "smol"]);
        run.results.extend(["b", "c", "d"].map(|scenario| measured(scenario, "hard", 1, 1.0)));
        let view = View::of(&run);
        assert_eq!(view.columns, ["hard", "soft", "tokio"], "smol, of no group, takes part in few");
        assert_eq!(view.bands, [("order-exact", 2), ("unordered", 1)]);
        assert!(view.beside);
    }

    #[test]
    fn scenarios_stand_with_their_family_and_families_in_the_order_of_the_run() {
        let mut run =
            run_of(["a", "b", "c", "d"].map(|scenario| measured(scenario, "hard", 1, 1.0)).into());
        let order = |run: &Run| -> Vec<(String, Vec<String>)> {
            let view = View::of(run);
            let named = |group: &Group<'_>| group.title().to_owned();
            let families = view.families();
            families
                .map(|(f, groups)| (f.unwrap_or_default(), groups.iter().map(named).collect()))
                .collect()
        };
        let own = |family: &str, names: &[&str]| {
            (family.to_owned(), names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(order(&run), [own("", &["a", "b", "c", "d"])], "without words");
        let about = |scenario: &str, family: &str, title: &str| About {
            scenario: scenario.to_owned(),
            family: family.to_owned(),
            title: title.to_owned(),
            ..About::default()
        };
        run.scenarios =
            vec![about("d", "late", "Four"), about("b", "early", ""), about("c", "late", "Three")];
        let expected =
            [own("Late", &["Three", "Four"]), own("Early", &["b"]), own("Other", &["a"])];
        assert_eq!(order(&run), expected);
    }

    #[test]
    fn scenarios_whose_names_look_alike_keep_apart() {
        let run = run_of(vec![
            measured("a b", "hard", 1, 1.0),
            measured("a-b", "hard", 1, 1.0),
            measured("\u{4e2d}", "hard", 1, 1.0),
        ]);
        let anchors: Vec<_> = View::of(&run).groups.into_iter().map(|g| g.anchor).collect();
        assert_eq!(anchors, ["a-b", "a-b-2", "x"]);
    }

    #[test]
    fn unsupported_cells_are_never_part_of_the_score() {
        let mut rows = vec![measured("a", "hard", 1, 1.0), measured("a", "soft", 1, 1.0)];
        rows[1].verdict = Verdict::Unsupported;
        assert_eq!(Tally::of(&rows).asked(), 1);
        rows[1].verdict = Verdict::Timeout;
        assert_eq!(Tally::of(&rows).asked(), 2);
    }
}

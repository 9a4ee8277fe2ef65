//! The pages of a site that are about backends: an index, and for each one what it is, what it claims, where it stands, how far it
//! goes, and its faults. All of it is in the page of the run as well, sorted by scenario and by group of statements.

mod claims;
mod index;
mod places;
mod statements;

use std::borrow::Cow;

use maud::{Markup, html};
use switchback_bench::results::{AboutBackend, Capacity, Environment, Run, Verdict};

use super::parts::{badge, left_out, scrolling, shown};
use super::{Anchors, conformance, first_words, frame, short, thaw};
use crate::extras::Extras;
use crate::fit::{self, name, text};
use crate::input::{Backend as Suite, Case, Counts, Mutant, Thaw, Verdict as Judged};
use crate::numbers::count;
use crate::site::Pages;
use crate::view::{Tally, View};
use crate::words::{VerdictLine, reproduce, reproduce_probe};

pub(crate) use index::index;

/// A backend with all that is known of it.
struct Subject<'a> {
    name: &'a str,
    about: Option<&'a AboutBackend>,
    /// Its cells in the order of the page of the run.
    places: Vec<places::Place<'a>>,
    capacity: Vec<&'a Capacity>,
    suite: Option<&'a Suite>,
    tally: Tally,
}

impl<'a> Subject<'a> {
    fn of(view: &'a View<'a>, extras: &'a Extras, name: &'a str) -> Self {
        let suites = extras.conformance.present().map_or(&[][..], |found| &found.backends);
        Self {
            name,
            about: view.run.backends.iter().find(|about| about.backend == name),
            places: places::of(view, name),
            capacity: view.run.capacity.iter().filter(|found| found.backend == name).collect(),
            suite: suites.iter().find(|one| fit::name(&one.backend) == name),
            tally: Tally::of_run(view.run, Some(name)),
        }
    }

    /// How it suspends, in one line; empty if the results do not say.
    fn words(&self) -> &'a str {
        self.about.map_or("", |about| &about.words)
    }

    /// The group of columns that it is listed in; empty if it has none.
    fn group(&self) -> &'a str {
        self.about.map_or("", |about| &about.group)
    }

    /// Fewest bytes of JSON that it can have been read from.
    fn weight(&self, run: &Run) -> usize {
        let mut own = Run::new(Environment { build: None, ..run.environment.clone() });
        own.backends = self.about.into_iter().cloned().collect();
        own.results = self.places.iter().map(|place| place.row.clone()).collect();
        own.capacity = self.capacity.iter().copied().cloned().collect();
        fit::weight(&own) + self.suite.map_or(0, Suite::weight)
    }

    /// False if a cell, a probe or a case came out otherwise than it should.
    fn is_well(&self) -> bool {
        let judged = self
            .suite
            .is_none_or(|suite| suite.why.is_none() && suite.unexpected().next().is_none());
        self.tally.ok == self.tally.asked() && judged
    }
}

/// The page of the backend at a place of the list, within its limit.
pub(crate) fn render(
    view: &View<'_>,
    extras: &Extras,
    pages: &Pages,
    at: usize,
    anchors: &Anchors,
) -> String {
    let subject = Subject::of(view, extras, &pages.names[at]);
    let limit = fit::limit(subject.weight(view.run));
    fit::within(limit, |most| {
        let content = content(view, extras, pages, at, anchors, &subject, most);
        fit::safe(frame(subject.name, &content))
    })
}

fn content(
    view: &View<'_>,
    extras: &Extras,
    pages: &Pages,
    at: usize,
    anchors: &Anchors,
    subject: &Subject<'_>,
    most: usize,
) -> Markup {
    let thawed = thawed(extras, subject.name);
    let planted = planted(extras, subject.name);
    let sections = [
        ("claims", "What it can"),
        ("scenarios", "Scenarios"),
        ("capacity", "Capacity"),
        ("conformance", "Conformance"),
        ("thaw", "Freeze and thaw"),
        ("planted", "Planted faults"),
        ("faults", "Faults"),
        ("statements", "Statements not claimed"),
    ];
    let stated = statements::of(subject.suite);
    let there = |id: &str| match id {
        "capacity" => !subject.capacity.is_empty(),
        "conformance" => subject.suite.is_some(),
        "thaw" => thawed.is_some(),
        "planted" => !planted.is_empty(),
        "statements" => !stated.unclaimed.is_empty(),
        _ => true,
    };
    html! {
        (head(view, subject))
        (turns(pages, at))
        nav aria-label="Contents" {
            ul { @for (id, words) in sections.iter().filter(|(id, _)| there(id)) { li { a href={ "#" (id) } { (words) } } } }
        }
        (claims::section(subject, most))
        (places::section(view, subject, pages, anchors, most))
        @if there("capacity") { (capacity(subject, pages, most)) }
        @if let Some(suite) = subject.suite { (judged(suite, &stated, most)) }
        @if let Some(thawed) = &thawed {
            section aria-labelledby="thaw" {
                h2 id="thaw" { "Freeze and thaw" }
                p { "Runs that were stopped, written to bytes, and went on from them in another scheduler, process or build." }
                (thaw::content(thawed, most))
            }
        }
        @if there("planted") { (faults_planted(subject.name, &planted, most)) }
        (faults(subject, most))
        @if there("statements") { (statements::unclaimed(&stated, most)) }
    }
}

fn head(view: &View<'_>, subject: &Subject<'_>) -> Markup {
    let environment = &view.run.environment;
    let group = subject.group();
    html! {
        p class="brand" { "switchback" }
        h1 { (subject.name) }
        @if !subject.words().is_empty() { p class="lead" { (subject.words()) } }
        p class={ "verdict " (if subject.is_well() { "good" } else { "bad" }) } { (verdict(subject)) "." }
        @if !view.run.complete {
            p class="warning" { "The run is incomplete: what is missing does not count here." }
        }
        p class="quiet" {
            @if !group.is_empty() { "Group " (group) " \u{b7} " }
            (environment.cpu) ", " (environment.cores) (if environment.cores == 1 { " core" } else { " cores" })
            " \u{b7} " (first_words(&environment.rustc)) " \u{b7} commit " (short(&environment.commit))
        }
    }
}

/// "22 of 22 cells verified; 812 of 812 cases hold".
fn verdict(subject: &Subject<'_>) -> String {
    let mut text = VerdictLine::from_tally(subject.tally).to_string();
    let Some(suite) = subject.suite else { return text };
    if suite.why.is_some() {
        text.push_str("; its suite could not run");
        return text;
    }
    let counts = suite.counts();
    let (held, asked) = (counts.get(Judged::Pass), counts.asked());
    text.push_str(&format!("; {} of {} cases hold", count(held as u64), count(asked as u64)));
    text
}

/// Where the other pages are: all backends, the run, and the neighbours in the list.
fn turns(pages: &Pages, at: usize) -> Markup {
    let neighbour =
        |at: Option<usize>| pages.names.get(at?).map(|name| (name, pages.neighbour(name)));
    let (before, after) = (neighbour(at.checked_sub(1)), neighbour(at.checked_add(1)));
    html! {
        nav aria-label="Other pages" {
            ul {
                li { a href=(pages.index()) { "All backends" } }
                li { a href=(pages.back(None)) { "The whole report" } }
                @if let Some((name, Some(page))) = before { li { a href=(page) rel="prev" { "\u{2190} " (name) } } }
                @if let Some((name, Some(page))) = after { li { a href=(page) rel="next" { (name) " \u{2192}" } } }
            }
        }
    }
}

fn capacity(subject: &Subject<'_>, pages: &Pages, most: usize) -> Markup {
    let (found, untold) = shown(&subject.capacity, most, "probes");
    let table = html! {
        table class="numbers" {
            caption { "What was asked for, how many there were at once, all verified, and what ended it; below, the memory that each took on the way." }
            thead {
                tr {
                    th scope="col" { "Count" }
                    th scope="col" class="figure" { "Bytes each" }
                    th scope="col" class="figure" { "Page tables, bytes each" }
                    th scope="col" { "Came to" }
                }
            }
            @for one in found {
                @let (memory, untold) = shown(&one.memory, most, "counts");
                tbody {
                    tr class="block" {
                        th scope="rowgroup" colspan="3" { (one.unit) }
                        td class="why" { (reached(one)) }
                    }
                    @for m in memory {
                        tr {
                            th scope="row" { (count(m.count)) }
                            td class="figure" { (count(m.resident.round() as u64)) }
                            td class="figure" { (count(m.tables.round() as u64)) }
                            td {}
                        }
                    }
                    @if memory.len() < one.memory.len() { tr { td colspan="4" { (untold) } } }
                }
            }
        }
    };
    html! {
        section aria-labelledby="capacity" {
            h2 id="capacity" { "Capacity" }
            p {
                "How many tasklets it keeps alive at once and how deep calls nest, in a process of its own. "
                a href=(pages.back(Some("capacity"))) { "Beside the other backends" }
            }
            (scrolling(&format!("Capacity of {}", subject.name), &table))
            (untold)
        }
    }
}

fn reached(one: &Capacity) -> Markup {
    html! {
        @match one.reached.filter(|_| one.verdict == Verdict::Ok) {
            Some(reached) => {
                strong { (count(reached)) } " of " (count(one.asked))
                @if let Some(why) = &one.ended { span class="under" { (first_line(why)) } }
            }
            None => { (badge(one.verdict)) span class="under" { (one.why.as_deref().map_or("no reason recorded".into(), first_line)) } }
        }
    }
}

/// What the suite found, by group of statements.
fn judged(suite: &Suite, stated: &statements::Stated<'_>, most: usize) -> Markup {
    let mut groups: Vec<(&str, Vec<&Case>)> = Vec::new();
    for case in &suite.cases {
        match groups.iter_mut().find(|(known, _)| *known == case.group) {
            Some((_, cases)) => cases.push(case),
            None => groups.push((&case.group, vec![case])),
        }
    }
    let (groups, untold) = shown(&groups, most, "groups");
    let table = html! {
        table class="beside" {
            caption { "Cases that hold, of those that it claims and that ran; by group." }
            thead { tr { th scope="col" { "Group" } th scope="col" { "Hold" } th scope="col" { "Otherwise" } } }
            tbody {
                (line("All", suite.counts()))
                @for (group, cases) in groups { (line(group, Counts::of(cases.iter().copied()))) }
            }
        }
    };
    html! {
        section aria-labelledby="conformance" {
            h2 id="conformance" { "Conformance" }
            p {
                "What the suite found when it tried the claims. A case counts as passed only if it ran and held. "
                (conformance::outcome(suite))
            }
            p class="again" { "Again: " code class="command" { (text(&suite.command)) } }
            @if !suite.cases.is_empty() { (scrolling("Cases by group", &table)) (untold) }
            (statements::broken(stated, most))
        }
    }
}

fn line(group: &str, counts: Counts) -> Markup {
    let asked = counts.asked();
    html! {
        tr {
            th scope="row" { span class="name" { (name(group)) } }
            td { @if asked > 0 { (count(counts.get(Judged::Pass) as u64)) " of " (count(asked as u64)) } @else { "\u{2013}" } }
            td { @for (verdict, number) in counts.others() { (conformance::tag(verdict, Some(number))) " " } }
        }
    }
}

/// What was written down by the backend, or resumed.
fn thawed(extras: &Extras, backend: &str) -> Option<Thaw> {
    let all = extras.thaw.present()?;
    let cells = all.cells.iter().filter(|cell| name(&cell.backend) == backend);
    let cells: Vec<_> = cells.cloned().collect();
    (!cells.is_empty()).then(|| Thaw { cells, sizes: Vec::new() })
}

/// The faults that were planted in a backend.
fn planted<'a>(extras: &'a Extras, backend: &str) -> Vec<&'a Mutant> {
    let all = extras.mutants.present().into_iter().flat_map(|found| found.broken());
    all.filter(|mutant| name(&mutant.base) == backend).collect()
}

fn faults_planted(backend: &str, planted: &[&Mutant], most: usize) -> Markup {
    let unseen: Vec<_> = planted.iter().filter(|mutant| mutant.killed_by == 0).collect();
    let seen = planted.len() - unseen.len();
    let (unseen, untold) = shown(&unseen, most, "faults");
    html! {
        section aria-labelledby="planted" {
            h2 id="planted" { "Planted faults" }
            p {
                "Copies of " (backend) " that are broken on purpose, one rule at a time: the suite sees "
                (count(seen as u64)) " of " (count(planted.len() as u64)) "."
            }
            @if !unseen.is_empty() {
                ul { @for mutant in unseen { li { "Not seen: " code { (name(&mutant.fault)) } ", " (text(&mutant.about)) } } }
            }
            (untold)
        }
    }
}

/// Everything that came out otherwise than it should, with its text and the command that repeats it.
fn faults(subject: &Subject<'_>, most: usize) -> Markup {
    let cells: Vec<_> =
        subject.places.iter().filter(|place| place.row.verdict.is_failure()).collect();
    let probes: Vec<_> = subject.capacity.iter().filter(|one| one.verdict.is_failure()).collect();
    let cases: Vec<_> = subject.suite.into_iter().flat_map(Suite::unexpected).collect();
    let known = subject.suite.into_iter().flat_map(|suite| &suite.cases);
    let known: Vec<_> = known.filter(|case| case.verdict == Judged::KnownFail).collect();
    let all = cells.len() + probes.len() + cases.len();
    let room = |used: usize| most.saturating_sub(used);
    let (kept_cells, kept_probes) = (cells.len().min(most), probes.len().min(room(cells.len())));
    let kept_cases = cases.len().min(room(cells.len() + probes.len()));
    let (known, unsaid) = shown(&known, most, "known failures");
    html! {
        section aria-labelledby="faults" {
            h2 id="faults" { "Faults" }
            @if all == 0 && known.is_empty() && subject.suite.is_none_or(|suite| suite.why.is_none()) {
                p { "None: " (nothing(subject)) "." }
            }
            @for place in &cells[..kept_cells] {
                (fault(&place.row.id(), place.row.verdict, place.row.why.as_deref(), &reproduce(place.row)))
            }
            @for one in &probes[..kept_probes] {
                (fault(&one.id(), one.verdict, one.why.as_deref(), &reproduce_probe(one)))
            }
            @if let Some(suite) = subject.suite {
                (conformance::stopped(suite))
                @for case in &cases[..kept_cases] { (conformance::failure(suite, case)) }
            }
            (left_out(all - kept_cells - kept_probes - kept_cases, all, "faults"))
            @if !known.is_empty() {
                h3 { "Known to fail" }
                ul { @for case in known { li { code { (name(&case.id)) } ": " (text(case.detail.as_deref().unwrap_or_default())) } } }
                (unsaid)
            }
        }
    }
}

/// What is meant by no fault.
fn nothing(subject: &Subject<'_>) -> &'static str {
    match (subject.tally.asked() > 0, subject.suite.is_some()) {
        (true, true) => {
            "every cell that was measured is verified, and every case came out as declared"
        }
        (true, false) => {
            "every cell that was measured is verified; results of the suite were not given"
        }
        (false, true) => "every case came out as declared; no cell was measured",
        (false, false) => "no cell was measured, and results of the suite were not given",
    }
}

fn fault(id: &str, verdict: Verdict, why: Option<&str>, again: &str) -> Markup {
    html! {
        article class="failure" {
            h3 { code { (id) } " " (badge(verdict)) }
            pre tabindex="0" { (why.unwrap_or("no reason recorded")) }
            p { "Again: " code class="command" { (again) } }
        }
    }
}

/// The beginning of a reason, for a table; the section on faults has the whole.
fn first_line(text: &str) -> Cow<'_, str> {
    const MOST: usize = 160;
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(MOST) {
        None => Cow::Borrowed(line),
        Some((end, _)) => Cow::Owned(format!("{}\u{2026}", &line[..end])),
    }
}

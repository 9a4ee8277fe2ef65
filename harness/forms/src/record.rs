//! What a run has seen: as JSON, and as a page.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use serde::Serialize;

use crate::{
    compile::Complaint,
    generate::Function,
    program::{Kind, Verdict, differing, rare},
    runner::{FORMS, Seen},
    tree::Mode,
};

/// Places that a record names for each message.
const EXAMPLES: usize = 12;

/// The record of a run.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    /// Functions that were asked for.
    pub asked: usize,
    /// The first seed.
    pub seed: u64,
    /// Functions that are valid Rust, and so were tried.
    pub functions: usize,
    /// Functions that are no valid Rust, and so were left out.
    pub invalid: usize,
    /// Functions that the macro refused.
    pub refused: usize,
    /// How often each message was given: functions.
    pub messages: BTreeMap<String, usize>,
    /// Seeds and places of some of them.
    pub examples: BTreeMap<String, Vec<(u64, String)>>,
    /// Functions refused because of each construct.
    pub refused_at: BTreeMap<String, usize>,
    /// What became of refused functions once they were written as advised.
    pub advice: Advice,
    /// In how many functions each construct stands.
    pub constructs: BTreeMap<&'static str, usize>,
    /// Constructs in less than 5 % of the functions.
    pub rare: Vec<&'static str>,
    /// Functions that mean something else in some form, or that rustc refuses in one.
    pub differences: Vec<Difference>,
    /// Wall time.
    pub seconds: f64,
    /// Why functions were no valid Rust, for work on the generator.
    pub why_invalid: BTreeMap<String, Vec<u64>>,
}

/// Functions written again as the macro advised.
#[derive(Debug, Default, Serialize)]
pub struct Advice {
    /// Functions that could be written again without a human.
    pub tried: usize,
    /// Those that then agree in all forms.
    pub agrees: usize,
    /// Those that are refused all the same.
    pub refused_again: usize,
    /// Why: seeds by message.
    pub why: BTreeMap<String, Vec<u64>>,
    /// Those that then differ; they are counted among the differences as well.
    pub differs: usize,
    /// What they are, until they are.
    #[serde(skip)]
    pub differences: Vec<Difference>,
}

impl Advice {
    /// A function for which no advice is left that can be followed here.
    pub fn refuse(&mut self, seed: u64, complaints: &[Complaint]) {
        self.refused_again += 1;
        if let Some(first) = complaints.first() {
            self.why.entry(general(&first.text)).or_default().push(seed);
        }
    }

    /// Adds those of another batch.
    pub fn add(&mut self, other: &Self) {
        self.tried += other.tried;
        self.agrees += other.agrees;
        self.refused_again += other.refused_again;
        self.differs += other.differs;
        for (text, seeds) in &other.why {
            self.why.entry(text.clone()).or_default().extend(seeds);
        }
    }
}

/// A function that is not the same everywhere.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// Its seed.
    pub seed: u64,
    /// It was refused, and is written as the macro advised.
    pub advised: bool,
    /// rustc's code, or the forms that differ.
    pub kind: String,
    /// Its text.
    pub source: String,
    /// A smaller function with a difference of that kind.
    pub reduced: Option<String>,
    /// What is seen, of the smaller function if there is one.
    pub seen: Vec<String>,
    #[serde(skip)]
    function: Option<(Function, Kind)>,
}

impl Difference {
    /// Of a function and its verdict.
    pub fn new(function: &Function, verdict: &Verdict) -> Self {
        let kind = verdict.kind();
        let mut source = String::new();
        function.print("f", Mode::Forms, &mut source);
        Self {
            seed: function.seed,
            advised: false,
            kind: kind.as_ref().map(kind_text).unwrap_or_default(),
            source,
            reduced: None,
            seen: seen(verdict),
            function: kind.map(|kind| (function.clone(), kind)),
        }
    }

    /// For humans.
    pub fn text(&self) -> String {
        let source = self.reduced.as_ref().unwrap_or(&self.source);
        let advised = if self.advised { ", written as advised" } else { "" };
        format!(
            "### seed {}{advised}: {}\n```rust\n{source}```\n```text\n{}\n```\n",
            self.seed,
            self.kind,
            self.seen.join("\n")
        )
    }
}

fn kind_text(kind: &Kind) -> String {
    match kind {
        Kind::Broken(Some(code)) => format!("rustc {code}"),
        Kind::Broken(None) => "rustc, without a code".into(),
        Kind::Differs(what, forms) => format!("{what} on {}", forms.join(", ")),
    }
}

fn seen(verdict: &Verdict) -> Vec<String> {
    let line =
        |form: &str, seen: &Seen| format!("{form}: {} | {}", seen.result, seen.log.join(", "));
    match verdict {
        Verdict::Broken(complaints) => complaints
            .iter()
            .map(|c| format!("{}: {} | {}", c.code.as_deref().unwrap_or("-"), c.text, c.source))
            .collect(),
        Verdict::Differs(all) => {
            let wrong = differing(all);
            let shown = |form: &str| form == FORMS[0] || wrong.contains(&form);
            let forms = FORMS.iter().zip(all).filter(|(form, _)| shown(form));
            forms.map(|(form, seen)| line(form, seen)).collect()
        }
        _ => Vec::new(),
    }
}

impl Record {
    /// Of a run that begins.
    pub fn new(asked: usize, seed: u64) -> Self {
        Self { asked, seed, ..Self::default() }
    }

    /// A function that is no valid Rust.
    pub fn invalid(&mut self, seed: u64, complaints: &[Complaint]) {
        self.invalid += 1;
        if let Some(first) = complaints.first() {
            let code = first.code.as_deref().unwrap_or("-");
            self.why_invalid
                .entry(format!("{code} {}: {}", first.text, first.source))
                .or_default()
                .push(seed);
        }
    }

    /// A function that was refused.
    pub fn refuse(&mut self, seed: u64, complaints: &[Complaint]) {
        self.refused += 1;
        for complaint in complaints {
            let place = format!("{} | {}", complaint.construct.unwrap_or("-"), complaint.source);
            let places = self.examples.entry(general(&complaint.text)).or_default();
            if places.len() < EXAMPLES {
                places.push((seed, place));
            }
        }
        let texts: std::collections::BTreeSet<String> =
            complaints.iter().map(|c| general(&c.text)).collect();
        for text in texts {
            *self.messages.entry(text).or_default() += 1;
        }
        let places: std::collections::BTreeSet<&str> =
            complaints.iter().map(|c| c.construct.unwrap_or("elsewhere")).collect();
        for place in places {
            *self.refused_at.entry(place.into()).or_default() += 1;
        }
    }

    /// A function with a difference.
    pub fn differ(&mut self, difference: Difference) {
        self.differences.push(difference);
    }

    /// A difference that is to be made small, if `most` are not enough yet: of the kind that has
    /// the fewest small ones.
    pub fn unreduced(&self, most: usize) -> Option<usize> {
        let mut done: BTreeMap<&str, usize> = BTreeMap::new();
        for difference in self.differences.iter().filter(|d| d.reduced.is_some()) {
            *done.entry(&difference.kind).or_default() += 1;
        }
        if done.values().sum::<usize>() >= most {
            return None;
        }
        let open = self.differences.iter().enumerate();
        let open = open.filter(|(_, d)| d.reduced.is_none() && d.function.is_some());
        open.min_by_key(|(_, d)| done.get(&*d.kind)).map(|(at, _)| at)
    }

    /// The function of a difference.
    ///
    /// # Panics
    /// Unless [`unreduced`](Self::unreduced) gave the number.
    pub fn function(&self, at: usize) -> (Function, Kind) {
        self.differences[at].function.clone().expect("a difference that was not made small yet")
    }

    /// Notes the small function.
    pub fn reduced(&mut self, at: usize, small: &Function, verdict: Option<&Verdict>) {
        let difference = &mut self.differences[at];
        let mut text = String::new();
        small.print("f", Mode::Forms, &mut text);
        difference.reduced = Some(text);
        if let Some(verdict) = verdict {
            difference.seen = seen(verdict);
        }
    }

    /// Looks for constructs that are too rare.
    pub fn check(&mut self) {
        self.rare = rare(&self.constructs, self.functions);
    }

    /// No difference; and of many functions at most 5 % refused, and no construct rare.
    pub fn passes(&self) -> bool {
        let many = self.functions >= 1000;
        let common = !many || self.rare.is_empty();
        self.differences.is_empty() && common && (!many || self.refused * 20 <= self.functions)
    }

    /// One line about where it stands.
    pub fn line(&self) -> String {
        format!(
            "{} functions, {} differ, {} refused, {} not valid; {:.0} a minute",
            self.functions,
            self.differences.len(),
            self.refused,
            self.invalid,
            60.0 * self.functions as f64 / self.seconds.max(0.001)
        )
    }

    /// Writes `forms.json` and `forms.md`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let put = |name: &str, text: String| {
            let file = folder.join(name);
            fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
        };
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let json = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        put("forms.json", json + "\n")?;
        put("forms.md", self.markdown())
    }

    /// The record as a page.
    pub fn markdown(&self) -> String {
        let mut out = format!("# Forms against plain Rust\n\n{}\n\n", self.line());
        let _ = writeln!(out, "Again: `ci/forms {} {}`\n", self.asked, self.seed);
        out.push_str("| refused, in the macro's words | functions |\n|---|---:|\n");
        for (text, count) in &self.messages {
            let _ = writeln!(out, "| {} | {count} |", text.replace('|', "\\|"));
        }
        let Advice { tried, agrees, refused_again, differs, .. } = &self.advice;
        let _ = writeln!(
            out,
            "\nWritten again as advised: {tried}; then agree {agrees}, are refused again \
             {refused_again}, differ {differs}.\n"
        );
        out.push_str("| construct | functions | refused there |\n|---|---:|---:|\n");
        for (name, count) in &self.constructs {
            let refused = self.refused_at.get(*name).copied().unwrap_or(0);
            let _ = writeln!(out, "| {name} | {count} | {refused} |");
        }
        if !self.rare.is_empty() {
            let _ = writeln!(out, "\nIn less than 5 %: {}", self.rare.join(", "));
        }
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        self.differences.iter().for_each(|d| *kinds.entry(&d.kind).or_default() += 1);
        if !kinds.is_empty() {
            out.push_str("\n| differs | functions |\n|---|---:|\n");
            for (kind, count) in kinds {
                let _ = writeln!(out, "| {kind} | {count} |");
            }
            out.push('\n');
        }
        for difference in self.differences.iter().filter(|d| d.reduced.is_some()) {
            out.push_str(&difference.text());
        }
        out
    }
}

/// A message without the names in it: those that the generator makes end in a number.
fn general(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        let numbered = word.ends_with(|c: char| c.is_ascii_digit());
        let plain = word.starts_with(|c: char| c.is_ascii_digit());
        let ty = ["i64", "u64", "u32", "u8"].contains(&word.as_str());
        let short = word.len() == 1 && "abnxyvwhmktp".contains(&*word) && out.ends_with('`');
        out.push_str(if (numbered && !plain && !ty) || short { "name" } else { &word });
        word.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

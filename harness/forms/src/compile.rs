//! Many functions as one program: written, compiled by rustc, run.
//!
//! The libraries are those of the workspace, built once. rustc is called directly, without
//! optimization and debug information. What it refuses is found by the place of the error and taken
//! out, and the rest compiled again, until it is a program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::Value;

use crate::{
    construct::Construct,
    generate::Function,
    runner::{FORMS, Line, Seen},
    tree::{Mode, Place},
};

/// How long one run may take. The log of a run is limited, so nothing takes a hundredth of this.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A profile of its own: the macros are optimized, since most of the time is theirs; the rest is
/// as in `dev`, without debug information.
const PROFILE: [&str; 10] = [
    "--profile",
    "forms",
    "--config",
    "profile.forms.inherits=\"dev\"",
    "--config",
    "profile.forms.debug=false",
    "--config",
    "profile.forms.build-override.opt-level=2",
    "--config",
    "profile.forms.build-override.debug-assertions=false",
];

/// Where things are.
#[derive(Clone, Debug)]
pub struct Tools {
    arguments: Vec<String>,
    folder: PathBuf,
}

/// What rustc says about a function.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Complaint {
    /// The code of rustc's own errors.
    pub code: Option<String>,
    /// Its text.
    pub text: String,
    /// What the generator calls the place.
    pub construct: Option<&'static str>,
    /// The text there.
    pub source: String,
    /// The innermost node there, as the path in its tree.
    #[serde(skip)]
    pub path: Vec<usize>,
}

impl Complaint {
    /// A message of the macros, or one that they have given to rustc.
    pub fn is_ours(&self) -> bool {
        let foreign = [
            "custom attribute panicked",
            "proc macro panicked",
            "cannot find",
            "expected ",
            "unexpected",
            "no rules expected",
            "unrecognized",
            "this file contains",
            "mismatched",
            "found ",
            "invalid ",
        ];
        match &self.code {
            None => !foreign.iter().any(|text| self.text.starts_with(text)),
            Some(_) => {
                let ours = [
                    "cannot be kept over an await",
                    "is kept over an await: ",
                    "is kept over an await, as its destructor is due behind it",
                    "is moved away before an await, and the rest of it is kept over it: ",
                    "is taken out of it before an await, and the rest has a destructor: ",
                ];
                ours.iter().any(|text| self.text.contains(text))
            }
        }
    }
}

/// A program and what did not come into it.
#[derive(Debug)]
pub struct Compiled {
    /// The program, if anything is in it.
    pub program: Option<PathBuf>,
    /// What rustc said, by number of the function.
    pub refused: BTreeMap<usize, Vec<Complaint>>,
}

struct Region {
    number: usize,
    begin: usize,
    end: usize,
    places: Vec<Place>,
}

struct Source {
    text: String,
    regions: Vec<Region>,
}

impl Tools {
    /// Builds the libraries of the workspace and makes a folder for programs. For a `long` run they
    /// are built with optimized macros; a short one takes those that `cargo test` takes.
    ///
    /// # Errors
    /// If cargo cannot build them, or the folder cannot be made.
    pub fn find(workspace: &Path, name: &str, long: bool) -> Result<Self, String> {
        let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
            .args(["build", "--package", "switchback-forms", "--lib", "--message-format", "json"])
            .args(if long { &PROFILE[..] } else { &[] })
            .current_dir(workspace)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cargo build: {error}"))?;
        if !output.status.success() {
            return Err("cargo build failed: see its messages above".into());
        }
        let mut arguments = Vec::new();
        let mut folder = None;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            let target = line["target"]["name"].as_str().unwrap_or_default();
            let files = line["filenames"].as_array();
            let file = files.into_iter().flatten().filter_map(Value::as_str);
            let Some(file) = file.into_iter().find(|f| f.ends_with(".rlib")) else { continue };
            if target == "switchback" || target == "switchback_forms" {
                arguments.extend(["--extern".into(), format!("{target}={file}")]);
            }
            if target == "switchback_forms" {
                let parent = Path::new(file).parent().map(Path::to_path_buf);
                folder = parent.map(|p| if p.ends_with("deps") { p } else { p.join("deps") });
            }
        }
        let deps = folder.ok_or("cargo build named no library switchback_forms")?;
        arguments.extend(["-L".into(), format!("dependency={}", deps.display())]);
        let folder = deps.join("../batches").join(name);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self { arguments, folder })
    }

    /// The same with a folder of its own, for work at the same time.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn worker(&self, number: usize) -> Result<Self, String> {
        let folder = self.folder.join(number.to_string());
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self { arguments: self.arguments.clone(), folder })
    }

    /// The numbers of the functions that are valid as plain ones.
    ///
    /// # Errors
    /// If rustc cannot be run, or complains of nothing in particular.
    pub fn plain(&self, functions: &[Function]) -> Result<Compiled, String> {
        self.until_clean(functions, &BTreeSet::new(), true)
    }

    /// A program of the functions that compile, of those that are not in `without`.
    ///
    /// # Errors
    /// As [`plain`](Self::plain).
    pub fn forms(
        &self,
        functions: &[Function],
        without: &BTreeSet<usize>,
    ) -> Result<Compiled, String> {
        self.until_clean(functions, without, false)
    }

    fn until_clean(
        &self,
        functions: &[Function],
        without: &BTreeSet<usize>,
        plain: bool,
    ) -> Result<Compiled, String> {
        let mut refused: BTreeMap<usize, Vec<Complaint>> = BTreeMap::new();
        let mut left: Vec<usize> =
            (0..functions.len()).filter(|number| !without.contains(number)).collect();
        while !left.is_empty() {
            let source = source(functions, &left, plain);
            let found = self.rustc(&source, plain)?;
            if found.is_empty() {
                let program = (!plain).then(|| self.folder.join("batch"));
                return Ok(Compiled { program, refused });
            }
            left.retain(|number| !found.contains_key(number));
            refused.extend(found);
        }
        Ok(Compiled { program: None, refused })
    }

    /// Compiles; gives what is wrong with which function.
    fn rustc(
        &self,
        source: &Source,
        plain: bool,
    ) -> Result<BTreeMap<usize, Vec<Complaint>>, String> {
        let file = self.folder.join("batch.rs");
        fs::write(&file, &source.text).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut command = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()));
        command.args(["--edition", "2024", "--crate-name", "batch", "--crate-type", "bin"]);
        command.args(["--cap-lints", "allow", "--error-format", "json"]);
        command.args(["-C", "opt-level=0", "-C", "debuginfo=0", "-C", "overflow-checks=off"]);
        command.args(if plain { ["--emit", "metadata"] } else { ["--emit", "link"] });
        command.args(&self.arguments).arg(&file).arg("-o");
        command.arg(self.folder.join(if plain { "batch.rmeta" } else { "batch" }));
        let output = command.output().map_err(|error| format!("rustc: {error}"))?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        let mut found: BTreeMap<usize, Vec<Complaint>> = BTreeMap::new();
        let mut homeless = None;
        let mut pending: Option<Value> = None;
        for line in stderr.lines() {
            let Ok(error) = serde_json::from_str::<Value>(line) else { continue };
            let level = error["level"].as_str().unwrap_or_default();
            let text = error["message"].as_str().unwrap_or_default();
            // An error in generic code is followed by a note about the function that it is made for.
            if let (true, Some(before)) = (level == "note", &pending) {
                if let Some((number, complaint)) = source.complaint(before, &error) {
                    found.entry(number).or_default().push(complaint);
                    pending = None;
                }
                continue;
            }
            if !level.starts_with("error") || text.starts_with("aborting due to") {
                continue;
            }
            match source.complaint(&error, &error) {
                Some((number, complaint)) => found.entry(number).or_default().push(complaint),
                None => {
                    homeless = homeless.or(Some(text.to_owned()));
                    pending = Some(error);
                }
            }
        }
        if output.status.success() || !found.is_empty() {
            return Ok(found);
        }
        let why = homeless.unwrap_or_else(|| stderr.chars().take(2000).collect());
        Err(format!("rustc fails, but not because of a function: {why}"))
    }

    /// What each function gave in each form. A form that aborts or hangs gives that as its result.
    ///
    /// # Errors
    /// If the program cannot be started or says something unknown.
    pub fn run(&self, program: &Path) -> Result<BTreeMap<usize, Vec<Seen>>, String> {
        let mut seen: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
        let mut from = (0u32, 0usize);
        loop {
            let mut child = Command::new(program)
                .args([from.0.to_string(), from.1.to_string()])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .map_err(|error| format!("{}: {error}", program.display()))?;
            let (send, lines) = mpsc::channel();
            if let Some(out) = child.stdout.take() {
                std::thread::spawn(move || {
                    for line in BufReader::new(out).lines().map_while(Result::ok) {
                        if send.send(line).is_err() {
                            return;
                        }
                    }
                });
            }
            let mut running = None;
            let end = loop {
                match lines.recv_timeout(TIMEOUT) {
                    Ok(line) => {
                        let line: Line = serde_json::from_str(&line)
                            .map_err(|error| format!("the program says `{line}`: {error}"))?;
                        match line.seen {
                            None => running = Some((line.number, line.form)),
                            Some(what) => {
                                running = None;
                                seen.entry(line.number as usize).or_default().push(what);
                            }
                        }
                    }
                    Err(mpsc::RecvTimeoutError::Timeout) => break "hangs",
                    Err(mpsc::RecvTimeoutError::Disconnected) => break "aborts",
                }
            };
            // It may have ended already; what it is asked for then does not matter.
            let _ = child.kill();
            let status = child.wait().map_err(|error| error.to_string())?;
            let Some((number, form)) = running else {
                return if status.success() || end == "hangs" {
                    Ok(seen)
                } else {
                    Err(format!("the program ends between two functions: {status}"))
                };
            };
            let what = Seen { result: format!("the program {end}: {status}"), log: Vec::new() };
            seen.entry(number as usize).or_default().push(what);
            from = if form + 1 < FORMS.len() { (number, form + 1) } else { (number + 1, 0) };
        }
    }
}

fn source(functions: &[Function], left: &[usize], plain: bool) -> Source {
    let mut source = Source { text: String::new(), regions: Vec::new() };
    source
        .text
        .push_str("#![allow(warnings)]\nmod plain {\npub use switchback_forms::world::plain::*;\n");
    source.functions(functions, left, Mode::Plain);
    source.text.push_str("}\n");
    if plain {
        source.text.push_str("fn main() {}\n");
        return source;
    }
    source.text.push_str("#[switchback::message]\npub struct Number<const N: u32>;\nmod forms {\npub use switchback_forms::world::forms::*;\n");
    source.functions(functions, left, Mode::Forms);
    source.text.push_str("}\nfn main() {\nswitchback_forms::runner::main(&[\n");
    for number in left {
        let begin = source.text.len();
        let entry = functions[*number].entry(&format!("f{number}"), *number);
        let _ = writeln!(source.text, "{entry},");
        let end = source.text.len();
        source.regions.push(Region { number: *number, begin, end, places: Vec::new() });
    }
    source.text.push_str("]);\n}\n");
    source
}

impl Source {
    fn functions(&mut self, functions: &[Function], left: &[usize], mode: Mode) {
        for number in left {
            let begin = self.text.len();
            let places = functions[*number].print(&format!("f{number}"), mode, &mut self.text);
            let end = self.text.len();
            self.regions.push(Region { number: *number, begin, end, places });
        }
    }

    /// Which function an error is about, by the places that it or a note behind it names.
    fn complaint(&self, error: &Value, places: &Value) -> Option<(usize, Complaint)> {
        let mut spans = Vec::new();
        collect(places, &mut spans);
        let place = |begin: usize| {
            self.regions.iter().find(|region| (region.begin..region.end).contains(&begin))
        };
        let (region, (begin, end)) =
            spans.into_iter().find_map(|span| Some((place(span.0)?, span)))?;
        let inside = |p: &&Place| p.begin <= begin && end <= p.end;
        let around: Vec<&Place> = region.places.iter().filter(inside).collect();
        let innermost = around.iter().min_by_key(|p| p.end - p.begin);
        let complaint = Complaint {
            code: error["code"]["code"].as_str().map(str::to_owned),
            text: error["message"].as_str().unwrap_or_default().to_owned(),
            construct: None,
            source: self.text.get(begin..end).unwrap_or_default().chars().take(120).collect(),
            path: innermost.map(|p| p.path.clone()).unwrap_or_default(),
        };
        Some((region.number, complaint))
    }
}

/// The places that a diagnostic names: primary ones first, then where a macro was called.
fn collect(error: &Value, places: &mut Vec<(usize, usize)>) {
    let spans = error["spans"].as_array().into_iter().flatten();
    let (first, second): (Vec<&Value>, Vec<&Value>) =
        spans.partition(|span| span["is_primary"].as_bool() == Some(true));
    for span in first.into_iter().chain(second) {
        let mut span = span;
        loop {
            let at = |key: &str| span[key].as_u64().and_then(|n| usize::try_from(n).ok());
            let ours = span["file_name"].as_str().is_some_and(|f| f.ends_with("batch.rs"));
            if let (true, Some(begin), Some(end)) = (ours, at("byte_start"), at("byte_end")) {
                places.push((begin, end));
            }
            if span["expansion"].is_null() {
                break;
            }
            span = &span["expansion"]["span"];
        }
    }
    for child in error["children"].as_array().into_iter().flatten() {
        collect(child, places);
    }
}

/// Fills in what the places of complaints mean in the tree of their function.
pub fn explain(function: &Function, complaints: &mut [Complaint]) {
    for complaint in complaints {
        let mut construct: Option<Construct> = None;
        for length in 0..=complaint.path.len() {
            let path = &complaint.path[..length];
            let Some(node) = function.body.at(path) else { break };
            construct = node.uses.last().copied().or(construct);
        }
        complaint.construct = construct.map(Construct::name);
    }
}

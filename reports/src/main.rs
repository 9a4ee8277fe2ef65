//! Renders a results file: `switchback-report target/switchback/run.json`; `switchback-report --help` lists what else it does.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::io::{self, Write};
use std::iter;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use switchback_bench::results::{self, visible};
use switchback_bench::witness::Digest;
use switchback_report::input::{self, Format, Input};
use switchback_report::{
    Error, Extras, Form, Gate, History, SCHEMA, badge, bencher, csv, diff, github_action_benchmark,
    merge_files, picture, render_html, render_markdown, render_site, write,
};

/// Turns a results file into one offline HTML page; compares, follows, merges and exports results.
///
/// Exit codes: 0 every cell is verified; 1 the report is written, but a cell failed, or the run is incomplete or has none; 2 there is no report.
/// Those of `diff`: 0 no cell is worse; 1 some are; 2 the runs cannot be compared. Those of `history`: 0; 1 a file could not be read; 2 none could.
#[derive(Parser)]
#[command(
    name = "switchback-report",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    render: Option<Render>,
}

/// One run as a page.
#[derive(Args)]
struct Render {
    /// Results file, as `cargo bench` writes it.
    #[arg(value_name = "run.json")]
    results: PathBuf,
    /// The HTML page [default: report.html beside the results].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also write a Markdown summary, under 1 MiB.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Show these results of the conformance suite.
    #[arg(long, value_name = "conformance.json")]
    conformance: Option<PathBuf>,
    /// Show which faults the suite sees.
    #[arg(long, value_name = "mutants.json")]
    mutants: Option<PathBuf>,
    /// Show where tasklets that were written down go on.
    #[arg(long, value_name = "freeze_thaw.json")]
    freeze_thaw: Option<PathBuf>,
    /// Show what has changed since this earlier run; `diff` says it alone, and has an exit code for it.
    #[arg(long, value_name = "run.json")]
    baseline: Option<PathBuf>,
    /// Lead to this file too, if it lies beside the page or below.
    #[arg(long, value_name = "FILE")]
    link: Vec<PathBuf>,
    /// Also write a folder of badges: all.json and one per backend.
    #[arg(long, value_name = "FOLDER")]
    badges: Option<PathBuf>,
    /// Also write a folder of pages below that of the page, which leads to them: index.html and one per backend.
    #[arg(long, value_name = "FOLDER")]
    pages: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Say what a later run has otherwise than an earlier one: verdicts, then costs beyond the noise of both, then what only one has.
    Diff {
        /// The earlier run.
        #[arg(value_name = "A.json")]
        then: PathBuf,
        /// The later run.
        #[arg(value_name = "B.json")]
        now: PathBuf,
        /// Fail, too, if a cell became slower for sure by more than this. Verdicts and counts fail without it.
        #[arg(long, value_name = "PERCENT", value_parser = percent, allow_hyphen_values = true)]
        gate_time: Option<f64>,
        /// Do not fail for cells that the later run lacks, as one with a filter does.
        #[arg(long)]
        partial: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Follow costs over many runs: results files of a folder, and `run.json` in the folders below. Machines are kept apart.
    History {
        /// The folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Make one results file of shards of one run, as `cargo bench -- --shard` leaves them; machines stand side by side. Exit code 1
    /// if something is missing.
    Merge {
        /// The shards.
        #[arg(value_name = "run.json", required = true, num_args = 1..)]
        shards: Vec<PathBuf>,
        /// The whole.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Also render its page.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Write results in the format of another program.
    Export {
        /// Results file.
        #[arg(value_name = "run.json")]
        results: PathBuf,
        /// The format.
        #[arg(long, value_enum)]
        format: Exported,
        /// Where to [default: the terminal].
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Draw the picture that a report begins with, as an SVG file.
    Picture {
        /// Results file.
        #[arg(value_name = "run.json")]
        results: PathBuf,
        /// Where to [default: the terminal].
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the JSON schema of results files.
    Schema,
}

/// Where a text goes, and in which form.
#[derive(Args)]
struct Output {
    /// The form.
    #[arg(long, value_enum, default_value = "text")]
    format: Written,
    /// Where to [default: the terminal].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Written {
    Text,
    Markdown,
    Html,
}

impl From<Written> for Form {
    fn from(written: Written) -> Self {
        match written {
            Written::Text => Self::Text,
            Written::Markdown => Self::Markdown,
            Written::Html => Self::Html,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Exported {
    /// One line for each cell. Columns are fields of run.json; `band` is the noise of the scenario at its size, the reference measured
    /// against itself, as a share: 0.003 is 0.3 %, and a ratio closer to 1 than that shows no difference. Numbers have six significant
    /// digits.
    Csv,
    /// For benchmark-action/github-action-benchmark, tool customSmallerIsBetter.
    GithubActionBenchmark,
    /// Bencher Metric Format, adapter json.
    Bencher,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| format!("expected per cent, 0 or more, such as 5; found {text:?}"))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match (&arguments.command, &arguments.render) {
        (Some(command), _) => run_command(command),
        (None, Some(render)) => run(render),
        (None, None) => Ok(false),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let advice = match error {
                Error::Unwritable { .. } => "; choose another place with --output",
                _ => "",
            };
            let why = error.to_string();
            let _ = writeln!(io::stderr(), "switchback-report: {}{advice}", visible(&why));
            ExitCode::from(2)
        }
    }
}

/// True if all is well with what the command looked at.
fn run_command(command: &Command) -> Result<bool, Error> {
    match command {
        Command::Diff { then, now, gate_time, partial, output } => {
            apart(&[then, now], &target(output.output.as_deref()))?;
            let (old, new) = (results::read(then)?, results::read(now)?);
            let gate = Gate { time: *gate_time, partial: *partial };
            let found = diff(&old, &new, gate, output.format.into());
            put(output.output.as_deref(), &found.text)?;
            Ok(found.closed.is_empty())
        }
        Command::History { folder, output } => {
            let history = History::read(folder)?;
            // Its files are many; a page among them would be read as results the next time.
            put(output.output.as_deref(), &history.render(output.format.into()))?;
            // What is written to a file says so too, where nobody may look.
            for cause in history.unread.iter().filter(|_| output.output.is_some()) {
                let _ = writeln!(io::stderr(), "switchback-report: not read: {}", visible(cause));
            }
            Ok(history.unread.is_empty())
        }
        Command::Merge { shards, output, html } => {
            let read: Vec<&PathBuf> = shards.iter().collect();
            let mut written = target(Some(output));
            written.extend(html.as_deref().map(|path| (path, "the HTML page", "--html")));
            apart(&read, &written)?;
            let merged = merge_files(shards)?;
            results::write(output, &merged.run)?;
            if let Some(page) = html {
                write(page, &render_html(&merged.run, &Extras::default()))?;
            }
            for missing in &merged.missing {
                let _ = writeln!(io::stderr(), "switchback-report: {}", visible(missing));
            }
            for file in iter::once(output).chain(html) {
                let _ = writeln!(io::stdout(), "{}", file.display());
            }
            Ok(merged.missing.is_empty())
        }
        Command::Export { results, format, output } => {
            apart(&[results], &target(output.as_deref()))?;
            let run = results::read(results)?;
            let text = match format {
                Exported::Csv => csv(&run),
                Exported::GithubActionBenchmark => github_action_benchmark(&run),
                Exported::Bencher => bencher(&run),
            };
            put(output.as_deref(), &text)?;
            Ok(true)
        }
        Command::Picture { results, output } => {
            apart(&[results], &target(output.as_deref()))?;
            let run = results::read(results)?;
            let fail = |cause| Error::Input { path: results.clone(), cause };
            put(output.as_deref(), &picture(&run).map_err(fail)?)?;
            Ok(true)
        }
        Command::Schema => {
            put(None, SCHEMA)?;
            Ok(true)
        }
    }
}

/// The one file that a command writes, if it writes one.
fn target(output: Option<&Path>) -> Vec<(&Path, &'static str, &'static str)> {
    output.into_iter().map(|path| (path, "the output", "--output")).collect()
}

/// Writes to a file, or to a reader that may have left.
fn put(output: Option<&Path>, text: &str) -> Result<(), Error> {
    match output {
        Some(path) => write(path, text),
        None => match io::stdout().write_all(text.as_bytes()) {
            Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::Unwritable { path: "standard output".into(), cause })
            }
            _ => Ok(()),
        },
    }
}

/// True if all is well with the run.
fn run(arguments: &Render) -> Result<bool, Error> {
    let run = results::read(&arguments.results)?;
    let mut extras = Extras::default();
    extras.conformance = given(arguments.conformance.as_deref())?;
    extras.mutants = given(arguments.mutants.as_deref())?;
    extras.thaw = given(arguments.freeze_thaw.as_deref())?;
    extras.baseline = given(arguments.baseline.as_deref())?;
    let page = match &arguments.output {
        Some(path) => path.clone(),
        None => arguments.results.with_file_name("report.html"),
    };
    extras.links = links(arguments, &page);
    let badges = arguments.badges.as_deref().map_or_else(Vec::new, |folder| badges(&run, folder));
    let (html, pages) = site(&run, &extras, &page, arguments.pages.as_deref())?;
    apart_of(arguments, &page, &badges, &pages)?;
    write(&page, &html)?;
    // A reader that left has seen enough; files and exit code are the same.
    let _ = writeln!(io::stdout(), "{}", page.display());
    if let Some(path) = &arguments.markdown {
        write(path, &render_markdown(&run, &extras))?;
    }
    for (path, text) in badges.iter().chain(&pages) {
        write(path, text)?;
    }
    let mut verdicts = run.results.iter().map(|row| row.verdict);
    let mut capacity = run.capacity.iter().map(|found| found.verdict);
    let some = !run.results.is_empty() || !run.capacity.is_empty();
    Ok(run.complete
        && some
        && !verdicts.any(results::Verdict::is_failure)
        && !capacity.any(results::Verdict::is_failure))
}

/// The page, and where each of the pages of backends goes with what is in it.
fn site(
    run: &results::Run,
    extras: &Extras,
    page: &Path,
    folder: Option<&Path>,
) -> Result<(String, Vec<(PathBuf, String)>), Error> {
    let Some(folder) = folder else { return Ok((render_html(run, extras), Vec::new())) };
    let (Some(below), Some(file)) =
        (below(page, folder), page.file_name().and_then(|n| n.to_str()))
    else {
        let cause = format!(
            "expected a folder below that of the page, {}, so that links between them hold; choose another one with --pages",
            page.display()
        );
        return Err(Error::Input { path: folder.to_owned(), cause });
    };
    let site = render_site(run, extras, file, &below);
    let pages = site.backends.into_iter().map(|(name, text)| (folder.join(name), text));
    Ok((site.page, pages.collect()))
}

/// The way from a page to a folder below its own, with slashes; `None` if the folder is not there.
fn below(page: &Path, folder: &Path) -> Option<String> {
    let whole = |path: &Path| std::path::absolute(path).ok();
    let page = whole(page)?;
    let folder = whole(folder)?;
    let parts = folder.strip_prefix(page.parent()?).ok()?.components();
    let part = |part: Component<'_>| match part {
        Component::Normal(name) => name.to_str().map(str::to_owned),
        _ => None,
    };
    let parts: Vec<String> = parts.map(part).collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The files that the page is made from or lies beside, as far as they are in its folder or below.
fn links(arguments: &Render, page: &Path) -> Vec<String> {
    let Render { results, conformance, mutants, freeze_thaw, baseline, markdown, .. } = arguments;
    let folder = page.parent().unwrap_or(Path::new("."));
    let files = [conformance, mutants, freeze_thaw, baseline, markdown].into_iter().flatten();
    let files = iter::once(results).chain(files).chain(&arguments.link);
    let below = files.filter_map(|file| file.strip_prefix(folder).ok()?.to_str());
    below.map(switchback_report::link).collect()
}

fn given<T: Format>(path: Option<&Path>) -> Result<Input<T>, Error> {
    path.map_or(Ok(Input::Absent), |path| input::read(path).map(Input::Present))
}

/// Where each badge goes, and what is in it.
fn badges(run: &results::Run, folder: &Path) -> Vec<(PathBuf, String)> {
    let all = (folder.join("all.json"), badge(run, None));
    let each = switchback_report::badges(run).into_iter();
    let each = each.map(|(backend, badge)| (folder.join(badge_file(backend)), badge));
    iter::once(all).chain(each).collect()
}

/// Names from outside must not leave the folder, nor be longer than a file system allows; those that are changed for it stay apart.
fn badge_file(backend: &str) -> String {
    const MOST: usize = 40;
    let safe = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let name: String = backend.chars().map(safe).take(MOST).collect();
    if name == backend {
        return format!("backend-{name}.json");
    }
    let mut digest = Digest::new();
    digest.push_str(backend);
    format!("backend-{name}-{:016x}.json", digest.finish())
}

/// Refuses to write what would replace a file that is read, or one that is written as well.
fn apart(read: &[&PathBuf], written: &[(&Path, &str, &str)]) -> Result<(), Error> {
    let mut taken: HashMap<File, &str> =
        read.iter().map(|path| (File::of(path), "which the report is made from")).collect();
    for (path, what, option) in written {
        let file = File::of(path);
        if let Some(why) = taken.get(&file) {
            let cause = format!(
                "expected a file of its own for {what}, found one {why}; choose another place with {option}"
            );
            return Err(Error::Input { path: path.to_path_buf(), cause });
        }
        // Devices take what comes, from as many as like.
        if !path.exists() || path.is_file() {
            taken.insert(file, "that is written as well");
        }
    }
    Ok(())
}

/// What a report is made from, and what it becomes.
fn apart_of(
    arguments: &Render,
    page: &Path,
    badges: &[(PathBuf, String)],
    pages: &[(PathBuf, String)],
) -> Result<(), Error> {
    let read = [
        Some(&arguments.results),
        arguments.conformance.as_ref(),
        arguments.mutants.as_ref(),
        arguments.freeze_thaw.as_ref(),
        arguments.baseline.as_ref(),
    ];
    let mut written = vec![(page, "the HTML page", "--output")];
    let summary = arguments.markdown.as_deref();
    written.extend(summary.map(|path| (path, "the Markdown summary", "--markdown")));
    written.extend(badges.iter().map(|(path, _)| (path.as_path(), "a badge", "--badges")));
    written
        .extend(pages.iter().map(|(path, _)| (path.as_path(), "the page of a backend", "--pages")));
    apart(&read.into_iter().flatten().collect::<Vec<_>>(), &written)
}

/// What tells a file from others, by whatever path.
#[derive(PartialEq, Eq, Hash)]
enum File {
    /// It is there: a system that knows says which it is, so that links of all kinds are seen.
    #[cfg(unix)]
    There(u64, u64),
    At(PathBuf),
}

impl File {
    fn of(path: &Path) -> Self {
        #[cfg(unix)]
        if let Ok(found) = std::fs::metadata(path) {
            use std::os::unix::fs::MetadataExt;
            return Self::There(found.dev(), found.ino());
        }
        // Of a path to be, what is there already is made plain.
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let found = whole.ancestors().find_map(|there| {
            let plain = there.canonicalize().ok()?;
            let rest = whole.strip_prefix(there).ok()?;
            Some(if rest.as_os_str().is_empty() { plain } else { plain.join(rest) })
        });
        Self::At(found.unwrap_or(whole))
    }
}

//! Renders a results file: `switchback-report target/switchback/run.json`.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::io::{self, Write};
use std::iter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use switchback_bench::results::{self, visible};
use switchback_bench::witness::Digest;
use switchback_report::input::{self, Format, Input};
use switchback_report::{Error, Extras, badge, render_html, render_markdown, write};

/// Turns a results file into one offline HTML page.
///
/// Exit codes: 0 every cell is verified; 1 the report is written, but a cell failed, or the run is incomplete or has none; 2 there is no report.
#[derive(Parser)]
#[command(name = "switchback-report", version)]
struct Arguments {
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
    /// Show what has changed since this earlier run.
    #[arg(long, value_name = "run.json")]
    baseline: Option<PathBuf>,
    /// Lead to this file too, if it lies beside the page or below.
    #[arg(long, value_name = "FILE")]
    link: Vec<PathBuf>,
    /// Also write a folder of badges: all.json and one per backend.
    #[arg(long, value_name = "FOLDER")]
    badges: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(io::stderr(), "switchback-report: {}", visible(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

/// True if all is well with the run.
fn run(arguments: &Arguments) -> Result<bool, Error> {
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
    apart(arguments, &page, &badges)?;
    write(&page, &render_html(&run, &extras))?;
    // A reader that left has seen enough; files and exit code are the same.
    let _ = writeln!(io::stdout(), "{}", page.display());
    if let Some(path) = &arguments.markdown {
        write(path, &render_markdown(&run, &extras))?;
    }
    for (path, badge) in &badges {
        write(path, badge)?;
    }
    let mut verdicts = run.results.iter().map(|row| row.verdict);
    let mut capacity = run.capacity.iter().map(|found| found.verdict);
    let some = !run.results.is_empty() || !run.capacity.is_empty();
    Ok(run.complete
        && some
        && !verdicts.any(results::Verdict::is_failure)
        && !capacity.any(results::Verdict::is_failure))
}

/// The files that the page is made from or lies beside, as far as they are in its folder or below.
fn links(arguments: &Arguments, page: &Path) -> Vec<String> {
    let Arguments { results, conformance, mutants, freeze_thaw, baseline, markdown, .. } =
        arguments;
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
fn apart(arguments: &Arguments, page: &Path, badges: &[(PathBuf, String)]) -> Result<(), Error> {
    let read = [
        Some(&arguments.results),
        arguments.conformance.as_ref(),
        arguments.mutants.as_ref(),
        arguments.freeze_thaw.as_ref(),
        arguments.baseline.as_ref(),
    ];
    let mut taken: HashMap<File, &str> = read
        .into_iter()
        .flatten()
        .map(|path| (File::of(path), "which the report is made from"))
        .collect();
    let written = [
        (Some(page), "the HTML page", "--output"),
        (arguments.markdown.as_deref(), "the Markdown summary", "--markdown"),
    ];
    let written =
        written.into_iter().filter_map(|(path, what, option)| Some((path?, what, option)));
    let badges = badges.iter().map(|(path, _)| (path.as_path(), "a badge", "--badges"));
    for (path, what, option) in written.chain(badges) {
        let file = File::of(path);
        if let Some(why) = taken.get(&file) {
            let cause = format!(
                "expected a file of its own for {what}, found one {why}; choose another place with {option}"
            );
            return Err(Error::Input { path: path.to_owned(), cause });
        }
        // Devices take what comes, from as many as like.
        if !path.exists() || path.is_file() {
            taken.insert(file, "that is written as well");
        }
    }
    Ok(())
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

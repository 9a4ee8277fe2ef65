//! Renders a results file: `switchback-report target/switchback/run.json`.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use switchback_bench::results;
use switchback_report::input::{self, Format, Input};
use switchback_report::{Error, Extras, badge, render_html, render_markdown, write};

/// Turns a results file into one offline HTML page.
///
/// Exit codes: 0 every cell is verified; 1 the report is written, but a cell failed or the run is incomplete; 2 there is no report.
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
            let _ = writeln!(io::stderr(), "switchback-report: {error}");
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
    write(&page, &render_html(&run, &extras))?;
    // A reader that left has seen enough; files and exit code are the same.
    let _ = writeln!(io::stdout(), "{}", page.display());
    if let Some(path) = &arguments.markdown {
        write(path, &render_markdown(&run, &extras))?;
    }
    if let Some(folder) = &arguments.badges {
        badges(&run, folder)?;
    }
    let mut verdicts = run.results.iter().map(|row| row.verdict);
    let mut capacity = run.capacity.iter().map(|found| found.verdict);
    Ok(run.complete
        && !verdicts.any(results::Verdict::is_failure)
        && !capacity.any(results::Verdict::is_failure))
}

fn given<T: Format>(path: Option<&Path>) -> Result<Input<T>, Error> {
    path.map_or(Ok(Input::Absent), |path| input::read(path).map(Input::Present))
}

fn badges(run: &results::Run, folder: &Path) -> Result<(), Error> {
    write(&folder.join("all.json"), &badge(run, None))?;
    for row in &run.results {
        // Names from outside must not leave the folder.
        let name: String =
            row.backend.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        write(&folder.join(format!("backend-{name}.json")), &badge(run, Some(&row.backend)))?;
    }
    Ok(())
}

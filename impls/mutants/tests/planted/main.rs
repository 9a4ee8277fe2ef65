//! Twelve classic mistakes, and what the suite says about each: the page PLANTED_BUGS.md.
//!
//! ```text
//!   planted              a process per mistake: the suite on its mutant -> compared with the page
//!   planted --write      the same, written to the page
//!   SWITCHBACK_FAULT=F planted ..    the suite itself on the mutant of `hard` with that fault
//! ```

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use switchback_conformance::suite;
use switchback_hard::Hard;
use switchback_mutants::{Fault, Mutant, VARIABLE};

/// What such a mistake is called, the fault that stands for it, and how it comes about.
const BUGS: &[(&str, Fault, &str)] = &[
    (
        "A lost wake-up",
        Fault::WakeUpsLost,
        "Between the look for a peer and the going to sleep there is a gap, and now and then a \
         receiver sleeps through its wake-up.",
    ),
    (
        "Last in, first out",
        Fault::LifoWakeUp,
        "The waiters of a channel are kept on a stack, because a vector has `push` and `pop`.",
    ),
    (
        "A value lost at a kill",
        Fault::KillTakesTheNext,
        "The killed tasklet is taken out of its channel together with the one behind it, and what \
         that one offers is gone.",
    ),
    (
        "A double resume",
        Fault::RunTwice,
        "A tasklet is in the run queue and is resumed directly as well.",
    ),
    (
        "A stack reused too early",
        Fault::StackReused,
        "The pool hands out a stack that another tasklet was promised, and the later one writes \
         its arguments over those of the earlier one.",
    ),
    (
        "The wrong slot",
        Fault::SlotOfTheCaller,
        "The value for another tasklet is written where the current one keeps its own.",
    ),
    (
        "A scope that is not restored",
        Fault::AtomicStays,
        "The guard of an atomic section writes the value again that the section had.",
    ),
    (
        "A leak of what is abandoned",
        Fault::LeftoversForgotten,
        "At the end of a run the computations that are left are forgotten instead of dropped.",
    ),
    (
        "The wrong thread",
        Fault::InsertOfStranger,
        "A tasklet of another thread is taken for one of this thread, and inserting it seems to \
         work.",
    ),
    (
        "Starvation",
        Fault::ScheduleStays,
        "Yielding puts its caller back to the front of the run queue.",
    ),
    (
        "A spurious wake-up",
        Fault::CloseWakes,
        "Closing a channel wakes all that wait on it, though nothing has come for them.",
    ),
    (
        "A close that loses values",
        Fault::CloseLosesValues,
        "Closing a channel drains its queue, and the senders go on as if somebody had received.",
    ),
];

/// Random programs per mutant: they are not what is shown.
const RANDOM: &str = "20";

const COMMAND: &str = "cargo test -p switchback-mutants --test planted";

fn main() -> ExitCode {
    if env::var_os(VARIABLE).is_some() {
        return suite::main(&switchback_conformance::suite!(Mutant<Hard>));
    }
    let (mut write, mut filter) = (false, None);
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--write" => write = true,
            "--list" => {
                for (title, ..) in BUGS {
                    say(&format!("{title}: test"));
                }
                return ExitCode::SUCCESS;
            }
            flag if flag.starts_with("--") => {}
            word => filter = Some(word.to_owned()),
        }
    }
    // What is left behind and what sleeps is seen on Linux only.
    if !cfg!(target_os = "linux") {
        return ExitCode::SUCCESS;
    }
    if let Some(filter) = filter {
        let chosen = BUGS.iter().filter(|(title, ..)| title.contains(&filter));
        for bug in chosen {
            say(&section(bug, &look(bug.1)));
        }
        return ExitCode::SUCCESS;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("PLANTED_BUGS.md");
    match if write { written(&path) } else { compared(&path) } {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(io::stderr(), "planted: {why}");
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// What the suite said about a fault, and how long it took.
struct Look {
    code: Option<i32>,
    end: String,
    seconds: u64,
}

/// Runs the suite on the mutant of a fault, one case at a time: what is left out depends on the
/// cases before, and so would be a matter of chance.
fn look(fault: Fault) -> Look {
    let begin = Instant::now();
    let run = || {
        Command::new(env::current_exe()?)
            .args(["--test-threads", "1"])
            .env(VARIABLE, fault.name())
            .env(suite::CASES, RANDOM)
            .env(suite::RESULTS, scratch(fault))
            // Unoptimized, a mutant's calls around those of its base take more stack than tasklets
            // have.
            .env("SWITCHBACK_STACK_KIB", "256")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .output()
    };
    let seconds = |begin: Instant| begin.elapsed().as_secs() + 1;
    match run() {
        Err(error) => Look { code: None, end: error.to_string(), seconds: seconds(begin) },
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let end = text.rsplit_once("\ntest result: ").map_or("", |(_, end)| end);
            let end = end.split_once('\n').map_or("", |(_, end)| end).trim();
            let end = without_numbers_of_threads(end);
            Look { code: output.status.code(), end, seconds: seconds(begin) }
        }
    }
}

/// Where a run writes results that no test reads.
fn scratch(fault: Fault) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted").join(fault.name())
}

/// `thread 'x' (1234) panicked` without the number, which is another one each time.
fn without_numbers_of_threads(text: &str) -> String {
    let mut clean = String::new();
    for line in text.lines() {
        let number = line.split_once("' (").and_then(|(name, rest)| {
            let (number, rest) = rest.split_once(") panicked")?;
            number.parse::<u64>().ok().map(|_| format!("{name}' panicked{rest}"))
        });
        clean.push_str(number.as_deref().unwrap_or(line));
        clean.push('\n');
    }
    clean
}

/// All of them, two at a time.
fn looks() -> Vec<Look> {
    let looks: Vec<Mutex<Option<Look>>> = BUGS.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((title, fault, _)) = BUGS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let look = look(*fault);
                    say(&format!("{title}: {} s", look.seconds));
                    let at = BUGS.iter().position(|(other, ..)| other == title);
                    if let Some(place) = at.and_then(|at| looks.get(at)) {
                        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(look);
                    }
                }
            });
        }
    });
    let looks = looks.into_iter().map(|look| look.into_inner());
    looks.filter_map(|look| look.unwrap_or_else(PoisonError::into_inner)).collect()
}

fn page(looks: &[Look]) -> String {
    let mut page = format!(
        "# Planted bugs\n\n\
         Twelve classic mistakes in a scheduler, each put into the backend `hard`, \
         and the end of what the conformance\nsuite prints about it. Seconds are those of an \
         unoptimized build, one case at a time, on two quiet cores; `cargo test` runs several at once.\n\n\
         This page is made by `ci/planted-bugs --write`; `ci/planted-bugs` compares\n\
         its words, not the seconds. To run the suite on one of them:\n\n\
         ```sh\nSWITCHBACK_STACK_KIB=256 SWITCHBACK_FAULT=WakeUpsLost {COMMAND}\n```\n\n\
         | mistake | fault | seconds |\n|---|---|---:|\n"
    );
    for ((title, fault, _), look) in BUGS.iter().zip(looks) {
        let anchor = title.to_lowercase().replace(',', "").replace(' ', "-");
        let (name, seconds) = (fault.name(), look.seconds);
        page.push_str(&format!("| [{title}](#{anchor}) | `{name}` | {seconds} |\n"));
    }
    for (bug, look) in BUGS.iter().zip(looks) {
        page.push('\n');
        page.push_str(&section(bug, look));
    }
    page
}

fn section((title, fault, how): &(&str, Fault, &str), look: &Look) -> String {
    let (name, end, seconds) = (fault.name(), look.end.trim_end(), look.seconds);
    format!(
        "## {title}\n\n{how} The mutant `{name}`: {}.\n\nAfter {seconds} s:\n\n```text\n{end}\n```\n",
        fault.about()
    )
}

fn written(path: &Path) -> Result<(), String> {
    let looks = looks();
    seen(&looks)?;
    fs::write(path, page(&looks)).map_err(|error| format!("{}: {error}", path.display()))
}

/// Fails unless the suite has failed on every mutant.
fn seen(looks: &[Look]) -> Result<(), String> {
    let missed = BUGS.iter().zip(looks).find(|(_, look)| look.code != Some(1));
    missed.map_or(Ok(()), |((title, ..), look)| {
        Err(format!("{title}: the suite ended with {:?} instead of 1:\n{}", look.code, look.end))
    })
}

fn compared(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let old = fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    let looks = looks();
    seen(&looks)?;
    let (old, new) = (without_seconds(&old), without_seconds(&page(&looks)));
    let mut lines = old.lines().zip(new.lines()).enumerate();
    let first = lines.find(|(_, (old, new))| old != new);
    match first {
        None if old.lines().count() == new.lines().count() => Ok(()),
        None => Err(format!("{shown} is longer or shorter; `{COMMAND} -- --write` makes it")),
        Some((at, (old, new))) => Err(format!(
            "{shown}, line {}\n  the page  {old}\n  now       {new}\n`{COMMAND} -- --write` makes \
             the page",
            at + 1
        )),
    }
}

/// The page without how long it took: in `After 12 s:`, and in the last column of the table.
fn without_seconds(page: &str) -> String {
    let masked = |line: &str| {
        let number = |text: &str| text.trim().parse::<u64>().is_ok();
        let row = line.strip_suffix(" |").and_then(|row| row.rsplit_once('|'));
        let after = line.strip_prefix("After ").and_then(|rest| rest.strip_suffix(" s:"));
        match (row, after) {
            (Some((row, seconds)), _) if number(seconds) => format!("{row}| N |"),
            (_, Some(seconds)) if number(seconds) => "After N s:".to_owned(),
            _ => line.to_owned(),
        }
    };
    page.lines().map(masked).collect::<Vec<_>>().join("\n")
}

//! Runs all mutants and judges the matrix.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use switchback_conformance::suite;
use switchback_mutants::{Fault, VARIABLE};

use crate::{
    STOCKS, Stock,
    child::{self, CHILD, MARK},
    matrix::{Kill, Matrix, Row},
    mutants, say,
};

/// A mutant that hangs or ends the process so often is not asked for more cases.
const ENOUGH: usize = 3;

/// Random programs per mutant.
const RANDOM: &str = "20";

/// Judges every mutant whose name contains the filter.
pub(crate) fn all(filter: Option<&str>) -> ExitCode {
    let name = |stock: &Stock, fault: Fault| format!("{}/{}", stock.name, fault.name());
    let chosen: Vec<(&Stock, Fault)> = mutants()
        .filter(|(stock, fault)| filter.is_none_or(|part| name(stock, *fault).contains(part)))
        .collect();
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((stock, fault)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = mutant(stock, *fault);
                    say(row.line());
                    rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort_by_key(|row| mutants().position(|(s, f)| s.name == row.base && f == row.fault));
    let cases = |stock: &Stock| child::cases(stock, Fault::ClaimsTooMuch);
    let cases = STOCKS.iter().map(|stock| (stock.name, cases(stock))).collect();
    Matrix { rows, cases }.conclude(filter.is_none())
}

/// Runs all cases on one mutant, in as many processes as it takes.
fn mutant(stock: &Stock, fault: Fault) -> Row {
    let mut row =
        Row { base: stock.name, fault, verdicts: Vec::new(), notes: Vec::new(), problem: None };
    loop {
        let before = row.verdicts.len();
        match process(stock, &mut row) {
            Ok(true) => return row,
            Ok(false) if row.violent() >= ENOUGH => return row,
            Ok(false) if row.verdicts.len() > before => {}
            Ok(false) => row.problem = Some("the process of the mutant ran no case".to_owned()),
            Err(error) => row.problem = Some(format!("the process of the mutant: {error}")),
        }
        if row.problem.is_some() {
            return row;
        }
    }
}

/// Lets one process run cases from where the row ends; false if it died before the last one.
fn process(stock: &Stock, row: &mut Row) -> std::io::Result<bool> {
    let first = row.verdicts.len();
    let mut process = Command::new(env::current_exe()?)
        .env(CHILD, format!("{} {first}", stock.name))
        .env(VARIABLE, row.fault.name())
        .env(suite::CASES, RANDOM)
        // Unoptimized, a mutant's calls around those of its base take more stack than tasklets have.
        .env("SWITCHBACK_STACK_KIB", "256")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    // The case that has begun.
    let mut begun = None;
    if let Some(out) = process.stdout.take() {
        for line in BufReader::new(out).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            let Some((sign, rest)) = line.strip_prefix(MARK).and_then(|line| line.split_once(' '))
            else {
                continue;
            };
            if sign == ">" {
                begun = Some(rest.to_owned());
            } else if let Some(case) = begun.take() {
                let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
                row.add(&case, Kill::of(word), text);
            }
        }
    }
    let through = process.wait()?.success();
    if let Some(case) = begun {
        row.add(&case, Kill::Crash, "ended the process");
    }
    Ok(through)
}

//! Trials of recorded programs, built in and from outside.

use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use switchback::Backend;

use super::expectation::Expectation;
use super::smoke::Smoke;
use super::{Target, VECTORS, backend_rules, compare, trial};
use crate::differ::Case;
use crate::{Program, Vector, missing, vector};

/// The trial of one recording.
pub(super) fn recording<B: Backend>(
    file: &str,
    vector: Vector,
    target: Target,
    smoke: &Smoke,
) -> Trial {
    let expectation = Expectation::of(&vector, backend_rules::<B>());
    let mut name = format!("vectors::{file}::{}", vector.id);
    for rule in &expectation.changed_by {
        name.push('-');
        name.push_str(rule);
    }
    let smoke = smoke.clone();
    let program = vector.program.clone();
    let trace = expectation.trace.clone();
    trial::<B>(name.clone(), &program, &trace, move || {
        smoke.gate::<B>(target)?;
        check::<B>(&name, &vector, &expectation, &target.replay(&name)).map_err(Failed::from)
    })
}

/// The trial of a file from outside.
pub(super) fn recordings<B: Backend>(path: PathBuf, target: Target, smoke: &Smoke) -> Trial {
    let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let name = format!("recorded::{stem}");
    let smoke = smoke.clone();
    trial::<B>(name.clone(), &Program::default(), &[], move || {
        smoke.gate::<B>(target)?;
        let summary = file::<B>(&path, &name, target)?;
        println!("{name}: {summary}");
        Ok(())
    })
}

/// Runs all programs of a file; gives how many agreed, or the first divergence as well.
fn file<B: Backend>(path: &Path, name: &str, target: Target) -> Result<String, Failed> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{shown}: {e}"))?;
    let vectors = vector::parse(&shown, &text)?;
    let replay = format!("{VECTORS}={shown} {}", target.replay(name));
    let (mut agreed, mut changed, mut unsupported) = (0, 0, 0);
    let mut first = None;
    for vector in &vectors {
        let expectation = Expectation::under(vector, backend_rules::<B>());
        if !missing(&vector.program, &expectation.trace, B::CAPABILITIES).is_empty() {
            unsupported += 1;
            continue;
        }
        let name = format!("{name}::{}", vector.id);
        match check::<B>(&name, vector, &expectation, &replay) {
            Ok(()) => {
                agreed += 1;
                changed += usize::from(!expectation.changed_by.is_empty());
            }
            Err(text) => first = first.or(Some(text)),
        }
    }
    let mut summary = format!("{agreed} of {} programs agree", vectors.len());
    if changed > 0 {
        summary.push_str(&format!(", {changed} of them with the model where its rules differ"));
    }
    if unsupported > 0 {
        summary.push_str(&format!(", {unsupported} are unsupported"));
    }
    match first {
        None => Ok(summary),
        Some(text) => Err(format!("{summary}; first divergence:\n\n{text}").into()),
    }
}

pub(super) fn check<B: Backend>(
    name: &str,
    vector: &Vector,
    expectation: &Expectation,
    replay: &str,
) -> Result<(), String> {
    let case = Case {
        name,
        about: &vector.about,
        covers: &vector.covers,
        program: &vector.program,
        expected: &expectation.trace,
        source: expectation.source(),
        replay,
    };
    compare::<B>(&case).map_or(Ok(()), Err)
}

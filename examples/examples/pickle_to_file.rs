//! A running tasklet is written to a file and goes on in another process.
//!
//! ```text
//! $ pickle_to_file freeze FILE
//! step 1
//! step 2
//! frozen: 2 of 4 steps are done
//! $ pickle_to_file thaw FILE
//! step 3
//! step 4
//! done
//! ```
//!
//! The file is written whole or not at all. What cannot be done is one line on standard error, and
//! exit code 2.
#![forbid(unsafe_code)]

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use switchback::{Backend, Control, Error, Portable, tasklet};
use switchback_examples::files::{replace, shown};
use switchback_examples::output::print;
use switchback_examples::say;
use switchback_soft::Soft;

const USAGE: &str = "usage: pickle_to_file freeze FILE | pickle_to_file thaw FILE";

/// Bytes of a file that are read at most: a pickle of this program has a few hundred.
const MOST: u64 = 64 << 20;

/// The work: it knows nothing of files.
#[tasklet]
async fn work<B: Backend>(steps: u64) -> Result<(), Error> {
    for step in 1..=steps {
        say(format!("step {step}"));
        B::schedule().await?;
    }
    say("done");
    Ok(())
}

#[tasklet]
async fn freeze<B: Portable>() -> Result<Vec<u8>, Error> {
    let worker: B::Handle = B::spawn(work(4));
    B::schedule().await?;
    B::schedule().await?;
    say("frozen: 2 of 4 steps are done");
    // What is in the pickle, and all that it may call.
    B::dump(&worker, &B::program::<work::Call<B>>())
}

#[tasklet]
async fn thaw<B: Portable>(pickle: Vec<u8>) -> Result<(), Error> {
    let worker: B::Handle = B::load(&pickle, &B::program::<work::Call<B>>())?;
    // It comes back paused.
    worker.insert()?;
    B::run_others().await
}

/// At most so many bytes of a file.
fn read(file: &OsStr, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.map_err(|cause| cause.to_string())?;
    if bytes.len() as u64 > most {
        return Err(format!("expected a pickle of at most {} MiB, found more", most >> 20));
    }
    Ok(bytes)
}

fn run(arguments: &[OsString]) -> Result<(), String> {
    match arguments {
        [help] if help == "--help" => print(&format!("{USAGE}\n")),
        [what, file] if what == "freeze" && !file.is_empty() => {
            let pickle = Soft::run(freeze()).map_err(|error| error.to_string())?;
            let written = replace(file.as_ref(), &pickle);
            written.map_err(|cause| format!("{}: {cause}", shown(file)))
        }
        [what, file] if what == "thaw" && !file.is_empty() => read(file, MOST)
            .and_then(|pickle| Soft::run(thaw(pickle)).map_err(|error| error.to_string()))
            .map_err(|cause| {
                format!("{}: {cause}; give a file that `freeze` has written", shown(file))
            }),
        _ => Err(USAGE.to_owned()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            let _ = writeln!(io::stderr(), "pickle_to_file: {cause}");
            ExitCode::from(2)
        }
    }
}

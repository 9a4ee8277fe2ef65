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
#![forbid(unsafe_code)]

use std::{env, fs, process::ExitCode};

use switchback::{Backend, Control, Error, Portable, tasklet};
use switchback_soft::Soft;

/// The work: it knows nothing of files.
#[tasklet]
async fn work<B: Backend>(steps: u64) -> Result<(), Error> {
    for step in 1..=steps {
        println!("step {step}");
        B::schedule().await?;
    }
    println!("done");
    Ok(())
}

#[tasklet]
async fn freeze<B: Portable>() -> Result<Vec<u8>, Error> {
    let worker: B::Handle = B::spawn(work(4));
    B::schedule().await?;
    B::schedule().await?;
    println!("frozen: 2 of 4 steps are done");
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

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments {
        ["freeze", file] => Soft::run(freeze())
            .map_err(|error| error.to_string())
            .and_then(|pickle| fs::write(file, pickle).map_err(|error| format!("{file}: {error}"))),
        ["thaw", file] => fs::read(file)
            .map_err(|error| format!("{file}: {error}"))
            .and_then(|pickle| Soft::run(thaw(pickle)).map_err(|error| format!("{file}: {error}"))),
        _ => {
            eprintln!("usage: pickle_to_file freeze FILE | pickle_to_file thaw FILE");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("pickle_to_file: {why}");
            ExitCode::FAILURE
        }
    }
}

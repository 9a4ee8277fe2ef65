//! A tasklet that outlives its process: `dump` stops a recursion at its bottom and writes it to a
//! file before it goes on, `load` takes it from there in another process.
//!
//! ```text
//! $ pickled_tasklet dump tasklet.pickle 2        $ pickled_tasklet load tasklet.pickle
//! enter level   1                                leave level     2
//! enter level     2                              leave level   1
//! hi
//! leave level     2
//! leave level   1
//! ```
//!
//! Exit code 0 if the recursion came to its end, 1 if a file or a pickle is at fault, 2 for wrong
//! arguments.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use switchback::{Backend, Channel, Control, Error, Kind, Portable, tasklet};
use switchback_scenarios::pickle::{Line, descend, dump, load};
use switchback_soft::Soft;

const USAGE: &str = "\
usage: pickled_tasklet dump FILE [DEPTH]   DEPTH from 1, 9 if left out
       pickled_tasklet load FILE";

const FAILED: u8 = 1;
const WRONG_ARGUMENTS: u8 = 2;

fn main() -> ExitCode {
    let arguments: Result<Vec<String>, _> =
        env::args_os().skip(1).map(OsString::into_string).collect();
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(argument) => return wrong_arguments(&format!("{argument:?} is not UTF-8")),
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments {
        ["dump", file] => first(file, 9),
        ["dump", file, depth] => match depth.parse() {
            Ok(depth) if depth > 0 => first(file, depth),
            _ => return wrong_arguments(&format!("{depth:?} is no depth")),
        },
        ["load", file] => second(file),
        _ => return wrong_arguments("a command and a file are needed"),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(io::stderr(), "pickled_tasklet: {why}");
            ExitCode::from(FAILED)
        }
    }
}

fn wrong_arguments(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "pickled_tasklet: {why}\n{USAGE}");
    ExitCode::from(WRONG_ARGUMENTS)
}

fn first(file: &str, depth: u32) -> Result<(), String> {
    Soft::run(go_down(depth, file.to_owned())).map_err(|error| error.to_string())
}

fn second(file: &str) -> Result<(), String> {
    let bytes = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    Soft::run(come_up(bytes)).map_err(|error| match error.kind() {
        Kind::BadPickle => format!("{file}: {error}"),
        _ => error.to_string(),
    })
}

fn print(line: Line) -> Result<(), Error> {
    match writeln!(io::stdout(), "{line}") {
        // A reader that left has seen enough; the file is written all the same.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new("output", error.to_string()))
        }
        _ => Ok(()),
    }
}

fn write(file: &str, bytes: &[u8]) -> Result<(), Error> {
    fs::write(file, bytes).map_err(|error| Error::new(file, error.to_string()))
}

/// Prints up to and with `last`.
#[tasklet]
async fn print_until<B: Backend>(lines: B::Channel<Line>, last: Line) -> Result<(), Error> {
    loop {
        let line: Line = lines.receive().await?;
        print(line)?;
        if line == last {
            return Ok(());
        }
    }
}

#[tasklet]
async fn go_down<B: Portable>(depth: u32, file: String) -> Result<(), Error> {
    let lines = B::channel::<Line>();
    let diver: B::Handle = B::spawn(descend(1u32, depth, lines.clone()));
    print_until(lines.clone(), Line::Hi).await?;
    write(&file, &dump::<B>(&(diver, lines.clone()))?)?;
    print_until(lines, Line::Leave(1)).await
}

#[tasklet]
async fn come_up<B: Portable>(bytes: Vec<u8>) -> Result<(), Error> {
    let (diver, lines): (B::Handle, B::Channel<Line>) = load::<B>(&bytes)?;
    diver.insert()?;
    print_until(lines, Line::Leave(1)).await
}

//! Twenty bots fight; each of them and each bullet is a tasklet. Prints how they stand at the end.
//!
//! `arena [SEED [FILE]]`: another seed is another battle, and the file gets its replay, a picture
//! that moves, for a browser. Spinbots fire in all directions; squarebots run around and never fire.
//! The file is written whole or not at all. What cannot be done is one line on standard error, and
//! exit code 2.
//!
//! ```text
//! seed 7, 20 bots, after 60 ticks
//! 1.  spinbot 13: energy 3, hits 5
//! 2.  spinbot 7: energy 3, hits 3
//! 3.  spinbot 9: energy 3, hits 3
//! 4.  spinbot 1: energy 3, hits 2
//! 5.  spinbot 11: energy 3, hits 1
//! 6.  squarebot 0: energy 3, hits 0
//! 7.  squarebot 4: energy 3, hits 0
//! 8.  squarebot 10: energy 3, hits 0
//! 9.  squarebot 12: energy 2, hits 0
//! 10. spinbot 5: energy 1, hits 5
//! 11. spinbot 19: energy 1, hits 4
//! 12. squarebot 2: energy 1, hits 0
//! 13. squarebot 14: energy 1, hits 0
//! 14. spinbot 17: out, hits 5
//! 15. spinbot 15: out, hits 2
//! 16. spinbot 3: out, hits 0
//! 17. squarebot 6: out, hits 0
//! 18. squarebot 8: out, hits 0
//! 19. squarebot 16: out, hits 0
//! 20. squarebot 18: out, hits 0
//! ```
#![forbid(unsafe_code)]

#[path = "../../examples/src/files.rs"]
mod files;
#[path = "../../examples/src/output.rs"]
mod output;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use switchback_scenarios::sharing::arena::{Bot, Make, Outcome, Plan, make, svg, with_tasklets};
use switchback_soft::Soft;

use files::{replace, shown};
use output::print;

const USAGE: &str = "usage: arena [SEED [FILE]]";

fn stand(place: usize, number: usize, bot: &Bot) -> String {
    let kind = match make(number as u32) {
        Make::Square => "squarebot",
        Make::Spin => "spinbot",
    };
    let left = if bot.energy == 0 { "out".to_owned() } else { format!("energy {}", bot.energy) };
    format!("{:3} {kind} {number}: {left}, hits {}\n", format!("{place}."), bot.hits)
}

fn standings(plan: Plan, outcome: &Outcome) -> String {
    let mut order: Vec<usize> = (0..outcome.bots.len()).collect();
    order.sort_by_key(|&number| {
        let Bot { energy, hits, .. } = outcome.bots[number];
        (std::cmp::Reverse((energy, hits)), number)
    });
    let Plan { seed, bots, ticks, .. } = plan;
    let places = order.iter().zip(1..);
    let stands = places.map(|(&number, place)| stand(place, number, &outcome.bots[number]));
    format!("seed {seed}, {bots} bots, after {ticks} ticks\n") + &stands.collect::<String>()
}

fn seed(argument: Option<&OsString>) -> Result<u64, String> {
    let Some(argument) = argument else { return Ok(7) };
    let number = argument.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| {
        let (most, found) = (u64::MAX, shown(argument));
        format!("{USAGE}: expected a seed, a number from 0 to {most}; found `{found}`")
    })
}

fn fight(arguments: &[OsString]) -> Result<(), String> {
    if matches!(arguments, [help] if help == "--help") {
        return print(&format!("{USAGE}\n"));
    }
    if arguments.len() > 2 {
        return Err(format!("{USAGE}: expected at most 2 arguments, found {}", arguments.len()));
    }
    let plan = Plan { seed: seed(arguments.first())?, bots: 20, ticks: 60, recorded: true };
    let file = arguments.get(1);
    if file.is_some_and(|file| file.is_empty()) {
        return Err(format!("{USAGE}: expected the name of a file, found an empty one"));
    }
    let outcome = with_tasklets::<Soft>(plan).map_err(|error| error.to_string())?;
    if let Some(file) = file {
        let written = replace(file.as_ref(), svg::replay(&outcome).as_bytes());
        written.map_err(|cause| format!("{}: {cause}", shown(file)))?;
    }
    print(&standings(plan, &outcome))
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match fight(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

//! Twenty bots fight; each of them and each bullet is a tasklet. Prints how they stand at the end.
//!
//! `arena [SEED [FILE]]`: another seed is another battle, and the file gets its replay, a picture
//! that moves, for a browser.
//!
//! ```text
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

use std::process::ExitCode;
use std::{env, fs};

use switchback_scenarios::society::arena::{Bot, Make, Plan, make, svg, with_tasklets};
use switchback_soft::Soft;

fn stand(place: usize, number: usize, bot: &Bot) -> String {
    let kind = match make(number as u32) {
        Make::Square => "squarebot",
        Make::Spin => "spinbot",
    };
    let left = if bot.energy == 0 { "out".to_owned() } else { format!("energy {}", bot.energy) };
    format!("{:3} {kind} {number}: {left}, hits {}", format!("{place}."), bot.hits)
}

fn fight(seed: u64, file: Option<&str>) -> Result<(), String> {
    let plan = Plan { seed, bots: 20, ticks: 60, recorded: true };
    let outcome = with_tasklets::<Soft>(plan).map_err(|error| error.to_string())?;
    let mut order: Vec<usize> = (0..outcome.bots.len()).collect();
    order.sort_by_key(|&number| {
        let Bot { energy, hits, .. } = outcome.bots[number];
        (std::cmp::Reverse((energy, hits)), number)
    });
    for (place, &number) in order.iter().enumerate() {
        println!("{}", stand(place + 1, number, &outcome.bots[number]));
    }
    match file {
        Some(file) => {
            fs::write(file, svg::replay(&outcome)).map_err(|error| format!("{file}: {error}"))
        }
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let seed = arguments.first().map_or("7", String::as_str);
    let (Ok(number), 0..=2) = (seed.parse(), arguments.len()) else {
        eprintln!("usage: arena [SEED [FILE]]: the seed is a number from 0 on, not {seed:?}");
        return ExitCode::from(2);
    };
    match fight(number, arguments.get(1).map(String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

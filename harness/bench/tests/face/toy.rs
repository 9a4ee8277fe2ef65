//! Suites small enough to predict, sound and faulty.

use std::{
    env, fs,
    io::{self, Write},
    path::Path,
    process,
};

use switchback_bench::{
    Block, Cell, Suite,
    capacity::{Probe, Reached},
    compiled, floor,
    results::{self, About},
    witness::{Law, Witness},
};

#[cfg(target_os = "linux")]
use super::memory;

pub fn suite(toy: &str) -> Suite {
    let block = |size| {
        Block::new("count", size, "step", move || Law {
            messages: Some(size),
            ..Law::of(sum(size))
        })
        .reference(floor::cell())
        .cell(counter("plain", size))
    };
    let faults = [
        Cell::new("wrong", 1.0, |_| Ok(Witness::of(1))),
        Cell::new("less", 1.0, |_| Ok(Witness { messages: Some(2), ..Witness::of(sum(3)) })),
        Cell::new("panics", 1.0, |_| panic!("out of stacks")),
        Cell::new("aborts", 1.0, |_| process::abort()),
        Cell::new("hangs", 1.0, |_| Ok(Witness::of(hang()))),
        Cell::new("closes", 1.0, |_| {
            close_output();
            Ok(Witness::of(hang()))
        }),
        Cell::unsupported("refuses", "portable"),
    ];
    let blocks = match toy {
        "faults" => vec![faults.into_iter().fold(block(3), Block::cell), block(4)],
        "interrupted" | "stuck" => {
            vec![
                block(3),
                block(4),
                block(5).cell(Cell::new("endless", 1.0, |_| outlive_the_parent())),
            ]
        }
        "later" => {
            vec![block(3).cell(later("wrong later", || 1)).cell(later("hangs later", hang_aloud))]
        }
        "twice" => vec![block(3).cell(counter("plain", 3))],
        "limits" => vec![],
        "unnamed" => vec![block(3).cell(counter(" ", 3))],
        "turned" => vec![block(3).cell(counter("hard\u{202e}", 3))],
        "parted" => vec![block(3).cell(counter("my/own", 3))],
        "nothing" => vec![block(3), block(0)],
        "again" => vec![block(3), block(3)],
        "large" => vec![block(3), block(5).large()],
        // Said to be of a million times as many operations as it is.
        "larger" => vec![
            Block::new("count", 3, "step", || Law::of(sum(3)))
                .cell(slow(1.0))
                .cell(counter("plain", 3)),
            Block::new("count", 5, "step", || Law::of(sum(3)))
                .cell(slow(1e15))
                .cell(counter("plain", 3))
                .large(),
        ],
        "endless" => vec![
            block(3),
            block(5).cell(Cell::new("hangs", 1.0, |_| Ok(Witness::of(hang())))).large(),
        ],
        #[cfg(target_os = "linux")]
        "memory" => vec![memory::block()],
        "many" => (1..=9).map(block).collect(),
        "families" => {
            let sum = Block::new("sum", 3, "step", || Law::of(sum(3))).cell(Cell::new(
                "plain",
                3.0,
                |_| Ok(Witness::of(sum(3))),
            ));
            vec![block(3), sum]
        }
        _ => vec![block(3), block(4)],
    };
    let report = match toy {
        "unreported" => refuse,
        "stuck" => stay,
        _ => render,
    };
    let capacity = match toy {
        "families" => vec![limited("sound")],
        "many" => ["sound", "refuses", "mark"].map(limited).into(),
        "limits" => {
            ["sound", "refuses", "mark", "dies", "fails", "lies", "never"].map(limited).into()
        }
        _ => Vec::new(),
    };
    let about = |scenario: &str, family: &str| About {
        scenario: scenario.into(),
        family: family.into(),
        title: format!("The {scenario}"),
        ..About::default()
    };
    let scenarios = match toy {
        "families" => vec![about("count", "counting"), about("sum", "adding")],
        "strangers" => vec![about("count", ""), about("count", "")],
        _ => vec![about("count", "")],
    };
    Suite { blocks, scenarios, backends: Vec::new(), capacity, report, compiled: compiled!() }
}

/// A backend that has its limit at 20,000 of something, if it has one. One has it at 10,000, where
/// the child looks at memory, and asks the watcher twice there, as a scenario does whose next step
/// is refused.
fn limited(name: &'static str) -> Probe {
    Probe::new(name, "blocked", "things at once", move |most, watch| {
        // What each takes is there when it is looked at, so that the growth of memory is known.
        let mut things: Vec<Box<[u64; 64]>> = Vec::new();
        for number in 0..most {
            match (name, number) {
                ("never", _) => break,
                ("refuses", 20_000) => break,
                ("mark", 10_000) => {
                    watch(number);
                    break;
                }
                ("dies", 20_000) => {
                    eprintln!("/home/ann/toy.rs:3: no room for another\nsome advice");
                    process::abort();
                }
                ("fails", 20_000) => return Err("a call went wrong".to_owned()),
                _ => {}
            }
            things.push(Box::new([number; 64]));
            if (number + 1) % 500 == 0 && !watch(number + 1) {
                break;
            }
        }
        let count = things.len() as u64;
        let digest = things.iter().map(|thing| thing[0]).sum();
        Ok(Reached {
            count,
            refused: (count < most).then(|| format!("{count} are enough")),
            digest,
            expected: sum(count) + u64::from(name == "lies"),
        })
    })
}

fn counter(name: &str, size: u64) -> Cell {
    Cell::new(name, size as f64, move |iterations| {
        let mut total = 0;
        for _ in 0..iterations {
            total = (0..size).fold(0, |total, step| std::hint::black_box(total + step));
        }
        println!("a backend that prints does not disturb the measurement");
        Ok(Witness { messages: Some(size), ..Witness::of(total) })
    })
}

/// The parent's end of the pipe sees its end, and the process goes on.
fn close_output() {
    #[cfg(unix)]
    if let Ok(nothing) = fs::File::create("/dev/null") {
        let _ = rustix::stdio::dup2_stdout(nothing);
    }
}

/// A cell of so many operations, whatever it does.
fn slow(operations: f64) -> Cell {
    Cell::new("slow", operations, |iterations| {
        Ok(Witness::of((0..iterations).map(|_| std::hint::black_box(sum(3))).fold(0, |_, sum| sum)))
    })
}

fn hang_aloud() -> u64 {
    println!("it hangs now");
    hang()
}

fn hang() -> u64 {
    loop {
        std::thread::park();
    }
}

/// Prints until the reader is gone, so that a test that kills the parent leaves no process behind.
fn outlive_the_parent() -> ! {
    while writeln!(io::stdout(), "still here").is_ok() {}
    process::exit(1)
}

/// A cell that is sound in the measuring processes and goes wrong under criterion.
fn later(name: &str, wrong: fn() -> u64) -> Cell {
    Cell::new(name, 1.0, move |_| {
        let measuring = env::var_os("SWITCHBACK_WORKER").is_some();
        Ok(Witness::of(if measuring { sum(3) } else { wrong() }))
    })
}

fn sum(size: u64) -> u64 {
    size * size.saturating_sub(1) / 2
}

fn render(json: &Path, html: &Path) -> Result<(), String> {
    let run = results::read(json).map_err(|e| e.to_string())?;
    fs::write(html, format!("{} results", run.results.len())).map_err(|e| e.to_string())
}

/// Never ends.
fn stay(_: &Path, _: &Path) -> Result<(), String> {
    println!("the report begins");
    hang();
    Ok(())
}

fn refuse(_: &Path, _: &Path) -> Result<(), String> {
    Err("no paper".into())
}

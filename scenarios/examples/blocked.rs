//! Memory per blocked tasklet of one backend, in this process: `blocked BACKEND COUNT`.
//!
//! ```text
//! $ cargo run --release -p switchback-scenarios --example blocked -- soft 1000000
//! soft: 1000000 blocked, 193.1 bytes resident each, 0.4 in page tables
//! ```

use std::{
    env, fs,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use switchback_scenarios::matrix::backends;

/// The most seen: KiB resident, KiB of page tables.
static PEAK: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// KiB resident and in page tables; zeros where the system has no such file.
fn memory() -> [u64; 2] {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    ["VmRSS:", "VmPTE:"].map(|field| {
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    })
}

fn watch(_: u64) -> bool {
    for (peak, now) in PEAK.iter().zip(memory()) {
        peak.fetch_max(now, Relaxed);
    }
    true
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((column, count)) = (match &arguments[..] {
        [name, count] => backends().into_iter().find(|b| b.name == name).zip(count.parse().ok()),
        _ => None,
    }) else {
        let names: Vec<_> = backends().iter().map(|column| column.name).collect();
        eprintln!("usage: blocked BACKEND COUNT, with BACKEND one of {}", names.join(", "));
        return ExitCode::from(2);
    };
    let before = memory();
    match (column.capacity.blocked)(count, watch) {
        Ok(reached) if reached.digest == reached.expected => {
            let each = |i: usize| {
                (PEAK[i].load(Relaxed).saturating_sub(before[i]) * 1024) as f64
                    / reached.count as f64
            };
            let [resident, tables] = [each(0), each(1)];
            println!(
                "{}: {} blocked, {resident:.1} bytes resident each, {tables:.1} in page tables",
                column.name, reached.count
            );
            if let Some(why) = reached.refused {
                println!("then refused: {why}");
            }
            ExitCode::SUCCESS
        }
        Ok(reached) => {
            eprintln!("{}: answers do not add up: {reached:?}", column.name);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", column.name);
            ExitCode::FAILURE
        }
    }
}

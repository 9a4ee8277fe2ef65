//! How much memory one iteration of a cell takes: the peak of what is resident, in a process of its own.
//!
//! ```text
//! parent   samples of the block, as if nothing else were asked
//!          then one process per cell ──────────────────────────> its peak, or a fault, or nothing
//! child    reset the peak ─> one iteration ─> read the peak ─> verify
//! ```
//!
//! A process of its own, because an allocator keeps what an earlier cell gave back: a later cell would
//! take that, and seem to need nothing. And because no sample may be disturbed.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use crate::{
    capacity::kibibytes,
    dispatch::{self, LONG, Spread},
    interrupt,
    paired::{BlockSamples, LaneSamples, Settings},
    sampler,
    suite::{Block, Cell, Work},
    summary::{self, Findings},
};

/// Where the system tells a process about itself.
const OWN: &str = "/proc/self";

/// What the kernel is told to set the peak back to what is resident now (proc(5), `clear_refs`).
const RESET: &[u8] = b"5";

/// What a process holds when its peak is set back, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    peak: u64,
    /// Of that, pages of files: the program and its libraries.
    files: u64,
}

impl Mark {
    /// Sets the peak back; nothing where the system does not allow or know it.
    fn reset(process: &Path) -> Option<Self> {
        let mut file = OpenOptions::new().write(true).open(process.join("clear_refs")).ok()?;
        file.write_all(RESET).ok()?;
        Self::read(process)
    }

    fn read(process: &Path) -> Option<Self> {
        let status = fs::read_to_string(process.join("status")).ok()?;
        let bytes = |field| kibibytes(&status, field);
        Some(Self { peak: bytes("VmHWM:")?, files: bytes("RssFile:")? })
    }

    /// How far the peak has come above this, less the pages of files that came in meanwhile: code that
    /// runs for the first time is not memory that the cell takes.
    const fn until(self, later: Self) -> u64 {
        let code = later.files.saturating_sub(self.files);
        later.peak.saturating_sub(self.peak).saturating_sub(code)
    }
}

/// Runs each selected cell once, verified, with its peak. Each process is asked for one.
pub fn lanes(
    block: &mut Block,
    selected: &dyn Fn(&str) -> bool,
    begins: &mut dyn FnMut(&str),
) -> Vec<LaneSamples> {
    let shared = block.law.clone();
    let cells = block.all_mut().filter(|cell| cell.is_supported() && selected(&cell.backend));
    let lanes = cells.map(|cell| {
        begins(&cell.backend);
        let law = cell.law.clone().unwrap_or_else(|| shared.clone());
        let before = Mark::reset(Path::new(OWN));
        let grown = || Some(before?.until(Mark::read(Path::new(OWN))?));
        let mut lane = LaneSamples { backend: cell.backend.clone(), ..LaneSamples::default() };
        match sampler::once(&mut cell.work, &law, grown) {
            Ok(grown) => lane.peak_memory = grown.flatten(),
            Err(fault) => lane.fault = Some(fault),
        }
        lane
    });
    lanes.collect()
}

/// Finds the peaks of the cells of a block that have samples, and enters them, or what went wrong.
/// Without a figure stay other programs, cells of which an iteration takes longer than two seconds, and
/// all cells where the system does not tell.
///
/// # Errors
/// If a process cannot be started.
pub fn measure(
    block: &Block,
    findings: &mut Findings,
    spread: &Spread,
    begins: &mut dyn FnMut(&str),
) -> io::Result<()> {
    if Mark::reset(Path::new(OWN)).is_none() {
        return Ok(());
    }
    let settings = Settings { memory_only: true, ..spread.settings.clone() };
    let spread = Spread { processes: 1, settings, ..spread.clone() };
    for cell in block.all().filter(|cell| matches!(cell.work, Work::Run { .. })) {
        if interrupt::is_asked() {
            break;
        }
        if !is_short(findings, cell) || summary::fault(findings, &cell.backend).is_some() {
            continue;
        }
        let found = dispatch::measure(block, vec![cell.backend.clone()], &spread, begins)?;
        if let Some(fault) = summary::fault(&found, &cell.backend) {
            findings.fatal.push((cell.backend.clone(), fault.clone()));
        }
        let peak = own(&found.processes, cell).find_map(|lane| lane.peak_memory);
        let lane = findings.processes.iter_mut().flat_map(|process| &mut process.lanes);
        if let Some(lane) = lane.into_iter().find(|lane| lane.backend == cell.backend) {
            lane.peak_memory = peak;
        }
    }
    Ok(())
}

fn own<'a>(processes: &'a [BlockSamples], cell: &Cell) -> impl Iterator<Item = &'a LaneSamples> {
    processes.iter().flat_map(|p| &p.lanes).filter(|lane| lane.backend == cell.backend)
}

/// Whether a cell has samples, and one more iteration of it is no long wait.
fn is_short(findings: &Findings, cell: &Cell) -> bool {
    let times = own(&findings.processes, cell)
        .flat_map(|lane| lane.samples.iter().map(|(_, time)| time.wall / lane.iterations.max(1)));
    times.min().is_some_and(|time| time <= LONG)
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use super::*;

    #[test]
    fn code_that_comes_in_meanwhile_is_no_memory_of_a_cell() {
        let mark = |peak, files| Mark { peak, files };
        assert_eq!(mark(5_000, 1_000).until(mark(9_000, 1_500)), 3_500);
        assert_eq!(mark(5_000, 1_000).until(mark(9_000, 500)), 4_000, "files went out");
        assert_eq!(mark(5_000, 1_000).until(mark(5_100, 1_500)), 0);
        assert_eq!(mark(5_000, 1_000).until(mark(4_000, 1_000)), 0);
    }

    #[test]
    fn a_system_that_does_not_reset_or_tell_gives_nothing() {
        let folder = env::temp_dir().join(format!("switchback-peak-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let status = "VmHWM:\t 40 kB\nVmRSS:\t 30 kB\nRssAnon:\t 10 kB\nRssFile:\t 20 kB\n";
        fs::write(folder.join("status"), status).unwrap();
        assert_eq!(Mark::reset(&folder), None, "nothing to write to");
        fs::write(folder.join("clear_refs"), "").unwrap();
        assert_eq!(Mark::reset(&folder), Some(Mark { peak: 40 << 10, files: 20 << 10 }));
        assert_eq!(fs::read_to_string(folder.join("clear_refs")).unwrap(), "5");
        fs::write(folder.join("status"), "VmHWM:\t 40 kB\n").unwrap();
        assert_eq!(Mark::reset(&folder), None, "a kernel that does not count files apart");
        fs::remove_dir_all(&folder).unwrap();
    }
}

//! What this process takes and what the system could still give, as far as Linux tells.

use std::fs;

/// Bytes of a process in physical memory, and bytes of page tables for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub resident: u64,
    pub tables: u64,
}

/// What a process takes now, this one if none is named; nothing where there is no `/proc/self/status`.
pub fn taken(process: Option<u32>) -> Option<Taken> {
    let name = process.map_or_else(|| "self".to_owned(), |number| number.to_string());
    let status = fs::read_to_string(format!("/proc/{name}/status")).ok()?;
    Some(Taken { resident: kibibytes(&status, "VmRSS:")?, tables: kibibytes(&status, "VmPTE:")? })
}

/// Bytes that processes may still take before the system has to write out what it would rather keep, or
/// before the control group is full: the lesser of both.
pub fn available() -> Option<u64> {
    let system = kibibytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")?;
    Some(group().map_or(system, |group| group.min(system)))
}

/// What the control group of this process has left, if it has a limit of its own.
fn group() -> Option<u64> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let number = |file: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("/sys/fs/cgroup/{path}/{file}")).ok()?;
        text.trim().parse().ok()
    };
    number("memory.max")?.checked_sub(number("memory.current")?)
}

/// The bytes of a line like `VmRSS:   1234 kB`.
pub fn kibibytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let status = "VmHWM:\t  7 kB\nVmRSS:\t    2000 kB\nVmPTE:\t 3 kB\n";
        assert_eq!(kibibytes(status, "VmRSS:"), Some(2_048_000));
        assert_eq!(kibibytes(status, "VmPTE:"), Some(3072));
        assert_eq!(kibibytes(status, "VmSwap:"), None);
        assert_eq!(kibibytes("VmRSS: many kB", "VmRSS:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_that_was_written_to_is_resident() {
        let before = taken(None).unwrap();
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        let grown = taken(None).unwrap().resident - before.resident;
        assert!(grown >= block.len() as u64 - (1 << 20), "{grown} bytes more");
        assert!(available().unwrap() > 0);
    }
}

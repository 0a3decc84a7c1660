//! How much memory this process can have, as Linux tells it; elsewhere nothing is known.

use std::fs;

/// The least that anything allows in bytes: what the machine has left, the control group and the
/// limit of the address space. None where nobody says.
pub fn available() -> Option<u64> {
    let file = |path: &str| fs::read_to_string(path).ok();
    let machine = file("/proc/meminfo").as_deref().and_then(left);
    let group = file("/sys/fs/cgroup/memory.max");
    let group = group.and_then(|text| text.trim().parse().ok());
    let used = file("/proc/self/status").as_deref().and_then(mapped);
    let space = file("/proc/self/limits").as_deref().and_then(address_space);
    let space = space.map(|most| most.saturating_sub(used.unwrap_or(0) + RESERVED));
    [machine, group, space].into_iter().flatten().min()
}

/// Of /proc/meminfo: what new work can have without swapping (proc_meminfo(5)).
fn left(meminfo: &str) -> Option<u64> {
    entry(meminfo, "MemAvailable:")
}

/// Of /proc/PID/status: the address space that is in use (proc_pid_status(5)).
fn mapped(status: &str) -> Option<u64> {
    entry(status, "VmSize:")
}

/// An entry in kibibytes, in bytes.
fn entry(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// What threads and their allocators will reserve of the address space and not use.
const RESERVED: u64 = 192 << 20;

/// Of /proc/PID/limits: the soft limit of the address space, if there is one
/// (proc_pid_limits(5)).
fn address_space(limits: &str) -> Option<u64> {
    let mut lines = limits.lines();
    let line = lines.find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_tells_is_read() {
        let meminfo = "MemTotal:       24578 kB\nMemAvailable:    2048 kB\n";
        assert_eq!(left(meminfo), Some(2 << 20));
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max address space         409600000            unlimited            bytes\n";
        assert_eq!(address_space(limits), Some(409_600_000));
        let status = "Name:\thopwise\nVmPeak:\t      9 kB\nVmSize:\t      4 kB\n";
        assert_eq!(mapped(status), Some(4096));
    }

    #[test]
    fn no_limit_is_none() {
        let limits = "Max address space         unlimited            unlimited            bytes\n";
        assert_eq!(address_space(limits), None);
        assert_eq!(left("MemTotal:       24578 kB\n"), None);
    }
}

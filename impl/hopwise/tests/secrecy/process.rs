//! What a running process holds, as Linux shows it.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Shows every part of a process: its environment, its command line, what it has opened, the files
/// that these name, and its memory.
pub fn show(pid: u32, mut see: impl FnMut(&str, &[u8])) {
    let of = |part: &str| format!("/proc/{pid}/{part}");
    let mut named = String::new();
    for part in ["environ", "cmdline"] {
        let bytes = fs::read(of(part)).unwrap();
        assert!(!bytes.is_empty(), "{part} of {pid} is not shown");
        see(part, &bytes);
        named += &String::from_utf8_lossy(&bytes);
        named.push('\0');
    }
    for descriptor in fs::read_dir(of("fd")).unwrap() {
        // The process goes on: one that was closed meanwhile is none.
        let Ok(target) = fs::read_link(descriptor.unwrap().path()) else {
            continue;
        };
        see("what it has opened", target.as_os_str().as_encoded_bytes());
        named += &format!("{}\0", target.display());
    }
    for name in named.split(['\0', '=']) {
        let path = Path::new(name);
        // The program's own file is large, and is what cargo built.
        if path.is_absolute() && path.is_file() && fs::read_link(of("exe")).unwrap() != path {
            see(name, &fs::read(path).unwrap_or_default());
        }
    }
    let size = show_memory(pid, &mut see);
    assert!(size > 1 << 20, "of {pid} only {size} bytes are shown");
}

/// All that the process can write to: heap, stacks, statics. Returns how much that is. What it can
/// only read is mapped from files: the program and its libraries.
fn show_memory(pid: u32, see: &mut impl FnMut(&str, &[u8])) -> usize {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut size = 0;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, may) = (words.next().unwrap(), words.next().unwrap());
        if !may.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        memory.seek(SeekFrom::Start(from)).unwrap();
        let mut bytes = Vec::new();
        // A region that was given back meanwhile cannot be read to its end.
        let _ = (&mut memory).take(to - from).read_to_end(&mut bytes);
        size += bytes.len();
        see("its memory", &written(&bytes));
    }
    size
}

/// Without the pages that were never written to, which most are.
fn written(memory: &[u8]) -> Vec<u8> {
    let pages = memory.chunks(4096);
    let written = pages.filter(|page| **page != [0; 4096][..page.len()]);
    written.collect::<Vec<_>>().concat()
}

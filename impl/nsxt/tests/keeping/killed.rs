//! A process that is killed in the middle of its writes, again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use hopwise_nsxt::{AllocationState, Manager};
use serde_json::{Value, json};

use crate::owner::{Clock, ask, open};

const NAME: &str =
    "killed::killed_in_the_middle_of_writes_it_loses_nothing_and_gives_no_address_twice";
/// Tells this program that it is the one to be killed, and on which file.
const WRITES_TO: &str = "HOPWISE_NSXT_TEST_WRITES_TO";
const ROUNDS: usize = 12;
const POOL: &str = "/infra/ip-pools/vips";

/// What the killed process had been told, by the id of the allocation.
type Told = BTreeMap<String, Option<IpAddr>>;

/// Allocates and frees for ever, and says what it was answered after it was answered.
fn write_for_ever(file: &Path, round: usize) -> ! {
    let manager = open(&Clock::new(), file).unwrap();
    let mut out = std::io::stdout();
    // The test harness has begun a line of its own.
    writeln!(out).unwrap();
    for n in 0.. {
        let id = format!("r{round}-{n}");
        let path = format!("{POOL}/ip-allocations/{id}");
        assert_eq!(ask(&manager, "PATCH", &path, &json!({})).0, 200);
        writeln!(out, "has {id} {}", address(&manager, &id).unwrap()).unwrap();
        if n % 3 != 0 {
            assert_eq!(ask(&manager, "DELETE", &path, &Value::Null).0, 200);
            writeln!(out, "freed {id}").unwrap();
        }
    }
    unreachable!("it writes until it is killed");
}

fn address(manager: &Manager, id: &str) -> Option<IpAddr> {
    let all = manager.allocations("vips").into_iter();
    all.filter(|it| it.id == id).find_map(|it| it.ip)
}

/// Lets a process write until it was told `answers` times, kills it, and tells what it was told.
fn killed_after(answers: usize, file: &Path, round: usize, told: &mut Told) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture", "--test-threads=1"])
        .env(WRITES_TO, file)
        .env("ROUND", round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut count = 0;
    while let Some(Ok(line)) = lines.next() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["has", id, ip] => drop(told.insert(id.to_owned(), Some(ip.parse().unwrap()))),
            ["freed", id] => drop(told.insert(id.to_owned(), None)),
            _ => continue,
        }
        count += 1;
        if count == answers {
            // SIGKILL; what is in the pipe by then was said, and is read to its end.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(
        count >= answers,
        "the writer ended by itself after {count} answers"
    );
}

#[test]
fn killed_in_the_middle_of_writes_it_loses_nothing_and_gives_no_address_twice() {
    if let Some(file) = std::env::var_os(WRITES_TO) {
        let round = std::env::var("ROUND").unwrap().parse().unwrap();
        write_for_ever(Path::new(&file), round);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let (first, last) = ([10, 0, 0, 1].into(), [10, 0, 63, 254].into());
    let an_hour = Duration::from_secs(3600);
    let manager = open(&Clock::new(), &file).unwrap();
    manager.add_pool("vips", first, last, an_hour).unwrap();
    drop(manager);
    let mut told = Told::new();
    let mut unique_ids = BTreeSet::new();
    for round in 0..ROUNDS {
        killed_after(7 * round + 1, &file, round, &mut told);
        let manager = open(&Clock::new(), &file).unwrap();
        let found = manager.allocations("vips");
        let addresses: BTreeSet<IpAddr> = found.iter().filter_map(|it| it.ip).collect();
        assert_eq!(addresses.len(), found.len(), "an address is there twice");
        for (id, had) in &told {
            let one = found.iter().find(|it| it.id == *id);
            let one = one.unwrap_or_else(|| panic!("round {round}: {id} is lost"));
            match had {
                // The one that was freed without having been told so is the last one.
                Some(ip) => assert_eq!(one.ip, Some(*ip), "round {round}: {id}"),
                None => assert_eq!(one.state, AllocationState::Releasing, "round {round}: {id}"),
            }
        }
        // At most one was allocated without the process having said so.
        let unsaid = found.iter().filter(|it| !told.contains_key(&it.id));
        let unsaid: Vec<_> = unsaid.map(|it| (it.id.clone(), it.ip)).collect();
        assert!(unsaid.len() <= 1, "round {round}: {unsaid:?}");
        told.extend(unsaid);
        for object in found
            .iter()
            .filter(|it| it.state == AllocationState::Allocated)
        {
            let path = format!("{POOL}/ip-allocations/{}", object.id);
            let stored = manager.object(&path).unwrap();
            unique_ids.insert((stored["unique_id"].to_string(), path));
        }
    }
    let distinct: BTreeSet<_> = unique_ids.iter().map(|(id, _)| id).collect();
    assert!(unique_ids.len() > ROUNDS);
    assert_eq!(
        distinct.len(),
        unique_ids.len(),
        "a unique id is there twice"
    );
}

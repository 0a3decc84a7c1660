//! Files that cannot be used are told apart, with what to do.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::owner::{Clock, ask, open};

fn refused(file: &Path) -> String {
    match open(&Clock::new(), file) {
        Ok(_) => panic!("{} was opened", file.display()),
        Err(error) => error.to_string(),
    }
}

/// A state with some objects in it.
fn furnish(file: &Path) {
    let manager = open(&Clock::new(), file).unwrap();
    let (first, last) = ([10, 0, 0, 1].into(), [10, 0, 0, 9].into());
    manager
        .add_pool("vips", first, last, Duration::ZERO)
        .unwrap();
    for id in 0..9 {
        let path = format!("/infra/ip-pools/vips/ip-allocations/a{id}");
        assert_eq!(ask(&manager, "PATCH", &path, &json!({})).0, 200);
    }
}

#[test]
fn a_foreign_file_is_refused_and_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "a shopping list\n".repeat(1000)).unwrap();
    let other = folder.path().join("other.redb");
    drop(redb::Database::create(&other).unwrap());
    for file in [text, other] {
        let told = refused(&file);
        assert!(told.contains("no state of this program's"), "{told}");
        assert!(told.contains("remove it to start with nothing"), "{told}");
    }
    let text = fs::read_to_string(folder.path().join("notes.txt")).unwrap();
    assert!(text.starts_with("a shopping list\n"));
}

#[test]
fn a_damaged_file_is_refused_wherever_the_damage_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    furnish(&file);
    let whole = fs::read(&file).unwrap();
    // One digit of an id, which only a checksum can tell from another.
    let digit = whole
        .windows(13)
        .position(|it| it == b"\"unique_id\":\"")
        .unwrap()
        + 13;
    let mut flipped = whole.clone();
    flipped[digit] ^= 1;
    for (what, damaged) in [("cut", &whole[..whole.len() / 2]), ("flipped", &flipped)] {
        fs::write(&file, damaged).unwrap();
        let told = refused(&file);
        assert!(told.contains("or it is damaged"), "{what}: {told}");
    }
    fs::write(&file, &whole).unwrap();
    assert_eq!(
        open(&Clock::new(), &file)
            .unwrap()
            .allocations("vips")
            .len(),
        9
    );
}

#[test]
fn a_file_that_another_one_has_open_is_refused_until_that_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let first = open(&Clock::new(), &file).unwrap();
    assert!(refused(&file).contains("another process has it open"));
    drop(first);
    open(&Clock::new(), &file).unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let told = refused(Path::new("/nowhere/at/all/state"));
    assert!(
        told.starts_with("open the state file /nowhere/at/all/state: "),
        "{told}"
    );
    assert!(
        told.contains("name a file in a folder that can be written"),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_alone_and_nothing_else_is_left() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    fs::write(
        folder.path().join("state.new"),
        "left by one that was killed",
    )
    .unwrap();
    furnish(&file);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_empty_file_is_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    fs::write(&file, "").unwrap();
    furnish(&file);
    let manager = open(&Clock::new(), &file).unwrap();
    assert_eq!(manager.free_addresses("vips"), 0);
    let (status, _) = ask(&manager, "GET", "/infra/ip-pools/vips", &Value::Null);
    assert_eq!(status, 200);
}

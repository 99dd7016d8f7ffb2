//! Databases that a stranger changed: each call answers or fails; nothing panics, aborts, hangs or touches another file.
//!
//! Processes of their own try the databases, each many of them. The number of a database is its seed:
//! `SEERFLOW_SEED=7 SEERFLOW_TAMPERED=1 cargo test --test torture tampered -- --nocapture` tries number 7 again, and shows what each call
//! answered.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use crate::proof::{Proof, faults};
use crate::random::{Random, seed};
use crate::tamper_change::change;
use crate::tamper_visit::visit;

/// The longest time for one database. The deadlines of all calls add up to less, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Databases that one process tries.
const AT_ONCE: u64 = 250;

/// The address space of a process.
const MEMORY: u64 = 4 << 30;

#[test]
fn tampered_databases_cause_errors_and_nothing_else() {
    let first = seed();
    let count = std::env::var("SEERFLOW_TAMPERED").ok();
    let count = count.map_or(faults(250, 10_000), |count| count.parse().unwrap());
    let mut proof = Proof::start(
        "a stranger changes bytes, pages, values, the schema or files of a database; then each call answers or fails, without a panic, within two minutes",
    );
    // In memory: the disk is not what is tested.
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let folder = tempfile::tempdir_in(parent).unwrap();
    crate::tamper_make::make(&folder.path().join("original.db"));
    let mut next = first;
    while next < first + count {
        let last = (next + AT_ONCE).min(first + count);
        try_range(folder.path(), next, last);
        next = last;
    }
    proof.faults = count;
    proof.print();
}

/// Runs a process that tries the databases from `first` to the one before `last`.
fn try_range(folder: &Path, first: u64, last: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_part", "--nocapture", "--test-threads=1"])
        .env("SEERFLOW_TORTURE_CHILD", "tamper")
        .env("SEERFLOW_TORTURE_PATH", folder)
        .env("SEERFLOW_TAMPER_RANGE", format!("{first}-{last}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (send, lines) = mpsc::channel();
    let output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.for_each(|line| drop(send.send(line)));
    });
    let mut current = first;
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => match line.strip_prefix("tampered ") {
                Some(number) => current = number.parse().unwrap(),
                None if first + 1 == last => println!("{line}"),
                None => {}
            },
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("database {current} takes longer than {} s", PATIENCE.as_secs());
            }
        }
    }
    reader.join().unwrap();
    let status = child.wait().unwrap();
    assert!(status.success(), "database {current}: {status}");
}

static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

/// Tries a range of databases, in a process of its own.
pub fn child(folder: &Path) {
    let limit = libc::rlimit {
        rlim_cur: MEMORY,
        rlim_max: MEMORY,
    };
    // SAFETY: setrlimit reads the value that it gets.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) };
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Also on a thread of the library, which returns it as an error.
        HAS_PANICKED.store(true, Ordering::Relaxed);
        hook(panic);
    }));
    let range = std::env::var("SEERFLOW_TAMPER_RANGE").unwrap();
    let (first, last) = range.split_once('-').unwrap();
    let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
    for number in first..last {
        println!("tampered {number}");
        try_one(folder, number, first + 1 == last);
        assert!(
            !HAS_PANICKED.load(Ordering::Relaxed),
            "database {number}: a panic"
        );
    }
}

fn try_one(folder: &Path, number: u64, is_shown: bool) {
    let place = tempfile::tempdir_in(folder).unwrap();
    let path = place.path().join("seerflow.db");
    fs::copy(folder.join("original.db"), &path).unwrap();
    // Numbers in a row would begin with similar draws.
    let mut random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995);
    let neighbours = ["neighbour.txt", "neighbour.db", "seerflow.db.bak"].map(|name| place.path().join(name));
    for neighbour in &neighbours {
        fs::write(neighbour, "a file of somebody else").unwrap();
    }
    let what = change(&path, &neighbours[0], &mut random);
    if is_shown {
        println!("{what}");
    }
    visit(&path, &mut random, is_shown);
    for neighbour in &neighbours {
        let content = fs::read_to_string(neighbour);
        assert_eq!(
            content.as_deref().ok(),
            Some("a file of somebody else"),
            "database {number} ({what}): {}",
            neighbour.display()
        );
    }
    for file in fs::read_dir(place.path()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let is_known = name.starts_with("seerflow.db") || name.starts_with("neighbour") || name == "copy.db";
        assert!(is_known, "database {number} ({what}): {name} is new");
    }
}

//! Many processes on one file: writers, readers, a checkpointer, backups, the real Seerflow. One of them is killed every now and then.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use seerflow::record::{Control, EventQuery};

use crate::kill::{acknowledged_by, assert_stored};
use crate::proof::{Proof, faults};
use crate::random::{Random, seed};
use crate::{all_messages, assert_sound, open, services, start, write};

/// The longest time for which one file is used, in seconds.
const SECONDS_PER_FILE: u64 = 60;

/// Writes a batch every now and then and prints the acknowledged batches.
pub fn write_paced(path: &Path) {
    let engine = open(path, &[]);
    let mut random = Random(u64::from(std::process::id()));
    for round in 0.. {
        let (name, count) = (format!("p{}r{round}", std::process::id()), 1 + random.below(60));
        write(&engine, &name, count, &Control::unbounded()).unwrap();
        println!("ack {name} {count}");
        std::thread::sleep(Duration::from_millis(random.below(60)));
    }
}

/// Reads pages and counts; the count never decreases.
pub fn read(path: &Path) {
    let engine = open(path, &[]);
    let mut before = 0;
    loop {
        let page = engine
            .query_events(&EventQuery::default(), &Control::unbounded())
            .unwrap();
        for blob in page.blobs() {
            seerflow::codec::msgpack::decode_event(blob).unwrap();
        }
        let maintenance = engine.maintenance().unwrap();
        let count = maintenance.summary(&Control::unbounded()).unwrap().events;
        assert!(count >= before, "{count} events after {before}");
        before = count;
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Copies the log into the database in every way that another program may.
pub fn checkpoint(path: &Path) {
    let other = rusqlite::Connection::open(path).unwrap();
    other.busy_timeout(Duration::from_millis(50)).unwrap();
    for mode in ["PASSIVE", "FULL", "RESTART", "TRUNCATE"].iter().cycle() {
        // Others may hold the locks.
        let _ = other.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Makes backups, and checks each.
pub fn back_up(path: &Path) {
    let engine = open(path, &[]);
    for number in 0.. {
        let target = path.with_extension(format!("{}-{number}", std::process::id()));
        let maintenance = engine.maintenance().unwrap();
        maintenance
            .backup(&target, &Control::unbounded(), &mut |_, _| ())
            .unwrap();
        let copy = rusqlite::Connection::open(&target).unwrap();
        let answer: String = copy
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(answer, "ok");
        drop(copy);
        std::fs::remove_file(target).unwrap();
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The parts, with their numbers of processes; each except Seerflow is a part of this executable.
const PARTS: [(&str, usize); 5] = [
    ("write paced", 4),
    ("read", 2),
    ("checkpoint", 1),
    ("back up", 1),
    (SEERFLOW, 1),
];

const SEERFLOW: &str = "seerflow";

/// Running processes with their parts, killed when dropped.
struct Running(Vec<(&'static str, Child)>);

impl Drop for Running {
    fn drop(&mut self) {
        for (_, child) in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn start_part(part: &str, path: &Path) -> Option<Child> {
    if part != SEERFLOW {
        return Some(start(part, path));
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/torture/seerflow_writer.py");
    let child = Command::new(services::seerflow()?)
        .arg(script)
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    Some(child.unwrap())
}

/// Kills a process and returns the batches that it acknowledged. Only Seerflow may have ended before: it gives up after waiting for a
/// lock for five seconds.
fn kill(part: &str, mut child: Child) -> Vec<(String, u64)> {
    let ended = child.try_wait().unwrap();
    assert!(ended.is_none() || part == SEERFLOW, "{part} ended: {ended:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    acknowledged_by(&mut child)
}

#[test]
fn processes_that_share_a_file_lose_nothing_when_killed() {
    let mut proof = Proof::start(
        "one of nine processes on one SQLite file is killed: four writers, two readers, a checkpointer, backups, the real Seerflow",
    );
    let mut random = Random(seed());
    let (mut left, mut seerflows) = (faults(6, 1_800), 0);
    let seconds = left;
    while left > 0 {
        let time = left.min(SECONDS_PER_FILE);
        left -= time;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seerflow.db");
        open(&path, &[]).start(&Control::unbounded()).unwrap();
        let parts = PARTS
            .iter()
            .flat_map(|(part, count)| std::iter::repeat_n(*part, *count));
        let mut running = Running(
            parts
                .filter_map(|part| Some((part, start_part(part, &path)?)))
                .collect(),
        );
        let mut batches = Vec::new();
        let until = Instant::now() + Duration::from_secs(time);
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20 + random.below(600)));
            let chosen = random.below(running.0.len() as u64) as usize;
            let (part, child) = running.0.swap_remove(chosen);
            batches.extend(kill(part, child));
            proof.faults += 1;
            running.0.push((part, start_part(part, &path).unwrap()));
        }
        for (part, child) in running.0.drain(..) {
            batches.extend(kill(part, child));
        }
        let engine = open(&path, &[]);
        let context = format!("seed {}", seed());
        proof.acknowledged += assert_stored(&all_messages(&engine), &batches, &context);
        assert_sound(&engine);
        seerflows += batches
            .iter()
            .filter(|(name, _)| name.starts_with("seerflow"))
            .map(|(_, count)| count)
            .sum::<u64>();
    }
    proof.note = format!("seconds {seconds}, events of Seerflow {seerflows}");
    proof.print();
}

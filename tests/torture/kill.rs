//! The process is killed at a random moment of durable writes.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use seerflow::record::Control;

use crate::proof::{Proof, faults, is_long};
use crate::random::{Random, seed};
use crate::{all_messages, assert_sound, open, start, write};

/// The number of kills after which a new database is used.
const KILLS_PER_FILE: u64 = 10;

/// Writes durably from several threads and prints the acknowledged batches.
pub fn acknowledge(path: &Path) {
    let engine = open(path, &[]);
    std::thread::scope(|scope| {
        for writer in 0..3u64 {
            let engine = &engine;
            scope.spawn(move || {
                let mut random = Random(u64::from(std::process::id()) << 8 | writer);
                for round in 0.. {
                    let count = 1 + random.below(400);
                    let name = format!("p{}w{writer}r{round}", std::process::id());
                    write(engine, &name, count, &Control::unbounded()).unwrap();
                    // One write call, which prints a line completely or not at all.
                    let line = format!("ack {name} {count}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
}

/// Reads the batches that a killed process acknowledged, with their numbers of events. A last line without its end is ignored.
pub fn acknowledged_by(child: &mut Child) -> Vec<(String, u64)> {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (mut batches, mut line) = (Vec::new(), String::new());
    while lines.read_line(&mut line).unwrap() > 0 {
        let mut words = line.strip_suffix('\n').unwrap_or_default().split(' ');
        // The test harness prints before the first line.
        if let Some(name) = words.by_ref().skip_while(|word| !word.ends_with("ack")).nth(1) {
            batches.push((name.to_owned(), words.next().unwrap().parse().unwrap()));
        }
        line.clear();
    }
    batches
}

/// Asserts that messages have every event of these batches, and none twice. Returns the number of events of the batches.
pub fn assert_stored(messages: &[String], batches: &[(String, u64)], context: &str) -> u64 {
    let distinct: HashSet<&str> = messages.iter().map(String::as_str).collect();
    assert_eq!(
        distinct.len(),
        messages.len(),
        "{context}: an event is stored twice"
    );
    for (name, count) in batches {
        for n in 0..*count {
            let message = format!("{name}n{n}");
            assert!(
                distinct.contains(message.as_str()),
                "{context}: {message} is lost"
            );
        }
    }
    batches.iter().map(|(_, count)| count).sum()
}

#[test]
fn acknowledged_events_survive_kill_9() {
    let mut proof = Proof::start(
        "SIGKILL at a random moment of durable writes by three threads; every fifth time the next process is killed too, while it reads the log",
    );
    let mut random = Random(seed());
    let mut folder = tempfile::tempdir().unwrap();
    let mut expected: Vec<(String, u64)> = Vec::new();
    let mut acknowledged = 0;
    for kill in 0..faults(20, 10_000) {
        if kill % KILLS_PER_FILE == 0 {
            folder = tempfile::tempdir().unwrap();
            expected.clear();
            proof.acknowledged += acknowledged;
        }
        let path = folder.path().join("seerflow.db");
        let mut child = start("acknowledge", &path);
        std::thread::sleep(Duration::from_micros(
            1_000 + random.below(if is_long() { 100_000 } else { 600_000 }),
        ));
        child.kill().unwrap();
        child.wait().unwrap();
        proof.faults += 1;
        if kill % 5 == 4 {
            let mut second = start("recover", &path);
            std::thread::sleep(Duration::from_micros(random.below(12_000)));
            second.kill().unwrap();
            second.wait().unwrap();
            proof.faults += 1;
        }
        expected.extend(acknowledged_by(&mut child));
        let engine = open(&path, &[]);
        let context = format!("seed {} kill {kill}", seed());
        acknowledged = assert_stored(&all_messages(&engine), &expected, &context);
        assert_sound(&engine);
    }
    proof.acknowledged += acknowledged;
    assert!(proof.acknowledged > 0);
    proof.print();
}

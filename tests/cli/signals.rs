//! Signals, closed pipes, and following a store.

use std::io::{BufRead, BufReader, Read};
use std::time::{Duration, Instant};

use super::*;

fn send(child: &std::process::Child, signal: i32) {
    // SAFETY: the child has not been waited for.
    assert_eq!(unsafe { libc::kill(child.id() as i32, signal) }, 0);
}

fn wait(child: &mut std::process::Child) -> std::process::ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the program does not end"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn tail_follows_and_ends_when_its_reader_is_gone() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("events.ndjson")]);
    let mut tail = place
        .command("a.db", &["tail", "-n", "1", "-f", "--format", "ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    // Older than the stored events: following is by arrival.
    place.fed(
        "a.db",
        &["ingest", "--format", "ndjson", "-"],
        br#"{"message":"late","timestamp_ns":5}"#,
    );
    line.clear();
    lines.read_line(&mut line).unwrap();
    assert!(line.contains(r#""message":"late""#), "{line}");
    drop(lines);
    assert!(wait(&mut tail).success());
    let mut said = String::new();
    tail.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
fn ctrl_c_ends_tail_and_stores_what_ingest_has_read() {
    let place = Place::new();
    let mut ingest = place
        .command("a.db", &["ingest", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = ingest.stdin.take().unwrap();
    input
        .write_all(b"Mar 14 01:00:00 h p[1]: one\nMar 14 01:00:00 h p[1]: two\n")
        .unwrap();
    // Stored while the pipe is open: a slow stream is not held back.
    let started = Instant::now();
    while !place.path("a.db").exists() || place.json("a.db", &["status", "--json"])["events"] != 2 {
        assert!(started.elapsed() < Duration::from_secs(30), "no event arrives");
        std::thread::sleep(Duration::from_millis(50));
    }
    input.write_all(b"Mar 14 01:00:00 h p[1]: three\n").unwrap();
    std::thread::sleep(Duration::from_millis(300));
    send(&ingest, libc::SIGINT);
    assert_eq!(wait(&mut ingest).code(), Some(130));
    let mut said = String::new();
    ingest.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("stored 3 events"), "{said}");
    drop(input);
    assert_eq!(place.json("a.db", &["status", "--json"])["events"], 3);

    let mut tail = place
        .command("a.db", &["tail", "-f"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(tail.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    send(&tail, libc::SIGINT);
    assert!(wait(&mut tail).success());
}

#[test]
fn closed_pipe_is_not_an_error() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("sshd.log"), &log("nginx-access.log")]);
    for args in [
        &["export", "events"][..],
        &["export", "events", "--format", "csv"],
        &["query", "events", "-n", "10000"],
        &["query", "events", "-n", "10000", "--json"],
        &["completions", "bash"],
        &["config"],
    ] {
        let mut child = place
            .command("a.db", args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let status = wait(&mut child);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(
            status.success() && !said.contains("seerflow:") && !said.contains("panic"),
            "{args:?}: {status} {said}"
        );
    }
}

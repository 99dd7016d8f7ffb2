//! Durability under failure: the process killed during writes, the disk full, an endless stream of events, tampered databases.
//!
//! Each test runs in a short form by default and in a long form with `SEERFLOW_TORTURE=long` (`make torture`). Random choices follow
//! from `SEERFLOW_SEED`, which is printed. A test that kills a process runs this executable again, with `SEERFLOW_TORTURE_CHILD`
//! naming the function to run.

#![cfg(target_os = "linux")]

#[path = "torture/tamper.rs"]
mod tamper;
#[path = "torture/tamper_change.rs"]
mod tamper_change;
#[path = "torture/tamper_make.rs"]
mod tamper_make;
#[path = "torture/tamper_visit.rs"]
mod tamper_visit;

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use seerflow::record::{Control, Event, EventQuery, Order};
use seerflow::{Config, Engine, ErrorKind, Health, Input, WriteOptions};

fn is_long() -> bool {
    std::env::var("SEERFLOW_TORTURE").is_ok_and(|form| form == "long")
}

fn seed() -> u64 {
    std::env::var("SEERFLOW_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_261_123)
}

/// A small reproducible generator of random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn open(path: &Path, settings: &[(&str, &str)]) -> Engine {
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    for (key, value) in settings {
        config.set(key, value).unwrap();
    }
    Engine::open(&config, Default::default()).unwrap()
}

fn event(message: String) -> Event<'static> {
    Event {
        message: message.into(),
        source_type: "torture".into(),
        related_ips: vec!["192.0.2.1".into()],
        ..Event::default()
    }
}

/// Asserts that both integrity checks find no fault.
fn assert_sound(engine: &Engine) {
    assert_eq!(
        engine
            .maintenance()
            .unwrap()
            .check(&Control::unbounded())
            .unwrap(),
        [] as [String; 0]
    );
    assert_eq!(
        engine
            .maintenance()
            .unwrap()
            .check_text(&Control::unbounded())
            .unwrap(),
        [] as [String; 0]
    );
}

fn start(part: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child_part", "--exact", "--nocapture"])
        .env("SEERFLOW_TORTURE_CHILD", part)
        .env("SEERFLOW_TORTURE_PATH", path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The entry point of the processes that tests start; does nothing in a normal run.
#[test]
fn child_part() {
    let path = || PathBuf::from(std::env::var("SEERFLOW_TORTURE_PATH").unwrap());
    match std::env::var("SEERFLOW_TORTURE_CHILD").as_deref() {
        Ok("acknowledge") => acknowledge(&path()),
        Ok("recover") => open(&path(), &[]).start(&Control::unbounded()).unwrap(),
        Ok("stream") => stream(&path()),
        Ok("tamper") => tamper::child(&path()),
        _ => {}
    }
}

/// Writes durably from several threads and prints the acknowledged events.
fn acknowledge(path: &Path) {
    let engine = open(path, &[]);
    std::thread::scope(|scope| {
        for writer in 0..3u64 {
            let engine = &engine;
            scope.spawn(move || {
                let mut random = Random(u64::from(std::process::id()) << 8 | writer);
                for round in 0.. {
                    let count = 1 + random.below(400);
                    let name = format!("p{}w{writer}r{round}", std::process::id());
                    let events = (0..count).map(|n| Ok(event(format!("{name}n{n}"))));
                    let durable = WriteOptions {
                        durable: true,
                        ..WriteOptions::default()
                    };
                    engine
                        .write(Input::Events(Box::new(events)), durable, &Control::unbounded())
                        .unwrap();
                    // One write call, which prints a line completely or not at all.
                    let line = format!("ack {name} {count}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
}

#[test]
fn acknowledged_events_survive_kill_9() {
    let kills = if is_long() { 10_000 } else { 20 };
    let mut random = Random(seed());
    let (mut acknowledged, mut stored) = (0u64, 0u64);
    let mut folder = tempfile::tempdir().unwrap();
    let mut expected: Vec<(String, u64)> = Vec::new();
    for kill in 0..kills {
        if kill % 20 == 0 {
            folder = tempfile::tempdir().unwrap();
            expected.clear();
        }
        let path = folder.path().join("seerflow.db");
        let mut child = start("acknowledge", &path);
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        std::thread::sleep(Duration::from_micros(
            1_000 + random.below(if is_long() { 100_000 } else { 600_000 }),
        ));
        child.kill().unwrap();
        child.wait().unwrap();
        if kill % 5 == 4 {
            // The next process is killed while it reads the log of the killed one.
            let mut second = start("recover", &path);
            std::thread::sleep(Duration::from_micros(random.below(12_000)));
            second.kill().unwrap();
            second.wait().unwrap();
        }
        // Lines in the pipe were acknowledged before the kill. A last line without its end is ignored.
        let mut line = String::new();
        while lines.read_line(&mut line).unwrap() > 0 {
            let mut words = line.strip_suffix('\n').unwrap_or_default().split(' ');
            // The test harness prints before the first line.
            if let Some(name) = words.by_ref().skip_while(|word| !word.ends_with("ack")).nth(1) {
                expected.push((name.to_owned(), words.next().unwrap().parse().unwrap()));
            }
            line.clear();
        }
        let engine = open(&path, &[]);
        let found = all_messages(&engine);
        let distinct: HashSet<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(
            distinct.len(),
            found.len(),
            "seed {} kill {kill}: an event is stored twice",
            seed()
        );
        for (name, count) in &expected {
            for n in 0..*count {
                let message = format!("{name}n{n}");
                assert!(
                    distinct.contains(message.as_str()),
                    "seed {} kill {kill}: {message} is lost",
                    seed()
                );
            }
        }
        assert_sound(&engine);
        if kill % 20 == 19 {
            acknowledged += expected.iter().map(|(_, count)| count).sum::<u64>();
            stored += found.len() as u64;
        }
    }
    assert!(acknowledged > 0);
    println!(
        "killed {kills} times, and every fifth time the next process too (seed {}): {acknowledged} events acknowledged, all there; {stored} stored, none twice; all checks clean",
        seed()
    );
}

fn all_messages(engine: &Engine) -> Vec<String> {
    let mut query = EventQuery {
        order: Order::Arrival,
        limit: 10_000,
        ..EventQuery::default()
    };
    let mut messages = Vec::new();
    loop {
        let page = engine.query_events(&query, &Control::unbounded()).unwrap();
        let message = |blob| {
            seerflow::codec::msgpack::decode_event(blob)
                .unwrap()
                .message
                .into_owned()
        };
        messages.extend(page.blobs().map(message));
        query.cursor = page.next;
        if query.cursor.is_none() {
            return messages;
        }
    }
}

/// Size of the small disk, in bytes.
const DISK: u64 = 16 << 20;

/// A file system of limited size, unmounted when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn full_disk_stops_the_writer_until_space_is_free() {
    let Some(disk) = SmallDisk::mount(DISK) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "tmpfs could not be mounted in CI"
        );
        println!("skipped: the disk-full test mounts a tmpfs, which needs root");
        return;
    };
    let rounds = if is_long() { 20 } else { 2 };
    let ballast = disk.0.path().join("ballast");
    let engine = open(&disk.0.path().join("seerflow.db"), &[]);
    let mut acknowledged = Vec::new();
    let mut number = 0u64;
    for round in 0..rounds {
        // Fill the disk, except for 3 MiB.
        let used: u64 = std::fs::read_dir(disk.0.path())
            .unwrap()
            .map(|f| f.unwrap().metadata().unwrap().len())
            .sum();
        std::fs::write(
            &ballast,
            vec![0u8; (DISK - used).saturating_sub(3 << 20) as usize],
        )
        .unwrap();
        let full = loop {
            let name = format!("d{number}");
            number += 1;
            let events = (0..200).map(|n| Ok(event(format!("{name}n{n} {}", "filler ".repeat(20)))));
            let durable = WriteOptions {
                durable: true,
                ..WriteOptions::default()
            };
            match engine.write(
                Input::Events(Box::new(events)),
                durable,
                &Control::within(Duration::from_millis(400)),
            ) {
                Ok(_) => acknowledged.push(name),
                Err(error) => break (name, error),
            }
        };
        assert_eq!(full.1.kind(), ErrorKind::Timeout, "{}", full.1);
        assert!(
            matches!(engine.health(), Health::Degraded(_)),
            "{:?}",
            engine.health()
        );
        std::fs::remove_file(&ballast).unwrap();
        // Events of a call that timed out were accepted: they are stored now, without being sent again.
        engine.flush(&Control::within(Duration::from_secs(30))).unwrap();
        acknowledged.push(full.0);
        assert_eq!(engine.health(), Health::Ok, "round {round}");
        let found: HashSet<String> = all_messages(&engine)
            .iter()
            .map(|m| m.split(' ').next().unwrap().to_owned())
            .collect();
        for name in &acknowledged {
            assert!(
                (0..200).all(|n| found.contains(&format!("{name}n{n}"))),
                "{name} is lost"
            );
        }
        // Free space for the next round.
        let all = seerflow::store::PruneOptions {
            before_ns: None,
            max_bytes: Some(1 << 20),
        };
        engine
            .maintenance()
            .unwrap()
            .prune(&all, &Control::unbounded())
            .unwrap();
        acknowledged.clear();
    }
    assert_sound(&engine);
    println!("disk full {rounds} times: {number} batches, the writer waited and continued, none lost");
}

#[test]
fn another_program_gets_the_write_lock_during_continuous_writes() {
    let seconds = if is_long() { 60 } else { 8 };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    let engine = open(&path, &[]);
    engine.start(&Control::unbounded()).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    // The timeout of Seerflow.
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut writes, mut longest) = (0, Duration::ZERO);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while Instant::now() < until {
                let events = (0..1000).map(|n| Ok(event(format!("busy {n}"))));
                engine
                    .write(
                        Input::Events(Box::new(events)),
                        WriteOptions::default(),
                        &Control::unbounded(),
                    )
                    .unwrap();
            }
        });
        while Instant::now() < until {
            let started = Instant::now();
            let insert = "INSERT INTO sigma_rule_state (rule_id, updated_at_ns) VALUES (?1, 0)";
            other.execute(insert, [writes]).unwrap();
            longest = longest.max(started.elapsed());
            writes += 1;
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    println!(
        "another program wrote {writes} times during {seconds} s of writing without pause; its longest wait was {longest:.1?}"
    );
}

/// Streams the events of the benches (200 users, 5,000 addresses); prints the rate of each million and the memory used.
fn stream(path: &Path) {
    let (total, part) = stream_size();
    let engine = open(path, &[("storage.queue_bytes", "33554432")]);
    let mut random = Random(seed());
    let mut rates = Vec::new();
    for _ in 0..total / part {
        let started = Instant::now();
        for _ in 0..part / 1000 {
            let events = (0..1000).map(|_| {
                let (user, ip) = (random.below(200), random.below(5_000));
                let address = format!("10.{}.{}.7", ip / 250, ip % 250);
                Ok(Event {
                    message: format!(
                        "Failed password for user{user} from {address} port {} ssh2",
                        random.below(65_536)
                    )
                    .into(),
                    source_type: "sshd".into(),
                    related_users: vec![format!("user{user}").into()],
                    related_ips: vec![address.into()],
                    ..Event::default()
                })
            });
            engine
                .write(
                    Input::Events(Box::new(events)),
                    WriteOptions::default(),
                    &Control::unbounded(),
                )
                .unwrap();
        }
        engine.flush(&Control::unbounded()).unwrap();
        rates.push(part as f64 / started.elapsed().as_secs_f64());
    }
    let wal = engine.stats().buffer.wal_bytes;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let kib = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let rates: Vec<String> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
    println!(
        "\nstreamed {} {} {wal} {}",
        kib("VmHWM"),
        kib("RssAnon"),
        rates.join(" ")
    );
}

fn stream_size() -> (u64, u64) {
    if is_long() {
        (5_000_000, 1_000_000)
    } else {
        (300_000, 100_000)
    }
}

#[test]
fn memory_is_bounded_while_events_stream_through() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start("stream", &folder.path().join("seerflow.db"));
    let mut output = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut output).unwrap();
    assert!(child.wait().unwrap().success(), "{output}");
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("streamed "))
        .unwrap();
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
    let (peak, wal, rates) = (numbers[0] / 1024.0, numbers[2] / 1048576.0, &numbers[3..]);
    let (first, last) = (rates[0], rates[rates.len() - 1]);
    let (total, part) = stream_size();
    println!(
        "streamed {total} events: peak memory {peak:.0} MiB with a queue of 32 MiB, write-ahead log {wal:.0} MiB; events/s per {part}: {rates:.0?}, last/first {:.2}",
        last / first
    );
    assert!(peak <= 32.0 + 128.0, "peak memory {peak:.0} MiB");
    // Rates vary on a busy machine; only a collapse fails the test.
    assert!(last >= first * 0.25, "the rate fell from {first:.0} to {last:.0}");
}

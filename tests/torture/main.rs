//! Durability under failure: processes killed during writes, alone and many on one file, the disk full, an endless stream and a day of
//! events, tampered databases.
//!
//! Each test runs in a short form by default and in a long form with `SEERFLOW_TORTURE=long` (`make proof`). Random choices follow
//! from `SEERFLOW_SEED`, which is printed. A test that kills a process runs this executable again, with `SEERFLOW_TORTURE_CHILD`
//! naming the function to run.

#![cfg(target_os = "linux")]

mod day;
mod full_disk;
mod kill;
mod log;
mod many;
#[path = "../services/proof.rs"]
mod proof;
#[path = "../services/random.rs"]
mod random;
#[path = "../services/mod.rs"]
mod services;
#[path = "../services/sound.rs"]
mod sound;
mod stream;
mod tamper;
mod tamper_change;
mod tamper_make;
mod tamper_visit;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use seerflow::record::{Control, Event, EventQuery, Order};
use seerflow::{Config, Engine, Input, Result, WriteOptions};
use sound::assert_sound;

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

/// Writes a batch durably; event N of it has the message `NAMEnN`.
fn write(engine: &Engine, name: &str, count: u64, control: &Control) -> Result<()> {
    let events = (0..count).map(|n| Ok(event(format!("{name}n{n}"))));
    let options = WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    let written = engine.write(Input::Events(Box::new(events)), options, control)?;
    assert_eq!((written.committed, written.duplicates), (count, 0), "{name}");
    Ok(())
}

/// Returns a figure of this process from /proc/self/status, in KiB.
fn kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn start(part: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child_part", "--exact", "--nocapture"])
        .env("SEERFLOW_TORTURE_CHILD", part)
        .env("SEERFLOW_TORTURE_PATH", path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The entry point of the processes that tests start; does nothing in a normal run.
#[test]
fn child_part() {
    let path = || PathBuf::from(std::env::var("SEERFLOW_TORTURE_PATH").unwrap());
    match std::env::var("SEERFLOW_TORTURE_CHILD").as_deref() {
        Ok("acknowledge") => kill::acknowledge(&path()),
        Ok("recover") => open(&path(), &[]).start(&Control::unbounded()).unwrap(),
        Ok("write paced") => many::write_paced(&path()),
        Ok("read") => many::read(&path()),
        Ok("checkpoint") => many::checkpoint(&path()),
        Ok("back up") => many::back_up(&path()),
        Ok("store day") => day::store_day(&path()),
        Ok("stream") => stream::stream(&path()),
        Ok("tamper") => tamper::child(&path()),
        _ => {}
    }
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

#[test]
fn another_program_gets_the_write_lock_during_continuous_writes() {
    let seconds = if proof::is_long() { 60 } else { 8 };
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

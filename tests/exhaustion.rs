//! A process that runs out of memory: calls fail or wait, and no acknowledged event is lost.
//!
//! SQLite's allocations and Rust's fail on demand. Tests of Rust's run this executable again, because an allocation that cannot report
//! its failure aborts the process.

#![cfg(target_os = "linux")]

#[path = "services/proof.rs"]
mod proof;
#[path = "services/random.rs"]
mod random;

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_int, c_void};
use std::path::Path;
use std::process::Command;
use std::ptr::null_mut;
use std::sync::Once;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use proof::{Proof, is_long};
use rusqlite::ffi;
use seerflow::record::{Control, Event, EventQuery, Order};
use seerflow::{Config, Engine, ErrorKind, Input, Result, WriteOptions};

/// Rust's allocator: fails above a size.
struct Bounded;

/// The largest allocation of Rust that succeeds, in bytes.
static LARGEST: AtomicUsize = AtomicUsize::new(usize::MAX);

// SAFETY: the system's allocator, or null, which means that there is no memory.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST.load(Ordering::Relaxed) {
            return null_mut();
        }
        // SAFETY: the caller's own arguments.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's own arguments.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > LARGEST.load(Ordering::Relaxed) {
            return null_mut();
        }
        // SAFETY: the caller's own arguments.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

/// SQLite's allocator: fails when as many allocations were made.
mod sqlite {
    use super::*;

    /// The number of allocations until some fail.
    pub static LEFT: AtomicI64 = AtomicI64::new(i64::MAX);

    /// The number of allocations that fail then.
    pub static FAILING: AtomicI64 = AtomicI64::new(1);

    static mut ORIGINAL: Option<ffi::sqlite3_mem_methods> = None;

    fn fails() -> bool {
        let left = LEFT.fetch_sub(1, Ordering::Relaxed);
        left <= 0 && left > -FAILING.load(Ordering::Relaxed)
    }

    fn original() -> &'static ffi::sqlite3_mem_methods {
        let original = &raw const ORIGINAL;
        // SAFETY: written once, before SQLite is used.
        unsafe { (*original).as_ref().unwrap() }
    }

    unsafe extern "C" fn malloc(bytes: c_int) -> *mut c_void {
        if fails() {
            return null_mut();
        }
        // SAFETY: SQLite's own argument.
        unsafe { original().xMalloc.unwrap()(bytes) }
    }

    unsafe extern "C" fn realloc(memory: *mut c_void, bytes: c_int) -> *mut c_void {
        if fails() {
            return null_mut();
        }
        // SAFETY: SQLite's own arguments.
        unsafe { original().xRealloc.unwrap()(memory, bytes) }
    }

    /// Replaces the allocator, before SQLite is used.
    pub fn replace() {
        static REPLACED: Once = Once::new();
        REPLACED.call_once(|| {
            // SAFETY: SQLite is not initialised yet, and both calls get a pointer to live methods.
            unsafe {
                let mut methods: ffi::sqlite3_mem_methods = std::mem::zeroed();
                assert_eq!(ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, &mut methods), 0);
                ORIGINAL = Some(methods);
                methods.xMalloc = Some(malloc);
                methods.xRealloc = Some(realloc);
                assert_eq!(ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &mut methods), 0);
            }
        });
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

fn soon() -> Control {
    Control::within(Duration::from_secs(120))
}

fn durable() -> WriteOptions {
    WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    }
}

fn write(engine: &Engine, message: &str) -> Result<()> {
    let event = Event {
        message: message.to_owned().into(),
        source_type: "sshd".into(),
        related_ips: vec!["10.1.2.3".into()],
        ..Event::default()
    };
    let events = Input::Events(Box::new(std::iter::once(Ok(event))));
    engine.write(events, durable(), &soon()).map(|_| ())
}

fn messages(engine: &Engine) -> Result<Vec<String>> {
    let page = engine.query_events(&EventQuery::default(), &soon())?;
    let decoded = page.blobs().map(seerflow::codec::msgpack::decode_event);
    decoded.map(|event| Ok(event?.message.into_owned())).collect()
}

/// Opens, writes and queries while allocations of SQLite fail. Returns whether any of them failed, and the number of acknowledged events.
fn survive(first: i64, failing: i64) -> (bool, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    sqlite::FAILING.store(failing, Ordering::Relaxed);
    sqlite::LEFT.store(first, Ordering::Relaxed);
    let engine = open(&path, &[("storage.track_templates", "true")]);
    let mut acknowledged = Vec::new();
    for number in 0..3 {
        let message = format!("Failed password, attempt {number}");
        if write(&engine, &message).is_ok() {
            acknowledged.push(message);
        }
        // An answer has every acknowledged event.
        if let Ok(found) = messages(&engine) {
            assert!(
                acknowledged.iter().all(|message| found.contains(message)),
                "{first}"
            );
        }
    }
    let has_failed = sqlite::LEFT.swap(i64::MAX, Ordering::Relaxed) <= 0;
    // With memory again, the same handle works.
    write(&engine, "the last one").unwrap();
    acknowledged.push("the last one".to_owned());
    assert_eq!(engine.close(&soon()).unwrap(), 0);
    let engine = open(&path, &[]);
    let found = messages(&engine).unwrap();
    for message in &acknowledged {
        let times = found.iter().filter(|one| *one == message).count();
        assert_eq!(times, 1, "allocation {first}: {message:?} of {found:?}");
    }
    let findings = engine.maintenance().unwrap().check(&soon()).unwrap();
    assert!(findings.is_empty(), "allocation {first}: {findings:?}");
    (has_failed, acknowledged.len() as u64)
}

/// With SEERFLOW_TORTURE=long, each allocation fails once; otherwise some of them, spread over the run.
#[test]
fn every_allocation_of_sqlite_may_fail() {
    sqlite::replace();
    let mut proof = Proof::start(
        "SQLite's allocation number N fails, alone or with the 29 that follow; the long form tries every N",
    );
    for failing in [1, 30] {
        let (mut first, mut runs) = (0, 0);
        while let (true, acknowledged) = survive(first, failing) {
            runs += 1;
            first += if is_long() { 1 } else { 1 + first / 8 };
            proof.acknowledged += acknowledged;
        }
        assert!(runs > 20);
        proof.faults += runs;
    }
    proof.print();
}

/// Input of each format that takes megabytes: many records, or one large one.
fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let long = "x".repeat(900_000);
    let numbers = 0..8_000;
    let object = |message: &str| {
        serde_json::json!({ "message": message, "host": "web-1", "ip": "10.1.2.3" }).to_string()
    };
    let pack = |message: &str| {
        let mut bytes = vec![0x81, 0xa7];
        bytes.extend_from_slice(b"message");
        bytes.push(0xdb);
        bytes.extend_from_slice(&(message.len() as u32).to_be_bytes());
        bytes.extend_from_slice(message.as_bytes());
        bytes
    };
    let otlp = |messages: &mut dyn Iterator<Item = String>| {
        let records = messages.map(|message| serde_json::json!({ "body": { "stringValue": message } }));
        let records = records.collect::<Vec<_>>();
        serde_json::json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] }).to_string()
    };
    let message = |number| format!("message {number}");
    vec![
        (
            "lines",
            numbers
                .clone()
                .map(|n| message(n) + "\n")
                .collect::<String>()
                .into_bytes(),
        ),
        ("lines", (long.clone() + "\n").into_bytes()),
        (
            "ndjson",
            numbers
                .clone()
                .map(|n| object(&message(n)) + "\n")
                .collect::<String>()
                .into_bytes(),
        ),
        ("ndjson", object(&long).into_bytes()),
        (
            "msgpack",
            numbers.clone().flat_map(|n| pack(&message(n))).collect(),
        ),
        ("msgpack", pack(&long)),
        ("otlp", otlp(&mut numbers.clone().map(message)).into_bytes()),
        ("otlp", otlp(&mut std::iter::once(long.clone())).into_bytes()),
    ]
}

/// Writes and reads while Rust's allocations above a size fail. Prints each outcome.
fn work_with(largest: usize, path: &Path) {
    let inputs = inputs();
    let engine = open(path, &[]);
    write(&engine, "before").unwrap();
    let mut stored = 2;
    for (format, bytes) in &inputs {
        let input = match *format {
            "lines" => Input::Lines(bytes),
            "ndjson" => Input::Ndjson(bytes),
            "msgpack" => Input::Msgpack(bytes),
            _ => Input::OtlpJson(bytes),
        };
        println!("said: {format}, {} bytes", bytes.len());
        LARGEST.store(largest, Ordering::Relaxed);
        let written = engine.write(input, durable(), &soon());
        LARGEST.store(usize::MAX, Ordering::Relaxed);
        match written {
            Ok(outcome) => {
                stored += outcome.committed;
                println!("said: stored {}", outcome.committed);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
                println!("said: {error}");
            }
        }
    }
    for order in [Order::Newest, Order::Oldest] {
        let query = EventQuery {
            limit: 100_000,
            order,
            ..EventQuery::default()
        };
        LARGEST.store(largest, Ordering::Relaxed);
        let page = engine.query_events(&query, &soon());
        LARGEST.store(usize::MAX, Ordering::Relaxed);
        match page {
            Ok(page) => println!("said: a page of {}", page.len()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
                println!("said: {error}");
            }
        }
    }
    write(&engine, "after").unwrap();
    let summary = engine.maintenance().unwrap().summary(&soon()).unwrap();
    assert_eq!(summary.events, stored);
    assert_eq!(engine.close(&soon()).unwrap(), 0);
}

/// The entry point of the processes that tests start; does nothing in a normal run.
#[test]
fn child_part() {
    let Ok(largest) = std::env::var("SEERFLOW_EXHAUSTION_CHILD") else {
        return;
    };
    let path = std::env::var("SEERFLOW_EXHAUSTION_PATH").unwrap();
    work_with(largest.parse().unwrap(), Path::new(&path));
}

#[test]
fn large_allocations_of_rust_may_fail() {
    for largest in [4 << 20, 512 << 10, 128 << 10] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seerflow.db");
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["child_part", "--exact", "--nocapture"])
            .env("SEERFLOW_EXHAUSTION_CHILD", largest.to_string())
            .env("SEERFLOW_EXHAUSTION_PATH", &path)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        println!("largest allocation: {largest} bytes\n{text}");
        assert!(
            output.status.success(),
            "{:?}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

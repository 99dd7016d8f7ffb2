//! Memory use with a hostile database, server or input: bounded, with an error instead of an abort.
//!
//! Each test runs this executable again under a limit of the address space, with `SEERFLOW_MEMORY_CHILD` naming the function to run,
//! and reads the peak of its memory.

#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use seerflow::record::{Control, Event, EventQuery, Order};
use seerflow::transfer::{Feed, Format};
use seerflow::{Config, Engine, Input, WriteOptions};

const MIB: u64 = 1 << 20;

/// The environment variable with the address of the test's server.
const SERVER: &str = "SEERFLOW_MEMORY_SERVER";

fn open(path: &Path) -> Engine {
    let mut config = Config::new();
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    Engine::open(&config, Default::default()).unwrap()
}

/// Runs a function in a process with limited address space; returns the lines it printed and its peak memory in MiB.
fn run(part: &str, path: &Path, limit: u64) -> (Vec<String>, u64) {
    run_with(part, path, limit, "")
}

/// Runs as [`run`] does, with the address of a server.
fn run_with(part: &str, path: &Path, limit: u64, server: &str) -> (Vec<String>, u64) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["child_part", "--exact", "--nocapture"])
        .env("SEERFLOW_MEMORY_CHILD", part)
        .env("SEERFLOW_MEMORY_PATH", path)
        .env(SERVER, server)
        // An arena reserves 64 MiB of addresses.
        .env("MALLOC_ARENA_MAX", "1");
    // SAFETY: the closure only makes a system call.
    unsafe {
        child.pre_exec(move || {
            let bytes = libc::rlimit {
                rlim_cur: limit,
                rlim_max: limit,
            };
            libc::setrlimit(libc::RLIMIT_AS, &bytes);
            Ok(())
        });
    }
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{part}: {:?}\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let said = |mark: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(mark));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let peak = said("peak: ")[0].parse::<u64>().unwrap() / 1024;
    println!(
        "{part}: peak memory {peak} MiB under a limit of {} MiB",
        limit / MIB
    );
    (said("said: "), peak)
}

/// The entry point of the processes that tests start; does nothing in a normal run.
#[test]
fn child_part() {
    let Ok(part) = std::env::var("SEERFLOW_MEMORY_CHILD") else {
        return;
    };
    let path = PathBuf::from(std::env::var("SEERFLOW_MEMORY_PATH").unwrap());
    match part.as_str() {
        "pages" => pages(&path),
        "query" => say_answer(open(&path).query_events(&EventQuery::default(), &Control::unbounded())),
        "check" => {
            let within = Control::within(Duration::from_secs(2));
            let began = Instant::now();
            say_answer(open(&path).maintenance().unwrap().check(&within));
            assert!(began.elapsed() < Duration::from_secs(30), "the deadline passed");
        }
        "answer of a server" => graph_counts(),
        "message of a server" => postgres_query(),
        "import" => import(&path),
        part => panic!("no part {part}"),
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    println!("peak: {}", line.split_whitespace().nth(1).unwrap());
}

fn say_answer<T>(answer: seerflow::Result<T>) {
    match answer {
        Ok(_) => println!("said: ok"),
        Err(error) => println!("said: {}: {error}", error.kind().name()),
    }
}

/// Reads all events, page by page.
fn pages(path: &Path) {
    let engine = open(path);
    for order in [Order::Newest, Order::Oldest, Order::Arrival] {
        let mut query = EventQuery {
            limit: 400,
            order,
            ..EventQuery::default()
        };
        let (mut pages, mut events) = (0, 0);
        loop {
            let page = engine.query_events(&query, &Control::unbounded()).unwrap();
            (pages, events) = (pages + 1, events + page.len());
            query.cursor = page.next;
            if page.next.is_none() {
                break;
            }
        }
        println!("said: {events} events in {pages} pages");
    }
}

/// Queries the graph server at the address in the environment variable.
fn graph_counts() {
    let url = std::env::var(SERVER).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    config.set("storage.graph_backend", "falkordb").unwrap();
    config.set("storage.falkordb_url", &url).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let control = Control::within(Duration::from_secs(120));
    say_answer(engine.graph().unwrap().counts(&control));
}

/// Queries the PostgreSQL server at the address in the environment variable.
fn postgres_query() {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    let url = std::env::var(SERVER).unwrap();
    config.set("storage.postgresql_url", &url).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let control = Control::within(Duration::from_secs(60));
    say_answer(engine.query_events(&EventQuery::default(), &control));
}

/// Imports a compressed file, as the program does.
fn import(path: &Path) {
    let engine = open(&path.with_extension("db"));
    let control = Control::unbounded();
    let mut input = flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap());
    say_answer(
        Feed::new(&engine, Format::Csv, WriteOptions::default(), &control).run(&mut input, &mut |_| {}),
    );
}

fn write_large(path: &Path, count: usize, bytes: usize) {
    let engine = open(path);
    for number in 0..count {
        let event = Event {
            message: format!("{number} {}", "x".repeat(bytes)).into(),
            ..Event::default()
        };
        let events = std::iter::once(Ok(event));
        engine
            .write(
                Input::Events(Box::new(events)),
                WriteOptions::default(),
                &Control::unbounded(),
            )
            .unwrap();
    }
    assert_eq!(engine.close(&Control::unbounded()).unwrap(), 0);
}

#[test]
fn page_of_large_events_ends_at_page_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seerflow.db");
    write_large(&path, 400, 1_000_000);
    let (said, peak) = run("pages", &path, 256 * MIB);
    assert_eq!(said, ["400 events in 25 pages"; 3]);
    assert!(peak < 128, "peak memory {peak} MiB");
}

/// Returns a database with Seerflow's tables, changed by `change`.
fn changed(folder: &Path, change: &str) -> PathBuf {
    let path = folder.join("seerflow.db");
    write_large(&path, 3, 10);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(change).unwrap();
    path
}

#[test]
fn generated_column_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let change = "CREATE TABLE made_up (
            ingest_seq INTEGER PRIMARY KEY, event_id TEXT, timestamp_ns INTEGER, observed_ns INTEGER, severity_id INTEGER,
            source_type TEXT, source_id TEXT, template_id INTEGER, message TEXT, entity_refs TEXT,
            data GENERATED ALWAYS AS (zeroblob(400000000)));
        INSERT INTO made_up SELECT ingest_seq, event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id,
            template_id, message, entity_refs FROM events;
        PRAGMA foreign_keys = OFF; DROP TABLE events; ALTER TABLE made_up RENAME TO events;";
    let path = changed(folder.path(), change);
    let (said, _) = run("query", &path, 256 * MIB);
    assert!(
        said[0].starts_with("schema: ") && said[0].contains("events.data"),
        "{said:?}"
    );
}

#[test]
fn endless_view_is_refused_and_check_respects_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let change = "DROP TABLE events;
        CREATE VIEW events AS WITH RECURSIVE endless(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless)
        SELECT n AS ingest_seq, '' AS event_id, n AS timestamp_ns, n AS observed_ns, 1 AS severity_id, '' AS source_type,
            '' AS source_id, 1 AS template_id, '' AS message, NULL AS entity_refs, x'80' AS data FROM endless;";
    let path = changed(folder.path(), change);
    let (said, _) = run("check", &path, 256 * MIB);
    assert!(
        said[0].starts_with("schema: ") && said[0].contains("view"),
        "{said:?}"
    );
}

#[test]
fn value_larger_than_memory_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = changed(folder.path(), "UPDATE events SET data = zeroblob(200000000)");
    let (said, _) = run("query", &path, 256 * MIB);
    assert!(said[0].starts_with("limit: "), "{said:?}");
    // With sufficient memory it takes a third of a GiB: SQLite's value and the page's.
    let path = changed(
        &folder.path().join("longer"),
        "UPDATE events SET data = zeroblob(400000000)",
    );
    let (said, peak) = run("query", &path, 2048 * MIB);
    assert!(said[0].starts_with("limit: ") && peak < 64, "{said:?}");
}

#[test]
fn answer_of_many_small_values_is_refused() {
    // Unbounded, 100 MB from the server took 805 MB of memory.
    let port = serve(|mut client| {
        let mut command = [0; 4096];
        let mut ones = b"*25000000\r\n".to_vec();
        ones.extend(b":1\r\n".repeat(1000));
        while client.read(&mut command).is_ok_and(|read| read > 0) {
            for _ in 0..25_000 {
                if client.write_all(&ones).is_err() {
                    return;
                }
                ones.drain(..ones.len() - 4000);
            }
        }
    });
    let url = format!("falkor://127.0.0.1:{port}/graph");
    let (said, peak) = run_with("answer of a server", Path::new(""), 512 * MIB, &url);
    let bound = "an answer of the server takes more than 134217728 bytes";
    assert!(
        said[0].starts_with("limit: ") && said[0].contains(bound),
        "{said:?}"
    );
    assert!(peak < 256, "peak memory {peak} MiB");
}

#[test]
fn message_of_two_gigabytes_is_refused_at_its_header() {
    // A server that accepts any login and answers the first query with a row of maximum length.
    let port = serve(|mut client| {
        let mut length = [0; 4];
        while client.read_exact(&mut length).is_ok() {
            let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
            client.read_exact(&mut body).unwrap();
            if body == [0x04, 0xd2, 0x16, 0x2f] {
                client.write_all(b"N").unwrap();
                continue;
            }
            let greeting = b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\0\x01\0\0\0\x02Z\0\0\0\x05I";
            client.write_all(greeting).unwrap();
            client.read_exact(&mut [0]).unwrap();
            client.write_all(b"D\x7f\xff\xff\xff").unwrap();
            let zeros = vec![0; 1 << 20];
            while client.write_all(&zeros).is_ok() {}
            return;
        }
    });
    for tls in ["disable", "prefer"] {
        let url = format!("postgresql://me@127.0.0.1:{port}/db?sslmode={tls}");
        let (said, peak) = run_with("message of a server", Path::new(""), 512 * MIB, &url);
        let bound = "announces a message of 2147483647 bytes, the bound is 268435456";
        assert!(
            said[0].starts_with("limit: ") && said[0].contains(bound),
            "{said:?}"
        );
        assert!(peak < 64, "peak memory {peak} MiB");
    }
}

#[test]
fn csv_row_without_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("endless.csv.gz");
    let write = |parts: &[(&[u8], usize)]| {
        let file = std::fs::File::create(&path).unwrap();
        let mut file = flate2::write::GzEncoder::new(file, flate2::Compression::best());
        for (part, times) in parts {
            for _ in 0..*times {
                file.write_all(part).unwrap();
            }
        }
        file.finish().unwrap();
    };
    let mebibyte = vec![b'x'; 1 << 20];
    let cells = b",".repeat(1 << 20);
    for (start, endless, row) in [
        (&b"message,severity_id\nfirst,1\n\""[..], &mebibyte, 3),
        (b"message,severity_id\n", &cells, 2),
        (b"", &cells, 1),
    ] {
        write(&[(start, 1), (endless, 500)]);
        let (said, peak) = run("import", &path, 384 * MIB);
        assert!(
            said[0].starts_with("limit: ") && said[0].contains(&format!("row {row} is longer")),
            "{said:?}"
        );
        assert!(peak < 192, "peak memory {peak} MiB");
    }
    // The longest row of an event that may be stored is accepted.
    let longest = "\u{1}".repeat(1_000_000);
    let cell = serde_json::json!({ "k": longest })
        .to_string()
        .replace('"', "\"\"");
    write(&[(format!("message,attributes\nm,\"{cell}\"\n").as_bytes(), 1)]);
    let (said, _) = run("import", &path, 384 * MIB);
    assert_eq!(said, ["ok"]);
}

/// Serves each connection on a thread; returns the port.
fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for client in server.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || answer(client));
        }
    });
    port
}

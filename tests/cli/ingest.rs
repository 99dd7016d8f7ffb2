//! `ingest`: files as they lie about on hosts.

use super::*;

fn messages(place: &Place, database: &str) -> Vec<String> {
    let events = place.ok(database, &["export", "events"]);
    let message = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["message"].as_str().unwrap_or_default().to_owned()
    };
    events.lines().map(message).collect()
}

#[test]
fn utf16_and_byte_order_marks_are_decoded() {
    let text =
        "2026-03-14 01:02:03 ERROR backup failed for user alice\r\n2026-03-14 01:02:04 INFO caf\u{e9}\r\n";
    let little = text.encode_utf16().flat_map(u16::to_le_bytes);
    let big = text.encode_utf16().flat_map(u16::to_be_bytes);
    for (name, bytes) in [
        (
            "little.log",
            [0xff, 0xfe].into_iter().chain(little).collect::<Vec<u8>>(),
        ),
        ("big.log", [0xfe, 0xff].into_iter().chain(big).collect()),
        (
            "utf8.log",
            [0xef, 0xbb, 0xbf].into_iter().chain(text.bytes()).collect(),
        ),
    ] {
        let place = Place::new();
        place.file(name, &bytes);
        place.ok("a.db", &["ingest", "-q", place.path(name).to_str().unwrap()]);
        assert_eq!(
            messages(&place, "a.db"),
            ["backup failed for user alice", "caf\u{e9}"],
            "{name}"
        );
    }
}

#[test]
fn carriage_returns_and_form_feeds_end_lines() {
    let place = Place::new();
    place.file(
        "a.log",
        b"2026-03-14 01:02:03 INFO one\r2026-03-14 01:02:04 INFO two\r",
    );
    place.file(
        "b.log",
        b"\x0c2026-03-14 01:02:05 INFO three\r\n\x0c\r\n2026-03-14 01:02:06 INFO four\r\n",
    );
    for name in ["a.log", "b.log"] {
        place.ok("a.db", &["ingest", "-q", place.path(name).to_str().unwrap()]);
    }
    assert_eq!(messages(&place, "a.db"), ["one", "two", "three", "four"]);
}

#[test]
fn messages_that_are_records_are_read_on_request() {
    let place = Place::new();
    place.file(
        "a.ndjson",
        b"{\"log\":\"2026-03-14 01:02:03 ERROR backup failed\\n\",\"stream\":\"stderr\"}\n",
    );
    let path = place.path("a.ndjson");
    let path = path.to_str().unwrap();
    for (when, message) in [
        ("always", "backup failed"),
        ("never", "2026-03-14 01:02:03 ERROR backup failed"),
    ] {
        place.ok(&format!("{when}.db"), &["ingest", "-q", "--parse", when, path]);
        assert_eq!(messages(&place, &format!("{when}.db")), [message]);
    }
}

#[test]
fn times_that_are_not_understood_are_counted() {
    let place = Place::new();
    let records =
        "{\"time\":\"the day before\",\"msg\":\"a\"}\n{\"time\":\"2026-03-14T01:02:03Z\",\"msg\":\"b\"}\n";
    place.file("a.ndjson", records.as_bytes());
    let path = place.path("a.ndjson");
    let output = place.run("a.db", &["ingest", "--json", path.to_str().unwrap()]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["unparsed_times"], 1, "{report:#}");
    let output = place.run("b.db", &["ingest", path.to_str().unwrap()]);
    let said = text(&output.stderr);
    assert!(said.contains("1 with the present as their time"), "{said}");
}

#[test]
fn binary_files_are_refused_by_name() {
    let place = Place::new();
    for (name, bytes, kind) in [
        ("a.log.bz2", &b"BZh91AY&SY\x01\x02\x03\x04"[..], "bzip2 data"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        ("a.bin", b"\x01\x02\x03\x04\x05\x06\x0e\x0f", "not text"),
    ] {
        place.file(name, bytes);
        let path = place.path(name);
        let output = place.run("a.db", &["ingest", "--format", "lines", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(text(&output.stderr).contains(kind), "{}", text(&output.stderr));
    }
    assert_eq!(messages(&place, "a.db"), [""; 0]);
}

#[test]
fn holes_and_overlong_lines_are_not_records_of_their_own() {
    let place = Place::new();
    let mut bytes = vec![0; 3 << 20];
    bytes.extend_from_slice(b"Mar 14 01:02:03 web-1 app[7]: first\n");
    bytes.extend_from_slice(b"Mar 14 01:02:03 web-1 app[7]: ");
    bytes.extend_from_slice(&vec![b'A'; 2 << 20]);
    bytes.extend_from_slice(
        b"<38>Mar 14 01:02:04 web-1 sshd[1]: Accepted password for root from 203.0.113.66\n",
    );
    bytes.extend_from_slice(b"Mar 14 01:02:05 web-1 app[7]: next\n");
    place.file("a.log", &bytes);
    let path = place.path("a.log");
    let output = place.run("a.db", &["ingest", "--json", path.to_str().unwrap()]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["stored"], &report["rejected"]),
        (&2.into(), &1.into()),
        "{report:#}"
    );
    assert_eq!(messages(&place, "a.db"), ["first", "next"]);
}

#[test]
fn lines_without_a_host_get_their_files_name() {
    let place = Place::new();
    place.file("one.log", b"2026-03-14 01:02:03 INFO one\n");
    place.file("two.log", b"Mar 14 01:02:04 web-1 app: two\n");
    let files = ["one.log", "two.log"].map(|name| place.path(name));
    let [one, two] = files.each_ref().map(|path| path.to_str().unwrap());
    place.ok("a.db", &["ingest", "-q", "--year", "2026", one, two]);
    let events = place.ok("a.db", &["export", "events"]);
    let ids: Vec<String> = events
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["source_id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(ids, ["one.log", "web-1"]);
}

#[test]
fn lines_of_a_stack_trace_are_one_record() {
    let place = Place::new();
    let log = "2026-03-14 01:02:03 ERROR failed\njava.io.IOException: x\n\tat a.B.c(B.java:7)\n2026-03-14 01:02:04 INFO next\n";
    place.file("a.log", log.as_bytes());
    let path = place.path("a.log");
    let path = path.to_str().unwrap();
    place.ok("a.db", &["ingest", "-q", "--multiline", path]);
    place.ok("b.db", &["ingest", "-q", "--multiline=####-##-##", path]);
    place.ok("c.db", &["ingest", "-q", path]);
    for database in ["a.db", "b.db"] {
        let found = messages(&place, database);
        assert_eq!(
            found,
            ["failed\njava.io.IOException: x\n\tat a.B.c(B.java:7)", "next"]
        );
    }
    assert_eq!(messages(&place, "c.db").len(), 4);
}

#[test]
fn a_dry_run_shows_events_and_stores_none() {
    let place = Place::new();
    let log = "Mar 14 01:02:03 web-1 sshd[7]: Failed password for root from 203.0.113.66 port 22\n\
         2026-02-30 01:02:03 ERROR no such day\n\
         no time\n";
    place.file("a.log", log.as_bytes());
    let path = place.path("a.log");
    let output = place.run("a.db", &["ingest", "--dry-run", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    for part in ["web-1", "sshd:7", "user:root", "ip:203.0.113.66", "error"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let said = text(&output.stderr);
    assert!(
        said.contains("3 events, 1 without a time, 1 whose time is not understood"),
        "{said}"
    );
    assert!(said.contains("2026-02-30 01:02:03"), "{said}");
    assert!(!place.path("a.db").exists());
}

//! The command-line program, run as a person or a script runs it.
#![cfg(feature = "cli")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use serde_json::Value;

const LOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bindings/c/examples/logs");

/// A folder with databases and files of one test.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A command on the database `db`, with nothing of this process's environment that could matter.
    fn command(&self, db: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seerflow"));
        command
            .env_clear()
            .env("SEERFLOW_STORAGE_SQLITE_PATH", self.path(db))
            .args(args)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, db: &str, args: &[&str]) -> Output {
        self.command(db, args).output().unwrap()
    }

    /// Runs a command that must work, and answers its standard output.
    fn ok(&self, db: &str, args: &[&str]) -> String {
        let output = self.run(db, args);
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn json(&self, db: &str, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(db, args)).unwrap()
    }

    fn fed(&self, db: &str, args: &[&str], input: &[u8]) -> Output {
        let mut child = self
            .command(db, args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn log(name: &str) -> String {
    format!("{LOGS}/{name}")
}

/// The events of Seerflow's making, as NDJSON; those with a body among them.
fn seerflow_events() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/seerflow_blobs.json");
    let vectors: Vec<Value> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut lines = Vec::new();
    for vector in &vectors {
        let blob = base64::engine::general_purpose::STANDARD
            .decode(vector["blob_base64"].as_str().unwrap())
            .unwrap();
        seerflow::codec::json::encode_blob(&blob, &mut lines).unwrap();
        lines.push(b'\n');
    }
    assert!(vectors.len() > 5);
    lines
}

/// Every kind of value that a field may have, and what CSV, JSON and terminals are known to trip over.
const ODD: &str = r##"{"event_id":"00000000-0000-4000-8000-00000000a001","timestamp_ns":-9223372036854775808,"observed_ns":9223372036854775807,"trace_id":"","span_id":"\"quoted\"","severity_id":6,"otel_severity":24,"event_kind":"","message":"comma, \"quote\", \r\n newline \u0000 \u001b[31m \u009b \u202e =1+1 東京 \ud83d\ude00","template_id":-5,"risk_score":1e300,"anomaly_score":-0.0,"confidence":0.1,"body":{"$map":[[1,"int key"],["a",{"$bin":"AP8="}],["n",null]]}}
{"event_id":"00000000-0000-4000-8000-00000000a002","timestamp_ns":1,"observed_ns":2,"risk_score":{"$float":"nan"},"anomaly_score":{"$float":"-inf"},"body":"","attributes":{"n":null,"t":true,"i":-1,"u":18446744073709551615,"f":1.0,"s":"a,b\n\"c\"","l":[{"k":["x","y"]}]},"resource_attrs":{"a":"1","":"empty key"},"tags":["","a\nb",","],"template_params":["\"","'"]}
{"event_id":"00000000-0000-4000-8000-00000000a003","timestamp_ns":1,"observed_ns":2,"attributes":{"$map":[["twice",1],["twice",2]]},"resource_attrs":{"$map":[["$only","x"]]},"body":[1,[2,[3,{"$ext":[5,"AQI="]}]]],"raw_event":" leading and trailing ","source_type":"#odd","source_id":"-"}
{"event_id":"00000000-0000-4000-8000-00000000a004","timestamp_ns":3,"observed_ns":4,"related_ips":["192.0.2.1"],"related_users":["root"],"related_hosts":["web"],"related_files":["/etc/passwd"],"related_domains":["example.org"],"related_processes":["sshd:1"],"related_hashes":["sha256:00"],"mitre_tactics":["TA0001"],"mitre_techniques":["T1053.005"],"event_category":"c","event_type":"t","event_outcome":"o","event_action":"a","category_uid":1,"class_uid":2,"type_uid":203,"activity_id":3,"log_source_category":"x","log_source_product":"y","log_source_service":"z","template_str":"<*>"}
"##;

#[test]
fn export_and_import_lose_nothing() {
    let place = Place::new();
    place.file("seerflow.ndjson", seerflow_events());
    place.file("odd.ndjson", ODD);
    place.file(
        "bad-utf8.log",
        b"Mar 14 01:00:00 h p[1]: caf\xe9\n\n  no header\n",
    );
    let files = ["seerflow.ndjson", "odd.ndjson", "bad-utf8.log"].map(|name| place.path(name));
    let [seerflow, odd, lines] = files.each_ref().map(|path| path.to_str().unwrap());
    let report = place.json(
        "a.db",
        &[
            "ingest",
            "--json",
            "--keep-raw",
            seerflow,
            odd,
            lines,
            &log("events.ndjson"),
            &log("app.log"),
        ],
    );
    assert_eq!(report["rejected"], 0, "{report:#}");
    let first = place.ok("a.db", &["export", "events"]);
    let stored = report["stored"].as_u64().unwrap();
    assert_eq!(first.lines().count() as u64, stored);
    // Every field is away from its default in some event.
    for field in seerflow::record::Field::ALL {
        assert!(
            first.contains(&format!("\"{}\":", field.name())),
            "{}",
            field.name()
        );
    }

    for (format, copy) in [("ndjson", "b.db"), ("csv", "c.db")] {
        let file = place.path(&format!("all.{format}"));
        let file = file.to_str().unwrap();
        place.ok(
            "a.db",
            &["export", "events", "--format", format, "--output", file],
        );
        let report = place.json(copy, &["import", "--json", file]);
        assert_eq!(report["stored"], stored, "{report:#}");
        assert!(
            place.ok(copy, &["export", "events"]) == first,
            "{format} came back otherwise"
        );
        let again = place.json(copy, &["import", "--json", file]);
        assert_eq!(
            (&again["stored"], &again["duplicates"]),
            (&0.into(), &stored.into()),
            "{again:#}"
        );
        place.ok(copy, &["check"]);
    }
    // Through pipes, told apart by the first byte.
    for format in ["ndjson", "csv"] {
        let exported = place
            .run("a.db", &["export", "events", "--format", format])
            .stdout;
        assert!(
            place
                .fed(&format!("pipe-{format}.db"), &["import", "-"], &exported)
                .status
                .success()
        );
        assert!(
            place.ok(&format!("pipe-{format}.db"), &["export", "events"]) == first,
            "{format} through a pipe"
        );
    }
}

#[test]
fn an_export_resumes_where_it_ended() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("sshd.log")]);
    let file = place.path("out.csv");
    let args = [
        "export",
        "events",
        "--format",
        "csv",
        "--output",
        file.to_str().unwrap(),
    ];
    let output = place.run("a.db", &args);
    let cursor = text(&output.stderr)
        .lines()
        .find_map(|line| line.strip_prefix("resume with --cursor ").map(str::to_owned));
    place.ok("a.db", &["ingest", &log("events.ndjson")]);
    place.ok("a.db", &[&args[..], &["--cursor", &cursor.unwrap()]].concat());
    assert!(fs::read_to_string(file).unwrap() == place.ok("a.db", &["export", "events", "--format", "csv"]));
}

#[test]
fn inputs_are_decompressed_and_told_apart() {
    let place = Place::new();
    let lines = fs::read(log("sshd.log")).unwrap();
    let ndjson = fs::read(log("app.ndjson")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&lines).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(&ndjson).unwrap();
    place.file("sshd", &gzip);
    place.file("app", xz.finish().unwrap());
    place.file(
        "events",
        zstd::encode_all(&fs::read(log("events.ndjson")).unwrap()[..], 1).unwrap(),
    );
    let files = ["sshd", "app", "events"].map(|name| place.path(name).to_str().unwrap().to_owned());
    let compressed = place.json("a.db", &["ingest", "--json", &files[0], &files[1], &files[2]]);
    let plain = place.json(
        "b.db",
        &[
            "ingest",
            "--json",
            &log("sshd.log"),
            &log("app.ndjson"),
            &log("events.ndjson"),
        ],
    );
    for key in ["accepted", "stored", "duplicates", "rejected", "bytes"] {
        assert_eq!(compressed[key], plain[key], "{key}");
    }
    assert_eq!(compressed["files"][0]["format"], "lines");
    assert_eq!(compressed["files"][1]["format"], "ndjson");
    assert_eq!(compressed["duplicates"], 1);
    // The cut line, by its number in the file.
    let cut = ndjson
        .split(|byte| *byte == b'\n')
        .position(|line| !line.is_empty() && !line.ends_with(b"}"))
        .unwrap()
        + 1;
    assert_eq!(compressed["files"][1]["first_rejected"][0]["place"], cut);

    // msgpack on standard input; and gzip that ends too early gives what it has, and says so.
    let stored = place
        .run("a.db", &["query", "events", "--format", "msgpack", "-n", "500"])
        .stdout;
    let report = place.fed("c.db", &["ingest", "--json", "-"], &stored);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(
        (&report["files"][0]["format"], &report["stored"]),
        (&"msgpack".into(), &500.into())
    );
    let cut = place.fed("d.db", &["ingest", "--json", "-"], &gzip[..gzip.len() / 2]);
    assert_eq!(cut.status.code(), Some(1));
    assert!(
        text(&cut.stderr).contains("seerflow: standard input: "),
        "{}",
        text(&cut.stderr)
    );
    assert!(
        serde_json::from_slice::<Value>(&cut.stdout).unwrap()["stored"]
            .as_u64()
            .unwrap()
            > 100
    );
}

#[test]
fn chunks_are_cut_anywhere_and_joined_again() {
    // Three chunks, with records across their borders, for each way to cut records.
    let place = Place::new();
    let mut ndjson = Vec::new();
    for number in 0..9_000 {
        let filler = "x".repeat(number % 577);
        writeln!(
            ndjson,
            r#"{{"message":"number {number} {filler}","timestamp_ns":{number}}}"#
        )
        .unwrap();
        if number % 100 == 0 {
            ndjson.extend_from_slice(b"\n");
        }
    }
    ndjson.extend_from_slice(b"{\"cut");
    let file = place.file("a.ndjson", &ndjson);
    let args = ["ingest", "--json", "--durable", "--batch-key", "k", &file];
    let report = place.json("a.db", &args);
    assert!(ndjson.len() > 2 << 20);
    assert_eq!(
        (&report["stored"], &report["rejected"]),
        (&9_000.into(), &1.into())
    );
    assert_eq!(report["files"][0]["first_rejected"][0]["place"], 9_000 + 90 + 1);
    let again = place.json("a.db", &args);
    assert_eq!(
        (&again["stored"], &again["duplicates"]),
        (&0.into(), &9_000.into())
    );
    let packed = place
        .run(
            "a.db",
            &[
                "query", "events", "--order", "arrival", "--format", "msgpack", "-n", "9000",
            ],
        )
        .stdout;
    let file = place.file("a.msgpack", &packed);
    assert_eq!(place.json("b.db", &["ingest", "--json", &file])["stored"], 9_000);
    assert!(place.ok("a.db", &["export", "events"]) == place.ok("b.db", &["export", "events"]));
    // Garbage has no record ends: the rest of that file is given up, and what came before is stored.
    let file = place.file("b.msgpack", [&packed[..], b"garbage"].concat());
    let output = place.run("c.db", &["ingest", &file]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(place.json("c.db", &["status", "--json"])["events"], 9_000);
}

#[test]
fn a_missing_file_does_not_keep_the_others_out() {
    let place = Place::new();
    let output = place.run("a.db", &["ingest", "/no/such/file.log", &log("sshd.log")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).starts_with("seerflow: /no/such/file.log: No such file"),
        "{}",
        text(&output.stderr)
    );
    assert!(
        place.json("a.db", &["status", "--json"])["events"]
            .as_u64()
            .unwrap()
            > 1000
    );
}

#[test]
fn pages_follow_each_other_in_every_format() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("sshd.log"), &log("events.ndjson")]);
    let mut pages = Vec::new();
    let mut args = vec![
        "query".to_owned(),
        "events".to_owned(),
        "--json".to_owned(),
        "-n300".to_owned(),
    ];
    loop {
        let page = place.json("a.db", &args.iter().map(String::as_str).collect::<Vec<_>>());
        pages.extend(
            page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["event_id"].clone()),
        );
        let Some(next) = page["next"].as_str() else { break };
        args.truncate(4);
        args.extend(["--cursor".to_owned(), next.to_owned()]);
    }
    let all = place.ok("a.db", &["query", "events", "-n", "100000", "--format", "ndjson"]);
    let ids: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["event_id"].clone())
        .collect();
    assert_eq!(pages, ids);
    let output = place.run("a.db", &["query", "events", "-n", "2", "--total", "exact"]);
    assert_eq!(text(&output.stdout).lines().count(), 3);
    let said = text(&output.stderr);
    assert!(
        said.contains("events match") && said.contains("next page: --cursor c"),
        "{said}"
    );

    let search = place.json(
        "a.db",
        &[
            "search", "--json", "failed", "password", "--total", "exact", "-n", "1",
        ],
    );
    let query = place.json(
        "a.db",
        &[
            "query",
            "events",
            "--json",
            "--text",
            "password failed",
            "--total",
            "exact",
            "-n",
            "1",
        ],
    );
    assert_eq!(search, query);
    assert!(search["total"].as_u64().unwrap() > 10);
    let by_entity = place.json(
        "a.db",
        &["query", "events", "--json", "--entity", "ip:203.0.113.66"],
    );
    assert!(!by_entity["events"].as_array().unwrap().is_empty());
}

#[test]
fn tables_do_not_reach_the_terminal_raw() {
    let place = Place::new();
    place.file(
        "a.ndjson",
        "{\"message\":\"a\\u001b[2Jb\\nc\\u009b \\u202ed\",\"source_id\":\"h\\u0007\"}\n",
    );
    place.ok("a.db", &["ingest", place.path("a.ndjson").to_str().unwrap()]);
    for args in [&["query", "events"][..], &["tail"]] {
        let shown = place.ok("a.db", args);
        assert!(
            shown.contains("a\\x1b[2Jb\\nc\\u{9b} \\u{202e}d") && shown.contains("h\\x07"),
            "{shown:?}"
        );
    }
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let place = Place::new();
    for args in [
        &["query", "events"][..],
        &["search", "x"],
        &["tail"],
        &["export", "events"],
        &["status"],
        &["check"],
        &["checkpoint"],
        &["dead-letters"],
        &["templates", "list"],
        &["prune", "--older-than", "1d"],
    ] {
        let output = place.run("none.db", args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(
            text(&output.stderr),
            format!("seerflow: no database at {}\n", place.path("none.db").display())
        );
    }
    assert!(!place.path("none.db").exists());
}

#[test]
fn mistakes_on_the_command_line_are_told_before_anything_is_done() {
    let place = Place::new();
    for args in [
        &["query", "events", "--since", "yesterday"][..],
        &["query", "events", "--severity", "9"],
        &["query", "events", "--entity", "ip:web"],
        &["query", "events", "--limit", "0"],
        &["query", "events", "--cursor", "x"],
        &["prune"],
        &["prune", "--max-size", "many"],
        &["status", "--set", "storage.nothing=1"],
        &["ingest"],
    ] {
        assert_eq!(place.run("none.db", args).status.code(), Some(2), "{args:?}");
    }
    assert!(!place.path("none.db").exists());
}

#[test]
fn options_come_from_file_environment_and_command_line_in_rising_order() {
    let place = Place::new();
    let yaml = place.file("seerflow.yaml", "storage: {queue_events: 1, flush_events: 1, commit_events: 1, postgresql_url: 'postgresql://u:s3cret@h/d'}\n");
    let output = place
        .command(
            "a.db",
            &[
                "config",
                "--json",
                "--config",
                &yaml,
                "--set",
                "storage.commit_events=3",
            ],
        )
        .env("SEERFLOW_STORAGE_FLUSH_EVENTS", "2")
        .env("SEERFLOW_STORAGE_COMMIT_EVENTS", "2")
        .output()
        .unwrap();
    let options: Value = serde_json::from_slice(&output.stdout).unwrap();
    let value = |key: &str| {
        let options = options["options"].as_array().unwrap();
        options.iter().find(|option| option["option"] == key).unwrap()["value"].clone()
    };
    assert_eq!(value("storage.queue_events"), "1");
    assert_eq!(value("storage.flush_events"), "2");
    assert_eq!(value("storage.commit_events"), "3");
    assert_eq!(value("storage.queue_bytes"), "67108864");
    assert_eq!(value("storage.postgresql_url"), "postgresql://u:***@h/d");
}

#[test]
fn upkeep_works_and_says_what_it_did() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("sshd.log"), &log("app.ndjson")]);
    let status = place.json("a.db", &["status", "--json"]);
    let events = status["events"].as_u64().unwrap();
    assert_eq!(
        (&status["dead_letters"], &status["made_by_seerflow"]),
        (&1.into(), &false.into())
    );
    let letters = place.json("a.db", &["dead-letters", "--json"]);
    assert!(
        letters["dead_letters"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("JSON")
    );
    let before = "2026-03-15T00:00:00Z";
    let dry = place.json("a.db", &["prune", "--before", before, "--dry-run", "--json"]);
    place.ok("a.db", &["backup", place.path("copy.db").to_str().unwrap()]);
    let pruned = place.json("a.db", &["prune", "--before", before, "--json"]);
    assert_eq!(dry["events"], pruned["events"]);
    assert_eq!(
        place.json("a.db", &["status", "--json"])["events"],
        events - pruned["events"].as_u64().unwrap()
    );
    assert_eq!(place.json("copy.db", &["status", "--json"])["events"], events);
    place.ok("a.db", &["checkpoint"]);
    place.ok("a.db", &["check"]);
    assert_eq!(place.run("a.db", &["templates", "reset"]).status.code(), Some(1));
    place.ok("a.db", &["templates", "reset", "--yes"]);
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.ok("a.db", &["completions", shell]).contains("dead-letters"));
    }
}

#[test]
fn findings_of_a_check_have_an_exit_code_of_their_own() {
    let place = Place::new();
    place.ok("a.db", &["ingest", &log("sshd.log")]);
    // A word in the text index of an event that is not there.
    let raw = rusqlite::Connection::open(place.path("a.db")).unwrap();
    raw.execute(
        "INSERT INTO events_fts (rowid, message) VALUES (999999, 'stray')",
        [],
    )
    .unwrap();
    drop(raw);
    let output = place.run("a.db", &["check", "--full"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).starts_with("events_fts: "),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn a_renamed_program_says_its_own_name() {
    let place = Place::new();
    let program = place.path("seerflow-store");
    fs::copy(env!("CARGO_BIN_EXE_seerflow"), &program).unwrap();
    let run = |args: &[&str]| {
        let output = Command::new(&program)
            .args(args)
            .env("SEERFLOW_DATA_DIR", place.path("none"))
            .output()
            .unwrap();
        (text(&output.stdout), text(&output.stderr))
    };
    let (help, _) = run(&["ingest", "--help"]);
    assert!(
        help.contains("Usage: seerflow-store ingest") && help.contains("  seerflow-store ingest /var/log"),
        "{help}"
    );
    assert!(!help.contains(" seerflow "), "{help}");
    assert!(
        run(&["completions", "fish"])
            .0
            .contains("complete -c seerflow-store")
    );
    assert!(run(&["status"]).1.starts_with("seerflow-store: no database at "));
}

#[cfg(unix)]
mod signals {
    use std::io::{BufRead, BufReader, Read};
    use std::time::{Duration, Instant};

    use super::*;

    fn send(child: &std::process::Child, signal: i32) {
        // SAFETY: a child of ours that has not been waited for.
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
    fn tail_follows_and_ends_when_nobody_reads() {
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
        // Older than what is there: following goes by arrival.
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
        // Stored while the pipe stays open: a stream that trickles is not held back.
        let started = Instant::now();
        while !place.path("a.db").exists() || place.json("a.db", &["status", "--json"])["events"] != 2 {
            assert!(started.elapsed() < Duration::from_secs(30), "nothing arrives");
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
    fn a_closed_pipe_is_no_error() {
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
}

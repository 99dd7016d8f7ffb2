//! `ingest`, `export events` and `import`.

use super::*;

/// Events written by Seerflow, as NDJSON, including some with a body.
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

/// Every type of value that a field may have, and text that is difficult in CSV, JSON or a terminal.
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
    // Every field differs from its default in some event.
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
            "{format} changed the events"
        );
        let again = place.json(copy, &["import", "--json", file]);
        assert_eq!(
            (&again["stored"], &again["duplicates"]),
            (&0.into(), &stored.into()),
            "{again:#}"
        );
        place.ok(copy, &["check"]);
    }
    // Through pipes, where the format is detected by the first byte.
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
fn export_resumes_after_its_last_event() {
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
fn input_is_decompressed_and_its_format_detected() {
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
    // One line of app.ndjson is incomplete.
    let report = |db: &str, args: &[&str]| {
        let output = place.run(db, args);
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let compressed = report("a.db", &["ingest", "--json", &files[0], &files[1], &files[2]]);
    let plain = report(
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
    // The incomplete line is reported by its number in the file.
    let cut = ndjson
        .split(|byte| *byte == b'\n')
        .position(|line| !line.is_empty() && !line.ends_with(b"}"))
        .unwrap()
        + 1;
    assert_eq!(compressed["files"][1]["first_rejected"][0]["place"], cut);

    // msgpack on standard input. Truncated gzip: its complete data is stored, and the error reported.
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
fn records_across_chunk_borders_are_complete() {
    // Three chunks with records across their borders, in each format.
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
    // The incomplete line is reported; all others are stored.
    let report = || {
        let output = place.run("a.db", &args);
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let (report, again) = (report(), report());
    assert!(ndjson.len() > 2 << 20);
    assert_eq!(
        (&report["stored"], &report["rejected"]),
        (&9_000.into(), &1.into())
    );
    assert_eq!(report["files"][0]["first_rejected"][0]["place"], 9_000 + 90 + 1);
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
    // Garbage has no record boundaries: reading of the file ends, and the records before it are stored.
    let file = place.file("b.msgpack", [&packed[..], b"garbage"].concat());
    let output = place.run("c.db", &["ingest", &file]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(place.json("c.db", &["status", "--json"])["events"], 9_000);
}

#[test]
fn missing_file_does_not_stop_the_others() {
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
fn otlp_and_fluent_forward_are_ingested() {
    let place = Place::new();
    // resource_logs { scope_logs { log_records { body { string_value: "by protobuf" } } } }
    let otlp = place.file("logs.pb", b"\x0a\x13\x12\x11\x12\x0f\x2a\x0d\x0a\x0bby protobuf");
    let request = |text: &str| {
        format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"{text}"}}}}]}}]}}]}}"#
        )
    };
    let lines = format!("{}\n{}\nno request\n", request("by json"), request("by json too"));
    let json = place.file("logs.json", lines);
    let fluent = place.file(
        "chunk.bin",
        b"\x92\x01\x81\xa3log\xa9by fluent\x92\x02\x81\xa3log\xa9by fluent",
    );
    for (format, file, stored, rejected) in [
        ("otlp", otlp, 1, 0),
        ("otlp-json", json, 2, 1),
        ("fluent", fluent, 2, 0),
    ] {
        let output = place.run("db", &["ingest", "--json", "--format", format, &file]);
        assert_eq!(output.status.code(), Some(i32::from(rejected > 0)));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&report["stored"], &report["rejected"]),
            (&stored.into(), &rejected.into()),
            "{format}"
        );
        let word = format.split('-').next_back().unwrap().replace("otlp", "protobuf");
        let events = place.ok("db", &["search", "--format", "ndjson", &word]);
        assert_eq!(events.lines().count(), stored, "{events}");
    }
}

/// As for an archived copy: the user may write neither the file nor its folder.
#[cfg(unix)]
#[test]
fn read_only_file_can_be_queried() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let place = Place::new();
    place.ok("a.db", &["ingest", "-q", "--year", "2024", &log("sshd.log")]);
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    set(&place.path("a.db"), 0o444);
    set(place.0.path(), 0o555);
    // SAFETY: getuid() has no preconditions.
    let is_root = unsafe { libc::geteuid() } == 0;
    // Root may write everything, hence the program runs as another user, from a path that user can reach.
    let program = tempfile::tempdir().unwrap();
    set(program.path(), 0o755);
    let copy = program.path().join("seerflow");
    fs::copy(env!("CARGO_BIN_EXE_seerflow"), &copy).unwrap();
    let run = |args: &[&str], input: Stdio| {
        let mut command = Command::new(&copy);
        command
            .env_clear()
            .env("SEERFLOW_STORAGE_SQLITE_PATH", place.path("a.db"))
            .args(args)
            .stdin(input);
        if is_root {
            command.uid(65534).gid(65534);
        }
        loop {
            match command.output() {
                // The child of another test, before its exec, has the copy open for writing.
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
                done => return done.unwrap(),
            }
        }
    };
    for args in [
        &["query", "events", "-n", "3", "--format", "ndjson"][..],
        &["search", "password", "-n", "3", "--format", "ndjson"],
        &["stats", "--by", "severity"],
        &["status"],
        &["export", "events"],
        &["graph", "stats"],
    ] {
        let output = run(args, Stdio::null());
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        assert!(!output.stdout.is_empty(), "{args:?}");
    }
    let line = fs::File::open(log("sshd.log")).unwrap();
    let refused = run(&["ingest", "-"], line.into());
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("readonly database"),
        "{}",
        text(&refused.stderr)
    );
    set(place.0.path(), 0o755);
}

#[test]
fn missing_folder_is_created() {
    let place = Place::new();
    let line = place.fed("new/folder/a.db", &["ingest", "-"], b"a line\n");
    assert!(line.status.success(), "{}", text(&line.stderr));
    let [from, to] =
        ["new/folder/a.db", "other/folder/b.db"].map(|name| format!("sqlite:{}", place.path(name).display()));
    let to_other = ["migrate", "storage", "--from", &from, "--to", &to];
    place.ok("", &[&to_other[..], &["--dry-run"]].concat());
    assert!(!place.path("other").exists());
    place.ok("", &to_other);
    assert_eq!(
        place.json("other/folder/b.db", &["status", "--json"])["events"],
        1
    );
}

/// An attacker who can write one long line to a log places the text of another line after each possible chunk border.
#[test]
fn long_line_cannot_forge_another() {
    let place = Place::new();
    let forged = b"Mar 14 01:02:04 web2 sshd[9]: Accepted password for root 192.0. ";
    let lines = [
        &b"Mar 14 01:02:03 web2 app[7]: GET /?q=AAAAAAAAAAAAAAAAAAAAAAAAAAA"[..],
        &forged.repeat(3 << 14),
        b"x\nMar 14 01:02:05 web2 app[7]: next\n",
    ]
    .concat();
    let objects = [
        &b"{\"message\":\""[..],
        &vec![b'A'; (2 << 20) - 12],
        b"{\"message\":\"Accepted password for root\"}\n{\"message\":\"next\"}\n",
    ]
    .concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&lines).unwrap();
    place.file("app.log.gz", gzip.finish().unwrap());
    place.file("app.log", &lines);
    place.file("app.ndjson", &objects);

    let check = |db: &str, output: &Output| {
        assert_eq!(output.status.code(), Some(1), "{db}: {}", text(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let counts = (&report["accepted"], &report["rejected"]);
        assert_eq!(counts, (&1.into(), &1.into()), "{db}: {report:#}");
        let bad = &report["files"][0]["first_rejected"];
        assert_eq!(bad[0]["place"], 1, "{db}");
        assert_eq!(bad[0]["reason"], "the line is longer than 1048576 bytes", "{db}");
        let stored = place.ok(db, &["query", "events", "--format", "ndjson"]);
        assert!(
            stored.contains("next") && !stored.contains("Accepted"),
            "{db}: {stored}"
        );
    };
    for name in ["app.log", "app.log.gz", "app.ndjson"] {
        let path = place.path(name);
        let db = format!("{name}.db");
        check(
            &db,
            &place.run(&db, &["ingest", "--json", path.to_str().unwrap()]),
        );
    }
    check(
        "pipe.db",
        &place.fed("pipe.db", &["ingest", "--json", "-"], &lines),
    );
    let fed = place.fed("piped-ndjson.db", &["ingest", "--json", "-"], &objects);
    check("piped-ndjson.db", &fed);
}

/// Without the end of a record the next one cannot be found, hence reading ends.
#[test]
fn long_msgpack_record_cannot_forge_another() {
    let place = Place::new();
    for (format, head, forged) in [
        (
            "msgpack",
            &b"\x81\xa7message\xdb\0\x60\0\0"[..],
            &b"\x81\xa7message\xb6Accepted password root"[..],
        ),
        (
            "fluent",
            b"\x92\x01\x81\xa7message\xdb\0\x60\0\0",
            b"\x92\x01\x81\xa7message\xb4Accepted passwd root",
        ),
    ] {
        assert_eq!(forged.len(), 32);
        let input = [head, &vec![b'A'; 32 - head.len()], &forged.repeat(6 << 15)].concat();
        let (db, file) = (format!("{format}.db"), place.file(format, input));
        let output = place.run(&db, &["ingest", "--format", format, &file]);
        assert_eq!(output.status.code(), Some(1), "{format}");
        let said = text(&output.stderr);
        assert!(said.contains("cannot find the end of record"), "{format}: {said}");
        let stored = place.ok(&db, &["query", "events", "--format", "ndjson"]);
        assert_eq!(stored, "", "{format}");
    }
}

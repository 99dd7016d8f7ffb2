//! Detection, refusal and completion of imported files.

use super::*;

#[test]
fn files_not_written_by_export_are_refused() {
    let place = Place::new();
    let table = place.file("table.csv", "not,an,event,file\n1,2,3,4\n");
    let refused = |args: &[&str], input: &[u8], why: &str| {
        let output = place.fed("a.db", args, input);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(
            text(&output.stderr).contains(why),
            "{args:?}: {}",
            text(&output.stderr)
        );
        let events = place.run("a.db", &["status", "--json"]).stdout;
        let stored = serde_json::from_slice::<Value>(&events).map_or(0.into(), |all| all["events"].clone());
        assert_eq!(stored, 0, "{args:?}");
    };
    refused(&["import", "-"], b"garbage\n", "not a CSV of events");
    refused(&["import", &table], b"", "not a CSV of events");
    refused(
        &["import", "--format", "csv", "-"],
        b"a,b\n1,2\n",
        "not a CSV of events",
    );
    refused(&["import", "-"], b"{\"a\":1}\n", "no field of an event or alert");
    refused(&["import", "--format", "ndjson", "-"], b"garbage\n", "rejected");
    let header = b"alert_id,timestamp_ns,severity,type,score,rule\n1,2,FATAL,ml,0.5,r\n";
    refused(&["import", "-"], header, "alerts must be NDJSON, not CSV");
    let long = [&b"{\"alert_id\":\""[..], &vec![b'a'; 16 << 20], b"\n"].concat();
    let forged = br#"{"alert_id":"x","alert_type":"ml","entity_type":"ip","rule_name":"forged"}"#;
    let long = [&long[..(16 << 20)], forged, b"\n"].concat();
    refused(&["import", "-"], &long, "longer than 16777216 bytes");
    assert!(
        !place
            .ok("a.db", &["query", "alerts", "--format", "ndjson"])
            .contains("forged")
    );
    let csv = place.run("a.db", &["import", "--type", "alerts", "--format", "csv", &table]);
    assert_eq!(csv.status.code(), Some(2));

    // With an explicit type anything is accepted, and an empty file is an empty export.
    assert!(
        place
            .fed("a.db", &["import", "--type", "events", "-"], b"{\"a\":1}\n")
            .status
            .success()
    );
    assert_eq!(place.json("a.db", &["status", "--json"])["events"], 1);
    for format in ["ndjson", "csv"] {
        place.ok("empty.db", &["model", "put", "k", &table]);
        let exported = place
            .run("empty.db", &["export", "events", "--format", format])
            .stdout;
        assert!(place.fed("b.db", &["import", "-"], &exported).status.success());
    }
}

#[test]
fn alerts_are_detected_and_completed() {
    let place = Place::new();
    let lines = r#"
{"rule_name":"scan","alert_type":"sigma","entity_type":"ip","entity_value":"192.0.2.1","alert_id":"one"}
{"alert_type":"sigma","rule_name":"scan","entity_type":"ip","entity_value":"192.0.2.2","alert_id":"two","timestamp_ns":1700000000000000000}
"#;
    let first = place.file("first.ndjson", lines);
    let second = place.file(
        "second.ndjson",
        lines
            .replace("scan", "odd login")
            .replace("one", "three")
            .replace("two", "four"),
    );
    let report = place.json("a.db", &["import", "--json", &first, &second]);
    assert_eq!(
        (&report["stored"], &report["format"]),
        (&4.into(), &"alerts".into())
    );
    assert_eq!(report["files"][1]["accepted"], 2);
    let all = place.json("a.db", &["query", "alerts", "--json"]);
    let all = all["alerts"].as_array().unwrap();
    assert_eq!(all.len(), 4, "different alerts are not merged");
    let mut keys: Vec<&str> = all
        .iter()
        .map(|alert| alert["dedup_key"].as_str().unwrap())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 4, "{keys:?}");
    for alert in all {
        assert_ne!(alert["entity_uuid"], "");
        assert!(alert["timestamp_ns"].as_i64().unwrap() > 1_600_000_000_000_000_000);
        assert_eq!(alert["dedup_count"], 1);
    }
    assert_eq!(place.json("a.db", &["status", "--json"])["events"], 0);
    // Stored alerts are skipped, even if the file has no keys.
    let again = place.json("a.db", &["import", "--json", &first]);
    assert_eq!((&again["stored"], &again["duplicates"]), (&0.into(), &2.into()));
    // Through a pipe that delivers little data at a time.
    let mut child = place
        .command("pipe.db", &["import", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for part in lines.as_bytes().chunks(30) {
        input.write_all(part).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    drop(input);
    let report: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(
        (&report["stored"], &report["format"]),
        (&2.into(), &"alerts".into())
    );
}

#[test]
fn rejected_record_exits_with_1() {
    let place = Place::new();
    let file = place.file("a.ndjson", "{\"message\":\"good\"}\n{\"message\":\n");
    for command in ["ingest", "import"] {
        let output = place.run(&format!("{command}.db"), &[command, &file]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(
            text(&output.stderr).contains("stored 1 events, 1 rejected"),
            "{command}: {}",
            text(&output.stderr)
        );
    }
}

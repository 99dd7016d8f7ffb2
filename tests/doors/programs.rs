//! Lines as devices and programs write them. Each is the same event alone, in a Fluent record, in a JSON object, and from the
//! Collector's filelog receiver.

use seerflow::record::{Event, Value};
use seerflow::{Input, WriteOptions};

use super::door::{otlp, pack, value};
use super::{attribute, ns, write};

const T: &str = "2026-03-14T01:02:03Z";

/// Lines, each before the time, severity, host, process, users and addresses of its event.
const CASES: &str = include_str!("cases/programs.txt");

/// Documents of programs and services in JSON, in the same form.
const DOCUMENTS: &str = include_str!("cases/documents.txt");

type Case = (&'static str, Vec<&'static str>);

fn cases(of: &'static str) -> Vec<Case> {
    let lines: Vec<_> = of.lines().filter(|line| !line.starts_with("# ")).collect();
    let wanted = |text: &'static str| text[2..].split('|').map(str::trim).collect();
    lines.chunks(2).map(|pair| (pair[0], wanted(pair[1]))).collect()
}

/// Stores the lines of all cases, alone and as values in each other format. Returns the name of each format, and its events.
fn stored() -> Vec<(&'static str, Vec<Event<'static>>)> {
    let lines: Vec<_> = cases(CASES).into_iter().map(|(line, _)| line).collect();
    let texts: Vec<_> = lines
        .iter()
        .map(|line| serde_json::to_string(line).unwrap())
        .collect();
    let json: String = texts.iter().map(|text| format!("{{\"log\":{text}}}\n")).collect();
    let record = |line: &&str| Value::Map(vec![("log".into(), line.to_string().into())]);
    let maps: Vec<u8> = lines.iter().flat_map(|line| pack(&record(line))).collect();
    let entry = |line| pack(&Value::Array(vec![Value::Int(1_800_000_000), record(line)]));
    let fluent: Vec<u8> = lines.iter().flat_map(entry).collect();
    let filelog: Vec<_> = texts
        .iter()
        .map(|text| {
            format!(
                r#"{{"observedTimeUnixNano":"1800000000000000000","body":{{"stringValue":{text}}},"attributes":[{{"key":"log.file.name","value":{{"stringValue":"a.log"}}}}]}}"#
            )
        })
        .collect();
    let count = lines.len();
    let (lines, filelog) = (lines.join("\n"), otlp(&filelog.join(",")));
    let doors = [
        ("lines", Input::Lines(lines.as_bytes())),
        ("ndjson", Input::Ndjson(json.as_bytes())),
        ("msgpack", Input::Msgpack(&maps)),
        ("fluent", Input::Fluent(&fluent)),
        ("otlp", Input::OtlpJson(&filelog)),
    ];
    let store = |(name, input)| {
        let (events, written) = write(input, options());
        assert!(written.rejected.is_empty(), "{name}");
        assert_eq!(events.len(), count, "{name}");
        (name, events)
    };
    doors.into_iter().map(store).collect()
}

fn options() -> WriteOptions {
    WriteOptions {
        parse: Some(true),
        reference_ns: ns("2026-06-01"),
        ..WriteOptions::default()
    }
}

/// Asserts the time, severity, host, process, users and addresses of events.
fn check(cases: &[Case], stored: Vec<(&str, Vec<Event<'_>>)>) {
    let mut wrong = Vec::new();
    for (door, events) in stored {
        for ((line, wanted), event) in cases.iter().zip(events) {
            let seen = [
                event.severity_id.to_string(),
                event.source_id.to_string(),
                event.related_processes.join(" "),
                event.related_users.join(" "),
                event.related_ips.join(" "),
            ];
            if event.timestamp_ns != ns(wanted[0]) || seen[..] != wanted[1..] {
                wrong.push(format!(
                    "{door} {line}\n  is     {:?} {seen:?}\n  wanted {wanted:?}",
                    event.timestamp_ns
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lines_of_programs_through_each_door() {
    check(&cases(CASES), stored());
}

#[test]
fn documents_of_programs_through_each_door() {
    let cases = cases(DOCUMENTS);
    let texts: Vec<_> = cases.iter().map(|(text, _)| *text).collect();
    let values: Vec<_> = texts
        .iter()
        .map(|text| value(&serde_json::from_str(text).unwrap()))
        .collect();
    let entry = |value: &Value<'static>| pack(&Value::Array(vec![Value::Int(1_800_000_000), value.clone()]));
    let (json, maps) = (
        texts.join("\n"),
        values.iter().flat_map(pack).collect::<Vec<u8>>(),
    );
    let fluent: Vec<u8> = values.iter().flat_map(entry).collect();
    let doors = [
        ("lines", Input::Lines(json.as_bytes())),
        ("ndjson", Input::Ndjson(json.as_bytes())),
        ("msgpack", Input::Msgpack(&maps)),
        ("fluent", Input::Fluent(&fluent)),
    ];
    let stored = doors.map(|(door, input)| (door, write(input, options()).0));
    assert!(stored.iter().all(|(_, events)| events.len() == cases.len()));
    check(&cases, stored.into());
}

/// The `#Fields:` line of a W3C extended log names the columns of the lines after it, until the next such line.
#[test]
fn columns_have_the_names_that_their_header_states() {
    let log = "\
#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2026-03-14 01:02:00
#Fields: date time s-ip cs-method cs-uri-stem cs-username c-ip cs(User-Agent) sc-status time-taken
2026-03-14 01:02:03 192.0.2.1 GET /a CORP\\alice 203.0.113.9 Mozilla/5.0+(X11) 503 15
2026-03-14 01:02:03 192.0.2.1 GET /b - 203.0.113.9 - 200 16
#Fields: date time c-ip cs-username sc-status
2026-03-14 01:02:03 203.0.113.7 bob 404
2026-03-14 01:02:03 a line with too many columns for its header
";
    let (events, written) = write(Input::Lines(log.as_bytes()), options());
    assert_eq!((written.consumed, events.len()), (log.len(), 4));
    for event in &events {
        assert_eq!(event.timestamp_ns, ns(T), "{}", event.message);
    }
    let seen = |event: &Event<'_>| {
        (
            event.severity_id,
            event.related_users.join(" "),
            event.related_ips.join(" "),
        )
    };
    assert_eq!(
        seen(&events[0]),
        (4, "CORP\\alice".into(), "192.0.2.1 203.0.113.9".into())
    );
    assert_eq!(
        seen(&events[1]),
        (1, String::new(), "192.0.2.1 203.0.113.9".into())
    );
    assert_eq!(seen(&events[2]), (3, "bob".into(), "203.0.113.7".into()));
    assert_eq!(attribute(&events[0], "time-taken"), Some(&Value::Int(15)));
    assert_eq!(
        attribute(&events[0], "cs(User-Agent)"),
        Some(&"Mozilla/5.0+(X11)".into())
    );
    assert_eq!(attribute(&events[1], "cs-username"), None);
    assert_eq!(attribute(&events[2], "sc-status"), Some(&Value::Int(404)));
    assert_eq!(events[3].attributes, []);
    // A call that continues an earlier one gets the names from its caller.
    let continued = WriteOptions {
        columns: ["date", "time", "c-ip"].map(str::to_owned).to_vec(),
        ..options()
    };
    let (events, _) = write(Input::Lines(b"2026-03-14 01:02:03 203.0.113.7"), continued);
    assert_eq!(
        (events[0].timestamp_ns, attribute(&events[0], "c-ip")),
        (ns(T), Some(&"203.0.113.7".into()))
    );
    // Zeek separates its values with tabs.
    let zeek = b"#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tservice\n\
        1773450123.000000\tC1\t192.0.2.7\t203.0.113.9\t-\n#close\t2026-03-14-01-02-04\n";
    let (events, _) = write(Input::Lines(zeek), options());
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].timestamp_ns, events[0].related_ips.join(" ")),
        (ns(T), "192.0.2.7 203.0.113.9".into())
    );
}

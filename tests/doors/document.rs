//! JSON documents that are not one object per line.

use seerflow::record::{Control, EventQuery};
use seerflow::{Config, Engine, Input, WriteOptions};

use super::{case, ns, store, write};

#[test]
fn cloudtrail() {
    let events = store(Input::Ndjson(&case("cloudtrail.json")));
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].timestamp_ns, ns("2019-06-19T00:18:31Z"));
    assert_eq!(
        (events[0].event_action.as_ref(), events[1].event_action.as_ref()),
        ("StartLogging", "StopLogging")
    );
    for event in &events {
        assert_eq!(event.related_ips, ["203.0.113.64"]);
        assert_eq!(event.related_users, ["Mary_Major"]);
    }
}

#[test]
fn arrays_and_printed_documents() {
    let record = |number: usize| {
        format!(
            "{{\n    \"time\": \"2024-01-15T12:00:{number:02}Z\",\n    \"msg\": \"number {number}\",\n    \"list\": [\n      1, {{\"a\": \"}}]\"}}\n    ]\n  }}"
        )
    };
    let records: Vec<_> = (0..60).map(record).collect();
    let compact: Vec<_> = records
        .iter()
        .map(|record| record.replace("\n", "").replace("    ", ""))
        .collect();
    let inputs = [
        records.join("\n"),
        compact.join("\n"),
        compact.join(" "),
        format!("[{}]", compact.join(",")),
        format!("[\n  {}\n]\n", records.join(",\n  ")),
        format!("{{\"Records\":[{}]}}", compact.join(",")),
        format!("{{\n  \"records\": [\n  {}\n  ]\n}}\n", records.join(",\n  ")),
        format!("\u{feff}[{}]\r\n", compact.join(",\r\n")),
    ];
    for input in inputs {
        let events = store(Input::Ndjson(input.as_bytes()));
        let messages: Vec<_> = events.iter().map(|event| event.message.to_string()).collect();
        let wanted: Vec<_> = (0..60).map(|number| format!("number {number}")).collect();
        assert_eq!(messages, wanted, "{}", &input[..40]);
        assert_eq!(events[7].timestamp_ns, ns("2024-01-15T12:00:07Z"));
    }
}

/// An array without line ends that exceeds the longest record is read through a bounded buffer.
#[test]
fn an_array_of_any_length_is_read_record_by_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    let path = folder.path().join("seerflow.db");
    config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
    config.set("storage.max_event_bytes", "1024").unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let records: Vec<_> = (0..2000)
        .map(|number| format!(r#"{{"msg":"number {number}"}}"#))
        .collect();
    let input = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    assert!(input.len() > 20 * 1024);
    let (mut pending, mut accepted) = (Vec::new(), 0);
    for piece in input.as_bytes().chunks(700) {
        pending.extend_from_slice(piece);
        assert!(pending.len() < 2 * 1024 + 2);
        let written = engine
            .write(
                Input::Ndjson(&pending),
                WriteOptions::default(),
                &Control::unbounded(),
            )
            .unwrap();
        assert!(written.rejected.is_empty(), "{:?}", written.rejected);
        accepted += written.accepted;
        pending.drain(..written.consumed);
    }
    let last = WriteOptions {
        complete: true,
        durable: true,
        ..WriteOptions::default()
    };
    accepted += engine
        .write(Input::Ndjson(&pending), last, &Control::unbounded())
        .unwrap()
        .accepted;
    assert_eq!(accepted, 2000);
    engine.flush(&Control::unbounded()).unwrap();
    let query = EventQuery {
        text: Some("1999".into()),
        ..EventQuery::default()
    };
    assert_eq!(
        engine.query_events(&query, &Control::unbounded()).unwrap().len(),
        1
    );
}

#[test]
fn a_damaged_record_costs_no_other() {
    let input = "{\"msg\":\"one\"}\n{\"msg\":\"cut\n{\"msg\":\"two\"}\n{\"msg\":[1,\n{\"msg\":\"three\"}\nplain\n{\"msg\":\"four\"} x\n{\"msg\":\"five\"}\n";
    let (events, written) = write(Input::Ndjson(input.as_bytes()), WriteOptions::default());
    let messages: Vec<_> = events.iter().map(|event| event.message.as_ref()).collect();
    assert_eq!(messages, ["one", "two", "three", "five"]);
    let indices: Vec<_> = written.rejected.iter().map(|one| one.index).collect();
    assert_eq!(indices, [1, 3, 5, 6]);
}

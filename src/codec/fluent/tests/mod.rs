//! The forms of Fluent Forward, damaged input, and the events made from records.

use std::io::Write;

use flate2::write::GzEncoder;

use super::*;
use crate::codec::lines::PLAIN;
use crate::codec::msgpack::write_value;
use crate::codec::{OMITTED, TIME_UNPARSED, raw_bytes};
use crate::error::Result;
use crate::record::arbitrary::Mutator;
use crate::record::{Event, Value};

fn pack(value: &Value<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_value(&mut out, value);
    out
}

fn map(pairs: &[(&str, Value<'static>)]) -> Value<'static> {
    let pair = |(key, value): &(&str, Value<'static>)| (Value::from((*key).to_owned()), value.clone());
    Value::Map(pairs.iter().map(pair).collect())
}

fn log(text: &'static str) -> Value<'static> {
    map(&[("log", text.into())])
}

fn list(items: &[Value<'static>]) -> Value<'static> {
    Value::Array(items.to_vec())
}

fn event_time(seconds: u32, nanos: u32) -> Value<'static> {
    let bytes = [seconds.to_be_bytes(), nanos.to_be_bytes()].concat();
    Value::Ext(0, bytes.into())
}

type Found = (Result<Event<'static>>, Vec<u8>);

fn read_with(input: &[u8], complete: bool, options: FluentOptions<'_>) -> (Vec<Found>, usize) {
    let (mut found, mut end) = (Vec::new(), 0);
    for piece in Pieces::new(input, complete, options.longest) {
        let each = &mut |event: Result<Event<'_>>, bytes: &[u8]| {
            found.push((event.map(Event::into_owned), bytes.to_vec()));
            Ok(())
        };
        piece.each(options, each).unwrap();
        end = piece.end;
    }
    (found, end)
}

const OPTIONS: FluentOptions<'_> = FluentOptions {
    records: &PLAIN,
    longest: 1 << 20,
};

fn read(input: &[u8]) -> Vec<Event<'static>> {
    let (found, end) = read_with(input, false, OPTIONS);
    assert_eq!(end, input.len());
    found.into_iter().map(|(event, _)| event.unwrap()).collect()
}

fn read_one(value: &Value<'_>) -> Event<'static> {
    let mut events = read(&pack(value));
    assert_eq!(events.len(), 1);
    events.remove(0)
}

#[test]
fn times_in_every_form() {
    let cases = [
        (Value::Int(1_700_000_000), Some(1_700_000_000_000_000_000)),
        (event_time(1_700_000_000, 5), Some(1_700_000_000_000_000_005)),
        (
            list(&[event_time(1_700_000_000, 5), map(&[])]),
            Some(1_700_000_000_000_000_005),
        ),
        (Value::Float(1.5), Some(1_500_000_000)),
        (event_time(3_000_000_000, 0), Some(3_000_000_000_000_000_000)),
        (Value::Nil, None),
    ];
    for (time, wanted) in cases {
        assert_eq!(read_one(&list(&[time, log("m")])).timestamp_ns, wanted);
    }
    assert_eq!(read_one(&log("no time")).timestamp_ns, None);
    // Nanoseconds are limited to less than a second.
    assert_eq!(
        read_one(&list(&[event_time(1, 1_500_000_000), log("m")])).timestamp_ns,
        Some(1_999_999_999)
    );
    for (bad, text) in [
        (Value::Bool(true), "true"),
        ("noon".into(), "noon"),
        (Value::Ext(0, vec![1].into()), r#"{"$ext":[0,"AQ=="]}"#),
    ] {
        let event = read_one(&list(&["t".into(), bad, log("m")]));
        assert_eq!(event.timestamp_ns, None);
        assert_eq!(event.attributes[0], (TIME_UNPARSED.into(), text.into()));
    }
}

#[test]
fn usual_keys_fill_the_event() {
    let record = map(&[
        ("log", "Failed password for root from 203.0.113.66\n".into()),
        ("level", "error".into()),
        ("host", "web-1".into()),
        ("client.address", "192.0.2.1".into()),
        ("stream", "stderr".into()),
    ]);
    let event = read_one(&list(&[
        list(&[Value::Int(7), map(&[("k", "v".into())])]),
        record,
    ]));
    assert_eq!(event.message, "Failed password for root from 203.0.113.66");
    assert_eq!(
        (
            event.severity_id,
            event.source_id.as_ref(),
            event.source_type.as_ref()
        ),
        (4, "web-1", SOURCE_TYPE)
    );
    assert_eq!(
        (event.related_ips, event.related_users),
        (vec!["192.0.2.1".into()], vec!["root".into()])
    );
    assert_eq!(
        event.attributes,
        [
            ("client.address".into(), "192.0.2.1".into()),
            ("stream".into(), "stderr".into()),
            ("fluent.metadata".into(), map(&[("k", "v".into())])),
        ]
    );
    // If a record has no message, its whole JSON text is the message.
    let event = read_one(&list(&[Value::Int(7), map(&[("a", Value::Int(1))])]));
    assert_eq!(event.message, r#"{"a":1}"#);
    // Seerflow's own field names set the fields.
    let event = read_one(&list(&[
        Value::Int(7),
        map(&[("message", "m".into()), ("severity_id", Value::Int(5))]),
    ]));
    assert_eq!((event.message.as_ref(), event.severity_id), ("m", 5));
}

#[test]
fn every_mode_of_forward() {
    let entry = |text| list(&[Value::Int(1), log(text)]);
    let packed = [pack(&entry("a")), pack(&entry("b"))].concat();
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&packed).unwrap();
    let compressed = gzip.finish().unwrap();
    let options = map(&[("chunk", "id".into()), ("size", Value::Int(2))]);
    let messages = [
        list(&["app.web".into(), list(&[entry("a"), entry("b")]), options.clone()]),
        list(&["app.web".into(), list(&[entry("a"), entry("b")])]),
        list(&["app.web".into(), Value::Bin(packed.clone().into())]),
        list(&["app.web".into(), Value::Bin(packed.into()), options]),
        list(&[
            "app.web".into(),
            Value::Bin(compressed.into()),
            map(&[("compressed", "gzip".into())]),
        ]),
    ];
    for message in messages {
        let events = read(&pack(&message));
        let texts: Vec<_> = events.iter().map(|event| event.message.as_ref()).collect();
        assert_eq!(texts, ["a", "b"]);
        assert!(events.iter().all(|event| event.source_type == "app.web"));
        assert_eq!(events[0].attributes, [("fluent.tag".into(), "app.web".into())]);
    }
    for single in [
        list(&["t".into(), event_time(1, 2), log("a"), map(&[])]),
        list(&["t".into(), Value::Int(1), log("a")]),
    ] {
        let event = read_one(&single);
        assert_eq!((event.message.as_ref(), event.source_type.as_ref()), ("a", "t"));
    }
}

#[test]
fn a_group_shares_its_resource() {
    let resource = map(&[(
        "attributes",
        map(&[("service.name", "shop".into()), ("host.name", "web-1".into())]),
    )]);
    let scope = map(&[("name", "lib".into())]);
    let start = |time| {
        list(&[
            list(&[time, map(&[("schema", "otlp".into())])]),
            map(&[("resource", resource.clone()), ("scope", scope.clone())]),
        ])
    };
    let end = |time| list(&[list(&[time, map(&[])]), map(&[])]);
    let otlp = map(&[
        ("observed_timestamp", Value::Int(9)),
        ("severity_number", Value::Int(17)),
        ("trace_id", Value::Bin(vec![0xab; 16].into())),
        ("attributes", map(&[("user.name", "bob".into())])),
    ]);
    let record = list(&[list(&[event_time(1, 0), map(&[("otlp", otlp)])]), log("inside")]);
    for (first, last) in [
        (Value::Int(-1), Value::Int(-2)),
        (event_time(u32::MAX, 0), event_time(u32::MAX - 1, 0)),
    ] {
        let outside = list(&[Value::Int(2), log("outside")]);
        let parts = [start(first.clone()), record.clone(), end(last), outside];
        let bytes: Vec<u8> = parts.iter().flat_map(pack).collect();
        let events = read(&bytes);
        assert_eq!(events.len(), 2);
        let inside = &events[0];
        assert_eq!(
            (
                inside.message.as_ref(),
                inside.source_type.as_ref(),
                inside.source_id.as_ref()
            ),
            ("inside", "shop", "web-1")
        );
        assert_eq!(
            (inside.timestamp_ns, inside.observed_ns, inside.otel_severity),
            (Some(1_000_000_000), Some(9), 17)
        );
        assert_eq!(
            inside.trace_id.as_deref(),
            Some("abababababababababababababababab")
        );
        assert_eq!(inside.related_users, ["bob"]);
        assert_eq!(
            (events[1].message.as_ref(), events[1].source_type.as_ref()),
            ("outside", SOURCE_TYPE)
        );
        // A group without its end stays with the caller, unless the input is complete.
        let open: Vec<u8> = [start(first), record.clone()].iter().flat_map(pack).collect();
        assert_eq!(read_with(&open, false, OPTIONS).0.len(), 0);
        assert_eq!(read_with(&open, true, OPTIONS).0.len(), 1);
    }
}

#[test]
fn text_in_bytes_and_bytes_in_text() {
    let event = read_one(&list(&[
        Value::Int(1),
        map(&[("log", Value::Bin(b"plain"[..].into()))]),
    ]));
    assert_eq!((event.message.as_ref(), event.attributes.len()), ("plain", 0));
    let mut bytes = pack(&list(&[Value::Int(1), log("a*b")]));
    let star = bytes.iter().position(|&byte| byte == b'*').unwrap();
    bytes[star] = 0xff;
    let event = read(&bytes).remove(0);
    assert_eq!(event.message, "a\u{fffd}b");
    assert_eq!(raw_bytes(&event, "message").unwrap(), b"a\xffb");
}

#[test]
fn damage_costs_what_it_must() {
    let good = pack(&list(&[Value::Int(1), log("good")]));
    let bad = pack(&list(&[Value::Int(1), Value::Int(2)]));
    let short = pack(&list(&[Value::Int(1)]));
    let input = [good.clone(), bad, short, good.clone()].concat();
    let (found, end) = read_with(&input, false, OPTIONS);
    let results: Vec<_> = found.iter().map(|(event, _)| event.is_ok()).collect();
    assert_eq!((results, end), (vec![true, false, false, true], input.len()));

    // A value that cannot be a record makes it and the rest of the input one invalid record.
    let (found, _) = read_with(b"hello, this is no msgpack", false, OPTIONS);
    assert_eq!(found.len(), 1);
    let (found, _) = read_with(
        &[b"\x92\x01".to_vec(), vec![0x91; 100_000]].concat(),
        true,
        OPTIONS,
    );
    assert_eq!(found.len(), 1);

    // An incomplete record stays with the caller.
    for cut in 1..good.len() {
        assert_eq!(read_with(&good[..cut], false, OPTIONS).1, 0, "cut at {cut}");
        assert_eq!(read_with(&good[..cut], true, OPTIONS).1, cut);
    }
    let deep = [b"\x92\x01\x81\xa1k".to_vec(), vec![0x91; 100_000], vec![0xc0]].concat();
    let (found, _) = read_with(&[deep, good.clone()].concat(), false, OPTIONS);
    assert!(
        found[0]
            .0
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("nested deeper")
    );
    assert!(found[1].0.is_ok());

    let narrow = FluentOptions {
        longest: 4,
        ..OPTIONS
    };
    let error = read_with(&good, false, narrow).0.remove(0).0.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the record has {} bytes, the bound is 4", good.len())
    );
}

#[test]
fn a_message_that_unpacks_without_end_is_refused() {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&vec![0; 100_000]).unwrap();
    let bomb = gzip.finish().unwrap();
    assert_eq!(
        pieces::unpack(&bomb, pieces::Compression::Gzip, 100_000)
            .unwrap()
            .len(),
        100_000
    );
    let error = pieces::unpack(&bomb, pieces::Compression::Gzip, 99_999).unwrap_err();
    assert_eq!(error.to_string(), "the message unpacks to more than 99999 bytes");
    let message = list(&[
        "t".into(),
        Value::Bin(b"no gzip"[..].into()),
        map(&[("compressed", "gzip".into())]),
    ]);
    let (found, _) = read_with(&pack(&message), false, OPTIONS);
    assert!(
        found[0]
            .0
            .as_ref()
            .unwrap_err()
            .to_string()
            .starts_with("not gzip")
    );
}

/// Encodes records as a message in CompressedPackedForward mode.
fn compressed(tag: &'static str, records: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(records).unwrap();
    let packed = Value::Bin(gzip.finish().unwrap().into());
    pack(&list(&[
        tag.into(),
        packed,
        map(&[("compressed", "gzip".into())]),
    ]))
}

/// Returns the peak memory use of this process, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: String = line.chars().filter(char::is_ascii_digit).collect();
    kilobytes.parse::<usize>().unwrap() << 10
}

/// Detecting the kind of a record must not read a value before its length is checked.
#[cfg(target_os = "linux")]
#[test]
fn what_stands_where_a_time_is_expected_is_not_unpacked() {
    const ITEMS: usize = 32 << 20;
    let long = [&[0xdd][..], &(ITEMS as u32).to_be_bytes(), &vec![0xc0; ITEMS]].concat();
    let record = [&[0x92, 0x91], long.as_slice(), &[0x80]].concat();
    let message = compressed("t", &record);
    let before = peak();
    let (found, _) = read_with(&message, false, OPTIONS);
    let reason = found[0].0.as_ref().unwrap_err().to_string();
    assert!(reason.starts_with("the record has 335544"), "{reason}");
    // The long value stands where the compression option is searched for.
    let options = [b"\x93\xa1t\xc4\x01\x80\x81\xa1k".as_slice(), &long].concat();
    assert_eq!(read(&options).len(), 1);
    // Decoded as values, these bytes would take 1 GiB.
    assert!(peak() - before < 512 << 20, "{} MiB", (peak() - before) >> 20);
}

#[test]
fn what_has_no_end_is_waited_for_up_to_a_bound() {
    let options = FluentOptions {
        longest: 1000,
        ..OPTIONS
    };
    let endless = |start: &[u8], length: usize| {
        let mut input = start.to_vec();
        input.resize(length, 0xc0);
        let (found, end) = read_with(&input, false, options);
        assert!(found.iter().all(|(event, _)| event.is_err()));
        (found.len(), end)
    };
    for start in [
        &b"\xdf\xff\xff\xff\xff"[..],
        b"\xdd\xff\xff\xff\xff",
        b"\x92\x01\xdf\xff\xff\xff\xff",
    ] {
        assert_eq!(endless(start, 1001), (0, 0));
    }
    for start in [
        &b"\x92\xa1t\xdd\xff\xff\xff\xff"[..],
        b"\x92\x01\xdf\xff\xff\xff\xff",
    ] {
        assert_eq!(endless(start, 64 << 20), (0, 0));
        assert_eq!(endless(start, (64 << 20) + 1), (1, (64 << 20) + 1));
    }
    assert_eq!(endless(b"\x92\xa1t\xc6\x0f\xff\xff\xff", 65 << 20), (0, 0));

    // A group without an end: its records are read, and its missing end is reported.
    let start = pack(&list(&[list(&[Value::Int(-1), map(&[])]), map(&[])]));
    let record = pack(&list(&[Value::Int(1), map(&[("log", "x".repeat(900).into())])]));
    let mut group = [start.clone(), record.repeat((64 << 20) / record.len() - 1)].concat();
    assert_eq!(read_with(&group, false, options).1, 0);
    let whole = group.len() + 2 * record.len();
    group.extend([record.as_slice(), &record, &record[..100]].concat());
    let (found, end) = read_with(&group, false, options);
    assert_eq!(end, whole);
    let (last, bytes) = found.last().unwrap();
    assert_eq!(bytes, &start);
    assert!(
        last.as_ref()
            .unwrap_err()
            .to_string()
            .contains("the group has no end")
    );
    assert!(found[..found.len() - 1].iter().all(|(event, _)| event.is_ok()));
}

#[test]
fn what_records_share_is_repeated_only_so_often() {
    let long: &'static str = "x".repeat(100_000).leak();
    let total = |events: &[Event<'_>]| -> usize {
        let of = |event: &Event<'_>| {
            let texts = event.attributes.iter().map(|(_, value)| match value {
                Value::Str(text) => text.len(),
                _ => 0,
            });
            let resource = event.resource_attrs.iter().map(|(_, text)| text.len());
            event.source_type.len() + texts.chain(resource).sum::<usize>()
        };
        events.iter().map(of).sum()
    };
    let record = pack(&list(&[Value::Int(1), map(&[])]));
    let start = list(&[
        list(&[Value::Int(-1), map(&[])]),
        map(&[("resource", map(&[("attributes", map(&[("k", long.into())]))]))]),
    ]);
    let end = list(&[list(&[Value::Int(-2), map(&[])]), map(&[])]);
    let group = [pack(&start), record.repeat(10_000), pack(&end)].concat();
    let packed = Value::Bin(record.repeat(10_000).into());
    let message = pack(&list(&[long.into(), packed]));
    for input in [group, message] {
        let events = read(&input);
        assert_eq!(events.len(), 10_000);
        assert!(
            total(&events) < (1 << 20) + 64 * input.len(),
            "{}",
            total(&events)
        );
        let omitted = |event: &Event<'_>| event.attributes.contains(&(OMITTED.into(), Value::Int(1)));
        assert!(!omitted(&events[0]) && omitted(&events[9_999]));
        assert_eq!(events[9_999].source_type, SOURCE_TYPE);
    }
    // The limit on copies must not follow the uncompressed size of a message.
    let bomb = compressed(long, &record.repeat(100_000));
    assert!(total(&read(&bomb)) < (1 << 20) + 64 * 16 * bomb.len());
    // A message as real programs send it gets all shared attributes.
    let record = pack(&list(&[
        Value::Int(1),
        log("a message of some bytes, as they are"),
    ]));
    let message = compressed(
        "kube.var.log.containers.some-pod-with-a-name_namespace_container",
        &record.repeat(20_000),
    );
    assert!(
        read(&message)
            .iter()
            .all(|event| event.source_type.starts_with("kube."))
    );
}

#[test]
fn mutated_input_never_panics() {
    let entry = list(&[
        list(&[
            event_time(1, 2),
            map(&[("otlp", map(&[("trace_id", "ab".into())]))]),
        ]),
        log("text"),
    ]);
    let group = list(&[
        list(&[Value::Int(-1), map(&[])]),
        map(&[("resource", map(&[("attributes", map(&[]))]))]),
    ]);
    let message = list(&["tag".into(), list(&[entry.clone(), entry.clone()]), map(&[])]);
    let seed: Vec<u8> = [group, entry.clone(), message, entry]
        .iter()
        .flat_map(pack)
        .collect();
    let mut mutator = Mutator::new(&seed);
    for _ in 0..Mutator::rounds() {
        let bytes = mutator.next();
        for complete in [false, true] {
            let (_, end) = read_with(bytes, complete, OPTIONS);
            assert!(end <= bytes.len() && (!complete || end == bytes.len()));
        }
    }
}

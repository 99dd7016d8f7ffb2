//! What costs most, in each format: it must take time and memory in proportion to its length.
//!
//! Each input goes the way of a write call, from its bytes to batches, and back to JSON as a query does it. `--nocapture`
//! prints what each took. The long form takes a megabyte of each instead of 128 KiB.

use std::time::Instant;

use super::fluent::{FluentOptions, Pieces};
use super::frames::{Lines, Values};
use super::lines::{LineOptions, parse_line};
use super::otlp::{self, JsonRequests};
use super::{BatchBuilder, Derive, Limits, bounded, json, msgpack};
use crate::error::Result;
use crate::record::arbitrary::Mutator;
use crate::record::{Event, entities_of};

const MIB: usize = 1 << 20;

/// How long the inputs are.
fn size() -> usize {
    if Mutator::rounds() > 100_000 { MIB } else { MIB / 8 }
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Msgpack,
    Ndjson,
    Lines,
    Otlp,
    OtlpJson,
    Fluent,
}

/// What became of an input.
#[derive(Debug, Default)]
struct Made {
    events: usize,
    rejected: usize,
    /// Bytes of all batches.
    stored: usize,
    /// Bytes of the events as JSON.
    json: usize,
}

struct Sink {
    builder: BatchBuilder,
    index: u64,
    made: Made,
}

impl Sink {
    fn record(&mut self, event: Result<Event<'_>>, bytes: &[u8]) {
        self.builder.push(self.index, event, bytes);
        self.index += 1;
        if self.builder.pending().1 > MIB {
            self.take();
        }
    }

    fn take(&mut self) {
        let batch = self.builder.take();
        self.made.rejected += self.builder.rejections().len();
        self.made.events += batch.rows.len();
        self.made.stored += batch.size();
        let mut text = Vec::new();
        for row in &batch.rows {
            text.clear();
            let blob = batch.bytes(row.data);
            json::encode_blob(blob, &mut text).unwrap();
            self.made.json += text.len();
            entities_of(&msgpack::decode_event(blob).unwrap());
        }
    }
}

fn drive(format: Format, input: &[u8]) -> Made {
    let derive = Derive {
        edges: true,
        templates: true,
    };
    let mut sink = Sink {
        builder: BatchBuilder::new("test", Limits::default(), None, 1).deriving(derive),
        index: 0,
        made: Made::default(),
    };
    match format {
        Format::Msgpack => {
            for frame in Values::new(input, true, MIB) {
                let payload = frame.payload;
                let event =
                    bounded("record", payload.len(), MIB).and_then(|()| msgpack::decode_event(payload));
                sink.record(event, payload);
            }
        }
        Format::Ndjson => {
            Lines::new(input, true, MIB).for_each(|frame| {
                sink.record(json::decode_event(frame.payload), frame.payload);
            });
        }
        Format::Lines => {
            let options = LineOptions::default();
            Lines::new(input, true, MIB).for_each(|frame| {
                sink.record(Ok(parse_line(frame.payload, &options)), frame.payload);
            });
        }
        Format::Otlp => otlp::records(input, "s", MIB).for_each(|(event, bytes)| sink.record(event, bytes)),
        Format::OtlpJson => {
            for request in JsonRequests::new(input, true) {
                otlp::json_records(&request, "s", MIB).for_each(|(event, bytes)| sink.record(event, bytes));
            }
        }
        Format::Fluent => {
            let options = FluentOptions {
                source_type: None,
                longest: MIB,
            };
            for piece in Pieces::new(input, true, MIB) {
                let each = &mut |event: Result<Event<'_>>, bytes: &[u8]| {
                    sink.record(event, bytes);
                    Ok(())
                };
                piece.each(options, each).unwrap();
            }
        }
    }
    sink.take();
    sink.made
}

/// Returns how long this thread has run, in seconds: other threads and programs do not count, where the system tells.
fn cpu(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or(start.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

/// Drives inputs of two lengths. The one that is four times as long may take about four times as long, not sixteen times, and
/// must not become far more than it was.
fn measure(format: Format, inputs: impl Fn(usize) -> Vec<(&'static str, Vec<u8>)>) {
    let start = Instant::now();
    let timed = |input: &[u8]| {
        let before = cpu(start);
        (drive(format, input), cpu(start) - before)
    };
    for ((name, short), (_, long)) in inputs(size() / 4).into_iter().zip(inputs(size())) {
        let (_, brief) = timed(&short);
        let (made, took) = timed(&long);
        println!(
            "{format:?}: {name}: {} bytes, {brief:.3} s, {took:.3} s, {made:?}",
            long.len()
        );
        assert!(took < 8.0 * brief + 0.2, "{name}: {brief} s, {took} s");
        // What comes packed counts as what it unpacks to.
        let bound = 2 * MIB + 400 * long.len().max(size());
        assert!(made.stored < bound && made.json < bound, "{name}: {made:?}");
    }
}

/// Repeats a part between two others until there are about as many bytes.
fn fill(size: usize, before: &[u8], part: &[u8], behind: &[u8]) -> Vec<u8> {
    let count = (size - 256).saturating_sub(before.len() + behind.len()) / part.len();
    [before, &part.repeat(count), behind].concat()
}

/// Makes distinct parts until there are about as many bytes.
fn distinct(size: usize, before: &str, part: impl Fn(usize) -> String, behind: &str) -> Vec<u8> {
    let mut text = before.to_owned();
    for number in 0.. {
        if text.len() > size - 512 - behind.len() {
            break;
        }
        text += &part(number);
    }
    (text + behind).into_bytes()
}

/// A msgpack map with one field: a list or map of `count` parts.
fn field(name: &str, marker: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![0xd9, name.len() as u8];
    out.extend(name.as_bytes());
    out.push(marker);
    out.extend((parts.len() as u32).to_be_bytes());
    out.extend(parts.concat());
    out
}

const LIST: u8 = 0xdd;
const MAP: u8 = 0xdf;

fn text(text: &str) -> Vec<u8> {
    let mut out = vec![0xd9, text.len() as u8];
    out.extend(text.as_bytes());
    out
}

#[test]
fn msgpack_takes_linear_time() {
    measure(Format::Msgpack, |size| {
        let one = |field: Vec<u8>| [&[0x81], field.as_slice()].concat();
        let bad = field("related_ips", LIST, &vec![vec![0xa1, 0xff]; size / 4]);
        let attributes = field("attributes", MAP, &vec![vec![0xa1, b'k', 0xc0]; size / 7]);
        let numbers = |count: usize| (0..count).map(|n| text(&n.to_string())).collect::<Vec<_>>();
        let repeated = |part: &[u8]| {
            let count = (size - 512) / part.len();
            let mut out = vec![0xdf];
            out.extend((count as u32).to_be_bytes());
            out.extend(part.repeat(count));
            out
        };
        vec![
            ("empty maps", vec![0x80; size]),
            ("garbage", vec![0xc1; size]),
            (
                "no end",
                fill(size, &[0xdf, 0xff, 0xff, 0xff, 0xff], &[0xc0], &[]),
            ),
            (
                "bad texts beside attributes",
                [&[0x82], bad.as_slice(), &attributes].concat(),
            ),
            ("deep", fill(size, b"\x81\xa4body", &[0x91], &[0xc0])),
            ("nils", one(field("body", LIST, &vec![vec![0xc0]; size - 512]))),
            (
                "empty tags",
                one(field("tags", LIST, &vec![vec![0xa0]; size - 512])),
            ),
            (
                "a number that is a list",
                one(field("severity_id", LIST, &vec![vec![0xc0]; size - 512])),
            ),
            (
                "equal keys",
                one(field(
                    "resource_attrs",
                    MAP,
                    &vec![vec![0xa0, 0xa0]; size / 2 - 512],
                )),
            ),
            ("pids", one(field("related_processes", LIST, &numbers(size / 9)))),
            ("users", one(field("related_users", LIST, &numbers(size / 50)))),
            (
                "users that are one",
                one(field("related_users", LIST, &vec![text("a"); size / 40])),
            ),
            (
                "domains",
                one(field(
                    "related_domains",
                    LIST,
                    &vec![text("\u{e9}.\u{301}"); size / 70],
                )),
            ),
            ("repeated message", repeated(b"\xa7message\xa1\xff")),
            ("repeated list", repeated(b"\xa4tags\x91\xa1\xff")),
            ("repeated attributes", repeated(b"\xaaattributes\x81\xa1\xff\xc0")),
            ("unknown keys", repeated(b"\xa2ab\xc0")),
            (
                "escapes",
                one(field(
                    "attributes",
                    MAP,
                    &[[vec![0xa1, b'k', 0x91, 0xda, 0xff, 0xff], vec![1; 65535]].concat()],
                )),
            ),
        ]
    });
}

#[test]
fn ndjson_takes_linear_time() {
    measure(Format::Ndjson, |size| {
        vec![
            ("empty objects", fill(size, b"", b"{}\n", b"")),
            ("no objects", fill(size, b"", b"a\n", b"")),
            (
                "keys",
                distinct(size, "{\"a\":1", |n| format!(",\"{n:x}\":1"), "}"),
            ),
            ("equal keys", fill(size, b"{\"a\":1", b",\"a\":1", b"}")),
            (
                "equal fields",
                fill(size, b"{\"tags\":[]", b",\"tags\":[\"\"]", b"}"),
            ),
            ("deep lists", fill(size, b"{\"body\":", b"[", b"")),
            ("deep objects", fill(size, b"{\"body\":", b"{\"a\":", b"")),
            ("deep maps", fill(size, b"{\"body\":", b"{\"$map\":[[", b"")),
            ("digits", fill(size, b"{\"ts\":1", b"0", b"}")),
            ("digits behind the point", fill(size, b"{\"ts\":0.", b"0", b"1}")),
            ("exponent", fill(size, b"{\"ts\":1e-", b"9", b"}")),
            (
                "digits as text",
                fill(size, b"{\"timestamp_ns\":\"", b"9", b"\"}"),
            ),
            ("numbers", fill(size, b"{\"body\":[1", b",1", b"]}")),
            ("escapes", fill(size, b"{\"message\":\"", b"\\u0000", b"\"}")),
            (
                "halves of pairs",
                fill(size, b"{\"message\":\"", b"\\ud800", b"\"}"),
            ),
            ("no UTF-8", fill(size, b"{\"message\":\"", b"\xff", b"\"}")),
            ("no UTF-8 in keys", fill(size, b"{\"a\":1", b",\"\xff\":1", b"}")),
            (
                "control characters in lists",
                fill(size, b"{\"attributes\":{\"a\":[\"", b"\x7f\\u0001", b"\"]}}"),
            ),
            (
                "pids",
                distinct(
                    size,
                    "{\"related_processes\":[\"1\"",
                    |n| format!(",\"{n}\""),
                    "]}",
                ),
            ),
            (
                "named pids",
                distinct(
                    size,
                    "{\"related_processes\":[\"1\"",
                    |n| format!(",\"a:{n}\""),
                    "]}",
                ),
            ),
        ]
    });
}

#[test]
fn lines_take_linear_time() {
    measure(Format::Lines, |size| {
        let mut inputs = vec![
            ("letters", fill(size, b"", b"a\n", b"")),
            ("no UTF-8", fill(size, b"", b"\xff", b"")),
            (
                "parameters",
                distinct(size, "<14>1 - h a - - [a", |n| format!(" b{n}=\"c\""), "] m"),
            ),
            (
                "equal parameters",
                fill(size, b"<14>1 - h a - - [a", b" b=\"c\"", b"] m"),
            ),
            ("elements", fill(size, b"<14>1 - h a - - ", b"[a]", b" m")),
            (
                "escaped quotes",
                fill(size, b"<14>1 - h a - - [a b=\"", b"\\\"", b"\"] m"),
            ),
            (
                "addresses",
                distinct(
                    size,
                    "",
                    |n| format!("10.{}.{}.{} ", n >> 16, n >> 8 & 255, n & 255),
                    "",
                ),
            ),
            ("users", distinct(size, "", |n| format!("user=u{n} "), "")),
            (
                "requests",
                fill(
                    size,
                    b"127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"",
                    b"\\\"",
                    b"\" 404 1",
                ),
            ),
        ];
        for part in [
            "user=",
            "invalid user ",
            "for a from ",
            "user '",
            "1.",
            "a:",
            "1:2:",
            "::",
            "<",
            "[",
            "(",
            "[a b=\"\\",
            "10.0.0.1 ",
            "fe80::1%",
            "\"",
            "\\",
            " ",
            "\t",
            "\u{e9}",
            "INFO ",
            "a@b ",
            "-",
            "|",
            "=",
        ] {
            for start in ["", "<14>1 - h a - - ", "Mar 14 01:02:03 h a: "] {
                inputs.push((part, fill(size, start.as_bytes(), part.as_bytes(), b"")));
            }
        }
        inputs
    });
}

/// A field of protobuf that holds bytes.
fn part(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![tag << 3 | 2];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend(bytes);
    out
}

fn attribute(key: &str, text: &str) -> Vec<u8> {
    part(
        1,
        &[part(1, key.as_bytes()), part(2, &part(1, text.as_bytes()))].concat(),
    )
}

fn otlp_request(resource: &[u8], scope: &[u8], records: &[u8]) -> Vec<u8> {
    let scope = [part(1, scope), records.to_vec()].concat();
    part(1, &[part(1, resource), part(2, &scope)].concat())
}

#[test]
fn otlp_takes_linear_time() {
    measure(Format::Otlp, |size| {
        let large = attribute("k", &"x".repeat(size / 2));
        let records = part(2, &[]).repeat(size / 4);
        let entities: Vec<u8> = (0..256)
            .flat_map(|n| attribute("host.ip", &format!("10.0.0.{n}")))
            .collect();
        let as_attribute = |bytes: &[u8]| [&[6 << 3 | 2], &part(1, bytes)[1..]].concat();
        let record = |attributes: &[u8]| otlp_request(&[], &[], &part(2, attributes));
        let inner = |count: usize, value: &str| {
            let list = part(1, &part(1, value.as_bytes())).repeat(count);
            let value = part(2, &part(5, &list));
            record(&as_attribute(&[part(1, b"user.target.name"), value].concat()))
        };
        let scopes = part(2, &[]).repeat(size / 4);
        vec![
            (
                "empty records",
                otlp_request(&[], &[], &part(2, &[]).repeat(size / 2)),
            ),
            ("a large resource", otlp_request(&large, &[], &records)),
            (
                "a large name",
                otlp_request(&attribute("service.name", &"x".repeat(size / 2)), &[], &records),
            ),
            (
                "many attributes",
                otlp_request(&part(1, &[]).repeat(size / 4), &[], &records),
            ),
            (
                "a large scope",
                otlp_request(&[], &part(1, &vec![b's'; size / 2]), &records),
            ),
            (
                "a scope's lists",
                otlp_request(
                    &[],
                    &part(
                        3,
                        &[
                            part(1, b"k"),
                            part(2, &part(5, &part(1, &part(1, &vec![1; size / 2])))),
                        ]
                        .concat(),
                    ),
                    &records,
                ),
            ),
            (
                "entities of a resource",
                otlp_request(&entities, &[], &part(2, &[]).repeat(size / 2)),
            ),
            (
                "scopes of a large resource",
                part(1, &[part(1, &large), scopes].concat()),
            ),
            ("resources", part(1, &[]).repeat(size / 2)),
            ("bad resource", otlp_request(&[0xff; 64], &[], &records)),
            ("groups", vec![0x0b; size]),
            ("garbage", vec![0xff; size]),
            ("attributes", record(&as_attribute(&[]).repeat(size / 2 - 64))),
            ("a list of empty names", inner(size / 5, "")),
            ("a list of names", inner(size / 7, "ab")),
        ]
    });
}

#[test]
fn otlp_json_takes_linear_time() {
    measure(Format::OtlpJson, |size| {
        let log = |inner: &str| format!(r#"{{"resourceLogs":[{inner}]}}"#);
        let large = format!(
            r#"{{"resource":{{"attributes":[{{"key":"k","value":{{"stringValue":"{}"}}}}]}},"scopeLogs":[{{"logRecords":[{{}}"#,
            "x".repeat(size / 2)
        );
        let open = log(&large);
        let open = &open.as_bytes()[..open.len() - 2];
        let body = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"#;
        vec![
            ("requests on lines", fill(size, b"", b"{}\n", b"")),
            ("requests without lines", fill(size, b"", b"{}", b"")),
            ("no requests", fill(size, b"", b"a\n", b"")),
            ("open objects", fill(size, b"", b"{", b"")),
            ("open texts", fill(size, b"", b"{\"", b"")),
            ("a large resource", fill(size, open, b",{}", b"]}]}]}")),
            (
                "deep values",
                fill(size, body, b"{\"arrayValue\":{\"values\":[", b""),
            ),
            (
                "empty lists",
                fill(size, br#"{"resourceLogs":[{}"#, b",{}", b"]}"),
            ),
            (
                "equal members",
                fill(size, br#"{"resourceLogs":[]"#, br#","resourceLogs":[]"#, b"}"),
            ),
            (
                "underscores",
                fill(size, body, br#"{"_":1,"__________":{}},"#, b""),
            ),
            (
                "repeated values",
                fill(
                    size,
                    &[body, &br#"{"a":1"#[..]].concat(),
                    br#","stringValue":"a""#,
                    b"}}]}]}]}",
                ),
            ),
        ]
    });
}

#[test]
fn fluent_takes_linear_time() {
    measure(Format::Fluent, |size| {
        let gzip = |bytes: &[u8]| {
            use std::io::Write;
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            gzip.write_all(bytes).unwrap();
            let packed = gzip.finish().unwrap();
            let mut out = b"\x93\xa1t\xc6".to_vec();
            out.extend((packed.len() as u32).to_be_bytes());
            out.extend(packed);
            out.extend(b"\x81\xaacompressed\xa4gzip");
            out
        };
        let long = |marker: u8, length: usize| {
            let mut out = vec![marker];
            out.extend((length as u32).to_be_bytes());
            out
        };
        let text = [long(0xdb, size / 2), vec![b't'; size / 2]].concat();
        let maps = [long(LIST, size / 4), vec![0x80; size / 4]].concat();
        let tag = [&[0x92], text.as_slice(), &maps].concat();
        let group = [
            b"\x92\x92\xff\x80\x81\xa8resource\x81\xaaattributes\x81\xa1k".as_slice(),
            &text,
        ]
        .concat();
        let nils = vec![0xc0; size - 512];
        let options = [b"\x93\xa1t\xc4\x00", long(MAP, nils.len() / 2).as_slice(), &nils].concat();
        let times = [b"\x92\x91", long(LIST, nils.len()).as_slice(), &nils, &[0x80]].concat();
        vec![
            ("maps", vec![0x80; size]),
            ("records", fill(size, b"", b"\x92\x01\x80", b"")),
            ("a long tag", tag),
            ("a large group", fill(size, &group, b"\x92\x01\x80", b"")),
            ("begins of groups", fill(size, b"", b"\x92\x92\xff\x80\x80", b"")),
            ("options", options),
            ("a time that is a list", times),
            ("deep", fill(size, b"\x92\x01\x81\xa1k", b"\x91", b"\xc0")),
            (
                "a message that packs well",
                gzip(&fill(size, b"", b"\x92\x01\x80", b"")),
            ),
            ("garbage that packs well", gzip(&vec![0; 4 * size])),
        ]
    });
}

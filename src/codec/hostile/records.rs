//! msgpack and NDJSON records that are as expensive as possible.

use super::{Format, LIST, MAP, distinct, fill, measure};

/// Encodes a msgpack map with one field that is a list or map of `count` parts.
fn field(name: &str, marker: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![0xd9, name.len() as u8];
    out.extend(name.as_bytes());
    out.push(marker);
    out.extend((parts.len() as u32).to_be_bytes());
    out.extend(parts.concat());
    out
}

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

//! Keys that are looked up in the table of names, and records inside messages: the work is counted, not timed.

use super::{Format, distinct, drive, fill, measure};
use crate::codec::model::LOOKUPS;

fn inputs(size: usize) -> Vec<(&'static str, Format, Vec<u8>)> {
    // Each spelling of a known name in upper and lower case is a key of its own.
    let spelling = |number: usize| -> String {
        let letter = |(place, letter): (usize, char)| match number >> place & 1 {
            0 => letter,
            _ => letter.to_ascii_uppercase(),
        };
        "userprincipalname".chars().enumerate().map(letter).collect()
    };
    // The members of a message are escaped once more at each level.
    let message = (0..8).fold("m".to_owned(), |inner, _| {
        format!(r#"{{"message":{}}}"#, serde_json::Value::from(inner))
    });
    let object = |open: &'static [u8], close: &'static [u8]| {
        let count = (size - 512) / (open.len() + close.len());
        let count = count.min(60);
        [
            b"{\"a\":1".as_slice(),
            &fill(size, b"", b",\"winlog\":1", b""),
            b",\"winlog\":",
            &open.repeat(count),
            b"1",
            &close.repeat(count),
            b"}",
        ]
        .concat()
    };
    vec![
        (
            "spellings of a name",
            Format::Ndjson,
            distinct(size, "{\"a\":1", |n| format!(",\"{}\":\"u\"", spelling(n)), "}"),
        ),
        (
            "objects in objects",
            Format::Ndjson,
            object(b"{\"winlog\":", b"}"),
        ),
        (
            "members of known objects",
            Format::Ndjson,
            distinct(size, "{\"winlog\":{\"a\":1", |n| format!(",\"{n}\":1"), "}}"),
        ),
        (
            "known members",
            Format::Ndjson,
            fill(size, b"{\"user\":{\"a\":1", b",\"name\":\"u\"", b"}}"),
        ),
        (
            "messages in messages",
            Format::Lines,
            fill(size, b"", format!("{message}\n").as_bytes(), b""),
        ),
        (
            "an object behind a header",
            Format::Lines,
            distinct(
                size,
                "2026-03-14T01:02:03Z stdout F {\"a\":1",
                |n| format!(",\"{n}\":1"),
                "}",
            ),
        ),
        (
            "pairs behind a header",
            Format::Lines,
            fill(
                size,
                b"",
                b"<14>Mar 14 01:02:03 h a: level=error user=u msg=m\n",
                b"",
            ),
        ),
        (
            "records of a document",
            Format::Ndjson,
            fill(size, b"{\"logs\":[{}", b",{\"user\":\"u\"}", b"]}"),
        ),
    ]
}

#[test]
fn lookups_of_names_are_bounded_by_the_length_of_the_input() {
    for (name, format, input) in inputs(1 << 17) {
        LOOKUPS.set(0);
        let made = drive(format, &input);
        let count = LOOKUPS.get();
        println!("{name}: {} bytes, {count} lookups, {made:?}", input.len());
        // A key has at least a quote before and after it and a colon.
        assert!(
            count <= input.len() / 3 + 64,
            "{name}: {count} lookups in {} bytes",
            input.len()
        );
    }
}

#[test]
fn names_take_linear_time() {
    for format in [Format::Ndjson, Format::Lines] {
        measure(format, |size| {
            let of_format = inputs(size).into_iter().filter(|(_, of, _)| *of == format);
            of_format.map(|(name, _, input)| (name, input)).collect()
        });
    }
}

//! The event blob: a msgpack map with text keys, as Seerflow 0.7.0 stores it in `events.data`.
//!
//! The encoder omits fields at their default and writes the id as 16 raw bytes, which halves the blob. The
//! decoder accepts every form that Seerflow accepts: missing keys, unknown keys (they become attributes),
//! with or without `type`, and the id as text or as bytes.
//!
//! Seerflow's decoder accepts only nil for `body` and ignores unknown keys. A body is therefore written under
//! [`BODY_KEY`].

mod nested;
mod read;
mod reader;
mod write;

pub(crate) use read::{complete, read_parts};
pub use read::{decode_event, read_event};
pub use reader::{Reader, value_len};
pub use write::{encode_event, write_value};

use crate::record::Field;

/// The key under which an event's body is written.
pub const BODY_KEY: &str = "libseerflow.body";

fn key_of(field: Field) -> &'static str {
    if field == Field::Body {
        BODY_KEY
    } else {
        field.name()
    }
}

fn field_of(key: &str) -> Option<Field> {
    if key == BODY_KEY {
        Some(Field::Body)
    } else {
        Field::from_name(key)
    }
}

/// Finds a field's encoded value in a blob; `None` if the field is absent or the blob is damaged.
///
/// The other fields are not decoded.
pub fn find(blob: &[u8], field: Field) -> Option<Reader<'_>> {
    let mut reader = Reader::new(blob);
    for _ in 0..reader.map_len().ok()?? {
        let key = reader.bytes_of_text().ok()?;
        if key == key_of(field).as_bytes() || key == field.name().as_bytes() {
            return Some(reader);
        }
        let length = value_len(reader.rest())?;
        reader.skip(length);
    }
    None
}

#[cfg(test)]
mod tests {

    use rmp::encode;

    use super::write::put;
    use super::*;
    use crate::error::ErrorKind;
    use crate::record::{Event, Value};

    fn encode(event: &Event<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        encode_event(event, &mut out, |_, _, _| {});
        out
    }

    #[test]
    fn defaults_are_left_out() {
        assert_eq!(encode(&Event::default()), [0x80]);
    }

    #[test]
    fn text_positions_point_at_the_text() {
        let event = Event {
            message: "hello".into(),
            source_type: "sshd".into(),
            ..Event::default()
        };
        let mut out = vec![0xaa; 3];
        let mut seen = Vec::new();
        encode_event(&event, &mut out, |field, at, len| seen.push((field, at, len)));
        let text = |at: usize, len: usize| std::str::from_utf8(&out[at..at + len]).unwrap();
        let seen: Vec<_> = seen
            .into_iter()
            .map(|(field, at, len)| (field, text(at, len)))
            .collect();
        assert_eq!(seen, [(Field::Message, "hello"), (Field::SourceType, "sshd")]);
    }

    #[test]
    fn unknown_keys_become_attributes_and_type_goes() {
        let mut blob = Vec::new();
        put(encode::write_map_len(&mut blob, 3));
        for (key, value) in [("type", "SeerflowEvent"), ("extra", "kept"), ("message", "m")] {
            put(encode::write_str(&mut blob, key));
            put(encode::write_str(&mut blob, value));
        }
        let event = decode_event(&blob).unwrap();
        assert_eq!(event.message, "m");
        assert_eq!(event.attributes, [("extra".into(), Value::from("kept"))]);
    }

    #[test]
    fn a_value_is_measured_without_its_end_only_when_it_is_there() {
        let event = Event {
            message: "m".repeat(300).into(),
            body: Some(Value::Array(vec![
                Value::Float(1.5),
                Value::Ext(7, vec![1, 2, 3].into()),
            ])),
            ..Event::default()
        };
        let blob = encode(&event);
        assert_eq!(value_len(&blob), Some(blob.len()));
        for cut in 0..blob.len() {
            assert_eq!(value_len(&blob[..cut]), None, "cut at {cut}");
            assert!(decode_event(&blob[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn depth_is_bounded_and_named() {
        let mut blob = Vec::new();
        put(encode::write_map_len(&mut blob, 1));
        put(encode::write_str(&mut blob, "body"));
        blob.extend(std::iter::repeat_n(0x91, 100_000));
        blob.push(0xc0);
        assert_eq!(value_len(&blob), Some(blob.len()));
        let error = decode_event(&blob).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().starts_with("body: nested"), "{error}");
    }

    #[test]
    fn bytes_that_are_not_text_are_recoverable() {
        let mut blob = Vec::new();
        put(encode::write_map_len(&mut blob, 1));
        put(encode::write_str(&mut blob, "message"));
        blob.extend([0xa3, b'a', 0xff, b'b']);
        let event = decode_event(&blob).unwrap();
        assert_eq!(event.message, "a\u{fffd}b");
        assert_eq!(
            crate::codec::raw_bytes(&event, "message").unwrap(),
            [b'a', 0xff, b'b']
        );
    }

    /// Encodes a map whose fields have these encoded values.
    fn blob_of(fields: &[(&str, &[u8])]) -> Vec<u8> {
        let mut blob = Vec::new();
        put(encode::write_map_len(&mut blob, fields.len() as u32));
        for (name, value) in fields {
            put(encode::write_str(&mut blob, name));
            blob.extend_from_slice(value);
        }
        blob
    }

    #[test]
    fn every_text_of_a_list_is_recoverable() {
        let blob = blob_of(&[
            ("tags", b"\x94\xa1a\xa1\xff\xa1b\xa2c\xfe"),
            ("resource_attrs", b"\x81\xa1k\xa1\xfd"),
            // The last of a repeated field wins.
            ("message", b"\xa1\xff"),
            ("message", b"\xa2ok"),
            ("source_id", b"\xa1\xf0"),
            ("source_id", b"\xa1\xf1"),
        ]);
        let event = decode_event(&blob).unwrap();
        assert_eq!(event.tags, ["a", "\u{fffd}", "b", "c\u{fffd}"]);
        let text = |place, base64: &'static str| Value::Array(vec![Value::Int(place), base64.into()]);
        assert_eq!(
            event.attributes,
            [
                (
                    "seerflow.raw.tags".into(),
                    Value::Array(vec![text(1, "/w=="), text(3, "Y/4=")])
                ),
                (
                    "seerflow.raw.resource_attrs".into(),
                    Value::Array(vec![text(1, "/Q==")])
                ),
                ("seerflow.raw.source_id".into(), "8Q==".into()),
            ]
        );
        assert_eq!(crate::codec::raw_bytes(&event, "source_id").unwrap(), [0xf1]);
    }

    #[test]
    fn bad_texts_beside_many_attributes_take_linear_time() {
        // A search through the attributes for each text would take 5,000,000,000 comparisons.
        let list = [&b"\xdd\x00\x01\x86\xa0"[..], &b"\xa1\xff".repeat(100_000)].concat();
        let map = [&b"\xdf\x00\x00\xc3\x50"[..], &b"\xa0\xc0".repeat(50_000)].concat();
        let blob = blob_of(&[("attributes", &map), ("tags", &list)]);
        let start = std::time::Instant::now();
        assert_eq!(decode_event(&blob).unwrap().attributes.len(), 50_001);
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }

    #[test]
    fn what_is_no_number_is_not_read_to_tell_so() {
        // The header announces four billion items, but none follows.
        let mut reader = Reader::new(b"\xdd\xff\xff\xff\xff");
        assert_eq!(
            reader.int().unwrap_err().to_string(),
            "expected an integer, found a list"
        );
        let mut reader = Reader::new(b"\xdf\xff\xff\xff\xff");
        assert_eq!(
            reader.float().unwrap_err().to_string(),
            "expected a number, found a map"
        );
    }

    #[test]
    fn a_field_is_found_without_decoding() {
        let event = Event {
            message: "m".into(),
            severity_id: 4,
            source_id: "web-1".into(),
            ..Event::default()
        };
        let blob = encode(&event);
        assert_eq!(find(&blob, Field::SeverityId).unwrap().int().unwrap(), 4);
        assert_eq!(
            find(&blob, Field::SourceId).unwrap().bytes_of_text().unwrap(),
            b"web-1"
        );
        assert!(find(&blob, Field::Tags).is_none());
    }
}

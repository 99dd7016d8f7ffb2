//! The properties of parsers other than those of the formats.

use std::ffi::c_char;
use std::ptr;

use seerflow::codec::{json, msgpack};
use seerflow::ffi::event::{
    seerflow_event, seerflow_event_get_float, seerflow_event_get_id, seerflow_event_get_int,
    seerflow_event_get_msgpack, seerflow_event_get_text, seerflow_event_json,
};
use seerflow::ffi::event_collection::{
    seerflow_event_get_list_at, seerflow_event_get_list_count, seerflow_event_get_map_at,
    seerflow_event_get_map_count,
};
use seerflow::ffi::list::{seerflow_list_destroy, seerflow_list_event_at, seerflow_list_ndjson};
use seerflow::ffi::text::seerflow_str;
use seerflow::ffi::value::seerflow_attribute;
use seerflow::fuzzing;
use seerflow::record::{
    AlertCursor, Cursor, DeadLetterCursor, EdgeCursor, Event, FeedbackCursor, Field, entities_of,
};
use seerflow::transfer::Format;

/// Reads a stored event as queries, exports and the getters of the C API do. All of them agree on whether the event can be read.
pub fn blob(input: &[u8]) {
    let decoded = msgpack::decode_event(input);
    let mut text = Vec::new();
    assert_eq!(
        json::encode_blob(input, &mut text).is_ok(),
        decoded.is_ok(),
        "{decoded:?}"
    );
    for format in [Format::Csv, Format::SafeCsv, Format::Msgpack] {
        let _ = format.encode(input, &mut text);
    }
    if let Ok(event) = &decoded {
        let _ = entities_of(event);
        let mut blob = Vec::new();
        msgpack::encode_event(event, &mut blob, |_, _, _| {});
        let same = msgpack::decode_event(&blob).expect("an event that is stored again is read");
        assert_eq!(bytes_of(&same), blob);
    }
    let list = fuzzing::list_of(input);
    // SAFETY: the list lives until it is destroyed, and each pointer leads to a value of its type.
    unsafe {
        let event = seerflow_list_event_at(list, 0);
        assert!(!event.is_null());
        getters(event);
        let (mut text, mut length) = (ptr::null(), 0);
        seerflow_list_ndjson(list, &mut text, &mut length, ptr::null_mut());
        seerflow_list_destroy(list);
    }
}

fn bytes_of(event: &Event<'_>) -> Vec<u8> {
    let mut blob = Vec::new();
    msgpack::encode_event(event, &mut blob, |_, _, _| {});
    blob
}

/// Calls each getter with each field, and touches the bytes that it returns.
///
/// # Safety
/// The event belongs to a live list.
unsafe fn getters(event: *const seerflow_event) {
    let nowhere = ptr::null_mut();
    // SAFETY: the caller promises that the event lives; the other pointers lead to local values.
    unsafe {
        let touch = |text: &seerflow_str| {
            if !text.data.is_null() {
                let bytes = std::slice::from_raw_parts(text.data.cast::<u8>(), text.len);
                std::hint::black_box(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
            }
        };
        for number in 0..Field::ALL.len() as u32 + 3 {
            let (mut int, mut float, mut text, mut count) = (0, 0.0, seerflow_str::default(), 0);
            seerflow_event_get_int(event, number, &mut int, nowhere);
            seerflow_event_get_float(event, number, &mut float, nowhere);
            seerflow_event_get_text(event, number, &mut text, nowhere);
            touch(&text);
            seerflow_event_get_list_count(event, number, &mut count, nowhere);
            for index in 0..count.min(20) {
                let mut text = seerflow_str::default();
                seerflow_event_get_list_at(event, number, index, &mut text, nowhere);
                touch(&text);
            }
            count = 0;
            seerflow_event_get_map_count(event, number, &mut count, nowhere);
            for index in 0..count.min(20) {
                let mut attribute = std::mem::zeroed::<seerflow_attribute>();
                seerflow_event_get_map_at(event, number, index, &mut attribute, nowhere);
                touch(&attribute.key);
                touch(&attribute.s);
            }
            let (mut data, mut length) = (ptr::null(), 0);
            seerflow_event_get_msgpack(event, number, &mut data, &mut length, nowhere);
            touch(&seerflow_str {
                data: data.cast::<c_char>(),
                len: length,
            });
        }
        let mut id = [0 as c_char; 37];
        seerflow_event_get_id(event, id.as_mut_ptr(), nowhere);
        let (mut text, mut length) = (ptr::null(), 0);
        seerflow_event_json(event, &mut text, &mut length, nowhere);
        touch(&seerflow_str {
            data: text,
            len: length,
        });
    }
}

/// Parses connection strings. No beginning and no end of a password is shown, wherever the password stands.
pub fn connection(input: &[u8]) {
    let Some((form, rest)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    fuzzing::connection_string(&text);
    // A password that occurs nowhere else.
    let secret = format!("QXZ{}ZXQ", text.replace(['Q', '\0'], ""));
    if secret.len() > 200 {
        return;
    }
    let escaped: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let quoted = secret.replace('\\', "\\\\").replace('\'', "\\'");
    let given = match form % 9 {
        0 => format!("postgresql://me:{secret}@h:5/db?sslmode=require"),
        1 => format!("postgresql://me:{escaped}@h:5/db"),
        2 => format!("postgres:/me:{secret}@h/db"),
        3 => format!("postgresql://h/db?user=me&password={escaped}"),
        4 => format!("host=h password='{quoted}' user=me"),
        5 => format!("URL='postgresql://me:{secret}@h'"),
        6 => format!("host=h pwd={secret} user=me"),
        7 => format!("dbname='postgresql://me:{quoted}@h'"),
        _ => format!("falkor://:{escaped}@localhost:6379"),
    };
    let shown = fuzzing::connection_string(&given);
    assert!(
        !shown.contains("QXZ") && !shown.contains("ZXQ"),
        "{given} is shown as {shown}"
    );
}

/// Parses a configuration file. Each value that the configuration shows can be set again.
pub fn yaml(input: &[u8]) {
    let config = fuzzing::yaml(&String::from_utf8_lossy(input));
    let shown = format!("{config:?}");
    assert!(!shown.is_empty());
    let _ = config.sqlite_path();
}

/// Parses cursors. A cursor that is parsed has a token, which is parsed as the same cursor.
pub fn cursor(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(cursor) = Cursor::parse(&text) {
        assert_eq!(Cursor::parse(&cursor.token()).unwrap(), cursor);
    }
    if let Ok(cursor) = AlertCursor::parse(&text) {
        assert_eq!(AlertCursor::parse(&cursor.token()).unwrap(), cursor);
    }
    if let Ok(cursor) = EdgeCursor::parse(&text) {
        assert_eq!(EdgeCursor::parse(&cursor.token()).unwrap(), cursor);
    }
    if let Ok(cursor) = DeadLetterCursor::parse(&text) {
        assert_eq!(DeadLetterCursor::parse(&cursor.token()).unwrap(), cursor);
    }
    if let Ok(cursor) = FeedbackCursor::parse(&text) {
        assert_eq!(FeedbackCursor::parse(&cursor.token()).unwrap(), cursor);
    }
}

/// Reads what a PostgreSQL server sends: in one part or in small ones, the same message is refused.
pub fn messages(input: &[u8]) {
    let whole = fuzzing::messages(input, input.len().max(1));
    for step in [1, 3, 5] {
        assert_eq!(fuzzing::messages(input, step), whole);
    }
}

/// Reads what a FalkorDB sends.
pub fn answers(input: &[u8]) {
    fuzzing::answers(input);
}

/// Reads the stored counts of a block.
pub fn counts(input: &[u8]) {
    fuzzing::counts(input);
}

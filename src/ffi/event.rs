//! `seerflow_event`: a view on a stored event, which reads single fields without decoding the others.

use std::ffi::{CString, c_char};
use std::sync::OnceLock;

use once_cell::sync::Lazy;
use uuid::Uuid;

use super::error::seerflow_error;
use super::guard::call_on;
use super::handle::Object;
use super::out::Out;
use super::status::seerflow_status;
use super::text::seerflow_str;
use super::value::{seerflow_attribute, seerflow_value};
use crate::codec::json;
use crate::codec::msgpack::{Reader, find, value_len};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Field, FieldKind, Value};

/// An event of a list. It belongs to its list and is not destroyed.
///
/// A const event may be read by any number of threads at once. Its getters read single fields from the stored form: cheap,
/// but not free; keep what is needed often. A field that is absent has its default. The fields are numbered by
/// seerflow_field.
///
/// Methods: seerflow_event_get_int, seerflow_event_get_float, seerflow_event_get_text, seerflow_event_get_id,
/// seerflow_event_get_list_count, seerflow_event_get_list_at, seerflow_event_get_map_count, seerflow_event_get_map_at,
/// seerflow_event_get_msgpack, seerflow_event_msgpack, seerflow_event_json.
pub struct seerflow_event {
    _opaque: [u8; 0],
}

/// Bytes that an id takes as text: 36 characters and a NUL.
pub const SEERFLOW_ID_SIZE: usize = 37;

/// A field's number as it comes from C: any number.
pub type FieldNumber = u32;

/// What is behind the handle.
pub struct View {
    blob: &'static [u8],
    json: OnceLock<Box<[u8]>>,
}

impl Object for seerflow_event {
    type Value = View;
    const NAME: &'static str = "seerflow_event";
    const MAGIC: [u8; 8] = *b"sf:event";
}

/// Says that a stored event cannot be read: it is damaged, or memory does not hold it.
pub(crate) fn unreadable(kind: ErrorKind, why: String) -> Error {
    match kind {
        ErrorKind::Limit => Error::new(ErrorKind::Limit, why),
        _ => Error::new(ErrorKind::Corrupt, why),
    }
}

impl View {
    /// Makes a view on a blob.
    ///
    /// # Safety
    /// The blob stays where it is for as long as the view lives.
    pub(crate) unsafe fn new(blob: &[u8]) -> Self {
        // SAFETY: the caller sees to it that the view goes first.
        let blob = unsafe { std::slice::from_raw_parts(blob.as_ptr(), blob.len()) };
        Self {
            blob,
            json: OnceLock::new(),
        }
    }

    /// Finds a field's encoded value; `None` where the default stands.
    fn find(&self, field: Field) -> Option<Reader<'static>> {
        find(self.blob, field).filter(|reader| reader.rest().first() != Some(&NIL))
    }

    fn json(&self) -> Result<&[u8]> {
        if let Some(text) = self.json.get() {
            return Ok(text);
        }
        let mut text = Vec::new();
        json::encode_blob(self.blob, &mut text)
            .map_err(|error| unreadable(error.kind(), error.to_string()))?;
        text.push(0);
        Ok(self.json.get_or_init(|| text.into_boxed_slice()))
    }

    /// Starts a reader at the first pair of a map field, and tells how many there are.
    fn pairs(&self, number: FieldNumber) -> Result<(Reader<'static>, usize)> {
        let field = field_of(number, &[FieldKind::Attributes, FieldKind::StrMap])?;
        let Some(mut reader) = self.find(field) else {
            return Ok((Reader::new(&[]), 0));
        };
        let count = reader.map_len().map_err(corrupt(field))?;
        count
            .map(|count| (reader, count))
            .ok_or_else(|| corrupt(field)(Error::invalid("no map")))
    }

    /// Starts a reader at the first item of a list field, and tells how many there are.
    fn items(&self, number: FieldNumber) -> Result<(Field, Reader<'static>, usize)> {
        let field = field_of(number, &[FieldKind::List])?;
        let Some(mut reader) = self.find(field) else {
            return Ok((field, Reader::new(&[]), 0));
        };
        let count = reader.array_len().map_err(corrupt(field))?;
        count
            .map(|count| (field, reader, count))
            .ok_or_else(|| corrupt(field)(Error::invalid("no list")))
    }
}

/// msgpack's nil.
const NIL: u8 = 0xc0;

fn corrupt(field: Field) -> impl FnOnce(Error) -> Error {
    move |error| Error::new(ErrorKind::Corrupt, format!("{}: {error}", field.name()))
}

/// Finds a field by its number and refuses one of another kind.
fn field_of(number: FieldNumber, kinds: &[FieldKind]) -> Result<Field> {
    let field =
        Field::from_number(number).ok_or_else(|| Error::invalid(format!("field {number} is none")))?;
    if kinds.contains(&field.kind()) {
        return Ok(field);
    }
    Err(Error::invalid(format!(
        "{} is read by another function",
        field.name()
    )))
}

fn behind(index: usize, count: usize) -> Result<()> {
    if index < count {
        Ok(())
    } else {
        Err(Error::new(
            ErrorKind::NotFound,
            format!("there are {count} items, not {index}"),
        ))
    }
}

/// Skips one value.
fn skip<'a>(reader: &Reader<'a>) -> Result<Reader<'a>> {
    let rest = reader.rest();
    let damaged = || Error::new(ErrorKind::Corrupt, "the event ends too early");
    Ok(Reader::new(&rest[value_len(rest).ok_or_else(damaged)?..]))
}

static FIELD_NAMES: Lazy<Vec<CString>> = Lazy::new(|| {
    Field::ALL
        .iter()
        .map(|field| CString::new(field.name()).unwrap_or_default())
        .collect()
});

/// Returns a field's name, its key in msgpack and JSON; NULL for a number that is none.
///
/// Threads: any. Blocking: never. Ownership: the text is static.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_field_name(field: FieldNumber) -> *const c_char {
    let position = Field::ALL.iter().position(|known| *known as u32 == field);
    position
        .and_then(|position| FIELD_NAMES.get(position))
        .map_or(std::ptr::null(), |name| name.as_ptr())
}

/// Reads an integer or a time field; times are nanoseconds since 1970-01-01 UTC. SEERFLOW_STATUS_INVALID for a field of
/// another kind.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_int(
    event: *const seerflow_event,
    field: FieldNumber,
    value: *mut i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and a valid pointer.
    unsafe {
        call_on(event, error, |view| {
            let place = Out::new(value, "value")?;
            let field = field_of(field, &[FieldKind::Int, FieldKind::Time])?;
            place.put(match view.find(field) {
                Some(mut reader) => reader.int().map_err(corrupt(field))?,
                None => field.default_int(),
            });
            Ok(())
        })
    }
}

/// Reads a float field. SEERFLOW_STATUS_INVALID for a field of another kind.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_float(
    event: *const seerflow_event,
    field: FieldNumber,
    value: *mut f64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and a valid pointer.
    unsafe {
        call_on(event, error, |view| {
            let place = Out::new(value, "value")?;
            let field = field_of(field, &[FieldKind::Float])?;
            place.put(match view.find(field) {
                Some(mut reader) => reader.float().map_err(corrupt(field))?,
                None => field.default_float(),
            });
            Ok(())
        })
    }
}

/// Reads a text field. One that may be absent and is (trace_id, span_id) has `data` NULL. SEERFLOW_STATUS_INVALID for a
/// field of another kind.
///
/// Ownership: the text lives as long as the list. It does not end in NUL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_text(
    event: *const seerflow_event,
    field: FieldNumber,
    value: *mut seerflow_str,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and a valid pointer.
    unsafe {
        call_on(event, error, |view| {
            let place = Out::new(value, "value")?;
            let field = field_of(field, &[FieldKind::Str, FieldKind::OptStr])?;
            place.put(match view.find(field) {
                Some(mut reader) => seerflow_str::lend(reader.bytes_of_text().map_err(corrupt(field))?),
                None if field.kind() == FieldKind::OptStr => seerflow_str::default(),
                None => seerflow_str::lend(field.default_str().as_bytes()),
            });
            Ok(())
        })
    }
}

/// Writes the event's id as 36 characters and a NUL. `out` has room for SEERFLOW_ID_SIZE bytes.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_id(
    event: *const seerflow_event,
    out: *mut c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and room for an id.
    unsafe {
        call_on(event, error, |view| {
            let place = IdOut::new(out, "out")?;
            let absent = || Error::new(ErrorKind::NotFound, "the event has no id");
            let bytes = view.find(Field::EventId).ok_or_else(absent)?.bytes_of_text();
            let bytes = bytes.map_err(corrupt(Field::EventId))?;
            let id = if bytes.len() == 16 {
                Uuid::from_slice(bytes)
            } else {
                Uuid::try_parse_ascii(bytes)
            };
            place.put(id.map_err(|e| corrupt(Field::EventId)(Error::invalid("not a UUID").with_source(e)))?);
            Ok(())
        })
    }
}

/// A place of the caller's for an id as text.
pub(crate) struct IdOut(Out<[u8; SEERFLOW_ID_SIZE]>);

impl IdOut {
    /// # Safety
    /// `out` is NULL or 37 bytes are writable there.
    pub(crate) unsafe fn new(out: *mut c_char, name: &str) -> Result<Self> {
        // SAFETY: the caller keeps the contract.
        unsafe { Out::new(out.cast(), name) }.map(Self)
    }

    pub(crate) fn put(self, id: Uuid) {
        let mut text = [0; SEERFLOW_ID_SIZE];
        id.hyphenated().encode_lower(&mut text);
        self.0.put(text);
    }
}

/// Tells how many texts a list field has. SEERFLOW_STATUS_INVALID for a field of another kind.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_list_count(
    event: *const seerflow_event,
    field: FieldNumber,
    count: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and a valid pointer.
    unsafe {
        call_on(event, error, |view| {
            let place = Out::new(count, "count")?;
            place.put(view.items(field)?.2);
            Ok(())
        })
    }
}

/// Reads a text of a list field, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: the text lives as long as the list. It does not end in NUL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_list_at(
    event: *const seerflow_event,
    field: FieldNumber,
    index: usize,
    value: *mut seerflow_str,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and a valid pointer.
    unsafe {
        call_on(event, error, |view| {
            let place = Out::new(value, "value")?;
            let (field, mut reader, count) = view.items(field)?;
            behind(index, count)?;
            for _ in 0..index {
                reader = skip(&reader)?;
            }
            place.put(seerflow_str::lend(
                reader.bytes_of_text().map_err(corrupt(field))?,
            ));
            Ok(())
        })
    }
}

/// Tells how many pairs SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS has. SEERFLOW_STATUS_INVALID for
/// another field.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_map_count(
    event: *const seerflow_event,
    field: FieldNumber,
    count: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and a valid pointer.
    unsafe {
        call_on(event, error, |view| {
            let place = Out::new(count, "count")?;
            place.put(view.pairs(field)?.1);
            Ok(())
        })
    }
}

/// Reads a pair of SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS, by a number from 0.
/// SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: key and value live as long as the list. They do not end in NUL.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_map_at(
    event: *const seerflow_event,
    field: FieldNumber,
    index: usize,
    attribute: *mut seerflow_attribute,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and a valid pointer.
    unsafe {
        call_on(event, error, |view| {
            let place = Out::new(attribute, "attribute")?;
            let (mut reader, count) = view.pairs(field)?;
            behind(index, count)?;
            for _ in 0..2 * index {
                reader = skip(&reader)?;
            }
            place.put(attribute_at(reader).map_err(|e| Error::new(ErrorKind::Corrupt, e.to_string()))?);
            Ok(())
        })
    }
}

/// Reads one key and one value. What they point to is the blob.
fn attribute_at(mut reader: Reader<'static>) -> Result<seerflow_attribute> {
    let key = seerflow_str::lend(reader.bytes_of_text()?);
    let rest = reader.rest();
    let whole = value_len(rest)
        .map(|length| seerflow_str::lend(&rest[..length]))
        .unwrap_or_default();
    let mut attribute = seerflow_attribute {
        key,
        ..seerflow_attribute::default()
    };
    let kind = match reader.value()? {
        Value::Str(_) => {
            attribute.s = seerflow_str::lend(Reader::new(rest).bytes_of_text()?);
            seerflow_value::Text
        }
        Value::Int(number) => {
            attribute.i = number;
            seerflow_value::Int
        }
        Value::Bool(yes) => {
            attribute.i = yes.into();
            seerflow_value::Bool
        }
        Value::Float(number) => {
            attribute.d = number;
            seerflow_value::Float
        }
        Value::Nil => seerflow_value::Null,
        Value::UInt(_) | Value::Bin(_) | Value::Array(_) | Value::Map(_) | Value::Ext(..) => {
            attribute.s = whole;
            seerflow_value::Msgpack
        }
    };
    attribute.r#type = kind as u32;
    Ok(attribute)
}

/// Lends a field of any kind as one msgpack value; `data` NULL and `length` 0 if it is absent.
///
/// Ownership: the bytes live as long as the list.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_msgpack(
    event: *const seerflow_event,
    field: FieldNumber,
    data: *mut *const u8,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and valid pointers.
    unsafe {
        call_on(event, error, |view| {
            let (data, length) = (Out::new(data, "data")?, Out::new(length, "length")?);
            let field =
                Field::from_number(field).ok_or_else(|| Error::invalid(format!("field {field} is none")))?;
            let found = view.find(field);
            let bytes = found
                .as_ref()
                .and_then(|reader| reader.rest().get(..value_len(reader.rest())?));
            data.put(bytes.map_or(std::ptr::null(), <[u8]>::as_ptr));
            length.put(bytes.map_or(0, <[u8]>::len));
            Ok(())
        })
    }
}

/// Lends the whole event as it is stored: one msgpack map.
///
/// Ownership: the bytes live as long as the list.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_msgpack(
    event: *const seerflow_event,
    data: *mut *const u8,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and valid pointers.
    unsafe {
        call_on(event, error, |view| {
            let (data, length) = (Out::new(data, "data")?, Out::new(length, "length")?);
            data.put(view.blob.as_ptr());
            length.put(view.blob.len());
            Ok(())
        })
    }
}

/// Lends the whole event as a JSON object on one line, ended in NUL. It is made at the first call. `length` may be NULL.
///
/// Ownership: the text lives as long as the list.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_json(
    event: *const seerflow_event,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands an event of a live list and valid pointers.
    unsafe {
        call_on(event, error, |view| {
            let (place, length) = (Out::new(text, "text")?, Out::optional(length, "length")?);
            let text = view.json()?;
            place.put(text.as_ptr().cast());
            if let Some(length) = length {
                length.put(text.len() - 1);
            }
            Ok(())
        })
    }
}

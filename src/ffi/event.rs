//! `seerflow_event`: a view of a stored event, which reads single fields without decoding the others.

use std::ffi::{CString, c_char};

use once_cell::sync::{Lazy, OnceCell};
use uuid::Uuid;

use super::error::seerflow_error;
use super::guard::{call_for, call_on};
use super::handle::Object;
use super::out::{Out, Place};
use super::status::seerflow_status;
use super::text::seerflow_str;
use crate::codec::json;
use crate::codec::msgpack::{Reader, find, value_len};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Field, FieldKind};

/// A stored event. It belongs to a list, and is destroyed with it.
///
/// Any number of threads may read an event at the same time. Each getter searches the stored form of the event for
/// its field. That is cheap but not free: copy the value of a field that is read often. A field that is not stored
/// has its default. seerflow_field numbers the fields.
pub struct seerflow_event {
    _opaque: [u8; 0],
}

/// The size of a buffer for an id as text: 36 characters and a NUL.
pub const SEERFLOW_ID_SIZE: usize = 37;

/// A seerflow_field passed from C, not yet validated.
pub type FieldNumber = u32;

/// The value of the handle.
pub struct View {
    blob: &'static [u8],
    json: OnceCell<Box<[u8]>>,
}

impl Object for seerflow_event {
    type Value = View;
    const NAME: &'static str = "seerflow_event";
    const MAGIC: [u8; 8] = *b"sf:event";
}

/// Makes the error for a stored event that cannot be read: it is damaged, or there is not enough memory.
pub(crate) fn unreadable(kind: ErrorKind, why: String) -> Error {
    match kind {
        ErrorKind::Limit => Error::new(ErrorKind::Limit, why),
        _ => Error::new(ErrorKind::Corrupt, why),
    }
}

impl View {
    /// Makes a view of a blob.
    ///
    /// # Safety
    /// The blob is not moved or changed while the view lives.
    pub(crate) unsafe fn new(blob: &[u8]) -> Self {
        // SAFETY: the caller promises that the blob outlives the view.
        let blob = unsafe { std::slice::from_raw_parts(blob.as_ptr(), blob.len()) };
        Self {
            blob,
            json: OnceCell::new(),
        }
    }

    /// Finds the encoded value of a field; `None` if the event has the default.
    pub(super) fn find(&self, field: Field) -> Option<Reader<'static>> {
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
}

/// The msgpack byte for nil.
const NIL: u8 = 0xc0;

pub(super) fn corrupt(field: Field) -> impl FnOnce(Error) -> Error {
    move |error| Error::new(ErrorKind::Corrupt, format!("{}: {error}", field.name()))
}

/// Converts a field number; an error if the field's kind is not one of `kinds`.
pub(super) fn field_of(number: FieldNumber, kinds: &[FieldKind]) -> Result<Field> {
    let field = Field::from_number(number)
        .ok_or_else(|| Error::invalid(format!("{number} is not a seerflow_field")))?;
    if kinds.contains(&field.kind()) {
        return Ok(field);
    }
    Err(Error::invalid(format!(
        "{} has another type: use the getter for its type",
        field.name()
    )))
}

static FIELD_NAMES: Lazy<Vec<CString>> = Lazy::new(|| {
    Field::ALL
        .iter()
        .map(|field| CString::new(field.name()).unwrap_or_default())
        .collect()
});

/// Returns the name of a field, which is its key in msgpack and JSON.
///
/// Returns NULL if `field` is not a seerflow_field.
///
/// Threads: any. Blocking: never. Ownership: the text is static.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_field_name(field: FieldNumber) -> *const c_char {
    let position = Field::ALL.iter().position(|known| *known as u32 == field);
    position
        .and_then(|position| FIELD_NAMES.get(position))
        .map_or(std::ptr::null(), |name| name.as_ptr())
}

/// Reads an integer or a time field. Times are in nanoseconds since 1970-01-01 UTC.
///
/// Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_INVALID if the field has another type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_int(
    event: *const seerflow_event,
    field: FieldNumber,
    value: *mut i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and a valid pointer.
    unsafe {
        call_for(event, Out::new(value, "value"), error, |view| {
            let field = field_of(field, &[FieldKind::Int, FieldKind::Time])?;
            match view.find(field) {
                Some(mut reader) => reader.int().map_err(corrupt(field)),
                None => Ok(field.default_int()),
            }
        })
    }
}

/// Reads a float field.
///
/// Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_INVALID if the field has another type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_float(
    event: *const seerflow_event,
    field: FieldNumber,
    value: *mut f64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and a valid pointer.
    unsafe {
        call_for(event, Out::new(value, "value"), error, |view| {
            let field = field_of(field, &[FieldKind::Float])?;
            match view.find(field) {
                Some(mut reader) => reader.float().map_err(corrupt(field)),
                None => Ok(field.default_float()),
            }
        })
    }
}

/// Reads a text field.
///
/// `trace_id` and `span_id` may be absent; `data` is then NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the text belongs to the list of the event; it is not
/// NUL-terminated. Errors: SEERFLOW_STATUS_INVALID if the field has another type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_text(
    event: *const seerflow_event,
    field: FieldNumber,
    value: *mut seerflow_str,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and a valid pointer.
    unsafe {
        call_for(event, Out::new(value, "value"), error, |view| {
            let field = field_of(field, &[FieldKind::Str, FieldKind::OptStr])?;
            Ok(match view.find(field) {
                Some(mut reader) => seerflow_str::lend(reader.bytes_of_text().map_err(corrupt(field))?),
                None if field.kind() == FieldKind::OptStr => seerflow_str::default(),
                None => seerflow_str::lend(field.default_str().as_bytes()),
            })
        })
    }
}

/// Copies the event's id to `out`: a UUID of 36 characters and a NUL.
///
/// `out` must have room for SEERFLOW_ID_SIZE bytes.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_id(
    event: *const seerflow_event,
    out: *mut c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and room for an id.
    unsafe {
        call_for(event, IdOut::new(out, "out"), error, |view| {
            let absent = || Error::new(ErrorKind::NotFound, "the event has no id");
            let bytes = view.find(Field::EventId).ok_or_else(absent)?.bytes_of_text();
            let bytes = bytes.map_err(corrupt(Field::EventId))?;
            let id = if bytes.len() == 16 {
                Uuid::from_slice(bytes)
            } else {
                Uuid::try_parse_ascii(bytes)
            };
            id.map_err(|e| corrupt(Field::EventId)(Error::invalid("not a UUID").with_source(e)))
        })
    }
}

/// The caller's buffer for an id as text.
pub(crate) struct IdOut(Out<[u8; SEERFLOW_ID_SIZE]>);

impl IdOut {
    /// # Safety
    /// `out` is NULL, or 37 bytes are writable there.
    pub(crate) unsafe fn new(out: *mut c_char, name: &str) -> Result<Self> {
        // SAFETY: the caller upholds the contract.
        unsafe { Out::new(out.cast(), name) }.map(Self)
    }
}

impl Place for IdOut {
    type Value = Uuid;

    fn put(self, id: Uuid) {
        let mut text = [0; SEERFLOW_ID_SIZE];
        id.hyphenated().encode_lower(&mut text);
        self.0.put(text);
    }
}

/// Returns a field of any type as one msgpack value.
///
/// If the field is not stored, `*data` is set to NULL and `*length` to 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the bytes belong to the list of the event. Errors:
/// SEERFLOW_STATUS_INVALID if `field` is not a seerflow_field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_get_msgpack(
    event: *const seerflow_event,
    field: FieldNumber,
    data: *mut *const u8,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and valid pointers.
    unsafe {
        call_on(event, error, |view| {
            let (data, length) = (Out::new(data, "data")?, Out::new(length, "length")?);
            let field = Field::from_number(field)
                .ok_or_else(|| Error::invalid(format!("{field} is not a seerflow_field")))?;
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

/// Returns the whole event in its stored form: one msgpack map.
///
/// Threads: any number at once. Blocking: never. Ownership: the bytes belong to the list of the event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_msgpack(
    event: *const seerflow_event,
    data: *mut *const u8,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and valid pointers.
    unsafe {
        call_on(event, error, |view| {
            let (data, length) = (Out::new(data, "data")?, Out::new(length, "length")?);
            data.put(view.blob.as_ptr());
            length.put(view.blob.len());
            Ok(())
        })
    }
}

/// Returns the whole event as a JSON object on one line, followed by a NUL.
///
/// The first call makes the text; later calls return the same one. `*length` is set to the number of bytes without
/// the NUL; `length` may be NULL.
///
/// Threads: any number at once. Blocking: never. Ownership: the text belongs to the list of the event. Errors:
/// SEERFLOW_STATUS_CORRUPT if the event is damaged; SEERFLOW_STATUS_LIMIT if there is not enough memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_event_json(
    event: *const seerflow_event,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires an event of a live list and valid pointers.
    unsafe {
        call_on(event, error, |view| {
            let (place, length) = (Out::new(text, "text")?, Out::optional(length, "length")?);
            let text = view.json()?;
            place.put(text.as_ptr().cast());
            length.put(text.len() - 1);
            Ok(())
        })
    }
}

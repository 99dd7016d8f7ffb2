//! OTLP: the log records of OpenTelemetry, as protobuf and as JSON.
//!
//! What is damaged becomes a record that is rejected; its neighbours are events.

mod entities;
mod json;
mod map;
mod proto;
#[cfg(test)]
mod tests;
mod walk;
mod wire;

pub(crate) use entities::Entities;
pub use json::{JsonRequest, JsonRequests};
pub(crate) use map::{Origin, Record, Scope, event_of};
pub(crate) use proto::hex;

use json::Json;
use proto::Proto;
use walk::{Form, Walk};

use crate::error::{Error, ErrorKind, Result};
use crate::record::Event;

/// `source_type` of records whose resource has no `service.name`, unless the caller names one.
pub const SOURCE_TYPE: &str = "otlp";

/// A record, and its bytes.
pub type Found<'a> = (Result<Event<'a>>, &'a [u8]);

/// Reads the records of one ExportLogsServiceRequest or LogsData, as protobuf. None of them may have more than `longest`
/// bytes.
pub fn records<'a>(
    request: &'a [u8],
    source_type: &'a str,
    longest: usize,
) -> impl Iterator<Item = Found<'a>> {
    let mut walk = Walk::<Proto>::new(request);
    std::iter::from_fn(move || {
        walk.next()
            .map(|found| read::<Proto>(found, source_type, longest))
    })
}

/// Reads the records of a request in JSON.
pub fn json_records<'a>(
    request: &JsonRequest<'a>,
    source_type: &'a str,
    longest: usize,
) -> impl Iterator<Item = Found<'a>> {
    let mut walk = Walk::<Json>::new(request.text);
    let mut bad = request.error().map(|error| (Err(error), request.text));
    let is_bad = bad.is_some();
    std::iter::from_fn(move || match bad.take() {
        Some(bad) => Some(bad),
        None if is_bad => None,
        None => walk.next().map(|found| read::<Json>(found, source_type, longest)),
    })
}

/// Reads a record that a walk found.
fn read<'a, F: Form<'a>>(found: walk::Found<'_, 'a>, source_type: &'a str, longest: usize) -> Found<'a> {
    let bytes = found.bytes;
    let event = found.from.and_then(|(origin, scope)| {
        let length = bytes.len();
        if length > longest {
            let reason = format!("the record has {length} bytes, the bound is {longest}");
            return Err(Error::new(ErrorKind::Limit, reason));
        }
        event_of(F::record(bytes)?, origin, scope, source_type)
    });
    (event, bytes)
}

//! OTLP: the log records of OpenTelemetry, as protobuf and as JSON.
//!
//! A damaged part of a request becomes a rejected record; the records around it become events.

mod any;
mod json;
mod map;
mod proto;
mod source;
#[cfg(test)]
mod tests;
mod walk;
mod wire;

pub use json::{JsonRequest, JsonRequests};
pub(crate) use map::{Record, fill};
pub(crate) use proto::hex;
pub(crate) use source::{Origin, SCHEMA_URL, Scope, Shared, Source};

use json::Json;
use proto::Proto;
use walk::{Form, Walk};

use super::lines::LineOptions;
use super::{MAX_DEPTH, bounded};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Event;

/// The `source_type` of records whose resource has no `service.name`, unless the caller sets one.
pub const SOURCE_TYPE: &str = "otlp";

/// A record's event, or the reason it is invalid, and the record's bytes.
pub type Found<'a> = (Result<Event<'a>>, &'a [u8]);

/// Decodes the records of one ExportLogsServiceRequest or LogsData in protobuf.
///
/// A record, resource or scope of more than `longest` bytes is an error. `options.source_type` applies to
/// records whose resource has no `service.name`.
pub fn records<'a>(
    request: &'a [u8],
    options: &'a LineOptions,
    longest: usize,
) -> impl Iterator<Item = Found<'a>> {
    // Boxed here and below: the walk is large, and the threads of a host program may have small stacks.
    let mut walk = Box::new(Walk::<Proto>::new(request, longest));
    std::iter::from_fn(move || walk.next().map(|found| read::<Proto>(found, options, longest)))
}

/// Decodes the records of one request in JSON.
pub fn json_records<'a>(
    request: &JsonRequest<'a>,
    options: &'a LineOptions,
    longest: usize,
) -> impl Iterator<Item = Found<'a>> {
    let mut walk = Box::new(Walk::<Json>::new(request.text, longest));
    let text = request.text;
    let mut problem = request.error();
    let is_bad = problem.is_some();
    std::iter::from_fn(move || match problem.take() {
        Some(error) => Some((Err(error), text)),
        None if is_bad => None,
        None => walk.next().map(|found| read::<Json>(found, options, longest)),
    })
}

fn too_deep() -> Error {
    Error::new(ErrorKind::Limit, format!("nested deeper than {MAX_DEPTH}"))
}

/// Decodes a record that a walk found. In its callers' frames, its event would stand several times.
#[inline(never)]
fn read<'a, F: Form<'a>>(found: walk::Found<'_, 'a>, options: &'a LineOptions, longest: usize) -> Found<'a> {
    let bytes = found.bytes;
    let event = found.from.and_then(|source| {
        bounded("record", bytes.len(), longest)?;
        let mut event = Event::default();
        fill(&mut event, &mut F::record(bytes)?, source, SOURCE_TYPE, options);
        Ok(event)
    });
    (event, bytes)
}

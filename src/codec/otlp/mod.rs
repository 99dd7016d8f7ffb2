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
use walk::{Form, Found, Walk};

use super::lines::LineOptions;
use super::{MAX_DEPTH, Sink, bounded};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Event;

/// The `source_type` of records whose resource has no `service.name`, unless the caller sets one.
pub const SOURCE_TYPE: &str = "otlp";

/// Decodes the records of one ExportLogsServiceRequest or LogsData in protobuf, and passes each to `with`.
///
/// A record, resource or scope of more than `longest` bytes is an error. `options.source_type` applies to
/// records whose resource has no `service.name`.
///
/// # Errors
/// An error that `with` returns ends the request and is returned.
pub fn each(request: &[u8], options: &LineOptions, longest: usize, with: &mut Sink<'_>) -> Result<()> {
    each_of::<Proto>(request, options, longest, with)
}

/// Decodes the records of one request in JSON, and passes each to `with`.
///
/// # Errors
/// An error that `with` returns ends the request and is returned.
pub fn each_of_json(
    request: &JsonRequest<'_>,
    options: &LineOptions,
    longest: usize,
    with: &mut Sink<'_>,
) -> Result<()> {
    match request.error() {
        Some(error) => with(&mut Err(error), request.text),
        None => each_of::<Json>(request.text, options, longest, with),
    }
}

fn each_of<'a, F: Form<'a>>(
    request: &'a [u8],
    options: &LineOptions,
    longest: usize,
    with: &mut Sink<'_>,
) -> Result<()> {
    // The walk is large, and the threads of a host program may have small stacks.
    let mut walk = Box::new(Walk::<F>::new(request, longest));
    while let Some(found) = walk.next() {
        read::<F>(found, options, longest, with)?;
    }
    Ok(())
}

fn too_deep() -> Error {
    Error::new(ErrorKind::Limit, format!("nested deeper than {MAX_DEPTH}"))
}

/// Decodes a record that a walk found.
fn read<'a, F: Form<'a>>(
    found: Found<'_, 'a>,
    options: &LineOptions,
    longest: usize,
    with: &mut Sink<'_>,
) -> Result<()> {
    let bytes = found.bytes;
    let mut event = found.from.and_then(|source| {
        bounded("record", bytes.len(), longest)?;
        let mut event = Event::default();
        fill(&mut event, &mut F::record(bytes)?, source, SOURCE_TYPE, options);
        Ok(event)
    });
    with(&mut event, bytes)
}

//! Iterates over a request: resources, their scopes, their records. Shared by protobuf and JSON.

use std::borrow::Cow;
use std::rc::Rc;

use super::map::Record;
use super::source::{Origin, Scope, Shared, Source};
use crate::codec::share::Allowance;
use crate::error::{Error, Result};
use crate::record::Value;

/// A resource's attributes.
pub(super) type Attributes<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// The repeated fields of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The `resource_logs` of the request.
    Resource,
    /// The `scope_logs` of a resource.
    Scope,
    /// The `log_records` of a scope.
    Record,
}

/// An encoding of requests.
pub(super) trait Form<'a> {
    /// An iterator over the messages of one level.
    type Items: Items<'a>;

    /// Returns the messages of a level within a parent message, without decoding them.
    fn items(message: &'a [u8], level: Level) -> Self::Items;
    /// Decodes the resource of a ResourceLogs message; an error if it exceeds `longest` bytes.
    fn resource(message: &'a [u8], longest: usize) -> Result<Attributes<'a>>;
    /// Decodes the scope of a ScopeLogs message; an error if it exceeds `longest` bytes.
    fn scope(message: &'a [u8], longest: usize) -> Result<Scope<'a>>;
    /// Decodes a LogRecord.
    fn record(message: &'a [u8]) -> Result<Record<'a>>;
}

/// An iterator over the bytes of messages. It ends after an error.
pub(super) trait Items<'a>: Iterator<Item = Result<&'a [u8]>> {
    /// Returns the bytes not read yet.
    fn rest(&self) -> &'a [u8];
}

/// One record of a request, or a part of the request that could not be read.
pub(super) struct Found<'w, 'a> {
    /// The bytes of the record, or the remaining bytes of a damaged message.
    pub(super) bytes: &'a [u8],
    /// The record's resource and scope; an error if these or the record's message are damaged.
    pub(super) from: Result<&'w Source<'a>>,
}

/// An iterator over the records of a request.
///
/// Damage in a message affects only the records after it in the same message.
pub(super) struct Walk<'a, F: Form<'a>> {
    resources: F::Items,
    scopes: Option<F::Items>,
    records: Option<F::Items>,
    origin: Result<Rc<Origin<'a>>>,
    shared: Result<Shared<'a>>,
    longest: usize,
    allowance: Allowance,
}

impl<'a, F: Form<'a>> Walk<'a, F> {
    pub(super) fn new(request: &'a [u8], longest: usize) -> Self {
        Self {
            resources: F::items(request, Level::Resource),
            scopes: None,
            records: None,
            origin: Ok(Rc::default()),
            shared: Err(Error::invalid("no scope")),
            longest,
            allowance: Allowance::of(request.len()),
        }
    }

    /// Returns the next record.
    pub(super) fn next(&mut self) -> Option<Found<'_, 'a>> {
        loop {
            let (level, items) = match (&mut self.records, &mut self.scopes) {
                (Some(records), _) => (Level::Record, records),
                (None, Some(scopes)) => (Level::Scope, scopes),
                (None, None) => (Level::Resource, &mut self.resources),
            };
            let before = items.rest();
            match (items.next(), level) {
                (Some(Err(error)), _) => {
                    return Some(Found {
                        bytes: before,
                        from: Err(error),
                    });
                }
                (Some(Ok(message)), Level::Resource) => {
                    self.origin = F::resource(message, self.longest)
                        .map(|attributes| Rc::new(Origin::new(attributes)))
                        .map_err(|error| error.within("resource"));
                    self.scopes = Some(F::items(message, Level::Scope));
                }
                (Some(Ok(message)), Level::Scope) => {
                    self.shared = self.join(F::scope(message, self.longest));
                    self.records = Some(F::items(message, Level::Record));
                }
                (Some(Ok(bytes)), Level::Record) => {
                    let from = match &self.shared {
                        Ok(shared) => Ok(shared.for_next(&mut self.allowance)),
                        Err(error) => Err(again(error)),
                    };
                    return Some(Found { bytes, from });
                }
                (None, Level::Record) => self.records = None,
                (None, Level::Scope) => self.scopes = None,
                (None, Level::Resource) => return None,
            }
        }
    }

    fn join(&self, scope: Result<Scope<'a>>) -> Result<Shared<'a>> {
        let origin = self.origin.as_ref().map_err(again)?;
        let scope = scope.map_err(|error| error.within("scope"))?;
        Ok(Shared::new(Source::new(Rc::clone(origin), scope)))
    }
}

fn again(error: &Error) -> Error {
    Error::new(error.kind(), error.to_string())
}

//! The way through a request, the same for protobuf and JSON: resources, their scopes, their records.

use std::borrow::Cow;
use std::rc::Rc;

use super::map::Record;
use super::source::{Origin, Scope, Shared, Source};
use crate::codec::share::Allowance;
use crate::error::{Error, Result};
use crate::record::Value;

/// A resource's attributes.
pub(super) type Attributes<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// What of a message repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The request's resource_logs.
    Resource,
    /// Their scope_logs.
    Scope,
    /// Their log_records.
    Record,
}

/// How a request is written.
pub(super) trait Form<'a> {
    /// The messages of one level.
    type Items: Items<'a>;

    /// Finds the messages of a level in the message above; reads none of them.
    fn items(message: &'a [u8], level: Level) -> Self::Items;
    /// Reads the resource of a ResourceLogs message, if it has no more than `longest` bytes.
    fn resource(message: &'a [u8], longest: usize) -> Result<Attributes<'a>>;
    /// Reads the scope of a ScopeLogs message, if it has no more than `longest` bytes.
    fn scope(message: &'a [u8], longest: usize) -> Result<Scope<'a>>;
    /// Reads a LogRecord.
    fn record(message: &'a [u8]) -> Result<Record<'a>>;
}

/// Messages, each as its bytes. After an error there are no more.
pub(super) trait Items<'a>: Iterator<Item = Result<&'a [u8]>> {
    /// Returns what is not read yet.
    fn rest(&self) -> &'a [u8];
}

/// One record of a request.
pub(super) struct Found<'w, 'a> {
    /// Its bytes, or those that are left of a message that is damaged.
    pub(super) bytes: &'a [u8],
    /// What it comes from; an error for what is no record, or comes from what cannot be read.
    pub(super) from: Result<&'w Source<'a>>,
}

/// Walks a request. A damaged part costs the records behind it within its message, and no others.
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

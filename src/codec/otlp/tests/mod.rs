mod hostile;
mod json;
mod mapping;
pub(crate) mod messages;

use prost::Message;

use super::*;
use crate::codec::lines::PLAIN;
use crate::codec::{Found, collect};
use crate::record::Value;
use messages::*;

const LONGEST: usize = 1 << 20;

/// Decodes a request whose records must all be valid.
fn read(request: &[u8]) -> Vec<Event<'static>> {
    found(request)
        .into_iter()
        .map(|(event, _)| event.unwrap())
        .collect()
}

/// Decodes a request.
fn found(request: &[u8]) -> Vec<Found> {
    collect(|with| each(request, &PLAIN, LONGEST, with))
}

/// Encodes a request with one record and decodes it.
fn read_one(resource: &[(&str, &str)], record: LogRecord) -> Event<'static> {
    let bytes = request(resource, vec![record]).encode_to_vec();
    let mut events = read(&bytes);
    assert_eq!(events.len(), 1);
    events.remove(0).into_owned()
}

fn attribute<'e>(event: &'e Event<'_>, name: &str) -> Option<&'e Value<'e>> {
    event
        .attributes
        .iter()
        .find_map(|(key, value)| (key == name).then_some(value))
}

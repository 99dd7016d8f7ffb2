//! Entities: what happened to one, and what one event is about.

use std::borrow::Cow;

use super::Conn;
use super::log::{self, Layout};
use crate::codec::msgpack;
use crate::error::{Error, Result};
use crate::memory::Room;
use crate::record::{
    Control, EventEntity, EventPage, EventQuery, MAX_TIMELINE, Order, canonical_id, entities_of,
};

/// Answers with the events of [`EventQuery::entity`], oldest first, by the query's other filters. Its order is not looked at.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) without an entity, and unless the limit is 1 to [`MAX_TIMELINE`].
pub fn timeline(
    conn: &dyn Conn,
    layout: Layout,
    query: &EventQuery,
    room: Room,
    control: &Control,
) -> Result<EventPage> {
    if query.entity.is_none() {
        return Err(Error::invalid("a timeline is of an entity: entity is not set"));
    }
    if query.limit == 0 || query.limit > MAX_TIMELINE {
        return Err(Error::invalid(format!(
            "limit {} is outside 1..{MAX_TIMELINE}",
            query.limit
        )));
    }
    let oldest_first = EventQuery {
        order: Order::Oldest,
        ..query.clone()
    };
    log::query_events(conn, layout, &oldest_first, i64::MAX, room, control)
}

/// Lists the entities of an event in the order of its `entity_refs`; none when there is no such event.
pub fn entities_of_event(conn: &dyn Conn, event_id: &str) -> Result<Vec<EventEntity>> {
    entities_of_page(&log::event(conn, event_id)?)
}

/// Says what an entity is, by the newest event that names it; `None` when no event does, as with an id that is not a UUID.
pub fn describe(
    conn: &dyn Conn,
    layout: Layout,
    entity: &str,
    control: &Control,
) -> Result<Option<EventEntity>> {
    let Some(entity) = canonical_id(entity).map(Cow::into_owned) else {
        return Ok(None);
    };
    let newest = EventQuery {
        entity: Some(entity.clone()),
        limit: 1,
        ..EventQuery::default()
    };
    let one = Room::new(0);
    let page = log::query_events(conn, layout, &newest, i64::MAX, one, control)?;
    Ok(entities_of_page(&page)?
        .into_iter()
        .find(|found| found.entity == entity))
}

fn entities_of_page(page: &EventPage) -> Result<Vec<EventEntity>> {
    match page.blob(0) {
        Some(blob) => msgpack::decode_event(blob).map(|event| entities_of(&event)),
        None => Ok(Vec::new()),
    }
}

//! The store of entities.

use std::borrow::Cow;

use super::database::{Database, IndexLayout};
use super::{Conn, alert, log};
use crate::codec::msgpack;
use crate::error::{Error, Result};
use crate::memory::Room;
use crate::record::{
    AlertQuery, Control, EventEntity, EventPage, EventQuery, MAX_TIMELINE, Order, canonical_id, check_limit,
    entities_of,
};
use crate::store::EntityStore;

impl<D: Database> EntityStore for D {
    fn timeline(&self, query: &EventQuery, control: &Control) -> Result<EventPage> {
        let layout = self.layout(control)?;
        self.read(control, |conn| {
            timeline(conn, layout, query, self.room(), control)
        })
    }

    fn entities_of_event(&self, event_id: &str, control: &Control) -> Result<Vec<EventEntity>> {
        self.read(control, |conn| entities_of_page(&log::event(conn, event_id)?))
    }

    fn describe_entity(&self, entity: &str, control: &Control) -> Result<Option<EventEntity>> {
        let layout = self.layout(control)?;
        self.read(control, |conn| {
            let by_event = describe(conn, layout, entity, control)?;
            if by_event.as_ref().is_some_and(|found| !found.value.is_empty()) {
                return Ok(by_event);
            }
            Ok(describe_by_alert(conn, entity)?.or(by_event))
        })
    }
}

fn timeline(
    conn: &dyn Conn,
    layout: IndexLayout,
    query: &EventQuery,
    room: Room,
    control: &Control,
) -> Result<EventPage> {
    if query.entity.is_none() {
        return Err(Error::invalid("a timeline is of an entity: entity is not set"));
    }
    check_limit(query.limit, MAX_TIMELINE)?;
    let oldest_first = EventQuery {
        order: Order::Oldest,
        ..query.clone()
    };
    log::query_events(conn, layout, &oldest_first, i64::MAX, room, control)
}

/// Returns type and value of an entity from the newest event that names it; `None` if `entity` is not a UUID.
fn describe(
    conn: &dyn Conn,
    layout: IndexLayout,
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

fn describe_by_alert(conn: &dyn Conn, entity: &str) -> Result<Option<EventEntity>> {
    let newest = AlertQuery {
        entity: Some(entity.to_owned()),
        limit: 1,
        ..AlertQuery::default()
    };
    let alert = alert::page(conn, &newest, Room::new(0))?.alerts.pop();
    Ok(alert.map(|alert| EventEntity {
        entity: entity.to_owned(),
        entity_type: alert.entity_type,
        value: alert.entity_value,
    }))
}

fn entities_of_page(page: &EventPage) -> Result<Vec<EventEntity>> {
    match page.blob(0) {
        Some(blob) => msgpack::decode_event(blob).map(|event| entities_of(&event)),
        None => Ok(Vec::new()),
    }
}

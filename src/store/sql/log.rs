//! The event log: chooses the index that leads to the events of a query.

use uuid::Uuid;

use super::access::{self, Access};
use super::database::{Database, Horizon, IndexLayout};
use super::walk::{Walk, blob_of_columns, canonical, matcher};
use super::{Conn, matching, search};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Room;
use crate::record::{Control, Cursor, EventPage, EventQuery, Order, Total};
use crate::store::LogStore;

impl<D: Database> LogStore for D {
    fn query_events(&self, query: &EventQuery, control: &Control) -> Result<EventPage> {
        let layout = self.layout(control)?;
        if query.order == Order::Arrival {
            return self.read_to_horizon(control, |conn, horizon| {
                let page = query_events(conn, layout, query, horizon.up_to, self.room(), control)?;
                limit_to(horizon, page)
            });
        }
        self.read(control, |conn| {
            query_events(conn, layout, query, i64::MAX, self.room(), control)
        })
    }

    fn event(&self, event_id: &str, control: &Control) -> Result<EventPage> {
        self.read(control, |conn| event(conn, event_id))
    }
}

/// Marks a page in the order of arrival as not the last one if larger arrival numbers were given out.
fn limit_to(horizon: Horizon, mut page: EventPage) -> Result<EventPage> {
    if horizon.is_all || page.next.is_some() {
        return Ok(page);
    }
    if page.is_empty() {
        // The caller would take an empty page for the end.
        return Err(Error::new(
            ErrorKind::Busy,
            "another program's transaction has been writing to events for seconds: what arrived since cannot be listed in order yet",
        ));
    }
    page.next = page.last;
    Ok(page)
}

/// Returns one page of up to `room`. In the order of arrival it ends at the arrival number `horizon`.
pub fn query_events(
    conn: &dyn Conn,
    layout: IndexLayout,
    query: &EventQuery,
    horizon: i64,
    room: Room,
    control: &Control,
) -> Result<EventPage> {
    query.validate()?;
    let query = &canonical(conn, query);
    let Some(matcher) = matcher(conn, query)? else {
        let mut page = EventPage::default();
        page.total = (query.total != Total::None).then_some(0);
        return Ok(page);
    };
    let mut walk = Walk::new(conn, query, control, matcher.as_deref());
    walk.horizon = horizon;
    walk.room = room;
    if query.order == Order::Arrival {
        for stretch in walk.stretches() {
            match &matcher {
                Some(_) => walk.take_keys(&search::keys_by_arrival(&walk, stretch)?)?,
                None => walk.take_rows(&conn.statements().events_by_arrival, stretch)?,
            }
        }
    } else {
        access::fill(&mut walk, &Access::all(conn, layout, query)?)?;
    }
    let mut page = walk.finish();
    page.total = match query.total {
        Total::None => None,
        Total::Capped(bound) => Some(matching::count(conn, layout, query, bound, control)?),
        Total::Exact => Some(matching::count(conn, layout, query, u64::MAX, control)?),
    };
    Ok(page)
}

/// Returns a page with the event of an id; an empty page if there is no such event.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) unless `event_id` is a UUID.
pub fn event(conn: &dyn Conn, event_id: &str) -> Result<EventPage> {
    let id = Uuid::try_parse(event_id)
        .map_err(|_| Error::invalid(format!("event_id {event_id:?} is not a UUID")))?
        .to_string();
    let mut page = EventPage::default();
    conn.query(
        &conn.statements().event_by_id,
        &[id.as_str().into()],
        &mut |row| {
            let key = row.key()?;
            match row.blob(2)? {
                Some(blob) => page.push(blob)?,
                None => page.push(&blob_of_columns(conn, key)?)?,
            }
            page.last = Some(Cursor {
                timestamp_ns: key.0,
                ingest_seq: key.1,
            });
            Ok(false)
        },
    )?;
    Ok(page)
}

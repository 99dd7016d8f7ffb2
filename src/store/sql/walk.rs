//! The walk that fills one page of events, in the order of the page.

use std::borrow::Cow;

use super::{Conn, Directed, Key, Param, Sql};
use crate::codec::msgpack;
use crate::error::Result;
use crate::memory::{self, Room};
use crate::record::{Control, Cursor, Event, EventPage, EventQuery, Order, TEMPLATE_NONE};

/// Upper bound of the size of an event's blob without its texts, in bytes.
const EMPTY_EVENT: usize = 512;

/// A range of time with a bound on the arrival number. A cursor splits a walk into the rest of its nanosecond and everything beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Earliest time.
    pub from_ns: i64,
    /// Latest time.
    pub to_ns: i64,
    /// Only arrival numbers beyond this one, in the direction of the walk.
    pub beyond_seq: i64,
}

/// The walk that fills one page.
pub struct Walk<'q> {
    /// The connection.
    pub conn: &'q dyn Conn,
    /// The query.
    pub query: &'q EventQuery,
    /// Ends the walk.
    pub control: &'q Control,
    /// The text search in the index's own syntax.
    pub matcher: Option<&'q str>,
    /// The last arrival number of a walk in the order of arrival.
    pub horizon: i64,
    /// The room of the page.
    pub room: Room,
    skip: u64,
    page: EventPage,
    more: bool,
}

impl<'q> Walk<'q> {
    pub fn new(
        conn: &'q dyn Conn,
        query: &'q EventQuery,
        control: &'q Control,
        matcher: Option<&'q str>,
    ) -> Self {
        let skip = u64::from(query.page - 1) * u64::from(query.limit);
        Self {
            conn,
            query,
            control,
            matcher,
            horizon: i64::MAX,
            room: Room::new(usize::MAX),
            skip,
            page: EventPage::default(),
            more: false,
        }
    }

    /// Returns the statement for the direction of the walk.
    pub fn directed(&self, sql: &'q Directed) -> &'q Sql {
        sql.toward(self.query.order != Order::Newest)
    }

    /// Returns the most events that the walk reads: those to skip, those of the page, and one more, which tells whether there is a next
    /// page.
    pub fn wanted(&self) -> usize {
        (self.skip + u64::from(self.query.limit) + 1 - self.page.len() as u64) as usize
    }

    /// Returns the ranges to walk through, in the direction of the walk.
    pub fn stretches(&self) -> Vec<Stretch> {
        let EventQuery { cursor, order, .. } = *self.query;
        let (from_ns, to_ns) = self.query.window.bounds();
        let all = if order == Order::Newest {
            i64::MAX
        } else {
            i64::MIN
        };
        let Some(Cursor {
            timestamp_ns: at,
            ingest_seq,
        }) = cursor
        else {
            return vec![Stretch {
                from_ns,
                to_ns,
                beyond_seq: all,
            }];
        };
        let rest = match order {
            Order::Arrival => {
                return vec![Stretch {
                    from_ns,
                    to_ns,
                    beyond_seq: ingest_seq,
                }];
            }
            Order::Newest => at.checked_sub(1).map(|before| (from_ns, to_ns.min(before))),
            Order::Oldest => at.checked_add(1).map(|after| (from_ns.max(after), to_ns)),
        };
        let own = (from_ns..=to_ns).contains(&at).then_some(Stretch {
            from_ns: at,
            to_ns: at,
            beyond_seq: ingest_seq,
        });
        let rest = rest
            .filter(|(from, to)| from <= to)
            .map(|(from_ns, to_ns)| Stretch {
                from_ns,
                to_ns,
                beyond_seq: all,
            });
        own.into_iter().chain(rest).collect()
    }

    /// Fills the page from a statement with rows in the order of the page.
    pub fn take_rows(&mut self, sql: &Sql) -> Result<()> {
        let (conn, query) = (self.conn, self.query);
        for stretch in self.stretches() {
            let mut params: Vec<Param<'_>> = vec![
                stretch.from_ns.into(),
                stretch.to_ns.into(),
                stretch.beyond_seq.into(),
                query.source_type.as_deref().into(),
                query.source_id.as_deref().into(),
                query.min_severity.into(),
                (self.wanted() as i64).into(),
            ];
            match (query.order, query.entity.as_deref(), query.template_id) {
                (Order::Arrival, entity, template) => {
                    params.extend([Param::from(entity), template.into(), self.horizon.into()]);
                }
                (_, Some(entity), template) => params.extend([Param::from(entity), template.into()]),
                (_, None, Some(template)) => params.push(template.into()),
                (_, None, None) => {}
            }
            conn.query(sql, &params, &mut |row| {
                let key = (row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default());
                self.take(key, row.blob(2)?)
            })?;
            if self.more {
                break;
            }
        }
        Ok(())
    }

    /// Fills the page from the keys of its events, in the order of the page.
    pub fn take_keys(&mut self, keys: &[Key]) -> Result<()> {
        let conn = self.conn;
        let keys = keys.get(self.skip as usize..).unwrap_or_default();
        self.skip = 0;
        let (here, beyond) = keys.split_at(keys.len().min(self.query.limit as usize));
        conn.events_at(here, &mut |key, blob| self.take(key, blob))?;
        self.more |= !beyond.is_empty();
        Ok(())
    }

    /// Adds one row to the page; returns whether more are wanted.
    fn take(&mut self, key: Key, blob: Option<&[u8]>) -> Result<bool> {
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(true);
        }
        if self.page.len() == self.query.limit as usize {
            self.more = true;
            return Ok(false);
        }
        let made;
        let blob = match blob {
            Some(blob) => blob,
            None => {
                made = blob_of_columns(self.conn, key)?;
                &made
            }
        };
        if !self.room.take(blob.len()) {
            self.more = true;
            return Ok(false);
        }
        self.page.push(blob)?;
        self.page.last = Some(Cursor {
            timestamp_ns: key.0,
            ingest_seq: key.1,
        });
        Ok(true)
    }

    /// Returns the page; its `next` is set if there are more events.
    pub fn finish(mut self) -> EventPage {
        self.page.next = self.page.last.filter(|_| self.more);
        self.page
    }
}

/// Makes a blob from the columns of a row that has none.
pub fn blob_of_columns(conn: &dyn Conn, key: Key) -> Result<Vec<u8>> {
    let mut blob = Vec::new();
    conn.query(&conn.statements().event_columns, &[key.1.into()], &mut |row| {
        let text = |column| row.string(column).map(Cow::Owned);
        let event = Event {
            event_id: row.text(0)?.and_then(|id| id.parse().ok()),
            timestamp_ns: row.int(1)?,
            observed_ns: row.int(2)?,
            severity_id: row.int(3)?.unwrap_or_default(),
            source_type: text(4)?,
            source_id: text(5)?,
            template_id: row.int(6)?.unwrap_or(TEMPLATE_NONE),
            message: text(7)?,
            ..Event::default()
        };
        let texts = event.source_type.len() + event.source_id.len() + event.message.len();
        memory::reserve(&mut blob, texts + EMPTY_EVENT)?;
        msgpack::encode_event(&event, &mut blob, |_, _, _| {});
        Ok(false)
    })?;
    Ok(blob)
}

/// Returns the number of keys at which surplus ones are dropped.
pub fn held(wanted: usize) -> usize {
    wanted.saturating_mul(2).max(100_000)
}

/// Sorts keys in the order of a query and truncates them.
pub fn keep_first(keys: &mut Vec<Key>, wanted: usize, order: Order) {
    match order {
        Order::Newest => keys.sort_unstable_by(|a, b| b.cmp(a)),
        Order::Oldest => keys.sort_unstable(),
        Order::Arrival => keys.sort_unstable_by_key(|key| key.1),
    }
    keys.truncate(wanted);
}

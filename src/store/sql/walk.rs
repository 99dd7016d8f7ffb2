//! The walk that fills one page of events, in the order of the page.

use std::borrow::Cow;

use super::{Conn, Directed, Key, MessageTest, Param, Row, Sql};
use crate::codec::msgpack;
use crate::error::Result;
use crate::memory::{self, Room};
use crate::record::{Control, Cursor, Event, EventPage, EventQuery, Order, TEMPLATE_NONE, canonical_id};

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

impl Stretch {
    /// Cuts the stretch at a time: returns what is up to there in the direction of a walk by time, and the rest, if any.
    pub fn split(self, at_ns: i64, order: Order) -> (Self, Option<Self>) {
        let (first, rest) = match order {
            Order::Newest => (
                (at_ns, self.to_ns),
                at_ns.checked_sub(1).map(|before| (self.from_ns, before)),
            ),
            _ => (
                (self.from_ns, at_ns),
                at_ns.checked_add(1).map(|after| (after, self.to_ns)),
            ),
        };
        let part = |(from_ns, to_ns)| Self {
            from_ns,
            to_ns,
            ..self
        };
        (part(first), rest.filter(|(from, to)| from <= to).map(part))
    }
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

    /// Returns whether the page is complete, and more events follow.
    pub fn is_over(&self) -> bool {
        self.more
    }

    /// Returns the parameters that all statements of a walk begin with.
    pub fn params(&self, stretch: Stretch, at_most: i64) -> [Param<'q>; 10] {
        let query = self.query;
        [
            stretch.from_ns.into(),
            stretch.to_ns.into(),
            stretch.beyond_seq.into(),
            query.source_type.as_deref().into(),
            query.source_id.as_deref().into(),
            query.min_severity.into(),
            at_most.into(),
            query.entity.as_deref().into(),
            query.template_id.into(),
            self.matcher.into(),
        ]
    }

    /// Fills the page from a stretch, by a statement with rows in the order of the page.
    pub fn take_rows(&mut self, sql: &Sql, stretch: Stretch) -> Result<()> {
        let mut test = self.row_test()?;
        let mut params = self.params(stretch, self.at_most(test.is_some()));
        if self.query.order == Order::Arrival {
            params[9] = self.horizon.into();
        }
        self.conn.query(sql, &params, &mut |row| {
            if !matches(&mut test, row, 3)? {
                return Ok(true);
            }
            let key = row.key()?;
            self.take(key, row.blob(2)?)
        })
    }

    /// Returns the test of messages that the text index did not lead to, if the query has a text and the database does not test them.
    pub fn row_test(&self) -> Result<Option<MessageTest<'q>>> {
        match &self.query.text {
            Some(text) => self.conn.row_test(text),
            None => Ok(None),
        }
    }

    /// Returns the bound of a statement's rows; a statement whose rows are tested afterwards has none.
    pub fn at_most(&self, is_tested: bool) -> i64 {
        if is_tested { i64::MAX } else { self.wanted() as i64 }
    }

    /// Fills the page from the keys of its next events, in the order of the page.
    pub fn take_keys(&mut self, keys: &[Key]) -> Result<()> {
        let conn = self.conn;
        let skipped = keys.len().min(self.skip as usize);
        self.skip -= skipped as u64;
        let keys = &keys[skipped..];
        let room = self.query.limit as usize - self.page.len();
        let (here, beyond) = keys.split_at(keys.len().min(room));
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

/// Returns the query with sources and ids as the columns store them.
pub fn canonical(conn: &dyn Conn, query: &EventQuery) -> EventQuery {
    EventQuery {
        source_type: query
            .source_type
            .as_deref()
            .map(|source| conn.source_column(source).to_owned()),
        entity: query
            .entity
            .as_deref()
            .and_then(canonical_id)
            .map(Cow::into_owned),
        ..query.clone()
    }
}

/// Returns the text search in the index's syntax: an inner `None` without a text; an outer `None` if the text has no word, which matches
/// nothing.
pub fn matcher(conn: &dyn Conn, query: &EventQuery) -> Result<Option<Option<String>>> {
    match &query.text {
        None => Ok(Some(None)),
        Some(text) => Ok(conn.match_expression(text)?.map(Some)),
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

/// Tests the message in a column of a row, unless the database did.
pub fn matches(test: &mut Option<MessageTest<'_>>, row: &dyn Row, column: usize) -> Result<bool> {
    test.as_mut()
        .map_or(Ok(true), |test| test(row.text(column)?.unwrap_or_default()))
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

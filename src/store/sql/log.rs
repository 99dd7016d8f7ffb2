//! Events out of the store: which index leads to them, and page after page from there.

use std::borrow::Cow;

use uuid::Uuid;

use super::{Conn, Directed, Param, Sql, query_int, search};
use crate::codec::msgpack;
use crate::error::{Error, Result};
use crate::memory::{self, Room};
use crate::record::{
    Control, Cursor, Event, EventPage, EventQuery, Order, TEMPLATE_NONE, Total, canonical_id,
};

/// Above this many sources, one stream for each costs more than a walk through time.
const MAX_STREAMED_SOURCES: usize = 64;

/// A filter with fewer matches than this is read through its index and sorted, where the index does not end in the time.
const SORTABLE: i64 = 10_000;

/// Bytes that an event's blob takes without its texts, at the most.
const EMPTY_EVENT: usize = 512;

/// Time and arrival number of an event: its place in every order.
pub type Key = (i64, i64);

/// What the planner must know of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// `idx_events_source_sev` ends in the time. It does in databases of ours, and does not in Seerflow's own.
    pub source_index_has_time: bool,
}

/// Answers a query with one page of up to `room`; one in the order of arrival goes no further than the arrival number `settled`.
pub fn query_events(
    conn: &dyn Conn,
    layout: Layout,
    query: &EventQuery,
    settled: i64,
    room: Room,
    control: &Control,
) -> Result<EventPage> {
    query.validate()?;
    let query = &spelled(conn, query);
    let Some(matcher) = matcher(conn, query)? else {
        let mut page = EventPage::default();
        page.total = (query.total != Total::None).then_some(0);
        return Ok(page);
    };
    let mut walk = Walk::new(conn, query, control, matcher.as_deref());
    walk.settled = settled;
    walk.room = room;
    if matcher.is_some() {
        let keys = search::keys(&walk)?;
        walk.take_keys(&keys)?;
    } else if query.order == Order::Arrival {
        walk.take_rows(&conn.statements().events_by_arrival)?;
    } else if query.entity.is_some() {
        walk.take_rows(walk.directed(&conn.statements().events_by_entity))?;
    } else if query.template_id.is_some() {
        walk.take_rows(walk.directed(&conn.statements().events_by_template))?;
    } else if let Some(streams) = streams(conn, layout, query)? {
        let keys = keys_of_streams(&walk, &streams)?;
        walk.take_keys(&keys)?;
    } else {
        walk.take_rows(walk.directed(&conn.statements().events_by_time))?;
    }
    let mut page = walk.finish();
    page.total = match query.total {
        Total::None => None,
        Total::Capped(bound) => Some(count(conn, query, matcher.as_deref(), bound)?),
        Total::Exact => Some(count(conn, query, matcher.as_deref(), u64::MAX)?),
    };
    Ok(page)
}

/// Returns the query with sources and ids spelled as the columns have them.
pub(super) fn spelled(conn: &dyn Conn, query: &EventQuery) -> EventQuery {
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

/// Returns the text search of a query, if there is one, in the index's own syntax; `None` if its text has no word, which no
/// message matches.
pub(super) fn matcher(conn: &dyn Conn, query: &EventQuery) -> Result<Option<Option<String>>> {
    match &query.text {
        None => Ok(Some(None)),
        Some(text) => Ok(conn.match_expression(text)?.map(Some)),
    }
}

/// Returns a page of the one event with an id; an empty page when there is none.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) when `event_id` is not a UUID.
pub fn event(conn: &dyn Conn, event_id: &str) -> Result<EventPage> {
    let id = Uuid::try_parse(event_id)
        .map_err(|_| Error::invalid(format!("event_id {event_id:?} is not a UUID")))?
        .to_string();
    let mut page = EventPage::default();
    conn.query(
        &conn.statements().event_by_id,
        &[id.as_str().into()],
        &mut |row| {
            let key = (row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default());
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

fn count(conn: &dyn Conn, query: &EventQuery, matcher: Option<&str>, bound: u64) -> Result<u64> {
    let statements = conn.statements();
    let (first_ns, last_ns) = query.window.bounds();
    let mut params: Vec<Param<'_>> = vec![
        first_ns.into(),
        last_ns.into(),
        query.source_type.as_deref().into(),
        query.source_id.as_deref().into(),
        query.min_severity.into(),
        query.template_id.into(),
        i64::try_from(bound).unwrap_or(i64::MAX).into(),
    ];
    if let Some(matcher) = matcher
        && !statements.matches
    {
        return search::count(conn, query, matcher, bound);
    }
    let sql = match (matcher, query.entity.as_deref()) {
        (Some(matcher), entity) => {
            params.extend([Param::from(matcher), entity.into()]);
            &statements.count_events_by_text
        }
        (None, Some(entity)) => {
            params.push(entity.into());
            &statements.count_events_by_entity
        }
        (None, None) => &statements.count_events,
    };
    Ok(query_int(conn, sql, &params)?.max(0) as u64)
}

/// A stretch of time to walk through, with a bound on the arrival number: a cursor splits a walk into the rest of its
/// own nanosecond and everything beyond it.
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
    /// Where to ask.
    pub conn: &'q dyn Conn,
    /// What is asked.
    pub query: &'q EventQuery,
    /// What stops the walk.
    pub control: &'q Control,
    /// The text search in the index's own syntax.
    pub matcher: Option<&'q str>,
    /// The last arrival number of a walk in the order of arrival.
    pub settled: i64,
    room: Room,
    skip: u64,
    page: EventPage,
    more: bool,
}

impl<'q> Walk<'q> {
    fn new(
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
            settled: i64::MAX,
            room: Room::new(usize::MAX),
            skip,
            page: EventPage::default(),
            more: false,
        }
    }

    fn directed(&self, sql: &'q Directed) -> &'q Sql {
        sql.toward(self.query.order != Order::Newest)
    }

    /// Returns how many events the walk needs at the most: those of the page, those to skip before it, and one more,
    /// which tells whether there is a next page.
    pub fn wanted(&self) -> usize {
        (self.skip + u64::from(self.query.limit) + 1 - self.page.len() as u64) as usize
    }

    /// Returns the stretches to walk through, in the direction of the walk.
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

    /// Fills the page from a statement that yields rows in the order of the page.
    fn take_rows(&mut self, sql: &Sql) -> Result<()> {
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
                    params.extend([Param::from(entity), template.into(), self.settled.into()]);
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

    /// Fills the page from the places of its events, which are in the order of the page.
    fn take_keys(&mut self, keys: &[Key]) -> Result<()> {
        let conn = self.conn;
        let keys = keys.get(self.skip as usize..).unwrap_or_default();
        self.skip = 0;
        let (here, beyond) = keys.split_at(keys.len().min(self.query.limit as usize));
        conn.events_at(here, &mut |key, blob| self.take(key, blob))?;
        self.more |= !beyond.is_empty();
        Ok(())
    }

    /// Takes one row into the page; answers whether more are wanted.
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

    fn finish(mut self) -> EventPage {
        self.page.next = self.page.last.filter(|_| self.more);
        self.page
    }
}

/// Makes a blob out of the columns, for a row whose program stored none.
fn blob_of_columns(conn: &dyn Conn, key: Key) -> Result<Vec<u8>> {
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

/// One source and one severity: their events are a stream in the order of time, straight from the index.
pub(super) type Stream = (String, i64);

/// Decides whether to merge streams of the source index; `None` means to walk through time instead.
pub(super) fn streams(conn: &dyn Conn, layout: Layout, query: &EventQuery) -> Result<Option<Vec<Stream>>> {
    let severities = query.min_severity.unwrap_or(0)..=6;
    let sources = match (&query.source_type, query.min_severity) {
        (Some(source), _) => vec![source.clone()],
        (None, Some(severity)) if severity > 0 => match all_sources(conn)? {
            Some(sources) => sources,
            None => return Ok(None),
        },
        (None, _) => return Ok(None),
    };
    if !layout.source_index_has_time {
        let sql = &conn.statements().count_by_source_capped;
        for source in &sources {
            let params = [
                source.as_str().into(),
                (*severities.start()).into(),
                SORTABLE.into(),
            ];
            if query_int(conn, sql, &params)? >= SORTABLE {
                return Ok(None);
            }
        }
    }
    let pairs = |source: &String| {
        severities
            .clone()
            .map(|severity| (source.clone(), severity))
            .collect::<Vec<_>>()
    };
    Ok(Some(sources.iter().flat_map(pairs).collect()))
}

/// Lists the sources by hopping through the index; `None` when there are too many.
fn all_sources(conn: &dyn Conn) -> Result<Option<Vec<String>>> {
    let mut sources: Vec<String> = Vec::new();
    // The empty source sorts before the first hop and is always looked at.
    sources.push(String::new());
    loop {
        let mut next = None;
        let after = sources.last().map_or("", String::as_str);
        conn.query(&conn.statements().next_source, &[after.into()], &mut |row| {
            next = row.text(0)?.map(str::to_owned);
            Ok(false)
        })?;
        match next {
            None => return Ok(Some(sources)),
            Some(_) if sources.len() == MAX_STREAMED_SOURCES => return Ok(None),
            Some(source) => sources.push(source),
        }
    }
}

fn keys_of_streams(walk: &Walk<'_>, streams: &[Stream]) -> Result<Vec<Key>> {
    let sql = walk.directed(&walk.conn.statements().keys_by_source);
    let mut keys: Vec<Key> = Vec::new();
    for stretch in walk.stretches() {
        let wanted = walk.wanted() - keys.len();
        let mut found: Vec<Key> = Vec::new();
        for (source, severity) in streams {
            walk.control.check()?;
            let params = [
                stretch.from_ns.into(),
                stretch.to_ns.into(),
                stretch.beyond_seq.into(),
                source.as_str().into(),
                walk.query.source_id.as_deref().into(),
                (*severity).into(),
                (wanted as i64).into(),
            ];
            walk.conn.query(sql, &params, &mut |row| {
                found.push((row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default()));
                Ok(true)
            })?;
            if found.len() >= held(wanted) {
                keep_first(&mut found, wanted, walk.query.order);
            }
        }
        keep_first(&mut found, wanted, walk.query.order);
        keys.extend(found);
        if keys.len() >= walk.wanted() {
            break;
        }
    }
    Ok(keys)
}

/// Returns how many keys are held before those that the page does not want are dropped.
pub fn held(wanted: usize) -> usize {
    wanted.saturating_mul(2).max(100_000)
}

/// Sorts keys in the order of a query, and keeps the first ones.
pub fn keep_first(keys: &mut Vec<Key>, wanted: usize, order: Order) {
    match order {
        Order::Newest => keys.sort_unstable_by(|a, b| b.cmp(a)),
        Order::Oldest => keys.sort_unstable(),
        Order::Arrival => keys.sort_unstable_by_key(|key| key.1),
    }
    keys.truncate(wanted);
}

//! The indexes that lead to the events of a query in the order of time, and the choice among them.
//!
//! With several filters, several indexes lead to the same events. The best one is the one with the fewest entries on the way. The number
//! of entries differs from one stretch of time to the next, and no statistics know it. So each index is asked how far in time a bounded
//! number of its entries reaches. The one that reaches furthest is read up to there; then all are asked again, with a larger number.
//! The work is within a constant factor of that of the best index, for any data.

use super::database::IndexLayout;
use super::search::{self, TextSearch};
use super::streams::{self, Stream};
use super::walk::{Stretch, Walk};
use super::{Conn, Directed, Param, query_one};
use crate::error::Result;
use crate::record::{EventQuery, Order};

/// Entries of each index that the first choice reads, and the factor by which each further choice reads more.
const FIRST_ENTRIES: i64 = 256;
const GROWTH: i64 = 4;

/// The most entries of a slice.
const MOST_ENTRIES: i64 = 1 << 16;

/// Above this many streams, merging them costs more than a walk through time.
const MAX_STREAMS: usize = 16;

/// An index that leads to events in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// All events.
    Time,
    /// The events of the query's entity.
    Entity,
    /// The events of the query's template.
    Template,
    /// The events of the query's host.
    Host,
    /// The events of the query's source and severities.
    Streams(Vec<Stream>),
}

impl Access {
    /// Lists the indexes for a query: the only one that is needed if one index answers all filters.
    pub fn all(conn: &dyn Conn, layout: IndexLayout, query: &EventQuery) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        if query.entity.is_some() {
            all.push(Self::Entity);
        }
        if query.template_id.is_some() {
            all.push(Self::Template);
        }
        if query.source_id.is_some() && layout.has_host_index {
            all.push(Self::Host);
        }
        let is_streamed = query.source_type.is_some() || query.min_severity.is_some();
        if is_streamed && let Some(streams) = streams::streams(conn, layout, query)? {
            let has_other_filters = !all.is_empty() || query.source_id.is_some() || query.text.is_some();
            if !has_other_filters || streams.len() <= MAX_STREAMS {
                all.push(Self::Streams(streams));
            }
        }
        let filters = [
            query.entity.is_some(),
            query.template_id.is_some(),
            query.source_id.is_some(),
            is_streamed,
            query.text.is_some(),
        ];
        let filters = filters.iter().filter(|is_set| **is_set).count();
        if filters > 1 || all.is_empty() {
            all.push(Self::Time);
        }
        Ok(all)
    }

    /// Returns the time that `entries` entries of the index reach from the beginning of a stretch; `None` if it has fewer there.
    fn reach(&self, walk: &Walk<'_>, stretch: Stretch, entries: i64) -> Result<Option<i64>> {
        let statements = walk.conn.statements();
        let query = walk.query;
        let sql = match self {
            Self::Time => &statements.reach_by_time,
            Self::Entity => &statements.reach_by_entity,
            Self::Template => &statements.reach_by_template,
            Self::Host => &statements.reach_by_host,
            Self::Streams(streams) => return reach_of_streams(walk, streams, stretch, entries),
        };
        let key: Option<Param<'_>> = match self {
            Self::Entity => Some(query.entity.as_deref().into()),
            Self::Template => Some(query.template_id.into()),
            Self::Host => Some(query.source_id.as_deref().into()),
            _ => None,
        };
        time_at(walk, sql, stretch, entries, key.as_slice())
    }

    /// Fills the page from a stretch.
    fn take(&self, walk: &mut Walk<'_>, stretch: Stretch) -> Result<()> {
        let statements = walk.conn.statements();
        let sql = match self {
            Self::Time => return search::take_slice(walk, stretch),
            Self::Entity => &statements.events_by_entity,
            Self::Template => &statements.events_by_template,
            Self::Host => &statements.events_by_host,
            Self::Streams(streams) => {
                let keys = streams::keys_of_streams(walk, streams, stretch)?;
                return walk.take_keys(&keys);
            }
        };
        walk.take_rows(walk.directed(sql), stretch)
    }
}

/// Returns the time that streams reach with their shares of `entries`: the nearest one, because all of them are read up to there.
fn reach_of_streams(
    walk: &Walk<'_>,
    streams: &[Stream],
    stretch: Stretch,
    entries: i64,
) -> Result<Option<i64>> {
    let share = entries / streams.len().max(1) as i64;
    let mut nearest = None;
    for (source, severity) in streams {
        let key = [source.as_str().into(), (*severity).into()];
        let sql = &walk.conn.statements().reach_by_source;
        let time = time_at(walk, sql, stretch, share, &key)?;
        nearest = match walk.query.order {
            Order::Newest => nearest.max(time),
            _ => [nearest, time].into_iter().flatten().min(),
        };
    }
    Ok(nearest)
}

fn time_at(
    walk: &Walk<'_>,
    sql: &Directed,
    stretch: Stretch,
    entries: i64,
    key: &[Param<'_>],
) -> Result<Option<i64>> {
    let bounds: [Param<'_>; 3] = [stretch.from_ns.into(), stretch.to_ns.into(), entries.into()];
    let params = [&bounds, key].concat();
    let time = query_one(walk.conn, walk.directed(sql), &params, |row| row.int(0))?;
    Ok(time.flatten())
}

/// Fills the page of a query in the order of time.
pub fn fill(walk: &mut Walk<'_>, accesses: &[Access]) -> Result<()> {
    for stretch in walk.stretches() {
        fill_stretch(walk, accesses, stretch)?;
        if walk.is_over() {
            break;
        }
    }
    Ok(())
}

fn fill_stretch(walk: &mut Walk<'_>, accesses: &[Access], mut stretch: Stretch) -> Result<()> {
    let mut search = TextSearch::new(walk);
    if let (None, [only]) = (&search, accesses) {
        return only.take(walk, stretch);
    }
    let mut entries = FIRST_ENTRIES;
    loop {
        walk.control.check()?;
        if let Some(search) = &mut search
            && let Some(keys) = search.advance(walk, stretch)?
        {
            return walk.take_keys(&keys);
        }
        let (access, reached) = furthest(walk, accesses, stretch, entries)?;
        let Some(reached) = reached else {
            return access.take(walk, stretch);
        };
        let (slice, rest) = stretch.split(reached, walk.query.order);
        access.take(walk, slice)?;
        match rest {
            Some(rest) if !walk.is_over() => stretch = rest,
            _ => return Ok(()),
        }
        entries = (entries * GROWTH).min(MOST_ENTRIES);
    }
}

/// Returns the index with the fewest entries in a stretch, within a constant factor; `None` for the text index, which has at most
/// `most_of_text` there. If each has more entries than `bound`, the search for fewer costs more than it saves: returns the text index, or
/// the first one.
pub fn fewest<'a>(
    walk: &Walk<'_>,
    accesses: &'a [Access],
    stretch: Stretch,
    most_of_text: i64,
    bound: i64,
) -> Result<Option<&'a Access>> {
    let matcher = walk.matcher.filter(|_| walk.conn.statements().matches);
    if let (None, [only]) = (matcher, accesses) {
        return Ok(Some(only));
    }
    let mut entries = FIRST_ENTRIES;
    loop {
        walk.control.check()?;
        if let Some(matcher) = matcher
            && (most_of_text < entries || walk.conn.count_matches(matcher, entries)? < entries)
        {
            return Ok(None);
        }
        for access in accesses {
            if access.reach(walk, stretch, entries)?.is_none() {
                return Ok(Some(access));
            }
        }
        if entries > bound {
            return Ok(accesses.first().filter(|_| matcher.is_none()));
        }
        entries = entries.saturating_mul(GROWTH);
    }
}

/// Returns the index that reaches furthest, and the time that it reaches; `None` for the end of the stretch.
fn furthest<'a>(
    walk: &Walk<'_>,
    accesses: &'a [Access],
    stretch: Stretch,
    entries: i64,
) -> Result<(&'a Access, Option<i64>)> {
    let mut best: Option<(&Access, i64)> = None;
    for access in accesses {
        let Some(time) = access.reach(walk, stretch, entries)? else {
            return Ok((access, None));
        };
        let is_further = |best: i64| match walk.query.order {
            Order::Newest => time < best,
            _ => time > best,
        };
        if best.is_none_or(|(_, best)| is_further(best)) {
            best = Some((access, time));
        }
    }
    Ok(best.map_or((&Access::Time, None), |(access, time)| (access, Some(time))))
}

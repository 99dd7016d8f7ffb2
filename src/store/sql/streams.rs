//! Queries by source and severity: each pair of the two is a stream of events in the order of time, straight from the index.

use super::database::IndexLayout;
use super::walk::{Stretch, Walk, held, keep_first, matches};
use super::{Conn, Key, query_int, query_one};
use crate::error::Result;
use crate::record::EventQuery;

/// Above this many sources, one stream for each costs more than a walk through time.
const MAX_STREAMED_SOURCES: usize = 64;

/// A filter with fewer matches than this is read through its index and sorted, if the index does not end in the time.
const SORTABLE: i64 = 10_000;

/// One source and one severity: their events are a stream in the order of time, straight from the index.
pub type Stream = (String, i64);

/// Decides whether to merge streams of the source index; `None` means to walk through time instead.
pub fn streams(conn: &dyn Conn, layout: IndexLayout, query: &EventQuery) -> Result<Option<Vec<Stream>>> {
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

/// Lists the sources by skipping through the index; `None` if there are too many.
fn all_sources(conn: &dyn Conn) -> Result<Option<Vec<String>>> {
    let mut sources: Vec<String> = Vec::new();
    // The empty source sorts before all others, so it is always included.
    sources.push(String::new());
    loop {
        let after = sources.last().map_or("", String::as_str);
        let next = query_one(conn, &conn.statements().next_source, &[after.into()], |row| {
            Ok(row.text(0)?.map(str::to_owned))
        })?;
        match next.flatten() {
            None => return Ok(Some(sources)),
            Some(_) if sources.len() == MAX_STREAMED_SOURCES => return Ok(None),
            Some(source) => sources.push(source),
        }
    }
}

/// Finds the keys of the first events of a stretch by merging streams.
pub fn keys_of_streams(walk: &Walk<'_>, streams: &[Stream], stretch: Stretch) -> Result<Vec<Key>> {
    let query = walk.query;
    let sql = walk.directed(&walk.conn.statements().keys_by_source);
    let mut test = walk.row_test()?;
    let wanted = walk.wanted();
    let mut found: Vec<Key> = Vec::new();
    for (source, severity) in streams {
        walk.control.check()?;
        let mut params = walk.params(stretch, walk.at_most(test.is_some()));
        (params[3], params[5]) = (source.as_str().into(), (*severity).into());
        walk.conn.query(sql, &params, &mut |row| {
            if matches(&mut test, row, 2)? {
                found.push(row.key()?);
            }
            Ok(true)
        })?;
        if found.len() >= held(wanted) {
            keep_first(&mut found, wanted, query.order);
        }
    }
    keep_first(&mut found, wanted, query.order);
    Ok(found)
}

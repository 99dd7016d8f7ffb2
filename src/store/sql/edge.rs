//! The store of edges between entities.

use std::sync::Weak;

use super::database::Database;
use super::{Conn, Param, Row, Sql, query_one};
use crate::error::{Error, Result};
use crate::memory::{FEWER, Room};
use crate::record::{Control, Edge, EdgeCursor, RelatedEntity, check_rel_type};
use crate::store::{EdgeChange, EdgeMark, EdgeObserver, EdgeSource, EdgeStore, EdgesSince};

/// Edges read at once while all are streamed, and removed in one transaction of a prune.
const PAGE: u32 = 10_000;

/// Of so many edges that changed, all are loaded instead.
const MOST_CHANGED: u64 = 100_000;

/// Transactions after which it cannot be told any more which of two is older, with room to spare.
const COMPARABLE: u64 = 1 << 30;

impl<D: Database> EdgeStore for D {
    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        let transaction = || self.write(control, |conn| merge(conn, edges));
        self.edge_commits()
            .commit_alone(control, transaction, |(), observer| {
                observer.committed(EdgeChange::Merged(edges))
            })
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        let transaction = || self.write(control, |conn| remove(conn, edges));
        self.edge_commits()
            .commit_alone(control, transaction, |(), observer| {
                observer.committed(EdgeChange::Removed(edges))
            })
    }

    fn clear_edges(&self, control: &Control) -> Result<()> {
        let transaction = || self.write(control, |conn| clear(conn));
        self.edge_commits()
            .commit_alone(control, transaction, |(), observer| {
                observer.committed(EdgeChange::Cleared)
            })
    }

    fn prune_edges(&self, before_ns: i64, control: &Control) -> Result<u64> {
        let (mut pruned, mut after) = (0, EdgeCursor::default());
        loop {
            let transaction = || self.write(control, |conn| prune(conn, before_ns, &after));
            let (removed, last) =
                self.edge_commits()
                    .commit_alone(control, transaction, |(removed, _), observer| {
                        observer.committed(EdgeChange::Removed(removed));
                    })?;
            pruned += removed.len() as u64;
            match last {
                Some(last) => after = last,
                None => return Ok(pruned),
            }
        }
    }

    fn edges(&self, after: Option<&EdgeCursor>, limit: u32, control: &Control) -> Result<Vec<Edge>> {
        self.read(control, |conn| list(conn, after, limit, self.room()))
    }

    fn load_edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        self.read_own(control, |conn| load(conn, self.room(), each))
    }

    fn related_entities(&self, entity: &str, limit: u32, control: &Control) -> Result<Vec<RelatedEntity>> {
        self.read(control, |conn| related(conn, entity, limit, self.room()))
    }
}

impl<D: Database> EdgeSource for D {
    fn observe_edges(&self, observer: Weak<dyn EdgeObserver>) {
        self.edge_commits().observe(observer);
    }

    fn snapshot_edges(
        &self,
        control: &Control,
        each: &mut dyn FnMut(Edge) -> Result<()>,
    ) -> Result<Option<EdgeMark>> {
        self.read_own(control, |conn| {
            let mark = self.edge_commits().snapshot(control, || mark(conn))?;
            load(conn, self.room(), each).map(|()| mark)
        })
    }

    fn edges_since(&self, since: &EdgeMark, control: &Control) -> Result<Option<EdgesSince>> {
        self.read_own(control, |conn| {
            let now = self.edge_commits().snapshot(control, || mark(conn))?;
            now.map_or(Ok(None), |now| changed(conn, since, now))
        })
    }

    fn edges_of(&self, keys: &[Edge], control: &Control) -> Result<Vec<Edge>> {
        self.read_own(control, |conn| of(conn, keys))
    }

    fn outside_changes(&self, control: &Control) -> Result<Option<u64>> {
        Database::outside_changes(self, control)
    }
}

/// Adds edges, or widens their time and adds to their counts; to be called in a write transaction.
pub fn upsert(conn: &dyn Conn, edges: &[Edge]) -> Result<()> {
    write(conn, &conn.statements().upsert_edge, edges)
}

/// Raises the values of edges, counts included, to at least the given ones. Must run in a write transaction.
fn merge(conn: &dyn Conn, edges: &[Edge]) -> Result<()> {
    write(conn, &conn.statements().merge_edge, edges)
}

fn write(conn: &dyn Conn, statement: &Sql, edges: &[Edge]) -> Result<()> {
    let mut rows: Vec<Vec<Param<'_>>> = Vec::with_capacity(edges.len());
    for edge in edges {
        check_rel_type(&edge.rel_type)?;
        if edge.event_count < 0 {
            return Err(Error::invalid(format!(
                "event_count {} is negative",
                edge.event_count
            )));
        }
        if edge.source_id.is_empty() || edge.target_id.is_empty() {
            return Err(Error::invalid("an edge has a source_id and a target_id"));
        }
        rows.push(vec![
            edge.source_id.as_str().into(),
            edge.target_id.as_str().into(),
            edge.rel_type.as_str().into(),
            edge.first_seen.into(),
            edge.last_seen.into(),
            edge.event_count.into(),
        ]);
    }
    conn.execute_all(statement, &rows).map(|_| ())
}

/// Returns the parameters that name an edge.
fn key<'e>(source: &'e str, target: &'e str, relation: &'e str) -> [Param<'e>; 3] {
    [source.into(), target.into(), relation.into()]
}

fn place(edge: &EdgeCursor) -> [Param<'_>; 3] {
    key(&edge.source_id, &edge.target_id, &edge.rel_type)
}

/// Removes the edges with these sources, targets and relations; to be called in a write transaction.
fn remove(conn: &dyn Conn, edges: &[Edge]) -> Result<()> {
    let rows: Vec<Vec<Param<'_>>> = edges
        .iter()
        .map(|edge| key(&edge.source_id, &edge.target_id, &edge.rel_type).to_vec())
        .collect();
    conn.execute_all(&conn.statements().delete_edge, &rows).map(drop)
}

/// Returns those of the edges with these sources, targets and relations that are there.
fn of(conn: &dyn Conn, keys: &[Edge]) -> Result<Vec<Edge>> {
    let mut found = Vec::with_capacity(keys.len());
    for edge in keys {
        let params = key(&edge.source_id, &edge.target_id, &edge.rel_type);
        conn.query(&conn.statements().edge_by_key, &params, &mut |row| {
            found.push(Edge {
                first_seen: row.int(3)?.unwrap_or_default(),
                last_seen: row.int(4)?.unwrap_or_default(),
                event_count: row.int(5)?.unwrap_or_default(),
                ..edge.clone()
            });
            Ok(true)
        })?;
    }
    Ok(found)
}

/// Removes every edge.
fn clear(conn: &dyn Conn) -> Result<()> {
    conn.execute(&conn.statements().clear_edges, &[]).map(|_| ())
}

/// Returns up to `limit` edges of up to `room` that follow a place, in the order of source, target and relation; from the first one,
/// if none is given. An edge that is there from the first call to the last is returned once. Only an empty list is the end.
fn list(conn: &dyn Conn, after: Option<&EdgeCursor>, limit: u32, mut room: Room) -> Result<Vec<Edge>> {
    let after = after.cloned().unwrap_or_default();
    let mut edges = Vec::new();
    let params = [&place(&after)[..], &[i64::from(limit).into()]].concat();
    conn.query(&conn.statements().load_edges, &params, &mut |row| {
        let edge = edge(row)?;
        let texts = edge.source_id.len() + edge.target_id.len() + edge.rel_type.len();
        if !room.take(texts + size_of::<Edge>()) {
            return Ok(false);
        }
        edges.push(edge);
        Ok(true)
    })?;
    Ok(edges)
}

fn edge(row: &dyn Row) -> Result<Edge> {
    let int = |column| row.int(column).map(Option::unwrap_or_default);
    Ok(Edge {
        source_id: row.string(0)?,
        target_id: row.string(1)?,
        rel_type: row.string(2)?,
        first_seen: int(3)?,
        last_seen: int(4)?,
        event_count: int(5)?,
    })
}

/// Marks the state that the transaction sees, where the database tells what changes; in a transaction of which it is the first
/// statement, it is what fixes the state.
fn mark(conn: &dyn Conn) -> Result<Option<EdgeMark>> {
    let statement = &conn.statements().edge_mark;
    if statement.is_absent() {
        // The first look at a table.
        conn.query(&conn.statements().watermark, &[], &mut |_| Ok(false))?;
        return Ok(None);
    }
    let mark = query_one(conn, statement, &[], |row| {
        let oldest = row.text(1)?.and_then(|text| text.parse().ok());
        Ok(oldest.zip(row.text(0)?).map(|(oldest, place)| EdgeMark {
            place: place.to_owned(),
            oldest,
        }))
    })?;
    Ok(mark.flatten())
}

/// Returns what changed since a state, up to the one that the transaction sees, which `now` marks; `None` if that cannot be told,
/// or is too much.
fn changed(conn: &dyn Conn, since: &EdgeMark, now: EdgeMark) -> Result<Option<EdgesSince>> {
    let passed = now.oldest.checked_sub(since.oldest);
    if now.place != since.place || passed.is_none_or(|passed| passed > COMPARABLE) {
        return Ok(None);
    }
    let statements = conn.statements();
    let oldest = since.oldest.to_string();
    let params: [Param<'_>; 1] = [oldest.as_str().into()];
    let counts = query_one(conn, &statements.count_changed_edges, &params, |row| {
        let number = |column| Ok::<_, Error>(row.int(column)?.unwrap_or_default().max(0) as u64);
        Ok((number(0)?, number(1)?))
    })?;
    let (total, changed) = counts.unwrap_or_default();
    if changed > MOST_CHANGED {
        return Ok(None);
    }
    let mut edges = Vec::with_capacity(changed as usize);
    if changed > 0 {
        conn.query(&statements.changed_edges, &params, &mut |row| {
            edges.push(edge(row)?);
            Ok(true)
        })?;
    }
    Ok(Some(EdgesSince {
        edges,
        total,
        mark: now,
    }))
}

/// Hands every edge to `each`, in the order of source, target and relation; those of up to `room` are in memory at once.
fn load(conn: &dyn Conn, room: Room, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
    let mut last: Option<EdgeCursor> = None;
    loop {
        let page = list(conn, last.as_ref(), PAGE, room)?;
        match page.last() {
            Some(edge) => last = Some(edge.into()),
            None => return Ok(()),
        }
        page.into_iter().try_for_each(&mut *each)?;
    }
}

/// Removes up to 10,000 edges after a place that were last seen before a time; to be called in a write transaction. Returns their
/// sources, targets and relations, and the place of the last one; `None` if no edge was left.
fn prune(conn: &dyn Conn, before_ns: i64, after: &EdgeCursor) -> Result<(Vec<Edge>, Option<EdgeCursor>)> {
    let (mut last, mut removed) = (None, Vec::new());
    let page = [before_ns.into(), i64::from(PAGE).into()];
    let old_edges = &conn.statements().old_edges;
    conn.query(old_edges, &[&place(after)[..], &page].concat(), &mut |row| {
        last = Some(EdgeCursor {
            source_id: row.string(0)?,
            target_id: row.string(1)?,
            rel_type: row.string(2)?,
        });
        Ok(true)
    })?;
    if let Some(last) = &last {
        let bounds = [place(after), place(last)].concat();
        let prune_edges = &conn.statements().prune_edges;
        conn.query(
            prune_edges,
            &[&bounds[..], &[before_ns.into()]].concat(),
            &mut |row| {
                removed.push(Edge {
                    source_id: row.string(0)?,
                    target_id: row.string(1)?,
                    rel_type: row.string(2)?,
                    ..Edge::default()
                });
                Ok(true)
            },
        )?;
    }
    Ok((removed, last))
}

/// Returns the neighbours of an entity, whichever way the edges point, those seen most often first.
///
/// # Errors
/// [`Limit`](crate::ErrorKind::Limit) if they take more than `room`.
fn related(conn: &dyn Conn, entity: &str, limit: u32, mut room: Room) -> Result<Vec<RelatedEntity>> {
    let mut found = Vec::new();
    conn.query(
        &conn.statements().related_entities,
        &[entity.into(), i64::from(limit).into()],
        &mut |row| {
            let related = RelatedEntity {
                entity: row.string(0)?,
                rel_type: row.string(1)?,
                event_count: row.int(2)?.unwrap_or_default(),
            };
            let texts = related.entity.len() + related.rel_type.len();
            room.require(texts + size_of::<RelatedEntity>(), FEWER)?;
            found.push(related);
            Ok(true)
        },
    )?;
    Ok(found)
}

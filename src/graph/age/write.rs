//! Writing: each name is looked up once for its id; then edges go into the table of their label, those that are certainly new by COPY.

use std::fmt::Write as _;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::labels;
use super::session::{Session, get};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::combine::{Combined, Link};
use crate::record::Control;
use crate::store::postgres::{PgConn, copy, is_unique_violation};

/// The number of edges of one relation from which on new edges are separated from existing ones.
const MANY: usize = 200;

/// The id of a vertex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GraphId(i64);

type Failure = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for GraphId {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Failure> {
        out.put_i64(self.0);
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        kind.name() == "graphid"
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for GraphId {
    fn from_sql(_: &Type, raw: &'a [u8]) -> std::result::Result<Self, Failure> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(kind: &Type) -> bool {
        kind.name() == "graphid"
    }
}

/// An edge between two ids.
struct Row<'e> {
    ends: (GraphId, GraphId),
    /// Both vertices existed before, so the edge may exist too.
    may_be_there: bool,
    link: &'e Link,
}

/// Vertices in the order of their names.
struct Vertices {
    ids: Vec<GraphId>,
    are_new: Vec<bool>,
}

impl Vertices {
    fn row<'e>(&self, link: &'e Link) -> Row<'e> {
        let (source, target) = (link.source as usize, link.target as usize);
        Row {
            ends: (self.ids[source], self.ids[target]),
            may_be_there: !self.are_new[source] && !self.are_new[target],
            link,
        }
    }
}

impl Session {
    /// Merges edges in one transaction.
    pub(super) fn merge(&self, edges: &Combined<'_>, control: &Control) -> Result<()> {
        self.prepare(edges.relations.keys().copied(), control)?;
        let names: Vec<&str> = edges.names.iter().collect();
        let mut copies = true;
        self.transaction("BEGIN", control, |conn| {
            let vertices = self.vertices(conn, &names)?;
            for (rel_type, links) in &edges.relations {
                let mut rows: Vec<Row<'_>> = links.iter().map(|link| vertices.row(link)).collect();
                // A fixed order: two writers cannot deadlock.
                rows.sort_unstable_by_key(|row| row.ends);
                let (old, new) = match copies && rows.len() >= MANY {
                    true => self.split(conn, rel_type, rows)?,
                    false => (rows, Vec::new()),
                };
                self.upsert(conn, rel_type, &old)?;
                if let Err(error) = self.copy(conn, rel_type, &new) {
                    if !is_unique_violation(&error) {
                        return Err(error);
                    }
                    // Another writer added one of the edges meanwhile.
                    copies = false;
                    return Err(Error::new(ErrorKind::Busy, error.to_string()));
                }
            }
            Ok(())
        })
    }

    /// Returns the vertices of these sorted names, and adds the missing ones.
    fn vertices(&self, conn: &PgConn, names: &[&str]) -> Result<Vertices> {
        let mut found = self.find(conn, names)?;
        let are_new: Vec<bool> = found.iter().map(Option::is_none).collect();
        let missing: Vec<&str> = names
            .iter()
            .zip(&found)
            .filter(|(_, id)| id.is_none())
            .map(|(name, _)| *name)
            .collect();
        if !missing.is_empty() {
            conn.change(&self.sql(include_str!("queries/add_vertices.sql")), &[&missing])?;
            let mut added = self.find(conn, &missing)?.into_iter();
            for id in found.iter_mut().filter(|id| id.is_none()) {
                *id = added.next().flatten();
            }
        }
        let ids: Option<Vec<GraphId>> = found.into_iter().collect();
        // Another program may remove a vertex between two statements.
        let ids = ids.ok_or_else(|| Error::new(ErrorKind::Busy, "a vertex was removed meanwhile"))?;
        Ok(Vertices { ids, are_new })
    }

    fn find(&self, conn: &PgConn, names: &[&str]) -> Result<Vec<Option<GraphId>>> {
        let rows = conn.rows(&self.sql(include_str!("queries/find_vertices.sql")), &[&names])?;
        rows.first().map_or_else(|| Ok(Vec::new()), |row| get(row, 0))
    }

    /// Separates edges that exist, or that another writer may add, from new ones.
    fn split<'e>(
        &self,
        conn: &PgConn,
        rel_type: &str,
        rows: Vec<Row<'e>>,
    ) -> Result<(Vec<Row<'e>>, Vec<Row<'e>>)> {
        let (asked, mut new): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.may_be_there);
        let (sources, targets): (Vec<GraphId>, Vec<GraphId>) = asked.iter().map(|row| row.ends).unzip();
        let text = self.sql_of(include_str!("queries/find_edges.sql"), &labels::label(rel_type));
        let answer = conn.rows(&text, &[&sources, &targets])?;
        let there: Option<Vec<bool>> = answer.first().map_or(Ok(None), |row| get(row, 0))?;
        let mut there = there.unwrap_or_default().into_iter();
        let (old, others): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|_| there.next().unwrap_or_default());
        new.extend(others);
        new.sort_unstable_by_key(|row| row.ends);
        Ok((old, new))
    }

    /// Adds edges, or raises existing ones.
    fn upsert(&self, conn: &PgConn, rel_type: &&str, rows: &[Row<'_>]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let (sources, targets): (Vec<GraphId>, Vec<GraphId>) = rows.iter().map(|row| row.ends).unzip();
        let column = |of: fn(&Link) -> i64| rows.iter().map(|row| of(row.link)).collect::<Vec<i64>>();
        let first_seen = column(|link| link.first_seen);
        let last_seen = column(|link| link.last_seen);
        let event_count = column(|link| link.event_count);
        let mut params: Vec<&(dyn ToSql + Sync)> =
            vec![&sources, &targets, &first_seen, &last_seen, &event_count];
        let extra = match labels::is_plain(rel_type) {
            true => "",
            false => {
                params.push(rel_type);
                ", 'rel_type'::text, $6::text"
            }
        };
        let text = self
            .sql_of(include_str!("queries/merge_edges.sql"), &labels::label(rel_type))
            .replace("{extra}", extra);
        conn.change(&text, &params).map(|_| ())
    }

    /// Adds new edges.
    fn copy(&self, conn: &PgConn, rel_type: &str, rows: &[Row<'_>]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let extra = match labels::is_plain(rel_type) {
            true => String::new(),
            // A label has only letters, digits and _.
            false => format!(", \"rel_type\": \"{rel_type}\""),
        };
        let into = self.sql_of(
            "{graph}.{label} (start_id, end_id, properties)",
            &labels::label(rel_type),
        );
        let mut rows = rows.iter();
        let mut properties = String::new();
        copy::copy(conn, &into, |out| {
            let Some(row) = rows.next() else {
                return Ok(false);
            };
            let Link {
                first_seen,
                last_seen,
                event_count,
                ..
            } = row.link;
            properties.clear();
            // Version 1 of agtype's binary form is its text. Writing to a String does not fail.
            let _ = write!(
                properties,
                "\u{1}{{\"last_seen\": {last_seen}, \"first_seen\": {first_seen}, \"event_count\": {event_count}{extra}}}"
            );
            out.put_i16(3);
            copy::put_long(out, row.ends.0.0);
            copy::put_long(out, row.ends.1.0);
            copy::put_bytes(out, properties.as_bytes());
            Ok(true)
        })
    }
}

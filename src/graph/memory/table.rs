//! The edges in memory: a row for each, an index over them, and for each entity the edges that touch it.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use crate::error::{Error, ErrorKind, Result};
use crate::graph::names::Names;
use crate::graph::slots::Slots;
use crate::record::Edge;

/// The relation of a row that holds no edge.
const FREE: u32 = u32::MAX;

/// The largest number of edges, and of entities.
pub const MOST: usize = (u32::MAX - 1) as usize;

/// One edge.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub source: u32,
    pub target: u32,
    pub rel: u32,
    pub seen: Seen,
}

impl Row {
    fn ends_and_rel(&self) -> (u32, u32, u32) {
        (self.source, self.target, self.rel)
    }
}

/// The values of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub first: i64,
    pub last: i64,
    pub count: i64,
}

impl Seen {
    fn of(edge: &Edge) -> Self {
        Self {
            first: edge.first_seen,
            last: edge.last_seen,
            count: edge.event_count,
        }
    }

    fn add(&mut self, more: Seen) {
        self.widen(more);
        self.count = self.count.saturating_add(more.count);
    }

    fn widen(&mut self, more: Seen) {
        self.first = self.first.min(more.first);
        self.last = self.last.max(more.last);
    }
}

/// An edge in the list of one of its ends.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// The entity at the other end; for a loop, the same entity.
    pub other: u32,
    /// The row.
    pub row: u32,
}

/// The row of an edge and its key: if the edge is removed, another edge may get the row.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    number: u32,
    /// Source, target and relation.
    key: (u32, u32, u32),
}

/// All edges. Entities and relations are numbers, which `entities` and `rels` translate.
#[derive(Clone, Default)]
pub struct Table {
    pub entities: Names,
    pub rels: Names,
    rows: Vec<Row>,
    free: Vec<u32>,
    index: Slots,
    hasher: DefaultHashBuilder,
    links: Vec<Vec<Link>>,
    /// Entities that an edge touches.
    vertices: usize,
}

impl Table {
    /// Returns the number of edges.
    pub fn edges(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// Returns the number of entities that an edge touches.
    pub fn vertices(&self) -> usize {
        self.vertices
    }

    /// Returns an error if so many more edges do not fit.
    pub fn check_room(&self, edges: usize) -> Result<()> {
        let most = self.rows.len().max(self.entities.len()).max(self.rels.len());
        if 2 * edges <= MOST - most {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Limit,
            "the graph in memory cannot hold so many edges",
        ))
    }

    /// Finds an entity that an edge touches.
    pub fn find(&self, entity: &str) -> Option<u32> {
        let number = self.entities.find(entity)?;
        (!self.links(number).is_empty()).then_some(number)
    }

    /// Returns the edges that touch an entity.
    pub fn links(&self, entity: u32) -> &[Link] {
        &self.links[entity as usize]
    }

    /// Returns a row that holds an edge.
    pub fn row(&self, row: u32) -> &Row {
        &self.rows[row as usize]
    }

    /// Returns the rows that hold edges.
    pub fn rows(&self) -> impl Iterator<Item = (u32, &Row)> {
        (0..).zip(&self.rows).filter(|(_, row)| row.rel != FREE)
    }

    /// Returns the edge of a row.
    pub fn edge(&self, row: u32) -> Edge {
        let row = self.row(row);
        self.spell(row, row.seen)
    }

    /// Returns the place of a row's edge.
    pub fn place_of(&self, number: u32) -> Place {
        let row = self.row(number);
        Place {
            number,
            key: row.ends_and_rel(),
        }
    }

    /// Returns the edge of a place; `None` if it was removed since.
    pub fn edge_at(&self, place: &Place) -> Option<Edge> {
        let row = self.row(place.number);
        (row.ends_and_rel() == place.key).then(|| self.spell(row, row.seen))
    }

    fn spell(&self, row: &Row, seen: Seen) -> Edge {
        Edge {
            source_id: self.entities.get(row.source).to_owned(),
            target_id: self.entities.get(row.target).to_owned(),
            rel_type: self.rels.get(row.rel).to_owned(),
            first_seen: seen.first,
            last_seen: seen.last,
            event_count: seen.count,
        }
    }

    /// Adds an edge, or widens its time and adds to its count.
    pub fn add(&mut self, edge: &Edge) {
        let (number, fresh) = self.place(edge);
        if !fresh {
            self.rows[number as usize].seen.add(Seen::of(edge));
        }
    }

    /// Raises an edge to at least the given values.
    pub fn merge(&mut self, edge: &Edge) {
        let (number, fresh) = self.place(edge);
        if !fresh {
            let seen = &mut self.rows[number as usize].seen;
            seen.widen(Seen::of(edge));
            seen.count = seen.count.max(edge.event_count);
        }
    }

    /// Inserts an edge, or replaces its values.
    pub fn set(&mut self, edge: &Edge) {
        let (number, _) = self.place(edge);
        self.rows[number as usize].seen = Seen::of(edge);
    }

    /// Finds the row of an edge, or inserts one with the edge's values. Returns whether it was inserted.
    fn place(&mut self, edge: &Edge) -> (u32, bool) {
        let source = self.intern(&edge.source_id);
        let target = self.intern(&edge.target_id);
        let rel = self.rels.intern(&edge.rel_type);
        let fresh = Row {
            source,
            target,
            rel,
            seen: Seen::of(edge),
        };
        let (rows, free) = (&self.rows, &mut self.free);
        let same = |number: u32| rows[number as usize].ends_and_rel() == (source, target, rel);
        let make = || free.pop().unwrap_or(rows.len() as u32);
        let (number, is_new) = self.index.find_or_put(hash(&self.hasher, &fresh), same, make);
        if !is_new {
            return (number, false);
        }
        match self.rows.get_mut(number as usize) {
            Some(row) => *row = fresh,
            None => self.rows.push(fresh),
        }
        let (there, back) = (
            Link {
                other: target,
                row: number,
            },
            Link {
                other: source,
                row: number,
            },
        );
        self.link(source, there);
        if source != target {
            self.link(target, back);
        }
        (number, true)
    }

    fn intern(&mut self, entity: &str) -> u32 {
        let number = self.entities.intern(entity);
        if number as usize == self.links.len() {
            self.links.push(Vec::new());
        }
        number
    }

    fn link(&mut self, entity: u32, link: Link) {
        let links = &mut self.links[entity as usize];
        self.vertices += usize::from(links.is_empty());
        links.push(link);
    }

    fn find_row(&self, edge: &Edge) -> Option<u32> {
        let wanted = Row {
            source: self.entities.find(&edge.source_id)?,
            target: self.entities.find(&edge.target_id)?,
            rel: self.rels.find(&edge.rel_type)?,
            seen: Seen::of(edge),
        };
        let same = |number: u32| self.row(number).ends_and_rel() == wanted.ends_and_rel();
        self.index.find(hash(&self.hasher, &wanted), same)
    }

    /// Removes the edges with these sources, targets and relations.
    pub fn remove(&mut self, edges: &[Edge]) {
        let mut touched = Vec::new();
        for number in edges
            .iter()
            .filter_map(|edge| self.find_row(edge))
            .collect::<Vec<_>>()
        {
            let row = self.rows[number as usize];
            // The caller may give an edge twice.
            if row.rel == FREE {
                continue;
            }
            self.index.remove(hash(&self.hasher, &row), number);
            self.rows[number as usize].rel = FREE;
            self.free.push(number);
            touched.extend([row.source, row.target]);
        }
        touched.sort_unstable();
        touched.dedup();
        for entity in touched {
            let (links, rows) = (&mut self.links[entity as usize], &self.rows);
            links.retain(|link| rows[link.row as usize].rel != FREE);
            self.vertices -= usize::from(links.is_empty());
        }
    }
}

fn hash(hasher: &DefaultHashBuilder, row: &Row) -> u64 {
    hasher.hash_one((u64::from(row.source) << 32 | u64::from(row.target), row.rel))
}

//! A snapshot of the graph for the algorithms: compressed sparse rows.
//!
//! Vertices are numbered in the order of their ids, and rows are sorted: every back end gives the same snapshot of the same edges,
//! and every algorithm the same answer.

use super::names::Names;
use super::texts::Texts;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;

/// The largest number of vertices.
const MOST: usize = u32::MAX as usize;

/// The edges of a graph at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    names: Texts,
    /// Where edges lead, by their source.
    pub(crate) out: Rows,
    /// Where edges come from, by their target.
    pub(crate) back: Rows,
}

impl Snapshot {
    /// Returns the number of entities.
    pub fn vertices(&self) -> usize {
        self.names.len()
    }

    /// Returns the number of edges; each relation between two entities is one.
    pub fn edges(&self) -> usize {
        self.out.targets.len()
    }

    /// Returns the id of the entity with this number.
    pub fn name(&self, vertex: usize) -> &str {
        self.names.get(vertex)
    }

    /// Returns the ids, in their order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter()
    }

    /// Finds the number of an entity.
    pub fn find(&self, entity: &str) -> Option<usize> {
        self.names.search(entity)
    }

    /// Makes a snapshot of numbered edges. The numbers are positions in `names`, which are sorted.
    pub(crate) fn new(names: Texts, edges: &[(u32, u32)]) -> Self {
        let vertices = names.len();
        // Each counting pass sorts by one end, so after the second one both ends are in order.
        let by_target = Rows::count(vertices, edges.iter().map(|&(source, target)| (target, source)));
        let out = by_target.turned();
        let back = out.turned();
        Self { names, out, back }
    }

    /// Joins both directions: each edge is in the rows of both ends, a loop twice in one row. Rows are sorted.
    pub(crate) fn undirected(&self) -> Rows {
        let mut rows = Rows {
            starts: Vec::with_capacity(self.vertices() + 1),
            targets: Vec::with_capacity(2 * self.edges()),
        };
        rows.starts.push(0);
        for vertex in 0..self.vertices() {
            let (mut out, mut back) = (self.out.of(vertex), self.back.of(vertex));
            while let (Some((&a, out_rest)), Some((&b, back_rest))) = (out.split_first(), back.split_first())
            {
                if a <= b {
                    rows.targets.push(a);
                    out = out_rest;
                } else {
                    rows.targets.push(b);
                    back = back_rest;
                }
            }
            rows.targets.extend_from_slice(out);
            rows.targets.extend_from_slice(back);
            rows.starts.push(rows.targets.len());
        }
        rows
    }
}

/// Compressed sparse rows: the neighbours of each vertex.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) starts: Vec<usize>,
    pub(crate) targets: Vec<u32>,
}

impl Rows {
    /// Returns the neighbours of a vertex.
    pub(crate) fn of(&self, vertex: usize) -> &[u32] {
        &self.targets[self.starts[vertex]..self.starts[vertex + 1]]
    }

    /// Makes the rows of pairs: of each vertex, the others in the order of the pairs.
    pub(crate) fn count(vertices: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0; vertices + 1];
        for (from, _) in pairs.clone() {
            starts[from as usize + 1] += 1;
        }
        for vertex in 0..vertices {
            starts[vertex + 1] += starts[vertex];
        }
        let mut targets = vec![0; starts[vertices]];
        let mut next = starts.clone();
        for (from, to) in pairs {
            let place = &mut next[from as usize];
            targets[*place] = to;
            *place += 1;
        }
        Self { starts, targets }
    }

    /// Reverses every pair. The rows of the result are sorted.
    fn turned(&self) -> Self {
        let vertices = self.starts.len().saturating_sub(1);
        let pairs =
            (0..vertices).flat_map(|vertex| self.of(vertex).iter().map(move |&other| (other, vertex as u32)));
        Self::count(vertices, pairs)
    }
}

/// Makes a snapshot out of a stream of edges.
#[derive(Default)]
pub(crate) struct Builder {
    names: Names,
    edges: Vec<(u32, u32)>,
}

impl Builder {
    pub(crate) fn add(&mut self, source: &str, target: &str) -> Result<()> {
        let edge = (self.number(source)?, self.number(target)?);
        self.edges.push(edge);
        Ok(())
    }

    fn number(&mut self, name: &str) -> Result<u32> {
        if self.names.len() < MOST {
            return Ok(self.names.intern(name));
        }
        let known = self.names.find(name);
        known.ok_or_else(|| Error::new(ErrorKind::Limit, "the graph has too many entities"))
    }

    pub(crate) fn build(self, control: &Control) -> Result<Snapshot> {
        let numbers = (0..self.names.len() as u32).collect();
        let ranked = Ranked::new(&self.names, numbers, control)?;
        let edges: Vec<_> = self.edges.iter().map(|&edge| ranked.edge(edge)).collect();
        control.check()?;
        Ok(Snapshot::new(ranked.names, &edges))
    }
}

/// Entities in the order of their ids, and the position of each entity's number in that order.
pub(crate) struct Ranked {
    pub(crate) names: Texts,
    ranks: Vec<u32>,
}

impl Ranked {
    /// Sorts the entities with these numbers.
    pub(crate) fn new(names: &Names, mut numbers: Vec<u32>, control: &Control) -> Result<Self> {
        control.check()?;
        names.sort(&mut numbers);
        control.check()?;
        let mut ranks = vec![0; names.len()];
        for (rank, &number) in (0..).zip(&numbers) {
            ranks[number as usize] = rank;
        }
        Ok(Self {
            names: names.picked(&numbers),
            ranks,
        })
    }

    /// Returns the positions of an edge's ends.
    pub(crate) fn edge(&self, (source, target): (u32, u32)) -> (u32, u32) {
        (self.ranks[source as usize], self.ranks[target as usize])
    }
}

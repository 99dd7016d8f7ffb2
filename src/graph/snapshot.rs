//! A picture of the graph that algorithms work on: who points to whom, in compressed rows.
//!
//! Vertices are numbered in the order of their ids and rows are sorted, so that every back end gives the same picture of the
//! same edges, and every algorithm the same answer.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;

/// Vertices that one row of compressed sparse rows may have; more is refused.
const MOST: usize = u32::MAX as usize;

/// The edges of a graph at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    names: Vec<Box<str>>,
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
        &self.names[vertex]
    }

    /// Returns the ids, in their order.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// Finds the number of an entity.
    pub fn find(&self, entity: &str) -> Option<usize> {
        self.names.binary_search_by(|name| (**name).cmp(entity)).ok()
    }

    /// Makes a snapshot of numbered edges; the numbers are places in `names`, which are sorted.
    pub(crate) fn new(names: Vec<Box<str>>, edges: &[(u32, u32)]) -> Self {
        let vertices = names.len();
        // Each of the two ways to count sorts by one end, so the second leaves both in order.
        let by_target = Rows::count(vertices, edges.iter().map(|&(source, target)| (target, source)));
        let out = by_target.turned();
        let back = out.turned();
        Self { names, out, back }
    }

    /// Joins both directions: each edge stands with both of its ends, a loop twice with its own. Sorted.
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

/// Compressed sparse rows: for each vertex, others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) starts: Vec<usize>,
    pub(crate) targets: Vec<u32>,
}

impl Rows {
    /// Returns the others of a vertex.
    pub(crate) fn of(&self, vertex: usize) -> &[u32] {
        &self.targets[self.starts[vertex]..self.starts[vertex + 1]]
    }

    fn count(vertices: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
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

    /// Turns every pair around; the rows of the result are sorted.
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
    names: Vec<Box<str>>,
    numbers: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    edges: Vec<(u32, u32)>,
}

impl Builder {
    pub(crate) fn add(&mut self, source: &str, target: &str) -> Result<()> {
        let edge = (self.number(source)?, self.number(target)?);
        self.edges.push(edge);
        Ok(())
    }

    fn number(&mut self, name: &str) -> Result<u32> {
        use std::hash::BuildHasher;
        let (names, hasher) = (&mut self.names, &self.hasher);
        let same = |&number: &u32| &*names[number as usize] == name;
        let hash_of = |&number: &u32| hasher.hash_one(&*names[number as usize]);
        match self.numbers.entry(hasher.hash_one(name), same, hash_of) {
            Entry::Occupied(place) => Ok(*place.get()),
            Entry::Vacant(place) => {
                let number = u32::try_from(names.len()).ok().filter(|_| names.len() < MOST);
                let number =
                    number.ok_or_else(|| Error::new(ErrorKind::Limit, "the graph has too many entities"))?;
                place.insert(number);
                names.push(name.into());
                Ok(number)
            }
        }
    }

    pub(crate) fn build(self, control: &Control) -> Result<Snapshot> {
        control.check()?;
        let mut order: Vec<u32> = (0..self.names.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.names[a as usize].cmp(&self.names[b as usize]));
        let mut ranks = vec![0; order.len()];
        for (rank, &number) in order.iter().enumerate() {
            ranks[number as usize] = rank as u32;
        }
        control.check()?;
        let rank = |number: u32| ranks[number as usize];
        let edges: Vec<_> = self.edges.iter().map(|&(a, b)| (rank(a), rank(b))).collect();
        let mut names = self.names;
        let sorted = order
            .iter()
            .map(|&number| std::mem::take(&mut names[number as usize]))
            .collect();
        Ok(Snapshot::new(sorted, &edges))
    }
}

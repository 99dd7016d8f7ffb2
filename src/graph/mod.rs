//! The entity graph: one interface, and back ends that answer alike.
//!
//! Vertices are entity ids, edges have a direction and a relation (see [`Edge`]). Queries ignore the direction, as Seerflow's
//! do. Ids compare by their bytes. An entity is known while an edge touches it. Every answer has one order, ties included, so
//! that all back ends give the same one.

#[cfg(all(feature = "graph-servers", feature = "postgres"))]
pub mod age;
pub mod algorithms;
#[cfg(feature = "graph-servers")]
mod combine;
mod entity_id;
#[cfg(feature = "graph-servers")]
pub mod falkordb;
mod feed;
pub mod memory;
pub mod migrate;
mod names;
pub mod open;
pub mod picture;
mod slots;
pub(crate) mod snapshot;
#[cfg(feature = "graph-servers")]
pub mod sync;
mod texts;
#[cfg(feature = "graph-servers")]
mod walk;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

pub use entity_id::EntityId;
pub use snapshot::Snapshot;

use crate::error::{Error, Result};
use crate::record::check_rel_type;
use crate::record::{Control, Edge, RelatedEntity};

/// An entity near another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Neighbour {
    /// Steps on the shortest way, from 1.
    pub distance: u32,
    /// The entity.
    pub entity: EntityId,
}

/// The surroundings of an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subgraph {
    /// The entities, in the order of their ids; the one in the middle is among them.
    pub nodes: Vec<String>,
    /// Every edge between two of them, in the order of source, target and relation.
    pub edges: Vec<Edge>,
}

impl Subgraph {
    /// Returns the entities with their distance from one of them, by distance, then id; itself first.
    pub fn distances(&self, from: &str) -> Vec<Neighbour> {
        let mut near = HashMap::<&str, Vec<&str>>::new();
        for edge in &self.edges {
            near.entry(&edge.source_id).or_default().push(&edge.target_id);
            near.entry(&edge.target_id).or_default().push(&edge.source_id);
        }
        let mut distances = HashMap::new();
        let mut queue = VecDeque::new();
        if let Ok(place) = self.nodes.binary_search_by(|node| (**node).cmp(from)) {
            distances.insert(&*self.nodes[place], 0);
            queue.push_back(&*self.nodes[place]);
        }
        while let Some(here) = queue.pop_front() {
            let next = distances[here] + 1;
            for &other in near.get(here).into_iter().flatten() {
                if let Entry::Vacant(place) = distances.entry(other) {
                    place.insert(next);
                    queue.push_back(other);
                }
            }
        }
        let mut all: Vec<Neighbour> = distances
            .into_iter()
            .map(|(entity, distance)| Neighbour {
                distance,
                entity: entity.into(),
            })
            .collect();
        all.sort_unstable();
        all
    }

    /// Keeps only the entities nearest to one of them, at most so many, of those at the same distance the ones seen most often,
    /// and the edges among them; answers how many go.
    pub fn keep_nearest(&mut self, from: &str, most: usize) -> usize {
        if self.nodes.len() <= most {
            return 0;
        }
        let mut seen = HashMap::<&str, i64>::new();
        for edge in &self.edges {
            for end in [&edge.source_id, &edge.target_id] {
                let sum = seen.entry(end).or_default();
                *sum = sum.saturating_add(edge.event_count);
            }
        }
        let mut near = self.distances(from);
        near.sort_by_key(|near| {
            let seen = seen.get(&*near.entity).copied().unwrap_or_default();
            (near.distance, std::cmp::Reverse(seen))
        });
        let kept: HashSet<EntityId> = near.into_iter().take(most).map(|near| near.entity).collect();
        let before = self.nodes.len();
        self.nodes.retain(|node| kept.contains(node.as_str()));
        self.edges
            .retain(|edge| kept.contains(edge.source_id.as_str()) && kept.contains(edge.target_id.as_str()));
        before - self.nodes.len()
    }
}

/// How much a graph holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphCounts {
    /// Entities that an edge touches.
    pub vertices: u64,
    /// Edges: triples of source, target and relation.
    pub edges: u64,
}

/// A back end of the entity graph. Every method may be called by many threads at once.
pub trait GraphBackend: Send + Sync + std::fmt::Debug {
    /// Adds edges: a new one as it is; to one that is there, the smaller `first_seen`, the larger `last_seen` and the sum of
    /// `event_count` (which stops at [`i64::MAX`]). All of them or none. Queries see them when it returns.
    ///
    /// # Errors
    /// Those of [`check_edges`]: nothing is added.
    fn add_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Raises edges to at least what is given: as [`add_edges`](Self::add_edges), but of two `event_count`s the larger one
    /// stays. Doing it again changes nothing, and the order in which it is done does not matter.
    ///
    /// # Errors
    /// Those of [`check_edges`]: nothing is changed.
    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Removes the edges with these sources, targets and relations. What is not there is no error.
    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Returns the entities within `depth` steps, by distance, then id; without the entity itself. Only over edges of the
    /// given relations, unless there are none given. An unknown entity has no neighbours.
    fn neighbours(
        &self,
        entity: &str,
        depth: u32,
        rel_types: &[String],
        control: &Control,
    ) -> Result<Vec<Neighbour>>;
    /// Returns the ids on a shortest path, both ends included; the smallest one, compared id by id, if there are several. Empty
    /// when there is none or an end is unknown; one id when both ends are the same.
    fn shortest_path(&self, from: &str, to: &str, control: &Control) -> Result<Vec<String>>;
    /// Returns the entities within `depth` steps and all edges among them. Empty for an unknown entity.
    fn subgraph(&self, entity: &str, depth: u32, control: &Control) -> Result<Subgraph>;
    /// Returns neighbours with their relation and how often both were seen together: most often first, then by id and relation.
    fn related(&self, entity: &str, control: &Control) -> Result<Vec<RelatedEntity>>;
    /// Hands every edge to `each`, in the order of source, target and relation.
    fn edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()>;
    /// Takes a picture of all edges, for algorithms to work on.
    fn snapshot(&self, control: &Control) -> Result<Arc<Snapshot>> {
        let mut builder = snapshot::Builder::default();
        self.edges(control, &mut |edge| builder.add(&edge.source_id, &edge.target_id))?;
        builder.build(control).map(Arc::new)
    }
    /// Counts entities and edges.
    fn counts(&self, control: &Control) -> Result<GraphCounts>;
    /// Removes everything.
    fn clear(&self, control: &Control) -> Result<()>;
    /// Answers whether the graph can be reached now.
    fn health(&self, control: &Control) -> Result<()>;
    /// Says where the graph is: a redacted address.
    fn location(&self) -> String;
    /// Starts what the back end does in the background, such as observing a store. Opens nothing.
    ///
    /// # Errors
    /// [`Closed`](ErrorKind::Closed), and those of starting a thread.
    fn start(&self) -> Result<()> {
        Ok(())
    }
    /// Releases connections and memory.
    fn close(&self);
}

/// The longest id of an entity, in bytes.
pub const MAX_ID_BYTES: usize = 1024;

/// Tells whether every back end can hold this id: 1 to 1,024 bytes without control characters and without white space at
/// either end.
///
/// The text index of FalkorDB takes such ids for others or does not find them; PostgreSQL holds no NUL, and indexes no longer ones.
pub fn is_id(id: &str) -> bool {
    // Nearly all ids are of such bytes alone.
    let is_plain = id.bytes().all(|byte| byte.is_ascii_graphic());
    (1..=MAX_ID_BYTES).contains(&id.len())
        && (is_plain || (id.trim().len() == id.len() && !id.contains(char::is_control)))
}

/// Returns the edges that a graph can hold.
#[cfg(feature = "graph-servers")]
pub(crate) fn possible(edges: &[Edge]) -> impl Iterator<Item = &Edge> {
    edges
        .iter()
        .filter(|edge| check_edges(std::slice::from_ref(*edge)).is_ok())
}

/// Checks what every back end must be able to hold.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for a source or target that is no [id](is_id), for a negative count, and for a
/// relation that is not of the form `[A-Za-z_][A-Za-z0-9_]*`.
pub fn check_edges(edges: &[Edge]) -> Result<()> {
    for edge in edges {
        check_rel_type(&edge.rel_type)?;
        for id in [&edge.source_id, &edge.target_id] {
            if !is_id(id) {
                let shown: String = id.chars().take(100).collect();
                return Err(Error::invalid(format!(
                    "{shown:?} is no entity's id: 1 to {MAX_ID_BYTES} bytes without control characters and without white space at \
                     either end are"
                )));
            }
        }
        if edge.event_count < 0 {
            return Err(Error::invalid(format!(
                "event_count {} is negative",
                edge.event_count
            )));
        }
    }
    Ok(())
}

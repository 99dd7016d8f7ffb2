//! The entity graph: the interface of its back ends.
//!
//! Vertices are entity ids, edges have a direction and a relation (see [`Edge`]). Queries ignore the direction, as Seerflow's
//! do. Ids compare by their bytes. An entity is known while an edge touches it. Every answer has one order, ties included:
//! all back ends give the same answer.

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
#[cfg(feature = "graph-servers")]
mod pending;
pub mod picture;
mod side;
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

/// An entity and its distance from another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Neighbour {
    /// Steps on the shortest path, from 1.
    pub distance: u32,
    /// The entity.
    pub entity: EntityId,
}

/// The entities within some distance of an entity, and the edges between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subgraph {
    /// The entities, in the order of their ids. The one in the centre is among them.
    pub nodes: Vec<String>,
    /// Every edge between two of them, in the order of source, target and relation.
    pub edges: Vec<Edge>,
}

impl Subgraph {
    /// Returns the entities with their distance from `from`, by distance, then id; `from` itself comes first.
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

    /// Keeps at most `most` entities, those nearest to `from`, and the edges between them; at equal distance those seen most often.
    /// Returns the number of removed entities.
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

/// The size of a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphCounts {
    /// Entities that an edge touches.
    pub vertices: u64,
    /// Edges: triples of source, target and relation.
    pub edges: u64,
}

/// The questions to an entity graph. Every method may be called by many threads at once. Edges are written to the relational store.
pub trait GraphBackend: Send + Sync + std::fmt::Debug {
    /// Returns the entities within `depth` steps, by distance, then id, without the entity itself. Follows only edges of the given
    /// relations; all edges if `rel_types` is empty. An unknown entity has no neighbours.
    fn neighbours(
        &self,
        entity: &str,
        depth: u32,
        rel_types: &[String],
        control: &Control,
    ) -> Result<Vec<Neighbour>>;
    /// Returns the ids on a shortest path, both ends included; of several paths the smallest, compared id by id. Empty if there is no
    /// path or an end is unknown; one id if both ends are the same.
    fn shortest_path(&self, from: &str, to: &str, control: &Control) -> Result<Vec<String>>;
    /// Returns the entities within `depth` steps and all edges between them. Empty for an unknown entity.
    fn subgraph(&self, entity: &str, depth: u32, control: &Control) -> Result<Subgraph>;
    /// Returns the neighbours with their relation and their number of events: the largest number first, then by id and relation.
    fn related(&self, entity: &str, control: &Control) -> Result<Vec<RelatedEntity>>;
    /// Passes every edge to `each`, in the order of source, target and relation.
    fn edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()>;
    /// Returns a snapshot of all edges for the algorithms.
    fn snapshot(&self, control: &Control) -> Result<Arc<Snapshot>> {
        let mut builder = snapshot::Builder::default();
        self.edges(control, &mut |edge| builder.add(&edge.source_id, &edge.target_id))?;
        builder.build(control).map(Arc::new)
    }
    /// Counts entities and edges.
    fn counts(&self, control: &Control) -> Result<GraphCounts>;
    /// Returns an error if the graph cannot be reached now.
    fn health(&self, control: &Control) -> Result<()>;
    /// Returns where the graph is: a redacted address.
    fn location(&self) -> String;
    /// Returns the number of changed edges that the back end does not have yet.
    fn backlog(&self) -> u64 {
        0
    }
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

/// A graph on a server, which receives the edges of the relational store.
pub trait GraphServer: GraphBackend {
    /// Raises edges to at least the given values, all of them or none: the smaller `first_seen`, the larger `last_seen` and the larger
    /// `event_count` stay. Calls may be repeated and reordered.
    ///
    /// # Errors
    /// Those of [`check_edges`]: nothing is changed.
    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Removes the edges with these sources, targets and relations. An edge that does not exist is not an error.
    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()>;
    /// Removes all entities and edges.
    fn clear(&self, control: &Control) -> Result<()>;
    /// Returns how often a connection was found to lead to a server that had started again, and may have lost edges. A server that
    /// keeps all acknowledged edges returns 0.
    fn restarts(&self) -> u64 {
        0
    }
}

/// The longest id of an entity, in bytes.
pub const MAX_ID_BYTES: usize = 1024;

/// Returns whether every back end can store this id: 1 to 1,024 bytes without control characters and without white space at
/// either end.
///
/// The text index of FalkorDB confuses other ids or does not find them. PostgreSQL stores no NUL and does not index longer ids.
pub fn is_id(id: &str) -> bool {
    // Nearly all ids have only such bytes.
    let is_plain = id.bytes().all(|byte| byte.is_ascii_graphic());
    (1..=MAX_ID_BYTES).contains(&id.len())
        && (is_plain || (id.trim().len() == id.len() && !id.contains(char::is_control)))
}

/// Returns the edges that a graph can store.
#[cfg(feature = "graph-servers")]
pub(crate) fn valid_edges(edges: &[Edge]) -> impl Iterator<Item = &Edge> {
    edges
        .iter()
        .filter(|edge| check_edges(std::slice::from_ref(*edge)).is_ok())
}

/// Checks that every back end can store these edges.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for a source or target that is not an [id](is_id), for a negative count, and for a
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

//! The entity graph: who is next to whom, and who stands out.

use std::ffi::c_char;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::handle;
use super::list::{self, List, Listed, seerflow_kind, seerflow_list};
use super::out::Out;
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{required_text, seerflow_str};
use crate::graph::Neighbour;
use crate::graph::algorithms::{Measure, Score, top};
use crate::record::RelatedEntity;

/// An entity near another one. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_neighbour {
    /// sizeof(seerflow_neighbour).
    pub struct_size: u32,
    /// Steps on the shortest way; 0 for the entity itself.
    pub distance: u32,
    /// The entity, by its id.
    pub entity: seerflow_str,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_neighbour {}

impl Listed for Neighbour {
    type Struct = seerflow_neighbour;
    const KIND: seerflow_kind = seerflow_kind::Neighbour;
    const NAME: &'static str = "neighbour";

    fn lend(&self) -> seerflow_neighbour {
        seerflow_neighbour {
            struct_size: 0,
            distance: self.distance,
            entity: seerflow_str::lend(self.entity.as_bytes()),
        }
    }
}

/// A neighbour of an entity. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_related {
    /// sizeof(seerflow_related).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The neighbour, by its id.
    pub entity: seerflow_str,
    /// The relation.
    pub rel_type: seerflow_str,
    /// How often it was seen.
    pub event_count: i64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_related {}

impl Listed for RelatedEntity {
    type Struct = seerflow_related;
    const KIND: seerflow_kind = seerflow_kind::Related;
    const NAME: &'static str = "neighbour";

    fn lend(&self) -> seerflow_related {
        seerflow_related {
            struct_size: 0,
            reserved: 0,
            entity: seerflow_str::lend(self.entity.as_bytes()),
            rel_type: seerflow_str::lend(self.rel_type.as_bytes()),
            event_count: self.event_count,
        }
    }
}

/// What an entity scored. Begin with its initialiser.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_score {
    /// sizeof(seerflow_score).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The entity, by its id.
    pub entity: seerflow_str,
    /// Its value: a part of 1, a count, or the number of its group.
    pub value: f64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_score {}

impl Listed for Score {
    type Struct = seerflow_score;
    const KIND: seerflow_kind = seerflow_kind::Score;
    const NAME: &'static str = "score";

    fn lend(&self) -> seerflow_score {
        seerflow_score {
            struct_size: 0,
            reserved: 0,
            entity: seerflow_str::lend(self.entity.as_bytes()),
            value: self.value,
        }
    }
}

/// Lists the entities within the query's depth of its entity, whichever way edges point, by distance, then id; the
/// entity itself is left out. Only edges of the query's relations are followed. An unknown entity has no neighbours.
/// The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_neighbours(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let query = query::read(query)?;
            let (entity, depth, relations) = query.around()?;
            engine.graph()?.neighbours(entity, depth, relations, control)
        })
    }
}

/// Lists the entities on a shortest path between two, both ends included, each with its distance from the first: of
/// several paths the one whose ids are the smallest. The list is empty if there is no path.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_path(
    store: *const seerflow_store,
    from: *const c_char,
    to: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let (from, to) = (required_text(from, "from")?, required_text(to, "to")?);
            let path = engine.graph()?.shortest_path(from, to, control)?;
            let step = |(distance, entity): (u32, String)| Neighbour {
                distance,
                entity: entity.into(),
            };
            Ok((0..).zip(path).map(step).collect::<Vec<_>>())
        })
    }
}

/// Lists the surroundings of the query's entity: `*nodes` gets the entities within the query's depth, itself
/// included, by distance, then id; `*edges` gets every edge between two of them. Both lists are empty for an unknown
/// entity. The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys both lists.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_subgraph(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    nodes: *mut *mut seerflow_list,
    edges: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let (nodes, edges) = (Out::new(nodes, "nodes")?, Out::new(edges, "edges")?);
            let query = query::read(query)?;
            let (entity, depth) = query.surroundings()?;
            let found = store.engine()?.graph()?.subgraph(entity, depth, &bound(call)?)?;
            nodes.put(handle::make(List::from(found.distances(entity))));
            edges.put(handle::make(List::from(found.edges)));
            Ok(())
        })
    }
}

/// Lists the neighbours of the query's entity with their relation, those seen most often first. The query's limit has
/// no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_related(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            engine.graph()?.related(query::read(query)?.entity()?, control)
        })
    }
}

/// Counts what the graph holds: `*vertices` gets the number of entities that an edge touches, `*edges` the number of
/// edges. Either may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_counts(
    store: *const seerflow_store,
    call: *const seerflow_call,
    vertices: *mut u64,
    edges: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            let places = [
                Out::optional(vertices, "vertices")?,
                Out::optional(edges, "edges")?,
            ];
            let counts = store.engine()?.graph()?.counts(&bound(call)?)?;
            for (place, count) in places.into_iter().zip([counts.vertices, counts.edges]) {
                if let Some(place) = place {
                    place.put(count);
                }
            }
            Ok(())
        })
    }
}

/// Measures every entity of the graph and lists the first `limit`. `measure` is one of
///
/// - "pagerank": by the direction of edges, damping 0.85; all add up to 1;
/// - "betweenness": the part of all pairs of others whose shortest paths go through it, estimated in a large graph;
/// - "fan_in", "fan_out", "ego_graph_size": how many others point to it, it points to, are next to it;
/// - "community_id", "component_id": its community or connected part, 0 being the largest; the largest come first.
///
/// Threads: any number at once; betweenness uses a second thread of its own meanwhile. Blocking: bounded by
/// `call`. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_top(
    store: *const seerflow_store,
    measure: *const c_char,
    limit: usize,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, call, list, error, |engine, control| {
            let measure = Measure::from_name(required_text(measure, "measure")?)?;
            top(&*engine.graph()?.snapshot(control)?, measure, limit, control)
        })
    }
}

/// Answers SEERFLOW_STATUS_OK if the graph can be reached now, otherwise why it cannot.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_health(
    store: *const seerflow_store,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and arguments as their types say.
    unsafe {
        call_on(store, error, |store| {
            store.engine()?.graph()?.health(&bound(call)?)
        })
    }
}

/// Fills `out` with an entity of a list and its distance, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the
/// last one, SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_neighbour_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_neighbour,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<Neighbour>(list, index, (out, "out"), error) }
}

/// Fills `out` with a neighbour of a list and its relation, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the
/// last one, SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_related_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_related,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<RelatedEntity>(list, index, (out, "out"), error) }
}

/// Fills `out` with a score of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
/// SEERFLOW_STATUS_INVALID for a list of another kind.
///
/// Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_score_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_score,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at::<Score>(list, index, (out, "out"), error) }
}

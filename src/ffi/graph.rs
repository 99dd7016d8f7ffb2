//! The entity graph: neighbours, paths and measures.

use std::ffi::c_char;

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::call_on;
use super::handle;
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, List, Listed};
use super::out::{Out, Place};
use super::query::{self, seerflow_query};
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{required_text, seerflow_str};
use crate::graph::Neighbour;
use crate::graph::algorithms::{Measure, Score, top};
use crate::record::RelatedEntity;

/// An entity at a distance from another one. Initialise it with SEERFLOW_NEIGHBOUR_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_neighbour {
    /// sizeof(seerflow_neighbour).
    pub struct_size: u32,
    /// The number of edges on the shortest path; 0 for the entity itself.
    pub distance: u32,
    /// The id of the entity.
    pub entity: seerflow_str,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
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

/// A direct neighbour of an entity, and the relation. Initialise it with SEERFLOW_RELATED_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_related {
    /// sizeof(seerflow_related).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The id of the neighbour.
    pub entity: seerflow_str,
    /// The relation of the edge.
    pub rel_type: seerflow_str,
    /// How often the edge was seen.
    pub event_count: i64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
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

/// The value of a measure for one entity. Initialise it with SEERFLOW_SCORE_INIT.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_score {
    /// sizeof(seerflow_score).
    pub struct_size: u32,
    /// Unused.
    pub reserved: u32,
    /// The id of the entity.
    pub entity: seerflow_str,
    /// The value: a fraction of 1, a count, or the number of a group. See seerflow_store_graph_top.
    pub value: f64,
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
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

/// Lists the entities within the query's depth of its entity, ordered by distance, then by id.
///
/// The direction of edges does not matter. Only edges of the query's relations are followed. The entity itself is not
/// listed. The list is empty if the graph does not contain the entity. The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_neighbours(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let query = query::read(query)?;
            let (entity, depth, relations) = query.neighbours()?;
            engine.graph()?.neighbours(entity, depth, relations, control)
        })
    }
}

/// Lists the entities on a shortest path between two entities, including both ends.
///
/// `from` and `to` are entity ids. Each record has the distance from the first entity. If there are several shortest
/// paths, the result is the one whose sequence of ids is smallest. If no path exists, the list is empty.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_path(
    store: *const seerflow_store,
    from: *const c_char,
    to: *const c_char,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
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

/// Lists the entities around the query's entity, and every edge between two of them.
///
/// `*nodes` is set to the entities within the query's depth, including the entity itself, ordered by distance, then
/// by id. `*edges` is set to the edges. Both lists are empty if the graph does not contain the entity. The query's
/// limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys both lists with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_subgraph(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    nodes: *mut *mut seerflow_list,
    edges: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let (nodes, edges) = (Out::new(nodes, "nodes")?, Out::new(edges, "edges")?);
            let query = query::read(query)?;
            let (entity, depth) = query.subgraph()?;
            let found = store.engine()?.graph()?.subgraph(entity, depth, &bound(call)?)?;
            nodes.put(handle::make(List::from(found.distances(entity))));
            edges.put(handle::make(List::from(found.edges)));
            Ok(())
        })
    }
}

/// Lists the direct neighbours of the query's entity with their relation, most often seen first.
///
/// The query's limit has no effect.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_related(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            engine.graph()?.related(query::read(query)?.related()?, control)
        })
    }
}

/// Counts the entities and the edges of the graph.
///
/// `*vertices` is set to the number of entities that have an edge, `*edges` to the number of edges. Either may be
/// NULL.
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
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let places = [
                Out::optional(vertices, "vertices")?,
                Out::optional(edges, "edges")?,
            ];
            let counts = store.engine()?.graph()?.counts(&bound(call)?)?;
            for (place, count) in places.into_iter().zip([counts.vertices, counts.edges]) {
                place.put(count);
            }
            Ok(())
        })
    }
}

/// Computes a measure for every entity of the graph and lists the `limit` largest values.
///
/// `measure` is one of:
///
/// - "pagerank": PageRank along the direction of edges, damping 0.85; the values of all entities add up to 1;
/// - "betweenness": the fraction of all pairs of other entities whose shortest paths pass through the entity;
///   estimated in a large graph;
/// - "fan_in": the number of other entities with an edge to the entity;
/// - "fan_out": the number of other entities to which it has an edge;
/// - "ego_graph_size": the number of its direct neighbours;
/// - "community_id": the number of its community. 0 is the largest community, and its entities are listed first;
/// - "component_id": the number of its connected component. 0 is the largest component, and its entities are listed
///   first.
///
/// Threads: any number at once; "betweenness" starts a second thread for the time of the call. Blocking: bounded by
/// `call`. Ownership: the caller destroys the list with seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID for an
/// unknown measure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_top(
    store: *const seerflow_store,
    measure: *const c_char,
    limit: usize,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles and NULL or valid pointers.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let measure = Measure::from_name(required_text(measure, "measure")?)?;
            top(&*engine.graph()?.snapshot(control)?, measure, limit, control)
        })
    }
}

/// Checks whether the graph can be reached now.
///
/// SEERFLOW_STATUS_OK means that it can; any other status is the reason why it cannot.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_health(
    store: *const seerflow_store,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            store.engine()?.graph()?.health(&bound(call)?)
        })
    }
}

/// Copies the entity and its distance at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_NEIGHBOUR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_neighbour_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_neighbour,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Neighbour>(list, index, (out, "out"), error) }
}

/// Copies the neighbour and its relation at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_RELATED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_related_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_related,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<RelatedEntity>(list, index, (out, "out"), error) }
}

/// Copies the entity and its value at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_SCORE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_score_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_score,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Score>(list, index, (out, "out"), error) }
}

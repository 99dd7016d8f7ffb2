//! The entity graph: who is next to whom, and who stands out.

use std::ffi::{c_char, c_int, c_void};

use super::bound;
use super::edge::{self, seerflow_edge, seerflow_edge_list};
use super::error::seerflow_error;
use super::guard::{call_on, destroy};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::neighbour::seerflow_neighbour_list;
use super::out::Out;
use super::sized;
use super::status::seerflow_status;
use super::store::{Store, seerflow_store};
use super::text::{bytes, items, required_text, seerflow_str};
use crate::codec::records;
use crate::error::Result;
use crate::graph::Neighbour;
use crate::graph::algorithms::{Measure, Score, top};
use crate::record::{Control, Edge};

/// Is told an edge; another answer than 0 ends the stream. The edge's texts live until it returns.
///
/// It runs on the thread that called, and may call anything but what destroys the store. It must neither throw nor longjmp: an
/// exception that leaves it ends the process.
pub type seerflow_edge_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, edge: *const seerflow_edge) -> c_int>;

/// Adds edges to the entity graph, which `storage.graph_backend` chooses, all of them or none. Questions to the graph see them
/// when it returns. `edge_size` is sizeof(seerflow_edge), the distance from one to the next. `interrupt` may be NULL.
///
/// With `durable` they are committed when it returns. Without it the graph in memory commits them in the background, within
/// `storage.flush_interval_ms`; seerflow_store_flush waits for that. Edges between the same entities are joined on the way.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Without `durable` it
/// waits only while too many edges wait for their commit: then SEERFLOW_STATUS_AGAIN. Ownership: the edges stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_add_edges(
    store: *const seerflow_store,
    edges: *const seerflow_edge,
    edge_size: usize,
    count: usize,
    durable: bool,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and structs as their sizes say.
    unsafe {
        call_on(store, error, |store| {
            let edges = edge::read(edges, edge_size, count)?;
            add(store, &edges, durable, &bound(timeout_ms, interrupt)?)
        })
    }
}

/// Does the same with edges as JSON, one object a line, with the names of seerflow_edge's members. A line that is none is
/// SEERFLOW_STATUS_INVALID, and nothing is added.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_add_edges_ndjson(
    store: *const seerflow_store,
    data: *const c_void,
    length: usize,
    durable: bool,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and bytes as their length says.
    unsafe {
        call_on(store, error, |store| {
            let edges = records::decode(bytes(data, length, "data")?)?;
            add(store, &edges, durable, &bound(timeout_ms, interrupt)?)
        })
    }
}

fn add(store: &Store, edges: &[Edge], durable: bool, control: &Control) -> Result<()> {
    let graph = store.engine()?.graph()?;
    graph.add_edges(edges, control)?;
    if durable { graph.flush(control) } else { Ok(()) }
}

/// Lists the entities within `depth` steps of an entity, whichever way edges point, by distance, then id; without itself. Only over
/// edges of these `rel_type_count` relations, unless that is 0. An unknown entity has no neighbours. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_neighbours(
    store: *const seerflow_store,
    entity_id: *const c_char,
    depth: u32,
    rel_types: *const seerflow_str,
    rel_type_count: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_neighbour_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let entity = required_text(entity_id, "entity_id")?;
            let rel_types = items(rel_types, rel_type_count, "rel_types")?
                .iter()
                .map(|rel_type| rel_type.exact("rel_types"))
                .collect::<Result<Vec<_>>>()?;
            engine.graph()?.neighbours(entity, depth, &rel_types, control)
        })
    }
}

/// Lists the entities on a shortest path between two, both ends included, each with its distance from the first: the path whose ids
/// are the smallest, if there are several. An empty list when there is none. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_path(
    store: *const seerflow_store,
    from: *const c_char,
    to: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_neighbour_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let (from, to) = (required_text(from, "from")?, required_text(to, "to")?);
            let path = engine.graph()?.shortest_path(from, to, control)?;
            let step = |(distance, entity): (u32, String)| Neighbour {
                distance,
                entity: entity.into(),
            };
            Ok((0..).zip(path).map(step).collect())
        })
    }
}

/// Tells an entity's surroundings: `*nodes` gets the entities within `depth` steps, itself included, by distance, then id; `*edges`
/// gets every edge between two of them. Both lists are empty for an unknown entity. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys both lists.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_subgraph(
    store: *const seerflow_store,
    entity_id: *const c_char,
    depth: u32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    nodes: *mut *mut seerflow_neighbour_list,
    edges: *mut *mut seerflow_edge_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let (nodes, edges) = (Out::new(nodes, "nodes")?, Out::new(edges, "edges")?);
            let entity = required_text(entity_id, "entity_id")?;
            let found = store
                .engine()?
                .graph()?
                .subgraph(entity, depth, &bound(timeout_ms, interrupt)?)?;
            nodes.put(handle::make(found.distances(entity).into()));
            edges.put(handle::make(found.edges.into()));
            Ok(())
        })
    }
}

/// Lists the neighbours of an entity with their relation, those seen most often first. Unlike seerflow_store_related_entities it
/// asks the graph, wherever that is. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_related(
    store: *const seerflow_store,
    entity_id: *const c_char,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut edge::seerflow_related_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            engine
                .graph()?
                .related(required_text(entity_id, "entity_id")?, control)
        })
    }
}

/// Counts what the graph holds: `*vertices` gets the entities that an edge touches, `*edges` the edges. Either may be NULL.
/// `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_counts(
    store: *const seerflow_store,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    vertices: *mut u64,
    edges: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let places = [
                Out::optional(vertices, "vertices")?,
                Out::optional(edges, "edges")?,
            ];
            let counts = store.engine()?.graph()?.counts(&bound(timeout_ms, interrupt)?)?;
            for (place, count) in places.into_iter().zip([counts.vertices, counts.edges]) {
                if let Some(place) = place {
                    place.put(count);
                }
            }
            Ok(())
        })
    }
}

/// Hands every edge of the graph to `callback`, in the order of source, target and relation, until it answers something else than 0.
/// `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds, and what the callback takes; negative is no
/// bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_each_edge(
    store: *const seerflow_store,
    callback: seerflow_edge_callback,
    user_data: *mut c_void,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and a callback that takes what it is given.
    unsafe {
        call_on(store, error, |store| {
            let callback = callback.ok_or_else(|| crate::Error::invalid("callback is NULL"))?;
            let mut ended = false;
            let done = store
                .engine()?
                .graph()?
                .edges(&bound(timeout_ms, interrupt)?, &mut |edge| {
                    let mut lent = seerflow_edge_list::lend(&edge);
                    lent.struct_size = size_of::<seerflow_edge>() as u32;
                    ended = callback(user_data, &raw const lent) != 0;
                    if ended {
                        // Any error ends the stream.
                        Err(crate::Error::new(
                            crate::ErrorKind::Interrupted,
                            "ended by the callback",
                        ))
                    } else {
                        Ok(())
                    }
                });
            if ended { Ok(()) } else { done }
        })
    }
}

/// What an entity scored. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_score {
    /// sizeof(seerflow_score).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// The entity, by its id.
    pub entity: seerflow_str,
    /// Its value: a part of 1, a count, or the number of its group.
    pub value: f64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_score {
    fn blank() -> Self {
        Self::default()
    }
}

/// Entities that stand out, the first of them first.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_score_list_count, seerflow_score_list_at, seerflow_score_list_ndjson, seerflow_score_list_destroy.
pub struct seerflow_score_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_score_list {
    type Value = List<Score>;
    const NAME: &'static str = "seerflow_score_list";
    const MAGIC: [u8; 8] = *b"sf:score";
}

impl Listed for seerflow_score_list {
    type Record = Score;
    type Struct = seerflow_score;
    const RECORD: &'static str = "score";

    fn lend(score: &Score) -> seerflow_score {
        seerflow_score {
            struct_size: 0,
            reserved: 0,
            entity: seerflow_str::lend(score.entity.as_bytes()),
            value: score.value,
        }
    }
}

/// Measures every entity of the graph and lists the first `limit`. `measure` is one of
///
/// - "pagerank": by the direction of edges, damping 0.85; all add up to 1;
/// - "betweenness": the part of all pairs of others whose shortest paths go through it, estimated in a large graph;
/// - "fan_in", "fan_out", "ego_graph_size": how many others point to it, it points to, are next to it;
/// - "community_id", "component_id": its community or connected part, 0 being the largest; the largest come first.
///
/// `interrupt` may be NULL.
///
/// Threads: any number at once; betweenness uses a second thread of its own meanwhile. Blocking: at most about `timeout_ms`
/// milliseconds; negative is no bound. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_top(
    store: *const seerflow_store,
    measure: *const c_char,
    limit: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_score_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let measure = Measure::from_name(required_text(measure, "measure")?)?;
            top(&*engine.graph()?.snapshot(control)?, measure, limit, control)
        })
    }
}

/// Answers whether the graph can be reached now: SEERFLOW_STATUS_OK, or why not. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_graph_health(
    store: *const seerflow_store,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles.
    unsafe {
        call_on(store, error, |store| {
            store.engine()?.graph()?.health(&bound(timeout_ms, interrupt)?)
        })
    }
}

/// Returns the number of scores; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_score_list_count(list: *const seerflow_score_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a score, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_score_list_at(
    list: *const seerflow_score_list,
    index: usize,
    score: *mut seerflow_score,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (score, "score"), error) }
}

/// Lends the list as JSON, one object and a line end for each score, ended in NUL. It is made at the first call. `length` may
/// be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_score_list_ndjson(
    list: *const seerflow_score_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_score_list_destroy(list: *mut seerflow_score_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}

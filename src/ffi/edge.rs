//! Edges between entities, and who is related to whom.

use std::ffi::{c_char, c_void};
use std::sync::Mutex;

use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::{self, Object};
use super::interrupt::seerflow_interrupt;
use super::list::{self, List, Listed};
use super::out::Out;
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::{bytes, required_text, seerflow_str};
use super::{bound, lock};
use crate::codec::records;
use crate::error::{Error, Result};
use crate::record::{Edge, EdgeCursor, MAX_PAGE, RelatedEntity};

/// An edge between two entities. Prepare it with SEERFLOW_PREPARE, then set the rest.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_edge {
    /// sizeof(seerflow_edge).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// From this entity, by its id.
    pub source_id: seerflow_str,
    /// To this entity, by its id.
    pub target_id: seerflow_str,
    /// In what relation: a letter or _, then letters, digits and _, all ASCII.
    pub rel_type: seerflow_str,
    /// First time seen, in nanoseconds since 1970-01-01 UTC. Later writes keep the smaller one.
    pub first_seen: i64,
    /// Last time seen, in nanoseconds since 1970-01-01 UTC. Later writes keep the larger one.
    pub last_seen: i64,
    /// How often it was seen. Later writes add to it.
    pub event_count: i64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_edge {
    fn blank() -> Self {
        Self::default()
    }
}

impl seerflow_edge {
    /// # Safety
    /// What the struct points to is readable.
    unsafe fn to_edge(self) -> Result<Edge> {
        // SAFETY: the caller keeps the contract.
        unsafe {
            Ok(Edge {
                source_id: self.source_id.exact("source_id")?,
                target_id: self.target_id.exact("target_id")?,
                rel_type: self.rel_type.exact("rel_type")?,
                first_seen: self.first_seen,
                last_seen: self.last_seen,
                event_count: self.event_count,
            })
        }
    }
}

/// Reads the caller's array of edges.
///
/// # Safety
/// `count` structs of `edge_size` bytes are readable there, and what they point to.
pub(super) unsafe fn read(edges: *const seerflow_edge, edge_size: usize, count: usize) -> Result<Vec<Edge>> {
    let array = sized::Array::new(edges, edge_size, count, "edges")?;
    let edge = |position| {
        let within = |error: Error| error.within(format_args!("edges[{position}]"));
        // SAFETY: the caller keeps the contract.
        unsafe { array.at(position)?.to_edge().map_err(within) }
    };
    (0..count).map(edge).collect()
}

/// Adds edges, or widens their time and adds to their counts, all of them or none; committed when it returns. `edge_size` is
/// sizeof(seerflow_edge), the distance from one to the next. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// edges stay the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_upsert_edges(
    store: *const seerflow_store,
    edges: *const seerflow_edge,
    edge_size: usize,
    count: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and structs as their sizes say.
    unsafe {
        call_on(store, error, |store| {
            let edges = read(edges, edge_size, count)?;
            store
                .engine()?
                .edges()?
                .upsert_edges(&edges, &bound(timeout_ms, interrupt)?)
        })
    }
}

/// Does the same with edges as JSON, one object a line, with the names of seerflow_edge's members. A line that is none is
/// SEERFLOW_STATUS_INVALID, and nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_upsert_edges_ndjson(
    store: *const seerflow_store,
    data: *const c_void,
    length: usize,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and bytes as their length says.
    unsafe {
        call_on(store, error, |store| {
            let edges = records::decode(bytes(data, length, "data")?)?;
            store
                .engine()?
                .edges()?
                .upsert_edges(&edges, &bound(timeout_ms, interrupt)?)
        })
    }
}

/// Removes the edges that were last seen before a time, in nanoseconds since 1970-01-01 UTC. `*deleted` gets how many, and may be
/// NULL. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_prune_edges(
    store: *const seerflow_store,
    before_ns: i64,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        call_on(store, error, |store| {
            let place = Out::optional(deleted, "deleted")?;
            let deleted = store
                .engine()?
                .edges()?
                .prune_edges(before_ns, &bound(timeout_ms, interrupt)?)?;
            if let Some(place) = place {
                place.put(deleted);
            }
            Ok(())
        })
    }
}

/// A place among the edges of a store, for reading all of them in chunks. It holds nothing open.
///
/// Methods: seerflow_edge_cursor_new, seerflow_store_next_edges, seerflow_edge_cursor_destroy.
pub struct seerflow_edge_cursor {
    _opaque: [u8; 0],
}

impl Object for seerflow_edge_cursor {
    /// The last edge that was handed out.
    type Value = Mutex<Option<EdgeCursor>>;
    const NAME: &'static str = "seerflow_edge_cursor";
    const MAGIC: [u8; 8] = *b"sf:edcur";
}

/// Makes a cursor that stands before the first edge.
///
/// Ownership: the caller destroys it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_edge_cursor_new(
    cursor: *mut *mut seerflow_edge_cursor,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(cursor, "cursor")?.put(handle::make(Mutex::new(None)));
            Ok(())
        })
    }
}

/// Destroys a cursor. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_edge_cursor_destroy(cursor: *mut seerflow_edge_cursor) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(cursor) }
}

/// Edges, in the order of source, target and relation.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_edge_list_count, seerflow_edge_list_at, seerflow_edge_list_ndjson, seerflow_edge_list_destroy.
pub struct seerflow_edge_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_edge_list {
    type Value = List<Edge>;
    const NAME: &'static str = "seerflow_edge_list";
    const MAGIC: [u8; 8] = *b"sf:edges";
}

impl Listed for seerflow_edge_list {
    type Record = Edge;
    type Struct = seerflow_edge;
    const RECORD: &'static str = "edge";

    fn lend(edge: &Edge) -> seerflow_edge {
        let text = |text: &str| seerflow_str::lend(text.as_bytes());
        seerflow_edge {
            struct_size: 0,
            reserved: 0,
            source_id: text(&edge.source_id),
            target_id: text(&edge.target_id),
            rel_type: text(&edge.rel_type),
            first_seen: edge.first_seen,
            last_seen: edge.last_seen,
            event_count: edge.event_count,
        }
    }
}

/// Hands out the next edges behind a cursor, at most `limit` (1 to 100,000) of them, and moves the cursor behind them; an empty list
/// means that there are no more, a shorter one may have ended at `storage.page_bytes`. A call that fails leaves the cursor where it is. `interrupt` may be NULL.
///
/// An edge that is there from the first call to the last is handed out once, as it is at that moment; writes go on in between.
///
/// Threads: any number at once; those that share a cursor take turns. Blocking: at most about `timeout_ms` milliseconds; negative
/// is no bound. Ownership: the caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_next_edges(
    store: *const seerflow_store,
    cursor: *mut seerflow_edge_cursor,
    limit: u32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_edge_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let cursor = handle::get(cursor)?;
            cursor.check_poison()?;
            if limit == 0 || limit > MAX_PAGE {
                return Err(Error::invalid(format!("limit {limit} is outside 1..{MAX_PAGE}")));
            }
            let mut last = lock(cursor.value());
            let edges = engine.edges()?.edges(last.as_ref(), limit, control)?;
            if let Some(edge) = edges.last() {
                *last = Some(edge.into());
            }
            Ok(edges)
        })
    }
}

/// Returns the number of edges; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_edge_list_count(list: *const seerflow_edge_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells an edge, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_edge_list_at(
    list: *const seerflow_edge_list,
    index: usize,
    edge: *mut seerflow_edge,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (edge, "edge"), error) }
}

/// Lends the list as JSON, one object and a line end for each edge, ended in NUL. It is made at the first call. `length` may
/// be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_edge_list_ndjson(
    list: *const seerflow_edge_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_edge_list_destroy(list: *mut seerflow_edge_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}

/// A neighbour of an entity. Prepare it with SEERFLOW_PREPARE.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_related {
    /// sizeof(seerflow_related).
    pub struct_size: u32,
    /// Unused, 0.
    pub reserved: u32,
    /// The neighbour, by its id.
    pub entity: seerflow_str,
    /// The relation.
    pub rel_type: seerflow_str,
    /// How often it was seen.
    pub event_count: i64,
}

// SAFETY: `repr(C)`, the size in front, numbers and pointers only.
unsafe impl sized::Struct for seerflow_related {
    fn blank() -> Self {
        Self::default()
    }
}

/// Neighbours of an entity, those seen most often first.
///
/// A const list may be read by any number of threads at once.
///
/// Methods: seerflow_related_list_count, seerflow_related_list_at, seerflow_related_list_ndjson,
/// seerflow_related_list_destroy.
pub struct seerflow_related_list {
    _opaque: [u8; 0],
}

impl Object for seerflow_related_list {
    type Value = List<RelatedEntity>;
    const NAME: &'static str = "seerflow_related_list";
    const MAGIC: [u8; 8] = *b"sf:relat";
}

impl Listed for seerflow_related_list {
    type Record = RelatedEntity;
    type Struct = seerflow_related;
    const RECORD: &'static str = "neighbour";

    fn lend(related: &RelatedEntity) -> seerflow_related {
        seerflow_related {
            struct_size: 0,
            reserved: 0,
            entity: seerflow_str::lend(related.entity.as_bytes()),
            rel_type: seerflow_str::lend(related.rel_type.as_bytes()),
            event_count: related.event_count,
        }
    }
}

/// Lists the neighbours of an entity, whichever way the edges point, at most `limit` of them. `interrupt` may be NULL.
///
/// Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
/// caller destroys the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_related_entities(
    store: *const seerflow_store,
    entity_id: *const c_char,
    limit: u32,
    timeout_ms: i64,
    interrupt: *const seerflow_interrupt,
    list: *mut *mut seerflow_related_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands live handles and NULL or valid pointers.
    unsafe {
        list::answer(store, (timeout_ms, interrupt), list, error, |engine, control| {
            let entity = required_text(entity_id, "entity_id")?;
            engine.edges()?.related_entities(entity, limit, control)
        })
    }
}

/// Returns the number of neighbours; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_related_list_count(list: *const seerflow_related_list) -> usize {
    // SAFETY: the header demands a live handle.
    unsafe { list::count(list) }
}

/// Tells a neighbour, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Ownership: its texts live as long as the list. They do not end in NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_related_list_at(
    list: *const seerflow_related_list,
    index: usize,
    related: *mut seerflow_related,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a struct that says its size.
    unsafe { list::at(list, index, (related, "related"), error) }
}

/// Lends the list as JSON, one object and a line end for each neighbour, ended in NUL. It is made at the first call. `length`
/// may be NULL.
///
/// Threads: any number at once. Ownership: the text lives as long as the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_related_list_ndjson(
    list: *const seerflow_related_list,
    text: *mut *const c_char,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and valid pointers.
    unsafe { list::ndjson(list, text, length, error) }
}

/// Destroys a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_related_list_destroy(list: *mut seerflow_related_list) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(list) }
}

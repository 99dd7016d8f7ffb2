//! Edges between entities: the struct, writing, listing and pruning.

use super::call::{bound, seerflow_call};
use super::error::seerflow_error;
use super::guard::{call_for, call_on};
use super::list::{seerflow_kind, seerflow_list};
use super::listed::{self, List, Listed};
use super::out::Out;
use super::query::{self, seerflow_query};
use super::records::seerflow_record_options;
use super::sized;
use super::status::seerflow_status;
use super::store::seerflow_store;
use super::text::seerflow_str;
use super::time_or_now;
use crate::error::Result;
use crate::record::{Edge, EdgeCursor, TIME_ABSENT};

/// A directed edge between two entities. Initialise it with SEERFLOW_EDGE_INIT, then set the ids and rel_type.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_edge {
    /// sizeof(seerflow_edge).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The id of the entity at which the edge starts.
    pub source_id: seerflow_str,
    /// The id of the entity at which the edge ends.
    pub target_id: seerflow_str,
    /// The relation. It starts with an ASCII letter or underscore; ASCII letters, digits and underscores follow.
    pub rel_type: seerflow_str,
    /// The first time the edge was seen, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default,
    /// means now. A write to a stored edge leaves the earlier of the two times.
    pub first_seen_ns: i64,
    /// The last time the edge was seen, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default, means
    /// now. A write to a stored edge leaves the later of the two times.
    pub last_seen_ns: i64,
    /// How often the edge was seen; 1 is the default. A write to a stored edge adds to its count.
    pub event_count: i64,
}

impl Default for seerflow_edge {
    fn default() -> Self {
        Self {
            first_seen_ns: TIME_ABSENT,
            last_seen_ns: TIME_ABSENT,
            event_count: 1,
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_edge {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

impl seerflow_edge {
    /// # Safety
    /// The memory that the struct points to is readable.
    unsafe fn to_edge(self) -> Result<Edge> {
        // SAFETY: the caller upholds the contract.
        unsafe {
            Ok(Edge {
                source_id: self.source_id.exact("source_id")?,
                target_id: self.target_id.exact("target_id")?,
                rel_type: self.rel_type.exact("rel_type")?,
                first_seen: time_or_now(self.first_seen_ns),
                last_seen: time_or_now(self.last_seen_ns),
                event_count: self.event_count,
            })
        }
    }
}

impl Listed for Edge {
    type Struct = seerflow_edge;
    const KIND: seerflow_kind = seerflow_kind::Edge;
    const NAME: &'static str = "edge";

    fn lend(&self) -> seerflow_edge {
        let text = |text: &str| seerflow_str::lend(text.as_bytes());
        seerflow_edge {
            struct_size: 0,
            reserved: 0,
            source_id: text(&self.source_id),
            target_id: text(&self.target_id),
            rel_type: text(&self.rel_type),
            first_seen_ns: self.first_seen,
            last_seen_ns: self.last_seen,
            event_count: self.event_count,
        }
    }
}

/// Adds edges, or updates the times and counts of stored edges: all of them or none.
///
/// Queries on the graph see the edges when the function returns. `options` may be NULL.
///
/// With `options->durable`, the default, the edges are committed when the function returns. If the call ends early,
/// edges that no transaction holds are removed from the queue; the error is retriable if none are left in it. Without
/// `durable` the edges are committed in the background, within `storage.flush_interval_ms`; seerflow_store_flush
/// waits for that.
///
/// Threads: any number at once. Blocking: bounded by `call`; a write that is not durable waits only while the queue
/// is full, then fails with SEERFLOW_STATUS_AGAIN. Ownership: the edges remain the caller's.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_write_edges(
    store: *const seerflow_store,
    edges: *const seerflow_edge,
    count: usize,
    options: *const seerflow_record_options,
    call: *const seerflow_call,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_on(store, error, |store| {
            let options = sized::read_or_default(options, "options")?;
            let edges = sized::read_all(edges, count, "edges", |edge| edge.to_edge())?;
            store
                .engine()?
                .write_edges(&edges, options.durable.is_set(), &bound(call)?)
        })
    }
}

/// Lists edges in the order of source id, target id and relation.
///
/// The query may set the limit and the cursor; it must not set a filter. No transaction is open between two pages: an
/// edge that exists during the whole listing is returned exactly once, with the values it has when its page is read.
///
/// Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
/// seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID if the query sets a filter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_query_edges(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        listed::query(store, call, list, error, |engine, control| {
            let (after, limit) = query::read(query)?.edges()?;
            let edges = engine.edges()?.edges(after.as_ref(), limit, control)?;
            let next = edges.last().map(|edge| EdgeCursor::from(edge).token());
            Ok(List::from(edges).continued(next, None))
        })
    }
}

/// Removes the edges whose last_seen_ns is before `before_ns`, in nanoseconds since 1970-01-01 UTC.
///
/// `*deleted` is set to the number of removed edges. It may be NULL.
///
/// Threads: any number at once. Blocking: bounded by `call`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_store_prune_edges(
    store: *const seerflow_store,
    before_ns: i64,
    call: *const seerflow_call,
    deleted: *mut u64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires live handles, and arguments that are valid for their types.
    unsafe {
        call_for(store, Out::optional(deleted, "deleted"), error, |store| {
            store.engine()?.edges()?.prune_edges(before_ns, &bound(call)?)
        })
    }
}

/// Copies the edge at `index` of a list to `out`. Indexes start at 0.
///
/// Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
/// NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
/// the list is not of kind SEERFLOW_KIND_EDGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_list_edge_at(
    list: *const seerflow_list,
    index: usize,
    out: *mut seerflow_edge,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, and a struct whose `struct_size` is set.
    unsafe { listed::at::<Edge>(list, index, (out, "out"), error) }
}

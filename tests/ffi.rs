//! Tests of the C API through its exported functions, called as a C program calls them.

// Every call here is one that a C program may make. A SAFETY comment stands where it is not obvious why a call is
// allowed.
#![allow(clippy::undocumented_unsafe_blocks)]

use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use seerflow::ffi::call::*;
use seerflow::ffi::config::*;
use seerflow::ffi::error::*;
use seerflow::ffi::event::*;
use seerflow::ffi::event_collection::*;
use seerflow::ffi::event_query::*;
use seerflow::ffi::list::*;
use seerflow::ffi::observe::*;
use seerflow::ffi::query::*;
use seerflow::ffi::query_filter::*;
use seerflow::ffi::records::seerflow_store_write_records;
use seerflow::ffi::result::*;
use seerflow::ffi::status::seerflow_status;
use seerflow::ffi::store::*;
use seerflow::ffi::text::{Flag, seerflow_str};
use seerflow::ffi::write::*;
use seerflow::record::{EntityType, Field, entity_id};

/// Makes a struct with the values of its C initialiser, then sets some members.
macro_rules! init {
    ($type:ident $(, $member:ident: $value:expr)* $(,)?) => {
        $type { struct_size: size_of::<$type>() as u32, $($member: $value,)* ..Default::default() }
    };
}

#[path = "ffi/alerts.rs"]
mod alerts;
#[path = "ffi/boundary.rs"]
mod boundary;
#[path = "ffi/detection.rs"]
mod detection;
#[path = "ffi/events.rs"]
mod events;
#[path = "ffi/maintain.rs"]
mod maintain;
#[path = "ffi/observe.rs"]
mod observe;
#[path = "ffi/opening.rs"]
mod opening;
#[path = "ffi/process.rs"]
mod process;
#[path = "ffi/queries.rs"]
mod queries;
#[path = "ffi/scenarios.rs"]
mod scenarios;
#[path = "ffi/structs.rs"]
mod structs;
#[path = "ffi/threads.rs"]
mod threads;
#[path = "ffi/writes.rs"]
mod writes;

const LINE: &str =
    "Mar 14 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n";

/// The `error` argument of a call. The error is destroyed at the end.
struct ErrorOut(*mut seerflow_error);

impl ErrorOut {
    fn new() -> Self {
        Self(null_mut())
    }

    fn message(&self) -> String {
        unsafe { text(seerflow_error_message(self.0)) }
    }
}

impl Drop for ErrorOut {
    fn drop(&mut self) {
        unsafe { seerflow_error_destroy(self.0) }
    }
}

/// Calls a function and checks that it succeeds and writes no error.
#[track_caller]
fn ok(call: impl FnOnce(*mut *mut seerflow_error) -> seerflow_status) {
    let mut error = ErrorOut::new();
    let status = call(&mut error.0);
    assert_eq!(status, seerflow_status::Ok, "{}", error.message());
    assert!(error.0.is_null(), "an error is written on failure only");
}

/// Calls a function, checks that it fails with this status, and returns the error message.
#[track_caller]
fn fails(wanted: seerflow_status, call: impl FnOnce(*mut *mut seerflow_error) -> seerflow_status) -> String {
    let mut error = ErrorOut::new();
    let status = call(&mut error.0);
    assert_eq!(status, wanted, "{}", error.message());
    assert!(!error.0.is_null(), "a failure has details");
    assert_eq!(unsafe { seerflow_error_status(error.0) }, wanted);
    error.message()
}

unsafe fn text(text: *const c_char) -> String {
    assert!(!text.is_null());
    unsafe { CStr::from_ptr(text) }.to_str().unwrap().to_owned()
}

unsafe fn string(text: seerflow_str) -> String {
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn str_of(text: &'static str) -> seerflow_str {
    seerflow_str {
        data: text.as_ptr().cast(),
        len: text.len(),
    }
}

/// A call with this timeout, in milliseconds.
fn within(timeout_ms: i64) -> seerflow_call {
    init!(seerflow_call, timeout_ms: timeout_ms)
}

/// Write options for a durable write.
fn durable() -> seerflow_write_options {
    seerflow_write_options {
        durable: true.into(),
        ..Default::default()
    }
}

/// Writes bytes of a format, without `consumed` and `result`.
unsafe fn write_as(
    store: *const seerflow_store,
    format: seerflow_format,
    data: &[u8],
    options: *const seerflow_write_options,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    unsafe {
        let (start, length) = (data.as_ptr().cast(), data.len());
        let (consumed, result) = (null_mut(), null_mut());
        seerflow_store_write(
            store,
            format as u32,
            start,
            length,
            options,
            consumed,
            result,
            error,
        )
    }
}

/// Writes log lines, without `consumed` and `result`.
unsafe fn write_lines(
    store: *const seerflow_store,
    lines: &str,
    options: *const seerflow_write_options,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    unsafe { write_as(store, seerflow_format::Lines, lines.as_bytes(), options, error) }
}

/// Writes records given as JSON lines.
fn write_json(
    host: &Host,
    kind: seerflow_kind,
    lines: &str,
    results: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    unsafe {
        let (data, length) = (lines.as_ptr().cast(), lines.len());
        seerflow_store_write_records(
            host.store,
            kind as u32,
            data,
            length,
            null(),
            null(),
            results,
            error,
        )
    }
}

/// Returns the numbers of a result and destroys it.
unsafe fn outcome(result: *mut seerflow_result) -> seerflow_outcome {
    let mut outcome = init!(seerflow_outcome);
    ok(|error| unsafe { seerflow_result_outcome(result, &mut outcome, error) });
    unsafe { seerflow_result_destroy(result) };
    outcome
}

/// A query that is destroyed at the end of its scope.
struct Query(*mut seerflow_query);

impl Query {
    fn new() -> Self {
        let mut query = null_mut();
        ok(|error| unsafe { seerflow_query_new(&mut query, error) });
        Self(query)
    }

    #[track_caller]
    fn set(self, set: impl FnOnce(*mut seerflow_query, *mut *mut seerflow_error) -> seerflow_status) -> Self {
        ok(|error| set(self.0, error));
        self
    }

    #[track_caller]
    fn window(self, from_ns: i64, to_ns: i64) -> Self {
        self.set(|query, error| unsafe { seerflow_query_set_window(query, from_ns, to_ns, error) })
    }

    #[track_caller]
    fn limit(self, limit: u32) -> Self {
        self.set(|query, error| unsafe { seerflow_query_set_limit(query, limit, error) })
    }

    #[track_caller]
    fn entity(self, id: &CStr) -> Self {
        self.set(|query, error| unsafe { seerflow_query_set_entity_id(query, id.as_ptr(), error) })
    }

    #[track_caller]
    fn cursor(self, cursor: Option<&CString>) -> Self {
        let cursor = cursor.map_or(null(), |cursor| cursor.as_ptr());
        self.set(|query, error| unsafe { seerflow_query_set_cursor(query, cursor, error) })
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        unsafe { seerflow_query_destroy(self.0) }
    }
}

/// A function that takes a query and returns a list.
type QueryFn = unsafe extern "C" fn(
    *const seerflow_store,
    *const seerflow_query,
    *const seerflow_call,
    *mut *mut seerflow_list,
    *mut *mut seerflow_error,
) -> seerflow_status;

/// A function that copies a record of a list to a struct.
type At<T> =
    unsafe extern "C" fn(*const seerflow_list, usize, *mut T, *mut *mut seerflow_error) -> seerflow_status;

/// A list that is destroyed at the end of its scope.
struct List(*mut seerflow_list);

impl List {
    /// Makes a call that must return a list.
    #[track_caller]
    fn of(ask: impl FnOnce(*mut *mut seerflow_list, *mut *mut seerflow_error) -> seerflow_status) -> Self {
        let mut list = null_mut();
        ok(|error| ask(&mut list, error));
        Self(list)
    }

    fn count(&self) -> usize {
        unsafe { seerflow_list_count(self.0) }
    }

    #[track_caller]
    fn at<T: Default>(&self, at: At<T>, index: usize) -> T {
        let mut out = T::default();
        ok(|error| unsafe {
            // Each of these structs starts with its size.
            (&raw mut out).cast::<u32>().write(size_of::<T>() as u32);
            at(self.0, index, &mut out, error)
        });
        out
    }

    fn event(&self, index: usize) -> *const seerflow_event {
        unsafe { seerflow_list_event_at(self.0, index) }
    }

    fn next(&self) -> Option<CString> {
        let next = unsafe { seerflow_list_next_cursor(self.0) };
        (!next.is_null()).then(|| unsafe { CStr::from_ptr(next) }.to_owned())
    }

    fn total(&self) -> Option<u64> {
        let mut total = 0;
        unsafe { seerflow_list_total(self.0, &mut total) }.then_some(total)
    }

    fn ndjson(&self) -> String {
        let (mut json, mut length) = (null(), 0);
        ok(|error| unsafe { seerflow_list_ndjson(self.0, &mut json, &mut length, error) });
        let json = unsafe { text(json) };
        assert_eq!(json.len(), length);
        json
    }

    fn objects(&self) -> Vec<serde_json::Value> {
        let json = self.ndjson();
        json.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Drop for List {
    fn drop(&mut self) {
        unsafe { seerflow_list_destroy(self.0) }
    }
}

/// Held for writing by tests that call fork(): no other thread may work with a store while a child is created.
static STORES: RwLock<()> = RwLock::new(());

enum Access {
    Shared(#[allow(dead_code)] RwLockReadGuard<'static, ()>),
    Exclusive(#[allow(dead_code)] RwLockWriteGuard<'static, ()>),
}

fn shared_access() -> Access {
    Access::Shared(STORES.read().unwrap_or_else(PoisonError::into_inner))
}

/// A store in a directory of its own.
struct Host {
    store: *mut seerflow_store,
    folder: tempfile::TempDir,
    _access: Access,
}

impl Host {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(options: &[(&str, &str)]) -> Self {
        Self::with_access(options, shared_access())
    }

    /// Opens a store while no other test of the process uses one.
    fn alone() -> Self {
        Self::with_access(
            &[],
            Access::Exclusive(STORES.write().unwrap_or_else(PoisonError::into_inner)),
        )
    }

    fn with_access(options: &[(&str, &str)], access: Access) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = new_store(&folder.path().join("seerflow.db"), options);
        Self {
            store,
            folder,
            _access: access,
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("seerflow.db")
    }

    /// Writes lines and waits for the commit.
    #[track_caller]
    fn write(&self, lines: &str) {
        ok(|error| unsafe { write_lines(self.store, lines, &durable(), error) });
    }

    #[track_caller]
    fn ask(&self, ask: QueryFn, query: &Query) -> List {
        List::of(|list, error| unsafe { ask(self.store, query.0, null(), list, error) })
    }

    /// Queries the events that contain these words.
    #[track_caller]
    fn search(&self, words: &str) -> List {
        let words = CString::new(words).unwrap();
        let query =
            Query::new().set(|query, error| unsafe { seerflow_query_set_text(query, words.as_ptr(), error) });
        self.ask(seerflow_store_query_events, &query)
    }

    fn flush(&self) {
        ok(|error| unsafe { seerflow_store_flush(self.store, null(), error) });
    }

    fn stats(&self) -> seerflow_stats {
        let mut stats = init!(seerflow_stats);
        ok(|error| unsafe { seerflow_store_stats(self.store, &mut stats, error) });
        stats
    }

    /// Blocks commits until the returned connection is dropped.
    fn lock(&self) -> rusqlite::Connection {
        ok(|error| unsafe { seerflow_store_open(self.store, null(), error) });
        let other = rusqlite::Connection::open(self.path()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        other
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        unsafe { seerflow_store_destroy(self.store) }
    }
}

fn new_store(path: &std::path::Path, options: &[(&str, &str)]) -> *mut seerflow_store {
    let (config, mut store) = (new_config(path, options), null_mut());
    ok(|error| unsafe { seerflow_store_new(config, &mut store, error) });
    unsafe { seerflow_config_destroy(config) };
    store
}

fn new_config(path: &std::path::Path, options: &[(&str, &str)]) -> *mut seerflow_config {
    let mut config = null_mut();
    ok(|error| unsafe { seerflow_config_new(&mut config, error) });
    for (key, value) in options
        .iter()
        .copied()
        .chain([("storage.sqlite_path", path.to_str().unwrap())])
    {
        let (key, value) = (CString::new(key).unwrap(), CString::new(value).unwrap());
        ok(|error| unsafe { seerflow_config_set(config, key.as_ptr(), value.as_ptr(), error) });
    }
    config
}

/// The id of the address in [`LINE`].
fn address() -> CString {
    let id = entity_id(EntityType::Ip, "203.0.113.66").unwrap();
    CString::new(id.to_string()).unwrap()
}

#[test]
fn a_written_line_is_read_back() {
    let host = Host::new();
    let mut consumed = 0;
    ok(|error| unsafe {
        let (lines, data) = (seerflow_format::Lines as u32, LINE.as_ptr().cast());
        seerflow_store_write(
            host.store,
            lines,
            data,
            LINE.len(),
            null(),
            &mut consumed,
            null_mut(),
            error,
        )
    });
    assert_eq!(consumed, LINE.len());
    host.flush();

    let found = host.search("\"accepted password\"");
    assert_eq!(found.count(), 1);
    let event = found.event(0);
    let (mut message, mut severity, mut time) = (seerflow_str::default(), 0, 0);
    unsafe {
        ok(|error| seerflow_event_get_text(event, Field::Message as u32, &mut message, error));
        ok(|error| seerflow_event_get_int(event, Field::SeverityId as u32, &mut severity, error));
        ok(|error| seerflow_event_get_int(event, Field::TimestampNs as u32, &mut time, error));
        assert_eq!(
            string(message),
            "Accepted password for deploy from 203.0.113.66 port 51514 ssh2"
        );
        assert_eq!(severity, 1);
        assert!(time > 0);
        assert!(found.event(1).is_null());
        let mut json = null();
        ok(|error| seerflow_event_json(event, &mut json, null_mut(), error));
        assert!(text(json).contains(r#""source_type":"sshd""#), "{}", text(json));
    }
}

#[test]
fn queries_page_by_cursor_and_count() {
    let host = Host::new();
    host.write(&LINE.repeat(25));
    let (mut seen, mut cursor) = (0, None);
    loop {
        let query = Query::new()
            .limit(10)
            .set(|q, e| unsafe { seerflow_query_set_total(q, seerflow_total::Exact as u32, 0, e) })
            .set(|q, e| unsafe { seerflow_query_set_source_type(q, c"sshd".as_ptr(), e) })
            .set(|q, e| unsafe { seerflow_query_set_order(q, seerflow_order::Arrival as u32, e) })
            .cursor(cursor.as_ref());
        let page = host.ask(seerflow_store_query_events, &query);
        assert_eq!(page.total(), Some(25));
        assert_eq!(page.ndjson().lines().count(), page.count());
        seen += page.count();
        cursor = page.next();
        if cursor.is_none() {
            assert!(!unsafe { seerflow_list_last_cursor(page.0) }.is_null());
            break;
        }
    }
    assert_eq!(seen, 25);
}

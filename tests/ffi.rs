//! The C API as a program calls it: through the exported functions, pointers and all.

// Every call here is one that a C program could make; what is promised is said where it is not plain.
#![allow(clippy::undocumented_unsafe_blocks)]

#[path = "ffi/boundary.rs"]
mod boundary;
#[path = "ffi/detection.rs"]
mod detection;
#[path = "ffi/events.rs"]
mod events;
#[path = "ffi/maintain.rs"]
mod maintain;
#[path = "ffi/process.rs"]
mod process;
#[path = "ffi/scenarios.rs"]
mod scenarios;
#[path = "ffi/threads.rs"]
mod threads;
#[path = "ffi/writes.rs"]
mod writes;

use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use seerflow::ffi::config::*;
use seerflow::ffi::error::*;
use seerflow::ffi::event::*;
use seerflow::ffi::page::*;
use seerflow::ffi::query::*;
use seerflow::ffi::status::seerflow_status;
use seerflow::ffi::store::*;
use seerflow::ffi::text::seerflow_str;
use seerflow::ffi::write::*;
use seerflow::record::Field;

const LINE: &str =
    "Mar 14 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n";

/// A place for an error, which tells what a call failed with.
struct ErrorPlace(*mut seerflow_error);

impl ErrorPlace {
    fn new() -> Self {
        Self(null_mut())
    }

    fn message(&self) -> String {
        unsafe { text(seerflow_error_message(self.0)) }
    }
}

impl Drop for ErrorPlace {
    fn drop(&mut self) {
        unsafe { seerflow_error_destroy(self.0) }
    }
}

/// Makes a call with a place for its error and expects success.
#[track_caller]
fn ok(call: impl FnOnce(*mut *mut seerflow_error) -> seerflow_status) {
    let mut error = ErrorPlace::new();
    let status = call(&mut error.0);
    assert_eq!(status, seerflow_status::Ok, "{}", error.message());
    assert!(error.0.is_null(), "an error is written on failure only");
}

/// Makes a call with a place for its error, expects this failure and returns its text.
#[track_caller]
fn fails(wanted: seerflow_status, call: impl FnOnce(*mut *mut seerflow_error) -> seerflow_status) -> String {
    let mut error = ErrorPlace::new();
    let status = call(&mut error.0);
    assert_eq!(status, wanted, "{}", error.message());
    assert!(!error.0.is_null(), "a failure has details");
    assert_eq!(unsafe { seerflow_error_code(error.0) }, wanted);
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

/// Tests that fork have the process to themselves: a child must be made while no thread works with a store.
static STORES: RwLock<()> = RwLock::new(());

enum Company {
    Others(#[allow(dead_code)] RwLockReadGuard<'static, ()>),
    Nobody(#[allow(dead_code)] RwLockWriteGuard<'static, ()>),
}

fn among_others() -> Company {
    Company::Others(STORES.read().unwrap_or_else(PoisonError::into_inner))
}

/// A store in a folder of its own.
struct Host {
    store: *mut seerflow_store,
    folder: tempfile::TempDir,
    _company: Company,
}

impl Host {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(options: &[(&str, &str)]) -> Self {
        Self::in_company(options, among_others())
    }

    /// A store in a process in which there is no other.
    fn alone() -> Self {
        Self::in_company(
            &[],
            Company::Nobody(STORES.write().unwrap_or_else(PoisonError::into_inner)),
        )
    }

    fn in_company(options: &[(&str, &str)], company: Company) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("seerflow.db"), options);
        Self {
            store,
            folder,
            _company: company,
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("seerflow.db")
    }

    /// Writes lines and waits for the commit.
    #[track_caller]
    fn write(&self, lines: &str) {
        let mut options = options();
        options.durable = 1;
        ok(|error| unsafe {
            let (data, length) = (lines.as_ptr().cast(), lines.len());
            seerflow_store_write_lines(self.store, data, length, &options, null_mut(), null_mut(), error)
        });
    }

    #[track_caller]
    fn search(&self, text: &str) -> *mut seerflow_page {
        let (text, mut page) = (CString::new(text).unwrap(), null_mut());
        ok(|error| unsafe { seerflow_store_search(self.store, text.as_ptr(), 100, &mut page, error) });
        page
    }

    /// Keeps the store from committing until the lock is dropped.
    fn lock(&self) -> rusqlite::Connection {
        ok(|error| unsafe { seerflow_store_start(self.store, error) });
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

fn open(path: &std::path::Path, options: &[(&str, &str)]) -> *mut seerflow_store {
    let (mut config, mut store) = (null_mut(), null_mut());
    ok(|error| unsafe { seerflow_config_new(&mut config, error) });
    for (key, value) in options
        .iter()
        .copied()
        .chain([("storage.sqlite_path", path.to_str().unwrap())])
    {
        let (key, value) = (CString::new(key).unwrap(), CString::new(value).unwrap());
        ok(|error| unsafe { seerflow_config_set(config, key.as_ptr(), value.as_ptr(), error) });
    }
    ok(|error| unsafe { seerflow_store_open(config, &mut store, error) });
    unsafe { seerflow_config_destroy(config) };
    store
}

fn options() -> seerflow_write_options {
    let mut options = std::mem::MaybeUninit::uninit();
    ok(|error| unsafe {
        seerflow_write_options_init(options.as_mut_ptr(), size_of::<seerflow_write_options>(), error)
    });
    unsafe { options.assume_init() }
}

#[test]
fn a_line_goes_in_and_comes_out() {
    let host = Host::new();
    let mut consumed = 0;
    ok(|error| unsafe {
        let data = LINE.as_ptr().cast();
        seerflow_store_write_lines(
            host.store,
            data,
            LINE.len(),
            null(),
            &mut consumed,
            null_mut(),
            error,
        )
    });
    assert_eq!(consumed, LINE.len());
    ok(|error| unsafe { seerflow_store_flush(host.store, 10_000, null(), error) });

    let page = host.search("\"accepted password\"");
    unsafe {
        assert_eq!(seerflow_page_count(page), 1);
        let event = seerflow_page_event(page, 0);
        let (mut message, mut severity, mut time) = (seerflow_str::default(), 0, 0);
        ok(|error| seerflow_event_get_text(event, Field::Message as u32, &mut message, error));
        ok(|error| seerflow_event_get_int(event, Field::SeverityId as u32, &mut severity, error));
        ok(|error| seerflow_event_get_int(event, Field::TimestampNs as u32, &mut time, error));
        assert_eq!(
            string(message),
            "Accepted password for deploy from 203.0.113.66 port 51514 ssh2"
        );
        assert_eq!(severity, 1);
        assert!(time > 0);
        assert!(seerflow_page_event(page, 1).is_null());
        let mut json = null();
        ok(|error| seerflow_event_json(event, &mut json, null_mut(), error));
        assert!(text(json).contains(r#""source_type":"sshd""#), "{}", text(json));
        seerflow_page_destroy(page);
    }
}

#[test]
fn queries_page_by_cursor_and_count() {
    let host = Host::new();
    host.write(&LINE.repeat(25));
    let (mut query, mut total, mut seen, mut cursor) = (null_mut(), 0, 0, CString::default());
    unsafe {
        ok(|error| seerflow_query_new(&mut query, error));
        ok(|error| seerflow_query_set_limit(query, 10, error));
        ok(|error| seerflow_query_set_total(query, seerflow_total::Exact as u32, 0, error));
        ok(|error| seerflow_query_set_source_type(query, c"sshd".as_ptr(), error));
        ok(|error| seerflow_query_set_order(query, seerflow_order::Arrival as u32, error));
        loop {
            let mut page = null_mut();
            ok(|error| seerflow_store_query_events(host.store, query, &mut page, error));
            assert!(seerflow_page_total(page, &mut total));
            seen += seerflow_page_count(page);
            let mut ndjson = null();
            let mut length = 0;
            ok(|error| seerflow_page_ndjson(page, &mut ndjson, &mut length, error));
            assert_eq!(text(ndjson).lines().count(), seerflow_page_count(page));
            assert_eq!(text(ndjson).len(), length);
            let next = seerflow_page_next_cursor(page);
            if next.is_null() {
                assert!(!seerflow_page_last_cursor(page).is_null());
                seerflow_page_destroy(page);
                break;
            }
            cursor.clone_from(&CString::from(CStr::from_ptr(next)));
            seerflow_page_destroy(page);
            ok(|error| seerflow_query_set_cursor(query, cursor.as_ptr(), error));
        }
        seerflow_query_destroy(query);
    }
    assert_eq!((seen, total), (25, 25));
}

//! What a query object of any kind has: the question, a bound on the time, a flag that stops it.

use std::ffi::c_char;
use std::sync::Mutex;

use super::error::seerflow_error;
use super::guard::{call, call_on};
use super::handle::{self, Object};
use super::interrupt::{self, seerflow_interrupt};
use super::out::Out;
use super::status::seerflow_status;
use super::text::optional_text;
use super::write::SEERFLOW_DEFAULT_TIMEOUT_MS;
use super::{control, lock};
use crate::error::Result;
use crate::record::{AlertQuery, Control, EventQuery, Interrupt};

/// A question as the record has it.
pub(crate) trait Question: Clone + Default + Send + 'static {
    /// Checks it.
    fn validate(&self) -> Result<()>;
}

impl Question for EventQuery {
    fn validate(&self) -> Result<()> {
        self.validate()
    }
}

impl Question for AlertQuery {
    fn validate(&self) -> Result<()> {
        self.validate()
    }
}

/// What is behind a query's handle.
#[derive(Clone, Debug)]
pub struct Ask<Q> {
    pub(crate) query: Q,
    pub(crate) timeout_ms: i64,
    interrupt: Option<Interrupt>,
}

impl<Q: Default> Default for Ask<Q> {
    fn default() -> Self {
        Self {
            query: Q::default(),
            timeout_ms: SEERFLOW_DEFAULT_TIMEOUT_MS,
            interrupt: None,
        }
    }
}

impl<Q> Ask<Q> {
    /// Returns the bound of an answer that begins now.
    pub(crate) fn control(&self) -> Control {
        control(self.timeout_ms, self.interrupt.clone())
    }
}

/// Makes a query with its defaults.
///
/// # Safety
/// As for [`call`] and [`Out::new`].
pub(crate) unsafe fn make<O: Object<Value = Mutex<Ask<Q>>>, Q: Question>(
    query: *mut *mut O,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call(error, || {
            Out::new(query, "query")?.put(handle::make(Mutex::new(Ask::default())));
            Ok(())
        })
    }
}

/// Changes a query, if what comes out is one.
///
/// # Safety
/// As for [`call_on`].
pub(crate) unsafe fn edit<O: Object<Value = Mutex<Ask<Q>>>, Q: Question>(
    query: *mut O,
    error: *mut *mut seerflow_error,
    change: impl FnOnce(&mut Q) -> Result<()>,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call_on(query, error, |ask| {
            let mut ask = lock(ask);
            let mut changed = ask.query.clone();
            change(&mut changed)?;
            changed.validate()?;
            ask.query = changed;
            Ok(())
        })
    }
}

/// Changes a query by what cannot fail of itself.
///
/// # Safety
/// As for [`call_on`].
pub(crate) unsafe fn set<O: Object<Value = Mutex<Ask<Q>>>, Q: Question>(
    query: *mut O,
    error: *mut *mut seerflow_error,
    change: impl FnOnce(&mut Q),
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        edit(query, error, |query| {
            change(query);
            Ok(())
        })
    }
}

/// Changes a text of a query; NULL for none.
///
/// # Safety
/// As for [`call_on`] and [`optional_text`].
pub(crate) unsafe fn set_text<O: Object<Value = Mutex<Ask<Q>>>, Q: Question>(
    query: *mut O,
    text: *const c_char,
    name: &str,
    error: *mut *mut seerflow_error,
    change: impl FnOnce(&mut Q, Option<String>),
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        edit(query, error, |query| {
            change(query, optional_text(text, name)?.map(str::to_owned));
            Ok(())
        })
    }
}

/// # Safety
/// As for [`call_on`].
pub(crate) unsafe fn set_timeout<O: Object<Value = Mutex<Ask<Q>>>, Q: Question>(
    query: *mut O,
    timeout_ms: i64,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call_on(query, error, |ask| {
            lock(ask).timeout_ms = timeout_ms;
            Ok(())
        })
    }
}

/// # Safety
/// As for [`call_on`]; `interrupt` is NULL or a live handle.
pub(crate) unsafe fn set_interrupt<O: Object<Value = Mutex<Ask<Q>>>, Q: Question>(
    query: *mut O,
    interrupt: *const seerflow_interrupt,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call_on(query, error, |ask| {
            lock(ask).interrupt = interrupt::share(interrupt)?;
            Ok(())
        })
    }
}

/// Takes what a query says now.
///
/// # Safety
/// As for [`handle::get`].
pub(crate) unsafe fn take<O: Object<Value = Mutex<Ask<Q>>>, Q: Question>(query: *const O) -> Result<Ask<Q>> {
    // SAFETY: the caller keeps the contract.
    let handle = unsafe { handle::get(query) }?;
    handle.check_poison()?;
    Ok(lock(handle.value()).clone())
}

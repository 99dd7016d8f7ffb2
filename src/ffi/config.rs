//! `seerflow_config`: the options of a store.

use std::ffi::{CString, c_char, c_void};
use std::sync::Mutex;

use once_cell::sync::Lazy;

use super::error::seerflow_error;
use super::guard::{call, call_for, call_on, destroy};
use super::handle::{self, Object};
use super::lock;
use super::out::{Out, Place};
use super::status::seerflow_status;
use super::text::{Buffer, c_string, path, required_text};
use crate::config::{Config, OPTIONS};
use crate::error::{Error, ErrorKind};
use crate::log::{Level, Logger};

/// Options for seerflow_store_new, as pairs of text: a key and a value.
///
/// An option that is not set has its default. If an option is set more than once, by whatever function, the last
/// value counts. seerflow_config_option_at lists the keys.
pub struct seerflow_config {
    _opaque: [u8; 0],
}

/// The value of the handle.
#[derive(Debug, Default)]
pub struct Settings {
    pub(crate) config: Config,
    pub(crate) logger: Logger,
}

impl Object for seerflow_config {
    type Value = Mutex<Settings>;
    const NAME: &'static str = "seerflow_config";
    const MAGIC: [u8; 8] = *b"sf:confg";
}

/// The severity of a log record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_log_level {
    /// Data was lost, or something does not work.
    Error = 1,
    /// Something failed and is retried.
    Warning = 2,
    /// Something started or finished.
    Info = 3,
    /// Details.
    Debug = 4,
}

impl From<Level> for seerflow_log_level {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
        }
    }
}

/// A log level passed from C, not yet validated.
pub type LevelNumber = u32;

/// Receives one log record of the library.
///
/// `text` has `length` bytes and a NUL after them. It is valid until the callback returns.
///
/// The callback may run on any thread, and on several at once, while the library holds locks. It must not call this
/// library and must not block. It must not throw an exception or call longjmp: an exception that leaves it aborts the
/// program.
pub type seerflow_log_callback = Option<
    unsafe extern "C" fn(user_data: *mut c_void, level: LevelNumber, text: *const c_char, length: usize),
>;

/// Creates a configuration in which every option has its default.
///
/// Threads: any. Blocking: never. Ownership: the caller destroys it with seerflow_config_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_new(
    config: *mut *mut seerflow_config,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(config, "config")?.put(handle::make(Mutex::default()));
            Ok(())
        })
    }
}

/// Sets options from the `storage` section of a YAML file, such as Seerflow's seerflow.yaml.
///
/// `${VAR}` and `${VAR:-default}` in a value are replaced by environment variables. If the function fails, the
/// options before the faulty one are already set.
///
/// Threads: any number at once; no other thread may change the environment meanwhile. Blocking: reads the file.
/// Errors: SEERFLOW_STATUS_CONFIG if the file is not valid YAML, or for an unknown key, a bad value or an unset
/// variable; SEERFLOW_STATUS_NOT_FOUND if the file does not exist.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_load_file(
    config: *mut seerflow_config,
    file: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and NUL-terminated texts.
    unsafe {
        call_on(config, error, |settings| {
            lock(settings).config.load_file(&path(file, "file")?)
        })
    }
}

/// Sets options from environment variables.
///
/// SEERFLOW_STORAGE_DURABILITY sets `storage.durability`, and so on for every key.
///
/// Threads: any number at once; no other thread may change the environment meanwhile. Blocking: never. Errors:
/// SEERFLOW_STATUS_CONFIG for a bad value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_load_env(
    config: *mut seerflow_config,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle.
    unsafe { call_on(config, error, |settings| lock(settings).config.load_env()) }
}

/// Sets one option.
///
/// Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_CONFIG for an unknown key or a bad value;
/// the message names the key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_set(
    config: *mut seerflow_config,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and NUL-terminated texts.
    unsafe {
        call_on(config, error, |settings| {
            lock(settings)
                .config
                .set(required_text(key, "key")?, required_text(value, "value")?)
        })
    }
}

/// Copies the value of an option, or its default, into a buffer.
///
/// The password of a connection string is replaced by `***`. `*length` is set to the length of the value in bytes,
/// without its NUL. If `*length >= capacity`, the copy was truncated to what fits, still followed by a NUL. `buffer`
/// may be NULL if `capacity` is 0; `length` may be NULL if `capacity` is not 0.
///
/// Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_CONFIG for an unknown key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_get(
    config: *const seerflow_config,
    key: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle, a NUL-terminated text and a buffer of the capacity.
    unsafe {
        let buffer = Buffer::new(buffer, capacity, length);
        call_for(config, buffer, error, |settings| {
            lock(settings).config.get(required_text(key, "key")?)
        })
    }
}

/// Sets the callback that receives the library's log records.
///
/// The callback gets records of `level` and of more severe levels: with SEERFLOW_LOG_LEVEL_WARNING, errors and
/// warnings. NULL, the default, means no callback. The setting applies to stores that are created afterwards.
///
/// Threads: any number at once. Blocking: never. Ownership: `user_data` belongs to the caller and must live until
/// every such store is destroyed. Errors: SEERFLOW_STATUS_INVALID for a level outside 1 to 4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_set_log(
    config: *mut seerflow_config,
    level: LevelNumber,
    callback: seerflow_log_callback,
    user_data: *mut c_void,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires a live handle and a callback as described.
    unsafe {
        call_on(config, error, |settings| {
            if !(1..=seerflow_log_level::Debug as u32).contains(&level) {
                return Err(Error::invalid(format!("level {level} is outside 1..4")));
            }
            let Some(callback) = callback else {
                lock(settings).logger = Logger::default();
                return Ok(());
            };
            let user_data = UserData(user_data);
            lock(settings).logger = Logger::new(move |of, text| {
                let of = seerflow_log_level::from(of) as u32;
                if of <= level {
                    let text = c_string(text);
                    callback(user_data.get(), of, text.as_ptr(), text.as_bytes().len());
                }
            });
            Ok(())
        })
    }
}

/// A pointer that the host passes in. It is handed back to callbacks and never dereferenced.
#[derive(Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the pointer is not dereferenced here, and the header says that callbacks run on any thread.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn get(self) -> *mut c_void {
        self.0
    }
}

/// Destroys a configuration. Does nothing for NULL. Stores that were created from it have their own copy.
///
/// Threads: no other call on the object may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_destroy(config: *mut seerflow_config) {
    // SAFETY: the header requires NULL, or a live handle that no other call uses.
    unsafe { destroy(config) }
}

static OPTION_TEXTS: Lazy<Vec<[CString; 3]>> = Lazy::new(|| {
    OPTIONS
        .iter()
        .map(|option| [option.key, option.default, option.doc].map(c_string))
        .collect()
});

/// Returns the number of options.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_config_option_count() -> usize {
    OPTIONS.len()
}

/// Returns the key, the default and a one-sentence description of an option.
///
/// `index` is 0 or larger and below seerflow_config_option_count. Each of the three result pointers may be NULL.
///
/// Threads: any. Blocking: never. Ownership: the texts are static. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is
/// past the last option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_option_at(
    index: usize,
    key: *mut *const c_char,
    default_value: *mut *const c_char,
    doc: *mut *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header requires NULL or valid pointers.
    unsafe {
        call(error, || {
            let places = [
                Out::optional(key, "key")?,
                Out::optional(default_value, "default_value")?,
                Out::optional(doc, "doc")?,
            ];
            let texts = OPTION_TEXTS.get(index);
            let texts = texts.ok_or_else(|| {
                Error::new(
                    ErrorKind::NotFound,
                    format!("option index {index} is out of range"),
                )
            })?;
            for (place, text) in places.into_iter().zip(texts) {
                place.put(text.as_ptr());
            }
            Ok(())
        })
    }
}

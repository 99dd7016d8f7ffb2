//! `seerflow_config`: what a store is opened with.

use std::ffi::{CString, c_char, c_void};
use std::sync::Mutex;

use once_cell::sync::Lazy;

use super::error::seerflow_error;
use super::guard::{call, call_on, destroy};
use super::handle::{self, Object};
use super::lock;
use super::out::Out;
use super::status::seerflow_status;
use super::text::{Buffer, c_string, path, required_text};
use crate::config::{Config, OPTIONS};
use crate::error::{Error, ErrorKind};
use crate::log::{Level, Logger};

/// Options for seerflow_store_new: keys and values, both text. An option that is not set has its default.
///
/// A value that is set later replaces one that was set before, from wherever it came. The keys are listed by
/// seerflow_config_option_at.
///
/// Methods: seerflow_config_new, seerflow_config_load_file, seerflow_config_load_env, seerflow_config_set,
/// seerflow_config_get, seerflow_config_set_log, seerflow_config_destroy.
pub struct seerflow_config {
    _opaque: [u8; 0],
}

/// What is behind the handle.
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

/// How important a log record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_log_level {
    /// Something is lost or does not work.
    Error = 1,
    /// Something does not work yet and is tried again.
    Warning = 2,
    /// Something began or ended.
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

/// A log level as it comes from C: any number.
pub type LevelNumber = u32;

/// Receives one log record: its level, and its text, which has `length` bytes and ends in NUL.
///
/// It runs on any thread, on several at once, while locks of the library are held: it must not call this library and must not
/// wait. It must neither throw nor jump (longjmp): an exception that leaves it aborts the program. The text lives until it
/// returns.
pub type seerflow_log_callback = Option<
    unsafe extern "C" fn(user_data: *mut c_void, level: LevelNumber, text: *const c_char, length: usize),
>;

/// Makes a configuration with every option at its default.
///
/// Ownership: the caller destroys it.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_new(
    config: *mut *mut seerflow_config,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe {
        call(error, || {
            Out::new(config, "config")?.put(handle::make(Mutex::default()));
            Ok(())
        })
    }
}

/// Takes the `storage` section of a YAML file, such as Seerflow's own seerflow.yaml. `${VAR}` and `${VAR:-default}` are
/// replaced by environment variables.
///
/// On an error, options that stand before the bad one are set already.
///
/// Blocking: reads the file.
///
/// Threads: any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_load_file(
    config: *mut seerflow_config,
    file: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NUL-terminated texts.
    unsafe {
        call_on(config, error, |settings| {
            lock(settings).config.load_file(&path(file, "file")?)
        })
    }
}

/// Takes options from the environment: SEERFLOW_STORAGE_DURABILITY sets `storage.durability`, and so on.
///
/// Threads: no other thread may change the environment meanwhile. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_load_env(
    config: *mut seerflow_config,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle.
    unsafe { call_on(config, error, |settings| lock(settings).config.load_env()) }
}

/// Sets one option; SEERFLOW_STATUS_CONFIG for an unknown key or a bad value, naming the key.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_set(
    config: *mut seerflow_config,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and NUL-terminated texts.
    unsafe {
        call_on(config, error, |settings| {
            lock(settings)
                .config
                .set(required_text(key, "key")?, required_text(value, "value")?)
        })
    }
}

/// Copies an option's value, or its default, into a buffer. The password of a connection string is replaced by `***`.
///
/// `*length` gets the value's length in bytes without its NUL. Where the buffer has no room for all of it, what fits is
/// copied and ended in NUL: `*length >= capacity` tells. `buffer` may be NULL if `capacity` is 0, `length` if it is not.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_get(
    config: *const seerflow_config,
    key: *const c_char,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle, a NUL-terminated text and a buffer of the capacity.
    unsafe {
        call_on(config, error, |settings| {
            let buffer = Buffer::new(buffer, capacity, length)?;
            buffer.put(&lock(settings).config.get(required_text(key, "key")?)?);
            Ok(())
        })
    }
}

/// Has log records of at most this level handed to a function: with SEERFLOW_LOG_LEVEL_WARNING errors and warnings.
/// NULL for none, which is the default. Counts for stores that are made afterwards.
///
/// Ownership: `user_data` is the caller's; it must live until every such store is destroyed.
///
/// Threads: any number at once. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_set_log(
    config: *mut seerflow_config,
    level: LevelNumber,
    callback: seerflow_log_callback,
    user_data: *mut c_void,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands a live handle and a function that keeps its terms.
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

/// A pointer of the host's, carried and never followed.
#[derive(Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the pointer is not followed here, and the header says that callbacks come from any thread.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn get(self) -> *mut c_void {
        self.0
    }
}

/// Destroys a configuration. Stores that were made from it keep their own copy. NULL is fine.
///
/// Threads: no other call on the object may run. Blocking: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_destroy(config: *mut seerflow_config) {
    // SAFETY: the header demands NULL or a live handle that nobody uses.
    unsafe { destroy(config) }
}

static OPTION_TEXTS: Lazy<Vec<[CString; 3]>> = Lazy::new(|| {
    OPTIONS
        .iter()
        .map(|option| [option.key, option.default, option.doc].map(c_string))
        .collect()
});

/// Returns the number of options that there are.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_config_option_count() -> usize {
    OPTIONS.len()
}

/// Tells an option's key, its default, and what it does in one sentence, by a number from 0. Each of the three may be
/// NULL. SEERFLOW_STATUS_NOT_FOUND behind the last one.
///
/// Threads: any. Blocking: never. Ownership: the texts are static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn seerflow_config_option_at(
    index: usize,
    key: *mut *const c_char,
    default_value: *mut *const c_char,
    doc: *mut *const c_char,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    // SAFETY: the header demands NULL or valid pointers.
    unsafe {
        call(error, || {
            let places = [
                Out::optional(key, "key")?,
                Out::optional(default_value, "default_value")?,
                Out::optional(doc, "doc")?,
            ];
            let texts = OPTION_TEXTS.get(index);
            let texts = texts
                .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no option {index}")))?;
            for (place, text) in places.into_iter().zip(texts) {
                if let Some(place) = place {
                    place.put(text.as_ptr());
                }
            }
            Ok(())
        })
    }
}

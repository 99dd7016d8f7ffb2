//! Which library this is. The macros of the same meaning are put into the header by `tests/header.rs`.

use std::ffi::{CStr, c_char};

/// The number of the binary interface. It grows when a program has to be compiled again.
pub const SEERFLOW_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL"),
};

/// Returns the version of the library that is linked, such as "1.0.0". Compare it with SEERFLOW_VERSION, the version that the program was compiled against.
///
/// Threads: any. Blocking: never. Ownership: the text is static.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Returns the ABI version of the library that is linked. It must equal SEERFLOW_ABI_VERSION.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_abi_version() -> u32 {
    SEERFLOW_ABI_VERSION
}

//! The version of the library. `tests/header.rs` adds the macros with the same meaning to the header.

use std::ffi::{CStr, c_char};

/// The version of the binary interface. It is incremented when programs must be compiled again.
pub const SEERFLOW_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL"),
};

/// Returns the version of the library that the program runs with, such as "1.0.0".
///
/// SEERFLOW_VERSION is the version that the program was compiled against.
///
/// Threads: any. Blocking: never. Ownership: the text is static.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Returns the version of the library that the program runs with as one number: 1.2.3 is 10203.
///
/// SEERFLOW_VERSION_NUMBER is the version that the program was compiled against.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_version_number() -> u32 {
    const NUMBER: u32 = part(env!("CARGO_PKG_VERSION_MAJOR")) * 10_000
        + part(env!("CARGO_PKG_VERSION_MINOR")) * 100
        + part(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

const fn part(text: &str) -> u32 {
    match u32::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("a part of a version is a number"),
    }
}

/// Returns the ABI version of the library that the program runs with. It must equal SEERFLOW_ABI_VERSION.
///
/// Threads: any. Blocking: never.
#[unsafe(no_mangle)]
pub extern "C" fn seerflow_abi_version() -> u32 {
    SEERFLOW_ABI_VERSION
}

//! The owner of the server behind a Unix socket.

use std::ffi::{CStr, c_char};
use std::io;
use std::mem::MaybeUninit;

/// The longest record of a user, in bytes.
const RECORD: usize = 64 << 10;

/// Checks that the process at the other end of a socket runs as a user.
///
/// # Errors
/// [`PermissionDenied`](io::ErrorKind::PermissionDenied) if it does not.
pub fn check(uid: u32, owner: &str) -> io::Result<()> {
    let name = name_of(uid);
    if name.as_deref() == Some(owner) {
        return Ok(());
    }
    let name = name.unwrap_or_else(|| uid.to_string());
    let text = format!("requirepeer is {owner}, but the server runs as {name}");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
}

/// Looks the name of a user up.
fn name_of(uid: u32) -> Option<String> {
    let mut user = MaybeUninit::uninit();
    let mut texts: Vec<c_char> = vec![0; RECORD];
    let mut found = std::ptr::null_mut();
    // SAFETY: the pointers are valid for the call, and the length is that of the buffer.
    let failed = unsafe {
        libc::getpwuid_r(
            uid,
            user.as_mut_ptr(),
            texts.as_mut_ptr(),
            texts.len(),
            &mut found,
        )
    };
    if failed != 0 || found.is_null() {
        return None;
    }
    // SAFETY: the call succeeded, so `user` is initialised and its name is a text in `texts`.
    let name = unsafe { CStr::from_ptr(user.assume_init().pw_name) };
    Some(name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_compared_by_name() {
        assert!(check(0, "root").is_ok());
        let error = check(0, "postgres").unwrap_err();
        assert_eq!(
            error.to_string(),
            "requirepeer is postgres, but the server runs as root"
        );
        assert!(
            check(4_000_000_000, "postgres")
                .unwrap_err()
                .to_string()
                .contains("4000000000")
        );
    }
}

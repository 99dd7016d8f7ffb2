//! File locks that another SQLite in the process, or any close() of the host, cannot release.
//!
//! SQLite locks a database with POSIX record locks. They belong to the process and the inode: "As well as being removed by an explicit
//! F_UNLCK, record locks are automatically released [...] if a process closes any file descriptor referring to the file" (fcntl(2)).
//! SQLite handles that for its own descriptors (see "Posix Advisory Locking" in its os_unix.c), but not for another SQLite in the
//! process. A close() of that one releases our locks; then it sees no other user and removes our write-ahead log.
//!
//! Linux has locks that belong to an open file description instead (fcntl(2), "Open file description locks"). They last until the
//! description's last descriptor is closed, and conflict with the POSIX locks of every process, including this one. So the lock commands
//! of our SQLite's fcntl() are replaced by theirs.
//!
//! SQLite counts locks per inode, and may unlock through another descriptor than it locked with. So all its descriptors of an inode share
//! one descriptor that holds the locks, the holder: a duplicate of the first of them, closed after the last of them.
//!
//! The child of a fork inherits the open file description, and the lock would outlive a parent that dies. So the child closes SQLite's
//! descriptors (`fork.rs`), and does not inherit SQLite's shared memory, because a mapping refers to the description too.
//!
//! Without such locks SQLite uses POSIX locks, and [`Place`](super::place::Place) detects a log that was removed.

use std::io;

use rusqlite::{Connection, ffi};

use crate::error::{Error, ErrorKind, Result};
use crate::fork;

/// Prepares SQLite; called before a database file is opened.
///
/// # Errors
/// [`Forked`](crate::error::ErrorKind::Forked) in the child of a process that used the library.
pub fn prepare() -> Result<()> {
    fork::mark_used()?;
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    once_cell::sync::Lazy::force(&linux::REPLACED);
    Ok(())
}

/// Adds the system's reason to the error of a connection that failed to read or write a file.
pub fn with_reason(conn: &Connection, error: Error) -> Error {
    // SAFETY: the connection is open, and this thread uses it alone.
    let reason = unsafe { ffi::sqlite3_system_errno(conn.handle()) };
    explained(error, reason)
}

/// Runs `open`, and adds the system's reason if it failed to open a file.
pub fn opening<T>(open: impl FnOnce() -> Result<T>) -> Result<T> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        linux::REASON.set(0);
        open().map_err(|error| explained(error, linux::REASON.get()))
    }
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    open()
}

fn explained(error: Error, reason: i32) -> Error {
    if error.kind() != ErrorKind::Io || reason == 0 {
        return error;
    }
    Error::new(
        ErrorKind::Io,
        format!("{error}: {}", io::Error::from_raw_os_error(reason)),
    )
}

/// Only on 64-bit systems: on others SQLite's `struct flock` differs from that of the libc crate.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod linux {
    use std::cell::Cell;
    use std::ffi::{c_char, c_int, c_void};
    use std::{io, mem, ptr};

    use libc::{F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
    use once_cell::sync::Lazy;
    use parking_lot::Mutex;
    use rusqlite::ffi;

    use crate::fork;

    /// A descriptor of SQLite that it has locked or queried.
    struct Locked {
        descriptor: c_int,
        device: libc::dev_t,
        inode: libc::ino_t,
        /// The descriptor that holds the locks of this inode; `None` if the kernel or the file system supports only POSIX locks.
        holder: Option<c_int>,
    }

    static LOCKED: Mutex<Vec<Locked>> = Mutex::new(Vec::new());

    thread_local! {
        /// The errno of the last open() or lstat() of this thread that failed.
        pub static REASON: Cell<i32> = const { Cell::new(0) };
    }

    /// Replaces SQLite's system calls once; they are global to the process.
    pub static REPLACED: Lazy<()> = Lazy::new(|| {
        let calls = [
            (c"open", open as *const ()),
            (c"lstat", lstat as *const ()),
            (c"close", close as *const ()),
            (c"fcntl", fcntl as *const ()),
            (c"mmap", mmap as *const ()),
        ];
        // SAFETY: the default VFS lives as long as the process, and SQLite calls each function with the arguments of the one it replaces.
        // It calls fcntl() as a variadic function; on Linux the third argument is then where a function of three arguments expects it.
        unsafe {
            let vfs = ffi::sqlite3_vfs_find(ptr::null());
            let Some(replace) = vfs.as_ref().and_then(|vfs| vfs.xSetSystemCall) else {
                return;
            };
            for (name, call) in calls {
                replace(
                    vfs,
                    name.as_ptr(),
                    mem::transmute::<*const (), ffi::sqlite3_syscall_ptr>(call),
                );
            }
        }
    });

    unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
        // SAFETY: SQLite's own arguments.
        let opened = fork::open_registered(|| unsafe { libc::open(path, flags, mode) });
        if opened < 0 {
            REASON.set(errno());
        }
        opened
    }

    /// SQLite calls it for each part of a path before it opens the file.
    unsafe extern "C" fn lstat(path: *const c_char, file: *mut libc::stat) -> c_int {
        // SAFETY: SQLite's own arguments.
        let done = unsafe { libc::lstat(path, file) };
        if done < 0 {
            REASON.set(errno());
        }
        done
    }

    fn errno() -> i32 {
        io::Error::last_os_error().raw_os_error().unwrap_or_default()
    }

    unsafe extern "C" fn close(descriptor: c_int) -> c_int {
        if fork::is_first_user() {
            let mut locked = LOCKED.lock();
            if let Some(place) = locked.iter().position(|locked| locked.descriptor == descriptor) {
                let gone = locked.swap_remove(place);
                if let Some(holder) = gone.holder
                    && locked.iter().all(|other| other.holder != Some(holder))
                {
                    // SAFETY: the holder is ours alone, and no descriptor uses it any more.
                    fork::close_registered(holder, || unsafe { libc::close(holder) });
                }
            }
        }
        // SAFETY: SQLite's own argument.
        fork::close_registered(descriptor, || unsafe { libc::close(descriptor) })
    }

    unsafe extern "C" fn mmap(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        descriptor: c_int,
        offset: libc::off_t,
    ) -> *mut c_void {
        // SAFETY: SQLite's own arguments. The advice concerns the mapping that was just made.
        fork::between_forks(|| unsafe {
            let made = libc::mmap(address, length, protection, flags, descriptor, offset);
            if made != libc::MAP_FAILED {
                libc::madvise(made, length, libc::MADV_DONTFORK);
            }
            made
        })
    }

    unsafe extern "C" fn fcntl(descriptor: c_int, command: c_int, argument: *mut c_void) -> c_int {
        let lasting = match command {
            libc::F_GETLK => F_OFD_GETLK,
            libc::F_SETLK => F_OFD_SETLK,
            libc::F_SETLKW => F_OFD_SETLKW,
            // SAFETY: SQLite's own arguments.
            _ => return unsafe { libc::fcntl(descriptor, command, argument) },
        };
        let (descriptor, command) = match holder(descriptor) {
            Ok(Some(holder)) => {
                // SAFETY: a lock command comes with a lock. The kernel wants no process in it, and SQLite leaves the member as it is.
                unsafe { (*argument.cast::<libc::flock>()).l_pid = 0 };
                (holder, lasting)
            }
            Ok(None) => (descriptor, command),
            Err(_) => return -1,
        };
        // SAFETY: SQLite's own arguments. The holder stays open as long as the descriptor that it stands for.
        unsafe { libc::fcntl(descriptor, command, argument) }
    }

    /// Returns the descriptor that holds the locks of an inode; creates it at the inode's first lock.
    fn holder(descriptor: c_int) -> io::Result<Option<c_int>> {
        if !fork::is_first_user() {
            return Ok(None);
        }
        let mut locked = LOCKED.lock();
        if let Some(known) = locked.iter().find(|known| known.descriptor == descriptor) {
            return Ok(known.holder);
        }
        // SAFETY: a zeroed stat is a valid place to write one to.
        let mut file: libc::stat = unsafe { mem::zeroed() };
        // SAFETY: as above; the descriptor is SQLite's.
        if unsafe { libc::fstat(descriptor, &mut file) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let same = |known: &&Locked| (known.device, known.inode) == (file.st_dev, file.st_ino);
        let holder = match locked.iter().find(same) {
            Some(known) => known.holder,
            None if has_lasting_locks(descriptor) => Some(duplicate(descriptor)?),
            None => None,
        };
        locked.push(Locked {
            descriptor,
            device: file.st_dev,
            inode: file.st_ino,
            holder,
        });
        Ok(holder)
    }

    /// Queries a lock that nobody holds: a kernel without the command returns EINVAL.
    fn has_lasting_locks(descriptor: c_int) -> bool {
        // SAFETY: a zeroed lock is a valid one, of reading the whole file.
        let mut lock: libc::flock = unsafe { mem::zeroed() };
        lock.l_type = libc::F_RDLCK as _;
        // SAFETY: the descriptor is SQLite's, and the lock is live.
        let asked = unsafe { libc::fcntl(descriptor, F_OFD_GETLK, &mut lock) };
        asked == 0 || io::Error::last_os_error().raw_os_error() != Some(libc::EINVAL)
    }

    /// Duplicates a descriptor. Like SQLite's own descriptors, the duplicate is not 0, 1 or 2.
    fn duplicate(descriptor: c_int) -> io::Result<c_int> {
        // SAFETY: the descriptor is SQLite's.
        match fork::open_registered(|| unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 3) }) {
            -1 => Err(io::Error::last_os_error()),
            made => Ok(made),
        }
    }
}

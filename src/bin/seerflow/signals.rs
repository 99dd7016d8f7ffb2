//! Ctrl-C and its relatives: the first one asks what runs to end in good order, the second one ends the process.

use once_cell::sync::OnceCell;
use seerflow::record::Interrupt;

static INTERRUPT: OnceCell<Interrupt> = OnceCell::new();

/// Returns the flag that SIGINT, SIGTERM and SIGHUP raise.
pub fn watch() -> Interrupt {
    let interrupt = INTERRUPT.get_or_init(Interrupt::new).clone();
    #[cfg(unix)]
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        unix::handle(signal);
    }
    interrupt
}

/// Tells whether nobody reads standard output any more; `tail -f` would only notice at its next line otherwise.
pub fn stdout_is_closed() -> bool {
    #[cfg(unix)]
    return unix::stdout_is_closed();
    #[cfg(not(unix))]
    false
}

#[cfg(unix)]
mod unix {
    use std::mem::MaybeUninit;
    use std::ptr;

    use super::INTERRUPT;

    extern "C" fn raise(_signal: libc::c_int) {
        // Two atomic operations: nothing that a signal handler may not do.
        if let Some(interrupt) = INTERRUPT.get() {
            interrupt.raise();
        }
    }

    pub fn handle(signal: libc::c_int) {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        let mut before = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: both are valid places for a `sigaction`, for which all zeros is a valid value; `raise` is
        // async-signal-safe and lives forever.
        unsafe {
            libc::sigaction(signal, ptr::null(), before.as_mut_ptr());
            // Whoever started the program wants the signal ignored, as nohup does.
            if before.assume_init_ref().sa_sigaction == libc::SIG_IGN {
                return;
            }
            let action = action.assume_init_mut();
            action.sa_sigaction = raise as extern "C" fn(libc::c_int) as libc::sighandler_t;
            // Back to the default after the first; no restart, so that a read from a terminal or a pipe returns.
            action.sa_flags = libc::SA_RESETHAND;
            libc::sigaction(signal, action, ptr::null_mut());
        }
    }

    pub fn stdout_is_closed() -> bool {
        let mut stdout = libc::pollfd {
            fd: libc::STDOUT_FILENO,
            events: 0,
            revents: 0,
        };
        // SAFETY: one valid `pollfd`; a timeout of zero does not wait.
        let ready = unsafe { libc::poll(&mut stdout, 1, 0) };
        ready > 0 && stdout.revents & (libc::POLLERR | libc::POLLNVAL) != 0
    }
}

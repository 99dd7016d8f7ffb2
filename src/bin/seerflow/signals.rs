//! Signals such as Ctrl-C: the first asks the command to finish, the second ends the process.

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

/// Returns true if the reader of standard output is gone; `tail -f` would otherwise notice only at its next line.
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
        // Only two atomic operations, which are async-signal-safe.
        if let Some(interrupt) = INTERRUPT.get() {
            interrupt.raise();
        }
    }

    pub fn handle(signal: libc::c_int) {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        let mut before = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: both pointers refer to valid `sigaction` values, for which all zeros is valid; `raise` is async-signal-safe and
        // has static lifetime.
        unsafe {
            libc::sigaction(signal, ptr::null(), before.as_mut_ptr());
            // The parent process wants the signal ignored, as nohup does.
            if before.assume_init_ref().sa_sigaction == libc::SIG_IGN {
                return;
            }
            let action = action.assume_init_mut();
            action.sa_sigaction = raise as extern "C" fn(libc::c_int) as libc::sighandler_t;
            // Reset to the default after the first signal. No restart: a blocked read must return.
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
        // SAFETY: the pointer refers to one valid `pollfd`; a timeout of zero does not wait.
        let ready = unsafe { libc::poll(&mut stdout, 1, 0) };
        ready > 0 && stdout.revents & (libc::POLLERR | libc::POLLNVAL) != 0
    }
}

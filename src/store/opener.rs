//! Opens a database on a thread of its own, for reading or for writing. A caller waits until its deadline; the opening continues after
//! it.

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Interrupt};
use crate::sync::{Condvar, Mutex};
use crate::{process, threads};

/// The access that a database is opened for. Write includes read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Reading: changes nothing in the database.
    Read,
    /// Writing: creates the database, migrates it, or adopts the tables of Seerflow.
    Write,
}

impl Access {
    /// Returns the most access that `storage.read_only` allows.
    pub fn most(config: &Config) -> Self {
        if config.flag("storage.read_only") {
            Self::Read
        } else {
            Self::Write
        }
    }
}

/// Returns the error of a database that `storage.must_exist` requires.
pub fn missing() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "no database of Seerflow is there, and storage.must_exist is true",
    )
}

/// A database that is opened at its first use, and again if it is stale or a caller needs more access.
#[derive(Debug)]
pub struct Opener<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    /// The most access that a caller may get.
    most: Access,
    state: Mutex<State<T>>,
    changed: Condvar,
    /// Stops an opening.
    stop: Interrupt,
}

#[derive(Debug)]
struct State<T> {
    phase: Phase<T>,
    /// The database that the running opening replaces.
    replaced: Option<(Arc<T>, Access)>,
    /// Number of openings so far.
    attempts: u64,
    /// The last failed opening.
    failure: Option<Failure>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Phase<T> {
    Idle,
    Opener,
    Open(Arc<T>, Access),
    Closed,
}

#[derive(Debug)]
struct Failure {
    attempt: u64,
    access: Access,
    kind: ErrorKind,
    text: String,
}

impl<T: Send + Sync + 'static> Opener<T> {
    /// Makes an opener that gives at most this access; opens nothing.
    pub fn new(most: Access) -> Self {
        Self(Arc::new(Shared {
            most,
            state: Mutex::new(State {
                phase: Phase::Idle,
                replaced: None,
                attempts: 0,
                failure: None,
                thread: None,
            }),
            changed: Condvar::new(),
            stop: Interrupt::new(),
        }))
    }

    /// Returns the open database, if any.
    #[cfg(feature = "postgres")]
    pub fn current(&self) -> Option<Arc<T>> {
        match &self.0.state.lock().phase {
            Phase::Open(open, _) => Some(Arc::clone(open)),
            _ => None,
        }
    }

    /// Returns the open database if it has the `access` and `is_good`. Otherwise opens it with the function that `prepare` makes; the
    /// function gets the control that stops it and the database that it replaces. If it fails, the replaced database stays open. While a
    /// database is opened for writing, readers use the one that it replaces.
    ///
    /// # Errors
    /// Those of the opening; [`Timeout`](ErrorKind::Timeout) and [`Interrupted`](ErrorKind::Interrupted) if `control` ends the waiting,
    /// while the opening continues for later calls; [`Closed`](ErrorKind::Closed); [`Permission`](ErrorKind::Permission) for more access
    /// than the opener gives.
    pub fn get<W>(
        &self,
        access: Access,
        control: &Control,
        is_good: impl Fn(&T) -> bool,
        prepare: impl Fn() -> W,
    ) -> Result<Arc<T>>
    where
        W: FnOnce(&Control, Option<&Arc<T>>) -> Result<Arc<T>> + Send + 'static,
    {
        if access > self.0.most {
            return Err(Error::new(
                ErrorKind::Permission,
                "the store is open for reading only: storage.read_only is true",
            ));
        }
        let serves = |open: &T, has: Access| has >= access && is_good(open);
        let mut state = self.0.state.lock();
        // Failures of earlier openings do not concern this call.
        let first = state.attempts + u64::from(!matches!(state.phase, Phase::Opener));
        let mut mine = None;
        loop {
            if let Some(failure) = &state.failure
                && failure.attempt >= first
                && failure.access <= access
            {
                return Err(Error::new(failure.kind, failure.text.clone()));
            }
            match (&state.phase, &state.replaced) {
                (Phase::Closed, _) => return Err(Error::new(ErrorKind::Closed, "the store is closed")),
                // A database that this call opened is not checked again.
                (Phase::Open(open, has), _) if mine == Some(state.attempts) || serves(open, *has) => {
                    return Ok(Arc::clone(open));
                }
                (Phase::Opener, Some((open, has))) if serves(open, *has) => return Ok(Arc::clone(open)),
                (Phase::Opener, _) => {}
                (Phase::Open(..) | Phase::Idle, _) => {
                    self.begin(&mut state, access, prepare())?;
                    mine = Some(state.attempts);
                }
            }
            control
                .wait(&self.0.changed, &mut state)
                .map_err(|error| error.within("the database is still being opened"))?;
        }
    }

    /// Returns whether the database is open.
    pub fn is_open(&self) -> bool {
        matches!(self.0.state.lock().phase, Phase::Open(..))
    }

    fn begin(
        &self,
        state: &mut State<T>,
        access: Access,
        open: impl FnOnce(&Control, Option<&Arc<T>>) -> Result<Arc<T>> + Send + 'static,
    ) -> Result<()> {
        let attempt = state.attempts + 1;
        let replaced = match &state.phase {
            Phase::Open(open, has) => Some((Arc::clone(open), *has)),
            _ => None,
        };
        let before = replaced.as_ref().map(|(open, _)| Arc::clone(open));
        let shared = Arc::clone(&self.0);
        let thread = threads::spawn("seerflow-open", move || {
            let control = Control {
                deadline: None,
                interrupt: Some(shared.stop.clone()),
            };
            process::occupy_standard_descriptors();
            let opened = threads::catch_panic("opening the database", || open(&control, before.as_ref()));
            drop(before);
            shared.finish(attempt, access, opened);
        })?;
        state.attempts = attempt;
        state.phase = Phase::Opener;
        state.replaced = replaced;
        state.thread = Some(thread);
        Ok(())
    }

    /// Closes the opener and returns the open database. Stops a running opening and waits for its end.
    pub fn close(&self) -> Option<Arc<T>> {
        self.0.stop.raise();
        let (before, thread) = {
            let mut state = self.0.state.lock();
            let before = match std::mem::replace(&mut state.phase, Phase::Closed) {
                Phase::Open(open, _) => Some(open),
                _ => state.replaced.take().map(|(open, _)| open),
            };
            (before, state.thread.take())
        };
        self.0.changed.notify_all();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        before
    }
}

impl<T> Shared<T> {
    fn finish(&self, attempt: u64, access: Access, opened: Result<Arc<T>>) {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Closed) {
            return;
        }
        let replaced = state.replaced.take();
        match opened {
            Ok(opened) => state.phase = Phase::Open(opened, access),
            Err(error) => {
                state.phase = replaced.map_or(Phase::Idle, |(open, has)| Phase::Open(open, has));
                state.failure = Some(Failure {
                    attempt,
                    access,
                    kind: error.kind(),
                    text: error.to_string(),
                });
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    type Replaced<'r> = Option<&'r Arc<u32>>;

    fn get(opening: &Opener<u32>, access: Access, value: fn() -> Result<u32>) -> Result<u32> {
        let open = move |_: &Control, _: Replaced<'_>| value().map(Arc::new);
        opening
            .get(access, &Control::unbounded(), |_| true, || open)
            .map(|open| *open)
    }

    fn broken() -> Result<u32> {
        Err(Error::new(ErrorKind::Io, "no such server"))
    }

    #[test]
    fn it_is_opened_once_and_closed_once() {
        let opening = Opener::new(Access::Write);
        assert_eq!(get(&opening, Access::Write, || Ok(1)).unwrap(), 1);
        assert_eq!(get(&opening, Access::Write, || Ok(2)).unwrap(), 1);
        let open = || |_: &Control, _: Replaced<'_>| Ok(Arc::new(3));
        let again = opening.get(Access::Write, &Control::unbounded(), |_| false, open);
        assert_eq!(*again.unwrap(), 3);
        assert_eq!(opening.close().as_deref(), Some(&3));
        assert_eq!(opening.close(), None);
        let error = get(&opening, Access::Read, || Ok(4)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
    }

    #[test]
    fn a_failure_reaches_its_callers_and_no_later_one() {
        let opening = Opener::new(Access::Write);
        let error = get(&opening, Access::Write, broken).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Io, "no such server")
        );
        assert_eq!(get(&opening, Access::Write, || Ok(1)).unwrap(), 1);
    }

    #[test]
    fn a_writer_opens_again_what_is_open_for_reading() {
        let opening = Opener::new(Access::Write);
        assert_eq!(get(&opening, Access::Read, || Ok(1)).unwrap(), 1);
        assert!(get(&opening, Access::Write, broken).is_err());
        assert_eq!(get(&opening, Access::Read, broken).unwrap(), 1);
        assert_eq!(get(&opening, Access::Write, || Ok(2)).unwrap(), 2);
        assert_eq!(get(&opening, Access::Read, broken).unwrap(), 2);
    }

    #[test]
    fn readers_go_on_while_a_writer_opens_and_do_not_get_its_failure() {
        for is_read_first in [true, false] {
            let opening = Arc::new(Opener::new(Access::Write));
            if is_read_first {
                assert_eq!(get(&opening, Access::Read, || Ok(1)).unwrap(), 1);
            }
            let (go, wait) = mpsc::channel::<()>();
            let (begun, is_begun) = mpsc::channel();
            let wait = Arc::new(Mutex::new(wait));
            let writing = Arc::clone(&opening);
            let writer = std::thread::spawn(move || {
                let slow = || {
                    let (begun, wait) = (begun.clone(), Arc::clone(&wait));
                    move |_: &Control, _: Replaced<'_>| {
                        begun.send(()).unwrap();
                        let _ = wait.lock().recv();
                        broken().map(Arc::new)
                    }
                };
                writing.get(Access::Write, &Control::unbounded(), |_| true, slow)
            });
            is_begun.recv().unwrap();
            if is_read_first {
                assert_eq!(get(&opening, Access::Read, || Ok(2)).unwrap(), 1);
            }
            let reading = Arc::clone(&opening);
            let reader = std::thread::spawn(move || get(&reading, Access::Read, || Ok(1)));
            go.send(()).unwrap();
            assert_eq!(reader.join().unwrap().unwrap(), 1);
            assert!(writer.join().unwrap().is_err());
        }
    }

    #[test]
    fn who_is_in_a_hurry_does_not_end_the_opening() {
        let opening = Opener::new(Access::Write);
        let (go, wait) = mpsc::channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let slow = || {
            let wait = Arc::clone(&wait);
            move |_: &Control, _: Replaced<'_>| {
                let _ = wait.lock().recv();
                Ok(Arc::new(7))
            }
        };
        let hurried = Control::within(Duration::from_millis(30));
        let error = opening.get(Access::Write, &hurried, |_| true, slow).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        go.send(()).unwrap();
        assert_eq!(get(&opening, Access::Write, || Ok(8)).unwrap(), 7);
    }

    #[test]
    fn closing_stops_an_opening() {
        let opening = Arc::new(Opener::<u32>::new(Access::Write));
        let waiting = Arc::clone(&opening);
        let (begun, is_begun) = mpsc::channel();
        let caller = std::thread::spawn(move || {
            let until_stopped = || {
                let begun = begun.clone();
                move |control: &Control, _: Replaced<'_>| {
                    begun.send(()).unwrap();
                    loop {
                        control.check()?;
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            };
            waiting.get(Access::Read, &Control::unbounded(), |_| true, until_stopped)
        });
        is_begun.recv().unwrap();
        assert_eq!(opening.close(), None);
        assert_eq!(caller.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
    }

    #[test]
    fn a_panic_is_an_error() {
        let opening = Opener::<u32>::new(Access::Write);
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let open = || |_: &Control, _: Replaced<'_>| panic!("no");
        let broken = opening.get(Access::Read, &Control::unbounded(), |_| true, open);
        std::panic::set_hook(hook);
        assert_eq!(broken.unwrap_err().kind(), ErrorKind::Panic);
    }
}

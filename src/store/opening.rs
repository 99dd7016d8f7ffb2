//! Opening a database once, on a thread of its own: who needs it waits no longer than his deadline, and the opening goes on.

use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Interrupt};
use crate::threads;

/// Something that is opened at its first use, and again when it is no good any more.
#[derive(Debug)]
pub struct Opening<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// Ends an opening.
    stop: Interrupt,
}

#[derive(Debug)]
struct State<T> {
    phase: Phase<T>,
    /// Openings begun so far.
    attempts: u64,
    /// What is replaced by the one that runs.
    replaced: Option<Arc<T>>,
    /// How the last one that failed did: its number, and why.
    failure: Option<(u64, ErrorKind, String)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Phase<T> {
    Idle,
    Opening,
    Open(Arc<T>),
    Closed,
}

impl<T: Send + Sync + 'static> Opening<T> {
    /// Makes one; opens nothing.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                phase: Phase::Idle,
                attempts: 0,
                replaced: None,
                failure: None,
                thread: None,
            }),
            changed: Condvar::new(),
            stop: Interrupt::new(),
        }))
    }

    /// Returns what is open, if `is_good` finds it so, and else opens it by the function that `prepare` makes. That function is
    /// told how it is stopped, and what it replaces, which nobody gets any more; if it fails, that one is looked at again.
    ///
    /// # Errors
    /// Those of the opening; [`Timeout`](ErrorKind::Timeout) and [`Interrupted`](ErrorKind::Interrupted) when `control` ends the
    /// waiting: the opening goes on, and a later call finds it done; [`Closed`](ErrorKind::Closed).
    pub fn get<W>(
        &self,
        control: &Control,
        is_good: impl FnOnce(&T) -> bool,
        prepare: impl FnOnce() -> W,
    ) -> Result<Arc<T>>
    where
        W: FnOnce(&Control, Option<&Arc<T>>) -> Result<Arc<T>> + Send + 'static,
    {
        let mut state = self.0.state.lock();
        match &state.phase {
            Phase::Open(open) if is_good(open) => return Ok(Arc::clone(open)),
            Phase::Open(_) | Phase::Idle => self.begin(&mut state, prepare())?,
            Phase::Opening | Phase::Closed => {}
        }
        let attempt = state.attempts;
        loop {
            if let Some((failed, kind, text)) = &state.failure
                && *failed >= attempt
            {
                return Err(Error::new(*kind, text.clone()));
            }
            match &state.phase {
                Phase::Open(open) => return Ok(Arc::clone(open)),
                Phase::Closed => return Err(Error::new(ErrorKind::Closed, "the store is closed")),
                Phase::Idle | Phase::Opening => {}
            }
            control
                .wait(&self.0.changed, &mut state)
                .map_err(|error| error.within("the database is still being opened"))?;
        }
    }

    /// Tells whether it is open.
    pub fn is_open(&self) -> bool {
        matches!(self.0.state.lock().phase, Phase::Open(_))
    }

    fn begin(
        &self,
        state: &mut State<T>,
        open: impl FnOnce(&Control, Option<&Arc<T>>) -> Result<Arc<T>> + Send + 'static,
    ) -> Result<()> {
        let attempt = state.attempts + 1;
        let replaced = match &state.phase {
            Phase::Open(open) => Some(Arc::clone(open)),
            _ => None,
        };
        let before = replaced.clone();
        let shared = Arc::clone(&self.0);
        let thread = threads::spawn("seerflow-open", move || {
            let control = Control {
                deadline: None,
                interrupt: Some(shared.stop.clone()),
            };
            let opened = threads::caught("opening the database", || open(&control, replaced.as_ref()));
            drop(replaced);
            shared.settle(attempt, opened);
        })?;
        state.attempts = attempt;
        state.phase = Phase::Opening;
        state.replaced = before;
        state.thread = Some(thread);
        Ok(())
    }

    /// Closes; answers what was open. An opening that runs is stopped and waited for.
    pub fn close(&self) -> Option<Arc<T>> {
        self.0.stop.raise();
        let (before, thread) = {
            let mut state = self.0.state.lock();
            let before = match std::mem::replace(&mut state.phase, Phase::Closed) {
                Phase::Open(open) => Some(open),
                _ => state.replaced.take(),
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
    fn settle(&self, attempt: u64, opened: Result<Arc<T>>) {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Closed) {
            return;
        }
        let replaced = state.replaced.take();
        match opened {
            Ok(opened) => state.phase = Phase::Open(opened),
            Err(error) => {
                state.phase = replaced.map_or(Phase::Idle, Phase::Open);
                state.failure = Some((attempt, error.kind(), error.to_string()));
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

    fn get(opening: &Opening<u32>, control: &Control, value: Result<u32>) -> Result<u32> {
        opening
            .get(
                control,
                |_| true,
                || move |_: &Control, _: Option<&Arc<u32>>| value.map(Arc::new),
            )
            .map(|open| *open)
    }

    #[test]
    fn it_is_opened_once_and_closed_once() {
        let opening = Opening::new();
        let anytime = Control::unbounded();
        assert_eq!(get(&opening, &anytime, Ok(1)).unwrap(), 1);
        assert_eq!(get(&opening, &anytime, Ok(2)).unwrap(), 1);
        let again = opening
            .get(
                &anytime,
                |_| false,
                || |_: &Control, _: Option<&Arc<u32>>| Ok(Arc::new(3)),
            )
            .unwrap();
        assert_eq!(*again, 3);
        assert_eq!(opening.close().as_deref(), Some(&3));
        assert_eq!(opening.close(), None);
        let error = get(&opening, &anytime, Ok(4)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
    }

    #[test]
    fn a_failure_reaches_its_callers_and_no_later_one() {
        let opening = Opening::new();
        let anytime = Control::unbounded();
        let broken = Err(Error::new(ErrorKind::Io, "no such server"));
        let error = get(&opening, &anytime, broken).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Io, "no such server")
        );
        assert_eq!(get(&opening, &anytime, Ok(1)).unwrap(), 1);
    }

    #[test]
    fn who_is_in_a_hurry_does_not_end_the_opening() {
        let opening = Opening::new();
        let (go, wait) = mpsc::channel::<()>();
        let slow = move |_: &Control, _: Option<&Arc<u32>>| {
            let _ = wait.recv();
            Ok(Arc::new(7))
        };
        let hurried = Control::within(Duration::from_millis(30));
        let error = opening.get(&hurried, |_| true, || slow).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        go.send(()).unwrap();
        assert_eq!(get(&opening, &Control::unbounded(), Ok(8)).unwrap(), 7);
    }

    #[test]
    fn closing_stops_an_opening() {
        let opening = Arc::new(Opening::<u32>::new());
        let waiting = Arc::clone(&opening);
        let (begun, is_begun) = mpsc::channel();
        let caller = std::thread::spawn(move || {
            let until_stopped = move |control: &Control, _: Option<&Arc<u32>>| {
                begun.send(()).unwrap();
                loop {
                    control.check()?;
                    std::thread::sleep(Duration::from_millis(1));
                }
            };
            waiting.get(&Control::unbounded(), |_| true, || until_stopped)
        });
        is_begun.recv().unwrap();
        assert_eq!(opening.close(), None);
        assert_eq!(caller.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
    }

    #[test]
    fn a_panic_is_an_error() {
        let opening = Opening::<u32>::new();
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let broken = opening.get(
            &Control::unbounded(),
            |_| true,
            || |_: &Control, _: Option<&Arc<u32>>| panic!("no"),
        );
        std::panic::set_hook(hook);
        assert_eq!(broken.unwrap_err().kind(), ErrorKind::Panic);
    }
}

//! A thread that runs one job whenever a caller asks for it. A run goes on after callers whose deadlines pass.

use std::io;
use std::thread::JoinHandle;

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Interrupt};
use crate::sync::{Condvar, Mutex};
use crate::threads;

/// The thread, and the runs that callers asked for.
#[derive(Default)]
pub struct Worker {
    requests: Mutex<Requests>,
    wake: Condvar,
    /// Ends the present run, and the thread.
    stop: Interrupt,
}

#[derive(Default)]
struct Requests {
    thread: Option<JoinHandle<()>>,
    /// Runs are numbered: up to which they are wanted, and done.
    wanted: u64,
    done: u64,
    is_running: bool,
    /// The last run that failed, and how.
    failure: Option<(u64, ErrorKind, String)>,
}

impl Worker {
    /// Waits for the end of a run: the present one if `joins` and there is one, otherwise one that begins from now on. `start` starts
    /// the thread, which calls [`serve`](Self::serve).
    ///
    /// # Errors
    /// Those of the run, those of `control`, and [`Closed`](ErrorKind::Closed).
    pub fn run(
        &self,
        joins: impl FnOnce() -> bool,
        start: impl FnOnce() -> io::Result<JoinHandle<()>>,
        control: &Control,
    ) -> Result<()> {
        let mut requests = self.requests.lock();
        self.check()?;
        if requests.thread.is_none() {
            requests.thread = Some(start()?);
        }
        let begun = requests.done + u64::from(requests.is_running);
        let mine = if requests.is_running && joins() {
            begun
        } else {
            begun + 1
        };
        requests.wanted = requests.wanted.max(mine);
        self.wake.notify_all();
        while requests.done < mine {
            self.check()?;
            control
                .wait(&self.wake, &mut requests)
                .map_err(|error| error.within("the graph is still being loaded"))?;
        }
        match &requests.failure {
            Some((failed, kind, text)) if *failed >= mine => Err(Error::new(*kind, text.clone())),
            _ => self.check(),
        }
    }

    /// Runs the job whenever it is wanted, until the worker is stopped. A panic of the job is an error of its run.
    pub fn serve(&self, mut job: impl FnMut(&Control) -> Result<()>) {
        let control = Control {
            deadline: None,
            interrupt: Some(self.stop.clone()),
        };
        let mut requests = self.requests.lock();
        while !self.stop.is_raised() {
            if requests.wanted == requests.done {
                self.wake.wait(&mut requests);
                continue;
            }
            requests.is_running = true;
            drop(requests);
            let done = threads::catch_panic("the graph's thread", || job(&control));
            requests = self.requests.lock();
            requests.done += 1;
            requests.is_running = false;
            if let Err(error) = done {
                requests.failure = Some((requests.done, error.kind(), error.to_string()));
            }
            self.wake.notify_all();
        }
    }

    /// Returns an error if the worker is stopped.
    pub fn check(&self) -> Result<()> {
        if self.stop.is_raised() {
            return Err(Error::new(ErrorKind::Closed, "the graph is closed"));
        }
        Ok(())
    }

    /// Interrupts the present run, ends the thread and waits for it.
    pub fn stop(&self) {
        let thread = {
            let mut requests = self.requests.lock();
            self.stop.raise();
            requests.thread.take()
        };
        self.wake.notify_all();
        if let Some(thread) = thread {
            threads::join(thread);
        }
    }
}

//! The thread of a graph in memory: it loads, looks for what other programs wrote, and commits what waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::MutexGuard;

use super::keep::Keeper;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Level;
use crate::record::{Control, Interrupt};
use crate::threads;

/// The first and the longest pause after a commit that failed.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// How long a commit is tried before a load may come first.
const PATIENCE: Duration = Duration::from_secs(30);

/// The thread, and what it is told.
#[derive(Default)]
pub struct Worker {
    thread: Option<JoinHandle<()>>,
    ends: bool,
    /// When to commit what waits.
    flush_at: Option<Instant>,
    /// Loads and looks are numbered: up to which they are wanted, and done.
    wanted: u64,
    done: u64,
    /// One is being done.
    is_loading: bool,
    /// The last one that failed, and how.
    failure: Option<(u64, ErrorKind, String)>,
}

enum Job {
    Load,
    Flush,
}

impl Keeper {
    /// Tells the worker that edges wait.
    pub fn wake(self: &Arc<Self>) -> Result<()> {
        if self.store.is_none() || self.told.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let mut worker = self.worker.lock();
        let soon = Instant::now() + self.options.flush_interval;
        worker.flush_at.get_or_insert(soon);
        self.start(&mut worker)
            .inspect_err(|_| self.told.store(false, Ordering::Release))?;
        drop(worker);
        self.wake.notify_all();
        Ok(())
    }

    /// Makes sure that there is a worker who can be told that edges wait.
    pub fn prepare(self: &Arc<Self>) -> Result<()> {
        if self.store.is_none() || self.told.load(Ordering::Acquire) {
            return Ok(());
        }
        self.start(&mut self.worker.lock())
    }

    /// Has the worker load or look, and waits for what it begins to do from now on.
    pub fn await_load(self: &Arc<Self>, control: &Control) -> Result<()> {
        let mut worker = self.worker.lock();
        self.start(&mut worker)?;
        // What is being loaded now has what was committed before it began; only what became stale since needs another one.
        let begun = worker.done + u64::from(worker.is_loading);
        let serves = worker.is_loading && !self.stale.load(Ordering::Acquire);
        let mine = if serves { begun } else { begun + 1 };
        worker.wanted = worker.wanted.max(mine);
        self.wake.notify_all();
        while worker.done < mine {
            self.open()?;
            control
                .wait(&self.wake, &mut worker)
                .map_err(|error| error.within("the graph is still being loaded"))?;
        }
        match &worker.failure {
            Some((failed, kind, text)) if *failed >= mine => Err(Error::new(*kind, text.clone())),
            _ => self.open(),
        }
    }

    fn start(self: &Arc<Self>, worker: &mut Worker) -> Result<()> {
        self.open()?;
        if worker.thread.is_none() && !worker.ends {
            let keeper = Arc::clone(self);
            worker.thread = Some(threads::spawn("seerflow-graph", move || keeper.work())?);
        }
        Ok(())
    }

    /// Ends the thread, which must have been stopped, and waits for it.
    pub fn end_worker(&self) {
        let mut worker = self.worker.lock();
        worker.ends = true;
        let thread = worker.thread.take();
        drop(worker);
        self.wake.notify_all();
        if let Some(thread) = thread {
            threads::join(thread);
        }
    }

    /// Waits for the next thing to do; loading and committing take turns when both are due.
    fn next_job<'k>(&'k self, worker: &mut MutexGuard<'k, Worker>, last: &Job) -> Option<Job> {
        loop {
            if worker.ends {
                return None;
            }
            let must_flush = worker.flush_at.is_some_and(|time| time <= Instant::now());
            let is_turn = matches!(last, Job::Flush) || !must_flush;
            if worker.wanted > worker.done && is_turn {
                worker.is_loading = true;
                return Some(Job::Load);
            }
            match worker.flush_at {
                Some(_) if must_flush => {
                    worker.flush_at = None;
                    return Some(Job::Flush);
                }
                Some(time) => drop(self.wake.wait_until(worker, time)),
                None => self.wake.wait(worker),
            }
        }
    }

    /// What the thread does.
    fn work(self: &Arc<Self>) {
        let mut pause = None;
        let mut worker = self.worker.lock();
        let mut last = Job::Flush;
        while let Some(job) = self.next_job(&mut worker, &last) {
            drop(worker);
            let done = match job {
                Job::Load => caught(None, &self.no_loads, |control| self.load_or_look(control)),
                Job::Flush => {
                    self.told.store(false, Ordering::Release);
                    caught(Some(PATIENCE), &self.stop, |control| self.flush(control))
                }
            };
            if let (Job::Flush, Err(error), None) = (&job, &done, pause) {
                self.logger.log(Level::Warning, || {
                    format!("{error}; the edges are kept and tried again")
                });
            }
            worker = self.worker.lock();
            match &job {
                Job::Load => {
                    worker.done += 1;
                    worker.is_loading = false;
                    if let Err(error) = done {
                        worker.failure = Some((worker.done, error.kind(), error.to_string()));
                    }
                    self.wake.notify_all();
                }
                Job::Flush if done.is_ok() => pause = None,
                Job::Flush => {
                    let next = pause.map_or(BACK_OFF.0, |pause: Duration| (pause * 2).min(BACK_OFF.1));
                    pause = Some(next);
                    worker.flush_at = Some(Instant::now() + next);
                }
            }
            last = job;
        }
    }
}

/// Does something that ends when an interrupt is raised; a panic is an error of its.
fn caught(
    patience: Option<Duration>,
    stop: &Interrupt,
    work: impl FnOnce(&Control) -> Result<()>,
) -> Result<()> {
    let control = Control {
        deadline: patience.map(|patience| Instant::now() + patience),
        interrupt: Some(stop.clone()),
    };
    threads::catch_panic("the graph's thread", || work(&control))
}

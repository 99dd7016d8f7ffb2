//! Loading the graph from the store, and noticing what other programs wrote.
//!
//! The worker does it; who asks waits. For the first load, and when this process pruned edges, until it is done or his deadline
//! passed: it goes on, and a later question finds it done. For other programs' changes he waits [`PROMPT`] at the most and is
//! answered with what is there then. At most one twentieth of the time is spent on those:
//! - SQLite tells whether another program committed anything. Then all is loaded anew.
//! - PostgreSQL tells whether anybody did, and which rows of the table were written since: the table is walked through on the
//!   server (half a second for a million edges, when it is busy), and only those rows come over. Edges that were removed are noticed by their
//!   number; then all is loaded anew.
//!
//! So what another program added is seen 20 times as long after it as a load or walk takes, at the latest. While the store
//! cannot be reached, questions are answered without its news.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::follower::Follower;
use super::keep::{Keeper, too_many};
use super::table::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Level;
use crate::record::Control;
use crate::store::{EdgeMark, EdgeWatcher, Store};

/// Of the time, the part that is spent on other programs' changes: one in so many.
const SHARE: u32 = 20;

/// How long a question waits for other programs' changes at the most.
const PROMPT: Duration = Duration::from_millis(25);

/// When to look again while the store cannot tell.
const SOON: Duration = Duration::from_millis(10);

/// What only one thread at a time does with the store.
#[derive(Default)]
pub struct Io {
    /// What the store said about other programs' changes when the graph was loaded.
    outside: Option<u64>,
    /// The state of the store that the table has, where the store can tell what changed since.
    mark: Option<EdgeMark>,
    /// The table has edges that others removed.
    has_removed: bool,
    /// How long it took to load all edges during the last look.
    loading: Duration,
    /// Until when that is not done for others' sake.
    rests_until: Option<Instant>,
}

impl Keeper {
    /// Has the graph loaded if it is not there yet, or if others may have changed what it was loaded from.
    pub fn look(self: &Arc<Self>, control: &Control) -> Result<()> {
        if self.store.is_none() {
            return Ok(());
        }
        if self.must_load() {
            return self.await_load(control);
        }
        let now = self.began.elapsed();
        let due = self.next_look.load(Ordering::Relaxed);
        let next = (now + self.options.refresh_interval).as_millis() as u64;
        // One question looks; the others need not wait for it.
        let mine = due <= now.as_millis() as u64
            && self
                .next_look
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine {
            let prompt = Instant::now() + PROMPT;
            let bound = Control {
                deadline: Some(control.deadline.map_or(prompt, |deadline| deadline.min(prompt))),
                interrupt: control.interrupt.clone(),
            };
            // What it finds, and whether it is done, is no matter of this question.
            let _ = self.await_load(&bound);
            control.check()?;
            self.open()?;
        }
        Ok(())
    }

    /// Tells whether no question can be answered before the graph is loaded.
    pub fn must_load(&self) -> bool {
        !self.loaded.load(Ordering::Acquire) || self.stale.load(Ordering::Acquire)
    }

    /// Does what the worker is asked for: loads, or looks for others' changes.
    pub fn load_or_look(self: &Arc<Self>, control: &Control) -> Result<()> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let mut io = self.lock_io(control)?;
        if self.must_load() {
            let outside = store.outside_changes(control)?;
            self.renew(store, &mut io, outside, control)?;
            self.look_again_in(self.options.refresh_interval);
            return Ok(());
        }
        let began = Instant::now();
        io.loading = Duration::ZERO;
        let looked = self.look_outside(store, &mut io, control);
        let mut took = began.elapsed();
        if io.mark.is_some() {
            // What it took to load all keeps from loading all, and not from looking.
            took = took.saturating_sub(io.loading);
        }
        let pause = match &looked {
            Ok(false) => SOON.min(self.options.refresh_interval),
            _ => self.options.refresh_interval.max(took * SHARE),
        };
        self.look_again_in(pause);
        looked.map(|_| ()).inspect_err(|error| {
            if !self.no_loads.is_raised() {
                self.logger.log(Level::Warning, || {
                    format!("the graph does not see what other programs write: {error}")
                });
            }
        })
    }

    fn look_again_in(&self, pause: Duration) {
        let next = self.began.elapsed() + pause;
        self.next_look.store(next.as_millis() as u64, Ordering::Relaxed);
    }

    /// Takes in what others changed, if anything; tells whether the store could tell.
    fn look_outside(
        self: &Arc<Self>,
        store: &Arc<dyn Store>,
        io: &mut Io,
        control: &Control,
    ) -> Result<bool> {
        let Some(outside) = store.outside_changes(control)? else {
            return Ok(false);
        };
        if Some(outside) != io.outside || (io.has_removed && !io.rests()) {
            self.renew(store, io, Some(outside), control)?;
        }
        Ok(true)
    }

    /// Brings the table to a newer state of the store: by what changed since, or by loading all.
    fn renew(
        self: &Arc<Self>,
        store: &Arc<dyn Store>,
        io: &mut Io,
        outside: Option<u64>,
        control: &Control,
    ) -> Result<()> {
        let is_due = self.must_load();
        let is_whole = match io.mark.clone() {
            Some(mark) => self.load_since(store, io, &mark, control)?,
            None => false,
        };
        if !is_whole && (is_due || io.mark.is_none() || !io.rests()) {
            let began = Instant::now();
            let loaded = self.load(store, io, control);
            io.loading = began.elapsed();
            io.rests_until = Some(Instant::now() + io.loading * SHARE);
            if let Err(error) = loaded {
                self.stale.fetch_or(is_due, Ordering::AcqRel);
                return Err(error);
            }
            self.logger.log(Level::Debug, || {
                format!("the graph was loaded in {} ms", began.elapsed().as_millis())
            });
        }
        io.outside = outside;
        Ok(())
    }

    /// Loads all edges of the store, beside the ones that are there, and puts them in their place.
    fn load(self: &Arc<Self>, store: &Arc<dyn Store>, io: &mut Io, control: &Control) -> Result<()> {
        let mut table = Table::default();
        let (followed, follower) = self.follow(|watcher| {
            store.follow_edges(watcher, control, &mut |edge| {
                if !table.has_room(1) {
                    return Err(too_many());
                }
                table.add(&edge);
                Ok(())
            })
        });
        io.mark = followed?;
        io.has_removed = false;
        let mut state = self.state.write();
        self.open()?;
        state.replace(table);
        state.follower = Some(follower);
        state.catch_up();
        self.loaded.store(true, Ordering::Release);
        Ok(())
    }

    /// Takes in what changed since a state; tells whether that is all, and not edges were removed as well.
    fn load_since(
        self: &Arc<Self>,
        store: &Arc<dyn Store>,
        io: &mut Io,
        mark: &EdgeMark,
        control: &Control,
    ) -> Result<bool> {
        let (since, follower) = self.follow(|watcher| match store.follow_since(mark, watcher, control)? {
            Some(since) => Ok(since),
            None => Err(Error::new(ErrorKind::Conflict, "only loading shows what changed")),
        });
        let since = match since {
            Ok(since) => since,
            Err(error) if error.kind() == ErrorKind::Conflict => {
                io.mark = None;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let mut state = self.state.write();
        self.open()?;
        // What this process removed goes; what it added is among what changed.
        state.catch_up();
        if !state.table.has_room(since.edges.len()) {
            return Err(too_many());
        }
        since.edges.iter().for_each(|edge| state.table.set(edge));
        io.has_removed = state.table.committed() as u64 != since.total;
        io.mark = Some(since.mark);
        state.follower = Some(follower);
        state.catch_up();
        Ok(!io.has_removed)
    }

    /// Lets `read` read the store with a follower for what is committed behind it. When it fails, the table goes on with what
    /// the followers are told, as fresh as it was before.
    fn follow<T>(
        self: &Arc<Self>,
        read: impl FnOnce(Weak<dyn EdgeWatcher>) -> Result<T>,
    ) -> (Result<T>, Arc<Follower>) {
        let follower = Arc::new(Follower::new(Arc::downgrade(self)));
        let watcher: Weak<dyn EdgeWatcher> = Arc::downgrade(&follower) as Weak<Follower>;
        let was_stale = self.stale.swap(false, Ordering::AcqRel);
        let done = read(watcher);
        if done.is_err() {
            if was_stale || !self.loaded.load(Ordering::Acquire) {
                self.stale.store(true, Ordering::Release);
            } else if Arc::weak_count(&follower) > 0 {
                // The store has it: it took the earlier one's place.
                let mut state = self.state.write();
                state.catch_up();
                state.follower = Some(Arc::clone(&follower));
                self.behind.store(true, Ordering::Release);
            }
        }
        (done, follower)
    }
}

impl Io {
    fn rests(&self) -> bool {
        self.rests_until.is_some_and(|until| Instant::now() < until)
    }
}

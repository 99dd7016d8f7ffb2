//! The connections that read a database, each used by one call at a time.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::conn::{SqliteConn, is_refused};
use super::source::Source;
use crate::error::Result;
use crate::record::Control;

/// Readers that stay open between queries. More are opened when more queries run at once, and closed afterwards.
pub const IDLE_READERS: usize = 4;

/// How long a query waits for the reader of another query if no further one can be opened.
const PATIENCE: Duration = Duration::from_secs(5);

/// The readers of a database.
#[derive(Debug, Default)]
pub struct Readers {
    state: Mutex<State>,
    /// A reader was returned, or could not be opened.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<SqliteConn>,
    /// Readers that calls use or open.
    busy: usize,
    /// Calls that wait for a reader.
    waiting: usize,
}

/// The place of a reader that a call uses.
struct Place<'r> {
    readers: &'r Readers,
    /// The reader is closed when the call ends.
    is_extra: bool,
}

impl Place<'_> {
    fn put_back(self, conn: SqliteConn) {
        if !self.is_extra && conn.raw.is_autocommit() {
            self.readers.state.lock().idle.push(conn);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.readers.state.lock().busy -= 1;
        self.readers.changed.notify_one();
    }
}

impl Readers {
    /// Adds a reader that was opened already.
    pub fn add(&self, conn: SqliteConn) {
        self.state.lock().idle.push(conn);
    }

    /// Closes the readers that no call uses.
    pub fn clear(&self) {
        self.state.lock().idle.clear();
    }

    /// Runs `work` on a reader that no other call uses.
    pub fn with<T>(
        &self,
        source: &Source,
        control: &Control,
        work: impl FnOnce(&SqliteConn) -> Result<T>,
    ) -> Result<T> {
        let (conn, place) = self.take(source, control)?;
        let done = work(&conn);
        place.put_back(conn);
        done
    }

    /// Takes an idle reader or opens one. If none can be opened, because the process dropped its privileges or has no descriptors left,
    /// waits for the reader of another call.
    fn take(&self, source: &Source, control: &Control) -> Result<(SqliteConn, Place<'_>)> {
        let place = |is_extra| Place {
            readers: self,
            is_extra,
        };
        let until = Instant::now() + PATIENCE;
        let mut state = self.state.lock();
        let mut is_waiting = false;
        loop {
            // The readers that were returned belong to the calls that wait.
            if (is_waiting || state.idle.len() > state.waiting)
                && let Some(conn) = state.idle.pop()
            {
                state.waiting -= usize::from(is_waiting);
                state.busy += 1;
                return Ok((conn, place(false)));
            }
            let is_extra = state.busy >= IDLE_READERS;
            state.busy += 1;
            drop(state);
            let connected = source.connect(is_extra);
            state = self.state.lock();
            let failure = match connected {
                Ok(conn) => {
                    state.waiting -= usize::from(is_waiting);
                    return Ok((conn, place(is_extra)));
                }
                Err(failure) => failure,
            };
            state.busy -= 1;
            let is_last = state.busy == 0 && state.idle.is_empty();
            let may_wait = is_refused(&failure) && !is_last && Instant::now() < until;
            if !may_wait || control.check().is_err() {
                state.waiting -= usize::from(is_waiting);
                self.changed.notify_all();
                return control.check().and(Err(failure));
            }
            state.waiting += usize::from(!is_waiting);
            is_waiting = true;
            if state.idle.is_empty() {
                let check = control.next_check().map_or(until, |check| check.min(until));
                self.changed.wait_until(&mut state, check);
            }
        }
    }
}

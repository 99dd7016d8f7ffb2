//! A bounded pool of connections to one server.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::process;
use crate::record::Control;
use crate::sync::{self, Condvar, Mutex};

/// How long a connection above the smallest number stays idle before it is closed.
pub const MAX_IDLE: Duration = Duration::from_secs(300);

/// Opens the connections of a pool.
pub trait Connect {
    /// A connection.
    type Connection;

    /// Opens a connection.
    fn connect(&self, control: &Control) -> Result<Self::Connection>;

    /// Returns whether a connection can serve another caller.
    fn is_reusable(&self, connection: &Self::Connection) -> bool;
}

/// The bounds of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections that stay open when idle.
    pub min: usize,
    /// Connections at the most, idle and in use; at least 1.
    pub max: usize,
    /// The option that sets `max`.
    pub option: &'static str,
    /// The longest time that a caller waits for a connection.
    pub wait: Duration,
}

/// A pool. Connections are opened on demand.
pub struct Pool<C: Connect> {
    connector: C,
    bounds: Bounds,
    state: Mutex<State<C::Connection>>,
    released: Condvar,
}

struct State<T> {
    /// Idle connections, the one that was used last at the end.
    idle: Vec<(T, Instant)>,
    /// Number of connections, idle and in use.
    open: usize,
    is_closed: bool,
}

impl<C: Connect> Pool<C> {
    /// Makes a pool; opens nothing.
    pub fn new(connector: C, bounds: Bounds) -> Self {
        Self {
            connector,
            bounds,
            state: Mutex::new(State {
                idle: Vec::new(),
                open: 0,
                is_closed: false,
            }),
            released: Condvar::new(),
        }
    }

    /// Returns the connector.
    pub fn connector(&self) -> &C {
        &self.connector
    }

    /// Takes an idle connection, or opens one. Waits if all are in use.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) if all stay in use for [`Bounds::wait`]; [`Closed`](ErrorKind::Closed) after [`close`](Self::close);
    /// those of [`Connect::connect`].
    pub fn take(&self, control: &Control) -> Result<Lease<'_, C>> {
        let last = sync::now() + self.bounds.wait;
        let mut state = self.state.lock();
        loop {
            control.check()?;
            if state.is_closed {
                return Err(Error::new(ErrorKind::Closed, "the store is closed"));
            }
            while let Some((connection, _)) = state.idle.pop() {
                if self.connector.is_reusable(&connection) {
                    return Ok(self.lease(Some(connection), false));
                }
                state.open -= 1;
            }
            if state.open < self.bounds.max.max(1) {
                state.open += 1;
                drop(state);
                let mut lease = self.lease(None, true);
                process::occupy_standard_descriptors();
                lease.connection = Some(self.connector.connect(control)?);
                return Ok(lease);
            }
            if sync::now() >= last {
                let Bounds { max, option, .. } = self.bounds;
                return Err(Error::new(
                    ErrorKind::Timeout,
                    format!("all {max} connections were busy ({option})"),
                ));
            }
            let until = control.next_check().map_or(last, |check| check.min(last));
            self.released.wait_until(&mut state, until);
        }
    }

    fn lease(&self, connection: Option<C::Connection>, is_fresh: bool) -> Lease<'_, C> {
        Lease {
            pool: self,
            connection,
            is_fresh,
        }
    }

    /// Closes connections above the smallest number that nobody has used for [`MAX_IDLE`]. So does every return of a connection.
    #[cfg(feature = "postgres")]
    pub fn close_old(&self) {
        let old = self.take_old(&mut self.state.lock());
        drop(old);
    }

    fn take_old(&self, state: &mut State<C::Connection>) -> Vec<C::Connection> {
        let surplus = state.idle.len().saturating_sub(self.bounds.min);
        let is_old = |(_, since): &&(C::Connection, Instant)| sync::now() - *since > MAX_IDLE;
        let old = state.idle.iter().take(surplus).take_while(is_old).count();
        state.open -= old;
        state
            .idle
            .drain(..old)
            .map(|(connection, _)| connection)
            .collect()
    }

    /// Closes the idle connections.
    pub fn clear(&self) {
        let mut state = self.state.lock();
        state.open -= state.idle.len();
        let idle = std::mem::take(&mut state.idle);
        drop(state);
        self.released.notify_all();
        drop(idle);
    }

    /// Closes the idle connections now, and the others when they are returned. Later calls fail.
    pub fn close(&self) {
        self.state.lock().is_closed = true;
        self.clear();
    }

    fn put_back(&self, connection: Option<C::Connection>) {
        let mut closing = Vec::new();
        let mut state = self.state.lock();
        match connection {
            Some(connection) if !state.is_closed && self.connector.is_reusable(&connection) => {
                state.idle.push((connection, sync::now()));
                closing = self.take_old(&mut state);
            }
            broken => {
                closing.extend(broken);
                state.open -= 1;
            }
        }
        drop(state);
        // All: the one that is woken may give up because its deadline passed.
        self.released.notify_all();
        // Closing may take a moment: no caller waits for it.
        drop(closing);
    }
}

/// A connection in use, which returns to its pool when it is dropped.
pub struct Lease<'p, C: Connect> {
    pool: &'p Pool<C>,
    connection: Option<C::Connection>,
    is_fresh: bool,
}

impl<C: Connect> Lease<'_, C> {
    /// Returns whether the connection was opened for this lease.
    pub fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Closes the connection and opens another one in its place.
    #[cfg(feature = "graph-servers")]
    pub fn reconnect(&mut self, control: &Control) -> Result<()> {
        self.connection = None;
        self.connection = Some(self.pool.connector.connect(control)?);
        self.is_fresh = true;
        Ok(())
    }

    /// Closes the connection instead of returning it to the pool.
    #[cfg(feature = "postgres")]
    pub fn discard(mut self) {
        self.connection = None;
    }
}

impl<C: Connect> Deref for Lease<'_, C> {
    type Target = C::Connection;

    fn deref(&self) -> &C::Connection {
        self.connection
            .as_ref()
            .unwrap_or_else(|| unreachable!("a lease has a connection"))
    }
}

impl<C: Connect> DerefMut for Lease<'_, C> {
    fn deref_mut(&mut self) -> &mut C::Connection {
        self.connection
            .as_mut()
            .unwrap_or_else(|| unreachable!("a lease has a connection"))
    }
}

impl<C: Connect> Drop for Lease<'_, C> {
    fn drop(&mut self) {
        let connection = self.connection.take().filter(|_| !std::thread::panicking());
        self.pool.put_back(connection);
    }
}

impl<C: Connect + fmt::Debug> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pool").field(&self.connector).finish()
    }
}

#[cfg(test)]
mod tests;

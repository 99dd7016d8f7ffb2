//! The transactions of an open database, on the primary and on a replica.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::conn::PgConn;
use super::horizon::{self, KnownHorizon};
use super::layout::Layout;
use super::pool::PgPool;
use super::replica::Replica;
use super::{error, schema};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::sql::Conn;
use crate::store::sql::database::Horizon;

/// Begins a read transaction whose statements all see one state.
pub const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Begins a transaction that fails if a concurrent one changed rows that it read.
///
/// Returns its number and the timeline of the server's log to which the number belongs. Together they identify the
/// transaction if the answer to COMMIT is lost.
const WRITE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; \
    SELECT pg_current_xact_id()::text || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// The longest time to find out the outcome of a transaction whose COMMIT was not answered.
const LONGEST_INQUIRY: Duration = Duration::from_secs(60);

/// Pause between two such queries.
const INQUIRY_PAUSE: Duration = Duration::from_millis(50);

/// How often a transaction is tried that is rolled back because of a concurrent one.
const MAX_TRIES: u32 = 100;

/// Runs transactions.
#[derive(Debug)]
pub struct Transactions {
    pub primary: PgPool,
    /// Connections to the primary without the pooler; `None` if there is no other way to it.
    pub direct: Option<PgPool>,
    pub replica: Option<Replica>,
    pub layout: Layout,
    /// The horizon, as far as it is known.
    pub horizon: KnownHorizon,
    /// The names of the existing tables, if some are missing or need a migration.
    incomplete: Option<String>,
    is_stale: AtomicBool,
}

impl Transactions {
    /// Makes the transactions of a database. `incomplete` are the names of its tables, if some are missing or need a migration.
    pub fn new(
        primary: PgPool,
        direct: Option<PgPool>,
        replica: Option<Replica>,
        layout: Layout,
        incomplete: Option<String>,
    ) -> Self {
        Self {
            primary,
            direct,
            replica,
            layout,
            horizon: KnownHorizon::default(),
            incomplete,
            is_stale: AtomicBool::new(false),
        }
    }

    /// Returns the connections for long statements and for the sums.
    pub fn own_connections(&self) -> &PgPool {
        self.direct.as_ref().unwrap_or(&self.primary)
    }

    /// Closes all connections.
    pub fn close(&self) {
        for pool in std::iter::once(&self.primary).chain(&self.direct) {
            pool.close();
        }
        if let Some(replica) = &self.replica {
            replica.close();
        }
    }

    /// Returns whether tables were created since the database was opened; its statements do not read them.
    pub fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Acquire)
    }

    /// Checks that no table was created since the database was opened, as this transaction sees it.
    pub fn check_tables(&self, conn: &PgConn) -> Result<()> {
        match &self.incomplete {
            Some(names) if schema::table_names(conn)? != *names => {
                self.is_stale.store(true, Ordering::Release);
                Err(Error::new(
                    ErrorKind::Busy,
                    "another program is making the tables",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Runs `work` on the primary in a read transaction, which the statement `begin` begins.
    pub fn on_primary<T>(
        &self,
        control: &Control,
        begin: &str,
        work: impl FnOnce(&PgConn) -> Result<T>,
    ) -> Result<T> {
        let (conn, _) = self.primary.begin(control, begin)?;
        self.reading(&conn, control, work)
    }

    /// Reads in one transaction: on the replica if it answers, otherwise on the primary.
    pub fn read<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        if let Some(replica) = &self.replica
            && let Some(conn) = replica.begin(control, READ)
        {
            match self.reading(&conn, control, |conn| work(conn)) {
                Err(error) if replica.is_at_fault(&conn, &error) && control.check().is_ok() => {}
                done => return done,
            }
        }
        self.on_primary(control, READ, |conn| work(conn))
    }

    /// Reads in one transaction, and passes `work` the horizon.
    pub fn read_to_horizon<T>(
        &self,
        control: &Control,
        work: impl FnOnce(&dyn Conn, Horizon) -> Result<T>,
    ) -> Result<T> {
        let (conn, _) = self.primary.ask(control, "SELECT 1")?;
        let horizon = conn.controlled(control, |conn| {
            horizon::wait(conn, &self.layout, &self.horizon, control)
        })?;
        conn.controlled(control, |conn| conn.begin(READ))?;
        self.reading(&conn, control, |conn| work(conn, horizon))
    }

    /// Writes in one transaction; again if it is rolled back because of a concurrent one.
    pub fn write<T>(&self, control: &Control, work: impl FnMut(&PgConn) -> Result<T>) -> Result<T> {
        self.write_in(control, WRITE, work)
    }

    /// Writes in one transaction, which the statement `begin` begins.
    pub fn write_in<T>(
        &self,
        control: &Control,
        begin: &str,
        mut work: impl FnMut(&PgConn) -> Result<T>,
    ) -> Result<T> {
        let mut tries = 0;
        let last_try = Instant::now() + self.primary.command_timeout();
        loop {
            let (conn, transaction) = self.primary.begin(control, begin)?;
            let done = conn.controlled(control, &mut work);
            let failure = match done {
                Ok(done) => match conn.commit() {
                    Ok(()) => return Ok(done),
                    Err(error) if conn.is_broken() || error.kind() == ErrorKind::Timeout => {
                        conn.give_up();
                        drop(conn);
                        if self.is_committed(&transaction.unwrap_or_default(), control)? {
                            return Ok(done);
                        }
                        error
                    }
                    Err(error) => error,
                },
                Err(error) => {
                    conn.roll_back();
                    error
                }
            };
            // A unique violation is one too: the next try sees the row that the other transaction inserted.
            let is_concurrent = failure.kind() == ErrorKind::Busy || error::is_unique_violation(&failure);
            tries += 1;
            if !is_concurrent || tries >= MAX_TRIES || Instant::now() >= last_try {
                return Err(failure);
            }
            control.check()?;
            std::thread::sleep(Duration::from_millis(u64::from(tries.min(20))));
        }
    }

    /// Returns the outcome of a transaction whose COMMIT was not answered. Waits for an unreachable server: a caller that does not get the
    /// outcome can only write again, and counts would be added twice.
    fn is_committed(&self, transaction: &str, control: &Control) -> Result<bool> {
        let lost = |e: Error| {
            e.within("the answer to COMMIT was lost, and what became of it is not known")
                .in_doubt()
        };
        let last = Instant::now() + LONGEST_INQUIRY;
        loop {
            match self.inquire(transaction, control) {
                Ok(Some(is_committed)) => return Ok(is_committed),
                Ok(None) => {}
                Err(error) if !error.is_retriable() || Instant::now() >= last => return Err(lost(error)),
                Err(_) => {}
            }
            control.check().map_err(lost)?;
            std::thread::sleep(INQUIRY_PAUSE);
        }
    }

    /// Queries the outcome of a transaction; `None` while it runs.
    fn inquire(&self, transaction: &str, control: &Control) -> Result<Option<bool>> {
        let (number, timeline) = transaction.split_once(' ').unwrap_or((transaction, ""));
        let (conn, _) = self.primary.ask(control, "SELECT 1")?;
        let now = conn.ask("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")?;
        if !timeline.is_empty() && now.as_deref() != Some(timeline) {
            // A promoted standby may lack the commit, and may give the number to another transaction.
            return Err(Error::new(
                ErrorKind::Database,
                "PostgreSQL: another server has taken over",
            ));
        }
        let status = conn.ask(&format!("SELECT pg_xact_status(nullif('{number}', '')::xid8)"));
        match status {
            Ok(status) => Ok(match status.as_deref() {
                Some("committed") => Some(true),
                Some("in progress") => None,
                _ => Some(false),
            }),
            // After a crash the server has not given out the number again yet.
            Err(error) if error.kind() == ErrorKind::Invalid => Ok(Some(false)),
            Err(error) => Err(error),
        }
    }

    /// Runs `work` in the read transaction that was begun, and ends it.
    fn reading<T>(
        &self,
        conn: &PgConn,
        control: &Control,
        work: impl FnOnce(&PgConn) -> Result<T>,
    ) -> Result<T> {
        let done = conn.controlled(control, |conn| {
            self.check_tables(conn)?;
            work(conn)
        });
        conn.roll_back();
        done
    }
}

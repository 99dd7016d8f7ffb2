//! A database in use: its transactions, on the primary and on a replica.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::PostgresOptions;
use super::conn::PgConn;
use super::layout::Layout;
use super::partition::Partitions;
use super::pool::Pool;
use super::replica::Replica;
use super::sums::Summer;
use super::writer::Writer;
use super::{error, open, settle};
use crate::error::{Error, ErrorKind, Result};
use crate::log::Logger;
use crate::record::Control;
use crate::store::opening::Access;
use crate::store::sql::Conn;
use crate::store::sql::database::Settled;

/// Begins a transaction all of whose statements see one state.
pub const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Begins a transaction that fails when another one changed what it read; its number, and the timeline of the server's log in which the
/// number means it, tell later what became of it.
const WRITE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; \
    SELECT pg_current_xact_id()::text || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// How long it is tried to learn what became of a transaction whose COMMIT was not answered, where the caller has more time.
const INQUIRY: Duration = Duration::from_secs(60);

/// Pause between two such tries.
const INQUIRE_AGAIN: Duration = Duration::from_millis(50);

/// How often a transaction that had to give way is tried again before the caller is told.
const TRIES: u32 = 100;

/// A database in use.
#[derive(Debug)]
pub struct Opened {
    pub primary: Pool,
    pub replica: Option<Replica>,
    pub layout: Layout,
    pub writer: Writer,
    pub summer: Summer,
    /// The names of the tables that are there, if some are missing or must be brought up to date.
    incomplete: Option<String>,
    is_stale: AtomicBool,
}

impl Opened {
    /// Opens the database.
    pub fn new(
        options: &PostgresOptions,
        access: Access,
        logger: &Logger,
        control: &Control,
    ) -> Result<Self> {
        let primary = options.pool(&options.primary)?;
        let conn = primary.connect(control)?;
        let (found, partitions) = conn.controlled(control, |conn| {
            if access == Access::Read {
                return Ok((open::look(conn)?, None));
            }
            let found = open::open(&primary, conn, &options.schema, options.partition, control)?;
            let partitions = found.step.map(|step| Partitions::new(step, logger.clone()));
            if let Some(partitions) = &partitions {
                partitions.start(conn)?;
            }
            Ok((found, partitions))
        })?;
        drop(conn);
        primary.speak(Arc::clone(&found.statements));
        let replica = match &options.replica {
            // It may lack other tables than the primary does.
            Some(dsn) if found.incomplete.is_none() => {
                Some(Replica::new(options.pool(dsn)?, found.statements))
            }
            _ => None,
        };
        Ok(Self {
            primary,
            replica,
            layout: found.layout,
            writer: Writer::new(partitions),
            summer: Summer::default(),
            incomplete: found.incomplete,
            is_stale: AtomicBool::new(false),
        })
    }

    /// Tells whether tables were made since the database was opened, of which its statements know nothing.
    pub fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Acquire)
    }

    /// Makes sure that in this transaction the tables are those that the statements are for.
    pub fn check_tables(&self, conn: &PgConn) -> Result<()> {
        match &self.incomplete {
            Some(names) if open::names(conn)? != *names => {
                self.is_stale.store(true, Ordering::Release);
                Err(Error::new(
                    ErrorKind::Busy,
                    "another program is making the tables",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Runs `work` on the primary in a transaction that the statement `begin` begins and that changes nothing.
    pub fn on_primary<T>(
        &self,
        control: &Control,
        begin: &str,
        work: impl FnOnce(&PgConn) -> Result<T>,
    ) -> Result<T> {
        let (conn, _) = self.primary.begin(control, begin)?;
        self.looked(&conn, control, work)
    }

    /// Reads in one transaction, from the replica if there is one that answers; what it cannot answer, the primary is asked.
    pub fn read<T>(&self, control: &Control, mut work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        if let Some(replica) = &self.replica
            && let Some(conn) = replica.begin(control, READ)
        {
            match self.looked(&conn, control, |conn| work(conn)) {
                Err(error) if replica.is_at_fault(&conn, &error) && control.check().is_ok() => {}
                done => return done,
            }
        }
        self.on_primary(control, READ, |conn| work(conn))
    }

    /// Reads what no transaction that runs now can still add to: `work` is told up to which arrival number that is so.
    pub fn read_settled<T>(
        &self,
        control: &Control,
        work: impl FnOnce(&dyn Conn, Settled) -> Result<T>,
    ) -> Result<T> {
        let (conn, _) = self.primary.ask(control, "SELECT 1")?;
        let known = &self.summer.known;
        let settled = conn.controlled(control, |conn| settle::wait(conn, &self.layout, known, control))?;
        conn.controlled(control, |conn| conn.begin(READ))?;
        self.looked(&conn, control, |conn| work(conn, settled))
    }

    /// Writes in one transaction; again when it had to give way to another one.
    pub fn write<T>(&self, control: &Control, work: impl FnMut(&PgConn) -> Result<T>) -> Result<T> {
        self.write_in(control, WRITE, work)
    }

    /// Writes in one transaction that the statement `begin` begins.
    pub fn write_in<T>(
        &self,
        control: &Control,
        begin: &str,
        mut work: impl FnMut(&PgConn) -> Result<T>,
    ) -> Result<T> {
        let mut tries = 0;
        let patience = Instant::now() + self.primary.command_timeout();
        loop {
            let (conn, transaction) = self.primary.begin(control, begin)?;
            let done = conn.controlled(control, &mut work);
            let again = match done {
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
            // A key that another transaction added meanwhile is seen by the next try.
            let gives_way = again.kind() == ErrorKind::Busy || error::is_unique_violation(&again);
            tries += 1;
            if !gives_way || tries >= TRIES || Instant::now() >= patience {
                return Err(again);
            }
            control.check()?;
            std::thread::sleep(Duration::from_millis(u64::from(tries.min(20))));
        }
    }

    /// Learns what became of a transaction whose COMMIT was not answered; waits for a server that is away, since whoever is told that it is
    /// not known can only write again, and counts would be added twice.
    fn is_committed(&self, transaction: &str, control: &Control) -> Result<bool> {
        let lost = |e: Error| {
            e.within("the answer to COMMIT was lost, and what became of it is not known")
                .in_doubt()
        };
        let patience = Instant::now() + INQUIRY;
        loop {
            match self.inquire(transaction, control) {
                Ok(Some(is_committed)) => return Ok(is_committed),
                Ok(None) => {}
                Err(error) if !error.is_retriable() || Instant::now() >= patience => return Err(lost(error)),
                Err(_) => {}
            }
            control.check().map_err(lost)?;
            std::thread::sleep(INQUIRE_AGAIN);
        }
    }

    /// Asks for the outcome of a transaction; `None` while it runs.
    fn inquire(&self, transaction: &str, control: &Control) -> Result<Option<bool>> {
        let (number, timeline) = transaction.split_once(' ').unwrap_or((transaction, ""));
        let (conn, _) = self.primary.ask(control, "SELECT 1")?;
        let now = conn.ask("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")?;
        if !timeline.is_empty() && now.as_deref() != Some(timeline) {
            // A standby was promoted. It may lack the commit, and give the number to another transaction.
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
            // A number from before a crash that the server has not reached again.
            Err(error) if error.kind() == ErrorKind::Invalid => Ok(Some(false)),
            Err(error) => Err(error),
        }
    }

    /// Runs `work` in the transaction that was begun, and ends it.
    fn looked<T>(
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

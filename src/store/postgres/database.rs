//! An open database.

use std::ops::Deref;
use std::sync::Arc;

use super::options::PostgresOptions;
use super::partition::Partitions;
use super::replica::Replica;
use super::schema;
use super::summarizer::Summarizer;
use super::transactions::Transactions;
use super::writer::Writer;
use crate::error::Result;
use crate::log::Logger;
use crate::record::Control;
use crate::store::migrate::State;
use crate::store::opener::{self, Access};

/// An open database: its transactions, the bulk writer, and the thread that sums up.
#[derive(Debug)]
pub struct PgDatabase {
    pub transactions: Arc<Transactions>,
    pub writer: Writer,
    pub summarizer: Summarizer,
}

impl PgDatabase {
    /// Connects to the primary; with write access, also migrates or adopts the tables.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the tables must exist and do not.
    pub fn new(
        options: &PostgresOptions,
        access: Access,
        logger: &Logger,
        control: &Control,
    ) -> Result<Self> {
        let primary = options.pool(&options.primary)?;
        let direct = options.direct.as_ref().map(|dsn| options.pool(dsn)).transpose()?;
        let own = direct.as_ref().unwrap_or(&primary);
        let conn = own.connect(control)?;
        let (found, partitions) = conn.controlled(control, |conn| {
            if options.must_exist && State::of(conn)? == State::default() {
                return Err(opener::missing());
            }
            if access == Access::Read {
                return Ok((schema::inspect(conn)?, None));
            }
            let found = schema::prepare(own, conn, &options.schema, options.partition, control)?;
            let partitions = found.step.map(|step| Partitions::new(step, logger.clone()));
            if let Some(partitions) = &partitions {
                partitions.start(conn)?;
            }
            Ok((found, partitions))
        })?;
        drop(conn);
        for pool in std::iter::once(&primary).chain(&direct) {
            pool.set_statements(Arc::clone(&found.statements));
        }
        let replica = match &options.replica {
            // With incomplete tables the replica is not used: it may lack other tables than the primary.
            Some(dsn) if found.incomplete.is_none() => {
                Some(Replica::new(options.pool(dsn)?, found.statements))
            }
            _ => None,
        };
        Ok(Self {
            transactions: Arc::new(Transactions::new(
                primary,
                direct,
                replica,
                found.layout,
                found.incomplete,
            )),
            writer: Writer::new(partitions),
            summarizer: Summarizer::default(),
        })
    }
}

impl Deref for PgDatabase {
    type Target = Transactions;

    fn deref(&self) -> &Transactions {
        &self.transactions
    }
}

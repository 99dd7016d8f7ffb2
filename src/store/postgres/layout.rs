//! The layout of the tables: ours, ours with partitions, or Seerflow's and adopted.

use tokio_postgres::types::Type;

use super::conn::PgConn;
use super::dialect::{ADOPTED, OURS, TERMS, UNADOPTED};
use crate::error::{Error, ErrorKind, Result};
use crate::store::sql::Dialect;
use crate::store::sql::database::IndexLayout;
use crate::store::table::{TRIGGER_BYTES, cut};

/// The layout of the tables.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The properties of the indexes.
    pub sql: IndexLayout,
    /// Seerflow created the tables.
    pub is_adopted: bool,
    /// `events` is partitioned by time.
    pub is_partitioned: bool,
    /// The type of `events.severity_id`.
    pub severity: Type,
    /// The type of `events.template_id`.
    pub template: Type,
    /// The tables' schema, quoted.
    pub schema: String,
    /// The sequence of `events.ingest_seq`, quoted; empty until the database is adopted.
    pub sequence: String,
}

impl Layout {
    /// Reads the layout from the catalog.
    pub fn read(conn: &PgConn) -> Result<Self> {
        let yes = |sql: &str| Ok::<_, Error>(conn.int(sql)? > 0);
        let type_of = |column: &str| {
            let sql = format!(
                "SELECT atttypid::bigint FROM pg_attribute WHERE attrelid = to_regclass('events') AND attname = '{column}'"
            );
            match conn.int(&sql)? {
                // 0: the table does not exist, so nothing is written.
                0 | 20 => Ok(Type::INT8),
                23 => Ok(Type::INT4),
                _ => Err(Error::new(
                    ErrorKind::Schema,
                    format!("events.{column} is no integer"),
                )),
            }
        };
        let schema =
            conn.ask("SELECT relnamespace::regnamespace FROM pg_class WHERE oid = to_regclass('events')")?;
        let sequence = conn.ask(
            "SELECT pg_get_serial_sequence('events', attname) FROM pg_attribute WHERE attrelid = to_regclass('events') AND attname = 'ingest_seq' AND NOT attisdropped",
        )?;
        Ok(Self {
            sql: IndexLayout {
                source_index_has_time: yes(
                    "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('idx_events_source_sev') AND attname = 'timestamp_ns'",
                )?,
                has_host_index: yes(
                    "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('idx_events_host') AND indisvalid",
                )?,
            },
            is_adopted: yes(
                "SELECT count(*) FROM pg_class WHERE oid = to_regclass('events') AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('events') AND attname = 'ingest_seq' AND attidentity <> '')",
            )?,
            is_partitioned: yes(
                "SELECT count(*) FROM pg_class WHERE oid = to_regclass('events') AND relkind = 'p'",
            )?,
            severity: type_of("severity_id")?,
            template: type_of("template_id")?,
            schema: schema.unwrap_or_default(),
            sequence: sequence.unwrap_or_default(),
        })
    }

    /// Returns a message as its column stores it. The tsvector of Seerflow's trigger is limited to a megabyte.
    pub fn message_column<'m>(&self, message: &'m str) -> &'m str {
        if self.is_adopted {
            cut(message, TRIGGER_BYTES)
        } else {
            message
        }
    }

    /// Returns the expression of the words of a row, for the index, independent of the search path.
    pub fn terms(&self) -> String {
        TERMS.replace("libseerflow_terms", &format!("{}.libseerflow_terms", self.schema))
    }

    /// Returns whether events have stored arrival numbers.
    pub fn is_numbered(&self) -> bool {
        !self.sequence.is_empty()
    }

    /// Returns the dialect of these tables.
    pub fn dialect(&self) -> &'static Dialect {
        match (self.is_numbered(), self.is_adopted) {
            (false, _) => &UNADOPTED,
            (true, true) => &ADOPTED,
            (true, false) => &OURS,
        }
    }
}

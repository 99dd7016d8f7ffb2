//! How the tables are laid out: by us, by us in partitions, or by Seerflow and adopted; and what that does to statements.

use tokio_postgres::types::Type;

use super::conn::PgConn;
use crate::error::{Error, ErrorKind, Result};
use crate::store::sql::database::IndexLayout;
use crate::store::sql::{self, Dialect};
use crate::store::table::{TRIGGER_BYTES, cut};

/// The words of a message: ours where we wrote the row, otherwise those that the server cuts nearly as SQLite would. The index
/// `idx_events_words` is over this expression.
macro_rules! terms {
    ($table:literal) => {
        concat!(
            "coalesce(",
            $table,
            "message_terms, libseerflow_terms(",
            $table,
            "message))"
        )
    };
}

/// The arrival number. Rows that were there before the database was adopted have none; they get a negative one from their time,
/// in steps of 2^42 ns (73 minutes), and within a step from their id. Times are bounded to 2^62 in either direction.
macro_rules! unadopted_seq {
    ($table:literal) => {
        concat!(
            "(least(greatest(", $table,
            "timestamp_ns, -4611686018427387904), 4611686018427387903) >> 42 << 42) - 4611686018427387904 + (hashtextextended(",
            $table, "event_id, 0) & 4398046511103)"
        )
    };
}

macro_rules! adopted_seq {
    ($table:literal) => {
        concat!("coalesce(", $table, "ingest_seq, ", unadopted_seq!($table), ")")
    };
}

/// Numbers that one step of time takes in an adopted table.
pub const ADOPTED_STEP: i64 = 1 << 42;

/// Terms of a row of `events`.
const TERMS: &str = terms!("");

/// Arrival number of a row of an adopted `events`, for the index.
pub const ADOPTED_SEQ: &str = adopted_seq!("");

/// Tables of ours.
pub const OURS: Dialect = Dialect {
    seq_of_e: "e.ingest_seq",
    seq: "ingest_seq",
    before_all: "0",
    binary: " COLLATE \"C\"",
    matches: concat!(terms!("e."), " @@"),
    message: "",
    most_counted: "9223372036854775807",
    parameter: '$',
    rows: sql::many_rows,
    overriding: " OVERRIDING SYSTEM VALUE",
};

/// Tables that Seerflow made.
pub const ADOPTED: Dialect = Dialect {
    seq_of_e: adopted_seq!("e."),
    seq: ADOPTED_SEQ,
    // The numbers of old rows are negative.
    before_all: "(-9223372036854775808)",
    // Seerflow's counts have four bytes.
    most_counted: "2147483647",
    ..OURS
};

/// Tables that Seerflow made and nobody has adopted: numbers of arrival follow from time and id, and the server has no words of ours.
pub const UNADOPTED: Dialect = Dialect {
    seq_of_e: unadopted_seq!("e."),
    seq: unadopted_seq!(""),
    matches: "NULL IS DISTINCT FROM",
    message: ", left(e.message, 200000)",
    ..ADOPTED
};

/// What there is.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What the planner of queries must know.
    pub sql: IndexLayout,
    /// Seerflow made the tables.
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
    /// Looks at the tables.
    pub fn read(conn: &PgConn) -> Result<Self> {
        let yes = |sql: &str| Ok::<_, Error>(conn.int(sql)? > 0);
        let type_of = |column: &str| {
            let sql = format!(
                "SELECT atttypid::bigint FROM pg_attribute WHERE attrelid = to_regclass('events') AND attname = '{column}'"
            );
            match conn.int(&sql)? {
                // Without the table nothing is written.
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

    /// Returns a message as its column has it. What Seerflow's trigger makes of it has at most a megabyte.
    pub fn message_column<'m>(&self, message: &'m str) -> &'m str {
        if self.is_adopted {
            cut(message, TRIGGER_BYTES)
        } else {
            message
        }
    }

    /// Returns the expression of the words of a row, for the index, whatever the search path is.
    pub fn terms(&self) -> String {
        TERMS.replace("libseerflow_terms", &format!("{}.libseerflow_terms", self.schema))
    }

    /// Tells whether events have numbers of arrival of their own.
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

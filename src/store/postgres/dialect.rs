//! Columns and expressions of the tables in PostgreSQL, by who created them: this library, or Seerflow.

use crate::store::sql::{Dialect, many_rows};
use crate::store::table::{SOURCE_BYTES, cut};

/// The words of a message: stored ones for rows of this library, otherwise computed on the server almost as SQLite would. The index
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

/// The arrival number of a row that was stored before the database was adopted: a negative number from its time, in steps of 2^42 ns
/// (73 minutes), and within a step from its id. Times are bounded to 2^62 in either direction.
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

/// Arrival numbers per step of time in an adopted table.
pub const ADOPTED_STEP: i64 = 1 << 42;

/// The words of a row of `events`.
pub const TERMS: &str = terms!("");

/// The arrival number of a row of an adopted `events`, for the index.
pub const ADOPTED_SEQ: &str = adopted_seq!("");

/// The dialect of our tables.
pub const OURS: Dialect = Dialect {
    seq_of_e: "e.ingest_seq",
    seq: "ingest_seq",
    before_all: "0",
    binary: " COLLATE \"C\"",
    matches: concat!(terms!("e."), " @@"),
    message: "",
    // Not the expression of the index: the planner would read all entries of a common word to pass over a few rows.
    text_filter: "\n  AND (?10 IS NULL OR CASE WHEN e.message_terms IS NULL THEN libseerflow_terms(e.message) \
        ELSE e.message_terms END @@ CAST(?10 AS tsquery))",
    searched: "",
    most_counted: "9223372036854775807",
    parameter: '$',
    rows: many_rows,
    overriding: " OVERRIDING SYSTEM VALUE",
};

/// The dialect of tables that Seerflow created.
pub const ADOPTED: Dialect = Dialect {
    seq_of_e: adopted_seq!("e."),
    seq: ADOPTED_SEQ,
    // The numbers of rows from before the adoption are negative.
    before_all: "(-9223372036854775808)",
    // Seerflow's columns of counts have four bytes.
    most_counted: "2147483647",
    ..OURS
};

/// The dialect of tables that Seerflow created and that are not adopted: arrival numbers follow from time and id, and there are no words.
pub const UNADOPTED: Dialect = Dialect {
    seq_of_e: unadopted_seq!("e."),
    seq: unadopted_seq!(""),
    matches: "NULL IS DISTINCT FROM",
    message: ", left(e.message, 200000)",
    text_filter: "",
    searched: ", CASE WHEN ?10 IS NOT NULL THEN left(e.message, 200000) END",
    ..ADOPTED
};

/// Returns a source as its column stores it; queries compare with the same value.
pub fn source_column(source: &str) -> &str {
    cut(source, SOURCE_BYTES)
}

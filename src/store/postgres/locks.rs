//! The advisory locks of a database, which all processes share.

/// The first lock number: the bytes "seerflow".
const FIRST: i64 = 0x7365_6572_666c_6f77;

/// Held while migrations run.
pub const MIGRATE: i64 = FIRST;

/// Held while events are summed up or pruned.
pub const SUMMARIZE: i64 = FIRST + 1;

/// Held while indexes are built after a migration.
pub const BUILD_INDEXES: i64 = FIRST + 2;

/// Held while partitions are created or dropped.
pub const PARTITION: i64 = FIRST + 3;

/// Returns the statement that acquires a lock until the transaction ends.
pub fn acquire(lock: i64) -> String {
    format!("SELECT pg_advisory_xact_lock({lock})")
}

/// Returns the statement that acquires a lock until the transaction ends, if no other session holds it. Its answer is 1 or 0.
pub fn try_acquire(lock: i64) -> String {
    format!("SELECT pg_try_advisory_xact_lock({lock})::int")
}

//! The table of options: key, type, default and description.

/// The type of an option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Any text.
    Text,
    /// A file system path.
    Path,
    /// A connection string. Its password is never shown.
    Url,
    /// An integer, with its lower and upper bound.
    Int(u64, u64),
    /// A number of seconds, which may have a fraction.
    Seconds,
    /// One of the listed words.
    Word(&'static [&'static str]),
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct ConfigOption {
    /// Its key, such as `storage.sqlite_path`.
    pub key: &'static str,
    /// The type of its value.
    pub kind: OptionKind,
    /// Its default.
    pub default: &'static str,
    /// Its description.
    pub doc: &'static str,
}

const MIB: u64 = 1 << 20;

/// Every option.
pub const OPTIONS: &[ConfigOption] = &[
    option(
        "storage.backend",
        OptionKind::Word(&["sqlite", "postgresql"]),
        "sqlite",
        "The database that stores events.",
    ),
    option(
        "storage.data_dir",
        OptionKind::Path,
        "",
        "Data directory. If empty: $SEERFLOW_DATA_DIR, or $XDG_DATA_HOME/seerflow, or ~/.local/share/seerflow.",
    ),
    option(
        "storage.sqlite_path",
        OptionKind::Path,
        "",
        "Database file. If empty: seerflow.db in the data directory.",
    ),
    option(
        "storage.read_only",
        OptionKind::Word(&["false", "true"]),
        "false",
        "Open the database for reading only: nothing is created or changed, and writes fail.",
    ),
    option(
        "storage.must_exist",
        OptionKind::Word(&["false", "true"]),
        "false",
        "Fail to open a database that does not exist, instead of creating it or reading it as empty.",
    ),
    option(
        "storage.postgresql_url",
        OptionKind::Url,
        "",
        "PostgreSQL connection string, URL or key=value. Missing parts come from libpq's variables (PGHOST ...) and password file.",
    ),
    option(
        "storage.postgresql_read_url",
        OptionKind::Url,
        "",
        "Connection string of a replica for queries. While it does not answer, the primary does.",
    ),
    option(
        "storage.postgresql_direct_url",
        OptionKind::Url,
        "",
        "Connection string of the primary without the pooler that postgresql_url leads to: for migrations, indexes, sums and VACUUM.",
    ),
    option(
        "storage.postgresql_schema",
        OptionKind::Text,
        "",
        "Schema of the tables, created if missing. If empty, the role's search_path decides.",
    ),
    option(
        "storage.postgresql_writers",
        OptionKind::Int(1, 64),
        "2",
        "Number of connections that commit events concurrently.",
    ),
    option(
        "storage.postgresql_partition",
        OptionKind::Word(&["none", "day", "week", "month"]),
        "none",
        "Time span of one partition of events. Applies to a new database not shared with Seerflow; an existing table keeps its span.",
    ),
    option(
        "storage.postgresql_pool_min_size",
        OptionKind::Int(1, 1000),
        "2",
        "Number of connections to keep open.",
    ),
    option(
        "storage.postgresql_pool_max_size",
        OptionKind::Int(1, 1000),
        "10",
        "Maximum number of connections.",
    ),
    option(
        "storage.postgresql_command_timeout_s",
        OptionKind::Seconds,
        "30.0",
        "Maximum seconds of one statement.",
    ),
    option(
        "storage.graph_backend",
        OptionKind::Word(&["igraph", "memory", "falkordb", "postgres_age"]),
        "igraph",
        "The back end of the entity graph.",
    ),
    option(
        "storage.graph_refresh_ms",
        OptionKind::Int(0, 86_400_000),
        "1000",
        "Milliseconds between the in-process graph's checks for changes by other programs.",
    ),
    option(
        "storage.falkordb_url",
        OptionKind::Url,
        "",
        "FalkorDB address: falkor://user:password@host:6379/graph, falkors:// with TLS.",
    ),
    option(
        "storage.falkordb_pool_max_size",
        OptionKind::Int(1, 1000),
        "10",
        "Maximum number of connections to FalkorDB.",
    ),
    option(
        "storage.falkordb_command_timeout_s",
        OptionKind::Seconds,
        "30.0",
        "Maximum seconds of one query of FalkorDB.",
    ),
    option(
        "storage.age_graph",
        OptionKind::Text,
        "seerflow_graph",
        "Name of the graph in Apache AGE.",
    ),
    option(
        "storage.durability",
        OptionKind::Word(&["process", "power"]),
        "process",
        "The failure that a commit survives: death of the process, or loss of power.",
    ),
    option(
        "storage.flush_events",
        OptionKind::Int(1, 1_000_000),
        "1000",
        "Number of queued events that triggers a flush.",
    ),
    option(
        "storage.flush_interval_ms",
        OptionKind::Int(1, 3_600_000),
        "100",
        "Maximum milliseconds that an event waits in the queue before it is committed.",
    ),
    option(
        "storage.memory_bytes",
        OptionKind::Int(8 * MIB, 1 << 40),
        "",
        "Bounds the memory of the store. The bounds below that are not set are shares of it: queue and caches a quarter each, transactions and answers an eighth each, records a sixteenth.",
    ),
    option(
        "storage.cache_bytes",
        OptionKind::Int(MIB, 1 << 40),
        "33554432",
        "Maximum bytes of SQLite's page caches. Half is the writer's, an eighth belongs to each of four readers.",
    ),
    option(
        "storage.queue_events",
        OptionKind::Int(1, 100_000_000),
        "100000",
        "Maximum number of events in memory, queued or being committed.",
    ),
    option(
        "storage.queue_bytes",
        OptionKind::Int(64 << 10, 1 << 40),
        "67108864",
        "Maximum bytes of events in memory, queued or being committed.",
    ),
    option(
        "storage.commit_events",
        OptionKind::Int(1, 1_000_000),
        "32768",
        "Maximum events of one transaction.",
    ),
    option(
        "storage.commit_bytes",
        OptionKind::Int(64 << 10, 1 << 32),
        "33554432",
        "Maximum bytes of one transaction.",
    ),
    option(
        "storage.max_event_bytes",
        OptionKind::Int(1 << 10, 1 << 28),
        "1048576",
        "Maximum bytes of an input line or record. A stored event may be a sixteenth larger, for its metadata.",
    ),
    option(
        "storage.page_bytes",
        OptionKind::Int(64 << 10, 1 << 30),
        "16777216",
        "Maximum bytes of a page or other list; it ends early at this size. A single larger record is returned alone.",
    ),
    option(
        "storage.wal_limit_bytes",
        OptionKind::Int(MIB, 1 << 40),
        "268435456",
        "Size of SQLite's write-ahead log at which the next commit waits for a checkpoint.",
    ),
    option(
        "storage.infer_edges",
        OptionKind::Word(&["false", "true"]),
        "false",
        "Infer edges between the entities of each new event, in its transaction.",
    ),
    option(
        "storage.track_templates",
        OptionKind::Word(&["false", "true"]),
        "false",
        "Update the statistics of each new event's template, in its transaction.",
    ),
    #[cfg(feature = "fault-injection")]
    option(
        "debug.panic",
        OptionKind::Word(&["", "write", "query"]),
        "",
        "Make the named call panic.",
    ),
];

const fn option(
    key: &'static str,
    kind: OptionKind,
    default: &'static str,
    doc: &'static str,
) -> ConfigOption {
    ConfigOption {
        key,
        kind,
        default,
        doc,
    }
}

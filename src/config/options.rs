//! Every option: its key, what its value must be, its default, and what it does.

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Any text.
    Text,
    /// A file system path.
    Path,
    /// A connection string, whose password is never shown.
    Url,
    /// An integer between two bounds.
    Int(u64, u64),
    /// A number of seconds, fractions allowed.
    Seconds,
    /// One of several words.
    Word(&'static [&'static str]),
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct ConfigOption {
    /// Its key, such as `storage.sqlite_path`.
    pub key: &'static str,
    /// What its value must be.
    pub kind: OptionKind,
    /// Its value when nobody sets it.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
}

const MIB: u64 = 1 << 20;

/// Every option.
pub const OPTIONS: &[ConfigOption] = &[
    option(
        "storage.backend",
        OptionKind::Word(&["sqlite", "postgresql"]),
        "sqlite",
        "Where events are stored.",
    ),
    option(
        "storage.data_dir",
        OptionKind::Path,
        "",
        "Data directory; else $SEERFLOW_DATA_DIR, $XDG_DATA_HOME/seerflow, ~/.local/share/seerflow.",
    ),
    option(
        "storage.sqlite_path",
        OptionKind::Path,
        "",
        "Database file; else seerflow.db in the data directory.",
    ),
    option(
        "storage.postgresql_url",
        OptionKind::Url,
        "",
        "PostgreSQL connection string, URL or key=value; libpq's variables (PGHOST ...) and password file fill its gaps.",
    ),
    option(
        "storage.postgresql_read_url",
        OptionKind::Url,
        "",
        "Connection string of a replica that answers queries; the primary answers when it does not.",
    ),
    option(
        "storage.postgresql_schema",
        OptionKind::Text,
        "",
        "Schema of the tables, made when it is missing; else the role's search_path decides.",
    ),
    option(
        "storage.postgresql_writers",
        OptionKind::Int(1, 64),
        "2",
        "Connections that commit events side by side, each what waits when it becomes free.",
    ),
    option(
        "storage.postgresql_partition",
        OptionKind::Word(&["none", "day", "week", "month"]),
        "none",
        "Time that a partition of events spans, for a new database that is not shared with Seerflow; later the table says it.",
    ),
    option(
        "storage.postgresql_pool_min_size",
        OptionKind::Int(1, 1000),
        "2",
        "Connections kept open.",
    ),
    option(
        "storage.postgresql_pool_max_size",
        OptionKind::Int(1, 1000),
        "10",
        "Connections at the most.",
    ),
    option(
        "storage.postgresql_command_timeout_s",
        OptionKind::Seconds,
        "30.0",
        "Seconds that one command may take.",
    ),
    option(
        "storage.graph_backend",
        OptionKind::Word(&["igraph", "memory", "falkordb", "postgres_age"]),
        "igraph",
        "Where the entity graph lives.",
    ),
    option(
        "storage.graph_refresh_ms",
        OptionKind::Int(0, 86_400_000),
        "1000",
        "Milliseconds between two looks of the graph in memory at what other programs wrote.",
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
        "Connections to FalkorDB at the most.",
    ),
    option(
        "storage.falkordb_command_timeout_s",
        OptionKind::Seconds,
        "30.0",
        "Seconds that one query of FalkorDB may take.",
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
        "What a commit survives: the death of the process, or the loss of power.",
    ),
    option(
        "storage.flush_events",
        OptionKind::Int(1, 1_000_000),
        "1000",
        "Events that make the buffer flush.",
    ),
    option(
        "storage.flush_interval_ms",
        OptionKind::Int(1, 3_600_000),
        "100",
        "Milliseconds after which the buffer flushes anyway.",
    ),
    option(
        "storage.queue_events",
        OptionKind::Int(1, 100_000_000),
        "100000",
        "Events that may wait in memory, those being committed included.",
    ),
    option(
        "storage.queue_bytes",
        OptionKind::Int(64 << 10, 1 << 40),
        "67108864",
        "Bytes that may wait in memory, those being committed included.",
    ),
    option(
        "storage.commit_events",
        OptionKind::Int(1, 1_000_000),
        "32768",
        "Events that one transaction takes at the most.",
    ),
    option(
        "storage.commit_bytes",
        OptionKind::Int(64 << 10, 1 << 32),
        "33554432",
        "Bytes that one transaction takes at the most.",
    ),
    option(
        "storage.max_event_bytes",
        OptionKind::Int(1 << 10, 1 << 28),
        "1048576",
        "The largest stored event and the longest line, in bytes.",
    ),
    option(
        "storage.page_bytes",
        OptionKind::Int(64 << 10, 1 << 30),
        "16777216",
        "Bytes at which a page, or another answer of several records, ends before its limit; a larger record comes alone.",
    ),
    option(
        "storage.wal_limit_bytes",
        OptionKind::Int(MIB, 1 << 40),
        "268435456",
        "Size of SQLite's write-ahead log above which it is written back before the next commit.",
    ),
    option(
        "storage.infer_edges",
        OptionKind::Word(&["false", "true"]),
        "false",
        "Adds edges between the entities of each new event, in its transaction.",
    ),
    option(
        "storage.track_templates",
        OptionKind::Word(&["false", "true"]),
        "false",
        "Adds each new event to the statistics of its template, in its transaction.",
    ),
    #[cfg(feature = "fault-injection")]
    option(
        "debug.panic",
        OptionKind::Word(&["", "write", "query"]),
        "",
        "Makes the named call panic.",
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

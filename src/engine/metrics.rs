//! The counters and the state of a store as one text in the format of OpenMetrics.

use std::fmt::Write;

use super::{Engine, Health, Stats};
use crate::buffer::COMMIT_BOUNDS;
use crate::record::now_ns;

const NANOS: f64 = 1e9;

/// A text of metrics that all have the same labels.
struct Text {
    out: String,
    labels: String,
}

impl Text {
    /// Starts a family of metrics. A unit is the last part of its name.
    fn family(&mut self, name: &str, kind: &str, unit: &str, help: &str) {
        let _ = writeln!(self.out, "# TYPE seerflow_{name} {kind}");
        if !unit.is_empty() {
            let _ = writeln!(self.out, "# UNIT seerflow_{name} {unit}");
        }
        let _ = writeln!(self.out, "# HELP seerflow_{name} {help}");
    }

    fn sample(&mut self, name: &str, label: Option<(&str, String)>, value: impl std::fmt::Display) {
        let _ = write!(self.out, "seerflow_{name}{{{}", self.labels);
        if let Some((key, text)) = label {
            let _ = write!(self.out, ",{key}=\"{text}\"");
        }
        let _ = writeln!(self.out, "}} {value}");
    }

    fn counter(&mut self, name: &str, unit: &str, help: &str, value: u64) {
        self.family(name, "counter", unit, help);
        self.sample(&format!("{name}_total"), None, value);
    }

    fn gauge(&mut self, name: &str, unit: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, "gauge", unit, help);
        self.sample(name, None, value);
    }
}

impl Engine {
    /// Returns the counters and the state as a text in the format of OpenMetrics 1.0. Does not use the database.
    pub fn metrics(&self) -> String {
        let stats = self.stats();
        let backend = self.config.value("storage.backend");
        let mut text = Text {
            out: String::new(),
            labels: format!("backend=\"{backend}\",database=\"{}\"", escaped(&self.location())),
        };
        write_counters(&mut text, &stats);
        write_commits(&mut text, &stats);
        write_queue(&mut text, &stats);
        write_state(&mut text, &self.health());
        text.out.push_str("# EOF\n");
        text.out
    }
}

fn write_counters(text: &mut Text, stats: &Stats) {
    let buffer = &stats.buffer;
    let counters = [
        (
            "accepted_events",
            "Events accepted into the queue.",
            buffer.accepted,
        ),
        (
            "committed_events",
            "Committed events that were new.",
            buffer.committed,
        ),
        (
            "duplicate_events",
            "Events whose id was stored already.",
            buffer.duplicates,
        ),
        ("dead_letters", "Records stored as dead letters.", buffer.rejected),
        (
            "withdrawn_events",
            "Accepted events that their write removed from the queue.",
            buffer.withdrawn,
        ),
        (
            "unparsed_times",
            "Committed events whose time was given and not understood.",
            buffer.unparsed_times,
        ),
        (
            "commit_retries",
            "Failed commits that were repeated.",
            buffer.retries,
        ),
        ("queries", "Queries answered.", stats.queries),
    ];
    for (name, help, value) in counters {
        text.counter(name, "", help, value);
    }
}

fn write_commits(text: &mut Text, stats: &Stats) {
    let buffer = &stats.buffer;
    text.family(
        "commit_duration_seconds",
        "histogram",
        "seconds",
        "Durations of transactions.",
    );
    let mut sum = 0;
    let bounds = COMMIT_BOUNDS
        .iter()
        .map(|bound| format!("{:?}", bound.as_secs_f64()));
    for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(buffer.commit_counts) {
        sum += count;
        text.sample("commit_duration_seconds_bucket", Some(("le", bound)), sum);
    }
    text.sample("commit_duration_seconds_count", None, buffer.commits);
    text.sample(
        "commit_duration_seconds_sum",
        None,
        buffer.total_commit_ns as f64 / NANOS,
    );
}

fn write_queue(text: &mut Text, stats: &Stats) {
    let buffer = &stats.buffer;
    let (events, bytes) = stats.queue_limits;
    text.gauge(
        "queue_events",
        "",
        "Records in the queue or being committed.",
        buffer.queue_events,
    );
    text.gauge("queue_limit_events", "", "The bound of queue_events.", events);
    text.gauge(
        "queue_bytes",
        "bytes",
        "Bytes in the queue or being committed.",
        buffer.queue_bytes,
    );
    text.gauge("queue_limit_bytes", "bytes", "The bound of queue_bytes.", bytes);
    text.gauge(
        "wal_bytes",
        "bytes",
        "Size of the write-ahead log of SQLite after the last commit.",
        buffer.wal_bytes,
    );
    text.gauge(
        "graph_backlog_edges",
        "",
        "Changed edges that the graph server does not have yet.",
        stats.graph_backlog,
    );
}

fn write_state(text: &mut Text, health: &Health) {
    text.family("state", "stateset", "", "The state of the store.");
    let is = match health {
        Health::Idle => "idle",
        Health::Ok => "ok",
        Health::Degraded(_) => "degraded",
        Health::Closed => "closed",
    };
    for state in ["idle", "ok", "degraded", "closed"] {
        let value = u8::from(state == is);
        text.sample("state", Some(("seerflow_state", state.to_owned())), value);
    }
    let since = match health {
        Health::Degraded(failure) => now_ns().saturating_sub(failure.since_ns).max(0),
        _ => 0,
    };
    text.gauge(
        "degraded_seconds",
        "seconds",
        "How long commits have been failing; 0 if they work.",
        since as f64 / NANOS,
    );
}

/// Escapes the value of a label.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

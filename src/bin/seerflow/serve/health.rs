//! The answers about the store itself: its contents and state, and dead letters.

use seerflow::Health;
use seerflow::record::{Control, DeadLetterCursor, now_ns};
use serde_json::{Value, json};

use super::api::Api;
use super::params::{Params, Refusal};
use super::search::SHOWN;
use crate::filter;

impl Api {
    /// Returns the contents of the store, and the actions that the page may take.
    pub(super) fn store(&self, control: &Control) -> Result<Value, Refusal> {
        let summary = self.engine.maintenance()?.summary(control)?;
        Ok(json!({
            "location": summary.location,
            "events": summary.events,
            "dead_letters": summary.dead_letters,
            "oldest": summary.oldest_ns.map(|ns| ns.to_string()),
            "newest": summary.newest_ns.map(|ns| ns.to_string()),
            "last_seq": summary.last_seq,
            "behind": summary.last_seq.saturating_sub(summary.watermark).max(0),
            "bytes": summary.bytes,
            "free_bytes": summary.free_bytes,
            "wal_bytes": summary.wal_bytes,
            "schema": format!("{}.{}", summary.schema_version, summary.migration),
            "verdicts": self.allows_verdicts,
            "keys": filter::KEYS,
        }))
    }

    pub(super) fn health(&self, control: &Control) -> Result<Value, Refusal> {
        let state = match self.engine.health() {
            Health::Degraded(failure) => failure.reason,
            Health::Closed => "closed".to_owned(),
            Health::Idle | Health::Ok => "ok".to_owned(),
        };
        let graph = self.engine.graph();
        let graph = graph.and_then(|graph| graph.health(control).map(|()| graph.location()));
        let stats = self.engine.stats();
        Ok(json!({
            "store": self.store(control)?,
            "now": now_ns().to_string(),
            "state": state,
            "queue": stats.buffer.queue_events,
            "graph": graph.as_deref().unwrap_or("unreachable"),
            "graph_backlog": stats.graph_backlog,
        }))
    }

    pub(super) fn dead_letters(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let after = params.parsed("cursor", |text| {
            DeadLetterCursor::parse(text).map_err(|error| error.to_string())
        })?;
        let letters = self.engine.dead_letters()?.dead_letters(after, 50, control)?;
        let shown = letters.iter().map(|letter| {
            let payload: String = String::from_utf8_lossy(&letter.payload).chars().take(SHOWN).collect();
            json!({ "at": letter.received_ns.to_string(), "format": letter.format, "reason": letter.reason, "payload": payload })
        });
        let next = letters.last().map(|last| DeadLetterCursor::from(last).token());
        Ok(json!({ "letters": shown.collect::<Vec<_>>(), "next": next }))
    }
}

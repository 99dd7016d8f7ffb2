//! Outcomes of write calls.

use super::DeadLetterCursor;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The failure that a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Death of the process (SQLite `synchronous=NORMAL`). The default, as in Seerflow.
    #[default]
    Process,
    /// Loss of power (SQLite `synchronous=EXTRA`).
    Power,
}

impl Durability {
    /// Returns the value's name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Durability::Process => "process",
            Durability::Power => "power",
        }
    }
}

/// A record of a write call that could not become an event.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rejection {
    /// Its position in the call's input, from 0.
    pub index: u64,
    /// The reason, which names the field.
    pub reason: String,
}

/// The counts and rejections of one write call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOutcome {
    /// Events accepted: committed, duplicate or queued. If the store was closed during the call, some accepted events are lost and in none of the three.
    pub accepted: u64,
    /// Accepted events that a durable write committed as new.
    pub committed: u64,
    /// Accepted events whose event_id was stored before. Known only after a durable write.
    pub duplicates: u64,
    /// Accepted events still in the queue or in a transaction when the call returned; they will be stored.
    pub queued: u64,
    /// Accepted events that the call withdrew; they are not stored.
    pub withdrawn: u64,
    /// Events without the record key that the call named; they got an ordinary id.
    pub unkeyed: u64,
    /// Accepted events whose time was given and not understood. They have the time at which they were received, and the attribute
    /// `seerflow.time.unparsed`.
    pub unparsed_times: u64,
    /// Records stored as dead letters, with the reason.
    pub rejected: Vec<Rejection>,
    /// Bytes of input consumed. The rest is an incomplete last record, did not fit into the queue, or was withdrawn.
    pub consumed: usize,
    /// The durability of the commit, for a durable write.
    pub durability: Option<Durability>,
}

impl WriteOutcome {
    /// Returns true if the call consumed no record.
    pub fn is_empty(&self) -> bool {
        self.accepted + self.withdrawn == 0 && self.rejected.is_empty()
    }
}

/// A record that could not become an event, as stored in the table `dead_letters`. In JSON, a payload that is not UTF-8 is
/// `{"$bin": base64}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DeadLetter {
    /// Its id in the table.
    pub id: i64,
    /// When it arrived, in nanoseconds.
    pub received_ns: i64,
    /// The input's format: `lines`, `ndjson`, `msgpack`, `struct`.
    pub format: String,
    /// The reason for the rejection.
    pub reason: String,
    /// The record's original bytes.
    #[serde(serialize_with = "text_or_base64")]
    pub payload: Vec<u8>,
}

impl From<&DeadLetter> for DeadLetterCursor {
    fn from(letter: &DeadLetter) -> Self {
        Self { id: letter.id }
    }
}

fn text_or_base64<S: serde::Serializer>(bytes: &[u8], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => serializer.collect_map([("$bin", STANDARD.encode(bytes))]),
    }
}

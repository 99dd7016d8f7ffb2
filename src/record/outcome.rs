//! What became of the events of a write.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What survives, once a commit has returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The death of the process (SQLite synchronous NORMAL). The default, as Seerflow has it.
    #[default]
    Process,
    /// The loss of power (SQLite synchronous FULL).
    Power,
}

impl Durability {
    /// Returns the configuration's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Durability::Process => "process",
            Durability::Power => "power",
        }
    }
}

/// One record of a call that could not become an event.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rejection {
    /// Its position in the call's input, from 0.
    pub index: u64,
    /// Why, naming the field.
    pub reason: String,
}

/// What one write call did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOutcome {
    /// Events accepted: those committed, duplicates and queued. A call that ended by closing has others, which are lost.
    pub accepted: u64,
    /// Of the accepted, those that a durable write saw committed as new.
    pub committed: u64,
    /// Of the accepted, those whose event_id was stored before. Known after a durable write only.
    pub duplicates: u64,
    /// Of the accepted, those that are in the queue or in a transaction as far as the call knows: they are stored later.
    pub queued: u64,
    /// Events that were accepted and taken back: they are not stored.
    pub withdrawn: u64,
    /// Events without the record key that the call asked for; they got an ordinary id.
    pub unkeyed: u64,
    /// Records kept as dead letters instead, with the reason.
    pub rejected: Vec<Rejection>,
    /// Bytes of the input that were used. The rest is an incomplete last record, did not fit the queue, or was taken back.
    pub consumed: usize,
    /// The durability of the commit, for a durable write.
    pub durability: Option<Durability>,
}

impl WriteOutcome {
    /// Returns true if the call took no record.
    pub fn is_empty(&self) -> bool {
        self.accepted + self.withdrawn == 0 && self.rejected.is_empty()
    }
}

/// A record that could not become an event, as the table `dead_letters` keeps it. As JSON, a payload that is not UTF-8 is
/// `{"$bin": base64}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct DeadLetter {
    /// Its number in the table.
    pub id: i64,
    /// When it arrived.
    pub received_ns: i64,
    /// The input's format: `lines`, `ndjson`, `msgpack`, `struct`.
    pub format: String,
    /// Why it was rejected.
    pub reason: String,
    /// The record as it came.
    #[serde(serialize_with = "text_or_base64")]
    pub payload: Vec<u8>,
}

fn text_or_base64<S: serde::Serializer>(bytes: &[u8], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => serializer.collect_map([("$bin", STANDARD.encode(bytes))]),
    }
}

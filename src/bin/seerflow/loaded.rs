//! The report of loaded files: of events, or of alerts.

use indicatif::HumanCount;
use seerflow::transfer::{BadRecord, FeedCounts, Format};
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;

/// The most bad records reported.
const NAMED: usize = 10;

/// The result of loading one file.
pub struct Loaded {
    pub name: String,
    pub format: Option<Format>,
    pub counts: FeedCounts,
    pub failure: Option<String>,
}

impl Loaded {
    fn rejected(&self) -> u64 {
        self.counts.rejected + self.counts.malformed
    }

    fn place(&self, bad: &BadRecord) -> String {
        let (name, place, reason) = (&self.name, bad.place, &bad.reason);
        match self.format {
            Some(Format::Msgpack | Format::Otlp | Format::OtlpJson | Format::Fluent) => {
                format!("{name}: record {place}: {reason}")
            }
            Some(Format::Csv) => format!("{name}: row {place}: {reason}"),
            _ => format!("{name}:{place}: {reason}"),
        }
    }
}

impl Serialize for Loaded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bad = |bad: &BadRecord| json!({"place": bad.place, "reason": bad.reason});
        let file = json!({
            "file": self.name,
            "format": self.format.map(Format::name),
            "accepted": self.counts.accepted,
            "rejected": self.rejected(),
            "bytes": self.counts.bytes,
            "first_rejected": self.counts.first_bad.iter().map(bad).collect::<Vec<_>>(),
            "error": self.failure,
        });
        file.serialize(serializer)
    }
}

/// The files, and the counts over all of them.
#[derive(Serialize)]
pub struct Report {
    pub accepted: u64,
    pub stored: u64,
    pub duplicates: u64,
    pub rejected: u64,
    pub bytes: u64,
    pub files: Vec<Loaded>,
}

impl Report {
    /// Adds up the counts of files.
    pub fn new(files: Vec<Loaded>) -> Self {
        let all = |count: fn(&Loaded) -> u64| files.iter().map(count).sum::<u64>();
        let (accepted, duplicates) = (all(|one| one.counts.accepted), all(|one| one.counts.duplicates));
        Self {
            accepted,
            stored: accepted - duplicates,
            duplicates,
            rejected: all(Loaded::rejected),
            bytes: all(|one| one.counts.bytes),
            files,
        }
    }

    /// Prints the first rejected records, and the number of the others.
    pub fn note_bad(&self, context: &Context) {
        let bad = self
            .files
            .iter()
            .flat_map(|one| one.counts.first_bad.iter().map(|bad| one.place(bad)));
        let named = bad.take(NAMED).map(|bad| context.note(bad)).count() as u64;
        if self.rejected > named {
            let others = HumanCount(self.rejected - named);
            context.note(format!("and {others} more rejected records"));
        }
    }

    /// Returns the counts as a sentence about events or alerts.
    pub fn text(&self, records: &str) -> String {
        let mut text = format!("stored {} {records}", HumanCount(self.stored));
        if self.duplicates > 0 {
            text += &format!(", {} were stored before", HumanCount(self.duplicates));
        }
        if self.rejected > 0 {
            text += &format!(", {} rejected", HumanCount(self.rejected));
        }
        text
    }

    /// Returns whether a file failed or had rejected records.
    pub fn has_failures(&self) -> bool {
        self.rejected > 0 || self.files.iter().any(|one| one.failure.is_some())
    }
}

/// Returns the message of a failed file.
pub fn said(failure: Failure) -> String {
    match failure {
        Failure::Error(text) | Failure::Damaged(text) => text,
        _ => "interrupted".to_owned(),
    }
}

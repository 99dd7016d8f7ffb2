//! Counts and rejections of an imported file.

/// A record that did not become an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRecord {
    /// Its number in the input: of its line; of its row, for CSV, where the header is row 1; of the record, for other formats.
    pub place: u64,
    /// The reason.
    pub reason: String,
}

/// The counts of a stream so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedCounts {
    /// Events accepted.
    pub accepted: u64,
    /// Accepted events that were stored before. Known only for a durable feed.
    pub duplicates: u64,
    /// Records stored as dead letters.
    pub rejected: u64,
    /// CSV rows with more or fewer cells than the header. They are not stored.
    pub malformed: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// The first ten rejections.
    pub first_bad: Vec<BadRecord>,
}

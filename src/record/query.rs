//! What is asked of the event store, and the page that answers.

use uuid::Uuid;

use super::{Cursor, Window};
use crate::error::{Error, Result};
use crate::memory;

/// The most events that one page of a timeline may have, as in Seerflow.
pub const MAX_TIMELINE: u32 = 10_000;

/// The most events one page may have.
pub const MAX_PAGE: u32 = 100_000;

/// Whether a page says how many events match in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Total {
    /// It does not; the default, since counting costs.
    #[default]
    None,
    /// It counts up to this many.
    Capped(u64),
    /// It counts all.
    Exact,
}

/// In which order events come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By time, newest first.
    #[default]
    Newest,
    /// By time, oldest first.
    Oldest,
    /// By arrival, first come first: for following a store as it grows, and for a complete export while it does.
    Arrival,
}

/// Which events, in which order, how many at once. The default asks for the newest 100 of all.
///
/// All filters must hold together.
#[derive(Clone, Debug, PartialEq)]
pub struct EventQuery {
    /// The window of `timestamp_ns`.
    pub window: Window,
    /// Exactly this `source_type`.
    pub source_type: Option<String>,
    /// Exactly this `source_id`.
    pub source_id: Option<String>,
    /// This `severity_id` or a higher one.
    pub min_severity: Option<i64>,
    /// Exactly this `template_id`.
    pub template_id: Option<i64>,
    /// Events whose `entity_refs` hold this id.
    pub entity: Option<String>,
    /// Messages with all these words, stemmed; `"quoted words"` must stand side by side.
    pub text: Option<String>,
    /// The order.
    pub order: Order,
    /// Events a page, 1 to [`MAX_PAGE`]. A page ends earlier at `storage.page_bytes`.
    pub limit: u32,
    /// Pages to skip, as Seerflow counts them, from 1. Costs what it skips: prefer `cursor`, which alone leads to the rest of a page
    /// that ended at `storage.page_bytes`.
    pub page: u32,
    /// Where to go on: the [`EventPage::next`] of the page before. The filters must be the same.
    pub cursor: Option<Cursor>,
    /// Whether to count.
    pub total: Total,
}

impl Default for EventQuery {
    fn default() -> Self {
        Self {
            window: Window::ALL,
            source_type: None,
            source_id: None,
            min_severity: None,
            template_id: None,
            entity: None,
            text: None,
            order: Order::Newest,
            limit: 100,
            page: 1,
            cursor: None,
            total: Total::None,
        }
    }
}

impl EventQuery {
    /// Makes the query for the events of a window.
    pub fn within(window: Window) -> Self {
        Self {
            window,
            ..Self::default()
        }
    }

    /// Tells whether the window is the only filter.
    pub fn has_only_window(&self) -> bool {
        let Self {
            source_type,
            source_id,
            min_severity,
            template_id,
            entity,
            text,
            ..
        } = self;
        [source_type, source_id, entity, text]
            .iter()
            .all(|filter| filter.is_none())
            && min_severity.is_none()
            && template_id.is_none()
    }

    /// Checks the bounds that this page states.
    pub fn validate(&self) -> Result<()> {
        if self.limit == 0 || self.limit > MAX_PAGE {
            return Err(Error::invalid(format!(
                "limit {} is outside 1..{MAX_PAGE}",
                self.limit
            )));
        }
        if self.page == 0 {
            return Err(Error::invalid("page 0: pages count from 1"));
        }
        if self.page > 1 && self.cursor.is_some() {
            return Err(Error::invalid("page and cursor exclude each other"));
        }
        self.validate_filters()
    }

    /// Checks the bounds of the filters.
    pub fn validate_filters(&self) -> Result<()> {
        if let Some(severity) = self.min_severity
            && !(0..=6).contains(&severity)
        {
            return Err(Error::invalid(format!("min_severity {severity} is outside 0..6")));
        }
        if let Some(entity) = &self.entity
            && Uuid::try_parse(entity).is_err()
        {
            return Err(Error::invalid(format!("entity {entity:?} is not a UUID")));
        }
        Ok(())
    }
}

/// A page of events in their stored msgpack form: one buffer, and where each event ends in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    data: Vec<u8>,
    ends: Vec<usize>,
    /// Where the next page begins; `None` when this page was the last.
    pub next: Option<Cursor>,
    /// The place of the last event of this page, for asking later what came after it; `None` for an empty page.
    pub last: Option<Cursor>,
    /// How many events match in all, if it was asked for.
    pub total: Option<u64>,
}

impl EventPage {
    /// Appends one event's blob.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) if there is not enough memory.
    pub fn push(&mut self, blob: &[u8]) -> Result<()> {
        self.push_with(blob.len(), |data| data.extend_from_slice(blob))
    }

    /// Appends one event that `write` encodes at the end of the buffer, in about `bytes` bytes.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) if there is not enough memory.
    pub fn push_with(&mut self, bytes: usize, write: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
        memory::reserve(&mut self.data, bytes)?;
        memory::reserve(&mut self.ends, 1)?;
        write(&mut self.data);
        self.ends.push(self.data.len());
        Ok(())
    }

    /// Returns the number of events.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Tells whether the page has no event.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns one event's msgpack blob.
    pub fn blob(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.data[start..end])
    }

    /// Iterates over the blobs.
    pub fn blobs(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.blob(index).unwrap_or_default())
    }

    /// Returns the whole buffer: the blobs one after the other, itself a msgpack stream.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Returns, for each event, the offset one past its last byte in [`EventPage::data`].
    pub fn ends(&self) -> &[usize] {
        &self.ends
    }
}

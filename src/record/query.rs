//! Queries for events, and pages of results.

use uuid::Uuid;

use super::{Cursor, Window};
use crate::error::{Error, Result};
use crate::memory;

/// The most events of one page of a timeline, as in Seerflow.
pub const MAX_TIMELINE: u32 = 10_000;

/// The most events of one page.
pub const MAX_PAGE: u32 = 100_000;

/// Whether a page counts all matching events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Total {
    /// No count. The default, because counting is expensive.
    #[default]
    None,
    /// Counts up to this many.
    Capped(u64),
    /// Counts all.
    Exact,
}

/// The sort order of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By time, newest first.
    #[default]
    Newest,
    /// By time, oldest first.
    Oldest,
    /// By arrival, oldest first: for following a store as it grows, and for an export that is complete despite concurrent writes.
    Arrival,
}

/// A query for events. The default returns the newest 100.
///
/// An event must match all filters.
#[derive(Clone, Debug, PartialEq)]
pub struct EventQuery {
    /// The window of `timestamp_ns`.
    pub window: Window,
    /// Exactly this `source_type`.
    pub source_type: Option<String>,
    /// Exactly this `source_id`.
    pub source_id: Option<String>,
    /// This `severity_id` or higher.
    pub min_severity: Option<i64>,
    /// Exactly this `template_id`.
    pub template_id: Option<i64>,
    /// Events whose `entity_refs` contain this id.
    pub entity: Option<String>,
    /// Messages that contain all these words, stemmed; words in double quotes must be adjacent.
    pub text: Option<String>,
    /// The order.
    pub order: Order,
    /// The most events of a page, 1 to [`MAX_PAGE`]. A page may end earlier, at `storage.page_bytes`.
    pub limit: u32,
    /// The page number, from 1, as in Seerflow. The cost grows with the number of skipped events: prefer `cursor`, which is also the
    /// only way to the rest of a page that ended at `storage.page_bytes`.
    pub page: u32,
    /// Continues after a page: its [`EventPage::next`]. The filters must be the same.
    pub cursor: Option<Cursor>,
    /// Whether to count all matching events.
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
    /// Returns the query for the events of a window.
    pub fn within(window: Window) -> Self {
        Self {
            window,
            ..Self::default()
        }
    }

    /// Returns true if the window is the only filter.
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

    /// Checks the filters, the limit, the page number and the cursor.
    pub fn validate(&self) -> Result<()> {
        check_page(self.limit, self.page, self.cursor.is_some())?;
        self.validate_filters()
    }

    /// Checks the filters only.
    pub fn validate_filters(&self) -> Result<()> {
        check_severity(self.min_severity)?;
        if let Some(entity) = &self.entity
            && Uuid::try_parse(entity).is_err()
        {
            return Err(Error::invalid(format!("entity {entity:?} is not a UUID")));
        }
        Ok(())
    }
}

/// Checks the limit of a list.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) unless `limit` is 1 to `most`.
pub fn check_limit(limit: u32, most: u32) -> Result<()> {
    if limit == 0 || limit > most {
        return Err(Error::invalid(format!("limit {limit} is outside 1..{most}")));
    }
    Ok(())
}

/// Checks the limit, the page number, and that a query has only one of page and cursor.
pub fn check_page(limit: u32, page: u32, has_cursor: bool) -> Result<()> {
    check_limit(limit, MAX_PAGE)?;
    if page == 0 {
        return Err(Error::invalid("page 0: pages are numbered from 1"));
    }
    if page > 1 && has_cursor {
        return Err(Error::invalid("page and cursor cannot be used together"));
    }
    Ok(())
}

/// Checks the smallest severity of a query.
pub(super) fn check_severity(severity: Option<i64>) -> Result<()> {
    match severity {
        Some(severity) if !(0..=6).contains(&severity) => {
            Err(Error::invalid(format!("min_severity {severity} is outside 0..6")))
        }
        _ => Ok(()),
    }
}

/// A page of events in their stored msgpack form: one buffer, and the end offset of each event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    data: Vec<u8>,
    ends: Vec<usize>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<Cursor>,
    /// Cursor of the page's last event, for asking later for newer events; `None` on an empty page.
    pub last: Option<Cursor>,
    /// Number of matching events, if the query asked for it.
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

    /// Appends one event that `write` encodes at the end of the buffer; `bytes` is an estimate of its size.
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

    /// Returns true if the page has no events.
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

    /// Returns the buffer: all blobs in sequence, which is a valid msgpack stream.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Returns, for each event, the offset one past its last byte in [`EventPage::data`].
    pub fn ends(&self) -> &[usize] {
        &self.ends
    }
}

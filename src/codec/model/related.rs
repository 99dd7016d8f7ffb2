//! Lists of entities, and the names that are not entities.

use std::borrow::Cow;

/// The most entries of a list. A full-text search still finds the rest of a line.
const MAX_RELATED: usize = 256;

/// Adds a text to a list that does not contain it yet.
pub(super) fn push<'a>(list: &mut Vec<Cow<'a, str>>, text: Cow<'a, str>) {
    if list.len() < MAX_RELATED && !list.contains(&text) {
        list.push(text);
    }
}

/// Returns whether a name stands for the absence of a user or host.
pub(super) fn is_nobody(name: &str) -> bool {
    ["unknown", "none", "null", "n/a", "--"]
        .iter()
        .any(|absent| name.eq_ignore_ascii_case(absent))
}

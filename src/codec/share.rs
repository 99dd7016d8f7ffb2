//! What the records of a request have in common, and how often it may be repeated.
//!
//! Every event is stored whole, so the attributes of a resource and of a scope, and a message's tag, stand in each of their
//! events. Records of a few bytes behind a large resource would become thousands of times what was sent. So what the events
//! of one request repeat is bounded: 1 MiB, and 64 times the request. Events beyond that are stored without it. They keep their
//! `source_type` and `source_id` where those are short, and the attribute [`OMITTED`] tells how many attributes they lack; the
//! events before them in the same request have them all.

use crate::record::{Event, Value};

/// The attribute that tells how many attributes of its resource, its scope and its tag an event goes without.
pub const OMITTED: &str = "seerflow.omitted_attributes";

/// A name that is no longer than this is kept whatever else is left out.
const SHORT: usize = 256;

/// What the events of one request may still repeat, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    left: usize,
}

impl Allowance {
    /// Begins with what a request of so many bytes may.
    pub(crate) fn of(request: usize) -> Self {
        Self {
            left: (1_usize << 20).saturating_add(request.saturating_mul(64)),
        }
    }

    /// Takes so many bytes for one event; answers whether they are there.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// Returns a name if it is short enough to be kept, else the empty one.
pub(super) fn short(name: &str) -> &str {
    if name.len() <= SHORT { name } else { "" }
}

/// Tells in an event how many attributes it goes without.
pub(super) fn tell_omitted(event: &mut Event<'_>, count: usize) {
    if count > 0 {
        event.attributes.push((OMITTED.into(), Value::Int(count as i64)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_grows_with_the_request_and_ends() {
        let mut allowance = Allowance::of(1000);
        assert!(allowance.take(1 << 20));
        assert!((0..64).all(|_| allowance.take(1000)));
        assert!(!allowance.take(1));
        assert!(allowance.take(0));
        assert!(Allowance::of(usize::MAX).take(usize::MAX));
    }
}

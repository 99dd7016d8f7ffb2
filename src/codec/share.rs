//! The attributes that all records of one request share, and the limit on copying them.
//!
//! Every event is stored with a copy of all its attributes. Those include the attributes of its resource and
//! scope, or the tag of its message. A request with a large resource and thousands of tiny records would
//! therefore be stored as thousands of times its own size. The bytes copied for one request are limited to 1
//! MiB plus 64 times the size of the request. Events after that limit are stored without the shared
//! attributes. They keep their `source_type` and `source_id` if those are short. Their attribute [`OMITTED`]
//! holds the number of attributes left out.

use crate::record::{Event, Value};

/// The attribute that holds the number of shared attributes left out of an event.
pub const OMITTED: &str = "seerflow.omitted_attributes";

/// The longest name, in bytes, that an event keeps when its shared attributes are left out.
const SHORT: usize = 256;

/// The number of bytes that the events of one request may still copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    left: usize,
}

impl Allowance {
    /// Returns the allowance of a request of this many bytes.
    pub(crate) fn of(request: usize) -> Self {
        Self {
            left: (1_usize << 20).saturating_add(request.saturating_mul(64)),
        }
    }

    /// Returns the number of bytes that are left.
    pub(crate) fn left(self) -> usize {
        self.left
    }

    /// Takes this many bytes from the allowance. Returns false, and takes nothing, if fewer are left.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// Returns the name if it is short enough to be kept, otherwise an empty string.
pub(super) fn short(name: &str) -> &str {
    if name.len() <= SHORT { name } else { "" }
}

/// Adds the attribute that counts the omitted attributes, if there are any.
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

//! Ids of entities in answers.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use arrayvec::ArrayString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The length of a UUID in text.
const INLINE: usize = 36;

/// The id of an entity in an answer; dereferences to `str`.
///
/// An id of up to 36 bytes, such as a UUID, is stored without an allocation of its own: an answer may have millions of ids.
#[derive(Clone)]
pub struct EntityId(Storage);

#[derive(Clone)]
enum Storage {
    Inline(ArrayString<INLINE>),
    Heap(Box<str>),
}

impl EntityId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Storage::Inline(text) => text,
            Storage::Heap(text) => text,
        }
    }
}

impl From<&str> for EntityId {
    fn from(text: &str) -> Self {
        Self(match ArrayString::from(text) {
            Ok(text) => Storage::Inline(text),
            Err(_) => Storage::Heap(text.into()),
        })
    }
}

impl From<String> for EntityId {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<EntityId> for String {
    fn from(id: EntityId) -> Self {
        match id.0 {
            Storage::Inline(text) => text.as_str().to_owned(),
            Storage::Heap(text) => text.into_string(),
        }
    }
}

impl Deref for EntityId {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for EntityId {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for EntityId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for EntityId {}

impl PartialOrd for EntityId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EntityId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for EntityId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Serialize for EntityId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for EntityId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

//! Lists, pairs and attributes: the composite fields of events, in C.

use super::text::seerflow_str;

/// A list of texts. `items` may be NULL if `count` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_strs {
    /// The first text.
    pub items: *const seerflow_str,
    /// The number of texts.
    pub count: usize,
}

/// The texts of a Rust record, in the form that C reads.
#[derive(Debug)]
pub(crate) struct Texts(Vec<seerflow_str>);

// SAFETY: the texts are never changed: the caller of `new` promised it.
unsafe impl Send for Texts {}
// SAFETY: as above.
unsafe impl Sync for Texts {}

impl Texts {
    /// # Safety
    /// The texts are neither moved nor changed while the returned value lives.
    pub(crate) unsafe fn new<T: AsRef<[u8]>>(texts: &[T]) -> Self {
        Self(
            texts
                .iter()
                .map(|text| seerflow_str::lend(text.as_ref()))
                .collect(),
        )
    }

    /// Lends the texts to C.
    pub(crate) fn lend(&self) -> seerflow_strs {
        seerflow_strs {
            items: self.0.as_ptr(),
            count: self.0.len(),
        }
    }
}

/// A key and a text value.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_pair {
    /// The key.
    pub key: seerflow_str,
    /// The value.
    pub value: seerflow_str,
}

/// A list of keys and text values. `items` may be NULL if `count` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_pairs {
    /// The first pair.
    pub items: *const seerflow_pair,
    /// The number of pairs.
    pub count: usize,
}

/// The type of an attribute's value, and the member that holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum seerflow_value {
    /// Text, in `s`.
    Text = 0,
    /// An integer, in `i`.
    Int = 1,
    /// A float, in `d`.
    Float = 2,
    /// A boolean, in `i`: 0 or 1.
    Bool = 3,
    /// No value.
    Null = 4,
    /// Any other value, as one msgpack value in `s`: bytes, a list, a map, an integer above INT64_MAX.
    Msgpack = 5,
}

/// A seerflow_value passed from C, not yet validated.
pub type ValueNumber = u32;

/// A key and a value. Only the member that `type` names is read.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_attribute {
    /// The key.
    pub key: seerflow_str,
    /// The type of the value, a seerflow_value.
    pub r#type: ValueNumber,
    /// The value of an integer or a boolean.
    pub i: i64,
    /// The value of a float.
    pub d: f64,
    /// The text, or the msgpack value.
    pub s: seerflow_str,
}

/// A list of keys and values. `items` may be NULL if `count` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_attributes {
    /// The first attribute.
    pub items: *const seerflow_attribute,
    /// The number of attributes.
    pub count: usize,
}

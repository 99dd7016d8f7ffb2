//! Lists, pairs and attributes: how composite fields of events look in C.

use super::text::seerflow_str;

/// A list of texts. `items` may be NULL if `count` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_strs {
    /// The first text.
    pub items: *const seerflow_str,
    /// The number of texts.
    pub count: usize,
}

/// Texts of a record of ours, as C sees them.
#[derive(Debug)]
pub(crate) struct Texts(Vec<seerflow_str>);

// SAFETY: nobody changes what the pointers lead to, as `new` was promised.
unsafe impl Send for Texts {}
// SAFETY: as above.
unsafe impl Sync for Texts {}

impl Texts {
    /// # Safety
    /// The texts stay where they are, unchanged, for as long as what is made here lives.
    pub(crate) unsafe fn new<T: AsRef<[u8]>>(texts: &[T]) -> Self {
        Self(
            texts
                .iter()
                .map(|text| seerflow_str::lend(text.as_ref()))
                .collect(),
        )
    }

    /// Lends them to C.
    pub(crate) fn lend(&self) -> seerflow_strs {
        seerflow_strs {
            items: self.0.as_ptr(),
            count: self.0.len(),
        }
    }
}

/// A key and a text.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_pair {
    /// The key.
    pub key: seerflow_str,
    /// The text.
    pub value: seerflow_str,
}

/// A list of keys and texts. `items` may be NULL if `count` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_pairs {
    /// The first pair.
    pub items: *const seerflow_pair,
    /// The number of pairs.
    pub count: usize,
}

/// What an attribute holds, and in which of its members.
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
    /// Nothing.
    Null = 4,
    /// Anything else, as one msgpack value in `s`: bytes, lists, maps, integers above INT64_MAX.
    Msgpack = 5,
}

/// A value's type in a struct: any number.
pub type ValueNumber = u32;

/// A key and a value. Members that the type does not name are ignored.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct seerflow_attribute {
    /// The key.
    pub key: seerflow_str,
    /// What the value is.
    pub r#type: ValueNumber,
    /// The value of an integer or a boolean.
    pub i: i64,
    /// The value of a float.
    pub d: f64,
    /// The text, or the msgpack.
    pub s: seerflow_str,
}

/// A list of keys and values. `items` may be NULL if `count` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_attributes {
    /// The first attribute.
    pub items: *const seerflow_attribute,
    /// The number of attributes.
    pub count: usize,
}

impl Default for seerflow_strs {
    fn default() -> Self {
        Self {
            items: std::ptr::null(),
            count: 0,
        }
    }
}

impl Default for seerflow_pairs {
    fn default() -> Self {
        Self {
            items: std::ptr::null(),
            count: 0,
        }
    }
}

impl Default for seerflow_attributes {
    fn default() -> Self {
        Self {
            items: std::ptr::null(),
            count: 0,
        }
    }
}

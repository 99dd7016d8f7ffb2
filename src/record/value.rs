//! Values of any shape: an event's `body` and `attributes`.

use std::borrow::Cow;

use super::nested;

/// Any msgpack value, borrowed from its input where possible.
///
/// The variants are those of the msgpack specification. JSON has no equivalent of [`Value::Bin`] and [`Value::Ext`]; the JSON codec
/// encodes these as objects with one key, without loss.
#[derive(Debug, PartialEq)]
pub enum Value<'a> {
    /// Nil.
    Nil,
    /// True or false.
    Bool(bool),
    /// Any integer that fits 64 signed bits.
    Int(i64),
    /// An integer above `i64::MAX`. Smaller integers are always [`Value::Int`].
    UInt(u64),
    /// A 64-bit float. 32-bit floats are widened, which is exact.
    Float(f64),
    /// Text.
    Str(Cow<'a, str>),
    /// Bytes.
    Bin(Cow<'a, [u8]>),
    /// A sequence of values.
    Array(Vec<Value<'a>>),
    /// Key-value pairs in their original order. Keys need not be text.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// An application-defined extension: its type and its bytes.
    Ext(i8, Cow<'a, [u8]>),
}

impl Clone for Value<'_> {
    fn clone(&self) -> Self {
        match self {
            Value::Nil => Value::Nil,
            Value::Bool(v) => Value::Bool(*v),
            Value::Int(v) => Value::Int(*v),
            Value::UInt(v) => Value::UInt(*v),
            Value::Float(v) => Value::Float(*v),
            Value::Str(v) => Value::Str(v.clone()),
            Value::Bin(v) => Value::Bin(v.clone()),
            Value::Array(_) | Value::Map(_) => nested::copy(self, Value::clone),
            Value::Ext(kind, bytes) => Value::Ext(*kind, bytes.clone()),
        }
    }
}

impl Value<'_> {
    /// Copies borrowed data, which lets the value outlive its input.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Nil => Value::Nil,
            Value::Bool(v) => Value::Bool(v),
            Value::Int(v) => Value::Int(v),
            Value::UInt(v) => Value::UInt(v),
            Value::Float(v) => Value::Float(v),
            Value::Str(v) => Value::Str(Cow::Owned(v.into_owned())),
            Value::Bin(v) => Value::Bin(Cow::Owned(v.into_owned())),
            Value::Array(_) | Value::Map(_) => nested::copy(&self, |value| value.clone().into_owned()),
            Value::Ext(kind, bytes) => Value::Ext(kind, Cow::Owned(bytes.into_owned())),
        }
    }

    /// Returns the name of the value's type, for errors.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Nil => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::UInt(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Str(_) => "text",
            Value::Bin(_) => "bytes",
            Value::Array(_) => "a list",
            Value::Map(_) => "a map",
            Value::Ext(..) => "an extension",
        }
    }

    /// Returns true for nil, a boolean, a number or text.
    pub fn is_scalar(&self) -> bool {
        matches!(
            self,
            Value::Nil | Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Str(_)
        )
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Str(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Str(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

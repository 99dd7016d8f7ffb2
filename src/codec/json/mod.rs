//! NDJSON: one event as one JSON object on one line. Encoding and decoding lose nothing.
//!
//! An object that uses Seerflow's field names is an event, and [`encode_event`]'s output decodes to an equal
//! event. Any other object is a log record of some program (zap, pino, logstash, docker):
//! [`model`](super::model) makes an event from its keys.
//!
//! Values that JSON cannot express are written as an object with one key:
//!
//! | value | JSON |
//! |---|---|
//! | bytes | `{"$bin": "base64"}` |
//! | msgpack extension | `{"$ext": [type, "base64"]}` |
//! | NaN and the infinities | `{"$float": "nan"}`, `"inf"`, `"-inf"` |
//! | a map with a key that is not text, a repeated key, or a single key that starts with `$` | `{"$map": [[key, value], ...]}` |

mod documents;
mod fields;
mod nested;
mod open;
mod parse;
mod scalar;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use documents::Documents;
pub use fields::{decode_event, read_event};
pub(crate) use parse::{Parser, cut, members};
pub(crate) use value::last_wins;
pub use write::{encode_event, write_value};

use super::msgpack;
use crate::error::Result;
use crate::memory;

/// Appends a stored msgpack blob to `out` as one JSON object, without a newline.
///
/// # Errors
/// The errors of [`msgpack::decode_event`], and [`Limit`](crate::ErrorKind::Limit) if there is not enough
/// memory. After an error, `out` is unchanged.
pub fn encode_blob(blob: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let event = msgpack::decode_event(blob)?;
    memory::reserve(out, LONGEST_SPELLING * blob.len() + ENDS)?;
    encode_event(&event, out);
    Ok(())
}

/// The most bytes of JSON that one byte of msgpack can become.
///
/// Examples: a control character becomes `\u001f`; the two bytes `81 c2` of a nested map become
/// `{"$map":[[false,` plus the closing brackets.
const LONGEST_SPELLING: usize = 10;

/// Room for a line end and a NUL.
const ENDS: usize = 64;

/// The most keys that are compared pairwise. With more keys, a hash set avoids quadratic time.
const FEW_KEYS: usize = 16;

//! NDJSON: one event as one JSON object on one line, in and out, with nothing lost.
//!
//! An object with our field names is an event, and what [`encode_event`] writes reads back equal. Any other object is a log of
//! some program (zap, pino, logstash, docker): [`model`](super::model) makes an event of its keys.
//!
//! What JSON cannot say is spelled as an object with one key:
//!
//! | value | JSON |
//! |---|---|
//! | bytes | `{"$bin": "base64"}` |
//! | msgpack extension | `{"$ext": [type, "base64"]}` |
//! | NaN and the infinities | `{"$float": "nan"}`, `"inf"`, `"-inf"` |
//! | a map with a key that is no text, a repeated key, or one key only that begins with `$` | `{"$map": [[key, value], ...]}` |

mod documents;
mod fields;
mod nested;
mod open;
mod parse;
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
/// Those of [`msgpack::decode_event`], and [`Limit`](crate::ErrorKind::Limit) if there is not enough memory; nothing is appended then.
pub fn encode_blob(blob: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let event = msgpack::decode_event(blob)?;
    memory::reserve(out, LONGEST_SPELLING * blob.len() + ENDS)?;
    encode_event(&event, out);
    Ok(())
}

/// Bytes of JSON that a byte of msgpack takes at the most: a control character is `\u001f`, and `81 c2` of a map in a map
/// `{"$map":[[false,` and its end.
const LONGEST_SPELLING: usize = 10;

/// Room for a line end and a NUL.
const ENDS: usize = 64;

/// Up to this many keys are compared pair by pair; beyond, a hash set does it, so that no input makes it
/// quadratic.
const FEW_KEYS: usize = 16;

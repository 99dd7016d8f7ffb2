//! Connection strings: their parser, the parameters that libpq has, and the redaction.
//!
//! A connection string is a URL (`postgresql://`, `falkor://` and their other names) or libpq's `key=value` form.

mod parameters;
mod parse;
mod redact;

#[cfg(feature = "postgres")]
pub use parameters::{Parameter, parameter};
#[cfg(any(feature = "graph-servers", feature = "postgres"))]
pub use parse::ConnectionString;
pub use redact::{may_be, redact};

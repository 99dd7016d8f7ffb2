//! Plain data types: records, queries and answers. Nothing here performs I/O.

mod aggregate;
mod alert;
#[cfg(test)]
pub(crate) mod arbitrary;
mod control;
mod cursor;
mod display;
mod entity;
mod event;
mod feedback;
mod id;
mod key;
mod nested;
mod outcome;
mod query;
mod relation;
mod state;
mod template;
mod time;
mod value;
mod window;

pub use aggregate::{Bucket, CountBy, Counted, MAX_COUNTED};
pub use alert::{
    ALERT_ENTITY_TYPES, ALERT_TYPES, Alert, AlertOutcome, AlertPage, AlertQuery, AlertResult,
    DEDUP_WINDOW_NS, MAX_ALERT_KEY, MAX_ALERT_TAG, TIME_ABSENT,
};
pub use control::{Control, Interrupt};
pub use cursor::{AlertCursor, Cursor, DeadLetterCursor, EdgeCursor, FeedbackCursor};
pub use display::is_invisible;
pub use entity::{
    EntityType, EventEntity, canonical_id, entities_of, entity_id, normalise, related_entities,
};
pub use event::{Event, Field, FieldKind, FieldMut, FieldRef, SEVERITY_NAMES, TEMPLATE_NONE};
pub use feedback::{AlertPattern, FeedbackEvent, FeedbackStats, PatternQuery};
pub use id::new_id;
pub use key::{OTEL_KEY_FIELD, id_of_attribute, id_of_key};
pub(crate) use nested::{Open, Rest};
pub use outcome::{DeadLetter, Durability, Rejection, WriteOutcome};
pub use query::{EventPage, EventQuery, MAX_PAGE, MAX_TIMELINE, Order, Total, check_limit, check_page};
pub use relation::{MAX_INFERRED_EDGES, Relation, inferred_edges};
pub use state::{
    Edge, ExpectedModel, MAX_MODEL, Model, ModelEntry, RelatedEntity, SigmaMatches, SigmaRuleState,
    check_rel_type,
};
pub use template::{MAX_TEMPLATES, Template};
pub use time::{NANOS_PER_SECOND, format_rfc3339, now_ns, parse_duration, parse_time};
pub use value::Value;
pub use window::Window;

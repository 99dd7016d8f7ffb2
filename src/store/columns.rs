//! The columns of every table, in the order of a raw row's cells.
#![allow(missing_docs)] // the lists are named after their tables

/// The type of a column or a parameter. A NULL has a type too: PostgreSQL asks for it before the first value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the variants are SQL's own types
pub enum Type {
    Int,
    Float,
    Text,
    Blob,
}

impl Type {
    /// Returns PostgreSQL's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Type::Int => "bigint",
            Type::Float => "double precision",
            Type::Text => "text",
            Type::Blob => "bytea",
        }
    }
}

/// A column's name and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name, the same in every back end.
    pub name: &'static str,
    /// The type of its values other than NULL.
    pub kind: Type,
}

const fn int(name: &'static str) -> Column {
    let kind = Type::Int;
    Column { name, kind }
}

const fn text(name: &'static str) -> Column {
    let kind = Type::Text;
    Column { name, kind }
}

const fn blob(name: &'static str) -> Column {
    let kind = Type::Blob;
    Column { name, kind }
}

/// The column of the arrival number.
pub const SEQ: &str = "ingest_seq";

pub const TEMPLATES: &[Column] = &[
    int("template_id"),
    text("template_str"),
    int("first_seen_ns"),
    int("last_seen_ns"),
    int("event_count"),
    text("example_message"),
];

pub const EVENTS: &[Column] = &[
    int(SEQ),
    text("event_id"),
    int("timestamp_ns"),
    int("observed_ns"),
    int("severity_id"),
    text("source_type"),
    text("source_id"),
    int("template_id"),
    text("message"),
    text("entity_refs"),
    blob("data"),
];

pub const ENTITY_EVENTS: &[Column] = &[text("entity_uuid"), int("timestamp_ns"), text("event_id")];

pub const ALERTS: &[Column] = &[
    text("dedup_key"),
    text("alert_id"),
    text("alert_type"),
    int("timestamp_ns"),
    int("severity_id"),
    text("rule_name"),
    text("entity_uuid"),
    text("entity_type"),
    text("entity_value"),
    int("dedup_count"),
    Column {
        name: "risk_score",
        kind: Type::Float,
    },
    text("feedback"),
    blob("data"),
];

pub const ALERT_TACTICS: &[Column] = &[text("dedup_key"), text("tactic"), int("timestamp_ns")];
pub const ALERT_TECHNIQUES: &[Column] = &[text("dedup_key"), text("technique"), int("timestamp_ns")];

pub const FEEDBACK: &[Column] = &[
    int("id"),
    text("alert_id"),
    text("feedback"),
    text("note"),
    text("origin"),
    int("submitted_at_ns"),
];

pub const MODELS: &[Column] = &[text("key"), blob("data"), int("updated_at")];

pub const SIGMA_RULES: &[Column] = &[
    text("rule_id"),
    int("enabled"),
    int("match_count_lifetime"),
    int("last_fired_ns"),
    int("updated_at_ns"),
];

pub const EDGES: &[Column] = &[
    text("source_id"),
    text("target_id"),
    text("rel_type"),
    int("first_seen"),
    int("last_seen"),
    int("event_count"),
];

pub const DEAD_LETTERS: &[Column] = &[
    int("id"),
    int("received_ns"),
    text("format"),
    text("reason"),
    blob("payload"),
];

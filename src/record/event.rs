//! The security event: 43 fields with their types and defaults.
//!
//! The list in the macro call below is the single source: [`Event`], [`Field`], the codecs and the typed access of the C API are
//! derived from it. Names, types and defaults are those of Seerflow 0.7.0.

use std::borrow::Cow;

use uuid::Uuid;

use super::value::Value;

/// The `template_id` of an event without a template; stored as NULL in the column.
pub const TEMPLATE_NONE: i64 = -1;

/// Names of the severities 0 to 6, as Seerflow shows them.
pub const SEVERITY_NAMES: [&str; 7] = [
    "trace",
    "informational",
    "notice",
    "warning",
    "error",
    "critical",
    "fatal",
];

/// The type of a field, by which codecs read and write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A UUID; `None` until the library assigns one.
    Id,
    /// Nanoseconds since the Unix epoch; `None` until the library fills in the current time.
    Time,
    /// A 64-bit signed integer.
    Int,
    /// A 64-bit float.
    Float,
    /// Text, required.
    Str,
    /// Text, optional.
    OptStr,
    /// A list of texts.
    List,
    /// A map from text to text.
    StrMap,
    /// A map from text to scalars or lists of maps.
    Attributes,
    /// Any value, optional.
    Body,
}

/// A field's value, borrowed from its event.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // one variant per `FieldKind`, documented there
pub enum FieldRef<'e, 'a> {
    Id(Option<Uuid>),
    Time(Option<i64>),
    Int(i64),
    Float(f64),
    Str(&'e str),
    OptStr(Option<&'e str>),
    List(&'e [Cow<'a, str>]),
    StrMap(&'e [(Cow<'a, str>, Cow<'a, str>)]),
    Attributes(&'e [(Cow<'a, str>, Value<'a>)]),
    Body(Option<&'e Value<'a>>),
}

/// A mutable reference to a field of an event.
#[derive(Debug)]
#[allow(missing_docs)] // one variant per `FieldKind`, documented there
pub enum FieldMut<'e, 'a> {
    Id(&'e mut Option<Uuid>),
    Time(&'e mut Option<i64>),
    Int(&'e mut i64),
    Float(&'e mut f64),
    Str(&'e mut Cow<'a, str>),
    OptStr(&'e mut Option<Cow<'a, str>>),
    List(&'e mut Vec<Cow<'a, str>>),
    StrMap(&'e mut Vec<(Cow<'a, str>, Cow<'a, str>)>),
    Attributes(&'e mut Vec<(Cow<'a, str>, Value<'a>)>),
    Body(&'e mut Option<Value<'a>>),
}

macro_rules! field_type {
    ($a:lifetime, Id) => { Option<Uuid> };
    ($a:lifetime, Time) => { Option<i64> };
    ($a:lifetime, Int) => { i64 };
    ($a:lifetime, Float) => { f64 };
    ($a:lifetime, Str) => { Cow<$a, str> };
    ($a:lifetime, OptStr) => { Option<Cow<$a, str>> };
    ($a:lifetime, List) => { Vec<Cow<$a, str>> };
    ($a:lifetime, StrMap) => { Vec<(Cow<$a, str>, Cow<$a, str>)> };
    ($a:lifetime, Attributes) => { Vec<(Cow<$a, str>, Value<$a>)> };
    ($a:lifetime, Body) => { Option<Value<$a>> };
}

macro_rules! field_default {
    (Str, $text:literal) => {
        Cow::Borrowed($text)
    };
    ($kind:ident, $value:literal) => {
        $value
    };
    ($kind:ident) => {
        Default::default()
    };
}

macro_rules! field_ref {
    (Str, $e:expr) => {
        FieldRef::Str(&$e)
    };
    (OptStr, $e:expr) => {
        FieldRef::OptStr($e.as_deref())
    };
    (List, $e:expr) => {
        FieldRef::List(&$e)
    };
    (StrMap, $e:expr) => {
        FieldRef::StrMap(&$e)
    };
    (Attributes, $e:expr) => {
        FieldRef::Attributes(&$e)
    };
    (Body, $e:expr) => {
        FieldRef::Body($e.as_ref())
    };
    ($kind:ident, $e:expr) => {
        FieldRef::$kind($e)
    };
}

macro_rules! owned {
    (Str, $e:expr) => {
        Cow::Owned($e.into_owned())
    };
    (OptStr, $e:expr) => {
        $e.map(|s| Cow::Owned(s.into_owned()))
    };
    (List, $e:expr) => {
        $e.into_iter().map(|s| Cow::Owned(s.into_owned())).collect()
    };
    (StrMap, $e:expr) => {
        $e.into_iter()
            .map(|(k, v)| (Cow::Owned(k.into_owned()), Cow::Owned(v.into_owned())))
            .collect()
    };
    (Attributes, $e:expr) => {
        $e.into_iter()
            .map(|(k, v)| (Cow::Owned(k.into_owned()), v.into_owned()))
            .collect()
    };
    (Body, $e:expr) => {
        $e.map(Value::into_owned)
    };
    ($kind:ident, $e:expr) => {
        $e
    };
}

macro_rules! event_fields {
    ($( $(#[doc = $doc:literal])* $number:literal $variant:ident $name:ident : $kind:ident $(= $default:literal)? ),+ $(,)?) => {
        /// One security event.
        ///
        /// Text is borrowed from the input where the codec can do so; [`Event::into_owned`] copies it.
        /// In [`Event::default`] every field has its default.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Event<'a> {
            $( $(#[doc = $doc])* pub $name: field_type!('a, $kind), )+
        }

        impl Default for Event<'_> {
            fn default() -> Self {
                Self { $( $name: field_default!($kind $(, $default)?), )+ }
            }
        }

        /// A field of [`Event`]. The numbers are part of the C API and are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Field {
            $( $(#[doc = $doc])* $variant = $number, )+
        }

        impl Field {
            /// Every field, in encoding order.
            pub const ALL: &'static [Field] = &[ $( Field::$variant, )+ ];

            /// Returns the field's key in msgpack and JSON.
            pub fn name(self) -> &'static str {
                match self { $( Field::$variant => stringify!($name), )+ }
            }

            /// Returns the field's documentation, one or two sentences.
            pub fn doc(self) -> &'static str {
                match self { $( Field::$variant => concat!($($doc),*).trim_start(), )+ }
            }

            /// Returns the field's type.
            pub fn kind(self) -> FieldKind {
                match self { $( Field::$variant => FieldKind::$kind, )+ }
            }

            /// Finds a field by its key.
            pub fn from_name(name: &str) -> Option<Field> {
                match name { $( stringify!($name) => Some(Field::$variant), )+ _ => None }
            }

            /// Finds a field by its number.
            pub fn from_number(number: u32) -> Option<Field> {
                match number { $( $number => Some(Field::$variant), )+ _ => None }
            }
        }

        impl<'a> Event<'a> {
            /// Borrows a field's value.
            pub fn get(&self, field: Field) -> FieldRef<'_, 'a> {
                match field { $( Field::$variant => field_ref!($kind, self.$name), )+ }
            }

            /// Borrows a field mutably.
            pub fn get_mut(&mut self, field: Field) -> FieldMut<'_, 'a> {
                match field { $( Field::$variant => FieldMut::$kind(&mut self.$name), )+ }
            }

            /// Copies borrowed text, which lets the event outlive its input.
            pub fn into_owned(self) -> Event<'static> {
                Event { $( $name: owned!($kind, self.$name), )+ }
            }
        }
    };
}

event_fields! {
    /// Id of the event; an id is stored once. Assigned if absent (time-ordered, UUID version 7 layout).
    1 EventId event_id: Id,
    /// Time of the event. The current time if absent.
    2 TimestampNs timestamp_ns: Time,
    /// Time at which the collector saw the event. The current time if absent.
    3 ObservedNs observed_ns: Time,
    /// W3C trace id, hex.
    4 TraceId trace_id: OptStr,
    /// W3C span id, hex.
    5 SpanId span_id: OptStr,
    /// 0 trace, 1 informational, 2 notice, 3 warning, 4 error, 5 critical, 6 fatal.
    6 SeverityId severity_id: Int = 1,
    /// OpenTelemetry severity number, 1 to 24.
    7 OtelSeverity otel_severity: Int = 9,
    /// ECS event.kind: `event`, `alert`, `metric`, `state`.
    8 EventKind event_kind: Str = "event",
    /// ECS event.category.
    9 EventCategory event_category: Str,
    /// ECS event.type.
    10 EventType event_type: Str,
    /// ECS event.outcome: `success`, `failure`, `unknown`.
    11 EventOutcome event_outcome: Str,
    /// ECS event.action.
    12 EventAction event_action: Str,
    /// OCSF category.
    13 CategoryUid category_uid: Int,
    /// OCSF class.
    14 ClassUid class_uid: Int,
    /// OCSF type: class_uid * 100 + activity_id.
    15 TypeUid type_uid: Int,
    /// OCSF activity.
    16 ActivityId activity_id: Int,
    /// The message, which text search covers.
    17 Message message: Str,
    /// The record's structured body, any value.
    18 Body body: Body,
    /// Kind of source: `syslog`, `sshd`, `nginx`.
    19 SourceType source_type: Str,
    /// The source, usually a host name.
    20 SourceId source_id: Str,
    /// Sigma logsource category.
    21 LogSourceCategory log_source_category: Str,
    /// Sigma logsource product.
    22 LogSourceProduct log_source_product: Str,
    /// Sigma logsource service.
    23 LogSourceService log_source_service: Str,
    /// Id of the template (log pattern) that matched; -1 if none did.
    24 TemplateId template_id: Int = -1,
    /// The template's text, with `<*>` for each variable.
    25 TemplateStr template_str: Str,
    /// The values of the template's variables.
    26 TemplateParams template_params: List,
    /// Ids of the event's entities; computed from the related lists if empty.
    27 EntityRefs entity_refs: List,
    /// IP addresses.
    28 RelatedIps related_ips: List,
    /// Users: `name`, `DOMAIN\name` or `name@domain`.
    29 RelatedUsers related_users: List,
    /// Host names.
    30 RelatedHosts related_hosts: List,
    /// File paths.
    31 RelatedFiles related_files: List,
    /// DNS domains.
    32 RelatedDomains related_domains: List,
    /// Processes: `name:pid`, `name` or `pid`.
    33 RelatedProcesses related_processes: List,
    /// Hashes: `algo:lowerhex`.
    34 RelatedHashes related_hashes: List,
    /// MITRE ATT&CK tactics.
    35 MitreTactics mitre_tactics: List,
    /// MITRE ATT&CK techniques: `T1053`, `T1053.005`.
    36 MitreTechniques mitre_techniques: List,
    /// Risk score, 0 to 100 by convention.
    37 RiskScore risk_score: Float,
    /// Anomaly score, 0 to 1 by convention.
    38 AnomalyScore anomaly_score: Float,
    /// Confidence, 0 to 1.
    39 Confidence confidence: Float = 1.0,
    /// Other attributes of the record.
    40 Attributes attributes: Attributes,
    /// Free labels.
    41 Tags tags: List,
    /// The original record, if the sender includes it.
    42 RawEvent raw_event: Str,
    /// Attributes of the resource (OpenTelemetry) that emitted the record.
    43 ResourceAttrs resource_attrs: StrMap,
}

impl FieldRef<'_, '_> {
    /// Returns true if the value is the default of `field`; codecs leave it out.
    pub fn is_default(&self, field: Field) -> bool {
        match self {
            FieldRef::Id(id) => id.is_none(),
            FieldRef::Time(time) => time.is_none(),
            FieldRef::Int(value) => *value == field.default_int(),
            // Floats are compared by bits: -0.0 differs from the default 0.0, and NaN would not equal itself.
            FieldRef::Float(value) => value.to_bits() == field.default_float().to_bits(),
            // Empty text is compared by length only: memcmp of zero bytes is slow on AVX-512.
            FieldRef::Str(text) => {
                let default = field.default_str();
                text.len() == default.len() && (text.is_empty() || *text == default)
            }
            FieldRef::OptStr(text) => text.is_none(),
            FieldRef::List(items) => items.is_empty(),
            FieldRef::StrMap(pairs) => pairs.is_empty(),
            FieldRef::Attributes(pairs) => pairs.is_empty(),
            FieldRef::Body(value) => value.is_none(),
        }
    }
}

impl Field {
    /// Returns the default of an integer field; 0 for other fields.
    pub fn default_int(self) -> i64 {
        match self {
            Field::SeverityId => 1,
            Field::OtelSeverity => 9,
            Field::TemplateId => TEMPLATE_NONE,
            _ => 0,
        }
    }

    /// Returns the default of a float field; 0 for other fields.
    pub fn default_float(self) -> f64 {
        if self == Field::Confidence { 1.0 } else { 0.0 }
    }

    /// Returns the default of a text field; empty for other fields.
    pub fn default_str(self) -> &'static str {
        if self == Field::EventKind { "event" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_event_has_only_default_fields() {
        let event = Event::default();
        for &field in Field::ALL {
            assert!(event.get(field).is_default(field), "{}", field.name());
        }
    }

    #[test]
    fn names_and_numbers_round_trip() {
        for &field in Field::ALL {
            assert_eq!(Field::from_name(field.name()), Some(field));
            assert_eq!(Field::from_number(field as u32), Some(field));
        }
        assert_eq!(Field::from_name("type"), None);
        assert_eq!(Field::from_number(0), None);
    }
}

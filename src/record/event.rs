//! The security event: 43 fields, their types and their defaults, stated once.
//!
//! The list in [`Event`]'s macro call is the single source: the struct, [`Field`], the codecs and the C API's typed
//! access all follow from it. Names, types and defaults are Seerflow 0.7.0's.

use std::borrow::Cow;

use uuid::Uuid;

use super::value::Value;

/// `template_id` of an event that no template matched; stored as NULL in the column.
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

/// What a field holds; decides how codecs read and write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A UUID; absent until the library assigns one.
    Id,
    /// Nanoseconds since the Unix epoch; absent until the library fills in the present.
    Time,
    /// A 64-bit signed integer.
    Int,
    /// A 64-bit float.
    Float,
    /// Text.
    Str,
    /// Text or nil.
    OptStr,
    /// A list of texts.
    List,
    /// Text to text.
    StrMap,
    /// Text to scalar, or to a list of maps.
    Attributes,
    /// Any value or nil.
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

/// A field's place in its event, to be filled.
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
        /// Text is borrowed from the input where the codec can do so; [`Event::into_owned`] cuts the tie.
        /// [`Event::default`] has every field at its default.
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
            /// Every field, in the order in which they are encoded.
            pub const ALL: &'static [Field] = &[ $( Field::$variant, )+ ];

            /// Returns the field's key in msgpack and JSON.
            pub fn name(self) -> &'static str {
                match self { $( Field::$variant => stringify!($name), )+ }
            }

            /// Returns the field's documentation: one sentence or two.
            pub fn doc(self) -> &'static str {
                match self { $( Field::$variant => concat!($($doc),*).trim_start(), )+ }
            }

            /// Returns what the field holds.
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

            /// Borrows a field's place.
            pub fn get_mut(&mut self, field: Field) -> FieldMut<'_, 'a> {
                match field { $( Field::$variant => FieldMut::$kind(&mut self.$name), )+ }
            }

            /// Copies what is borrowed, so that the event outlives its input.
            pub fn into_owned(self) -> Event<'static> {
                Event { $( $name: owned!($kind, self.$name), )+ }
            }
        }
    };
}

event_fields! {
    /// Identity; the same id is stored once. Assigned (time-ordered, UUID version 7 layout) when absent.
    1 EventId event_id: Id,
    /// When it happened. The present when absent.
    2 TimestampNs timestamp_ns: Time,
    /// When it was seen by the collector. The present when absent.
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
    /// The message that text search sees.
    17 Message message: Str,
    /// The record's structured body, any value.
    18 Body body: Body,
    /// What kind of source: `syslog`, `sshd`, `nginx`.
    19 SourceType source_type: Str,
    /// Which source: usually a host name.
    20 SourceId source_id: Str,
    /// Sigma logsource category.
    21 LogSourceCategory log_source_category: Str,
    /// Sigma logsource product.
    22 LogSourceProduct log_source_product: Str,
    /// Sigma logsource service.
    23 LogSourceService log_source_service: Str,
    /// The template (log pattern) that matched; -1 for none.
    24 TemplateId template_id: Int = -1,
    /// The template's text, with `<*>` for its variables.
    25 TemplateStr template_str: Str,
    /// What stood at the variables.
    26 TemplateParams template_params: List,
    /// Ids of the entities that the event touches; computed from the related lists when empty.
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
    /// Risk, 0 to 100 by convention.
    37 RiskScore risk_score: Float,
    /// Anomaly, 0 to 1 by convention.
    38 AnomalyScore anomaly_score: Float,
    /// Confidence, 0 to 1.
    39 Confidence confidence: Float = 1.0,
    /// Further attributes of the record.
    40 Attributes attributes: Attributes,
    /// Free labels.
    41 Tags tags: List,
    /// The record as it came, where the sender keeps it.
    42 RawEvent raw_event: Str,
    /// Attributes of the resource (OpenTelemetry) that emitted the record.
    43 ResourceAttrs resource_attrs: StrMap,
}

impl FieldRef<'_, '_> {
    /// Returns the field's text, for a text field that has one.
    pub fn as_text(&self) -> Option<&str> {
        match *self {
            FieldRef::Str(text) => Some(text),
            FieldRef::OptStr(text) => text,
            _ => None,
        }
    }

    /// Tells whether this is the default of `field`, which codecs leave out.
    pub fn is_default(&self, field: Field) -> bool {
        match self {
            FieldRef::Id(id) => id.is_none(),
            FieldRef::Time(time) => time.is_none(),
            FieldRef::Int(value) => *value == field.default_int(),
            // Compared by bits: -0.0 is not the default 0.0, and NaN would equal nothing.
            FieldRef::Float(value) => value.to_bits() == field.default_float().to_bits(),
            // An empty text is compared by its length alone: memcmp of nothing is slow where it is AVX-512.
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
    /// Returns the default of an integer field; 0 for the others.
    pub fn default_int(self) -> i64 {
        match self {
            Field::SeverityId => 1,
            Field::OtelSeverity => 9,
            Field::TemplateId => TEMPLATE_NONE,
            _ => 0,
        }
    }

    /// Returns the default of a float field; 0 for the others.
    pub fn default_float(self) -> f64 {
        if self == Field::Confidence { 1.0 } else { 0.0 }
    }

    /// Returns the default of a text field; empty for the others.
    pub fn default_str(self) -> &'static str {
        if self == Field::EventKind { "event" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_counts_as_default() {
        let event = Event::default();
        for &field in Field::ALL {
            assert!(event.get(field).is_default(field), "{}", field.name());
        }
    }

    #[test]
    fn names_and_numbers_lead_back() {
        for &field in Field::ALL {
            assert_eq!(Field::from_name(field.name()), Some(field));
            assert_eq!(Field::from_number(field as u32), Some(field));
        }
        assert_eq!(Field::from_name("type"), None);
        assert_eq!(Field::from_number(0), None);
    }
}

//! `seerflow_event_input`: an event as a C struct.

use super::sized;
use super::text::seerflow_str;
use super::value::{seerflow_attributes, seerflow_pairs, seerflow_strs};
use crate::record::{Field, TIME_ABSENT};

/// An event to be written. Initialise it with SEERFLOW_EVENT_INPUT_INIT, then set the known members.
///
/// A text whose `data` is NULL keeps its default, and a list whose `count` is 0 is empty. The memory that the struct
/// points to remains the caller's: the call copies the parts that it needs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_event_input {
    /// sizeof(seerflow_event_input).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The id, as the 36 characters of a UUID. Events with the same id are stored once. Generated if absent. A text that
    /// is not a UUID becomes the attribute `event_id`, and the event gets the id that it would have without it.
    pub event_id: seerflow_str,
    /// The time of the event, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default, means now.
    pub timestamp_ns: i64,
    /// The time at which the collector saw the event, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the
    /// default, means now.
    pub observed_ns: i64,
    /// The W3C trace id, in hexadecimal.
    pub trace_id: seerflow_str,
    /// The W3C span id, in hexadecimal.
    pub span_id: seerflow_str,
    /// The severity: 0 trace, 1 informational (the default), 2 notice, 3 warning, 4 error, 5 critical, 6 fatal.
    pub severity_id: i64,
    /// The OpenTelemetry severity number, 1 to 24. 9 is the default; 0 (unspecified) means 9 too.
    pub otel_severity: i64,
    /// ECS event.kind: "event" (the default), "alert", "metric", "state".
    pub event_kind: seerflow_str,
    /// ECS event.category.
    pub event_category: seerflow_str,
    /// ECS event.type.
    pub event_type: seerflow_str,
    /// ECS event.outcome: "success", "failure", "unknown".
    pub event_outcome: seerflow_str,
    /// ECS event.action.
    pub event_action: seerflow_str,
    /// OCSF category.
    pub category_uid: i64,
    /// OCSF class.
    pub class_uid: i64,
    /// OCSF type: class_uid * 100 + activity_id.
    pub type_uid: i64,
    /// OCSF activity.
    pub activity_id: i64,
    /// The message. Text search looks at it only.
    pub message: seerflow_str,
    /// The structured body of the record: one msgpack value.
    pub body: seerflow_str,
    /// The type of the source, such as "syslog", "sshd" or "nginx".
    pub source_type: seerflow_str,
    /// The source, usually a host name. If no list of entities is given, it becomes a related host (or IP address),
    /// and the IP addresses and users that the message names become related ones.
    pub source_id: seerflow_str,
    /// Sigma logsource category.
    pub log_source_category: seerflow_str,
    /// Sigma logsource product.
    pub log_source_product: seerflow_str,
    /// Sigma logsource service.
    pub log_source_service: seerflow_str,
    /// The id of the template (log pattern) that the message matched; -1, the default, if none.
    pub template_id: i64,
    /// The text of the template, with `<*>` for each variable.
    pub template_str: seerflow_str,
    /// The values of the template's variables, in order.
    pub template_params: seerflow_strs,
    /// Ids of the entities that the event is about: UUIDs, stored in lower case. If empty, they are computed from the
    /// related lists. If these are empty too, see `source_id`.
    pub entity_refs: seerflow_strs,
    /// IP addresses.
    pub related_ips: seerflow_strs,
    /// Users: "name", "DOMAIN\\name" or "name@domain".
    pub related_users: seerflow_strs,
    /// Host names.
    pub related_hosts: seerflow_strs,
    /// File paths.
    pub related_files: seerflow_strs,
    /// DNS domains.
    pub related_domains: seerflow_strs,
    /// Processes: "name:pid", "name" or "pid".
    pub related_processes: seerflow_strs,
    /// Hashes: "algorithm:hex", in lower case.
    pub related_hashes: seerflow_strs,
    /// MITRE ATT&CK tactics.
    pub mitre_tactics: seerflow_strs,
    /// MITRE ATT&CK techniques: "T1053", "T1053.005".
    pub mitre_techniques: seerflow_strs,
    /// The risk, by convention 0 to 100.
    pub risk_score: f64,
    /// The anomaly score, by convention 0 to 1.
    pub anomaly_score: f64,
    /// The confidence, 0 to 1. 1 is the default.
    pub confidence: f64,
    /// Further attributes of the record. Nil, booleans, numbers, texts, and lists of maps of these and of lists of
    /// texts, are stored as such. Any other value (a list of texts, a map, bytes) is stored, and read back, as its
    /// JSON text, because Seerflow cannot decode it otherwise.
    pub attributes: seerflow_attributes,
    /// Free labels.
    pub tags: seerflow_strs,
    /// The original record, if the sender includes it.
    pub raw_event: seerflow_str,
    /// Attributes of the OpenTelemetry resource that emitted the record.
    pub resource_attrs: seerflow_pairs,
    /// A text that identifies this record among all records of the store, for hosts that may send a record again in
    /// another batch. Examples are rsyslog's `$uuid`, syslog-ng's RCPTID, or a file name with an offset.
    ///
    /// The event id is made from the key alone, not from the time: it is the key itself if that is a UUID, otherwise
    /// the version 5 UUID of the key in the namespace 6c0b5ee1-0f1e-4d0c-9a44-2f7d8f6e1b35. If `event_id` is set, the
    /// key is not used. An empty key and the nil UUID count as absent.
    ///
    /// Version 7 UUIDs make fast keys, because rows are then inserted in index order. Do not use a hash of the
    /// content: two equal lines are different events.
    pub record_key: seerflow_str,
}

impl Default for seerflow_event_input {
    fn default() -> Self {
        Self {
            timestamp_ns: TIME_ABSENT,
            observed_ns: TIME_ABSENT,
            severity_id: Field::SeverityId.default_int(),
            otel_severity: Field::OtelSeverity.default_int(),
            template_id: Field::TemplateId.default_int(),
            confidence: Field::Confidence.default_float(),
            ..sized::zeroed()
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_event_input {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

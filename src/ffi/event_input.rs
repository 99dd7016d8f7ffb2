//! `seerflow_event_input`: an event as a C struct.

use uuid::Uuid;

use super::sized;
use super::text::{items, seerflow_str};
use super::value::{seerflow_attribute, seerflow_attributes, seerflow_pairs, seerflow_strs, seerflow_value};
use crate::codec::{NotUtf8, msgpack::Reader};
use crate::error::{Error, Result};
use crate::record::{Event, Field, FieldMut, TIME_ABSENT, Value, id_of_key};

/// An event to be written. Initialise it with SEERFLOW_EVENT_INPUT_INIT, then set what is known.
///
/// A text whose `data` is NULL keeps its default, and a list whose `count` is 0 is empty. The memory that the struct
/// points to remains the caller's: the call copies what it needs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct seerflow_event_input {
    /// sizeof(seerflow_event_input).
    pub struct_size: u32,
    /// Must be 0.
    pub reserved: u32,
    /// The id, as the 36 characters of a UUID. Events with the same id are stored once. Generated if absent.
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
    /// The source, usually a host name.
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
    /// related lists.
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
        let (text, list) = (seerflow_str::default(), seerflow_strs::default());
        Self {
            struct_size: size_of::<Self>() as u32,
            reserved: 0,
            event_id: text,
            timestamp_ns: TIME_ABSENT,
            observed_ns: TIME_ABSENT,
            trace_id: text,
            span_id: text,
            severity_id: Field::SeverityId.default_int(),
            otel_severity: Field::OtelSeverity.default_int(),
            event_kind: text,
            event_category: text,
            event_type: text,
            event_outcome: text,
            event_action: text,
            category_uid: 0,
            class_uid: 0,
            type_uid: 0,
            activity_id: 0,
            message: text,
            body: text,
            source_type: text,
            source_id: text,
            log_source_category: text,
            log_source_product: text,
            log_source_service: text,
            template_id: Field::TemplateId.default_int(),
            template_str: text,
            template_params: list,
            entity_refs: list,
            related_ips: list,
            related_users: list,
            related_hosts: list,
            related_files: list,
            related_domains: list,
            related_processes: list,
            related_hashes: list,
            mitre_tactics: list,
            mitre_techniques: list,
            risk_score: 0.0,
            anomaly_score: 0.0,
            confidence: Field::Confidence.default_float(),
            attributes: seerflow_attributes::default(),
            tags: list,
            raw_event: text,
            resource_attrs: seerflow_pairs::default(),
            record_key: text,
        }
    }
}

// SAFETY: `repr(C)`, `struct_size` is first, and the members are numbers and pointers.
unsafe impl sized::Struct for seerflow_event_input {
    fn sets_reserved(&self) -> bool {
        self.reserved != 0
    }
}

/// An array of events passed from C.
pub(crate) struct Inputs(sized::Array<seerflow_event_input>);

impl Inputs {
    /// Checks an array and the memory that its events point to.
    ///
    /// # Safety
    /// `count` structs of the size that the first one states are readable at `first`, and so is the memory that they
    /// point to, while the inputs are used.
    pub(crate) unsafe fn new(first: *const seerflow_event_input, count: usize) -> Result<Self> {
        // SAFETY: the caller upholds the contract.
        let array = unsafe { sized::Array::new(first, count, "events") }?;
        for position in 0..count {
            // SAFETY: the caller upholds the contract.
            unsafe { array.at(position)?.check() }
                .map_err(|error| error.within(format_args!("events[{position}]")))?;
        }
        Ok(Self(array))
    }

    /// Converts the event at a position.
    ///
    /// # Safety
    /// As for [`Inputs::new`]. The position is below its `count`, and the memory that the structs point to lives for
    /// `'a`.
    pub(crate) unsafe fn event<'a>(&self, position: usize) -> Result<Event<'a>> {
        // SAFETY: the caller upholds the contract.
        unsafe { self.0.at(position)?.event() }
    }
}

impl seerflow_event_input {
    fn otel_severity(&self) -> i64 {
        match self.otel_severity {
            0 => Field::OtelSeverity.default_int(),
            number => number,
        }
    }

    fn ints(&self) -> [(Field, i64); 7] {
        [
            (Field::SeverityId, self.severity_id),
            (Field::OtelSeverity, self.otel_severity()),
            (Field::CategoryUid, self.category_uid),
            (Field::ClassUid, self.class_uid),
            (Field::TypeUid, self.type_uid),
            (Field::ActivityId, self.activity_id),
            (Field::TemplateId, self.template_id),
        ]
    }

    fn floats(&self) -> [(Field, f64); 3] {
        [
            (Field::RiskScore, self.risk_score),
            (Field::AnomalyScore, self.anomaly_score),
            (Field::Confidence, self.confidence),
        ]
    }

    fn texts(&self) -> [(Field, seerflow_str); 16] {
        [
            (Field::TraceId, self.trace_id),
            (Field::SpanId, self.span_id),
            (Field::EventKind, self.event_kind),
            (Field::EventCategory, self.event_category),
            (Field::EventType, self.event_type),
            (Field::EventOutcome, self.event_outcome),
            (Field::EventAction, self.event_action),
            (Field::Message, self.message),
            (Field::SourceType, self.source_type),
            (Field::SourceId, self.source_id),
            (Field::LogSourceCategory, self.log_source_category),
            (Field::LogSourceProduct, self.log_source_product),
            (Field::LogSourceService, self.log_source_service),
            (Field::TemplateStr, self.template_str),
            (Field::RawEvent, self.raw_event),
            // Not a text: included so that `check` validates its pointer. `event` decodes it separately.
            (Field::Body, self.body),
        ]
    }

    fn lists(&self) -> [(Field, seerflow_strs); 12] {
        [
            (Field::TemplateParams, self.template_params),
            (Field::EntityRefs, self.entity_refs),
            (Field::RelatedIps, self.related_ips),
            (Field::RelatedUsers, self.related_users),
            (Field::RelatedHosts, self.related_hosts),
            (Field::RelatedFiles, self.related_files),
            (Field::RelatedDomains, self.related_domains),
            (Field::RelatedProcesses, self.related_processes),
            (Field::RelatedHashes, self.related_hashes),
            (Field::MitreTactics, self.mitre_tactics),
            (Field::MitreTechniques, self.mitre_techniques),
            (Field::Tags, self.tags),
        ]
    }

    /// Returns an error for invalid pointers and type numbers. They are mistakes of the program, so the whole call
    /// fails.
    ///
    /// # Safety
    /// The memory that the struct points to is readable.
    unsafe fn check(&self) -> Result<()> {
        // SAFETY: the caller upholds the contract.
        unsafe {
            self.event_id.bytes("event_id")?;
            self.record_key.bytes("record_key")?;
            for (field, text) in self.texts() {
                text.bytes(field.name())?;
            }
            for (field, list) in self.lists() {
                for text in items(list.items, list.count, field.name())? {
                    text.bytes(field.name())?;
                }
            }
            for pair in items(
                self.resource_attrs.items,
                self.resource_attrs.count,
                "resource_attrs",
            )? {
                pair.key.bytes("resource_attrs")?;
                pair.value.bytes("resource_attrs")?;
            }
            for attribute in items(self.attributes.items, self.attributes.count, "attributes")? {
                attribute.check()?;
            }
        }
        Ok(())
    }

    /// Converts the event. An error rejects this record only; the other records of the call are stored.
    ///
    /// # Safety
    /// The memory that the struct points to is readable while the event is used.
    unsafe fn event<'a>(&self) -> Result<Event<'a>> {
        let mut event = Event::default();
        let time = |ns: i64| (ns != TIME_ABSENT).then_some(ns);
        event.timestamp_ns = time(self.timestamp_ns);
        event.observed_ns = time(self.observed_ns);
        for (field, number) in self.ints() {
            if let FieldMut::Int(slot) = event.get_mut(field) {
                *slot = number;
            }
        }
        for (field, number) in self.floats() {
            if let FieldMut::Float(slot) = event.get_mut(field) {
                *slot = number;
            }
        }
        // SAFETY: the caller upholds the contract.
        unsafe {
            let key = self.record_key.bytes("record_key")?.unwrap_or_default();
            event.event_id = uuid(self.event_id.bytes("event_id")?)?.or_else(|| id_of_key(key));
            event.body = body(self.body.bytes("body")?)?;
            let mut not_utf8 = NotUtf8::default();
            self.put_attributes(&mut event, &mut not_utf8)?;
            for (field, text) in self.texts() {
                if let (Some(bytes), true) = (text.bytes(field.name())?, field != Field::Body) {
                    let text = not_utf8.accept(field, 0, bytes);
                    match event.get_mut(field) {
                        FieldMut::Str(slot) => *slot = text,
                        FieldMut::OptStr(slot) => *slot = Some(text),
                        _ => {}
                    }
                }
            }
            for (field, list) in self.lists() {
                let given = items(list.items, list.count, field.name())?;
                let mut texts = Vec::with_capacity(given.len());
                for (place, text) in given.iter().enumerate() {
                    let bytes = text.bytes(field.name())?.unwrap_or_default();
                    texts.push(not_utf8.accept(field, place, bytes));
                }
                if let FieldMut::List(slot) = event.get_mut(field) {
                    *slot = texts;
                }
            }
            not_utf8.keep(&mut event);
        }
        Ok(event)
    }

    /// # Safety
    /// As for [`seerflow_event_input::event`].
    unsafe fn put_attributes<'a>(&self, event: &mut Event<'a>, not_utf8: &mut NotUtf8<'a>) -> Result<()> {
        // SAFETY: the caller upholds the contract.
        unsafe {
            let attributes = items(self.attributes.items, self.attributes.count, "attributes")?;
            for (place, attribute) in attributes.iter().enumerate() {
                let key = attribute.key.bytes("attributes")?.unwrap_or_default();
                let key = not_utf8.accept(Field::Attributes, 2 * place, key);
                let value = attribute
                    .value(2 * place + 1, not_utf8)
                    .map_err(|e| e.within(&key).within("attributes"))?;
                event.attributes.push((key, value));
            }
            let name = Field::ResourceAttrs.name();
            let pairs = items(self.resource_attrs.items, self.resource_attrs.count, name)?;
            for (place, pair) in pairs.iter().enumerate() {
                let mut text = |place, bytes| not_utf8.accept(Field::ResourceAttrs, place, bytes);
                let key = text(2 * place, pair.key.bytes(name)?.unwrap_or_default());
                let value = text(2 * place + 1, pair.value.bytes(name)?.unwrap_or_default());
                event.resource_attrs.push((key, value));
            }
        }
        Ok(())
    }
}

impl seerflow_attribute {
    /// # Safety
    /// The memory that the attribute points to is readable.
    unsafe fn check(&self) -> Result<()> {
        if self.r#type > seerflow_value::Msgpack as u32 {
            return Err(Error::invalid(format!(
                "attributes: type {} is not a seerflow_value",
                self.r#type
            )));
        }
        // SAFETY: the caller upholds the contract.
        unsafe {
            self.key.bytes("attributes")?;
            if [seerflow_value::Text as u32, seerflow_value::Msgpack as u32].contains(&self.r#type) {
                self.s.bytes("attributes")?;
            }
        }
        Ok(())
    }

    /// # Safety
    /// The memory that the attribute points to is readable while the value is used.
    unsafe fn value<'a>(&self, place: usize, not_utf8: &mut NotUtf8<'a>) -> Result<Value<'a>> {
        const TEXT: u32 = seerflow_value::Text as u32;
        const INT: u32 = seerflow_value::Int as u32;
        const FLOAT: u32 = seerflow_value::Float as u32;
        const BOOL: u32 = seerflow_value::Bool as u32;
        const NULL: u32 = seerflow_value::Null as u32;
        Ok(match self.r#type {
            // SAFETY: the caller upholds the contract.
            TEXT => Value::Str(not_utf8.accept(
                Field::Attributes,
                place,
                unsafe { self.s.bytes("attributes") }?.unwrap_or_default(),
            )),
            INT => Value::Int(self.i),
            FLOAT => Value::Float(self.d),
            BOOL => Value::Bool(self.i != 0),
            NULL => Value::Nil,
            // SAFETY: the caller upholds the contract.
            _ => msgpack(unsafe { self.s.bytes("attributes") }?.unwrap_or_default())?,
        })
    }
}

fn uuid(text: Option<&[u8]>) -> Result<Option<Uuid>> {
    let parse =
        |text| Uuid::try_parse_ascii(text).map_err(|e| Error::invalid("event_id: not a UUID").with_source(e));
    text.filter(|text| !text.is_empty()).map(parse).transpose()
}

fn body(bytes: Option<&[u8]>) -> Result<Option<Value<'_>>> {
    let value = bytes
        .filter(|bytes| !bytes.is_empty())
        .map(msgpack)
        .transpose()
        .map_err(|e| e.within("body"))?;
    Ok(value.filter(|value| *value != Value::Nil))
}

fn msgpack(bytes: &[u8]) -> Result<Value<'_>> {
    let mut reader = Reader::new(bytes);
    let value = reader.value()?;
    if reader.rest().is_empty() {
        Ok(value)
    } else {
        Err(Error::invalid("there are bytes after the msgpack value"))
    }
}

//! Checks `seerflow_event_input` structs and converts them to events.

use uuid::Uuid;

use super::event_input::seerflow_event_input;
use super::sized;
use super::text::{items, seerflow_str};
use super::value::{seerflow_attribute, seerflow_strs, seerflow_value};
use crate::codec::{NotUtf8, msgpack::Reader};
use crate::error::{Error, Result};
use crate::record::{Event, Field, FieldMut, TIME_ABSENT, Value, id_of_key};

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
            let id = self.event_id.bytes("event_id")?.unwrap_or_default();
            event.event_id = Uuid::try_parse_ascii(id).ok();
            if event.event_id.is_none() {
                event.event_id = id_of_key(key);
                let id = String::from_utf8_lossy(id).into_owned();
                event
                    .attributes
                    .extend((!id.is_empty()).then(|| ("event_id".into(), Value::from(id))));
            }
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

//! The arguments of a write call.

use std::sync::Arc;

use super::{Engine, WriteOptions};
use crate::buffer::Outcome;
use crate::record::{Control, Event, Value, id_of_attribute};

/// The arguments of one write call.
pub(super) struct Call<'c> {
    pub(super) engine: &'c Engine,
    pub(super) options: &'c WriteOptions,
    /// The attribute that holds the record key.
    pub(super) key_field: Option<&'c str>,
    pub(super) control: &'c Control,
    pub(super) outcome: &'c Arc<Outcome>,
}

impl Call<'_> {
    /// Sets the fields of an event that the options of the call define and the event lacks.
    pub(super) fn set_defaults(&self, event: &mut Event<'_>) {
        if let Some(source_type) = &self.options.source_type
            && event.source_type.is_empty()
        {
            event.source_type = source_type.clone().into();
        }
        if let Some(source_id) = self
            .options
            .source_id
            .as_ref()
            .or(self.options.file_name.as_ref())
            && event.source_id.is_empty()
        {
            event.source_id = source_id.clone().into();
        }
        if let Some(tag) = &self.options.tag
            && !event.attributes.iter().any(|(key, _)| key == "tag")
        {
            event
                .attributes
                .push(("tag".into(), Value::Str(tag.clone().into())));
        }
        if let (None, Some(name)) = (event.event_id, self.key_field) {
            event.event_id = id_of_attribute(&event.attributes, name);
        }
    }
}

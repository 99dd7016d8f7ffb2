//! Entities: the users, addresses, hosts and other things that events refer to, and their ids.
//!
//! An id is the UUID version 5 of a normalised value in the namespace of its type, hence every program computes the same id.
//! Rules and namespaces are those of Seerflow 0.7.0; `tests/data/entity_vectors.json` holds ids that it computed.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::IpAddr;

use unicode_normalization::{UnicodeNormalization, is_nfc};
use uuid::Uuid;

use super::event::Event;

/// The type of an entity. The numbers are part of the C API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum EntityType {
    /// A user account.
    User = 1,
    /// An IP address.
    Ip = 2,
    /// A host.
    Host = 3,
    /// A process.
    Process = 4,
    /// A file.
    File = 5,
    /// A DNS domain.
    Domain = 6,
}

impl EntityType {
    /// Every type, in the order of the numbers.
    pub const ALL: [EntityType; 6] = [
        Self::User,
        Self::Ip,
        Self::Host,
        Self::Process,
        Self::File,
        Self::Domain,
    ];

    /// Returns Seerflow's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Ip => "ip",
            Self::Host => "host",
            Self::Process => "process",
            Self::File => "file",
            Self::Domain => "domain",
        }
    }

    /// Finds a type by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn namespace(self) -> Uuid {
        Uuid::from_u128(0xa1b2c3d4_0000_0000_0000_000000000000 | ((self as u128) << 80) | self as u128)
    }
}

/// Returns the id of an entity, or `None` if the value cannot be normalised: an invalid address, an empty name.
pub fn entity_id(kind: EntityType, value: &str) -> Option<Uuid> {
    normalise(kind, value).map(|normal| Uuid::new_v5(&kind.namespace(), normal.as_bytes()))
}

/// Normalises a value, the form from which its id is computed. Returns `None` if it is not valid for its type.
pub fn normalise(kind: EntityType, value: &str) -> Option<Cow<'_, str>> {
    let trimmed = strip(value);
    let normal = match kind {
        // Any process value is valid, an empty one included.
        EntityType::Process => return Some(process(trimmed)),
        EntityType::User => user(trimmed),
        EntityType::Ip => ip(trimmed)?,
        EntityType::Host | EntityType::Domain => lower(trimmed.trim_end_matches('.')),
        EntityType::File => nfc(Cow::Borrowed(trimmed)),
    };
    (!normal.is_empty() && !normal.contains('\0')).then_some(normal)
}

/// Strips white space as Python does, which counts the separators U+001C to U+001F.
fn strip(value: &str) -> &str {
    value.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

fn nfc(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(&text) {
        text
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    let same = text.is_ascii() && !text.bytes().any(|b| b.is_ascii_uppercase());
    if same {
        Cow::Borrowed(text)
    } else {
        nfc(Cow::Owned(text.to_lowercase()))
    }
}

fn user(value: &str) -> Cow<'_, str> {
    let (domain, user) = match (value.split_once('\\'), value.rsplit_once('@')) {
        (Some((domain, user)), _) => (domain, user),
        (None, Some((user, domain))) => (domain, user),
        (None, None) => return lower(value),
    };
    match (domain.to_lowercase(), lower(strip(user))) {
        (_, user) if user.is_empty() => Cow::Borrowed(""),
        (domain, user) if domain.is_empty() => Cow::Owned(user.into_owned()),
        (domain, user) => Cow::Owned(format!("{domain}:{user}")),
    }
}

fn ip(value: &str) -> Option<Cow<'_, str>> {
    match value.parse().ok()? {
        IpAddr::V4(_) => Some(Cow::Borrowed(value)),
        IpAddr::V6(address) => {
            let mut exploded = String::with_capacity(39);
            for (index, group) in address.segments().into_iter().enumerate() {
                let separator = if index == 0 { "" } else { ":" };
                let _ = write!(exploded, "{separator}{group:04x}");
            }
            Some(Cow::Owned(exploded))
        }
    }
}

/// Writes process ids without leading zeros, signs and spaces: `sshd:005` and `sshd: +5` become `sshd:5`.
fn process(value: &str) -> Cow<'_, str> {
    if let Some(pid) = bare_pid(value) {
        return Cow::Borrowed(pid);
    }
    let Some((name, rest)) = value.rsplit_once(':') else {
        return Cow::Borrowed(value);
    };
    let rest = strip(rest);
    let (sign, digits) = match rest.as_bytes().first() {
        Some(b'-') => ("-", &rest[1..]),
        Some(b'+') => ("", &rest[1..]),
        _ => ("", rest),
    };
    match bare_pid(digits) {
        None => Cow::Borrowed(value),
        Some("0") => Cow::Owned(format!("{name}:0")),
        // The same text, because nothing was removed.
        Some(pid) if name.len() + 1 + sign.len() + pid.len() == value.len() => Cow::Borrowed(value),
        Some(pid) => Cow::Owned(format!("{name}:{sign}{pid}")),
    }
}

/// Returns a number without leading zeros, or `None` if the text is not only ASCII digits.
fn bare_pid(text: &str) -> Option<&str> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let significant = text.trim_start_matches('0');
    Some(if significant.is_empty() {
        &text[text.len() - 1..]
    } else {
        significant
    })
}

/// Returns an entity id in its stored spelling, lower case with hyphens, or `None` if it is not a UUID.
pub fn canonical_id(id: &str) -> Option<Cow<'_, str>> {
    let parsed = Uuid::try_parse(id).ok()?;
    let mut buffer = Uuid::encode_buffer();
    let spelled: &str = parsed.hyphenated().encode_lower(&mut buffer);
    Some(if spelled == id {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(spelled.to_owned())
    })
}

/// Calls `each` for every entity of an event's related lists, in Seerflow's order: ips, users, hosts, domains, files, processes.
/// Values that cannot be normalised are skipped.
pub fn related_entities(event: &Event<'_>, mut each: impl FnMut(EntityType, Uuid)) {
    related_values(event, |kind, _, id| each(kind, id));
}

/// Calls `each` as [`related_entities`] does, with the value as the event spells it.
fn related_values(event: &Event<'_>, mut each: impl FnMut(EntityType, &str, Uuid)) {
    let lists = [
        (EntityType::Ip, &event.related_ips),
        (EntityType::User, &event.related_users),
        (EntityType::Host, &event.related_hosts),
        (EntityType::Domain, &event.related_domains),
        (EntityType::File, &event.related_files),
    ];
    for (kind, values) in lists {
        for value in values {
            if let Some(id) = entity_id(kind, value) {
                each(kind, value, id);
            }
        }
    }
    let processes: Vec<Cow<'_, str>> = event
        .related_processes
        .iter()
        .map(|value| process(strip(value)))
        .collect();
    if let [process] = processes.as_slice() {
        if let Some(id) = entity_id(EntityType::Process, process) {
            each(EntityType::Process, &event.related_processes[0], id);
        }
        return;
    }
    let pids = processes.iter().filter_map(|process| process.rsplit_once(':'));
    let named: HashSet<&str> = pids.map(|(_, pid)| pid).collect();
    let mut seen = HashSet::new();
    for (index, value) in processes.iter().enumerate() {
        let superseded = bare_pid(value).is_some_and(|pid| named.contains(pid));
        if !superseded
            && seen.insert(value.as_ref())
            && let Some(id) = entity_id(EntityType::Process, value)
        {
            each(EntityType::Process, &event.related_processes[index], id);
        }
    }
}

/// An entity of an event, with its type and value if the event states them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EventEntity {
    /// The entity's id.
    pub entity: String,
    /// The name of its [`EntityType`]; empty if the event does not state it.
    pub entity_type: String,
    /// The value as the event spells it; empty if the event does not state it.
    pub value: String,
}

/// Lists an event's entities in the order of its `entity_refs`, without repetition.
pub fn entities_of(event: &Event<'_>) -> Vec<EventEntity> {
    let mut entities: Vec<EventEntity> = Vec::with_capacity(event.entity_refs.len());
    let mut places = std::collections::HashMap::new();
    for id in &event.entity_refs {
        places.entry(id.as_ref()).or_insert_with(|| {
            entities.push(EventEntity {
                entity: id.clone().into_owned(),
                ..EventEntity::default()
            });
            entities.len() - 1
        });
    }
    related_values(event, |kind, value, id| {
        let mut text = [0; 36];
        let text: &str = id.hyphenated().encode_lower(&mut text);
        if let Some(&place) = places.get(text)
            && entities[place].entity_type.is_empty()
        {
            kind.name().clone_into(&mut entities[place].entity_type);
            value.clone_into(&mut entities[place].value);
        }
    });
    entities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_numbers_follow_types() {
        assert_eq!(
            EntityType::User.namespace().to_string(),
            "a1b2c3d4-0001-0000-0000-000000000001"
        );
        assert_eq!(
            EntityType::Domain.namespace().to_string(),
            "a1b2c3d4-0006-0000-0000-000000000006"
        );
    }

    /// Ids computed by Seerflow.
    #[derive(serde::Deserialize)]
    struct Vector {
        r#type: String,
        value: String,
        normalised: Option<String>,
        uuid: Option<Uuid>,
    }

    #[derive(serde::Deserialize)]
    struct Processes {
        processes: Vec<String>,
        uuids: Vec<Uuid>,
    }

    #[test]
    fn ids_equal_those_of_seerflow() {
        let vectors: Vec<Vector> =
            serde_json::from_str(include_str!("../../tests/data/entity_vectors.json")).unwrap();
        for Vector {
            r#type,
            value,
            normalised,
            uuid,
        } in vectors
        {
            let kind = EntityType::from_name(&r#type).unwrap();
            assert_eq!(
                normalise(kind, &value).as_deref(),
                normalised.as_deref(),
                "{type} {value:?}"
            );
            assert_eq!(entity_id(kind, &value), uuid, "{type} {value:?}");
        }
    }

    #[test]
    fn bare_pid_is_replaced_by_named_process() {
        let vectors: Vec<Processes> =
            serde_json::from_str(include_str!("../../tests/data/process_vectors.json")).unwrap();
        for Processes { processes, uuids } in vectors {
            let related_processes = processes.iter().map(|p| p.as_str().into()).collect();
            let event = Event {
                related_processes,
                ..Event::default()
            };
            let mut ids = Vec::new();
            related_entities(&event, |_, id| ids.push(id));
            assert_eq!(ids, uuids, "{processes:?}");
        }
    }
}

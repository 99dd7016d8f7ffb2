//! The entities in a record's keys, and those that its message mentions.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV6};

use super::addresses::addresses;
use super::names::{Entity, Owner, Part};
use super::related::{is_nobody, push};
use super::users::users;
use super::{Given, owned};
use crate::record::{Event, Field, Value};

/// The entities found in keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entities<'a> {
    ips: Vec<Cow<'a, str>>,
    users: Vec<Cow<'a, str>>,
    hosts: Vec<Cow<'a, str>>,
    files: Vec<Cow<'a, str>>,
    domains: Vec<Cow<'a, str>>,
    hashes: Vec<Cow<'a, str>>,
    /// The parts of accounts and processes.
    parts: Vec<(Owner, Part, Cow<'a, str>)>,
}

impl<'a> Entities<'a> {
    /// Adds the entity in a key's value.
    ///
    /// A later value replaces the same part of the same account or process.
    pub(super) fn add(&mut self, kind: Entity, value: &Value<'a>) {
        match kind {
            Entity::Host => each(value, |text| self.host(text)),
            Entity::Address => each(value, |text| self.address(text)),
            Entity::Ip => each(value, |text| {
                if let Ok(ip) = ip_of(text) {
                    push(&mut self.ips, ip);
                }
            }),
            Entity::User => each(value, |text| self.user(text)),
            Entity::Principal => each(value, |text| {
                let is_address = |(name, domain): (&str, &str)| {
                    !name.is_empty() && domain.contains('.') && !text.contains([' ', '/', ':'])
                };
                if text.split_once('@').is_some_and(is_address) {
                    push(&mut self.users, text);
                }
            }),
            Entity::Part(owner, part) => self.set(owner, part, value),
            Entity::File => each(value, |text| push(&mut self.files, text)),
            Entity::Domain => each(value, |text| push(&mut self.domains, text)),
            Entity::Hash(algorithm) => each(value, |text| {
                let digest = text.to_ascii_lowercase();
                push(&mut self.hashes, format!("{algorithm}:{digest}").into());
            }),
        }
    }

    /// Adds a host name.
    pub(crate) fn host(&mut self, text: Cow<'a, str>) {
        if !is_nobody(&text) {
            push(&mut self.hosts, text);
        }
    }

    /// Adds an IP address or a host name.
    pub(crate) fn address(&mut self, text: Cow<'a, str>) {
        match ip_of(text) {
            Ok(ip) => push(&mut self.ips, ip),
            Err(name) if !name.contains([' ', '/']) => self.host(name),
            Err(_) => {}
        }
    }

    /// Adds a user name.
    pub(crate) fn user(&mut self, text: Cow<'a, str>) {
        if !is_nobody(&text) {
            push(&mut self.users, text);
        }
    }

    /// Adds the entities of another part of the record.
    ///
    /// Parts of accounts and processes that are already set are kept.
    pub(crate) fn append(&mut self, other: &mut Self) {
        let lists = [
            (&mut self.ips, &mut other.ips),
            (&mut self.users, &mut other.users),
            (&mut self.hosts, &mut other.hosts),
            (&mut self.files, &mut other.files),
            (&mut self.domains, &mut other.domains),
            (&mut self.hashes, &mut other.hashes),
        ];
        for (list, more) in lists {
            if list.is_empty() {
                std::mem::swap(list, more);
            } else {
                more.drain(..).for_each(|text| push(list, text));
            }
        }
        for (owner, part, text) in other.parts.drain(..) {
            if self.place(owner, part).is_none() {
                self.parts.push((owner, part, text));
            }
        }
    }

    /// Converts borrowed text to owned text.
    pub(super) fn into_owned(self) -> Entities<'static> {
        let list = |list: Vec<Cow<'a, str>>| list.into_iter().map(owned).collect();
        Entities {
            ips: list(self.ips),
            users: list(self.users),
            hosts: list(self.hosts),
            files: list(self.files),
            domains: list(self.domains),
            hashes: list(self.hashes),
            parts: self
                .parts
                .into_iter()
                .map(|(owner, part, text)| (owner, part, owned(text)))
                .collect(),
        }
    }

    /// Returns the approximate bytes that these entities add to each event.
    ///
    /// Each entity takes `each` bytes in addition to its name.
    pub(crate) fn weight(&self, each: usize) -> usize {
        let lists = [
            &self.ips,
            &self.users,
            &self.hosts,
            &self.files,
            &self.domains,
            &self.hashes,
        ];
        let parts = self.parts.iter().map(|(_, _, text)| text);
        let texts = lists.into_iter().flatten().chain(parts);
        texts.map(|text| text.len() + each).sum()
    }

    /// Fills the event's related lists, except those that the record sets itself.
    ///
    /// `name` and `id` are the program that logged the record and its process id, which count unless keys name that
    /// process. If no key names an address or a user and `has_message` is true, they are searched for in the message.
    pub(super) fn fill(
        &mut self,
        event: &mut Event<'a>,
        (name, id): (Option<Cow<'a, str>>, Option<Cow<'a, str>>),
        given: Given,
        has_message: bool,
    ) {
        let (mut own, mut parent) = (process_of(name, id), None);
        if !self.parts.is_empty() {
            for owner in [Owner::TargetUser, Owner::SubjectUser, Owner::User] {
                if let Some(user) = self.account(owner) {
                    push(&mut self.users, user);
                }
            }
            own = self.process(Owner::Process).or(own);
            parent = self.process(Owner::ParentProcess);
        }
        if has_message {
            mentioned(&event.message, &mut self.ips, addresses);
            mentioned(&event.message, &mut self.users, users);
        }
        let set = |field, list: &mut Vec<_>, found: &mut Vec<_>| {
            if !given.has(field) {
                *list = std::mem::take(found);
            }
        };
        set(Field::RelatedIps, &mut event.related_ips, &mut self.ips);
        set(Field::RelatedUsers, &mut event.related_users, &mut self.users);
        set(Field::RelatedHosts, &mut event.related_hosts, &mut self.hosts);
        set(Field::RelatedFiles, &mut event.related_files, &mut self.files);
        set(
            Field::RelatedDomains,
            &mut event.related_domains,
            &mut self.domains,
        );
        set(Field::RelatedHashes, &mut event.related_hashes, &mut self.hashes);
        if !given.has(Field::RelatedProcesses) {
            event.related_processes = own.into_iter().chain(parent).collect();
        }
    }

    /// Sets a part of an account or a process.
    fn set(&mut self, owner: Owner, part: Part, value: &Value<'a>) {
        let Some(text) = first(value).filter(|text| text != "-") else {
            return;
        };
        let (part, replaces) = match part {
            Part::OtherName => (Part::Name, false),
            part => (part, true),
        };
        match self.place(owner, part) {
            None => self.parts.push((owner, part, text)),
            Some(place) if replaces => self.parts[place].2 = text,
            Some(_) => {}
        }
    }

    fn place(&self, owner: Owner, part: Part) -> Option<usize> {
        let is_it = |known: &(Owner, Part, _)| known.0 == owner && known.1 == part;
        self.parts.iter().position(is_it)
    }

    fn part(&mut self, owner: Owner, part: Part) -> Option<Cow<'a, str>> {
        let place = self.place(owner, part)?;
        Some(self.parts.swap_remove(place).2)
    }

    fn account(&mut self, owner: Owner) -> Option<Cow<'a, str>> {
        match (self.part(owner, Part::Name), self.part(owner, Part::Domain)) {
            (Some(name), Some(domain)) if !name.contains(['\\', '@']) => {
                Some(format!("{domain}\\{name}").into())
            }
            (Some(name), _) => Some(name),
            (None, _) => self
                .part(owner, Part::Email)
                .or_else(|| self.part(owner, Part::Id)),
        }
    }

    fn process(&mut self, owner: Owner) -> Option<Cow<'a, str>> {
        process_of(self.part(owner, Part::Name), self.part(owner, Part::Id))
    }
}

fn process_of<'a>(name: Option<Cow<'a, str>>, pid: Option<Cow<'a, str>>) -> Option<Cow<'a, str>> {
    match (name, pid) {
        (Some(name), Some(pid)) => Some([name.as_ref(), ":", pid.as_ref()].concat().into()),
        (name, pid) => name.or(pid),
    }
}

/// Searches the message for entities of a kind, if keys named none.
#[expect(
    clippy::ptr_arg,
    reason = "names found in a borrowed message borrow from its text, not from the event"
)]
fn mentioned<'a>(
    message: &Cow<'a, str>,
    list: &mut Vec<Cow<'a, str>>,
    find: impl for<'t> Fn(&'t str, &mut Vec<Cow<'t, str>>),
) {
    if !list.is_empty() {
        return;
    }
    match message {
        Cow::Borrowed(message) => find(message, list),
        Cow::Owned(message) => {
            let mut found = Vec::new();
            find(message, &mut found);
            list.extend(found.into_iter().map(|text| Cow::Owned(text.into_owned())));
        }
    }
}

/// Returns the IP address in a text, without its zone (`fe80::1%eth0`) or port; the text itself if it is not one.
pub(super) fn ip_of(text: Cow<'_, str>) -> std::result::Result<Cow<'_, str>, Cow<'_, str>> {
    // An address starts with a digit or contains a colon.
    let starts = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    if !starts && !text.as_bytes().contains(&b':') {
        return Err(text);
    }
    if text.parse::<IpAddr>().is_ok() {
        return Ok(text);
    }
    if let Some((ip, _)) = text.split_once('%')
        && ip.parse::<Ipv6Addr>().is_ok()
    {
        return Ok(ip.to_owned().into());
    }
    // SonicWall appends the name of an interface to the port.
    if let Some((ip, _)) = text.split_once(':')
        && ip.parse::<Ipv4Addr>().is_ok()
    {
        return Ok(ip.to_owned().into());
    }
    match text.parse::<SocketAddrV6>() {
        Ok(socket) => Ok(socket.ip().to_string().into()),
        Err(_) => Err(text),
    }
}

/// Calls `with` for a text, for the digits of an integer, or for each such item of a list.
///
/// A hyphen stands for an absent value.
fn each<'a>(value: &Value<'a>, with: impl FnMut(Cow<'a, str>)) {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    items
        .iter()
        .filter_map(first)
        .filter(|text| text != "-")
        .for_each(with);
}

/// Returns a text that is not empty, or an integer's digits.
pub(super) fn first<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match value {
        Value::Str(text) if !text.is_empty() => Some(text.clone()),
        Value::Int(number) => Some(number.to_string().into()),
        _ => None,
    }
}

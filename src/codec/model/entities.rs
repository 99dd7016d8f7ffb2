//! The entities in a record's keys, and those that its message mentions.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV6};

use super::names::{Entity, Part};
use super::{extract, owned};
use crate::record::{Event, Field, Value};

/// The most entries of a list of entities.
const MAX_RELATED: usize = 256;

/// The entities found in keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entities<'a> {
    ips: Vec<Cow<'a, str>>,
    users: Vec<Cow<'a, str>>,
    hosts: Vec<Cow<'a, str>>,
    files: Vec<Cow<'a, str>>,
    domains: Vec<Cow<'a, str>>,
    hashes: Vec<Cow<'a, str>>,
    /// Absent for most records, and large: the calls that move entities need little stack.
    named: Option<Box<AccountsAndProcesses<'a>>>,
}

/// The accounts and processes whose parts have keys of their own.
#[derive(Clone, Debug, Default)]
struct AccountsAndProcesses<'a> {
    accounts: [Named<'a>; 3],
    processes: [Named<'a>; 2],
}

/// The parts of a user account or of a process.
#[derive(Clone, Debug, Default)]
struct Named<'a> {
    name: Option<Cow<'a, str>>,
    domain: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    email: Option<Cow<'a, str>>,
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
                    put(&mut self.ips, ip);
                }
            }),
            Entity::User => each(value, |text| put(&mut self.users, text)),
            Entity::Principal => each(value, |text| {
                let is_address = |(name, domain): (&str, &str)| {
                    !name.is_empty() && domain.contains('.') && !text.contains([' ', '/', ':'])
                };
                if text.split_once('@').is_some_and(is_address) {
                    put(&mut self.users, text);
                }
            }),
            Entity::Account(account, part) => {
                self.named.get_or_insert_default().accounts[account as usize].set(part, value);
            }
            Entity::Process(process, part) => {
                self.named.get_or_insert_default().processes[process as usize].set(part, value);
            }
            Entity::File => each(value, |text| put(&mut self.files, text)),
            Entity::Domain => each(value, |text| put(&mut self.domains, text)),
            Entity::Hash(algorithm) => each(value, |text| {
                let digest = text.to_ascii_lowercase();
                put(&mut self.hashes, format!("{algorithm}:{digest}").into());
            }),
        }
    }

    /// Adds a host name.
    pub(crate) fn host(&mut self, text: Cow<'a, str>) {
        put(&mut self.hosts, text);
    }

    /// Adds an IP address or a host name.
    pub(crate) fn address(&mut self, text: Cow<'a, str>) {
        match ip_of(text) {
            Ok(ip) => put(&mut self.ips, ip),
            Err(name) if !name.contains([' ', '/']) => put(&mut self.hosts, name),
            Err(_) => {}
        }
    }

    /// Adds a user name.
    pub(crate) fn user(&mut self, text: Cow<'a, str>) {
        put(&mut self.users, text);
    }

    /// Adds the entities of another part of the record.
    ///
    /// Parts of accounts and processes that are already set are kept.
    pub(crate) fn append(&mut self, other: Self) {
        let lists = [
            (&mut self.ips, other.ips),
            (&mut self.users, other.users),
            (&mut self.hosts, other.hosts),
            (&mut self.files, other.files),
            (&mut self.domains, other.domains),
            (&mut self.hashes, other.hashes),
        ];
        for (list, more) in lists {
            more.into_iter().for_each(|text| put(list, text));
        }
        let Some(other) = other.named else { return };
        let Some(mine) = &mut self.named else {
            self.named = Some(other);
            return;
        };
        let mine = mine.accounts.iter_mut().chain(&mut mine.processes);
        for (mine, other) in mine.zip(other.accounts.into_iter().chain(other.processes)) {
            mine.name = mine.name.take().or(other.name);
            mine.domain = mine.domain.take().or(other.domain);
            mine.id = mine.id.take().or(other.id);
            mine.email = mine.email.take().or(other.email);
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
            named: self.named.map(|named| {
                Box::new(AccountsAndProcesses {
                    accounts: named.accounts.map(Named::into_owned),
                    processes: named.processes.map(Named::into_owned),
                })
            }),
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
        let named = self.named.iter();
        let named = named.flat_map(|named| named.accounts.iter().chain(&named.processes));
        let parts = named.flat_map(|one| [&one.name, &one.domain, &one.id, &one.email]);
        let texts = lists.into_iter().flatten().chain(parts.flatten());
        texts.map(|text| text.len() + each).sum()
    }

    /// Fills the event's related lists, except those that the record sets itself (`is_given`).
    ///
    /// `own` is the program that logged the record and its process id, which counts unless keys name that process. If no key names
    /// an address or a user and `has_message` is true, they are searched for in the message.
    pub(super) fn fill(
        self,
        event: &mut Event<'a>,
        (name, id): (Option<Cow<'a, str>>, Option<Cow<'a, str>>),
        is_given: impl Fn(Field) -> bool,
        has_message: bool,
    ) {
        let Self {
            mut ips, mut users, ..
        } = self;
        let mut own = Named {
            name,
            id,
            ..Named::default()
        };
        let mut parent = None;
        if let Some(named) = self.named {
            let [user, target, subject] = named.accounts;
            for account in [target, subject, user] {
                account
                    .account()
                    .into_iter()
                    .for_each(|user| put(&mut users, user));
            }
            let [process, by] = named.processes;
            if process.name.is_some() || process.id.is_some() {
                own = process;
            }
            parent = by.process();
        }
        if has_message {
            mentioned(&event.message, &mut ips, extract::addresses);
            mentioned(&event.message, &mut users, extract::users);
        }
        let processes = own.process().into_iter().chain(parent).collect();
        let lists = [
            (Field::RelatedIps, ips, &mut event.related_ips),
            (Field::RelatedUsers, users, &mut event.related_users),
            (Field::RelatedHosts, self.hosts, &mut event.related_hosts),
            (Field::RelatedFiles, self.files, &mut event.related_files),
            (Field::RelatedDomains, self.domains, &mut event.related_domains),
            (Field::RelatedHashes, self.hashes, &mut event.related_hashes),
            (Field::RelatedProcesses, processes, &mut event.related_processes),
        ];
        for (field, found, list) in lists {
            if !is_given(field) {
                *list = found;
            }
        }
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

impl<'a> Named<'a> {
    fn into_owned(self) -> Named<'static> {
        Named {
            name: self.name.map(owned),
            domain: self.domain.map(owned),
            id: self.id.map(owned),
            email: self.email.map(owned),
        }
    }

    fn set(&mut self, part: Part, value: &Value<'a>) {
        let slot = match part {
            Part::Name => &mut self.name,
            Part::OtherName if self.name.is_some() => return,
            Part::OtherName => &mut self.name,
            Part::Domain => &mut self.domain,
            Part::Id => &mut self.id,
            Part::Email => &mut self.email,
        };
        *slot = first(value).filter(|text| text != "-").or(slot.take());
    }

    fn account(self) -> Option<Cow<'a, str>> {
        match (self.name, self.domain) {
            (Some(name), Some(domain)) if !name.contains(['\\', '@']) => {
                Some(format!("{domain}\\{name}").into())
            }
            (Some(name), _) => Some(name),
            (None, _) => self.email.or(self.id),
        }
    }

    fn process(self) -> Option<Cow<'a, str>> {
        match (self.name, self.id) {
            (Some(name), Some(pid)) => Some(format!("{name}:{pid}").into()),
            (name, pid) => name.or(pid),
        }
    }
}

/// Returns the IP address in a text, without its zone (`fe80::1%eth0`) or port; the text itself if it is not one.
pub(super) fn ip_of(text: Cow<'_, str>) -> std::result::Result<Cow<'_, str>, Cow<'_, str>> {
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

/// Adds a text to a list that does not contain it yet.
fn put<'a>(list: &mut Vec<Cow<'a, str>>, text: Cow<'a, str>) {
    if list.len() < MAX_RELATED && !list.contains(&text) {
        list.push(text);
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

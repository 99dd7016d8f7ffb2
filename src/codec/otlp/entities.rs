//! Attributes that name a user, an address, a host, a process, a file or a domain, by the semantic conventions of
//! OpenTelemetry (present and former names) and by ECS.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::codec::lines::extract;
use crate::record::{Event, Value};

/// A list gets no longer, as those of log lines.
const MAX_RELATED: usize = 256;

/// What attributes name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entities<'a> {
    ips: Vec<Cow<'a, str>>,
    users: Vec<Cow<'a, str>>,
    hosts: Vec<Cow<'a, str>>,
    files: Vec<Cow<'a, str>>,
    domains: Vec<Cow<'a, str>>,
    hashes: Vec<Cow<'a, str>>,
    user: Account<'a>,
    process: Process<'a>,
    parent: Process<'a>,
}

/// A user's name and the domain that it is of.
#[derive(Clone, Debug, Default)]
struct Account<'a> {
    name: Option<Cow<'a, str>>,
    domain: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    email: Option<Cow<'a, str>>,
}

/// A process's name and number.
#[derive(Clone, Debug, Default)]
struct Process<'a> {
    name: Option<Cow<'a, str>>,
    pid: Option<Cow<'a, str>>,
}

impl<'a> Entities<'a> {
    /// Takes the related lists that an event has already.
    pub(crate) fn of_event(event: &mut Event<'a>) -> Self {
        Self {
            ips: std::mem::take(&mut event.related_ips),
            users: std::mem::take(&mut event.related_users),
            hosts: std::mem::take(&mut event.related_hosts),
            files: std::mem::take(&mut event.related_files),
            domains: std::mem::take(&mut event.related_domains),
            hashes: std::mem::take(&mut event.related_hashes),
            ..Self::default()
        }
    }

    /// Takes what attributes name. Those that come later replace a process and a user that were there.
    pub(crate) fn add_all(&mut self, attributes: &[(Cow<'a, str>, Value<'a>)]) {
        for (key, value) in attributes {
            self.add(key, value);
        }
    }

    fn add(&mut self, key: &str, value: &Value<'a>) {
        match key {
            "host.name" | "host.hostname" | "k8s.node.name" => each(value, |text| put(&mut self.hosts, text)),
            "source.address"
            | "source.ip"
            | "source.domain"
            | "client.address"
            | "client.ip"
            | "client.domain"
            | "destination.address"
            | "destination.ip"
            | "destination.domain"
            | "server.address"
            | "server.ip"
            | "server.domain"
            | "network.peer.address"
            | "network.local.address"
            | "net.peer.ip"
            | "net.host.ip"
            | "net.peer.name"
            | "net.sock.peer.addr"
            | "net.sock.host.addr"
            | "http.client_ip"
            | "host.ip" => each(value, |text| self.address(text)),
            "user.name" => self.user.name = first(value),
            "user.domain" => self.user.domain = first(value),
            "user.id" | "enduser.id" => self.user.id = first(value),
            "user.email" => self.user.email = first(value),
            "process.owner"
            | "process.user.name"
            | "source.user.name"
            | "destination.user.name"
            | "client.user.name"
            | "server.user.name"
            | "user.target.name"
            | "user.effective.name" => each(value, |text| put(&mut self.users, text)),
            "process.executable.name" => self.process.name = first(value),
            "process.name" if self.process.name.is_none() => self.process.name = first(value),
            "process.pid" => self.process.pid = first(value),
            "process.parent.name" | "process.parent.executable.name" => self.parent.name = first(value),
            "process.parent_pid" | "process.parent.pid" => self.parent.pid = first(value),
            "file.path" | "file.target_path" | "process.executable.path" | "process.executable" => {
                each(value, |text| put(&mut self.files, text))
            }
            "url.domain" | "dns.question.name" | "tls.client.server_name" => {
                each(value, |text| put(&mut self.domains, text))
            }
            _ => self.hash(key, value),
        }
    }

    /// `file.hash.sha256` and `process.hash.md5` name what they are.
    fn hash(&mut self, key: &str, value: &Value<'a>) {
        let algorithm = key
            .strip_prefix("file.hash.")
            .or_else(|| key.strip_prefix("process.hash."));
        if let Some(algorithm @ ("md5" | "sha1" | "sha256" | "sha384" | "sha512")) = algorithm {
            each(value, |text| {
                let digest = text.to_ascii_lowercase();
                put(&mut self.hashes, format!("{algorithm}:{digest}").into());
            });
        }
    }

    /// An address may be a number or a name.
    fn address(&mut self, text: Cow<'a, str>) {
        let is_ip = text.parse::<IpAddr>().is_ok();
        put(if is_ip { &mut self.ips } else { &mut self.hosts }, text);
    }

    /// Returns about how many bytes each event takes for these, if an entity takes so many beside its name.
    pub(crate) fn weight(&self, each: usize) -> usize {
        let lists = [
            &self.ips,
            &self.users,
            &self.hosts,
            &self.files,
            &self.domains,
            &self.hashes,
        ];
        let names = [
            &self.user.name,
            &self.user.domain,
            &self.user.id,
            &self.user.email,
            &self.process.name,
            &self.process.pid,
            &self.parent.name,
            &self.parent.pid,
        ];
        let listed = lists.into_iter().flatten().chain(names.into_iter().flatten());
        listed.map(|name| name.len() + each).sum()
    }

    /// Fills the event's related lists. Addresses and users that no attribute names are taken from the message, as from
    /// log lines.
    pub(crate) fn fill(self, event: &mut Event<'a>) {
        let Self {
            mut ips, mut users, ..
        } = self;
        if let Some(user) = self.user.full() {
            put(&mut users, user);
        }
        if let Cow::Borrowed(message) = event.message {
            if ips.is_empty() {
                extract::addresses(message, &mut ips);
            }
            if users.is_empty() {
                extract::users(message, &mut users);
            }
        }
        event.related_ips = ips;
        event.related_users = users;
        event.related_hosts = self.hosts;
        event.related_files = self.files;
        event.related_domains = self.domains;
        event.related_hashes = self.hashes;
        event
            .related_processes
            .extend([self.process.full(), self.parent.full()].into_iter().flatten());
    }
}

impl<'a> Account<'a> {
    fn full(self) -> Option<Cow<'a, str>> {
        match (self.name, self.domain) {
            (Some(name), Some(domain)) if !name.contains(['\\', '@']) => {
                Some(format!("{domain}\\{name}").into())
            }
            (Some(name), _) => Some(name),
            (None, _) => self.email.or(self.id),
        }
    }
}

impl<'a> Process<'a> {
    fn full(self) -> Option<Cow<'a, str>> {
        match (self.name, self.pid) {
            (Some(name), Some(pid)) => Some(format!("{name}:{pid}").into()),
            (name, pid) => name.or(pid),
        }
    }
}

/// Adds what is not there yet.
fn put<'a>(list: &mut Vec<Cow<'a, str>>, text: Cow<'a, str>) {
    if list.len() < MAX_RELATED && !list.contains(&text) {
        list.push(text);
    }
}

/// Calls `with` for a text, for an integer's digits, and for each of a list of them.
fn each<'a>(value: &Value<'a>, mut with: impl FnMut(Cow<'a, str>)) {
    match value {
        Value::Array(items) => items.iter().filter_map(first).for_each(with),
        one => first(one).into_iter().for_each(&mut with),
    }
}

fn first<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match value {
        Value::Str(text) if !text.is_empty() => Some(text.clone()),
        Value::Int(number) => Some(number.to_string().into()),
        _ => None,
    }
}

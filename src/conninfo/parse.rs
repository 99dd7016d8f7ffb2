//! Parses connection strings.

use percent_encoding::percent_decode_str;

/// A connection string in parts, decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionString {
    /// The URL's scheme; `None` in the `key=value` form.
    pub scheme: Option<&'static str>,
    /// Keys and values. Of equal keys the last one counts; an empty value means the default. The parts of a URL have libpq's keys: `user`,
    /// `password`, `host`, `port`, and `dbname` for the path. Several hosts, and their ports, are separated by commas.
    pub pairs: Vec<(String, String)>,
}

/// The schemes of a URL.
pub(super) const SCHEMES: &[&str] = &["postgresql", "postgres", "falkor", "falkors", "redis", "rediss"];

impl ConnectionString {
    /// Parses a connection string.
    ///
    /// # Errors
    /// The reason why it is not valid. The text quotes nothing, because any part might be a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_word = |word: &str| {
            word.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
        };
        match text.split_once("://").filter(|(word, _)| is_word(word)) {
            Some((scheme, rest)) => {
                let known = SCHEMES.iter().find(|known| **known == scheme);
                Ok(Self {
                    scheme: Some(known.ok_or("the scheme before :// is not known")?),
                    pairs: url_pairs(rest)?,
                })
            }
            None => Ok(Self {
                scheme: None,
                pairs: keyword_pairs(text)?,
            }),
        }
    }

    /// Returns the value of a key; `None` if it is absent or empty.
    #[cfg(any(feature = "graph-servers", feature = "postgres"))]
    pub fn value(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().rev().find(|(known, _)| known == key);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// Parses `key=value` pairs. A value in single quotes may contain spaces; a backslash escapes the next character.
fn keyword_pairs(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let mut pairs = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(pairs);
        }
        let mut key = String::new();
        while let Some(c) = chars.next_if(|c| *c != '=') {
            key.push(c);
        }
        if chars.next().is_none() {
            return Err("expected key=value");
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = chars.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match chars.next() {
                Some('\\') => value.extend(chars.next()),
                Some('\'') if quoted => break,
                Some(c) if !quoted && c.is_whitespace() => break,
                Some(c) => value.push(c),
                None if quoted => return Err("a quote is not closed"),
                None => break,
            }
        }
        pairs.push((key.trim().to_owned(), value));
    }
}

/// Parses a URL without its scheme.
fn url_pairs(rest: &str) -> Result<Vec<(String, String)>, &'static str> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut pairs = Vec::new();
    let hosts = match authority.rsplit_once('@') {
        None => authority,
        Some((user, hosts)) => {
            let (user, password) = user.split_once(':').unwrap_or((user, ""));
            add(&mut pairs, "user", decoded(user)?);
            add(&mut pairs, "password", decoded(password)?);
            hosts
        }
    };
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        // An IPv6 address is in brackets because it contains colons.
        let (name, port) = match host.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']').ok_or("a bracket is not closed")?;
                match port.strip_prefix(':') {
                    None if !port.is_empty() => return Err("expected :port after the bracket"),
                    port => (address, port.unwrap_or_default()),
                }
            }
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(name);
        ports.push(port);
    }
    add(&mut pairs, "host", decoded(&names.join(","))?);
    if ports.iter().any(|port| !port.is_empty()) {
        add(&mut pairs, "port", decoded(&ports.join(","))?);
    }
    add(&mut pairs, "dbname", decoded(path)?);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or("a parameter has no value")?;
        add(&mut pairs, &decoded(key)?, decoded(value)?);
    }
    Ok(pairs)
}

fn add(pairs: &mut Vec<(String, String)>, key: &str, value: String) {
    if !value.is_empty() {
        pairs.push((key.to_owned(), value));
    }
}

/// Decodes percent escapes.
///
/// # Errors
/// For an incomplete escape, which the crate would keep as text, and for bytes that are not UTF-8.
fn decoded(text: &str) -> Result<String, &'static str> {
    let is_escape = |tail: &str| {
        let digits = tail.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.count() == 2
    };
    if !text.split('%').skip(1).all(is_escape) {
        return Err("a percent sign is not followed by two hex digits");
    }
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err("not UTF-8"),
    }
}

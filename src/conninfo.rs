//! Connection strings: their one parser, and the redaction, which shows nothing that the parser did not understand.
//!
//! A connection string is a URL (`postgresql://`, `falkor://` and their other names) or libpq's `key=value` form.

use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A connection string in parts, decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionString {
    /// The URL's scheme; `None` in the `key=value` form.
    pub scheme: Option<&'static str>,
    /// Keys and values. Of equal keys the last one counts; an empty value means the default. The parts of a URL have libpq's keys: `user`,
    /// `password`, `host`, `port`, and `dbname` for the path. Several hosts, and their ports, are separated by commas.
    pub pairs: Vec<(String, String)>,
}

const SCHEMES: &[&str] = &["postgresql", "postgres", "falkor", "falkors", "redis", "rediss"];

/// Tells how a parameter is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// This library uses it; its value may be shown.
    Plain,
    /// It is used, and its value is never shown.
    Secret,
    /// libpq knows it and this library does not.
    Unsupported,
}

/// The connection parameters of libpq 18.
const PARAMETERS: &[(&str, Parameter)] = &[
    ("application_name", Parameter::Plain),
    ("channel_binding", Parameter::Plain),
    ("client_encoding", Parameter::Plain),
    ("connect_timeout", Parameter::Plain),
    ("dbname", Parameter::Plain),
    ("fallback_application_name", Parameter::Plain),
    ("gssdelegation", Parameter::Unsupported),
    ("gssencmode", Parameter::Plain),
    ("gsslib", Parameter::Unsupported),
    ("host", Parameter::Plain),
    ("hostaddr", Parameter::Plain),
    ("keepalives", Parameter::Plain),
    ("keepalives_count", Parameter::Plain),
    ("keepalives_idle", Parameter::Plain),
    ("keepalives_interval", Parameter::Plain),
    ("krbsrvname", Parameter::Unsupported),
    ("load_balance_hosts", Parameter::Plain),
    ("max_protocol_version", Parameter::Unsupported),
    ("min_protocol_version", Parameter::Unsupported),
    ("oauth_client_id", Parameter::Unsupported),
    ("oauth_client_secret", Parameter::Unsupported),
    ("oauth_issuer", Parameter::Unsupported),
    ("oauth_scope", Parameter::Unsupported),
    // Its settings may be anything.
    ("options", Parameter::Secret),
    ("passfile", Parameter::Plain),
    ("password", Parameter::Secret),
    ("port", Parameter::Plain),
    ("replication", Parameter::Unsupported),
    ("require_auth", Parameter::Plain),
    ("requirepeer", Parameter::Plain),
    ("requiressl", Parameter::Unsupported),
    ("scram_client_key", Parameter::Unsupported),
    ("scram_server_key", Parameter::Unsupported),
    ("service", Parameter::Plain),
    ("servicefile", Parameter::Plain),
    ("ssl_max_protocol_version", Parameter::Plain),
    ("ssl_min_protocol_version", Parameter::Plain),
    ("sslcert", Parameter::Plain),
    ("sslcertmode", Parameter::Unsupported),
    ("sslcompression", Parameter::Unsupported),
    ("sslcrl", Parameter::Plain),
    ("sslcrldir", Parameter::Unsupported),
    ("sslkey", Parameter::Plain),
    ("sslkeylogfile", Parameter::Unsupported),
    ("sslmode", Parameter::Plain),
    ("sslnegotiation", Parameter::Plain),
    ("sslpassword", Parameter::Unsupported),
    ("sslrootcert", Parameter::Plain),
    ("sslsni", Parameter::Unsupported),
    ("target_session_attrs", Parameter::Plain),
    ("tcp_user_timeout", Parameter::Plain),
    ("user", Parameter::Plain),
];

/// Looks a parameter up; `None` if libpq does not know it either.
pub fn parameter(key: &str) -> Option<(&'static str, Parameter)> {
    PARAMETERS.iter().find(|(known, _)| *known == key).copied()
}

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

    /// Returns the text to show, or `None` if a part might be a secret in the wrong place.
    fn shown(&self) -> Option<String> {
        let mut shown = Vec::new();
        for (key, value) in &self.pairs {
            let (key, parameter) = parameter(key)?;
            if key == "port" && !value.bytes().all(|b| b.is_ascii_digit() || b == b',') {
                return None;
            }
            let is_shown = parameter == Parameter::Plain && !is_suspicious(key, value);
            shown.push((key, is_shown.then_some(value.as_str())));
        }
        Some(match self.scheme {
            Some(scheme) => url(scheme, &shown),
            None => keywords(&shown),
        })
    }
}

/// Returns a connection string without its secrets. A text that cannot be parsed is replaced by `***`.
pub fn redact(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    // An @ after the one that ends the password may belong to a password with an unescaped delimiter.
    let ends_early = text.split_once("://").is_some_and(|(_, rest)| {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        rest[end..].contains('@')
    });
    let parsed = ConnectionString::parse(text);
    match parsed {
        Ok(parsed) if !(ends_early && parsed.scheme.is_some()) => parsed.shown(),
        _ => None,
    }
    .unwrap_or_else(|| "***".to_owned())
}

/// Tells whether a value might contain a whole connection string, or a password in the wrong place.
fn is_suspicious(key: &str, value: &str) -> bool {
    let is_address = |host: &str| !host.contains(':') || host.parse::<IpAddr>().is_ok();
    if matches!(key, "host" | "hostaddr") {
        return value.contains(['=', '?', '&']) || !value.split(',').all(is_address);
    }
    value.contains([':', '=', '@', '?', '&'])
}

type Shown<'v> = [(&'static str, Option<&'v str>)];

const MARK: &str = "***";

/// Characters that a URL's parts may contain as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b',');

fn url(scheme: &str, pairs: &Shown<'_>) -> String {
    let value = |key: &str| {
        let found = pairs.iter().rev().find(|(known, _)| *known == key);
        found.map(|(_, value)| value.unwrap_or(MARK))
    };
    let escaped = |text: &str| match text {
        MARK => MARK.to_owned(),
        text => utf8_percent_encode(text, ESCAPED).to_string(),
    };
    let mut text = format!("{scheme}://");
    text += &value("user").map(escaped).unwrap_or_default();
    if value("password").is_some() {
        text += ":***";
    }
    if value("user").is_some() || value("password").is_some() {
        text.push('@');
    }
    let mut ports = value("port").unwrap_or_default().split(',');
    for (number, host) in value("host").unwrap_or_default().split(',').enumerate() {
        if number > 0 {
            text.push(',');
        }
        match host.contains(':') {
            true => text += &format!("[{host}]"),
            // A path of a socket would end the host.
            false => text += &escaped(host).replace('/', "%2F"),
        }
        if let Some(port) = ports.next().filter(|port| !port.is_empty()) {
            text += &format!(":{port}");
        }
    }
    if let Some(name) = value("dbname") {
        text += &format!("/{}", escaped(name));
    }
    let mut mark = '?';
    for (key, value) in pairs {
        if !["user", "password", "host", "port", "dbname"].contains(key) {
            text += &format!("{mark}{key}={}", value.map_or(MARK.to_owned(), escaped));
            mark = '&';
        }
    }
    text
}

fn keywords(pairs: &Shown<'_>) -> String {
    let word = |(key, value): &(&str, Option<&str>)| {
        let value = value.unwrap_or(MARK);
        match value.is_empty() || value.contains(|c: char| c.is_whitespace() || "'\\".contains(c)) {
            true => format!("{key}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'")),
            false => format!("{key}={value}"),
        }
    };
    pairs.iter().map(word).collect::<Vec<_>>().join(" ")
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (text, shown) in [
            ("postgresql://me:s3cret@host/db", "postgresql://me:***@host/db"),
            (
                "postgresql://me:s3@cret@host:1/db?sslmode=x",
                "postgresql://me:***@host:1/db?sslmode=x",
            ),
            ("postgresql://me:s3/cret@host/db", "***"),
            ("postgresql://me:1/cret@host/db", "***"),
            ("postgresql://me:s3?cret@host/db", "***"),
            ("postgresql://me:1?user=cret@host/db", "***"),
            ("postgresql://me:s3cret", "***"),
            ("postgresql://me%3As3cret@host/db", "postgresql://***@host/db"),
            (
                "postgresql://me@host/db?p%61ssword=s3cret",
                "postgresql://me:***@host/db",
            ),
            (
                "postgresql://host/db?user=u&password=s3cret",
                "postgresql://u:***@host/db",
            ),
            (
                "postgresql:///db?password=s3cret&user=u",
                "postgresql://u:***@/db",
            ),
            ("postgresql:///db?s3cret", "***"),
            ("postgresql:/me:s3cret@host/db", "***"),
            ("postgresql:/me:s3cret@host/db?sslmode=require", "***"),
            ("'postgresql://me:s3cret@host/db'", "***"),
            ("\"postgresql://me:s3cret@host/db?sslmode=require\"", "***"),
            ("mysql://me:s3cret@host/db", "***"),
            ("DATABASE_URL=postgresql://me:s3cret@host/db", "***"),
            ("host=h pwd=s3cret", "***"),
            ("dbname=postgresql://me:s3cret@host/db", "dbname=***"),
            ("dbname='host=h password=s3cret'", "dbname=***"),
            ("host=h options='-c app.token=s3cret'", "host=h options=***"),
            ("host=h password=s3cret user=u", "host=h password=*** user=u"),
            ("host=h password='my s3cret' user=u", "host=h password=*** user=u"),
            ("host=h password = s3cret", "host=h password=***"),
            ("host=h user=u password=s3://cr@et", "host=h user=u password=***"),
            ("host=h sslpassword=s3cret", "host=h sslpassword=***"),
            ("host=h s3cret", "***"),
            ("password='s3cret", "***"),
            ("host='a b' dbname=''", "host='a b' dbname=''"),
            ("postgresql://[::1]:7,b/db", "postgresql://[::1]:7,b/db"),
            (
                "postgresql://%2Frun%2Fpostgresql/db",
                "postgresql://%2Frun%2Fpostgresql/db",
            ),
            ("falkor://:s3cret@h:1", "falkor://:***@h:1"),
            (" ", ""),
        ] {
            assert_eq!(redact(text), shown, "{text}");
        }
    }

    proptest! {
        /// A mutation moves the password to where a person might misplace it.
        #[test]
        fn no_part_of_a_password_is_shown(
            secret in "[A-Z]{4}[!-~]{0,8}[A-Z]{4}",
            form in 0..8_usize,
            scheme in prop::sample::select(SCHEMES),
            cut in 0..40_usize,
            noise in "[ -~]?",
        ) {
            let escaped = utf8_percent_encode(&secret, NON_ALPHANUMERIC).to_string();
            let quoted = secret.replace('\\', "\\\\").replace('\'', "\\'");
            let mut text = [
                format!("{scheme}://me:{secret}@h:5/db?sslmode=require"),
                format!("{scheme}://me:{escaped}@h:5/db"),
                format!("{scheme}:/me:{secret}@h/db"),
                format!("{scheme}://h/db?user=me&password={escaped}"),
                format!("host=h password='{quoted}' user=me"),
                format!("URL='{scheme}://me:{secret}@h'"),
                format!("host=h pwd={secret} user=me"),
                format!("dbname={scheme}://me:{escaped}@h"),
            ][form].clone();
            // Neither before the scheme's end nor in the password itself, which would then be another one.
            if cut < text.find(&secret[..4]).unwrap_or(0) && form != 1 {
                text.insert_str(cut.min(text.len()), &noise);
            }
            let shown = redact(&text);
            prop_assert!(!shown.contains(&secret[..4]), "{text} is shown as {shown}");
            prop_assert!(!shown.contains(&secret[secret.len() - 4..]), "{text} is shown as {shown}");
        }
    }
}

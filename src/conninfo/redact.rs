//! Shows a connection string without its secrets, and shows nothing that the parser did not understand.

use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::parameters::{Parameter, parameter};
use super::parse::{ConnectionString, SCHEMES};

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
        Ok(parsed) if !(ends_early && parsed.scheme.is_some()) => shown(&parsed),
        _ => None,
    }
    .unwrap_or_else(|| "***".to_owned())
}

/// Returns whether a text might be a connection string, in an option that takes none.
pub fn may_be(text: &str) -> bool {
    let has_parameter =
        |parsed: ConnectionString| parsed.pairs.iter().any(|(key, _)| parameter(key).is_some());
    let has_scheme = SCHEMES.iter().any(|scheme| text.contains(&format!("{scheme}:")));
    has_scheme || text.contains("://") || ConnectionString::parse(text).is_ok_and(has_parameter)
}

/// Returns the text to show, or `None` if a part might be a secret in the wrong place.
fn shown(parsed: &ConnectionString) -> Option<String> {
    let mut shown = Vec::new();
    for (key, value) in &parsed.pairs {
        let (key, parameter) = parameter(key)?;
        if key == "port" && !value.bytes().all(|b| b.is_ascii_digit() || b == b',') {
            return None;
        }
        let is_shown = parameter == Parameter::Plain && !is_suspicious(key, value);
        shown.push((key, is_shown.then_some(value.as_str())));
    }
    Some(match parsed.scheme {
        Some(scheme) => url(scheme, &shown),
        None => keywords(&shown),
    })
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

//! Parsing of PostgreSQL's connection strings.

use percent_encoding::percent_decode_str;

use crate::conninfo::keyword_pairs;

/// Parses a connection string, a URL or libpq's `key=value` form, to pairs of key and value.
///
/// # Errors
/// The reason why it is not valid. The text quotes nothing, because any part might be a password.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    if text.starts_with("postgresql://") || text.starts_with("postgres://") {
        url_pairs(text)
    } else {
        keyword_pairs(text)
    }
}

fn url_pairs(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let mut pairs = Vec::new();
    let mut add = |key: &str, value: &str| -> Result<(), &'static str> {
        let value = decoded(value)?;
        if !value.is_empty() {
            pairs.push((key.to_owned(), value));
        }
        Ok(())
    };
    let hosts = match authority.rsplit_once('@') {
        None => authority,
        Some((user, hosts)) => {
            let (user, password) = user.split_once(':').unwrap_or((user, ""));
            add("user", user)?;
            add("password", password)?;
            hosts
        }
    };
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        // An IPv6 address is in brackets because it contains colons.
        let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => (address, port.strip_prefix(':').unwrap_or_default()),
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(name);
        ports.push(port);
    }
    add("host", &names.join(","))?;
    if ports.iter().any(|port| !port.is_empty()) {
        add("port", &ports.join(","))?;
    }
    add("dbname", database)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or("a parameter has no value")?;
        add(&decoded(key)?, value)?;
    }
    Ok(pairs)
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

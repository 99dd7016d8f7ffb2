//! Redaction of secrets in connection strings, and libpq's `key=value` form.

/// Parses `key=value` pairs. A value in single quotes may contain spaces; a backslash escapes the next character.
pub fn keyword_pairs(text: &str) -> Result<Vec<(String, String)>, &'static str> {
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
            // The word is not quoted in the message: it may be part of a password.
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

/// Returns a connection string of either form without its secrets. If a string is ambiguous, everything that is a secret in some
/// reading is hidden.
pub fn redact(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
        return redact_keywords(text);
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    // Ambiguous: either the password before the host contains a question mark, or a parameter contains an @.
    if query.contains('@') && place.contains(':') {
        return format!("{scheme}://***");
    }
    // A malformed URL may have a delimiter inside the password: hide everything before the last @.
    let (user, place) = match place.rsplit_once('@') {
        Some((user, place)) => match user.split_once(':') {
            Some((user, _)) => (format!("{user}:***@"), place),
            None => (format!("{user}@"), place),
        },
        None => (String::new(), place),
    };
    let query: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(redact_parameter)
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{user}{place}{mark}{}", query.join("&"))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
}

fn redact_parameter(pair: &str) -> String {
    match pair.split_once('=') {
        Some((key, _)) if is_secret(key) => format!("{key}=***"),
        Some(_) => pair.to_owned(),
        None => "***".to_owned(),
    }
}

fn redact_keywords(text: &str) -> String {
    let Ok(pairs) = keyword_pairs(text) else {
        return if text.is_empty() {
            String::new()
        } else {
            "***".to_owned()
        };
    };
    let words: Vec<String> = pairs
        .iter()
        .map(|(key, value)| {
            if is_secret(key) {
                return format!("{key}=***");
            }
            let is_plain =
                !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || "'\\".contains(c));
            if is_plain {
                format!("{key}={value}")
            } else {
                format!("{key}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
            }
        })
        .collect();
    words.join(" ")
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["pass", "secret", "token"].iter().any(|word| key.contains(word)) && key != "passfile"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (text, shown) in [
            ("postgresql://me:s3cret@host/db", "postgresql://me:***@host/db"),
            (
                "postgresql://me:s3@cret@host:1/db?sslmode=x",
                "postgresql://me:***@host:1/db?sslmode=x",
            ),
            ("postgresql://me:s3/cret@host/db", "postgresql://me:***@host/db"),
            ("postgresql://me:s3?cret@host/db", "postgresql://***"),
            (
                "postgresql://h:5432/db?user=u&password=s3@cret",
                "postgresql://***",
            ),
            (
                "postgresql://h/db?user=u&password=s3@cret",
                "postgresql://h/db?user=u&password=***",
            ),
            ("postgresql://me:x@h/db?password=s3@cret", "postgresql://***"),
            ("postgresql://h/db?user=me@corp", "postgresql://h/db?user=me@corp"),
            ("host=h user=u password=s3://cret", "host=h user=u password=***"),
            ("host=h user=u password=s3://cr@et", "host=h user=u password=***"),
            (
                "postgresql://host/db?user=u&password=s3cret",
                "postgresql://host/db?user=u&password=***",
            ),
            (
                "postgresql:///db?password=s3cret&user=u",
                "postgresql:///db?password=***&user=u",
            ),
            ("postgresql:///db?s3cret", "postgresql:///db?***"),
            ("host=h password=s3cret user=u", "host=h password=*** user=u"),
            ("host=h password='my s3cret' user=u", "host=h password=*** user=u"),
            ("host=h password= s3cret user=u", "host=h password=*** user=u"),
            ("host=h password = s3cret", "host=h password=***"),
            ("host=h sslpassword=s3cret", "host=h sslpassword=***"),
            ("host=h s3cret", "***"),
            ("password='s3cret", "***"),
            ("host='a b' dbname=''", "host='a b' dbname=''"),
            ("falkor://:s3cret@h:1", "falkor://:***@h:1"),
            ("", ""),
        ] {
            assert_eq!(redact(text), shown);
        }
    }
}

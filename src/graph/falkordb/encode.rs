//! Encoding of values in Cypher. All values of a query are encoded here. The query's text is constant except for relationship types,
//! which cannot be parameters in Cypher.

use std::fmt::Write;

use crate::graph::combine::Link;
use crate::record::Edge;
use crate::record::check_rel_type;

/// Writes a quoted text. Only the quote and the backslash are special. The text must not contain NUL, because the server treats the
/// query as a C string.
pub fn text(out: &mut String, value: &str) {
    debug_assert!(!value.contains('\0'));
    out.push('"');
    let mut rest = value;
    while let Some(place) = rest.find(['"', '\\']) {
        out.push_str(&rest[..place]);
        out.push('\\');
        out.push_str(&rest[place..place + 1]);
        rest = &rest[place + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

/// Writes a list.
pub fn list<T>(out: &mut String, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut String, T)) {
    out.push('[');
    for (position, one) in items.into_iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        item(out, one);
    }
    out.push(']');
}

/// Writes a list of texts.
pub fn texts(out: &mut String, values: &[&str]) {
    list(out, values, |out, value| text(out, value));
}

/// Writes the ends of an edge as `[source, target]`.
pub fn ends(out: &mut String, edge: &Edge) {
    out.push('[');
    text(out, &edge.source_id);
    out.push(',');
    text(out, &edge.target_id);
    out.push(']');
}

/// Writes an entity as `[position, name]`.
pub fn named(out: &mut String, place: usize, name: &str) {
    // Writing to a String does not fail.
    let _ = write!(out, "[{place},");
    text(out, name);
    out.push(']');
}

/// Writes an edge as `[position of the source, position of the target, first_seen, last_seen, event_count]`.
pub fn link(out: &mut String, link: &Link) {
    let Link {
        source,
        target,
        first_seen,
        last_seen,
        event_count,
    } = link;
    let _ = write!(out, "[{source},{target},{first_seen},{last_seen},{event_count}]");
}

/// Writes a pattern's relationship types, such as `` :`knows`|`logged_into` ``. Names that cannot be a type are left out.
pub fn relations<'r>(out: &mut String, rel_types: impl IntoIterator<Item = &'r str>) {
    let valid = rel_types
        .into_iter()
        .filter(|rel_type| check_rel_type(rel_type).is_ok());
    for (position, rel_type) in valid.enumerate() {
        let sign = if position == 0 { ':' } else { '|' };
        let _ = write!(out, "{sign}`{rel_type}`");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &str) -> String {
        let mut out = String::new();
        text(&mut out, value);
        out
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(written("plain"), r#""plain""#);
        assert_eq!(written(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(written(r#"\"#), r#""\\""#);
        assert_eq!(written(r#"\""#), r#""\\\"""#);
        assert_eq!(written("\u{fe}\n$x'`"), "\"\u{fe}\n$x'`\"");
    }

    #[test]
    fn relations_that_are_none_stay_out() {
        let mut out = String::new();
        relations(&mut out, ["a", "b`) DETACH DELETE (n", "_c"]);
        assert_eq!(out, ":`a`|`_c`");
    }
}

//! The `storage` section of a YAML file.
//!
//! Seerflow reads the same file with PyYAML. Hence its rules apply: merge keys (`<<`) are
//! expanded, of two equal keys the last one counts, `yes` is true, `010` is octal, and an unknown tag is an error.

use serde_json::Value;

use super::{Config, OptionKind, find};
use crate::error::{Error, ErrorKind, Result};
use crate::threads;

/// The deepest nesting accepted in a file. Seerflow's own files nest 6 levels.
const MAX_DEPTH: usize = 64;
/// The most values that all aliases (`*name`) of a file may expand to, which bounds the memory of a small file.
const MAX_ALIASED: usize = 100_000;

impl Config {
    /// Sets the options of a YAML document's `storage` section. See [`Config::load_file`].
    pub(crate) fn load_yaml(
        &mut self,
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<()> {
        let sections = match parse(text)? {
            Value::Null => return Ok(()),
            Value::Object(sections) => sections,
            _ => return Err(bad("expected a mapping of sections, such as storage:")),
        };
        // Unknown sections belong to Seerflow. A misspelt `Storage` would be ignored, and the store opened with defaults.
        let is_misspelt = |name: &&String| *name != "storage" && name.eq_ignore_ascii_case("storage");
        if let Some(name) = sections.keys().find(is_misspelt) {
            return Err(bad(format!(
                "section {name} must be written storage, in lower case"
            )));
        }
        let section = match sections.get("storage") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Object(section)) => section,
            Some(_) => return Err(bad("storage: expected a mapping")),
        };
        for (key, value) in section {
            let key = format!("storage.{key}");
            let is_text = matches!(find(&key)?.kind, OptionKind::Text | OptionKind::Path);
            let value = match value {
                Value::Null => continue,
                Value::String(text) => expand(text, environment).map_err(|e| e.within(&key))?,
                Value::Bool(_) | Value::Number(_) if is_text => {
                    return Err(bad(format!(
                        "{key}: YAML reads this as a number or as true or false; put the text in quotes"
                    )));
                }
                Value::Bool(value) => value.to_string(),
                Value::Number(value) => value.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    return Err(bad(format!("{key}: expected a text or a number")));
                }
            };
            self.set(&key, &value)?;
        }
        Ok(())
    }
}

fn bad(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, text)
}

/// Parses one document, on a thread with its own stack because the parser needs more than 48 KiB.
fn parse(text: &str) -> Result<Value> {
    threads::run_on_own_stack("seerflow-yaml", || {
        serde_saphyr::from_str_with_options(text, options()).map_err(|e| bad(format!("invalid YAML: {e}")))
    })
}

/// Returns the parser's options. Its errors show no excerpt of the file: the file may hold passwords.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_ALIASED },
        budget: serde_saphyr::budget! { flow_nesting_limit: MAX_DEPTH, max_depth: MAX_DEPTH },
        // Of equal keys the map keeps the last one; a merged mapping contributes its first one.
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        legacy_octal_numbers: true,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::PassThrough,
        null_as_string: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

/// Replaces `${VAR}` and `${VAR:-default}` by environment variables.
fn expand(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        let reference = &rest[start + 2..start + length];
        let (name, default) = match reference.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (reference, None),
        };
        let value = environment(name).filter(|value| default.is_none() || !value.is_empty());
        let value = value
            .or_else(|| default.map(str::to_owned))
            .ok_or_else(|| bad(format!("the environment variable {name} is not set")))?;
        expanded.push_str(&rest[..start]);
        expanded.push_str(&value);
        rest = &rest[start + length + 1..];
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::PathBuf;
    use std::rc::Rc;

    use serde_json::json;

    use super::*;

    #[test]
    fn storage_section_is_loaded_with_variables_replaced() {
        let env = |name: &str| (name == "DIR").then(|| "/data".to_owned());
        let mut config = Config::new();
        config
            .load_yaml(
                "alerts: {x: 1}\nstorage:\n  sqlite_path: ${DIR}/${NAME:-x}.db\n  queue_events: 7\n",
                &env,
            )
            .unwrap();
        assert_eq!(config.sqlite_path().unwrap(), PathBuf::from("/data/x.db"));
        assert_eq!(config.int("storage.queue_events"), 7);
        let error = config
            .load_yaml("storage: {data_dir: \"${NOPE}\"}", &env)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "storage.data_dir: the environment variable NOPE is not set"
        );
        assert!(config.load_yaml("other: {unknown: 1}", &env).is_ok());
        assert!(config.load_yaml("# a comment\n", &env).is_ok());
        for mistaken in [
            "- storage",
            "some text",
            "7",
            "Storage: {queue_events: 7}",
            "STORAGE: {}",
            "storage: [1]",
            "storage: {unknown: 1}",
            "storage: {data_dir: yes}",
            "storage: {data_dir: 08}",
            "storage: {data_dir: [a]}",
        ] {
            assert!(config.load_yaml(mistaken, &env).is_err(), "{mistaken}");
        }
    }

    /// The answers are those of PyYAML 6.0.
    #[test]
    fn mappings_and_scalars_are_read_as_pyyaml_reads_them() {
        for (text, value) in [
            ("b: {p: 1, p: 2}", json!({"b": {"p": 2}})),
            ("a: 1\na: {b: 1}", json!({"a": {"b": 1}})),
            (
                "a: &x {p: 1}\nb: {<<: *x, q: 2}",
                json!({"a": {"p": 1}, "b": {"p": 1, "q": 2}}),
            ),
            ("b: {<<: {p: 1}, p: 2}", json!({"b": {"p": 2}})),
            ("b: {p: 2, <<: {p: 1}}", json!({"b": {"p": 2}})),
            ("b: {<<: [{p: 1}, {p: 2, q: 3}]}", json!({"b": {"p": 1, "q": 3}})),
            ("b: {<<: {p: 1}, <<: {p: 2}}", json!({"b": {"p": 1}})),
            ("b: {<<: {p: 1, p: 2}}", json!({"b": {"p": 1}})),
            ("b: {'<<': {p: 1}}", json!({"b": {"<<": {"p": 1}}})),
            ("a: yes\nb: Off", json!({"a": true, "b": false})),
            (
                "a: 010\nb: 1_000\nc: 0x1F\nd: +7",
                json!({"a": 8, "b": 1000, "c": 31, "d": 7}),
            ),
            ("a: 2001-01\nb: '7'", json!({"a": "2001-01", "b": "7"})),
            ("\u{feff}a: ~", json!({"a": null})),
        ] {
            assert_eq!(parse(text).unwrap(), value, "{text}");
        }
        for text in [
            "b: {<<: 1}",
            "b: {a: !foo 1}",
            "a: 1\n---\nb: 2",
            "? [a]\n: 1",
            "a: *x",
            "{a: 1",
            "a:\n\tb: 1",
            "a: b: c",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_and_aliases_are_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert!(parse(&nested(MAX_DEPTH + 1)).is_err());
        assert!(parse(&"- ".repeat(MAX_DEPTH + 1)).is_err());
        let mut bomb = "a0: &a0 [x]\n".to_owned();
        for level in 1..20 {
            let alias = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{alias}, {alias}, {alias}]\n");
        }
        assert!(parse(&bomb).is_err());
    }

    /// The parser reports the events that it made of the input. Its work grows with them.
    fn events_of(text: &str) -> usize {
        let events = Rc::new(RefCell::new(0));
        let seen = events.clone();
        let options = options().with_budget_report(move |report| *seen.borrow_mut() = report.events);
        let _ = serde_saphyr::from_str_with_options::<Value>(text, options);
        events.take()
    }

    #[test]
    fn the_work_grows_no_faster_than_the_text() {
        for nested in ["[", "{", "- ", "{a: ", "? "] {
            assert!(events_of(&nested.repeat(20_000)) <= 4 * MAX_DEPTH, "{nested:?}");
        }
        let flat = events_of(&"a: 1\n".repeat(20_000));
        assert!(flat <= 2 * 20_000 + 10, "{flat}");
    }
}

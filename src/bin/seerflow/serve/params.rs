//! The parameters of a request, and the reasons to refuse it.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use seerflow::record::{EventQuery, Window};
use seerflow::{Error, ErrorKind};

use crate::filter::Search;
use crate::graph::{Named, named};
use crate::progress;

/// An answer that is an error: the HTTP status and a message for people.
#[derive(Debug)]
pub struct Refusal(pub u16, pub String);

impl Refusal {
    /// Returns a refusal of a parameter.
    pub fn bad(reason: impl Into<String>) -> Self {
        Self(400, reason.into())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Invalid | ErrorKind::Limit => 400,
            ErrorKind::NotFound => 404,
            ErrorKind::Timeout => {
                return Self(
                    504,
                    "the answer takes too long: choose less time, or more filters".to_owned(),
                );
            }
            ErrorKind::Interrupted | ErrorKind::Busy | ErrorKind::Again | ErrorKind::Closed => 503,
            // The message may name files, servers and statements.
            _ => {
                progress::error(&error.to_string());
                return Self(
                    500,
                    "the store cannot answer; the terminal of `serve` has the reason".to_owned(),
                );
            }
        };
        Self(status, error.to_string())
    }
}

/// The parameters of a request. Empty ones count as absent.
#[derive(Debug)]
pub struct Params(HashMap<String, String>);

impl Params {
    /// Parses the query of an address.
    pub fn parse(query: &str) -> Self {
        let decode = |text: &str| {
            percent_decode_str(&text.replace('+', " "))
                .decode_utf8_lossy()
                .into_owned()
        };
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.filter(|(_, value)| !value.is_empty());
        Self(pairs.map(|(key, value)| (decode(key), decode(value))).collect())
    }

    /// Returns a parameter.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Returns a parameter that must be there.
    pub fn required(&self, key: &str) -> Result<&str, Refusal> {
        self.get(key)
            .ok_or_else(|| Refusal::bad(format!("{key} is missing")))
    }

    /// Parses a parameter.
    pub fn parsed<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Refusal> {
        let parsed = self.get(key).map(parse).transpose();
        parsed.map_err(|reason| Refusal::bad(format!("{key}: {reason}")))
    }

    /// Parses a number between two bounds.
    pub fn int(&self, key: &str, least: i64, most: i64) -> Result<Option<i64>, Refusal> {
        self.parsed(key, |text| {
            let number = text.parse().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("expected a number from {least} to {most}"))
        })
    }

    /// Returns the window of `from` and `to`, in nanoseconds.
    pub fn window(&self) -> Result<Window, Refusal> {
        let time = |key, absent| Ok::<_, Refusal>(self.int(key, i64::MIN, i64::MAX)?.unwrap_or(absent));
        Ok(Window {
            from_ns: time("from", i64::MIN)?,
            to_ns: time("to", i64::MAX)?,
        })
    }

    /// Returns the entity of a parameter that must be there.
    pub fn entity(&self, key: &str) -> Result<Named, Refusal> {
        named(self.required(key)?).map_err(|reason| Refusal::bad(format!("{key}: {reason}")))
    }

    /// Returns the search of `q`, within the window, about `entity`.
    pub fn search(&self) -> Result<Search, Refusal> {
        let query = EventQuery::within(self.window()?);
        let mut search = Search::parse(query, self.get("q").unwrap_or_default()).map_err(Refusal::bad)?;
        if let Some(entity) = self.get("entity") {
            search.add(true, "entity", entity).map_err(Refusal::bad)?;
        }
        Ok(search)
    }
}

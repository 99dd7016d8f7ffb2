//! Words and `key:value` filters, which the terminal and the page share.
//!
//! A search is a list of words, "phrases" and filters such as `source:sshd`, `user:"jane doe"` or `-ip:192.0.2.1`. The store applies one
//! filter of each kind by its indexes. Filters that its query cannot express, exclusions and further entities, are applied to each event
//! that it returns.

use seerflow::codec::msgpack;
use seerflow::record::{Control, Event, EventPage, EventQuery, Total};
use seerflow::{Engine, Result};

use crate::args;
use crate::failure::Failure;

/// The keys of filters. `host` is the source_id of an event; the others after `entity` are types of entities.
pub const KEYS: [&str; 10] = [
    "severity", "source", "host", "template", "entity", "user", "ip", "process", "file", "domain",
];

/// Events per query while conditions are applied to them.
const CHUNK: u32 = 2_000;

#[cfg(any(feature = "serve", test))]
/// Events per query of a scan. Few large queries cost less, because each one searches for its cursor first.
const SCAN_CHUNK: u32 = 20_000;

/// Filters that events must not match.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct Excluded {
    /// Events that do not match this filter, such as user:root, ip:192.0.2.1, source:sshd; may be repeated
    #[arg(long, value_name = "KEY:VALUE")]
    not: Vec<String>,
}

impl Excluded {
    /// Returns the search of words and filters among the events of a query, without the excluded ones.
    ///
    /// # Errors
    /// A usage error that names the filter.
    pub fn search(&self, query: EventQuery, tokens: &[String]) -> std::result::Result<Search, Failure> {
        let mut search =
            Search::of_tokens(query, tokens.iter().map(String::as_str)).map_err(Failure::Usage)?;
        search.exclude(&self.not).map_err(Failure::Usage)?;
        if !search.is_plain() && (search.query.total != Total::None || search.query.page > 1) {
            let text = "--total and --page do not work with exclusions or several entities; use --cursor";
            return Err(Failure::Usage(text.to_owned()));
        }
        Ok(search)
    }
}

/// The events to find.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The part of the search that the store answers.
    pub query: EventQuery,
    /// The rest: a test, and the result that it must have.
    conditions: Vec<(Test, bool)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// This severity or higher.
    Severity(i64),
    Source(String),
    Host(String),
    Template(i64),
    Entity(String),
}

impl Test {
    fn matches(&self, event: &Event<'_>) -> bool {
        match self {
            Test::Severity(least) => event.severity_id >= *least,
            Test::Source(source) => event.source_type == *source,
            Test::Host(host) => event.source_id == *host,
            Test::Template(id) => event.template_id == *id,
            Test::Entity(id) => event.entity_refs.iter().any(|of| of == id),
        }
    }
}

impl Search {
    #[cfg(any(feature = "serve", test))]
    /// Splits a text at its spaces, and creates a search of its words and filters, in addition to those of a query.
    ///
    /// # Errors
    /// The reason why a filter is not valid.
    pub fn parse(query: EventQuery, text: &str) -> std::result::Result<Self, String> {
        Self::of_tokens(query, tokens(text))
    }

    /// Creates a search of arguments of the command line: each is a filter, or words.
    ///
    /// # Errors
    /// The reason why a filter is not valid.
    pub fn of_tokens<'t>(
        query: EventQuery,
        tokens: impl IntoIterator<Item = &'t str>,
    ) -> std::result::Result<Self, String> {
        let mut search = Self {
            query,
            conditions: Vec::new(),
        };
        let mut words = search.query.text.take().into_iter().collect::<Vec<_>>();
        for token in tokens {
            match split(token) {
                Some((wanted, key, value)) => search.add(wanted, key, &value)?,
                None => words.push(token.to_owned()),
            }
        }
        if !words.is_empty() {
            search.query.text = Some(args::words(&words.join(" "))?);
        }
        Ok(search)
    }

    /// Adds a filter that events must match, or must not match.
    ///
    /// # Errors
    /// The reason why the filter is not valid.
    pub fn add(&mut self, wanted: bool, key: &str, value: &str) -> std::result::Result<(), String> {
        let within = |reason: String| format!("{key}:{value}: {reason}");
        let test = match key {
            "severity" => Test::Severity(args::severity(value).map_err(within)?),
            "source" => Test::Source(value.to_owned()),
            "host" => Test::Host(value.to_owned()),
            "template" => Test::Template(
                value
                    .parse()
                    .map_err(|_| within("expected a number".to_owned()))?,
            ),
            "entity" => Test::Entity(args::entity(value).map_err(within)?),
            kind => Test::Entity(args::entity(&format!("{kind}:{value}")).map_err(within)?),
        };
        let query = &mut self.query;
        match test {
            Test::Severity(least) if wanted => query.min_severity = query.min_severity.max(Some(least)),
            Test::Source(source) if wanted && query.source_type.is_none() => query.source_type = Some(source),
            Test::Host(host) if wanted && query.source_id.is_none() => query.source_id = Some(host),
            Test::Template(id) if wanted && query.template_id.is_none() => query.template_id = Some(id),
            Test::Entity(id) if wanted && query.entity.is_none() => query.entity = Some(id),
            test => self.conditions.push((test, wanted)),
        }
        Ok(())
    }

    /// Adds filters that events must not match.
    ///
    /// # Errors
    /// The reason why a filter is not valid.
    pub fn exclude(&mut self, filters: &[String]) -> std::result::Result<(), String> {
        for filter in filters {
            let (_, key, value) = split(filter).ok_or_else(|| {
                format!(
                    "{filter:?} is not a filter such as user:root: {}",
                    KEYS.join(", ")
                )
            })?;
            self.add(false, key, &value)?;
        }
        Ok(())
    }

    /// Returns the search with another query in place of its own.
    pub fn with(&self, query: EventQuery) -> Self {
        Self {
            query,
            conditions: self.conditions.clone(),
        }
    }

    /// Returns true if the store answers all of the search.
    pub fn is_plain(&self) -> bool {
        self.conditions.is_empty()
    }

    #[cfg(any(feature = "serve", test))]
    /// Returns true if the window is the only filter.
    pub fn has_only_window(&self) -> bool {
        self.is_plain() && self.query.has_only_window()
    }

    /// Returns true if an event matches the part of the search that the store does not answer.
    pub fn matches(&self, event: &Event<'_>) -> bool {
        self.conditions
            .iter()
            .all(|(test, wanted)| test.matches(event) == *wanted)
    }

    /// Returns one page. It has fewer events than the query's limit if `bound` events were read before; then its `next` continues.
    ///
    /// # Errors
    /// Those of [`Engine::query_events`].
    pub fn page(&self, engine: &Engine, bound: usize, control: &Control) -> Result<EventPage> {
        if self.is_plain() {
            return engine.query_events(&self.query, control);
        }
        let (mut query, mut found, mut read) = (self.query.clone(), EventPage::default(), 0);
        loop {
            query.limit = CHUNK;
            let wanted = self.query.limit as usize - found.len();
            let mut page = engine.query_events(&query, control)?;
            let mut kept = self.kept(&page, wanted);
            if let Some(last) = kept
                .last()
                .filter(|last| kept.len() == wanted && **last + 1 < page.len())
            {
                // A page that ends with the last event found has the cursor to continue after it.
                query.limit = *last as u32 + 1;
                page = engine.query_events(&query, control)?;
                kept = self.kept(&page, wanted);
            }
            kept.into_iter()
                .filter_map(|at| page.blob(at))
                .try_for_each(|blob| found.push(blob))?;
            read += page.len();
            found.next = page.next;
            found.last = page.last.or(found.last);
            if found.next.is_none() || found.len() >= self.query.limit as usize || read >= bound {
                return Ok(found);
            }
            query.cursor = page.next;
        }
    }

    /// Returns the positions of the first matching events.
    fn kept(&self, page: &EventPage, most: usize) -> Vec<usize> {
        let is_match = |blob: &[u8]| msgpack::decode_event(blob).is_ok_and(|event| self.matches(&event));
        let kept = page.blobs().enumerate().filter(|(_, blob)| is_match(blob));
        kept.map(|(at, _)| at).take(most).collect()
    }

    #[cfg(any(feature = "serve", test))]
    /// Passes the matching events to `each`, newest first, until `bound` events were read. Returns the time of the last event that was
    /// read if older ones are left.
    ///
    /// # Errors
    /// Those of [`Engine::query_events`].
    pub fn scan(
        &self,
        engine: &Engine,
        bound: usize,
        control: &Control,
        mut each: impl FnMut(&Event<'_>),
    ) -> Result<Option<i64>> {
        let mut query = EventQuery {
            limit: SCAN_CHUNK,
            ..self.query.clone()
        };
        let mut read = 0;
        loop {
            let page = engine.query_events(&query, control)?;
            for event in page.blobs().filter_map(|blob| msgpack::decode_event(blob).ok()) {
                if self.matches(&event) {
                    each(&event);
                }
            }
            read += page.len();
            query.cursor = page.next;
            if page.next.is_none() || read >= bound {
                return Ok(page.next.map(|next| next.timestamp_ns));
            }
        }
    }
}

#[cfg(any(feature = "serve", test))]
/// Splits a search at its spaces, except those in double quotes.
fn tokens(text: &str) -> Vec<&str> {
    let (mut tokens, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            c if c.is_whitespace() && !quoted => {
                tokens.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
        escaped = c == '\\' && quoted && !escaped;
    }
    tokens.push(&text[start..]);
    tokens.retain(|token| !token.is_empty());
    tokens
}

/// Splits a filter into whether events must match it, its key, and its value without quotes; `None` for words.
fn split(token: &str) -> Option<(bool, &str, String)> {
    let (wanted, filter) = token
        .strip_prefix('-')
        .map_or((true, token), |filter| (false, filter));
    let (key, value) = filter.split_once(':')?;
    let key = KEYS.into_iter().find(|known| *known == key)?;
    let value = match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.to_owned(),
    };
    (!value.is_empty()).then_some((wanted, key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_words_are_told_apart() {
        let search = Search::parse(
            EventQuery::default(),
            r#"failed "for root" source:sshd severity:error -host:web-1 http://x"#,
        )
        .unwrap();
        assert_eq!(
            search.query.text.as_deref(),
            Some(r#"failed "for root" http://x"#)
        );
        assert_eq!(
            (search.query.source_type.as_deref(), search.query.min_severity),
            (Some("sshd"), Some(4))
        );
        assert_eq!(search.conditions, [(Test::Host("web-1".into()), false)]);
        let users = Search::parse(EventQuery::default(), r#"user:"a \"b\"" user:root"#).unwrap();
        assert_eq!(users.query.entity, args::entity("user:a \"b\"").ok());
        assert_eq!(
            users.conditions,
            [(Test::Entity(args::entity("user:root").unwrap()), true)]
        );
        for bad in ["severity:loud", "ip:x", "template:x", "entity:x"] {
            assert!(
                Search::parse(EventQuery::default(), bad)
                    .unwrap_err()
                    .starts_with(bad),
                "{bad}"
            );
        }
    }
}

//! The two dialects, and the marks that they replace in statements.

use crate::store::table::Column;

/// The text of one statement in one dialect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sql(pub(super) String);

impl Sql {
    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns whether the dialect lacks this statement.
    pub fn is_absent(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the statement only reads.
    pub(super) fn reads(&self) -> bool {
        self.0
            .lines()
            .find(|line| !line.starts_with("--"))
            .is_some_and(|line| line.starts_with("SELECT"))
    }
}

/// The replacements of a dialect.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The arrival number of the event `e`.
    pub seq_of_e: &'static str,
    /// The arrival number in a statement with one table.
    pub seq: &'static str,
    /// The arrival number before all events when none are summed up.
    pub before_all: &'static str,
    /// Makes a text compare by bytes.
    pub binary: &'static str,
    /// The condition of a text search on the message of the event `e`, if the index is not a table; completed by the search.
    pub matches: &'static str,
    /// The message as an additional column, if the caller matches it.
    pub message: &'static str,
    /// The condition of a text search on a row that another index led to, if the database matches it; the search is parameter 10.
    pub text_filter: &'static str,
    /// The message as an additional column of such a row during a search, if the caller matches it.
    pub searched: &'static str,
    /// The largest count of events of an edge or a template.
    pub most_counted: &'static str,
    /// The character before a parameter's number.
    pub parameter: char,
    /// Makes the relation `r` of the rows that are passed to a statement, from their columns.
    pub rows: fn(&[Column]) -> String,
    /// Lets a row have its own id in a column that the table assigns.
    pub overriding: &'static str,
}

/// The columns of a counted event `e`: the time, and the value that the parameter selects by the number of a
/// [`CountBy`](crate::record::CountBy), in the column of its type.
const COUNTED: &str = "e.timestamp_ns,
       CASE ?3 WHEN 1 THEN e.source_type WHEN 2 THEN e.source_id END,
       CASE ?3 WHEN 3 THEN e.template_id WHEN 4 THEN e.severity_id END,
       CASE ?3 WHEN 5 THEN e.data END";

/// The filters of events by their columns.
const COLUMN_FILTERS: &str = "(?4 IS NULL OR e.source_type = ?4)
  AND (?5 IS NULL OR e.source_id = ?5)
  AND (?6 IS NULL OR e.severity_id >= ?6)
  AND (?9 IS NULL OR e.template_id = ?9)";

/// The filters of events other than the entity.
const EVENT_FILTERS: &str = "{column_filters}{text_filter}";

/// The filter of events by entity.
const ENTITY_FILTER: &str = "(?8 IS NULL OR EXISTS (
        SELECT 1 FROM entity_events AS x
        WHERE x.entity_uuid = ?8 AND x.timestamp_ns = e.timestamp_ns AND x.event_id = e.event_id))";

/// The window of alerts.
const ALERT_WINDOW: &str = "a.timestamp_ns BETWEEN ?1 AND ?2";

/// The filters of alerts. A parent technique (T1053) also matches its sub-techniques (a slash sorts after a dot); a sub-technique matches
/// itself.
const ALERT_FILTERS: &str = "a.timestamp_ns BETWEEN ?1 AND ?2
  AND (?3 IS NULL OR a.alert_type = ?3)
  AND (?4 IS NULL OR a.severity_id >= ?4)
  AND (?5 IS NULL OR a.entity_uuid = ?5)
  AND (?6 IS NULL OR EXISTS (SELECT 1 FROM alert_tactics AS t WHERE t.dedup_key = a.dedup_key AND t.tactic = ?6))
  AND (?7 IS NULL OR EXISTS (
        SELECT 1 FROM alert_techniques AS t
        WHERE t.dedup_key = a.dedup_key
          AND (t.technique = ?7 OR (?7 NOT LIKE '%.%' AND t.technique{binary} >= ?7 || '.' AND t.technique{binary} < ?7 || '/'))))";

impl Dialect {
    /// SQLite, on a table with rowids.
    pub(super) const SQLITE: Dialect = Dialect {
        seq_of_e: "e.rowid",
        seq: "rowid",
        before_all: "0",
        binary: "",
        matches: "",
        message: "",
        text_filter: "",
        searched: ", CASE WHEN ?10 IS NOT NULL THEN e.message END",
        most_counted: "9223372036854775807",
        parameter: '?',
        rows: one_row,
        overriding: "",
    };

    /// Replaces the marks of a statement.
    pub(super) fn load(&self, text: &str) -> Sql {
        let text = text
            .replace("{counted}", COUNTED)
            .replace("{alert_filters}", ALERT_FILTERS)
            .replace("{event_filters}", EVENT_FILTERS)
            .replace("{column_filters}", COLUMN_FILTERS)
            .replace("{entity_filter}", ENTITY_FILTER)
            .replace("{text_filter}", self.text_filter)
            .replace("{searched}", self.searched)
            .replace("e.{seq}", self.seq_of_e)
            .replace("{seq}", self.seq)
            .replace("{before_all}", self.before_all)
            .replace("{binary}", self.binary)
            .replace("{matches}", self.matches)
            .replace("{message}", self.message)
            .replace("{most_counted}", self.most_counted);
        Sql(if self.parameter == '?' {
            text
        } else {
            text.replace('?', self.parameter.encode_utf8(&mut [0; 4]))
        })
    }

    /// Replaces the marks of a statement over alerts, for both kinds of filters.
    pub(super) fn load_filtered(&self, text: &str) -> Filtered {
        Filtered {
            by_window: self.load(&text.replace("{alert_filters}", ALERT_WINDOW)),
            by_all: self.load(text),
        }
    }

    /// Replaces the marks of a statement over matching events, for their rows and for their number.
    pub(super) fn load_matching(&self, text: &str) -> Matching {
        let rows = self.load(text);
        let number = Sql(format!("SELECT count(*) FROM (\n{}) AS found", rows.text()));
        Matching { rows, number }
    }

    /// Replaces the marks of a statement, for both directions.
    pub(super) fn load_directed(&self, text: &str) -> Directed {
        let directed = |order, beyond| self.load(&text.replace("{order}", order).replace("{beyond}", beyond));
        Directed {
            newest_first: directed("DESC", "<"),
            oldest_first: directed("ASC", ">"),
        }
    }
}

/// A statement that walks in either direction.
#[derive(Clone, Debug)]
pub struct Directed {
    newest_first: Sql,
    oldest_first: Sql,
}

impl Directed {
    pub(super) fn for_each(&mut self, change: &mut dyn FnMut(&mut Sql)) {
        change(&mut self.newest_first);
        change(&mut self.oldest_first);
    }

    /// Returns the text for a direction.
    pub fn toward(&self, ascending: bool) -> &Sql {
        if ascending {
            &self.oldest_first
        } else {
            &self.newest_first
        }
    }
}

/// A statement that counts alerts: by the window alone, which an index answers, and by all filters.
#[derive(Clone, Debug)]
pub struct Filtered {
    by_window: Sql,
    by_all: Sql,
}

impl Filtered {
    /// Returns the text for a window alone.
    pub fn by_window(&self) -> &Sql {
        &self.by_window
    }

    /// Returns the text for all filters.
    pub fn by_all(&self) -> &Sql {
        &self.by_all
    }

    /// Passes both texts to `change`.
    pub(super) fn for_each(&mut self, change: &mut dyn FnMut(&mut Sql)) {
        change(&mut self.by_window);
        change(&mut self.by_all);
    }
}

/// A statement that finds matching events, up to a bound.
#[derive(Clone, Debug)]
pub struct Matching {
    rows: Sql,
    number: Sql,
}

impl Matching {
    /// Returns the text that has a row for each event.
    pub fn rows(&self) -> &Sql {
        &self.rows
    }

    /// Returns the text that has only the number of events.
    pub fn number(&self) -> &Sql {
        &self.number
    }

    /// Passes both texts to `change`.
    pub(super) fn for_each(&mut self, change: &mut dyn FnMut(&mut Sql)) {
        change(&mut self.rows);
        change(&mut self.number);
    }
}

/// Returns the relation of one row: a parameter for each column.
pub fn one_row(columns: &[Column]) -> String {
    let cells: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(position, column)| format!("?{} AS {}", position + 1, column.name))
        .collect();
    format!("(SELECT {}) AS r", cells.join(", "))
}

/// Returns the relation of many rows: an array for each column.
pub fn many_rows(columns: &[Column]) -> String {
    let array = |(position, column): (usize, &Column)| format!("?{}::{}[]", position + 1, column.kind.name());
    let arrays: Vec<String> = columns.iter().enumerate().map(array).collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    format!("unnest({}) AS r ({})", arrays.join(", "), names.join(", "))
}

//! One statement in two dialects: what is filled into its text.

use crate::store::table::Column;

/// The text of one statement in one dialect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sql(pub(super) String);

impl Sql {
    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Tells whether the dialect has no such statement.
    pub fn is_absent(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether it only reads.
    pub(super) fn reads(&self) -> bool {
        self.0
            .lines()
            .find(|line| !line.starts_with("--"))
            .is_some_and(|line| line.starts_with("SELECT"))
    }
}

/// What a dialect fills into the statements.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The arrival number of the event `e`.
    pub seq_of_e: &'static str,
    /// The arrival number where there is only one table.
    pub seq: &'static str,
    /// The number before all events while none are summed up.
    pub before_all: &'static str,
    /// What makes a text compare byte by byte.
    pub binary: &'static str,
    /// What makes a condition of a text search after it: that the message of the event `e` matches, where the index is not a table.
    pub matches: &'static str,
    /// The message as a further column, where the caller must match it.
    pub message: &'static str,
    /// The largest number that a count of events on an edge or of a template can be.
    pub most_counted: &'static str,
    /// What a parameter's number begins with.
    pub parameter: char,
    /// Makes a relation `r` of the rows that a statement is given, from their columns.
    pub rows: fn(&[Column]) -> String,
    /// What lets a row have a number of its own that the table would give out, behind the names of its columns.
    pub overriding: &'static str,
}

/// The columns of an event `e` that is counted: the time, and the value that the parameter names by the number of a
/// [`CountBy`](crate::record::CountBy), in the column of its type.
const COUNTED: &str = "e.timestamp_ns,
       CASE ?3 WHEN 1 THEN e.source_type WHEN 2 THEN e.source_id END,
       CASE ?3 WHEN 3 THEN e.template_id WHEN 4 THEN e.severity_id END,
       CASE ?3 WHEN 5 THEN e.data END";

/// The window of alerts.
const ALERT_WINDOW: &str = "a.timestamp_ns BETWEEN ?1 AND ?2";

/// The filters of alerts. A parent technique (T1053) also finds its sub-techniques (a slash follows a dot); a sub-technique is
/// exact.
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
    /// SQLite's, on a table with rowids.
    pub(super) const SQLITE: Dialect = Dialect {
        seq_of_e: "e.rowid",
        seq: "rowid",
        before_all: "0",
        binary: "",
        matches: "",
        message: "",
        most_counted: "9223372036854775807",
        parameter: '?',
        rows: one_row,
        overriding: "",
    };

    /// Fills the marks of a statement.
    pub(super) fn load(&self, text: &str) -> Sql {
        let text = text
            .replace("{counted}", COUNTED)
            .replace("{alert_filters}", ALERT_FILTERS)
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

    /// Fills the marks of a statement over alerts for both kinds of filters.
    pub(super) fn load_filtered(&self, text: &str) -> Filtered {
        Filtered {
            by_window: self.load(&text.replace("{alert_filters}", ALERT_WINDOW)),
            by_all: self.load(text),
        }
    }

    /// Fills the marks of a statement for both directions.
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

/// A statement that counts alerts, for a window alone, which an index answers by itself, and for all filters.
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

    /// Hands both texts to `change`.
    pub(super) fn for_each(&mut self, change: &mut dyn FnMut(&mut Sql)) {
        change(&mut self.by_window);
        change(&mut self.by_all);
    }
}

/// One row a statement: a parameter for each column.
pub fn one_row(columns: &[Column]) -> String {
    let cells: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(position, column)| format!("?{} AS {}", position + 1, column.name))
        .collect();
    format!("(SELECT {}) AS r", cells.join(", "))
}

/// Many rows a statement: an array for each column.
pub fn many_rows(columns: &[Column]) -> String {
    let array = |(position, column): (usize, &Column)| format!("?{}::{}[]", position + 1, column.kind.name());
    let arrays: Vec<String> = columns.iter().enumerate().map(array).collect();
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    format!("unnest({}) AS r ({})", arrays.join(", "), names.join(", "))
}

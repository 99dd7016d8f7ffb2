//! The stores' one SQL implementation: statements from `queries/*.sql`, run over the small [`Conn`] trait.
//!
//! A statement stands in one file. Where the dialects truly differ, `name.sqlite.sql` and `name.postgres.sql` stand side
//! by side. Three marks are filled in when a statement is loaded: `{seq}` is the column of the arrival number,
//! `{order}` and `{beyond}` are the direction of a walk.

pub mod alert;
pub mod edge;
pub mod log;
pub mod maintain;
pub mod model;
pub mod search;
pub mod sigma;
pub mod summary;
pub mod template;

use crate::error::Result;

/// A value bound to a statement.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the variants are SQL's own types
pub enum Param<'a> {
    Null,
    Int(i64),
    Float(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Param::Int(value)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Param::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Param::Blob(value)
    }
}

impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Param::Null, Into::into)
    }
}

/// One row of an answer; columns count from 0. A column of another type is an error of kind `Database`.
pub trait Row {
    /// Reads an integer, `None` for NULL.
    fn int(&self, column: usize) -> Result<Option<i64>>;
    /// Reads a text, `None` for NULL.
    fn text(&self, column: usize) -> Result<Option<&str>>;
    /// Reads bytes, `None` for NULL.
    fn blob(&self, column: usize) -> Result<Option<&[u8]>>;
}

/// A database connection as this module needs it.
pub trait Conn {
    /// Runs a statement and hands its rows to `each` until it answers false.
    fn query(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
    ) -> Result<()>;

    /// Runs a statement without rows and returns how many rows it changed.
    fn execute(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64>;

    /// Returns the statement texts of this connection's dialect.
    fn statements(&self) -> &Statements;
}

/// Runs a statement whose answer is one integer; NULL and no row count as 0.
pub fn query_int(conn: &dyn Conn, sql: &Sql, params: &[Param<'_>]) -> Result<i64> {
    let mut answer = 0;
    conn.query(sql, params, &mut |row| {
        answer = row.int(0)?.unwrap_or_default();
        Ok(false)
    })?;
    Ok(answer)
}

/// The text of one statement in one dialect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sql(String);

impl Sql {
    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.0
    }

    fn reads(&self) -> bool {
        self.0
            .lines()
            .find(|line| !line.starts_with("--"))
            .is_some_and(|line| line.starts_with("SELECT"))
    }
}

/// What a dialect fills into the statements.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The column that numbers events in order of arrival.
    pub seq: &'static str,
}

impl Dialect {
    fn load(&self, text: &str) -> Sql {
        Sql(text.replace("{seq}", self.seq))
    }

    fn load_directed(&self, text: &str) -> Directed {
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
    /// Returns the text for a direction.
    pub fn toward(&self, ascending: bool) -> &Sql {
        if ascending {
            &self.oldest_first
        } else {
            &self.newest_first
        }
    }
}

macro_rules! statements {
    (
        directed { $( $directed:ident = $directed_file:literal, )+ }
        plain { $( $plain:ident = $plain_file:literal, )+ }
    ) => {
        /// Every statement, in one dialect.
        #[derive(Clone, Debug)]
        #[allow(missing_docs)] // each statement's file says what it is
        pub struct Statements {
            $( pub $directed: Directed, )+
            $( pub $plain: Sql, )+
        }

        impl Statements {
            /// Loads SQLite's statements.
            pub fn sqlite() -> Self {
                let dialect = Dialect { seq: "rowid" };
                Self {
                    $( $directed: dialect.load_directed(include_str!(concat!("queries/", $directed_file))), )+
                    $( $plain: dialect.load(include_str!(concat!("queries/", $plain_file))), )+
                }
            }
        }

        impl Statements {
            /// Returns the statements that read, with their names; those that walk in either direction newest first.
            pub fn reading(&self) -> Vec<(&'static str, &Sql)> {
                let all = [
                    $( (stringify!($directed), self.$directed.toward(false)), )+
                    $( (stringify!($plain), &self.$plain), )+
                ];
                all.into_iter().filter(|(_, sql)| sql.reads()).collect()
            }
        }

        #[cfg(test)]
        const FILES: &[&str] = &[ $( $directed_file, )+ $( $plain_file, )+ ];
    };
}

statements! {
    directed {
        events_by_time = "events_by_time.sql",
        events_by_template = "events_by_template.sql",
        events_by_entity = "events_by_entity.sql",
        keys_by_source = "keys_by_source.sql",
        keys_by_text = "keys_by_text.sqlite.sql",
    }
    plain {
        events_by_arrival = "events_by_arrival.sql",
        alerts_by_time = "alerts_by_time.sql",
        alerts_by_type = "alerts_by_type.sql",
        alerts_by_entity = "alerts_by_entity.sql",
        alerts_by_tactic = "alerts_by_tactic.sql",
        alerts_by_technique = "alerts_by_technique.sql",
        event_by_seq = "event_by_seq.sql",
        event_columns = "event_columns.sql",
        next_source = "next_source.sql",
        count_by_source_capped = "count_by_source_capped.sql",
        count_events = "count_events.sql",
        count_events_by_entity = "count_events_by_entity.sql",
        count_events_by_text = "count_events_by_text.sqlite.sql",
        ranges = "ranges.sql",
        watermark = "watermark.sql",
        last_seq = "last_seq.sql",
        close_range = "close_range.sql",
        close_counts = "close_counts.sql",
        histogram = "histogram.sql",
        event_total = "event_total.sql",
        count_all_events = "count_all_events.sql",
        time_span = "time_span.sql",
        insert_event = "insert_event.sql",
        insert_fts = "insert_fts.sqlite.sql",
        insert_entity_event = "insert_entity_event.sql",
        insert_dead_letter = "insert_dead_letter.sql",
        dead_letters = "dead_letters.sql",
        upsert_template = "upsert_template.sql",
        templates = "templates.sql",
        prune_templates = "prune_templates.sql",
        reset_templates = "reset_templates.sql",
        prune_victims = "prune_victims.sql",
        delete_event = "delete_event.sql",
        delete_fts = "delete_fts.sqlite.sql",
        delete_entity_event = "delete_entity_event.sql",
        uncount_event = "uncount_event.sql",
        drop_empty_counts = "drop_empty_counts.sql",
        drop_dead_ranges = "drop_dead_ranges.sql",
        prune_dead_letters = "prune_dead_letters.sql",
        alert_by_dedup_key = "alert_by_dedup_key.sql",
        alert_key_by_id = "alert_key_by_id.sql",
        alert_by_id = "alert_by_id.sql",
        insert_alert = "insert_alert.sql",
        update_alert = "update_alert.sql",
        delete_tactics = "delete_tactics.sql",
        delete_techniques = "delete_techniques.sql",
        insert_tactic = "insert_tactic.sql",
        insert_technique = "insert_technique.sql",
        alert_feedback = "alert_feedback.sql",
        insert_feedback_event = "insert_feedback_event.sql",
        feedback_events = "feedback_events.sql",
        feedback_stats = "feedback_stats.sql",
        alert_patterns = "alert_patterns.sql",
        alert_counts_by_time = "alert_counts_by_time.sql",
        alert_counts_by_rule = "alert_counts_by_rule.sql",
        alert_counts_by_severity = "alert_counts_by_severity.sql",
        count_alerts = "count_alerts.sql",
        count_alerts_by_technique_capped = "count_alerts_by_technique_capped.sql",
        save_model = "save_model.sql",
        model_updated_at = "model_updated_at.sql",
        load_model = "load_model.sql",
        delete_model = "delete_model.sql",
        list_models = "list_models.sql",
        list_sigma = "list_sigma.sql",
        enable_sigma = "enable_sigma.sql",
        add_sigma_matches = "add_sigma_matches.sql",
        upsert_edge = "upsert_edge.sql",
        load_edges = "load_edges.sql",
        prune_edges = "prune_edges.sql",
        merge_edge = "merge_edge.sql",
        delete_edge = "delete_edge.sql",
        clear_edges = "clear_edges.sql",
        related_entities = "related_entities.sql",
        event_by_id = "event_by_id.sql",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_file_is_loaded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/sql/queries");
        let mut on_disk: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut loaded: Vec<String> = FILES.iter().map(|name| (*name).to_owned()).collect();
        on_disk.sort();
        loaded.sort();
        assert_eq!(on_disk, loaded);
    }
}

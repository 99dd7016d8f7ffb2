//! The stores' one SQL implementation: statements from `queries/*.sql`, run over the small [`Conn`] trait.
//!
//! A statement stands in one file. Where the dialects truly differ, `name.sqlite.sql` and `name.postgres.sql` stand side
//! by side. Marks are filled in when a statement is loaded: `{seq}` is the arrival number, `{order}` and `{beyond}` are the
//! direction of a walk, `{binary}` has texts compared byte by byte, whatever the database's own collation, and `{counted}` and
//! `{alert_filters}` are parts that several statements share. Parameters are written `?1`, which becomes `$1` for PostgreSQL.

pub mod absent;
pub mod aggregate;
pub mod alert;
pub mod derive;
mod dialect;
pub mod edge;
pub mod entity;
pub mod feedback;
pub mod log;
pub mod maintain;
pub mod matching;
pub mod model;
pub mod search;
pub mod sigma;
pub mod stores;
pub mod summary;
pub mod table;
pub mod tally;
pub mod template;

pub use self::dialect::{Dialect, Directed, Filtered, Sql};
use self::table::TableStatements;
use crate::error::Result;
use crate::memory;
use crate::store::table::Type;

/// A value bound to a statement.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the variants are SQL's own types
pub enum Param<'a> {
    Null(Type),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl Param<'_> {
    /// Returns the type.
    pub fn kind(&self) -> Type {
        match self {
            Param::Null(kind) => *kind,
            Param::Int(_) => Type::Int,
            Param::Float(_) => Type::Float,
            Param::Text(_) => Type::Text,
            Param::Blob(_) => Type::Blob,
        }
    }
}

/// A Rust type that is one of SQL's.
pub trait Typed {
    /// Which one.
    const TYPE: Type;
}

impl Typed for i64 {
    const TYPE: Type = Type::Int;
}

impl Typed for &str {
    const TYPE: Type = Type::Text;
}

impl Typed for &[u8] {
    const TYPE: Type = Type::Blob;
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

impl<'a, T: Into<Param<'a>> + Typed> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Param::Null(T::TYPE), Into::into)
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
    /// Reads a number, `None` for NULL.
    fn float(&self, column: usize) -> Result<Option<f64>>;

    /// Copies a text, an empty one for NULL.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) if there is not enough memory.
    fn string(&self, column: usize) -> Result<String> {
        memory::copy_text(self.text(column)?.unwrap_or_default())
    }

    /// Copies bytes, none for NULL.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) if there is not enough memory.
    fn bytes(&self, column: usize) -> Result<Vec<u8>> {
        memory::copy(self.blob(column)?.unwrap_or_default())
    }
}

/// Is handed an event's place and blob, and answers whether more are wanted.
pub type EachEvent<'e> = dyn FnMut(log::Key, Option<&[u8]>) -> Result<bool> + 'e;

/// Tells whether a message matches a text search.
pub type MessageTest<'c> = Box<dyn FnMut(&str) -> Result<bool> + 'c>;

/// A database connection as this module needs it.
pub trait Conn {
    /// Runs a statement and hands its rows to `each` until it answers false. They come as they are taken: few are in memory, unless
    /// `each` asks this connection something itself.
    fn query(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
    ) -> Result<()>;

    /// Runs a statement without rows and returns how many rows it changed.
    fn execute(&self, sql: &Sql, params: &[Param<'_>]) -> Result<u64>;

    /// Runs a statement for each of `rows` and returns how many rows were changed in all.
    fn execute_all(&self, sql: &Sql, rows: &[Vec<Param<'_>>]) -> Result<u64> {
        rows.iter()
            .try_fold(0, |changed, params| Ok(changed + self.execute(sql, params)?))
    }

    /// Hands out the time, place and blob of the events at these places, in the order of `keys`, until `each` answers false.
    /// What is not there any more is left out. A connection whose every question is a trip to a server asks for many at once.
    fn events_at(&self, keys: &[log::Key], each: &mut EachEvent<'_>) -> Result<()> {
        let mut goes_on = true;
        for &key in keys {
            self.query(&self.statements().event_by_seq, &[key.1.into()], &mut |row| {
                goes_on = each(key, row.blob(2)?)?;
                Ok(false)
            })?;
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    /// Returns the statement texts of this connection's dialect.
    fn statements(&self) -> &Statements;

    /// Returns a `source_type` as its column has it.
    fn source_column<'s>(&self, source: &'s str) -> &'s str {
        source
    }

    /// Returns the test that a message has all that is searched, if the database does not match messages itself.
    fn message_test<'c>(&'c self, _search: &str) -> Result<Option<MessageTest<'c>>> {
        Ok(None)
    }

    /// Writes a text search in the syntax of this database's index; see [`search::match_expression`].
    fn match_expression(&self, text: &str) -> Result<Option<String>>;
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

/// The text of a statement's file; a dash stands for a statement that the dialect has no use for.
macro_rules! file {
    (-) => {
        ""
    };
    ($name:literal) => {
        include_str!(concat!("queries/", $name))
    };
}

macro_rules! postgres_file {
    ($both:tt) => {
        file!($both)
    };
    ($sqlite:tt $postgres:tt) => {
        file!($postgres)
    };
}

#[cfg(test)]
macro_rules! name {
    (-) => {
        ""
    };
    ($name:literal) => {
        $name
    };
}

macro_rules! statements {
    (
        directed { $( $directed:ident = $directed_file:tt $(/ $directed_postgres:tt)?, )+ }
        filtered { $( $filtered:ident = $filtered_file:tt, )+ }
        plain { $( $plain:ident = $plain_file:tt $(/ $plain_postgres:tt)?, )+ }
    ) => {
        /// Every statement, in one dialect.
        #[derive(Clone, Debug)]
        #[allow(missing_docs)] // each statement's file says what it is
        pub struct Statements {
            $( pub $directed: Directed, )+
            $( pub $filtered: Filtered, )+
            $( pub $plain: Sql, )+
            pub tables: TableStatements,
            /// The database matches messages itself; otherwise see [`Conn::message_test`].
            pub matches: bool,
        }

        impl Statements {
            /// Loads SQLite's statements.
            pub fn sqlite() -> Self {
                let dialect = Dialect::SQLITE;
                Self {
                    $( $directed: dialect.load_directed(file!($directed_file)), )+
                    $( $filtered: dialect.load_filtered(file!($filtered_file)), )+
                    $( $plain: dialect.load(file!($plain_file)), )+
                    tables: TableStatements::load(&dialect),
                    matches: true,
                }
            }

            /// Loads PostgreSQL's statements.
            pub fn postgres(dialect: &Dialect) -> Self {
                Self {
                    $( $directed: dialect.load_directed(postgres_file!($directed_file $($directed_postgres)?)), )+
                    $( $filtered: dialect.load_filtered(file!($filtered_file)), )+
                    $( $plain: dialect.load(postgres_file!($plain_file $($plain_postgres)?)), )+
                    tables: TableStatements::load(dialect),
                    matches: dialect.message.is_empty(),
                }
            }

            /// Returns the statements that this dialect has, with their names; those that walk in either direction newest first.
            pub fn all(&self) -> Vec<(&'static str, &Sql)> {
                let mut all = vec![
                    $( (stringify!($directed), self.$directed.toward(false)), )+
                    $( (stringify!($filtered), self.$filtered.by_window()), )+
                    $( (concat!(stringify!($filtered), "_filtered"), self.$filtered.by_all()), )+
                    $( (stringify!($plain), &self.$plain), )+
                ];
                all.retain(|(_, sql)| !sql.text().is_empty());
                all
            }

            /// Hands every statement to `change`.
            fn for_each(&mut self, change: &mut dyn FnMut(&mut Sql)) {
                $( self.$directed.for_each(change); )+
                $( self.$filtered.for_each(change); )+
                $( change(&mut self.$plain); )+
                self.tables.for_each(change);
            }

            /// Returns the statements that read, with their names; those that walk in either direction newest first.
            pub fn reading(&self) -> Vec<(&'static str, &Sql)> {
                let mut all = self.all();
                all.retain(|(_, sql)| sql.reads());
                all
            }
        }

        #[cfg(test)]
        const FILES: &[&str] = &[
            $( name!($directed_file), $( name!($directed_postgres), )? )+
            $( $filtered_file, )+
            $( name!($plain_file), $( name!($plain_postgres), )? )+
        ];
    };
}

statements! {
    directed {
        events_by_time = "events_by_time.sql",
        events_by_template = "events_by_template.sql",
        events_by_entity = "events_by_entity.sql",
        keys_by_source = "keys_by_source.sql",
        keys_by_text = "keys_by_text.sqlite.sql" / "keys_by_text.postgres.sql",
    }
    filtered {
        alert_counts_by_time = "alert_counts_by_time.sql",
        alert_counts_by_rule = "alert_counts_by_rule.sql",
        alert_counts_by_severity = "alert_counts_by_severity.sql",
    }
    plain {
        events_by_arrival = "events_by_arrival.sql",
        alerts_by_time = "alerts_by_time.sql",
        alerts_by_type = "alerts_by_type.sql",
        alerts_by_entity = "alerts_by_entity.sql",
        alerts_by_tactic = "alerts_by_tactic.sql",
        alerts_by_technique = "alerts_by_technique.sql",
        event_by_seq = "event_by_seq.sql",
        events_by_seqs = - / "events_by_seqs.postgres.sql",
        event_columns = "event_columns.sql",
        next_source = "next_source.sql",
        count_by_source_capped = "count_by_source_capped.sql",
        count_events = "count_events.sql",
        count_events_by_entity = "count_events_by_entity.sql",
        count_events_by_text = "count_events_by_text.sqlite.sql" / "count_events_by_text.postgres.sql",
        ranges = "ranges.sql",
        matching_by_time = "matching_by_time.sql",
        matching_by_source = "matching_by_source.sql",
        matching_by_template = "matching_by_template.sql",
        matching_by_entity = "matching_by_entity.sql",
        matching_by_text = "matching_by_text.sqlite.sql" / "matching_by_text.postgres.sql",
        watermark = "watermark.sql",
        last_seq = "last_seq.sql",
        close_range = "close_range.sql",
        close_counts = "close_counts.sql",
        histogram = "histogram.sql",
        histogram_by_source = "histogram_by_source.sql",
        histogram_by_severity = "histogram_by_severity.sql",
        counts_by_source = "counts_by_source.sql",
        counts_by_severity = "counts_by_severity.sql",
        tally_watermark = "tally_watermark.sql",
        tally_total = "tally_total.sql",
        tallies = "tallies.sql",
        tally_of_event = "tally_of_event.sql",
        tally_rows = "tally_rows.sql",
        insert_tally = "insert_tally.sql",
        update_tally = "update_tally.sql",
        drop_dead_tallies = "drop_dead_tallies.sql",
        event_total = "event_total.sql",
        count_all_events = "count_all_events.sql",
        time_span = "time_span.sql",
        insert_event = "insert_event.sqlite.sql" / -,
        insert_fts = "insert_fts.sqlite.sql" / -,
        insert_entity_event = "insert_entity_event.sql",
        insert_dead_letter = "insert_dead_letter.sql",
        dead_letters = "dead_letters.sql",
        upsert_template = "upsert_template.sql",
        track_template = "track_template.sql",
        templates = "templates.sql",
        prune_templates = "prune_templates.sql",
        reset_templates = "reset_templates.sql",
        prune_victims = "prune_victims.sql",
        delete_event = "delete_event.sql",
        delete_fts = "delete_fts.sqlite.sql" / -,
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
        feedback_of_alert = "feedback_of_alert.sql",
        feedback_stats = "feedback_stats.sql",
        alert_patterns = "alert_patterns.sql",
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
        edge_by_key = "edge_by_key.sql",
        edge_mark = - / "edge_mark.postgres.sql",
        count_changed_edges = - / "count_changed_edges.postgres.sql",
        changed_edges = - / "changed_edges.postgres.sql",
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
        let mut loaded: Vec<String> = FILES
            .iter()
            .chain(table::FILES)
            .filter(|name| !name.is_empty())
            .map(|name| (*name).to_owned())
            .collect();
        on_disk.sort();
        loaded.sort();
        assert_eq!(on_disk, loaded);
    }
}

//! The table of statements, loaded once per dialect.

use super::dialect::{Dialect, Directed, Filtered, Matching, Sql};
use super::table_statements::TableStatements;

/// The text of a statement's file; a dash means that the dialect has no such statement.
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
        matching { $( $matching:ident = $matching_file:tt $(/ $matching_postgres:tt)?, )+ }
        plain { $( $plain:ident = $plain_file:tt $(/ $plain_postgres:tt)?, )+ }
    ) => {
        /// Every statement, in one dialect.
        #[derive(Clone, Debug)]
        #[allow(missing_docs)] // each statement's file says what it is
        pub struct Statements {
            $( pub $directed: Directed, )+
            $( pub $filtered: Filtered, )+
            $( pub $matching: Matching, )+
            $( pub $plain: Sql, )+
            pub tables: TableStatements,
            /// Whether the database matches messages itself; if not, see [`Conn::message_test`](super::Conn::message_test).
            pub matches: bool,
            /// Whether the text index is in the order of arrival, so that a range of arrivals is read without the others.
            pub has_ordered_text: bool,
        }

        impl Statements {
            /// Loads SQLite's statements.
            pub fn sqlite() -> Self {
                let dialect = Dialect::SQLITE;
                Self {
                    $( $directed: dialect.load_directed(file!($directed_file)), )+
                    $( $filtered: dialect.load_filtered(file!($filtered_file)), )+
                    $( $matching: dialect.load_matching(file!($matching_file)), )+
                    $( $plain: dialect.load(file!($plain_file)), )+
                    tables: TableStatements::load(&dialect),
                    matches: true,
                    has_ordered_text: true,
                }
            }

            /// Loads PostgreSQL's statements.
            pub fn postgres(dialect: &Dialect) -> Self {
                Self {
                    $( $directed: dialect.load_directed(postgres_file!($directed_file $($directed_postgres)?)), )+
                    $( $filtered: dialect.load_filtered(file!($filtered_file)), )+
                    $( $matching: dialect.load_matching(postgres_file!($matching_file $($matching_postgres)?)), )+
                    $( $plain: dialect.load(postgres_file!($plain_file $($plain_postgres)?)), )+
                    tables: TableStatements::load(dialect),
                    matches: dialect.message.is_empty(),
                    has_ordered_text: false,
                }
            }

            /// Returns the statements of this dialect with their names; those of both directions newest first.
            pub fn all(&self) -> Vec<(&'static str, &Sql)> {
                let mut all = vec![
                    $( (stringify!($directed), self.$directed.toward(false)), )+
                    $( (stringify!($filtered), self.$filtered.by_window()), )+
                    $( (concat!(stringify!($filtered), "_filtered"), self.$filtered.by_all()), )+
                    $( (stringify!($matching), self.$matching.rows()), )+
                    $( (concat!("number_", stringify!($matching)), self.$matching.number()), )+
                    $( (stringify!($plain), &self.$plain), )+
                ];
                all.retain(|(_, sql)| !sql.text().is_empty());
                all
            }

            /// Passes every statement to `change`.
            pub(super) fn for_each(&mut self, change: &mut dyn FnMut(&mut Sql)) {
                $( self.$directed.for_each(change); )+
                $( self.$filtered.for_each(change); )+
                $( self.$matching.for_each(change); )+
                $( change(&mut self.$plain); )+
                self.tables.for_each(change);
            }

            /// Returns the statements that only read, with their names; those of both directions newest first.
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
            $( name!($matching_file), $( name!($matching_postgres), )? )+
            $( name!($plain_file), $( name!($plain_postgres), )? )+
        ];
    };
}

statements! {
    directed {
        events_by_time = "events_by_time.sql",
        events_by_template = "events_by_template.sql",
        events_by_host = "events_by_host.sql",
        events_by_entity = "events_by_entity.sql",
        reach_by_time = "reach_by_time.sql",
        reach_by_template = "reach_by_template.sql",
        reach_by_host = "reach_by_host.sql",
        reach_by_entity = "reach_by_entity.sql",
        reach_by_source = "reach_by_source.sql",
        keys_by_source = "keys_by_source.sql",
        keys_by_time = "keys_by_time.sqlite.sql" / -,
        keys_by_text = "keys_by_text.sqlite.sql" / "keys_by_text.postgres.sql",
    }
    filtered {
        alert_counts_by_time = "alert_counts_by_time.sql",
        alert_counts_by_rule = "alert_counts_by_rule.sql",
        alert_counts_by_severity = "alert_counts_by_severity.sql",
    }
    matching {
        matching_by_time = "matching_by_time.sql",
        matching_by_source = "matching_by_source.sql",
        matching_by_template = "matching_by_template.sql",
        matching_by_host = "matching_by_host.sql",
        matching_by_entity = "matching_by_entity.sql",
        matching_by_text = "matching_by_text.sqlite.sql" / "matching_by_text.postgres.sql",
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
        count_matches = "count_matches.sqlite.sql" / "count_matches.postgres.sql",
        ranges = "ranges.sql",
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
        old_edges = "old_edges.sql",
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
            .chain(crate::store::sql::table_statements::FILES)
            .filter(|name| !name.is_empty())
            .map(|name| (*name).to_owned())
            .collect();
        on_disk.sort();
        loaded.sort();
        assert_eq!(on_disk, loaded);
    }
}

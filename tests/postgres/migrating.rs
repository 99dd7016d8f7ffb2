//! Schema migrations have no statement timeout.

use seerflow::Engine;

use crate::{anytime, assert_sound, database, open};

#[test]
fn migration_may_exceed_the_statement_timeout() {
    let Some(database) = database() else { return };
    // As slow as a table with very many alerts.
    database.run(
        "CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$
         BEGIN
            IF current_query() LIKE '%idx_alerts_time_rule_severity%' THEN PERFORM pg_sleep(3); END IF;
         END $$;
         CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION slow()",
    );
    let engine: Engine = open(&database.url(), &[("storage.postgresql_command_timeout_s", "1")]);
    engine.start(&anytime()).unwrap();
    assert_sound(&engine);
}

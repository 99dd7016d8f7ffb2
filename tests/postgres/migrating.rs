//! Bringing a database up takes the time that it takes.

use seerflow::Engine;

use crate::{anytime, assert_sound, database, open};

#[test]
fn a_migration_may_take_longer_than_a_statement() {
    let Some(database) = database() else { return };
    // A table with very many alerts, as far as time goes.
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

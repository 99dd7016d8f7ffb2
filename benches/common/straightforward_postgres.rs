//! A straightforward PostgreSQL writer for comparison: Seerflow's schema with its trigger and complete blobs, random ids, an `r2d2`
//! pool, prepared statements of `postgres`, rows inserted one by one in transactions of 1,000.

use postgres::NoTls;
use r2d2::Pool;
use r2d2_postgres::PostgresConnectionManager;
use seerflow::record::{EntityType, entity_id};
use uuid::Uuid;

use super::Sshd;
use super::straightforward::blob;

pub type Connections = Pool<PostgresConnectionManager<NoTls>>;

const SCHEMA: &str = "
    CREATE TABLE events (event_id TEXT PRIMARY KEY, timestamp_ns BIGINT NOT NULL, observed_ns BIGINT NOT NULL, severity_id INTEGER NOT NULL,
        source_type TEXT NOT NULL, source_id TEXT NOT NULL, template_id INTEGER, message TEXT NOT NULL, entity_refs TEXT, data BYTEA,
        message_fts TSVECTOR);
    CREATE INDEX idx_events_time ON events (timestamp_ns);
    CREATE INDEX idx_events_source_sev ON events (source_type, severity_id);
    CREATE INDEX idx_events_template ON events (template_id);
    CREATE INDEX idx_events_message_fts ON events USING GIN (message_fts);
    CREATE TABLE entity_events (entity_uuid TEXT NOT NULL, timestamp_ns BIGINT NOT NULL, event_id TEXT NOT NULL,
        PRIMARY KEY (entity_uuid, timestamp_ns, event_id));
    CREATE FUNCTION events_fts_trigger() RETURNS TRIGGER AS $$
    BEGIN
        NEW.message_fts := to_tsvector('english', COALESCE(NEW.message, ''));
        RETURN NEW;
    END;
    $$ LANGUAGE plpgsql;
    CREATE TRIGGER events_fts_update BEFORE INSERT OR UPDATE OF message ON events FOR EACH ROW EXECUTE FUNCTION events_fts_trigger();";

/// Creates the tables in an empty database; returns a connection pool.
pub fn open(url: &str, connections: u32) -> Connections {
    let manager = PostgresConnectionManager::new(url.parse().unwrap(), NoTls);
    let pool = Pool::builder().max_size(connections).build(manager).unwrap();
    pool.get().unwrap().batch_execute(SCHEMA).unwrap();
    pool
}

/// Writes events, `batch` of them per transaction.
pub fn write(pool: &Connections, events: &[Sshd], batch: usize) -> Result<(), postgres::Error> {
    let mut client = pool.get().expect("a connection");
    let insert_event = client.prepare(
        "INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, template_id, message, entity_refs, \
         data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (event_id) DO NOTHING",
    )?;
    let insert_entity = client.prepare(
        "INSERT INTO entity_events (entity_uuid, timestamp_ns, event_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )?;
    for chunk in events.chunks(batch) {
        let mut transaction = client.transaction()?;
        for event in chunk {
            let id = Uuid::new_v4().to_string();
            let refs: Vec<String> = [(EntityType::Ip, &event.address), (EntityType::User, &event.user)]
                .into_iter()
                .filter_map(|(kind, value)| entity_id(kind, value).map(|id| id.to_string()))
                .collect();
            transaction.execute(
                &insert_event,
                &[
                    &id,
                    &event.timestamp_ns,
                    &(event.timestamp_ns + 500_000),
                    &3_i32,
                    &"sshd",
                    &event.host,
                    &1_i32,
                    &event.message,
                    &serde_json::to_string(&refs).unwrap_or_default(),
                    &blob(event, &id, &refs),
                ],
            )?;
            for entity in &refs {
                transaction.execute(&insert_entity, &[entity, &event.timestamp_ns, &id])?;
            }
        }
        transaction.commit()?;
    }
    Ok(())
}

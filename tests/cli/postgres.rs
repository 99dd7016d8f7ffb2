//! The same commands on PostgreSQL, selected by environment variables.

use super::database::Database;
use super::services::POSTGRES;
use super::*;

/// A program that uses a separate database on the server.
struct OnServer {
    place: Place,
    database: Database,
}

impl OnServer {
    fn new() -> Option<Self> {
        Some(Self {
            place: Place::new(),
            database: Database::new(&POSTGRES.url()?),
        })
    }

    fn ok(&self, args: &[&str]) -> String {
        let output = self
            .place
            .command("none.db", args)
            .env("SEERFLOW_STORAGE_BACKEND", "postgresql")
            .env("SEERFLOW_STORAGE_POSTGRESQL_URL", self.database.url())
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        assert!(!self.place.path("none.db").exists(), "{args:?}");
        text(&output.stdout)
    }

    fn lines(&self, args: &[&str]) -> usize {
        self.ok(args).lines().count()
    }
}

#[test]
fn every_command_works_on_postgresql() {
    let Some(server) = OnServer::new() else { return };
    let alerts = server.place.file(
        "alerts.ndjson",
        r#"{"alert_id":"00000000-0000-4000-8000-000000000001","timestamp_ns":1700000000000000000,"alert_type":"sigma","rule_name":"brute force","severity_id":4,"entity_type":"user","entity_value":"root","dedup_key":"one","tactics":["credential-access"],"techniques":["T1110.001"]}"#,
    );
    server.ok(&["ingest", "-q", "--year", "2024", &log("sshd.log")]);
    server.ok(&["import", "-q", &alerts]);
    assert_eq!(
        server.lines(&["query", "events", "--format", "ndjson", "-n", "5"]),
        5
    );
    assert!(server.lines(&["search", "password", "--format", "ndjson"]) > 0);
    assert_eq!(server.lines(&["query", "alerts", "--format", "ndjson"]), 1);
    assert!(server.lines(&["query", "entities", "--format", "ndjson"]) > 0);
    assert!(
        server
            .ok(&["alerts", "show", "00000000-0000-4000-8000-000000000001"])
            .contains("brute force")
    );
    server.ok(&["alerts", "feedback", "00000000-0000-4000-8000-000000000001", "tp"]);
    assert!(server.lines(&["stats", "--by", "severity", "--format", "csv"]) > 1);
    server.ok(&["model", "put", "key", &alerts]);
    assert_eq!(server.lines(&["model", "list", "--format", "ndjson"]), 1);
    assert_eq!(server.lines(&["sigma", "list", "--format", "ndjson"]), 0);
    server.ok(&["graph", "stats"]);
    assert!(server.lines(&["export", "events"]) > 0);
    assert_eq!(server.lines(&["export", "alerts"]), 1);
    server.ok(&["check"]);
    server.ok(&["checkpoint"]);
    let status = server.ok(&["status"]);
    assert!(
        status.contains("PostgreSQL") || status.contains("postgresql://"),
        "{status}"
    );
}

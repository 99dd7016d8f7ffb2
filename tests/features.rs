//! Builds that leave features out refuse, by name, the options that need them. `tests/run.sh lint` runs this without any feature.

use seerflow::log::Logger;
use seerflow::{Config, Engine, ErrorKind};

/// Opens a store with these options; returns the error of a build that lacks a feature.
fn refusal(options: &[(&str, &str)]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    config
        .set("storage.data_dir", folder.path().to_str().unwrap())
        .unwrap();
    for (key, value) in options {
        config.set(key, value).unwrap();
    }
    let error = Engine::open(&config, Logger::default()).err()?;
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    Some(error.to_string())
}

#[test]
fn an_option_whose_feature_was_left_out_is_refused_by_name() {
    let has_postgres = cfg!(feature = "postgres");
    let has_servers = cfg!(feature = "graph-servers");
    let url = ("storage.postgresql_url", "postgresql://127.0.0.1:1/db");
    for (options, is_built_in, error) in [
        (
            &[("storage.backend", "postgresql"), url][..],
            has_postgres,
            "storage.backend: this build of libseerflow lacks PostgreSQL",
        ),
        (
            &[
                ("storage.graph_backend", "falkordb"),
                ("storage.falkordb_url", "falkor://127.0.0.1:1"),
            ],
            has_servers,
            "storage.graph_backend: this build of libseerflow lacks FalkorDB",
        ),
        (
            &[("storage.graph_backend", "postgres_age"), url],
            has_postgres && has_servers,
            "storage.graph_backend: this build of libseerflow lacks Apache AGE",
        ),
        (&[("storage.graph_backend", "memory")], true, ""),
    ] {
        let expected = (!is_built_in).then(|| error.to_owned());
        assert_eq!(refusal(options), expected, "{options:?}");
    }
}

//! Errors of FalkorDB.

use seerflow::graph::GraphBackend;
use seerflow::graph::falkordb::FalkorGraph;
use seerflow::{Config, ErrorKind};

use crate::conformance::control;

fn graph(url: &str) -> FalkorGraph {
    let mut config = Config::new();
    config.set("storage.falkordb_url", url).unwrap();
    FalkorGraph::new(&config).unwrap()
}

#[test]
fn unreachable_server_is_named_without_the_password() {
    let away = graph("falkor://somebody:secret@127.0.0.1:1/people");
    let error = away.health(&control()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.is_retriable());
    let text = error.to_string();
    assert!(text.contains("falkor://127.0.0.1:1/people"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn missing_address_is_a_configuration_error() {
    assert_eq!(
        FalkorGraph::new(&Config::new()).unwrap_err().kind(),
        ErrorKind::Config
    );
}

//! Passwords of connection strings: no text of the library or of the program shows them, wherever they were given.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use seerflow::config::OPTIONS;
use seerflow::log::Logger;
use seerflow::record::Control;
use seerflow::{Config, Engine};

use super::*;

/// Nothing listens on this port.
const HOST: &str = "127.0.0.1:1";

/// Writes a connection string in the form of a number, as people write and mistake it.
fn connection_string(form: usize, secret: &str) -> String {
    let escaped: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let quoted = secret.replace('\\', "\\\\").replace('\'', "\\'");
    match form {
        0 => format!("postgresql://me:{escaped}@{HOST}/db"),
        1 => format!("postgresql://me:{secret}@{HOST}/db"),
        2 => format!("postgresql://{HOST}/db?p%61ssword={escaped}"),
        3 => format!("postgresql:/me:{secret}@{HOST}/db"),
        4 => format!("'postgresql://me:{secret}@{HOST}/db'"),
        5 => format!("DATABASE_URL=postgresql://me:{secret}@{HOST}/db"),
        6 => format!("host=127.0.0.1 port=1 user=me password='{quoted}'"),
        7 => format!("host=127.0.0.1 port=1 pwd='{quoted}'"),
        8 => format!("falkor://:{escaped}@{HOST}"),
        9 => format!("postgresql://me:x@{HOST}/db?sslpassword={escaped}"),
        _ => format!("postgresql://me:x@{HOST}/db?options={escaped}"),
    }
}

const FORMS: usize = 11;

fn assert_hidden(shown: &str, what: &str) {
    // Escapes hide nothing from a person.
    let decoded = percent_encoding::percent_decode_str(shown)
        .decode_utf8_lossy()
        .into_owned();
    for text in [shown, &decoded] {
        assert!(!text.contains("QXZ") && !text.contains("ZXQ"), "{what}: {text}");
    }
}

/// Opens a store with a configuration; checks its errors, log lines and descriptions.
fn open(config: &Config, what: &str) {
    let lines = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&lines);
    let logger = Logger::new(move |_, text| *log.lock().unwrap() += text);
    match Engine::open(config, logger) {
        Err(error) => assert_hidden(&format!("{error} {error:?}"), what),
        Ok(engine) => {
            let soon = Control::within(Duration::from_millis(200));
            if let Err(error) = engine.start(&soon) {
                assert_hidden(&format!("{error} {error:?}"), what);
            }
            if let Err(error) = engine.graph().and_then(|graph| graph.counts(&soon).map(|_| ())) {
                assert_hidden(&format!("{error} {error:?}"), what);
            }
            let graph = engine.graph().map(|graph| graph.location()).unwrap_or_default();
            assert_hidden(
                &format!(
                    "{} {graph} {:?} {:?}",
                    engine.location(),
                    engine.health(),
                    engine.stats()
                ),
                what,
            );
        }
    }
    assert_hidden(&lines.lock().unwrap(), what);
}

/// Sets an option, and checks everything that the configuration shows.
fn set(key: &str, text: &str) -> Option<Config> {
    let mut config = Config::new();
    let what = format!("{key} = {text}");
    if let Err(error) = config.set(key, text) {
        assert_hidden(&format!("{error} {error:?}"), &what);
        return None;
    }
    for option in OPTIONS {
        assert_hidden(&config.get(option.key).unwrap(), &what);
    }
    // A panic shows a value as Debug does.
    assert_hidden(&format!("{config:?}"), &what);
    Some(config)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_error_log_line_value_or_description_shows_a_password(middle in "[!-~]{0,8}", form in 0..FORMS) {
        let secret = format!("QXZ{middle}ZXQ");
        let text = connection_string(form, &secret);
        let place = Place::new();
        for option in OPTIONS {
            set(option.key, &text);
            let file = place.file("seerflow.yaml", format!("storage:\n  {}: {}\n", &option.key[8..], serde_json::json!(text)));
            if let Err(error) = Config::new().load_file(Path::new(&file)) {
                assert_hidden(&format!("{error} {error:?}"), &text);
            }
        }
        set(&text, "1");
        if let Some(mut config) = set("storage.postgresql_url", &text) {
            config.set("storage.backend", "postgresql").unwrap();
            open(&config, &text);
        }
        if let Some(mut config) = set("storage.falkordb_url", &text) {
            config.set("storage.sqlite_path", place.path("a.db").to_str().unwrap()).unwrap();
            config.set("storage.graph_backend", "falkordb").unwrap();
            open(&config, &text);
        }
    }
}

#[test]
fn no_output_of_the_program_shows_a_password() {
    let place = Place::new();
    let secret = "QXZ+'a/b ZXQ";
    for form in 0..FORMS {
        let text = connection_string(form, secret);
        let url = format!("storage.postgresql_url={text}");
        let misplaced = [
            "storage.sqlite_path",
            "storage.queue_events",
            "storage.postgresql",
        ]
        .map(|key| format!("{key}={text}"));
        let backend = ["--set", "storage.backend=postgresql"];
        let to = format!("--to={text}");
        let mut commands: Vec<Vec<&str>> = vec![
            vec!["config", "--set", &url],
            vec!["config", "--json", "--set", &url],
            vec!["config", "--format", "csv", "--set", &url],
            [&["status", "--set", &url], &backend[..]].concat(),
            vec!["config", "--set", &text],
            vec!["migrate", "storage", "--from", &text, "--to", "sqlite:x.db"],
            vec!["migrate", "storage", "--from", "sqlite:x.db", "--to", &text],
            vec!["import", "--config", &text, "x"],
            vec!["graph", "migrate", "--from", &text, "--to", "falkordb"],
            vec!["graph", "migrate", "--from", "igraph", &to],
            vec!["ingest", "--format", &text, "x"],
            vec!["tail", "--severity", &text],
            vec!["query", &text],
            vec!["status", &text],
            vec![&text],
        ];
        commands.extend(misplaced.iter().map(|set| vec!["config", "--set", set]));
        for args in commands {
            let output = place.run("a.db", &args);
            assert_hidden(&text_of(&output), &format!("{args:?}"));
        }
        for variable in [
            "SEERFLOW_STORAGE_POSTGRESQL_URL",
            "SEERFLOW_STORAGE_DATA_DIR",
            "SEERFLOW_STORAGE_QUEUE_EVENTS",
        ] {
            let output = place
                .command("a.db", &["config"])
                .env(variable, &text)
                .output()
                .unwrap();
            assert_hidden(&text_of(&output), variable);
        }
    }
}

fn text_of(output: &Output) -> String {
    format!("{} {}", text(&output.stdout), text(&output.stderr))
}

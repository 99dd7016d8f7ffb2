//! The properties of inputs that reach a store: searches, dumps, CSV and alerts.

use std::cell::RefCell;
use std::io::Cursor;

use seerflow::record::{Control, EventQuery};
use seerflow::transfer::{Feed, FeedCounts, Format, RestoreOptions, import_alerts, restore};
use seerflow::{Config, Engine, ErrorKind, Input, WriteOptions};

/// Inputs after which a store is replaced, because it keeps the rows of each.
const KEPT: u32 = 500;

struct Store {
    engine: Engine,
    config: Config,
    inputs: u32,
    // After the engine: it is removed when the files are closed.
    _folder: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new();
        let path = folder.path().join("seerflow.db");
        config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
        let engine = Engine::open(&config, Default::default()).unwrap();
        let lines =
            b"failed password for root\naccepted password for alice\nzwei W\xc3\xb6rter und 1.2.3.4\n";
        let options = WriteOptions {
            durable: true,
            complete: true,
            ..WriteOptions::default()
        };
        engine
            .write(Input::Lines(lines), options, &Control::unbounded())
            .unwrap();
        Self {
            engine,
            config,
            inputs: 0,
            _folder: folder,
        }
    }
}

fn with(work: impl FnOnce(&Store)) {
    thread_local!(static STORE: RefCell<Option<Store>> = const { RefCell::new(None) });
    STORE.with_borrow_mut(|kept| {
        let mut store = kept
            .take()
            .filter(|store| store.inputs < KEPT)
            .unwrap_or_else(Store::new);
        store.inputs += 1;
        work(&store);
        *kept = Some(store);
    });
}

/// Searches for a text. Any text has an answer, unless it has too many words.
pub fn search(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    with(|store| {
        let query = EventQuery {
            text: Some(text),
            ..EventQuery::default()
        };
        match store.engine.query_events(&query, &Control::unbounded()) {
            Ok(page) => assert!(page.len() <= 3),
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::Limit | ErrorKind::Invalid),
                "{error}"
            ),
        }
    });
}

/// Loads a dump, CSV or alerts, as the first byte says. The store stays sound.
pub fn load(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let anytime = Control::unbounded();
    with(|store| {
        match kind % 3 {
            0 => {
                let to = seerflow::store::open(&store.config, &Default::default()).unwrap();
                let options = RestoreOptions { merge: true };
                let done = restore(&mut Cursor::new(rest), &*to, options, &anytime, &mut |_| {});
                to.close();
                done.err().iter().for_each(is_about_input);
            }
            1 => {
                let mut feed = Feed::new(&store.engine, Format::Csv, WriteOptions::default(), &anytime);
                let done = feed.run(&mut Cursor::new(rest), &mut |_| {});
                done.err().iter().for_each(is_about_input);
                store.engine.flush(&anytime).unwrap();
            }
            _ => {
                let mut counts = FeedCounts::default();
                let done = import_alerts(
                    &store.engine,
                    &mut Cursor::new(rest),
                    &anytime,
                    &mut counts,
                    &mut |_| {},
                );
                done.err().iter().for_each(is_about_input);
            }
        }
        if store.inputs % 16 == 0 {
            let found = store.engine.maintenance().unwrap().check(&anytime).unwrap();
            assert_eq!(found, [] as [String; 0]);
        }
    });
}

fn is_about_input(error: &seerflow::Error) {
    let kinds = [
        ErrorKind::Invalid,
        ErrorKind::Limit,
        ErrorKind::Schema,
        ErrorKind::Conflict,
    ];
    assert!(kinds.contains(&error.kind()), "{error}");
}

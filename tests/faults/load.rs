//! A store under load, and checks of its contents.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use seerflow::record::{Control, Event};
use seerflow::{Config, Engine, Input, WriteOptions};

use crate::cluster::{Cluster, is_possible, url};
use crate::proxy::Proxy;

/// Events per write.
pub const BATCH: u64 = 200;

pub fn open(url: &str, settings: &[(&str, &str)]) -> Engine {
    let mut config = Config::new();
    config.set("storage.backend", "postgresql").unwrap();
    config.set("storage.postgresql_url", url).unwrap();
    for (key, value) in settings {
        config.set(key, value).unwrap();
    }
    Engine::open(&config, Default::default()).unwrap()
}

pub fn event(thread: u64, number: u64) -> Event<'static> {
    Event {
        message: format!("event {number} of thread {thread}").into(),
        source_type: "faults".into(),
        related_ips: vec![
            format!("192.0.2.{}", number % 200).into(),
            format!("198.51.100.{thread}").into(),
        ],
        ..Event::default()
    }
}

/// Returns a cluster, a proxy in front of it, and a store that uses the proxy; `None` if no cluster can be created.
pub fn behind_proxy(options: &[(&str, &str)]) -> Option<(Cluster, Proxy, Engine)> {
    is_possible().then(|| {
        let cluster = Cluster::start("");
        let proxy = Proxy::before(cluster.port);
        let engine = open(&url(proxy.port, "postgres"), options);
        (cluster, proxy, engine)
    })
}

/// Writes a batch of new events durably.
pub fn write(engine: &Engine, thread: u64, first: u64, control: &Control) -> seerflow::Result<()> {
    let duplicates = write_again(engine, thread, first, control)?;
    assert_eq!(duplicates, 0, "an event was stored twice");
    Ok(())
}

/// Writes a batch durably and returns the number of duplicates.
pub fn write_again(engine: &Engine, thread: u64, first: u64, control: &Control) -> seerflow::Result<u64> {
    let events = (first..first + BATCH).map(move |number| Ok(event(thread, number)));
    let options = WriteOptions {
        durable: true,
        batch_key: Some(format!("{thread}/{first}").into_bytes()),
        ..WriteOptions::default()
    };
    let written = engine.write(Input::Events(Box::new(events)), options, control)?;
    assert_eq!((written.accepted, written.rejected.len()), (BATCH, 0));
    Ok(written.duplicates)
}

/// Queues a batch.
pub fn write_buffered(engine: &Engine, thread: u64, first: u64) {
    let events = (first..first + BATCH).map(move |number| Ok(event(thread, number)));
    let anytime = Control::unbounded();
    let input = Input::Events(Box::new(events));
    let written = engine.write(input, WriteOptions::default(), &anytime).unwrap();
    assert_eq!(written.accepted, BATCH);
}

/// Creates a SQLite file with this many events; returns its configuration.
pub fn sqlite_file(folder: &Path, events: u64) -> Config {
    let mut config = Config::new();
    let file = folder.join("seerflow.db");
    config.set("storage.sqlite_path", file.to_str().unwrap()).unwrap();
    let engine = Engine::open(&config, Default::default()).unwrap();
    let events = (0..events).map(|number| Ok(event(1, number)));
    let durable = WriteOptions {
        durable: true,
        ..WriteOptions::default()
    };
    engine
        .write(Input::Events(Box::new(events)), durable, &Control::unbounded())
        .unwrap();
    engine.close(&Control::unbounded()).unwrap();
    config
}

/// Threads that write durably until they are stopped.
pub struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn start(engine: &Arc<Engine>, threads: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let run = |thread| {
            let (engine, stop, acknowledged) =
                (Arc::clone(engine), Arc::clone(&stop), Arc::clone(&acknowledged));
            thread::spawn(move || {
                let mut first = 0;
                while !stop.load(Ordering::SeqCst) {
                    write(&engine, thread, first, &Control::unbounded()).unwrap();
                    acknowledged.fetch_add(BATCH, Ordering::SeqCst);
                    first += BATCH;
                }
            })
        };
        let threads = (0..threads).map(run).collect();
        Self {
            stop,
            acknowledged,
            threads,
        }
    }

    /// Returns the number of acknowledged events.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Stops the threads and returns the number of acknowledged events.
    pub fn end(self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().unwrap();
        }
        self.acknowledged.load(Ordering::SeqCst)
    }
}

/// Asserts that the acknowledged events are stored once, each with its two entities.
pub fn check_counts(cluster: &Cluster, engine: &Engine, acknowledged: u64) {
    let stats = engine.stats().buffer;
    assert_eq!(
        (stats.committed, stats.duplicates, stats.rejected),
        (acknowledged, 0, 0),
        "{stats:?}"
    );
    check_rows(cluster, acknowledged);
}

/// Asserts the same for the rows only.
pub fn check_rows(cluster: &Cluster, acknowledged: u64) {
    let count = |sql: &str| cluster.number("postgres", sql) as u64;
    assert_eq!(count("SELECT count(*) FROM events"), acknowledged);
    assert_eq!(count("SELECT count(DISTINCT message) FROM events"), acknowledged);
    assert_eq!(count("SELECT count(*) FROM entity_events"), 2 * acknowledged);
    let orphans = "SELECT count(*) FROM entity_events AS x WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.event_id = x.event_id)";
    assert_eq!(count(orphans), 0);
    assert_eq!(count("SELECT count(*) FROM dead_letters"), 0);
}

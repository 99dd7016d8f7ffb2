//! The store under test, and helpers.

use std::any::Any;
use std::ops::Deref;

use seerflow::codec::msgpack;
use seerflow::record::{Control, Event, EventPage, EventQuery, WriteOutcome};
use seerflow::{Config, Engine, Input, WriteOptions};

use crate::backends::{Backend, Fresh};
use crate::sound::assert_sound;

/// An open store, removed when dropped.
pub struct Store {
    engine: Engine,
    config: Config,
    // After the engine, which must be closed before the files are removed.
    _guard: Box<dyn Any + Send + Sync>,
}

impl Deref for Store {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

/// Opens an empty store.
pub fn open(backend: &dyn Backend) -> Store {
    open_with(backend, &[])
}

/// Opens an empty store with options.
pub fn open_with(backend: &dyn Backend, options: &[(&str, &str)]) -> Store {
    let Fresh { mut config, guard } = backend.fresh();
    for (key, value) in options {
        config.set(key, value).unwrap();
    }
    Store {
        engine: Engine::open(&config, Default::default()).unwrap(),
        config,
        _guard: guard,
    }
}

impl Store {
    /// Opens a second handle on the same store.
    pub fn again(&self) -> Engine {
        Engine::open(&self.config, Default::default()).unwrap()
    }

    /// Opens a second handle on the same store, with an option that is `true`.
    pub fn again_with(&self, key: &str) -> Engine {
        let mut config = self.config.clone();
        config.set(key, "true").unwrap();
        Engine::open(&config, Default::default()).unwrap()
    }

    /// Writes events durably.
    pub fn put(&self, events: impl IntoIterator<Item = Event<'static>>) -> WriteOutcome {
        put(&self.engine, events)
    }

    /// Returns all matching events, page by page.
    pub fn find(&self, query: &EventQuery) -> Vec<Event<'static>> {
        find(&self.engine, query)
    }

    /// Asserts that the integrity check finds no fault.
    pub fn assert_sound(&self) {
        assert_sound(&self.engine);
    }
}

/// Writes events durably through any handle.
pub fn put(engine: &Engine, events: impl IntoIterator<Item = Event<'static>>) -> WriteOutcome {
    let events: Vec<_> = events.into_iter().map(Ok).collect();
    engine
        .write(Input::Events(Box::new(events.into_iter())), durable(), &anytime())
        .unwrap()
}

/// Returns all matching events, page by page.
pub fn find(engine: &Engine, query: &EventQuery) -> Vec<Event<'static>> {
    let mut query = query.clone();
    let mut events = Vec::new();
    loop {
        let page = engine.query_events(&query, &anytime()).unwrap();
        events.extend(events_of(&page));
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return events,
        }
    }
}

/// Returns the messages of all matching events.
pub fn messages(engine: &Engine, query: &EventQuery) -> Vec<String> {
    let events = find(engine, query).into_iter();
    events.map(|event| event.message.into_owned()).collect()
}

/// Writes events durably through any handle.
pub fn write(engine: &Engine, events: Vec<Event<'static>>) -> WriteOutcome {
    put(engine, events)
}

/// Decodes a page.
pub fn events_of(page: &EventPage) -> Vec<Event<'static>> {
    page.blobs()
        .map(|blob| msgpack::decode_event(blob).unwrap().into_owned())
        .collect()
}

/// Returns a control without deadline.
pub fn anytime() -> Control {
    Control::unbounded()
}

/// Returns options of a durable write.
pub fn durable() -> WriteOptions {
    WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    }
}

/// Returns an event for a test.
pub fn event(time: i64, message: &str) -> Event<'static> {
    Event {
        timestamp_ns: Some(time),
        message: message.to_owned().into(),
        source_type: "test".into(),
        source_id: "host-1".into(),
        ..Event::default()
    }
}

/// A pseudo-random number generator, the same in every run.
pub struct Dice(u64);

impl Dice {
    /// Creates a generator from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number below `bound`.
    pub fn draw(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

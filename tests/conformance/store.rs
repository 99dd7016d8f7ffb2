//! A store under test, and what cases do with it.

use std::any::Any;
use std::ops::Deref;

use seerflow::codec::msgpack;
use seerflow::record::{Control, Event, EventPage, EventQuery, WriteOutcome};
use seerflow::{Config, Engine, Input, WriteOptions};

use crate::backends::{Backend, Fresh};

/// An open store; it is removed when it is dropped.
pub struct Store {
    engine: Engine,
    config: Config,
    // Behind the engine: what is open is closed before it is removed.
    _guard: Box<dyn Any + Send + Sync>,
}

impl Deref for Store {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

/// Opens a fresh store.
pub fn open(backend: &dyn Backend) -> Store {
    open_with(backend, &[])
}

/// Opens a fresh store with options.
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

    /// Writes events; they are committed when it returns.
    pub fn put(&self, events: impl IntoIterator<Item = Event<'static>>) -> WriteOutcome {
        put(&self.engine, events)
    }

    /// Returns all events that a query finds, walking its pages.
    pub fn find(&self, query: &EventQuery) -> Vec<Event<'static>> {
        find(&self.engine, query)
    }

    /// Asserts that the store finds nothing wrong with itself.
    pub fn assert_sound(&self) {
        assert_eq!(
            self.engine.maintenance().unwrap().check(&anytime()).unwrap(),
            [] as [String; 0]
        );
        assert_eq!(
            self.engine.maintenance().unwrap().check_text(&anytime()).unwrap(),
            [] as [String; 0]
        );
    }
}

/// Writes events through any handle; they are committed when it returns.
pub fn put(engine: &Engine, events: impl IntoIterator<Item = Event<'static>>) -> WriteOutcome {
    let events: Vec<_> = events.into_iter().map(Ok).collect();
    engine
        .write(Input::Events(Box::new(events.into_iter())), durable(), &anytime())
        .unwrap()
}

/// Returns all events that a query finds, walking its pages.
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

/// Returns the messages of all events that a query finds.
pub fn messages(engine: &Engine, query: &EventQuery) -> Vec<String> {
    let events = find(engine, query).into_iter();
    events.map(|event| event.message.into_owned()).collect()
}

/// Writes events through any handle; they are committed when it returns.
pub fn write(engine: &Engine, events: Vec<Event<'static>>) -> WriteOutcome {
    put(engine, events)
}

/// Decodes a page.
pub fn events_of(page: &EventPage) -> Vec<Event<'static>> {
    page.blobs()
        .map(|blob| msgpack::decode_event(blob).unwrap().into_owned())
        .collect()
}

/// Bounds nothing.
pub fn anytime() -> Control {
    Control::unbounded()
}

/// A write that returns after its commit.
pub fn durable() -> WriteOptions {
    WriteOptions {
        durable: true,
        complete: true,
        ..WriteOptions::default()
    }
}

/// Makes an event of a test.
pub fn event(time: i64, message: &str) -> Event<'static> {
    Event {
        timestamp_ns: Some(time),
        message: message.to_owned().into(),
        source_type: "test".into(),
        source_id: "host-1".into(),
        ..Event::default()
    }
}

/// Draws numbers that look random and are the same in every run.
pub struct Dice(u64);

impl Dice {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Draws a number below a bound.
    pub fn draw(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

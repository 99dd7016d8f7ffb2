//! Values of the store, as completions of options.

use std::ffi::OsStr;
use std::time::Duration;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use seerflow::record::{Control, CountBy, EventQuery};
use seerflow::{Config, Engine};

use crate::context::must_exist;
use crate::failure::Failure;

/// The longest time for values of the store.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most values of the store.
const VALUES: u32 = 200;

/// Completes a source_type.
pub fn sources(_: &OsStr) -> Vec<CompletionCandidate> {
    values(CountBy::Source)
}

/// Completes a source_id.
pub fn hosts(_: &OsStr) -> Vec<CompletionCandidate> {
    values(CountBy::Host)
}

/// Completes an entity as type:value.
pub fn entities(_: &OsStr) -> Vec<CompletionCandidate> {
    values(CountBy::Entity)
}

/// Returns the most frequent values in the store of the environment; none if it cannot be read in time.
fn values(by: CountBy) -> Vec<CompletionCandidate> {
    let found = || {
        let mut config = Config::new();
        config.load_env()?;
        must_exist(&config)?;
        config.set("storage.read_only", "true")?;
        let (engine, control) = (
            Engine::open(&config, Default::default())?,
            Control::within(PATIENCE),
        );
        let counted = engine
            .aggregates()?
            .count_by(by, &EventQuery::default(), VALUES, &control)?;
        let mut values = Vec::new();
        for counted in counted {
            match by {
                CountBy::Entity => match engine.entities()?.describe_entity(&counted.value, &control) {
                    Ok(entity) => values.extend(entity.map(|of| format!("{}:{}", of.entity_type, of.value))),
                    // Out of time: the names found so far.
                    Err(_) => break,
                },
                _ => values.push(counted.value),
            }
        }
        Ok::<_, Failure>(values)
    };
    let values = found().unwrap_or_default().into_iter();
    values
        .filter(|value| !value.is_empty())
        .map(CompletionCandidate::new)
        .collect()
}

/// Returns a completer that offers the values with the typed prefix.
pub fn completer(values: fn(&OsStr) -> Vec<CompletionCandidate>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let mut values = values(typed);
        values.retain(|value| {
            value
                .get_value()
                .to_string_lossy()
                .starts_with(&*typed.to_string_lossy())
        });
        values
    })
}

//! The histogram and the facets of a search, exact if the window is its only filter. Otherwise the newest events are read, at most `bound`.

use std::collections::{BTreeMap, HashMap};

use seerflow::record::{Control, CountBy, Counted, Event, TEMPLATE_NONE};
use seerflow::{Engine, Result};
use serde_json::{Value, json};

use crate::filter::Search;

/// Values per facet.
const VALUES: u32 = 12;

/// Returns the histogram as JSON: the bars that are not empty, [start, events below warning, of warning, above], their sum, and the time
/// before which events were not read. Times are texts, because numbers of JavaScript cannot represent them.
///
/// # Errors
/// Those of the store.
pub fn histogram(
    engine: &Engine,
    search: &Search,
    bucket_ns: i64,
    bound: usize,
    control: &Control,
) -> Result<Value> {
    let (mut bars, mut total, mut since_ns) = (BTreeMap::<i64, [u64; 3]>::new(), 0, None);
    let mut add = |start_ns: i64, severity: i64, events: u64| {
        bars.entry(start_ns).or_default()[(severity - 2).clamp(0, 2) as usize] += events;
        total += events;
    };
    if search.has_only_window() {
        let aggregates = engine.aggregates()?;
        for bucket in aggregates.histogram(Some(CountBy::Severity), &search.query, bucket_ns, control)? {
            add(
                bucket.start_ns,
                bucket.value.parse().unwrap_or_default(),
                bucket.events,
            );
        }
    } else {
        since_ns = search.scan(engine, bound, control, |event| {
            let start_ns = event.timestamp_ns.unwrap_or_default().div_euclid(bucket_ns) * bucket_ns;
            add(start_ns, event.severity_id, 1);
        })?;
    }
    let bars = bars
        .iter()
        .map(|(start, [low, mid, high])| json!([start.to_string(), low, mid, high]));
    Ok(json!({
        "bars": bars.collect::<Vec<_>>(),
        "total": total,
        "since": since_ns.map(|since| since.to_string()),
    }))
}

/// Returns the most frequent values of each property.
///
/// # Errors
/// Those of the store.
pub fn facets(
    engine: &Engine,
    search: &Search,
    bound: usize,
    control: &Control,
) -> Result<Vec<(CountBy, Vec<Counted>)>> {
    if search.has_only_window() {
        let aggregates = engine.aggregates()?;
        let counted = |by| Ok((by, aggregates.count_by(by, &search.query, VALUES, control)?));
        return CountBy::ALL.into_iter().map(counted).collect();
    }
    let mut numbers: [HashMap<String, u64>; 5] = Default::default();
    search.scan(engine, bound, control, |event| {
        for (by, numbers) in CountBy::ALL.into_iter().zip(&mut numbers) {
            each_value(event, by, &mut |value| match numbers.get_mut(value) {
                Some(number) => *number += 1,
                None => drop(numbers.insert(value.to_owned(), 1)),
            });
        }
    })?;
    let most = numbers.map(|numbers| {
        let values = numbers
            .into_iter()
            .map(|(value, events)| Counted { value, events });
        let mut values = values.collect::<Vec<_>>();
        values.sort_unstable_by(|a, b| b.events.cmp(&a.events).then(a.value.cmp(&b.value)));
        values.truncate(VALUES as usize);
        values
    });
    Ok(CountBy::ALL.into_iter().zip(most).collect())
}

fn each_value(event: &Event<'_>, by: CountBy, each: &mut dyn FnMut(&str)) {
    match by {
        CountBy::Source => each(&event.source_type),
        CountBy::Host => each(&event.source_id),
        CountBy::Template if event.template_id == TEMPLATE_NONE => {}
        CountBy::Template => each(&event.template_id.to_string()),
        CountBy::Severity => each(&event.severity_id.to_string()),
        CountBy::Entity => event.entity_refs.iter().for_each(|entity| each(entity)),
    }
}

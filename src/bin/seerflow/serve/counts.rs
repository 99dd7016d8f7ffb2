//! The histogram and the facets of a search.

use std::collections::{BTreeMap, HashMap};

use seerflow::record::{Control, CountBy, Counted, Event, TEMPLATE_NONE};
use seerflow::{Engine, Result};
use serde_json::{Value, json};

use crate::filter::Search;

/// Values per facet.
const VALUES: u32 = 12;

/// The numbers of a search.
#[derive(Default)]
pub struct Counts {
    /// For each bucket that is not empty, by its start: the events below warning, of warning, and above.
    bars: BTreeMap<i64, [u64; 3]>,
    /// The most frequent values of each property.
    pub facets: Vec<(CountBy, Vec<Counted>)>,
    total: u64,
    /// Older events than this were not read.
    since_ns: Option<i64>,
}

impl Counts {
    /// Counts the events of a search, exactly if the window is its only filter. Otherwise the newest events are read, at most `bound`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of(
        engine: &Engine,
        search: &Search,
        bucket_ns: i64,
        bound: usize,
        control: &Control,
    ) -> Result<Self> {
        let mut counts = Self::default();
        if search.has_only_window() {
            let aggregates = engine.aggregates()?;
            for bucket in aggregates.histogram(Some(CountBy::Severity), &search.query, bucket_ns, control)? {
                let severity = bucket.value.parse().unwrap_or_default();
                counts.add(bucket.start_ns, severity, bucket.events);
            }
            for by in CountBy::ALL {
                counts
                    .facets
                    .push((by, aggregates.count_by(by, &search.query, VALUES, control)?));
            }
            return Ok(counts);
        }
        let mut values: [HashMap<String, u64>; 5] = Default::default();
        counts.since_ns = search.scan(engine, bound, control, |event| {
            let start_ns = event.timestamp_ns.unwrap_or_default().div_euclid(bucket_ns) * bucket_ns;
            counts.add(start_ns, event.severity_id, 1);
            for (by, values) in CountBy::ALL.into_iter().zip(&mut values) {
                each_value(event, by, &mut |value| match values.get_mut(value) {
                    Some(number) => *number += 1,
                    None => drop(values.insert(value.to_owned(), 1)),
                });
            }
        })?;
        let most = |values: HashMap<String, u64>| {
            let mut values: Vec<_> = values
                .into_iter()
                .map(|(value, events)| Counted { value, events })
                .collect();
            values.sort_unstable_by(|a, b| b.events.cmp(&a.events).then(a.value.cmp(&b.value)));
            values.truncate(VALUES as usize);
            values
        };
        counts.facets = CountBy::ALL.into_iter().zip(values.map(most)).collect();
        Ok(counts)
    }

    fn add(&mut self, start_ns: i64, severity: i64, events: u64) {
        self.bars.entry(start_ns).or_default()[(severity - 2).clamp(0, 2) as usize] += events;
        self.total += events;
    }

    /// Returns the bars, the total and the bound as JSON. Times are texts, because numbers of JavaScript cannot represent them.
    pub fn json(&self) -> Value {
        let bars = self
            .bars
            .iter()
            .map(|(start, [low, mid, high])| json!([start.to_string(), low, mid, high]));
        json!({
            "bars": bars.collect::<Vec<_>>(),
            "total": self.total,
            "since": self.since_ns.map(|since| since.to_string()),
        })
    }
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

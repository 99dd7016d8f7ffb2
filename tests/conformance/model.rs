//! A reference implementation of a store, in memory and as simple as possible.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use seerflow::record::{
    Alert, AlertPattern, AlertQuery, Bucket, CountBy, Counted, Edge, Event, EventQuery, FeedbackEvent,
    FeedbackStats, Order, PatternQuery, SEVERITY_NAMES, SigmaMatches, Template, entities_of,
};

/// A stored alert. Filters use the values of its first occurrence.
#[derive(Clone, Debug)]
pub struct StoredAlert {
    /// The first occurrence.
    pub first: Alert,
    /// The current id, time, count and verdict; tactics and techniques as used by filters.
    pub now: Alert,
}

/// The expected contents of a store.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Events in arrival order.
    pub events: Vec<Event<'static>>,
    /// Alerts by dedup_key.
    pub alerts: BTreeMap<String, StoredAlert>,
    /// The audit trail, oldest first.
    pub verdicts: Vec<FeedbackEvent>,
    /// Models by key.
    pub models: BTreeMap<String, Vec<u8>>,
    /// Sigma rules by id: enabled, matches, time of the last match.
    pub rules: BTreeMap<String, (bool, i64, Option<i64>)>,
    /// Edges by source, target and relation.
    pub edges: BTreeMap<(String, String, String), Edge>,
    /// Templates by id.
    pub templates: BTreeMap<i64, Template>,
}

impl Model {
    /// Adds events; returns the number of duplicates.
    pub fn put(&mut self, events: &[Event<'static>]) -> u64 {
        let mut known: BTreeSet<_> = self.events.iter().map(|event| event.event_id).collect();
        let mut duplicates = 0;
        for event in events {
            if known.insert(event.event_id) {
                self.events.push(event.clone());
            } else {
                duplicates += 1;
            }
        }
        duplicates
    }

    /// Removes events before a time; returns their number.
    pub fn prune(&mut self, before_ns: i64) -> u64 {
        let all = self.events.len();
        self.events
            .retain(|event| event.timestamp_ns.unwrap() >= before_ns);
        (all - self.events.len()) as u64
    }

    /// Returns the matching events in arrival order, with time and arrival number.
    fn matching(&self, query: &EventQuery) -> Vec<(i64, usize, &Event<'static>)> {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
        self.events
            .iter()
            .enumerate()
            .map(|(arrival, event)| (event.timestamp_ns.unwrap(), arrival, event))
            .filter(|(time, _, event)| {
                query.window.contains(*time)
                    && is(&query.source_type, &event.source_type)
                    && is(&query.source_id, &event.source_id)
                    && query.min_severity.is_none_or(|least| event.severity_id >= least)
                    && query.template_id.is_none_or(|id| event.template_id == id)
                    && query
                        .entity
                        .as_ref()
                        .is_none_or(|id| entities(event).contains(id))
                    && query
                        .text
                        .as_ref()
                        .is_none_or(|text| words(text).is_subset(&words(&event.message)))
            })
            .collect()
    }

    /// Returns the messages of matching events, in the query's order.
    pub fn find(&self, query: &EventQuery) -> Vec<String> {
        let mut found = self.matching(query);
        match query.order {
            Order::Newest => found.sort_by_key(|(time, arrival, _)| Reverse((*time, *arrival))),
            Order::Oldest => found.sort_by_key(|(time, arrival, _)| (*time, *arrival)),
            Order::Arrival => {}
        }
        found
            .into_iter()
            .map(|(_, _, event)| event.message.to_string())
            .collect()
    }

    /// Counts matching events per value.
    pub fn count_by(&self, by: CountBy, query: &EventQuery) -> Vec<Counted> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for (_, _, event) in self.matching(query) {
            for value in values(by, event) {
                *counts.entry(value).or_default() += 1;
            }
        }
        let mut counts: Vec<Counted> = counts
            .into_iter()
            .map(|(value, events)| Counted { value, events })
            .collect();
        let number = |text: &str| text.parse::<i64>().unwrap_or_default();
        counts.sort_by_key(|one| (Reverse(one.events), number(&one.value)));
        counts
    }

    /// Counts matching events per time bucket and value.
    pub fn histogram(&self, split: Option<CountBy>, query: &EventQuery, bucket_ns: i64) -> Vec<Bucket> {
        let mut buckets: BTreeMap<(i64, String), u64> = BTreeMap::new();
        for (time, _, event) in self.matching(query) {
            let start_ns = time.div_euclid(bucket_ns).saturating_mul(bucket_ns);
            let value = split.map_or(String::new(), |by| values(by, event).remove(0));
            *buckets.entry((start_ns, value)).or_default() += 1;
        }
        buckets
            .into_iter()
            .map(|((start_ns, value), events)| Bucket {
                start_ns,
                value,
                events,
            })
            .collect()
    }

    /// Writes an alert and returns its count; `None` if its id is stored under another key.
    pub fn write_alert(&mut self, alert: &Alert, window_ns: u64) -> Option<i64> {
        let other_key = |stored: &StoredAlert| {
            stored.now.alert_id == alert.alert_id && stored.first.dedup_key != alert.dedup_key
        };
        if self.alerts.values().any(other_key) {
            return None;
        }
        let stored = self
            .alerts
            .entry(alert.dedup_key.clone())
            .and_modify(|stored| {
                let now = &mut stored.now;
                now.alert_id.clone_from(&alert.alert_id);
                if now.timestamp_ns.abs_diff(alert.timestamp_ns) <= window_ns {
                    now.dedup_count += 1;
                } else {
                    now.dedup_count = 1;
                    now.timestamp_ns = alert.timestamp_ns;
                    now.mitre_tactics.clone_from(&alert.mitre_tactics);
                    now.mitre_techniques.clone_from(&alert.mitre_techniques);
                }
            })
            .or_insert_with(|| StoredAlert {
                first: alert.clone(),
                now: alert.clone(),
            });
        Some(stored.now.dedup_count)
    }

    /// Returns the matching alerts.
    fn matching_alerts(&self, query: &AlertQuery) -> Vec<&StoredAlert> {
        let rolled_up = |technique: &str, wanted: &str| {
            technique == wanted || (!wanted.contains('.') && technique.starts_with(&format!("{wanted}.")))
        };
        self.alerts
            .values()
            .filter(|StoredAlert { first, now }| {
                query.window.contains(now.timestamp_ns)
                    && query
                        .alert_type
                        .as_ref()
                        .is_none_or(|kind| first.alert_type == *kind)
                    && query.min_severity.is_none_or(|least| first.severity_id >= least)
                    && query.entity.as_ref().is_none_or(|id| first.entity_uuid == *id)
                    && query
                        .tactic
                        .as_ref()
                        .is_none_or(|tactic| now.mitre_tactics.contains(tactic))
                    && query.technique.as_ref().is_none_or(|wanted| {
                        now.mitre_techniques
                            .iter()
                            .any(|technique| rolled_up(technique, wanted))
                    })
            })
            .collect()
    }

    /// Counts matching alerts per time bucket.
    pub fn alerts_by_time(&self, query: &AlertQuery, bucket_ns: i64) -> Vec<(i64, u64)> {
        let mut buckets: BTreeMap<i64, u64> = BTreeMap::new();
        for stored in self.matching_alerts(query) {
            let start_ns = stored.now.timestamp_ns.div_euclid(bucket_ns) * bucket_ns;
            *buckets.entry(start_ns).or_default() += 1;
        }
        buckets.into_iter().collect()
    }

    /// Counts matching alerts per rule, largest count first.
    pub fn alerts_by_rule(&self, query: &AlertQuery) -> Vec<(String, u64)> {
        let mut rules: BTreeMap<String, u64> = BTreeMap::new();
        for stored in self.matching_alerts(query) {
            *rules.entry(stored.first.rule_name.clone()).or_default() += 1;
        }
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|(_, alerts)| Reverse(*alerts));
        rules
    }

    /// Counts matching alerts per severity.
    pub fn alerts_by_severity(&self, query: &AlertQuery) -> Vec<(String, u64)> {
        let mut severities: BTreeMap<i64, u64> = BTreeMap::new();
        for stored in self.matching_alerts(query) {
            *severities.entry(stored.first.severity_id).or_default() += 1;
        }
        let name = |severity: i64| SEVERITY_NAMES[severity as usize].to_owned();
        severities
            .into_iter()
            .map(|(severity, alerts)| (name(severity), alerts))
            .collect()
    }

    /// Returns id, time, count and verdict of matching alerts.
    pub fn find_alerts(&self, query: &AlertQuery) -> Vec<(String, i64, i64, String)> {
        let matching = self.matching_alerts(query);
        let mut found: Vec<&Alert> = matching.into_iter().map(|stored| &stored.now).collect();
        found.sort_by_key(|alert| Reverse((alert.timestamp_ns, alert.alert_id.clone())));
        found
            .into_iter()
            .map(|alert| {
                (
                    alert.alert_id.clone(),
                    alert.timestamp_ns,
                    alert.dedup_count,
                    alert.feedback.clone(),
                )
            })
            .collect()
    }

    /// Records a verdict; returns whether the alert exists.
    pub fn judge(&mut self, verdict: &FeedbackEvent) -> bool {
        let there = self
            .alerts
            .values_mut()
            .find(|stored| stored.now.alert_id == verdict.alert_id);
        if let Some(stored) = there {
            stored.now.feedback.clone_from(&verdict.feedback);
            self.verdicts.push(verdict.clone());
            return true;
        }
        false
    }

    /// Counts alerts by verdict.
    pub fn stats(&self) -> FeedbackStats {
        let count = |verdict: &str| {
            self.alerts
                .values()
                .filter(|stored| stored.now.feedback == verdict)
                .count() as u64
        };
        let (tp, fp) = (count("tp"), count("fp"));
        FeedbackStats {
            tp,
            fp,
            total: tp + fp,
        }
    }

    /// Groups true positives by type, rule and entity type.
    pub fn patterns(&self, query: &PatternQuery) -> Vec<AlertPattern> {
        let mut latest: Vec<(&StoredAlert, (i64, usize), &str)> = Vec::new();
        for stored in self.matching_alerts(&query.alerts) {
            let verdicts = self.verdicts.iter().enumerate();
            let last = verdicts
                .filter(|(_, verdict)| verdict.alert_id == stored.now.alert_id)
                .max_by_key(|(place, verdict)| (verdict.submitted_at_ns, *place));
            if let Some((place, verdict)) = last {
                latest.push((stored, (verdict.submitted_at_ns, place), &verdict.feedback));
            }
        }
        latest.retain(|(_, (time, _), verdict)| *verdict == "tp" && query.verdicts.contains(*time));
        latest.sort_by_key(|(_, time, _)| Reverse(*time));
        let mut patterns: BTreeMap<(String, String, String), AlertPattern> = BTreeMap::new();
        for (StoredAlert { first, now }, (time, _), _) in latest {
            let key = (
                first.alert_type.clone(),
                first.rule_name.clone(),
                first.entity_type.clone(),
            );
            let pattern = patterns.entry(key).or_insert_with(|| AlertPattern {
                alert_type: first.alert_type.clone(),
                rule_name: first.rule_name.clone(),
                entity_type: first.entity_type.clone(),
                last_verdict_ns: time,
                ..AlertPattern::default()
            });
            pattern.count += 1;
            pattern.alert_ids.push(now.alert_id.clone());
        }
        let mut patterns: Vec<AlertPattern> = patterns.into_values().collect();
        patterns.sort_by_key(|pattern| Reverse(pattern.count));
        patterns
    }

    /// Adds matches to a rule.
    pub fn match_rule(&mut self, matches: &SigmaMatches) {
        let rule = self
            .rules
            .entry(matches.rule_id.clone())
            .or_insert((true, 0, None));
        rule.1 += matches.count;
        rule.2 = rule.2.max(Some(matches.last_fired_ns));
    }

    /// Adds an edge.
    pub fn add_edge(&mut self, edge: &Edge) {
        self.edges
            .entry((
                edge.source_id.clone(),
                edge.target_id.clone(),
                edge.rel_type.clone(),
            ))
            .and_modify(|known| {
                known.first_seen = known.first_seen.min(edge.first_seen);
                known.last_seen = known.last_seen.max(edge.last_seen);
                known.event_count += edge.event_count;
            })
            .or_insert_with(|| edge.clone());
    }

    /// Returns an entity's neighbours with relation and count, largest count first.
    pub fn related(&self, entity: &str) -> Vec<(String, String, i64)> {
        let mut seen: BTreeMap<(String, String), i64> = BTreeMap::new();
        for edge in self.edges.values() {
            let neighbour = match (edge.source_id == entity, edge.target_id == entity) {
                (true, _) => &edge.target_id,
                (false, true) => &edge.source_id,
                _ => continue,
            };
            *seen
                .entry((neighbour.clone(), edge.rel_type.clone()))
                .or_default() += edge.event_count;
        }
        let mut related: Vec<_> = seen
            .into_iter()
            .map(|((neighbour, relation), count)| (neighbour, relation, count))
            .collect();
        related.sort_by_key(|(_, _, count)| Reverse(*count));
        related
    }

    /// Adds a template.
    pub fn add_template(&mut self, template: &Template) {
        self.templates
            .entry(template.template_id)
            .and_modify(|known| {
                known.template_str.clone_from(&template.template_str);
                known.last_seen_ns = known.last_seen_ns.max(template.last_seen_ns);
                known.event_count += template.event_count;
            })
            .or_insert_with(|| template.clone());
    }

    /// Returns the templates, largest number of events first.
    pub fn list_templates(&self) -> Vec<Template> {
        let mut templates: Vec<Template> = self.templates.values().cloned().collect();
        templates.sort_by_key(|template| Reverse(template.event_count));
        templates
    }
}

/// Returns the ids of an event's entities, without repetition.
fn entities(event: &Event<'_>) -> BTreeSet<String> {
    entities_of(event).into_iter().map(|one| one.entity).collect()
}

fn values(by: CountBy, event: &Event<'_>) -> Vec<String> {
    match by {
        CountBy::Source => vec![event.source_type.to_string()],
        CountBy::Host => vec![event.source_id.to_string()],
        CountBy::Template if event.template_id == -1 => vec![],
        CountBy::Template => vec![event.template_id.to_string()],
        CountBy::Severity => vec![event.severity_id.to_string()],
        CountBy::Entity => entities(event).into_iter().collect(),
    }
}

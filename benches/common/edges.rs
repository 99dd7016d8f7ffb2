//! The edges written by the benches of the graph.

use seerflow::record::{Edge, EntityType, entity_id};

use super::Lcg;

/// Returns `count` random edges between a quarter as many entities, at least fifty; returns entities and edges.
pub fn random_edges(count: usize) -> (Vec<String>, Vec<Edge>) {
    let mut lcg = Lcg::new();
    let ids: Vec<String> = (0..(count / 4).max(50))
        .map(|number| {
            entity_id(EntityType::Host, &format!("h{number}"))
                .unwrap()
                .to_string()
        })
        .collect();
    let relations = ["authenticated_from", "logged_into", "has_ip"];
    let edges = (0..count)
        .map(|time| Edge {
            source_id: ids[lcg.draw(ids.len() as u64) as usize].clone(),
            target_id: ids[lcg.draw(ids.len() as u64) as usize].clone(),
            rel_type: relations[lcg.draw(3) as usize].to_owned(),
            first_seen: time as i64,
            last_seen: time as i64,
            event_count: 1,
        })
        .collect();
    (ids, edges)
}

//! The answers about an entity: its surroundings in the graph, and a path to another one.

use std::collections::{BTreeMap, HashMap};

use seerflow::record::{AlertQuery, Control};
use serde_json::{Value, json};

use super::api::Api;
use super::params::{Params, Refusal};
use crate::graph::relations;

/// The entities around one that are looked at, and those that are drawn.
const NEAR: (usize, usize) = (200, 36);

impl Api {
    /// Returns an entity, its surroundings in the graph, and its number of alerts.
    pub(super) fn entity(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let id = params.entity("entity")?.id;
        let depth = params.int("depth", 1, 4)?.unwrap_or(1) as u32;
        let graph = self.engine.graph()?;
        let mut found = graph.subgraph(&id, depth, control)?;
        let mut away = found.keep_nearest(&id, NEAR.0);
        let mut types = BTreeMap::<String, u64>::new();
        let mut nodes = HashMap::new();
        let hidden: Vec<&str> = params.get("without").unwrap_or_default().split(',').collect();
        for node in &found.nodes {
            let named = self.named(node, control)?;
            if *node != id {
                *types.entry(named.entity_type.clone()).or_default() += 1;
            }
            nodes.insert(node.clone(), named);
        }
        let is_shown = |node: &String| *node == id || !hidden.contains(&nodes[node].entity_type.as_str());
        found.nodes.retain(is_shown);
        found
            .edges
            .retain(|edge| is_shown(&edge.source_id) && is_shown(&edge.target_id));
        away += found.keep_nearest(&id, NEAR.1);
        let edges = found.edges.iter();
        let edges =
            edges.map(|edge| json!([edge.source_id, edge.target_id, edge.rel_type, edge.event_count]));
        let alerts = AlertQuery {
            entity: Some(id.clone()),
            total: true,
            limit: 1,
            ..AlertQuery::default()
        };
        Ok(json!({
            "entity": self.named(&id, control)?,
            "nodes": found.nodes.iter().map(|node| &nodes[node]).collect::<Vec<_>>(),
            "edges": edges.collect::<Vec<_>>(),
            "types": types,
            "away": away,
            "alerts": self.engine.alerts()?.query_alerts(&alerts, control)?.total,
        }))
    }

    pub(super) fn path(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let graph = self.engine.graph()?;
        let path = graph.shortest_path(&params.entity("entity")?.id, &params.entity("to")?.id, control)?;
        let mut steps = Vec::new();
        for (at, here) in path.iter().enumerate() {
            let mut step = json!(self.named(here, control)?);
            if let Some(next) = path.get(at + 1) {
                step["relations"] = relations(&**graph, here, &[], control)?
                    .remove(next)
                    .unwrap_or_default()
                    .0
                    .into();
            }
            steps.push(step);
        }
        Ok(json!({ "path": steps }))
    }
}

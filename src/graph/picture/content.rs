//! The content of a picture: entities, the lines between them, and their colours.

use std::collections::BTreeMap;

use super::text;
use crate::graph::Subgraph;
use crate::record::{EntityType, EventEntity};

/// The colours of kinds, distinguishable with colour blindness, and the colour of text on each.
const KINDS: [(EntityType, &str, &str); 6] = [
    (EntityType::User, "#0072b2", "#ffffff"),
    (EntityType::Ip, "#e69f00", "#1a1a1a"),
    (EntityType::Host, "#009e73", "#ffffff"),
    (EntityType::Process, "#cc79a7", "#1a1a1a"),
    (EntityType::File, "#f0e442", "#1a1a1a"),
    (EntityType::Domain, "#56b4e9", "#1a1a1a"),
];

/// The colours of an entity of unknown kind.
const UNKNOWN: (&str, &str) = ("#d0d4d9", "#1a1a1a");

/// The colours of the relations that Seerflow infers, the same in every picture.
const RELATIONS: [(&str, &str); 6] = [
    ("logged_into", "#4c78a8"),
    ("authenticated_from", "#e45756"),
    ("has_ip", "#54a24b"),
    ("accessed", "#b279a2"),
    ("resolved_to", "#9d755d"),
    ("spawned_by", "#72b7b2"),
];

/// The colours of other relations, in the order of their names, used in rotation.
const OTHERS: [&str; 4] = ["#f58518", "#79706e", "#d67195", "#b79a20"];

/// The longest label, in characters. A longer one loses its middle.
const LONGEST_LABEL: usize = 28;

/// A picture of a subgraph.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    pub(super) title: String,
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Line>,
    /// Relations in order.
    pub(super) relations: Vec<Relation>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) label: String,
    /// The text of the tool tip.
    pub(super) name: String,
    pub(super) kind: Option<EntityType>,
    pub(super) is_centre: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) name: String,
    /// The number of its edges.
    pub(super) edges: usize,
    pub(super) colour: &'static str,
}

/// Edges between two entities in one relation.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) relation: usize,
    pub(super) count: i64,
    /// Its number among the lines between the same two entities, and the number of these lines.
    pub(super) place: (usize, usize),
}

impl Picture {
    /// Makes a picture of a subgraph. `centre` is emphasised. `known` returns the kind and value of an entity.
    pub fn new(
        title: &str,
        subgraph: &Subgraph,
        centre: &str,
        known: impl Fn(&str) -> Option<EventEntity>,
    ) -> Self {
        let node = |id: &String| {
            let known = known(id);
            let name = known
                .as_ref()
                .map(|entity| &entity.value)
                .filter(|value| !value.is_empty());
            let name = name.unwrap_or(id).clone();
            Node {
                id: id.clone(),
                label: text::short(&name, LONGEST_LABEL),
                name,
                kind: known.and_then(|entity| EntityType::from_name(&entity.entity_type)),
                is_centre: id == centre,
            }
        };
        let mut relations = BTreeMap::<&str, usize>::new();
        for edge in &subgraph.edges {
            *relations.entry(&edge.rel_type).or_default() += 1;
        }
        let find = |id: &String| subgraph.nodes.binary_search(id).ok();
        let mut lines: Vec<Line> = subgraph
            .edges
            .iter()
            .filter_map(|edge| {
                Some(Line {
                    source: find(&edge.source_id)?,
                    target: find(&edge.target_id)?,
                    relation: relations.keys().position(|relation| *relation == edge.rel_type)?,
                    count: edge.event_count,
                    place: (0, 1),
                })
            })
            .collect();
        let ends = |line: &Line| (line.source.min(line.target), line.source.max(line.target));
        lines.sort_by_key(|line| (ends(line), line.source, line.relation));
        for same in lines.chunk_by_mut(|a, b| ends(a) == ends(b)) {
            let all = same.len();
            for (place, line) in same.iter_mut().enumerate() {
                line.place = (place, all);
            }
        }
        Self {
            title: title.to_owned(),
            nodes: subgraph.nodes.iter().map(node).collect(),
            lines,
            relations: coloured(relations),
        }
    }

    /// Returns the kinds that occur, with their number of entities; the unknown kind comes last.
    pub(super) fn kinds(&self) -> Vec<(Option<EntityType>, usize)> {
        let kinds = EntityType::ALL.into_iter().map(Some).chain([None]);
        kinds
            .map(|kind| (kind, self.nodes.iter().filter(|node| node.kind == kind).count()))
            .filter(|(_, nodes)| *nodes > 0)
            .collect()
    }
}

/// Returns the colours of a kind of entity: that of its shape, and that of the text on it.
pub(super) fn colours(kind: Option<EntityType>) -> (&'static str, &'static str) {
    KINDS
        .iter()
        .find(|(known, ..)| Some(*known) == kind)
        .map_or(UNKNOWN, |(_, shape, text)| (shape, text))
}

fn coloured(relations: BTreeMap<&str, usize>) -> Vec<Relation> {
    let mut others = OTHERS.into_iter().cycle();
    let relation = |(name, edges): (&str, usize)| {
        let known = RELATIONS.iter().find(|(known, _)| *known == name);
        Relation {
            name: name.to_owned(),
            edges,
            colour: known
                .map(|(_, colour)| *colour)
                .or_else(|| others.next())
                .unwrap_or(UNKNOWN.0),
        }
    };
    relations.into_iter().map(relation).collect()
}

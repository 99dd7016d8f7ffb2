//! Walks through a graph on a server. The server returns the neighbours of entities, step by step. Order and ties are decided here:
//! all servers give the same answers.

use std::collections::{BTreeMap, HashSet};

use super::{Neighbour, Subgraph, is_id};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Edge, RelatedEntity};

/// The requests that a server must answer.
pub trait Steps {
    /// Passes on the neighbours of these entities, over edges of the given relations, or over all edges if `rel_types` is empty. They
    /// come in any order, and some may come repeatedly.
    fn next(
        &self,
        from: &[&str],
        rel_types: &[String],
        control: &Control,
        each: &mut dyn FnMut(String),
    ) -> Result<()>;
    /// Passes on the edges that begin at any of these entities.
    fn leaving(&self, from: &[&str], control: &Control, each: &mut dyn FnMut(Edge)) -> Result<()>;
    /// Passes on the edges that begin or end at this entity, each once.
    fn touching(&self, entity: &str, control: &Control, each: &mut dyn FnMut(Edge)) -> Result<()>;
}

/// The entities found from one end, by distance.
struct Levels {
    levels: Vec<HashSet<String>>,
    seen: HashSet<String>,
}

impl Levels {
    fn from(entity: &str) -> Self {
        Self {
            levels: vec![HashSet::from([entity.to_owned()])],
            seen: HashSet::from([entity.to_owned()]),
        }
    }

    fn last(&self) -> &HashSet<String> {
        &self.levels[self.levels.len() - 1]
    }

    /// Goes one step further. Returns false if that finds no more entities.
    fn grow(&mut self, steps: &dyn Steps, rel_types: &[String], control: &Control) -> Result<bool> {
        control.check()?;
        let Self { levels, seen } = self;
        let from: Vec<&str> = levels[levels.len() - 1].iter().map(String::as_str).collect();
        let mut level = HashSet::new();
        steps.next(&from, rel_types, control, &mut |entity| {
            if !seen.contains(&entity) {
                seen.insert(entity.clone());
                level.insert(entity);
            }
        })?;
        let grown = !level.is_empty();
        if grown {
            self.levels.push(level);
        }
        Ok(grown)
    }
}

/// See [`GraphBackend::neighbours`](super::GraphBackend::neighbours).
pub fn neighbours(
    steps: &dyn Steps,
    entity: &str,
    depth: u32,
    rel_types: &[String],
    control: &Control,
) -> Result<Vec<Neighbour>> {
    if !is_id(entity) {
        return Ok(Vec::new());
    }
    let mut found = Levels::from(entity);
    for _ in 0..depth {
        if !found.grow(steps, rel_types, control)? {
            break;
        }
    }
    let mut all = Vec::with_capacity(found.seen.len() - 1);
    for (distance, level) in found.levels.into_iter().enumerate().skip(1) {
        let distance = distance as u32;
        all.extend(level.into_iter().map(|entity| Neighbour {
            distance,
            entity: entity.into(),
        }));
    }
    all.sort_unstable();
    Ok(all)
}

/// See [`GraphBackend::shortest_path`](super::GraphBackend::shortest_path). Grows from both ends, always on the smaller
/// side. Then goes from the start, at each step to the smallest entity that is on a shortest path.
pub fn shortest_path(steps: &dyn Steps, from: &str, to: &str, control: &Control) -> Result<Vec<String>> {
    if !is_id(from) || !is_id(to) {
        return Ok(Vec::new());
    }
    if from == to {
        let known = is_known(steps, from, control)?;
        return Ok(if known { vec![from.to_owned()] } else { Vec::new() });
    }
    let (mut near, mut far) = (Levels::from(from), Levels::from(to));
    while near.last().is_disjoint(far.last()) {
        let smaller = if near.last().len() <= far.last().len() {
            &mut near
        } else {
            &mut far
        };
        if !smaller.grow(steps, &[], control)? {
            return Ok(Vec::new());
        }
    }
    // On the near side, only the entities that lead to a meeting point count.
    let mut stages = vec![near.last().intersection(far.last()).cloned().collect()];
    for level in near.levels.iter().skip(1).rev().skip(1) {
        stages.push(step(steps, &stages[stages.len() - 1], level, control)?);
    }
    if near.levels.len() > 1 {
        stages.reverse();
    } else {
        stages.clear();
    }
    stages.extend(far.levels.into_iter().rev().skip(1));
    let mut path = vec![from.to_owned()];
    for stage in stages {
        let here = HashSet::from([path[path.len() - 1].clone()]);
        let next = step(steps, &here, &stage, control)?.into_iter().min();
        // Each step is a request of its own.
        path.push(next.ok_or_else(|| Error::new(ErrorKind::Busy, "the graph changed while it was asked"))?);
    }
    Ok(path)
}

/// Returns the entities of a level that are neighbours of any of these.
fn step(
    steps: &dyn Steps,
    from: &HashSet<String>,
    level: &HashSet<String>,
    control: &Control,
) -> Result<HashSet<String>> {
    control.check()?;
    let from: Vec<&str> = from.iter().map(String::as_str).collect();
    let mut found = HashSet::new();
    steps.next(&from, &[], control, &mut |entity| {
        if level.contains(&entity) {
            found.insert(entity);
        }
    })?;
    Ok(found)
}

fn is_known(steps: &dyn Steps, entity: &str, control: &Control) -> Result<bool> {
    let mut known = false;
    steps.next(&[entity], &[], control, &mut |_| known = true)?;
    Ok(known)
}

/// See [`GraphBackend::subgraph`](super::GraphBackend::subgraph).
pub fn subgraph(steps: &dyn Steps, entity: &str, depth: u32, control: &Control) -> Result<Subgraph> {
    if !is_id(entity) || !is_known(steps, entity, control)? {
        return Ok(Subgraph::default());
    }
    let within = neighbours(steps, entity, depth, &[], control)?;
    let mut nodes: Vec<String> = within
        .into_iter()
        .map(|neighbour| neighbour.entity.into())
        .collect();
    nodes.push(entity.to_owned());
    nodes.sort_unstable();
    let mut edges = Vec::new();
    {
        let inside: HashSet<&str> = nodes.iter().map(String::as_str).collect();
        let from: Vec<&str> = nodes.iter().map(String::as_str).collect();
        steps.leaving(&from, control, &mut |edge| {
            if inside.contains(edge.target_id.as_str()) {
                edges.push(edge);
            }
        })?;
    }
    sort_and_join(&mut edges);
    Ok(Subgraph { nodes, edges })
}

/// Sorts edges and joins those that another program created more than once. Merging raises each of them to the same values, so the
/// edge's count is the largest of theirs and not the sum.
fn sort_and_join(edges: &mut Vec<Edge>) {
    edges.sort_unstable();
    edges.dedup_by(|next, kept| {
        let same = next.key() == kept.key();
        if same {
            kept.first_seen = kept.first_seen.min(next.first_seen);
            kept.last_seen = kept.last_seen.max(next.last_seen);
            kept.event_count = kept.event_count.max(next.event_count);
        }
        same
    });
}

/// See [`GraphBackend::related`](super::GraphBackend::related).
pub fn related(steps: &dyn Steps, entity: &str, control: &Control) -> Result<Vec<RelatedEntity>> {
    if !is_id(entity) {
        return Ok(Vec::new());
    }
    let mut edges = Vec::new();
    steps.touching(entity, control, &mut |edge| edges.push(edge))?;
    sort_and_join(&mut edges);
    let mut counts = BTreeMap::<(String, String), i64>::new();
    for edge in edges {
        let other = if edge.source_id == entity {
            edge.target_id
        } else {
            edge.source_id
        };
        let count = counts.entry((other, edge.rel_type)).or_default();
        *count = count.saturating_add(edge.event_count);
    }
    let mut related: Vec<RelatedEntity> = counts
        .into_iter()
        .map(|((entity, rel_type), event_count)| RelatedEntity {
            entity,
            rel_type,
            event_count,
        })
        .collect();
    // A stable sort: equal counts stay in the order of ids and relations.
    related.sort_by_key(|one| std::cmp::Reverse(one.event_count));
    Ok(related)
}

/// How much of a stream one request reads.
#[derive(Clone, Copy, Debug)]
pub struct Portions {
    /// Entities of a page.
    pub page: usize,
    /// Entities whose edges one request reads.
    pub names: usize,
    /// Edges that one request reads, unless one entity has more.
    pub edges: i64,
}

/// Entities and the number of edges that begin at each.
pub type Degrees = Vec<(String, i64)>;

/// Passes on every edge in order. `sources` returns a page of entities after a name, in the order of their names, each with the
/// number of edges that begin there.
pub fn stream(
    steps: &dyn Steps,
    portions: Portions,
    control: &Control,
    sources: &mut dyn FnMut(&str) -> Result<Degrees>,
    each: &mut dyn FnMut(Edge) -> Result<()>,
) -> Result<()> {
    let mut last = String::new();
    loop {
        let mut page = sources(&last)?;
        let is_last = page.len() < portions.page;
        // Pages rely on the server's order; the answer is sorted here. A name may occur more than once, as edges may.
        page.sort_unstable();
        page.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        if let Some((name, _)) = page.last() {
            last.clone_from(name);
        }
        page.retain(|(_, degree)| *degree > 0);
        let mut rest = &page[..];
        while !rest.is_empty() {
            let mut degrees = 0;
            let fit = rest.iter().take(portions.names).take_while(|(_, degree)| {
                degrees += degree;
                degrees <= portions.edges
            });
            let (part, others) = rest.split_at(fit.count().max(1));
            let names: Vec<&str> = part.iter().map(|(name, _)| name.as_str()).collect();
            let mut edges = Vec::new();
            steps.leaving(&names, control, &mut |edge| edges.push(edge))?;
            sort_and_join(&mut edges);
            edges.into_iter().try_for_each(&mut *each)?;
            rest = others;
        }
        if is_last {
            return Ok(());
        }
    }
}

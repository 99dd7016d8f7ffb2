//! Communities: the Leiden method for modularity.
//!
//! Entities move to the community with the largest gain until no entity moves. Each community is then refined from single entities, which
//! leaves it connected. The refined groups become the vertices of a smaller graph, and the procedure repeats there. Instead of the
//! method's random choices the best one is taken, so the answer is always the same.

use std::collections::VecDeque;

use super::components::{by_size, root};
use crate::error::Result;
use crate::graph::Snapshot;
use crate::graph::snapshot::Rows;
use crate::record::Control;

/// The number of passes, each starting from the result of the one before. Two is also igraph's default.
const PASSES: usize = 2;

/// The smallest gain that is not a rounding error.
const LEAST_GAIN: f64 = 1e-9;

/// Entities between two checks of the caller's deadline and interrupt.
const BETWEEN_CHECKS: usize = 1 << 12;

/// Returns the number of each entity's community: the largest is 0; of two equal ones the one with the first id comes first. The
/// direction of edges is ignored. The members of a community are connected within it.
pub fn communities(graph: &Snapshot, control: &Control) -> Result<Vec<u32>> {
    let vertices = graph.vertices();
    let whole = Level::of(graph);
    let mut groups: Vec<u32> = (0..vertices as u32).collect();
    for _ in 0..PASSES {
        let found = pass(&whole, groups.clone(), control)?;
        let same = found == groups;
        groups = found;
        if same {
            break;
        }
    }
    connect(&whole, &mut groups);
    by_size(&mut groups);
    Ok(groups)
}

/// Returns the modularity of a division into groups: the share of edges within groups, minus the expected share. -0.5 to 1.
pub fn modularity(graph: &Snapshot, groups: &[u32]) -> f64 {
    let level = Level::of(graph);
    let most = groups.iter().copied().max().map_or(0, |most| most as usize + 1);
    let (mut inside, mut total) = (0.0, vec![0.0; most]);
    for vertex in 0..level.len() {
        let group = groups[vertex];
        total[group as usize] += level.weights[vertex];
        inside += level.loops[vertex];
        inside += level
            .others(vertex)
            .filter(|&(other, _)| groups[other as usize] == group)
            .map(|(_, weight)| weight)
            .sum::<f64>();
    }
    let all = level.total.max(1.0);
    inside / all
        - total
            .iter()
            .map(|total| (total / all) * (total / all))
            .sum::<f64>()
}

/// A graph of entities, or of groups of them.
struct Level {
    starts: Vec<usize>,
    /// Neighbours and the number of edges to each.
    edges: Vec<(u32, f64)>,
    /// Ends of edges within each vertex.
    loops: Vec<f64>,
    /// Ends of edges at each vertex, including those of loops.
    weights: Vec<f64>,
    total: f64,
}

impl Level {
    fn of(graph: &Snapshot) -> Self {
        let rows = graph.undirected();
        let vertices = graph.vertices();
        let mut level = Self::with_room(vertices, rows.targets.len());
        for vertex in 0..vertices {
            let mut inside = 0.0;
            for same in rows.of(vertex).chunk_by(|a, b| a == b) {
                if same[0] as usize == vertex {
                    inside = same.len() as f64;
                } else {
                    level.edges.push((same[0], same.len() as f64));
                }
            }
            level.end_vertex(inside, rows.of(vertex).len() as f64);
        }
        level
    }

    fn with_room(vertices: usize, edges: usize) -> Self {
        let mut starts = Vec::with_capacity(vertices + 1);
        starts.push(0);
        Self {
            starts,
            edges: Vec::with_capacity(edges),
            loops: Vec::with_capacity(vertices),
            weights: Vec::with_capacity(vertices),
            total: 0.0,
        }
    }

    fn end_vertex(&mut self, inside: f64, weight: f64) {
        self.starts.push(self.edges.len());
        self.loops.push(inside);
        self.weights.push(weight);
        self.total += weight;
    }

    fn len(&self) -> usize {
        self.weights.len()
    }

    fn others(&self, vertex: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.edges[self.starts[vertex]..self.starts[vertex + 1]]
            .iter()
            .copied()
    }

    /// Makes one vertex of each group. Groups are numbered without gaps.
    fn joined(&self, groups: &[u32], count: usize) -> Self {
        let members = Rows::count(count, groups.iter().copied().zip(0..));
        let mut level = Self::with_room(count, self.edges.len());
        let mut near = Near::new(count);
        for group in 0..count {
            let (mut inside, mut weight) = (0.0, 0.0);
            for &member in members.of(group) {
                inside += self.loops[member as usize];
                weight += self.weights[member as usize];
                for (other, edges) in self.others(member as usize) {
                    near.add(groups[other as usize], edges);
                }
            }
            inside += near.weight(group as u32);
            near.touched.sort_unstable();
            for place in 0..near.touched.len() {
                let other = near.touched[place];
                if other as usize != group {
                    level.edges.push((other, near.weight(other)));
                }
            }
            near.clear();
            level.end_vertex(inside, weight);
        }
        level
    }
}

/// The number of edges from one vertex to each group.
struct Near {
    weights: Vec<f64>,
    touched: Vec<u32>,
}

impl Near {
    fn new(groups: usize) -> Self {
        Self {
            weights: vec![0.0; groups],
            touched: Vec::new(),
        }
    }

    fn add(&mut self, group: u32, weight: f64) {
        let sum = &mut self.weights[group as usize];
        if *sum == 0.0 {
            self.touched.push(group);
        }
        *sum += weight;
    }

    fn weight(&self, group: u32) -> f64 {
        self.weights[group as usize]
    }

    fn clear(&mut self) {
        for group in self.touched.drain(..) {
            self.weights[group as usize] = 0.0;
        }
    }
}

/// Renumbers groups without gaps, in the order of their first vertices. Returns their number.
fn renumber(groups: &mut [u32]) -> usize {
    let most = groups.iter().copied().max().map_or(0, |most| most as usize + 1);
    let mut numbers = vec![u32::MAX; most];
    let mut next = 0;
    for group in groups {
        let number = &mut numbers[*group as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        *group = *number;
    }
    next as usize
}

/// Runs one pass from some groups: goes to smaller graphs until nothing moves.
fn pass(whole: &Level, mut groups: Vec<u32>, control: &Control) -> Result<Vec<u32>> {
    let mut smaller: Option<Level> = None;
    // For each vertex of the whole graph, the vertex of the present level that contains it.
    let mut holder: Vec<u32> = (0..whole.len() as u32).collect();
    let mut count = renumber(&mut groups);
    loop {
        let level = smaller.as_ref().unwrap_or(whole);
        let moved = move_vertices(level, &mut groups, control)?;
        count = if moved { renumber(&mut groups) } else { count };
        let (refined, refined_count) = refine(level, &groups, count, control)?;
        if refined_count == level.len() && !moved || count == level.len() {
            return Ok(holder.iter().map(|&vertex| groups[vertex as usize]).collect());
        }
        let next = level.joined(&refined, refined_count);
        let mut next_groups = vec![0; refined_count];
        for (vertex, &part) in refined.iter().enumerate() {
            next_groups[part as usize] = groups[vertex];
        }
        for vertex in &mut holder {
            *vertex = refined[*vertex as usize];
        }
        groups = next_groups;
        smaller = Some(next);
    }
}

/// Moves vertices to the groups with the largest gain until no move gains. Returns whether a vertex moved.
fn move_vertices(level: &Level, groups: &mut [u32], control: &Control) -> Result<bool> {
    let mut totals = vec![0.0; level.len()];
    for (vertex, &group) in groups.iter().enumerate() {
        totals[group as usize] += level.weights[vertex];
    }
    let mut near = Near::new(level.len());
    let mut queue: VecDeque<u32> = (0..level.len() as u32).collect();
    let mut queued = vec![true; level.len()];
    let (mut moved, mut work) = (false, 0);
    while let Some(vertex) = queue.pop_front() {
        work += 1;
        if work % BETWEEN_CHECKS == 0 {
            control.check()?;
        }
        queued[vertex as usize] = false;
        let here = groups[vertex as usize];
        let weight = level.weights[vertex as usize];
        for (other, edges) in level.others(vertex as usize) {
            near.add(groups[other as usize], edges);
        }
        totals[here as usize] -= weight;
        let gain = |group: u32| near.weight(group) - weight * totals[group as usize] / level.total;
        let (mut best, mut best_gain) = (here, gain(here));
        for &group in &near.touched {
            let gain = gain(group);
            if gain > best_gain + LEAST_GAIN {
                (best, best_gain) = (group, gain);
            }
        }
        totals[best as usize] += weight;
        near.clear();
        if best == here {
            continue;
        }
        moved = true;
        groups[vertex as usize] = best;
        for (other, _) in level.others(vertex as usize) {
            if groups[other as usize] != best && !queued[other as usize] {
                queued[other as usize] = true;
                queue.push_back(other);
            }
        }
    }
    Ok(moved)
}

/// Divides each group into well-connected parts: starts from single vertices, each of which joins a part at most once.
fn refine(level: &Level, groups: &[u32], count: usize, control: &Control) -> Result<(Vec<u32>, usize)> {
    let mut parts: Vec<u32> = (0..level.len() as u32).collect();
    let mut totals = level.weights.clone();
    let mut alone = vec![true; level.len()];
    let mut group_totals = vec![0.0; count];
    // The number of edges from each part to the rest of its group.
    let mut outward = vec![0.0; level.len()];
    for (vertex, &group) in groups.iter().enumerate() {
        group_totals[group as usize] += level.weights[vertex];
        outward[vertex] = level
            .others(vertex)
            .filter(|&(other, _)| groups[other as usize] == group)
            .map(|(_, edges)| edges)
            .sum();
    }
    let mut near = Near::new(level.len());
    for vertex in 0..level.len() {
        if vertex % BETWEEN_CHECKS == 0 {
            control.check()?;
        }
        let group = groups[vertex];
        let all = group_totals[group as usize];
        let holds = |total: f64, outward: f64| outward >= total * (all - total) / level.total;
        let weight = level.weights[vertex];
        if !alone[vertex] || !holds(weight, outward[vertex]) {
            continue;
        }
        for (other, edges) in level.others(vertex) {
            if groups[other as usize] == group {
                near.add(parts[other as usize], edges);
            }
        }
        let (mut best, mut best_gain) = (vertex as u32, 0.0);
        for &part in &near.touched {
            let gain = near.weight(part) - weight * totals[part as usize] / level.total;
            if gain > best_gain + LEAST_GAIN && holds(totals[part as usize], outward[part as usize]) {
                (best, best_gain) = (part, gain);
            }
        }
        if best as usize != vertex {
            // A part is named after its first vertex, which does not leave it.
            alone[vertex] = false;
            alone[best as usize] = false;
            parts[vertex] = best;
            outward[best as usize] += outward[vertex] - 2.0 * near.weight(best);
            totals[best as usize] += weight;
        }
        near.clear();
    }
    let count = renumber(&mut parts);
    Ok((parts, count))
}

/// Divides groups that are not connected, which always gains.
fn connect(level: &Level, groups: &mut [u32]) {
    let mut parents: Vec<u32> = (0..level.len() as u32).collect();
    for vertex in 0..level.len() {
        for (other, _) in level.others(vertex) {
            if groups[vertex] == groups[other as usize] {
                let (a, b) = (root(&mut parents, vertex as u32), root(&mut parents, other));
                parents[a.max(b) as usize] = a.min(b);
            }
        }
    }
    for (vertex, group) in (0..).zip(groups) {
        *group = root(&mut parents, vertex);
    }
}

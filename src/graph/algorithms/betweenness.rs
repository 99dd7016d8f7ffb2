//! Betweenness: Brandes' algorithm from all entities or from a sample.

use std::sync::Arc;

use crate::error::Result;
use crate::graph::Snapshot;
use crate::graph::snapshot::Rows;
use crate::record::Control;
use crate::threads;

/// The number of steps along edges of [`Sources::Bounded`]: about twenty seconds on two cores for a million edges.
const BOUNDED_STEPS: u64 = 2_000_000_000;

/// The smallest number of sources of [`Sources::Bounded`].
const BOUNDED_LEAST: usize = 64;

/// The entities from which shortest paths are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// All entities: exact.
    All,
    /// A number of entities, spread evenly over the ids: an estimate. All, if there are no more.
    Sample(usize),
    /// All entities, or as many as a few seconds allow.
    Bounded,
}

impl Sources {
    fn of(self, graph: &Snapshot) -> usize {
        let all = graph.vertices();
        match self {
            Self::All => all,
            Self::Sample(some) => some.min(all),
            Self::Bounded => {
                let steps = 2 * graph.edges() as u64 + all as u64;
                let some = (BOUNDED_STEPS / steps.max(1)) as usize;
                some.max(BOUNDED_LEAST).min(all)
            }
        }
    }
}

/// Returns for each entity the share of all pairs of other entities whose shortest paths pass through it, 0 to 1, ignoring the
/// direction of edges. Several shortest paths of a pair count in equal parts; parallel edges are different paths.
pub fn betweenness(graph: &Snapshot, sources: Sources, control: &Control) -> Result<Vec<f64>> {
    let vertices = graph.vertices();
    if vertices < 3 {
        return Ok(vec![0.0; vertices]);
    }
    let rows = Arc::new(graph.undirected());
    let some = sources.of(graph);
    // Evenly spread: source i of k is i * n / k.
    let sources: Vec<u32> = (0..some as u64)
        .map(|i| (i * vertices as u64 / some.max(1) as u64) as u32)
        .collect();
    // Always two parts, so sums round alike on any number of cores.
    let (near, far) = sources.split_at(sources.len() / 2);
    let (shared, control_there, far) = (Arc::clone(&rows), control.clone(), far.to_vec());
    let other = threads::spawn("seerflow-graph", move || {
        from_sources(&shared, &far, &control_there)
    })?;
    let near = from_sources(&rows, near, control);
    let far = other
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let parts = [near?, far?];
    // Every pair is counted from both ends; a sample covers a share of them.
    let n = vertices as f64;
    let scale = n / some.max(1) as f64 / ((n - 1.0) * (n - 2.0));
    let mut totals = vec![0.0; vertices];
    for part in parts {
        totals
            .iter_mut()
            .zip(part)
            .for_each(|(total, more)| *total += more);
    }
    totals.iter_mut().for_each(|total| *total *= scale);
    Ok(totals)
}

/// Adds up the shares of the entities on the shortest paths from some sources.
fn from_sources(rows: &Rows, sources: &[u32], control: &Control) -> Result<Vec<f64>> {
    let vertices = rows.starts.len() - 1;
    let mut totals = vec![0.0; vertices];
    // The number of entities on the path from the source, both ends included; 0 before it is reached.
    let mut distances = vec![0_u32; vertices];
    // The number of shortest paths from the source, and the share that farther entities add to each of them.
    let (mut paths, mut passed) = (vec![0.0; vertices], vec![0.0; vertices]);
    let mut order: Vec<u32> = Vec::with_capacity(vertices);
    // For each entity of `order`: the entities one step farther away, once for each edge.
    let mut farther = vec![0_u32; rows.targets.len() + 1];
    let mut ends: Vec<usize> = Vec::with_capacity(vertices);
    for &source in sources {
        control.check()?;
        order.clear();
        ends.clear();
        order.push(source);
        distances[source as usize] = 1;
        paths[source as usize] = 1.0;
        let mut end = 0;
        while let Some(&vertex) = order.get(ends.len()) {
            let next = distances[vertex as usize] + 1;
            let ways = paths[vertex as usize];
            for &other in rows.of(vertex as usize) {
                let distance = &mut distances[other as usize];
                if *distance == 0 {
                    *distance = next;
                    paths[other as usize] = 0.0;
                    order.push(other);
                }
                // The comparison is unpredictable, so there is no branch, which would be mispredicted half of the time.
                let is_farther = *distance == next;
                paths[other as usize] += if is_farther { ways } else { 0.0 };
                farther[end] = other;
                end += usize::from(is_farther);
            }
            ends.push(end);
        }
        for (place, &vertex) in order.iter().enumerate().rev() {
            let begin = place.checked_sub(1).map_or(0, |before| ends[before]);
            let beyond: f64 = farther[begin..ends[place]]
                .iter()
                .map(|&other| passed[other as usize])
                .sum();
            let ways = paths[vertex as usize];
            let through = beyond * ways;
            if place > 0 {
                totals[vertex as usize] += through;
            }
            // Divided once for all entities that use it.
            passed[vertex as usize] = (1.0 + through) / ways;
            distances[vertex as usize] = 0;
        }
    }
    Ok(totals)
}

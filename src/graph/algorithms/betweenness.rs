//! Betweenness: Brandes' algorithm, from every entity or from some.

use std::thread;

use crate::error::Result;
use crate::graph::Snapshot;
use crate::graph::snapshot::Rows;
use crate::record::Control;
use crate::threads;

/// Steps along edges that [`Sources::Bounded`] takes: a few seconds' worth.
const BOUNDED_STEPS: u64 = 2_000_000_000;

/// Sources that [`Sources::Bounded`] takes at the least, where there are so many.
const BOUNDED_LEAST: usize = 64;

/// From which entities shortest paths are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sources {
    /// From all: exact.
    All,
    /// From so many, spread evenly over the ids: an estimate. All, if there are no more.
    Sample(usize),
    /// From all, or from as many as a few seconds allow.
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

/// Returns for each entity the part of all pairs of others whose shortest paths go through it, 0 to 1, whichever way edges point. Of
/// several shortest paths each counts for its part; relations between the same two entities make different paths.
pub fn betweenness(graph: &Snapshot, sources: Sources, control: &Control) -> Result<Vec<f64>> {
    let vertices = graph.vertices();
    if vertices < 3 {
        return Ok(vec![0.0; vertices]);
    }
    let rows = graph.undirected();
    let some = sources.of(graph);
    // Evenly spread: the source at place i of k is i * n / k.
    let sources: Vec<u32> = (0..some as u64)
        .map(|i| (i * vertices as u64 / some.max(1) as u64) as u32)
        .collect();
    let work = &|part: &[u32]| from_sources(&rows, part, control);
    let (near, far) = sources.split_at(sources.len() / 2);
    // Two parts whatever the number of cores, so that sums round alike everywhere.
    let parts = thread::scope(|scope| {
        let other = threads::spawn_scoped(scope, "seerflow-graph", move || work(far));
        let near = work(near);
        let far = match other {
            Ok(other) => other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // The system has no thread for us.
            Err(_) => work(far),
        };
        Ok::<_, crate::Error>([near?, far?])
    })?;
    // Every pair is met from both of its ends, of which a sample has a part.
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

/// Adds up what lies on the shortest paths from some entities.
fn from_sources(rows: &Rows, sources: &[u32], control: &Control) -> Result<Vec<f64>> {
    let vertices = rows.starts.len() - 1;
    let mut totals = vec![0.0; vertices];
    let mut places = vec![Place::default(); vertices];
    let mut order: Vec<u32> = Vec::with_capacity(vertices);
    for &source in sources {
        control.check()?;
        order.clear();
        order.push(source);
        places[source as usize] = Place {
            distance: 1,
            paths: 1.0,
            passed: 0.0,
        };
        let mut next = 0;
        while let Some(&vertex) = order.get(next) {
            next += 1;
            let Place { distance, paths, .. } = places[vertex as usize];
            for &other in rows.of(vertex as usize) {
                let place = &mut places[other as usize];
                if place.distance == 0 {
                    *place = Place {
                        distance: distance + 1,
                        paths,
                        passed: 0.0,
                    };
                    order.push(other);
                } else if place.distance == distance + 1 {
                    place.paths += paths;
                }
            }
        }
        // From the farthest back: what an entity passes on comes from those one step farther.
        for &vertex in order.iter().rev() {
            let Place { distance, paths, .. } = places[vertex as usize];
            let mut passed = 0.0;
            for &other in rows.of(vertex as usize) {
                let place = &places[other as usize];
                if place.distance == distance + 1 {
                    passed += place.passed;
                }
            }
            passed *= paths;
            if vertex != source {
                totals[vertex as usize] += passed;
            }
            // Divided once, for all who look at it.
            places[vertex as usize].passed = (1.0 + passed) / paths;
        }
        for &vertex in &order {
            places[vertex as usize].distance = 0;
        }
    }
    Ok(totals)
}

/// What one search knows of an entity.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Entities on the way from the source, both ends included; 0 before it is reached.
    distance: u32,
    /// Shortest paths from the source.
    paths: f64,
    /// What those who are farther away add to each of its paths.
    passed: f64,
}

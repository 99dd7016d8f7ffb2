//! PageRank.

use crate::error::Result;
use crate::graph::Snapshot;
use crate::record::Control;

/// The probability to follow an edge instead of jumping to any entity.
const DAMPING: f64 = 0.85;

/// The iteration ends when the sum of all changes of a round is smaller.
const TOLERANCE: f64 = 1e-10;

/// The largest number of rounds. The tolerance needs at most 140 on any graph.
const ROUNDS: usize = 1000;

/// Returns the PageRank of each entity, by its edges' direction. The ranks add up to 1.
///
/// An entity without outgoing edges shares its rank among all entities. Parallel edges count separately.
pub fn pagerank(graph: &Snapshot, control: &Control) -> Result<Vec<f64>> {
    let vertices = graph.vertices();
    if vertices == 0 {
        return Ok(Vec::new());
    }
    let uniform = 1.0 / vertices as f64;
    // The rank that an entity passes along each of its edges: one multiplication per entity instead of one per edge.
    let share: Vec<f64> = (0..vertices)
        .map(|vertex| match graph.out.of(vertex).len() {
            0 => 0.0,
            edges => DAMPING / edges as f64,
        })
        .collect();
    let mut given: Vec<f64> = share.iter().map(|share| share * uniform).collect();
    let mut ranks = vec![uniform; vertices];
    // Ranks are computed up to a factor. The rank that entities without edges pass to all others changes only that factor. So each
    // round solves for a jump of 1 per entity, and uses new values at once.
    for _ in 0..ROUNDS {
        control.check()?;
        let (mut change, mut sum) = (0.0, 0.0);
        for vertex in 0..vertices {
            let arrives: f64 = graph
                .back
                .of(vertex)
                .iter()
                .map(|&other| given[other as usize])
                .sum();
            let rank = (1.0 - DAMPING) * uniform + arrives;
            change += (rank - ranks[vertex]).abs();
            sum += rank;
            ranks[vertex] = rank;
            given[vertex] = rank * share[vertex];
        }
        if change < TOLERANCE * sum {
            break;
        }
    }
    let sum: f64 = ranks.iter().sum();
    for rank in &mut ranks {
        *rank /= sum;
    }
    Ok(ranks)
}

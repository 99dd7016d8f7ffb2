//! PageRank.

use crate::error::Result;
use crate::graph::Snapshot;
use crate::record::Control;

/// The chance to follow an edge instead of jumping anywhere.
const DAMPING: f64 = 0.85;

/// The ranks are as good as exact when a round changes all of them together by less than this.
const TOLERANCE: f64 = 1e-10;

/// Rounds at the most; the tolerance takes 140 of them on any graph.
const ROUNDS: usize = 1000;

/// Returns the PageRank of each entity, by its edges' direction. The ranks add up to 1.
///
/// An entity from which no edge leads shares its rank among all. Relations between the same two entities each count.
pub fn pagerank(graph: &Snapshot, control: &Control) -> Result<Vec<f64>> {
    let vertices = graph.vertices();
    if vertices == 0 {
        return Ok(Vec::new());
    }
    let uniform = 1.0 / vertices as f64;
    // What an entity gives to each of its edges: one multiplication per entity instead of one per edge.
    let share: Vec<f64> = (0..vertices)
        .map(|vertex| match graph.out.of(vertex).len() {
            0 => 0.0,
            edges => DAMPING / edges as f64,
        })
        .collect();
    let mut given: Vec<f64> = share.iter().map(|share| share * uniform).collect();
    let mut ranks = vec![uniform; vertices];
    // Ranks are found up to a factor; entities without edges take from all alike, which changes only that factor. So each round
    // solves for a jump of 1 per entity, with what is new as soon as it is there.
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

//! Degrees: the number of neighbours.

use crate::error::Result;
use crate::graph::Snapshot;
use crate::record::Control;

/// Vertices between two checks of the caller's deadline and interrupt.
const BETWEEN_CHECKS: usize = 1 << 14;

/// Counts the different entities with an edge to each entity, including itself if it has a loop.
pub fn fan_in(graph: &Snapshot, control: &Control) -> Result<Vec<u32>> {
    count(graph, control, |vertex| distinct(graph.back.of(vertex)))
}

/// Counts the different entities to which each entity has an edge, including itself if it has a loop.
pub fn fan_out(graph: &Snapshot, control: &Control) -> Result<Vec<u32>> {
    count(graph, control, |vertex| distinct(graph.out.of(vertex)))
}

/// Counts the different neighbours of each entity, ignoring the direction of edges, including itself if it has a loop.
pub fn ego_size(graph: &Snapshot, control: &Control) -> Result<Vec<u32>> {
    count(graph, control, |vertex| {
        let (out, back) = (graph.out.of(vertex), graph.back.of(vertex));
        distinct(out) + distinct(back) - shared(out, back)
    })
}

fn count(graph: &Snapshot, control: &Control, of: impl Fn(usize) -> u32) -> Result<Vec<u32>> {
    let mut counts = Vec::with_capacity(graph.vertices());
    for vertex in 0..graph.vertices() {
        if vertex % BETWEEN_CHECKS == 0 {
            control.check()?;
        }
        counts.push(of(vertex));
    }
    Ok(counts)
}

/// Counts different numbers in a sorted row.
fn distinct(row: &[u32]) -> u32 {
    let changes = row.windows(2).filter(|pair| pair[0] != pair[1]).count();
    (changes + usize::from(!row.is_empty())) as u32
}

/// Counts the different numbers that two sorted rows have in common.
fn shared(mut a: &[u32], mut b: &[u32]) -> u32 {
    let mut shared = 0;
    while let (Some(&x), Some(&y)) = (a.first(), b.first()) {
        let smaller = x.min(y);
        shared += u32::from(x == y);
        let behind = |row: &[u32]| row.iter().take_while(|&&number| number == smaller).count();
        a = &a[behind(a)..];
        b = &b[behind(b)..];
    }
    shared
}

//! Connected components.

use crate::error::Result;
use crate::graph::Snapshot;
use crate::record::Control;

/// Returns the number of each entity's connected component: the largest is 0; of two equal ones the one with the first id comes first.
pub fn components(graph: &Snapshot, control: &Control) -> Result<Vec<u32>> {
    let mut parents: Vec<u32> = (0..graph.vertices() as u32).collect();
    for vertex in 0..graph.vertices() {
        if vertex % (1 << 14) == 0 {
            control.check()?;
        }
        for &other in graph.out.of(vertex) {
            let (a, b) = (root(&mut parents, vertex as u32), root(&mut parents, other));
            parents[a.max(b) as usize] = a.min(b);
        }
    }
    for vertex in 0..parents.len() as u32 {
        let group = root(&mut parents, vertex);
        parents[vertex as usize] = group;
    }
    by_size(&mut parents);
    Ok(parents)
}

/// Returns the representative of a vertex's component, and shortens the path to it.
pub(super) fn root(parents: &mut [u32], mut vertex: u32) -> u32 {
    while parents[vertex as usize] != vertex {
        let above = parents[parents[vertex as usize] as usize];
        parents[vertex as usize] = above;
        vertex = above;
    }
    vertex
}

/// Renumbers groups by size: the largest is 0. Of two equal ones the group with the first entity comes first.
pub(super) fn by_size(groups: &mut [u32]) {
    let most = groups.iter().copied().max().map_or(0, |most| most as usize + 1);
    let mut order: Vec<(usize, usize, usize)> = (0..most).map(|group| (0, usize::MAX, group)).collect();
    for (vertex, &group) in groups.iter().enumerate() {
        let entry = &mut order[group as usize];
        entry.0 += 1;
        entry.1 = entry.1.min(vertex);
    }
    order.sort_unstable_by_key(|&(size, first, _)| (std::cmp::Reverse(size), first));
    let mut numbers = vec![0; most];
    for (number, &(.., group)) in (0..).zip(&order) {
        numbers[group] = number;
    }
    for group in groups {
        *group = numbers[*group as usize];
    }
}

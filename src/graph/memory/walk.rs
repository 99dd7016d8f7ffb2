//! Questions that walk from an entity over its edges. They run under a read lock; long ones check the caller's deadline and interrupt.

use super::table::{Link, Table};
use crate::error::Result;
use crate::graph::{Neighbour, Subgraph};
use crate::record::{Control, RelatedEntity};

/// Edges visited between two checks of the caller's deadline and interrupt.
const EDGES_BETWEEN_CHECKS: usize = 1 << 14;

/// The entities that a walk has reached. Reused between walks: the cost of a walk is proportional to the entities that it reaches.
#[derive(Default)]
pub struct Marks {
    /// For each entity: the last walk that reached it, and the number that this walk assigned.
    stamps: Vec<(u32, u32)>,
    walk: u32,
    /// In the order in which they were reached.
    reached: Vec<u32>,
    /// A buffer for sorting.
    room: Vec<(u64, u32)>,
}

impl Marks {
    fn begin(&mut self, table: &Table, from: u32) {
        self.reached.clear();
        if self.stamps.len() < table.entities.len() {
            self.stamps.resize(table.entities.len(), (0, 0));
        }
        self.walk = self.walk.wrapping_add(1);
        if self.walk == 0 {
            self.stamps.fill((0, 0));
            self.walk = 1;
        }
        self.reach(from, 0);
    }

    fn has(&self, entity: u32) -> bool {
        self.stamps[entity as usize].0 == self.walk
    }

    fn number(&self, entity: u32) -> Option<u32> {
        let (walk, number) = self.stamps[entity as usize];
        (walk == self.walk).then_some(number)
    }

    fn set(&mut self, entity: u32, number: u32) {
        self.stamps[entity as usize] = (self.walk, number);
    }

    fn reach(&mut self, entity: u32, number: u32) {
        self.set(entity, number);
        self.reached.push(entity);
    }
}

/// Counts visited edges and checks the caller's deadline and interrupt now and then.
struct Watch<'c> {
    control: &'c Control,
    done: usize,
}

impl<'c> Watch<'c> {
    fn new(control: &'c Control) -> Self {
        Self { control, done: 0 }
    }

    fn count(&mut self, edges: usize) -> Result<()> {
        self.done += edges + 1;
        if self.done < EDGES_BETWEEN_CHECKS {
            return Ok(());
        }
        self.done = 0;
        self.control.check()
    }
}

/// Goes one step further from the entities between two positions of `marks.reached`.
fn step(
    table: &Table,
    marks: &mut Marks,
    (begin, end): (usize, usize),
    distance: u32,
    watch: &mut Watch<'_>,
    follows: impl Fn(&Link) -> bool,
) -> Result<()> {
    for place in begin..end {
        let links = table.links(marks.reached[place]);
        watch.count(links.len())?;
        for link in links {
            if !marks.has(link.other) && follows(link) {
                marks.reach(link.other, distance);
            }
        }
    }
    Ok(())
}

/// Reaches the entities within `depth` steps. Returns where in `marks.reached` each distance ends.
fn reach(
    table: &Table,
    marks: &mut Marks,
    from: u32,
    depth: u32,
    control: &Control,
    follows: impl Fn(&Link) -> bool + Copy,
) -> Result<Vec<usize>> {
    let mut watch = Watch::new(control);
    marks.begin(table, from);
    let mut ends = vec![1];
    let mut begin = 0;
    for distance in 1..=depth {
        let end = marks.reached.len();
        step(table, marks, (begin, end), distance, &mut watch, follows)?;
        if marks.reached.len() == end {
            break;
        }
        ends.push(marks.reached.len());
        begin = end;
    }
    Ok(ends)
}

/// See [`GraphBackend::neighbours`](crate::graph::GraphBackend::neighbours).
pub fn neighbours(
    table: &Table,
    marks: &mut Marks,
    entity: &str,
    depth: u32,
    rel_types: &[String],
    control: &Control,
) -> Result<Vec<Neighbour>> {
    let Some(from) = table.find(entity) else {
        return Ok(Vec::new());
    };
    let ends = if rel_types.is_empty() {
        reach(table, marks, from, depth, control, |_| true)?
    } else {
        let mut rels: Vec<u32> = rel_types.iter().filter_map(|rel| table.rels.find(rel)).collect();
        rels.sort_unstable();
        reach(table, marks, from, depth, control, |link| {
            rels.binary_search(&table.row(link.row).rel).is_ok()
        })?
    };
    let mut found = Vec::with_capacity(marks.reached.len() - 1);
    for (distance, bounds) in (1..).zip(ends.windows(2)) {
        let level = &mut marks.reached[bounds[0]..bounds[1]];
        table.entities.sort_with(level, &mut marks.room);
        found.extend(level.iter().map(|&number| Neighbour {
            distance,
            entity: table.entities.get(number).into(),
        }));
    }
    Ok(found)
}

/// See [`GraphBackend::subgraph`](crate::graph::GraphBackend::subgraph).
pub fn subgraph(
    table: &Table,
    marks: &mut Marks,
    entity: &str,
    depth: u32,
    control: &Control,
) -> Result<Subgraph> {
    let Some(from) = table.find(entity) else {
        return Ok(Subgraph::default());
    };
    reach(table, marks, from, depth, control, |_| true)?;
    let mut nodes = std::mem::take(&mut marks.reached);
    table.entities.sort(&mut nodes);
    for (rank, &node) in (0..).zip(&nodes) {
        marks.set(node, rank);
    }
    let mut watch = Watch::new(control);
    let mut rows = Vec::new();
    for (rank, &node) in (0..).zip(&nodes) {
        let links = table.links(node);
        watch.count(links.len())?;
        // Each edge is taken once, at its source.
        let leaving = links.iter().filter(|link| table.row(link.row).source == node);
        rows.extend(leaving.filter_map(|link| Some((rank, marks.number(link.other)?, link.row))));
    }
    let rel = |row: u32| table.rels.get(table.row(row).rel);
    rows.sort_unstable_by(|a: &(u32, u32, u32), b| {
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| rel(a.2).cmp(rel(b.2)))
    });
    control.check()?;
    let found = Subgraph {
        nodes: nodes
            .iter()
            .map(|&node| table.entities.get(node).to_owned())
            .collect(),
        edges: rows.iter().map(|&(.., row)| table.edge(row)).collect(),
    };
    marks.reached = nodes;
    Ok(found)
}

/// See [`GraphBackend::related`](crate::graph::GraphBackend::related).
pub fn related(table: &Table, entity: &str) -> Vec<RelatedEntity> {
    let Some(from) = table.find(entity) else {
        return Vec::new();
    };
    let seen = |link: &Link| {
        let row = table.row(link.row);
        (link.other, row.rel, row.seen.count)
    };
    let mut pairs: Vec<(u32, u32, i64)> = table.links(from).iter().map(seen).collect();
    pairs.sort_unstable();
    pairs.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 = kept.2.saturating_add(next.2);
        }
        same
    });
    let names = |&(other, rel, _): &(u32, u32, i64)| (table.entities.get(other), table.rels.get(rel));
    pairs.sort_unstable_by(|a, b| b.2.cmp(&a.2).then_with(|| names(a).cmp(&names(b))));
    let spell = |pair: &(u32, u32, i64)| {
        let (entity, rel_type) = names(pair);
        RelatedEntity {
            entity: entity.to_owned(),
            rel_type: rel_type.to_owned(),
            event_count: pair.2,
        }
    };
    pairs.iter().map(spell).collect()
}

/// One of two walks towards each other.
struct Side<'m> {
    marks: &'m mut Marks,
    /// Where the last distance begins in `marks.reached`.
    begin: usize,
    distance: u32,
    /// Edges that the next step visits.
    ahead: usize,
}

impl<'m> Side<'m> {
    fn new(marks: &'m mut Marks, ahead: impl Fn(&[u32]) -> usize) -> Self {
        let ahead = ahead(&marks.reached);
        Self {
            marks,
            begin: 0,
            distance: 0,
            ahead,
        }
    }
}

/// See [`GraphBackend::shortest_path`](crate::graph::GraphBackend::shortest_path).
///
/// Two walks go towards each other until they meet; the one with fewer edges ahead goes next.
pub fn shortest_path(
    table: &Table,
    (near, far): (&mut Marks, &mut Marks),
    from: &str,
    to: &str,
    control: &Control,
) -> Result<Vec<String>> {
    let (Some(from), Some(to)) = (table.find(from), table.find(to)) else {
        return Ok(Vec::new());
    };
    let name = |number: u32| table.entities.get(number).to_owned();
    if from == to {
        return Ok(vec![name(from)]);
    }
    let mut watch = Watch::new(control);
    near.begin(table, from);
    far.begin(table, to);
    let ahead = |fresh: &[u32]| -> usize { fresh.iter().map(|&number| table.links(number).len()).sum() };
    let (mut near_side, mut far_side) = (Side::new(near, ahead), Side::new(far, ahead));
    let mut meet = loop {
        let (goes, waits) = if near_side.ahead <= far_side.ahead {
            (&mut near_side, &far_side)
        } else {
            (&mut far_side, &near_side)
        };
        let end = goes.marks.reached.len();
        goes.distance += 1;
        step(
            table,
            goes.marks,
            (goes.begin, end),
            goes.distance,
            &mut watch,
            |_| true,
        )?;
        goes.begin = end;
        let fresh = &goes.marks.reached[end..];
        if fresh.is_empty() {
            return Ok(Vec::new());
        }
        goes.ahead = ahead(fresh);
        let meet: Vec<u32> = fresh
            .iter()
            .copied()
            .filter(|&number| waits.marks.has(number))
            .collect();
        if !meet.is_empty() {
            break meet;
        }
    };
    meet.sort_unstable();
    let (near_distance, far_distance) = (near_side.distance, far_side.distance);
    // Only entities of the near walk that lead to a meeting point are on a shortest path. They are marked from there back.
    let mut on_path = vec![Vec::new(); near_distance as usize + 1];
    on_path[near_distance as usize] = meet;
    for distance in (1..=near_distance).rev() {
        let mut before = Vec::new();
        for &number in &on_path[distance as usize] {
            let links = table.links(number);
            watch.count(links.len())?;
            before.extend(
                links
                    .iter()
                    .map(|link| link.other)
                    .filter(|&other| near.number(other) == Some(distance - 1)),
            );
        }
        before.sort_unstable();
        before.dedup();
        on_path[distance as usize - 1] = before;
    }
    let smallest = |numbers: &mut dyn Iterator<Item = u32>| {
        numbers.min_by(|&a, &b| table.entities.get(a).cmp(table.entities.get(b)))
    };
    let mut path = vec![from];
    let mut here = from;
    for candidates in &on_path[1..] {
        let links = table.links(here);
        watch.count(links.len())?;
        let mut next = links
            .iter()
            .map(|link| link.other)
            .filter(|other| candidates.binary_search(other).is_ok());
        here = smallest(&mut next).unwrap_or(here);
        path.push(here);
    }
    for distance in (0..far_distance).rev() {
        let links = table.links(here);
        watch.count(links.len())?;
        let mut next = links
            .iter()
            .map(|link| link.other)
            .filter(|&other| far.number(other) == Some(distance));
        here = smallest(&mut next).unwrap_or(here);
        path.push(here);
    }
    Ok(path.into_iter().map(name).collect())
}

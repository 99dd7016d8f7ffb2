//! The layout of a picture: distances on paper follow distances in the graph, and boxes do not overlap.
//!
//! Stress majorization brings the distances on paper near to those in the graph; each of its steps reduces the error. Then overlapping
//! boxes are pushed apart. There is no randomness.

/// A box around a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// The space between two boxes.
const GAP: f64 = 12.0;

/// The length of one step in the graph, and its growth with the number of entities.
const STEP: f64 = 120.0;
const STEP_PER_ENTITY: f64 = 1.2;

/// The largest number of lines that are kept off unrelated boxes. With more lines there is no room for that.
const CLEARED_LINES: usize = 150;

/// Rounds of keeping lines off boxes.
const CLEARINGS: usize = 80;

/// Rounds of majorization. Pictures of many entities get fewer.
const ROUNDS: usize = 300;

/// The largest number of pairs that all rounds together visit.
const WORK: usize = 200_000_000;

/// Rounds of pushing before everything is spread a little.
const PUSHES: usize = 200;

/// Places boxes of these sizes, which `lines` join.
pub fn place(sizes: &[(f64, f64)], lines: &[(usize, usize)]) -> Vec<Placed> {
    let count = sizes.len();
    let distances = distances(count, lines);
    let mut places = begin(count, &distances);
    let rounds = (WORK / (count * count).max(1)).clamp(5, ROUNDS);
    for _ in 0..rounds {
        places = improved(&places, &distances);
    }
    let scale = 1.0 + STEP_PER_ENTITY * count as f64 / STEP;
    let mut placed: Vec<Placed> = places
        .iter()
        .zip(sizes)
        .map(|(&(x, y), &(width, height))| Placed {
            x: x * scale,
            y: y * scale * 0.8,
            width,
            height,
        })
        .collect();
    spread(&mut placed);
    if lines.len() <= CLEARED_LINES {
        clear_lines(&mut placed, lines);
    }
    placed
}

/// Pushes boxes apart, and spreads them if there is no room.
fn spread(placed: &mut [Placed]) {
    while !push_apart(placed) {
        for one in &mut *placed {
            one.x *= 1.1;
            one.y *= 1.1;
        }
    }
}

/// Pushes boxes off lines between other boxes. The best layout of all rounds is used.
fn clear_lines(placed: &mut Vec<Placed>, lines: &[(usize, usize)]) {
    let mut tried = placed.clone();
    let mut least = usize::MAX;
    for _ in 0..CLEARINGS {
        let mut hits = 0;
        let mut pushes = vec![(0.0, 0.0); tried.len()];
        for &(from, to) in lines.iter().filter(|(from, to)| from != to) {
            for node in (0..tried.len()).filter(|&node| node != from && node != to) {
                if let Some((x, y)) = off_line(&tried[node], &tried[from], &tried[to]) {
                    hits += 1;
                    // The line moves too, more at its nearer end.
                    let along = nearness(&tried[node], &tried[from], &tried[to]);
                    for (place, part) in [(node, 1.0), (from, (along - 1.0) / 2.0), (to, -along / 2.0)] {
                        pushes[place].0 += x * part;
                        pushes[place].1 += y * part;
                    }
                }
            }
        }
        if hits < least {
            least = hits;
            placed.clone_from(&tried);
        }
        if hits == 0 {
            return;
        }
        for (one, (x, y)) in tried.iter_mut().zip(pushes) {
            one.x += x.clamp(-GAP, GAP);
            one.y += y.clamp(-GAP, GAP);
        }
        spread(&mut tried);
    }
}

/// Returns the position of a box along a line: 0 at its start, 1 at its end.
fn nearness(node: &Placed, from: &Placed, to: &Placed) -> f64 {
    let to_node = (node.x - from.x).hypot(node.y - from.y);
    let to_end = (to.x - node.x).hypot(to.y - node.y);
    to_node / (to_node + to_end).max(1e-9)
}

/// Returns the direction in which a box leaves a line; `None` if it is not on the line.
fn off_line(node: &Placed, from: &Placed, to: &Placed) -> Option<(f64, f64)> {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.hypot(dy).max(1e-9);
    let (along_x, along_y) = (dx / length, dy / length);
    let along = (node.x - from.x) * along_x + (node.y - from.y) * along_y;
    if along <= 0.0 || along >= length {
        return None;
    }
    let aside = (node.y - from.y) * along_x - (node.x - from.x) * along_y;
    let reach = node.width / 2.0 * along_y.abs() + node.height / 2.0 * along_x.abs() + 4.0;
    let missing = reach - aside.abs();
    let side = if aside < 0.0 { -1.0 } else { 1.0 };
    (missing > 0.0).then_some((-along_y * side * missing * 0.6, along_x * side * missing * 0.6))
}

/// Returns the steps between every two entities. Entities that are not connected are a little farther apart than all others.
fn distances(count: usize, lines: &[(usize, usize)]) -> Vec<Vec<f64>> {
    let mut near = vec![Vec::new(); count];
    for &(a, b) in lines {
        near[a].push(b);
        near[b].push(a);
    }
    let mut all = Vec::with_capacity(count);
    for from in 0..count {
        let mut steps = vec![f64::INFINITY; count];
        steps[from] = 0.0;
        let mut queue = vec![from];
        let mut next = 0;
        while let Some(&here) = queue.get(next) {
            next += 1;
            for &other in &near[here] {
                if steps[other].is_infinite() {
                    steps[other] = steps[here] + 1.0;
                    queue.push(other);
                }
            }
        }
        all.push(steps);
    }
    let farthest = all
        .iter()
        .flatten()
        .copied()
        .filter(|steps| steps.is_finite())
        .fold(1.0, f64::max);
    for steps in all.iter_mut().flatten() {
        if steps.is_infinite() {
            *steps = farthest + 1.0;
        }
    }
    all
}

/// Returns the initial layout: circles around the entity that is nearest to all others.
fn begin(count: usize, distances: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let middle = (0..count)
        .min_by(|&a, &b| {
            let sum = |from: usize| distances[from].iter().sum::<f64>();
            sum(a).total_cmp(&sum(b)).then(a.cmp(&b))
        })
        .unwrap_or_default();
    // The golden angle spreads any number of entities evenly.
    let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    (0..count)
        .map(|node| {
            let (radius, angle) = (distances[middle][node] * STEP, node as f64 * golden);
            (radius * angle.cos(), radius * angle.sin())
        })
        .collect()
}

/// Moves each entity to the weighted mean of the positions that the others ask for; nearer ones weigh more.
fn improved(places: &[(f64, f64)], distances: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let one = |here: usize| {
        let (x, y) = places[here];
        let (mut sum_x, mut sum_y, mut weights) = (0.0, 0.0, 0.0);
        for (other, &(other_x, other_y)) in places.iter().enumerate() {
            if other == here {
                continue;
            }
            let steps = distances[here][other];
            let weight = 1.0 / (steps * steps);
            let (dx, dy) = (x - other_x, y - other_y);
            let apart = dx.hypot(dy).max(1e-9);
            // Two steps count more than twice one step: otherwise entities with the same neighbours would share a position.
            let wanted = STEP * if steps > 1.0 { steps * 1.15 } else { steps };
            sum_x += weight * (other_x + wanted * dx / apart);
            sum_y += weight * (other_y + wanted * dy / apart);
            weights += weight;
        }
        if weights == 0.0 {
            (x, y)
        } else {
            (sum_x / weights, sum_y / weights)
        }
    };
    (0..places.len()).map(one).collect()
}

/// Pushes overlapping boxes apart, each pair in the direction of the smaller overlap. Returns whether none overlap in the end.
fn push_apart(placed: &mut [Placed]) -> bool {
    for _ in 0..PUSHES {
        let mut overlap = false;
        for a in 0..placed.len() {
            for b in a + 1..placed.len() {
                let (one, other) = (placed[a], placed[b]);
                let (dx, dy) = (other.x - one.x, other.y - one.y);
                let over_x = (one.width + other.width) / 2.0 + GAP - dx.abs();
                let over_y = (one.height + other.height) / 2.0 + GAP - dy.abs();
                if over_x <= 0.01 || over_y <= 0.01 {
                    continue;
                }
                overlap = true;
                if over_y <= over_x {
                    let push = over_y / 2.0 * if dy < 0.0 { -1.0 } else { 1.0 };
                    placed[a].y -= push;
                    placed[b].y += push;
                } else {
                    let push = over_x / 2.0 * if dx < 0.0 { -1.0 } else { 1.0 };
                    placed[a].x -= push;
                    placed[b].x += push;
                }
            }
        }
        if !overlap {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlaps(placed: &[Placed]) -> usize {
        let apart = |a: &Placed, b: &Placed| {
            (a.x - b.x).abs() >= (a.width + b.width) / 2.0 || (a.y - b.y).abs() >= (a.height + b.height) / 2.0
        };
        let pairs = placed
            .iter()
            .enumerate()
            .flat_map(|(at, a)| placed[at + 1..].iter().map(move |b| (a, b)));
        pairs.filter(|(a, b)| !apart(a, b)).count()
    }

    #[test]
    fn boxes_never_overlap() {
        let star: Vec<(usize, usize)> = (1..200).map(|leaf| (0, leaf)).collect();
        let chain: Vec<(usize, usize)> = (1..60).map(|node| (node - 1, node)).collect();
        let loops = vec![(0, 0), (1, 1)];
        for (count, lines) in [
            (200, star),
            (60, chain),
            (2, loops),
            (1, vec![]),
            (0, vec![]),
            (40, vec![]),
        ] {
            let sizes: Vec<(f64, f64)> = (0..count).map(|n| (40.0 + (n * 37 % 150) as f64, 22.0)).collect();
            let placed = place(&sizes, &lines);
            assert_eq!(overlaps(&placed), 0, "{count}");
            assert!(placed.iter().all(|one| one.x.is_finite() && one.y.is_finite()));
            assert_eq!(placed, place(&sizes, &lines), "the same again");
        }
    }
}

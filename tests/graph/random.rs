//! Random graphs, reproducible by seed.

#[path = "../services/random.rs"]
mod numbers;

use seerflow::record::Edge;

pub use numbers::seed;

/// A small reproducible generator of random numbers.
pub struct Random(numbers::Random);

impl Random {
    /// Creates a generator from the seed of the run and the test's own number.
    pub fn new(own: u64) -> Self {
        eprintln!("SEERFLOW_SEED={}", seed());
        Self(numbers::Random(seed() ^ own.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Returns a number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    /// Returns a random element.
    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        self.0.one(of)
    }
}

/// Relations that are keywords of Cypher or SQL, names of AGE's tables, too long for PostgreSQL, or differ only in case.
pub const RELATIONS: &[&str] = &[
    "knows",
    "KNOWS",
    "logged_into",
    "_",
    "select",
    "Entity",
    "_ag_label_edge",
    "_ag_label_vertex",
    "knows_id_seq",
    "MATCH",
    "sf_0",
    "r0",
    "a_relation_whose_name_is_longer_than_the_sixty_three_bytes_of_a_name_in_postgresql",
    "a_relation_whose_name_is_longer_than_the_sixty_three_bytes_of_a_name_in_postgresql_too",
];

/// Ids that an encoder, a collation or a normalisation could change.
pub const IDS: &[&str] = &[
    "a",
    "B",
    "b",
    "it's",
    "\"quoted\"",
    "back\\slash",
    "\\",
    "\\\"",
    "\u{feff}bom\u{200b}",
    "é",
    "e\u{301}",
    "ß",
    "Ω≈ç√",
    "日本語",
    "🦀👩‍👩‍👧",
    "\u{10ffff}",
    "a b",
    "a,b|c;d",
    "$name",
    "${x} {{}} {} %s",
    "'); DROP GRAPH seerflow; --",
    "$$ ) AS (v agtype); --",
    "\\u0041\\x41\\101",
    "-1",
    "null",
    "[1,2]",
    "{\"name\": \"a\"}",
];

/// Returns a random multigraph with few entities, hence with repeated and parallel edges and loops.
pub fn edges(random: &mut Random, entities: usize, count: usize, relations: &[&str]) -> Vec<Edge> {
    (0..count)
        .map(|_| {
            let first_seen = 1_700_000_000_000_000_000 + random.below(1_000_000) as i64;
            Edge {
                source_id: name(random.below(entities)),
                target_id: name(random.below(entities)),
                rel_type: random.one(relations).to_owned(),
                first_seen,
                last_seen: first_seen + random.below(1000) as i64,
                event_count: 1 + random.below(9) as i64,
            }
        })
        .collect()
}

/// Returns a name; names do not sort like their numbers.
pub fn name(number: usize) -> String {
    format!("e{}", number * 7919 % 100_003)
}

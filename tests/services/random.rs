//! Reproducible random numbers.
#![allow(dead_code)] // each suite uses a part of it

/// Returns the seed of a run: `SEERFLOW_SEED`, or a fixed one.
pub fn seed() -> u64 {
    let seed = std::env::var("SEERFLOW_SEED").ok();
    seed.and_then(|seed| seed.parse().ok()).unwrap_or(20_261_201)
}

/// A small generator (a linear congruence of 64 bits).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    pub fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    /// Returns one of some values.
    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

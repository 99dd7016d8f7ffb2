//! Strings that are stored once and identified by a number.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::slots::Slots;
use super::texts::Texts;

/// Strings that are stored once, in the order of their first insertion. Numbers never change.
#[derive(Clone, Default)]
pub struct Names {
    texts: Texts,
    numbers: Slots,
    hasher: DefaultHashBuilder,
}

impl Names {
    /// Returns the number of names.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns the name with a number.
    pub fn get(&self, number: u32) -> &str {
        self.texts.get(number as usize)
    }

    /// Finds the number of a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        let same = |number: u32| self.get(number) == name;
        self.numbers.find(self.hasher.hash_one(name), same)
    }

    /// Returns the number of a name, which is inserted if it is new. The caller checks for room; see [`Names::len`].
    pub fn intern(&mut self, name: &str) -> u32 {
        let texts = &self.texts;
        let same = |number: u32| texts.get(number as usize) == name;
        let hash = self.hasher.hash_one(name);
        let (number, fresh) = self.numbers.find_or_put(hash, same, || texts.len() as u32);
        if fresh {
            self.texts.push(name);
        }
        number
    }

    /// Sorts numbers by their names in a buffer of the caller. The first eight bytes nearly always decide.
    pub fn sort_with(&self, numbers: &mut [u32], room: &mut Vec<(u64, u32)>) {
        room.clear();
        room.extend(numbers.iter().map(|&number| (prefix(self.get(number)), number)));
        room.sort_unstable_by(|(a, left), (b, right)| {
            a.cmp(b).then_with(|| self.get(*left).cmp(self.get(*right)))
        });
        for (place, &(_, number)) in numbers.iter_mut().zip(&*room) {
            *place = number;
        }
    }

    /// Sorts numbers by their names.
    pub fn sort(&self, numbers: &mut [u32]) {
        self.sort_with(numbers, &mut Vec::with_capacity(numbers.len()));
    }

    /// Returns the names with these numbers.
    pub fn picked(&self, numbers: &[u32]) -> Texts {
        let bytes = numbers.iter().map(|&number| self.get(number).len()).sum();
        let mut picked = Texts::with_capacity(numbers.len(), bytes);
        numbers.iter().for_each(|&number| picked.push(self.get(number)));
        picked
    }
}

fn prefix(name: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = name.len().min(8);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

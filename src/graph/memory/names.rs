//! Strings kept once and known by number.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Strings in the order in which they came first. A number, once given, stays.
#[derive(Clone, Default)]
pub struct Names {
    text: String,
    /// Where each name ends; it begins where the one before ends.
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Names {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the name with a number.
    pub fn get(&self, number: u32) -> &str {
        slice(&self.text, &self.ends, number)
    }

    /// Finds the number of a name.
    pub fn find(&self, name: &str) -> Option<u32> {
        let same = |&number: &u32| self.get(number) == name;
        self.numbers.find(self.hasher.hash_one(name), same).copied()
    }

    /// Returns the number of a name, a new one if it is new. There must be room: see [`Names::len`].
    pub fn intern(&mut self, name: &str) -> u32 {
        let (text, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        let same = |&number: &u32| slice(text, ends, number) == name;
        let hash_of = |&number: &u32| hasher.hash_one(slice(text, ends, number));
        match self.numbers.entry(hasher.hash_one(name), same, hash_of) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                let number = self.ends.len() as u32;
                place.insert(number);
                self.text.push_str(name);
                self.ends.push(self.text.len());
                number
            }
        }
    }

    /// Sorts numbers by their names. Comparing the first eight bytes decides nearly always.
    pub fn sort(&self, numbers: &mut [u32]) {
        let mut keyed: Vec<(u64, u32)> = numbers
            .iter()
            .map(|&number| (prefix(self.get(number)), number))
            .collect();
        keyed.sort_unstable_by(|(a, left), (b, right)| {
            a.cmp(b).then_with(|| self.get(*left).cmp(self.get(*right)))
        });
        for (place, (_, number)) in numbers.iter_mut().zip(keyed) {
            *place = number;
        }
    }

    /// Returns the bytes that are taken.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>() + self.numbers.allocation_size()
    }
}

fn slice<'t>(text: &'t str, ends: &[usize], number: u32) -> &'t str {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[number]]
}

fn prefix(name: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = name.len().min(8);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

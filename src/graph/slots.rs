//! Hash tables of numbers. Each number is stored with a part of its hash, so a growing table reads nothing else.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

#[derive(Clone, Copy, Debug)]
struct Slot {
    number: u32,
    hash: u32,
}

impl Slot {
    fn new(number: u32, hash: u64) -> Self {
        Self {
            number,
            hash: (hash >> 32) as u32,
        }
    }

    /// Returns a hash of full width: the table uses both ends of a hash.
    fn whole(&self) -> u64 {
        u64::from(self.hash) << 32 | u64::from(self.hash)
    }
}

/// Numbers, found by the hash of the values that they identify.
#[derive(Clone, Debug, Default)]
pub struct Slots(HashTable<Slot>);

impl Slots {
    /// Finds the number that is `same`.
    pub fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let wanted = Slot::new(0, hash);
        let is_it = |slot: &Slot| slot.hash == wanted.hash && same(slot.number);
        self.0.find(wanted.whole(), is_it).map(|slot| slot.number)
    }

    /// Finds the number that is `same`, or inserts the one that `make` returns. Returns whether it was inserted.
    pub fn find_or_put(
        &mut self,
        hash: u64,
        same: impl Fn(u32) -> bool,
        make: impl FnOnce() -> u32,
    ) -> (u32, bool) {
        let wanted = Slot::new(0, hash);
        let is_it = |slot: &Slot| slot.hash == wanted.hash && same(slot.number);
        match self.0.entry(wanted.whole(), is_it, Slot::whole) {
            Entry::Occupied(place) => (place.get().number, false),
            Entry::Vacant(place) => {
                let number = make();
                place.insert(Slot { number, ..wanted });
                (number, true)
            }
        }
    }

    /// Removes a number.
    pub fn remove(&mut self, hash: u64, number: u32) {
        let wanted = Slot::new(number, hash);
        if let Ok(place) = self.0.find_entry(wanted.whole(), |slot| slot.number == number) {
            place.remove();
        }
    }
}

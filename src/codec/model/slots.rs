//! The facts of which a record has one each, and the keys that name them.

use crate::record::Field;

/// The facts of which a record has one each. If several keys name the same fact, the preferred key counts.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    Time,
    Unparsed,
    Severity,
    SmallLevel,
    Message,
    Host,
    Program,
    NameBesidePid,
    Pid,
    SourceType,
    Trace,
    Span,
    Facility,
    Date,
    TimeOfDay,
    Zone,
    /// The first of the [`COPIED`] fields.
    Copied,
}

const SLOTS: usize = Slot::Copied as usize + COPIED.len();

const COPIED: [Field; 5] = [
    Field::EventKind,
    Field::EventCategory,
    Field::EventType,
    Field::EventOutcome,
    Field::EventAction,
];

/// The place of a key that is not removed.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The key of each slot.
pub(super) struct Slots {
    /// The position in the table of names of each slot's key; a lower position is preferred.
    ranks: [u16; SLOTS],
    /// The place of each slot's key, if the key is to be removed.
    places: [u32; SLOTS],
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            ranks: [u16::MAX; SLOTS],
            places: [NOWHERE; SLOTS],
        }
    }

    /// Returns whether a key of this rank is preferred to the key of a slot.
    pub(super) fn prefers(&self, slot: Slot, rank: u16) -> bool {
        rank < self.ranks[slot as usize]
    }

    pub(super) fn is_set(&self, slot: Slot) -> bool {
        self.ranks[slot as usize] != u16::MAX
    }

    /// Records that a slot holds the value of the key at this place.
    pub(super) fn put(&mut self, slot: Slot, rank: u16, place: u32) {
        self.ranks[slot as usize] = rank;
        self.places[slot as usize] = place;
    }

    /// Returns the rank of the key of a [`COPIED`] field.
    pub(super) fn copied(&mut self, field: Field) -> Option<&mut u16> {
        let place = COPIED.iter().position(|known| *known == field)?;
        Some(&mut self.ranks[Slot::Copied as usize + place])
    }

    pub(super) fn place(&self, slot: Slot) -> u32 {
        self.places[slot as usize]
    }

    pub(super) fn set_place(&mut self, slot: Slot, place: u32) {
        self.places[slot as usize] = place;
    }

    /// Leaves the keys of slots in the record.
    pub(super) fn keep<const N: usize>(&mut self, slots: [Slot; N]) {
        for slot in slots {
            self.places[slot as usize] = NOWHERE;
        }
    }

    /// Returns whether any key is to be removed.
    pub(super) fn removes_any(&self) -> bool {
        self.places.iter().any(|place| *place != NOWHERE)
    }

    /// Returns whether the key at this place is to be removed.
    pub(super) fn removes(&self, place: u32) -> bool {
        self.places.contains(&place)
    }
}

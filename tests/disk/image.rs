//! What a disk holds after the power is lost: everything that was synchronised, and any part of the rest.

use std::collections::BTreeMap;
use std::path::Path;

use crate::calls::Record;
use crate::random::Random;

const SECTOR: usize = 512;

/// The files of a folder, as they are after a restart.
pub type Image = BTreeMap<String, Vec<u8>>;

/// The content of the disk while the records of a recording pass.
#[derive(Default)]
pub struct Disk {
    durable: Image,
    /// Changes that were not synchronised, with their numbers.
    pending: Vec<(usize, Record)>,
}

/// How much of a change that was not synchronised is on the disk.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    /// Some of its sectors; one may be torn.
    Sectors,
}

impl Disk {
    /// Passes the next record.
    pub fn pass(&mut self, number: usize, record: &Record, random: &mut Random) {
        match record {
            Record::Note(_) => {}
            Record::FolderSynced => {
                let (deleted, rest) = std::mem::take(&mut self.pending)
                    .into_iter()
                    .partition(|(_, change)| matches!(change, Record::Delete { .. }));
                self.pending = rest;
                self.keep(deleted, |_| Some(Part::Whole), random);
            }
            Record::Synced { file, before } => {
                let done = self.take(file, *before);
                self.keep(done, |_| Some(Part::Whole), random);
            }
            Record::SyncFailed { file, before } => {
                let unknown = self.take(file, *before);
                self.keep(
                    unknown,
                    |random| random.one_in(2).then_some(Part::Sectors),
                    random,
                );
            }
            change => self.pending.push((number, change.clone())),
        }
    }

    /// Removes and returns the changes of a file before a record.
    fn take(&mut self, file: &str, before: usize) -> Vec<(usize, Record)> {
        let (taken, rest) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|(number, change)| *number < before && name(change) == file);
        self.pending = rest;
        taken
    }

    fn keep(
        &mut self,
        changes: Vec<(usize, Record)>,
        part: impl Fn(&mut Random) -> Option<Part>,
        random: &mut Random,
    ) {
        for (_, change) in changes {
            if let Some(part) = part(random) {
                apply(&mut self.durable, &change, part, random);
            }
        }
    }

    /// Returns one of the states in which the disk can be if the power is lost now.
    pub fn image(&self, random: &mut Random) -> Image {
        let mut image = self.durable.clone();
        // Nothing, everything, the first ones in order, whole changes in any order, or single sectors in any order.
        let style = random.below(5);
        let reached = random.below(self.pending.len() as u64 + 1) as usize;
        let mut kept: Vec<&str> = Vec::new();
        for (position, (_, change)) in self.pending.iter().enumerate() {
            // A file that was deleted on the disk only in part still has its old content: no later change belongs to it.
            if kept.contains(&name(change)) {
                continue;
            }
            let part = match style {
                0 => None,
                1 => Some(Part::Whole),
                2 => (position < reached).then_some(Part::Whole),
                3 => random.one_in(2).then_some(Part::Whole),
                _ => Some(Part::Sectors),
            };
            match (part, change) {
                (None, Record::Delete { file }) => kept.push(file),
                (Some(part), change) => apply(&mut image, change, part, random),
                (None, _) => {}
            }
        }
        image
    }
}

/// Writes the files of an image into a folder.
pub fn lay(image: &Image, folder: &Path) {
    for (name, content) in image {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

fn name(change: &Record) -> &str {
    match change {
        Record::Write { file, .. } | Record::Truncate { file, .. } | Record::Delete { file } => file,
        _ => unreachable!("only changes are pending"),
    }
}

fn apply(image: &mut Image, change: &Record, part: Part, random: &mut Random) {
    match change {
        Record::Write { file, offset, data } => {
            let content = image.entry(file.clone()).or_default();
            let mut start = 0;
            while start < data.len() {
                let at = *offset as usize + start;
                let mut length = (SECTOR - at % SECTOR).min(data.len() - start);
                let next = start + length;
                if let Part::Sectors = part {
                    match random.below(16) {
                        0..8 => length = 0,
                        8 => length = random.below(length as u64) as usize,
                        _ => {}
                    }
                }
                if length > 0 {
                    if content.len() < at + length {
                        content.resize(at + length, 0);
                    }
                    content[at..at + length].copy_from_slice(&data[start..start + length]);
                }
                start = next;
            }
        }
        Record::Truncate { file, size } => image.entry(file.clone()).or_default().resize(*size as usize, 0),
        Record::Delete { file } => drop(image.remove(file)),
        _ => unreachable!("only changes are pending"),
    }
}

//! The move of a whole store into another one, of whatever back end.
//!
//! The source is only read, all of it at one moment. Rows go over in the order of their keys, in transactions that also keep
//! how far the move has come: one that was killed goes on exactly there. In the end both stores are read and compared.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use super::digest::Digest;
use super::notes::{self, Header, KeyCell, Mark, VERSION, json};
use super::rows::{Batch, clean_row, digest_of};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::Store;
use crate::store::table::{Cell, Put, RawRow, Table, TableSnapshot, compare_keys};

/// How long a destination that fails for a while is tried again.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a move is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveOptions {
    /// Rows that one transaction takes at the most.
    pub batch_rows: usize,
    /// Go on with a move that was interrupted, if there is one. One that was over is only verified again.
    pub resume: bool,
    /// The destination may hold rows of its own.
    pub merge: bool,
    /// Read everything, write nothing.
    pub dry_run: bool,
}

impl Default for MoveOptions {
    fn default() -> Self {
        Self {
            batch_rows: 10_000,
            resume: false,
            merge: false,
            dry_run: false,
        }
    }
}

/// What became of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableReport {
    /// The table.
    pub table: Table,
    /// Rows read from the source.
    pub rows: u64,
    /// Of these, rows that are new in the destination or took the place of an older one there.
    pub stored: u64,
    /// Bytes of these rows in memory.
    pub bytes: u64,
    /// Texts in which the destination cannot hold a NUL character: it has U+FFFD there. An event's blob keeps the truth.
    pub cleaned: u64,
    /// Rows left out since nothing finds them: tactics and techniques of alerts that are not there.
    pub unreachable: u64,
    /// The hash of the source's rows; see [`Digest`].
    pub sha256: String,
    /// What is wrong in the destination; `None` if it was compared and is right, or was not compared.
    pub difference: Option<String>,
}

/// What a move did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoveReport {
    /// Each table.
    pub tables: Vec<TableReport>,
    /// It went on with a move that was interrupted.
    pub resumed: bool,
    /// The destination was compared with the source, and is right.
    pub verified: bool,
    /// Rows that came to the source or left it while it was read, by table: they are not in the destination.
    pub late: BTreeMap<Table, i64>,
}

/// How far a move has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// The table that is read.
    pub table: Table,
    /// Rows read in this phase, of all tables.
    pub rows: u64,
    /// Rows that this phase will read.
    pub total: u64,
}

/// What a move is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Rows go over.
    Copy,
    /// The destination is read again and compared.
    Verify,
}

/// Moves everything from one store to another.
///
/// The source is neither opened for writing, nor migrated, nor adopted: rights to read it suffice. `progress` is called after each batch.
///
/// # Errors
/// [`Conflict`](ErrorKind::Conflict) when the destination is not empty and `merge` is not asked for, when an unfinished move is
/// there and `resume` is not asked for, or when it is that of another source; those of reading and writing, after which a move
/// can be resumed.
pub fn move_storage(
    from: &dyn Store,
    to: &dyn Store,
    options: &MoveOptions,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<MoveReport> {
    if options.batch_rows == 0 {
        return Err(Error::invalid("a batch has at least one row"));
    }
    let mut report = MoveReport::default();
    let mut merge = options.merge;
    let mut marks = BTreeMap::new();
    let mut is_full = None;
    if !options.dry_run {
        // A source that cannot be read is no reason to make a destination.
        from.snapshot(control, &mut |_| Ok(()))?;
        to.start(control)?;
        let (header, found) = notes::read(from, to, options, control)?;
        report.resumed = header.is_some();
        marks = found;
        match header {
            Some(header) => merge = header.merge,
            // A move that was killed in its last moment is resumed too: then all is there.
            None => match refuse_full(to, options, control) {
                Err(full) if options.resume && full.kind() == ErrorKind::Conflict => is_full = Some(full),
                done => done?,
            },
        }
    }
    let mut counts = BTreeMap::new();
    from.snapshot(control, &mut |source| {
        counts = count_all(source)?;
        let mut mover = Mover {
            to,
            options,
            merge,
            only_reads: options.dry_run || is_full.is_some(),
            control,
            reached: Progress {
                phase: Phase::Copy,
                table: Table::Templates,
                rows: 0,
                total: counts.values().sum(),
            },
            progress: &mut *progress,
        };
        if !mover.only_reads && !report.resumed {
            mover.note_beginning(&from.location())?;
        }
        for table in Table::ALL {
            let mark = marks.remove(table.name()).unwrap_or_default();
            let moved = mover.copy(source, table, mark)?;
            report.tables.push(moved);
        }
        if merge && !options.dry_run {
            mover.reached = Progress {
                phase: Phase::Verify,
                rows: 0,
                ..mover.reached
            };
            for moved in &mut report.tables {
                moved.difference = mover.missing(source, moved.table)?;
            }
        }
        Ok(())
    })?;
    if options.dry_run {
        return Ok(report);
    }
    if let Some(full) = is_full {
        compare(to, &mut report, control, progress)?;
        report.resumed = true;
        report.verified = report.tables.iter().all(|table| table.difference.is_none());
        return if report.verified { Ok(report) } else { Err(full) };
    }
    to.finish_rows(control)?;
    if !merge {
        compare(to, &mut report, control, progress)?;
    }
    report.verified = report.tables.iter().all(|table| table.difference.is_none());
    from.snapshot(control, &mut |source| {
        for (table, now) in count_all(source)? {
            let change = now as i64 - counts.get(&table).copied().unwrap_or_default() as i64;
            if change != 0 {
                report.late.insert(table, change);
            }
        }
        Ok(())
    })?;
    if report.verified {
        to.forget_notes(control)?;
    }
    Ok(report)
}

fn count_all(snapshot: &dyn TableSnapshot) -> Result<BTreeMap<Table, u64>> {
    let count = |table: Table| Ok((table, snapshot.count(table)?));
    Table::ALL.into_iter().map(count).collect()
}

pub(super) fn conflict(text: String) -> Error {
    Error::new(ErrorKind::Conflict, text)
}

/// Refuses a destination that holds rows, unless they may be there.
pub(super) fn refuse_full(to: &dyn Store, options: &MoveOptions, control: &Control) -> Result<()> {
    if options.merge {
        return Ok(());
    }
    let mut there = Vec::new();
    to.snapshot(control, &mut |snapshot| {
        for (table, rows) in count_all(snapshot)? {
            if rows > 0 {
                there.push(format!("{} {rows}", table.name()));
            }
        }
        Ok(())
    })?;
    if there.is_empty() {
        return Ok(());
    }
    Err(conflict(format!(
        "{} is not empty ({}): merge into it, or choose an empty destination",
        to.location(),
        there.join(", ")
    )))
}

/// Rows on their way.
struct Mover<'m> {
    to: &'m dyn Store,
    options: &'m MoveOptions,
    merge: bool,
    /// Nothing is stored.
    only_reads: bool,
    control: &'m Control,
    reached: Progress,
    progress: &'m mut dyn FnMut(Progress),
}

impl Mover<'_> {
    fn note_beginning(&self, source: &str) -> Result<()> {
        let header = Header {
            version: VERSION,
            source: source.to_owned(),
            merge: self.merge,
        };
        let put = Put {
            table: Table::Templates,
            rows: &[],
            merge: self.merge,
            note: Some(&|_| (String::new(), json(&header))),
        };
        self.to.put_rows(&put, self.control).map(|_| ())
    }

    /// Copies a table, from behind the mark on.
    fn copy(&mut self, source: &dyn TableSnapshot, table: Table, mark: Mark) -> Result<TableReport> {
        let mut report = TableReport {
            table,
            rows: 0,
            stored: mark.stored,
            bytes: 0,
            cleaned: 0,
            unreachable: 0,
            sha256: String::new(),
            difference: None,
        };
        let over: RawRow = mark.key.into_iter().map(Cell::from).collect();
        let mut digest = Digest::new(table);
        let mut batch = Batch::default();
        let mut last = Vec::new();
        let holds_nul = self.to.holds_nul();
        self.reached.table = table;
        source.scan(table, &mut |mut row| {
            digest.add(&row);
            report.bytes += row.iter().map(Cell::bytes).sum::<usize>() as u64;
            self.reached.rows += 1;
            let is_over = !over.is_empty() && compare_keys(table, &row, &over).is_le();
            // As the source has it, in whose order rows come.
            let key = row[..table.key_length()].iter().map(KeyCell::from).collect();
            if !holds_nul {
                report.cleaned += clean_row(&mut row);
            }
            if self.only_reads || is_over {
                return self.breathe();
            }
            batch.push(row);
            last = key;
            if batch.is_full(self.options) {
                self.store(table, &mut batch, &last, &mut report)?;
            }
            Ok(())
        })?;
        self.store(table, &mut batch, &last, &mut report)?;
        report.rows = digest.rows();
        report.sha256 = digest.hex();
        report.unreachable = source.count(table)?.saturating_sub(report.rows);
        Ok(report)
    }

    /// Commits a batch with the place that it reaches. A destination that fails for a while is tried again: rows that are
    /// there are not stored twice, and the note tells whether a commit of which no answer came was done.
    fn store(
        &mut self,
        table: Table,
        batch: &mut Batch,
        last: &[KeyCell],
        report: &mut TableReport,
    ) -> Result<()> {
        if batch.rows.is_empty() {
            (self.progress)(self.reached);
            return Ok(());
        }
        let mark = |stored: u64| Mark {
            key: last.to_vec(),
            stored,
        };
        let before = report.stored;
        let put = Put {
            table,
            rows: &batch.rows,
            merge: self.merge,
            note: Some(&|stored| (table.name().to_owned(), json(&mark(before + stored)))),
        };
        let give_up = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(100);
        report.stored = loop {
            match self.to.put_rows(&put, self.control) {
                Ok(stored) => break before + stored,
                // Whether an attempt in doubt has stored its rows is looked up below.
                Err(error) if (error.is_retriable() || error.is_in_doubt()) && Instant::now() < give_up => {
                    self.control.check()?;
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_secs(5));
                }
                Err(error) => return Err(error.within(table.name())),
            }
            if let Some(done) = self.committed(table).filter(|done| done.key == mark(0).key) {
                break done.stored;
            }
        };
        batch.clear();
        self.breathe()?;
        (self.progress)(self.reached);
        Ok(())
    }

    /// Reads a table's mark back, if the destination answers.
    fn committed(&self, table: Table) -> Option<Mark> {
        let notes = self.to.notes(self.control).ok()?;
        let (_, mark) = notes.into_iter().find(|(name, _)| name == table.name())?;
        serde_json::from_str(&mark).ok()
    }

    /// Puts every row once more. Where all are there, or newer ones in their place, nothing is left to store.
    fn missing(&mut self, source: &dyn TableSnapshot, table: Table) -> Result<Option<String>> {
        let missing = self.copy_unnoted(source, table)?;
        Ok((missing > 0).then(|| format!("{missing} rows were not there, and have been stored now")))
    }

    fn copy_unnoted(&mut self, source: &dyn TableSnapshot, table: Table) -> Result<u64> {
        let mut batch = Batch::default();
        let mut stored = 0;
        let holds_nul = self.to.holds_nul();
        self.reached.table = table;
        let mut put = |mover: &mut Self, batch: &mut Batch| -> Result<()> {
            let put = Put {
                table,
                rows: &batch.rows,
                merge: true,
                note: None,
            };
            stored += mover.to.put_rows(&put, mover.control)?;
            batch.clear();
            (mover.progress)(mover.reached);
            Ok(())
        };
        source.scan(table, &mut |mut row| {
            if !holds_nul {
                clean_row(&mut row);
            }
            self.reached.rows += 1;
            batch.push(row);
            if batch.is_full(self.options) {
                put(self, &mut batch)?;
            }
            Ok(())
        })?;
        put(self, &mut batch)?;
        Ok(stored)
    }

    /// Looks at the clock and says how far it is, now and then.
    fn breathe(&mut self) -> Result<()> {
        if self.reached.rows.is_multiple_of(5_000) {
            self.control.check()?;
            (self.progress)(self.reached);
        }
        Ok(())
    }
}

/// Reads the destination and compares it with what was read from the source.
fn compare(
    to: &dyn Store,
    report: &mut MoveReport,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    let mut reached = Progress {
        phase: Phase::Verify,
        table: Table::Templates,
        rows: 0,
        total: report.tables.iter().map(|table| table.rows).sum(),
    };
    to.snapshot(control, &mut |there| {
        for moved in &mut report.tables {
            reached.table = moved.table;
            let found = digest_of(there, moved.table, &mut |rows| {
                reached.rows += rows;
                progress(reached);
                control.check()
            })?;
            if found.rows() != moved.rows {
                moved.difference = Some(format!("{} rows, not {}", found.rows(), moved.rows));
            } else if found.hex() != moved.sha256 {
                moved.difference = Some("as many rows, but of another content".to_owned());
            }
        }
        Ok(())
    })
}

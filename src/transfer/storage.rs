//! Moves a whole store to another one, of the same or another back end.
//!
//! The source is only read, from one snapshot. Rows are copied in key order; each transaction also stores a checkpoint, from which a
//! killed move continues. At the end both stores are read and compared.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use super::checkpoint::{self, Checkpoint, Header, KeyCell, VERSION, json};
use super::digest::Digest;
use super::progress::{MoveOptions, MoveReport, Phase, Progress, TableReport};
use super::rows::{Batch, clean_row, count_all, digest_of, refuse_non_empty};
use crate::back_off::BackOff;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Control;
use crate::store::Store;
use crate::store::table::{Cell, Put, RawRow, Table, TableSnapshot, compare_keys};

/// How long a transient failure of the destination is retried.
const RETRY_FOR: Duration = Duration::from_secs(60);

/// Moves all rows from one store to another.
///
/// The source is neither opened for writing, nor migrated, nor adopted; the right to read it suffices. `progress` is called after
/// each batch.
///
/// # Errors
/// [`Conflict`](ErrorKind::Conflict) if the destination is not empty and `merge` is false, if it holds an unfinished move and `resume`
/// is false, or if that move is from another source. Other errors are those of reading and writing; the move can be resumed after
/// them.
pub fn move_storage(
    from: &dyn Store,
    to: &dyn Store,
    options: &MoveOptions,
    control: &Control,
    progress: &mut dyn FnMut(Progress),
) -> Result<MoveReport> {
    if options.batch_rows == 0 {
        return Err(Error::invalid("batch_rows is 0; a batch needs at least one row"));
    }
    let mut report = MoveReport::default();
    let mut merge = options.merge;
    let mut checkpoints = BTreeMap::new();
    let mut already_moved = None;
    if !options.dry_run {
        // Read the source first: if that fails, no destination is created.
        from.snapshot(control, &mut |_| Ok(()))?;
        to.start(control)?;
        let (header, found) = checkpoint::load(from, to, options, control)?;
        report.resumed = header.is_some();
        checkpoints = found;
        match header {
            Some(header) => merge = header.merge,
            // A move killed after it deleted its checkpoints is complete; with `resume` it is verified.
            None => match refuse_non_empty(to, options, control) {
                Err(full) if options.resume && full.kind() == ErrorKind::Conflict => {
                    already_moved = Some(full)
                }
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
            read_only: options.dry_run || already_moved.is_some(),
            control,
            reached: Progress {
                phase: Phase::Copy,
                table: Table::Templates,
                rows: 0,
                total: counts.values().sum(),
            },
            progress: &mut *progress,
        };
        if !mover.read_only && !report.resumed {
            mover.store_header(&from.location())?;
        }
        for table in Table::ALL {
            let checkpoint = checkpoints.remove(table.name()).unwrap_or_default();
            let moved = mover.copy(source, table, checkpoint)?;
            report.tables.push(moved);
        }
        if merge && !options.dry_run {
            mover.reached = Progress {
                phase: Phase::Verify,
                rows: 0,
                ..mover.reached
            };
            for moved in &mut report.tables {
                moved.difference = mover.store_missing(source, moved.table)?;
            }
        }
        Ok(())
    })?;
    if options.dry_run {
        return Ok(report);
    }
    if let Some(full) = already_moved {
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
                report.source_changes.insert(table, change);
            }
        }
        Ok(())
    })?;
    if report.verified {
        to.forget_notes(control)?;
    }
    Ok(report)
}

/// Copies rows from the source to the destination.
struct Mover<'m> {
    to: &'m dyn Store,
    options: &'m MoveOptions,
    merge: bool,
    /// True if nothing may be stored.
    read_only: bool,
    control: &'m Control,
    reached: Progress,
    progress: &'m mut dyn FnMut(Progress),
}

impl Mover<'_> {
    fn store_header(&self, source: &str) -> Result<()> {
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

    /// Copies a table, starting after its checkpoint.
    fn copy(
        &mut self,
        source: &dyn TableSnapshot,
        table: Table,
        checkpoint: Checkpoint,
    ) -> Result<TableReport> {
        let mut report = TableReport {
            table,
            rows: 0,
            stored: checkpoint.stored,
            bytes: 0,
            cleaned: 0,
            unreachable: 0,
            sha256: String::new(),
            difference: None,
        };
        let done_through: RawRow = checkpoint.key.into_iter().map(Cell::from).collect();
        let mut digest = Digest::new(table);
        let mut batch = Batch::default();
        let mut last = Vec::new();
        let holds_nul = self.to.holds_nul();
        self.reached.table = table;
        source.scan(table, &mut |mut row| {
            digest.add(&row);
            report.bytes += row.iter().map(Cell::bytes).sum::<usize>() as u64;
            self.reached.rows += 1;
            let is_copied = !done_through.is_empty() && compare_keys(table, &row, &done_through).is_le();
            // The source's key, before NUL characters are replaced, because rows are sorted by it.
            let key = row[..table.key_length()].iter().map(KeyCell::from).collect();
            if !holds_nul {
                report.cleaned += clean_row(&mut row);
            }
            if self.read_only || is_copied {
                return self.report_progress();
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

    /// Commits a batch together with its checkpoint. A transient failure is retried: rows already stored are not stored twice, and
    /// the checkpoint shows whether a commit without an answer succeeded.
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
        let checkpoint = |stored: u64| Checkpoint {
            key: last.to_vec(),
            stored,
        };
        let before = report.stored;
        let put = Put {
            table,
            rows: &batch.rows,
            merge: self.merge,
            note: Some(&|stored| (table.name().to_owned(), json(&checkpoint(before + stored)))),
        };
        let give_up = Instant::now() + RETRY_FOR;
        let mut back_off = BackOff::new(Duration::from_millis(100), Duration::from_secs(5));
        report.stored = loop {
            match self.to.put_rows(&put, self.control) {
                Ok(stored) => break before + stored,
                // If the commit is in doubt, the checkpoint read below shows whether it succeeded.
                Err(error) if (error.is_retriable() || error.is_in_doubt()) && Instant::now() < give_up => {
                    self.control.check()?;
                    thread::sleep(back_off.next_pause());
                }
                Err(error) => return Err(error.within(table.name())),
            }
            if let Some(done) = self
                .stored_checkpoint(table)
                .filter(|done| done.key == checkpoint(0).key)
            {
                break done.stored;
            }
        };
        batch.clear();
        self.report_progress()?;
        (self.progress)(self.reached);
        Ok(())
    }

    /// Reads a table's checkpoint, if the destination answers.
    fn stored_checkpoint(&self, table: Table) -> Option<Checkpoint> {
        let notes = self.to.notes(self.control).ok()?;
        let (_, checkpoint) = notes.into_iter().find(|(name, _)| name == table.name())?;
        serde_json::from_str(&checkpoint).ok()
    }

    /// Stores all rows again, which stores nothing if each row is there already, in this or a newer version.
    fn store_missing(&mut self, source: &dyn TableSnapshot, table: Table) -> Result<Option<String>> {
        let missing = self.put_all_rows(source, table)?;
        Ok((missing > 0).then(|| format!("{missing} rows were missing; they are stored now")))
    }

    fn put_all_rows(&mut self, source: &dyn TableSnapshot, table: Table) -> Result<u64> {
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

    /// Checks the bounds of the call and reports progress, every few thousand rows.
    fn report_progress(&mut self) -> Result<()> {
        if self.reached.rows.is_multiple_of(5_000) {
            self.control.check()?;
            (self.progress)(self.reached);
        }
        Ok(())
    }
}

/// Reads the destination and compares it with the digests of the source.
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
                moved.difference = Some(format!("{} rows instead of {}", found.rows(), moved.rows));
            } else if found.hex() != moved.sha256 {
                moved.difference = Some("the same number of rows, but other contents".to_owned());
            }
        }
        Ok(())
    })
}

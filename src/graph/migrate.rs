//! Moving a graph from one back end to another: streamed, repeatable, and compared afterwards.
//!
//! Both sides list their edges in the same order, so one pass over both finds every difference. Only differences are written, and
//! writing raises edges instead of adding to them: edges that an earlier attempt moved are neither written nor counted again.

use std::cmp::Ordering;
use std::thread;

use super::check_edges;
use super::side::{CHUNK, Stream};
pub use super::side::{Contents, Side};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Edge};

/// Differences that are listed.
const NAMED: usize = 5;

/// The treatment of edges that the destination already has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Refuse, unless they are exactly the source's.
    #[default]
    Refuse,
    /// Keep them, and raise those that the source also has.
    Merge,
    /// Remove them first.
    Wipe,
    /// Resume a migration that ended early. They must be the source's.
    Resume,
}

/// The options of a migration.
#[derive(Clone, Copy, Debug)]
pub struct MigrateOptions {
    /// Edges per write.
    pub batch_size: usize,
    /// Write nothing; only report what would be done.
    pub dry_run: bool,
    /// The treatment of edges that the destination already has.
    pub existing: Existing,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self {
            batch_size: 10_000,
            dry_run: false,
            existing: Existing::Refuse,
        }
    }
}

/// The result of a migration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The source.
    pub source: Contents,
    /// The destination afterwards; before, for a dry run.
    pub destination: Contents,
    /// Edges that were written, or that a dry run would write.
    pub written: u64,
    /// Edges of the source that no graph can store; see [`check_edges`]. They are not moved.
    pub unfit: u64,
    /// Edges of the source that the destination lacks or has with lower values.
    pub missing: u64,
    /// Edges of the destination that the source lacks or has with lower values.
    pub extra: u64,
    /// The first of these differences as text.
    pub findings: Vec<String>,
    /// Both sides are equal; for [`Existing::Merge`], the destination has at least the source's edges.
    pub verified: bool,
}

/// The progress of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Edges of the source that were compared, and moved if the destination lacked them.
    Moving(u64),
    /// Edges of the source that were compared in the final check.
    Verifying(u64),
}

/// Moves all edges of a source to a destination.
///
/// # Errors
/// [`Conflict`](ErrorKind::Conflict) if the destination has edges that `existing` does not allow, or if it is to be wiped for an empty
/// source: nothing was written. On an error of a back end the edges written before stay, and [`Existing::Resume`] continues there.
pub fn migrate(
    from: Side<'_>,
    to: Side<'_>,
    options: &MigrateOptions,
    control: &Control,
    progress: &mut dyn FnMut(Step),
) -> Result<Migrated> {
    if options.existing == Existing::Refuse && !holds_only_what_it_may(from, to, control)? {
        return Err(Error::new(
            ErrorKind::Conflict,
            "the destination holds edges already: have them merged or removed, or the migration that put them there resumed",
        ));
    }
    if options.existing == Existing::Wipe {
        // A mistyped name is an empty graph.
        if is_empty(from, control)? {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the source holds no edges: nothing is removed from the destination for that",
            ));
        }
        if !options.dry_run {
            to.clear(control)?;
        }
    }
    let (written, found) = send(from, to, options, control, progress)?;
    if options.dry_run {
        let written = match options.existing {
            Existing::Wipe => found.source.counts.edges - found.unfit,
            _ => written,
        };
        return Ok(Migrated { written, ..found });
    }
    let mut looked = 0;
    let found = compare(from, to, control, &mut |_| {
        looked += 1;
        if looked % CHUNK as u64 == 0 {
            progress(Step::Verifying(looked));
        }
        Ok(())
    })?;
    progress(Step::Verifying(looked));
    let same = found.extra == 0 && found.source == found.destination;
    Ok(Migrated {
        written,
        verified: found.missing == 0 && found.unfit == 0 && (same || options.existing == Existing::Merge),
        ..found
    })
}

/// Sends the edges that the destination lacks or has with lower values, without a final check. Returns their number.
///
/// # Errors
/// Those of the back ends. Edges that were sent before stay.
pub fn raise(from: Side<'_>, to: Side<'_>, batch_size: usize, control: &Control) -> Result<u64> {
    let options = MigrateOptions {
        batch_size,
        ..MigrateOptions::default()
    };
    send(from, to, &options, control, &mut |_| ()).map(|(written, _)| written)
}

fn send(
    from: Side<'_>,
    to: Side<'_>,
    options: &MigrateOptions,
    control: &Control,
    progress: &mut dyn FnMut(Step),
) -> Result<(u64, Migrated)> {
    let mut written = 0;
    let mut batch = Vec::new();
    let mut looked = 0;
    let found = compare(from, to, control, &mut |difference| {
        looked += 1;
        if looked % CHUNK as u64 == 0 {
            progress(Step::Moving(looked));
        }
        if let Difference::Missing(edge) = difference {
            written += 1;
            if !options.dry_run {
                batch.push(edge.clone());
                if batch.len() >= options.batch_size.max(1) {
                    to.merge(&batch, control)?;
                    batch.clear();
                }
            }
        }
        Ok(())
    })?;
    progress(Step::Moving(looked));
    if !batch.is_empty() {
        to.merge(&batch, control)?;
    }
    Ok((written, found))
}

/// Returns whether the destination is empty or equal to the source.
fn holds_only_what_it_may(from: Side<'_>, to: Side<'_>, control: &Control) -> Result<bool> {
    if is_empty(to, control)? {
        return Ok(true);
    }
    let stop = || Error::new(ErrorKind::Conflict, "");
    let same = compare(from, to, control, &mut |difference| match difference {
        Difference::None => Ok(()),
        _ => Err(stop()),
    });
    match same {
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
        same => same.map(|found| found.extra == 0 && found.unfit == 0),
    }
}

/// Returns whether a side has no edge.
fn is_empty(side: Side<'_>, control: &Control) -> Result<bool> {
    let mut empty = true;
    let first = side.edges(control, &mut |_| {
        empty = false;
        Err(Error::new(ErrorKind::Conflict, ""))
    });
    if empty { first.map(|()| true) } else { Ok(false) }
}

/// The difference in one edge of the source.
enum Difference<'e> {
    None,
    /// The destination lacks it or has lower values.
    Missing(&'e Edge),
    /// No graph can store it.
    Unfit,
}

/// Compares both sides in one pass.
fn compare(
    from: Side<'_>,
    to: Side<'_>,
    control: &Control,
    each: &mut dyn FnMut(Difference<'_>) -> Result<()>,
) -> Result<Migrated> {
    thread::scope(|scope| {
        let mut found = Migrated::default();
        let mut source = Stream::new(scope, from, control)?;
        let mut destination = Stream::new(scope, to, control)?;
        loop {
            let order = match (&source.next, &destination.next) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => one.key().cmp(&other.key()),
            };
            let one = if order.is_le() { source.advance()? } else { None };
            let other = if order.is_ge() {
                destination.advance()?
            } else {
                None
            };
            found.look(one.as_ref(), other.as_ref(), each)?;
        }
        found.source = source.contents();
        found.destination = destination.contents();
        Ok(found)
    })
}

impl Migrated {
    fn look(
        &mut self,
        source: Option<&Edge>,
        destination: Option<&Edge>,
        each: &mut dyn FnMut(Difference<'_>) -> Result<()>,
    ) -> Result<()> {
        let lower = |one: &Edge, other: &Edge| {
            one.first_seen > other.first_seen
                || one.last_seen < other.last_seen
                || one.event_count < other.event_count
        };
        if let Some(other) = destination
            && source.is_none_or(|one| lower(one, other))
        {
            self.extra += 1;
            self.name("only the destination has", other);
        }
        let Some(one) = source else { return Ok(()) };
        if check_edges(std::slice::from_ref(one)).is_err() {
            self.unfit += 1;
            self.name("no graph can store", one);
            return each(Difference::Unfit);
        }
        if destination.is_none_or(|other| lower(other, one)) {
            self.missing += 1;
            self.name("the destination lacks", one);
            return each(Difference::Missing(one));
        }
        each(Difference::None)
    }

    fn name(&mut self, what: &str, edge: &Edge) {
        if self.findings.len() < NAMED {
            self.findings.push(format!(
                "{what} {:?} -{}-> {:?}, {} to {}, {} times",
                edge.source_id,
                edge.rel_type,
                edge.target_id,
                edge.first_seen,
                edge.last_seen,
                edge.event_count
            ));
        }
    }
}

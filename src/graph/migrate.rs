//! Moving a graph from one back end to another: streamed, repeatable, and compared afterwards.
//!
//! Both sides hand out their edges in the same order, so that one walk over both shows every difference. Only differences are
//! written, and writing raises edges instead of adding to them: what was moved before is neither written nor counted again,
//! whatever ended an earlier attempt.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope};

use sha2::{Digest, Sha256};

use super::{GraphBackend, GraphCounts, check_edges};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Edge};
use crate::store::EdgeStore;
use crate::threads;

/// Edges that are handed from thread to thread at once, and how many times as many may wait.
const CHUNK: usize = 1024;
const CHUNKS: usize = 4;
/// Differences that are named.
const NAMED: usize = 5;

/// One side of a migration.
#[derive(Clone, Copy)]
pub enum Side<'s> {
    /// What the relational store holds, which is what the graph in memory is made of.
    Store(&'s dyn EdgeStore),
    /// A graph of its own.
    Graph(&'s dyn GraphBackend),
}

impl Side<'_> {
    fn edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        match self {
            Side::Store(store) => store.load_edges(control, each),
            Side::Graph(graph) => graph.edges(control, each),
        }
    }

    fn merge(&self, edges: &[Edge], control: &Control) -> Result<()> {
        match self {
            Side::Store(store) => store.merge_edges(edges, control),
            Side::Graph(graph) => graph.merge_edges(edges, control),
        }
    }

    fn clear(&self, control: &Control) -> Result<()> {
        match self {
            Side::Store(store) => store.clear_edges(control),
            Side::Graph(graph) => graph.clear(control),
        }
    }
}

/// What to do about edges that the destination holds already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Refuse, unless they are the source's and all of them.
    #[default]
    Refuse,
    /// Keep them, and raise those that the source has too.
    Merge,
    /// Remove them first.
    Wipe,
    /// Go on with a migration that ended early: they must be the source's.
    Resume,
}

/// How to migrate.
#[derive(Clone, Copy, Debug)]
pub struct MigrateOptions {
    /// Edges written at once.
    pub batch_size: usize,
    /// Only find out what would be done.
    pub dry_run: bool,
    /// What to do about edges that are there.
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

/// What one side holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Entities and edges.
    pub counts: GraphCounts,
    /// SHA-256 of all edges in their order, in hex.
    pub hash: String,
}

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The source.
    pub source: Contents,
    /// The destination afterwards; before, for a dry run.
    pub destination: Contents,
    /// Edges that were written; for a dry run, that would be.
    pub written: u64,
    /// Edges of the source that no graph can hold; see [`check_edges`]. They stay behind.
    pub unfit: u64,
    /// Edges of the source that the destination lacks or holds lower values of.
    pub missing: u64,
    /// Edges of the destination that are not the source's, or hold higher values.
    pub extra: u64,
    /// The first of all these, for people.
    pub findings: Vec<String>,
    /// The destination holds what the source holds; for [`Existing::Merge`], at least.
    pub verified: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Edges of the source that were looked at and moved where they were not there.
    Moving(u64),
    /// Edges of the source that were compared.
    Verifying(u64),
}

/// Moves all edges of a source to a destination.
///
/// # Errors
/// [`Conflict`](ErrorKind::Conflict) when the destination holds edges and `existing` does not allow that, or when it is to be wiped for a
/// source that holds none: nothing was written.
/// Others are those of the back ends; what was written before stays, and [`Existing::Resume`] goes on there.
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
        // A mistyped name is an empty graph, too.
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

/// Sends what the destination lacks or holds lower values of, without a look at it afterwards; returns how many edges.
///
/// # Errors
/// Those of the back ends; what was sent before stays.
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

/// Tells whether the destination is empty, or the same as the source.
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

/// Tells whether a side holds no edge.
fn is_empty(side: Side<'_>, control: &Control) -> Result<bool> {
    let mut empty = true;
    let first = side.edges(control, &mut |_| {
        empty = false;
        Err(Error::new(ErrorKind::Conflict, ""))
    });
    if empty { first.map(|()| true) } else { Ok(false) }
}

/// What the walk over both sides finds of one edge of the source.
enum Difference<'e> {
    None,
    /// The destination lacks it, or holds lower values.
    Missing(&'e Edge),
    /// No graph can hold it.
    Unfit,
}

/// Walks over both sides at once.
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
            self.name("no graph can hold", one);
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

/// The edges of one side, read by a thread of its own.
struct Stream {
    chunks: Receiver<Result<Vec<Edge>>>,
    chunk: std::vec::IntoIter<Edge>,
    next: Option<Edge>,
    hasher: Sha256,
    vertices: HashSet<[u8; 16]>,
    edges: u64,
}

impl Stream {
    fn new<'scope, 'env: 'scope>(
        scope: &'scope Scope<'scope, 'env>,
        side: Side<'env>,
        control: &Control,
    ) -> Result<Self> {
        let (sender, chunks) = sync_channel(CHUNKS);
        let control = control.clone();
        threads::spawn_scoped(scope, "seerflow-edges", move || read(side, &control, &sender))?;
        let mut stream = Self {
            chunks,
            chunk: Vec::new().into_iter(),
            next: None,
            hasher: Sha256::new(),
            vertices: HashSet::new(),
            edges: 0,
        };
        stream.advance()?;
        Ok(stream)
    }

    /// Returns the next edge, and looks at the one behind it.
    fn advance(&mut self) -> Result<Option<Edge>> {
        let mut behind = self.chunk.next();
        if behind.is_none()
            && let Ok(chunk) = self.chunks.recv()
        {
            self.chunk = chunk?.into_iter();
            behind = self.chunk.next();
        }
        if let Some(edge) = &behind {
            self.take_in(edge);
        }
        Ok(std::mem::replace(&mut self.next, behind))
    }

    fn take_in(&mut self, edge: &Edge) {
        for text in [&edge.source_id, &edge.target_id, &edge.rel_type] {
            self.hasher.update((text.len() as u64).to_le_bytes());
            self.hasher.update(text);
        }
        for number in [edge.first_seen, edge.last_seen, edge.event_count] {
            self.hasher.update(number.to_le_bytes());
        }
        for id in [&edge.source_id, &edge.target_id] {
            let mut short = [0; 16];
            short.copy_from_slice(&Sha256::digest(id)[..16]);
            self.vertices.insert(short);
        }
        self.edges += 1;
    }

    fn contents(self) -> Contents {
        Contents {
            counts: GraphCounts {
                vertices: self.vertices.len() as u64,
                edges: self.edges,
            },
            hash: self
                .hasher
                .finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }
}

/// Sends the edges of a side until all are sent or nobody takes them any longer.
fn read(side: Side<'_>, control: &Control, sender: &SyncSender<Result<Vec<Edge>>>) {
    let mut chunk = Vec::with_capacity(CHUNK);
    let gone = || Error::new(ErrorKind::Interrupted, "nobody reads on");
    let done = side.edges(control, &mut |edge| {
        chunk.push(edge);
        if chunk.len() < CHUNK {
            return Ok(());
        }
        let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
        sender.send(Ok(full)).map_err(|_| gone())
    });
    let _ = match done {
        Ok(()) => sender.send(Ok(chunk)),
        Err(error) => sender.send(Err(error)),
    };
}

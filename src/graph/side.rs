//! The sides of a migration: graphs on servers and tables of edges, read as streams of edges in one order.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use sha2::{Digest, Sha256};

use super::{GraphCounts, GraphServer};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Control, Edge};
use crate::store::EdgeStore;
use crate::threads;

/// Edges of a chunk that one thread sends to another, and the number of chunks that may be in flight.
pub(super) const CHUNK: usize = 1024;
const CHUNKS: usize = 4;

/// One side of a migration.
#[derive(Clone, Copy)]
pub enum Side<'s> {
    /// The edges of the relational store, which the graph in memory is a copy of.
    Store(&'s dyn EdgeStore),
    /// A graph on a server.
    Graph(&'s dyn GraphServer),
}

impl Side<'_> {
    pub(super) fn edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        match self {
            Side::Store(store) => store.load_edges(control, each),
            Side::Graph(graph) => graph.edges(control, each),
        }
    }

    pub(super) fn merge(&self, edges: &[Edge], control: &Control) -> Result<()> {
        match self {
            Side::Store(store) => store.merge_edges(edges, control),
            Side::Graph(graph) => graph.merge_edges(edges, control),
        }
    }

    pub(super) fn clear(&self, control: &Control) -> Result<()> {
        match self {
            Side::Store(store) => store.clear_edges(control),
            Side::Graph(graph) => graph.clear(control),
        }
    }
}

/// The contents of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Entities and edges.
    pub counts: GraphCounts,
    /// SHA-256 of all edges in their order, in hex.
    pub hash: String,
}

/// The edges of one side. A thread of its own reads them.
pub(super) struct Stream {
    chunks: Receiver<Result<Vec<Edge>>>,
    chunk: std::vec::IntoIter<Edge>,
    /// The next edge.
    pub(super) next: Option<Edge>,
    hasher: Sha256,
    vertices: HashSet<[u8; 16]>,
    edges: u64,
}

impl Stream {
    pub(super) fn new<'scope, 'env: 'scope>(
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

    /// Returns the next edge and reads the one after it.
    pub(super) fn advance(&mut self) -> Result<Option<Edge>> {
        let mut after = self.chunk.next();
        if after.is_none()
            && let Ok(chunk) = self.chunks.recv()
        {
            self.chunk = chunk?.into_iter();
            after = self.chunk.next();
        }
        if let Some(edge) = &after {
            self.take_in(edge);
        }
        Ok(std::mem::replace(&mut self.next, after))
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

    pub(super) fn contents(self) -> Contents {
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

/// Sends the edges of a side until all are sent or the receiver is gone.
fn read(side: Side<'_>, control: &Control, sender: &SyncSender<Result<Vec<Edge>>>) {
    let mut chunk = Vec::with_capacity(CHUNK);
    let gone = || Error::new(ErrorKind::Interrupted, "the receiver is gone");
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

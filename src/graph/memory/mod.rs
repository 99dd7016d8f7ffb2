//! The graph in this process: the default.
//!
//! It is a copy of the edges of a relational store, loaded for the first question. Every question sees the edges that this process
//! wrote before it; see [`loader`](self::loader) for the changes of other programs.
//!
//! - `table`: the edges, and for each entity the edges that touch it. `walk`: questions that walk over them.
//! - `loader`: loads the table and applies changes. `worker`: its thread.

mod loader;
mod table;
mod walk;
mod worker;

use std::sync::Arc;

use parking_lot::{Mutex, RwLockReadGuard};

use self::loader::{Loader, State};
use self::table::{Place, Table};
use self::walk::Marks;
use super::names::Names;
use super::snapshot::{Ranked, Snapshot};
use super::{GraphBackend, GraphCounts, Neighbour, Subgraph};
use crate::buffer::WriteBuffer;
use crate::config::Config;
use crate::error::Result;
use crate::log::Logger;
use crate::record::{Control, Edge, RelatedEntity};
use crate::store::Store;

/// Edges that a stream copies under one lock.
const COPIED_AT_ONCE: usize = 1024;

/// A graph in memory.
pub struct MemoryGraph {
    loader: Arc<Loader>,
    /// Marks that no walk uses now.
    marks: Mutex<Vec<Marks>>,
}

impl MemoryGraph {
    /// Makes a copy of the edges of a store, to which `buffer` writes. Nothing is loaded before the first question.
    pub fn new(store: Arc<dyn Store>, buffer: Arc<WriteBuffer>, config: &Config, logger: Logger) -> Self {
        let refresh_interval = config.millis("storage.graph_refresh_ms");
        let loader = Arc::new(Loader::new(store, buffer, refresh_interval, logger));
        Self {
            loader,
            marks: Mutex::default(),
        }
    }

    fn read(&self, control: &Control) -> Result<RwLockReadGuard<'_, State>> {
        control.check()?;
        self.loader.refresh(control)?;
        self.lock(control)
    }

    /// Locks the state for reading, unless it was closed.
    fn lock(&self, control: &Control) -> Result<RwLockReadGuard<'_, State>> {
        let state = &self.loader.state;
        let state = control.acquire(|| state.read(), |until| state.try_read_until(until))?;
        state.check_open()?;
        Ok(state)
    }

    fn take_marks(&self) -> Marks {
        self.marks.lock().pop().unwrap_or_default()
    }

    fn walk<T>(&self, control: &Control, walk: impl FnOnce(&Table, &mut Marks) -> Result<T>) -> Result<T> {
        let state = self.read(control)?;
        let mut marks = self.take_marks();
        let done = walk(&state.table, &mut marks);
        self.marks.lock().push(marks);
        done
    }
}

impl GraphBackend for MemoryGraph {
    fn neighbours(
        &self,
        entity: &str,
        depth: u32,
        rel_types: &[String],
        control: &Control,
    ) -> Result<Vec<Neighbour>> {
        self.walk(control, |table, marks| {
            walk::neighbours(table, marks, entity, depth, rel_types, control)
        })
    }

    fn shortest_path(&self, from: &str, to: &str, control: &Control) -> Result<Vec<String>> {
        self.walk(control, |table, near| {
            let mut far = self.take_marks();
            let path = walk::shortest_path(table, (near, &mut far), from, to, control);
            self.marks.lock().push(far);
            path
        })
    }

    fn subgraph(&self, entity: &str, depth: u32, control: &Control) -> Result<Subgraph> {
        self.walk(control, |table, marks| {
            walk::subgraph(table, marks, entity, depth, control)
        })
    }

    fn related(&self, entity: &str, control: &Control) -> Result<Vec<RelatedEntity>> {
        let state = self.read(control)?;
        Ok(walk::related(&state.table, entity))
    }

    fn edges(&self, control: &Control, each: &mut dyn FnMut(Edge) -> Result<()>) -> Result<()> {
        let mut last: Option<Edge> = None;
        'again: loop {
            let (order, generation) = {
                let state = self.read(control)?;
                (sorted(&state.table, last.as_ref()), state.generation)
            };
            for places in order.chunks(COPIED_AT_ONCE) {
                control.check()?;
                let some: Vec<Edge> = {
                    let state = self.lock(control)?;
                    if state.generation != generation {
                        // The rows have other numbers now: continue after the last edge.
                        continue 'again;
                    }
                    places
                        .iter()
                        .filter_map(|place| state.table.edge_at(place))
                        .collect()
                };
                last = some.last().cloned().or(last);
                some.into_iter().try_for_each(&mut *each)?;
            }
            return Ok(());
        }
    }

    fn snapshot(&self, control: &Control) -> Result<Arc<Snapshot>> {
        let state = self.read(control)?;
        let table = &state.table;
        let numbers = (0..table.entities.len() as u32)
            .filter(|&entity| !table.links(entity).is_empty())
            .collect();
        let ranked = Ranked::new(&table.entities, numbers, control)?;
        let edges: Vec<(u32, u32)> = table
            .rows()
            .map(|(_, row)| ranked.edge((row.source, row.target)))
            .collect();
        drop(state);
        control.check()?;
        Ok(Arc::new(Snapshot::new(ranked.names, &edges)))
    }

    fn counts(&self, control: &Control) -> Result<GraphCounts> {
        let state = self.read(control)?;
        Ok(GraphCounts {
            vertices: state.table.vertices() as u64,
            edges: state.table.edges() as u64,
        })
    }

    fn health(&self, control: &Control) -> Result<()> {
        self.read(control).map(|_| ())
    }

    fn location(&self) -> String {
        format!("memory, kept in {}", self.loader.store.location())
    }

    fn close(&self) {
        self.loader.close();
        self.loader.state.write().close();
        self.marks.lock().clear();
    }
}

impl Drop for MemoryGraph {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for MemoryGraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryGraph")
            .field("location", &self.location())
            .finish_non_exhaustive()
    }
}

/// Returns the edges in the order of source, target and relation; only those after an edge, if one is given.
fn sorted(table: &Table, after: Option<&Edge>) -> Vec<Place> {
    let ranks = |names: &Names| {
        let mut order: Vec<u32> = (0..names.len() as u32).collect();
        names.sort(&mut order);
        let mut ranks = vec![0_u32; order.len()];
        for (rank, number) in (0..).zip(order) {
            ranks[number as usize] = rank;
        }
        ranks
    };
    let (entities, rels) = (ranks(&table.entities), ranks(&table.rels));
    let mut keyed: Vec<(u32, u32, u32, u32)> = table
        .rows()
        .filter(|(_, row)| {
            after.is_none_or(|edge| {
                let names = (
                    table.entities.get(row.source),
                    table.entities.get(row.target),
                    table.rels.get(row.rel),
                );
                names > (&edge.source_id, &edge.target_id, &edge.rel_type)
            })
        })
        .map(|(number, row)| {
            let rank = |entity: u32| entities[entity as usize];
            (rank(row.source), rank(row.target), rels[row.rel as usize], number)
        })
        .collect();
    keyed.sort_unstable();
    keyed
        .into_iter()
        .map(|(.., number)| table.place_of(number))
        .collect()
}

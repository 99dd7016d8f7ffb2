//! The graph in this process: the default.
//!
//! It is loaded from the relational store when it is first asked something, and kept with it; see [`keep`](self::keep) for what
//! is guaranteed. Edges that are added go into memory at once and into the store in batches.
//!
//! - `table`: the edges and who touches them. `walk`: questions that walk.
//! - `keep`: the table and the store, and committing. `follower`: what this process commits by other ways. `load`: loading, and
//!   noticing what others wrote. `worker`: the thread.

mod follower;
mod keep;
mod load;
mod table;
mod walk;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLockReadGuard};

use self::keep::{Keeper, State};
use self::table::{Place, Table};
use self::walk::Marks;
use super::names::Names;
use super::snapshot::{Ranked, Snapshot};
use super::{GraphBackend, GraphCounts, Neighbour, Subgraph, check_edges};
use crate::config::Config;
use crate::error::Result;
use crate::log::Logger;
use crate::record::{Control, Edge, RelatedEntity};
use crate::store::Store;

/// Edges that are added under one lock, so that readers wait a millisecond or so.
const AT_ONCE: usize = 2048;

/// Edges that are handed out between two locks.
const HANDED: usize = 1024;

/// How the graph is kept with its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryOptions {
    /// How long an added edge waits for its commit at the most.
    pub flush_interval: Duration,
    /// How many edges may wait; who adds more commits them first.
    pub waiting: usize,
    /// How often what another program wrote is looked for; see [`load`](self::load).
    pub refresh_interval: Duration,
}

impl From<&Config> for MemoryOptions {
    fn from(config: &Config) -> Self {
        Self {
            flush_interval: config.millis("storage.flush_interval_ms"),
            waiting: config.int("storage.queue_events") as usize,
            refresh_interval: config.millis("storage.graph_refresh_ms"),
        }
    }
}

/// A graph in memory.
pub struct MemoryGraph {
    keeper: Arc<Keeper>,
    /// Marks that no walk uses now.
    marks: Mutex<Vec<Marks>>,
}

impl MemoryGraph {
    /// Makes a graph that is kept with a store. Nothing is loaded before the first question.
    pub fn new(store: Arc<dyn Store>, options: MemoryOptions, logger: Logger) -> Self {
        Self::over(Keeper::new(Some(store), options, logger))
    }

    /// Makes an empty graph that is kept nowhere.
    pub fn detached() -> Self {
        let options = MemoryOptions {
            flush_interval: Duration::ZERO,
            waiting: usize::MAX,
            refresh_interval: Duration::ZERO,
        };
        Self::over(Keeper::new(None, options, Logger::default()))
    }

    fn over(keeper: Keeper) -> Self {
        Self {
            keeper: Arc::new(keeper),
            marks: Mutex::default(),
        }
    }

    /// Returns how many bytes of memory the graph takes.
    pub fn bytes(&self) -> usize {
        self.keeper.state.read().table.bytes()
    }

    fn read(&self, control: &Control) -> Result<RwLockReadGuard<'_, State>> {
        control.check()?;
        self.keeper.fresh(control)?;
        self.keeper.read(control)
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
    fn add_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        check_edges(edges)?;
        self.keeper.make_room(edges.len(), control)?;
        // All of them or none: only what comes before the first one may fail.
        self.keeper.prepare()?;
        let mut bound = control.clone();
        for some in edges.chunks(AT_ONCE) {
            let table = &mut self.keeper.write(&bound)?.table;
            bound = Control::unbounded();
            if self.keeper.store.is_some() {
                some.iter().for_each(|edge| table.add_waiting(edge));
            } else {
                some.iter().for_each(|edge| table.add(edge));
            }
        }
        self.keeper.wake()
    }

    fn flush(&self, control: &Control) -> Result<()> {
        self.keeper.flush(control)
    }

    fn waiting(&self) -> u64 {
        self.keeper.waiting()
    }

    fn merge_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        check_edges(edges)?;
        self.keeper.has_room(edges.len())?;
        self.keeper.change(
            control,
            |store| store.merge_edges(edges, control),
            |state| edges.iter().for_each(|edge| state.table.merge(edge)),
        )
    }

    fn remove_edges(&self, edges: &[Edge], control: &Control) -> Result<()> {
        self.keeper.change(
            control,
            |store| store.remove_edges(edges, control),
            |state| state.table.remove(edges),
        )
    }

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
            for places in order.chunks(HANDED) {
                control.check()?;
                let some: Vec<Edge> = {
                    let state = self.keeper.read(control)?;
                    if state.generation != generation {
                        // The rows have other numbers now: go on behind the last edge.
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

    fn clear(&self, control: &Control) -> Result<()> {
        self.keeper.change(
            control,
            |store| store.clear_edges(control),
            |state| state.replace(Table::default()),
        )
    }

    fn health(&self, control: &Control) -> Result<()> {
        self.read(control).map(|_| ())
    }

    fn location(&self) -> String {
        match &self.keeper.store {
            Some(store) => format!("memory, kept in {}", store.location()),
            None => "memory".to_owned(),
        }
    }

    fn settle(&self) {
        self.keeper.no_loads.raise();
    }

    fn close(&self) {
        self.keeper.close();
        self.marks.lock().clear();
    }
}

impl Drop for MemoryGraph {
    fn drop(&mut self) {
        self.keeper.close();
    }
}

impl std::fmt::Debug for MemoryGraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryGraph")
            .field("location", &self.location())
            .finish_non_exhaustive()
    }
}

/// Sorts the edges by source, target and relation; only those behind an edge, if one is given.
fn sorted(table: &Table, behind: Option<&Edge>) -> Vec<Place> {
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
            behind.is_none_or(|edge| {
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

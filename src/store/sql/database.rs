//! Transactions as a back end offers them to the stores. Each call of a store is one of them.

use super::Conn;
use crate::error::Result;
use crate::memory::Room;
use crate::record::Control;
use crate::store::EdgeCommits;

/// Properties of the indexes that decide which statement answers a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexLayout {
    /// `idx_events_source_sev` ends in the time. In databases that Seerflow created it does not.
    pub source_index_has_time: bool,
    /// There is an index of the hosts, `source_id`, that ends in the time.
    pub has_host_index: bool,
}

/// A database that runs SQL in transactions. The files beside this one implement the stores over it.
pub trait Database: Send + Sync {
    /// Returns the properties of the indexes.
    fn layout(&self, control: &Control) -> Result<IndexLayout>;
    /// Returns the room of one answer, `storage.page_bytes`.
    fn room(&self) -> Room;
    /// Runs `work` in a read transaction, in which all statements see one state of the database. Runs it again on another server if
    /// the first one could not answer.
    fn read<T>(&self, control: &Control, work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T>;
    /// Runs `work` like [`Database::read`], in a state that includes everything that this process committed before. Only a replica
    /// lags behind that state.
    fn read_own<T>(&self, control: &Control, work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T> {
        self.read(control, work)
    }
    /// Runs `work` like [`Database::read`], and passes it the arrival number up to which no more events can appear.
    fn read_to_horizon<T>(
        &self,
        control: &Control,
        mut work: impl FnMut(&dyn Conn, Horizon) -> Result<T>,
    ) -> Result<T> {
        self.read(control, |conn| work(conn, Horizon::ALL))
    }
    /// Runs `work` in a write transaction, and again if the transaction was rolled back because of a concurrent one.
    fn write<T>(&self, control: &Control, work: impl FnMut(&dyn Conn) -> Result<T>) -> Result<T>;
    /// Returns what orders the commits that change edges.
    fn edge_commits(&self) -> &EdgeCommits;
    /// Returns a number that changes with commits of other programs; see [`EdgeSource::outside_changes`](crate::store::EdgeSource::outside_changes).
    fn outside_changes(&self, control: &Control) -> Result<Option<u64>>;
}

/// The arrival number up to which no more events can appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The number.
    pub up_to: i64,
    /// No larger number was given out.
    pub is_all: bool,
}

impl Horizon {
    /// Everything: for a database with one writer at a time, and for numbers that do not follow the order of arrival.
    pub const ALL: Self = Self {
        up_to: i64::MAX,
        is_all: true,
    };
}

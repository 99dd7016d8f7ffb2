//! Measures of entities: centrality, communities, degrees.
//!
//! The definitions are those of Seerflow's own graph, on which detection builds. Every relation between two entities is an edge of
//! its own, and edges are not weighted. Each algorithm works on a [`Snapshot`], returns a value for each of its entities, checks the
//! caller's deadline and interrupt, and gives the same answer each time, on any number of cores.
//!
//! | | directed | definition |
//! |---|---|---|
//! | [`pagerank`] | yes | damping 0.85, the ranks of all add up to 1 |
//! | [`communities`] | no | modularity, by the Leiden method; numbered by size |
//! | [`betweenness`] | no | the share of all pairs whose shortest paths pass through, 0 to 1 |
//! | [`fan_in`], [`fan_out`] | yes | different entities at the other end |
//! | [`ego_size`] | no | different entities one step away |
//! | [`components`] | no | connected components, numbered by size |

mod betweenness;
mod communities;
mod components;
mod degree;
mod pagerank;
mod score;

pub use betweenness::{Sources, betweenness};
pub use communities::{communities, modularity};
pub use components::components;
pub use degree::{ego_size, fan_in, fan_out};
pub use pagerank::pagerank;
pub use score::{Score, load_scores, save_scores, top};

use super::Snapshot;
use crate::error::{Error, Result};
use crate::record::Control;

/// One of the algorithms, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// [`pagerank`].
    Pagerank,
    /// [`betweenness`], estimated for a large graph.
    Betweenness,
    /// [`fan_in`].
    FanIn,
    /// [`fan_out`].
    FanOut,
    /// [`ego_size`].
    EgoSize,
    /// [`communities`].
    Community,
    /// [`components`].
    Component,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Measure; 7] = [
        Self::Pagerank,
        Self::Betweenness,
        Self::FanIn,
        Self::FanOut,
        Self::EgoSize,
        Self::Community,
        Self::Component,
    ];

    /// Returns its name: that of Seerflow's attribute, if there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pagerank => "pagerank",
            Self::Betweenness => "betweenness",
            Self::FanIn => "fan_in",
            Self::FanOut => "fan_out",
            Self::EgoSize => "ego_graph_size",
            Self::Community => "community_id",
            Self::Component => "component_id",
        }
    }

    /// Finds a measure by its name.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) for an unknown name.
    pub fn from_name(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|measure| measure.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid(format!("{name:?} is not a measure: {names}"))
        })
    }

    /// Returns whether its values are numbers of groups, of which 0 is the largest group.
    pub fn is_group(self) -> bool {
        matches!(self, Self::Community | Self::Component)
    }

    /// Measures every entity of a snapshot.
    pub fn of(self, graph: &Snapshot, control: &Control) -> Result<Vec<f64>> {
        let numbers = |values: Vec<u32>| values.into_iter().map(f64::from).collect();
        match self {
            Self::Pagerank => pagerank(graph, control),
            Self::Betweenness => betweenness(graph, Sources::Bounded, control),
            Self::FanIn => fan_in(graph, control).map(numbers),
            Self::FanOut => fan_out(graph, control).map(numbers),
            Self::EgoSize => ego_size(graph, control).map(numbers),
            Self::Community => communities(graph, control).map(numbers),
            Self::Component => components(graph, control).map(numbers),
        }
    }
}

//! `seerflow graph`: the entity graph.
//!
//! - `names`: parsing and display of entities. `neighbors`: neighbours and paths. `subgraph`: edges, and pictures of them.
//!   `measures`: statistics of the graph, and rankings of entities.

mod measures;
mod names;
mod neighbors;
mod subgraph;

pub use names::Named;
#[cfg(feature = "serve")]
pub use names::entity as named;
#[cfg(feature = "serve")]
pub use neighbors::relations;

use crate::context::Context;
use crate::failure::Done;
use crate::graph_migrate;

/// Query the entity graph: neighbours, paths, pictures, rankings
#[derive(clap::Subcommand)]
#[command(after_help = "\
An entity is given by its id or as type:value, such as ip:192.0.2.1, user:root, host:web-1. Edges come from events \
(storage.infer_edges), from Seerflow and from programs that add them. Queries ignore the direction of edges.

Examples:
  seerflow graph neighbors ip:203.0.113.66
  seerflow graph path user:alice host:db-1
  seerflow graph subgraph user:alice --depth 2 --format svg > alice.svg
  seerflow graph top betweenness -n 10")]
pub enum Command {
    #[command(visible_alias = "neighbours")]
    Neighbors(neighbors::Neighbors),
    Path(neighbors::Path),
    Subgraph(subgraph::Args),
    Stats(measures::Stats),
    Top(measures::Top),
    Migrate(graph_migrate::Args),
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::Neighbors(args) => neighbors::neighbors(&args, context),
        Command::Path(args) => neighbors::path(&args, context),
        Command::Subgraph(args) => subgraph::run(&args, context),
        Command::Stats(args) => measures::stats(&args, context),
        Command::Top(args) => measures::top(&args, context),
        Command::Migrate(args) => graph_migrate::run(&args, context),
    }
}

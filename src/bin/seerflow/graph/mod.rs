//! `seerflow graph`: the entity graph.
//!
//! - `names`: entities as they are written and shown. `near`: neighbours and paths. `subgraph`: edges, and pictures of them.
//!   `whole`: what the graph is like as a whole, and who stands out.

mod names;
mod near;
mod subgraph;
mod whole;

pub use names::Named;

use crate::context::Context;
use crate::failure::Done;
use crate::graph_migrate;

/// Ask the entity graph: neighbours, paths, pictures, who stands out
#[derive(clap::Subcommand)]
#[command(after_help = "\
An entity is given by its id or as type:value, such as ip:192.0.2.1, user:root, host:web-1. Edges come from events \
(storage.infer_edges), from Seerflow and from programs that add them. Questions ignore the direction of edges.

Examples:
  seerflow graph neighbors ip:203.0.113.66
  seerflow graph path user:alice host:db-1
  seerflow graph subgraph user:alice --depth 2 --format svg > alice.svg
  seerflow graph top betweenness -n 10")]
pub enum Command {
    #[command(visible_alias = "neighbours")]
    Neighbors(near::Neighbors),
    Path(near::Path),
    Subgraph(subgraph::Args),
    Stats(whole::Stats),
    Top(whole::Top),
    Migrate(graph_migrate::Args),
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    match command {
        Command::Neighbors(args) => near::neighbors(&args, context),
        Command::Path(args) => near::path(&args, context),
        Command::Subgraph(args) => subgraph::run(&args, context),
        Command::Stats(args) => whole::stats(&args, context),
        Command::Top(args) => whole::top(&args, context),
        Command::Migrate(args) => graph_migrate::run(&args, context),
    }
}

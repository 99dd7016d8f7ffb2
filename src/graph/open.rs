//! Opening the graph that the configuration names.

use std::sync::Arc;

#[cfg(all(feature = "graph-servers", feature = "postgres"))]
use super::age::AgeGraph;
#[cfg(feature = "graph-servers")]
use super::falkordb::FalkorGraph;
use super::memory::MemoryGraph;
#[cfg(feature = "graph-servers")]
use super::sync::SyncedGraph;
use super::{GraphBackend, GraphServer};
use crate::buffer::WriteBuffer;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Logger;
use crate::store::Store;

/// Makes the graph of a store, to which `buffer` writes. Nothing is opened before its first use.
///
/// # Errors
/// [`Config`](ErrorKind::Config) for a configuration that cannot work; [`Unsupported`](ErrorKind::Unsupported) for a back end
/// that this build does not have.
pub fn graph(
    config: &Config,
    store: &Arc<dyn Store>,
    buffer: &Arc<WriteBuffer>,
    logger: &Logger,
) -> Result<Arc<dyn GraphBackend>> {
    let (store, buffer, logger) = (Arc::clone(store), Arc::clone(buffer), logger.clone());
    if !is_server(config) {
        return Ok(Arc::new(MemoryGraph::new(store, buffer, config, logger)));
    }
    let server = server(config)?;
    #[cfg(feature = "graph-servers")]
    let server = Arc::new(SyncedGraph::new(store, buffer, server, logger));
    Ok(server)
}

/// Returns whether `storage.graph_backend` names a server.
pub fn is_server(config: &Config) -> bool {
    !matches!(config.value("storage.graph_backend"), "igraph" | "memory")
}

/// Makes the graph on the server that `storage.graph_backend` names. Nothing is opened before its first use.
///
/// # Errors
/// [`Config`](ErrorKind::Config) for a configuration that cannot work; [`Unsupported`](ErrorKind::Unsupported) if it names the graph in
/// process, or a back end that this build does not have.
pub fn server(config: &Config) -> Result<Arc<dyn GraphServer>> {
    match config.value("storage.graph_backend") {
        #[cfg(feature = "graph-servers")]
        "falkordb" => Ok(Arc::new(FalkorGraph::new(config)?)),
        #[cfg(all(feature = "graph-servers", feature = "postgres"))]
        "postgres_age" => Ok(Arc::new(AgeGraph::new(config)?)),
        "igraph" | "memory" => Err(Error::new(
            ErrorKind::Unsupported,
            "storage.graph_backend names the graph in process, not a server",
        )),
        other => {
            let back_end = if other == "falkordb" {
                "FalkorDB"
            } else {
                "Apache AGE"
            };
            Err(Error::left_out("storage.graph_backend", back_end))
        }
    }
}

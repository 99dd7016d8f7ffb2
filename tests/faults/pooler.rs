//! A COMMIT whose answer is lost behind pgbouncer in transaction mode.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use seerflow::record::Control;

use crate::cluster::{Cluster, eventually, is_possible, is_root, own, url};
use crate::load::{Load, check_counts, open};
use crate::proxy::{Moment, Proxy};
use crate::services::free_port;

/// pgbouncer in front of a cluster, stopped when dropped.
struct Pooler {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Pooler {
    /// Starts a pooler; `None`, with a message, if pgbouncer is not installed.
    fn before(cluster: &Cluster) -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("seerflow-pooler-")
            .tempdir_in("/tmp")
            .unwrap();
        let (ini, port) = (folder.path().join("ini"), free_port());
        let server = cluster.port;
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={server} user=postgres\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 4\n"
        );
        std::fs::write(&ini, text).unwrap();
        own(folder.path());
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "pgbouncer"]);
            command
        } else {
            Command::new("pgbouncer")
        };
        let started = command.arg("-q").arg(&ini).stderr(Stdio::null()).spawn();
        let Ok(process) = started else {
            println!("skipped: pgbouncer is not installed (apt install pgbouncer)");
            return None;
        };
        eventually("pgbouncer", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Self {
            process,
            port,
            _folder: folder,
        })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // runuser passes SIGTERM on.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

#[test]
fn commit_whose_answer_is_lost_behind_a_pooler_is_looked_up() {
    if !is_possible() {
        return;
    }
    let cluster = Cluster::start("");
    let Some(pooler) = Pooler::before(&cluster) else {
        return;
    };
    let proxy = Proxy::before(pooler.port);
    let engine = Arc::new(open(&url(proxy.port, "postgres"), &[]));
    let load = Load::start(&engine, 4);
    eventually("events", || load.acknowledged() > 0);
    for moment in [
        Moment::BeforeCommit,
        Moment::DuringCommit,
        Moment::AfterCommit,
        Moment::DuringCommit,
        Moment::AfterCommit,
    ] {
        proxy.cut(moment);
        eventually(&format!("{moment:?}"), || proxy.is_done());
        let before = load.acknowledged();
        eventually("more events", || load.acknowledged() > before);
    }
    let acknowledged = load.end();
    check_counts(&cluster, &engine, acknowledged);
    assert_eq!(engine.close(&Control::unbounded()).unwrap(), 0);
}

//! Additional PostgreSQL servers with Apache AGE.

use std::path::PathBuf;
use std::process::Command;

use crate::database;
use crate::falkordb_server::root_of_process;
use crate::services::{INITDB, free_port};

/// A server owned by a test, stopped when dropped.
pub struct AgeServer {
    /// The root folder of the shared server, which has the programs.
    root: PathBuf,
    /// The folder of the cluster, inside the root.
    data: String,
    port: u16,
}

impl AgeServer {
    /// Starts a server with the programs of the one at a local address.
    pub fn like(url: &str) -> Self {
        let process =
            database::run(url, "SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)").remove(0);
        let port = free_port();
        let server = Self {
            root: root_of_process(&process),
            data: format!("/tmp/seerflow-age-{port}"),
            port,
        };
        server.run("initdb", &INITDB);
        let settings = server.root.join(&server.data[1..]).join("postgresql.conf");
        let text = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\nfsync = off\n\
             dynamic_shared_memory_type = mmap\n"
        );
        let before = std::fs::read_to_string(&settings).unwrap();
        std::fs::write(settings, before + &text).unwrap();
        server.run("pg_ctl", &["-l", &format!("{}/log", server.data), "-w", "start"]);
        server
    }

    /// Returns the connection string.
    pub fn url(&self) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops the server at once and starts it again.
    pub fn restart(&self) {
        let log = format!("{}/log", self.data);
        self.run("pg_ctl", &["-l", &log, "-w", "-m", "immediate", "restart"]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = Command::new("chroot")
            .arg("--userspec=postgres:postgres")
            .arg(&self.root)
            .arg(format!("/usr/lib/postgresql/17/bin/{program}"))
            .args(["-D", &self.data])
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{program} {arguments:?}");
    }
}

impl Drop for AgeServer {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-w", "-m", "immediate", "stop"]);
        let _ = std::fs::remove_dir_all(self.root.join(&self.data[1..]));
    }
}

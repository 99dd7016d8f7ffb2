//! Additional FalkorDB servers.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::redis::ask;
use crate::services::free_port;

/// A FalkorDB owned by a test, stopped when dropped.
pub struct Server {
    pub address: String,
    command: Command,
    process: Child,
}

impl Server {
    /// Starts a server with the root and module of the one at a local address.
    pub fn like(address: &str) -> Self {
        Self::with(address, &[])
    }

    /// Starts a server with more options, in which `{port}` is replaced by its port.
    pub fn with(address: &str, options: &[&str]) -> Self {
        let modules = ask(address, &["MODULE", "LIST"]);
        let module = modules.iter().find(|word| word.ends_with(".so")).unwrap();
        let port = free_port().to_string();
        let root = root_of(address);
        let mut command = Command::new("chroot");
        command
            .args([
                root.to_str().unwrap(),
                "redis-server",
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
            ])
            .args([
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                "/tmp",
                "--loadmodule",
                module,
            ])
            .args(options.iter().map(|option| option.replace("{port}", &port)))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut server = Self {
            address: format!("127.0.0.1:{port}"),
            process: command.spawn().unwrap(),
            command,
        };
        server.wait_until_up();
        server
    }

    /// Kills the server and starts it again, empty.
    pub fn restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = self.command.spawn().unwrap();
        self.wait_until_up();
    }

    fn wait_until_up(&mut self) {
        while TcpStream::connect(&self.address).is_err() {
            assert_eq!(
                self.process.try_wait().unwrap(),
                None,
                "redis-server does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Returns the root folder of the server at a local address.
pub fn root_of(address: &str) -> PathBuf {
    let about = ask(address, &["INFO", "server"]).join("\n");
    let process = about
        .lines()
        .find_map(|line| line.trim().strip_prefix("process_id:"));
    root_of_process(process.unwrap())
}

/// Returns the root folder of a process.
pub fn root_of_process(process: &str) -> PathBuf {
    std::fs::read_link(format!("/proc/{process}/root")).unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

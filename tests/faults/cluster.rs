//! PostgreSQL clusters owned by a test: started, killed, filled up, followed by standbys.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::services::{INITDB, free_port};

/// A cluster in its own folder, stopped when dropped.
pub struct Cluster {
    folder: PathBuf,
    pub port: u16,
}

pub fn is_root() -> bool {
    // SAFETY: geteuid() has no preconditions.
    unsafe { libc::geteuid() == 0 }
}

/// Returns the folder of PostgreSQL's programs, which Debian does not add to PATH.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .collect();
    versions.sort();
    let in_path =
        || std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| folder.join("initdb").exists());
    versions
        .pop()
        .map(|(_, path)| path)
        .filter(|path| path.join("initdb").exists())
        .or_else(in_path)
}

/// Returns whether clusters can be created here. CI requires it.
pub fn is_possible() -> bool {
    let found = programs().is_some();
    if !found {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "PostgreSQL is missing in CI: run tests/setup.sh"
        );
        println!("skipped: PostgreSQL is not installed (apt install postgresql)");
    }
    found
}

impl Cluster {
    /// Creates a cluster and starts it. `settings` are lines of postgresql.conf.
    pub fn start(settings: &str) -> Self {
        let folder = Self::folder();
        Self::start_in(folder, settings)
    }

    fn folder() -> PathBuf {
        // The user that runs the server must have access to it.
        let folder = tempfile::Builder::new()
            .prefix("seerflow-faults-")
            .tempdir_in("/tmp")
            .unwrap()
            .keep();
        own(&folder);
        folder
    }

    fn start_in(folder: PathBuf, settings: &str) -> Self {
        let cluster = Self {
            folder,
            port: free_port(),
        };
        let data = cluster.data();
        let data = data.to_str().unwrap();
        cluster.must("initdb", &[&["-D", data][..], &INITDB].concat());
        cluster.configure(settings);
        cluster.up();
        cluster
    }

    /// Creates a standby of this cluster.
    pub fn standby(&self) -> Cluster {
        let standby = Cluster {
            folder: Self::folder(),
            port: free_port(),
        };
        let data = standby.data();
        let port = self.port.to_string();
        self.must(
            "pg_basebackup",
            &[
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "postgres",
                "-D",
                data.to_str().unwrap(),
                "-R",
                "-X",
                "stream",
                "--checkpoint=fast",
                "--no-sync",
            ],
        );
        standby.configure("");
        standby.up();
        standby
    }

    fn configure(&self, settings: &str) {
        let text = format!(
            "\nlisten_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\nfsync = off\nmax_connections = 60\nshared_buffers = 64MB\n{settings}\n",
            self.port,
            self.folder.display()
        );
        let path = self.data().join("postgresql.conf");
        let before = fs::read_to_string(&path).unwrap();
        fs::write(&path, before + &text).unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Returns the connection string of a database.
    pub fn url(&self, database: &str) -> String {
        url(self.port, database)
    }

    pub fn up(&self) {
        let (data, log) = (self.data(), self.folder.join("log"));
        let output = self.program(
            "pg_ctl",
            &[
                "-D",
                data.to_str().unwrap(),
                "-l",
                log.to_str().unwrap(),
                "-w",
                "-t",
                "60",
                "start",
            ],
        );
        assert!(
            output.status.success(),
            "{}",
            fs::read_to_string(&log).unwrap_or_default()
        );
    }

    /// Stops the server at once, as a loss of power would.
    pub fn kill(&self) {
        self.must(
            "pg_ctl",
            &[
                "-D",
                self.data().to_str().unwrap(),
                "-m",
                "immediate",
                "-w",
                "stop",
            ],
        );
    }

    pub fn restart(&self) {
        let (data, log) = (self.data(), self.folder.join("log"));
        self.must(
            "pg_ctl",
            &[
                "-D",
                data.to_str().unwrap(),
                "-l",
                log.to_str().unwrap(),
                "-m",
                "immediate",
                "-w",
                "-t",
                "60",
                "restart",
            ],
        );
    }

    /// Promotes a standby to primary.
    pub fn promote(&self) {
        self.must("pg_ctl", &["-D", self.data().to_str().unwrap(), "-w", "promote"]);
    }

    pub fn reload(&self) {
        self.must("pg_ctl", &["-D", self.data().to_str().unwrap(), "reload"]);
    }

    /// Runs statements as the superuser; returns the first column of the rows.
    pub fn sql(&self, database: &str, sql: &str) -> Vec<String> {
        let url = self.url(database);
        let output = self.program(
            "psql",
            &[
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                &url,
                "-c",
                sql,
            ],
        );
        assert!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Runs a statement that returns one number.
    pub fn number(&self, database: &str, sql: &str) -> i64 {
        self.sql(database, sql)[0].parse().unwrap()
    }

    /// Runs a statement in a psql session that stays open until the value is dropped.
    pub fn hold(&self, database: &str, sql: &str) -> Held {
        let mut child = self
            .command("psql", &["-X", "-q", "-A", "-t", "-d", &self.url(database)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        use std::io::{BufRead, Write};
        writeln!(child.stdin.as_mut().unwrap(), "{sql}; SELECT 'held';").unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "held"), "{sql}");
        Held(child)
    }

    fn must(&self, program: &str, args: &[&str]) {
        let output = self.program(program, args);
        assert!(
            output.status.success(),
            "{program}: {}{}",
            String::from_utf8_lossy(&output.stderr),
            fs::read_to_string(self.folder.join("log")).unwrap_or_default()
        );
    }

    fn program(&self, program: &str, args: &[&str]) -> Output {
        // pg_ctl's server inherits its output; a pipe would never be closed.
        let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let status = self
            .command(program, args)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(err.try_clone().unwrap())
            .status()
            .unwrap();
        let read = |mut file: fs::File| {
            use std::io::{Read, Seek};
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            bytes
        };
        Output {
            status,
            stdout: read(out),
            stderr: read(err),
        }
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let path = programs().unwrap().join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.args(args).current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        self.program(
            "pg_ctl",
            &["-D", data.to_str().unwrap(), "-m", "immediate", "-w", "stop"],
        );
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub fn url(port: u16, database: &str) -> String {
    format!("postgresql://postgres@127.0.0.1:{port}/{database}?sslmode=disable")
}

/// Changes the owner of a folder to the user that runs the server.
pub fn own(folder: &Path) {
    if is_root() {
        let done = Command::new("chown")
            .arg("postgres")
            .arg(folder)
            .status()
            .unwrap();
        assert!(done.success());
    }
}

/// An open session, which holds its locks.
pub struct Held(std::process::Child);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a condition holds, at most a minute.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A raw session that only occupies one of the server's connections.
pub struct Session(#[allow(dead_code)] std::net::TcpStream);

impl Session {
    /// Opens a session, if the server accepts another connection.
    pub fn open(port: u16, user: &str) -> Option<Self> {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
        let mut startup = vec![0, 0, 0, 0, 0, 3, 0, 0];
        startup.extend_from_slice(format!("user\0{user}\0database\0postgres\0\0").as_bytes());
        let length = startup.len() as u32;
        startup[..4].copy_from_slice(&length.to_be_bytes());
        stream.write_all(&startup).ok()?;
        let mut answer = [0; 1];
        stream.read_exact(&mut answer).ok()?;
        (answer[0] == b'R').then_some(Self(stream))
    }
}

impl Cluster {
    /// Requires a password of every user but the superuser.
    pub fn demand_passwords(&self) {
        let path = self.data().join("pg_hba.conf");
        fs::write(&path, "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\nhost replication postgres 127.0.0.1/32 trust\n").unwrap();
        self.reload();
    }
}

//! The command-line program, run as a person or a script runs it.
#![cfg(feature = "cli")]

#[path = "cli/counts.rs"]
mod counts;
#[path = "cli/detection.rs"]
mod detection;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/query.rs"]
mod query;
#[cfg(unix)]
#[path = "cli/signals.rs"]
mod signals;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use serde_json::Value;

const LOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bindings/c/examples/logs");

/// A folder with databases and files of one test.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A command on the database `db`, with nothing of this process's environment that could matter.
    fn command(&self, db: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seerflow"));
        command
            .env_clear()
            .env("SEERFLOW_STORAGE_SQLITE_PATH", self.path(db))
            .args(args)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, db: &str, args: &[&str]) -> Output {
        self.command(db, args).output().unwrap()
    }

    /// Runs a command that must work, and answers its standard output.
    fn ok(&self, db: &str, args: &[&str]) -> String {
        let output = self.run(db, args);
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn json(&self, db: &str, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(db, args)).unwrap()
    }

    fn fed(&self, db: &str, args: &[&str], input: &[u8]) -> Output {
        let mut child = self
            .command(db, args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn log(name: &str) -> String {
    format!("{LOGS}/{name}")
}

//! The command-line program, run as a separate process.
#![cfg(feature = "cli")]

#[path = "cli/counts.rs"]
mod counts;
#[path = "cli/damage.rs"]
mod damage;
#[path = "services/database.rs"]
mod database;
#[path = "cli/detection.rs"]
mod detection;
#[cfg(unix)]
#[path = "cli/display.rs"]
mod display;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/graph.rs"]
mod graph;
#[path = "cli/graph_migrate.rs"]
mod graph_migrate;
#[path = "cli/imports.rs"]
mod imports;
#[path = "cli/ingest.rs"]
mod ingest;
#[path = "cli/mistakes.rs"]
mod mistakes;
#[path = "cli/outputs.rs"]
mod outputs;
#[path = "cli/postgres.rs"]
mod postgres;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/query.rs"]
mod query;
#[path = "graph/redis.rs"]
mod redis;
#[path = "cli/secrets.rs"]
mod secrets;
mod services;
#[cfg(unix)]
#[path = "cli/signals.rs"]
mod signals;
#[cfg(unix)]
#[path = "cli/terminal.rs"]
mod terminal;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use serde_json::Value;

const LOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bindings/c/examples/logs");

/// A temporary folder with the databases and files of one test.
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

    /// Returns a command on the database `db`, with a clean environment.
    fn command(&self, db: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seerflow"));
        command
            .env_clear()
            .env("SEERFLOW_STORAGE_SQLITE_PATH", self.path(db))
            .args(args)
            .stdin(Stdio::null());
        #[cfg(unix)]
        // SAFETY: the system call is allowed between fork and exec.
        unsafe {
            use std::os::unix::process::CommandExt;
            // Tests started in the background may have inherited it ignored.
            command.pre_exec(|| {
                libc::signal(libc::SIGINT, libc::SIG_DFL);
                Ok(())
            });
        }
        command
    }

    fn run(&self, db: &str, args: &[&str]) -> Output {
        self.command(db, args).output().unwrap()
    }

    /// Runs a command, asserts success and returns its standard output.
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

/// Opens a terminal with a number of columns (0: unknown). Returns our end and the program's.
#[cfg(unix)]
fn open_terminal(columns: u16) -> (fs::File, std::os::fd::OwnedFd) {
    use std::os::fd::FromRawFd;
    let size = libc::winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let (mut ours, mut theirs) = (0, 0);
    let none = std::ptr::null_mut();
    let size = (&raw const size).cast_mut();
    // SAFETY: the pointers are valid or may be null. Each descriptor has one owner.
    unsafe {
        assert_eq!(libc::openpty(&mut ours, &mut theirs, none, none as _, size), 0);
        (FromRawFd::from_raw_fd(ours), FromRawFd::from_raw_fd(theirs))
    }
}

/// Runs a command whose output and errors go to a terminal. Returns its status and the text on the terminal.
#[cfg(unix)]
fn run_on_terminal(mut command: Command, columns: u16) -> (std::process::ExitStatus, String) {
    use std::io::Read;
    let (mut ours, theirs) = open_terminal(columns);
    command.stdout(theirs.try_clone().unwrap()).stderr(theirs);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut shown = Vec::new();
    // Reading ends with an error when the program has ended.
    let _ = ours.read_to_end(&mut shown);
    (child.wait().unwrap(), text(&shown).replace("\r\n", "\n"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn log(name: &str) -> String {
    format!("{LOGS}/{name}")
}

#[test]
fn year_option_dates_lines_without_a_year() {
    let place = Place::new();
    let file = place.file(
        "messages",
        "Jan  1 00:00:00 h p[1]: first\nJul  4 12:00:00 h p[1]: middle\nDec 31 23:59:59 h p[1]: last\n",
    );
    let times = |db: &str, args: &[&str]| -> Vec<String> {
        let ingest: Vec<&str> = ["ingest", "-q", &file].iter().chain(args).copied().collect();
        place.ok(db, &ingest);
        let page = place.ok(db, &["export", "events"]);
        page.lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["timestamp_ns"]
                    .as_i64()
                    .unwrap()
            })
            .map(|ns| seerflow::record::format_rfc3339(ns)[..19].to_owned())
            .collect()
    };
    let utc = [
        "2005-01-01T00:00:00",
        "2005-07-04T12:00:00",
        "2005-12-31T23:59:59",
    ];
    assert_eq!(times("year.db", &["--year", "2005"]), utc);
    let west = [
        "2005-01-01T08:00:00",
        "2005-07-04T19:00:00",
        "2006-01-01T07:59:59",
    ];
    assert_eq!(
        times(
            "west.db",
            &["--year", "2005", "--timezone", "America/Los_Angeles"]
        ),
        west
    );
    let reference = times("time.db", &["--reference-time", "2005-07-05"]);
    assert_eq!(
        reference,
        [
            "2005-01-01T00:00:00",
            "2005-07-04T12:00:00",
            "2004-12-31T23:59:59"
        ]
    );
    let both = place.run(
        "a.db",
        &[
            "ingest",
            &file,
            "--year",
            "2005",
            "--reference-time",
            "2005-07-05",
        ],
    );
    assert_eq!(both.status.code(), Some(2));
}

//! `seerflow migrate storage`, `export all` and `import`, as separate processes.
#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::source::{assert_same, full, sqlite};

pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seerflow"));
        command
            .env_clear()
            .current_dir(self.0.path())
            .env("SEERFLOW_DATA_DIR", self.0.path())
            .args(args)
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub fn ok(&self, args: &[&str]) -> (String, String) {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    }

    pub fn fails(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?}: {}",
            text(&output.stderr)
        );
        text(&output.stderr)
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn store_is_moved_with_every_form_of_its_name() {
    let place = Place::new();
    full(&place.path("seerflow.db"), 500);
    let migrate =
        |from: &str, to: &str| ["migrate", "storage", "--from", from, "--to", to].map(str::to_owned);
    fs::write(place.path("old.yaml"), "storage: {data_dir: .}\n").unwrap();
    fs::write(place.path("new.yaml"), "storage: {sqlite_path: yaml.db}\n").unwrap();
    for (from, to, file) in [
        ("sqlite", "sqlite:b.db", "b.db"),
        ("old.yaml", "new.yaml", "yaml.db"),
    ] {
        let args = migrate(from, to);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let dry: Vec<&str> = args.iter().copied().chain(["--dry-run"]).collect();
        let (table, notes) = place.ok(&dry);
        assert!(
            table.contains("events") && notes.contains("would move"),
            "{table}{notes}"
        );
        assert!(!place.path(file).exists());
        let (table, notes) = place.ok(&args);
        assert!(
            table.contains("model_state") && notes.contains("verified: "),
            "{table}{notes}"
        );
        assert!(
            notes.contains("skipped 1 tactics and techniques of alerts that do not exist"),
            "{notes}"
        );
        assert_same(&*sqlite(&place.path("seerflow.db")), &*sqlite(&place.path(file)));
        let again = place.fails(1, &args);
        assert!(again.contains("is not empty"), "{again}");
    }
    let json = place
        .ok(&[
            "migrate",
            "storage",
            "--from",
            "sqlite",
            "--to",
            "sqlite:b.db",
            "--merge",
            "--json",
            "-q",
        ])
        .0;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["verified"], true, "{json:#}");
    assert_eq!(json["tables"].as_array().unwrap().len(), 11);
}

#[test]
fn usage_errors_exit_with_1_and_show_no_secret() {
    let place = Place::new();
    full(&place.path("seerflow.db"), 10);
    for (args, wanted) in [
        (vec!["migrate", "storage"], "--from"),
        (
            vec!["migrate", "storage", "--from", "sqlite", "--to", "sqlite"],
            "are the same",
        ),
        (
            vec![
                "migrate",
                "storage",
                "--from",
                "sqlite",
                "--to",
                "sqlite:./seerflow.db",
            ],
            "are the same",
        ),
        (
            vec![
                "migrate",
                "storage",
                "--from",
                "sqlite:none.db",
                "--to",
                "sqlite:b.db",
            ],
            "no database at none.db",
        ),
        (
            vec![
                "migrate",
                "storage",
                "--from",
                "sqlite",
                "--to",
                "mysql://u:hidden@h/d",
            ],
            "unknown store",
        ),
        (
            vec!["migrate", "storage", "--from", "sqlite", "--to", "none.yaml"],
            "none.yaml",
        ),
        (
            vec![
                "migrate",
                "storage",
                "--from",
                "sqlite",
                "--to",
                "sqlite:b.db",
                "--batch-size",
                "0",
            ],
            "batch-size",
        ),
    ] {
        let said = place.fails(1, &args);
        assert!(said.contains(wanted), "{args:?}: {said}");
        assert!(!said.contains("hidden"), "{said}");
    }
    assert!(
        place
            .ok(&["migrate", "storage", "--help"])
            .0
            .contains("STORAGE_MIGRATION.md")
    );
}

#[test]
fn killed_move_resumes() {
    let place = Place::new();
    full(&place.path("seerflow.db"), 6_000);
    let args = [
        "migrate",
        "storage",
        "--from",
        "sqlite",
        "--to",
        "sqlite:b.db",
        "--batch-size",
        "100",
        "--resume",
    ];
    let mut kills = 0;
    loop {
        let mut child = place
            .command(&args)
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        if ends_within(&mut child, Duration::from_millis(60 + 120 * kills)) {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert!(
                kills > 2,
                "the move finished before it could be killed three times"
            );
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert_same(
        &*sqlite(&place.path("seerflow.db")),
        &*sqlite(&place.path("b.db")),
    );
}

fn ends_within(child: &mut Child, time: Duration) -> bool {
    let end = std::time::Instant::now() + time;
    while std::time::Instant::now() < end {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

#[test]
fn difference_exits_with_2() {
    let place = Place::new();
    full(&place.path("seerflow.db"), 6_000);
    // Another program changes the destination once the first rows are stored.
    let args = [
        "migrate",
        "storage",
        "--from",
        "sqlite",
        "--to",
        "sqlite:b.db",
        "--batch-size",
        "50",
    ];
    let child = place
        .command(&args)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let raw = loop {
        std::thread::sleep(Duration::from_millis(5));
        let Ok(raw) = rusqlite::Connection::open(place.path("b.db")) else {
            continue;
        };
        raw.busy_timeout(Duration::from_secs(20)).unwrap();
        if raw
            .execute(
                "UPDATE templates SET event_count = 4711 WHERE template_id = 2",
                [],
            )
            .is_ok_and(|rows| rows == 1)
        {
            break raw;
        }
    };
    drop(raw);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("the same number of rows, but other contents"),
        "{}",
        text(&output.stdout)
    );
    assert!(
        text(&output.stderr).contains("NOT verified"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn whole_store_goes_through_a_file_and_a_pipe() {
    let place = Place::new();
    full(&place.path("seerflow.db"), 500);
    let read = |path: PathBuf| fs::read(path).unwrap();
    place.ok(&["export", "all", "--output", "all.ndjson"]);
    assert_eq!(
        place.ok(&["-q", "export", "all"]).0.into_bytes(),
        read(place.path("all.ndjson"))
    );
    for end in ["ndjson", "ndjson.gz", "ndjson.zst", "ndjson.xz"] {
        let (file, db) = (format!("all.{end}"), format!("storage.sqlite_path={end}.db"));
        place.ok(&["export", "all", "-o", &file]);
        let (_, notes) = place.ok(&["import", &file, "--set", &db]);
        assert!(notes.contains("rows, stored"), "{notes}");
        place.ok(&["export", "all", "-o", "again.ndjson", "--set", &db]);
        assert!(
            read(place.path("again.ndjson")) == read(place.path("all.ndjson")),
            "{end}"
        );
    }
    assert!(read(place.path("all.ndjson.zst")).len() * 2 < read(place.path("all.ndjson")).len());
    let mode =
        |path: &Path| std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions());
    assert_eq!(mode(&place.path("all.ndjson.xz")) & 0o777, 0o600);

    let piped = place
        .command(&["import", "-", "--json", "--set", "storage.sqlite_path=piped.db"])
        .stdin(fs::File::open(place.path("all.ndjson.gz")).unwrap())
        .output()
        .unwrap();
    assert!(piped.status.success(), "{}", text(&piped.stderr));
    let report: Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!(report["stored"], report["rows"]);
    let refused = place.fails(
        1,
        &["import", "all.ndjson", "--set", "storage.sqlite_path=piped.db"],
    );
    assert!(refused.contains("is not empty"), "{refused}");
    place.ok(&[
        "import",
        "--merge",
        "all.ndjson",
        "--set",
        "storage.sqlite_path=piped.db",
    ]);
    let refused = place.fails(
        1,
        &[
            "import",
            "all.ndjson",
            "all.ndjson.gz",
            "--set",
            "storage.sqlite_path=two.db",
        ],
    );
    assert!(refused.contains("`export all` alone"), "{refused}");
}

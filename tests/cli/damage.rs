//! `check` and `backup` find damage and report it by their exit code.

use super::*;

/// Overwrites the leaf pages of a table in a closed database, as a failing disk would.
pub fn damage(path: &Path, table: &str) {
    let raw = rusqlite::Connection::open(path).unwrap();
    let pages: Vec<i64> = raw
        .prepare("SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY pageno")
        .unwrap()
        .query_map([table], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let size: i64 = raw.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    drop(raw);
    assert!(pages.len() > 10, "{pages:?}");
    let mut bytes = fs::read(path).unwrap();
    for page in &pages[5..8] {
        let start = ((page - 1) * size) as usize;
        bytes[start..start + size as usize].fill(0xff);
    }
    fs::write(path, bytes).unwrap();
}

fn loaded() -> Place {
    let place = Place::new();
    place.ok("a.db", &["ingest", "-q", &log("sshd.log")]);
    place.ok("a.db", &["checkpoint"]);
    place
}

#[test]
fn damage_exits_with_3() {
    let place = loaded();
    damage(&place.path("a.db"), "events");
    place.file("no.db", "a text file, not a database".repeat(200));
    for db in ["a.db", "no.db"] {
        let output = place.run(db, &["check"]);
        assert_eq!(output.status.code(), Some(3), "{db}: {}", text(&output.stderr));
        assert!(!output.stdout.is_empty(), "{db}: {}", text(&output.stdout));
        assert_eq!(text(&output.stderr), "");
        assert!(!text(&output.stdout).contains("\\n"), "{}", text(&output.stdout));
        let output = place.run(db, &["check", "--json"]);
        assert_eq!(output.status.code(), Some(3), "{db}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["ok"], false);
        assert!(!report["findings"].as_array().unwrap().is_empty(), "{report:#}");
    }
}

#[test]
fn backup_checks_its_copy() {
    let place = loaded();
    let backup = |more: &[&str], name: &str| {
        let copy = place.path(name);
        place.run("a.db", &[&["backup", copy.to_str().unwrap()], more].concat())
    };
    let good = backup(&[], "good.db");
    assert_eq!(good.status.code(), Some(0));
    assert!(
        text(&good.stderr).contains("the copy has no faults"),
        "{}",
        text(&good.stderr)
    );
    for beside in ["good.db-wal", "good.db-shm"] {
        assert!(!place.path(beside).exists(), "the copy must be a single file");
    }
    damage(&place.path("a.db"), "events");
    let bad = backup(&[], "bad.db");
    assert_eq!(bad.status.code(), Some(3), "{}", text(&bad.stderr));
    assert!(
        text(&bad.stderr).contains("the copy is damaged"),
        "{}",
        text(&bad.stderr)
    );
    assert!(place.path("bad.db").exists());
    assert_eq!(backup(&["--no-check"], "unchecked.db").status.code(), Some(0));
}

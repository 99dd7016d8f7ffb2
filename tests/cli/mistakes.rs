//! Mistakes on the command line: refused without damage, with advice.

use super::*;

/// Runs a command, asserts that it is a usage error and returns its message.
fn refused(place: &Place, args: &[&str]) -> String {
    let output = place.run("a.db", args);
    assert_eq!(
        output.status.code(),
        Some(2),
        "{args:?}: {}",
        text(&output.stderr)
    );
    text(&output.stderr)
}

#[test]
fn ambiguous_times_are_refused_with_a_hint() {
    let place = Place::new();
    place.ok("a.db", &["ingest", "-q", "--year", "2024", &log("sshd.log")]);
    for (args, why) in [
        (&["query", "events", "--since", "24"][..], "24h, 24m or 24s"),
        (&["query", "events", "--from", "1785163320"], "@ and seconds"),
        (&["query", "events", "--from", "1785163320000"], "bare number"),
        (
            &["query", "events", "--since", "5x"],
            "units ns us ms s m h d w y",
        ),
        (&["prune", "--older-than", "30"], "units ns us ms s m h d w y"),
        (
            &["query", "events", "--from", "today", "--to", "yesterday"],
            "--to must be later",
        ),
        (
            &["stats", "--from", "today", "--to", "yesterday"],
            "--to must be later",
        ),
        (
            &["query", "alerts", "--from", "today", "--to", "yesterday"],
            "--to must be later",
        ),
        (
            &[
                "query",
                "timeline",
                "user:x",
                "--from",
                "today",
                "--to",
                "yesterday",
            ],
            "--to must be later",
        ),
        (
            &["query", "entities", "--from", "today", "--to", "yesterday"],
            "--to must be later",
        ),
        (
            &["export", "events", "--from", "today", "--to", "yesterday"],
            "--to must be later",
        ),
        (
            &["tail", "--from", "today", "--to", "yesterday"],
            "--to must be later",
        ),
        (&["query", "events", "-n", "0"], "a number from 1 to 100,000"),
        (
            &["graph", "top", "pagerank", "-n", "0"],
            "expected a number, 1 or more",
        ),
        (&["templates", "prune", "--min-count", "few"], "expected a number"),
        (&["ingest", "--year", "1", "x"], "a number from 1678 to 2261"),
        (&["query", "entities", "--event", "nope"], "expected a UUID"),
        (&["search", ""], "no word"),
        (&["search", "!!!", "?"], "no word"),
        (&["query", "events", "--text", "!!!"], "no word"),
        (&["tail", "--text", ""], "no word"),
    ] {
        let said = refused(&place, args);
        assert!(said.contains(why), "{args:?}: {said}");
    }
    for good in [
        "1y",
        "today",
        "yesterday",
        "@1700000000",
        "0",
        "1700000000000000000",
    ] {
        place.ok("a.db", &["query", "events", "--from", good]);
    }
    let since = place.ok("a.db", &["stats", "--from", "@1704067200", "--format", "csv"]);
    assert!(since.lines().count() > 3, "{since}");
}

#[test]
fn prune_requires_a_unit_and_confirmation() {
    let place = Place::new();
    place.ok("a.db", &["ingest", "-q", &log("sshd.log")]);
    let events = || {
        place.json("a.db", &["status", "--json"])["events"]
            .as_u64()
            .unwrap()
    };
    let before = events();
    for size in ["10", "1500000", "0", "0MiB"] {
        refused(&place, &["prune", "--yes", "--max-size", size]);
    }
    let said = refused(&place, &["prune", "--max-size", "10B"]);
    assert!(
        said.contains("would remove about") && said.contains("--yes"),
        "{said}"
    );
    for args in [
        &["templates", "reset"][..],
        &["templates", "prune", "--min-count", "5"],
    ] {
        let said = refused(&place, args);
        assert!(said.contains("--yes"), "{said}");
    }
    assert_eq!(events(), before);
    let quiet = place.run("a.db", &["prune", "--max-size", "600KiB", "--yes", "--quiet"]);
    assert!(quiet.status.success() && quiet.stdout.is_empty() && quiet.stderr.is_empty());
    assert!(events() < before);
}

/// At a terminal the command asks, and respects the answer.
#[cfg(unix)]
#[test]
fn prune_asks_at_a_terminal() {
    let place = Place::new();
    place.ok("a.db", &["ingest", "-q", "--year", "2024", &log("sshd.log")]);
    let before = place.json("a.db", &["status", "--json"])["events"].clone();
    for (answer, left) in [("\n", before.clone()), ("n\n", before), ("y\n", 1.into())] {
        let (mut terminal, theirs) = open_terminal(0);
        terminal.write_all(answer.as_bytes()).unwrap();
        let output = place
            .command("a.db", &["prune", "--before", "2100-01-01"])
            .stdin(theirs.try_clone().unwrap())
            .stderr(theirs)
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.success(), left == 1, "{answer:?}");
        assert_eq!(
            place.json("a.db", &["status", "--json"])["events"],
            left,
            "{answer:?}"
        );
    }
}

#[test]
fn unknown_variables_and_sections_are_reported() {
    let place = Place::new();
    place.ok("a.db", &["ingest", "-q", &log("sshd.log")]);
    let odd = |quiet: &str| {
        let output = place
            .command("a.db", &["status", quiet])
            .env("SEERFLOW_STORAGE_FOO", "1")
            .env("SEERFLOW_PG_URL", "postgresql://h")
            .output()
            .unwrap();
        assert!(output.status.success());
        text(&output.stderr)
    };
    assert_eq!(
        odd("--set=storage.queue_events=7"),
        "seerflow: SEERFLOW_STORAGE_FOO is set, but there is no such option; see `config`\n"
    );
    assert_eq!(odd("--quiet"), "");
    for (name, content) in [
        ("list.yaml", "- storage\n"),
        ("text.yaml", "sqlite_path=x\n"),
        ("case.yaml", "Storage:\n  queue_events: 7\n"),
    ] {
        let file = place.file(name, content);
        let output = place.run("a.db", &["status", "--config", &file]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(text(&output.stderr).contains(name), "{}", text(&output.stderr));
    }
    let file = place.file("seerflow.yaml", "detection: {x: 1}\n");
    place.ok("a.db", &["status", "--config", &file]);
}

/// For `migrate`, exit code 2 means that the destination differs; for all other commands, a usage error.
#[test]
fn usage_error_of_migrate_exits_with_1() {
    let place = Place::new();
    for (args, code) in [
        (&["migrate", "storage", "--no-such-option"][..], 1),
        (&["migrate"], 1),
        (&["--set", "storage.durability=power", "migrate", "nothing"], 1),
        (
            &[
                "--set",
                "storage.nothing=1",
                "graph",
                "migrate",
                "--from",
                "igraph",
                "--to",
                "falkordb",
            ],
            1,
        ),
        (&["--set", "storage.nothing=1", "config"], 2),
        (&["graph", "migrate", "--from", "nowhere"], 1),
        (&["graph", "path", "migrate"], 2),
        (&["search", "migrate", "--since", "24"], 2),
        (&["ingest", "--no-such-option", "migrate"], 2),
    ] {
        let output = place.run("a.db", args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    }
}

#[test]
fn move_checks_its_source_before_creating_anything() {
    let place = Place::new();
    let named = |name: &str| format!("sqlite:{}", place.path(name).display());
    let moved = |from: &str, to: &str| {
        let output = place.run(
            "a.db",
            &["migrate", "storage", "--from", &named(from), "--to", &named(to)],
        );
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output.stderr);
        assert!(!said.contains("--resume") && !said.contains("\\n"), "{said}");
        said
    };
    assert!(moved("none.db", "to.db").contains("no database at"));
    place.file("no.db", "a text file, not a database".repeat(200));
    moved("no.db", "to.db");
    assert!(!place.path("to.db").exists() && !place.path("none.db").exists());
    place.ok("a.db", &["ingest", "-q", &log("sshd.log")]);
    let graph = place.run(
        "none.db",
        &[
            "graph",
            "migrate",
            "--from",
            "igraph",
            "--to",
            "falkordb",
            "--set",
            "storage.falkordb_url=falkor://127.0.0.1:1",
        ],
    );
    assert_eq!(graph.status.code(), Some(1));
    assert!(!place.path("none.db").exists());
    for missing in [&["export", "all"][..], &["backup", "x.db"]] {
        assert_eq!(place.run("none.db", missing).status.code(), Some(1));
        assert!(!place.path("none.db").exists(), "{missing:?}");
    }
}

/// The advice is a line of its own.
#[cfg(unix)]
#[test]
fn interrupted_move_says_how_to_resume() {
    let place = Place::new();
    place.ok("a.db", &["ingest", "-q", &log("sshd.log")]);
    let to = format!("sqlite:{}", place.path("to.db").display());
    let args = [
        "migrate",
        "storage",
        "--from",
        "sqlite",
        "--to",
        &to,
        "--batch-size",
        "100",
    ];
    let mut command = place.command("a.db", &args);
    // The destination's file cannot grow, as on a full disk.
    // SAFETY: the system calls are allowed between fork and exec.
    unsafe {
        use std::os::unix::process::CommandExt;
        command.pre_exec(|| {
            let bytes = libc::rlimit {
                rlim_cur: 900 << 10,
                rlim_max: 900 << 10,
            };
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            libc::setrlimit(libc::RLIMIT_FSIZE, &bytes);
            Ok(())
        });
    }
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    // The move now waits for space; stop it.
    let is_full = |name: &str| fs::metadata(place.path(name)).is_ok_and(|file| file.len() > 800 << 10);
    let begun = std::time::Instant::now();
    while !is_full("to.db-wal") && !is_full("to.db") {
        assert!(begun.elapsed().as_secs() < 30, "no row was moved");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    // SAFETY: the child has not been waited for.
    assert_eq!(unsafe { libc::kill(child.id() as i32, libc::SIGINT) }, 0);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = text(&output.stderr);
    assert_eq!(
        said.lines().last(),
        Some("rows already moved are kept; run the same command with --resume to continue"),
        "{said}"
    );
    assert!(!said.contains("\\n"), "{said}");
}

#[test]
fn manual_pages_have_no_hyphenation() {
    let place = Place::new();
    let folder = place.path("man");
    place.ok("a.db", &["man", folder.to_str().unwrap()]);
    let pages: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|page| page.unwrap().path())
        .collect();
    assert!(pages.len() > 45, "{}", pages.len());
    for page in &pages {
        let page = fs::read_to_string(page).unwrap();
        assert!(page.contains("\n.nh\n"), "hyphenation is on");
    }
    let page = fs::read_to_string(folder.join("seerflow-migrate-storage.1")).unwrap();
    assert!(page.contains(r"\-\-from <STORE> \-\-to <STORE>"), "{page}");
    let (_, examples) = page.split_once(".SH EXAMPLES\n.nf\n").unwrap();
    assert!(
        examples
            .starts_with("seerflow migrate storage \\-\\-from sqlite \\-\\-to postgresql \\-\\-dry\\-run\n"),
        "{examples}"
    );
    let help = place.ok("a.db", &["query", "templates", "--help"]);
    assert!(
        help.contains("  seerflow query templates") && !help.contains("templates list"),
        "{help}"
    );
}

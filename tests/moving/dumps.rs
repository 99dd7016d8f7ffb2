//! `transfer::dump` and `transfer::restore`.

use seerflow::record::Control;
use seerflow::store::Store;
use seerflow::store::table::{Cell, Table};
use seerflow::transfer::{RestoreOptions, Restored, restore};
use seerflow::{Engine, ErrorKind};

use crate::source::{anytime, assert_same, config, dumped, full, rows, sqlite};

fn restored(dump: &[u8], to: &dyn Store, merge: bool) -> seerflow::Result<Restored> {
    restore(
        &mut &dump[..],
        to,
        RestoreOptions { merge },
        &Control::unbounded(),
        &mut |_| {},
    )
}

#[test]
fn dump_restores_everything_and_is_reproducible() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
    full(&a, 3_000);
    let (from, to) = (sqlite(&a), sqlite(&b));
    let first = dumped(&*from);
    let report = restored(&first, &*to, false).unwrap();
    assert_eq!(report.different, []);
    assert_same(&*from, &*to);
    assert!(dumped(&*to) == first, "the same contents give another dump");
    // Every line is JSON and names its table.
    let text = String::from_utf8(first.clone()).unwrap();
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            ["seerflow_dump", "table", "end"]
                .iter()
                .any(|key| value.get(key).is_some()),
            "{line}"
        );
    }
    // A store with rows requires a merge, which changes nothing here.
    let error = restored(&first, &*to, false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    restored(&first, &*to, true).unwrap();
    assert!(dumped(&*to) == first);
    let engine = Engine::open(&config(&b), Default::default()).unwrap();
    assert_eq!(engine.maintenance().unwrap().check(&anytime()).unwrap(), [""; 0]);
    assert_eq!(
        engine.maintenance().unwrap().check_text(&anytime()).unwrap(),
        [""; 0]
    );
}

#[test]
fn damaged_or_newer_dump_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a.db");
    full(&a, 50);
    let dump = dumped(&*sqlite(&a));
    let text = String::from_utf8(dump.clone()).unwrap();
    let mut number = 0;
    let mut error = |dump: &str| {
        number += 1;
        let to = sqlite(&folder.path().join(format!("{number}.db")));
        restored(dump.as_bytes(), &*to, false).unwrap_err().to_string()
    };
    let lines: Vec<&str> = text.lines().collect();
    let without_end = lines[..lines.len() - 1].join("\n") + "\n";
    assert!(
        error(&without_end).contains("without a trailer"),
        "{}",
        error(&without_end)
    );
    let cut = &text[..text.len() / 2];
    assert!(error(cut).contains("line "), "{}", error(cut));
    let mut less = lines.clone();
    less.remove(40);
    assert!(
        error(&less.join("\n")).contains("damaged"),
        "{}",
        error(&less.join("\n"))
    );
    let changed = text.replacen("Accepted password for user", "Accepted password for User", 1);
    assert!(
        error(&changed).contains("rows of events differ"),
        "{}",
        error(&changed)
    );
    let newer = text.replacen("\"seerflow_dump\":1", "\"seerflow_dump\":2", 1);
    assert!(error(&newer).contains("newer library"), "{}", error(&newer));
    let column = text.replacen("[\"template_id\"", "[\"colour\",\"template_id\"", 1);
    assert!(
        error(&column).contains("column colour in templates"),
        "{}",
        error(&column)
    );
    assert!(error("").contains("not the header of a dump"), "{}", error(""));

    // After a truncated dump, a merge of the complete one adds the rest.
    let to = sqlite(&folder.path().join("again.db"));
    restored(cut.as_bytes(), &*to, false).unwrap_err();
    assert!(!rows(&*to)[0].1.is_empty());
    restored(&dump, &*to, true).unwrap();
    // A merge renumbers the audit trail.
    let without_numbers = |store: &dyn Store| {
        let mut rows = rows(store);
        rows[Table::Feedback as usize]
            .1
            .iter_mut()
            .for_each(|row| row[0] = Cell::Null);
        rows
    };
    assert_eq!(without_numbers(&*sqlite(&a)), without_numbers(&*to));
}

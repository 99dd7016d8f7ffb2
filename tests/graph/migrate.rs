//! Migration between every pair of back ends, also after an interrupted attempt: the graphs are equal afterwards.
//!
//! `SEERFLOW_TORTURE=long` moves 100,000 edges.

use std::time::Duration;

use seerflow::graph::migrate::{Existing, MigrateOptions, Migrated, Side, Step, migrate};
use seerflow::record::{Control, Edge};
use seerflow::{Config, Engine, ErrorKind};
use tempfile::TempDir;

use crate::backends;
use crate::conformance::{assert_edges, edge, stored};
use crate::model::Model;
use crate::random::{RELATIONS, Random, edges};

fn control() -> Control {
    Control::within(Duration::from_secs(600))
}

/// A relational store as one side of a migration.
pub struct Relational {
    pub engine: Engine,
    _folder: TempDir,
}

impl Relational {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new();
        let path = folder.path().join("seerflow.db");
        config.set("storage.sqlite_path", path.to_str().unwrap()).unwrap();
        Self {
            engine: Engine::open(&config, Default::default()).unwrap(),
            _folder: folder,
        }
    }

    fn merge(&self, edges: &[Edge]) {
        self.engine
            .edges()
            .unwrap()
            .merge_edges(edges, &control())
            .unwrap();
    }

    pub fn side(&self) -> Side<'_> {
        Side::Store(self.engine.edges().unwrap())
    }

    pub fn edges(&self) -> Vec<Edge> {
        stored(&self.engine)
    }
}

fn is_long() -> bool {
    std::env::var("SEERFLOW_TORTURE").as_deref() == Ok("long")
}

fn run(from: Side<'_>, to: Side<'_>, existing: Existing) -> seerflow::Result<Migrated> {
    let mut options = MigrateOptions {
        existing,
        ..MigrateOptions::default()
    };
    if !is_long() {
        options.batch_size = 300;
    }
    migrate(from, to, &options, &control(), &mut |_| ())
}

/// Returns a graph with names and numbers that are difficult to store.
fn sample(count: usize) -> Vec<Edge> {
    let mut model = Model::default();
    model.add(&edges(&mut Random::new(7), count / 4 + 2, count, RELATIONS));
    model.add(&[
        edge("a", "a", "self_loop", (i64::MIN, i64::MAX), i64::MAX),
        edge("日本", "it's \\ \"x\"", "knows", (-1, 0), 0),
    ]);
    model.edges()
}

fn assert_moved(moved: &Migrated, count: usize, what: &str) {
    assert!(moved.verified, "{what}: {moved:?}");
    assert_eq!(moved.source, moved.destination, "{what}");
    assert_eq!(moved.source.counts.edges, count as u64, "{what}");
}

/// From each back end to each other one and back: all six pairs of three back ends.
#[test]
fn every_pair_moves_all_edges_there_and_back() {
    let count = if is_long() { 100_000 } else { 1_000 };
    let all = sample(count);
    let subjects = backends::servers();
    for (place, subject) in subjects.iter().enumerate() {
        let began = std::time::Instant::now();
        let origin = Relational::new();
        origin.merge(&all);
        let to = Side::Graph(subject.graph.server());
        let moved = run(origin.side(), to, Existing::Refuse).unwrap();
        assert_moved(&moved, all.len(), subject.name);
        assert_eq!(moved.written, all.len() as u64);
        assert_edges(subject.name, &*subject.graph, &all);

        let back = Relational::new();
        let moved = run(to, back.side(), Existing::Refuse).unwrap();
        assert_moved(&moved, all.len(), subject.name);
        assert_eq!(back.edges(), all, "{}", subject.name);
        eprintln!(
            "igraph and {}: {} edges there and back, compared, {:?}",
            subject.name,
            all.len(),
            began.elapsed()
        );

        for other in &subjects[place + 1..] {
            let began = std::time::Instant::now();
            let what = format!("{} and {}", subject.name, other.name);
            let there = Side::Graph(other.graph.server());
            assert_moved(&run(to, there, Existing::Wipe).unwrap(), all.len(), &what);
            assert_edges(&what, &*other.graph, &all);
            assert_moved(&run(there, to, Existing::Wipe).unwrap(), all.len(), &what);
            assert_edges(&what, &*subject.graph, &all);
            other.graph.clear(&control()).unwrap();
            eprintln!(
                "{what}: {} edges there and back, compared, {:?}",
                all.len(),
                began.elapsed()
            );
        }
    }
}

#[test]
fn repeated_migration_changes_nothing() {
    for subject in backends::servers() {
        let origin = Relational::new();
        let all = sample(200);
        origin.merge(&all);
        let to = Side::Graph(subject.graph.server());
        run(origin.side(), to, Existing::Refuse).unwrap();
        for existing in [Existing::Refuse, Existing::Merge, Existing::Resume] {
            let again = run(origin.side(), to, existing).unwrap();
            assert_moved(&again, all.len(), subject.name);
            assert_eq!(again.written, 0, "{existing:?}");
        }
        assert_edges(subject.name, &*subject.graph, &all);
    }
}

#[test]
fn edges_of_the_destination_are_refused_merged_or_removed() {
    for subject in backends::servers() {
        let origin = Relational::new();
        let mine = [edge("a", "b", "r", (5, 9), 4), edge("c", "d", "r", (1, 1), 1)];
        let theirs = [edge("a", "b", "r", (3, 7), 6), edge("x", "y", "r", (2, 2), 2)];
        origin.merge(&mine);
        subject.graph.merge_edges(&theirs, &control()).unwrap();
        let to = Side::Graph(subject.graph.server());

        let refused = run(origin.side(), to, Existing::Refuse).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        assert_edges(subject.name, &*subject.graph, &theirs);

        let dry = MigrateOptions {
            dry_run: true,
            existing: Existing::Merge,
            ..MigrateOptions::default()
        };
        let told = migrate(origin.side(), to, &dry, &control(), &mut |_| ()).unwrap();
        assert_eq!((told.written, told.verified), (2, false));
        assert_edges(subject.name, &*subject.graph, &theirs);

        let merged = run(origin.side(), to, Existing::Merge).unwrap();
        assert!(merged.verified, "{merged:?}");
        assert_eq!((merged.written, merged.extra), (2, 2));
        let both = [
            edge("a", "b", "r", (3, 9), 6),
            edge("c", "d", "r", (1, 1), 1),
            edge("x", "y", "r", (2, 2), 2),
        ];
        assert_edges(subject.name, &*subject.graph, &both);

        // An edge that only the destination has makes the verification of a resumed migration fail.
        let resumed = run(origin.side(), to, Existing::Resume).unwrap();
        assert!(
            !resumed.verified && resumed.extra == 2 && !resumed.findings.is_empty(),
            "{resumed:?}"
        );

        let wiped = run(origin.side(), to, Existing::Wipe).unwrap();
        assert_moved(&wiped, mine.len(), subject.name);
        assert_edges(subject.name, &*subject.graph, &mine);

        // An empty source may be a mistyped name.
        let refused = run(Relational::new().side(), to, Existing::Wipe).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        assert_edges(subject.name, &*subject.graph, &mine);
    }
}

#[test]
fn interrupted_migration_resumes() {
    for subject in backends::servers() {
        let origin = Relational::new();
        let all = sample(4_000);
        origin.merge(&all);
        let to = Side::Graph(subject.graph.server());
        let interrupt = seerflow::record::Interrupt::new();
        let stopped = Control {
            interrupt: Some(interrupt.clone()),
            ..control()
        };
        let options = MigrateOptions {
            batch_size: 100,
            ..MigrateOptions::default()
        };
        let error = migrate(origin.side(), to, &options, &stopped, &mut |step| {
            if matches!(step, Step::Moving(_)) {
                interrupt.raise();
            }
        })
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        let there = subject.graph.counts(&control()).unwrap().edges;
        assert!(there > 0 && there < all.len() as u64, "{there}");
        assert_eq!(
            run(origin.side(), to, Existing::Refuse).unwrap_err().kind(),
            ErrorKind::Conflict
        );
        let resumed = run(origin.side(), to, Existing::Resume).unwrap();
        assert_moved(&resumed, all.len(), subject.name);
        assert_eq!(resumed.written, all.len() as u64 - there);
        assert_edges(subject.name, &*subject.graph, &all);
    }
}

#[test]
fn edges_that_cannot_be_stored_are_skipped_and_reported() {
    for subject in backends::servers() {
        let origin = Relational::new();
        let all = [edge("a", "b", "r", (1, 2), 3), edge("a ", "b", "r", (1, 2), 3)];
        origin.merge(&all);
        let moved = run(
            origin.side(),
            Side::Graph(subject.graph.server()),
            Existing::Refuse,
        )
        .unwrap();
        assert_eq!(
            (moved.written, moved.unfit, moved.verified),
            (1, 1, false),
            "{moved:?}"
        );
        assert_edges(subject.name, &*subject.graph, &all[..1]);
    }
}

//! Models: saving, loading, listing, compare-and-swap.

use seerflow::ErrorKind;
use seerflow::record::ExpectedModel;

use crate::backends::Backend;
use crate::store::{anytime, open};

cases! {
    models_are_saved_listed_and_swapped,
    prefix_characters_are_literal,
    concurrent_swaps_lose_nothing,
}

fn models_are_saved_listed_and_swapped(backend: &'static dyn Backend) {
    let engine = open(backend);
    let models = engine.models().unwrap();
    let save = |key: &str, expected| models.save_model(key, b"\0data", expected, &anytime());
    let first = save("drain/1", ExpectedModel::Absent).unwrap();
    assert_eq!(
        save("drain/1", ExpectedModel::Absent).unwrap_err().kind(),
        ErrorKind::Conflict
    );
    let second = save("drain/1", ExpectedModel::SavedAt(first)).unwrap();
    assert!(second > first);
    assert_eq!(
        save("drain/1", ExpectedModel::SavedAt(first)).unwrap_err().kind(),
        ErrorKind::Conflict
    );
    save("drain/2", ExpectedModel::Any).unwrap();
    save("other", ExpectedModel::Any).unwrap();
    assert_eq!(models.models("drain/", &anytime()).unwrap().len(), 2);
    assert_eq!(models.models("", &anytime()).unwrap().len(), 3);
    assert_eq!(
        models.load_model("drain/1", &anytime()).unwrap().unwrap().data,
        b"\0data"
    );
    assert!(models.delete_model("drain/1", &anytime()).unwrap());
    assert!(!models.delete_model("drain/1", &anytime()).unwrap());
    assert_eq!(models.load_model("drain/1", &anytime()).unwrap(), None);
    for bad in ["", "é", &"k".repeat(257)] {
        assert_eq!(
            save(bad, ExpectedModel::Any).unwrap_err().kind(),
            ErrorKind::Invalid
        );
    }
    let large = vec![7; 64 << 20];
    models
        .save_model("large", &large, ExpectedModel::Any, &anytime())
        .unwrap();
    assert!(models.load_model("large", &anytime()).unwrap().unwrap().data == large);
    let error = models
        .save_model("large", &vec![7; (64 << 20) + 1], ExpectedModel::Any, &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

fn prefix_characters_are_literal(backend: &'static dyn Backend) {
    let store = open(backend);
    let models = store.models().unwrap();
    for (n, key) in ["a%b", "a_b", "aXb", "A_b", "a", "a\u{7f}z", "b"].into_iter().enumerate() {
        models
            .save_model(key, &vec![0; n], ExpectedModel::Any, &anytime())
            .unwrap();
    }
    let listed = |prefix: &str| {
        let entries = models.models(prefix, &anytime()).unwrap();
        entries
            .into_iter()
            .map(|entry| (entry.key, entry.bytes))
            .collect::<Vec<_>>()
    };
    let entry = |key: &str, bytes: u64| (key.to_owned(), bytes);
    assert_eq!(listed("a_"), [entry("a_b", 1)]);
    assert_eq!(listed("a%"), [entry("a%b", 0)]);
    assert_eq!(
        listed("a"),
        [
            entry("a", 4),
            entry("a%b", 0),
            entry("aXb", 2),
            entry("a_b", 1),
            entry("a\u{7f}z", 5),
        ]
    );
    assert_eq!(listed("").len(), 7);
    assert_eq!(listed("c"), []);
    assert_eq!(models.models("é", &anytime()).unwrap_err().kind(), ErrorKind::Invalid);
}

fn concurrent_swaps_lose_nothing(backend: &'static dyn Backend) {
    const THREADS: u32 = 4;
    const EACH: u32 = 25;
    let store = open(backend);
    let add_one = || {
        let models = store.models().unwrap();
        loop {
            let there = models.load_model("counter", &anytime()).unwrap();
            let (count, expected) = match &there {
                None => (0, ExpectedModel::Absent),
                Some(model) => (
                    u32::from_le_bytes(model.data.as_slice().try_into().unwrap()),
                    ExpectedModel::SavedAt(model.updated_at_ns),
                ),
            };
            match models.save_model("counter", &(count + 1).to_le_bytes(), expected, &anytime()) {
                Ok(_) => return,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..EACH).for_each(|_| add_one()));
        }
    });
    let models = store.models().unwrap();
    let counter = models.load_model("counter", &anytime()).unwrap().unwrap();
    assert_eq!(counter.data, (THREADS * EACH).to_le_bytes());
}

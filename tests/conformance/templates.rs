//! Templates: writing, listing, pruning, resetting.

use seerflow::ErrorKind;
use seerflow::record::Template;

use crate::backends::Backend;
use crate::store::{anytime, open};

cases! {
    template_keeps_first_time_and_accumulates,
    templates_are_listed_by_number_of_events,
    template_counts_saturate,
}

fn template_keeps_first_time_and_accumulates(backend: &'static dyn Backend) {
    let engine = open(backend);
    let template = |count, first, last| Template {
        template_id: 4_294_967_296,
        template_str: format!("failed <*> {count}"),
        first_seen_ns: first,
        last_seen_ns: last,
        event_count: count,
        example_message: Some(format!("example {count}")),
    };
    engine
        .templates().unwrap().write_templates(&[template(2, 10, 20), template(3, 5, 15)], &anytime())
        .unwrap();
    let expected = Template {
        template_str: "failed <*> 3".into(),
        event_count: 5,
        ..template(2, 10, 20)
    };
    assert_eq!(engine.templates().unwrap().templates(10, &anytime()).unwrap(), [expected]);
    assert_eq!(engine.templates().unwrap().prune_templates(0, &anytime()).unwrap(), 0);
    assert_eq!(
        engine.templates().unwrap().prune_templates(-1, &anytime()).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(engine.templates().unwrap().prune_templates(6, &anytime()).unwrap(), 1);
}

fn template(template_id: i64, event_count: i64) -> Template {
    Template {
        template_id,
        template_str: format!("t{template_id}"),
        event_count,
        ..Template::default()
    }
}

fn templates_are_listed_by_number_of_events(backend: &'static dyn Backend) {
    let store = open(backend);
    let templates: Vec<Template> = (0..50).map(|n| template(n, n % 10 + 1)).collect();
    store.templates().unwrap().write_templates(&templates, &anytime()).unwrap();
    let mut expected = templates.clone();
    expected.sort_by_key(|one| (-one.event_count, one.template_id));
    for limit in [1, 7, 50, 10_000] {
        let found = store.templates().unwrap().templates(limit, &anytime()).unwrap();
        assert_eq!(found, expected[..expected.len().min(limit as usize)]);
    }
    for limit in [0, 10_001] {
        let error = store.templates().unwrap().templates(limit, &anytime()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    let error = store
        .templates().unwrap().write_templates(&[template(99, 1), template(1, -1)], &anytime())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(
        store.templates().unwrap().templates(100, &anytime()).unwrap(),
        expected,
        "all or nothing"
    );
    assert_eq!(store.templates().unwrap().prune_templates(3, &anytime()).unwrap(), 10);
    assert_eq!(store.templates().unwrap().reset_templates(&anytime()).unwrap(), 40);
    assert_eq!(store.templates().unwrap().templates(10, &anytime()).unwrap(), []);
}

fn template_counts_saturate(backend: &'static dyn Backend) {
    let store = open(backend);
    let writes = [template(i64::MIN, i64::MAX), template(i64::MIN, i64::MAX)];
    store.templates().unwrap().write_templates(&writes, &anytime()).unwrap();
    assert_eq!(store.templates().unwrap().templates(1, &anytime()).unwrap()[0].event_count, i64::MAX);
}

//! Queries with every setter, for every function that takes a query; and their lists.

use seerflow::ffi::alert_pattern::*;
use seerflow::ffi::alert_query::*;
use seerflow::ffi::dead_letter::*;
use seerflow::ffi::edge::*;
use seerflow::ffi::feedback::*;
use seerflow::ffi::graph::*;
use seerflow::ffi::model::*;
use seerflow::ffi::records::*;
use seerflow::ffi::sigma::*;
use seerflow::ffi::template::*;

use super::*;

/// A setter, and the name of its filter.
type Setter = (
    &'static str,
    fn(*mut seerflow_query, *mut *mut seerflow_error) -> seerflow_status,
);

/// Every setter except that of the limit, which applies to all queries.
const SETTERS: [Setter; 20] = [
    ("window", |q, e| unsafe { seerflow_query_set_window(q, 0, 1, e) }),
    ("source_type", |q, e| unsafe {
        seerflow_query_set_source_type(q, c"x".as_ptr(), e)
    }),
    ("source_id", |q, e| unsafe {
        seerflow_query_set_source_id(q, c"x".as_ptr(), e)
    }),
    ("min_severity", |q, e| unsafe {
        seerflow_query_set_min_severity(q, 1, e)
    }),
    ("template_id", |q, e| unsafe {
        seerflow_query_set_template_id(q, 1, e)
    }),
    ("entity_id", |q, e| unsafe {
        seerflow_query_set_entity_id(q, c"x".as_ptr(), e)
    }),
    ("text", |q, e| unsafe {
        seerflow_query_set_text(q, c"x".as_ptr(), e)
    }),
    ("alert_type", |q, e| unsafe {
        seerflow_query_set_alert_type(q, c"ml".as_ptr(), e)
    }),
    ("tactic", |q, e| unsafe {
        seerflow_query_set_tactic(q, c"x".as_ptr(), e)
    }),
    ("technique", |q, e| unsafe {
        seerflow_query_set_technique(q, c"T1110".as_ptr(), e)
    }),
    ("alert_id", |q, e| unsafe {
        seerflow_query_set_alert_id(q, c"x".as_ptr(), e)
    }),
    ("key_prefix", |q, e| unsafe {
        seerflow_query_set_key_prefix(q, c"x".as_ptr(), e)
    }),
    ("relation", |q, e| unsafe {
        seerflow_query_add_relation(q, c"x".as_ptr(), e)
    }),
    ("depth", |q, e| unsafe { seerflow_query_set_depth(q, 1, e) }),
    ("min_count", |q, e| unsafe {
        seerflow_query_set_min_count(q, 1, e)
    }),
    ("max_alerts", |q, e| unsafe {
        seerflow_query_set_max_alerts(q, 1, e)
    }),
    ("page", |q, e| unsafe { seerflow_query_set_page(q, 1, e) }),
    ("order", |q, e| unsafe { seerflow_query_set_order(q, 0, e) }),
    ("cursor", |q, e| unsafe {
        seerflow_query_set_cursor(q, c"x".as_ptr(), e)
    }),
    ("total", |q, e| unsafe { seerflow_query_set_total(q, 2, 0, e) }),
];

/// The counting functions, wrapped to have the signature of the others.
unsafe extern "C" fn count_events(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    unsafe { seerflow_store_count_events(store, query, 1, call, list, error) }
}

unsafe extern "C" fn event_histogram(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    unsafe { seerflow_store_event_histogram(store, query, 60_000_000_000, 0, call, list, error) }
}

unsafe extern "C" fn count_alerts(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    let by = seerflow::ffi::counted::seerflow_count_by::Rule as u32;
    unsafe { seerflow_store_count_alerts(store, query, by, call, list, error) }
}

unsafe extern "C" fn alert_histogram(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    unsafe { seerflow_store_alert_histogram(store, query, 60_000_000_000, call, list, error) }
}

unsafe extern "C" fn subgraph(
    store: *const seerflow_store,
    query: *const seerflow_query,
    call: *const seerflow_call,
    list: *mut *mut seerflow_list,
    error: *mut *mut seerflow_error,
) -> seerflow_status {
    let mut edges = null_mut();
    unsafe {
        let status = seerflow_store_graph_subgraph(store, query, call, list, &mut edges, error);
        seerflow_list_destroy(edges);
        status
    }
}

#[test]
fn a_filter_that_does_not_apply_is_refused_by_name() {
    const EVENTS: &str = "window source_type source_id min_severity template_id entity_id text";
    const ALERTS: &str = "window alert_type min_severity entity_id tactic technique";
    let questions: [(&str, QueryFn, String); 16] = [
        (
            "events",
            seerflow_store_query_events,
            format!("{EVENTS} page order cursor total"),
        ),
        ("counted events", count_events, EVENTS.to_owned()),
        ("histogram", event_histogram, EVENTS.to_owned()),
        (
            "alerts",
            seerflow_store_query_alerts,
            format!("{ALERTS} page cursor total"),
        ),
        ("counted alerts", count_alerts, ALERTS.to_owned()),
        ("alert histogram", alert_histogram, ALERTS.to_owned()),
        (
            "patterns",
            seerflow_store_alert_patterns,
            format!("{ALERTS} min_count max_alerts"),
        ),
        (
            "verdicts",
            seerflow_store_query_feedback,
            "alert_id page cursor".to_owned(),
        ),
        ("templates", seerflow_store_query_templates, String::new()),
        (
            "dead letters",
            seerflow_store_query_dead_letters,
            "cursor".to_owned(),
        ),
        ("models", seerflow_store_query_models, "key_prefix".to_owned()),
        ("rules", seerflow_store_query_sigma_rules, String::new()),
        ("edges", seerflow_store_query_edges, "cursor".to_owned()),
        (
            "neighbours",
            seerflow_store_graph_neighbours,
            "entity_id depth relation".to_owned(),
        ),
        ("subgraph", subgraph, "entity_id depth".to_owned()),
        ("related", seerflow_store_graph_related, "entity_id".to_owned()),
    ];
    let host = Host::new();
    host.write(LINE);
    for (question, ask, has) in questions {
        let has: Vec<&str> = has.split_whitespace().collect();
        for (filter, set) in SETTERS {
            let query = Query::new().set(set);
            let (mut list, mut error) = (null_mut(), ErrorOut::new());
            let status = unsafe { ask(host.store, query.0, null(), &mut list, &mut error.0) };
            unsafe { seerflow_list_destroy(list) };
            let message = error.message();
            let refused = message.contains(&format!("{filter} does not apply to"));
            assert_eq!(
                refused,
                !has.contains(&filter),
                "{question} by {filter}: {message}"
            );
            assert!(!refused || status == seerflow_status::Invalid);
        }
    }
}

#[test]
fn values_that_do_not_fit_the_records_are_refused_by_the_query_call() {
    let host = Host::new();
    let bad = [
        Query::new().entity(c"x"),
        Query::new().cursor(Some(&c"x".to_owned())),
    ];
    for query in &bad {
        fails(seerflow_status::Invalid, |error| unsafe {
            seerflow_store_query_events(host.store, query.0, null(), &mut null_mut(), error)
        });
    }
    let nobody = fails(seerflow_status::Invalid, |error| unsafe {
        let query = Query::new();
        seerflow_store_graph_related(host.store, query.0, null(), &mut null_mut(), error)
    });
    assert!(nobody.contains("entity"), "{nobody}");
}

#[test]
fn a_filter_is_removed_by_its_absent_value() {
    let host = Host::new();
    host.write(LINE);
    let query = Query::new()
        .set(|q, e| unsafe { seerflow_query_set_source_type(q, c"x".as_ptr(), e) })
        .set(|q, e| unsafe { seerflow_query_set_min_severity(q, 6, e) })
        .set(|q, e| unsafe { seerflow_query_set_template_id(q, 77, e) })
        .entity(c"00000000-0000-4000-8000-000000000000");
    assert_eq!(host.ask(seerflow_store_query_events, &query).count(), 0);
    let query = query
        .set(|q, e| unsafe { seerflow_query_set_source_type(q, null(), e) })
        .set(|q, e| unsafe { seerflow_query_set_min_severity(q, -1, e) })
        .set(|q, e| unsafe { seerflow_query_set_template_id(q, i64::MIN, e) })
        .set(|q, e| unsafe { seerflow_query_set_entity_id(q, null(), e) });
    assert_eq!(host.ask(seerflow_store_query_events, &query).count(), 1);
}

#[test]
fn a_list_refuses_accessors_of_another_kind() {
    let host = Host::new();
    host.write(LINE);
    let events = host.search("accepted");
    let rules = host.ask(seerflow_store_query_sigma_rules, &Query::new());
    unsafe {
        assert_eq!(seerflow_list_kind(events.0), seerflow_kind::Event);
        assert_eq!(seerflow_list_kind(rules.0), seerflow_kind::SigmaRule);
        assert_eq!(seerflow_list_kind(null()), seerflow_kind::None);
        let message = fails(seerflow_status::Invalid, |error| {
            seerflow_list_edge_at(events.0, 0, &mut init!(seerflow_edge), error)
        });
        assert!(message.contains("Event") && message.contains("Edge"), "{message}");
        fails(seerflow_status::Invalid, |error| {
            seerflow_list_template_at(rules.0, 0, &mut init!(seerflow_template), error)
        });
        assert!(seerflow_list_event_at(rules.0, 0).is_null());
        fails(seerflow_status::Invalid, |error| {
            seerflow_list_msgpack(rules.0, &mut null(), &mut 0, &mut null(), error)
        });
        // The kind is right, but the index is past the last record.
        fails(seerflow_status::NotFound, |error| {
            seerflow_list_sigma_rule_at(rules.0, 0, &mut init!(seerflow_sigma_rule), error)
        });
        assert!(seerflow_list_last_cursor(rules.0).is_null());
        assert_eq!((rules.next(), rules.total()), (None, None));
    }
}

/// Reads all pages of a query, and returns one member of each record.
fn pages(host: &Host, ask: QueryFn, limit: u32, member: &str) -> Vec<serde_json::Value> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = host.ask(ask, &Query::new().limit(limit).cursor(cursor.as_ref()));
        assert!(page.count() <= limit as usize);
        seen.extend(page.objects().iter().map(|record| record[member].clone()));
        cursor = page.next();
        if cursor.is_none() {
            return seen;
        }
    }
}

#[test]
fn a_cursor_continues_dead_letters_and_verdicts() {
    let host = Host::new();
    let input = (0..7).map(|n| format!("bad {n}\n")).collect::<String>();
    ok(|error| unsafe {
        write_as(
            host.store,
            seerflow_format::Ndjson,
            input.as_bytes(),
            &durable(),
            error,
        )
    });
    let letters = pages(&host, seerflow_store_query_dead_letters, 3, "payload");
    let wanted: Vec<_> = (0..7).rev().map(|n| format!("bad {n}")).collect();
    assert_eq!(letters, wanted, "newest first, each once");

    for time in 0..7 {
        let verdict = seerflow_feedback {
            alert_id: str_of("a"),
            feedback: str_of("tp"),
            submitted_at_ns: time,
            ..Default::default()
        };
        ok(|error| unsafe { seerflow_store_append_feedback(host.store, &verdict, null(), error) });
    }
    let verdicts = pages(&host, seerflow_store_query_feedback, 2, "submitted_at_ns");
    assert_eq!(verdicts, (0..7).rev().collect::<Vec<i64>>());

    // Records that are added between two pages do not change where the cursor continues.
    let first = host.ask(seerflow_store_query_feedback, &Query::new().limit(3));
    let later = init!(seerflow_feedback, alert_id: str_of("a"), feedback: str_of("fp"), origin: seerflow_str::default(),
        submitted_at_ns: 100);
    ok(|error| unsafe { seerflow_store_append_feedback(host.store, &later, null(), error) });
    let rest = host.ask(
        seerflow_store_query_feedback,
        &Query::new().cursor(first.next().as_ref()),
    );
    let times: Vec<_> = rest
        .objects()
        .iter()
        .map(|v| v["submitted_at_ns"].clone())
        .collect();
    assert_eq!(times, (0..4).rev().collect::<Vec<i64>>());

    // A cursor of another kind of records is refused.
    let strange = Query::new().cursor(first.next().as_ref());
    fails(seerflow_status::Invalid, |error| unsafe {
        seerflow_store_query_edges(host.store, strange.0, null(), &mut null_mut(), error)
    });
    // A page number and a cursor exclude each other.
    let both = strange.set(|q, e| unsafe { seerflow_query_set_page(q, 2, e) });
    fails(seerflow_status::Invalid, |error| unsafe {
        seerflow_store_query_feedback(host.store, both.0, null(), &mut null_mut(), error)
    });
}

#[test]
fn the_graph_answers_queries() {
    let host = Host::new();
    let edge = |source, target, rel| init!(seerflow_edge, source_id: str_of(source), target_id: str_of(target), rel_type: str_of(rel), event_count: 1);
    let edges = [
        edge("a", "b", "knows"),
        edge("b", "c", "knows"),
        edge("a", "d", "uses"),
    ];
    let options = seerflow_record_options {
        durable: false.into(),
        ..Default::default()
    };
    ok(|error| unsafe { seerflow_store_write_edges(host.store, edges.as_ptr(), 3, &options, null(), error) });
    host.flush();
    let entities = |list: &List| -> Vec<String> {
        let each = |index| unsafe { string(list.at(seerflow_list_neighbour_at, index).entity) };
        (0..list.count()).map(each).collect()
    };
    let near = Query::new().entity(c"a");
    assert_eq!(
        entities(&host.ask(seerflow_store_graph_neighbours, &near)),
        ["b", "d"]
    );
    let far = near.set(|q, e| unsafe { seerflow_query_set_depth(q, 2, e) });
    assert_eq!(
        entities(&host.ask(seerflow_store_graph_neighbours, &far)),
        ["b", "d", "c"]
    );
    let (mut nodes, mut inner) = (null_mut(), null_mut());
    ok(|error| unsafe {
        seerflow_store_graph_subgraph(host.store, far.0, null(), &mut nodes, &mut inner, error)
    });
    let (nodes, inner) = (List(nodes), List(inner));
    assert_eq!((nodes.count(), inner.count()), (4, 3));
    let known = far.set(|q, e| unsafe { seerflow_query_add_relation(q, c"knows".as_ptr(), e) });
    assert_eq!(
        entities(&host.ask(seerflow_store_graph_neighbours, &known)),
        ["b", "c"]
    );
    let path = List::of(|list, error| unsafe {
        seerflow_store_graph_path(host.store, c"d".as_ptr(), c"c".as_ptr(), null(), list, error)
    });
    assert_eq!(entities(&path), ["d", "a", "b", "c"]);
    let top = List::of(|list, error| unsafe {
        seerflow_store_graph_top(host.store, c"fan_out".as_ptr(), 1, null(), list, error)
    });
    let first = top.at(seerflow_list_score_at, 0);
    assert_eq!(
        (unsafe { string(first.entity) }, first.value),
        ("a".to_owned(), 2.0)
    );
    let (mut vertices, mut edges) = (0, 0);
    unsafe {
        ok(|error| seerflow_store_graph_counts(host.store, null(), &mut vertices, &mut edges, error));
        ok(|error| seerflow_store_graph_health(host.store, null(), error));
    }
    assert_eq!((vertices, edges), (4, 3));
}

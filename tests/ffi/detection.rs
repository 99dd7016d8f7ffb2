//! The other records of detection: models, Sigma rules, edges and templates. Also the entities and counts of events.

use seerflow::ffi::alert_query::*;
use seerflow::ffi::counted::*;
use seerflow::ffi::dead_letter::*;
use seerflow::ffi::edge::*;
use seerflow::ffi::event_entity::*;
use seerflow::ffi::graph::*;
use seerflow::ffi::interrupt::*;
use seerflow::ffi::model::*;
use seerflow::ffi::records::*;
use seerflow::ffi::sigma::*;
use seerflow::ffi::template::*;

use super::*;

const MINUTE: i64 = 60_000_000_000;
const ABSENT: i64 = i64::MIN;

#[test]
fn models_are_saved_swapped_loaded_and_deleted() {
    let host = Host::new();
    let state = vec![0xa5_u8; 3 << 20];
    let (mut first, mut second) = (0, 0);
    let key = c"ml/hst/state".as_ptr();
    let store = host.store;
    unsafe {
        let swap = |expected, data: &[u8], saved, error| {
            let (data, length) = (data.as_ptr().cast(), data.len());
            seerflow_store_swap_model(store, key, data, length, expected, null(), saved, error)
        };
        fails(seerflow_status::NotFound, |error| {
            seerflow_store_load_model(store, key, null(), &mut null_mut(), error)
        });
        ok(|error| swap(ABSENT, &state, &mut first, error));
        fails(seerflow_status::Conflict, |error| {
            swap(ABSENT, b"x", null_mut(), error)
        });
        fails(seerflow_status::Conflict, |error| {
            swap(first - 1, b"x", null_mut(), error)
        });
        let loaded = List::of(|list, error| seerflow_store_load_model(store, key, null(), list, error));
        let model = loaded.at(seerflow_list_model_at, 0);
        assert_eq!((loaded.count(), model.updated_at_ns), (1, first));
        assert_eq!(model.bytes as usize, state.len());
        assert!(std::slice::from_raw_parts(model.data.data.cast::<u8>(), model.data.len) == state);
        ok(|error| swap(first, b"", &mut second, error));
        assert!(second > first);
        ok(|error| {
            let (other, data) = (c"ml/other".as_ptr(), b"abc".as_ptr().cast());
            seerflow_store_save_model(store, other, data, 3, null(), null_mut(), error)
        });
        let query = Query::new().set(|q, e| seerflow_query_set_key_prefix(q, c"ml/h".as_ptr(), e));
        let list = host.ask(seerflow_store_query_models, &query);
        assert_eq!(list.count(), 1);
        let entry = list.at(seerflow_list_model_at, 0);
        assert_eq!(
            (string(entry.key), entry.bytes, entry.updated_at_ns),
            ("ml/hst/state".into(), 0, second)
        );
        assert!(entry.data.data.is_null(), "a list of models has no data");
        let all = host.ask(seerflow_store_query_models, &Query::new());
        assert_eq!(all.objects()[1]["bytes"], 3);
        let mut deleted = 9;
        for wanted in [1, 0] {
            ok(|error| seerflow_store_delete_model(store, key, null(), &mut deleted, error));
            assert_eq!(deleted, wanted);
        }
        for (key, status) in [
            (c"", seerflow_status::Invalid),
            (c"\xc3\xa9", seerflow_status::Invalid),
        ] {
            fails(status, |error| {
                seerflow_store_delete_model(store, key.as_ptr(), null(), null_mut(), error)
            });
        }
        let huge = vec![0; (64 << 20) + 1];
        fails(seerflow_status::Limit, |error| {
            swap(ABSENT, &huge, null_mut(), error)
        });
    }
}

#[test]
fn sigma_rules_are_disabled_and_their_matches_counted() {
    let host = Host::new();
    let fired = |rule, count, last| init!(seerflow_sigma_matches, rule_id: str_of(rule), count: count, last_fired_ns: last);
    let batch = [fired("r-1", 3, 50), fired("r-2", 1, 70), fired("r-1", 2, 40)];
    unsafe {
        ok(|error| seerflow_store_write_sigma_matches(host.store, batch.as_ptr(), 3, null(), error));
        let line = r#"{"rule_id":"r-2","count":4,"last_fired_ns":60}"#;
        ok(|error| write_json(&host, seerflow_kind::SigmaMatches, line, null_mut(), error));
        for (rule, enabled) in [(c"r-2", false), (c"r-3", true)] {
            ok(|error| {
                let (rule, enabled) = (rule.as_ptr(), Flag::from(enabled));
                seerflow_store_enable_sigma_rule(host.store, rule, enabled, null(), error)
            });
        }
        let bad = [fired("r-1", 1, 1), fired("r-1", -1, 1)];
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_write_sigma_matches(host.store, bad.as_ptr(), 2, null(), error)
        });
        let list = host.ask(seerflow_store_query_sigma_rules, &Query::new());
        let told: Vec<_> = (0..list.count())
            .map(|index| {
                let rule = list.at(seerflow_list_sigma_rule_at, index);
                (
                    string(rule.rule_id),
                    rule.enabled == true.into(),
                    rule.match_count_lifetime,
                    rule.last_fired_ns,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("r-1".to_owned(), true, 5, 50),
                ("r-2".to_owned(), false, 5, 70),
                ("r-3".to_owned(), true, 0, ABSENT),
            ]
        );
        assert!(list.objects()[2]["last_fired_ns"].is_null());
    }
}

#[test]
fn edges_are_read_in_pages_and_pruned() {
    let host = Host::new();
    let names: Vec<CString> = (0..25)
        .map(|n| CString::new(format!("e{n:02}")).unwrap())
        .collect();
    let lend = |name: &CString| seerflow_str {
        data: name.as_ptr(),
        len: name.as_bytes().len(),
    };
    let edges: Vec<seerflow_edge> = (0..24)
        .map(|n| {
            init!(seerflow_edge, source_id: lend(&names[n]), target_id: lend(&names[n + 1]),
                rel_type: str_of("has_ip"), first_seen_ns: n as i64, last_seen_ns: n as i64 + 10, event_count: 1)
        })
        .collect();
    let (mut cursor, mut seen, mut pages) = (None, Vec::new(), Vec::new());
    unsafe {
        ok(|error| seerflow_store_write_edges(host.store, edges.as_ptr(), 24, null(), null(), error));
        let line = r#"{"source_id":"e00","target_id":"e01","rel_type":"has_ip","first_seen_ns":-5,"last_seen_ns":3,"event_count":4}"#;
        ok(|error| write_json(&host, seerflow_kind::Edge, line, null_mut(), error));
        loop {
            let query = Query::new().limit(10).cursor(cursor.as_ref());
            let list = host.ask(seerflow_store_query_edges, &query);
            pages.push(list.count());
            seen.extend(list.objects());
            if list.count() > 0 {
                assert_eq!(string(list.at(seerflow_list_edge_at, 0).rel_type), "has_ip");
            }
            cursor = list.next();
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(pages, [10, 10, 4, 0]);
        assert_eq!(seen.len(), 24);
        assert_eq!(
            (
                &seen[0]["first_seen_ns"],
                &seen[0]["last_seen_ns"],
                &seen[0]["event_count"]
            ),
            (&(-5).into(), &10.into(), &5.into())
        );
        let related = host.ask(seerflow_store_graph_related, &Query::new().entity(c"e01"));
        assert_eq!(related.count(), 2);
        let first = related.at(seerflow_list_related_at, 0);
        assert_eq!((string(first.entity), first.event_count), ("e00".into(), 5));
        assert_eq!(related.objects()[1]["entity"], "e02");
        let mut deleted = 0;
        ok(|error| seerflow_store_prune_edges(host.store, 20, null(), &mut deleted, error));
        assert_eq!(deleted, 10);
        let bad = init!(seerflow_edge, source_id: str_of("a"), target_id: str_of("b"), rel_type: str_of("no spaces"));
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_write_edges(host.store, &bad, 1, null(), null(), error)
        });
    }
}

#[test]
fn templates_and_dead_letters_are_returned_as_json() {
    let host = Host::new();
    let line =
        r#"{"template_id":1,"template_str":"user <*>","first_seen_ns":5,"last_seen_ns":6,"event_count":7}"#;
    ok(|error| write_json(&host, seerflow_kind::Template, line, null_mut(), error));
    let told = host.ask(seerflow_store_query_templates, &Query::new()).objects();
    assert_eq!(
        (&told[0]["template_str"], &told[0]["event_count"]),
        (&"user <*>".into(), &7.into())
    );
    assert!(told[0]["example_message"].is_null());
    let part = fails(seerflow_status::Invalid, |error| {
        let line = r#"{"template_id":1,"template_str":"user <*>"}"#;
        write_json(&host, seerflow_kind::Template, line, null_mut(), error)
    });
    assert!(
        part.contains("line 1") && part.contains("first_seen_ns"),
        "{part}"
    );
    ok(|error| unsafe {
        let input = b"not json \xff\n";
        write_as(host.store, seerflow_format::Ndjson, input, &durable(), error)
    });
    let letters = host.ask(seerflow_store_query_dead_letters, &Query::new());
    assert_eq!(letters.objects()[0]["payload"]["$bin"], "bm90IGpzb24g/w==");
}

/// Six failed logins, one minute apart, alternating between two hosts.
fn failures() -> String {
    (0..6)
        .map(|minute| format!("2026-03-14T01:0{minute}:00Z web{} sshd[7]: Failed password for root from 203.0.113.66 port 1 ssh2\n", minute % 2))
        .collect()
}

#[test]
fn entities_have_events_values_and_neighbours() {
    let host = Host::new();
    host.write(&failures());
    let id = address();
    let query = Query::new()
        .entity(&id)
        .limit(4)
        .set(|q, e| unsafe { seerflow_query_set_order(q, seerflow_order::Oldest as u32, e) });
    let page = host.ask(seerflow_store_query_events, &query);
    assert_eq!(page.count(), 4);
    let mut event_id = [0; SEERFLOW_ID_SIZE];
    unsafe {
        let mut times = [0; 2];
        for (index, time) in times.iter_mut().enumerate() {
            let event = page.event(index);
            ok(|error| seerflow_event_get_int(event, Field::TimestampNs as u32, time, error));
        }
        assert_eq!(times[1] - times[0], MINUTE, "oldest first");
        assert!(page.next().is_some());
        ok(|error| seerflow_event_get_id(page.event(0), event_id.as_mut_ptr(), error));

        let event =
            List::of(|list, error| seerflow_store_event(host.store, event_id.as_ptr(), null(), list, error));
        assert_eq!(event.count(), 1);
        let told = List::of(|list, error| {
            seerflow_store_event_entities(host.store, event_id.as_ptr(), null(), list, error)
        })
        .objects();
        assert!(
            told.iter()
                .any(|entity| entity["entity_type"] == "user" && entity["value"] == "root"),
            "{told:?}"
        );
        let named =
            List::of(|list, error| seerflow_store_entity(host.store, id.as_ptr(), null(), list, error));
        let entity = named.at(seerflow_list_entity_at, 0);
        assert_eq!(
            (string(entity.entity_type), string(entity.value)),
            ("ip".into(), "203.0.113.66".into())
        );
        let (nobody, mut list) = (c"00000000-0000-4000-8000-000000000000".as_ptr(), null_mut());
        for status in [
            seerflow_store_event(host.store, nobody, null(), &mut list, null_mut()),
            seerflow_store_event_entities(host.store, nobody, null(), &mut list, null_mut()),
            seerflow_store_entity(host.store, nobody, null(), &mut list, null_mut()),
        ] {
            assert_eq!(status, seerflow_status::NotFound);
        }
        assert!(list.is_null());
    }
}

#[test]
fn events_are_counted_by_every_property() {
    let host = Host::new();
    host.write(&failures());
    let (all, one) = (Query::new(), Query::new().limit(1));
    let mut distinct = 0;
    let count = |query: &Query, by: u32| {
        List::of(|list, error| unsafe {
            seerflow_store_count_events(host.store, query.0, by, null(), list, error)
        })
    };
    let histogram = |query: &Query, split: u32, list, error| unsafe {
        seerflow_store_event_histogram(host.store, query.0, 3 * MINUTE, split, null(), list, error)
    };
    let (source, by_host) = (seerflow_count_by::Source as u32, seerflow_count_by::Host as u32);
    assert_eq!(
        count(&one, by_host).objects(),
        [serde_json::json!({"value": "web0", "count": 3})]
    );
    for (kind, wanted) in [
        (seerflow_count_by::Source, 1),
        (seerflow_count_by::Host, 2),
        (seerflow_count_by::Template, 0),
        (seerflow_count_by::Severity, 1),
    ] {
        ok(|error| unsafe {
            let by = kind as u32;
            seerflow_store_distinct_events(host.store, all.0, by, null(), &mut distinct, error)
        });
        assert_eq!(distinct, wanted, "{kind:?}");
    }
    let told = List::of(|list, error| histogram(&all, source, list, error)).objects();
    assert_eq!(
        (told.len(), &told[0]["value"], &told[1]["count"]),
        (2, &"sshd".into(), &3.into())
    );
    for split in [by_host, 7, u32::MAX] {
        fails(seerflow_status::Invalid, |error| {
            histogram(&all, split, &mut null_mut(), error)
        });
    }

    // Each of the three functions applies filters.
    let web1 = Query::new().set(|q, e| unsafe { seerflow_query_set_source_id(q, c"web1".as_ptr(), e) });
    assert_eq!(
        count(&web1, source).objects(),
        [serde_json::json!({"value": "sshd", "count": 3})]
    );
    ok(|error| unsafe {
        seerflow_store_distinct_events(host.store, web1.0, by_host, null(), &mut distinct, error)
    });
    assert_eq!(distinct, 1);
    let told = List::of(|list, error| histogram(&web1, 0, list, error)).objects();
    let counts: Vec<_> = told
        .iter()
        .map(|bucket| bucket["count"].as_i64().unwrap())
        .collect();
    assert_eq!(counts, [1, 2]);
}

#[test]
fn a_raised_interrupt_ends_writes_and_queries() {
    let host = Host::new();
    let (mut flag, mut list) = (null_mut(), null_mut());
    unsafe {
        ok(|error| seerflow_store_open(host.store, null(), error));
        ok(|error| seerflow_interrupt_new(&mut flag, error));
        ok(|_| seerflow_interrupt_raise(flag));
        let call = init!(seerflow_call, interrupt: flag);
        fails(seerflow_status::Interrupted, |error| {
            seerflow_store_enable_sigma_rule(host.store, c"r".as_ptr(), Flag::from(true), &call, error)
        });
        fails(seerflow_status::Interrupted, |error| {
            seerflow_store_query_sigma_rules(host.store, null(), &call, &mut list, error)
        });
        assert!(list.is_null());
        let rules =
            List::of(|list, error| seerflow_store_query_sigma_rules(host.store, null(), null(), list, error));
        assert_eq!(rules.count(), 0);
        seerflow_interrupt_destroy(flag);
    }
}

/// Several threads write and query all kinds of records through one handle.
#[test]
fn one_store_is_used_by_many_threads() {
    let host = Host::new();
    let store = host.store as usize;
    let worker = move |number: usize| unsafe {
        let store = store as *const seerflow_store;
        let (alert, matches) = (seerflow_kind::Alert as u32, seerflow_kind::SigmaMatches as u32);
        let options = seerflow_record_options {
            dedup_window_ns: 1_000,
            ..Default::default()
        };
        for round in 0..20 {
            let line = format!(
                r#"{{"alert_type":"ml","rule_name":"r{number}","entity_type":"host","entity_value":"h","timestamp_ns":{round}}}"#
            );
            let fired = r#"{"rule_id":"shared","count":1,"last_fired_ns":1}"#;
            for (kind, line) in [(alert, line.as_str()), (matches, fired)] {
                ok(|error| {
                    let (data, length) = (line.as_ptr().cast(), line.len());
                    seerflow_store_write_records(
                        store,
                        kind,
                        data,
                        length,
                        &options,
                        null(),
                        null_mut(),
                        error,
                    )
                });
            }
            let query = Query::new();
            List::of(|list, error| seerflow_store_query_alerts(store, query.0, null(), list, error));
        }
    };
    let threads: Vec<_> = (0..4)
        .map(|number| std::thread::spawn(move || worker(number)))
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let alerts = host.ask(seerflow_store_query_alerts, &Query::new()).objects();
    assert_eq!(alerts.len(), 4);
    assert!(alerts.iter().all(|alert| alert["dedup_count"] == 20));
    let rules = host.ask(seerflow_store_query_sigma_rules, &Query::new());
    assert_eq!(rules.objects()[0]["match_count_lifetime"], 80);
}

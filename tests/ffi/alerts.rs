//! Alerts, and verdicts on alerts.

use seerflow::ffi::alert::*;
use seerflow::ffi::alert_pattern::*;
use seerflow::ffi::alert_query::*;
use seerflow::ffi::counted::*;
use seerflow::ffi::feedback::*;
use seerflow::ffi::records::*;
use seerflow::ffi::value::seerflow_strs;

use super::*;

const MINUTE: i64 = 60_000_000_000;

fn alert() -> seerflow_alert {
    seerflow_alert {
        alert_type: str_of("sigma"),
        rule_name: str_of("ssh brute force"),
        entity_type: str_of("ip"),
        entity_value: str_of("203.0.113.66"),
        ..Default::default()
    }
}

/// Writes alerts, and returns for each whether it is new, and its count.
fn write(host: &Host, alerts: &[seerflow_alert], window_ns: i64) -> Vec<(bool, i64)> {
    let options = seerflow_record_options {
        dedup_window_ns: window_ns,
        ..Default::default()
    };
    let results = List::of(|results, error| unsafe {
        let (first, count) = (alerts.as_ptr(), alerts.len());
        seerflow_store_write_alerts(host.store, first, count, &options, null(), results, error)
    });
    (0..results.count())
        .map(|index| {
            let result = results.at(seerflow_list_alert_result_at, index);
            (result.is_new == true.into(), result.dedup_count)
        })
        .collect()
}

fn find_alert(host: &Host, id: &CStr) -> List {
    List::of(|list, error| unsafe { seerflow_store_alert(host.store, id.as_ptr(), null(), list, error) })
}

#[test]
fn a_written_alert_is_read_back() {
    let host = Host::new();
    let ids = [
        "019cea80-8468-7d95-85e6-9c1966f2d9af",
        "019cea80-8468-7d95-85e6-9c1966f2d9b0",
    ]
    .map(str_of);
    let techniques = [str_of("t1110.001")];
    let list = |items: &[seerflow_str]| seerflow_strs {
        items: items.as_ptr(),
        count: items.len(),
    };
    let full = seerflow_alert {
        alert_id: str_of("a-1"),
        timestamp_ns: 5 * MINUTE,
        severity_id: 5,
        description: str_of("twelve failures"),
        contributing_events: list(&ids),
        mitre_techniques: list(&techniques),
        risk_score: 81.5,
        ..alert()
    };
    assert_eq!(write(&host, &[full], SEERFLOW_DEDUP_WINDOW_NS), [(true, 1)]);
    let again = seerflow_alert {
        alert_id: str_of("a-2"),
        timestamp_ns: 6 * MINUTE,
        ..full
    };
    assert_eq!(write(&host, &[again], SEERFLOW_DEDUP_WINDOW_NS), [(false, 2)]);
    let late = seerflow_alert {
        alert_id: str_of("a-3"),
        timestamp_ns: 7 * MINUTE,
        ..full
    };
    assert_eq!(
        write(&host, &[late], MINUTE),
        [(true, 1)],
        "outside a window of a minute"
    );

    let old = fails(seerflow_status::NotFound, |error| unsafe {
        seerflow_store_alert(host.store, c"a-1".as_ptr(), null(), &mut null_mut(), error)
    });
    assert!(old.contains("a-1"), "{old}");
    let page = find_alert(&host, c"a-3");
    assert_eq!((page.count(), page.total(), page.next()), (1, None, None));
    let mut found = page.at(seerflow_list_alert_at, 0);
    assert_eq!(
        (found.timestamp_ns, found.severity_id, found.risk_score),
        (7 * MINUTE, 5, 81.5)
    );
    unsafe {
        assert_eq!(string(found.description), "twelve failures");
        let id = address().into_string().unwrap();
        assert_eq!(string(found.entity_uuid), id, "computed from the entity");
        assert_eq!(string(found.dedup_key), format!("sigma:ssh brute force:{id}"));
        assert_eq!(found.contributing_events.count, 2);
        let first = *found.contributing_events.items;
        assert_eq!(string(first), string(ids[0]));
        assert_eq!(string(*found.mitre_techniques.items), "t1110.001");
        assert_eq!(found.mitre_tactics.count, 0);
        let objects = page.objects();
        assert_eq!(objects[0]["alert_id"], "a-3");
        assert_eq!(objects[0]["contributing_events"][1], string(ids[1]));
        fails(seerflow_status::NotFound, |error| {
            seerflow_list_alert_at(page.0, 1, &mut found, error)
        });
    }
}

#[test]
fn json_alerts_have_defaults_and_are_written_in_one_transaction() {
    let host = Host::new();
    let lines = concat!(
        r#"{"alert_type":"ml","rule_name":"hst","entity_type":"user","entity_value":"root","severity_id":4}"#,
        "\n\n",
        r#"{"alert_type":"ml","rule_name":"hst","entity_type":"host","entity_value":"web2","new_field":1}"#,
    );
    let put = |lines: &str, results, error| write_json(&host, seerflow_kind::Alert, lines, results, error);
    let results = List::of(|results, error| put(lines, results, error)).objects();
    assert_eq!(results.len(), 2);
    assert_eq!(
        (&results[0]["is_new"], &results[0]["dedup_count"]),
        (&true.into(), &1.into())
    );
    assert_eq!(
        results[1]["alert_id"].as_str().unwrap().len(),
        36,
        "an id is generated"
    );

    let bad = fails(seerflow_status::Invalid, |error| {
        put(&format!("{}\n{{\"alert_type\":7}}\n", lines), null_mut(), error)
    });
    assert!(bad.contains("line 4") && bad.contains("column"), "{bad}");
    let bad = fails(seerflow_status::Invalid, |error| {
        let unknown = r#"{"alert_type":"odd","rule_name":"x","entity_type":"ip"}"#;
        put(
            &format!("{{\"alert_type\":\"ml\",\"entity_type\":\"ip\"}}\n{unknown}"),
            null_mut(),
            error,
        )
    });
    assert!(bad.starts_with("alerts[1]: alert_type \"odd\""), "{bad}");
    let found = host.ask(seerflow_store_query_alerts, &Query::new()).objects();
    assert_eq!(found.len(), 2, "a failed call must write no alert");
    let age = seerflow::record::now_ns() - found[0]["timestamp_ns"].as_i64().unwrap();
    assert!((0..60 * MINUTE).contains(&age), "the default time is now");
}

#[test]
fn alerts_are_filtered_paged_and_counted() {
    let host = Host::new();
    let tactic = [str_of("credential-access")];
    let technique = [str_of("T1053.005")];
    let rules = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"];
    let alerts: Vec<seerflow_alert> = (0..10)
        .map(|number| {
            let mut one = seerflow_alert {
                rule_name: str_of(rules[number % 5]),
                dedup_key: str_of(rules[number]),
                alert_type: str_of(if number < 3 { "ueba" } else { "sigma" }),
                timestamp_ns: number as i64 * MINUTE,
                severity_id: (number % 7) as i64,
                ..alert()
            };
            if number % 2 == 0 {
                (one.mitre_tactics.items, one.mitre_tactics.count) = (tactic.as_ptr(), 1);
            }
            if number == 3 {
                (one.mitre_techniques.items, one.mitre_techniques.count) = (technique.as_ptr(), 1);
            }
            one
        })
        .collect();
    write(&host, &alerts, 0);
    let ask = |query: &Query| host.ask(seerflow_store_query_alerts, query);
    let ueba = || Query::new().set(|q, e| unsafe { seerflow_query_set_alert_type(q, c"ueba".as_ptr(), e) });
    assert_eq!(ask(&ueba()).count(), 3);
    let severe = Query::new().set(|q, e| unsafe { seerflow_query_set_min_severity(q, 5, e) });
    assert_eq!(ask(&severe).count(), 2);
    let window = Query::new().window(MINUTE, 5 * MINUTE);
    assert_eq!(ask(&window).count(), 4, "the end is not included");
    let tactic =
        Query::new().set(|q, e| unsafe { seerflow_query_set_tactic(q, c"credential-access".as_ptr(), e) });
    assert_eq!(ask(&tactic).count(), 5);
    for technique in [c"T1053", c"t1053.005"] {
        let query =
            Query::new().set(|q, e| unsafe { seerflow_query_set_technique(q, technique.as_ptr(), e) });
        assert_eq!(ask(&query).count(), 1);
    }
    assert_eq!(ask(&Query::new().entity(&address())).count(), 10);
    let third = Query::new()
        .limit(4)
        .set(|q, e| unsafe { seerflow_query_set_page(q, 3, e) });
    assert_eq!(ask(&third).count(), 2);

    // Pages by cursor, with the total.
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let query = Query::new()
            .limit(3)
            .set(|q, e| unsafe { seerflow_query_set_total(q, seerflow_total::Exact as u32, 0, e) })
            .cursor(cursor.as_ref());
        let page = ask(&query);
        assert_eq!(page.total(), Some(10));
        let time = |o: &serde_json::Value| o["timestamp_ns"].as_i64().unwrap() / MINUTE;
        seen.extend(page.objects().iter().map(time));
        cursor = page.next();
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..10).rev().collect::<Vec<i64>>());

    let histogram = |query: &Query| {
        List::of(|list, error| unsafe {
            seerflow_store_alert_histogram(host.store, query.0, 5 * MINUTE, null(), list, error)
        })
        .objects()
    };
    assert_eq!(
        histogram(&Query::new().window(0, 10 * MINUTE)),
        [
            serde_json::json!({"start_ns": 0, "value": "", "count": 5}),
            serde_json::json!({"start_ns": 5 * MINUTE, "value": "", "count": 5})
        ]
    );
    assert_eq!(
        histogram(&ueba()),
        [serde_json::json!({"start_ns": 0, "value": "", "count": 3})]
    );
    let counts = |query: &Query, by: seerflow_count_by| {
        List::of(|list, error| unsafe {
            seerflow_store_count_alerts(host.store, query.0, by as u32, null(), list, error)
        })
    };
    let by_rule = counts(&Query::new().window(0, 10 * MINUTE), seerflow_count_by::Rule);
    assert_eq!(by_rule.count(), 5);
    assert_eq!(by_rule.at(seerflow_list_count_at, 0).count, 2);
    let by_rule = counts(&ueba(), seerflow_count_by::Rule);
    assert_eq!(by_rule.count(), 3, "counts apply the filters of the query");
    assert_eq!(by_rule.at(seerflow_list_count_at, 0).count, 1);
    assert_eq!(
        counts(&Query::new().window(0, MINUTE), seerflow_count_by::Severity).objects(),
        [serde_json::json!({"value": "trace", "count": 1})]
    );
}

#[test]
fn verdicts_survive_later_occurrences_and_are_counted() {
    let host = Host::new();
    let verdict = seerflow_feedback {
        alert_id: str_of("a-1"),
        feedback: str_of("tp"),
        note: str_of("seen in the proxy's log too"),
        ..Default::default()
    };
    unsafe {
        fails(seerflow_status::NotFound, |error| {
            seerflow_store_update_feedback(host.store, &verdict, null(), error)
        });
        let one = seerflow_alert {
            alert_id: str_of("a-1"),
            ..alert()
        };
        write(&host, &[one], 0);
        ok(|error| seerflow_store_update_feedback(host.store, &verdict, null(), error));
        let doubt = seerflow_feedback {
            feedback: str_of("fp"),
            origin: str_of("cli"),
            submitted_at_ns: 7,
            ..verdict
        };
        ok(|error| seerflow_store_append_feedback(host.store, &doubt, null(), error));
        for bad in [
            seerflow_feedback {
                feedback: str_of("maybe"),
                ..verdict
            },
            seerflow_feedback {
                origin: str_of("phone"),
                ..verdict
            },
        ] {
            fails(seerflow_status::Invalid, |error| {
                seerflow_store_update_feedback(host.store, &bad, null(), error)
            });
        }
        let page = find_alert(&host, c"a-1");
        let found = page.at(seerflow_list_alert_at, 0);
        assert_eq!(
            (string(found.feedback), string(found.feedback_note)),
            ("tp".into(), string(verdict.note))
        );

        let mut stats = init!(seerflow_feedback_stats);
        ok(|error| seerflow_store_feedback_stats(host.store, null(), &mut stats, error));
        assert_eq!((stats.tp, stats.fp, stats.total), (1, 0, 1));
        let query = Query::new().set(|q, e| seerflow_query_set_alert_id(q, c"a-1".as_ptr(), e));
        let list = host.ask(seerflow_store_query_feedback, &query);
        assert_eq!(list.count(), 2);
        let newest = list.at(seerflow_list_feedback_at, 0);
        assert_eq!(
            (string(newest.feedback), string(newest.origin)),
            ("tp".into(), "api".into())
        );
        assert!(newest.submitted_at_ns > 7, "the default time is now");
        assert_eq!(list.objects()[1]["submitted_at_ns"], 7);

        let five = Query::new().set(|q, e| seerflow_query_set_max_alerts(q, 5, e));
        let patterns = host.ask(seerflow_store_alert_patterns, &five);
        let results = patterns.objects();
        assert_eq!(
            (
                &results[0]["alert_type"],
                &results[0]["count"],
                &results[0]["alert_ids"]
            ),
            (&"sigma".into(), &1.into(), &serde_json::json!(["a-1"]))
        );
        let pattern = patterns.at(seerflow_list_alert_pattern_at, 0);
        assert_eq!(
            (string(pattern.rule_name), pattern.count),
            ("ssh brute force".into(), 1)
        );
        assert!(pattern.alert_ids.count == 1 && pattern.last_verdict_ns > 7);
        assert_eq!(string(*pattern.alert_ids.items), "a-1");
        let judged = pattern.last_verdict_ns;
        for (from, to, wanted) in [(judged, judged + 1, 1), (0, judged, 0)] {
            let patterns = host.ask(seerflow_store_alert_patterns, &Query::new().window(from, to));
            assert_eq!(patterns.count(), wanted, "the end is not included");
        }
        let many = Query::new().set(|q, e| seerflow_query_set_min_count(q, 2, e));
        assert_eq!(host.ask(seerflow_store_alert_patterns, &many).count(), 0);
    }
}

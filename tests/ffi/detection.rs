//! What detection keeps: alerts, verdicts, models, Sigma rules, edges; and every list as JSON.

use seerflow::ffi::alert::*;
use seerflow::ffi::alert_page::*;
use seerflow::ffi::alert_pattern::*;
use seerflow::ffi::alert_query::*;
use seerflow::ffi::counted::*;
use seerflow::ffi::dead_letter::*;
use seerflow::ffi::edge::*;
use seerflow::ffi::event_entity::*;
use seerflow::ffi::feedback::*;
use seerflow::ffi::histogram::*;
use seerflow::ffi::interrupt::*;
use seerflow::ffi::model::*;
use seerflow::ffi::sigma::*;
use seerflow::ffi::template::*;
use seerflow::ffi::value::seerflow_list;

use super::*;

const MINUTE: i64 = 60_000_000_000;
const ABSENT: i64 = i64::MIN;

/// A struct that says its size.
macro_rules! prepared {
    ($type:ident $(, $field:ident: $value:expr)*) => {
        $type { struct_size: size_of::<$type>() as u32, $($field: $value,)* ..Default::default() }
    };
}

/// The objects of a list that is asked for as JSON.
macro_rules! objects {
    ($ndjson:ident($list:expr)) => {{
        let (mut text, mut length) = (null(), 0);
        ok(|error| $ndjson($list, &mut text, &mut length, error));
        let text = super::text(text);
        assert_eq!(text.len(), length);
        text.lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .collect::<Vec<_>>()
    }};
}

fn alert() -> seerflow_alert {
    let mut alert = std::mem::MaybeUninit::uninit();
    ok(|error| unsafe { seerflow_alert_init(alert.as_mut_ptr(), size_of::<seerflow_alert>(), error) });
    seerflow_alert {
        alert_type: str_of("sigma"),
        rule_name: str_of("ssh brute force"),
        entity_type: str_of("ip"),
        entity_value: str_of("203.0.113.66"),
        ..unsafe { alert.assume_init() }
    }
}

/// Writes alerts and answers for each whether it is new and its count.
unsafe fn write(host: &Host, alerts: &[seerflow_alert], window_ns: i64) -> Vec<(u32, i64)> {
    let (mut results, size) = (null_mut(), size_of::<seerflow_alert>());
    unsafe {
        ok(|error| {
            seerflow_store_write_alerts(
                host.store,
                alerts.as_ptr(),
                size,
                alerts.len(),
                window_ns,
                5_000,
                null(),
                &mut results,
                error,
            )
        });
        let told = (0..seerflow_alert_result_list_count(results)).map(|index| {
            let mut result = prepared!(seerflow_alert_result);
            ok(|error| seerflow_alert_result_list_at(results, index, &mut result, error));
            (result.is_new, result.dedup_count)
        });
        let told = told.collect();
        seerflow_alert_result_list_destroy(results);
        told
    }
}

unsafe fn query(host: &Host, set: impl FnOnce(*mut seerflow_alert_query)) -> *mut seerflow_alert_page {
    let (mut query, mut page) = (null_mut(), null_mut());
    unsafe {
        ok(|error| seerflow_alert_query_new(&mut query, error));
        set(query);
        ok(|error| seerflow_store_query_alerts(host.store, query, &mut page, error));
        seerflow_alert_query_destroy(query);
    }
    page
}

#[test]
fn an_alert_goes_in_and_comes_out() {
    let host = Host::new();
    let ids = [
        "019cea80-8468-7d95-85e6-9c1966f2d9af",
        "019cea80-8468-7d95-85e6-9c1966f2d9b0",
    ]
    .map(str_of);
    let techniques = [str_of("t1110.001")];
    let list = |items: &[seerflow_str]| seerflow_list {
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
    unsafe {
        assert_eq!(write(&host, &[full], SEERFLOW_DEDUP_WINDOW_NS), [(1, 1)]);
        let again = seerflow_alert {
            alert_id: str_of("a-2"),
            timestamp_ns: 6 * MINUTE,
            ..full
        };
        assert_eq!(write(&host, &[again], SEERFLOW_DEDUP_WINDOW_NS), [(0, 2)]);
        let late = seerflow_alert {
            alert_id: str_of("a-3"),
            timestamp_ns: 7 * MINUTE,
            ..full
        };
        assert_eq!(
            write(&host, &[late], MINUTE),
            [(1, 1)],
            "outside a window of a minute"
        );

        let mut page = null_mut();
        let old = fails(seerflow_status::NotFound, |error| {
            seerflow_store_alert(host.store, c"a-1".as_ptr(), 5_000, null(), &mut page, error)
        });
        assert!(old.contains("a-1"), "{old}");
        ok(|error| seerflow_store_alert(host.store, c"a-3".as_ptr(), 5_000, null(), &mut page, error));
        assert_eq!(seerflow_alert_page_count(page), 1);
        assert!(!seerflow_alert_page_total(page, &mut 0));
        assert!(seerflow_alert_page_next_cursor(page).is_null());
        let mut found = alert();
        ok(|error| seerflow_alert_page_at(page, 0, &mut found, error));
        assert_eq!(
            (found.timestamp_ns, found.severity_id, found.risk_score),
            (7 * MINUTE, 5, 81.5)
        );
        assert_eq!(string(found.description), "twelve failures");
        let id = seerflow::record::entity_id(seerflow::record::EntityType::Ip, "203.0.113.66").unwrap();
        assert_eq!(string(found.entity_uuid), id.to_string(), "made of the entity");
        assert_eq!(string(found.dedup_key), format!("sigma:ssh brute force:{id}"));
        assert_eq!(found.contributing_events.count, 2);
        let first = *found.contributing_events.items;
        assert_eq!(string(first), string(ids[0]));
        assert_eq!(string(*found.mitre_techniques.items), "t1110.001");
        assert_eq!(found.mitre_tactics.count, 0);
        let objects = objects!(seerflow_alert_page_ndjson(page));
        assert_eq!(objects[0]["alert_id"], "a-3");
        assert_eq!(objects[0]["contributing_events"][1], string(ids[1]));
        fails(seerflow_status::NotFound, |error| {
            seerflow_alert_page_at(page, 1, &mut found, error)
        });
        seerflow_alert_page_destroy(page);
    }
}

#[test]
fn json_alerts_take_defaults_and_are_written_together() {
    let host = Host::new();
    let lines = concat!(
        r#"{"alert_type":"ml","rule_name":"hst","entity_type":"user","entity_value":"root","severity_id":4}"#,
        "\n\n",
        r#"{"alert_type":"ml","rule_name":"hst","entity_type":"host","entity_value":"web2","new_field":1}"#,
    );
    let put = |lines: &str, results, error| unsafe {
        let (data, length) = (lines.as_ptr().cast(), lines.len());
        seerflow_store_write_alerts_ndjson(host.store, data, length, 0, 5_000, null(), results, error)
    };
    let mut results = null_mut();
    unsafe {
        ok(|error| put(lines, &mut results, error));
        let told = objects!(seerflow_alert_result_list_ndjson(results));
        assert_eq!(told.len(), 2);
        assert_eq!(
            (&told[0]["is_new"], &told[0]["dedup_count"]),
            (&true.into(), &1.into())
        );
        assert_eq!(told[1]["alert_id"].as_str().unwrap().len(), 36, "an id is made");
        seerflow_alert_result_list_destroy(results);

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
        let page = query(&host, |_| ());
        let found = objects!(seerflow_alert_page_ndjson(page));
        assert_eq!(found.len(), 2, "all of a call or nothing");
        let age = seerflow::record::now_ns() - found[0]["timestamp_ns"].as_i64().unwrap();
        assert!((0..60 * MINUTE).contains(&age), "the time is the present");
        seerflow_alert_page_destroy(page);
    }
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
    unsafe {
        write(&host, &alerts, 0);
        let count = |set: &dyn Fn(*mut seerflow_alert_query)| {
            let page = query(&host, set);
            let count = seerflow_alert_page_count(page);
            seerflow_alert_page_destroy(page);
            count
        };
        assert_eq!(
            count(&|q| ok(|e| seerflow_alert_query_set_type(q, c"ueba".as_ptr(), e))),
            3
        );
        assert_eq!(
            count(&|q| ok(|e| seerflow_alert_query_set_min_severity(q, 5, e))),
            2
        );
        assert_eq!(
            count(&|q| ok(|e| seerflow_alert_query_set_time_range(q, MINUTE, 5 * MINUTE, e))),
            4
        );
        assert_eq!(
            count(&|q| ok(|e| seerflow_alert_query_set_tactic(q, c"credential-access".as_ptr(), e))),
            5
        );
        for technique in [c"T1053", c"t1053.005"] {
            assert_eq!(
                count(&|q| ok(|e| seerflow_alert_query_set_technique(q, technique.as_ptr(), e))),
                1
            );
        }
        let id = seerflow::record::entity_id(seerflow::record::EntityType::Ip, "203.0.113.66").unwrap();
        let id = CString::new(id.to_string()).unwrap();
        assert_eq!(
            count(&|q| ok(|e| seerflow_alert_query_set_entity(q, id.as_ptr(), e))),
            10
        );
        assert_eq!(
            count(&|q| {
                ok(|e| seerflow_alert_query_set_limit(q, 4, e));
                ok(|e| seerflow_alert_query_set_page(q, 3, e));
            }),
            2
        );

        // Pages by cursor, with the total.
        let (mut seen, mut cursor) = (Vec::new(), None::<CString>);
        loop {
            let page = query(&host, |q| {
                ok(|e| seerflow_alert_query_set_limit(q, 3, e));
                ok(|e| seerflow_alert_query_set_total(q, 1, e));
                if let Some(cursor) = &cursor {
                    ok(|e| seerflow_alert_query_set_cursor(q, cursor.as_ptr(), e));
                }
            });
            let mut total = 0;
            assert!(seerflow_alert_page_total(page, &mut total) && total == 10);
            seen.extend(
                objects!(seerflow_alert_page_ndjson(page))
                    .iter()
                    .map(|o| o["timestamp_ns"].as_i64().unwrap() / MINUTE),
            );
            let next = seerflow_alert_page_next_cursor(page);
            cursor = (!next.is_null()).then(|| CStr::from_ptr(next).to_owned());
            seerflow_alert_page_destroy(page);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..10).rev().collect::<Vec<i64>>());

        let (mut histogram, mut list) = (null_mut(), null_mut());
        ok(|error| {
            let end = 10 * MINUTE;
            seerflow_store_alert_histogram(
                host.store,
                0,
                end,
                5 * MINUTE,
                5_000,
                null(),
                &mut histogram,
                error,
            )
        });
        let told = objects!(seerflow_histogram_ndjson(histogram));
        assert_eq!(
            told,
            [
                serde_json::json!({"start_ns": 0, "value": "", "count": 5}),
                serde_json::json!({"start_ns": 5 * MINUTE, "value": "", "count": 5})
            ]
        );
        seerflow_histogram_destroy(histogram);
        ok(|error| seerflow_store_alerts_by_rule(host.store, 0, 9 * MINUTE, 5_000, null(), &mut list, error));
        let mut first = prepared!(seerflow_counted);
        assert_eq!(seerflow_counted_list_count(list), 5);
        ok(|error| seerflow_counted_list_at(list, 0, &mut first, error));
        assert_eq!(first.count, 2);
        seerflow_counted_list_destroy(list);
        ok(|error| seerflow_store_alerts_by_severity(host.store, 0, MINUTE, 5_000, null(), &mut list, error));
        assert_eq!(
            objects!(seerflow_counted_list_ndjson(list)),
            [serde_json::json!({"value": "trace", "count": 1})]
        );
        seerflow_counted_list_destroy(list);
    }
}

#[test]
fn verdicts_stay_and_are_counted() {
    let host = Host::new();
    let mut verdict = std::mem::MaybeUninit::uninit();
    ok(|error| unsafe {
        seerflow_feedback_init(verdict.as_mut_ptr(), size_of::<seerflow_feedback>(), error)
    });
    let verdict = seerflow_feedback {
        alert_id: str_of("a-1"),
        feedback: str_of("tp"),
        note: str_of("seen in the proxy's log too"),
        ..unsafe { verdict.assume_init() }
    };
    unsafe {
        fails(seerflow_status::NotFound, |error| {
            seerflow_store_update_feedback(host.store, &verdict, 5_000, null(), error)
        });
        let one = seerflow_alert {
            alert_id: str_of("a-1"),
            ..alert()
        };
        write(&host, &[one], 0);
        ok(|error| seerflow_store_update_feedback(host.store, &verdict, 5_000, null(), error));
        let doubt = seerflow_feedback {
            feedback: str_of("fp"),
            origin: str_of("cli"),
            submitted_at_ns: 7,
            ..verdict
        };
        ok(|error| seerflow_store_append_feedback(host.store, &doubt, 5_000, null(), error));
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
                seerflow_store_update_feedback(host.store, &bad, 5_000, null(), error)
            });
        }
        let mut page = null_mut();
        ok(|error| seerflow_store_alert(host.store, c"a-1".as_ptr(), 5_000, null(), &mut page, error));
        let mut found = alert();
        ok(|error| seerflow_alert_page_at(page, 0, &mut found, error));
        assert_eq!(
            (string(found.feedback), string(found.feedback_note)),
            ("tp".into(), string(verdict.note))
        );
        seerflow_alert_page_destroy(page);

        let mut stats = prepared!(seerflow_feedback_stats);
        ok(|error| seerflow_store_feedback_stats(host.store, 5_000, null(), &mut stats, error));
        assert_eq!((stats.tp, stats.fp, stats.total), (1, 0, 1));
        let (mut list, mut patterns) = (null_mut(), null_mut());
        ok(|error| {
            seerflow_store_feedback(
                host.store,
                c"a-1".as_ptr(),
                1,
                10,
                5_000,
                null(),
                &mut list,
                error,
            )
        });
        assert_eq!(seerflow_feedback_list_count(list), 2);
        let mut newest = verdict;
        ok(|error| seerflow_feedback_list_at(list, 0, &mut newest, error));
        assert_eq!(
            (string(newest.feedback), string(newest.origin)),
            ("tp".into(), "api".into())
        );
        assert!(newest.submitted_at_ns > 7, "the present");
        assert_eq!(
            objects!(seerflow_feedback_list_ndjson(list))[1]["submitted_at_ns"],
            7
        );
        seerflow_feedback_list_destroy(list);
        ok(|error| {
            seerflow_store_alert_patterns(
                host.store,
                i64::MIN,
                i64::MAX,
                1,
                10,
                5,
                5_000,
                null(),
                &mut patterns,
                error,
            )
        });
        let told = objects!(seerflow_alert_pattern_list_ndjson(patterns));
        assert_eq!(
            (&told[0]["alert_type"], &told[0]["count"], &told[0]["alert_ids"]),
            (&"sigma".into(), &1.into(), &serde_json::json!(["a-1"]))
        );
        let mut pattern = prepared!(seerflow_alert_pattern);
        ok(|error| seerflow_alert_pattern_list_at(patterns, 0, &mut pattern, error));
        assert_eq!(
            (string(pattern.rule_name), pattern.count),
            ("ssh brute force".into(), 1)
        );
        assert!(pattern.alert_ids.count == 1 && pattern.last_verdict_ns > 7);
        assert_eq!(string(*pattern.alert_ids.items), "a-1");
        seerflow_alert_pattern_list_destroy(patterns);
    }
}

#[test]
fn models_are_saved_swapped_lent_and_removed() {
    let host = Host::new();
    let state = vec![0xa5_u8; 3 << 20];
    let (mut first, mut second, mut model) = (0, 0, null_mut());
    let key = c"ml/hst/state".as_ptr();
    unsafe {
        let swap = |expected, data: &[u8], saved, error| {
            let (data, length) = (data.as_ptr().cast(), data.len());
            seerflow_store_swap_model(
                host.store,
                key,
                data,
                length,
                expected,
                5_000,
                null(),
                saved,
                error,
            )
        };
        fails(seerflow_status::NotFound, |error| {
            seerflow_store_load_model(host.store, key, 5_000, null(), &mut model, error)
        });
        ok(|error| swap(ABSENT, &state, &mut first, error));
        fails(seerflow_status::Conflict, |error| {
            swap(ABSENT, b"x", null_mut(), error)
        });
        fails(seerflow_status::Conflict, |error| {
            swap(first - 1, b"x", null_mut(), error)
        });
        ok(|error| seerflow_store_load_model(host.store, key, 5_000, null(), &mut model, error));
        assert_eq!(seerflow_model_updated_at(model), first);
        let (mut data, mut length) = (null(), 0);
        ok(|error| seerflow_model_data(model, &mut data, &mut length, error));
        assert!(std::slice::from_raw_parts(data, length) == state);
        seerflow_model_destroy(model);
        ok(|error| swap(first, b"", &mut second, error));
        assert!(second > first);
        let other = c"ml/other".as_ptr();
        ok(|error| {
            seerflow_store_save_model(
                host.store,
                other,
                b"abc".as_ptr().cast(),
                3,
                5_000,
                null(),
                null_mut(),
                error,
            )
        });
        let mut list = null_mut();
        ok(|error| seerflow_store_models(host.store, c"ml/h".as_ptr(), 5_000, null(), &mut list, error));
        let mut entry = prepared!(seerflow_model_entry);
        assert_eq!(seerflow_model_list_count(list), 1);
        ok(|error| seerflow_model_list_at(list, 0, &mut entry, error));
        assert_eq!(
            (string(entry.key), entry.bytes, entry.updated_at_ns),
            ("ml/hst/state".into(), 0, second)
        );
        seerflow_model_list_destroy(list);
        ok(|error| seerflow_store_models(host.store, null(), 5_000, null(), &mut list, error));
        assert_eq!(objects!(seerflow_model_list_ndjson(list))[1]["bytes"], 3);
        seerflow_model_list_destroy(list);
        let mut deleted = 9;
        for wanted in [1, 0] {
            ok(|error| seerflow_store_delete_model(host.store, key, 5_000, null(), &mut deleted, error));
            assert_eq!(deleted, wanted);
        }
        for (key, status) in [
            (c"", seerflow_status::Invalid),
            (c"\xc3\xa9", seerflow_status::Invalid),
        ] {
            fails(status, |error| {
                seerflow_store_delete_model(host.store, key.as_ptr(), 5_000, null(), null_mut(), error)
            });
        }
        let huge = vec![0; (64 << 20) + 1];
        fails(seerflow_status::Limit, |error| {
            swap(ABSENT, &huge, null_mut(), error)
        });
    }
}

#[test]
fn sigma_rules_are_switched_and_counted() {
    let host = Host::new();
    let fired = |rule, count, last| prepared!(seerflow_sigma_matches, rule_id: str_of(rule), count: count, last_fired_ns: last);
    let size = size_of::<seerflow_sigma_matches>();
    let batch = [fired("r-1", 3, 50), fired("r-2", 1, 70), fired("r-1", 2, 40)];
    let mut list = null_mut();
    unsafe {
        ok(|error| {
            seerflow_store_add_sigma_matches(host.store, batch.as_ptr(), size, 3, 5_000, null(), error)
        });
        let line = r#"{"rule_id":"r-2","count":4,"last_fired_ns":60}"#;
        ok(|error| {
            let (data, length) = (line.as_ptr().cast(), line.len());
            seerflow_store_add_sigma_matches_ndjson(host.store, data, length, 5_000, null(), error)
        });
        ok(|error| seerflow_store_enable_sigma_rule(host.store, c"r-2".as_ptr(), 0, 5_000, null(), error));
        ok(|error| seerflow_store_enable_sigma_rule(host.store, c"r-3".as_ptr(), 1, 5_000, null(), error));
        let bad = [fired("r-1", 1, 1), fired("r-1", -1, 1)];
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_add_sigma_matches(host.store, bad.as_ptr(), size, 2, 5_000, null(), error)
        });
        ok(|error| seerflow_store_sigma_rules(host.store, 5_000, null(), &mut list, error));
        let told: Vec<_> = (0..seerflow_sigma_rule_list_count(list))
            .map(|index| {
                let mut rule = prepared!(seerflow_sigma_rule);
                ok(|error| seerflow_sigma_rule_list_at(list, index, &mut rule, error));
                (
                    string(rule.rule_id),
                    rule.enabled,
                    rule.match_count_lifetime,
                    rule.last_fired_ns,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("r-1".to_owned(), 1, 5, 50),
                ("r-2".to_owned(), 0, 5, 70),
                ("r-3".to_owned(), 1, 0, ABSENT),
            ]
        );
        assert!(objects!(seerflow_sigma_rule_list_ndjson(list))[2]["last_fired_ns"].is_null());
        seerflow_sigma_rule_list_destroy(list);
    }
}

#[test]
fn edges_are_read_in_chunks_and_pruned() {
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
            prepared!(seerflow_edge, source_id: lend(&names[n]), target_id: lend(&names[n + 1]),
                rel_type: str_of("has_ip"), first_seen: n as i64, last_seen: n as i64 + 10, event_count: 1)
        })
        .collect();
    let size = size_of::<seerflow_edge>();
    let (mut cursor, mut list, mut seen, mut chunks) = (null_mut(), null_mut(), Vec::new(), Vec::new());
    unsafe {
        ok(|error| seerflow_store_upsert_edges(host.store, edges.as_ptr(), size, 24, 5_000, null(), error));
        let line = r#"{"source_id":"e00","target_id":"e01","rel_type":"has_ip","first_seen":-5,"last_seen":3,"event_count":4}"#;
        ok(|error| {
            let (data, length) = (line.as_ptr().cast(), line.len());
            seerflow_store_upsert_edges_ndjson(host.store, data, length, 5_000, null(), error)
        });
        ok(|error| seerflow_edge_cursor_new(&mut cursor, error));
        loop {
            ok(|error| seerflow_store_next_edges(host.store, cursor, 10, 5_000, null(), &mut list, error));
            let count = seerflow_edge_list_count(list);
            chunks.push(count);
            seen.extend(objects!(seerflow_edge_list_ndjson(list)));
            if count > 0 {
                let mut edge = prepared!(seerflow_edge);
                ok(|error| seerflow_edge_list_at(list, 0, &mut edge, error));
                assert_eq!(string(edge.rel_type), "has_ip");
            }
            seerflow_edge_list_destroy(list);
            if count == 0 {
                break;
            }
        }
        assert_eq!(chunks, [10, 10, 4, 0]);
        assert_eq!(seen.len(), 24);
        assert_eq!(
            (
                &seen[0]["first_seen"],
                &seen[0]["last_seen"],
                &seen[0]["event_count"]
            ),
            (&(-5).into(), &10.into(), &5.into())
        );
        seerflow_edge_cursor_destroy(cursor);
        let mut related = null_mut();
        ok(|error| {
            seerflow_store_related_entities(
                host.store,
                c"e01".as_ptr(),
                10,
                5_000,
                null(),
                &mut related,
                error,
            )
        });
        let mut first = prepared!(seerflow_related);
        assert_eq!(seerflow_related_list_count(related), 2);
        ok(|error| seerflow_related_list_at(related, 0, &mut first, error));
        assert_eq!((string(first.entity), first.event_count), ("e00".into(), 5));
        assert_eq!(
            objects!(seerflow_related_list_ndjson(related))[1]["entity"],
            "e02"
        );
        seerflow_related_list_destroy(related);
        let mut deleted = 0;
        ok(|error| seerflow_store_prune_edges(host.store, 20, 5_000, null(), &mut deleted, error));
        assert_eq!(deleted, 10);
        let bad = prepared!(seerflow_edge, source_id: str_of("a"), target_id: str_of("b"), rel_type: str_of("no spaces"));
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_upsert_edges(host.store, &bad, size, 1, 5_000, null(), error)
        });
    }
}

#[test]
fn templates_and_dead_letters_are_json_too() {
    let host = Host::new();
    let line =
        r#"{"template_id":1,"template_str":"user <*>","first_seen_ns":5,"last_seen_ns":6,"event_count":7}"#;
    let (mut templates, mut letters) = (null_mut(), null_mut());
    let options = seerflow_write_options {
        durable: 1,
        ..options()
    };
    unsafe {
        ok(|error| {
            let (data, length) = (line.as_ptr().cast(), line.len());
            seerflow_store_write_templates_ndjson(host.store, data, length, 5_000, null(), error)
        });
        ok(|error| seerflow_store_templates(host.store, 10, 5_000, null(), &mut templates, error));
        let told = objects!(seerflow_template_list_ndjson(templates));
        assert_eq!(
            (&told[0]["template_str"], &told[0]["event_count"]),
            (&"user <*>".into(), &7.into())
        );
        assert!(told[0]["example_message"].is_null());
        seerflow_template_list_destroy(templates);
        let input = b"not json \xff\n";
        ok(|error| {
            let (data, length) = (input.as_ptr().cast(), input.len());
            seerflow_store_write_ndjson(host.store, data, length, &options, null_mut(), null_mut(), error)
        });
        ok(|error| seerflow_store_dead_letters(host.store, i64::MAX, 10, 5_000, null(), &mut letters, error));
        assert_eq!(
            objects!(seerflow_dead_letter_list_ndjson(letters))[0]["payload"]["$bin"],
            "bm90IGpzb24g/w=="
        );
        seerflow_dead_letter_list_destroy(letters);
    }
}

#[test]
fn entities_have_timelines_names_and_neighbours() {
    let host = Host::new();
    let lines: String = (0..6)
        .map(|minute| format!("2026-03-14T01:0{minute}:00Z web{} sshd[7]: Failed password for root from 203.0.113.66 port 1 ssh2\n", minute % 2))
        .collect();
    host.write(&lines);
    let id = seerflow::record::entity_id(seerflow::record::EntityType::Ip, "203.0.113.66").unwrap();
    let id = CString::new(id.to_string()).unwrap();
    let (mut query, mut page, mut list) = (null_mut(), null_mut(), null_mut());
    unsafe {
        ok(|error| seerflow_query_new(&mut query, error));
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_timeline(host.store, query, &mut page, error)
        });
        ok(|error| seerflow_query_set_entity(query, id.as_ptr(), error));
        ok(|error| seerflow_query_set_limit(query, 4, error));
        ok(|error| seerflow_store_timeline(host.store, query, &mut page, error));
        assert_eq!(seerflow_page_count(page), 4);
        let mut times = [0; 2];
        for (index, time) in times.iter_mut().enumerate() {
            let event = seerflow_page_event(page, index);
            ok(|error| seerflow_event_get_int(event, Field::TimestampNs as u32, time, error));
        }
        assert_eq!(times[1] - times[0], MINUTE, "oldest first");
        assert!(!seerflow_page_next_cursor(page).is_null());
        let mut event_id = [0; SEERFLOW_ID_SIZE];
        ok(|error| seerflow_event_get_id(seerflow_page_event(page, 0), event_id.as_mut_ptr(), error));
        seerflow_page_destroy(page);
        seerflow_query_destroy(query);

        ok(|error| seerflow_store_event(host.store, event_id.as_ptr(), 5_000, null(), &mut page, error));
        assert_eq!(seerflow_page_count(page), 1);
        seerflow_page_destroy(page);
        ok(|error| {
            seerflow_store_event_entities(host.store, event_id.as_ptr(), 5_000, null(), &mut list, error)
        });
        let told = objects!(seerflow_event_entity_list_ndjson(list));
        assert!(
            told.iter()
                .any(|entity| entity["entity_type"] == "user" && entity["value"] == "root"),
            "{told:?}"
        );
        seerflow_event_entity_list_destroy(list);
        ok(|error| seerflow_store_describe_entity(host.store, id.as_ptr(), 5_000, null(), &mut list, error));
        let mut entity = prepared!(seerflow_event_entity);
        ok(|error| seerflow_event_entity_list_at(list, 0, &mut entity, error));
        assert_eq!(
            (string(entity.entity_type), string(entity.value)),
            ("ip".into(), "203.0.113.66".into())
        );
        seerflow_event_entity_list_destroy(list);
        let nobody = c"00000000-0000-4000-8000-000000000000".as_ptr();
        for status in [
            seerflow_store_event(host.store, nobody, 5_000, null(), &mut page, null_mut()),
            seerflow_store_event_entities(host.store, nobody, 5_000, null(), &mut list, null_mut()),
            seerflow_store_describe_entity(host.store, nobody, 5_000, null(), &mut list, null_mut()),
        ] {
            assert_eq!(status, seerflow_status::NotFound);
        }
    }
}

#[test]
fn events_are_counted_by_everything() {
    let host = Host::new();
    let lines: String = (0..6)
        .map(|minute| format!("2026-03-14T01:0{minute}:00Z web{} sshd[7]: Failed password for root from 203.0.113.66 port 1 ssh2\n", minute % 2))
        .collect();
    host.write(&lines);
    let (mut list, mut histogram, mut distinct) = (null_mut(), null_mut(), 0);
    let (from, to) = (i64::MIN, i64::MAX);
    let by = |by: seerflow_count_by| by as u32;
    unsafe {
        ok(|error| {
            seerflow_store_count_by(
                host.store,
                by(seerflow_count_by::Host),
                from,
                to,
                1,
                5_000,
                null(),
                &mut list,
                error,
            )
        });
        assert_eq!(
            objects!(seerflow_counted_list_ndjson(list)),
            [serde_json::json!({"value": "web0", "count": 3})]
        );
        seerflow_counted_list_destroy(list);
        for (kind, wanted) in [
            (seerflow_count_by::Source, 1),
            (seerflow_count_by::Host, 2),
            (seerflow_count_by::Template, 0),
            (seerflow_count_by::Severity, 1),
        ] {
            ok(|error| {
                seerflow_store_distinct(
                    host.store,
                    by(kind),
                    from,
                    to,
                    5_000,
                    null(),
                    &mut distinct,
                    error,
                )
            });
            assert_eq!(distinct, wanted, "{kind:?}");
        }
        ok(|error| {
            let split = by(seerflow_count_by::Source);
            seerflow_store_split_histogram(
                host.store,
                split,
                from,
                to,
                3 * MINUTE,
                5_000,
                null(),
                &mut histogram,
                error,
            )
        });
        let told = objects!(seerflow_histogram_ndjson(histogram));
        assert_eq!(
            (told.len(), &told[0]["value"], &told[1]["count"]),
            (2, &"sshd".into(), &3.into())
        );
        seerflow_histogram_destroy(histogram);
        for split in [0, by(seerflow_count_by::Host), 6, u32::MAX] {
            fails(seerflow_status::Invalid, |error| {
                seerflow_store_split_histogram(
                    host.store,
                    split,
                    from,
                    to,
                    MINUTE,
                    5_000,
                    null(),
                    &mut histogram,
                    error,
                )
            });
        }
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_count_by(host.store, 0, from, to, 1, 5_000, null(), &mut list, error)
        });
        fails(seerflow_status::Invalid, |error| {
            seerflow_store_count_by(host.store, 1, from, to, 0, 5_000, null(), &mut list, error)
        });
    }
}

#[test]
fn a_raised_interrupt_stops_writes_and_reads() {
    let host = Host::new();
    let (mut flag, mut list) = (null_mut(), null_mut());
    unsafe {
        ok(|error| seerflow_store_start(host.store, error));
        ok(|error| seerflow_interrupt_new(&mut flag, error));
        ok(|_| seerflow_interrupt_raise(flag));
        fails(seerflow_status::Interrupted, |error| {
            seerflow_store_enable_sigma_rule(host.store, c"r".as_ptr(), 1, 5_000, flag, error)
        });
        fails(seerflow_status::Interrupted, |error| {
            seerflow_store_sigma_rules(host.store, 5_000, flag, &mut list, error)
        });
        assert!(list.is_null());
        ok(|error| seerflow_store_sigma_rules(host.store, 5_000, null(), &mut list, error));
        assert_eq!(seerflow_sigma_rule_list_count(list), 0);
        seerflow_sigma_rule_list_destroy(list);
        seerflow_interrupt_destroy(flag);
    }
}

/// Threads that write and read everything through one handle.
#[test]
fn one_store_is_used_by_many_threads() {
    let host = Host::new();
    let store = host.store as usize;
    let worker = move |number: usize| unsafe {
        let store = store as *const seerflow_store;
        for round in 0..20 {
            let line = format!(
                r#"{{"alert_type":"ml","rule_name":"r{number}","entity_type":"host","entity_value":"h","timestamp_ns":{round}}}"#
            );
            let fired = r#"{"rule_id":"shared","count":1,"last_fired_ns":1}"#;
            let (mut page, mut query) = (null_mut(), null_mut());
            ok(|error| {
                seerflow_store_write_alerts_ndjson(
                    store,
                    line.as_ptr().cast(),
                    line.len(),
                    1_000,
                    30_000,
                    null(),
                    null_mut(),
                    error,
                )
            });
            ok(|error| {
                seerflow_store_add_sigma_matches_ndjson(
                    store,
                    fired.as_ptr().cast(),
                    fired.len(),
                    30_000,
                    null(),
                    error,
                )
            });
            ok(|error| seerflow_alert_query_new(&mut query, error));
            ok(|error| seerflow_store_query_alerts(store, query, &mut page, error));
            seerflow_alert_page_destroy(page);
            seerflow_alert_query_destroy(query);
        }
    };
    let threads: Vec<_> = (0..4)
        .map(|number| std::thread::spawn(move || worker(number)))
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    unsafe {
        let page = query(&host, |_| ());
        let alerts = objects!(seerflow_alert_page_ndjson(page));
        assert_eq!(alerts.len(), 4);
        assert!(alerts.iter().all(|alert| alert["dedup_count"] == 20));
        seerflow_alert_page_destroy(page);
        let mut list = null_mut();
        ok(|error| seerflow_store_sigma_rules(host.store, 5_000, null(), &mut list, error));
        assert_eq!(
            objects!(seerflow_sigma_rule_list_ndjson(list))[0]["match_count_lifetime"],
            80
        );
        seerflow_sigma_rule_list_destroy(list);
    }
}

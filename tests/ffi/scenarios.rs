//! The scenarios that every binding runs (tests/scenarios), through the C API.

use std::ffi::{CString, c_char};
use std::ptr::{null, null_mut};

use serde_json::{Map, Value, json};

use super::{ErrorPlace, Host};
use seerflow::ffi::alert::*;
use seerflow::ffi::alert_page::*;
use seerflow::ffi::alert_query::*;
use seerflow::ffi::counted::*;
use seerflow::ffi::dead_letter::*;
use seerflow::ffi::edge::*;
use seerflow::ffi::entity::*;
use seerflow::ffi::error::*;
use seerflow::ffi::event::SEERFLOW_ID_SIZE;
use seerflow::ffi::event_entity::seerflow_store_timeline;
use seerflow::ffi::feedback::*;
use seerflow::ffi::histogram::*;
use seerflow::ffi::model::*;
use seerflow::ffi::page::*;
use seerflow::ffi::query::*;
use seerflow::ffi::result::*;
use seerflow::ffi::sigma::*;
use seerflow::ffi::status::{seerflow_status, seerflow_status_name};
use seerflow::ffi::store::*;
use seerflow::ffi::text::seerflow_str;
use seerflow::ffi::write::*;

const TIMEOUT: i64 = 30_000;

/// What a call failed with: the name of its status, whether it is retriable, and why.
struct Failed {
    code: String,
    retriable: bool,
    message: String,
}

type Answer = Result<Value, Failed>;

#[test]
fn the_scenarios_of_every_binding() {
    let mut count = 0;
    for file in std::fs::read_dir("tests/scenarios").unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let scenario: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        run(&path.display().to_string(), &scenario);
        count += 1;
    }
    assert!(count >= 5);
}

fn run(file: &str, scenario: &Value) {
    let options: Vec<(String, String)> = scenario["config"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), plain(value)))
        .collect();
    let options: Vec<(&str, &str)> = options
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let host = Host::with(&options);
    let mut runner = Runner {
        store: host.store,
        cursor: None,
        saved: 0,
    };
    ok(|error| unsafe { seerflow_store_start(host.store, error) })
        .unwrap_or_else(|failed| panic!("{}", failed.message));
    for (index, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
        let place = format!("{file}, step {index}, {}", step["do"]);
        match (runner.step(step), step.get("fails")) {
            (Err(failed), Some(wanted)) => {
                let got = json!({"code": failed.code, "retriable": failed.retriable});
                assert_eq!(&got, wanted, "{place}: {}", failed.message);
            }
            (Ok(_), Some(_)) => panic!("{place}: it did not fail"),
            (Err(failed), None) => panic!("{place}: {}", failed.message),
            (Ok(answer), None) => {
                if let Some(expected) = step.get("expect") {
                    assert_matches(&answer, expected, &place);
                }
            }
        }
    }
}

/// The rules of tests/scenarios/README.md.
fn assert_matches(actual: &Value, expected: &Value, place: &str) {
    match expected {
        Value::Null => assert!(actual.is_null(), "{place}: {actual}"),
        Value::String(any) if any == "*" => assert!(!actual.is_null(), "{place}"),
        Value::Array(items) => {
            let found = actual.as_array().unwrap_or_else(|| panic!("{place}: {actual}"));
            assert_eq!(found.len(), items.len(), "{place}: {actual}");
            for (index, item) in items.iter().enumerate() {
                assert_matches(&found[index], item, &format!("{place}[{index}]"));
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                assert_matches(&actual[key], value, &format!("{place}.{key}"));
            }
        }
        Value::Bool(wanted) if actual.is_number() => {
            assert_eq!(actual.as_i64() != Some(0), *wanted, "{place}")
        }
        Value::String(digits) if actual.is_number() => assert_eq!(&actual.to_string(), digits, "{place}"),
        other => assert_eq!(actual, other, "{place}"),
    }
}

fn ok(call: impl FnOnce(*mut *mut seerflow_error) -> seerflow_status) -> Result<(), Failed> {
    let mut error = ErrorPlace::new();
    let status = call(&mut error.0);
    if status == seerflow_status::Ok {
        return Ok(());
    }
    Err(Failed {
        code: unsafe { super::text(seerflow_status_name(status as i32)) },
        retriable: unsafe { seerflow_error_retriable(error.0) },
        message: error.message(),
    })
}

/// A value as a key=value configuration has it; numbers may be written as texts.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value, otherwise: i64) -> i64 {
    if value.is_null() {
        otherwise
    } else {
        plain(value).parse().unwrap()
    }
}

fn c_text(value: &Value) -> CString {
    CString::new(plain(value)).unwrap()
}

fn lend(text: &str) -> seerflow_str {
    seerflow_str {
        data: text.as_ptr().cast(),
        len: text.len(),
    }
}

type Ndjson<T> = unsafe extern "C" fn(
    *const T,
    *mut *const c_char,
    *mut usize,
    *mut *mut seerflow_error,
) -> seerflow_status;

/// Asks for a list, reads its JSON and destroys it.
fn list<T>(
    ask: impl FnOnce(*mut *mut T, *mut *mut seerflow_error) -> seerflow_status,
    ndjson: Ndjson<T>,
    destroy: unsafe extern "C" fn(*mut T),
) -> Answer {
    let mut made = null_mut();
    ok(|error| ask(&mut made, error))?;
    let read = records(made, ndjson);
    unsafe { destroy(made) };
    read
}

fn records<T>(list: *const T, ndjson: Ndjson<T>) -> Answer {
    let (mut text, mut length) = (null(), 0);
    ok(|error| unsafe { ndjson(list, &mut text, &mut length, error) })?;
    let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length) };
    let lines = std::str::from_utf8(bytes).unwrap().lines();
    Ok(lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .collect())
}

/// Records to NDJSON, with times that are written as texts as the integers that they are.
fn lines(records: &Value, times: &[&str]) -> String {
    let mut text = String::new();
    for record in records.as_array().unwrap() {
        let mut record: Map<String, Value> = record.as_object().unwrap().clone();
        for time in times {
            if let Some(value) = record.get_mut(*time) {
                *value = number(value, 0).into();
            }
        }
        text += &Value::from(record).to_string();
        text.push('\n');
    }
    text
}

struct Runner {
    store: *mut seerflow_store,
    cursor: Option<CString>,
    saved: i64,
}

impl Runner {
    fn step(&mut self, step: &Value) -> Answer {
        let store = self.store;
        let bound = |key: &str| number(&step[key], 0);
        unsafe {
            match step["do"].as_str().unwrap() {
                "write" => self.write(step),
                "write_pieces" => self.write_pieces(step),
                "flush" => ok(|e| seerflow_store_flush(store, TIMEOUT, null(), e)).map(|()| Value::Null),
                "query" => self.query(&step["query"], seerflow_store_query_events),
                "timeline" => self.query(&step["query"], seerflow_store_timeline),
                "histogram" => list(
                    |out, e| {
                        seerflow_store_histogram(
                            store,
                            bound("from_ns"),
                            bound("to_ns"),
                            bound("bucket_ns"),
                            TIMEOUT,
                            null(),
                            out,
                            e,
                        )
                    },
                    seerflow_histogram_ndjson,
                    seerflow_histogram_destroy,
                ),
                "count_by" => {
                    let by = match step["by"].as_str().unwrap() {
                        "source" => 1,
                        "host" => 2,
                        "template" => 3,
                        "severity" => 4,
                        _ => 5,
                    };
                    let limit = bound("limit") as u32;
                    list(
                        |out, e| {
                            seerflow_store_count_by(
                                store,
                                by,
                                bound("from_ns"),
                                bound("to_ns"),
                                limit,
                                TIMEOUT,
                                null(),
                                out,
                                e,
                            )
                        },
                        seerflow_counted_list_ndjson,
                        seerflow_counted_list_destroy,
                    )
                }
                "dead_letters" => list(
                    |out, e| {
                        seerflow_store_dead_letters(
                            store,
                            i64::MAX,
                            bound("limit") as u32,
                            TIMEOUT,
                            null(),
                            out,
                            e,
                        )
                    },
                    seerflow_dead_letter_list_ndjson,
                    seerflow_dead_letter_list_destroy,
                ),
                "entity_id" => entity(step).map(|id| json!(id.to_str().unwrap())),
                "write_alerts" => {
                    let data = lines(&step["alerts"], &["timestamp_ns"]);
                    list(
                        |out, e| {
                            seerflow_store_write_alerts_ndjson(
                                store,
                                data.as_ptr().cast(),
                                data.len(),
                                900_000_000_000,
                                TIMEOUT,
                                null(),
                                out,
                                e,
                            )
                        },
                        seerflow_alert_result_list_ndjson,
                        seerflow_alert_result_list_destroy,
                    )
                }
                "alerts" => self.alerts(&step["query"]),
                "judge" => {
                    let mut feedback = std::mem::zeroed::<seerflow_feedback>();
                    ok(|e| seerflow_feedback_init(&mut feedback, size_of::<seerflow_feedback>(), e))?;
                    feedback.alert_id = lend(step["alert_id"].as_str().unwrap());
                    feedback.feedback = lend(step["verdict"].as_str().unwrap());
                    feedback.note = lend(step["note"].as_str().unwrap());
                    ok(|e| seerflow_store_update_feedback(store, &feedback, TIMEOUT, null(), e))
                        .map(|()| Value::Null)
                }
                "verdict_counts" => {
                    let mut stats = std::mem::zeroed::<seerflow_feedback_stats>();
                    stats.struct_size = size_of::<seerflow_feedback_stats>() as u32;
                    ok(|e| seerflow_store_feedback_stats(store, TIMEOUT, null(), &mut stats, e))?;
                    Ok(json!({"tp": stats.tp, "fp": stats.fp, "total": stats.total}))
                }
                "save_model" => {
                    let (key, data) = (c_text(&step["key"]), step["data"].as_str().unwrap());
                    let (bytes, length) = (data.as_ptr().cast(), data.len());
                    let mut saved = 0;
                    match &step["expected_ns"] {
                        Value::Null => ok(|e| {
                            seerflow_store_save_model(
                                store,
                                key.as_ptr(),
                                bytes,
                                length,
                                TIMEOUT,
                                null(),
                                &mut saved,
                                e,
                            )
                        }),
                        expected => {
                            let expected = if expected == "last" {
                                self.saved
                            } else {
                                number(expected, 0)
                            };
                            ok(|e| {
                                seerflow_store_swap_model(
                                    store,
                                    key.as_ptr(),
                                    bytes,
                                    length,
                                    expected,
                                    TIMEOUT,
                                    null(),
                                    &mut saved,
                                    e,
                                )
                            })
                        }
                    }?;
                    self.saved = saved;
                    Ok(saved.into())
                }
                "load_model" => {
                    let key = c_text(&step["key"]);
                    let (mut model, mut data, mut length) = (null_mut(), null(), 0);
                    ok(|e| seerflow_store_load_model(store, key.as_ptr(), TIMEOUT, null(), &mut model, e))?;
                    ok(|e| seerflow_model_data(model, &mut data, &mut length, e))?;
                    let text = String::from_utf8(std::slice::from_raw_parts(data, length).to_vec()).unwrap();
                    seerflow_model_destroy(model);
                    Ok(json!({"data": text}))
                }
                "enable_rule" => {
                    let (rule, enabled) = (c_text(&step["rule_id"]), step["enabled"] == true);
                    ok(|e| {
                        seerflow_store_enable_sigma_rule(
                            store,
                            rule.as_ptr(),
                            enabled.into(),
                            TIMEOUT,
                            null(),
                            e,
                        )
                    })
                    .map(|()| Value::Null)
                }
                "add_matches" => {
                    let data = lines(&step["matches"], &["last_fired_ns"]);
                    ok(|e| {
                        seerflow_store_add_sigma_matches_ndjson(
                            store,
                            data.as_ptr().cast(),
                            data.len(),
                            TIMEOUT,
                            null(),
                            e,
                        )
                    })
                    .map(|()| Value::Null)
                }
                "rules" => list(
                    |out, e| seerflow_store_sigma_rules(store, TIMEOUT, null(), out, e),
                    seerflow_sigma_rule_list_ndjson,
                    seerflow_sigma_rule_list_destroy,
                ),
                "upsert_edges" => {
                    let data = lines(&step["edges"], &["first_seen", "last_seen"]);
                    ok(|e| {
                        seerflow_store_upsert_edges_ndjson(
                            store,
                            data.as_ptr().cast(),
                            data.len(),
                            TIMEOUT,
                            null(),
                            e,
                        )
                    })
                    .map(|()| Value::Null)
                }
                "related" => {
                    let entity = c_text(&step["entity"]);
                    list(
                        |out, e| {
                            seerflow_store_related_entities(
                                store,
                                entity.as_ptr(),
                                bound("limit") as u32,
                                TIMEOUT,
                                null(),
                                out,
                                e,
                            )
                        },
                        seerflow_related_list_ndjson,
                        seerflow_related_list_destroy,
                    )
                }
                "health" => {
                    let mut health = seerflow_health::Idle;
                    ok(|e| seerflow_store_health(store, &mut health, null_mut(), 0, null_mut(), e))?;
                    let states = ["idle", "ok", "degraded", "closed"];
                    Ok(json!({"state": states[health as usize]}))
                }
                "close" => {
                    let mut lost = 0;
                    ok(|e| seerflow_store_close(store, TIMEOUT, &mut lost, e))?;
                    Ok(json!({"lost": lost}))
                }
                other => panic!("no such step: {other}"),
            }
        }
    }

    /// Writes as a caller does that reads a stream: each piece behind what the last call left.
    unsafe fn write_pieces(&mut self, step: &Value) -> Answer {
        let mut step = step.clone();
        let data = step["data"].take();
        let size = step["piece"].as_u64().unwrap() as usize;
        let (mut pending, mut accepted, mut rejected) = (String::new(), 0, Vec::new());
        let mut pieces = data.as_str().unwrap().as_bytes().chunks(size).peekable();
        while let Some(piece) = pieces.next() {
            pending += std::str::from_utf8(piece).unwrap();
            step["data"] = json!(pending);
            step["options"]["complete"] = json!(pieces.peek().is_none());
            step["options"]["first_index"] = json!(accepted + rejected.len() as u64);
            let written = unsafe { self.write(&step)? };
            pending.drain(..written["consumed"].as_u64().unwrap() as usize);
            accepted += written["accepted"].as_u64().unwrap();
            rejected.extend(written["rejected"].as_array().unwrap().iter().cloned());
        }
        Ok(json!({"accepted": accepted, "rejected": rejected}))
    }

    unsafe fn write(&mut self, step: &Value) -> Answer {
        let (given, data) = (&step["options"], step["data"].as_str().unwrap());
        let texts = [
            "batch_key",
            "record_key_field",
            "source_type",
            "source_id",
            "timezone",
        ]
        .map(|key| given[key].as_str().map(str::to_owned));
        let [batch_key, record_key_field, source_type, source_id, timezone] = texts
            .each_ref()
            .map(|text| text.as_deref().map_or(seerflow_str::default(), lend));
        let options = seerflow_write_options {
            durable: (given["durable"] == true).into(),
            withdraw: (given["withdraw"] == true).into(),
            complete: (given["complete"] != false).into(),
            keep_raw: (given["keep_raw"] == true).into(),
            timeout_ms: number(&given["timeout_ms"], TIMEOUT),
            first_index: number(&given["first_index"], 0) as u64,
            batch_key,
            record_key_field,
            source_type,
            source_id,
            timezone,
            ..super::options()
        };
        let write = match step["format"].as_str().unwrap() {
            "lines" => seerflow_store_write_lines,
            _ => seerflow_store_write_ndjson,
        };
        let (mut consumed, mut result) = (0, null_mut());
        unsafe {
            ok(|e| {
                write(
                    self.store,
                    data.as_ptr().cast(),
                    data.len(),
                    &options,
                    &mut consumed,
                    &mut result,
                    e,
                )
            })?;
            let mut rejected = Vec::new();
            for position in 0..seerflow_result_rejected_count(result) {
                let (mut index, mut reason) = (0, null());
                ok(|e| seerflow_result_rejected_at(result, position, &mut index, &mut reason, e))?;
                rejected.push(json!({"index": index, "reason": super::text(reason)}));
            }
            let durability = ["none", "process", "power"][seerflow_result_durability(result) as usize];
            let answer = json!({
                "accepted": seerflow_result_accepted(result), "duplicates": seerflow_result_duplicates(result),
                "committed": seerflow_result_committed(result), "unkeyed": seerflow_result_unkeyed(result),
                "durability": durability, "consumed": consumed, "rejected": rejected,
            });
            seerflow_result_destroy(result);
            Ok(answer)
        }
    }

    unsafe fn query(
        &mut self,
        given: &Value,
        ask: unsafe extern "C" fn(
            *const seerflow_store,
            *const seerflow_query,
            *mut *mut seerflow_page,
            *mut *mut seerflow_error,
        ) -> seerflow_status,
    ) -> Answer {
        let mut query = null_mut();
        unsafe {
            ok(|e| seerflow_query_new(&mut query, e))?;
            let asked = self.ask(given, query, ask);
            seerflow_query_destroy(query);
            asked
        }
    }

    unsafe fn ask(
        &mut self,
        given: &Value,
        query: *mut seerflow_query,
        ask: unsafe extern "C" fn(
            *const seerflow_store,
            *const seerflow_query,
            *mut *mut seerflow_page,
            *mut *mut seerflow_error,
        ) -> seerflow_status,
    ) -> Answer {
        let has = |key: &str| !given[key].is_null();
        unsafe {
            let (from, to) = (
                number(&given["from_ns"], i64::MIN),
                number(&given["to_ns"], i64::MAX),
            );
            ok(|e| seerflow_query_set_time_range(query, from, to, e))?;
            let texts: [(&str, unsafe extern "C" fn(_, _, _) -> _); 3] = [
                ("source_type", seerflow_query_set_source_type),
                ("source_id", seerflow_query_set_source_id),
                ("text", seerflow_query_set_text),
            ];
            for (key, set) in texts {
                if has(key) {
                    let text = c_text(&given[key]);
                    ok(|e| set(query, text.as_ptr(), e))?;
                }
            }
            if has("min_severity") {
                ok(|e| seerflow_query_set_min_severity(query, number(&given["min_severity"], -1), e))?;
            }
            if has("template_id") {
                ok(|e| seerflow_query_set_template(query, number(&given["template_id"], 0), e))?;
            }
            if has("entity") {
                let id = entity(&given["entity"])?;
                ok(|e| seerflow_query_set_entity(query, id.as_ptr(), e))?;
            }
            if has("limit") {
                ok(|e| seerflow_query_set_limit(query, number(&given["limit"], 0) as u32, e))?;
            }
            if has("page") {
                ok(|e| seerflow_query_set_page(query, number(&given["page"], 0) as u32, e))?;
            }
            if has("order") {
                let order = ["newest", "oldest", "arrival"]
                    .iter()
                    .position(|name| given["order"] == *name)
                    .unwrap();
                ok(|e| seerflow_query_set_order(query, order as u32, e))?;
            }
            if has("total") {
                let (mode, cap) = if given["total"] == "exact" {
                    (2, 0)
                } else {
                    (1, number(&given["total"], 0))
                };
                ok(|e| seerflow_query_set_total(query, mode, cap as u64, e))?;
            }
            if has("cursor") {
                let cursor = if given["cursor"] == "next" {
                    self.cursor.clone().unwrap()
                } else {
                    c_text(&given["cursor"])
                };
                ok(|e| seerflow_query_set_cursor(query, cursor.as_ptr(), e))?;
            }
            let mut page = null_mut();
            ok(|e| ask(self.store, query, &mut page, e))?;
            let next = seerflow_page_next_cursor(page);
            self.cursor = (!next.is_null()).then(|| CString::new(super::text(next)).unwrap());
            let mut total = 0;
            let total = seerflow_page_total(page, &mut total).then_some(total);
            let events = records(page, seerflow_page_ndjson);
            seerflow_page_destroy(page);
            Ok(json!({"events": events?, "total": total, "more": self.cursor.is_some()}))
        }
    }

    unsafe fn alerts(&mut self, given: &Value) -> Answer {
        let (mut query, mut page) = (null_mut(), null_mut());
        unsafe {
            ok(|e| seerflow_alert_query_new(&mut query, e))?;
            if !given["type"].is_null() {
                let kind = c_text(&given["type"]);
                ok(|e| seerflow_alert_query_set_type(query, kind.as_ptr(), e))?;
            }
            if !given["technique"].is_null() {
                let technique = c_text(&given["technique"]);
                ok(|e| seerflow_alert_query_set_technique(query, technique.as_ptr(), e))?;
            }
            ok(|e| seerflow_alert_query_set_min_severity(query, number(&given["min_severity"], -1), e))?;
            ok(|e| seerflow_alert_query_set_limit(query, number(&given["limit"], 100) as u32, e))?;
            ok(|e| seerflow_store_query_alerts(self.store, query, &mut page, e))?;
            let alerts = records(page, seerflow_alert_page_ndjson);
            seerflow_alert_page_destroy(page);
            seerflow_alert_query_destroy(query);
            Ok(json!({"alerts": alerts?}))
        }
    }
}

fn entity(given: &Value) -> Result<CString, Failed> {
    let kinds = ["user", "ip", "host", "process", "file", "domain"];
    let kind = kinds.iter().position(|kind| given["type"] == *kind).unwrap() as u32 + 1;
    let mut id = [0 as c_char; SEERFLOW_ID_SIZE];
    let value = given["value"].as_str().unwrap();
    ok(|e| unsafe { seerflow_entity_id(kind, lend(value), id.as_mut_ptr(), e) })?;
    Ok(CString::new(unsafe { super::text(id.as_ptr()) }).unwrap())
}

//! The scenarios that every binding runs (tests/scenarios), run through the C API.

use std::ffi::{CString, c_char};
use std::ptr::{null, null_mut};

use serde_json::{Map, Value, json};

use super::{ErrorOut, Host, List, Query, QueryFn};
use seerflow::ffi::alert_query::*;
use seerflow::ffi::dead_letter::*;
use seerflow::ffi::entity::*;
use seerflow::ffi::error::*;
use seerflow::ffi::event::SEERFLOW_ID_SIZE;
use seerflow::ffi::event_query::*;
use seerflow::ffi::feedback::*;
use seerflow::ffi::graph::*;
use seerflow::ffi::list::*;
use seerflow::ffi::model::*;
use seerflow::ffi::observe::*;
use seerflow::ffi::query::*;
use seerflow::ffi::query_filter::*;
use seerflow::ffi::records::*;
use seerflow::ffi::result::*;
use seerflow::ffi::sigma::*;
use seerflow::ffi::status::{seerflow_status, seerflow_status_name};
use seerflow::ffi::store::*;
use seerflow::ffi::text::{Flag, seerflow_str};
use seerflow::ffi::write::*;

const TIMEOUT: i64 = 30_000;

/// The failure of a call: the name of its status, whether it is retriable, and the message.
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
    ok(|error| unsafe { seerflow_store_open(host.store, null(), error) })
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

/// Compares by the rules of tests/scenarios/README.md.
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
    let mut error = ErrorOut::new();
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

/// A value as the text that a configuration takes. A scenario may give a number as a number or as text.
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

/// Makes a call that returns a list, and parses the JSON of the list.
fn list(ask: impl FnOnce(*mut *mut seerflow_list, *mut *mut seerflow_error) -> seerflow_status) -> Answer {
    answered(ask).map(|list| list.objects().into())
}

fn answered(
    ask: impl FnOnce(*mut *mut seerflow_list, *mut *mut seerflow_error) -> seerflow_status,
) -> Result<List, Failed> {
    let mut list = null_mut();
    ok(|error| ask(&mut list, error)).map(|()| List(list))
}

/// Converts records to NDJSON. Times that a scenario gives as text become integers.
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
        let limited = |limit: u32| {
            let query = Query::new();
            ok(|e| unsafe { seerflow_query_set_limit(query.0, limit, e) }).map(|()| query)
        };
        let asked =
            |ask: QueryFn, query: &Query| list(|out, e| unsafe { ask(store, query.0, null(), out, e) });
        unsafe {
            match step["do"].as_str().unwrap() {
                "write" => self.write(step),
                "write_pieces" => self.write_pieces(step),
                "flush" => ok(|e| seerflow_store_flush(store, null(), e)).map(|()| Value::Null),
                "query" => self.events(&step["query"]),
                "timeline" => {
                    let mut query = step["query"].clone();
                    query["order"] = json!("oldest");
                    self.events(&query)
                }
                "histogram" => {
                    let query = Query::new().window(bound("from_ns"), bound("to_ns"));
                    let length = bound("bucket_ns");
                    list(|out, e| seerflow_store_event_histogram(store, query.0, length, 0, null(), out, e))
                }
                "count_by" => {
                    let by = match step["by"].as_str().unwrap() {
                        "source" => 1,
                        "host" => 2,
                        "template" => 3,
                        "severity" => 4,
                        _ => 5,
                    };
                    let query = limited(bound("limit") as u32)?.window(bound("from_ns"), bound("to_ns"));
                    list(|out, e| seerflow_store_count_events(store, query.0, by, null(), out, e))
                }
                "dead_letters" => asked(
                    seerflow_store_query_dead_letters,
                    &limited(bound("limit") as u32)?,
                ),
                "entity_id" => entity(step).map(|id| json!(id.to_str().unwrap())),
                "write_alerts" => {
                    let data = lines(&step["alerts"], &["timestamp_ns"]);
                    list(|out, e| self.write_records(seerflow_kind::Alert, &data, out, e))
                }
                "alerts" => self.alerts(&step["query"]),
                "judge" => {
                    let feedback = seerflow_feedback {
                        alert_id: lend(step["alert_id"].as_str().unwrap()),
                        feedback: lend(step["verdict"].as_str().unwrap()),
                        note: lend(step["note"].as_str().unwrap()),
                        ..Default::default()
                    };
                    ok(|e| seerflow_store_update_feedback(store, &feedback, null(), e)).map(|()| Value::Null)
                }
                "verdict_counts" => {
                    let mut stats = init!(seerflow_feedback_stats);
                    ok(|e| seerflow_store_feedback_stats(store, null(), &mut stats, e))?;
                    Ok(json!({"tp": stats.tp, "fp": stats.fp, "total": stats.total}))
                }
                "save_model" => {
                    let (key, data) = (c_text(&step["key"]), step["data"].as_str().unwrap());
                    let (key, bytes, length) = (key.as_ptr(), data.as_ptr().cast(), data.len());
                    let mut saved = 0;
                    match &step["expected_ns"] {
                        Value::Null => ok(|e| {
                            seerflow_store_save_model(store, key, bytes, length, null(), &mut saved, e)
                        }),
                        expected => {
                            let expected = if expected == "last" {
                                self.saved
                            } else {
                                number(expected, 0)
                            };
                            ok(|e| {
                                let call = null();
                                seerflow_store_swap_model(
                                    store, key, bytes, length, expected, call, &mut saved, e,
                                )
                            })
                        }
                    }?;
                    self.saved = saved;
                    Ok(saved.into())
                }
                "load_model" => {
                    let key = c_text(&step["key"]);
                    let found =
                        answered(|out, e| seerflow_store_load_model(store, key.as_ptr(), null(), out, e))?;
                    let model = found.at(seerflow_list_model_at, 0);
                    Ok(json!({"data": super::string(model.data)}))
                }
                "enable_rule" => {
                    let (rule, enabled) = (c_text(&step["rule_id"]), Flag::from(step["enabled"] == true));
                    ok(|e| seerflow_store_enable_sigma_rule(store, rule.as_ptr(), enabled, null(), e))
                        .map(|()| Value::Null)
                }
                "add_matches" => {
                    let data = lines(&step["matches"], &["last_fired_ns"]);
                    ok(|e| self.write_records(seerflow_kind::SigmaMatches, &data, null_mut(), e))
                        .map(|()| Value::Null)
                }
                "rules" => asked(seerflow_store_query_sigma_rules, &Query::new()),
                "upsert_edges" => {
                    let data = lines(&step["edges"], &["first_seen_ns", "last_seen_ns"]);
                    ok(|e| self.write_records(seerflow_kind::Edge, &data, null_mut(), e))
                        .map(|()| Value::Null)
                }
                "related" => {
                    let query = Query::new().entity(&c_text(&step["entity"]));
                    asked(seerflow_store_graph_related, &query)
                }
                "health" => {
                    let mut health = init!(seerflow_health);
                    ok(|e| seerflow_store_health(store, &mut health, e))?;
                    let states = ["idle", "ok", "degraded", "closed"];
                    Ok(json!({"state": states[health.state as usize]}))
                }
                "close" => {
                    let mut lost = 0;
                    ok(|e| seerflow_store_close(store, null(), &mut lost, e))?;
                    Ok(json!({"lost": lost}))
                }
                other => panic!("no such step: {other}"),
            }
        }
    }

    unsafe fn write_records(
        &self,
        kind: seerflow_kind,
        data: &str,
        results: *mut *mut seerflow_list,
        error: *mut *mut seerflow_error,
    ) -> seerflow_status {
        unsafe {
            let (bytes, length) = (data.as_ptr().cast(), data.len());
            seerflow_store_write_records(
                self.store,
                kind as u32,
                bytes,
                length,
                null(),
                null(),
                results,
                error,
            )
        }
    }

    /// Writes pieces of a stream as a caller does: the bytes that a call does not consume come before the next piece.
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
        let call = super::within(number(&given["timeout_ms"], TIMEOUT));
        let options = seerflow_write_options {
            durable: (given["durable"] == true).into(),
            withdraw: (given["withdraw"] == true).into(),
            complete: (given["complete"] != false).into(),
            keep_raw: (given["keep_raw"] == true).into(),
            call: &call,
            first_index: number(&given["first_index"], 0) as u64,
            batch_key,
            record_key_field,
            source_type,
            source_id,
            timezone,
            ..Default::default()
        };
        let format = match step["format"].as_str().unwrap() {
            "lines" => seerflow_format::Lines,
            _ => seerflow_format::Ndjson,
        };
        let (mut consumed, mut result) = (0, null_mut());
        unsafe {
            ok(|e| {
                seerflow_store_write(
                    self.store,
                    format as u32,
                    data.as_ptr().cast(),
                    data.len(),
                    &options,
                    &mut consumed,
                    &mut result,
                    e,
                )
            })?;
            let rejected = seerflow_result_rejections(result);
            let mut rejection = init!(seerflow_rejection);
            let rejected: Vec<_> = (0..seerflow_list_count(rejected))
                .map(|index| {
                    super::ok(|e| seerflow_list_rejection_at(rejected, index, &mut rejection, e));
                    json!({"index": rejection.index, "reason": super::string(rejection.reason)})
                })
                .collect();
            let outcome = super::outcome(result);
            let durability = ["none", "process", "power"][outcome.durability as usize];
            Ok(json!({
                "accepted": outcome.accepted, "duplicates": outcome.duplicates,
                "committed": outcome.committed, "unkeyed": outcome.unkeyed,
                "durability": durability, "consumed": consumed, "rejected": rejected,
            }))
        }
    }

    unsafe fn events(&mut self, given: &Value) -> Answer {
        let (asked, has) = (Query::new(), |key: &str| !given[key].is_null());
        let query = asked.0;
        unsafe {
            let (from, to) = (
                number(&given["from_ns"], i64::MIN),
                number(&given["to_ns"], i64::MAX),
            );
            ok(|e| seerflow_query_set_window(query, from, to, e))?;
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
                ok(|e| seerflow_query_set_template_id(query, number(&given["template_id"], 0), e))?;
            }
            if has("entity") {
                let id = entity(&given["entity"])?;
                ok(|e| seerflow_query_set_entity_id(query, id.as_ptr(), e))?;
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
            let page = answered(|out, e| seerflow_store_query_events(self.store, query, null(), out, e))?;
            self.cursor = page.next();
            let more = self.cursor.is_some();
            Ok(json!({"events": page.objects(), "total": page.total(), "more": more}))
        }
    }

    unsafe fn alerts(&mut self, given: &Value) -> Answer {
        let asked = Query::new();
        let query = asked.0;
        unsafe {
            if !given["type"].is_null() {
                let kind = c_text(&given["type"]);
                ok(|e| seerflow_query_set_alert_type(query, kind.as_ptr(), e))?;
            }
            if !given["technique"].is_null() {
                let technique = c_text(&given["technique"]);
                ok(|e| seerflow_query_set_technique(query, technique.as_ptr(), e))?;
            }
            ok(|e| seerflow_query_set_min_severity(query, number(&given["min_severity"], -1), e))?;
            ok(|e| seerflow_query_set_limit(query, number(&given["limit"], 100) as u32, e))?;
            let found = list(|out, e| seerflow_store_query_alerts(self.store, query, null(), out, e))?;
            Ok(json!({"alerts": found}))
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

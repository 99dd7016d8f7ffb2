//! Every function, called with invalid arguments: NULL, pointers that are not handles, handles of another type, a
//! length without bytes, NULL for a required result.

use std::collections::BTreeSet;
use std::ffi::c_void;

use seerflow::ffi::alert::*;
use seerflow::ffi::alert_pattern::*;
use seerflow::ffi::alert_query::*;
use seerflow::ffi::bucket::*;
use seerflow::ffi::completions::*;
use seerflow::ffi::counted::*;
use seerflow::ffi::dead_letter::*;
use seerflow::ffi::edge::*;
use seerflow::ffi::entity::*;
use seerflow::ffi::event_entity::*;
use seerflow::ffi::feedback::*;
use seerflow::ffi::graph::*;
use seerflow::ffi::interrupt::*;
use seerflow::ffi::maintain::*;
use seerflow::ffi::model::*;
use seerflow::ffi::records::*;
use seerflow::ffi::sigma::*;
use seerflow::ffi::status::*;
use seerflow::ffi::template::*;
use seerflow::ffi::version::*;

use super::*;

const INVALID: i32 = 1;

/// Returns "invalid" for an accessor that returned 0, false or NULL.
fn nothing(is_nothing: bool) -> i32 {
    if is_nothing { INVALID } else { -1 }
}

/// The name of a function, and a call of it with a pointer that is not a handle of its type.
type Call = (&'static str, Box<dyn Fn(*mut c_void) -> i32>);

macro_rules! calls {
    ($($name:ident($h:ident $(, $argument:expr)*) $(=> $is_nothing:expr)?;)*) => {
        vec![$((
            stringify!($name),
            Box::new(move |$h: *mut c_void| -> i32 {
                #[allow(clippy::let_unit_value)]
                let answer = unsafe { $name($h.cast() $(, $argument)*) };
                calls!(@answer answer $(, $is_nothing)?)
            }) as Box<dyn Fn(*mut c_void) -> i32>,
        )),*]
    };
    (@answer $answer:ident) => { $answer as i32 };
    (@answer $answer:ident, $is_nothing:expr) => { nothing(($is_nothing)($answer)) };
}

/// Every function whose first argument is a handle. The other arguments of the calls are valid or NULL.
fn calls(query: *const seerflow_query) -> Vec<Call> {
    calls! {
        seerflow_error_status(h);
        seerflow_error_retriable(h) => |yes: bool| !yes;
        seerflow_error_message(h) => |text: *const c_char| unsafe { *text == 0 };
        seerflow_error_destroy(h) => |()| true;
        seerflow_config_load_file(h, c"x".as_ptr(), null_mut());
        seerflow_config_load_env(h, null_mut());
        seerflow_config_set(h, c"storage.flush_events".as_ptr(), c"1".as_ptr(), null_mut());
        seerflow_config_get(h, c"storage.flush_events".as_ptr(), [0; 8].as_mut_ptr(), 8, &mut 0, null_mut());
        seerflow_config_set_log(h, 1, None, null_mut(), null_mut());
        seerflow_config_destroy(h) => |()| true;
        seerflow_store_new(h, &mut null_mut(), null_mut());
        seerflow_store_shared(h, &mut null_mut(), null_mut());
        seerflow_store_open(h, null(), null_mut());
        seerflow_store_path(h) => |text: *const c_char| unsafe { *text == 0 };
        seerflow_store_flush(h, null(), null_mut());
        seerflow_store_stats(h, &mut init!(seerflow_stats), null_mut());
        seerflow_store_health(h, &mut init!(seerflow_health), null_mut());
        seerflow_store_metrics(h, [0; 8].as_mut_ptr(), 8, &mut 0, null_mut());
        seerflow_store_last_error(h, [0; 8].as_mut_ptr(), 8, &mut 0, null_mut());
        seerflow_store_close(h, null(), &mut 0, null_mut());
        seerflow_store_destroy(h) => |()| true;
        seerflow_store_write(h, 1, null(), 0, null(), &mut 0, &mut null_mut(), null_mut());
        seerflow_store_write_events(h, null(), 0, null(), &mut 0, &mut null_mut(), null_mut());
        seerflow_result_outcome(h, &mut init!(seerflow_outcome), null_mut());
        seerflow_result_rejections(h) => |list: *const seerflow_list| list.is_null();
        seerflow_list_rejection_at(h, 0, &mut init!(seerflow_rejection), null_mut());
        seerflow_result_destroy(h) => |()| true;
        seerflow_interrupt_raise(h);
        seerflow_interrupt_reset(h);
        seerflow_interrupt_destroy(h) => |()| true;
        seerflow_completions_fd(h, &mut 0, null_mut());
        seerflow_completions_next(h, null(), &mut init!(seerflow_completion), null_mut());
        seerflow_completions_destroy(h) => |()| true;
        seerflow_query_set_window(h, 1, 1, null_mut());
        seerflow_query_set_source_type(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_source_id(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_min_severity(h, 1, null_mut());
        seerflow_query_set_template_id(h, 1, null_mut());
        seerflow_query_set_entity_id(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_text(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_alert_type(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_tactic(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_technique(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_alert_id(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_key_prefix(h, c"x".as_ptr(), null_mut());
        seerflow_query_add_relation(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_depth(h, 1, null_mut());
        seerflow_query_set_min_count(h, 1, null_mut());
        seerflow_query_set_max_alerts(h, 1, null_mut());
        seerflow_query_set_limit(h, 1, null_mut());
        seerflow_query_set_page(h, 1, null_mut());
        seerflow_query_set_order(h, 1, null_mut());
        seerflow_query_set_cursor(h, c"x".as_ptr(), null_mut());
        seerflow_query_set_total(h, 1, 1, null_mut());
        seerflow_query_destroy(h) => |()| true;
        seerflow_list_count(h) => |number: usize| number == 0;
        seerflow_list_kind(h) => |kind| kind == seerflow_kind::None;
        seerflow_list_total(h, &mut 0) => |yes: bool| !yes;
        seerflow_list_next_cursor(h) => |text: *const c_char| text.is_null();
        seerflow_list_last_cursor(h) => |text: *const c_char| text.is_null();
        seerflow_list_ndjson(h, &mut null(), &mut 0, null_mut());
        seerflow_list_msgpack(h, &mut null(), &mut 0, &mut null(), null_mut());
        seerflow_list_event_at(h, 0) => |event: *const seerflow_event| event.is_null();
        seerflow_list_destroy(h) => |()| true;
        seerflow_store_query_events(h, query, null(), &mut null_mut(), null_mut());
        seerflow_store_event(h, c"x".as_ptr(), null(), &mut null_mut(), null_mut());
        seerflow_store_count_events(h, query, 1, null(), &mut null_mut(), null_mut());
        seerflow_store_distinct_events(h, query, 1, null(), &mut 0, null_mut());
        seerflow_store_event_histogram(h, query, 60_000_000_000, 1, null(), &mut null_mut(), null_mut());
        seerflow_event_get_int(h, 2, &mut 0, null_mut());
        seerflow_event_get_float(h, 37, &mut 0.0, null_mut());
        seerflow_event_get_text(h, 17, &mut Default::default(), null_mut());
        seerflow_event_get_id(h, [0; SEERFLOW_ID_SIZE].as_mut_ptr(), null_mut());
        seerflow_event_get_list_count(h, 41, &mut 0, null_mut());
        seerflow_event_get_list_at(h, 41, 0, &mut Default::default(), null_mut());
        seerflow_event_get_map_count(h, 40, &mut 0, null_mut());
        seerflow_event_get_map_at(h, 40, 0, &mut Default::default(), null_mut());
        seerflow_event_get_msgpack(h, 18, &mut null(), &mut 0, null_mut());
        seerflow_event_msgpack(h, &mut null(), &mut 0, null_mut());
        seerflow_event_json(h, &mut null(), &mut 0, null_mut());
        seerflow_store_event_entities(h, c"x".as_ptr(), null(), &mut null_mut(), null_mut());
        seerflow_store_entity(h, c"x".as_ptr(), null(), &mut null_mut(), null_mut());
        seerflow_list_entity_at(h, 0, &mut init!(seerflow_entity), null_mut());
        seerflow_list_count_at(h, 0, &mut init!(seerflow_count), null_mut());
        seerflow_list_bucket_at(h, 0, &mut init!(seerflow_bucket), null_mut());
        seerflow_store_write_templates(h, null(), 0, null(), null_mut());
        seerflow_store_query_templates(h, query, null(), &mut null_mut(), null_mut());
        seerflow_store_prune_templates(h, 1, null(), &mut 0, null_mut());
        seerflow_store_reset_templates(h, null(), &mut 0, null_mut());
        seerflow_list_template_at(h, 0, &mut init!(seerflow_template), null_mut());
        seerflow_store_query_dead_letters(h, query, null(), &mut null_mut(), null_mut());
        seerflow_list_dead_letter_at(h, 0, &mut init!(seerflow_dead_letter), null_mut());
        seerflow_store_write_alerts(h, null(), 0, null(), null(), &mut null_mut(), null_mut());
        seerflow_list_alert_result_at(h, 0, &mut init!(seerflow_alert_result), null_mut());
        seerflow_store_query_alerts(h, query, null(), &mut null_mut(), null_mut());
        seerflow_store_alert(h, c"x".as_ptr(), null(), &mut null_mut(), null_mut());
        seerflow_store_count_alerts(h, query, 1, null(), &mut null_mut(), null_mut());
        seerflow_store_alert_histogram(h, query, 60_000_000_000, null(), &mut null_mut(), null_mut());
        seerflow_list_alert_at(h, 0, &mut init!(seerflow_alert), null_mut());
        seerflow_store_update_feedback(h, null(), null(), null_mut());
        seerflow_store_append_feedback(h, null(), null(), null_mut());
        seerflow_store_query_feedback(h, query, null(), &mut null_mut(), null_mut());
        seerflow_store_feedback_stats(h, null(), &mut init!(seerflow_feedback_stats), null_mut());
        seerflow_list_feedback_at(h, 0, &mut init!(seerflow_feedback), null_mut());
        seerflow_store_alert_patterns(h, query, null(), &mut null_mut(), null_mut());
        seerflow_list_alert_pattern_at(h, 0, &mut init!(seerflow_alert_pattern), null_mut());
        seerflow_store_save_model(h, c"x".as_ptr(), null(), 0, null(), &mut 0, null_mut());
        seerflow_store_swap_model(h, c"x".as_ptr(), null(), 0, 1, null(), &mut 0, null_mut());
        seerflow_store_load_model(h, c"x".as_ptr(), null(), &mut null_mut(), null_mut());
        seerflow_store_delete_model(h, c"x".as_ptr(), null(), &mut 0, null_mut());
        seerflow_store_query_models(h, query, null(), &mut null_mut(), null_mut());
        seerflow_list_model_at(h, 0, &mut init!(seerflow_model), null_mut());
        seerflow_store_query_sigma_rules(h, query, null(), &mut null_mut(), null_mut());
        seerflow_store_enable_sigma_rule(h, c"x".as_ptr(), true.into(), null(), null_mut());
        seerflow_store_write_sigma_matches(h, null(), 0, null(), null_mut());
        seerflow_list_sigma_rule_at(h, 0, &mut init!(seerflow_sigma_rule), null_mut());
        seerflow_store_write_edges(h, null(), 0, null(), null(), null_mut());
        seerflow_store_query_edges(h, query, null(), &mut null_mut(), null_mut());
        seerflow_store_prune_edges(h, 1, null(), &mut 0, null_mut());
        seerflow_list_edge_at(h, 0, &mut init!(seerflow_edge), null_mut());
        seerflow_store_graph_neighbours(h, query, null(), &mut null_mut(), null_mut());
        seerflow_store_graph_path(h, c"x".as_ptr(), c"x".as_ptr(), null(), &mut null_mut(), null_mut());
        seerflow_store_graph_subgraph(h, query, null(), &mut null_mut(), &mut null_mut(), null_mut());
        seerflow_store_graph_related(h, query, null(), &mut null_mut(), null_mut());
        seerflow_store_graph_counts(h, null(), &mut 0, &mut 0, null_mut());
        seerflow_store_graph_top(h, c"fan_in".as_ptr(), 1, null(), &mut null_mut(), null_mut());
        seerflow_store_graph_health(h, null(), null_mut());
        seerflow_list_neighbour_at(h, 0, &mut init!(seerflow_neighbour), null_mut());
        seerflow_list_related_at(h, 0, &mut init!(seerflow_related), null_mut());
        seerflow_list_score_at(h, 0, &mut init!(seerflow_score), null_mut());
        seerflow_store_write_records(h, 2, null(), 0, null(), null(), &mut null_mut(), null_mut());
        seerflow_store_prune(h, null(), null(), &mut init!(seerflow_prune_report), null_mut());
        seerflow_store_backup(h, c"x".as_ptr(), null(), None, null_mut(), null_mut());
        seerflow_store_checkpoint(h, null(), null_mut());
        seerflow_store_check(h, 1, null(), &mut null_mut(), null_mut());
        seerflow_list_finding_at(h, 0, &mut init!(seerflow_finding), null_mut());
        seerflow_store_summary(h, null(), &mut init!(seerflow_summary), null_mut());
    }
}

/// Every function whose first argument is not a handle.
const WITHOUT: [&str; 12] = [
    "seerflow_version",
    "seerflow_version_number",
    "seerflow_abi_version",
    "seerflow_status_name",
    "seerflow_config_new",
    "seerflow_config_option_count",
    "seerflow_config_option_at",
    "seerflow_interrupt_new",
    "seerflow_completions_new",
    "seerflow_query_new",
    "seerflow_field_name",
    "seerflow_entity_id",
];

#[test]
fn every_function_refuses_pointers_that_are_not_its_handle() {
    let zeros = [0_u64; 512];
    let ones = [u64::MAX; 512];
    let misaligned = (&raw const zeros).cast::<u8>().wrapping_add(1);
    let (mut config, query) = (null_mut(), Query::new());
    ok(|error| unsafe { seerflow_config_new(&mut config, error) });
    let garbage: [(&str, *mut c_void); 6] = [
        ("NULL", null_mut()),
        ("zeros", (&raw const zeros).cast_mut().cast()),
        ("ones", (&raw const ones).cast_mut().cast()),
        ("misaligned", misaligned.cast_mut().cast()),
        ("a configuration", config.cast()),
        ("a query", query.0.cast()),
    ];
    for (name, call) in calls(query.0) {
        for (what, pointer) in garbage {
            let own = (what == "a configuration"
                && (name.starts_with("seerflow_config_")
                    || ["seerflow_store_new", "seerflow_store_shared"].contains(&name)))
                || (what == "a query" && name.starts_with("seerflow_query_"));
            if !own {
                assert_eq!(call(pointer), INVALID, "{name} with {what}");
            }
        }
    }
    unsafe { seerflow_config_destroy(config) };
}

#[test]
fn every_exported_function_is_tested_here() {
    let header = include_str!("../../include/seerflow.h");
    let declared: BTreeSet<&str> = header
        .split("extern \"C\" {")
        .nth(1)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with([' ', '/', '*', '#']))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .collect();
    let query = Query::new();
    let calls = calls(query.0);
    let tried: BTreeSet<&str> = calls.iter().map(|(name, _)| *name).chain(WITHOUT).collect();
    assert_eq!(tried, declared);
}

#[test]
fn functions_without_a_handle_refuse_null_for_results() {
    let invalid = seerflow_status::Invalid;
    unsafe {
        fails(invalid, |error| seerflow_config_new(null_mut(), error));
        fails(invalid, |error| seerflow_interrupt_new(null_mut(), error));
        fails(invalid, |error| seerflow_completions_new(null_mut(), error));
        fails(invalid, |error| seerflow_query_new(null_mut(), error));
        ok(|error| seerflow_config_option_at(0, null_mut(), null_mut(), null_mut(), error));
        let ip = seerflow_entity_type::Ip as u32;
        let nowhere = seerflow_str { data: null(), len: 3 };
        fails(invalid, |error| {
            seerflow_entity_id(ip, str_of("::1"), null_mut(), error)
        });
        fails(invalid, |error| {
            seerflow_entity_id(ip, nowhere, [0; SEERFLOW_ID_SIZE].as_mut_ptr(), error)
        });
        assert_eq!(text(seerflow_version()), env!("CARGO_PKG_VERSION"));
        assert_eq!(seerflow_abi_version(), SEERFLOW_ABI_VERSION);
        assert_eq!(text(seerflow_status_name(4)), "again");
        assert_eq!(text(seerflow_status_name(-1)), "unknown");
        assert!(seerflow_field_name(0).is_null() && seerflow_field_name(u32::MAX).is_null());
    }
}

#[test]
fn invalid_arguments_are_refused_and_results_stay_unchanged() {
    let host = Host::new();
    let store = host.store;
    host.write(LINE);
    let found = host.search("accepted");
    let (list, event) = (found.0, found.event(0));
    let invalid = seerflow_status::Invalid;
    let ones = [u64::MAX; 512];
    let garbage = (&raw const ones).cast_mut();
    let given = Query::new();
    let query = given.0;
    let none = null_mut();
    let (lines, ndjson) = (seerflow_format::Lines as u32, seerflow_format::Ndjson as u32);
    let (edge, alert) = (seerflow_kind::Edge as u32, seerflow_kind::Alert as u32);
    type Bad = Box<dyn Fn(*mut *mut seerflow_error) -> seerflow_status>;
    macro_rules! bad {
        ($($e:ident => $call:expr;)*) => {
            vec![$((
                stringify!($call),
                Box::new(move |$e: *mut *mut seerflow_error| unsafe { $call }) as Bad,
            )),*]
        };
    }
    let bad = bad! {
        // NULL with a length, and lengths that exceed the address space.
        e => seerflow_store_write(store, lines, null(), 1, null(), null_mut(), null_mut(), e);
        e => seerflow_store_write(store, ndjson, null(), 1, null(), null_mut(), null_mut(), e);
        e => seerflow_store_write(store, lines, LINE.as_ptr().cast(), usize::MAX, null(), null_mut(), null_mut(), e);
        e => seerflow_store_write_events(store, null(), 1, null(), null_mut(), null_mut(), e);
        e => seerflow_store_write_templates(store, null(), 1, null(), e);
        e => seerflow_store_write_alerts(store, null(), 1, null(), null(), null_mut(), e);
        e => seerflow_store_write_edges(store, null(), 1, null(), null(), e);
        e => seerflow_store_write_sigma_matches(store, null(), 1, null(), e);
        e => seerflow_store_write_records(store, alert, null(), 1, null(), null(), null_mut(), e);
        e => seerflow_store_save_model(store, c"k".as_ptr(), null(), 1, null(), null_mut(), e);
        // Invalid structs, and pointers that are not handles.
        e => seerflow_store_open(store, garbage.cast(), e);
        e => seerflow_store_write(store, lines, null(), 0, garbage.cast(), null_mut(), null_mut(), e);
        e => seerflow_store_write_events(store, garbage.cast(), 1, null(), null_mut(), null_mut(), e);
        e => seerflow_store_write_records(store, edge, null(), 0, garbage.cast(), null(), null_mut(), e);
        e => seerflow_store_write_edges(store, garbage.cast(), 1, null(), null(), e);
        e => seerflow_store_stats(store, garbage.cast(), e);
        e => seerflow_store_summary(store, null(), garbage.cast(), e);
        e => seerflow_store_prune(store, garbage.cast(), null(), null_mut(), e);
        e => seerflow_store_flush(store, garbage.cast(), e);
        e => seerflow_store_flush(store, &init!(seerflow_call, interrupt: garbage.cast()), e);
        e => seerflow_store_check(store, 1, garbage.cast(), &mut null_mut(), e);
        e => seerflow_store_query_events(store, garbage.cast(), null(), &mut null_mut(), e);
        e => seerflow_store_query_events(store, null(), null(), &mut null_mut(), e);
        e => seerflow_store_query_events(store, query, garbage.cast(), &mut null_mut(), e);
        e => seerflow_store_query_alerts(store, garbage.cast(), null(), &mut null_mut(), e);
        e => seerflow_store_query_edges(store, garbage.cast(), null(), &mut null_mut(), e);
        // NULL for results that are required.
        e => seerflow_store_query_events(store, query, null(), null_mut(), e);
        e => seerflow_store_stats(store, null_mut(), e);
        e => seerflow_store_health(store, null_mut(), e);
        e => seerflow_store_metrics(store, null_mut(), 8, null_mut(), e);
        e => seerflow_store_last_error(store, null_mut(), 0, null_mut(), e);
        e => seerflow_store_summary(store, null(), null_mut(), e);
        e => seerflow_store_check(store, 1, null(), null_mut(), e);
        e => seerflow_store_query_templates(store, query, null(), null_mut(), e);
        e => seerflow_store_query_dead_letters(store, query, null(), null_mut(), e);
        e => seerflow_store_event_histogram(store, query, 60_000_000_000, 0, null(), null_mut(), e);
        e => seerflow_store_distinct_events(store, query, 1, null(), null_mut(), e);
        e => seerflow_store_query_models(store, query, null(), null_mut(), e);
        e => seerflow_store_graph_subgraph(store, query, null(), &mut null_mut(), null_mut(), e);
        e => seerflow_store_prune(store, null(), null(), null_mut(), e);
        e => seerflow_store_save_model(store, null(), null(), 0, null(), null_mut(), e);
        e => seerflow_store_update_feedback(store, null(), null(), e);
        e => seerflow_event_get_int(event, 2, null_mut(), e);
        e => seerflow_event_get_float(event, 37, null_mut(), e);
        e => seerflow_event_get_text(event, 17, null_mut(), e);
        e => seerflow_event_get_id(event, null_mut(), e);
        e => seerflow_event_get_list_count(event, 41, null_mut(), e);
        e => seerflow_event_get_list_at(event, 41, 0, null_mut(), e);
        e => seerflow_event_get_map_count(event, 40, null_mut(), e);
        e => seerflow_event_get_map_at(event, 40, 0, null_mut(), e);
        e => seerflow_event_get_msgpack(event, 17, null_mut(), null_mut(), e);
        e => seerflow_event_msgpack(event, null_mut(), null_mut(), e);
        e => seerflow_event_json(event, null_mut(), null_mut(), e);
        e => seerflow_list_ndjson(list, null_mut(), null_mut(), e);
        // Texts that are NULL or not UTF-8.
        e => seerflow_store_event(store, null(), null(), &mut null_mut(), e);
        e => seerflow_store_event(store, c"\xff".as_ptr(), null(), &mut null_mut(), e);
        e => seerflow_store_backup(store, null(), null(), None, null_mut(), e);
        e => seerflow_query_set_text(query, c"\xff".as_ptr(), e);
        e => seerflow_query_add_relation(query, null(), e);
        // Numbers outside their range or enumeration.
        e => seerflow_store_write(store, 0, null(), 0, null(), null_mut(), null_mut(), e);
        e => seerflow_store_write(store, 7, null(), 0, null(), null_mut(), null_mut(), e);
        e => seerflow_store_write_records(store, 0, null(), 0, null(), null(), null_mut(), e);
        e => seerflow_store_write_records(store, 1, null(), 0, null(), null(), null_mut(), e);
        e => seerflow_store_check(store, 0, null(), &mut null_mut(), e);
        e => seerflow_store_check(store, 4, null(), &mut null_mut(), e);
        e => seerflow_store_count_events(store, query, 0, null(), &mut null_mut(), e);
        e => seerflow_store_count_events(store, query, 6, null(), &mut null_mut(), e);
        e => seerflow_store_count_alerts(store, query, 0, null(), &mut null_mut(), e);
        e => seerflow_store_event_histogram(store, query, 0, 0, null(), &mut null_mut(), e);
        e => seerflow_query_set_order(query, 3, e);
        e => seerflow_query_set_total(query, 3, 0, e);
        e => seerflow_query_set_limit(query, 0, e);
        e => seerflow_query_set_limit(query, 100_001, e);
        e => seerflow_query_set_page(query, 0, e);
        e => seerflow_query_set_min_severity(query, 7, e);
        e => seerflow_event_get_int(event, 0, &mut 0, e);
        e => seerflow_event_get_msgpack(event, 99, &mut null(), &mut 0, e);
    };
    for (what, call) in &bad {
        let mut error = ErrorOut::new();
        assert_eq!(call(&mut error.0), invalid, "{what}: {}", error.message());
        assert_eq!(call(none), invalid, "{what}, without a place for its error");
    }
    // A setter that fails leaves the query unchanged.
    host.ask(seerflow_store_query_events, &given);
    assert!(
        ones.iter().all(|word| *word == u64::MAX),
        "garbage is not written to"
    );
}

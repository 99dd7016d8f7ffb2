//! Every function with what it must not be given: NULL, memory that is no handle, handles of another type, lengths without
//! bytes, places that are missing.

use std::collections::BTreeSet;
use std::ffi::c_void;

use seerflow::ffi::alert::*;
use seerflow::ffi::alert_page::*;
use seerflow::ffi::alert_pattern::*;
use seerflow::ffi::alert_query::*;
use seerflow::ffi::counted::*;
use seerflow::ffi::dead_letter::*;
use seerflow::ffi::edge::*;
use seerflow::ffi::entity::*;
use seerflow::ffi::event_entity::*;
use seerflow::ffi::event_input::*;
use seerflow::ffi::feedback::*;
use seerflow::ffi::graph::*;
use seerflow::ffi::histogram::*;
use seerflow::ffi::interrupt::*;
use seerflow::ffi::maintain::*;
use seerflow::ffi::model::*;
use seerflow::ffi::neighbour::*;
use seerflow::ffi::queue::*;
use seerflow::ffi::result::*;
use seerflow::ffi::sigma::*;
use seerflow::ffi::status::*;
use seerflow::ffi::template::*;
use seerflow::ffi::version::*;

use super::*;

const INVALID: i32 = 1;

/// Says "invalid" for an accessor that answered with nothing.
fn nothing(is_nothing: bool) -> i32 {
    if is_nothing { INVALID } else { -1 }
}

/// A function, named, called with a pointer that is no handle of its own.
type Call = (&'static str, Box<dyn Fn(*mut c_void) -> i32>);

macro_rules! calls {
    ($($name:ident($h:ident $(, $argument:expr)*) $(=> $is_nothing:expr)?;)*) => {
        vec![$((
            stringify!($name),
            Box::new(|$h: *mut c_void| -> i32 {
                #[allow(clippy::let_unit_value)]
                let answer = unsafe { $name($h.cast() $(, $argument)*) };
                calls!(@answer answer $(, $is_nothing)?)
            }) as Box<dyn Fn(*mut c_void) -> i32>,
        )),*]
    };
    (@answer $answer:ident) => { $answer as i32 };
    (@answer $answer:ident, $is_nothing:expr) => { nothing(($is_nothing)($answer)) };
}

/// Every function that takes a handle first, all else being as harmless as it can be.
fn calls() -> Vec<Call> {
    calls! {
        seerflow_error_code(h);
        seerflow_error_retriable(h) => |yes: bool| !yes;
        seerflow_error_message(h) => |text: *const c_char| unsafe { *text == 0 };
        seerflow_error_destroy(h) => |()| true;
        seerflow_config_load_file(h, c"/x".as_ptr(), null_mut());
        seerflow_config_load_env(h, null_mut());
        seerflow_config_set(h, c"storage.flush_events".as_ptr(), c"1".as_ptr(), null_mut());
        seerflow_config_get(h, c"storage.flush_events".as_ptr(), [0; 8].as_mut_ptr(), 8, null_mut(), null_mut());
        seerflow_config_set_log(h, 1, None, null_mut(), null_mut());
        seerflow_config_destroy(h) => |()| true;
        seerflow_store_open(h, &mut null_mut(), null_mut());
        seerflow_store_start(h, null_mut());
        seerflow_store_path(h) => |text: *const c_char| unsafe { *text == 0 };
        seerflow_store_flush(h, 0, null(), null_mut());
        seerflow_store_stats(h, &mut seerflow_stats { struct_size: 16, ..Default::default() }, null_mut());
        seerflow_store_health(h, &mut seerflow_health::Ok, null_mut(), 0, null_mut(), null_mut());
        seerflow_store_last_error(h, [0; 8].as_mut_ptr(), 8, null_mut(), null_mut());
        seerflow_store_close(h, 0, null_mut(), null_mut());
        seerflow_store_destroy(h) => |()| true;
        seerflow_store_write_events(h, null(), 0, 0, null(), null_mut(), null_mut(), null_mut());
        seerflow_store_write_msgpack(h, null(), 0, null(), null_mut(), null_mut(), null_mut());
        seerflow_store_write_ndjson(h, null(), 0, null(), null_mut(), null_mut(), null_mut());
        seerflow_store_write_lines(h, null(), 0, null(), null_mut(), null_mut(), null_mut());
        seerflow_store_write_otlp(h, null(), 0, null(), null_mut(), null_mut(), null_mut());
        seerflow_store_write_otlp_json(h, null(), 0, null(), null_mut(), null_mut(), null_mut());
        seerflow_store_write_fluent(h, null(), 0, null(), null_mut(), null_mut(), null_mut());
        seerflow_result_accepted(h) => |number: u64| number == 0;
        seerflow_result_committed(h) => |number: u64| number == 0;
        seerflow_result_queued(h) => |number: u64| number == 0;
        seerflow_result_withdrawn(h) => |number: u64| number == 0;
        seerflow_result_unkeyed(h) => |number: u64| number == 0;
        seerflow_result_duplicates(h) => |number: u64| number == 0;
        seerflow_result_durability(h) => |durability| durability == seerflow_durability::None;
        seerflow_result_rejected_count(h) => |number: usize| number == 0;
        seerflow_result_rejected_at(h, 0, null_mut(), null_mut(), null_mut());
        seerflow_result_destroy(h) => |()| true;
        seerflow_interrupt_raise(h);
        seerflow_interrupt_reset(h);
        seerflow_interrupt_destroy(h) => |()| true;
        seerflow_queue_fd(h, &mut 0, null_mut());
        seerflow_queue_next(h, 0, &mut seerflow_completion { struct_size: 32, ..Default::default() }, null_mut());
        seerflow_queue_destroy(h) => |()| true;
        seerflow_query_set_time_range(h, 0, 1, null_mut());
        seerflow_query_set_source_type(h, null(), null_mut());
        seerflow_query_set_source_id(h, null(), null_mut());
        seerflow_query_set_min_severity(h, 0, null_mut());
        seerflow_query_set_template(h, 0, null_mut());
        seerflow_query_set_entity(h, null(), null_mut());
        seerflow_query_set_text(h, null(), null_mut());
        seerflow_query_set_limit(h, 1, null_mut());
        seerflow_query_set_page(h, 1, null_mut());
        seerflow_query_set_order(h, 0, null_mut());
        seerflow_query_set_cursor(h, null(), null_mut());
        seerflow_query_set_total(h, 0, 0, null_mut());
        seerflow_query_set_timeout(h, 0, null_mut());
        seerflow_query_set_interrupt(h, null(), null_mut());
        seerflow_query_destroy(h) => |()| true;
        seerflow_store_query_events(h, null(), &mut null_mut(), null_mut());
        seerflow_store_search(h, c"x".as_ptr(), 1, &mut null_mut(), null_mut());
        seerflow_page_count(h) => |number: usize| number == 0;
        seerflow_page_event(h, 0) => |event: *const seerflow_event| event.is_null();
        seerflow_page_total(h, &mut 0) => |yes: bool| !yes;
        seerflow_page_next_cursor(h) => |text: *const c_char| text.is_null();
        seerflow_page_last_cursor(h) => |text: *const c_char| text.is_null();
        seerflow_page_data(h, null_mut(), null_mut(), null_mut(), null_mut(), null_mut());
        seerflow_page_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_page_destroy(h) => |()| true;
        seerflow_event_get_int(h, 2, &mut 0, null_mut());
        seerflow_event_get_float(h, 37, &mut 0.0, null_mut());
        seerflow_event_get_text(h, 17, &mut seerflow_str::default(), null_mut());
        seerflow_event_get_id(h, [0; SEERFLOW_ID_SIZE].as_mut_ptr(), null_mut());
        seerflow_event_get_list_count(h, 41, &mut 0, null_mut());
        seerflow_event_get_list_at(h, 41, 0, &mut seerflow_str::default(), null_mut());
        seerflow_event_get_map_count(h, 40, &mut 0, null_mut());
        seerflow_event_get_map_at(h, 40, 0, &mut Default::default(), null_mut());
        seerflow_event_get_msgpack(h, 18, &mut null(), &mut 0, null_mut());
        seerflow_event_msgpack(h, &mut null(), &mut 0, null_mut());
        seerflow_event_json(h, &mut null(), null_mut(), null_mut());
        seerflow_store_histogram(h, 0, 1, 60_000_000_000, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_split_histogram(h, 1, 0, 1, 60_000_000_000, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_count_by(h, 1, 0, 1, 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_distinct(h, 1, 0, 1, 0, null(), &mut 0, null_mut());
        seerflow_store_timeline(h, null(), &mut null_mut(), null_mut());
        seerflow_store_event(h, c"x".as_ptr(), 0, null(), &mut null_mut(), null_mut());
        seerflow_store_event_entities(h, c"x".as_ptr(), 0, null(), &mut null_mut(), null_mut());
        seerflow_store_describe_entity(h, c"x".as_ptr(), 0, null(), &mut null_mut(), null_mut());
        seerflow_event_entity_list_count(h) => |number: usize| number == 0;
        seerflow_event_entity_list_at(h, 0, null_mut(), null_mut());
        seerflow_event_entity_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_event_entity_list_destroy(h) => |()| true;
        seerflow_store_alert_histogram(h, 0, 1, 60_000_000_000, 0, null(), &mut null_mut(), null_mut());
        seerflow_histogram_count(h) => |number: usize| number == 0;
        seerflow_histogram_at(h, 0, &mut Default::default(), null_mut());
        seerflow_histogram_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_histogram_destroy(h) => |()| true;
        seerflow_store_write_templates(h, null(), 0, 0, 0, null(), null_mut());
        seerflow_store_write_templates_ndjson(h, null(), 0, 0, null(), null_mut());
        seerflow_store_templates(h, 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_prune_templates(h, 0, 0, null(), null_mut(), null_mut());
        seerflow_store_reset_templates(h, 0, null(), null_mut(), null_mut());
        seerflow_template_list_count(h) => |number: usize| number == 0;
        seerflow_template_list_at(h, 0, &mut Default::default(), null_mut());
        seerflow_template_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_template_list_destroy(h) => |()| true;
        seerflow_store_dead_letters(h, 0, 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_dead_letter_list_count(h) => |number: usize| number == 0;
        seerflow_dead_letter_list_at(h, 0, &mut Default::default(), null_mut());
        seerflow_dead_letter_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_dead_letter_list_destroy(h) => |()| true;
        seerflow_store_write_alerts(h, null(), 0, 0, 0, 0, null(), null_mut(), null_mut());
        seerflow_store_write_alerts_ndjson(h, null(), 0, 0, 0, null(), null_mut(), null_mut());
        seerflow_alert_query_set_time_range(h, 0, 1, null_mut());
        seerflow_alert_query_set_type(h, null(), null_mut());
        seerflow_alert_query_set_min_severity(h, 1, null_mut());
        seerflow_alert_query_set_entity(h, null(), null_mut());
        seerflow_alert_query_set_tactic(h, null(), null_mut());
        seerflow_alert_query_set_technique(h, null(), null_mut());
        seerflow_alert_query_set_limit(h, 1, null_mut());
        seerflow_alert_query_set_page(h, 1, null_mut());
        seerflow_alert_query_set_cursor(h, null(), null_mut());
        seerflow_alert_query_set_total(h, 0, null_mut());
        seerflow_alert_query_set_timeout(h, 0, null_mut());
        seerflow_alert_query_set_interrupt(h, null(), null_mut());
        seerflow_alert_query_destroy(h) => |()| true;
        seerflow_store_query_alerts(h, null(), &mut null_mut(), null_mut());
        seerflow_store_alert(h, c"x".as_ptr(), 0, null(), &mut null_mut(), null_mut());
        seerflow_alert_page_count(h) => |number: usize| number == 0;
        seerflow_alert_page_at(h, 0, null_mut(), null_mut());
        seerflow_alert_page_total(h, &mut 0) => |yes: bool| !yes;
        seerflow_alert_page_next_cursor(h) => |text: *const c_char| text.is_null();
        seerflow_alert_page_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_alert_page_destroy(h) => |()| true;
        seerflow_store_update_feedback(h, null(), 0, null(), null_mut());
        seerflow_store_append_feedback(h, null(), 0, null(), null_mut());
        seerflow_store_feedback(h, null(), 1, 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_feedback_stats(h, 0, null(), &mut Default::default(), null_mut());
        seerflow_store_alert_patterns(h, 0, 1, 1, 1, 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_alerts_by_rule(h, 0, 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_alerts_by_severity(h, 0, 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_save_model(h, c"k".as_ptr(), null(), 0, 0, null(), null_mut(), null_mut());
        seerflow_store_swap_model(h, c"k".as_ptr(), null(), 0, 0, 0, null(), null_mut(), null_mut());
        seerflow_store_load_model(h, c"k".as_ptr(), 0, null(), &mut null_mut(), null_mut());
        seerflow_model_data(h, &mut null(), null_mut(), null_mut());
        seerflow_model_updated_at(h) => |time: i64| time == i64::MIN;
        seerflow_model_destroy(h) => |()| true;
        seerflow_store_delete_model(h, c"k".as_ptr(), 0, null(), null_mut(), null_mut());
        seerflow_store_models(h, null(), 0, null(), &mut null_mut(), null_mut());
        seerflow_store_sigma_rules(h, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_enable_sigma_rule(h, c"r".as_ptr(), 1, 0, null(), null_mut());
        seerflow_store_add_sigma_matches(h, null(), 0, 0, 0, null(), null_mut());
        seerflow_store_add_sigma_matches_ndjson(h, null(), 0, 0, null(), null_mut());
        seerflow_store_upsert_edges(h, null(), 0, 0, 0, null(), null_mut());
        seerflow_store_upsert_edges_ndjson(h, null(), 0, 0, null(), null_mut());
        seerflow_store_prune_edges(h, 0, 0, null(), null_mut(), null_mut());
        seerflow_edge_cursor_destroy(h) => |()| true;
        seerflow_store_next_edges(h, null_mut(), 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_related_entities(h, c"e".as_ptr(), 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_alert_result_list_count(h) => |number: usize| number == 0;
        seerflow_alert_result_list_at(h, 0, null_mut(), null_mut());
        seerflow_alert_result_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_alert_result_list_destroy(h) => |()| true;
        seerflow_feedback_list_count(h) => |number: usize| number == 0;
        seerflow_feedback_list_at(h, 0, null_mut(), null_mut());
        seerflow_feedback_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_feedback_list_destroy(h) => |()| true;
        seerflow_alert_pattern_list_count(h) => |number: usize| number == 0;
        seerflow_alert_pattern_list_at(h, 0, null_mut(), null_mut());
        seerflow_alert_pattern_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_alert_pattern_list_destroy(h) => |()| true;
        seerflow_counted_list_count(h) => |number: usize| number == 0;
        seerflow_counted_list_at(h, 0, null_mut(), null_mut());
        seerflow_counted_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_counted_list_destroy(h) => |()| true;
        seerflow_model_list_count(h) => |number: usize| number == 0;
        seerflow_model_list_at(h, 0, null_mut(), null_mut());
        seerflow_model_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_model_list_destroy(h) => |()| true;
        seerflow_sigma_rule_list_count(h) => |number: usize| number == 0;
        seerflow_sigma_rule_list_at(h, 0, null_mut(), null_mut());
        seerflow_sigma_rule_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_sigma_rule_list_destroy(h) => |()| true;
        seerflow_edge_list_count(h) => |number: usize| number == 0;
        seerflow_edge_list_at(h, 0, null_mut(), null_mut());
        seerflow_edge_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_edge_list_destroy(h) => |()| true;
        seerflow_related_list_count(h) => |number: usize| number == 0;
        seerflow_related_list_at(h, 0, null_mut(), null_mut());
        seerflow_related_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_related_list_destroy(h) => |()| true;
        seerflow_store_graph_add_edges(h, null(), 0, 0, true, 0, null(), null_mut());
        seerflow_store_graph_add_edges_ndjson(h, null(), 0, true, 0, null(), null_mut());
        seerflow_store_graph_neighbours(h, c"a".as_ptr(), 1, null(), 0, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_graph_path(h, c"a".as_ptr(), c"b".as_ptr(), 0, null(), &mut null_mut(), null_mut());
        seerflow_store_graph_subgraph(h, c"a".as_ptr(), 1, 0, null(), &mut null_mut(), &mut null_mut(), null_mut());
        seerflow_store_graph_related(h, c"a".as_ptr(), 0, null(), &mut null_mut(), null_mut());
        seerflow_store_graph_counts(h, 0, null(), null_mut(), null_mut(), null_mut());
        seerflow_store_graph_each_edge(h, None, null_mut(), 0, null(), null_mut());
        seerflow_store_graph_top(h, c"fan_in".as_ptr(), 1, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_graph_health(h, 0, null(), null_mut());
        seerflow_neighbour_list_count(h) => |number: usize| number == 0;
        seerflow_neighbour_list_at(h, 0, null_mut(), null_mut());
        seerflow_neighbour_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_neighbour_list_destroy(h) => |()| true;
        seerflow_score_list_count(h) => |number: usize| number == 0;
        seerflow_score_list_at(h, 0, null_mut(), null_mut());
        seerflow_score_list_ndjson(h, &mut null(), null_mut(), null_mut());
        seerflow_score_list_destroy(h) => |()| true;
        seerflow_store_prune(h, null(), 0, null(), null_mut(), null_mut());
        seerflow_store_backup(h, c"/x".as_ptr(), 0, null(), None, null_mut(), null_mut());
        seerflow_store_checkpoint(h, null_mut());
        seerflow_store_check(h, 0, null(), &mut null_mut(), null_mut());
        seerflow_store_check_text(h, 0, null(), &mut null_mut(), null_mut());
        seerflow_findings_count(h) => |number: usize| number == 0;
        seerflow_findings_at(h, 0, &mut null(), null_mut());
        seerflow_findings_destroy(h) => |()| true;
        seerflow_store_summary(h, 0, null(), &mut Default::default(), null_mut());
    }
}

/// Functions that take no handle first.
const WITHOUT: [&str; 18] = [
    "seerflow_version",
    "seerflow_abi_version",
    "seerflow_status_name",
    "seerflow_config_new",
    "seerflow_config_option_count",
    "seerflow_config_option_at",
    "seerflow_event_init",
    "seerflow_write_options_init",
    "seerflow_prune_options_init",
    "seerflow_interrupt_new",
    "seerflow_queue_new",
    "seerflow_query_new",
    "seerflow_alert_init",
    "seerflow_alert_query_new",
    "seerflow_feedback_init",
    "seerflow_edge_cursor_new",
    "seerflow_entity_id",
    "seerflow_field_name",
];

#[test]
fn what_is_no_handle_is_refused_by_every_function() {
    let zeros = [0_u64; 512];
    let ones = [u64::MAX; 512];
    let misaligned = (&raw const zeros).cast::<u8>().wrapping_add(1);
    let (mut config, mut query) = (null_mut(), null_mut());
    ok(|error| unsafe { seerflow_config_new(&mut config, error) });
    ok(|error| unsafe { seerflow_query_new(&mut query, error) });
    let garbage: [(&str, *mut c_void); 6] = [
        ("NULL", null_mut()),
        ("zeros", (&raw const zeros).cast_mut().cast()),
        ("ones", (&raw const ones).cast_mut().cast()),
        ("misaligned", misaligned.cast_mut().cast()),
        ("a configuration", config.cast()),
        ("a query", query.cast()),
    ];
    for (name, call) in calls() {
        for (what, pointer) in garbage {
            let own = (what == "a configuration"
                && (name.starts_with("seerflow_config_") || name == "seerflow_store_open"))
                || (what == "a query" && name.starts_with("seerflow_query_"));
            if !own {
                assert_eq!(call(pointer), INVALID, "{name} with {what}");
            }
        }
    }
    unsafe {
        seerflow_config_destroy(config);
        seerflow_query_destroy(query);
    }
}

#[test]
fn every_function_is_tried() {
    let header = include_str!("../../include/seerflow.h");
    let declared: BTreeSet<&str> = header
        .split("extern \"C\" {")
        .nth(1)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with([' ', '/', '*', '#']))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .collect();
    let calls = calls();
    let tried: BTreeSet<&str> = calls.iter().map(|(name, _)| *name).chain(WITHOUT).collect();
    assert_eq!(tried, declared);
}

#[test]
fn functions_without_a_handle_refuse_missing_places() {
    let invalid = seerflow_status::Invalid;
    unsafe {
        fails(invalid, |error| seerflow_config_new(null_mut(), error));
        fails(invalid, |error| seerflow_interrupt_new(null_mut(), error));
        fails(invalid, |error| seerflow_queue_new(null_mut(), error));
        fails(invalid, |error| seerflow_query_new(null_mut(), error));
        ok(|error| seerflow_config_option_at(0, null_mut(), null_mut(), null_mut(), error));
        fails(invalid, |error| {
            seerflow_event_init(null_mut(), size_of::<seerflow_event_input>(), error)
        });
        fails(invalid, |error| {
            seerflow_write_options_init(null_mut(), 24, error)
        });
        fails(invalid, |error| {
            seerflow_prune_options_init(null_mut(), 24, error)
        });
        let mut options = options();
        for size in [0, 3, 1 << 40] {
            fails(invalid, |error| {
                seerflow_write_options_init(&mut options, size, error)
            });
        }
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
fn missing_arguments_are_refused_and_nothing_is_written() {
    let host = Host::new();
    let store = host.store;
    host.write(LINE);
    let page = host.search("accepted");
    let event = unsafe { seerflow_page_event(page, 0) };
    let invalid = seerflow_status::Invalid;
    let ones = [u64::MAX; 512];
    let garbage = (&raw const ones).cast_mut();
    let mut query = null_mut();
    unsafe {
        ok(|error| seerflow_query_new(&mut query, error));
        type Bad = Box<dyn Fn(*mut *mut seerflow_error) -> seerflow_status>;
        let bad: Vec<Bad> = vec![
            // NULL with a length, and lengths that no memory has.
            Box::new(move |e| {
                seerflow_store_write_lines(store, null(), 1, null(), null_mut(), null_mut(), e)
            }),
            Box::new(move |e| {
                seerflow_store_write_ndjson(store, null(), 1, null(), null_mut(), null_mut(), e)
            }),
            Box::new(move |e| {
                seerflow_store_write_msgpack(store, null(), 1, null(), null_mut(), null_mut(), e)
            }),
            Box::new(move |e| {
                seerflow_store_write_events(store, null(), 8, 1, null(), null_mut(), null_mut(), e)
            }),
            Box::new(move |e| {
                let data = LINE.as_ptr().cast();
                seerflow_store_write_lines(store, data, usize::MAX, null(), null_mut(), null_mut(), e)
            }),
            Box::new(move |e| seerflow_store_write_templates(store, null(), 64, 1, 0, null(), e)),
            // Structs and handles that are garbage.
            Box::new(move |e| {
                seerflow_store_write_lines(store, null(), 0, garbage.cast(), null_mut(), null_mut(), e)
            }),
            Box::new(move |e| {
                seerflow_store_write_events(store, garbage.cast(), 8, 1, null(), null_mut(), null_mut(), e)
            }),
            Box::new(move |e| seerflow_store_stats(store, garbage.cast(), e)),
            Box::new(move |e| seerflow_store_summary(store, 0, null(), garbage.cast(), e)),
            Box::new(move |e| seerflow_store_prune(store, garbage.cast(), 0, null(), null_mut(), e)),
            Box::new(move |e| seerflow_store_flush(store, 0, garbage.cast(), e)),
            Box::new(move |e| seerflow_store_check(store, 0, garbage.cast(), &mut null_mut(), e)),
            Box::new(move |e| seerflow_store_query_events(store, garbage.cast(), &mut null_mut(), e)),
            Box::new(move |e| seerflow_store_query_events(store, null(), &mut null_mut(), e)),
            Box::new(move |e| seerflow_query_set_interrupt(query, garbage.cast(), e)),
            // Places for results that are missing.
            Box::new(move |e| seerflow_store_query_events(store, query, null_mut(), e)),
            Box::new(move |e| seerflow_store_search(store, c"x".as_ptr(), 1, null_mut(), e)),
            Box::new(move |e| seerflow_store_stats(store, null_mut(), e)),
            Box::new(move |e| seerflow_store_health(store, null_mut(), null_mut(), 0, null_mut(), e)),
            Box::new(move |e| {
                seerflow_store_health(store, &mut seerflow_health::Ok, null_mut(), 8, null_mut(), e)
            }),
            Box::new(move |e| seerflow_store_last_error(store, null_mut(), 0, null_mut(), e)),
            Box::new(move |e| seerflow_store_summary(store, 0, null(), null_mut(), e)),
            Box::new(move |e| seerflow_store_check(store, 0, null(), null_mut(), e)),
            Box::new(move |e| seerflow_store_templates(store, 1, 0, null(), null_mut(), e)),
            Box::new(move |e| seerflow_store_dead_letters(store, 0, 1, 0, null(), null_mut(), e)),
            Box::new(move |e| {
                seerflow_store_histogram(store, 0, 1, 60_000_000_000, 0, null(), null_mut(), e)
            }),
            Box::new(move |e| seerflow_store_prune(store, null(), 0, null(), null_mut(), e)),
            Box::new(move |e| seerflow_store_query_alerts(store, garbage.cast(), &mut null_mut(), e)),
            Box::new(move |e| {
                seerflow_store_next_edges(store, garbage.cast(), 1, 0, null(), &mut null_mut(), e)
            }),
            Box::new(move |e| seerflow_store_models(store, null(), 0, null(), null_mut(), e)),
            Box::new(move |e| seerflow_store_save_model(store, null(), null(), 0, 0, null(), null_mut(), e)),
            Box::new(move |e| {
                seerflow_store_save_model(store, c"k".as_ptr(), null(), 1, 0, null(), null_mut(), e)
            }),
            Box::new(move |e| seerflow_store_write_alerts(store, null(), 8, 1, 0, 0, null(), null_mut(), e)),
            Box::new(move |e| {
                seerflow_store_write_alerts_ndjson(store, null(), 1, 0, 0, null(), null_mut(), e)
            }),
            Box::new(move |e| seerflow_store_update_feedback(store, null(), 0, null(), e)),
            Box::new(move |e| seerflow_event_get_int(event, 2, null_mut(), e)),
            Box::new(move |e| seerflow_event_get_float(event, 37, null_mut(), e)),
            Box::new(move |e| seerflow_event_get_text(event, 17, null_mut(), e)),
            Box::new(move |e| seerflow_event_get_id(event, null_mut(), e)),
            Box::new(move |e| seerflow_event_get_list_count(event, 41, null_mut(), e)),
            Box::new(move |e| seerflow_event_get_list_at(event, 41, 0, null_mut(), e)),
            Box::new(move |e| seerflow_event_get_map_count(event, 40, null_mut(), e)),
            Box::new(move |e| seerflow_event_get_map_at(event, 40, 0, null_mut(), e)),
            Box::new(move |e| seerflow_event_get_msgpack(event, 17, null_mut(), null_mut(), e)),
            Box::new(move |e| seerflow_event_msgpack(event, null_mut(), null_mut(), e)),
            Box::new(move |e| seerflow_event_json(event, null_mut(), null_mut(), e)),
            Box::new(move |e| seerflow_page_ndjson(page, null_mut(), null_mut(), e)),
            // Texts that are missing or not UTF-8.
            Box::new(move |e| seerflow_store_search(store, null(), 1, &mut null_mut(), e)),
            Box::new(move |e| seerflow_store_search(store, c"\xff".as_ptr(), 1, &mut null_mut(), e)),
            Box::new(move |e| seerflow_store_backup(store, null(), 0, null(), None, null_mut(), e)),
            Box::new(move |e| seerflow_query_set_text(query, c"\xff".as_ptr(), e)),
            // Numbers that are none of their kind.
            Box::new(move |e| seerflow_query_set_order(query, 3, e)),
            Box::new(move |e| seerflow_query_set_total(query, 3, 0, e)),
            Box::new(move |e| seerflow_query_set_limit(query, 0, e)),
            Box::new(move |e| seerflow_query_set_limit(query, 100_001, e)),
            Box::new(move |e| seerflow_query_set_page(query, 0, e)),
            Box::new(move |e| seerflow_query_set_min_severity(query, 7, e)),
            Box::new(move |e| seerflow_query_set_entity(query, c"x".as_ptr(), e)),
            Box::new(move |e| seerflow_query_set_cursor(query, c"x".as_ptr(), e)),
            Box::new(move |e| seerflow_event_get_int(event, 0, &mut 0, e)),
            Box::new(move |e| seerflow_event_get_msgpack(event, 99, &mut null(), &mut 0, e)),
            Box::new(move |e| seerflow_store_histogram(store, 0, 1, 0, -1, null(), &mut null_mut(), e)),
        ];
        for (position, call) in bad.iter().enumerate() {
            let mut error = ErrorPlace::new();
            assert_eq!(
                call(&mut error.0),
                invalid,
                "call {position}: {}",
                error.message()
            );
            assert_eq!(
                call(null_mut()),
                invalid,
                "call {position} without a place for its error"
            );
        }
        // A page that was refused its query is as it was.
        let mut page = null_mut();
        ok(|error| seerflow_store_query_events(store, query, &mut page, error));
        seerflow_page_destroy(page);
        seerflow_query_destroy(query);
    }
    assert!(
        ones.iter().all(|word| *word == u64::MAX),
        "garbage is not written to"
    );
    unsafe { seerflow_page_destroy(page) };
}

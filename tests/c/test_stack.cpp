// Runs every function of the header on a stack of the size that the header allows, on every back end.
//
// Uses the inputs that need the most stack. The list of functions is generated from seerflow.h; a function that is
// not run fails the test.
#include "stack.hpp"
#include "stack_inputs.hpp"

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using Settings = std::vector<std::pair<std::string, std::string>>;

static const int64_t time_ns = INT64_C(1773460817000000001);

static seerflow_store *store;

// A seerflow_call with a timeout of one minute.
static seerflow_call bounded(const seerflow_interrupt *interrupt = nullptr, int64_t timeout_ms = 60000) {
    seerflow_call call = SEERFLOW_CALL_INIT;
    call.timeout_ms = timeout_ms;
    call.interrupt = interrupt;
    return call;
}
static const seerflow_call minute_call = bounded();
static const seerflow_call *const patience = &minute_call;

static void sweep_nothing() {
    const char *key, *value, *doc;
    CHECK(CALL(seerflow_version()) != nullptr && CALL(seerflow_abi_version()) > 0 && CALL(seerflow_version_number()) > 0);
    CHECK(CALL(seerflow_status_name(SEERFLOW_STATUS_CLOSED)) != nullptr && CALL(seerflow_field_name(SEERFLOW_FIELD_MESSAGE)) != nullptr);
    CHECK(CALL(seerflow_config_option_count()) > 0);
    CALL_OK(seerflow_config_option_at(0, &key, &value, &doc, &error));
    char id[SEERFLOW_ID_SIZE];
    for (seerflow_entity_type type : {SEERFLOW_ENTITY_TYPE_IP, SEERFLOW_ENTITY_TYPE_USER, SEERFLOW_ENTITY_TYPE_DOMAIN})
        CALL(seerflow_entity_id(type, str("\xc3\xa9.\xcc\x81"), id, nullptr));
    CALL_OK(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, str("192.0.2.1"), id, &error));
}

static void open(const Settings &settings) {
    seerflow_config *config = nullptr;
    char text[64];
    size_t length;
    CALL_OK(seerflow_config_new(&config, &error));
    CALL(seerflow_config_load_file(config, "missing.yaml", nullptr));
    FILE *yaml = std::fopen(in_folder("config.yaml"), "w");
    CHECK(yaml != nullptr);
    std::fputs("storage:\n  flush_interval_ms: 50\nother:\n  a: [1, {b: c}]\n", yaml);
    std::fclose(yaml);
    CALL_OK(seerflow_config_load_file(config, in_folder("config.yaml"), &error));
    CALL_OK(seerflow_config_load_env(config, &error));
    for (const auto &setting : settings)
        CALL_OK(seerflow_config_set(config, setting.first.c_str(), setting.second.c_str(), &error));
    CHECK(CALL(seerflow_config_set(config, "storage.nothing", "7", nullptr)) == SEERFLOW_STATUS_CONFIG);
    CALL_OK(seerflow_config_get(config, "storage.durability", text, sizeof text, &length, &error));
    CALL_OK(seerflow_config_set_log(config, SEERFLOW_LOG_LEVEL_DEBUG, nullptr, nullptr, &error));
    CALL_OK(seerflow_store_shared(config, &store, &error));
    CALL_VOID(seerflow_store_destroy(store));
    CALL_OK(seerflow_store_new(config, &store, &error));
    CALL_OK(seerflow_store_open(store, patience, &error));
    CHECK(CALL(seerflow_store_path(store)) != nullptr);
    CALL_VOID(seerflow_config_destroy(config));
}

using Write = std::function<seerflow_status(const std::string &, const seerflow_write_options *, size_t *, seerflow_result **)>;

// Writes each input, with varying options.
static void write_all(const Write &write, const std::vector<std::string> &inputs, seerflow_parse parse = SEERFLOW_PARSE_DEFAULT) {
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    size_t number = 0;
    for (const std::string &input : inputs) {
        seerflow_result *result = nullptr;
        size_t consumed = 0;
        options.complete = number % 3 != 2;
        options.durable = options.withdraw = number % 16 == 0;
        options.record_key_field = number % 6 == 5 ? str("k") : seerflow_str{};
        options.keep_raw = number % 2;
        options.batch_key = number % 2 ? str("key") : seerflow_str{};
        options.source_type = number % 4 == 3 ? str("type") : seerflow_str{};
        options.tag = number % 7 == 6 ? str("tag") : seerflow_str{};
        options.timezone = number % 5 == 4 ? str("Europe/Paris") : seerflow_str{};
        options.parse = parse;
        number++;
        OK(write(input, &options, &consumed, &result));
        seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
        seerflow_rejection rejection = SEERFLOW_REJECTION_INIT;
        CALL_OK(seerflow_result_outcome(result, &outcome, &error));
        const seerflow_list *rejections = CALL(seerflow_result_rejections(result));
        if (CALL(seerflow_list_count(rejections)) > 0)
            CALL_OK(seerflow_list_rejection_at(rejections, 0, &rejection, &error));
        CALL_VOID(seerflow_result_destroy(result));
    }
}

static void write_bytes(seerflow_format format, const std::vector<std::string> &inputs, seerflow_parse parse = SEERFLOW_PARSE_DEFAULT) {
    write_all(
        [&](const std::string &input, const seerflow_write_options *options, size_t *consumed, seerflow_result **result) {
            return CALL(seerflow_store_write(store, format, input.data(), input.size(), options, consumed, result, &error));
        },
        inputs, parse);
}

static void write_events() {
    seerflow_event_input events[3];
    seerflow_attribute attributes[2] = {};
    const std::string deep = stack::deep_msgpack();
    const std::string text(200000, 'x');
    seerflow_str names[] = {str("root"), str("D\\user"), str("\xff")};
    seerflow_pair pair = {str("service.name"), str("\xff")};
    for (auto &event : events) {
        event = seerflow_event_input SEERFLOW_EVENT_INPUT_INIT;
        event.message = seerflow_str{text.data(), text.size()};
        event.body = seerflow_str{deep.data(), deep.size()};
        event.related_users = event.tags = event.related_ips = event.related_domains = seerflow_strs{names, 3};
        event.attributes = seerflow_attributes{attributes, 2};
        event.resource_attrs = seerflow_pairs{&pair, 1};
    }
    events[1].severity_id = 9;
    events[2].event_id = str("no uuid");
    attributes[0].key = str("deep");
    attributes[0].type = SEERFLOW_VALUE_MSGPACK;
    attributes[0].s = seerflow_str{deep.data(), deep.size()};
    attributes[1].key = str("real");
    attributes[1].type = SEERFLOW_VALUE_FLOAT;
    attributes[1].d = 1.5e300;
    write_all(
        [&](const std::string &, const seerflow_write_options *options, size_t *consumed, seerflow_result **result) {
            return CALL(seerflow_store_write_events(store, events, 3, options, consumed, result, &error));
        },
        {"", "", "", ""});
}

static void write() {
    write_events();
    write_bytes(SEERFLOW_FORMAT_LINES, stack::lines());
    write_bytes(SEERFLOW_FORMAT_NDJSON, stack::ndjson());
    write_bytes(SEERFLOW_FORMAT_MSGPACK, stack::msgpack());
    write_bytes(SEERFLOW_FORMAT_FLUENT, stack::fluent());
    write_bytes(SEERFLOW_FORMAT_OTLP, stack::otlp());
    write_bytes(SEERFLOW_FORMAT_OTLP_JSON, stack::otlp_json());
    write_bytes(SEERFLOW_FORMAT_NDJSON, stack::ndjson_of_lines(), SEERFLOW_PARSE_ALWAYS);
    write_bytes(SEERFLOW_FORMAT_MSGPACK, stack::msgpack_of_lines(), SEERFLOW_PARSE_ALWAYS);
    write_bytes(SEERFLOW_FORMAT_FLUENT, stack::fluent_of_lines(), SEERFLOW_PARSE_ALWAYS);
    write_bytes(SEERFLOW_FORMAT_OTLP, stack::otlp_of_lines(), SEERFLOW_PARSE_ALWAYS);
    write_bytes(SEERFLOW_FORMAT_OTLP_JSON, stack::otlp_json_of_lines(), SEERFLOW_PARSE_ALWAYS);
}

static void wait_and_report() {
    seerflow_interrupt *interrupt = nullptr;
    seerflow_completions *completions = nullptr;
    seerflow_completion completion = SEERFLOW_COMPLETION_INIT;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_stats stats = SEERFLOW_STATS_INIT;
    seerflow_health health = SEERFLOW_HEALTH_INIT;
    char text[256];
    size_t length;
    int32_t fd;
    CALL_OK(seerflow_interrupt_new(&interrupt, &error));
    CALL_OK(seerflow_completions_new(&completions, &error));
    CALL(seerflow_completions_fd(completions, &fd, nullptr));
    options.completions = completions;
    options.urgent = true;
    CALL_OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "urgent\n", 7, &options, nullptr, nullptr, &error));
    CALL_OK(seerflow_completions_next(completions, patience, &completion, &error));
    const seerflow_call now = bounded(nullptr, 0), stopped = bounded(interrupt);
    CHECK(CALL(seerflow_completions_next(completions, &now, &completion, nullptr)) != SEERFLOW_STATUS_OK);
    CHECK(CALL(seerflow_interrupt_raise(interrupt)) == SEERFLOW_STATUS_OK);
    options.call = &stopped;
    CHECK(CALL(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "never\n", 6, &options, nullptr, nullptr, &error)) ==
          SEERFLOW_STATUS_INTERRUPTED);
    CHECK(CALL(seerflow_error_status(error)) == SEERFLOW_STATUS_INTERRUPTED && !CALL(seerflow_error_retriable(error)));
    CHECK(CALL(seerflow_error_message(error))[0] != '\0');
    CALL_VOID(seerflow_error_destroy(error));
    error = nullptr;
    CHECK(CALL(seerflow_store_flush(store, &stopped, nullptr)) != SEERFLOW_STATUS_PANIC);
    CHECK(CALL(seerflow_interrupt_reset(interrupt)) == SEERFLOW_STATUS_OK);
    CALL_OK(seerflow_store_flush(store, &stopped, &error));
    CALL_OK(seerflow_store_stats(store, &stats, &error));
    CALL_OK(seerflow_store_health(store, &health, &error));
    CALL_OK(seerflow_store_metrics(store, text, sizeof text, &length, &error));
    CALL_OK(seerflow_store_last_error(store, text, sizeof text, &length, &error));
    CALL_VOID(seerflow_completions_destroy(completions));
    CALL_VOID(seerflow_interrupt_destroy(interrupt));
}

static void read_event(const seerflow_event *event) {
    int64_t number;
    double real;
    seerflow_str text;
    size_t count;
    seerflow_attribute attribute;
    const uint8_t *data;
    const char *json;
    CALL(seerflow_event_get_int(event, SEERFLOW_FIELD_SEVERITY_ID, &number, nullptr));
    CALL(seerflow_event_get_float(event, SEERFLOW_FIELD_RISK_SCORE, &real, nullptr));
    for (seerflow_field field : {SEERFLOW_FIELD_MESSAGE, SEERFLOW_FIELD_TAGS, SEERFLOW_FIELD_SEVERITY_ID})
        CALL(seerflow_event_get_text(event, field, &text, nullptr));
    CALL(seerflow_event_get_list_count(event, SEERFLOW_FIELD_TAGS, &count, nullptr));
    CALL(seerflow_event_get_list_at(event, SEERFLOW_FIELD_TAGS, 0, &text, nullptr));
    CALL_OK(seerflow_event_get_map_count(event, SEERFLOW_FIELD_ATTRIBUTES, &count, &error));
    for (size_t i = 0; i < count && i < 3; i++)
        CALL_OK(seerflow_event_get_map_at(event, SEERFLOW_FIELD_ATTRIBUTES, i, &attribute, &error));
    CALL(seerflow_event_get_msgpack(event, SEERFLOW_FIELD_BODY, &data, &count, nullptr));
    CALL_OK(seerflow_event_msgpack(event, &data, &count, &error));
    CALL_OK(seerflow_event_json(event, &json, &count, &error));
}

static void read_events(seerflow_list *list, char *id) {
    uint64_t total;
    const uint8_t *data;
    const size_t *ends;
    const char *text;
    size_t length, count = CALL(seerflow_list_count(list));
    for (size_t i = 0; i < count; i++) {
        const seerflow_event *event = CALL(seerflow_list_event_at(list, i));
        read_event(event);
        CALL_OK(seerflow_event_get_id(event, id, &error));
    }
    CHECK(CALL(seerflow_list_kind(list)) == SEERFLOW_KIND_EVENT);
    CALL(seerflow_list_total(list, &total));
    CALL(seerflow_list_next_cursor(list));
    CALL(seerflow_list_last_cursor(list));
    CALL_OK(seerflow_list_msgpack(list, &data, &length, &ends, &error));
    CALL_OK(seerflow_list_ndjson(list, &text, &length, &error));
    CALL_VOID(seerflow_list_destroy(list));
}

// A query for all events.
static seerflow_query *a_query() {
    seerflow_query *query = nullptr;
    CALL_OK(seerflow_query_new(&query, &error));
    CALL_OK(seerflow_query_set_window(query, INT64_MIN, INT64_MAX, &error));
    return query;
}

static void search(const char *words) {
    seerflow_query *query = a_query();
    seerflow_list *list = nullptr;
    CALL_OK(seerflow_query_set_text(query, words, &error));
    CALL_OK(seerflow_store_query_events(store, query, patience, &list, &error));
    CALL_VOID(seerflow_list_destroy(list));
    CALL_VOID(seerflow_query_destroy(query));
}

static void query() {
    seerflow_query *query = a_query();
    seerflow_list *list = nullptr;
    char id[SEERFLOW_ID_SIZE], entity[SEERFLOW_ID_SIZE];
    search("failed password \xc3\xa9 user OR (a AND \"b c\")");
    CALL_OK(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, str("root"), entity, &error));
    CALL_OK(seerflow_query_set_limit(query, 1000, &error));
    CALL_OK(seerflow_query_set_order(query, SEERFLOW_ORDER_NEWEST, &error));
    CALL_OK(seerflow_query_set_total(query, SEERFLOW_TOTAL_EXACT, 0, &error));
    CALL_OK(seerflow_store_query_events(store, query, patience, &list, &error));
    read_events(list, id);
    CALL_OK(seerflow_query_set_entity_id(query, entity, &error));
    CALL_OK(seerflow_query_set_order(query, SEERFLOW_ORDER_OLDEST, &error));
    CALL_OK(seerflow_store_query_events(store, query, patience, &list, &error));
    CALL_VOID(seerflow_list_destroy(list));
    CALL_OK(seerflow_query_set_min_severity(query, 0, &error));
    CALL_OK(seerflow_query_set_template_id(query, 1, &error));
    CALL_OK(seerflow_query_set_source_type(query, "sshd", &error));
    CALL_OK(seerflow_query_set_source_id(query, "web2", &error));
    CALL_OK(seerflow_query_set_text(query, "failed", &error));
    CALL_OK(seerflow_query_set_page(query, 1, &error));
    CALL_OK(seerflow_store_query_events(store, query, patience, &list, &error));
    CALL_VOID(seerflow_list_destroy(list));
    CALL_OK(seerflow_query_set_cursor(query, "no cursor", &error));
    CHECK(CALL(seerflow_store_query_events(store, query, patience, &list, nullptr)) != SEERFLOW_STATUS_OK);
    CALL_VOID(seerflow_query_destroy(query));
    CALL_OK(seerflow_store_event(store, id, patience, &list, &error));
    CALL_VOID(seerflow_list_destroy(list));
    search("urgent");
    CALL_OK(seerflow_store_event_entities(store, id, patience, &list, &error));
    CALL_VOID(seerflow_list_destroy(list));
    CALL_OK(seerflow_store_entity(store, entity, patience, &list, &error));
    CALL_LIST(entity, ENTITY, list);
}

static void count() {
    seerflow_query *query = a_query();
    seerflow_list *list = nullptr;
    const int64_t minute = INT64_C(60000000000);
    uint64_t distinct;
    for (seerflow_count_by by : {SEERFLOW_COUNT_BY_SOURCE, SEERFLOW_COUNT_BY_HOST, SEERFLOW_COUNT_BY_SEVERITY, SEERFLOW_COUNT_BY_ENTITY}) {
        CALL_OK(seerflow_store_count_events(store, query, by, patience, &list, &error));
        CALL_LIST(count, COUNT, list);
    }
    CALL_OK(seerflow_store_distinct_events(store, query, SEERFLOW_COUNT_BY_SOURCE, patience, &distinct, &error));
    for (seerflow_count_by split : {SEERFLOW_COUNT_BY_NONE, SEERFLOW_COUNT_BY_SEVERITY}) {
        CALL_OK(seerflow_store_event_histogram(store, query, minute, split, patience, &list, &error));
        CALL_LIST(bucket, BUCKET, list);
    }
    CALL_VOID(seerflow_query_destroy(query));
    CALL_OK(seerflow_query_new(&query, &error));
    CALL_OK(seerflow_store_query_dead_letters(store, query, patience, &list, &error));
    CALL_LIST(dead_letter, DEAD_LETTER, list);
    CALL_VOID(seerflow_query_destroy(query));
}

static void templates() {
    seerflow_query *query = nullptr;
    seerflow_list *list = nullptr;
    seerflow_template record = SEERFLOW_TEMPLATE_INIT;
    uint64_t deleted;
    const char json[] = "{\"template_id\":7,\"template_str\":\"a <*>\",\"event_count\":1}";
    record.template_str = str("failed <*>");
    CALL_OK(seerflow_query_new(&query, &error));
    CALL_OK(seerflow_store_write_templates(store, &record, 1, patience, &error));
    CALL(seerflow_store_write_records(store, SEERFLOW_KIND_TEMPLATE, json, sizeof json - 1, nullptr, patience, nullptr, nullptr));
    CALL_OK(seerflow_store_query_templates(store, query, patience, &list, &error));
    CALL_LIST(template, TEMPLATE, list);
    CALL_OK(seerflow_store_prune_templates(store, 1, patience, &deleted, &error));
    CALL_OK(seerflow_store_reset_templates(store, patience, &deleted, &error));
    CALL_VOID(seerflow_query_destroy(query));
}

static seerflow_alert an_alert(const char *id, seerflow_str *texts) {
    seerflow_alert alert = SEERFLOW_ALERT_INIT;
    alert.alert_id = str(id);
    alert.alert_type = str("sigma");
    alert.timestamp_ns = time_ns;
    alert.severity_id = 4;
    alert.rule_name = str("rule");
    alert.dedup_key = str("key");
    alert.entity_uuid = str("019cea80-8468-7d95-85e6-9c1966f2d9af");
    alert.entity_value = str("root");
    alert.entity_type = str("user");
    alert.mitre_tactics = alert.mitre_techniques = seerflow_strs{texts, 1};
    return alert;
}

static void alerts() {
    seerflow_str texts[] = {str("TA0001")};
    seerflow_query *query = a_query();
    seerflow_list *list = nullptr;
    seerflow_alert alert = an_alert("a-1", texts);
    const char json[] = "{\"alert_id\":\"a-2\"}";
    CALL_OK(seerflow_store_write_alerts(store, &alert, 1, nullptr, patience, &list, &error));
    CALL_LIST(alert_result, ALERT_RESULT, list);
    CALL(seerflow_store_write_records(store, SEERFLOW_KIND_ALERT, json, sizeof json - 1, nullptr, patience, nullptr, nullptr));
    CALL_OK(seerflow_query_set_alert_type(query, "sigma", &error));
    CALL_OK(seerflow_query_set_min_severity(query, 1, &error));
    CALL_OK(seerflow_query_set_entity_id(query, "019cea80-8468-7d95-85e6-9c1966f2d9af", &error));
    CALL_OK(seerflow_query_set_tactic(query, "TA0001", &error));
    CALL_OK(seerflow_query_set_technique(query, "TA0001", &error));
    CALL_OK(seerflow_store_query_alerts(store, query, patience, &list, &error));
    CALL_LIST(alert, ALERT, list);
    for (seerflow_count_by by : {SEERFLOW_COUNT_BY_RULE, SEERFLOW_COUNT_BY_SEVERITY}) {
        CALL_OK(seerflow_store_count_alerts(store, query, by, patience, &list, &error));
        CALL_LIST(count, COUNT, list);
    }
    CALL_OK(seerflow_store_alert_histogram(store, query, INT64_C(60000000000), patience, &list, &error));
    CALL_LIST(bucket, BUCKET, list);
    CALL_VOID(seerflow_query_destroy(query));
    CALL_OK(seerflow_store_alert(store, "a-1", patience, &list, &error));
    CALL_LIST(alert, ALERT, list);
}

static void judge() {
    seerflow_feedback feedback = SEERFLOW_FEEDBACK_INIT;
    seerflow_feedback_stats stats = SEERFLOW_FEEDBACK_STATS_INIT;
    seerflow_query *query = nullptr;
    seerflow_list *list = nullptr;
    feedback.alert_id = str("a-1");
    feedback.feedback = str("tp");
    CALL_OK(seerflow_store_update_feedback(store, &feedback, patience, &error));
    CALL_OK(seerflow_store_append_feedback(store, &feedback, patience, &error));
    CALL_OK(seerflow_store_feedback_stats(store, patience, &stats, &error));
    CALL_OK(seerflow_query_new(&query, &error));
    CALL_OK(seerflow_query_set_alert_id(query, "a-1", &error));
    CALL_OK(seerflow_store_query_feedback(store, query, patience, &list, &error));
    CALL_LIST(feedback, FEEDBACK, list);
    CALL_VOID(seerflow_query_destroy(query));
    query = a_query();
    CALL_OK(seerflow_query_set_min_count(query, 1, &error));
    CALL_OK(seerflow_query_set_max_alerts(query, 10, &error));
    CALL_OK(seerflow_store_alert_patterns(store, query, patience, &list, &error));
    CALL_LIST(alert_pattern, ALERT_PATTERN, list);
    CALL_VOID(seerflow_query_destroy(query));
}

static void detection() {
    seerflow_query *query = nullptr;
    seerflow_list *list = nullptr;
    seerflow_sigma_matches matches = SEERFLOW_SIGMA_MATCHES_INIT;
    const std::string large(1 << 20, 'm');
    const char json[] = "{\"rule_id\":\"rule\",\"count\":1,\"last_fired_ns\":1}";
    int64_t saved_ns;
    uint64_t deleted;
    CALL_OK(seerflow_store_save_model(store, "key", large.data(), large.size(), patience, &saved_ns, &error));
    CALL_OK(seerflow_store_swap_model(store, "key", "data", 4, saved_ns, patience, &saved_ns, &error));
    CALL_OK(seerflow_store_load_model(store, "key", patience, &list, &error));
    CALL_LIST(model, MODEL, list);
    CALL_OK(seerflow_query_new(&query, &error));
    CALL_OK(seerflow_query_set_key_prefix(query, "k", &error));
    CALL_OK(seerflow_store_query_models(store, query, patience, &list, &error));
    CALL_LIST(model, MODEL, list);
    CALL_VOID(seerflow_query_destroy(query));
    CALL_OK(seerflow_store_delete_model(store, "key", patience, &deleted, &error));
    matches.rule_id = str("rule");
    matches.count = 1;
    CALL_OK(seerflow_store_write_sigma_matches(store, &matches, 1, patience, &error));
    CALL_OK(seerflow_store_write_records(store, SEERFLOW_KIND_SIGMA_MATCHES, json, sizeof json - 1, nullptr, patience, nullptr, &error));
    CALL_OK(seerflow_store_enable_sigma_rule(store, "rule", true, patience, &error));
    CALL_OK(seerflow_store_query_sigma_rules(store, nullptr, patience, &list, &error));
    CALL_LIST(sigma_rule, SIGMA_RULE, list);
}

static void edges() {
    static const char json[] =
        "{\"source_id\":\"c\",\"target_id\":\"d\",\"rel_type\":\"r\",\"first_seen_ns\":1,\"last_seen_ns\":2,\"event_count\":1}";
    seerflow_record_options options = SEERFLOW_RECORD_OPTIONS_INIT;
    seerflow_edge edge = SEERFLOW_EDGE_INIT;
    seerflow_query *query = nullptr;
    seerflow_list *list = nullptr;
    uint64_t deleted;
    edge.source_id = str("a");
    edge.target_id = str("b");
    edge.rel_type = str("r");
    edge.event_count = 1;
    for (bool durable : {true, false}) {
        options.durable = durable;
        CALL_OK(seerflow_store_write_edges(store, &edge, 1, &options, patience, &error));
        CALL_OK(seerflow_store_write_records(store, SEERFLOW_KIND_EDGE, json, sizeof json - 1, &options, patience, nullptr, &error));
    }
    CALL_OK(seerflow_query_new(&query, &error));
    CALL_OK(seerflow_store_query_edges(store, query, patience, &list, &error));
    CALL_LIST(edge, EDGE, list);
    CALL_VOID(seerflow_query_destroy(query));
    CALL_OK(seerflow_store_prune_edges(store, INT64_MIN + 1, patience, &deleted, &error));
}

static void graph() {
    seerflow_query *query = nullptr;
    seerflow_list *list = nullptr, *inner = nullptr;
    uint64_t vertices, count;
    CALL_OK(seerflow_query_new(&query, &error));
    CALL_OK(seerflow_query_set_entity_id(query, "a", &error));
    CALL_OK(seerflow_store_graph_related(store, query, patience, &list, &error));
    CALL_LIST(related, RELATED, list);
    CALL_OK(seerflow_query_set_depth(query, 2, &error));
    CALL_OK(seerflow_store_graph_subgraph(store, query, patience, &list, &inner, &error));
    CALL_VOID(seerflow_list_destroy(list));
    CALL_VOID(seerflow_list_destroy(inner));
    CALL_OK(seerflow_query_add_relation(query, "r", &error));
    CALL_OK(seerflow_store_graph_neighbours(store, query, patience, &list, &error));
    CALL_LIST(neighbour, NEIGHBOUR, list);
    CALL_VOID(seerflow_query_destroy(query));
    CALL_OK(seerflow_store_graph_path(store, "a", "b", patience, &list, &error));
    CALL_LIST(neighbour, NEIGHBOUR, list);
    CALL_OK(seerflow_store_graph_counts(store, patience, &vertices, &count, &error));
    for (const char *measure : {"pagerank", "betweenness", "fan_in", "communities"}) {
        list = nullptr;
        CALL(seerflow_store_graph_top(store, measure, 10, patience, &list, nullptr));
        if (seerflow_list_count(list) > 0)
            CALL_LIST(score, SCORE, list);
        seerflow_list_destroy(list);
    }
    CALL_OK(seerflow_store_graph_health(store, patience, &error));
}

static void maintain() {
    seerflow_prune_options options = SEERFLOW_PRUNE_OPTIONS_INIT;
    seerflow_prune_report report = SEERFLOW_PRUNE_REPORT_INIT;
    seerflow_summary summary = SEERFLOW_SUMMARY_INIT;
    seerflow_finding finding = SEERFLOW_FINDING_INIT;
    seerflow_list *findings = nullptr;
    CALL_OK(seerflow_store_summary(store, patience, &summary, &error));
    CALL(seerflow_store_backup(store, in_folder("copy.db"), patience, nullptr, nullptr, nullptr));
    for (uint32_t what : {SEERFLOW_CHECK_STRUCTURE, SEERFLOW_CHECK_TEXT}) {
        CALL_OK(seerflow_store_check(store, what, patience, &findings, &error));
        CALL(seerflow_list_finding_at(findings, 0, &finding, nullptr));
        CHECK(CALL(seerflow_list_count(findings)) == 0);
        CALL_VOID(seerflow_list_destroy(findings));
    }
    options.before_ns = INT64_MAX;
    CALL_OK(seerflow_store_prune(store, &options, patience, &report, &error));
    CALL_OK(seerflow_store_checkpoint(store, patience, &error));
}

static void close() {
    uint64_t lost = 77;
    CALL_OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "last\n", 5, nullptr, nullptr, nullptr, &error));
    CALL_OK(seerflow_store_close(store, patience, &lost, &error));
    CHECK(lost == 0);
    CALL_VOID(seerflow_store_destroy(store));
}

// Destroys a store that was not closed, while events are in its queue.
static void destroy_in_use(const Settings &settings) {
    open(settings);
    CALL_OK(seerflow_store_write(store, SEERFLOW_FORMAT_NDJSON, "{\"related_users\":[\"a\"],\"related_ips\":[\"192.0.2.1\"]}\n", 53, nullptr, nullptr, nullptr, &error));
    CALL_VOID(seerflow_store_destroy(store));
}

static void run_all(const Settings &settings) {
    sweep_nothing();
    open(settings);
    write();
    wait_and_report();
    query();
    count();
    templates();
    alerts();
    judge();
    detection();
    edges();
    graph();
    wait_and_report();
    maintain();
    close();
    destroy_in_use(settings);
}

static Settings sqlite() { return {{"storage.sqlite_path", in_folder("stack.db")}}; }

static Settings postgres() {
    return {{"storage.backend", "postgresql"},
            {"storage.postgresql_url", std::getenv("SEERFLOW_TEST_POSTGRES_URL")},
            {"storage.postgresql_schema", "seerflow_c_stack"}};
}

static void test_sqlite() { run_all(sqlite()); }
static void test_postgres() { run_all(postgres()); }

static Settings with(Settings settings, Settings more) {
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
}

static void test_falkordb() {
    run_all(with(sqlite(), {{"storage.graph_backend", "falkordb"},
                            {"storage.falkordb_url", std::getenv("SEERFLOW_TEST_FALKORDB_URL") + std::string("/seerflow_c_stack")}}));
}

static void test_age() {
    run_all(with(sqlite(), {{"storage.graph_backend", "postgres_age"},
                            {"storage.postgresql_url", std::getenv("SEERFLOW_TEST_AGE_URL")},
                            {"storage.age_graph", "seerflow_c_stack"}}));
}

// Runs a test that needs a server if its environment variable is set; otherwise prints that it was skipped.
#define RUN_WITH(variable, test)                                                                                      \
    do {                                                                                                              \
        if (std::getenv(variable) != nullptr)                                                                         \
            RUN(test);                                                                                                \
        else                                                                                                          \
            std::printf("skipped: %s: %s is not set\n", #test, variable);                                             \
    } while (0)

int main() {
    RUN(test_sqlite);
    RUN_WITH("SEERFLOW_TEST_POSTGRES_URL", test_postgres);
    RUN_WITH("SEERFLOW_TEST_FALKORDB_URL", test_falkordb);
    RUN_WITH("SEERFLOW_TEST_AGE_URL", test_age);
    stack::report();
    return 0;
}

// Every function of the header on a stack of the size that the header promises to be enough, on every back end.
//
// Of the inputs those are used that take most stack. The list of functions is made from seerflow.h: one that is not run fails.
#include "stack.hpp"
#include "stack_inputs.hpp"

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using Settings = std::vector<std::pair<std::string, std::string>>;

static const int64_t patience = 60000;
static const int64_t time_ns = INT64_C(1773460817000000001);
static const seerflow_interrupt *const no_interrupt = nullptr;

static seerflow_store *store;

static void sweep_nothing() {
    const char *key, *value, *doc;
    CHECK(CALL(seerflow_version()) != nullptr && CALL(seerflow_abi_version()) > 0);
    CHECK(CALL(seerflow_status_name(7)) != nullptr && CALL(seerflow_field_name(7u)) != nullptr);
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
    CALL_OK(seerflow_store_open(config, &store, &error));
    CALL_OK(seerflow_store_start(store, &error));
    CHECK(CALL(seerflow_store_path(store)) != nullptr);
    CALL_VOID(seerflow_config_destroy(config));
}

using Write = std::function<seerflow_status(const std::string &, const seerflow_write_options *, size_t *, seerflow_result **)>;

// Writes each input, under options that take turns.
static void write_all(const Write &write, const std::vector<std::string> &inputs) {
    seerflow_write_options options;
    CALL_OK(seerflow_write_options_init(&options, sizeof options, &error));
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
        options.timezone = number % 5 == 4 ? str("Europe/Paris") : seerflow_str{};
        number++;
        OK(write(input, &options, &consumed, &result));
        CHECK(CALL(seerflow_result_accepted(result)) < UINT64_MAX);
        CALL(seerflow_result_duplicates(result));
        CALL(seerflow_result_committed(result));
        CALL(seerflow_result_queued(result));
        CALL(seerflow_result_withdrawn(result));
        CALL(seerflow_result_unkeyed(result));
        CALL(seerflow_result_durability(result));
        uint64_t index;
        const char *reason;
        if (CALL(seerflow_result_rejected_count(result)) > 0)
            CALL_OK(seerflow_result_rejected_at(result, 0, &index, &reason, &error));
        CALL_VOID(seerflow_result_destroy(result));
    }
}

#define WRITE(function, inputs)                                                                                       \
    write_all(                                                                                                        \
        [](const std::string &input, const seerflow_write_options *options, size_t *consumed, seerflow_result **result) { \
            return CALL(function(store, input.data(), input.size(), options, consumed, result, &error));              \
        },                                                                                                            \
        inputs)

static void write_events() {
    seerflow_event_input events[3];
    seerflow_attribute attributes[2] = {};
    const std::string deep = stack::deep_msgpack();
    const std::string text(200000, 'x');
    seerflow_str names[] = {str("root"), str("D\\user"), str("\xff")};
    seerflow_pair pair = {str("service.name"), str("\xff")};
    for (auto &event : events) {
        CALL_OK(seerflow_event_init(&event, sizeof event, &error));
        event.message = seerflow_str{text.data(), text.size()};
        event.body = seerflow_str{deep.data(), deep.size()};
        event.related_users = event.tags = event.related_ips = event.related_domains = seerflow_list{names, 3};
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
            return CALL(seerflow_store_write_events(store, events, sizeof *events, 3, options, consumed, result, &error));
        },
        {"", "", "", ""});
}

static void write() {
    write_events();
    WRITE(seerflow_store_write_lines, stack::lines());
    WRITE(seerflow_store_write_ndjson, stack::ndjson());
    WRITE(seerflow_store_write_msgpack, stack::msgpack());
    WRITE(seerflow_store_write_fluent, stack::fluent());
    WRITE(seerflow_store_write_otlp, stack::otlp());
    WRITE(seerflow_store_write_otlp_json, stack::otlp_json());
}

static void wait_and_report() {
    seerflow_interrupt *interrupt = nullptr;
    seerflow_queue *queue = nullptr;
    seerflow_completion completion;
    seerflow_write_options options;
    seerflow_stats stats;
    seerflow_health health;
    char text[256];
    size_t length;
    int32_t fd;
    SEERFLOW_PREPARE(completion);
    SEERFLOW_PREPARE(stats);
    CALL_OK(seerflow_interrupt_new(&interrupt, &error));
    CALL_OK(seerflow_queue_new(&queue, &error));
    CALL(seerflow_queue_fd(queue, &fd, nullptr));
    CALL_OK(seerflow_write_options_init(&options, sizeof options, &error));
    options.queue = queue;
    options.urgent = 1;
    CALL_OK(seerflow_store_write_lines(store, "urgent\n", 7, &options, nullptr, nullptr, &error));
    CALL_OK(seerflow_queue_next(queue, patience, &completion, &error));
    CHECK(CALL(seerflow_queue_next(queue, 0, &completion, nullptr)) != SEERFLOW_STATUS_OK);
    CHECK(CALL(seerflow_interrupt_raise(interrupt)) == SEERFLOW_STATUS_OK);
    options.interrupt = interrupt;
    CHECK(CALL(seerflow_store_write_lines(store, "never\n", 6, &options, nullptr, nullptr, &error)) == SEERFLOW_STATUS_INTERRUPTED);
    CHECK(CALL(seerflow_error_code(error)) == SEERFLOW_STATUS_INTERRUPTED && !CALL(seerflow_error_retriable(error)));
    CHECK(CALL(seerflow_error_message(error))[0] != '\0');
    CALL_VOID(seerflow_error_destroy(error));
    error = nullptr;
    CHECK(CALL(seerflow_store_flush(store, patience, interrupt, nullptr)) != SEERFLOW_STATUS_PANIC);
    CHECK(CALL(seerflow_interrupt_reset(interrupt)) == SEERFLOW_STATUS_OK);
    CALL_OK(seerflow_store_flush(store, patience, interrupt, &error));
    CALL_OK(seerflow_store_stats(store, &stats, &error));
    CALL_OK(seerflow_store_health(store, &health, text, sizeof text, &length, &error));
    CALL_OK(seerflow_store_last_error(store, text, sizeof text, &length, &error));
    CALL_VOID(seerflow_queue_destroy(queue));
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

static void read_page(seerflow_page *page, char *id) {
    uint64_t total;
    const uint8_t *data;
    const size_t *ends;
    const char *text;
    size_t length, count = CALL(seerflow_page_count(page));
    for (size_t i = 0; i < count; i++) {
        const seerflow_event *event = CALL(seerflow_page_event(page, i));
        read_event(event);
        CALL_OK(seerflow_event_get_id(event, id, &error));
    }
    CALL(seerflow_page_total(page, &total));
    CALL(seerflow_page_next_cursor(page));
    CALL(seerflow_page_last_cursor(page));
    CALL_OK(seerflow_page_data(page, &data, &length, &ends, &count, &error));
    CALL_OK(seerflow_page_ndjson(page, &text, &length, &error));
    CALL_VOID(seerflow_page_destroy(page));
}

static void query() {
    seerflow_query *query = nullptr;
    seerflow_page *page = nullptr;
    char id[SEERFLOW_ID_SIZE], entity[SEERFLOW_ID_SIZE];
    CALL_OK(seerflow_store_search(store, "failed password \xc3\xa9 user OR (a AND \"b c\")", 100, &page, &error));
    CALL_VOID(seerflow_page_destroy(page));
    CALL_OK(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, str("root"), entity, &error));
    CALL_OK(seerflow_query_new(&query, &error));
    CALL_OK(seerflow_query_set_time_range(query, INT64_MIN, INT64_MAX, &error));
    CALL_OK(seerflow_query_set_limit(query, 1000, &error));
    CALL_OK(seerflow_query_set_order(query, SEERFLOW_ORDER_NEWEST, &error));
    CALL_OK(seerflow_query_set_total(query, SEERFLOW_TOTAL_EXACT, 0, &error));
    CALL_OK(seerflow_query_set_timeout(query, patience, &error));
    CALL_OK(seerflow_query_set_interrupt(query, no_interrupt, &error));
    CALL_OK(seerflow_store_query_events(store, query, &page, &error));
    read_page(page, id);
    CALL_OK(seerflow_query_set_entity(query, entity, &error));
    CALL_OK(seerflow_store_timeline(store, query, &page, &error));
    CALL_VOID(seerflow_page_destroy(page));
    CALL_OK(seerflow_query_set_min_severity(query, 0, &error));
    CALL_OK(seerflow_query_set_template(query, 1, &error));
    CALL_OK(seerflow_query_set_source_type(query, "sshd", &error));
    CALL_OK(seerflow_query_set_source_id(query, "web2", &error));
    CALL_OK(seerflow_query_set_text(query, "failed", &error));
    CALL_OK(seerflow_query_set_page(query, 1, &error));
    CALL_OK(seerflow_store_query_events(store, query, &page, &error));
    CALL_VOID(seerflow_page_destroy(page));
    CHECK(CALL(seerflow_query_set_cursor(query, "no cursor", nullptr)) != SEERFLOW_STATUS_OK);
    CALL_VOID(seerflow_query_destroy(query));
    CALL_OK(seerflow_store_event(store, id, patience, no_interrupt, &page, &error));
    CALL_VOID(seerflow_page_destroy(page));
    CALL_OK(seerflow_store_search(store, "urgent", 10, &page, &error));
    CALL_VOID(seerflow_page_destroy(page));
    seerflow_event_entity_list *entities = nullptr;
    CALL_OK(seerflow_store_event_entities(store, id, patience, no_interrupt, &entities, &error));
    CALL_VOID(seerflow_event_entity_list_destroy(entities));
    CALL_OK(seerflow_store_describe_entity(store, entity, patience, no_interrupt, &entities, &error));
    CALL_LIST(seerflow_event_entity_list, seerflow_event_entity, entities);
}

static void count() {
    seerflow_counted_list *counted = nullptr;
    seerflow_histogram *histogram = nullptr;
    seerflow_dead_letter_list *letters = nullptr;
    const int64_t minute = INT64_C(60000000000);
    uint64_t distinct;
    for (seerflow_count_by by : {SEERFLOW_COUNT_BY_SOURCE, SEERFLOW_COUNT_BY_HOST, SEERFLOW_COUNT_BY_SEVERITY, SEERFLOW_COUNT_BY_ENTITY}) {
        CALL_OK(seerflow_store_count_by(store, by, INT64_MIN, INT64_MAX, 10, patience, no_interrupt, &counted, &error));
        CALL_LIST(seerflow_counted_list, seerflow_counted, counted);
    }
    CALL_OK(seerflow_store_distinct(store, SEERFLOW_COUNT_BY_SOURCE, INT64_MIN, INT64_MAX, patience, no_interrupt, &distinct, &error));
    CALL_OK(seerflow_store_histogram(store, INT64_MIN, INT64_MAX, minute, patience, no_interrupt, &histogram, &error));
    CALL_LIST(seerflow_histogram, seerflow_bucket, histogram);
    CALL_OK(seerflow_store_split_histogram(store, SEERFLOW_COUNT_BY_SEVERITY, INT64_MIN, INT64_MAX, minute, patience, no_interrupt, &histogram, &error));
    CALL_LIST(seerflow_histogram, seerflow_bucket, histogram);
    CALL_OK(seerflow_store_dead_letters(store, INT64_MAX, 1000, patience, no_interrupt, &letters, &error));
    CALL_LIST(seerflow_dead_letter_list, seerflow_dead_letter, letters);
}

static void templates() {
    seerflow_template_list *list = nullptr;
    seerflow_template record;
    uint64_t deleted;
    const char json[] = "{\"template_id\":7,\"template_str\":\"a <*>\",\"event_count\":1}";
    SEERFLOW_PREPARE(record);
    record.template_str = str("failed <*>");
    CALL_OK(seerflow_store_write_templates(store, &record, sizeof record, 1, patience, no_interrupt, &error));
    CALL(seerflow_store_write_templates_ndjson(store, json, sizeof json - 1, patience, no_interrupt, nullptr));
    CALL_OK(seerflow_store_templates(store, 10, patience, no_interrupt, &list, &error));
    CALL_LIST(seerflow_template_list, seerflow_template, list);
    CALL_OK(seerflow_store_prune_templates(store, 1, patience, no_interrupt, &deleted, &error));
    CALL_OK(seerflow_store_reset_templates(store, patience, no_interrupt, &deleted, &error));
}

static seerflow_alert an_alert(const char *id, seerflow_str *texts) {
    seerflow_alert alert;
    CALL_OK(seerflow_alert_init(&alert, sizeof alert, &error));
    alert.alert_id = str(id);
    alert.alert_type = str("sigma");
    alert.timestamp_ns = time_ns;
    alert.severity_id = 4;
    alert.rule_name = str("rule");
    alert.dedup_key = str("key");
    alert.entity_uuid = str("019cea80-8468-7d95-85e6-9c1966f2d9af");
    alert.entity_value = str("root");
    alert.entity_type = str("user");
    alert.mitre_tactics = alert.mitre_techniques = seerflow_list{texts, 1};
    return alert;
}

static void alerts() {
    seerflow_str texts[] = {str("TA0001")};
    seerflow_alert_result_list *results = nullptr;
    seerflow_alert_query *query = nullptr;
    seerflow_alert_page *page = nullptr;
    seerflow_counted_list *counted = nullptr;
    seerflow_histogram *histogram = nullptr;
    seerflow_alert alert = an_alert("a-1", texts);
    uint64_t total;
    const char *text;
    size_t length;
    const char json[] = "{\"alert_id\":\"a-2\"}";
    CALL_OK(seerflow_store_write_alerts(store, &alert, sizeof alert, 1, 0, patience, no_interrupt, &results, &error));
    CALL_LIST(seerflow_alert_result_list, seerflow_alert_result, results);
    CALL(seerflow_store_write_alerts_ndjson(store, json, sizeof json - 1, 0, patience, no_interrupt, nullptr, nullptr));
    CALL_OK(seerflow_alert_query_new(&query, &error));
    CALL_OK(seerflow_alert_query_set_time_range(query, INT64_MIN, INT64_MAX, &error));
    CALL_OK(seerflow_alert_query_set_type(query, "sigma", &error));
    CALL_OK(seerflow_alert_query_set_min_severity(query, 1, &error));
    CALL_OK(seerflow_alert_query_set_entity(query, "019cea80-8468-7d95-85e6-9c1966f2d9af", &error));
    CALL_OK(seerflow_alert_query_set_tactic(query, "TA0001", &error));
    CALL_OK(seerflow_alert_query_set_technique(query, "TA0001", &error));
    CALL_OK(seerflow_alert_query_set_limit(query, 10, &error));
    CALL_OK(seerflow_alert_query_set_page(query, 1, &error));
    CALL_OK(seerflow_alert_query_set_total(query, 1, &error));
    CALL_OK(seerflow_alert_query_set_timeout(query, patience, &error));
    CALL_OK(seerflow_alert_query_set_interrupt(query, no_interrupt, &error));
    CALL_OK(seerflow_store_query_alerts(store, query, &page, &error));
    CHECK(CALL(seerflow_alert_query_set_cursor(query, "no cursor", nullptr)) != SEERFLOW_STATUS_OK);
    CALL_VOID(seerflow_alert_query_destroy(query));
    CALL_VOID(seerflow_alert_page_destroy(page));
    CALL_OK(seerflow_store_alert(store, "a-1", patience, no_interrupt, &page, &error));
    CHECK(CALL(seerflow_alert_page_count(page)) == 1);
    CALL_OK(seerflow_alert_page_at(page, 0, &alert, &error));
    CALL(seerflow_alert_page_total(page, &total));
    CALL(seerflow_alert_page_next_cursor(page));
    CALL_OK(seerflow_alert_page_ndjson(page, &text, &length, &error));
    CALL_VOID(seerflow_alert_page_destroy(page));
    CALL_OK(seerflow_store_alerts_by_rule(store, 0, INT64_MAX, patience, no_interrupt, &counted, &error));
    CALL_LIST(seerflow_counted_list, seerflow_counted, counted);
    CALL_OK(seerflow_store_alerts_by_severity(store, 0, INT64_MAX, patience, no_interrupt, &counted, &error));
    CALL_LIST(seerflow_counted_list, seerflow_counted, counted);
    CALL_OK(seerflow_store_alert_histogram(store, INT64_MIN, INT64_MAX, INT64_C(60000000000), patience, no_interrupt, &histogram, &error));
    CALL_LIST(seerflow_histogram, seerflow_bucket, histogram);
}

static void judge() {
    seerflow_feedback feedback;
    seerflow_feedback_stats stats;
    seerflow_feedback_list *list = nullptr;
    seerflow_alert_pattern_list *patterns = nullptr;
    SEERFLOW_PREPARE(stats);
    CALL_OK(seerflow_feedback_init(&feedback, sizeof feedback, &error));
    feedback.alert_id = str("a-1");
    feedback.feedback = str("tp");
    CALL_OK(seerflow_store_update_feedback(store, &feedback, patience, no_interrupt, &error));
    CALL_OK(seerflow_store_append_feedback(store, &feedback, patience, no_interrupt, &error));
    CALL_OK(seerflow_store_feedback_stats(store, patience, no_interrupt, &stats, &error));
    CALL_OK(seerflow_store_feedback(store, nullptr, 1, 10, patience, no_interrupt, &list, &error));
    CALL_LIST(seerflow_feedback_list, seerflow_feedback, list);
    CALL_OK(seerflow_store_alert_patterns(store, INT64_MIN, INT64_MAX, 1, 10, 10, patience, no_interrupt, &patterns, &error));
    CALL_LIST(seerflow_alert_pattern_list, seerflow_alert_pattern, patterns);
}

static void detection() {
    seerflow_model *model = nullptr;
    seerflow_model_list *models = nullptr;
    seerflow_sigma_rule_list *rules = nullptr;
    seerflow_sigma_matches matches;
    const std::string large(1 << 20, 'm');
    const char json[] = "{\"rule_id\":\"rule\",\"count\":1,\"last_fired_ns\":1}";
    const uint8_t *data;
    size_t length;
    int64_t saved_ns;
    uint64_t deleted;
    CALL_OK(seerflow_store_save_model(store, "key", large.data(), large.size(), patience, no_interrupt, &saved_ns, &error));
    CALL_OK(seerflow_store_swap_model(store, "key", "data", 4, saved_ns, patience, no_interrupt, &saved_ns, &error));
    CALL_OK(seerflow_store_load_model(store, "key", patience, no_interrupt, &model, &error));
    CALL_OK(seerflow_model_data(model, &data, &length, &error));
    CHECK(CALL(seerflow_model_updated_at(model)) == saved_ns);
    CALL_VOID(seerflow_model_destroy(model));
    CALL_OK(seerflow_store_models(store, nullptr, patience, no_interrupt, &models, &error));
    CALL_LIST(seerflow_model_list, seerflow_model_entry, models);
    CALL_OK(seerflow_store_delete_model(store, "key", patience, no_interrupt, &deleted, &error));
    SEERFLOW_PREPARE(matches);
    matches.rule_id = str("rule");
    matches.count = 1;
    CALL_OK(seerflow_store_add_sigma_matches(store, &matches, sizeof matches, 1, patience, no_interrupt, &error));
    CALL_OK(seerflow_store_add_sigma_matches_ndjson(store, json, sizeof json - 1, patience, no_interrupt, &error));
    CALL_OK(seerflow_store_enable_sigma_rule(store, "rule", 1, patience, no_interrupt, &error));
    CALL_OK(seerflow_store_sigma_rules(store, patience, no_interrupt, &rules, &error));
    CALL_LIST(seerflow_sigma_rule_list, seerflow_sigma_rule, rules);
}

static const char edge_json[] =
    "{\"source_id\":\"c\",\"target_id\":\"d\",\"rel_type\":\"r\",\"first_seen\":1,\"last_seen\":2,\"event_count\":1}";

static seerflow_edge an_edge() {
    seerflow_edge edge;
    SEERFLOW_PREPARE(edge);
    edge.source_id = str("a");
    edge.target_id = str("b");
    edge.rel_type = str("r");
    edge.event_count = 1;
    return edge;
}

static void edges() {
    seerflow_edge edge = an_edge();
    seerflow_edge_cursor *cursor = nullptr;
    seerflow_edge_list *list = nullptr;
    seerflow_related_list *related = nullptr;
    uint64_t deleted;
    CALL_OK(seerflow_store_upsert_edges(store, &edge, sizeof edge, 1, patience, no_interrupt, &error));
    CALL_OK(seerflow_store_upsert_edges_ndjson(store, edge_json, sizeof edge_json - 1, patience, no_interrupt, &error));
    CALL_OK(seerflow_edge_cursor_new(&cursor, &error));
    CALL_OK(seerflow_store_next_edges(store, cursor, 10, patience, no_interrupt, &list, &error));
    CALL_LIST(seerflow_edge_list, seerflow_edge, list);
    CALL_VOID(seerflow_edge_cursor_destroy(cursor));
    CALL_OK(seerflow_store_related_entities(store, "a", 10, patience, no_interrupt, &related, &error));
    CALL_LIST(seerflow_related_list, seerflow_related, related);
    CALL_OK(seerflow_store_prune_edges(store, INT64_MIN + 1, patience, no_interrupt, &deleted, &error));
}

static int enough(void *, const seerflow_edge *) { return 1; }

static void graph() {
    seerflow_edge edge = an_edge();
    seerflow_neighbour_list *near = nullptr;
    seerflow_edge_list *list = nullptr;
    seerflow_related_list *related = nullptr;
    seerflow_score_list *scores = nullptr;
    uint64_t vertices, count;
    CALL_OK(seerflow_store_graph_add_edges(store, &edge, sizeof edge, 1, true, patience, no_interrupt, &error));
    CALL_OK(seerflow_store_graph_add_edges_ndjson(store, edge_json, sizeof edge_json - 1, false, patience, no_interrupt, &error));
    CALL_OK(seerflow_store_graph_neighbours(store, "a", 2, nullptr, 0, patience, no_interrupt, &near, &error));
    CALL_LIST(seerflow_neighbour_list, seerflow_neighbour, near);
    CALL_OK(seerflow_store_graph_path(store, "a", "b", patience, no_interrupt, &near, &error));
    CALL_LIST(seerflow_neighbour_list, seerflow_neighbour, near);
    CALL_OK(seerflow_store_graph_subgraph(store, "a", 2, patience, no_interrupt, &near, &list, &error));
    CALL_VOID(seerflow_neighbour_list_destroy(near));
    CALL_VOID(seerflow_edge_list_destroy(list));
    CALL_OK(seerflow_store_graph_related(store, "a", patience, no_interrupt, &related, &error));
    CALL_VOID(seerflow_related_list_destroy(related));
    CALL_OK(seerflow_store_graph_counts(store, patience, no_interrupt, &vertices, &count, &error));
    CALL_OK(seerflow_store_graph_each_edge(store, enough, nullptr, patience, no_interrupt, &error));
    for (const char *measure : {"pagerank", "betweenness", "fan_in", "communities"}) {
        CALL(seerflow_store_graph_top(store, measure, 10, patience, no_interrupt, &scores, nullptr));
        if (scores != nullptr && seerflow_score_list_count(scores) > 0)
            CALL_LIST(seerflow_score_list, seerflow_score, scores);
        seerflow_score_list_destroy(scores);
        scores = nullptr;
    }
    CALL_OK(seerflow_store_graph_health(store, patience, no_interrupt, &error));
}

static void maintain() {
    seerflow_prune_options options;
    seerflow_prune_report prune_report;
    seerflow_summary summary;
    seerflow_findings *findings = nullptr;
    const char *text;
    SEERFLOW_PREPARE(prune_report);
    SEERFLOW_PREPARE(summary);
    CALL_OK(seerflow_store_summary(store, patience, no_interrupt, &summary, &error));
    CALL(seerflow_store_backup(store, in_folder("copy.db"), patience, no_interrupt, nullptr, nullptr, nullptr));
    CALL_OK(seerflow_store_check(store, patience, no_interrupt, &findings, &error));
    CALL(seerflow_findings_at(findings, 0, &text, nullptr));
    CHECK(CALL(seerflow_findings_count(findings)) == 0);
    CALL_VOID(seerflow_findings_destroy(findings));
    CALL_OK(seerflow_store_check_text(store, patience, no_interrupt, &findings, &error));
    CALL_VOID(seerflow_findings_destroy(findings));
    CALL_OK(seerflow_prune_options_init(&options, sizeof options, &error));
    options.has_before = 1;
    options.before_ns = INT64_MAX;
    CALL_OK(seerflow_store_prune(store, &options, patience, no_interrupt, &prune_report, &error));
    CALL_OK(seerflow_store_checkpoint(store, &error));
}

static void close() {
    uint64_t lost = 77;
    CALL_OK(seerflow_store_write_lines(store, "last\n", 5, nullptr, nullptr, nullptr, &error));
    CALL_OK(seerflow_store_close(store, patience, &lost, &error));
    CHECK(lost == 0);
    CALL_VOID(seerflow_store_destroy(store));
}

// Releases a store that is not closed, with events that are not stored yet.
static void destroy_in_use(const Settings &settings) {
    open(settings);
    CALL_OK(seerflow_store_write_ndjson(store, "{\"related_users\":[\"a\"],\"related_ips\":[\"192.0.2.1\"]}\n", 53, nullptr, nullptr, nullptr, &error));
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

// Runs what needs a server if there is one, and says so if there is none.
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

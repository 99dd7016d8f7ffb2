/* The sweep of alerts, models, Sigma rules and JSON records, and of arguments of single functions. See test_sweep.c. */
#include "sweep.h"

SWEEP_AT(alert, ALERT)
SWEEP_AT(alert_result, ALERT_RESULT)
SWEEP_AT(feedback, FEEDBACK)
SWEEP_AT(alert_pattern, ALERT_PATTERN)
SWEEP_AT(model, MODEL)
SWEEP_AT(sigma_rule, SIGMA_RULE)
SWEEP_QUESTION(seerflow_store_query_alerts, live.query, (handle, query, how, place, &error))
SWEEP_QUESTION(seerflow_store_count_alerts, live.query, (handle, query, SEERFLOW_COUNT_BY_RULE, how, place, &error))
SWEEP_QUESTION(seerflow_store_alert_histogram, live.query, (handle, query, 1, how, place, &error))
SWEEP_QUESTION(seerflow_store_query_feedback, live.query, (handle, query, how, place, &error))
SWEEP_QUESTION(seerflow_store_alert_patterns, live.query, (handle, query, how, place, &error))
SWEEP_QUESTION(seerflow_store_query_models, live.query, (handle, query, how, place, &error))
SWEEP_ANSWER(seerflow_store_alert, (handle, "a-1", how, place, &error))
SWEEP_ANSWER(seerflow_store_load_model, (handle, "key", how, place, &error))
SWEEP_ANSWER(seerflow_store_query_sigma_rules, (handle, NULL, how, place, &error))
SWEEP_WRITE(seerflow_store_write_sigma_matches, seerflow_sigma_matches, SEERFLOW_SIGMA_MATCHES_INIT, record.rule_id.len = 7,
            (handle, records, count, how, &error))

static seerflow_alert an_alert(void)
{
    seerflow_alert alert = SEERFLOW_ALERT_INIT;
    alert.alert_id = str("a-1");
    alert.alert_type = str("sigma");
    alert.rule_name = str("rule");
    alert.entity_type = str("host");
    alert.entity_value = str("web2");
    return alert;
}

static void sweep_alert_members(void)
{
    seerflow_alert good = an_alert(), alert;
    seerflow_list *results = NULL;
    seerflow_str wrong = {NULL, 3}, not_utf8 = {"\xff", 1}, text = {"x", 1};
    for (unsigned i = 0; i < 11; i++) {
        alert = good;
        switch (i) {
        case 0: alert.alert_id = wrong; break;
        case 1: alert.alert_id = not_utf8; break;
        case 2: alert.alert_type = str("none"); break;
        case 3: alert.entity_type = text; break;
        case 4: alert.severity_id = 7; break;
        case 5: alert.contributing_events = (seerflow_strs){&text, 1}; break;
        case 6: alert.contributing_events = (seerflow_strs){NULL, 1}; break;
        case 7: alert.mitre_tactics = (seerflow_strs){&wrong, 1}; break;
        case 8: alert.mitre_techniques = (seerflow_strs){&text, SIZE_MAX}; break;
        case 9: alert.risk_score = strtod("nan", NULL); break;
        default: alert.feedback = text; break;
        }
        FAILS(seerflow_store_write_alerts(live.store, &alert, 1, NULL, NULL, &results, &error), INVALID);
    }
    CHECK(results == NULL);
    good.dedup_key = str("another");
    FAILS(seerflow_store_write_alerts(live.store, &good, 1, NULL, NULL, NULL, &error), SEERFLOW_STATUS_CONFLICT);
}

static void sweep_record_options(void)
{
    seerflow_alert good = an_alert();
    seerflow_record_options options = SEERFLOW_RECORD_OPTIONS_INIT;
    options.struct_size = 3;
    FAILS(seerflow_store_write_alerts(live.store, &good, 1, &options, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_write_edges(live.store, NULL, 0, &options, NULL, &error), INVALID);
    FAILS(seerflow_store_write_records(live.store, SEERFLOW_KIND_EDGE, NULL, 0, &options, NULL, NULL, &error), INVALID);
    options.struct_size = sizeof options;
    options.reserved[2] = 1;
    FAILS(seerflow_store_write_alerts(live.store, &good, 1, &options, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_write_alerts(live.store, &good, 1, MISALIGNED, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_write_alerts(live.store, &good, 1, NULL, NULL, MISALIGNED, &error), INVALID);
}

SWEEP_WRITE(seerflow_store_write_alerts, seerflow_alert, SEERFLOW_ALERT_INIT, record.severity_id = 7,
            (handle, records, count, NULL, how, NULL, &error))
SWEEP(seerflow_store_write_records)
{
    static const seerflow_kind kinds[] = {SEERFLOW_KIND_ALERT, SEERFLOW_KIND_TEMPLATE, SEERFLOW_KIND_EDGE, SEERFLOW_KIND_SIGMA_MATCHES};
    seerflow_list *results = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        SWEEP_BOUNDED(seerflow_store_write_records, (handle, kinds[i], "{}", 2, NULL, how, &results, &error));
        FAILS(seerflow_store_write_records(live.store, kinds[i], NULL, 2, NULL, NULL, &results, &error), INVALID);
        FAILS(seerflow_store_write_records(live.store, kinds[i], "{}", SIZE_MAX, NULL, NULL, &results, &error), INVALID);
        FAILS(seerflow_store_write_records(live.store, kinds[i], "{}", 2, NULL, NULL, &results, &error), INVALID);
        FAILS(seerflow_store_write_records(live.store, kinds[i], "\xff\0[", 3, NULL, NULL, &results, &error), INVALID);
        FAILS(seerflow_store_write_records(live.store, kinds[i], "{}", 2, NULL, NULL, MISALIGNED, &error), INVALID);
        OK(seerflow_store_write_records(live.store, kinds[i], NULL, 0, NULL, NULL, NULL, &error));
    }
    FAILS(seerflow_store_write_records(live.store, SEERFLOW_KIND_EVENT, "{}", 2, NULL, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_records(live.store, (seerflow_kind)UINT32_MAX, "{}", 2, NULL, NULL, &results, &error), INVALID);
    CHECK(results == NULL);
}

static void sweep_verdict(seerflow_status (*give)(const seerflow_store *, const seerflow_feedback *, const seerflow_call *, seerflow_error **))
{
    seerflow_feedback good = SEERFLOW_FEEDBACK_INIT, feedback;
    good.alert_id = str("a-1");
    good.feedback = str("tp");
    SWEEP_BOUNDED(give, (handle, &good, how, &error));
    EACH_BAD_PLACE(seerflow_feedback, place)
        FAILS(give(live.store, place, NULL, &error), INVALID);
    for (unsigned i = 0; i < 5; i++) {
        feedback = good;
        switch (i) {
        case 0: feedback.struct_size = 3; break;
        case 1: feedback.reserved = 1; break;
        case 2: feedback.alert_id = (seerflow_str){NULL, 3}; break;
        case 3: feedback.feedback = str("odd"); break;
        default: feedback.origin = str("odd"); break;
        }
        FAILS(give(live.store, &feedback, NULL, &error), INVALID);
    }
}
SWEEP(seerflow_store_update_feedback) { sweep_verdict(seerflow_store_update_feedback); }
SWEEP(seerflow_store_append_feedback) { sweep_verdict(seerflow_store_append_feedback); }
SWEEP(seerflow_store_feedback_stats)
{
    seerflow_feedback_stats stats = SEERFLOW_FEEDBACK_STATS_INIT;
    SWEEP_BOUNDED(seerflow_store_feedback_stats, (handle, how, &stats, &error));
    EACH_BAD_PLACE(seerflow_feedback_stats, place)
        FAILS(seerflow_store_feedback_stats(live.store, NULL, place, &error), INVALID);
    stats.struct_size = 6;
    FAILS(seerflow_store_feedback_stats(live.store, NULL, &stats, &error), INVALID);
}

/* --- models and Sigma rules --- */
SWEEP_NUMBER(seerflow_store_save_model, int64_t, (handle, "key", "x", 1, how, place, &error))
SWEEP_NUMBER(seerflow_store_swap_model, int64_t, (handle, "key", "x", 1, 0, how, place, &error))
SWEEP_NUMBER(seerflow_store_delete_model, uint64_t, (handle, "key", how, place, &error))
SWEEP(seerflow_store_enable_sigma_rule)
{
    SWEEP_BOUNDED(seerflow_store_enable_sigma_rule, (handle, "rule", true, how, &error));
    FAILS(seerflow_store_enable_sigma_rule(live.store, NULL, true, NULL, &error), INVALID);
    FAILS(seerflow_store_enable_sigma_rule(live.store, "", true, NULL, &error), INVALID);
    FAILS(seerflow_store_enable_sigma_rule(live.store, "\xff", true, NULL, &error), INVALID);
}

static void sweep_models(void)
{
    seerflow_list *list = NULL;
    char long_key[300];
    memset(long_key, 'k', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = '\0';
    FAILS(seerflow_store_save_model(live.store, NULL, "x", 1, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, "", "x", 1, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, "key", NULL, 1, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, "key", "x", SIZE_MAX, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_swap_model(live.store, NULL, "x", 1, 0, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_swap_model(live.store, "key", NULL, 1, 0, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_swap_model(live.store, "key", "x", 1, 0, NULL, NULL, &error), SEERFLOW_STATUS_CONFLICT);
    FAILS(seerflow_store_swap_model(live.store, "key", "x", 1, SEERFLOW_TIME_ABSENT, NULL, NULL, &error), SEERFLOW_STATUS_CONFLICT);
    FAILS(seerflow_store_delete_model(live.store, NULL, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_load_model(live.store, NULL, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_load_model(live.store, "", NULL, &list, &error), INVALID);
    FAILS(seerflow_store_load_model(live.store, long_key, NULL, &list, &error), INVALID);
    CHECK(list == NULL);
}

static void sweep_questions(void)
{
    const int64_t minute = INT64_C(60000000000);
    seerflow_query *query = NULL;
    seerflow_list *list = NULL, *other = NULL;
    uint64_t number = 77;
    OK(seerflow_query_new(&query, &error));
    FAILS(seerflow_store_alert(live.store, NULL, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_alert(live.store, "\xff", NULL, &list, &error), INVALID);
    FAILS(seerflow_store_alert(live.store, "none", NULL, &list, &error), SEERFLOW_STATUS_NOT_FOUND);
    FAILS(seerflow_store_alert_histogram(live.store, query, 0, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_alert_histogram(live.store, query, INT64_MIN, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_count_alerts(live.store, query, SEERFLOW_COUNT_BY_HOST, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_count_alerts(live.store, query, (seerflow_count_by)UINT32_MAX, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_event_histogram(live.store, query, 0, SEERFLOW_COUNT_BY_NONE, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_event_histogram(live.store, query, -minute, SEERFLOW_COUNT_BY_SOURCE, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_event_histogram(live.store, query, minute, SEERFLOW_COUNT_BY_RULE, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_event_histogram(live.store, query, minute, (seerflow_count_by)UINT32_MAX, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_count_events(live.store, query, SEERFLOW_COUNT_BY_NONE, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_count_events(live.store, query, (seerflow_count_by)UINT32_MAX, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_distinct_events(live.store, query, SEERFLOW_COUNT_BY_NONE, NULL, &number, &error), INVALID);
    FAILS(seerflow_store_event(live.store, NULL, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_event_entities(live.store, NULL, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_entity(live.store, "\xff", NULL, &list, &error), INVALID);
    FAILS(seerflow_store_check(live.store, 0, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_check(live.store, UINT32_MAX, NULL, &list, &error), INVALID);
    /* Queries that start at an entity refuse a query without one. */
    FAILS(seerflow_store_graph_neighbours(live.store, query, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_graph_related(live.store, query, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_graph_subgraph(live.store, query, NULL, &list, &other, &error), INVALID);
    FAILS(seerflow_store_graph_path(live.store, NULL, "b", NULL, &list, &error), INVALID);
    FAILS(seerflow_store_graph_path(live.store, "a", NULL, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_graph_top(live.store, NULL, 10, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_graph_top(live.store, "", 10, NULL, &list, &error), INVALID);
    CHECK(list == NULL && other == NULL && number == 77);
    seerflow_query_destroy(query);
    /* Characters with a meaning in FTS5 have none in a query. */
    static const char *const texts[] = {"\"", "a AND (", "NEAR(a b", "message:x", "*", "^a", "a OR", "'; DROP TABLE events; --", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        seerflow_status status = search(live.store, texts[i], 1, &list, NULL);
        CHECK(status == SEERFLOW_STATUS_OK || status == INVALID);
        if (status == SEERFLOW_STATUS_OK)
            seerflow_list_destroy(list);
    }
}

void sweep_arguments(void)
{
    sweep_alert_members();
    sweep_record_options();
    sweep_models();
    sweep_questions();
}

/* Stores a list by its kind. Every kind has a record, except for findings. */
static void keep(seerflow_list *list)
{
    const seerflow_kind kind = seerflow_list_kind(list);
    CHECK(kind > SEERFLOW_KIND_NONE && kind < SEERFLOW_KIND_REJECTION && live.lists[kind] == NULL);
    CHECK(seerflow_list_count(list) == (kind == SEERFLOW_KIND_FINDING ? 0 : 1));
    live.lists[kind] = list;
}

#define KEEP(call)                                                                                                                  \
    do {                                                                                                                            \
        seerflow_list *list = NULL;                                                                                                 \
        OK(call);                                                                                                                   \
        keep(list);                                                                                                                 \
    } while (0)

void make_lists(void)
{
    static const char rule[] = "{\"rule_id\":\"rule\",\"count\":1,\"last_fired_ns\":1}";
    static const char edge[] =
        "{\"source_id\":\"a\",\"target_id\":\"b\",\"rel_type\":\"r\",\"first_seen_ns\":1,\"last_seen_ns\":2,\"event_count\":1}";
    const seerflow_store *store = live.store;
    const seerflow_query *query = live.query;
    seerflow_template template_ = SEERFLOW_TEMPLATE_INIT;
    seerflow_alert alert = an_alert();
    seerflow_feedback feedback = SEERFLOW_FEEDBACK_INIT;
    char id[SEERFLOW_ID_SIZE];
    template_.template_str = str("alive");
    feedback.alert_id = str("a-1");
    feedback.feedback = str("tp");
    KEEP(search(store, "alive", 10, &list, &error));
    live.event = seerflow_list_event_at(live.lists[SEERFLOW_KIND_EVENT], 0);
    OK(seerflow_event_get_id(live.event, id, &error));
    KEEP(seerflow_store_event_histogram(store, query, INT64_C(60000000000), SEERFLOW_COUNT_BY_NONE, NULL, &list, &error));
    OK(seerflow_store_write_templates(store, &template_, 1, NULL, &error));
    KEEP(seerflow_store_query_templates(store, query, NULL, &list, &error));
    KEEP(seerflow_store_query_dead_letters(store, query, NULL, &list, &error));
    KEEP(seerflow_store_check(store, SEERFLOW_CHECK_STRUCTURE, NULL, &list, &error));
    KEEP(seerflow_store_write_alerts(store, &alert, 1, NULL, NULL, &list, &error));
    KEEP(seerflow_store_query_alerts(store, query, NULL, &list, &error));
    KEEP(seerflow_store_count_alerts(store, query, SEERFLOW_COUNT_BY_RULE, NULL, &list, &error));
    OK(seerflow_store_update_feedback(store, &feedback, NULL, &error));
    KEEP(seerflow_store_query_feedback(store, query, NULL, &list, &error));
    KEEP(seerflow_store_alert_patterns(store, query, NULL, &list, &error));
    OK(seerflow_store_save_model(store, "key", "data", 4, NULL, NULL, &error));
    KEEP(seerflow_store_load_model(store, "key", NULL, &list, &error));
    OK(seerflow_store_write_records(store, SEERFLOW_KIND_SIGMA_MATCHES, rule, sizeof rule - 1, NULL, NULL, NULL, &error));
    KEEP(seerflow_store_query_sigma_rules(store, NULL, NULL, &list, &error));
    OK(seerflow_store_write_records(store, SEERFLOW_KIND_EDGE, edge, sizeof edge - 1, NULL, NULL, NULL, &error));
    KEEP(seerflow_store_query_edges(store, query, NULL, &list, &error));
    KEEP(seerflow_store_graph_related(store, live.entity_query, NULL, &list, &error));
    KEEP(seerflow_store_graph_neighbours(store, live.entity_query, NULL, &list, &error));
    KEEP(seerflow_store_graph_top(store, "fan_in", 1, NULL, &list, &error));
    KEEP(seerflow_store_event_entities(store, id, NULL, &list, &error));
}

/* The sweep of alerts, models, Sigma rules, edges, entities and counts; see test_sweep.c. */
#include "sweep.h"

SWEEP_DESTROY(seerflow_alert_query)
SWEEP_DESTROY(seerflow_model)
SWEEP_DESTROY(seerflow_edge_cursor)
SWEEP_DESTROY(seerflow_alert_page)
SWEEP_DESTROY(seerflow_alert_result_list)
SWEEP_DESTROY(seerflow_feedback_list)
SWEEP_DESTROY(seerflow_alert_pattern_list)
SWEEP_DESTROY(seerflow_counted_list)
SWEEP_DESTROY(seerflow_model_list)
SWEEP_DESTROY(seerflow_sigma_rule_list)
SWEEP_DESTROY(seerflow_edge_list)
SWEEP_DESTROY(seerflow_event_entity_list)
SWEEP_DESTROY(seerflow_related_list)
SWEEP_NEW(seerflow_alert_query)
SWEEP_NEW(seerflow_edge_cursor)
SWEEP_COUNT(seerflow_alert_page)
SWEEP_COUNT(seerflow_alert_result_list)
SWEEP_COUNT(seerflow_feedback_list)
SWEEP_COUNT(seerflow_alert_pattern_list)
SWEEP_COUNT(seerflow_counted_list)
SWEEP_COUNT(seerflow_model_list)
SWEEP_COUNT(seerflow_sigma_rule_list)
SWEEP_COUNT(seerflow_edge_list)
SWEEP_COUNT(seerflow_event_entity_list)
SWEEP_COUNT(seerflow_related_list)
SWEEP_LIST(seerflow_alert_page, seerflow_alert, live.alerts)
SWEEP_LIST(seerflow_alert_result_list, seerflow_alert_result, live.alert_results)
SWEEP_LIST(seerflow_feedback_list, seerflow_feedback, live.feedback)
SWEEP_LIST(seerflow_alert_pattern_list, seerflow_alert_pattern, live.patterns)
SWEEP_LIST(seerflow_counted_list, seerflow_counted, live.counted)
SWEEP_LIST(seerflow_model_list, seerflow_model_entry, live.models)
SWEEP_LIST(seerflow_sigma_rule_list, seerflow_sigma_rule, live.rules)
SWEEP_LIST(seerflow_edge_list, seerflow_edge, live.edges)
SWEEP_LIST(seerflow_event_entity_list, seerflow_event_entity, live.entities)
SWEEP_LIST(seerflow_related_list, seerflow_related, live.related)

SWEEP_ANSWER(seerflow_store_alert, seerflow_alert_page, (handle, "x", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_alert_histogram, seerflow_histogram, (handle, 0, 1, 1, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_split_histogram, seerflow_histogram, (handle, SEERFLOW_COUNT_BY_SOURCE, 0, 1, INT64_C(60000000000), 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_count_by, seerflow_counted_list, (handle, SEERFLOW_COUNT_BY_HOST, 0, 1, 10, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_event, seerflow_page, (handle, "019cea80-8468-7d95-85e6-9c1966f2d9af", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_event_entities, seerflow_event_entity_list, (handle, "019cea80-8468-7d95-85e6-9c1966f2d9af", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_describe_entity, seerflow_event_entity_list, (handle, "019cea80-8468-7d95-85e6-9c1966f2d9af", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_alerts_by_rule, seerflow_counted_list, (handle, 0, 1, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_alerts_by_severity, seerflow_counted_list, (handle, 0, 1, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_feedback, seerflow_feedback_list, (handle, NULL, 1, 10, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_alert_patterns, seerflow_alert_pattern_list, (handle, 0, 1, 1, 1, 1, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_load_model, seerflow_model, (handle, "key", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_models, seerflow_model_list, (handle, NULL, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_sigma_rules, seerflow_sigma_rule_list, (handle, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_next_edges, seerflow_edge_list, (handle, live.cursor, 10, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_related_entities, seerflow_related_list, (handle, "x", 10, 1000, interrupt, place, &error))

void sweep_list_arguments(void)
{
    seerflow_alert_page *page = NULL;
    seerflow_histogram *histogram = NULL;
    seerflow_feedback_list *feedback = NULL;
    seerflow_model *model = NULL;
    seerflow_model_list *models = NULL;
    seerflow_edge_list *edges = NULL;
    seerflow_related_list *related = NULL;
    seerflow_counted_list *counted = NULL;
    seerflow_event_entity_list *entities = NULL;
    seerflow_page *events = NULL;
    char long_key[300];
    memset(long_key, 'k', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = '\0';
    FAILS(seerflow_store_alert(live.store, NULL, 1000, NULL, &page, &error), INVALID);
    FAILS(seerflow_store_alert(live.store, "\xff", 1000, NULL, &page, &error), INVALID);
    FAILS(seerflow_store_alert(live.store, "none", 1000, NULL, &page, &error), SEERFLOW_STATUS_NOT_FOUND);
    FAILS(seerflow_store_alert_histogram(live.store, 0, 1, 0, 1000, NULL, &histogram, &error), INVALID);
    FAILS(seerflow_store_alert_histogram(live.store, 0, 1, INT64_MIN, 1000, NULL, &histogram, &error), INVALID);
    FAILS(seerflow_store_feedback(live.store, NULL, 0, 10, 1000, NULL, &feedback, &error), INVALID);
    FAILS(seerflow_store_feedback(live.store, NULL, 1, 0, 1000, NULL, &feedback, &error), INVALID);
    FAILS(seerflow_store_feedback(live.store, "\xff", 1, 1, 1000, NULL, &feedback, &error), INVALID);
    FAILS(seerflow_store_load_model(live.store, NULL, 1000, NULL, &model, &error), INVALID);
    FAILS(seerflow_store_load_model(live.store, "", 1000, NULL, &model, &error), INVALID);
    FAILS(seerflow_store_load_model(live.store, long_key, 1000, NULL, &model, &error), INVALID);
    FAILS(seerflow_store_models(live.store, "\xc3\xa9", 1000, NULL, &models, &error), INVALID);
    EACH_BAD(seerflow_edge_cursor, cursor)
        FAILS(seerflow_store_next_edges(live.store, cursor, 10, 1000, NULL, &edges, &error), INVALID);
    FAILS(seerflow_store_next_edges(live.store, live.cursor, 0, 1000, NULL, &edges, &error), INVALID);
    FAILS(seerflow_store_next_edges(live.store, live.cursor, UINT32_MAX, 1000, NULL, &edges, &error), INVALID);
    FAILS(seerflow_store_split_histogram(live.store, 0, 0, 1, INT64_C(60000000000), 1000, NULL, &histogram, &error), INVALID);
    FAILS(seerflow_store_split_histogram(live.store, UINT32_MAX, 0, 1, INT64_C(60000000000), 1000, NULL, &histogram, &error), INVALID);
    FAILS(seerflow_store_split_histogram(live.store, SEERFLOW_COUNT_BY_SOURCE, 0, 1, -1, 1000, NULL, &histogram, &error), INVALID);
    FAILS(seerflow_store_count_by(live.store, 0, 0, 1, 10, 1000, NULL, &counted, &error), INVALID);
    FAILS(seerflow_store_count_by(live.store, SEERFLOW_COUNT_BY_HOST, 0, 1, 0, 1000, NULL, &counted, &error), INVALID);
    FAILS(seerflow_store_event(live.store, NULL, 1000, NULL, &events, &error), INVALID);
    FAILS(seerflow_store_event_entities(live.store, NULL, 1000, NULL, &entities, &error), INVALID);
    FAILS(seerflow_store_describe_entity(live.store, "\xff", 1000, NULL, &entities, &error), INVALID);
    FAILS(seerflow_store_related_entities(live.store, NULL, 10, 1000, NULL, &related, &error), INVALID);
}

SWEEP(seerflow_store_timeline)
{
    seerflow_page *page = NULL;
    seerflow_query *query = NULL;
    OK(seerflow_query_new(&query, &error));
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_timeline(handle, query, &page, &error), INVALID);
    EACH_BAD(seerflow_query, handle)
        FAILS(seerflow_store_timeline(live.store, handle, &page, &error), INVALID);
    FAILS(seerflow_store_timeline(live.store, query, &page, &error), INVALID); /* it has no entity */
    OK(seerflow_query_set_entity(query, "019cea80-8468-7d95-85e6-9c1966f2d9af", &error));
    EACH_BAD_PLACE(seerflow_page *, place)
        FAILS(seerflow_store_timeline(live.store, query, place, &error), INVALID);
    CHECK(page == NULL);
    seerflow_query_destroy(query);
}
SWEEP(seerflow_store_distinct)
{
    uint64_t distinct = 77;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_distinct(handle, SEERFLOW_COUNT_BY_HOST, 0, 1, 1000, NULL, &distinct, &error), INVALID);
    EACH_BAD_PLACE(uint64_t, place)
        FAILS(seerflow_store_distinct(live.store, SEERFLOW_COUNT_BY_HOST, 0, 1, 1000, NULL, place, &error), INVALID);
    FAILS(seerflow_store_distinct(live.store, 0, 0, 1, 1000, NULL, &distinct, &error), INVALID);
    FAILS(seerflow_store_distinct(live.store, UINT32_MAX, 0, 1, 1000, NULL, &distinct, &error), INVALID);
    CHECK(distinct == 77);
}

/* --- alerts, feedback --- */
#define SWEEP_ALERT_SETTER(name, good_arguments, bad_arguments)                                                                     \
    SWEEP(seerflow_alert_query_set_##name)                                                                                          \
    {                                                                                                                               \
        EACH_BAD(seerflow_alert_query, handle)                                                                                      \
            FAILS(seerflow_alert_query_set_##name good_arguments, INVALID);                                                         \
        seerflow_alert_query *handle = live.alert_query;                                                                            \
        FAILS(seerflow_alert_query_set_##name bad_arguments, INVALID);                                                              \
        OK(seerflow_alert_query_set_##name good_arguments);                                                                         \
    }
SWEEP_ALERT_SETTER(type, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_ALERT_SETTER(min_severity, (handle, -1, &error), (handle, INT64_MAX, &error))
SWEEP_ALERT_SETTER(entity, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_ALERT_SETTER(tactic, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_ALERT_SETTER(technique, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_ALERT_SETTER(limit, (handle, 1, &error), (handle, 0, &error))
SWEEP_ALERT_SETTER(page, (handle, 1, &error), (handle, 0, &error))
SWEEP_ALERT_SETTER(cursor, (handle, NULL, &error), (handle, "c00", &error))
SWEEP_ALERT_SETTER(interrupt, (handle, NULL, &error), (handle, (const void *)ones, &error))
SWEEP(seerflow_alert_query_set_time_range)
{
    EACH_BAD(seerflow_alert_query, handle)
        FAILS(seerflow_alert_query_set_time_range(handle, 0, 1, &error), INVALID);
    OK(seerflow_alert_query_set_time_range(live.alert_query, INT64_MAX, INT64_MIN, &error));
}
SWEEP(seerflow_alert_query_set_total)
{
    EACH_BAD(seerflow_alert_query, handle)
        FAILS(seerflow_alert_query_set_total(handle, 1, &error), INVALID);
    OK(seerflow_alert_query_set_total(live.alert_query, INT32_MIN, &error));
}
SWEEP(seerflow_alert_query_set_timeout)
{
    EACH_BAD(seerflow_alert_query, handle)
        FAILS(seerflow_alert_query_set_timeout(handle, 1, &error), INVALID);
    OK(seerflow_alert_query_set_timeout(live.alert_query, INT64_MIN, &error));
}
SWEEP(seerflow_store_query_alerts)
{
    seerflow_alert_page *page = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_query_alerts(handle, live.alert_query, &page, &error), INVALID);
    EACH_BAD(seerflow_alert_query, handle)
        FAILS(seerflow_store_query_alerts(live.store, handle, &page, &error), INVALID);
    EACH_BAD_PLACE(seerflow_alert_page *, place)
        FAILS(seerflow_store_query_alerts(live.store, live.alert_query, place, &error), INVALID);
    CHECK(page == NULL);
}
SWEEP(seerflow_alert_page_total)
{
    uint64_t total = 77;
    EACH_BAD(seerflow_alert_page, handle)
        CHECK(!seerflow_alert_page_total(handle, &total));
    CHECK(!seerflow_alert_page_total(live.alerts, NULL) && total == 77);
}
SWEEP(seerflow_alert_page_next_cursor)
{
    EACH_BAD(seerflow_alert_page, handle)
        CHECK(seerflow_alert_page_next_cursor(handle) == NULL);
}
SWEEP(seerflow_alert_init)
{
    seerflow_alert alert;
    EACH_BAD_PLACE(seerflow_alert, place)
        FAILS(seerflow_alert_init(place, sizeof alert, &error), INVALID);
    FAILS(seerflow_alert_init(&alert, 0, &error), INVALID);
    FAILS(seerflow_alert_init(&alert, SIZE_MAX, &error), INVALID);
}
SWEEP(seerflow_feedback_init)
{
    seerflow_feedback feedback;
    EACH_BAD_PLACE(seerflow_feedback, place)
        FAILS(seerflow_feedback_init(place, sizeof feedback, &error), INVALID);
    FAILS(seerflow_feedback_init(&feedback, 0, &error), INVALID);
    FAILS(seerflow_feedback_init(&feedback, SIZE_MAX, &error), INVALID);
}

static seerflow_alert an_alert(void)
{
    seerflow_alert alert;
    OK(seerflow_alert_init(&alert, sizeof alert, &error));
    alert.alert_id = str("a-1");
    alert.alert_type = str("sigma");
    alert.rule_name = str("rule");
    alert.entity_type = str("host");
    alert.entity_value = str("web2");
    return alert;
}

SWEEP(seerflow_store_write_alerts)
{
    seerflow_alert good = an_alert(), alert;
    seerflow_alert_result_list *results = NULL;
    seerflow_str wrong = {NULL, 3}, not_utf8 = {"\xff", 1}, text = {"x", 1};
    const size_t size = sizeof good;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_write_alerts(handle, &good, size, 1, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts(live.store, NULL, size, 1, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts(live.store, &good, 0, 1, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts(live.store, &good, size, SIZE_MAX, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts(live.store, (void *)((char *)ones + 1), size, 1, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts(live.store, &good, size, 1, 0, 1000, (const void *)ones, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts(live.store, &good, size, 1, 0, 1000, NULL, (void *)((char *)zeros + 1), &error), INVALID);
    for (unsigned i = 0; i < 12; i++) {
        alert = good;
        switch (i) {
        case 0: alert.struct_size = 0; break;
        case 1: alert.alert_id = wrong; break;
        case 2: alert.alert_id = not_utf8; break;
        case 3: alert.alert_type = str("none"); break;
        case 4: alert.entity_type = text; break;
        case 5: alert.severity_id = 7; break;
        case 6: alert.contributing_events = (seerflow_list){&text, 1}; break;
        case 7: alert.contributing_events = (seerflow_list){NULL, 1}; break;
        case 8: alert.mitre_tactics = (seerflow_list){&wrong, 1}; break;
        case 9: alert.mitre_techniques = (seerflow_list){&text, SIZE_MAX}; break;
        case 10: alert.risk_score = strtod("nan", NULL); break;
        default: alert.feedback = text; break;
        }
        FAILS(seerflow_store_write_alerts(live.store, &alert, size, 1, 0, 1000, NULL, &results, &error), INVALID);
    }
    CHECK(results == NULL);
    OK(seerflow_store_write_alerts(live.store, NULL, size, 0, 0, 1000, NULL, NULL, &error));
    good.dedup_key = str("another");
    FAILS(seerflow_store_write_alerts(live.store, &good, size, 1, 0, 1000, NULL, NULL, &error), SEERFLOW_STATUS_CONFLICT);
}
SWEEP(seerflow_store_write_alerts_ndjson)
{
    seerflow_alert_result_list *results = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_write_alerts_ndjson(handle, "{}", 2, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts_ndjson(live.store, NULL, 2, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts_ndjson(live.store, "{}", SIZE_MAX, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts_ndjson(live.store, "{}", 2, 0, 1000, NULL, &results, &error), INVALID);
    FAILS(seerflow_store_write_alerts_ndjson(live.store, "\xff\0{", 3, 0, 1000, NULL, &results, &error), INVALID);
    CHECK(results == NULL);
}
static void sweep_verdict(seerflow_status (*give)(const seerflow_store *, const seerflow_feedback *, int64_t, const seerflow_interrupt *, seerflow_error **))
{
    seerflow_feedback good, feedback;
    seerflow_str wrong = {NULL, 3};
    OK(seerflow_feedback_init(&good, sizeof good, &error));
    good.alert_id = str("a-1");
    good.feedback = str("tp");
    EACH_BAD(seerflow_store, handle)
        FAILS(give(handle, &good, 1000, NULL, &error), INVALID);
    EACH_BAD_PLACE(seerflow_feedback, place)
        FAILS(give(live.store, place, 1000, NULL, &error), INVALID);
    FAILS(give(live.store, &good, 1000, (const void *)ones, &error), INVALID);
    for (unsigned i = 0; i < 4; i++) {
        feedback = good;
        if (i == 0)
            feedback.struct_size = 3;
        else if (i == 1)
            feedback.alert_id = wrong;
        else if (i == 2)
            feedback.feedback = str("odd");
        else
            feedback.origin = str("odd");
        FAILS(give(live.store, &feedback, 1000, NULL, &error), INVALID);
    }
}
SWEEP(seerflow_store_update_feedback) { sweep_verdict(seerflow_store_update_feedback); }
SWEEP(seerflow_store_append_feedback) { sweep_verdict(seerflow_store_append_feedback); }
SWEEP(seerflow_store_feedback_stats)
{
    seerflow_feedback_stats stats;
    SEERFLOW_PREPARE(stats);
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_feedback_stats(handle, 1000, NULL, &stats, &error), INVALID);
    EACH_BAD_PLACE(seerflow_feedback_stats, place)
        FAILS(seerflow_store_feedback_stats(live.store, 1000, NULL, place, &error), INVALID);
    stats.struct_size = 6;
    FAILS(seerflow_store_feedback_stats(live.store, 1000, NULL, &stats, &error), INVALID);
}

/* --- models --- */
SWEEP(seerflow_store_save_model)
{
    int64_t saved = 77;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_save_model(handle, "key", "x", 1, 1000, NULL, &saved, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, NULL, "x", 1, 1000, NULL, &saved, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, "", "x", 1, 1000, NULL, &saved, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, "key", NULL, 1, 1000, NULL, &saved, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, "key", "x", SIZE_MAX, 1000, NULL, &saved, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, "key", "x", 1, 1000, (const void *)zeros, &saved, &error), INVALID);
    FAILS(seerflow_store_save_model(live.store, "key", "x", 1, 1000, NULL, (void *)((char *)zeros + 1), &error), INVALID);
    CHECK(saved == 77);
}
SWEEP(seerflow_store_swap_model)
{
    int64_t saved = 77;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_swap_model(handle, "key", "x", 1, 0, 1000, NULL, &saved, &error), INVALID);
    FAILS(seerflow_store_swap_model(live.store, NULL, "x", 1, 0, 1000, NULL, &saved, &error), INVALID);
    FAILS(seerflow_store_swap_model(live.store, "key", NULL, 1, 0, 1000, NULL, &saved, &error), INVALID);
    FAILS(seerflow_store_swap_model(live.store, "key", "x", 1, 0, 1000, NULL, &saved, &error), SEERFLOW_STATUS_CONFLICT);
    FAILS(seerflow_store_swap_model(live.store, "key", "x", 1, SEERFLOW_TIME_ABSENT, 1000, NULL, &saved, &error), SEERFLOW_STATUS_CONFLICT);
    CHECK(saved == 77);
}
SWEEP(seerflow_store_delete_model)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_delete_model(handle, "key", 1000, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_delete_model(live.store, NULL, 1000, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_delete_model(live.store, "key", 1000, NULL, (void *)((char *)zeros + 1), &error), INVALID);
}
SWEEP(seerflow_model_data)
{
    const uint8_t *data = NULL;
    size_t length = 77;
    EACH_BAD(seerflow_model, handle)
        FAILS(seerflow_model_data(handle, &data, &length, &error), INVALID);
    EACH_BAD_PLACE(const uint8_t *, place)
        FAILS(seerflow_model_data(live.model, place, &length, &error), INVALID);
    CHECK(data == NULL && length == 77);
}
SWEEP(seerflow_model_updated_at)
{
    EACH_BAD(seerflow_model, handle)
        CHECK(seerflow_model_updated_at(handle) == SEERFLOW_TIME_ABSENT);
}

/* --- Sigma rules, edges --- */
SWEEP(seerflow_store_enable_sigma_rule)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_enable_sigma_rule(handle, "rule", 1, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_enable_sigma_rule(live.store, NULL, 1, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_enable_sigma_rule(live.store, "", 1, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_enable_sigma_rule(live.store, "\xff", 1, 1000, NULL, &error), INVALID);
}

SWEEP_WRITE(seerflow_store_add_sigma_matches, seerflow_sigma_matches, record.rule_id.len = 7)
SWEEP_WRITE(seerflow_store_upsert_edges, seerflow_edge, record.rel_type = str("no spaces"))
SWEEP(seerflow_store_prune_edges)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_prune_edges(handle, INT64_MIN, 1000, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_prune_edges(live.store, INT64_MIN, 1000, NULL, (void *)((char *)zeros + 1), &error), INVALID);
}

/* One of each: an alert that was judged, a model, a rule, an edge. */
void make_detection(void)
{
    static const char rule[] = "{\"rule_id\":\"rule\",\"count\":1,\"last_fired_ns\":1}";
    static const char edge[] =
        "{\"source_id\":\"a\",\"target_id\":\"b\",\"rel_type\":\"r\",\"first_seen\":1,\"last_seen\":2,\"event_count\":1}";
    seerflow_alert alert = an_alert();
    seerflow_feedback feedback;
    char id[SEERFLOW_ID_SIZE];
    OK(seerflow_store_write_alerts(live.store, &alert, sizeof alert, 1, 0, 5000, NULL, &live.alert_results, &error));
    OK(seerflow_alert_query_new(&live.alert_query, &error));
    OK(seerflow_store_query_alerts(live.store, live.alert_query, &live.alerts, &error));
    OK(seerflow_store_alerts_by_rule(live.store, 0, INT64_MAX, 5000, NULL, &live.counted, &error));
    OK(seerflow_feedback_init(&feedback, sizeof feedback, &error));
    feedback.alert_id = str("a-1");
    feedback.feedback = str("tp");
    OK(seerflow_store_update_feedback(live.store, &feedback, 5000, NULL, &error));
    OK(seerflow_store_feedback(live.store, NULL, 1, 10, 5000, NULL, &live.feedback, &error));
    OK(seerflow_store_alert_patterns(live.store, INT64_MIN, INT64_MAX, 1, 10, 10, 5000, NULL, &live.patterns, &error));
    OK(seerflow_store_save_model(live.store, "key", "data", 4, 5000, NULL, NULL, &error));
    OK(seerflow_store_load_model(live.store, "key", 5000, NULL, &live.model, &error));
    OK(seerflow_store_models(live.store, NULL, 5000, NULL, &live.models, &error));
    OK(seerflow_store_add_sigma_matches_ndjson(live.store, rule, sizeof rule - 1, 5000, NULL, &error));
    OK(seerflow_store_sigma_rules(live.store, 5000, NULL, &live.rules, &error));
    OK(seerflow_store_upsert_edges_ndjson(live.store, edge, sizeof edge - 1, 5000, NULL, &error));
    OK(seerflow_edge_cursor_new(&live.cursor, &error));
    OK(seerflow_store_next_edges(live.store, live.cursor, 10, 5000, NULL, &live.edges, &error));
    OK(seerflow_store_related_entities(live.store, "a", 10, 5000, NULL, &live.related, &error));
    OK(seerflow_store_graph_neighbours(live.store, "a", 1, NULL, 0, 5000, NULL, &live.neighbours, &error));
    OK(seerflow_store_graph_top(live.store, "fan_in", 10, 5000, NULL, &live.scores, &error));
    OK(seerflow_event_get_id(live.event, id, &error));
    OK(seerflow_store_event_entities(live.store, id, 5000, NULL, &live.entities, &error));
}

void destroy_detection(void)
{
    seerflow_score_list_destroy(live.scores);
    seerflow_neighbour_list_destroy(live.neighbours);
    seerflow_event_entity_list_destroy(live.entities);
    seerflow_related_list_destroy(live.related);
    seerflow_edge_list_destroy(live.edges);
    seerflow_edge_cursor_destroy(live.cursor);
    seerflow_sigma_rule_list_destroy(live.rules);
    seerflow_model_list_destroy(live.models);
    seerflow_model_destroy(live.model);
    seerflow_counted_list_destroy(live.counted);
    seerflow_alert_pattern_list_destroy(live.patterns);
    seerflow_feedback_list_destroy(live.feedback);
    seerflow_alert_page_destroy(live.alerts);
    seerflow_alert_query_destroy(live.alert_query);
    seerflow_alert_result_list_destroy(live.alert_results);
}

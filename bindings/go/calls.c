#include "calls.h"

void sf_list_drop(sf_list *list)
{
    if (list->list)
        list->destroy(list->list);
    list->list = NULL;
}

/* Makes a list's JSON; destroys the list where that fails. */
#define TAKES(TYPE)                                                                                                        \
    static void drop_##TYPE(void *list) { seerflow_##TYPE##_destroy(list); }                                               \
    static seerflow_status take_##TYPE(seerflow_##TYPE *list, sf_list *out, seerflow_error **error)                        \
    {                                                                                                                      \
        seerflow_status status = seerflow_##TYPE##_ndjson(list, &out->text, &out->len, error);                             \
        if (status) {                                                                                                      \
            seerflow_##TYPE##_destroy(list);                                                                               \
            return status;                                                                                                 \
        }                                                                                                                  \
        out->list = list;                                                                                                  \
        out->destroy = drop_##TYPE;                                                                                        \
        return status;                                                                                                     \
    }

TAKES(alert_page)
TAKES(alert_result_list)
TAKES(feedback_list)
TAKES(alert_pattern_list)
TAKES(histogram)
TAKES(counted_list)
TAKES(event_entity_list)
TAKES(template_list)
TAKES(dead_letter_list)
TAKES(model_list)
TAKES(sigma_rule_list)
TAKES(edge_list)
TAKES(related_list)
TAKES(neighbour_list)
TAKES(score_list)

/* Calls a function that makes a list, and takes the list. */
#define LIST(TYPE, ...)                                                                                                    \
    seerflow_##TYPE *list = NULL;                                                                                          \
    seerflow_status status = __VA_ARGS__;                                                                                  \
    return status ? status : take_##TYPE(list, out, error)

static seerflow_str cut(const char **texts, size_t length)
{
    seerflow_str text = {length ? *texts : NULL, length};
    *texts += length;
    return text;
}

seerflow_status sf_write(sf_call call, int format, const void *data, size_t length, const sf_write_options *given,
                         const char *texts, sf_written *out, seerflow_error **error)
{
    seerflow_write_options options;
    seerflow_result *result = NULL;
    seerflow_status status = seerflow_write_options_init(&options, sizeof options, error);
    if (status)
        return status;
    options.durable = given->durable;
    options.complete = given->complete;
    options.keep_raw = given->keep_raw;
    options.urgent = given->urgent;
    options.withdraw = given->withdraw;
    options.first_index = given->first_index;
    options.timeout_ms = call.timeout_ms;
    options.interrupt = call.interrupt;
    options.batch_key = cut(&texts, given->batch_key);
    options.source_type = cut(&texts, given->source_type);
    options.source_id = cut(&texts, given->source_id);
    options.timezone = cut(&texts, given->timezone);
    options.record_key_field = cut(&texts, given->record_key_field);
    switch (format) {
    case SF_MSGPACK: status = seerflow_store_write_msgpack(call.store, data, length, &options, &out->consumed, &result, error); break;
    case SF_NDJSON: status = seerflow_store_write_ndjson(call.store, data, length, &options, &out->consumed, &result, error); break;
    case SF_LINES: status = seerflow_store_write_lines(call.store, data, length, &options, &out->consumed, &result, error); break;
    case SF_OTLP: status = seerflow_store_write_otlp(call.store, data, length, &options, &out->consumed, &result, error); break;
    case SF_OTLP_JSON: status = seerflow_store_write_otlp_json(call.store, data, length, &options, &out->consumed, &result, error); break;
    default: status = seerflow_store_write_fluent(call.store, data, length, &options, &out->consumed, &result, error); break;
    }
    if (!result)
        return status;
    out->accepted = seerflow_result_accepted(result);
    out->committed = seerflow_result_committed(result);
    out->duplicates = seerflow_result_duplicates(result);
    out->queued = seerflow_result_queued(result);
    out->withdrawn = seerflow_result_withdrawn(result);
    out->unkeyed = seerflow_result_unkeyed(result);
    out->durability = seerflow_result_durability(result);
    out->rejected = seerflow_result_rejected_count(result);
    if (out->rejected)
        out->result = result;
    else
        seerflow_result_destroy(result);
    return status;
}

static seerflow_status take_page(seerflow_page *page, sf_page *out, seerflow_error **error)
{
    seerflow_status status = seerflow_page_data(page, &out->data, &out->length, &out->ends, &out->count, error);
    if (status) {
        seerflow_page_destroy(page);
        return status;
    }
    out->page = page;
    out->next_cursor = seerflow_page_next_cursor(page);
    out->last_cursor = seerflow_page_last_cursor(page);
    out->has_total = seerflow_page_total(page, &out->total);
    return status;
}

seerflow_status sf_query_events(sf_call call, const sf_query *given, sf_page *out, seerflow_error **error)
{
    seerflow_query *query = NULL;
    seerflow_page *page = NULL;
    seerflow_status status = seerflow_query_new(&query, error);
    if (!status) status = seerflow_query_set_time_range(query, given->from_ns, given->to_ns, error);
    if (!status) status = seerflow_query_set_source_type(query, given->source_type, error);
    if (!status) status = seerflow_query_set_source_id(query, given->source_id, error);
    if (!status) status = seerflow_query_set_min_severity(query, given->min_severity, error);
    if (!status) status = seerflow_query_set_template(query, given->template_id, error);
    if (!status) status = seerflow_query_set_entity(query, given->entity, error);
    if (!status) status = seerflow_query_set_text(query, given->text, error);
    if (!status && given->limit) status = seerflow_query_set_limit(query, given->limit, error);
    if (!status && given->page) status = seerflow_query_set_page(query, given->page, error);
    if (!status) status = seerflow_query_set_order(query, given->order, error);
    if (!status && given->cursor) status = seerflow_query_set_cursor(query, given->cursor, error);
    if (!status) status = seerflow_query_set_total(query, given->total, given->total_cap, error);
    if (!status) status = seerflow_query_set_timeout(query, call.timeout_ms, error);
    if (!status) status = seerflow_query_set_interrupt(query, call.interrupt, error);
    if (!status)
        status = given->timeline ? seerflow_store_timeline(call.store, query, &page, error)
                                 : seerflow_store_query_events(call.store, query, &page, error);
    seerflow_query_destroy(query);
    return status ? status : take_page(page, out, error);
}

seerflow_status sf_event(sf_call call, const char *id, sf_page *out, seerflow_error **error)
{
    seerflow_page *page = NULL;
    seerflow_status status = seerflow_store_event(call.store, id, call.timeout_ms, call.interrupt, &page, error);
    return status ? status : take_page(page, out, error);
}

static seerflow_status take_alerts(seerflow_alert_page *page, sf_list *out, seerflow_error **error)
{
    seerflow_status status = take_alert_page(page, out, error);
    if (!status) {
        out->next_cursor = seerflow_alert_page_next_cursor(page);
        out->has_total = seerflow_alert_page_total(page, &out->total);
    }
    return status;
}

seerflow_status sf_query_alerts(sf_call call, const sf_alert_query *given, sf_list *out, seerflow_error **error)
{
    seerflow_alert_query *query = NULL;
    seerflow_alert_page *page = NULL;
    seerflow_status status = seerflow_alert_query_new(&query, error);
    if (!status) status = seerflow_alert_query_set_time_range(query, given->from_ns, given->to_ns, error);
    if (!status) status = seerflow_alert_query_set_type(query, given->type, error);
    if (!status) status = seerflow_alert_query_set_min_severity(query, given->min_severity, error);
    if (!status) status = seerflow_alert_query_set_entity(query, given->entity, error);
    if (!status) status = seerflow_alert_query_set_tactic(query, given->tactic, error);
    if (!status) status = seerflow_alert_query_set_technique(query, given->technique, error);
    if (!status && given->limit) status = seerflow_alert_query_set_limit(query, given->limit, error);
    if (!status && given->page) status = seerflow_alert_query_set_page(query, given->page, error);
    if (!status && given->cursor) status = seerflow_alert_query_set_cursor(query, given->cursor, error);
    if (!status) status = seerflow_alert_query_set_total(query, given->total, error);
    if (!status) status = seerflow_alert_query_set_timeout(query, call.timeout_ms, error);
    if (!status) status = seerflow_alert_query_set_interrupt(query, call.interrupt, error);
    if (!status) status = seerflow_store_query_alerts(call.store, query, &page, error);
    seerflow_alert_query_destroy(query);
    return status ? status : take_alerts(page, out, error);
}

seerflow_status sf_alert(sf_call call, const char *id, sf_list *out, seerflow_error **error)
{
    seerflow_alert_page *page = NULL;
    seerflow_status status = seerflow_store_alert(call.store, id, call.timeout_ms, call.interrupt, &page, error);
    return status ? status : take_alerts(page, out, error);
}

seerflow_status sf_write_alerts(sf_call call, const void *data, size_t length, int64_t window_ns, sf_list *out, seerflow_error **error)
{
    LIST(alert_result_list, seerflow_store_write_alerts_ndjson(call.store, data, length, window_ns, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_judge(sf_call call, const char *alert_id, const char *verdict, const char *note, const char *origin, bool update,
                         seerflow_error **error)
{
    seerflow_feedback feedback;
    seerflow_status status = seerflow_feedback_init(&feedback, sizeof feedback, error);
    if (status)
        return status;
    feedback.alert_id = SEERFLOW_STR(alert_id);
    feedback.feedback = SEERFLOW_STR(verdict);
    feedback.note = SEERFLOW_STR(note);
    if (*origin)
        feedback.origin = SEERFLOW_STR(origin);
    return update ? seerflow_store_update_feedback(call.store, &feedback, call.timeout_ms, call.interrupt, error)
                  : seerflow_store_append_feedback(call.store, &feedback, call.timeout_ms, call.interrupt, error);
}

seerflow_status sf_feedback(sf_call call, const char *alert_id, uint32_t page, uint32_t limit, sf_list *out, seerflow_error **error)
{
    LIST(feedback_list, seerflow_store_feedback(call.store, alert_id, page, limit, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_feedback_stats(sf_call call, seerflow_feedback_stats *out, seerflow_error **error)
{
    SEERFLOW_PREPARE(*out);
    return seerflow_store_feedback_stats(call.store, call.timeout_ms, call.interrupt, out, error);
}

seerflow_status sf_alert_patterns(sf_call call, int64_t from_ns, int64_t to_ns, uint64_t min_count, uint32_t limit, uint32_t max_alerts,
                                  sf_list *out, seerflow_error **error)
{
    LIST(alert_pattern_list, seerflow_store_alert_patterns(call.store, from_ns, to_ns, min_count, limit, max_alerts, call.timeout_ms,
                                                           call.interrupt, &list, error));
}

seerflow_status sf_histogram(sf_call call, int what, seerflow_count_by split, int64_t from_ns, int64_t to_ns, int64_t bucket_ns,
                             sf_list *out, seerflow_error **error)
{
    LIST(histogram,
         what == SF_EVENTS ? seerflow_store_histogram(call.store, from_ns, to_ns, bucket_ns, call.timeout_ms, call.interrupt, &list, error)
         : what == SF_ALERTS
             ? seerflow_store_alert_histogram(call.store, from_ns, to_ns, bucket_ns, call.timeout_ms, call.interrupt, &list, error)
             : seerflow_store_split_histogram(call.store, split, from_ns, to_ns, bucket_ns, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_count_by(sf_call call, seerflow_count_by by, int64_t from_ns, int64_t to_ns, uint32_t limit, sf_list *out,
                            seerflow_error **error)
{
    LIST(counted_list, seerflow_store_count_by(call.store, by, from_ns, to_ns, limit, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_alerts_by(sf_call call, bool severity, int64_t from_ns, int64_t to_ns, sf_list *out, seerflow_error **error)
{
    LIST(counted_list, (severity ? seerflow_store_alerts_by_severity : seerflow_store_alerts_by_rule)(
                           call.store, from_ns, to_ns, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_entities(sf_call call, const char *id, bool of_event, sf_list *out, seerflow_error **error)
{
    LIST(event_entity_list, (of_event ? seerflow_store_event_entities : seerflow_store_describe_entity)(
                                call.store, id, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_templates(sf_call call, uint32_t limit, sf_list *out, seerflow_error **error)
{
    LIST(template_list, seerflow_store_templates(call.store, limit, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_dead_letters(sf_call call, int64_t before_id, uint32_t limit, sf_list *out, seerflow_error **error)
{
    LIST(dead_letter_list, seerflow_store_dead_letters(call.store, before_id, limit, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_models(sf_call call, const char *prefix, sf_list *out, seerflow_error **error)
{
    LIST(model_list, seerflow_store_models(call.store, prefix, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_sigma_rules(sf_call call, sf_list *out, seerflow_error **error)
{
    LIST(sigma_rule_list, seerflow_store_sigma_rules(call.store, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_next_edges(sf_call call, seerflow_edge_cursor *cursor, uint32_t limit, sf_list *out, seerflow_error **error)
{
    LIST(edge_list, seerflow_store_next_edges(call.store, cursor, limit, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_related(sf_call call, const char *id, uint32_t limit, bool graph, sf_list *out, seerflow_error **error)
{
    LIST(related_list, graph ? seerflow_store_graph_related(call.store, id, call.timeout_ms, call.interrupt, &list, error)
                             : seerflow_store_related_entities(call.store, id, limit, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_neighbours(sf_call call, const char *id, uint32_t depth, const char *rel_types, const size_t *ends, size_t count,
                              sf_list *out, seerflow_error **error)
{
    seerflow_str types[64];
    if (count > sizeof types / sizeof *types)
        count = sizeof types / sizeof *types;
    for (size_t i = 0, start = 0; i < count; start = ends[i++]) {
        types[i].data = rel_types + start;
        types[i].len = ends[i] - start;
    }
    LIST(neighbour_list, seerflow_store_graph_neighbours(call.store, id, depth, count ? types : NULL, count, call.timeout_ms,
                                                         call.interrupt, &list, error));
}

seerflow_status sf_path(sf_call call, const char *from, const char *to, sf_list *out, seerflow_error **error)
{
    LIST(neighbour_list, seerflow_store_graph_path(call.store, from, to, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_subgraph(sf_call call, const char *id, uint32_t depth, sf_list *nodes, sf_list *edges, seerflow_error **error)
{
    seerflow_neighbour_list *node_list = NULL;
    seerflow_edge_list *edge_list = NULL;
    seerflow_status status =
        seerflow_store_graph_subgraph(call.store, id, depth, call.timeout_ms, call.interrupt, &node_list, &edge_list, error);
    if (status)
        return status;
    status = take_neighbour_list(node_list, nodes, error);
    if (status) {
        seerflow_edge_list_destroy(edge_list);
        return status;
    }
    status = take_edge_list(edge_list, edges, error);
    if (status)
        sf_list_drop(nodes);
    return status;
}

seerflow_status sf_top(sf_call call, const char *measure, size_t limit, sf_list *out, seerflow_error **error)
{
    LIST(score_list, seerflow_store_graph_top(call.store, measure, limit, call.timeout_ms, call.interrupt, &list, error));
}

seerflow_status sf_prune(sf_call call, bool has_before, int64_t before_ns, uint64_t max_bytes, seerflow_prune_report *out,
                         seerflow_error **error)
{
    seerflow_prune_options options;
    seerflow_status status = seerflow_prune_options_init(&options, sizeof options, error);
    if (status)
        return status;
    options.has_before = has_before;
    options.before_ns = before_ns;
    options.max_bytes = max_bytes;
    SEERFLOW_PREPARE(*out);
    return seerflow_store_prune(call.store, &options, call.timeout_ms, call.interrupt, out, error);
}

seerflow_status sf_stats(const seerflow_store *store, seerflow_stats *out, seerflow_error **error)
{
    SEERFLOW_PREPARE(*out);
    return seerflow_store_stats(store, out, error);
}

seerflow_status sf_summary(sf_call call, seerflow_summary *out, seerflow_error **error)
{
    SEERFLOW_PREPARE(*out);
    return seerflow_store_summary(call.store, call.timeout_ms, call.interrupt, out, error);
}

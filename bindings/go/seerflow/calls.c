#include "_cgo_export.h"
#include "calls.h"

/* Returns the next text of the buffer, and moves past it. An empty text is absent. */
static seerflow_str next_text(const char **texts, size_t length)
{
    seerflow_str text = {length ? *texts : NULL, length};
    *texts += length;
    return text;
}

seerflow_status sf_write(const seerflow_store *store, const seerflow_call *call, seerflow_format format, const void *data, size_t length,
                         const sf_write_options *given, const char *texts, sf_written *out, seerflow_error **error)
{
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
    seerflow_result *result = NULL;
    seerflow_status status;
    options.call = call;
    options.durable = given->durable;
    options.complete = given->complete;
    options.keep_raw = given->keep_raw;
    options.parse = given->parse;
    options.urgent = given->urgent;
    options.withdraw = given->withdraw;
    options.first_index = given->first_index;
    options.reference_ns = given->reference_ns;
    options.batch_key = next_text(&texts, given->batch_key);
    options.record_key_field = next_text(&texts, given->record_key_field);
    options.source_type = next_text(&texts, given->source_type);
    options.source_id = next_text(&texts, given->source_id);
    options.tag = next_text(&texts, given->tag);
    options.timezone = next_text(&texts, given->timezone);
    options.reject_reason = next_text(&texts, given->reject_reason);
    status = seerflow_store_write(store, format, data, length, &options, &out->consumed, &result, error);
    if (result)
        seerflow_result_outcome(result, &outcome, NULL);
    out->outcome = outcome;
    if (outcome.rejected)
        out->result = result;
    else
        seerflow_result_destroy(result);
    return status;
}

seerflow_status sf_query_new(const sf_query *given, seerflow_query **out, seerflow_error **error)
{
    seerflow_query *query = NULL;
    seerflow_status status = seerflow_query_new(&query, error);
    if (!status && (given->from_ns != INT64_MIN || given->to_ns != INT64_MAX))
        status = seerflow_query_set_window(query, given->from_ns, given->to_ns, error);
    if (!status) status = seerflow_query_set_source_type(query, given->source_type, error);
    if (!status) status = seerflow_query_set_source_id(query, given->source_id, error);
    if (!status) status = seerflow_query_set_min_severity(query, given->min_severity, error);
    if (!status) status = seerflow_query_set_template_id(query, given->template_id, error);
    if (!status) status = seerflow_query_set_entity_id(query, given->entity_id, error);
    if (!status) status = seerflow_query_set_text(query, given->text, error);
    if (!status) status = seerflow_query_set_alert_type(query, given->alert_type, error);
    if (!status) status = seerflow_query_set_tactic(query, given->tactic, error);
    if (!status) status = seerflow_query_set_technique(query, given->technique, error);
    if (!status) status = seerflow_query_set_alert_id(query, given->alert_id, error);
    if (!status) status = seerflow_query_set_key_prefix(query, given->key_prefix, error);
    if (!status && given->depth) status = seerflow_query_set_depth(query, given->depth, error);
    if (!status && given->min_count) status = seerflow_query_set_min_count(query, given->min_count, error);
    if (!status && given->max_alerts) status = seerflow_query_set_max_alerts(query, given->max_alerts, error);
    if (!status && given->limit) status = seerflow_query_set_limit(query, given->limit, error);
    if (!status && given->page) status = seerflow_query_set_page(query, given->page, error);
    if (!status && given->order) status = seerflow_query_set_order(query, given->order, error);
    if (!status) status = seerflow_query_set_cursor(query, given->cursor, error);
    if (!status) status = seerflow_query_set_total(query, given->total, given->total_cap, error);
    if (status)
        seerflow_query_destroy(query);
    else
        *out = query;
    return status;
}

static void log_record(void *logger, seerflow_log_level level, const char *text, size_t length)
{
    seerflowGoLog((uintptr_t)logger, level, (char *)text, length);
}

seerflow_status sf_set_log(seerflow_config *config, seerflow_log_level level, uintptr_t logger, seerflow_error **error)
{
    return seerflow_config_set_log(config, level, log_record, (void *)logger, error);
}

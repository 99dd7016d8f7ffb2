/* Two calls that are inefficient from Go, a write, whose options point to texts, and the setters of a query; and the callback for logs. */
#ifndef SEERFLOW_GO_CALLS_H
#define SEERFLOW_GO_CALLS_H

#include <seerflow.h>

/* Write options. The texts are in one buffer, one after the other; these are their lengths. */
typedef struct sf_write_options {
    uint64_t first_index;
    int64_t reference_ns;
    size_t batch_key, record_key_field, source_type, source_id, tag, timezone, reject_reason;
    bool durable, complete, keep_raw, urgent, withdraw;
    uint32_t parse;
} sf_write_options;

typedef struct sf_written {
    size_t consumed;
    seerflow_outcome outcome;
    /* Set only if records were rejected. The caller destroys it. */
    seerflow_result *result;
} sf_written;

seerflow_status sf_write(const seerflow_store *store, const seerflow_call *call, seerflow_format format, const void *data, size_t length,
                         const sf_write_options *options, const char *texts, sf_written *out, seerflow_error **error);

/* The settings of a query. Members that are NULL or 0 are not set, with the exceptions below. */
typedef struct sf_query {
    /* Not set: INT64_MIN and INT64_MAX. */
    int64_t from_ns, to_ns;
    /* Not set: -1. */
    int64_t min_severity;
    /* Not set: INT64_MIN. */
    int64_t template_id;
    const char *source_type, *source_id, *entity_id, *text, *alert_type, *tactic, *technique, *alert_id, *key_prefix, *cursor;
    uint64_t min_count, total_cap;
    uint32_t depth, max_alerts, limit, page;
    seerflow_order order;
    seerflow_total total;
} sf_query;

/* Passes log records to seerflowGoLog, with the id of their logger. */
seerflow_status sf_set_log(seerflow_config *config, seerflow_log_level level, uintptr_t logger, seerflow_error **error);

/* Creates a query, which the caller destroys. */
seerflow_status sf_query_new(const sf_query *given, seerflow_query **query, seerflow_error **error);

#endif

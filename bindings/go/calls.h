/* What cgo cannot say well: one C call for one Go call, with plain arguments and without pointers inside of Go memory. */
#ifndef SEERFLOW_GO_CALLS_H
#define SEERFLOW_GO_CALLS_H

#include <seerflow.h>

/* What every call has. */
typedef struct sf_call {
    const seerflow_store *store;
    const seerflow_interrupt *interrupt;
    int64_t timeout_ms;
} sf_call;

/* A list as JSON, lent by `list`. */
typedef struct sf_list {
    const char *text;
    size_t len;
    void *list;
    void (*destroy)(void *);
    const char *next_cursor;
    uint64_t total;
    bool has_total;
} sf_list;

void sf_list_drop(sf_list *list);

/* The texts of write options stand one after the other in one buffer. */
typedef struct sf_write_options {
    uint64_t first_index;
    size_t batch_key, source_type, source_id, timezone, record_key_field;
    uint8_t durable, complete, keep_raw, urgent, withdraw;
} sf_write_options;

typedef struct sf_written {
    size_t consumed;
    uint64_t accepted, committed, duplicates, queued, withdrawn, unkeyed;
    seerflow_durability durability;
    size_t rejected;
    /* Only if something was rejected. */
    seerflow_result *result;
} sf_written;

enum { SF_MSGPACK, SF_NDJSON, SF_LINES, SF_OTLP, SF_OTLP_JSON, SF_FLUENT };

seerflow_status sf_write(sf_call call, int format, const void *data, size_t length, const sf_write_options *options,
                         const char *texts, sf_written *out, seerflow_error **error);

typedef struct sf_query {
    int64_t from_ns, to_ns, min_severity, template_id;
    const char *source_type, *source_id, *entity, *text, *cursor;
    uint64_t total_cap;
    uint32_t limit, page;
    seerflow_order order;
    seerflow_total total;
    bool timeline;
} sf_query;

typedef struct sf_page {
    seerflow_page *page;
    const uint8_t *data;
    size_t length, count;
    const size_t *ends;
    const char *next_cursor, *last_cursor;
    uint64_t total;
    bool has_total;
} sf_page;

seerflow_status sf_query_events(sf_call call, const sf_query *query, sf_page *out, seerflow_error **error);
seerflow_status sf_event(sf_call call, const char *id, sf_page *out, seerflow_error **error);

typedef struct sf_alert_query {
    int64_t from_ns, to_ns, min_severity;
    const char *type, *entity, *tactic, *technique, *cursor;
    uint32_t limit, page;
    bool total;
} sf_alert_query;

seerflow_status sf_query_alerts(sf_call call, const sf_alert_query *query, sf_list *out, seerflow_error **error);
seerflow_status sf_alert(sf_call call, const char *id, sf_list *out, seerflow_error **error);
seerflow_status sf_write_alerts(sf_call call, const void *data, size_t length, int64_t window_ns, sf_list *out, seerflow_error **error);
seerflow_status sf_judge(sf_call call, const char *alert_id, const char *verdict, const char *note, const char *origin, bool update,
                         seerflow_error **error);
seerflow_status sf_feedback(sf_call call, const char *alert_id, uint32_t page, uint32_t limit, sf_list *out, seerflow_error **error);
seerflow_status sf_feedback_stats(sf_call call, seerflow_feedback_stats *out, seerflow_error **error);
seerflow_status sf_alert_patterns(sf_call call, int64_t from_ns, int64_t to_ns, uint64_t min_count, uint32_t limit, uint32_t max_alerts,
                                  sf_list *out, seerflow_error **error);
enum { SF_EVENTS, SF_EVENTS_SPLIT, SF_ALERTS };
seerflow_status sf_histogram(sf_call call, int what, seerflow_count_by split, int64_t from_ns, int64_t to_ns, int64_t bucket_ns,
                             sf_list *out, seerflow_error **error);
seerflow_status sf_count_by(sf_call call, seerflow_count_by by, int64_t from_ns, int64_t to_ns, uint32_t limit, sf_list *out,
                            seerflow_error **error);
seerflow_status sf_alerts_by(sf_call call, bool severity, int64_t from_ns, int64_t to_ns, sf_list *out, seerflow_error **error);
seerflow_status sf_entities(sf_call call, const char *id, bool of_event, sf_list *out, seerflow_error **error);
seerflow_status sf_templates(sf_call call, uint32_t limit, sf_list *out, seerflow_error **error);
seerflow_status sf_dead_letters(sf_call call, int64_t before_id, uint32_t limit, sf_list *out, seerflow_error **error);
seerflow_status sf_models(sf_call call, const char *prefix, sf_list *out, seerflow_error **error);
seerflow_status sf_sigma_rules(sf_call call, sf_list *out, seerflow_error **error);
seerflow_status sf_next_edges(sf_call call, seerflow_edge_cursor *cursor, uint32_t limit, sf_list *out, seerflow_error **error);
seerflow_status sf_related(sf_call call, const char *id, uint32_t limit, bool graph, sf_list *out, seerflow_error **error);
seerflow_status sf_neighbours(sf_call call, const char *id, uint32_t depth, const char *rel_types, const size_t *ends, size_t count,
                              sf_list *out, seerflow_error **error);
seerflow_status sf_path(sf_call call, const char *from, const char *to, sf_list *out, seerflow_error **error);
seerflow_status sf_subgraph(sf_call call, const char *id, uint32_t depth, sf_list *nodes, sf_list *edges, seerflow_error **error);
seerflow_status sf_top(sf_call call, const char *measure, size_t limit, sf_list *out, seerflow_error **error);
seerflow_status sf_prune(sf_call call, bool has_before, int64_t before_ns, uint64_t max_bytes, seerflow_prune_report *out,
                         seerflow_error **error);
seerflow_status sf_stats(const seerflow_store *store, seerflow_stats *out, seerflow_error **error);
seerflow_status sf_summary(sf_call call, seerflow_summary *out, seerflow_error **error);

#endif

/*
 * A program written for 1.0: it uses each kind of object, struct and list once. It is compiled with the published header and must run
 * with every later library. Do not change it.
 */
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static seerflow_error *error;

static void must(seerflow_status status, const char *what)
{
    if (status == SEERFLOW_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, seerflow_error_message(error));
    exit(1);
}

static void expect(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "failed: %s\n", what);
    exit(1);
}

static void write_events(seerflow_store *store)
{
    static const char lines[] = "Mar 14 01:47:13 web2 sshd[812]: Failed password for root from 203.0.113.66 port 51514\n";
    seerflow_call call = SEERFLOW_CALL_INIT;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_event_input event = SEERFLOW_EVENT_INPUT_INIT;
    seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
    seerflow_result *result = NULL;
    size_t consumed = 0;
    call.timeout_ms = 20000;
    options.call = &call;
    options.durable = true;
    must(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, lines, sizeof lines - 1, &options, &consumed, &result, &error), "write");
    must(seerflow_result_outcome(result, &outcome, &error), "outcome");
    expect(consumed == sizeof lines - 1 && outcome.committed == 1 && outcome.rejected == 0, "a line is committed");
    expect(seerflow_list_count(seerflow_result_rejections(result)) == 0, "no line is rejected");
    seerflow_result_destroy(result);
    event.message = SEERFLOW_STR("a struct");
    event.timestamp_ns = 1700000000000000000;
    must(seerflow_store_write_events(store, &event, 1, &options, &consumed, NULL, &error), "write_events");
    expect(consumed == 1, "a struct is taken");
}

static void read_events(seerflow_store *store)
{
    seerflow_query *query = NULL;
    seerflow_list *list = NULL;
    seerflow_str message = {NULL, 0};
    seerflow_bucket bucket = SEERFLOW_BUCKET_INIT;
    must(seerflow_query_new(&query, &error), "query");
    must(seerflow_query_set_text(query, "failed password", &error), "text");
    must(seerflow_query_set_window(query, INT64_MIN, INT64_MAX, &error), "window");
    must(seerflow_store_query_events(store, query, NULL, &list, &error), "query_events");
    expect(seerflow_list_kind(list) == SEERFLOW_KIND_EVENT && seerflow_list_count(list) == 1, "a line is found");
    must(seerflow_event_get_text(seerflow_list_event_at(list, 0), SEERFLOW_FIELD_MESSAGE, &message, &error), "get_text");
    expect(message.len > 15 && memcmp(message.data, "Failed password", 15) == 0, "its message is read");
    seerflow_list_destroy(list);
    must(seerflow_store_event_histogram(store, query, 60000000000, SEERFLOW_COUNT_BY_NONE, NULL, &list, &error), "histogram");
    must(seerflow_list_bucket_at(list, 0, &bucket, &error), "bucket");
    expect(bucket.count == 1, "a line is counted");
    seerflow_list_destroy(list);
    seerflow_query_destroy(query);
}

static void write_records(seerflow_store *store)
{
    seerflow_alert alert = SEERFLOW_ALERT_INIT;
    seerflow_alert_result written = SEERFLOW_ALERT_RESULT_INIT;
    seerflow_edge edge = SEERFLOW_EDGE_INIT;
    seerflow_list *list = NULL;
    const char *text = NULL;
    size_t length = 0;
    alert.alert_type = SEERFLOW_STR("sigma");
    alert.rule_name = SEERFLOW_STR("a rule");
    alert.entity_type = SEERFLOW_STR("host");
    alert.entity_value = SEERFLOW_STR("web2");
    must(seerflow_store_write_alerts(store, &alert, 1, NULL, NULL, &list, &error), "write_alerts");
    must(seerflow_list_alert_result_at(list, 0, &written, &error), "alert_result");
    expect(written.is_new, "an alert is new");
    seerflow_list_destroy(list);
    edge.source_id = SEERFLOW_STR("a");
    edge.target_id = SEERFLOW_STR("b");
    edge.rel_type = SEERFLOW_STR("met");
    edge.event_count = 3;
    must(seerflow_store_write_edges(store, &edge, 1, NULL, NULL, &error), "write_edges");
    seerflow_query *query = NULL;
    must(seerflow_query_new(&query, &error), "query");
    must(seerflow_store_query_edges(store, query, NULL, &list, &error), "query_edges");
    must(seerflow_list_ndjson(list, &text, &length, &error), "ndjson");
    expect(strlen(text) == length && strstr(text, "\"rel_type\":\"met\"") != NULL, "an edge is listed");
    seerflow_list_destroy(list);
    seerflow_query_destroy(query);
}

int main(int argc, char **argv)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_stats stats = SEERFLOW_STATS_INIT;
    seerflow_summary summary = SEERFLOW_SUMMARY_INIT;
    uint64_t lost = 1;
    if (argc != 2)
        return 2;
    expect(seerflow_abi_version() == SEERFLOW_ABI_VERSION, "the interface has the same number");
    must(seerflow_config_new(&config, &error), "config");
    must(seerflow_config_set(config, "storage.sqlite_path", argv[1], &error), "set");
    must(seerflow_store_new(config, &store, &error), "new");
    must(seerflow_store_open(store, NULL, &error), "open");
    write_events(store);
    read_events(store);
    write_records(store);
    must(seerflow_store_stats(store, &stats, &error), "stats");
    must(seerflow_store_summary(store, NULL, &summary, &error), "summary");
    expect(stats.committed == 2 && summary.events == 2, "two events are stored");
    expect(seerflow_store_write(store, (seerflow_format)99, "", 0, NULL, NULL, NULL, &error) == SEERFLOW_STATUS_INVALID, "an unknown number is refused");
    seerflow_error_destroy(error);
    error = NULL;
    must(seerflow_store_close(store, NULL, &lost, &error), "close");
    expect(lost == 0, "nothing is lost");
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return 0;
}

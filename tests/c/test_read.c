/* Reading: filters, orders, cursors and counts; and the maintenance of a store. */
#include "check.h"

#define BASE INT64_C(1773460800000000000)
#define MINUTE INT64_C(60000000000)

/* Twelve events, one minute apart, from two sources, with severities 0 to 5. */
static seerflow_store *store_of_twelve(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_event_input events[12];
    static char messages[12][48];
    for (int i = 0; i < 12; i++) {
        static seerflow_str ip;
        ip = str("192.0.2.7");
        snprintf(messages[i], sizeof messages[i], "event number%d of twelve", i);
        events[i] = (seerflow_event_input)SEERFLOW_EVENT_INPUT_INIT;
        events[i].timestamp_ns = BASE + i * MINUTE;
        events[i].severity_id = i / 2;
        events[i].source_type = str(i % 3 == 0 ? "third" : "other");
        events[i].source_id = str("h1");
        events[i].template_id = i % 4;
        events[i].message = str(messages[i]);
        if (i >= 10) {
            events[i].related_ips.items = &ip;
            events[i].related_ips.count = 1;
        }
    }
    OK(seerflow_store_write_events(store, events, 12, NULL, NULL, NULL, &error));
    OK(seerflow_store_flush(store, WITHIN(10000), &error));
    return store;
}

static size_t count_of(const seerflow_store *store, const seerflow_query *query)
{
    seerflow_list *page = NULL;
    OK(seerflow_store_query_events(store, query, NULL, &page, &error));
    size_t count = seerflow_list_count(page);
    seerflow_list_destroy(page);
    return count;
}

static void test_filters(void)
{
    seerflow_store *store = store_of_twelve();
    seerflow_query *query = NULL;
    char id[SEERFLOW_ID_SIZE];
    OK(seerflow_query_new(&query, &error));
    CHECK(count_of(store, query) == 12);
    OK(seerflow_query_set_window(query, BASE + MINUTE, BASE + 4 * MINUTE, &error));
    CHECK(count_of(store, query) == 3);
    OK(seerflow_query_set_window(query, INT64_MIN, INT64_MAX, &error));
    OK(seerflow_query_set_source_type(query, "third", &error));
    CHECK(count_of(store, query) == 4);
    OK(seerflow_query_set_min_severity(query, 3, &error));
    CHECK(count_of(store, query) == 2);
    OK(seerflow_query_set_source_type(query, NULL, &error));
    OK(seerflow_query_set_min_severity(query, -1, &error));
    OK(seerflow_query_set_source_id(query, "h2", &error));
    CHECK(count_of(store, query) == 0);
    OK(seerflow_query_set_source_id(query, NULL, &error));
    OK(seerflow_query_set_template_id(query, 2, &error));
    CHECK(count_of(store, query) == 3);
    OK(seerflow_query_set_template_id(query, INT64_MIN, &error));
    OK(seerflow_query_set_text(query, "\"number7 of\" events", &error));
    CHECK(count_of(store, query) == 1);
    OK(seerflow_query_set_text(query, NULL, &error));
    OK(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, str("192.0.2.7"), id, &error));
    OK(seerflow_query_set_entity_id(query, id, &error));
    CHECK(count_of(store, query) == 2);
    FAILS(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, str("no address"), id, &error), SEERFLOW_STATUS_NOT_FOUND);
    FAILS(seerflow_query_set_min_severity(query, 7, &error), SEERFLOW_STATUS_INVALID);
    FAILS(seerflow_query_set_limit(query, 0, &error), SEERFLOW_STATUS_INVALID);
    FAILS(seerflow_query_set_order(query, (seerflow_order)9, &error), SEERFLOW_STATUS_INVALID);
    CHECK(count_of(store, query) == 2);
    seerflow_query_destroy(query);
    close_store(store);
}

static int64_t minute_of(const seerflow_list *page, size_t index)
{
    int64_t ns = 0;
    OK(seerflow_event_get_int(seerflow_list_event_at(page, index), SEERFLOW_FIELD_TIMESTAMP_NS, &ns, &error));
    return (ns - BASE) / MINUTE;
}

/* Pages of five events by cursor return every event once, in each order. The last cursor continues with later events. */
static void test_cursors(void)
{
    seerflow_store *store = store_of_twelve();
    static const seerflow_order orders[] = {SEERFLOW_ORDER_NEWEST, SEERFLOW_ORDER_OLDEST, SEERFLOW_ORDER_ARRIVAL};
    for (size_t o = 0; o < 3; o++) {
        const seerflow_order order = orders[o];
        seerflow_query *query = NULL;
        seerflow_list *page = NULL;
        int64_t seen = 0;
        char token[256] = "";
        OK(seerflow_query_new(&query, &error));
        OK(seerflow_query_set_limit(query, 5, &error));
        OK(seerflow_query_set_order(query, order, &error));
        do {
            OK(seerflow_store_query_events(store, query, NULL, &page, &error));
            for (size_t i = 0; i < seerflow_list_count(page); i++, seen++)
                CHECK(minute_of(page, i) == (order == SEERFLOW_ORDER_NEWEST ? 11 - seen : seen));
            const char *next = seerflow_list_next_cursor(page);
            CHECK((next != NULL) == (seen < 12));
            snprintf(token, sizeof token, "%s", seerflow_list_last_cursor(page));
            seerflow_list_destroy(page);
            OK(seerflow_query_set_cursor(query, token, &error));
        } while (seen < 12);
        CHECK(count_of(store, query) == 0);
        OK(seerflow_query_set_page(query, 2, &error));
        FAILS(seerflow_store_query_events(store, query, NULL, &page, &error), SEERFLOW_STATUS_INVALID); /* a page and a cursor */
        OK(seerflow_query_set_page(query, 1, &error));
        OK(seerflow_query_set_cursor(query, "nonsense", &error));
        FAILS(seerflow_store_query_events(store, query, NULL, &page, &error), SEERFLOW_STATUS_INVALID);
        OK(seerflow_query_set_cursor(query, token, &error));
        if (order == SEERFLOW_ORDER_ARRIVAL) {
            write_message(store, "came later", 1);
            CHECK(count_of(store, query) == 1);
        }
        seerflow_query_destroy(query);
    }
    close_store(store);
}

static void test_pages_and_totals(void)
{
    seerflow_store *store = store_of_twelve();
    seerflow_query *query = NULL;
    seerflow_list *page = NULL;
    uint64_t total = 77;
    OK(seerflow_query_new(&query, &error));
    OK(seerflow_query_set_limit(query, 5, &error));
    OK(seerflow_query_set_page(query, 3, &error));
    OK(seerflow_store_query_events(store, query, NULL, &page, &error));
    CHECK(seerflow_list_count(page) == 2 && minute_of(page, 0) == 1);
    CHECK(!seerflow_list_total(page, &total) && total == 77);
    CHECK(seerflow_list_next_cursor(page) == NULL);
    seerflow_list_destroy(page);
    OK(seerflow_query_set_total(query, SEERFLOW_TOTAL_EXACT, 0, &error));
    OK(seerflow_store_query_events(store, query, NULL, &page, &error));
    CHECK(seerflow_list_total(page, &total) && total == 12);
    seerflow_list_destroy(page);
    OK(seerflow_query_set_total(query, SEERFLOW_TOTAL_CAPPED, 7, &error));
    OK(seerflow_store_query_events(store, query, NULL, &page, &error));
    CHECK(seerflow_list_total(page, &total) && total == 7);
    seerflow_list_destroy(page);
    FAILS(seerflow_query_set_total(query, (seerflow_total)3, 0, &error), SEERFLOW_STATUS_INVALID);
    seerflow_query_destroy(query);
    close_store(store);
}

/* The same page as one buffer, as JSON, and event by event. The page outlives its store. */
static void test_page_forms(void)
{
    seerflow_store *store = store_of_twelve();
    seerflow_list *page = NULL;
    const uint8_t *data = NULL, *one = NULL;
    const size_t *ends = NULL;
    const char *text = NULL, *json = NULL;
    size_t length = 0, one_length = 0, json_length = 0, lines = 0;
    OK(search(store, "twelve", 100, &page, &error));
    close_store(store);
    OK(seerflow_list_msgpack(page, &data, &length, &ends, &error));
    CHECK(seerflow_list_count(page) == 12 && ends[11] == length);
    OK(seerflow_event_msgpack(seerflow_list_event_at(page, 1), &one, &one_length, &error));
    CHECK(one == data + ends[0] && one_length == ends[1] - ends[0]);
    OK(seerflow_event_get_msgpack(seerflow_list_event_at(page, 1), SEERFLOW_FIELD_MESSAGE, &one, &one_length, &error));
    CHECK(one_length == 1 + strlen("event number10 of twelve") && one[0] == (0xa0 | (one_length - 1)));
    OK(seerflow_event_get_msgpack(seerflow_list_event_at(page, 1), SEERFLOW_FIELD_TRACE_ID, &one, &one_length, &error));
    CHECK(one == NULL && one_length == 0);
    OK(seerflow_list_ndjson(page, &text, &length, &error));
    CHECK(strlen(text) == length);
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    CHECK(lines == 12);
    OK(seerflow_event_json(seerflow_list_event_at(page, 0), &json, &json_length, &error));
    CHECK(json_length == strlen(json) && strncmp(text, json, json_length) == 0 && text[json_length] == '\n');
    seerflow_list_destroy(page);
}

static void test_histogram(void)
{
    seerflow_store *store = store_of_twelve();
    seerflow_list *histogram = NULL;
    seerflow_query *query = NULL;
    seerflow_bucket bucket = SEERFLOW_BUCKET_INIT;
    const char *json = NULL;
    size_t length = 0;
    OK(seerflow_query_new(&query, &error));
    OK(seerflow_query_set_window(query, BASE, BASE + 60 * MINUTE, &error));
    OK(seerflow_store_event_histogram(store, query, 10 * MINUTE, SEERFLOW_COUNT_BY_NONE, WITHIN(5000), &histogram, &error));
    CHECK(seerflow_list_count(histogram) == 2);
    OK(seerflow_list_bucket_at(histogram, 0, &bucket, &error));
    CHECK(bucket.start_ns == BASE && bucket.count == 10 && bucket.value.len == 0);
    OK(seerflow_list_bucket_at(histogram, 1, &bucket, &error));
    CHECK(bucket.start_ns == BASE + 10 * MINUTE && bucket.count == 2);
    FAILS(seerflow_list_bucket_at(histogram, 2, &bucket, &error), SEERFLOW_STATUS_NOT_FOUND);
    OK(seerflow_list_ndjson(histogram, &json, &length, &error));
    CHECK(strlen(json) == length && strstr(json, "\"count\":10}\n{\"start_ns\":") != NULL);
    seerflow_list_destroy(histogram);
    FAILS(seerflow_store_event_histogram(store, query, 0, SEERFLOW_COUNT_BY_NONE, NULL, &histogram, &error), SEERFLOW_STATUS_INVALID);
    seerflow_query_destroy(query);
    close_store(store);
}

static void test_templates(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_template templates[2], found = SEERFLOW_TEMPLATE_INIT;
    seerflow_list *list = NULL;
    seerflow_query *query = NULL;
    uint64_t deleted = 77;
    for (int i = 0; i < 2; i++) {
        templates[i] = (seerflow_template)SEERFLOW_TEMPLATE_INIT;
        templates[i].template_id = i + 1;
        templates[i].template_str = str("Accepted <*> for <*>");
        templates[i].event_count = i + 1;
        templates[i].example_message = str("Accepted password for deploy");
    }
    OK(seerflow_store_write_templates(store, templates, 2, WITHIN(5000), &error));
    OK(seerflow_store_write_templates(store, templates, 1, WITHIN(5000), &error));
    OK(seerflow_query_new(&query, &error));
    OK(seerflow_store_query_templates(store, query, WITHIN(5000), &list, &error));
    seerflow_query_destroy(query);
    CHECK(seerflow_list_count(list) == 2);
    OK(seerflow_list_template_at(list, 0, &found, &error));
    CHECK(found.event_count == 2 && str_is(found.template_str, "Accepted <*> for <*>"));
    FAILS(seerflow_list_template_at(list, 2, &found, &error), SEERFLOW_STATUS_NOT_FOUND);
    seerflow_list_destroy(list);
    OK(seerflow_store_prune_templates(store, 3, WITHIN(5000), &deleted, &error));
    CHECK(deleted == 2);
    OK(seerflow_store_reset_templates(store, WITHIN(5000), &deleted, &error));
    CHECK(deleted == 0);
    close_store(store);
}

static void count_progress(void *user_data, uint64_t done, uint64_t total)
{
    CHECK(done <= total);
    ++*(int *)user_data;
}

static void test_maintenance(void)
{
    seerflow_store *store = store_of_twelve();
    seerflow_list *findings = NULL;
    seerflow_prune_options options = SEERFLOW_PRUNE_OPTIONS_INIT;
    seerflow_prune_report report = SEERFLOW_PRUNE_REPORT_INIT;
    seerflow_summary summary = SEERFLOW_SUMMARY_INIT;
    seerflow_config *config = NULL;
    seerflow_store *copy = NULL;
    seerflow_finding finding = SEERFLOW_FINDING_INIT;
    int progress = 0;
    OK(seerflow_store_checkpoint(store, NULL, &error));
    OK(seerflow_store_check(store, SEERFLOW_CHECK_STRUCTURE | SEERFLOW_CHECK_TEXT, WITHIN(10000), &findings, &error));
    CHECK(seerflow_list_count(findings) == 0);
    FAILS(seerflow_list_finding_at(findings, 0, &finding, &error), SEERFLOW_STATUS_NOT_FOUND);
    seerflow_list_destroy(findings);
    OK(seerflow_store_backup(store, in_folder("copy.db"), WITHIN(10000), count_progress, &progress, &error));
    CHECK(progress > 0);
    options.before_ns = BASE + 5 * MINUTE;
    OK(seerflow_store_prune(store, &options, WITHIN(10000), &report, &error));
    CHECK(report.events == 5 && count_events(store) == 7);
    OK(seerflow_store_summary(store, WITHIN(5000), &summary, &error));
    CHECK(summary.oldest_ns == BASE + 5 * MINUTE && summary.newest_ns == BASE + 11 * MINUTE && !summary.made_by_seerflow);
    close_store(store);
    OK(seerflow_config_new(&config, &error));
    OK(seerflow_config_set(config, "storage.sqlite_path", in_folder("copy.db"), &error));
    OK(seerflow_store_new(config, &copy, &error));
    seerflow_config_destroy(config);
    CHECK(count_events(copy) == 12);
    close_store(copy);
}

int main(void)
{
    RUN(test_filters);
    RUN(test_cursors);
    RUN(test_pages_and_totals);
    RUN(test_page_forms);
    RUN(test_histogram);
    RUN(test_templates);
    RUN(test_maintenance);
    return 0;
}

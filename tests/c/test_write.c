/* Writing: the four forms of input, read back. */
#include "check.h"

static const char LINE[] = "Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n";

/* Writes a line and finds it, with as few calls as possible. */
static void test_thin_line(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_list *page = NULL;
    seerflow_str text;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, LINE, sizeof LINE - 1, NULL, NULL, NULL, &error));
    OK(seerflow_store_flush(store, WITHIN(10000), &error));
    OK(search(store, "accepted password", 10, &page, &error));
    CHECK(seerflow_list_count(page) == 1);
    const seerflow_event *event = seerflow_list_event_at(page, 0);
    OK(seerflow_event_get_text(event, SEERFLOW_FIELD_SOURCE_ID, &text, &error));
    CHECK(str_is(text, "web2"));
    OK(seerflow_event_get_list_at(event, SEERFLOW_FIELD_RELATED_IPS, 0, &text, &error));
    CHECK(str_is(text, "203.0.113.66"));
    CHECK(seerflow_list_event_at(page, 1) == NULL);
    seerflow_list_destroy(page);
    close_store(store);
}

static void fill_event(seerflow_event_input *event)
{
    static seerflow_str ips[2], tags[1];
    static seerflow_attribute attributes[5];
    static seerflow_pair resource[1];
    ips[0] = str("192.0.2.7");
    ips[1] = str("2001:db8::7");
    tags[0] = str("t1");
    for (size_t i = 0; i < 5; i++)
        memset(&attributes[i], 0, sizeof attributes[i]);
    attributes[0].key = str("text");
    attributes[0].type = SEERFLOW_VALUE_TEXT;
    attributes[0].s = str("caf\xc3\xa9");
    attributes[1].key = str("int");
    attributes[1].type = SEERFLOW_VALUE_INT;
    attributes[1].i = INT64_MIN;
    attributes[2].key = str("float");
    attributes[2].type = SEERFLOW_VALUE_FLOAT;
    attributes[2].d = 0.5;
    attributes[3].key = str("bool");
    attributes[3].type = SEERFLOW_VALUE_BOOL;
    attributes[3].i = 1;
    attributes[4].key = str("null");
    attributes[4].type = SEERFLOW_VALUE_NULL;
    resource[0].key = str("service.name");
    resource[0].value = str("ledger");
    event->event_id = str("019cea80-8468-7d95-85e6-9c1966f2d9af");
    event->timestamp_ns = INT64_C(1773460817000000001);
    event->severity_id = 5;
    event->message = str("structs carry every kind of field");
    event->source_type = str("test");
    event->trace_id = str("0af7651916cd43dd8448eb211c80319c");
    event->risk_score = 42.5;
    event->related_ips.items = ips;
    event->related_ips.count = 2;
    event->tags.items = tags;
    event->tags.count = 1;
    event->attributes.items = attributes;
    event->attributes.count = 5;
    event->resource_attrs.items = resource;
    event->resource_attrs.count = 1;
}

static void test_structs_are_read_back_unchanged(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_event_input event = SEERFLOW_EVENT_INPUT_INIT;
    seerflow_list *page = NULL;
    seerflow_str text;
    seerflow_attribute attribute;
    char id[SEERFLOW_ID_SIZE];
    size_t count, consumed = 0;
    int64_t number;
    double real;
    fill_event(&event);
    OK(seerflow_store_write_events(store, &event, 1, NULL, &consumed, NULL, &error));
    CHECK(consumed == 1);
    OK(seerflow_store_flush(store, WITHIN(10000), &error));
    OK(search(store, "structs", 10, &page, &error));
    CHECK(seerflow_list_count(page) == 1);
    const seerflow_event *stored = seerflow_list_event_at(page, 0);
    OK(seerflow_event_get_id(stored, id, &error));
    CHECK(strcmp(id, "019cea80-8468-7d95-85e6-9c1966f2d9af") == 0);
    OK(seerflow_event_get_int(stored, SEERFLOW_FIELD_TIMESTAMP_NS, &number, &error));
    CHECK(number == INT64_C(1773460817000000001));
    OK(seerflow_event_get_int(stored, SEERFLOW_FIELD_SEVERITY_ID, &number, &error));
    CHECK(number == 5);
    OK(seerflow_event_get_int(stored, SEERFLOW_FIELD_TEMPLATE_ID, &number, &error));
    CHECK(number == -1);
    OK(seerflow_event_get_float(stored, SEERFLOW_FIELD_RISK_SCORE, &real, &error));
    CHECK(real == 42.5);
    OK(seerflow_event_get_float(stored, SEERFLOW_FIELD_CONFIDENCE, &real, &error));
    CHECK(real == 1.0);
    OK(seerflow_event_get_text(stored, SEERFLOW_FIELD_EVENT_KIND, &text, &error));
    CHECK(str_is(text, "event"));
    OK(seerflow_event_get_text(stored, SEERFLOW_FIELD_SPAN_ID, &text, &error));
    CHECK(text.data == NULL && text.len == 0);
    OK(seerflow_event_get_list_count(stored, SEERFLOW_FIELD_RELATED_IPS, &count, &error));
    CHECK(count == 2);
    OK(seerflow_event_get_list_at(stored, SEERFLOW_FIELD_RELATED_IPS, 1, &text, &error));
    CHECK(str_is(text, "2001:db8::7"));
    FAILS(seerflow_event_get_list_at(stored, SEERFLOW_FIELD_RELATED_IPS, 2, &text, &error), SEERFLOW_STATUS_NOT_FOUND);
    OK(seerflow_event_get_map_count(stored, SEERFLOW_FIELD_ATTRIBUTES, &count, &error));
    CHECK(count == 5);
    OK(seerflow_event_get_map_at(stored, SEERFLOW_FIELD_ATTRIBUTES, 0, &attribute, &error));
    CHECK(str_is(attribute.key, "text") && attribute.type == SEERFLOW_VALUE_TEXT && str_is(attribute.s, "caf\xc3\xa9"));
    OK(seerflow_event_get_map_at(stored, SEERFLOW_FIELD_ATTRIBUTES, 1, &attribute, &error));
    CHECK(attribute.type == SEERFLOW_VALUE_INT && attribute.i == INT64_MIN);
    OK(seerflow_event_get_map_at(stored, SEERFLOW_FIELD_ATTRIBUTES, 2, &attribute, &error));
    CHECK(attribute.type == SEERFLOW_VALUE_FLOAT && attribute.d == 0.5);
    OK(seerflow_event_get_map_at(stored, SEERFLOW_FIELD_ATTRIBUTES, 3, &attribute, &error));
    CHECK(attribute.type == SEERFLOW_VALUE_BOOL && attribute.i == 1);
    OK(seerflow_event_get_map_at(stored, SEERFLOW_FIELD_ATTRIBUTES, 4, &attribute, &error));
    CHECK(attribute.type == SEERFLOW_VALUE_NULL);
    OK(seerflow_event_get_map_at(stored, SEERFLOW_FIELD_RESOURCE_ATTRS, 0, &attribute, &error));
    CHECK(str_is(attribute.key, "service.name") && str_is(attribute.s, "ledger"));
    FAILS(seerflow_event_get_int(stored, SEERFLOW_FIELD_MESSAGE, &number, &error), SEERFLOW_STATUS_INVALID);
    FAILS(seerflow_event_get_text(stored, 9999, &text, &error), SEERFLOW_STATUS_INVALID);
    seerflow_list_destroy(page);
    close_store(store);
}

/* Of several events, only the bad ones are rejected. The smaller struct of an older program is accepted. */
static void test_structs_bad_and_small(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_event_input events[3];
    seerflow_result *result = NULL;
    seerflow_list *letters = NULL;
    seerflow_dead_letter letter = SEERFLOW_DEAD_LETTER_INIT;
    seerflow_rejection rejection = SEERFLOW_REJECTION_INIT;
    seerflow_query *newest = NULL;
    size_t consumed = 0;
    for (size_t i = 0; i < 3; i++) {
        events[i] = (seerflow_event_input)SEERFLOW_EVENT_INPUT_INIT;
        events[i].message = str("one of three");
    }
    events[1].body = str("\001\001");
    OK(seerflow_store_write_events(store, events, 3, NULL, &consumed, &result, &error));
    CHECK(consumed == 3 && outcome_of(result).accepted == 2 && outcome_of(result).rejected == 1);
    CHECK(outcome_of(result).durability == SEERFLOW_DURABILITY_NONE);
    const seerflow_list *rejections = seerflow_result_rejections(result);
    CHECK(seerflow_list_count(rejections) == 1 && seerflow_list_kind(rejections) == SEERFLOW_KIND_REJECTION);
    OK(seerflow_list_rejection_at(rejections, 0, &rejection, &error));
    CHECK(rejection.index == 1 && rejection.reason.len > 2);
    FAILS(seerflow_list_rejection_at(rejections, 1, &rejection, &error), SEERFLOW_STATUS_NOT_FOUND);
    seerflow_result_destroy(result);
    CHECK(count_events(store) == 2);
    OK(seerflow_query_new(&newest, &error));
    OK(seerflow_store_query_dead_letters(store, newest, WITHIN(5000), &letters, &error));
    seerflow_query_destroy(newest);
    CHECK(seerflow_list_count(letters) == 1);
    OK(seerflow_list_dead_letter_at(letters, 0, &letter, &error));
    CHECK(str_is(letter.format, "struct") && letter.reason.len > 0);
    seerflow_list_destroy(letters);

    /* A struct that ends after the message. */
    uint32_t small = (uint32_t)(offsetof(seerflow_event_input, message) + sizeof events[0].message);
    events[0].struct_size = small;
    OK(seerflow_store_write_events(store, events, 1, NULL, NULL, NULL, &error));
    CHECK(count_events(store) == 3);
    /* Structs of one array that state different sizes. */
    FAILS(seerflow_store_write_events(store, events, 2, NULL, NULL, NULL, &error), SEERFLOW_STATUS_INVALID);
    close_store(store);
}

static void test_ndjson(void)
{
    static const char data[] = "{\"message\":\"first\",\"severity_id\":4}\n"
                               "\n"
                               "not json\n"
                               "{\"message\":\"second\"}\r\n";
    seerflow_store *store = open_store(NULL);
    seerflow_result *result = NULL;
    seerflow_rejection rejection = SEERFLOW_REJECTION_INIT;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_NDJSON, data, sizeof data - 1, NULL, NULL, &result, &error));
    CHECK(outcome_of(result).accepted == 2 && outcome_of(result).rejected == 1);
    OK(seerflow_list_rejection_at(seerflow_result_rejections(result), 0, &rejection, &error));
    CHECK(rejection.index == 1);
    seerflow_result_destroy(result);
    CHECK(count_events(store) == 2);
    close_store(store);
}

static void test_msgpack(void)
{
    /* Two maps and the start of a third: {"message": "one"} {"message": "two", "severity_id": 4} {"message" */
    static const unsigned char data[] = "\x81\xa7message\xa3one"
                                        "\x82\xa7message\xa3two\xabseverity_id\x04"
                                        "\x81\xa7message";
    seerflow_store *store = open_store(NULL);
    seerflow_result *result = NULL;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    size_t consumed = 0, length = sizeof data - 1;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_MSGPACK, data, length, NULL, &consumed, &result, &error));
    CHECK(consumed == length - 9 && outcome_of(result).accepted == 2);
    seerflow_result_destroy(result);
    /* The same rest is invalid if the input is marked as complete. */
    options.complete = true;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_MSGPACK, data + consumed, length - consumed, &options, &consumed, &result, &error));
    CHECK(consumed == 9 && outcome_of(result).accepted == 0 && outcome_of(result).rejected == 1);
    seerflow_result_destroy(result);
    CHECK(count_events(store) == 2);
    close_store(store);
}

/* The msgpack of a page can be written again; its events are recognised by their ids. */
static void test_msgpack_of_a_page(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_list *page = NULL;
    seerflow_result *result = NULL;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    const uint8_t *data = NULL;
    const size_t *ends = NULL;
    size_t length = 0;
    for (int i = 0; i < 5; i++)
        write_message(store, "again", 0);
    CHECK(count_events(store) == 5);
    OK(search(store, "again", 10, &page, &error));
    OK(seerflow_list_msgpack(page, &data, &length, &ends, &error));
    CHECK(seerflow_list_count(page) == 5 && ends[4] == length);
    options.durable = true;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_MSGPACK, data, length, &options, NULL, &result, &error));
    CHECK(outcome_of(result).accepted == 5 && outcome_of(result).duplicates == 5);
    CHECK(outcome_of(result).durability == SEERFLOW_DURABILITY_PROCESS);
    seerflow_result_destroy(result);
    seerflow_list_destroy(page);
    CHECK(count_events(store) == 5);
    close_store(store);
}

/* An incomplete last line is not consumed until its end arrives or the input is marked as complete. */
static void test_partial_last_line(void)
{
    static const char data[] = "Mar 15 01:00:00 h a: whole\nMar 15 01:00:01 h a: hal";
    seerflow_store *store = open_store(NULL);
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_list *page = NULL;
    char rest[64];
    size_t consumed = 0;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, data, sizeof data - 1, &options, &consumed, NULL, &error));
    CHECK(consumed == 27);
    snprintf(rest, sizeof rest, "%sf\n", data + consumed);
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, rest, strlen(rest), &options, &consumed, NULL, &error));
    CHECK(consumed == strlen(rest) && count_events(store) == 2);
    OK(search(store, "half", 10, &page, &error));
    CHECK(seerflow_list_count(page) == 1);
    seerflow_list_destroy(page);
    options.complete = true;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "no line end", 11, &options, &consumed, NULL, &error));
    CHECK(consumed == 11 && count_events(store) == 3);
    close_store(store);
}

/* Sources set by options; the whole line in raw_event; bytes that are not UTF-8. */
static void test_line_options(void)
{
    static const char line[] = "<13>Mar 15 01:47:13 h a: caf\xe9\n";
    seerflow_store *store = open_store(NULL);
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_list *page = NULL;
    seerflow_query *query = NULL;
    seerflow_str text;
    int64_t time_ns = 0;
    options.keep_raw = true;
    options.timezone = str("Europe/Berlin");
    options.reference_ns = INT64_C(1775001600) * 1000000000; /* April 2026 */
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, line, sizeof line - 1, &options, NULL, NULL, &error));
    options.source_type = str("appliance");
    options.source_id = str("box-7");
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "no header\n", 10, &options, NULL, NULL, &error));
    CHECK(count_events(store) == 2);
    OK(seerflow_query_new(&query, &error));
    OK(seerflow_query_set_source_type(query, "appliance", &error));
    OK(seerflow_store_query_events(store, query, NULL, &page, &error));
    CHECK(seerflow_list_count(page) == 1);
    OK(seerflow_event_get_text(seerflow_list_event_at(page, 0), SEERFLOW_FIELD_SOURCE_ID, &text, &error));
    CHECK(str_is(text, "box-7"));
    seerflow_list_destroy(page);
    OK(seerflow_query_set_source_type(query, NULL, &error));
    OK(seerflow_query_set_source_id(query, "h", &error));
    OK(seerflow_store_query_events(store, query, NULL, &page, &error));
    CHECK(seerflow_list_count(page) == 1);
    const seerflow_event *event = seerflow_list_event_at(page, 0);
    OK(seerflow_event_get_text(event, SEERFLOW_FIELD_MESSAGE, &text, &error));
    CHECK(str_is(text, "caf\xef\xbf\xbd"));
    OK(seerflow_event_get_text(event, SEERFLOW_FIELD_RAW_EVENT, &text, &error));
    CHECK(text.len > 20);
    OK(seerflow_event_get_int(event, SEERFLOW_FIELD_TIMESTAMP_NS, &time_ns, &error));
    CHECK(time_ns == INT64_C(1773535633) * 1000000000);
    seerflow_list_destroy(page);
    seerflow_query_destroy(query);
    options.timezone = str("Middle/Earth");
    FAILS(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, line, sizeof line - 1, &options, NULL, NULL, &error), SEERFLOW_STATUS_INVALID);
    close_store(store);
}

/* The events of a durable write are in the file when the call returns: another handle reads them, without a flush. */
static void test_durable(void)
{
    const char *settings[] = {"storage.durability", "power", "storage.flush_interval_ms", "60000", NULL};
    seerflow_store *store = open_store(settings), *other = open_store(NULL);
    seerflow_summary summary = SEERFLOW_SUMMARY_INIT;
    seerflow_stats stats = SEERFLOW_STATS_INIT;
    write_message(store, "durable", 1);
    OK(seerflow_store_summary(other, WITHIN(5000), &summary, &error));
    CHECK(summary.events == 1);
    OK(seerflow_store_stats(store, &stats, &error));
    CHECK(stats.durability == SEERFLOW_DURABILITY_POWER && stats.committed == 1 && stats.queue_events == 0);
    close_store(other);
    close_store(store);
}

/* A batch that is sent again, whole or in parts, by the same process or another one, is stored once. */
static void test_batch_key(void)
{
    static const char data[] = "{\"timestamp_ns\":1773539233000000000,\"message\":\"a\"}\n{\"timestamp_ns\":1773539233000000000,\"message\":\"b\"}\n"
                               "{\"timestamp_ns\":1773539233000000000,\"message\":\"c\"}\n";
    const size_t line = (sizeof data - 1) / 3;
    seerflow_store *store = open_store(NULL);
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_result *result = NULL;
    options.durable = true;
    options.batch_key = str("chunk-1");
    for (int round = 0; round < 2; round++) {
        OK(seerflow_store_write(store, SEERFLOW_FORMAT_NDJSON, data, sizeof data - 1, &options, NULL, &result, &error));
        CHECK(outcome_of(result).accepted == 3);
        CHECK(outcome_of(result).duplicates == (round == 0 ? 0 : 3));
        seerflow_result_destroy(result);
    }
    close_store(store);
    store = open_store(NULL);
    options.first_index = 1;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_NDJSON, data + line, 2 * line, &options, NULL, &result, &error));
    CHECK(outcome_of(result).duplicates == 2);
    seerflow_result_destroy(result);
    options.batch_key = str("chunk-2");
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_NDJSON, data, line, &options, NULL, &result, &error));
    CHECK(outcome_of(result).duplicates == 0);
    seerflow_result_destroy(result);
    CHECK(count_events(store) == 4);
    close_store(store);
}

int main(void)
{
    RUN(test_thin_line);
    RUN(test_structs_are_read_back_unchanged);
    RUN(test_structs_bad_and_small);
    RUN(test_ndjson);
    RUN(test_msgpack);
    RUN(test_msgpack_of_a_page);
    RUN(test_partial_last_line);
    RUN(test_line_options);
    RUN(test_durable);
    RUN(test_batch_key);
    return 0;
}

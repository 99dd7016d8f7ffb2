/*
 * Every function of the header with what it must refuse: NULL, garbage, handles of another type, numbers and sizes that
 * cannot be. Nothing may crash, hang, write, or forget to say why.
 *
 * The list of functions is made from seerflow.h: one that has no entry does not link. Alerts, models, Sigma rules, edges,
 * entities and counts are in sweep_detection.c, the graph is in sweep_graph.c.
 */
#include "sweep.h"

struct sweep_live live;
uint64_t zeros[9], ones[9];

void *bad_pointer(unsigned number, const char *type)
{
    switch (number) {
    case 0: return NULL;
    case 1: return zeros;
    case 2: return ones;
    case 3: return (char *)zeros + 1;
    case 4: return strcmp(type, "seerflow_config") == 0 ? (void *)live.interrupt : (void *)live.config;
    default: return strcmp(type, "seerflow_query") == 0 ? (void *)live.interrupt : (void *)live.query;
    }
}

/* --- no handles --- */
SWEEP(seerflow_version) { CHECK(seerflow_version()[0] != '\0'); }
SWEEP(seerflow_abi_version) { CHECK(seerflow_abi_version() > 0); }
SWEEP(seerflow_status_name)
{
    for (int32_t i = -3; i < 300; i++)
        CHECK(seerflow_status_name(i)[0] != '\0');
    CHECK(seerflow_status_name(INT32_MIN)[0] != '\0' && seerflow_status_name(INT32_MAX)[0] != '\0');
}
SWEEP(seerflow_field_name)
{
    CHECK(seerflow_field_name(0) == NULL && seerflow_field_name(UINT32_MAX) == NULL);
    for (uint32_t i = 1; i <= SEERFLOW_FIELD_RESOURCE_ATTRS; i++)
        CHECK(seerflow_field_name(i) != NULL);
}
SWEEP(seerflow_config_option_count) { CHECK(seerflow_config_option_count() > 0); }
SWEEP(seerflow_config_option_at)
{
    FAILS(seerflow_config_option_at(SIZE_MAX, NULL, NULL, NULL, &error), SEERFLOW_STATUS_NOT_FOUND);
    OK(seerflow_config_option_at(0, NULL, NULL, NULL, &error));
}
SWEEP(seerflow_entity_id)
{
    char id[SEERFLOW_ID_SIZE];
    seerflow_str none = {NULL, 0}, wrong = {NULL, 5}, not_utf8 = {"\xff\xfe", 2};
    FAILS(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, str("192.0.2.1"), NULL, &error), INVALID);
    FAILS(seerflow_entity_id(0, str("192.0.2.1"), id, &error), INVALID);
    FAILS(seerflow_entity_id(UINT32_MAX, str("192.0.2.1"), id, &error), INVALID);
    FAILS(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, none, id, &error), SEERFLOW_STATUS_NOT_FOUND);
    FAILS(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, wrong, id, &error), INVALID);
    FAILS(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, not_utf8, id, &error), INVALID);
}
SWEEP(seerflow_event_init)
{
    seerflow_event_input event;
    EACH_BAD_PLACE(seerflow_event_input, place)
        FAILS(seerflow_event_init(place, sizeof event, &error), INVALID);
    FAILS(seerflow_event_init(&event, 0, &error), INVALID);
    FAILS(seerflow_event_init(&event, SIZE_MAX, &error), INVALID);
    FAILS(seerflow_event_init(&event, sizeof event - 1, &error), INVALID);
}
SWEEP(seerflow_write_options_init)
{
    seerflow_write_options options;
    EACH_BAD_PLACE(seerflow_write_options, place)
        FAILS(seerflow_write_options_init(place, sizeof options, &error), INVALID);
    FAILS(seerflow_write_options_init(&options, 0, &error), INVALID);
    FAILS(seerflow_write_options_init(&options, SIZE_MAX, &error), INVALID);
}
SWEEP(seerflow_prune_options_init)
{
    seerflow_prune_options options;
    EACH_BAD_PLACE(seerflow_prune_options, place)
        FAILS(seerflow_prune_options_init(place, sizeof options, &error), INVALID);
    FAILS(seerflow_prune_options_init(&options, 0, &error), INVALID);
}

/* --- error --- */
SWEEP(seerflow_error_code)
{
    EACH_BAD(seerflow_error, handle)
        CHECK(seerflow_error_code(handle) == INVALID);
}
SWEEP(seerflow_error_retriable)
{
    EACH_BAD(seerflow_error, handle)
        CHECK(!seerflow_error_retriable(handle));
}
SWEEP(seerflow_error_message)
{
    EACH_BAD(seerflow_error, handle)
        CHECK(seerflow_error_message(handle)[0] == '\0');
}

/* --- destroying what is no handle leaves it alone --- */
SWEEP_DESTROY(seerflow_error)
SWEEP_DESTROY(seerflow_config)
SWEEP_DESTROY(seerflow_store)
SWEEP_DESTROY(seerflow_result)
SWEEP_DESTROY(seerflow_interrupt)
SWEEP_DESTROY(seerflow_queue)
SWEEP_DESTROY(seerflow_query)
SWEEP_DESTROY(seerflow_page)
SWEEP_DESTROY(seerflow_histogram)
SWEEP_DESTROY(seerflow_template_list)
SWEEP_DESTROY(seerflow_dead_letter_list)
SWEEP_DESTROY(seerflow_findings)

/* --- constructors --- */
SWEEP_NEW(seerflow_config)
SWEEP_NEW(seerflow_interrupt)
SWEEP_NEW(seerflow_queue)
SWEEP_NEW(seerflow_query)

/* --- counts of what is no list --- */
SWEEP_COUNT(seerflow_page)
SWEEP_COUNT(seerflow_histogram)
SWEEP_COUNT(seerflow_template_list)
SWEEP_COUNT(seerflow_dead_letter_list)
SWEEP_COUNT(seerflow_findings)

/* --- config --- */
SWEEP(seerflow_config_load_file)
{
    EACH_BAD(seerflow_config, handle)
        FAILS(seerflow_config_load_file(handle, "x", &error), INVALID);
    FAILS(seerflow_config_load_file(live.config, NULL, &error), INVALID);
    FAILS(seerflow_config_load_file(live.config, "", &error), SEERFLOW_STATUS_NOT_FOUND);
}
SWEEP(seerflow_config_load_env)
{
    EACH_BAD(seerflow_config, handle)
        FAILS(seerflow_config_load_env(handle, &error), INVALID);
}
SWEEP(seerflow_config_set)
{
    EACH_BAD(seerflow_config, handle)
        FAILS(seerflow_config_set(handle, "storage.durability", "power", &error), INVALID);
    FAILS(seerflow_config_set(live.config, NULL, "x", &error), INVALID);
    FAILS(seerflow_config_set(live.config, "storage.durability", NULL, &error), INVALID);
    FAILS(seerflow_config_set(live.config, "\xff", "x", &error), INVALID);
    FAILS(seerflow_config_set(live.config, "", "", &error), SEERFLOW_STATUS_CONFIG);
}
SWEEP(seerflow_config_get)
{
    char text[4];
    size_t length;
    EACH_BAD(seerflow_config, handle)
        FAILS(seerflow_config_get(handle, "storage.durability", text, sizeof text, &length, &error), INVALID);
    FAILS(seerflow_config_get(live.config, NULL, text, sizeof text, &length, &error), INVALID);
    FAILS(seerflow_config_get(live.config, "storage.durability", NULL, 4, &length, &error), INVALID);
    FAILS(seerflow_config_get(live.config, "storage.durability", text, 0, NULL, &error), INVALID);
    FAILS(seerflow_config_get(live.config, "nothing", text, sizeof text, &length, &error), SEERFLOW_STATUS_CONFIG);
    OK(seerflow_config_get(live.config, "storage.durability", NULL, 0, &length, &error));
}
SWEEP(seerflow_config_set_log)
{
    EACH_BAD(seerflow_config, handle)
        FAILS(seerflow_config_set_log(handle, 1, NULL, NULL, &error), INVALID);
    FAILS(seerflow_config_set_log(live.config, 0, NULL, NULL, &error), INVALID);
    FAILS(seerflow_config_set_log(live.config, UINT32_MAX, NULL, NULL, &error), INVALID);
    OK(seerflow_config_set_log(live.config, 1, NULL, NULL, &error));
}

/* --- store --- */
SWEEP(seerflow_store_open)
{
    seerflow_store *store = NULL;
    EACH_BAD(seerflow_config, handle)
        FAILS(seerflow_store_open(handle, &store, &error), INVALID);
    EACH_BAD_PLACE(seerflow_store *, place)
        FAILS(seerflow_store_open(live.config, place, &error), INVALID);
    CHECK(store == NULL);
}
SWEEP(seerflow_store_start)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_start(handle, &error), INVALID);
}
SWEEP(seerflow_store_path)
{
    EACH_BAD(seerflow_store, handle)
        CHECK(seerflow_store_path(handle)[0] == '\0');
}
SWEEP(seerflow_store_flush)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_flush(handle, 10, NULL, &error), INVALID);
    EACH_BAD(seerflow_interrupt, handle)
        if (handle != NULL)
            FAILS(seerflow_store_flush(live.store, 10, handle, &error), INVALID);
    OK(seerflow_store_flush(live.store, INT64_MAX, NULL, &error));
    OK(seerflow_store_flush(live.store, INT64_MIN, NULL, &error));
}
SWEEP(seerflow_store_stats)
{
    seerflow_stats stats;
    SEERFLOW_PREPARE(stats);
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_stats(handle, &stats, &error), INVALID);
    EACH_BAD_PLACE(seerflow_stats, place)
        FAILS(seerflow_store_stats(live.store, place, &error), INVALID);
    stats.struct_size = 0;
    FAILS(seerflow_store_stats(live.store, &stats, &error), INVALID);
    stats.struct_size = UINT32_MAX;
    FAILS(seerflow_store_stats(live.store, &stats, &error), INVALID);
}
SWEEP(seerflow_store_health)
{
    seerflow_health health;
    char text[4];
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_health(handle, &health, text, sizeof text, NULL, &error), INVALID);
    EACH_BAD_PLACE(seerflow_health, place)
        FAILS(seerflow_store_health(live.store, place, text, sizeof text, NULL, &error), INVALID);
    FAILS(seerflow_store_health(live.store, &health, NULL, 4, NULL, &error), INVALID);
}
SWEEP(seerflow_store_last_error)
{
    char text[4];
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_last_error(handle, text, sizeof text, NULL, &error), INVALID);
    FAILS(seerflow_store_last_error(live.store, NULL, 0, NULL, &error), INVALID);
    FAILS(seerflow_store_last_error(live.store, NULL, 9, NULL, &error), INVALID);
}
SWEEP(seerflow_store_close)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_close(handle, 10, NULL, &error), INVALID);
    FAILS(seerflow_store_close(live.store, 10, (void *)((char *)zeros + 1), &error), INVALID);
}

/* --- writing: the four functions refuse the same --- */
typedef seerflow_status (*write_bytes)(const seerflow_store *, const void *, size_t, const seerflow_write_options *, size_t *,
                                       seerflow_result **, seerflow_error **);

static void sweep_options(write_bytes write, seerflow_write_options options)
{
    seerflow_str wrong = {NULL, 3}, not_utf8 = {"\xff", 1};
    seerflow_write_options good;
    OK(seerflow_write_options_init(&good, sizeof good, &error));
    for (unsigned i = 0; i < 8; i++) {
        options = good;
        if (i == 0)
            options.struct_size = 0;
        else if (i == 1)
            options.struct_size = UINT32_MAX;
        else if (i == 2)
            options.batch_key = wrong;
        else if (i == 3)
            options.source_type = wrong;
        else if (i == 4)
            options.source_id = not_utf8;
        else if (i == 5)
            options.timezone = not_utf8;
        else if (i == 6)
            options.interrupt = (const void *)zeros;
        else
            options.queue = (const void *)ones;
        FAILS(write(live.store, "{}\n", 3, &options, NULL, NULL, &error), INVALID);
    }
    FAILS(write(live.store, "{}\n", 3, (const void *)((char *)zeros + 1), NULL, NULL, &error), INVALID);
}

static void sweep_write(write_bytes write)
{
    seerflow_write_options options;
    size_t consumed = 77;
    seerflow_result *result = NULL;
    OK(seerflow_write_options_init(&options, sizeof options, &error));
    EACH_BAD(seerflow_store, handle)
        FAILS(write(handle, "{}\n", 3, &options, &consumed, &result, &error), INVALID);
    FAILS(write(live.store, NULL, 3, &options, &consumed, &result, &error), INVALID);
    FAILS(write(live.store, "{}\n", SIZE_MAX, &options, &consumed, &result, &error), INVALID);
    FAILS(write(live.store, "{}\n", 3, &options, (void *)((char *)zeros + 1), &result, &error), INVALID);
    FAILS(write(live.store, "{}\n", 3, &options, &consumed, (void *)((char *)zeros + 1), &error), INVALID);
    sweep_options(write, options);
    CHECK(consumed == 77 && result == NULL);
    OK(write(live.store, NULL, 0, NULL, NULL, NULL, &error));
}
SWEEP(seerflow_store_write_msgpack) { sweep_write(seerflow_store_write_msgpack); }
SWEEP(seerflow_store_write_ndjson) { sweep_write(seerflow_store_write_ndjson); }
SWEEP(seerflow_store_write_lines) { sweep_write(seerflow_store_write_lines); }
SWEEP(seerflow_store_write_otlp) { sweep_write(seerflow_store_write_otlp); }
SWEEP(seerflow_store_write_otlp_json) { sweep_write(seerflow_store_write_otlp_json); }
SWEEP(seerflow_store_write_fluent) { sweep_write(seerflow_store_write_fluent); }

static seerflow_status write_one(const seerflow_store *store, const void *data, size_t length, const seerflow_write_options *options,
                                 size_t *consumed, seerflow_result **result, seerflow_error **details)
{
    seerflow_event_input event;
    OK(seerflow_event_init(&event, sizeof event, &error));
    if (data == NULL || length != 3)
        return seerflow_store_write_events(store, data == NULL ? NULL : &event, sizeof event, length, options, consumed, result, details);
    return seerflow_store_write_events(store, &event, sizeof event, 1, options, consumed, result, details);
}

SWEEP(seerflow_store_write_events)
{
    seerflow_event_input good, event;
    seerflow_str wrong = {NULL, 3}, text = {"x", 1};
    seerflow_list list = {NULL, 2};
    seerflow_attribute attribute;
    seerflow_pair pair;
    sweep_write(write_one);
    OK(seerflow_event_init(&good, sizeof good, &error));
    FAILS(seerflow_store_write_events(live.store, &good, 0, 1, NULL, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, &good, 7, 1, NULL, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, &good, SIZE_MAX, 1, NULL, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, (void *)((char *)ones + 1), sizeof good, 1, NULL, NULL, NULL, &error), INVALID);
    memset(&attribute, 0, sizeof attribute);
    memset(&pair, 0, sizeof pair);
    for (unsigned i = 0; i < 10; i++) {
        event = good;
        attribute.key = text;
        attribute.s = text;
        attribute.type = SEERFLOW_VALUE_TEXT;
        pair.key = text;
        pair.value = wrong;
        if (i == 0)
            event.struct_size = 0;
        else if (i == 1)
            event.message = wrong;
        else if (i == 2)
            event.event_id = wrong;
        else if (i == 3)
            event.tags = list;
        else if (i == 4)
            event.tags = (seerflow_list){&wrong, 1};
        else if (i == 5)
            event.tags = (seerflow_list){&text, SIZE_MAX};
        else if (i == 6)
            event.attributes.count = 1;
        else if (i == 7)
            event.resource_attrs = (seerflow_pairs){&pair, 1};
        else {
            event.attributes = (seerflow_attributes){&attribute, 1};
            if (i == 8)
                attribute.type = 77;
            else
                attribute.s = wrong;
        }
        FAILS(seerflow_store_write_events(live.store, &event, sizeof event, 1, NULL, NULL, NULL, &error), INVALID);
    }
}

/* --- result --- */
SWEEP(seerflow_result_accepted)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_accepted(handle) == 0);
}
SWEEP(seerflow_result_committed)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_committed(handle) == 0);
}
SWEEP(seerflow_result_queued)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_queued(handle) == 0);
}
SWEEP(seerflow_result_withdrawn)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_withdrawn(handle) == 0);
}
SWEEP(seerflow_result_unkeyed)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_unkeyed(handle) == 0);
}
SWEEP(seerflow_result_duplicates)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_duplicates(handle) == 0);
}
SWEEP(seerflow_result_durability)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_durability(handle) == SEERFLOW_DURABILITY_NONE);
}
SWEEP(seerflow_result_rejected_count)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_rejected_count(handle) == 0);
}
SWEEP(seerflow_result_rejected_at)
{
    uint64_t index;
    const char *reason;
    EACH_BAD(seerflow_result, handle)
        FAILS(seerflow_result_rejected_at(handle, 0, &index, &reason, &error), INVALID);
    FAILS(seerflow_result_rejected_at(live.result, SIZE_MAX, &index, &reason, &error), SEERFLOW_STATUS_NOT_FOUND);
    OK(seerflow_result_rejected_at(live.result, 0, NULL, NULL, &error));
}

/* --- interrupt and queue --- */
SWEEP(seerflow_interrupt_raise)
{
    EACH_BAD(seerflow_interrupt, handle)
        CHECK(seerflow_interrupt_raise(handle) == INVALID);
}
SWEEP(seerflow_interrupt_reset)
{
    EACH_BAD(seerflow_interrupt, handle)
        CHECK(seerflow_interrupt_reset(handle) == INVALID);
}
SWEEP(seerflow_queue_fd)
{
    int32_t fd;
    EACH_BAD(seerflow_queue, handle)
        FAILS(seerflow_queue_fd(handle, &fd, &error), INVALID);
    EACH_BAD_PLACE(int32_t, place)
        FAILS(seerflow_queue_fd(live.queue, place, &error), INVALID);
}
SWEEP(seerflow_queue_next)
{
    seerflow_completion completion;
    SEERFLOW_PREPARE(completion);
    EACH_BAD(seerflow_queue, handle)
        FAILS(seerflow_queue_next(handle, 0, &completion, &error), INVALID);
    EACH_BAD_PLACE(seerflow_completion, place)
        FAILS(seerflow_queue_next(live.queue, 0, place, &error), INVALID);
    completion.struct_size = 1;
    FAILS(seerflow_queue_next(live.queue, 0, &completion, &error), INVALID);
}

/* --- query --- */
#define SWEEP_SETTER(name, good_arguments, bad_arguments)                                                                           \
    SWEEP(seerflow_query_set_##name)                                                                                                \
    {                                                                                                                               \
        EACH_BAD(seerflow_query, handle)                                                                                            \
            FAILS(seerflow_query_set_##name good_arguments, INVALID);                                                               \
        seerflow_query *handle = live.query;                                                                                        \
        FAILS(seerflow_query_set_##name bad_arguments, INVALID);                                                                    \
        OK(seerflow_query_set_##name good_arguments);                                                                               \
    }
SWEEP_SETTER(source_type, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(source_id, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(min_severity, (handle, -1, &error), (handle, INT64_MIN, &error))
SWEEP_SETTER(entity, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(text, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(limit, (handle, 1, &error), (handle, UINT32_MAX, &error))
SWEEP_SETTER(page, (handle, 1, &error), (handle, 0, &error))
SWEEP_SETTER(order, (handle, 0, &error), (handle, UINT32_MAX, &error))
SWEEP_SETTER(cursor, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(total, (handle, 0, 0, &error), (handle, UINT32_MAX, 0, &error))
SWEEP_SETTER(interrupt, (handle, NULL, &error), (handle, (const void *)ones, &error))
SWEEP(seerflow_query_set_time_range)
{
    EACH_BAD(seerflow_query, handle)
        FAILS(seerflow_query_set_time_range(handle, 0, 1, &error), INVALID);
    OK(seerflow_query_set_time_range(live.query, INT64_MIN, INT64_MAX, &error));
}
SWEEP(seerflow_query_set_template)
{
    EACH_BAD(seerflow_query, handle)
        FAILS(seerflow_query_set_template(handle, 0, &error), INVALID);
}
SWEEP(seerflow_query_set_timeout)
{
    EACH_BAD(seerflow_query, handle)
        FAILS(seerflow_query_set_timeout(handle, 0, &error), INVALID);
}
SWEEP(seerflow_store_query_events)
{
    seerflow_page *page = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_query_events(handle, live.query, &page, &error), INVALID);
    EACH_BAD(seerflow_query, handle)
        FAILS(seerflow_store_query_events(live.store, handle, &page, &error), INVALID);
    EACH_BAD_PLACE(seerflow_page *, place)
        FAILS(seerflow_store_query_events(live.store, live.query, place, &error), INVALID);
    CHECK(page == NULL);
}
SWEEP(seerflow_store_search)
{
    seerflow_page *page = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_search(handle, "x", 1, &page, &error), INVALID);
    EACH_BAD_PLACE(seerflow_page *, place)
        FAILS(seerflow_store_search(live.store, "x", 1, place, &error), INVALID);
    FAILS(seerflow_store_search(live.store, NULL, 1, &page, &error), INVALID);
    FAILS(seerflow_store_search(live.store, "\xff", 1, &page, &error), INVALID);
    FAILS(seerflow_store_search(live.store, "x", 0, &page, &error), INVALID);
    FAILS(seerflow_store_search(live.store, "x", UINT32_MAX, &page, &error), INVALID);
    CHECK(page == NULL);
    /* Signs that mean something to FTS5 have no power. */
    static const char *const texts[] = {"\"", "a AND (", "NEAR(a b", "message:x", "*", "^a", "a OR", "'; DROP TABLE events; --", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        seerflow_status status = seerflow_store_search(live.store, texts[i], 1, &page, NULL);
        CHECK(status == SEERFLOW_STATUS_OK || status == INVALID);
        if (status == SEERFLOW_STATUS_OK)
            seerflow_page_destroy(page);
    }
}

/* --- page and event --- */
SWEEP(seerflow_page_event)
{
    EACH_BAD(seerflow_page, handle)
        CHECK(seerflow_page_event(handle, 0) == NULL);
    CHECK(seerflow_page_event(live.page, SIZE_MAX) == NULL);
}
SWEEP(seerflow_page_total)
{
    uint64_t total = 77;
    EACH_BAD(seerflow_page, handle)
        CHECK(!seerflow_page_total(handle, &total));
    EACH_BAD_PLACE(uint64_t, place)
        CHECK(!seerflow_page_total(live.page, place));
    CHECK(total == 77);
}
SWEEP(seerflow_page_next_cursor)
{
    EACH_BAD(seerflow_page, handle)
        CHECK(seerflow_page_next_cursor(handle) == NULL);
}
SWEEP(seerflow_page_last_cursor)
{
    EACH_BAD(seerflow_page, handle)
        CHECK(seerflow_page_last_cursor(handle) == NULL);
}
SWEEP(seerflow_page_data)
{
    EACH_BAD(seerflow_page, handle)
        FAILS(seerflow_page_data(handle, NULL, NULL, NULL, NULL, &error), INVALID);
    OK(seerflow_page_data(live.page, NULL, NULL, NULL, NULL, &error));
    FAILS(seerflow_page_data(live.page, (void *)((char *)zeros + 1), NULL, NULL, NULL, &error), INVALID);
}
SWEEP(seerflow_page_ndjson)
{
    const char *text;
    EACH_BAD(seerflow_page, handle)
        FAILS(seerflow_page_ndjson(handle, &text, NULL, &error), INVALID);
    EACH_BAD_PLACE(const char *, place)
        FAILS(seerflow_page_ndjson(live.page, place, NULL, &error), INVALID);
}

/* The getters refuse handles, places, and fields that are none or of another kind. */
#define SWEEP_GETTER(name, type, good_field, bad_field)                                                                             \
    SWEEP(seerflow_event_get_##name)                                                                                                \
    {                                                                                                                               \
        type value;                                                                                                                 \
        EACH_BAD(seerflow_event, handle)                                                                                            \
            FAILS(seerflow_event_get_##name(handle, good_field, &value, &error), INVALID);                                          \
        EACH_BAD_PLACE(type, place)                                                                                                 \
            FAILS(seerflow_event_get_##name(live.event, good_field, place, &error), INVALID);                                       \
        FAILS(seerflow_event_get_##name(live.event, bad_field, &value, &error), INVALID);                                           \
        FAILS(seerflow_event_get_##name(live.event, 0, &value, &error), INVALID);                                                   \
        FAILS(seerflow_event_get_##name(live.event, UINT32_MAX, &value, &error), INVALID);                                          \
        OK(seerflow_event_get_##name(live.event, good_field, &value, &error));                                                      \
    }
SWEEP_GETTER(int, int64_t, SEERFLOW_FIELD_SEVERITY_ID, SEERFLOW_FIELD_MESSAGE)
SWEEP_GETTER(float, double, SEERFLOW_FIELD_CONFIDENCE, SEERFLOW_FIELD_MESSAGE)
SWEEP_GETTER(text, seerflow_str, SEERFLOW_FIELD_MESSAGE, SEERFLOW_FIELD_TAGS)
SWEEP_GETTER(list_count, size_t, SEERFLOW_FIELD_TAGS, SEERFLOW_FIELD_MESSAGE)
SWEEP_GETTER(map_count, size_t, SEERFLOW_FIELD_ATTRIBUTES, SEERFLOW_FIELD_MESSAGE)
SWEEP(seerflow_event_get_id)
{
    char id[SEERFLOW_ID_SIZE];
    EACH_BAD(seerflow_event, handle)
        FAILS(seerflow_event_get_id(handle, id, &error), INVALID);
    FAILS(seerflow_event_get_id(live.event, NULL, &error), INVALID);
}
SWEEP(seerflow_event_get_list_at)
{
    seerflow_str text;
    EACH_BAD(seerflow_event, handle)
        FAILS(seerflow_event_get_list_at(handle, SEERFLOW_FIELD_TAGS, 0, &text, &error), INVALID);
    FAILS(seerflow_event_get_list_at(live.event, SEERFLOW_FIELD_TAGS, SIZE_MAX, &text, &error), SEERFLOW_STATUS_NOT_FOUND);
    FAILS(seerflow_event_get_list_at(live.event, SEERFLOW_FIELD_MESSAGE, 0, &text, &error), INVALID);
    EACH_BAD_PLACE(seerflow_str, place)
        FAILS(seerflow_event_get_list_at(live.event, SEERFLOW_FIELD_TAGS, 0, place, &error), INVALID);
}
SWEEP(seerflow_event_get_map_at)
{
    seerflow_attribute attribute;
    EACH_BAD(seerflow_event, handle)
        FAILS(seerflow_event_get_map_at(handle, SEERFLOW_FIELD_ATTRIBUTES, 0, &attribute, &error), INVALID);
    FAILS(seerflow_event_get_map_at(live.event, SEERFLOW_FIELD_ATTRIBUTES, SIZE_MAX, &attribute, &error), SEERFLOW_STATUS_NOT_FOUND);
    EACH_BAD_PLACE(seerflow_attribute, place)
        FAILS(seerflow_event_get_map_at(live.event, SEERFLOW_FIELD_ATTRIBUTES, 0, place, &error), INVALID);
}
SWEEP(seerflow_event_get_msgpack)
{
    const uint8_t *data;
    size_t length;
    EACH_BAD(seerflow_event, handle)
        FAILS(seerflow_event_get_msgpack(handle, SEERFLOW_FIELD_BODY, &data, &length, &error), INVALID);
    FAILS(seerflow_event_get_msgpack(live.event, 0, &data, &length, &error), INVALID);
    EACH_BAD_PLACE(const uint8_t *, place)
        FAILS(seerflow_event_get_msgpack(live.event, SEERFLOW_FIELD_BODY, place, &length, &error), INVALID);
}
SWEEP(seerflow_event_msgpack)
{
    const uint8_t *data;
    size_t length;
    EACH_BAD(seerflow_event, handle)
        FAILS(seerflow_event_msgpack(handle, &data, &length, &error), INVALID);
    FAILS(seerflow_event_msgpack(live.event, NULL, NULL, &error), INVALID);
}
SWEEP(seerflow_event_json)
{
    const char *text;
    EACH_BAD(seerflow_event, handle)
        FAILS(seerflow_event_json(handle, &text, NULL, &error), INVALID);
    FAILS(seerflow_event_json(live.event, NULL, NULL, &error), INVALID);
}

/* --- lists --- */
SWEEP_LIST(seerflow_histogram, seerflow_bucket, live.histogram)
SWEEP_LIST(seerflow_template_list, seerflow_template, live.templates)
SWEEP_LIST(seerflow_dead_letter_list, seerflow_dead_letter, live.letters)
SWEEP(seerflow_store_histogram)
{
    seerflow_histogram *histogram = NULL;
    const int64_t minute = INT64_C(60000000000);
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_histogram(handle, 0, 1, minute, 1000, NULL, &histogram, &error), INVALID);
    EACH_BAD_PLACE(seerflow_histogram *, place)
        FAILS(seerflow_store_histogram(live.store, 0, 1, minute, 1000, NULL, place, &error), INVALID);
    FAILS(seerflow_store_histogram(live.store, 0, 1, 0, 1000, NULL, &histogram, &error), INVALID);
    FAILS(seerflow_store_histogram(live.store, 0, 1, -minute, 1000, NULL, &histogram, &error), INVALID);
    FAILS(seerflow_store_histogram(live.store, 0, 1, minute, 1000, (const void *)ones, &histogram, &error), INVALID);
    OK(seerflow_store_histogram(live.store, INT64_MIN, INT64_MAX, INT64_MAX / minute * minute, 1000, NULL, &histogram, &error));
    seerflow_histogram_destroy(histogram);
}
SWEEP(seerflow_store_write_templates)
{
    seerflow_template template_;
    seerflow_str wrong = {NULL, 1};
    SEERFLOW_PREPARE(template_);
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_write_templates(handle, &template_, sizeof template_, 1, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_write_templates(live.store, NULL, sizeof template_, 1, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_write_templates(live.store, &template_, 3, 1, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_write_templates(live.store, &template_, sizeof template_, SIZE_MAX, 1000, NULL, &error), INVALID);
    template_.template_str = wrong;
    FAILS(seerflow_store_write_templates(live.store, &template_, sizeof template_, 1, 1000, NULL, &error), INVALID);
    OK(seerflow_store_write_templates(live.store, NULL, sizeof template_, 0, 1000, NULL, &error));
}
SWEEP(seerflow_store_write_templates_ndjson)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_write_templates_ndjson(handle, "{}", 2, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_write_templates_ndjson(live.store, NULL, 2, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_write_templates_ndjson(live.store, "{}", 2, 1000, NULL, &error), INVALID);
}
SWEEP(seerflow_store_templates)
{
    seerflow_template_list *list = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_templates(handle, 1, 1000, NULL, &list, &error), INVALID);
    EACH_BAD_PLACE(seerflow_template_list *, place)
        FAILS(seerflow_store_templates(live.store, 1, 1000, NULL, place, &error), INVALID);
    FAILS(seerflow_store_templates(live.store, 0, 1000, NULL, &list, &error), INVALID);
    FAILS(seerflow_store_templates(live.store, UINT32_MAX, 1000, NULL, &list, &error), INVALID);
}
SWEEP(seerflow_store_prune_templates)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_prune_templates(handle, 0, 1000, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_prune_templates(live.store, INT64_MIN, 1000, NULL, NULL, &error), INVALID);
}
SWEEP(seerflow_store_reset_templates)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_reset_templates(handle, 1000, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_reset_templates(live.store, 1000, (const void *)zeros, NULL, &error), INVALID);
}
SWEEP(seerflow_store_dead_letters)
{
    seerflow_dead_letter_list *list = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_dead_letters(handle, 1, 1, 1000, NULL, &list, &error), INVALID);
    EACH_BAD_PLACE(seerflow_dead_letter_list *, place)
        FAILS(seerflow_store_dead_letters(live.store, 1, 1, 1000, NULL, place, &error), INVALID);
    OK(seerflow_store_dead_letters(live.store, INT64_MIN, 1, 1000, NULL, &list, &error));
    CHECK(seerflow_dead_letter_list_count(list) == 0);
    seerflow_dead_letter_list_destroy(list);
}

/* --- maintenance --- */
SWEEP(seerflow_store_prune)
{
    seerflow_prune_options options;
    seerflow_prune_report report;
    OK(seerflow_prune_options_init(&options, sizeof options, &error));
    SEERFLOW_PREPARE(report);
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_prune(handle, &options, 1000, NULL, &report, &error), INVALID);
    EACH_BAD_PLACE(seerflow_prune_options, place)
        FAILS(seerflow_store_prune(live.store, place, 1000, NULL, &report, &error), INVALID);
    FAILS(seerflow_store_prune(live.store, &options, 1000, (const void *)ones, &report, &error), INVALID);
    report.struct_size = 2;
    FAILS(seerflow_store_prune(live.store, &options, 1000, NULL, &report, &error), INVALID);
}
SWEEP(seerflow_store_backup)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_backup(handle, in_folder("copy.db"), 1000, NULL, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_backup(live.store, NULL, 1000, NULL, NULL, NULL, &error), INVALID);
    CHECK(seerflow_store_backup(live.store, "", 1000, NULL, NULL, NULL, NULL) != SEERFLOW_STATUS_OK);
    CHECK(seerflow_store_backup(live.store, in_folder("test.db/x.db"), 1000, NULL, NULL, NULL, NULL) != SEERFLOW_STATUS_OK);
}
SWEEP(seerflow_store_checkpoint)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_checkpoint(handle, &error), INVALID);
}
SWEEP(seerflow_store_check)
{
    seerflow_findings *findings = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_check(handle, 1000, NULL, &findings, &error), INVALID);
    EACH_BAD_PLACE(seerflow_findings *, place)
        FAILS(seerflow_store_check(live.store, 1000, NULL, place, &error), INVALID);
}
SWEEP(seerflow_store_check_text)
{
    seerflow_findings *findings = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_check_text(handle, 1000, NULL, &findings, &error), INVALID);
    EACH_BAD_PLACE(seerflow_findings *, place)
        FAILS(seerflow_store_check_text(live.store, 1000, NULL, place, &error), INVALID);
}
SWEEP(seerflow_findings_at)
{
    const char *text;
    EACH_BAD(seerflow_findings, handle)
        FAILS(seerflow_findings_at(handle, 0, &text, &error), INVALID);
    EACH_BAD_PLACE(const char *, place)
        FAILS(seerflow_findings_at(live.findings, 0, place, &error), INVALID);
}
SWEEP(seerflow_store_summary)
{
    seerflow_summary summary;
    SEERFLOW_PREPARE(summary);
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_summary(handle, 1000, NULL, &summary, &error), INVALID);
    EACH_BAD_PLACE(seerflow_summary, place)
        FAILS(seerflow_store_summary(live.store, 1000, NULL, place, &error), INVALID);
    summary.struct_size = 6;
    FAILS(seerflow_store_summary(live.store, 1000, NULL, &summary, &error), INVALID);
}

static const struct {
    const char *name;
    void (*sweep)(void);
} functions[] = {
#define FUNCTION(name) {#name, sweep_##name},
#include "functions.inc"
};

static void make_live_objects(void)
{
    static const char data[] = "{\"message\":\"alive\",\"tags\":[\"t\"],\"related_users\":[\"root\"]}\nnot json\n";
    seerflow_template template_;
    memset(ones, 0xff, sizeof ones);
    live.store = open_store(NULL);
    OK(seerflow_config_new(&live.config, &error));
    OK(seerflow_config_set(live.config, "storage.sqlite_path", in_folder("test.db"), &error));
    OK(seerflow_interrupt_new(&live.interrupt, &error));
    OK(seerflow_queue_new(&live.queue, &error));
    OK(seerflow_query_new(&live.query, &error));
    OK(seerflow_store_write_ndjson(live.store, data, sizeof data - 1, NULL, NULL, &live.result, &error));
    CHECK(count_events(live.store) == 1);
    SEERFLOW_PREPARE(template_);
    template_.template_str = str("alive");
    OK(seerflow_store_write_templates(live.store, &template_, sizeof template_, 1, 5000, NULL, &error));
    OK(seerflow_store_search(live.store, "alive", 10, &live.page, &error));
    live.event = seerflow_page_event(live.page, 0);
    OK(seerflow_store_histogram(live.store, INT64_MIN, INT64_MAX, INT64_C(60000000000), 5000, NULL, &live.histogram, &error));
    OK(seerflow_store_templates(live.store, 10, 5000, NULL, &live.templates, &error));
    OK(seerflow_store_dead_letters(live.store, INT64_MAX, 10, 5000, NULL, &live.letters, &error));
    OK(seerflow_store_check(live.store, 5000, NULL, &live.findings, &error));
    make_detection();
    CHECK(live.event != NULL && seerflow_histogram_count(live.histogram) == 1 && seerflow_template_list_count(live.templates) == 1);
    CHECK(seerflow_dead_letter_list_count(live.letters) == 1 && seerflow_findings_count(live.findings) == 0);
}

static void test_every_function(void)
{
    make_live_objects();
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        functions[i].sweep();
        CHECK(error == NULL);
        for (size_t k = 0; k < 9; k++)
            CHECK(zeros[k] == 0 && ones[k] == UINT64_MAX);
    }
    sweep_list_arguments();
    sweep_graph_arguments();
    /* All that was live still is. */
    CHECK(count_events(live.store) == 1);
    printf("ok: swept %zu functions\n", sizeof functions / sizeof *functions);
    destroy_detection();
    seerflow_findings_destroy(live.findings);
    seerflow_dead_letter_list_destroy(live.letters);
    seerflow_template_list_destroy(live.templates);
    seerflow_histogram_destroy(live.histogram);
    seerflow_page_destroy(live.page);
    seerflow_result_destroy(live.result);
    seerflow_query_destroy(live.query);
    seerflow_queue_destroy(live.queue);
    seerflow_interrupt_destroy(live.interrupt);
    seerflow_config_destroy(live.config);
    close_store(live.store);
}

int main(void)
{
    RUN(test_every_function);
    return 0;
}

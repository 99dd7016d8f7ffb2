/*
 * Every function of the header with what it must refuse: NULL, garbage, handles of another type, numbers and sizes that
 * cannot be. Nothing may crash, hang, write, or forget to say why.
 *
 * The list of functions is made from seerflow.h: one that has no entry here does not compile.
 */
#include "check.h"

#define INVALID SEERFLOW_STATUS_INVALID

static struct {
    seerflow_config *config;
    seerflow_store *store;
    seerflow_interrupt *interrupt;
    seerflow_queue *queue;
    seerflow_query *query;
    seerflow_page *page;
    const seerflow_event *event;
    seerflow_result *result;
    seerflow_histogram *histogram;
    seerflow_template_list *templates;
    seerflow_dead_letter_list *letters;
    seerflow_findings *findings;
    seerflow_alert_query *alert_query;
    seerflow_alert_page *alerts;
    seerflow_alert_result_list *alert_results;
    seerflow_feedback_list *feedback;
    seerflow_alert_pattern_list *patterns;
    seerflow_counted_list *counted;
    seerflow_model *model;
    seerflow_model_list *models;
    seerflow_sigma_rule_list *rules;
    seerflow_edge_cursor *cursor;
    seerflow_edge_list *edges;
    seerflow_related_list *related;
    seerflow_event_entity_list *entities;
    seerflow_neighbour_list *neighbours;
    seerflow_score_list *scores;
} live;

/* Blocks that are no handles, with a word more than is asked for. */
static uint64_t zeros[9], ones[9];

enum { BAD = 6 };

static void *bad_pointer(unsigned number, const char *type)
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

/* Runs what follows with every pointer that is no handle of the type. */
#define EACH_BAD(type, name)                                                                                                        \
    for (unsigned name##_number = 0; name##_number < BAD; name##_number++)                                                          \
        for (int name##_once = 1; name##_once;)                                                                                     \
            for (type *name = bad_pointer(name##_number, #type); name##_once; name##_once = 0)

/* A place that no result fits: NULL or not aligned. */
#define EACH_BAD_PLACE(type, name)                                                                                                  \
    for (unsigned name##_number = 0; name##_number < 2; name##_number++)                                                            \
        for (int name##_once = 1; name##_once;)                                                                                     \
            for (type *name = name##_number == 0 ? NULL : (void *)((char *)zeros + 1); name##_once; name##_once = 0)

#define SWEEP(function) static void sweep_##function(void)

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
#define SWEEP_DESTROY(type)                                                                                                         \
    SWEEP(type##_destroy)                                                                                                           \
    {                                                                                                                               \
        EACH_BAD(type, handle)                                                                                                      \
            type##_destroy(handle);                                                                                                 \
    }
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
SWEEP_DESTROY(seerflow_related_list)
SWEEP_DESTROY(seerflow_event_entity_list)
SWEEP_DESTROY(seerflow_neighbour_list)
SWEEP_DESTROY(seerflow_score_list)

/* --- constructors --- */
#define SWEEP_NEW(type)                                                                                                             \
    SWEEP(type##_new)                                                                                                               \
    {                                                                                                                               \
        EACH_BAD_PLACE(type *, place)                                                                                               \
            FAILS(type##_new(place, &error), INVALID);                                                                              \
        CHECK(type##_new(NULL, NULL) == INVALID);                                                                                   \
    }
SWEEP_NEW(seerflow_config)
SWEEP_NEW(seerflow_interrupt)
SWEEP_NEW(seerflow_queue)
SWEEP_NEW(seerflow_query)
SWEEP_NEW(seerflow_alert_query)
SWEEP_NEW(seerflow_edge_cursor)

/* --- counts of what is no list --- */
#define SWEEP_COUNT(type)                                                                                                           \
    SWEEP(type##_count)                                                                                                             \
    {                                                                                                                               \
        EACH_BAD(type, handle)                                                                                                      \
            CHECK(type##_count(handle) == 0);                                                                                       \
    }
SWEEP_COUNT(seerflow_page)
SWEEP_COUNT(seerflow_histogram)
SWEEP_COUNT(seerflow_template_list)
SWEEP_COUNT(seerflow_dead_letter_list)
SWEEP_COUNT(seerflow_findings)
SWEEP_COUNT(seerflow_alert_page)
SWEEP_COUNT(seerflow_alert_result_list)
SWEEP_COUNT(seerflow_feedback_list)
SWEEP_COUNT(seerflow_alert_pattern_list)
SWEEP_COUNT(seerflow_counted_list)
SWEEP_COUNT(seerflow_model_list)
SWEEP_COUNT(seerflow_sigma_rule_list)
SWEEP_COUNT(seerflow_edge_list)
SWEEP_COUNT(seerflow_related_list)
SWEEP_COUNT(seerflow_event_entity_list)
SWEEP_COUNT(seerflow_neighbour_list)
SWEEP_COUNT(seerflow_score_list)

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
#define SWEEP_LIST(type, struct_type, live_list)                                                                                    \
    SWEEP(type##_at)                                                                                                                \
    {                                                                                                                               \
        struct_type record;                                                                                                         \
        SEERFLOW_PREPARE(record);                                                                                                   \
        EACH_BAD(type, handle)                                                                                                      \
            FAILS(type##_at(handle, 0, &record, &error), INVALID);                                                                  \
        EACH_BAD_PLACE(struct_type, place)                                                                                          \
            FAILS(type##_at(live_list, 0, place, &error), INVALID);                                                                 \
        FAILS(type##_at(live_list, SIZE_MAX, &record, &error), SEERFLOW_STATUS_NOT_FOUND);                                          \
        OK(type##_at(live_list, 0, &record, &error));                                                                               \
        record.struct_size = 5;                                                                                                     \
        FAILS(type##_at(live_list, 0, &record, &error), INVALID);                                                                   \
    }                                                                                                                               \
    SWEEP(type##_ndjson)                                                                                                            \
    {                                                                                                                               \
        const char *text = NULL;                                                                                                    \
        size_t length = 77;                                                                                                         \
        EACH_BAD(type, handle)                                                                                                      \
            FAILS(type##_ndjson(handle, &text, &length, &error), INVALID);                                                          \
        EACH_BAD_PLACE(const char *, place)                                                                                         \
            FAILS(type##_ndjson(live_list, place, NULL, &error), INVALID);                                                          \
        FAILS(type##_ndjson(live_list, &text, (void *)((char *)zeros + 1), &error), INVALID);                                       \
        CHECK(text == NULL && length == 77);                                                                                        \
        OK(type##_ndjson(live_list, &text, &length, &error));                                                                       \
        CHECK(strlen(text) == length && text[0] == '{' && text[length - 1] == '\n');                                                \
    }
SWEEP_LIST(seerflow_histogram, seerflow_bucket, live.histogram)
SWEEP_LIST(seerflow_template_list, seerflow_template, live.templates)
SWEEP_LIST(seerflow_dead_letter_list, seerflow_dead_letter, live.letters)
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
SWEEP_LIST(seerflow_neighbour_list, seerflow_neighbour, live.neighbours)
SWEEP_LIST(seerflow_score_list, seerflow_score, live.scores)

/* Calls that answer with a list: handles, places and interrupts that are none. `call` uses handle, interrupt and place. */
#define SWEEP_ANSWER(function, list_type, call)                                                                                     \
    SWEEP(function)                                                                                                                 \
    {                                                                                                                               \
        list_type *list = NULL, **place = &list;                                                                                    \
        const seerflow_interrupt *interrupt = NULL;                                                                                 \
        EACH_BAD(seerflow_store, handle)                                                                                            \
            FAILS(function call, INVALID);                                                                                          \
        seerflow_store *handle = live.store;                                                                                        \
        EACH_BAD_PLACE(list_type *, nowhere) {                                                                                      \
            place = nowhere;                                                                                                        \
            FAILS(function call, INVALID);                                                                                          \
        }                                                                                                                           \
        place = &list;                                                                                                              \
        interrupt = (const void *)ones;                                                                                             \
        FAILS(function call, INVALID);                                                                                              \
        CHECK(list == NULL);                                                                                                        \
    }
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
SWEEP_ANSWER(seerflow_store_graph_neighbours, seerflow_neighbour_list, (handle, "a", 1, NULL, 0, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_graph_path, seerflow_neighbour_list, (handle, "a", "b", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_graph_related, seerflow_related_list, (handle, "a", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_graph_top, seerflow_score_list, (handle, "pagerank", 10, 1000, interrupt, place, &error))

/* What the macros above do not see: arguments of single functions. */
static void sweep_list_arguments(void)
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

/* --- the graph --- */
static void sweep_graph_arguments(void)
{
    seerflow_neighbour_list *near = NULL;
    seerflow_score_list *scores = NULL;
    seerflow_related_list *related = NULL;
    seerflow_str wrong = {NULL, 5}, not_utf8 = {"\xff", 1};
    FAILS(seerflow_store_graph_neighbours(live.store, NULL, 1, NULL, 0, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "\xff", 1, NULL, 0, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "a", 1, NULL, 1, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "a", 1, &wrong, SIZE_MAX, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "a", 1, &wrong, 1, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "a", 1, &not_utf8, 1, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_path(live.store, NULL, "b", 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_path(live.store, "a", NULL, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_related(live.store, NULL, 1000, NULL, &related, &error), INVALID);
    FAILS(seerflow_store_graph_top(live.store, NULL, 10, 1000, NULL, &scores, &error), INVALID);
    FAILS(seerflow_store_graph_top(live.store, "", 10, 1000, NULL, &scores, &error), INVALID);
    CHECK(near == NULL && scores == NULL && related == NULL);
}
SWEEP(seerflow_store_graph_add_edges)
{
    seerflow_edge edge;
    SEERFLOW_PREPARE(edge);
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_add_edges(handle, &edge, sizeof edge, 1, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges(live.store, NULL, sizeof edge, 1, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, 3, 1, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, SIZE_MAX, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, 1, true, 1000, NULL, &error), INVALID); /* it has no ends */
    edge.source_id = edge.target_id = str("a");
    edge.rel_type = str("no spaces");
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, 1, false, 1000, NULL, &error), INVALID);
    edge.rel_type = str("r");
    edge.event_count = -1;
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, 1, false, 1000, NULL, &error), INVALID);
    edge.event_count = 1;
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, 1, true, 1000, (void *)ones, &error), INVALID);
    OK(seerflow_store_graph_add_edges(live.store, NULL, sizeof edge, 0, true, 1000, NULL, &error));
}
SWEEP(seerflow_store_graph_add_edges_ndjson)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_add_edges_ndjson(handle, "{}", 2, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges_ndjson(live.store, NULL, 2, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges_ndjson(live.store, "{}", SIZE_MAX, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges_ndjson(live.store, "{}", 2, true, 1000, NULL, &error), INVALID);
    OK(seerflow_store_graph_add_edges_ndjson(live.store, NULL, 0, false, 1000, NULL, &error));
}
SWEEP(seerflow_store_graph_subgraph)
{
    seerflow_neighbour_list *nodes = NULL;
    seerflow_edge_list *edges = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_subgraph(handle, "a", 1, 1000, NULL, &nodes, &edges, &error), INVALID);
    FAILS(seerflow_store_graph_subgraph(live.store, NULL, 1, 1000, NULL, &nodes, &edges, &error), INVALID);
    EACH_BAD_PLACE(seerflow_neighbour_list *, place)
        FAILS(seerflow_store_graph_subgraph(live.store, "a", 1, 1000, NULL, place, &edges, &error), INVALID);
    EACH_BAD_PLACE(seerflow_edge_list *, place)
        FAILS(seerflow_store_graph_subgraph(live.store, "a", 1, 1000, NULL, &nodes, place, &error), INVALID);
    CHECK(nodes == NULL && edges == NULL);
}
SWEEP(seerflow_store_graph_counts)
{
    uint64_t vertices = 77, edges = 77;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_counts(handle, 1000, NULL, &vertices, &edges, &error), INVALID);
    FAILS(seerflow_store_graph_counts(live.store, 1000, NULL, (void *)((char *)zeros + 1), &edges, &error), INVALID);
    FAILS(seerflow_store_graph_counts(live.store, 1000, NULL, &vertices, (void *)((char *)zeros + 1), &error), INVALID);
    FAILS(seerflow_store_graph_counts(live.store, 1000, (void *)ones, &vertices, &edges, &error), INVALID);
    CHECK(vertices == 77 && edges == 77);
    OK(seerflow_store_graph_counts(live.store, 1000, NULL, NULL, NULL, &error));
}
static int count_edge(void *user_data, const seerflow_edge *edge)
{
    CHECK(edge->struct_size == sizeof *edge && edge->source_id.len > 0);
    return ++*(int *)user_data; /* not 0: enough */
}
SWEEP(seerflow_store_graph_each_edge)
{
    int count = 0;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_each_edge(handle, count_edge, &count, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_each_edge(live.store, NULL, &count, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_each_edge(live.store, count_edge, &count, 1000, (void *)ones, &error), INVALID);
    FAILS(seerflow_store_graph_each_edge(live.store, count_edge, &count, 0, NULL, &error), SEERFLOW_STATUS_TIMEOUT);
    CHECK(count == 0);
    OK(seerflow_store_graph_each_edge(live.store, count_edge, &count, 1000, NULL, &error));
    CHECK(count == 1);
}
SWEEP(seerflow_store_graph_health)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_health(handle, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_health(live.store, 1000, (void *)ones, &error), INVALID);
    OK(seerflow_store_graph_health(live.store, 1000, NULL, &error));
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

/* Writes of arrays: sizes, counts and structs that cannot be. */
#define SWEEP_WRITE(function, struct_type, break_it)                                                                                \
    SWEEP(function)                                                                                                                 \
    {                                                                                                                               \
        struct_type record;                                                                                                         \
        SEERFLOW_PREPARE(record);                                                                                                   \
        EACH_BAD(seerflow_store, handle)                                                                                            \
            FAILS(function(handle, &record, sizeof record, 1, 1000, NULL, &error), INVALID);                                        \
        FAILS(function(live.store, NULL, sizeof record, 1, 1000, NULL, &error), INVALID);                                           \
        FAILS(function(live.store, &record, 3, 1, 1000, NULL, &error), INVALID);                                                    \
        FAILS(function(live.store, &record, sizeof record, SIZE_MAX, 1000, NULL, &error), INVALID);                                 \
        FAILS(function(live.store, &record, sizeof record, 1, 1000, NULL, &error), INVALID); /* it has no id */                     \
        break_it;                                                                                                                   \
        FAILS(function(live.store, &record, sizeof record, 1, 1000, NULL, &error), INVALID);                                        \
        OK(function(live.store, NULL, sizeof record, 0, 1000, NULL, &error));                                                       \
    }                                                                                                                               \
    SWEEP(function##_ndjson)                                                                                                        \
    {                                                                                                                               \
        EACH_BAD(seerflow_store, handle)                                                                                            \
            FAILS(function##_ndjson(handle, "{}", 2, 1000, NULL, &error), INVALID);                                                 \
        FAILS(function##_ndjson(live.store, NULL, 2, 1000, NULL, &error), INVALID);                                                 \
        FAILS(function##_ndjson(live.store, "{}", SIZE_MAX, 1000, NULL, &error), INVALID);                                          \
        FAILS(function##_ndjson(live.store, "{}", 2, 1000, NULL, &error), INVALID);                                                 \
        FAILS(function##_ndjson(live.store, "\xff\0[", 3, 1000, NULL, &error), INVALID);                                            \
        OK(function##_ndjson(live.store, NULL, 0, 1000, NULL, &error));                                                             \
    }
SWEEP_WRITE(seerflow_store_add_sigma_matches, seerflow_sigma_matches, record.rule_id.len = 7)
SWEEP_WRITE(seerflow_store_upsert_edges, seerflow_edge, record.rel_type = str("no spaces"))
SWEEP(seerflow_store_write_templates_ndjson)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_write_templates_ndjson(handle, "{}", 2, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_write_templates_ndjson(live.store, NULL, 2, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_write_templates_ndjson(live.store, "{}", 2, 1000, NULL, &error), INVALID);
}
SWEEP(seerflow_store_prune_edges)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_prune_edges(handle, INT64_MIN, 1000, NULL, NULL, &error), INVALID);
    FAILS(seerflow_store_prune_edges(live.store, INT64_MIN, 1000, NULL, (void *)((char *)zeros + 1), &error), INVALID);
}

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

/* functions.inc is made by CMake from seerflow.h: FUNCTION(name) for each. */
static const struct {
    const char *name;
    void (*sweep)(void);
} functions[] = {
#define FUNCTION(name) {#name, sweep_##name},
#include "functions.inc"
};

/* One of each: an alert that was judged, a model, a rule, an edge. */
static void make_detection(void)
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

static void destroy_detection(void)
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

/*
 * Calls every function of the header with invalid arguments: NULL, garbage, handles of another type, impossible numbers and sizes. No
 * call may crash, hang, write to the database, or fail without an error message.
 *
 * The list of functions is generated from seerflow.h; a function without a test does not link. Alerts, models and Sigma rules are in
 * sweep_detection.c, edges and the graph are in sweep_graph.c.
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

const seerflow_call *bad_call(unsigned number)
{
    static seerflow_call call;
    call = (seerflow_call)SEERFLOW_CALL_INIT;
    switch (number) {
    case 0: call.struct_size = 0; break;
    case 1: call.struct_size = UINT32_MAX; break;
    case 2: call.reserved = 1; break;
    case 3: call.interrupt = (const void *)ones; break;
    default: return MISALIGNED;
    }
    return &call;
}

/* --- functions without a handle --- */
SWEEP(seerflow_version) { CHECK(seerflow_version()[0] != '\0'); }
SWEEP(seerflow_version_number) { CHECK(seerflow_version_number() == SEERFLOW_VERSION_NUMBER); }
SWEEP(seerflow_abi_version) { CHECK(seerflow_abi_version() > 0); }
SWEEP(seerflow_status_name)
{
    for (int32_t i = -3; i < 300; i++)
        CHECK(seerflow_status_name((seerflow_status)i)[0] != '\0');
    CHECK(seerflow_status_name((seerflow_status)INT32_MIN)[0] != '\0' && seerflow_status_name((seerflow_status)INT32_MAX)[0] != '\0');
}
SWEEP(seerflow_field_name)
{
    CHECK(seerflow_field_name((seerflow_field)0) == NULL && seerflow_field_name((seerflow_field)UINT32_MAX) == NULL);
    for (uint32_t i = 1; i <= SEERFLOW_FIELD_RESOURCE_ATTRS; i++)
        CHECK(seerflow_field_name((seerflow_field)i) != NULL);
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
    FAILS(seerflow_entity_id((seerflow_entity_type)0, str("192.0.2.1"), id, &error), INVALID);
    FAILS(seerflow_entity_id((seerflow_entity_type)UINT32_MAX, str("192.0.2.1"), id, &error), INVALID);
    FAILS(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, none, id, &error), SEERFLOW_STATUS_NOT_FOUND);
    FAILS(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, wrong, id, &error), INVALID);
    FAILS(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, not_utf8, id, &error), INVALID);
}
/* --- error --- */
SWEEP(seerflow_error_status)
{
    EACH_BAD(seerflow_error, handle)
        CHECK(seerflow_error_status(handle) == INVALID);
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

/* --- destroying a pointer that is not a handle does nothing --- */
SWEEP_DESTROY(seerflow_error)
SWEEP_DESTROY(seerflow_config)
SWEEP_DESTROY(seerflow_store)
SWEEP_DESTROY(seerflow_result)
SWEEP_DESTROY(seerflow_interrupt)
SWEEP_DESTROY(seerflow_completions)
SWEEP_DESTROY(seerflow_query)
SWEEP_DESTROY(seerflow_list)

/* --- constructors --- */
SWEEP_NEW(seerflow_config)
SWEEP_NEW(seerflow_interrupt)
SWEEP_NEW(seerflow_completions)
SWEEP_NEW(seerflow_query)

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
        FAILS(seerflow_config_set_log(handle, SEERFLOW_LOG_LEVEL_ERROR, NULL, NULL, &error), INVALID);
    FAILS(seerflow_config_set_log(live.config, (seerflow_log_level)0, NULL, NULL, &error), INVALID);
    FAILS(seerflow_config_set_log(live.config, (seerflow_log_level)UINT32_MAX, NULL, NULL, &error), INVALID);
    OK(seerflow_config_set_log(live.config, SEERFLOW_LOG_LEVEL_ERROR, NULL, NULL, &error));
}

/* --- store --- */
SWEEP(seerflow_store_new)
{
    seerflow_store *store = NULL;
    EACH_BAD(seerflow_config, handle)
        FAILS(seerflow_store_new(handle, &store, &error), INVALID);
    EACH_BAD_PLACE(seerflow_store *, place)
        FAILS(seerflow_store_new(live.config, place, &error), INVALID);
    CHECK(store == NULL);
}
SWEEP(seerflow_store_shared)
{
    seerflow_store *store = NULL;
    EACH_BAD(seerflow_config, handle)
        FAILS(seerflow_store_shared(handle, &store, &error), INVALID);
    EACH_BAD_PLACE(seerflow_store *, place)
        FAILS(seerflow_store_shared(live.config, place, &error), INVALID);
    CHECK(store == NULL);
}
SWEEP(seerflow_store_open)
{
    SWEEP_BOUNDED(seerflow_store_open, (handle, how, &error));
    OK(seerflow_store_open(live.store, WITHIN(0), &error));
}
SWEEP(seerflow_store_path)
{
    EACH_BAD(seerflow_store, handle)
        CHECK(seerflow_store_path(handle)[0] == '\0');
}
SWEEP(seerflow_store_flush)
{
    SWEEP_BOUNDED(seerflow_store_flush, (handle, how, &error));
    OK(seerflow_store_flush(live.store, WITHIN(INT64_MAX), &error));
    OK(seerflow_store_flush(live.store, WITHIN(INT64_MIN), &error));
}
SWEEP(seerflow_store_stats)
{
    seerflow_stats stats = SEERFLOW_STATS_INIT;
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
    seerflow_health health = SEERFLOW_HEALTH_INIT;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_health(handle, &health, &error), INVALID);
    EACH_BAD_PLACE(seerflow_health, place)
        FAILS(seerflow_store_health(live.store, place, &error), INVALID);
    health.struct_size = 0;
    FAILS(seerflow_store_health(live.store, &health, &error), INVALID);
    health.struct_size = UINT32_MAX;
    FAILS(seerflow_store_health(live.store, &health, &error), INVALID);
}
SWEEP(seerflow_store_metrics)
{
    char text[4];
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_metrics(handle, text, sizeof text, NULL, &error), INVALID);
    FAILS(seerflow_store_metrics(live.store, NULL, 0, NULL, &error), INVALID);
    FAILS(seerflow_store_metrics(live.store, NULL, 9, NULL, &error), INVALID);
}
SWEEP(seerflow_store_last_error)
{
    char text[4];
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_last_error(handle, text, sizeof text, NULL, &error), INVALID);
    FAILS(seerflow_store_last_error(live.store, NULL, 0, NULL, &error), INVALID);
    FAILS(seerflow_store_last_error(live.store, NULL, 9, NULL, &error), INVALID);
}
SWEEP_NUMBER(seerflow_store_close, uint64_t, (handle, how, place, &error))

/* --- writing --- */
static void sweep_options(seerflow_format format)
{
    const seerflow_str wrong = {NULL, 3}, not_utf8 = {"\xff", 1};
    for (unsigned i = 0; i < 12 + BAD_CALLS; i++) {
        seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
        switch (i) {
        case 0: options.struct_size = 0; break;
        case 1: options.struct_size = UINT32_MAX; break;
        case 2: options.batch_key = wrong; break;
        case 3: options.source_type = wrong; break;
        case 4: options.source_id = not_utf8; break;
        case 5: options.timezone = not_utf8; break;
        case 6: options.tag = not_utf8; break;
        case 7: options.record_key_field = not_utf8; break;
        case 8: options.completions = (const void *)ones; break;
        case 9: options.reserved[0] = 1; break;
        case 10: options.reserved[sizeof options.reserved - 1] = 1; break;
        case 11: options.tag = wrong; break;
        default: options.call = bad_call(i - 12); break;
        }
        FAILS(seerflow_store_write(live.store, format, "{}\n", 3, &options, NULL, NULL, &error), INVALID);
        FAILS(seerflow_store_write_events(live.store, NULL, 0, &options, NULL, NULL, &error), INVALID);
    }
}
SWEEP(seerflow_store_write)
{
    size_t consumed = 77;
    seerflow_result *result = NULL;
    for (unsigned i = SEERFLOW_FORMAT_LINES; i <= SEERFLOW_FORMAT_FLUENT; i++) {
        const seerflow_format format = (seerflow_format)i;
        EACH_BAD(seerflow_store, handle)
            FAILS(seerflow_store_write(handle, format, "{}\n", 3, NULL, &consumed, &result, &error), INVALID);
        FAILS(seerflow_store_write(live.store, format, NULL, 3, NULL, &consumed, &result, &error), INVALID);
        FAILS(seerflow_store_write(live.store, format, "{}\n", SIZE_MAX, NULL, &consumed, &result, &error), INVALID);
        FAILS(seerflow_store_write(live.store, format, "{}\n", 3, NULL, MISALIGNED, &result, &error), INVALID);
        FAILS(seerflow_store_write(live.store, format, "{}\n", 3, NULL, &consumed, MISALIGNED, &error), INVALID);
        FAILS(seerflow_store_write(live.store, format, "{}\n", 3, MISALIGNED, &consumed, &result, &error), INVALID);
        sweep_options(format);
        CHECK(consumed == 77 && result == NULL);
        OK(seerflow_store_write(live.store, format, NULL, 0, NULL, NULL, NULL, &error));
    }
    FAILS(seerflow_store_write(live.store, (seerflow_format)0, "{}\n", 3, NULL, &consumed, &result, &error), INVALID);
    FAILS(seerflow_store_write(live.store, (seerflow_format)UINT32_MAX, "{}\n", 3, NULL, &consumed, &result, &error), INVALID);
}
SWEEP(seerflow_store_write_events)
{
    const seerflow_str wrong = {NULL, 3}, text = {"x", 1};
    size_t consumed = 77;
    seerflow_result *result = NULL;
    seerflow_event_input event = SEERFLOW_EVENT_INPUT_INIT;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_write_events(handle, &event, 1, NULL, &consumed, &result, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, NULL, 1, NULL, &consumed, &result, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, &event, SIZE_MAX, NULL, &consumed, &result, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, MISALIGNED, 1, NULL, &consumed, &result, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, &event, 1, NULL, MISALIGNED, &result, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, &event, 1, NULL, &consumed, MISALIGNED, &error), INVALID);
    FAILS(seerflow_store_write_events(live.store, &event, 1, MISALIGNED, &consumed, &result, &error), INVALID);
    for (unsigned i = 0; i < 13; i++) {
        seerflow_attribute attribute = {text, SEERFLOW_VALUE_TEXT, 0, 0.0, text};
        const seerflow_pair pair = {text, wrong};
        event = (seerflow_event_input)SEERFLOW_EVENT_INPUT_INIT;
        switch (i) {
        case 0: event.struct_size = 0; break;
        case 1: event.struct_size = 7; break;
        case 2: event.reserved = 1; break;
        case 3: event.message = wrong; break;
        case 4: event.event_id = wrong; break;
        case 5: event.record_key = wrong; break;
        case 6: event.tags.count = 2; break;
        case 7: event.tags = (seerflow_strs){&wrong, 1}; break;
        case 8: event.tags = (seerflow_strs){&text, SIZE_MAX}; break;
        case 9: event.attributes.count = 1; break;
        case 10: event.resource_attrs = (seerflow_pairs){&pair, 1}; break;
        case 11: attribute.type = (seerflow_value)77; break;
        default: attribute.s = wrong; break;
        }
        if (i > 10)
            event.attributes = (seerflow_attributes){&attribute, 1};
        FAILS(seerflow_store_write_events(live.store, &event, 1, NULL, &consumed, &result, &error), INVALID);
    }
    CHECK(consumed == 77 && result == NULL);
}

/* --- result --- */
SWEEP(seerflow_result_outcome)
{
    seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
    EACH_BAD(seerflow_result, handle)
        FAILS(seerflow_result_outcome(handle, &outcome, &error), INVALID);
    EACH_BAD_PLACE(seerflow_outcome, place)
        FAILS(seerflow_result_outcome(live.result, place, &error), INVALID);
    OK(seerflow_result_outcome(live.result, &outcome, &error));
    outcome.struct_size = 3;
    FAILS(seerflow_result_outcome(live.result, &outcome, &error), INVALID);
}
SWEEP(seerflow_result_rejections)
{
    EACH_BAD(seerflow_result, handle)
        CHECK(seerflow_result_rejections(handle) == NULL);
    CHECK(seerflow_list_count(seerflow_result_rejections(live.result)) == 1);
}

/* --- interrupt and completions --- */
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
SWEEP(seerflow_completions_fd)
{
    int32_t fd;
    EACH_BAD(seerflow_completions, handle)
        FAILS(seerflow_completions_fd(handle, &fd, &error), INVALID);
    EACH_BAD_PLACE(int32_t, place)
        FAILS(seerflow_completions_fd(live.completions, place, &error), INVALID);
}
SWEEP(seerflow_completions_next)
{
    seerflow_completion completion = SEERFLOW_COMPLETION_INIT;
    EACH_BAD(seerflow_completions, handle)
        FAILS(seerflow_completions_next(handle, WITHIN(0), &completion, &error), INVALID);
    EACH_BAD_PLACE(seerflow_completion, place)
        FAILS(seerflow_completions_next(live.completions, WITHIN(0), place, &error), INVALID);
    for (unsigned number = 0; number < BAD_CALLS; number++)
        FAILS(seerflow_completions_next(live.completions, bad_call(number), &completion, &error), INVALID);
    completion.struct_size = 1;
    FAILS(seerflow_completions_next(live.completions, WITHIN(0), &completion, &error), INVALID);
}

/* --- query: a valid value, which is set, and an invalid one, which changes nothing --- */
#define SWEEP_SETTER(name, good_arguments, bad_arguments)                                                                           \
    SWEEP(seerflow_query_##name)                                                                                                    \
    {                                                                                                                               \
        EACH_BAD(seerflow_query, handle)                                                                                            \
            FAILS(seerflow_query_##name good_arguments, INVALID);                                                                   \
        seerflow_query *handle = NULL;                                                                                              \
        OK(seerflow_query_new(&handle, &error));                                                                                    \
        FAILS(seerflow_query_##name bad_arguments, INVALID);                                                                        \
        OK(seerflow_query_##name good_arguments);                                                                                   \
        seerflow_query_destroy(handle);                                                                                             \
    }
SWEEP_SETTER(set_source_type, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_source_id, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_min_severity, (handle, -1, &error), (handle, INT64_MIN, &error))
SWEEP_SETTER(set_entity_id, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_text, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_alert_type, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_tactic, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_technique, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_alert_id, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_key_prefix, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(add_relation, (handle, "r", &error), (handle, NULL, &error))
SWEEP_SETTER(set_limit, (handle, 1, &error), (handle, UINT32_MAX, &error))
SWEEP_SETTER(set_page, (handle, 1, &error), (handle, 0, &error))
SWEEP_SETTER(set_order, (handle, SEERFLOW_ORDER_NEWEST, &error), (handle, (seerflow_order)UINT32_MAX, &error))
SWEEP_SETTER(set_cursor, (handle, NULL, &error), (handle, "\xff", &error))
SWEEP_SETTER(set_total, (handle, SEERFLOW_TOTAL_NONE, 0, &error), (handle, (seerflow_total)UINT32_MAX, 0, &error))
/* Setters that accept every number. */
#define SWEEP_NUMBER_SETTER(name, arguments)                                                                                        \
    SWEEP(seerflow_query_##name)                                                                                                    \
    {                                                                                                                               \
        EACH_BAD(seerflow_query, handle)                                                                                            \
            FAILS(seerflow_query_##name arguments, INVALID);                                                                        \
    }
SWEEP_NUMBER_SETTER(set_window, (handle, 0, 1, &error))
SWEEP_NUMBER_SETTER(set_template_id, (handle, 0, &error))
SWEEP_NUMBER_SETTER(set_depth, (handle, 0, &error))
SWEEP_NUMBER_SETTER(set_min_count, (handle, 0, &error))
SWEEP_NUMBER_SETTER(set_max_alerts, (handle, 0, &error))

/* --- lists --- */
SWEEP(seerflow_list_count)
{
    EACH_BAD(seerflow_list, handle)
        CHECK(seerflow_list_count(handle) == 0);
}
SWEEP(seerflow_list_kind)
{
    EACH_BAD(seerflow_list, handle)
        CHECK(seerflow_list_kind(handle) == SEERFLOW_KIND_NONE);
}
SWEEP(seerflow_list_total)
{
    uint64_t total = 77;
    EACH_BAD(seerflow_list, handle)
        CHECK(!seerflow_list_total(handle, &total));
    EACH_BAD_PLACE(uint64_t, place)
        CHECK(!seerflow_list_total(live.lists[SEERFLOW_KIND_EVENT], place));
    CHECK(total == 77);
}
SWEEP(seerflow_list_next_cursor)
{
    EACH_BAD(seerflow_list, handle)
        CHECK(seerflow_list_next_cursor(handle) == NULL);
}
SWEEP(seerflow_list_last_cursor)
{
    EACH_BAD(seerflow_list, handle)
        CHECK(seerflow_list_last_cursor(handle) == NULL);
}
SWEEP(seerflow_list_ndjson)
{
    const char *text = NULL;
    size_t length = 77;
    EACH_BAD(seerflow_list, handle)
        FAILS(seerflow_list_ndjson(handle, &text, &length, &error), INVALID);
    EACH_BAD_PLACE(const char *, place)
        FAILS(seerflow_list_ndjson(live.lists[SEERFLOW_KIND_EVENT], place, NULL, &error), INVALID);
    FAILS(seerflow_list_ndjson(live.lists[SEERFLOW_KIND_EVENT], &text, MISALIGNED, &error), INVALID);
    CHECK(text == NULL && length == 77);
    for (unsigned kind = 1; kind < KINDS; kind++) {
        OK(seerflow_list_ndjson(live.lists[kind], &text, &length, &error));
        CHECK(strlen(text) == length && (length == 0 || (text[0] == '{' && text[length - 1] == '\n')));
    }
}
SWEEP(seerflow_list_msgpack)
{
    EACH_BAD(seerflow_list, handle)
        FAILS(seerflow_list_msgpack(handle, NULL, NULL, NULL, &error), INVALID);
    OK(seerflow_list_msgpack(live.lists[SEERFLOW_KIND_EVENT], NULL, NULL, NULL, &error));
    FAILS(seerflow_list_msgpack(live.lists[SEERFLOW_KIND_EVENT], MISALIGNED, NULL, NULL, &error), INVALID);
    for (unsigned kind = SEERFLOW_KIND_ALERT; kind < KINDS; kind++)
        FAILS(seerflow_list_msgpack(live.lists[kind], NULL, NULL, NULL, &error), INVALID);
}
SWEEP(seerflow_list_event_at)
{
    EACH_BAD(seerflow_list, handle)
        CHECK(seerflow_list_event_at(handle, 0) == NULL);
    CHECK(seerflow_list_event_at(live.lists[SEERFLOW_KIND_EVENT], SIZE_MAX) == NULL);
    CHECK(seerflow_list_event_at(live.lists[SEERFLOW_KIND_ALERT], 0) == NULL);
}
SWEEP_AT(entity, ENTITY)
SWEEP_AT(count, COUNT)
SWEEP_AT(bucket, BUCKET)
SWEEP_AT(template, TEMPLATE)
SWEEP_AT(dead_letter, DEAD_LETTER)
SWEEP_AT(finding, FINDING)
SWEEP_AT(rejection, REJECTION)

/* Getters refuse invalid handles and pointers, and fields that do not exist or have another type. */
#define SWEEP_GETTER(name, type, good_field, bad_field)                                                                             \
    SWEEP(seerflow_event_get_##name)                                                                                                \
    {                                                                                                                               \
        type value;                                                                                                                 \
        EACH_BAD(seerflow_event, handle)                                                                                            \
            FAILS(seerflow_event_get_##name(handle, good_field, &value, &error), INVALID);                                          \
        EACH_BAD_PLACE(type, place)                                                                                                 \
            FAILS(seerflow_event_get_##name(live.event, good_field, place, &error), INVALID);                                       \
        FAILS(seerflow_event_get_##name(live.event, bad_field, &value, &error), INVALID);                                           \
        FAILS(seerflow_event_get_##name(live.event, (seerflow_field)0, &value, &error), INVALID);                                                   \
        FAILS(seerflow_event_get_##name(live.event, (seerflow_field)UINT32_MAX, &value, &error), INVALID);                                          \
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
    FAILS(seerflow_event_get_msgpack(live.event, (seerflow_field)0, &data, &length, &error), INVALID);
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

/* --- queries for events --- */
static const char *event_id(void)
{
    static char id[SEERFLOW_ID_SIZE];
    OK(seerflow_event_get_id(live.event, id, &error));
    return id;
}
static const char *entity_id(void)
{
    static char id[SEERFLOW_ID_SIZE];
    OK(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, str("root"), id, &error));
    return id;
}
SWEEP_QUESTION(seerflow_store_query_events, live.query, (handle, query, how, place, &error))
SWEEP_QUESTION(seerflow_store_count_events, live.query, (handle, query, SEERFLOW_COUNT_BY_HOST, how, place, &error))
SWEEP_QUESTION(seerflow_store_event_histogram, live.query, (handle, query, INT64_C(60000000000), SEERFLOW_COUNT_BY_SOURCE, how, place, &error))
SWEEP_ANSWER(seerflow_store_event, (handle, event_id(), how, place, &error))
SWEEP_ANSWER(seerflow_store_event_entities, (handle, event_id(), how, place, &error))
SWEEP_ANSWER(seerflow_store_entity, (handle, entity_id(), how, place, &error))
SWEEP_NUMBER(seerflow_store_distinct_events, uint64_t, (handle, live.query, SEERFLOW_COUNT_BY_HOST, how, place, &error))

/* --- templates and dead letters --- */
SWEEP_WRITE(seerflow_store_write_templates, seerflow_template, SEERFLOW_TEMPLATE_INIT, record.template_str.len = 1,
            (handle, records, count, how, &error))
SWEEP_QUESTION(seerflow_store_query_templates, live.query, (handle, query, how, place, &error))
SWEEP_QUESTION(seerflow_store_query_dead_letters, live.query, (handle, query, how, place, &error))
SWEEP_NUMBER(seerflow_store_prune_templates, uint64_t, (handle, INT64_MIN, how, place, &error))
SWEEP_NUMBER(seerflow_store_reset_templates, uint64_t, (handle, how, place, &error))

/* --- maintenance --- */
SWEEP(seerflow_store_prune)
{
    seerflow_prune_options options = SEERFLOW_PRUNE_OPTIONS_INIT;
    seerflow_prune_report report = SEERFLOW_PRUNE_REPORT_INIT;
    options.before_ns = INT64_MIN + 1;
    SWEEP_BOUNDED(seerflow_store_prune, (handle, &options, how, &report, &error));
    EACH_BAD_PLACE(seerflow_prune_options, place)
        FAILS(seerflow_store_prune(live.store, place, NULL, &report, &error), INVALID);
    FAILS(seerflow_store_prune(live.store, &options, NULL, MISALIGNED, &error), INVALID);
    report.struct_size = 2;
    FAILS(seerflow_store_prune(live.store, &options, NULL, &report, &error), INVALID);
    options.reserved = 1;
    FAILS(seerflow_store_prune(live.store, &options, NULL, NULL, &error), INVALID);
    options.struct_size = 2;
    FAILS(seerflow_store_prune(live.store, &options, NULL, NULL, &error), INVALID);
}
SWEEP(seerflow_store_backup)
{
    SWEEP_BOUNDED(seerflow_store_backup, (handle, in_folder("copy.db"), how, NULL, NULL, &error));
    FAILS(seerflow_store_backup(live.store, NULL, NULL, NULL, NULL, &error), INVALID);
    CHECK(seerflow_store_backup(live.store, "", NULL, NULL, NULL, NULL) != SEERFLOW_STATUS_OK);
    CHECK(seerflow_store_backup(live.store, in_folder("test.db/x.db"), NULL, NULL, NULL, NULL) != SEERFLOW_STATUS_OK);
}
SWEEP(seerflow_store_checkpoint) { SWEEP_BOUNDED(seerflow_store_checkpoint, (handle, how, &error)); }
SWEEP_ANSWER(seerflow_store_check, (handle, SEERFLOW_CHECK_TEXT, how, place, &error))
SWEEP(seerflow_store_summary)
{
    seerflow_summary summary = SEERFLOW_SUMMARY_INIT;
    SWEEP_BOUNDED(seerflow_store_summary, (handle, how, &summary, &error));
    EACH_BAD_PLACE(seerflow_summary, place)
        FAILS(seerflow_store_summary(live.store, NULL, place, &error), INVALID);
    summary.struct_size = 6;
    FAILS(seerflow_store_summary(live.store, NULL, &summary, &error), INVALID);
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
    memset(ones, 0xff, sizeof ones);
    live.store = open_store(NULL);
    OK(seerflow_config_new(&live.config, &error));
    OK(seerflow_config_set(live.config, "storage.sqlite_path", in_folder("test.db"), &error));
    OK(seerflow_interrupt_new(&live.interrupt, &error));
    OK(seerflow_completions_new(&live.completions, &error));
    OK(seerflow_query_new(&live.query, &error));
    OK(seerflow_query_new(&live.contradiction, &error));
    OK(seerflow_query_set_source_type(live.contradiction, "x", &error));
    OK(seerflow_query_set_alert_type(live.contradiction, "sigma", &error));
    OK(seerflow_query_new(&live.entity_query, &error));
    OK(seerflow_query_set_entity_id(live.entity_query, "a", &error));
    OK(seerflow_store_write(live.store, SEERFLOW_FORMAT_NDJSON, data, sizeof data - 1, NULL, NULL, &live.result, &error));
    CHECK(count_events(live.store) == 1);
    make_lists();
    live.lists[SEERFLOW_KIND_REJECTION] = (seerflow_list *)seerflow_result_rejections(live.result);
    for (unsigned kind = 1; kind < KINDS; kind++)
        CHECK(live.lists[kind] != NULL);
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
    sweep_arguments();
    /* All live objects are still valid. */
    CHECK(count_events(live.store) == 1);
    printf("ok: swept %zu functions\n", sizeof functions / sizeof *functions);
    for (unsigned kind = 1; kind < SEERFLOW_KIND_REJECTION; kind++)
        seerflow_list_destroy(live.lists[kind]);
    seerflow_result_destroy(live.result);
    seerflow_query_destroy(live.entity_query);
    seerflow_query_destroy(live.contradiction);
    seerflow_query_destroy(live.query);
    seerflow_completions_destroy(live.completions);
    seerflow_interrupt_destroy(live.interrupt);
    seerflow_config_destroy(live.config);
    close_store(live.store);
}

int main(void)
{
    RUN(test_every_function);
    return 0;
}

/* What the sweep is made of: objects that live, pointers that are none, and what must be refused by every function of a kind. */
#ifndef SWEEP_H
#define SWEEP_H

#include "check.h"

#define INVALID SEERFLOW_STATUS_INVALID

extern struct sweep_live {
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
extern uint64_t zeros[9], ones[9];

enum { BAD = 6 };

/* A pointer that is no handle of the type, by a number below BAD. */
void *bad_pointer(unsigned number, const char *type);

/* sweep_detection.c: one of each object, and the end of them. */
void make_detection(void);
void destroy_detection(void);

/* What the macros do not see: arguments of single functions. */
void sweep_list_arguments(void);
void sweep_graph_arguments(void);

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

/* The sweep of a function: functions.inc is made by CMake from seerflow.h, FUNCTION(name) for each. */
#define SWEEP(function) void sweep_##function(void)
#define FUNCTION(name) SWEEP(name);
#include "functions.inc"
#undef FUNCTION

/* Destroying what is no handle leaves it alone. */
#define SWEEP_DESTROY(type)                                                                                                         \
    SWEEP(type##_destroy)                                                                                                           \
    {                                                                                                                               \
        EACH_BAD(type, handle)                                                                                                      \
            type##_destroy(handle);                                                                                                 \
    }

/* A constructor wants a place. */
#define SWEEP_NEW(type)                                                                                                             \
    SWEEP(type##_new)                                                                                                               \
    {                                                                                                                               \
        EACH_BAD_PLACE(type *, place)                                                                                               \
            FAILS(type##_new(place, &error), INVALID);                                                                              \
        CHECK(type##_new(NULL, NULL) == INVALID);                                                                                   \
    }

/* What is no list has no records. */
#define SWEEP_COUNT(type)                                                                                                           \
    SWEEP(type##_count)                                                                                                             \
    {                                                                                                                               \
        EACH_BAD(type, handle)                                                                                                      \
            CHECK(type##_count(handle) == 0);                                                                                       \
    }

/* Lists: a struct for each record, and JSON. */
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

#endif

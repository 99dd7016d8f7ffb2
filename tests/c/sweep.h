/* The parts of the sweep: live objects, pointers that are not handles, and the arguments that all functions of a kind must refuse. */
#ifndef SWEEP_H
#define SWEEP_H

#include "check.h"

#define INVALID SEERFLOW_STATUS_INVALID

enum { KINDS = SEERFLOW_KIND_REJECTION + 1 };

extern struct sweep_live {
    seerflow_config *config;
    seerflow_store *store;
    seerflow_interrupt *interrupt;
    seerflow_completions *completions;
    /* A valid query; a query whose filters fit no kind of record; and a valid query with an entity. */
    seerflow_query *query, *contradiction, *entity_query;
    const seerflow_event *event;
    seerflow_result *result;
    /* A list of each kind, with one record. */
    seerflow_list *lists[KINDS];
} live;

/* Memory blocks that are not handles, one word larger than needed. */
extern uint64_t zeros[9], ones[9];

enum { BAD = 6, BAD_CALLS = 5 };

/* Returns a pointer that is not a handle of the type. Numbers below BAD select one. */
void *bad_pointer(unsigned number, const char *type);

/* Returns an invalid seerflow_call: a wrong size, reserved member, interrupt or alignment. Numbers below BAD_CALLS select one. */
const seerflow_call *bad_call(unsigned number);

/* A misaligned pointer. */
#define MISALIGNED ((void *)((char *)zeros + 1))

/* sweep_detection.c: a list of each kind. */
void make_lists(void);

/* Arguments of single functions that the macros below do not cover. */
void sweep_arguments(void);

/* Repeats the next statement with each pointer that is not a handle of the type. */
#define EACH_BAD(type, name)                                                                                                        \
    for (unsigned name##_number = 0; name##_number < BAD; name##_number++)                                                          \
        for (int name##_once = 1; name##_once;)                                                                                     \
            for (type *name = bad_pointer(name##_number, #type); name##_once; name##_once = 0)

/* Repeats the next statement with each invalid pointer for a result: NULL, and a misaligned one. */
#define EACH_BAD_PLACE(type, name)                                                                                                  \
    for (unsigned name##_number = 0; name##_number < 2; name##_number++)                                                            \
        for (int name##_once = 1; name##_once;)                                                                                     \
            for (type *name = name##_number == 0 ? NULL : MISALIGNED; name##_once; name##_once = 0)

/* The test of one function. CMake generates functions.inc from seerflow.h: FUNCTION(name) for each function. */
#define SWEEP(function) void sweep_##function(void)
#define FUNCTION(name) SWEEP(name);
#include "functions.inc"
#undef FUNCTION

/* Destroying a pointer that is not a handle does nothing. */
#define SWEEP_DESTROY(type)                                                                                                         \
    SWEEP(type##_destroy)                                                                                                           \
    {                                                                                                                               \
        EACH_BAD(type, handle)                                                                                                      \
            type##_destroy(handle);                                                                                                 \
    }

/* A constructor refuses NULL for its result. */
#define SWEEP_NEW(type)                                                                                                             \
    SWEEP(type##_new)                                                                                                               \
    {                                                                                                                               \
        EACH_BAD_PLACE(type *, place)                                                                                               \
            FAILS(type##_new(place, &error), INVALID);                                                                              \
        CHECK(type##_new(NULL, NULL) == INVALID);                                                                                   \
    }

/* Functions that read one record of a list: lists of another kind, invalid pointers, indexes and sizes. */
#define SWEEP_AT(record, RECORD)                                                                                                    \
    SWEEP(seerflow_list_##record##_at)                                                                                              \
    {                                                                                                                               \
        seerflow_##record out = SEERFLOW_##RECORD##_INIT;                                                                           \
        const seerflow_list *list = live.lists[SEERFLOW_KIND_##RECORD];                                                             \
        EACH_BAD(seerflow_list, handle)                                                                                             \
            FAILS(seerflow_list_##record##_at(handle, 0, &out, &error), INVALID);                                                   \
        for (unsigned kind = 1; kind < KINDS; kind++)                                                                               \
            if (kind != SEERFLOW_KIND_##RECORD)                                                                                     \
                FAILS(seerflow_list_##record##_at(live.lists[kind], 0, &out, &error), INVALID);                                     \
        EACH_BAD_PLACE(seerflow_##record, place)                                                                                    \
            FAILS(seerflow_list_##record##_at(list, 0, place, &error), INVALID);                                                    \
        FAILS(seerflow_list_##record##_at(list, SIZE_MAX, &out, &error), SEERFLOW_STATUS_NOT_FOUND);                                \
        if (seerflow_list_count(list) > 0)                                                                                          \
            OK(seerflow_list_##record##_at(list, 0, &out, &error));                                                                 \
        out.struct_size = 5;                                                                                                        \
        FAILS(seerflow_list_##record##_at(list, 0, &out, &error), INVALID);                                                         \
    }

/* Calls that may block refuse invalid handles and invalid seerflow_calls. `arguments` uses handle and how. */
#define SWEEP_BOUNDED(function, arguments)                                                                                          \
    do {                                                                                                                            \
        const seerflow_call *how = NULL;                                                                                            \
        EACH_BAD(seerflow_store, handle)                                                                                            \
            FAILS(function arguments, INVALID);                                                                                     \
        const seerflow_store *handle = live.store;                                                                                  \
        for (unsigned number = 0; number < BAD_CALLS; number++) {                                                                   \
            how = bad_call(number);                                                                                                 \
            FAILS(function arguments, INVALID);                                                                                     \
        }                                                                                                                           \
    } while (0)

/* Calls that return a list. `arguments` uses handle, how and place. */
#define SWEEP_ANSWER(function, arguments)                                                                                           \
    SWEEP(function)                                                                                                                 \
    {                                                                                                                               \
        seerflow_list *list = NULL, **place = &list;                                                                                \
        SWEEP_BOUNDED(function, arguments);                                                                                         \
        const seerflow_store *handle = live.store;                                                                                  \
        const seerflow_call *how = WITHIN(5000);                                                                                    \
        EACH_BAD_PLACE(seerflow_list *, nowhere) {                                                                                  \
            place = nowhere;                                                                                                        \
            FAILS(function arguments, INVALID);                                                                                     \
        }                                                                                                                           \
        place = &list;                                                                                                              \
        CHECK(list == NULL);                                                                                                        \
        OK(function arguments);                                                                                                     \
        seerflow_list_destroy(list);                                                                                                \
    }

/* Calls that take a query and return a list. `arguments` also uses query. */
#define SWEEP_QUESTION(function, good, arguments)                                                                                   \
    static void ask_##function(const seerflow_query *query)                                                                         \
    {                                                                                                                               \
        seerflow_list *list = NULL, **place = &list;                                                                                \
        const seerflow_store *handle = live.store;                                                                                  \
        const seerflow_call *how = NULL;                                                                                            \
        FAILS(function arguments, INVALID);                                                                                         \
        CHECK(list == NULL);                                                                                                        \
    }                                                                                                                               \
    SWEEP(function)                                                                                                                 \
    {                                                                                                                               \
        const seerflow_query *query = good;                                                                                         \
        seerflow_list *list = NULL, **place = &list;                                                                                \
        SWEEP_BOUNDED(function, arguments);                                                                                         \
        EACH_BAD(seerflow_query, wrong)                                                                                             \
            ask_##function(wrong);                                                                                                  \
        ask_##function(live.contradiction);                                                                                         \
        const seerflow_store *handle = live.store;                                                                                  \
        const seerflow_call *how = WITHIN(5000);                                                                                    \
        EACH_BAD_PLACE(seerflow_list *, nowhere) {                                                                                  \
            place = nowhere;                                                                                                        \
            FAILS(function arguments, INVALID);                                                                                     \
        }                                                                                                                           \
        place = &list;                                                                                                              \
        OK(function arguments);                                                                                                     \
        seerflow_list_destroy(list);                                                                                                \
    }

/* Calls that return a number if `place` is not NULL. `arguments` uses handle, how and place. */
#define SWEEP_NUMBER(function, number_type, arguments)                                                                              \
    SWEEP(function)                                                                                                                 \
    {                                                                                                                               \
        number_type told = 77, *place = &told;                                                                                      \
        SWEEP_BOUNDED(function, arguments);                                                                                         \
        const seerflow_store *handle = live.store;                                                                                  \
        const seerflow_call *how = NULL;                                                                                            \
        place = MISALIGNED;                                                                                                            \
        FAILS(function arguments, INVALID);                                                                                         \
        CHECK(told == 77);                                                                                                          \
    }

/* Writes of arrays: invalid counts, sizes and structs. `break_it` makes the record invalid; `arguments` uses handle, records, count
 * and how. */
#define SWEEP_WRITE(function, struct_type, initialiser, break_it, arguments)                                                        \
    SWEEP(function)                                                                                                                 \
    {                                                                                                                               \
        struct_type record = initialiser, *records = &record;                                                                       \
        size_t count = 1;                                                                                                           \
        SWEEP_BOUNDED(function, arguments);                                                                                         \
        const seerflow_store *handle = live.store;                                                                                  \
        const seerflow_call *how = NULL;                                                                                            \
        break_it;                                                                                                                   \
        FAILS(function arguments, INVALID);                                                                                         \
        record = (struct_type)initialiser;                                                                                          \
        records = NULL;                                                                                                             \
        FAILS(function arguments, INVALID);                                                                                         \
        count = 0;                                                                                                                  \
        OK(function arguments);                                                                                                     \
        count = SIZE_MAX;                                                                                                           \
        records = &record;                                                                                                          \
        FAILS(function arguments, INVALID);                                                                                         \
        count = 1;                                                                                                                  \
        records = MISALIGNED;                                                                                                          \
        FAILS(function arguments, INVALID);                                                                                         \
        records = &record;                                                                                                          \
        record.struct_size = 3;                                                                                                     \
        FAILS(function arguments, INVALID);                                                                                         \
        record.struct_size = UINT32_MAX;                                                                                            \
        FAILS(function arguments, INVALID);                                                                                         \
        record.struct_size = sizeof record;                                                                                         \
        record.reserved = 1;                                                                                                        \
        FAILS(function arguments, INVALID);                                                                                         \
    }

#endif

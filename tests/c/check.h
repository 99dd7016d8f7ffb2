/*
 * A tiny test harness: CHECK(condition), OK(call), FAILS(call, status), RUN(test).
 *
 * Calls get `&error` as their last argument; OK and FAILS look at it, hold the library to its word (an error is told when, and
 * only when, a call fails) and destroy it.
 */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <seerflow.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern seerflow_error *error;

void check_failed(const char *file, int line, const char *what, const char *details);
void check_status(const char *file, int line, const char *what, seerflow_status got, seerflow_status wanted);

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, ""))
#define OK(call) check_status(__FILE__, __LINE__, #call, (call), SEERFLOW_STATUS_OK)
#define FAILS(call, status) check_status(__FILE__, __LINE__, #call, (call), (status))

/* Runs a test in a fresh folder of its own. */
#define RUN(test) check_run(#test, test)
void check_run(const char *name, void (*test)(void));

/* A path in the test's folder. The text lives until the test ends. */
const char *in_folder(const char *name);

/* Makes the store in the test's folder; `settings` are keys and values in turn, ended by NULL, or NULL. */
seerflow_store *open_store(const char *const *settings);

/* Closes, checks that nothing was lost, and destroys. */
void close_store(seerflow_store *store);

/* A bound on a call, and what stops it. */
#define WITHIN(ms) STOPPED_BY(NULL, ms)
#define STOPPED_BY(interrupt, ms) (&(seerflow_call){sizeof(seerflow_call), 0, (ms), (interrupt)})

/* The newest events whose messages have these words. */
seerflow_status search(const seerflow_store *store, const char *words, uint32_t limit, seerflow_list **list, seerflow_error **details);

/* The numbers of a write. */
seerflow_outcome outcome_of(const seerflow_result *result);

/* Text of a literal or of a NUL-terminated string. */
seerflow_str str(const char *text);
int str_is(seerflow_str text, const char *wanted);

/* Writes one event with this message through the queue; durable if asked. */
void write_message(const seerflow_store *store, const char *message, int durable);

/* The number of stored events, after a flush. */
uint64_t count_events(const seerflow_store *store);

/* Waits a little. */
void wait_ms(unsigned ms);

/* Milliseconds of a clock that only goes forward. */
int64_t now_ms(void);

#endif

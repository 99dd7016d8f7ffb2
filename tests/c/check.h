/*
 * A tiny test harness: CHECK(condition), OK(call), FAILS(call, status), RUN(test).
 *
 * Calls take `&error` as their last argument. OK and FAILS check that an error was written if, and only if, the call failed, and
 * destroy it.
 */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <seerflow.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

extern seerflow_error *error;

void check_failed(const char *file, int line, const char *what, const char *details);
void check_status(const char *file, int line, const char *what, seerflow_status got, seerflow_status wanted);

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, ""))
#define OK(call) check_status(__FILE__, __LINE__, #call, (call), SEERFLOW_STATUS_OK)
#define FAILS(call, status) check_status(__FILE__, __LINE__, #call, (call), (status))

/* Runs a test in a new directory. */
#define RUN(test) check_run(#test, test)
void check_run(const char *name, void (*test)(void));

/* Returns a path in the directory of the test. The text is valid until the test ends. */
const char *in_folder(const char *name);

/* Creates the store in the directory of the test. `settings` is NULL, or keys and values alternating, followed by NULL. */
seerflow_store *open_store(const char *const *settings);

/* Closes a store, checks that no event was lost, and destroys the store. */
void close_store(seerflow_store *store);

/* A seerflow_call with a timeout, and optionally an interrupt. */
#define WITHIN(ms) STOPPED_BY(NULL, ms)
#define STOPPED_BY(interrupt, ms) (&(seerflow_call){sizeof(seerflow_call), 0, (ms), (interrupt)})

/* Queries the newest events whose messages contain these words. */
seerflow_status search(const seerflow_store *store, const char *words, uint32_t limit, seerflow_list **list, seerflow_error **details);

/* Returns the numbers of the result of a write. */
seerflow_outcome outcome_of(const seerflow_result *result);

/* Makes a seerflow_str of a NUL-terminated text. */
seerflow_str str(const char *text);
int str_is(seerflow_str text, const char *wanted);

/* Writes one event with this message, durably if `durable` is set. */
void write_message(const seerflow_store *store, const char *message, int durable);

/* Flushes, and returns the number of stored events. */
uint64_t count_events(const seerflow_store *store);

/* Ends a child whose checks hold. Does not use _exit(), because valgrind would report the parent's memory as a leak. */
void end_child(void);

/* Waits for a child, which must end with end_child. */
void check_child(pid_t child);

/* Runs `work` in a child, within two minutes. The process must not have used the library. */
void in_child(void (*work)(void));

/* Checks that the message of the last failed commit contains a text. */
void check_last_error(const seerflow_store *store, const char *text);

/* Sleeps for a short time. */
void wait_ms(unsigned ms);

/* Returns the milliseconds of a monotonic clock. */
int64_t now_ms(void);

#endif

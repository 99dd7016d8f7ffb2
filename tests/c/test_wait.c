/* Waiting: deadlines, interrupts, completions, a full queue, and closing a store with a full queue. */
#define _XOPEN_SOURCE 700
#include "check.h"
#include "holder.h"

#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>

/* A store whose tables exist and whose write lock another process holds, so that commits fail until it is released. */
static seerflow_store *store_that_is_locked_out(void)
{
    const char *settings[] = {"storage.queue_events", "50", "storage.flush_interval_ms", "5", NULL};
    seerflow_store *store = open_store(settings);
    write_message(store, "the first", 1);
    hold_lock(in_folder("test.db"));
    return store;
}

static void *raise_later(void *interrupt)
{
    wait_ms(150);
    CHECK(seerflow_interrupt_raise(interrupt) == SEERFLOW_STATUS_OK);
    return NULL;
}

static void test_interrupt_from_another_thread(void)
{
    seerflow_store *store = store_that_is_locked_out();
    seerflow_interrupt *interrupt = NULL;
    seerflow_query *query = NULL;
    seerflow_list *page = NULL;
    pthread_t thread;
    write_message(store, "waits", 0);
    OK(seerflow_interrupt_new(&interrupt, &error));
    CHECK(pthread_create(&thread, NULL, raise_later, interrupt) == 0);
    int64_t began = now_ms();
    FAILS(seerflow_store_flush(store, STOPPED_BY(interrupt, -1), &error), SEERFLOW_STATUS_INTERRUPTED);
    CHECK(now_ms() - began < 20000);
    CHECK(pthread_join(thread, NULL) == 0);
    /* It stays raised until it is reset. */
    OK(seerflow_query_new(&query, &error));
    FAILS(seerflow_store_query_events(store, query, STOPPED_BY(interrupt, 30000), &page, &error), SEERFLOW_STATUS_INTERRUPTED);
    CHECK(seerflow_interrupt_reset(interrupt) == SEERFLOW_STATUS_OK);
    OK(seerflow_store_query_events(store, query, STOPPED_BY(interrupt, 30000), &page, &error));
    CHECK(seerflow_list_count(page) == 1);
    seerflow_list_destroy(page);
    seerflow_query_destroy(query);
    seerflow_interrupt_destroy(interrupt);
    release_lock();
    CHECK(count_events(store) == 2);
    close_store(store);
}

/* While commits fail, no event is lost: the queue fills up, writes return AGAIN, and all events are stored once the lock is free. */
static void test_full_queue(void)
{
    seerflow_store *store = store_that_is_locked_out();
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_stats stats = SEERFLOW_STATS_INIT;
    seerflow_health health = SEERFLOW_HEALTH_INIT;
    seerflow_status status = SEERFLOW_STATUS_OK;
    seerflow_error *told = NULL;
    char last[256] = "";
    unsigned written = 0;
    options.call = WITHIN(0);
    while (status == SEERFLOW_STATUS_OK && written < 1000) {
        status = seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "a line\n", 7, &options, NULL, NULL, &told);
        written += status == SEERFLOW_STATUS_OK;
    }
    CHECK(status == SEERFLOW_STATUS_AGAIN && seerflow_error_retriable(told));
    seerflow_error_destroy(told);
    CHECK(written == 50);
    options.call = WITHIN(50);
    FAILS(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "a line\n", 7, &options, NULL, NULL, &error), SEERFLOW_STATUS_AGAIN);
    FAILS(seerflow_store_flush(store, WITHIN(50), &error), SEERFLOW_STATUS_TIMEOUT);
    for (int64_t began = now_ms(); now_ms() - began < 20000 && health.state != SEERFLOW_STATE_DEGRADED; wait_ms(20))
        OK(seerflow_store_health(store, &health, &error));
    CHECK(health.state == SEERFLOW_STATE_DEGRADED && health.cause == SEERFLOW_STATUS_BUSY);
    CHECK(strstr(health.reason, "locked") && health.degraded_since_ns > 0);
    CHECK(health.queue_events == 50 && health.queue_events_limit == 50);
    release_lock();
    CHECK(count_events(store) == 51);
    OK(seerflow_store_stats(store, &stats, &error));
    CHECK(stats.accepted == 51 && stats.committed == 51 && stats.retries > 0 && stats.queue_events == 0);
    OK(seerflow_store_health(store, &health, &error));
    CHECK(health.state == SEERFLOW_STATE_OK && health.degraded_since_ns == SEERFLOW_TIME_ABSENT && health.reason[0] == '\0');
    OK(seerflow_store_last_error(store, last, sizeof last, NULL, &error));
    CHECK(last[0] != '\0');
    close_store(store);
}

/* A call with more events than the queue has room for consumes a part, and reports how much. */
static void test_part_of_a_call(void)
{
    const char *settings[] = {"storage.queue_events", "3000", NULL};
    seerflow_store *store = open_store(settings);
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_result *result = NULL;
    static char lines[8000 * 7 + 1];
    size_t consumed = 0, length = 8000 * 7;
    for (size_t i = 0; i < 8000; i++)
        memcpy(lines + 7 * i, "a line\n", 8);
    write_message(store, "the first", 1);
    hold_lock(in_folder("test.db"));
    options.call = WITHIN(100);
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, lines, length, &options, &consumed, &result, &error));
    CHECK(consumed > 0 && consumed < length && consumed % 7 == 0);
    CHECK(outcome_of(result).accepted == consumed / 7);
    seerflow_result_destroy(result);
    release_lock();
    options.call = WITHIN(30000);
    size_t first = consumed;
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, lines + first, length - first, &options, &consumed, NULL, &error));
    CHECK(first + consumed == length && count_events(store) == 8001);
    close_store(store);
}

/* The events of a durable write that times out stay in the queue. With a batch key it is safe to send them again. */
static void test_durable_timeout(void)
{
    seerflow_store *store = store_that_is_locked_out();
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_result *result = NULL;
    static const char data[] = "{\"timestamp_ns\":5,\"message\":\"once\"}\n";
    options.durable = true;
    options.call = WITHIN(100);
    options.batch_key = str("b");
    size_t consumed = 0;
    FAILS(seerflow_store_write(store, SEERFLOW_FORMAT_NDJSON, data, sizeof data - 1, &options, &consumed, &result, &error), SEERFLOW_STATUS_TIMEOUT);
    CHECK(consumed == sizeof data - 1 && outcome_of(result).queued == 1 && outcome_of(result).committed == 0);
    seerflow_result_destroy(result);
    release_lock();
    options.call = WITHIN(30000);
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_NDJSON, data, sizeof data - 1, &options, NULL, &result, &error));
    CHECK(outcome_of(result).accepted == 1 && outcome_of(result).duplicates == 1);
    seerflow_result_destroy(result);
    CHECK(count_events(store) == 2);
    close_store(store);
}

static int is_readable(int fd, int timeout_ms)
{
    struct pollfd entry = {fd, POLLIN, 0};
    return poll(&entry, 1, timeout_ms) == 1 && (entry.revents & POLLIN) != 0;
}

static void test_completions_and_poll(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_completions *completions = NULL;
    seerflow_completion completion = SEERFLOW_COMPLETION_INIT;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    int fd = -1, seen = 0;
    OK(seerflow_completions_new(&completions, &error));
    FAILS(seerflow_completions_next(completions, WITHIN(0), &completion, &error), SEERFLOW_STATUS_AGAIN);
    FAILS(seerflow_completions_next(completions, WITHIN(30), &completion, &error), SEERFLOW_STATUS_TIMEOUT);
    OK(seerflow_completions_fd(completions, &fd, &error));
    CHECK(!is_readable(fd, 0));
    options.completions = completions;
    for (uint64_t i = 0; i < 10; i++) {
        options.user_data = 1000 + i;
        OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "one\ntwo\n", 8, &options, NULL, NULL, &error));
    }
    while (seen < 10) {
        CHECK(is_readable(fd, 20000));
        OK(seerflow_completions_next(completions, WITHIN(0), &completion, &error));
        CHECK(completion.status == SEERFLOW_STATUS_OK && completion.accepted == 2 && completion.duplicates == 0);
        CHECK(completion.user_data >= 1000 && completion.user_data < 1010);
        seen++;
    }
    CHECK(!is_readable(fd, 0));
    /* Closing the store before the commit is reported too. The completions are destroyed before the store. */
    hold_lock(in_folder("test.db"));
    OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "never\n", 6, &options, NULL, NULL, &error));
    uint64_t lost = 0;
    FAILS(seerflow_store_close(store, WITHIN(100), &lost, &error), SEERFLOW_STATUS_LOST);
    CHECK(lost == 1);
    OK(seerflow_completions_next(completions, WITHIN(10000), &completion, &error));
    CHECK(completion.status == SEERFLOW_STATUS_CLOSED && completion.accepted == 1);
    release_lock();
    seerflow_completions_destroy(completions);
    seerflow_store_destroy(store);
}

/* A close that cannot commit the queue returns the number of lost events, within its deadline. */
static void test_close_returns_the_number_of_lost_events(void)
{
    seerflow_store *store = store_that_is_locked_out();
    uint64_t lost = 77;
    for (int i = 0; i < 7; i++)
        write_message(store, "lost", 0);
    int64_t began = now_ms();
    FAILS(seerflow_store_close(store, WITHIN(200), &lost, &error), SEERFLOW_STATUS_LOST);
    CHECK(lost == 7 && now_ms() - began < 15000);
    OK(seerflow_store_close(store, WITHIN(200), &lost, &error));
    CHECK(lost == 0);
    seerflow_store_destroy(store);
    release_lock();
}

/* Returns the version of the SQLite that last wrote a database: bytes 96 to 99 of the file. */
static unsigned writer_of(const char *path)
{
    unsigned char bytes[100];
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL && fread(bytes, 1, sizeof bytes, file) == sizeof bytes);
    fclose(file);
    return (unsigned)bytes[96] << 24 | (unsigned)bytes[97] << 16 | (unsigned)bytes[98] << 8 | bytes[99];
}

/* The host's SQLite and the library's are used at the same time in one process, without affecting each other. */
static void test_two_sqlites(void)
{
    seerflow_store *store = open_store(NULL);
    sqlite3 *own = NULL;
    write_message(store, "beside another SQLite", 1);
    CHECK(sqlite3_open(in_folder("own.db"), &own) == SQLITE_OK);
    CHECK(sqlite3_exec(own, "CREATE TABLE t(x); INSERT INTO t VALUES (1)", NULL, NULL, NULL) == SQLITE_OK);
    CHECK(count_events(store) == 1);
    OK(seerflow_store_checkpoint(store, NULL, &error));
    CHECK(sqlite3_close(own) == SQLITE_OK);
    CHECK(writer_of(in_folder("own.db")) == (unsigned)sqlite3_libversion_number());
    CHECK(writer_of(in_folder("test.db")) >= 3054000);
    CHECK(writer_of(in_folder("test.db")) != (unsigned)sqlite3_libversion_number());
    close_store(store);
}

int main(void)
{
    start_holder();
    RUN(test_interrupt_from_another_thread);
    RUN(test_full_queue);
    RUN(test_part_of_a_call);
    RUN(test_durable_timeout);
    RUN(test_completions_and_poll);
    RUN(test_close_returns_the_number_of_lost_events);
    RUN(test_two_sqlites);
    stop_holder();
    return 0;
}

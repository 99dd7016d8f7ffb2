/*
 * A small agent that limits the library's memory, and handles a full queue.
 *
 *     bounded_memory DATABASE
 *
 * The queue is limited by events and by bytes, a record by `storage.max_event_bytes`, and a page of a query by `storage.page_bytes`.
 * If the queue is full, a write waits until its deadline, then returns SEERFLOW_STATUS_AGAIN. No event is dropped.
 */
#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const bounds[][2] = {
    {"storage.queue_events", "2000"},
    {"storage.queue_bytes", "1048576"},
    {"storage.max_event_bytes", "65536"},
    {"storage.page_bytes", "1048576"},
};

static seerflow_error *error;

static void must(seerflow_status status)
{
    if (status == SEERFLOW_STATUS_OK)
        return;
    fprintf(stderr, "bounded_memory: %s\n", seerflow_error_message(error));
    exit(1);
}

/* Writes lines until all are consumed. If the queue is full, the write is repeated. */
static uint64_t write_all(seerflow_store *store, const char *lines, size_t length)
{
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    uint64_t waits = 0;
    options.complete = true;
    while (length > 0) {
        size_t consumed = 0;
        seerflow_status status = seerflow_store_write(store, SEERFLOW_FORMAT_LINES, lines, length, &options, &consumed, NULL, &error);
        if (status == SEERFLOW_STATUS_AGAIN) {
            seerflow_error_destroy(error);
            error = NULL;
            waits++;
            continue;
        }
        must(status);
        lines += consumed;
        length -= consumed;
    }
    return waits;
}

/* Reads all events in pages of limited size. The cursor of each page leads to the next one. */
static uint64_t read_all(seerflow_store *store)
{
    seerflow_query *query = NULL;
    uint64_t events = 0;
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_order(query, SEERFLOW_ORDER_ARRIVAL, &error));
    must(seerflow_query_set_limit(query, 10000, &error));
    for (;;) {
        seerflow_list *page = NULL;
        must(seerflow_store_query_events(store, query, NULL, &page, &error));
        events += seerflow_list_count(page);
        const char *next = seerflow_list_next_cursor(page);
        if (next == NULL) {
            seerflow_list_destroy(page);
            break;
        }
        must(seerflow_query_set_cursor(query, next, &error));
        seerflow_list_destroy(page);
    }
    seerflow_query_destroy(query);
    return events;
}

int main(int argc, char **argv)
{
    enum { LINES = 20000 };
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_stats stats = SEERFLOW_STATS_INIT;
    must(seerflow_config_new(&config, &error));
    must(seerflow_config_set(config, "storage.sqlite_path", argc > 1 ? argv[1] : "bounded.db", &error));
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        must(seerflow_config_set(config, bounds[i][0], bounds[i][1], &error));
    must(seerflow_store_new(config, &store, &error));
    seerflow_config_destroy(config);

    static char lines[LINES * 64];
    size_t length = 0;
    for (int i = 0; i < LINES; i++)
        length += (size_t)snprintf(lines + length, sizeof lines - length, "Mar 15 01:47:13 web2 agent[7]: line %d\n", i);
    uint64_t waits = write_all(store, lines, length);
    must(seerflow_store_flush(store, NULL, &error));
    must(seerflow_store_stats(store, &stats, &error));
    printf("%" PRIu64 " events stored, %" PRIu64 " times the queue stayed full until the deadline\n", stats.committed, waits);
    printf("%" PRIu64 " events read back\n", read_all(store));
    must(seerflow_store_close(store, NULL, NULL, &error));
    seerflow_store_destroy(store);
    return 0;
}

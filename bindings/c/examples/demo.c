/* Stores the sample logs through the C API, and looks at them: demo LOGS_FOLDER DATABASE_FILE */
#include "demo_text.h"

#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define TIMEOUT_MS 10000

typedef seerflow_status (*write_function)(const seerflow_store *, const void *, size_t, const seerflow_write_options *, size_t *,
                                          seerflow_result **, seerflow_error **);

static seerflow_error *error;

/* Ends the program when a call failed. */
static void must(seerflow_status status)
{
    if (status != SEERFLOW_STATUS_OK) {
        fprintf(stderr, "demo: %s: %s\n", seerflow_status_name(status), seerflow_error_message(error));
        exit(1);
    }
}

/* Prints why records were rejected, and returns how many. */
static uint64_t print_rejected(const seerflow_result *result)
{
    size_t count = seerflow_result_rejected_count(result);
    for (size_t i = 0; i < count; i++) {
        uint64_t index;
        const char *reason;
        must(seerflow_result_rejected_at(result, i, &index, &reason, &error));
        printf("       record %" PRIu64 ": %s\n", index + 1, reason);
    }
    return count;
}

/* Writes a file as a shipper does: as much as there is at a time, the incomplete last line is kept for the next call. */
static void store_file(const seerflow_store *store, const char *folder, const char *name, write_function write, uint64_t counts[2])
{
    char path[4096];
    demo_text number;
    static char buffer[64 * 1024];
    size_t kept = 0;
    uint64_t accepted = 0, rejected = 0;
    seerflow_write_options options;

    must(seerflow_write_options_init(&options, sizeof options, &error));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    do {
        size_t length = kept + fread(buffer + kept, 1, sizeof buffer - kept, file);
        size_t consumed;
        seerflow_result *result;
        /* At the end of the file its last line is complete; so is one that does not fit the buffer. */
        options.complete = feof(file) || kept == sizeof buffer;
        options.first_index = accepted + rejected;
        must(write(store, buffer, length, &options, &consumed, &result, &error));
        accepted += seerflow_result_accepted(result);
        rejected += print_rejected(result);
        seerflow_result_destroy(result);
        kept = length - consumed;
        memmove(buffer, buffer + consumed, kept);
    } while (!feof(file) || kept > 0);
    fclose(file);
    printf("   %-20s %7s records%s\n", name, demo_number(number, accepted + rejected), rejected ? ", the above rejected" : "");
    counts[0] += accepted;
    counts[1] += rejected;
}

static int64_t time_of(const seerflow_event *event)
{
    int64_t ns;
    must(seerflow_event_get_int(event, SEERFLOW_FIELD_TIMESTAMP_NS, &ns, &error));
    return ns;
}

static void print_events(const seerflow_page *page)
{
    for (size_t i = 0; i < seerflow_page_count(page); i++) {
        const seerflow_event *event = seerflow_page_event(page, i);
        demo_text when;
        char host[400], what[400];
        seerflow_str source, message;
        must(seerflow_event_get_text(event, SEERFLOW_FIELD_SOURCE_ID, &source, &error));
        must(seerflow_event_get_text(event, SEERFLOW_FIELD_MESSAGE, &message, &error));
        printf("   %s  %-8s  %s\n", demo_time(when, time_of(event)), demo_cut(host, source, 8), demo_cut(what, message, 90));
    }
}

static void print_histogram(const seerflow_store *store, int64_t from_ns, int64_t to_ns)
{
    seerflow_histogram *histogram;
    uint64_t largest = 0;
    must(seerflow_store_histogram(store, from_ns, to_ns, HOUR, TIMEOUT_MS, NULL, &histogram, &error));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < seerflow_histogram_count(histogram); i++) {
            int64_t start_ns;
            uint64_t count;
            demo_text when, bar, number;
            must(seerflow_histogram_at(histogram, i, &start_ns, &count, &error));
            if (count > largest)
                largest = count;
            if (round == 1)
                printf("   %.11s %6s %s\n", demo_time(when, start_ns), demo_number(number, count), demo_bar(bar, count, largest, 32));
        }
    }
    seerflow_histogram_destroy(histogram);
}

/* Counts by asking for "at least this severe" and no events. */
static void print_severities(const seerflow_store *store)
{
    static const char *const names[] = {"trace", "informational", "notice", "warning", "error", "critical", "fatal"};
    uint64_t above = 0;
    for (int severity = 6; severity >= 0; severity--) {
        seerflow_query *query;
        seerflow_page *page;
        demo_text number;
        uint64_t total = 0;
        must(seerflow_query_new(&query, &error));
        must(seerflow_query_set_min_severity(query, severity, &error));
        must(seerflow_query_set_total(query, SEERFLOW_TOTAL_EXACT, 0, &error));
        must(seerflow_query_set_limit(query, 1, &error));
        must(seerflow_store_query_events(store, query, &page, &error));
        seerflow_page_total(page, &total);
        if (total > above)
            printf("   %-14s %7s\n", names[severity], demo_number(number, total - above));
        above = total;
        seerflow_page_destroy(page);
        seerflow_query_destroy(query);
    }
}

int main(int argc, char **argv)
{
    static const char *const lines[] = {"sshd.log", "syslog-rfc5424.log", "app.log", "firewall.log", "nginx-access.log"};
    static const char *const ndjson[] = {"app.ndjson", "events.ndjson"};
    const seerflow_str attacker = {"203.0.113.66", 12};
    char entity[SEERFLOW_ID_SIZE];
    demo_text number, rate, when;
    uint64_t counts[2] = {0, 0};
    seerflow_config *config;
    seerflow_store *store;
    seerflow_query *query;
    seerflow_page *page;

    if (argc != 3) {
        fprintf(stderr, "usage: demo LOGS_FOLDER DATABASE_FILE\n");
        return 2;
    }
    must(seerflow_config_new(&config, &error));
    must(seerflow_config_set(config, "storage.sqlite_path", argv[2], &error));
    must(seerflow_store_open(config, &store, &error));
    must(seerflow_store_start(store, &error));

    printf("\nlibseerflow %s stores the sample logs in %s\n\n", seerflow_version(), seerflow_store_path(store));
    double began = demo_seconds();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        store_file(store, argv[1], lines[i], seerflow_store_write_lines, counts);
    for (size_t i = 0; i < sizeof ndjson / sizeof *ndjson; i++)
        store_file(store, argv[1], ndjson[i], seerflow_store_write_ndjson, counts);
    must(seerflow_store_flush(store, TIMEOUT_MS, NULL, &error));
    double took = demo_seconds() - began;

    seerflow_stats stats;
    SEERFLOW_PREPARE(stats);
    must(seerflow_store_stats(store, &stats, &error));
    printf("\n   %s events committed in %.0f ms, %s a second", demo_number(number, stats.committed), took * 1e3,
           demo_number(rate, (uint64_t)((double)stats.committed / took)));
    printf("; %" PRIu64 " there before; %" PRIu64 " kept as dead letters\n", stats.duplicates, stats.rejected);

    printf("\nSearch: accepted password\n\n");
    must(seerflow_store_search(store, "accepted password", 5, &page, &error));
    print_events(page);
    if (seerflow_page_count(page) == 0)
        return 1;
    int64_t login_ns = time_of(seerflow_page_event(page, 0));
    seerflow_page_destroy(page);

    must(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, attacker, entity, &error));
    printf("\nThe address %s (entity %s), two minutes around %s\n\n", attacker.data, entity, demo_time(when, login_ns));
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_entity(query, entity, &error));
    must(seerflow_query_set_time_range(query, login_ns - 60 * SECOND, login_ns + 60 * SECOND, &error));
    must(seerflow_query_set_order(query, SEERFLOW_ORDER_OLDEST, &error));
    must(seerflow_query_set_limit(query, 20, &error));
    must(seerflow_store_query_events(store, query, &page, &error));
    print_events(page);
    seerflow_page_destroy(page);
    seerflow_query_destroy(query);

    printf("\nEvents an hour (UTC)\n\n");
    print_histogram(store, login_ns - 24 * HOUR, login_ns + 12 * HOUR);
    printf("\nBy severity\n\n");
    print_severities(store);
    printf("\n");

    must(seerflow_store_close(store, TIMEOUT_MS, NULL, &error));
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return 0;
}

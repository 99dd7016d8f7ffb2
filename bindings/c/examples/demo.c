/* Stores the sample logs through the C API and queries them. Usage: demo LOGS_FOLDER DATABASE_FILE */
#include "demo_text.h"

#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
#define MARCH_2026_NS (INT64_C(1774915200) * SECOND) /* the 31st */

static seerflow_error *error;

/* Exits if a call failed. */
static void must(seerflow_status status)
{
    if (status != SEERFLOW_STATUS_OK) {
        fprintf(stderr, "demo: %s: %s\n", seerflow_status_name(status), seerflow_error_message(error));
        exit(1);
    }
}

/* Writes a file in chunks, as a log shipper does. An incomplete last line is kept for the next call. */
static void store_file(const seerflow_store *store, const char *folder, const char *name, seerflow_format format)
{
    static char buffer[64 * 1024];
    char path[4096];
    demo_text number;
    size_t pending = 0;
    uint64_t records = 0;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;

    /* Lines such as "Mar 14 04:00:00" have no year; these are from March 2026. */
    options.reference_ns = MARCH_2026_NS;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    do {
        size_t length = pending + fread(buffer + pending, 1, sizeof buffer - pending, file), consumed = 0;
        seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
        seerflow_result *result = NULL;
        /* The last line is complete at the end of the file, or if it is longer than the buffer. */
        options.complete = feof(file) || pending == sizeof buffer;
        must(seerflow_store_write(store, format, buffer, length, &options, &consumed, &result, &error));
        must(seerflow_result_outcome(result, &outcome, &error));
        records += outcome.accepted + outcome.rejected;
        seerflow_result_destroy(result);
        pending = length - consumed;
        memmove(buffer, buffer + consumed, pending);
    } while (!feof(file) || pending > 0);
    fclose(file);
    printf("   %-20s %7s records\n", name, demo_number(number, records));
}

/* Prints the records that could not be stored as events, with the reasons. */
static void print_dead_letters(const seerflow_store *store)
{
    seerflow_query *query = NULL;
    seerflow_list *list = NULL;
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_limit(query, 10, &error));
    must(seerflow_store_query_dead_letters(store, query, NULL, &list, &error));
    seerflow_query_destroy(query);
    for (size_t i = 0; i < seerflow_list_count(list); i++) {
        char reason[400], payload[400];
        seerflow_dead_letter letter = SEERFLOW_DEAD_LETTER_INIT;
        must(seerflow_list_dead_letter_at(list, i, &letter, &error));
        printf("   %s\n      %s\n", demo_cut(reason, letter.reason, 90), demo_cut(payload, letter.payload, 90));
    }
    seerflow_list_destroy(list);
}

static int64_t time_of(const seerflow_event *event)
{
    int64_t ns;
    must(seerflow_event_get_int(event, SEERFLOW_FIELD_TIMESTAMP_NS, &ns, &error));
    return ns;
}

static void print_events(const seerflow_list *page)
{
    for (size_t i = 0; i < seerflow_list_count(page); i++) {
        const seerflow_event *event = seerflow_list_event_at(page, i);
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
    seerflow_query *query = NULL;
    seerflow_list *histogram = NULL;
    uint64_t largest = 0;
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_window(query, from_ns, to_ns, &error));
    must(seerflow_store_event_histogram(store, query, HOUR, SEERFLOW_COUNT_BY_NONE, NULL, &histogram, &error));
    seerflow_query_destroy(query);
    for (int round = 0; round < 2; round++) { /* the first round finds the largest bucket */
        for (size_t i = 0; i < seerflow_list_count(histogram); i++) {
            seerflow_bucket hour = SEERFLOW_BUCKET_INIT;
            demo_text when, bar, number;
            must(seerflow_list_bucket_at(histogram, i, &hour, &error));
            if (hour.count > largest)
                largest = hour.count;
            if (round == 1)
                printf("   %.11s %6s %s\n", demo_time(when, hour.start_ns), demo_number(number, hour.count),
                       demo_bar(bar, hour.count, largest, 32));
        }
    }
    seerflow_list_destroy(histogram);
}

/* Prints the number of events of each severity, and the newest of the most severe. */
static void print_severities(const seerflow_store *store)
{
    static const char *const names[] = {"trace", "informational", "notice", "warning", "error", "critical", "fatal"};
    uint64_t above = 0, total = 0;
    seerflow_query *query = NULL;
    seerflow_list *page = NULL;
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_limit(query, 3, &error));
    must(seerflow_query_set_total(query, SEERFLOW_TOTAL_EXACT, 0, &error));
    for (int severity = 6; severity >= 0; severity--, above = total) {
        demo_text number;
        must(seerflow_query_set_min_severity(query, severity, &error));
        must(seerflow_store_query_events(store, query, NULL, &page, &error));
        seerflow_list_total(page, &total);
        printf("   %-14s %7s\n", names[severity], demo_number(number, total - above));
        if (severity == 6 && total > 0)
            print_events(page);
        seerflow_list_destroy(page);
    }
    seerflow_query_destroy(query);
}

int main(int argc, char **argv)
{
    static const char *const lines[] = {"sshd.log", "syslog-rfc5424.log", "app.log", "firewall.log", "nginx-access.log"};
    static const char *const ndjson[] = {"app.ndjson", "events.ndjson"};
    const seerflow_str attacker = {"203.0.113.66", 12};
    char entity[SEERFLOW_ID_SIZE];
    demo_text number, rate, when;
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_query *query = NULL;
    seerflow_list *page = NULL;

    if (argc != 3) {
        fprintf(stderr, "usage: demo LOGS_FOLDER DATABASE_FILE\n");
        return 2;
    }
    must(seerflow_config_new(&config, &error));
    must(seerflow_config_set(config, "storage.sqlite_path", argv[2], &error));
    must(seerflow_store_new(config, &store, &error));
    must(seerflow_store_open(store, NULL, &error));

    printf("\nlibseerflow %s stores the sample logs in %s\n\n", seerflow_version(), seerflow_store_path(store));
    double began = demo_seconds();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        store_file(store, argv[1], lines[i], SEERFLOW_FORMAT_LINES);
    for (size_t i = 0; i < sizeof ndjson / sizeof *ndjson; i++)
        store_file(store, argv[1], ndjson[i], SEERFLOW_FORMAT_NDJSON);
    must(seerflow_store_flush(store, NULL, &error));
    double took = demo_seconds() - began;

    seerflow_stats stats = SEERFLOW_STATS_INIT;
    must(seerflow_store_stats(store, &stats, &error));
    printf("\n   %s events committed in %.0f ms, %s a second; %" PRIu64 " stored before, %" PRIu64 " rejected\n",
           demo_number(number, stats.committed), took * 1e3, demo_number(rate, (uint64_t)((double)stats.committed / took)),
           stats.duplicates, stats.rejected);
    printf("\nRejected records, and why\n\n");
    print_dead_letters(store);

    printf("\nSearch: accepted password\n\n");
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_text(query, "accepted password", &error));
    must(seerflow_query_set_limit(query, 5, &error));
    must(seerflow_store_query_events(store, query, NULL, &page, &error));
    seerflow_query_destroy(query);
    print_events(page);
    if (seerflow_list_count(page) == 0)
        return 1;
    int64_t login_ns = time_of(seerflow_list_event_at(page, 0));
    seerflow_list_destroy(page);

    must(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, attacker, entity, &error));
    printf("\nThe address %s (entity %s), around %s\n\n", attacker.data, entity, demo_time(when, login_ns));
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_entity_id(query, entity, &error));
    must(seerflow_query_set_window(query, login_ns - 420 * SECOND, login_ns + 60 * SECOND, &error));
    must(seerflow_query_set_order(query, SEERFLOW_ORDER_OLDEST, &error));
    must(seerflow_query_set_limit(query, 16, &error));
    must(seerflow_store_query_events(store, query, NULL, &page, &error));
    print_events(page);
    seerflow_list_destroy(page);
    seerflow_query_destroy(query);

    printf("\nEvents an hour (UTC)\n\n");
    print_histogram(store, login_ns - 24 * HOUR, login_ns + 12 * HOUR);
    printf("\nBy severity\n\n");
    print_severities(store);
    printf("\n");

    must(seerflow_store_close(store, NULL, NULL, &error));
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return 0;
}

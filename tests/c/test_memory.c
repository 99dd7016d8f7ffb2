/*
 * Resident memory of a store with `storage.memory_bytes` of 16 MiB: idle, while 200,000 events pass through (1,000,000 if
 * SEERFLOW_TORTURE=long), and after closing.
 *
 * The bounds are those of docs/performance.md. Sanitizers and valgrind have memory of their own, so this test runs plain only.
 */
#define _XOPEN_SOURCE 700
#include "check.h"

/* Returns a line of /proc/self/status, in KiB. */
static long memory(const char *name)
{
    char line[256];
    long found = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0)
            found = strtol(line + strlen(name) + 1, NULL, 10);
    }
    fclose(status);
    return found;
}

/* Checks a number of KiB against its bound in MiB. */
static void check_below(const char *what, long kib, long mib)
{
    printf("%s: %.1f MiB\n", what, (double)kib / 1024);
    if (kib > mib * 1024)
        check_failed(__FILE__, __LINE__, what, "takes too much memory");
}

static uint32_t next(uint32_t *state)
{
    return *state = *state * 1664525 + 1013904223;
}

static void write_events(const seerflow_store *store, unsigned count)
{
    static char lines[1 << 18];
    uint32_t state = 1;
    for (unsigned written = 0; written < count;) {
        size_t length = 0;
        seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
        for (unsigned i = 0; i < 1000; i++, written++) {
            const uint32_t number = next(&state);
            length += (size_t)snprintf(lines + length, sizeof lines - length,
                                       "<38>1 2026-03-01T12:%02u:%02u.%03uZ web-%u sshd %u - - Failed password for user%u from "
                                       "10.%u.%u.7 port %u ssh2\n",
                                       written / 60000 % 60, written / 1000 % 60, written % 1000, number % 50, written % 4000,
                                       (number >> 8) % 200, (number >> 16) % 20, (number >> 20) % 250, (number >> 9) & 65535);
        }
        options.complete = true;
        OK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, lines, length, &options, NULL, NULL, &error));
    }
}

static void read_events(const seerflow_store *store)
{
    seerflow_query *query = NULL;
    OK(seerflow_query_new(&query, &error));
    OK(seerflow_query_set_limit(query, 10000, &error));
    for (unsigned i = 0; i < 20; i++) {
        seerflow_list *page = NULL;
        OK(seerflow_store_query_events(store, query, NULL, &page, &error));
        CHECK(seerflow_list_count(page) > 0);
        seerflow_list_destroy(page);
        OK(search(store, i % 2 ? "failed password" : "user7", 1000, &page, &error));
        CHECK(seerflow_list_count(page) > 0);
        seerflow_list_destroy(page);
    }
    seerflow_query_destroy(query);
}

static void test_memory(void)
{
    const char *torture = getenv("SEERFLOW_TORTURE");
    const unsigned count = torture != NULL && strcmp(torture, "long") == 0 ? 1000000 : 200000;
    seerflow_store *store = open_store((const char *[]){"storage.memory_bytes", "16777216", NULL});
    OK(seerflow_store_open(store, NULL, &error));
    check_below("idle", memory("VmRSS"), 9);
    write_events(store, count);
    CHECK(count_events(store) == count);
    check_below("written", memory("VmRSS"), 32);
    read_events(store);
    check_below("read", memory("VmRSS"), 32);
    check_below("peak", memory("VmHWM"), 32);
    close_store(store);
    check_below("closed", memory("VmRSS"), 16);
}

int main(void)
{
    RUN(test_memory);
    return 0;
}

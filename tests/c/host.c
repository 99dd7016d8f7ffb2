#define _XOPEN_SOURCE 700
#include "host.h"

#include "check.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

const char *host_program;

unsigned rounds(void)
{
    const char *given = getenv("SEERFLOW_ROUNDS"), *torture = getenv("SEERFLOW_TORTURE");
    if (given != NULL)
        return (unsigned)strtoul(given, NULL, 10);
    return torture != NULL && strcmp(torture, "long") == 0 ? 1000 : 50;
}

uint64_t seed(void)
{
    const char *given = getenv("SEERFLOW_SEED");
    return given != NULL ? strtoull(given, NULL, 10) : 20261130;
}

void announce_rounds(void)
{
    printf("%u rounds, SEERFLOW_SEED=%" PRIu64 "\n", rounds(), seed());
    fflush(stdout);
}

void report(const char *fault, uint64_t acknowledged, const char *test)
{
    printf("proof: %s | %u | %" PRIu64 " events | 0 | 0 | %" PRIu64 " | - | - | %s\n", fault, rounds(), acknowledged, seed(), test);
    fflush(stdout);
}

unsigned chosen(uint64_t *state, unsigned most)
{
    *state += 0x9e3779b97f4a7c15;
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return (unsigned)((mixed ^ (mixed >> 31)) % most);
}

void sleep_us(uint64_t *state, unsigned most)
{
    struct timespec time = {0, (long)chosen(state, most) * 1000};
    nanosleep(&time, NULL);
}

static void check_code(sqlite3 *database, const char *what, int code, int wanted)
{
    if (code != wanted) {
        char details[512];
        snprintf(details, sizeof details, "code %d (%s)", code, sqlite3_errmsg(database));
        check_failed(__FILE__, __LINE__, what, details);
    }
}

sqlite3 *host_open(const char *path)
{
    sqlite3 *database = NULL;
    check_code(database, path, sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(database, 60000);
    return database;
}

void host_run(sqlite3 *database, const char *sql)
{
    check_code(database, sql, sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

int64_t host_number(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    check_code(database, sql, sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    check_code(database, sql, sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

void host_insert(sqlite3 *database, const char *who, uint64_t number)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, message)"
             " VALUES ('%s-%" PRIu64 "', %" PRIu64 ", 0, 1, 'host', 'host', 'written by %s')",
             who, number, number, who);
    host_run(database, sql);
}

void host_check(const char *path, uint64_t events)
{
    sqlite3 *database = host_open(path);
    char details[128];
    int64_t there = host_number(database, "SELECT count(*) FROM events");
    snprintf(details, sizeof details, "%" PRIu64 " events acknowledged, but %" PRId64 " are stored", events, there);
    if (there < 0 || (uint64_t)there != events)
        check_failed(__FILE__, __LINE__, "lost:", details);
    CHECK(host_number(database, "SELECT count(DISTINCT event_id) FROM events") == there);
    CHECK(host_number(database, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1);
    host_run(database, "INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)");
    sqlite3_close(database);
}

pid_t host_start_again(const char *what, const char *path, int *input, int *output)
{
    int in[2], out[2];
    CHECK(pipe(in) == 0 && pipe(out) == 0);
    fflush(stdout);
    pid_t child = fork();
    CHECK(child != -1);
    if (child == 0) {
        dup2(out[1], 9);
        dup2(in[0], 0);
        dup2(9, 3);
        for (int fd = 4; fd < 64; fd++)
            close(fd);
        execl(host_program, host_program, what, path, (char *)NULL);
        _exit(1);
    }
    close(in[0]);
    close(out[1]);
    *input = in[1];
    *output = out[0];
    CHECK(fcntl(*input, F_SETFD, FD_CLOEXEC) == 0);
    return child;
}

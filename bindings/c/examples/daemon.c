/*
 * A daemon: reads its configuration, reports errors on the terminal, forks into the background, and stores events. On SIGTERM it
 * shuts down within a grace period.
 *
 *     daemon DATABASE PIDFILE GRACE_MS
 *
 * seerflow_store_new opens no file and starts no thread, so it may be called before fork(). Configuration errors are then reported on
 * the terminal, and a relative database path is resolved before the daemon changes its directory. A store that was used before
 * fork() returns SEERFLOW_STATUS_FORKED in the child.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <seerflow.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t terminated;

/* Library functions must not be called from a signal handler, so the handler only sets a flag. */
static void on_sigterm(int signal)
{
    (void)signal;
    terminated = 1;
}

static int store_events(seerflow_store *store)
{
    static const char line[] = "Mar 15 01:47:13 web2 daemon[1]: still here\n";
    const struct timespec pause = {0, 10 * 1000 * 1000};
    while (!terminated) {
        /* If a write fails but is retriable, the line is written again in the next round. A real daemon would keep its input likewise. */
        seerflow_error *error = NULL;
        if (seerflow_store_write(store, SEERFLOW_FORMAT_LINES, line, sizeof line - 1, NULL, NULL, NULL, &error) != SEERFLOW_STATUS_OK &&
            !seerflow_error_retriable(error)) {
            seerflow_error_destroy(error);
            return 1;
        }
        seerflow_error_destroy(error);
        nanosleep(&pause, NULL);
    }
    return 0;
}

/* Commits the queue within the grace period. Afterwards no thread of the library runs, whatever the status. */
static int shut_down(seerflow_store *store, long grace_ms, FILE *report)
{
    seerflow_call call = SEERFLOW_CALL_INIT;
    seerflow_error *error = NULL;
    uint64_t lost = 0;
    call.timeout_ms = grace_ms;
    seerflow_status status = seerflow_store_close(store, &call, &lost, &error);
    if (status == SEERFLOW_STATUS_LOST)
        fprintf(report, "%" PRIu64 " events could not be stored in time\n", lost);
    else
        fprintf(report, "closed: %s\n", seerflow_status_name(status));
    seerflow_error_destroy(error);
    return status != SEERFLOW_STATUS_OK;
}

int main(int argc, char **argv)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_error *error = NULL;
    if (argc != 4) {
        fprintf(stderr, "usage: daemon DATABASE PIDFILE GRACE_MS\n");
        return 2;
    }
    if (seerflow_config_new(&config, &error) || seerflow_config_set(config, "storage.sqlite_path", argv[1], &error) ||
        seerflow_store_new(config, &store, &error)) {
        fprintf(stderr, "daemon: %s\n", seerflow_error_message(error));
        return 1;
    }
    seerflow_config_destroy(config);
    FILE *report = fopen(argv[2], "w");
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_sigterm;
    sigaction(SIGTERM, &action, NULL);
    pid_t child = fork();
    if (child < 0 || report == NULL)
        return 1;
    if (child > 0) {
        /* The parent has not used the store, so destroying it does not affect the child. */
        seerflow_store_destroy(store);
        return 0;
    }
    if (setsid() < 0 || chdir("/") != 0)
        return 1;
    fprintf(report, "%ld\n", (long)getpid());
    fflush(report);
    int failed = store_events(store);
    failed |= shut_down(store, strtol(argv[3], NULL, 10), report);
    fclose(report);
    seerflow_store_destroy(store);
    return failed;
}

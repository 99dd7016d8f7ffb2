/*
 * Writes from an event loop: no call blocks, and poll() reports when writes are committed.
 *
 *     event_loop DATABASE
 *
 * `urgent` commits a batch at once, without waiting for the commit. When it is committed, a completion with the `user_data` of the
 * write is posted. The descriptor also works with epoll, kqueue and libraries such as libuv.
 */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <poll.h>
#include <seerflow.h>
#include <stdio.h>
#include <string.h>

enum { BATCHES = 5 };

/* Writes one batch. SEERFLOW_STATUS_AGAIN would mean that the queue is full: stop reading input until a completion is posted. */
static seerflow_status write_batch(seerflow_store *store, seerflow_completions *completions, uint64_t number, seerflow_error **error)
{
    char lines[128];
    seerflow_call now = SEERFLOW_CALL_INIT;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    now.timeout_ms = 0;
    options.call = &now;
    options.urgent = true;
    options.complete = true;
    options.completions = completions;
    options.user_data = number;
    int length = snprintf(lines, sizeof lines, "batch %" PRIu64 ", first line\nbatch %" PRIu64 ", second line\n", number, number);
    return seerflow_store_write(store, SEERFLOW_FORMAT_LINES, lines, (size_t)length, &options, NULL, NULL, error);
}

/* Prints all queued completions, and returns their number. */
static int take_completions(seerflow_completions *completions)
{
    seerflow_call now = SEERFLOW_CALL_INIT;
    seerflow_completion completion = SEERFLOW_COMPLETION_INIT;
    int taken = 0;
    now.timeout_ms = 0;
    while (seerflow_completions_next(completions, &now, &completion, NULL) == SEERFLOW_STATUS_OK) {
        printf("batch %" PRIu64 ": %s, %" PRIu64 " events\n", completion.user_data, seerflow_status_name(completion.status), completion.accepted);
        taken++;
    }
    return taken;
}

int main(int argc, char **argv)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_completions *completions = NULL;
    seerflow_error *error = NULL;
    int32_t fd = -1;
    int failed = seerflow_config_new(&config, &error) ||
                 seerflow_config_set(config, "storage.sqlite_path", argc > 1 ? argv[1] : "event_loop.db", &error) ||
                 seerflow_store_new(config, &store, &error) || seerflow_store_open(store, NULL, &error) ||
                 seerflow_completions_new(&completions, &error) || seerflow_completions_fd(completions, &fd, &error);
    for (uint64_t number = 1; !failed && number <= BATCHES; number++)
        failed = write_batch(store, completions, number, &error);
    for (int taken = 0; !failed && taken < BATCHES;) {
        struct pollfd ready = {fd, POLLIN, 0};
        failed = poll(&ready, 1, 10000) != 1;
        taken += take_completions(completions);
    }
    if (store != NULL && seerflow_store_close(store, NULL, NULL, &error) != SEERFLOW_STATUS_OK)
        failed = 1;
    if (failed)
        fprintf(stderr, "event_loop: %s\n", seerflow_error_message(error));
    seerflow_error_destroy(error);
    seerflow_completions_destroy(completions);
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return failed;
}

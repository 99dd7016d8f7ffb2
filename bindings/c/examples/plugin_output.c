/*
 * An output plugin of a log shipper such as Fluent Bit. It gives four guarantees:
 *
 * - No acknowledged event is lost: a chunk is acknowledged only after its commit (`durable`).
 * - No event is stored twice: the name of the chunk is the batch key, so the events of a chunk that is sent again, after a crash or
 *   from a spool on disk, are recognised. A host that sends records again in other chunks gives each record its own key instead
 *   (`record_key_field`). A host without any key must continue from `consumed` after a retriable error.
 * - No event waits in two places: events that are not committed in time are removed from the queue (`withdraw`), and the host keeps
 *   them.
 * - The host is not blocked for long: each call has a deadline. Errors that may disappear are distinguished from those that will not.
 */
#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <string.h>

enum flush_answer { FLUSH_OK, FLUSH_RETRY, FLUSH_ERROR };

struct plugin {
    seerflow_store *store;
};

/* Receives the library's log records; the library itself prints nothing. Called on any thread. */
static void log_record(void *user_data, seerflow_log_level level, const char *text, size_t length)
{
    (void)user_data;
    (void)length;
    fprintf(stderr, "[seerflow] %s: %s\n", level == SEERFLOW_LOG_LEVEL_ERROR ? "error" : "warning", text);
}

static int plugin_init(struct plugin *plugin, const char *database, seerflow_error **error)
{
    seerflow_config *config = NULL;
    if (seerflow_config_new(&config, error) != SEERFLOW_STATUS_OK)
        return -1;
    seerflow_status status = SEERFLOW_STATUS_OK;
    if ((status = seerflow_config_set(config, "storage.sqlite_path", database, error)) == SEERFLOW_STATUS_OK &&
        (status = seerflow_config_set_log(config, SEERFLOW_LOG_LEVEL_WARNING, log_record, NULL, error)) == SEERFLOW_STATUS_OK)
        /* No file is opened and no thread is started yet, so the shipper may still fork() into the background. */
        status = seerflow_store_new(config, &plugin->store, error);
    seerflow_config_destroy(config);
    return status == SEERFLOW_STATUS_OK ? 0 : -1;
}

/* Stores one chunk of NDJSON. The host keeps the chunk until FLUSH_OK, and passes it again after FLUSH_RETRY. */
static enum flush_answer plugin_flush(struct plugin *plugin, const char *chunk, const char *data, size_t length, uint64_t *duplicates)
{
    seerflow_call call = SEERFLOW_CALL_INIT;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    options.durable = true;
    options.withdraw = true;
    options.complete = true;
    options.call = &call;
    options.batch_key = SEERFLOW_STR(chunk);
    call.timeout_ms = 2000;

    *duplicates = 0;
    do {
        size_t consumed = 0;
        seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
        seerflow_result *result = NULL;
        seerflow_error *error = NULL;
        seerflow_status status =
            seerflow_store_write(plugin->store, SEERFLOW_FORMAT_NDJSON, data, length, &options, &consumed, &result, &error);
        seerflow_result_outcome(result, &outcome, NULL); /* stays 0 if the call accepted nothing */
        if (status != SEERFLOW_STATUS_OK) {
            /* Only an invalid call or invalid input fails again. In all other cases, also if events are still in a transaction or the
             * database needs repair, the chunk is sent again. The batch key makes that safe. */
            int is_permanent = status == SEERFLOW_STATUS_INVALID || status == SEERFLOW_STATUS_CONFIG || status == SEERFLOW_STATUS_LIMIT;
            enum flush_answer answer = is_permanent ? FLUSH_ERROR : FLUSH_RETRY;
            fprintf(stderr, "chunk %s: %s; %" PRIu64 " events are stored, %" PRIu64 " withdrawn\n", chunk,
                    seerflow_error_message(error), outcome.committed, outcome.withdrawn);
            seerflow_result_destroy(result);
            seerflow_error_destroy(error);
            return answer;
        }
        /* Rejected records are stored as dead letters, so they need not be sent again. */
        for (size_t i = 0; i < outcome.rejected; i++) {
            seerflow_rejection rejection = SEERFLOW_REJECTION_INIT;
            seerflow_list_rejection_at(seerflow_result_rejections(result), i, &rejection, NULL);
            printf("chunk %s, record %" PRIu64 ": %.*s\n", chunk, rejection.index, (int)rejection.reason.len, rejection.reason.data);
        }
        /* If the queue has little room, a call may consume only a part of the input. Continue where it stopped. */
        options.first_index += outcome.accepted + outcome.rejected;
        *duplicates += outcome.duplicates;
        data += consumed;
        length -= consumed;
        seerflow_result_destroy(result);
    } while (length > 0);
    return FLUSH_OK;
}

static void plugin_exit(struct plugin *plugin)
{
    seerflow_call call = SEERFLOW_CALL_INIT;
    seerflow_error *error = NULL;
    call.timeout_ms = 5000;
    if (seerflow_store_close(plugin->store, &call, NULL, &error) != SEERFLOW_STATUS_OK)
        fprintf(stderr, "seerflow: %s\n", seerflow_error_message(error));
    seerflow_error_destroy(error);
    seerflow_store_destroy(plugin->store);
}

/* A host with two chunks. It sends the first one twice, as after a crash between the commit and the acknowledgement. */
int main(int argc, char **argv)
{
    static const char *const chunks[][2] = {
        {"tail.0-1773539233.1", "{\"timestamp_ns\":1773539233000000000,\"source_type\":\"sshd\",\"message\":\"Accepted password for deploy\"}\n"
                                "{\"timestamp_ns\":1773539234000000000,\"source_type\":\"sshd\",\"message\":\"session opened for deploy\"}\n"},
        {"tail.0-1773539233.2", "{\"timestamp_ns\":1773539240000000000,\"source_type\":\"sudo\",\"message\":\"deploy ran sh\"}\n"
                                "{\"timestamp_ns\":1773539241000000000,\"mess"},
        {"tail.0-1773539233.1", NULL},
    };
    struct plugin plugin = {NULL};
    seerflow_error *error = NULL;
    if (plugin_init(&plugin, argc > 1 ? argv[1] : "plugin.db", &error) != 0) {
        fprintf(stderr, "seerflow: %s\n", seerflow_error_message(error));
        seerflow_error_destroy(error);
        return 1;
    }
    int failed = 0;
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        static const char *const answers[] = {"ok", "retry", "error"};
        const char *data = chunks[i][1] != NULL ? chunks[i][1] : chunks[0][1];
        uint64_t duplicates;
        enum flush_answer answer = plugin_flush(&plugin, chunks[i][0], data, strlen(data), &duplicates);
        printf("chunk %s: %s, %" PRIu64 " stored before\n", chunks[i][0], answers[answer], duplicates);
        failed |= answer != FLUSH_OK;
    }
    plugin_exit(&plugin);
    return failed;
}

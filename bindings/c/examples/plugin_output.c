/*
 * The shape of an output plugin of a log shipper such as Fluent Bit, and how it keeps four promises:
 *
 * - Nothing that was acknowledged is lost: a chunk is reported as done only after its commit (`durable`).
 * - Nothing is stored twice: the chunk's name is the batch key, so a chunk that is sent again, after a crash or from a spool
 *   on disk, is recognised event by event. Hosts that send records again in other chunks give each record its own key instead
 *   (`record_key_field`). Without any key a host must go on from `consumed` after a call that is retriable.
 * - Nothing waits in two places: what is not committed in time is taken back (`withdraw`), and the host keeps it.
 * - The host is never blocked for long: each call has a deadline, and what can be tried again later is told from what cannot.
 */
#include <seerflow.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum flush_answer { FLUSH_OK, FLUSH_RETRY, FLUSH_ERROR };

struct plugin {
    seerflow_store *store;
};

/* The library never prints: what it has to say to the operator comes here. Called from any thread. */
static void log_record(void *user_data, uint32_t level, const char *text, size_t length)
{
    (void)user_data;
    (void)length;
    fprintf(stderr, "[seerflow] %s: %s\n", level <= SEERFLOW_LOG_LEVEL_ERROR ? "error" : "warning", text);
}

static int plugin_init(struct plugin *plugin, const char *database, seerflow_error **error)
{
    seerflow_config *config = NULL;
    if (seerflow_config_new(&config, error) != SEERFLOW_STATUS_OK)
        return -1;
    seerflow_status status = SEERFLOW_STATUS_OK;
    if ((status = seerflow_config_set(config, "storage.sqlite_path", database, error)) == SEERFLOW_STATUS_OK &&
        (status = seerflow_config_set_log(config, SEERFLOW_LOG_LEVEL_WARNING, log_record, NULL, error)) == SEERFLOW_STATUS_OK)
        /* Opens no file and starts no thread yet: a shipper may still fork() into the background. */
        status = seerflow_store_open(config, &plugin->store, error);
    seerflow_config_destroy(config);
    return status == SEERFLOW_STATUS_OK ? 0 : -1;
}

/* Stores one chunk, NDJSON. The host keeps the chunk until this answers FLUSH_OK, and gives it again after FLUSH_RETRY. */
static enum flush_answer plugin_flush(struct plugin *plugin, const char *chunk, const char *data, size_t length, uint64_t *duplicates)
{
    seerflow_write_options options;
    seerflow_write_options_init(&options, sizeof options, NULL);
    options.durable = 1;
    options.withdraw = 1;
    options.complete = 1;
    options.timeout_ms = 2000;
    options.batch_key.data = chunk;
    options.batch_key.len = strlen(chunk);

    *duplicates = 0;
    do {
        size_t consumed = 0;
        seerflow_result *result = NULL;
        seerflow_error *error = NULL;
        if (seerflow_store_write_ndjson(plugin->store, data, length, &options, &consumed, &result, &error) != SEERFLOW_STATUS_OK) {
            /* The queue is full, the disk is, another program holds the database: later. All else will not get better. */
            enum flush_answer answer = seerflow_error_retriable(error) ? FLUSH_RETRY : FLUSH_ERROR;
            fprintf(stderr, "chunk %s: %s; %lu events are stored, %lu taken back\n", chunk, seerflow_error_message(error),
                    (unsigned long)seerflow_result_committed(result), (unsigned long)seerflow_result_withdrawn(result));
            seerflow_result_destroy(result);
            seerflow_error_destroy(error);
            return answer;
        }
        /* Records that are no events are kept as dead letters: the chunk is done with them too. */
        for (size_t i = 0; i < seerflow_result_rejected_count(result); i++) {
            uint64_t index = 0;
            const char *reason = "";
            seerflow_result_rejected_at(result, i, &index, &reason, NULL);
            printf("chunk %s, record %lu: %s\n", chunk, (unsigned long)index, reason);
        }
        /* With little room in the queue a call may take a part only: go on where it ended. */
        options.first_index += seerflow_result_accepted(result) + seerflow_result_rejected_count(result);
        *duplicates += seerflow_result_duplicates(result);
        data += consumed;
        length -= consumed;
        seerflow_result_destroy(result);
    } while (length > 0);
    return FLUSH_OK;
}

static void plugin_exit(struct plugin *plugin)
{
    seerflow_error *error = NULL;
    if (seerflow_store_close(plugin->store, 5000, NULL, &error) != SEERFLOW_STATUS_OK)
        fprintf(stderr, "seerflow: %s\n", seerflow_error_message(error));
    seerflow_error_destroy(error);
    seerflow_store_destroy(plugin->store);
}

/* A host: two chunks, the first of them twice, as after a crash between the commit and the acknowledgement. */
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
        printf("chunk %s: %s, %lu there before\n", chunks[i][0], answers[answer], (unsigned long)duplicates);
        failed |= answer != FLUSH_OK;
    }
    plugin_exit(&plugin);
    return failed;
}

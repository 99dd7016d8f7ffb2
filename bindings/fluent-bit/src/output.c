#include "output.h"

#include <errno.h>
#include <limits.h>
#include <seerflow.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* Fluent Bit gives a plugin 5 seconds to stop. */
enum { CLOSE_MS = 5000, MESSAGE_SIZE = 1024 };

struct output {
    struct output_host host;
    seerflow_store *store;
    char *source_type;
    int64_t deadline_ms;
    bool durable;
    seerflow_parse parse;
};

const struct output_option output_options[] = {
    {"config_file", NULL, "A YAML file whose section `storage` has the options of the store, such as Seerflow's seerflow.yaml."},
    {"durable", "on", "Acknowledge a chunk after its commit. If off, a chunk in memory is lost with the process."},
    {"deadline", "4000", "Milliseconds to wait for the commit of a chunk before it is retried."},
    {"source_type", NULL, "The source_type of records that do not contain one. The default is the tag."},
    {"parse", "on", "Read messages that are a JSON object or a log line with a header."},
};
const size_t output_option_count = sizeof output_options / sizeof output_options[0];

static const char *option(const struct output_host *host, const char *key)
{
    const char *value = host->option(host, key);
    for (size_t i = 0; !value && i < output_option_count; i++)
        if (!strcmp(output_options[i].key, key)) value = output_options[i].default_value;
    return value;
}

/* Writes a line of the library's log to the standard error, as Fluent Bit does. The coroutine's stack has no room for fprintf(). */
static void log_record(void *user_data, seerflow_log_level level, const char *text, size_t length)
{
    const char *title = level == SEERFLOW_LOG_LEVEL_ERROR ? "[error] [seerflow] " : "[ warn] [seerflow] ";
    const size_t room = strlen(title) + length + 1;
    char *line = malloc(room);
    (void)user_data;
    if (!line) return;
    memcpy(line, title, strlen(title));
    memcpy(line + strlen(title), text, length);
    line[room - 1] = '\n';
    if (write(STDERR_FILENO, line, room) < 0) errno = 0;
    free(line);
}

static bool is_on(const char *value)
{
    return !strcasecmp(value, "on") || !strcasecmp(value, "true") || !strcasecmp(value, "yes");
}

static bool is_off(const char *value)
{
    return !strcasecmp(value, "off") || !strcasecmp(value, "false") || !strcasecmp(value, "no");
}

static bool read_flag(const struct output_host *host, const char *key, bool *flag, char *why)
{
    const char *value = option(host, key);
    *flag = is_on(value);
    if (is_on(value) || is_off(value)) return true;
    snprintf(why, MESSAGE_SIZE, "%s: expected on or off, not \"%s\"", key, value);
    return false;
}

/* Reads the options of the plugin itself. */
static bool read_options(struct output *output, char *why)
{
    const struct output_host *host = &output->host;
    const char *source_type = option(host, "source_type"), *deadline = option(host, "deadline");
    char *end = NULL;
    bool parses = true;
    errno = 0;
    const long long ms = strtoll(deadline, &end, 10);
    if (errno || *end || end == deadline || ms < 1 || ms > INT_MAX) {
        snprintf(why, MESSAGE_SIZE, "deadline: expected milliseconds, not \"%s\"", deadline);
        return false;
    }
    output->deadline_ms = ms;
    if (!read_flag(host, "durable", &output->durable, why) || !read_flag(host, "parse", &parses, why)) return false;
    output->parse = parses ? SEERFLOW_PARSE_ALWAYS : SEERFLOW_PARSE_NEVER;
    if (source_type && !(output->source_type = strdup(source_type))) {
        snprintf(why, MESSAGE_SIZE, "not enough memory");
        return false;
    }
    return true;
}

/* Sets every option of the library that the output has. */
static seerflow_status configure(const struct output_host *host, seerflow_config *config, seerflow_error **error)
{
    const char *file = option(host, "config_file");
    seerflow_status status = seerflow_config_set_log(config, SEERFLOW_LOG_LEVEL_WARNING, log_record, NULL, error);
    if (!status && file) status = seerflow_config_load_file(config, file, error);
    for (size_t i = 0; !status && i < seerflow_config_option_count(); i++) {
        const char *key = NULL, *value;
        seerflow_config_option_at(i, &key, NULL, NULL, NULL);
        if ((value = host->option(host, key))) status = seerflow_config_set(config, key, value, error);
    }
    return status;
}

struct output *output_open(const struct output_host *host)
{
    char why[MESSAGE_SIZE] = "not enough memory";
    seerflow_config *config = NULL;
    seerflow_error *error = NULL;
    seerflow_status status;
    struct output *output = calloc(1, sizeof *output);
    if (output) output->host = *host;
    if (!output || !read_options(output, why)) {
        host->error(host, why);
        output_close(output);
        return NULL;
    }
    status = seerflow_config_new(&config, &error);
    if (!status) status = configure(host, config, &error);
    if (!status) status = seerflow_store_shared(config, &output->store, &error);
    seerflow_config_destroy(config);
    if (status) {
        host->error(host, seerflow_error_message(error));
        seerflow_error_destroy(error);
        output_close(output);
        return NULL;
    }
    return output;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Only input that is invalid or a defect of the plugin fails again. All else passes, or an operator repairs it: the chunk is kept. */
static bool is_permanent(seerflow_status status)
{
    return status == SEERFLOW_STATUS_INVALID || status == SEERFLOW_STATUS_CONFIG || status == SEERFLOW_STATUS_LIMIT;
}

/* Adds the outcome of a call, and returns how many records it consumed. */
static uint64_t add(struct output_counts *counts, const seerflow_result *result, bool is_durable)
{
    seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
    /* Stays 0 if the call accepted nothing. */
    seerflow_result_outcome(result, &outcome, NULL);
    counts->stored += is_durable ? outcome.committed : outcome.accepted;
    counts->duplicates += outcome.duplicates;
    counts->dead_letters += outcome.rejected;
    return outcome.accepted + outcome.rejected;
}

/* Not inlined, because the write needs the stack that the struct takes. */
__attribute__((noinline)) static bool is_degraded(const struct output *output)
{
    seerflow_health health = SEERFLOW_HEALTH_INIT;
    if (seerflow_store_health(output->store, &health, NULL) || health.state != SEERFLOW_STATE_DEGRADED) return false;
    output->host.error(&output->host, health.reason);
    return true;
}

enum output_answer output_flush(struct output *output, const void *data, size_t size, const char *tag, const char *key,
                                struct output_counts *counts)
{
    const char *next = data;
    const int64_t deadline = now_ms() + output->deadline_ms;
    seerflow_call call = SEERFLOW_CALL_INIT;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    *counts = (struct output_counts){0, 0, 0};
    /* Without workers this runs on the thread of the engine, so do not wait for a commit that is known to fail. */
    if (is_degraded(output)) return OUTPUT_RETRY;
    options.durable = output->durable;
    options.withdraw = output->durable;
    options.complete = true;
    options.parse = output->parse;
    options.call = &call;
    options.tag = SEERFLOW_STR(tag);
    if (key) options.batch_key = SEERFLOW_STR(key);
    if (output->source_type) options.source_type = SEERFLOW_STR(output->source_type);
    while (size > 0) {
        size_t consumed = 0;
        seerflow_result *result = NULL;
        seerflow_error *error = NULL;
        seerflow_status status;
        call.timeout_ms = deadline > now_ms() ? deadline - now_ms() : 0;
        status = seerflow_store_write(output->store, SEERFLOW_FORMAT_FLUENT, next, size, &options, &consumed, &result, &error);
        options.first_index += add(counts, result, output->durable);
        seerflow_result_destroy(result);
        if (status) {
            output->host.error(&output->host, seerflow_error_message(error));
            seerflow_error_destroy(error);
            return is_permanent(status) ? OUTPUT_ERROR : OUTPUT_RETRY;
        }
        /* The queue had no room for the rest. */
        next += consumed;
        size -= consumed;
    }
    return OUTPUT_OK;
}

void output_close(struct output *output)
{
    seerflow_call call = SEERFLOW_CALL_INIT;
    seerflow_error *error = NULL;
    if (!output) return;
    call.timeout_ms = CLOSE_MS;
    if (output->store && seerflow_store_close(output->store, &call, NULL, &error))
        output->host.error(&output->host, seerflow_error_message(error));
    seerflow_error_destroy(error);
    seerflow_store_destroy(output->store);
    free(output->source_type);
    free(output);
}

/*
 * The plugin for the native interface of Fluent Bit 2.0 and later. Fluent Bit copies the struct at the end of this file by the size
 * that the struct has in its own version. The plugin therefore works only in the version it was compiled for, and refuses others.
 *
 * The name of a chunk is the same in every attempt to store it, also after a restart with `storage.type filesystem`. It is the batch
 * key, so a chunk is stored once.
 */
#include <cmetrics/cmt_encode_text.h>
#include <fluent-bit/flb_config_map.h>
#include <fluent-bit/flb_input_chunk.h>
#include <fluent-bit/flb_metrics.h>
#include <fluent-bit/flb_output_plugin.h>
#include <fluent-bit/flb_task.h>
#include <fluent-bit/flb_version.h>
#include <seerflow.h>

#include "output.h"

struct native {
    struct output *output;
    struct cmt_counter *stored, *duplicates, *dead_letters;
};

/* Fluent Bit refuses options that are not in this list. It ends with an entry of zeros. */
static struct flb_config_map config_map[96];

__attribute__((constructor)) static void list_options(void)
{
    const size_t most = sizeof config_map / sizeof config_map[0] - 1;
    size_t count = 0;
    for (size_t i = 0; i < output_option_count && count < most; i++) {
        config_map[count].name = (char *)output_options[i].key;
        config_map[count].def_value = (char *)output_options[i].default_value;
        config_map[count++].desc = (char *)output_options[i].doc;
    }
    for (size_t i = 0; i < seerflow_config_option_count() && count < most; i++) {
        const char *key = NULL, *doc = NULL;
        seerflow_config_option_at(i, &key, NULL, &doc, NULL);
        config_map[count].name = (char *)key;
        config_map[count++].desc = (char *)doc;
    }
    for (size_t i = 0; i < count; i++) config_map[i].type = FLB_CONFIG_MAP_STR;
}

static const char *option(const struct output_host *host, const char *key)
{
    return flb_output_get_property(key, host->instance);
}

static void print_error(const struct output_host *host, const char *message)
{
    struct flb_output_instance *ins = host->instance;
    flb_plg_error(ins, "%s", message);
}

/* Returns whether the running Fluent Bit was built with the options of the headers. FLB_TLS and others add members before `config`. */
static int has_same_options(const struct flb_output_instance *ins, const struct flb_config *config)
{
    const int is_same = ins->config == config;
    if (!is_same)
        flb_log_print(FLB_LOG_ERROR, NULL, 0, "[output:seerflow] this plugin was compiled for a Fluent Bit with other build options: use out_seerflow.so");
    return is_same;
}

/* Returns whether the running Fluent Bit has the version of the headers, which its own metrics name. */
static int is_same_version(struct flb_config *config)
{
    struct cmt *metrics = cmt_create();
    cfl_sds_t text = NULL;
    int is_same;
    if (metrics) {
        flb_metrics_fluentbit_add(config, metrics);
        text = cmt_encode_text_create(metrics);
    }
    is_same = text && strstr(text, "version=\"" FLB_VERSION_STR "\"");
    /* The macros read members of the instance, which have other places in other versions. */
    if (!is_same)
        flb_log_print(FLB_LOG_ERROR, NULL, 0, "[output:seerflow] this plugin is for Fluent Bit " FLB_VERSION_STR " only: use out_seerflow.so");
    if (text) cmt_encode_text_destroy(text);
    if (metrics) cmt_destroy(metrics);
    return is_same;
}

static struct cmt_counter *counter(struct flb_output_instance *ins, char *name, char *help)
{
    return cmt_counter_create(ins->cmt, "fluentbit", "output_seerflow", name, help, 1, (char *[]){"name"});
}

static void count(struct flb_output_instance *ins, struct cmt_counter *counter, uint64_t number)
{
    if (counter && number > 0) cmt_counter_add(counter, cfl_time_now(), (double)number, 1, (char *[]){(char *)flb_output_name(ins)});
}

static int native_init(struct flb_output_instance *ins, struct flb_config *config, void *data)
{
    const struct output_host host = {option, print_error, ins};
    struct native *native;
    (void)data;
    if (!is_same_version(config) || !has_same_options(ins, config)) return -1;
    if (!(native = flb_calloc(1, sizeof *native))) return -1;
    if (!(native->output = output_open(&host))) {
        flb_free(native);
        return -1;
    }
    if (ins->retry_limit != FLB_OUT_RETRY_UNLIMITED)
        flb_plg_warn(ins, "Retry_Limit is %i: chunks are dropped after so many retries; set it to no_limits", ins->retry_limit);
    native->stored = counter(ins, "stored_records_total", "Records that were stored.");
    native->duplicates = counter(ins, "duplicate_records_total", "Records that were stored before.");
    native->dead_letters = counter(ins, "dead_letter_records_total", "Records that were stored as dead letters.");
    flb_output_set_context(ins, native);
    return 0;
}

static void native_flush(struct flb_event_chunk *chunk, struct flb_output_flush *flush, struct flb_input_instance *input, void *context,
                         struct flb_config *config)
{
    struct native *native = context;
    struct output_counts counts;
    enum output_answer answer;
    (void)input;
    (void)config;
    answer = output_flush(native->output, chunk->data, chunk->size, chunk->tag, flb_input_chunk_get_name(flush->task->ic), &counts);
    count(flush->o_ins, native->stored, counts.stored);
    count(flush->o_ins, native->duplicates, counts.duplicates);
    count(flush->o_ins, native->dead_letters, counts.dead_letters);
    FLB_OUTPUT_RETURN(answer);
}

static int native_exit(void *context, struct flb_config *config)
{
    struct native *native = context;
    (void)config;
    if (!native) return 0;
    output_close(native->output);
    flb_free(native);
    return 0;
}

__attribute__((visibility("default"))) struct flb_output_plugin out_seerflow_plugin = {
    .name = "seerflow",
    .description = "Store events in SQLite or PostgreSQL, as Seerflow reads them",
    .event_type = FLB_OUTPUT_LOGS,
    .config_map = config_map,
    .cb_init = native_init,
    .cb_flush = native_flush,
    .cb_exit = native_exit,
};

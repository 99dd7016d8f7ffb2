/*
 * The plugin for the proxy interface of Fluent Bit, which was made for plugins in Go. Its structs only grew from version 1.8 to 5.1, so
 * the members below have the same places in all of these versions. The interface passes no name of a chunk: a chunk that Fluent Bit
 * retries after a crash is stored again.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

#define EXPORTED __attribute__((visibility("default")))

enum { FLB_PROXY_OUTPUT_PLUGIN = 2, FLB_PROXY_GOLANG = 11 };

/* struct flb_plugin_proxy_def. Later versions have more members, which they set to 0. */
struct proxy_def {
    int type, proxy, flags;
    char *name, *description;
};

/* struct flb_api. Later versions have more members. */
struct proxy_api {
    const char *(*output_get_property)(const char *key, void *instance);
};

/* struct flb_plugin_proxy_context. */
struct proxy_context {
    void *remote_context;
};

/* struct flbgo_output_plugin, without the callbacks. */
struct proxy_plugin {
    char *name;
    struct proxy_api *api;
    void *instance;
    struct proxy_context *context;
};

/* The outputs of this process. */
static struct entry {
    struct output *output;
    struct entry *next;
} *entries;
static pthread_mutex_t entries_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *option(const struct output_host *host, const char *key)
{
    const struct proxy_plugin *plugin = host->instance;
    return plugin->api->output_get_property(key, plugin->instance);
}

static void print_error(const struct output_host *host, const char *message)
{
    (void)host;
    /* Buffered in the heap: a coroutine's stack has no room for the buffer of fprintf(). */
    const size_t size = strlen(message) + sizeof "[error] [output:seerflow] \n";
    char *line = malloc(size);
    if (!line) return;
    snprintf(line, size, "[error] [output:seerflow] %s\n", message);
    fputs(line, stderr);
    free(line);
}

EXPORTED int FLBPluginRegister(struct proxy_def *def)
{
    static char name[] = "seerflow", description[] = "Store events in SQLite or PostgreSQL, as Seerflow reads them";
    def->type = FLB_PROXY_OUTPUT_PLUGIN;
    def->proxy = FLB_PROXY_GOLANG;
    def->flags = 0;
    def->name = name;
    def->description = description;
    return 0;
}

EXPORTED int FLBPluginInit(struct proxy_plugin *plugin)
{
    const struct output_host host = {option, print_error, plugin};
    struct entry *entry = malloc(sizeof *entry);
    if (!entry) return OUTPUT_ERROR;
    entry->output = output_open(&host);
    if (!entry->output) {
        free(entry);
        return OUTPUT_ERROR;
    }
    plugin->context->remote_context = entry->output;
    pthread_mutex_lock(&entries_lock);
    entry->next = entries;
    entries = entry;
    pthread_mutex_unlock(&entries_lock);
    return OUTPUT_OK;
}

EXPORTED int FLBPluginFlushCtx(void *context, const void *data, size_t size, const char *tag)
{
    struct output_counts counts;
    return output_flush(context, data, size, tag, NULL, &counts);
}

/*
 * Fluent Bit calls this once for each output. Version 1.8 passes the context of the last output each time, so an output that was closed
 * before stands for any other.
 */
EXPORTED int FLBPluginExitCtx(void *context)
{
    struct entry **at, *entry;
    pthread_mutex_lock(&entries_lock);
    for (at = &entries; *at && (*at)->output != context; at = &(*at)->next)
        ;
    if (!*at) at = &entries;
    entry = *at;
    if (entry) *at = entry->next;
    pthread_mutex_unlock(&entries_lock);
    if (entry) output_close(entry->output);
    free(entry);
    return OUTPUT_OK;
}

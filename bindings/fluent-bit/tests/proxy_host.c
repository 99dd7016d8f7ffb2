/*
 * A host of the proxy interface, which calls a plugin in the order of Fluent Bit 5.1: every flush runs on a coroutine with a stack of
 * 24,576 bytes between two guard pages. Reads one command a line:
 *
 *   output KEY=VALUE...     initialises an output
 *   flush OUTPUT COUNT TAG  flushes a chunk of COUNT records to the output with this number, and prints the answer
 *   bad OUTPUT              flushes a chunk with two records and bytes that are not records
 *   reload KEY=VALUE...     closes all outputs, unloads and loads the plugin, and initialises one output
 *   close                   closes all outputs, as version 5.1 does
 *   close-as-1.8            closes all outputs with the context of the last one, as version 1.8 does
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { MOST = 8, STACK = 24576 };

struct instance {
    char *keys[32], *values[32];
    size_t count;
};

struct def {
    int type, proxy, flags;
    char *name, *description;
    int event_type;
    void *config_map;
};

struct proxy_context {
    void *remote_context, *proxy;
};

struct api {
    const char *(*output_get_property)(const char *, struct instance *);
};

struct plugin {
    char *name;
    struct api *api;
    struct instance *instance;
    struct proxy_context *context;
};

static struct {
    void *library;
    struct def *def;
    /* One struct serves all outputs. */
    struct plugin plugin;
    struct instance instances[MOST];
    struct proxy_context contexts[MOST];
    size_t outputs;
} host;

static const char *property(const char *key, struct instance *instance)
{
    for (size_t i = 0; i < instance->count; i++)
        if (!strcasecmp(instance->keys[i], key)) return instance->values[i];
    return NULL;
}

static struct api api = {property};

static void fail(const char *what)
{
    printf("failed: %s\n", what);
    exit(1);
}

static void *symbol(const char *name)
{
    dlerror();
    return dlsym(host.library, name);
}

static void load(const char *path)
{
    int (*pre_register)(int);
    int (*enter)(struct def *);
    host.library = dlopen(path, RTLD_LAZY);
    if (!host.library) fail(dlerror());
    host.def = calloc(1, sizeof *host.def);
    pre_register = (int (*)(int))symbol("FLBPluginPreRegister");
    if (pre_register) pre_register(0);
    enter = (int (*)(struct def *))symbol("FLBPluginRegister");
    if (!enter || enter(host.def) == -1) fail("FLBPluginRegister");
    if (host.def->type != 2 || host.def->proxy != 11 || strcmp(host.def->name, "seerflow")) fail("the definition");
    host.plugin.name = host.def->name;
    host.plugin.api = &api;
}

static void start_output(char *options)
{
    struct instance *instance = &host.instances[host.outputs];
    int (*init)(struct plugin *) = (int (*)(struct plugin *))symbol("FLBPluginInit");
    instance->count = 0;
    for (char *pair = strtok(options, " "); pair; pair = strtok(NULL, " ")) {
        char *value = strchr(pair, '=');
        if (!value || instance->count == 32) fail(pair);
        *value = '\0';
        instance->keys[instance->count] = strdup(pair);
        instance->values[instance->count++] = strdup(value + 1);
    }
    host.plugin.instance = instance;
    host.plugin.context = &host.contexts[host.outputs];
    if (init(&host.plugin) <= 0) {
        printf("output: refused\n");
        return;
    }
    printf("output: %zu\n", host.outputs++);
}

static void stop_outputs(int as_1_8)
{
    void (*pre_exit)(int) = (void (*)(int))symbol("FLBPluginOutputPreExit");
    int (*leave)(void *) = (int (*)(void *))symbol("FLBPluginExitCtx");
    void (*unregister)(struct def *) = (void (*)(struct def *))symbol("FLBPluginUnregister");
    for (size_t i = 0; i < host.outputs; i++) {
        if (pre_exit) pre_exit(0);
        leave(host.contexts[as_1_8 ? host.outputs - 1 : i].remote_context);
    }
    if (unregister) unregister(host.def);
    host.outputs = 0;
    free(host.def);
    dlclose(host.library);
    host.library = NULL;
}

/* --- a flush on a coroutine --- */
static struct {
    void *context;
    const void *data;
    size_t size;
    char *tag;
    int answer;
} flush;
static ucontext_t engine, coroutine;

static void run_flush(void)
{
    int (*call)(void *, const void *, size_t, char *) = (int (*)(void *, const void *, size_t, char *))symbol("FLBPluginFlushCtx");
    flush.answer = call(flush.context, flush.data, flush.size, flush.tag);
}

static void flush_chunk(size_t output, const void *data, size_t size, const char *tag)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *stack = mmap(NULL, STACK + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(stack + page, STACK, PROT_READ | PROT_WRITE);
    flush.context = host.contexts[output].remote_context;
    flush.data = data;
    flush.size = size;
    flush.tag = strdup(tag);
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = stack + page;
    coroutine.uc_stack.ss_size = STACK;
    coroutine.uc_link = &engine;
    makecontext(&coroutine, (void (*)(void))run_flush, 0);
    swapcontext(&engine, &coroutine);
    munmap(stack, STACK + 2 * page);
    free(flush.tag);
    printf("flush: %s\n", flush.answer == 1 ? "ok" : flush.answer == 2 ? "retry" : "error");
}

/* Appends `[time, {"log": text}]`. */
static char *put_record(char *at, uint32_t number)
{
    const uint32_t seconds = (uint32_t)time(NULL);
    char text[80];
    const int length = snprintf(text, sizeof text, "Accepted password for user%u from 203.0.113.%u port 22 ssh2", number, number % 250);
    const unsigned char head[] = {0x92, 0xce, (unsigned char)(seconds >> 24), (unsigned char)(seconds >> 16), (unsigned char)(seconds >> 8),
                                  (unsigned char)seconds, 0x81, 0xa3, 'l', 'o', 'g', 0xd9, (unsigned char)length};
    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, text, (size_t)length);
    return at + sizeof head + length;
}

static void flush_records(size_t output, uint32_t count, const char *tag)
{
    static uint32_t number;
    char *data = malloc(100 * (size_t)count + 1), *end = data;
    for (uint32_t i = 0; i < count; i++) end = put_record(end, number++);
    flush_chunk(output, data, (size_t)(end - data), tag);
    free(data);
}

/* A record, a number in the place of a record, a record, and a record that ends too early. */
static void flush_bad(size_t output)
{
    char data[256];
    char *end = put_record(data, 1);
    *end++ = 42;
    end = put_record(end, 2);
    memcpy(end, "\x92\x01\x82\xa3log", 7);
    flush_chunk(output, data, (size_t)(end + 7 - data), "bad");
}

int main(int count, char **arguments)
{
    char line[4096], tag[64];
    unsigned output, records;
    if (count != 2) fail("usage: proxy_host PLUGIN < commands");
    setvbuf(stdout, NULL, _IOLBF, 0);
    load(arguments[1]);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (!strncmp(line, "output ", 7)) {
            start_output(line + 7);
        } else if (sscanf(line, "flush %u %u %63s", &output, &records, tag) == 3) {
            flush_records(output, records, tag);
        } else if (sscanf(line, "bad %u", &output) == 1) {
            flush_bad(output);
        } else if (!strncmp(line, "reload ", 7)) {
            stop_outputs(0);
            load(arguments[1]);
            start_output(line + 7);
        } else if (!strcmp(line, "close")) {
            stop_outputs(0);
        } else if (!strcmp(line, "close-as-1.8")) {
            stop_outputs(1);
        } else {
            fail(line);
        }
    }
    if (host.library) stop_outputs(0);
    printf("end\n");
    return 0;
}

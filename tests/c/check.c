#define _XOPEN_SOURCE 700
#include "check.h"

#include <ftw.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

seerflow_error *error;

static char folder[256];
static char paths[16][320];
static unsigned paths_used;

void check_failed(const char *file, int line, const char *what, const char *details)
{
    fprintf(stderr, "%s:%d: %s %s\n", file, line, what, details);
    abort();
}

void check_status(const char *file, int line, const char *what, seerflow_status got, seerflow_status wanted)
{
    char details[1024];
    snprintf(details, sizeof details, "returned %s (%s), not %s", seerflow_status_name(got), seerflow_error_message(error),
             seerflow_status_name(wanted));
    if (got != wanted)
        check_failed(file, line, what, details);
    if (got == SEERFLOW_STATUS_OK) {
        if (error != NULL)
            check_failed(file, line, what, "wrote an error although it succeeded");
        return;
    }
    if (error == NULL || seerflow_error_status(error) != got || seerflow_error_message(error)[0] == '\0')
        check_failed(file, line, what, "failed without details");
    seerflow_error_destroy(error);
    error = NULL;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

void check_run(const char *name, void (*test)(void))
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/seerflow-c-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(folder) == NULL)
        check_failed(__FILE__, __LINE__, "mkdtemp", folder);
    paths_used = 0;
    test();
    CHECK(error == NULL);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    printf("ok: %s\n", name);
    fflush(stdout);
}

const char *in_folder(const char *name)
{
    char *path = paths[paths_used++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

seerflow_store *open_store(const char *const *settings)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    OK(seerflow_config_new(&config, &error));
    OK(seerflow_config_set(config, "storage.sqlite_path", in_folder("test.db"), &error));
    for (; settings != NULL && settings[0] != NULL; settings += 2)
        OK(seerflow_config_set(config, settings[0], settings[1], &error));
    OK(seerflow_store_new(config, &store, &error));
    seerflow_config_destroy(config);
    CHECK(store != NULL);
    return store;
}

void close_store(seerflow_store *store)
{
    uint64_t lost = 77;
    OK(seerflow_store_close(store, WITHIN(10000), &lost, &error));
    CHECK(lost == 0);
    seerflow_store_destroy(store);
}

seerflow_status search(const seerflow_store *store, const char *words, uint32_t limit, seerflow_list **list, seerflow_error **details)
{
    seerflow_query *query = NULL;
    seerflow_status status = seerflow_query_new(&query, details);
    if (status == SEERFLOW_STATUS_OK)
        status = seerflow_query_set_text(query, words, details);
    if (status == SEERFLOW_STATUS_OK)
        status = seerflow_query_set_limit(query, limit, details);
    if (status == SEERFLOW_STATUS_OK)
        status = seerflow_store_query_events(store, query, NULL, list, details);
    seerflow_query_destroy(query);
    return status;
}

seerflow_outcome outcome_of(const seerflow_result *result)
{
    seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
    OK(seerflow_result_outcome(result, &outcome, &error));
    return outcome;
}

seerflow_str str(const char *text)
{
    seerflow_str value = {text, strlen(text)};
    return value;
}

int str_is(seerflow_str text, const char *wanted)
{
    return text.data != NULL && text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

void write_message(const seerflow_store *store, const char *message, int durable)
{
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_event_input event = SEERFLOW_EVENT_INPUT_INIT;
    options.durable = durable != 0;
    event.message = str(message);
    OK(seerflow_store_write_events(store, &event, 1, &options, NULL, NULL, &error));
}

uint64_t count_events(const seerflow_store *store)
{
    seerflow_summary summary = SEERFLOW_SUMMARY_INIT;
    OK(seerflow_store_flush(store, WITHIN(30000), &error));
    OK(seerflow_store_summary(store, WITHIN(30000), &summary, &error));
    return summary.events;
}

void wait_ms(unsigned ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void end_child(void)
{
    execlp("true", "true", (char *)NULL);
    _exit(1);
}

void check_child(pid_t child)
{
    char details[64];
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    snprintf(details, sizeof details, "exit %d, signal %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
             WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        check_failed(__FILE__, __LINE__, "the child ended badly:", details);
}

void in_child(void (*work)(void))
{
    fflush(stdout);
    pid_t child = fork();
    CHECK(child != -1);
    if (child == 0) {
        alarm(120);
        work();
        end_child();
    }
    check_child(child);
}

void check_last_error(const seerflow_store *store, const char *text)
{
    char message[1024] = "";
    OK(seerflow_store_last_error(store, message, sizeof message, NULL, &error));
    if (strstr(message, text) == NULL)
        check_failed(__FILE__, __LINE__, "the last error is", message);
}

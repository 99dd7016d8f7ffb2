/* A store in its process: fork, threads, two handles on one file, closing, logging. */
#define _XOPEN_SOURCE 700
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* A daemon that creates its store and then forks into the background. This test is first, before any store is used in this process. */
static void test_fork_before_the_first_use(void)
{
    seerflow_store *store = open_store(NULL);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        CHECK(child != -1);
        if (child == 0) {
            alarm(60);
            write_message(store, "from a child", 1);
            close_store(store);
            end_child();
        }
        check_child(child);
    }
    write_message(store, "from the parent", 1);
    CHECK(count_events(store) == 3);
    close_store(store);
}

/* The child of a process that used a store can only destroy that store. It cannot open another one either. */
static void test_fork_after_the_first_use(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_store *unused = open_store((const char *[]){"storage.sqlite_path", in_folder("child.db"), NULL});
    seerflow_completions *completions = NULL;
    seerflow_list *page = NULL, *none = NULL;
    OK(seerflow_completions_new(&completions, &error));
    write_message(store, "from the parent", 1);
    OK(search(store, "parent", 10, &page, &error));
    write_message(store, "waits in the queue", 0);
    fflush(stdout);
    pid_t child = fork();
    CHECK(child != -1);
    if (child == 0) {
        seerflow_completion completion = SEERFLOW_COMPLETION_INIT;
        seerflow_stats stats = SEERFLOW_STATS_INIT;
        alarm(60);
        FAILS(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "x\n", 2, NULL, NULL, NULL, &error), SEERFLOW_STATUS_FORKED);
        FAILS(seerflow_store_flush(store, WITHIN(100), &error), SEERFLOW_STATUS_FORKED);
        FAILS(search(store, "x", 1, &none, &error), SEERFLOW_STATUS_FORKED);
        FAILS(seerflow_store_stats(store, &stats, &error), SEERFLOW_STATUS_FORKED);
        FAILS(seerflow_store_close(store, WITHIN(100), NULL, &error), SEERFLOW_STATUS_FORKED);
        FAILS(seerflow_completions_next(completions, WITHIN(0), &completion, &error), SEERFLOW_STATUS_FORKED);
        FAILS(seerflow_store_open(unused, NULL, &error), SEERFLOW_STATUS_FORKED);
        CHECK(seerflow_list_count(page) == 1);
        seerflow_list_destroy(page);
        seerflow_store_destroy(store);
        seerflow_store_destroy(unused);
        end_child();
    }
    check_child(child);
    seerflow_list_destroy(page);
    write_message(store, "the parent goes on", 1);
    CHECK(count_events(store) == 3);
    seerflow_completions_destroy(completions);
    seerflow_store_destroy(unused);
    close_store(store);
}

enum { THREADS = 8, CALLS = 50, LINES = 20 };

static void *write_much(void *store)
{
    char data[LINES * 40];
    size_t length = 0;
    for (int i = 0; i < LINES; i++)
        length += (size_t)snprintf(data + length, sizeof data - length, "line %d of a thread\n", i);
    for (int i = 0; i < CALLS; i++) {
        seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
        size_t consumed = 0;
        options.durable = i % 10 == 0;
        CHECK(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, data, length, &options, &consumed, NULL, NULL) == SEERFLOW_STATUS_OK);
        CHECK(consumed == length);
        if (i % 25 == 0) {
            seerflow_list *page = NULL;
            CHECK(search(store, "thread", 10, &page, NULL) == SEERFLOW_STATUS_OK);
            CHECK(seerflow_list_count(page) == 10);
            seerflow_list_destroy(page);
        }
    }
    return NULL;
}

static void run_threads(void *const *stores, unsigned distinct)
{
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, write_much, stores[i % distinct]) == 0);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void test_eight_threads(void)
{
    void *store = open_store(NULL);
    seerflow_stats stats = SEERFLOW_STATS_INIT;
    run_threads(&store, 1);
    CHECK(count_events(store) == THREADS * CALLS * LINES);
    OK(seerflow_store_stats(store, &stats, &error));
    CHECK(stats.committed == THREADS * CALLS * LINES && stats.duplicates == 0 && stats.rejected == 0);
    close_store(store);
}

static void test_two_handles_on_one_file(void)
{
    void *stores[2];
    stores[0] = open_store(NULL);
    stores[1] = open_store(NULL);
    run_threads(stores, 2);
    OK(seerflow_store_flush(stores[1], WITHIN(30000), &error));
    CHECK(count_events(stores[0]) == THREADS * CALLS * LINES);
    close_store(stores[0]);
    CHECK(count_events(stores[1]) == THREADS * CALLS * LINES);
    close_store(stores[1]);
}

static seerflow_config *config_of(const char *database)
{
    seerflow_config *config = NULL;
    OK(seerflow_config_new(&config, &error));
    OK(seerflow_config_set(config, "storage.sqlite_path", in_folder(database), &error));
    return config;
}

/* Each thread has a handle of its own to the store that the process shares, and closes it while the others write. */
static void *write_to_shared(void *config)
{
    seerflow_store *store = NULL;
    if (seerflow_store_shared(config, &store, NULL)) return "seerflow_store_shared";
    for (int i = 0; i < 20; i++) {
        seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
        options.durable = i % 2;
        if (seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "from a holder\n", 14, &options, NULL, NULL, NULL)) return "seerflow_store_write";
    }
    if (seerflow_store_close(store, NULL, NULL, NULL)) return "seerflow_store_close";
    seerflow_store_destroy(store);
    return NULL;
}

static void test_shared_store(void)
{
    seerflow_config *config = config_of("shared.db");
    seerflow_store *store = NULL;
    pthread_t threads[8];
    OK(seerflow_store_shared(config, &store, &error));
    for (unsigned i = 0; i < 8; i++) CHECK(!pthread_create(&threads[i], NULL, write_to_shared, config));
    for (unsigned i = 0; i < 8; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        CHECK(!failed);
    }
    CHECK(count_events(store) == 160);
    pid_t child = fork();
    if (child == 0) {
        seerflow_store *second = NULL;
        alarm(60);
        FAILS(seerflow_store_shared(config, &second, &error), SEERFLOW_STATUS_FORKED);
        seerflow_store_destroy(store);
        end_child();
    }
    check_child(child);
    CHECK(count_events(store) == 160);
    close_store(store);
    seerflow_config_destroy(config);
}

static void test_closed(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_health health = SEERFLOW_HEALTH_INIT;
    seerflow_list *page = NULL;
    uint64_t lost = 77;
    OK(seerflow_store_health(store, &health, &error));
    CHECK(health.state == SEERFLOW_STATE_IDLE);
    write_message(store, "stored by close", 0);
    OK(seerflow_store_close(store, WITHIN(-1), &lost, &error));
    CHECK(lost == 0);
    FAILS(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "x\n", 2, NULL, NULL, NULL, &error), SEERFLOW_STATUS_CLOSED);
    FAILS(search(store, "x", 1, &page, &error), SEERFLOW_STATUS_CLOSED);
    FAILS(seerflow_store_flush(store, WITHIN(10), &error), SEERFLOW_STATUS_CLOSED);
    OK(seerflow_store_health(store, &health, &error));
    CHECK(health.state == SEERFLOW_STATE_CLOSED);
    seerflow_store_destroy(store);
    /* Destroying a store that was not closed also commits the queue. */
    store = open_store(NULL);
    CHECK(count_events(store) == 1);
    write_message(store, "stored by destroy", 0);
    seerflow_store_destroy(store);
    store = open_store(NULL);
    CHECK(count_events(store) == 2);
    close_store(store);
    /* A store that was never used opens no file. */
    store = open_store((const char *[]){"storage.sqlite_path", in_folder("never.db"), NULL});
    seerflow_store_destroy(store);
    CHECK(access(in_folder("never.db"), F_OK) != 0);
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += lseek(fd, 0, SEEK_CUR) != -1 || isatty(fd);
    return count;
}

/* No file exists before the first use, files are private, none is open after the close; the library's threads receive no signal. */
static void test_files_and_signals(void)
{
    struct stat info;
    unsigned before = open_descriptors();
    seerflow_store *store = open_store(NULL);
    CHECK(open_descriptors() == before);
    OK(seerflow_store_open(store, NULL, &error));
    CHECK(open_descriptors() > before);
    CHECK(stat(seerflow_store_path(store), &info) == 0 && (info.st_mode & 0777) == 0600);
    sigset_t set, waiting;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    write_message(store, "x", 1);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    wait_ms(20);
    CHECK(sigpending(&waiting) == 0 && sigismember(&waiting, SIGUSR1));
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    CHECK(sigaction(SIGUSR1, &ignore, NULL) == 0);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
    close_store(store);
    CHECK(open_descriptors() == before);
}

struct records {
    pthread_mutex_t lock;
    unsigned count;
    seerflow_log_level worst;
    char last[512];
};

static void keep_record(void *user_data, seerflow_log_level level, const char *text, size_t length)
{
    struct records *records = user_data;
    pthread_mutex_lock(&records->lock);
    records->count++;
    if (records->worst == 0 || level < records->worst)
        records->worst = level;
    if (strlen(text) == length)
        snprintf(records->last, sizeof records->last, "%s", text);
    pthread_mutex_unlock(&records->lock);
}

static void test_log_callback(void)
{
    struct records records = {PTHREAD_MUTEX_INITIALIZER, 0, (seerflow_log_level)0, ""};
    for (int round = 0; round < 2; round++) {
        const seerflow_log_level level = round == 0 ? SEERFLOW_LOG_LEVEL_DEBUG : SEERFLOW_LOG_LEVEL_WARNING;
        seerflow_config *config = NULL;
        seerflow_store *store = NULL;
        records.count = 0;
        OK(seerflow_config_new(&config, &error));
        OK(seerflow_config_set(config, "storage.sqlite_path", in_folder("log.db"), &error));
        OK(seerflow_config_set_log(config, level, keep_record, &records, &error));
        OK(seerflow_store_new(config, &store, &error));
        seerflow_config_destroy(config);
        write_message(store, "x", 1);
        close_store(store);
        if (level == SEERFLOW_LOG_LEVEL_DEBUG)
            CHECK(records.count >= 2 && records.worst >= SEERFLOW_LOG_LEVEL_INFO && strstr(records.last, "closed") != NULL);
        else
            CHECK(records.count == 0);
    }
    seerflow_config *config = NULL;
    OK(seerflow_config_new(&config, &error));
    FAILS(seerflow_config_set_log(config, (seerflow_log_level)9, keep_record, &records, &error), SEERFLOW_STATUS_INVALID);
    seerflow_config_destroy(config);
}

static void test_configuration(void)
{
    seerflow_config *config = NULL;
    const char *key = NULL, *value = NULL, *doc = NULL;
    char text[128] = "";
    size_t length = 0, count = seerflow_config_option_count();
    FILE *file = fopen(in_folder("seerflow.yaml"), "w");
    CHECK(file != NULL && fputs("storage:\n  durability: power\n  postgresql_url: postgresql://me:s3cret@h/db\n", file) >= 0);
    fclose(file);
    OK(seerflow_config_new(&config, &error));
    for (size_t i = 0; i < count; i++) {
        OK(seerflow_config_option_at(i, &key, &value, &doc, &error));
        CHECK(doc[0] != '\0');
        OK(seerflow_config_get(config, key, text, sizeof text, &length, &error));
        CHECK(strcmp(text, value) == 0 && length == strlen(value));
    }
    FAILS(seerflow_config_option_at(count, &key, &value, &doc, &error), SEERFLOW_STATUS_NOT_FOUND);
    OK(seerflow_config_load_file(config, in_folder("seerflow.yaml"), &error));
    OK(seerflow_config_get(config, "storage.durability", text, 3, &length, &error));
    CHECK(strcmp(text, "po") == 0 && length == 5);
    OK(seerflow_config_get(config, "storage.postgresql_url", text, sizeof text, NULL, &error));
    CHECK(strstr(text, "s3cret") == NULL);
    CHECK(setenv("SEERFLOW_STORAGE_DURABILITY", "process", 1) == 0);
    OK(seerflow_config_load_env(config, &error));
    CHECK(unsetenv("SEERFLOW_STORAGE_DURABILITY") == 0);
    OK(seerflow_config_get(config, "storage.durability", text, sizeof text, NULL, &error));
    CHECK(strcmp(text, "process") == 0);
    FAILS(seerflow_config_set(config, "storage.nothing", "1", &error), SEERFLOW_STATUS_CONFIG);
    FAILS(seerflow_config_set(config, "storage.queue_events", "many", &error), SEERFLOW_STATUS_CONFIG);
    FAILS(seerflow_config_load_file(config, in_folder("absent.yaml"), &error), SEERFLOW_STATUS_NOT_FOUND);
    seerflow_config_destroy(config);
}

static void test_versions_and_names(void)
{
    CHECK(strcmp(seerflow_version(), SEERFLOW_VERSION) == 0);
    CHECK(seerflow_abi_version() == SEERFLOW_ABI_VERSION);
    CHECK(strcmp(seerflow_status_name(SEERFLOW_STATUS_NOT_FOUND), "not_found") == 0);
    CHECK(strcmp(seerflow_status_name((seerflow_status)-5), "unknown") == 0);
    CHECK(strcmp(seerflow_field_name(SEERFLOW_FIELD_MESSAGE), "message") == 0);
    CHECK(seerflow_field_name((seerflow_field)0) == NULL);
}

int main(void)
{
    RUN(test_fork_before_the_first_use);
    RUN(test_fork_after_the_first_use);
    RUN(test_eight_threads);
    RUN(test_two_handles_on_one_file);
    RUN(test_shared_store);
    RUN(test_closed);
    RUN(test_files_and_signals);
    RUN(test_log_callback);
    RUN(test_configuration);
    RUN(test_versions_and_names);
    return 0;
}

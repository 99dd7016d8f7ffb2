/*
 * The host's own SQLite, another process, or a second copy of the library use the database while a store writes. No acknowledged event
 * is lost, the file stays intact, and no one waits for ever.
 */
#define _GNU_SOURCE
#include "check.h"
#include "host.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

/* A thread that writes durably until it is stopped. */
struct load {
    seerflow_store *store;
    pthread_t thread;
    pthread_mutex_t lock;
    int stop;
    uint64_t acknowledged;
};

static void *write_on(void *argument)
{
    struct load *load = argument;
    uint64_t state = seed();
    for (int stop = 0; !stop;) {
        char lines[20 * 64];
        size_t length = 0, count = 1 + chosen(&state, 20);
        seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
        seerflow_error *failure = NULL;
        for (size_t i = 0; i < count; i++)
            length += (size_t)snprintf(lines + length, sizeof lines - length, "a line that is %u long\n", chosen(&state, 1000000));
        options.durable = true;
        options.call = WITHIN(60000);
        if (seerflow_store_write(load->store, SEERFLOW_FORMAT_LINES, lines, length, &options, NULL, NULL, &failure) != SEERFLOW_STATUS_OK)
            check_failed(__FILE__, __LINE__, "a durable write failed:", seerflow_error_message(failure));
        pthread_mutex_lock(&load->lock);
        load->acknowledged += count;
        stop = load->stop;
        pthread_mutex_unlock(&load->lock);
    }
    return NULL;
}

static void start_load(struct load *load)
{
    load->store = open_store((const char *[]){"storage.durability", "power", NULL});
    OK(seerflow_store_open(load->store, NULL, &error));
    load->stop = 0;
    CHECK(pthread_create(&load->thread, NULL, write_on, load) == 0);
}

static void stop_load(struct load *load)
{
    pthread_mutex_lock(&load->lock);
    load->stop = 1;
    pthread_mutex_unlock(&load->lock);
    CHECK(pthread_join(load->thread, NULL) == 0);
    close_store(load->store);
}

static uint64_t acknowledged(struct load *load)
{
    pthread_mutex_lock(&load->lock);
    uint64_t count = load->acknowledged;
    pthread_mutex_unlock(&load->lock);
    return count;
}

/* The actions of one kind of host in a round. Returns the number of events it wrote. */
typedef unsigned host_act(const char *path, uint64_t *state, unsigned round);

/* The number of rounds for which the store stays open. */
enum { STAYS = 10 };

/* Lets the host act at random moments while the store writes. With `reopen`, the store is closed and opened again now and then. Returns
 * the number of acknowledged events, including those of the host. */
static uint64_t run_rounds(host_act *act, int reopen)
{
    struct load load = {NULL, 0, PTHREAD_MUTEX_INITIALIZER, 0, 0};
    char path[400];
    uint64_t state = seed(), host = 0;
    snprintf(path, sizeof path, "%s", in_folder("test.db"));
    start_load(&load);
    for (unsigned round = 0; round < rounds(); round++) {
        sleep_us(&state, 3000);
        uint64_t before = acknowledged(&load);
        host += act(path, &state, round);
        if (round % STAYS != STAYS - 1)
            continue;
        sqlite3 *database = host_open(path);
        CHECK((uint64_t)host_number(database, "SELECT count(*) FROM events") >= before + host);
        CHECK(sqlite3_close(database) == SQLITE_OK);
        if (reopen) {
            stop_load(&load);
            start_load(&load);
        }
    }
    stop_load(&load);
    return load.acknowledged + host;
}

/* Checks that the file has this number of events, all of which were acknowledged. */
static void check_all_stored(uint64_t acknowledged)
{
    host_check(in_folder("test.db"), acknowledged);
    report("the host's own SQLite, another process or a second copy of the library reads, writes, locks, opens and closes the file during "
           "durable writes (`durability: power`)",
           acknowledged, "tests/c/test_host.c");
}

/* Does the same, and checks that no event was lost. */
static void check_rounds(host_act *act, int reopen)
{
    check_all_stored(run_rounds(act, reopen));
}

static unsigned read_and_close(const char *path, uint64_t *state, unsigned round)
{
    (void)round;
    sqlite3 *database = host_open(path);
    CHECK(host_number(database, "SELECT count(*) FROM events") >= 0);
    sleep_us(state, 1000);
    CHECK(sqlite3_close(database) == SQLITE_OK);
    return 0;
}

static void test_host_reads_and_closes(void)
{
    check_rounds(read_and_close, 1);
}

static unsigned write_and_close(const char *path, uint64_t *state, unsigned round)
{
    sqlite3 *database = host_open(path);
    host_insert(database, "the host", round);
    if (chosen(state, 4) == 0)
        (void)sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    CHECK(sqlite3_close(database) == SQLITE_OK);
    return 1;
}

static void test_host_writes_and_closes(void)
{
    check_rounds(write_and_close, 1);
}

static unsigned hold_the_lock(const char *path, uint64_t *state, unsigned round)
{
    sqlite3 *database = host_open(path);
    host_run(database, "BEGIN IMMEDIATE");
    host_insert(database, "a holder", round);
    sleep_us(state, 20000);
    const int commit = chosen(state, 2) == 0;
    host_run(database, commit ? "COMMIT" : "ROLLBACK");
    CHECK(sqlite3_close(database) == SQLITE_OK);
    return (unsigned)commit;
}

static void test_host_holds_the_write_lock(void)
{
    check_rounds(hold_the_lock, 1);
}

/* Closing the store would release the locks of this connection (docs/embedding.md), so the store stays open. */
static sqlite3 *kept;

static unsigned use_a_kept_one(const char *path, uint64_t *state, unsigned round)
{
    if (kept == NULL)
        kept = host_open(path);
    host_insert(kept, "a kept connection", round);
    if (chosen(state, 3) == 0)
        read_and_close(path, state, round);
    if (round + 1 == rounds() || chosen(state, 15) == 0) {
        CHECK(sqlite3_close(kept) == SQLITE_OK);
        kept = NULL;
    }
    return 1;
}

static void test_host_keeps_a_connection(void)
{
    check_rounds(use_a_kept_one, 0);
}

static unsigned open_and_close(const char *path, uint64_t *state, unsigned round)
{
    (void)round;
    for (int i = 0; i < 5; i++) {
        char name[400];
        snprintf(name, sizeof name, "%s%s", path, (const char *[]){"", "-wal", "-shm"}[chosen(state, 3)]);
        int file = open(name, O_RDONLY);
        sleep_us(state, 200);
        if (file != -1)
            CHECK(close(file) == 0);
    }
    return read_and_close(path, state, round);
}

static void test_host_opens_and_closes_the_files(void)
{
    check_rounds(open_and_close, 1);
}

/* In another process: writes and reads until its input ends, then reports the number of events it wrote. */
static int work_beside(const char *path)
{
    uint64_t state = seed() + 1, written = 0;
    sqlite3 *database = NULL;
    CHECK(fcntl(0, F_SETFL, O_NONBLOCK) == 0);
    for (char byte; read(0, &byte, 1) != 0;) {
        if (database == NULL)
            database = host_open(path);
        host_insert(database, "another process", written++);
        CHECK((uint64_t)host_number(database, "SELECT count(*) FROM events") >= written);
        if (chosen(&state, 3) == 0) {
            CHECK(sqlite3_close(database) == SQLITE_OK);
            database = NULL;
        }
        sleep_us(&state, 5000);
    }
    sqlite3_close(database);
    CHECK(write(3, &written, sizeof written) == (ssize_t)sizeof written);
    return 0;
}

static unsigned read_or_write(const char *path, uint64_t *state, unsigned round)
{
    return (chosen(state, 2) == 0 ? write_and_close : read_and_close)(path, state, round);
}

static void test_another_process_beside(void)
{
    int input, output, status = -1;
    uint64_t written = 0;
    const char *path = in_folder("test.db");
    /* The file must exist before the other process opens it. */
    seerflow_store *store = open_store(NULL);
    OK(seerflow_store_open(store, NULL, &error));
    close_store(store);
    pid_t child = host_start_again("beside", path, &input, &output);
    uint64_t all = run_rounds(read_or_write, 1);
    close(input);
    CHECK(read(output, &written, sizeof written) == (ssize_t)sizeof written);
    close(output);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(written > 0);
    check_all_stored(all + written);
}

/* A second copy of the library in this process. It is another file, so the loader loads it as another library. */
static struct {
    void *library;
    __typeof__(&seerflow_config_new) config_new;
    __typeof__(&seerflow_config_set) config_set;
    __typeof__(&seerflow_config_destroy) config_destroy;
    __typeof__(&seerflow_store_new) store_new;
    __typeof__(&seerflow_store_write) store_write;
    __typeof__(&seerflow_store_close) store_close;
    __typeof__(&seerflow_store_destroy) store_destroy;
    __typeof__(&seerflow_error_message) error_message;
} copy;

static void load_copy(void)
{
    Dl_info info;
    char command[1200];
    const char *path = in_folder("libcopy.so");
    if (copy.library != NULL)
        return;
    CHECK(dladdr(dlsym(RTLD_DEFAULT, "seerflow_version"), &info) != 0);
    snprintf(command, sizeof command, "cp '%s' '%s'", info.dli_fname, path);
    CHECK(system(command) == 0);
    copy.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (copy.library == NULL)
        check_failed(__FILE__, __LINE__, "dlopen", dlerror());
#define FIND(name) CHECK((*(void **)&copy.name = dlsym(copy.library, "seerflow_" #name)) != NULL)
    FIND(config_new);
    FIND(config_set);
    FIND(config_destroy);
    FIND(store_new);
    FIND(store_write);
    FIND(store_close);
    FIND(store_destroy);
    FIND(error_message);
    CHECK(copy.store_new != seerflow_store_new);
}

static unsigned write_by_the_copy(const char *path, uint64_t *state, unsigned round)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    const unsigned batches = 1 + chosen(state, 3);
    load_copy();
    CHECK(copy.config_new(&config, NULL) == SEERFLOW_STATUS_OK);
    CHECK(copy.config_set(config, "storage.sqlite_path", path, NULL) == SEERFLOW_STATUS_OK);
    CHECK(copy.store_new(config, &store, NULL) == SEERFLOW_STATUS_OK);
    copy.config_destroy(config);
    options.durable = true;
    options.call = WITHIN(60000);
    for (unsigned i = 0; i < batches; i++) {
        char line[64];
        seerflow_error *failure = NULL;
        int length = snprintf(line, sizeof line, "round %u, batch %u of the copy\n", round, i);
        if (copy.store_write(store, SEERFLOW_FORMAT_LINES, line, (size_t)length, &options, NULL, NULL, &failure) != SEERFLOW_STATUS_OK)
            check_failed(__FILE__, __LINE__, "the copy's write failed:", copy.error_message(failure));
        sleep_us(state, 1000);
    }
    CHECK(copy.store_close(store, WITHIN(60000), NULL, NULL) == SEERFLOW_STATUS_OK);
    copy.store_destroy(store);
    return batches;
}

static void test_two_copies_of_the_library(void)
{
    check_rounds(write_by_the_copy, 1);
}

int main(int argc, char **argv)
{
    host_program = argv[0];
    if (argc > 2 && strcmp(argv[1], "beside") == 0)
        return work_beside(argv[2]);
    announce_rounds();
    RUN(test_host_reads_and_closes);
    RUN(test_host_writes_and_closes);
    RUN(test_host_holds_the_write_lock);
    RUN(test_host_keeps_a_connection);
    RUN(test_host_opens_and_closes_the_files);
    RUN(test_another_process_beside);
    RUN(test_two_copies_of_the_library);
    return 0;
}

/*
 * The database file is moved, replaced or deleted while a store is open, its directory is removed, or its file system becomes read-only.
 * No event that a later write acknowledges is lost, and the store reports the change.
 */
#define _GNU_SOURCE
#include "check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const MOVED = "moved, replaced or deleted";

/* The log callback is called by several threads. */
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static unsigned warnings;

static void count_warning(void *user_data, seerflow_log_level level, const char *text, size_t length)
{
    (void)user_data;
    (void)length;
    pthread_mutex_lock(&counting);
    warnings += level == SEERFLOW_LOG_LEVEL_WARNING && strstr(text, MOVED) != NULL;
    pthread_mutex_unlock(&counting);
}

static unsigned counted_warnings(void)
{
    pthread_mutex_lock(&counting);
    const unsigned count = warnings;
    pthread_mutex_unlock(&counting);
    return count;
}

/* Opens a store whose log records are counted, and writes one event. */
static seerflow_store *open_logged(const char *path)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    pthread_mutex_lock(&counting);
    warnings = 0;
    pthread_mutex_unlock(&counting);
    OK(seerflow_config_new(&config, &error));
    OK(seerflow_config_set(config, "storage.sqlite_path", path, &error));
    OK(seerflow_config_set_log(config, SEERFLOW_LOG_LEVEL_INFO, count_warning, NULL, &error));
    OK(seerflow_store_new(config, &store, &error));
    seerflow_config_destroy(config);
    write_message(store, "before the change", 1);
    return store;
}

static seerflow_health health_of(const seerflow_store *store)
{
    seerflow_health health = SEERFLOW_HEALTH_INIT;
    OK(seerflow_store_health(store, &health, &error));
    return health;
}

/* The store reported the change once: in the log, as the last error, and as a repeated commit. Commits work again. */
static void check_reported(const seerflow_store *store)
{
    seerflow_stats stats = SEERFLOW_STATS_INIT;
    OK(seerflow_store_stats(store, &stats, &error));
    CHECK(stats.retries >= 1 && counted_warnings() == 1);
    check_last_error(store, MOVED);
    CHECK(health_of(store).state == SEERFLOW_STATE_OK);
}

static uint64_t events_in(const char *path)
{
    seerflow_store *store = open_store((const char *[]){"storage.sqlite_path", path, NULL});
    uint64_t count = count_events(store);
    close_store(store);
    return count;
}

static void test_a_moved_file_keeps_its_events(void)
{
    const char *path = in_folder("moving.db"), *moved = in_folder("moved.db");
    seerflow_store *store = open_logged(path);
    CHECK(rename(path, moved) == 0);
    write_message(store, "after the change", 1);
    check_reported(store);
    CHECK(count_events(store) == 1);
    close_store(store);
    CHECK(events_in(moved) == 1 && events_in(path) == 1);
}

static void test_a_replaced_file_is_continued(void)
{
    const char *path = in_folder("replaced.db"), *copy = in_folder("copy.db");
    seerflow_store *store = open_logged(path);
    OK(seerflow_store_backup(store, copy, NULL, NULL, NULL, &error));
    write_message(store, "not in the copy", 1);
    CHECK(rename(copy, path) == 0);
    write_message(store, "after the change", 1);
    check_reported(store);
    CHECK(count_events(store) == 2);
    close_store(store);
}

static void test_a_removed_directory_is_created_again(void)
{
    const char *path = in_folder("deep/directory/test.db"), *deep = in_folder("deep"), *aside = in_folder("aside");
    struct stat info;
    seerflow_store *store = open_logged(path);
    CHECK(rename(deep, aside) == 0);
    write_message(store, "after the change", 1);
    check_reported(store);
    CHECK(count_events(store) == 1);
    CHECK(stat(in_folder("deep/directory"), &info) == 0 && (info.st_mode & 0777) == 0700);
    close_store(store);
    CHECK(events_in(in_folder("aside/directory/test.db")) == 1);
}

static void test_a_removed_directory_is_an_error_if_the_file_must_exist(void)
{
    const char *path = in_folder("here/test.db");
    seerflow_event_input event = SEERFLOW_EVENT_INPUT_INIT;
    event.message = str("after the change");
    close_store(open_logged(path));
    seerflow_store *store =
        open_store((const char *[]){"storage.sqlite_path", path, "storage.must_exist", "true", NULL});
    write_message(store, "before the change", 1);
    CHECK(rename(in_folder("here"), in_folder("gone")) == 0);
    FAILS(seerflow_store_write_events(store, &event, 1, NULL, NULL, NULL, &error), SEERFLOW_STATUS_NOT_FOUND);
    close_store(store);
}

/* A thread that writes durably. Its lock guards the number of writes that it began. */
struct writer {
    seerflow_store *store;
    pthread_mutex_t lock;
    uint64_t begun;
    int stop;
};

static void *write_on(void *argument)
{
    struct writer *writer = argument;
    for (;;) {
        seerflow_event_input event = SEERFLOW_EVENT_INPUT_INIT;
        seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
        pthread_mutex_lock(&writer->lock);
        const int stop = writer->stop;
        writer->begun += !stop;
        pthread_mutex_unlock(&writer->lock);
        if (stop)
            return NULL;
        options.durable = true;
        event.message = str("an event");
        if (seerflow_store_write_events(writer->store, &event, 1, &options, NULL, NULL, NULL) != SEERFLOW_STATUS_OK)
            return "a durable write failed";
    }
}

/* An event whose write began after the file was deleted is in the new file. */
static void test_no_event_goes_into_a_deleted_file(void)
{
    struct writer writer = {NULL, PTHREAD_MUTEX_INITIALIZER, 0, 0};
    const char *path = in_folder("deleted.db");
    for (unsigned round = 0; round < 20; round++) {
        pthread_t thread;
        void *failed = NULL;
        uint64_t begun;
        writer.store = open_logged(path);
        writer.stop = 0;
        CHECK(pthread_create(&thread, NULL, write_on, &writer) == 0);
        wait_ms(1 + round);
        CHECK(unlink(path) == 0);
        pthread_mutex_lock(&writer.lock);
        begun = writer.begun;
        pthread_mutex_unlock(&writer.lock);
        wait_ms(60);
        pthread_mutex_lock(&writer.lock);
        writer.stop = 1;
        pthread_mutex_unlock(&writer.lock);
        CHECK(pthread_join(thread, &failed) == 0);
        if (failed != NULL)
            check_failed(__FILE__, __LINE__, failed, "");
        check_reported(writer.store);
        CHECK(count_events(writer.store) >= writer.begun - begun);
        close_store(writer.store);
        CHECK(unlink(path) == 0);
    }
}

/* Makes every write of this process to a file fail as on a file system that the kernel made read-only after an error. */
static int make_read_only(void)
{
    const unsigned calls[] = {SYS_pwrite64, SYS_write, SYS_ftruncate, SYS_fallocate, SYS_unlink};
    enum { CALLS = sizeof calls / sizeof calls[0] };
    struct sock_filter filter[2 * CALLS + 2] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    for (unsigned i = 0; i < CALLS; i++) {
        filter[1 + 2 * i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
        filter[2 + 2 * i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 30 /* EROFS */);
    }
    filter[2 * CALLS + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog code = {2 * CALLS + 2, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &code) == 0;
}

static void write_to_a_read_only_disk(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_event_input event = SEERFLOW_EVENT_INPUT_INIT;
    seerflow_list *page = NULL;
    uint64_t lost = 0;
    write_message(store, "acknowledged", 1);
    if (!make_read_only()) {
        printf("skipped: valgrind has no seccomp()\n");
        fflush(stdout);
        close_store(store);
        return;
    }
    options.durable = true;
    options.call = WITHIN(500);
    event.message = str("too late");
    FAILS(seerflow_store_write_events(store, &event, 1, &options, NULL, NULL, &error), SEERFLOW_STATUS_TIMEOUT);
    check_last_error(store, "Read-only file system");
    const seerflow_health health = health_of(store);
    CHECK(health.state == SEERFLOW_STATE_DEGRADED && health.cause == SEERFLOW_STATUS_IO);
    FAILS(seerflow_store_save_model(store, "key", "x", 1, WITHIN(500), NULL, &error), SEERFLOW_STATUS_IO);
    OK(search(store, "acknowledged", 10, &page, &error));
    CHECK(seerflow_list_count(page) == 1);
    seerflow_list_destroy(page);
    FAILS(seerflow_store_close(store, WITHIN(500), &lost, &error), SEERFLOW_STATUS_LOST);
    CHECK(lost == 1);
    seerflow_store_destroy(store);
}

static void test_a_disk_becomes_read_only(void)
{
    in_child(write_to_a_read_only_disk);
    CHECK(events_in(in_folder("test.db")) == 1);
}

int main(void)
{
    RUN(test_a_disk_becomes_read_only);
    RUN(test_a_moved_file_keeps_its_events);
    RUN(test_a_replaced_file_is_continued);
    RUN(test_a_removed_directory_is_created_again);
    RUN(test_a_removed_directory_is_an_error_if_the_file_must_exist);
    RUN(test_no_event_goes_into_a_deleted_file);
    return 0;
}

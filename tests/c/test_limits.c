/*
 * A store in a process with less than usual: without privileges, descriptors, standard streams, large files or large stacks; behind a
 * closed connection; after the library was unloaded.
 *
 * Each test runs in a child, because these limits hold for a process.
 */
#define _GNU_SOURCE
#include "check.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static uint64_t expected;

static void count_the_expected(void)
{
    seerflow_store *store = open_store(NULL);
    CHECK(count_events(store) == expected);
    close_store(store);
}

/* Counts the events in a child, so that this process does not use the library. */
static void expect_events(uint64_t count)
{
    expected = count;
    in_child(count_the_expected);
}

/* Searches from several threads at once: more readers than the one that opening the store opened. */
static void *search_much(void *store)
{
    for (int i = 0; i < 20; i++) {
        seerflow_list *page = NULL;
        if (search(store, "kept", 10, &page, NULL) != SEERFLOW_STATUS_OK || seerflow_list_count(page) == 0)
            return "a search failed";
        seerflow_list_destroy(page);
    }
    return NULL;
}

static void check_searches(seerflow_store *store)
{
    pthread_t threads[8];
    for (unsigned i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, search_much, store) == 0);
    for (unsigned i = 0; i < 8; i++) {
        void *failed = NULL;
        CHECK(pthread_join(threads[i], &failed) == 0);
        if (failed != NULL)
            check_failed(__FILE__, __LINE__, failed, "");
    }
}

/* Calls a function that must fail, and checks that the message has a text. */
#define FAILS_SAYING(call, status, text)                                                                                                  \
    do {                                                                                                                                  \
        seerflow_error *failure = NULL;                                                                                                   \
        const seerflow_status got = (call);                                                                                               \
        if (got != (status) || strstr(seerflow_error_message(failure), text) == NULL)                                                     \
            check_failed(__FILE__, __LINE__, seerflow_status_name(got), seerflow_error_message(failure));                                 \
        seerflow_error_destroy(failure);                                                                                                  \
    } while (0)

static void drop_privileges(void)
{
    seerflow_store *store = open_store(NULL);
    seerflow_list *findings = NULL;
    OK(seerflow_store_open(store, NULL, &error));
    CHECK(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0 && setuid(0) != 0);
    write_message(store, "kept, although the user changed", 1);
    check_searches(store);
    write_message(store, "kept too", 1);
    CHECK(count_events(store) == 2);
    OK(seerflow_store_checkpoint(store, NULL, &error));
    FAILS_SAYING(seerflow_store_check(store, SEERFLOW_CHECK_STRUCTURE, NULL, &findings, &failure), SEERFLOW_STATUS_IO, "Permission denied");
    close_store(store);
}

static void test_privileges_are_dropped_after_opening(void)
{
    if (getuid() != 0) {
        printf("skipped: only root has privileges to drop\n");
        return;
    }
    in_child(drop_privileges);
    expect_events(2);
}

static void check_mode(const char *path, mode_t mode)
{
    struct stat info;
    CHECK(stat(path, &info) == 0);
    if ((info.st_mode & 07777) != mode)
        check_failed(__FILE__, __LINE__, "unexpected mode of", path);
}

static void create_under_every_umask(void)
{
    const mode_t masks[] = {0, 022, 077};
    for (unsigned i = 0; i < 3; i++) {
        char folder[400], file[420], log[430], copy[430];
        snprintf(folder, sizeof folder, "%s%u", in_folder("created"), i);
        snprintf(file, sizeof file, "%s/test.db", folder);
        snprintf(log, sizeof log, "%s-wal", file);
        snprintf(copy, sizeof copy, "%s.copy", file);
        umask(masks[i]);
        seerflow_store *store = open_store((const char *[]){"storage.sqlite_path", file, NULL});
        write_message(store, "x", 1);
        OK(seerflow_store_backup(store, copy, NULL, NULL, NULL, &error));
        check_mode(folder, 0700);
        check_mode(file, 0600);
        check_mode(log, 0600);
        check_mode(copy, 0600);
        close_store(store);
        CHECK(umask(0) == masks[i]);
    }
}

static void test_files_are_private_under_every_umask(void)
{
    in_child(create_under_every_umask);
}

/* The standard descriptors are closed; what the host prints then goes nowhere. */
static void work_without_standard_streams(void)
{
    seerflow_completions *completions = NULL;
    int32_t fd = -1;
    for (int i = 0; i < 3; i++)
        close(i);
    OK(seerflow_completions_new(&completions, &error));
    OK(seerflow_completions_fd(completions, &fd, &error));
    CHECK(fd > 2);
    seerflow_store *store = open_store(NULL);
    write_message(store, "kept", 1);
    for (int i = 0; i < 3; i++) {
        char link[64], target[64] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", i);
        CHECK(readlink(link, target, sizeof target - 1) > 0 && strcmp(target, "/dev/null") == 0);
        CHECK(i == 0 || write(i, "printed by the host", 19) == 19);
    }
    check_searches(store);
    close_store(store);
    seerflow_completions_destroy(completions);
}

static void test_standard_streams_are_closed(void)
{
    in_child(work_without_standard_streams);
}

static void limit_descriptors_to(rlim_t most)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static rlim_t first_free_descriptor(void)
{
    const int fd = dup(0);
    CHECK(fd >= 0 && close(fd) == 0);
    return (rlim_t)fd;
}

static void work_without_descriptors(void)
{
    const rlim_t before = 1024;
    seerflow_store *store = open_store(NULL);
    limit_descriptors_to(first_free_descriptor());
    FAILS_SAYING(seerflow_store_open(store, NULL, &failure), SEERFLOW_STATUS_IO, "Too many open files");
    limit_descriptors_to(before);
    OK(seerflow_store_open(store, NULL, &error));
    limit_descriptors_to(first_free_descriptor());
    write_message(store, "kept", 1);
    check_searches(store);
    FAILS_SAYING(seerflow_store_backup(store, in_folder("copy.db"), NULL, NULL, NULL, &failure), SEERFLOW_STATUS_IO, "Too many open files");
    limit_descriptors_to(before);
    close_store(store);
}

static void test_no_descriptor_is_free(void)
{
    in_child(work_without_descriptors);
}

/* The limit of file sizes: SIGXFSZ, which ends a process, reaches neither a thread of the library nor a thread that calls it. */
static void work_with_small_files(void)
{
    struct rlimit limit;
    struct stat log;
    seerflow_health health = SEERFLOW_HEALTH_INIT;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_event_input event = SEERFLOW_EVENT_INPUT_INIT;
    seerflow_store *store = open_store(NULL);
    write_message(store, "kept", 1);
    CHECK(stat(in_folder("test.db-wal"), &log) == 0 && getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)log.st_size;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    options.durable = true;
    options.call = WITHIN(500);
    event.message = str("kept, but later");
    FAILS_SAYING(seerflow_store_write_events(store, &event, 1, &options, NULL, NULL, &failure), SEERFLOW_STATUS_TIMEOUT, "File too large");
    OK(seerflow_store_health(store, &health, &error));
    CHECK(health.state == SEERFLOW_STATE_DEGRADED && health.cause == SEERFLOW_STATUS_IO);
    FAILS_SAYING(seerflow_store_save_model(store, "key", "x", 1, WITHIN(500), NULL, &failure), SEERFLOW_STATUS_IO, "File too large");
    check_searches(store);
    limit.rlim_cur = before;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(count_events(store) == 2);
    close_store(store);
}

static void test_files_may_not_grow(void)
{
    in_child(work_with_small_files);
}

/* Forks twice, changes the directory and closes the standard streams, as daemon() does. The store has a relative path. */
static void become_a_daemon(void)
{
    int done[2];
    char byte;
    CHECK(pipe(done) == 0 && chdir(in_folder("")) == 0);
    seerflow_store *store = open_store((const char *[]){"storage.sqlite_path", "test.db", NULL});
    const pid_t child = fork();
    CHECK(child != -1);
    if (child == 0) {
        CHECK(setsid() != -1);
        if (fork() != 0)
            end_child();
        alarm(60);
        CHECK(chdir("/") == 0);
        for (int i = 0; i < 3; i++)
            close(i);
        write_message(store, "from the daemon", 1);
        CHECK(count_events(store) == 1);
        close_store(store);
        CHECK(write(done[1], "k", 1) == 1);
        end_child();
    }
    close(done[1]);
    check_child(child);
    CHECK(read(done[0], &byte, 1) == 1 && byte == 'k');
    close(done[0]);
    seerflow_store_destroy(store);
}

static void test_daemon(void)
{
    in_child(become_a_daemon);
    expect_events(1);
}

static void *use_a_small_stack(void *unused)
{
    (void)unused;
    seerflow_store *store = open_store(NULL);
    OK(seerflow_store_open(store, NULL, &error));
    write_message(store, "kept", 1);
    write_message(store, "kept in the queue", 0);
    CHECK(count_events(store) == 2);
    CHECK(search_much(store) == NULL);
    close_store(store);
    return NULL;
}

static void start_a_small_thread(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 64 << 10) == 0);
    CHECK(pthread_create(&thread, &attributes, use_a_small_stack, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0 && pthread_attr_destroy(&attributes) == 0);
}

static void test_threads_of_64_kib(void)
{
    in_child(start_a_small_thread);
}

/* A server that closes each connection at once: writing to it raises SIGPIPE, unless the library prevents that. */
static void *hang_up(void *listener)
{
    for (;;) {
        const int fd = accept(*(int *)listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        close(fd);
    }
}

static void talk_to_a_dead_server(void)
{
    struct sockaddr_un address = {AF_UNIX, ""};
    char url[400];
    pthread_t thread;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in_folder(".s.PGSQL.5432"));
    snprintf(url, sizeof url, "host=%s user=me dbname=db sslmode=disable", in_folder(""));
    CHECK(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 8) == 0);
    CHECK(pthread_create(&thread, NULL, hang_up, &listener) == 0);
    for (int i = 0; i < 20; i++) {
        seerflow_error *failure = NULL;
        seerflow_store *store =
            open_store((const char *[]){"storage.backend", "postgresql", "storage.postgresql_url", url, NULL});
        const seerflow_status status = seerflow_store_open(store, WITHIN(1000), &failure);
        if (status != SEERFLOW_STATUS_IO && status != SEERFLOW_STATUS_TIMEOUT)
            check_failed(__FILE__, __LINE__, seerflow_status_name(status), seerflow_error_message(failure));
        seerflow_error_destroy(failure);
        seerflow_store_destroy(store);
    }
    CHECK(shutdown(listener, SHUT_RDWR) == 0 && pthread_join(thread, NULL) == 0 && close(listener) == 0);
}

static void test_server_closes_the_connection(void)
{
    in_child(talk_to_a_dead_server);
}

/* A plugin host that unloads the library while a store is open, and loads it again. The code stays: its threads run in it. */
static void unload(void)
{
    Dl_info info;
    char command[1200];
    const char *copy = in_folder("libcopy.so");
    CHECK(dladdr(dlsym(RTLD_DEFAULT, "seerflow_version"), &info) != 0);
    snprintf(command, sizeof command, "cp '%s' '%s'", info.dli_fname, copy);
    CHECK(system(command) == 0);
    void *library = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    __typeof__(&seerflow_config_new) config_new;
    __typeof__(&seerflow_config_set) config_set;
    __typeof__(&seerflow_config_destroy) config_destroy;
    __typeof__(&seerflow_store_new) store_new;
    __typeof__(&seerflow_store_write) store_write;
    __typeof__(&seerflow_store_close) store_close;
    __typeof__(&seerflow_store_destroy) store_destroy;
#define FIND(name) CHECK((*(void **)&name = dlsym(library, "seerflow_" #name)) != NULL)
    FIND(config_new);
    FIND(config_set);
    FIND(config_destroy);
    FIND(store_new);
    FIND(store_write);
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    uint64_t lost = 77;
    CHECK(config_new(&config, NULL) == SEERFLOW_STATUS_OK);
    CHECK(config_set(config, "storage.sqlite_path", in_folder("test.db"), NULL) == SEERFLOW_STATUS_OK);
    CHECK(store_new(config, &store, NULL) == SEERFLOW_STATUS_OK);
    config_destroy(config);
    CHECK(store_write(store, SEERFLOW_FORMAT_LINES, "before\n", 7, NULL, NULL, NULL, NULL) == SEERFLOW_STATUS_OK);
    CHECK(dlclose(library) == 0);
    /* The writer commits meanwhile. */
    wait_ms(200);
    library = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    FIND(store_write);
    FIND(store_close);
    FIND(store_destroy);
    CHECK(store_write(store, SEERFLOW_FORMAT_LINES, "after\n", 6, NULL, NULL, NULL, NULL) == SEERFLOW_STATUS_OK);
    CHECK(store_close(store, WITHIN(10000), &lost, NULL) == SEERFLOW_STATUS_OK && lost == 0);
    store_destroy(store);
    CHECK(dlclose(library) == 0);
}

static void test_the_library_is_unloaded_and_loaded_again(void)
{
    in_child(unload);
    expect_events(2);
}

int main(void)
{
    RUN(test_files_are_private_under_every_umask);
    RUN(test_standard_streams_are_closed);
    RUN(test_no_descriptor_is_free);
    RUN(test_files_may_not_grow);
    RUN(test_threads_of_64_kib);
    RUN(test_server_closes_the_connection);
    RUN(test_the_library_is_unloaded_and_loaded_again);
    RUN(test_daemon);
    RUN(test_privileges_are_dropped_after_opening);
    return 0;
}

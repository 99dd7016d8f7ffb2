/*
 * Locks, forks, and a write-ahead log that is deleted: a child never holds its parent's locks, and no event is acknowledged into a
 * deleted file.
 */
#define _GNU_SOURCE
#include "check.h"
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static seerflow_store *open_at(const char *path)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    OK(seerflow_config_new(&config, &error));
    OK(seerflow_config_set(config, "storage.sqlite_path", path, &error));
    OK(seerflow_store_new(config, &store, &error));
    seerflow_config_destroy(config);
    return store;
}

static seerflow_status try_to_write(const seerflow_store *store)
{
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    options.durable = true;
    options.call = WITHIN(60000);
    return seerflow_store_write(store, SEERFLOW_FORMAT_LINES, "a line\n", 7, &options, NULL, NULL, &error);
}

/* Writes for ever, and sends a byte for each acknowledged event. */
static void *write_for_ever(void *store)
{
    for (;;) {
        OK(try_to_write(store));
        CHECK(write(3, "a", 1) == 1);
    }
    return NULL;
}

/* A parent that will be killed. At a random moment of its writes it forks a child, which outlives it. */
static int be_a_parent(const char *path, int spawns)
{
    pthread_t thread;
    uint64_t state = seed() ^ (uint64_t)getpid();
    pid_t child;
    seerflow_store *store = open_at(path);
    CHECK(pthread_create(&thread, NULL, write_for_ever, store) == 0);
    sleep_us(&state, 50000);
    if (spawns) {
        CHECK(posix_spawnp(&child, "cat", NULL, NULL, (char *[]){"cat", NULL}, environ) == 0);
    } else if ((child = fork()) == 0) {
        char byte;
        /* The grandparent keeps the other end open until all checks are done. */
        while (read(0, &byte, 1) > 0) {
        }
        _exit(0);
    }
    CHECK(child > 0);
    CHECK(write(3, "f", 1) == 1);
    pause();
    return 0;
}

/* Returns whether any process holds a lock on the file: asks for a lock of the whole file. */
static int is_free(const char *path, const char *suffix)
{
    char name[400];
    struct flock lock;
    snprintf(name, sizeof name, "%s%s", path, suffix);
    int file = open(name, O_RDWR);
    if (file == -1)
        return errno == ENOENT;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    CHECK(fcntl(file, F_GETLK, &lock) == 0);
    CHECK(close(file) == 0);
    return lock.l_type == F_UNLCK;
}

static void check_parents(const char *what)
{
    uint64_t state = seed(), before = 0;
    char path[400];
    snprintf(path, sizeof path, "%s", in_folder("test.db"));
    for (unsigned round = 0; round < rounds(); round++) {
        int input, output, status;
        uint64_t acknowledged = before;
        ssize_t length;
        char said[4096];
        pid_t parent = host_start_again(what, path, &input, &output);
        for (int forked = 0; !forked || acknowledged == 0;) {
            length = read(output, said, sizeof said);
            CHECK(length > 0);
            for (ssize_t i = 0; i < length; i++) {
                forked |= said[i] == 'f';
                acknowledged += said[i] == 'a';
            }
        }
        sleep_us(&state, 10000);
        CHECK(kill(parent, SIGKILL) == 0 && waitpid(parent, &status, 0) == parent && WIFSIGNALED(status));
        CHECK(fcntl(output, F_SETFL, O_NONBLOCK) == 0);
        while ((length = read(output, said, sizeof said)) > 0) {
            for (ssize_t i = 0; i < length; i++)
                acknowledged += said[i] == 'a';
        }
        /* The pipe is not at its end, because the child still runs. */
        CHECK(length == -1 && errno == EAGAIN);
        /* The child closes inherited descriptors as soon as it runs. */
        for (int64_t until = now_ms() + 20000; !is_free(path, "") || !is_free(path, "-shm"); wait_ms(1))
            CHECK(now_ms() < until);
        sqlite3 *database = host_open(path);
        before = (uint64_t)host_number(database, "SELECT count(*) FROM events");
        /* The last event may be stored although the parent was killed before it could report it. */
        CHECK(before == acknowledged || before == acknowledged + 1);
        CHECK(sqlite3_close(database) == SQLITE_OK);
        close(input);
        close(output);
    }
    host_check(path, before);
    report("a parent is killed during durable writes, while a child that it forked or a program that it started survives: no lock remains", before,
           "tests/c/test_locks.c");
}

static void test_a_child_holds_no_lock_of_its_dead_parent(void)
{
    check_parents("forks");
}

static void test_a_started_program_holds_no_lock_of_its_dead_parent(void)
{
    check_parents("spawns");
}

/* After the log is deleted, no event is acknowledged, every waiting call returns an error, and the acknowledged events are stored. */
static void check_refused(seerflow_store *store)
{
    seerflow_list *page = NULL;
    seerflow_summary summary = SEERFLOW_SUMMARY_INIT;
    uint64_t lost = 0;
    for (int i = 0; i < 2; i++) {
        FAILS(try_to_write(store), SEERFLOW_STATUS_CORRUPT);
        FAILS(search(store, "line", 10, &page, &error), SEERFLOW_STATUS_CORRUPT);
        FAILS(seerflow_store_summary(store, WITHIN(60000), &summary, &error), SEERFLOW_STATUS_CORRUPT);
        FAILS(seerflow_store_checkpoint(store, NULL, &error), SEERFLOW_STATUS_CORRUPT);
        FAILS(seerflow_store_flush(store, WITHIN(60000), &error), SEERFLOW_STATUS_CORRUPT);
    }
    FAILS(seerflow_store_close(store, WITHIN(100), &lost, &error), SEERFLOW_STATUS_LOST);
    seerflow_error_destroy(error);
    error = NULL;
    CHECK(lost == 2);
    seerflow_store_destroy(store);
}

static void remove_beside(const char *suffix)
{
    char path[400], name[420];
    snprintf(path, sizeof path, "%s", in_folder("test.db"));
    snprintf(name, sizeof name, "%s%s", path, suffix);
    seerflow_store *store = open_at(path);
    OK(try_to_write(store));
    /* Moves everything into the file, so that the log contains nothing that would be missed. */
    OK(seerflow_store_checkpoint(store, NULL, &error));
    CHECK(unlink(name) == 0);
    check_refused(store);
    host_check(path, 1);
    store = open_at(path);
    OK(try_to_write(store));
    close_store(store);
    host_check(path, 2);
}

static void test_a_deleted_log_is_noticed(void)
{
    remove_beside("-wal");
}

static void test_a_deleted_log_index_is_noticed(void)
{
    remove_beside("-shm");
}

static void test_a_replaced_log_is_noticed(void)
{
    char path[400], name[420], other[420];
    snprintf(path, sizeof path, "%s", in_folder("test.db"));
    snprintf(name, sizeof name, "%s-wal", path);
    snprintf(other, sizeof other, "%s-other", path);
    seerflow_store *store = open_at(path);
    OK(try_to_write(store));
    OK(seerflow_store_checkpoint(store, NULL, &error));
    FILE *file = fopen(other, "w");
    CHECK(file != NULL && fclose(file) == 0 && rename(other, name) == 0);
    check_refused(store);
    host_check(path, 1);
}

/* Simulates a kernel without open file description locks, which rejects their commands. */
static void simulate_old_kernel(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, F_OFD_GETLK, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, F_OFD_SETLKW, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog code = {sizeof filter / sizeof filter[0], filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &code) == 0);
}

static int work_on_an_old_kernel(const char *path)
{
    simulate_old_kernel();
    seerflow_store *store = open_at(path);
    OK(try_to_write(store));
    OK(try_to_write(store));
    /* The host takes over the store's locks, assumes that it is alone, and deletes the log when it closes. */
    sqlite3 *database = host_open(path);
    CHECK(host_number(database, "SELECT count(*) FROM events") == 2);
    CHECK(sqlite3_close(database) == SQLITE_OK);
    check_refused(store);
    host_check(path, 2);
    return 0;
}

static void test_a_deleted_log_is_noticed_on_an_old_kernel(void)
{
    int input, output, status = -1;
    pid_t child = host_start_again("old", in_folder("test.db"), &input, &output);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    close(input);
    close(output);
}

int main(int argc, char **argv)
{
    host_program = argv[0];
    if (argc == 1)
        announce_rounds();
    if (argc > 2 && strcmp(argv[1], "old") == 0)
        return work_on_an_old_kernel(argv[2]);
    if (argc > 2)
        return be_a_parent(argv[2], strcmp(argv[1], "spawns") == 0);
    RUN(test_a_child_holds_no_lock_of_its_dead_parent);
    RUN(test_a_started_program_holds_no_lock_of_its_dead_parent);
    RUN(test_a_deleted_log_is_noticed);
    RUN(test_a_deleted_log_index_is_noticed);
    RUN(test_a_replaced_log_is_noticed);
    RUN(test_a_deleted_log_is_noticed_on_an_old_kernel);
    return 0;
}

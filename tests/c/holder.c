#define _XOPEN_SOURCE 700
#include "holder.h"

#include "check.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

static int to_child[2], from_child[2];
static pid_t child;

/* A command to the other process: a letter, and a path in an array of fixed length. */
struct command {
    char what;
    char path[400];
};

static void serve(void)
{
    struct command command;
    sqlite3 *database = NULL;
    while (read(to_child[0], &command, sizeof command) == (ssize_t)sizeof command) {
        int code = SQLITE_OK;
        if (command.what == 'h') {
            code = sqlite3_open(command.path, &database);
            sqlite3_busy_timeout(database, 10000);
            if (code == SQLITE_OK)
                code = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        } else {
            code = sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
            sqlite3_close(database);
        }
        if (write(from_child[1], &code, sizeof code) != (ssize_t)sizeof code)
            break;
    }
    _exit(0);
}

static void send_command(char what, const char *path)
{
    struct command command;
    int code = -1;
    memset(&command, 0, sizeof command);
    command.what = what;
    snprintf(command.path, sizeof command.path, "%s", path);
    CHECK(write(to_child[1], &command, sizeof command) == (ssize_t)sizeof command);
    CHECK(read(from_child[0], &code, sizeof code) == (ssize_t)sizeof code);
    CHECK(code == SQLITE_OK);
}

void start_holder(void)
{
    CHECK(pipe(to_child) == 0 && pipe(from_child) == 0);
    child = fork();
    CHECK(child != -1);
    if (child == 0) {
        close(to_child[1]);
        close(from_child[0]);
        serve();
    }
    close(to_child[0]);
    close(from_child[1]);
}

void hold_lock(const char *database)
{
    send_command('h', database);
}

void release_lock(void)
{
    send_command('r', "");
}

void stop_holder(void)
{
    close(to_child[1]);
    close(from_child[0]);
    CHECK(waitpid(child, NULL, 0) == child);
}

/*
 * A host that opens the database of a store with its own SQLite (the system's), in this process or in another one.
 *
 * The number of rounds is 50, or 1,000 if SEERFLOW_TORTURE=long, or SEERFLOW_ROUNDS. SEERFLOW_SEED seeds the random times; it is printed.
 */
#ifndef HOST_H
#define HOST_H

#include <sqlite3.h>
#include <stdint.h>
#include <sys/types.h>

unsigned rounds(void);

uint64_t seed(void);

/* Prints the number of rounds and the seed. */
void announce_rounds(void);

/* Prints the result of a test that injects faults, for tests/proof.py. The description becomes the first column of docs/reliability.md. */
void report(const char *fault, uint64_t acknowledged, const char *test);

/* Returns a random number below `most`. Each thread has its own state. */
unsigned chosen(uint64_t *state, unsigned most);

/* Sleeps up to `most` microseconds. */
void sleep_us(uint64_t *state, unsigned most);

/* Opens a connection that waits up to a minute for locks. */
sqlite3 *host_open(const char *path);

/* Runs statements that must succeed. */
void host_run(sqlite3 *database, const char *sql);

/* Returns the first column of the first row. */
int64_t host_number(sqlite3 *database, const char *sql);

/* Inserts one event, as a program that knows Seerflow's schema does. The number makes the event unique. */
void host_insert(sqlite3 *database, const char *who, uint64_t number);

/* Checks the file through its own connection: the number of events, no event twice, intact pages, an intact text index. */
void host_check(const char *path, uint64_t events);

/* The path of this program: argv[0]. */
extern const char *host_program;

/*
 * Starts this program again with these two arguments. Its descriptor 0 reads from `input`, and its descriptor 3 writes to `output`.
 * The caller gets the other ends.
 */
pid_t host_start_again(const char *what, const char *path, int *input, int *output);

#endif

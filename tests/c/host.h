/*
 * A host with a SQLite of its own (the system's) on the database of a store, in this process or in another one.
 *
 * Rounds are 50, 1,000 if SEERFLOW_TORTURE=long, or SEERFLOW_ROUNDS. Moments come from SEERFLOW_SEED, which is printed.
 */
#ifndef HOST_H
#define HOST_H

#include <sqlite3.h>
#include <stdint.h>
#include <sys/types.h>

unsigned rounds(void);

uint64_t seed(void);

/* Prints both. */
void announce_rounds(void);

/* A number below `most`; each thread has a state of its own. */
unsigned chosen(uint64_t *state, unsigned most);

/* Sleeps up to `most` microseconds. */
void sleep_us(uint64_t *state, unsigned most);

/* A connection that waits up to a minute for locks. */
sqlite3 *host_open(const char *path);

/* Runs statements that must succeed. */
void host_run(sqlite3 *database, const char *sql);

/* The first column of the first row. */
int64_t host_number(sqlite3 *database, const char *sql);

/* Inserts one event, as a program that knows Seerflow's schema does. The number makes it unique. */
void host_insert(sqlite3 *database, const char *who, uint64_t number);

/* Checks the file by a connection of its own: as many events as given, none twice, pages and text index sound. */
void host_check(const char *path, uint64_t events);

/* This program's own path: argv[0]. */
extern const char *host_program;

/*
 * Starts this program again with these two arguments. Its descriptor 0 is the reading end of `input`, its descriptor 3 the writing end
 * of `output`; the caller gets the other ends.
 */
pid_t host_start_again(const char *what, const char *path, int *input, int *output);

#endif

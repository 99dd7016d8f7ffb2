/*
 * Another process that holds the database's write lock with a SQLite of its own, so that commits fail and the queue fills.
 *
 * The SQLite is the system's, linked into this program beside libseerflow: the two must not meet.
 */
#ifndef HOLDER_H
#define HOLDER_H

/* Begins before any store is used: it forks. The process waits for hold_lock. */
void start_holder(void);

/* Makes it take the write lock of this database, and give it back. Both return when it is done. */
void hold_lock(const char *database);
void release_lock(void);

void stop_holder(void);

#endif

/*
 * Another process that holds the write lock of the database through its own SQLite. Commits then fail, and the queue fills up.
 *
 * That SQLite is the system's. It is linked into this program together with libseerflow, whose own SQLite must stay separate.
 */
#ifndef HOLDER_H
#define HOLDER_H

/* Starts the process, which waits for hold_lock. Call this before any store is used, because it forks. */
void start_holder(void);

/* Takes and releases the write lock of a database in that process. Both return when it is done. */
void hold_lock(const char *database);
void release_lock(void);

void stop_holder(void);

#endif

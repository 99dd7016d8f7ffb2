/*
 * libseerflow stores security log events, alerts, detector models and entities in SQLite or PostgreSQL. A running Seerflow
 * can read the same database. The library also answers queries on the graph of the entities.
 *
 * LINKING
 *   cc program.c $(pkg-config --cflags --libs seerflow)
 *   CMake: find_package(seerflow REQUIRED), then target_link_libraries(program PRIVATE seerflow::seerflow), or
 *   seerflow::static for the static library. Requires C99 or C++11; seerflow.hpp is a C++17 interface to all functions.
 *   The library exports only seerflow_*, so the program may link its own SQLite. On 64-bit Linux that SQLite may open the file
 *   of an open store. It must close its connections to the file before the store is closed (docs/embedding.md).
 *
 * CONTENTS, in this order
 *   status, error, call                the result of a function, the details of a failure, the deadline of a call
 *   config, store                      opening, flushing and closing a store, its health and its metrics
 *   event_input, write_options, result writing events: as structs, or as bytes in six formats
 *   interrupt, completions             ending blocking calls; finished writes for event loops
 *   query, list                        the arguments and the results of all queries
 *   event, entity, count, bucket       reading and counting events
 *   template, dead_letter              patterns of messages; records that could not be stored as events
 *   alert, feedback, alert_pattern     alerts, and the verdicts of people on them
 *   model, sigma_rule                  the state of detectors and of Sigma rules
 *   edge, neighbour, related, score    edges between entities, and queries on their graph
 *   record_options                     writing alerts, templates, edges and Sigma matches as JSON
 *   prune, backup, check, summary      maintenance
 *   entity_id                          the id of a user, an address or a host
 *
 * EXAMPLE
 *     #include <seerflow.h>
 *     #include <stdio.h>
 *
 *     int main(void) {
 *         const char lines[] = "Mar 14 01:47:13 web2 sshd[812]: Failed password for root from 203.0.113.66 port 51514\n";
 *         seerflow_config *config = NULL;
 *         seerflow_store *store = NULL;
 *         seerflow_query *query = NULL;
 *         seerflow_list *list = NULL;
 *         seerflow_error *error = NULL;
 *         seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
 *         seerflow_status status = seerflow_config_new(&config, &error);
 *         options.durable = true;
 *         if (!status) status = seerflow_config_set(config, "storage.sqlite_path", "events.db", &error);
 *         if (!status) status = seerflow_store_new(config, &store, &error);
 *         if (!status) status = seerflow_store_write(store, SEERFLOW_FORMAT_LINES, lines, sizeof lines - 1, &options, NULL, NULL, &error);
 *         if (!status) status = seerflow_query_new(&query, &error);
 *         if (!status) status = seerflow_query_set_text(query, "failed password", &error);
 *         if (!status) status = seerflow_store_query_events(store, query, NULL, &list, &error);
 *         for (size_t i = 0; i < seerflow_list_count(list); i++) {
 *             seerflow_str message;
 *             if (!seerflow_event_get_text(seerflow_list_event_at(list, i), SEERFLOW_FIELD_MESSAGE, &message, NULL))
 *                 printf("%.*s\n", (int)message.len, message.data);
 *         }
 *         if (!status) status = seerflow_store_close(store, NULL, NULL, &error);
 *         if (status) fprintf(stderr, "%s\n", seerflow_error_message(error));
 *         seerflow_error_destroy(error);
 *         seerflow_list_destroy(list);
 *         seerflow_query_destroy(query);
 *         seerflow_store_destroy(store);
 *         seerflow_config_destroy(config);
 *         return status ? 1 : 0;
 *     }
 *
 * NAMES
 *   Functions are named seerflow_<object>_<verb>. The object is the first argument; results are the last arguments. A function
 *   whose name ends in `_at` reads one record of a list. Members whose names end in `_ns` are times, or lengths of time, in
 *   nanoseconds; times count from 1970-01-01 00:00 UTC. A time window includes its start and excludes its end.
 *
 * ERRORS
 *   A function that can fail returns a seerflow_status; 0 means success. Its last argument receives a seerflow_error with the
 *   details, or may be NULL. It is written only if the function fails; the caller destroys the error.
 *   Results are written only if the function succeeds. Writes of events are an exception: if a write fails after it accepted a
 *   part of its input, its results describe that part.
 *   Accessors such as seerflow_list_count return their value directly. They return 0, false or NULL if the handle is NULL or
 *   not of the right type.
 *   SEERFLOW_STATUS_INVALID means that an argument is wrong: a handle that is NULL, of another type or (if that can still be
 *   detected) destroyed; NULL with a length; a number outside its enumeration; an impossible struct_size; a reserved member
 *   that is not 0.
 *   A defect of the library never ends the process: the call returns SEERFLOW_STATUS_PANIC, and its handle can then only be
 *   destroyed. The library prints nothing. It reads environment variables only in functions that say so.
 *
 * BLOCKING
 *   A function that may block takes a seerflow_call, which has a timeout and an interrupt; NULL means the defaults. Writes of
 *   events take it as a member of their options. Two functions may block without one: seerflow_config_load_file reads a file,
 *   and seerflow_store_destroy closes a store that was not closed. "Blocking: never" means that a function does no I/O and does
 *   not wait for other calls, except for the short time that a lock is held.
 *
 * STRUCTS
 *   A struct that starts with `struct_size` may get more members in later versions. Always initialise it with its initialiser,
 *   even if the library fills it: seerflow_stats stats = SEERFLOW_STATS_INIT. Then a program and a library of different
 *   versions work together: members that one of them does not know keep their defaults. Enumerations may get more members
 *   too, so give every switch a default.
 *
 * LISTS
 *   A call that returns several records returns a seerflow_list. seerflow_list_count is their number, a function for each kind
 *   of record copies one of them to a struct, and seerflow_list_ndjson returns all of them as JSON, with the struct's members as
 *   keys. Programs write records as arrays of the same structs, or as the same JSON (seerflow_store_write_records).
 *   Events are written through a queue (see seerflow_store_write). Every other function that writes records does so
 *   in one transaction, which is committed when the function returns, unless its options say otherwise.
 *
 * SIZE OF LISTS
 *   A page ends early when it reaches `storage.page_bytes` bytes. So does a list of dead letters or edges, which the next call
 *   continues. To read everything, continue until the next cursor is absent or the list is empty. A record larger than
 *   `storage.page_bytes` is returned alone. If a list that cannot be continued exceeds it, the call returns
 *   SEERFLOW_STATUS_LIMIT; it does so too if there is not enough memory for a record.
 *
 * OWNERSHIP
 *   The caller owns every object that a function returns through a `type **` argument, and destroys it with the destroy function
 *   of its type. Objects may be destroyed in any order. Destroying NULL does nothing. Texts and events that "belong to" an object
 *   live as long as that object. The library copies arguments that it needs after the call, except for the user data of
 *   callbacks.
 *
 * THREADS
 *   "Threads: any number at once" means that several threads may call the function on the same object at the same time. This
 *   holds for every function that takes a `const` handle, even if it changes the object; and for the setters of a query or a
 *   configuration: a call uses the values that were set when it started. No thread may use an object that another thread
 *   destroys. The library starts its own threads at the first use of a store, and ends them in seerflow_store_close.
 *
 * CALLBACKS
 *   A callback must not throw an exception or call longjmp: the program is aborted if it does. seerflow.hpp catches exceptions
 *   and rethrows them from the call.
 *
 * SIGNALS
 *   The library's threads block every signal. It installs no signal handlers. No function may be called from a signal handler.
 *
 * STACK
 *   These functions use at most 16 KiB of the caller's stack, for any input and any back end: seerflow_store_new, _shared, _open,
 *   _write, _write_events, _flush, _stats, _health, _metrics, _last_error, _path, _close and _destroy, and all functions whose names
 *   start with seerflow_error_, seerflow_result_, seerflow_interrupt_ or seerflow_completions_. All other functions use at most
 *   64 KiB. The stack of a callback comes on top. The limits hold for optimized builds; sanitizers and valgrind need more.
 *
 * FORK
 *   Call fork() before the first use of any store, or exec() after fork(). In a child, every call on a store that the parent used
 *   returns SEERFLOW_STATUS_FORKED, and so do its completions and every other store, because locks that threads of the parent
 *   held would never be released. The child can only destroy the store, which does not affect the parent's. It may read lists
 *   that the parent had.
 *
 * TEXT AND SIZES
 *   Keys, paths and filters are NUL-terminated UTF-8. Data are bytes with a length.
 */

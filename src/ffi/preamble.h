/*
 * libseerflow: security log events, alerts, models and entities in SQLite or PostgreSQL, in the database that a running
 * Seerflow reads, and the graph of the entities.
 *
 * LINKING
 *   cc program.c $(pkg-config --cflags --libs seerflow)
 *   CMake: find_package(seerflow REQUIRED), then target_link_libraries(program PRIVATE seerflow::seerflow), or
 *   seerflow::static for the archive. C99 or later, C++11 or later; seerflow.hpp wraps all of it for C++17.
 *   The library exports seerflow_* and nothing else; the program may have a SQLite of its own. On 64-bit Linux that SQLite may open
 *   the file of an open store. It must close its connections to the file before the store is closed (docs/embedding.md).
 *
 * CONTENTS, in this order
 *   status, error, call                the answer of a function, its details, and how long a function may block
 *   config, store                      opening, flushing, closing, health
 *   event_input, write_options, result writing events: as structs, or as bytes of six formats
 *   interrupt, completions             stopping calls; the ends of writes for event loops
 *   query, list                        the one form of questions and the one form of answers
 *   event, entity, count, bucket       reading events, and counting them
 *   template, dead_letter              patterns of messages; records that could not become events
 *   alert, feedback, alert_pattern     alerts, and what people made of them
 *   model, sigma_rule                  state of detection
 *   edge, neighbour, related, score    edges between entities, and the graph that they are
 *   record_options                     alerts, templates, edges and Sigma matches as JSON
 *   prune, backup, check, summary      upkeep
 *   entity_id                          the id of a user, an address, a host
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
 *   seerflow_<object>_<verb>, the object first among the arguments, results last. Functions that end in `_at` read one record of a
 *   list. Times end in `_ns`: nanoseconds since 1970-01-01 00:00 UTC. A window of time goes from its first moment up to, but not
 *   including, its last.
 *
 * ERRORS
 *   A function that can fail returns a seerflow_status, 0 being success, and takes as its last argument a place for a
 *   seerflow_error with the details. The place may be NULL; it is written on failure only, and the caller destroys the error.
 *   Results are written on success only, except for those of a write, which also say what became of a write that then failed.
 *   Plain accessors, such as seerflow_list_count, return their value; for NULL and for what is not such a handle they return
 *   0, false or NULL.
 *   SEERFLOW_STATUS_INVALID answers a handle that is NULL, of another type, or (where that can still be seen) destroyed; NULL with
 *   a length; a number that is not a member of its enumeration; a struct of an impossible size; a reserved member that is not 0.
 *   A defect of the library ends in SEERFLOW_STATUS_PANIC, never in the end of the process; the handle that it happened to can then
 *   only be destroyed. The library prints nothing and reads no global settings but the environment, where a function says so.
 *
 * BLOCKING
 *   A function that can block takes a seerflow_call: a bound on the time and an interrupt. NULL stands for the defaults. The writes
 *   of events take it in their options. seerflow_config_load_file reads a file, and seerflow_store_destroy closes a store that was
 *   not closed, without one.
 *
 * STRUCTS
 *   A struct that begins with `struct_size` grows in later versions. Begin with its initialiser, also where the library fills it:
 *   seerflow_stats stats = SEERFLOW_STATS_INIT. Then programs and libraries of different versions work with each other: a
 *   member that one of them does not know keeps its default. Enumerations may get members as well: give every switch a default.
 *
 * LISTS
 *   An answer with several records is a seerflow_list: seerflow_list_count, a function for each kind that fills a struct with one
 *   record, and seerflow_list_ndjson, which lends all of them as JSON under the names of the struct's members. Programs write
 *   records as arrays of the same structs, or as the same JSON (seerflow_store_write_records). Events go through a queue, as
 *   seerflow_store_write says; all other writes are all or nothing, and committed when they return unless their options say
 *   otherwise.
 *
 * SIZE OF ANSWERS
 *   A page ends early at `storage.page_bytes`, and so does a list that the next call continues (dead letters, edges): go on until a
 *   page has no next cursor, or a list is empty. A record that is larger comes alone. A list that no call continues answers
 *   SEERFLOW_STATUS_LIMIT when it exceeds the bound; so does a call when there is not enough memory for a record.
 *
 * OWNERSHIP
 *   The caller owns each object that a function hands out through `type **`, and destroys it with the type's own function, in any
 *   order. Destroying NULL is fine. Texts and events that are lent live as long as the object that they were asked of. The
 *   library copies the arguments that it needs for longer than the call, except for the user data of callbacks.
 *
 * THREADS
 *   Any number of threads may call a function at once whose handle is `const`: that means "safe to share", not "unchanged". Setters
 *   of a query or a configuration may run beside them; a call uses the values that were set when it began. No thread may use a
 *   handle that is being destroyed. The library starts threads of its own at the first use of a store, none before, and ends them in
 *   seerflow_store_close.
 *
 * CALLBACKS
 *   A callback must neither throw an exception nor jump (longjmp): the program is aborted if it does. seerflow.hpp catches
 *   exceptions and throws them from the call.
 *
 * SIGNALS
 *   The library's threads block every signal, and it installs no handlers. No function may be called from a signal handler.
 *
 * STACK
 *   Functions that write events, wait for them, close or report use at most 16 KiB of the caller's stack, whatever their input
 *   and whatever the back end: seerflow_store_new, _open, _write, _write_events, _flush, _stats, _health, _last_error, _path,
 *   _close and _destroy, and every function whose name begins with seerflow_error_, seerflow_result_, seerflow_interrupt_ or
 *   seerflow_completions_. Every other function uses at most 64 KiB. A callback of the program runs on top of that. The figures
 *   hold for optimized builds; sanitizers and valgrind add to them.
 *
 * FORK
 *   Fork before the first use of any store, or exec() after the fork. A store that the parent used answers
 *   SEERFLOW_STATUS_FORKED in the child, which can only destroy it; the parent's store is not touched by that. Completions
 *   answer the same, and so does every attempt to use another store: locks of the parent's threads would be held in the child
 *   for ever. Lists that the parent had may be read.
 *
 * TEXT AND SIZES
 *   Keys, paths and filters are UTF-8 ended in NUL. Data are bytes with a length.
 */

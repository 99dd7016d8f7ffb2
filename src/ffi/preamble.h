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
 * WHAT IS HERE, in this order
 *   status, error                      what a call answered, and why
 *   config, store                      opening, flushing, closing, and how the store is
 *   event_input, write_options, result writing events: as structs, msgpack, JSON, log lines
 *   interrupt, queue                   stopping calls; completions
 *   query, page, event                 asking for events and reading them
 *   event_entity, counted, histogram   timelines, what events are about, what is counted over them
 *   template, dead_letter              patterns of messages; records that could not become events
 *   alert, alert_query, feedback       alerts, and what people made of them
 *   model, sigma_rule, edge            what detection keeps; edges between entities, and the graph that they are
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
 *         seerflow_page *page = NULL;
 *         seerflow_error *error = NULL;
 *         seerflow_write_options options;
 *         seerflow_status status = seerflow_config_new(&config, &error);
 *         if (!status) status = seerflow_config_set(config, "storage.sqlite_path", "events.db", &error);
 *         if (!status) status = seerflow_store_open(config, &store, &error);
 *         if (!status) status = seerflow_write_options_init(&options, sizeof options, &error);
 *         if (!status) options.durable = 1;
 *         if (!status) status = seerflow_store_write_lines(store, lines, sizeof lines - 1, &options, NULL, NULL, &error);
 *         if (!status) status = seerflow_store_search(store, "failed password", 10, &page, &error);
 *         for (size_t i = 0; i < seerflow_page_count(page); i++) {
 *             seerflow_str message;
 *             if (!seerflow_event_get_text(seerflow_page_event(page, i), SEERFLOW_FIELD_MESSAGE, &message, NULL))
 *                 printf("%.*s\n", (int)message.len, message.data);
 *         }
 *         if (status) fprintf(stderr, "%s\n", seerflow_error_message(error));
 *         seerflow_error_destroy(error);
 *         seerflow_page_destroy(page);
 *         seerflow_store_destroy(store);
 *         seerflow_config_destroy(config);
 *         return status ? 1 : 0;
 *     }
 *
 * ERRORS
 *   Functions that can fail return a seerflow_status, 0 being success, and take as their last argument a place for a
 *   seerflow_error with the details. It may be NULL; it is written on failure only, and whoever gets an error destroys it.
 *   Results are written through pointers that stand last, before the error, and on success only, but `*consumed` of a durable
 *   write: it also tells what was taken of one that then failed. Plain accessors, such as seerflow_page_count, return their
 *   value, and 0, false or NULL for a handle that is none.
 *   A handle that is NULL, of another type, or (where it can still be seen) destroyed answers SEERFLOW_STATUS_INVALID; so do
 *   NULL with a length, numbers that are no member of their enumeration, and structs of an impossible size. A defect of the
 *   library ends in SEERFLOW_STATUS_PANIC, never in the end of the process; what it happened to is of no further use then.
 *   The library prints nothing and reads no global settings but the environment, where a function says so.
 *
 * LISTS AND RECORDS
 *   Answers with several records are lists. `..._count` tells how many there are; `..._at` fills a struct with one, by a number
 *   from 0; `..._ndjson` lends all of them as JSON, one object a line, with the names of the struct's members. What a program
 *   writes is an array of the same structs, with the size of one as the distance to the next, or, in the function that ends in
 *   _ndjson, the same JSON. Events go through a queue, as seerflow_store_write_events says; all other writes are all or nothing,
 *   and committed when they return.
 *
 * SIZE OF ANSWERS
 *   A page ends early at `storage.page_bytes`, and so does a list that the next call continues (dead letters, edges): go on until a
 *   page has no next cursor, or a list is empty. A record that is larger comes alone. A list that no call continues answers
 *   SEERFLOW_STATUS_LIMIT when it exceeds the bound; so does a call when there is not enough memory for a record.
 *
 * OWNERSHIP
 *   What a function with `type **` last hands out is the caller's, who destroys it with the type's own function, in any
 *   order. Destroying NULL is fine. What is lent (texts, events of a page) lives as long as the object that it was asked
 *   of. Arguments are copied where they are needed for longer than the call, but user data of callbacks.
 *
 * THREADS
 *   A function that takes a const handle may be called by any number of threads at once; so may the setters. Nobody may use
 *   a handle that is being destroyed. The library starts threads of its own at the first use of a store, none before, and
 *   ends them in seerflow_store_close.
 *
 * SIGNALS
 *   The library's threads block every signal, and it installs no handlers. No function may be called from a signal handler.
 *
 * STACK
 *   Functions that write events, wait for them, close or report use at most 16 KiB of the caller's stack, whatever their input
 *   and whatever the back end: seerflow_store_write_events, _msgpack, _ndjson, _lines, _otlp, _otlp_json and _fluent,
 *   seerflow_store_start, _flush, _stats, _health, _last_error, _path, _close and _destroy, and every function whose name begins
 *   with seerflow_error_, seerflow_result_, seerflow_interrupt_ or seerflow_queue_. So do seerflow_event_init and
 *   seerflow_write_options_init. Every other function uses at most 64 KiB. A callback of the program runs on top of that. The
 *   figures hold for optimized builds; sanitizers and valgrind add to them.
 *
 * FORK
 *   Fork before the first use of any store, or exec() after the fork. A store that the parent used answers
 *   SEERFLOW_STATUS_FORKED in the child, where all that can be done with it is to destroy it; the parent's is not touched by
 *   that. Queues answer the same, and so does every attempt to use another store: locks of the parent's threads would be
 *   held in the child for ever. Results that the parent had, such as pages, may be read.
 *
 * TEXT, TIME, SIZES
 *   Keys, paths and filters are UTF-8 ended in NUL. Data is bytes with a length. Times are nanoseconds since
 *   1970-01-01 00:00 UTC; timeouts are milliseconds, negative for no bound and 0 for not to wait. Structs that begin with
 *   `struct_size` grow in later versions: set them up with their init function, or SEERFLOW_PREPARE for those that the library
 *   fills, and programs keep working with newer libraries without being compiled again.
 */

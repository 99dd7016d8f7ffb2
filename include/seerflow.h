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

#ifndef SEERFLOW_H
#define SEERFLOW_H

/* Made by cbindgen from src/ffi. Do not edit: UPDATE_HEADER=1 cargo test --test header */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The version that a program is compiled against; seerflow_version() is the one that it runs with. */
#define SEERFLOW_VERSION "0.1.0"
#define SEERFLOW_VERSION_MAJOR 0
#define SEERFLOW_VERSION_MINOR 1
#define SEERFLOW_VERSION_PATCH 0

/** A time that is not there: an event without one gets the present. */
#define SEERFLOW_TIME_ABSENT INT64_MIN

/**
 * Makes a seerflow_str of a NUL-terminated text: seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, SEERFLOW_STR("192.0.2.1"), ...).
 */
#ifdef __cplusplus
#define SEERFLOW_STR(text) (seerflow_str{(text), strlen(text)})
#else
#define SEERFLOW_STR(text) ((seerflow_str){(text), strlen(text)})
#endif

/** Readies a struct that the library is to fill: seerflow_stats stats; SEERFLOW_PREPARE(stats); */
#define SEERFLOW_PREPARE(object) \
    (memset(&(object), 0, sizeof(object)), (void)((object).struct_size = (uint32_t)sizeof(object)))

/** A field of an event, and which getter reads it. */
typedef uint32_t seerflow_field;
enum {
    /** Id. Identity; the same id is stored once. Assigned (time-ordered, UUID version 7 layout) when absent. */
    SEERFLOW_FIELD_EVENT_ID = 1,
    /** Int, nanoseconds. When it happened. The present when absent. */
    SEERFLOW_FIELD_TIMESTAMP_NS = 2,
    /** Int, nanoseconds. When it was seen by the collector. The present when absent. */
    SEERFLOW_FIELD_OBSERVED_NS = 3,
    /** Text. W3C trace id, hex. */
    SEERFLOW_FIELD_TRACE_ID = 4,
    /** Text. W3C span id, hex. */
    SEERFLOW_FIELD_SPAN_ID = 5,
    /** Int. 0 trace, 1 informational, 2 notice, 3 warning, 4 error, 5 critical, 6 fatal. */
    SEERFLOW_FIELD_SEVERITY_ID = 6,
    /** Int. OpenTelemetry severity number, 1 to 24. */
    SEERFLOW_FIELD_OTEL_SEVERITY = 7,
    /** Text. ECS event.kind: `event`, `alert`, `metric`, `state`. */
    SEERFLOW_FIELD_EVENT_KIND = 8,
    /** Text. ECS event.category. */
    SEERFLOW_FIELD_EVENT_CATEGORY = 9,
    /** Text. ECS event.type. */
    SEERFLOW_FIELD_EVENT_TYPE = 10,
    /** Text. ECS event.outcome: `success`, `failure`, `unknown`. */
    SEERFLOW_FIELD_EVENT_OUTCOME = 11,
    /** Text. ECS event.action. */
    SEERFLOW_FIELD_EVENT_ACTION = 12,
    /** Int. OCSF category. */
    SEERFLOW_FIELD_CATEGORY_UID = 13,
    /** Int. OCSF class. */
    SEERFLOW_FIELD_CLASS_UID = 14,
    /** Int. OCSF type: class_uid * 100 + activity_id. */
    SEERFLOW_FIELD_TYPE_UID = 15,
    /** Int. OCSF activity. */
    SEERFLOW_FIELD_ACTIVITY_ID = 16,
    /** Text. The message that text search sees. */
    SEERFLOW_FIELD_MESSAGE = 17,
    /** Msgpack. The record's structured body, any value. */
    SEERFLOW_FIELD_BODY = 18,
    /** Text. What kind of source: `syslog`, `sshd`, `nginx`. */
    SEERFLOW_FIELD_SOURCE_TYPE = 19,
    /** Text. Which source: usually a host name. */
    SEERFLOW_FIELD_SOURCE_ID = 20,
    /** Text. Sigma logsource category. */
    SEERFLOW_FIELD_LOG_SOURCE_CATEGORY = 21,
    /** Text. Sigma logsource product. */
    SEERFLOW_FIELD_LOG_SOURCE_PRODUCT = 22,
    /** Text. Sigma logsource service. */
    SEERFLOW_FIELD_LOG_SOURCE_SERVICE = 23,
    /** Int. The template (log pattern) that matched; -1 for none. */
    SEERFLOW_FIELD_TEMPLATE_ID = 24,
    /** Text. The template's text, with `<*>` for its variables. */
    SEERFLOW_FIELD_TEMPLATE_STR = 25,
    /** List. What stood at the variables. */
    SEERFLOW_FIELD_TEMPLATE_PARAMS = 26,
    /** List. Ids of the entities that the event touches; computed from the related lists when empty. */
    SEERFLOW_FIELD_ENTITY_REFS = 27,
    /** List. IP addresses. */
    SEERFLOW_FIELD_RELATED_IPS = 28,
    /** List. Users: `name`, `DOMAIN\name` or `name@domain`. */
    SEERFLOW_FIELD_RELATED_USERS = 29,
    /** List. Host names. */
    SEERFLOW_FIELD_RELATED_HOSTS = 30,
    /** List. File paths. */
    SEERFLOW_FIELD_RELATED_FILES = 31,
    /** List. DNS domains. */
    SEERFLOW_FIELD_RELATED_DOMAINS = 32,
    /** List. Processes: `name:pid`, `name` or `pid`. */
    SEERFLOW_FIELD_RELATED_PROCESSES = 33,
    /** List. Hashes: `algo:lowerhex`. */
    SEERFLOW_FIELD_RELATED_HASHES = 34,
    /** List. MITRE ATT&CK tactics. */
    SEERFLOW_FIELD_MITRE_TACTICS = 35,
    /** List. MITRE ATT&CK techniques: `T1053`, `T1053.005`. */
    SEERFLOW_FIELD_MITRE_TECHNIQUES = 36,
    /** Float. Risk, 0 to 100 by convention. */
    SEERFLOW_FIELD_RISK_SCORE = 37,
    /** Float. Anomaly, 0 to 1 by convention. */
    SEERFLOW_FIELD_ANOMALY_SCORE = 38,
    /** Float. Confidence, 0 to 1. */
    SEERFLOW_FIELD_CONFIDENCE = 39,
    /** Map. Further attributes of the record. */
    SEERFLOW_FIELD_ATTRIBUTES = 40,
    /** List. Free labels. */
    SEERFLOW_FIELD_TAGS = 41,
    /** Text. The record as it came, where the sender keeps it. */
    SEERFLOW_FIELD_RAW_EVENT = 42,
    /** Map. Attributes of the resource (OpenTelemetry) that emitted the record. */
    SEERFLOW_FIELD_RESOURCE_ATTRS = 43,
};

/** The number of the binary interface. It grows when a program has to be compiled again. */
#define SEERFLOW_ABI_VERSION 1

/** The bound of calls that were given none, in milliseconds. */
#define SEERFLOW_DEFAULT_TIMEOUT_MS 30000

/** Bytes that an id takes as text: 36 characters and a NUL. */
#define SEERFLOW_ID_SIZE 37

/** How long alerts with the same dedup_key are one alert in Seerflow: 15 minutes, in nanoseconds. */
#define SEERFLOW_DEDUP_WINDOW_NS 900000000000

/** Bytes that a cursor takes as text, with its NUL; tokens of later versions fit too. */
#define SEERFLOW_CURSOR_SIZE 64

/** What a call answered. Numbers are never reused; a later library may answer numbers that are not here. */
typedef int32_t seerflow_status;
enum {
    /** Done. */
    SEERFLOW_STATUS_OK = 0,
    /**
     * An argument or a record is outside what the call accepts. A handle that is NULL, of another type or destroyed.
     */
    SEERFLOW_STATUS_INVALID = 1,
    /** The configuration has an unknown key, a bad value or an unset variable. */
    SEERFLOW_STATUS_CONFIG = 2,
    /** What was asked for by name or by number is not there. */
    SEERFLOW_STATUS_NOT_FOUND = 3,
    /** The bounded queue stayed full until the deadline, or nothing waits; try again later. */
    SEERFLOW_STATUS_AGAIN = 4,
    /** The deadline passed before the work was done. */
    SEERFLOW_STATUS_TIMEOUT = 5,
    /** Another thread raised the call's interrupt. */
    SEERFLOW_STATUS_INTERRUPTED = 6,
    /** The store was closed before the call. */
    SEERFLOW_STATUS_CLOSED = 7,
    /**
     * The parent process used the handle before fork(), or has the file open. See FORK on the first page.
     */
    SEERFLOW_STATUS_FORKED = 8,
    /**
     * A call on the handle met a defect of this library. All that is left for the handle is to be destroyed.
     */
    SEERFLOW_STATUS_PANIC = 9,
    /** The file system or the operating system refused. */
    SEERFLOW_STATUS_IO = 10,
    /** The database answered an error of its own. */
    SEERFLOW_STATUS_DATABASE = 11,
    /** The database file, or an event in it, is damaged. */
    SEERFLOW_STATUS_CORRUPT = 12,
    /** No space is left where the database lives. */
    SEERFLOW_STATUS_FULL = 13,
    /** Another program holds the database's write lock. */
    SEERFLOW_STATUS_BUSY = 14,
    /** The database's schema is newer than this library, or of an age it does not adopt. */
    SEERFLOW_STATUS_SCHEMA = 15,
    /**
     * This build, this platform, the database or its server does not have what is needed: a database that is not in UTF8, a
     * file system without write-ahead logs, a backup of PostgreSQL.
     */
    SEERFLOW_STATUS_UNSUPPORTED = 16,
    /** Access was denied. */
    SEERFLOW_STATUS_PERMISSION = 17,
    /** A bound on size, depth or count was passed. */
    SEERFLOW_STATUS_LIMIT = 18,
    /** Something else than what the call expected is stored there. */
    SEERFLOW_STATUS_CONFLICT = 19,
    /** The store is closed, and accepted events could not be stored before. */
    SEERFLOW_STATUS_LOST = 20,
};

/** How a store is. */
typedef uint32_t seerflow_health;
enum {
    /** Not used yet: nothing is open. */
    SEERFLOW_HEALTH_IDLE = 0,
    /** All is well. */
    SEERFLOW_HEALTH_OK = 1,
    /** Commits fail at present; events are kept and tried again. */
    SEERFLOW_HEALTH_DEGRADED = 2,
    /** Closed. */
    SEERFLOW_HEALTH_CLOSED = 3,
};

/** What a commit survives. */
typedef uint32_t seerflow_durability;
enum {
    /** Not known: there was no commit to wait for. */
    SEERFLOW_DURABILITY_NONE = 0,
    /** The death of the process. */
    SEERFLOW_DURABILITY_PROCESS = 1,
    /** The loss of power. */
    SEERFLOW_DURABILITY_POWER = 2,
};

/** In which order events come. */
typedef uint32_t seerflow_order;
enum {
    /** By time, newest first. The default. */
    SEERFLOW_ORDER_NEWEST = 0,
    /** By time, oldest first. */
    SEERFLOW_ORDER_OLDEST = 1,
    /**
     * By arrival, first come first: for following a store as it grows, and for a complete export while it does. On PostgreSQL
     * SEERFLOW_STATUS_BUSY where another program's transaction has been writing to `events` for seconds: what arrived since has no
     * order yet; ask again.
     */
    SEERFLOW_ORDER_ARRIVAL = 2,
};

/** Whether a page says how many events match in all. */
typedef uint32_t seerflow_total;
enum {
    /** It does not. The default, since counting costs. */
    SEERFLOW_TOTAL_NONE = 0,
    /** It counts up to a bound. */
    SEERFLOW_TOTAL_CAPPED = 1,
    /** It counts all. */
    SEERFLOW_TOTAL_EXACT = 2,
};

/** What an attribute holds, and in which of its members. */
typedef uint32_t seerflow_value;
enum {
    /** Text, in `s`. */
    SEERFLOW_VALUE_TEXT = 0,
    /** An integer, in `i`. */
    SEERFLOW_VALUE_INT = 1,
    /** A float, in `d`. */
    SEERFLOW_VALUE_FLOAT = 2,
    /** A boolean, in `i`: 0 or 1. */
    SEERFLOW_VALUE_BOOL = 3,
    /** Nothing. */
    SEERFLOW_VALUE_NULL = 4,
    /** Anything else, as one msgpack value in `s`: bytes, lists, maps, integers above INT64_MAX. */
    SEERFLOW_VALUE_MSGPACK = 5,
};

/** What kind of thing an entity is. */
typedef uint32_t seerflow_entity_type;
enum {
    /** A user account. */
    SEERFLOW_ENTITY_TYPE_USER = 1,
    /** An IP address. */
    SEERFLOW_ENTITY_TYPE_IP = 2,
    /** A host. */
    SEERFLOW_ENTITY_TYPE_HOST = 3,
    /** A process. */
    SEERFLOW_ENTITY_TYPE_PROCESS = 4,
    /** A file. */
    SEERFLOW_ENTITY_TYPE_FILE = 5,
    /** A DNS domain. */
    SEERFLOW_ENTITY_TYPE_DOMAIN = 6,
};

/** How important a log record is. */
typedef uint32_t seerflow_log_level;
enum {
    /** Something is lost or does not work. */
    SEERFLOW_LOG_LEVEL_ERROR = 1,
    /** Something does not work yet and is tried again. */
    SEERFLOW_LOG_LEVEL_WARNING = 2,
    /** Something began or ended. */
    SEERFLOW_LOG_LEVEL_INFO = 3,
    /** Details. */
    SEERFLOW_LOG_LEVEL_DEBUG = 4,
};

/** What events are counted by, and in which form the value is. */
typedef uint32_t seerflow_count_by;
enum {
    /** source_type. */
    SEERFLOW_COUNT_BY_SOURCE = 1,
    /** source_id. */
    SEERFLOW_COUNT_BY_HOST = 2,
    /** template_id, a number; events without a template do not count. */
    SEERFLOW_COUNT_BY_TEMPLATE = 3,
    /** severity_id, a number. */
    SEERFLOW_COUNT_BY_SEVERITY = 4,
    /** Each entity of an event, by its id. */
    SEERFLOW_COUNT_BY_ENTITY = 5,
};

/**
 * A page of alerts, newest first.
 *
 * A const page may be read by any number of threads at once. It belongs to no store: it may outlive its own, and a child
 * after fork() may read it.
 *
 * Methods: seerflow_alert_page_count, seerflow_alert_page_at, seerflow_alert_page_total, seerflow_alert_page_next_cursor,
 * seerflow_alert_page_ndjson, seerflow_alert_page_destroy.
 */
typedef struct seerflow_alert_page seerflow_alert_page;

/**
 * Patterns of true positives, most frequent first.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_alert_pattern_list_count, seerflow_alert_pattern_list_at, seerflow_alert_pattern_list_ndjson,
 * seerflow_alert_pattern_list_destroy.
 */
typedef struct seerflow_alert_pattern_list seerflow_alert_pattern_list;

/**
 * Which alerts, how many at once. A new one asks for the newest 100 of all; answers are newest first. All filters must hold
 * together. A setter that fails changes nothing.
 *
 * Any number of threads and stores may use one query at once.
 *
 * Methods: seerflow_alert_query_new, seerflow_alert_query_set_time_range, seerflow_alert_query_set_type,
 * seerflow_alert_query_set_min_severity, seerflow_alert_query_set_entity, seerflow_alert_query_set_tactic,
 * seerflow_alert_query_set_technique, seerflow_alert_query_set_limit, seerflow_alert_query_set_page,
 * seerflow_alert_query_set_cursor, seerflow_alert_query_set_total, seerflow_alert_query_set_timeout,
 * seerflow_alert_query_set_interrupt, seerflow_alert_query_destroy.
 */
typedef struct seerflow_alert_query seerflow_alert_query;

/**
 * What became of the alerts of one write, in their order.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_alert_result_list_count, seerflow_alert_result_list_at, seerflow_alert_result_list_ndjson,
 * seerflow_alert_result_list_destroy.
 */
typedef struct seerflow_alert_result_list seerflow_alert_result_list;

/**
 * Options for seerflow_store_open: keys and values, both text. What is not set has its default.
 *
 * A value that is set later replaces one that was set before, from wherever it came. The keys are listed by
 * seerflow_config_option_at.
 *
 * Methods: seerflow_config_new, seerflow_config_load_file, seerflow_config_load_env, seerflow_config_set,
 * seerflow_config_get, seerflow_config_set_log, seerflow_config_destroy.
 */
typedef struct seerflow_config seerflow_config;

/**
 * Values and how many records have each, most first.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_counted_list_count, seerflow_counted_list_at, seerflow_counted_list_ndjson,
 * seerflow_counted_list_destroy.
 */
typedef struct seerflow_counted_list seerflow_counted_list;

/**
 * Dead letters of a store.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_dead_letter_list_count, seerflow_dead_letter_list_at, seerflow_dead_letter_list_ndjson,
 * seerflow_dead_letter_list_destroy.
 */
typedef struct seerflow_dead_letter_list seerflow_dead_letter_list;

/**
 * A place among the edges of a store, for reading all of them in chunks. It holds nothing open.
 *
 * Methods: seerflow_edge_cursor_new, seerflow_store_next_edges, seerflow_edge_cursor_destroy.
 */
typedef struct seerflow_edge_cursor seerflow_edge_cursor;

/**
 * Edges, in the order of source, target and relation.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_edge_list_count, seerflow_edge_list_at, seerflow_edge_list_ndjson, seerflow_edge_list_destroy.
 */
typedef struct seerflow_edge_list seerflow_edge_list;

/**
 * The details of a call that failed.
 *
 * A function that can fail takes `seerflow_error **error` as its last argument. It may be NULL; else it is written to when
 * the call fails, and only then. Who gets an error destroys it.
 *
 * Methods: seerflow_error_code, seerflow_error_retriable, seerflow_error_message, seerflow_error_destroy.
 */
typedef struct seerflow_error seerflow_error;

/**
 * An event of a page. It belongs to its page and is not destroyed.
 *
 * A const event may be read by any number of threads at once. Its getters read single fields from the stored form: cheap,
 * but not free; keep what is needed often. A field that is absent has its default. The fields are numbered by
 * seerflow_field.
 *
 * Methods: seerflow_event_get_int, seerflow_event_get_float, seerflow_event_get_text, seerflow_event_get_id,
 * seerflow_event_get_list_count, seerflow_event_get_list_at, seerflow_event_get_map_count, seerflow_event_get_map_at,
 * seerflow_event_get_msgpack, seerflow_event_msgpack, seerflow_event_json.
 */
typedef struct seerflow_event seerflow_event;

/**
 * Entities, with what they are called.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_event_entity_list_count, seerflow_event_entity_list_at, seerflow_event_entity_list_ndjson,
 * seerflow_event_entity_list_destroy.
 */
typedef struct seerflow_event_entity_list seerflow_event_entity_list;

/**
 * Verdicts of the audit trail, newest first.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_feedback_list_count, seerflow_feedback_list_at, seerflow_feedback_list_ndjson,
 * seerflow_feedback_list_destroy.
 */
typedef struct seerflow_feedback_list seerflow_feedback_list;

/**
 * What a check found: nothing, if all is well.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_findings_count, seerflow_findings_at, seerflow_findings_destroy.
 */
typedef struct seerflow_findings seerflow_findings;

/**
 * How many records there are in each bucket of time, in the order of time. Buckets without records are left out.
 *
 * A const histogram may be read by any number of threads at once.
 *
 * Methods: seerflow_histogram_count, seerflow_histogram_at, seerflow_histogram_ndjson, seerflow_histogram_destroy.
 */
typedef struct seerflow_histogram seerflow_histogram;

/**
 * A flag that stops calls: those that were given it answer SEERFLOW_STATUS_INTERRUPTED soon after it is raised.
 *
 * It may be given to any number of calls, and stays raised until it is reset.
 *
 * Methods: seerflow_interrupt_new, seerflow_interrupt_raise, seerflow_interrupt_reset, seerflow_interrupt_destroy.
 */
typedef struct seerflow_interrupt seerflow_interrupt;

/**
 * A model as it was loaded: its bytes, and when it was saved.
 *
 * A const model may be read by any number of threads at once. It belongs to no store: it may outlive its own.
 *
 * Methods: seerflow_model_data, seerflow_model_updated_at, seerflow_model_destroy.
 */
typedef struct seerflow_model seerflow_model;

/**
 * Keys of models, their sizes and times, in the order of the keys.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_model_list_count, seerflow_model_list_at, seerflow_model_list_ndjson, seerflow_model_list_destroy.
 */
typedef struct seerflow_model_list seerflow_model_list;

/**
 * Entities near another one, by distance.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_neighbour_list_count, seerflow_neighbour_list_at, seerflow_neighbour_list_ndjson,
 * seerflow_neighbour_list_destroy.
 */
typedef struct seerflow_neighbour_list seerflow_neighbour_list;

/**
 * A page of events.
 *
 * A const page may be read by any number of threads at once. It belongs to no store: it may outlive its own, and a child
 * after fork() may read it.
 *
 * Methods: seerflow_page_count, seerflow_page_event, seerflow_page_total, seerflow_page_next_cursor,
 * seerflow_page_last_cursor, seerflow_page_data, seerflow_page_ndjson, seerflow_page_destroy.
 */
typedef struct seerflow_page seerflow_page;

/**
 * Which events, in which order, how many at once. A new one asks for the newest 100 of all. All filters must hold
 * together. A setter that fails changes nothing.
 *
 * Any number of threads and stores may use one query at once.
 *
 * Methods: seerflow_query_new, seerflow_query_set_time_range, seerflow_query_set_source_type,
 * seerflow_query_set_source_id, seerflow_query_set_min_severity, seerflow_query_set_template, seerflow_query_set_entity,
 * seerflow_query_set_text, seerflow_query_set_limit, seerflow_query_set_page, seerflow_query_set_order,
 * seerflow_query_set_cursor, seerflow_query_set_total, seerflow_query_set_timeout, seerflow_query_set_interrupt,
 * seerflow_query_destroy.
 */
typedef struct seerflow_query seerflow_query;

/**
 * Where completions wait: of writes that were given the queue, one for each call that answered SEERFLOW_STATUS_OK.
 *
 * Any number of threads may use one at once, and any number of stores.
 *
 * Methods: seerflow_queue_new, seerflow_queue_fd, seerflow_queue_next, seerflow_queue_destroy.
 */
typedef struct seerflow_queue seerflow_queue;

/**
 * Neighbours of an entity, those seen most often first.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_related_list_count, seerflow_related_list_at, seerflow_related_list_ndjson,
 * seerflow_related_list_destroy.
 */
typedef struct seerflow_related_list seerflow_related_list;

/**
 * What became of the records of one write, also of one that failed after it took events.
 *
 * A const result may be read by any number of threads at once.
 *
 * Methods: seerflow_result_accepted, seerflow_result_committed, seerflow_result_duplicates, seerflow_result_queued,
 * seerflow_result_withdrawn, seerflow_result_unkeyed, seerflow_result_durability, seerflow_result_rejected_count,
 * seerflow_result_rejected_at, seerflow_result_destroy.
 */
typedef struct seerflow_result seerflow_result;

/**
 * Entities that stand out, the first of them first.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_score_list_count, seerflow_score_list_at, seerflow_score_list_ndjson, seerflow_score_list_destroy.
 */
typedef struct seerflow_score_list seerflow_score_list;

/**
 * State of Sigma rules, in the order of their ids.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_sigma_rule_list_count, seerflow_sigma_rule_list_at, seerflow_sigma_rule_list_ndjson,
 * seerflow_sigma_rule_list_destroy.
 */
typedef struct seerflow_sigma_rule_list seerflow_sigma_rule_list;

/**
 * An open store. Any number of threads may use one at once; one for each process is enough.
 *
 * After fork() the child can do no more with the parent's store than destroy it, if the parent used it before.
 *
 * Methods: seerflow_store_open, seerflow_store_start, seerflow_store_write_events, seerflow_store_write_msgpack,
 * seerflow_store_write_ndjson, seerflow_store_write_lines, seerflow_store_write_otlp, seerflow_store_write_otlp_json,
 * seerflow_store_write_fluent, seerflow_store_flush, seerflow_store_query_events,
 * seerflow_store_search, seerflow_store_event, seerflow_store_timeline, seerflow_store_event_entities,
 * seerflow_store_describe_entity, seerflow_store_histogram, seerflow_store_split_histogram, seerflow_store_count_by,
 * seerflow_store_distinct, seerflow_store_write_templates, seerflow_store_write_templates_ndjson,
 * seerflow_store_templates, seerflow_store_prune_templates, seerflow_store_reset_templates,
 * seerflow_store_dead_letters, seerflow_store_write_alerts, seerflow_store_write_alerts_ndjson,
 * seerflow_store_query_alerts, seerflow_store_alert, seerflow_store_update_feedback, seerflow_store_append_feedback,
 * seerflow_store_feedback, seerflow_store_feedback_stats, seerflow_store_alert_patterns,
 * seerflow_store_alert_histogram, seerflow_store_alerts_by_rule, seerflow_store_alerts_by_severity,
 * seerflow_store_save_model, seerflow_store_swap_model, seerflow_store_load_model, seerflow_store_delete_model,
 * seerflow_store_models, seerflow_store_sigma_rules, seerflow_store_enable_sigma_rule,
 * seerflow_store_add_sigma_matches, seerflow_store_add_sigma_matches_ndjson, seerflow_store_upsert_edges,
 * seerflow_store_upsert_edges_ndjson, seerflow_store_next_edges, seerflow_store_prune_edges,
 * seerflow_store_related_entities, seerflow_store_graph_add_edges, seerflow_store_graph_add_edges_ndjson,
 * seerflow_store_graph_neighbours, seerflow_store_graph_path, seerflow_store_graph_subgraph,
 * seerflow_store_graph_related, seerflow_store_graph_counts, seerflow_store_graph_each_edge,
 * seerflow_store_graph_top, seerflow_store_graph_health, seerflow_store_prune, seerflow_store_backup, seerflow_store_checkpoint,
 * seerflow_store_check, seerflow_store_check_text, seerflow_store_summary, seerflow_store_stats,
 * seerflow_store_health, seerflow_store_last_error, seerflow_store_path, seerflow_store_close, seerflow_store_destroy.
 */
typedef struct seerflow_store seerflow_store;

/**
 * Templates of a store.
 *
 * A const list may be read by any number of threads at once.
 *
 * Methods: seerflow_template_list_count, seerflow_template_list_at, seerflow_template_list_ndjson,
 * seerflow_template_list_destroy.
 */
typedef struct seerflow_template_list seerflow_template_list;

/**
 * Gets one log record: its level, and its text, which has `length` bytes and ends in NUL.
 *
 * Called from any thread, several at once, while locks of the library are held: it must not call this library and must
 * not wait. It must neither throw nor longjmp: an exception that leaves it ends the process. The text is the library's and lives until the function returns.
 */
typedef void (*seerflow_log_callback)(void *user_data,
                                      seerflow_log_level level,
                                      const char *text,
                                      size_t length);

/** Counters since a store was opened, and its present state. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_stats {
    /** sizeof(seerflow_stats). */
    uint32_t struct_size;
    /** What a commit survives. */
    seerflow_durability durability;
    /** Events accepted. */
    uint64_t accepted;
    /** Events committed that were new. */
    uint64_t committed;
    /** Events whose event_id was there already. */
    uint64_t duplicates;
    /** Records kept as dead letters. */
    uint64_t rejected;
    /** Transactions. */
    uint64_t commits;
    /** Commits that failed and were tried again. */
    uint64_t retries;
    /** Records waiting or being committed. */
    uint64_t queue_events;
    /** Bytes waiting or being committed. */
    uint64_t queue_bytes;
    /** Nanoseconds that the last transaction took. */
    uint64_t last_commit_ns;
    /** Nanoseconds that the longest transaction took. */
    uint64_t longest_commit_ns;
    /** Bytes of the write-ahead log after the last commit. */
    uint64_t wal_bytes;
    /** Queries answered. */
    uint64_t queries;
    /** Events accepted that their write took back, see `withdraw`. */
    uint64_t withdrawn;
} seerflow_stats;

/**
 * Text with its length. It need not end in NUL, and the text of events and templates need not be UTF-8: what is not gets
 * U+FFFD, and an event keeps the exact bytes in its attribute `seerflow.raw.<field>`, in base64: of a list or map as pairs of a
 * text's place and its bytes.
 *
 * `data` NULL with `len` 0 is no text: the field keeps its default. NULL with another length is refused.
 */
typedef struct seerflow_str {
    /** The first byte, or NULL. */
    const char *data;
    /** The number of bytes. */
    size_t len;
} seerflow_str;

/** A list of texts. `items` may be NULL if `count` is 0. */
typedef struct seerflow_list {
    /** The first text. */
    const seerflow_str *items;
    /** The number of texts. */
    size_t count;
} seerflow_list;

/** A key and a value. Members that the type does not name are ignored. */
typedef struct seerflow_attribute {
    /** The key. */
    seerflow_str key;
    /** What the value is. */
    seerflow_value type;
    /** The value of an integer or a boolean. */
    int64_t i;
    /** The value of a float. */
    double d;
    /** The text, or the msgpack. */
    seerflow_str s;
} seerflow_attribute;

/** A list of keys and values. `items` may be NULL if `count` is 0. */
typedef struct seerflow_attributes {
    /** The first attribute. */
    const seerflow_attribute *items;
    /** The number of attributes. */
    size_t count;
} seerflow_attributes;

/** A key and a text. */
typedef struct seerflow_pair {
    /** The key. */
    seerflow_str key;
    /** The text. */
    seerflow_str value;
} seerflow_pair;

/** A list of keys and texts. `items` may be NULL if `count` is 0. */
typedef struct seerflow_pairs {
    /** The first pair. */
    const seerflow_pair *items;
    /** The number of pairs. */
    size_t count;
} seerflow_pairs;

/**
 * One event to be written. Fill it with seerflow_event_init, then set what is known.
 *
 * Texts whose `data` is NULL keep their default, lists with `count` 0 are empty. All that it points to stays the caller's
 * and is copied by the call.
 */
typedef struct seerflow_event_input {
    /** sizeof(seerflow_event_input). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** Identity, as a UUID's 36 characters; the same id is stored once. Assigned when absent. */
    seerflow_str event_id;
    /**
     * When it happened, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present.
     */
    int64_t timestamp_ns;
    /**
     * When the collector saw it, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present.
     */
    int64_t observed_ns;
    /** W3C trace id, hex. */
    seerflow_str trace_id;
    /** W3C span id, hex. */
    seerflow_str span_id;
    /** 0 trace, 1 informational (the default), 2 notice, 3 warning, 4 error, 5 critical, 6 fatal. */
    int64_t severity_id;
    /** OpenTelemetry severity number, 1 to 24; 9 is the default, which 0 (unspecified) stands for too. */
    int64_t otel_severity;
    /** ECS event.kind: "event" (the default), "alert", "metric", "state". */
    seerflow_str event_kind;
    /** ECS event.category. */
    seerflow_str event_category;
    /** ECS event.type. */
    seerflow_str event_type;
    /** ECS event.outcome: "success", "failure", "unknown". */
    seerflow_str event_outcome;
    /** ECS event.action. */
    seerflow_str event_action;
    /** OCSF category. */
    int64_t category_uid;
    /** OCSF class. */
    int64_t class_uid;
    /** OCSF type: class_uid * 100 + activity_id. */
    int64_t type_uid;
    /** OCSF activity. */
    int64_t activity_id;
    /** The message that text search sees. */
    seerflow_str message;
    /** The record's structured body: one msgpack value. */
    seerflow_str body;
    /** What kind of source: "syslog", "sshd", "nginx". */
    seerflow_str source_type;
    /** Which source: usually a host name. */
    seerflow_str source_id;
    /** Sigma logsource category. */
    seerflow_str log_source_category;
    /** Sigma logsource product. */
    seerflow_str log_source_product;
    /** Sigma logsource service. */
    seerflow_str log_source_service;
    /** The template (log pattern) that matched; -1 (the default) for none. */
    int64_t template_id;
    /** The template's text, with `<*>` for its variables. */
    seerflow_str template_str;
    /** What stood at the variables. */
    seerflow_list template_params;
    /**
     * Ids of the entities that the event touches, each a UUID, stored in lower case; computed from the related lists when empty.
     */
    seerflow_list entity_refs;
    /** IP addresses. */
    seerflow_list related_ips;
    /** Users: "name", "DOMAIN\\name" or "name@domain". */
    seerflow_list related_users;
    /** Host names. */
    seerflow_list related_hosts;
    /** File paths. */
    seerflow_list related_files;
    /** DNS domains. */
    seerflow_list related_domains;
    /** Processes: "name:pid", "name" or "pid". */
    seerflow_list related_processes;
    /** Hashes: "algo:lowerhex". */
    seerflow_list related_hashes;
    /** MITRE ATT&CK tactics. */
    seerflow_list mitre_tactics;
    /** MITRE ATT&CK techniques: "T1053", "T1053.005". */
    seerflow_list mitre_techniques;
    /** Risk, 0 to 100 by convention. */
    double risk_score;
    /** Anomaly, 0 to 1 by convention. */
    double anomaly_score;
    /** Confidence, 0 to 1; 1 is the default. */
    double confidence;
    /**
     * Further attributes of the record. Nil, booleans, numbers and texts are stored as such, and so are lists of maps of these
     * and of lists of texts. Any other value (a list of texts, a map, bytes) is stored, and read, as its JSON text, for Seerflow
     * decodes no other.
     */
    seerflow_attributes attributes;
    /** Free labels. */
    seerflow_list tags;
    /** The record as it came, where the sender keeps it. */
    seerflow_str raw_event;
    /** Attributes of the resource (OpenTelemetry) that emitted the record. */
    seerflow_pairs resource_attrs;
    /**
     * A text that names this record alone among all records of the store, for hosts that send records again in other batches (rsyslog's
     * `$uuid`, syslog-ng's RCPTID, a file and an offset). The event id is made of it alone, not of the time: the key itself if it is
     * a UUID, else the UUID version 5 of the key in the namespace 6c0b5ee1-0f1e-4d0c-9a44-2f7d8f6e1b35. `event_id` comes before it.
     * An empty key and the nil UUID name nothing. Keys that are UUIDs of version 7 keep inserts in order and fast; a hash of the
     * content is not a key, since equal lines are different events.
     */
    seerflow_str record_key;
} seerflow_event_input;

/** How a write is to be done. Fill it with seerflow_write_options_init, then set what differs. */
typedef struct seerflow_write_options {
    /** sizeof(seerflow_write_options). */
    uint32_t struct_size;
    /** Nonzero: return after the commit. Zero, the default: return when the events are in the queue. */
    uint8_t durable;
    /**
     * Nonzero: the input ends here; what follows the last line end is a line too, and a next call begins a new one. Zero, the
     * default: an incomplete last record stays with the caller, `consumed` tells.
     */
    uint8_t complete;
    /** Nonzero: keep each log line whole in `raw_event`. Zero is the default. */
    uint8_t keep_raw;
    /**
     * Nonzero: have the events committed at once instead of after `storage.flush_interval_ms`, and return without waiting
     * for it: with `queue`, a durable write whose end is told by a completion. Zero is the default.
     */
    uint8_t urgent;
    /**
     * How long to wait for room in the queue and, durable, for the commit, in milliseconds. Negative is no bound, 0 is not to
     * wait. SEERFLOW_DEFAULT_TIMEOUT_MS is the default.
     */
    int64_t timeout_ms;
    /**
     * The index of the first record, for a call that goes on where another one with the same batch key ended.
     */
    uint64_t first_index;
    /**
     * With a batch key, events without an id get one that is made of the key, their index and their time: the same call
     * made twice, by whichever process, stores its events once. None is the default.
     */
    seerflow_str batch_key;
    /** `source_type` of events that do not say; UTF-8. */
    seerflow_str source_type;
    /** `source_id` of events that do not say; UTF-8. */
    seerflow_str source_id;
    /** The time zone of log lines without an offset, such as "Europe/Berlin"; UTC by default. */
    seerflow_str timezone;
    /** Stops the call when it is raised. NULL, the default, for none. */
    const seerflow_interrupt *interrupt;
    /**
     * Gets a completion when all of a call that answered SEERFLOW_STATUS_OK is committed. NULL, the default, for none.
     */
    const seerflow_queue *queue;
    /** Comes back in the completion. */
    uint64_t user_data;
    /**
     * From what the year of log lines that do not say theirs (RFC 3164) is told: a moment when they were written, or up to a
     * year later, in nanoseconds. 0, the default, is the present.
     */
    int64_t reference_ns;
    /**
     * The name of the attribute that is the record key: see `record_key` of seerflow_event_input. It is the whole key of an
     * attribute at the top of the record (`log.record.uid` is one key, not a path) that is neither the name of a field nor read
     * as one. A text, bytes, or an integer by its digits is a key; a record without one gets an ordinary id and is counted by
     * seerflow_result_unkeyed. UTF-8. The default is "log.record.uid" for OpenTelemetry and Fluent, and none for other formats.
     */
    seerflow_str record_key_field;
    /**
     * Nonzero: if a durable write fails, take back its events that are in no running transaction. They are not stored, and
     * `*consumed` is the place where they begin. Zero, the default: they stay in the queue. Only with `durable`.
     */
    uint8_t withdraw;
    /** Unused, 0. */
    uint8_t reserved[7];
} seerflow_write_options;

/** What became of one write. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_completion {
    /** sizeof(seerflow_completion). */
    uint32_t struct_size;
    /**
     * SEERFLOW_STATUS_OK: all of the call is committed. SEERFLOW_STATUS_CLOSED: the store was closed before that.
     */
    seerflow_status status;
    /** What the write options said. */
    uint64_t user_data;
    /** Events of the call that were accepted. */
    uint64_t accepted;
    /** Of these, those whose event_id was stored before. */
    uint64_t duplicates;
} seerflow_completion;

/** An entity, with what it is called. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_event_entity {
    /** sizeof(seerflow_event_entity). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** Its id. */
    seerflow_str entity;
    /** "user", "ip", "host", "process", "file" or "domain"; empty if the event does not say. */
    seerflow_str entity_type;
    /** Its value as the event has it; empty if the event does not say. */
    seerflow_str value;
} seerflow_event_entity;

/** A value and how many records have it. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_counted {
    /** sizeof(seerflow_counted). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** The value: a source, a rule, a number as text. */
    seerflow_str value;
    /** Number of records. */
    uint64_t count;
} seerflow_counted;

/** A stretch of time and how many records are in it. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_bucket {
    /** sizeof(seerflow_bucket). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** When it begins, in nanoseconds since 1970-01-01 UTC. */
    int64_t start_ns;
    /** Number of records. */
    uint64_t count;
    /** Of which value the records are; empty in a histogram that is not split. */
    seerflow_str value;
} seerflow_bucket;

/** One template and its statistics. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_template {
    /** sizeof(seerflow_template). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** Its number, chosen by the miner that found it. */
    int64_t template_id;
    /** Its text, with `<*>` for the variables. */
    seerflow_str template_str;
    /** When the first event matched, in nanoseconds since 1970-01-01 UTC. Kept by later writes. */
    int64_t first_seen_ns;
    /**
     * When the last event matched, in nanoseconds since 1970-01-01 UTC. Later writes keep the larger one.
     */
    int64_t last_seen_ns;
    /** Number of events. Later writes add to it. */
    int64_t event_count;
    /** A message that matched; `data` NULL for none. Kept by later writes. */
    seerflow_str example_message;
} seerflow_template;

/** A record that could not become an event. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_dead_letter {
    /** sizeof(seerflow_dead_letter). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** Its number; later ones are larger. */
    int64_t id;
    /** When it arrived, in nanoseconds since 1970-01-01 UTC. */
    int64_t received_ns;
    /** The input's format: "lines", "ndjson", "msgpack", "otlp", "otlp-json", "fluent", "struct". */
    seerflow_str format;
    /** Why it was rejected. */
    seerflow_str reason;
    /** The record as it came; empty for a struct. */
    seerflow_str payload;
} seerflow_dead_letter;

/**
 * An alert: what detection found. To write one, fill it with seerflow_alert_init, then set what is known: type, rule, severity
 * and entity are enough. To read one, prepare it with SEERFLOW_PREPARE.
 */
typedef struct seerflow_alert {
    /** sizeof(seerflow_alert). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /**
     * Identity of this occurrence; it changes when the alert occurs again. None: a new UUID is made. This one, rule_name,
     * entity_uuid and dedup_key have 2,000 bytes at the most, so that every back end can index them.
     */
    seerflow_str alert_id;
    /** "ml", "sigma", "correlation", "ueba" or "ioc". */
    seerflow_str alert_type;
    /**
     * When it occurred, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present.
     */
    int64_t timestamp_ns;
    /** 0 to 6, as in events. 1 is the default. */
    int64_t severity_id;
    /** The rule that fired. */
    seerflow_str rule_name;
    /** What happened, for a person. */
    seerflow_str description;
    /**
     * Id of the entity that it is about. None: that of entity_type and entity_value, as seerflow_entity_id makes it.
     */
    seerflow_str entity_uuid;
    /** The entity as it was written. */
    seerflow_str entity_value;
    /** "user", "ip", "host", "process", "file" or "domain". */
    seerflow_str entity_type;
    /** Ids of the events that led to it: UUIDs as text. */
    seerflow_list contributing_events;
    /** MITRE ATT&CK tactics, of 500 bytes each at the most, as techniques. */
    seerflow_list mitre_tactics;
    /** MITRE ATT&CK techniques, such as "T1110" or "T1053.005". */
    seerflow_list mitre_techniques;
    /** Risk, 0 to 100 by convention. */
    double risk_score;
    /**
     * Alerts with the same key are one alert, within a window of time. None: "type:rule:entity_uuid", with the entity's type and
     * value where it has no id.
     */
    seerflow_str dedup_key;
    /** How many occurrences the alert stands for. 1 is the default. */
    int64_t dedup_count;
    /** "tp" for a true positive, "fp" for a false one; empty if nobody judged it. */
    seerflow_str feedback;
    /** Why. */
    seerflow_str feedback_note;
} seerflow_alert;

/** What became of an alert that was written. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_alert_result {
    /** sizeof(seerflow_alert_result). */
    uint32_t struct_size;
    /**
     * 1: nobody was told of the alert yet; it is the first of its key, or the first in a new window. 0: another occurrence.
     */
    uint32_t is_new;
    /** Occurrences that the stored alert now stands for. */
    int64_t dedup_count;
    /** Its id, as it was given or made. */
    seerflow_str alert_id;
} seerflow_alert_result;

/**
 * A verdict on an alert. To give one, fill it with seerflow_feedback_init, then set alert_id and feedback. To read one, prepare it
 * with SEERFLOW_PREPARE.
 */
typedef struct seerflow_feedback {
    /** sizeof(seerflow_feedback). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** Its number in the audit trail; ignored when one is given. */
    int64_t id;
    /** The alert. */
    seerflow_str alert_id;
    /** "tp" for a true positive, "fp" for a false one. */
    seerflow_str feedback;
    /** Why, for people. */
    seerflow_str note;
    /** Who says so: "dashboard", "cli" or "api". None: "api". */
    seerflow_str origin;
    /** When, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present. */
    int64_t submitted_at_ns;
} seerflow_feedback;

/** How many alerts were judged. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_feedback_stats {
    /** sizeof(seerflow_feedback_stats). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** Alerts whose verdict is "tp". */
    uint64_t tp;
    /** Alerts whose verdict is "fp". */
    uint64_t fp;
    /** Both. */
    uint64_t total;
} seerflow_feedback_stats;

/** True positives that share type, rule and kind of entity. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_alert_pattern {
    /** sizeof(seerflow_alert_pattern). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** The type of the alerts. */
    seerflow_str alert_type;
    /** Their rule. */
    seerflow_str rule_name;
    /** The kind of entity that they are about. */
    seerflow_str entity_type;
    /** How many there are. */
    uint64_t count;
    /** When the latest of their verdicts was given, in nanoseconds since 1970-01-01 UTC. */
    int64_t last_verdict_ns;
    /** Ids of the alerts, those judged last first, as many as were asked for. */
    seerflow_list alert_ids;
} seerflow_alert_pattern;

/** A model's key, size and time. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_model_entry {
    /** sizeof(seerflow_model_entry). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** Its key. */
    seerflow_str key;
    /** Size of its data, in bytes. */
    uint64_t bytes;
    /** When it was saved, in nanoseconds since 1970-01-01 UTC. */
    int64_t updated_at_ns;
} seerflow_model_entry;

/** Matches of a Sigma rule. Prepare it with SEERFLOW_PREPARE, then set the rest. */
typedef struct seerflow_sigma_matches {
    /** sizeof(seerflow_sigma_matches). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** The rule. */
    seerflow_str rule_id;
    /** How many matches there were since the last call. */
    int64_t count;
    /** When the last of them was, in nanoseconds since 1970-01-01 UTC. */
    int64_t last_fired_ns;
} seerflow_sigma_matches;

/** What a Sigma rule has done. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_sigma_rule {
    /** sizeof(seerflow_sigma_rule). */
    uint32_t struct_size;
    /** 1 if it may fire, else 0. */
    uint32_t enabled;
    /** The rule. */
    seerflow_str rule_id;
    /** How often it fired. */
    int64_t match_count_lifetime;
    /** When it fired last, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if it never did. */
    int64_t last_fired_ns;
    /** When this state changed last, in nanoseconds since 1970-01-01 UTC. */
    int64_t updated_at_ns;
} seerflow_sigma_rule;

/** An edge between two entities. Prepare it with SEERFLOW_PREPARE, then set the rest. */
typedef struct seerflow_edge {
    /** sizeof(seerflow_edge). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** From this entity, by its id. */
    seerflow_str source_id;
    /** To this entity, by its id. */
    seerflow_str target_id;
    /** In what relation: a letter or _, then letters, digits and _, all ASCII. */
    seerflow_str rel_type;
    /** First time seen, in nanoseconds since 1970-01-01 UTC. Later writes keep the smaller one. */
    int64_t first_seen;
    /** Last time seen, in nanoseconds since 1970-01-01 UTC. Later writes keep the larger one. */
    int64_t last_seen;
    /** How often it was seen. Later writes add to it. */
    int64_t event_count;
} seerflow_edge;

/** A neighbour of an entity. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_related {
    /** sizeof(seerflow_related). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** The neighbour, by its id. */
    seerflow_str entity;
    /** The relation. */
    seerflow_str rel_type;
    /** How often it was seen. */
    int64_t event_count;
} seerflow_related;

/** An entity near another one. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_neighbour {
    /** sizeof(seerflow_neighbour). */
    uint32_t struct_size;
    /** Steps on the shortest way; 0 for the entity itself. */
    uint32_t distance;
    /** The entity, by its id. */
    seerflow_str entity;
} seerflow_neighbour;

/**
 * Is told an edge; another answer than 0 ends the stream. The edge's texts live until it returns.
 *
 * It runs on the thread that called, and may call anything but what destroys the store. It must neither throw nor longjmp: an
 * exception that leaves it ends the process.
 */
typedef int (*seerflow_edge_callback)(void *user_data, const seerflow_edge *edge);

/** What an entity scored. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_score {
    /** sizeof(seerflow_score). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** The entity, by its id. */
    seerflow_str entity;
    /** Its value: a part of 1, a count, or the number of its group. */
    double value;
} seerflow_score;

/** Which events to remove. Fill it with seerflow_prune_options_init, then set one bound or both. */
typedef struct seerflow_prune_options {
    /** sizeof(seerflow_prune_options). */
    uint32_t struct_size;
    /** Nonzero: `before_ns` counts. */
    uint32_t has_before;
    /** Remove events and dead letters before this time, in nanoseconds since 1970-01-01 UTC. */
    int64_t before_ns;
    /** Remove the oldest events until the database takes no more than this, in bytes. 0 is no bound. */
    uint64_t max_bytes;
} seerflow_prune_options;

/** What a prune did. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_prune_report {
    /** sizeof(seerflow_prune_report). */
    uint32_t struct_size;
    /** Unused, 0. */
    uint32_t reserved;
    /** Events removed. */
    uint64_t events;
    /** Dead letters removed. */
    uint64_t dead_letters;
    /** Size of the database before, in bytes. */
    uint64_t bytes_before;
    /** Size of the database after, in bytes. */
    uint64_t bytes_after;
} seerflow_prune_report;

/**
 * Is told how far a backup is: pages done, and pages in all. Called on the thread that asked for the backup. It must
 * neither throw nor longjmp: an exception that leaves it ends the process.
 */
typedef void (*seerflow_progress_callback)(void *user_data, uint64_t done, uint64_t total);

/** What is in a store. Prepare it with SEERFLOW_PREPARE. */
typedef struct seerflow_summary {
    /** sizeof(seerflow_summary). */
    uint32_t struct_size;
    /** 1 if Seerflow made the tables, 0 if this library did. */
    uint32_t made_by_seerflow;
    /** Seerflow's schema version. */
    int64_t schema_version;
    /** The last of this library's own migrations. */
    int64_t migration;
    /** Events. */
    uint64_t events;
    /** Dead letters. */
    uint64_t dead_letters;
    /** Templates. */
    uint64_t templates;
    /**
     * Time of the oldest event, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if there is none.
     */
    int64_t oldest_ns;
    /**
     * Time of the newest event, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if there is none.
     */
    int64_t newest_ns;
    /** Up to which arrival number events are summed up. */
    int64_t watermark;
    /** The largest arrival number. */
    int64_t last_seq;
    /** Size of the database, in bytes. */
    uint64_t bytes;
    /** Of these, bytes that are free for new rows. */
    uint64_t free_bytes;
    /** Size of the write-ahead log, in bytes. */
    uint64_t wal_bytes;
    /**
     * The place behind the event that arrived last, ended in NUL: a query in SEERFLOW_ORDER_ARRIVAL that begins there answers
     * what arrives later.
     */
    char end_cursor[SEERFLOW_CURSOR_SIZE];
} seerflow_summary;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the version of the library that is linked, such as "0.1.0". Compare with SEERFLOW_VERSION, what was compiled against.
 *
 * Threads: any. Ownership: the text is static.
 */
const char *seerflow_version(void);

/**
 * Returns the ABI version of the library that is linked. It must equal SEERFLOW_ABI_VERSION.
 *
 * Threads: any.
 */
uint32_t seerflow_abi_version(void);

/**
 * Names a status in lower case: "ok", "again", "not_found"; "unknown" for a number that is none.
 *
 * Threads: any. Ownership: the text is static.
 */
const char *seerflow_status_name(seerflow_status status);

/**
 * Returns the status that the call answered too; SEERFLOW_STATUS_INVALID for NULL.
 *
 * Threads: any number at once.
 */
seerflow_status seerflow_error_code(const seerflow_error *error);

/**
 * Returns whether the same call may succeed later and does nothing twice; false for NULL.
 *
 * A write is to be made again with its input from `*consumed` on. It is retriable if that cannot store an event twice: no event of
 * the failed call is left in the queue or in a transaction, or each of its events gets the same id again (by a batch key, a record
 * key or its own `event_id`). A rejected record may become a second dead letter.
 *
 * Threads: any number at once.
 */
bool seerflow_error_retriable(const seerflow_error *error);

/**
 * Returns what failed, where and why, as one line of UTF-8. It holds no password. "" for NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the error.
 */
const char *seerflow_error_message(const seerflow_error *error);

/** Destroys an error. NULL is fine. */
void seerflow_error_destroy(seerflow_error *error);

/**
 * Makes a configuration with every option at its default.
 *
 * Ownership: the caller destroys it.
 */
seerflow_status seerflow_config_new(seerflow_config **config, seerflow_error **error);

/**
 * Takes the `storage` section of a YAML file, such as Seerflow's own seerflow.yaml. `${VAR}` and `${VAR:-default}` are
 * replaced by environment variables.
 *
 * On an error, options that stand before the bad one are set already.
 *
 * Blocking: reads the file.
 */
seerflow_status seerflow_config_load_file(seerflow_config *config,
                                          const char *file,
                                          seerflow_error **error);

/**
 * Takes options from the environment: SEERFLOW_STORAGE_DURABILITY sets `storage.durability`, and so on.
 *
 * Threads: no other thread may change the environment meanwhile.
 */
seerflow_status seerflow_config_load_env(seerflow_config *config, seerflow_error **error);

/** Sets one option; SEERFLOW_STATUS_CONFIG for an unknown key or a bad value, naming the key. */
seerflow_status seerflow_config_set(seerflow_config *config,
                                    const char *key,
                                    const char *value,
                                    seerflow_error **error);

/**
 * Copies an option's value, or its default, into a buffer. The password of a connection string is replaced by `***`.
 *
 * `*length` gets the value's length in bytes without its NUL. Where the buffer has no room for all of it, what fits is
 * copied and ended in NUL: `*length >= capacity` tells. `buffer` may be NULL if `capacity` is 0, `length` if it is not.
 */
seerflow_status seerflow_config_get(const seerflow_config *config,
                                    const char *key,
                                    char *buffer,
                                    size_t capacity,
                                    size_t *length,
                                    seerflow_error **error);

/**
 * Has log records of at most this level handed to a function: with SEERFLOW_LOG_LEVEL_WARNING errors and warnings.
 * NULL for none, which is the default. Counts for stores that are opened afterwards.
 *
 * Ownership: `user_data` is the caller's; it must live until every such store is destroyed.
 */
seerflow_status seerflow_config_set_log(seerflow_config *config,
                                        seerflow_log_level level,
                                        seerflow_log_callback callback,
                                        void *user_data,
                                        seerflow_error **error);

/** Destroys a configuration. Stores that were opened with it have what they need of it. NULL is fine. */
void seerflow_config_destroy(seerflow_config *config);

/**
 * Returns the number of options that there are.
 *
 * Threads: any.
 */
size_t seerflow_config_option_count(void);

/**
 * Tells an option's key, its default, and what it does in one sentence, by a number from 0. Each of the three may be
 * NULL. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Threads: any. Ownership: the texts are static.
 */
seerflow_status seerflow_config_option_at(size_t index,
                                          const char **key,
                                          const char **default_value,
                                          const char **doc,
                                          seerflow_error **error);

/**
 * Opens a store. No file is opened and no thread started before its first use, or seerflow_store_start. Relative paths of the
 * configuration are resolved here: the process may change its working directory later.
 *
 * Reading changes nothing in the database: one that is missing or empty answers like an empty one and is not made, one that
 * Seerflow made is not adopted. The first write makes or adopts it.
 *
 * Ownership: the caller closes and destroys it. The configuration is copied. Fork: a store that was opened but not used
 * may be used by the child.
 */
seerflow_status seerflow_store_open(const seerflow_config *config,
                                    seerflow_store **store,
                                    seerflow_error **error);

/**
 * Opens the database for writing now instead of at the first write: makes its directory and tables if they are missing, and
 * adopts a database that Seerflow made. A file that may only be read is opened for reading.
 *
 * Threads: any number at once. Blocking: for as long as that takes.
 */
seerflow_status seerflow_store_start(const seerflow_store *store,
                                     seerflow_error **error);

/**
 * Returns where the database is: the absolute path of its file, or the server without a password; "" for NULL.
 *
 * Ownership: the text lives as long as the store.
 */
const char *seerflow_store_path(const seerflow_store *store);

/**
 * Waits until everything that any thread had accepted before the call is committed.
 *
 * SEERFLOW_STATUS_TIMEOUT, with the reason if commits fail at present, leaves the events in the queue. `interrupt` may be
 * NULL.
 *
 * Threads: any number at once. Blocking: at most `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_flush(const seerflow_store *store,
                                     int64_t timeout_ms,
                                     const seerflow_interrupt *interrupt,
                                     seerflow_error **error);

/**
 * Tells the counters.
 *
 * Threads: any number at once. Blocking: never for long; asks nothing of the database.
 */
seerflow_status seerflow_store_stats(const seerflow_store *store,
                                     seerflow_stats *stats,
                                     seerflow_error **error);

/**
 * Tells how the store is, and copies the reason if it is degraded, as seerflow_config_get copies. Of `buffer` with
 * `capacity`, and `length`, any may be left out.
 *
 * Threads: any number at once. Blocking: never for long; asks nothing of the database.
 */
seerflow_status seerflow_store_health(const seerflow_store *store,
                                      seerflow_health *health,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *length,
                                      seerflow_error **error);

/**
 * Copies the text of the last commit that failed, as seerflow_config_get copies; "" if none did. It stays after
 * recovery.
 *
 * Threads: any number at once. Blocking: never for long.
 */
seerflow_status seerflow_store_last_error(const seerflow_store *store,
                                          char *buffer,
                                          size_t capacity,
                                          size_t *length,
                                          seerflow_error **error);

/**
 * Closes a store: commits what waits, until the deadline, stops every thread and releases every file.
 *
 * SEERFLOW_STATUS_LOST: the store is closed, and some accepted records could not be stored. `*lost` gets their number, 0 with
 * SEERFLOW_STATUS_OK; it may be NULL. Records whose COMMIT was not answered count among them.
 *
 * Calls that run meanwhile end with SEERFLOW_STATUS_CLOSED, and so does every later one; closing again does nothing and
 * tells 0. The handle is still to be destroyed.
 *
 * Threads: any. Blocking: at most about `timeout_ms` milliseconds and the commit that runs; negative is no bound.
 */
seerflow_status seerflow_store_close(const seerflow_store *store,
                                     int64_t timeout_ms,
                                     uint64_t *lost,
                                     seerflow_error **error);

/**
 * Destroys a store. One that was not closed is closed first, with a deadline of five seconds; nobody is told what could not be
 * stored. NULL is fine.
 *
 * Threads: no other call on the store may run. Fork: in a child of the process that used the store, only memory is
 * released.
 */
void seerflow_store_destroy(seerflow_store *store);

/**
 * Fills an event with its defaults. `size` is sizeof(seerflow_event_input).
 *
 * Threads: any.
 */
seerflow_status seerflow_event_init(seerflow_event_input *event, size_t size, seerflow_error **error);

/**
 * Fills write options with their defaults. `size` is sizeof(seerflow_write_options).
 *
 * Threads: any.
 */
seerflow_status seerflow_write_options_init(seerflow_write_options *options,
                                            size_t size,
                                            seerflow_error **error);

/**
 * Writes events given as structs. `event_size` is sizeof(seerflow_event_input), the distance from one to the next.
 *
 * The batch is accepted into bounded memory, or, durable, committed when the call returns. An event that cannot be stored
 * (a severity out of range, an id that is no UUID) is kept as a dead letter; `result` tells which and why, and the others
 * are stored. `*consumed` gets the number of events that were taken: fewer than `count` when the queue stayed full until the
 * deadline. `options`, `consumed` and `result` may be NULL.
 *
 * SEERFLOW_STATUS_AGAIN: the queue stayed full, or the database was not open in time; nothing was taken.
 * SEERFLOW_STATUS_TIMEOUT and SEERFLOW_STATUS_INTERRUPTED, durable: not everything was committed in time. The events before
 * `*consumed` are stored or stay in the queue, and are stored later; those after it were not taken. With `options->withdraw` only
 * events that a running transaction holds stay in the queue.
 * SEERFLOW_STATUS_CLOSED, durable: the store was closed before everything was committed.
 * A call that fails after it took events writes `*consumed` and `*result` too: the result tells how many events are committed,
 * queued and withdrawn. seerflow_error_retriable tells whether to send the input from `*consumed` on again.
 * SEERFLOW_STATUS_INVALID: pointers, lengths or sizes that cannot be; nothing was taken.
 *
 * Threads: any number at once. Blocking: at most `options->timeout_ms`; the call that opens the database may wait up to a second
 * for that, and one that withdraws up to half a second after its deadline for a transaction that holds some of its events.
 * Ownership: the events stay the caller's; the caller destroys the result.
 */
seerflow_status seerflow_store_write_events(const seerflow_store *store,
                                            const seerflow_event_input *events,
                                            size_t event_size,
                                            size_t count,
                                            const seerflow_write_options *options,
                                            size_t *consumed,
                                            seerflow_result **result,
                                            seerflow_error **error);

/**
 * Writes events given as msgpack: maps one after the other, or one array of them. Keys are the names of the fields, as in
 * seerflow_event_input; other keys become attributes.
 *
 * `*consumed` gets the number of bytes that were taken. The rest is an incomplete last map, unless
 * `options->complete`, or did not fit the queue: give it again later. A value that is no map is a dead letter; an incomplete map of
 * more than `storage.max_event_bytes`, and what has no map behind it, is one with all that is there behind it, for nothing tells where
 * the next one begins: end the stream then, since bytes that follow begin inside of a record. All else is as for
 * seerflow_store_write_events.
 */
seerflow_status seerflow_store_write_msgpack(const seerflow_store *store,
                                             const void *data,
                                             size_t length,
                                             const seerflow_write_options *options,
                                             size_t *consumed,
                                             seerflow_result **result,
                                             seerflow_error **error);

/**
 * Writes events given as JSON, one object a line. Keys are the names of the fields, as in seerflow_event_input; objects
 * as other programs log them (zap, pino, logstash, docker) are understood too.
 *
 * `*consumed` gets the number of bytes that were taken. The rest is an incomplete last line, unless
 * `options->complete`, or did not fit the queue: give it again later, with more input behind it. A line longer than
 * `storage.max_event_bytes` is one dead letter, also when it comes in pieces: while it is incomplete, calls take its first bytes and
 * leave the last `storage.max_event_bytes` + 2, by which the line is known when its end comes. A buffer of twice that size
 * always has room. All else is as for seerflow_store_write_events.
 */
seerflow_status seerflow_store_write_ndjson(const seerflow_store *store,
                                            const void *data,
                                            size_t length,
                                            const seerflow_write_options *options,
                                            size_t *consumed,
                                            seerflow_result **result,
                                            seerflow_error **error);

/**
 * Writes log lines: syslog (RFC 5424, RFC 3164), application and web server logs. What a line's header says becomes
 * fields; a line of no known format is stored as its message. Bytes that are not UTF-8 are accepted.
 *
 * `*consumed` gets the number of bytes that were taken. The rest is an incomplete last line, unless
 * `options->complete`, or did not fit the queue: give it again later, with more input behind it. A line longer than
 * `storage.max_event_bytes` is one dead letter, also when it comes in pieces: while it is incomplete, calls take its first bytes and
 * leave the last `storage.max_event_bytes` + 2, by which the line is known when its end comes. A buffer of twice that size
 * always has room. All else is as for seerflow_store_write_events.
 */
seerflow_status seerflow_store_write_lines(const seerflow_store *store,
                                           const void *data,
                                           size_t length,
                                           const seerflow_write_options *options,
                                           size_t *consumed,
                                           seerflow_result **result,
                                           seerflow_error **error);

/**
 * Writes the log records of one OpenTelemetry request: an ExportLogsServiceRequest or LogsData as protobuf, as OTLP's gRPC and
 * HTTP carry it. Time (else observed time), severity, body, attributes, resource, scope, trace and event name become fields;
 * attributes that name users, addresses, hosts, processes, files and domains become the event's entities.
 *
 * A request is taken whole or, with SEERFLOW_STATUS_AGAIN, not at all. (One of more than 262,144 records, or whose events take
 * more than 64 MiB, is taken in parts: send it again with the same batch key.) A record that is damaged is kept as a dead
 * letter, the others are stored. `options->source_type` is that of records without `service.name`, "otlp" if it is not given.
 *
 * Each event has the attributes of its resource and scope. What the events of a request repeat of them is bounded by 1 MiB and 64
 * times the request: events beyond that go without, and tell by the attribute `seerflow.omitted_attributes` how many. A
 * resource or scope of more than `storage.max_event_bytes` makes dead letters of its records. All else is as for
 * seerflow_store_write_events.
 */
seerflow_status seerflow_store_write_otlp(const seerflow_store *store,
                                          const void *data,
                                          size_t length,
                                          const seerflow_write_options *options,
                                          size_t *consumed,
                                          seerflow_result **result,
                                          seerflow_error **error);

/**
 * Writes the log records of OpenTelemetry requests in JSON, one after the other, as OTLP's HTTP carries one and the collector's
 * file exporter writes many.
 *
 * `*consumed` gets the number of bytes that were taken. The rest is an incomplete last request, unless
 * `options->complete`, or did not fit the queue: give it again later. More than 64 MiB of an incomplete one are a dead letter.
 * All else is as for seerflow_store_write_otlp.
 */
seerflow_status seerflow_store_write_otlp_json(const seerflow_store *store,
                                               const void *data,
                                               size_t length,
                                               const seerflow_write_options *options,
                                               size_t *consumed,
                                               seerflow_result **result,
                                               seerflow_error **error);

/**
 * Writes records of Fluent Forward, as Fluent Bit hands them to an output: msgpack arrays `[time, map]` or
 * `[[time, metadata], map]`, groups of them between marks, and the messages of Forward's modes (Message, Forward,
 * PackedForward, CompressedPackedForward). A map's usual keys (log, message, level, host, user, pid) become fields.
 *
 * `*consumed` gets the number of bytes that were taken. The rest is an incomplete last record, message or group, unless
 * `options->complete`, or did not fit the queue: give it again later. A message and a group are taken whole,
 * as a request is by seerflow_store_write_otlp.
 *
 * An incomplete record of more than `storage.max_event_bytes`, an incomplete message of more than 64 MiB (256 MiB if its records are
 * packed) and what is none of all this is a dead letter with all that is there behind it: end the stream then, since bytes that
 * follow begin inside of a record. Records of a group without an end
 * within 64 MiB are taken, and a dead letter tells that those behind them are read without it. What the events of a message or
 * a group repeat of its tag, resource and scope is bounded as for seerflow_store_write_otlp. All else is as for
 * seerflow_store_write_events.
 */
seerflow_status seerflow_store_write_fluent(const seerflow_store *store,
                                            const void *data,
                                            size_t length,
                                            const seerflow_write_options *options,
                                            size_t *consumed,
                                            seerflow_result **result,
                                            seerflow_error **error);

/**
 * Returns the number of events that were accepted: those committed, duplicates and queued. After SEERFLOW_STATUS_CLOSED the rest of
 * them is lost.
 */
uint64_t seerflow_result_accepted(const seerflow_result *result);

/**
 * Returns how many of the accepted events are committed and were new. Known after a durable write; else 0.
 */
uint64_t seerflow_result_committed(const seerflow_result *result);

/**
 * Returns how many of the accepted events were in the queue or in a transaction when the call ended. They are stored later: 0 after
 * a durable write that answered SEERFLOW_STATUS_OK.
 */
uint64_t seerflow_result_queued(const seerflow_result *result);

/**
 * Returns how many events were taken back, see `withdraw` of seerflow_write_options. They are not among the accepted and not stored.
 */
uint64_t seerflow_result_withdrawn(const seerflow_result *result);

/** Returns how many events lacked the record key that `record_key_field` names, and got an ordinary id. */
uint64_t seerflow_result_unkeyed(const seerflow_result *result);

/**
 * Returns how many of the accepted events had an event_id that was stored before. Known after a durable write; else 0.
 */
uint64_t seerflow_result_duplicates(const seerflow_result *result);

/** Returns what the commit of a durable write survives; SEERFLOW_DURABILITY_NONE for another write. */
seerflow_durability seerflow_result_durability(const seerflow_result *result);

/** Returns the number of records that could not become events and are kept as dead letters. */
size_t seerflow_result_rejected_count(const seerflow_result *result);

/**
 * Tells a rejected record, by a number from 0: its index in the input (plus `options->first_index`), empty lines not
 * counted, and why it was rejected. `index` and `reason` may be NULL. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: the reason lives as long as the result.
 */
seerflow_status seerflow_result_rejected_at(const seerflow_result *result,
                                            size_t position,
                                            uint64_t *index,
                                            const char **reason,
                                            seerflow_error **error);

/** Destroys a result. NULL is fine. */
void seerflow_result_destroy(seerflow_result *result);

/**
 * Makes a lowered flag.
 *
 * Ownership: the caller destroys it.
 */
seerflow_status seerflow_interrupt_new(seerflow_interrupt **interrupt, seerflow_error **error);

/**
 * Raises the flag.
 *
 * Threads: any number at once, while calls use the flag. Blocking: never. It is not for signal handlers.
 */
seerflow_status seerflow_interrupt_raise(const seerflow_interrupt *interrupt);

/**
 * Lowers the flag, for use by further calls.
 *
 * Threads: any number at once. Blocking: never.
 */
seerflow_status seerflow_interrupt_reset(const seerflow_interrupt *interrupt);

/** Destroys a flag. Calls and queries that were given it keep what they need of it. NULL is fine. */
void seerflow_interrupt_destroy(seerflow_interrupt *interrupt);

/**
 * Makes a queue.
 *
 * Ownership: the caller destroys it.
 */
seerflow_status seerflow_queue_new(seerflow_queue **queue, seerflow_error **error);

/**
 * Tells a file descriptor that is readable while completions wait, for poll(), epoll and event loops. It is not to be
 * read, written or closed. SEERFLOW_STATUS_UNSUPPORTED where there are no such descriptors.
 *
 * Threads: any number at once. Ownership: the descriptor is the queue's and lives as long as it.
 */
seerflow_status seerflow_queue_fd(const seerflow_queue *queue,
                                  int32_t *fd,
                                  seerflow_error **error);

/**
 * Takes the next completion, waiting for one. SEERFLOW_STATUS_AGAIN if none waits and `timeout_ms` is 0,
 * SEERFLOW_STATUS_TIMEOUT if none came in time.
 *
 * Threads: any number at once; each completion goes to one. Blocking: at most `timeout_ms` milliseconds; negative is no
 * bound.
 */
seerflow_status seerflow_queue_next(const seerflow_queue *queue,
                                    int64_t timeout_ms,
                                    seerflow_completion *completion,
                                    seerflow_error **error);

/**
 * Destroys a queue. Completions that wait or come later are dropped; the writes are not touched. NULL is fine.
 *
 * Threads: no other call on the queue may run.
 */
void seerflow_queue_destroy(seerflow_queue *queue);

/**
 * Makes a query for the newest 100 events of all.
 *
 * Ownership: the caller destroys it.
 */
seerflow_status seerflow_query_new(seerflow_query **query, seerflow_error **error);

/**
 * Sets the time window: from `from_ns` up to, but not including, `to_ns`, in nanoseconds since 1970-01-01 UTC. INT64_MIN and
 * INT64_MAX are no bounds.
 */
seerflow_status seerflow_query_set_time_range(seerflow_query *query,
                                              int64_t from_ns,
                                              int64_t to_ns,
                                              seerflow_error **error);

/** Asks for exactly this source type; NULL for any. */
seerflow_status seerflow_query_set_source_type(seerflow_query *query,
                                               const char *source_type,
                                               seerflow_error **error);

/** Asks for exactly this source id; NULL for any. */
seerflow_status seerflow_query_set_source_id(seerflow_query *query,
                                             const char *source_id,
                                             seerflow_error **error);

/** Asks for this severity, 0 to 6, or a higher one; -1 for any. */
seerflow_status seerflow_query_set_min_severity(seerflow_query *query,
                                                int64_t min_severity,
                                                seerflow_error **error);

/** Asks for exactly this template; INT64_MIN for any. */
seerflow_status seerflow_query_set_template(seerflow_query *query,
                                            int64_t template_id,
                                            seerflow_error **error);

/** Asks for events that touch the entity with this id, as seerflow_entity_id makes it; NULL for any. */
seerflow_status seerflow_query_set_entity(seerflow_query *query,
                                          const char *entity_id,
                                          seerflow_error **error);

/**
 * Asks for messages with all these words, in any inflection; words in double quotes must stand side by side. Other signs
 * have no meaning. NULL for any message.
 */
seerflow_status seerflow_query_set_text(seerflow_query *query,
                                        const char *text,
                                        seerflow_error **error);

/**
 * Sets the number of events a page, 1 to 100,000; 100 is the default. A page ends earlier at `storage.page_bytes`.
 */
seerflow_status seerflow_query_set_limit(seerflow_query *query,
                                         uint32_t limit,
                                         seerflow_error **error);

/**
 * Sets which page, counted from 1. It costs what it skips: prefer a cursor. The two exclude each other. If a page ends early at
 * `storage.page_bytes`, only its next cursor leads to the rest of it.
 */
seerflow_status seerflow_query_set_page(seerflow_query *query,
                                        uint32_t page,
                                        seerflow_error **error);

/** Sets the order. */
seerflow_status seerflow_query_set_order(seerflow_query *query, seerflow_order order, seerflow_error **error);

/**
 * Goes on where a page ended: with its seerflow_page_next_cursor, the filters and the order being the same. Its
 * seerflow_page_last_cursor does too, for events that come later. NULL to begin at the beginning.
 */
seerflow_status seerflow_query_set_cursor(seerflow_query *query,
                                          const char *token,
                                          seerflow_error **error);

/** Has matching events counted. `cap` is the bound of SEERFLOW_TOTAL_CAPPED, else it is ignored. */
seerflow_status seerflow_query_set_total(seerflow_query *query,
                                         seerflow_total mode,
                                         uint64_t cap,
                                         seerflow_error **error);

/**
 * Sets how long an answer may take, in milliseconds; negative is no bound. SEERFLOW_DEFAULT_TIMEOUT_MS is the default.
 */
seerflow_status seerflow_query_set_timeout(seerflow_query *query,
                                           int64_t timeout_ms,
                                           seerflow_error **error);

/**
 * Has answers stopped when this flag is raised; NULL for none.
 *
 * Ownership: the flag stays the caller's, who may destroy it at any time.
 */
seerflow_status seerflow_query_set_interrupt(seerflow_query *query,
                                             const seerflow_interrupt *interrupt,
                                             seerflow_error **error);

/** Destroys a query. NULL is fine. */
void seerflow_query_destroy(seerflow_query *query);

/**
 * Answers a query with one page of what is committed.
 *
 * Threads: any number at once. Blocking: at most about the query's timeout. Ownership: the caller destroys the page.
 */
seerflow_status seerflow_store_query_events(const seerflow_store *store,
                                            const seerflow_query *query,
                                            seerflow_page **page,
                                            seerflow_error **error);

/**
 * Answers with the newest events whose messages match, at most `limit` (1 to 100,000) of them; see seerflow_query_set_text.
 *
 * Threads: any number at once. Blocking: at most about SEERFLOW_DEFAULT_TIMEOUT_MS. Ownership: the caller destroys the page.
 */
seerflow_status seerflow_store_search(const seerflow_store *store,
                                      const char *text,
                                      uint32_t limit,
                                      seerflow_page **page,
                                      seerflow_error **error);

/** Returns the number of events; 0 for NULL. */
size_t seerflow_page_count(const seerflow_page *page);

/**
 * Returns an event, by a number from 0; NULL behind the last one.
 *
 * Ownership: the event is the page's and lives as long as it.
 */
const seerflow_event *seerflow_page_event(const seerflow_page *page, size_t index);

/**
 * Tells how many events match in all; returns false, and writes nothing, if the query did not ask for it.
 */
bool seerflow_page_total(const seerflow_page *page, uint64_t *total);

/**
 * Returns where the next page begins, for seerflow_query_set_cursor; NULL if this page was the last.
 *
 * Ownership: the text lives as long as the page.
 */
const char *seerflow_page_next_cursor(const seerflow_page *page);

/**
 * Returns the place of the page's last event, for asking later what came after it; NULL for an empty page.
 *
 * Ownership: the text lives as long as the page.
 */
const char *seerflow_page_last_cursor(const seerflow_page *page);

/**
 * Lends the page as one buffer: the events' msgpack maps one after the other, and for each of the `*count` events the
 * offset one past its last byte. Each of the four may be NULL.
 *
 * Ownership: both arrays live as long as the page.
 */
seerflow_status seerflow_page_data(const seerflow_page *page,
                                   const uint8_t **data,
                                   size_t *length,
                                   const size_t **ends,
                                   size_t *count,
                                   seerflow_error **error);

/**
 * Lends the page as JSON, one object and a line end for each event, ended in NUL. It is made at the first call.
 *
 * Threads: any number at once. Ownership: the text lives as long as the page.
 */
seerflow_status seerflow_page_ndjson(const seerflow_page *page,
                                     const char **text,
                                     size_t *length,
                                     seerflow_error **error);

/** Destroys a page, and with it its events. NULL is fine. */
void seerflow_page_destroy(seerflow_page *page);

/**
 * Returns a field's name, its key in msgpack and JSON; NULL for a number that is none.
 *
 * Threads: any. Ownership: the text is static.
 */
const char *seerflow_field_name(seerflow_field field);

/**
 * Reads an integer or a time field; times are nanoseconds since 1970-01-01 UTC. SEERFLOW_STATUS_INVALID for a field of
 * another kind.
 */
seerflow_status seerflow_event_get_int(const seerflow_event *event,
                                       seerflow_field field,
                                       int64_t *value,
                                       seerflow_error **error);

/** Reads a float field. SEERFLOW_STATUS_INVALID for a field of another kind. */
seerflow_status seerflow_event_get_float(const seerflow_event *event,
                                         seerflow_field field,
                                         double *value,
                                         seerflow_error **error);

/**
 * Reads a text field. One that may be absent and is (trace_id, span_id) has `data` NULL. SEERFLOW_STATUS_INVALID for a
 * field of another kind.
 *
 * Ownership: the text lives as long as the page. It does not end in NUL.
 */
seerflow_status seerflow_event_get_text(const seerflow_event *event,
                                        seerflow_field field,
                                        seerflow_str *value,
                                        seerflow_error **error);

/** Writes the event's id as 36 characters and a NUL. `out` has room for SEERFLOW_ID_SIZE bytes. */
seerflow_status seerflow_event_get_id(const seerflow_event *event, char *out, seerflow_error **error);

/** Tells how many texts a list field has. SEERFLOW_STATUS_INVALID for a field of another kind. */
seerflow_status seerflow_event_get_list_count(const seerflow_event *event,
                                              seerflow_field field,
                                              size_t *count,
                                              seerflow_error **error);

/**
 * Reads a text of a list field, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: the text lives as long as the page. It does not end in NUL.
 */
seerflow_status seerflow_event_get_list_at(const seerflow_event *event,
                                           seerflow_field field,
                                           size_t index,
                                           seerflow_str *value,
                                           seerflow_error **error);

/**
 * Tells how many pairs SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS has. SEERFLOW_STATUS_INVALID for
 * another field.
 */
seerflow_status seerflow_event_get_map_count(const seerflow_event *event,
                                             seerflow_field field,
                                             size_t *count,
                                             seerflow_error **error);

/**
 * Reads a pair of SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS, by a number from 0.
 * SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: key and value live as long as the page. They do not end in NUL.
 */
seerflow_status seerflow_event_get_map_at(const seerflow_event *event,
                                          seerflow_field field,
                                          size_t index,
                                          seerflow_attribute *attribute,
                                          seerflow_error **error);

/**
 * Lends a field of any kind as one msgpack value; `data` NULL and `length` 0 if it is absent.
 *
 * Ownership: the bytes live as long as the page.
 */
seerflow_status seerflow_event_get_msgpack(const seerflow_event *event,
                                           seerflow_field field,
                                           const uint8_t **data,
                                           size_t *length,
                                           seerflow_error **error);

/**
 * Lends the whole event as it is stored: one msgpack map.
 *
 * Ownership: the bytes live as long as the page.
 */
seerflow_status seerflow_event_msgpack(const seerflow_event *event,
                                       const uint8_t **data,
                                       size_t *length,
                                       seerflow_error **error);

/**
 * Lends the whole event as a JSON object on one line, ended in NUL. It is made at the first call. `length` may be NULL.
 *
 * Ownership: the text lives as long as the page.
 */
seerflow_status seerflow_event_json(const seerflow_event *event,
                                    const char **text,
                                    size_t *length,
                                    seerflow_error **error);

/**
 * Answers with one page of the events of the query's entity (seerflow_query_set_entity), oldest first, by its other filters; the
 * limit is at most 10,000. The query's order is not looked at. SEERFLOW_STATUS_INVALID for a query without an entity.
 *
 * Threads: any number at once. Blocking: at most about the query's timeout. Ownership: the caller destroys the page.
 */
seerflow_status seerflow_store_timeline(const seerflow_store *store,
                                        const seerflow_query *query,
                                        seerflow_page **page,
                                        seerflow_error **error);

/**
 * Finds an event by its id, a UUID as text, and answers with a page that has only that one. SEERFLOW_STATUS_NOT_FOUND if there is
 * none. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the page.
 */
seerflow_status seerflow_store_event(const seerflow_store *store,
                                     const char *event_id,
                                     int64_t timeout_ms,
                                     const seerflow_interrupt *interrupt,
                                     seerflow_page **page,
                                     seerflow_error **error);

/**
 * Lists the entities of an event, in the order of its entity_refs. SEERFLOW_STATUS_NOT_FOUND if there is no such event.
 * `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_event_entities(const seerflow_store *store,
                                              const char *event_id,
                                              int64_t timeout_ms,
                                              const seerflow_interrupt *interrupt,
                                              seerflow_event_entity_list **list,
                                              seerflow_error **error);

/**
 * Says what an entity's id stands for, by the newest event that names it: a list of one. SEERFLOW_STATUS_NOT_FOUND if no event
 * does. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_describe_entity(const seerflow_store *store,
                                               const char *entity_id,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               seerflow_event_entity_list **list,
                                               seerflow_error **error);

/** Returns the number of entities; 0 for NULL. */
size_t seerflow_event_entity_list_count(const seerflow_event_entity_list *list);

/**
 * Tells an entity, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_event_entity_list_at(const seerflow_event_entity_list *list,
                                              size_t index,
                                              seerflow_event_entity *entity,
                                              seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each entity, ended in NUL. It is made at the first call. `length` may
 * be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_event_entity_list_ndjson(const seerflow_event_entity_list *list,
                                                  const char **text,
                                                  size_t *length,
                                                  seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_event_entity_list_destroy(seerflow_event_entity_list *list);

/**
 * Lists the sources, hosts, templates, severities or entities with most events from one time up to, not including, another one,
 * at most `limit` (1 to 10,000) of them; equal numbers in the order of the value. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_count_by(const seerflow_store *store,
                                        seerflow_count_by by,
                                        int64_t from_ns,
                                        int64_t to_ns,
                                        uint32_t limit,
                                        int64_t timeout_ms,
                                        const seerflow_interrupt *interrupt,
                                        seerflow_counted_list **list,
                                        seerflow_error **error);

/**
 * Counts how many different sources, hosts, templates, severities or entities the events have from one time up to, not including,
 * another one. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_distinct(const seerflow_store *store,
                                        seerflow_count_by by,
                                        int64_t from_ns,
                                        int64_t to_ns,
                                        int64_t timeout_ms,
                                        const seerflow_interrupt *interrupt,
                                        uint64_t *distinct,
                                        seerflow_error **error);

/**
 * Counts the alerts from one time up to, not including, another one by their rule, most first, at most 10,000 rules. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_alerts_by_rule(const seerflow_store *store,
                                              int64_t from_ns,
                                              int64_t to_ns,
                                              int64_t timeout_ms,
                                              const seerflow_interrupt *interrupt,
                                              seerflow_counted_list **list,
                                              seerflow_error **error);

/**
 * Counts the alerts from one time up to, not including, another one by the name of their severity ("critical"; "unknown" for
 * numbers outside 0 to 6). `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_alerts_by_severity(const seerflow_store *store,
                                                  int64_t from_ns,
                                                  int64_t to_ns,
                                                  int64_t timeout_ms,
                                                  const seerflow_interrupt *interrupt,
                                                  seerflow_counted_list **list,
                                                  seerflow_error **error);

/** Returns the number of values; 0 for NULL. */
size_t seerflow_counted_list_count(const seerflow_counted_list *list);

/**
 * Tells a value, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_counted_list_at(const seerflow_counted_list *list,
                                         size_t index,
                                         seerflow_counted *counted,
                                         seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each value, ended in NUL. It is made at the first call. `length` may
 * be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_counted_list_ndjson(const seerflow_counted_list *list,
                                             const char **text,
                                             size_t *length,
                                             seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_counted_list_destroy(seerflow_counted_list *list);

/**
 * Counts the events from one time up to, not including, another one, per bucket of `bucket_ns` nanoseconds. Buckets begin at
 * multiples of their length; those of whole minutes are counted fastest. SEERFLOW_STATUS_LIMIT if the
 * buckets take more than `storage.page_bytes`.
 * `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the histogram.
 */
seerflow_status seerflow_store_histogram(const seerflow_store *store,
                                         int64_t from_ns,
                                         int64_t to_ns,
                                         int64_t bucket_ns,
                                         int64_t timeout_ms,
                                         const seerflow_interrupt *interrupt,
                                         seerflow_histogram **histogram,
                                         seerflow_error **error);

/**
 * Does what seerflow_store_histogram does for each source (SEERFLOW_COUNT_BY_SOURCE) or severity (SEERFLOW_COUNT_BY_SEVERITY) by
 * itself: buckets in the order of time, then of the value. SEERFLOW_STATUS_INVALID for another `split`.
 */
seerflow_status seerflow_store_split_histogram(const seerflow_store *store,
                                               seerflow_count_by split,
                                               int64_t from_ns,
                                               int64_t to_ns,
                                               int64_t bucket_ns,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               seerflow_histogram **histogram,
                                               seerflow_error **error);

/**
 * Counts the alerts from one time up to, not including, another one, per bucket of `bucket_ns` nanoseconds. Buckets begin at
 * multiples of their length. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the histogram.
 */
seerflow_status seerflow_store_alert_histogram(const seerflow_store *store,
                                               int64_t from_ns,
                                               int64_t to_ns,
                                               int64_t bucket_ns,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               seerflow_histogram **histogram,
                                               seerflow_error **error);

/** Returns the number of buckets; 0 for NULL. */
size_t seerflow_histogram_count(const seerflow_histogram *histogram);

/**
 * Tells a bucket, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its text lives as long as the histogram. It does not end in NUL.
 */
seerflow_status seerflow_histogram_at(const seerflow_histogram *histogram,
                                      size_t index,
                                      seerflow_bucket *bucket,
                                      seerflow_error **error);

/**
 * Lends the histogram as JSON, one object and a line end for each bucket, ended in NUL: {"start_ns": ..., "value": ..., "count":
 * ...}. It is made at the first call. `length` may be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the histogram.
 */
seerflow_status seerflow_histogram_ndjson(const seerflow_histogram *histogram,
                                          const char **text,
                                          size_t *length,
                                          seerflow_error **error);

/** Destroys a histogram. NULL is fine. */
void seerflow_histogram_destroy(seerflow_histogram *histogram);

/**
 * Adds templates, or adds to the statistics of those that are there; committed when it returns. `template_size` is
 * sizeof(seerflow_template), the distance from one to the next. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * templates stay the caller's.
 */
seerflow_status seerflow_store_write_templates(const seerflow_store *store,
                                               const seerflow_template *templates,
                                               size_t template_size,
                                               size_t count,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               seerflow_error **error);

/**
 * Does the same with templates as JSON, one object a line, with the names of seerflow_template's members. A line that is none is
 * SEERFLOW_STATUS_INVALID, and nothing is written.
 */
seerflow_status seerflow_store_write_templates_ndjson(const seerflow_store *store,
                                                      const void *data,
                                                      size_t length,
                                                      int64_t timeout_ms,
                                                      const seerflow_interrupt *interrupt,
                                                      seerflow_error **error);

/**
 * Lists templates by their number of events, largest first, at most `limit` (1 to 10,000) of them. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_templates(const seerflow_store *store,
                                         uint32_t limit,
                                         int64_t timeout_ms,
                                         const seerflow_interrupt *interrupt,
                                         seerflow_template_list **list,
                                         seerflow_error **error);

/**
 * Removes templates with fewer than `min_count` events; `*deleted` gets how many, and may be NULL. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_prune_templates(const seerflow_store *store,
                                               int64_t min_count,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               uint64_t *deleted,
                                               seerflow_error **error);

/**
 * Removes all templates; `*deleted` gets how many, and may be NULL. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_reset_templates(const seerflow_store *store,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               uint64_t *deleted,
                                               seerflow_error **error);

/** Returns the number of templates; 0 for NULL. */
size_t seerflow_template_list_count(const seerflow_template_list *list);

/**
 * Tells a template, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_template_list_at(const seerflow_template_list *list,
                                          size_t index,
                                          seerflow_template *template_out,
                                          seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each template, ended in NUL. It is made at the first call. `length` may
 * be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_template_list_ndjson(const seerflow_template_list *list,
                                              const char **text,
                                              size_t *length,
                                              seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_template_list_destroy(seerflow_template_list *list);

/**
 * Lists dead letters with numbers below `before_id`, newest first, at most `limit` of them. INT64_MAX begins with the newest;
 * the last one's number goes on, until a list is empty: one may end early at `storage.page_bytes`. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_dead_letters(const seerflow_store *store,
                                            int64_t before_id,
                                            uint32_t limit,
                                            int64_t timeout_ms,
                                            const seerflow_interrupt *interrupt,
                                            seerflow_dead_letter_list **list,
                                            seerflow_error **error);

/** Returns the number of dead letters in the list; 0 for NULL. */
size_t seerflow_dead_letter_list_count(const seerflow_dead_letter_list *list);

/**
 * Tells a dead letter, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_dead_letter_list_at(const seerflow_dead_letter_list *list,
                                             size_t index,
                                             seerflow_dead_letter *dead_letter,
                                             seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each dead letter, ended in NUL. It is made at the first call. A payload
 * that is not UTF-8 is {"$bin": base64}. `length` may be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_dead_letter_list_ndjson(const seerflow_dead_letter_list *list,
                                                 const char **text,
                                                 size_t *length,
                                                 seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_dead_letter_list_destroy(seerflow_dead_letter_list *list);

/**
 * Fills an alert with its defaults. `size` is sizeof(seerflow_alert).
 *
 * Threads: any.
 */
seerflow_status seerflow_alert_init(seerflow_alert *alert, size_t size, seerflow_error **error);

/**
 * Writes alerts given as structs, all of them or none; committed when it returns. `alert_size` is sizeof(seerflow_alert), the
 * distance from one to the next. `interrupt` and `results` may be NULL.
 *
 * An alert whose dedup_key is stored, with a time at most `window_ns` nanoseconds away in either direction, is another
 * occurrence of that alert: its dedup_count goes up and its time stays. Outside the window the count begins at 1 again. In both
 * cases id and details are those of the alert that is written; a verdict stays. SEERFLOW_DEDUP_WINDOW_NS is Seerflow's window;
 * with a negative one every alert is new. `*results` tells for each alert whether it is new: whether somebody should be told.
 *
 * SEERFLOW_STATUS_INVALID: an alert is outside what its members accept; the message says which and why.
 * SEERFLOW_STATUS_CONFLICT: an alert_id is stored with another dedup_key.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the alerts
 * stay the caller's; the caller destroys the results.
 */
seerflow_status seerflow_store_write_alerts(const seerflow_store *store,
                                            const seerflow_alert *alerts,
                                            size_t alert_size,
                                            size_t count,
                                            int64_t window_ns,
                                            int64_t timeout_ms,
                                            const seerflow_interrupt *interrupt,
                                            seerflow_alert_result_list **results,
                                            seerflow_error **error);

/**
 * Writes alerts given as JSON, one object a line, with the names of seerflow_alert's members; what is left out has its default.
 * Empty lines are skipped, unknown names ignored. All else is as for seerflow_store_write_alerts.
 */
seerflow_status seerflow_store_write_alerts_ndjson(const seerflow_store *store,
                                                   const void *data,
                                                   size_t length,
                                                   int64_t window_ns,
                                                   int64_t timeout_ms,
                                                   const seerflow_interrupt *interrupt,
                                                   seerflow_alert_result_list **results,
                                                   seerflow_error **error);

/** Returns the number of alerts that were written; 0 for NULL. */
size_t seerflow_alert_result_list_count(const seerflow_alert_result_list *list);

/**
 * Tells what became of an alert, by its number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its text lives as long as the list. It does not end in NUL.
 */
seerflow_status seerflow_alert_result_list_at(const seerflow_alert_result_list *list,
                                              size_t index,
                                              seerflow_alert_result *result,
                                              seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each alert, ended in NUL. It is made at the first call. `length` may be
 * NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_alert_result_list_ndjson(const seerflow_alert_result_list *list,
                                                  const char **text,
                                                  size_t *length,
                                                  seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_alert_result_list_destroy(seerflow_alert_result_list *list);

/**
 * Makes a query for the newest 100 alerts of all.
 *
 * Ownership: the caller destroys it.
 */
seerflow_status seerflow_alert_query_new(seerflow_alert_query **query, seerflow_error **error);

/**
 * Sets the time window: from `from_ns` up to, but not including, `to_ns`, in nanoseconds since 1970-01-01 UTC. INT64_MIN and
 * INT64_MAX are no bounds.
 */
seerflow_status seerflow_alert_query_set_time_range(seerflow_alert_query *query,
                                                    int64_t from_ns,
                                                    int64_t to_ns,
                                                    seerflow_error **error);

/** Asks for exactly this alert_type; NULL for any. */
seerflow_status seerflow_alert_query_set_type(seerflow_alert_query *query,
                                              const char *alert_type,
                                              seerflow_error **error);

/** Asks for this severity, 0 to 6, or a higher one; -1 for any. */
seerflow_status seerflow_alert_query_set_min_severity(seerflow_alert_query *query,
                                                      int64_t min_severity,
                                                      seerflow_error **error);

/** Asks for alerts about the entity with this id, as seerflow_entity_id makes it; NULL for any. */
seerflow_status seerflow_alert_query_set_entity(seerflow_alert_query *query,
                                                const char *entity_id,
                                                seerflow_error **error);

/** Asks for alerts with this MITRE ATT&CK tactic; NULL for any. */
seerflow_status seerflow_alert_query_set_tactic(seerflow_alert_query *query,
                                                const char *tactic,
                                                seerflow_error **error);

/**
 * Asks for alerts with this MITRE ATT&CK technique, in either case; a parent such as T1053 also finds its sub-techniques such as
 * T1053.005. NULL for any.
 */
seerflow_status seerflow_alert_query_set_technique(seerflow_alert_query *query,
                                                   const char *technique,
                                                   seerflow_error **error);

/**
 * Sets the number of alerts a page, 1 to 100,000; 100 is the default. A page ends earlier at `storage.page_bytes`.
 */
seerflow_status seerflow_alert_query_set_limit(seerflow_alert_query *query,
                                               uint32_t limit,
                                               seerflow_error **error);

/**
 * Sets which page, counted from 1. It costs what it skips: prefer a cursor. The two exclude each other. If a page ends early at
 * `storage.page_bytes`, only its next cursor leads to the rest of it.
 */
seerflow_status seerflow_alert_query_set_page(seerflow_alert_query *query,
                                              uint32_t page,
                                              seerflow_error **error);

/**
 * Goes on where a page ended: with its seerflow_alert_page_next_cursor, the filters being the same. NULL to begin at the beginning.
 */
seerflow_status seerflow_alert_query_set_cursor(seerflow_alert_query *query,
                                                const char *token,
                                                seerflow_error **error);

/** Has all matching alerts counted if `wanted` is not 0. Counting costs, and is off by default. */
seerflow_status seerflow_alert_query_set_total(seerflow_alert_query *query,
                                               int32_t wanted,
                                               seerflow_error **error);

/**
 * Sets how long an answer may take, in milliseconds; negative is no bound. SEERFLOW_DEFAULT_TIMEOUT_MS is the default.
 */
seerflow_status seerflow_alert_query_set_timeout(seerflow_alert_query *query,
                                                 int64_t timeout_ms,
                                                 seerflow_error **error);

/**
 * Has answers stopped when this flag is raised; NULL for none.
 *
 * Ownership: the flag stays the caller's, who may destroy it at any time.
 */
seerflow_status seerflow_alert_query_set_interrupt(seerflow_alert_query *query,
                                                   const seerflow_interrupt *interrupt,
                                                   seerflow_error **error);

/** Destroys a query. NULL is fine. */
void seerflow_alert_query_destroy(seerflow_alert_query *query);

/**
 * Answers a query with one page of alerts, newest first.
 *
 * Threads: any number at once. Blocking: at most about the query's timeout. Ownership: the caller destroys the page.
 */
seerflow_status seerflow_store_query_alerts(const seerflow_store *store,
                                            const seerflow_alert_query *query,
                                            seerflow_alert_page **page,
                                            seerflow_error **error);

/**
 * Finds an alert by its id and answers with a page that has only that one. SEERFLOW_STATUS_NOT_FOUND if there is none: an alert
 * that occurred again has the id of its last occurrence. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the page.
 */
seerflow_status seerflow_store_alert(const seerflow_store *store,
                                     const char *alert_id,
                                     int64_t timeout_ms,
                                     const seerflow_interrupt *interrupt,
                                     seerflow_alert_page **page,
                                     seerflow_error **error);

/** Returns the number of alerts; 0 for NULL. */
size_t seerflow_alert_page_count(const seerflow_alert_page *page);

/**
 * Tells an alert, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts and lists live as long as the page. Texts do not end in NUL.
 */
seerflow_status seerflow_alert_page_at(const seerflow_alert_page *page,
                                       size_t index,
                                       seerflow_alert *alert,
                                       seerflow_error **error);

/**
 * Tells how many alerts match in all; returns false, and writes nothing, if the query did not ask for it.
 */
bool seerflow_alert_page_total(const seerflow_alert_page *page, uint64_t *total);

/**
 * Returns where the next page begins, for seerflow_alert_query_set_cursor; NULL if this page was the last.
 *
 * Ownership: the text lives as long as the page.
 */
const char *seerflow_alert_page_next_cursor(const seerflow_alert_page *page);

/**
 * Lends the page as JSON, one object and a line end for each alert, ended in NUL. It is made at the first call. `length` may be
 * NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the page.
 */
seerflow_status seerflow_alert_page_ndjson(const seerflow_alert_page *page,
                                           const char **text,
                                           size_t *length,
                                           seerflow_error **error);

/** Destroys a page. NULL is fine. */
void seerflow_alert_page_destroy(seerflow_alert_page *page);

/**
 * Fills a verdict with its defaults. `size` is sizeof(seerflow_feedback).
 *
 * Threads: any.
 */
seerflow_status seerflow_feedback_init(seerflow_feedback *feedback, size_t size, seerflow_error **error);

/**
 * Puts a verdict on an alert and into the audit trail, both or neither; committed when it returns. `interrupt` may be NULL.
 *
 * SEERFLOW_STATUS_NOT_FOUND: there is no such alert; nothing is written.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * verdict stays the caller's.
 */
seerflow_status seerflow_store_update_feedback(const seerflow_store *store,
                                               const seerflow_feedback *feedback,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               seerflow_error **error);

/**
 * Adds a verdict to the audit trail only, whether its alert is there or not; committed when it returns. `interrupt` may be
 * NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * verdict stays the caller's.
 */
seerflow_status seerflow_store_append_feedback(const seerflow_store *store,
                                               const seerflow_feedback *feedback,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               seerflow_error **error);

/**
 * Counts the alerts that were judged. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_feedback_stats(const seerflow_store *store,
                                              int64_t timeout_ms,
                                              const seerflow_interrupt *interrupt,
                                              seerflow_feedback_stats *stats,
                                              seerflow_error **error);

/**
 * Lists the audit trail of one alert, or of all if `alert_id` is NULL, newest first: a page, counted from 1, of at most `limit` (1
 * to 100,000) verdicts. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_feedback(const seerflow_store *store,
                                        const char *alert_id,
                                        uint32_t page,
                                        uint32_t limit,
                                        int64_t timeout_ms,
                                        const seerflow_interrupt *interrupt,
                                        seerflow_feedback_list **list,
                                        seerflow_error **error);

/** Returns the number of verdicts; 0 for NULL. */
size_t seerflow_feedback_list_count(const seerflow_feedback_list *list);

/**
 * Tells a verdict, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_feedback_list_at(const seerflow_feedback_list *list,
                                          size_t index,
                                          seerflow_feedback *feedback,
                                          seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each verdict, ended in NUL. It is made at the first call. `length`
 * may be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_feedback_list_ndjson(const seerflow_feedback_list *list,
                                              const char **text,
                                              size_t *length,
                                              seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_feedback_list_destroy(seerflow_feedback_list *list);

/**
 * Groups the true positives by type, rule and kind of entity: the patterns with most alerts, at most `limit` (1 to 100,000) of
 * them. The latest verdict of each alert counts, if it was given from `from_ns` up to, but not including, `to_ns`. Patterns of fewer alerts
 * than `min_count` are left out; each tells the ids of up to `max_alerts` of its alerts. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_alert_patterns(const seerflow_store *store,
                                              int64_t from_ns,
                                              int64_t to_ns,
                                              uint64_t min_count,
                                              uint32_t limit,
                                              uint32_t max_alerts,
                                              int64_t timeout_ms,
                                              const seerflow_interrupt *interrupt,
                                              seerflow_alert_pattern_list **list,
                                              seerflow_error **error);

/** Returns the number of patterns; 0 for NULL. */
size_t seerflow_alert_pattern_list_count(const seerflow_alert_pattern_list *list);

/**
 * Tells a pattern, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_alert_pattern_list_at(const seerflow_alert_pattern_list *list,
                                               size_t index,
                                               seerflow_alert_pattern *pattern,
                                               seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each pattern, ended in NUL. It is made at the first call. `length`
 * may be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_alert_pattern_list_ndjson(const seerflow_alert_pattern_list *list,
                                                   const char **text,
                                                   size_t *length,
                                                   seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_alert_pattern_list_destroy(seerflow_alert_pattern_list *list);

/**
 * Saves a model under a key, in place of what is there; committed when it returns. The key is 1 to 256 ASCII characters, the data
 * at most 64 MiB. `*saved_at_ns` gets the time under which it is saved, in nanoseconds since 1970-01-01 UTC: later than that of
 * the model before. `interrupt` and `saved_at_ns` may be NULL.
 *
 * SEERFLOW_STATUS_LIMIT: the data is larger.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * data stays the caller's and is not copied.
 */
seerflow_status seerflow_store_save_model(const seerflow_store *store,
                                          const char *key,
                                          const void *data,
                                          size_t length,
                                          int64_t timeout_ms,
                                          const seerflow_interrupt *interrupt,
                                          int64_t *saved_at_ns,
                                          seerflow_error **error);

/**
 * Saves a model only if what is stored was saved at `expected_ns`, or, for SEERFLOW_TIME_ABSENT, if nothing is: of two writers
 * that loaded the same model one succeeds. All else is as for seerflow_store_save_model.
 *
 * SEERFLOW_STATUS_CONFLICT: something else is stored; nothing is changed. Load it and try again.
 */
seerflow_status seerflow_store_swap_model(const seerflow_store *store,
                                          const char *key,
                                          const void *data,
                                          size_t length,
                                          int64_t expected_ns,
                                          int64_t timeout_ms,
                                          const seerflow_interrupt *interrupt,
                                          int64_t *saved_at_ns,
                                          seerflow_error **error);

/**
 * Loads a model. SEERFLOW_STATUS_NOT_FOUND if there is none. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the model.
 */
seerflow_status seerflow_store_load_model(const seerflow_store *store,
                                          const char *key,
                                          int64_t timeout_ms,
                                          const seerflow_interrupt *interrupt,
                                          seerflow_model **model,
                                          seerflow_error **error);

/**
 * Lends a model's bytes. `length` may be NULL.
 *
 * Ownership: the bytes live as long as the model. They do not end in NUL.
 */
seerflow_status seerflow_model_data(const seerflow_model *model,
                                    const uint8_t **data,
                                    size_t *length,
                                    seerflow_error **error);

/**
 * Returns when a model was saved, for seerflow_store_swap_model, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT for
 * NULL.
 */
int64_t seerflow_model_updated_at(const seerflow_model *model);

/** Destroys a model. NULL is fine. */
void seerflow_model_destroy(seerflow_model *model);

/**
 * Removes a model. `*deleted` gets 1, or 0 if there was none; it may be NULL. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_delete_model(const seerflow_store *store,
                                            const char *key,
                                            int64_t timeout_ms,
                                            const seerflow_interrupt *interrupt,
                                            uint64_t *deleted,
                                            seerflow_error **error);

/**
 * Lists the models whose keys begin with `prefix`; all of them if it is NULL or "". `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_models(const seerflow_store *store,
                                      const char *prefix,
                                      int64_t timeout_ms,
                                      const seerflow_interrupt *interrupt,
                                      seerflow_model_list **list,
                                      seerflow_error **error);

/** Returns the number of models; 0 for NULL. */
size_t seerflow_model_list_count(const seerflow_model_list *list);

/**
 * Tells a model, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_model_list_at(const seerflow_model_list *list,
                                       size_t index,
                                       seerflow_model_entry *entry,
                                       seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each model, ended in NUL. It is made at the first call. `length` may
 * be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_model_list_ndjson(const seerflow_model_list *list,
                                           const char **text,
                                           size_t *length,
                                           seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_model_list_destroy(seerflow_model_list *list);

/**
 * Lists the state of every rule that has one. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_sigma_rules(const seerflow_store *store,
                                           int64_t timeout_ms,
                                           const seerflow_interrupt *interrupt,
                                           seerflow_sigma_rule_list **list,
                                           seerflow_error **error);

/**
 * Switches a rule on, or off if `enabled` is 0; committed when it returns. A rule without state gets one. `interrupt` may be
 * NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_enable_sigma_rule(const seerflow_store *store,
                                                 const char *rule_id,
                                                 int32_t enabled,
                                                 int64_t timeout_ms,
                                                 const seerflow_interrupt *interrupt,
                                                 seerflow_error **error);

/**
 * Adds matches to the counts of rules, all of them or none, and keeps for each the latest time; committed when it returns.
 * `match_size` is sizeof(seerflow_sigma_matches), the distance from one to the next. A rule without state gets one. `interrupt`
 * may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * matches stay the caller's.
 */
seerflow_status seerflow_store_add_sigma_matches(const seerflow_store *store,
                                                 const seerflow_sigma_matches *matches,
                                                 size_t match_size,
                                                 size_t count,
                                                 int64_t timeout_ms,
                                                 const seerflow_interrupt *interrupt,
                                                 seerflow_error **error);

/**
 * Does the same with matches as JSON, one object a line, with the names of seerflow_sigma_matches's members. A line that is none is
 * SEERFLOW_STATUS_INVALID, and nothing is written.
 */
seerflow_status seerflow_store_add_sigma_matches_ndjson(const seerflow_store *store,
                                                        const void *data,
                                                        size_t length,
                                                        int64_t timeout_ms,
                                                        const seerflow_interrupt *interrupt,
                                                        seerflow_error **error);

/** Returns the number of rules; 0 for NULL. */
size_t seerflow_sigma_rule_list_count(const seerflow_sigma_rule_list *list);

/**
 * Tells a rule, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_sigma_rule_list_at(const seerflow_sigma_rule_list *list,
                                            size_t index,
                                            seerflow_sigma_rule *rule,
                                            seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each rule, ended in NUL. It is made at the first call. `length` may
 * be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_sigma_rule_list_ndjson(const seerflow_sigma_rule_list *list,
                                                const char **text,
                                                size_t *length,
                                                seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_sigma_rule_list_destroy(seerflow_sigma_rule_list *list);

/**
 * Adds edges, or widens their time and adds to their counts, all of them or none; committed when it returns. `edge_size` is
 * sizeof(seerflow_edge), the distance from one to the next. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * edges stay the caller's.
 */
seerflow_status seerflow_store_upsert_edges(const seerflow_store *store,
                                            const seerflow_edge *edges,
                                            size_t edge_size,
                                            size_t count,
                                            int64_t timeout_ms,
                                            const seerflow_interrupt *interrupt,
                                            seerflow_error **error);

/**
 * Does the same with edges as JSON, one object a line, with the names of seerflow_edge's members. A line that is none is
 * SEERFLOW_STATUS_INVALID, and nothing is written.
 */
seerflow_status seerflow_store_upsert_edges_ndjson(const seerflow_store *store,
                                                   const void *data,
                                                   size_t length,
                                                   int64_t timeout_ms,
                                                   const seerflow_interrupt *interrupt,
                                                   seerflow_error **error);

/**
 * Removes the edges that were last seen before a time, in nanoseconds since 1970-01-01 UTC. `*deleted` gets how many, and may be
 * NULL. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_prune_edges(const seerflow_store *store,
                                           int64_t before_ns,
                                           int64_t timeout_ms,
                                           const seerflow_interrupt *interrupt,
                                           uint64_t *deleted,
                                           seerflow_error **error);

/**
 * Makes a cursor that stands before the first edge.
 *
 * Ownership: the caller destroys it.
 */
seerflow_status seerflow_edge_cursor_new(seerflow_edge_cursor **cursor, seerflow_error **error);

/** Destroys a cursor. NULL is fine. */
void seerflow_edge_cursor_destroy(seerflow_edge_cursor *cursor);

/**
 * Hands out the next edges behind a cursor, at most `limit` (1 to 100,000) of them, and moves the cursor behind them; an empty list
 * means that there are no more, a shorter one may have ended at `storage.page_bytes`. A call that fails leaves the cursor where it is. `interrupt` may be NULL.
 *
 * An edge that is there from the first call to the last is handed out once, as it is at that moment; writes go on in between.
 *
 * Threads: any number at once; those that share a cursor take turns. Blocking: at most about `timeout_ms` milliseconds; negative
 * is no bound. Ownership: the caller destroys the list.
 */
seerflow_status seerflow_store_next_edges(const seerflow_store *store,
                                          seerflow_edge_cursor *cursor,
                                          uint32_t limit,
                                          int64_t timeout_ms,
                                          const seerflow_interrupt *interrupt,
                                          seerflow_edge_list **list,
                                          seerflow_error **error);

/** Returns the number of edges; 0 for NULL. */
size_t seerflow_edge_list_count(const seerflow_edge_list *list);

/**
 * Tells an edge, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_edge_list_at(const seerflow_edge_list *list,
                                      size_t index,
                                      seerflow_edge *edge,
                                      seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each edge, ended in NUL. It is made at the first call. `length` may
 * be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_edge_list_ndjson(const seerflow_edge_list *list,
                                          const char **text,
                                          size_t *length,
                                          seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_edge_list_destroy(seerflow_edge_list *list);

/**
 * Lists the neighbours of an entity, whichever way the edges point, at most `limit` of them. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_related_entities(const seerflow_store *store,
                                                const char *entity_id,
                                                uint32_t limit,
                                                int64_t timeout_ms,
                                                const seerflow_interrupt *interrupt,
                                                seerflow_related_list **list,
                                                seerflow_error **error);

/** Returns the number of neighbours; 0 for NULL. */
size_t seerflow_related_list_count(const seerflow_related_list *list);

/**
 * Tells a neighbour, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_related_list_at(const seerflow_related_list *list,
                                         size_t index,
                                         seerflow_related *related,
                                         seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each neighbour, ended in NUL. It is made at the first call. `length`
 * may be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_related_list_ndjson(const seerflow_related_list *list,
                                             const char **text,
                                             size_t *length,
                                             seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_related_list_destroy(seerflow_related_list *list);

/** Returns the number of entities; 0 for NULL. */
size_t seerflow_neighbour_list_count(const seerflow_neighbour_list *list);

/**
 * Tells an entity, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its id lives as long as the list. It does not end in NUL.
 */
seerflow_status seerflow_neighbour_list_at(const seerflow_neighbour_list *list,
                                           size_t index,
                                           seerflow_neighbour *neighbour,
                                           seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each entity, ended in NUL. It is made at the first call. `length`
 * may be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_neighbour_list_ndjson(const seerflow_neighbour_list *list,
                                               const char **text,
                                               size_t *length,
                                               seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_neighbour_list_destroy(seerflow_neighbour_list *list);

/**
 * Adds edges to the entity graph, which `storage.graph_backend` chooses, all of them or none. Questions to the graph see them
 * when it returns. `edge_size` is sizeof(seerflow_edge), the distance from one to the next. `interrupt` may be NULL.
 *
 * With `durable` they are committed when it returns. Without it the graph in memory commits them in the background, within
 * `storage.flush_interval_ms`; seerflow_store_flush waits for that. Edges between the same entities are joined on the way.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Without `durable` it
 * waits only while too many edges wait for their commit: then SEERFLOW_STATUS_AGAIN. Ownership: the edges stay the caller's.
 */
seerflow_status seerflow_store_graph_add_edges(const seerflow_store *store,
                                               const seerflow_edge *edges,
                                               size_t edge_size,
                                               size_t count,
                                               bool durable,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               seerflow_error **error);

/**
 * Does the same with edges as JSON, one object a line, with the names of seerflow_edge's members. A line that is none is
 * SEERFLOW_STATUS_INVALID, and nothing is added.
 */
seerflow_status seerflow_store_graph_add_edges_ndjson(const seerflow_store *store,
                                                      const void *data,
                                                      size_t length,
                                                      bool durable,
                                                      int64_t timeout_ms,
                                                      const seerflow_interrupt *interrupt,
                                                      seerflow_error **error);

/**
 * Lists the entities within `depth` steps of an entity, whichever way edges point, by distance, then id; without itself. Only over
 * edges of these `rel_type_count` relations, unless that is 0. An unknown entity has no neighbours. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_graph_neighbours(const seerflow_store *store,
                                                const char *entity_id,
                                                uint32_t depth,
                                                const seerflow_str *rel_types,
                                                size_t rel_type_count,
                                                int64_t timeout_ms,
                                                const seerflow_interrupt *interrupt,
                                                seerflow_neighbour_list **list,
                                                seerflow_error **error);

/**
 * Lists the entities on a shortest path between two, both ends included, each with its distance from the first: the path whose ids
 * are the smallest, if there are several. An empty list when there is none. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_graph_path(const seerflow_store *store,
                                          const char *from,
                                          const char *to,
                                          int64_t timeout_ms,
                                          const seerflow_interrupt *interrupt,
                                          seerflow_neighbour_list **list,
                                          seerflow_error **error);

/**
 * Tells an entity's surroundings: `*nodes` gets the entities within `depth` steps, itself included, by distance, then id; `*edges`
 * gets every edge between two of them. Both lists are empty for an unknown entity. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys both lists.
 */
seerflow_status seerflow_store_graph_subgraph(const seerflow_store *store,
                                              const char *entity_id,
                                              uint32_t depth,
                                              int64_t timeout_ms,
                                              const seerflow_interrupt *interrupt,
                                              seerflow_neighbour_list **nodes,
                                              seerflow_edge_list **edges,
                                              seerflow_error **error);

/**
 * Lists the neighbours of an entity with their relation, those seen most often first. Unlike seerflow_store_related_entities it
 * asks the graph, wherever that is. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the list.
 */
seerflow_status seerflow_store_graph_related(const seerflow_store *store,
                                             const char *entity_id,
                                             int64_t timeout_ms,
                                             const seerflow_interrupt *interrupt,
                                             seerflow_related_list **list,
                                             seerflow_error **error);

/**
 * Counts what the graph holds: `*vertices` gets the entities that an edge touches, `*edges` the edges. Either may be NULL.
 * `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_graph_counts(const seerflow_store *store,
                                            int64_t timeout_ms,
                                            const seerflow_interrupt *interrupt,
                                            uint64_t *vertices,
                                            uint64_t *edges,
                                            seerflow_error **error);

/**
 * Hands every edge of the graph to `callback`, in the order of source, target and relation, until it answers something else than 0.
 * `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds, and what the callback takes; negative is no
 * bound.
 */
seerflow_status seerflow_store_graph_each_edge(const seerflow_store *store,
                                               seerflow_edge_callback callback,
                                               void *user_data,
                                               int64_t timeout_ms,
                                               const seerflow_interrupt *interrupt,
                                               seerflow_error **error);

/**
 * Measures every entity of the graph and lists the first `limit`. `measure` is one of
 *
 * - "pagerank": by the direction of edges, damping 0.85; all add up to 1;
 * - "betweenness": the part of all pairs of others whose shortest paths go through it, estimated in a large graph;
 * - "fan_in", "fan_out", "ego_graph_size": how many others point to it, it points to, are next to it;
 * - "community_id", "component_id": its community or connected part, 0 being the largest; the largest come first.
 *
 * `interrupt` may be NULL.
 *
 * Threads: any number at once; betweenness uses a second thread of its own meanwhile. Blocking: at most about `timeout_ms`
 * milliseconds; negative is no bound. Ownership: the caller destroys the list.
 */
seerflow_status seerflow_store_graph_top(const seerflow_store *store,
                                         const char *measure,
                                         size_t limit,
                                         int64_t timeout_ms,
                                         const seerflow_interrupt *interrupt,
                                         seerflow_score_list **list,
                                         seerflow_error **error);

/**
 * Answers whether the graph can be reached now: SEERFLOW_STATUS_OK, or why not. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_graph_health(const seerflow_store *store,
                                            int64_t timeout_ms,
                                            const seerflow_interrupt *interrupt,
                                            seerflow_error **error);

/** Returns the number of scores; 0 for NULL. */
size_t seerflow_score_list_count(const seerflow_score_list *list);

/**
 * Tells a score, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: its texts live as long as the list. They do not end in NUL.
 */
seerflow_status seerflow_score_list_at(const seerflow_score_list *list,
                                       size_t index,
                                       seerflow_score *score,
                                       seerflow_error **error);

/**
 * Lends the list as JSON, one object and a line end for each score, ended in NUL. It is made at the first call. `length` may
 * be NULL.
 *
 * Threads: any number at once. Ownership: the text lives as long as the list.
 */
seerflow_status seerflow_score_list_ndjson(const seerflow_score_list *list,
                                           const char **text,
                                           size_t *length,
                                           seerflow_error **error);

/** Destroys a list. NULL is fine. */
void seerflow_score_list_destroy(seerflow_score_list *list);

/**
 * Fills prune options with their defaults: no bound. `size` is sizeof(seerflow_prune_options).
 *
 * Threads: any.
 */
seerflow_status seerflow_prune_options_init(seerflow_prune_options *options,
                                            size_t size,
                                            seerflow_error **error);

/**
 * Removes old events and dead letters; other writes go on in between. The event that arrived last stays. `report` and
 * `interrupt` may be NULL. One that is stopped has removed what it removed.
 *
 * The space goes back to the file system in a SQLite database that libseerflow made. One that Seerflow made keeps its size, and
 * new events use the space. On PostgreSQL partitions that are dropped whole give theirs back, rows leave it for new ones.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_prune(const seerflow_store *store,
                                     const seerflow_prune_options *options,
                                     int64_t timeout_ms,
                                     const seerflow_interrupt *interrupt,
                                     seerflow_prune_report *report,
                                     seerflow_error **error);

/**
 * Writes a consistent copy of a SQLite database to a new file, while reads and writes go on. `progress` and `interrupt` may be
 * NULL. The file is readable for its owner only, and has its name once it is complete and on the disk; nothing is replaced.
 * SEERFLOW_STATUS_INVALID: something has the name, a symbolic link included. SEERFLOW_STATUS_UNSUPPORTED: the database is
 * PostgreSQL's, which pg_dump and pg_basebackup copy.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_backup(const seerflow_store *store,
                                      const char *target,
                                      int64_t timeout_ms,
                                      const seerflow_interrupt *interrupt,
                                      seerflow_progress_callback progress,
                                      void *user_data,
                                      seerflow_error **error);

/**
 * Brings the write-ahead log into the database file and empties it where no reader needs it. It happens by itself too.
 *
 * Threads: any number at once. Blocking: for as long as that takes.
 */
seerflow_status seerflow_store_checkpoint(const seerflow_store *store,
                                          seerflow_error **error);

/**
 * Checks tables, the structure of the text index, and summaries, while writes go on. SEERFLOW_STATUS_OK says that the
 * check was made; what it found is in the findings. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the findings.
 */
seerflow_status seerflow_store_check(const seerflow_store *store,
                                     int64_t timeout_ms,
                                     const seerflow_interrupt *interrupt,
                                     seerflow_findings **findings,
                                     seerflow_error **error);

/**
 * Compares the text index with every message. SEERFLOW_STATUS_OK says that it was done; what it found is in the findings.
 * Other writes wait meanwhile, those of other programs too: more than a second for a million events, of which a running
 * Seerflow waits for five at the most. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound. Ownership: the
 * caller destroys the findings.
 */
seerflow_status seerflow_store_check_text(const seerflow_store *store,
                                          int64_t timeout_ms,
                                          const seerflow_interrupt *interrupt,
                                          seerflow_findings **findings,
                                          seerflow_error **error);

/** Returns the number of findings; 0 for NULL. */
size_t seerflow_findings_count(const seerflow_findings *findings);

/**
 * Tells a finding, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: the text lives as long as the findings.
 */
seerflow_status seerflow_findings_at(const seerflow_findings *findings,
                                     size_t index,
                                     const char **text,
                                     seerflow_error **error);

/** Destroys findings. NULL is fine. */
void seerflow_findings_destroy(seerflow_findings *findings);

/**
 * Says what is in the store. Where it is, seerflow_store_path says. `interrupt` may be NULL.
 *
 * Threads: any number at once. Blocking: at most about `timeout_ms` milliseconds; negative is no bound.
 */
seerflow_status seerflow_store_summary(const seerflow_store *store,
                                       int64_t timeout_ms,
                                       const seerflow_interrupt *interrupt,
                                       seerflow_summary *summary,
                                       seerflow_error **error);

/**
 * Computes the id under which Seerflow knows an entity, for seerflow_query_set_entity: 36 characters and a NUL. `out` has
 * room for SEERFLOW_ID_SIZE bytes. `type` is one of seerflow_entity_type.
 *
 * SEERFLOW_STATUS_NOT_FOUND for a value that has no id: an address that is none, an empty name.
 *
 * Threads: any.
 */
seerflow_status seerflow_entity_id(seerflow_entity_type type,
                                   seerflow_str value,
                                   char *out,
                                   seerflow_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SEERFLOW_H */

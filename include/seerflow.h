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

#ifndef SEERFLOW_H
#define SEERFLOW_H

/* Made by cbindgen from src/ffi. Do not edit: UPDATE_HEADER=1 cargo test --test header */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The version that a program is compiled against. seerflow_version() returns the version that it runs with. */
#define SEERFLOW_VERSION "1.0.0-rc.1"
/** The first number of the version. */
#define SEERFLOW_VERSION_MAJOR 1
/** The second number of the version. */
#define SEERFLOW_VERSION_MINOR 0
/** The third number of the version. */
#define SEERFLOW_VERSION_PATCH 0
/** The version as one number, for comparisons: 1.2.3 is 10203. */
#define SEERFLOW_VERSION_NUMBER (SEERFLOW_VERSION_MAJOR * 10000 + SEERFLOW_VERSION_MINOR * 100 + SEERFLOW_VERSION_PATCH)

/** An absent time. An event without a time gets the current time. */
#define SEERFLOW_TIME_ABSENT INT64_MIN

/** An attribute of every function. You may define it before including the header. */
#ifndef SEERFLOW_API
#define SEERFLOW_API
#endif
/** An attribute of functions whose return value must not be ignored. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define SEERFLOW_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#define SEERFLOW_NODISCARD __attribute__((warn_unused_result))
#else
#define SEERFLOW_NODISCARD
#endif
/** An attribute of functions that a later version will remove. */
#if defined(__GNUC__)
#define SEERFLOW_DEPRECATED __attribute__((deprecated))
#else
#define SEERFLOW_DEPRECATED
#endif

/**
 * The underlying type of an enumeration, in languages that can express it. The library validates every number it is
 * given.
 */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define SEERFLOW_ENUM(type) : type
#else
#define SEERFLOW_ENUM(type)
#endif
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
_Static_assert(sizeof(enum seerflow_enum_size { SEERFLOW_ENUM_SIZE }) == 4, "libseerflow does not work with -fshort-enums");
#endif

/**
 * Makes a seerflow_str of a NUL-terminated text. The macro evaluates its argument twice.
 *
 * Example: seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, SEERFLOW_STR("192.0.2.1"), id, &error).
 */
#ifdef __cplusplus
#define SEERFLOW_STR(text) (seerflow_str{(text), strlen(text)})
#else
#define SEERFLOW_STR(text) ((seerflow_str){(text), strlen(text)})
#endif

/** A field of an event. Each comment starts with the type of the field, which selects its getter. */
typedef enum seerflow_field SEERFLOW_ENUM(uint32_t) {
    /** Id. Id of the event; an id is stored once. Assigned if absent (time-ordered, UUID version 7 layout). */
    SEERFLOW_FIELD_EVENT_ID = 1,
    /** Int, nanoseconds. Time of the event. The current time if absent. */
    SEERFLOW_FIELD_TIMESTAMP_NS = 2,
    /** Int, nanoseconds. Time at which the collector saw the event. The current time if absent. */
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
    /** Text. The message, which text search covers. */
    SEERFLOW_FIELD_MESSAGE = 17,
    /** Msgpack. The record's structured body, any value. */
    SEERFLOW_FIELD_BODY = 18,
    /** Text. Kind of source: `syslog`, `sshd`, `nginx`. */
    SEERFLOW_FIELD_SOURCE_TYPE = 19,
    /** Text. The source, usually a host name. */
    SEERFLOW_FIELD_SOURCE_ID = 20,
    /** Text. Sigma logsource category. */
    SEERFLOW_FIELD_LOG_SOURCE_CATEGORY = 21,
    /** Text. Sigma logsource product. */
    SEERFLOW_FIELD_LOG_SOURCE_PRODUCT = 22,
    /** Text. Sigma logsource service. */
    SEERFLOW_FIELD_LOG_SOURCE_SERVICE = 23,
    /** Int. Id of the template (log pattern) that matched; -1 if none did. */
    SEERFLOW_FIELD_TEMPLATE_ID = 24,
    /** Text. The template's text, with `<*>` for each variable. */
    SEERFLOW_FIELD_TEMPLATE_STR = 25,
    /** List. The values of the template's variables. */
    SEERFLOW_FIELD_TEMPLATE_PARAMS = 26,
    /** List. Ids of the event's entities; computed from the related lists if empty. */
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
    /** Float. Risk score, 0 to 100 by convention. */
    SEERFLOW_FIELD_RISK_SCORE = 37,
    /** Float. Anomaly score, 0 to 1 by convention. */
    SEERFLOW_FIELD_ANOMALY_SCORE = 38,
    /** Float. Confidence, 0 to 1. */
    SEERFLOW_FIELD_CONFIDENCE = 39,
    /** Map. Other attributes of the record. */
    SEERFLOW_FIELD_ATTRIBUTES = 40,
    /** List. Free labels. */
    SEERFLOW_FIELD_TAGS = 41,
    /** Text. The original record, if the sender includes it. */
    SEERFLOW_FIELD_RAW_EVENT = 42,
    /** Map. Attributes of the resource (OpenTelemetry) that emitted the record. */
    SEERFLOW_FIELD_RESOURCE_ATTRS = 43,
} seerflow_field;

/** The version of the binary interface. It is incremented when programs must be compiled again. */
#define SEERFLOW_ABI_VERSION 1

/** The deadline of a call whose timeout is not set, in milliseconds. */
#define SEERFLOW_DEFAULT_TIMEOUT_MS 30000

/** The size of the reason in seerflow_health, including its NUL. */
#define SEERFLOW_REASON_SIZE 512

/** The size of a buffer for an id as text: 36 characters and a NUL. */
#define SEERFLOW_ID_SIZE 37

/** The deduplication window of Seerflow, in nanoseconds: 15 minutes. */
#define SEERFLOW_DEDUP_WINDOW_NS 900000000000

/** The size of `end_cursor` of seerflow_summary, including its NUL. Other cursors may be longer. */
#define SEERFLOW_CURSOR_SIZE 64

/**
 * The result of a call. Numbers are never reused; a later library may return numbers that are not listed here.
 */
typedef enum seerflow_status SEERFLOW_ENUM(int32_t) {
    /**
     * The call succeeded.
     */
    SEERFLOW_STATUS_OK = 0,
    /**
     * An argument or a record is not valid, or a handle is NULL, of another type, or destroyed.
     */
    SEERFLOW_STATUS_INVALID = 1,
    /**
     * The configuration has an unknown key, a bad value, or a variable that is not set.
     */
    SEERFLOW_STATUS_CONFIG = 2,
    /**
     * The record or index that was asked for does not exist.
     */
    SEERFLOW_STATUS_NOT_FOUND = 3,
    /**
     * The queue stayed full until the deadline, or no completion is available. Try again later.
     */
    SEERFLOW_STATUS_AGAIN = 4,
    /**
     * The deadline passed before the call finished.
     */
    SEERFLOW_STATUS_TIMEOUT = 5,
    /**
     * Another thread raised the call's interrupt.
     */
    SEERFLOW_STATUS_INTERRUPTED = 6,
    /**
     * The store is closed.
     */
    SEERFLOW_STATUS_CLOSED = 7,
    /**
     * The parent process used the handle before fork(), or has the file open. See FORK at the top of this header.
     */
    SEERFLOW_STATUS_FORKED = 8,
    /**
     * The library has a defect, and a call on the handle met it. The handle can only be destroyed.
     */
    SEERFLOW_STATUS_PANIC = 9,
    /**
     * The operating system reported an error, for example from the file system.
     */
    SEERFLOW_STATUS_IO = 10,
    /**
     * The database reported an error.
     */
    SEERFLOW_STATUS_DATABASE = 11,
    /**
     * The database file, or an event in it, is damaged.
     */
    SEERFLOW_STATUS_CORRUPT = 12,
    /**
     * The disk of the database is full.
     */
    SEERFLOW_STATUS_FULL = 13,
    /**
     * Another program holds the write lock of the database.
     */
    SEERFLOW_STATUS_BUSY = 14,
    /**
     * The schema of the database is newer than this library, or older than any that the library can adopt.
     */
    SEERFLOW_STATUS_SCHEMA = 15,
    /**
     * This build, the platform, the file system or the database server lacks something that the call needs. Examples:
     * a PostgreSQL database that is not in UTF8, a file system on which SQLite cannot use a write-ahead log, a backup
     * of PostgreSQL.
     */
    SEERFLOW_STATUS_UNSUPPORTED = 16,
    /**
     * Access was denied.
     */
    SEERFLOW_STATUS_PERMISSION = 17,
    /**
     * A limit on size, depth, count or memory was exceeded.
     */
    SEERFLOW_STATUS_LIMIT = 18,
    /**
     * The stored record is not the one that the call expected.
     */
    SEERFLOW_STATUS_CONFLICT = 19,
    /**
     * The store was closed, and some accepted events could not be stored.
     */
    SEERFLOW_STATUS_LOST = 20,
} seerflow_status;

/** The kind of a list's records. Numbers are never reused. */
typedef enum seerflow_kind SEERFLOW_ENUM(uint32_t) {
    /**
     * No kind: seerflow_list_kind returns it for NULL.
     */
    SEERFLOW_KIND_NONE = 0,
    /**
     * Events: seerflow_list_event_at.
     */
    SEERFLOW_KIND_EVENT = 1,
    /**
     * Alerts: seerflow_list_alert_at.
     */
    SEERFLOW_KIND_ALERT = 2,
    /**
     * Templates: seerflow_list_template_at.
     */
    SEERFLOW_KIND_TEMPLATE = 3,
    /**
     * Dead letters: seerflow_list_dead_letter_at.
     */
    SEERFLOW_KIND_DEAD_LETTER = 4,
    /**
     * Verdicts on alerts: seerflow_list_feedback_at.
     */
    SEERFLOW_KIND_FEEDBACK = 5,
    /**
     * Models: seerflow_list_model_at.
     */
    SEERFLOW_KIND_MODEL = 6,
    /**
     * State of Sigma rules: seerflow_list_sigma_rule_at.
     */
    SEERFLOW_KIND_SIGMA_RULE = 7,
    /**
     * Edges between entities: seerflow_list_edge_at.
     */
    SEERFLOW_KIND_EDGE = 8,
    /**
     * Entities with their type and value: seerflow_list_entity_at.
     */
    SEERFLOW_KIND_ENTITY = 9,
    /**
     * Values, and the number of records with each: seerflow_list_count_at.
     */
    SEERFLOW_KIND_COUNT = 10,
    /**
     * Time spans, and the number of records in each: seerflow_list_bucket_at.
     */
    SEERFLOW_KIND_BUCKET = 11,
    /**
     * Outcomes of alerts that were written: seerflow_list_alert_result_at.
     */
    SEERFLOW_KIND_ALERT_RESULT = 12,
    /**
     * Patterns of true positives: seerflow_list_alert_pattern_at.
     */
    SEERFLOW_KIND_ALERT_PATTERN = 13,
    /**
     * Direct neighbours of an entity, with the relation: seerflow_list_related_at.
     */
    SEERFLOW_KIND_RELATED = 14,
    /**
     * Entities at a distance from another entity: seerflow_list_neighbour_at.
     */
    SEERFLOW_KIND_NEIGHBOUR = 15,
    /**
     * Values of a measure of the graph: seerflow_list_score_at.
     */
    SEERFLOW_KIND_SCORE = 16,
    /**
     * Findings of a check: seerflow_list_finding_at.
     */
    SEERFLOW_KIND_FINDING = 17,
    /**
     * Records that a write rejected: seerflow_list_rejection_at.
     */
    SEERFLOW_KIND_REJECTION = 18,
    /**
     * Matches of Sigma rules. They can only be written: seerflow_store_write_sigma_matches.
     */
    SEERFLOW_KIND_SIGMA_MATCHES = 19,
} seerflow_kind;

/** The kind of failure that a commit survives. */
typedef enum seerflow_durability SEERFLOW_ENUM(uint32_t) {
    /**
     * Not known: the call did not wait for a commit.
     */
    SEERFLOW_DURABILITY_NONE = 0,
    /**
     * A crash of the process, but not a loss of power.
     */
    SEERFLOW_DURABILITY_PROCESS = 1,
    /**
     * A loss of power.
     */
    SEERFLOW_DURABILITY_POWER = 2,
} seerflow_durability;

/** The state of a store. */
typedef enum seerflow_state SEERFLOW_ENUM(uint32_t) {
    /**
     * Not used yet: the database is not open.
     */
    SEERFLOW_STATE_IDLE = 0,
    /**
     * Healthy.
     */
    SEERFLOW_STATE_OK = 1,
    /**
     * Commits currently fail. The events stay in the queue and are retried.
     */
    SEERFLOW_STATE_DEGRADED = 2,
    /**
     * Closed.
     */
    SEERFLOW_STATE_CLOSED = 3,
} seerflow_state;

/** The order of events. */
typedef enum seerflow_order SEERFLOW_ENUM(uint32_t) {
    /**
     * By time, newest first. The default.
     */
    SEERFLOW_ORDER_NEWEST = 0,
    /**
     * By time, oldest first.
     */
    SEERFLOW_ORDER_OLDEST = 1,
    /**
     * By arrival, first arrived first. Use it to follow a growing store, or to export a store completely during
     * writes. On PostgreSQL a query fails with SEERFLOW_STATUS_BUSY while another program's transaction has been
     * writing to `events` for seconds, because the order of later arrivals is not known yet: try again.
     */
    SEERFLOW_ORDER_ARRIVAL = 2,
} seerflow_order;

/** Whether a query counts all matching records. */
typedef enum seerflow_total SEERFLOW_ENUM(uint32_t) {
    /**
     * Do not count. The default, because counting takes time.
     */
    SEERFLOW_TOTAL_NONE = 0,
    /**
     * Count up to a bound.
     */
    SEERFLOW_TOTAL_CAPPED = 1,
    /**
     * Count all.
     */
    SEERFLOW_TOTAL_EXACT = 2,
} seerflow_total;

/** The type of an attribute's value, and the member that holds the value. */
typedef enum seerflow_value SEERFLOW_ENUM(uint32_t) {
    /**
     * Text, in `s`.
     */
    SEERFLOW_VALUE_TEXT = 0,
    /**
     * An integer, in `i`.
     */
    SEERFLOW_VALUE_INT = 1,
    /**
     * A float, in `d`.
     */
    SEERFLOW_VALUE_FLOAT = 2,
    /**
     * A boolean, in `i`: 0 or 1.
     */
    SEERFLOW_VALUE_BOOL = 3,
    /**
     * No value.
     */
    SEERFLOW_VALUE_NULL = 4,
    /**
     * Any other value, as one msgpack value in `s`: bytes, a list, a map, an integer above INT64_MAX.
     */
    SEERFLOW_VALUE_MSGPACK = 5,
} seerflow_value;

/** The type of an entity. */
typedef enum seerflow_entity_type SEERFLOW_ENUM(uint32_t) {
    /**
     * A user account.
     */
    SEERFLOW_ENTITY_TYPE_USER = 1,
    /**
     * An IP address.
     */
    SEERFLOW_ENTITY_TYPE_IP = 2,
    /**
     * A host.
     */
    SEERFLOW_ENTITY_TYPE_HOST = 3,
    /**
     * A process.
     */
    SEERFLOW_ENTITY_TYPE_PROCESS = 4,
    /**
     * A file.
     */
    SEERFLOW_ENTITY_TYPE_FILE = 5,
    /**
     * A DNS domain.
     */
    SEERFLOW_ENTITY_TYPE_DOMAIN = 6,
} seerflow_entity_type;

/** The severity of a log record. */
typedef enum seerflow_log_level SEERFLOW_ENUM(uint32_t) {
    /**
     * Data was lost, or something does not work.
     */
    SEERFLOW_LOG_LEVEL_ERROR = 1,
    /**
     * Something failed and is retried.
     */
    SEERFLOW_LOG_LEVEL_WARNING = 2,
    /**
     * Something started or finished.
     */
    SEERFLOW_LOG_LEVEL_INFO = 3,
    /**
     * Details.
     */
    SEERFLOW_LOG_LEVEL_DEBUG = 4,
} seerflow_log_level;

/** The property by which events or alerts are counted, and the form of its values. */
typedef enum seerflow_count_by SEERFLOW_ENUM(uint32_t) {
    /**
     * No property: all records are counted together.
     */
    SEERFLOW_COUNT_BY_NONE = 0,
    /**
     * Events by source_type.
     */
    SEERFLOW_COUNT_BY_SOURCE = 1,
    /**
     * Events by source_id.
     */
    SEERFLOW_COUNT_BY_HOST = 2,
    /**
     * Events by template_id, as a decimal number. Events without a template are not counted.
     */
    SEERFLOW_COUNT_BY_TEMPLATE = 3,
    /**
     * Events by severity_id, as a decimal number; alerts by severity name, "unknown" for a number outside 0 to 6.
     */
    SEERFLOW_COUNT_BY_SEVERITY = 4,
    /**
     * Events by entity id. An event counts once for each of its entities.
     */
    SEERFLOW_COUNT_BY_ENTITY = 5,
    /**
     * Alerts by rule name.
     */
    SEERFLOW_COUNT_BY_RULE = 6,
} seerflow_count_by;

/** The format of bytes that contain events. Numbers are never reused. */
typedef enum seerflow_format SEERFLOW_ENUM(uint32_t) {
    /**
     * Log lines: syslog (RFC 5424, RFC 3164), application logs and web server logs. The header of a line becomes
     * fields. A line in an unknown form is stored as a message. Bytes that are not UTF-8 are accepted.
     */
    SEERFLOW_FORMAT_LINES = 1,
    /**
     * JSON, one object a line. The keys are the names of the members of seerflow_event_input; the objects of zap,
     * pino, Logstash and Docker are understood too. Other keys become attributes.
     */
    SEERFLOW_FORMAT_NDJSON = 2,
    /**
     * msgpack: maps one after the other, or one array of maps. The keys are those of SEERFLOW_FORMAT_NDJSON.
     */
    SEERFLOW_FORMAT_MSGPACK = 3,
    /**
     * One OpenTelemetry request in protobuf: an ExportLogsServiceRequest or LogsData, as in OTLP over gRPC and HTTP.
     * The time (or the observed time), severity, body, attributes, resource, scope, trace and event name become
     * fields. Attributes that name users, addresses, hosts, processes, files or domains become entities of the
     * event.
     */
    SEERFLOW_FORMAT_OTLP = 4,
    /**
     * The same requests in JSON. OTLP over HTTP sends one; the Collector's file exporter writes one after the other.
     */
    SEERFLOW_FORMAT_OTLP_JSON = 5,
    /**
     * Records of Fluent Forward, as Fluent Bit passes them to an output plugin: msgpack arrays `[time, map]` or
     * `[[time, metadata], map]`, groups of records between group markers, and messages of the Forward protocol
     * (Message, Forward, PackedForward and CompressedPackedForward mode). Well-known keys of a map (log, message,
     * level, host, user, pid) become fields.
     */
    SEERFLOW_FORMAT_FLUENT = 6,
} seerflow_format;

/**
 * Whether a message that is itself a record is read: a JSON object, or a log line with a header. Numbers are never reused.
 */
typedef enum seerflow_parse SEERFLOW_ENUM(uint32_t) {
    /**
     * The format decides: the messages of log lines and of Fluent are read, others are not.
     */
    SEERFLOW_PARSE_DEFAULT = 0,
    /**
     * Messages are not read.
     */
    SEERFLOW_PARSE_NEVER = 1,
    /**
     * The messages of every format are read.
     */
    SEERFLOW_PARSE_ALWAYS = 2,
} seerflow_parse;

/** The parts of a check. The values may be added. */
typedef enum seerflow_check SEERFLOW_ENUM(uint32_t) {
    /**
     * The tables, the structure of the text index, and the summaries. Writes continue meanwhile.
     */
    SEERFLOW_CHECK_STRUCTURE = 1,
    /**
     * The contents of the text index, compared with every message. Writes wait meanwhile, also those of other
     * programs: more than a second for a million events. A running Seerflow drops a batch that waits longer than
     * five seconds.
     */
    SEERFLOW_CHECK_TEXT = 2,
} seerflow_check;

/**
 * A queue of finished writes, for programs that run an event loop.
 *
 * A write that names this queue in its options and returns SEERFLOW_STATUS_OK posts one completion once its events
 * are committed, or once the store is closed.
 *
 * Any number of threads and stores may use one queue at the same time.
 *
 * Methods: seerflow_completions_new, seerflow_completions_fd, seerflow_completions_next,
 * seerflow_completions_destroy.
 */
typedef struct seerflow_completions seerflow_completions;

/**
 * Options for seerflow_store_new, as pairs of text: a key and a value.
 *
 * An option that is not set has its default. If an option is set more than once, by whatever function, the last
 * value counts. seerflow_config_option_at lists the keys.
 *
 * Methods: seerflow_config_new, seerflow_config_load_file, seerflow_config_load_env, seerflow_config_set,
 * seerflow_config_get, seerflow_config_set_log, seerflow_config_destroy, seerflow_config_option_count,
 * seerflow_config_option_at.
 */
typedef struct seerflow_config seerflow_config;

/**
 * The details of a failed call.
 *
 * A function that can fail takes `seerflow_error **error` as its last argument. Pass NULL if the details do not
 * matter. The function writes to `*error` only if it fails; the caller then owns the error and destroys it with
 * seerflow_error_destroy.
 *
 * Methods: seerflow_error_status, seerflow_error_retriable, seerflow_error_message, seerflow_error_destroy.
 */
typedef struct seerflow_error seerflow_error;

/**
 * A stored event. It belongs to a list, and is destroyed with it.
 *
 * Any number of threads may read an event at the same time. Each getter searches the stored form of the event for
 * its field. That is cheap but not free: copy the value of a field that is read often. A field that is not stored
 * has its default. seerflow_field numbers the fields.
 *
 * Methods: seerflow_event_get_int, seerflow_event_get_float, seerflow_event_get_text, seerflow_event_get_id,
 * seerflow_event_get_msgpack, seerflow_event_msgpack, seerflow_event_json, seerflow_event_get_list_count,
 * seerflow_event_get_list_at, seerflow_event_get_map_count, seerflow_event_get_map_at.
 */
typedef struct seerflow_event seerflow_event;

/**
 * A flag that ends blocking calls.
 *
 * While the flag is raised, a call that was given it ends soon with SEERFLOW_STATUS_INTERRUPTED. Any number of calls
 * may use one flag. It stays raised until it is reset.
 *
 * Methods: seerflow_interrupt_new, seerflow_interrupt_raise, seerflow_interrupt_reset, seerflow_interrupt_destroy.
 */
typedef struct seerflow_interrupt seerflow_interrupt;

/**
 * Records of one kind, returned by a call.
 *
 * Any number of threads may read a list at the same time. A list does not depend on its store: it may outlive the
 * store, and a child process may read it after fork().
 *
 * Methods: seerflow_list_rejection_at, seerflow_list_count, seerflow_list_kind, seerflow_list_total,
 * seerflow_list_next_cursor, seerflow_list_last_cursor, seerflow_list_ndjson, seerflow_list_msgpack,
 * seerflow_list_event_at, seerflow_list_destroy, seerflow_list_entity_at, seerflow_list_count_at,
 * seerflow_list_bucket_at, seerflow_list_template_at, seerflow_list_dead_letter_at, seerflow_list_alert_result_at,
 * seerflow_list_alert_at, seerflow_list_feedback_at, seerflow_list_alert_pattern_at, seerflow_list_model_at,
 * seerflow_list_sigma_rule_at, seerflow_list_edge_at, seerflow_list_neighbour_at, seerflow_list_related_at,
 * seerflow_list_score_at, seerflow_list_finding_at.
 */
typedef struct seerflow_list seerflow_list;

/**
 * The filters, the order and the page of a query.
 *
 * A new query selects the newest 100 records, without a filter. A record must pass every filter that is set. If a
 * setter fails, the query is unchanged. A call that lists records of one kind fails with SEERFLOW_STATUS_INVALID if
 * the query sets a filter that this kind does not have; the message names the filter.
 *
 * Any number of threads and stores may use one query at the same time.
 *
 * Methods: seerflow_query_new, seerflow_query_set_limit, seerflow_query_set_page, seerflow_query_set_order,
 * seerflow_query_set_cursor, seerflow_query_set_total, seerflow_query_destroy, seerflow_query_set_window,
 * seerflow_query_set_source_type, seerflow_query_set_source_id, seerflow_query_set_min_severity,
 * seerflow_query_set_template_id, seerflow_query_set_entity_id, seerflow_query_set_text,
 * seerflow_query_set_alert_type, seerflow_query_set_tactic, seerflow_query_set_technique,
 * seerflow_query_set_alert_id, seerflow_query_set_key_prefix, seerflow_query_add_relation, seerflow_query_set_depth,
 * seerflow_query_set_min_count, seerflow_query_set_max_alerts.
 */
typedef struct seerflow_query seerflow_query;

/**
 * The outcome of one write, and the records that it rejected.
 *
 * A write that failed after it accepted events has a result too. Any number of threads may read a result at the same
 * time.
 *
 * Methods: seerflow_result_outcome, seerflow_result_rejections, seerflow_result_destroy.
 */
typedef struct seerflow_result seerflow_result;

/**
 * A store: the connection to a database of events and other records.
 *
 * Any number of threads may use one store at the same time; one store for each process is enough. If a process used
 * a store and then calls fork(), the child can only destroy that store.
 *
 * Methods: seerflow_store_new, seerflow_store_shared, seerflow_store_open, seerflow_store_path, seerflow_store_flush,
 * seerflow_store_close, seerflow_store_destroy, seerflow_store_stats, seerflow_store_health, seerflow_store_metrics,
 * seerflow_store_last_error, seerflow_store_write, seerflow_store_write_events, seerflow_store_query_events,
 * seerflow_store_event, seerflow_store_count_events, seerflow_store_distinct_events, seerflow_store_event_histogram,
 * seerflow_store_event_entities, seerflow_store_entity, seerflow_store_write_templates,
 * seerflow_store_query_templates, seerflow_store_prune_templates, seerflow_store_reset_templates,
 * seerflow_store_query_dead_letters, seerflow_store_write_alerts, seerflow_store_query_alerts, seerflow_store_alert,
 * seerflow_store_count_alerts, seerflow_store_alert_histogram, seerflow_store_update_feedback,
 * seerflow_store_append_feedback, seerflow_store_query_feedback, seerflow_store_feedback_stats,
 * seerflow_store_alert_patterns, seerflow_store_save_model, seerflow_store_swap_model, seerflow_store_load_model,
 * seerflow_store_delete_model, seerflow_store_query_models, seerflow_store_query_sigma_rules,
 * seerflow_store_enable_sigma_rule, seerflow_store_write_sigma_matches, seerflow_store_write_edges,
 * seerflow_store_query_edges, seerflow_store_prune_edges, seerflow_store_graph_neighbours, seerflow_store_graph_path,
 * seerflow_store_graph_subgraph, seerflow_store_graph_related, seerflow_store_graph_counts, seerflow_store_graph_top,
 * seerflow_store_graph_health, seerflow_store_write_records, seerflow_store_prune, seerflow_store_backup,
 * seerflow_store_checkpoint, seerflow_store_check, seerflow_store_summary.
 */
typedef struct seerflow_store seerflow_store;

/**
 * Receives one log record of the library.
 *
 * `text` has `length` bytes and a NUL after them. It is valid until the callback returns.
 *
 * The callback may run on any thread, and on several at once, while the library holds locks. It must not call this
 * library and must not block. It must not throw an exception or call longjmp: an exception that leaves it aborts the
 * program.
 */
typedef void (*seerflow_log_callback)(void *user_data,
                                      seerflow_log_level level,
                                      const char *text,
                                      size_t length);

/**
 * The deadline and the interrupt of a call that may block.
 *
 * Every function that may block takes a pointer to this struct. NULL means the defaults, SEERFLOW_CALL_INIT.
 *
 * The library only reads the struct, so any number of calls may share one, also at the same time. The timeout is
 * counted from the start of each call.
 */
typedef struct seerflow_call {
    /** sizeof(seerflow_call). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /**
     * The longest time that the call may block, in milliseconds. 0 means do not wait; a negative number means no
     * limit. The default is SEERFLOW_DEFAULT_TIMEOUT_MS. A write with a shorter timeout still waits up to one second
     * if it has to open the database.
     */
    int64_t timeout_ms;
    /**
     * Ends the call with SEERFLOW_STATUS_INTERRUPTED when raised. NULL, the default, means that nothing interrupts
     * the call.
     */
    const seerflow_interrupt *interrupt;
} seerflow_call;
/** Initialises a seerflow_call: seerflow_call x = SEERFLOW_CALL_INIT; */
#define SEERFLOW_CALL_INIT \
    { sizeof(seerflow_call), 0, SEERFLOW_DEFAULT_TIMEOUT_MS, NULL }

/** Counters since the store was opened, and its current state. Initialise it with SEERFLOW_STATS_INIT. */
typedef struct seerflow_stats {
    /** sizeof(seerflow_stats). */
    uint32_t struct_size;
    /** The kind of failure that commits of this store survive. */
    seerflow_durability durability;
    /** The number of accepted events. */
    uint64_t accepted;
    /** The number of committed events that were new. */
    uint64_t committed;
    /** The number of events whose event_id was already stored. */
    uint64_t duplicates;
    /** The number of records stored as dead letters. */
    uint64_t rejected;
    /** The number of committed transactions. */
    uint64_t commits;
    /** The number of commits that failed and were retried. */
    uint64_t retries;
    /** The number of records in the queue or being committed. */
    uint64_t queue_events;
    /** The number of bytes in the queue or being committed. */
    uint64_t queue_bytes;
    /** The duration of the last transaction, in nanoseconds. */
    uint64_t last_commit_ns;
    /** The duration of the longest transaction, in nanoseconds. */
    uint64_t longest_commit_ns;
    /** The size of the write-ahead log after the last commit, in bytes. */
    uint64_t wal_bytes;
    /** The number of queries answered. */
    uint64_t queries;
    /** The number of accepted events that a write with `withdraw` removed from the queue. */
    uint64_t withdrawn;
    /** The number of committed events whose time was given and not understood. */
    uint64_t unparsed_times;
} seerflow_stats;
/** Initialises a seerflow_stats: seerflow_stats x = SEERFLOW_STATS_INIT; */
#define SEERFLOW_STATS_INIT \
    { sizeof(seerflow_stats), SEERFLOW_DURABILITY_NONE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Whether a store can commit now, and how full its queue is. Initialise it with SEERFLOW_HEALTH_INIT. */
typedef struct seerflow_health {
    /** sizeof(seerflow_health). */
    uint32_t struct_size;
    /** The state. */
    seerflow_state state;
    /** Why commits fail: the status of the last attempt. SEERFLOW_STATUS_OK unless degraded. */
    seerflow_status cause;
    /** Always 0. */
    uint32_t reserved;
    /**
     * Since when commits have been failing, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT unless
     * degraded.
     */
    int64_t degraded_since_ns;
    /**
     * The number of records in the queue or being committed. It may exceed `queue_events_limit`: a batch that is
     * larger than the limit is accepted alone.
     */
    uint64_t queue_events;
    /** The option `storage.queue_events`. */
    uint64_t queue_events_limit;
    /** The number of bytes in the queue or being committed. */
    uint64_t queue_bytes;
    /** The option `storage.queue_bytes`. */
    uint64_t queue_bytes_limit;
    /**
     * If degraded, the message of the last failed attempt, without passwords. If a transaction of another program has
     * kept the sums of a healthy store waiting for more than ten seconds (PostgreSQL), its process id, application
     * and age. Otherwise empty. NUL-terminated.
     */
    char reason[SEERFLOW_REASON_SIZE];
} seerflow_health;
/** Initialises a seerflow_health: seerflow_health x = SEERFLOW_HEALTH_INIT; */
#define SEERFLOW_HEALTH_INIT \
    { sizeof(seerflow_health), SEERFLOW_STATE_IDLE, SEERFLOW_STATUS_OK, 0, SEERFLOW_TIME_ABSENT, 0, 0, 0, 0, {0} }

/**
 * Text with a length. It is not NUL-terminated.
 *
 * An absent text has `data` NULL and `len` 0; the field then has its default. NULL with another length is an error.
 *
 * Texts of events and templates may contain invalid UTF-8, which is replaced by U+FFFD. An event keeps the exact
 * bytes, in base64, in its attribute `seerflow.raw.<field>`; for a list or a map, that attribute holds pairs of the
 * position of a text and its bytes.
 */
typedef struct seerflow_str {
    /** The first byte, or NULL. */
    const char *data;
    /** The number of bytes. */
    size_t len;
} seerflow_str;

/** Options for writing events. Initialise it with SEERFLOW_WRITE_OPTIONS_INIT. */
typedef struct seerflow_write_options {
    /** sizeof(seerflow_write_options). */
    uint32_t struct_size;
    /** Return after the commit. If false, the default, return when the events are in the queue. */
    bool durable;
    /**
     * For durable writes: if the write fails, remove its events from the queue, except for those that a running
     * transaction holds. The removed events are not stored, and `*consumed` is where they start. If false, the
     * default, they stay in the queue.
     */
    bool withdraw;
    /**
     * Commit the events at once instead of after `storage.flush_interval_ms`. The call itself does not wait for the
     * commit; use `completions` to learn about it. False is the default.
     */
    bool urgent;
    /**
     * The input is complete: the bytes after the last line feed are a record, and the next call starts a new one. If
     * false, the default, an incomplete last record is not consumed, and `*consumed` is where it starts.
     */
    bool complete;
    /** Store each log line unchanged in `raw_event`. False is the default. */
    bool keep_raw;
    /** Must be 0. */
    uint8_t reserved[3];
    /** A seerflow_parse: whether messages that are records themselves are read. */
    seerflow_parse parse;
    /**
     * The deadline and the interrupt: how long to wait for room in the queue and, if durable, for the commit. NULL,
     * the default, means SEERFLOW_CALL_INIT.
     */
    const seerflow_call *call;
    /**
     * A key of this batch, by which repeated writes store each event once. An event without an id gets an id that is
     * made from the key, the index of the event and its time, so that the same call, made again by any process,
     * produces the same ids. Empty, the default, means no key.
     */
    seerflow_str batch_key;
    /** The index of the first record. Set it if the call continues another one with the same batch key. */
    uint64_t first_index;
    /**
     * The attribute that contains the record key; see `record_key` of seerflow_event_input. UTF-8.
     *
     * It is the full key of a top-level attribute (`log.record.uid` is one key, not a path), and must be neither the
     * name of a field nor a key that the format converts to a field. The value may be a text, bytes or an integer,
     * which counts as its decimal digits. A record without this attribute gets its id as if the option were not set;
     * if the option is set, it counts in `unkeyed` of seerflow_outcome.
     *
     * NULL, the default, means "log.record.uid" in the OpenTelemetry and Fluent formats, and no record key in the
     * others. An empty text that is not NULL means no record key in every format.
     */
    seerflow_str record_key_field;
    /**
     * The `source_type` of events that do not contain one. UTF-8. The default for OpenTelemetry records without
     * `service.name` is "otlp".
     */
    seerflow_str source_type;
    /** The `source_id` of events that do not contain one. UTF-8. */
    seerflow_str source_id;
    /**
     * A tag of the host, such as Fluent Bit's. UTF-8. It becomes the attribute `tag` of every event that has no such
     * attribute. It also becomes the `source_type` if neither the record nor the option `source_type` sets one.
     */
    seerflow_str tag;
    /** The time zone of log lines without an offset, such as "Europe/Berlin". The default is UTC. */
    seerflow_str timezone;
    /**
     * Why the caller could not convert a record to one of the formats. UTF-8. If it is set, the input is that record
     * in any form, and becomes a dead letter with this reason. Empty, the default, means that the input is in the
     * format.
     */
    seerflow_str reject_reason;
    /**
     * A time by which the year of log lines without one (RFC 3164) is decided, in nanoseconds since 1970-01-01 UTC:
     * the time at which the lines were written, or up to a year later. 0, the default, means now.
     */
    int64_t reference_ns;
    /**
     * The queue that receives a completion when all events of the call are committed, if the call returns
     * SEERFLOW_STATUS_OK. NULL, the default, means no completion.
     */
    const seerflow_completions *completions;
    /** A number that is copied to the completion. */
    uint64_t user_data;
} seerflow_write_options;
/** Initialises a seerflow_write_options: seerflow_write_options x = SEERFLOW_WRITE_OPTIONS_INIT; */
#define SEERFLOW_WRITE_OPTIONS_INIT \
    { sizeof(seerflow_write_options), false, false, false, false, false, {0}, SEERFLOW_PARSE_DEFAULT, NULL, {NULL, 0}, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, NULL, 0 }

/** A list of texts. `items` may be NULL if `count` is 0. */
typedef struct seerflow_strs {
    /** The first text. */
    const seerflow_str *items;
    /** The number of texts. */
    size_t count;
} seerflow_strs;

/** A key and a value. Only the member that `type` names is read. */
typedef struct seerflow_attribute {
    /** The key. */
    seerflow_str key;
    /** The type of the value, a seerflow_value. */
    seerflow_value type;
    /** The value of an integer or a boolean. */
    int64_t i;
    /** The value of a float. */
    double d;
    /** The text, or the msgpack value. */
    seerflow_str s;
} seerflow_attribute;

/** A list of keys and values. `items` may be NULL if `count` is 0. */
typedef struct seerflow_attributes {
    /** The first attribute. */
    const seerflow_attribute *items;
    /** The number of attributes. */
    size_t count;
} seerflow_attributes;

/** A key and a text value. */
typedef struct seerflow_pair {
    /** The key. */
    seerflow_str key;
    /** The value. */
    seerflow_str value;
} seerflow_pair;

/** A list of keys and text values. `items` may be NULL if `count` is 0. */
typedef struct seerflow_pairs {
    /** The first pair. */
    const seerflow_pair *items;
    /** The number of pairs. */
    size_t count;
} seerflow_pairs;

/**
 * An event to be written. Initialise it with SEERFLOW_EVENT_INPUT_INIT, then set the known members.
 *
 * A text whose `data` is NULL keeps its default, and a list whose `count` is 0 is empty. The memory that the struct
 * points to remains the caller's: the call copies the parts that it needs.
 */
typedef struct seerflow_event_input {
    /** sizeof(seerflow_event_input). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /**
     * The id, as the 36 characters of a UUID. Events with the same id are stored once. Generated if absent. A text that
     * is not a UUID becomes the attribute `event_id`, and the event gets the id that it would have without it.
     */
    seerflow_str event_id;
    /**
     * The time of the event, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default, means now.
     */
    int64_t timestamp_ns;
    /**
     * The time at which the collector saw the event, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the
     * default, means now.
     */
    int64_t observed_ns;
    /** The W3C trace id, in hexadecimal. */
    seerflow_str trace_id;
    /** The W3C span id, in hexadecimal. */
    seerflow_str span_id;
    /**
     * The severity: 0 trace, 1 informational (the default), 2 notice, 3 warning, 4 error, 5 critical, 6 fatal.
     */
    int64_t severity_id;
    /** The OpenTelemetry severity number, 1 to 24. 9 is the default; 0 (unspecified) means 9 too. */
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
    /** The message. Text search looks at it only. */
    seerflow_str message;
    /** The structured body of the record: one msgpack value. */
    seerflow_str body;
    /** The type of the source, such as "syslog", "sshd" or "nginx". */
    seerflow_str source_type;
    /**
     * The source, usually a host name. If no list of entities is given, it becomes a related host (or IP address),
     * and the IP addresses and users that the message names become related ones.
     */
    seerflow_str source_id;
    /** Sigma logsource category. */
    seerflow_str log_source_category;
    /** Sigma logsource product. */
    seerflow_str log_source_product;
    /** Sigma logsource service. */
    seerflow_str log_source_service;
    /** The id of the template (log pattern) that the message matched; -1, the default, if none. */
    int64_t template_id;
    /** The text of the template, with `<*>` for each variable. */
    seerflow_str template_str;
    /** The values of the template's variables, in order. */
    seerflow_strs template_params;
    /**
     * Ids of the entities that the event is about: UUIDs, stored in lower case. If empty, they are computed from the
     * related lists. If these are empty too, see `source_id`.
     */
    seerflow_strs entity_refs;
    /** IP addresses. */
    seerflow_strs related_ips;
    /** Users: "name", "DOMAIN\\name" or "name@domain". */
    seerflow_strs related_users;
    /** Host names. */
    seerflow_strs related_hosts;
    /** File paths. */
    seerflow_strs related_files;
    /** DNS domains. */
    seerflow_strs related_domains;
    /** Processes: "name:pid", "name" or "pid". */
    seerflow_strs related_processes;
    /** Hashes: "algorithm:hex", in lower case. */
    seerflow_strs related_hashes;
    /** MITRE ATT&CK tactics. */
    seerflow_strs mitre_tactics;
    /** MITRE ATT&CK techniques: "T1053", "T1053.005". */
    seerflow_strs mitre_techniques;
    /** The risk, by convention 0 to 100. */
    double risk_score;
    /** The anomaly score, by convention 0 to 1. */
    double anomaly_score;
    /** The confidence, 0 to 1. 1 is the default. */
    double confidence;
    /**
     * Further attributes of the record. Nil, booleans, numbers, texts, and lists of maps of these and of lists of
     * texts, are stored as such. Any other value (a list of texts, a map, bytes) is stored, and read back, as its
     * JSON text, because Seerflow cannot decode it otherwise.
     */
    seerflow_attributes attributes;
    /** Free labels. */
    seerflow_strs tags;
    /** The original record, if the sender includes it. */
    seerflow_str raw_event;
    /** Attributes of the OpenTelemetry resource that emitted the record. */
    seerflow_pairs resource_attrs;
    /**
     * A text that identifies this record among all records of the store, for hosts that may send a record again in
     * another batch. Examples are rsyslog's `$uuid`, syslog-ng's RCPTID, or a file name with an offset.
     *
     * The event id is made from the key alone, not from the time: it is the key itself if that is a UUID, otherwise
     * the version 5 UUID of the key in the namespace 6c0b5ee1-0f1e-4d0c-9a44-2f7d8f6e1b35. If `event_id` is set, the
     * key is not used. An empty key and the nil UUID count as absent.
     *
     * Version 7 UUIDs make fast keys, because rows are then inserted in index order. Do not use a hash of the
     * content: two equal lines are different events.
     */
    seerflow_str record_key;
} seerflow_event_input;
/** Initialises a seerflow_event_input: seerflow_event_input x = SEERFLOW_EVENT_INPUT_INIT; */
#define SEERFLOW_EVENT_INPUT_INIT \
    { sizeof(seerflow_event_input), 0, {NULL, 0}, SEERFLOW_TIME_ABSENT, SEERFLOW_TIME_ABSENT, {NULL, 0}, {NULL, 0}, 1, 9, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, -1, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0.0, 0.0, 1.0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0} }

/** The numbers of events of one write. Initialise it with SEERFLOW_OUTCOME_INIT. */
typedef struct seerflow_outcome {
    /** sizeof(seerflow_outcome). */
    uint32_t struct_size;
    /**
     * What the commit of a durable write survives. SEERFLOW_DURABILITY_NONE if the write was not durable.
     */
    seerflow_durability durability;
    /**
     * The number of accepted events. After a durable write it is the sum of `committed`, `duplicates` and `queued`;
     * if the write returned SEERFLOW_STATUS_CLOSED, the difference was lost.
     */
    uint64_t accepted;
    /** Of the accepted events, those that are committed and were new. 0 if the write was not durable. */
    uint64_t committed;
    /** Of the accepted events, those whose event_id was already stored. 0 if the write was not durable. */
    uint64_t duplicates;
    /**
     * Of the accepted events, those that were in the queue or in a transaction when the call returned. They are
     * stored later.
     */
    uint64_t queued;
    /**
     * Events that were removed from the queue because of `withdraw` in the options. They are neither accepted nor
     * stored.
     */
    uint64_t withdrawn;
    /**
     * Records that could not be stored as events. They are stored as dead letters; seerflow_result_rejections lists
     * them.
     */
    uint64_t rejected;
    /**
     * Events without an event_id and without the record key that `record_key_field` names. 0 if that option is not
     * set.
     */
    uint64_t unkeyed;
    /**
     * Accepted events whose time was given and not understood. They have the time at which they were received, and the
     * attribute `seerflow.time.unparsed` has the text of the time.
     */
    uint64_t unparsed_times;
} seerflow_outcome;
/** Initialises a seerflow_outcome: seerflow_outcome x = SEERFLOW_OUTCOME_INIT; */
#define SEERFLOW_OUTCOME_INIT \
    { sizeof(seerflow_outcome), SEERFLOW_DURABILITY_NONE, 0, 0, 0, 0, 0, 0, 0, 0 }

/** A record that could not become an event. Begin with SEERFLOW_REJECTION_INIT. */
typedef struct seerflow_rejection {
    /** sizeof(seerflow_rejection). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** Its index in the input, plus `options->first_index`. Empty lines are not counted. */
    uint64_t index;
    /** Why it was rejected. */
    seerflow_str reason;
} seerflow_rejection;
/** Initialises a seerflow_rejection: seerflow_rejection x = SEERFLOW_REJECTION_INIT; */
#define SEERFLOW_REJECTION_INIT \
    { sizeof(seerflow_rejection), 0, 0, {NULL, 0} }

/** The outcome of one write. Initialise it with SEERFLOW_COMPLETION_INIT. */
typedef struct seerflow_completion {
    /** sizeof(seerflow_completion). */
    uint32_t struct_size;
    /**
     * SEERFLOW_STATUS_OK if every event of the call is committed; SEERFLOW_STATUS_CLOSED if the store was closed
     * first.
     */
    seerflow_status status;
    /** The `user_data` of the write's options. */
    uint64_t user_data;
    /** The number of events that the call accepted. */
    uint64_t accepted;
    /** Of the accepted events, those whose event_id was already stored. */
    uint64_t duplicates;
} seerflow_completion;
/** Initialises a seerflow_completion: seerflow_completion x = SEERFLOW_COMPLETION_INIT; */
#define SEERFLOW_COMPLETION_INIT \
    { sizeof(seerflow_completion), SEERFLOW_STATUS_OK, 0, 0, 0 }

/** An entity: its id, type and value. Initialise it with SEERFLOW_ENTITY_INIT. */
typedef struct seerflow_entity {
    /** sizeof(seerflow_entity). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The id of the entity. */
    seerflow_str entity;
    /** "user", "ip", "host", "process", "file" or "domain". Empty if the event does not contain it. */
    seerflow_str entity_type;
    /** The value, as the event contains it. Empty if the event does not contain it. */
    seerflow_str value;
} seerflow_entity;
/** Initialises a seerflow_entity: seerflow_entity x = SEERFLOW_ENTITY_INIT; */
#define SEERFLOW_ENTITY_INIT \
    { sizeof(seerflow_entity), 0, {NULL, 0}, {NULL, 0}, {NULL, 0} }

/** A value, and the number of records with it. Initialise it with SEERFLOW_COUNT_INIT. */
typedef struct seerflow_count {
    /** sizeof(seerflow_count). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The value as text: a source, a rule, a number. */
    seerflow_str value;
    /** The number of records. */
    uint64_t count;
} seerflow_count;
/** Initialises a seerflow_count: seerflow_count x = SEERFLOW_COUNT_INIT; */
#define SEERFLOW_COUNT_INIT \
    { sizeof(seerflow_count), 0, {NULL, 0}, 0 }

/** A time span, and the number of records in it. Initialise it with SEERFLOW_BUCKET_INIT. */
typedef struct seerflow_bucket {
    /** sizeof(seerflow_bucket). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /**
     * The start of the span, in nanoseconds since 1970-01-01 UTC. Its length is the `bucket_ns` of the call.
     */
    int64_t start_ns;
    /** The number of records. */
    uint64_t count;
    /** The value by which the histogram is split. Empty if it is not split. */
    seerflow_str value;
} seerflow_bucket;
/** Initialises a seerflow_bucket: seerflow_bucket x = SEERFLOW_BUCKET_INIT; */
#define SEERFLOW_BUCKET_INIT \
    { sizeof(seerflow_bucket), 0, 0, 0, {NULL, 0} }

/** A pattern of log messages, and its statistics. Initialise it with SEERFLOW_TEMPLATE_INIT. */
typedef struct seerflow_template {
    /** sizeof(seerflow_template). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /** The id, assigned by the program that found the pattern. */
    int64_t template_id;
    /** The text of the pattern, with `<*>` for each variable. */
    seerflow_str template_str;
    /**
     * The time of the first matching event, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default,
     * means now. Writing a stored template again does not change it.
     */
    int64_t first_seen_ns;
    /**
     * The time of the last matching event, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default,
     * means now. Writing a stored template again leaves the later of the two times.
     */
    int64_t last_seen_ns;
    /** The number of matching events; 1 is the default. Writing a stored template again adds to it. */
    int64_t event_count;
    /** A matching message; `data` is NULL if absent. Writing a stored template again does not change it. */
    seerflow_str example_message;
} seerflow_template;
/** Initialises a seerflow_template: seerflow_template x = SEERFLOW_TEMPLATE_INIT; */
#define SEERFLOW_TEMPLATE_INIT \
    { sizeof(seerflow_template), 0, 0, {NULL, 0}, SEERFLOW_TIME_ABSENT, SEERFLOW_TIME_ABSENT, 1, {NULL, 0} }

/** A record that could not be stored as an event. Initialise it with SEERFLOW_DEAD_LETTER_INIT. */
typedef struct seerflow_dead_letter {
    /** sizeof(seerflow_dead_letter). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** Its row number. Later dead letters have larger numbers. */
    int64_t id;
    /** The time of the write, in nanoseconds since 1970-01-01 UTC. */
    int64_t received_ns;
    /** The format of the input: "lines", "ndjson", "msgpack", "otlp", "otlp-json", "fluent" or "struct". */
    seerflow_str format;
    /** The reason for the rejection. */
    seerflow_str reason;
    /** The bytes of the record. Empty if the record was a struct. */
    seerflow_str payload;
} seerflow_dead_letter;
/** Initialises a seerflow_dead_letter: seerflow_dead_letter x = SEERFLOW_DEAD_LETTER_INIT; */
#define SEERFLOW_DEAD_LETTER_INIT \
    { sizeof(seerflow_dead_letter), 0, 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0} }

/**
 * An alert: a finding of detection.
 *
 * To write one, initialise it with SEERFLOW_ALERT_INIT and set the known members. The type, rule, severity and entity
 * are enough.
 */
typedef struct seerflow_alert {
    /** sizeof(seerflow_alert). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /**
     * The id of this occurrence. It changes when the alert occurs again. If absent, a new UUID is generated.
     * alert_id, rule_name, entity_uuid and dedup_key are limited to 2,000 bytes each, so that every back end can
     * index them.
     */
    seerflow_str alert_id;
    /** "ml", "sigma", "correlation", "ueba" or "ioc". */
    seerflow_str alert_type;
    /**
     * The time of the occurrence, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default, means now.
     */
    int64_t timestamp_ns;
    /** The severity, 0 to 6, as in events. 1 is the default. */
    int64_t severity_id;
    /** The name of the rule that fired. */
    seerflow_str rule_name;
    /** A description for people. */
    seerflow_str description;
    /**
     * The id of the entity. If absent, it is computed from entity_type and entity_value as by seerflow_entity_id.
     */
    seerflow_str entity_uuid;
    /** The entity's value, such as a user name or an address. */
    seerflow_str entity_value;
    /** "user", "ip", "host", "process", "file" or "domain". */
    seerflow_str entity_type;
    /** The ids of the events that caused the alert: UUIDs as text. */
    seerflow_strs contributing_events;
    /** MITRE ATT&CK tactics. Each is limited to 500 bytes. */
    seerflow_strs mitre_tactics;
    /** MITRE ATT&CK techniques, such as "T1110" or "T1053.005". Each is limited to 500 bytes. */
    seerflow_strs mitre_techniques;
    /** The risk, by convention 0 to 100. */
    double risk_score;
    /**
     * The deduplication key: within a window of time, alerts with the same key are occurrences of one alert. If
     * absent, it is "type:rule:entity_uuid", with the entity's type and value if the entity has no id.
     */
    seerflow_str dedup_key;
    /** The number of occurrences that the alert stands for. 1 is the default. */
    int64_t dedup_count;
    /** The verdict: "tp" for a true positive, "fp" for a false positive, empty if absent. */
    seerflow_str feedback;
    /** The reason for the verdict. */
    seerflow_str feedback_note;
} seerflow_alert;
/** Initialises a seerflow_alert: seerflow_alert x = SEERFLOW_ALERT_INIT; */
#define SEERFLOW_ALERT_INIT \
    { sizeof(seerflow_alert), 0, {NULL, 0}, {NULL, 0}, SEERFLOW_TIME_ABSENT, 1, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0.0, {NULL, 0}, 1, {NULL, 0}, {NULL, 0} }

/** Options for writing alerts and edges. Initialise it with SEERFLOW_RECORD_OPTIONS_INIT. */
typedef struct seerflow_record_options {
    /** sizeof(seerflow_record_options). */
    uint32_t struct_size;
    /** For edges: return after the commit. True is the default. */
    bool durable;
    /** Must be 0. */
    uint8_t reserved[3];
    /**
     * For alerts: the longest time between two occurrences of one alert, in nanoseconds. With a negative number
     * every alert is new. SEERFLOW_DEDUP_WINDOW_NS is the default.
     */
    int64_t dedup_window_ns;
} seerflow_record_options;
/** Initialises a seerflow_record_options: seerflow_record_options x = SEERFLOW_RECORD_OPTIONS_INIT; */
#define SEERFLOW_RECORD_OPTIONS_INIT \
    { sizeof(seerflow_record_options), true, {0}, SEERFLOW_DEDUP_WINDOW_NS }

/** The outcome of one alert that was written. Initialise it with SEERFLOW_ALERT_RESULT_INIT. */
typedef struct seerflow_alert_result {
    /** sizeof(seerflow_alert_result). */
    uint32_t struct_size;
    /**
     * True if this is the first alert with its dedup_key, or the first in a new window. False if it was counted as
     * another occurrence of a stored alert.
     */
    bool is_new;
    /** Unused. */
    uint8_t reserved[3];
    /** The number of occurrences that the stored alert now stands for. */
    int64_t dedup_count;
    /** The id of the alert, as given or generated. */
    seerflow_str alert_id;
} seerflow_alert_result;
/** Initialises a seerflow_alert_result: seerflow_alert_result x = SEERFLOW_ALERT_RESULT_INIT; */
#define SEERFLOW_ALERT_RESULT_INIT \
    { sizeof(seerflow_alert_result), false, {0}, 0, {NULL, 0} }

/**
 * A verdict on an alert. To give one, initialise it with SEERFLOW_FEEDBACK_INIT, then set alert_id and feedback.
 */
typedef struct seerflow_feedback {
    /** sizeof(seerflow_feedback). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /** The row number of the verdict in the audit trail. Ignored when a verdict is written. */
    int64_t id;
    /** The id of the alert. */
    seerflow_str alert_id;
    /** The verdict: "tp" for a true positive, "fp" for a false positive. */
    seerflow_str feedback;
    /** The reason, for people. */
    seerflow_str note;
    /** The origin of the verdict: "dashboard", "cli" or "api". "api" if absent. */
    seerflow_str origin;
    /**
     * The time of the verdict, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default, means now.
     */
    int64_t submitted_at_ns;
} seerflow_feedback;
/** Initialises a seerflow_feedback: seerflow_feedback x = SEERFLOW_FEEDBACK_INIT; */
#define SEERFLOW_FEEDBACK_INIT \
    { sizeof(seerflow_feedback), 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, SEERFLOW_TIME_ABSENT }

/** The number of alerts with each verdict. Initialise it with SEERFLOW_FEEDBACK_STATS_INIT. */
typedef struct seerflow_feedback_stats {
    /** sizeof(seerflow_feedback_stats). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The number of alerts whose verdict is "tp". */
    uint64_t tp;
    /** The number of alerts whose verdict is "fp". */
    uint64_t fp;
    /** The sum of the two. */
    uint64_t total;
} seerflow_feedback_stats;
/** Initialises a seerflow_feedback_stats: seerflow_feedback_stats x = SEERFLOW_FEEDBACK_STATS_INIT; */
#define SEERFLOW_FEEDBACK_STATS_INIT \
    { sizeof(seerflow_feedback_stats), 0, 0, 0, 0 }

/**
 * A group of true positives with the same type, rule and entity type. Initialise it with
 * SEERFLOW_ALERT_PATTERN_INIT.
 */
typedef struct seerflow_alert_pattern {
    /** sizeof(seerflow_alert_pattern). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The type of the alerts. */
    seerflow_str alert_type;
    /** The rule of the alerts. */
    seerflow_str rule_name;
    /** The type of the entities that the alerts are about. */
    seerflow_str entity_type;
    /** The number of alerts in the group. */
    uint64_t count;
    /** The time of the latest verdict in the group, in nanoseconds since 1970-01-01 UTC. */
    int64_t last_verdict_ns;
    /** The ids of the alerts, latest verdict first, up to seerflow_query_set_max_alerts. */
    seerflow_strs alert_ids;
} seerflow_alert_pattern;
/** Initialises a seerflow_alert_pattern: seerflow_alert_pattern x = SEERFLOW_ALERT_PATTERN_INIT; */
#define SEERFLOW_ALERT_PATTERN_INIT \
    { sizeof(seerflow_alert_pattern), 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, {NULL, 0} }

/**
 * A model: the saved state of a detector, any bytes under a key. Initialise it with SEERFLOW_MODEL_INIT.
 */
typedef struct seerflow_model {
    /** sizeof(seerflow_model). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The key of the model. */
    seerflow_str key;
    /** The data. Only seerflow_store_load_model returns them; in other lists `data` is NULL. */
    seerflow_str data;
    /** The size of the data, in bytes. */
    uint64_t bytes;
    /**
     * The time at which the model was saved, in nanoseconds since 1970-01-01 UTC. Pass it to
     * seerflow_store_swap_model.
     */
    int64_t updated_at_ns;
} seerflow_model;
/** Initialises a seerflow_model: seerflow_model x = SEERFLOW_MODEL_INIT; */
#define SEERFLOW_MODEL_INIT \
    { sizeof(seerflow_model), 0, {NULL, 0}, {NULL, 0}, 0, 0 }

/** Matches of a Sigma rule. Initialise it with SEERFLOW_SIGMA_MATCHES_INIT, then set rule_id. */
typedef struct seerflow_sigma_matches {
    /** sizeof(seerflow_sigma_matches). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /** The id of the rule. */
    seerflow_str rule_id;
    /** The number of matches since the last call. 1 is the default. */
    int64_t count;
    /**
     * The time of the latest of these matches, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the
     * default, means now.
     */
    int64_t last_fired_ns;
} seerflow_sigma_matches;
/** Initialises a seerflow_sigma_matches: seerflow_sigma_matches x = SEERFLOW_SIGMA_MATCHES_INIT; */
#define SEERFLOW_SIGMA_MATCHES_INIT \
    { sizeof(seerflow_sigma_matches), 0, {NULL, 0}, 1, SEERFLOW_TIME_ABSENT }

/** The state of a Sigma rule. Initialise it with SEERFLOW_SIGMA_RULE_INIT. */
typedef struct seerflow_sigma_rule {
    /** sizeof(seerflow_sigma_rule). */
    uint32_t struct_size;
    /** True if the rule may fire. */
    bool enabled;
    /** Unused. */
    uint8_t reserved[3];
    /** The id of the rule. */
    seerflow_str rule_id;
    /** How often the rule fired. */
    int64_t match_count_lifetime;
    /**
     * The time at which the rule last fired, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if it never
     * did.
     */
    int64_t last_fired_ns;
    /** The time of the last change of this state, in nanoseconds since 1970-01-01 UTC. */
    int64_t updated_at_ns;
} seerflow_sigma_rule;
/** Initialises a seerflow_sigma_rule: seerflow_sigma_rule x = SEERFLOW_SIGMA_RULE_INIT; */
#define SEERFLOW_SIGMA_RULE_INIT \
    { sizeof(seerflow_sigma_rule), false, {0}, {NULL, 0}, 0, 0, 0 }

/**
 * A directed edge between two entities. Initialise it with SEERFLOW_EDGE_INIT, then set the ids and rel_type.
 */
typedef struct seerflow_edge {
    /** sizeof(seerflow_edge). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /** The id of the entity at which the edge starts. */
    seerflow_str source_id;
    /** The id of the entity at which the edge ends. */
    seerflow_str target_id;
    /**
     * The relation. It starts with an ASCII letter or underscore; ASCII letters, digits and underscores follow.
     */
    seerflow_str rel_type;
    /**
     * The first time the edge was seen, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default,
     * means now. A write to a stored edge leaves the earlier of the two times.
     */
    int64_t first_seen_ns;
    /**
     * The last time the edge was seen, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default, means
     * now. A write to a stored edge leaves the later of the two times.
     */
    int64_t last_seen_ns;
    /** How often the edge was seen; 1 is the default. A write to a stored edge adds to its count. */
    int64_t event_count;
} seerflow_edge;
/** Initialises a seerflow_edge: seerflow_edge x = SEERFLOW_EDGE_INIT; */
#define SEERFLOW_EDGE_INIT \
    { sizeof(seerflow_edge), 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, SEERFLOW_TIME_ABSENT, SEERFLOW_TIME_ABSENT, 1 }

/** An entity at a distance from another one. Initialise it with SEERFLOW_NEIGHBOUR_INIT. */
typedef struct seerflow_neighbour {
    /** sizeof(seerflow_neighbour). */
    uint32_t struct_size;
    /** The number of edges on the shortest path; 0 for the entity itself. */
    uint32_t distance;
    /** The id of the entity. */
    seerflow_str entity;
} seerflow_neighbour;
/** Initialises a seerflow_neighbour: seerflow_neighbour x = SEERFLOW_NEIGHBOUR_INIT; */
#define SEERFLOW_NEIGHBOUR_INIT \
    { sizeof(seerflow_neighbour), 0, {NULL, 0} }

/** A direct neighbour of an entity, and the relation. Initialise it with SEERFLOW_RELATED_INIT. */
typedef struct seerflow_related {
    /** sizeof(seerflow_related). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The id of the neighbour. */
    seerflow_str entity;
    /** The relation of the edge. */
    seerflow_str rel_type;
    /** How often the edge was seen. */
    int64_t event_count;
} seerflow_related;
/** Initialises a seerflow_related: seerflow_related x = SEERFLOW_RELATED_INIT; */
#define SEERFLOW_RELATED_INIT \
    { sizeof(seerflow_related), 0, {NULL, 0}, {NULL, 0}, 0 }

/** The value of a measure for one entity. Initialise it with SEERFLOW_SCORE_INIT. */
typedef struct seerflow_score {
    /** sizeof(seerflow_score). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The id of the entity. */
    seerflow_str entity;
    /** The value: a fraction of 1, a count, or the number of a group. See seerflow_store_graph_top. */
    double value;
} seerflow_score;
/** Initialises a seerflow_score: seerflow_score x = SEERFLOW_SCORE_INIT; */
#define SEERFLOW_SCORE_INIT \
    { sizeof(seerflow_score), 0, {NULL, 0}, 0.0 }

/** The events to remove. Initialise it with SEERFLOW_PRUNE_OPTIONS_INIT, then set one bound or both. */
typedef struct seerflow_prune_options {
    /** sizeof(seerflow_prune_options). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /**
     * Remove events and dead letters older than this time, in nanoseconds since 1970-01-01 UTC.
     * SEERFLOW_TIME_ABSENT, the default, means no bound.
     */
    int64_t before_ns;
    /**
     * Remove the oldest events until the database has at most this size, in bytes. 0, the default, means no bound.
     */
    uint64_t max_bytes;
} seerflow_prune_options;
/** Initialises a seerflow_prune_options: seerflow_prune_options x = SEERFLOW_PRUNE_OPTIONS_INIT; */
#define SEERFLOW_PRUNE_OPTIONS_INIT \
    { sizeof(seerflow_prune_options), 0, SEERFLOW_TIME_ABSENT, 0 }

/** The result of a prune. Initialise it with SEERFLOW_PRUNE_REPORT_INIT. */
typedef struct seerflow_prune_report {
    /** sizeof(seerflow_prune_report). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The number of removed events. */
    uint64_t events;
    /** The number of removed dead letters. */
    uint64_t dead_letters;
    /** The size of the database before the prune, in bytes. */
    uint64_t bytes_before;
    /** The size of the database after the prune, in bytes. */
    uint64_t bytes_after;
} seerflow_prune_report;
/** Initialises a seerflow_prune_report: seerflow_prune_report x = SEERFLOW_PRUNE_REPORT_INIT; */
#define SEERFLOW_PRUNE_REPORT_INIT \
    { sizeof(seerflow_prune_report), 0, 0, 0, 0, 0 }

/**
 * Receives the progress of a backup: the number of copied pages, and the number of all pages.
 *
 * It runs on the thread that called seerflow_store_backup. It must not throw an exception or call longjmp;
 * seerflow.hpp catches exceptions and rethrows them from the call.
 */
typedef void (*seerflow_progress_callback)(void *user_data, uint64_t done, uint64_t total);

/** One finding of a check. Initialise it with SEERFLOW_FINDING_INIT. */
typedef struct seerflow_finding {
    /** sizeof(seerflow_finding). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** A description of the defect and its place. */
    seerflow_str text;
} seerflow_finding;
/** Initialises a seerflow_finding: seerflow_finding x = SEERFLOW_FINDING_INIT; */
#define SEERFLOW_FINDING_INIT \
    { sizeof(seerflow_finding), 0, {NULL, 0} }

/** Counts and sizes of a store. Initialise it with SEERFLOW_SUMMARY_INIT. */
typedef struct seerflow_summary {
    /** sizeof(seerflow_summary). */
    uint32_t struct_size;
    /** True if Seerflow created the tables, false if this library did. */
    bool made_by_seerflow;
    /** Unused. */
    uint8_t reserved[3];
    /** The version of Seerflow's schema. */
    int64_t schema_version;
    /** The number of this library's latest migration. */
    int64_t migration;
    /** The number of events. */
    uint64_t events;
    /** The number of dead letters. */
    uint64_t dead_letters;
    /** The number of templates. */
    uint64_t templates;
    /**
     * The time of the oldest event, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if there are no
     * events.
     */
    int64_t oldest_ns;
    /**
     * The time of the newest event, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if there are no
     * events.
     */
    int64_t newest_ns;
    /** The arrival number up to which events are included in the summary tables. */
    int64_t watermark;
    /** The largest arrival number. */
    int64_t last_seq;
    /** The size of the database, in bytes. */
    uint64_t bytes;
    /** Of `bytes`, those that are free for new rows. */
    uint64_t free_bytes;
    /** The size of the write-ahead log, in bytes. */
    uint64_t wal_bytes;
    /**
     * The cursor after the event that arrived last, NUL-terminated. A query in SEERFLOW_ORDER_ARRIVAL that starts at
     * this cursor returns the events that arrive later.
     */
    char end_cursor[SEERFLOW_CURSOR_SIZE];
} seerflow_summary;
/** Initialises a seerflow_summary: seerflow_summary x = SEERFLOW_SUMMARY_INIT; */
#define SEERFLOW_SUMMARY_INIT \
    { sizeof(seerflow_summary), false, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0} }

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the version of the library that the program runs with, such as "1.0.0".
 *
 * SEERFLOW_VERSION is the version that the program was compiled against.
 *
 * Threads: any. Blocking: never. Ownership: the text is static.
 */
SEERFLOW_API const char *seerflow_version(void);

/**
 * Returns the version of the library that the program runs with as one number: 1.2.3 is 10203.
 *
 * SEERFLOW_VERSION_NUMBER is the version that the program was compiled against.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API uint32_t seerflow_version_number(void);

/**
 * Returns the ABI version of the library that the program runs with. It must equal SEERFLOW_ABI_VERSION.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API uint32_t seerflow_abi_version(void);

/**
 * Returns the name of a status in lower case, such as "ok", "again" or "not_found".
 *
 * Returns "unknown" for a number that is not a seerflow_status.
 *
 * Threads: any. Blocking: never. Ownership: the text is static.
 */
SEERFLOW_API const char *seerflow_status_name(seerflow_status status);

/**
 * Returns the status that the failed call returned. Returns SEERFLOW_STATUS_INVALID for NULL.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_error_status(const seerflow_error *error);

/**
 * Returns true if the same call may succeed later, and repeating it has no effect twice.
 *
 * For a write, repeat the call with its input from `*consumed` on. The error is retriable only if the repetition
 * cannot store an event twice: either no event of the failed call is still in the queue or in a transaction, or each
 * of its events gets the same id again (from a batch key, a record key or its own `event_id`). A rejected record may
 * be stored as a second dead letter. Returns false for NULL.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API bool seerflow_error_retriable(const seerflow_error *error);

/**
 * Returns what failed, on what, and why, as one line of UTF-8 without passwords. Returns "" for NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text belongs to the error.
 */
SEERFLOW_API const char *seerflow_error_message(const seerflow_error *error);

/**
 * Destroys an error. Does nothing for NULL.
 *
 * Threads: no other call on the object may run. Blocking: never.
 */
SEERFLOW_API void seerflow_error_destroy(seerflow_error *error);

/**
 * Creates a configuration in which every option has its default.
 *
 * Threads: any. Blocking: never. Ownership: the caller destroys it with seerflow_config_destroy.
 */
SEERFLOW_API seerflow_status seerflow_config_new(seerflow_config **config, seerflow_error **error);

/**
 * Sets options from the `storage` section of a YAML file, such as Seerflow's seerflow.yaml.
 *
 * `${VAR}` and `${VAR:-default}` in a value are replaced by environment variables. If the function fails, the
 * options before the faulty one are already set.
 *
 * Threads: any number at once; no other thread may change the environment meanwhile. Blocking: reads the file.
 * Errors: SEERFLOW_STATUS_CONFIG if the file is not valid YAML, or for an unknown key, a bad value or an unset
 * variable; SEERFLOW_STATUS_NOT_FOUND if the file does not exist.
 */
SEERFLOW_API seerflow_status seerflow_config_load_file(seerflow_config *config,
                                                       const char *file,
                                                       seerflow_error **error);

/**
 * Sets options from environment variables.
 *
 * SEERFLOW_STORAGE_DURABILITY sets `storage.durability`, and so on for every key.
 *
 * Threads: any number at once; no other thread may change the environment meanwhile. Blocking: never. Errors:
 * SEERFLOW_STATUS_CONFIG for a bad value.
 */
SEERFLOW_API seerflow_status seerflow_config_load_env(seerflow_config *config, seerflow_error **error);

/**
 * Sets one option.
 *
 * Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_CONFIG for an unknown key or a bad value;
 * the message names the key.
 */
SEERFLOW_API seerflow_status seerflow_config_set(seerflow_config *config,
                                                 const char *key,
                                                 const char *value,
                                                 seerflow_error **error);

/**
 * Copies the value of an option, or its default, into a buffer.
 *
 * The password of a connection string is replaced by `***`. `*length` is set to the length of the value in bytes,
 * without its NUL. If `*length >= capacity`, the copy was truncated to what fits, still followed by a NUL. `buffer`
 * may be NULL if `capacity` is 0; `length` may be NULL if `capacity` is not 0.
 *
 * Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_CONFIG for an unknown key.
 */
SEERFLOW_API seerflow_status seerflow_config_get(const seerflow_config *config,
                                                 const char *key,
                                                 char *buffer,
                                                 size_t capacity,
                                                 size_t *length,
                                                 seerflow_error **error);

/**
 * Sets the callback that receives the library's log records.
 *
 * The callback gets records of `level` and of more severe levels: with SEERFLOW_LOG_LEVEL_WARNING, errors and
 * warnings. NULL, the default, means no callback. The setting applies to stores that are created afterwards.
 *
 * Threads: any number at once. Blocking: never. Ownership: `user_data` belongs to the caller and must live until
 * every such store is destroyed. Errors: SEERFLOW_STATUS_INVALID for a level outside 1 to 4.
 */
SEERFLOW_API seerflow_status seerflow_config_set_log(seerflow_config *config,
                                                     seerflow_log_level level,
                                                     seerflow_log_callback callback,
                                                     void *user_data,
                                                     seerflow_error **error);

/**
 * Destroys a configuration. Does nothing for NULL. Stores that were created from it have their own copy.
 *
 * Threads: no other call on the object may run. Blocking: never.
 */
SEERFLOW_API void seerflow_config_destroy(seerflow_config *config);

/**
 * Returns the number of options.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API size_t seerflow_config_option_count(void);

/**
 * Returns the key, the default and a one-sentence description of an option.
 *
 * `index` is 0 or larger and below seerflow_config_option_count. Each of the three result pointers may be NULL.
 *
 * Threads: any. Blocking: never. Ownership: the texts are static. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is
 * past the last option.
 */
SEERFLOW_API seerflow_status seerflow_config_option_at(size_t index,
                                                       const char **key,
                                                       const char **default_value,
                                                       const char **doc,
                                                       seerflow_error **error);

/**
 * Creates a store from a configuration. No file is opened and no server is contacted.
 *
 * seerflow_store_open opens the database, and so does the first other call; the store's threads start then. Relative
 * paths in the configuration become absolute now.
 *
 * Reading does not change the database. A missing or empty database reads as an empty one and is not created; a
 * database that Seerflow created is not adopted. The first write creates or adopts it.
 *
 * Threads: any. Blocking: never. Ownership: the caller closes the store and destroys it; the configuration is
 * copied. Fork: a child may use a store that the parent did not use. Errors: SEERFLOW_STATUS_CONFIG for options that
 * contradict each other; SEERFLOW_STATUS_UNSUPPORTED for a back end that this build does not contain.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_new(const seerflow_config *config,
                                                                   seerflow_store **store,
                                                                   seerflow_error **error);

/**
 * Returns a handle to the store that this process shares for a database, and creates that store if necessary.
 *
 * All handles that this function returns for the same database (the same absolute path of a file, or the same
 * connection string and schema) are handles to one store, with one queue, one writer and one set of counters. The
 * options of all these configurations must be equal. No file is opened and no server is contacted.
 *
 * Closing a handle affects only that handle, until the last one closes the store: events that the other handles
 * wrote stay in the queue and are committed. The log callback of the oldest handle that is not destroyed receives the
 * log records.
 *
 * Threads: any number at once. Blocking: never. Ownership and fork: as for seerflow_store_new. Errors: those of
 * seerflow_store_new; SEERFLOW_STATUS_CONFIG if an option differs from that of the shared store: the message names
 * the option; SEERFLOW_STATUS_FORKED in a child of a process that used a store.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_shared(const seerflow_config *config,
                                                                      seerflow_store **store,
                                                                      seerflow_error **error);

/**
 * Opens the database for writing now, instead of at the first write.
 *
 * Creates the directory and the tables if they are missing, and adopts a database that Seerflow created. A read-only
 * file, or a database with storage.read_only, is opened for reading. If this function is not called, the first other
 * call opens the database, within its own deadline.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Errors: after SEERFLOW_STATUS_TIMEOUT or
 * SEERFLOW_STATUS_INTERRUPTED the opening continues in the background; a later call waits for it.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_open(const seerflow_store *store,
                                                                    const seerflow_call *call,
                                                                    seerflow_error **error);

/**
 * Returns the location of the database: the absolute path of its file, or the server without a password.
 *
 * Returns "" for NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text belongs to the store.
 */
SEERFLOW_API const char *seerflow_store_path(const seerflow_store *store);

/**
 * Waits until all events are committed that any thread had written before this call.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_TIMEOUT leaves the events in the
 * queue; if commits currently fail, the message says why.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_flush(const seerflow_store *store,
                                                                     const seerflow_call *call,
                                                                     seerflow_error **error);

/**
 * Closes a store: commits the queue until the deadline, stops all threads and closes all files.
 *
 * `*lost` is set to the number of accepted records that were not stored, including records whose COMMIT was not
 * confirmed. It is 0 with SEERFLOW_STATUS_OK. `lost` may be NULL.
 *
 * Running calls end with SEERFLOW_STATUS_CLOSED, and later calls return it. Closing a closed store does nothing. The
 * store must still be destroyed. While a shared store has other handles, closing one of them returns at once; events
 * stay in the queue.
 *
 * Threads: any. Blocking: bounded by `call`, and by the transaction that is being committed. Errors:
 * SEERFLOW_STATUS_LOST if accepted records could not be stored; the store is closed nevertheless.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_close(const seerflow_store *store,
                                                                     const seerflow_call *call,
                                                                     uint64_t *lost,
                                                                     seerflow_error **error);

/**
 * Destroys a store. Does nothing for NULL.
 *
 * A store that was not closed is closed first, with a deadline of five seconds. Records that could not be stored by
 * then are lost without an error.
 *
 * Threads: no other call on the store may run. Blocking: up to the deadline, if the store was not closed. Fork: in a
 * child of the process that used the store, only memory is released.
 */
SEERFLOW_API void seerflow_store_destroy(seerflow_store *store);

/**
 * Returns the counters of a store.
 *
 * Threads: any number at once. Blocking: never for long; the database is not accessed.
 */
SEERFLOW_API seerflow_status seerflow_store_stats(const seerflow_store *store,
                                                  seerflow_stats *stats,
                                                  seerflow_error **error);

/**
 * Returns whether a store can commit now and how full its queue is.
 *
 * The call takes microseconds, so a host may make it before each write: a durable write would wait while the state is
 * SEERFLOW_STATE_DEGRADED, and any write while the queue is full. A commit that waits for a lock of another program
 * counts as failed after a quarter of a second. If a write withdraws its events from a failing commit, the state stays
 * SEERFLOW_STATE_DEGRADED for one more second; then the next write finds out.
 *
 * Threads: any number at once. Blocking: never; the database is not accessed.
 */
SEERFLOW_API seerflow_status seerflow_store_health(const seerflow_store *store,
                                                   seerflow_health *health,
                                                   seerflow_error **error);

/**
 * Copies the counters and the state of a store into a buffer, as by seerflow_config_get, as one text in the format
 * of OpenMetrics 1.0.
 *
 * The names of all metrics start with `seerflow_`. Each metric has the labels `backend` and `database`, the latter
 * without a password. The text has about 8 KiB, and more if the path of the database is long. It may grow between two
 * calls.
 *
 * Threads: any number at once. Blocking: never; the database is not accessed.
 */
SEERFLOW_API seerflow_status seerflow_store_metrics(const seerflow_store *store,
                                                    char *buffer,
                                                    size_t capacity,
                                                    size_t *length,
                                                    seerflow_error **error);

/**
 * Copies the error message of the last failed commit, as by seerflow_config_get.
 *
 * The message is "" if no commit failed. It remains after later commits succeed.
 *
 * Threads: any number at once. Blocking: never for long; the database is not accessed.
 */
SEERFLOW_API seerflow_status seerflow_store_last_error(const seerflow_store *store,
                                                       char *buffer,
                                                       size_t capacity,
                                                       size_t *length,
                                                       seerflow_error **error);

/**
 * Writes events given as bytes in one of six formats.
 *
 * The events are accepted into a bounded queue in memory or, with `options->durable`, committed when the call
 * returns. A record that cannot be stored as an event is stored as a dead letter, and the other records are stored;
 * `result` lists the rejected records with the reasons. `options`, `consumed` and `result` may be NULL.
 *
 * `*consumed` is set to the number of bytes that were consumed. SEERFLOW_STATUS_OK does not mean that this is all of
 * the input. The rest is an incomplete last record (unless `options->complete` is set) or did not fit into the
 * queue: pass it again later. `consumed` should only be NULL if the input is small and complete. If the call has to
 * stop after a part of the input, it returns SEERFLOW_STATUS_OK for that part, and the next call returns the reason.
 *
 * One request, message or group of OpenTelemetry and Fluent is consumed as a whole or not at all. Only if it has
 * more than 262,144 records, or its events take more than 64 MiB or `storage.queue_bytes`, is it consumed in parts;
 * sending it again with the same batch key stores each event once.
 *
 * Limits:
 * - A record larger than `storage.max_event_bytes` becomes a dead letter. A record of OpenTelemetry may be a sixteenth
 *   larger, for its attributes. A longer line becomes one dead letter even if it arrives in pieces: a buffer of twice
 *   that size and 2 bytes is always large enough to collect them.
 * - The rest of the input becomes one dead letter if the bytes are not in the format, if an incomplete record of
 *   msgpack or Fluent exceeds `storage.max_event_bytes`, or if an incomplete message, group or request exceeds 64
 *   MiB (256 MiB for a packed message). Close such a stream, because the bytes that follow start inside a record.
 * - The events of one request or message copy at most 1 MiB, or 64 times the size of the request, of its resource,
 *   scope and tag. Further events lack these attributes; their attribute `seerflow.omitted_attributes` is the number
 *   that is missing.
 *
 * Threads: any number at once. Blocking: bounded by `options->call`, with two exceptions. The call that opens the
 * database waits for that up to one second. A call that withdraws events waits up to half a second for a transaction
 * that holds some of them. Ownership: the bytes remain the caller's; the caller destroys the result.
 *
 * Errors:
 * - SEERFLOW_STATUS_AGAIN: the queue stayed full, or the database was not open in time. Nothing was consumed.
 * - SEERFLOW_STATUS_TIMEOUT, SEERFLOW_STATUS_INTERRUPTED (durable): not all events were committed in time. The
 *   events before `*consumed` are stored, or are in the queue and will be stored; those after it were not consumed.
 *   With `options->withdraw`, only events that a running transaction holds are still in the queue.
 * - SEERFLOW_STATUS_CLOSED (durable): the store was closed before all events were committed.
 * - SEERFLOW_STATUS_CORRUPT, _SCHEMA, _PERMISSION, _NOT_FOUND, _UNSUPPORTED: the database, its permissions or its
 *   file need repair. A durable write returns this at once; its events stay in the queue unless it withdraws them.
 * - SEERFLOW_STATUS_INVALID: a pointer, a length or a size is not valid. Nothing was consumed.
 *
 * A call that fails after it accepted events also sets `*consumed` and `*result`. seerflow_error_retriable says
 * whether to send the input from `*consumed` on again.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write(const seerflow_store *store,
                                                                     seerflow_format format,
                                                                     const void *data,
                                                                     size_t length,
                                                                     const seerflow_write_options *options,
                                                                     size_t *consumed,
                                                                     seerflow_result **result,
                                                                     seerflow_error **error);

/**
 * Writes events given as structs.
 *
 * `*consumed` is set to the number of events that were consumed: fewer than `count` if the queue stayed full until
 * the deadline. Otherwise the function works as seerflow_store_write, without its formats.
 *
 * Threads: any number at once. Blocking: as for seerflow_store_write. Ownership: the structs remain the caller's;
 * the caller destroys the result.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_events(const seerflow_store *store,
                                                                            const seerflow_event_input *events,
                                                                            size_t count,
                                                                            const seerflow_write_options *options,
                                                                            size_t *consumed,
                                                                            seerflow_result **result,
                                                                            seerflow_error **error);

/**
 * Returns the numbers of events of a write.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_result_outcome(const seerflow_result *result,
                                                     seerflow_outcome *outcome,
                                                     seerflow_error **error);

/**
 * Returns the records that a write rejected, as a list of SEERFLOW_KIND_REJECTION.
 *
 * The list is empty if the write rejected no record. Returns NULL for NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the list belongs to the result. Do not destroy it.
 */
SEERFLOW_API const seerflow_list *seerflow_result_rejections(const seerflow_result *result);

/**
 * Copies the rejected record at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_REJECTION.
 */
SEERFLOW_API seerflow_status seerflow_list_rejection_at(const seerflow_list *list,
                                                        size_t index,
                                                        seerflow_rejection *out,
                                                        seerflow_error **error);

/**
 * Destroys a result and its list of rejected records. Does nothing for NULL.
 *
 * Threads: no other call on the result may run. Blocking: never.
 */
SEERFLOW_API void seerflow_result_destroy(seerflow_result *result);

/**
 * Creates a flag that is not raised.
 *
 * Threads: any. Blocking: never. Ownership: the caller destroys it with seerflow_interrupt_destroy.
 */
SEERFLOW_API seerflow_status seerflow_interrupt_new(seerflow_interrupt **interrupt, seerflow_error **error);

/**
 * Raises the flag: ends every call that uses it.
 *
 * Threads: any number at once, also while calls use the flag. Blocking: never. Must not be called from a signal
 * handler.
 */
SEERFLOW_API seerflow_status seerflow_interrupt_raise(const seerflow_interrupt *interrupt);

/**
 * Lowers the flag, so that further calls may use it.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_interrupt_reset(const seerflow_interrupt *interrupt);

/**
 * Destroys a flag. Does nothing for NULL. Running calls that were given it are not affected.
 *
 * Threads: no other call on the object may run. Blocking: never.
 */
SEERFLOW_API void seerflow_interrupt_destroy(seerflow_interrupt *interrupt);

/**
 * Creates an empty queue of completions.
 *
 * Threads: any. Blocking: never. Ownership: the caller destroys it with seerflow_completions_destroy.
 */
SEERFLOW_API seerflow_status seerflow_completions_new(seerflow_completions **completions,
                                                      seerflow_error **error);

/**
 * Sets `*fd` to a file descriptor that is readable while completions are queued.
 *
 * Use it with poll(), epoll or an event loop. The program must not read, write or close it.
 *
 * Threads: any number at once. Blocking: never. Ownership: the descriptor belongs to the queue and is closed with
 * it. Errors: SEERFLOW_STATUS_UNSUPPORTED on platforms without pollable pipes.
 */
SEERFLOW_API seerflow_status seerflow_completions_fd(const seerflow_completions *completions,
                                                     int32_t *fd,
                                                     seerflow_error **error);

/**
 * Removes the next completion from the queue and copies it to `completion`; waits if the queue is empty.
 *
 * Threads: any number at once; each completion goes to one of them. Blocking: bounded by `call`. Errors:
 * SEERFLOW_STATUS_AGAIN if the queue is empty and the timeout is 0; SEERFLOW_STATUS_TIMEOUT if no completion was
 * posted in time; SEERFLOW_STATUS_INTERRUPTED.
 */
SEERFLOW_API seerflow_status seerflow_completions_next(const seerflow_completions *completions,
                                                       const seerflow_call *call,
                                                       seerflow_completion *completion,
                                                       seerflow_error **error);

/**
 * Destroys a queue of completions. Does nothing for NULL.
 *
 * Queued and later completions are dropped; the writes themselves continue.
 *
 * Threads: no other call on the object may run. Blocking: never.
 */
SEERFLOW_API void seerflow_completions_destroy(seerflow_completions *completions);

/**
 * Creates a query for the newest 100 records.
 *
 * Threads: any. Blocking: never. Ownership: the caller destroys it with seerflow_query_destroy.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_query_new(seerflow_query **query,
                                                                   seerflow_error **error);

/**
 * Sets the largest number of records in a list, 1 to 100,000. 100 is the default.
 *
 * Some functions have a smaller bound; their documentation names it.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_limit(seerflow_query *query,
                                                      uint32_t limit,
                                                      seerflow_error **error);

/**
 * Sets the page of events, alerts or verdicts to return. Pages are counted from 1.
 *
 * Skipped pages are read too, so a cursor is faster. A query may set a page or a cursor, not both.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_page(seerflow_query *query,
                                                     uint32_t page,
                                                     seerflow_error **error);

/**
 * Sets the order of events.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_order(seerflow_query *query,
                                                      seerflow_order order,
                                                      seerflow_error **error);

/**
 * Continues after the list that returned this cursor. NULL starts from the first record.
 *
 * With seerflow_list_next_cursor, the query returns the next page; its filters and order must be the same as before.
 * With seerflow_list_last_cursor of a list of events, it returns the events that are later.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_cursor(seerflow_query *query,
                                                       const char *cursor,
                                                       seerflow_error **error);

/**
 * Sets whether the total number of matching events or alerts is counted.
 *
 * seerflow_list_total returns it. `cap` is the bound of SEERFLOW_TOTAL_CAPPED; it is ignored otherwise.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_total(seerflow_query *query,
                                                      seerflow_total mode,
                                                      uint64_t cap,
                                                      seerflow_error **error);

/**
 * Destroys a query. Does nothing for NULL.
 *
 * Threads: no other call on the query may run. Blocking: never.
 */
SEERFLOW_API void seerflow_query_destroy(seerflow_query *query);

/**
 * Selects records from `from_ns` up to, but not including, `to_ns`.
 *
 * Both are in nanoseconds since 1970-01-01 UTC. INT64_MIN and INT64_MAX mean no bound.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_window(seerflow_query *query,
                                                       int64_t from_ns,
                                                       int64_t to_ns,
                                                       seerflow_error **error);

/**
 * Selects events with exactly this source type. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_source_type(seerflow_query *query,
                                                            const char *source_type,
                                                            seerflow_error **error);

/**
 * Selects events with exactly this source id. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_source_id(seerflow_query *query,
                                                          const char *source_id,
                                                          seerflow_error **error);

/**
 * Selects events or alerts with this severity, 0 to 6, or a higher one. -1 removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_min_severity(seerflow_query *query,
                                                             int64_t min_severity,
                                                             seerflow_error **error);

/**
 * Selects events with this template id. INT64_MIN removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_template_id(seerflow_query *query,
                                                            int64_t template_id,
                                                            seerflow_error **error);

/**
 * Selects records about the entity with this id; for the graph, sets the entity to start from.
 *
 * seerflow_entity_id computes the id. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_entity_id(seerflow_query *query,
                                                          const char *entity_id,
                                                          seerflow_error **error);

/**
 * Selects events whose messages contain all these words, in any inflection.
 *
 * Words in double quotes must be adjacent and in this order. Other punctuation has no meaning. NULL removes the
 * filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_text(seerflow_query *query,
                                                     const char *text,
                                                     seerflow_error **error);

/**
 * Selects alerts with exactly this type. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_alert_type(seerflow_query *query,
                                                           const char *alert_type,
                                                           seerflow_error **error);

/**
 * Selects alerts with this MITRE ATT&CK tactic. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_tactic(seerflow_query *query,
                                                       const char *tactic,
                                                       seerflow_error **error);

/**
 * Selects alerts with this MITRE ATT&CK technique. NULL removes the filter.
 *
 * A technique also selects its sub-techniques: T1053 selects T1053.005.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_technique(seerflow_query *query,
                                                          const char *technique,
                                                          seerflow_error **error);

/**
 * Selects the verdicts on this alert. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_alert_id(seerflow_query *query,
                                                         const char *alert_id,
                                                         seerflow_error **error);

/**
 * Selects models whose keys start with this text. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_key_prefix(seerflow_query *query,
                                                           const char *key_prefix,
                                                           seerflow_error **error);

/**
 * Adds a relation to those that the graph follows.
 *
 * A query without relations follows all edges.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_add_relation(seerflow_query *query,
                                                         const char *relation,
                                                         seerflow_error **error);

/**
 * Sets the number of edges that the graph follows from the entity. 1 is the default.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_depth(seerflow_query *query,
                                                      uint32_t depth,
                                                      seerflow_error **error);

/**
 * Selects patterns of at least this many alerts. 1 is the default.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_min_count(seerflow_query *query,
                                                          uint64_t min_count,
                                                          seerflow_error **error);

/**
 * Sets the largest number of alert ids that each pattern lists. 100 is the default.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_max_alerts(seerflow_query *query,
                                                           uint32_t max_alerts,
                                                           seerflow_error **error);

/**
 * Returns the number of records; 0 for NULL.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API size_t seerflow_list_count(const seerflow_list *list);

/**
 * Returns the kind of the records; SEERFLOW_KIND_NONE for NULL.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_kind seerflow_list_kind(const seerflow_list *list);

/**
 * Sets `*total` to the number of records that match the query on all pages.
 *
 * Returns false, and leaves `*total` unchanged, if the query did not ask for the total (seerflow_query_set_total).
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API bool seerflow_list_total(const seerflow_list *list,
                                      uint64_t *total);

/**
 * Returns the cursor of the next page, for seerflow_query_set_cursor.
 *
 * The cursor is a text of any length. Returns NULL if there are no more records, or if the call does not return
 * pages. Lists of edges, dead letters and verdicts have a cursor unless they are empty: the page after the last
 * record is an empty list.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text belongs to the list.
 */
SEERFLOW_API const char *seerflow_list_next_cursor(const seerflow_list *list);

/**
 * Returns the cursor after the last event of the list, for querying later events.
 *
 * Returns NULL for an empty list, and for records of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text belongs to the list.
 */
SEERFLOW_API const char *seerflow_list_last_cursor(const seerflow_list *list);

/**
 * Returns all records as JSON: one object and a line feed for each, and a NUL at the end.
 *
 * The keys are the names of the members of the record's struct. The first call makes the text; later calls return
 * the same one. `*length` is set to the number of bytes without the NUL; `length` may be NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text belongs to the list. Errors:
 * SEERFLOW_STATUS_CORRUPT if an event is damaged; SEERFLOW_STATUS_LIMIT if there is not enough memory.
 */
SEERFLOW_API seerflow_status seerflow_list_ndjson(const seerflow_list *list,
                                                  const char **text,
                                                  size_t *length,
                                                  seerflow_error **error);

/**
 * Returns the events of a list in their stored form: msgpack maps, one after the other.
 *
 * `*data` is set to the first byte, `*length` to the number of bytes, and `*ends` to an array with the end offset of
 * each event. Each of the three pointers may be NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: both arrays belong to the list. Errors:
 * SEERFLOW_STATUS_INVALID if the list does not hold events.
 */
SEERFLOW_API seerflow_status seerflow_list_msgpack(const seerflow_list *list,
                                                   const uint8_t **data,
                                                   size_t *length,
                                                   const size_t **ends,
                                                   seerflow_error **error);

/**
 * Returns the event at `index` of a list. Indexes start at 0.
 *
 * Returns NULL if `index` is past the last event, or if the list does not hold events.
 *
 * Threads: any number at once. Blocking: never. Ownership: the event belongs to the list.
 */
SEERFLOW_API const seerflow_event *seerflow_list_event_at(const seerflow_list *list, size_t index);

/**
 * Destroys a list and its events. Does nothing for NULL.
 *
 * Threads: no other call on the list may run. Blocking: never.
 */
SEERFLOW_API void seerflow_list_destroy(seerflow_list *list);

/**
 * Returns a page of the committed events that match the query.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_query_events(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Returns the event with an id, as a list of one record.
 *
 * `event_id` is a UUID as text.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no stored event has this id.
 */
SEERFLOW_API seerflow_status seerflow_store_event(const seerflow_store *store,
                                                  const char *event_id,
                                                  const seerflow_call *call,
                                                  seerflow_list **list,
                                                  seerflow_error **error);

/**
 * Counts the events that match the query, for each value of a property, largest count first.
 *
 * `by` selects the property: source, host, template, severity or entity. Values with equal counts are in the order
 * of the value. The query's limit is the number of values to return, at most 10,000.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID for a `by` that does not apply to events, or a larger
 * limit.
 */
SEERFLOW_API seerflow_status seerflow_store_count_events(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         seerflow_count_by by,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Counts the distinct values of a property among the events that match the query.
 *
 * `by` selects the property: source, host, template, severity or entity. The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_distinct_events(const seerflow_store *store,
                                                            const seerflow_query *query,
                                                            seerflow_count_by by,
                                                            const seerflow_call *call,
                                                            uint64_t *distinct,
                                                            seerflow_error **error);

/**
 * Counts the events that match the query, in buckets of `bucket_ns` nanoseconds.
 *
 * Buckets start at multiples of their length since 1970-01-01 UTC. Empty buckets are left out. If `split` is
 * SEERFLOW_COUNT_BY_SOURCE or SEERFLOW_COUNT_BY_SEVERITY, each value has its own buckets, ordered by time, then by
 * value. If it is SEERFLOW_COUNT_BY_NONE, the histogram is not split. The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_event_histogram(const seerflow_store *store,
                                                            const seerflow_query *query,
                                                            int64_t bucket_ns,
                                                            seerflow_count_by split,
                                                            const seerflow_call *call,
                                                            seerflow_list **list,
                                                            seerflow_error **error);

/**
 * Returns the name of a field, which is its key in msgpack and JSON.
 *
 * Returns NULL if `field` is not a seerflow_field.
 *
 * Threads: any. Blocking: never. Ownership: the text is static.
 */
SEERFLOW_API const char *seerflow_field_name(seerflow_field field);

/**
 * Reads an integer or a time field. Times are in nanoseconds since 1970-01-01 UTC.
 *
 * Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_INVALID if the field has another type.
 */
SEERFLOW_API seerflow_status seerflow_event_get_int(const seerflow_event *event,
                                                    seerflow_field field,
                                                    int64_t *value,
                                                    seerflow_error **error);

/**
 * Reads a float field.
 *
 * Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_INVALID if the field has another type.
 */
SEERFLOW_API seerflow_status seerflow_event_get_float(const seerflow_event *event,
                                                      seerflow_field field,
                                                      double *value,
                                                      seerflow_error **error);

/**
 * Reads a text field.
 *
 * `trace_id` and `span_id` may be absent; `data` is then NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text belongs to the list of the event; it is not
 * NUL-terminated. Errors: SEERFLOW_STATUS_INVALID if the field has another type.
 */
SEERFLOW_API seerflow_status seerflow_event_get_text(const seerflow_event *event,
                                                     seerflow_field field,
                                                     seerflow_str *value,
                                                     seerflow_error **error);

/**
 * Copies the event's id to `out`: a UUID of 36 characters and a NUL.
 *
 * `out` must have room for SEERFLOW_ID_SIZE bytes.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_id(const seerflow_event *event,
                                                   char *out,
                                                   seerflow_error **error);

/**
 * Returns a field of any type as one msgpack value.
 *
 * If the field is not stored, `*data` is set to NULL and `*length` to 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the bytes belong to the list of the event. Errors:
 * SEERFLOW_STATUS_INVALID if `field` is not a seerflow_field.
 */
SEERFLOW_API seerflow_status seerflow_event_get_msgpack(const seerflow_event *event,
                                                        seerflow_field field,
                                                        const uint8_t **data,
                                                        size_t *length,
                                                        seerflow_error **error);

/**
 * Returns the whole event in its stored form: one msgpack map.
 *
 * Threads: any number at once. Blocking: never. Ownership: the bytes belong to the list of the event.
 */
SEERFLOW_API seerflow_status seerflow_event_msgpack(const seerflow_event *event,
                                                    const uint8_t **data,
                                                    size_t *length,
                                                    seerflow_error **error);

/**
 * Returns the whole event as a JSON object on one line, followed by a NUL.
 *
 * The first call makes the text; later calls return the same one. `*length` is set to the number of bytes without
 * the NUL; `length` may be NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text belongs to the list of the event. Errors:
 * SEERFLOW_STATUS_CORRUPT if the event is damaged; SEERFLOW_STATUS_LIMIT if there is not enough memory.
 */
SEERFLOW_API seerflow_status seerflow_event_json(const seerflow_event *event,
                                                 const char **text,
                                                 size_t *length,
                                                 seerflow_error **error);

/**
 * Returns the number of texts in a list field.
 *
 * Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_INVALID if the field has another type.
 */
SEERFLOW_API seerflow_status seerflow_event_get_list_count(const seerflow_event *event,
                                                           seerflow_field field,
                                                           size_t *count,
                                                           seerflow_error **error);

/**
 * Reads the text at `index` of a list field. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text belongs to the list of the event; it is not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last text; SEERFLOW_STATUS_INVALID if the
 * field has another type.
 */
SEERFLOW_API seerflow_status seerflow_event_get_list_at(const seerflow_event *event,
                                                        seerflow_field field,
                                                        size_t index,
                                                        seerflow_str *value,
                                                        seerflow_error **error);

/**
 * Returns the number of pairs in SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS.
 *
 * Threads: any number at once. Blocking: never. Errors: SEERFLOW_STATUS_INVALID for another field.
 */
SEERFLOW_API seerflow_status seerflow_event_get_map_count(const seerflow_event *event,
                                                          seerflow_field field,
                                                          size_t *count,
                                                          seerflow_error **error);

/**
 * Reads the pair at `index` of SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS.
 *
 * Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the key and the value belong to the list of the event;
 * they are not NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last pair;
 * SEERFLOW_STATUS_INVALID for another field.
 */
SEERFLOW_API seerflow_status seerflow_event_get_map_at(const seerflow_event *event,
                                                       seerflow_field field,
                                                       size_t index,
                                                       seerflow_attribute *attribute,
                                                       seerflow_error **error);

/**
 * Lists the entities of an event, in the order of its entity_refs.
 *
 * `event_id` is a UUID as text.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no stored event has this id.
 */
SEERFLOW_API seerflow_status seerflow_store_event_entities(const seerflow_store *store,
                                                           const char *event_id,
                                                           const seerflow_call *call,
                                                           seerflow_list **list,
                                                           seerflow_error **error);

/**
 * Returns the type and the value of an entity id, as a list of one record.
 *
 * They are taken from the newest event or alert that names the entity.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no stored event or alert names the entity.
 */
SEERFLOW_API seerflow_status seerflow_store_entity(const seerflow_store *store,
                                                   const char *entity_id,
                                                   const seerflow_call *call,
                                                   seerflow_list **list,
                                                   seerflow_error **error);

/**
 * Copies the entity at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_ENTITY.
 */
SEERFLOW_API seerflow_status seerflow_list_entity_at(const seerflow_list *list,
                                                     size_t index,
                                                     seerflow_entity *out,
                                                     seerflow_error **error);

/**
 * Copies the value and its count at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_COUNT.
 */
SEERFLOW_API seerflow_status seerflow_list_count_at(const seerflow_list *list,
                                                    size_t index,
                                                    seerflow_count *out,
                                                    seerflow_error **error);

/**
 * Copies the bucket at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_BUCKET.
 */
SEERFLOW_API seerflow_status seerflow_list_bucket_at(const seerflow_list *list,
                                                     size_t index,
                                                     seerflow_bucket *out,
                                                     seerflow_error **error);

/**
 * Writes templates in one transaction: all of them or none. It is committed when the function returns.
 *
 * The statistics of a template that is already stored are updated.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the templates remain the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_templates(const seerflow_store *store,
                                                                               const seerflow_template *templates,
                                                                               size_t count,
                                                                               const seerflow_call *call,
                                                                               seerflow_error **error);

/**
 * Lists templates by their number of events, largest first.
 *
 * The query may set the limit, at most 10,000; it must not set a filter.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_query_templates(const seerflow_store *store,
                                                            const seerflow_query *query,
                                                            const seerflow_call *call,
                                                            seerflow_list **list,
                                                            seerflow_error **error);

/**
 * Removes templates with fewer than `min_count` events.
 *
 * `*deleted` is set to the number of removed templates. It may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_prune_templates(const seerflow_store *store,
                                                                               int64_t min_count,
                                                                               const seerflow_call *call,
                                                                               uint64_t *deleted,
                                                                               seerflow_error **error);

/**
 * Removes all templates.
 *
 * `*deleted` is set to the number of removed templates. It may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_reset_templates(const seerflow_store *store,
                                                            const seerflow_call *call,
                                                            uint64_t *deleted,
                                                            seerflow_error **error);

/**
 * Copies the template at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_TEMPLATE.
 */
SEERFLOW_API seerflow_status seerflow_list_template_at(const seerflow_list *list,
                                                       size_t index,
                                                       seerflow_template *out,
                                                       seerflow_error **error);

/**
 * Lists dead letters, newest first.
 *
 * The query may set the limit and the cursor; it must not set a filter.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID if the query sets a filter.
 */
SEERFLOW_API seerflow_status seerflow_store_query_dead_letters(const seerflow_store *store,
                                                               const seerflow_query *query,
                                                               const seerflow_call *call,
                                                               seerflow_list **list,
                                                               seerflow_error **error);

/**
 * Copies the dead letter at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_DEAD_LETTER.
 */
SEERFLOW_API seerflow_status seerflow_list_dead_letter_at(const seerflow_list *list,
                                                          size_t index,
                                                          seerflow_dead_letter *out,
                                                          seerflow_error **error);

/**
 * Writes alerts in one transaction: all of them or none. They are committed when the function returns.
 *
 * An alert whose dedup_key is already stored counts as another occurrence of that alert if their times differ by at
 * most `options->dedup_window_ns`: dedup_count grows by one and the stored time stays. If they differ by more,
 * dedup_count becomes 1 and the stored time becomes the new one. In both cases the id and the details become those
 * of the new alert, and a verdict stays.
 *
 * `options` may be NULL. `*results` is set to a list of SEERFLOW_KIND_ALERT_RESULT with one record for each alert;
 * `results` may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the alerts remain the caller's; the caller
 * destroys the results. Errors: SEERFLOW_STATUS_INVALID if a member of an alert is out of range, with a message that
 * names the alert and the member; SEERFLOW_STATUS_CONFLICT if an alert_id is stored with another dedup_key.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_alerts(const seerflow_store *store,
                                                                            const seerflow_alert *alerts,
                                                                            size_t count,
                                                                            const seerflow_record_options *options,
                                                                            const seerflow_call *call,
                                                                            seerflow_list **results,
                                                                            seerflow_error **error);

/**
 * Copies the outcome of an alert at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_ALERT_RESULT.
 */
SEERFLOW_API seerflow_status seerflow_list_alert_result_at(const seerflow_list *list,
                                                           size_t index,
                                                           seerflow_alert_result *out,
                                                           seerflow_error **error);

/**
 * Returns a page of the alerts that match the query, newest first.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_query_alerts(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Returns the alert with an id, as a list of one record.
 *
 * An alert that occurred again has the id of its latest occurrence.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no stored alert has this id.
 */
SEERFLOW_API seerflow_status seerflow_store_alert(const seerflow_store *store,
                                                  const char *alert_id,
                                                  const seerflow_call *call,
                                                  seerflow_list **list,
                                                  seerflow_error **error);

/**
 * Counts the alerts that match the query, by rule or by severity name, largest count first.
 *
 * `by` is SEERFLOW_COUNT_BY_RULE or SEERFLOW_COUNT_BY_SEVERITY. The list has at most as many records as the query's
 * limit.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID for another `by`.
 */
SEERFLOW_API seerflow_status seerflow_store_count_alerts(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         seerflow_count_by by,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Counts the alerts that match the query, in buckets of `bucket_ns` nanoseconds.
 *
 * Buckets start at multiples of their length since 1970-01-01 UTC. Empty buckets are left out. The query's limit has
 * no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_alert_histogram(const seerflow_store *store,
                                                            const seerflow_query *query,
                                                            int64_t bucket_ns,
                                                            const seerflow_call *call,
                                                            seerflow_list **list,
                                                            seerflow_error **error);

/**
 * Copies the alert at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_ALERT.
 */
SEERFLOW_API seerflow_status seerflow_list_alert_at(const seerflow_list *list,
                                                    size_t index,
                                                    seerflow_alert *out,
                                                    seerflow_error **error);

/**
 * Sets the verdict of an alert and appends it to the audit trail, in one transaction.
 *
 * The transaction is committed when the function returns.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the verdict remains the caller's. Errors:
 * SEERFLOW_STATUS_NOT_FOUND if no stored alert has this id; nothing is written then.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_update_feedback(const seerflow_store *store,
                                                                               const seerflow_feedback *feedback,
                                                                               const seerflow_call *call,
                                                                               seerflow_error **error);

/**
 * Appends a verdict to the audit trail only. It is committed when the function returns.
 *
 * The alert need not be stored; its own verdict does not change.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the verdict remains the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_append_feedback(const seerflow_store *store,
                                                                               const seerflow_feedback *feedback,
                                                                               const seerflow_call *call,
                                                                               seerflow_error **error);

/**
 * Lists the verdicts in the audit trail, newest first.
 *
 * seerflow_query_set_alert_id selects the verdicts on one alert. The query may also set the page, the cursor and the
 * limit.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_query_feedback(const seerflow_store *store,
                                                           const seerflow_query *query,
                                                           const seerflow_call *call,
                                                           seerflow_list **list,
                                                           seerflow_error **error);

/**
 * Counts the alerts that have a verdict.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_feedback_stats(const seerflow_store *store,
                                                           const seerflow_call *call,
                                                           seerflow_feedback_stats *stats,
                                                           seerflow_error **error);

/**
 * Copies the verdict at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_FEEDBACK.
 */
SEERFLOW_API seerflow_status seerflow_list_feedback_at(const seerflow_list *list,
                                                       size_t index,
                                                       seerflow_feedback *out,
                                                       seerflow_error **error);

/**
 * Groups true positives by type, rule and entity type, and lists the largest groups first.
 *
 * Only the latest verdict on each alert counts, and only if it was given within the query's window. The query may
 * also set the size of the smallest group (seerflow_query_set_min_count) and the number of alerts listed for each
 * group (seerflow_query_set_max_alerts).
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_alert_patterns(const seerflow_store *store,
                                                           const seerflow_query *query,
                                                           const seerflow_call *call,
                                                           seerflow_list **list,
                                                           seerflow_error **error);

/**
 * Copies the pattern at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_ALERT_PATTERN.
 */
SEERFLOW_API seerflow_status seerflow_list_alert_pattern_at(const seerflow_list *list,
                                                            size_t index,
                                                            seerflow_alert_pattern *out,
                                                            seerflow_error **error);

/**
 * Saves a model under a key, replacing a stored one. It is committed when the function returns.
 *
 * The key has 1 to 256 ASCII characters. The data may have up to 64 MiB. `*saved_at_ns` is set to the time of the
 * save, in nanoseconds since 1970-01-01 UTC; it is always later than that of the replaced model. `saved_at_ns` may
 * be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the data remain the caller's; they are not
 * copied. Errors: SEERFLOW_STATUS_LIMIT if the data are larger.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_save_model(const seerflow_store *store,
                                                                          const char *key,
                                                                          const void *data,
                                                                          size_t length,
                                                                          const seerflow_call *call,
                                                                          int64_t *saved_at_ns,
                                                                          seerflow_error **error);

/**
 * Saves a model only if the stored one was saved at `expected_ns` (compare and swap).
 *
 * SEERFLOW_TIME_ABSENT means: save it only if no model with this key is stored. Of two writers that loaded the same
 * model, only one succeeds. Otherwise the function works as seerflow_store_save_model.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the data remain the caller's; they are not
 * copied. Errors: SEERFLOW_STATUS_CONFLICT if the stored model is another one. Nothing is changed then; load the
 * model and try again.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_swap_model(const seerflow_store *store,
                                                                          const char *key,
                                                                          const void *data,
                                                                          size_t length,
                                                                          int64_t expected_ns,
                                                                          const seerflow_call *call,
                                                                          int64_t *saved_at_ns,
                                                                          seerflow_error **error);

/**
 * Returns a model with its data, as a list of one record.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_NOT_FOUND if no model with this key is stored.
 */
SEERFLOW_API seerflow_status seerflow_store_load_model(const seerflow_store *store,
                                                       const char *key,
                                                       const seerflow_call *call,
                                                       seerflow_list **list,
                                                       seerflow_error **error);

/**
 * Deletes a model. It is not an error if the model is not stored.
 *
 * `*deleted` is set to 1, or to 0 if the model was not stored. It may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_delete_model(const seerflow_store *store,
                                                         const char *key,
                                                         const seerflow_call *call,
                                                         uint64_t *deleted,
                                                         seerflow_error **error);

/**
 * Lists models without their data, in the order of their keys.
 *
 * seerflow_query_set_key_prefix selects models by the start of their keys. The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_query_models(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Copies the model at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_MODEL.
 */
SEERFLOW_API seerflow_status seerflow_list_model_at(const seerflow_list *list,
                                                    size_t index,
                                                    seerflow_model *out,
                                                    seerflow_error **error);

/**
 * Lists the stored states of rules, in the order of the rule ids.
 *
 * The query must not set a filter, and its limit has no effect. It may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_query_sigma_rules(const seerflow_store *store,
                                                              const seerflow_query *query,
                                                              const seerflow_call *call,
                                                              seerflow_list **list,
                                                              seerflow_error **error);

/**
 * Enables or disables a rule, and creates its state if it has none. Committed when the function returns.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_enable_sigma_rule(const seerflow_store *store,
                                                                                 const char *rule_id,
                                                                                 bool enabled,
                                                                                 const seerflow_call *call,
                                                                                 seerflow_error **error);

/**
 * Adds matches to the counts of rules, in one transaction: all of them or none.
 *
 * The transaction is committed when the function returns. For each rule the latest time is stored. The state of a
 * rule is created if it has none.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the matches remain the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_sigma_matches(const seerflow_store *store,
                                                                                   const seerflow_sigma_matches *matches,
                                                                                   size_t count,
                                                                                   const seerflow_call *call,
                                                                                   seerflow_error **error);

/**
 * Copies the state of a rule at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_SIGMA_RULE.
 */
SEERFLOW_API seerflow_status seerflow_list_sigma_rule_at(const seerflow_list *list,
                                                         size_t index,
                                                         seerflow_sigma_rule *out,
                                                         seerflow_error **error);

/**
 * Adds edges, or updates the times and counts of stored edges: all of them or none.
 *
 * Queries on the graph see the edges when the function returns. `options` may be NULL.
 *
 * With `options->durable`, the default, the edges are committed when the function returns. If the call ends early,
 * edges that no transaction holds are removed from the queue; the error is retriable if none are left in it. Without
 * `durable` the edges are committed in the background, within `storage.flush_interval_ms`; seerflow_store_flush
 * waits for that.
 *
 * Threads: any number at once. Blocking: bounded by `call`; a write that is not durable waits only while the queue
 * is full, then fails with SEERFLOW_STATUS_AGAIN. Ownership: the edges remain the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_edges(const seerflow_store *store,
                                                                           const seerflow_edge *edges,
                                                                           size_t count,
                                                                           const seerflow_record_options *options,
                                                                           const seerflow_call *call,
                                                                           seerflow_error **error);

/**
 * Lists edges in the order of source id, target id and relation.
 *
 * The query may set the limit and the cursor; it must not set a filter. No transaction is open between two pages: an
 * edge that exists during the whole listing is returned exactly once, with the values it has when its page is read.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID if the query sets a filter.
 */
SEERFLOW_API seerflow_status seerflow_store_query_edges(const seerflow_store *store,
                                                        const seerflow_query *query,
                                                        const seerflow_call *call,
                                                        seerflow_list **list,
                                                        seerflow_error **error);

/**
 * Removes the edges whose last_seen_ns is before `before_ns`, in nanoseconds since 1970-01-01 UTC.
 *
 * `*deleted` is set to the number of removed edges. It may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_prune_edges(const seerflow_store *store,
                                                                           int64_t before_ns,
                                                                           const seerflow_call *call,
                                                                           uint64_t *deleted,
                                                                           seerflow_error **error);

/**
 * Copies the edge at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_EDGE.
 */
SEERFLOW_API seerflow_status seerflow_list_edge_at(const seerflow_list *list,
                                                   size_t index,
                                                   seerflow_edge *out,
                                                   seerflow_error **error);

/**
 * Lists the entities within the query's depth of its entity, ordered by distance, then by id.
 *
 * The direction of edges does not matter. Only edges of the query's relations are followed. The entity itself is not
 * listed. The list is empty if the graph does not contain the entity. The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_neighbours(const seerflow_store *store,
                                                             const seerflow_query *query,
                                                             const seerflow_call *call,
                                                             seerflow_list **list,
                                                             seerflow_error **error);

/**
 * Lists the entities on a shortest path between two entities, including both ends.
 *
 * `from` and `to` are entity ids. Each record has the distance from the first entity. If there are several shortest
 * paths, the result is the one whose sequence of ids is smallest. If no path exists, the list is empty.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_path(const seerflow_store *store,
                                                       const char *from,
                                                       const char *to,
                                                       const seerflow_call *call,
                                                       seerflow_list **list,
                                                       seerflow_error **error);

/**
 * Lists the entities around the query's entity, and every edge between two of them.
 *
 * `*nodes` is set to the entities within the query's depth, including the entity itself, ordered by distance, then
 * by id. `*edges` is set to the edges. Both lists are empty if the graph does not contain the entity. The query's
 * limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys both lists with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_subgraph(const seerflow_store *store,
                                                           const seerflow_query *query,
                                                           const seerflow_call *call,
                                                           seerflow_list **nodes,
                                                           seerflow_list **edges,
                                                           seerflow_error **error);

/**
 * Lists the direct neighbours of the query's entity with their relation, most often seen first.
 *
 * The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_related(const seerflow_store *store,
                                                          const seerflow_query *query,
                                                          const seerflow_call *call,
                                                          seerflow_list **list,
                                                          seerflow_error **error);

/**
 * Counts the entities and the edges of the graph.
 *
 * `*vertices` is set to the number of entities that have an edge, `*edges` to the number of edges. Either may be
 * NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_counts(const seerflow_store *store,
                                                         const seerflow_call *call,
                                                         uint64_t *vertices,
                                                         uint64_t *edges,
                                                         seerflow_error **error);

/**
 * Computes a measure for every entity of the graph and lists the `limit` largest values.
 *
 * `measure` is one of:
 *
 * - "pagerank": PageRank along the direction of edges, damping 0.85; the values of all entities add up to 1;
 * - "betweenness": the fraction of all pairs of other entities whose shortest paths pass through the entity;
 *   estimated in a large graph;
 * - "fan_in": the number of other entities with an edge to the entity;
 * - "fan_out": the number of other entities to which it has an edge;
 * - "ego_graph_size": the number of its direct neighbours;
 * - "community_id": the number of its community. 0 is the largest community, and its entities are listed first;
 * - "component_id": the number of its connected component. 0 is the largest component, and its entities are listed
 *   first.
 *
 * Threads: any number at once; "betweenness" starts a second thread for the time of the call. Blocking: bounded by
 * `call`. Ownership: the caller destroys the list with seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID for an
 * unknown measure.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_top(const seerflow_store *store,
                                                      const char *measure,
                                                      size_t limit,
                                                      const seerflow_call *call,
                                                      seerflow_list **list,
                                                      seerflow_error **error);

/**
 * Checks whether the graph can be reached now.
 *
 * SEERFLOW_STATUS_OK means that it can; any other status is the reason why it cannot.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_health(const seerflow_store *store,
                                                         const seerflow_call *call,
                                                         seerflow_error **error);

/**
 * Copies the entity and its distance at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_NEIGHBOUR.
 */
SEERFLOW_API seerflow_status seerflow_list_neighbour_at(const seerflow_list *list,
                                                        size_t index,
                                                        seerflow_neighbour *out,
                                                        seerflow_error **error);

/**
 * Copies the neighbour and its relation at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_RELATED.
 */
SEERFLOW_API seerflow_status seerflow_list_related_at(const seerflow_list *list,
                                                      size_t index,
                                                      seerflow_related *out,
                                                      seerflow_error **error);

/**
 * Copies the entity and its value at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_SCORE.
 */
SEERFLOW_API seerflow_status seerflow_list_score_at(const seerflow_list *list,
                                                    size_t index,
                                                    seerflow_score *out,
                                                    seerflow_error **error);

/**
 * Writes records given as JSON, one object a line, in one transaction: all of them or none.
 *
 * `kind` is SEERFLOW_KIND_ALERT, SEERFLOW_KIND_TEMPLATE, SEERFLOW_KIND_EDGE or SEERFLOW_KIND_SIGMA_MATCHES. The keys
 * of an object are the names of the members of the kind's struct. An alert may leave out any member, which then has
 * its default. The other kinds must have every member, except for a template's example_message. Unknown keys and
 * empty lines are ignored.
 *
 * For alerts, `*results` is set to a list of SEERFLOW_KIND_ALERT_RESULT; for the other kinds it is not written.
 * `results` and `options` may be NULL. Otherwise the function works as the one that writes the structs of the kind.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the bytes remain the caller's; the caller
 * destroys the results. Errors: SEERFLOW_STATUS_INVALID if a line is not a record of this kind; the message names
 * the line.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_records(const seerflow_store *store,
                                                                             seerflow_kind kind,
                                                                             const void *data,
                                                                             size_t length,
                                                                             const seerflow_record_options *options,
                                                                             const seerflow_call *call,
                                                                             seerflow_list **results,
                                                                             seerflow_error **error);

/**
 * Removes old events and dead letters, in several transactions.
 *
 * Other writes continue between the transactions. The event that arrived last is never removed. If the call is
 * interrupted, the events that it removed by then stay removed. `report` may be NULL.
 *
 * A SQLite file that libseerflow created becomes smaller. A SQLite file that Seerflow created keeps its size; new
 * events use the free space. On PostgreSQL, dropped partitions return their space to the file system, and the space
 * of deleted rows is used for new rows.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_prune(const seerflow_store *store,
                                                                     const seerflow_prune_options *options,
                                                                     const seerflow_call *call,
                                                                     seerflow_prune_report *report,
                                                                     seerflow_error **error);

/**
 * Writes a consistent copy of a SQLite database to a new file. Reads and writes continue meanwhile.
 *
 * Only the owner of the file may read it. The file gets the name `target` when it is complete and on disk. An
 * existing file is never replaced. `progress` may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_INVALID if `target` exists, even
 * as a symbolic link; SEERFLOW_STATUS_UNSUPPORTED on PostgreSQL: use pg_dump or pg_basebackup.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_backup(const seerflow_store *store,
                                                                      const char *target,
                                                                      const seerflow_call *call,
                                                                      seerflow_progress_callback progress,
                                                                      void *user_data,
                                                                      seerflow_error **error);

/**
 * Copies the write-ahead log into the database file, and empties the log unless a reader needs it.
 *
 * The library also does this by itself, in the background.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_checkpoint(const seerflow_store *store,
                                                       const seerflow_call *call,
                                                       seerflow_error **error);

/**
 * Checks the consistency of a store.
 *
 * `what` is SEERFLOW_CHECK_STRUCTURE, SEERFLOW_CHECK_TEXT, or their sum. SEERFLOW_STATUS_OK means that the check was
 * completed; the list holds its findings, and is empty if there are no defects.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list with
 * seerflow_list_destroy. Errors: SEERFLOW_STATUS_INVALID for another `what`.
 */
SEERFLOW_API seerflow_status seerflow_store_check(const seerflow_store *store,
                                                  uint32_t what,
                                                  const seerflow_call *call,
                                                  seerflow_list **list,
                                                  seerflow_error **error);

/**
 * Copies the finding at `index` of a list to `out`. Indexes start at 0.
 *
 * Threads: any number at once. Blocking: never. Ownership: the texts in `out` belong to the list; they are not
 * NUL-terminated. Errors: SEERFLOW_STATUS_NOT_FOUND if `index` is past the last record; SEERFLOW_STATUS_INVALID if
 * the list is not of kind SEERFLOW_KIND_FINDING.
 */
SEERFLOW_API seerflow_status seerflow_list_finding_at(const seerflow_list *list,
                                                      size_t index,
                                                      seerflow_finding *out,
                                                      seerflow_error **error);

/**
 * Returns counts and sizes of a store.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_summary(const seerflow_store *store,
                                                    const seerflow_call *call,
                                                    seerflow_summary *summary,
                                                    seerflow_error **error);

/**
 * Computes the id of an entity, as Seerflow does.
 *
 * Pass the id to seerflow_query_set_entity_id. It is a UUID of 36 characters, followed by a NUL; `out` must have
 * room for SEERFLOW_ID_SIZE bytes.
 *
 * Threads: any. Blocking: never. Errors: SEERFLOW_STATUS_NOT_FOUND if `value` has no id, because it is empty or is
 * not an IP address although `type` says so; SEERFLOW_STATUS_INVALID if `type` is not a seerflow_entity_type.
 */
SEERFLOW_API seerflow_status seerflow_entity_id(seerflow_entity_type type,
                                                seerflow_str value,
                                                char *out,
                                                seerflow_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SEERFLOW_H */

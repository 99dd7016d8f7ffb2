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

#ifndef SEERFLOW_H
#define SEERFLOW_H

/* Made by cbindgen from src/ffi. Do not edit: UPDATE_HEADER=1 cargo test --test header */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The version that a program is compiled against; seerflow_version() is the one that it runs with. */
#define SEERFLOW_VERSION "1.0.0-rc.1"
/** The first number of the version. */
#define SEERFLOW_VERSION_MAJOR 1
/** The second number of the version. */
#define SEERFLOW_VERSION_MINOR 0
/** The third number of the version. */
#define SEERFLOW_VERSION_PATCH 0
/** The same as one number, for comparing: 1.2.3 is 10203. */
#define SEERFLOW_VERSION_NUMBER (SEERFLOW_VERSION_MAJOR * 10000 + SEERFLOW_VERSION_MINOR * 100 + SEERFLOW_VERSION_PATCH)

/** An absent time: an event without one gets the present. */
#define SEERFLOW_TIME_ABSENT INT64_MIN

/** An attribute of every function. It may be defined before the header is included. */
#ifndef SEERFLOW_API
#define SEERFLOW_API
#endif
/** An attribute of functions whose answer must be looked at. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define SEERFLOW_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#define SEERFLOW_NODISCARD __attribute__((warn_unused_result))
#else
#define SEERFLOW_NODISCARD
#endif
/** An attribute of functions that a later version removes. */
#if defined(__GNUC__)
#define SEERFLOW_DEPRECATED __attribute__((deprecated))
#else
#define SEERFLOW_DEPRECATED
#endif

/** The integer that an enumeration is, in languages that can say so. The library checks the numbers that it is given. */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define SEERFLOW_ENUM(type) : type
#else
#define SEERFLOW_ENUM(type)
#endif
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
_Static_assert(sizeof(enum seerflow_enum_size { SEERFLOW_ENUM_SIZE }) == 4, "libseerflow is not for programs with short enums");
#endif

/**
 * Makes a seerflow_str of a NUL-terminated text: seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, SEERFLOW_STR("192.0.2.1"), ...). It uses its argument twice.
 */
#ifdef __cplusplus
#define SEERFLOW_STR(text) (seerflow_str{(text), strlen(text)})
#else
#define SEERFLOW_STR(text) ((seerflow_str){(text), strlen(text)})
#endif

/** A field of an event, and which getter reads it. */
typedef enum seerflow_field SEERFLOW_ENUM(uint32_t) {
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
} seerflow_field;

/** The number of the binary interface. It grows when a program has to be compiled again. */
#define SEERFLOW_ABI_VERSION 1

/** The bound of a call that was given none, in milliseconds. */
#define SEERFLOW_DEFAULT_TIMEOUT_MS 30000

/** Bytes that an id takes as text: 36 characters and a NUL. */
#define SEERFLOW_ID_SIZE 37

/** How long alerts with the same dedup_key are one alert in Seerflow: 15 minutes, in nanoseconds. */
#define SEERFLOW_DEDUP_WINDOW_NS 900000000000

/** Bytes of `end_cursor` of seerflow_summary, with its NUL. Other cursors are longer. */
#define SEERFLOW_CURSOR_SIZE 64

/** What a call answered. Numbers are never reused; a later library may answer numbers that are not here. */
typedef enum seerflow_status SEERFLOW_ENUM(int32_t) {
    /**
     * Done.
     */
    SEERFLOW_STATUS_OK = 0,
    /**
     * An argument or a record is outside what the call accepts. A handle that is NULL, of another type or destroyed.
     */
    SEERFLOW_STATUS_INVALID = 1,
    /**
     * The configuration has an unknown key, a bad value or an unset variable.
     */
    SEERFLOW_STATUS_CONFIG = 2,
    /**
     * What was asked for by name or by number is not there.
     */
    SEERFLOW_STATUS_NOT_FOUND = 3,
    /**
     * The queue stayed full until the deadline, or no completion is there; try again later.
     */
    SEERFLOW_STATUS_AGAIN = 4,
    /**
     * The deadline passed before the work was done.
     */
    SEERFLOW_STATUS_TIMEOUT = 5,
    /**
     * Another thread raised the call's interrupt.
     */
    SEERFLOW_STATUS_INTERRUPTED = 6,
    /**
     * The store was closed before the call.
     */
    SEERFLOW_STATUS_CLOSED = 7,
    /**
     * The parent process used the handle before fork(), or has the file open. See FORK on the first page.
     */
    SEERFLOW_STATUS_FORKED = 8,
    /**
     * A call on the handle met a defect of this library. All that is left for the handle is to be destroyed.
     */
    SEERFLOW_STATUS_PANIC = 9,
    /**
     * The file system or the operating system refused.
     */
    SEERFLOW_STATUS_IO = 10,
    /**
     * The database answered an error of its own.
     */
    SEERFLOW_STATUS_DATABASE = 11,
    /**
     * The database file, or an event in it, is damaged.
     */
    SEERFLOW_STATUS_CORRUPT = 12,
    /**
     * No space is left where the database lives.
     */
    SEERFLOW_STATUS_FULL = 13,
    /**
     * Another program holds the database's write lock.
     */
    SEERFLOW_STATUS_BUSY = 14,
    /**
     * The database's schema is newer than this library, or of an age it does not adopt.
     */
    SEERFLOW_STATUS_SCHEMA = 15,
    /**
     * This build, this platform, the database or its server does not have what is needed: a database that is not in UTF8, a
     * file system without write-ahead logs, a backup of PostgreSQL.
     */
    SEERFLOW_STATUS_UNSUPPORTED = 16,
    /**
     * Access was denied.
     */
    SEERFLOW_STATUS_PERMISSION = 17,
    /**
     * A bound on size, depth or count was passed.
     */
    SEERFLOW_STATUS_LIMIT = 18,
    /**
     * Something else than what the call expected is stored there.
     */
    SEERFLOW_STATUS_CONFLICT = 19,
    /**
     * The store is closed, and accepted events could not be stored before.
     */
    SEERFLOW_STATUS_LOST = 20,
} seerflow_status;

/** How a store is. */
typedef enum seerflow_health SEERFLOW_ENUM(uint32_t) {
    /**
     * Not used yet: nothing is open.
     */
    SEERFLOW_HEALTH_IDLE = 0,
    /**
     * All is well.
     */
    SEERFLOW_HEALTH_OK = 1,
    /**
     * Commits fail at present; events are kept and tried again.
     */
    SEERFLOW_HEALTH_DEGRADED = 2,
    /**
     * Closed.
     */
    SEERFLOW_HEALTH_CLOSED = 3,
} seerflow_health;

/** A kind of record. Numbers are never reused. */
typedef enum seerflow_kind SEERFLOW_ENUM(uint32_t) {
    /**
     * No record: the kind of a list that is NULL.
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
     * Entities with their names: seerflow_list_entity_at.
     */
    SEERFLOW_KIND_ENTITY = 9,
    /**
     * Values and how many records have each: seerflow_list_count_at.
     */
    SEERFLOW_KIND_COUNT = 10,
    /**
     * Stretches of time and how many records are in each: seerflow_list_bucket_at.
     */
    SEERFLOW_KIND_BUCKET = 11,
    /**
     * What became of alerts that were written: seerflow_list_alert_result_at.
     */
    SEERFLOW_KIND_ALERT_RESULT = 12,
    /**
     * Patterns of true positives: seerflow_list_alert_pattern_at.
     */
    SEERFLOW_KIND_ALERT_PATTERN = 13,
    /**
     * Neighbours of an entity, with the relation: seerflow_list_related_at.
     */
    SEERFLOW_KIND_RELATED = 14,
    /**
     * Entities at a distance from another one: seerflow_list_neighbour_at.
     */
    SEERFLOW_KIND_NEIGHBOUR = 15,
    /**
     * Scores of entities: seerflow_list_score_at.
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
     * Matches of Sigma rules, which are only written: seerflow_store_write_sigma_matches.
     */
    SEERFLOW_KIND_SIGMA_MATCHES = 19,
} seerflow_kind;

/** What a commit survives. */
typedef enum seerflow_durability SEERFLOW_ENUM(uint32_t) {
    /**
     * Not known: there was no commit to wait for.
     */
    SEERFLOW_DURABILITY_NONE = 0,
    /**
     * The death of the process.
     */
    SEERFLOW_DURABILITY_PROCESS = 1,
    /**
     * The loss of power.
     */
    SEERFLOW_DURABILITY_POWER = 2,
} seerflow_durability;

/** In which order events come. */
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
     * By arrival, first come first: for following a store as it grows, and for a complete export while it does. On PostgreSQL
     * the answer is SEERFLOW_STATUS_BUSY while another program's transaction has been writing to `events` for seconds: the order
     * of later arrivals is not known yet; ask again.
     */
    SEERFLOW_ORDER_ARRIVAL = 2,
} seerflow_order;

/** Whether an answer says how many records match in all. */
typedef enum seerflow_total SEERFLOW_ENUM(uint32_t) {
    /**
     * It does not. The default, since counting costs.
     */
    SEERFLOW_TOTAL_NONE = 0,
    /**
     * It counts up to a bound.
     */
    SEERFLOW_TOTAL_CAPPED = 1,
    /**
     * It counts all.
     */
    SEERFLOW_TOTAL_EXACT = 2,
} seerflow_total;

/** What an attribute holds, and in which of its members. */
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
     * Nothing.
     */
    SEERFLOW_VALUE_NULL = 4,
    /**
     * Anything else, as one msgpack value in `s`: bytes, lists, maps, integers above INT64_MAX.
     */
    SEERFLOW_VALUE_MSGPACK = 5,
} seerflow_value;

/** What kind of thing an entity is. */
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

/** How important a log record is. */
typedef enum seerflow_log_level SEERFLOW_ENUM(uint32_t) {
    /**
     * Something is lost or does not work.
     */
    SEERFLOW_LOG_LEVEL_ERROR = 1,
    /**
     * Something does not work yet and is tried again.
     */
    SEERFLOW_LOG_LEVEL_WARNING = 2,
    /**
     * Something began or ended.
     */
    SEERFLOW_LOG_LEVEL_INFO = 3,
    /**
     * Details.
     */
    SEERFLOW_LOG_LEVEL_DEBUG = 4,
} seerflow_log_level;

/** What events are counted by, and in which form the value is. */
typedef enum seerflow_count_by SEERFLOW_ENUM(uint32_t) {
    /**
     * Nothing: records are counted together.
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
     * Events by template_id, a number; events without a template do not count.
     */
    SEERFLOW_COUNT_BY_TEMPLATE = 3,
    /**
     * Events by severity_id, a number; alerts by the name of theirs, "unknown" for a number outside 0 to 6.
     */
    SEERFLOW_COUNT_BY_SEVERITY = 4,
    /**
     * Events by each of their entities, by its id.
     */
    SEERFLOW_COUNT_BY_ENTITY = 5,
    /**
     * Alerts by rule.
     */
    SEERFLOW_COUNT_BY_RULE = 6,
} seerflow_count_by;

/** A format of bytes that hold events. Numbers are never reused. */
typedef enum seerflow_format SEERFLOW_ENUM(uint32_t) {
    /**
     * Log lines: syslog (RFC 5424, RFC 3164), application and web server logs. The header of a line becomes fields; a line of
     * no known form is stored as a message. Bytes that are not UTF-8 are accepted.
     */
    SEERFLOW_FORMAT_LINES = 1,
    /**
     * JSON, one object a line. Keys are the names of seerflow_event_input's members; the objects of other programs (zap, pino,
     * logstash, docker) are understood too. Other keys become attributes.
     */
    SEERFLOW_FORMAT_NDJSON = 2,
    /**
     * msgpack: maps one after the other, or one array of them. Keys are as for SEERFLOW_FORMAT_NDJSON.
     */
    SEERFLOW_FORMAT_MSGPACK = 3,
    /**
     * One request of OpenTelemetry: an ExportLogsServiceRequest or LogsData as protobuf, as OTLP's gRPC and HTTP carry it. Time (or
     * observed time), severity, body, attributes, resource, scope, trace and event name become fields; attributes that name
     * users, addresses, hosts, processes, files and domains become the event's entities.
     */
    SEERFLOW_FORMAT_OTLP = 4,
    /**
     * The same requests as JSON, one after the other, as OTLP's HTTP carries one and the Collector's file exporter writes many.
     */
    SEERFLOW_FORMAT_OTLP_JSON = 5,
    /**
     * Records of Fluent Forward, as Fluent Bit hands them to an output: msgpack arrays `[time, map]` or `[[time, metadata], map]`,
     * groups of them between marks, and the messages of Forward's modes (Message, Forward, PackedForward,
     * CompressedPackedForward). A map's usual keys (log, message, level, host, user, pid) become fields.
     */
    SEERFLOW_FORMAT_FLUENT = 6,
} seerflow_format;

/** What a check compares. Values may be added up. */
typedef enum seerflow_check SEERFLOW_ENUM(uint32_t) {
    /**
     * Tables, the structure of the text index, and summaries, while writes go on.
     */
    SEERFLOW_CHECK_STRUCTURE = 1,
    /**
     * The text index with every message. Other writes wait meanwhile, those of other programs too: more than a second for a
     * million events, of which a running Seerflow waits for five at the most.
     */
    SEERFLOW_CHECK_TEXT = 2,
} seerflow_check;

/**
 * The ends of writes, for programs that wait for many things at once: one completion for each write that was given this
 * object and answered SEERFLOW_STATUS_OK.
 *
 * Any number of threads may use one at once, and any number of stores.
 *
 * Methods: seerflow_completions_new, seerflow_completions_fd, seerflow_completions_next, seerflow_completions_destroy.
 */
typedef struct seerflow_completions seerflow_completions;

/**
 * Options for seerflow_store_new: keys and values, both text. An option that is not set has its default.
 *
 * A value that is set later replaces one that was set before, from wherever it came. The keys are listed by
 * seerflow_config_option_at.
 *
 * Methods: seerflow_config_new, seerflow_config_load_file, seerflow_config_load_env, seerflow_config_set,
 * seerflow_config_get, seerflow_config_set_log, seerflow_config_destroy.
 */
typedef struct seerflow_config seerflow_config;

/**
 * The details of a call that failed.
 *
 * A function that can fail takes `seerflow_error **error` as its last argument. It may be NULL; else it is written to when
 * the call fails, and only then. Who gets an error destroys it.
 *
 * Methods: seerflow_error_status, seerflow_error_retriable, seerflow_error_message, seerflow_error_destroy.
 */
typedef struct seerflow_error seerflow_error;

/**
 * An event of a list. It belongs to its list and is not destroyed.
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
 * A flag that stops calls: those that were given it answer SEERFLOW_STATUS_INTERRUPTED soon after it is raised.
 *
 * It may be given to any number of calls, and stays raised until it is reset.
 *
 * Methods: seerflow_interrupt_new, seerflow_interrupt_raise, seerflow_interrupt_reset, seerflow_interrupt_destroy.
 */
typedef struct seerflow_interrupt seerflow_interrupt;

/**
 * Records that a call returned, of one kind.
 *
 * A const list may be read by any number of threads at once. It does not depend on the store: it may outlive it, and a child
 * after fork() may read it.
 *
 * Methods: seerflow_list_count, seerflow_list_kind, seerflow_list_total, seerflow_list_next_cursor,
 * seerflow_list_last_cursor, seerflow_list_ndjson, seerflow_list_msgpack, seerflow_list_destroy, and for each kind of record
 * its function that ends in `_at`.
 */
typedef struct seerflow_list seerflow_list;

/**
 * Which records a question is about, in which order, and how many at once.
 *
 * A new query asks for the newest 100 records of all. Records must pass every filter that is set. A setter that fails changes
 * nothing. A question refuses a query that sets a filter which its records do not have: SEERFLOW_STATUS_INVALID, and the
 * message names the filter.
 *
 * Any number of threads and stores may use one query at once.
 *
 * Methods: seerflow_query_new, seerflow_query_set_window, seerflow_query_set_source_type, seerflow_query_set_source_id,
 * seerflow_query_set_min_severity, seerflow_query_set_template_id, seerflow_query_set_entity_id, seerflow_query_set_text,
 * seerflow_query_set_alert_type, seerflow_query_set_tactic, seerflow_query_set_technique, seerflow_query_set_alert_id,
 * seerflow_query_set_key_prefix, seerflow_query_add_relation, seerflow_query_set_depth, seerflow_query_set_min_count,
 * seerflow_query_set_max_alerts, seerflow_query_set_limit, seerflow_query_set_page, seerflow_query_set_order,
 * seerflow_query_set_cursor, seerflow_query_set_total, seerflow_query_destroy.
 */
typedef struct seerflow_query seerflow_query;

/**
 * What became of the records of one write, also of a write that failed after it took events.
 *
 * A const result may be read by any number of threads at once.
 *
 * Methods: seerflow_result_outcome, seerflow_result_rejections, seerflow_result_destroy.
 */
typedef struct seerflow_result seerflow_result;

/**
 * A store: where events and all other records are written to and read from. Any number of threads may use one at once; one
 * for each process is enough.
 *
 * After fork() the child can only destroy the parent's store, if the parent used it before.
 *
 * Methods: seerflow_store_new and every function whose name begins with `seerflow_store_`.
 */
typedef struct seerflow_store seerflow_store;

/**
 * Receives one log record: its level, and its text, which has `length` bytes and ends in NUL.
 *
 * It runs on any thread, on several at once, while locks of the library are held: it must not call this library and must not
 * wait. It must neither throw nor jump (longjmp): an exception that leaves it aborts the program. The text lives until it
 * returns.
 */
typedef void (*seerflow_log_callback)(void *user_data,
                                      seerflow_log_level level,
                                      const char *text,
                                      size_t length);

/**
 * How long a call may block, and what stops it. Every function that can block takes one; NULL stands for
 * SEERFLOW_CALL_INIT.
 *
 * One struct may be used for any number of calls, also at once: the library only reads it. A deadline begins when the call
 * does.
 */
typedef struct seerflow_call {
    /** sizeof(seerflow_call). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /**
     * The longest time that the call may block, in milliseconds: 0 does not wait, a negative number sets no bound. A
     * write that opens the database waits up to a second for that all the same. The default
     * is SEERFLOW_DEFAULT_TIMEOUT_MS.
     */
    int64_t timeout_ms;
    /**
     * Raising it ends the call with SEERFLOW_STATUS_INTERRUPTED. NULL, the default, if nothing stops the call.
     */
    const seerflow_interrupt *interrupt;
} seerflow_call;
/** The defaults of seerflow_call: seerflow_call name = SEERFLOW_CALL_INIT; */
#define SEERFLOW_CALL_INIT \
    { sizeof(seerflow_call), 0, SEERFLOW_DEFAULT_TIMEOUT_MS, NULL }

/** Counters since a store was opened, and its present state. Begin with its initialiser. */
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
/** The defaults of seerflow_stats: seerflow_stats name = SEERFLOW_STATS_INIT; */
#define SEERFLOW_STATS_INIT \
    { sizeof(seerflow_stats), SEERFLOW_DURABILITY_NONE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Text with its length. It need not end in NUL. Invalid UTF-8 in the texts of events and templates becomes U+FFFD; an event
 * keeps the exact bytes, in base64, in the attribute `seerflow.raw.<field>` (of a list or map as pairs of a text's place and its
 * bytes).
 *
 * `data` NULL with `len` 0 is no text: the field keeps its default. NULL with another length is refused.
 */
typedef struct seerflow_str {
    /** The first byte, or NULL. */
    const char *data;
    /** The number of bytes. */
    size_t len;
} seerflow_str;

/** How events are written. Begin with SEERFLOW_WRITE_OPTIONS_INIT. */
typedef struct seerflow_write_options {
    /** sizeof(seerflow_write_options). */
    uint32_t struct_size;
    /** Return after the commit. False, the default: return when the events are in the queue. */
    bool durable;
    /**
     * Durable writes only. If the write fails, remove from the queue those of its events that no transaction holds: they are
     * not stored, and `*consumed` is where they begin. False, the default: they stay in the queue.
     */
    bool withdraw;
    /**
     * Commit the events at once instead of after `storage.flush_interval_ms`. The call does not wait for the commit; `completions`
     * reports it. False is the default.
     */
    bool urgent;
    /**
     * The input is complete: the bytes after the last line feed are a record too, and a next call begins a new one. False, the
     * default: an incomplete last record is not taken, and `*consumed` is where it begins.
     */
    bool complete;
    /** Keep each log line whole in `raw_event`. False is the default. */
    bool keep_raw;
    /** Must be 0. */
    uint8_t reserved[7];
    /**
     * How long to wait for room in the queue and, durable, for the commit, and what stops that. NULL, the default, stands for
     * SEERFLOW_CALL_INIT.
     */
    const seerflow_call *call;
    /**
     * With a batch key, events without an id get one that is made of the key, their index and their time: the same call made
     * twice, by whichever process, stores its events once. Empty, the default, is not a key.
     */
    seerflow_str batch_key;
    /**
     * The index of the first record, for a call that goes on where another one with the same batch key ended.
     */
    uint64_t first_index;
    /**
     * The name of the attribute that is the record key: see `record_key` of seerflow_event_input. It is the whole key of an
     * attribute at the top of the record (`log.record.uid` is one key, not a path) that is neither the name of a field nor read
     * as one. A text, bytes, or an integer by its digits is a key; a record without one gets the id that it would get
     * otherwise and, if this option is set, counts in `unkeyed` of seerflow_outcome. UTF-8. NULL, the default, stands for
     * "log.record.uid" in the formats of OpenTelemetry and Fluent and for no key in the others; an empty text that is not NULL
     * stands for no key in every format.
     */
    seerflow_str record_key_field;
    /**
     * `source_type` of events that do not state one; UTF-8. Records of OpenTelemetry without `service.name` get "otlp" by default.
     */
    seerflow_str source_type;
    /** `source_id` of events that do not state one; UTF-8. */
    seerflow_str source_id;
    /**
     * A tag of the host's, such as Fluent Bit's: kept as the attribute `tag` of every event that has none, and as `source_type` of
     * events for which neither the record nor `source_type` states one. UTF-8.
     */
    seerflow_str tag;
    /** The time zone of log lines without an offset, such as "Europe/Berlin"; UTC by default. */
    seerflow_str timezone;
    /**
     * A moment when log lines without a year (RFC 3164) were written, or up to a year later, in nanoseconds since 1970-01-01 UTC:
     * it decides their year. 0, the default, is the present.
     */
    int64_t reference_ns;
    /**
     * Receives a completion when all of a call that answered SEERFLOW_STATUS_OK is committed. NULL, the default, for none.
     */
    const seerflow_completions *completions;
    /** Comes back in the completion. */
    uint64_t user_data;
} seerflow_write_options;
/** The defaults of seerflow_write_options: seerflow_write_options name = SEERFLOW_WRITE_OPTIONS_INIT; */
#define SEERFLOW_WRITE_OPTIONS_INIT \
    { sizeof(seerflow_write_options), false, false, false, false, false, {0}, NULL, {NULL, 0}, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, NULL, 0 }

/** A list of texts. `items` may be NULL if `count` is 0. */
typedef struct seerflow_strs {
    /** The first text. */
    const seerflow_str *items;
    /** The number of texts. */
    size_t count;
} seerflow_strs;

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
 * One event to be written. Begin with SEERFLOW_EVENT_INPUT_INIT, then set what is known.
 *
 * Texts whose `data` is NULL keep their default, lists with `count` 0 are empty. All that it points to stays the caller's
 * and is copied by the call.
 */
typedef struct seerflow_event_input {
    /** sizeof(seerflow_event_input). */
    uint32_t struct_size;
    /** Must be 0. */
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
    seerflow_strs template_params;
    /**
     * Ids of the entities that the event touches, each a UUID, stored in lower case; computed from the related lists when empty.
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
    /** Hashes: "algo:lowerhex". */
    seerflow_strs related_hashes;
    /** MITRE ATT&CK tactics. */
    seerflow_strs mitre_tactics;
    /** MITRE ATT&CK techniques: "T1053", "T1053.005". */
    seerflow_strs mitre_techniques;
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
    seerflow_strs tags;
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
/** The defaults of seerflow_event_input: seerflow_event_input name = SEERFLOW_EVENT_INPUT_INIT; */
#define SEERFLOW_EVENT_INPUT_INIT \
    { sizeof(seerflow_event_input), 0, {NULL, 0}, SEERFLOW_TIME_ABSENT, SEERFLOW_TIME_ABSENT, {NULL, 0}, {NULL, 0}, 1, 9, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, -1, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0.0, 0.0, 1.0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0} }

/** Numbers of events of one write. Begin with SEERFLOW_OUTCOME_INIT. */
typedef struct seerflow_outcome {
    /** sizeof(seerflow_outcome). */
    uint32_t struct_size;
    /** What the commit of a durable write survives; SEERFLOW_DURABILITY_NONE for another write. */
    seerflow_durability durability;
    /**
     * Events that were accepted: the sum of `committed`, `duplicates` and `queued` after a durable write. After
     * SEERFLOW_STATUS_CLOSED the rest of them is lost.
     */
    uint64_t accepted;
    /** Accepted events that are committed and were new. Known after a durable write; otherwise 0. */
    uint64_t committed;
    /** Accepted events whose event_id was stored before. Known after a durable write; otherwise 0. */
    uint64_t duplicates;
    /**
     * Accepted events that were in the queue or in a transaction when the call ended. They are stored later.
     */
    uint64_t queued;
    /**
     * Events that were taken back (`withdraw` of seerflow_write_options). They are not among the accepted and not stored.
     */
    uint64_t withdrawn;
    /** Records that could not become events and are kept as dead letters: seerflow_result_rejections. */
    uint64_t rejected;
    /**
     * Events without the record key that `record_key_field` names and without an event_id; 0 if that option is not set.
     */
    uint64_t unkeyed;
} seerflow_outcome;
/** The defaults of seerflow_outcome: seerflow_outcome name = SEERFLOW_OUTCOME_INIT; */
#define SEERFLOW_OUTCOME_INIT \
    { sizeof(seerflow_outcome), SEERFLOW_DURABILITY_NONE, 0, 0, 0, 0, 0, 0, 0 }

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
/** The defaults of seerflow_rejection: seerflow_rejection name = SEERFLOW_REJECTION_INIT; */
#define SEERFLOW_REJECTION_INIT \
    { sizeof(seerflow_rejection), 0, 0, {NULL, 0} }

/** What became of one write. Begin with SEERFLOW_COMPLETION_INIT. */
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
/** The defaults of seerflow_completion: seerflow_completion name = SEERFLOW_COMPLETION_INIT; */
#define SEERFLOW_COMPLETION_INIT \
    { sizeof(seerflow_completion), SEERFLOW_STATUS_OK, 0, 0, 0 }

/** An entity with its type and value. Begin with SEERFLOW_ENTITY_INIT. */
typedef struct seerflow_entity {
    /** sizeof(seerflow_entity). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** Its id. */
    seerflow_str entity;
    /** "user", "ip", "host", "process", "file" or "domain"; empty if the event does not say. */
    seerflow_str entity_type;
    /** Its value as the event has it; empty if the event does not say. */
    seerflow_str value;
} seerflow_entity;
/** The defaults of seerflow_entity: seerflow_entity name = SEERFLOW_ENTITY_INIT; */
#define SEERFLOW_ENTITY_INIT \
    { sizeof(seerflow_entity), 0, {NULL, 0}, {NULL, 0}, {NULL, 0} }

/** A value and how many records have it. Begin with its initialiser. */
typedef struct seerflow_count {
    /** sizeof(seerflow_count). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The value: a source, a rule, a number as text. */
    seerflow_str value;
    /** Number of records. */
    uint64_t count;
} seerflow_count;
/** The defaults of seerflow_count: seerflow_count name = SEERFLOW_COUNT_INIT; */
#define SEERFLOW_COUNT_INIT \
    { sizeof(seerflow_count), 0, {NULL, 0}, 0 }

/** A stretch of time and how many records are in it. Begin with its initialiser. */
typedef struct seerflow_bucket {
    /** sizeof(seerflow_bucket). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** When it begins, in nanoseconds since 1970-01-01 UTC. */
    int64_t start_ns;
    /** Number of records. */
    uint64_t count;
    /** Of which value the records are; empty in a histogram that is not split. */
    seerflow_str value;
} seerflow_bucket;
/** The defaults of seerflow_bucket: seerflow_bucket name = SEERFLOW_BUCKET_INIT; */
#define SEERFLOW_BUCKET_INIT \
    { sizeof(seerflow_bucket), 0, 0, 0, {NULL, 0} }

/** One template and its statistics. Begin with its initialiser. */
typedef struct seerflow_template {
    /** sizeof(seerflow_template). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /** Its number, chosen by the miner that found it. */
    int64_t template_id;
    /** Its text, with `<*>` for the variables. */
    seerflow_str template_str;
    /**
     * When the first event matched, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present. Kept by later writes.
     */
    int64_t first_seen_ns;
    /**
     * When the last event matched, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present. Later writes keep the larger one.
     */
    int64_t last_seen_ns;
    /** Number of events; 1 is the default. Later writes add to it. */
    int64_t event_count;
    /** A message that matched; `data` NULL for none. Kept by later writes. */
    seerflow_str example_message;
} seerflow_template;
/** The defaults of seerflow_template: seerflow_template name = SEERFLOW_TEMPLATE_INIT; */
#define SEERFLOW_TEMPLATE_INIT \
    { sizeof(seerflow_template), 0, 0, {NULL, 0}, SEERFLOW_TIME_ABSENT, SEERFLOW_TIME_ABSENT, 1, {NULL, 0} }

/** A record that could not become an event. Begin with its initialiser. */
typedef struct seerflow_dead_letter {
    /** sizeof(seerflow_dead_letter). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** Its number; later ones are larger. */
    int64_t id;
    /** When it arrived, in nanoseconds since 1970-01-01 UTC. */
    int64_t received_ns;
    /** The input's format: "lines", "ndjson", "msgpack", "otlp", "otlp-json", "fluent", "struct". */
    seerflow_str format;
    /** Why it was rejected. */
    seerflow_str reason;
    /** The record as it was given; empty for a struct. */
    seerflow_str payload;
} seerflow_dead_letter;
/** The defaults of seerflow_dead_letter: seerflow_dead_letter name = SEERFLOW_DEAD_LETTER_INIT; */
#define SEERFLOW_DEAD_LETTER_INIT \
    { sizeof(seerflow_dead_letter), 0, 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0} }

/**
 * An alert: what detection found. To write one, begin with SEERFLOW_ALERT_INIT, then set what is known:
 * type, rule, severity and entity are enough.
 */
typedef struct seerflow_alert {
    /** sizeof(seerflow_alert). */
    uint32_t struct_size;
    /** Must be 0. */
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
    seerflow_strs contributing_events;
    /** MITRE ATT&CK tactics, of 500 bytes each at the most, as techniques. */
    seerflow_strs mitre_tactics;
    /** MITRE ATT&CK techniques, such as "T1110" or "T1053.005". */
    seerflow_strs mitre_techniques;
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
/** The defaults of seerflow_alert: seerflow_alert name = SEERFLOW_ALERT_INIT; */
#define SEERFLOW_ALERT_INIT \
    { sizeof(seerflow_alert), 0, {NULL, 0}, {NULL, 0}, SEERFLOW_TIME_ABSENT, 1, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0.0, {NULL, 0}, 1, {NULL, 0}, {NULL, 0} }

/** How alerts and edges are written. Begin with SEERFLOW_RECORD_OPTIONS_INIT. */
typedef struct seerflow_record_options {
    /** sizeof(seerflow_record_options). */
    uint32_t struct_size;
    /** Edges: return after the commit. True is the default. */
    bool durable;
    /** Must be 0. */
    uint8_t reserved[3];
    /**
     * Alerts: the longest distance in time between two occurrences of one alert, in nanoseconds; with a negative number every
     * alert is new. SEERFLOW_DEDUP_WINDOW_NS is the default.
     */
    int64_t dedup_window_ns;
} seerflow_record_options;
/** The defaults of seerflow_record_options: seerflow_record_options name = SEERFLOW_RECORD_OPTIONS_INIT; */
#define SEERFLOW_RECORD_OPTIONS_INIT \
    { sizeof(seerflow_record_options), true, {0}, SEERFLOW_DEDUP_WINDOW_NS }

/** What became of an alert that was written. Begin with its initialiser. */
typedef struct seerflow_alert_result {
    /** sizeof(seerflow_alert_result). */
    uint32_t struct_size;
    /**
     * True for the first alert of its key, or the first in a new window: nobody was told of it yet. False for another occurrence.
     */
    bool is_new;
    /** Unused. */
    uint8_t reserved[3];
    /** Occurrences that the stored alert now stands for. */
    int64_t dedup_count;
    /** Its id, as it was given or made. */
    seerflow_str alert_id;
} seerflow_alert_result;
/** The defaults of seerflow_alert_result: seerflow_alert_result name = SEERFLOW_ALERT_RESULT_INIT; */
#define SEERFLOW_ALERT_RESULT_INIT \
    { sizeof(seerflow_alert_result), false, {0}, 0, {NULL, 0} }

/**
 * A verdict on an alert. To give one, begin with SEERFLOW_FEEDBACK_INIT, then set
 * alert_id and feedback.
 */
typedef struct seerflow_feedback {
    /** sizeof(seerflow_feedback). */
    uint32_t struct_size;
    /** Must be 0. */
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
/** The defaults of seerflow_feedback: seerflow_feedback name = SEERFLOW_FEEDBACK_INIT; */
#define SEERFLOW_FEEDBACK_INIT \
    { sizeof(seerflow_feedback), 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, SEERFLOW_TIME_ABSENT }

/** How many alerts were judged. Begin with its initialiser. */
typedef struct seerflow_feedback_stats {
    /** sizeof(seerflow_feedback_stats). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** Alerts whose verdict is "tp". */
    uint64_t tp;
    /** Alerts whose verdict is "fp". */
    uint64_t fp;
    /** Both. */
    uint64_t total;
} seerflow_feedback_stats;
/** The defaults of seerflow_feedback_stats: seerflow_feedback_stats name = SEERFLOW_FEEDBACK_STATS_INIT; */
#define SEERFLOW_FEEDBACK_STATS_INIT \
    { sizeof(seerflow_feedback_stats), 0, 0, 0, 0 }

/** True positives that share type, rule and kind of entity. Begin with its initialiser. */
typedef struct seerflow_alert_pattern {
    /** sizeof(seerflow_alert_pattern). */
    uint32_t struct_size;
    /** Unused. */
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
    seerflow_strs alert_ids;
} seerflow_alert_pattern;
/** The defaults of seerflow_alert_pattern: seerflow_alert_pattern name = SEERFLOW_ALERT_PATTERN_INIT; */
#define SEERFLOW_ALERT_PATTERN_INIT \
    { sizeof(seerflow_alert_pattern), 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, {NULL, 0} }

/** A model: named state of detection, any bytes. Begin with its initialiser. */
typedef struct seerflow_model {
    /** sizeof(seerflow_model). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** Its key. */
    seerflow_str key;
    /** Its data, as seerflow_store_load_model answers with it; `data` NULL in a list of models. */
    seerflow_str data;
    /** Size of its data, in bytes. */
    uint64_t bytes;
    /** When it was saved, in nanoseconds since 1970-01-01 UTC: what seerflow_store_swap_model expects. */
    int64_t updated_at_ns;
} seerflow_model;
/** The defaults of seerflow_model: seerflow_model name = SEERFLOW_MODEL_INIT; */
#define SEERFLOW_MODEL_INIT \
    { sizeof(seerflow_model), 0, {NULL, 0}, {NULL, 0}, 0, 0 }

/** Matches of a Sigma rule. Begin with its initialiser, then set the rest. */
typedef struct seerflow_sigma_matches {
    /** sizeof(seerflow_sigma_matches). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /** The rule. */
    seerflow_str rule_id;
    /** How many matches there were since the last call; 1 is the default. */
    int64_t count;
    /**
     * When the last of them was, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present.
     */
    int64_t last_fired_ns;
} seerflow_sigma_matches;
/** The defaults of seerflow_sigma_matches: seerflow_sigma_matches name = SEERFLOW_SIGMA_MATCHES_INIT; */
#define SEERFLOW_SIGMA_MATCHES_INIT \
    { sizeof(seerflow_sigma_matches), 0, {NULL, 0}, 1, SEERFLOW_TIME_ABSENT }

/** What a Sigma rule has done. Begin with its initialiser. */
typedef struct seerflow_sigma_rule {
    /** sizeof(seerflow_sigma_rule). */
    uint32_t struct_size;
    /** Whether it may fire. */
    bool enabled;
    /** Unused. */
    uint8_t reserved[3];
    /** The rule. */
    seerflow_str rule_id;
    /** How often it fired. */
    int64_t match_count_lifetime;
    /** When it fired last, in nanoseconds since 1970-01-01 UTC; SEERFLOW_TIME_ABSENT if it never did. */
    int64_t last_fired_ns;
    /** When this state changed last, in nanoseconds since 1970-01-01 UTC. */
    int64_t updated_at_ns;
} seerflow_sigma_rule;
/** The defaults of seerflow_sigma_rule: seerflow_sigma_rule name = SEERFLOW_SIGMA_RULE_INIT; */
#define SEERFLOW_SIGMA_RULE_INIT \
    { sizeof(seerflow_sigma_rule), false, {0}, {NULL, 0}, 0, 0, 0 }

/** An edge between two entities. Begin with its initialiser, then set the rest. */
typedef struct seerflow_edge {
    /** sizeof(seerflow_edge). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /** From this entity, by its id. */
    seerflow_str source_id;
    /** To this entity, by its id. */
    seerflow_str target_id;
    /** In what relation: a letter or _, then letters, digits and _, all ASCII. */
    seerflow_str rel_type;
    /**
     * First time seen, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present. Later writes keep the smaller one.
     */
    int64_t first_seen_ns;
    /**
     * Last time seen, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT (the default) for the present. Later writes keep the larger one.
     */
    int64_t last_seen_ns;
    /** How often it was seen; 1 is the default. Later writes add to it. */
    int64_t event_count;
} seerflow_edge;
/** The defaults of seerflow_edge: seerflow_edge name = SEERFLOW_EDGE_INIT; */
#define SEERFLOW_EDGE_INIT \
    { sizeof(seerflow_edge), 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, SEERFLOW_TIME_ABSENT, SEERFLOW_TIME_ABSENT, 1 }

/** An entity near another one. Begin with its initialiser. */
typedef struct seerflow_neighbour {
    /** sizeof(seerflow_neighbour). */
    uint32_t struct_size;
    /** Steps on the shortest way; 0 for the entity itself. */
    uint32_t distance;
    /** The entity, by its id. */
    seerflow_str entity;
} seerflow_neighbour;
/** The defaults of seerflow_neighbour: seerflow_neighbour name = SEERFLOW_NEIGHBOUR_INIT; */
#define SEERFLOW_NEIGHBOUR_INIT \
    { sizeof(seerflow_neighbour), 0, {NULL, 0} }

/** A neighbour of an entity. Begin with its initialiser. */
typedef struct seerflow_related {
    /** sizeof(seerflow_related). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The neighbour, by its id. */
    seerflow_str entity;
    /** The relation. */
    seerflow_str rel_type;
    /** How often it was seen. */
    int64_t event_count;
} seerflow_related;
/** The defaults of seerflow_related: seerflow_related name = SEERFLOW_RELATED_INIT; */
#define SEERFLOW_RELATED_INIT \
    { sizeof(seerflow_related), 0, {NULL, 0}, {NULL, 0}, 0 }

/** What an entity scored. Begin with its initialiser. */
typedef struct seerflow_score {
    /** sizeof(seerflow_score). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** The entity, by its id. */
    seerflow_str entity;
    /** Its value: a part of 1, a count, or the number of its group. */
    double value;
} seerflow_score;
/** The defaults of seerflow_score: seerflow_score name = SEERFLOW_SCORE_INIT; */
#define SEERFLOW_SCORE_INIT \
    { sizeof(seerflow_score), 0, {NULL, 0}, 0.0 }

/** Which events to remove. Begin with SEERFLOW_PRUNE_OPTIONS_INIT, then set one bound or both. */
typedef struct seerflow_prune_options {
    /** sizeof(seerflow_prune_options). */
    uint32_t struct_size;
    /** Must be 0. */
    uint32_t reserved;
    /**
     * Remove events and dead letters before this time, in nanoseconds since 1970-01-01 UTC. SEERFLOW_TIME_ABSENT, the default,
     * sets no bound.
     */
    int64_t before_ns;
    /**
     * Remove the oldest events until the database takes no more than this, in bytes. 0, the default, sets no bound.
     */
    uint64_t max_bytes;
} seerflow_prune_options;
/** The defaults of seerflow_prune_options: seerflow_prune_options name = SEERFLOW_PRUNE_OPTIONS_INIT; */
#define SEERFLOW_PRUNE_OPTIONS_INIT \
    { sizeof(seerflow_prune_options), 0, SEERFLOW_TIME_ABSENT, 0 }

/** What a prune did. Begin with its initialiser. */
typedef struct seerflow_prune_report {
    /** sizeof(seerflow_prune_report). */
    uint32_t struct_size;
    /** Unused. */
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
/** The defaults of seerflow_prune_report: seerflow_prune_report name = SEERFLOW_PRUNE_REPORT_INIT; */
#define SEERFLOW_PRUNE_REPORT_INIT \
    { sizeof(seerflow_prune_report), 0, 0, 0, 0, 0 }

/**
 * Receives how far a backup is: pages done, and pages in all. It runs on the thread that asked for the backup. It must
 * neither throw nor jump (longjmp); seerflow.hpp catches exceptions and throws them from the call.
 */
typedef void (*seerflow_progress_callback)(void *user_data, uint64_t done, uint64_t total);

/** What a check found. Begin with its initialiser. */
typedef struct seerflow_finding {
    /** sizeof(seerflow_finding). */
    uint32_t struct_size;
    /** Unused. */
    uint32_t reserved;
    /** What is wrong, and where. */
    seerflow_str text;
} seerflow_finding;
/** The defaults of seerflow_finding: seerflow_finding name = SEERFLOW_FINDING_INIT; */
#define SEERFLOW_FINDING_INIT \
    { sizeof(seerflow_finding), 0, {NULL, 0} }

/** The contents of a store, in numbers. Begin with SEERFLOW_SUMMARY_INIT. */
typedef struct seerflow_summary {
    /** sizeof(seerflow_summary). */
    uint32_t struct_size;
    /** True if Seerflow made the tables, false if this library did. */
    bool made_by_seerflow;
    /** Unused. */
    uint8_t reserved[3];
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
/** The defaults of seerflow_summary: seerflow_summary name = SEERFLOW_SUMMARY_INIT; */
#define SEERFLOW_SUMMARY_INIT \
    { sizeof(seerflow_summary), false, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0} }

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the version of the library that is linked, such as "1.0.0". Compare it with SEERFLOW_VERSION, the version that the program was compiled against.
 *
 * Threads: any. Blocking: never. Ownership: the text is static.
 */
SEERFLOW_API const char *seerflow_version(void);

/**
 * Returns the ABI version of the library that is linked. It must equal SEERFLOW_ABI_VERSION.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API uint32_t seerflow_abi_version(void);

/**
 * Names a status in lower case: "ok", "again", "not_found"; "unknown" for a number that is none.
 *
 * Threads: any. Blocking: never. Ownership: the text is static.
 */
SEERFLOW_API const char *seerflow_status_name(seerflow_status status);

/**
 * Returns the status that the call answered too; SEERFLOW_STATUS_INVALID for NULL.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_error_status(const seerflow_error *error);

/**
 * Returns whether the same call may succeed later and does nothing twice; false for NULL.
 *
 * A write is to be made again with its input from `*consumed` on. It is retriable if that cannot store an event twice: no event of
 * the failed call is left in the queue or in a transaction, or each of its events gets the same id again (by a batch key, a record
 * key or its own `event_id`). A rejected record may become a second dead letter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API bool seerflow_error_retriable(const seerflow_error *error);

/**
 * Returns what failed, where and why, as one line of UTF-8. It holds no password. "" for NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text lives as long as the error.
 */
SEERFLOW_API const char *seerflow_error_message(const seerflow_error *error);

/**
 * Destroys an error. NULL is fine.
 *
 * Threads: no other call on the object may run. Blocking: never.
 */
SEERFLOW_API void seerflow_error_destroy(seerflow_error *error);

/**
 * Makes a configuration with every option at its default.
 *
 * Ownership: the caller destroys it.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_config_new(seerflow_config **config, seerflow_error **error);

/**
 * Takes the `storage` section of a YAML file, such as Seerflow's own seerflow.yaml. `${VAR}` and `${VAR:-default}` are
 * replaced by environment variables.
 *
 * On an error, options that stand before the bad one are set already.
 *
 * Blocking: reads the file.
 *
 * Threads: any number at once.
 */
SEERFLOW_API seerflow_status seerflow_config_load_file(seerflow_config *config,
                                                       const char *file,
                                                       seerflow_error **error);

/**
 * Takes options from the environment: SEERFLOW_STORAGE_DURABILITY sets `storage.durability`, and so on.
 *
 * Threads: no other thread may change the environment meanwhile. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_config_load_env(seerflow_config *config, seerflow_error **error);

/**
 * Sets one option; SEERFLOW_STATUS_CONFIG for an unknown key or a bad value, naming the key.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_config_set(seerflow_config *config,
                                                 const char *key,
                                                 const char *value,
                                                 seerflow_error **error);

/**
 * Copies an option's value, or its default, into a buffer. The password of a connection string is replaced by `***`.
 *
 * `*length` gets the value's length in bytes without its NUL. Where the buffer has no room for all of it, what fits is
 * copied and ended in NUL: `*length >= capacity` tells. `buffer` may be NULL if `capacity` is 0, `length` if it is not.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_config_get(const seerflow_config *config,
                                                 const char *key,
                                                 char *buffer,
                                                 size_t capacity,
                                                 size_t *length,
                                                 seerflow_error **error);

/**
 * Has log records of at most this level handed to a function: with SEERFLOW_LOG_LEVEL_WARNING errors and warnings.
 * NULL for none, which is the default. Counts for stores that are made afterwards.
 *
 * Ownership: `user_data` is the caller's; it must live until every such store is destroyed.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_config_set_log(seerflow_config *config,
                                                     seerflow_log_level level,
                                                     seerflow_log_callback callback,
                                                     void *user_data,
                                                     seerflow_error **error);

/**
 * Destroys a configuration. Stores that were made from it keep their own copy. NULL is fine.
 *
 * Threads: no other call on the object may run. Blocking: never.
 */
SEERFLOW_API void seerflow_config_destroy(seerflow_config *config);

/**
 * Returns the number of options that there are.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API size_t seerflow_config_option_count(void);

/**
 * Tells an option's key, its default, and what it does in one sentence, by a number from 0. Each of the three may be
 * NULL. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Threads: any. Blocking: never. Ownership: the texts are static.
 */
SEERFLOW_API seerflow_status seerflow_config_option_at(size_t index,
                                                       const char **key,
                                                       const char **default_value,
                                                       const char **doc,
                                                       seerflow_error **error);

/**
 * Makes a store from a configuration. It opens no file, connects to no server and starts no thread: seerflow_store_open does, or
 * the first other call. Relative paths in the configuration become absolute now.
 *
 * Reading changes nothing in the database: one that is missing or empty answers like an empty one and is not made, one that
 * Seerflow made is not adopted. The first write makes or adopts it.
 *
 * Threads: any. Blocking: never. Ownership: the caller closes and destroys the store. The configuration is copied. Fork: a
 * store that was not used may be used by the child. Errors: SEERFLOW_STATUS_CONFIG for values that do not fit together;
 * SEERFLOW_STATUS_UNSUPPORTED for a back end that this build does not have.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_new(const seerflow_config *config,
                                                                   seerflow_store **store,
                                                                   seerflow_error **error);

/**
 * Opens the database for writing now instead of at the first write: makes its directory and tables if they are missing, and
 * adopts a database that Seerflow made. A file that may only be read is opened for reading.
 * A store that was not opened is opened by the first other call, within that call's own deadline.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_TIMEOUT and SEERFLOW_STATUS_INTERRUPTED
 * leave the opening under way; a later call waits for its end.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_open(const seerflow_store *store,
                                                                    const seerflow_call *call,
                                                                    seerflow_error **error);

/**
 * Returns where the database is: the absolute path of its file, or the server without a password; "" for NULL.
 *
 * Ownership: the text lives as long as the store.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API const char *seerflow_store_path(const seerflow_store *store);

/**
 * Waits until everything that any thread had accepted before the call is committed.
 *
 * SEERFLOW_STATUS_TIMEOUT, with the reason if commits fail at present, leaves the events in the queue.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_flush(const seerflow_store *store,
                                                                     const seerflow_call *call,
                                                                     seerflow_error **error);

/**
 * Tells the counters.
 *
 * Threads: any number at once. Blocking: never for long; asks nothing of the database.
 */
SEERFLOW_API seerflow_status seerflow_store_stats(const seerflow_store *store,
                                                  seerflow_stats *stats,
                                                  seerflow_error **error);

/**
 * Tells how the store is, and copies the reason if it is degraded, as seerflow_config_get copies. Of `buffer` with
 * `capacity`, and `length`, any may be left out.
 *
 * Threads: any number at once. Blocking: never for long; asks nothing of the database.
 */
SEERFLOW_API seerflow_status seerflow_store_health(const seerflow_store *store,
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
SEERFLOW_API seerflow_status seerflow_store_last_error(const seerflow_store *store,
                                                       char *buffer,
                                                       size_t capacity,
                                                       size_t *length,
                                                       seerflow_error **error);

/**
 * Closes a store: commits the queue until the deadline, stops every thread and releases every file. `*lost`, which may be NULL,
 * gets the number of accepted records that could not be stored, 0 with SEERFLOW_STATUS_OK; records whose COMMIT was not answered
 * count among them.
 *
 * Calls that run meanwhile end with SEERFLOW_STATUS_CLOSED, and so does every later one. Closing again does nothing. The handle is
 * still to be destroyed.
 *
 * Threads: any. Blocking: bounded by `call`, and by the commit that runs. Errors: SEERFLOW_STATUS_LOST if accepted records could
 * not be stored; the store is closed all the same.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_close(const seerflow_store *store,
                                                                     const seerflow_call *call,
                                                                     uint64_t *lost,
                                                                     seerflow_error **error);

/**
 * Destroys a store. One that was not closed is closed first, with a deadline of five seconds; nobody is told what could not be
 * stored. NULL is fine.
 *
 * Threads: no other call on the store may run. Fork: in a child of the process that used the store, only memory is
 * released.
 */
SEERFLOW_API void seerflow_store_destroy(seerflow_store *store);

/**
 * Writes events given as bytes of a format.
 *
 * The events are accepted into bounded memory, or, with `options->durable`, committed when the call returns. A record that cannot
 * be stored is kept as a dead letter; `result` says which and why, and the others are stored. `options`, `consumed` and
 * `result` may be NULL.
 *
 * SEERFLOW_STATUS_OK means that the input before `*consumed` was taken. That may be less than all of it: pass `consumed`, and
 * write the rest again later, unless the input is small and complete. A stop after the first part is such an OK too; the next
 * call returns the reason.
 *
 * `*consumed` gets the number of bytes that were taken. The rest is an incomplete last record, unless `options->complete`, or
 * did not fit the queue: give it again later. One request, message or group of OpenTelemetry and Fluent is taken whole or not
 * at all, unless it has more than 262,144 records or its events take more than 64 MiB; then it is taken in parts, and sending
 * it again with the same batch key stores each event once.
 *
 * Bounds:
 * - A record above `storage.max_event_bytes` becomes a dead letter, also a line that comes in pieces: a buffer of twice that
 *   size and 2 bytes always has room for the pieces.
 * - If an incomplete record of msgpack or Fluent exceeds that, an incomplete message, group or request 64 MiB (256 MiB of a
 *   packed message), or if the bytes are not a value of the format, the rest of the input becomes one dead letter. Close such
 *   a stream: the bytes that follow begin inside a record.
 * - The events of one request or message repeat at most 1 MiB, or 64 times its size, of its resource, scope and tag. Further
 *   events lack them, and their attribute `seerflow.omitted_attributes` says how many they lack.
 *
 * Threads: any number at once. Blocking: bounded by `options->call`, with two exceptions: the call that opens the
 * database waits up to a second for that, and a call that withdraws up to half a second for a transaction that holds some
 * of its events. Ownership: the bytes stay the caller's; the caller destroys the result.
 *
 * Errors:
 * SEERFLOW_STATUS_AGAIN: the queue stayed full, or the database was not open in time; nothing was taken.
 * SEERFLOW_STATUS_TIMEOUT and SEERFLOW_STATUS_INTERRUPTED, durable: not everything was committed in time. The events before
 * `*consumed` are stored or stay in the queue and are stored later; those after it were not taken. With
 * `options->withdraw` only events that a running transaction holds stay in the queue.
 * SEERFLOW_STATUS_CLOSED, durable: the store was closed before everything was committed.
 * SEERFLOW_STATUS_CORRUPT, _SCHEMA, _PERMISSION, _NOT_FOUND and _UNSUPPORTED: somebody has to mend the database, its rights or the
 * file first. A durable write is told at once; its events stay in the queue unless it withdraws.
 * SEERFLOW_STATUS_INVALID: pointers, lengths or sizes that cannot be; nothing was taken.
 * A call that fails after it took events writes `*consumed` and `*result` too. seerflow_error_retriable says whether to send the
 * input from `*consumed` on again.
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
 * `*consumed` gets the number of events that were taken: fewer than `count` if the queue stayed full until the deadline. All
 * else is as for seerflow_store_write.
 *
 * Threads: any number at once. Blocking: as for seerflow_store_write.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_events(const seerflow_store *store,
                                                                            const seerflow_event_input *events,
                                                                            size_t count,
                                                                            const seerflow_write_options *options,
                                                                            size_t *consumed,
                                                                            seerflow_result **result,
                                                                            seerflow_error **error);

/**
 * Fills `outcome` with the numbers of events of a write.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_result_outcome(const seerflow_result *result,
                                                     seerflow_outcome *outcome,
                                                     seerflow_error **error);

/**
 * Returns the records of a write that could not become events: a list of SEERFLOW_KIND_REJECTION, empty if there are none.
 * Returns NULL for NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the list lives as long as the result; it is not to be destroyed.
 */
SEERFLOW_API const seerflow_list *seerflow_result_rejections(const seerflow_result *result);

/**
 * Fills `out` with a rejected record of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its text lives as long as the list. It does not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_rejection_at(const seerflow_list *list,
                                                        size_t index,
                                                        seerflow_rejection *out,
                                                        seerflow_error **error);

/**
 * Destroys a result, and with it its list of rejected records. NULL is fine.
 *
 * Threads: no other call on the result may run. Blocking: never.
 */
SEERFLOW_API void seerflow_result_destroy(seerflow_result *result);

/**
 * Makes a lowered flag.
 *
 * Ownership: the caller destroys it.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_interrupt_new(seerflow_interrupt **interrupt, seerflow_error **error);

/**
 * Raises the flag.
 *
 * Threads: any number at once, while calls use the flag. Blocking: never. It is not for signal handlers.
 */
SEERFLOW_API seerflow_status seerflow_interrupt_raise(const seerflow_interrupt *interrupt);

/**
 * Lowers the flag, for use by further calls.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_interrupt_reset(const seerflow_interrupt *interrupt);

/**
 * Destroys a flag. Calls and queries that were given it keep what they need of it. NULL is fine.
 *
 * Threads: no other call on the object may run. Blocking: never.
 */
SEERFLOW_API void seerflow_interrupt_destroy(seerflow_interrupt *interrupt);

/**
 * Makes an object that gathers completions.
 *
 * Ownership: the caller destroys it.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_completions_new(seerflow_completions **completions,
                                                      seerflow_error **error);

/**
 * Writes to `*fd` a file descriptor that is readable while completions wait, for poll(), epoll and event loops. The program must
 * not read, write or close it.
 *
 * Threads: any number at once. Blocking: never. Ownership: the descriptor lives as long as the object. Errors: SEERFLOW_STATUS_UNSUPPORTED on
 * platforms without such descriptors.
 */
SEERFLOW_API seerflow_status seerflow_completions_fd(const seerflow_completions *completions,
                                                     int32_t *fd,
                                                     seerflow_error **error);

/**
 * Takes the next completion, and waits for one if none is there.
 *
 * Threads: any number at once; each completion goes to one. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_AGAIN if no
 * completion is there and the call may not wait; SEERFLOW_STATUS_TIMEOUT if none came in time; SEERFLOW_STATUS_INTERRUPTED.
 */
SEERFLOW_API seerflow_status seerflow_completions_next(const seerflow_completions *completions,
                                                       const seerflow_call *call,
                                                       seerflow_completion *completion,
                                                       seerflow_error **error);

/**
 * Destroys the object. Completions that wait or come later are dropped; the writes are not touched. NULL is fine.
 *
 * Threads: no other call on the object may run. Blocking: never.
 */
SEERFLOW_API void seerflow_completions_destroy(seerflow_completions *completions);

/**
 * Makes a query for the newest 100 records of all.
 *
 * Threads: any. Blocking: never. Ownership: the caller destroys the query.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_query_new(seerflow_query **query,
                                                                   seerflow_error **error);

/**
 * Asks for records from `from_ns` up to, but not including, `to_ns`, in nanoseconds since 1970-01-01 UTC. INT64_MIN and
 * INT64_MAX set no bound.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_window(seerflow_query *query,
                                                       int64_t from_ns,
                                                       int64_t to_ns,
                                                       seerflow_error **error);

/**
 * Asks for events with exactly this source type. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_source_type(seerflow_query *query,
                                                            const char *source_type,
                                                            seerflow_error **error);

/**
 * Asks for events with exactly this source id. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_source_id(seerflow_query *query,
                                                          const char *source_id,
                                                          seerflow_error **error);

/**
 * Asks for events or alerts of this severity, 0 to 6, or a higher one. -1 removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_min_severity(seerflow_query *query,
                                                             int64_t min_severity,
                                                             seerflow_error **error);

/**
 * Asks for events with exactly this template. INT64_MIN removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_template_id(seerflow_query *query,
                                                            int64_t template_id,
                                                            seerflow_error **error);

/**
 * Asks for records about the entity with this id, as seerflow_entity_id makes it; in questions to the graph the entity to start
 * from. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_entity_id(seerflow_query *query,
                                                          const char *entity_id,
                                                          seerflow_error **error);

/**
 * Asks for events whose messages have all these words, in any inflection. Words in double quotes must stand side by side.
 * Other signs have no meaning. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_text(seerflow_query *query,
                                                     const char *text,
                                                     seerflow_error **error);

/**
 * Asks for alerts of exactly this type. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_alert_type(seerflow_query *query,
                                                           const char *alert_type,
                                                           seerflow_error **error);

/**
 * Asks for alerts with this MITRE ATT&CK tactic. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_tactic(seerflow_query *query,
                                                       const char *tactic,
                                                       seerflow_error **error);

/**
 * Asks for alerts with this MITRE ATT&CK technique; a technique also finds its sub-techniques (T1053 finds T1053.005). NULL
 * removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_technique(seerflow_query *query,
                                                          const char *technique,
                                                          seerflow_error **error);

/**
 * Asks for the verdicts on this alert. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_alert_id(seerflow_query *query,
                                                         const char *alert_id,
                                                         seerflow_error **error);

/**
 * Asks for models whose keys begin with this text. NULL removes the filter.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_key_prefix(seerflow_query *query,
                                                           const char *key_prefix,
                                                           seerflow_error **error);

/**
 * Asks the graph to follow edges of this relation, besides those that were added before. A query without relations follows
 * all edges.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_add_relation(seerflow_query *query,
                                                         const char *relation,
                                                         seerflow_error **error);

/**
 * Sets how many steps the graph follows from the entity; 1 is the default.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_depth(seerflow_query *query,
                                                      uint32_t depth,
                                                      seerflow_error **error);

/**
 * Asks for patterns of at least this many alerts; 1 is the default.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_min_count(seerflow_query *query,
                                                          uint64_t min_count,
                                                          seerflow_error **error);

/**
 * Sets how many alert ids each pattern lists at most; 100 is the default.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_max_alerts(seerflow_query *query,
                                                           uint32_t max_alerts,
                                                           seerflow_error **error);

/**
 * Sets how many records an answer has at most, 1 to 100,000; 100 is the default. Some questions have a smaller bound and say so.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_limit(seerflow_query *query,
                                                      uint32_t limit,
                                                      seerflow_error **error);

/**
 * Sets which page of events, alerts or verdicts to answer with, counted from 1. A page costs what it skips: prefer a cursor.
 * The two exclude each other.
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
 * Continues where an answer ended: with its seerflow_list_next_cursor, while the filters and the order stay the same. The
 * seerflow_list_last_cursor of events continues with those that came later. NULL begins at the beginning.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_cursor(seerflow_query *query,
                                                       const char *cursor,
                                                       seerflow_error **error);

/**
 * Has matching events or alerts counted: seerflow_list_total tells. `cap` is the bound of SEERFLOW_TOTAL_CAPPED; otherwise it
 * is ignored.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_query_set_total(seerflow_query *query,
                                                      seerflow_total mode,
                                                      uint64_t cap,
                                                      seerflow_error **error);

/**
 * Destroys a query. NULL is fine.
 *
 * Threads: no other call on the query may run. Blocking: never.
 */
SEERFLOW_API void seerflow_query_destroy(seerflow_query *query);

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
 * Writes to `*total` how many records match in all. Returns false, and writes nothing, if the query did not ask for it
 * (seerflow_query_set_total).
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API bool seerflow_list_total(const seerflow_list *list,
                                      uint64_t *total);

/**
 * Returns where the next page begins, for seerflow_query_set_cursor: a text of any length. Returns NULL if there are no further records, or if the
 * call does not answer by pages.
 *
 * Edges, dead letters and verdicts have a cursor after every page that is not empty; the page after their last record is
 * empty.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text lives as long as the list.
 */
SEERFLOW_API const char *seerflow_list_next_cursor(const seerflow_list *list);

/**
 * Returns the place of the last event of the list, for asking later for events that came after it. Returns NULL for an empty
 * list and for records of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text lives as long as the list.
 */
SEERFLOW_API const char *seerflow_list_last_cursor(const seerflow_list *list);

/**
 * Lends all records as JSON: one object and a line feed for each, and a NUL after the last. The names are those of the
 * record's struct. The text is made at the first call. `length`, the number of bytes without the NUL, may be NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: the text lives as long as the list. Errors: SEERFLOW_STATUS_CORRUPT if an event is
 * damaged.
 */
SEERFLOW_API seerflow_status seerflow_list_ndjson(const seerflow_list *list,
                                                  const char **text,
                                                  size_t *length,
                                                  seerflow_error **error);

/**
 * Lends a list of events in the form in which they are stored: `*data` gets their msgpack maps one after the other, `*length` the
 * number of bytes, `*ends` for each event the offset one past its last byte. Any of the three may be NULL.
 *
 * Threads: any number at once. Blocking: never. Ownership: both arrays live as long as the list. Errors: SEERFLOW_STATUS_INVALID for a list of
 * another kind.
 */
SEERFLOW_API seerflow_status seerflow_list_msgpack(const seerflow_list *list,
                                                   const uint8_t **data,
                                                   size_t *length,
                                                   const size_t **ends,
                                                   seerflow_error **error);

/**
 * Returns an event of a list, by its number from 0; NULL past the last one, and for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: the event lives as long as the list.
 */
SEERFLOW_API const seerflow_event *seerflow_list_event_at(const seerflow_list *list, size_t index);

/**
 * Destroys a list, and with it its events. NULL is fine.
 *
 * Threads: no other call on the list may run. Blocking: never.
 */
SEERFLOW_API void seerflow_list_destroy(seerflow_list *list);

/**
 * Answers with a page of the committed events that pass the query's filters.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_query_events(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Finds an event by its id, a UUID as text, and answers with a list of that one. SEERFLOW_STATUS_NOT_FOUND if it is
 * not stored.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_event(const seerflow_store *store,
                                                  const char *event_id,
                                                  const seerflow_call *call,
                                                  seerflow_list **list,
                                                  seerflow_error **error);

/**
 * Lists the values with most events: sources, hosts, templates, severities or entities, as `by` says, of the events
 * that pass the query's filters. Values with equal numbers come in the order of the value. The query's limit is
 * 10,000 at most.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_count_events(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         seerflow_count_by by,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Counts how many different values the events have that pass the query's filters: sources, hosts, templates,
 * severities or entities, as `by` says. The query's limit has no effect.
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
 * Counts the events that pass the query's filters per bucket of `bucket_ns` nanoseconds. Buckets begin at multiples
 * of their length; empty ones are left out. With SEERFLOW_COUNT_BY_SOURCE or SEERFLOW_COUNT_BY_SEVERITY as `split`
 * each value has buckets of its own, in the order of time, then of the value; with SEERFLOW_COUNT_BY_NONE they are
 * not split. The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_event_histogram(const seerflow_store *store,
                                                            const seerflow_query *query,
                                                            int64_t bucket_ns,
                                                            seerflow_count_by split,
                                                            const seerflow_call *call,
                                                            seerflow_list **list,
                                                            seerflow_error **error);

/**
 * Returns a field's name, its key in msgpack and JSON; NULL for a number that is none.
 *
 * Threads: any. Blocking: never. Ownership: the text is static.
 */
SEERFLOW_API const char *seerflow_field_name(seerflow_field field);

/**
 * Reads an integer or a time field; times are nanoseconds since 1970-01-01 UTC. SEERFLOW_STATUS_INVALID for a field of
 * another kind.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_int(const seerflow_event *event,
                                                    seerflow_field field,
                                                    int64_t *value,
                                                    seerflow_error **error);

/**
 * Reads a float field. SEERFLOW_STATUS_INVALID for a field of another kind.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_float(const seerflow_event *event,
                                                      seerflow_field field,
                                                      double *value,
                                                      seerflow_error **error);

/**
 * Reads a text field. One that may be absent and is (trace_id, span_id) has `data` NULL. SEERFLOW_STATUS_INVALID for a
 * field of another kind.
 *
 * Ownership: the text lives as long as the list. It does not end in NUL.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_text(const seerflow_event *event,
                                                     seerflow_field field,
                                                     seerflow_str *value,
                                                     seerflow_error **error);

/**
 * Writes the event's id as 36 characters and a NUL. `out` has room for SEERFLOW_ID_SIZE bytes.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_id(const seerflow_event *event,
                                                   char *out,
                                                   seerflow_error **error);

/**
 * Tells how many texts a list field has. SEERFLOW_STATUS_INVALID for a field of another kind.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_list_count(const seerflow_event *event,
                                                           seerflow_field field,
                                                           size_t *count,
                                                           seerflow_error **error);

/**
 * Reads a text of a list field, by a number from 0. SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: the text lives as long as the list. It does not end in NUL.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_list_at(const seerflow_event *event,
                                                        seerflow_field field,
                                                        size_t index,
                                                        seerflow_str *value,
                                                        seerflow_error **error);

/**
 * Tells how many pairs SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS has. SEERFLOW_STATUS_INVALID for
 * another field.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_map_count(const seerflow_event *event,
                                                          seerflow_field field,
                                                          size_t *count,
                                                          seerflow_error **error);

/**
 * Reads a pair of SEERFLOW_FIELD_ATTRIBUTES or SEERFLOW_FIELD_RESOURCE_ATTRS, by a number from 0.
 * SEERFLOW_STATUS_NOT_FOUND behind the last one.
 *
 * Ownership: key and value live as long as the list. They do not end in NUL.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_map_at(const seerflow_event *event,
                                                       seerflow_field field,
                                                       size_t index,
                                                       seerflow_attribute *attribute,
                                                       seerflow_error **error);

/**
 * Lends a field of any kind as one msgpack value; `data` NULL and `length` 0 if it is absent.
 *
 * Ownership: the bytes live as long as the list.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_get_msgpack(const seerflow_event *event,
                                                        seerflow_field field,
                                                        const uint8_t **data,
                                                        size_t *length,
                                                        seerflow_error **error);

/**
 * Lends the whole event as it is stored: one msgpack map.
 *
 * Ownership: the bytes live as long as the list.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_msgpack(const seerflow_event *event,
                                                    const uint8_t **data,
                                                    size_t *length,
                                                    seerflow_error **error);

/**
 * Lends the whole event as a JSON object on one line, ended in NUL. It is made at the first call. `length` may be NULL.
 *
 * Ownership: the text lives as long as the list.
 *
 * Threads: any number at once. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_event_json(const seerflow_event *event,
                                                 const char **text,
                                                 size_t *length,
                                                 seerflow_error **error);

/**
 * Lists the entities of an event, in the order of its entity_refs. SEERFLOW_STATUS_NOT_FOUND if the event is not
 * stored.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_event_entities(const seerflow_store *store,
                                                           const char *event_id,
                                                           const seerflow_call *call,
                                                           seerflow_list **list,
                                                           seerflow_error **error);

/**
 * Says what an entity's id stands for, by the newest event or alert that names it: a list of one.
 * SEERFLOW_STATUS_NOT_FOUND if none does.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_entity(const seerflow_store *store,
                                                   const char *entity_id,
                                                   const seerflow_call *call,
                                                   seerflow_list **list,
                                                   seerflow_error **error);

/**
 * Fills `out` with an entity of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_entity_at(const seerflow_list *list,
                                                     size_t index,
                                                     seerflow_entity *out,
                                                     seerflow_error **error);

/**
 * Fills `out` with a value of a list and its number of records, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past
 * the last one, SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_count_at(const seerflow_list *list,
                                                    size_t index,
                                                    seerflow_count *out,
                                                    seerflow_error **error);

/**
 * Fills `out` with a bucket of a histogram, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_bucket_at(const seerflow_list *list,
                                                     size_t index,
                                                     seerflow_bucket *out,
                                                     seerflow_error **error);

/**
 * Adds templates, or adds to the statistics of those that are stored, all of them or none; committed when it
 * returns.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the templates stay the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_templates(const seerflow_store *store,
                                                                               const seerflow_template *templates,
                                                                               size_t count,
                                                                               const seerflow_call *call,
                                                                               seerflow_error **error);

/**
 * Lists templates by their number of events, largest first. The query sets the limit, 10,000 at most, and no filter.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_query_templates(const seerflow_store *store,
                                                            const seerflow_query *query,
                                                            const seerflow_call *call,
                                                            seerflow_list **list,
                                                            seerflow_error **error);

/**
 * Removes templates with fewer than `min_count` events. `*deleted` gets how many, and may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_prune_templates(const seerflow_store *store,
                                                                               int64_t min_count,
                                                                               const seerflow_call *call,
                                                                               uint64_t *deleted,
                                                                               seerflow_error **error);

/**
 * Removes all templates. `*deleted` gets how many, and may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_reset_templates(const seerflow_store *store,
                                                            const seerflow_call *call,
                                                            uint64_t *deleted,
                                                            seerflow_error **error);

/**
 * Fills `out` with a template of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_template_at(const seerflow_list *list,
                                                       size_t index,
                                                       seerflow_template *out,
                                                       seerflow_error **error);

/**
 * Lists dead letters, newest first. The query sets the limit and the cursor, and no filter.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_query_dead_letters(const seerflow_store *store,
                                                               const seerflow_query *query,
                                                               const seerflow_call *call,
                                                               seerflow_list **list,
                                                               seerflow_error **error);

/**
 * Fills `out` with a dead letter of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_dead_letter_at(const seerflow_list *list,
                                                          size_t index,
                                                          seerflow_dead_letter *out,
                                                          seerflow_error **error);

/**
 * Writes alerts, all of them or none; committed when it returns. `options` may be NULL.
 *
 * An alert whose dedup_key is stored counts as another occurrence of the stored alert if their times are at most
 * `options->dedup_window_ns` apart: dedup_count grows, the stored time stays. Outside the window the count begins at
 * 1 again. In both cases id and details become those of the alert that is written; a verdict stays. `*results`,
 * which may be NULL, gets a list that says of each alert whether it is new.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the alerts stay the caller's; the caller
 * destroys the results. Errors: SEERFLOW_STATUS_INVALID if an alert is outside what its members accept, and the
 * message says which and why; SEERFLOW_STATUS_CONFLICT if an alert_id is stored with another dedup_key.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_alerts(const seerflow_store *store,
                                                                            const seerflow_alert *alerts,
                                                                            size_t count,
                                                                            const seerflow_record_options *options,
                                                                            const seerflow_call *call,
                                                                            seerflow_list **results,
                                                                            seerflow_error **error);

/**
 * Fills `out` with what became of an alert, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_alert_result_at(const seerflow_list *list,
                                                           size_t index,
                                                           seerflow_alert_result *out,
                                                           seerflow_error **error);

/**
 * Answers with a page of the alerts that pass the query's filters, newest first.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_query_alerts(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Finds an alert by its id and answers with a list of that one. SEERFLOW_STATUS_NOT_FOUND if it is not stored: an
 * alert that occurred again has the id of its last occurrence.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_alert(const seerflow_store *store,
                                                  const char *alert_id,
                                                  const seerflow_call *call,
                                                  seerflow_list **list,
                                                  seerflow_error **error);

/**
 * Counts the alerts that pass the query's filters by rule (SEERFLOW_COUNT_BY_RULE) or by the name of their severity
 * (SEERFLOW_COUNT_BY_SEVERITY), most first, as many as the query's limit says.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_count_alerts(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         seerflow_count_by by,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Counts the alerts that pass the query's filters per bucket of `bucket_ns` nanoseconds. Buckets begin at multiples
 * of their length; empty ones are left out. The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_alert_histogram(const seerflow_store *store,
                                                            const seerflow_query *query,
                                                            int64_t bucket_ns,
                                                            const seerflow_call *call,
                                                            seerflow_list **list,
                                                            seerflow_error **error);

/**
 * Fills `out` with an alert of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_alert_at(const seerflow_list *list,
                                                    size_t index,
                                                    seerflow_alert *out,
                                                    seerflow_error **error);

/**
 * Puts a verdict on an alert and into the audit trail, both or neither; committed when it returns.
 * SEERFLOW_STATUS_NOT_FOUND if the alert is not stored; then nothing is written.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the verdict stays the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_update_feedback(const seerflow_store *store,
                                                                               const seerflow_feedback *feedback,
                                                                               const seerflow_call *call,
                                                                               seerflow_error **error);

/**
 * Adds a verdict to the audit trail only, whether its alert is stored or not; committed when it returns.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the verdict stays the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_append_feedback(const seerflow_store *store,
                                                                               const seerflow_feedback *feedback,
                                                                               const seerflow_call *call,
                                                                               seerflow_error **error);

/**
 * Lists the audit trail of one alert (seerflow_query_set_alert_id), or of all, newest first. The query also sets the
 * page and the limit.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_query_feedback(const seerflow_store *store,
                                                           const seerflow_query *query,
                                                           const seerflow_call *call,
                                                           seerflow_list **list,
                                                           seerflow_error **error);

/**
 * Counts the alerts that were judged.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_feedback_stats(const seerflow_store *store,
                                                           const seerflow_call *call,
                                                           seerflow_feedback_stats *stats,
                                                           seerflow_error **error);

/**
 * Fills `out` with a verdict of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_feedback_at(const seerflow_list *list,
                                                       size_t index,
                                                       seerflow_feedback *out,
                                                       seerflow_error **error);

/**
 * Groups the true positives by type, rule and kind of entity, and lists the groups with most alerts. The latest
 * verdict of each alert counts, if the query's window holds it. The query also sets the smallest group
 * (seerflow_query_set_min_count) and how many alerts each group lists (seerflow_query_set_max_alerts).
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_alert_patterns(const seerflow_store *store,
                                                           const seerflow_query *query,
                                                           const seerflow_call *call,
                                                           seerflow_list **list,
                                                           seerflow_error **error);

/**
 * Fills `out` with a pattern of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_alert_pattern_at(const seerflow_list *list,
                                                            size_t index,
                                                            seerflow_alert_pattern *out,
                                                            seerflow_error **error);

/**
 * Saves a model under a key, in place of what is stored; committed when it returns. The key is 1 to 256 ASCII
 * characters, the data are at most 64 MiB. `*saved_at_ns` gets the time under which the model is saved, in
 * nanoseconds since 1970-01-01 UTC: later than that of the model before. It may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the data stay the caller's and are not
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
 * Saves a model only if the stored one was saved at `expected_ns`, or, for SEERFLOW_TIME_ABSENT, if none is stored:
 * of two writers that loaded the same model one succeeds.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the data stay the caller's and are not
 * copied. Errors: SEERFLOW_STATUS_CONFLICT if another model is stored, and nothing is changed: load it and try
 * again. All else is as for seerflow_store_save_model.
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
 * Loads a model with its data: a list of one. SEERFLOW_STATUS_NOT_FOUND if it is not stored.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_load_model(const seerflow_store *store,
                                                       const char *key,
                                                       const seerflow_call *call,
                                                       seerflow_list **list,
                                                       seerflow_error **error);

/**
 * Removes a model. `*deleted` gets 1, or 0 if it was not stored; it may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_delete_model(const seerflow_store *store,
                                                         const char *key,
                                                         const seerflow_call *call,
                                                         uint64_t *deleted,
                                                         seerflow_error **error);

/**
 * Lists models without their data, in the order of their keys: those whose keys begin with
 * seerflow_query_set_key_prefix, or all. The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_query_models(const seerflow_store *store,
                                                         const seerflow_query *query,
                                                         const seerflow_call *call,
                                                         seerflow_list **list,
                                                         seerflow_error **error);

/**
 * Fills `out` with a model of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_model_at(const seerflow_list *list,
                                                    size_t index,
                                                    seerflow_model *out,
                                                    seerflow_error **error);

/**
 * Lists the state of every rule that has one, in the order of their ids. The query sets no filter, and its limit has
 * no effect; it may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_query_sigma_rules(const seerflow_store *store,
                                                              const seerflow_query *query,
                                                              const seerflow_call *call,
                                                              seerflow_list **list,
                                                              seerflow_error **error);

/**
 * Switches a rule on or off; committed when it returns. A rule without state gets one.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_enable_sigma_rule(const seerflow_store *store,
                                                                                 const char *rule_id,
                                                                                 bool enabled,
                                                                                 const seerflow_call *call,
                                                                                 seerflow_error **error);

/**
 * Adds matches to the counts of rules, all of them or none, and keeps for each rule the latest time; committed when
 * it returns. A rule without state gets one.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the matches stay the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_sigma_matches(const seerflow_store *store,
                                                                                   const seerflow_sigma_matches *matches,
                                                                                   size_t count,
                                                                                   const seerflow_call *call,
                                                                                   seerflow_error **error);

/**
 * Fills `out` with the state of a rule of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_sigma_rule_at(const seerflow_list *list,
                                                         size_t index,
                                                         seerflow_sigma_rule *out,
                                                         seerflow_error **error);

/**
 * Adds edges, or widens their time and adds to their counts, all of them or none. Questions to the graph see them
 * when it returns. `options` may be NULL.
 *
 * With `options->durable`, the default, the edges are committed when it returns. Without it the graph in memory
 * commits them in the background, within `storage.flush_interval_ms`, joined with others between the same entities;
 * seerflow_store_flush waits for that.
 *
 * Threads: any number at once. Blocking: bounded by `call`; a write that is not durable waits only while too many
 * edges wait for their commit, then SEERFLOW_STATUS_AGAIN. Ownership: the edges stay the caller's.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_write_edges(const seerflow_store *store,
                                                                           const seerflow_edge *edges,
                                                                           size_t count,
                                                                           const seerflow_record_options *options,
                                                                           const seerflow_call *call,
                                                                           seerflow_error **error);

/**
 * Lists edges in the order of source, target and relation. The query sets the limit and the cursor, and no filter.
 *
 * An edge that is stored from the first page to the last is listed once, as it is at that moment; writes go on in
 * between. Nothing is held open between two calls.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_query_edges(const seerflow_store *store,
                                                        const seerflow_query *query,
                                                        const seerflow_call *call,
                                                        seerflow_list **list,
                                                        seerflow_error **error);

/**
 * Removes the edges that were last seen before a time, in nanoseconds since 1970-01-01 UTC. `*deleted` gets how
 * many, and may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_prune_edges(const seerflow_store *store,
                                                                           int64_t before_ns,
                                                                           const seerflow_call *call,
                                                                           uint64_t *deleted,
                                                                           seerflow_error **error);

/**
 * Fills `out` with an edge of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_edge_at(const seerflow_list *list,
                                                   size_t index,
                                                   seerflow_edge *out,
                                                   seerflow_error **error);

/**
 * Lists the entities within the query's depth of its entity, whichever way edges point, by distance, then id; the
 * entity itself is left out. Only edges of the query's relations are followed. An unknown entity has no neighbours.
 * The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_neighbours(const seerflow_store *store,
                                                             const seerflow_query *query,
                                                             const seerflow_call *call,
                                                             seerflow_list **list,
                                                             seerflow_error **error);

/**
 * Lists the entities on a shortest path between two, both ends included, each with its distance from the first: of
 * several paths the one whose ids are the smallest. The list is empty if there is no path.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_path(const seerflow_store *store,
                                                       const char *from,
                                                       const char *to,
                                                       const seerflow_call *call,
                                                       seerflow_list **list,
                                                       seerflow_error **error);

/**
 * Lists the surroundings of the query's entity: `*nodes` gets the entities within the query's depth, itself
 * included, by distance, then id; `*edges` gets every edge between two of them. Both lists are empty for an unknown
 * entity. The query's limit has no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys both lists.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_subgraph(const seerflow_store *store,
                                                           const seerflow_query *query,
                                                           const seerflow_call *call,
                                                           seerflow_list **nodes,
                                                           seerflow_list **edges,
                                                           seerflow_error **error);

/**
 * Lists the neighbours of the query's entity with their relation, those seen most often first. The query's limit has
 * no effect.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_related(const seerflow_store *store,
                                                          const seerflow_query *query,
                                                          const seerflow_call *call,
                                                          seerflow_list **list,
                                                          seerflow_error **error);

/**
 * Counts what the graph holds: `*vertices` gets the number of entities that an edge touches, `*edges` the number of
 * edges. Either may be NULL.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_counts(const seerflow_store *store,
                                                         const seerflow_call *call,
                                                         uint64_t *vertices,
                                                         uint64_t *edges,
                                                         seerflow_error **error);

/**
 * Measures every entity of the graph and lists the first `limit`. `measure` is one of
 *
 * - "pagerank": by the direction of edges, damping 0.85; all add up to 1;
 * - "betweenness": the part of all pairs of others whose shortest paths go through it, estimated in a large graph;
 * - "fan_in", "fan_out", "ego_graph_size": how many others point to it, it points to, are next to it;
 * - "community_id", "component_id": its community or connected part, 0 being the largest; the largest come first.
 *
 * Threads: any number at once; betweenness uses a second thread of its own meanwhile. Blocking: bounded by
 * `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_top(const seerflow_store *store,
                                                      const char *measure,
                                                      size_t limit,
                                                      const seerflow_call *call,
                                                      seerflow_list **list,
                                                      seerflow_error **error);

/**
 * Answers SEERFLOW_STATUS_OK if the graph can be reached now, otherwise why it cannot.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_graph_health(const seerflow_store *store,
                                                         const seerflow_call *call,
                                                         seerflow_error **error);

/**
 * Fills `out` with an entity of a list and its distance, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the
 * last one, SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_neighbour_at(const seerflow_list *list,
                                                        size_t index,
                                                        seerflow_neighbour *out,
                                                        seerflow_error **error);

/**
 * Fills `out` with a neighbour of a list and its relation, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the
 * last one, SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_related_at(const seerflow_list *list,
                                                      size_t index,
                                                      seerflow_related *out,
                                                      seerflow_error **error);

/**
 * Fills `out` with a score of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_score_at(const seerflow_list *list,
                                                    size_t index,
                                                    seerflow_score *out,
                                                    seerflow_error **error);

/**
 * Writes records of a kind given as JSON, one object a line, with the names of the members of the kind's struct.
 * A member that an alert lacks has its default; other records state every member, except that a template's
 * example_message may be missing. Empty lines are skipped, unknown names ignored. All of the records are written
 * or none. `options` may be NULL.
 *
 * `kind` is SEERFLOW_KIND_ALERT (then `*results` gets a list of SEERFLOW_KIND_ALERT_RESULT), SEERFLOW_KIND_TEMPLATE,
 * SEERFLOW_KIND_EDGE or SEERFLOW_KIND_SIGMA_MATCHES (then `*results` is not written). `results` may be NULL. All
 * else is as for the function that writes structs of that kind.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the bytes stay the caller's; the caller
 * destroys the results. Errors: SEERFLOW_STATUS_INVALID if a line is not such a record; the message names the line.
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
 * Removes old events and dead letters; other writes go on in between. The event that arrived last stays. `report`
 * may be NULL. A call that is stopped does not bring back the events that it removed.
 *
 * The space goes back to the file system in a SQLite database that libseerflow made. One that Seerflow made keeps
 * its size, and new events use the space. On PostgreSQL partitions that are dropped whole give theirs back; rows
 * leave it for new ones.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_prune(const seerflow_store *store,
                                                                     const seerflow_prune_options *options,
                                                                     const seerflow_call *call,
                                                                     seerflow_prune_report *report,
                                                                     seerflow_error **error);

/**
 * Writes a consistent copy of a SQLite database to a new file, while reads and writes go on. `progress` may be NULL. The file is
 * readable for its owner only, and has its name once it is complete and on the disk; nothing is replaced.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Errors: SEERFLOW_STATUS_INVALID if
 * something has the name, a symbolic link included; SEERFLOW_STATUS_UNSUPPORTED on PostgreSQL, whose
 * own pg_dump and pg_basebackup copy it.
 */
SEERFLOW_API SEERFLOW_NODISCARD seerflow_status seerflow_store_backup(const seerflow_store *store,
                                                                      const char *target,
                                                                      const seerflow_call *call,
                                                                      seerflow_progress_callback progress,
                                                                      void *user_data,
                                                                      seerflow_error **error);

/**
 * Brings the write-ahead log into the database file, and empties it unless a reader needs it. It happens by itself
 * too.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_checkpoint(const seerflow_store *store,
                                                       const seerflow_call *call,
                                                       seerflow_error **error);

/**
 * Checks a store: `what` is SEERFLOW_CHECK_STRUCTURE, SEERFLOW_CHECK_TEXT, or both added up. SEERFLOW_STATUS_OK says
 * that the check was made; the list holds what it found, nothing if all is well.
 *
 * Threads: any number at once. Blocking: bounded by `call`. Ownership: the caller destroys the list.
 */
SEERFLOW_API seerflow_status seerflow_store_check(const seerflow_store *store,
                                                  uint32_t what,
                                                  const seerflow_call *call,
                                                  seerflow_list **list,
                                                  seerflow_error **error);

/**
 * Fills `out` with a finding of a list, by its number from 0. SEERFLOW_STATUS_NOT_FOUND past the last one,
 * SEERFLOW_STATUS_INVALID for a list of another kind.
 *
 * Threads: any number at once. Blocking: never. Ownership: its texts live as long as the list. They do not end in NUL.
 */
SEERFLOW_API seerflow_status seerflow_list_finding_at(const seerflow_list *list,
                                                      size_t index,
                                                      seerflow_finding *out,
                                                      seerflow_error **error);

/**
 * Fills `summary` with the contents of the store in numbers. seerflow_store_path returns its place.
 *
 * Threads: any number at once. Blocking: bounded by `call`.
 */
SEERFLOW_API seerflow_status seerflow_store_summary(const seerflow_store *store,
                                                    const seerflow_call *call,
                                                    seerflow_summary *summary,
                                                    seerflow_error **error);

/**
 * Computes the id under which Seerflow knows an entity, for seerflow_query_set_entity_id: 36 characters and a NUL. `out` has
 * room for SEERFLOW_ID_SIZE bytes. `type` is one of seerflow_entity_type.
 *
 * SEERFLOW_STATUS_NOT_FOUND for a value that has no id: an address that is none, an empty name.
 *
 * Threads: any. Blocking: never.
 */
SEERFLOW_API seerflow_status seerflow_entity_id(seerflow_entity_type type,
                                                seerflow_str value,
                                                char *out,
                                                seerflow_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SEERFLOW_H */

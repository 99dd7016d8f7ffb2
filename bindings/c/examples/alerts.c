/*
 * A detector: addresses that fail to log in too often become alerts; a person says what they are worth.
 *
 *     alerts sshd.log alerts.db
 */
#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 10000, MANY = 10, MOST = 64 };

static seerflow_error *error;

static void must(seerflow_status status)
{
    if (status == SEERFLOW_STATUS_OK)
        return;
    fprintf(stderr, "alerts: %s\n", seerflow_error_message(error));
    exit(1);
}

/* An address and the failures seen of it. The text is the page's. */
struct guesser {
    seerflow_str address;
    int64_t last_ns;
    unsigned failures;
};

static void count(struct guesser *guessers, const seerflow_event *event)
{
    seerflow_str address;
    int64_t time_ns;
    if (seerflow_event_get_list_at(event, SEERFLOW_FIELD_RELATED_IPS, 0, &address, NULL))
        return; /* it names no address */
    must(seerflow_event_get_int(event, SEERFLOW_FIELD_TIMESTAMP_NS, &time_ns, &error));
    for (struct guesser *one = guessers; one < guessers + MOST; one++) {
        if (one->failures == 0)
            one->address = address;
        if (one->address.len == address.len && memcmp(one->address.data, address.data, address.len) == 0) {
            one->failures++;
            one->last_ns = time_ns > one->last_ns ? time_ns : one->last_ns;
            return;
        }
    }
}

/* Raises an alert, and tells about it if it is news. */
static void raise_alert(const seerflow_store *store, const struct guesser *guesser)
{
    static const char technique[] = "T1110";
    seerflow_str techniques[] = {{technique, sizeof technique - 1}};
    char text[80];
    seerflow_alert alert;
    seerflow_alert_result result;
    seerflow_alert_result_list *results;
    snprintf(text, sizeof text, "%u failed logins", guesser->failures);

    must(seerflow_alert_init(&alert, sizeof alert, &error));
    alert.alert_type = SEERFLOW_STR("correlation");
    alert.rule_name = SEERFLOW_STR("ssh brute force");
    alert.severity_id = guesser->failures > 100 ? 5 : 4;
    alert.entity_type = SEERFLOW_STR("ip");
    alert.entity_value = guesser->address;
    alert.timestamp_ns = guesser->last_ns;
    alert.description = SEERFLOW_STR(text);
    alert.mitre_techniques.items = techniques;
    alert.mitre_techniques.count = 1;
    must(seerflow_store_write_alerts(store, &alert, sizeof alert, 1, SEERFLOW_DEDUP_WINDOW_NS, TIMEOUT_MS, NULL, &results, &error));

    SEERFLOW_PREPARE(result);
    must(seerflow_alert_result_list_at(results, 0, &result, &error));
    printf("%s %.*s: %s\n", result.is_new ? "new:  " : "again:", (int)guesser->address.len, guesser->address.data, text);
    seerflow_alert_result_list_destroy(results);
}

static void detect(const seerflow_store *store)
{
    struct guesser guessers[MOST];
    seerflow_page *page;
    memset(guessers, 0, sizeof guessers);
    must(seerflow_store_search(store, "failed password", 10000, &page, &error));
    for (size_t i = 0; i < seerflow_page_count(page); i++)
        count(guessers, seerflow_page_event(page, i));
    for (size_t i = 0; i < MOST; i++)
        if (guessers[i].failures >= MANY)
            raise_alert(store, &guessers[i]);
    seerflow_page_destroy(page);
}

/* Prints the alerts of a technique, worst ones only, and calls the newest of them a true positive. */
static void judge(const seerflow_store *store)
{
    seerflow_alert_query *query;
    seerflow_alert_page *page;
    seerflow_alert alert;
    seerflow_feedback verdict;
    must(seerflow_alert_query_new(&query, &error));
    must(seerflow_alert_query_set_technique(query, "T1110", &error));
    must(seerflow_alert_query_set_min_severity(query, 4, &error));
    must(seerflow_store_query_alerts(store, query, &page, &error));
    for (size_t i = seerflow_alert_page_count(page); i-- > 0;) {
        SEERFLOW_PREPARE(alert);
        must(seerflow_alert_page_at(page, i, &alert, &error));
        printf("severity %" PRId64 ", %" PRId64 " times: %.*s of %.*s\n", alert.severity_id, alert.dedup_count, (int)alert.description.len,
               alert.description.data, (int)alert.entity_value.len, alert.entity_value.data);
    }
    if (seerflow_alert_page_count(page) > 0) {
        must(seerflow_feedback_init(&verdict, sizeof verdict, &error));
        verdict.alert_id = alert.alert_id; /* the last one read: pages are newest first */
        verdict.feedback = SEERFLOW_STR("tp");
        verdict.note = SEERFLOW_STR("nobody types that badly");
        must(seerflow_store_update_feedback(store, &verdict, TIMEOUT_MS, NULL, &error));
        printf("judged: %.*s\n", (int)alert.entity_value.len, alert.entity_value.data);
    }
    seerflow_alert_page_destroy(page);
    seerflow_alert_query_destroy(query);
}

/* Stores the lines of a file. The batch key is the file's name: however often this runs, they are stored once. */
static void store_lines(const seerflow_store *store, const char *path)
{
    static char lines[1 << 20];
    seerflow_write_options options;
    FILE *file = fopen(path, "rb");
    size_t length = file != NULL ? fread(lines, 1, sizeof lines, file) : 0;
    if (file == NULL || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    must(seerflow_write_options_init(&options, sizeof options, &error));
    options.durable = 1;
    options.complete = 1;
    options.batch_key = SEERFLOW_STR(path);
    must(seerflow_store_write_lines(store, lines, length, &options, NULL, NULL, &error));
}

int main(int argc, char **argv)
{
    seerflow_config *config;
    seerflow_store *store;
    if (argc != 3) {
        fprintf(stderr, "usage: alerts LOG DATABASE\n");
        return 2;
    }
    must(seerflow_config_new(&config, &error));
    must(seerflow_config_set(config, "storage.sqlite_path", argv[2], &error));
    must(seerflow_store_open(config, &store, &error));
    store_lines(store, argv[1]);
    detect(store);
    detect(store); /* the same again is no news */
    judge(store);
    must(seerflow_store_close(store, TIMEOUT_MS, NULL, &error));
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return 0;
}

/*
 * A detector: an address with many failed logins becomes an alert, and a person gives a verdict on it.
 *
 *     alerts sshd.log alerts.db
 */
#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THRESHOLD = 10, MAX_ADDRESSES = 64 };

static seerflow_error *error;

static void must(seerflow_status status)
{
    if (status == SEERFLOW_STATUS_OK)
        return;
    fprintf(stderr, "alerts: %s\n", seerflow_error_message(error));
    exit(1);
}

/* An address and the number of its failed logins. The text belongs to the list of events. */
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
        return; /* the event has no address */
    must(seerflow_event_get_int(event, SEERFLOW_FIELD_TIMESTAMP_NS, &time_ns, &error));
    for (struct guesser *one = guessers; one < guessers + MAX_ADDRESSES; one++) {
        if (one->failures == 0)
            one->address = address;
        if (one->address.len == address.len && memcmp(one->address.data, address.data, address.len) == 0) {
            one->failures++;
            one->last_ns = time_ns > one->last_ns ? time_ns : one->last_ns;
            return;
        }
    }
}

/* Writes an alert, and prints whether it is new. */
static void raise_alert(const seerflow_store *store, const struct guesser *guesser)
{
    static const char technique[] = "T1110";
    seerflow_str techniques[] = {{technique, sizeof technique - 1}};
    char text[80];
    seerflow_alert alert = SEERFLOW_ALERT_INIT;
    seerflow_alert_result result = SEERFLOW_ALERT_RESULT_INIT;
    seerflow_list *results = NULL;
    snprintf(text, sizeof text, "%u failed logins", guesser->failures);

    alert.alert_type = SEERFLOW_STR("correlation");
    alert.rule_name = SEERFLOW_STR("ssh brute force");
    alert.severity_id = guesser->failures > 100 ? 5 : 4;
    alert.entity_type = SEERFLOW_STR("ip");
    alert.entity_value = guesser->address;
    alert.timestamp_ns = guesser->last_ns;
    alert.description = SEERFLOW_STR(text);
    alert.mitre_techniques.items = techniques;
    alert.mitre_techniques.count = 1;
    must(seerflow_store_write_alerts(store, &alert, 1, NULL, NULL, &results, &error));

    must(seerflow_list_alert_result_at(results, 0, &result, &error));
    printf("%s %.*s: %s\n", result.is_new ? "new:  " : "again:", (int)guesser->address.len, guesser->address.data, text);
    seerflow_list_destroy(results);
}

static void detect(const seerflow_store *store)
{
    struct guesser guessers[MAX_ADDRESSES];
    seerflow_query *query = NULL;
    seerflow_list *events = NULL;
    memset(guessers, 0, sizeof guessers);
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_text(query, "failed password", &error));
    must(seerflow_query_set_limit(query, 10000, &error));
    must(seerflow_store_query_events(store, query, NULL, &events, &error));
    for (size_t i = 0; i < seerflow_list_count(events); i++)
        count(guessers, seerflow_list_event_at(events, i));
    for (size_t i = 0; i < MAX_ADDRESSES; i++)
        if (guessers[i].failures >= THRESHOLD)
            raise_alert(store, &guessers[i]);
    seerflow_list_destroy(events);
    seerflow_query_destroy(query);
}

/* Prints the severe alerts of a technique, and marks the newest of them as a true positive. */
static void judge(const seerflow_store *store)
{
    seerflow_query *query = NULL;
    seerflow_list *alerts = NULL;
    seerflow_alert alert = SEERFLOW_ALERT_INIT;
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_technique(query, "T1110", &error));
    must(seerflow_query_set_min_severity(query, 4, &error));
    must(seerflow_store_query_alerts(store, query, NULL, &alerts, &error));
    for (size_t i = seerflow_list_count(alerts); i-- > 0;) {
        must(seerflow_list_alert_at(alerts, i, &alert, &error));
        printf("severity %" PRId64 ", %" PRId64 " times: %.*s of %.*s\n", alert.severity_id, alert.dedup_count, (int)alert.description.len,
               alert.description.data, (int)alert.entity_value.len, alert.entity_value.data);
    }
    if (seerflow_list_count(alerts) > 0) {
        seerflow_feedback verdict = SEERFLOW_FEEDBACK_INIT;
        verdict.alert_id = alert.alert_id; /* the newest: the list is sorted newest first, and the loop runs backwards */
        verdict.feedback = SEERFLOW_STR("tp");
        verdict.note = SEERFLOW_STR("too many failures for typing errors");
        must(seerflow_store_update_feedback(store, &verdict, NULL, &error));
        printf("judged: %.*s\n", (int)alert.entity_value.len, alert.entity_value.data);
    }
    seerflow_list_destroy(alerts);
    seerflow_query_destroy(query);
}

/* Stores the lines of a file. With the file name as the batch key, they are stored once, however often the program runs. */
static void store_lines(const seerflow_store *store, const char *path)
{
    static char lines[1 << 20];
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    FILE *file = fopen(path, "rb");
    size_t length = file != NULL ? fread(lines, 1, sizeof lines, file) : 0;
    if (file == NULL || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    options.durable = true;
    options.complete = true;
    options.batch_key = SEERFLOW_STR(path);
    must(seerflow_store_write(store, SEERFLOW_FORMAT_LINES, lines, length, &options, NULL, NULL, &error));
}

int main(int argc, char **argv)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: alerts LOG DATABASE\n");
        return 2;
    }
    must(seerflow_config_new(&config, &error));
    must(seerflow_config_set(config, "storage.sqlite_path", argv[2], &error));
    must(seerflow_store_new(config, &store, &error));
    store_lines(store, argv[1]);
    detect(store);
    detect(store); /* the second run raises no new alert */
    judge(store);
    must(seerflow_store_close(store, NULL, NULL, &error));
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return 0;
}

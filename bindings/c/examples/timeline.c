/*
 * Prints the events of an entity, oldest first, and its neighbours in the graph.
 *
 *     timeline sshd.log timeline.db ip 203.0.113.66
 */
#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE = 100, MAX_NEIGHBOURS = 10 };

static seerflow_error *error;

static void must(seerflow_status status)
{
    if (status == SEERFLOW_STATUS_OK)
        return;
    fprintf(stderr, "timeline: %s\n", seerflow_error_message(error));
    exit(1);
}

static seerflow_entity_type type_of(const char *name)
{
    static const char *const names[] = {"user", "ip", "host", "process", "file", "domain"};
    for (unsigned i = 0; i < 6; i++)
        if (strcmp(name, names[i]) == 0)
            return (seerflow_entity_type)(SEERFLOW_ENTITY_TYPE_USER + i);
    fprintf(stderr, "timeline: %s is not an entity type\n", name);
    exit(2);
}

static void print_event(const seerflow_event *event)
{
    seerflow_str message, source;
    int64_t time_ns;
    char when[32] = "";
    must(seerflow_event_get_int(event, SEERFLOW_FIELD_TIMESTAMP_NS, &time_ns, &error));
    must(seerflow_event_get_text(event, SEERFLOW_FIELD_SOURCE_TYPE, &source, &error));
    must(seerflow_event_get_text(event, SEERFLOW_FIELD_MESSAGE, &message, &error));
    time_t seconds = (time_t)(time_ns / 1000000000);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", gmtime(&seconds));
    printf("%s  %.*s: %.*s\n", when, (int)source.len, source.data, (int)message.len, message.data);
}

/* Prints all pages. The cursor of each page leads to the next one. */
static void print_timeline(const seerflow_store *store, const char *entity_id)
{
    seerflow_query *query = NULL;
    seerflow_list *page = NULL;
    const char *next;
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_order(query, SEERFLOW_ORDER_OLDEST, &error));
    must(seerflow_query_set_entity_id(query, entity_id, &error));
    must(seerflow_query_set_limit(query, PAGE, &error));
    do {
        must(seerflow_store_query_events(store, query, NULL, &page, &error));
        for (size_t i = 0; i < seerflow_list_count(page); i++)
            print_event(seerflow_list_event_at(page, i));
        next = seerflow_list_next_cursor(page);
        if (next != NULL)
            must(seerflow_query_set_cursor(query, next, &error));
        seerflow_list_destroy(page);
    } while (next != NULL);
    seerflow_query_destroy(query);
}

/* Prints the neighbours by type and value instead of by id. */
static void print_neighbours(const seerflow_store *store, const char *entity_id)
{
    seerflow_query *query = NULL;
    seerflow_list *neighbours = NULL;
    must(seerflow_query_new(&query, &error));
    must(seerflow_query_set_entity_id(query, entity_id, &error));
    must(seerflow_store_graph_related(store, query, NULL, &neighbours, &error));
    for (size_t i = 0; i < seerflow_list_count(neighbours) && i < MAX_NEIGHBOURS; i++) {
        seerflow_related neighbour = SEERFLOW_RELATED_INIT;
        seerflow_entity name = SEERFLOW_ENTITY_INIT;
        seerflow_list *described = NULL;
        char id[SEERFLOW_ID_SIZE];
        must(seerflow_list_related_at(neighbours, i, &neighbour, &error));
        snprintf(id, sizeof id, "%.*s", (int)neighbour.entity.len, neighbour.entity.data);
        must(seerflow_store_entity(store, id, NULL, &described, &error));
        must(seerflow_list_entity_at(described, 0, &name, &error));
        printf("%.*s %.*s %.*s, %" PRId64 " times\n", (int)neighbour.rel_type.len, neighbour.rel_type.data, (int)name.entity_type.len,
               name.entity_type.data, (int)name.value.len, name.value.data, neighbour.event_count);
        seerflow_list_destroy(described);
    }
    seerflow_list_destroy(neighbours);
    seerflow_query_destroy(query);
}

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
    char entity_id[SEERFLOW_ID_SIZE];
    if (argc != 5) {
        fprintf(stderr, "usage: timeline LOG DATABASE TYPE VALUE\n");
        return 2;
    }
    must(seerflow_entity_id(type_of(argv[3]), SEERFLOW_STR(argv[4]), entity_id, &error));
    must(seerflow_config_new(&config, &error));
    must(seerflow_config_set(config, "storage.sqlite_path", argv[2], &error));
    must(seerflow_config_set(config, "storage.infer_edges", "true", &error)); /* edges between the entities of an event */
    must(seerflow_store_new(config, &store, &error));
    store_lines(store, argv[1]);
    print_timeline(store, entity_id);
    print_neighbours(store, entity_id);
    must(seerflow_store_close(store, NULL, NULL, &error));
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return 0;
}

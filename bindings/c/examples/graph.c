/*
 * The entity graph: a path between two entities, and the entities that connect the others.
 *
 * Edges come from events (storage.infer_edges) and from the program. Both are stored in the database, where a running Seerflow
 * can read them too.
 */
#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>

static seerflow_error *error;

static void must(seerflow_status status)
{
    if (status == SEERFLOW_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", seerflow_status_name(status), seerflow_error_message(error));
    exit(EXIT_FAILURE);
}

static void print_path(const seerflow_store *store, const char *from, const char *to)
{
    seerflow_list *path = NULL;
    must(seerflow_store_graph_path(store, from, to, NULL, &path, &error));
    for (size_t i = 0; i < seerflow_list_count(path); i++) {
        seerflow_neighbour step = SEERFLOW_NEIGHBOUR_INIT;
        must(seerflow_list_neighbour_at(path, i, &step, &error));
        printf("%s%.*s", i == 0 ? "" : " - ", (int)step.entity.len, step.entity.data);
    }
    printf("\n");
    seerflow_list_destroy(path);
}

int main(void)
{
    static const char events[] =
        "{\"message\":\"login\",\"related_users\":[\"alice\"],\"related_ips\":[\"203.0.113.66\"],\"related_hosts\":[\"web-1\"]}\n"
        "{\"message\":\"login\",\"related_users\":[\"bob\"],\"related_ips\":[\"203.0.113.66\"],\"related_hosts\":[\"web-2\"]}\n";
    char alice[SEERFLOW_ID_SIZE], bob[SEERFLOW_ID_SIZE];
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;

    must(seerflow_config_new(&config, &error));
    must(seerflow_config_set(config, "storage.sqlite_path", "graph.db", &error));
    must(seerflow_config_set(config, "storage.infer_edges", "true", &error));
    must(seerflow_store_new(config, &store, &error));

    /* Events add the edges between their entities. */
    options.durable = true;
    must(seerflow_store_write(store, SEERFLOW_FORMAT_NDJSON, events, sizeof events - 1, &options, NULL, NULL, &error));
    must(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, SEERFLOW_STR("alice"), alice, &error));
    must(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, SEERFLOW_STR("bob"), bob, &error));
    printf("path from alice to bob:\n");
    print_path(store, alice, bob);

    /* The program adds an edge of its own. The ids may be any text. */
    seerflow_edge edge = SEERFLOW_EDGE_INIT;
    edge.source_id = SEERFLOW_STR("vault");
    edge.target_id = SEERFLOW_STR(alice);
    edge.rel_type = SEERFLOW_STR("opened_by");
    edge.first_seen_ns = edge.last_seen_ns = 1700000000000000000;
    edge.event_count = 1;
    must(seerflow_store_write_edges(store, &edge, 1, NULL, NULL, &error));
    printf("path from bob to the vault:\n");
    print_path(store, bob, "vault");

    /* Which entities connect the others? */
    seerflow_list *top = NULL;
    const char *lines = NULL;
    must(seerflow_store_graph_top(store, "betweenness", 2, NULL, &top, &error));
    must(seerflow_list_ndjson(top, &lines, NULL, &error));
    printf("highest betweenness:\n%s", lines);
    seerflow_list_destroy(top);

    uint64_t vertices = 0, edges = 0;
    must(seerflow_store_graph_counts(store, NULL, &vertices, &edges, &error));
    printf("%" PRIu64 " entities, %" PRIu64 " edges\n", vertices, edges);

    must(seerflow_store_close(store, NULL, NULL, &error));
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return EXIT_SUCCESS;
}

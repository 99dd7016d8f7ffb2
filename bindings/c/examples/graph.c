/*
 * The entity graph: who is next to whom, how one leads to another, who stands out.
 *
 * Edges come from the events themselves (storage.infer_edges) and from the program; both are in the database, so that they are
 * there the next time, and a running Seerflow has them too.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "seerflow.h"

static seerflow_error *error;

static void must(seerflow_status status)
{
    if (status == SEERFLOW_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", seerflow_status_name(status), seerflow_error_message(error));
    exit(EXIT_FAILURE);
}

#define TEXT(literal) ((seerflow_str){literal, sizeof literal - 1})

static void print_path(const seerflow_store *store, const char *from, const char *to)
{
    seerflow_neighbour_list *path;
    must(seerflow_store_graph_path(store, from, to, 1000, NULL, &path, &error));
    for (size_t i = 0; i < seerflow_neighbour_list_count(path); i++) {
        seerflow_neighbour step;
        SEERFLOW_PREPARE(step);
        must(seerflow_neighbour_list_at(path, i, &step, &error));
        printf("%s%.*s", i == 0 ? "" : " - ", (int)step.entity.len, step.entity.data);
    }
    printf("\n");
    seerflow_neighbour_list_destroy(path);
}

int main(void)
{
    static const char events[] =
        "{\"message\":\"login\",\"related_users\":[\"alice\"],\"related_ips\":[\"203.0.113.66\"],\"related_hosts\":[\"web-1\"]}\n"
        "{\"message\":\"login\",\"related_users\":[\"bob\"],\"related_ips\":[\"203.0.113.66\"],\"related_hosts\":[\"web-2\"]}\n";
    char alice[SEERFLOW_ID_SIZE], bob[SEERFLOW_ID_SIZE];
    seerflow_write_options durable;
    seerflow_config *config;
    seerflow_store *store;

    must(seerflow_config_new(&config, &error));
    must(seerflow_config_set(config, "storage.sqlite_path", "graph.db", &error));
    must(seerflow_config_set(config, "storage.infer_edges", "true", &error));
    must(seerflow_store_open(config, &store, &error));

    /* Events bring their edges. */
    must(seerflow_write_options_init(&durable, sizeof durable, &error));
    durable.durable = true;
    must(seerflow_store_write_ndjson(store, events, sizeof events - 1, &durable, NULL, NULL, &error));
    must(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, TEXT("alice"), alice, &error));
    must(seerflow_entity_id(SEERFLOW_ENTITY_TYPE_USER, TEXT("bob"), bob, &error));
    printf("how alice and bob hang together:\n");
    print_path(store, alice, bob);

    /* The program adds what only it knows. Ids of one's own are fine. */
    seerflow_edge edge;
    SEERFLOW_PREPARE(edge);
    edge.source_id = TEXT("vault");
    edge.target_id = (seerflow_str){alice, SEERFLOW_ID_SIZE - 1};
    edge.rel_type = TEXT("opened_by");
    edge.first_seen = edge.last_seen = 1700000000000000000;
    edge.event_count = 1;
    must(seerflow_store_graph_add_edges(store, &edge, sizeof edge, 1, false, 1000, NULL, &error));
    printf("how bob gets to the vault:\n");
    print_path(store, bob, "vault");

    /* Who connects the others? */
    seerflow_score_list *top;
    const char *lines;
    must(seerflow_store_graph_top(store, "betweenness", 2, 1000, NULL, &top, &error));
    must(seerflow_score_list_ndjson(top, &lines, NULL, &error));
    printf("who is between others:\n%s", lines);
    seerflow_score_list_destroy(top);

    uint64_t vertices, edges, lost;
    must(seerflow_store_graph_counts(store, 1000, NULL, &vertices, &edges, &error));
    printf("%u entities, %u edges\n", (unsigned)vertices, (unsigned)edges);

    must(seerflow_store_close(store, 5000, &lost, &error));
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return lost == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The sweep of the graph; see test_sweep.c. */
#include "sweep.h"

SWEEP_DESTROY(seerflow_neighbour_list)
SWEEP_DESTROY(seerflow_score_list)
SWEEP_COUNT(seerflow_neighbour_list)
SWEEP_COUNT(seerflow_score_list)
SWEEP_LIST(seerflow_neighbour_list, seerflow_neighbour, live.neighbours)
SWEEP_LIST(seerflow_score_list, seerflow_score, live.scores)
SWEEP_ANSWER(seerflow_store_graph_neighbours, seerflow_neighbour_list, (handle, "a", 1, NULL, 0, 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_graph_path, seerflow_neighbour_list, (handle, "a", "b", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_graph_related, seerflow_related_list, (handle, "a", 1000, interrupt, place, &error))
SWEEP_ANSWER(seerflow_store_graph_top, seerflow_score_list, (handle, "pagerank", 10, 1000, interrupt, place, &error))

void sweep_graph_arguments(void)
{
    seerflow_neighbour_list *near = NULL;
    seerflow_score_list *scores = NULL;
    seerflow_related_list *related = NULL;
    seerflow_str wrong = {NULL, 5}, not_utf8 = {"\xff", 1};
    FAILS(seerflow_store_graph_neighbours(live.store, NULL, 1, NULL, 0, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "\xff", 1, NULL, 0, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "a", 1, NULL, 1, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "a", 1, &wrong, SIZE_MAX, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "a", 1, &wrong, 1, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_neighbours(live.store, "a", 1, &not_utf8, 1, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_path(live.store, NULL, "b", 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_path(live.store, "a", NULL, 1000, NULL, &near, &error), INVALID);
    FAILS(seerflow_store_graph_related(live.store, NULL, 1000, NULL, &related, &error), INVALID);
    FAILS(seerflow_store_graph_top(live.store, NULL, 10, 1000, NULL, &scores, &error), INVALID);
    FAILS(seerflow_store_graph_top(live.store, "", 10, 1000, NULL, &scores, &error), INVALID);
    CHECK(near == NULL && scores == NULL && related == NULL);
}
SWEEP(seerflow_store_graph_add_edges)
{
    seerflow_edge edge;
    SEERFLOW_PREPARE(edge);
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_add_edges(handle, &edge, sizeof edge, 1, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges(live.store, NULL, sizeof edge, 1, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, 3, 1, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, SIZE_MAX, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, 1, true, 1000, NULL, &error), INVALID); /* it has no ends */
    edge.source_id = edge.target_id = str("a");
    edge.rel_type = str("no spaces");
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, 1, false, 1000, NULL, &error), INVALID);
    edge.rel_type = str("r");
    edge.event_count = -1;
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, 1, false, 1000, NULL, &error), INVALID);
    edge.event_count = 1;
    FAILS(seerflow_store_graph_add_edges(live.store, &edge, sizeof edge, 1, true, 1000, (void *)ones, &error), INVALID);
    OK(seerflow_store_graph_add_edges(live.store, NULL, sizeof edge, 0, true, 1000, NULL, &error));
}
SWEEP(seerflow_store_graph_add_edges_ndjson)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_add_edges_ndjson(handle, "{}", 2, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges_ndjson(live.store, NULL, 2, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges_ndjson(live.store, "{}", SIZE_MAX, true, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_add_edges_ndjson(live.store, "{}", 2, true, 1000, NULL, &error), INVALID);
    OK(seerflow_store_graph_add_edges_ndjson(live.store, NULL, 0, false, 1000, NULL, &error));
}
SWEEP(seerflow_store_graph_subgraph)
{
    seerflow_neighbour_list *nodes = NULL;
    seerflow_edge_list *edges = NULL;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_subgraph(handle, "a", 1, 1000, NULL, &nodes, &edges, &error), INVALID);
    FAILS(seerflow_store_graph_subgraph(live.store, NULL, 1, 1000, NULL, &nodes, &edges, &error), INVALID);
    EACH_BAD_PLACE(seerflow_neighbour_list *, place)
        FAILS(seerflow_store_graph_subgraph(live.store, "a", 1, 1000, NULL, place, &edges, &error), INVALID);
    EACH_BAD_PLACE(seerflow_edge_list *, place)
        FAILS(seerflow_store_graph_subgraph(live.store, "a", 1, 1000, NULL, &nodes, place, &error), INVALID);
    CHECK(nodes == NULL && edges == NULL);
}
SWEEP(seerflow_store_graph_counts)
{
    uint64_t vertices = 77, edges = 77;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_counts(handle, 1000, NULL, &vertices, &edges, &error), INVALID);
    FAILS(seerflow_store_graph_counts(live.store, 1000, NULL, (void *)((char *)zeros + 1), &edges, &error), INVALID);
    FAILS(seerflow_store_graph_counts(live.store, 1000, NULL, &vertices, (void *)((char *)zeros + 1), &error), INVALID);
    FAILS(seerflow_store_graph_counts(live.store, 1000, (void *)ones, &vertices, &edges, &error), INVALID);
    CHECK(vertices == 77 && edges == 77);
    OK(seerflow_store_graph_counts(live.store, 1000, NULL, NULL, NULL, &error));
}
static int count_edge(void *user_data, const seerflow_edge *edge)
{
    CHECK(edge->struct_size == sizeof *edge && edge->source_id.len > 0);
    return ++*(int *)user_data; /* not 0: enough */
}
SWEEP(seerflow_store_graph_each_edge)
{
    int count = 0;
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_each_edge(handle, count_edge, &count, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_each_edge(live.store, NULL, &count, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_each_edge(live.store, count_edge, &count, 1000, (void *)ones, &error), INVALID);
    FAILS(seerflow_store_graph_each_edge(live.store, count_edge, &count, 0, NULL, &error), SEERFLOW_STATUS_TIMEOUT);
    CHECK(count == 0);
    OK(seerflow_store_graph_each_edge(live.store, count_edge, &count, 1000, NULL, &error));
    CHECK(count == 1);
}
SWEEP(seerflow_store_graph_health)
{
    EACH_BAD(seerflow_store, handle)
        FAILS(seerflow_store_graph_health(handle, 1000, NULL, &error), INVALID);
    FAILS(seerflow_store_graph_health(live.store, 1000, (void *)ones, &error), INVALID);
    OK(seerflow_store_graph_health(live.store, 1000, NULL, &error));
}

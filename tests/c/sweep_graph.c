/* The sweep of edges and the graph; see test_sweep.c. */
#include "sweep.h"

SWEEP_AT(edge, EDGE)
SWEEP_AT(neighbour, NEIGHBOUR)
SWEEP_AT(related, RELATED)
SWEEP_AT(score, SCORE)
SWEEP_WRITE(seerflow_store_write_edges, seerflow_edge, SEERFLOW_EDGE_INIT, record.rel_type = str("no spaces"),
            (handle, records, count, NULL, how, &error))
SWEEP_QUESTION(seerflow_store_query_edges, live.query, (handle, query, how, place, &error))
SWEEP_NUMBER(seerflow_store_prune_edges, uint64_t, (handle, INT64_MIN, how, place, &error))
SWEEP_QUESTION(seerflow_store_graph_neighbours, live.entity_query, (handle, query, how, place, &error))
SWEEP_QUESTION(seerflow_store_graph_related, live.entity_query, (handle, query, how, place, &error))
SWEEP_ANSWER(seerflow_store_graph_path, (handle, "a", "b", how, place, &error))
SWEEP_ANSWER(seerflow_store_graph_top, (handle, "pagerank", 10, how, place, &error))
SWEEP(seerflow_store_graph_subgraph)
{
    seerflow_list *nodes = NULL, *edges = NULL;
    SWEEP_BOUNDED(seerflow_store_graph_subgraph, (handle, live.entity_query, how, &nodes, &edges, &error));
    EACH_BAD(seerflow_query, query)
        FAILS(seerflow_store_graph_subgraph(live.store, query, NULL, &nodes, &edges, &error), INVALID);
    FAILS(seerflow_store_graph_subgraph(live.store, live.contradiction, NULL, &nodes, &edges, &error), INVALID);
    EACH_BAD_PLACE(seerflow_list *, place) {
        FAILS(seerflow_store_graph_subgraph(live.store, live.entity_query, NULL, place, &edges, &error), INVALID);
        FAILS(seerflow_store_graph_subgraph(live.store, live.entity_query, NULL, &nodes, place, &error), INVALID);
    }
    CHECK(nodes == NULL && edges == NULL);
}
SWEEP(seerflow_store_graph_counts)
{
    uint64_t vertices = 77, edges = 77;
    SWEEP_BOUNDED(seerflow_store_graph_counts, (handle, how, &vertices, &edges, &error));
    FAILS(seerflow_store_graph_counts(live.store, NULL, MISALIGNED, &edges, &error), INVALID);
    FAILS(seerflow_store_graph_counts(live.store, NULL, &vertices, MISALIGNED, &error), INVALID);
    CHECK(vertices == 77 && edges == 77);
    OK(seerflow_store_graph_counts(live.store, NULL, NULL, NULL, &error));
}
SWEEP(seerflow_store_graph_health)
{
    SWEEP_BOUNDED(seerflow_store_graph_health, (handle, how, &error));
    OK(seerflow_store_graph_health(live.store, NULL, &error));
}

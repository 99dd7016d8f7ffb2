"""Queries Seerflow's in-process graph, and the library below it, for tests and benches.

    peer_graph.py answers EDGES     the answers of Seerflow's graph, as JSON
    peer_graph.py bench EDGES       durations of it and of igraph, as JSON

EDGES is a file of NDJSON edges (source_id, target_id, rel_type, first_seen_ns,
last_seen_ns, event_count).

Observed on Seerflow 0.7.0: neighbours have no distance and no specified order;
it is not specified which of several shortest paths is returned; communities
are random, hence two calls may differ; ``get_subgraph`` of an unknown entity
returns that entity.
"""

import json
import sys
import time

from seerflow.graph import (
    EntityGraph,
    compute_betweenness,
    compute_communities,
    compute_ego_graph_size,
    compute_fan_in,
    compute_fan_out,
    compute_pagerank,
)

KEYS = ("source_id", "target_id", "rel_type",
        "first_seen_ns", "last_seen_ns", "event_count")
ASKED = 40


def read_rows(path):
    with open(path, encoding="utf-8") as lines:
        return [tuple(json.loads(line)[key] for key in KEYS) for line in lines]


def answers(rows):
    graph = EntityGraph()
    graph.load(rows)
    ids = sorted(graph.all_entity_ids())
    rels = sorted({row[2] for row in rows})
    asked = ids[:ASKED]

    def near(entity, depth, chosen=None):
        found = graph.get_neighbors(entity, rel_types=chosen, depth=depth)
        return sorted(one["entity_id"] for one in found)

    def subgraph(entity, depth):
        nodes, edges = graph.get_subgraph(entity, depth)
        return {"nodes": sorted(nodes), "edges": sorted(
            [e["source_id"], e["target_id"], e["rel_type"]] for e in edges)}

    communities = compute_communities(graph)
    groups = {}
    for entity, group in communities.items():
        groups.setdefault(group, []).append(entity)
    undirected = graph._graph.as_undirected(mode="each")
    of = [communities[name] for name in graph._graph.vs["name"]]
    return {
        "counts": [graph.vertex_count, graph.edge_count],
        "edges": sorted(graph.export_edges()),
        "neighbours": {e: {d: near(e, d) for d in (1, 2, 3)} for e in asked},
        "chosen": {e: near(e, 2, (rels[0],)) for e in asked},
        "subgraphs": {e: {d: subgraph(e, d) for d in (1, 2)} for e in asked},
        "paths": [[a, b, graph.shortest_path(a, b)]
                  for a in asked[:20] for b in ids[-20:]],
        "pagerank": compute_pagerank(graph),
        "betweenness": compute_betweenness(graph),
        "fan_in": compute_fan_in(graph),
        "fan_out": compute_fan_out(graph),
        "ego_graph_size": compute_ego_graph_size(graph),
        "communities": communities,
        "modularity": undirected.modularity(of),
    }


def best(work, repeats=3):
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def bench(rows):
    import igraph

    few = rows[:4000]
    graph = EntityGraph()
    started = time.perf_counter()
    for source, target, rel, seen, _, _ in few:
        graph.add_edge(source, target, rel, seen)
    result = {"seerflow_adds_per_second":
              len(few) / (time.perf_counter() - started)}

    numbers = {}
    pairs = [(numbers.setdefault(row[0], len(numbers)),
              numbers.setdefault(row[1], len(numbers))) for row in rows]
    graph = igraph.Graph(len(numbers), pairs, directed=True)
    count = graph.vcount()
    large = len(rows) > 100_000
    many = 3 if large else 20
    asked = [i * count // 300 for i in range(300)]
    result["neighbours"] = best(
        lambda: [graph.neighborhood(v, order=2) for v in asked],
        many) / len(asked)
    ends = [(v, count - 1 - v) for v in asked[:100]]
    result["shortest_path"] = best(
        lambda: [graph.get_shortest_path(a, to=b, mode="all")
                 for a, b in ends], many) / len(ends)
    repeats = 1 if large else 3
    result["pagerank"] = best(graph.pagerank, many)
    undirected = graph.as_undirected(mode="each")
    modularity = {}

    def louvain():
        modularity["louvain"] = undirected.community_multilevel().modularity

    def leiden():
        modularity["leiden"] = undirected.community_leiden(
            objective_function="modularity").modularity

    if not large:
        # At a million edges it took ten minutes.
        result["louvain"] = best(louvain, repeats)
    result["leiden"] = best(leiden, repeats)
    result["modularity"] = modularity
    if large:
        some = [i * count // 64 for i in range(64)]
        result["betweenness"] = best(
            lambda: graph.betweenness(directed=False, sources=some), 1)
    else:
        result["betweenness"] = best(
            lambda: graph.betweenness(directed=False), 2)
    return result


def main():
    commands = {"answers": answers, "bench": bench}
    command, path = sys.argv[1:]
    json.dump(commands[command](read_rows(path)), sys.stdout)


if __name__ == "__main__":
    main()

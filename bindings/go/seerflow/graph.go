package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"iter"
	"time"
)

// Edge is a directed edge between two entities.
type Edge struct {
	SourceID   string    `json:"source_id"`
	TargetID   string    `json:"target_id"`
	RelType    string    `json:"rel_type"`
	FirstSeen  time.Time `json:"first_seen"`
	LastSeen   time.Time `json:"last_seen"`
	EventCount int64     `json:"event_count"`
}

func (e *Edge) wire() any {
	type edge Edge
	return &struct {
		*edge
		FirstSeen nanoseconds `json:"first_seen_ns"`
		LastSeen  nanoseconds `json:"last_seen_ns"`
	}{(*edge)(e), nanoseconds{&e.FirstSeen}, nanoseconds{&e.LastSeen}}
}

// Related is a direct neighbour of an entity, and the relation.
type Related struct {
	Entity     string `json:"entity"`
	RelType    string `json:"rel_type"`
	EventCount int64  `json:"event_count"`
}

// Neighbour is an entity, and its distance from another one.
type Neighbour struct {
	Distance uint32 `json:"distance"`
	Entity   string `json:"entity"`
}

// Score is the value of a measure for one entity.
type Score struct {
	Entity string  `json:"entity"`
	Value  float64 `json:"value"`
}

// WriteEdges adds edges, or updates the times and counts of stored edges: all of them or none. Queries on the graph see the edges when it
// returns. If durable is true, they are committed then; otherwise they are committed in the background, and [Store.Flush] waits for that.
func (s *Store) WriteEdges(ctx context.Context, edges []Edge, durable bool) error {
	options := recordOptions()
	options.durable = C.bool(durable)
	_, err := writeRecords(ctx, s, C.SEERFLOW_KIND_EDGE, edges, &options)
	return err
}

// QueryEdges returns one page of the stored edges, in the order of source, target and relation. The query may set the limit and the cursor.
func (s *Store) QueryEdges(ctx context.Context, query Query) (Page[Edge], error) {
	return pageOf(ctx, s, query, recordsOf[Edge], func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_edges(call.store, query, &call.c, list, &call.details)
	})
}

// Edges iterates over all stored edges, page by page. It stops after an error. Writes continue meanwhile; an edge that exists during the
// whole iteration is returned once.
func (s *Store) Edges(ctx context.Context, query Query) iter.Seq2[Edge, error] {
	return each(ctx, query, s.QueryEdges)
}

// PruneEdges removes the edges that were last seen before a time, and returns their number.
func (s *Store) PruneEdges(ctx context.Context, before time.Time) (uint64, error) {
	return s.counted(ctx, func(call *call, n *C.uint64_t) C.seerflow_status {
		return C.seerflow_store_prune_edges(call.store, C.int64_t(clamped(before)), &call.c, n, &call.details)
	})
}

// Graph is the entity graph. The option "storage.graph_backend" selects its back end.
type Graph struct{ store *Store }

// Graph returns the store's entity graph.
func (s *Store) Graph() Graph { return Graph{s} }

// Neighbours lists the entities within [Query.Depth] of [Query.Entity], by distance. If [Query.Relations] is set, only their edges are
// followed.
func (g Graph) Neighbours(ctx context.Context, query Query) ([]Neighbour, error) {
	return listOf[Neighbour](ctx, g.store, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_graph_neighbours(call.store, query, &call.c, list, &call.details)
	})
}

// Path lists the entities on a shortest path, and is empty if no path exists.
func (g Graph) Path(ctx context.Context, from, to string) ([]Neighbour, error) {
	var held texts
	defer held.free()
	target := held.always(to)
	return find(ctx, g.store, from, recordsOf[Neighbour], func(call *call, source *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_graph_path(call.store, source, target, &call.c, list, &call.details)
	}, &held)
}

// Subgraph returns the entities within [Query.Depth] of [Query.Entity], including itself, and the edges between them.
func (g Graph) Subgraph(ctx context.Context, query Query) ([]Neighbour, []Edge, error) {
	var edges *C.seerflow_list
	nodes, err := listOf[Neighbour](ctx, g.store, query, func(call *call, query *C.seerflow_query, nodes **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_graph_subgraph(call.store, query, &call.c, nodes, &edges, &call.details)
	})
	defer func() { C.seerflow_list_destroy(edges) }()
	if err != nil {
		return nil, nil, err
	}
	joined, err := recordsOf[Edge](edges)
	return nodes, joined, err
}

// Related lists the direct neighbours of [Query.Entity] with their relation, the most often seen first.
func (g Graph) Related(ctx context.Context, query Query) ([]Related, error) {
	return listOf[Related](ctx, g.store, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_graph_related(call.store, query, &call.c, list, &call.details)
	})
}

// Top lists the entities with the largest values of a measure, such as "pagerank" or "betweenness".
func (g Graph) Top(ctx context.Context, measure string, limit int) ([]Score, error) {
	return find(ctx, g.store, measure, recordsOf[Score], func(call *call, measure *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_graph_top(call.store, measure, C.size_t(limit), &call.c, list, &call.details)
	})
}

// Counts returns the number of entities and the number of edges.
func (g Graph) Counts(ctx context.Context) (vertices, edges uint64, err error) {
	var v, e C.uint64_t
	err = g.store.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_graph_counts(call.store, &call.c, &v, &e, &call.details)
	})
	return uint64(v), uint64(e), err
}

// Health returns nil if the graph can be reached now, and the reason otherwise.
func (g Graph) Health(ctx context.Context) error {
	return g.store.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_graph_health(call.store, &call.c, &call.details)
	})
}

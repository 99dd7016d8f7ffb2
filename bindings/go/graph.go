package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"iter"
	"runtime"
	"unsafe"
)

// Edge joins two entities. Times are nanoseconds since 1970.
type Edge struct {
	SourceID   string `json:"source_id"`
	TargetID   string `json:"target_id"`
	RelType    string `json:"rel_type"`
	FirstSeen  int64  `json:"first_seen"`
	LastSeen   int64  `json:"last_seen"`
	EventCount int64  `json:"event_count"`
}

// Related is an entity that an edge leads to.
type Related struct {
	Entity     string `json:"entity"`
	RelType    string `json:"rel_type"`
	EventCount int64  `json:"event_count"`
}

// Neighbour is an entity and how far it is.
type Neighbour struct {
	Distance uint32 `json:"distance"`
	Entity   string `json:"entity"`
}

// Score is an entity's place by a measure.
type Score struct {
	Entity string  `json:"entity"`
	Value  float64 `json:"value"`
}

// UpsertEdges adds edges to the relational store, or adds to those that are there; committed when it returns.
func (s *Store) UpsertEdges(ctx context.Context, edges []Edge) error {
	lines, err := ndjson(edges)
	if err != nil {
		return err
	}
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_upsert_edges_ndjson(call.c.store, start(lines), C.size_t(len(lines)), call.c.timeout_ms, call.c.interrupt, &call.details)
	})
}

// Edges answers with all edges of the relational store. It ends after an error.
func (s *Store) Edges(ctx context.Context) iter.Seq2[Edge, error] {
	return func(yield func(Edge, error) bool) {
		var cursor *C.seerflow_edge_cursor
		var details *C.seerflow_error
		if err := check(ctx, C.seerflow_edge_cursor_new(&cursor, &details), &details); err != nil {
			yield(Edge{}, err)
			return
		}
		defer C.seerflow_edge_cursor_destroy(cursor)
		for {
			edges, err := listOf[Edge](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
				return C.sf_next_edges(call.c, cursor, 1000, out, &call.details)
			})
			if err != nil {
				yield(Edge{}, err)
				return
			}
			for _, edge := range edges {
				if !yield(edge, nil) {
					return
				}
			}
			if len(edges) == 0 {
				return
			}
		}
	}
}

// PruneEdges removes edges last seen before a time, in nanoseconds, and tells how many.
func (s *Store) PruneEdges(ctx context.Context, beforeNS int64) (uint64, error) {
	return s.counted(ctx, func(call *call, n *C.uint64_t) C.seerflow_status {
		return C.seerflow_store_prune_edges(call.c.store, C.int64_t(beforeNS), call.c.timeout_ms, call.c.interrupt, n, &call.details)
	})
}

// RelatedEntities lists the entities that edges of the relational store join with one.
func (s *Store) RelatedEntities(ctx context.Context, entityID string, limit uint32) ([]Related, error) {
	return s.related(ctx, entityID, limit, false)
}

func (s *Store) related(ctx context.Context, entityID string, limit uint32, graph bool) ([]Related, error) {
	var held texts
	defer held.free()
	id := held.always(entityID)
	return listOf[Related](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_related(call.c, id, C.uint32_t(limit), C.bool(graph), out, &call.details)
	}, &held)
}

// Graph is the entity graph that "storage.graph_backend" chooses.
type Graph struct{ store *Store }

// Graph returns the store's entity graph.
func (s *Store) Graph() Graph { return Graph{s} }

// Add adds edges, all of them or none; committed when it returns if durable. Questions see them at once.
func (g Graph) Add(ctx context.Context, edges []Edge, durable bool) error {
	lines, err := ndjson(edges)
	if err != nil {
		return err
	}
	return g.store.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_graph_add_edges_ndjson(call.c.store, start(lines), C.size_t(len(lines)), C.bool(durable), call.c.timeout_ms, call.c.interrupt, &call.details)
	})
}

// Neighbours lists the entities within a depth, only over edges of the given types if there are any.
func (g Graph) Neighbours(ctx context.Context, entityID string, depth uint32, relTypes ...string) ([]Neighbour, error) {
	if len(relTypes) > 64 {
		return nil, &Error{Kind: ErrLimit, Message: "more than 64 types of edges"}
	}
	var held texts
	defer held.free()
	id := held.always(entityID)
	var all []byte
	ends := make([]C.size_t, len(relTypes))
	for i, name := range relTypes {
		all = append(all, name...)
		ends[i] = C.size_t(len(all))
	}
	return listOf[Neighbour](ctx, g.store, func(call *call, out *C.sf_list) C.seerflow_status {
		defer runtime.KeepAlive(all)
		return C.sf_neighbours(call.c, id, C.uint32_t(depth), (*C.char)(start(all)), unsafe.SliceData(ends), C.size_t(len(ends)), out, &call.details)
	}, &held)
}

// Path lists the entities of a shortest path; none if there is no path.
func (g Graph) Path(ctx context.Context, from, to string) ([]Neighbour, error) {
	var held texts
	defer held.free()
	a, b := held.always(from), held.always(to)
	return listOf[Neighbour](ctx, g.store, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_path(call.c, a, b, out, &call.details)
	}, &held)
}

// Subgraph answers with the entities within a depth and the edges among them.
func (g Graph) Subgraph(ctx context.Context, entityID string, depth uint32) ([]Neighbour, []Edge, error) {
	var held texts
	defer held.free()
	id := held.always(entityID)
	var nodes, edges C.sf_list
	err := g.store.do(ctx, func(call *call) C.seerflow_status {
		return C.sf_subgraph(call.c, id, C.uint32_t(depth), &nodes, &edges, &call.details)
	}, &held)
	if err != nil {
		return nil, nil, err
	}
	entities, err := taken[Neighbour](&nodes)
	joined, err2 := taken[Edge](&edges)
	if err == nil {
		err = err2
	}
	return entities, joined, err
}

// Related lists the entities next to one.
func (g Graph) Related(ctx context.Context, entityID string) ([]Related, error) {
	return g.store.related(ctx, entityID, 0, true)
}

// Top lists the entities that come first by a measure, such as "pagerank" or "betweenness".
func (g Graph) Top(ctx context.Context, measure string, limit int) ([]Score, error) {
	var held texts
	defer held.free()
	name := held.always(measure)
	return listOf[Score](ctx, g.store, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_top(call.c, name, C.size_t(limit), out, &call.details)
	}, &held)
}

// Counts tells how many entities and edges there are.
func (g Graph) Counts(ctx context.Context) (vertices, edges uint64, err error) {
	var v, e C.uint64_t
	err = g.store.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_graph_counts(call.c.store, call.c.timeout_ms, call.c.interrupt, &v, &e, &call.details)
	})
	return uint64(v), uint64(e), err
}

// Health asks the graph's back end whether it is there.
func (g Graph) Health(ctx context.Context) error {
	return g.store.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_graph_health(call.c.store, call.c.timeout_ms, call.c.interrupt, &call.details)
	})
}

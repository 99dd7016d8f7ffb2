package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"iter"
	"math"
	"time"
	"unsafe"
)

// QueryEvents answers with one page of the committed events that match.
func (s *Store) QueryEvents(ctx context.Context, query Query) (Page[Event], error) {
	return pageOf(ctx, s, query, eventsOf, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_events(call.store, query, &call.c, list, &call.details)
	})
}

// Events answers with all events that match, page after page; [Query.Limit] is that of each page. It ends after an error. In the
// order [Arrival] the events that arrive meanwhile are included.
func (s *Store) Events(ctx context.Context, query Query) iter.Seq2[Event, error] {
	return each(ctx, query, s.QueryEvents)
}

// Event answers with the event of this id; [ErrNotFound] if it is not stored.
func (s *Store) Event(ctx context.Context, id string) (Event, error) {
	return one(find(ctx, s, id, eventsOf, func(call *call, id *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_event(call.store, id, &call.c, list, &call.details)
	}))
}

// eventsOf copies a list of events in one piece, and reads them.
func eventsOf(list *C.seerflow_list) ([]Event, error) {
	var data *C.uint8_t
	var length C.size_t
	var ends *C.size_t
	var details *C.seerflow_error
	if err := check(nil, C.seerflow_list_msgpack(list, &data, &length, &ends, &details), &details); err != nil {
		return nil, err
	}
	if length > math.MaxInt32 {
		return nil, &Error{Kind: ErrLimit, Message: "the page has more than 2 GiB: ask for fewer events"}
	}
	copied := C.GoStringN((*C.char)(unsafe.Pointer(data)), C.int(length))
	events := make([]Event, C.seerflow_list_count(list))
	start := 0
	for i, end := range unsafe.Slice(ends, len(events)) {
		event, err := decodeEvent(copied[start:end])
		if err != nil {
			return nil, err
		}
		events[i] = event
		start = int(end)
	}
	return events, nil
}

// CountBy is by what events or alerts are counted.
type CountBy uint32

// What events and alerts are counted by.
const (
	// ByNone counts all records together, in [Store.EventHistogram].
	ByNone CountBy = C.SEERFLOW_COUNT_BY_NONE
	// BySource and ByHost count events by source_type and source_id.
	BySource CountBy = C.SEERFLOW_COUNT_BY_SOURCE
	ByHost   CountBy = C.SEERFLOW_COUNT_BY_HOST
	// ByTemplate counts events by the number of their template. Events without one do not count.
	ByTemplate CountBy = C.SEERFLOW_COUNT_BY_TEMPLATE
	// BySeverity counts events by the number of their severity, and alerts by its name.
	BySeverity CountBy = C.SEERFLOW_COUNT_BY_SEVERITY
	// ByEntity counts events by the id of each of their entities.
	ByEntity CountBy = C.SEERFLOW_COUNT_BY_ENTITY
	// ByRule counts alerts by rule.
	ByRule CountBy = C.SEERFLOW_COUNT_BY_RULE
)

// Count is a value, and how many records have it.
type Count struct {
	Value string `json:"value"`
	Count uint64 `json:"count"`
}

// Bucket is a stretch of time, and how many records are in it. Empty buckets are left out.
type Bucket struct {
	// StartNS is when it begins, in nanoseconds since 1970: a multiple of the bucket's length.
	StartNS int64 `json:"start_ns"`
	// Value is what the histogram is split by.
	Value string `json:"value"`
	Count uint64 `json:"count"`
}

// CountEvents counts the events that match by a value, the most frequent values first. [Query.Limit] bounds the number of values,
// up to 10,000.
func (s *Store) CountEvents(ctx context.Context, query Query, by CountBy) ([]Count, error) {
	return listOf[Count](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_count_events(call.store, query, C.seerflow_count_by(by), &call.c, list, &call.details)
	})
}

// DistinctEvents counts the different values of the events that match.
func (s *Store) DistinctEvents(ctx context.Context, query Query, by CountBy) (uint64, error) {
	var distinct C.uint64_t
	err := s.ask(ctx, query, func(call *call, query *C.seerflow_query) C.seerflow_status {
		return C.seerflow_store_distinct_events(call.store, query, C.seerflow_count_by(by), &call.c, &distinct, &call.details)
	})
	return uint64(distinct), err
}

// EventHistogram counts the events that match per bucket of time and, with [BySource] or [BySeverity], per value; [ByNone] does not
// split the buckets.
func (s *Store) EventHistogram(ctx context.Context, query Query, bucket time.Duration, split CountBy) ([]Bucket, error) {
	return listOf[Bucket](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_event_histogram(call.store, query, C.int64_t(bucket), C.seerflow_count_by(split), &call.c, list, &call.details)
	})
}

// EntityType is what kind of thing an entity is.
type EntityType uint32

// The types of entities.
const (
	EntityUser    EntityType = C.SEERFLOW_ENTITY_TYPE_USER
	EntityIP      EntityType = C.SEERFLOW_ENTITY_TYPE_IP
	EntityHost    EntityType = C.SEERFLOW_ENTITY_TYPE_HOST
	EntityProcess EntityType = C.SEERFLOW_ENTITY_TYPE_PROCESS
	EntityFile    EntityType = C.SEERFLOW_ENTITY_TYPE_FILE
	EntityDomain  EntityType = C.SEERFLOW_ENTITY_TYPE_DOMAIN
)

// EntityID returns the id under which Seerflow knows an entity; [ErrNotFound] for a value that has none, such as a malformed
// address.
func EntityID(kind EntityType, value string) (string, error) {
	var held texts
	defer held.free()
	var out [C.SEERFLOW_ID_SIZE]C.char
	var details *C.seerflow_error
	if err := check(nil, C.seerflow_entity_id(C.seerflow_entity_type(kind), held.str(value), &out[0], &details), &details); err != nil {
		return "", err
	}
	return C.GoString(&out[0]), nil
}

// Entity is an entity with its type and value.
type Entity struct {
	ID    string `json:"entity"`
	Type  string `json:"entity_type"`
	Value string `json:"value"`
}

// EventEntities lists the entities of an event; [ErrNotFound] if it is not stored.
func (s *Store) EventEntities(ctx context.Context, eventID string) ([]Entity, error) {
	return find(ctx, s, eventID, recordsOf[Entity], func(call *call, id *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_event_entities(call.store, id, &call.c, list, &call.details)
	})
}

// Entity tells what an entity's id stands for, by the newest event or alert that names it; [ErrNotFound] if none does.
func (s *Store) Entity(ctx context.Context, entityID string) (Entity, error) {
	return one(find(ctx, s, entityID, recordsOf[Entity], func(call *call, id *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_entity(call.store, id, &call.c, list, &call.details)
	}))
}

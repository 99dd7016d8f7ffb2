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

// QueryEvents returns one page of the matching committed events.
func (s *Store) QueryEvents(ctx context.Context, query Query) (Page[Event], error) {
	return pageOf(ctx, s, query, eventsOf, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_events(call.store, query, &call.c, list, &call.details)
	})
}

// Events iterates over all matching events, page by page; [Query.Limit] is the size of a page. It stops after an error. In the order
// [Arrival] it includes events that arrive during the iteration.
func (s *Store) Events(ctx context.Context, query Query) iter.Seq2[Event, error] {
	return each(ctx, query, s.QueryEvents)
}

// Event returns the event with this id. It fails with [ErrNotFound] if the event is not stored.
func (s *Store) Event(ctx context.Context, id string) (Event, error) {
	return one(find(ctx, s, id, eventsOf, func(call *call, id *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_event(call.store, id, &call.c, list, &call.details)
	}))
}

// eventsOf copies a list of events in one piece and decodes them.
func eventsOf(list *C.seerflow_list) ([]Event, error) {
	var data *C.uint8_t
	var length C.size_t
	var ends *C.size_t
	var details *C.seerflow_error
	if err := check(C.seerflow_list_msgpack(list, &data, &length, &ends, &details), &details); err != nil {
		return nil, err
	}
	if length > math.MaxInt32 {
		return nil, &Error{Kind: ErrLimit, Message: "the page has more than 2 GiB: set a smaller limit"}
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

// CountBy is the property by which events or alerts are counted.
type CountBy uint32

// The properties by which events and alerts are counted.
const (
	// ByNone counts all records together, in [Store.EventHistogram].
	ByNone CountBy = C.SEERFLOW_COUNT_BY_NONE
	// BySource and ByHost count events by source_type and source_id.
	BySource CountBy = C.SEERFLOW_COUNT_BY_SOURCE
	ByHost   CountBy = C.SEERFLOW_COUNT_BY_HOST
	// ByTemplate counts events by template id. Events without a template are not counted.
	ByTemplate CountBy = C.SEERFLOW_COUNT_BY_TEMPLATE
	// BySeverity counts events by severity number, and alerts by severity name.
	BySeverity CountBy = C.SEERFLOW_COUNT_BY_SEVERITY
	// ByEntity counts events by entity id, once for each of their entities.
	ByEntity CountBy = C.SEERFLOW_COUNT_BY_ENTITY
	// ByRule counts alerts by rule name.
	ByRule CountBy = C.SEERFLOW_COUNT_BY_RULE
)

// Count is a value, and the number of records with it.
type Count struct {
	Value string `json:"value"`
	Count uint64 `json:"count"`
}

// Bucket is a time span, and the number of records in it. Empty buckets are left out.
type Bucket struct {
	// Start is the start of the span: a multiple of the bucket's length since 1970-01-01 UTC.
	Start time.Time `json:"start"`
	// Value is the value by which the histogram is split.
	Value string `json:"value"`
	Count uint64 `json:"count"`
}

func (b *Bucket) wire() any {
	type bucket Bucket
	return &struct {
		*bucket
		Start nanoseconds `json:"start_ns"`
	}{(*bucket)(b), nanoseconds{&b.Start}}
}

// CountEvents counts the matching events for each value of a property, the largest count first. [Query.Limit] is the number of values to
// return, at most 10,000.
func (s *Store) CountEvents(ctx context.Context, query Query, by CountBy) ([]Count, error) {
	return listOf[Count](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_count_events(call.store, query, C.seerflow_count_by(by), &call.c, list, &call.details)
	})
}

// DistinctEvents counts the distinct values of a property among the matching events.
func (s *Store) DistinctEvents(ctx context.Context, query Query, by CountBy) (uint64, error) {
	var distinct C.uint64_t
	err := s.ask(ctx, query, func(call *call, query *C.seerflow_query) C.seerflow_status {
		return C.seerflow_store_distinct_events(call.store, query, C.seerflow_count_by(by), &call.c, &distinct, &call.details)
	})
	return uint64(distinct), err
}

// EventHistogram counts the matching events in buckets of time. With [BySource] or [BySeverity], each value has its own buckets; [ByNone]
// does not split the histogram.
func (s *Store) EventHistogram(ctx context.Context, query Query, bucket time.Duration, split CountBy) ([]Bucket, error) {
	return listOf[Bucket](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_event_histogram(call.store, query, C.int64_t(bucket), C.seerflow_count_by(split), &call.c, list, &call.details)
	})
}

// EntityType is the type of an entity.
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

// EntityID computes the id of an entity. It fails with [ErrNotFound] if the value has no id, for example a malformed address.
func EntityID(kind EntityType, value string) (string, error) {
	var held texts
	defer held.free()
	var out [C.SEERFLOW_ID_SIZE]C.char
	var details *C.seerflow_error
	if err := check(C.seerflow_entity_id(C.seerflow_entity_type(kind), held.str(value), &out[0], &details), &details); err != nil {
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

// EventEntities lists the entities of an event. It fails with [ErrNotFound] if the event is not stored.
func (s *Store) EventEntities(ctx context.Context, eventID string) ([]Entity, error) {
	return find(ctx, s, eventID, recordsOf[Entity], func(call *call, id *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_event_entities(call.store, id, &call.c, list, &call.details)
	})
}

// Entity returns the type and the value of an entity id, from the newest event or alert that names the entity. It fails with [ErrNotFound]
// if none does.
func (s *Store) Entity(ctx context.Context, entityID string) (Entity, error) {
	return one(find(ctx, s, entityID, recordsOf[Entity], func(call *call, id *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_entity(call.store, id, &call.c, list, &call.details)
	}))
}

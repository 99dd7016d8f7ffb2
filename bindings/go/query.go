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

// Order is in which order events come.
type Order uint32

// The orders.
const (
	// Newest is by time, newest first.
	Newest Order = C.SEERFLOW_ORDER_NEWEST
	// Oldest is by time, oldest first.
	Oldest Order = C.SEERFLOW_ORDER_OLDEST
	// Arrival is by arrival, first come first: for following a store as it grows, and for complete exports.
	Arrival Order = C.SEERFLOW_ORDER_ARRIVAL
)

// CountAll as [Query.Total] counts every event that matches.
const CountAll = math.MaxInt64

// Query says which events, in which order, how many at once. The zero value asks for the newest 100 of all; all filters
// must hold together.
type Query struct {
	// The time window: from From up to, but not including, To; no bounds when zero.
	From, To time.Time
	// SourceType and SourceID are matched exactly.
	SourceType, SourceID string
	// MinSeverity asks for this severity or a higher one.
	MinSeverity Severity
	// TemplateID asks for exactly this template.
	TemplateID *int64
	// Entity is an id as [EntityID] makes it.
	Entity string
	// Text asks for messages with all these words, in any inflection; words in double quotes must stand side by side.
	Text string
	// Limit is the number of events a page, up to 100,000; 0 is 100.
	Limit uint32
	// Page counts from 1. It costs what it skips: prefer Cursor. The two exclude each other.
	Page  uint32
	Order Order
	// Cursor goes on where a page ended, the filters and the order being the same.
	Cursor string
	// Total has matching events counted, up to this bound; [CountAll] for no bound, 0 for no count.
	Total uint64
}

// Page is an answer to a query.
type Page struct {
	Events []Event
	// Next is where the next page begins, for [Query.Cursor]; empty if this page was the last.
	Next string
	// Last is the place of the page's last event, for asking later what came after it.
	Last string
	// Total counts matching events, if the query asked for it; HasTotal tells.
	Total    uint64
	HasTotal bool
}

// Query answers with one page of what is committed.
func (s *Store) Query(ctx context.Context, query Query) (Page, error) {
	return s.page(ctx, query, false)
}

// Search answers with the newest events whose messages match; see [Query.Text].
func (s *Store) Search(ctx context.Context, text string, limit uint32) ([]Event, error) {
	page, err := s.Query(ctx, Query{Text: text, Limit: limit})
	return page.Events, err
}

// Event answers with the event of this id; [ErrNotFound] if there is none.
func (s *Store) Event(ctx context.Context, id string) (Event, error) {
	var held texts
	defer held.free()
	text := held.always(id)
	var page C.sf_page
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.sf_event(call.c, text, &page, &call.details)
	}, &held)
	if err != nil {
		return Event{}, err
	}
	found, err := pageOf(&page)
	if err == nil && len(found.Events) == 0 {
		err = &Error{Kind: ErrNotFound, Message: "no event has the id " + id}
	}
	if err != nil {
		return Event{}, err
	}
	return found.Events[0], nil
}

// Events answers with all events that match, page after page; the query's limit is that of each page. It ends after an
// error.
func (s *Store) Events(ctx context.Context, query Query) iter.Seq2[Event, error] {
	return s.each(ctx, query, false)
}

// Timeline answers with the events that touch an entity, oldest first; the query may bound it further.
func (s *Store) Timeline(ctx context.Context, entity string, query Query) iter.Seq2[Event, error] {
	query.Entity = entity
	query.Order = Oldest
	return s.each(ctx, query, true)
}

// Export answers with all events that match in their order of arrival, those that arrive meanwhile included.
func (s *Store) Export(ctx context.Context, query Query) iter.Seq2[Event, error] {
	query.Order = Arrival
	if query.Limit == 0 {
		query.Limit = 1000
	}
	return s.each(ctx, query, false)
}

func (s *Store) each(ctx context.Context, query Query, timeline bool) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		query := query
		query.Page = 0
		for {
			page, err := s.page(ctx, query, timeline)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, event := range page.Events {
				if !yield(event, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			query.Cursor = page.Next
		}
	}
}

func (s *Store) page(ctx context.Context, query Query, timeline bool) (Page, error) {
	var held texts
	defer held.free()
	from, to := bounds(query.From, query.To)
	asked := C.sf_query{
		from_ns: from, to_ns: to,
		min_severity: C.int64_t(query.MinSeverity.Number()),
		template_id:  math.MinInt64,
		source_type:  held.of(query.SourceType),
		source_id:    held.of(query.SourceID),
		entity:       held.of(query.Entity),
		text:         held.of(query.Text),
		cursor:       held.of(query.Cursor),
		limit:        C.uint32_t(query.Limit),
		page:         C.uint32_t(query.Page),
		order:        C.seerflow_order(query.Order),
		timeline:     C.bool(timeline),
	}
	if query.TemplateID != nil {
		asked.template_id = C.int64_t(*query.TemplateID)
	}
	switch query.Total {
	case 0:
	case CountAll:
		asked.total = C.SEERFLOW_TOTAL_EXACT
	default:
		asked.total, asked.total_cap = C.SEERFLOW_TOTAL_CAPPED, C.uint64_t(query.Total)
	}
	var page C.sf_page
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.sf_query_events(call.c, &asked, &page, &call.details)
	}, &held)
	if err != nil {
		return Page{}, err
	}
	return pageOf(&page)
}

// pageOf copies a page in one piece, reads its events, and destroys it.
func pageOf(page *C.sf_page) (Page, error) {
	defer C.seerflow_page_destroy(page.page)
	answer := Page{
		Next: C.GoString(page.next_cursor), Last: C.GoString(page.last_cursor),
		Total: uint64(page.total), HasTotal: bool(page.has_total),
	}
	if page.length > math.MaxInt32 {
		return Page{}, &Error{Kind: ErrLimit, Message: "the page has more than 2 GiB: ask for fewer events"}
	}
	data := C.GoStringN((*C.char)(unsafe.Pointer(page.data)), C.int(page.length))
	answer.Events = make([]Event, page.count)
	start := 0
	for i, end := range unsafe.Slice(page.ends, int(page.count)) {
		event, err := decodeEvent(data[start:end])
		if err != nil {
			return Page{}, err
		}
		answer.Events[i] = event
		start = int(end)
	}
	return answer, nil
}

// bounds returns the nanoseconds of a range of time; a zero time is no bound.
func bounds(from, to time.Time) (C.int64_t, C.int64_t) {
	low, high := C.int64_t(math.MinInt64), C.int64_t(math.MaxInt64)
	if !from.IsZero() {
		low = C.int64_t(clamped(from))
	}
	if !to.IsZero() {
		high = C.int64_t(clamped(to))
	}
	return low, high
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

// EntityID returns the id under which Seerflow knows an entity; [ErrNotFound] for a value that has none, such as an address
// that is none.
func EntityID(kind EntityType, value string) (string, error) {
	var held texts
	defer held.free()
	var out [C.SEERFLOW_ID_SIZE]C.char
	var details *C.seerflow_error
	text := C.seerflow_str{data: held.of(value), len: C.size_t(len(value))}
	if err := check(nil, C.seerflow_entity_id(C.seerflow_entity_type(kind), text, &out[0], &details), &details); err != nil {
		return "", err
	}
	return C.GoString(&out[0]), nil
}

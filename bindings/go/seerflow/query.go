package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"iter"
	"math"
	"time"
)

// Order is the order of events.
type Order uint32

// The orders.
const (
	// Newest is by time, newest first.
	Newest Order = C.SEERFLOW_ORDER_NEWEST
	// Oldest is by time, oldest first.
	Oldest Order = C.SEERFLOW_ORDER_OLDEST
	// Arrival is by arrival, first arrived first. Use it to follow a growing store, or for a complete export.
	Arrival Order = C.SEERFLOW_ORDER_ARRIVAL
)

// CountAll, as [Query.Total], counts all matching records.
const CountAll = math.MaxInt64

// Query has the filters, the order and the page of a query. The zero value selects the newest 100 records. A record must pass every filter
// that is set. A method fails with [ErrInvalid] if the query sets a filter that does not apply to its records.
type Query struct {
	// From and To are the time window of events and alerts. It includes From and excludes To; a zero time means no bound. For patterns of
	// alerts the window applies to the time of the verdict.
	From, To time.Time
	// MinSeverity selects events or alerts with this severity or a higher one.
	MinSeverity Severity
	// Entity selects events or alerts about the entity with this id; see [EntityID]. Queries on the graph start there.
	Entity string

	// SourceType and SourceID select events from exactly this source.
	SourceType, SourceID string
	// TemplateID selects events with this template id.
	TemplateID *int64
	// Text selects events whose messages contain all these words, in any inflection. Words in double quotes must be adjacent.
	Text string

	// AlertType selects alerts with exactly this type.
	AlertType string
	// Tactic and Technique select alerts with this tactic or technique. A technique (T1053) also selects its sub-techniques.
	Tactic, Technique string
	// MinCount selects patterns of at least this many alerts. MaxAlerts is the number of alert ids that each pattern lists; 0 means 100.
	MinCount  uint64
	MaxAlerts uint32
	// AlertID selects the verdicts on this alert.
	AlertID string

	// KeyPrefix selects models whose keys start with it.
	KeyPrefix string

	// Relations are the relations that the graph follows; empty means all. Depth is the number of edges to follow from Entity; 0 means 1.
	Relations []string
	Depth     uint32

	// Limit is the largest number of records in a page or a list, at most 100,000. 0 means 100.
	Limit uint32
	// Page is the number of a page, counted from 1. Skipped pages are read too, so Cursor is faster. A query may set one of the two.
	Page uint32
	// Order is the order of events.
	Order Order
	// Cursor continues after a page. The filters and the order must be the same as before.
	Cursor string
	// Total is how far matching events or alerts are counted: up to this number, or [CountAll]. 0 means not at all.
	Total uint64
}

// Page is one page of records.
type Page[T any] struct {
	Items []T
	// Next is the cursor of the next page, for [Query.Cursor]. It is empty if this is the last page.
	Next string
	// Last is the cursor after the last event, for querying later events. It is empty for other records.
	Last string
	// Total is the number of matching records. It is valid if HasTotal is true, which is the case if the query asked for it.
	Total    uint64
	HasTotal bool
}

// question is a call that takes a query and returns a list.
type question func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status

// ask makes a call with a query.
func (s *Store) ask(ctx context.Context, query Query, run func(*call, *C.seerflow_query) C.seerflow_status) error {
	var held texts
	defer held.free()
	given := query.c(&held)
	relations := make([]*C.char, len(query.Relations))
	for i, relation := range query.Relations {
		relations[i] = held.always(relation)
	}
	return s.do(ctx, func(call *call) C.seerflow_status {
		var made *C.seerflow_query
		status := C.sf_query_new(&given, &made, &call.details)
		defer func() { C.seerflow_query_destroy(made) }()
		for i := 0; status == C.SEERFLOW_STATUS_OK && i < len(relations); i++ {
			status = C.seerflow_query_add_relation(made, relations[i], &call.details)
		}
		if status != C.SEERFLOW_STATUS_OK {
			return status
		}
		return run(call, made)
	}, &held)
}

// pageOf makes a call with a query, and reads one page of its list.
func pageOf[T any](ctx context.Context, s *Store, query Query, read func(*C.seerflow_list) ([]T, error), run question) (Page[T], error) {
	var list *C.seerflow_list
	err := s.ask(ctx, query, func(call *call, query *C.seerflow_query) C.seerflow_status { return run(call, query, &list) })
	if err != nil {
		return Page[T]{}, err
	}
	defer C.seerflow_list_destroy(list)
	items, err := read(list)
	if err != nil {
		return Page[T]{}, err
	}
	answer := Page[T]{
		Items: items,
		Next:  C.GoString(C.seerflow_list_next_cursor(list)),
		Last:  C.GoString(C.seerflow_list_last_cursor(list)),
	}
	var total C.uint64_t
	answer.HasTotal = bool(C.seerflow_list_total(list, &total))
	answer.Total = uint64(total)
	return answer, nil
}

// each iterates over the records of all pages. It stops after an error.
func each[T any](ctx context.Context, query Query, ask func(context.Context, Query) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		query := query
		query.Page = 0
		for {
			page, err := ask(ctx, query)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
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

func (q *Query) c(held *texts) C.sf_query {
	given := C.sf_query{
		from_ns: math.MinInt64, to_ns: math.MaxInt64,
		min_severity: C.int64_t(q.MinSeverity.Number()),
		template_id:  math.MinInt64,
		source_type:  held.of(q.SourceType),
		source_id:    held.of(q.SourceID),
		entity_id:    held.of(q.Entity),
		text:         held.of(q.Text),
		alert_type:   held.of(q.AlertType),
		tactic:       held.of(q.Tactic),
		technique:    held.of(q.Technique),
		alert_id:     held.of(q.AlertID),
		key_prefix:   held.of(q.KeyPrefix),
		cursor:       held.of(q.Cursor),
		min_count:    C.uint64_t(q.MinCount),
		depth:        C.uint32_t(q.Depth),
		max_alerts:   C.uint32_t(q.MaxAlerts),
		limit:        C.uint32_t(q.Limit),
		page:         C.uint32_t(q.Page),
		order:        C.seerflow_order(q.Order),
	}
	if !q.From.IsZero() {
		given.from_ns = C.int64_t(clamped(q.From))
	}
	if !q.To.IsZero() {
		given.to_ns = C.int64_t(clamped(q.To))
	}
	if q.TemplateID != nil {
		given.template_id = C.int64_t(*q.TemplateID)
	}
	switch q.Total {
	case 0:
	case CountAll:
		given.total = C.SEERFLOW_TOTAL_EXACT
	default:
		given.total, given.total_cap = C.SEERFLOW_TOTAL_CAPPED, C.uint64_t(q.Total)
	}
	return given
}

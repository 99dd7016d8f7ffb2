package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"iter"
	"math"
	"time"
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

// CountAll as [Query.Total] counts every record that matches.
const CountAll = math.MaxInt64

// Query says which records a question is about, and how many to answer with at once. The zero value asks for the newest 100 of
// all. A record must pass every filter that is set. A question refuses a query that sets a filter which its records do not have:
// [ErrInvalid].
type Query struct {
	// From and To bound the time of events and alerts: from From up to, but not including, To. A zero time sets no bound.
	// For patterns of alerts they bound the time of the verdict.
	From, To time.Time
	// MinSeverity asks for events or alerts of this severity or a higher one.
	MinSeverity Severity
	// Entity asks for events or alerts about the entity with this id, as [EntityID] makes it. A question to the graph starts there.
	Entity string

	// SourceType and SourceID ask for events of exactly this source.
	SourceType, SourceID string
	// TemplateID asks for events with exactly this template.
	TemplateID *int64
	// Text asks for events whose messages have all these words, in any inflection. Words in double quotes must stand side by side.
	Text string

	// AlertType asks for alerts of exactly this type.
	AlertType string
	// Tactic and Technique ask for alerts with exactly this tactic or technique. A technique (T1053) finds its sub-techniques too.
	Tactic, Technique string
	// MinCount asks for patterns of at least this many alerts. MaxAlerts is how many alert ids each pattern lists; 0 is 100.
	MinCount  uint64
	MaxAlerts uint32
	// AlertID asks for the verdicts on this alert.
	AlertID string

	// KeyPrefix asks for models whose keys begin with it.
	KeyPrefix string

	// Relations are those that the graph follows, Depth how many steps from Entity. None stands for all relations, and 0 for one step.
	Relations []string
	Depth     uint32

	// Limit is the largest number of records in an answer, up to 100,000; 0 is 100.
	Limit uint32
	// Page counts from 1. A page costs what it skips: prefer Cursor. The two exclude each other.
	Page uint32
	// Order is that of events.
	Order Order
	// Cursor continues where a page ended, while the filters and the order stay the same.
	Cursor string
	// Total has matching events or alerts counted: events up to this bound, or [CountAll]. 0 counts none.
	Total uint64
}

// Page is one page of an answer.
type Page[T any] struct {
	Items []T
	// Next is where the next page begins, for [Query.Cursor]; empty if this page was the last.
	Next string
	// Last is the place of the last event, for asking later for those that came after it; empty for other records.
	Last string
	// Total is the number of records that match, if the query asked for it: HasTotal tells.
	Total    uint64
	HasTotal bool
}

// question is a call with a query that answers with a list.
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

// pageOf asks a question and reads its answer.
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

// each walks over the records of all pages. It ends after an error.
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

package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"time"
)

// CountBy is by what events are counted.
type CountBy uint32

// What events are counted by.
const (
	BySource   CountBy = C.SEERFLOW_COUNT_BY_SOURCE
	ByHost     CountBy = C.SEERFLOW_COUNT_BY_HOST
	BySeverity CountBy = C.SEERFLOW_COUNT_BY_SEVERITY
	ByTemplate CountBy = C.SEERFLOW_COUNT_BY_TEMPLATE
	ByEntity   CountBy = C.SEERFLOW_COUNT_BY_ENTITY
)

// Counted is a value, and how many there are of it.
type Counted struct {
	Value string `json:"value"`
	Count uint64 `json:"count"`
}

// Bucket is how many events or alerts there are in a bucket of time. Empty buckets are left out.
type Bucket struct {
	StartNS int64 `json:"start_ns"`
	// Value is what the histogram is split by.
	Value string `json:"value"`
	Count uint64 `json:"count"`
}

// Histogram counts events from one time up to, but not including, another one, per bucket of time.
func (s *Store) Histogram(ctx context.Context, from, to time.Time, bucket time.Duration) ([]Bucket, error) {
	return s.histogram(ctx, C.SF_EVENTS, 0, from, to, bucket)
}

// SplitHistogram counts events per bucket of time and value.
func (s *Store) SplitHistogram(ctx context.Context, split CountBy, from, to time.Time, bucket time.Duration) ([]Bucket, error) {
	return s.histogram(ctx, C.SF_EVENTS_SPLIT, split, from, to, bucket)
}

// AlertHistogram counts alerts per bucket of time.
func (s *Store) AlertHistogram(ctx context.Context, from, to time.Time, bucket time.Duration) ([]Bucket, error) {
	return s.histogram(ctx, C.SF_ALERTS, 0, from, to, bucket)
}

func (s *Store) histogram(ctx context.Context, what C.int, split CountBy, from, to time.Time, bucket time.Duration) ([]Bucket, error) {
	low, high := bounds(from, to)
	return listOf[Bucket](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_histogram(call.c, what, C.seerflow_count_by(split), low, high, C.int64_t(bucket), out, &call.details)
	})
}

// CountBy counts events per value, the most frequent ones first.
func (s *Store) CountBy(ctx context.Context, by CountBy, from, to time.Time, limit uint32) ([]Counted, error) {
	low, high := bounds(from, to)
	return listOf[Counted](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_count_by(call.c, C.seerflow_count_by(by), low, high, C.uint32_t(limit), out, &call.details)
	})
}

// Distinct counts the different values that there are.
func (s *Store) Distinct(ctx context.Context, by CountBy, from, to time.Time) (uint64, error) {
	low, high := bounds(from, to)
	var distinct C.uint64_t
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_distinct(call.c.store, C.seerflow_count_by(by), low, high, call.c.timeout_ms, call.c.interrupt, &distinct, &call.details)
	})
	return uint64(distinct), err
}

// Entity is an entity that an event touches.
type Entity struct {
	ID    string `json:"entity"`
	Type  string `json:"entity_type"`
	Value string `json:"value"`
}

// EventEntities lists the entities of an event.
func (s *Store) EventEntities(ctx context.Context, eventID string) ([]Entity, error) {
	return s.entities(ctx, eventID, true)
}

// DescribeEntity tells type and values of an entity, as events that touch it name it.
func (s *Store) DescribeEntity(ctx context.Context, entityID string) ([]Entity, error) {
	return s.entities(ctx, entityID, false)
}

func (s *Store) entities(ctx context.Context, id string, ofEvent bool) ([]Entity, error) {
	var held texts
	defer held.free()
	text := held.always(id)
	return listOf[Entity](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_entities(call.c, text, C.bool(ofEvent), out, &call.details)
	}, &held)
}

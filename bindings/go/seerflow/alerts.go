package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"iter"
	"time"
)

// Alert is one alert.
type Alert struct {
	AlertID            string    `json:"alert_id,omitempty"`
	AlertType          string    `json:"alert_type,omitempty"`
	Time               time.Time `json:"time,omitzero"`
	Severity           Severity  `json:"severity_id,omitzero"`
	RuleName           string    `json:"rule_name,omitempty"`
	Description        string    `json:"description,omitempty"`
	EntityUUID         string    `json:"entity_uuid,omitempty"`
	EntityValue        string    `json:"entity_value,omitempty"`
	EntityType         string    `json:"entity_type,omitempty"`
	ContributingEvents []string  `json:"contributing_events,omitempty"`
	MitreTactics       []string  `json:"mitre_tactics,omitempty"`
	MitreTechniques    []string  `json:"mitre_techniques,omitempty"`
	RiskScore          float64   `json:"risk_score,omitempty"`
	DedupKey           string    `json:"dedup_key,omitempty"`
	DedupCount         int64     `json:"dedup_count,omitempty"`
	Feedback           string    `json:"feedback,omitempty"`
	FeedbackNote       string    `json:"feedback_note,omitempty"`
}

func (a *Alert) wire() any {
	type alert Alert
	return &struct {
		*alert
		Time nanoseconds `json:"timestamp_ns"`
	}{(*alert)(a), nanoseconds{&a.Time}}
}

// AlertResult is the outcome of one alert that was written: new, or counted as another occurrence of a stored alert.
type AlertResult struct {
	AlertID    string `json:"alert_id"`
	IsNew      bool   `json:"is_new"`
	DedupCount int64  `json:"dedup_count"`
}

// DedupWindow is Seerflow's deduplication window: the longest time between two occurrences of one alert.
const DedupWindow = time.Duration(C.SEERFLOW_DEDUP_WINDOW_NS)

// WriteAlerts writes alerts in one transaction, which is committed when it returns. An alert with the dedup key of a stored alert counts as
// another occurrence of that alert if their times differ by at most window. With a negative window every alert is new.
func (s *Store) WriteAlerts(ctx context.Context, alerts []Alert, window time.Duration) ([]AlertResult, error) {
	options := recordOptions()
	options.dedup_window_ns = C.int64_t(window)
	results, err := writeRecords(ctx, s, C.SEERFLOW_KIND_ALERT, alerts, &options)
	if err != nil {
		return nil, err
	}
	defer C.seerflow_list_destroy(results)
	return recordsOf[AlertResult](results)
}

// QueryAlerts returns one page of the matching alerts, newest first.
func (s *Store) QueryAlerts(ctx context.Context, query Query) (Page[Alert], error) {
	return pageOf(ctx, s, query, recordsOf[Alert], func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_alerts(call.store, query, &call.c, list, &call.details)
	})
}

// Alerts iterates over all matching alerts, page by page. It stops after an error.
func (s *Store) Alerts(ctx context.Context, query Query) iter.Seq2[Alert, error] {
	return each(ctx, query, s.QueryAlerts)
}

// Alert returns the alert with this id. It fails with [ErrNotFound] if the alert is not stored. An alert that occurred again has the id of
// its latest occurrence.
func (s *Store) Alert(ctx context.Context, id string) (Alert, error) {
	return one(find(ctx, s, id, recordsOf[Alert], func(call *call, id *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_alert(call.store, id, &call.c, list, &call.details)
	}))
}

// CountAlerts counts the matching alerts, [ByRule] or [BySeverity], the largest count first.
func (s *Store) CountAlerts(ctx context.Context, query Query, by CountBy) ([]Count, error) {
	return listOf[Count](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_count_alerts(call.store, query, C.seerflow_count_by(by), &call.c, list, &call.details)
	})
}

// AlertHistogram counts the matching alerts in buckets of time.
func (s *Store) AlertHistogram(ctx context.Context, query Query, bucket time.Duration) ([]Bucket, error) {
	return listOf[Bucket](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_alert_histogram(call.store, query, C.int64_t(bucket), &call.c, list, &call.details)
	})
}

// Verdict is an analyst's verdict on an alert.
type Verdict string

// The verdicts.
const (
	TruePositive  Verdict = "tp"
	FalsePositive Verdict = "fp"
)

// Judge sets the verdict of an alert and appends it to the audit trail, in one transaction. It fails with [ErrNotFound] if the alert is not
// stored.
func (s *Store) Judge(ctx context.Context, alertID string, verdict Verdict, note string) error {
	return s.judge(ctx, alertID, verdict, note, true)
}

// AppendVerdict appends a verdict to the audit trail only. The alert need not be stored.
func (s *Store) AppendVerdict(ctx context.Context, alertID string, verdict Verdict, note string) error {
	return s.judge(ctx, alertID, verdict, note, false)
}

func (s *Store) judge(ctx context.Context, alertID string, verdict Verdict, note string, update bool) error {
	var held texts
	defer held.free()
	feedback := C.seerflow_feedback{
		struct_size: C.sizeof_seerflow_feedback,
		alert_id:    held.str(alertID), feedback: held.str(string(verdict)), note: held.str(note),
		submitted_at_ns: C.SEERFLOW_TIME_ABSENT,
	}
	return s.do(ctx, func(call *call) C.seerflow_status {
		if update {
			return C.seerflow_store_update_feedback(call.store, &feedback, &call.c, &call.details)
		}
		return C.seerflow_store_append_feedback(call.store, &feedback, &call.c, &call.details)
	}, &held)
}

// Feedback is a verdict in the audit trail.
type Feedback struct {
	ID        int64     `json:"id"`
	AlertID   string    `json:"alert_id"`
	Verdict   Verdict   `json:"feedback"`
	Note      string    `json:"note"`
	Origin    string    `json:"origin"`
	Submitted time.Time `json:"submitted"`
}

func (f *Feedback) wire() any {
	type feedback Feedback
	return &struct {
		*feedback
		Submitted nanoseconds `json:"submitted_at_ns"`
	}{(*feedback)(f), nanoseconds{&f.Submitted}}
}

// QueryFeedback returns one page of the verdicts on [Query.AlertID], or on all alerts, newest first.
func (s *Store) QueryFeedback(ctx context.Context, query Query) (Page[Feedback], error) {
	return pageOf(ctx, s, query, recordsOf[Feedback], func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_feedback(call.store, query, &call.c, list, &call.details)
	})
}

// Feedback iterates over all matching verdicts, page by page. It stops after an error.
func (s *Store) Feedback(ctx context.Context, query Query) iter.Seq2[Feedback, error] {
	return each(ctx, query, s.QueryFeedback)
}

// FeedbackStats has the number of alerts with each verdict.
type FeedbackStats struct{ TruePositives, FalsePositives, Total uint64 }

// FeedbackStats counts the alerts that have a verdict.
func (s *Store) FeedbackStats(ctx context.Context) (FeedbackStats, error) {
	stats := C.seerflow_feedback_stats{struct_size: C.sizeof_seerflow_feedback_stats}
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_feedback_stats(call.store, &call.c, &stats, &call.details)
	})
	return FeedbackStats{uint64(stats.tp), uint64(stats.fp), uint64(stats.total)}, err
}

// AlertPattern is a group of true positives.
type AlertPattern struct {
	AlertType   string    `json:"alert_type"`
	RuleName    string    `json:"rule_name"`
	EntityType  string    `json:"entity_type"`
	Count       uint64    `json:"count"`
	LastVerdict time.Time `json:"last_verdict"`
	AlertIDs    []string  `json:"alert_ids"`
}

func (p *AlertPattern) wire() any {
	type pattern AlertPattern
	return &struct {
		*pattern
		LastVerdict nanoseconds `json:"last_verdict_ns"`
	}{(*pattern)(p), nanoseconds{&p.LastVerdict}}
}

// AlertPatterns groups true positives by type, rule and entity type, the largest groups first. Only verdicts between [Query.From] and
// [Query.To] count, and only the latest on each alert. [Query.MinCount] is the size of the smallest group, and [Query.MaxAlerts] the number
// of alert ids that each group lists.
func (s *Store) AlertPatterns(ctx context.Context, query Query) ([]AlertPattern, error) {
	return listOf[AlertPattern](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_alert_patterns(call.store, query, &call.c, list, &call.details)
	})
}

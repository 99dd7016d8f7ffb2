package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"iter"
	"time"
)

// Alert is one alert. Times are nanoseconds since 1970.
type Alert struct {
	AlertID            string   `json:"alert_id,omitempty"`
	AlertType          string   `json:"alert_type,omitempty"`
	TimestampNS        int64    `json:"timestamp_ns,omitempty"`
	Severity           Severity `json:"severity_id,omitzero"`
	RuleName           string   `json:"rule_name,omitempty"`
	Description        string   `json:"description,omitempty"`
	EntityUUID         string   `json:"entity_uuid,omitempty"`
	EntityValue        string   `json:"entity_value,omitempty"`
	EntityType         string   `json:"entity_type,omitempty"`
	ContributingEvents []string `json:"contributing_events,omitempty"`
	MitreTactics       []string `json:"mitre_tactics,omitempty"`
	MitreTechniques    []string `json:"mitre_techniques,omitempty"`
	RiskScore          float64  `json:"risk_score,omitempty"`
	DedupKey           string   `json:"dedup_key,omitempty"`
	DedupCount         int64    `json:"dedup_count,omitempty"`
	Feedback           string   `json:"feedback,omitempty"`
	FeedbackNote       string   `json:"feedback_note,omitempty"`
}

// AlertResult says what became of an alert: new, or merged with one of the same dedup key.
type AlertResult struct {
	AlertID    string `json:"alert_id"`
	IsNew      bool   `json:"is_new"`
	DedupCount int64  `json:"dedup_count"`
}

// DedupWindow is within what time alerts of the same dedup key are one; Seerflow's default.
const DedupWindow = 15 * time.Minute

// WriteAlerts writes alerts, merging those of the same dedup key within the window; committed when it returns.
func (s *Store) WriteAlerts(ctx context.Context, alerts []Alert, window time.Duration) ([]AlertResult, error) {
	lines, err := ndjson(alerts)
	if err != nil {
		return nil, err
	}
	return listOf[AlertResult](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_write_alerts(call.c, start(lines), C.size_t(len(lines)), C.int64_t(window), out, &call.details)
	})
}

// AlertQuery says which alerts, newest first. The zero value asks for all.
type AlertQuery struct {
	From, To    time.Time
	AlertType   string
	MinSeverity Severity
	// Entity is an id as [EntityID] makes it.
	Entity string
	// Tactic is matched exactly; a parent Technique (T1053) matches its sub-techniques too.
	Tactic, Technique string
	Limit, Page       uint32
	Cursor            string
	// Total has matching alerts counted.
	Total bool
}

// AlertPage is an answer to a query.
type AlertPage struct {
	Alerts   []Alert
	Next     string
	Total    uint64
	HasTotal bool
}

// QueryAlerts answers with one page of alerts.
func (s *Store) QueryAlerts(ctx context.Context, query AlertQuery) (AlertPage, error) {
	var held texts
	defer held.free()
	from, to := bounds(query.From, query.To)
	asked := C.sf_alert_query{
		from_ns: from, to_ns: to,
		min_severity: C.int64_t(query.MinSeverity.Number()),
		_type:        held.of(query.AlertType),
		entity:       held.of(query.Entity),
		tactic:       held.of(query.Tactic),
		technique:    held.of(query.Technique),
		cursor:       held.of(query.Cursor),
		limit:        C.uint32_t(query.Limit),
		page:         C.uint32_t(query.Page),
		total:        C.bool(query.Total),
	}
	var list C.sf_list
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.sf_query_alerts(call.c, &asked, &list, &call.details)
	}, &held)
	if err != nil {
		return AlertPage{}, err
	}
	page := AlertPage{Next: C.GoString(list.next_cursor), Total: uint64(list.total), HasTotal: bool(list.has_total)}
	page.Alerts, err = taken[Alert](&list)
	return page, err
}

// Alerts answers with all alerts that match, page after page. It ends after an error.
func (s *Store) Alerts(ctx context.Context, query AlertQuery) iter.Seq2[Alert, error] {
	return func(yield func(Alert, error) bool) {
		query := query
		query.Page = 0
		for {
			page, err := s.QueryAlerts(ctx, query)
			if err != nil {
				yield(Alert{}, err)
				return
			}
			for _, alert := range page.Alerts {
				if !yield(alert, nil) {
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

// Alert answers with the alert of this id; [ErrNotFound] if there is none.
func (s *Store) Alert(ctx context.Context, id string) (Alert, error) {
	var held texts
	defer held.free()
	text := held.always(id)
	alerts, err := listOf[Alert](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_alert(call.c, text, out, &call.details)
	}, &held)
	if err == nil && len(alerts) == 0 {
		err = &Error{Kind: ErrNotFound, Message: "no alert has the id " + id}
	}
	if err != nil {
		return Alert{}, err
	}
	return alerts[0], nil
}

// Verdict is what an analyst says of an alert.
type Verdict string

// The verdicts.
const (
	TruePositive  Verdict = "tp"
	FalsePositive Verdict = "fp"
)

// Judge sets an alert's verdict and keeps it in the audit trail, both or neither; [ErrNotFound] if there is no such alert.
func (s *Store) Judge(ctx context.Context, alertID string, verdict Verdict, note string) error {
	return s.judge(ctx, alertID, verdict, note, true)
}

// AppendVerdict adds to the audit trail only, whether the alert is there or not.
func (s *Store) AppendVerdict(ctx context.Context, alertID string, verdict Verdict, note string) error {
	return s.judge(ctx, alertID, verdict, note, false)
}

func (s *Store) judge(ctx context.Context, alertID string, verdict Verdict, note string, update bool) error {
	var held texts
	defer held.free()
	id, said, why := held.always(alertID), held.always(string(verdict)), held.always(note)
	origin := held.always("api")
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.sf_judge(call.c, id, said, why, origin, C.bool(update), &call.details)
	}, &held)
}

// Feedback is a row of the audit trail.
type Feedback struct {
	ID            int64   `json:"id"`
	AlertID       string  `json:"alert_id"`
	Verdict       Verdict `json:"feedback"`
	Note          string  `json:"note"`
	Origin        string  `json:"origin"`
	SubmittedAtNS int64   `json:"submitted_at_ns"`
}

// Feedback lists an alert's verdicts, newest first; page counts from 1.
func (s *Store) Feedback(ctx context.Context, alertID string, page, limit uint32) ([]Feedback, error) {
	var held texts
	defer held.free()
	id := held.of(alertID)
	return listOf[Feedback](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_feedback(call.c, id, C.uint32_t(page), C.uint32_t(limit), out, &call.details)
	}, &held)
}

// FeedbackStats counts verdicts.
type FeedbackStats struct{ TruePositives, FalsePositives, Total uint64 }

// FeedbackStats counts the alerts' verdicts.
func (s *Store) FeedbackStats(ctx context.Context) (FeedbackStats, error) {
	var stats C.seerflow_feedback_stats
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.sf_feedback_stats(call.c, &stats, &call.details)
	})
	return FeedbackStats{uint64(stats.tp), uint64(stats.fp), uint64(stats.total)}, err
}

// AlertPattern groups true positives.
type AlertPattern struct {
	AlertType     string   `json:"alert_type"`
	RuleName      string   `json:"rule_name"`
	EntityType    string   `json:"entity_type"`
	Count         uint64   `json:"count"`
	LastVerdictNS int64    `json:"last_verdict_ns"`
	AlertIDs      []string `json:"alert_ids"`
}

// AlertPatterns groups true positives by type, rule and type of entity: groups of at least minCount, at most limit of them,
// each with at most maxAlerts ids.
func (s *Store) AlertPatterns(ctx context.Context, from, to time.Time, minCount uint64, limit, maxAlerts uint32) ([]AlertPattern, error) {
	low, high := bounds(from, to)
	return listOf[AlertPattern](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_alert_patterns(call.c, low, high, C.uint64_t(minCount), C.uint32_t(limit), C.uint32_t(maxAlerts), out, &call.details)
	})
}

// AlertsByRule counts alerts per rule.
func (s *Store) AlertsByRule(ctx context.Context, from, to time.Time) ([]Counted, error) {
	return s.alertsBy(ctx, false, from, to)
}

// AlertsBySeverity counts alerts per severity's name.
func (s *Store) AlertsBySeverity(ctx context.Context, from, to time.Time) ([]Counted, error) {
	return s.alertsBy(ctx, true, from, to)
}

func (s *Store) alertsBy(ctx context.Context, severity bool, from, to time.Time) ([]Counted, error) {
	low, high := bounds(from, to)
	return listOf[Counted](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_alerts_by(call.c, C.bool(severity), low, high, out, &call.details)
	})
}

package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"encoding/json"
	"iter"
	"math"
	"time"
	"unsafe"
)

// Template is a pattern of log messages, and its statistics.
type Template struct {
	TemplateID     int64     `json:"template_id"`
	TemplateStr    string    `json:"template_str"`
	FirstSeen      time.Time `json:"first_seen"`
	LastSeen       time.Time `json:"last_seen"`
	EventCount     int64     `json:"event_count"`
	ExampleMessage *string   `json:"example_message"`
}

func (t *Template) wire() any {
	type template Template
	return &struct {
		*template
		FirstSeen nanoseconds `json:"first_seen_ns"`
		LastSeen  nanoseconds `json:"last_seen_ns"`
	}{(*template)(t), nanoseconds{&t.FirstSeen}, nanoseconds{&t.LastSeen}}
}

// WriteTemplates writes templates in one transaction, which is committed when it returns. The statistics of stored templates are updated.
func (s *Store) WriteTemplates(ctx context.Context, templates []Template) error {
	_, err := writeRecords(ctx, s, C.SEERFLOW_KIND_TEMPLATE, templates, nil)
	return err
}

// Templates lists templates by their number of events, largest first. [Query.Limit] is at most 10,000.
func (s *Store) Templates(ctx context.Context, query Query) ([]Template, error) {
	return listOf[Template](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_templates(call.store, query, &call.c, list, &call.details)
	})
}

// PruneTemplates removes templates with fewer than minCount events, and returns their number.
func (s *Store) PruneTemplates(ctx context.Context, minCount int64) (uint64, error) {
	return s.counted(ctx, func(call *call, n *C.uint64_t) C.seerflow_status {
		return C.seerflow_store_prune_templates(call.store, C.int64_t(minCount), &call.c, n, &call.details)
	})
}

// ResetTemplates removes all templates, and returns their number.
func (s *Store) ResetTemplates(ctx context.Context) (uint64, error) {
	return s.counted(ctx, func(call *call, n *C.uint64_t) C.seerflow_status {
		return C.seerflow_store_reset_templates(call.store, &call.c, n, &call.details)
	})
}

// Model is the saved state of a model, and the time of the save.
type Model struct {
	Data    []byte
	Updated time.Time
}

// ModelEntry describes a stored model, without its data.
type ModelEntry struct {
	Key     string    `json:"key"`
	Bytes   uint64    `json:"bytes"`
	Updated time.Time `json:"updated"`
}

func (m *ModelEntry) wire() any {
	type entry ModelEntry
	return &struct {
		*entry
		Updated nanoseconds `json:"updated_at_ns"`
	}{(*entry)(m), nanoseconds{&m.Updated}}
}

// SaveModel saves the state of a model, and returns the time of the save. Keys have 1 to 256 ASCII characters.
func (s *Store) SaveModel(ctx context.Context, key string, data []byte) (time.Time, error) {
	return s.saveModel(ctx, key, func(call *call, key *C.char, at *C.int64_t) C.seerflow_status {
		return C.seerflow_store_save_model(call.store, key, start(data), C.size_t(len(data)), &call.c, at, &call.details)
	})
}

// SwapModel saves the state of a model only if the stored one was saved at the expected time, or if the time is
// zero and no model is stored. Otherwise it fails with [ErrConflict].
func (s *Store) SwapModel(ctx context.Context, key string, data []byte, expected time.Time) (time.Time, error) {
	return s.saveModel(ctx, key, func(call *call, key *C.char, at *C.int64_t) C.seerflow_status {
		return C.seerflow_store_swap_model(call.store, key, start(data), C.size_t(len(data)), C.int64_t(clamped(expected)), &call.c, at, &call.details)
	})
}

func (s *Store) saveModel(ctx context.Context, key string, run func(*call, *C.char, *C.int64_t) C.seerflow_status) (time.Time, error) {
	var held texts
	defer held.free()
	var at C.int64_t
	name := held.always(key)
	if err := s.do(ctx, func(call *call) C.seerflow_status { return run(call, name, &at) }, &held); err != nil {
		return time.Time{}, err
	}
	return timeOf(at), nil
}

// LoadModel returns the state of a model. It fails with [ErrNotFound] if the model is not stored.
func (s *Store) LoadModel(ctx context.Context, key string) (Model, error) {
	return one(find(ctx, s, key, modelsOf, func(call *call, key *C.char, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_load_model(call.store, key, &call.c, list, &call.details)
	}))
}

// modelsOf reads a list of models with their data.
func modelsOf(list *C.seerflow_list) ([]Model, error) {
	models := make([]Model, C.seerflow_list_count(list))
	for i := range models {
		var details *C.seerflow_error
		model := C.seerflow_model{struct_size: C.sizeof_seerflow_model}
		if err := check(C.seerflow_list_model_at(list, C.size_t(i), &model, &details), &details); err != nil {
			return nil, err
		}
		data := unsafe.Slice((*byte)(unsafe.Pointer(model.data.data)), int(model.data.len))
		models[i] = Model{append([]byte{}, data...), timeOf(model.updated_at_ns)}
	}
	return models, nil
}

// DeleteModel deletes a model, and returns false if it was not stored.
func (s *Store) DeleteModel(ctx context.Context, key string) (bool, error) {
	var held texts
	defer held.free()
	name := held.always(key)
	deleted, err := s.counted(ctx, func(call *call, n *C.uint64_t) C.seerflow_status {
		return C.seerflow_store_delete_model(call.store, name, &call.c, n, &call.details)
	}, &held)
	return deleted > 0, err
}

// Models lists the models whose keys start with [Query.KeyPrefix], in the order of their keys.
func (s *Store) Models(ctx context.Context, query Query) ([]ModelEntry, error) {
	return listOf[ModelEntry](ctx, s, query, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_models(call.store, query, &call.c, list, &call.details)
	})
}

// SigmaRule is the state of a Sigma rule.
type SigmaRule struct {
	RuleID             string `json:"rule_id"`
	Enabled            bool   `json:"enabled"`
	MatchCountLifetime int64  `json:"match_count_lifetime"`
	// LastFired is zero if the rule never fired.
	LastFired time.Time `json:"last_fired,omitzero"`
	Updated   time.Time `json:"updated"`
}

func (r *SigmaRule) wire() any {
	type rule SigmaRule
	return &struct {
		*rule
		LastFired nanoseconds `json:"last_fired_ns"`
		Updated   nanoseconds `json:"updated_at_ns"`
	}{(*rule)(r), nanoseconds{&r.LastFired}, nanoseconds{&r.Updated}}
}

// SigmaMatches are the matches of a rule since the last call.
type SigmaMatches struct {
	RuleID    string    `json:"rule_id"`
	Count     int64     `json:"count"`
	LastFired time.Time `json:"last_fired"`
}

func (m *SigmaMatches) wire() any {
	type matches SigmaMatches
	return &struct {
		*matches
		LastFired nanoseconds `json:"last_fired_ns"`
	}{(*matches)(m), nanoseconds{&m.LastFired}}
}

// SigmaRules lists the stored states of rules, in the order of their ids.
func (s *Store) SigmaRules(ctx context.Context) ([]SigmaRule, error) {
	return listOf[SigmaRule](ctx, s, Query{}, func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_sigma_rules(call.store, query, &call.c, list, &call.details)
	})
}

// EnableSigmaRule enables or disables a rule.
func (s *Store) EnableSigmaRule(ctx context.Context, ruleID string, enabled bool) error {
	var held texts
	defer held.free()
	id := held.always(ruleID)
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_enable_sigma_rule(call.store, id, C.bool(enabled), &call.c, &call.details)
	}, &held)
}

// WriteSigmaMatches adds matches to the counts of rules, in one transaction.
func (s *Store) WriteSigmaMatches(ctx context.Context, matches []SigmaMatches) error {
	_, err := writeRecords(ctx, s, C.SEERFLOW_KIND_SIGMA_MATCHES, matches, nil)
	return err
}

// DeadLetter is a record that could not be stored as an event.
type DeadLetter struct {
	ID       int64     `json:"id"`
	Received time.Time `json:"received"`
	Format   string    `json:"format"`
	Reason   string    `json:"reason"`
	// Payload is the unchanged record.
	Payload Payload `json:"payload"`
}

func (l *DeadLetter) wire() any {
	type letter DeadLetter
	return &struct {
		*letter
		Received nanoseconds `json:"received_ns"`
	}{(*letter)(l), nanoseconds{&l.Received}}
}

// Payload has the bytes of a record. They are usually text.
type Payload []byte

// UnmarshalJSON reads a text, or the object that represents other bytes.
func (p *Payload) UnmarshalJSON(data []byte) error {
	var spelled struct {
		Bin []byte `json:"$bin"`
	}
	if err := json.Unmarshal(data, &spelled); err == nil {
		*p = spelled.Bin
		return nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*p = []byte(text)
	return nil
}

// QueryDeadLetters returns one page of dead letters, newest first. The query may set the limit and the cursor.
func (s *Store) QueryDeadLetters(ctx context.Context, query Query) (Page[DeadLetter], error) {
	return pageOf(ctx, s, query, recordsOf[DeadLetter], func(call *call, query *C.seerflow_query, list **C.seerflow_list) C.seerflow_status {
		return C.seerflow_store_query_dead_letters(call.store, query, &call.c, list, &call.details)
	})
}

// DeadLetters iterates over all dead letters, page by page. It stops after an error.
func (s *Store) DeadLetters(ctx context.Context, query Query) iter.Seq2[DeadLetter, error] {
	return each(ctx, query, s.QueryDeadLetters)
}

// Prune removes events and dead letters older than a time (none if it is zero), and the oldest events until the database is no larger than
// maxBytes (no bound if it is 0). A SQLite file that libseerflow created becomes smaller. In other databases new events use the space.
// Writes continue meanwhile.
func (s *Store) Prune(ctx context.Context, before time.Time, maxBytes uint64) (PruneReport, error) {
	options := C.seerflow_prune_options{
		struct_size: C.sizeof_seerflow_prune_options, before_ns: C.SEERFLOW_TIME_ABSENT, max_bytes: C.uint64_t(maxBytes),
	}
	if !before.IsZero() {
		options.before_ns = C.int64_t(max(clamped(before), math.MinInt64+1))
	}
	report := C.seerflow_prune_report{struct_size: C.sizeof_seerflow_prune_report}
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_prune(call.store, &options, &call.c, &report, &call.details)
	})
	return PruneReport{uint64(report.events), uint64(report.dead_letters), uint64(report.bytes_before), uint64(report.bytes_after)}, err
}

// PruneReport is the result of a prune.
type PruneReport struct{ Events, DeadLetters, BytesBefore, BytesAfter uint64 }

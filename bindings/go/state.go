package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"encoding/json"
	"math"
	"time"
	"unsafe"
)

// Template is a log pattern and its statistics. Times are nanoseconds since 1970.
type Template struct {
	TemplateID     int64   `json:"template_id"`
	TemplateStr    string  `json:"template_str"`
	FirstSeenNS    int64   `json:"first_seen_ns"`
	LastSeenNS     int64   `json:"last_seen_ns"`
	EventCount     int64   `json:"event_count"`
	ExampleMessage *string `json:"example_message"`
}

// WriteTemplates adds templates, or adds to the statistics of those that are there; committed when it returns.
func (s *Store) WriteTemplates(ctx context.Context, templates []Template) error {
	lines, err := ndjson(templates)
	if err != nil {
		return err
	}
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_write_templates_ndjson(call.c.store, start(lines), C.size_t(len(lines)), call.c.timeout_ms, call.c.interrupt, &call.details)
	})
}

// Templates lists templates by their number of events, largest first, at most limit (1 to 10,000) of them.
func (s *Store) Templates(ctx context.Context, limit uint32) ([]Template, error) {
	return listOf[Template](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_templates(call.c, C.uint32_t(limit), out, &call.details)
	})
}

// PruneTemplates removes templates with fewer than minCount events and tells how many.
func (s *Store) PruneTemplates(ctx context.Context, minCount int64) (uint64, error) {
	return s.counted(ctx, func(call *call, n *C.uint64_t) C.seerflow_status {
		return C.seerflow_store_prune_templates(call.c.store, C.int64_t(minCount), call.c.timeout_ms, call.c.interrupt, n, &call.details)
	})
}

// ResetTemplates removes all templates and tells how many.
func (s *Store) ResetTemplates(ctx context.Context) (uint64, error) {
	return s.counted(ctx, func(call *call, n *C.uint64_t) C.seerflow_status {
		return C.seerflow_store_reset_templates(call.c.store, call.c.timeout_ms, call.c.interrupt, n, &call.details)
	})
}

func (s *Store) counted(ctx context.Context, run func(*call, *C.uint64_t) C.seerflow_status, given ...*texts) (uint64, error) {
	var number C.uint64_t
	err := s.do(ctx, func(call *call) C.seerflow_status { return run(call, &number) }, given...)
	return uint64(number), err
}

// Model is a stored model's state and when it was saved, in nanoseconds since 1970.
type Model struct {
	Data        []byte
	UpdatedAtNS int64
}

// ModelEntry names a model.
type ModelEntry struct {
	Key         string `json:"key"`
	Bytes       uint64 `json:"bytes"`
	UpdatedAtNS int64  `json:"updated_at_ns"`
}

// SaveModel saves a model's state and tells when, in nanoseconds. Keys are 1 to 256 ASCII characters.
func (s *Store) SaveModel(ctx context.Context, key string, data []byte) (int64, error) {
	var held texts
	defer held.free()
	var at C.int64_t
	name := held.always(key)
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_save_model(call.c.store, name, start(data), C.size_t(len(data)), call.c.timeout_ms, call.c.interrupt, &at, &call.details)
	}, &held)
	return int64(at), err
}

// SwapModel saves a model's state if it is still what was saved at expectedNS; [ErrConflict] if somebody saved another.
func (s *Store) SwapModel(ctx context.Context, key string, data []byte, expectedNS int64) (int64, error) {
	var held texts
	defer held.free()
	var at C.int64_t
	name := held.always(key)
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_swap_model(call.c.store, name, start(data), C.size_t(len(data)), C.int64_t(expectedNS), call.c.timeout_ms, call.c.interrupt, &at, &call.details)
	}, &held)
	return int64(at), err
}

// LoadModel answers with a model's state; [ErrNotFound] if there is none.
func (s *Store) LoadModel(ctx context.Context, key string) (Model, error) {
	var held texts
	defer held.free()
	name := held.always(key)
	var model *C.seerflow_model
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_load_model(call.c.store, name, call.c.timeout_ms, call.c.interrupt, &model, &call.details)
	}, &held)
	if err != nil {
		return Model{}, err
	}
	defer C.seerflow_model_destroy(model)
	var data *C.uint8_t
	var length C.size_t
	var details *C.seerflow_error
	if err := check(ctx, C.seerflow_model_data(model, &data, &length, &details), &details); err != nil {
		return Model{}, err
	}
	copied := make([]byte, int(length))
	copy(copied, unsafe.Slice((*byte)(unsafe.Pointer(data)), int(length)))
	return Model{copied, int64(C.seerflow_model_updated_at(model))}, nil
}

// DeleteModel removes a model and tells whether it was there.
func (s *Store) DeleteModel(ctx context.Context, key string) (bool, error) {
	var held texts
	defer held.free()
	name := held.always(key)
	deleted, err := s.counted(ctx, func(call *call, n *C.uint64_t) C.seerflow_status {
		return C.seerflow_store_delete_model(call.c.store, name, call.c.timeout_ms, call.c.interrupt, n, &call.details)
	}, &held)
	return deleted > 0, err
}

// Models lists the models whose keys begin with a prefix.
func (s *Store) Models(ctx context.Context, prefix string) ([]ModelEntry, error) {
	var held texts
	defer held.free()
	text := held.always(prefix)
	return listOf[ModelEntry](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_models(call.c, text, out, &call.details)
	}, &held)
}

// SigmaRule is the state of a Sigma rule. Times are nanoseconds since 1970.
type SigmaRule struct {
	RuleID             string `json:"rule_id"`
	Enabled            bool   `json:"enabled"`
	MatchCountLifetime int64  `json:"match_count_lifetime"`
	LastFiredNS        *int64 `json:"last_fired_ns"`
	UpdatedAtNS        int64  `json:"updated_at_ns"`
}

// SigmaMatches is what a rule matched since it was told last.
type SigmaMatches struct {
	RuleID      string `json:"rule_id"`
	Count       int64  `json:"count"`
	LastFiredNS int64  `json:"last_fired_ns"`
}

// SigmaRules lists the state of all rules.
func (s *Store) SigmaRules(ctx context.Context) ([]SigmaRule, error) {
	return listOf[SigmaRule](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_sigma_rules(call.c, out, &call.details)
	})
}

// EnableSigmaRule switches a rule on or off.
func (s *Store) EnableSigmaRule(ctx context.Context, ruleID string, enabled bool) error {
	var held texts
	defer held.free()
	id, on := held.always(ruleID), C.int32_t(0)
	if enabled {
		on = 1
	}
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_enable_sigma_rule(call.c.store, id, on, call.c.timeout_ms, call.c.interrupt, &call.details)
	}, &held)
}

// AddSigmaMatches adds to the rules' counts.
func (s *Store) AddSigmaMatches(ctx context.Context, matches []SigmaMatches) error {
	lines, err := ndjson(matches)
	if err != nil {
		return err
	}
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_add_sigma_matches_ndjson(call.c.store, start(lines), C.size_t(len(lines)), call.c.timeout_ms, call.c.interrupt, &call.details)
	})
}

// DeadLetter is a record that could not become an event.
type DeadLetter struct {
	ID         int64  `json:"id"`
	ReceivedNS int64  `json:"received_ns"`
	Format     string `json:"format"`
	Reason     string `json:"reason"`
	// Payload is the record as it came.
	Payload Payload `json:"payload"`
}

// Payload is bytes that are text as a rule.
type Payload []byte

// UnmarshalJSON reads a text, or what stands for bytes that are none.
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

// DeadLetters lists dead letters with ids below beforeID, newest first; 0 begins with the newest.
func (s *Store) DeadLetters(ctx context.Context, beforeID int64, limit uint32) ([]DeadLetter, error) {
	if beforeID == 0 {
		beforeID = math.MaxInt64
	}
	return listOf[DeadLetter](ctx, s, func(call *call, out *C.sf_list) C.seerflow_status {
		return C.sf_dead_letters(call.c, C.int64_t(beforeID), C.uint32_t(limit), out, &call.details)
	})
}

// Prune removes events and dead letters before a time (none if zero) and the oldest events until the database takes no more
// than maxBytes (0 for no bound), and frees their space: for the file system or, where the database keeps its size (one that
// Seerflow made, PostgreSQL), for new events. Writes go on meanwhile.
func (s *Store) Prune(ctx context.Context, before time.Time, maxBytes uint64) (PruneReport, error) {
	has := !before.IsZero()
	var report C.seerflow_prune_report
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.sf_prune(call.c, C.bool(has), C.int64_t(clamped(before)), C.uint64_t(maxBytes), &report, &call.details)
	})
	return PruneReport{uint64(report.events), uint64(report.dead_letters), uint64(report.bytes_before), uint64(report.bytes_after)}, err
}

// PruneReport says what a prune removed.
type PruneReport struct{ Events, DeadLetters, BytesBefore, BytesAfter uint64 }

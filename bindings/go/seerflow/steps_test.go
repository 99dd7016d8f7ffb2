package seerflow

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

// step is one step of a scenario, with the members of every kind of step.
type step struct {
	Do, Format, Data, By, Type, Value, Verdict, Note, Key, Entity string
	AlertID                                                       string `json:"alert_id"`
	RuleID                                                        string `json:"rule_id"`
	ExpectedNS                                                    string `json:"expected_ns"`
	FromNS                                                        stamp  `json:"from_ns"`
	ToNS                                                          stamp  `json:"to_ns"`
	BucketNS                                                      stamp  `json:"bucket_ns"`
	Limit                                                         uint32
	Piece                                                         int
	Enabled                                                       bool
	Alerts, Matches, Edges                                        []map[string]any
	Options                                                       struct {
		Durable, Complete *bool
		Withdraw          bool
		KeepRaw           bool   `json:"keep_raw"`
		FirstIndex        uint64 `json:"first_index"`
		BatchKey          string `json:"batch_key"`
		RecordKeyField    string `json:"record_key_field"`
		SourceType        string `json:"source_type"`
		SourceID          string `json:"source_id"`
		Timezone          string
	}
	Query struct {
		FromNS      *stamp `json:"from_ns"`
		ToNS        *stamp `json:"to_ns"`
		SourceType  string `json:"source_type"`
		SourceID    string `json:"source_id"`
		MinSeverity *int   `json:"min_severity"`
		TemplateID  *int64 `json:"template_id"`
		Entity      *struct{ Type, Value string }
		Text        string
		Limit       *uint32
		Page        uint32
		Order       string
		Total       any
		Cursor      string
		Type        string
		Technique   string
	}
	Expect json.RawMessage
	Fails  *struct {
		Code      string
		Retriable bool
	}
}

// stamp is a time or a duration in nanoseconds, written as a number or as text.
type stamp int64

func (s *stamp) UnmarshalJSON(data []byte) error {
	number, err := strconv.ParseInt(strings.Trim(string(data), `"`), 10, 64)
	*s = stamp(number)
	return err
}

func (s stamp) time() time.Time { return time.Unix(0, int64(s)) }

func limit(s step) uint32 {
	if s.Query.Limit == nil {
		return 0
	}
	return *s.Query.Limit
}

func (r *runner) run(s step) (any, error) {
	ctx, store := r.t.Context(), r.store
	switch s.Do {
	case "write":
		result, err := r.write(s)
		rejected := []object{}
		for _, one := range result.Rejected {
			rejected = append(rejected, object{"index": one.Index, "reason": one.Reason})
		}
		return object{"accepted": result.Accepted, "committed": result.Committed, "duplicates": result.Duplicates,
			"unkeyed": result.Unkeyed, "consumed": result.Consumed,
			"durability": result.Durability, "rejected": rejected}, err
	case "write_pieces":
		return r.writePieces(s)
	case "flush":
		return nil, store.Flush(ctx)
	case "query", "timeline":
		return r.query(s)
	case "histogram":
		buckets, err := store.EventHistogram(ctx, Query{From: s.FromNS.time(), To: s.ToNS.time()}, time.Duration(s.BucketNS), ByNone)
		answer := []object{}
		for _, bucket := range buckets {
			answer = append(answer, digits(wired(&bucket)))
		}
		return answer, err
	case "count_by":
		by := map[string]CountBy{"source": BySource, "host": ByHost, "template": ByTemplate, "severity": BySeverity, "entity": ByEntity}[s.By]
		return store.CountEvents(ctx, Query{From: s.FromNS.time(), To: s.ToNS.time(), Limit: s.Limit}, by)
	case "dead_letters":
		page, err := store.QueryDeadLetters(ctx, Query{Limit: s.Limit})
		answer := []object{}
		for _, letter := range page.Items {
			answer = append(answer, object{"format": letter.Format, "reason": letter.Reason, "payload": string(letter.Payload)})
		}
		return answer, err
	case "entity_id":
		return EntityID(entityTypes[s.Type], s.Value)
	case "write_alerts":
		return store.WriteAlerts(ctx, records[Alert](r.t, s.Alerts), DedupWindow)
	case "alerts":
		query := Query{AlertType: s.Query.Type, Technique: s.Query.Technique, Limit: limit(s)}
		if s.Query.MinSeverity != nil {
			query.MinSeverity = Severity(*s.Query.MinSeverity + 1)
		}
		page, err := store.QueryAlerts(ctx, query)
		alerts := []object{}
		for _, alert := range page.Items {
			alerts = append(alerts, digits(wired(&alert)))
		}
		return object{"alerts": alerts}, err
	case "judge":
		return nil, store.Judge(ctx, s.AlertID, Verdict(s.Verdict), s.Note)
	case "verdict_counts":
		stats, err := store.FeedbackStats(ctx)
		return object{"tp": stats.TruePositives, "fp": stats.FalsePositives, "total": stats.Total}, err
	case "save_model":
		return r.saveModel(s)
	case "load_model":
		model, err := store.LoadModel(ctx, s.Key)
		return object{"data": string(model.Data)}, err
	case "enable_rule":
		return nil, store.EnableSigmaRule(ctx, s.RuleID, s.Enabled)
	case "add_matches":
		return nil, store.WriteSigmaMatches(ctx, records[SigmaMatches](r.t, s.Matches))
	case "rules":
		rules, err := store.SigmaRules(ctx)
		answer := []object{}
		for _, rule := range rules {
			answer = append(answer, digits(wired(&rule)))
		}
		return answer, err
	case "upsert_edges":
		return nil, store.WriteEdges(ctx, records[Edge](r.t, s.Edges), true)
	case "related":
		return store.Graph().Related(ctx, Query{Entity: s.Entity, Limit: s.Limit})
	case "health":
		health := store.Health()
		return object{"state": health.State.String(), "reason": health.Reason}, nil
	case "close":
		return object{"lost": 0}, store.Close()
	}
	return nil, fmt.Errorf("unknown step: %s", s.Do)
}

var entityTypes = map[string]EntityType{"user": EntityUser, "ip": EntityIP, "host": EntityHost, "process": EntityProcess, "file": EntityFile, "domain": EntityDomain}

// records decodes records from JSON in which times are texts.
func records[T any](t *testing.T, items []map[string]any) []T {
	var made []T
	for _, item := range items {
		for key, value := range item {
			if text, ok := value.(string); ok && (strings.HasSuffix(key, "_ns")) {
				item[key] = json.Number(text)
			}
		}
		encoded, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		var one T
		if err := json.Unmarshal(encoded, wired(&one)); err != nil {
			t.Fatal(err)
		}
		made = append(made, one)
	}
	return made
}

// digits converts a record to an object in which large numbers are texts.
func digits(record any) object {
	encoded, _ := json.Marshal(record)
	decoder := json.NewDecoder(strings.NewReader(string(encoded)))
	decoder.UseNumber()
	var members object
	_ = decoder.Decode(&members)
	for key, value := range members {
		if number, ok := value.(json.Number); ok && len(number) > 15 {
			members[key] = number.String()
		}
	}
	return members
}

func (r *runner) write(s step) (Result, error) {
	o := s.Options
	options := []WriteOption{FirstIndex(o.FirstIndex), BatchKey(o.BatchKey), RecordKeyField(o.RecordKeyField), SourceType(o.SourceType), SourceID(o.SourceID), Timezone(o.Timezone)}
	if o.Durable != nil && *o.Durable {
		options = append(options, Durable())
	}
	if o.Complete != nil && !*o.Complete {
		options = append(options, Incomplete())
	}
	if o.Withdraw {
		options = append(options, Withdraw())
	}
	if o.KeepRaw {
		options = append(options, KeepRaw())
	}
	format := map[string]Format{"ndjson": NDJSON, "lines": Lines}[s.Format]
	return r.store.Write(r.t.Context(), format, []byte(s.Data), options...)
}

// writePieces writes a stream in pieces, as a caller does: bytes that a call does not consume come before the next piece.
func (r *runner) writePieces(s step) (any, error) {
	rest, accepted, rejected := s.Data, uint64(0), []object{}
	s.Data = ""
	for len(rest) > 0 {
		size := min(s.Piece, len(rest))
		s.Data, rest = s.Data+rest[:size], rest[size:]
		complete := len(rest) == 0
		s.Options.Complete, s.Options.FirstIndex = &complete, accepted+uint64(len(rejected))
		result, err := r.write(s)
		if err != nil {
			return nil, err
		}
		s.Data = s.Data[result.Consumed:]
		accepted += result.Accepted
		for _, one := range result.Rejected {
			rejected = append(rejected, object{"index": one.Index, "reason": one.Reason})
		}
	}
	return object{"accepted": accepted, "rejected": rejected}, nil
}

func (r *runner) query(s step) (any, error) {
	q := s.Query
	query := Query{SourceType: q.SourceType, SourceID: q.SourceID, TemplateID: q.TemplateID, Text: q.Text, Limit: limit(s), Page: q.Page}
	query.Order = map[string]Order{"": Newest, "newest": Newest, "oldest": Oldest, "arrival": Arrival}[q.Order]
	if q.FromNS != nil {
		query.From = q.FromNS.time()
	}
	if q.ToNS != nil {
		query.To = q.ToNS.time()
	}
	if q.MinSeverity != nil {
		query.MinSeverity = Severity(*q.MinSeverity + 1)
	}
	if q.Entity != nil {
		id, err := EntityID(entityTypes[q.Entity.Type], q.Entity.Value)
		if err != nil {
			return nil, err
		}
		query.Entity = id
	}
	query.Cursor = q.Cursor
	if q.Cursor == "next" {
		query.Cursor = r.cursor
	}
	switch total := q.Total.(type) {
	case string:
		query.Total = CountAll
	case float64:
		query.Total = uint64(total)
	}
	if s.Do == "timeline" {
		events := []object{}
		query.Order = Oldest
		for event, err := range r.store.Events(r.t.Context(), query) {
			if err != nil {
				return nil, err
			}
			events = append(events, named(event))
		}
		return object{"events": events}, nil
	}
	page, err := r.store.QueryEvents(r.t.Context(), query)
	r.cursor = page.Next
	events := []object{}
	for _, event := range page.Items {
		events = append(events, named(event))
	}
	answer := object{"events": events, "more": page.Next != ""}
	if page.HasTotal {
		answer["total"] = page.Total
	}
	return answer, err
}

// named converts an event to an object with the names of the fields. Fields with their default are left out.
func named(event Event) object {
	if event.Severity == SeverityInformational {
		event.Severity = SeverityUnset
	}
	if event.OTelSeverity == 9 {
		event.OTelSeverity = 0
	}
	if event.Kind == "event" {
		event.Kind = ""
	}
	reader := reader{rest: string(appendEvent(nil, &event))}
	members, _ := reader.value(0).(object)
	for key, value := range members {
		if number, ok := value.(int64); ok && (number > 1<<52 || number == math.MinInt64) {
			members[key] = strconv.FormatInt(number, 10)
		}
	}
	return members
}

func (r *runner) saveModel(s step) (any, error) {
	var err error
	switch s.ExpectedNS {
	case "":
		r.saved, err = r.store.SaveModel(r.t.Context(), s.Key, []byte(s.Data))
	case "last":
		r.saved, err = r.store.SwapModel(r.t.Context(), s.Key, []byte(s.Data), r.saved)
	default:
		expected, _ := strconv.ParseInt(s.ExpectedNS, 10, 64)
		r.saved, err = r.store.SwapModel(r.t.Context(), s.Key, []byte(s.Data), time.Unix(0, expected))
	}
	return strconv.FormatInt(r.saved.UnixNano(), 10), err
}

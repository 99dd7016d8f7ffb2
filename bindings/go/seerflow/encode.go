//go:build cgo

package seerflow

import (
	"encoding/binary"
	"math"
	"time"
)

// appendEvent appends an event as a msgpack map. Fields with their default value are left out.
func appendEvent(out []byte, e *Event) []byte {
	// The number of fields is filled in at the end. There are 43 fields, so the header for 16 bits is always enough.
	start := len(out)
	out = append(out, 0xde, 0, 0)
	w := fields{out: out}
	w.text("event_id", e.ID)
	w.time("timestamp_ns", e.Time)
	w.time("observed_ns", e.Observed)
	w.text("trace_id", e.TraceID)
	w.text("span_id", e.SpanID)
	if e.Severity != SeverityUnset {
		w.key("severity_id")
		w.out = appendInt(w.out, int64(e.Severity.Number()))
	}
	w.int("otel_severity", int64(e.OTelSeverity))
	w.text("event_kind", e.Kind)
	w.text("event_category", e.Category)
	w.text("event_type", e.Type)
	w.text("event_outcome", e.Outcome)
	w.text("event_action", e.Action)
	w.int("category_uid", e.CategoryUID)
	w.int("class_uid", e.ClassUID)
	w.int("type_uid", e.TypeUID)
	w.int("activity_id", e.ActivityID)
	w.text("message", e.Message)
	if e.Body != nil {
		w.key("body")
		w.out = appendValue(w.out, e.Body, 0)
	}
	w.text("source_type", e.SourceType)
	w.text("source_id", e.SourceID)
	w.text("log_source_category", e.LogSourceCategory)
	w.text("log_source_product", e.LogSourceProduct)
	w.text("log_source_service", e.LogSourceService)
	if e.TemplateID != nil {
		w.key("template_id")
		w.out = appendInt(w.out, *e.TemplateID)
	}
	w.text("template_str", e.Template)
	w.list("template_params", e.TemplateParams)
	w.list("entity_refs", e.EntityRefs)
	w.list("related_ips", e.IPs)
	w.list("related_users", e.Users)
	w.list("related_hosts", e.Hosts)
	w.list("related_files", e.Files)
	w.list("related_domains", e.Domains)
	w.list("related_processes", e.Processes)
	w.list("related_hashes", e.Hashes)
	w.list("mitre_tactics", e.Tactics)
	w.list("mitre_techniques", e.Techniques)
	w.float("risk_score", e.RiskScore)
	w.float("anomaly_score", e.AnomalyScore)
	if e.Confidence != nil {
		w.key("confidence")
		w.out = appendFloat(w.out, *e.Confidence)
	}
	if len(e.Attributes) > 0 {
		w.key("attributes")
		w.out = appendMap(w.out, e.Attributes, 0)
	}
	w.list("tags", e.Tags)
	w.text("raw_event", e.Raw)
	if len(e.Resource) > 0 {
		w.key("resource_attrs")
		w.out = appendHeader(w.out, len(e.Resource), 0x80, 15, 0xde)
		for key, value := range e.Resource {
			w.out = appendText(appendText(w.out, key), value)
		}
	}
	binary.BigEndian.PutUint16(w.out[start+1:], w.count)
	return w.out
}

type fields struct {
	out   []byte
	count uint16
}

func (f *fields) key(name string) {
	f.count++
	f.out = appendText(f.out, name)
}

func (f *fields) text(name, value string) {
	if value != "" {
		f.key(name)
		f.out = appendText(f.out, value)
	}
}

func (f *fields) int(name string, value int64) {
	if value != 0 {
		f.key(name)
		f.out = appendInt(f.out, value)
	}
}

func (f *fields) float(name string, value float64) {
	if value != 0 {
		f.key(name)
		f.out = appendFloat(f.out, value)
	}
}

func (f *fields) time(name string, at time.Time) {
	if !at.IsZero() {
		f.key(name)
		f.out = appendInt(f.out, clamped(at))
	}
}

func (f *fields) list(name string, items []string) {
	if len(items) > 0 {
		f.key(name)
		f.out = appendTexts(f.out, items)
	}
}

func appendTexts(out []byte, items []string) []byte {
	out = appendHeader(out, len(items), 0x90, 15, 0xdc)
	for _, item := range items {
		out = appendText(out, item)
	}
	return out
}

// encoded is a value that is already msgpack.
type encoded []byte

// appendHeader appends the header of an array or a map. A small length is part of the first byte; a larger one has 16 or 32 bits.
func appendHeader(out []byte, length int, small byte, most int, wide byte) []byte {
	switch {
	case length <= most:
		return append(out, small|byte(length))
	case length <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(out, wide), uint16(length))
	default:
		return binary.BigEndian.AppendUint32(append(out, wide+1), uint32(length))
	}
}

func appendText(out []byte, text string) []byte {
	switch length := len(text); {
	case length < 32:
		out = append(out, 0xa0|byte(length))
	case length <= math.MaxUint8:
		out = append(out, 0xd9, byte(length))
	case length <= math.MaxUint16:
		out = binary.BigEndian.AppendUint16(append(out, 0xda), uint16(length))
	default:
		out = binary.BigEndian.AppendUint32(append(out, 0xdb), uint32(length))
	}
	return append(out, text...)
}

func appendBytes(out, data []byte) []byte {
	if length := len(data); length <= math.MaxUint8 {
		out = append(out, 0xc4, byte(length))
	} else {
		out = binary.BigEndian.AppendUint32(append(out, 0xc6), uint32(length))
	}
	return append(out, data...)
}

func appendInt(out []byte, value int64) []byte {
	if value >= -32 && value < 128 {
		return append(out, byte(value))
	}
	return binary.BigEndian.AppendUint64(append(out, 0xd3), uint64(value))
}

func appendFloat(out []byte, value float64) []byte {
	return binary.BigEndian.AppendUint64(append(out, 0xcb), math.Float64bits(value))
}

// maxDepth is the largest nesting depth of a value that the library accepts.
const maxDepth = 64

func appendMap(out []byte, pairs map[string]any, depth int) []byte {
	out = appendHeader(out, len(pairs), 0x80, 15, 0xde)
	for key, value := range pairs {
		out = appendValue(appendText(out, key), value, depth+1)
	}
	return out
}

func appendValue(out []byte, value any, depth int) []byte {
	if depth > maxDepth {
		return appendText(out, "(nested too deeply)")
	}
	switch v := value.(type) {
	case nil:
		return append(out, 0xc0)
	case bool:
		if v {
			return append(out, 0xc3)
		}
		return append(out, 0xc2)
	case string:
		return appendText(out, v)
	case []byte:
		return appendBytes(out, v)
	case int:
		return appendInt(out, int64(v))
	case int8:
		return appendInt(out, int64(v))
	case int16:
		return appendInt(out, int64(v))
	case int32:
		return appendInt(out, int64(v))
	case int64:
		return appendInt(out, v)
	case uint:
		return appendValue(out, uint64(v), depth)
	case uint8:
		return appendInt(out, int64(v))
	case uint16:
		return appendInt(out, int64(v))
	case uint32:
		return appendInt(out, int64(v))
	case uint64:
		if v > math.MaxInt64 {
			return binary.BigEndian.AppendUint64(append(out, 0xcf), v)
		}
		return appendInt(out, int64(v))
	case float32:
		return appendFloat(out, float64(v))
	case float64:
		return appendFloat(out, v)
	case time.Time:
		return appendText(out, v.Format(time.RFC3339Nano))
	case time.Duration:
		return appendText(out, v.String())
	case encoded:
		return append(out, v...)
	case []string:
		return appendTexts(out, v)
	case []any:
		out = appendHeader(out, len(v), 0x90, 15, 0xdc)
		for _, item := range v {
			out = appendValue(out, item, depth+1)
		}
		return out
	case []map[string]any:
		out = appendHeader(out, len(v), 0x90, 15, 0xdc)
		for _, item := range v {
			out = appendMap(out, item, depth+1)
		}
		return out
	case map[string]any:
		return appendMap(out, v, depth)
	case map[string]string:
		out = appendHeader(out, len(v), 0x80, 15, 0xde)
		for key, text := range v {
			out = appendText(appendText(out, key), text)
		}
		return out
	default:
		return appendOther(out, value, depth)
	}
}

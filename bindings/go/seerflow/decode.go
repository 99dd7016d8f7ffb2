//go:build cgo

package seerflow

import (
	"encoding/hex"
	"errors"
	"math"
	"time"
)

var errDamaged = errors.New("the msgpack is damaged")

// reader reads msgpack from a string. The texts that it returns share the memory of the string.
type reader struct {
	rest string
	err  error
}

// decodeEvent decodes a stored event. Fields that are not stored have their defaults.
func decodeEvent(blob string) (Event, error) {
	r := reader{rest: blob}
	e := Event{Severity: SeverityInformational, OTelSeverity: 9, Kind: "event"}
	for range r.mapLen() {
		r.field(&e, r.text())
		if r.err != nil {
			return Event{}, &Error{Kind: ErrCorrupt, Message: "event: " + r.err.Error()}
		}
	}
	return e, nil
}

func (r *reader) field(e *Event, key string) {
	switch key {
	case "event_id":
		e.ID = r.uuid()
	case "timestamp_ns":
		e.Time = time.Unix(0, r.int()).UTC()
	case "observed_ns":
		e.Observed = time.Unix(0, r.int()).UTC()
	case "trace_id":
		e.TraceID = r.text()
	case "span_id":
		e.SpanID = r.text()
	case "severity_id":
		e.Severity = Severity(r.int() + 1)
	case "otel_severity":
		e.OTelSeverity = int(r.int())
	case "event_kind":
		e.Kind = r.text()
	case "event_category":
		e.Category = r.text()
	case "event_type":
		e.Type = r.text()
	case "event_outcome":
		e.Outcome = r.text()
	case "event_action":
		e.Action = r.text()
	case "category_uid":
		e.CategoryUID = r.int()
	case "class_uid":
		e.ClassUID = r.int()
	case "type_uid":
		e.TypeUID = r.int()
	case "activity_id":
		e.ActivityID = r.int()
	case "message":
		e.Message = r.text()
	case "body", "libseerflow.body":
		if body := r.value(0); body != nil {
			e.Body = body
		}
	case "source_type":
		e.SourceType = r.text()
	case "source_id":
		e.SourceID = r.text()
	case "log_source_category":
		e.LogSourceCategory = r.text()
	case "log_source_product":
		e.LogSourceProduct = r.text()
	case "log_source_service":
		e.LogSourceService = r.text()
	case "template_id":
		if id := r.int(); id != -1 {
			e.TemplateID = &id
		}
	case "template_str":
		e.Template = r.text()
	case "template_params":
		e.TemplateParams = r.texts()
	case "entity_refs":
		e.EntityRefs = r.texts()
	case "related_ips":
		e.IPs = r.texts()
	case "related_users":
		e.Users = r.texts()
	case "related_hosts":
		e.Hosts = r.texts()
	case "related_files":
		e.Files = r.texts()
	case "related_domains":
		e.Domains = r.texts()
	case "related_processes":
		e.Processes = r.texts()
	case "related_hashes":
		e.Hashes = r.texts()
	case "mitre_tactics":
		e.Tactics = r.texts()
	case "mitre_techniques":
		e.Techniques = r.texts()
	case "risk_score":
		e.RiskScore = r.float()
	case "anomaly_score":
		e.AnomalyScore = r.float()
	case "confidence":
		confidence := r.float()
		e.Confidence = &confidence
	case "attributes":
		pairs, _ := r.value(0).(map[string]any)
		for name, value := range pairs {
			e.attribute(name, value)
		}
	case "tags":
		e.Tags = r.texts()
	case "raw_event":
		e.Raw = r.text()
	case "resource_attrs":
		count := r.mapLen()
		e.Resource = make(map[string]string, min(count, len(r.rest)))
		for range count {
			name := r.text()
			e.Resource[name] = r.text()
		}
	case "type":
		r.value(0)
	default:
		e.attribute(key, r.value(0))
	}
}

func (e *Event) attribute(name string, value any) {
	if e.Attributes == nil {
		e.Attributes = make(map[string]any)
	}
	e.Attributes[name] = value
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = errDamaged
	}
	r.rest = ""
}

func (r *reader) take(length int) string {
	if length < 0 || length > len(r.rest) {
		r.fail()
		return ""
	}
	taken := r.rest[:length]
	r.rest = r.rest[length:]
	return taken
}

func (r *reader) byte() byte {
	if one := r.take(1); one != "" {
		return one[0]
	}
	return 0xc1
}

func (r *reader) uint(width int) uint64 {
	var number uint64
	for _, digit := range []byte(r.take(width)) {
		number = number<<8 | uint64(digit)
	}
	return number
}

// length returns the length in the header that starts with this marker; -1 if the marker starts a value of another type.
func (r *reader) length(marker, small, most byte, wide [3]byte) int {
	switch {
	case most > 0 && marker&^most == small:
		return int(marker & most)
	case marker == wide[0] && wide[0] != 0:
		return int(r.uint(1))
	case marker == wide[1]:
		return int(r.uint(2))
	case marker == wide[2]:
		return int(r.uint(4))
	}
	return -1
}

func (r *reader) textLen(marker byte) int {
	return r.length(marker, 0xa0, 31, [3]byte{0xd9, 0xda, 0xdb})
}

func (r *reader) binLen(marker byte) int {
	return r.length(marker, 0, 0, [3]byte{0xc4, 0xc5, 0xc6})
}

func (r *reader) arrayOf(marker byte) int {
	return r.length(marker, 0x90, 15, [3]byte{0, 0xdc, 0xdd})
}

func (r *reader) mapOf(marker byte) int {
	return r.length(marker, 0x80, 15, [3]byte{0, 0xde, 0xdf})
}

func (r *reader) mapLen() int {
	length := r.mapOf(r.byte())
	if length < 0 {
		r.fail()
	}
	return max(length, 0)
}

// text reads a text, or bytes as text. Nil is an empty text.
func (r *reader) text() string {
	marker := r.byte()
	if marker == 0xc0 {
		return ""
	}
	length := r.textLen(marker)
	if length < 0 {
		length = r.binLen(marker)
	}
	return r.take(length)
}

func (r *reader) texts() []string {
	count := r.arrayOf(r.byte())
	if count < 0 || count > len(r.rest) {
		r.fail()
		return nil
	}
	items := make([]string, count)
	for i := range items {
		items[i] = r.text()
	}
	return items
}

func (r *reader) int() int64 {
	switch v := r.value(0).(type) {
	case int64:
		return v
	case nil:
		return 0
	}
	r.fail()
	return 0
}

func (r *reader) float() float64 {
	switch v := r.value(0).(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	r.fail()
	return 0
}

func (r *reader) uuid() string {
	id := r.text()
	if len(id) != 16 {
		return id
	}
	var text [36]byte
	at := 0
	for i := range 16 {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text[at] = '-'
			at++
		}
		hex.Encode(text[at:], []byte{id[i]})
		at += 2
	}
	return string(text[:])
}

// value reads a value of any type. Bytes become []byte, a map becomes map[string]any, and an extension becomes its bytes.
func (r *reader) value(depth int) any {
	if depth > maxDepth+2 {
		r.fail()
		return nil
	}
	marker := r.byte()
	switch {
	case marker < 0x80:
		return int64(marker)
	case marker >= 0xe0:
		return int64(int8(marker))
	}
	if length := r.textLen(marker); length >= 0 {
		return r.take(length)
	}
	if length := r.binLen(marker); length >= 0 {
		return []byte(r.take(length))
	}
	if count := r.arrayOf(marker); count >= 0 {
		return r.array(count, depth)
	}
	if count := r.mapOf(marker); count >= 0 {
		return r.pairs(count, depth)
	}
	switch marker {
	case 0xc0:
		return nil
	case 0xc2, 0xc3:
		return marker == 0xc3
	case 0xca:
		return float64(math.Float32frombits(uint32(r.uint(4))))
	case 0xcb:
		return math.Float64frombits(r.uint(8))
	case 0xcc, 0xcd, 0xce, 0xcf:
		number := r.uint(1 << (marker - 0xcc))
		if number > math.MaxInt64 {
			return number
		}
		return int64(number)
	case 0xd0:
		return int64(int8(r.uint(1)))
	case 0xd1:
		return int64(int16(r.uint(2)))
	case 0xd2:
		return int64(int32(r.uint(4)))
	case 0xd3:
		return int64(r.uint(8))
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		r.take(1)
		return []byte(r.take(1 << (marker - 0xd4)))
	case 0xc7, 0xc8, 0xc9:
		length := int(r.uint(1 << (marker - 0xc7)))
		r.take(1)
		return []byte(r.take(length))
	}
	r.fail()
	return nil
}

func (r *reader) array(count, depth int) any {
	items := make([]any, 0, min(count, len(r.rest)))
	for range count {
		items = append(items, r.value(depth+1))
		if r.err != nil {
			return nil
		}
	}
	return items
}

func (r *reader) pairs(count, depth int) any {
	pairs := make(map[string]any, min(count, len(r.rest)))
	for range count {
		key := r.key(depth + 1)
		pairs[key] = r.value(depth + 1)
		if r.err != nil {
			return nil
		}
	}
	return pairs
}

// key reads the key of a map. A key of another type is converted to text.
func (r *reader) key(depth int) string {
	before := r.rest
	if key, ok := r.value(depth).(string); ok {
		return key
	}
	return before[:len(before)-len(r.rest)]
}

package seerflow

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Severity is how bad an event or an alert is, on Seerflow's scale. The zero value leaves it to the library: informational. What
// is read always has one.
type Severity uint8

// The severities.
const (
	SeverityUnset Severity = iota
	SeverityTrace
	SeverityInformational
	SeverityNotice
	SeverityWarning
	SeverityError
	SeverityCritical
	SeverityFatal
)

var severityNames = [...]string{"unset", "trace", "informational", "notice", "warning", "error", "critical", "fatal"}

// String returns the severity's name as Seerflow shows it.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "Severity(" + strconv.Itoa(int(s)) + ")"
}

// Number returns the number that is stored: 0 for trace to 6 for fatal, -1 for unset.
func (s Severity) Number() int { return int(s) - 1 }

// MarshalJSON writes the number that is stored.
func (s Severity) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, int64(s.Number()), 10), nil
}

// UnmarshalJSON reads the number that is stored.
func (s *Severity) UnmarshalJSON(data []byte) error {
	number, err := strconv.Atoi(string(data))
	if err != nil || number < SeverityUnset.Number() || number > SeverityFatal.Number() {
		return fmt.Errorf("seerflow: %s is no severity", data)
	}
	*s = Severity(number + 1)
	return nil
}

// Event is one security event. Fields at their zero value are left to the library. Times lie between the years 1678 and 2262:
// a write of others is refused, with [ErrInvalid].
//
// Events that a store returns share the memory of their page: clone texts that are kept for long.
type Event struct {
	// ID is a UUID; the same id is stored once. Assigned when empty.
	ID string
	// Time is when it happened; the present when zero.
	Time time.Time
	// Observed is when the collector saw it; the present when zero.
	Observed time.Time
	// TraceID and SpanID are W3C ids in hex.
	TraceID, SpanID string
	Severity        Severity
	// OTelSeverity is OpenTelemetry's number, 1 to 24; 0 is the default, 9.
	OTelSeverity int
	// Kind, Category, Type, Outcome and Action are ECS's event.*.
	Kind, Category, Type, Outcome, Action string
	// CategoryUID, ClassUID, TypeUID and ActivityID are OCSF's.
	CategoryUID, ClassUID, TypeUID, ActivityID int64
	// Message is what text search sees.
	Message string
	// Body is the record's structured body.
	Body any
	// SourceType is what kind of source it comes from: syslog, sshd, nginx.
	SourceType string
	// SourceID is which source: usually a host name.
	SourceID string
	// LogSourceCategory, LogSourceProduct and LogSourceService are Sigma's logsource.
	LogSourceCategory, LogSourceProduct, LogSourceService string
	// TemplateID is the template that matched; nil for none.
	TemplateID     *int64
	Template       string
	TemplateParams []string
	// EntityRefs are the ids of the entities; computed from the lists below when empty.
	EntityRefs []string
	// IPs, Users, Hosts, Files, Domains and Processes are the entities that the event touches.
	IPs, Users, Hosts, Files, Domains, Processes []string
	// Hashes are written algo:lowerhex.
	Hashes []string
	// Tactics and Techniques are MITRE ATT&CK's.
	Tactics, Techniques     []string
	RiskScore, AnomalyScore float64
	// Confidence is 0 to 1; nil is the default, 1.
	Confidence *float64
	// Attributes holds further values: nil, booleans, numbers, texts, bytes, times, and lists and maps of them. A value of
	// another type is stored as fmt.Sprint shows it. Bytes, lists and maps are stored, and read, as their JSON text, for
	// Seerflow decodes no others; a list of maps of scalars and of lists of texts stays what it is.
	Attributes map[string]any
	Tags       []string
	// Raw is the record as it came.
	Raw string
	// Resource holds attributes of the OpenTelemetry resource that emitted the record.
	Resource map[string]string
}

// The first and the last time that 64 bits of nanoseconds can hold.
var firstTime, lastTime = time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)

func isHeld(at time.Time) bool { return at.IsZero() || !at.Before(firstTime) && !at.After(lastTime) }

// clamped returns a time in nanoseconds, that of the first or the last one if it is outside.
func clamped(at time.Time) int64 {
	switch {
	case at.Before(firstTime):
		return math.MinInt64
	case at.After(lastTime):
		return math.MaxInt64
	}
	return at.UnixNano()
}

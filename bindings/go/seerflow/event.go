//go:build cgo

package seerflow

import (
	"fmt"
	"strconv"
	"time"
)

// Severity is the severity of an event or an alert, on Seerflow's scale. The zero value means unset: the library then stores informational.
// Records that are read always have a severity.
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

// String returns the name of the severity, as Seerflow shows it.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "Severity(" + strconv.Itoa(int(s)) + ")"
}

// Number returns the stored number: 0 for trace to 6 for fatal, -1 for unset.
func (s Severity) Number() int { return int(s) - 1 }

// MarshalJSON writes the stored number.
func (s Severity) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, int64(s.Number()), 10), nil
}

// UnmarshalJSON reads the stored number.
func (s *Severity) UnmarshalJSON(data []byte) error {
	number, err := strconv.Atoi(string(data))
	if err != nil || number < SeverityUnset.Number() || number > SeverityFatal.Number() {
		return fmt.Errorf("seerflow: %s is not a severity", data)
	}
	*s = Severity(number + 1)
	return nil
}

// Event is one security event. A field with its zero value gets the library's default. Times must lie between the years 1678 and 2262;
// other times are refused with [ErrInvalid].
//
// The texts of events that a store returns share the memory of their page. Clone a text that is kept for long.
type Event struct {
	// ID is a UUID. Events with the same id are stored once. Generated if empty.
	ID string
	// Time is the time of the event. The current time if zero.
	Time time.Time
	// Observed is the time at which the collector saw the event. The current time if zero.
	Observed time.Time
	// TraceID and SpanID are W3C ids in hexadecimal.
	TraceID, SpanID string
	Severity        Severity
	// OTelSeverity is the OpenTelemetry severity number, 1 to 24. 0 means the default, 9.
	OTelSeverity int
	// Kind, Category, Type, Outcome and Action are the fields event.* of ECS.
	Kind, Category, Type, Outcome, Action string
	// CategoryUID, ClassUID, TypeUID and ActivityID are fields of OCSF.
	CategoryUID, ClassUID, TypeUID, ActivityID int64
	// Message is the message. Text search looks at it only.
	Message string
	// Body is the structured body of the record.
	Body any
	// SourceType is the type of the source, such as syslog, sshd or nginx.
	SourceType string
	// SourceID is the source, usually a host name.
	SourceID string
	// LogSourceCategory, LogSourceProduct and LogSourceService are the logsource fields of Sigma.
	LogSourceCategory, LogSourceProduct, LogSourceService string
	// TemplateID is the id of the template that the message matched; nil if none.
	TemplateID     *int64
	Template       string
	TemplateParams []string
	// EntityRefs are the ids of the entities. If empty, they are computed from the lists below.
	EntityRefs []string
	// IPs, Users, Hosts, Files, Domains and Processes are the entities that the event is about.
	IPs, Users, Hosts, Files, Domains, Processes []string
	// Hashes have the form "algorithm:hex", in lower case.
	Hashes []string
	// Tactics and Techniques are those of MITRE ATT&CK.
	Tactics, Techniques     []string
	RiskScore, AnomalyScore float64
	// Confidence is 0 to 1. nil means the default, 1.
	Confidence *float64
	// Attributes has further values: nil, booleans, numbers, texts, bytes, times, and lists and maps of them. A value of another type is
	// stored as the handlers of log/slog log it: it may be a [slog.LogValuer], a [json.Marshaler], an error, an [encoding.TextMarshaler] or
	// a [fmt.Stringer]. Other values are stored as encoding/json converts them. Bytes, lists and maps are stored, and read back, as their JSON text, because Seerflow cannot
	// decode them otherwise. Lists of maps of scalars and of lists of texts are stored as such.
	Attributes map[string]any
	Tags       []string
	// Raw is the original record.
	Raw string
	// Resource has the attributes of the OpenTelemetry resource that emitted the record.
	Resource map[string]string
}

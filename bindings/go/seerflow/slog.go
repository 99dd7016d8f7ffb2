//go:build cgo

package seerflow

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// HandlerOptions are the options of a [Handler].
type HandlerOptions struct {
	// Level is the lowest level that is stored. slog.LevelInfo if nil.
	Level slog.Leveler
	// AddSource adds the file, line and function of the log statement, as the attributes code.file.path, code.line.number and
	// code.function.name.
	AddSource bool
	// ReplaceAttr replaces or removes attributes, as in [slog.HandlerOptions]. It is also called for the time, the level, the message and,
	// with AddSource, the source. The time, level and message that it returns are those of the event, whatever their keys are. A time or
	// level of another type is stored as an attribute.
	ReplaceAttr func(groups []string, attr slog.Attr) slog.Attr
	// SourceType and SourceID are the source of the events: the name of the program and of the host.
	SourceType, SourceID string
	// Write has the options of each write. With [Durable] a log statement waits for the commit.
	Write []WriteOption
	// Timeout is the longest time that a log statement waits for room in the queue and, if durable, for the commit. One second if zero.
	Timeout time.Duration
}

// logTimeout is the default of [HandlerOptions.Timeout].
const logTimeout = time.Second

// Handler is a [slog.Handler] that stores each record as an event. Attributes of the record become attributes of the event; the name of a
// group and a dot are put before the names of its attributes. Values are stored as [Event.Attributes] says.
//
// Records are accepted into the store's queue and committed in batches; [Handler.Close] waits for the commits. A record is dropped if the
// queue has no room within [HandlerOptions.Timeout], or until the deadline of its context. [Handler.Handle] then returns an error, which
// log/slog ignores, and [Handler.Dropped] counts the record.
type Handler struct {
	store   *Store
	dropped *atomic.Uint64
	options HandlerOptions
	groups  []string
	// The attributes of WithAttrs.
	attributes []attribute
}

type attribute struct {
	key   string
	value encoded
}

var _ slog.Handler = (*Handler)(nil)

// NewHandler returns a handler that writes to a store. The caller still owns the store.
func NewHandler(store *Store, options *HandlerOptions) *Handler {
	h := &Handler{store: store, dropped: new(atomic.Uint64)}
	if options != nil {
		h.options = *options
	}
	if h.options.Level == nil {
		h.options.Level = slog.LevelInfo
	}
	if h.options.SourceType == "" {
		h.options.SourceType = "slog"
	}
	if h.options.Timeout <= 0 {
		h.options.Timeout = logTimeout
	}
	return h
}

// Enabled returns true if records of a level are stored.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.options.Level.Level()
}

// Handle stores a record. Cancelling the context does not prevent that; the deadline of the context limits the wait.
func (h *Handler) Handle(ctx context.Context, record slog.Record) error {
	event := Event{
		Time:       record.Time,
		Message:    record.Message,
		SourceType: h.options.SourceType,
		SourceID:   h.options.SourceID,
		Attributes: make(map[string]any, len(h.attributes)+record.NumAttrs()+3),
	}
	event.Severity, event.OTelSeverity = LevelSeverity(record.Level)
	add := func(key string, value any) { event.Attributes[key] = value }
	if h.options.ReplaceAttr != nil {
		h.replaceFields(&event, record, add)
	}
	if h.options.AddSource && record.PC != 0 {
		h.addSource(record.PC, add)
	}
	for _, a := range h.attributes {
		event.Attributes[a.key] = a.value
	}
	record.Attrs(func(attr slog.Attr) bool {
		h.flatten(h.groups, attr, add)
		return true
	})
	until := time.Now().Add(h.options.Timeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	_, err := h.store.WriteEvents(bounded{context.WithoutCancel(ctx), until}, []Event{event}, h.options.Write...)
	// The events of a durable write that timed out are in the queue, so they are not dropped.
	if err != nil && !errors.Is(err, ErrTimeout) {
		h.dropped.Add(1)
	}
	return err
}

// Dropped returns the number of records that this handler, and the handlers derived from it, could not store.
func (h *Handler) Dropped() uint64 { return h.dropped.Load() }

// bounded is a context with a deadline but without a timer, because the library checks the deadline.
type bounded struct {
	context.Context
	until time.Time
}

func (b bounded) Deadline() (time.Time, bool) { return b.until, true }

// WithAttrs returns a handler that adds attributes to each record.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	added := *h
	added.attributes = slices.Clip(added.attributes)
	for _, attr := range attrs {
		h.flatten(h.groups, attr, func(key string, value any) {
			added.attributes = append(added.attributes, attribute{key, appendValue(nil, value, 0)})
		})
	}
	return &added
}

// WithGroup returns a handler that puts later attributes into a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	grouped := *h
	grouped.groups = append(slices.Clip(h.groups), name)
	return &grouped
}

// Close waits until everything that was logged is committed. The store stays open.
func (h *Handler) Close() error { return h.store.Flush(context.Background()) }

// replaced returns an attribute after ReplaceAttr. Its key and value are empty if it was removed.
func (h *Handler) replaced(groups []string, attr slog.Attr) slog.Attr {
	attr.Value = attr.Value.Resolve()
	if h.options.ReplaceAttr != nil && attr.Value.Kind() != slog.KindGroup {
		attr = h.options.ReplaceAttr(groups, attr)
		attr.Value = attr.Value.Resolve()
	}
	return attr
}

// replaceFields passes the time, the level and the message to ReplaceAttr.
func (h *Handler) replaceFields(event *Event, record slog.Record, add func(string, any)) {
	var none slog.Attr
	if !record.Time.IsZero() {
		switch at := h.replaced(nil, slog.Time(slog.TimeKey, record.Time)); {
		case at.Equal(none):
			event.Time = time.Time{}
		case at.Value.Kind() == slog.KindTime:
			event.Time = at.Value.Time()
		default:
			add(at.Key, at.Value.Any())
		}
	}
	level := h.replaced(nil, slog.Any(slog.LevelKey, record.Level))
	if number, ok := level.Value.Any().(slog.Level); ok {
		event.Severity, event.OTelSeverity = LevelSeverity(number)
	} else if level.Equal(none) {
		event.Severity, event.OTelSeverity = SeverityUnset, 0
	} else {
		add(level.Key, level.Value.Any())
	}
	if message := h.replaced(nil, slog.String(slog.MessageKey, record.Message)); message.Equal(none) {
		event.Message = ""
	} else {
		event.Message = message.Value.String()
	}
}

func (h *Handler) addSource(pc uintptr, add func(string, any)) {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	attr := h.replaced(nil, slog.Any(slog.SourceKey, &slog.Source{Function: frame.Function, File: frame.File, Line: frame.Line}))
	if source, ok := attr.Value.Any().(*slog.Source); ok {
		add("code.file.path", source.File)
		add("code.line.number", int64(source.Line))
		add("code.function.name", source.Function)
	} else if !attr.Equal(slog.Attr{}) {
		add(attr.Key, attr.Value.Any())
	}
}

// flatten passes an attribute to add; for a group, each of its attributes.
func (h *Handler) flatten(groups []string, attr slog.Attr, add func(string, any)) {
	attr = h.replaced(groups, attr)
	switch {
	case attr.Equal(slog.Attr{}):
	case attr.Value.Kind() == slog.KindGroup:
		if attr.Key != "" {
			groups = append(slices.Clip(groups), attr.Key)
		}
		for _, member := range attr.Value.Group() {
			h.flatten(groups, member, add)
		}
	default:
		add(strings.Join(append(slices.Clip(groups), attr.Key), "."), attr.Value.Any())
	}
}

// LevelSeverity returns the severity of a level on Seerflow's scale and on OpenTelemetry's. An slog level is OpenTelemetry's number minus
// nine.
func LevelSeverity(level slog.Level) (Severity, int) {
	number := min(max(int(level)+9, 1), 24)
	switch {
	case number <= 8:
		return SeverityTrace, number
	case number == 9:
		return SeverityInformational, number
	case number <= 12:
		return SeverityNotice, number
	case number <= 16:
		return SeverityWarning, number
	case number == 17:
		return SeverityError, number
	case number == 18:
		return SeverityCritical, number
	default:
		return SeverityFatal, number
	}
}

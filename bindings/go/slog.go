package seerflow

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// HandlerOptions are the options of a [Handler].
type HandlerOptions struct {
	// Level is the lowest level that is stored. slog.LevelInfo if nil.
	Level slog.Leveler
	// AddSource adds the file, line and function of the log statement.
	AddSource bool
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
// group and a dot are put before the names of its attributes.
//
// Records are accepted into the store's queue and committed in batches; [Handler.Close] waits for the commits. A record is dropped if the
// queue has no room within [HandlerOptions.Timeout], or until the deadline of its context. [Handler.Handle] then returns an error, which
// log/slog ignores, and [Handler.Dropped] counts the record.
type Handler struct {
	store   *Store
	dropped *atomic.Uint64
	options HandlerOptions
	prefix  string
	// The attributes of WithAttrs, already converted.
	attributes []attribute
}

type attribute struct {
	key   string
	value any
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
	for _, a := range h.attributes {
		event.Attributes[a.key] = a.value
	}
	record.Attrs(func(attr slog.Attr) bool {
		flatten(h.prefix, attr, func(key string, value any) { event.Attributes[key] = value })
		return true
	})
	if h.options.AddSource && record.PC != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{record.PC}).Next()
		event.Attributes["code.file.path"] = frame.File
		event.Attributes["code.line.number"] = int64(frame.Line)
		event.Attributes["code.function.name"] = frame.Function
	}
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
		flatten(h.prefix, attr, func(key string, value any) {
			added.attributes = append(added.attributes, attribute{key, value})
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
	grouped.prefix += name + "."
	return &grouped
}

// Close waits until everything that was logged is committed. The store stays open.
func (h *Handler) Close() error { return h.store.Flush(context.Background()) }

// flatten passes an attribute to add; for a group, each of its attributes.
func flatten(prefix string, attr slog.Attr, add func(string, any)) {
	value := attr.Value.Resolve()
	switch {
	case attr.Equal(slog.Attr{}):
	case value.Kind() == slog.KindGroup:
		if attr.Key != "" {
			prefix += attr.Key + "."
		}
		for _, member := range value.Group() {
			flatten(prefix, member, add)
		}
	default:
		add(prefix+attr.Key, value.Any())
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

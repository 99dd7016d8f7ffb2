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

// HandlerOptions says how a [Handler] writes.
type HandlerOptions struct {
	// Level is the lowest level that is stored; slog.LevelInfo if nil.
	Level slog.Leveler
	// AddSource adds file, line and function of the log statement.
	AddSource bool
	// SourceType and SourceID are those of its events: the program's name, the host's.
	SourceType, SourceID string
	// Write is how each record is written; with [Durable] a log statement waits for its commit.
	Write []WriteOption
	// Timeout bounds how long a log statement may wait while the store's queue is full, and for its commit; one second if zero.
	Timeout time.Duration
}

// logTimeout is that of log statements whose handler was given none.
const logTimeout = time.Second

// Handler is a [slog.Handler] that stores each record as an event: attributes become its attributes, those of groups with the
// group's name and a dot in front.
//
// Records are accepted into the store's bounded memory and committed in batches; [Handler.Close] waits for that. One for which
// there is no room within [HandlerOptions.Timeout], or until its context's deadline, is dropped: [Handler.Handle] answers an error,
// which log/slog ignores, and [Handler.Dropped] counts it.
type Handler struct {
	store   *Store
	dropped *atomic.Uint64
	options HandlerOptions
	prefix  string
	// What WithAttrs added, ready.
	attributes []attribute
}

type attribute struct {
	key   string
	value any
}

var _ slog.Handler = (*Handler)(nil)

// NewHandler returns a handler that writes into a store, which stays the caller's.
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

// Enabled tells whether records of a level are stored.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.options.Level.Level()
}

// Handle stores a record. A cancelled context does not keep it from being stored; a deadline bounds the waiting.
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
	// A durable write that ran out of time is in the queue.
	if err != nil && !errors.Is(err, ErrTimeout) {
		h.dropped.Add(1)
	}
	return err
}

// Dropped counts the records that this handler, and all that were made of it, could not hand to the store.
func (h *Handler) Dropped() uint64 { return h.dropped.Load() }

// bounded is a context with a deadline and without a timer: the library keeps the time.
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

// WithGroup returns a handler whose attributes from now on belong to a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	grouped := *h
	grouped.prefix += name + "."
	return &grouped
}

// Close waits until all that was logged is committed. The store stays open.
func (h *Handler) Close() error { return h.store.Flush(context.Background()) }

// flatten hands on an attribute, and those of a group one by one.
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

// LevelSeverity returns the severity of a level, on Seerflow's scale and OpenTelemetry's: slog's levels are those of
// OpenTelemetry less nine.
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

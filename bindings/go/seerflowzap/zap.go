// Package seerflowzap is a core for zap that stores log entries as events.
package seerflowzap

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// Core is a [zapcore.Core] that stores each entry as an event. Fields of the entry become attributes of the event; the name of a namespace
// and a dot are put before the names of its fields. Sync waits until everything is committed.
//
// Entries are accepted into the store's queue. An entry is dropped if the queue has no room within Timeout. Write then returns an error,
// which zap reports to its ErrorOutput, and [Core.Dropped] counts the entry.
type Core struct {
	zapcore.LevelEnabler
	// Timeout is the longest time that a log statement waits for room in the queue and, if durable, for the commit. [NewCore] sets it to one
	// second. Set it before the core is used.
	Timeout    time.Duration
	dropped    *atomic.Uint64
	store      *seerflow.Store
	sourceType string
	options    []seerflow.WriteOption
	fields     []zapcore.Field
}

var _ zapcore.Core = (*Core)(nil)

// NewCore returns a core that writes to a store. The caller still owns the store. sourceType is the source type of the events, "zap" if
// empty.
func NewCore(store *seerflow.Store, level zapcore.LevelEnabler, sourceType string, options ...seerflow.WriteOption) *Core {
	if sourceType == "" {
		sourceType = "zap"
	}
	return &Core{LevelEnabler: level, Timeout: time.Second, dropped: new(atomic.Uint64), store: store, sourceType: sourceType, options: options}
}

// With returns a core that adds fields to each entry.
func (c *Core) With(fields []zapcore.Field) zapcore.Core {
	added := *c
	added.fields = append(slices.Clip(c.fields), fields...)
	return &added
}

// Check adds the core to an entry that it will store.
func (c *Core) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(entry.Level) {
		return checked.AddCore(entry, c)
	}
	return checked
}

// Write stores an entry.
func (c *Core) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	event := seerflow.Event{
		Time:       entry.Time,
		Message:    entry.Message,
		SourceType: c.sourceType,
		Attributes: map[string]any{},
	}
	event.Severity, event.OTelSeverity = severity(entry.Level)
	encoder := zapcore.NewMapObjectEncoder()
	for _, field := range c.fields {
		field.AddTo(encoder)
	}
	for _, field := range fields {
		field.AddTo(encoder)
	}
	flatten("", encoder.Fields, event.Attributes)
	for key, text := range map[string]string{"logger": entry.LoggerName, "stacktrace": entry.Stack} {
		if text != "" {
			event.Attributes[key] = text
		}
	}
	if entry.Caller.Defined {
		event.Attributes["code.file.path"] = entry.Caller.File
		event.Attributes["code.line.number"] = int64(entry.Caller.Line)
		event.Attributes["code.function.name"] = entry.Caller.Function
	}
	ctx := bounded{context.Background(), time.Now().Add(c.Timeout)}
	_, err := c.store.WriteEvents(ctx, []seerflow.Event{event}, c.options...)
	// The events of a durable write that timed out are in the queue, so they are not dropped.
	if err != nil && !errors.Is(err, seerflow.ErrTimeout) {
		c.dropped.Add(1)
	}
	switch {
	case err != nil:
	case entry.Level >= zapcore.FatalLevel:
		// The process ends after such an entry, so it is committed now.
		err = c.Sync()
	case entry.Level > zapcore.ErrorLevel:
		err = c.store.Flush(ctx)
	}
	return err
}

// bounded is a context with a deadline but without a timer, because the library checks the deadline. A deadline that has passed allows an
// attempt that does not wait.
type bounded struct {
	context.Context
	until time.Time
}

func (b bounded) Deadline() (time.Time, bool) { return b.until, true }

// Dropped returns the number of entries that this core, and the cores derived from it, could not store.
func (c *Core) Dropped() uint64 { return c.dropped.Load() }

// Sync waits until everything that was logged is committed, for up to [seerflow.DefaultTimeout].
func (c *Core) Sync() error { return c.store.Flush(context.Background()) }

func flatten(prefix string, fields map[string]any, into map[string]any) {
	for key, value := range fields {
		if inner, ok := value.(map[string]any); ok {
			flatten(prefix+key+".", inner, into)
		} else {
			into[prefix+key] = value
		}
	}
}

// severity returns the severity of a level on Seerflow's scale and on OpenTelemetry's.
func severity(level zapcore.Level) (seerflow.Severity, int) {
	switch {
	case level <= zapcore.DebugLevel:
		return seerflow.SeverityTrace, 5
	case level == zapcore.InfoLevel:
		return seerflow.SeverityInformational, 9
	case level == zapcore.WarnLevel:
		return seerflow.SeverityWarning, 13
	case level == zapcore.ErrorLevel:
		return seerflow.SeverityError, 17
	case level == zapcore.DPanicLevel:
		return seerflow.SeverityCritical, 18
	default:
		return seerflow.SeverityFatal, 21
	}
}

package otelexporter

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/libseerflow/libseerflow/bindings/go"
)

// sink is what the exporter needs of a store.
type sink interface {
	WriteOTLP(ctx context.Context, request []byte, options ...seerflow.WriteOption) (seerflow.Result, error)
	Shutdown(ctx context.Context) error
}

type opener func(ctx context.Context, config *Config) (sink, error)

func open(ctx context.Context, config *Config) (sink, error) {
	options := seerflow.Config{}
	for key, value := range config.Storage {
		options["storage."+key] = string(value)
	}
	var from []seerflow.OpenOption
	if config.File != "" {
		from = append(from, seerflow.FromFile(config.File))
	}
	store, err := seerflow.Open(ctx, options, from...)
	if err != nil {
		return nil, err
	}
	return store, nil
}

type logs struct {
	config *Config
	logger *zap.Logger
	open   opener
	store  sink

	stored, duplicates, rejected metric.Int64Counter
	// Which exporter counts.
	itself metric.MeasurementOption
}

func newLogs(config *Config, set exporter.Settings, open opener) (*logs, error) {
	e := &logs{config: config, logger: set.Logger, open: open}
	e.itself = metric.WithAttributeSet(attribute.NewSet(attribute.String("exporter", set.ID.String())))
	meter := set.MeterProvider.Meter("github.com/libseerflow/libseerflow/bindings/go/otelexporter")
	counter := func(name, description string) (metric.Int64Counter, error) {
		return meter.Int64Counter("otelcol_exporter_seerflow_"+name, metric.WithDescription(description), metric.WithUnit("{record}"))
	}
	var errs [3]error
	e.stored, errs[0] = counter("stored_records", "Log records committed that were new")
	e.duplicates, errs[1] = counter("duplicate_records", "Log records that an earlier attempt had stored")
	e.rejected, errs[2] = counter("rejected_records", "Log records kept as dead letters")
	return e, errors.Join(errs[:]...)
}

func (e *logs) start(ctx context.Context, _ component.Host) error {
	store, err := e.open(ctx, e.config)
	if err != nil {
		return err
	}
	e.store = store
	return nil
}

func (e *logs) shutdown(ctx context.Context) error {
	if e.store == nil {
		return nil
	}
	return e.store.Shutdown(ctx)
}

// receiving readies records before the queue keeps them.
type receiving struct {
	exporter.Logs
	last atomic.Int64
}

// What tells a record from all others is kept as an attribute too: a long one, such as a whole line with its place, as its hash.
const (
	uidKey     = "log.record.uid"
	longestUID = 64
)

// ConsumeLogs sets the observed time of records that have no time at all: two requests that say the same are two, and a retry
// of one, or what a persistent queue kept of it, is the same.
func (r *receiving) ConsumeLogs(ctx context.Context, batch plog.Logs) error {
	var now pcommon.Timestamp
	for _, resource := range batch.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				if uid, ok := record.Attributes().Get(uidKey); ok && len(uid.Str()) > longestUID {
					uid.SetStr(fmt.Sprintf("%x", sha256.Sum256([]byte(uid.Str()))))
				}
				if record.Timestamp() != 0 || record.ObservedTimestamp() != 0 {
					continue
				}
				if now == 0 {
					now = r.now()
				}
				record.SetObservedTimestamp(now)
			}
		}
	}
	return r.Logs.ConsumeLogs(ctx, batch)
}

// now tells the time, to every request another one.
func (r *receiving) now() pcommon.Timestamp {
	for {
		last := r.last.Load()
		now := max(time.Now().UnixNano(), last+1)
		if r.last.CompareAndSwap(last, now) {
			return pcommon.Timestamp(now)
		}
	}
}

// push stores a batch and returns after its commit.
func (e *logs) push(ctx context.Context, batch plog.Logs) error {
	request, err := (&plog.ProtoMarshaler{}).MarshalLogs(batch)
	if err != nil {
		return consumererror.NewPermanent(err)
	}
	key := sha256.Sum256(request)
	result, err := e.store.WriteOTLP(ctx, request,
		seerflow.Durable(), seerflow.BatchKey(string(key[:])), seerflow.SourceType(e.config.SourceType))
	if err != nil {
		return classify(err)
	}
	e.stored.Add(ctx, int64(result.Accepted-result.Duplicates), e.itself)
	e.duplicates.Add(ctx, int64(result.Duplicates), e.itself)
	if len(result.Rejected) > 0 {
		e.rejected.Add(ctx, int64(len(result.Rejected)), e.itself)
		e.logger.Warn("log records are kept as dead letters",
			zap.Int("records", len(result.Rejected)), zap.String("first_reason", result.Rejected[0].Reason))
	}
	return nil
}

// classify marks as permanent only what is the batch's own fault: a full disk, a locked or damaged database can be mended
// while the queue keeps the batch.
func classify(err error) error {
	for _, kind := range []seerflow.Kind{seerflow.ErrInvalid, seerflow.ErrLimit, seerflow.ErrUnsupported} {
		if errors.Is(err, kind) {
			return consumererror.NewPermanent(err)
		}
	}
	return err
}

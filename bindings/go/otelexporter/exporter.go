package otelexporter

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// sink is the part of a store that the exporter uses.
type sink interface {
	Write(ctx context.Context, format seerflow.Format, data []byte, options ...seerflow.WriteOption) (seerflow.Result, error)
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
	// The attributes of the counters, which identify the exporter.
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
	e.duplicates, errs[1] = counter("duplicate_records", "Log records that an earlier attempt had already stored")
	e.rejected, errs[2] = counter("rejected_records", "Log records stored as dead letters")
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

// receiving prepares requests before they enter the queue.
type receiving struct{ exporter.Logs }

const (
	// The resource attribute that holds the name of a request while it is in the queue. It is not stored.
	requestKey = "seerflow.request"
	// A record key is also stored as an attribute. A longer one, such as a whole line with its position, is replaced by its hash.
	uidKey     = "log.record.uid"
	longestUID = 64
)

// ConsumeLogs names the request. A retry of it, or a copy of it in a persistent queue, then has the same name, and another request with the
// same content has another name. ConsumeLogs also sets the observed time of records that have no time.
func (r *receiving) ConsumeLogs(ctx context.Context, batch plog.Logs) error {
	nameOf(batch)
	now := pcommon.NewTimestampFromTime(time.Now())
	for _, resource := range batch.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				if uid, ok := record.Attributes().Get(uidKey); ok && len(uid.Str()) > longestUID {
					uid.SetStr(fmt.Sprintf("%x", sha256.Sum256([]byte(uid.Str()))))
				}
				if record.Timestamp() == 0 && record.ObservedTimestamp() == 0 {
					record.SetObservedTimestamp(now)
				}
			}
		}
	}
	return r.Logs.ConsumeLogs(ctx, batch)
}

// nameOf returns the name of a request. If the request has none, it gets one.
func nameOf(batch plog.Logs) string {
	if batch.ResourceLogs().Len() == 0 {
		return ""
	}
	attributes := batch.ResourceLogs().At(0).Resource().Attributes()
	name, ok := attributes.Get(requestKey)
	if !ok {
		name = attributes.PutEmpty(requestKey)
		name.SetStr(rand.Text())
	}
	return name.Str()
}

// push stores a batch, and returns after the commit.
func (e *logs) push(ctx context.Context, batch plog.Logs) error {
	key := nameOf(batch)
	request, err := marshal(batch, key)
	if err != nil {
		return consumererror.NewPermanent(err)
	}
	result, err := e.store.Write(ctx, seerflow.OTLP, request,
		seerflow.Durable(), seerflow.Withdraw(), seerflow.BatchKey(key), seerflow.SourceType(e.config.SourceType))
	if err != nil {
		return classify(err)
	}
	e.stored.Add(ctx, int64(result.Committed), e.itself)
	e.duplicates.Add(ctx, int64(result.Duplicates), e.itself)
	if len(result.Rejected) > 0 {
		e.rejected.Add(ctx, int64(len(result.Rejected)), e.itself)
		e.logger.Warn("log records were rejected and stored as dead letters",
			zap.Int("records", len(result.Rejected)), zap.String("first_reason", result.Rejected[0].Reason))
	}
	return nil
}

// marshal encodes a batch without its name. The batch itself keeps the name, because a retry needs it.
func marshal(batch plog.Logs, name string) ([]byte, error) {
	if batch.ResourceLogs().Len() > 0 {
		attributes := batch.ResourceLogs().At(0).Resource().Attributes()
		attributes.Remove(requestKey)
		defer attributes.PutStr(requestKey, name)
	}
	return (&plog.ProtoMarshaler{}).MarshalLogs(batch)
}

// classify marks an error as permanent only if the batch itself is invalid. Other causes, such as a full disk or a locked or damaged
// database, can be repaired while the queue keeps the batch.
func classify(err error) error {
	for _, kind := range []seerflow.Kind{seerflow.ErrInvalid, seerflow.ErrLimit, seerflow.ErrUnsupported} {
		if errors.Is(err, kind) {
			return consumererror.NewPermanent(err)
		}
	}
	return err
}

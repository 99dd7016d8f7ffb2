package otelexporter

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/libseerflow/libseerflow/bindings/go/otelexporter/internal/metadata"
	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

const (
	// The longest time that the start waits for the database. The exporter opens the database later if it does not answer.
	startTimeout = 5 * time.Second
	// The longest time of a shutdown. It leaves some of the 30 seconds that Kubernetes allows to other components.
	shutdownTimeout = 10 * time.Second
)

// sink is the part of a store that the exporter uses.
type sink interface {
	Open(ctx context.Context) error
	Write(ctx context.Context, format seerflow.Format, data []byte, options ...seerflow.WriteOption) (seerflow.Result, error)
	Flush(ctx context.Context) error
	Stats() (seerflow.Stats, error)
	Shutdown(ctx context.Context) error
}

// opener makes the store of a configuration. It opens nothing.
type opener func(config *Config) (sink, error)

func makeStore(config *Config) (sink, error) { return config.store() }

type logs struct {
	config *Config
	logger *zap.Logger
	open   opener
	store  sink
	host   component.Host
	// Whether the status of the component is an error.
	degraded atomic.Bool

	// The names of requests consist of this text and a number.
	run      string
	requests atomic.Uint64
	// The number of records that were received into the queue since the start and are not stored.
	waiting atomic.Int64

	// Ended by end: at shutdown, writes may not wait any longer.
	ending   context.Context
	end      context.CancelFunc
	stopping atomic.Bool
	opening  sync.WaitGroup

	telemetry *metadata.TelemetryBuilder
	// The attributes of the counters, which identify the exporter.
	itself metric.MeasurementOption
	// The counters of a closed store.
	last atomic.Pointer[seerflow.Stats]
}

func newLogs(config *Config, set exporter.Settings, open opener) (*logs, error) {
	e := &logs{config: config, logger: set.Logger, open: open, run: rand.Text()}
	e.ending, e.end = context.WithCancel(context.Background())
	e.itself = metric.WithAttributeSet(attribute.NewSet(attribute.String("exporter", set.ID.String())))
	var err error
	e.telemetry, err = metadata.NewTelemetryBuilder(set.TelemetrySettings)
	return e, err
}

func (e *logs) start(ctx context.Context, host component.Host) error {
	store, err := e.open(e.config)
	if err != nil {
		return err
	}
	e.store, e.host = store, host
	if err := e.observe(); err != nil {
		return err
	}
	if !e.config.RetryConfig.Enabled {
		e.logger.Warn("retry_on_failure is off: a request is dropped if the database does not take it at once")
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = store.Open(ctx)
	if err != nil && !mayPass(err) {
		return err
	}
	e.report(err)
	if err != nil {
		e.logger.Warn("the database cannot be opened yet; requests wait in the queue", zap.Error(err))
		e.opening.Go(e.openLater)
	}
	return nil
}

// mayPass returns whether a failure to open the database may pass without a change of the configuration.
func mayPass(err error) bool {
	return seerflow.Retriable(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// openLater tries to open the database until it succeeds or is refused, so that the status is right even if no request arrives.
func (e *logs) openLater() {
	for {
		select {
		case <-e.ending.Done():
			return
		case <-time.After(time.Second):
		}
		ctx, cancel := context.WithTimeout(e.ending, startTimeout)
		err := e.store.Open(ctx)
		cancel()
		switch {
		case err == nil:
			e.report(nil)
			return
		case !mayPass(err):
			e.logger.Error("the database refuses to be opened", zap.Error(err))
			componentstatus.ReportStatus(e.host, componentstatus.NewPermanentErrorEvent(err))
			return
		}
	}
}

// report reports whether the database takes records, as the status of the component.
func (e *logs) report(err error) {
	if e.stopping.Load() || e.degraded.Swap(err != nil) == (err != nil) {
		return
	}
	event := componentstatus.NewEvent(componentstatus.StatusOK)
	if err != nil {
		event = componentstatus.NewRecoverableErrorEvent(err)
	}
	componentstatus.ReportStatus(e.host, event)
}

// observe registers the counters that the store keeps. They also count records that are committed after their attempt timed out.
func (e *logs) observe() error {
	stats := func(value func(seerflow.Stats) uint64) metric.Int64Callback {
		return func(_ context.Context, observer metric.Int64Observer) error {
			now, err := e.store.Stats()
			if last := e.last.Load(); err != nil && last != nil {
				now, err = *last, nil
			}
			if err == nil {
				observer.Observe(int64(value(now)), e.itself)
			}
			return nil
		}
	}
	return errors.Join(
		e.telemetry.RegisterExporterSeerflowStoredRecordsCallback(stats(func(s seerflow.Stats) uint64 { return s.Committed })),
		e.telemetry.RegisterExporterSeerflowRejectedRecordsCallback(stats(func(s seerflow.Stats) uint64 { return s.Rejected })))
}

// shutdown closes the store. Records that are not committed are not lost: their requests failed, so they are still in a persistent queue or
// with their sender.
func (e *logs) shutdown(ctx context.Context) error {
	e.end()
	e.opening.Wait()
	if e.store == nil {
		return nil
	}
	_ = e.store.Flush(ctx)
	if stats, err := e.store.Stats(); err == nil {
		e.last.Store(&stats)
	}
	err := e.store.Shutdown(ctx)
	if errors.Is(err, seerflow.ErrLost) {
		err = nil
	}
	if waiting := e.waiting.Load(); waiting > 0 {
		records := zap.Int64("records", waiting)
		if queue := e.config.QueueConfig.Get(); queue.StorageID != nil {
			e.logger.Info("the persistent queue still holds records that were received since the start", records)
		} else {
			e.logger.Error("records that were received since the start are lost: the database did not take them, and sending_queue::storage is not set", records)
		}
	}
	return err
}

// push stores a batch, and returns after the commit.
func (e *logs) push(ctx context.Context, batch plog.Logs) error {
	if e.stopping.Load() && e.degraded.Load() {
		return errors.New("the collector stops, and the database does not take records")
	}
	request := e.requestOf(batch)
	data, err := request.marshal()
	if err != nil {
		return consumererror.NewPermanent(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.ending, cancel)()
	result, err := e.store.Write(ctx, seerflow.OTLP, data,
		seerflow.Durable(), seerflow.Withdraw(), seerflow.BatchKey(request.name), seerflow.SourceType(e.config.SourceType))
	if err != nil {
		return e.failed(&request, result, err)
	}
	e.report(nil)
	e.done(&request)
	// Duplicates of records that an earlier attempt of this process stored are not duplicates for the sender.
	if duplicates := int64(result.Duplicates) - request.attempted; duplicates > 0 {
		e.telemetry.ExporterSeerflowDuplicateRecords.Add(ctx, duplicates, e.itself)
	}
	if len(result.Rejected) > 0 {
		e.logger.Warn("log records were rejected and stored as dead letters",
			zap.Int("records", len(result.Rejected)), zap.String("first_reason", result.Rejected[0].Reason))
	}
	return nil
}

// failed returns the error of a batch that was not stored.
func (e *logs) failed(request *request, result seerflow.Result, err error) error {
	request.attempted += int64(result.Committed + result.Queued)
	if request.name != "" {
		request.keep()
	}
	err = classify(err)
	isPermanent := consumererror.IsPermanent(err)
	if isPermanent || !e.config.RetryConfig.Enabled {
		e.done(request)
	}
	if isPermanent {
		return err
	}
	e.report(err)
	if e.stopping.Load() {
		// The requests that follow need not wait for the database.
		e.degraded.Store(true)
	}
	return err
}

// done stops counting the records of a request as waiting.
func (e *logs) done(request *request) {
	if request.isWaiting {
		e.waiting.Add(-int64(request.batch.LogRecordCount()))
	}
}

// classify marks an error as permanent only if the batch itself is invalid. Other causes, such as a full disk or a locked, damaged or
// unsuitable database, can be repaired while the queue keeps the batch.
func classify(err error) error {
	if errors.Is(err, seerflow.ErrInvalid) || errors.Is(err, seerflow.ErrLimit) {
		return consumererror.NewPermanent(err)
	}
	return err
}

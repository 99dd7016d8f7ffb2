package otelexporter

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"
	"go.uber.org/goleak"

	"github.com/libseerflow/libseerflow/bindings/go"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func config(path string) *Config {
	c := defaultConfig().(*Config)
	c.Storage = map[string]string{"sqlite_path": path}
	return c
}

func batch(count int, body string) plog.Logs {
	logs := plog.NewLogs()
	resource := logs.ResourceLogs().AppendEmpty()
	resource.Resource().Attributes().PutStr("host.name", "web-1")
	records := resource.ScopeLogs().AppendEmpty().LogRecords()
	for i := range count {
		records.AppendEmpty().Body().SetStr(fmt.Sprintf("%s %d", body, i))
	}
	return logs
}

func count(t *testing.T, path, text string) int {
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	events, err := store.Search(t.Context(), text, 10_000)
	require.NoError(t, err)
	return len(events)
}

func TestABatchIsStoredOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	exporter, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(NewFactory().Type()), config(path))
	require.NoError(t, err)
	require.NoError(t, exporter.Start(t.Context(), componenttest.NewNopHost()))
	// Records without a time: what they are called must not depend on the clock.
	for range 3 {
		require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(100, "repeated")))
		time.Sleep(5 * time.Millisecond)
	}
	require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(100, "other")))
	require.NoError(t, exporter.Shutdown(context.Background()))
	require.Equal(t, 100, count(t, path, "repeated"))
	require.Equal(t, 100, count(t, path, "other"))
}

func TestAStoreThatCannotBeOpenedFailsTheStart(t *testing.T) {
	exporter, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(NewFactory().Type()), config("/dev/null/x.db"))
	require.NoError(t, err)
	require.Error(t, exporter.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, exporter.Shutdown(context.Background()))
}

func TestOnlyTheBatchsOwnFaultsArePermanent(t *testing.T) {
	for kind, permanent := range map[seerflow.Kind]bool{
		seerflow.ErrInvalid: true, seerflow.ErrLimit: true, seerflow.ErrAgain: false, seerflow.ErrFull: false,
		seerflow.ErrTimeout: false, seerflow.ErrCorrupt: false, seerflow.ErrClosed: false, seerflow.ErrInterrupted: false,
	} {
		require.Equal(t, permanent, consumererror.IsPermanent(classify(&seerflow.Error{Kind: kind})), kind)
	}
}

func TestBatchingInTheQueueIsRefused(t *testing.T) {
	c := config("x")
	require.NoError(t, c.Validate())
	c.QueueConfig.Get().Batch = configoptional.Some(exporterhelper.NewDefaultBatchConfig())
	require.ErrorContains(t, c.Validate(), "store them twice")
}

// gate stands in front of a real store and fails as the contract test decides.
type gate struct {
	sink
	consumer *atomic.Pointer[consumer.Logs]
}

func (g gate) WriteOTLP(ctx context.Context, request []byte, options ...seerflow.WriteOption) (seerflow.Result, error) {
	logs, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(request)
	if err != nil {
		return seerflow.Result{}, err
	}
	if err := (*g.consumer.Load()).ConsumeLogs(ctx, logs); err != nil {
		kind := seerflow.ErrBusy
		if consumererror.IsPermanent(err) {
			kind = seerflow.ErrInvalid
		}
		return seerflow.Result{}, &seerflow.Error{Kind: kind, Message: err.Error()}
	}
	return g.sink.WriteOTLP(ctx, request, options...)
}

type idle struct{}

func (idle) Start(context.Context, component.Host) error { return nil }
func (idle) Shutdown(context.Context) error              { return nil }

func TestTheContractOfExporters(t *testing.T) {
	var next atomic.Pointer[consumer.Logs]
	gated := func(ctx context.Context, c *Config) (sink, error) {
		store, err := open(ctx, c)
		return gate{store, &next}, err
	}
	receivers := receiver.NewFactory(component.MustNewType("gate"), func() component.Config { return &struct{}{} },
		receiver.WithLogs(func(_ context.Context, _ receiver.Settings, _ component.Config, to consumer.Logs) (receiver.Logs, error) {
			next.Store(&to)
			return idle{}, nil
		}, component.StabilityLevelStable))
	c := config(filepath.Join(t.TempDir(), "seerflow.db"))
	c.RetryConfig.InitialInterval = time.Millisecond
	c.RetryConfig.MaxInterval = 10 * time.Millisecond
	// The test counts as soon as all is handed over.
	c.QueueConfig = configoptional.None[exporterhelper.QueueBatchConfig]()
	exportertest.CheckConsumeContract(exportertest.CheckConsumeContractParams{
		T:                    t,
		NumberOfTestElements: 1000,
		Signal:               pipeline.SignalLogs,
		ExporterFactory:      newFactory(gated),
		ExporterConfig:       c,
		ReceiverFactory:      receivers,
		ReceiverConfig:       &struct{}{},
	})
}

func TestACancelledPushIsNotPermanent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	store, err := open(t.Context(), config(path))
	require.NoError(t, err)
	e, err := newLogs(config(path), componenttest.NewNopTelemetrySettings(), nil)
	require.NoError(t, err)
	e.store = store
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = e.push(ctx, batch(1, "late"))
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	require.False(t, consumererror.IsPermanent(err))
	require.NoError(t, e.shutdown(context.Background()))
	require.ErrorIs(t, e.push(t.Context(), batch(1, "late")), seerflow.ErrClosed)
}

package otelexporter

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/libseerflow/libseerflow/bindings/go/internal/faults"
	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// watcher is a host that records the statuses of a component.
type watcher struct {
	component.Host
	mu       sync.Mutex
	statuses []componentstatus.Status
	last     error
}

func (w *watcher) Report(event *componentstatus.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statuses, w.last = append(w.statuses, event.Status()), event.Err()
}

func (w *watcher) seen() []componentstatus.Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]componentstatus.Status(nil), w.statuses...)
}

// observed creates and starts an exporter. It returns the exporter and its log.
func observed(t *testing.T, factory exporter.Factory, config *Config, host component.Host, telemetry component.TelemetrySettings) (exporter.Logs, *observer.ObservedLogs) {
	require.NoError(t, config.Validate())
	set := exportertest.NewNopSettings(factory.Type())
	set.TelemetrySettings = telemetry
	core, said := observer.New(zapcore.InfoLevel)
	set.Logger = zap.New(core)
	made, err := factory.CreateLogs(t.Context(), set, config)
	require.NoError(t, err)
	require.NoError(t, made.Start(t.Context(), host))
	return made, said
}

func TestTheExporterStartsWhileTheServerIsDown(t *testing.T) {
	server := faults.NewServer(t)
	c := defaultConfig().(*Config)
	c.Storage = Options{"postgresql_url": configopaque.String(server.URL())}
	c.RetryConfig.InitialInterval = 100 * time.Millisecond
	host := &watcher{Host: componenttest.NewNopHost()}
	began := time.Now()
	exporter, said := observed(t, NewFactory(), c, host, componenttest.NewNopTelemetrySettings())
	require.Less(t, time.Since(began), 20*time.Second)
	require.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError}, host.seen())
	require.ErrorContains(t, host.last, server.Port)
	require.Equal(t, 1, said.FilterMessageSnippet("cannot be opened yet").Len())
	require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(10, "early")))
	server.Start()
	require.Eventually(t, func() bool {
		return len(host.seen()) == 2 && host.seen()[1] == componentstatus.StatusOK
	}, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, exporter.Shutdown(context.Background()))
	store, err := c.store()
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	summary, err := store.Summary(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, summary.Events, uint64(10))
}

// refusing is a store whose server is first away, and then refuses the password.
type refusing struct {
	sink
	attempts int
}

func (r *refusing) Open(context.Context) error {
	r.attempts++
	if r.attempts == 1 {
		return &seerflow.Error{Kind: seerflow.ErrIO, Retriable: true}
	}
	return &seerflow.Error{Kind: seerflow.ErrPermission}
}

func TestADatabaseThatRefusesIsAPermanentError(t *testing.T) {
	factory := newFactory(func(c *Config) (sink, error) {
		store, err := makeStore(c)
		return &refusing{sink: store}, err
	})
	host := &watcher{Host: componenttest.NewNopHost()}
	exporter, _ := observed(t, factory, config(filepath.Join(t.TempDir(), "seerflow.db")), host, componenttest.NewNopTelemetrySettings())
	require.Eventually(t, func() bool { return len(host.seen()) == 2 }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusPermanentError}, host.seen())
	require.NoError(t, exporter.Shutdown(context.Background()))
}

func TestAShutdownWhileTheDatabaseIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	c := config(path)
	c.TimeoutConfig.Timeout = time.Second
	exporter, said := observed(t, NewFactory(), c, componenttest.NewNopHost(), componenttest.NewNopTelemetrySettings())
	defer faults.Lock(t, path)()
	for range 100 {
		require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(10, "waiting")))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	began := time.Now()
	require.NoError(t, exporter.Shutdown(ctx))
	t.Logf("the shutdown took %v", time.Since(began))
	require.Less(t, time.Since(began), 20*time.Second)
	entries := said.FilterMessageSnippet("are lost").All()
	require.Len(t, entries, 1)
	require.EqualValues(t, 1000, entries[0].ContextMap()["records"])
}

// A request that waits for its retry when the collector stops is lost without a persistent queue.
func TestAShutdownStoresTheQueueAndCountsTheRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	c := config(path)
	c.TimeoutConfig.Timeout = 200 * time.Millisecond
	c.RetryConfig.InitialInterval = 200 * time.Millisecond
	host := &watcher{Host: componenttest.NewNopHost()}
	exporter, said := observed(t, NewFactory(), c, host, componenttest.NewNopTelemetrySettings())
	unlock := faults.Lock(t, path)
	for range 100 {
		require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(10, "waiting")))
	}
	require.Eventually(t, func() bool { return len(host.seen()) == 1 }, 10*time.Second, time.Millisecond)
	unlock()
	require.Eventually(t, func() bool { return len(host.seen()) == 2 }, 10*time.Second, time.Millisecond)
	require.NoError(t, exporter.Shutdown(context.Background()))
	lost := 0
	for _, entry := range said.FilterMessageSnippet("are lost").All() {
		lost = int(entry.ContextMap()["records"].(int64))
	}
	t.Logf("%d lost", lost)
	require.Less(t, lost, 1000)
	require.Equal(t, 1000, count(t, path, "waiting")+lost)
}

// value returns the value of a counter.
func value(t *testing.T, telemetry *componenttest.Telemetry, name string) int64 {
	found, err := telemetry.GetMetric("otelcol_exporter_seerflow_" + name)
	if err != nil {
		return 0
	}
	points := found.Data.(metricdata.Sum[int64]).DataPoints
	require.Len(t, points, 1)
	return points[0].Value
}

func TestCountersAreRightAfterTimeouts(t *testing.T) {
	telemetry := componenttest.NewTelemetry()
	defer func() { require.NoError(t, telemetry.Shutdown(context.Background())) }()
	path := filepath.Join(t.TempDir(), "seerflow.db")
	c := config(path)
	c.Storage["commit_events"] = "1000"
	c.TimeoutConfig.Timeout = 20 * time.Millisecond
	c.RetryConfig.InitialInterval = time.Millisecond
	c.RetryConfig.MaxInterval = 50 * time.Millisecond
	c.RetryConfig.MaxElapsedTime = 0
	set := telemetry.NewTelemetrySettings()
	exporter, said := observed(t, NewFactory(), c, componenttest.NewNopHost(), set)
	const records = 21_000
	for sent := range records / 7000 {
		require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(7000, fmt.Sprint("batch ", sent))))
	}
	require.Eventually(t, func() bool { return value(t, telemetry, "stored_records") == records }, time.Minute, 10*time.Millisecond)
	require.NoError(t, exporter.Shutdown(context.Background()))
	t.Logf("%d retries", said.FilterMessageSnippet("Will retry").Len())
	require.EqualValues(t, records, value(t, telemetry, "stored_records"))
	require.Zero(t, value(t, telemetry, "duplicate_records"))
}

// partial commits a part of a batch later than the attempt, and the rest in the next attempt.
type partial struct {
	sink
	attempts int
}

func (p *partial) Write(context.Context, seerflow.Format, []byte, ...seerflow.WriteOption) (seerflow.Result, error) {
	p.attempts++
	if p.attempts == 1 {
		return seerflow.Result{Accepted: 7, Committed: 2, Queued: 5, Withdrawn: 14}, &seerflow.Error{Kind: seerflow.ErrTimeout, Retriable: true}
	}
	return seerflow.Result{Accepted: 21, Committed: 14, Duplicates: 7}, nil
}

func TestRecordsOfAFailedAttemptAreNoDuplicates(t *testing.T) {
	telemetry := componenttest.NewTelemetry()
	defer func() { require.NoError(t, telemetry.Shutdown(context.Background())) }()
	c := config(filepath.Join(t.TempDir(), "seerflow.db"))
	c.RetryConfig.InitialInterval = time.Millisecond
	waiting := exporterhelper.NewDefaultQueueConfig()
	waiting.WaitForResult = true
	c.QueueConfig = configoptional.Some(waiting)
	factory := newFactory(func(c *Config) (sink, error) {
		store, err := makeStore(c)
		return &partial{sink: store}, err
	})
	exporter, _ := observed(t, factory, c, componenttest.NewNopHost(), telemetry.NewTelemetrySettings())
	require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(21, "m")))
	require.Zero(t, value(t, telemetry, "duplicate_records"))
	require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(21, "m")))
	require.EqualValues(t, 7, value(t, telemetry, "duplicate_records"))
	require.NoError(t, exporter.Shutdown(context.Background()))
}

func TestAWarningSaysThatRetriesAreOff(t *testing.T) {
	for _, enabled := range []bool{true, false} {
		c := config(filepath.Join(t.TempDir(), "seerflow.db"))
		c.RetryConfig.Enabled = enabled
		exporter, said := observed(t, NewFactory(), c, componenttest.NewNopHost(), componenttest.NewNopTelemetrySettings())
		require.NoError(t, exporter.Shutdown(context.Background()))
		require.Equal(t, !enabled, said.FilterMessageSnippet("retry_on_failure is off").Len() == 1)
	}
}

func TestRecordsAtTheLimits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	exporter := start(t, NewFactory(), config(path))
	given := batch(5, "limit")
	records := given.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	long := strings.Repeat("word ", 1<<20/5)
	records.At(0).Body().SetStr("limit " + long[6:])
	records.At(1).Body().SetEmptyMap().PutStr("limit", long[:1_000_000])
	records.At(2).SetSeverityNumber(99)
	records.At(3).SetSeverityNumber(-7)
	records.At(4).SetTimestamp(1<<64 - 1)
	require.NoError(t, exporter.ConsumeLogs(t.Context(), given))
	require.NoError(t, exporter.Shutdown(context.Background()))
	require.Equal(t, 5, count(t, path, "limit"))
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	page, err := store.QueryEvents(t.Context(), seerflow.Query{Order: seerflow.Arrival})
	require.NoError(t, err)
	require.Equal(t, seerflow.SeverityFatal, page.Items[2].Severity)
	require.Equal(t, seerflow.SeverityTrace, page.Items[3].Severity)
	require.Equal(t, 2262, page.Items[4].Time.Year())
}

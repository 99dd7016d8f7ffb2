package otelexporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

func config(path string) *Config {
	c := defaultConfig().(*Config)
	c.Storage = Options{"sqlite_path": configopaque.String(path)}
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
	page, err := store.QueryEvents(t.Context(), seerflow.Query{Text: text, Limit: 10_000})
	require.NoError(t, err)
	return len(page.Items)
}

func start(t *testing.T, factory exporter.Factory, config *Config) exporter.Logs {
	require.NoError(t, config.Validate())
	made, err := factory.CreateLogs(t.Context(), exportertest.NewNopSettings(factory.Type()), config)
	require.NoError(t, err)
	require.NoError(t, made.Start(t.Context(), componenttest.NewNopHost()))
	return made
}

// Requests with the same content are different requests, with a time or without one: three heartbeats are three events.
func TestEqualRequestsAreStoredSeparately(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	exporter := start(t, NewFactory(), config(path))
	require.True(t, exporter.Capabilities().MutatesData)
	for range 3 {
		require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(100, "repeated")))
		timed := batch(1, "repeated")
		timed.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0).SetTimestamp(1)
		require.NoError(t, exporter.ConsumeLogs(t.Context(), timed))
	}
	require.NoError(t, exporter.Shutdown(context.Background()))
	require.Equal(t, 303, count(t, path, "repeated"))
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	for event, err := range store.Events(t.Context(), seerflow.Query{}) {
		require.NoError(t, err)
		require.NotContains(t, event.Resource, nameKey)
		require.NotContains(t, event.Resource, attemptedKey)
	}
}

// Records with the same uid are stored once, although their batches and times differ. A uid that differs at its end is another one.
func TestARecordWithAUIDIsStoredOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	exporter := start(t, NewFactory(), config(path))
	long := strings.Repeat("a long line ", 20)
	for _, uids := range [][]string{{"short", long + "1"}, {long + "1", long + "2", "short"}} {
		given := batch(len(uids), "named")
		for i, record := range given.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
			record.Attributes().PutStr("log.record.uid", uids[i])
		}
		require.NoError(t, exporter.ConsumeLogs(t.Context(), given))
	}
	require.NoError(t, exporter.Shutdown(context.Background()))
	require.Equal(t, 3, count(t, path, "named"))
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	for event, err := range store.Events(t.Context(), seerflow.Query{}) {
		require.NoError(t, err)
		require.LessOrEqual(t, len(event.Attributes["log.record.uid"].(string)), 64)
	}
}

func TestOnlyRecordsWithoutATimeAreStamped(t *testing.T) {
	var seen plog.Logs
	sink, err := consumer.NewLogs(func(_ context.Context, batch plog.Logs) error { seen = batch; return nil })
	require.NoError(t, err)
	given := batch(3, "x")
	records := given.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	records.At(0).SetTimestamp(7)
	records.At(1).SetObservedTimestamp(8)
	before := time.Now()
	e, err := newLogs(config("x"), exportertest.NewNopSettings(NewFactory().Type()), nil)
	require.NoError(t, err)
	r := &receiving{to: e, Logs: struct {
		component.Component
		consumer.Logs
	}{idle{}, sink}}
	require.NoError(t, r.ConsumeLogs(t.Context(), given))
	records = seen.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	require.EqualValues(t, 0, records.At(0).ObservedTimestamp())
	require.EqualValues(t, 8, records.At(1).ObservedTimestamp())
	require.WithinRange(t, records.At(2).ObservedTimestamp().AsTime(), before, time.Now())
}

// forgetful stores a batch, and then reports a failure.
type forgetful struct {
	sink
	attempts *atomic.Int32
}

func (f forgetful) Write(ctx context.Context, format seerflow.Format, request []byte, options ...seerflow.WriteOption) (seerflow.Result, error) {
	result, err := f.sink.Write(ctx, format, request, options...)
	if err == nil && f.attempts.Add(1) <= 3 {
		err = &seerflow.Error{Kind: seerflow.ErrTimeout, Retriable: true, Message: "the answer got lost"}
	}
	return result, err
}

func TestARetriedBatchIsStoredOnce(t *testing.T) {
	var attempts atomic.Int32
	path := filepath.Join(t.TempDir(), "seerflow.db")
	c := config(path)
	c.RetryConfig.InitialInterval = time.Millisecond
	exporter := start(t, newFactory(func(c *Config) (sink, error) {
		store, err := makeStore(c)
		return forgetful{store, &attempts}, err
	}), c)
	require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(100, "repeated")))
	require.Eventually(t, func() bool { return attempts.Load() == 4 }, 10*time.Second, time.Millisecond)
	require.NoError(t, exporter.Shutdown(context.Background()))
	require.Equal(t, 100, count(t, path, "repeated"))
}

// A receiver repeats a request that failed with the same object. A name that a client invents has no effect.
func TestARepeatedRequestKeepsItsName(t *testing.T) {
	e, err := newLogs(config("x"), exportertest.NewNopSettings(NewFactory().Type()), nil)
	require.NoError(t, err)
	given := batch(1, "m")
	given.ResourceLogs().At(0).Resource().Attributes().PutStr(nameKey, "invented")
	e.name(given)
	first := e.requestOf(given).name
	require.NotEqual(t, "invented", first)
	e.name(given)
	require.Equal(t, first, e.requestOf(given).name)
	other := batch(1, "m")
	e.name(other)
	require.NotEqual(t, first, e.requestOf(other).name)
}

func TestAStoreThatCannotBeOpenedFailsTheStart(t *testing.T) {
	exporter, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(NewFactory().Type()), config("/proc/x.db"))
	require.NoError(t, err)
	require.Error(t, exporter.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, exporter.Shutdown(context.Background()))
}

func TestOnlyErrorsOfTheBatchArePermanent(t *testing.T) {
	for kind, permanent := range map[seerflow.Kind]bool{
		seerflow.ErrInvalid: true, seerflow.ErrLimit: true, seerflow.ErrUnsupported: false, seerflow.ErrAgain: false, seerflow.ErrFull: false,
		seerflow.ErrTimeout: false, seerflow.ErrCorrupt: false, seerflow.ErrClosed: false, seerflow.ErrInterrupted: false,
	} {
		require.Equal(t, permanent, consumererror.IsPermanent(classify(&seerflow.Error{Kind: kind})), kind)
	}
}

func TestInvalidConfigurationsAreRefused(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"": func(*Config) {},
		"would be stored twice": func(c *Config) {
			c.QueueConfig.Get().Batch = configoptional.Some(exporterhelper.NewDefaultBatchConfig())
		},
		"sqlite_pth":                  func(c *Config) { c.Storage["sqlite_pth"] = "x" },
		"durability":                  func(c *Config) { c.Storage["durability"] = "forever" },
		"queue_events":                func(c *Config) { c.Storage["queue_events"] = "many" },
		"no-such.yaml":                func(c *Config) { c.File = "no-such.yaml" },
		"both set the location":       func(c *Config) { c.PostgreSQL.Host = "db" },
		"sslmode":                     func(c *Config) { c.Storage, c.PostgreSQL = nil, PostgreSQL{Host: "db", SSLMode: "often"} },
		"storage::sqlite_path is emp": func(c *Config) { c.Storage["sqlite_path"] = "" },
		"must set the location":       func(c *Config) { c.Storage = nil },
	} {
		c := config("x")
		change(c)
		if err := c.Validate(); want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
	c := config("x")
	c.Storage, c.File = nil, filepath.Join(t.TempDir(), "seerflow.yaml")
	require.NoError(t, os.WriteFile(c.File, []byte("storage:\n  sqlite_path: x\n"), 0o600))
	require.NoError(t, c.Validate())
}

func TestAServerIsSetByItsParts(t *testing.T) {
	c := defaultConfig().(*Config)
	require.NoError(t, confmap.NewFromStringMap(map[string]any{"postgresql": map[string]any{
		"host": "db.example.org", "port": 6432, "database": "logs", "user": "it's", "password": `a\b c`, "schema": "s", "sslmode": "disable",
	}}).Unmarshal(c))
	require.NoError(t, c.Validate())
	require.Equal(t, `host='db.example.org' port='6432' dbname='logs' user='it\'s' password='a\\b c' sslmode='disable'`, c.PostgreSQL.conninfo())
	require.NotContains(t, fmt.Sprint(c), "b c")
	// A connection string alone also selects PostgreSQL.
	c = defaultConfig().(*Config)
	c.Storage = Options{"postgresql_url": "postgres://u@127.0.0.1:1/db"}
	store, err := c.store()
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.NotErrorIs(t, store.Open(t.Context()), nil)
}

func TestTheConfigurationIsReadAndPrintedWithoutSecrets(t *testing.T) {
	c := defaultConfig().(*Config)
	require.NoError(t, confmap.NewFromStringMap(map[string]any{
		"storage": map[string]any{"backend": "postgresql", "postgresql_url": "postgres://u:hidden@h/db", "queue_events": 7, "infer_edges": true},
	}).Unmarshal(c))
	require.NoError(t, c.Validate())
	require.Equal(t, "postgres://u:hidden@h/db", string(c.Storage["postgresql_url"]))
	require.Equal(t, "7", string(c.Storage["queue_events"]))
	require.Equal(t, "true", string(c.Storage["infer_edges"]))
	shown := confmap.New()
	require.NoError(t, shown.Marshal(c))
	require.NotContains(t, fmt.Sprint(shown.ToStringMap(), c, c.Storage), "hidden")
}

func TestCountersNameTheExporter(t *testing.T) {
	telemetry := componenttest.NewTelemetry()
	defer func() { require.NoError(t, telemetry.Shutdown(context.Background())) }()
	set := exportertest.NewNopSettings(NewFactory().Type())
	set.ID = component.MustNewIDWithName("seerflow", "audit")
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	exporter, err := NewFactory().CreateLogs(t.Context(), set, config(filepath.Join(t.TempDir(), "seerflow.db")))
	require.NoError(t, err)
	require.NoError(t, exporter.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, exporter.ConsumeLogs(t.Context(), batch(100, "counted")))
	require.NoError(t, exporter.Shutdown(context.Background()))
	metric, err := telemetry.GetMetric("otelcol_exporter_seerflow_stored_records")
	require.NoError(t, err)
	points := metric.Data.(metricdata.Sum[int64]).DataPoints
	require.Len(t, points, 1)
	require.EqualValues(t, 100, points[0].Value)
	named, ok := points[0].Attributes.Value("exporter")
	require.True(t, ok)
	require.Equal(t, "seerflow/audit", named.AsString())
}

// gate forwards to a real store, and fails when the contract test decides.
type gate struct {
	sink
	consumer *atomic.Pointer[consumer.Logs]
}

func (g gate) Write(ctx context.Context, format seerflow.Format, request []byte, options ...seerflow.WriteOption) (seerflow.Result, error) {
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
	return g.sink.Write(ctx, format, request, options...)
}

type idle struct{}

func (idle) Start(context.Context, component.Host) error { return nil }
func (idle) Shutdown(context.Context) error              { return nil }

func TestTheExporterContract(t *testing.T) {
	var next atomic.Pointer[consumer.Logs]
	gated := func(c *Config) (sink, error) {
		store, err := makeStore(c)
		return gate{store, &next}, err
	}
	receivers := receiver.NewFactory(component.MustNewType("gate"), func() component.Config { return &struct{}{} },
		receiver.WithLogs(func(_ context.Context, _ receiver.Settings, _ component.Config, to consumer.Logs) (receiver.Logs, error) {
			next.Store(&to)
			return idle{}, nil
		}, component.StabilityLevelStable))
	// The contract test counts when all requests are sent, so the sender must wait for the result although there is a queue.
	waiting := exporterhelper.NewDefaultQueueConfig()
	waiting.WaitForResult = true
	for name, queue := range map[string]configoptional.Optional[exporterhelper.QueueBatchConfig]{
		"without a queue": configoptional.None[exporterhelper.QueueBatchConfig](),
		"with a queue":    configoptional.Some(waiting),
	} {
		t.Run(name, func(t *testing.T) {
			c := config(filepath.Join(t.TempDir(), "seerflow.db"))
			c.RetryConfig.InitialInterval = time.Millisecond
			c.RetryConfig.MaxInterval = 10 * time.Millisecond
			c.QueueConfig = queue
			exportertest.CheckConsumeContract(exportertest.CheckConsumeContractParams{
				T:                    t,
				NumberOfTestElements: 1000,
				Signal:               pipeline.SignalLogs,
				ExporterFactory:      newFactory(gated),
				ExporterConfig:       c,
				ReceiverFactory:      receivers,
				ReceiverConfig:       &struct{}{},
			})
		})
	}
}

func TestACancelledPushIsNotPermanent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	e, err := newLogs(config(path), exportertest.NewNopSettings(NewFactory().Type()), makeStore)
	require.NoError(t, err)
	require.NoError(t, e.start(t.Context(), componenttest.NewNopHost()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = e.push(ctx, batch(1, "late"))
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	require.False(t, consumererror.IsPermanent(err))
	require.NoError(t, e.shutdown(context.Background()))
	require.ErrorIs(t, e.push(t.Context(), batch(1, "late")), seerflow.ErrClosed)
}

// The schema is generated from metadata.yaml, and the settings are read by hand-written code.
func TestTheSchemaHasTheSettings(t *testing.T) {
	text, err := os.ReadFile("config.schema.json")
	require.NoError(t, err)
	var schema struct {
		Properties map[string]struct{ Properties map[string]any }
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	settings := confmap.New()
	require.NoError(t, settings.Marshal(defaultConfig()))
	require.ElementsMatch(t, slices.Collect(maps.Keys(settings.ToStringMap())), slices.Collect(maps.Keys(schema.Properties)))
	server, err := settings.Sub("postgresql")
	require.NoError(t, err)
	require.ElementsMatch(t, slices.Collect(maps.Keys(server.ToStringMap())), slices.Collect(maps.Keys(schema.Properties["postgresql"].Properties)))
}

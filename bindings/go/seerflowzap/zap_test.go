package seerflowzap_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
	"github.com/libseerflow/libseerflow/bindings/go/seerflowzap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEntriesBecomeEvents(t *testing.T) {
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "zap.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	logger := zap.New(seerflowzap.NewCore(store, zapcore.InfoLevel, "shop"), zap.AddCaller()).Named("cart")
	child := logger.With(zap.String("user", "bob"), zap.Namespace("order"))
	child.Debug("not stored")
	child.Warn("payment refused", zap.Int("id", 7), zap.Strings("items", []string{"a", "b"}), zap.Any("sum", map[string]any{"cents": 5}))
	logger.Info("fine")
	if err := logger.Sync(); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{Order: seerflow.Arrival})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 2 {
		t.Fatalf("%d events", len(page.Items))
	}
	event := page.Items[0]
	if event.Message != "payment refused" || event.SourceType != "shop" || event.Severity != seerflow.SeverityWarning || event.OTelSeverity != 13 {
		t.Errorf("%+v", event)
	}
	for key, want := range map[string]any{"user": "bob", "order.id": int64(7), "order.items": `["a","b"]`, "order.sum.cents": int64(5), "logger": "cart"} {
		if event.Attributes[key] != want {
			t.Errorf("%s: %#v, not %#v", key, event.Attributes[key], want)
		}
	}
	if event.Attributes["code.line.number"] == nil || page.Items[1].Attributes["user"] != nil {
		t.Errorf("%+v", page.Items)
	}
}

type password string

func (password) MarshalText() ([]byte, error) { return []byte("***"), nil }

func TestValuesHideThemselves(t *testing.T) {
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "zap.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	logger := zap.New(seerflowzap.NewCore(store, zapcore.InfoLevel, ""))
	logger.Info("m", zap.Any("secret", password("hunter2")), zap.Any("list", []any{password("hunter2")}), zap.Any("map", map[string]any{"a": password("hunter2")}))
	if err := logger.Sync(); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v %v", page, err)
	}
	for key, want := range map[string]any{"secret": "***", "list": `["***"]`, "map.a": "***"} {
		if got := page.Items[0].Attributes[key]; got != want {
			t.Errorf("%s: %#v, not %#v", key, got, want)
		}
	}
}

func TestADroppedEntryIsCounted(t *testing.T) {
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "zap.db")})
	if err != nil {
		t.Fatal(err)
	}
	core := seerflowzap.NewCore(store, zapcore.InfoLevel, "")
	if core.Timeout != time.Second {
		t.Error(core.Timeout)
	}
	child := core.With([]zapcore.Field{zap.String("a", "b")})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Write(zapcore.Entry{Message: "m"}, nil); !errors.Is(err, seerflow.ErrClosed) {
		t.Error(err)
	}
	if core.Dropped() != 1 {
		t.Error(core.Dropped())
	}
}

func TestAnEntryIsDroppedAfterItsTimeout(t *testing.T) {
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "zap.db"), "storage.queue_events": "10", "storage.flush_interval_ms": "60000", "storage.flush_events": "100000"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	core := seerflowzap.NewCore(store, zapcore.InfoLevel, "")
	core.Timeout = time.Nanosecond
	logger := zap.New(core)
	began := time.Now()
	for range 1000 {
		logger.Info("m")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Error(took)
	}
	if core.Dropped() == 0 {
		t.Error("the queue has room for 10 entries but accepted 1,000")
	}
	if err := logger.Sync(); err != nil {
		t.Fatal(err)
	}
	stats, err := store.Stats()
	if err != nil || stats.Accepted+core.Dropped() != 1000 {
		t.Errorf("%d accepted, %d dropped, %v", stats.Accepted, core.Dropped(), err)
	}
}

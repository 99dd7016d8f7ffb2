package seerflowzap_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/libseerflow/libseerflow/bindings/go"
	seerflowzap "github.com/libseerflow/libseerflow/bindings/go/zap"
)

func TestEntriesBecomeEvents(t *testing.T) {
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "zap.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	logger := zap.New(seerflowzap.NewCore(store, zapcore.InfoLevel, "shop"), zap.AddCaller()).Named("cart")
	child := logger.With(zap.String("user", "bob"), zap.Namespace("order"))
	child.Debug("not stored")
	child.Warn("payment refused", zap.Int("id", 7), zap.Strings("items", []string{"a", "b"}), zap.Any("sum", map[string]any{"cents": 5}))
	logger.Info("fine")
	if err := logger.Sync(); err != nil {
		t.Fatal(err)
	}
	page, err := store.Query(t.Context(), seerflow.Query{Order: seerflow.Arrival})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Events) != 2 {
		t.Fatalf("%d events", len(page.Events))
	}
	event := page.Events[0]
	if event.Message != "payment refused" || event.SourceType != "shop" || event.Severity != seerflow.SeverityWarning || event.OTelSeverity != 13 {
		t.Errorf("%+v", event)
	}
	for key, want := range map[string]any{"user": "bob", "order.id": int64(7), "order.items": `["a","b"]`, "order.sum.cents": int64(5), "logger": "cart"} {
		if event.Attributes[key] != want {
			t.Errorf("%s: %#v, not %#v", key, event.Attributes[key], want)
		}
	}
	if event.Attributes["code.line.number"] == nil || page.Events[1].Attributes["user"] != nil {
		t.Errorf("%+v", page.Events)
	}
}

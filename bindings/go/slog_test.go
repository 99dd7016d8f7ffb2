package seerflow_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go"
)

func TestSlogRecordsBecomeEvents(t *testing.T) {
	store := open(t)
	handler := seerflow.NewHandler(store, &seerflow.HandlerOptions{AddSource: true, SourceType: "shop", SourceID: "web-1"})
	logger := slog.New(handler).With("user", "bob").WithGroup("order").With("id", 7)
	logger.Debug("not stored")
	logger.Warn("payment refused", "reason", errors.New("no money"), slog.Group("card", "type", "visa"), slog.Group("", "inline", true))
	logger.Log(context.Background(), slog.LevelError+1, "worse")
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{Order: seerflow.Arrival})
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%+v %v", page, err)
	}
	event := page.Items[0]
	if event.Message != "payment refused" || event.SourceType != "shop" || event.SourceID != "web-1" || event.Time.IsZero() ||
		event.Severity != seerflow.SeverityWarning || event.OTelSeverity != 13 {
		t.Errorf("%+v", event)
	}
	for key, want := range map[string]any{
		"user": "bob", "order.id": int64(7), "order.reason": "no money", "order.card.type": "visa", "order.inline": true,
	} {
		if event.Attributes[key] != want {
			t.Errorf("%s is %#v, not %#v", key, event.Attributes[key], want)
		}
	}
	if event.Attributes["code.line.number"] == nil {
		t.Error("the source is not there")
	}
	if page.Items[1].OTelSeverity != 18 || page.Items[1].Severity != seerflow.SeverityCritical {
		t.Errorf("%+v", page.Items[1])
	}
}

func TestSlogDropsARecordAfterItsTimeout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	store := openAt(t, path, "storage.queue_events", "10")
	defer store.Close()
	unlock := locked(t, path)
	handler := seerflow.NewHandler(store, &seerflow.HandlerOptions{Timeout: 50 * time.Millisecond})
	logger := slog.New(handler).With("a", 1)
	began := time.Now()
	for range 12 {
		logger.Info("m")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	dropped := handler.Dropped()
	if dropped == 0 || dropped > 3 {
		t.Errorf("%d dropped", dropped)
	}
	// An earlier deadline of the context applies. A cancelled context does not prevent the attempt.
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	patient := slog.New(seerflow.NewHandler(store, nil))
	began = time.Now()
	patient.InfoContext(ctx, "m")
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("a deadline of a millisecond took %v", took)
	}
	unlock()
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	patient.InfoContext(cancelled, "m")
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	if stored := count(t, store, seerflow.Query{SourceType: "slog"}); stored != 12-dropped+1 {
		t.Errorf("%d stored, %d dropped", stored, dropped)
	}
}

func TestSlogAcceptsANilError(t *testing.T) {
	store := open(t)
	handler := seerflow.NewHandler(store, nil)
	slog.New(handler).Error("failed", "err", (*broken)(nil))
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{})
	if err != nil || len(page.Items) != 1 || page.Items[0].Attributes["err"] != "<nil>" {
		t.Errorf("%+v %v", page, err)
	}
}

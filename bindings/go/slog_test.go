package seerflow_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

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
	page, err := store.Query(t.Context(), seerflow.Query{Order: seerflow.Arrival})
	if err != nil || len(page.Events) != 2 {
		t.Fatalf("%+v %v", page, err)
	}
	event := page.Events[0]
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
	if page.Events[1].OTelSeverity != 18 || page.Events[1].Severity != seerflow.SeverityCritical {
		t.Errorf("%+v", page.Events[1])
	}
}

package seerflow_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/internal/faults"
	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// lines collects the output of a logger.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(data)
}

// await waits until the output contains a text.
func (l *lines) await(t *testing.T, text string) {
	t.Helper()
	for range 2000 {
		l.mu.Lock()
		found := strings.Contains(l.text.String(), text)
		l.mu.Unlock()
		if found {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q was not logged:\n%s", text, l.text.String())
}

func TestTheLoggerGetsRecordsOfTheLibrary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	var said lines
	logger := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path}, seerflow.Logger(logger))
	if err != nil {
		t.Fatal(err)
	}
	unlock := faults.Lock(t, path)
	if _, err := store.WriteEvents(t.Context(), []seerflow.Event{{Message: "waits"}}); err != nil {
		t.Fatal(err)
	}
	said.await(t, "level=WARN")
	said.await(t, "locked")
	unlock()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(said.text.String(), "level=INFO") {
		t.Error("the logger got a record of a level that it does not enable")
	}
}

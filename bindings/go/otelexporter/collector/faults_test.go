package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/internal/faults"
	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// scale returns the number of records of a test and the seconds of an outage: more with SEERFLOW_TORTURE=long.
func scale() (count int, outage time.Duration) {
	if os.Getenv("SEERFLOW_TORTURE") == "long" {
		return records, 8 * time.Second
	}
	return 20_000, 2 * time.Second
}

func openStore(t *testing.T, config seerflow.Config) *seerflow.Store {
	store, err := seerflow.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// checkAll fails if a record is missing or stored twice.
func checkAll(t *testing.T, store *seerflow.Store, count int) {
	t.Helper()
	if events, messages := all(t, store, seerflow.Query{}); events != count || messages != count {
		t.Errorf("%d events with %d messages, not %d", events, messages, count)
	}
}

func TestALockedDatabaseLosesNothing(t *testing.T) {
	t.Parallel()
	count, outage := scale()
	folder := t.TempDir()
	path, address := filepath.Join(folder, "seerflow.db"), freeAddress(t)
	c := newCollector(t, "examples/files.yaml", folder, "SEERFLOW_DB="+path, "LOG_FILES="+filepath.Join(folder, "none.log"), "OTLP="+address, "HOST_NAME=h")
	c.start()
	store := openStore(t, seerflow.Config{"storage.sqlite_path": path})
	unlocked := make(chan struct{})
	send(t.Context(), t, address, count, func(sent int) {
		if sent == count/4 {
			unlock := faults.Lock(t, path)
			time.AfterFunc(outage, func() { unlock(); close(unlocked) })
		}
	})
	<-unlocked
	c.await(store, uint64(count))
	c.stop(syscall.SIGTERM)
	checkAll(t, store, count)
}

func TestSIGTERMWhileTheDatabaseIsLocked(t *testing.T) {
	t.Parallel()
	const count = 5000
	folder := t.TempDir()
	path, address := filepath.Join(folder, "seerflow.db"), freeAddress(t)
	c := newCollector(t, "examples/files.yaml", folder, "SEERFLOW_DB="+path, "LOG_FILES="+filepath.Join(folder, "none.log"), "OTLP="+address, "HOST_NAME=h")
	c.start()
	store := openStore(t, seerflow.Config{"storage.sqlite_path": path})
	send(t.Context(), t, address, 1000, func(int) {})
	c.await(store, 1000)
	unlock := faults.Lock(t, path)
	defer unlock()
	send(t.Context(), t, address, count, func(int) {})
	began := time.Now()
	c.stop(syscall.SIGTERM)
	took := time.Since(began)
	t.Logf("ended after %v", took)
	if took > 30*time.Second {
		t.Errorf("the collector needed %v", took)
	}
	// The first 1,000 records have the keys of those that are stored.
	if !strings.Contains(c.said(), "persistent queue still holds") || !strings.Contains(c.said(), `"records": 5000`) {
		t.Errorf("the collector printed:\n%s", c.said())
	}
	unlock()
	c.start()
	c.await(store, count)
	c.stop(syscall.SIGTERM)
	checkAll(t, store, count)
}

// The collector starts before its server, which is then restarted while it receives records.
func TestPostgreSQLIsDownAndRestarted(t *testing.T) {
	t.Parallel()
	count, outage := scale()
	server := faults.NewServer(t)
	folder, address := t.TempDir(), freeAddress(t)
	c := newCollector(t, "testdata/postgresql.yaml", folder, "OTLP="+address, "POSTGRES_PORT="+server.Port)
	c.start()
	down, restarted := make(chan struct{}), make(chan struct{})
	time.AfterFunc(2*time.Second, func() {
		server.Start()
		close(down)
	})
	send(t.Context(), t, address, count, func(sent int) {
		switch sent {
		case 1000:
			<-down
		case count / 2:
			go func() {
				defer close(restarted)
				server.Crash()
				time.Sleep(outage)
				server.Start()
			}()
		}
	})
	<-down
	<-restarted
	if !strings.Contains(c.said(), "the database cannot be opened yet") {
		t.Errorf("the collector printed:\n%.2000s", c.said())
	}
	store := openStore(t, seerflow.Config{"storage.backend": "postgresql", "storage.postgresql_url": server.URL(), "storage.postgresql_schema": "logs"})
	c.await(store, uint64(count))
	c.stop(syscall.SIGTERM)
	checkAll(t, store, count)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := store.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

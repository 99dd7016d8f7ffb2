package main

import (
	"database/sql"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// TestGoSQLiteBesideDurableWrites lets mattn/go-sqlite3 read, write, hold the write lock and close the database file while a store writes.
// No acknowledged event may be lost, and the file must stay intact. SEERFLOW_TORTURE=long runs 1,000 rounds. SEERFLOW_SEED seeds the random
// times.
func TestGoSQLiteBesideDurableWrites(t *testing.T) {
	rounds, seed := 50, int64(20261130)
	if os.Getenv("SEERFLOW_TORTURE") == "long" {
		rounds = 1000
	}
	if given, err := strconv.ParseInt(os.Getenv("SEERFLOW_SEED"), 10, 64); err == nil {
		seed = given
	}
	path := filepath.Join(t.TempDir(), "seerflow.db")
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path, "storage.durability": "power"})
	if err != nil {
		t.Fatal(err)
	}

	var acknowledged atomic.Int64
	var stop atomic.Bool
	var writers sync.WaitGroup
	for writer := range int64(2) {
		writers.Add(1)
		go func() {
			defer writers.Done()
			chosen := rand.New(rand.NewSource(seed + writer))
			for !stop.Load() {
				events := make([]seerflow.Event, 1+chosen.Intn(20))
				for i := range events {
					events[i].Message = "one of ours"
				}
				if _, err := store.WriteEvents(t.Context(), events, seerflow.Durable()); err != nil {
					t.Error(err)
					return
				}
				acknowledged.Add(int64(len(events)))
			}
		}()
	}

	chosen := rand.New(rand.NewSource(seed - 1))
	theirs := 0
	for round := range rounds {
		time.Sleep(time.Duration(chosen.Intn(3000)) * time.Microsecond)
		database := connect(t, path)
		if chosen.Intn(2) == 0 {
			if count(t, database, "SELECT count(*) FROM events") < int64(theirs) {
				t.Fatalf("round %d: rows of the store are missing", round)
			}
		} else {
			run(t, database, "BEGIN IMMEDIATE")
			run(t, database, fmt.Sprintf("INSERT INTO events (event_id, timestamp_ns, observed_ns, severity_id, source_type, source_id, message)"+
				" VALUES ('host-%d', 1, 1, 1, 'host', 'host', 'one of theirs')", round))
			// Hold the lock while the store's writes wait.
			time.Sleep(time.Duration(chosen.Intn(5000)) * time.Microsecond)
			run(t, database, "COMMIT")
			theirs++
		}
		if err := database.Close(); err != nil {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	writers.Wait()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	database := connect(t, path)
	defer func() { _ = database.Close() }()
	if there := count(t, database, "SELECT count(*) FROM events"); there != acknowledged.Load()+int64(theirs) {
		t.Errorf("SEERFLOW_SEED=%d: %d and %d events were acknowledged, but %d are stored", seed, acknowledged.Load(), theirs, there)
	}
	if count(t, database, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") != 1 {
		t.Error("the file is damaged")
	}
	run(t, database, "INSERT INTO events_fts (events_fts, rank) VALUES ('integrity-check', 1)")
	t.Logf("%d rounds, SEERFLOW_SEED=%d: %d events acknowledged, %d of go-sqlite3", rounds, seed, acknowledged.Load(), theirs)
}

// connect opens one connection that waits for locks.
func connect(t *testing.T, path string) *sql.DB {
	t.Helper()
	database, err := sql.Open("sqlite3", path+"?_busy_timeout=60000")
	if err != nil {
		t.Fatal(err)
	}
	database.SetMaxOpenConns(1)
	return database
}

func run(t *testing.T, database *sql.DB, statement string) {
	t.Helper()
	if _, err := database.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, database *sql.DB, query string) (number int64) {
	t.Helper()
	if err := database.QueryRow(query).Scan(&number); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return number
}

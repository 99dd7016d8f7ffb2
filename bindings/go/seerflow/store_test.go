package seerflow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

func open(t testing.TB, options ...string) *seerflow.Store {
	t.Helper()
	config := seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "seerflow.db")}
	for i := 0; i < len(options); i += 2 {
		config[options[i]] = options[i+1]
	}
	store, err := seerflow.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// TestMain fails if goroutines are still running at the end.
func TestMain(m *testing.M) {
	code := m.Run()
	deadline := time.Now().Add(5 * time.Second)
	for {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(stacks), "bindings/go/seerflow.") || strings.Count(string(stacks), "bindings/go/seerflow.") == strings.Count(string(stacks), "bindings/go/seerflow_test.TestMain") {
			break
		}
		if time.Now().After(deadline) {
			fmt.Printf("goroutines are left:\n%s", stacks)
			code = 1
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	os.Exit(code)
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

func TestFormatsAndTheirDeadLetters(t *testing.T) {
	store := open(t)
	ctx := t.Context()
	check := func(result seerflow.Result, err error) func(accepted uint64, rejected, consumed int) {
		t.Helper()
		return func(accepted uint64, rejected, consumed int) {
			t.Helper()
			if err != nil || result.Accepted != accepted || len(result.Rejected) != rejected || result.Consumed != consumed {
				t.Errorf("%+v %v", result, err)
			}
		}
	}
	check(store.Write(ctx, seerflow.NDJSON, []byte("{\"message\":\"one\"}\nno json\n{\"message\":\"two\"}")))(2, 1, 43)
	check(store.Write(ctx, seerflow.NDJSON, []byte("{\"message\":\"one\"}\n{\"mess"), seerflow.Incomplete()))(1, 0, 18)
	check(store.Write(ctx, seerflow.Lines, []byte("Mar 14 01:47:13 web2 sshd[1]: Failed password for root from 203.0.113.66 port 1\n")))(1, 0, 80)
	check(store.Write(ctx, seerflow.Msgpack, []byte("\x81\xa7message\xa1m")))(1, 0, 11)
	check(store.Write(ctx, seerflow.OTLP, []byte("\x0a\x13\x12\x11\x12\x0f\x2a\x0d\x0a\x0bby protobuf")))(1, 0, 21)
	check(store.Write(ctx, seerflow.OTLPJSON, []byte(`{"resourceLogs":[]}`)))(0, 0, 19)
	check(store.Write(ctx, seerflow.Fluent, []byte("\x92\x01\x81\xa3log\xa9by fluent")))(1, 0, 17)
	check(store.WriteEvents(ctx, nil))(0, 0, 0)
	bad := []seerflow.Event{{Message: "good"}, {Message: strings.Repeat("too long", 1<<18)}, {Message: "good too"}}
	check(store.WriteEvents(ctx, bad, seerflow.Durable()))(2, 1, 3)
	page, err := store.QueryDeadLetters(ctx, seerflow.Query{})
	letters := page.Items
	if err != nil || len(letters) != 2 || string(letters[1].Payload) != "no json" || letters[1].Format != "ndjson" {
		t.Errorf("%+v %v", letters, err)
	}
	if letters[0].Payload[0]&0x80 == 0 {
		t.Errorf("bytes that are not text: %q", letters[0].Payload)
	}
}

func TestATagAndTheYearOfLines(t *testing.T) {
	store := open(t)
	line := []byte("Mar 14 01:47:13 web2 sshd[1]: hello\n")
	reference := time.Date(2024, time.June, 1, 0, 0, 0, 0, time.UTC)
	if _, err := store.Write(t.Context(), seerflow.Lines, line, seerflow.Durable(), seerflow.Tag("host.syslog"), seerflow.Reference(reference)); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v %v", page, err)
	}
	if event := page.Items[0]; event.Attributes["tag"] != "host.syslog" || event.Time.Year() != 2024 {
		t.Errorf("%+v", event)
	}
	summary, err := store.Summary(t.Context())
	if err != nil || summary.End == "" {
		t.Errorf("%+v %v", summary, err)
	}
	later := seerflow.Query{Order: seerflow.Arrival, Cursor: summary.End}
	if page, err := store.QueryEvents(t.Context(), later); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v %v", page, err)
	}
}

func TestARepeatedCallWithABatchKeyStoresItsEventsOnce(t *testing.T) {
	store := open(t)
	events := make([]seerflow.Event, 100)
	for i := range events {
		events[i].Message = fmt.Sprint("event ", i)
	}
	for round := range uint64(2) {
		result, err := store.WriteEvents(t.Context(), events, seerflow.Durable(), seerflow.BatchKey("\x00key"), seerflow.SourceType("s"), seerflow.SourceID("i"))
		if err != nil || result.Duplicates != round*100 {
			t.Errorf("%+v %v", result, err)
		}
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{Total: seerflow.CountAll, SourceType: "s", SourceID: "i", Limit: 7})
	if err != nil || page.Total != 100 || !page.HasTotal || len(page.Items) != 7 || page.Next == "" {
		t.Errorf("%+v %v", page, err)
	}
}

func TestIteratorsReturnTheRecordsOfAllPages(t *testing.T) {
	store := open(t)
	id, err := seerflow.EntityID(seerflow.EntityUser, "root")
	if err != nil {
		t.Fatal(err)
	}
	events := make([]seerflow.Event, 250)
	for i := range events {
		events[i] = seerflow.Event{Message: fmt.Sprint("event ", i), Time: time.Unix(int64(1000+i), 0), Users: []string{"root"}}
	}
	if _, err := store.WriteEvents(t.Context(), events, seerflow.Durable()); err != nil {
		t.Fatal(err)
	}
	walks := map[string]func(seerflow.Query) func(func(seerflow.Event, error) bool){
		"newest": func(q seerflow.Query) func(func(seerflow.Event, error) bool) { return store.Events(t.Context(), q) },
		"timeline": func(q seerflow.Query) func(func(seerflow.Event, error) bool) {
			q.Entity, q.Order = id, seerflow.Oldest
			return store.Events(t.Context(), q)
		},
		"export": func(q seerflow.Query) func(func(seerflow.Event, error) bool) {
			q.Order = seerflow.Arrival
			return store.Events(t.Context(), q)
		},
	}
	for name, walk := range walks {
		var seen []string
		for event, err := range walk(seerflow.Query{Limit: 100}) {
			if err != nil {
				t.Fatal(name, err)
			}
			seen = append(seen, event.Message)
		}
		first := map[string]string{"newest": "event 249", "timeline": "event 0", "export": "event 0"}[name]
		if len(seen) != 250 || seen[0] != first {
			t.Errorf("%s: %d events, the first %q", name, len(seen), seen[0])
		}
		count := 0
		for _, err := range walk(seerflow.Query{Limit: 10}) {
			if err != nil {
				t.Fatal(name, err)
			}
			if count++; count == 15 {
				break
			}
		}
	}
	for _, err := range store.Events(t.Context(), seerflow.Query{Limit: 1 << 30}) {
		if !errors.Is(err, seerflow.ErrInvalid) {
			t.Error(err)
		}
	}
}

func TestSharedStore(t *testing.T) {
	config := seerflow.Config{"storage.sqlite_path": filepath.Join(t.TempDir(), "shared.db")}
	var stores [2]*seerflow.Store
	for i := range stores {
		store, err := seerflow.Open(t.Context(), config, seerflow.Shared())
		if err != nil {
			t.Fatal(err)
		}
		stores[i] = store
	}
	if _, err := stores[0].Write(t.Context(), seerflow.Lines, []byte("\x00"), seerflow.Durable(), seerflow.RejectReason("no text")); err != nil {
		t.Error(err)
	}
	if err := stores[0].Close(); err != nil {
		t.Error(err)
	}
	metrics, err := stores[1].Metrics()
	if err != nil || !strings.Contains(metrics, "\nseerflow_dead_letters_total{") || !strings.HasSuffix(metrics, "# EOF\n") {
		t.Error(metrics, err)
	}
	if stats, err := stores[1].Stats(); err != nil || stats.Rejected != 1 {
		t.Error(stats, err)
	}
	config["storage.flush_events"] = "7"
	if _, err := seerflow.Open(t.Context(), config, seerflow.Shared()); !errors.Is(err, seerflow.ErrConfig) {
		t.Error(err)
	}
	if err := stores[1].Close(); err != nil {
		t.Error(err)
	}
}

func TestCallsAfterCloseFail(t *testing.T) {
	store := open(t)
	if health := store.Health(); health.State != seerflow.StateOK {
		t.Error(health)
	}
	for range 3 {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	_, err := store.WriteEvents(t.Context(), []seerflow.Event{{}})
	var details *seerflow.Error
	if !errors.Is(err, seerflow.ErrClosed) || !errors.As(err, &details) || seerflow.Retriable(err) {
		t.Error(err)
	}
	if _, err := store.QueryEvents(t.Context(), seerflow.Query{}); !errors.Is(err, seerflow.ErrClosed) {
		t.Error(err)
	}
	if err := store.Flush(t.Context()); !errors.Is(err, seerflow.ErrClosed) {
		t.Error(err)
	}
	if health := store.Health(); health.State != seerflow.StateClosed {
		t.Error(health)
	}
}

func TestCloseWhileManyWriteAndRead(t *testing.T) {
	store := open(t)
	var workers sync.WaitGroup
	for range 8 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			for {
				_, err := store.WriteEvents(ctx, []seerflow.Event{{Message: "busy"}}, seerflow.Durable())
				if err == nil {
					_, err = store.QueryEvents(ctx, seerflow.Query{Text: "busy", Limit: 10})
				}
				if errors.Is(err, seerflow.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	time.Sleep(200 * time.Millisecond)
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	workers.Wait()
}

func TestAGarbageCollectedStoreIsDestroyed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "forgotten.db")
	func() {
		store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.WriteEvents(t.Context(), []seerflow.Event{{Message: "kept"}}); err != nil {
			t.Fatal(err)
		}
	}()
	isOpen := func() bool {
		files, _ := os.ReadDir("/proc/self/fd")
		for _, file := range files {
			if target, _ := os.Readlink("/proc/self/fd/" + file.Name()); target == path {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(20 * time.Second); isOpen(); time.Sleep(10 * time.Millisecond) {
		runtime.GC()
		if time.Now().After(deadline) {
			t.Fatal("the file is still open")
		}
	}
	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if page, err := store.QueryEvents(t.Context(), seerflow.Query{Text: "kept"}); err != nil || len(page.Items) != 1 {
		t.Error(page, err)
	}
}

func TestConfigurationAndItsErrors(t *testing.T) {
	_, err := seerflow.Open(t.Context(), seerflow.Config{"storage.no_such_key": "x"})
	if !errors.Is(err, seerflow.ErrConfig) || !strings.Contains(err.Error(), "no_such_key") {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "seerflow.yaml")
	path := filepath.Join(t.TempDir(), "from-file.db")
	if err := os.WriteFile(file, []byte("storage:\n  sqlite_path: "+path+"\n  durability: power\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := seerflow.Open(t.Context(), nil, seerflow.FromFile(file), seerflow.FromEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	result, err := store.WriteEvents(t.Context(), []seerflow.Event{{}}, seerflow.Durable())
	if err != nil || result.Durability != "power" {
		t.Error(result, err)
	}
	if options := seerflow.Options(); len(options) < 10 || options[0].Doc == "" {
		t.Error(options)
	}
	if _, err := seerflow.EntityID(seerflow.EntityIP, "no address"); !errors.Is(err, seerflow.ErrNotFound) {
		t.Error(err)
	}
}

package seerflow_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// locked takes the write lock of the database, as another program does, and returns a function that releases it.
func locked(t *testing.T, path string) (unlock func()) {
	t.Helper()
	// Locks the byte for writers in the index of the write-ahead log. The lock lives as long as the descriptor. It belongs to the open file
	// description, so it also blocks this process.
	fd, err := syscall.Open(path+"-shm", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	const setLock = 37
	set := func(kind int16) error {
		return syscall.FcntlFlock(uintptr(fd), setLock, &syscall.Flock_t{Type: kind, Start: 120, Len: 1})
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if err = set(syscall.F_WRLCK); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	unlock = func() { _ = set(syscall.F_UNLCK) }
	t.Cleanup(unlock)
	return unlock
}

// openAt opens a store, which the test closes.
func openAt(t *testing.T, path string, options ...string) *seerflow.Store {
	t.Helper()
	config := seerflow.Config{"storage.sqlite_path": path}
	for i := 0; i < len(options); i += 2 {
		config[options[i]] = options[i+1]
	}
	store, err := seerflow.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.WriteEvents(t.Context(), []seerflow.Event{{Message: "first"}}, seerflow.Durable()); err != nil {
		t.Fatal(err)
	}
	return store
}

func count(t *testing.T, store *seerflow.Store, query seerflow.Query) uint64 {
	t.Helper()
	query.Total, query.Limit = seerflow.CountAll, 1
	page, err := store.QueryEvents(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

func TestAWriteThatConsumesAPartFailsWithErrAgain(t *testing.T) {
	const total = 5000
	events := make([]seerflow.Event, total)
	var lines strings.Builder
	for i := range events {
		events[i].Message = fmt.Sprint("event ", i)
		fmt.Fprintf(&lines, "{\"message\":\"line %d\"}\n", i)
	}
	ndjson := lines.String()
	for name, write := range map[string]func(*seerflow.Store, context.Context, int, uint64) (seerflow.Result, error){
		"events": func(s *seerflow.Store, ctx context.Context, from int, index uint64) (seerflow.Result, error) {
			return s.WriteEvents(ctx, events[from:], seerflow.SourceType("x"), seerflow.BatchKey("k"), seerflow.FirstIndex(index))
		},
		"ndjson": func(s *seerflow.Store, ctx context.Context, from int, index uint64) (seerflow.Result, error) {
			return s.Write(ctx, seerflow.NDJSON, []byte(ndjson[from:]), seerflow.SourceType("x"), seerflow.BatchKey("k"), seerflow.FirstIndex(index))
		},
		"incomplete ndjson": func(s *seerflow.Store, ctx context.Context, from int, index uint64) (seerflow.Result, error) {
			result, err := s.Write(ctx, seerflow.NDJSON, []byte(ndjson[from:]+`{"mess`), seerflow.SourceType("x"), seerflow.BatchKey("k"), seerflow.FirstIndex(index), seerflow.Incomplete())
			return result, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "seerflow.db")
			store := openAt(t, path, "storage.queue_events", "2500")
			defer func() { _ = store.Close() }()
			unlock := locked(t, path)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			part, err := write(store, ctx, 0, 0)
			if !errors.Is(err, seerflow.ErrAgain) || !errors.Is(err, context.DeadlineExceeded) || !seerflow.Retriable(err) {
				t.Fatalf("%+v %v", part, err)
			}
			if part.Accepted == 0 || part.Accepted >= total || part.Consumed == 0 {
				t.Fatalf("%+v", part)
			}
			unlock()
			rest, err := write(store, t.Context(), part.Consumed, part.Accepted)
			if err != nil || part.Accepted+rest.Accepted != total {
				t.Fatalf("%+v %+v %v", part, rest, err)
			}
			if err := store.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if stored := count(t, store, seerflow.Query{SourceType: "x"}); stored != total {
				t.Errorf("%d events", stored)
			}
		})
	}
}

func TestADurableWriteThatTimedOutIsRepeatedWithItsBatchKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	store := openAt(t, path)
	defer func() { _ = store.Close() }()
	unlock := locked(t, path)
	events := []seerflow.Event{{Message: "one", SourceType: "x"}, {Message: "two", SourceType: "x"}}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := store.WriteEvents(ctx, events, seerflow.Durable(), seerflow.BatchKey("k"))
	if !errors.Is(err, seerflow.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || !seerflow.Retriable(err) {
		t.Fatal(err)
	}
	unlock()
	result, err := store.WriteEvents(t.Context(), events, seerflow.Durable(), seerflow.BatchKey("k"))
	if err != nil || result.Duplicates != 2 {
		t.Errorf("%+v %v", result, err)
	}
	if stored := count(t, store, seerflow.Query{SourceType: "x"}); stored != 2 {
		t.Errorf("%d events", stored)
	}
}

func TestAWriteThatWithdrawsLeavesNothingInTheQueue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	store := openAt(t, path)
	defer func() { _ = store.Close() }()
	unlock := locked(t, path)
	events := []seerflow.Event{{Message: "one", SourceType: "x"}, {Message: "two", SourceType: "x"}}
	write := func(options ...seerflow.WriteOption) (seerflow.Result, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		return store.WriteEvents(ctx, events, append(options, seerflow.Durable())...)
	}
	result, err := write(seerflow.Withdraw())
	if !errors.Is(err, seerflow.ErrTimeout) || !seerflow.Retriable(err) || result.Withdrawn != 2 || result.Consumed != 0 || result.Accepted != 0 {
		t.Fatalf("%+v %v", result, err)
	}
	result, err = write()
	if !errors.Is(err, seerflow.ErrTimeout) || seerflow.Retriable(err) || result.Queued != 2 || result.Consumed != 2 {
		t.Fatalf("%+v %v", result, err)
	}
	unlock()
	result, err = store.Write(t.Context(), seerflow.NDJSON, []byte("{\"uid\":1}\n{\"uid\":1}\n{}\n"), seerflow.Durable(), seerflow.RecordKeyField("uid"))
	if err != nil || result.Committed != 2 || result.Duplicates != 1 || result.Unkeyed != 1 {
		t.Fatalf("%+v %v", result, err)
	}
	if stored := count(t, store, seerflow.Query{SourceType: "x"}); stored != 2 {
		t.Errorf("%d events", stored)
	}
}

func TestTimesOutOfRange(t *testing.T) {
	store := open(t)
	early, late := time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2600, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, bad := range []seerflow.Event{{Time: early}, {Time: late}, {Observed: late}} {
		result, err := store.WriteEvents(t.Context(), []seerflow.Event{{Message: "good"}, bad}, seerflow.Durable())
		if !errors.Is(err, seerflow.ErrInvalid) || !strings.Contains(err.Error(), "event 1") || result.Accepted != 0 {
			t.Errorf("%+v %v", result, err)
		}
	}
	if _, err := store.WriteEvents(t.Context(), []seerflow.Event{{Message: "good"}}, seerflow.Durable()); err != nil {
		t.Fatal(err)
	}
	if found := count(t, store, seerflow.Query{From: early, To: late}); found != 1 {
		t.Errorf("%d events in a thousand years", found)
	}
	if found := count(t, store, seerflow.Query{From: late}); found != 0 {
		t.Errorf("%d events after the year 2600", found)
	}
	if buckets, err := store.CountEvents(t.Context(), seerflow.Query{From: early, To: late}, seerflow.BySource); err != nil || len(buckets) != 1 {
		t.Error(buckets, err)
	}
	if report, err := store.Prune(t.Context(), early, 0); err != nil || report.Events != 0 {
		t.Error(report, err)
	}
}

func TestUnsetFieldsAreReadAsDefaults(t *testing.T) {
	store := open(t)
	for _, severity := range []seerflow.Severity{seerflow.SeverityUnset, seerflow.SeverityInformational} {
		if _, err := store.WriteEvents(t.Context(), []seerflow.Event{{Message: "m", Severity: severity}}, seerflow.Durable()); err != nil {
			t.Fatal(err)
		}
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{})
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page, err)
	}
	for _, event := range page.Items {
		if event.Severity != seerflow.SeverityInformational || event.OTelSeverity != 9 || event.Kind != "event" {
			t.Errorf("%+v", event)
		}
	}
}

// broken is an error whose Error method panics.
type broken struct{ text string }

func (b *broken) Error() string {
	_ = b.text
	panic("never ask me")
}

func TestAttributesThatPanic(t *testing.T) {
	store := open(t)
	attributes := map[string]any{"nil": (*broken)(nil), "bad": &broken{}}
	if _, err := store.WriteEvents(t.Context(), []seerflow.Event{{Attributes: attributes}}, seerflow.Durable()); err != nil {
		t.Fatal(err)
	}
	page, err := store.QueryEvents(t.Context(), seerflow.Query{})
	if err != nil || page.Items[0].Attributes["nil"] != "<nil>" || page.Items[0].Attributes["bad"] != "!PANIC: never ask me" {
		t.Errorf("%+v %v", page, err)
	}
}

package seerflow_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// fill writes events that all match one query, so that counting them takes a while.
func fill(t *testing.T, store *seerflow.Store, count int) {
	events := make([]seerflow.Event, 10_000)
	for done := 0; done < count; done += len(events) {
		for i := range events {
			events[i] = seerflow.Event{Message: fmt.Sprintf("common word and %d words more", done+i), SourceType: "s", Time: time.Unix(int64(done+i), 0)}
		}
		if _, err := store.WriteEvents(t.Context(), events); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestACancelledContextEndsALongQuery(t *testing.T) {
	store := open(t)
	fill(t, store, 200_000)
	long := func(ctx context.Context) error {
		_, err := store.QueryEvents(ctx, seerflow.Query{Text: "common word words more", Total: seerflow.CountAll, Limit: 100, Page: 1900})
		return err
	}
	// The first round reads from the file; the second one measures with a warm cache.
	var whole time.Duration
	for range 2 {
		start := time.Now()
		if err := long(t.Context()); err != nil {
			t.Fatal(err)
		}
		whole = time.Since(start)
	}
	if whole < 20*time.Millisecond {
		t.Fatalf("the query takes only %v", whole)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var cancelled time.Time
	time.AfterFunc(whole/4, func() { cancelled = time.Now(); cancel() })
	err := long(ctx)
	late := time.Since(cancelled)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, seerflow.ErrInterrupted) {
		t.Fatalf("%v", err)
	}
	t.Logf("the query takes %v, its cancellation %v", whole, late)
	if late > 50*time.Millisecond && whole < 10*time.Second {
		t.Errorf("cancelled after %v", late)
	}
	ctx, cancel = context.WithTimeout(t.Context(), whole/4)
	defer cancel()
	if err := long(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, seerflow.ErrTimeout) || !seerflow.Retriable(err) {
		t.Errorf("%v", err)
	}
	// The interrupt was raised for that call. It must be lowered before another call uses it.
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	for range 100 {
		if err := store.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// The test's server accepts connections and never replies.
func TestOpenEndsWithItsContext(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	config := seerflow.Config{"storage.backend": "postgresql", "storage.postgresql_url": fmt.Sprintf("postgres://u@%v/db?sslmode=disable", listener.Addr())}
	const soon = 300 * time.Millisecond
	for name, one := range map[string]struct {
		deadline, cancelled time.Duration
		want                []error
	}{
		"deadline":  {soon, time.Hour, []error{context.DeadlineExceeded, seerflow.ErrTimeout}},
		"cancelled": {time.Hour, soon, []error{context.Canceled, seerflow.ErrInterrupted}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), one.deadline)
		defer cancel()
		time.AfterFunc(one.cancelled, cancel)
		began := time.Now()
		_, err := seerflow.Open(ctx, config)
		took := time.Since(began)
		t.Logf("%s: after %v: %v", name, took, err)
		for _, want := range one.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is not %v", name, err, want)
			}
		}
		// Without the context, connecting would time out after ten seconds.
		if took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func TestAWriteWithACancelledContextAcceptsNothing(t *testing.T) {
	store := open(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the shipper stops")
	cancel(reason)
	_, err := store.WriteEvents(ctx, []seerflow.Event{{}})
	if !errors.Is(err, reason) {
		t.Errorf("%v", err)
	}
	if _, err := seerflow.Open(ctx, nil); !errors.Is(err, reason) {
		t.Errorf("%v", err)
	}
	stats, err := store.Stats()
	if err != nil || stats.Accepted != 0 {
		t.Errorf("%+v %v", stats, err)
	}
}

func TestAFullQueueFailsWithErrAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	store := openAt(t, path, "storage.queue_events", "1000")
	defer func() { _ = store.Close() }()
	unlock := locked(t, path)
	defer unlock()
	var err error
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err = store.WriteEvents(ctx, make([]seerflow.Event, 900))
	}
	if !errors.Is(err, seerflow.ErrAgain) || !seerflow.Retriable(err) {
		t.Error(err)
	}
}

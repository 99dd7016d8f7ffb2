package seerflow_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

func TestMessagesNameThePackageOnce(t *testing.T) {
	store := open(t)
	_ = store.Close()
	err := store.Flush(t.Context())
	if err == nil || err.Error() != "seerflow: closed: the store is closed" {
		t.Error(err)
	}
}

func TestATextWithANULIsRefused(t *testing.T) {
	store, ctx := open(t), t.Context()
	if _, err := store.WriteEvents(ctx, []seerflow.Event{{Message: "kept", SourceType: "a"}}, seerflow.Durable()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.db")
	for name, call := range map[string]func() error{
		"open": func() error {
			_, err := seerflow.Open(ctx, seerflow.Config{"storage.sqlite_path": path + "\x00.db"})
			return err
		},
		"file":    func() error { _, err := seerflow.Open(ctx, nil, seerflow.FromFile(path+"\x00")); return err },
		"query":   func() error { _, err := store.QueryEvents(ctx, seerflow.Query{SourceType: "a\x00b"}); return err },
		"text":    func() error { _, err := store.QueryEvents(ctx, seerflow.Query{Text: "kept\x00x"}); return err },
		"event":   func() error { _, err := store.Event(ctx, "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0d\x00"); return err },
		"alerts":  func() error { _, err := store.QueryAlerts(ctx, seerflow.Query{AlertType: "a\x00"}); return err },
		"verdict": func() error { return store.AppendVerdict(ctx, "a", seerflow.TruePositive, "no\x00te") },
		"save":    func() error { _, err := store.SaveModel(ctx, "m\x00n", nil); return err },
		"delete":  func() error { _, err := store.DeleteModel(ctx, "m\x00n"); return err },
		"rule":    func() error { return store.EnableSigmaRule(ctx, "r\x00", true) },
		"backup":  func() error { return store.Backup(ctx, path+"\x00") },
		"graph":   func() error { _, err := store.Graph().Top(ctx, "pagerank\x00", 1); return err },
		"related": func() error {
			_, err := store.Graph().Neighbours(ctx, seerflow.Query{Entity: "a", Relations: []string{"r\x00"}})
			return err
		},
	} {
		if err := call(); !errors.Is(err, seerflow.ErrInvalid) || !strings.Contains(err.Error(), "NUL") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorsIsMatchesTheContextsErrorAndItsCause(t *testing.T) {
	store := open(t)
	reason := errors.New("the shipper stops")
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	late, stop := context.WithTimeoutCause(t.Context(), time.Nanosecond, reason)
	defer stop()
	<-late.Done()
	_, err := store.WriteEvents(cancelled, nil)
	_, err2 := seerflow.Open(cancelled, nil)
	_, err3 := seerflow.Open(late, nil)
	for _, one := range []struct {
		err  error
		want []error
	}{
		{err, []error{reason, context.Canceled, seerflow.ErrInterrupted}},
		{err2, []error{reason, context.Canceled, seerflow.ErrInterrupted}},
		{err3, []error{reason, context.DeadlineExceeded, seerflow.ErrTimeout}},
	} {
		var details *seerflow.Error
		if !errors.As(one.err, &details) {
			t.Errorf("%v is not an *Error", one.err)
		}
		for _, want := range one.want {
			if !errors.Is(one.err, want) {
				t.Errorf("%v is not %v", one.err, want)
			}
		}
	}
}

func TestAnEmptyPathIsRefused(t *testing.T) {
	for _, key := range []string{"storage.sqlite_path", "storage.data_dir"} {
		if _, err := seerflow.Open(t.Context(), seerflow.Config{key: ""}); !errors.Is(err, seerflow.ErrConfig) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestMethodsOfAStoreThatWasNotOpenedFail(t *testing.T) {
	for _, store := range []*seerflow.Store{nil, {}} {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if err := store.Flush(t.Context()); !errors.Is(err, seerflow.ErrClosed) {
			t.Error(err)
		}
		if _, err := store.WriteEvents(t.Context(), []seerflow.Event{{}}); !errors.Is(err, seerflow.ErrClosed) {
			t.Error(err)
		}
		if _, err := store.QueryEvents(t.Context(), seerflow.Query{}); !errors.Is(err, seerflow.ErrClosed) {
			t.Error(err)
		}
		if health := store.Health(); health.State != seerflow.StateClosed {
			t.Error(health)
		}
	}
}

func TestJudgingAnUnknownAlertFails(t *testing.T) {
	store := open(t)
	if err := store.Judge(t.Context(), "0192f0a4-7b1e-7c3a-9d2b-5e6f7a8b9c0e", seerflow.FalsePositive, ""); !errors.Is(err, seerflow.ErrNotFound) {
		t.Error(err)
	}
}

func lost(err error) uint64 {
	var failure *seerflow.Error
	errors.As(err, &failure)
	return failure.Lost
}

func TestShutdownWithAContextThatEnds(t *testing.T) {
	after := func(d time.Duration) func(context.CancelFunc) {
		return func(cancel context.CancelFunc) { time.AfterFunc(d, cancel) }
	}
	for name, one := range map[string]struct {
		locked bool
		cancel func(context.CancelFunc)
	}{
		"cancelled before":                {false, func(cancel context.CancelFunc) { cancel() }},
		"cancelled before, locked":        {true, func(cancel context.CancelFunc) { cancel() }},
		"cancelled while it runs, locked": {true, after(200 * time.Millisecond)},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "seerflow.db")
			store := openAt(t, path)
			unlock := func() {}
			if one.locked {
				unlock = locked(t, path)
			}
			if _, err := store.WriteEvents(t.Context(), make([]seerflow.Event, 7)); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			one.cancel(cancel)
			began := time.Now()
			err := store.Shutdown(ctx)
			took := time.Since(began)
			unlock()
			t.Logf("took %v: %v", took, err)
			if took > 8*time.Second {
				t.Errorf("took %v", took)
			}
			if one.locked && (!errors.Is(err, context.Canceled) || !errors.Is(err, seerflow.ErrLost) || lost(err) != 7) || !one.locked && err != nil {
				t.Error(err)
			}
			if err := store.Flush(t.Context()); !errors.Is(err, seerflow.ErrClosed) {
				t.Errorf("after it: %v", err)
			}
			again := openAt(t, path)
			defer func() { _ = again.Close() }()
			want := uint64(2 + 7)
			if one.locked {
				want = 2
			}
			if stored := count(t, again, seerflow.Query{}); stored != want {
				t.Errorf("%d events, not %d", stored, want)
			}
		})
	}
}

// The second caller may end the process when Close returns, so it must wait for the first.
func TestClosingAgainWaitsForTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seerflow.db")
	store := openAt(t, path)
	unlock := locked(t, path)
	if _, err := store.WriteEvents(t.Context(), make([]seerflow.Event, 7)); err != nil {
		t.Fatal(err)
	}
	first := make(chan error, 1)
	go func() { first <- store.Close() }()
	for !errors.Is(store.Flush(cancelled()), seerflow.ErrClosed) {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := store.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	unlock()
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	again := openAt(t, path)
	defer func() { _ = again.Close() }()
	if stored := count(t, again, seerflow.Query{}); stored != 2+7 {
		t.Errorf("%d events", stored)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// cancelled returns a context that is already cancelled.
func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

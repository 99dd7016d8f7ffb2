package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// closeTimeout is the deadline of [Store.Close]. closeGrace is the time that [Store.Shutdown] has left after its context is cancelled.
const (
	closeTimeout = 30 * time.Second
	closeGrace   = time.Second
)

// Store is a store of events and other records. Any number of goroutines may use it at the same time.
type Store struct {
	inner *inner
	// Destroys the handle if the Store is garbage collected without being closed.
	cleanup runtime.Cleanup
}

// inner holds the C handle. It is separate from Store, so that the cleanup of a Store can reach it.
type inner struct {
	// Locked for reading during calls, and for writing while the handle is destroyed.
	mu     sync.RWMutex
	handle *C.seerflow_store
	// Set when no further call may start, and when the handle is destroyed.
	closing atomic.Bool
	closed  chan struct{}
	// Passes log records to the logger; nil without one.
	recorder *recorder
}

// Open creates a store with [New] and opens its database with [Store.Open]. If the context ends first, it fails with [ErrTimeout] or
// [ErrInterrupted].
func Open(ctx context.Context, config Config, options ...OpenOption) (*Store, error) {
	if ctx.Err() != nil {
		return nil, before(ctx)
	}
	store, err := New(config, options...)
	if err != nil {
		return nil, err
	}
	if err := store.Open(ctx); err != nil {
		store.cleanup.Stop()
		store.inner.destroy()
		return nil, err
	}
	return store, nil
}

// New checks the options and creates a store. It opens no file and contacts no server: [Store.Open] does so, or the first other call. The
// store must be closed.
func New(config Config, options ...OpenOption) (*Store, error) {
	if abi := C.seerflow_abi_version(); abi != C.SEERFLOW_ABI_VERSION {
		return nil, &Error{Kind: ErrUnsupported, Message: fmt.Sprintf("the library's ABI version is %d, the program was compiled for %d", abi, C.SEERFLOW_ABI_VERSION)}
	}
	var given OpenOptions
	for _, option := range options {
		option(&given)
	}
	var details *C.seerflow_error
	var settings *C.seerflow_config
	if err := check(C.seerflow_config_new(&settings, &details), &details); err != nil {
		return nil, err
	}
	defer C.seerflow_config_destroy(settings)
	if err := given.load(settings); err != nil {
		return nil, err
	}
	for key, value := range config {
		if err := set(settings, key, value); err != nil {
			return nil, err
		}
	}
	store := &Store{inner: &inner{closed: make(chan struct{})}}
	if given.Logger != nil {
		var err error
		if store.inner.recorder, err = record(settings, given.Logger); err != nil {
			return nil, err
		}
	}
	var status C.seerflow_status
	if given.Shared {
		status = C.seerflow_store_shared(settings, &store.inner.handle, &details)
	} else {
		status = C.seerflow_store_new(settings, &store.inner.handle, &details)
	}
	if err := check(status, &details); err != nil {
		store.inner.destroy()
		return nil, err
	}
	store.cleanup = runtime.AddCleanup(store, (*inner).destroy, store.inner)
	return store, nil
}

// Open opens the database for writing. It creates the database's directory and tables if they are missing, and adopts a database that
// Seerflow created. Opening continues in the background if the context ends first. A later call waits for it, or opens again if it failed.
func (s *Store) Open(ctx context.Context) error {
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_open(call.store, &call.c, &call.details)
	})
}

func (i *inner) destroy() {
	i.mu.Lock()
	defer i.mu.Unlock()
	C.seerflow_store_destroy(i.handle)
	i.handle = nil
	if i.recorder != nil {
		i.recorder.stop()
	}
}

// Close commits the queue, for up to 30 seconds, and releases the store. It fails with [ErrLost] if accepted events could not be stored;
// [Error.Lost] is their number. Later calls fail with [ErrClosed]. A second Close waits for the first, and does nothing else.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return s.Shutdown(ctx)
}

// Shutdown is [Store.Close] with the deadline of a context. If the context is cancelled, even before the call, the queue gets one more
// second. The store is closed in any case.
func (s *Store) Shutdown(ctx context.Context) error {
	if s == nil || s.inner == nil {
		return nil
	}
	if s.inner.closing.Swap(true) {
		select {
		case <-s.inner.closed:
			return nil
		case <-ctx.Done():
			return before(ctx)
		}
	}
	// The context interrupts the wait for commits, but not the close that follows, which takes little time.
	if ctx.Err() == nil {
		_ = s.call(ctx, flush)
	}
	last := ctx
	if ctx.Err() == context.Canceled {
		var cancel context.CancelFunc
		last, cancel = context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
		defer cancel()
	}
	var lost C.uint64_t
	// The library ends running calls. The handle is destroyed after they have returned.
	err := s.call(last, func(call *call) C.seerflow_status {
		call.c.interrupt = nil
		return C.seerflow_store_close(call.store, &call.c, &lost, &call.details)
	})
	s.cleanup.Stop()
	s.inner.destroy()
	close(s.inner.closed)
	if failure, ok := err.(*Error); ok && failure.Kind == ErrLost {
		failure.Lost = uint64(lost)
		failure.ended = ended(ctx)
	}
	return err
}

// Flush waits until everything is committed that any goroutine had written before the call.
func (s *Store) Flush(ctx context.Context) error { return s.do(ctx, flush) }

func flush(call *call) C.seerflow_status {
	return C.seerflow_store_flush(call.store, &call.c, &call.details)
}

package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"math"
	"runtime"
	"sync"
	"time"
)

// DefaultTimeout is the deadline of calls whose context has none.
const DefaultTimeout = 30 * time.Second

// call is one call of the library.
type call struct {
	store   *C.seerflow_store
	c       C.seerflow_call
	details *C.seerflow_error
}

// do makes a call with the context's deadline, and interrupts it when the context is cancelled. given are the texts that the call uses.
func (s *Store) do(ctx context.Context, run func(*call) C.seerflow_status, given ...*texts) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	for _, held := range given {
		if err := held.failure(); err != nil {
			return err
		}
	}
	return s.call(ctx, run)
}

// ready returns the error of a call on a closed store, or with a context that has ended.
func (s *Store) ready(ctx context.Context) error {
	if s == nil || s.inner == nil || s.inner.closing.Load() {
		return errClosed
	}
	if ctx.Err() != nil {
		return before(ctx)
	}
	return nil
}

// call is do for a store that may be closing already, and for a context that may have ended.
func (s *Store) call(ctx context.Context, run func(*call) C.seerflow_status) error {
	s.inner.mu.RLock()
	defer s.inner.mu.RUnlock()
	if s.inner.handle == nil {
		return errClosed
	}
	made := &call{store: s.inner.handle, c: C.seerflow_call{struct_size: C.sizeof_seerflow_call, timeout_ms: C.int64_t(timeout(ctx))}}
	if ctx.Done() != nil {
		flag, lower := raised(ctx)
		made.c.interrupt = flag
		defer lower()
	}
	status := run(made)
	runtime.KeepAlive(s)
	return failure(status, made.details).endedBy(ctx)
}

// timeout returns the milliseconds until the context's deadline. If the deadline has passed, the call may not wait.
func timeout(ctx context.Context) int64 {
	deadline, ok := ctx.Deadline()
	if !ok {
		return DefaultTimeout.Milliseconds()
	}
	left := time.Until(deadline)
	if left <= 0 {
		return 0
	}
	return int64(math.Ceil(float64(left) / float64(time.Millisecond)))
}

// flags has unused interrupts, none of them raised.
var flags = sync.Pool{}

type flag struct{ handle *C.seerflow_interrupt }

// raised returns an interrupt that is raised when the context ends, and a function that ends its use.
func raised(ctx context.Context) (*C.seerflow_interrupt, func()) {
	held, _ := flags.Get().(*flag)
	if held == nil {
		held = &flag{}
		C.seerflow_interrupt_new(&held.handle, nil)
		runtime.AddCleanup(held, func(handle *C.seerflow_interrupt) { C.seerflow_interrupt_destroy(handle) }, held.handle)
	}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		// The library checks the deadline itself, because it can then report what the call was waiting for.
		if ctx.Err() == context.Canceled {
			C.seerflow_interrupt_raise(held.handle)
		}
		close(done)
	})
	return held.handle, func() {
		if !stop() {
			<-done
			C.seerflow_interrupt_reset(held.handle)
		}
		flags.Put(held)
	}
}

// check returns the error of a function that takes no context.
func check(status C.seerflow_status, details **C.seerflow_error) error {
	err := failure(status, *details)
	*details = nil
	if err == nil {
		return nil
	}
	return err
}

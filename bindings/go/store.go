package seerflow

// #include <stdlib.h>
// #include "calls.h"
import "C"

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// DefaultTimeout bounds calls whose context has no deadline.
const DefaultTimeout = 30 * time.Second

// closeTimeout bounds [Store.Close]; closeGrace is what a cancelled context leaves to [Store.Shutdown].
const (
	closeTimeout = 30 * time.Second
	closeGrace   = time.Second
)

// Config has the options of a store that differ from their defaults: "storage.sqlite_path", "storage.durability". [Options]
// lists them all.
type Config map[string]string

// Option is one option of the library.
type Option struct {
	// Key names it, as in [Config].
	Key string
	// Default is its value where none is given.
	Default string
	// Doc says in a sentence what it does.
	Doc string
}

// Options lists every option.
func Options() []Option {
	options := make([]Option, C.seerflow_config_option_count())
	for i := range options {
		var key, value, doc *C.char
		C.seerflow_config_option_at(C.size_t(i), &key, &value, &doc, nil)
		options[i] = Option{C.GoString(key), C.GoString(value), C.GoString(doc)}
	}
	return options
}

// Version returns the version of the library that is linked.
func Version() string { return C.GoString(C.seerflow_version()) }

// An OpenOption says where further configuration comes from. What comes later replaces what came before, and the
// [Config] itself comes last.
type OpenOption func(config *C.seerflow_config) error

// FromFile takes the storage section of a YAML file, such as Seerflow's own seerflow.yaml.
func FromFile(path string) OpenOption {
	return func(config *C.seerflow_config) error {
		var held texts
		defer held.free()
		text := held.always(path)
		if err := held.failure(); err != nil {
			return err
		}
		var details *C.seerflow_error
		return check(nil, C.seerflow_config_load_file(config, text, &details), &details)
	}
}

// FromEnvironment takes options from the environment: SEERFLOW_STORAGE_DURABILITY sets storage.durability.
func FromEnvironment() OpenOption {
	return func(config *C.seerflow_config) error {
		var details *C.seerflow_error
		return check(nil, C.seerflow_config_load_env(config, &details), &details)
	}
}

// Store is an open store. It may be used by any number of goroutines at once.
type Store struct {
	inner *inner
	// Releases what was forgotten.
	cleanup runtime.Cleanup
}

// inner holds the C handle; it is apart from Store so that a cleanup of the Store can reach it.
type inner struct {
	// Held for reading by calls, for writing by whoever destroys the handle.
	mu     sync.RWMutex
	handle *C.seerflow_store
	// No call begins any more; and the handle is gone.
	closing atomic.Bool
	closed  chan struct{}
}

// Open opens a store for writing: it makes the database's directory and tables if they are missing, and adopts a database that
// Seerflow made. The context bounds it: an opening that takes longer ends with [ErrTimeout] or [ErrInterrupted].
func Open(ctx context.Context, config Config, options ...OpenOption) (*Store, error) {
	if ctx.Err() != nil {
		return nil, before(ctx)
	}
	if abi := C.seerflow_abi_version(); abi != C.SEERFLOW_ABI_VERSION {
		return nil, &Error{Kind: ErrUnsupported, Message: fmt.Sprintf("the library's ABI version is %d, the program was compiled for %d", abi, C.SEERFLOW_ABI_VERSION)}
	}
	var details *C.seerflow_error
	var settings *C.seerflow_config
	if err := check(ctx, C.seerflow_config_new(&settings, &details), &details); err != nil {
		return nil, err
	}
	defer C.seerflow_config_destroy(settings)
	for _, option := range options {
		if err := option(settings); err != nil {
			return nil, err
		}
	}
	for key, value := range config {
		if err := set(settings, key, value); err != nil {
			return nil, err
		}
	}
	store := &Store{inner: &inner{closed: make(chan struct{})}}
	if err := check(ctx, C.seerflow_store_new(settings, &store.inner.handle, &details), &details); err != nil {
		return nil, err
	}
	store.cleanup = runtime.AddCleanup(store, (*inner).destroy, store.inner)
	err := store.call(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_open(call.store, &call.c, &call.details)
	})
	if err != nil {
		store.cleanup.Stop()
		store.inner.destroy()
		return nil, err
	}
	return store, nil
}

func set(settings *C.seerflow_config, key, value string) error {
	var held texts
	defer held.free()
	k, v := held.always(key), held.always(value)
	if err := held.failure(); err != nil {
		return err
	}
	// The library takes it for one that is not given. Here it was given: a variable that is not set, as a rule.
	if value == "" && (key == "storage.sqlite_path" || key == "storage.data_dir") {
		return &Error{Kind: ErrConfig, Message: key + " is empty"}
	}
	var details *C.seerflow_error
	return check(nil, C.seerflow_config_set(settings, k, v, &details), &details)
}

func (i *inner) destroy() {
	i.mu.Lock()
	defer i.mu.Unlock()
	C.seerflow_store_destroy(i.handle)
	i.handle = nil
}

// Close commits what waits, for up to 30 seconds, and releases everything. It fails with [ErrLost] if accepted
// events could not be stored, and [Error.Lost] tells how many. Later calls end with [ErrClosed]; closing again waits until the store is closed, and does no more.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return s.Shutdown(ctx)
}

// Shutdown is [Store.Close] with a context whose deadline bounds it. Once the context is cancelled, also before the call, what
// waits gets one second more. The store is closed in any case.
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
	// The context interrupts the waiting for the commits, and not the close: when that begins, little is left to wait for.
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
	// The library ends calls that run; the handle is destroyed when they are gone.
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

// Flush waits until everything that any goroutine had accepted before the call is committed.
func (s *Store) Flush(ctx context.Context) error { return s.do(ctx, flush) }

func flush(call *call) C.seerflow_status {
	return C.seerflow_store_flush(call.store, &call.c, &call.details)
}

// call is one call of the library.
type call struct {
	store   *C.seerflow_store
	c       C.seerflow_call
	details *C.seerflow_error
}

// do makes a call with the context's deadline as its bound, and interrupts it when the context is cancelled. The texts are
// those that the call is given.
func (s *Store) do(ctx context.Context, run func(*call) C.seerflow_status, given ...*texts) error {
	if s == nil || s.inner == nil || s.inner.closing.Load() {
		return errClosed
	}
	for _, held := range given {
		if err := held.failure(); err != nil {
			return err
		}
	}
	if ctx.Err() == context.Canceled {
		return before(ctx)
	}
	return s.call(ctx, run)
}

// call is do for a store that may be closing already.
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
	return check(ctx, status, &made.details)
}

// timeout returns the milliseconds until the context's deadline. A passed one leaves a call no time, but does not
// keep it from what takes none.
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

// flags are interrupts that no call uses, all of them lowered.
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
		// A deadline is the library's own business: it tells what the call was waiting for.
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

func check(ctx context.Context, status C.seerflow_status, details **C.seerflow_error) error {
	if status == C.SEERFLOW_STATUS_OK {
		return nil
	}
	err := failure(ctx, status, *details)
	*details = nil
	return err
}

// texts makes C texts of Go ones, and frees them together. A C text ends at its first NUL: one inside is a failure of the
// call that was given the texts.
type texts struct {
	made   []unsafe.Pointer
	hasNUL bool
}

// of makes NULL of an empty text.
func (t *texts) of(text string) *C.char {
	if text == "" {
		return nil
	}
	return t.always(text)
}

func (t *texts) always(text string) *C.char {
	t.hasNUL = t.hasNUL || strings.IndexByte(text, 0) >= 0
	made := C.CString(text)
	t.made = append(t.made, unsafe.Pointer(made))
	return made
}

// str makes a text with its length. An empty text means absent.
func (t *texts) str(text string) C.seerflow_str {
	return C.seerflow_str{data: t.of(text), len: C.size_t(len(text))}
}

func (t *texts) failure() error {
	if t.hasNUL {
		return &Error{Kind: ErrInvalid, Message: "a text has a NUL inside"}
	}
	return nil
}

func (t *texts) free() {
	for _, made := range t.made {
		C.free(made)
	}
}

package seerflow

// #include <stdlib.h>
// #include "calls.h"
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// DefaultTimeout is the deadline of calls whose context has none.
const DefaultTimeout = 30 * time.Second

// closeTimeout is the deadline of [Store.Close]. closeGrace is the time that [Store.Shutdown] has left after its context is cancelled.
const (
	closeTimeout = 30 * time.Second
	closeGrace   = time.Second
)

// Config has the options of a store that differ from their defaults, such as "storage.sqlite_path". [Options] lists all options.
type Config map[string]string

// Option is one option of the library.
type Option struct {
	// Key is its name, as in [Config].
	Key string
	// Default is its value if it is not set.
	Default string
	// Doc is a description of one sentence.
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

// Version returns the version of the library that the program runs with.
func Version() string { return C.GoString(C.seerflow_version()) }

// OpenOptions are settings of [New] and [Open] beside the [Config], which overrides them.
type OpenOptions struct {
	// File is a YAML file with a storage section, such as Seerflow's seerflow.yaml. None if empty.
	File string
	// Environment reads options from the environment, which override those of File: SEERFLOW_STORAGE_DURABILITY sets storage.durability.
	Environment bool
	// ReadOnly opens the database for reading. Nothing is created or changed, and writes fail with [ErrPermission].
	ReadOnly bool
	// MustExist makes opening a database that does not exist fail with [ErrNotFound], instead of creating it.
	MustExist bool
	// Shared makes all stores of this process that name the same database, and have this option, one store. Their other options must be
	// equal. Closing the last of them closes the shared store.
	Shared bool
	// Logger gets the log records of the library, of the levels that it enables. Records that come faster than it takes them are dropped. A
	// shared store logs to the Logger of the Store that was created first, until that Store is closed.
	Logger *slog.Logger
}

// An OpenOption changes [OpenOptions].
type OpenOption func(*OpenOptions)

// FromFile sets [OpenOptions.File].
func FromFile(path string) OpenOption { return func(o *OpenOptions) { o.File = path } }

// FromEnvironment sets [OpenOptions.Environment].
func FromEnvironment() OpenOption { return func(o *OpenOptions) { o.Environment = true } }

// ReadOnly sets [OpenOptions.ReadOnly].
func ReadOnly() OpenOption { return func(o *OpenOptions) { o.ReadOnly = true } }

// MustExist sets [OpenOptions.MustExist].
func MustExist() OpenOption { return func(o *OpenOptions) { o.MustExist = true } }

// Shared sets [OpenOptions.Shared].
func Shared() OpenOption { return func(o *OpenOptions) { o.Shared = true } }

// Logger sets [OpenOptions.Logger].
func Logger(logger *slog.Logger) OpenOption { return func(o *OpenOptions) { o.Logger = logger } }

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

// load sets the options of the file, the environment and the other settings.
func (o *OpenOptions) load(settings *C.seerflow_config) error {
	var details *C.seerflow_error
	if o.File != "" {
		var held texts
		defer held.free()
		path := held.always(o.File)
		if err := held.failure(); err != nil {
			return err
		}
		if err := check(C.seerflow_config_load_file(settings, path, &details), &details); err != nil {
			return err
		}
	}
	if o.Environment {
		if err := check(C.seerflow_config_load_env(settings, &details), &details); err != nil {
			return err
		}
	}
	for key, isSet := range map[string]bool{"storage.read_only": o.ReadOnly, "storage.must_exist": o.MustExist} {
		if !isSet {
			continue
		}
		if err := set(settings, key, "true"); err != nil {
			return err
		}
	}
	return nil
}

func set(settings *C.seerflow_config, key, value string) error {
	var held texts
	defer held.free()
	k, v := held.always(key), held.always(value)
	if err := held.failure(); err != nil {
		return err
	}
	// The library treats an empty path as one that is not set. An explicitly empty path is usually an environment variable that is not set.
	if value == "" && (key == "storage.sqlite_path" || key == "storage.data_dir") {
		return &Error{Kind: ErrConfig, Message: key + " is empty"}
	}
	var details *C.seerflow_error
	return check(C.seerflow_config_set(settings, k, v, &details), &details)
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

// texts allocates C texts and frees them together. A C text ends at its first NUL, so a NUL inside a text is an error of the call.
type texts struct {
	made   []unsafe.Pointer
	hasNUL bool
}

// of returns NULL for an empty text.
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

// str makes a text with a length. An empty text is absent.
func (t *texts) str(text string) C.seerflow_str {
	return C.seerflow_str{data: t.of(text), len: C.size_t(len(text))}
}

func (t *texts) failure() error {
	if t.hasNUL {
		return &Error{Kind: ErrInvalid, Message: "a text contains a NUL"}
	}
	return nil
}

func (t *texts) free() {
	for _, made := range t.made {
		C.free(made)
	}
}

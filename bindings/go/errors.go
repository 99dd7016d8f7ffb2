package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"errors"
	"time"
)

//go:generate go run ./internal/status ../../include/seerflow.h status.go

// Kind says what kind of failure an [Error] is. The kinds are errors themselves, for [errors.Is].
type Kind int32

// Error returns the kind's name in lower case.
func (k Kind) Error() string { return "seerflow: " + k.String() }

// String returns the kind's name in lower case.
func (k Kind) String() string { return C.GoString(C.seerflow_status_name(C.seerflow_status(k))) }

// Error is the failure of a call: its kind, whether it is worth trying again, and what, where and why in one line.
//
// It holds no password. errors.Is finds its kind ([ErrAgain], [ErrClosed]) and, where a context ended the call, that
// context's error and its cause.
type Error struct {
	Kind      Kind
	Retriable bool
	Message   string
	// Lost is the number of accepted events that a failed [Store.Close] could not store ([ErrLost]).
	Lost  uint64
	ended []error
}

func (e *Error) Error() string { return "seerflow: " + e.Kind.String() + ": " + e.Message }

// Unwrap returns the kind and, where a context ended the call, its error and its cause.
func (e *Error) Unwrap() []error { return append([]error{e.Kind}, e.ended...) }

// Retriable returns whether the same call may succeed later and does nothing twice.
//
// A write is to be made again with its input from [Result.Consumed] on. It is retriable if that stores no event twice: no event of the
// failed call is left in the queue (see [Withdraw]), or each of its events gets the same id again (by [BatchKey], [RecordKeyField] or
// an id of its own).
func Retriable(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Retriable
}

var errClosed = &Error{Kind: ErrClosed, Message: "the store is closed"}

// failure makes an error of a status and its details, which it destroys.
func failure(ctx context.Context, status C.seerflow_status, details *C.seerflow_error) error {
	err := &Error{Kind: Kind(status)}
	if details != nil {
		err.Retriable = bool(C.seerflow_error_retriable(details))
		err.Message = C.GoString(C.seerflow_error_message(details))
		C.seerflow_error_destroy(details)
	}
	if ctx != nil && (err.Kind == ErrInterrupted || err.Kind == ErrTimeout || err.Kind == ErrAgain) {
		err.ended = ended(ctx)
		// The library's clock may be ahead of the context's timer.
		if deadline, ok := ctx.Deadline(); err.ended == nil && ok && err.Kind != ErrInterrupted && !time.Now().Before(deadline) {
			err.ended = []error{context.DeadlineExceeded}
		}
	}
	return err
}

// ended returns the error of a context that ended, and its cause if that is another one.
func ended(ctx context.Context) []error {
	err, cause := ctx.Err(), context.Cause(ctx)
	switch {
	case err == nil:
		return nil
	case cause == err:
		return []error{err}
	}
	return []error{err, cause}
}

// before is the failure of a call whose context ended before it.
func before(ctx context.Context) error {
	kind := ErrInterrupted
	if ctx.Err() == context.DeadlineExceeded {
		kind = ErrTimeout
	}
	return &Error{Kind: kind, Retriable: kind == ErrTimeout, Message: "the context ended first", ended: ended(ctx)}
}

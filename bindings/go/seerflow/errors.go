package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"errors"
	"time"
)

//go:generate go run ../internal/status ../../../include/seerflow.h status.go

// Kind is the kind of failure of an [Error]. Kinds are errors themselves, for use with [errors.Is].
type Kind int32

// Error returns the name of the kind in lower case.
func (k Kind) Error() string { return "seerflow: " + k.String() }

// String returns the name of the kind in lower case.
func (k Kind) String() string { return C.GoString(C.seerflow_status_name(C.seerflow_status(k))) }

// Error is the failure of a call: its kind, whether it is retriable, and a message of one line without passwords.
//
// [errors.Is] matches the kind, such as [ErrAgain] or [ErrClosed]. If a context ended the call, it also matches the error of the context
// and its cause.
type Error struct {
	Kind      Kind
	Retriable bool
	Message   string
	// Lost is the number of accepted events that a failed [Store.Close] could not store. It is set with [ErrLost].
	Lost  uint64
	ended []error
}

// Error returns the kind and the message.
func (e *Error) Error() string { return "seerflow: " + e.Kind.String() + ": " + e.Message }

// Unwrap returns the kind and, if a context ended the call, the error of the context and its cause.
func (e *Error) Unwrap() []error { return append([]error{e.Kind}, e.ended...) }

// Retriable returns true if the same call may succeed later, and repeating it has no effect twice.
//
// For a write, repeat the call with its input from [Result.Consumed] on. The error is retriable only if that stores no event twice: either
// no event of the failed call is still in the queue (see [Withdraw]), or each of its events gets the same id again (from [BatchKey],
// [RecordKeyField] or its own id).
func Retriable(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Retriable
}

var errClosed = &Error{Kind: ErrClosed, Message: "the store is closed"}

// failure converts a status and its details to an error, and destroys the details. It returns nil if the call succeeded.
func failure(status C.seerflow_status, details *C.seerflow_error) *Error {
	if status == C.SEERFLOW_STATUS_OK {
		return nil
	}
	err := &Error{Kind: Kind(status)}
	if details != nil {
		err.Retriable = bool(C.seerflow_error_retriable(details))
		err.Message = C.GoString(C.seerflow_error_message(details))
		C.seerflow_error_destroy(details)
	}
	return err
}

// endedBy adds the error of the context if the context ended the call.
func (e *Error) endedBy(ctx context.Context) error {
	if e == nil {
		return nil
	}
	if e.Kind == ErrInterrupted || e.Kind == ErrTimeout || e.Kind == ErrAgain {
		e.ended = ended(ctx)
		// The library's clock may reach the deadline before the context's timer does.
		if deadline, ok := ctx.Deadline(); e.ended == nil && ok && e.Kind != ErrInterrupted && !time.Now().Before(deadline) {
			e.ended = []error{context.DeadlineExceeded}
		}
	}
	return e
}

// ended returns the error of a context that ended, and its cause if that is a different error.
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

// before returns the error of a call whose context had ended before the call started.
func before(ctx context.Context) error {
	kind := ErrInterrupted
	if ctx.Err() == context.DeadlineExceeded {
		kind = ErrTimeout
	}
	return &Error{Kind: kind, Retriable: kind == ErrTimeout, Message: "the context ended before the call", ended: ended(ctx)}
}

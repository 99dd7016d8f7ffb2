package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
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
// context's error.
type Error struct {
	Kind      Kind
	Retriable bool
	Message   string
	cause     error
}

func (e *Error) Error() string { return fmt.Sprintf("seerflow: %s: %s", e.Kind, e.Message) }

// Unwrap returns the kind and, where a context ended the call, its error.
func (e *Error) Unwrap() []error {
	if e.cause != nil {
		return []error{e.Kind, e.cause}
	}
	return []error{e.Kind}
}

// Retriable tells whether the same call may succeed later with nothing changed by the caller.
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
		err.cause = context.Cause(ctx)
		if deadline, ok := ctx.Deadline(); err.cause == nil && ok && err.Kind != ErrInterrupted && !now().Before(deadline) {
			err.cause = context.DeadlineExceeded
		}
	}
	return err
}

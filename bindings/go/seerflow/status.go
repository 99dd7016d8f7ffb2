// Code generated from seerflow.h by internal/status; DO NOT EDIT.

//go:build cgo

package seerflow

// The kinds of failures. A later library may return kinds that are not listed here.
const (
	// An argument or a record is not valid, or a handle is NULL, of another type, or destroyed.
	ErrInvalid Kind = 1
	// The configuration has an unknown key, a bad value, or a variable that is not set.
	ErrConfig Kind = 2
	// The record or index that was asked for does not exist.
	ErrNotFound Kind = 3
	// The queue stayed full until the deadline, or no completion is available. Try again later.
	ErrAgain Kind = 4
	// The deadline passed before the call finished.
	ErrTimeout Kind = 5
	// Another thread raised the call's interrupt.
	ErrInterrupted Kind = 6
	// The store is closed.
	ErrClosed Kind = 7
	// The parent process used the handle before fork(), or has the file open. See FORK at the top of this header.
	ErrForked Kind = 8
	// The library has a defect, and a call on the handle met it. The handle can only be destroyed.
	ErrPanic Kind = 9
	// The operating system reported an error, for example from the file system.
	ErrIO Kind = 10
	// The database reported an error.
	ErrDatabase Kind = 11
	// The database file, or an event in it, is damaged.
	ErrCorrupt Kind = 12
	// The disk of the database is full.
	ErrFull Kind = 13
	// Another program holds the write lock of the database.
	ErrBusy Kind = 14
	// The schema of the database is newer than this library, or older than any that the library can adopt.
	ErrSchema Kind = 15
	// This build, the platform, the file system or the database server lacks something that the call needs. Examples: a PostgreSQL database that is not in UTF8, a file system on which SQLite cannot use a write-ahead log, a backup of PostgreSQL.
	ErrUnsupported Kind = 16
	// Access was denied.
	ErrPermission Kind = 17
	// A limit on size, depth, count or memory was exceeded.
	ErrLimit Kind = 18
	// The stored record is not the one that the call expected.
	ErrConflict Kind = 19
	// The store was closed, and some accepted events could not be stored.
	ErrLost Kind = 20
)

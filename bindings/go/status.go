// Code generated from seerflow.h by internal/status; DO NOT EDIT.

package seerflow

// The kinds of failures. A later library may answer kinds that are not here.
const (
	// An argument or a record is outside what the call accepts. A handle that is NULL, of another type or destroyed.
	ErrInvalid Kind = 1
	// The configuration has an unknown key, a bad value or an unset variable.
	ErrConfig Kind = 2
	// What was asked for by name or by number is not there.
	ErrNotFound Kind = 3
	// The queue stayed full until the deadline, or no completion is there; try again later.
	ErrAgain Kind = 4
	// The deadline passed before the work was done.
	ErrTimeout Kind = 5
	// Another thread raised the call's interrupt.
	ErrInterrupted Kind = 6
	// The store was closed before the call.
	ErrClosed Kind = 7
	// The parent process used the handle before fork(), or has the file open. See FORK on the first page.
	ErrForked Kind = 8
	// A call on the handle met a defect of this library. All that is left for the handle is to be destroyed.
	ErrPanic Kind = 9
	// The file system or the operating system refused.
	ErrIO Kind = 10
	// The database answered an error of its own.
	ErrDatabase Kind = 11
	// The database file, or an event in it, is damaged.
	ErrCorrupt Kind = 12
	// No space is left where the database lives.
	ErrFull Kind = 13
	// Another program holds the database's write lock.
	ErrBusy Kind = 14
	// The database's schema is newer than this library, or of an age it does not adopt.
	ErrSchema Kind = 15
	// This build, this platform, the database or its server does not have what is needed: a database that is not in UTF8, a file system without write-ahead logs, a backup of PostgreSQL.
	ErrUnsupported Kind = 16
	// Access was denied.
	ErrPermission Kind = 17
	// A bound on size, depth or count was passed.
	ErrLimit Kind = 18
	// Something else than what the call expected is stored there.
	ErrConflict Kind = 19
	// The store is closed, and accepted events could not be stored before.
	ErrLost Kind = 20
)

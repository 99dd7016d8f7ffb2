// Package faults makes the database of a test fail: it locks a SQLite file, or stops a PostgreSQL server.
package faults

import (
	"sync"
	"syscall"
	"testing"
)

// Lock holds the write lock of a SQLite database, as another process does.
func Lock(t testing.TB, path string) (unlock func()) {
	t.Helper()
	fd, err := syscall.Open(path+"-shm", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The byte for writers in the index of the write-ahead log. The lock belongs to the open file description.
	const setLockAndWait = 38
	if err := syscall.FcntlFlock(uintptr(fd), setLockAndWait, &syscall.Flock_t{Type: syscall.F_WRLCK, Start: 120, Len: 1}); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() { _ = syscall.Close(fd) })
}

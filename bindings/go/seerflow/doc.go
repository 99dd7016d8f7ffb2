// Package seerflow stores security log events in a database that a running Seerflow can read, and queries them.
//
// It wraps the C library libseerflow. A released module contains the library for Linux and links it into the program. The build tags
// seerflow_shared and seerflow_static choose an installed library instead, which pkg-config finds; a checkout needs one of them.
//
//	store, err := seerflow.Open(ctx, seerflow.Config{"storage.sqlite_path": "events.db"})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	_, err = store.WriteEvents(ctx, []seerflow.Event{{Message: "Accepted password for deploy", Users: []string{"deploy"}}})
//
// # Writes
//
// A write returns when its events are accepted into a bounded queue in memory or, with [Durable], when they are committed.
// [Store.Flush] waits until everything is committed that any goroutine had written before. With [BatchKey], a call that is made twice
// stores its events once. A record that cannot be stored as an event is stored as a dead letter, and the other records are stored;
// [Result] lists the rejected records.
//
// A write consumes its whole input or returns an error. If the queue stays full, the error is [ErrAgain], and [Result.Consumed] is the
// part that was consumed: write the rest again. If a durable write fails with [ErrTimeout] or [ErrInterrupted], its events are still in
// the queue and will be committed. Repeat such a write only with a batch key, or with ids, so that it does not store them twice.
//
// # Queries
//
// All functions that query take a [Query]: pages, counts and histograms have the same filters. A time window includes its start and
// excludes its end. Methods whose names start with Query return one [Page]. [Store.Events] and similar methods iterate over the records
// of all pages.
//
// # Contexts
//
// A call whose context has ended fails and does nothing. The deadline of a context is the deadline of the call, [Open] included, and its
// cancellation interrupts the call. Without a deadline, [DefaultTimeout] applies. [Store.Shutdown] closes the store even if its context ends.
//
// # Errors
//
// Every failure is an [*Error]. [errors.Is] matches its kind, such as [ErrAgain]. If a context ended the call, it also matches the error
// of the context and its cause. [Retriable] tells whether the same call may succeed later and may be repeated safely.
//
// # Goroutines
//
// Any number of goroutines may use a [Store] at the same time, even while it is closed: their calls then fail with [ErrClosed].
package seerflow

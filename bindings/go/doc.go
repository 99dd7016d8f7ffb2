// Package seerflow stores security log events in the database that a running Seerflow reads, and finds them again.
//
// It is a face of the C library libseerflow, found through pkg-config; with the build tag seerflow_static it is linked
// into the program, so that a single binary can be shipped.
//
//	store, err := seerflow.Open(ctx, seerflow.Config{"storage.sqlite_path": "events.db"})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	_, err = store.WriteEvents(ctx, []seerflow.Event{{Message: "Accepted password for deploy", Users: []string{"deploy"}}})
//
// # What a write promises
//
// A write returns when its events are accepted into bounded memory, or, with [Durable], when they are committed.
// [Store.Flush] waits until all that any goroutine had accepted before is committed. With [BatchKey] the same call made
// twice stores its events once. A record that cannot be stored is kept as a dead letter, and the others are stored;
// [Result] tells.
//
// A write takes everything or answers an error. Where the queue stayed full that is [ErrAgain], and [Result.Consumed] says what
// was taken: the rest may be given again. A durable write that answers [ErrTimeout] or [ErrInterrupted] has left its events in the
// queue, where they will be committed: only with a batch key, or with ids, may it be made again without storing them twice.
//
// # Questions
//
// A [Query] says which records a question is about: pages, counts and histograms take the same filters. A window of time goes from its
// first moment up to, but not including, its last. Methods that begin with Query answer with one [Page]; [Store.Events] and its like
// walk over the records of all pages.
//
// # Contexts
//
// A context's deadline bounds the call, [Open] included, and its cancellation interrupts it. Without a deadline a call is bounded by
// [DefaultTimeout]. [Store.Shutdown] closes the store whatever becomes of its context.
//
// # Errors
//
// Every failure is an [*Error]. [errors.Is] compares with its kind, such as [ErrAgain], and with the error of the context
// that ended the call, and its cause; [Retriable] tells whether the same call may succeed later, and when that is safe.
//
// # Goroutines
//
// A [Store] may be used by any number of goroutines at once, also while it is closed: calls then end with [ErrClosed].
package seerflow

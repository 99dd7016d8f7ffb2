package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"time"
)

// State is the state of a store.
type State uint32

// The states of a store.
const (
	StateIdle     State = C.SEERFLOW_STATE_IDLE
	StateOK       State = C.SEERFLOW_STATE_OK
	StateDegraded State = C.SEERFLOW_STATE_DEGRADED
	StateClosed   State = C.SEERFLOW_STATE_CLOSED
)

// String returns the name of the state.
func (s State) String() string {
	names := [...]string{"idle", "ok", "degraded", "closed"}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// Health is the state of a store and of its queue.
type Health struct {
	State State
	// Cause, Reason and Since say why and since when commits fail. They are zero unless the store is degraded.
	Cause  Kind
	Reason string
	Since  time.Time
	// The queue: its present size and its bounds.
	QueueEvents, QueueEventsLimit, QueueBytes, QueueBytesLimit uint64
}

// Health returns whether the store can commit now. It does not access the database.
func (s *Store) Health() Health {
	c := C.seerflow_health{struct_size: C.sizeof_seerflow_health}
	err := s.do(context.Background(), func(call *call) C.seerflow_status {
		return C.seerflow_store_health(call.store, &c, &call.details)
	})
	if err != nil {
		return Health{State: StateClosed}
	}
	return Health{
		State: State(c.state), Cause: Kind(c.cause), Reason: C.GoString(&c.reason[0]), Since: timeOf(c.degraded_since_ns),
		QueueEvents: uint64(c.queue_events), QueueEventsLimit: uint64(c.queue_events_limit),
		QueueBytes: uint64(c.queue_bytes), QueueBytesLimit: uint64(c.queue_bytes_limit),
	}
}

// Metrics returns the counters and the state as one text in the format of OpenMetrics 1.0. It does not access the database.
func (s *Store) Metrics() (string, error) {
	text := make([]C.char, 16<<10)
	for {
		var length C.size_t
		err := s.do(context.Background(), func(call *call) C.seerflow_status {
			return C.seerflow_store_metrics(call.store, &text[0], C.size_t(len(text)), &length, &call.details)
		})
		if err != nil || int(length) < len(text) {
			return C.GoString(&text[0]), err
		}
		text = make([]C.char, 2*length)
	}
}

// Stats are counters since the store was opened, and its current state.
type Stats struct {
	Accepted, Committed, Duplicates, Rejected uint64
	// UnparsedTimes counts committed events whose time was given and not understood.
	UnparsedTimes uint64
	// Withdrawn counts accepted events that a write removed from the queue; see [Withdraw].
	Withdrawn uint64
	// Commits counts committed transactions, Retries those that failed and were retried.
	Commits, Retries          uint64
	QueueEvents, QueueBytes   uint64
	LastCommit, LongestCommit time.Duration
	WALBytes, Queries         uint64
}

// Stats returns the counters. It does not access the database.
func (s *Store) Stats() (Stats, error) {
	c := C.seerflow_stats{struct_size: C.sizeof_seerflow_stats}
	err := s.do(context.Background(), func(call *call) C.seerflow_status {
		return C.seerflow_store_stats(call.store, &c, &call.details)
	})
	return Stats{
		Accepted: uint64(c.accepted), Committed: uint64(c.committed), Duplicates: uint64(c.duplicates), Rejected: uint64(c.rejected), Withdrawn: uint64(c.withdrawn),
		UnparsedTimes: uint64(c.unparsed_times),
		Commits:       uint64(c.commits), Retries: uint64(c.retries), QueueEvents: uint64(c.queue_events), QueueBytes: uint64(c.queue_bytes),
		LastCommit: time.Duration(c.last_commit_ns), LongestCommit: time.Duration(c.longest_commit_ns),
		WALBytes: uint64(c.wal_bytes), Queries: uint64(c.queries),
	}, err
}

// Summary has counts and sizes of a store. Oldest and Newest are zero if there are no events.
type Summary struct {
	MadeBySeerflow                                             bool
	SchemaVersion                                              int64
	Events, DeadLetters, Templates, Bytes, FreeBytes, WALBytes uint64
	Oldest, Newest                                             time.Time
	// End is the cursor after the event that arrived last. A query in the order [Arrival] with this cursor returns the events that arrive
	// later.
	End string
}

// Summary returns counts and sizes of the store.
func (s *Store) Summary(ctx context.Context) (Summary, error) {
	c := C.seerflow_summary{struct_size: C.sizeof_seerflow_summary}
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_summary(call.store, &call.c, &c, &call.details)
	})
	if err != nil {
		return Summary{}, err
	}
	return Summary{
		MadeBySeerflow: bool(c.made_by_seerflow), SchemaVersion: int64(c.schema_version),
		Events: uint64(c.events), DeadLetters: uint64(c.dead_letters), Templates: uint64(c.templates),
		Bytes: uint64(c.bytes), FreeBytes: uint64(c.free_bytes), WALBytes: uint64(c.wal_bytes),
		Oldest: timeOf(c.oldest_ns), Newest: timeOf(c.newest_ns), End: C.GoString(&c.end_cursor[0]),
	}, nil
}

// Backup writes a consistent copy of a SQLite database to a new file, while reads and writes continue. On PostgreSQL it fails with
// [ErrUnsupported].
func (s *Store) Backup(ctx context.Context, target string) error {
	var held texts
	defer held.free()
	path := held.always(target)
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_backup(call.store, path, &call.c, nil, nil, &call.details)
	}, &held)
}

// Checkpoint copies the write-ahead log into the database file. The library also does this by itself.
func (s *Store) Checkpoint(ctx context.Context) error {
	return s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_checkpoint(call.store, &call.c, &call.details)
	})
}

// Checks are the parts of [Store.Check]. The values may be added.
type Checks uint32

// The parts of a check.
const (
	// CheckStructure checks tables, the structure of the text index, and summaries, while writes continue.
	CheckStructure Checks = C.SEERFLOW_CHECK_STRUCTURE
	// CheckText compares the text index with every message. Writes wait meanwhile.
	CheckText Checks = C.SEERFLOW_CHECK_TEXT
)

// Check checks the store and returns its findings. An intact store has none.
func (s *Store) Check(ctx context.Context, what Checks) ([]string, error) {
	var list *C.seerflow_list
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_check(call.store, C.uint32_t(what), &call.c, &list, &call.details)
	})
	if err != nil {
		return nil, err
	}
	defer C.seerflow_list_destroy(list)
	findings, err := recordsOf[struct{ Text string }](list)
	found := make([]string, len(findings))
	for i := range findings {
		found[i] = findings[i].Text
	}
	return found, err
}

package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unsafe"
)

// Result says what became of the records of a write, also of one that failed after it had taken a part.
type Result struct {
	// Accepted counts the events that were accepted: those committed, duplicates and queued.
	Accepted uint64
	// Committed counts the accepted events that a durable write saw committed as new.
	Committed uint64
	// Queued counts the accepted events that were in the queue or in a transaction when the call ended. They are stored later: 0
	// after a durable write that went well.
	Queued uint64
	// Withdrawn counts the events that were taken back, see [Withdraw]. They are not accepted and not stored.
	Withdrawn uint64
	// Unkeyed counts the events without the attribute that [RecordKeyField] names. They got an ordinary id.
	Unkeyed uint64
	// Duplicates counts those of them whose id was stored before. Known after a durable write.
	Duplicates uint64
	// Consumed is how far the call came: bytes of the input, or events for [Store.WriteEvents]. If it is less than all, there is an
	// error, or what follows is an incomplete last record of an [Incomplete] write.
	Consumed int
	// Rejected names the records that are kept as dead letters instead.
	Rejected []Rejection
	// Durability says what the commit of a durable write survives: "process" (its death), "power" (its loss), or nothing.
	Durability string
}

// Rejection is a record that could not become an event.
type Rejection struct {
	// Index counts the records of the input from 0; empty lines are none.
	Index uint64
	// Reason says why.
	Reason string
}

// A Format is what bytes that hold events are.
type Format uint32

// The formats.
const (
	// Lines are log lines: syslog, application and web server logs. A line of no known form is stored as a message.
	Lines Format = C.SEERFLOW_FORMAT_LINES
	// NDJSON is JSON, one object a line. Keys are the names of the fields; the objects of other programs (zap, pino, logstash, docker)
	// are understood too. Other keys become attributes.
	NDJSON Format = C.SEERFLOW_FORMAT_NDJSON
	// Msgpack is maps one after the other, or one array of them, with keys as for [NDJSON].
	Msgpack Format = C.SEERFLOW_FORMAT_MSGPACK
	// OTLP is one ExportLogsServiceRequest or LogsData of OpenTelemetry, as protobuf.
	OTLP Format = C.SEERFLOW_FORMAT_OTLP
	// OTLPJSON is requests of OpenTelemetry in JSON, one after the other.
	OTLPJSON Format = C.SEERFLOW_FORMAT_OTLP_JSON
	// Fluent is records and messages of Fluent Forward, as Fluent Bit and Fluentd send them.
	Fluent Format = C.SEERFLOW_FORMAT_FLUENT
)

// A WriteOption says how a write is to be done.
type WriteOption func(*writeOptions)

type writeOptions struct {
	c                                                             C.sf_write_options
	batchKey, recordKeyField, sourceType, sourceID, tag, timezone string
}

// Durable makes a write return after its commit. Commits of concurrent writers are shared.
func Durable() WriteOption { return func(o *writeOptions) { o.c.durable = true } }

// Withdraw makes a durable write that fails take back its events that are in no running transaction: they are not stored, and
// [Result.Consumed] is where they begin. Without it they stay in the queue. Such a call may last half a second longer than its context.
func Withdraw() WriteOption { return func(o *writeOptions) { o.c.withdraw = true } }

// Urgent has the events committed at once instead of after the flush interval, without waiting for it.
func Urgent() WriteOption { return func(o *writeOptions) { o.c.urgent = true } }

// Incomplete says that more input follows: an incomplete last record stays with the caller, [Result.Consumed] tells. Give it again
// with more input behind it. Without this option the input ends with the call, and an incomplete last line is a line.
func Incomplete() WriteOption { return func(o *writeOptions) { o.c.complete = false } }

// KeepRaw keeps each log line whole in the event's Raw.
func KeepRaw() WriteOption { return func(o *writeOptions) { o.c.keep_raw = true } }

// BatchKey makes the ids of events that have none from this key, their index and their time: the same call made twice,
// by whichever process, stores its events once.
func BatchKey(key string) WriteOption { return func(o *writeOptions) { o.batchKey = key } }

// RecordKeyField names the attribute that is the record key: a text (or an integer) that names the record alone among all of the
// store. The id of an event without one is made of it alone, so that a record that is sent again in another batch is stored once. It is
// the whole key of an attribute, not a path; by default "log.record.uid" for OpenTelemetry and Fluent, and none for other formats.
func RecordKeyField(name string) WriteOption {
	return func(o *writeOptions) { o.recordKeyField = name }
}

// FirstIndex is the index of the first record, for a call that goes on where another one with the same batch key ended.
func FirstIndex(index uint64) WriteOption {
	return func(o *writeOptions) { o.c.first_index = C.uint64_t(index) }
}

// SourceType is that of events that do not state one.
func SourceType(name string) WriteOption { return func(o *writeOptions) { o.sourceType = name } }

// SourceID is that of events that do not state one.
func SourceID(id string) WriteOption { return func(o *writeOptions) { o.sourceID = id } }

// Tag is kept as the attribute "tag" of every event that has none, and as the source type of events for which neither the record nor
// [SourceType] states one.
func Tag(tag string) WriteOption { return func(o *writeOptions) { o.tag = tag } }

// Reference is a moment when log lines without a year were written, or up to a year later: it decides their year. The present by
// default.
func Reference(at time.Time) WriteOption {
	return func(o *writeOptions) { o.c.reference_ns = C.int64_t(clamped(at)) }
}

// Timezone is that of log lines without an offset, such as "Europe/Berlin"; UTC by default.
func Timezone(name string) WriteOption { return func(o *writeOptions) { o.timezone = name } }

// buffers are reused by writes of events.
var buffers = sync.Pool{New: func() any { return new(buffer) }}

type buffer struct {
	bytes []byte
	ends  []int
}

// Large buffers are left to the garbage collector.
const keptBuffer = 4 << 20

// WriteEvents writes events, as one call of the library. Like an [io.Writer] it takes all of them or answers an error: [ErrAgain] if the
// queue stayed full until the deadline, with [Result] saying how many were taken.
func (s *Store) WriteEvents(ctx context.Context, events []Event, options ...WriteOption) (Result, error) {
	held := buffers.Get().(*buffer)
	held.bytes, held.ends = held.bytes[:0], held.ends[:0]
	for i := range events {
		if !isHeld(events[i].Time) || !isHeld(events[i].Observed) {
			return Result{}, &Error{Kind: ErrInvalid, Message: fmt.Sprintf("event %d: a time is outside of the years 1678 to 2262", i)}
		}
		held.bytes = appendEvent(held.bytes, &events[i])
		held.ends = append(held.ends, len(held.bytes))
	}
	result, err := s.Write(ctx, Msgpack, held.bytes, options...)
	result.Consumed = eventsUpTo(held.ends, result.Consumed)
	if cap(held.bytes) <= keptBuffer {
		buffers.Put(held)
	}
	return result, err
}

func eventsUpTo(ends []int, consumed int) int {
	count := len(ends)
	for count > 0 && ends[count-1] > consumed {
		count--
	}
	return count
}

// Write writes events given as bytes of a format. It takes all of them, but for an incomplete last record of an [Incomplete] write,
// or answers an error: [ErrAgain] if the queue stayed full until the deadline, with [Result] saying how many bytes were taken.
//
// One request, message or group of OpenTelemetry and Fluent is taken whole or not at all, unless it has more than 262,144 records or its
// events take more than 64 MiB: give such a one again with the same batch key.
func (s *Store) Write(ctx context.Context, format Format, data []byte, options ...WriteOption) (Result, error) {
	given := writeOptions{c: C.sf_write_options{complete: true}}
	for _, option := range options {
		option(&given)
	}
	names := given.batchKey + given.recordKeyField + given.sourceType + given.sourceID + given.tag + given.timezone
	given.c.batch_key = C.size_t(len(given.batchKey))
	given.c.record_key_field = C.size_t(len(given.recordKeyField))
	given.c.source_type = C.size_t(len(given.sourceType))
	given.c.source_id = C.size_t(len(given.sourceID))
	given.c.tag = C.size_t(len(given.tag))
	given.c.timezone = C.size_t(len(given.timezone))
	began := time.Now()
	var result Result
	for {
		part, err := s.writePart(ctx, format, data[result.Consumed:], &given.c, names)
		result.add(part)
		// What the library left may be an incomplete record, or had no room: then the next call tells why.
		if err != nil || part.Consumed == 0 || result.Consumed == len(data) {
			return result, err
		}
		given.c.first_index += C.uint64_t(part.Accepted) + C.uint64_t(len(part.Rejected))
		if _, bounded := ctx.Deadline(); !bounded {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, began.Add(DefaultTimeout))
			defer cancel()
		}
	}
}

func (r *Result) add(part Result) {
	r.Accepted += part.Accepted
	r.Committed += part.Committed
	r.Duplicates += part.Duplicates
	r.Queued += part.Queued
	r.Withdrawn += part.Withdrawn
	r.Unkeyed += part.Unkeyed
	r.Consumed += part.Consumed
	r.Rejected = append(r.Rejected, part.Rejected...)
	if part.Durability != "" {
		r.Durability = part.Durability
	}
}

// writePart is one call of the library.
func (s *Store) writePart(ctx context.Context, format Format, data []byte, options *C.sf_write_options, names string) (Result, error) {
	var written C.sf_written
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.sf_write(call.store, &call.c, C.seerflow_format(format), start(data), C.size_t(len(data)), options,
			(*C.char)(unsafe.Pointer(unsafe.StringData(names))), &written, &call.details)
	})
	outcome := &written.outcome
	result := Result{
		Accepted:   uint64(outcome.accepted),
		Committed:  uint64(outcome.committed),
		Queued:     uint64(outcome.queued),
		Withdrawn:  uint64(outcome.withdrawn),
		Unkeyed:    uint64(outcome.unkeyed),
		Duplicates: uint64(outcome.duplicates),
		Consumed:   int(written.consumed),
		Durability: [...]string{"", "process", "power"}[outcome.durability%3],
	}
	if written.result != nil {
		defer C.seerflow_result_destroy(written.result)
		list := C.seerflow_result_rejections(written.result)
		result.Rejected = make([]Rejection, C.seerflow_list_count(list))
		for i := range result.Rejected {
			rejection := C.seerflow_rejection{struct_size: C.sizeof_seerflow_rejection}
			C.seerflow_list_rejection_at(list, C.size_t(i), &rejection, nil)
			result.Rejected[i] = Rejection{uint64(rejection.index), C.GoStringN(rejection.reason.data, C.int(rejection.reason.len))}
		}
	}
	return result, err
}

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

// Result is the outcome of a write, even of one that failed after it had accepted a part.
type Result struct {
	// Accepted is the number of accepted events: those committed, duplicates and queued.
	Accepted uint64
	// Committed is the number of accepted events that a durable write committed as new.
	Committed uint64
	// Queued is the number of accepted events that were in the queue or in a transaction when the call returned. They are stored later. It is
	// 0 after a durable write that succeeded.
	Queued uint64
	// Withdrawn is the number of events that were removed from the queue; see [Withdraw]. They are neither accepted nor stored.
	Withdrawn uint64
	// Unkeyed is the number of events without the attribute that [RecordKeyField] names. They have an ordinary id.
	Unkeyed uint64
	// UnparsedTimes is the number of events whose time was given and not understood. They have the time at which they were received, and
	// the attribute "seerflow.time.unparsed".
	UnparsedTimes uint64
	// Duplicates is the number of accepted events whose id was already stored. It is known after a durable write.
	Duplicates uint64
	// Consumed is the part of the input that was consumed, in bytes, or in events for [Store.WriteEvents]. It is less than the whole input
	// after an error, or if an [Incomplete] write ends with an incomplete record.
	Consumed int
	// Rejected lists the records that were stored as dead letters.
	Rejected []Rejection
	// Durability is what the commit of a durable write survives: "process" (a crash of the process), "power" (a loss of power), or "" if it is
	// not known.
	Durability string
}

// Rejection is a record that could not be stored as an event.
type Rejection struct {
	// Index is the position of the record in the input, from 0. Empty lines are not counted.
	Index uint64
	// Reason is the reason for the rejection.
	Reason string
}

// A Format is the format of bytes that contain events.
type Format uint32

// The formats.
const (
	// Lines are log lines: syslog, application logs and web server logs. A line in an unknown form is stored as a message.
	Lines Format = C.SEERFLOW_FORMAT_LINES
	// NDJSON is JSON, one object a line. The keys are the names of the fields. The objects of zap, pino, Logstash and Docker are understood
	// too. Other keys become attributes.
	NDJSON Format = C.SEERFLOW_FORMAT_NDJSON
	// Msgpack is maps one after the other, or one array of maps, with the keys of [NDJSON].
	Msgpack Format = C.SEERFLOW_FORMAT_MSGPACK
	// OTLP is one ExportLogsServiceRequest or LogsData of OpenTelemetry in protobuf.
	OTLP Format = C.SEERFLOW_FORMAT_OTLP
	// OTLPJSON is requests of OpenTelemetry in JSON, one after the other.
	OTLPJSON Format = C.SEERFLOW_FORMAT_OTLP_JSON
	// Fluent is records and messages of Fluent Forward, as Fluent Bit and Fluentd send them.
	Fluent Format = C.SEERFLOW_FORMAT_FLUENT
)

// A WriteOption is an option of a write.
type WriteOption func(*writeOptions)

type writeOptions struct {
	c                                                             C.sf_write_options
	batchKey, recordKeyField, sourceType, sourceID, tag, timezone string
}

// Durable makes a write return after its commit. Concurrent writers share commits.
func Durable() WriteOption { return func(o *writeOptions) { o.c.durable = true } }

// Withdraw makes a failing durable write remove its events from the queue, except for those in a running transaction. The removed events
// are not stored, and [Result.Consumed] is where they start. Without this option they stay in the queue. Such a call may take half a second
// longer than its context allows.
func Withdraw() WriteOption { return func(o *writeOptions) { o.c.withdraw = true } }

// Urgent commits the events at once instead of after the flush interval. The call does not wait for the commit.
func Urgent() WriteOption { return func(o *writeOptions) { o.c.urgent = true } }

// Incomplete means that more input follows: an incomplete last record is not consumed. Write it again with more input after it;
// [Result.Consumed] is where it starts. Without this option the input ends with the call, and an incomplete last line is a line.
func Incomplete() WriteOption { return func(o *writeOptions) { o.c.complete = false } }

// ParseMessages decides whether a message that is itself a JSON object or a log line with a header is read. Without this option the messages
// of log lines and Fluent are read, others are not.
func ParseMessages(parse bool) WriteOption {
	return func(o *writeOptions) {
		o.c.parse = C.SEERFLOW_PARSE_NEVER
		if parse {
			o.c.parse = C.SEERFLOW_PARSE_ALWAYS
		}
	}
}

// KeepRaw stores each log line unchanged in [Event.Raw].
func KeepRaw() WriteOption { return func(o *writeOptions) { o.c.keep_raw = true } }

// BatchKey sets a key from which events without an id get one, together with their index and time. The same call, made again by any
// process, then stores its events once.
func BatchKey(key string) WriteOption { return func(o *writeOptions) { o.batchKey = key } }

// RecordKeyField names the attribute with the record key: a text (or an integer) that identifies the record among all records of the store.
// An event without an id gets an id made from that key alone, so a record that is sent again in another batch is stored once. The name is
// the full key of an attribute, not a path. The default is "log.record.uid" for OpenTelemetry and Fluent, and none for other formats.
func RecordKeyField(name string) WriteOption {
	return func(o *writeOptions) { o.recordKeyField = name }
}

// FirstIndex is the index of the first record, for a call that continues another one with the same batch key.
func FirstIndex(index uint64) WriteOption {
	return func(o *writeOptions) { o.c.first_index = C.uint64_t(index) }
}

// SourceType is the source type of events that do not contain one.
func SourceType(name string) WriteOption { return func(o *writeOptions) { o.sourceType = name } }

// SourceID is the source id of events that do not contain one.
func SourceID(id string) WriteOption { return func(o *writeOptions) { o.sourceID = id } }

// Tag becomes the attribute "tag" of every event that has no such attribute. It also becomes the source type if neither the record nor
// [SourceType] sets one.
func Tag(tag string) WriteOption { return func(o *writeOptions) { o.tag = tag } }

// Reference is a time by which the year of log lines without one is decided: the time at which the lines were written, or up to a year
// later. The default is now.
func Reference(at time.Time) WriteOption {
	return func(o *writeOptions) { o.c.reference_ns = C.int64_t(clamped(at)) }
}

// Timezone is the time zone of log lines without an offset, such as "Europe/Berlin". The default is UTC.
func Timezone(name string) WriteOption { return func(o *writeOptions) { o.timezone = name } }

// buffers are reused by writes of events.
var buffers = sync.Pool{New: func() any { return new(buffer) }}

type buffer struct {
	bytes []byte
	ends  []int
}

// Large buffers are left to the garbage collector.
const keptBuffer = 4 << 20

// WriteEvents writes events with one call of the library. Like an [io.Writer], it consumes all of them or returns an error: [ErrAgain] if
// the queue stayed full until the deadline. [Result] has the number of consumed events.
func (s *Store) WriteEvents(ctx context.Context, events []Event, options ...WriteOption) (Result, error) {
	held := buffers.Get().(*buffer)
	held.bytes, held.ends = held.bytes[:0], held.ends[:0]
	for i := range events {
		if !isHeld(events[i].Time) || !isHeld(events[i].Observed) {
			return Result{}, &Error{Kind: ErrInvalid, Message: fmt.Sprintf("event %d: a time is not between the years 1678 and 2262", i)}
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

// Write writes events given as bytes in a format. It consumes the whole input, except for an incomplete last record of an [Incomplete]
// write, or returns an error: [ErrAgain] if the queue stayed full until the deadline. [Result] has the number of consumed bytes.
//
// One request, message or group of OpenTelemetry and Fluent is consumed as a whole or not at all. Only if it has more than 262,144 records,
// or its events take more than 64 MiB, may a part of it be consumed: then write it again with the same batch key.
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
		// The rest is either an incomplete record, or the queue had no room for it. In the latter case the next call returns the error.
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
	r.UnparsedTimes += part.UnparsedTimes
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
		Accepted:      uint64(outcome.accepted),
		Committed:     uint64(outcome.committed),
		Queued:        uint64(outcome.queued),
		Withdrawn:     uint64(outcome.withdrawn),
		Unkeyed:       uint64(outcome.unkeyed),
		UnparsedTimes: uint64(outcome.unparsed_times),
		Duplicates:    uint64(outcome.duplicates),
		Consumed:      int(written.consumed),
		Durability:    [...]string{"", "process", "power"}[outcome.durability%3],
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

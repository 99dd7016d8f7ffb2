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

// WriteOptions are the options of a write. The zero value has the defaults.
type WriteOptions struct {
	// Durable makes a write return after its commit. Concurrent writers share commits.
	Durable bool
	// Withdraw makes a failing durable write remove its events from the queue, except for those in a running transaction. The removed events
	// are not stored, and [Result.Consumed] is where they start. Without this option they stay in the queue. Such a call may take half a
	// second longer than its context allows.
	Withdraw bool
	// Urgent commits the events at once instead of after the flush interval. The call does not wait for the commit.
	Urgent bool
	// Incomplete means that more input follows: an incomplete last record is not consumed. Write it again with more input after it;
	// [Result.Consumed] is where it starts. Without this option the input ends with the call, and an incomplete last line is a line.
	Incomplete bool
	// KeepRaw stores each log line unchanged in [Event.Raw].
	KeepRaw bool
	// ParseMessages decides whether a message that is itself a JSON object or a log line with a header is read. If nil, the messages of log
	// lines and Fluent are read, others are not.
	ParseMessages *bool
	// BatchKey is a key from which events without an id get one, together with their index and time. The same call, made again by any
	// process, then stores its events once.
	BatchKey string
	// FirstIndex is the index of the first record, for a call that continues another one with the same batch key.
	FirstIndex uint64
	// RecordKeyField names the attribute with the record key: a text (or an integer) that identifies the record among all records of the
	// store. An event without an id gets an id made from that key alone, so a record that is sent again in another batch is stored once. The
	// name is the full key of an attribute, not a path. The default is "log.record.uid" for OpenTelemetry and Fluent, and none for other
	// formats.
	RecordKeyField string
	// SourceType is the source type of events that do not contain one.
	SourceType string
	// SourceID is the source id of events that do not contain one.
	SourceID string
	// Tag becomes the attribute "tag" of every event that has no such attribute. It also becomes the source type if neither the record nor
	// SourceType sets one.
	Tag string
	// Reference is a time by which the year of log lines without one is decided: the time at which the lines were written, or up to a year
	// later. The default is now.
	Reference time.Time
	// Timezone is the time zone of log lines without an offset, such as "Europe/Berlin". The default is UTC.
	Timezone string
	// RejectReason says why a record could not be converted to one of the formats. The data are that record in any form; it becomes a dead
	// letter with this reason.
	RejectReason string
}

// A WriteOption changes [WriteOptions].
type WriteOption func(*WriteOptions)

// NewWriteOptions applies options to the defaults. A replacement for a [Store] in a test calls it to read its options.
func NewWriteOptions(options ...WriteOption) WriteOptions {
	var given WriteOptions
	for _, option := range options {
		option(&given)
	}
	return given
}

// Durable sets [WriteOptions.Durable].
func Durable() WriteOption { return func(o *WriteOptions) { o.Durable = true } }

// Withdraw sets [WriteOptions.Withdraw].
func Withdraw() WriteOption { return func(o *WriteOptions) { o.Withdraw = true } }

// Urgent sets [WriteOptions.Urgent].
func Urgent() WriteOption { return func(o *WriteOptions) { o.Urgent = true } }

// Incomplete sets [WriteOptions.Incomplete].
func Incomplete() WriteOption { return func(o *WriteOptions) { o.Incomplete = true } }

// KeepRaw sets [WriteOptions.KeepRaw].
func KeepRaw() WriteOption { return func(o *WriteOptions) { o.KeepRaw = true } }

// ParseMessages sets [WriteOptions.ParseMessages].
func ParseMessages(parse bool) WriteOption {
	return func(o *WriteOptions) { o.ParseMessages = &parse }
}

// BatchKey sets [WriteOptions.BatchKey].
func BatchKey(key string) WriteOption { return func(o *WriteOptions) { o.BatchKey = key } }

// FirstIndex sets [WriteOptions.FirstIndex].
func FirstIndex(index uint64) WriteOption { return func(o *WriteOptions) { o.FirstIndex = index } }

// RecordKeyField sets [WriteOptions.RecordKeyField].
func RecordKeyField(name string) WriteOption {
	return func(o *WriteOptions) { o.RecordKeyField = name }
}

// SourceType sets [WriteOptions.SourceType].
func SourceType(name string) WriteOption { return func(o *WriteOptions) { o.SourceType = name } }

// SourceID sets [WriteOptions.SourceID].
func SourceID(id string) WriteOption { return func(o *WriteOptions) { o.SourceID = id } }

// Tag sets [WriteOptions.Tag].
func Tag(tag string) WriteOption { return func(o *WriteOptions) { o.Tag = tag } }

// Reference sets [WriteOptions.Reference].
func Reference(at time.Time) WriteOption { return func(o *WriteOptions) { o.Reference = at } }

// Timezone sets [WriteOptions.Timezone].
func Timezone(name string) WriteOption { return func(o *WriteOptions) { o.Timezone = name } }

// RejectReason sets [WriteOptions.RejectReason].
func RejectReason(reason string) WriteOption {
	return func(o *WriteOptions) { o.RejectReason = reason }
}

// c returns the options for C, and their texts one after the other.
func (o *WriteOptions) c() (C.sf_write_options, string) {
	given := C.sf_write_options{
		durable: C.bool(o.Durable), complete: C.bool(!o.Incomplete), keep_raw: C.bool(o.KeepRaw),
		urgent: C.bool(o.Urgent), withdraw: C.bool(o.Withdraw),
		first_index:      C.uint64_t(o.FirstIndex),
		batch_key:        C.size_t(len(o.BatchKey)),
		record_key_field: C.size_t(len(o.RecordKeyField)),
		source_type:      C.size_t(len(o.SourceType)),
		source_id:        C.size_t(len(o.SourceID)),
		tag:              C.size_t(len(o.Tag)),
		timezone:         C.size_t(len(o.Timezone)),
		reject_reason:    C.size_t(len(o.RejectReason)),
	}
	if o.ParseMessages != nil {
		given.parse = C.SEERFLOW_PARSE_NEVER
		if *o.ParseMessages {
			given.parse = C.SEERFLOW_PARSE_ALWAYS
		}
	}
	if !o.Reference.IsZero() {
		given.reference_ns = C.int64_t(clamped(o.Reference))
	}
	return given, o.BatchKey + o.RecordKeyField + o.SourceType + o.SourceID + o.Tag + o.Timezone + o.RejectReason
}

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
	wanted := NewWriteOptions(options...)
	given, names := wanted.c()
	var result Result
	if err := s.ready(ctx); err != nil {
		return result, err
	}
	began := time.Now()
	for {
		part, err := s.writePart(ctx, format, data[result.Consumed:], &given, names)
		result.add(part)
		// The rest is either an incomplete record, or the queue had no room for it. In the latter case the next call returns the error.
		if err != nil || part.Consumed == 0 || result.Consumed == len(data) {
			return result, err
		}
		given.first_index += C.uint64_t(part.Accepted) + C.uint64_t(len(part.Rejected))
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
	err := s.call(ctx, func(call *call) C.seerflow_status {
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

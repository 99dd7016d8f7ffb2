package seerflow

// #include "calls.h"
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
	"unsafe"
)

// listOf makes a call with a query, and reads its list, which has no pages.
func listOf[T any](ctx context.Context, s *Store, query Query, run question) ([]T, error) {
	answer, err := pageOf(ctx, s, query, recordsOf[T], run)
	return answer.Items, err
}

// find makes a call that takes an id or a name, and reads its list.
func find[T any](ctx context.Context, s *Store, id string, read func(*C.seerflow_list) ([]T, error), run func(*call, *C.char, **C.seerflow_list) C.seerflow_status, given ...*texts) ([]T, error) {
	var held texts
	defer held.free()
	text := held.always(id)
	var list *C.seerflow_list
	if err := s.do(ctx, func(call *call) C.seerflow_status { return run(call, text, &list) }, append(given, &held)...); err != nil {
		return nil, err
	}
	defer C.seerflow_list_destroy(list)
	return read(list)
}

// one returns the only record of a list.
func one[T any](found []T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return found[0], nil
}

// recordsOf decodes a list from its JSON, one object a line.
func recordsOf[T any](list *C.seerflow_list) ([]T, error) {
	var text *C.char
	var length C.size_t
	var details *C.seerflow_error
	if err := check(C.seerflow_list_ndjson(list, &text, &length, &details), &details); err != nil {
		return nil, err
	}
	items := make([]T, 0, C.seerflow_list_count(list))
	for line := range bytes.Lines(unsafe.Slice((*byte)(unsafe.Pointer(text)), int(length))) {
		var item T
		if err := json.Unmarshal(line, wired(&item)); err != nil {
			return nil, &Error{Kind: ErrCorrupt, Message: err.Error()}
		}
		items = append(items, item)
	}
	return items, nil
}

// writeRecords writes records as JSON, one object a line, and returns the list of results if the kind has one.
func writeRecords[T any](ctx context.Context, s *Store, kind C.seerflow_kind, records []T, options *C.seerflow_record_options) (*C.seerflow_list, error) {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for i := range records {
		if err := encoder.Encode(wired(&records[i])); err != nil {
			return nil, &Error{Kind: ErrInvalid, Message: err.Error()}
		}
	}
	var results *C.seerflow_list
	err := s.do(ctx, func(call *call) C.seerflow_status {
		return C.seerflow_store_write_records(call.store, kind, start(lines.Bytes()), C.size_t(lines.Len()), options, &call.c, &results, &call.details)
	})
	return results, err
}

// recordOptions returns the default record options.
func recordOptions() C.seerflow_record_options {
	return C.seerflow_record_options{
		struct_size: C.sizeof_seerflow_record_options, durable: true, dedup_window_ns: C.SEERFLOW_DEDUP_WINDOW_NS,
	}
}

// counted makes a call that returns a number.
func (s *Store) counted(ctx context.Context, run func(*call, *C.uint64_t) C.seerflow_status, given ...*texts) (uint64, error) {
	var number C.uint64_t
	err := s.do(ctx, func(call *call) C.seerflow_status { return run(call, &number) }, given...)
	return uint64(number), err
}

func start(data []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(data)) }

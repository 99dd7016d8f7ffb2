package seerflow

// #include "calls.h"
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
	"unsafe"
)

// listOf makes a call that answers with a list as JSON, one object a line, and reads it.
func listOf[T any](ctx context.Context, s *Store, run func(*call, *C.sf_list) C.seerflow_status, given ...*texts) ([]T, error) {
	var list C.sf_list
	err := s.do(ctx, func(call *call) C.seerflow_status { return run(call, &list) }, given...)
	if err != nil {
		return nil, err
	}
	return taken[T](&list)
}

// taken reads a list and drops it.
func taken[T any](list *C.sf_list) ([]T, error) {
	defer C.sf_list_drop(list)
	items := []T{}
	lines := unsafe.Slice((*byte)(unsafe.Pointer(list.text)), int(list.len))
	for line := range bytes.Lines(lines) {
		var item T
		if err := json.Unmarshal(line, &item); err != nil {
			return nil, &Error{Kind: ErrCorrupt, Message: err.Error()}
		}
		items = append(items, item)
	}
	return items, nil
}

// ndjson writes records as JSON, one a line.
func ndjson[T any](records []T) ([]byte, error) {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for i := range records {
		if err := encoder.Encode(records[i]); err != nil {
			return nil, &Error{Kind: ErrInvalid, Message: err.Error()}
		}
	}
	return lines.Bytes(), nil
}

func start(data []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(data)) }

package seerflow

// #include "calls.h"
import "C"

import (
	"errors"
	"math"
	"strconv"
	"time"
)

// The earliest and the latest time that fits into 64 bits of nanoseconds.
var firstTime, lastTime = time.Unix(0, math.MinInt64), time.Unix(0, math.MaxInt64)

func isHeld(at time.Time) bool { return at.IsZero() || !at.Before(firstTime) && !at.After(lastTime) }

// clamped returns a time in nanoseconds. A time out of range becomes the earliest or the latest one.
func clamped(at time.Time) int64 {
	switch {
	case at.Before(firstTime):
		return math.MinInt64
	case at.After(lastTime):
		return math.MaxInt64
	}
	return at.UnixNano()
}

// timeOf returns the time of a struct of the library. An absent time is zero.
func timeOf(ns C.int64_t) time.Time {
	if ns == C.SEERFLOW_TIME_ABSENT {
		return time.Time{}
	}
	return time.Unix(0, int64(ns)).UTC()
}

// nanoseconds is a time in the JSON of the library: nanoseconds since 1970-01-01 UTC. An absent time is zero.
type nanoseconds struct{ at *time.Time }

func (n nanoseconds) MarshalJSON() ([]byte, error) {
	if !isHeld(*n.at) {
		return nil, errors.New("a time is not between the years 1678 and 2262")
	}
	return strconv.AppendInt(nil, clamped(*n.at), 10), nil
}

func (n nanoseconds) UnmarshalJSON(data []byte) error {
	*n.at = time.Time{}
	if string(data) == "null" {
		return nil
	}
	ns, err := strconv.ParseInt(string(data), 10, 64)
	if err == nil {
		*n.at = timeOf(C.int64_t(ns))
	}
	return err
}

// wired returns the record with its times as the library writes them, if it has any.
func wired(record any) any {
	if timed, ok := record.(interface{ wire() any }); ok {
		return timed.wire()
	}
	return record
}

package seerflow

// #include "calls.h"
import "C"

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
)

// logged is the number of records of the library that wait for their logger. Further ones are dropped.
const logged = 256

// recorder passes log records of the library to a logger. It has a goroutine of its own, because the library holds locks when it calls back.
type recorder struct {
	id      uintptr
	logger  *slog.Logger
	records chan logRecord
	done    chan struct{}
	stop    func()
}

type logRecord struct {
	level slog.Level
	text  string
}

// recorders holds the recorders by their ids. A shared store may outlive the recorder of the Store that created it.
var (
	recorders    sync.Map
	lastRecorder atomic.Uintptr
)

var logLevels = map[C.seerflow_log_level]slog.Level{
	C.SEERFLOW_LOG_LEVEL_ERROR: slog.LevelError, C.SEERFLOW_LOG_LEVEL_WARNING: slog.LevelWarn,
	C.SEERFLOW_LOG_LEVEL_INFO: slog.LevelInfo, C.SEERFLOW_LOG_LEVEL_DEBUG: slog.LevelDebug,
}

// record makes the library pass the records of the levels that the logger enables. It returns nil if the logger enables none.
func record(settings *C.seerflow_config, logger *slog.Logger) (*recorder, error) {
	var most C.seerflow_log_level
	for level, name := range logLevels {
		if logger.Enabled(context.Background(), name) {
			most = max(most, level)
		}
	}
	if most == 0 {
		return nil, nil
	}
	r := &recorder{id: lastRecorder.Add(1), logger: logger, records: make(chan logRecord, logged), done: make(chan struct{})}
	r.stop = sync.OnceFunc(func() {
		recorders.Delete(r.id)
		close(r.done)
	})
	var details *C.seerflow_error
	if err := check(C.sf_set_log(settings, most, C.uintptr_t(r.id), &details), &details); err != nil {
		return nil, err
	}
	recorders.Store(r.id, r)
	go r.run()
	return r, nil
}

func (r *recorder) run() {
	for {
		select {
		case record := <-r.records:
			r.logger.Log(context.Background(), record.level, record.text)
		case <-r.done:
			if len(r.records) == 0 {
				return
			}
		}
	}
}

//export seerflowGoLog
func seerflowGoLog(id C.uintptr_t, level C.seerflow_log_level, text *C.char, length C.size_t) {
	found, ok := recorders.Load(uintptr(id))
	if !ok {
		return
	}
	select {
	case found.(*recorder).records <- logRecord{logLevels[level], C.GoStringN(text, C.int(length))}:
	default:
	}
}

package otelexporter

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

const (
	// The resource attributes that a request has while it is in the queue. They are not stored.
	nameKey = "seerflow.request"
	// The number of records that failed attempts committed or left in the store's queue.
	attemptedKey = "seerflow.attempted"
	// A record key is also stored as an attribute. A longer one, such as a whole line with its position, is replaced by its hash.
	uidKey     = "log.record.uid"
	longestUID = 64
)

// receiving prepares requests before they enter the queue.
type receiving struct {
	exporter.Logs
	to *logs
}

// ConsumeLogs names the request. A retry of it, or a copy of it in a persistent queue, then has the same name, and another request with the
// same content has another name. ConsumeLogs also sets the observed time of records that have no time.
func (r *receiving) ConsumeLogs(ctx context.Context, batch plog.Logs) error {
	r.to.name(batch)
	now := pcommon.NewTimestampFromTime(time.Now())
	for _, resource := range batch.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				if uid, ok := record.Attributes().Get(uidKey); ok && len(uid.Str()) > longestUID {
					uid.SetStr(fmt.Sprintf("%x", sha256.Sum256([]byte(uid.Str()))))
				}
				if record.Timestamp() == 0 && record.ObservedTimestamp() == 0 {
					record.SetObservedTimestamp(now)
				}
			}
		}
	}
	if !r.to.isQueued() {
		return r.Logs.ConsumeLogs(ctx, batch)
	}
	records := int64(batch.LogRecordCount())
	r.to.waiting.Add(records)
	err := r.Logs.ConsumeLogs(ctx, batch)
	if err != nil {
		r.to.waiting.Add(-records)
	}
	return err
}

// name gives a request a name, unless a receiver repeats a request that failed.
func (e *logs) name(batch plog.Logs) {
	if batch.ResourceLogs().Len() == 0 {
		return
	}
	attributes := batch.ResourceLogs().At(0).Resource().Attributes()
	if name, ok := attributes.Get(nameKey); !ok || !strings.HasPrefix(name.Str(), e.run+"/") {
		attributes.PutStr(nameKey, e.run+"/"+strconv.FormatUint(e.requests.Add(1), 10))
	}
}

// isQueued returns whether a sender is told that a request is in the queue, and not that it is stored.
func (e *logs) isQueued() bool {
	queue := e.config.QueueConfig.Get()
	return queue != nil && !queue.WaitForResult
}

// Shutdown ends within its context, and within shutdownTimeout. Requests that are not stored by then stay in a persistent queue.
func (r *receiving) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	r.to.stopping.Store(true)
	// One attempt shows whether the database takes records now.
	r.to.degraded.Store(false)
	stop := context.AfterFunc(ctx, r.to.end)
	defer stop()
	return r.Logs.Shutdown(ctx)
}

// request is a batch with what the exporter knows about it.
type request struct {
	batch plog.Logs
	// The key from which the ids of the records are made.
	name string
	// Whether the records of the request count as waiting: this process received them, and not an earlier one.
	isWaiting bool
	attempted int64
}

func (e *logs) requestOf(batch plog.Logs) request {
	r := request{batch: batch}
	if batch.ResourceLogs().Len() == 0 {
		return r
	}
	attributes := r.attributes()
	if name, ok := attributes.Get(nameKey); ok {
		r.name = name.Str()
	}
	if attempted, ok := attributes.Get(attemptedKey); ok {
		r.attempted = attempted.Int()
	}
	r.isWaiting = e.isQueued() && strings.HasPrefix(r.name, e.run+"/")
	return r
}

func (r *request) attributes() pcommon.Map {
	return r.batch.ResourceLogs().At(0).Resource().Attributes()
}

// marshal encodes the batch without the attributes of the request. The batch itself keeps them, because a retry needs them.
func (r *request) marshal() ([]byte, error) {
	if r.name != "" {
		attributes := r.attributes()
		attributes.Remove(nameKey)
		attributes.Remove(attemptedKey)
		defer r.keep()
	}
	return (&plog.ProtoMarshaler{}).MarshalLogs(r.batch)
}

func (r *request) keep() {
	r.attributes().PutStr(nameKey, r.name)
	r.attributes().PutInt(attemptedKey, r.attempted)
}

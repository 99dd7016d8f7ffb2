package seerflow_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

// memory returns the resident bytes of the process and the size of Go's heap, both after a garbage collection.
func memory(t *testing.T) (resident, heap uint64) {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fields := strings.Fields(string(must(os.ReadFile("/proc/self/statm"))))
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * uint64(os.Getpagesize()), stats.HeapAlloc
}

// After a warm-up, in which the queue, the caches and the pools fill up, neither Go's heap nor the process may grow.
func TestMemoryDoesNotGrowWithEvents(t *testing.T) {
	total := 300_000
	if os.Getenv("SEERFLOW_TORTURE") == "long" {
		total = 10_000_000
	}
	const batch, mebibyte = 1000, 1 << 20
	store := open(t, "storage.queue_bytes", strconv.Itoa(16*mebibyte))
	events := make([]seerflow.Event, batch)
	var warmResident, warmHeap, peak uint64
	began := time.Now()
	for done := 0; done < total; done += batch {
		for i := range events {
			n := done + i
			user, address := fmt.Sprint("user", n%200), fmt.Sprintf("10.%d.%d.%d", n%5, n*31%250, n*17%4)
			events[i] = seerflow.Event{
				Time: time.Unix(1_773_460_800, int64(n)*1_000_000), SourceType: "sshd", Severity: seerflow.SeverityWarning,
				Message: fmt.Sprintf("Failed password for %s from %s port %d ssh2", user, address, n%60_000),
				Users:   []string{user}, IPs: []string{address}, Attributes: map[string]any{"n": n},
			}
		}
		result, err := store.WriteEvents(t.Context(), events)
		if err != nil || result.Accepted != batch {
			t.Fatalf("after %d events: %+v %v", done, result, err)
		}
		// Memory of queries must be released too.
		if done%(10*batch) == 0 {
			if _, err := store.QueryEvents(t.Context(), seerflow.Query{Limit: 1000}); err != nil {
				t.Fatal(err)
			}
		}
		if done%(total/20) == 0 {
			resident, heap := memory(t)
			peak = max(peak, resident)
			if done == total/2 {
				warmResident, warmHeap = resident, heap
			}
		}
	}
	if err := store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	resident, heap := memory(t)
	t.Logf("%d events in %.0f s: resident %d MiB at the half, %d at the end, %d at most; heap %.1f MiB at the half, %.1f at the end",
		total, time.Since(began).Seconds(), warmResident/mebibyte, resident/mebibyte, max(peak, resident)/mebibyte,
		float64(warmHeap)/mebibyte, float64(heap)/mebibyte)
	if heap > warmHeap+2*mebibyte {
		t.Errorf("the heap grew from %d to %d", warmHeap, heap)
	}
	if resident > warmResident+warmResident/5+16*mebibyte {
		t.Errorf("the process grew from %d to %d bytes", warmResident, resident)
	}
	if stored := count(t, store, seerflow.Query{}); stored != uint64(total) {
		t.Errorf("%d events stored", stored)
	}
}

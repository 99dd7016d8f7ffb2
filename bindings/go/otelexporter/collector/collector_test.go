package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	otellog "go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/libseerflow/libseerflow/bindings/go/seerflow"
)

const (
	records = 100_000
	lines   = 10_000
)

// collector is a process that is killed and restarted on the same files.
type collector struct {
	t      *testing.T
	config string
	env    []string
	output *os.File
	mu     sync.Mutex
	cmd    *exec.Cmd
}

// binary builds the collector once.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("seerflow-collector-%d", os.Getpid()))
	if output, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.Remove(path)
	}
	os.Exit(code)
}

// newCollector returns a collector that is not started. Its queue and its output are in the folder.
func newCollector(t *testing.T, config, folder string, env ...string) *collector {
	output, err := os.Create(filepath.Join(folder, "collector.log"))
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{t: t, config: config, output: output, env: append(env, "QUEUE_DIR="+filepath.Join(folder, "queue"))}
	t.Cleanup(func() {
		c.stop(syscall.SIGKILL)
		_ = output.Close()
	})
	return c
}

func (c *collector) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	path, err := binary()
	if err != nil {
		c.t.Fatal(err)
	}
	c.cmd = exec.Command(path, "--config", c.config)
	c.cmd.Env = append(os.Environ(), c.env...)
	c.cmd.Stdout, c.cmd.Stderr = c.output, c.output
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *collector) stop(signal os.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(signal)
	err := c.cmd.Wait()
	c.cmd = nil
	if err != nil && signal != syscall.SIGKILL {
		c.t.Errorf("the collector ended with %v; it printed:\n%s", err, c.said())
	}
}

// said returns what the collector printed.
func (c *collector) said() string {
	text, _ := os.ReadFile(c.output.Name())
	return string(text)
}

// await waits until a store has a number of events.
func (c *collector) await(store *seerflow.Store, events uint64) {
	c.t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		summary, err := store.Summary(c.t.Context())
		if err == nil && summary.Events >= events {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%d events after three minutes, %v; the collector printed:\n%.4000s", summary.Events, err, c.said())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func freeAddress(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// send sends numbered records with OpenTelemetry's client, and reports the number of sent records.
func send(ctx context.Context, t *testing.T, address string, records int, sent func(int)) {
	exporter, err := otlploggrpc.New(ctx, otlploggrpc.WithEndpoint(address), otlploggrpc.WithInsecure(),
		otlploggrpc.WithRetry(otlploggrpc.RetryConfig{Enabled: true, InitialInterval: 50 * time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: 2 * time.Minute}),
		otlploggrpc.WithTimeout(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	client := resource.NewSchemaless(attribute.String("service.name", "loadgen"), attribute.String("host.name", "client-1"))
	processor := sdklog.NewBatchProcessor(exporter, sdklog.WithMaxQueueSize(records), sdklog.WithExportMaxBatchSize(1000), sdklog.WithExportInterval(20*time.Millisecond), sdklog.WithExportTimeout(2*time.Minute))
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(processor), sdklog.WithResource(client))
	logger := provider.Logger("collector-test")
	for i := range records {
		var record otellog.Record
		record.SetTimestamp(time.Now())
		record.SetSeverity(otellog.SeverityWarn)
		record.SetBody(attribute.StringValue(fmt.Sprintf("otlp record %d", i)))
		// A client that gets no response sends its request again.
		record.AddAttributes(attribute.String("log.record.uid", fmt.Sprintf("loadgen:%d", i)))
		record.AddAttributes(attribute.String("user.name", fmt.Sprintf("user%d", i%100)), attribute.String("source.address", "203.0.113.66"))
		logger.Emit(ctx, record)
		if i%1000 == 999 {
			sent(i + 1)
			if err := provider.ForceFlush(ctx); err != nil {
				t.Fatalf("after %d records: %v", i+1, err)
			}
		}
	}
	if err := provider.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
}

// logFile is written line by line and rotated as by logrotate. The lines of two consecutive files are at the same offsets, and differ only
// in their time and number.
type logFile struct {
	t                *testing.T
	path             string
	file             *os.File
	written, rotated int
}

func (f *logFile) must(err error) {
	if err != nil {
		f.t.Error(err)
	}
}

func (f *logFile) create() {
	var err error
	f.file, err = os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	f.must(err)
}

func (f *logFile) write(count int) {
	for range count {
		_, err := fmt.Fprintf(f.file, "Mar 14 %s web2 sshd[812]: Failed password for root from 198.51.100.9 port %d ssh2\n",
			time.Unix(int64(f.written/10), 0).UTC().Format(time.TimeOnly), 10_000+f.written)
		f.must(err)
		f.written++
	}
}

// shift renames the rotated files, so that auth.log.1 is free.
func (f *logFile) shift() {
	for i := f.rotated; i > 0; i-- {
		f.must(os.Rename(fmt.Sprintf("%s.%d", f.path, i), fmt.Sprintf("%s.%d", f.path, i+1)))
	}
	f.rotated++
}

func (f *logFile) rotate() {
	f.shift()
	f.must(os.Rename(f.path, f.path+".1"))
	f.must(f.file.Close())
	f.create()
}

func (f *logFile) copyAndTruncate() {
	f.shift()
	content, err := os.ReadFile(f.path)
	f.must(err)
	f.must(os.WriteFile(f.path+".1", content, 0o600))
	f.must(f.file.Truncate(0))
}

// all counts the matching events, and their distinct messages.
func all(t *testing.T, store *seerflow.Store, query seerflow.Query) (events, messages int) {
	seen := map[string]bool{}
	query.Limit = 10_000
	for event, err := range store.Events(t.Context(), query) {
		if err != nil {
			t.Fatal(err)
		}
		events++
		seen[event.Message] = true
	}
	return events, len(seen)
}

// A real collector with a real client. Every record is stored exactly once, although the process is killed twice and the files are rotated
// in all ways.
func TestExactlyOnceThroughKills(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path, address, logPath := filepath.Join(folder, "seerflow.db"), freeAddress(t), filepath.Join(folder, "auth.log")
	c := newCollector(t, "examples/files.yaml", folder, "SEERFLOW_DB="+path, "LOG_FILES="+logPath, "OTLP="+address, "HOST_NAME=web2")
	c.start()

	// A part of the lines is written before the kills; files are rotated at any time.
	file := &logFile{t: t, path: logPath}
	file.create()
	file.write(lines * 2 / 10)

	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	killed := make(chan struct{}, 2)
	send(ctx, t, address, records, func(sent int) {
		if sent == 30_000 || sent == 60_000 {
			// Kill the process while the flush below sends records, and while lines are read.
			time.AfterFunc(30*time.Millisecond, func() {
				file.write(lines / 10)
				c.stop(syscall.SIGKILL)
				file.write(lines / 10)
				file.rotate()
				file.write(lines / 10)
				c.start()
				killed <- struct{}{}
			})
		}
	})
	<-killed
	<-killed
	file.rotate()
	file.write(lines / 10)
	time.Sleep(time.Second)
	file.copyAndTruncate()
	file.write(lines / 10)
	if file.written != lines || file.rotated != 4 {
		t.Fatalf("%d lines, %d files rotated", file.written, file.rotated)
	}

	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	c.await(store, records+lines)
	c.stop(syscall.SIGTERM)

	entity := func(kind seerflow.EntityType, value string) string {
		id, err := seerflow.EntityID(kind, value)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for _, check := range []struct {
		name  string
		query seerflow.Query
		want  int
	}{
		{"everything", seerflow.Query{}, records + lines},
		{"records by text", seerflow.Query{Text: "otlp record"}, records},
		{"lines by text", seerflow.Query{Text: "failed password"}, lines},
		{"records by source", seerflow.Query{SourceType: "loadgen"}, records},
		{"records by address", seerflow.Query{Entity: entity(seerflow.EntityIP, "203.0.113.66")}, records},
		{"records by user", seerflow.Query{Entity: entity(seerflow.EntityUser, "user7")}, records / 100},
		{"records by host", seerflow.Query{Entity: entity(seerflow.EntityHost, "client-1")}, records},
		{"lines by address", seerflow.Query{Entity: entity(seerflow.EntityIP, "198.51.100.9")}, lines},
		{"lines by host", seerflow.Query{Entity: entity(seerflow.EntityHost, "web2")}, lines},
		{"lines by user", seerflow.Query{Entity: entity(seerflow.EntityUser, "root")}, lines},
	} {
		events, messages := all(t, store, check.query)
		if events != check.want || messages != check.want {
			t.Errorf("%s: %d events with %d messages, not %d", check.name, events, messages, check.want)
		}
	}
	if found, err := store.Check(t.Context(), seerflow.CheckStructure); err != nil || len(found) > 0 {
		t.Errorf("%v %v", found, err)
	}
}

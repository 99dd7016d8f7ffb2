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

	"github.com/libseerflow/libseerflow/bindings/go"
)

const (
	records = 100_000
	lines   = 10_000
)

// collector is a process that is killed and started again on the same files.
type collector struct {
	t      *testing.T
	binary string
	env    []string
	output *os.File
	mu     sync.Mutex
	cmd    *exec.Cmd
}

func (c *collector) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cmd = exec.Command(c.binary, "--config", "config.yaml")
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
		c.t.Errorf("the collector ended with %v", err)
	}
}

func freeAddress(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// send sends numbered records through OpenTelemetry's own client, and tells how many of them were handed over.
func send(ctx context.Context, t *testing.T, address string, sent func(int)) {
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

// all counts the events that match, and how many different messages they have.
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

// A real collector with a real client: everything is there exactly once, though the process is killed in the middle, twice.
func TestExactlyOnceThroughKills(t *testing.T) {
	folder := t.TempDir()
	binary := filepath.Join(folder, "seerflow-collector")
	if output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	output, err := os.Create(filepath.Join(folder, "collector.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	path, address := filepath.Join(folder, "seerflow.db"), freeAddress(t)
	logFile := filepath.Join(folder, "auth.log")
	c := &collector{t: t, binary: binary, output: output, env: []string{
		"SEERFLOW_DB=" + path, "QUEUE_DIR=" + filepath.Join(folder, "queue"), "LOG_FILES=" + logFile, "OTLP=" + address}}
	c.start()
	defer c.stop(syscall.SIGKILL)

	// Half of the lines before the kill, half while it is dead or alive again.
	file, err := os.Create(logFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	writeLines := func(from, to int) {
		for i := from; i < to; i++ {
			fmt.Fprintf(file, "Mar 14 01:47:13 web2 sshd[812]: Failed password for root from 198.51.100.9 port %d ssh2\n", 10_000+i)
		}
	}
	writeLines(0, lines/2)

	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	kills := 0
	send(ctx, t, address, func(sent int) {
		if sent == 30_000 || sent == 60_000 {
			// In the middle of what the flush below sends, and of the lines.
			time.AfterFunc(30*time.Millisecond, func() {
				c.stop(syscall.SIGKILL)
				writeLines(lines/2+kills*lines/4, lines/2+(kills+1)*lines/4)
				kills++
				c.start()
			})
		}
	})
	if kills != 2 {
		t.Fatalf("killed %d times", kills)
	}

	store, err := seerflow.Open(t.Context(), seerflow.Config{"storage.sqlite_path": path})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		summary, err := store.Summary(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if summary.Events >= records+lines {
			break
		}
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(output.Name())
			t.Fatalf("%d events after three minutes; the collector said:\n%.4000s", summary.Events, said)
		}
		time.Sleep(200 * time.Millisecond)
	}
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
		{"lines by user", seerflow.Query{Entity: entity(seerflow.EntityUser, "root")}, lines},
	} {
		events, messages := all(t, store, check.query)
		if events != check.want || messages != check.want {
			t.Errorf("%s: %d events with %d messages, not %d", check.name, events, messages, check.want)
		}
	}
	if found, err := store.Check(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("%v %v", found, err)
	}
}
